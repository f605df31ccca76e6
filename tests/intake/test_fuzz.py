"""Damaged exports: every file is wholly in or wholly out, and no row is lost without a reason."""

import random
import shutil
import tempfile
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from insights.errors import InsightsError
from insights.intake import FilesSource, IngestReport, ingest
from insights.intake.explaining import explain
from insights.intake.translating.fates import UNKNOWN
from insights.settings import Settings
from insights.store.lake import open_lake
from insights.store.loads import FILE_NAME, lake_folder
from tests.intake.damage import KINDS, Damaged
from tests.samples.douyin.orders import line
from tests.samples.sample import Sample
from tests.sources.checks import workspace
from tests.sources.test_adapters import FOUND

BEFORE = Sample(adapter="douyin.orders", rows=(line("97", "971", "10.00"),), expected={})
SAMPLES = {f"{n:02}-{sample.adapter}": sample for n, sample in enumerate(FOUND)}


@pytest.fixture(scope="module")
def loaded_before(tmp_path_factory) -> Path:
    """A workspace with one good file in its lake."""
    folder = tmp_path_factory.mktemp("before")
    settings = workspace(folder)
    (folder / "in").mkdir()
    path = folder / "in" / "before.csv"
    path.write_bytes(BEFORE.content())
    ingest(settings, settings.brand(), FilesSource([path], settings, settings.brand()))
    path.unlink()
    return folder


@pytest.fixture
def given(loaded_before, tmp_path, monkeypatch) -> Settings:
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    shutil.copytree(loaded_before, tmp_path / "work")
    return Settings.load(tmp_path / "work")


def held(settings: Settings, sample: Sample, damaged: Damaged) -> None:
    """Load a damaged file over a good lake, and hold the lake against what is said of it."""
    folder = lake_folder(settings, settings.brand())
    path = settings.root / "in" / damaged.name
    path.write_bytes(damaged.content)
    before, rows_before = (folder / FILE_NAME).read_bytes(), rows_by_file(settings)
    try:
        files = FilesSource([path], settings, settings.brand(), dict(sample.scope))
        report = ingest(settings, settings.brand(), files)
    except InsightsError as error:
        assert str(error)  # noqa: PT017 - it may as well not be raised
        report = None
    assert not list(Path(tempfile.gettempdir()).iterdir())
    assert not (folder / ".loading").exists()
    assert not (folder / ".scratch").exists()
    found = rows_by_file(settings)
    if report is None or report.skipped:
        # That every file was refused is told by a load of its own, which has no rows.
        if report is None or not report.refused_files:
            assert (folder / FILE_NAME).read_bytes() == before
        assert found == rows_before
        assert report is None or report.refused_files
        assert not damaged.same, report
        return
    is_accounted(report, settings)
    of_the_file = {account.sha256 for account in report.files}
    # Whoever is known is made of all files; nothing else of the lake may change.
    made = {"customers", "identities"}
    for (table, sha256), rows in found.items():
        assert table in made or sha256 in of_the_file or rows_before[table, sha256] >= rows
    for (table, sha256), rows in rows_before.items():
        assert table in made or found[table, sha256] == rows
    if len(report.files) == 1 and not report.refused_files:
        (account,) = report.files
        if damaged.most is not None:
            assert damaged.fewest <= account.rows_read <= damaged.most, account
        if damaged.same:
            skipped = Counter(account.skipped) - Counter(blank=account.skipped.get("blank", 0))
            wanted = Counter(sample.skipped) - Counter(blank=sample.skipped.get("blank", 0))
            assert skipped == wanted
            assert by_itself(account.refused) == by_itself(sample.refused)
    else:
        assert not damaged.same, report.refused_files


def by_itself(refused: Mapping[str, int]) -> dict[str, int]:
    """What is refused for what the file says: its lines wait for orders of another file."""
    return {reason: rows for reason, rows in refused.items() if reason != UNKNOWN}


