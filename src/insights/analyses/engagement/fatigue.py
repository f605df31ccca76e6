"""Fatigue: how many friends does one message a week more drive away, and what must it bring?

Friends who end the friendship in a week, against what their account sent them in that week and in
the four up to it. Accounts differ in zeal and weeks in season, so each account and each week has a
level of its own: an account is compared with itself. Errors let the weeks of an account hang
together. Doses were not drawn by lot: the page says so.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.break_even import AFTER, break_even, claim
from insights.analyses.engagement.panel import NO_FRIENDS, read_weeks
from insights.charts import marks
from insights.errors import DataError
from insights.models.within import swept_slopes, within_slopes
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

    `rate` is the share of friends who end the friendship in a week at that dose, of an average
    account in an average week, with its 90% interval over accounts; `deleted` over `friends` is
    the plain share, in which accounts and weeks are mixed.
    """

    name = "fatigue"
    columns = {
        "dose": Column(_("Messages in the week"), "text"),
        "friends": Column(_("Friend-weeks"), "count", people=True),
        "deleted": Column(_("Left"), "count"),
        "rate": Column(_("Left in a week, accounts and weeks alike"), "percent"),
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
    enough = (
        facts["accounts"] >= MIN_ACCOUNTS
        and facts["weeks"] >= MIN_WEEKS
        and facts["lost"] >= MIN_LOST
        and (found["dose"] > 1).sum() >= MIN_ACCOUNTS
    )
    table = _by_dose(found) if enough else None
    if table is None:
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
    share = margin if margin is not None else 1.0
    a_week = float(found["net_amount"].sum() / found["friends"].sum())
    facts |= {
        "friend_week": a_week,
        "friend_year": a_week * YEAR_WEEKS * share,
        "money": _("margin") if margin is not None else _("net sales"),
        "after": AFTER,
    }
    facts |= dose_response(found)
    facts |= _must_bring(facts)
    year = max(facts["friend_year"], 0.0)
    facts |= break_even(
        found,
        np.array([max(facts["first"], 0.0), max(facts["slope"], 0.0)]) * year,
        np.array([facts["first_error"], facts["slope_error"]]) * year,
        share=share,
        confidence=CONFIDENCE,
    )
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
            "Share of friends who end the friendship in a week, by messages they are sent in it, "
            "each account compared with itself; {accounts:count} accounts, {weeks:count} weeks up "
            "to {as_of:day}, {confidence:percent} intervals"
        ),
        meaning=_(
            "Where the dots climb, each message more costs friends. Weigh that cost against what a "
            "message brings before the frequency is raised, and raise it for some by lot first."
        ),
        alt=_("Dot chart of the share of friends who left in a week by messages in the week."),
    )


def dose_response(found: pd.DataFrame) -> dict[str, float]:
    """Return what one message a week beyond the first does to leaving, within accounts and weeks.

    Parameters
    ----------
    found : DataFrame
        As `panel.read_weeks` gives it.

    Returns
    -------
    dict
        ``slope`` with ``slope_low``, ``slope_high`` and ``slope_error``: extra share of friends
        lost, in its week and the three after, per message of the week beyond the first.
        ``first``: the same of the first. ``slope_28``: the part of ``slope`` in each of the three
        weeks after. ``phi``: how much more losses scatter than chance would have them.
        ``beyond``: share of messages beyond the first.

    Notes
    -----
    Weighted least squares of the share lost on the doses, with a level for each account and each
    week and weights of friends; errors clustered by account (`models.within`). An account whose
    friends leave often and which sends much would look as if messages drove them away, were its
    level not taken off. Losses are rare, so a straight line on the share is what a manager can
    read.
    """
    n = found["friends"].to_numpy(float)
    dose = found["dose"].to_numpy(float)
    beyond = np.maximum(dose - 1, 0)
    lately = pd.Series(beyond, found.index).groupby(found["staff_id"]).rolling(AFTER + 1, 1).sum()
    earlier = lately.reset_index(level=0, drop=True).reindex(found.index).to_numpy(float) - beyond
    first = (found["dose_28"] - found["dose"]).to_numpy(float) - earlier
    levels = [found["week_no"].to_numpy(), found["staff_id"].to_numpy()]
    fitted = swept_slopes(
        found["deleted"].to_numpy(float) / n,
        np.column_stack([beyond, np.minimum(dose, 1), earlier, first]),
        levels,
        weights=n,
        cluster=found["staff_id"],
    )
    p = float(found["deleted"].sum() / n.sum())
    freedom = max(len(n) - sum(len(pd.unique(level)) for level in levels) - 3, 1)
    student = fitted.reach(CONFIDENCE) / np.sqrt(np.maximum(np.diag(fitted.covariance), 1e-300))
    told: dict[str, float] = {}
    # Who leaves on the Monday after leaves in the next week: a message is charged with both.
    for name, pick in (
        ("slope", np.array([1.0, 0.0, AFTER, 0.0])),
        ("first", np.array([0.0, 1.0, 0.0, AFTER])),
        ("slope_28", np.array([0.0, 0.0, 1.0, 0.0])),
    ):
        value = float(pick @ fitted.slopes)
        error = float(np.sqrt(max(pick @ fitted.covariance @ pick, 0.0)))
        reach = float(student.max()) * error
        told |= {
            name: value,
            f"{name}_low": value - reach,
            f"{name}_high": value + reach,
            f"{name}_error": error,
        }
    return told | {
        "phi": float((n * fitted.residual**2).sum() / (p * (1 - p)) / freedom),
        # Of the messages, those beyond the first of their week: the first drives nobody away.
        "beyond": float((n * beyond).sum() / max((n * dose).sum(), 1e-12)),
        "lost_share": p,
        "dose": float((n * dose).sum() / n.sum()),
    }


