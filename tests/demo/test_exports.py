"""Exports: the same bytes for the same seed, in the systems' own dress, adding up to the truth.

Read back here with nothing but the standard library, so that no adapter is believed.
"""

import csv
import hashlib
import json
import re
import zipfile
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from insights.demo.making import make_exports
from insights.demo.plan import Plan
from insights.demo.truth.folder import planted
from insights.demo.world import CHANNELS, Spec, World

SPEC = Spec(customers=800, months=6, seed=4)


def made_in(folder):
    plan = Plan(SPEC, folder / "exports", folder / "truth", folder / "lake", 0)
    make_exports(plan, lambda what: None)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return made_in(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def truth(made):
    """Gross and refunds by channel of what was exported, in yuan."""
    rows = pq.read_table(made / "truth" / "totals.parquet").to_pylist()
    kept = [row for row in rows if row["exported_only"]]
    return {
        channel: (
            sum(r["gross_amount"] for r in kept if r["channel"] == channel),
            sum(r["refund_amount"] for r in kept if r["channel"] == channel),
        )
        for channel in CHANNELS
    }


@pytest.fixture(scope="module")
def elsewhere(made):
    """Gross and refunds by channel of what people bought whom the brand knows nowhere else."""
    rows = pq.read_table(made / "truth" / "elsewhere.parquet").to_pylist()
    rows = [row for row in rows if row["paid_at"]]
    found = {
        channel: (
            sum(r["paid_amount"] for r in rows if r["channel"] == channel),
            sum(r["refund_amount"] for r in rows if r["channel"] == channel),
        )
        for channel in {row["channel"] for row in rows}
    }
    assert all(back > 0 for _, back in found.values())
    return found


def rows_of(made, pattern, encoding):
    return [
        row
        for path in sorted((made / "exports").glob(pattern))
        for row in csv.DictReader(path.read_text(encoding).splitlines())
    ]


def trades(made):
    found = {}
    for path in sorted((made / "exports" / "youzan").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            answer = json.loads(line)
            found[answer["full_order_info"]["order_info"]["tid"]] = answer
    return found


def test_the_same_seed_gives_the_same_bytes(made, tmp_path):
    again = made_in(tmp_path)

    def digests(folder):
        return {
            path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*.*")
            if path.is_file()
        }

    assert digests(again) == digests(made)
    assert len(digests(made)) > 40


class TestTotals:
    def test_douyin(self, made, truth):
        lines = rows_of(made, "douyin/抖店订单*.csv", "utf-8-sig")
        paid = sum(Decimal(r["订单应付金额"]) for r in lines if r["支付完成时间"])
        back = rows_of(made, "douyin/抖店售后单*.csv", "utf-8-sig")
        assert (paid, sum(Decimal(r["退商品金额（元）"]) for r in back)) == truth["douyin"]
        derived = sum(Decimal(r["订单应付金额"]) for r in lines if r["售后状态"] == "退款成功")
        assert derived == truth["douyin"][1]

    def test_tmall(self, made, truth):
        orders = rows_of(made, "tmall/ExportOrderList*.csv", "gb18030")
        lines = rows_of(made, "tmall/ExportOrderDetailList*.csv", "gb18030")
        back = [Decimal(r["退款金额"]) for r in lines if r["退款金额"] != "无退款申请"]
        paid = sum(Decimal(r["买家实际支付金额"]) for r in orders)
        assert (paid, sum(back)) == truth["tmall"]
        assert sum(Decimal(r["买家实际支付金额"]) for r in lines) == paid

    def test_jd(self, made, truth):
        lines = rows_of(made, "jd/订单明细*.csv", "gb18030")
        orders = {r["订单号"]: Decimal(r["应付金额"]) for r in lines if r["付款确认时间"]}
        back = rows_of(made, "jd/结算单*.csv", "gb18030")
        refunds = sum(Decimal(r["应结金额"]) for r in back if r["收支方向"] == "支出")
        assert (sum(orders.values()), refunds) == truth["jd"]

    def test_tills(self, made, truth):
        rows = rows_of(made, "pos/*.csv", "gb18030")
        sold = sum(Decimal(r["总金额"]) for r in rows if int(r["数量"]) > 0)
        back = -sum(Decimal(r["总金额"]) for r in rows if int(r["数量"]) < 0)
        assert (sold, back) == truth["store"]

    def test_youzan(self, made, truth):
        found = trades(made).values()
        paid = sum(Decimal(t["full_order_info"]["pay_info"]["real_payment"]) for t in found)
        back = sum(Decimal(r["refund_fee"]) for t in found for r in t["refund_order"])
        assert (paid, back) == truth["youzan"]
        console = rows_of(made, "../exports_again/youzan/*.csv", "utf-8-sig")
        assert sum(Decimal(r["订单实付金额"]) for r in console) == paid

    def test_wechat_store(self, made, truth):
        paid = back = Decimal(0)
        for path in sorted((made / "exports" / "wx_store").glob("*.xlsx")):
            head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
            for values in rows:
                row = dict(zip(head, values, strict=True))
                if row["支付时间"]:
                    paid += Decimal(row["商品实际价格(总共)"])
                back += Decimal(row["商品已退款金额"])
        assert (paid, back) == truth["wx_store"]


class TestElsewhere:
    """Shops and payments of people whom the brand knows from nowhere else."""

    def test_kuaishou(self, made, elsewhere):
        rows = rows_of(made, "kuaishou/*.csv", "utf-8-sig")
        text = (made / "exports" / "kuaishou" / "快手订单.csv").read_text("utf-8-sig")
        assert '"实付款\n(元)"' in text
        assert len(rows) > 10
        told = [
            row
            for row in csv.DictReader(text.splitlines(keepends=True))
            if row["订单支付时间"] != "-"
        ]
        paid = [Decimal(row["实付款\n(元)"].lstrip("¥")) for row in told]
        back = [p for p, row in zip(paid, told, strict=True) if row["售后状态"] == "退款成功"]
        assert (sum(paid), sum(back)) == elsewhere["kuaishou"]

    def test_pinduoduo_names_no_buyer_and_numbers_begin_with_the_day(self, made, elsewhere):
        told = [row for row in rows_of(made, "pdd/*.csv", "gb18030") if row["支付时间"]]
        back = [row for row in told if row["售后状态"] == "退款成功"]
        sums = [sum(Decimal(r["用户实付金额(元)"]) for r in rows) for rows in (told, back)]
        assert tuple(sums) == elsewhere["pdd"]
        assert {row["订单号"][1:7] for row in told} <= {
            f"26{month:02d}{day:02d}" for month in range(1, 7) for day in range(1, 32)
        }
        assert not [head for head in told[0] if "买家" in head or "收货人" in head]

    def test_xiaohongshu_adds_up_over_the_products_of_an_order(self, made, elsewhere):
        path = made / "exports" / "xhs" / "小红书订单.xlsx"
        head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        told = [row for row in (dict(zip(head, r, strict=True)) for r in rows) if row["支付时间"]]
        back = [row for row in told if row["售后状态"] == "售后完成"]
        sums = [sum(Decimal(r["用户应付金额(元)"]) for r in rows) for rows in (told, back)]
        assert tuple(sums) == elsewhere["xhs"]
        assert len({row["订单号"] for row in told}) < len(told)
        assert {row["收件人身份证号"] for row in told} == {"000000190001010000"}

    def test_the_bill_has_a_backtick_before_each_value_and_two_rows_of_totals(self, made):
        path = made / "exports" / "wechat_pay" / "微信支付账单.csv"
        head, *rows, names, totals = path.read_text("utf-8-sig").splitlines()
        cells = [dict(zip(head.split(","), row.split(","), strict=True)) for row in rows]
        assert {value[0] for row in cells for value in row.values()} == {"`"}
        paid = sum(Decimal(row["订单金额"][1:]) for row in cells)
        said = dict(zip(names.split(","), totals.split(","), strict=True))
        assert (said["总交易单数"], Decimal(said["订单总金额"][1:])) == (f"`{len(rows)}", paid)

    def test_the_bill_has_each_payment_of_the_shop_once_and_each_transfer(self, made, elsewhere):
        path = made / "exports" / "wechat_pay" / "微信支付账单.csv"
        rows = csv.DictReader(path.read_text("utf-8-sig").splitlines()[:-2])
        told = [row for row in rows if row["交易状态"] == "`SUCCESS"]
        plain = [row for row in told if row["商品名称"] == "`转账收款"]
        assert sum(Decimal(r["订单金额"][1:]) for r in plain) == elsewhere["wechat_transfer"][0]
        since = min(row["交易时间"][1:] for row in told)[:10]
        shop = [
            t["full_order_info"]
            for t in trades(made).values()
            if t["full_order_info"]["order_info"]["pay_time"] > since
        ]
        paid = [i["pay_info"]["real_payment"] for i in shop]
        assert sorted(row["订单金额"][1:] for row in told if row not in plain) == sorted(
            p for p in paid if p != "0.00"
        )

    def test_what_small_sellers_sold_names_them_and_no_guide(self, made, elsewhere):
        told = [r for r in rows_of(made, "youzan/爱逛*.csv", "utf-8-sig") if r["买家付款时间"]]
        back = [r for r in told if r["订单状态"] == "交易关闭"]
        sums = [sum(Decimal(r["订单实付金额"]) for r in rows) for rows in (told, back)]
        assert tuple(sums) == elsewhere["youzan"]
        assert {row["分销员"][:3] for row in told} == {"koc"}

    def test_group_buys_take_back_what_goes_back(self, made, elsewhere):
        rows = rows_of(made, "templates/团购接龙.csv", "utf-8-sig")
        paid = [Decimal(row["实付金额"]) for row in rows]
        back = -sum(p for p in paid if p < 0)
        assert (sum(p for p in paid if p > 0), back) == elsewhere["other"]


class TestWarts:
    def test_ids_are_wrapped_as_the_consoles_wrap_them(self, made):
        douyin = rows_of(made, "douyin/抖店订单*.csv", "utf-8-sig")[0]
        assert re.fullmatch(r"69\d{17}\t", douyin["主订单编号"])
        tmall = rows_of(made, "tmall/ExportOrderList*.csv", "gb18030")[0]
        assert re.fullmatch(r'="25\d{17}"', tmall["订单编号"])
        assert tmall["联系手机"].startswith("'154")

    def test_a_month_of_youzan_was_fetched_twice_and_a_day_of_tmall_never(self, made):
        told = json.loads((made / "truth" / "planted.json").read_text("utf-8"))
        again = list((made / "exports" / "youzan").glob("*_again.jsonl"))
        assert [told["faults"]["doubled_month"] in path.name for path in again] == [True]
        orders = rows_of(made, "tmall/ExportOrderList*.csv", "gb18030")
        missing = told["faults"]["missing_day"]
        assert not [r for r in orders if r["订单创建时间"].startswith(missing)]
        assert pq.read_table(
            made / "truth" / "orders.parquet", filters=[("exported", "=", False)]
        ).num_rows

    def test_the_declared_size_of_a_workbook_is_wrong(self, made):
        path = next((made / "exports" / "wx_store").glob("*.xlsx"))
        sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
        assert '<dimension ref="A1"/>' in sheet
        assert sheet.count("<row ") > 2

    def test_tests_say_so_and_gifts_cost_nothing(self, made):
        orders = pq.read_table(made / "truth" / "orders.parquet").to_pylist()
        kinds = {row["order_id"].removeprefix("youzan:main:"): row["kind"] for row in orders}
        for number, trade in trades(made).items():
            paid = trade["full_order_info"]["pay_info"]["payment"]
            assert trade["test"] == (kinds[number] == "test")
            assert (paid == "0.01") == (kinds[number] == "test")
            assert (paid == "0.00") == (kinds[number] == "gift")

    def test_every_phone_is_of_the_planted_range(self, made):
        """154 is nobody's: no phone of a real person can turn up by chance."""
        number = re.compile(r"(?<![\w])1[3-9]\d{9}(?![\w])")
        for path in (made / "exports").rglob("*.*"):
            if path.suffix == ".xlsx" or not path.is_file():
                continue
            raw = path.read_bytes()
            text = raw.decode("utf-8", "ignore") + raw.decode("gb18030", "ignore")
            assert all(phone.startswith("154") for phone in number.findall(text)), path.name


class TestTruth:
    def test_each_contact_says_whether_it_was_bought(self, made):
        contacts = pq.read_table(made / "truth" / "contacts.parquet").to_pandas()
        counts = json.loads((made / "truth" / "planted.json").read_text("utf-8"))["counts"]
        staff = pq.read_table(made / "truth" / "staff.parquet").to_pandas()
        assert contacts["contact_id"].is_unique
        assert len(contacts) == counts["contacts"]
        assert contacts["bought"].sum() == staff["bought_accounts"].sum() > 0
        assert contacts.loc[contacts["bought"], "customer_id"].isna().all()
        assert contacts.loc[~contacts["bought"], "customer_id"].notna().all()

    @pytest.mark.parametrize(
        ("spec", "dates"),
        [
            (SPEC, [True, True]),
            (Spec(customers=800, months=6, seed=4, world="null"), [False, False]),
            # Its last day comes before the five weeks are over.
            (Spec(customers=800, months=3), [True, False]),
        ],
    )
    def test_what_never_happens_has_no_date(self, spec, dates):
        told = planted(World(spec))
        fall = [told[name] is not None for name in ("responses_fall_on", "sales_fall_on")]
        assert fall == dates
        assert (told["tired_region"] is not None) == dates[0]


class TestWeCom:
    def test_events_tell_every_friendship_and_the_list_those_that_last(self, made):
        folder = made / "exports" / "wecom"
        counts = json.loads((made / "truth" / "planted.json").read_text("utf-8"))["counts"]
        events = [
            json.loads(line)
            for line in (folder / "change_external_contact_events.jsonl").read_text().splitlines()
        ]
        added = sum(e["ChangeType"] == "add_external_contact" for e in events)
        assert added == counts["contacts"]
        pages = (folder / "externalcontact_batch_get_by_user.jsonl").read_text().splitlines()
        listed = sum(len(json.loads(page)["external_contact_list"]) for page in pages)
        assert listed == 2 * added - len(events)

    def test_times_are_seconds_of_the_clock_in_shanghai(self, made):
        line = (
            (made / "exports" / "wecom" / "get_groupmsg_list_v2.jsonl").read_text().splitlines()[0]
        )
        # Ten o'clock in Shanghai is two o'clock in Greenwich.
        assert json.loads(line)["create_time"] % 86_400 == 2 * 3600
