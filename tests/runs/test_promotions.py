"""Promotion days: a table by name, what a schedule makes of them, and what is due because of it."""

from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from insights.errors import SettingsError
from insights.runs import load_catalog, run_reports
from insights.runs.due import Clock, run_due
from insights.runs.promotions import Span, promotions, shipped
from insights.runs.schedule import Schedule
from insights.runs.shelf import Shelf
from tests.runs import fakes
from tests.runs.conftest import load, notebook

ZONE = ZoneInfo("Asia/Shanghai")


def weekly(**special) -> Schedule:
    return Schedule(cron="0 7 * * 1", covers="week", special=[special])


def asked(schedule: Schedule, first: date, days: int) -> list[str]:
    start = datetime(first.year, first.month, first.day, tzinfo=ZONE)
    asks = schedule.asks(start, start + timedelta(days=days), ZONE)
    return [f"{ask.at:%m-%d %H} of {ask.as_of:%m-%d}" for ask in asks]


class TestTable:
    def test_double_11_is_there_every_year_and_the_spring_festival_follows_the_moon(self):
        double_11, spring = (shipped()[name].spans for name in ("double_11", "spring_festival"))
        assert all(any(s.has(date(year, 11, 11)) for s in double_11) for year in (2026, 2099))
        assert any(span.has(date(2026, 2, 17)) for span in spring)
        assert not any(span.has(date(2025, 2, 17)) for span in spring)

    def test_a_stretch_over_new_year_is_one(self):
        turn = Span("12-31", "01-02")
        assert list(turn.dated(date(2025, 6, 1), date(2026, 6, 1))) == [
            (date(2025, 12, 31), date(2026, 1, 2))
        ]

    def test_a_workspace_may_have_a_calendar_of_its_own(self, write):
        settings = write(daily=notebook())
        assert promotions(settings) == (shipped(), [])
        own(settings, "member_day,08-08,08-08,Members' day")
        found, wrong = promotions(settings)
        assert (list(found), wrong) == (["member_day"], [])

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("sale,11-31,12-01,Sale", "'11-31' is no day; write 11-01 for every year"),
            (
                "sale,2026-11-01,11-02,Sale",
                "'2026-11-01' and '11-02': either both are of every year, or both of one",
            ),
            ("sale,2026-11-03,2026-11-02,Sale", "the last day, 2026-11-02, lies before the first"),
            (",11-01,11-02,Sale", "the days have no name"),
            ("sale", "'' is no day"),
        ],
    )
    def test_a_row_that_cannot_be_is_said_with_its_line_beside_the_catalogs_faults(
        self, write, row, said
    ):
        settings = write(daily=notebook())
        own(settings, "good,08-08,08-08,Good", row)
        path = settings.notebooks / "catalog.toml"
        path.write_text(f"{path.read_text()}\nretries = 50\n")
        with pytest.raises(SettingsError) as refused:
            load_catalog(settings)
        assert f"data/reference/promotion_days.csv (line 3): {said}" in str(refused.value)
        assert "reports.daily.retries (line 6)" in str(refused.value)

    def test_a_table_with_other_columns_is_refused(self, write):
        settings = write(daily=notebook())
        own(settings, head="name,from,to")
        with pytest.raises(SettingsError, match=r"\(line 1\) lacks the columns days, first, last"):
            load_catalog(settings)


