"""Terms: what may move a rate, each as a family of effects that share one spread.

A cell is a group of trials that agree in every term (one item, one audience, one place, one day):
millions of touches are summed to cells before anything is fitted, and nothing is lost by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from insights.errors import DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Larger knots of levels are solved as part of the dense border.
_MOST_TIED = 256
_MOST_ENTRIES = 20_000_000
# A term with fewer levels costs less in the border than as knots.
_FEW_LEVELS = 200
_MOST_IN_BORDER = 4_000


@dataclass(frozen=True, eq=False)
class Term:
    """One family of effects: for every cell its level, or how much of each feature it has.

    Attributes
    ----------
    name : str
    codes : array of int or None
        Level of each cell from 0; -1 where the cell has none. None for a term of features.
    matrix : sparse matrix, cells x levels
    """

    name: str
    codes: Ints | None
    matrix: sparse.csr_matrix

    @property
    def levels(self) -> int:
        """How many effects share the spread."""
        return int(self.matrix.shape[1])


def read_terms(terms: Mapping[str, ArrayLike | sparse.spmatrix], cells: int) -> list[Term]:
    """Take codes (one integer a cell) or a sparse matrix of features for each name.

    Raises
    ------
    DataError
        If a term has the wrong number of cells, or codes that are no integers from -1.
    """
    return [_read(name, given, cells) for name, given in terms.items()]


def _read(name: str, given: ArrayLike | sparse.spmatrix, cells: int) -> Term:
    if sparse.issparse(given):
        matrix = sparse.csr_matrix(given, dtype=np.float64)
        if matrix.shape[0] != cells or not np.isfinite(matrix.data).all():
            raise DataError(
                f"The term '{name}' has {matrix.shape[0]} rows for {cells} cells, or features that "
                "are no number. Give one row a cell."
            )
        return Term(name, None, matrix)
    codes = np.asarray(given)
    if codes.shape != (cells,) or not np.issubdtype(codes.dtype, np.integer):
        raise DataError(
            f"The term '{name}' needs one integer for each of {cells} cells; found shape "
            f"{codes.shape} of {codes.dtype}. Number its levels from 0, with -1 for none."
        )
    codes = codes.astype(np.int64)
    if codes.size and codes.min() < -1:
        raise DataError(f"The term '{name}' has a level below -1. Number its levels from 0.")
    levels = int(codes.max(initial=-1)) + 1
    has = np.flatnonzero(codes >= 0)
    matrix = sparse.csr_matrix(
        (np.ones(has.size), (has, codes[has])), shape=(cells, levels), dtype=np.float64
    )
    return Term(name, codes, matrix)


@dataclass(frozen=True, eq=False)
class Knots:
    """Levels of the local terms, tied where cells share them, in blocks that are solved apart.

    Attributes
    ----------
    terms : tuple of int
        Which terms are local.
    first : dict of int by term
        Position of a term's first level among the local ones, before ordering.
    place : array
        Position in block order of each local level.
    sizes, starts : arrays, one entry a block
        Levels of the block, and where the first of them stands.
    """

    terms: tuple[int, ...]
    first: dict[int, int]
    place: Ints
    sizes: Ints
    starts: Ints

    @property
    def levels(self) -> int:
        """All local levels."""
        return int(self.place.size)


def tie(terms: list[Term]) -> Knots:
    """Choose the terms whose levels fall into small blocks; the others form the border.

    Raises
    ------
    DataError
        If what is left for the border is too much to solve.
    """
    by_size = sorted(range(len(terms)), key=lambda k: -terms[k].levels)
    chosen: tuple[int, ...] = ()
    knots = _knots(terms, chosen)
    for k in by_size:
        if terms[k].codes is None or terms[k].levels < _FEW_LEVELS:
            continue
        tried = _knots(terms, (*chosen, k))
        if tried.sizes.max() <= _MOST_TIED and (tried.sizes**2).sum() <= _MOST_ENTRIES:
            chosen, knots = (*chosen, k), tried
    border = sum(term.levels for k, term in enumerate(terms) if k not in chosen)
    if border > _MOST_IN_BORDER:
        names = ", ".join(f"'{t.name}'" for k, t in enumerate(terms) if k not in chosen)
        raise DataError(
            f"The terms {names} cross each other with {border} levels, more than "
            f"{_MOST_IN_BORDER}. Join rare levels of the largest one."
        )
    return knots


def _knots(terms: list[Term], chosen: tuple[int, ...]) -> Knots:
    first, at = {}, 0
    for k in chosen:
        first[k] = at
        at += terms[k].levels
    if not at:
        nothing = np.zeros(0, np.int64)
        return Knots((), {}, nothing, nothing, nothing)
    # Levels are tied through the cells that have both: a graph of levels and cells.
    stacked = sparse.hstack([terms[k].matrix for k in chosen], format="csr")
    graph = sparse.bmat([[None, stacked.T], [stacked, None]], format="csr")
    _, label = connected_components(graph, directed=False)
    _, block = np.unique(label[:at], return_inverse=True)
    sizes = np.bincount(block)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    order = np.argsort(block, kind="stable")
    place = np.empty(at, np.int64)
    place[order] = np.arange(at)
    return Knots(chosen, first, place, sizes.astype(np.int64), starts.astype(np.int64))
