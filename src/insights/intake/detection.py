"""Detection: which adapter was a page made for? Told by its headers, never by the file's name.

Headers are compared as people read them: spaces, line breaks, full-width brackets and a unit in
brackets make no difference, and neither does the order of the columns.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Generic, Literal, Protocol, TypeVar

from insights.intake.reading import Header, Page

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

# What a header may say in brackets without meaning anything else. (分) is not here: it would.
_UNITS = re.compile(r"\((?:元|人民币|rmb|cny|件|个|¥)\)$")
_ELEMENT = re.compile(r"\[\d+\]")  # One element of a list: "phones[0]".
_INVISIBLE = re.compile(r"[\s\ufeff\u200b-\u200f\u2060\xad\ufdd0]+")
# What NFKC leaves apart.
_PUNCTUATION = str.maketrans("【】〔〕。、—–‘’“”•", "[][].,--''\"\"·")
_SIMILAR = 0.6
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


@dataclass(frozen=True)
class NoMatch:
    """Why no adapter reads a page, and which one comes nearest.

    Parameters
    ----------
    nearest : str
        Its name; '' if none has a single header in common with the page.
    missing : tuple of str
        Required headers that the page lacks.
    similar : tuple of (str, str)
        Of these, the ones that may only be spelled differently, and how.
    refused_by : tuple of str
        Headers of the page that speak against the adapter.
    tied : tuple of str
        Names of adapters that fit equally well.
    why : str
        All of it in sentences, with what to do.
    """

    nearest: str
    missing: tuple[str, ...]
    similar: tuple[tuple[str, str], ...]
    refused_by: tuple[str, ...]
    tied: tuple[str, ...]
    why: str


def normalise(header: str) -> str:
    r"""Return a header as it is compared.

    Examples
    --------
    >>> normalise(" 实付款\n（元）") == normalise("实付款(元)")
    True
    """
    folded = unicodedata.normalize("NFKC", header).translate(_PUNCTUATION)
    return _INVISIBLE.sub("", folded).casefold()


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


def detect(page: Page, adapters: Iterable[A]) -> Match[A] | NoMatch:
    """Find the adapter of a page: all its required headers are there, none that it refuses.

    Of several the most specific one wins, the one that requires most.

    Parameters
    ----------
    page : Page
    adapters : iterable
    """
    form = "json" if page.format == "json" else "table"
    tried = [
        max(_looks(page, adapter), key=lambda look: look.rank)
        for adapter in adapters
        if adapter.format == form
    ]
    fitting = [look for look in tried if look.fits]
    if not fitting:
        return _nearest(page, tried)
    best = max(len(look.adapter.require) for look in fitting)
    winners = [look for look in fitting if len(look.adapter.require) == best]
    if len(winners) > 1:
        return _tied(page, winners)
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
                self._without_unit.setdefault(_UNITS.sub("", name), position)

    def find(self, header: str) -> int | None:
        """Return where a header is; one that is written exactly so comes first."""
        name = normalise(header)
        found = self._exact.get(name)
        return found if found is not None else self._without_unit.get(_UNITS.sub("", name))


@dataclass(frozen=True)
class _Look(Generic[A]):
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
        return tuple(name for name in self.adapter.require if name not in self.places)

    @property
    def fits(self) -> bool:
        return not self.missing and not self.refused_by

    @property
    def share(self) -> float:
        """Share of the required headers that are there."""
        required = len(self.adapter.require)
        return 1 - len(self.missing) / required if required else 0.0

    @property
    def rank(self) -> tuple[bool, float, int, int]:
        return self.fits, self.share, len(self.places), -self.late

    def match(self) -> Match[A]:
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
        cut, wrapped = self.rebase
        return wrapped + in_shape(path, self.shape).removeprefix(cut)


def _looks(page: Page, adapter: A) -> Iterator[_Look[A]]:
    return _wrappings(page, adapter) if page.format == "json" else _records(page, adapter)


def _records(page: Page, adapter: A) -> Iterator[_Look[A]]:
    """Hold an adapter against each of the first records."""
    yield _Look(adapter, Header(), {}, (), (), len(page.head))
    for number, cells in enumerate(page.head, start=1):
        headers = _Headers(cells)
        places = {}
        for name in dict.fromkeys((*adapter.require, *adapter.columns)):
            for spelling in (name, *adapter.aliases.get(name, ())):
                if (position := headers.find(spelling)) is not None:
                    places[name] = position
                    break
        refused_by = tuple(name for name in adapter.refuse if headers.find(name) is not None)
        yield _Look(adapter, Header(number, cells), places, refused_by, cells, number)


def _wrappings(page: Page, adapter: A) -> Iterator[_Look[A]]:
    """Hold an adapter against a JSON page: the API's answer, its list alone, or either wrapped."""
    known = {prefix for key in page.keys for prefix in _prefixes(key)}
    wrappers = {""} | {f"{path}." for path in known if path.count(".") < _WRAPPERS}
    late = 0
    for wrapped in sorted(wrappers, key=lambda prefix: (prefix.count("."), prefix)):
        for shape in adapter.shapes:
            each = in_shape(adapter.each, shape)
            outer = f"{each.partition('[]')[0]}[]." if each else ""
            for cut in dict.fromkeys(("", outer)):
                late += 1
                look = _Look(adapter, Header(), {}, (), page.keys, late, (cut, wrapped), shape)
                rows = wrapped + f"{each}.".removeprefix(cut)
                header = Header(each=rows[: rows.rfind("[]") + 2] if "[]" in rows else "")
                yield replace(look, header=header, **_found(look, known))


