"""Rows of a batch: what is read as a value, what is refused and why, which of two rows wins."""

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from insights import schema
from insights.errors import IntakeError
from insights.intake import doubled
from insights.intake.staging import Staging
from insights.sources import Batch
from insights.store.engine import connect
from tests.store.shop import batch, order

NOW = datetime(2026, 6, 30, 12)
DAY = "2024-01-05 10:00:00"


@pytest.fixture
def staging(shop, tmp_path):
    with connect(shop.settings, shop.settings.brand()) as connection:
        yield Staging(connection, tmp_path, source="tills", loaded_at=NOW)


@pytest.fixture
def stage(staging):
    """Stage batches of one table; return the accounting, the fit rows and the reasons by row."""

    def staged(*batches):
        for given in batches:
            staging.take(given)
        (name,) = staging.tables
        found = staging.settle(name)
        ask = staging._connection.sql
        fit = ask(f"SELECT * FROM {found.relation}").to_arrow_table().to_pylist()
        refused = ask(f"SELECT _row, _reasons FROM {found.refusals} ORDER BY ALL").fetchall()
        assert found.read == found.fit + found.superseded + found.refused
        assert found.fit == len(fit)
        return found, fit, refused

    return staged


class TestValues:
    def test_text_becomes_what_is_declared_and_absent_columns_are_unknown(self, stage):
        _, (row,), _ = stage(batch("orders", order("A", DAY, "12.30", is_gift="true")))
        assert row["paid_amount"] == Decimal("12.30")
        assert row["created_at"] == datetime(2024, 1, 5, 10)
        assert (row["is_gift"], row["is_test"]) == (True, False)
        assert row["store_id"] is None
        assert (row["source"], row["loaded_at"], row["_month"]) == ("tills", NOW, "2024-01")

    def test_values_of_other_types_are_taken_where_nothing_is_lost(self, stage):
        given = order("A", datetime(2024, 1, 5, 10), 12.3, customer=7, paid_at=date(2024, 1, 6))
        _, (row,), _ = stage(batch("orders", given | {"goods_amount": Decimal("12.3000")}))
        assert (row["paid_amount"], row["goods_amount"]) == (Decimal("12.30"), Decimal("12.30"))
        assert (row["customer_id"], row["paid_at"]) == ("7", datetime(2024, 1, 6))

    def test_a_whole_number_may_come_as_a_fraction_or_text_but_is_never_rounded(self, stage):
        rows = [
            {
                "customer_id": f"C{number}",
                "first_seen_at": DAY,
                "first_source": "tills",
                "birth_month": month,
                "link_quality": "single",
                "is_staff": "false",
                "is_test": "false",
            }
            for number, month in enumerate(["3", "4.0", "4.5", "May", "13"])
        ]
        found, fit, refused = stage(batch("customers", *rows))
        assert [row["birth_month"] for row in fit] == [3, 4]
        assert [reasons for _, reasons in refused] == [
            "birth_month_not_integer",
            "birth_month_not_integer",
            "birth_month_too_high",
        ]
        assert found.reasons == {"birth_month_not_integer": 2, "birth_month_too_high": 1}

    @pytest.mark.parametrize(
        "at",
        [
            "yesterday",
            "2024-02-30 10:00:00",
            "infinity",
            "-infinity",
            "2024-01-05T10:00:00Z",
            "2024-01-05 10:00:00+08:00",
            "2024-01-05 10:00:00.5 +0800",
            "2024-01-05 10:00-05",
        ],
    )
    def test_what_is_no_time_of_the_brands_clock_is_refused(self, stage, at):
        _, fit, refused = stage(batch("orders", order("A", at, "1.50", paid_at=None)))
        assert fit == []
        assert refused == [(2, "created_at_not_timestamp, created_at_missing")]

    @pytest.mark.parametrize("at", ["2024-01-05", "2024-01-05 10:00", "2024-01-05T10:00:00.25"])
    def test_a_time_without_a_zone_is_one(self, stage, at):
        _, fit, _ = stage(batch("orders", order("A", at, "1.50")))
        assert fit[0]["created_at"] == datetime.fromisoformat(at)

    @pytest.mark.parametrize(
        "amount",
        ["1,234.00", "¥12", "", "nan", "99999999999999999.99", 1e20, float("inf"), float("nan")],
    )
    def test_what_is_no_amount_or_too_large_for_one_is_refused(self, stage, amount):
        _, fit, refused = stage(batch("orders", order("A", DAY, "1.50", paid_amount=amount)))
        assert fit == []
        assert refused == [(2, "paid_amount_not_money, paid_amount_missing")]

    def test_the_largest_amount_is_kept_to_the_cent(self, stage):
        _, fit, _ = stage(batch("orders", order("A", DAY, "9999999999999999.99")))
        assert fit[0]["paid_amount"] == Decimal("9999999999999999.99")


