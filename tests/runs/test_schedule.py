from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.runs.schedule import Schedule

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def moments(schedule: Schedule, first: datetime, days: int, zone=SHANGHAI) -> list[datetime]:
    start = first.replace(tzinfo=zone)
    return list(schedule.moments(start, start + timedelta(days=days), zone))


def test_moments_are_on_the_wall_clock_of_the_brand_unless_the_schedule_names_another():
    noon = datetime(2026, 6, 1, 12)
    (at,) = moments(Schedule(cron="0 7 * * *"), noon, 1)
    assert at.utcoffset() == timedelta(hours=8)
    (at,) = moments(Schedule(cron="0 7 * * *", time_zone="America/New_York"), noon, 1)
    assert at.utcoffset() == timedelta(hours=-4)


def test_a_moment_in_the_gap_of_daylight_saving_is_made_up_for_once():
    night = Schedule(cron="30 2 * * *")
    found = moments(night, datetime(2026, 3, 7), 3, NEW_YORK)
    assert [f"{m:%d %H:%M}" for m in found] == ["07 02:30", "08 03:00", "09 02:30"]


def test_a_moment_that_comes_twice_counts_once():
    night = Schedule(cron="30 1 * * *")
    found = moments(night, datetime(2026, 10, 31), 3, NEW_YORK)
    assert [m.day for m in found] == [31, 1, 2]


def test_special_days_have_times_of_their_own_or_none():
    schedule = Schedule(
        cron="0 7 * * *",
        special=[
            {"first": "11-10", "last": "11-11", "cron": "0 7,19 * * *", "why": "Double 11"},
            {"first": "12-31", "last": "01-01", "why": "closed"},
        ],
    )
    found = moments(schedule, datetime(2026, 11, 9), 4)
    assert [f"{m:%d %H}" for m in found] == ["09 07", "10 07", "10 19", "11 07", "11 19", "12 07"]
    assert [m.day for m in moments(schedule, datetime(2026, 12, 30), 4)] == [30, 2]


@pytest.mark.parametrize(
    ("covers", "day"),
    [("day", date(2026, 6, 16)), ("week", date(2026, 6, 14)), ("month", date(2026, 5, 31))],
)
def test_a_report_looks_back_from_the_end_of_a_whole_day_week_or_month(covers, day):
    schedule = Schedule(cron="0 7 * * *", covers=covers)
    assert schedule.as_of(datetime(2026, 6, 17, 7)) == day


def test_a_monday_report_covers_the_week_that_ended_on_sunday():
    schedule = Schedule(cron="0 7 * * 1", covers="week")
    assert schedule.as_of(datetime(2026, 6, 15, 7)) == date(2026, 6, 14)


def test_the_page_of_the_day_before_a_promotion_is_made_where_each_day_has_its_own():
    days = {"first": "11-01", "last": "11-02", "why": "sale", "cron": "0 9 * * *", "covers": "day"}
    schedule = Schedule(cron="0 7 * * *", special=[days])
    start = datetime(2026, 10, 31, tzinfo=SHANGHAI)
    asks = schedule.asks(start, start + timedelta(days=5), SHANGHAI)
    found = dict.fromkeys(f"{ask.as_of:%m-%d}" for ask in asks)
    assert list(found) == ["10-30", "10-31", "11-01", "11-02", "11-03"]
