"""Tables as the page shows them: plain ones, and cohort triangles pivoted from their tidy rows.

A triangle has one row per (cohort, age). Its first three declared columns are the cohort, its size
and the age, in this order. The value is the column just before ``low``, or the fourth where none is
called so. By name and optional: ``low`` and ``high`` (its interval) and ``open`` (not everyone has
reached the end of that age, so the cell is masked) and ``apart`` (why this cohort is not like the
others, in words, or nothing: it is marked and lends no colour). Other columns are for the CSV.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from unicodedata import bidirectional

from insights.charts.text import width_of
from insights.reporting.saying import plainly
from insights.results.bundle import ColumnPart, Scalar, TablePart
from insights.results.groups import SMALLEST_GROUP
from insights.wording import _, say

LEAST = 0.0005  # A smaller share is not said as 0.0%, nor its complement as 100.0%.
HEATS = 7  # Steps of a triangle's shading, lightest first.
_NUMERIC = {"count", "number", "number3", "percent", "points", "money", "days", "months"}
_MAX_CELL = 300  # Letters of a cell; the CSV has the rest.
_NAMESPACE = re.compile(r"(?:[A-Za-z][\w.-]*:)+(?=\S)")  # `source:shop:` of an id; no time of day.
_TURNS = {"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}
_LONG_CELL = 24  # From this width on a cell of words gets room, so that rows stay low on a phone.


@dataclass(frozen=True)
class Cell:
    """One cell: what it says, and how it looks."""

    text: str
    css: str = ""
    note: str = ""

    @property
    def inner_css(self) -> str:
        """The classes of a cell that is no heading: a figure is what it is unless it says else."""
        named = self.css.split()
        words = bool(self.text) and "n" not in named
        return " ".join([*(["t"] if words else []), *(name for name in named if name != "n")])

    @property
    def turned(self) -> bool:
        """Whether it holds words of a script that runs from right to left, or that turn others."""
        return not self.text.isascii() and any(bidirectional(c) in _TURNS for c in self.text)


@dataclass(frozen=True)
class Grid:
    """A table on the page; the first `stuck` cells of a row are its heading."""

    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    total: int
    triangle: bool = False
    over: str = ""
    legend: str = ""
    caption: str = ""

    @property
    def left_out(self) -> bool:
        """Whether the page shows fewer rows than there are."""
        return self.total > len(self.rows)


@dataclass
class _Cohort:
    size: Cell
    apart: str
    cells: dict[float, Cell] = field(default_factory=dict)


def grid(table: TablePart, *, rows: int, caption: str = "") -> Grid:
    """Lay a table out, at most so many rows of it (a triangle always whole)."""
    if table.shape == "triangle" and len(table.columns) >= 4:
        return _triangle(table, caption)
    shown = [i for i, column in enumerate(table.columns) if column.shown]
    common = {i: _namespace(table, i) for i in shown}
    return Grid(
        head=[Cell(table.columns[i].label, _css(table.columns[i].kind)) for i in shown],
        rows=[
            [_cell(row[i], table.columns[i], common[i]) for i in shown] for row in table.rows[:rows]
        ],
        total=len(table.rows),
        caption=caption,
    )


def said(value: Scalar, kind: str) -> str:
    """Say a table's value: its money is in cents, and its shares have one width down a column."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = plainly(value, kind)
        return text if len(text) <= _MAX_CELL else text[: _MAX_CELL - 1] + "…"
    if kind == "percent" and (LEAST <= abs(value) < 1 - LEAST or value in {0, 1}):
        return f"{value * 100:.1f}%".replace("-", "\u2212")
    return plainly(value / 100 if kind == "money" else value, kind)


def _namespace(table: TablePart, at: int) -> str:
    """Return the `source:` that all ids of a column begin with: the page has no room for it."""
    if table.columns[at].kind != "text" or len(table.rows) < 2:
        return ""
    found = {match[0] if (match := _NAMESPACE.match(str(row[at]))) else "" for row in table.rows}
    return found.pop() if len(found) == 1 else ""