class TestReasons:
    def test_unknown_is_null_and_never_blank(self, stage):
        _, fit, refused = stage(
            batch(
                "orders",
                order("A", DAY, "1.50", store_id=""),
                order("B", DAY, "1.50", store_id="  "),
                order("C", DAY, "1.50", store_id=None),
            )
        )
        assert [row["order_id"] for row in fit] == ["C"]
        assert refused == [(2, "store_id_blank"), (3, "store_id_blank")]

    def test_a_key_that_is_unknown_or_blank_is_refused(self, stage):
        _, fit, refused = stage(
            batch("orders", order("", DAY, "1.50"), order("A", DAY, "1.50") | {"order_id": None})
        )
        assert fit == []
        assert refused == [(2, "order_id_missing"), (3, "order_id_missing")]

    def test_all_reasons_of_a_row_are_given(self, stage):
        bad = order("A", "2027-01-01 10:00:00", "-5.00", channel="shop", status=None)
        found, _, ((_, reasons),) = stage(batch("orders", bad))
        assert reasons.split(", ") == [
            "channel_unknown",
            "created_at_in_future",
            "paid_at_in_future",
            "status_missing",
            "goods_amount_negative",
            "paid_amount_negative",
        ]
        assert found.refused == 1
        assert sum(found.reasons.values()) == 6

    def test_today_is_no_future_to_its_end(self, stage):
        _, fit, refused = stage(
            batch(
                "orders",
                order("A", "2026-06-30 23:59:59.999999", "1.50"),
                order("B", "2026-07-01 00:00:00", "1.50"),
            )
        )
        assert [row["order_id"] for row in fit] == ["A"]
        assert refused == [(3, "created_at_in_future, paid_at_in_future")]

    def test_a_predicate_that_cannot_be_told_is_no_reason(self, stage):
        assert '"paid_at" <= $now' in dict(schema.reasons(schema.get("orders"))).values()
        _, fit, _ = stage(batch("orders", order("A", DAY, "1.50", paid_at=None)))
        assert len(fit) == 1


class TestLatestRowWins:
    @pytest.fixture
    def paid(self, stage):
        def winner(*batches):
            found, (row,), _ = stage(*batches)
            assert found.superseded == found.read - 1 - found.refused
            return str(row["paid_amount"])

        return winner

    def test_the_later_row_of_a_file(self, paid):
        assert paid(batch("orders", order("A", DAY, "1.50"), order("A", DAY, "2.50"))) == "2.50"

    def test_whatever_the_order_in_which_the_rows_arrive(self, paid):
        late = order("A", DAY, "2.50") | {"_row": 9}
        assert paid(batch("orders", late, order("A", DAY, "1.50") | {"_row": 3})) == "2.50"

    def test_the_later_file_whatever_its_row_numbers(self, paid):
        first = batch("orders", order("A", DAY, "1.50") | {"_row": 99}, file="1.csv")
        assert paid(first, batch("orders", order("A", DAY, "2.50"), file="2.csv")) == "2.50"

    def test_of_one_row_that_gives_two_the_one_that_came_later(self, paid):
        twice = [order("A", DAY, amount) | {"_row": 5} for amount in ("1.50", "2.50")]
        assert paid(batch("orders", *twice)) == "2.50"

    def test_a_refused_row_outdoes_none(self, paid):
        rows = order("A", DAY, "1.50"), order("A", DAY, "2.50", channel="shop")
        assert paid(batch("orders", *rows)) == "1.50"

    def test_over_many_rows_and_threads(self, paid):
        """Enough for several row groups, written by several threads."""
        count = 300_000
        rows = {name: [value] * count for name, value in order("A", DAY, "").items()}
        rows["paid_amount"] = [f"{number}.00" for number in range(count)]
        rows["_row"] = list(range(count))
        rows["goods_amount"] = ["1.00"] * count
        stream = pa.table(rows).to_reader(max_chunksize=5_000)
        assert paid(Batch("orders", stream, "a.csv", "0" * 64)) == f"{count - 1}.00"


