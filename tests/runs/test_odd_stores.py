"""Stores that no report was thought out for: the page is right, or says what is lacking."""

import re
import shutil
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from insights.errors import EmptyLake
from insights.runs import load_catalog, plan, run_report, run_reports
from tests.store.shop import Shop, batch, order, refund

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FIRST = datetime(2026, 6, 1, 10)


def bought(customers, *, days, again=0):
    """Orders of customers who first buy on one of so many days; every third returns after it."""
    rows = []
    for number in range(customers):
        at = FIRST + timedelta(days=number % days, hours=number % 9)
        who = f"C{number}"
        rows.append(order(f"o{number}", f"{at:%Y-%m-%d %H:%M:%S}", "100", who))
        if again and number % 3 == 0:
            at += timedelta(days=again)
            rows.append(order(f"p{number}", f"{at:%Y-%m-%d %H:%M:%S}", "50", who))
    return rows


def given_back(orders):
    return [
        refund(f"r{row['order_id']}", row["order_id"], row["paid_at"], row["paid_amount"])
        for row in orders
    ]


WEEK = bought(70, days=7, again=2)
STORES = {
    "all_refunded": (
        [
            batch("orders", *bought(60, days=60)),
            batch("refunds", *given_back(bought(60, days=60))),
        ],
        ("¥6,000 paid → ¥6,000 back → ¥0 net", "0 of 60 paid orders are purchases"),
    ),
    "opened_last_week": (
        [batch("orders", *WEEK)],
        ("94 of 94 paid orders are purchases", "20 questions of this page cannot be answered"),
    ),
    "one_customer": (
        [batch("orders", *bought(1, days=1))],
        ("1 of 1 paid orders are purchases", "20 questions of this page cannot be answered"),
    ),
    "one_month_of_customers": (
        [batch("orders", *bought(300, days=28, again=40))],
        ("400 of 400 paid orders are purchases", "19 questions of this page cannot be answered"),
    ),
}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shutil.copytree(NOTEBOOKS, tmp_path / "notebooks")
    return Shop(tmp_path)


def words(page: Path) -> str:
    """What a reader sees of a page."""
    text = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", page.read_text("utf-8"))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("name", STORES)
def test_the_cohort_report(name, shop):
    batches, expected = STORES[name]
    shop.load(*batches)
    spec = plan(shop.settings, load_catalog(shop.settings), "cohort_analysis", brand="shop")
    record = run_report(shop.settings, spec)
    assert record.status == "published", record.error
    said = words(shop.settings.reports / record.home / "index.html")
    for part in expected:
        assert part in said


@pytest.mark.parametrize("name", STORES)
def test_every_report_is_made(name, shop):
    batches, _expected = STORES[name]
    shop.load(*batches)
    catalog = load_catalog(shop.settings)
    specs = [plan(shop.settings, catalog, report, brand="shop") for report in catalog.reports]
    made = run_reports(shop.settings, specs)
    assert {run.report: run.error for run in made} == dict.fromkeys(catalog.reports, "")


def test_refunds_alone_are_no_store_yet(shop):
    shop.load(batch("refunds", *given_back(bought(60, days=60))))
    with pytest.raises(EmptyLake, match=r"no orders yet\. Load an export first"):
        plan(shop.settings, load_catalog(shop.settings), "cohort_analysis", brand="shop")
