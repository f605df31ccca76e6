"""Detection: which adapter was a page made for? Told by its headers, never by the file's name.

Headers are compared as people read them: spaces, line breaks, full-width brackets and a unit in
brackets make no difference, and neither does the order of the columns.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Generic, Literal, Protocol, TypeVar

from insights.intake.nearest import NoMatch, nearest, tied
from insights.intake.reading import Header, Page
from insights.settings import Brand
from insights.sources.headers import normalise, without_unit

Shape = tuple[tuple[str, str], ...]


class Recognised(Protocol):
    """What an adapter says of the files that it reads.

    `require`, `refuse` and `columns` are headers, or absolute paths of JSON; `each` is the path of
    the list whose elements are rows; `aliases` gives other spellings of a header. `shapes` says for
    each shape that a JSON answer may have what paths begin with as declared, and what in it.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def label_en(self) -> str: ...  # noqa: D102
    @property
    def format(self) -> Literal["table", "json"]: ...  # noqa: D102
    @property
    def require(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def refuse(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def each(self) -> str: ...  # noqa: D102
    @property
    def aliases(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102
    @property
    def columns(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def shapes(self) -> tuple[Shape, ...]: ...  # noqa: D102


A = TypeVar("A", bound=Recognised)
SOMEBODYS = Brand(name="my_brand")

_ELEMENT = re.compile(r"\[\d+\]")  # One element of a list: "phones[0]".
_WRAPPERS = 4  # Answers are not wrapped deeper.


@dataclass(frozen=True)
class Match(Generic[A]):
    """The adapter of a page, and where its columns are.

    Parameters
    ----------
    adapter
    header : Header
    columns : mapping of int or str to str
        What to ask `Page.stream` for: position or path, to the adapter's spelling of the header.
    unknown_headers : tuple of str
        Headers of the file that the adapter does not use; they are not read.
    missing_optional : tuple of str
        Columns that the adapter would use, and the file lacks.
    """

    adapter: A
    header: Header
    columns: Mapping[int | str, str]
    unknown_headers: tuple[str, ...]
    missing_optional: tuple[str, ...]


def in_shape(path: str, shape: Shape) -> str:
    """Return a path as an answer of some shape has it.

    Examples
    --------
    >>> in_shape("orders.order[].oid", (("orders.order[]", "orders[]"),))
    'orders[].oid'
    """
    for declared, here in shape:
        if declared and (path == declared or path.startswith(f"{declared}.")):
            return (here + path.removeprefix(declared)).removeprefix(".")
    return path


def detect(page: Page, adapters: Iterable[A], brand: Brand = SOMEBODYS) -> Match[A] | NoMatch:
    """Find the adapter of a page: all its required headers are there, none that it refuses.

    Of several the most specific one wins, the one that requires most.

    Parameters
    ----------
    page : Page
    adapters : iterable
    brand : Brand, optional
        Whose files they are: what can be added is said in its words.
    """
    form = "json" if page.format == "json" else "table"
    records = [_Headers(cells) for cells in page.head] if form == "table" else []
    tried = [
        max(
            _wrappings(page, adapter) if form == "json" else _held(records, adapter),
            key=lambda look: look.rank,
        )
        for adapter in adapters
        if adapter.format == form
    ]
    fitting = [look for look in tried if look.fits]
    if not fitting:
        return nearest(page, tried, brand)
    best = max(len(look.adapter.require) for look in fitting)
    winners = [look for look in fitting if len(look.adapter.require) == best]
    if len(winners) > 1:
        return tied(page, winners)
    return winners[0].match()


class _Headers:
    """The headers of one record, found by any spelling."""

    def __init__(self, cells: tuple[str, ...]) -> None:
        self.cells = cells
        self._exact: dict[str, int] = {}
        self._without_unit: dict[str, int] = {}
        for position, cell in enumerate(cells):
            name = normalise(cell)
            if not name:
                continue
            if name in self._exact:
                # A header that comes again is asked for as "备注#2".
                again = next(
                    f"{name}#{n}" for n in range(2, 999) if f"{name}#{n}" not in self._exact
                )
                self._exact[again] = position
            else:
                self._exact[name] = position
                self._without_unit.setdefault(without_unit(name), position)

    def find(self, header: str) -> int | None:
        """Return where a declared header is; one that is written exactly so comes first."""
        name, bare = _folded(header)
        found = self._exact.get(name)
        return found if found is not None else self._without_unit.get(bare)


@cache
def _folded(declared: str) -> tuple[str, str]:
    """Return a declared header as it is compared, with its unit and without.

    There are as many as adapters declare. What a file has is never kept: it may be anybody's.
    """
    name = normalise(declared)
    return name, without_unit(name)


@dataclass(frozen=True)
class Held(Generic[A]):
    """One adapter held against one reading of a page: a record as header, or a JSON's wrapping."""

    adapter: A
    header: Header
    places: Mapping[str, int | str]  # the adapter's headers that are there, and where
    refused_by: tuple[str, ...]
    found: tuple[str, ...]  # what the page has, as written
    late: int  # of two readings that tell the same, the earlier counts
    rebase: tuple[str, str] = ("", "")  # JSON: what declared paths begin with, and do here
    shape: Shape = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Required headers that are not there."""
        return tuple(name for name in self.adapter.require if name not in self.places)

    @property
    def fits(self) -> bool:
        """Whether the page is one of the adapter's."""
        return not self.missing and not self.refused_by

    @property
    def share(self) -> float:
        """Share of the required headers that are there."""
        required = len(self.adapter.require)
        return 1 - len(self.missing) / required if required else 0.0

    @property
    def rank(self) -> tuple[bool, float, int, int]:
        """How well it fits, to be compared."""
        return self.fits, self.share, len(self.places), -self.late

    def match(self) -> Match[A]:
        """Return where the adapter's columns are in the page."""
        wanted = dict.fromkeys((*self.adapter.columns, *self.adapter.require))
        columns: dict[int | str, str] = {}
        for name in wanted:
            if name in self.places:
                columns.setdefault(self.places[name], name)
        missing = tuple(name for name in wanted if name not in self.places)
        if self.adapter.format == "json":
            # A key that is not in the first records may come in a later one.
            for name in missing:
                columns.setdefault(self.rebased(name), name)
            unknown = tuple(key for key in self.found if not _within(key, columns))
        else:
            unknown = tuple(
                cell.strip()
                for position, cell in enumerate(self.found)
                if cell.strip() and position not in columns
            )
        return Match(self.adapter, self.header, columns, unknown, missing)

    def rebased(self, path: str) -> str:
        """Return a declared path as the page has it."""
        cut, wrapped = self.rebase
        return wrapped + in_shape(path, self.shape).removeprefix(cut)


def _held(records: list[_Headers], adapter: A) -> Iterator[Held[A]]:
    """Hold an adapter against each of the first records."""
    yield Held(adapter, Header(), {}, (), (), len(records))
    asked, refuse = _spellings(adapter), adapter.refuse
    for number, headers in enumerate(records, start=1):
        places = {}
        for name, spellings in asked.items():
            for spelling in spellings:
                if (position := headers.find(spelling)) is not None:
                    places[name] = position
                    break
        refused_by = tuple(name for name in refuse if headers.find(name) is not None)
        cells = headers.cells
        yield Held(adapter, Header(number, cells), places, refused_by, cells, number)


def _wrappings(page: Page, adapter: A) -> Iterator[Held[A]]:
    """Hold an adapter against a JSON page: the API's answer, its list alone, or either wrapped."""
    asked = _spellings(adapter)
    known = {prefix for key in page.keys for prefix in _prefixes(key)}
    wrappers = {""} | {f"{path}." for path in known if path.count(".") < _WRAPPERS}
    late = 0
    for wrapped in sorted(wrappers, key=lambda prefix: (prefix.count("."), prefix)):
        for shape in adapter.shapes:
            each = in_shape(adapter.each, shape)
            outer = f"{each.partition('[]')[0]}[]." if each else ""
            for cut in dict.fromkeys(("", outer)):
                late += 1
                look = Held(adapter, Header(), {}, (), page.keys, late, (cut, wrapped), shape)
                rows = wrapped + f"{each}.".removeprefix(cut)
                header = Header(each=rows[: rows.rfind("[]") + 2] if "[]" in rows else "")
                yield replace(look, header=header, **_found(look, known, asked))


def _spellings(adapter: Recognised) -> dict[str, tuple[str, ...]]:
    """Return the ways in which each header of an adapter may be written, its own first.

    They are asked for once a page: what an adapter calls its headers is worked out each time.
    """
    aliases = adapter.aliases
    wanted = dict.fromkeys((*adapter.require, *adapter.columns))
    return {name: (name, *aliases.get(name, ())) for name in wanted}


def _found(look: Held[A], known: set[str], asked: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return which of an adapter's paths a page has."""
    adapter, (cut, _) = look.adapter, look.rebase
    places: dict[str, int | str] = {}
    for name, spellings in asked.items():
        for spelling in spellings:
            path = look.rebased(spelling)
            is_under = in_shape(spelling, look.shape).startswith(cut)
            if is_under and _ELEMENT.sub("[]", path) in known:
                places[name] = path
                break
    refused_by = tuple(name for name in adapter.refuse if look.rebased(name) in known)
    return {"places": places, "refused_by": refused_by}


def _prefixes(key: str) -> Iterator[str]:
    """Yield a path and all that it stands under: "a[].b" stands under "a[]" and "a"."""
    yield key
    for match in re.finditer(r"\[\]|\.", key):
        yield key[: match.start()]
        if match.group() == "[]":
            yield key[: match.end()]


def _within(key: str, paths: Mapping[int | str, str]) -> bool:
    known = {_ELEMENT.sub("[]", str(path)) for path in paths}
    return any(prefix in known for prefix in _prefixes(key))
