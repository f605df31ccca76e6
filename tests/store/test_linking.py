"""Linking: the same trade, reloaded with a tenth more of its orders linked, has not grown."""

from datetime import date, timedelta

import pytest

from insights.analyses import cohorts
from tests.store.shop import batch, order

AS_OF = "2025-03-31"
ORDERS = 120  # A quarter; each of another buyer, for 100.


def trade(known):
    """Two quarters a year apart, alike but for how many orders name their buyer."""
    rows = []
    for year, share in ((2024, 0.5), (2025, known)):
        for number in range(ORDERS):
            day = date(year, 1, 1) + timedelta(days=number * 3 // 4)
            name = f"C{number}" if number < share * ORDERS else None
            rows.append(order(f"{year}-{number}", f"{day} 10:00:00", "100.00", customer=name))
    return batch("orders", *rows)


@pytest.mark.parametrize(("known", "moved"), [(0.5, False), (0.55, True)])
def test_a_tenth_more_links_are_no_growth(shop, known, moved):
    shop.load(trade(known))
    lake = shop.open(as_of=AS_OF)
    quarters, months = lake.mart("growth_quarters"), lake.mart("sales_month")
    found = cohorts.growth(quarters, as_of=lake.as_of, months=months)
    parts = found.parts.set_index("part")
    assert parts.loc["customers", "effect"] == pytest.approx(0, abs=1e-6)
    assert parts.loc["identity", "effect"] == pytest.approx(600 if moved else 0)
    assert ("growth_identity" in {claim.key for claim in found.claims}) is moved
    assert not parts.drop(index="identity")["sure"].any()
