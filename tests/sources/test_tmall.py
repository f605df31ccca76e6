"""What Taobao's files say of the same orders meets in the lake, and counts once."""

import json
from dataclasses import replace

from insights.intake import FilesSource, ingest, refusals
from insights.store.lake import open_lake
from tests.samples.tmall import details, items, orders, qianniu, trades
from tests.sources import checks

FULL = "trade_fullinfo_get_response"
LISTED = trades.DOCUMENT["trades_sold_get_response"]["trades"]["trade"]


class TestFilesOfOneShop:
    def load(self, folder, **contents):
        settings = checks.workspace(folder)
        paths = []
        for name, sample in contents.items():
            paths.append(folder / f"{name}.csv")
            paths[-1].write_bytes(sample.content())
        files = FilesSource(paths, settings, settings.brand())
        report = ingest(settings, settings.brand(), files)
        assert not files.refused, files.refused
        assert report.skipped is False
        return open_lake(settings, "shop")

    def test_an_order_of_two_files_is_one_and_its_refund_counts_once(self, tmp_path):
        number = '="51138370453330411"'
        line = {"主订单编号": number, "子订单编号": number}
        back = (
            items.item("", "", "100.00", "交易成功", 退款状态="退款成功", 退款金额="30.00") | line
        )
        listed = orders.listed(
            "02", "108.00", "交易成功", 退款金额="30.00", 买家实际支付金额="78.00"
        )
        lake = self.load(
            tmp_path,
            a_items=replace(items.SAMPLE, rows=(back,), scope={}),
            b_orders=replace(orders.SAMPLE, rows=({**listed, "订单编号": number},)),
        )
        found = lake.sql("SELECT order_id, gross_amount, refund_amount FROM order_net")
        assert found.values.tolist() == [["tmall:main:51138370453330411", 108.0, 30.0]]

    def test_a_report_without_status_is_filled_by_a_list_with_one(self, tmp_path):
        number = '="28506798581706099"'
        plain = qianniu.listed("", "80.00") | {"订单编号": number}
        listed = orders.listed("", "80.00", "交易成功") | {"订单编号": number}
        lake = self.load(
            tmp_path,
            a_orders=replace(orders.SAMPLE, rows=(listed,)),
            b_qianniu=replace(qianniu.SAMPLE, rows=(plain,)),
        )
        assert list(lake.sql("SELECT status FROM orders").status) == ["done"]


class TestTradeAnswers:
    def found(self, folder, text):
        return checks.outcome(trades.SAMPLE, folder, text.encode())

    def test_one_trade_a_line(self, tmp_path):
        lines = "\n".join(json.dumps({FULL: {"trade": one}}) for one in LISTED)
        found = self.found(tmp_path, lines)
        assert len(found.tables["order_lines"]) == 10

    def test_the_bare_list(self, tmp_path):
        found = self.found(tmp_path, json.dumps(LISTED))
        assert len(found.tables["orders"]) == 6

    def test_an_unknown_step_of_a_presale_stops_the_file(self, tmp_path):
        text = json.dumps(LISTED).replace("FRONT_PAID_FINAL_PAID", "MIDDLE_PAID")
        (refused,) = self.found(tmp_path, text).files.refused
        assert refused.reason == "unknown_word"
        assert "MIDDLE_PAID" in refused.message


class TestLinesWithoutTheirOrders:
    def load(self, folder, *samples, **scope):
        settings = checks.workspace(folder)
        paths = [folder / sample.file for sample in samples]
        for path, sample in zip(paths, samples, strict=True):
            path.write_bytes(sample.content())
        files = FilesSource(paths, settings, settings.brand(), scope)
        ingest(settings, settings.brand(), files)
        return settings

    def lines(self, settings):
        return open_lake(settings, "shop").sql(
            "SELECT line_id, paid_amount FROM order_lines ORDER BY 1"
        )

    def test_wait_in_quarantine_until_the_orders_are_there(self, tmp_path):
        (listed,) = details.SAMPLE.beside
        settings = self.load(tmp_path, replace(details.SAMPLE, beside=()))
        (waiting,) = refusals.listed(settings, settings.brand())
        assert (waiting.reason, waiting.rows) == ("order_unknown", 5)
        self.load(tmp_path, listed)
        report = refusals.retry(settings, settings.brand())
        assert report.files[0].refused == {"order_unknown": 1}
        assert self.lines(settings).values.tolist() == [
            ["tmall:main:3101:1", 180.19],
            ["tmall:main:3101:2", 0.0],
            ["tmall:main:3101:3", 119.82],
            ["tmall:main:3102:1", 0.0],
        ]

    def test_are_of_the_shop_that_was_said_when_they_came(self, tmp_path):
        (listed,) = details.SAMPLE.beside
        settings = self.load(tmp_path, replace(details.SAMPLE, beside=()), shop="second")
        self.load(tmp_path, listed, shop="second")
        (account,) = refusals.retry(settings, settings.brand()).files
        assert account.refused == {"order_unknown": 1}
        assert all(line.startswith("tmall:second:") for line in self.lines(settings)["line_id"])

    def test_take_the_newest_of_what_is_said_of_an_order(self, tmp_path):
        (listed,) = details.SAMPLE.beside
        self.load(tmp_path, listed)
        again = replace(listed, rows=({**listed.rows[0], "买家实际支付金额": "333.00"},))
        settings = self.load(tmp_path, details.SAMPLE, again)
        assert self.lines(settings)["paid_amount"].tolist() == [200.0, 0.0, 133.0, 0.0]


def test_a_simplified_answer_is_read_as_the_whole_one(tmp_path):
    plain = [{k: v["order"] if k == "orders" else v for k, v in trade.items()} for trade in LISTED]
    answer = {**trades.DOCUMENT["trades_sold_get_response"], "trades": plain}
    text = json.dumps({"trades_sold_get_response": answer})
    whole = checks.outcome(trades.SAMPLE, tmp_path)
    found = checks.outcome(trades.SAMPLE, tmp_path / "plain", text.encode())
    assert {t: len(rows) for t, rows in found.tables.items()} == {
        t: len(rows) for t, rows in whole.tables.items()
    }
    (account,), (of_whole,) = found.files.accounts, whole.files.accounts
    names = [{h.rpartition(".")[2] for h in one.unknown_headers} for one in (account, of_whole)]
    assert names[0] == names[1]


def test_a_shop_is_of_tmall_or_taobao(tmp_path):
    found = checks.outcome(replace(orders.SAMPLE, scope={"channel": "taobao"}), tmp_path)
    assert {row["channel"] for row in found.tables["orders"]} == {"taobao"}
    other = replace(orders.SAMPLE, scope={"channel": "jd"})
    (refused,) = checks.outcome(other, tmp_path / "other").files.refused
    assert "must be one of tmall, taobao" in refused.message
