"""Adapters: what does one kind of export mean? Declared in `<source>/<kind>.toml`.

A declaration names the columns that are read, by what they hold, and says what each canonical
column is made of. Everything else of a file is never read. docs/sources.md has the vocabulary,
`declared.py` reads it.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from insights import schema
from insights.errors import InsightsError
from insights.sources import values
from insights.sources.values import Aggregate, Value

# What a column holds, which decides how its text is read.
KINDS = (
    "id",
    "card",
    "text",
    "yuan",
    "fen",
    "number",
    "percent",
    "flag",
    "time",
    "epoch_s",
    "epoch_ms",
    "phone",
    "private",
)
MONEY = ("yuan", "fen")
KEYED = ("phone", "card")  # A phone in them becomes a keyed id before anything else sees it.
EXPORTED_AT = "exported_at"  # Every file has it: when it was made. A name like those of [scope].
WRITTEN_AT = "written_at"  # When the file was written, which nobody said is when it was made.
TIMES = ("time", "epoch_s", "epoch_ms")
WORDS = "words"
# Kinds of identifiers, the most trusted first: a fact names its person by the best one it has.
ID_TYPES = (
    "member_no",
    "unionid",
    "openid",
    "external_userid",
    "yz_open_id",
    "tb_open_uid",
    "tb_ouid",
    "tb_omid",
    "jd_pin",
    "dy_open_id",
    "ks_open_id",
    "xhs_user",
    "buyer_id",
    "phone",
)
# Columns that lines and refunds take over from the blocks of the same file.
_TAKEN_OVER: dict[str, dict[str, tuple[str, ...]]] = {
    "order_lines": {"orders": ("order_id", "created_at")},
    "refunds": {"orders": ("order_id",), "order_lines": ("line_id",)},
}
# What [attributes] may say of the person whom a record is about: columns of `customers`.
ATTRIBUTES = (
    "province",
    "city",
    "gender",
    "birth_month",
    "consent_marketing",
    "opted_out_at",
)
REFERENCES = ("buyer_ref", "customer_ref")  # Filled from [identity] where a table has one.


class AdapterError(InsightsError):
    """An adapter's TOML file says something that cannot be."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class SourceFacts(_Frozen):
    """[source]: what the file is and where it comes from."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    label_en: str
    grain: str
    where: str
    where_en: str
    unproven: tuple[str, ...] = ()
    unproven_en: tuple[str, ...] = ()
    kept_by_hand: bool = False  # What was loaded last counts, whatever moments it tells of.


class Detect(_Frozen):
    """[detect]: by which headers the file is recognised, and which it should not be without.

    Without one that it should `expect`, payments or refunds would vanish unseen.

    In JSON a header is a path; `root` is what all of them begin with. Where an answer has one of
    several shapes, `root` and `each` list what they are called in each; the first is how paths are
    declared.
    """

    format: Literal["table", "json"] = "table"
    root: str | tuple[str, ...] = ""
    require: tuple[str, ...] = Field(min_length=1)
    refuse: tuple[str, ...] = ()
    expect: tuple[str, ...] = ()
    each: str | tuple[str, ...] = ""

    @property
    def roots(self) -> tuple[str, ...]:
        """What paths begin with, in each shape."""
        return (self.root,) if isinstance(self.root, str) else self.root

    @property
    def lists(self) -> tuple[str, ...]:
        """The list of rows, in each shape."""
        return (self.each,) if isinstance(self.each, str) else self.each


class Scope(_Frozen):
    """[scope] name: what the file may leave to whoever loads it, such as the shop.

    `words` are all that it can be; `pattern` is what it looks like.
    """

    columns: tuple[str, ...] = ()
    default: str | None = None
    words: tuple[str, ...] = ()
    pattern: str = ""

    def takes(self, said: str) -> bool:
        """Whether it can be this; what is left open can."""
        fits = not self.pattern or re.fullmatch(self.pattern, said)
        return not said or bool(fits and (not self.words or said in self.words))

    @property
    def form(self) -> str:
        """What it must be, in words; '' for anything."""
        if self.words:
            return f"one of {', '.join(self.words)}"
        return f"like {self.pattern}" if self.pattern else ""


class Conditional(_Frozen):
    """What a word means depends: `{ if = 'sql', then = word, else = word }`."""

    condition: str = Field(alias="if")
    then: str
    otherwise: str = Field(alias="else")


class Rows(_Frozen):
    """[rows]: rows that are no records; `whole` holds in some row of a list that is complete.

    `totals` names for a header below the table the column that it adds up; a file without any of
    them was cut.

    `changed_at` is a column that says when the record was last changed: how new the row is. `ends`
    are first cells below the last record: that row and what follows may have fewer cells. Where
    a workbook may have cells `merged` over several rows, each of these rows says it; only where no
    such column is added up over an order's rows.
    """

    footer: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    merged: bool = False
    skip: Mapping[str, str] = {}
    totals: Mapping[str, str] = {}
    whole: str = ""
    changed_at: str = ""


class Id(_Frozen):
    """One identifier of the record's person."""

    type: str
    namespace: str
    column: str


