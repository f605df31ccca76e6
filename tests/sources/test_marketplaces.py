"""What is peculiar to marketplaces: workbooks that lie, and headers that a platform renamed."""

import tomllib
from dataclasses import replace

import pytest

from insights import sources
from insights.demo.exports.files import write_sheet
from insights.intake import FilesSource
from insights.settings import Settings
from tests.samples.jd.orders import SAMPLE as JD
from tests.samples.kuaishou.orders import SAMPLE as KUAISHOU
from tests.sources import checks
from tests.sources.test_adapters import FOUND

TABLES = [one for one in FOUND if not one.is_json]
# Two headers that a platform might rename: what it needs, and what it might be called then.
RENAMED = [
    ("jd.orders", "应付金额", "应付总金额"),
    ("kuaishou.orders", "订单创建时间", "订单创建日期时间"),
    ("pdd.orders", "用户实付金额(元)", "用户实际支付金额(元)"),
    ("xhs.orders", "SKU件数", "SKU总件数"),
]


def test_a_workbook_that_says_it_has_one_cell_is_read_whole(tmp_path):
    """Kuaishou's do: a reader that trusts the dimension sees the first header and nothing else."""
    rows = [row for row in KUAISHOU.rows if row]
    sheet = {header: [row.get(header, "") for row in rows] for header in KUAISHOU.headers}
    path = write_sheet(tmp_path / "orders.xlsx", sheet, dimension="A1")
    settings = checks.workspace(tmp_path)
    files = FilesSource([path], settings, settings.brand())
    (tmp_path / "scratch").mkdir()
    files.prepare(tmp_path / "scratch", {}, lambda *_: None)
    (account,) = files.accounts
    of_csv = checks.plain(KUAISHOU, tmp_path / "csv").files.accounts[0]
    assert account.adapter == "kuaishou.orders"
    assert (account.rows_used, account.totals) == (of_csv.rows_used, of_csv.totals)


@pytest.mark.parametrize("adapter", sources.adapters(), ids=lambda adapter: adapter.name)
def test_no_adapter_reads_an_identity_card(adapter):
    assert not [name for name in adapter.columns if "身份证" in name or "实名" in name]


@pytest.mark.parametrize(("name", "needed", "renamed"), RENAMED)
def test_a_renamed_header_is_refused_and_one_line_of_toml_makes_it_readable(
    tmp_path, name, needed, renamed
):
    sample = next(one for one in TABLES if one.adapter == name)
    changed = sample.content(spelled=lambda header: header.replace(needed, renamed))
    (refused,) = checks.outcome(sample, tmp_path, changed).files.refused
    assert f"The nearest is {checks.adapter(sample).label_en}" in refused.message
    # The lines of the message, as they stand there, are what has to be written.
    said = [one.strip() for one in refused.message.splitlines() if one.startswith("  ")]
    assert said[1:] == [f'"{renamed}" = "{needed}"']
    path = tmp_path / "insights.toml"
    path.write_text(checks.SETTINGS + "\n".join(said) + "\n", "utf-8")
    assert tomllib.loads(path.read_text("utf-8"))
    settings = Settings.load(tmp_path)
    files = FilesSource([tmp_path / "in" / sample.file], settings, settings.brand())
    files.prepare(tmp_path / "scratch", {}, lambda *_: None)
    (account,) = files.accounts
    whole = checks.plain(sample, tmp_path / "plain").files.accounts[0]
    assert (account.rows_used, dict(account.refused)) == (whole.rows_used, dict(whole.refused))


@pytest.mark.parametrize(
    ("name", "header", "renamed", "theirs"),
    [
        ("xhs.orders", "支付时间", "付款日期", "付款日期"),
        ("xhs.orders", "支付时间", "到账钟点", "?"),
        ("xhs.orders", "售后状态", "售后单状态", "售后单状态"),
        ("wx_store.orders", "商品已退款金额", "商品退款金额", "商品退款金额"),
    ],
)
def test_a_renamed_column_of_payments_or_refunds_is_not_passed_over(
    tmp_path, name, header, renamed, theirs
):
    sample = next(one for one in TABLES if one.adapter == name)
    changed = sample.content(spelled=lambda one: renamed if one == header else one)
    (refused,) = checks.outcome(sample, tmp_path, changed).files.refused
    assert refused.reason == "renamed"
    assert f'\n  "{theirs}" = "{header}"' in refused.message


