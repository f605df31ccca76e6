"""A sample of an export: rows as a console or an API writes them, and what they become."""

import copy
import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Row = dict[str, Any]
# What a word means; where it depends, each meaning with the cells that it is so beside.
Meaning = str | Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One export of one adapter.

    Parameters
    ----------
    adapter : str
        Name of the adapter that should recognise it.
    rows : list of dict
        The rows by header, each cell as the system writes it, wrapped as it wraps them; a header
        that a row leaves out is an empty cell. For JSON the answer itself stands in `document`.
    expected : mapping of table to list of dict
        The canonical rows, of which each names the columns that it is sure of; all of them.
    skipped, refused : mapping of reason to count
        What else becomes of the rows.
    personal : tuple of str
        Planted values that must be nowhere on disk but in the vault.
    word, id : str
        A header with closed words, and one with ids, to spoil; '' if there is none.
    words : mapping of header to mapping of word to Meaning
        All words of the closed lists, and what they become; '' for nothing.
    before, after : list of list
        Lines above the header, and below the rows.
    below : callable, optional
        Gives the lines below any other rows, of a file that is refused without its totals.
    beside : tuple of Sample
        Other files of the same load, without which its rows say too little.
    """

    adapter: str
    expected: Mapping[str, list[Row]]
    rows: tuple[Mapping[str, str], ...] = ()
    document: Any = None
    encoding: str = "gb18030"
    skipped: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    personal: tuple[str, ...] = ()
    word: str = ""
    id: str = ""
    words: Mapping[str, Mapping[str, Meaning]] = field(default_factory=dict)
    before: tuple[tuple[str, ...], ...] = ()
    after: tuple[tuple[str, ...], ...] = ()
    below: Callable[[Sequence[Mapping[str, str]]], tuple[tuple[str, ...], ...]] = lambda rows: ()
    scope: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, str] = field(default_factory=dict)
    beside: tuple["Sample", ...] = ()

    @property
    def is_json(self) -> bool:
        return self.document is not None

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(header for row in self.rows for header in row))

    @property
    def file(self) -> str:
        return f"{self.adapter}.{'json' if self.is_json else 'csv'}"

    def content(self, headers: tuple[str, ...] = (), spelled: Any = str) -> bytes:
        """Return the file; `headers` in another order, each `spelled` in another way."""
        if self.is_json:
            return json.dumps(self.document, ensure_ascii=False).encode(self.encoding)
        out = io.StringIO()
        written = csv.writer(out, lineterminator="\r\n")
        headers = headers or self.headers
        written.writerows(self.before)
        written.writerow([spelled(header) for header in headers])
        written.writerows([row.get(header, "") for header in headers] for row in self.rows)
        written.writerows(self.after)
        return out.getvalue().encode(self.encoding)

    def spoiled(self, header: str, value: str) -> "Sample":
        """Return the sample with one cell of a column, the first that is filled, replaced."""
        if self.is_json:
            return replace(self, document=self._with({header: value}))
        at = next(n for n, row in enumerate(self.rows) if row.get(header, "").strip())
        rows = [{**row, header: value} if n == at else row for n, row in enumerate(self.rows)]
        return replace(self, rows=tuple(rows))

    def told_of(self, header: str, variants: list[Mapping[str, Any]], root: str = "") -> bytes:
        """Return a file of the first record that has a column, once with each variant of it."""
        if self.is_json:
            changed = [self._with({root + h: v for h, v in cells.items()}) for cells in variants]
            return "\n".join(json.dumps(one) for one in changed).encode(self.encoding)
        row = next(row for row in self.rows if row.get(header, "").strip())
        rows = tuple({**row, **cells} for cells in variants)
        return replace(self, rows=rows, after=self.below(rows)).content()

    def _with(self, cells: Mapping[str, Any]) -> Any:
        """Return the document with other values in its first record."""
        document = copy.deepcopy(self.document)
        for header, value in cells.items():
            *path, last = header.split(".")
            _first(document, path)[last] = value
        return document


def _first(found: Any, path: list[str]) -> Any:
    """Return the value at a path such as `list[].order_info.tid`, of the first element."""
    for step in path:
        name, _, is_list = step.partition("[")
        found = found[name]
        if is_list:
            found = found[0]
    return found
