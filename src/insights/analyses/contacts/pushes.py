"""Pushes: how many friends does one more mass message a week cost, and when does it still pay?

Accounts differ and weeks differ, so each account is held against itself and each week against
itself: what is compared is the same account in weeks with more and with fewer messages.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.contacts.states import no_contacts
from insights.charts import marks
from insights.errors import MissingColumns, ParameterError
from insights.models.intervals import wilson
from insights.models.within import within_slopes
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
FEWEST_WEEKS_OF_FRIENDS = 2_000  # Of a dose; fewer lose too few friends to be counted.
FEWEST_ENDED = 50
NEEDED = {"staff_id", "week_on", "messages", "friends", "ended"}
TITLE = _("Messages a week and friends lost")


@dataclass(frozen=True, eq=False, kw_only=True)
class Pushes(Result):
    """Share of friends who leave in a week, by mass messages their account sent. One row a dose.

    `raw` is the share as it is; `rate` with `low` and `high` that of an average account and week.
    `extra` is what the step to this dose adds, as friends a thousand messages more.
    """

    name = "pushes"
    columns = {
        "messages": Column(_("Messages a week"), "count"),
        "friend_weeks": Column(_("Weeks of friends"), "count", people=True),
        "ended": Column(_("Friendships ended"), "count"),
        "raw": Column(_("Leave in a week"), "percent"),
        "rate": Column(_("The same, adjusted"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "extra": Column(_("Friends lost per 1,000 messages more"), "number"),
        "extra_low": Column(_("Low, per 1,000"), "number", shown=False),
        "extra_high": Column(_("High, per 1,000"), "number", shown=False),
        "needed": Column(_("Margin that 1,000 messages must bring"), "money"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the adjusted share who leave, by messages a week."""
        return marks.line(
            self.table,
            x="messages",
            y="rate",
            low="low",
            high="high",
            xlabel=_("mass messages of the account in the week"),
            ylabel=_("friends who leave in the week, adjusted"),
        )


def pushes(
    weeks: pd.DataFrame,
    *,
    as_of: date,
    friend_value: float | None = None,
    gain_per_thousand: float | None = None,
) -> Pushes | NotEnoughData:
    """Hold the friends that leave against the messages that were sent, and find where to stop.

    Parameters
    ----------
    weeks : DataFrame, one row per account and complete week
        The mart `account_weeks`.
    as_of : date
        Last day of complete data.
    friend_value : float > 0, optional
        Margin that a friendship is still to bring by itself, as the brand states it (money).
    gain_per_thousand : float >= 0, optional
        Margin that 1,000 delivered messages bring, as the brand states it (money).

    Returns
    -------
    Pushes or NotEnoughData

    Raises
    ------
    ParameterError
        If a stated value is negative.
    """
    for name, value in (("friend_value", friend_value), ("gain_per_thousand", gain_per_thousand)):
        if value is not None and not value >= 0:
            raise ParameterError(f"{name} is money, 0 or more; found {value}.")
    if missing := NEEDED - set(weeks.columns):
        raise MissingColumns("weeks", missing, weeks.columns)
    if weeks.empty:
        return no_contacts(TITLE, as_of)
    by = weeks.groupby("messages")[["friends", "ended"]].sum()
    kept = by[by["friends"] >= FEWEST_WEEKS_OF_FRIENDS]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "accounts": int(weeks["staff_id"].nunique()),
        "friend_weeks": int(weeks["friends"].sum()),
        "ended": int(weeks["ended"].sum()),
        "sent": int(weeks["messages"].sum()),
        "doses": len(kept),
        "min_friend_weeks": FEWEST_WEEKS_OF_FRIENDS,
        "min_ended": FEWEST_ENDED,
        "friend_value": friend_value,
        "gain": gain_per_thousand,
    }
    if not facts["sent"] or len(kept) < 2 or facts["ended"] < FEWEST_ENDED:
        return _refusal(facts)
    used = weeks[weeks["messages"].isin(kept.index)]
    found = within_slopes(
        used["ended"] / used["friends"],
        used["messages"],
        [used["staff_id"], used["week_on"]],
        weights=used["friends"],
        cluster=used["staff_id"],
        confidence=CONFIDENCE,
    )
    table = _table(kept, found, friend_value)
    facts |= _facts(table, found, facts)
    return Pushes(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "More messages may bring more sales; what they bring is not in these figures "
                "unless stated, and only a frequency drawn by lot would show it."
            ),
            _(
                "How many messages an account sends is its own choice: weeks in which it had other "
                "reasons to send, and friends other reasons to leave, cannot be told apart."
            ),
        ),
        checks=(
            Check(
                key="weeks_add_up",
                message=_(
                    "Every friendship that ended is counted at one dose, or left out with it."
                ),
                passed=int(table["ended"].sum()) <= facts["ended"],
                evidence=_("{shown:count} of {ended:count} friendships that ended"),
                facts={"shown": int(table["ended"].sum()), "ended": facts["ended"]},
            ),
        ),
        tiles=(
            Tile(
                key="weekly_loss",
                label=_("Friends who leave in a week"),
                fact="raw",
                kind="percent",
                good="down",
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Share of an account's friends who leave in a week, by the mass messages that it sent "
            "in the week; the same account and the same week compared, {confidence:percent} "
            "intervals"
        ),
        meaning=_(
            "Where the line climbs, each further message drives friends away, and must bring as "
            "much margin as they would have."
        ),
        alt=_(
            "Line chart of the share of friends who leave in a week, from {low_rate:percent} at "
            "{low_dose:count} messages to {high_rate:percent} at {high_dose:count}."
        ),
    )


