"""What every adapter must do with its sample; each check takes a sample and a folder."""

import random
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from insights import schema, sources
from insights.intake import FilesSource, IngestReport, ingest
from insights.intake.detection import Match, detect
from insights.intake.reading import pages
from insights.intake.translating import rows as reading
from insights.settings import Settings
from insights.sources import Adapter
from tests.samples.sample import Row, Sample

SETTINGS = 'default_brand = "shop"\nlang = "en"\n[engine]\nmemory_limit = "500MB"\n[brands.shop]\n'


@dataclass(frozen=True)
class Outcome:
    """What became of a file, short of the lake: rows by table, and the source that has the rest."""

    tables: dict[str, list[Row]]
    files: FilesSource


def adapter(sample: Sample) -> Adapter:
    return next(a for a in sources.adapters() if a.name == sample.adapter)


def workspace(folder: Path) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "insights.toml").write_text(SETTINGS)
    return Settings.load(folder)


_OUTCOMES: dict[int, Outcome] = {}  # Of samples as they are: each is translated once a process.


def plain(sample: Sample, folder: Path) -> Outcome:
    """Translate a sample as it is, or say what came of it before."""
    if id(sample) not in _OUTCOMES:
        _OUTCOMES[id(sample)] = outcome(sample, folder)
    return _OUTCOMES[id(sample)]


def outcome(sample: Sample, folder: Path, content: bytes | None = None) -> Outcome:
    """Translate a sample, without a lake."""
    settings = workspace(folder)
    paths = written(sample, folder, content)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    files = FilesSource(paths, settings, settings.brand(), dict(sample.scope))
    files.prepare(scratch, {}, lambda *_: None)
    tables: dict[str, list[Row]] = {}
    for batch in files.batches(settings.brand()):
        if batch.file != sample.file:
            continue
        rows = pa.Table.from_batches(batch.rows, batch.rows.schema).to_pylist()
        tables.setdefault(batch.table, []).extend(rows)
    files.accounts = [account for account in files.accounts if account.file == sample.file]
    return Outcome(tables, files)


def written(sample: Sample, folder: Path, content: bytes | None = None) -> list[Path]:
    """Write a sample, and what lies beside it."""
    paths = [folder / "in" / one.file for one in (sample, *sample.beside)]
    paths[0].parent.mkdir(exist_ok=True)
    for path, one in zip(paths, (sample, *sample.beside), strict=True):
        path.write_bytes(one.content())
    if content is not None:
        paths[0].write_bytes(content)
    return paths


def loaded(sample: Sample, folder: Path, *, force: bool = False) -> tuple[IngestReport, Settings]:
    """Load a sample into a lake."""
    settings = workspace(folder)
    paths = written(sample, folder)
    files = FilesSource(paths, settings, settings.brand(), dict(sample.scope))
    return ingest(settings, settings.brand(), files, force=force), settings


def gives_the_expected_rows(sample: Sample, folder: Path) -> None:
    found = plain(sample, folder)
    (account,) = found.files.accounts or [None]
    assert account is not None, found.files.refused
    assert account.adapter == sample.adapter
    assert account.rows_read == account.rows_used + account.rows_skipped + account.rows_refused
    assert (account.skipped, account.refused) == (dict(sample.skipped), dict(sample.refused))
    assert {table for table, rows in found.tables.items() if rows} == set(sample.expected)
    for table, expected in sample.expected.items():
        rows = found.tables[table]
        assert len(rows) == len(expected), (table, rows)
        for wanted in expected:
            assert any(_is(row, wanted) for row in rows), _nearest(table, rows, wanted)


def gives_the_same_from_shuffled_columns(sample: Sample, folder: Path) -> None:
    headers = list(sample.headers)
    random.Random(7).shuffle(headers)  # noqa: S311 - any order but the usual one
    changed = sample.content(tuple(headers))
    assert _rows(outcome(sample, folder, changed)) == _rows(plain(sample, folder / "plain"))


def gives_the_same_from_noisy_headers(sample: Sample, folder: Path) -> None:
    def noisy(header: str) -> str:
        return f" {header[:1]} {header[1:]}\n".replace("(", "（").replace(")", "）")

    changed = sample.content(spelled=noisy)
    assert _rows(outcome(sample, folder, changed)) == _rows(plain(sample, folder / "plain"))


def refuses_an_unknown_word_by_name(sample: Sample, folder: Path) -> None:
    (refused,) = outcome(sample.spoiled(sample.word, "已升仓"), folder).files.refused
    assert refused.reason == "unknown_word"
    assert "'已升仓' (" in refused.message


