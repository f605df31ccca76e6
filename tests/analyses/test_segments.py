from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import segments
from insights.errors import MissingColumns, ParameterError
from insights.results import NotEnoughData

AS_OF = date(2026, 6, 30)
LINES = {"recent_days": 60, "often": 2, "much": 500}


def customers(*rows, fill=100):
    """Customers by days since, occasions after the first, and spend; the rest are small and old."""
    every = [*rows, *[(400, 0, 50.0)] * fill]
    frame = pd.DataFrame(every, columns=["days_since", "frequency", "total_amount"])
    return frame.assign(customer_id=[f"C{n}" for n in range(len(every))])


def segment_of(*row):
    return segments.rfm(customers(row), as_of=AS_OF, **LINES).members["segment"].iloc[0]


class TestRfm:
    @pytest.mark.parametrize(
        ("row", "named"),
        [
            ((60, 1, 500.0), "champions"),
            ((61, 1, 500.0), "big regulars gone quiet"),
            ((60, 0, 500.0), "big and new to us"),
            ((61, 0, 500.0), "big once, long ago"),
            ((60, 1, 499.0), "small regulars"),
            ((60, 0, 499.0), "small and new to us"),
            ((61, 1, 499.0), "small regulars gone quiet"),
            ((61, 0, 499.0), "small once, long ago"),
        ],
    )
    def test_a_customer_on_a_line_has_reached_it(self, row, named):
        assert segment_of(*row) == named

    def test_what_a_segment_brings_adds_up(self):
        rng = np.random.default_rng(1)
        now = customers(*zip(rng.integers(0, 400, 300), rng.integers(0, 6, 300),
                             rng.gamma(1, 400, 300), strict=True))  # fmt: skip
        found = segments.rfm(now, as_of=AS_OF)
        assert found.table["net_share"].sum() == pytest.approx(1)
        assert found.table["customers"].sum() == len(now)
        assert found.table["net_share"].is_monotonic_decreasing

    def test_who_moved_has_moved_by_buying_and_not_by_a_new_line(self):
        before = customers(*[(30, 2, 600.0)] * 40)
        now = before.copy()
        now.loc[:9, "days_since"] = 120
        found = segments.rfm(now, as_of=AS_OF, before=before, **LINES)
        moved = found.table.set_index("segment")
        assert moved.loc["champions", "before"] == 40
        assert moved.loc["champions", "stayed"] == pytest.approx(0.75)

    def test_few_customers_are_refused_and_nobody_known_is_said(self):
        assert isinstance(segments.rfm(customers(fill=20), as_of=AS_OF), NotEnoughData)
        none = segments.rfm(customers(fill=0), as_of=AS_OF)
        assert "names no" in none.bundle().because

    def test_a_line_that_cannot_be_is_refused(self):
        with pytest.raises(ParameterError, match="much"):
            segments.rfm(customers(), as_of=AS_OF, much=0)

    def test_a_missing_column_is_named(self):
        with pytest.raises(MissingColumns, match="days_since"):
            segments.rfm(customers().drop(columns="days_since"), as_of=AS_OF)


class TestValue:
    def test_the_first_group_brings_half_of_net_sales(self):
        now = customers(*[(10, 1, 100.0)] * 50)
        found = segments.value(now, as_of=AS_OF).table.set_index("segment")
        assert found.loc["bring the first half", "net_share"] == pytest.approx(0.5, abs=0.01)

    def test_customers_who_brought_nothing_are_refused(self):
        found = segments.value(customers().assign(total_amount=0.0), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
