"""Douyin's order API: keys of the export, and a buyer only if the app is said."""

from dataclasses import replace

from tests.samples.douyin import orders, trades
from tests.sources import checks


def test_the_answer_gives_the_keys_of_the_export(tmp_path):
    tables = checks.outcome(trades.SAMPLE, tmp_path / "api").tables
    export = checks.outcome(orders.SAMPLE, tmp_path / "export").tables
    for table, key in (("orders", "order_id"), ("order_lines", "line_id")):
        assert {row[key] for row in export[table]} & {row[key] for row in tables[table]}


def test_with_the_app_said_orders_have_buyers(tmp_path):
    sample = replace(trades.SAMPLE, scope={"app": "app7"})
    tables = checks.outcome(sample, tmp_path).tables
    assert {row["buyer_ref"] for row in tables["orders"]} == {"dy_open_id:app7:1@#openidOf7"}
    (link,) = tables["identity_links"]
    assert (link["left_namespace"], link["left_value"]) == ("app7", "1@#openidOf7")
