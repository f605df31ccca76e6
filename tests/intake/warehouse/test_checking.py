"""What `check` says of a frame before anything is written, and what a load takes of it."""

from datetime import datetime

import pandas as pd
import pyarrow as pa
import pytest

from insights.errors import DataError, IntakeError
from insights.intake.warehouse import check, offered
from insights.settings import Settings
from tests.store.shop import Shop


@pytest.fixture
def settings(shop: Shop) -> Settings:
    return shop.settings


def extract(**columns) -> pd.DataFrame:
    """Return what a warehouse's orders look like: its own names, its own words."""
    return pd.DataFrame(
        {
            "order_no": ["1", "2", "3"],
            "member": ["a", "a", "b"],
            "ordered": pd.to_datetime(["2026-01-01 10:00", "2026-01-02 11:00", "2026-02-01 12:00"]),
            "paid": pd.to_datetime(["2026-01-01 10:01", "2026-01-02 11:01", "2026-02-01 12:01"]),
            "state": ["完成", "完成", "完成"],
            "amount": [129.0, 88.5, 10.0],
        }
        | columns
    )


COLUMNS = {
    "order_no": "order_id",
    "member": "customer_id",
    "ordered": "created_at",
    "paid": "paid_at",
    "state": "status",
    "amount": "paid_amount",
}
FIXED = {
    "channel": "tmall",
    "shop_id": "main",
    "goods_amount": "0",
    "is_presale": False,
    "is_gift": False,
    "is_test": False,
}
WORDS = {"status": {"完成": "done", "关闭": "cancelled_unpaid"}}


def problems(settings: Settings, frame, **how) -> pd.DataFrame:
    how = {"columns": COLUMNS, "fixed": FIXED, "words": WORDS} | how
    return check(offered("orders", frame, **how), settings, settings.brand())


def said(found: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(found["column"], found["problem"], strict=True))


