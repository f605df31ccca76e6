"""Settled: a planted gap is found and named, agreement is said, and silence is no agreement."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.analyses import health
from insights.errors import MissingColumns
from insights.results import NotEnoughData
from insights.wording import speaking

AS_OF = date(2026, 6, 30)


def month(paid=300.0, refunds=100.0, ours=None, back=None, **more):
    """One month of one shop: what it settles, and what we have where that is something else."""
    return {
        "channel": "tmall",
        "shop_id": "main",
        "month_on": pd.Timestamp("2026-05-01"),
        "told_orders": 3.0,
        "told_paid": paid,
        "told_refunds": refunds,
        "our_orders": 3,
        "our_paid": paid if ours is None else ours,
        "our_refunds": refunds if back is None else back,
    } | more


def settled(*rows, as_of=AS_OF):
    return health.settled(pd.DataFrame(rows, columns=list(month())), as_of=as_of)


class TestAgreement:
    def test_sums_that_agree_to_the_cent_are_said_to(self):
        found = settled(month(), month(month_on=pd.Timestamp("2026-06-01")))
        assert found.headline.text("en") == (
            "To the cent our sums are those of the shops' own settlements, in every month of "
            "every shop that was loaded (2 in all)."
        )
        (check,) = found.checks
        assert check.passed
        assert found.telling_rows() == 0

    def test_thirds_of_a_cent_from_adding_up_are_no_difference(self):
        assert settled(month(paid=0.3, ours=0.1 + 0.2, refunds=0.0)).facts["off"] == 0

    def test_what_no_settlement_covers_is_said_as_a_share(self):
        alone = month(ours=900.0, channel="jd", told_orders=None)
        found = settled(month(), alone | {"told_paid": None, "told_refunds": None})
        assert found.facts["covered"] == pytest.approx(0.25)
        assert "25%" in found.say(found.caveats[-1])
        assert len(found.table) == 1

    def test_without_a_settlement_nothing_is_claimed_and_the_template_is_named(self):
        found = settled(month() | {"told_paid": None, "told_refunds": None})
        assert isinstance(found, NotEnoughData)
        assert not found.claims
        assert "brand_tables.settlements" in found.say(found.needs)

    def test_no_row_at_all_is_no_settlement(self):
        assert isinstance(settled(), NotEnoughData)


class TestDifference:
    def test_a_planted_gap_is_found_named_and_listed_first(self):
        found = settled(
            month(channel="jd"),
            month(channel="douyin", ours=299.0),
            month(ours=250.0, our_orders=2),
        )
        assert found.headline.text("en") == (
            "2 of 3 shop-months differ from the shop's own settlement: we have ¥51.00 less."
        )
        assert found.claims[1].text("en") == (
            "Of Tmall's sales in 2026-05 we have ¥50.00 less than the shop's own settlement."
        )
        assert found.table["channel"].tolist() == ["Tmall", "Douyin", "JD"]
        first = found.table.iloc[0]
        assert (first["gap"], first["orders_gap"], first["verdict"]) == (
            -50, -1, "we have less"
        )  # fmt: skip
        assert len(found.why("settlements_differ")) == 2
        assert found.telling_rows() == 2  # The first two: a manager needs no month that agrees.
        (check,) = found.checks
        assert check.passed is False
        assert not check.stops

    def test_a_cent_is_a_difference(self):
        assert settled(month(ours=300.01)).facts["off"] == 1

    @pytest.mark.parametrize(
        ("row", "verdict", "gap"),
        [
            (month(ours=310.0), "we have more", 10),
            (month(ours=290.0, back=90.0), "net agrees, paid and refunds do not", 0),
            (month(back=60.0), "paid agrees, refunds do not", 40),
            (month(refunds=None, back=60.0), "agree", 0),
            (month(refunds=None, ours=310.0), "we have more", 10),
        ],
    )
    def test_the_kind_of_difference_says_where_to_look(self, row, verdict, gap):
        (one,) = settled(row).table.to_dict("records")
        assert (one["verdict"], one["gap"]) == (verdict, gap)

    def test_a_settlement_of_which_we_have_no_order_is_a_gap(self):
        found = settled(month(ours=0.0, back=0.0, our_orders=0))
        assert found.facts["short"] == 200

    def test_a_month_that_runs_is_listed_and_not_judged(self):
        found = settled(month(ours=1.0), as_of=date(2026, 5, 30))
        assert found.table["verdict"].tolist() == ["the month is not over"]
        assert not found.claims
        assert found.checks[0].passed is None
        assert settled(month(ours=1.0), as_of=date(2026, 5, 31)).facts["off"] == 1

    def test_refunds_that_are_not_told_are_said(self):
        found = settled(month(refunds=None))
        assert "1 settlements tell no refunds" in found.say(found.caveats[0])

    def test_a_frame_without_what_is_told_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="told_paid"):
            health.settled(pd.DataFrame([month()]).drop(columns="told_paid"), as_of=AS_OF)

    def test_it_is_said_in_chinese(self):
        with speaking("zh-CN"):
            found = settled(month(ours=250.0))
            assert found.headline.text() == "天猫2026-05的销售额，我方比店铺结算少¥50.00。"

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(-5_000, 5_000), min_size=1, max_size=12))
    def test_what_was_planted_is_what_is_counted(self, cents):
        rows = [month(ours=(30_000 + gap) / 100, shop_id=f"S{n}") for n, gap in enumerate(cents)]
        facts = settled(*rows).facts
        assert facts["off"] == sum(gap != 0 for gap in cents)
        assert facts["over"] - facts["short"] == pytest.approx(sum(cents) / 100, abs=1e-6)