def _cell(value: Scalar, column: ColumnPart, common: str) -> Cell:
    text = said(value, column.kind).removeprefix(common)
    css = _css(column.kind) or ("long" if width_of(text) >= _LONG_CELL else "")
    return Cell(text, f"{css}{_few(value, column)}")


def _few(value: Scalar, column: ColumnPart) -> str:
    """Mark a group of so few people that the gate has to refuse the page."""
    few = column.people and isinstance(value, int | float) and 0 < value < SMALLEST_GROUP
    return " few" if few else ""


def _css(kind: str) -> str:
    if kind in _NUMERIC:
        return "n"
    return "w" if kind in {"day", "month"} else ""  # A date that breaks is hard to read.


def _triangle(table: TablePart, caption: str) -> Grid:
    cohort_at, size_at, age_at = range(3)
    by_name = {column.name: i for i, column in enumerate(table.columns)}
    low_at, high_at, open_at, apart_at = map(by_name.get, ("low", "high", "open", "apart"))
    value_at = max(low_at - 1, 3) if low_at else 3
    kinds = [column.kind for column in table.columns]

    def part(row: Sequence[Scalar], at: int | None) -> Scalar:
        return None if at is None else row[at]

    closed = [
        float(value)
        for row in table.rows
        if isinstance(value := row[value_at], int | float)
        and not part(row, open_at)
        and not part(row, apart_at)
    ]
    # Age 0 is the first purchase itself in many triangles; its 100% would bleach all the rest.
    top = max((v for v in closed if not (kinds[value_at] == "percent" and v >= 1)), default=0.0)
    ages = sorted({float(a) for row in table.rows if isinstance(a := row[age_at], int | float)})
    cohorts: dict[str, _Cohort] = {}
    for row in table.rows:
        name = said(row[cohort_at], kinds[cohort_at])
        cohort = cohorts.setdefault(
            name,
            _Cohort(
                Cell(
                    said(row[size_at], kinds[size_at]),
                    f"n size{_few(row[size_at], table.columns[size_at])}",
                ),
                said(part(row, apart_at), "said") if part(row, apart_at) else "",
            ),
        )
        age, value = row[age_at], row[value_at]
        if not isinstance(age, int | float):
            continue
        if part(row, open_at) or value is None:
            cohort.cells[float(age)] = Cell("·", "n open", say(_("not over yet")))
            continue
        low, high = part(row, low_at), part(row, high_at)
        interval = ""
        if low is not None and high is not None:
            interval = f"{said(low, kinds[value_at])} – {said(high, kinds[value_at])}"
        cohort.cells[float(age)] = Cell(
            said(value, kinds[value_at]),
            "n" if cohort.apart else f"n h{_heat(value, top)}",
            interval,
        )
    legend = say(_("The stronger the colour, the higher."))
    if any("open" in cell.css for cohort in cohorts.values() for cell in cohort.cells.values()):
        legend += " " + say(_("A dot: not over yet."))
    reasons = dict.fromkeys(cohort.apart for cohort in cohorts.values() if cohort.apart)
    if reasons:
        legend += " * " + "; ".join(reasons)
    return Grid(
        head=[
            Cell(table.columns[cohort_at].label),
            Cell(table.columns[size_at].label, "n"),
            *(Cell(f"{age:g}", "n") for age in ages),
        ],
        rows=[
            [
                _name(name, cohort),
                cohort.size,
                *(cohort.cells.get(age, Cell("", "gone")) for age in ages),
            ]
            for name, cohort in cohorts.items()
        ],
        total=len(cohorts),
        triangle=True,
        over=table.columns[age_at].label,
        legend=legend,
        caption=caption,
    )


def _name(name: str, cohort: _Cohort) -> Cell:
    return Cell(f"{name} *", "apart", cohort.apart) if cohort.apart else Cell(name)


def _heat(value: Scalar, top: float) -> int:
    if not isinstance(value, int | float) or top <= 0 or value <= 0:
        return 0
    return min(HEATS - 1, int(value / top * (HEATS - 1) + 0.5))
