"""Gifts: do people gather at sums that earn a gift, who is near one, and does passing one matter?

Gathering comes first. Where people buy a little more to reach a line, those on its two sides are no
longer alike, and comparing them says nothing: then the comparison is refused, not made. Nor is it
where so few people lie beside the line that gathering would hardly have been seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import marks
from insights.errors import DataError, MissingColumns, ParameterError
from insights.models.thresholds import DensityJump, density_jump, outcome_jump
from insights.results import Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVEL = 0.05
POWER = 0.8
MOST_UNSEEN = 2.0  # Times as dense: where less would escape the test, its silence licenses nothing.
GATHER, EVEN, THIN = _("people gather there"), _("no gathering seen"), _("too few people")
BLIND = _("too few people to see gathering")
NOT_ASKED = _("not compared: people gather there")
NOT_SEEN = _("not compared: gathering could not have been seen")
TITLE = _("Sums that earn a gift")


@dataclass(frozen=True, eq=False, kw_only=True)
class Gifts(Result):
    """Cumulative spend of members around each sum that earns a gift. One row per sum.

    `near` are those short of it by at most the stated distance; `denser` by how much more people
    lie just above than just below, with `p`, and `seen_from` the smallest such gathering that the
    test would have found in 80 of 100 cases; `jump` with `low` and `high` the difference that
    passing made to buying in the window after, only where people do not gather and that would have
    been seen.
    """

    name = "gifts"
    columns = {
        "line": Column(_("Cumulative spend"), "money"),
        "reached": Column(_("Have reached it"), "count"),
        "near": Column(_("Short of it by little"), "count"),
        "verdict": Column(_("At the line"), "said"),
        "denser": Column(_("Denser just above, times"), "number"),
        "seen_from": Column(_("Would have been seen from, times"), "number"),
        "jump": Column(_("Buy more once past it"), "points"),
        "low": Column(_("Low"), "points"),
        "high": Column(_("High"), "points"),
        "compared": Column(_("Compared?"), "said"),
    }

    as_of: date
    near_rows: pd.DataFrame
    around: pd.DataFrame

    def plot(self) -> "Axes | None":
        """Draw how many members lie in each step around the most visited line."""
        if self.around.empty:
            return None
        return marks.line(
            self.around,
            x="spend",
            y="members",
            x_kind="money",
            y_kind="count",
            xlabel=_("cumulative spend"),
            ylabel=_("members"),
            height=2.2,
        )


def gifts(
    now: pd.DataFrame,
    *,
    as_of: date,
    lines: Sequence[float],
    near: float,
    then: pd.DataFrame | None = None,
    window_days: int = 180,
) -> Gifts | NotEnoughData:
    """Look at members' cumulative spend around each line.

    Parameters
    ----------
    now : DataFrame, one row per member
        `customer_id` and `total_amount` (net spend so far), as the mart `customer_features` has
        them, for members alone.
    as_of : date
        Last day of complete data.
    lines : sequence of amounts > 0
        Cumulative spend that earns a gift.
    near : float > 0
        Distance below a line that counts as near it (money).
    then : DataFrame, optional
        The same a window earlier, with `bought`, whether a purchase followed within the window:
        what passing a line did.
    window_days : int, default 180

    Returns
    -------
    Gifts or NotEnoughData

    Raises
    ------
    ParameterError
        If there is no line, or an amount is not above 0.
    """
    if not lines or min(lines) <= 0 or near <= 0:
        raise ParameterError(f"Amounts are above 0; found lines {list(lines)}, near {near}.")
    if missing := {"customer_id", "total_amount"} - set(now.columns):
        raise MissingColumns("now", missing, now.columns)
    spend = now["total_amount"].astype(float)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "members": len(now),
        "near_amount": near,
        "window": window_days,
        "lines": len(lines),
        "level": LEVEL,
        "power": POWER,
        "most_unseen": MOST_UNSEEN,
    }
    if now.empty:
        return NotEnoughData(
            title=TITLE,
            because=_("No member has a purchase that can be linked by {as_of:day}."),
            needs=_("Needed: the member table, and orders with the member's number, phone or id."),
            facts=facts,
        )
    # Several lines are several tries: each is held to its share of the level.
    level = LEVEL / len(lines)
    rows = [_at(line, spend, then, near, level) for line in sorted(lines)]
    table = pd.DataFrame(rows)
    near_rows = _near(now, table["line"], near)
    facts |= _facts(table, near_rows)
    return Gifts(
        table=table,
        near_rows=near_rows,
        around=_around(spend, float(table.loc[table["beside"].idxmax(), "line"])),
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "Spend is net of refunds and counts only orders that can be linked; the brand's "
                "own count of growth points may differ."
            ),
            _(
                "Where people gather at a line, those above and below it differ by more than the "
                "gift, so nothing is said of its effect there."
            ),
            *_unseen(facts),
        ),
        tiles=(
            Tile(
                key="near_a_gift",
                label=_("Short of a gift by little"),
                fact="near",
                kind="count",
                note=_("by at most {near_amount:money}"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "{members:count} members by cumulative net spend; gathering is tested at each line, "
            "and buying within {window:days} after is compared only where there is none"
        ),
        meaning=_(
            "Members just short of a line are the ones for whom a word about the gift is of use."
        ),
        alt=_("Line chart of members by cumulative spend around a line that earns a gift."),
    )


def _at(
    line: float, spend: pd.Series, then: pd.DataFrame | None, near: float, level: float
) -> dict[str, Any]:
    """Return a line's row: who is near, whether people gather, and what passing it did."""
    row: dict[str, Any] = {
        "line": float(line),
        "reached": int((spend >= line).sum()),
        "near": int(((spend < line) & (spend >= line - near)).sum()),
        "beside": int(((spend - line).abs() <= near).sum()),
        "verdict": THIN,
        "denser": np.nan,
        "p": np.nan,
        "seen_from": np.nan,
        "jump": np.nan,
        "low": np.nan,
        "high": np.nan,
        "compared": THIN,
    }
    try:
        found = density_jump(spend, line)
    except DataError:
        return row
    row |= {"denser": float(np.exp(found.log_ratio)), "p": found.p}
    row |= {"seen_from": _seen_from(found, level), "verdict": _verdict(found, level)}
    if then is None:
        return row
    before = then["total_amount"].astype(float)
    try:
        # People may have gathered then and not now: the test is asked of those who are compared.
        verdicts = {row["verdict"], _verdict(density_jump(before, line), level)}
        if verdicts != {EVEN}:
            return row | {"compared": NOT_ASKED if GATHER in verdicts else NOT_SEEN}
        jump = outcome_jump(before, then["bought"].astype(float), line, confidence=1 - level)
    except DataError:
        return row
    return row | {"jump": jump.jump, "low": jump.low, "high": jump.high, "compared": _("compared")}