def test_a_column_that_is_gone_beside_unknown_ones_is_said(tmp_path):
    sample = next(one for one in TABLES if one.adapter == "kuaishou.orders")
    changed = sample.content(spelled=lambda one: "甲乙丙丁" if one == "售后状态" else one)
    (account,) = checks.outcome(sample, tmp_path, changed).files.accounts
    assert [one for one in account.warnings if "'售后状态' is missing" in one and "甲乙丙丁" in one]


def test_an_order_of_pinduoduo_without_any_time_is_paid_on_the_day_of_its_number(tmp_path):
    sample = next(one for one in TABLES if one.adapter == "pdd.orders")
    times = ("订单成交时间", "拼单成功时间", "支付时间", "下单时间")
    row = {h: "" if h in times else cell for h, cell in sample.rows[0].items()}
    changed = replace(sample, rows=({**row, "订单状态": "已签收"},), after=())
    (order,) = checks.outcome(changed, tmp_path).tables["orders"]
    assert order["paid_at"] == order["created_at"] is not None


def test_a_row_of_xiaohongshu_that_is_no_package_is_no_order(tmp_path):
    sample = next(one for one in TABLES if one.adapter == "xhs.orders")
    row = {**sample.rows[3], "订单号": "8023351899510194"}
    found = checks.outcome(replace(sample, rows=(sample.rows[3], row)), tmp_path)
    assert len(found.tables["orders"]) == 1
    assert found.files.accounts[0].skipped == {"no_package": 1}


@pytest.mark.parametrize(("time", "state"), [("1900-01-01 00:00:00", "cancelled_unpaid")])
def test_a_time_that_means_never_is_no_payment(tmp_path, time, state):
    cells = {"订单支付时间": time, "订单状态": "交易关闭", "售后状态": ""}
    changed = replace(KUAISHOU, rows=({**KUAISHOU.rows[0], **cells},), after=())
    found = checks.outcome(changed, tmp_path)
    assert [row["status"] for row in found.tables["orders"]] == [state]
    assert not found.tables.get("refunds")


@pytest.mark.parametrize("time", ["1926-05-01 10:00:00", "2099-05-01 10:00:00", "1900-05-01"])
def test_a_sale_of_a_year_that_cannot_be_is_refused(tmp_path, time):
    changed = replace(KUAISHOU, rows=({**KUAISHOU.rows[0], "订单创建时间": time},), after=())
    (account,) = checks.outcome(changed, tmp_path).files.accounts
    assert (account.rows_used, account.rows_refused) == (0, 1)


WIDTHS = [
    ("jd.orders", "订单状态", "(删除)等待出库", "（删除）等待出库"),
    ("jd.orders", "订单状态", "(锁定)等待确认收货", "（锁定） 等待确认收货"),
    ("pdd.orders", "订单状态", "已发货，待签收", "已发货,待签收"),
    ("pdd.orders", "订单状态", "已签收，退款成功", "已签收, 退款成功"),
    ("pdd.orders", "售后状态", "已发货，退款成功", "已发货,退款成功"),
]


@pytest.mark.parametrize(("name", "header", "known", "theirs"), WIDTHS)
def test_brackets_and_commas_of_either_width_are_the_same_word(
    tmp_path, name, header, known, theirs
):
    sample = next(one for one in TABLES if one.adapter == name)
    found = []
    for place, word in (("known", known), ("theirs", theirs)):
        rows = ({**sample.rows[0], header: word},)
        changed = replace(sample, rows=rows, after=())
        found.append(checks.outcome(changed, tmp_path / place))
    assert not found[1].files.refused
    # Ids of phones differ between workspaces: each has a key of its own.
    said = [{t: rows for t, rows in one.tables.items() if t != "identity_links"} for one in found]
    assert said[0] == said[1]
    assert said[0]["orders"]


def test_a_word_that_only_looks_like_a_known_one_stops_the_file(tmp_path):
    rows = ({**JD.rows[0], "订单状态": "（删除）"},)
    found = checks.outcome(replace(JD, rows=rows, after=()), tmp_path)
    assert [one.reason for one in found.files.refused] == ["unknown_word"]
    assert "（删除）" in found.files.refused[0].message
