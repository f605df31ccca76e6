"""What is due is told by the ledger and the catalog, however often and however late one asks."""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from insights.errors import ParameterError
from insights.runs import load_catalog, plans, run_report, run_reports
from insights.runs.due import Clock, run_due
from insights.runs.shelf import Shelf
from tests.runs import fakes
from tests.runs.conftest import load, notebook

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def shop(write, monkeypatch):
    """A workspace whose report runs without a kernel, with lines added to its catalog."""

    def made(*lines: str):
        settings = write(daily=notebook())
        path = settings.notebooks / "catalog.toml"
        path.write_text("\n".join([path.read_text(), *lines]))
        return settings

    fakes.install("word", monkeypatch.setattr)
    return made


def clock(settings, now: datetime) -> Clock:
    return Clock(settings, load_catalog(settings), Shelf(settings).ledger, now)


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZONE)


def run(settings, found) -> list:
    return [run_report(settings, one.spec) for one in found if one.spec]


DAILY = 'schedule = { cron = "0 7 * * *" }'


class TestDue:
    def test_a_new_schedule_owes_its_last_moment_and_not_all_the_past(self, shop):
        settings = shop(DAILY)
        found = clock(settings, at(2017, 12, 20, 9)).due()
        assert [(one.as_of, one.moment) for one in found] == [
            (date(2017, 12, 19), at(2017, 12, 20, 7))
        ]

    def test_what_is_published_is_not_due_again(self, shop):
        settings = shop(DAILY)
        now = at(2017, 12, 20, 9)
        assert [r.status for r in run(settings, clock(settings, now).due())] == ["published"]
        assert clock(settings, now + timedelta(hours=1)).due() == []

    def test_what_was_missed_is_due_oldest_first(self, shop):
        settings = shop(DAILY)
        run(settings, clock(settings, at(2017, 12, 20, 9)).due())
        found = clock(settings, at(2017, 12, 24, 6)).due()
        assert [one.as_of.day for one in found] == [20, 21, 22]

    def test_a_day_whose_data_are_not_there_waits(self, shop):
        settings = shop(DAILY)
        (one,) = clock(settings, at(2018, 1, 3, 9)).due()
        assert one.spec is None
        assert one.waits_for == "data of 2018-01-02: the newest order is of 2017-12-31"
        load(settings, "L2", date(2018, 1, 2))
        (one,) = clock(settings, at(2018, 1, 3, 10)).due()
        assert one.spec is not None

    def test_a_day_that_was_not_over_when_it_was_loaded_waits(self, shop):
        settings = shop(DAILY)
        load(settings, "L2", date(2018, 1, 2), loaded_at=at(2018, 1, 2, 12, 30))
        (one,) = clock(settings, at(2018, 1, 3, 9)).due()
        assert one.spec is None
        assert one.waits_for == "the whole of 2018-01-02: the newest load is of 2018-01-02 12:30"
        load(settings, "L3", date(2018, 1, 2), loaded_at=at(2018, 1, 3, 0, 5))
        (one,) = clock(settings, at(2018, 1, 3, 9)).due()
        assert one.spec is not None

    def test_a_clock_that_was_ahead_when_first_asked_is_forgotten(self, shop):
        settings = shop(DAILY)
        assert clock(settings, at(2031, 5, 20, 9)).due()
        found = clock(settings, at(2017, 12, 20, 9)).due()
        assert [str(one.as_of) for one in found] == ["2017-12-19"]
        found = clock(settings, at(2017, 12, 22, 9)).due()
        assert [str(one.as_of) for one in found] == ["2017-12-19", "2017-12-20", "2017-12-21"]

    def test_a_grid_whose_values_do_not_fit_leaves_other_reports_due(self, write, monkeypatch):
        fakes.install("word", monkeypatch.setattr)
        settings = write(daily=notebook(), other=notebook())
        path = settings.notebooks / "catalog.toml"
        text = path.read_text().replace("main = true", f"main = true\n{DAILY}")
        asked = "grid = { min_customers = { query = \"SELECT 'many' AS n\" } }"
        path.write_text(text.replace(DAILY, f"{DAILY}\n{asked}", 1))
        monkeypatch.setattr("insights.runs.due._values", lambda *_given: ["many"])
        found = {one.report: one for one in clock(settings, at(2017, 12, 20, 9)).due()}
        assert found["daily"].fault
        assert "min_customers" in found["daily"].waits_for
        assert found["other"].spec is not None

    def test_what_died_is_mended_also_when_nothing_is_ready(self, shop):
        settings = shop(DAILY)
        now = at(2017, 12, 20, 9)
        (one,) = run(settings, clock(settings, now).due())
        shelf = Shelf(settings)
        dead = one.but(
            run_id=one.run_id + "0", status="running", settled=False, doing="cell 2 of 5: Back?"
        ).but(process=one.process.rpartition("|")[0] + "|0", files={}, home="x/y/z/w")
        shelf.ledger.write(dead)
        assert run_due(clock(settings, now), partial(run_reports, settings)) == ([], [])
        found = shelf.ledger.run(dead.run_id)
        assert (found.status, found.cause) == ("failed", "infrastructure")
        assert found.reason.endswith("before the report was finished (cell 2 of 5: Back?).")

    def test_a_failure_is_not_tried_again_before_something_changes(self, shop, monkeypatch):
        settings = shop(DAILY)
        monkeypatch.setattr("insights.runs.making._pages", lambda _notebook: 1 / 0)
        now = at(2017, 12, 20, 9)
        assert [r.cause for r in run(settings, clock(settings, now).due())] == ["notebook"]
        (one,) = clock(settings, now).due()
        assert one.waits_for.startswith("a change: it failed, and nothing is new since (ZeroDiv")
        load(settings, "L2")
        (one,) = clock(settings, now).due()
        assert one.spec is not None

    def test_a_backfill_asks_about_days_long_past(self, shop):
        settings = shop(DAILY)
        now = at(2017, 12, 20, 9)
        found = clock(settings, now).due(since=date(2017, 11, 2), until=date(2017, 11, 4))
        assert [str(one.as_of) for one in found] == ["2017-11-01", "2017-11-02", "2017-11-03"]

    def test_a_backfill_of_the_future_is_refused(self, shop):
        with pytest.raises(ParameterError, match="Nothing can be due from 2018-02-01 on"):
            clock(shop(DAILY), at(2017, 12, 20, 9)).due(since=date(2018, 2, 1))

    def test_a_report_without_schedule_is_never_due_and_says_so_when_asked(self, shop):
        settings = shop()
        assert clock(settings, at(2017, 12, 20, 9)).due() == []
        with pytest.raises(ParameterError, match="has no schedule"):
            clock(settings, at(2017, 12, 20, 9)).due(reports=["daily"])

    def test_sets_and_grid_are_multiplied(self, shop):
        settings = shop(
            DAILY,
            'sets = [{ name = "small" }, { name = "big", parameters = { min_customers = 90 } }]',
            'grid = { channel = ["store", "web"] }',
        )
        found = clock(settings, at(2017, 12, 20, 9)).due()
        assert sorted(one.spec.folder for one in found) == [
            "channel=web",
            "channel=web,min_customers=90",
            "default",
            "min_customers=90",
        ]

    @pytest.mark.parametrize(
        "downtime",
        [
            pytest.param(0.0, marks=pytest.mark.slow),
            pytest.param(0.3, marks=pytest.mark.slow),
            0.9,
        ],
    )
    def test_a_year_with_downtime_makes_each_page_exactly_once(self, write, downtime):
        settings = write(**dict.fromkeys(YEAR, notebook()))
        path = settings.notebooks / "catalog.toml"
        entries = path.read_text().split("main = true")
        said = [f"schedule = {schedule}" for schedule in YEAR.values()]
        if downtime == 0.9:
            said[0] = 'schedule = { cron = "0 7 1,11,21 * *" }'  # The quick run has fewer pages.
        path.write_text("".join(f"{e}{s}" for e, s in zip(entries, [*said, ""], strict=True)))
        catalog = load_catalog(settings)
        rng = random.Random(f"{downtime}")  # noqa: S311 - the same year each time
        told: Counter[tuple[str, date]] = Counter()
        start = now = at(2017, 1, 3, 9)
        while now < at(2018, 1, 1, 12):
            if now == start or rng.random() >= downtime:
                last = now
                asked = Clock(settings, catalog, Shelf(settings).ledger, now).due()
                found = [one for one in asked if one.spec]  # December has no data.
                told.update((one.report, one.as_of) for one in found)
                for one in found:
                    Shelf(settings).ledger.write(published(one))
            now += timedelta(hours=rng.choice([1, 6, 30, 24 * 9]) if downtime else 24)
        wanted = {
            (report, ask.as_of)
            for report, entry in catalog.reports.items()
            for ask in entry.schedule.asks(start, last, ZONE)
        }
        # Of each, the last moment before it was first asked is due as well.
        first = {
            (report, list(entry.schedule.asks(start - timedelta(40), start, ZONE))[-1].as_of)
            for report, entry in catalog.reports.items()
        }
        assert set(told) - first == wanted - first
        assert set(told.values()) == {1}


