# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Quarantine: refused rows are kept with their reasons, file and row number, and nothing personal.

Of a cell that could not be read there is what anybody may see: what is no number in a column of
numbers might be anything, a name or a phone that slipped into the wrong column too, so that its
letters are veiled, and its digits where they are many.
"""

from pathlib import Path
from typing import Any

from insights import schema
from insights.intake.staging import Staged
from insights.store.disk import flush_files, flush_folders
from insights.store.engine import identifier, quoted


def keep(connection: Any, staged: Staged, folder: Path) -> None:
    """Write a table's refused rows to `<folder>/<table>.parquet`; nothing if there are none."""
    if not staged.refused:
        return
    columns = [c.name for c in schema.get(staged.table).columns if not c.personal]
    row = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in columns)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{staged.table}.parquet"
    connection.execute(
        f"""COPY (
            SELECT {quoted(staged.table)} AS table_name, _reasons AS reasons, _file AS file,
                   file_sha256, _row AS row_number, to_json(struct_pack({row})) AS row
            FROM {staged.refusals}
        ) TO {quoted(str(path))} (FORMAT parquet)"""
    )
    flush_files([path])
    flush_folders([folder, folder.parent, folder.parent.parent])


def keep_files(connection: Any, refusals: list[Path], path: Path) -> None:
    """Write rows that were refused before they were rows of a table, in the same layout."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = ", ".join(quoted(str(one)) for one in refusals)
    connection.execute(
        f"COPY (SELECT * FROM read_parquet([{listed}])) TO {quoted(str(path))} (FORMAT parquet)"
    )
    flush_files([path])
    flush_folders([path.parent, path.parent.parent, path.parent.parent.parent])
