# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Lost: which friendships and group memberships are over, though no source lists those that are?

A row that a list has carries the moment of the latest snapshot that has it (`listed_at`). One that
a later snapshot of the same list lacks has ended at that snapshot. The list is the account's, or
the group's: whose list was not in the export has lost nobody. What an event tells comes first.

A list that knows nobody of the many who came before it was made is older than its file says:
`moments.py` dates it when it is loaded, and one that was there first ends no friendship of theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from insights import schema
from insights.store import writer
from insights.store.engine import identifier, quoted
from insights.store.loads import TableFiles
from insights.store.views import MONTH, month_sql, select_declared

# The pages of one export are written one after the other: they are one snapshot.
ONE_EXPORT = "INTERVAL 6 HOUR"
# An event and a list may tell the beginning of one friendship with some seconds between.
SAME_BEGINNING = "INTERVAL 1 MINUTE"
# So many people whom a list lacks, all added after its newest friend, prove that it is older.
ENOUGH = 5
_SPELLS, _TWINS, _ENDS, _STAGED = "_lost_spells", "_lost_twins", "_lost_ends", "_lost_staged"


@dataclass(frozen=True)
class Settled:
    """What was found out: the tables as written, and counts for the log of the load."""

    files: dict[str, TableFiles]
    summary: dict[str, int]


def settle(
    connection: Any,
    folder: Path,
    *,
    before: Mapping[str, TableFiles],
    after: Mapping[str, TableFiles],
    loaded_at: datetime,
) -> Settled | None:
    """End what is over in `contacts`, and write who left a group into `touches`.

    It is worked out from what the lake has, so that the order of loads and doing it again make no
    difference. Who is listed again after having been missed was never gone.

    Parameters
    ----------
    connection : DuckDBPyConnection
        The load's.
    folder : Path
        The lake.
    before, after : mapping
        The tables of the load before, and as this load leaves them.
    loaded_at : datetime
        Now, on the brand's wall clock.

    Returns
    -------
    Settled or None
        None where neither table changed.
    """
    if all(after.get(name) == before.get(name) for name in ("contacts", "touches")):
        return None
    tables = _Tables(connection, folder, after, loaded_at)
    files: dict[str, TableFiles] = {}
    summary: dict[str, int] = {}
    if "contacts" in after:
        _find_spells(tables)
        _find_ends(tables)
        files["contacts"], summary["contacts_settled"] = tables.write(
            "contacts",
            _changed_contacts(),
            # Of two beginnings of one friendship the event's goes; nothing else is removed.
            owned=f"o.contact_id IN (SELECT contact_id FROM {_TWINS})",
        )
    if "touches" in after:
        files["touches"], summary["groups_left"] = tables.write(
            "touches", _leaves(tables.rows("touches")), owned=_IS_LEAVE
        )
    for name in (_SPELLS, _TWINS, _ENDS, _STAGED):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    return Settled(files, summary)


@dataclass(frozen=True)
class _Tables:
    """The tables of a load, to be read and written once more."""

    connection: Any
    folder: Path
    files: Mapping[str, TableFiles]
    loaded_at: datetime

    def rows(self, name: str) -> str:
        files = self.files[name].files if name in self.files else ()
        return select_declared(self.folder / name, files, schema.get(name), self.connection)

    def write(self, name: str, query: str, *, owned: str) -> tuple[TableFiles, int]:
        table = schema.get(name)
        columns = ", ".join(
            f"TIMESTAMP {quoted(str(self.loaded_at))} AS loaded_at"
            if column.name == "loaded_at"
            else identifier(column.name)
            for column in schema.all_columns(table)
        )
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_STAGED} AS "
            f"SELECT {columns}, {month_sql(table)} AS {MONTH} FROM ({query})"
        )
        found, written = writer.write_table(
            self.folder, self.files[name], name, self.connection, _STAGED, owned=owned
        )
        return found or self.files[name], written.new + written.changed + written.removed


