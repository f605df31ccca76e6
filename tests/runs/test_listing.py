"""The index opens on a phone however many pages there are, and every page is still to be found."""

import re
import time

import pytest

from insights.runs.ledger import now
from insights.runs.listing import write_lists
from insights.runs.record import RunRecord
from insights.runs.shelf import INDEX_SECONDS, Shelf
from tests.runs import fakes
from tests.runs.conftest import notebook


@pytest.fixture
def shelf(write) -> Shelf:
    return Shelf(write(cohort=notebook()))


def add(shelf, day: str, folder: str, *, report="cohort", ended="", status="published", **parts):
    record = RunRecord(
        run_id=f"{(ended or day).replace('-', '')}T000000000-{report}-{folder}",
        run_key=f"{day}{folder}",
        brand="shop",
        brand_title="The Shop",
        report=report,
        title="Back?",
        question="Do they come back?",
        period=day,
        folder=folder,
        as_of=day,
        lang="en",
        load_id="L1",
        code_hash="c",
        status=status,
        chosen={"region": folder},
        home=f"shop/{report}/{day}/{folder}",
        started_at=now(),
        ended_at=f"{ended or day}T05:00:00.000+00:00",
        headline=f"{report} {day} {folder}.",
        files={"index.html": "a"} if status == "published" else {},
        settled=True,
    ).but(**parts)
    shelf.ledger.write(record, listed=False)
    return record


def read(shelf, name="index") -> str:
    return (shelf.reports / f"{name}.html").read_text("utf-8")


def listed(html: str) -> list[str]:
    return re.findall(r'<h2[^>]*><a href="\./([^"]+)/index\.html">', html)


def links(html: str) -> list[str]:
    return re.findall(r'href="\./index-([^"]+)\.html"', html)


def many(shelf, most=3):
    for day in ("2026-02-27", "2026-02-28", "2026-03-01"):
        for folder in ("north", "south"):
            add(shelf, day, folder)
    write_lists(shelf.settings, shelf.ledger, shelf.ledger.unlisted(), most=most)


def test_few_pages_need_no_other_list(shelf):
    many(shelf, most=6)
    assert len(listed(read(shelf))) == 6
    assert links(read(shelf)) == []
    assert [path.name for path in shelf.reports.glob("index*")] == ["index.html"]


def test_of_many_the_newest_are_listed_and_each_is_found_by_its_month_or_day(shelf):
    many(shelf)
    html = read(shelf)
    assert listed(html)[0].startswith("shop/cohort/2026-03-01/")
    assert len(listed(html)) == 3
    assert "The newest 3 of 6 are listed here. All of them, by month:" in html
    assert links(html) == ["2026-03", "2026-02"]
    assert len(listed(read(shelf, "index-2026-03"))) == 2
    assert links(read(shelf, "index-2026-03")) == []
    assert links(read(shelf, "index-2026-02")) == ["2026-02-28", "2026-02-27"]
    assert "of 4 are listed here. All of them, by day:" in read(shelf, "index-2026-02")
    found = {
        home
        for name in ("index-2026-03", "index-2026-02-28", "index-2026-02-27")
        for home in listed(read(shelf, name))
    }
    assert len(found) == 6
    assert 'href="./index.html"' in read(shelf, "index-2026-02-28")


def test_the_last_run_of_a_report_is_shown_however_many_others_came_since(shelf):
    add(shelf, "2026-01-31", "default", report="monthly")
    many(shelf)
    html = read(shelf)
    assert not any("monthly" in home for home in listed(html))
    assert "2026-01-31" in html.split('class="last"')[1].split("</section>")[0]


def test_only_the_lists_of_what_changed_are_written_anew(shelf):
    many(shelf)
    shelf.ledger.lists_are_written(shelf.ledger.unlisted())
    before = {path: path.stat().st_ino for path in shelf.reports.glob("index*")}
    add(shelf, "2026-02-28", "west", ended="2026-03-02")
    write_lists(shelf.settings, shelf.ledger, shelf.ledger.unlisted(), most=3)
    changed = {path.stem for path, node in before.items() if path.stat().st_ino != node}
    assert changed == {"index", "index-2026-02", "index-2026-02-28"}


def test_a_list_of_pages_that_were_all_taken_down_goes(shelf):
    many(shelf)
    for run in shelf.ledger.recent(-1):
        if run.period == "2026-02-27":
            shelf.ledger.write(run.but(files={}), listed=False)
    write_lists(shelf.settings, shelf.ledger, shelf.ledger.unlisted(), most=3)
    assert not (shelf.reports / "index-2026-02-27.html").exists()
    assert links(read(shelf)) == ["2026-03", "2026-02"]
    assert "The newest 3 of 4" in read(shelf)


def test_a_failure_stands_beside_the_page_before_it_until_a_good_run(shelf):
    add(shelf, "2026-03-01", "north")
    add(shelf, "2026-03-01", "north", ended="2026-03-02", status="failed", error="Empty.")
    write_lists(shelf.settings, shelf.ledger, [])
    assert "Empty." in read(shelf)
    assert len(listed(read(shelf))) == 1
    add(shelf, "2026-03-01", "north", ended="2026-03-03")
    write_lists(shelf.settings, shelf.ledger, [])
    assert "Empty." not in read(shelf)


class TestInTime:
    @pytest.fixture
    def written(self, monkeypatch):
        """Moments at which the index of a workspace with a report was written."""
        fakes.install("page", monkeypatch.setattr)
        found = []
        whole = fakes.write_index

        def write(shelf, periods):
            found.append(periods)
            whole(shelf)

        monkeypatch.setattr(Shelf, "_write_index", write)
        return found

    def test_within_a_batch_it_is_not_written_for_each_report(self, write, written):
        from insights.runs import load_catalog, plan, run_reports  # noqa: PLC0415

        settings = write(cohort=notebook())
        catalog = load_catalog(settings)
        specs = [plan(settings, catalog, "cohort", given={"min_customers": n}) for n in range(6)]
        records = run_reports(settings, specs, workers=1)
        assert all(record.settled for record in records)
        assert len(written) == 2  # With the first, and at the end.
        assert Shelf(settings).ledger.unlisted() == []
        index = (settings.reports / "index.html").read_text()
        assert all(record.run_id in index for record in records)

    def test_one_that_has_grown_old_is_written_within_a_batch(self, write, written, monkeypatch):
        fakes.run(write(cohort=notebook()))
        first = len(written)
        clock = time.time
        monkeypatch.setattr(time, "time", lambda: clock() + INDEX_SECONDS + 1)
        settings = write(cohort=notebook())
        fakes.run(settings)
        assert len(written) == first + 1
        assert Shelf(settings).ledger.unlisted() == []

    def test_what_a_dead_batch_did_not_list_the_next_call_lists(self, write, written):
        settings = write(cohort=notebook())
        record = fakes.run(settings)
        Shelf(settings).ledger.write(record, listed=False)
        from insights.runs import load_catalog, plan, run_reports  # noqa: PLC0415

        run_reports(settings, [plan(settings, load_catalog(settings), "cohort")])
        assert written[-1] == ["2017-12-31"]
        assert Shelf(settings).ledger.unlisted() == []
