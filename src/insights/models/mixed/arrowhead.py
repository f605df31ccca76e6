"""Arrowhead: how are the equations of tens of thousands of effects solved in no time?

Ordered well, the matrix of a mixed model is a long diagonal of small blocks (items, tests, what is
nested in them) with a narrow dense border (places, weekdays, authors, topics). The blocks are
eliminated first, which is exact and costs what the blocks cost; the border that remains is dense.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from insights.models.mixed.terms import Ints, Knots, Term

Floats = NDArray[np.float64]
_CHUNK = 4_096


@dataclass(frozen=True, eq=False)
class Blocks:
    """Where the entries of the blocks stand in one flat array, and which cells add to them."""

    knots: Knots
    offsets: Ints  # of each block's first entry
    entry: Ints  # flat position of each (cell, level, level)
    cell: Ints
    diagonal: Ints  # flat position of each level's own entry
    rows: Ints
    columns: Ints

    @classmethod
    def of(cls, terms: list[Term], knots: Knots) -> "Blocks":
        """Work out the positions once for all fits."""
        offsets = np.concatenate([[0], np.cumsum(knots.sizes**2)])
        block = np.repeat(np.arange(knots.sizes.size), knots.sizes)
        inner = np.arange(knots.levels) - knots.starts[block]
        size = knots.sizes[block]
        places = []
        for k in knots.terms:
            codes = terms[k].codes
            if codes is None:
                raise AssertionError("features are never local")
            levels = knots.first[k] + np.maximum(codes, 0)
            places.append(np.where(codes >= 0, knots.place[levels], -1))
        entry, cell = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for one in places:
            for two in places:
                both = np.flatnonzero((one >= 0) & (two >= 0))
                a, b = one[both], two[both]
                entry.append(offsets[block[a]] + inner[a] * size[a] + inner[b])
                cell.append(both)
        rows = np.repeat(np.arange(knots.levels), size)
        total = int(offsets[-1])
        within = np.arange(total) - np.repeat(offsets[block] + inner * size, size)
        columns = knots.starts[block[rows]] + within if total else np.zeros(0, np.int64)
        return cls(
            knots=knots,
            offsets=offsets,
            entry=np.concatenate(entry),
            cell=np.concatenate(cell),
            diagonal=offsets[block] + inner * size + inner,
            rows=rows,
            columns=columns,
        )

    def fill(self, weights: Floats, penalty: Floats) -> Floats:
        """Return all entries for these weights of cells and penalties of levels (block order)."""
        total = int(self.offsets[-1])
        flat = np.bincount(self.entry, weights[self.cell], total).astype(np.float64)
        flat[self.diagonal] += penalty
        return flat

    def inverse(self, flat: Floats) -> tuple[sparse.csr_matrix, Floats, float]:
        """Return the inverse, the flat Cholesky factors of it, and the log determinant."""
        inverse, root = np.empty_like(flat), np.empty_like(flat)
        log_determinant = 0.0
        sizes = self.knots.sizes
        for size in np.unique(sizes):
            where = np.flatnonzero(sizes == size)
            at = self.offsets[where][:, None] + np.arange(size * size)
            block = flat[at].reshape(-1, size, size)
            if size == 1:
                log_determinant += float(np.log(block).sum())
                inverse[at] = 1 / flat[at]
                root[at] = np.sqrt(inverse[at])
                continue
            lower = np.linalg.cholesky(block)
            log_determinant += 2 * float(np.log(np.diagonal(lower, axis1=1, axis2=2)).sum())
            inner = np.linalg.inv(lower)
            inverse[at] = (inner.swapaxes(1, 2) @ inner).reshape(where.size, -1)
            # Rows of the transpose of `inner` give draws with this inverse as their covariance.
            root[at] = inner.swapaxes(1, 2).reshape(where.size, -1)
        return self.matrix(inverse), root, log_determinant

    def matrix(self, flat: Floats) -> sparse.csr_matrix:
        """Return flat entries as a block-diagonal matrix."""
        starts = np.concatenate([[0], np.cumsum(np.repeat(self.knots.sizes, self.knots.sizes))])
        size = self.knots.levels
        return sparse.csr_matrix((flat, self.columns, starts), shape=(size, size))


@dataclass(frozen=True, eq=False)
class Arrowhead:
    """A solved arrowhead: precision of the border and of the local levels, factored."""

    local: sparse.csr_matrix  # inverse of the blocks
    root: sparse.csr_matrix
    tied: sparse.csr_matrix  # inverse of the blocks times the border's columns
    border: tuple[Floats, bool]  # Cholesky factor of the border after elimination
    log_determinant: float

    @classmethod
    def solve_for(
        cls, blocks: Blocks, flat: Floats, cross: sparse.csr_matrix, border: Floats
    ) -> "Arrowhead":
        """Factor the matrix.

        Parameters
        ----------
        flat : array
            Entries of the blocks, see `Blocks.fill`.
        cross : sparse matrix, local levels (block order) x border
        border : matrix, border x border

        Raises
        ------
        numpy.linalg.LinAlgError
            If the matrix is not positive definite.
        """
        local, root, log_local = blocks.inverse(flat)
        tied = (local @ cross).tocsr()
        left = border - (cross.T @ tied).toarray()
        factor = cho_factor(left, lower=True, check_finite=False)
        log_border = 2 * float(np.log(np.diagonal(factor[0])).sum())
        return cls(local, blocks.matrix(root), tied, factor, log_local + log_border)

    def solve(self, of_border: Floats, of_local: Floats) -> tuple[Floats, Floats]:
        """Return the solution for a right-hand side."""
        border = cho_solve(self.border, of_border - self.tied.T @ of_local, check_finite=False)
        return border, self.local @ of_local - self.tied @ border

    def border_covariance(self) -> Floats:
        """Return the border's part of the inverse."""
        size = self.border[0].shape[0]
        return np.asarray(cho_solve(self.border, np.eye(size), check_finite=False))

    def local_variances(self, covariance: Floats) -> Floats:
        """Return the local levels' diagonal of the inverse."""
        return np.asarray(self.local.diagonal() + quadratic(self.tied, covariance))

    def variances(
        self, of_border: sparse.csr_matrix, of_local: sparse.csr_matrix, covariance: Floats
    ) -> Floats:
        """Return the variance of each row's combination of border and local levels."""
        within = (of_local @ self.local).multiply(of_local).sum(axis=1)
        reach = (of_border - of_local @ self.tied).tocsr()
        return np.asarray(within).ravel() + quadratic(reach, covariance)

    def draw(self, random: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
        """Return draws (levels x draws) of border and local levels around zero."""
        factor, size = self.border[0], self.border[0].shape[0]
        border = solve_triangular(
            factor, random.standard_normal((size, draws)), lower=True, trans="T"
        )
        local = self.root @ random.standard_normal((self.root.shape[0], draws))
        return border, local - self.tied @ border


def quadratic(rows: sparse.csr_matrix, covariance: Floats) -> Floats:
    """Return x' V x for each sparse row x."""
    found = np.zeros(rows.shape[0])
    for start in range(0, rows.shape[0], _CHUNK):
        part = rows[start : start + _CHUNK]
        found[start : start + _CHUNK] = np.asarray(
            part.multiply(part @ covariance).sum(axis=1)
        ).ravel()
    return found
