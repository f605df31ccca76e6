"""The mart of first purchases in public and in private shops, against plain pandas and by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.store.shop import batch, line, order, refund

PRIVATE = ["youzan", "wx_store", "self_mall", "wechat_transfer"]
PRODUCTS = {"P1": "Shoes", "P2": "Coats", "P3": "Hats", "P4": None}
KEYS = ["first_on", "private_on", "category", "price_band", "same"]
AS_OF = "2024-12-31"


def made(seed, customers=40, orders=300):
    """Orders of one to three lines each, some gifts, tests, refunded or of nobody known."""
    rng = np.random.default_rng(seed)
    bought, lines, back = [], [], []
    for number in range(orders):
        day = pd.Timestamp("2024-01-01 10:00") + pd.Timedelta(days=int(rng.integers(0, 366)))
        at, amounts = str(day), rng.integers(100, 40_000, rng.integers(1, 4)) / 100
        name = f"o{number}"
        bought.append(
            order(
                name,
                at,
                f"{amounts.sum():.2f}",
                customer=f"C{rng.integers(0, customers)}" if rng.random() < 0.95 else None,
                channel=str(rng.choice(["tmall", "douyin", "store", *PRIVATE])),
                is_gift=str(rng.random() < 0.05).lower(),
                is_test=str(rng.random() < 0.03).lower(),
            )
        )
        for nth, amount in enumerate(amounts):
            product = str(rng.choice(list(PRODUCTS)))
            free = str(rng.random() < 0.1).lower()
            more = {"product_id": product, "is_freebie": free}
            lines.append(line(f"{name}-{nth}", name, at, f"{amount:.2f}", **more))
        if rng.random() < 0.15:
            whole = f"{amounts.sum():.2f}"
            later = str(day + pd.Timedelta(days=40))
            back.append(refund(f"r{number}", name, later, whole))
    return bought, lines, back


def by_hand(bought, lines, back, as_of):
    """The same mart, customer by customer."""
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    gone = {row["order_id"] for row in back if pd.Timestamp(row["refunded_at"]) < end}
    orders = pd.DataFrame(bought).assign(day=lambda t: pd.to_datetime(t["paid_at"]).dt.normalize())
    real = (orders["is_gift"] == "false") & (orders["is_test"] == "false")
    orders = orders[real & (orders["day"] < end) & ~orders["order_id"].isin(gone)]
    sold = pd.DataFrame(lines).query("is_freebie == 'false'")
    sold = sold.assign(
        category=sold["product_id"].map(PRODUCTS), paid=sold["paid_amount"].astype(float)
    )
    rows = []
    for _, mine in orders.groupby("customer_id"):
        private = mine[mine["channel"].isin(PRIVATE)]
        first, second = mine["day"].min(), private["day"].min()
        if not first < second:
            continue
        there = private[private["day"] == second]
        most = []
        for part in (mine[mine["day"] == first], there):
            money = sold[sold["order_id"].isin(part["order_id"])].groupby("category")["paid"].sum()
            most.append(money.idxmax() if len(money) else None)
        wait = (mine["day"] - second).dt.days
        rows.append(
            {
                "first_on": first.to_period("M").start_time,
                "private_on": second.to_period("M").start_time,
                "category": most[0],
                "price_band": int(np.log2(there["paid_amount"].astype(float).sum())),
                "same": None if None in most else float(most[0] == most[1]),
                "returned": int(((wait > 0) & (wait <= 90)).any()),
            }
        )
    grouped = pd.DataFrame(rows).groupby(KEYS, dropna=False)["returned"]
    return grouped.agg(customers="size", returned="sum").reset_index()


def rows_of(frame):
    """Rows as a sorted list; what is missing as None."""
    frame = frame[[*KEYS, "customers", "returned"]].astype(object)
    return sorted(map(tuple, frame.where(frame.notna(), None).to_numpy().tolist()), key=repr)


@pytest.mark.parametrize("as_of", ["2024-08-15", AS_OF])
def test_agrees_with_a_plain_computation(shop, as_of):
    bought, lines, back = made(5)
    products = [{"product_id": p, "name": p, "category_1": c} for p, c in PRODUCTS.items()]
    shop.load(
        batch("orders", *bought),
        batch("order_lines", *lines),
        batch("refunds", *back),
        batch("products", *products),
    )
    asked = shop.open(as_of=as_of).mart("private_category")
    asked[KEYS[:2]] = asked[KEYS[:2]].apply(pd.to_datetime)
    expected = by_hand(bought, lines, back, as_of)
    assert expected["customers"].sum() > 10
    assert set(expected["same"].dropna()) == {0, 1}
    assert rows_of(asked) == rows_of(expected)


@pytest.fixture
def moved(shop):
    """C1 keeps coats and buys again after 90 days; C2 begins in both at once; C3 in private."""
    shop.load(
        batch(
            "orders",
            order("1", "2024-01-05 10:00:00", "30.00", channel="tmall"),
            order("2", "2024-02-01 10:00:00", "64.00", channel="youzan"),
            order("3", "2024-02-01 11:00:00", "900.00", channel="tmall"),
            order("4", "2024-05-01 10:00:00", "50.00"),
            order("5", "2024-01-05 10:00:00", "30.00", customer="C2", channel="tmall"),
            order("6", "2024-01-05 11:00:00", "30.00", customer="C2", channel="youzan"),
            order("7", "2024-01-05 10:00:00", "30.00", customer="C3", channel="youzan"),
            order("8", "2024-02-05 10:00:00", "30.00", customer="C3", channel="youzan"),
        ),
        batch(
            "order_lines",
            line("a", "1", "2024-01-05 10:00:00", "30.00", product_id="P2"),
            line("b", "2", "2024-02-01 10:00:00", "64.00", product_id="P2"),
            line("c", "3", "2024-02-01 11:00:00", "900.00", product_id="P1"),
        ),
        batch(
            "products",
            {"product_id": "P1", "name": "P1", "category_1": "Shoes"},
            {"product_id": "P2", "name": "P2", "category_1": "Coats"},
        ),
    )
    return shop


def test_what_was_bought_elsewhere_that_day_is_neither_the_category_nor_the_price(moved):
    asked = "SELECT * FROM private_category"
    months = (date(2024, 1, 1), date(2024, 2, 1))
    # 64.00 opens the band from 2^6, and the first of May is 90 days after the first of February.
    assert moved.ask(asked, as_of="2024-05-01") == [(*months, "Coats", 6, 1, 1, 1)]
    assert moved.ask(asked, as_of="2024-04-30") == [(*months, "Coats", 6, 1, 1, 0)]