YEAR = {
    "daily": '{ cron = "0 7 * * *" }',
    "weekly": '{ cron = "0 7 * * 1", covers = "week", special = ['
    ' { first = "01-28", last = "02-03", why = "Spring Festival" }] }',
    "monthly": '{ cron = "0 8 3 * *", covers = "month" }',
    "busy": '{ cron = "0 7 * * 1", covers = "week", special = ['
    ' { days = "double_11", also = "0 9 * * *", covers = "day" },'
    ' { days = "618", delay_hours = 30 } ] }',
}


def published(one):
    from insights.runs.runner import _new  # noqa: PLC0415 - a row as the runner writes it

    return _new(one.spec).but(status="published", settled=True)


class TestAfter:
    """A report that waits for another, of its own brand and day."""

    @pytest.fixture
    def two(self, write, monkeypatch):
        fakes.install("word", monkeypatch.setattr)
        settings = write(daily=notebook(), health=notebook())
        path = settings.notebooks / "catalog.toml"
        text = path.read_text().replace("main = true", f"main = true\n{DAILY}")
        path.write_text(text.replace(DAILY, f'{DAILY}\nafter = ["health"]', 1))
        return settings

    def test_it_comes_due_in_the_same_call_once_the_other_is_published(self, two):
        records, waiting = run_due(clock(two, at(2017, 12, 20, 9)), partial(run_reports, two))
        assert [(r.report, r.status) for r in records] == [
            ("health", "published"),
            ("daily", "published"),
        ]
        assert waiting == []

    def test_where_the_other_fails_it_waits_and_says_so(self, two, monkeypatch):
        monkeypatch.setattr("insights.runs.making._pages", lambda _notebook: 1 / 0)
        records, waiting = run_due(clock(two, at(2017, 12, 20, 9)), partial(run_reports, two))
        assert [(r.report, r.status) for r in records] == [("health", "failed")]
        assert [(w.report, w.waits_for) for w in waiting] == [
            ("daily", "the report 'health' of 2017-12-19")
        ]


