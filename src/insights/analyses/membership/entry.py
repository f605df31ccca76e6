"""Entry: how many members would a group's line let in if it stood elsewhere?

Counted from what members have spent by today. Who would buy a little more, or less, because a line
stands elsewhere is not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from insights.errors import MissingColumns, ParameterError
from insights.results import Claim, Column, NotEnoughData, Result
from insights.wording import _

TITLE = _("If the line of entry stood elsewhere")


@dataclass(frozen=True, eq=False, kw_only=True)
class Entry(Result):
    """Members past each line that could be drawn. One row per line.

    `near` are those short of it by at most the stated distance, `change` how many more, or fewer,
    than the line in force lets in.
    """

    name = "entry"
    columns = {
        "line": Column(_("Cumulative spend"), "money"),
        "past": Column(_("Have reached it"), "count", people=True),
        "near": Column(_("Short of it by little"), "count"),
        "change": Column(_("Against the line in force"), "count"),
    }

    as_of: date


def entry(
    now: pd.DataFrame, *, as_of: date, line: float, instead: Sequence[float], near: float
) -> Entry | NotEnoughData:
    """Count whom a line of entry lets in, and whom others would.

    Parameters
    ----------
    now : DataFrame, one row per member
        As `membership.of_members` gives it.
    as_of : date
        Last day of complete data.
    line : float > 0
        Cumulative spend that opens the group or tier today.
    instead : sequence of amounts > 0
        Lines that could stand in its place.
    near : float > 0
        Distance below a line that counts as near it.

    Returns
    -------
    Entry or NotEnoughData

    Raises
    ------
    ParameterError
        If there is no other line, or an amount is not above 0.
    """
    others = sorted(set(instead) - {line})
    if not others or min(others[0], line, near) <= 0:
        raise ParameterError(
            f"Amounts are above 0; found line {line}, instead {list(instead)}, near {near}."
        )
    if missing := {"customer_id", "total_amount"} - set(now.columns):
        raise MissingColumns("now", missing, now.columns)
    spend = now["total_amount"].astype(float)
    facts: dict[str, Any] = {"as_of": as_of, "members": len(now), "near_amount": near}
    if now.empty:
        return NotEnoughData(
            title=TITLE,
            because=_("No member has a purchase that can be linked by {as_of:day}."),
            needs=_("Needed: the member table, and orders with the member's number, phone or id."),
            facts=facts,
        )
    drawn = sorted([line, *others])
    table = pd.DataFrame(
        {
            "line": [float(at) for at in drawn],
            "past": [int((spend >= at).sum()) for at in drawn],
            "near": [int(((spend < at) & (spend >= at - near)).sum()) for at in drawn],
        }
    )
    past = dict(zip(drawn, table["past"].tolist(), strict=True))
    table["change"] = table["past"] - past[line]
    facts |= {"line": line, "past": past[line], "other": others[0], "other_past": past[others[0]]}
    return Entry(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=(
            Claim(
                key="entry_line",
                message=_(
                    "{past:count} members have spent {line:money}; by today's spending a line at "
                    "{other:money} would let in {other_past:count}."
                ),
                place="evidence",
            ),
        ),
        caveats=(
            _(
                "Counted from what was spent under the line in force: who would buy up to another "
                "line, or stop short of it, is not known."
            ),
        ),
        title=TITLE,
        subtitle=_("{members:count} members by cumulative net spend on {as_of:day}"),
    )
