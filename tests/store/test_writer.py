"""What a load does to the tables: which rows, which months, which files."""

import json
from decimal import Decimal

import pytest
from deltalake import DeltaTable

from insights import schema
from insights.errors import LakeError
from insights.schema import declarations
from insights.store import loads, writer
from insights.store.disk import replace_text
from insights.store.engine import connect
from insights.store.views import read_parquet
from tests.store.shop import Offer, Shop, batch, line, order

JANUARY = order("A", "2024-01-05 10:00:00", "10.00")
FEBRUARY = order("B", "2024-02-05 10:00:00", "20.00")
PAID = "SELECT order_id, paid_amount FROM orders ORDER BY order_id"
MONTHS = "SELECT order_id, strftime(created_at, '%m') FROM orders ORDER BY order_id"


def target(metric):
    return {"metric": metric, "scope": "all", "period": "2024-01", "low": 1.0}


def origin(shop, order_id):
    return shop.ask(f"SELECT loaded_at, file_sha256 FROM orders WHERE order_id = '{order_id}'")


class TestMerge:
    def test_a_changed_row_replaces_and_an_unchanged_one_keeps_its_origin(self, shop):
        shop.load(batch("orders", JANUARY, order("C", "2024-01-06 10:00:00", "5.00"), file="1.csv"))
        kept, changed = origin(shop, "A"), origin(shop, "C")
        report = shop.load(
            batch("orders", JANUARY, order("C", "2024-01-06 10:00:00", "6.00"), file="2.csv")
        )
        assert shop.ask(PAID) == [("A", Decimal("10.00")), ("C", Decimal("6.00"))]
        assert origin(shop, "A") == kept
        assert origin(shop, "C") != changed
        assert (report.tables[0].kept, report.tables[0].merged) == (1, 1)

    def test_only_touched_months_are_rewritten(self, shop):
        shop.load(batch("orders", JANUARY, FEBRUARY))
        before = set(shop.current().tables["orders"].files)
        shop.load(batch("orders", JANUARY, order("B", "2024-02-05 10:00:00", "21.00")))
        after = set(shop.current().tables["orders"].files)
        assert {file.partition("/")[0] for file in before & after} == {"_month=2024-01"}
        assert {file.partition("/")[0] for file in after - before} == {"_month=2024-02"}

    def test_a_row_that_the_source_leaves_out_stays(self, shop):
        shop.load(batch("orders", JANUARY, order("C", "2024-01-06 10:00:00", "5.00")))
        shop.load(batch("orders", order("D", "2024-01-07 10:00:00", "7.00")))
        assert [row[0] for row in shop.ask(PAID)] == ["A", "C", "D"]

    def test_an_unknown_value_never_replaces_a_known_one(self, shop):
        shop.load(batch("orders", JANUARY | {"store_id": "7", "buyer_ref": "phone:global:x"}))
        kept = origin(shop, "A")
        unknown = {"store_id": None, "buyer_ref": None}
        report = shop.load(batch("orders", JANUARY | unknown, file="2.csv"))
        assert (report.tables[0].kept, report.tables[0].merged) == (0, 1)
        assert origin(shop, "A") == kept
        shop.load(batch("orders", JANUARY | unknown | {"paid_amount": "11.00"}, file="3.csv"))
        assert shop.ask("SELECT store_id, buyer_ref, paid_amount FROM orders") == [
            ("7", "phone:global:x", Decimal("11.00"))
        ]
        assert origin(shop, "A") != kept

    def test_a_known_value_replaces_another(self, shop):
        shop.load(batch("orders", JANUARY | {"store_id": "7"}))
        shop.load(batch("orders", JANUARY | {"store_id": "8"}))
        assert shop.ask("SELECT store_id FROM orders") == [("8",)]

    def test_a_status_only_moves_forward(self, shop):
        for status, shown in [("paid", "paid"), ("done", "done"), ("shipped", "done")]:
            report = shop.load(batch("orders", JANUARY | {"status": status}, file=status))
            assert shop.ask("SELECT status FROM orders") == [(shown,)]
        assert (report.tables[0].kept, report.tables[0].merged) == (0, 1)

    def test_a_first_time_only_becomes_earlier_and_a_last_one_later(self, shop):
        def seen(first, last):
            return {
                "id_type": "member_no",
                "namespace": "shop",
                "id_value": "1",
                "customer_id": "C1",
                "method": "native",
                "probability": 1.0,
                "first_seen_at": first,
                "last_seen_at": last,
            }

        shop.load(batch("orders", FEBRUARY), batch("identities", seen("2024-01-05", "2024-01-09")))
        same = shop.load(batch("identities", seen("2024-01-06", "2024-01-08")))
        assert same.tables[0].merged == 1
        shop.load(batch("identities", seen("2024-01-02", "2024-01-03")))
        shop.load(batch("identities", seen("2024-01-12", "2024-01-12")))
        assert shop.ask(
            "SELECT CAST(first_seen_at AS VARCHAR), CAST(last_seen_at AS VARCHAR) FROM identities"
        ) == [("2024-01-02 00:00:00", "2024-01-12 00:00:00")]

    def test_another_source_that_says_the_same_changes_nothing(self, shop):
        shop.load(batch("orders", JANUARY))
        report = shop.load(source=Offer((batch("orders", JANUARY, file="2.csv"),), name="other"))
        assert report.tables[0].merged == 1
        assert shop.ask("SELECT source FROM orders") == [("tills",)]

    def test_keys_with_quotes_and_other_signs_are_only_text(self, shop):
        strange = ["O'Neil", 'say "hi"', "a;b--c", "%_[x]", "单号 7", "\\n"]
        rows = [order(key, "2024-01-05 10:00:00", "1.50") for key in strange]
        shop.load(batch("orders", *rows))
        report = shop.load(batch("orders", *rows, file="again.csv"))
        assert report.tables[0].merged == len(strange)
        assert sorted(row[0] for row in shop.ask(PAID)) == sorted(strange)

    def test_a_key_of_several_columns_is_one_key(self, shop):
        first = {"metric": "sales", "scope": "all", "period": "2024-01", "low": 1.0}
        second = first | {"period": "2024-02"}
        shop.load(batch("targets", first, second))
        (account,) = shop.load(batch("targets", first | {"low": 3.0}, second)).tables
        assert (account.kept, account.merged, account.quarantined) == (1, 1, 0)

    def test_nothing_to_write_writes_nothing(self, shop):
        shop.load(batch("orders", JANUARY), batch("refunds"))
        assert "refunds" not in shop.current().tables
        assert not (shop.lake() / "refunds").exists()
        version = shop.current().tables["orders"]
        shop.load(batch("orders"), batch("order_lines"))
        assert shop.current().tables["orders"] == version


