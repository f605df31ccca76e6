"""From exports to the lake: what adapters read of a brand is what is so.

Nobody who wrote the exports has read the adapters.
"""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from insights.analyses import cohorts, health
from insights.cli import app
from insights.demo.world import CHANNELS, LAST_DAY
from insights.demo.world.brand import OTHERS, ROLES
from insights.demo.world.contents import SLOT_WORDS
from insights.demo.world.elsewhere import PLACES
from insights.demo.world.parameters import Parameters
from insights.settings import Settings
from insights.store.lake import open_lake

TOTALS = """
SELECT strftime(paid_at, '%Y-%m') AS "month", count(*) AS orders, sum(gross_amount) AS gross,
       sum(refund_amount) AS refunds, sum(net_amount) AS net
FROM order_net WHERE channel = '{channel}' GROUP BY 1 ORDER BY 1
"""
PAID = "SELECT count(*) AS n, sum(paid_amount) AS paid FROM orders WHERE paid_at IS NOT NULL"
TRUTH = """
SELECT "month", CAST(sum(orders) AS BIGINT) AS orders, sum(gross_amount) AS gross,
       sum(refund_amount) AS refunds, sum(gross_amount - refund_amount) AS net
FROM (
  SELECT "month", orders, gross_amount, refund_amount
  FROM '{folder}/totals.parquet' WHERE exported_only AND channel = '{channel}'
  UNION ALL
  SELECT strftime(paid_at, '%Y-%m'), 1, paid_amount, refund_amount
  FROM '{folder}/elsewhere.parquet' WHERE channel = '{channel}' AND paid_at IS NOT NULL
)
GROUP BY 1 ORDER BY 1
"""
# What platforms tell in totals: table of the truth, its measure, and where the lake has it.
TOLD = [
    ("wechat_ads", "impressions", "daily_metrics", "metric = 'impressions'"),
    ("wechat_ads", "cents", "costs", "kind = 'media'"),
    ("channels", "viewer_users", "daily_metrics", "entity_kind = 'live'"),
    ("mini_program", "visitors", "daily_metrics", "metric = 'visitors'"),
    ("mini_program", "share_users", "daily_metrics", "metric = 'share_users'"),
    ("chat_days", "service_chats", "daily_metrics", "metric = 'service_chats'"),
    ("taobao_tokens", "clicks", "daily_metrics", "entity_id LIKE 'taobao_token:%'"),
    ("taobao_posts", "viewer_users", "daily_metrics", "entity_id LIKE 'taobao:%'"),
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    root = tmp_path_factory.mktemp("workspace")
    (root / "insights.toml").write_text("[brands.demo]\nsimulated = true\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSIGHTS_WORKSPACE", str(root))
        size = ["--customers", "500", "--months", "3"]
        done = CliRunner().invoke(app, ["demo", "brand", *size])
        assert done.exit_code == 0, done.output
        folder = root / "data" / "demo"
        said = CliRunner().invoke(app, ["ingest", str(folder / "exports"), "--brand", "demo"])
        # The last day has refunds, whether or not it has an order.
        lake = open_lake(Settings.load(root), "demo", as_of=LAST_DAY)
    return lake, folder / "truth", said.output


def totals(loaded, channel):
    lake, truth, _ = loaded
    found = lake.arrow(TOTALS.format(channel=channel)).read_all().to_pylist()
    sql = TRUTH.format(folder=truth, channel=channel)
    expected = duckdb.connect().sql(sql).to_arrow_table().to_pylist()
    assert expected
    return found, expected


@pytest.mark.parametrize("channel", dict.fromkeys((*CHANNELS, *PLACES)))
def test_orders_gross_refunds_and_net_are_exact_by_month(loaded, channel):
    found, expected = totals(loaded, channel)
    assert found == expected


def test_the_same_orders_from_the_console_change_nothing_that_both_tell(loaded):
    """Youzan's console list has no refunds of a part, and no lines: what it lacks stays."""
    lake, truth, _ = loaded
    before = lake.sql(
        "SELECT count(*) AS n, sum(paid_amount) AS paid FROM orders WHERE paid_at IS NOT NULL"
    )
    again = truth.with_name("exports_again")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSIGHTS_WORKSPACE", str(truth.parents[2]))
        done = CliRunner().invoke(app, ["ingest", str(again), "--brand", "demo"])
        assert done.exit_code == 0, done.output
        later = open_lake(Settings.load(), "demo", as_of=LAST_DAY)
    after = later.sql(
        "SELECT count(*) AS n, sum(paid_amount) AS paid FROM orders WHERE paid_at IS NOT NULL"
    )
    assert before.equals(after)
    found, expected = totals((later, truth, ""), "youzan")
    assert found == expected


def test_every_call_is_there_as_the_vendor_lists_it(loaded):
    lake, truth, _ = loaded
    path = truth.with_name("exports") / "templates" / "电话外呼.csv"
    listed = pd.read_csv(path, encoding="gb18030")
    sql = "SELECT kind, value FROM touches WHERE channel = 'phone' AND campaign_id = 'CALL01'"
    found = lake.sql(sql)
    assert len(found) == len(listed)
    assert (found["kind"] == "connect").sum() == (listed["接通"] == "是").sum()
    assert found["value"].sum() == listed["时长"].str.removesuffix("秒").astype(int).sum()


def test_a_payment_of_the_bill_that_a_shop_has_as_an_order_counts_there_and_once(loaded):
    lake, truth, _ = loaded
    paid = "SELECT count(*) AS n FROM {} WHERE channel = 'wechat_transfer'"
    bill = int(lake.sql(paid.format("orders"))["n"][0])
    shop = lake.sql(
        "SELECT count(*) AS n FROM orders WHERE channel = 'youzan' AND paid_amount > 0 "
        f"AND paid_at >= DATE '{LAST_DAY}' - 84 AND order_id NOT LIKE 'youzan:main:E2600%'"
    )
    true = pd.read_parquet(truth / "elsewhere.parquet").query("channel == 'wechat_transfer'")
    assert int(lake.sql(paid.format("order_net"))["n"][0]) == len(true)
    assert bill - len(true) == int(shop["n"][0]) > 0


def test_small_sellers_are_credited_with_what_they_sold(loaded):
    """爱逛 comes as a list of Youzan's: 分销员 is the seller, and none of them is staff."""
    lake, truth, _ = loaded
    true = pd.read_parquet(truth / "elsewhere.parquet").query("channel == 'youzan'").dropna()
    sold = lake.mart("seller_sales")
    mine = sold[sold["seller_ref"].fillna("").str.startswith("koc")]
    assert mine["role"].isna().all()
    assert mine["net_amount"].astype(float).sum() == pytest.approx(
        float((true["paid_amount"] - true["refund_amount"]).sum()), abs=0.001
    )
    found = health.credited(sold, as_of=LAST_DAY)
    assert found.facts["small"] == mine["seller_ref"].nunique() >= 10
    assert found.facts["guides"]


@pytest.mark.parametrize(("table", "measure", "found_in", "where"), TOLD)
def test_totals_that_platforms_tell_are_the_truths(loaded, table, measure, found_in, where):
    lake, truth, _ = loaded
    planted = json.loads((truth / "planted.json").read_text("utf-8"))["sidelines"][table]
    column = "amount * 100" if measure == "cents" else "value"
    if found_in == "daily_metrics":
        where += f" AND metric = '{measure}'"
    found = lake.sql(f"SELECT sum({column}) AS told FROM {found_in} WHERE {where}")
    assert int(found["told"][0]) == planted[measure] > 0


def test_what_a_brand_fills_in_is_there_row_by_row(loaded):
    lake, truth, _ = loaded
    folder = truth.with_name("exports") / "templates"
    for name, sql in (
        ("短信", "FROM touches WHERE channel = 'sms' AND kind IN ('sent', 'failed')"),
        ("门店优惠券", "FROM touches WHERE channel = 'store' AND kind = 'coupon_issue'"),
        ("试用", "FROM costs WHERE kind = 'sample'"),
        ("培训竞赛", "FROM campaigns WHERE channel LIKE 'staff_%'"),
        ("包裹卡", "FROM contents WHERE kind = 'mailer'"),
        ("店铺会员", "FROM memberships WHERE membership_id LIKE 'shop_member:%'"),
        ("团购活动", "FROM campaigns WHERE slot = '团购'"),
    ):
        rows = len((folder / f"{name}.csv").read_bytes().splitlines()) - 1
        assert int(lake.sql(f"SELECT count(*) AS n {sql}")["n"][0]) == rows > 0, name


def test_a_months_settlement_agrees_to_the_cent_and_the_lost_day_is_the_gap(loaded):
    """What each shop settles is what happened; no export of Tmall has the orders of one day."""
    lake, truth, _ = loaded
    true = pd.read_parquet(truth / "totals.parquet").query("kind != 'test' and channel == 'tmall'")
    happened, held = (
        true[true["exported_only"] == only].groupby("month")["net_amount"].sum().astype(float)
        for only in (False, True)
    )
    lost = (happened - held).loc[lambda gap: gap > 0]
    found = health.settled(lake.mart("settlement_months"), as_of=LAST_DAY)
    assert found.facts["judged"] == 3 * 8
    assert found.facts["off"] == len(lost) == 1
    gap = found.table.iloc[0]
    assert (gap["channel"], f"{gap['month_on']:%Y-%m}") == ("Tmall", lost.index[0])
    assert gap["gap"] == pytest.approx(-lost.iloc[0], abs=0.001)
    assert (found.table["orders_gap"][1:] == 0).all()


def test_no_row_of_a_file_that_is_read_is_refused(loaded):
    lake, _, _ = loaded
    assert lake.current.rows.quarantined == 0


def test_every_contact_is_there_once_with_its_end(loaded):
    lake, truth, _ = loaded
    counts = json.loads((truth / "planted.json").read_text("utf-8"))["counts"]
    assert lake.current.tables["contacts"].rows == counts["contacts"]


def test_the_wages_of_the_team_reach_the_bridge_a_month_each(loaded):
    lake, _, _ = loaded
    bridge = lake.mart("private_bridge").set_index("month_on")
    team = (ROLES.index("ip"), ROLES.index("service"))
    heads = sum(OTHERS[role - 1] for role in team) / Parameters().accounts_a_head
    assert [float(a) for a in bridge["team_amount"]] == [heads * Parameters().wage_yuan] * 3
    found = cohorts.money_bridge(bridge.reset_index(), as_of=LAST_DAY)
    assert found.facts["team_known"]
    assert found.headline.key != "pays_not_known_without_wages"


def test_every_article_is_there_with_its_place_its_lot_and_who_read_it(loaded):
    """Of the new interface: how many an article was delivered to is worked out from a share."""
    lake, truth, _ = loaded
    true = pd.read_parquet(truth / "contents.parquet").query("kind == 'article'")
    sql = "SELECT content_id, slot AS place, drawn_by_lot AS lot FROM contents"
    found = (
        lake.sql(sql)
        .merge(lake.mart("content_reach"), on="content_id")
        .merge(true, on="content_id", suffixes=("", "_true"))
    )
    assert len(found) == len(true)
    assert (found["slot_true"].map(dict(enumerate(SLOT_WORDS))) == found["place"]).all()
    assert (found["drawn_by_lot"] == found["lot"].astype(bool)).all()
    # Reads of the days after the last one are still to come.
    week = found["published_on"] <= pd.Timestamp(LAST_DAY) - pd.Timedelta(days=7)
    assert (found["opened"] == found["reads"])[week].all()
    read = found["opened"] > 0
    assert ((found["reached"] - found["delivered"]).abs() <= 1)[read].all()


def test_every_livestream_is_there_with_whom_it_was_shown_to(loaded):
    lake, truth, _ = loaded
    planted = json.loads((truth / "planted.json").read_text("utf-8"))["parameters"]["live_share"]
    lives = lake.mart("content_reach").query("kind == 'live'")
    lives = lives[
        ~lives["content_id"].str.startswith("channels:")
    ]  # Of them only who came is told.
    true = pd.read_parquet(truth / "contents.parquet").query("kind == 'live'")
    assert set(lives["content_id"]) == set(true["content_id"])
    assert set(lives["basis"]) == {"shown"}
    assert lives["opened"].sum() / lives["reached"].sum() == pytest.approx(planted, rel=0.25)


def test_groups_and_tasks_are_there_as_the_world_has_them(loaded):
    lake, truth, _ = loaded
    planted = json.loads((truth / "planted.json").read_text("utf-8"))["parameters"]["group_talk"]
    days = lake.mart("group_day").pivot_table(index="on_date", columns="metric", values="value")
    said = days["member_has_msg"].sum() / days["member_total"].sum()
    assert said == pytest.approx(planted, rel=4 / np.sqrt(days["member_has_msg"].sum()))
    tasks = lake.mart("execution_region").query("kind == 'mass_msg'")
    assert tasks["tasked"].notna().all()
    assert (tasks["done"] <= tasks["tasked"]).all()


@pytest.mark.parametrize(("program", "count"), [("free", "members"), ("paid", "paid_memberships")])
def test_every_member_and_every_paid_year_is_there_once(loaded, program, count):
    lake, truth, _ = loaded
    counts = json.loads((truth / "planted.json").read_text("utf-8"))["counts"]
    sql = (
        f"SELECT count(*) AS rows FROM memberships WHERE program = '{program}' "
        "AND membership_id NOT LIKE 'shop_member:%'"
    )
    assert lake.sql(sql)["rows"][0] == counts[count]


def test_ids_are_joined_without_error_and_as_far_as_the_exports_tell(loaded, capsys):
    """Pairs of ids of one person; phones are left out, because the lake has them keyed."""
    lake, truth, _ = loaded
    found = lake.sql("SELECT id_type, id_value, customer_id AS found FROM identities")
    true = pd.read_parquet(truth / "identities.parquet")
    both = found.merge(true, on=["id_type", "id_value"])
    root = joined(
        lake.sql(
            "SELECT left_type || ':' || left_value AS a, right_type || ':' || right_value AS b "
            "FROM identity_links"
        )
    )
    both["told"] = [root(name) for name in both["id_type"] + ":" + both["id_value"]]

    def pairs(*keys):
        size = both.groupby(list(keys)).size()
        return int((size * (size - 1) // 2).sum())

    right, people = pairs("found", "customer_id"), pairs("customer_id")
    precision, recall, told = right / pairs("found"), right / people, pairs("told", "customer_id")
    with capsys.disabled():
        print(  # noqa: T201
            f"\nidentity: precision {precision:.3f}, recall {recall:.3f} of {len(both)} ids; "
            f"the exports tell {told / people:.3f}"
        )
    assert precision > 0.98
    assert right >= 0.99 * told
    assert recall > 0.5


def joined(links):
    """Return a function that names the group into which links put an id."""
    above = {}

    def root(name):
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for left, right in zip(links["a"], links["b"], strict=True):
        above[root(left)] = root(right)
    return root
