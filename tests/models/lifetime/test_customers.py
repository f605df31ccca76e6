from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.errors import DataError, MissingColumns
from insights.models.lifetime.cells import reduce
from insights.models.lifetime.customers import customer_days, read_customers


class TestCustomerDays:
    ORDERS = pd.DataFrame(
        [
            ("ann", "2026-01-01 09:00"),
            ("ann", "2026-01-01 21:00"),
            ("ann", "2026-01-15 10:00"),
            ("bob", "2026-01-22 08:00"),
            ("eve", "2026-02-01 08:00"),
        ],
        columns=["customer_id", "paid_at"],
    )

    def histories(self, **options):
        orders = self.ORDERS
        times = pd.to_datetime(orders["paid_at"])
        return customer_days(orders["customer_id"], times, end=date(2026, 1, 29), **options)

    def test_orders_of_one_day_are_one_occasion(self):
        assert self.histories().loc["ann"].tolist() == [1, 14, 28]

    def test_orders_after_the_end_do_not_exist(self):
        assert self.histories().index.tolist() == ["ann", "bob"]

    def test_times_come_in_the_unit_asked_for(self):
        assert self.histories(days_per_unit=7).loc["ann"].tolist() == [1, 2, 4]

    def test_a_one_time_buyer_has_no_recency(self):
        assert self.histories().loc["bob"].tolist() == [0, 0, 7]

    def test_an_order_without_a_day_is_refused(self):
        with pytest.raises(DataError, match="1 of 2 orders have no day"):
            customer_days([1, 2], [np.datetime64("2026-01-01"), np.datetime64("NaT")], end=date.max)


class TestReadCustomers:
    @pytest.mark.parametrize(
        ("history", "complaint"),
        [
            (([], [], []), "no customers"),
            (([1, -1], [1, 1], [2, 2]), "1 of 2 customers have a negative frequency"),
            (([1], [-1], [2]), "negative recency"),
            (([1], [3], [2]), "recency above their age"),
            (([0], [1], [2]), "without a repeat purchase"),
            (([1.5], [1], [2]), "fractional frequency"),
            (([1], [np.nan], [2]), "missing or infinite recency"),
            (([1], [1], [np.inf]), "missing or infinite age"),
            (([1, 2], [1], [2]), "one length"),
        ],
    )
    def test_what_cannot_be_a_history_is_refused_by_name(self, history, complaint):
        with pytest.raises(DataError, match=complaint):
            read_customers(*history)

    def test_a_negative_weight_is_refused(self):
        with pytest.raises(DataError, match="negative weights"):
            read_customers([1], [1], [2], [-1])

    def test_a_frame_without_age_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="lacks 'age'"):
            read_customers(pd.DataFrame({"frequency": [1], "recency": [1]}))

    def test_frequency_alone_is_no_history(self):
        with pytest.raises(DataError, match="frequency, recency and age"):
            read_customers([1])


class TestReduce:
    def test_alike_customers_become_one_cell(self):
        cells = reduce(read_customers([2, 2, 0, 0], [3, 3, 0, 0], [5, 5, 5, 9]))
        assert cells.weight.tolist() == [2]
        assert cells.customers == 4
        assert cells.weight_of_frequency.tolist() == [2, 0, 2]
        assert cells.purchases_of_age[5] == 4
        assert cells.unit == pytest.approx(6)

    def test_times_off_the_grid_keep_their_value(self):
        cells = reduce(read_customers([1, 1], [0.25, 1.75], [2.5, 2.5]))
        times = cells.times * cells.unit
        assert times[cells.recency].tolist() == [0.25, 1.75]
        assert times[cells.age].tolist() == [2.5, 2.5]

    def test_a_history_of_no_weight_disappears(self):
        cells = reduce(read_customers([1, 2], [1, 1], [2, 2], [0, 3]))
        assert cells.weight.tolist() == [3]
        assert cells.customers == 3
