"""One load: a source's batches are staged, judged and written, and become visible all at once."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from time import monotonic
from typing import Any

from insights import schema, sources
from insights.intake.staging import Staged, stage
from insights.settings import Brand, Settings
from insights.store import loads as visible
from insights.store.loads import Current, Rows, lake_folder
from insights.store.engine import connect, quoted

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TableAccount:
    """What became of one table's rows: rows_in = kept + merged + quarantined.

    `kept` are rows that the lake has because of this load; `merged` were there already, or gave way
    to a later row of the same key; `quarantined` were refused.
    """

    table: str
    rows_in: int
    kept: int
    merged: int
    quarantined: int
    reasons: dict[str, int]


@dataclass(frozen=True)
class IngestReport:
    """What a load did. A skipped one changed nothing; `reason` says why."""

    load_id: str
    skipped: bool
    reason: str
    tables: tuple[TableAccount, ...]
    seconds: float


def ingest(
    settings: Settings,
    brand: Brand,
    source: str,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Load everything a source offers into the brand's lake, or nothing.

    Parameters
    ----------
    settings, brand
        The workspace and the brand in it.
    source : str
        Name of a source; see `insights.sources.names`.
    force : bool, default False
        Load an input that was loaded before; its rows then merge with themselves.
    progress : callable, optional
        Told (what is done now, steps done, steps in all).

    Raises
    ------
    UnknownSource, MissingExtra, IntakeError
        Before anything is written.
    """
    started = monotonic()
    offered = sources.get(source)
    fingerprint = offered.fingerprint()
    folder = lake_folder(settings, brand)
    before = visible.read_current(folder)
    if before and fingerprint in before.inputs and not force:
        return _skipped(before, before.inputs[fingerprint], started)
    # deltalake's runtime must not be loaded by readers, so the writer comes in only here.
    from insights.store import writer  # noqa: PLC0415

    with writer.locked(folder):
        before = visible.read_current(folder)
        if before and fingerprint in before.inputs and not force:
            return _skipped(before, before.inputs[fingerprint], started)
        quarantine = folder.parent / "quarantine"
        writer.recover(folder, quarantine)
        load_id = writer.new_load_id(before)
        loaded_at = datetime.now(brand.zone).replace(tzinfo=None)
        connection = connect(settings, brand)
        files = dict(before.tables) if before else {}
        accounts = []
        batches = offered.batches(brand)
        for done, (name, group) in enumerate(groupby(batches, key=lambda batch: batch.table)):
            if progress:
                progress(name, done, 0)
            staged = stage(connection, name, group, source=offered.name, loaded_at=loaded_at)
            _quarantine(connection, staged, quarantine / load_id)
            files[name], written = writer.write_table(
                folder, files.get(name), name, connection, staged.relation
            )
            connection.execute(f"DROP TABLE {staged.relation}; DROP TABLE {staged.refusals}")
            accounts.append(
                TableAccount(
                    table=name,
                    rows_in=staged.read,
                    kept=written.new + written.changed,
                    merged=written.same + staged.superseded,
                    quarantined=staged.refused,
                    reasons=staged.reasons,
                )
            )
        first_day, last_day = _days(connection, folder, files)
        after = Current(
            load_id=load_id,
            loaded_at=datetime.now(UTC),
            tables=files,
            inputs={**(before.inputs if before else {}), fingerprint: load_id},
            rows=_add(before.rows if before else Rows(), accounts),
            first_day=first_day,
            last_day=last_day,
        )
        log = {
            "source": offered.name,
            "source_version": offered.version,
            "fingerprint": fingerprint,
            "tables": [asdict(account) for account in accounts],
        }
        writer.write_load(folder, after, log)
        visible.publish(folder, after)
    return IngestReport(load_id, False, "", tuple(accounts), monotonic() - started)


def _skipped(before: Current, load_id: str, started: float) -> IngestReport:
    reason = f"nothing new: load {load_id} holds the same input"
    return IngestReport(before.load_id, True, reason, (), monotonic() - started)


def _quarantine(connection: Any, staged: Staged, folder: Path) -> None:
    """Keep refused rows with their reasons, file and row number, but no value that names a person.

    A phone that was not keyed is a reason to refuse a row, and must not be kept in the refusal.
    """
    if not staged.refused:
        return
    personal = [c.name for c in schema.get(staged.table).columns if c.personal]
    kept = f"EXCLUDE ({', '.join(personal)})" if personal else ""
    folder.mkdir(parents=True, exist_ok=True)
    path = quoted(str(folder / f"{staged.table}.parquet"))
    connection.execute(
        f"""COPY (
            SELECT '{staged.table}' AS table_name, _reasons AS reasons, _file AS file,
                   r.file_sha256, _row AS row_number, to_json(r) AS row
            FROM (SELECT * {kept} FROM {staged.refusals}) r
        ) TO {path} (FORMAT parquet)"""  # noqa: S608
    )


def _days(
    connection: Any, folder: Path, files: dict[str, visible.TableFiles]
) -> tuple[date | None, date | None]:
    """Return the first and the last day with a paid order."""
    orders = files.get("orders")
    if orders is None or not orders.files:
        return None, None
    from insights.store.views import read_parquet  # noqa: PLC0415

    first, last = connection.execute(
        "SELECT CAST(min(paid_at) AS DATE), CAST(max(paid_at) AS DATE) FROM "  # noqa: S608
        + read_parquet(folder / "orders", orders.files)
    ).fetchone()
    return first, last


def _add(rows: Rows, accounts: list[TableAccount]) -> Rows:
    return Rows(
        read=rows.read + sum(a.rows_in for a in accounts),
        kept=rows.kept + sum(a.kept for a in accounts),
        merged=rows.merged + sum(a.merged for a in accounts),
        quarantined=rows.quarantined + sum(a.quarantined for a in accounts),
    )