class TestCheck:
    def test_a_frame_that_fits_has_no_problem(self, settings):
        assert problems(settings, extract()).empty

    def test_each_required_column_that_nothing_fills_is_named_with_the_nearest(self, settings):
        found = problems(settings, extract().rename(columns={"amount": "paid_amont"}))
        row = found.set_index("column").loc["paid_amount"]
        assert (row["problem"], row["stops"]) == ("missing", True)
        assert "Did you mean 'paid_amont'?" in row["what_to_do"]

    def test_words_that_nobody_mapped_are_listed_with_how_often(self, settings):
        found = problems(settings, extract(state=["完成", "完成", "交易成功"]))
        row = found.set_index("problem").loc["unmapped words"]
        assert row["rows"] == 1
        assert "'交易成功'" in row["found"]
        assert row["stops"]

    def test_a_column_that_no_table_declares_is_left_out_and_said(self, settings):
        found = problems(settings, extract(receiver_phone=["13800000001"] * 3))
        assert said(found) == {("receiver_phone", "not declared")}
        assert not found["stops"].any()
        assert "13800000001" not in found.to_string()

    def test_ids_that_are_floating_point_numbers_stop(self, settings):
        found = problems(settings, extract(order_no=[1.0, 2.0, 3.0]))
        assert ("order_id", "ids as numbers") in said(found)

    @pytest.mark.parametrize(("unit", "per_second"), [("epoch_s", 1), ("epoch_ms", 1000)])
    def test_a_time_as_a_number_stops_until_its_unit_is_said(self, settings, unit, per_second):
        seconds = int(datetime(2026, 1, 1, 2, 0).timestamp()) * per_second
        frame = extract(ordered=[seconds] * 3)
        row = problems(settings, frame).set_index("problem").loc["a time as a number"]
        assert f"'{unit}'" in row["what_to_do"]
        assert problems(settings, frame, units={"created_at": unit}).empty

    def test_amounts_that_look_like_cents_are_asked_about_and_divided_when_said(self, settings):
        frame = extract(amount=[12900, 8850, 100000])
        assert said(problems(settings, frame)) == {("paid_amount", "cents?")}
        assert problems(settings, frame, units={"paid_amount": "fen"}).empty
        assert problems(settings, frame, units={"paid_amount": "yuan"}).empty

    def test_rows_that_a_load_would_refuse_are_counted_by_the_same_reasons(self, settings):
        found = problems(settings, extract(amount=[-1.0, 88.5, 10.0], order_no=["1", None, "3"]))
        by_reason = found.set_index("problem")
        assert by_reason.loc["paid_amount_negative", "rows"] == 1
        assert by_reason.loc["order_id_missing", "rows"] == 1
        assert not found["stops"].any()

    def test_a_doubled_key_is_said(self, settings):
        found = problems(settings, extract(order_no=["1", "1", "3"]))
        assert said(found) == {("order_id", "doubled keys")}

    @pytest.mark.parametrize(
        "value",
        ["13800000001", "+86 138-0000-0001", "phone:global:13800000001", "１３８００００００01"],
    )
    def test_phones_in_an_id_stop_and_are_not_repeated(self, settings, value):
        found = problems(settings, extract(member=["a", "b", value]))
        row = found.set_index("column").loc["customer_id"]
        assert (row["problem"], row["rows"], row["stops"]) == ("phones", 1, True)
        assert "units={'customer_id': 'phone'}" in row["what_to_do"]
        assert value not in found.to_string()

    def test_phones_that_are_said_to_be_phones_stop_nothing(self, settings):
        frame = extract(member=["13800000001", "138-0000-0001", "13900000001"])
        assert problems(settings, frame, units={"customer_id": "phone"}).empty
        assert not settings.data.exists()

    def test_numbers_of_things_that_look_like_phones_are_taken_for_them_when_said(self, settings):
        frame = extract(order_no=["13800000001", "13800000002", "13800000003"])
        row = problems(settings, frame).set_index("column").loc["order_id"]
        assert (row["problem"], row["stops"]) == ("phones", True)
        assert problems(settings, frame, units={"order_id": "code"}).empty

    def test_digits_of_digests_and_of_longer_numbers_are_no_phones(self, settings):
        frame = extract(member=["ab13800000001cd", "6913800000001", "138000000011"])
        assert problems(settings, frame).empty

    @pytest.mark.parametrize(
        ("said_by", "problem"),
        [("call 13800000001 first", "phones"), ("to ann@example.com", "e-mails")],
    )
    def test_words_that_tell_where_somebody_is_reached_stop(self, settings, said_by, problem):
        frame = pd.DataFrame({"cost_id": ["1"], "at": ["2026-01-01"], "detail": [said_by]})
        found = check(offered("touches", frame), settings, settings.brand())
        row = found.set_index("column").loc["detail"]
        assert (row["problem"], row["rows"], row["stops"]) == (problem, 1, True)
        assert said_by not in found.to_string()

    def test_checking_writes_nothing(self, settings):
        problems(settings, extract())
        assert not settings.data.exists()

    def test_an_arrow_table_and_a_parquet_file_are_checked_alike(self, settings, tmp_path):
        path = tmp_path / "orders.parquet"
        extract().to_parquet(path)
        assert problems(settings, pa.Table.from_pandas(extract())).empty
        assert problems(settings, path).empty

    def test_a_frame_without_rows_is_checked_by_its_columns(self, settings):
        found = problems(settings, extract().drop(columns="amount").head(0))
        missing = {("paid_amount", "missing"), ("amount", "not there")}
        assert said(found) == {("", "no rows"), *missing}


class TestOffered:
    def test_a_column_that_the_table_does_not_have_is_refused(self):
        with pytest.raises(DataError, match="'orders' has no column called 'paid'"):
            offered("orders", extract(), columns={"amount": "paid"})

    def test_a_unit_that_is_none_is_refused(self):
        with pytest.raises(IntakeError, match="'cents' is no unit of 'paid_amount'"):
            offered("orders", extract(), units={"paid_amount": "cents"})

    def test_what_somebody_is_known_by_is_no_number_of_a_thing(self):
        with pytest.raises(IntakeError, match="'buyer_ref' is whose a row is"):
            offered("orders", extract(), units={"buyer_ref": "code"})

    def test_money_is_no_phone(self):
        with pytest.raises(IntakeError, match="'phone' is a unit of ids"):
            offered("orders", extract(), units={"paid_amount": "phone"})

    @pytest.mark.parametrize("data", [3, None, ["a"]])
    def test_what_is_no_table_is_refused(self, settings, data):
        with pytest.raises(IntakeError, match="is no table"):
            check(offered("orders", data), settings, settings.brand())

    def test_a_file_that_is_no_parquet_is_refused_with_the_command_for_exports(
        self, settings, tmp_path
    ):
        path = tmp_path / "orders.csv"
        path.write_text("a,b\n1,2\n")
        with pytest.raises(IntakeError, match="insights ingest"):
            check(offered("orders", path), settings, settings.brand())
