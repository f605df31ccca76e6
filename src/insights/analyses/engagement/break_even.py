"""Break-even: from how many messages a week on does the next one cost more than it brings?

What the next message brings falls as their number grows, what it costs in friends starts with the
second of a week. Where the two curves cross is the break-even; the interval is every frequency at
which their difference may be nothing (Fieller 1954, by a grid). Within accounts and weeks, as in
`fatigue`; not drawn by lot.
"""

from typing import Any

import numpy as np
import pandas as pd

from insights.models.within import swept_slopes
from insights.results import Claim, Holds
from insights.wording import _

AFTER = 3  # weeks after its own in which a message is still charged and credited
SEEN = 0.05  # share of friend-weeks that a frequency has to reach to be spoken of
STEP = 0.05  # messages a week


def break_even(
    found: pd.DataFrame, cost: np.ndarray, spread: np.ndarray, *, share: float, confidence: float
) -> dict[str, Any]:
    """Find the frequency at which the next message costs as much as it brings.

    Parameters
    ----------
    found : DataFrame, one row per account and week
        As `panel.read_weeks` gives it.
    cost : array of 2
        Money that the first message of a week costs in friends, and one beyond it, per friend.
    spread : array of 2
        Their standard errors.
    share : float in (0, 1]
        Margin of net sales.
    confidence : float in (0, 1)

    Returns
    -------
    dict
        ``often``: the frequency in messages a week, NaN where the curves do not cross;
        ``often_low``, ``often_high``: lowest and highest at which the difference may be nothing;
        ``often_top``: the highest frequency spoken of; ``often_above``, ``often_below``: whether
        the next message surely brings more than it costs at the lowest frequency, and surely less
        at the highest.

    Notes
    -----
    Money of a friend in a week on the dose, its square and the doses of the three weeks before,
    with a level for each account and each week; errors clustered by account. What is estimated of
    money and of losses is taken as independent.
    """
    n = found["friends"].to_numpy(float)
    dose = found["dose"].to_numpy(float)
    earlier = (found["dose_28"] - found["dose"]).to_numpy(float)
    fitted = swept_slopes(
        found["net_amount"].to_numpy(float) / n,
        np.column_stack([dose, dose**2, earlier]),
        [found["week_no"], found["staff_id"]],
        weights=n,
        cluster=found["staff_id"],
    )
    order = np.argsort(dose)
    reached = 1 - np.cumsum(n[order]) / n.sum() >= SEEN
    top = float(np.ceil(dose[order][reached].max() - 0.5)) if reached.any() else 1.0
    at = np.arange(0.0, max(top, 1.0) + STEP / 2, STEP)
    slope = np.column_stack([np.ones(at.size), 2 * at, np.full(at.size, float(AFTER))]) * share
    beyond = (at > 1).astype(int)
    gap = slope @ fitted.slopes - cost[beyond]
    variance = np.einsum("ij,jk,ik->i", slope, fitted.covariance, slope) + spread[beyond] ** 2
    # The reach of one slope over its own error is Student's quantile.
    own = float(np.sqrt(max(fitted.covariance[0, 0], 1e-300)))
    reach = float(fitted.reach(confidence)[0]) / own * np.sqrt(variance)
    open_ = (gap - reach <= 0) & (gap + reach >= 0)
    falls = (gap[:-1] > 0) & (gap[1:] <= 0)
    return {
        "often": float(at[1:][falls][0]) if falls.sum() == 1 else float("nan"),
        "often_low": float(at[open_][0]) if open_.any() else float("nan"),
        "often_high": float(at[open_][-1]) if open_.any() else float("nan"),
        "often_top": float(at[-1]),
        "often_above": bool(gap[0] - reach[0] > 0),
        "often_below": bool(gap[-1] + reach[-1] < 0),
        "often_pays": bool((gap - reach > 0).all()),
        "often_costs": bool((gap + reach < 0).all()),
    }


def told(facts: dict[str, Any]) -> str:
    """Return what may be said: a number, one bound of it, one answer for all, or nothing."""
    if facts["often_pays"]:
        return "pays"
    if facts["often_costs"]:
        return "costs"
    if facts["often_above"] and facts["often_below"] and np.isfinite(facts["often"]):
        return "number"
    if facts["often_above"] and not facts["often_below"]:
        return "above"
    if facts["often_below"] and not facts["often_above"]:
        return "below"
    return "open"


def claim(facts: dict[str, Any]) -> Claim:
    """Say how many messages a week are worth sending, or why that is not known."""
    what = told(facts)
    message = {
        "number": _(
            "Break-even lies at {often:number} messages a week "
            "({often_low:number}–{often_high:number}): beyond it the next one costs more in "
            "friends than it brings in {money:said}."
        ),
        "pays": _(
            "Up to {often_top:number} messages a week, the most that was seen often enough, the "
            "next one brings more {money:said} than it costs in friends; break-even lies above."
        ),
        "costs": _(
            "At every frequency seen, up to {often_top:number} messages a week, the next one costs "
            "more in friends than it brings in {money:said}: fewer would pay."
        ),
        "above": _(
            "Break-even lies above {often_low:number} messages a week; how far above cannot be "
            "told from what was sent (up to {often_top:number})."
        ),
        "below": _(
            "Break-even lies at no more than {often_high:number} messages a week: beyond them the "
            "next one costs more in friends than it brings in {money:said}."
        ),
        "open": _(
            "From how many messages a week on the next one costs more than it brings cannot be "
            "told: up to {often_top:number} a week, what it brings may lie on either side of what "
            "it costs. To settle it, let a lot decide which accounts send one message less."
        ),
    }[what]
    return Claim(
        key=f"break_even_{what}",
        undecided=what == "open",
        topic="frequency",
        place="evidence",
        message=message,
        holds=[Holds("the bounds are as is said", _bounded(what, facts))],
    )


def _bounded(what: str, facts: dict[str, Any]) -> bool:
    if what == "number":
        return bool(facts["often_low"] <= facts["often"] <= facts["often_high"])
    if what in ("above", "below"):
        return bool(0 <= facts["often_low"] <= facts["often_high"] <= facts["often_top"])
    return bool(facts["often_top"] > 0)
