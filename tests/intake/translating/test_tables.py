"""Rows of tables out of rows of files: what a block takes, and what it counts and shares."""

import json
from decimal import Decimal

import duckdb

from insights.intake.translating import totals
from tests.intake.translating.conftest import TILL, line


class TestABlockThatTakesSomeRows:
    def test_counts_places_among_all_rows_of_the_order(self, till):
        rows = line("1"), line("1", 退款="20"), line("2", 退款="5")
        till.load(till.write("a.csv", *rows))
        assert till.ask("SELECT refund_id, line_id FROM refunds ORDER BY 1") == [
            ("till:1:2:back", "till:1:2"),
            ("till:2:1:back", "till:2:1"),
        ]

    def test_shares_among_all_rows_of_the_order(self, till):
        till.declares(
            TILL.replace('amount = "退款"', 'amount = { share_of = "实收", by = "小计" }')
        )
        till.load(till.write("a.csv", line("1"), line("1", 小计="30", 退款="1")))
        assert till.ask("SELECT amount FROM refunds") == [(Decimal("30.00"),)]


class TestMoneyOfSomeRows:
    def test_is_held_against_the_rows_that_the_block_takes(self, till):
        rows = line("1"), line("1", 退款="20"), line("2", 退款="x"), line("3", 退款="5")
        report = till.load(till.write("a.csv", *rows))
        totals = report.files[0].totals
        assert totals["退款 (refunds)"] == (Decimal("25.00"), Decimal("25.00"))
        assert totals["小计"] == (Decimal("240.00"), Decimal("240.00"))


class TestAnOrderThatIsNotPaidInFull:
    def test_has_no_time_of_payment_whatever_moment_stands_beside_it(self, till):
        till.declares(
            TILL.replace('"完成" = "done"', '"完成" = "done"\n"待付尾款" = "deposit_paid"')
        )
        till.load(till.write("a.csv", line("1"), line("2", 状态="待付尾款")))
        paid = till.ask("SELECT order_id, paid_at IS NOT NULL FROM orders ORDER BY 1")
        assert paid == [("till:1", True), ("till:2", False)]
        assert till.ask("SELECT count(*) FROM order_net") == [(1,)]


class TestMoneyOfAnOrder:
    """An amount that each line of an order repeats counts once an order, in the file as in rows."""

    ROWS = (line("1"), line("1", 小计="30"), line("2", 实收="20"), line("3", 小计="x"))

    def test_is_held_against_the_file_once_an_order(self, till):
        account = till.load(till.write("a.csv", *self.ROWS)).files[0]
        assert account.totals["实收"] == (Decimal("200.00"), Decimal("200.00"))
        assert account.totals["实收 (order_lines.paid_amount)"] == account.totals["实收"]
        assert account.held["orders.paid_amount"] == Decimal("110.00")  # The third is refused.
        assert account.unheld == {}

    def test_that_is_worked_out_is_held_too(self, till):
        text = TILL.replace("[orders]", "[derive]\ndoubled = '\"小计\" * 2'\n\n[orders]")
        till.declares(text.replace('{ sum = "小计" }', '{ sum = "doubled" }'))
        account = till.load(till.write("a.csv", line("1"), line("2"))).files[0]
        assert account.totals["doubled"] == (Decimal("240.00"), Decimal("240.00"))

    def test_of_which_no_total_can_be_held_is_named(self, till):
        till.declares(TILL.replace('{ once = "实收" }', '{ greatest = "实收" }'))
        account = till.load(till.write("a.csv", *self.ROWS)).files[0]
        assert account.unheld == {"orders.paid_amount": Decimal("110.00")}
        assert account.as_json()["unheld"] == {"orders.paid_amount": "110.00"}

    def test_that_is_lost_on_the_way_stops_the_file(self, till, monkeypatch):
        monkeypatch.setattr(totals, "_in_rows", lambda fates, path, names: dict.fromkeys(names, 1))
        (refused,) = till.load(till.write("a.csv", line("1"))).refused_files
        assert refused.reason == "total_off"


class TestARefusedRow:
    def test_says_what_was_found_where_it_could_not_be_read(self, till):
        rows = (
            line("1", 小计="1.2.3"),
            line("2", 时间="2026-13-45 10:00"),
            line("3", 小计="王芳 zhang@example.com"),
            line("4", 小计="电话13900000021"),
        )
        report = till.load(till.write("a.csv", *rows))
        held = till.settings.data / till.brand.name / "quarantine" / report.load_id
        kept = duckdb.sql(f"SELECT row FROM '{held / '*.parquet'}' ORDER BY row_number").fetchall()
        first, second, third, fourth = (json.loads(row) for (row,) in kept)
        assert (first["小计"], first["实收"]) == ("1.2.3", 90.0)
        assert second["时间"] == "2026-13-45 10:00"
        assert third["小计"] == "×× ××××××e×××××e.×××"
        assert fourth["小计"] == "××###########"