class TestMovedRows:
    """A partition date is not supposed to change; where it does, the key is still there once."""

    def test_a_row_moves_to_its_new_month(self, shop):
        shop.load(batch("orders", JANUARY, order("C", "2024-01-06 10:00:00", "5.00"), FEBRUARY))
        report = shop.load(batch("orders", order("C", "2024-03-01 00:10:00", "5.00")))
        assert shop.ask(MONTHS) == [("A", "01"), ("B", "02"), ("C", "03")]
        assert (report.tables[0].kept, report.tables[0].merged) == (1, 0)

    def test_it_takes_what_was_known_of_it_along(self, shop):
        shop.load(batch("orders", JANUARY | {"store_id": "7", "status": "done"}, FEBRUARY))
        moved = order("A", "2024-03-01 10:00:00", "10.00", status="paid")
        shop.load(batch("orders", moved, order("E", "2024-04-01 10:00:00", "1.20")))
        assert shop.ask("SELECT store_id, status FROM orders WHERE order_id = 'A'") == [
            ("7", "done")
        ]
        assert shop.ask(MONTHS) == [("A", "03"), ("B", "02"), ("E", "04")]

    def test_it_moves_between_months_that_both_get_rows(self, shop):
        shop.load(batch("orders", JANUARY, FEBRUARY))
        swapped = [order("A", "2024-02-01 10:00:00", "10.00"), order("B", "2024-01-31", "20.00")]
        report = shop.load(batch("orders", *swapped))
        assert shop.ask(MONTHS) == [("A", "02"), ("B", "01")]
        assert report.tables[0].kept == 2

    def test_a_month_whose_last_row_moved_is_empty_and_can_fill_again(self, shop):
        shop.load(batch("orders", JANUARY, FEBRUARY))
        shop.load(batch("orders", order("A", "2024-02-01 10:00:00", "10.00")))
        assert {f.partition("/")[0] for f in shop.current().tables["orders"].files} == {
            "_month=2024-02"
        }
        shop.load(batch("orders", order("E", "2024-01-09 10:00:00", "1.20")))
        assert shop.ask(MONTHS) == [("A", "02"), ("B", "02"), ("E", "01")]

    def test_two_dates_of_a_key_in_one_load_are_one_row(self, shop):
        shop.load(batch("orders", JANUARY))
        later = order("A", "2024-04-01 10:00:00", "10.00")
        shop.load(batch("orders", order("A", "2024-03-01 10:00:00", "10.00"), later))
        assert shop.ask(MONTHS) == [("A", "04")]

    def test_known_rows_cost_no_look_at_other_months(self, shop, monkeypatch):
        shop.load(batch("orders", JANUARY, FEBRUARY))
        looked = []
        read = writer.select_declared
        monkeypatch.setattr(
            writer,
            "select_declared",
            lambda path, files, *rest: looked.append(files) or read(path, files, *rest),
        )
        shop.load(batch("orders", order("B", "2024-02-05 10:00:00", "22.00")))
        assert all(file.startswith("_month=2024-02") for files in looked for file in files)


