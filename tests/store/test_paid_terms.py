"""The mart of paid terms on a handful of rows, worked out by hand."""

import pytest

from tests.store.shop import Shop, batch, order


def paid(number, customer, start, end):
    return {
        "membership_id": f"M{number}",
        "customer_id": customer,
        "program": "paid",
        "started_at": start,
        "ended_at": end,
        "fee_amount": "1000.00",
    }


@pytest.fixture(scope="module")
def terms(tmp_path_factory):
    """C1 buys once with and once without the column of reductions, C2 only without, C3 never."""
    shop = Shop(tmp_path_factory.mktemp("terms"))
    year = ("2023-01-01 00:00:00", "2024-01-01 00:00:00")
    shop.load(
        batch("memberships", *(paid(n, f"C{n}", *year) for n in (1, 2, 3))),
        batch(
            "orders",
            order("told", "2023-02-01 10:00:00", "300.00", discount_retail_amount="60.00"),
            order("untold", "2023-03-01 10:00:00", "200.00"),
            order("other", "2023-03-01 10:00:00", "50.00", customer="C2"),
            order("after", "2024-04-29 10:00:00", "70.00", discount_retail_amount="7.00"),
        ),
    )
    rows = shop.ask(
        "SELECT customer_id, net_amount, discount_amount, net_told_amount FROM paid_terms "
        "ORDER BY customer_id",
        as_of="2024-04-30",
    )
    return {who: amounts for who, *amounts in rows}


def test_sales_that_tell_their_reductions_are_counted_apart(terms):
    assert [float(amount) for amount in terms["C1"]] == [500, 60, 300]


@pytest.mark.parametrize(("who", "net"), [("C2", 50), ("C3", 0)])
def test_where_no_order_tells_them_nothing_is_told(terms, who, net):
    assert [float(terms[who][0]), terms[who][1], float(terms[who][2])] == [net, None, 0]
