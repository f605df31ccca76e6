"""What the load logs tell, and the marts that the data health report asks."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from insights.errors import LakeError
from insights.store import history
from tests.store.shop import batch, order, refund, sha

ZONE = ZoneInfo("Asia/Shanghai")
LAST = "20990101T000000000000Z"


def account(file, adapter="douyin.orders", **more):
    return {
        "file": file,
        "sha256": sha(file),
        "adapter": adapter,
        "rows_read": 10,
        "rows_used": 7,
        "rows_skipped": 2,
        "rows_refused": 1,
        "skipped": {"repeated": 1, "footer": 1},
        "refused": {"支付完成时间_not_time": 1},
        "unknown_headers": ["新列"],
        "missing_columns": [],
        "remarks": [],
        "totals": {"订单应付金额": ["99.90", "99.90"]},
        "first_at": "2026-05-01 08:00:00",
        "last_at": "2026-05-31 22:15:00",
        "tables": {"orders": 5},
    } | more


def table(name, rows_in=10, kept=8, merged=1, **reasons):
    return {
        "table": name,
        "rows_in": rows_in,
        "kept": kept,
        "merged": merged,
        "quarantined": rows_in - kept - merged,
        "reasons": reasons,
    }


@pytest.fixture
def keep(tmp_path):
    """Put a load's log where the lake keeps it."""

    def kept(load_id, at="2026-06-01T00:30:00Z", **log):
        folder = tmp_path / "shop" / "lake"
        (folder / "loads").mkdir(parents=True, exist_ok=True)
        text = json.dumps({"current": {"loaded_at": at}, "log": log})
        (folder / "loads" / f"{load_id}.json").write_text(text)
        return folder

    return kept


class TestFiles:
    def test_rows_that_must_stay_out_wait_for_nothing(self, keep):
        folder = keep(
            "20260601T000000000000Z",
            source="tills",
            tables=[table("contacts", 10, 6, 1, forgotten=2, at_missing=1)],
        )
        row = history.files(folder, LAST, ZONE).iloc[0]
        assert (row["rows_used"], row["rows_skipped"], row["rows_refused"]) == (7, 2, 1)

    def test_taking_somebody_out_is_no_source(self, keep):
        folder = keep("20260601T000000000000Z", source="forget", tables=[], forgotten={"orders": 1})
        assert history.files(folder, LAST, ZONE).empty

    def test_a_source_that_is_no_file_is_one_row_a_load(self, shop):
        shop.load(
            batch("orders", order("o1", "2026-05-01 10:00:00", "10"), order("o2", "soon", "10"))
        )
        row = shop.open().files().iloc[0]
        assert row["source"] == "tills"
        assert (row["rows_read"], row["rows_used"], row["rows_refused"]) == (2, 1, 1)
        assert row["unknown_headers"] == ()

    def test_a_file_is_told_by_its_digest_and_never_by_its_name(self, keep):
        folder = keep("20260601T000000000000Z", source="files", files=[account("张三.csv")])
        frame = history.files(folder, LAST, ZONE)
        assert "张三" not in frame.to_csv()
        assert frame["file"].tolist() == [sha("张三.csv")[:12]]

    def test_an_account_becomes_one_row_with_its_events_headers_and_totals(self, keep):
        off = account("june.csv", totals={"运费": ["1.00", "1.25"], "实付": ["5", "5"]})
        off |= {"held": {"orders.paid_amount": "5", "order_lines.paid_amount": "5"}}
        off |= {"unheld": {"orders.goods_amount": "9", "refunds.amount": "1.50"}}
        row = history.files(
            keep("20260601T000000000000Z", source="files", files=[off]), LAST, ZONE
        ).iloc[0]
        assert row["source"] == "douyin.orders"
        assert row["loaded_at"] == datetime(2026, 6, 1, 8, 30)
        assert row["last_at"] == datetime(2026, 5, 31, 22, 15)
        assert (row["tables"], row["unknown_headers"]) == (("orders",), ("新列",))
        assert (row["rows_repeated"], row["totals_checked"], row["totals_off"]) == (1, 2, 0.25)
        assert (row["money_held"], row["money_unheld"]) == (5.0, 1.5)

    def test_a_file_refused_as_a_whole_has_its_reason_and_no_rows(self, keep):
        folder = keep(
            "20260601T000000000000Z",
            source="files",
            files=[],
            refused_files=[
                {"file": "x.xlsx", "reason": "password", "message": "x.xlsx is locked."},
                {"file": "y.csv", "reason": "unknown", "message": "…", "nearest": "youzan.orders"},
            ],
        )
        frame = history.files(folder, LAST, ZONE)
        assert frame["refused_as"].tolist() == ["password", "unknown"]
        assert frame["source"].isna().tolist() == [True, False]
        assert frame["rows_read"].sum() == 0

    def test_a_load_after_the_one_that_is_read_is_not_told_of(self, keep):
        for load_id in ("20260601T000000000000Z", "20260602T000000000000Z"):
            folder = keep(load_id, source="files", files=[account(load_id)])
        assert len(history.files(folder, "20260601T000000000000Z", ZONE)) == 1

    def test_a_lake_without_logs_answers_in_the_same_form(self, tmp_path, keep):
        filled = history.files(
            keep("20260601T000000000000Z", source="files", files=[account("a")]), LAST, ZONE
        )
        empty = history.files(tmp_path / "nothing", LAST, ZONE)
        assert empty.empty
        assert empty.dtypes.equals(filled.dtypes)

    def test_a_log_that_cannot_be_read_is_named(self, keep):
        folder = keep("20260601T000000000000Z")
        (folder / "loads" / "20260601T000000000000Z.json").write_text("{")
        with pytest.raises(LakeError, match="20260601T000000000000Z"):
            history.files(folder, LAST, ZONE)


