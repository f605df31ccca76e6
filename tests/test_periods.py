"""Days and months as reports count them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.errors import ParameterError
from insights.periods import (
    end_of_day,
    is_month_end,
    month_number,
    month_of,
    parse_day,
    rolling_cutoffs,
)


class TestParseDay:
    @given(st.dates())
    def test_reads_back_every_day_that_is_written(self, day):
        assert parse_day(day.isoformat()) == day

    @pytest.mark.parametrize(
        "moment",
        [
            date(2017, 2, 3),
            datetime(2017, 2, 3, 23, 59),
            datetime(2017, 2, 3, 23, 59, tzinfo=UTC),
            pd.Timestamp("2017-02-03 23:59", tz="Asia/Shanghai"),
            np.datetime64("2017-02-03"),
            np.datetime64("2017-02-03T23:59:59.999999999"),
            np.array("2017-02-03", dtype="datetime64[s]"),
        ],
    )
    def test_of_a_moment_keeps_the_day_alone(self, moment):
        found = parse_day(moment)
        assert found == date(2017, 2, 3)
        assert type(found) is date

    @pytest.mark.parametrize(
        "text",
        [
            *("2017-2-3", "20171231", "2017-02-30", "2017-W05-6", "17-02-03", "2017-02-03 "),
            *("2017/02/03", "２０１７-０２-０３", "2017-02-03T00:00", "yesterday", ""),
            *(20171231, None, pd.NaT, np.datetime64("NaT"), pd.Period("2017-02")),
        ],
    )
    def test_refuses_what_people_may_misread_and_says_what_was_found(self, text):
        with pytest.raises(ParameterError, match="as_of must be a day that exists") as refused:
            parse_day(text)
        assert f"found '{text}'" in str(refused.value)

    def test_names_the_parameter(self):
        with pytest.raises(ParameterError, match="since must be"):
            parse_day("x", name="since")


def test_the_end_of_a_day_keeps_all_of_it_and_nothing_of_the_next():
    end = end_of_day(date(2017, 12, 31))
    assert datetime(2017, 12, 31, 23, 59, 59, 999_999) <= end < datetime(2018, 1, 1)


@given(st.dates(max_value=date(9999, 11, 30)))
def test_months_subtract_to_an_age(day):
    following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    assert month_number(following) - month_number(day) == 1
    assert is_month_end(following - timedelta(days=1))


def test_a_month_is_named_as_in_a_file():
    assert month_of(date(2017, 2, 28)) == "2017-02"


class TestRollingCutoffs:
    @given(
        st.dates(min_value=date(2000, 1, 1), max_value=date(2030, 1, 1)),
        st.integers(1, 400),
        st.integers(0, 12),
        st.integers(0, 900),
    )
    def test_windows_lie_within_the_data_and_do_not_overlap(self, last, horizon, count, history):
        first = last - timedelta(days=history)
        days = rolling_cutoffs(last, horizon_days=horizon, count=count, first=first)
        assert len(days) <= count
        assert all(first <= day <= last - timedelta(days=horizon) for day in days)
        assert all((b - a).days == horizon for a, b in pairwise(days))

    @pytest.mark.parametrize("horizon", [0, -7])
    def test_a_horizon_of_no_day_is_refused(self, horizon):
        with pytest.raises(ParameterError, match="horizon_days must be at least 1"):
            rolling_cutoffs(date(2017, 1, 1), horizon_days=horizon, count=2, first=date(2016, 1, 1))