def _found(look: _Look[A], known: set[str]) -> dict[str, Any]:
    """Return which of an adapter's paths a page has."""
    adapter, (cut, _) = look.adapter, look.rebase
    places: dict[str, int | str] = {}
    for name in dict.fromkeys((*adapter.require, *adapter.columns)):
        for spelling in (name, *adapter.aliases.get(name, ())):
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


def _nearest(page: Page, tried: list[_Look[A]]) -> NoMatch:
    best = max(tried, key=lambda look: (look.share, len(look.places)), default=None)
    if best is None or not best.places or not best.share:
        return NoMatch(
            "",
            (),
            (),
            (),
            (),
            f"'{page.name}' has no header of any source that is known. `insights sources` lists "
            "what is read, and the headers that each export needs.",
        )
    adapter = best.adapter
    similar = _similar(best)
    said = [f"'{page.name}' fits no source. The nearest is {adapter.label} ({adapter.name})."]
    if best.missing:
        said.append(
            f"Of the {len(adapter.require)} headers that it needs, {_listed(best.missing)} "
            f"{'is' if len(best.missing) == 1 else 'are'} missing."
        )
    for name, found in similar:
        spellings = ", ".join(f'"{each}"' for each in (*adapter.aliases.get(name, ()), found))
        said.append(
            f"If '{found}' is the same as '{name}', write under [aliases] in {_toml(adapter)}: "
            f'"{name}" = [{spellings}]'
        )
    if best.refused_by:
        said.append(f"{_listed(best.refused_by)} speaks against it: {_toml(adapter)} refuses it.")
    return NoMatch(adapter.name, best.missing, similar, best.refused_by, (), " ".join(said))


def _tied(page: Page, winners: list[_Look[A]]) -> NoMatch:
    names = tuple(sorted(look.adapter.name for look in winners))
    labels = " and ".join(f"{look.adapter.label} ({look.adapter.name})" for look in winners)
    return NoMatch(
        names[0],
        (),
        (),
        (),
        names,
        f"'{page.name}' fits {labels} equally well. Write under [detect] of one of them a header "
        "to `require` that only its files have, or one to `refuse` that only the other's have.",
    )


def _similar(look: _Look[A]) -> tuple[tuple[str, str], ...]:
    """Return, for each missing header, the one of the page that is most like it."""
    taken = set(look.places.values())
    free = [
        (cell.strip(), normalise(cell))
        for at, cell in enumerate(look.found)
        if cell.strip() and at not in taken and cell not in taken
    ]
    pairs = []
    for name in look.missing:
        wanted = normalise(name)
        ratio, cell = max(
            ((SequenceMatcher(None, wanted, other).ratio(), cell) for cell, other in free),
            default=(0.0, ""),
        )
        if ratio >= _SIMILAR:
            pairs.append((name, cell))
    return tuple(pairs)


def _toml(adapter: Recognised) -> str:
    return f"sources/{adapter.name.replace('.', '/')}.toml"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)
