# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Checking: would these rows be taken, and if not, what is to be done? Nothing is written.

The verdicts on rows are those that a load would pass, by the same code.
"""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from insights import schema
from insights.errors import did_you_mean
from insights.intake.staging import Staged, Staging
from insights.intake.warehouse.offered import CODE, PHONE, Offered, Opened, names_somebody
from insights.settings import Brand, Settings
from insights.sources import Batch
from insights.store.engine import connect, identifier, quoted
from insights.store.waiting import asking, heard

if TYPE_CHECKING:
    import pandas as pd

FEW_WORDS = 12  # So many unmapped words are listed; more are no enum.
ROWS_A_BATCH = 50_000
# A mobile alone, in a reference or a sentence; digits of a digest or a longer number are none.
_MOBILE = r"(^|[^0-9A-Za-z])((\+|00)?86)?[ -]?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}($|[^0-9A-Za-z])"
_MAIL = r"[0-9A-Za-z_.+-]+@[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*\.[A-Za-z]{2,}"
_WRITTEN = frozenset({"id", "text", "texts"})
_LEFT_OUT = "Leave the column out, or take them out of it."
_IN_CENTS = 1_000  # A median amount above it, all whole numbers, may be cents.


class Problem(NamedTuple):
    """One thing in the way: where, what, what was found, in how many rows, and what to do."""

    column: str
    problem: str
    found: str
    rows: int | None
    what_to_do: str
    stops: bool

    @property
    def where(self) -> str:
        """The column that it is about, as a sentence begins; '' where it is about all."""
        return f"'{self.column}': " if self.column else ""


def check(offer: Offered, settings: Settings, brand: Brand) -> "pd.DataFrame":
    """List what stands in the way of loading these rows; an empty frame means nothing does.

    Parameters
    ----------
    offer : Offered
    settings, brand
        The workspace and the brand that the rows are meant for.

    Returns
    -------
    DataFrame, one row per problem
        ``column``, ``problem``, ``found``, ``rows`` (how many it concerns), ``what_to_do``, and
        ``stops``: whether nothing can be loaded before it is put right. Rows that break a rule do
        not stop a load; they would go to quarantine.
    """
    import pandas as pd  # noqa: PLC0415 - quick start

    with asking("checking the rows"), offer.opened(settings, brand, dry=True) as rows:
        problems = heard(lambda: problems_of(rows), rows.connection.interrupt)
        if not any(problem.stops for problem in problems):
            problems += _verdicts(rows, settings, brand)
    return pd.DataFrame(problems, columns=list(Problem._fields))


def problems_of(rows: Opened) -> list[Problem]:
    """Return what stands in the way whatever the single rows hold."""
    if not rows.count:  # Without rows there are no types, words or phones to speak of.
        return [*_nothing(rows), *_columns(rows)]
    return [*_columns(rows), *_types(rows), *_words(rows), *_private(rows)]


def _nothing(rows: Opened) -> list[Problem]:
    what = (
        "See whether the filter of the query or the export is the one you mean. If there may be no "
        "rows, as for what is new since yesterday, say allow_empty=True (--allow-empty)."
    )
    found = f"{len(rows.types)} columns without a row"
    return [Problem("", "no rows", found, 0, what, not rows.offer.allow_empty)]


def _columns(rows: Opened) -> list[Problem]:
    free = [name for name in rows.unknown if name not in rows.offer.columns]
    problems = [
        Problem(
            column,
            "missing",
            "no column fills it",
            None,
            f"Say which column it is, columns={{'...': '{column}'}}, or one value for all rows, "
            f"fixed={{'{column}': ...}}.{did_you_mean(column, free) if free else ''}",
            True,
        )
        for column in rows.lacking
    ]
    problems += [
        Problem(name, "not there", "named in columns=", None, did_you_mean(name, rows.types), True)
        for name in rows.absent
    ]
    known = {c.name for c in rows.table.columns}
    return problems + [
        Problem(
            name,
            "not declared",
            rows.types[name],
            None,
            f"It is left out and never written.{_nearest(name, known)}",
            False,
        )
        for name in free
    ]


def _types(rows: Opened) -> list[Problem]:
    problems = []
    for column, name in rows.renamed.items():
        declared, found = rows.table.column(column), rows.types[name]
        unit = rows.offer.units.get(column)
        whole = found in {"BIGINT", "INTEGER", "UBIGINT", "HUGEINT", "DOUBLE"}
        if declared.type == "id" and found in {"DOUBLE", "FLOAT"}:
            problems.append(
                Problem(
                    column,
                    "ids as numbers",
                    found,
                    None,
                    "Digits may be lost already: read the column as text.",
                    True,
                )
            )
        elif declared.type == "timestamp" and whole and unit is None:
            guess = "epoch_ms" if _one(rows, f"median({identifier(name)})") > 1e11 else "epoch_s"
            problems.append(
                Problem(
                    column,
                    "a time as a number",
                    found,
                    None,
                    f"Say its unit, as units={{'{column}': '{guess}'}}.",
                    True,
                )
            )
        elif declared.type == "money" and unit is None and _looks_like_cents(rows, name, found):
            middle = _one(rows, f"median({identifier(name)})")
            problems.append(
                Problem(
                    column,
                    "cents?",
                    f"whole numbers, the middle one {middle:,.0f}",
                    None,
                    f"If these are cents, say units={{'{column}': 'fen'}}; if not, "
                    f"units={{'{column}': 'yuan'}}.",
                    False,
                )
            )
        elif declared.type == "share" and whole and _one(rows, f"max({identifier(name)})") > 1:
            problems.append(
                Problem(column, "percent?", "values above 1", None, "Divide by 100.", False)
            )
    return problems


def _words(rows: Opened) -> list[Problem]:
    problems = []
    for column in rows.renamed:
        declared = rows.table.column(column)
        if declared.type != "enum":
            continue
        allowed = declared.values  # noqa: PD011 - those of an enum
        listed = ", ".join(map(quoted, allowed))
        asked = f"""SELECT CAST({rows.value(column)} AS VARCHAR) AS word, count(*) FROM given
            WHERE word IS NOT NULL AND word NOT IN ({listed}) GROUP BY 1 ORDER BY 2 DESC, 1"""
        words = rows.connection.execute(asked).fetchall()
        if not words:
            continue
        said = ", ".join(f"'{word}'" for word, _ in words[:FEW_WORDS])
        more = f" and {len(words) - FEW_WORDS} more" if len(words) > FEW_WORDS else ""
        problems.append(
            Problem(
                column,
                "unmapped words",
                said + more,
                sum(count for _, count in words),
                f"Say what they mean, words={{'{column}': {{'{words[0][0]}': "
                f"'{allowed[0]}', ...}}}}. Known: {', '.join(allowed)}.",
                True,
            )
        )
    return problems


def _private(rows: Opened) -> list[Problem]:
    """Return the columns in which people's phones or addresses would stand as they are."""
    searched = {
        column: rows.value(column) for column in rows.renamed if column not in rows.offer.units
    } | {column: quoted(str(value)) for column, value in rows.offer.fixed.items()}
    kept = {c: sql for c, sql in searched.items() if rows.table.column(c).type in _WRITTEN}
    if not kept:
        return []
    counts = [
        f"count(*) FILTER (regexp_matches({_plain(sql)}, {quoted(pattern)}))"
        for sql in kept.values()
        for pattern in (_MOBILE, _MAIL)
    ]
    found = rows.connection.execute(f"SELECT {', '.join(counts)} FROM given").fetchall()[0]
    problems = []
    for number, column in enumerate(kept):
        phones, mails = found[2 * number : 2 * number + 2]
        declared = rows.table.column(column)
        if phones:
            problems.append(_seen(column, "phones", "mobiles", phones, _keyed(declared)))
        if mails and (declared.type != "id" or names_somebody(declared)):
            problems.append(_seen(column, "e-mails", "addresses", mails, _LEFT_OUT))
    return problems


