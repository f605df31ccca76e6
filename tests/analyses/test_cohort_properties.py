"""What must hold of any purchases: sums, later data, names of customers, parts of a cohort."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insights.analyses import cohorts
from insights.analyses.cohorts.definition import triangle
from insights.analyses.cohorts.occasions import occasions_of

FIRST = date(2025, 1, 1)
DAYS = 400
BOUGHT = st.lists(st.tuples(st.integers(0, 12), st.integers(0, DAYS - 1)), min_size=1, max_size=80)
DEFINITIONS = st.sampled_from(
    [
        cohorts.Definition(),
        cohorts.Definition(every="week"),
        cohorts.Definition(windows="rolling"),
        cohorts.Definition(every="week", windows="rolling"),
        cohorts.Definition(when="in_or_after", until=3),
        cohorts.Definition(windows="rolling", when="in_or_after", until=2),
    ]
)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def frame(rows, name="c{}"):
    bought = pd.DataFrame(rows, columns=["who", "day"])
    return pd.DataFrame(
        {
            "customer_id": [name.format(who) for who in bought["who"]],
            "paid_at": pd.to_datetime([FIRST + timedelta(days=int(day)) for day in bought["day"]]),
        }
    )


def cells(bought, definition, as_of, **how):
    """The triangle, blind to gaps: random purchases are full of them."""
    seen = occasions_of(bought, as_of=as_of)
    seen.__dict__["gaps"] = []
    return triangle(seen, definition, **how)[0]


def closed(table):
    kept = table[~table["open"]]
    return {(row.cohort, row.age): (row.customers, row.returned) for row in kept.itertuples()}


@QUICK
@given(BOUGHT, DEFINITIONS, st.integers(60, 300), st.integers(1, 90))
def test_later_data_never_change_a_closed_cell(rows, definition, end, more):
    as_of = FIRST + timedelta(days=end)
    before = closed(cells(frame(rows), definition, as_of))
    after = closed(cells(frame(rows), definition, as_of + timedelta(days=more)))
    assert {key: after[key] for key in before} == before


@QUICK
@given(BOUGHT, DEFINITIONS)
def test_other_names_of_customers_change_nothing(rows, definition):
    as_of = FIRST + timedelta(days=DAYS)
    one = cells(frame(rows), definition, as_of)
    two = cells(frame(rows[::-1], "{}-x"), definition, as_of)
    pd.testing.assert_frame_equal(one, two)


@QUICK
@given(BOUGHT, DEFINITIONS, st.integers(1, 11))
def test_the_parts_of_a_cohort_add_up_to_it(rows, definition, cut):
    """With rolling windows the parts' last members differ: cells that are closed in all."""
    as_of = FIRST + timedelta(days=DAYS)
    whole = closed(cells(frame(rows), definition, as_of))
    parts = [
        closed(cells(frame(part), definition, as_of))
        for part in ([r for r in rows if r[0] < cut], [r for r in rows if r[0] >= cut])
        if part
    ]
    for key, (customers, returned) in whole.items():
        found = [part[key] for part in parts if key in part]
        if sum(size for size, _ in found) == customers:
            assert sum(back for _, back in found) == returned


@QUICK
@given(BOUGHT)
def test_the_triangle_counts_every_month_in_which_somebody_bought_once(rows):
    """Its total is that of the ledger: customers times months with a purchase after the first."""
    bought = frame(rows)
    as_of = FIRST + timedelta(days=DAYS + 31)
    table = cells(bought, cohorts.Definition(), as_of)
    months = bought.assign(month=bought["paid_at"].dt.to_period("M"))
    active = months.drop_duplicates(["customer_id", "month"])
    first = active.groupby("customer_id")["month"].transform("min")
    assert table["returned"].sum() == int((active["month"] > first).sum())
    assert table.groupby("cohort")["customers"].first().sum() == bought["customer_id"].nunique()


@QUICK
@given(BOUGHT, st.integers(1, 120))
def test_each_customer_is_in_one_month_of_repurchase_or_left_out(rows, within):
    found = cohorts.repurchase(
        frame(rows), as_of=FIRST + timedelta(days=DAYS), within_days=within, min_customers=1
    )
    if found.enough:
        assert found.checks[0].passed
        done = found.table.dropna(subset="returned")
        assert (done["returned"] <= done["customers"]).all()
