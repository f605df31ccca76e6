# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Two rows of one key become one: column by column, as the table declares it.

An export may know less than another one (the file with the lines does not name the buyer), so an
unknown value never replaces a known one. Of two known ones that of the newer export stays, in
whatever order they were loaded: `ages` says how that is told. A row that comes out as it was is not
written again.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insights import schema
from insights.store import ages
from insights.store.engine import identifier, quoted
from insights.store.loads import TableFiles
from insights.store.views import MONTH, files_of_months, month_sql, select_declared

_ORIGIN = ("source", "loaded_at", "file_sha256")  # When a row came to be and from where.


@dataclass(frozen=True)
class Written:
    """What became of a batch in one table; rows = new + changed + same.

    `removed` are rows of the lake that the batch was the whole truth about and left out. `outdated`
    are rows of the batch of which a value was left out, because a newer export had told another.
    """

    table: str
    new: int
    changed: int
    same: int
    removed: int = 0
    outdated: int = 0


def merge_sql(table: schema.Table, column: schema.Column, old: str, new: str) -> str:
    """Return the SQL of a column's value, of the rows with the aliases `old` and `new`.

    `old` may be the NULLs of a row that is not there.

    Examples
    --------
    >>> from insights import schema
    >>> orders = schema.get("orders")
    >>> merge_sql(orders, orders.column("shipped_at"), "o", "s").count("told_at")
    2
    """
    before, after = f"{old}.{identifier(column.name)}", f"{new}.{identifier(column.name)}"
    if column.name in {*table.key, *_ORIGIN}:
        return after
    if column.name == ages.AGE:
        return f"greatest({after}, {before})"
    if column.name == ages.EARLIER:
        return ages.merged_earlier(table, old, new)
    if column.merge in {"least", "greatest"}:
        return f"{column.merge}({after}, {before})"  # They pass over NULL.
    if column.merge == "furthest":
        return (
            f"CASE WHEN {place_sql(column, before)} > {place_sql(column, after)} "
            f"THEN {before} ELSE coalesce({after}, {before}) END"
        )
    return (
        f"CASE WHEN {ages.age(column.name, new)} < {ages.age(column.name, old)} "
        f"THEN coalesce({before}, {after}) ELSE coalesce({after}, {before}) END"
    )


def place_sql(column: schema.Column, value: str) -> str:
    """Return the SQL of how far on in the enum's list a value stands."""
    listed = ", ".join(map(quoted, column.values))
    return f"list_position([{listed}], {value})"


