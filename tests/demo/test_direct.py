"""Straight into the lake: what is read back is the truth, to the cent."""

import json
from dataclasses import fields

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from insights.demo.direct import DirectSource, Rows
from insights.demo.making import TruthFolder
from insights.demo.world import LAST_DAY, Spec, World
from insights.intake import ingest
from insights.settings import Settings
from insights.sources import Batch
from insights.store.lake import open_lake

SPEC = Spec(customers=600, months=6, seed=3)
TOTALS = """
SELECT o.channel, strftime(o.paid_at, '%Y-%m') AS "month", count(*) AS orders,
       sum(o.paid_amount) AS gross, sum(coalesce(r.amount, 0)) AS refunds
FROM orders o
LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM refunds GROUP BY 1) r USING (order_id)
WHERE o.paid_at IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2
"""
TRUE_TOTALS = """
SELECT channel, "month", sum(orders) AS orders, sum(gross_amount) AS gross,
       sum(refund_amount) AS refunds
FROM totals WHERE exported_only GROUP BY 1, 2 ORDER BY 1, 2
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("workspace")
    (root / "insights.toml").write_text("[brands.demo]\nsimulated = true\n", "utf-8")
    settings = Settings.load(root)
    world = World(SPEC)
    with TruthFolder(world, root / "truth") as truth:
        report = ingest(
            settings, settings.brand("demo"), DirectSource(world, watch=truth.add, block=250)
        )
    return settings, root / "truth", report


def test_its_rows_have_the_shape_of_a_sources_batch():
    assert [f.name for f in fields(Rows)] == [f.name for f in fields(Batch)]


def test_no_row_is_refused_or_merged_away(made):
    _, _, report = made
    assert {t.table: t.quarantined for t in report.tables if t.quarantined} == {}
    assert {t.table: t.merged for t in report.tables if t.merged} == {}


def test_the_lake_has_the_totals_of_the_truth_by_channel_and_month(made):
    settings, truth, _ = made
    lake = open_lake(settings, "demo", as_of=LAST_DAY)
    found = lake.arrow(TOTALS).read_all().to_pylist()
    totals = pq.read_table(truth / "totals.parquet")
    connection = duckdb.connect()
    connection.register("totals", totals)
    expected = connection.sql(TRUE_TOTALS).to_arrow_table().to_pylist()
    assert len(found) > 20
    assert found == expected


def test_the_lake_has_every_contact_and_membership_of_the_truth(made):
    settings, truth, _ = made
    counts = json.loads((truth / "planted.json").read_text("utf-8"))["counts"]
    rows = open_lake(settings, "demo").current.tables
    assert rows["contacts"].rows == counts["contacts"]
    assert rows["memberships"].rows == counts["memberships"]
    assert rows["orders"].rows == counts["orders_exported"]


def test_a_month_of_the_world_has_a_line_of_wages_on_its_last_day(made):
    settings, _, _ = made
    lake = open_lake(settings, "demo", as_of=LAST_DAY)
    paid = lake.sql("SELECT on_date, amount FROM costs WHERE kind = 'labour' ORDER BY on_date")
    assert len(paid) == SPEC.months
    assert pd.to_datetime(paid["on_date"]).dt.is_month_end.all()
    assert set(paid["amount"]) == {paid["amount"].iloc[0]}


# No group-buys, and no daily totals of groups: those are in its exports only.
# A refund whose order is missing is a fault of the data, and this world has none.
NOT_IN_THE_WORLD = {"group_buys", "group_day", "stray_refunds", "visit_day"}


def test_every_mart_of_what_the_world_has_holds_something(made):
    settings, _, _ = made
    lake = open_lake(settings, "demo")
    empty = {name for name in lake.marts()["mart"] if not len(lake.mart(name))}
    assert empty <= NOT_IN_THE_WORLD


def test_another_seed_is_another_input():
    first, second = (DirectSource(Spec(customers=600, seed=seed)) for seed in (1, 2))
    assert first.fingerprint() != second.fingerprint()
    assert first.fingerprint() == DirectSource(Spec(customers=600, seed=1)).fingerprint()
