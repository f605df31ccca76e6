"""What must hold of the money of cohorts, whatever was bought: sums, later months, names, parts."""

from datetime import datetime, timedelta

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insights import schema
from insights.store import marts
from insights.store.engine import CALENDAR, identifier

FIRST = datetime(2025, 1, 1)
DAYS = 300
CHANNELS = ("store", "tmall", "youzan")
# Who (0: nobody known), day, hour, cents (0 or 1: a trifle), channel, hundredths that went back,
# and after how many days.
BOUGHT = st.lists(
    st.tuples(
        st.integers(0, 6), st.integers(0, DAYS - 1), st.integers(0, 23), st.integers(0, 9_999),
        st.sampled_from(CHANNELS), st.sampled_from([0, 0, 0, 40, 100]),
        st.sampled_from([0, 0, 20, 70, 130]),
    ),
    min_size=1, max_size=40,
)  # fmt: skip
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KEYS = ["cohort_on", "first_channel", "month_on", "age_months"]
SUMS = [
    "buyers", "orders", "gross_amount", "refund_amount", "net_amount", "occasion_amount",
    "net_square", "net_cube",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine():
    opened = duckdb.connect()
    opened.execute(CALENDAR)
    opened.execute("CREATE VIEW rules AS SELECT CAST(0.01 AS DECIMAL(18, 2)) AS trifle_amount")
    for name in schema.names():
        columns = ", ".join(
            f"{identifier(c.name)} {c.sql_type}" for c in schema.all_columns(schema.get(name))
        )
        opened.execute(f"CREATE TABLE {identifier(name)} ({columns})")
    return opened


def asked(engine, rows, mart, *, until=DAYS, name="c{}"):
    """Return a mart of these purchases and of what went back of them, by the end of a day."""
    orders, refunds = [], []
    for number, (who, day, hour, cents, channel, back, after) in enumerate(rows):
        at = FIRST + timedelta(days=day, hours=hour)
        order = {
            "order_id": f"o{number}", "customer_id": name.format(who) if who else None,
            "channel": channel, "shop_id": "S", "created_at": at, "paid_at": at, "status": "done",
            "paid_amount": cents / 100, "is_gift": False, "is_test": False, "is_presale": False,
        }  # fmt: skip
        orders.append(order)
        if back:
            amount = cents * back // 100 / 100
            refunds.append(
                {
                    "refund_id": f"r{number}", "order_id": f"o{number}",
                    "refunded_at": at + timedelta(days=after), "amount": amount,
                    "is_estimated": False,
                }
            )  # fmt: skip
    for table, made in (("orders", orders), ("refunds", refunds)):
        engine.execute(f"DELETE FROM {table}")
        if made:
            engine.register("made", pa.Table.from_pylist(made))
            engine.execute(f"INSERT INTO {table} BY NAME SELECT * FROM made")
    end = f"TIMESTAMP '{FIRST + timedelta(days=until):%Y-%m-%d} 23:59:59'"
    query = marts.with_marts(f"SELECT * FROM {mart}").replace("$as_of", end)
    return engine.execute(query).df()


def cells(engine, rows, **how):
    found = asked(engine, rows, "cohort_money", **how)
    found = found[found["cohort_on"].notna()].astype(dict.fromkeys(SUMS, float))
    return found.set_index(KEYS)[["customers", *SUMS]].sort_index()


@QUICK
@given(BOUGHT)
def test_all_cells_are_the_ledger_and_their_occasions_are_the_purchases(engine, rows):
    money = ["gross_amount", "refund_amount", "net_amount"]
    found = asked(engine, rows, "cohort_money")
    ledger = asked(engine, rows, "sales_month")
    for name in money:
        assert float(found[name].sum()) == pytest.approx(float(ledger[name].sum()))
    bought = asked(engine, rows, "purchases")
    inside = found[found["cohort_on"].notna()]
    assert float(inside["occasion_amount"].sum()) == pytest.approx(bought["net_amount"].sum())
    newest = inside[inside["age_months"] == 0]
    assert newest["customers"].sum() == bought["customer_id"].nunique()


@QUICK
@given(BOUGHT)
def test_each_customer_is_in_the_cohort_and_channel_of_the_first_purchase(engine, rows):
    first = asked(engine, rows, "first_purchases")
    month = pd.to_datetime(first["first_on"]).dt.to_period("M").dt.to_timestamp()
    sizes = first.groupby([month, first["channel"]]).size()
    found = asked(engine, rows, "cohort_money")
    found = found[found["cohort_on"].notna()]
    shown = found.groupby(["cohort_on", "first_channel"])["customers"].max()
    assert shown.to_dict() == sizes.to_dict()
    buyers = found[found["age_months"] == 0].set_index(["cohort_on", "first_channel"])["buyers"]
    assert buyers.to_dict() == shown.to_dict()


def late(row, closed):
    """Whether what goes back of a purchase goes back after a day on which it had been made."""
    _who, day, _hour, _cents, _channel, back, after = row
    return bool(back) and day <= closed < day + after


@QUICK
@given(BOUGHT, st.integers(31, 250))
def test_a_later_month_never_changes_the_counts_of_a_closed_cell(engine, rows, end):
    """Nor what was paid in it; what went back since is taken off the month in which it was paid."""
    month_ends = pd.date_range(FIRST, periods=9, freq="ME")
    closed = [(day - FIRST).days for day in month_ends if (day - FIRST).days <= end][-1]
    # An order that goes back in full was no purchase, whenever it goes: see the next test.
    rows = [(*row[:5], 40, row[6]) if late(row, closed) else row for row in rows]
    before = cells(engine, rows, until=closed)
    after = cells(engine, rows, until=DAYS + 150)
    after = after[after.index.get_level_values("month_on") <= FIRST + timedelta(days=closed)]
    assert len(before) == len(after)
    if not len(before):
        return
    same = ["customers", "buyers", "orders", "gross_amount"]
    pd.testing.assert_frame_equal(before[same], after[same])
    lost = after["refund_amount"] - before["refund_amount"]
    restated = lost.groupby(level="month_on").sum()
    since = dict.fromkeys(restated.index, 0.0)
    for row in rows:
        if row[0] and late(row, closed):
            month = (FIRST + timedelta(days=row[1])).replace(day=1)
            since[pd.Timestamp(month)] += row[3] * row[5] // 100 / 100
    assert restated.to_dict() == pytest.approx(since)
    pd.testing.assert_series_equal(
        after["net_amount"], before["net_amount"] - lost, check_names=False, atol=1e-6
    )


@QUICK
@given(BOUGHT)
def test_what_goes_back_late_counts_as_if_it_had_gone_at_once(engine, rows):
    """An order that goes back in full is no purchase, though its month has been closed since."""
    at_once = [(*row[:6], 0) for row in rows]
    pd.testing.assert_frame_equal(
        cells(engine, rows, until=DAYS + 150), cells(engine, at_once, until=DAYS + 150)
    )


@QUICK
@given(BOUGHT)
def test_other_names_of_customers_change_nothing(engine, rows):
    pd.testing.assert_frame_equal(cells(engine, rows), cells(engine, rows, name="{}-other"))


@QUICK
@given(BOUGHT, st.integers(1, 6))
def test_the_parts_of_a_cohort_add_up_to_it(engine, rows, cut):
    parts = [r for r in rows if r[0] < cut], [r for r in rows if r[0] >= cut]
    whole = cells(engine, rows)
    split = pd.concat([cells(engine, part) for part in parts if part])
    added = split.groupby(level=KEYS)[SUMS].sum().sort_index()
    pd.testing.assert_frame_equal(whole[SUMS], added, check_exact=False, atol=1e-6)
