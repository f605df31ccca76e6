import errno
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from insights.runs import disk, publish
from insights.runs.shelf import Shelf
from tests.runs import fakes
from tests.runs.conftest import notebook, workspace

HOME = "shop/cohort/2017-12-31/default"
STEPS = 40  # More than there are; the test stops at the first run that lives through.


@pytest.fixture
def settings(tmp_path, monkeypatch):
    fakes.install("old", monkeypatch.setattr)
    return workspace(tmp_path, cohort=notebook())


def seen(settings):
    return (settings.reports / HOME / "index.html").read_text()


class Reader(threading.Thread):
    """Reads the page over and over, as a browser might, and keeps what was not whole."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.page, self.over, self.torn, self.read = page, threading.Event(), [], 0

    def run(self) -> None:
        while not self.over.is_set():
            try:
                text = self.page.read_text()
            except FileNotFoundError:
                self.torn.append("absent")
                continue
            self.read += 1
            if not text.endswith(("end of old", "end of new")):
                self.torn.append(text[-40:])

    def __enter__(self) -> "Reader":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()


class TestPlace:
    def test_a_new_page_takes_its_place_whole(self, settings):
        record = fakes.run(settings)
        assert record.status == "published"
        assert seen(settings).endswith("end of old")
        assert publish.is_whole(settings.reports, record)

    def test_a_page_that_is_there_is_exchanged_and_its_files_do_not_linger(
        self, settings, monkeypatch
    ):
        fakes.run(settings)
        monkeypatch.setattr(fakes.making, "_pages", lambda _: {"index.html": b"alone"})
        fakes.run(settings)
        assert {p.name for p in (settings.reports / HOME).iterdir()} == {"index.html", "SHA256SUMS"}

    def test_where_folders_cannot_be_exchanged_files_are_replaced_and_old_ones_removed(
        self, settings, monkeypatch
    ):
        monkeypatch.setattr(disk, "exchange", lambda _one, _other: False)
        fakes.run(settings)
        monkeypatch.setattr(
            fakes.making, "_pages", lambda _: {"index.html": b"new", "analyst.html": b"new"}
        )
        record = fakes.run(settings)
        assert record.status == "published"
        assert sorted(p.name for p in (settings.reports / HOME).iterdir()) == [
            "SHA256SUMS",
            "analyst.html",
            "index.html",
        ]
        assert publish.is_whole(settings.reports, record)

    def test_a_reader_never_sees_a_torn_page_while_it_is_published_again(self, settings):
        fakes.run(settings)
        with Reader(settings.reports / HOME / "index.html") as reader:
            for _ in range(10):
                fakes.run(settings)
        assert reader.torn == []
        assert reader.read > 10


class TestKill:
    @pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.slow)])
    def test_killed_before_any_write_the_next_run_repairs_and_no_page_is_ever_torn(
        self, settings, stride
    ):
        fakes.run(settings)
        killed = 0
        with Reader(settings.reports / HOME / "index.html") as reader:
            for step in range(stride, STEPS, stride):
                if self._dies(settings, step):
                    killed += 1
                    self._next_runner_repairs(settings)
                else:
                    break
        assert reader.torn == []
        assert 10 // stride < killed < STEPS // stride
        assert seen(settings).endswith("end of new")

    def _dies(self, settings, step):
        program = [sys.executable, fakes.__file__, str(settings.root), str(step), "new"]
        done = subprocess.run(program, capture_output=True, text=True, check=False)
        assert done.returncode in {0, -9}, done.stderr
        return done.returncode == -9

    def _next_runner_repairs(self, settings):
        shelf = Shelf(settings)
        shelf.repair()
        (good, bad), *others = shelf.ledger.pages()
        assert others == []
        assert shelf.ledger.open_runs() == []
        assert publish.is_whole(settings.reports, good)
        latest = (settings.reports / good.latest).read_text()
        assert latest.endswith(seen(settings)[-10:])
        newest = bad or good
        assert (settings.reports / "index.html").read_text().split()[0] in {
            good.run_id,
            newest.run_id,
        }
        if bad:
            assert bad.reason.startswith("The run died")


class TestFullDisk:
    @pytest.mark.parametrize("holder", ["stage", "place"])
    def test_nothing_is_published_and_the_old_page_stays(self, settings, monkeypatch, holder):
        fakes.run(settings)
        before = seen(settings)

        def full(*_given):
            raise OSError(errno.ENOSPC, "No space left on device")

        fakes.install("new", monkeypatch.setattr)
        monkeypatch.setattr(publish, holder, full)
        record = fakes.run(settings)
        assert record.status == "failed"
        assert "No space left on device" in record.reason
        assert seen(settings) == before
        shelf = Shelf(settings)
        assert shelf.ledger.run(record.run_id).status == "failed"
        assert not (shelf.folder(record.run_id) / publish.STAGED).exists()

    def test_a_ledger_that_cannot_be_written_after_the_page_is_out_is_mended_later(
        self, settings, monkeypatch
    ):
        fakes.run(settings)
        fakes.install("new", monkeypatch.setattr)
        whole = fakes.ledger.Ledger.write

        def full(self, record, **named):
            if record.status == "published":
                raise fakes.shelf.sqlite3.OperationalError("database or disk is full")
            whole(self, record, **named)

        monkeypatch.setattr(fakes.ledger.Ledger, "write", full)
        record = fakes.run(settings)
        assert record.status == "published"
        assert "ledger was not written" in record.error
        monkeypatch.setattr(fakes.ledger.Ledger, "write", whole)
        shelf = Shelf(settings)
        (left,) = shelf.ledger.open_runs()
        assert left.status == "running"
        shelf.repair()  # Also by the process that could not write it.
        assert shelf.ledger.run(record.run_id).status == "published"


class TestFailurePage:
    """The page of a failure stands beside the page that it did not replace, as long as it lasts."""

    @pytest.fixture
    def page(self, settings):
        return settings.reports / HOME / "failure.html"

    def fail(self, settings, monkeypatch, why=b"why"):
        def keep(folder, _notebook, _record):
            if why:
                (folder / "failure.html").write_bytes(why)

        with monkeypatch.context() as broken:
            broken.setattr(fakes.making, "_pages", lambda _: 1 / 0)
            broken.setattr(fakes.making, "_failure_page", keep)
            return fakes.run(settings)

    def test_the_page_before_it_stands_and_the_next_one_ends_it(self, settings, page, monkeypatch):
        fakes.run(settings)
        self.fail(settings, monkeypatch)
        assert page.read_bytes() == b"why"
        assert seen(settings).endswith("end of old")
        fakes.run(settings)
        assert not page.exists()

    def test_a_first_page_takes_its_place(self, settings, page, monkeypatch):
        self.fail(settings, monkeypatch)
        assert page.read_bytes() == b"why"
        fakes.run(settings)
        assert seen(settings).endswith("end of old")
        assert not page.exists()

    def test_one_of_an_earlier_failure_goes(self, settings, page, monkeypatch):
        self.fail(settings, monkeypatch)
        self.fail(settings, monkeypatch, why=b"")
        assert not page.exists()

    def test_what_a_full_disk_kept_from_its_place_is_put_there_later(
        self, settings, page, monkeypatch
    ):
        def full(*_given):
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as narrow:
            narrow.setattr(publish, "put_failure", full)
            record = self.fail(settings, monkeypatch)
        assert not record.settled
        monkeypatch.setattr("insights.runs.ledger.is_alive", lambda _: False)
        Shelf(settings).repair()
        assert page.read_bytes() == b"why"


class TestLatest:
    def test_links_of_the_copy_lead_to_the_files_beside_the_page(self, settings):
        record = fakes.run(settings)
        latest = settings.reports / record.latest
        assert f'href="../../../{HOME}/rows.csv"' in latest.read_text()
        assert (latest.parent / f"../../../{HOME}/rows.csv").resolve().is_file()

    def test_a_backfill_does_not_take_the_place_of_a_newer_period(self, settings, monkeypatch):
        record = fakes.run(settings)
        fakes.install("new", monkeypatch.setattr)
        assert fakes.run(settings, as_of="2017-06-30").status == "published"
        assert (settings.reports / record.latest).read_text().endswith("end of old")
