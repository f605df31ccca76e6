"""Rows of tables out of rows of files: what a block takes, and what it counts and shares."""

from decimal import Decimal

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
