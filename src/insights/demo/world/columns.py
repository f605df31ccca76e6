"""Columns: a table of the world as equally long numpy arrays, and the few things done to one."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = 1 << 40  # Seconds or days: later than any world lasts.
DAY = 86_400


@dataclass(frozen=True, eq=False)
class Columns:
    """Base of the world's tables: every field is an array, one entry a row."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def take(self, rows: NDArray[Any]) -> Self:
        """Return some rows, by mask or by place."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def stacked(cls, parts: Sequence[Self]) -> Self:
        """Return the rows of several, in that order."""
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )


def repeated(counts: Ints) -> tuple[Ints, Ints]:
    """Return the row that each copy comes from, and which copy of the row it is (from 0).

    Examples
    --------
    >>> [list(map(int, part)) for part in repeated(np.array([2, 0, 1]))]
    [[0, 0, 2], [0, 1, 0]]
    """
    row = np.repeat(np.arange(counts.size), counts)
    start = np.cumsum(counts) - counts
    return row, np.arange(row.size) - start[row]
