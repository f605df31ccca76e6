"""What became known of an order and when adds up to what the marts say as of each day."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from tests.store.shop import batch, order, refund

DAYS = [date(2024, 1, day) for day in range(1, 13)]
LAST = DAYS[-1]
ASKED = """
SELECT order_id, CAST(SUM(net_amount) AS DECIMAL(18, 2)) AS net
FROM purchase_changes
WHERE paid_at < TIMESTAMP '{end}' AND known_at < TIMESTAMP '{end}'
GROUP BY order_id HAVING SUM(net_amount) > 0 ORDER BY order_id
"""
EXPECTED = """
SELECT order_id, net_amount FROM order_net
WHERE left_out IS NULL AND customer_id IS NOT NULL ORDER BY order_id
"""


def at(day: int) -> str:
    return f"2024-01-{day:02d} 10:00:00"


@pytest.fixture
def chance():
    """Orders with refunds of every sort: of a line or the whole, told or read off a status."""
    rng = np.random.default_rng(1)
    orders, refunds = [], []
    for number in range(120):
        orders.append(order(f"{number:03d}", at(int(rng.integers(1, 6))), "60.00"))
        for _ in range(rng.integers(0, 5)):
            line = (None, "a", "b")[rng.integers(3)]
            refunds.append(
                refund(str(len(refunds)), f"{number:03d}", at(int(rng.integers(1, 12))), "20.00")
                | {"line_id": line, "is_estimated": ("true", "false")[rng.integers(2)]}
            )
    orders += [
        order("gift", at(1), "60.00", is_gift="true"),
        order("nobody", at(1), "60.00", None),
        order("trifle", at(1), "1.00"),
    ]
    return batch("orders", *orders), batch("refunds", *refunds)


def test_what_was_known_by_a_day_is_what_the_lake_says_as_of_it(shop, chance):
    shop.load(*chance)
    for day in DAYS:
        end = day + timedelta(days=1)
        assert shop.ask(ASKED.format(end=end), as_of=LAST) == shop.ask(EXPECTED, as_of=day), day


def test_a_lake_of_an_earlier_day_knows_no_later_change(shop, chance):
    shop.load(*chance)
    assert shop.ask(ASKED.format(end="2025-01-01"), as_of=DAYS[5]) == shop.ask(
        ASKED.format(end=DAYS[6]), as_of=LAST
    )


def test_a_status_counts_until_the_after_sale_export_tells_better(shop):
    told = refund("2", "1", at(4), "20.00") | {"line_id": "a"}
    guessed = refund("1", "1", at(2), "60.00") | {"is_estimated": "true"}
    shop.load(batch("orders", order("1", at(1), "60.00")), batch("refunds", guessed, told))
    found = shop.ask(
        "SELECT known_at, net_amount FROM purchase_changes ORDER BY 1, 2", as_of=DAYS[4]
    )
    assert [(when.day, amount) for when, amount in found] == [
        (1, Decimal(60)),
        (2, Decimal(-60)),
        (4, Decimal(-20)),
        (4, Decimal(60)),
    ]
