"""Ladder: of the people on each step of the relation, how many are a step further a month later?

Prospect, fan, customer, regular, ambassador; and lapsed, where a customer has not bought for a
year. The steps are declared in the mart, by what data show: whether an ambassador recommends the
brand, no export tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.intervals import wilson
from insights.results import SMALLEST_GROUP, Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = {
    "new": _("Not known before"),
    "prospect": _("Prospect"),
    "fan": _("Fan"),
    "customer": _("Customer (bought once in a year)"),
    "regular": _("Regular"),
    "ambassador": _("Ambassador"),
    "lapsed": _("Lapsed"),
    "elsewhere": _("Any other step"),
}
UP = (("prospect", "fan"), ("fan", "customer"), ("customer", "regular"), ("regular", "ambassador"))
BOUGHT = ("customer", "regular", "ambassador")
DOWN = (("customer", "lapsed"), ("regular", "customer"), ("ambassador", "regular"))
RUNGS = ("prospect", "fan", "customer", "regular", "ambassador", "lapsed")
MIN_PEOPLE = 30
LAPSE_DAYS = 365  # As the mart declares it.
TOLERATED = 0.02  # Share of people whom late refunds may have moved since the month before.
CONFIDENCE = 0.95
_TITLE = _("The relation ladder, month by month")
_MOVES = {
    ("prospect", "fan"): _("Prospect to fan"),
    ("fan", "customer"): _("Fan to customer"),
    ("customer", "regular"): _("Customer to regular"),
    ("regular", "ambassador"): _("Regular to ambassador"),
    ("customer", "lapsed"): _("Customer to lapsed"),
    ("regular", "customer"): _("Regular back to customer"),
    ("ambassador", "regular"): _("Ambassador back to regular"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Ladder(Result):
    """Moves between steps within a month. One row per (from, to) that happened, all months pooled.

    `share` is of those who were on the step at the begin of a month, with Wilson's interval;
    `people` is a number of moves, not of persons: who moves twice counts twice. `newest` is
    missing where one of its numbers is of fewer than ten people.
    """

    name = "ladder"
    columns = {
        "from_label": Column(_("From"), "said"),
        "to_label": Column(_("To"), "said"),
        "people": Column(_("Moves in all months"), "count", people=True),
        "newest": Column(_("In the newest month"), "count"),
        "share": Column(_("Share of the step, a month"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    as_of: date
    stock: pd.DataFrame

    def plot(self) -> "Axes | None":
        """Draw the moves up and down, each as a share of its step; None where nobody moved."""
        named = {(move[0], move[1]): label for move, label in _MOVES.items()}
        shown = self.table.assign(
            move=[
                named.get(pair) for pair in zip(self.table["from_step"], self.table["to_step"],
                                                strict=True)
            ]
        ).dropna(subset=["move"])  # fmt: skip
        if shown.empty:
            return None
        order = {label: place for place, label in enumerate(_MOVES.values())}
        shown = shown.sort_values("move", key=lambda labels: labels.map(order))
        up = [pair in UP for pair in zip(shown["from_step"], shown["to_step"], strict=True)]
        return marks.dots(
            shown.assign(up=up), name="move", value="share", low="low", high="high",
            emphasis="up", xlabel=_("share of the step that moves in a month"),
        )  # fmt: skip


def ladder(
    moves: pd.DataFrame, *, as_of: date, data_from: date | None = None
) -> Ladder | NotEnoughData:
    """Pool monthly moves between the steps of the relation, and count who stands where.

    Parameters
    ----------
    moves : DataFrame, one row per month end, step before and step after
        The mart `ladder_moves`, asked for several month ends: ``lake.mart("ladder_moves", as_of=
        month_ends(lake.as_of, count=12, first=lake.first_day))``. The first month of data has
        nobody who was known before, and is left out.
    as_of : date
        Last day of complete data.
    data_from : date, optional
        First day of data. Nobody can be seen to lapse before they have been watched for a year:
        where a month is older than that, nothing is said of lapsing.

    Returns
    -------
    Ladder or NotEnoughData
    """
    if missing := {"as_of", "from_step", "to_step", "people"} - set(moves.columns):
        raise MissingColumns("moves", missing, moves.columns)
    days = sorted(day for day, rows in moves.groupby("as_of") if (rows["from_step"] != "new").any())
    known = moves[moves["as_of"].isin(days)]
    begins = known[known["from_step"] != "new"]
    facts: dict[str, Any] = {"as_of": as_of, "minimum": MIN_PEOPLE, "months": len(days)}
    if not days or begins.groupby("from_step")["people"].sum().max() < MIN_PEOPLE:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No whole month up to {as_of:day} begins with {minimum:count} known people on a "
                "step."
            ),
            needs=_(
                "Needed: two months of orders that name their buyers, the WeCom contacts, or the "
                "member table."
            ),
            facts=facts,
        )
    table = _table(known, days)
    stock = _stock(known)
    facts |= _facts(table, stock, days) | _fans_who_buy(known, table)
    begin = pd.Timestamp(days[0]).to_period("M").start_time
    early = data_from is not None and begin < pd.Timestamp(data_from) + pd.Timedelta(
        days=LAPSE_DAYS
    )
    facts["early"] = early
    if early:
        facts |= {f"customer_lapsed_{name}": None for name in ("share", "low", "high")}
    return Ladder(
        table=table,
        stock=stock,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "Whether an ambassador recommends the brand is in no export: the step says that a "
                "regular is a contact who responds."
            ),
            _("Who buys where buyers are not named stays on a lower step than they stand on."),
            *_too_early(facts),
            *_together(facts),
        ),
        checks=(_closes(known, days),),
        title=_TITLE,
        subtitle=_(
            "Share of the people on a step who stand on another one a month later, mean of "
            "{months:count} months up to {newest:month}, {confidence:percent} intervals"
        ),
        meaning=_("Look first where few go up, and where many go down."),
        alt=_("Dots of the share of people who move from step to step in a month."),
    )


def _too_early(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["early"]:
        return ()
    return (
        _(
            "A customer lapses after a year without a purchase: the data are too young for a share "
            "of those who do."
        ),
    )


def _together(facts: dict[str, Any]) -> tuple[str, ...]:
    if facts["ambassador_now"] is not None:
        return ()
    return (
        _(
            "Some step has fewer than {smallest:count} people at the end of {newest:month}: how "
            "many stand on each is not said, because they could be told who they are."
        ),
    )


def _table(known: pd.DataFrame, days: Sequence[Any]) -> pd.DataFrame:
    known = _without_rare_moves(known)
    pairs = known.groupby(["from_step", "to_step"])["people"].sum().reset_index()
    newest = known[known["as_of"] == days[-1]].groupby(["from_step", "to_step"])["people"].sum()
    base = pairs.groupby("from_step")["people"].transform("sum")
    low, high = wilson(pairs["people"], base, confidence=CONFIDENCE)
    keys = pd.MultiIndex.from_frame(pairs[["from_step", "to_step"]])
    place = {step: number for number, step in enumerate(STEPS)}
    table = pairs.assign(
        from_label=pairs["from_step"].map(STEPS),
        to_label=pairs["to_step"].map(STEPS),
        newest=_told_safely(newest.reindex(keys).fillna(0).to_numpy(float)),
        share=pairs["people"] / base,
        low=low,
        high=high,
        base=base,
    )
    order = table["from_step"].map(place) * len(place) + table["to_step"].map(place)
    return table.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)


def _told_safely(newest: np.ndarray) -> np.ndarray:
    """Leave the moves of one month out where any is of few people: the stock would tell it."""
    few = (newest > 0) & (newest < SMALLEST_GROUP)
    return np.full_like(newest, np.nan) if few.any() else newest


def _without_rare_moves(known: pd.DataFrame) -> pd.DataFrame:
    """Call the steps to which hardly anybody went "elsewhere", so that nobody can be told apart.

    Where they are still too few together, the next rarest move goes with them.
    """
    pairs = known.groupby(["from_step", "to_step"])["people"].sum()
    renamed: dict[tuple[str, str], str] = {}
    for step, rows in pairs.groupby(level="from_step"):
        rows = rows.sort_values()  # noqa: PLW2901
        rare = int((rows < SMALLEST_GROUP).sum())
        while 0 < rare < len(rows) and rows.iloc[:rare].sum() < SMALLEST_GROUP:
            rare += 1
        renamed |= {(step, to): "elsewhere" for _from, to in rows.index[:rare]}
    to = [
        renamed.get(pair, pair[1])
        for pair in zip(known["from_step"], known["to_step"], strict=True)
    ]
    return known.assign(to_step=to)


def _stock(known: pd.DataFrame) -> pd.DataFrame:
    """Return how many stand on each step at each month's end: one row per (as_of, step)."""
    return (
        known.groupby(["as_of", "to_step"])["people"].sum().rename_axis(["as_of", "step"])
    ).reset_index()


