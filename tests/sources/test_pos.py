"""Tills: settings that their files leave to the brand, and money that is all somewhere."""

from dataclasses import replace
from decimal import Decimal

import pytest

from insights.intake import FilesSource, ingest
from insights.store.lake import open_lake
from tests.samples.members import members
from tests.samples.pos import priced_sales, sales
from tests.sources import checks


def test_all_money_is_sold_or_given_back(tmp_path):
    tables = checks.outcome(sales.SAMPLE, tmp_path).tables
    sold = sum(row["paid_amount"] for row in tables["orders"])
    back = sum(row["amount"] for row in tables["refunds"])
    assert (sold, back) == (Decimal("1500.00"), Decimal("140.00"))
    assert sum(row["paid_amount"] for row in tables["order_lines"]) == sold
    # The till's own total, with the rows that were refused.
    assert sold - back + Decimal("10.00") == Decimal("1370.00")


def test_a_file_without_stores_asks_for_the_store(tmp_path):
    rows = tuple({k: v for k, v in row.items() if k != "店编"} for row in sales.ROWS[:3])
    sample = replace(sales.SAMPLE, rows=rows)
    (refused,) = checks.outcome(sample, tmp_path).files.refused
    assert refused.reason == "scope_missing"
    assert "--set store=" in refused.message
    found = checks.outcome(replace(sample, scope={"store": "S09"}), tmp_path / "said").tables
    assert {row["store_id"] for row in found["orders"]} == {"S09"}


@pytest.mark.parametrize(
    ("closes", "sold_at"),
    [("03:00", "2026-05-01 23:59:59"), ("01:00", "2026-05-02 01:20:00")],
)
def test_a_business_day_may_close_after_midnight(tmp_path, closes, sold_at):
    sample = replace(sales.SAMPLE, scope={"day_closes": closes})
    orders = checks.outcome(sample, tmp_path).tables["orders"]
    sold = {row["order_id"]: str(row["created_at"]) for row in orders}
    assert sold["pos:S01:202605010004"] == sold_at
    assert sold["pos:S01:202605010001"] == "2026-05-01 10:30:00"


def test_a_closing_hour_that_is_no_time_is_refused_in_words(tmp_path):
    sample = replace(sales.SAMPLE, scope={"day_closes": "three"})
    (refused,) = checks.outcome(sample, tmp_path).files.refused
    assert refused.reason == "scope_wrong"
    assert "its day_closes is said to be 'three'" in refused.message


def test_the_column_names_of_the_database_are_headers_too(tmp_path):
    rows = tuple(
        {"nos" if header == "单号" else header: cell for header, cell in row.items()}
        for row in priced_sales.SAMPLE.rows
    )
    found = checks.outcome(replace(priced_sales.SAMPLE, rows=rows), tmp_path)
    assert len(found.tables["order_lines"]) == 2
    assert not found.files.accounts[0].unknown_headers


@pytest.mark.parametrize("said", ["VIP0001", sales.PHONE])
def test_a_phone_said_at_the_till_is_the_member_who_has_it(tmp_path, said):
    """A member is the same person by his card and by the phone that he has in the member table."""
    member = next(iter(members.SAMPLE.rows))
    member = {**member, "会员卡号": "VIP0001", "手机号码": sales.PHONE}
    receipt = {**sales.ROWS[0], "会员编号": said}
    settings = checks.workspace(tmp_path)
    folder = tmp_path / "in"
    folder.mkdir()
    for sample, row in ((members.SAMPLE, member), (sales.SAMPLE, receipt)):
        one = replace(sample, rows=(row,), before=())
        (folder / one.file).write_bytes(one.content())
    ingest(settings, settings.brand(), FilesSource([folder], settings, settings.brand()))
    lake = open_lake(settings=settings)
    (customer,) = lake.sql("SELECT customer_id FROM customers")["customer_id"]
    assert list(lake.mart("purchases")["customer_id"]) == [customer]


def test_a_return_without_its_receipt_lowers_the_sales_of_its_day(tmp_path):
    sold = {**sales.ROWS[0], "会员编号": "", "单据号": "202605010901", "总金额": "300.00"}
    back = {**sold, "单据号": "202605030902", "销售时间": "2026-05-03 11:00:00", "数量": "-1"}
    back |= {"总金额": "-120.00", "原单据号": ""}
    named = {**back, "单据号": "202605030903", "总金额": "-30.00", "原单据号": "202605010901"}
    settings = checks.workspace(tmp_path)
    path = tmp_path / "sales.csv"
    path.write_bytes(replace(sales.SAMPLE, rows=(sold, back, named), before=()).content())
    ingest(settings, settings.brand(), FilesSource([path], settings, settings.brand()))
    lake = open_lake(settings=settings)
    found = lake.sql(
        "SELECT order_id, gross_amount, net_amount, left_out FROM order_net ORDER BY order_id"
    )
    assert [tuple(map(str, row)) for row in found.itertuples(index=False)] == [
        ("pos:S01:202605010901", "300.0", "270.0", "nan"),
        ("pos:S01:202605030902", "0.0", "-120.0", "trifle"),
    ]
    month = lake.mart("sales_month")
    assert [float(net) for net in month["net_amount"]] == [150.0]
    assert list(month["orders"]) == [1]  # A receipt that only takes back is no order.