class TestRowsThatABatchOwns:
    """A batch may be the whole truth about some rows: identities are worked out, not collected."""

    @pytest.fixture
    def write(self, shop):
        shop.load(
            batch("targets", target("sales"), target("orders") | {"scope": "a"}, target("margin"))
        )

        def write(*rows):
            with connect(shop.settings, shop.settings.brand()) as connection:
                connection.register("given", batch("targets", *rows).rows)
                connection.execute(
                    "CREATE TEMP TABLE staged AS SELECT metric, scope, period, low::DOUBLE AS low, "
                    "NULL::DOUBLE AS high, 'me' AS source, TIMESTAMP '2026-01-01' AS loaded_at, "
                    "'f' AS file_sha256, NULL::TIMESTAMP AS told_at, "
                    "NULL::VARCHAR AS told_earlier, 'none' AS _month FROM given"
                )
                files, written = writer.write_table(
                    shop.lake(),
                    shop.current().tables["targets"],
                    "targets",
                    connection,
                    "staged",
                    owned="o.scope = 'all'",
                )
                read = read_parquet(shop.lake() / "targets", files.files)
                found = connection.execute(f"SELECT metric, low FROM {read} ORDER BY 1").fetchall()
            return written, found

        return write

    def test_are_replaced_and_removed_and_others_stay(self, write):
        written, found = write(target("sales") | {"low": None})
        assert found == [("orders", 1.0), ("sales", None)]
        assert (written.new, written.changed, written.same, written.removed) == (0, 1, 0, 1)

    def test_are_not_written_again_when_nothing_changed(self, write, shop):
        written, _ = write(target("sales"), target("margin"))
        assert (written.same, written.removed) == (2, 0)