def _seen(column: str, problem: str, what: str, count: int, to_do: str) -> Problem:
    """Return a problem that repeats no value: what is found is what must not be shown."""
    return Problem(column, problem, f"values that look like {what}", count, to_do, True)


def _keyed(column: schema.Column) -> str:
    if column.type != "id":
        return _LEFT_OUT
    phone = f"Say units={{'{column.name}': '{PHONE}'}}, and they are kept as keyed ids"
    if names_somebody(column):
        return f"{phone}; or leave the column out."
    return f"{phone}; units={{'{column.name}': '{CODE}'}} if they are the numbers of things."


def _plain(sql: str) -> str:
    """Return the SQL of a text with its digits as everybody writes them."""
    return f"translate(CAST({sql} AS VARCHAR), '０１２３４５６７８９＋＠', '0123456789+@')"


def _verdicts(rows: Opened, settings: Settings, brand: Brand) -> list[Problem]:
    """Pass the rows through staging, in a folder that is gone afterwards."""
    name = rows.table.name
    now = datetime.now(brand.zone).replace(tzinfo=None)
    with (
        TemporaryDirectory(prefix="insights-check-") as folder,
        closing(connect(settings, brand)) as judge,
    ):
        staging = Staging(judge, Path(folder), source="check", loaded_at=now)

        def settled() -> Staged:
            stream = rows.connection.sql(rows.select()).to_arrow_reader(ROWS_A_BATCH)
            staging.take(Batch(name, stream, name, ""))
            return staging.settle(name)

        staged = heard(settled, judge.interrupt)
    why = {rule.name: rule.en for rule in schema.rules(rows.table)}
    problems = [
        Problem(
            _column_of(reason, rows),
            reason,
            why.get(reason, "breaks the declaration of its column"),
            count,
            f"These rows would go to quarantine, of {staged.read:,} in all.",
            False,
        )
        for reason, count in staged.reasons.items()
    ]
    if staged.superseded:
        problems.append(
            Problem(
                ", ".join(rows.table.key),
                "doubled keys",
                "more than one row of a key",
                staged.superseded,
                "Later rows win over earlier ones. If rows are lost by this, the key is not one.",
                False,
            )
        )
    return problems


def _column_of(reason: str, rows: Opened) -> str:
    names = sorted((c.name for c in rows.table.columns), key=len, reverse=True)
    return next((name for name in names if reason.startswith(f"{name}_")), "")


def _looks_like_cents(rows: Opened, name: str, found: str) -> bool:
    if found not in {"BIGINT", "INTEGER", "UBIGINT", "HUGEINT"}:
        return False
    return bool(_one(rows, f"median({identifier(name)})") > _IN_CENTS)


def _one(rows: Opened, sql: str) -> Any:
    return rows.connection.execute(f"SELECT coalesce({sql}, 0) FROM given").fetchone()[0]


def _nearest(name: str, known: set[str]) -> str:
    said = did_you_mean(name, known)
    return said if "Did you mean" in said else ""
