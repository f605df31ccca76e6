"""A small real lake of one year of orders, and the current folder in its workspace."""

import pytest

from tests.store.shop import Shop, batch, order


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Return a shop whose customers begin in four months of 2017; half of them come back."""
    folder = tmp_path_factory.mktemp("lab")
    shop = Shop(folder)
    rows = [
        order(f"o{n}-{step}", f"2017-{1 + n // 8 % 4 + step:02}-10 10:00:00", f"{20 + n}", f"c{n}")
        | {"channel": ("store", "douyin")[n % 3 == 0]}
        for n in range(240)
        # Half of them come back, of whom half after a month and half after two.
        for step in ((0,), (0, 1), (0,), (0, 2))[n % 4]
    ]
    rows.append(order("last", "2017-12-31 10:00:00", "10", "c0"))
    shop.load(batch("orders", *rows, file="orders.csv"))
    return shop


@pytest.fixture
def here(shop, monkeypatch):
    monkeypatch.setenv("INSIGHTS_WORKSPACE", str(shop.settings.root))
    return shop
