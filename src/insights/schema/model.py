"""What a canonical table is: its columns with units and meanings, its key, its rules.

The tables are data: one TOML file each under `declared/`, read by `declarations.py`.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from insights.errors import DataError, did_you_mean

Type = Literal[
    "id",
    "text",
    "enum",
    "money",
    "number",
    "share",
    "integer",
    "boolean",
    "timestamp",
    "day",
    "texts",
]

# What becomes of a value that the lake has when a later export has the key again: a known one
# replaces it (an unknown one never does), the lesser or the greater stays, or the one that stands
# further on in the list of the enum.
Merge = Literal["known", "least", "greatest", "furthest"]

SQL_TYPES: dict[Type, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "enum": "VARCHAR",
    "money": "DECIMAL(18,2)",
    "number": "DOUBLE",
    "share": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "day": "DATE",
    "texts": "VARCHAR[]",
}
TIMES: frozenset[Type] = frozenset({"timestamp", "day"})
NUMBERS: frozenset[Type] = frozenset({"money", "number", "share", "integer"})

_UNITS: dict[object, str] = {"money": "currency of the brand", "share": "share"}


def _snake_case(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise ValueError(f"'{name}' is not snake_case")
    return name


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("must say something")
    return text


Name = Annotated[str, AfterValidator(_snake_case)]
Said = Annotated[str, AfterValidator(_not_empty)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Frozen):
    """One column: what it holds, in which unit and range, and what it means.

    `plan` marks a time that may lie in the future; `personal` a value that names one person, which
    never leaves the lake in a page or an export. `merge` says what becomes of a known value when a
    later export has the same key.
    """

    name: Name
    type: Type
    required: bool = False
    values: tuple[str, ...] = ()
    unit: str = ""
    minimum: int | float | None = None
    maximum: int | float | None = None
    en: Said
    zh: Said
    personal: bool = False
    plan: bool = False
    merge: Merge = "known"

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_type(cls, found: dict[str, object]) -> dict[str, object]:
        kind = found.get("type")
        limits = {"minimum": 0, "maximum": 1} if kind == "share" else {}
        return {"unit": _UNITS.get(kind, ""), **limits, **found}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.type == "enum") != bool(self.values):
            raise ValueError("an enum lists its values, and nothing else does")
        if len(set(self.values)) < len(self.values):
            raise ValueError("a value is listed twice")
        if any(not re.fullmatch(r"[a-z0-9_]+", value) for value in self.values):
            raise ValueError("values are lower-case words joined by _")
        if self.type not in NUMBERS and (self.minimum, self.maximum) != (None, None):
            raise ValueError(f"a column of type {self.type} has no range")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum lies above maximum")
        if (self.merge == "furthest") != (self.merge != "known" and self.type == "enum"):
            raise ValueError("an enum is merged by its furthest value, and nothing else is")
        if self.merge in {"least", "greatest"} and self.type not in TIMES | NUMBERS:
            raise ValueError("only a time or a number has a least and a greatest value")
        if self.plan and self.type not in TIMES:
            raise ValueError("only a time can be a plan")
        return self

    @property
    def sql_type(self) -> str:
        """Type of the column in the lake and in DuckDB."""
        return SQL_TYPES[self.type]


class Rule(_Frozen):
    """One thing that must hold in every row; its name is the reason written to quarantine.

    `sql` must be TRUE or NULL; it may use `$now`, the end of the day of loading, as a timestamp.
    """

    name: Name
    sql: Said
    en: Said
    zh: Said


COMMON: tuple[Column, ...] = (
    Column(
        name="source",
        type="text",
        required=True,
        en="Source system from which the row came.",
        zh="该行所来自的来源系统。",
    ),
    Column(
        name="loaded_at",
        type="timestamp",
        required=True,
        en="When the row was loaded.",
        zh="载入时间。",
    ),
    Column(
        name="file_sha256",
        type="id",
        required=True,
        en="SHA-256 of the file from which the row came.",
        zh="来源文件的 SHA-256。",
    ),
    Column(
        name="told_at",
        type="timestamp",
        en="How new the newest export is that told of the row; NULL where that is not known.",
        zh="述及该行的最新导出有多新；无从得知时为空。",
    ),
    Column(
        name="told_earlier",
        type="text",
        en="Columns whose value an older export told, each with how new that one is.",
        zh="取自较旧导出的列，以及该导出有多新。",
    ),
)


class Table(_Frozen):
    """One canonical table: labels, grain, key, the times that matter, columns and rules."""

    name: Name
    en: Said
    zh: Said
    grain: Said
    key: tuple[str, ...]
    partition: str | None = None
    event_time: str | None = None
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for names in ([c.name for c in (*self.columns, *COMMON)], [r.name for r in self.rules]):
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"{', '.join(sorted(twice))} is declared twice")
        if not self.key:
            raise ValueError("a table needs a key")
        for name in self.key:
            if not self.column(name).required:
                raise ValueError(f"the key column '{name}' must be required")
        for name in filter(None, (self.partition, self.event_time)):
            column = self.column(name)
            if column.type not in TIMES or not column.required or column.plan:
                raise ValueError(f"'{name}' must be a required time that is no plan")
        return self

    def column(self, name: str) -> Column:
        """Return a column of this table, one of the common ones included.

        Raises
        ------
        DataError
            If the table has none of this name; the message names the nearest.
        """
        known = {column.name: column for column in (*self.columns, *COMMON)}
        if name not in known:
            raise DataError(
                f"The table '{self.name}' has no column called '{name}'.{did_you_mean(name, known)}"
            )
        return known[name]