def _by_dose(found: pd.DataFrame) -> pd.DataFrame | None:
    """Return the share lost at each dose within accounts and weeks; None where doses never move."""
    code = np.searchsorted(EDGES[1:], found["dose"].to_numpy(float))
    n = found["friends"].to_numpy(float)
    try:
        within = within_slopes(
            found["deleted"].to_numpy(float) / n,
            code,
            [found["week_no"], found["staff_id"]],
            weights=n,
            cluster=found["staff_id"],
            confidence=CONFIDENCE,
        )
    except DataError:
        return None
    seen = within.doses.astype(int)
    sums = found.groupby(code)[["friends", "deleted"]].sum().astype("int64")
    return pd.DataFrame(
        {
            "dose": [LABELS[place] for place in seen],
            "friends": sums.loc[seen, "friends"].to_numpy(),
            "deleted": sums.loc[seen, "deleted"].to_numpy(),
            "rate": np.clip(within.level, 0.0, 1.0),
            "low": np.clip(within.low, 0.0, 1.0),
            "high": np.clip(within.high, 0.0, 1.0),
        }
    )


def _must_bring(facts: dict[str, Any]) -> dict[str, Any]:
    """Return what a message more must bring, for a thousand friends, to pay for those lost."""
    year = facts["friend_year"]
    cost, low, high = (
        max(facts[name], 0.0) * year * 1000 for name in ("slope", "slope_low", "slope_high")
    )
    return {
        "thousand": 1000,
        "slope_thousand": facts["slope"] * 1000,
        "slope_thousand_low": facts["slope_low"] * 1000,
        "slope_thousand_high": facts["slope_high"] * 1000,
        "must_bring": cost,
        "must_low": low,
        "must_high": high,
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    tires = facts["slope_low"] > 0
    if tires:
        first = Claim(
            key="messages_tire",
            topic="fatigue",
            message=_(
                "Each message a week beyond the first goes with {slope_thousand:number} "
                "({slope_thousand_low:number}–{slope_thousand_high:number}) friends of a "
                "{thousand:count} lost in its week and the {after:count} after; to pay for them it "
                "must bring {must_bring:money} ({must_low:money}–{must_high:money})."
            ),
            holds=[Holds("the interval lies above zero", tires)],
        )
    else:
        first = Claim(
            key="no_fatigue_seen",
            undecided=True,
            topic="fatigue",
            message=_(
                "That messages drive friends away cannot be told: a message a week beyond the "
                "first goes with {slope:points} ({slope_low:points} – {slope_high:points}) "
                "of friends lost in its week and the {after:count} after."
            ),
            holds=[Holds("the interval reaches zero", facts["slope_low"] <= 0)],
        )
    return (first, claim(facts))


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "How often an account sends was not drawn by lot: an account is compared with itself "
            "in other weeks, and weeks in which it sends more may differ in something else. To "
            "settle it, let a lot decide which accounts send one message less."
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
