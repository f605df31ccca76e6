"""Joined: does another header stand among the rows, and where is each column from there on?

Exports are put one below the other by hand. The later one may have its columns in another order:
read under the first header, an address would stand where a product should, and a card's number
where nobody forbids it. So a row of names counts as what it is, a header. With the same columns it
says where they are from there on; with others the file is refused, for what stands under them is
not known.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from insights.errors import UnreadableFile
from insights.intake.reading.page import WRAPPED, Header
from insights.sources.headers import normalise, without_unit

JOINED = "joined"  # Why a file of two headers with other columns is refused.
_AROUND = WRAPPED + '"'
_FEWEST = 2  # One name alone may be a value.
_UNITS = ("", "(元)", "（元）")
_WRAPPED = ("{}", " {}", "{} ", " {} ", "\t{}", "{}\t", "\t{}\t", "\ufeff{}", "'{}", "`{}", '="{}"')


class Joined:
    """The columns of one pass over a table: where they are, row by row.

    Parameters
    ----------
    page : str
        How the page is said.
    header : Header
    wanted : sequence of int
        Positions asked for.
    width : int, optional
        How many cells a row has, where a row may have fewer than a header.
    """

    def __init__(
        self, page: str, header: Header, wanted: Sequence[int], width: int | None = None
    ) -> None:
        cells = header.cells
        self.page = page
        self.cells = cells
        self.width = width
        self.names = frozenset(filter(None, map(_name, cells)))
        self.wanted = tuple(wanted)
        named = (cell.strip() for cell in cells if cell.strip())
        self._spelled = frozenset(cell + unit for cell in named for unit in _UNITS)
        self._spellings = pa.array(
            [one.format(cell) for cell in self._spelled for one in _WRAPPED], pa.string()
        )
        self._turns: list[tuple[int, tuple[int, ...]]] = [(header.row, self.wanted)]

    @property
    def turned_at(self) -> int | None:
        """Number of the first header with its columns in another order; None if there is none."""
        return next((row for row, places in self._turns if places != self.wanted), None)

    def is_header(self, cells: Iterable[str]) -> bool:
        """Whether a row is one of names: at least half of what it says are the header's."""
        there = [_name(cell) for cell in cells if cell.strip()]
        hits = sum(name in self.names for name in there)
        return hits >= min(_FEWEST, len(self.names)) and hits * 2 >= len(there)

    def may_be_header(self, cells: Sequence[str | None]) -> bool:
        """Whether cells of a row, in any columns, are mostly names: as good as free to ask."""
        hits = sum(cell is not None and cell.strip(_AROUND) in self._spelled for cell in cells)
        return hits > 0 and hits * 2 >= len(cells)

    def rows(self, columns: Sequence[Any]) -> Iterator[int]:
        """Yield which rows of a batch are headers; `columns` are all of it.

        Rows are told by the columns asked for, and looked at whole where most of these are names.
        """
        if not columns or not len(columns[0]) or not self.wanted:
            return
        hits = np.zeros(len(columns[0]), dtype=np.int16)
        for asked, at in enumerate(self.wanted, start=1):
            hits += pc.is_in(columns[at], value_set=self._spellings).to_numpy(zero_copy_only=False)
            # What has no name in half of its columns has none in most of them.
            if asked * 2 > len(self.wanted) and not hits.any():
                return
        for row in np.flatnonzero(hits * 2 >= len(self.wanted)).tolist():
            if self.is_header(column[row].as_py() for column in columns):
                yield row

    def meet(self, row: int, cells: Sequence[str]) -> tuple[int, ...]:
        """Take a header into account; return where the columns asked for are below it.

        Raises
        ------
        UnreadableFile
            If its columns are not those of the first one.
        """
        places = moved(self.cells, cells)
        if places is None or (self.width and max(places.values()) >= self.width):
            raise UnreadableFile(
                self.page,
                JOINED,
                f"'{self.page}' has a second header in row {row}, with other columns than the "
                "first: two exports were put one below the other. Nothing of it was read or kept. "
                "Load each of them by itself.",
                f"{self.page} 第 {row} 行又是一个表头，且列与第一个不同：两份导出被拼在了一起。"
                "文件未读取，也未留存。请拆开后分别导入。",
            )
        # Not always the last: a header of another width is met when its block is parsed.
        turned = tuple(places.get(at, at) for at in self.wanted)
        self._turns = sorted([*self._turns, (row, turned)])
        return turned

    def parts(self, numbers: Any) -> Iterator[tuple[slice, tuple[int, ...]]]:
        """Yield which rows, whose `numbers` rise, have the columns asked for where."""
        turns = self._turns
        starts = [0, *np.searchsorted(numbers, [row for row, _ in turns[1:]]), len(numbers)]
        for (_, places), start, end in zip(turns, starts, starts[1:], strict=False):
            if end > start:
                yield slice(int(start), int(end)), places


def moved(header: Sequence[str], later: Sequence[str]) -> dict[int, int] | None:
    """Return where each column of a header is in a later one; None if their columns differ.

    Examples
    --------
    >>> moved(("id", "name", "paid"), ("paid", "id ", "name"))
    {0: 1, 1: 2, 2: 0}
    """
    first, then = _numbered(header), _numbered(later)
    if first.keys() != then.keys():
        return None
    return {at: then[name] for name, at in first.items()}


def _numbered(cells: Sequence[str]) -> dict[tuple[str, int], int]:
    """Return where each name is, those that come again in their order."""
    seen: Counter[str] = Counter()
    found = {}
    for at, cell in enumerate(cells):
        if name := _name(cell):
            seen[name] += 1
            found[name, seen[name]] = at
    return found


def _name(cell: str) -> str:
    return without_unit(normalise(cell.strip(_AROUND)))