def _table(kept: pd.DataFrame, found: Any, friend_value: float | None) -> pd.DataFrame:
    low, high = wilson(kept["ended"], kept["friends"], confidence=CONFIDENCE)
    table = pd.DataFrame(
        {
            "messages": kept.index.to_numpy(int),
            "friend_weeks": kept["friends"].to_numpy(int),
            "ended": kept["ended"].to_numpy(int),
            "raw": (kept["ended"] / kept["friends"]).to_numpy(float),
            "raw_low": low,
            "raw_high": high,
            "rate": found.level.clip(0),
            "low": found.low.clip(0),
            "high": found.high,
        }
    )
    steps = [found.step(n) for n in range(1, len(table))]
    gaps = np.diff(table["messages"])
    for place, name in enumerate(("extra", "extra_low", "extra_high")):
        values = [1000 * step[place] / gap for step, gap in zip(steps, gaps, strict=True)]
        table[name] = [np.nan, *values]
    table["needed"] = table["extra"].clip(lower=0) * friend_value if friend_value else np.nan
    return table


def _facts(table: pd.DataFrame, found: Any, facts: dict[str, Any]) -> dict[str, Any]:
    first = table[table["messages"] >= 1].iloc[0] if (table["messages"] >= 1).any() else None
    low = first if first is not None and first.name < len(table) - 1 else table.iloc[0]
    high = table.iloc[-1]
    gap, gap_low, gap_high = found.between(int(high.name), int(low.name))
    more = float(high["messages"] - low["messages"])
    per_thousand = 1000 / more
    said: dict[str, Any] = {
        "raw": facts["ended"] / facts["friend_weeks"],
        "low_dose": int(low["messages"]),
        "high_dose": int(high["messages"]),
        "low_rate": float(low["rate"]),
        "high_rate": float(high["rate"]),
        "gap": gap,
        "gap_low": gap_low,
        "gap_high": gap_high,
        "lost": gap * per_thousand,
        "lost_low": gap_low * per_thousand,
        "lost_high": gap_high * per_thousand,
        "thousand": 1000,
    }
    value, gain = facts["friend_value"], facts["gain"]
    if value:
        said |= {
            "must_bring": said["lost"] * value,
            "must_low": said["lost_low"] * value,
            "must_high": said["lost_high"] * value,
        }
    if value and gain is not None:
        # The last step, from the bottom, that brings more than the friends it costs.
        pays = (table["extra"].iloc[1:] * value <= gain).to_numpy()
        stop = int(pays.argmin()) if not pays.all() else len(pays)
        said |= {
            "break_even": int(table["messages"].iloc[stop]),
            "all_pay": bool(pays.all()),
        }
    return said


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["gap_low"] <= 0:
        return (
            Claim(
                key="pushes_not_told",
                undecided=True,
                topic="pushes",
                message=_(
                    "Whether more messages drive friends away cannot be told: from "
                    "{low_dose:count} to {high_dose:count} a week the share who leave moves by "
                    "{gap:points} ({gap_low:points} to {gap_high:points})."
                ),
                holds=[Holds("the interval holds zero or less", facts["gap_low"] <= 0)],
            ),
        )
    above = [Holds("the interval of the difference lies above zero", facts["gap_low"] > 0)]
    claims = [
        Claim(
            key="pushes",
            topic="pushes",
            message=_(
                "From {low_dose:count} to {high_dose:count} mass messages a week the share of "
                "friends who leave rises from {low_rate:percent} to {high_rate:percent} a week: "
                "{lost:number} friends ({lost_low:number}–{lost_high:number}) for {thousand:count} "
                "messages more."
            ),
            holds=above,
        )
    ]
    if "break_even" in facts:
        claims.append(
            Claim(
                key="break_even_frequency",
                message=_(
                    "With a stated gain of {gain:money} per {thousand:count} messages and "
                    "{friend_value:money} a friend, the most that pays is {break_even:count} a "
                    "week, of the frequencies that were tried."
                ),
                holds=[
                    Holds(
                        "the next step costs more than it brings, or none was tried",
                        facts["all_pay"] or facts["break_even"] < facts["high_dose"],
                    )
                ],
            )
        )
    elif "must_bring" in facts:
        claims.append(
            Claim(
                key="messages_must_bring",
                message=_(
                    "At {friend_value:money} a friend, {thousand:count} messages more must bring a "
                    "margin of {must_bring:money} ({must_low:money}–{must_high:money}) to pay for "
                    "the friends they drive away."
                ),
                holds=above,
            )
        )
    return tuple(claims)


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "{ended:count} friendships ended in {friend_weeks:count} weeks of friends, and "
            "{doses:count} frequencies of mass messages were seen often enough."
        ),
        needs=_(
            "Needed: {min_ended:count} endings and frequencies with {min_friend_weeks:count} weeks "
            "of friends each, from WeCom's mass messages with their results "
            "(get_groupmsg_list_v2, get_groupmsg_send_result) and the events of deleting."
        ),
        facts=facts,
    )
