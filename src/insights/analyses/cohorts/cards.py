"""Cards: by which card or code do new people join who then order?

People who had bought before are left out. Those without a sign of life are in, and their share
stands beside, so that padding shows where it is.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.definition import CONFIDENCE
from insights.analyses.cohorts.drawing import SIGNIFICANCE, shares
from insights.analyses.cohorts.joining import BEFORE, NO_CONTACTS, SILENT, kinds
from insights.analyses.cohorts.split import against_rest
from insights.models.intervals import wilson
from insights.models.multiplicity import holm
from insights.models.survival import logrank
from insights.results import SMALLEST_GROUP, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, kw_only=True)
class Cards(Result):
    """First orders of new people by the card or code of joining. One row per card."""

    name = "cards"
    columns = {
        "card": Column(_("Card or code"), "text"),
        "people": Column(_("New people"), "count", people=True),
        "share": Column(_("Ordered, share"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "silent": Column(_("No sign of life"), "percent"),
        "p": Column(_("p, corrected"), "number3", shown=False),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the cards ranked, filled where told apart from the others."""
        return shares(self.table, name="card", xlabel=_("ordered after joining"))


def cards(
    people: pd.DataFrame, *, as_of: date, within_days: int = 30, min_customers: int = 30
) -> Cards | NotEnoughData:
    """Compare the cards and codes by which new people joined: who of them ordered?

    Parameters are those of `joiners`. People who had bought before are left out; people without a
    sign of life are in, and their share stands beside, so that padding shows where it is.
    """
    told = kinds(people, as_of=as_of, within_days=within_days)
    new = told[told["watched"] & (told["kind"] != BEFORE) & told["card"].notna()]
    facts: dict[str, Any] = {"as_of": as_of, "within": within_days, "confidence": CONFIDENCE}
    sizes = new["card"].value_counts()
    shown = sizes[sizes >= max(min_customers, SMALLEST_GROUP)]
    title = _("By card or code of joining")
    if len(shown) < 2:
        return NotEnoughData(
            title=title,
            because=_("{groups:count} cards or codes brought enough new people to compare."),
            needs=NO_CONTACTS,
            facts=facts | {"groups": len(shown)},
        )
    inside = new[new["card"].isin(shown.index)]
    table = (
        inside.groupby("card")
        .agg(
            people=("person", "size"),
            ordered=("ordered", "sum"),
            silent=("kind", lambda kind: (kind == SILENT).mean()),
        )
        .reset_index()
    )
    low, high = wilson(table["ordered"], table["people"], confidence=CONFIDENCE)
    p = np.array(
        [
            logrank(inside["days"], inside["came"], inside["card"] == card).p
            if inside["came"].any()
            else np.nan
            for card in table["card"]
        ]
    )
    table = table.assign(share=table["ordered"] / table["people"], low=low, high=high, p=holm(p))
    table = table.sort_values("share", ascending=False, ignore_index=True)
    top, end = table.iloc[0], table.iloc[-1]
    facts |= {
        "tests": len(table),
        "p": _of_two(inside, top["card"], end["card"], len(table)),
        "top": top["card"],
        "top_share": float(top["share"]),
        "end": end["card"],
        "end_share": float(end["share"]),
    }
    facts |= _alone(table)
    return Cards(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=(_claim(facts, bool(top["low"] > end["high"])),),
        title=title,
        subtitle=_(
            "Share of new people who ordered within {within:days} of joining, "
            "{confidence:percent} Wilson intervals; filled: told apart from the others (log-rank "
            "over the whole follow-up, corrected for {tests:count} tests)"
        ),
        alt=_("Dot chart of the share of new people who ordered, by card or code."),
    )


def _of_two(inside: pd.DataFrame, top: str, end: str, cards: int) -> float:
    """Return p of the log-rank test of the two cards named, as one pair of all pairs (Bonferroni).

    The highest and the lowest are chosen after all are seen, so each pair had its chance.
    """
    pair = inside[inside["card"].isin([top, end])]
    if not pair["came"].any():
        return 1.0
    p = logrank(pair["days"], pair["came"], pair["card"] == top).p
    return min(1.0, float(p) * cards * (cards - 1) / 2)


def _alone(table: pd.DataFrame) -> dict[str, Any]:
    """Return the card that is told apart best from all others together, and the others' share."""
    p = table["p"].fillna(1.0)
    place = p.idxmin()
    return {
        "one": table.loc[place, "card"],
        "one_p": float(p[place]),
        **against_rest(table, place, "ordered", "people", tests=len(table)),
    }


def _claim(facts: dict[str, Any], clear: bool) -> Claim:
    """Name two cards where these two are told apart, one where it is from the others, or none."""
    if clear and facts["p"] < SIGNIFICANCE:
        return Claim(
            key="cards_apart",
            topic="cards",
            message=_(
                "New people who joined by “{top}”: {top_share:percent} ordered within "
                "{within:days}; by “{end}”: {end_share:percent}."
            ),
            holds=[
                Holds("the intervals of the two cards do not meet", clear),
                Holds("the test of these two, corrected, is below 5%", facts["p"] < SIGNIFICANCE),
            ],
        )
    moved = facts["change_low"] > 0 or facts["change_high"] < 0
    if facts["one_p"] < SIGNIFICANCE:
        return Claim(
            key="cards_one" if moved else "cards_waits",
            topic="cards",
            place="evidence",
            message=_(
                "New people who joined by “{one}”: {one_share:percent} ordered within "
                "{within:days}; by all others together: {rest_share:percent} (a difference of "
                "{change_low:points} to {change_high:points})."
            )
            if moved
            else _(
                "New people who joined by “{one}” wait differently over the whole follow-up than "
                "by all others (log-rank, corrected); within {within:days} alone they are not "
                "distinguishable: {one_share:percent} and {rest_share:percent} ordered "
                "({change_low:points} to {change_high:points})."
            ),
            holds=[
                Holds("its corrected log-rank p is below 5%", facts["one_p"] < SIGNIFICANCE),
                Holds("the corrected interval of the difference leaves out zero", moved)
                if moved
                else Holds("the corrected interval of the difference holds zero", not moved),
            ],
        )
    return Claim(
        key="cards_same",
        topic="cards",
        place="evidence",
        undecided=True,
        message=_(
            "By which card new people joined makes no distinguishable difference to how soon they "
            "order (log-rank): {end_share:percent} to {top_share:percent} within {within:days}."
        ),
        holds=[Holds("no corrected p is below 5%", facts["one_p"] >= SIGNIFICANCE)],
    )
