"""Refunds by the hour, from paid to net, and money by cohort: on tables made by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses.cohorts import cohort_money, refund_curve, waterfall
from insights.analyses.cohorts.comparable import settle_days, unsettled
from insights.errors import CheckFailed, MissingColumns
from insights.models.intervals import mean_interval
from insights.results import NotEnoughData
from tests.truth.plant import false_alarms_hold

AS_OF = date(2025, 6, 30)


def hours_of(*rows, channel="douyin"):
    """The mart `refund_hours`: outcome, hours, orders of 100 yuan each."""
    frame = pd.DataFrame(rows, columns=["outcome", "hours", "orders"])
    return frame.assign(
        channel=channel,
        month_on=pd.Timestamp("2025-01-01"),
        amount=frame["orders"] * 100.0,
        square_amount=frame["orders"] * 100.0**2,
    )


def opened_last_week(channel="douyin"):
    """Thirty of a hundred orders went back by day 2; the oldest is a week old."""
    young = hours_of(("before_ship", 40, 30), ("kept", 168, 40), ("kept", 60, 30), channel=channel)
    return young.assign(month_on=pd.Timestamp("2025-06-01"))


def ledger(gross, refunded, month="2025-01-01"):
    return pd.DataFrame(
        {
            "month_on": [pd.Timestamp(month)],
            "gross_amount": [gross],
            "refund_amount": [refunded],
            "net_amount": [gross - refunded],
        }
    )


LIVE = hours_of(
    ("before_ship", 2, 250), ("after_ship", 200, 150), ("kept", 1440, 600), ("kept", 10, 40)
)


class TestRefundCurve:
    def test_two_waves_of_the_money(self):
        found = refund_curve(LIVE, as_of=AS_OF)
        row = found.table.iloc[0]
        # 250 of 1,040 before shipment; then 150 of the 750 still watched.
        assert row["before"] == pytest.approx(250 / 1040)
        assert row["after"] == pytest.approx((1 - 250 / 1040) * 150 / 750)
        assert row["settle_days"] == 9  # 200 hours
        assert "before shipment" in found.headline.text("en")

    def test_young_sales_are_told_what_they_will_still_give_back(self):
        row = refund_curve(LIVE, as_of=AS_OF).table.iloc[0]
        # 40 orders are 10 hours old: past the first wave, not the second, which takes a fifth.
        assert row["young_amount"] == 4_000
        assert row["to_come"] == pytest.approx(800)
        assert row["to_come_low"] < 800 < row["to_come_high"]

    def test_settled_sales_have_nothing_to_come(self):
        old = hours_of(("before_ship", 2, 50), ("kept", 1440, 50))
        found = refund_curve(old, as_of=AS_OF)
        assert found.table["to_come"].tolist() == [0.0]
        assert "to_come" not in {claim.key for claim in found.claims}

    def test_refunds_on_the_day_of_payment_are_no_reason_to_wait(self):
        found = refund_curve(hours_of(("before_ship", 0, 50), ("kept", 1440, 50)), as_of=AS_OF)
        assert "settled_at_once" in {claim.key for claim in found.claims}

    def test_a_channel_whose_refunds_have_no_time_is_refused_with_the_export_that_has_it(self):
        blind = hours_of(("untold", 0, 50), ("kept", 1440, 50))
        found = refund_curve(blind, as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "Douyin" in found.say(found.because)
        assert "after-sale list" in found.say(found.needs)

    def test_one_blind_channel_among_others_is_said(self):
        blind = hours_of(("untold", 0, 50), ("kept", 1440, 50), channel="tmall")
        found = refund_curve(pd.concat([LIVE, blind]), as_of=AS_OF)
        assert found.table["channel"].tolist() == ["douyin"]
        assert any("Tmall" in found.say(caveat) for caveat in found.caveats)

    @pytest.mark.parametrize("rows", [[], [("kept", 1440, 500)], [("before_ship", 3, 4)]])
    def test_too_few_refunds_make_no_curve(self, rows):
        assert isinstance(refund_curve(hours_of(*rows), as_of=AS_OF), NotEnoughData)

    def test_of_a_store_opened_last_week_nobody_knows_when_refunds_are_over(self):
        found = refund_curve(opened_last_week(), as_of=AS_OF)
        assert [claim.key for claim in found.claims] == ["refund_young"]
        assert "by day 7" in found.headline.text("en")
        row = found.table.iloc[0]
        assert row["share"] == pytest.approx(0.3)
        assert pd.isna(row["settle_days"])
        assert pd.isna(row["to_come"])
        assert row["to_come_high"] == 7_000  # all that is not back
        assert settle_days(found) == 15
        assert unsettled(date(2025, 6, 20), AS_OF, found)

    def test_a_new_channel_among_old_ones_shortens_nothing(self):
        both = pd.concat([LIVE, opened_last_week("tmall")], ignore_index=True)
        found = refund_curve(both, as_of=AS_OF)
        assert found.facts["main"] == "douyin"
        assert found.table.set_index("channel")["settle_days"].loc["douyin"] == 9
        assert settle_days(found) == 15
        assert any("Tmall foremost (7 days)" in found.say(caveat) for caveat in found.caveats)

    def test_one_early_order_is_no_long_watch(self):
        early = hours_of(("kept", 1440, 1)).assign(month_on=pd.Timestamp("2025-01-01"))
        found = refund_curve(pd.concat([early, opened_last_week()]), as_of=AS_OF)
        assert found.headline.key == "refund_young"

    def test_where_nothing_was_kept_nothing_is_left_to_watch(self):
        found = refund_curve(hours_of(("before_ship", 30, 50)), as_of=AS_OF)
        assert found.table["settle_days"].tolist() == [2]
        assert found.headline.key == "refund_all"

    def test_a_frame_without_hours_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="hours"):
            refund_curve(LIVE.drop(columns="hours"), as_of=AS_OF)

    def test_it_draws_both_waves_and_their_sum(self):
        axes = refund_curve(LIVE, as_of=AS_OF).plot()
        assert len(axes.lines) >= 3


class TestWaterfall:
    def test_steps_lead_from_paid_to_net(self):
        found = waterfall(LIVE, ledger(104_000, 40_000), as_of=AS_OF)
        assert found.table["amount"].tolist() == [104_000, -25_000, -15_000, 64_000]
        assert "→" in found.headline.text("zh-CN")

    def test_what_is_not_the_ledgers_is_not_published(self):
        with pytest.raises(CheckFailed, match="waterfall_reconciles"):
            waterfall(LIVE, ledger(104_000, 40_000.02), as_of=AS_OF)

    def test_refunds_whose_time_is_not_told_are_a_step_of_their_own(self):
        blind = hours_of(("untold", 0, 50), ("kept", 1440, 50))
        found = waterfall(blind, ledger(10_000, 5_000), as_of=AS_OF)
        assert found.facts["untold_share"] == 1.0
        assert found.table["step"].tolist() == ["paid", "untold", "net"]
        assert found.caveats

    def test_without_refunds_it_says_that_none_is_known(self):
        found = waterfall(hours_of(("kept", 1440, 50)), ledger(5_000, 0), as_of=AS_OF)
        assert found.headline.key == "nothing_back"

    def test_without_orders_it_refuses(self):
        empty = ledger(0, 0)
        assert isinstance(waterfall(hours_of(), empty, as_of=AS_OF), NotEnoughData)


def cells_of(purchases):
    """The mart `cohort_money` of purchases (customer, month, net, channel), nothing refunded."""
    frame = pd.DataFrame(purchases, columns=["who", "month", "net", "channel"])
    frame = frame.groupby(["who", "month"], as_index=False).agg(
        net=("net", "sum"), channel=("channel", "first")
    )
    frame["period"] = pd.PeriodIndex(frame["month"], freq="M")
    first = frame.sort_values("period").groupby("who").first()
    frame = frame.join(first[["period", "channel"]].add_prefix("first_"), on="who")
    frame["age_months"] = [
        (a - b).n for a, b in zip(frame["period"], frame["first_period"], strict=True)
    ]
    frame["after"] = frame.sort_values("age_months").groupby("who")["net"].cumsum()
    before = frame["after"] - frame["net"]
    frame["net_square"] = frame["after"] ** 2 - before**2
    frame["net_cube"] = frame["after"] ** 3 - before**3
    sizes = frame.groupby(["first_period", "first_channel"])["who"].nunique().rename("customers")
    keys = ["first_period", "first_channel", "period", "age_months"]
    cells = frame.groupby(keys).agg(
        orders=("net", "size"), net_amount=("net", "sum"),
        net_square=("net_square", "sum"), net_cube=("net_cube", "sum"),
    )  # fmt: skip
    cells = cells.reset_index().join(sizes, on=["first_period", "first_channel"])
    return cells.assign(
        cohort_on=cells["first_period"].dt.to_timestamp(),
        month_on=cells["period"].dt.to_timestamp(),
        gross_amount=cells["net_amount"],
        refund_amount=0.0,
    )


def asked(purchases, **how):
    cells = cells_of(purchases)
    months = ledger(cells["net_amount"].sum(), 0.0)
    return cohort_money(cells, months, as_of=AS_OF, min_customers=2, **how)


class TestCohortMoney:
    def test_net_so_far_is_over_everyone_and_months_without_a_purchase_keep_the_sum(self):
        found = asked(
            [("a", "2025-02", 10, "tmall"), ("b", "2025-02", 30, "tmall"),
             ("a", "2025-04", 4, "tmall")]
        )  # fmt: skip
        assert found.table["net_so_far"].tolist() == [20, 20, 22, 22, 22]
        assert found.table["age_months"].tolist() == [0, 1, 2, 3, 4]

    def test_where_every_channel_is_small_there_is_nothing_to_compare_or_to_draw(self):
        found = asked([("a", "2025-02", 10, "tmall"), ("b", "2025-02", 30, "jd")])
        assert found.plot() is None
        assert [claim.key for claim in found.claims] == ["cohort_refunds"]

    def test_months_younger_than_refunds_take_are_not_settled(self):
        found = asked([("a", "2025-05", 10, "tmall"), ("b", "2025-05", 30, "tmall")])
        assert found.table["settled"].tolist() == [True, False]  # June ended on the very day
        assert found.facts["settle_days"] == 15
        curve = refund_curve(LIVE, as_of=AS_OF)
        assert asked([("a", "2025-05", 9, "x"), ("b", "2025-05", 3, "x")], refunds=curve).facts[
            "settle_days"
        ] == 9  # fmt: skip

    def test_a_store_that_opened_last_week_has_no_settled_month(self):
        found = asked([("a", "2025-06", 10, "tmall"), ("b", "2025-06", 30, "tmall")])
        assert isinstance(found, NotEnoughData)
        assert "settled" in found.say(found.because)

    def test_the_sums_give_the_interval_that_the_customers_give(self):
        draw = np.random.default_rng(3).lognormal(4, 1, 60).round(2)
        found = asked([(f"c{n}", "2025-03", net, "jd") for n, net in enumerate(draw)])
        low, high = mean_interval(draw)
        assert found.table["low"].iloc[0] == pytest.approx(low)
        assert found.table["high"].iloc[0] == pytest.approx(high)

    def test_channels_that_differ_are_told_apart_and_equal_ones_are_not(self):
        draw = np.random.default_rng(5)
        rich = [(f"a{n}", "2025-02", 200 + draw.normal(0, 9), "store") for n in range(60)]
        poor = [(f"b{n}", "2025-02", 100 + draw.normal(0, 9), "douyin") for n in range(60)]
        found = asked(rich + poor)
        assert found.headline.key == "net_by_first_channel"
        assert found.headline.text("en").startswith("First bought at Stores")
        alike = [(w, m, net - 100, c) for w, m, net, c in rich]
        assert asked(alike + poor).claims[0].key == "no_first_channel"

    @pytest.mark.parametrize("count", [10, pytest.param(100, marks=pytest.mark.slow)])
    def test_equal_channels_are_told_apart_no_more_often_than_they_should(self, count):
        draw, alarms = np.random.default_rng(6), 0
        for _ in range(count):
            rows = [
                (f"{c}{n}", "2025-02", draw.gamma(2, 50), c)
                for c in ("store", "jd", "tmall")
                for n in range(80)
            ]
            alarms += asked(rows).facts["apart"] > 0
        assert false_alarms_hold(alarms, count, 0.05)

    def test_what_is_not_the_ledgers_is_not_published(self):
        cells = cells_of([("a", "2025-02", 10, "jd"), ("b", "2025-02", 30, "jd")])
        with pytest.raises(CheckFailed, match="cohort_money_reconciles"):
            cohort_money(cells, ledger(41, 0), as_of=AS_OF, min_customers=2)

    def test_where_nobody_is_known_it_says_which_exports_name_buyers(self):
        cells = cells_of([("a", "2025-02", 10, "jd")]).assign(cohort_on=pd.NaT)
        found = cohort_money(cells, ledger(10, 0), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "Youzan" in found.say(found.needs)


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_every_sentence_is_said_without_a_gap(lang):
    results = [
        refund_curve(LIVE, as_of=AS_OF),
        waterfall(LIVE, ledger(104_000, 40_000), as_of=AS_OF),
        asked([(f"{c}{n}", "2025-02", 10 + n, c) for c in ("jd", "store") for n in range(9)]),
    ]
    for found in results:
        for text in [claim.text(lang) for claim in found.claims]:
            assert not {"nan", "None", "{"} & set(text.split())
