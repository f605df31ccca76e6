# ruff: noqa: S608 - SQL is composed of quoted paths only
"""Refusals: what lies in quarantine, why, and what happens when it is loaded again.

A file that was loaded again later is shown as it was refused last: what its first load refused is
history.
"""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.errors import DataError
from insights.settings import Brand, Settings
from insights.store.engine import quoted
from insights.store.loads import lake_folder, logs

if TYPE_CHECKING:
    import pandas as pd

    from insights.intake.outcome import IngestReport

FOLDER = "quarantine"


@dataclass(frozen=True)
class Refusal:
    """Rows of one load and one table (or adapter) that were refused for one reason."""

    load_id: str
    table: str
    reason: str
    files: int
    rows: int


def listed(settings: Settings, brand: Brand) -> list[Refusal]:
    """Return what is in quarantine, by load, table and reason, the newest load first."""
    paths = _paths(settings, brand)
    if not paths:
        return []
    found = _ask(
        f"""SELECT load_id, table_name, reason, count(DISTINCT file_sha256), count(*)
        FROM (
            SELECT load_id, table_name, file_sha256, unnest(string_split(reasons, ', ')) AS reason
            FROM {_standing(paths, settings, brand)}
        ) GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 5 DESC, 3"""
    ).fetchall()
    return [Refusal(*row) for row in found]


def rows(
    settings: Settings,
    brand: Brand,
    *,
    load_id: str | None = None,
    table: str | None = None,
    reason: str | None = None,
    limit: int | None = None,
) -> "pd.DataFrame":
    """Return refused rows: load_id, table_name, reasons, file, file_sha256, row_number, row.

    `row` is JSON of the values that could be read and name nobody; the whole row stands in the
    export itself, at `row_number`.
    """
    paths = _paths(settings, brand)
    if not paths:
        raise DataError(f"The quarantine of '{brand.name}' is empty.")
    wanted = [
        f"load_id = {quoted(load_id)}" if load_id else "",
        f"table_name = {quoted(table)}" if table else "",
        f"list_contains(string_split(reasons, ', '), {quoted(reason)})" if reason else "",
    ]
    where = " AND ".join(filter(None, wanted)) or "true"
    at_most = f"LIMIT {limit}" if limit is not None else ""
    found: pd.DataFrame = _ask(
        f"""SELECT * REPLACE (coalesce(CAST("row" AS VARCHAR), '{{}}') AS "row")
        FROM {_standing(paths, settings, brand)}
        WHERE {where} ORDER BY load_id DESC, table_name, file, row_number {at_most}"""
    ).df()
    return found


def retry(
    settings: Settings, brand: Brand, *, progress: Callable[[str, int, int], None] | None = None
) -> "IngestReport":
    """Load every file with rows in quarantine again, as it was received, as adapters read it now.

    What was said of a file when it was loaded, such as its shop, is said again.

    Raises
    ------
    DataError
        If the quarantine is empty, or the vault has none of its files any more.
    """
    from insights.intake.files import FilesSource  # noqa: PLC0415 - only who retries
    from insights.intake.loading import ingest  # noqa: PLC0415 - the same
    from insights.intake.vault import Vault  # noqa: PLC0415 - the same

    paths = _paths(settings, brand)
    asked = f"SELECT DISTINCT file_sha256 FROM {_standing(paths, settings, brand)}"
    wanted = {sha for (sha,) in _ask(asked).fetchall()} if paths else set[str]()
    vault = Vault.of(settings, brand)
    kept = [entry for entry in vault.entries() if entry.sha256 in wanted and not entry.removed]
    if not kept:
        raise DataError(
            f"There is nothing to retry for '{brand.name}': "
            + (f"the vault has none of the {len(wanted)} files." if wanted else "no row waits.")
        )
    with tempfile.TemporaryDirectory(prefix="insights-retry-") as folder:
        again, said = [], {}
        scopes = _scopes(settings, brand)
        for entry in kept:  # Each in a folder of its own: names come again.
            path = Path(folder, entry.sha256, entry.name or f"{entry.sha256[:12]}{entry.suffix}")
            path.parent.mkdir()
            with vault.open(entry.sha256) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
            again.append(path)
            said[path] = scopes.get(entry.sha256, {})
        offered = FilesSource(again, settings, brand, said=said)
        return ingest(settings, brand, offered, force=True, progress=progress)


def _scopes(settings: Settings, brand: Brand) -> dict[str, dict[str, str]]:
    """Return what was said of each file when it was last loaded: its shop, when it was made."""
    found: dict[str, dict[str, str]] = {}
    for _, log in logs(lake_folder(settings, brand)):
        for file in log.get("files", ()):
            found.setdefault(file["sha256"], {}).update(file.get("scope", {}))
    return found


def _paths(settings: Settings, brand: Brand) -> list[Path]:
    return sorted((settings.data / brand.name / FOLDER).glob("*/*.parquet"))


def _standing(paths: list[Path], settings: Settings, brand: Brand) -> str:
    """Return the SQL of the rows whose file was not loaded again since."""
    # Load ids sort by time, so that the last one that took a file stays.
    last = {
        file["sha256"]: load_id
        for load_id, log in logs(lake_folder(settings, brand))
        for file in log.get("files", ())
    }
    listed = ", ".join(quoted(str(path)) for path in paths)
    newer = ", ".join(f"({quoted(sha)}, {quoted(load)})" for sha, load in last.items())
    loaded = f"(VALUES {newer})" if newer else "(SELECT '' AS sha, '' AS load_id WHERE false)"
    return f"""(
        SELECT q.* EXCLUDE (filename) FROM (
            SELECT string_split(filename, '/')[-2] AS load_id, * FROM
            read_parquet([{listed}], filename = true, union_by_name = true)
        ) q LEFT JOIN {loaded} l(sha, load_id) ON l.sha = q.file_sha256
        WHERE l.load_id IS NULL OR l.load_id <= q.load_id
    )"""


def _ask(sql: str) -> Any:
    import duckdb  # noqa: PLC0415 - see `engine.connect`

    return duckdb.connect().execute(sql)
