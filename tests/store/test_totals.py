"""The lake holds what the package holds, to the cent."""

from decimal import Decimal

import pytest

MONEY = {
    "paid_amount": "sales_value",
    "discount_retail_amount": "retail_disc",
    "discount_coupon_amount": "coupon_disc",
    "discount_coupon_match_amount": "coupon_match_disc",
}


def ask(real, query):
    return next(iter(real.lake.arrow(query).read_all().to_pylist()[0].values()))


class TestTheRealRetailer:
    @pytest.mark.parametrize("table", ["orders", "order_lines"])
    @pytest.mark.parametrize("column", MONEY)
    def test_money_is_the_same_to_the_cent(self, real, table, column):
        # Text in between: no binary fraction is ever added up.
        cents = f"CAST(printf('%.2f', {MONEY[column]}) AS DECIMAL(18, 2))"
        (wanted,) = real.package(f"SELECT sum({cents}) FROM {{transactions}}")
        found = ask(real, f"SELECT sum({column}) FROM {table}")
        assert isinstance(found, Decimal)
        assert found == wanted

    @pytest.mark.parametrize(
        ("query", "of_the_package"),
        [
            ("SELECT count(*) FROM order_lines", "SELECT count(*) FROM {transactions}"),
            (
                "SELECT count(*) FROM orders",
                "SELECT count(DISTINCT basket_id) FROM {transactions}",
            ),
            (
                "SELECT count(*) FROM customers",
                "SELECT count(DISTINCT household_id) FROM {transactions}",
            ),
            (
                "SELECT count(*) FROM touches WHERE kind = 'coupon_use'",
                "SELECT count(*) FROM {coupon_redemptions}",
            ),
            (
                "SELECT count(*) FROM touches WHERE kind = 'sent'",
                "SELECT count(*) FROM {campaigns}",
            ),
            ("SELECT count(*) FROM campaigns", "SELECT count(*) FROM {campaign_descriptions}"),
            ("SELECT sum(quantity) FROM order_lines", "SELECT sum(quantity) FROM {transactions}"),
        ],
    )
    def test_counts_are_the_same(self, real, query, of_the_package):
        assert ask(real, query) == real.package(of_the_package)[0]

    def test_the_mart_of_orders_loses_no_cent(self, real):
        assert ask(real, "SELECT sum(gross_amount) FROM order_net") == ask(
            real, "SELECT sum(paid_amount) FROM orders"
        )

    def test_the_lines_of_an_order_add_up_to_it(self, real):
        assert (
            ask(
                real,
                """SELECT count(*) FROM orders o JOIN (
                    SELECT order_id, sum(paid_amount) AS paid_amount, sum(list_amount) AS listed
                    FROM order_lines GROUP BY order_id
                ) l USING (order_id)
                WHERE o.paid_amount <> l.paid_amount OR o.goods_amount <> l.listed""",
            )
            == 0
        )

    def test_every_line_has_its_product_and_every_order_its_customer(self, real):
        assert (
            ask(real, "SELECT count(*) FROM order_lines l ANTI JOIN products USING (product_id)")
            == 0
        )
        assert (
            ask(real, "SELECT count(*) FROM orders o ANTI JOIN customers USING (customer_id)") == 0
        )

    def test_the_year_is_the_year_on_the_stores_clock(self, real):
        assert (str(real.lake.first_day), str(real.lake.last_day)) == ("2017-01-01", "2017-12-31")

    def test_every_row_is_accounted_for_and_none_refused(self, real):
        for table in real.report.tables:
            assert (table.rows_in, table.kept) == (table.kept, table.rows_in), table
            assert (table.merged, table.quarantined) == (0, 0), table

    def test_unknown_is_null_and_never_an_empty_text(self, real):
        for name in real.lake.current.tables:
            described = real.lake.sql(f"DESCRIBE {name}")
            texts = described.loc[described["column_type"] == "VARCHAR", "column_name"]
            blank = " + ".join(f"""count(*) FILTER (trim("{text}") = '')""" for text in texts)
            assert ask(real, f"SELECT {blank} FROM {name}") == 0, name