class TestSpecial:
    """Around Double 11 of 2026, whose eleventh is a Wednesday."""

    first = date(2026, 11, 9)

    def test_not_on_them(self):
        assert asked(weekly(days="double_11"), self.first, 8) == ["11-16 07 of 11-15"]

    def test_additionally_a_page_of_each_of_them_the_last_one_too(self):
        found = asked(weekly(days="double_11", also="0 19 * * *", covers="day"), self.first, 8)
        assert found == [
            "11-09 07 of 11-08",
            "11-09 19 of 11-08",
            "11-10 19 of 11-09",
            "11-11 19 of 11-10",
            "11-12 19 of 11-11",
            "11-16 07 of 11-15",
        ]

    def test_at_other_times_on_them(self):
        found = asked(weekly(days="double_11", cron="0 12 * * 3"), self.first, 8)
        assert found == ["11-11 12 of 11-08", "11-16 07 of 11-15"]

    def test_later_on_them_and_the_day_it_looks_back_from_does_not_move(self):
        daily = Schedule(cron="0 7 * * *", special=[{"days": "double_11", "delay_hours": 30}])
        assert asked(daily, date(2026, 11, 10), 4) == [
            "11-10 13 of 11-08",  # of the ninth
            "11-11 13 of 11-09",
            "11-12 07 of 11-11",  # a usual day again: it does not wait for those before
            "11-12 13 of 11-10",
            "11-13 07 of 11-12",
        ]

    def test_of_two_that_have_a_day_the_first_counts(self):
        both = [{"first": "11-11", "last": "11-11", "why": "closed"},
                {"days": "double_11", "cron": "0 9 * * *"}]  # fmt: skip
        found = asked(Schedule(cron="0 7 * * *", special=both), date(2026, 11, 10), 3)
        assert found == ["11-10 09 of 11-09", "11-12 07 of 11-11"]

    @pytest.mark.parametrize(
        ("special", "said"),
        [
            ({"days": "duble_11"}, "no promotion days 'duble_11'. Did you mean 'double_11'?"),
            ({"days": "618", "first": "06-01", "last": "06-02"}, "it needs 'days'"),
            ({"first": "06-01", "why": "x"}, "it needs 'days' (a promotion's name), or 'first'"),
            ({"first": "06-01", "last": "06-02"}, "it says no 'why'"),
            ({"days": "618", "cron": "0 7 * * *", "also": "0 8 * * *"}, "cannot both hold"),
            ({"days": "618", "covers": "day"}, "'covers' goes with 'cron' or 'also'"),
            ({"days": "618", "also": "0 7 1 1 *"}, "'0 7 1 1 *' never comes on these days"),
            ({"days": "618", "also": "0 25 * * *"}, "'0 25 * * *' is no cron expression"),
            ({"days": "618", "delay_hours": 0}, "greater than or equal to 1"),
        ],
    )
    def test_what_cannot_be_is_refused(self, special, said):
        with pytest.raises(ValidationError) as refused:
            weekly(**special)
        assert said in str(refused.value)

    def test_each_fault_has_the_line_of_its_own_days(self, write):
        settings = write(daily=notebook())
        path = settings.notebooks / "catalog.toml"
        path.write_text(
            f'{path.read_text()}\nschedule = {{ cron = "0 7 * * *", special = [\n'
            '  { days = "double_11", also = "0 19 * * *" },\n'
            '  { days = "duble_12" },\n'
            '  { days = "618", also = "0 7 1 1" } ] }\n'
        )
        with pytest.raises(SettingsError) as refused:
            load_catalog(settings)
        assert "special.1.days (line 8): there are no promotion days 'duble_12'" in str(
            refused.value
        )
        assert "special.2.also (line 9): '0 7 1 1' is no cron expression" in str(refused.value)


class TestDue:
    """`--due` over the ten days around Double 11, asked once each noon."""

    @pytest.mark.parametrize(
        ("special", "pages"),
        [
            ("", ["11-05", "11-12"]),
            ('{ days = "double_11" }', ["11-12"]),
            (
                '{ days = "double_11", also = "0 7 * * *", covers = "day" }',
                ["11-05", "11-06", "11-07", "11-08", "11-09", "11-10", "11-11", "11-12"],
            ),
            ('{ days = "double_11", delay_hours = 72 }', ["11-05", "11-12"]),
        ],
    )
    def test_each_page_is_made_once(self, write, monkeypatch, special, pages):
        fakes.install("word", monkeypatch.setattr)
        settings = write(daily=notebook())
        path = settings.notebooks / "catalog.toml"
        path.write_text(
            f'{path.read_text()}\nschedule = {{ cron = "0 7 * * 1", covers = "week", '
            f"special = [ {special} ] }}\n"
        )
        load(settings, "L1", date(2017, 12, 31))
        ledger = Shelf(settings).ledger
        ledger.knows("daily", "shop", datetime(2017, 11, 5, 12, tzinfo=ZONE))
        made = []
        for day in range(14):  # From a Sunday on; Double 11 of 2017 is a Saturday.
            now = datetime(2017, 11, 5, 12, tzinfo=ZONE) + timedelta(days=day)
            clock = Clock(settings, load_catalog(settings), ledger, now)
            records, _ = run_due(clock, partial(run_reports, settings))
            made += [record.period[5:] for record in records]
        assert made == pages


def own(settings, *rows: str, head: str = "days,first,last,title") -> None:
    folder = settings.data / "reference"
    folder.mkdir(parents=True)
    (folder / "promotion_days.csv").write_text("\n".join([head, *rows, ""]))