def is_accounted(report: IngestReport, settings: Settings) -> None:
    given: Counter[str] = Counter()
    for account in report.files:
        assert account.rows_read == account.rows_used + account.rows_skipped + account.rows_refused
        assert account.rows_skipped == sum(account.skipped.values())
        assert account.rows_refused <= sum(account.refused.values())
        assert bool(account.rows_refused) == bool(account.refused)
        given.update(account.tables)
    for table in report.tables:
        assert table.rows_in == table.kept + table.merged + table.quarantined
        assert table.quarantined <= sum(table.reasons.values())
        assert table.rows_in == given.pop(table.table, 0)
    assert not +given
    quarantine = lake_folder(settings, settings.brand()).parent / "quarantine" / report.load_id
    kept = Counter(row for path in quarantine.glob("*.parquet") for row in refused_rows(path))
    wanted = Counter({a.adapter: 0 for a in report.files})
    for account in report.files:
        wanted[account.adapter] += account.rows_refused
    wanted.update({table.table: table.quarantined for table in report.tables})
    assert kept == +wanted


def refused_rows(path: Path) -> list[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - only here

    table = pq.ParquetFile(path).read()
    assert all(reason for reason in table["reasons"].to_pylist())
    return [str(name) for name in table["table_name"].to_pylist()]


def rows_by_file(settings: Settings) -> Counter[tuple[str, str]]:
    """How many rows each table has of each file."""
    lake = open_lake(settings)
    names = sorted(
        path.name
        for path in lake_folder(settings, settings.brand()).iterdir()
        if (path / "_delta_log").exists()
    )
    asked = " UNION ALL ".join(
        f"SELECT '{name}' AS t, file_sha256, count(*) AS n FROM {name} GROUP BY 2" for name in names
    )
    answer = lake.arrow(asked).read_all().to_pylist()
    return Counter({(row["t"], row["file_sha256"]): row["n"] for row in answer})


def seeded(text: str) -> random.Random:
    return random.Random(zlib.crc32(text.encode()))  # noqa: S311 - the same damage each time


FEW = [
    (list(SAMPLES)[(7 * n + 7) % len(SAMPLES)], KINDS[n % len(KINDS)]) for n in range(20)
]  # Every kind of damage, and every second adapter.


@pytest.mark.parametrize(("name", "kind"), FEW, ids=lambda one: getattr(one, "__name__", one))
def test_a_damaged_file_is_wholly_in_or_wholly_out(given, name, kind):
    sample = SAMPLES[name]
    held(given, sample, kind(sample, seeded(name)))


def test_an_unfit_order_whose_header_has_our_name_is_refused(given):
    sample = next(one for one in FOUND if one.adapter == "wx_store.trades")
    rows = sample.spoiled("list[].order.order_detail.price_info.order_price", -100)
    path = given.root / "in" / rows.file
    path.write_bytes(rows.content())
    files = FilesSource([path], given, given.brand(), dict(sample.scope))
    report = ingest(given, given.brand(), files)
    assert "orders.paid_amount_negative" in report.files[0].refused
    is_accounted(report, given)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_whatever_the_damage(given, seed):
    name = list(SAMPLES)[seed % len(SAMPLES)]
    sample, rng = SAMPLES[name], seeded(f"{seed}")
    held(given, sample, KINDS[seed % len(KINDS)](sample, rng))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(0, 200, 4))
def test_a_look_says_what_a_load_does(given, seed):
    name = list(SAMPLES)[seed % len(SAMPLES)]
    sample, rng = SAMPLES[name], seeded(f"{seed}")
    damaged = KINDS[seed % len(KINDS)](sample, rng)
    path = given.root / "in" / damaged.name
    path.write_bytes(damaged.content)
    looked = explain([path], given, given.brand(), dict(sample.scope))
    report = ingest(
        given, given.brand(), FilesSource([path], given, given.brand(), dict(sample.scope))
    )
    assert [one.reason for one in looked if one.refused] == [
        one.reason for one in report.refused_files
    ]
    assert [one.account for one in looked if one.account] == list(report.files)