class Identity(_Frozen):
    """[identity]: who the record is about; ids of staff join nobody."""

    ids: tuple[Id, ...] = Field(min_length=1)
    at: str
    anchor: str | None = None
    snapshot: bool = False
    is_staff: bool = False


class Block(_Frozen):
    """Rows of one canonical table: what its columns are made of, and from which rows."""

    table: str
    place: str
    values: Mapping[str, Any]
    where: str | None = None

    @property
    def grouped(self) -> bool:
        """Whether rows of one key make one row."""
        return any(isinstance(value, Aggregate) for value in self.values.values())

    @property
    def key(self) -> tuple[str, ...]:
        """The key columns of the table."""
        return schema.get(self.table).key


class Adapter(_Frozen):
    """One kind of export; `version` is a digest of its declaration."""

    source: SourceFacts
    detect: Detect
    scope: Mapping[str, Scope] = {}
    spellings: Mapping[str, tuple[str, ...]] = Field(default={}, alias="aliases")
    kinds: Mapping[str, str] = {}
    unread: tuple[str, ...] = ()
    rows: Rows = Rows()
    words: Mapping[str, Mapping[str, str | Conditional]] = {}
    derive: Mapping[str, str] = {}
    identity: Identity | None = None
    attributes: Mapping[str, Any] = {}
    blocks: tuple[Block, ...] = ()
    version: str = ""

    @property
    def name(self) -> str:
        """`<source>.<kind>`, as reports and the load log call it."""
        return f"{self.source.name}.{self.source.kind}"

    def __repr__(self) -> str:
        return f"Adapter({self.name!r}, version={self.version!r})"

    @property
    def aliases(self) -> Mapping[str, tuple[str, ...]]:
        """Other spellings of headers."""
        return {self.full((h,))[0]: self.full(others) for h, others in self.spellings.items()}

    @property
    def label(self) -> str:
        """What the file is called where it comes from."""
        return self.source.label

    @property
    def label_en(self) -> str:
        """The same in English."""
        return self.source.label_en

    def called(self, lang: str) -> str:
        """Return what the file is called in a language."""
        return self.label_en if lang == "en" else self.label

    @property
    def format(self) -> Literal["table", "json"]:
        """`table` (csv, xlsx, xls) or `json`."""
        return self.detect.format

    @property
    def require(self) -> tuple[str, ...]:
        """Headers without which it is another file."""
        return self.full(self.detect.require)

    @property
    def refuse(self) -> tuple[str, ...]:
        """Headers that speak against it."""
        return self.full(self.detect.refuse)

    @property
    def each(self) -> str:
        """The list whose elements are the rows, in JSON."""
        return self.full(self.detect.lists[:1])[0] if self.detect.lists[0] else ""

    @cached_property
    def shapes(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """For each shape of an answer, what paths begin with as declared, and what in it."""
        (root, *_), (each, *_) = self.detect.roots, self.detect.lists
        return tuple(
            ((f"{root}.{each}".strip("."), f"{other}.{inner}".strip(".")), (root, other))
            for other in self.detect.roots
            for inner in self.detect.lists
        )

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """All headers or paths that are read."""
        return self.full(tuple(self.kinds))

    def full(self, headers: tuple[str, ...]) -> tuple[str, ...]:
        """Return headers as they are in the file: with the root of JSON's paths."""
        root = f"{self.detect.roots[0]}." if self.detect.roots[0] else ""
        return tuple(root + header for header in headers)

    @cached_property
    def of_order(self) -> tuple[str, ...]:
        """The columns that its lines take from orders, which are in another file."""
        every = (value for block in self.blocks for value in block.values.values())
        return tuple(dict.fromkeys(name for value in every for name in values.of_order(value)))

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The canonical tables that it may fill."""
        links = ("identity_links",) if self.identity else ()
        return (*dict.fromkeys(block.table for block in self.blocks), *links)


def inherited(adapter: Adapter, block: Block) -> dict[str, Value]:
    """Return the values that a block of lines or refunds takes over from the order's."""
    taken = _TAKEN_OVER.get(block.table, {})
    found: dict[str, Value] = {}
    for other in adapter.blocks:
        for name in taken.get(other.table, ()):
            if name in other.values and name not in block.values:
                value = other.values[name]
                found[name] = value.operand if isinstance(value, Aggregate) else value
    return found