class TestRedaction:
    def test_rows_are_removed_or_emptied_in_their_months_only(self, shop):
        shop.load(batch("orders", JANUARY, order("C", "2024-01-06 10:00:00", "5.00"), FEBRUARY))
        known = shop.current().tables["orders"]
        with connect(shop.settings, shop.settings.brand()) as connection:
            files, rows = writer.redact_table(
                shop.lake(),
                known,
                "orders",
                connection,
                where="order_id = 'A'",
                emptied=["customer_id"],
            )
            assert rows == 1
            kept = set(files.files) & set(known.files)
            assert {file.partition("/")[0] for file in kept} == {"_month=2024-02"}
            files, rows = writer.redact_table(
                shop.lake(), files, "orders", connection, where="order_id IN ('B', 'C')"
            )
            read = read_parquet(shop.lake() / "orders", files.files)
            found = connection.execute(f"SELECT order_id, customer_id FROM {read}").fetchall()
            assert (rows, found) == (2, [("A", None)])
            same = writer.redact_table(shop.lake(), files, "orders", connection, where="false")
            assert same == (files, 0)


class TestDeclarationsThatGrow:
    @pytest.fixture
    def declared(self, monkeypatch):
        """Let `orders` be declared with or without a column."""
        whole = schema.get("orders")

        def without(*names):
            columns = tuple(c for c in whole.columns if c.name not in names)
            table = whole.model_copy(update={"columns": columns})
            read = declarations._declared
            monkeypatch.setattr(
                declarations, "_declared", lambda name: table if name == "orders" else read(name)
            )

        return without

    def test_a_column_declared_later_is_unknown_in_old_rows(self, shop, monkeypatch, declared):
        with monkeypatch.context():
            declared("seller_ref", "freight_amount")
            shop.load(batch("orders", JANUARY, FEBRUARY))
            assert "seller_ref" not in shop.open().sql("SELECT * FROM orders").columns
        monkeypatch.undo()
        assert shop.ask("SELECT seller_ref FROM orders") == [(None,), (None,)]
        report = shop.load(batch("orders", JANUARY | {"seller_ref": "G1"}, FEBRUARY))
        assert (report.tables[0].kept, report.tables[0].merged) == (1, 1)
        assert shop.ask("SELECT order_id, seller_ref, freight_amount FROM orders ORDER BY 1") == [
            ("A", "G1", None),
            ("B", None, None),
        ]

    def test_a_column_no_longer_declared_is_not_seen(self, shop, declared):
        shop.load(batch("orders", JANUARY | {"seller_ref": "G1"}, FEBRUARY))
        declared("seller_ref")
        assert "seller_ref" not in shop.open().sql("SELECT * FROM orders").columns
        shop.load(batch("orders", order("A", "2024-01-05 10:00:00", "11.00")))
        assert shop.ask(PAID)[0] == ("A", Decimal("11.00"))

    def test_the_same_input_is_loaded_again_when_what_is_declared_changed(self, shop, declared):
        export = batch("orders", JANUARY)
        shop.load(export)
        assert shop.load(export).skipped
        declared("seller_ref")
        assert not shop.load(export).skipped


class TestPlaces:
    @pytest.mark.parametrize("name", ["a b", "门店", "100% #1 *x? 'q' \"d\"", "ü+&;@~{x}"])
    def test_a_workspace_may_be_called(self, tmp_path, name):
        shop = Shop(tmp_path / name)
        shop.load(batch("orders", JANUARY, FEBRUARY))
        shop.load(batch("orders", order("B", "2024-02-05 10:00:00", "21.00"), {"order_id": "X"}))
        assert shop.ask(PAID) == [("A", Decimal("10.00")), ("B", Decimal("21.00"))]
        assert all(not file.startswith("/") for file in shop.current().tables["orders"].files)

    @pytest.mark.parametrize("name", ["a[b]", "a|b", "a^b", "%20"])
    def test_a_name_that_delta_cannot_write_under_is_refused_before_anything_is_written(
        self, tmp_path, name
    ):
        shop = Shop(tmp_path / name)
        with pytest.raises(LakeError, match="Rename the folder"):
            shop.load(batch("orders", JANUARY))
        assert not shop.lake().exists()

    def test_a_workspace_may_be_moved(self, tmp_path):
        shop = Shop(tmp_path / "here")
        shop.load(batch("orders", JANUARY))
        (tmp_path / "here").rename(tmp_path / "there")
        shop = Shop(tmp_path / "there")
        shop.load(batch("orders", FEBRUARY))
        assert [row[0] for row in shop.ask(PAID)] == ["A", "B"]

    def test_two_brands_know_nothing_of_each_other(self, shop):
        shop.load(batch("orders", JANUARY))
        shop.load(batch("orders", FEBRUARY), brand="other")
        assert [row[0] for row in shop.ask(PAID)] == ["A"]
        assert [row[0] for row in shop.ask(PAID, "other")] == ["B"]
        assert shop.current().rows.read == shop.current("other").rows.read == 1


