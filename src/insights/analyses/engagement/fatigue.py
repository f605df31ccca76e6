"""Fatigue: how many friends does one message a week more drive away, and what must it bring?

Friends who end the friendship in a week, against what their account sent them in that week and in
the four up to it. Accounts differ in zeal and weeks in season, so both are held fixed in turn; the
errors let the weeks of an account hang together. Doses were not drawn by lot: the page says so.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.panel import NO_FRIENDS, read_weeks
from insights.charts import marks
from insights.models.within import swept_slopes
from insights.results import Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
MIN_ACCOUNTS = 5
MIN_WEEKS = 12
MIN_LOST = 30
EDGES = (-1e-9, 0.5, 1.5, 2.5, 3.5, np.inf)
LABELS = ("0", "1", "2", "3", "4+")
YEAR_WEEKS = 52
_TITLE = _("What one message more costs in friends")


@dataclass(frozen=True, eq=False, kw_only=True)
class Fatigue(Result):
    """Friends lost a week by messages a week. One row per dose.

    `rate` is the share of friends who ended the friendship in a week at that dose, with its 90%
    interval over accounts.
    """

    name = "fatigue"
    columns = {
        "dose": Column(_("Messages in the week"), "text"),
        "friends": Column(_("Friend-weeks"), "count", people=True),
        "deleted": Column(_("Left"), "count"),
        "rate": Column(_("Left in a week"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw the share of friends lost in a week by the messages of the week."""
        return marks.dots(
            self.table,
            name="dose",
            value="rate",
            low="low",
            high="high",
            kind="percent",
            xlabel=_("friends who left in a week, by messages of the week"),
        )


