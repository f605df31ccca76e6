"""Slots: what does a place in the push do by itself, and how many pushes would settle it?

Editors put the best piece first, so that the headline looks better than it is. Only pushes in an
order drawn by lot tell the place from the piece: they are randomised blocks, and read as such.
Without them the answer is a range from nothing to the plain difference.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.score import ContentScores
from insights.charts import marks
from insights.errors import DataError
from insights.models.blocks import FEWEST, Blocked, blocked
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
CLOSE = 0.2  # on the logit scale: a difference of about a fifth is what a plan can use
_Z = 1.645
_TITLE = _("What a place in the push does by itself")


@dataclass(frozen=True, eq=False, kw_only=True)
class SlotEffects(Result):
    """Odds of an answer in each place against the first. One row per place.

    `raw` is the ratio of plain odds; `adjusted` with `low` and `high` the one of the place itself:
    from the pushes in an order drawn by lot alone where there are three or more, with an interval
    that needs no prior; else from the model of all pushes.
    """

    name = "slot_effects"
    columns = {
        "slot": Column(_("Place"), "text"),
        "pieces": Column(_("Pieces"), "count"),
        "rate": Column(_("Plain rate"), "percent"),
        "raw": Column(_("Plain odds against the first"), "number"),
        "adjusted": Column(_("Of the place itself"), "number"),
        "low": Column(_("Low"), "number"),
        "high": Column(_("High"), "number"),
    }

    def plot(self) -> "Axes":
        """Draw the odds of each place with their interval."""
        return marks.dots(
            self.table, name="slot", value="adjusted", low="low", high="high", kind="number",
            xlabel=_("odds against the first place"), reference=1.0,
            reference_label=_("the first place"),
        )  # fmt: skip


def slot_effects(scores: ContentScores | NotEnoughData) -> SlotEffects | NotEnoughData:
    """Tell the place from the piece, as far as a lot was drawn.

    Parameters
    ----------
    scores : ContentScores
        Their model is read; nothing is fitted again.
    """
    if isinstance(scores, NotEnoughData):
        return scores
    found = scores.quality
    facts: dict[str, Any] = {
        "as_of": scores.as_of,
        "confidence": CONFIDENCE,
        "close": np.exp(CLOSE),
    }
    if "slot" not in found.levels:
        return NotEnoughData(
            title=_TITLE,
            because=_("All pieces stood in one place, or no place is known."),
            needs=_("Needed: pushes of several pieces, with the place of each."),
            facts=facts,
        )
    cells = scores.pieces.cells
    slots = found.levels["slot"]
    by = cells.assign(slot=cells["slot"].astype(str)).groupby("slot")
    sums = by[["answered", "trials"]].sum().reindex(slots)
    rate = (sums["answered"] + 0.5) / (sums["trials"] + 1)
    odds = rate / (1 - rate)
    first = _first(slots, odds)
    middle, low, high = _of_model(scores, slots.index(first))
    if lot := _of_lot(cells, slots, first):
        middle, low, high = lot.effect, lot.low, lot.high
    table = pd.DataFrame(
        {
            "slot": slots,
            "pieces": by["item"].nunique().reindex(slots).to_numpy(),
            "rate": (sums["answered"] / sums["trials"]).to_numpy(),
            "raw": (odds / odds[first]).to_numpy(),
            "adjusted": np.exp(middle),
            "low": np.exp(low),
            "high": np.exp(high),
        }
    )
    facts |= _facts(table, found.spreads, first, scores, lot)
    return SlotEffects(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        title=_TITLE,
        subtitle=_(
            "Odds of an answer against the first place, the quality of the pieces taken off; lines "
            "are {confidence:percent} intervals"
        ),
        meaning=_(
            "A line that reaches the dotted one leaves open whether the place does anything by "
            "itself."
        ),
        alt=_("Dot chart of {places:count} places in the push by their odds against the first."),
    )


def pushes_needed(spread: float, close: float = CLOSE) -> int:
    """Return how many pushes in an order drawn by lot tell two places apart to within `close`.

    Parameters
    ----------
    spread : float
        Standard deviation of one look at a piece on the logit scale: quality and luck.
    close : float
        Half-width of the 90% interval of the difference of two places, on the logit scale.

    Notes
    -----
    Each push has one piece in either place, so the difference of the two has the variance
    ``2 spread**2`` over the number of pushes.

    Examples
    --------
    >>> pushes_needed(0.4)
    22
    """
    return int(np.ceil(2 * (_Z * spread / close) ** 2))


def _of_model(scores: ContentScores, first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return middle and ends of what each place does, as the model of all pushes has it."""
    effect = scores.quality.effects["slot"]
    tail = (1 - CONFIDENCE) / 2
    low, middle, high = np.quantile(effect - effect[first], [tail, 0.5, 1 - tail], axis=1)
    return middle, low, high