def _seen_from(found: DensityJump, level: float) -> float:
    """Return how many times as dense it would have to be, for the test to see it mostly."""
    normal = NormalDist()
    error = (found.high - found.low) / 2 / normal.inv_cdf(0.975)
    return float(np.exp((normal.inv_cdf(1 - level / 2) + normal.inv_cdf(POWER)) * error))


def _verdict(found: DensityJump, level: float) -> str:
    if found.p < level:
        return GATHER
    return EVEN if _seen_from(found, level) <= MOST_UNSEEN else BLIND


def _unseen(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["blind"]:
        return ()
    return (
        _(
            "At {blind:count} lines so few people lie beside it that even {most_unseen:number} "
            "times as many just above would mostly not be seen: there nothing is said of "
            "gathering, and nothing compared."
        ),
    )


def _near(now: pd.DataFrame, lines: pd.Series, near: float) -> pd.DataFrame:
    """Return who is short of their next line by little: `customer_id`, `line`, `distance`."""
    spend = now["total_amount"].astype(float).to_numpy()
    place = np.searchsorted(lines.to_numpy(), spend, side="right")
    reach = np.append(lines.to_numpy(), np.inf)[place]
    frame = pd.DataFrame(
        {"customer_id": now["customer_id"].to_numpy(), "line": reach, "distance": reach - spend}
    )
    return frame[frame["distance"] <= near].sort_values(
        ["distance", "customer_id"], ignore_index=True
    )


def _around(spend: pd.Series, line: float, steps: int = 20) -> pd.DataFrame:
    edges = np.linspace(max(line * 0.5, 0), line * 1.5, steps + 1)
    counted = np.histogram(spend, edges)[0]
    return pd.DataFrame({"spend": (edges[:-1] + edges[1:]) / 2, "members": counted})


def _facts(table: pd.DataFrame, near_rows: pd.DataFrame) -> dict[str, Any]:
    tested = table[table["verdict"].isin([GATHER, EVEN])]
    gather = table[table["verdict"] == GATHER]
    compared = table[table["jump"].notna()]
    facts: dict[str, Any] = {
        "near": len(near_rows),
        "tested": len(tested),
        "blind": int((table["verdict"] == BLIND).sum()),
        "gathering": len(gather),
        "compared": len(compared),
        "refused": int((table["compared"] == NOT_ASKED).sum()),
    }
    if len(tested):
        facts["seen_from"] = float(tested["seen_from"].max())
    if len(gather):
        row = gather.sort_values("p").iloc[0]
        facts |= {"line": row["line"], "denser": row["denser"]}
    moved = compared[(compared["low"] > 0) | (compared["high"] < 0)]
    facts["moved"] = len(moved)
    if len(moved):
        row = moved.iloc[0]
        facts |= {f"moved_{name}": row[name] for name in ("line", "jump", "low", "high")}
    return facts


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = [
        Claim(
            key="near_a_gift",
            message=_(
                "{near:count} members are short of their next gift by at most {near_amount:money}."
            ),
            holds=[Holds("they are counted at their own next line", facts["near"] >= 0)],
        )
    ]
    if facts["gathering"]:
        claims.append(
            Claim(
                key="gathering",
                topic="gathering",
                message=_(
                    "At {line:money} members gather: just above it they lie {denser:number} times "
                    "as dense as just below, so the effect of that gift cannot be read off."
                ),
                holds=[Holds("the test of the density rejects evenness", facts["gathering"] > 0)],
            )
        )
    elif facts["tested"]:
        claims.append(
            Claim(
                key="no_gathering",
                undecided=True,
                topic="gathering",
                message=_(
                    "At none of {tested:count} lines with enough people do members visibly gather "
                    "just above it; {seen_from:number} times as dense would have been seen in "
                    "{power:percent} of cases."
                ),
                holds=[Holds("no test of the density rejects evenness", facts["gathering"] == 0)],
            )
        )
    if facts["moved"]:
        claims.append(
            Claim(
                key="line_matters",
                topic="line_effect",
                message=_(
                    "Just past {moved_line:money} the share who buy within {window:days} moves by "
                    "{moved_jump:points} ({moved_low:points} to {moved_high:points})."
                ),
                holds=[Holds("an interval lies off zero", facts["moved"] > 0)],
                place="evidence",
            )
        )
    elif facts["compared"]:
        claims.append(
            Claim(
                key="line_not_shown",
                undecided=True,
                topic="line_effect",
                message=_(
                    "That passing a line makes members buy more is shown at none of "
                    "{compared:count} lines where it could be compared."
                ),
                holds=[Holds("every interval holds zero", facts["moved"] == 0)],
                place="evidence",
            )
        )
    return tuple(claims)
