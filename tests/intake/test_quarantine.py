import json

import duckdb
import pytest

from insights import schema
from tests.store.shop import batch, order

DAY = "2024-01-05 10:00:00"


@pytest.fixture
def kept(shop):
    def rows(table="orders"):
        path = shop.quarantine() / shop.current().load_id / f"{table}.parquet"
        found = duckdb.sql(f"SELECT * FROM read_parquet('{path}') ORDER BY file, row_number")
        return found.to_arrow_table().to_pylist()

    return rows


class TestQuarantine:
    def test_holds_reasons_file_and_row_number(self, shop, kept):
        shop.load(
            batch("orders", order("A", DAY, "1.50"), order("B", DAY, "-1.50"), file="1.csv"),
            batch("orders", order("C", DAY, "1.50", channel="shop"), file="2.csv"),
        )
        first, second = kept()
        assert (first["table_name"], first["file"], first["row_number"]) == ("orders", "1.csv", 3)
        assert first["reasons"] == "goods_amount_negative, paid_amount_negative"
        assert (second["file"], second["reasons"]) == ("2.csv", "channel_unknown")
        assert json.loads(second["row"])["order_id"] == "C"
        assert json.loads(second["row"])["channel"] == "shop"

    def test_holds_no_value_that_names_a_person(self, shop, kept):
        phone = "13800138000"
        identity = {
            "id_type": "phone",
            "namespace": "shop",
            "id_value": phone,
            "customer_id": "C1",
            "method": "native",
            "probability": "1",
            "first_seen_at": DAY,
            "last_seen_at": DAY,
        }
        shop.load(
            batch("orders", order("A", DAY, "-1.50", buyer_ref=phone)),
            batch("identities", identity),
        )
        for table in ("orders", "identities"):
            (row,) = kept(table)
            personal = {c.name for c in schema.get(table).columns if c.personal}
            assert personal
            assert not personal & set(json.loads(row["row"]))
        files = [path for path in shop.folder.rglob("*") if path.is_file()]
        assert not [path for path in files if phone.encode() in path.read_bytes()]

    def test_holds_no_value_that_could_not_be_read(self, shop, kept):
        """What stands in a column of money and is none may be a name from the next column."""
        shop.load(batch("orders", order("A", DAY, "1.50", paid_amount="Wang Fang")))
        (row,) = kept()
        assert json.loads(row["row"])["paid_amount"] is None
        assert "Wang" not in str(row)

    def test_is_not_made_where_nothing_was_refused(self, shop):
        shop.load(batch("orders", order("A", DAY, "1.50")))
        assert not shop.quarantine().exists()

    def test_holds_the_rows_of_a_table_that_came_in_turns_with_another(self, shop, kept):
        bad = [order(key, DAY, "-1.50") for key in "ABC"]
        shop.load(
            batch("orders", bad[0], file="1.csv"),
            batch("refunds", {"refund_id": "R"}),
            batch("orders", *bad[1:], file="2.csv"),
        )
        assert [json.loads(row["row"])["order_id"] for row in kept()] == ["A", "B", "C"]
        assert len(kept("refunds")) == 1