class Merge:
    """A staged batch beside one table: what is new or changed, and each month as it shall be."""

    def __init__(
        self,
        connection: Any,
        table: schema.Table,
        path: Path,
        known: TableFiles | None,
        staged: str,
        *,
        owned: str = "",
    ) -> None:
        self.connection = connection
        self.table = table
        self.path = path
        self.files = known.files if known else ()
        self.staged = staged
        self.owned = owned
        self.columns = [column.name for column in schema.all_columns(table)]
        self.keys = ", ".join(identifier(key) for key in table.key)
        self.merged = {
            column.name: f"s.{identifier(column.name)}"
            if owned
            else merge_sql(table, column, "o", "s")
            for column in schema.all_columns(table)
        }
        self.origin = [c for c in _ORIGIN if c not in table.key]
        self.differs = " OR ".join(
            f"o.{identifier(c)} IS DISTINCT FROM {self.merged[c]}"
            for c in self.columns
            if c not in {*self.origin, *table.key, *ages.COLUMNS}
        )
        # What is told again by a newer export is no change, but has to be remembered.
        self.is_told = " OR ".join(f"o.{c} IS DISTINCT FROM {self.merged[c]}" for c in ages.COLUMNS)
        self.is_outdated = "false" if owned else ages.is_outdated(table, "o", "s")
        self.is_new = f"o.{identifier(table.key[0])} IS NULL"  # A key is never NULL.
        self.dirty: set[str] = set()
        self.has_moved = False

    def compare(self) -> Written:
        """Count what is new, changed and the same, and find the months to be rewritten."""
        self._do(f"CREATE OR REPLACE TEMP TABLE _newcomers AS {self._select('LIMIT 0')}")
        new = changed = same = outdated = 0
        per_month = self._do(f"SELECT {MONTH}, count(*) FROM {self.staged} GROUP BY 1 ORDER BY 1")
        for month, rows in per_month.fetchall():
            here = quoted(month)
            if not self._files_of(month):
                found = (rows, 0, 0, 0)
                news = self._select(f"WHERE {MONTH} = {here}")
            else:
                beside = (
                    f"(SELECT * FROM {self.staged} WHERE {MONTH} = {here}) s "
                    f"LEFT JOIN ({self._old(month)}) o ON {self._on('o', 's')}"
                )
                found = self._do(
                    f"""SELECT count(*) FILTER ({self.is_new}),
                    count(*) FILTER (NOT ({self.is_new}) AND ({self.differs})),
                    count(*) FILTER (NOT ({self.is_new}) AND ({self.is_told})),
                    count(*) FILTER ({self.is_outdated}) FROM {beside}"""
                ).fetchall()[0]
                keys = ", ".join(f"s.{identifier(key)}" for key in self.table.key)
                news = f"SELECT {keys} FROM {beside} WHERE {self.is_new}"
            if found[0] and self.files:
                self._do(f"INSERT INTO _newcomers {news}")
            if any(found[:3]):
                self.dirty.add(month)
            new, changed, outdated = new + found[0], changed + found[1], outdated + found[3]
            same += rows - found[0] - found[1]
        moved = self._find_moved() if self.files else 0
        if moved and self._hold_back():
            return self.compare()
        removed = self._find_left_out() if self.owned else 0
        return Written(self.table.name, new - moved, changed + moved, same, removed, outdated)

    def queries(self) -> dict[str, str]:
        """Return the SQL of each dirty month as it shall be."""
        return {month: self._month(month) for month in sorted(self.dirty)}

    def _month(self, month: str) -> str:
        # Rows that moved bring what is known of them into a month that may be new.
        if self._files_of(month) or self.has_moved:
            return self._merged(month)
        listed = ", ".join(identifier(column) for column in self.columns)
        return f"SELECT {listed} FROM {self.staged} WHERE {MONTH} = {quoted(month)}"

    def _merged(self, month: str) -> str:
        same = f"NOT ({self.is_new}) AND NOT ({self.differs})"
        chosen = ", ".join(
            f"CASE WHEN {same} THEN o.{identifier(c)} ELSE s.{identifier(c)} END AS {identifier(c)}"
            if c in self.origin
            else f"{self.merged[c]} AS {identifier(c)}"
            for c in self.columns
        )
        listed = ", ".join(identifier(column) for column in self.columns)
        here = quoted(month)
        staged = f"(SELECT * FROM {self.staged} WHERE {MONTH} = {here})"
        old = self._old(month)
        moved_in = f" UNION ALL SELECT {listed} FROM _moved" * self.has_moved
        moved_out = f"AND NOT EXISTS (SELECT 1 FROM _moved m WHERE {self._on('m', 'o')})"
        return f"""SELECT {chosen}
            FROM {staged} s LEFT JOIN ({old}{moved_in}) o ON {self._on("o", "s")}
            UNION ALL
            SELECT {listed} FROM ({old}) o
            WHERE NOT EXISTS (SELECT 1 FROM {staged} s WHERE {self._on("s", "o")})
            {moved_out * self.has_moved} {f"AND NOT ({self.owned})" if self.owned else ""}"""

    def _find_left_out(self) -> int:
        """Find rows of the lake that the batch owns and does not have."""
        removed = 0
        for month in sorted({file.partition("/")[0].partition("=")[2] for file in self.files}):
            staged = f"(SELECT * FROM {self.staged} WHERE {MONTH} = {quoted(month)})"
            rows = self._do(
                f"""SELECT count(*) FROM ({self._old(month)}) o WHERE ({self.owned})
                AND NOT EXISTS (SELECT 1 FROM {staged} s WHERE {self._on("s", "o")})"""
            ).fetchall()[0][0]
            removed += rows
            if rows:
                self.dirty.add(month)
        return removed

    def _find_moved(self) -> int:
        """Find rows of staged keys that the table has in another month, which then loses them."""
        months = {file.partition("/")[0] for file in self.files}
        if not self._do("SELECT count(*) FROM _newcomers").fetchall()[0][0]:
            return 0
        if self.table.partition is None or not months:
            return 0
        old = select_declared(self.path, self.files, self.table, self.connection)
        self._do(
            f"""CREATE OR REPLACE TEMP TABLE _moved AS
            SELECT *, {month_sql(self.table)} AS {MONTH} FROM ({old}) o
            SEMI JOIN _newcomers n USING ({self.keys})"""
        )
        lost = self._do(f"SELECT {MONTH}, count(*) FROM _moved GROUP BY 1").fetchall()
        self.has_moved = bool(lost)
        self.dirty.update(month for month, _ in lost)
        return sum(rows for _, rows in lost)

    def _hold_back(self) -> bool:
        """Leave rows in the month where a newer export has them; return whether there are any."""
        name = str(self.table.partition)
        partition, older = identifier(name), f"{ages.age(name, 's')} < {ages.age(name, 'm')}"
        self._do(
            f"""CREATE OR REPLACE TEMP TABLE _held_back AS
            SELECT s.* REPLACE (m.{partition} AS {partition}, m.{MONTH} AS {MONTH})
            FROM (SELECT * FROM {self.staged}) s JOIN _moved m ON {self._on("s", "m")}
            WHERE {older}"""
        )
        if not self._do("SELECT count(*) FROM _held_back").fetchall()[0][0]:
            return False
        self.staged = f"""(SELECT * FROM {self.staged} ANTI JOIN _held_back USING ({self.keys})
            UNION ALL BY NAME FROM _held_back)"""
        self.dirty.clear()
        self.has_moved = False
        return True

    def _select(self, rest: str) -> str:
        return f"SELECT {self.keys} FROM {self.staged} {rest}"

    def _old(self, month: str) -> str:
        return select_declared(self.path, self._files_of(month), self.table, self.connection)

    def _files_of(self, month: str) -> tuple[str, ...]:
        return files_of_months(self.files, [month])

    def _on(self, left: str, right: str) -> str:
        return " AND ".join(
            f"{left}.{identifier(key)} = {right}.{identifier(key)}" for key in self.table.key
        )

    def _do(self, sql: str) -> Any:
        return self.connection.execute(sql)