class TestRowsOfOneKeyMerge:
    """As a later export merges with the lake, in the order of batches and rows."""

    def test_what_a_later_row_does_not_know_stays(self, stage):
        found, (row,), _ = stage(
            batch("orders", order("A", DAY, "1.50", store_id="7", seller_ref="G1"), file="1.csv"),
            batch("orders", order("A", DAY, "2.50", seller_ref="G2"), file="2.csv"),
        )
        assert (row["store_id"], row["seller_ref"], str(row["paid_amount"])) == ("7", "G2", "2.50")
        assert row["file_sha256"] == batch("orders", file="2.csv").file_sha256
        assert (found.superseded, found.fit) == (1, 1)

    def test_a_status_only_moves_forward(self, stage):
        rows = [order("A", DAY, "1.50", status=status) for status in ("paid", "done", "shipped")]
        _, (row,), _ = stage(batch("orders", *rows))
        assert row["status"] == "done"

    def test_times_take_the_least_and_the_greatest(self, stage):
        def link(first, last):
            ends = {
                f"{side}_{part}": f"{part}1"
                for side in ("left", "right")
                for part in ("type", "namespace", "value")
            }
            times = {"first_seen_at": first, "last_seen_at": last, "snapshot_at": None}
            return {"evidence": "tills.members", **ends, **times}

        _, (row,), _ = stage(
            batch(
                "identity_links",
                link("2024-01-02", "2024-01-03"),
                link("2024-01-01", "2024-01-09"),
                link("2024-01-04", "2024-01-05"),
            )
        )
        assert (row["first_seen_at"].day, row["last_seen_at"].day) == (1, 9)

    def test_the_month_is_that_of_the_last_row(self, stage):
        rows = order("A", DAY, "1.50"), order("A", "2024-03-01", "1.50", store_id="7")
        _, (row,), _ = stage(batch("orders", *rows))
        assert row["_month"] == "2024-03"

    def test_keys_once_and_keys_twice_over_many_chunks(self, stage, monkeypatch):
        monkeypatch.setattr(doubled, "ROWS_AT_ONCE", 7)
        first = [order(f"A{n}", DAY, "1.50", store_id=str(n)) for n in range(40)]
        second = [order(f"A{n}", DAY, "2.50") for n in range(20, 60)]
        found, fit, _ = stage(
            batch("orders", *first, file="1.csv"), batch("orders", *second, file="2.csv")
        )
        assert (found.read, found.fit, found.superseded) == (80, 60, 20)
        assert {row["order_id"]: (row["store_id"], str(row["paid_amount"])) for row in fit} == {
            f"A{n}": (str(n) if n < 40 else None, "1.50" if n < 20 else "2.50") for n in range(60)
        }


class TestDefectsOfAnAdapter:
    @pytest.mark.parametrize(
        ("columns", "says"),
        [
            (
                {"order_no": ["A"]},
                "'order_no' for the table 'orders', which has no such .*order_id",
            ),
            ({"source": ["me"]}, "'source' for the table 'orders', which has no such column"),
            ({"order_id": [1.0]}, r"'orders\.order_id' as numbers with a fraction; an id is text"),
            (
                {"created_at": pa.array([0], pa.timestamp("us", "UTC"))},
                r"'orders\.created_at' with a time zone",
            ),
        ],
    )
    def test_stop_the_load(self, staging, columns, says):
        rows = pa.table({"_row": [2], **columns})
        with pytest.raises(IntakeError, match=f"The source 'tills' offers {says}"):
            staging.take(Batch("orders", rows, "a.csv", "0" * 64))

    def test_rows_without_a_number_are_refused(self, staging):
        with pytest.raises(IntakeError, match="without '_row'"):
            staging.take(Batch("orders", pa.table({"order_id": ["A"]}), "a.csv", "0" * 64))

    def test_a_stream_that_breaks_off_is_told_with_the_adapters_words(self, staging):
        head = pa.table({"order_id": ["A"], "_row": [2]})

        def rows():
            yield from head.to_batches()
            raise ValueError("row 3 has 7 cells instead of 2")

        stream = pa.RecordBatchReader.from_batches(head.schema, rows())
        with pytest.raises(
            IntakeError, match=r"(?s)rows of a\.csv for 'orders'.*row 3 has 7 cells"
        ):
            staging.take(Batch("orders", stream, "a.csv", "0" * 64))
