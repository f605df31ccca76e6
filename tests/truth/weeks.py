"""Weeks of accounts with a planted effect of messages, a planted fall of answers, or neither."""

import numpy as np
import pandas as pd

FIRST = 2860  # Number of the first week, as the mart counts them.


def weeks(
    seed: int,
    *,
    accounts: int = 40,
    count: int = 66,
    audiences: int = 4,
    friends: int = 300,
    drives_off: float = 0.0,
    leaves: float = 0.0,
    tires: float = 0.0,
    fall: float = 0.0,
    falls_at: int | None = None,
    lead: int | None = None,
    brings: tuple[float, float] = (0.0, 0.0),
    wander: float = 0.05,
    holds: float = 0.5,
) -> pd.DataFrame:
    """Return the mart `staff_week` of a made brand.

    Parameters
    ----------
    drives_off : extra share of friends lost a week per message beyond the first
    leaves : extra share of friends lost a week, whatever is sent, per unit of an account's zeal
    tires : fall of the logarithm of the rate of liking per message in the week
    fall, falls_at : share of answers that the first audience loses from that week on
    brings : money of a friend in a week that the first message adds, and how much less each
        message adds than the one before
    wander, holds : what an audience's answers stray by each week, and how much of it stays
    lead : weeks after which sales follow answers, or None where they do not
    """
    rng = np.random.default_rng(seed)
    zeal = rng.uniform(0.3, 2.5, accounts)
    audience = np.arange(accounts) % audiences
    size = rng.integers(friends // 2, friends * 2, accounts)
    poor_posts = rng.normal(0, 0.35, count)  # A poor post is poor for everybody.
    local = np.zeros((audiences, count))
    for week in range(1, count):
        local[:, week] = holds * local[:, week - 1] + rng.normal(0, wander, audiences)
    local[0, falls_at if falls_at is not None else count :] += np.log1p(-fall) if fall else 0.0
    names = [f"g{n:03d}" for n in range(accounts)]
    rows = []
    for week in range(count):
        burst = rng.poisson(1.5, audiences) * (rng.random(audiences) < 0.15)
        dose = rng.poisson(zeal) + burst[audience]
        leaving = 0.004 * rng.gamma(2, 0.5, accounts) + leaves * zeal
        leaving += drives_off * np.maximum(dose - 1, 0)
        liking = 0.025 * np.exp(poor_posts[week] + local[audience, week] - tires * dose)
        noise = rng.gamma(40, 1 / 40, accounts)  # Answers come in bunches.
        then = local[:, week - lead] if lead is not None and week >= lead else np.zeros(audiences)
        buying = 5 * np.exp(1.0 * then[audience])
        buying = np.maximum(buying + brings[0] * dose - brings[1] * dose * (dose - 1) / 2, 0.5)
        rows.append(
            pd.DataFrame(
                {
                    "staff_id": names,
                    "role": "guide",
                    "region": [f"region {place}" for place in audience],
                    "week_no": FIRST + week,
                    "friends": size,
                    "sent": dose * size,
                    "posts": 2,
                    "liked": rng.binomial(2 * size, np.minimum(liking * noise, 1.0)),
                    "deleted": rng.binomial(size, np.minimum(leaving, 1.0)),
                    "orders": 0,
                    "net_amount": size * rng.gamma(20, buying / 20),
                    "whole": 1,
                }
            )
        )
    frame = pd.concat(rows, ignore_index=True)
    monday = pd.Timestamp("1969-12-29") + pd.to_timedelta(7 * frame["week_no"], unit="D")
    return frame.assign(week_on=monday)
