"""Design: which effects add up to which cell, and what do cells have in common?

The cells of one item (its audiences, its sources) share the item's topics, words, author and
place. Whatever is the same for all cells with the same local levels is kept once a group of them:
weights are summed to groups first, and sums over groups are what the equations need.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from insights.models.mixed.arrowhead import Arrowhead, Blocks, product_forms
from insights.models.mixed.terms import Ints, Knots, Term

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Design:
    """Cells, the groups of those that share their local levels, and the columns of each.

    The border's columns are the intercept, the terms that are the same within each group, and then
    the others.

    Attributes
    ----------
    group : array
        Group of each cell.
    shared : sparse matrix, groups x columns
        Intercept and the border's terms that are the same for all cells of a group.
    single : sparse matrix, cells x columns
        The border's other terms.
    local : sparse matrix, groups x local levels in block order
    blocks : Blocks
    where : list of (bool, array)
        For each term whether it is in the border, and where its levels stand.
    """

    group: Ints
    shared: sparse.csr_matrix
    single: sparse.csr_matrix
    local: sparse.csr_matrix
    blocks: Blocks
    where: list[tuple[bool, Ints]]

    @classmethod
    def of(cls, terms: list[Term], knots: Knots, cells: int) -> "Design":
        """Arrange the columns once for all fits."""
        codes = [_codes(terms[k]) for k in knots.terms]
        group, first = _groups(codes, cells)
        inside = [k for k in range(len(terms)) if k not in knots.terms]
        same = [k for k in inside if _is_shared(terms[k].matrix, group, first)]
        apart = [k for k in inside if k not in same]
        ones = sparse.csr_matrix(np.ones((first.size, 1)))
        nothing = sparse.csr_matrix((cells, 0))
        where: list[tuple[bool, Ints]] = [(True, np.zeros(0, np.int64))] * len(terms)
        at = 1
        for k in (*same, *apart):
            where[k] = (True, np.arange(at, at + terms[k].levels))
            at += terms[k].levels
        for k in knots.terms:
            begin = knots.first[k]
            where[k] = (False, knots.place[begin : begin + terms[k].levels])
        order = np.empty(knots.levels, np.int64)
        order[knots.place] = np.arange(knots.levels)
        local = [sparse.csr_matrix((first.size, 0)), *[terms[k].matrix[first] for k in knots.terms]]
        return cls(
            group=group,
            shared=sparse.hstack([ones, *[terms[k].matrix[first] for k in same]], format="csr"),
            single=sparse.hstack([nothing, *[terms[k].matrix for k in apart]], format="csr"),
            local=sparse.hstack(local, format="csc")[:, order].tocsr(),
            blocks=Blocks.of([code[first] for code in codes], knots),
            where=where,
        )

    @property
    def groups(self) -> int:
        """How many groups of cells there are."""
        return int(self.shared.shape[0])

    @property
    def border(self) -> int:
        """How many effects stand in the border, the intercept among them."""
        return int(self.shared.shape[1] + self.single.shape[1])

    def added(self, border: Floats, local: Floats) -> Floats:
        """Return what effects (or draws of them, levels x draws) add up to in each cell."""
        width = self.shared.shape[1]
        common = self.shared @ border[:width] + self.local @ local
        return np.asarray(common[self.group] + self.single @ border[width:])

    def summed(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the sums of cells' values over the levels of border and blocks."""
        common = self._by_group(values)
        return (
            np.concatenate([self.shared.T @ common, self.single.T @ values]),
            np.asarray(self.local.T @ common),
        )

    def solved(self, weights: Floats, border: Floats, local: Floats) -> Arrowhead:
        """Factor the equations for these weights of cells and penalties of levels.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the matrix is not positive definite.
        """
        common = self._by_group(weights)
        weighed = sparse.diags(weights) @ self.single
        # What the cells of a group have of the single columns, by weight.
        mixed = self._sums() @ weighed
        inverse = self.blocks.inverse(self.blocks.fill(common, local))
        # A group counts for what its weight leaves of it once its local levels are eliminated.
        heavy = sparse.diags(common)
        taken = heavy @ self.local @ inverse.matrix @ self.local.T
        left = heavy - taken @ heavy
        corner = (self.shared.T @ (left @ self.shared)).toarray()
        side = (self.shared.T @ (mixed - taken @ mixed)).toarray()
        onto = self.local.T @ mixed
        rest = (self.single.T @ weighed - onto.T @ (inverse.matrix @ onto)).toarray()
        matrix = np.block([[corner, side], [side.T, rest]])
        matrix[np.diag_indices_from(matrix)] += border
        cross = sparse.hstack([self.local.T @ (heavy @ self.shared), onto], format="csr")
        return Arrowhead.of(inverse, cross, matrix)

    def variances(self, solved: Arrowhead, covariance: Floats) -> Floats:
        """Return the variance of what the effects add up to in each cell."""
        width = self.shared.shape[1]
        within = (self.local @ solved.inverse.matrix).multiply(self.local).sum(axis=1)
        padded = sparse.csr_matrix((self.groups, self.single.shape[1]))
        reach = sparse.hstack([self.shared, padded], format="csr") - self.local @ solved.tied
        squares, onto = product_forms(reach.tocsr(), covariance, width)
        common = np.asarray(within).ravel() + squares
        if not self.single.shape[1]:
            return np.asarray(common[self.group])
        single = self.single.tocoo()
        twice = single.data * onto[self.group[single.row], single.col]
        own, _onto = product_forms(self.single, covariance[width:, width:], 0)
        return np.asarray(
            common[self.group] + own + 2 * np.bincount(single.row, twice, self.group.size)
        )

    def _by_group(self, values: Floats) -> Floats:
        return np.bincount(self.group, values, self.groups).astype(np.float64)

    def _sums(self) -> sparse.csr_matrix:
        cells = np.arange(self.group.size)
        return sparse.csr_matrix(
            (np.ones(cells.size), (self.group, cells)), shape=(self.groups, cells.size)
        )


def _codes(term: Term) -> Ints:
    if term.codes is None:
        raise AssertionError("features are never local")
    return term.codes


def _groups(codes: list[Ints], cells: int) -> tuple[Ints, Ints]:
    """Return the group of each cell, by its local levels, and the first cell of each group."""
    if not codes:
        return np.arange(cells), np.arange(cells)
    order = np.lexsort(codes)
    new = np.ones(cells, bool)
    new[1:] = np.any([np.diff(code[order]) != 0 for code in codes], axis=0)
    group = np.empty(cells, np.int64)
    group[order] = np.cumsum(new) - 1
    return group, order[new]


def _is_shared(matrix: sparse.csr_matrix, group: Ints, first: Ints) -> bool:
    """Whether each cell's row is that of the first cell of its group."""
    return first.size == group.size or bool((matrix != matrix[first][group]).nnz == 0)