class TestAFileThatCannotBeWritten:
    @pytest.fixture
    def barred(self, shop, monkeypatch):
        """A folder stands where the file of February would be written."""
        shop.load(batch("orders", JANUARY))
        monkeypatch.setattr(writer, "uuid4", lambda: "taken")
        folder = shop.lake() / "orders" / "_month=2024-02" / "taken.parquet"
        folder.mkdir(parents=True)
        yield shop
        folder.rmdir()
        monkeypatch.undo()
        shop.load(batch("orders", FEBRUARY))
        assert [row[0] for row in shop.ask(PAID)] == ["A", "B"]

    def test_ends_the_load_and_leaves_what_was_there(self, barred):
        before = barred.current()
        with pytest.raises(LakeError, match=r"'orders' could not be written: .* Make room"):
            barred.load(batch("orders", FEBRUARY, JANUARY | {"paid_amount": "11.00"}))
        assert barred.current() == before
        assert barred.ask(PAID) == [("A", Decimal("10.00"))]


class TestADeltaTableThatIsNotWhatTheLoadSays:
    def test_another_writer_is_noticed(self, shop):
        shop.load(batch("orders", JANUARY))
        DeltaTable(shop.lake() / "orders").delete()
        with pytest.raises(LakeError, match="something else wrote to it"):
            shop.load(batch("orders", FEBRUARY))
        assert [row[0] for row in shop.ask(PAID)] == ["A"]

    def test_an_older_current_json_put_back_loses_no_data(self, shop):
        shop.load(batch("orders", JANUARY))
        older = (shop.lake() / loads.FILE_NAME).read_text()
        shop.load(batch("orders", FEBRUARY))
        files = sorted((shop.lake() / "orders").rglob("*"))
        replace_text(shop.lake() / loads.FILE_NAME, older)
        with pytest.raises(LakeError, match="put back from a copy"):
            shop.load(batch("orders", order("E", "2024-02-09 10:00:00", "1.20")))
        assert sorted((shop.lake() / "orders").rglob("*")) == files

    def test_a_folder_that_no_load_knows_is_left_alone(self, shop):
        shop.load(batch("orders", JANUARY))
        (shop.lake() / "order_lines").mkdir()
        with pytest.raises(LakeError, match="no load knows it"):
            shop.load(batch("order_lines", line("L1", "A", "2024-01-05 10:00:00", "10.00")))

    def test_no_checkpoint_is_written_within_a_load(self, shop):
        for number in range(3):
            shop.load(batch("orders", order("A", "2024-01-05 10:00:00", f"{number + 1}.50")))
        log = shop.lake() / "orders" / "_delta_log"
        assert [path.name for path in sorted(log.iterdir())] == [
            f"{version:020}.json" for version in range(3)
        ]


class TestTheLogOfLoads:
    def test_each_load_is_kept_with_its_accounting_and_its_files(self, shop):
        report = shop.load(batch("orders", JANUARY, {"order_id": "X"}))
        kept = json.loads((shop.lake() / "loads" / f"{report.load_id}.json").read_text())
        (account,) = kept["log"]["tables"]
        assert (account["rows_in"], account["kept"], account["quarantined"]) == (2, 1, 1)
        assert kept["current"] == shop.current().model_dump(mode="json")