class TestPlans:
    """What somebody asks for by hand."""

    def test_a_grid_is_run_without_waiting_for_the_clock(self, shop):
        settings = shop(
            'sets = [{ name = "small" }, { name = "big", parameters = { min_customers = 90 } }]',
            'grid = { channel = ["store", "web"] }',
        )
        asked = partial(plans, settings, load_catalog(settings), ["daily"])
        assert sorted(spec.folder for spec in asked(grid=True)) == [
            "channel=web",
            "channel=web,min_customers=90",
            "default",
            "min_customers=90",
        ]
        assert [spec.folder for spec in asked()] == ["default"]

    def test_what_is_given_goes_before_the_grid_and_nothing_is_run_twice(self, shop):
        settings = shop('grid = { channel = ["store", "web"] }')
        found = plans(
            settings, load_catalog(settings), ["daily"], grid=True, given={"channel": "live"}
        )
        assert [spec.folder for spec in found] == ["channel=live"]


class TestGrid:
    @pytest.fixture
    def asked(self, shop, monkeypatch):
        import pandas as pd  # noqa: PLC0415

        def answer(*values):
            class Lake:
                def sql(self, query):
                    assert query.endswith("LIMIT 5")
                    return pd.DataFrame({"region": list(values)[:5]})

            monkeypatch.setattr("insights.store.lake.open_lake", lambda *_, **__: Lake())
            settings = shop(
                DAILY, 'grid = { channel = { query = "SELECT region FROM staff", at_most = 3 } }'
            )
            return clock(settings, at(2017, 12, 20, 9))

        return answer

    def test_values_come_from_the_brands_own_data(self, asked):
        found = asked("north", "south", None, "north").due()
        assert [one.given for one in found] == [{"channel": "north"}, {"channel": "south"}]

    def test_a_query_that_finds_nothing_is_said_before_anything_runs(self, asked):
        with pytest.raises(ParameterError, match="for each 'channel', and there is none"):
            asked().due(reports=["daily"])

    def test_one_that_cannot_be_keeps_no_other_report_from_being_made(self, asked):
        clock = asked()
        path = clock.catalog.folder / "catalog.toml"
        entry = path.read_text().partition("\n")[2].replace("grid =", "# grid =")
        path.write_text(f'{path.read_text()}\n[reports.other]\nnotebook = "daily.ipynb"\n{entry}')
        clock = Clock(clock.settings, load_catalog(clock.settings), clock.ledger, clock.now)
        records, (waiting,) = run_due(clock, partial(run_reports, clock.settings))
        assert [(r.report, r.status) for r in records] == [("other", "published")]
        assert (waiting.report, waiting.fault) == ("daily", True)
        assert "for each 'channel', and there is none" in waiting.waits_for

    def test_ten_thousand_stores_are_no_surprise(self, shop, monkeypatch):
        import pandas as pd  # noqa: PLC0415

        class Lake:
            def sql(self, query):
                asked = int(query.rsplit(" ", 1)[1])
                return pd.DataFrame({"store": [f"s{n}" for n in range(min(10_000, asked))]})

        monkeypatch.setattr("insights.store.lake.open_lake", lambda *_, **__: Lake())
        settings = shop(DAILY, 'grid = { channel = { query = "SELECT store_id FROM stores" } }')
        with pytest.raises(ParameterError, match="there are more than 200") as refused:
            clock(settings, at(2017, 12, 20, 9)).due(reports=["daily"])
        assert "set 'at_most'" in str(refused.value)
        assert not list(settings.reports.glob("shop/*"))

    def test_a_query_that_finds_too_many_is_said_before_anything_runs(self, asked):
        with pytest.raises(ParameterError, match="there are more than 3"):
            asked(*"abcdefgh").due(reports=["daily"])
