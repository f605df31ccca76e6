"""Levels: what a forecast misses as a whole carries over in part, and ranks stay."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import churn
from insights.analyses.churn import level as module
from insights.analyses.churn.features import describe
from insights.analyses.churn.forecaster import SilenceForecaster
from insights.analyses.churn.level import PART, level
from insights.analyses.churn.recipe import fitted, with_lifetime
from insights.wording import say
from tests.analyses.conftest import as_changes, features_at

HORIZON = 28


def world(paces, *, customers=900, first="2024-01-01", seed=3):
    """Customers who each buy at a rate of their own times the pace of each stretch of 28 days."""
    rng = np.random.default_rng(seed)
    rates = rng.gamma(2.0, 0.012, customers)
    rows = []
    for number, pace in enumerate(paces):
        count = rng.poisson(rates * pace * HORIZON)
        for who in np.flatnonzero(count):
            days = number * HORIZON + rng.integers(0, HORIZON, count[who])
            rows += [(who, int(day)) for day in set(days.tolist())]
    table = pd.DataFrame(sorted(rows), columns=["who", "day"])
    moment = pd.Timestamp(first) + pd.to_timedelta(table["day"], unit="D") + pd.Timedelta("10h")
    ids = table["who"].map("c{:04d}".format)
    return as_changes({"customer_id": ids, "paid_at": moment, "net_amount": 20.0})


def panel_of(bought, stretches):
    """Cut-offs at the end of each stretch, with what followed in the next."""
    days = bought.assign(day=bought["paid_at"].dt.normalize())
    start = pd.Timestamp("2024-01-01")
    parts = []
    for number in range(3, stretches):
        cutoff = start + pd.Timedelta(days=number * HORIZON - 1)
        rows = describe(days, cutoff).reset_index()
        after = days[(days["day"] > cutoff) & (days["day"] <= cutoff + pd.Timedelta(days=HORIZON))]
        count = rows["customer_id"].map(after["customer_id"].value_counts()).fillna(0)
        parts.append(rows.assign(cutoff=cutoff, purchases=count.astype(float), closed=True,
                                 churned=count == 0))  # fmt: skip
    return with_lifetime(pd.concat(parts, ignore_index=True), horizon_days=HORIZON)


def split(panel, stretch):
    cutoff = pd.Timestamp("2024-01-01") + pd.Timedelta(days=stretch * HORIZON - 1)
    train = panel[panel["cutoff"] + pd.Timedelta(days=HORIZON) <= cutoff]
    return train, panel[panel["cutoff"] == cutoff], cutoff


@pytest.fixture(scope="module")
def festival():
    """Every 13th stretch of four weeks is a festival: three times as many purchases."""
    paces = [3.0 if number % 13 == 8 else 1.0 for number in range(23)]
    return panel_of(world(paces), 23)


class TestLevel:
    def test_the_same_season_a_year_before_is_found_and_believed_by_half(self, festival):
        train, test, cutoff = split(festival, 21)  # The stretch after it is a festival.
        found = level(train, cutoff, HORIZON)
        assert found.of_last_year
        assert found.cutoff == cutoff - pd.Timedelta(days=364)
        assert found.actual < found.predicted
        assert found.shift < -0.3
        plain = SilenceForecaster().fit(train, train["churned"])
        moved, _ = fitted(train, cutoff, HORIZON)
        actual = test["churned"].mean()
        missed = [abs(m.predict_proba(test)[:, 1].mean() - actual) for m in (plain, moved)]
        assert missed[1] < 0.75 * missed[0]

    def test_without_a_year_before_it_is_the_window_that_closed_last(self, festival):
        train, _, cutoff = split(festival, 12)
        found = level(train, cutoff, HORIZON)
        assert not found.of_last_year
        assert found.cutoff == train["cutoff"].max()

    def test_it_closes_half_of_the_gap_on_the_scale_of_the_odds(self, festival):
        train, _, cutoff = split(festival, 12)
        found = level(train, cutoff, HORIZON)
        before = train[train["cutoff"] + pd.Timedelta(days=HORIZON) <= found.cutoff]
        model = SilenceForecaster().fit(before, before["churned"])
        then = train[train["cutoff"] == found.cutoff]
        whole = model.moved(found.shift / PART).predict_proba(then)[:, 1].mean()
        assert whole == pytest.approx(then["churned"].mean(), abs=1e-6)

    def test_a_brand_without_seasons_is_hardly_moved(self):
        panel = panel_of(world([1.0] * 20, seed=9), 20)
        shifts = [level(*[split(panel, n)[i] for i in (0, 2)], HORIZON).shift for n in (15, 17, 19)]
        assert np.abs(shifts).max() < 0.25

    def test_ranks_stay_as_they_are(self, festival):
        train, test, cutoff = split(festival, 21)
        plain = SilenceForecaster().fit(train, train["churned"]).predict_proba(test)[:, 1]
        moved = fitted(train, cutoff, HORIZON)[0].predict_proba(test)[:, 1]
        assert (np.argsort(plain, kind="stable") == np.argsort(moved, kind="stable")).all()

    def test_nothing_to_learn_from_before_moves_nothing(self, festival):
        train = festival[festival["cutoff"] == festival["cutoff"].min()]
        assert level(train, train["cutoff"].max(), HORIZON) == module.Level()

    def test_it_knows_nothing_of_the_window_that_it_is_for(self, festival):
        train, _, cutoff = split(festival, 21)
        spoilt = festival.copy()
        later = spoilt["cutoff"] + pd.Timedelta(days=HORIZON) > cutoff
        spoilt.loc[later, ["purchases", "churned"]] = [0.0, True]
        again, _, _ = split(spoilt, 21)
        assert level(again, cutoff, HORIZON).shift == level(train, cutoff, HORIZON).shift


def test_the_page_says_what_was_missed_and_how_much_of_it_counts():
    bought = world([3.0 if number % 13 == 8 else 1.0 for number in range(20)])
    as_of = date(2025, 7, 13)
    days = churn.cutoffs(as_of, horizon_days=HORIZON, first_day=bought["paid_at"].min().date())
    found = churn.study(
        features_at(bought, days), bought, as_of=as_of, horizon_days=HORIZON, identified_share=1.0
    )
    page = churn.exposure(found)
    [claim] = [claim for claim in page.claims if claim.key == "level"]
    assert "50% of that miss is taken into account today" in claim.text("en")
    assert "50%" in say(claim.message, page.facts, "zh-CN")
    assert churn.card(found).model.forecaster.intercept_ == found.forecaster.intercept_
