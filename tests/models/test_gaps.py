from datetime import date

import numpy as np
import pandas as pd

from insights.models.gaps import Gap, gaps


def events(*days: str, each: int = 5) -> pd.Series:
    return pd.Series(np.repeat(pd.to_datetime(list(days)).to_numpy(), each))


def daily(first: str, last: str, each: int = 5) -> pd.Series:
    return pd.Series(np.repeat(pd.date_range(first, last).to_numpy(), each))


class TestGaps:
    def test_a_month_without_a_single_event_amid_many_is_a_gap(self):
        found = pd.concat([daily("2025-01-01", "2025-02-28"), daily("2025-04-01", "2025-05-31")])
        assert gaps(found, as_of=date(2025, 5, 31)) == [Gap(date(2025, 3, 1), date(2025, 3, 31))]

    def test_missing_newest_days_are_a_gap(self):
        found = gaps(daily("2025-01-01", "2025-02-28"), as_of=date(2025, 3, 31))
        assert found == [Gap(date(2025, 3, 1), date(2025, 3, 31))]

    def test_a_closed_week_is_none(self):
        found = pd.concat([daily("2025-01-01", "2025-01-31"), daily("2025-02-08", "2025-03-01")])
        assert gaps(found, as_of=date(2025, 3, 1)) == []

    def test_the_silence_of_a_single_customer_is_none(self):
        assert gaps(events("2025-01-01", "2025-03-01", each=1), as_of=date(2025, 6, 30)) == []

    def test_nothing_known_at_all_has_no_gap(self):
        assert gaps(events(), as_of=date(2025, 6, 30)) == []

    def test_a_slow_shop_that_sells_by_chance_has_none(self):
        for seed in range(50):
            rng = np.random.default_rng(seed)
            days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, 300), "D")
            assert gaps(pd.Series(days), as_of=date(2025, 12, 31)) == []
