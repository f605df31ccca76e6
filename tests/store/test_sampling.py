"""Samples of customers: the drawn are there with all that they bought, and nobody else is."""

from datetime import date
from hashlib import md5

import pandas as pd
import pytest

from insights.errors import DataError
from insights.store import sampling
from tests.store.shop import Shop, batch, order, refund

AS_OF = date(2026, 3, 31)
COUNT = 200


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    made = Shop(tmp_path_factory.mktemp("shop"))
    rows = [
        order(f"o{n}-{month}", f"2026-0{month}-{1 + n % 27:02d} 12:00:00", str(50 + n), f"C{n:03d}")
        for n in range(COUNT)
        for month in (1, 2, 3)
        if (n + month) % 3
    ]
    back = [refund(f"r{n}", f"o{n}-1", "2026-03-05 12:00:00", str(50 + n))
            for n in range(0, COUNT, 3)]  # fmt: skip
    made.load(batch("orders", *rows), batch("refunds", *back))
    return made.open(as_of=AS_OF)


@pytest.fixture(scope="module")
def drawn(lake):
    return lake.sample(most=COUNT // 4)


def of(frame, who):
    mine = frame[frame["customer_id"].isin(who)]
    return mine.sort_values(list(mine.columns)).reset_index(drop=True)


class TestSample:
    def test_a_small_brand_is_its_own_sample(self, lake):
        assert lake.sample(most=COUNT) is lake
        assert lake.share == 1
        assert lake.everyone("customer_features") is None

    def test_so_many_are_drawn_as_asked_but_for_luck(self, drawn):
        assert drawn.share == pytest.approx(0.25)
        assert drawn.mart("customer_features")["customer_id"].nunique() == pytest.approx(50, abs=20)

    @pytest.mark.parametrize("name", ["customer_features", "purchase_changes", "purchases"])
    @pytest.mark.parametrize("day", [AS_OF, date(2026, 2, 20)])
    def test_the_drawn_are_there_with_all_that_is_known_of_them(self, lake, drawn, name, day):
        mine = drawn.mart(name, as_of=day)
        who = set(drawn.mart("customer_features")["customer_id"])
        assert len(mine) > 0
        pd.testing.assert_frame_equal(of(mine, who), of(lake.mart(name, as_of=day), who))
        assert set(mine["customer_id"]) <= who

    def test_it_is_always_the_same_people(self, lake, drawn):
        again = lake.sample(most=COUNT // 4).mart("purchases")
        pd.testing.assert_series_equal(
            again["customer_id"].drop_duplicates().sort_values(ignore_index=True),
            drawn.mart("purchases")["customer_id"].drop_duplicates().sort_values(ignore_index=True),
        )

    def test_a_greater_sample_holds_the_smaller_one(self, lake, drawn):
        greater = set(lake.sample(most=COUNT // 2).mart("purchases")["customer_id"])
        assert set(drawn.mart("purchases")["customer_id"]) < greater

    @pytest.mark.parametrize("at_once", [COUNT * 2, COUNT // 3])
    def test_everyone_streams_past_the_sample_in_one_pass_or_several(
        self, lake, monkeypatch, at_once
    ):
        monkeypatch.setattr(sampling.parts, "__defaults__", (at_once,))
        batches = lake.sample(most=COUNT // 4).everyone("customer_features")
        who = [one for batch in batches for one in batch.column("customer_id").to_pylist()]
        assert sorted(who) == sorted(lake.mart("customer_features")["customer_id"])
        assert len(who) == COUNT

    def test_going_through_everybody_holds_no_more_than_a_report_may(self, lake, monkeypatch):
        held = []
        monkeypatch.setattr(
            "insights.store.lake.hold_at_most", lambda _connection, most, _: held.append(most)
        )
        monkeypatch.setattr(sampling.parts, "__defaults__", (COUNT // 3,))
        assert list(lake.sample(most=COUNT // 4).everyone("customer_features"))
        assert set(held) == {sampling.MOST_MEMORY}
        assert len(held) > 3  # The sample's own engine, and one of each part.

    def test_a_mart_that_is_not_of_customers_is_refused(self, drawn):
        with pytest.raises(DataError, match="'sales_day' has no customer_id"):
            drawn.mart("sales_day")

    def test_nobody_drawn_and_nobody_asked_for_are_refused(self, lake):
        with pytest.raises(DataError, match="1 customer or more"):
            lake.sample(most=0)
        with pytest.raises(DataError, match="holds nobody"):
            type(lake.sample(most=50))(lake, 1e-9, COUNT)

    def test_it_says_that_it_is_one(self, drawn):
        assert "25.00% of the customers" in repr(drawn)


def test_the_lots_are_fair():
    lots = [md5(f"c{n}".encode(), usedforsecurity=False).hexdigest()[:8] for n in range(20_000)]
    bound = sampling.drawn(0.1).split("'")[1]
    assert sum(one < bound for one in lots) == pytest.approx(2_000, abs=150)
