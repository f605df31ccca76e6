"""Targets: a verdict where the whole interval stands on one side of a bound, for each figure."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses.cohorts import contacts_goal, contacts_stock, scorecard, targets
from insights.errors import MissingColumns, ParameterError
from insights.results import NotEnoughData
from tests.analyses.test_cohort_comparable import curve
from tests.analyses.test_cohort_growth import AS_OF, activity_of
from tests.analyses.test_joining import ordering, people, together
from tests.truth.plant import Coverage


def sales_of(private, public, *, month="2026-06-01", orders=10_000):
    """The mart `private_sales`; the orders of each side are alike."""
    return pd.DataFrame(
        {
            "month_on": pd.Timestamp(month),
            "channel": ["youzan", "tmall", "store"],
            "is_private": [True, False, False],
            "net_amount": [private, public, 5_000.0],
            "net_square": [private**2 / orders, public**2 / orders, 1.0],
        }
    )


def band_of(low, high, metric="private_share", period="2026-06", scope="all"):
    return pd.DataFrame(
        [{"metric": metric, "scope": scope, "period": period, "low": low, "high": high}]
    )


class TestTargets:
    @pytest.mark.parametrize(
        ("low", "high", "verdict"),
        [(0.08, 0.12, "within"), (0.12, 0.20, "below"), (None, 0.08, "above"),
         (0.1001, None, "unsure"), (0.05, None, "within")],
    )  # fmt: skip
    def test_a_verdict_stands_where_the_whole_interval_does(self, low, high, verdict):
        found = targets(band_of(low, high), sales_of(1_000.0, 9_000.0), as_of=AS_OF)
        assert found.facts["verdict"] == verdict
        assert found.facts["value"] == 0.1  # of online sales: the store is none
        assert found.bundle().svg

    def test_few_orders_cannot_be_told_where_many_can(self):
        few = sales_of(1_000.0, 9_000.0, orders=20)
        found = targets(band_of(0.08, 0.12), few, as_of=AS_OF)
        assert found.headline.key == "target_unsure"

    @pytest.mark.parametrize("count", [15, pytest.param(200, marks=pytest.mark.slow)])
    def test_the_interval_covers_the_planted_share_as_often_as_promised(self, count):
        draw, cover = np.random.default_rng(8), Coverage(0.95)
        for _ in range(count):
            amounts = draw.lognormal(6, 0.7, 800)
            mine = draw.random(800) < 0.1
            frame = sales_of(amounts[mine].sum(), amounts[~mine].sum())
            frame["net_square"] = [(amounts[mine] ** 2).sum(), (amounts[~mine] ** 2).sum(), 1.0]
            facts = targets(band_of(0.08, 0.12), frame, as_of=AS_OF).facts
            cover.add(facts["low"], facts["high"], 0.1)
        assert cover.holds(), cover.share
        assert count < 100 or cover.fits()  # nor too wide, which few worlds would not tell

    def test_sums_of_money_are_what_they_are(self):
        found = targets(
            band_of(900.0, None, "private_net_amount"), sales_of(1_000.0, 9_000.0), as_of=AS_OF
        )
        assert found.headline.key == "target_within"

    def test_a_month_that_is_not_over_is_held_against_nothing(self):
        found = targets(band_of(0.1, None), sales_of(1_000.0, 9_000.0), as_of=date(2026, 6, 29))
        assert isinstance(found, NotEnoughData)

    def test_figures_that_are_not_worked_out_are_named(self):
        bands = pd.concat([band_of(0.08, 0.12), band_of(1, 2, "moon_phase")])
        found = targets(bands, sales_of(1_000.0, 9_000.0), as_of=AS_OF)
        assert "moon_phase" in found.say(found.caveats[0])

    def test_contacts_at_a_month_s_end_are_held_against_their_band(self):
        stock = contacts_stock(activity_of([3] * 100, [1] * 100), as_of=AS_OF)
        for low, verdict in ((199, "within"), (201, "below")):
            bands = band_of(low, None, "contacts")
            found = targets(bands, sales_of(1.0, 9.0), as_of=AS_OF, stock=stock)
            assert (found.facts["value"], found.facts["verdict"]) == (200.0, verdict)
        # A month that is not over has no end yet.
        early = date(2026, 6, 29)
        stock = contacts_stock(activity_of([3] * 100, [1] * 100, until=early), as_of=early)
        assert not targets(bands, sales_of(1.0, 9.0), as_of=early, stock=stock).enough

    def test_several_figures_are_summed_up_each_by_its_newest_month(self):
        stock = contacts_stock(activity_of([3] * 100, [1] * 100), as_of=AS_OF)
        contacts = [(1, "2026-05"), (201, "2026-06")]
        bands = pd.concat(
            [
                *[band_of(low, None, "contacts", period) for low, period in contacts],
                band_of(0.08, 0.12),
            ]
        )
        found = targets(bands, sales_of(1_000.0, 9_000.0), as_of=AS_OF, stock=stock)
        assert found.table["period"].tolist() == ["2026-06", "2026-06", "2026-05"]
        assert found.telling_rows() == 2
        said = found.claims[1].text("en")
        assert said.startswith("Of 2 figures with a target, each in its newest month, 1 lie below")

    def test_the_goal_for_contacts_is_the_last_one_that_the_forecast_reaches(self):
        contacts = [(250, "2026-06"), (260, "2026-07"), (210, "2026-08"), (400, "2026-12")]
        bands = pd.concat(
            [
                *[band_of(low, None, "contacts", period) for low, period in contacts],
                band_of(0.1, None, "private_share", "2026-09"),
            ]
        )
        goal = contacts_goal(bands, as_of=AS_OF)
        assert goal == {"aim": 210.0, "by": date(2026, 8, 31)}
        days = activity_of([3] * 100, [1] * 100)
        # 200 are there, and more come than go: each week makes it surer.
        chances = [
            contacts_stock(days, as_of=AS_OF, aim=210, by=day).facts["chance"]
            for day in (date(2026, 7, 5), goal["by"])
        ]
        assert chances[0] < 0.5
        assert chances[1] > 0.7
        assert contacts_goal(bands, as_of=date(2027, 1, 1)) == {}
        with pytest.raises(ParameterError, match="2027"):
            contacts_stock(
                activity_of([3] * 100, [1] * 100), as_of=AS_OF, aim=1, by=date(2027, 1, 1)
            )

    def test_a_table_without_bounds_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="low"):
            targets(band_of(1, 2).drop(columns="low"), sales_of(1.0, 9.0), as_of=AS_OF)


class TestNewContacts:
    def card(self, share, *, size=400, **how):
        """The scorecard of people who joined on the 10th of April, May and June."""
        return scorecard(
            together(
                *[
                    ordering(
                        people(size, name=f"{month}-", joined=f"2026-{month}-10"), share
                    )
                    for month in ("04", "05", "06")
                ]
            ),
            as_of=AS_OF,
            **how,
        )  # fmt: skip

    def found(self, low, metric, share=0.1, *, period="2026-05", **how):
        bands = band_of(low, None, metric, period)
        return targets(
            bands, sales_of(1.0, 9.0), as_of=AS_OF, scorecard=self.card(share, **how)
        )  # fmt: skip

    @pytest.mark.parametrize("metric", ["first_order_7d_share", "first_order_30d_share"])
    @pytest.mark.parametrize(
        ("low", "verdict"), [(0.05, "within"), (0.10, "unsure"), (0.20, "below")]
    )
    def test_how_a_month_s_new_contacts_start_is_held_against_its_band(self, metric, low, verdict):
        found = self.found(low, metric)
        assert found.facts["value"] == pytest.approx(0.1)
        assert found.facts["verdict"] == verdict
        assert found.headline.key == f"target_{verdict}"

    def test_few_contacts_cannot_be_told_where_many_can(self):
        assert self.found(0.2, "first_order_7d_share", size=25).facts["verdict"] == "unsure"

    @pytest.mark.parametrize(
        ("metric", "period"),
        # The last of June have not been here for a week, those of the end of May not for 30 days
        # and the time that refunds take; nobody is known to have written.
        [("first_order_7d_share", "2026-06"), ("first_order_30d_share", "2026-06"),
         ("replied_7d_share", "2026-05")],
    )  # fmt: skip
    def test_a_month_whose_windows_are_open_is_held_against_nothing(self, metric, period):
        assert isinstance(self.found(0.1, metric, period=period), NotEnoughData)

    def test_a_month_that_refunds_may_still_empty_is_held_against_nothing(self):
        kept = self.found(0.05, "first_order_30d_share", period="2026-05")
        assert kept.enough
        slow = self.found(0.05, "first_order_30d_share", period="2026-05", refunds=curve())
        assert not slow.enough


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_every_sentence_is_said_without_a_gap(lang):
    stock = contacts_stock(activity_of([3] * 100, [1] * 100), as_of=AS_OF)
    bands = pd.concat([band_of(0.08, 0.12), band_of(100, None, "contacts")])
    for given in (band_of(0.08, 0.12), bands):
        found = targets(given, sales_of(1_000.0, 9_000.0), as_of=AS_OF, stock=stock)
        assert found.bundle().svg
        for text in [claim.text(lang) for claim in found.claims]:
            assert not {"nan", "None", "{"} & set(text.split())