def fatigue(
    weeks: pd.DataFrame, *, as_of: date, margin: float | None = None
) -> Fatigue | NotEnoughData:
    """Measure what messages drive away, and what a message more would have to bring.

    Parameters
    ----------
    weeks : DataFrame, one row per account and week
        The mart `staff_week`.
    as_of : date
        Last day of complete data.
    margin : float in (0, 1], optional
        Margin of net sales; without it money is net sales.

    Returns
    -------
    Fatigue or NotEnoughData
    """
    found = read_weeks(weeks)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "accounts": int(found["staff_id"].nunique()),
        "weeks": int(found["week_no"].nunique()),
        "lost": int(found["deleted"].sum()),
        "min_accounts": MIN_ACCOUNTS,
        "min_weeks": MIN_WEEKS,
        "min_lost": MIN_LOST,
        "has_margin": margin is not None,
    }
    if (
        facts["accounts"] < MIN_ACCOUNTS
        or facts["weeks"] < MIN_WEEKS
        or facts["lost"] < MIN_LOST
        or (found["dose"] > 1).sum() < MIN_ACCOUNTS
    ):
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{accounts:count} accounts with {weeks:count} whole weeks lost {lost:count} "
                "friends: what messages drive away cannot be told from so little."
            )
            if facts["accounts"]
            else NO_FRIENDS,
            needs=_(
                "Needed: {min_accounts:count} accounts that do not all send alike, "
                "{min_weeks:count} weeks, {min_lost:count} friends lost; from WeCom's contact list "
                "and get_groupmsg_send_result."
            ),
            facts=facts,
        )
    table = _by_dose(found)
    facts |= dose_response(found) | _money(found, margin if margin is not None else 1.0)
    facts |= _break_even(facts)
    return Fatigue(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        tiles=(
            Tile(
                key="lost_week",
                label=_("Friends lost in a week"),
                fact="lost_share",
                kind="percent",
                good="down",
                note=_("{lost:count} friendships ended by the customer"),
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Share of friends who ended the friendship in a week, by messages they were sent in "
            "it; {accounts:count} accounts, {weeks:count} weeks up to {as_of:day}, "
            "{confidence:percent} intervals over accounts"
        ),
        meaning=_(
            "Where the dots climb, each message more costs friends. Weigh that cost against what a "
            "message brings before the frequency is raised, and raise it for some by lot first."
        ),
        alt=_("Dot chart of the share of friends who left in a week by messages in the week."),
    )


def dose_response(found: pd.DataFrame) -> dict[str, float]:
    """Return what one message a week beyond the first does to leaving, within weeks.

    Parameters
    ----------
    found : DataFrame
        As `panel.read_weeks` gives it.

    Returns
    -------
    dict
        ``slope`` with ``slope_low`` and ``slope_high``: extra share of friends lost per message of
        the week beyond the first. ``first``: the same of the first. ``slope_28``: the same per
        message of the three weeks before, at a given dose of the week. ``phi``: how much more
        losses scatter than chance would have them. ``beyond``: share of messages beyond the first.

    Notes
    -----
    Weighted least squares of the share lost on the doses, with a level for each week and weights
    of friends; errors clustered by account (`models.within`). Losses are rare, so a straight line
    on the share is what a manager can read.
    """
    n = found["friends"].to_numpy(float)
    dose = found["dose"].to_numpy(float)
    earlier = (found["dose_28"] - found["dose"]).to_numpy(float)
    week = found["week_no"].to_numpy()
    fitted = swept_slopes(
        found["deleted"].to_numpy(float) / n,
        np.column_stack([np.maximum(dose - 1, 0), np.minimum(dose, 1), earlier]),
        [week],
        weights=n,
        cluster=found["staff_id"],
    )
    beta, reach, residual = fitted.slopes, fitted.reach(CONFIDENCE), fitted.residual
    p = float(found["deleted"].sum() / n.sum())
    freedom = max(len(n) - len(np.unique(week)) - 3, 1)
    return {
        "slope": float(beta[0]),
        "slope_low": float(beta[0] - reach[0]),
        "slope_high": float(beta[0] + reach[0]),
        "first": float(beta[1]),
        "first_low": float(beta[1] - reach[1]),
        "first_high": float(beta[1] + reach[1]),
        "slope_28": float(beta[2]),
        "slope_28_low": float(beta[2] - reach[2]),
        "slope_28_high": float(beta[2] + reach[2]),
        "phi": float((n * residual**2).sum() / (p * (1 - p)) / freedom),
        # Of the messages, those beyond the first of their week: the first drives nobody away.
        "beyond": float((n * np.maximum(dose - 1, 0)).sum() / max((n * dose).sum(), 1e-12)),
        "lost_share": p,
        "dose": float((n * dose).sum() / n.sum()),
    }


def _by_dose(found: pd.DataFrame) -> pd.DataFrame:
    from insights.analyses.engagement.ratios import ratio_of_sums  # noqa: PLC0415 - with scipy

    doses = pd.cut(found["dose"], EDGES, labels=LABELS)
    rows = []
    for label in LABELS:
        mine = found[doses == label]
        if mine.empty:
            continue
        by_account = mine.groupby("staff_id")[["deleted", "friends"]].sum()
        rate, low, high = ratio_of_sums(
            by_account["deleted"], by_account["friends"], confidence=CONFIDENCE, most=1.0
        )
        rows.append(
            {
                "dose": label,
                "friends": int(mine["friends"].sum()),
                "deleted": int(mine["deleted"].sum()),
                "rate": rate,
                "low": low,
                "high": high,
            }
        )
    return pd.DataFrame(rows)


def _money(found: pd.DataFrame, share: float) -> dict[str, float]:
    """Return what a friend buys in a week, and how that moves with the dose."""
    n = found["friends"].to_numpy(float)
    bought = found["net_amount"].to_numpy(float)
    a_week = float(bought.sum() / n.sum())
    fitted = swept_slopes(
        bought / n, found["dose"], [found["week_no"]], weights=n, cluster=found["staff_id"]
    )
    slope, reach = float(fitted.slopes[0]), float(fitted.reach(CONFIDENCE)[0])
    return {
        "friend_week": a_week,
        "friend_year": a_week * YEAR_WEEKS * share,
        "gain": slope * share,
        "gain_low": (slope - reach) * share,
        "gain_high": (slope + reach) * share,
    }


def _break_even(facts: dict[str, Any]) -> dict[str, Any]:
    """Return what a message more must bring, for a thousand friends, to pay for those lost."""
    year = facts["friend_year"]
    cost, low, high = (
        max(facts[name], 0.0) * year * 1000 for name in ("slope", "slope_low", "slope_high")
    )
    gain = {name: facts[name] * 1000 for name in ("gain", "gain_low", "gain_high")}
    return {
        "thousand": 1000,
        "slope_thousand": facts["slope"] * 1000,
        "slope_thousand_low": facts["slope_low"] * 1000,
        "slope_thousand_high": facts["slope_high"] * 1000,
        "money": _("margin") if facts["has_margin"] else _("net sales"),
        "must_bring": cost,
        "must_low": low,
        "must_high": high,
        **{f"{name}_thousand": value for name, value in gain.items()},
        # Above break-even for sure, below it for sure, or neither.
        "pays": bool(gain["gain_low"] > high),
        "costs": bool(gain["gain_high"] < low),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    tires = facts["slope_low"] > 0
    if not tires:
        return (
            Claim(
                key="no_fatigue_seen",
                undecided=True,
                topic="fatigue",
                message=_(
                    "That messages drive friends away cannot be told: a message a week beyond the "
                    "first goes with {slope:points} ({slope_low:points} – {slope_high:points}) "
                    "of friends lost in the week."
                ),
                holds=[Holds("the interval reaches zero", facts["slope_low"] <= 0)],
            ),
        )
    claims = [
        Claim(
            key="messages_tire",
            topic="fatigue",
            message=_(
                "Each message a week beyond the first goes with {slope_thousand:number} "
                "({slope_thousand_low:number}–{slope_thousand_high:number}) friends lost of a "
                "{thousand:count}; to pay for them it must bring {must_bring:money} "
                "({must_low:money}–{must_high:money})."
            ),
            holds=[Holds("the interval lies above zero", tires)],
        )
    ]
    if facts["pays"]:
        verdict = _(
            "Accounts that send one message more sell {gain_thousand:money} "
            "({gain_low_thousand:money} – {gain_high_thousand:money}) more a week to a "
            "{thousand:count} friends, above what the friends lost are worth."
        )
    elif facts["costs"]:
        verdict = _(
            "Accounts that send one message more sell {gain_thousand:money} "
            "({gain_low_thousand:money} – {gain_high_thousand:money}) more a week to a "
            "{thousand:count} friends, below what the friends lost are worth: fewer would pay."
        )
    else:
        verdict = _(
            "Whether one message more pays cannot be told: accounts that send it sell "
            "{gain_thousand:money} ({gain_low_thousand:money} – {gain_high_thousand:money}) more a "
            "week to a {thousand:count} friends."
        )
    claims.append(
        Claim(
            key="frequency_pays"
            if facts["pays"]
            else "frequency_costs"
            if facts["costs"]
            else "frequency_unknown",
            topic="frequency",
            place="evidence",
            message=verdict,
            holds=[
                Holds(
                    "the two intervals lie as is said",
                    bool(
                        facts["pays"] == (facts["gain_low_thousand"] > facts["must_high"])
                        and facts["costs"] == (facts["gain_high_thousand"] < facts["must_low"])
                    ),
                )
            ],
        )
    )
    return tuple(claims)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "How often an account sends was not drawn by lot: accounts that send more may have "
            "other friends. To settle it, let a lot decide which accounts send one message less."
        ),
        _(
            "WeCom lets one company message a day reach a customer, so more than that has never "
            "been seen, and nothing is said of it."
        ),
        _(
            "A friend who leaves is charged with a year of an average friend's {money:said}, as if "
            "whoever deletes us stopped buying: the most it can cost."
        ),
    ]
    if facts["phi"] > 1:
        caveats.append(
            _(
                "Losses scatter {phi:number} times as much as chance alone would have them; the "
                "intervals allow for it."
            )
        )
    return tuple(caveats)
