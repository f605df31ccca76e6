import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from insights.runs import ledger as module
from insights.runs.ledger import Ledger, now
from insights.runs.processes import is_alive, this_process
from insights.runs.record import RunRecord


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path)


def row(run_id="r1", **changes):
    return RunRecord(
        run_id=run_id,
        run_key="k",
        brand="shop",
        brand_title="The Shop",
        report="cohort",
        title="Back?",
        question="Do they come back?",
        period="2017-12-31",
        folder="default",
        as_of="2017-12-31",
        lang="en",
        load_id="L1",
        code_hash="c",
        status="running",
        home="shop/cohort/2017-12-31/default",
        started_at=now(),
        process=this_process(),
    ).but(**changes)


class TestLedger:
    def test_a_row_comes_back_as_it_was_written(self, ledger):
        record = row(parameters={"live": True, "n": 3}, kpis={"facts": {"x": 0.5}}, seconds=1.5)
        ledger.write(record)
        assert ledger.run("r1") == record

    def test_the_newest_published_run_of_a_key_is_found(self, ledger):
        for run_id, status in (("r1", "published"), ("r2", "published"), ("r3", "failed")):
            ledger.write(row(run_id, status=status))
        assert ledger.published("k").run_id == "r2"
        assert ledger.published("other") is None

    def test_a_page_has_its_newest_run_and_a_failure_only_when_it_is_newer(self, ledger):
        ledger.write(row("r1", status="failed"))
        ledger.write(row("r2", status="published"))
        assert [(good.run_id, bad) for good, bad in ledger.pages()] == [("r2", None)]
        ledger.write(row("r3", status="failed"))
        assert [(g.run_id, b.run_id) for g, b in ledger.pages()] == [("r2", "r3")]

    def test_the_last_report_is_of_an_earlier_period_and_the_former_edition_of_the_same(
        self, ledger
    ):
        for run_id, period, status in (
            ("r1", "2017-10-31", "published"),
            ("r2", "2017-11-30", "published"),
            ("r3", "2017-12-31", "published"),
            ("r4", "2017-12-31", "failed"),
            ("r5", "2018-01-31", "published"),
        ):
            ledger.write(row(run_id, period=period, status=status))
        again = row("r6")
        assert ledger.before(again).run_id == "r2"
        assert ledger.former_edition(again).run_id == "r3"
        first = row("r0", period="2017-10-31")
        assert (ledger.before(first), ledger.former_edition(first)) == (None, None)

    def test_those_that_open_a_new_ledger_at_once_all_find_it(self, tmp_path):
        for attempt in range(25):
            start = Barrier(4)

            def opened(folder=tmp_path / str(attempt), start=start):
                start.wait()
                return Ledger(folder).recent()

            with ThreadPoolExecutor(4) as pool:
                assert [f.result() for f in [pool.submit(opened) for _ in range(4)]] == [[]] * 4

    def test_it_is_kept_in_wal_mode(self, ledger):
        with closing(sqlite3.connect(ledger.path)) as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


class TestDead:
    def test_a_run_of_a_living_process_is_at_work(self, ledger):
        ledger.write(row())
        assert ledger.dead() == []

    def test_a_run_whose_process_ended_is_dead(self, ledger):
        ask = "from insights.runs.processes import this_process as p; print(p())"
        name = subprocess.check_output([sys.executable, "-c", ask], text=True)
        ledger.write(row(process=name.strip()))
        assert [record.run_id for record in ledger.dead()] == ["r1"]

    def test_a_process_id_that_was_given_out_again_is_another_process(self):
        host, boot, pid, start = this_process().split("|")
        assert is_alive(f"{host}|{boot}|{pid}|{start}")
        assert not is_alive(f"{host}|{boot}|{pid}|1")
        assert not is_alive(f"{host}|another-boot|{pid}|{start}")

    @pytest.mark.parametrize(("minutes", "dead"), [(1, []), (5, ["r1"])])
    def test_a_run_of_another_machine_lives_as_long_as_its_heart_beats(self, ledger, minutes, dead):
        beat = datetime.now(UTC) - timedelta(minutes=minutes)
        ledger.write(row(process="elsewhere|b|1|1", heartbeat_at=beat.isoformat()))
        assert [record.run_id for record in ledger.dead()] == dead

    def test_the_heart_beats_while_a_run_is_at_work(self, ledger, monkeypatch):
        monkeypatch.setattr(module, "BEAT_SECONDS", 0.01)
        ledger.write(row())
        with ledger.beating("r1"):
            deadline = datetime.now(UTC) + timedelta(seconds=5)
            while not ledger.run("r1").heartbeat_at and datetime.now(UTC) < deadline:
                pass
        assert ledger.run("r1").heartbeat_at