class TestAccounts:
    def test_every_row_offered_to_a_table_is_kept_merged_or_in_quarantine(self, shop):
        first = order("o1", "2026-05-01 10:00:00", "10")
        shop.load(batch("orders", first, order("o2", "soon", "10")))
        shop.load(batch("orders", first, order("o3", "2026-05-02 10:00:00", "10")))
        found = shop.open().accounts().query("table == 'orders'")
        assert found[["rows_in", "kept", "merged", "quarantined"]].to_numpy().tolist() == [
            [2, 1, 0, 1],
            [2, 1, 1, 0],
        ]


class TestRefusals:
    def test_a_row_is_counted_under_each_of_its_reasons(self, shop):
        good = order("o0", "2026-05-01 10:00:00", "10")
        shop.load(batch("orders", good, order("o1", "soon", "much"), order("o2", "soon", "1")))
        found = shop.open().refusals().set_index("reason")["rows"]
        assert found["created_at_not_timestamp"] == 2
        assert found["paid_amount_not_money"] == 1

    def test_files_of_one_adapter_are_added_up_beside_the_tables(self, keep):
        folder = keep(
            "20260601T000000000000Z",
            source="files",
            tables=[table("orders", paid_amount_negative=1)],
            files=[account("a.csv"), account("b.csv"), account("c.csv", "youzan.orders")],
        )
        found = history.refusals(folder, LAST, ZONE).set_index("place")["rows"]
        assert found.to_dict() == {"orders": 1, "douyin.orders": 2, "youzan.orders": 1}


def contact(contact_id, customer, added, deleted=None):
    return {
        "contact_id": contact_id,
        "customer_id": customer,
        "staff_id": "G1",
        "corp": "W1",
        "added_at": added,
        "deleted_at": deleted,
    }


