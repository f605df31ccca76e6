"""Pieces per order: worked out by hand, and months drawn from one lot."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses.cohorts import baskets
from insights.errors import MissingColumns
from insights.results import NotEnoughData
from tests.truth.plant import Coverage, false_alarms_hold

AS_OF = date(2026, 6, 14)  # June is not over: May is the newest whole month.


def months(**held):
    """The mart `baskets` of orders' pieces, by channel and month as `store_2026_05=[1, 2]`."""
    rows = []
    for name, pieces in held.items():
        channel, year, month = name.rsplit("_", 2)
        n = np.asarray(pieces, float)
        rows.append(
            {
                "month_on": date(int(year), int(month), 1),
                "channel": channel,
                "orders": n.size,
                "several_orders": int((n > 1).sum()),
                "pieces": n.sum(),
                "pieces_square": (n**2).sum(),
                "pieces_cube": (n**3).sum(),
            }
        )
    return pd.DataFrame(rows)


def drawn(rng, orders=400):
    return 1 + rng.geometric(0.6, orders) // 2


def test_the_newest_whole_month_by_channel():
    found = baskets(
        months(store_2026_05=[1] * 60 + [2] * 40, tmall_2026_05=[1] * 50, store_2026_06=[9] * 99),
        as_of=AS_OF,
    )
    assert found.table["orders"].tolist() == [150, 100, 50]
    assert found.table["pieces_per_order"].tolist() == pytest.approx([190 / 150, 1.4, 1.0])
    assert found.table["several_share"].tolist() == pytest.approx([40 / 150, 0.4, 0.0])
    assert found.headline.key == "pieces_per_order"
    assert "2026-05" in found.headline.text("en")
    assert all(check.passed for check in found.checks)


@pytest.mark.parametrize(
    ("then", "said"), [([1] * 400, "more"), ([3] * 400, "fewer"), ([1, 2] * 200, "distinguishable")]
)
def test_against_the_same_month_of_the_year_before(then, said):
    found = baskets(months(store_2026_05=[1, 2] * 200, store_2025_05=then), as_of=AS_OF)
    assert said in found.headline.text("en")
    assert found.claims[1].key == "pieces_per_order"


def test_channels_of_few_orders_are_in_the_total_alone():
    found = baskets(months(store_2026_05=[1] * 60, jd_2026_05=[5] * 3), as_of=AS_OF)
    assert found.table["orders"].tolist() == [63, 60]
    assert any("1 channels" in found.say(caveat) for caveat in found.caveats)


@pytest.mark.parametrize("held", [{}, {"store_2026_05": [1] * 29}, {"store_2026_06": [1] * 99}])
def test_a_month_without_lines_says_what_is_needed(held):
    empty = months(store_2026_05=[1]).iloc[:0]
    found = baskets(months(**held) if held else empty, as_of=AS_OF)
    assert isinstance(found, NotEnoughData)


def test_a_frame_without_cubes_is_refused_by_name():
    with pytest.raises(MissingColumns, match="pieces_cube"):
        baskets(months(store_2026_05=[1]).drop(columns="pieces_cube"), as_of=AS_OF)


@pytest.mark.parametrize("count", [30, pytest.param(300, marks=pytest.mark.slow)])
def test_intervals_hold_the_truth_and_months_alike_are_seldom_told_apart(count):
    truth = drawn(np.random.default_rng(0), 4_000_000).mean()
    gathered, alarms = Coverage(0.95), 0
    for seed in range(1, count + 1):
        rng = np.random.default_rng(seed)
        found = baskets(months(store_2026_05=drawn(rng), store_2025_05=drawn(rng)), as_of=AS_OF)
        gathered.add(found.facts["low"], found.facts["high"], truth)
        alarms += found.headline.key == "pieces_per_order_moved"
    assert gathered.holds(), gathered.share
    assert count < 300 or gathered.fits()
    assert false_alarms_hold(alarms, count, 0.05)
