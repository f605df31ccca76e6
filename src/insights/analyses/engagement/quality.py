"""Quality: how good is each piece, once its place, its day and its audience are taken off?

One binomial mixed model a channel and stage, everything shrunk. What belongs to a piece (itself,
its topics, its words, its format, and the editors' choice of it for a place) is its quality; place,
weekday, daypart, author, audience and source are not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import ndtri

from insights.analyses.engagement.pieces import Pieces
from insights.analyses.engagement.titles import topics, words
from insights.models.mixed import OWN, BinomialMixed, Draws, draw

Floats = NDArray[np.float64]

DRAWS, SPREADS, SEED = 600, 12, 20260622
ADJUSTED = ("slot", "fall", "when", "author", "audience", "source")
BELONGING = ("chosen", "unsorted", "topic", "words", "format", "item", "outlier")
FAR = 4.0  # standard deviations beyond which a piece is no piece like the others


@dataclass(frozen=True, eq=False)
class Quality:
    """What is known of each item, as draws.

    Attributes
    ----------
    draws : array, items x draws
        Logit of the quality of each item, against the average item.
    adjusted : array, items x draws
        Rate that the item would have in an average place, before an average audience.
    spreads : DataFrame, one row a term
        See `BinomialMixed.spreads_`.
    effects : dict of arrays, levels x draws
        Of the other terms, on the logit scale.
    levels : dict of lists
        What the levels of each term are called.
    randomised : bool or None
        Whether places were drawn by lot often enough to tell them from the editors' choice; None
        where pieces have no place.
    repeatable : bool
        Whether items were seen repeatedly, so that an item is told from its luck.
    """

    draws: Floats
    adjusted: Floats
    spreads: pd.DataFrame
    effects: dict[str, Floats]
    levels: dict[str, list[str]]
    randomised: bool | None
    repeatable: bool


def quality(pieces: Pieces, *, draws: int = DRAWS, seed: int = SEED) -> Quality:
    """Fit the model of one channel and stage.

    Raises
    ------
    DataError
        If nothing answered, everybody answered, or the fit did not converge.
    """
    terms, levels, randomised = design(pieces)
    cells = pieces.cells
    # With one look an item and its luck are one effect: the cell's own.
    alone = not pieces.repeated
    if alone:
        del terms["item"]
    model = BinomialMixed(own=True).approach(cells["answered"], cells["trials"], terms)
    if (far := _outliers(model, cells, OWN if alone else "item")) is not None:
        # One viral piece would make all others look as if they could differ that much.
        terms["outlier"], begin = far, model.approached_
        model = BinomialMixed(own=True)
        model.approach(cells["answered"], cells["trials"], terms, begin)
    found = draw(model.settle(), draws=draws, spreads=SPREADS, seed=seed)
    random = np.random.default_rng(seed)
    first = np.unique(cells["item"].to_numpy(), return_index=True)[1]
    mine = np.zeros((len(pieces.items), found.count))
    for name in BELONGING:
        if name in terms and not (alone and name == "unsorted"):
            mine += _by_cell(_of_cells(terms[name], first), found.effects[name])
    if alone:
        mine += _repeating(cells, terms, found, random)
    mine += _unripe(cells, len(pieces.items), found.count, random)
    mine -= mine.mean(axis=0)
    base = found.intercept + sum(
        _usual(terms[name], cells["trials"].to_numpy(), found.effects[name])
        for name in (*ADJUSTED, "chosen")
        if name in terms
    )
    effects = {name: effect for name, effect in found.effects.items() if name in levels}
    if "fall" in terms:
        first = pd.Series(np.asarray(terms["slot"])).drop_duplicates().sort_values()
        line = _worth(cells)[first[first >= 0].index][:, None]
        effects["slot"] = effects["slot"] + line * found.effects["fall"]
    return Quality(
        draws=mine,
        adjusted=1 / (1 + np.exp(-(base + mine))),
        spreads=model.spreads_,
        effects=effects,
        levels=levels,
        randomised=randomised,
        repeatable=not alone,
    )


def design(
    pieces: Pieces,
) -> tuple[dict[str, ArrayLike | sparse.spmatrix], dict[str, list[str]], bool | None]:
    """Return the terms of the model, what their levels are called, and whether places are known."""
    cells, items = pieces.cells, pieces.items
    terms: dict[str, ArrayLike | sparse.spmatrix] = {}
    levels: dict[str, list[str]] = {}
    when = cells["weekday"].astype(str)
    if cells["daypart"].notna().any():
        when = when + " " + cells["daypart"].astype(str)
    given = {
        "slot": cells["slot"] if _pushed_together(cells) else pd.Series(None, cells.index, object),
        "when": when,
        "author": cells["author"],
        "audience": cells["audience"],
        "source": cells["source"],
        "format": cells["format"],
    }
    for name, column in given.items():
        codes, names = pd.factorize(column, sort=True)
        # A term of one level says nothing that the intercept does not.
        if len(names) > 1:
            terms[name], levels[name] = codes.astype(np.int64), [str(level) for level in names]
    randomised = None
    if "slot" in terms:
        lot = cells["drawn_by_lot"].fillna(False).astype(bool).to_numpy()
        randomised = bool(lot.any())
        if not lot.all():
            # What editors put first is better on average: that belongs to the pieces, and only
            # pushes in an order drawn by lot can tell it from what the places do. Both fall along
            # the same line, so that without a lot neither is preferred.
            worth = _worth(cells)
            terms["fall"] = sparse.csr_matrix(worth[:, None])
            terms["chosen"] = sparse.csr_matrix(np.where(lot, 0.0, worth)[:, None])
        if lot.any() and not lot.all():
            # Pieces of one place that editors chose are more alike than those that a lot put there.
            terms["unsorted"] = np.where(lot, pd.factorize(cells["item"].where(lot))[0], -1)
    item = cells["item"].to_numpy(np.int64)
    for name, (matrix, names) in {
        "topic": topics(items["topics"].tolist()),
        "words": words(items["title"].where(items["titled"]).tolist()),
    }.items():
        if len(names) > 1:
            terms[name], levels[name] = matrix[item], names
    terms["item"] = item
    return terms, levels, randomised


def _outliers(model: BinomialMixed, cells: pd.DataFrame, name: str) -> NDArray[np.int64] | None:
    """Return for each cell the number of its item among the outliers, -1 for all others."""
    item = cells["item"].to_numpy(np.int64)
    effect = np.zeros(item.max() + 1)
    effect[item] = model.effects_[name] if name == OWN else model.effects_[name][item]
    # The spread of the many, whatever the few do: median absolute deviation, and the model's.
    middle = np.median(effect)
    usual = max(1.4826 * float(np.median(np.abs(effect - middle))), 0.05)
    far = np.abs(effect - middle) > FAR * usual
    # Few levels of a term that differ in everything: more of them are a spread, not outliers.
    if not far.any() or far.mean() > 0.05:
        return None
    number = np.where(far, np.cumsum(far) - 1, -1)
    return np.asarray(number[item], dtype=np.int64)


def _worth(cells: pd.DataFrame) -> Floats:
    """Return how good a piece must be to have been put in its place, in standard deviations.

    The best of four, the second of four and so on stand where normal order statistics do (Blom
    1958); places are in the order of their plain rates.
    """
    sums = cells.groupby("slot")[["answered", "trials"]].sum()
    odds = (sums["answered"] + 0.5) / (sums["trials"] + 1)
    place = odds.rank(ascending=False, method="first")
    worth = pd.Series(-ndtri((place - 0.375) / (len(place) + 0.25)), index=odds.index)
    return np.asarray(cells["slot"].map(worth).fillna(0.0), dtype=np.float64)


def _pushed_together(cells: pd.DataFrame) -> bool:
    """Whether pieces of one push stood in several places; else a "slot" is no place in a push."""
    known = cells[cells["push"].notna() & cells["slot"].notna()]
    several = known.drop_duplicates(["push", "slot"])["push"].duplicated()
    return known.empty or bool(several.any())


def _by_cell(term: Any, effects: Floats) -> Floats:
    if sparse.issparse(term):
        return np.asarray(term @ effects)
    codes = np.asarray(term)
    return np.where(codes[:, None] >= 0, effects[np.maximum(codes, 0)], 0.0)


def _of_cells(term: Any, cells: NDArray[np.int64]) -> Any:
    return term[cells] if sparse.issparse(term) else np.asarray(term)[cells]


def _usual(term: Any, weights: Floats, effects: Floats) -> Floats:
    """Return what a term adds in each draw to the average cell, by weight."""
    if sparse.issparse(term):
        level = term.T @ weights
    else:
        codes = np.asarray(term)
        has = codes >= 0
        level = np.bincount(codes[has], weights[has], effects.shape[0])
    return np.asarray(level @ effects / weights.sum())


def _repeating(
    cells: pd.DataFrame, terms: dict[str, Any], found: Draws, random: np.random.Generator
) -> Floats:
    """Return the part of an item's effect that would come again, where nothing was shown twice.

    What share of the variance that is, no data of single looks can tell: anything from none to all
    is as likely, and each draw takes one share for all items.
    """
    effect, variance = (
        found.effects[OWN],
        np.broadcast_to(found.spreads[OWN] ** 2, (1, found.count)),
    )
    if "unsorted" in terms:
        effect = effect + _by_cell(terms["unsorted"], found.effects["unsorted"])
        drawn = (np.asarray(terms["unsorted"]) >= 0)[:, None]
        variance = variance + drawn * found.spreads["unsorted"] ** 2
    share = random.random(found.count)
    item = cells["item"].to_numpy()
    total, spread = np.zeros((2, item.max() + 1, found.count))
    np.add.at(total, item, effect)
    spread[item] = variance
    looks = np.bincount(item).astype(float)[:, None]
    # Given the mean of k looks, whose variance is s * share + s * (1 - share) / k.
    part = share / (share + (1 - share) / looks)
    luck = np.sqrt(share * spread * (1 - part)) * random.standard_normal(total.shape)
    return np.asarray(part * total / looks + luck)


def _unripe(cells: pd.DataFrame, items: int, draws: int, random: np.random.Generator) -> Floats:
    """Return the doubt of young items: how early their answers come is not the same for all."""
    spread = cells.groupby("item")["share_in_spread"].mean().reindex(range(items)).to_numpy()
    return np.asarray(spread[:, None] * random.standard_normal((items, draws)))