class TestIdentifiedSales:
    def test_each_step_holds_the_sales_of_the_next(self, shop):
        shop.load(
            batch(
                "orders",
                order("o1", "2026-05-01 10:00:00", "10", None),
                order("o2", "2026-05-02 10:00:00", "20", None, buyer_ref="buyer_id:jd:9"),
                order("o3", "2026-05-03 10:00:00", "30", "C1"),
                order("o4", "2026-05-04 10:00:00", "40", "C2"),
            ),
            batch("contacts", contact("f1", "C2", "2026-05-01 00:00:00")),
        )
        assert shop.ask(
            "SELECT orders, net_amount, keyed_amount, known_amount, contact_amount "
            "FROM identified_sales"
        ) == [(4, 100, 90, 70, 40)]

    def test_a_contact_counts_from_the_day_it_was_added_until_it_was_lost(self, shop):
        shop.load(
            batch(
                "orders",
                order("o1", "2026-05-01 10:00:00", "3", channel="jd"),
                order("o2", "2026-05-03 10:00:00", "2", channel="tmall"),
                order("o3", "2026-05-05 10:00:00", "4", channel="douyin"),
            ),
            batch(
                "contacts",
                contact("f1", "C1", "2026-05-02 00:00:00", "2026-05-04 00:00:00"),
                contact("f2", "C1", "2026-05-02 12:00:00", "2026-05-04 00:00:00"),
            ),
        )
        found = dict(shop.ask("SELECT channel, contact_amount FROM identified_sales"))
        assert {name: int(amount) for name, amount in found.items()} == {
            "jd": 0,
            "tmall": 2,
            "douyin": 0,
        }

    def test_what_was_refunded_is_no_sale(self, shop):
        shop.load(
            batch(
                "orders",
                order("o1", "2026-05-01 10:00:00", "10"),
                order("o2", "2026-05-01 10:00:00", "10"),
            ),
            batch(
                "refunds",
                refund("r1", "o1", "2026-05-02 10:00:00", "4"),
                refund("r2", "o2", "2026-05-02 10:00:00", "10"),
            ),
        )
        assert shop.ask("SELECT orders, net_amount FROM identified_sales", as_of="2026-05-03") == [
            (1, 6)
        ]


class TestChannelRefunds:
    def test_what_was_read_off_a_status_is_told_apart(self, shop):
        guessed = refund("r1", "o1", "2026-05-02 10:00:00", "10") | {"is_estimated": "true"}
        shop.load(
            batch(
                "orders",
                order("o1", "2026-05-01 10:00:00", "10"),
                order("o2", "2026-05-01 10:00:00", "10"),
            ),
            batch("refunds", guessed, refund("r2", "o2", "2026-05-02 10:00:00", "3")),
        )
        found = shop.ask(
            "SELECT orders, gross_amount, refund_amount, estimated_amount FROM channel_refunds",
            as_of="2026-05-03",
        )
        assert found == [(2, 20, 13, 10)]


class TestStrayRefunds:
    def test_are_those_of_which_no_order_is_known(self, shop):
        shop.load(
            batch("orders", order("o1", "2026-05-01 10:00:00", "10")),
            batch(
                "refunds",
                refund("r1", "o1", "2026-05-02 10:00:00", "4"),
                refund("r2", "o0", "2026-05-02 10:00:00", "3"),
                refund("r3", "o9", "2026-05-03 10:00:00", "2"),
                refund("r4", "o8", "2026-05-04 10:00:00", "1"),
            ),
        )
        asked = """SELECT source, refunds, amount, CAST(first_on AS VARCHAR),
            CAST(last_on AS VARCHAR) FROM stray_refunds"""
        assert shop.ask(asked, as_of="2026-05-03") == [
            ("tills", 2, 5, "2026-05-02", "2026-05-03"),
        ]
        assert shop.ask(asked, as_of="2026-05-01") == []


class TestSourceDays:
    def test_counts_events_by_source_table_and_day(self, shop):
        shop.load(
            batch(
                "orders",
                order("o1", "2026-05-01 10:00:00", "10"),
                order("o2", "2026-05-01 23:00:00", "10"),
                order("o3", "2026-05-02 23:00:00", "10"),
            ),
            batch("refunds", refund("r1", "o1", "2026-05-02 10:00:00", "4")),
        )
        found = shop.ask(
            "SELECT source, table_name, CAST(on_date AS VARCHAR), rows FROM source_days "
            "ORDER BY ALL",
            as_of="2026-05-01",
        )
        assert found == [("tills", "orders", "2026-05-01", 2)]