def _of_lot(cells: pd.DataFrame, slots: list[str], first: str) -> Blocked | None:
    """Compare places within the pushes that a lot ordered; None where they are too few."""
    mine = cells[cells["drawn_by_lot"].fillna(False).astype(bool) & cells["push"].notna()]
    mine = mine[mine["slot"].notna()].assign(slot=mine["slot"].astype(str))
    # A piece that several audiences saw counts once.
    pieces = mine.groupby(["push", "slot", "content_id"], as_index=False)[
        ["answered", "trials"]
    ].sum()
    order = [first, *(name for name in slots if name != first)]
    push = pd.factorize(pieces["push"])[0]
    place = pd.Index(order).get_indexer(pieces["slot"])
    try:
        found = blocked(pieces["answered"] / pieces["trials"], push, place, confidence=CONFIDENCE)
    except DataError:
        return None
    back = [order.index(name) for name in slots]
    if found.effect.size < len(slots):
        return None
    return Blocked(
        found.effect[back], found.low[back], found.high[back], found.spread, found.blocks
    )


def _first(slots: list[str], odds: pd.Series) -> str:
    """Return the headline: the place whose plain odds are highest."""
    return str(odds.reindex(slots).idxmax())


def _facts(
    table: pd.DataFrame,
    spreads: pd.DataFrame,
    first: str,
    scores: ContentScores,
    lot: Blocked | None,
) -> dict[str, Any]:
    mine = [name for name in ("item", "own", "unsorted", "topic", "words") if name in spreads.index]
    spread = lot.spread if lot else float(np.sqrt((spreads.loc[mine, "spread"] ** 2).sum()))
    cells = scores.pieces.cells
    by_lot = cells["drawn_by_lot"].fillna(False).astype(bool)
    drawn = cells.loc[by_lot, "push"].nunique() if cells["push"].notna().any() else 0
    others = table[table["slot"] != first]
    last = others.loc[others["raw"].idxmin()]
    needed = pushes_needed(spread)
    return {
        "places": len(table),
        "first": first,
        "last": last["slot"],
        "raw": float(last["raw"]),
        "adjusted": float(last["adjusted"]),
        "low": float(last["low"]),
        "high": float(last["high"]),
        "randomised": lot is not None,
        "blocks": lot.blocks if lot else 0,
        "fewest": FEWEST,
        "drawn": int(drawn),
        "needed": needed,
        "more": max(needed - int(drawn), 0),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["randomised"]:
        return (
            Claim(
                key="place_effect",
                place="evidence",
                message=_(
                    "In place {last}, the odds of an answer are {adjusted:number} times "
                    "({low:number}–{high:number}) those of {first} for the same piece; the plain "
                    "figures say {raw:number} times."
                ),
                holds=[
                    Holds("the estimate lies in its interval", _within(facts)),
                    Holds("pushes in an order drawn by lot say it", facts["blocks"] >= FEWEST),
                ],
            ),
        )
    return (
        Claim(
            key="place_not_randomised",
            undecided=True,
            place="evidence",
            message=_(
                "Place was not drawn by lot: the odds in place {last} may be anything from "
                "{low:number} to {high:number} times those of {first}; the plain figures say "
                "{raw:number} times. A lot for the order of {needed:count} pushes would settle it."
            )
            if facts["drawn"] == 0
            else _(
                "Of the pushes, {drawn:count} were in an order drawn by lot, in which places "
                "cannot be compared yet: the odds in place {last} may be anything from "
                "{low:number} to {high:number} times those of {first}; the plain figures say "
                "{raw:number} times. A lot for the order of {needed:count} pushes would settle it."
            ),
            holds=[
                Holds("places cannot be compared within pushes by lot", not facts["randomised"]),
            ],
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    if facts["drawn"] and not facts["randomised"]:
        return (
            _(
                "Places are compared within pushes by lot once each of them stood in "
                "{fewest:count} such pushes beside the first, and was answered."
            ),
        )
    if facts["randomised"] and facts["more"]:
        return (
            _(
                "{drawn:count} pushes were in an order drawn by lot; {more:count} more would tell "
                "two places apart to within {close:number} times."
            ),
        )
    return ()


def _within(facts: dict[str, Any]) -> bool:
    return bool(facts["low"] <= facts["adjusted"] <= facts["high"])
