"""Money back by host and livestream: on sums made by hand, and on lots that are all alike."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses.cohorts import live_refunds
from insights.analyses.cohorts.live_refunds import NO_HOST, SESSION
from insights.errors import MissingColumns
from insights.results import NotEnoughData
from tests.truth.plant import Coverage, false_alarms_hold

AS_OF = date(2026, 6, 30)


def sold(*orders, session=None):
    """The mart `live_refunds` of orders: host, paid, back."""
    frame = pd.DataFrame(orders, columns=["host", "paid", "back"])
    frame = frame.assign(
        orders=1,
        gross_amount=frame["paid"],
        refund_amount=frame["back"],
        gross_square=frame["paid"] ** 2,
        refund_square=frame["back"] ** 2,
        gross_refund=frame["paid"] * frame["back"],
    ).drop(columns=["paid", "back"])
    sums = frame.groupby("host", dropna=False, as_index=False).sum()
    return sums.assign(channel="douyin", session=session, session_on=None)


def of_host(host, orders, back, paid=100.0):
    """Orders of one amount, of which so many went back whole."""
    return [(host, paid, paid)] * back + [(host, paid, 0.0)] * (orders - back)


def drawn(seed, shares, orders=400):
    """Orders of skewed amounts, each given back whole by the chance of its host."""
    rng = np.random.default_rng(seed)
    rows = []
    for host, share in shares.items():
        paid = np.round(rng.lognormal(5, 0.6, orders), 2)
        back = np.where(rng.random(orders) < share, paid, 0.0)
        rows += list(zip([host] * orders, paid, back, strict=True))
    return sold(*rows)


def test_hosts_are_held_against_all_else_on_the_channel():
    found = live_refunds(
        sold(*of_host("h1", 200, 120), *of_host("h2", 200, 40), *of_host(None, 400, 40)),
        as_of=AS_OF,
    )
    rows = found.table.set_index("group")
    assert rows.loc["h1", ["share", "rest"]].tolist() == pytest.approx([0.6, 80 / 600])
    assert rows.loc["h2", "rest"] == pytest.approx(160 / 600)
    assert np.isnan(rows.loc[NO_HOST, "p"])  # what hosts are held against is not on trial
    assert "60%" in found.headline.text("en")
    assert "h1" in found.headline.text("zh-CN")
    assert all(check.passed for check in found.checks)
    # Every order of one amount: the error is that of a share.
    assert rows.loc["h1", "high"] - 0.6 == pytest.approx(1.96 * np.sqrt(0.24 / 200), abs=1e-4)


def test_hosts_alike_are_not_distinguishable():
    found = live_refunds(sold(*of_host("h1", 200, 60), *of_host("h2", 200, 61)), as_of=AS_OF)
    assert found.headline.key == "live_refunds_same"


def test_sessions_stand_beside_hosts_with_their_day():
    parts = [
        sold(*of_host("h1", 150, back), session=f"room{back}").assign(session_on="2026-03-01")
        for back in (30, 90)
    ]
    found = live_refunds(pd.concat(parts), as_of=AS_OF)
    sessions = found.table[found.table["of"] == SESSION]
    assert sessions["group"].tolist() == ["2026-03-01 room90", "2026-03-01 room30"]
    assert not any("No order names" in found.say(caveat) for caveat in found.caveats)


def test_where_no_order_names_a_session_it_says_which_interface_does():
    found = live_refunds(sold(*of_host("h1", 150, 30), *of_host(None, 150, 30)), as_of=AS_OF)
    assert any("order interface" in found.say(caveat) for caveat in found.caveats)


@pytest.mark.parametrize("rows", [[], of_host("h1", 99, 9), of_host("h1", 500, 50)])
def test_one_host_or_few_orders_are_not_enough_and_it_says_what_is(rows):
    found = live_refunds(sold(*rows), as_of=AS_OF)
    assert isinstance(found, NotEnoughData)
    assert "author" in found.say(found.needs)


def test_a_frame_without_squares_is_refused_by_name():
    with pytest.raises(MissingColumns, match="gross_square"):
        live_refunds(sold(*of_host("h1", 9, 1)).drop(columns="gross_square"), as_of=AS_OF)


def cover(seeds):
    """Gather the intervals of three hosts whose shares are planted."""
    gathered = Coverage(0.95)
    shares = {"h1": 0.4, "h2": 0.2, "h3": 0.3}
    for seed in seeds:
        rows = live_refunds(drawn(seed, shares), as_of=AS_OF).table.set_index("group")
        for host, share in shares.items():
            gathered.add(rows.loc[host, "low"], rows.loc[host, "high"], share)
    return gathered


@pytest.mark.parametrize("count", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_the_planted_share_lies_within_its_interval_as_often_as_promised(count):
    gathered = cover(range(count))
    assert gathered.holds(), gathered.share
    assert count < 100 or gathered.fits()  # nor too wide, which few worlds would not tell


@pytest.mark.parametrize("count", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_hosts_made_by_lot_are_told_apart_no_more_often_than_they_should(count):
    found = [
        live_refunds(drawn(seed, dict.fromkeys(("h1", "h2", "h3"), 0.3)), as_of=AS_OF)
        for seed in range(count)
    ]
    assert false_alarms_hold(sum(r.facts["apart"] > 0 for r in found), count, 0.05)