def knows_what_every_word_means(sample: Sample, folder: Path) -> None:
    words = adapter(sample).words
    assert {h: set(said) for h, said in words.items()} == {
        header: set(said) for header, said in sample.words.items()
    }
    for header, said in sample.words.items():
        told = [
            ({header: word, **cells}, meaning or None)
            for word, means in said.items()
            for meaning, cells in ({means: {}} if isinstance(means, str) else means).items()
        ]
        found = _read(sample, header, [cells for cells, _ in told], folder)
        assert [*zip(told, found, strict=True)] == [(one, one[1]) for one in told]


def _read(
    sample: Sample, header: str, variants: list[Mapping[str, Any]], folder: Path
) -> list[str | None]:
    """Return what is read in a column of the first record, in each variant of it."""
    declared, brand = adapter(sample), workspace(folder).brand()
    spoiled = next((h for h in declared.words if sample.word.endswith(h)), "")
    root = sample.word.removesuffix(spoiled)
    (path, *_) = written(sample, folder, sample.told_of(header, variants, root))
    (page,) = pages(path)
    match = detect(page, (declared,))
    assert isinstance(match, Match), match
    scope = {name: one.default for name, one in declared.scope.items()}
    context = reading.Context(declared, brand, scope, datetime(2026, 5, 1))
    with closing(duckdb.connect()) as connection:
        stream = page.stream(match.header, match.columns)
        batches = reading.prepared(stream, declared, None, lambda done: None)
        reading.stored(connection, batches, context, folder / "rows.parquet")
    found = pq.read_table(folder / "rows.parquet").sort_by("_row")[header].to_pylist()
    return found[:: len(found) // len(variants)]


def refuses_ids_that_lost_digits_by_name(sample: Sample, folder: Path) -> None:
    # As a sheet shows it, or as a program writes it: every other adapter's sample has the one.
    spoiled = ("6.9E+18", "6.917529027641082e+18")[len(sample.adapter) % 2]
    (refused,) = outcome(sample.spoiled(sample.id, spoiled), folder).files.refused
    assert refused.reason == "lost_digits"
    known = next(h for h in adapter(sample).kinds if sample.id.endswith(h))
    assert f"'{known}'" in refused.message


def accounts_for_all_money(sample: Sample, folder: Path) -> None:
    (account,) = plain(sample, folder).files.accounts
    for in_file, in_rows in account.totals.values():
        assert abs(in_file - in_rows) <= Decimal("0.01")
    for header, total in sample.totals.items():
        assert account.totals[header][0] == Decimal(total)


_LOADED: dict[int, tuple[IngestReport, Path]] = {}  # Of samples as they are, and where.


def loaded_once(sample: Sample, folder: Path) -> tuple[IngestReport, Path]:
    """Load a sample as it is, or say what came of it before, and where its lake is."""
    if id(sample) not in _LOADED:
        _LOADED[id(sample)] = loaded(sample, folder)[0], folder
    return _LOADED[id(sample)]


def loads_twice_as_once(sample: Sample, folder: Path) -> None:
    first, folder = loaded_once(sample, folder)
    assert not first.skipped, first.refused_files
    assert loaded(sample, folder)[0].skipped
    again, _ = loaded(sample, folder, force=True)
    assert [(t.table, t.kept) for t in again.tables] == [(t.table, 0) for t in first.tables]


def keeps_nothing_personal(sample: Sample, folder: Path) -> None:
    _, folder = loaded_once(sample, folder)
    data = folder / "data" / "shop"
    assert list((data / "raw").iterdir())
    for path in data.rglob("*"):
        if path.is_file() and "raw" not in path.relative_to(data).parts:
            content = _readable(path)
            for value in sample.personal:
                assert value not in content, (path.name, value)


def _readable(path: Path) -> str:
    """Return all that a file says, whatever its format."""
    if path.suffix == ".parquet":
        return repr(pq.ParquetFile(path).read().to_pylist())
    return path.read_bytes().decode("utf-8", "replace")


def _rows(found: Outcome) -> dict[str, list[Any]]:
    assert found.files.accounts, found.files.refused
    # Each workspace has a key of its own, so ids of phones differ.
    keyed = re.compile(r"[0-9a-f]{64}")
    return {
        table: sorted(keyed.sub("id", repr(sorted(row.items()))) for row in rows)
        for table, rows in found.tables.items()
    }


def _is(row: Row, wanted: Row) -> bool:
    return all(_shown(row.get(name)) == _shown(value) for name, value in wanted.items())


def _shown(value: Any) -> str:
    return str(value)


def _nearest(table: str, rows: list[Row], wanted: Row) -> str:
    """Return the row that comes nearest to what was wanted, and where it differs."""
    key = schema.get(table).key[0]
    near = next((row for row in rows if row.get(key) == wanted.get(key)), rows[0])
    differs = {n: (near.get(n), v) for n, v in wanted.items() if _shown(near.get(n)) != _shown(v)}
    return f"{table} {wanted.get(key)}: found and wanted differ in {differs}"