def _find_spells(tables: _Tables) -> None:
    """List the friendships of each pair in order, and which of them are told twice.

    The pair is the id without the friendship's start: source, corp, customer, account.
    """
    contacts = tables.rows("contacts")
    tables.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {_TWINS} AS
        WITH c AS (SELECT *, {_pair("contact_id")} AS pair FROM ({contacts}))
        SELECT DISTINCT e.contact_id FROM c e JOIN c l USING (pair)
        WHERE e.listed_at IS NULL AND l.listed_at IS NOT NULL
        AND abs(epoch(e.added_at) - epoch(l.added_at)) <= epoch({SAME_BEGINNING})"""
    )
    tables.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {_SPELLS} AS
        SELECT *, lead(added_at) OVER (PARTITION BY pair ORDER BY added_at, contact_id) AS next_at
        FROM (SELECT *, {_pair("contact_id")} AS pair FROM ({contacts}))
        WHERE contact_id NOT IN (SELECT contact_id FROM {_TWINS})"""
    )


def _find_ends(tables: _Tables) -> None:
    """Find what events and messages tell of each pair, in the words of `touches.detail`.

    A message that failed because they are no friends tells the end, but not who wanted it; one
    that arrived later tells that they are friends again.
    """
    tables.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {_ENDS} AS
        SELECT *, max(moment) FILTER (WHERE kind = 'sent') OVER (PARTITION BY pair) AS arrived_at
        FROM (
            SELECT {_pair_of_touch("touch_id")} AS pair, "at" AS moment, kind, detail
            FROM ({tables.rows("touches")})
            WHERE (kind = 'unfollow' AND detail IN ('customer', 'staff', 'transfer'))
               OR (kind = 'failed' AND detail = 'not_a_friend')
               OR (kind = 'sent' AND channel = 'mass_msg')
               OR (kind = 'click' AND detail IN ('spoke', 'silent'))
        ) SEMI JOIN {_SPELLS} USING (pair)"""
    )


def _changed_contacts() -> str:
    """Return the SELECT of the friendships that come out otherwise than they are.

    A row's own `deleted_by` other than 'unknown' was told by its source, and stays.
    """
    told = f"SELECT pair, moment, detail FROM {_ENDS} WHERE kind = 'unfollow'"
    missed = f"""SELECT pair, moment FROM {_ENDS} WHERE kind = 'failed'
        AND (arrived_at IS NULL OR moment > arrived_at)"""
    lists = f"""SELECT DISTINCT source, corp, staff_id, listed_at AS moment FROM {_SPELLS}
        ANTI JOIN ({_older_than_said()}) USING (source, corp, listed_at)
        WHERE listed_at IS NOT NULL"""
    spoke = f"""SELECT s.contact_id, bool_or(e.detail = 'spoke') AS spoke
        FROM {_SPELLS} s JOIN {_ENDS} e ON e.pair = s.pair AND e.kind = 'click'
            AND e.moment >= s.added_at AND (s.next_at IS NULL OR e.moment < s.next_at)
        WHERE coalesce(s.add_way, '16') = '16' GROUP BY 1"""
    known = "(deleted_at IS NOT NULL AND deleted_by IS DISTINCT FROM 'unknown')"
    within = "(next_at IS NULL OR {} < next_at)"
    event_at = f"CASE WHEN {within.format('told.moment')} THEN told.moment END"
    missed_at = f"CASE WHEN {within.format('missed.moment')} THEN missed.moment END"
    return f"""SELECT * REPLACE (ended_at AS deleted_at, ended_by AS deleted_by,
            now_spoke AS customer_spoke)
        FROM (
            SELECT *, CASE WHEN event_at IS NOT NULL THEN event_at
                    WHEN {known} THEN deleted_at
                    WHEN guess_at IS NOT NULL THEN least(guess_at, next_at, held_at)
                    ELSE held_at END AS ended_at,
                CASE WHEN event_at IS NOT NULL THEN event_by
                    WHEN {known} THEN deleted_by
                    WHEN guess_at IS NOT NULL OR held_at IS NOT NULL THEN 'unknown' END AS ended_by
            FROM (
                SELECT s.*, {event_at} AS event_at, told.detail AS event_by,
                    least({missed_at}, lists.moment) AS guess_at,  -- It passes over NULL.
                    -- Missed once and listed later: it was not over.
                    CASE WHEN s.deleted_by = 'unknown' AND s.listed_at > s.deleted_at THEN NULL
                        ELSE s.deleted_at END AS held_at,
                    CASE WHEN spoke.spoke THEN true
                        ELSE coalesce(s.customer_spoke, spoke.spoke) END AS now_spoke
                FROM {_SPELLS} s
                ASOF LEFT JOIN ({told}) told ON told.pair = s.pair AND s.added_at <= told.moment
                ASOF LEFT JOIN ({missed}) missed ON missed.pair = s.pair
                    AND s.added_at <= missed.moment
                ASOF LEFT JOIN ({lists}) lists ON lists.source = s.source AND lists.corp = s.corp
                    AND lists.staff_id = s.staff_id
                    AND coalesce(s.listed_at, s.added_at) + {ONE_EXPORT} < lists.moment
                LEFT JOIN ({spoke}) spoke ON spoke.contact_id = s.contact_id
            )
        )
        WHERE ended_at IS DISTINCT FROM deleted_at OR ended_by IS DISTINCT FROM deleted_by
            OR now_spoke IS DISTINCT FROM customer_spoke"""


def _older_than_said() -> str:
    """Return the SELECT of lists that an older list, loaded later, shows to be older still.

    It has friends who began after the newest of theirs. Who was known when the list came was held
    against it then. Only of an account's last list all rows are known to be its own: from earlier
    ones they moved on to the next.
    """
    return f"""WITH latest AS (
            SELECT source, corp, staff_id, max(listed_at) AS listed_at FROM {_SPELLS}
            WHERE listed_at IS NOT NULL GROUP BY ALL
        ), newest AS (
            SELECT source, corp, listed_at, max(added_at) AS newest, max(loaded_at) AS loaded_at
            FROM latest JOIN {_SPELLS} USING (source, corp, staff_id, listed_at) GROUP BY ALL
        )
        SELECT l.source, l.corp, l.listed_at
        FROM latest l JOIN newest n USING (source, corp, listed_at)
        JOIN {_SPELLS} s ON s.source = l.source AND s.corp = l.corp AND s.staff_id = l.staff_id
            AND s.added_at > n.newest AND s.listed_at + {ONE_EXPORT} < l.listed_at
            AND s.loaded_at > n.loaded_at AND s.deleted_at IS NULL
        GROUP BY ALL HAVING count(*) >= {ENOUGH}"""


_IS_LEAVE = "o.channel = 'group' AND o.kind = 'leave' AND o.detail = 'not_listed'"


def _leaves(touches: str) -> str:
    """Return the SELECT of all leavings that lists show; one that is in the lake keeps its time."""
    group = _pair_of_touch("touch_id")
    return f"""WITH joins AS (
            SELECT *, {group} AS group_id,
                lead("at") OVER (PARTITION BY {_pair("touch_id")} ORDER BY "at") AS next_at
            FROM ({touches}) WHERE channel = 'group' AND kind = 'join' AND listed_at IS NOT NULL
        ), found AS (
            SELECT j.* EXCLUDE (next_at, group_id),
                least(lists.moment, j.next_at) AS left_at,
                replace(j.touch_id, ':join:', ':leave:') AS leave_id
            FROM joins j ASOF JOIN (
                SELECT DISTINCT group_id, listed_at AS moment FROM joins
            ) lists ON lists.group_id = j.group_id AND j.listed_at + {ONE_EXPORT} < lists.moment
        )
        SELECT f.* EXCLUDE (left_at, leave_id) REPLACE (
            f.leave_id AS touch_id, 'leave' AS kind, 'not_listed' AS detail,
            CAST(NULL AS TIMESTAMP) AS listed_at, CAST(NULL AS VARCHAR) AS staff_id,
            CASE WHEN held.moment > f.listed_at THEN least(held.moment, f.left_at)
                ELSE f.left_at END AS "at")
        FROM found f LEFT JOIN (
            SELECT touch_id, "at" AS moment FROM ({touches}) o WHERE {_IS_LEAVE}
        ) held ON held.touch_id = f.leave_id"""


def _pair(column: str) -> str:
    """Return the SQL of an id without its last part, which says when it began."""
    return f"regexp_replace({column}, ':[^:]*$', '')"


def _pair_of_touch(column: str) -> str:
    """Return the SQL of the first four parts of an id: source, corp, customer, account."""
    return f"array_to_string(string_split({column}, ':')[1:4], ':')"
