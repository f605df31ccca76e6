"""A small real lake of two years of orders, and the current folder in its workspace."""

import pytest

from tests.store.shop import Shop, batch, order


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Return a shop whose customers buy in 2016 and 2017; half of them come back."""
    folder = tmp_path_factory.mktemp("lab")
    shop = Shop(folder)
    rows = [
        order(f"o{n}-{again}", f"{2016 + n % 2}-{1 + n % 9 + again:02}-10 10:00:00", f"{20 + n}")
        | {"customer_id": f"c{n}", "channel": ("store", "live")[n % 3 == 0]}
        for n in range(240)
        for again in range(1 + n % 2)
    ]
    rows.append(order("last", "2017-12-31 10:00:00", "10"))
    shop.load(batch("orders", *rows, file="orders.csv"))
    return shop


@pytest.fixture
def here(shop, monkeypatch):
    monkeypatch.setenv("INSIGHTS_WORKSPACE", str(shop.settings.root))
    return shop
