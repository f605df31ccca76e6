"""The JSON that travels from a notebook to the exporter: versioned, with null for what is missing.

Money in a table is integer cents, shares are fractions, dates are ISO text; the exporter formats
them, so that the page, its CSV and the ledger all read the same values.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from insights.errors import CannotSay
from insights.results.claims import Check, Claim, Place, Tile
from insights.wording import missing, say

if TYPE_CHECKING:
    from insights.results.result import Column

MIME = "application/vnd.insights+json"
ANALYST = "analyst"  # Tag of a notebook's cell whose results are for the analyst's page alone.
SCHEMA_VERSION: Literal[1] = 1

Scalar = str | int | float | bool | None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ClaimPart(_Part):
    """A sentence with the facts it says and the reasons that hold."""

    key: str
    topic: str = ""
    place: Place = "answer"
    undecided: bool = False
    text: str
    facts: dict[str, Scalar]
    holds: list[str]


class CheckPart(_Part):
    """A test that was made."""

    key: str
    text: str
    passed: bool | None
    evidence: str


class TilePart(_Part):
    """A figure for the top of the page; `value`, `low`, `high`, `before` are raw."""

    key: str
    label: str
    kind: str
    good: Literal["up", "down", "neither"]
    value: Scalar
    low: Scalar = None
    high: Scalar = None
    confidence: float = 0.95
    before: Scalar = None
    before_low: Scalar = None
    before_high: Scalar = None
    against: str | None = None
    trend: list[float | None] = []
    note: str | None = None


class ColumnPart(_Part):
    """A column's machine name, label in the page's language, and kind of value."""

    name: str
    label: str
    kind: str
    shown: bool
    people: bool = False


class TablePart(_Part):
    """A table with raw values; money in cents."""

    shape: Literal["plain", "triangle"]
    columns: list[ColumnPart]
    rows: list[list[Scalar]]


class FilePart(_Part):
    """A text file that is published beside the page: its name, ending included, and content."""

    name: str
    text: str


class Bundle(_Part):
    """One result, ready to be laid out on a page.

    Kinds: `answer` (claims and tiles), `evidence`, `checks`, `limits`, `not_enough`.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["answer", "evidence", "checks", "limits", "not_enough"]
    name: str
    lang: Literal["zh-CN", "en"]
    currency: str
    title: str = ""
    subtitle: str = ""
    meaning: str = ""
    because: str = ""
    needs: str = ""
    claims: list[ClaimPart] = []
    caveats: list[str] = []
    checks: list[CheckPart] = []
    tiles: list[TilePart] = []
    facts: dict[str, Scalar] = {}
    table: TablePart | None = None
    telling_rows: int | None = None
    svg: str | None = None
    alt: str = ""
    file: FilePart | None = None

    @staticmethod
    def claims_of(claims: Sequence[Claim]) -> list[ClaimPart]:
        """Say claims in the voice in force."""
        return [
            ClaimPart(
                key=claim.key,
                topic=claim.topic or claim.key,
                place=claim.place,
                undecided=claim.undecided,
                text=claim.text(),
                facts={name: scalar(value) for name, value in (claim.facts or {}).items()},
                holds=[reason.what for reason in claim.holds],
            )
            for claim in claims
        ]

    @staticmethod
    def checks_of(checks: Sequence[Check]) -> list[CheckPart]:
        """Say checks in the voice in force."""
        return [
            CheckPart(
                key=check.key, text=say(check.message), passed=check.passed, evidence=check.found()
            )
            for check in checks
        ]

    @staticmethod
    def tiles_of(tiles: Sequence[Tile], facts: Mapping[str, Any]) -> list[TilePart]:
        """Fill tiles with their facts."""

        def fact(name: str | None) -> Scalar:
            return scalar(facts[name]) if name else None

        return [
            TilePart(
                key=tile.key,
                label=say(tile.label, facts),
                kind=tile.kind,
                good=tile.good,
                value=fact(tile.fact),
                low=fact(tile.low),
                high=fact(tile.high),
                confidence=tile.confidence,
                before=fact(tile.before),
                before_low=fact(tile.before_low),
                before_high=fact(tile.before_high),
                against=say(tile.against, facts) if tile.against else None,
                trend=[None if missing(x) else float(x) for x in tile.trend],
                note=say(tile.note, facts) if tile.note else None,
            )
            for tile in tiles
        ]


def table_bundle(
    table: pd.DataFrame, columns: Mapping[str, "Column"], shape: Literal["plain", "triangle"]
) -> TablePart | None:
    """Return a frame's declared columns with raw JSON values; None for a frame without columns."""
    declared = {name: column for name, column in columns.items() if name in table.columns}
    if not declared:
        return None
    values = [
        [scalar(value, kind=column.kind) for value in table[name]]
        for name, column in declared.items()
    ]
    return TablePart(
        shape=shape,
        columns=[
            ColumnPart(
                name=name,
                label=say(column.label),
                kind=column.kind,
                shown=column.shown,
                people=column.people,
            )
            for name, column in declared.items()
        ],
        rows=[list(row) for row in zip(*values, strict=True)],
    )


def scalar(value: Any, kind: str = "text") -> Scalar:
    """Return a value as a JSON scalar: what is missing as None, dates as ISO text, money as cents.

    Raises
    ------
    CannotSay
        If it is not one value but several: a list, an array, a frame.
    """
    # Nearly all cells are these two, and a report has tens of thousands.
    if type(value) is str:
        return value
    if type(value) is float and math.isfinite(value):
        return round(value * 100) if kind == "money" else value
    if isinstance(value, np.generic | np.ndarray) and value.ndim == 0:
        # A moment of numpy has no safe Python value: its item() counts nanoseconds.
        value = pd.Timestamp(value) if value.dtype.kind == "M" else value.item()
    if pd.api.types.is_list_like(value):
        raise CannotSay(
            f"A {type(value).__name__} is not one value. Keep it out of facts and cells."
        )
    if missing(value):
        return None
    if isinstance(value, Decimal):
        value = value if kind == "money" else float(value)
    if kind == "money" and isinstance(value, int | float | Decimal):
        return round(value * 100)
    if isinstance(value, datetime):
        value = value.date() if value.time() == time() else str(value)
    elif isinstance(value, timedelta):
        value = value / timedelta(days=1)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) else str(value)
