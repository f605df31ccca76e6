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

from insights.models.mixed.terms import Ints, Knots

Floats = NDArray[np.float64]
_CHUNK = 4_096


@dataclass(frozen=True, eq=False)
class Blocks:
    """Where the entries of the blocks stand in one flat array, and which groups add to them."""

    knots: Knots
    offsets: Ints  # of each block's first entry
    entry: Ints  # flat position of each (group, level, level)
    group: Ints
    diagonal: Ints  # flat position of each level's own entry
    rows: Ints
    columns: Ints

    @classmethod
    def of(cls, codes: list[Ints], knots: Knots) -> "Blocks":
        """Work out the positions once for all fits, of each local term's level by group."""
        offsets = np.concatenate([[0], np.cumsum(knots.sizes**2)])
        block = np.repeat(np.arange(knots.sizes.size), knots.sizes)
        inner = np.arange(knots.levels) - knots.starts[block]
        size = knots.sizes[block]
        places = []
        for k, code in zip(knots.terms, codes, strict=True):
            levels = knots.first[k] + np.maximum(code, 0)
            places.append(np.where(code >= 0, knots.place[levels], -1))
        entry, group = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for one in places:
            for two in places:
                both = np.flatnonzero((one >= 0) & (two >= 0))
                a, b = one[both], two[both]
                entry.append(offsets[block[a]] + inner[a] * size[a] + inner[b])
                group.append(both)
        rows = np.repeat(np.arange(knots.levels), size)
        total = int(offsets[-1])
        within = np.arange(total) - np.repeat(offsets[block] + inner * size, size)
        columns = knots.starts[block[rows]] + within if total else np.zeros(0, np.int64)
        return cls(
            knots=knots,
            offsets=offsets,
            entry=np.concatenate(entry),
            group=np.concatenate(group),
            diagonal=offsets[block] + inner * size + inner,
            rows=rows,
            columns=columns,
        )

    def fill(self, weights: Floats, penalty: Floats) -> Floats:
        """Return all entries for these weights of groups and penalties of levels (block order)."""
        total = int(self.offsets[-1])
        flat = np.bincount(self.entry, weights[self.group], total).astype(np.float64)
        flat[self.diagonal] += penalty
        return flat

    def inverse(self, flat: Floats) -> "Inverse":
        """Invert the blocks, of their flat entries.

        Raises
        ------
        numpy.linalg.LinAlgError
            If one is not positive definite.
        """
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
        return Inverse(self.matrix(inverse), self.matrix(root), log_determinant)

    def matrix(self, flat: Floats) -> sparse.csr_matrix:
        """Return flat entries as a block-diagonal matrix."""
        starts = np.concatenate([[0], np.cumsum(np.repeat(self.knots.sizes, self.knots.sizes))])
        size = self.knots.levels
        return sparse.csr_matrix((flat, self.columns, starts), shape=(size, size))


@dataclass(frozen=True, eq=False)
class Inverse:
    """The inverse of the blocks, what draws from it (its root), and their log determinant."""

    matrix: sparse.csr_matrix
    root: sparse.csr_matrix
    log_determinant: float


@dataclass(frozen=True, eq=False)
class Arrowhead:
    """A solved arrowhead: precision of the border and of the local levels, factored."""

    inverse: Inverse  # of the blocks
    tied: sparse.csr_matrix  # inverse of the blocks times the border's columns
    border: tuple[Floats, bool]  # Cholesky factor of the border after elimination
    log_determinant: float

    @classmethod
    def of(cls, inverse: Inverse, cross: sparse.csr_matrix, left: Floats) -> "Arrowhead":
        """Factor what is left of the border.

        Parameters
        ----------
        cross : sparse matrix, local levels (block order) x border
        left : matrix, border x border
            After the local levels are eliminated.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the matrix is not positive definite.
        """
        factor = cho_factor(left, lower=True, check_finite=False)
        log_border = 2 * float(np.log(np.diagonal(factor[0])).sum())
        tied = (inverse.matrix @ cross).tocsr()
        return cls(inverse, tied, factor, inverse.log_determinant + log_border)

    def solve(self, of_border: Floats, of_local: Floats) -> tuple[Floats, Floats]:
        """Return the solution for a right-hand side."""
        border = cho_solve(self.border, of_border - self.tied.T @ of_local, check_finite=False)
        return border, self.inverse.matrix @ of_local - self.tied @ border

    def border_covariance(self) -> Floats:
        """Return the border's part of the inverse."""
        size = self.border[0].shape[0]
        return np.asarray(cho_solve(self.border, np.eye(size), check_finite=False))

    def local_variances(self, covariance: Floats) -> Floats:
        """Return the local levels' diagonal of the inverse."""
        squares, _onto = product_forms(self.tied, covariance, covariance.shape[0])
        return np.asarray(self.inverse.matrix.diagonal() + squares)

    def draw(self, random: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
        """Return draws (levels x draws) of border and local levels around zero."""
        factor, size = self.border[0], self.border[0].shape[0]
        border = solve_triangular(
            factor, random.standard_normal((size, draws)), lower=True, trans="T"
        )
        root = self.inverse.root
        local = root @ random.standard_normal((root.shape[0], draws))
        return border, local - self.tied @ border


def product_forms(rows: sparse.csr_matrix, covariance: Floats, since: int) -> tuple[Floats, Floats]:
    """Return x' V x for each sparse row x, and x' V in the columns from `since`."""
    squares = np.zeros(rows.shape[0])
    onto = np.empty((rows.shape[0], covariance.shape[0] - since))
    for start in range(0, rows.shape[0], _CHUNK):
        part = rows[start : start + _CHUNK]
        product = part @ covariance
        squares[start : start + _CHUNK] = np.asarray(part.multiply(product).sum(axis=1)).ravel()
        onto[start : start + _CHUNK] = product[:, since:]
    return squares, onto
