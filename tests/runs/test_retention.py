"""What is old goes, the newest stay, and nothing that is left leads to what went."""

import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from insights.runs import load_catalog, retention
from insights.runs.due import Clock
from insights.runs.retention import prune
from insights.runs.shelf import Shelf
from tests.runs import fakes
from tests.runs.conftest import notebook, workspace

DAYS = ("2017-09-30", "2017-10-31", "2017-11-30")


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Three pages of three months; the newest was made twice."""
    index = Shelf._write_index
    fakes.install("page", monkeypatch.setattr)
    monkeypatch.setattr(Shelf, "_write_index", index)
    settings = workspace(tmp_path, cohort=notebook())
    for day in (*DAYS, DAYS[-1]):
        assert fakes.run(settings, as_of=day).status == "published"
    return Shelf(settings)


def later(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def homes(shelf) -> list[str]:
    return sorted(p.parent.parent.name for p in shelf.reports.glob("shop/cohort/*/*/index.html"))


def run_folders(shelf) -> int:
    return len(list(shelf.runs.glob("2*")))


class TestPrune:
    def test_young_ones_stay_whatever_their_number(self, shelf):
        found = prune(shelf, days=35, keep=1, pages=True, now=later(34))
        assert (found.runs, found.pages) == ([], [])

    def test_of_old_ones_the_newest_stay(self, shelf):
        found = prune(shelf, days=35, keep=2, pages=True, now=later(36))
        assert (len(found.runs), run_folders(shelf)) == (2, 2)
        assert found.pages == [f"shop/cohort/{DAYS[0]}/default"]
        assert homes(shelf) == list(DAYS[1:])
        assert found.size > 100_000

    def test_pages_stay_unless_they_are_asked_for(self, shelf):
        found = prune(shelf, days=0, keep=1, now=later(1))
        assert (found.pages, homes(shelf)) == ([], list(DAYS))
        assert run_folders(shelf) == 1

    def test_a_dry_run_says_the_same_and_leaves_it(self, shelf):
        said = prune(shelf, days=0, keep=1, pages=True, dry=True, now=later(1))
        assert (homes(shelf), run_folders(shelf)) == (list(DAYS), 4)
        assert said == prune(shelf, days=0, keep=1, pages=True, now=later(1))

    def test_the_newest_of_each_report_stays_even_if_none_is_asked_to(self, shelf):
        prune(shelf, days=0, keep=0, pages=True, now=later(1))
        assert homes(shelf) == [DAYS[-1]]
        assert (shelf.reports / "latest" / "shop" / "cohort" / "default.html").is_file()

    def test_no_row_is_lost_and_what_was_published_is_not_due_again(self, shelf):
        prune(shelf, days=0, keep=1, pages=True, now=later(1))
        assert len(shelf.ledger.recent()) == 4
        assert len(shelf.ledger.published_periods("shop", "cohort")) == 3
        path = shelf.settings.notebooks / "catalog.toml"
        path.write_text(path.read_text() + '\nschedule = { cron = "0 7 1 * *", covers = "month" }')
        clock = Clock(shelf.settings, load_catalog(shelf.settings), shelf.ledger, later(0))
        since = datetime(2017, 10, 1, tzinfo=UTC).date()
        due = clock.due(since=since, until=datetime(2017, 12, 2, tzinfo=UTC).date())
        assert due == []

    def test_the_index_leads_to_what_is_left_and_to_nothing_else(self, shelf):
        prune(shelf, days=0, keep=1, pages=True, now=later(1))
        links = re.findall(r'href="\./([^"#]+)"', (shelf.reports / "index.html").read_text())
        assert [link for link in links if link.startswith("shop/")]
        assert all((shelf.reports / link).is_file() for link in links)

    def test_stopped_half_way_the_next_call_ends_it(self, shelf, monkeypatch):
        def stop(_folder):
            raise OSError(30, "Read-only file system")

        with monkeypatch.context() as broken:
            broken.setattr(retention.shutil, "rmtree", stop)
            with pytest.raises(OSError, match="Read-only"):
                prune(shelf, days=0, keep=1, pages=True, now=later(1))
        assert homes(shelf) == list(DAYS)
        for gone in DAYS[:2]:
            assert gone not in (shelf.reports / "index.html").read_text()
        prune(shelf, days=0, keep=1, pages=True, now=later(1))
        assert homes(shelf) == [DAYS[-1]]

    def test_a_run_at_work_stays(self, shelf):
        row = shelf.ledger.recent(1)[0].but(status="running", settled=False)
        oldest = shelf.ledger.recent()[-1]
        shelf.ledger.write(row.but(run_id=oldest.run_id))
        prune(shelf, days=0, keep=1, now=later(1))
        assert shelf.folder(oldest.run_id).is_dir()

    def test_a_folder_that_no_ledger_knows_goes_by_its_age(self, shelf):
        stray = shelf.runs / "20170101T000000000-cohort-abcdef"
        stray.mkdir()
        assert stray.name not in prune(shelf, days=35, keep=1).runs
        assert stray.name in prune(shelf, days=35, keep=1, now=later(36)).runs
        assert not stray.exists()


class TestChecksums:
    def test_a_page_carries_sums_that_the_systems_own_tool_can_check(self, shelf):
        home = shelf.reports / "shop" / "cohort" / DAYS[0] / "default"
        check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
        assert subprocess.run(check, cwd=home, check=False).returncode == 0
        (home / "rows.csv").write_text("edited")
        done = subprocess.run(check, cwd=home, check=False, capture_output=True)
        assert b"rows.csv: FAILED" in done.stdout

    def test_pages_that_were_changed_are_known(self, shelf):
        assert retention.changed_pages(shelf) == []
        home = f"shop/cohort/{DAYS[1]}/default"
        (shelf.reports / home / "index.html").write_text("edited")
        assert retention.changed_pages(shelf) == [home]