def _facts(table: pd.DataFrame, stock: pd.DataFrame, days: Sequence[Any]) -> dict[str, Any]:
    at = table.set_index(["from_step", "to_step"])
    newest = stock[stock["as_of"] == days[-1]].set_index("step")["people"]
    facts: dict[str, Any] = {
        "confidence": CONFIDENCE,
        "newest": f"{pd.Timestamp(days[-1]):%Y-%m}",
        "smallest": SMALLEST_GROUP,
        **_now({step: int(newest.get(step, 0)) for step in RUNGS}),
    }
    for start, end in (*UP, *DOWN):
        known = (start, end) in at.index and at.loc[(start, end), "base"] >= MIN_PEOPLE
        for name in ("share", "low", "high"):
            found = float(at.loc[(start, end), name]) if known else None
            facts[f"{start}_{end}_{name}"] = found
    return facts


def _now(on: dict[str, int]) -> dict[str, int | None]:
    """Say how many stand on each step; only those before and after a purchase where one has few."""
    both = {
        "friends": on["prospect"] + on["fan"],
        "buyers": sum(on[step] for step in BOUGHT),
        "lapsed": on["lapsed"],
    }
    each = {f"{step}_now": people for step, people in on.items()}
    groups = {f"{name}_together": people for name, people in both.items()}
    return {
        name: people if _safe(*level.values()) else None
        for level in (each, groups)
        for name, people in level.items()
    }


