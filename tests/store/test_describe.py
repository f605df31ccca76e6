import pytest

from insights.errors import DataError, UnknownTable
from insights.store.describe import describe


def test_a_table_is_described_column_by_column():
    frame = describe("orders").set_index("column")
    assert frame.loc["paid_amount", "unit"] == "currency of the brand"
    assert "wechat_transfer" in frame.loc["channel", "values"]


def test_a_mart_is_described_column_by_column():
    assert "customer_id" in set(describe("purchases")["column"])


def test_one_column_is_described_alone():
    assert describe("orders.paid_at")["column"].tolist() == ["paid_at"]


def test_what_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(UnknownTable, match="Did you mean 'orders'"):
        describe("order")
    with pytest.raises(DataError, match="Did you mean 'paid_amount'"):
        describe("orders.paid_ammount")