def _safe(*people: int) -> bool:
    """Whether each is nobody, or so many that nobody can be told."""
    return all(count == 0 or count >= SMALLEST_GROUP for count in people)


def _fans_who_buy(known: pd.DataFrame, table: pd.DataFrame) -> dict[str, float | None]:
    """Return the share of fans who become buyers of any step, where that tells of no few people.

    The table shows some of the steps, and what it calls "elsewhere" holds the others.
    """
    fans = known[known["from_step"] == "fan"]
    base, to = int(fans["people"].sum()), fans.groupby("to_step")["people"].sum()
    buyers = int(to.reindex(BOUGHT).sum())
    shown = table[table["from_step"] == "fan"].set_index("to_step")["people"]
    hidden = buyers - int(shown.reindex(BOUGHT).sum())
    others = int(shown.get("elsewhere", 0)) - hidden
    if base < MIN_PEOPLE or not buyers or not _safe(buyers, base - buyers, hidden, others):
        return dict.fromkeys(("fan_buyer_share", "fan_buyer_low", "fan_buyer_high"))
    low, high = wilson([buyers], [base], confidence=CONFIDENCE)
    return {
        "fan_buyer_share": buyers / base,
        "fan_buyer_low": float(low[0]),
        "fan_buyer_high": float(high[0]),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = []
    if facts["fan_buyer_share"] is not None:
        claims.append(
            Claim(
                key="fans_become_customers",
                place="evidence",
                message=_(
                    "In a month {fan_buyer_share:percent} ({fan_buyer_low:percent}–"
                    "{fan_buyer_high:percent}) of fans become customers, regulars or ambassadors."
                ),
                rows="from_step == 'fan'",
            )
        )
    if facts["customer_regular_share"] is not None and facts["customer_lapsed_share"] is not None:
        claims.append(_customers(facts))
    where = None
    if facts["ambassador_now"] is not None:
        where = _(
            "At the end of {newest:month}: {prospect_now:count} prospects, {fan_now:count} "
            "fans, {customer_now:count} customers, {regular_now:count} regulars, "
            "{ambassador_now:count} ambassadors; {lapsed_now:count} have lapsed."
        )
    elif facts["buyers_together"] is not None:
        where = _(
            "At the end of {newest:month}: {friends_together:count} prospects and fans, "
            "{buyers_together:count} customers, regulars and ambassadors; "
            "{lapsed_together:count} have lapsed."
        )
    if where:
        claims.append(Claim(key="who_stands_where", place="evidence", message=where))
    return tuple(claims)


def _customers(facts: dict[str, Any]) -> Claim:
    if facts["customer_lapsed_low"] > facts["customer_regular_high"]:
        return Claim(
            key="more_lapse_than_return",
            topic="customers_move",
            place="evidence",
            message=_(
                "Of customers more lapse in a month ({customer_lapsed_share:percent}) than become "
                "regulars ({customer_regular_share:percent})."
            ),
            holds=[
                Holds(
                    "the interval of lapsing lies above that of becoming a regular",
                    facts["customer_lapsed_low"] > facts["customer_regular_high"],
                )
            ],
        )
    return Claim(
        key="customers_move",
        place="evidence",
        message=_(
            "Of customers {customer_regular_share:percent} become regulars in a month, and "
            "{customer_lapsed_share:percent} lapse."
        ),
    )


def _closes(known: pd.DataFrame, days: Sequence[Any]) -> Check:
    """Check that who stands on a step at the end of a month stands on it when the next begins."""
    wrong = 0
    for before, after in pairwise(days):
        ends = known[known["as_of"] == before].groupby("to_step")["people"].sum()
        next_ = known[(known["as_of"] == after) & (known["from_step"] != "new")]
        begins = next_.groupby("from_step")["people"].sum()
        # Refunds and links that became known since may move people of the month before.
        both = pd.concat([ends.drop("new", errors="ignore"), begins], axis="columns").fillna(0)
        moved = float((both.iloc[:, 0] - both.iloc[:, 1]).abs().sum())
        wrong += moved > TOLERATED * max(float(begins.sum()), 1.0)
    return Check(
        key="ladder_closes",
        message=_("Each month begins with the people with whom the month before ended."),
        passed=wrong == 0,
        evidence=_("{wrong:count} months that do not"),
        facts={"wrong": int(wrong)},
    )
