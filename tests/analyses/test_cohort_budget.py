"""Private sales by four definitions and the money bridge: on tables made by hand."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from insights.analyses import outreach
from insights.analyses.cohorts import Increment, increment, money_bridge, private_sales
from insights.errors import CheckFailed, MissingColumns, ParameterError
from insights.results import NotEnoughData
from tests.analyses.test_cohort_money import ledger
from tests.truth.plant import Coverage

AS_OF = date(2025, 6, 30)
JUNE = pd.Timestamp("2025-06-01")


def sales_of(placed=100.0, elsewhere=900.0, bound=80.0, touched=50.0):
    """The mart `private_sales`: one private shop and one public one."""
    frame = pd.DataFrame(
        {
            "month_on": [JUNE, JUNE],
            "channel": ["youzan", "tmall"],
            "is_private": [True, False],
            "orders": [1, 9],
            "net_amount": [placed, elsewhere],
            "net_square": [placed**2, 9 * (elsewhere / 9) ** 2],
            "known_amount": [placed, elsewhere / 2],
            "bound_amount": [bound / 2, bound / 2],
            "touched_7_amount": [touched, 0.0],
            "touched_30_amount": [touched, touched],
        }
    )
    return frame[frame["net_amount"] > 0]


def pool_of(people=5_000, buyers=500):
    return pd.DataFrame({"window_days": [28], "people": [people], "buyers": [buyers]})


GAINS = pd.DataFrame({"on_date": pd.date_range("2025-04-01", AS_OF), "gained": 10})


def asked(sales=None, pool=None, gains=GAINS, **more):
    sales = sales_of() if sales is None else sales
    pool = pool_of() if pool is None else pool
    return private_sales(
        sales, pool, gains, ledger(sales["net_amount"].sum(), 0), as_of=AS_OF, **more
    )


def lots_of(contacted=(300, 3_000), held_out=(200, 3_000), weeks=1):
    """A finished hold-out, by the read-out that reads it: (bought, people) of each arm."""
    rows = []
    for arm, (bought, people) in (("contact", contacted), ("hold_out", held_out)):
        rows += [
            {
                "campaign_id": "test-1",
                "title": "Spring",
                "customer_id": f"{arm}{n}",
                "arm": arm,
                "assigned_at": pd.Timestamp("2025-05-01"),
                "probability": 0.5,
                "days_seen": 60 * weeks,
                "days_to_order": 5.0 if n < bought else np.nan,
                "net_28": 0.0,
            }
            for n in range(people)
        ]
    return outreach.readout(pd.DataFrame(rows), as_of=AS_OF)


class TestIncrement:
    """3,000 contacted and 3,000 left alone; 300 and 200 buy: a third would not have bought."""

    def test_is_what_the_held_out_lack(self):
        found = increment(lots_of(), whole="Spring")
        assert found.share == pytest.approx(1 / 3)
        assert found.people == 6_000
        # By hand: log ratio -0.405, error sqrt(0.9/300 + 0.9333/200) = 0.0876.
        assert found.low == pytest.approx(1 - 2 / 3 * np.exp(1.96 * 0.0876), abs=1e-3)
        assert found.high == pytest.approx(1 - 2 / 3 * np.exp(-1.96 * 0.0876), abs=1e-3)

    def test_people_drawn_week_after_week_are_not_so_many_people(self):
        weekly = lots_of()
        weekly.table["draws"] = 20
        assert increment(weekly).people == 300

    def test_a_finished_hold_out_makes_the_fourth_definition_known(self):
        added = increment(lots_of(), whole="Spring")
        found = asked(pool=pool_of(people=10_000), increment=added)
        row = found.table.set_index("definition").loc["incremental"]
        assert row["amount"] == pytest.approx(80 / 3)  # a third of what contacts bought
        assert row["low"] < row["amount"] < row["high"]
        assert found.headline.key == "increment_measured"
        keys = {claim.key for claim in found.claims}
        assert "increment_unknown" not in keys

    def test_and_the_bridge_says_whether_it_pays(self):
        cheap = bridge_of(team_amount=20.0, contact_amount=0.0)
        private = asked(pool=pool_of(people=10_000), increment=increment(lots_of(), whole="Spring"))
        before = money_bridge(cheap, as_of=AS_OF, private=private)
        after = money_bridge(
            cheap,
            as_of=AS_OF,
            private=private,
            increment=increment(lots_of(), whole="Spring"),
        )
        assert before.headline.key == "pays_not_known"
        assert after.headline.key != "pays_not_known"
        assert any("measured by lot among 6,000" in after.say(text) for text in after.caveats)

    def test_a_lot_among_few_of_the_contacts_says_nothing_of_the_others(self):
        added = increment(lots_of(), whole="Spring")
        found = asked(pool=pool_of(people=50_000, buyers=5_000), increment=added)
        assert np.isnan(found.table.set_index("definition").loc["incremental", "amount"])
        said = next(claim for claim in found.claims if claim.key == "increment_of_some")
        assert "12%" in said.text("en")
        cheap = bridge_of(team_amount=20.0, contact_amount=0.0)
        bridge = money_bridge(
            cheap,
            as_of=AS_OF,
            private=found,
            increment=added,
        )
        assert bridge.headline.key == "pays_not_known"

    def test_a_test_of_one_action_is_no_test_of_the_private_domain(self):
        """A call to silent customers reached most of the contacts; that is not all we do."""
        added = increment(lots_of())
        found = asked(pool=pool_of(people=6_500, buyers=650), increment=added)
        assert np.isnan(found.table.set_index("definition").loc["incremental", "amount"])
        keys = {claim.key for claim in found.claims}
        assert {"increment_of_some", "increment_unknown"} <= keys
        bridge = money_bridge(bridge_of(), as_of=AS_OF, private=found, increment=added)
        assert bridge.headline.key == "pays_not_known"
        with pytest.raises(ParameterError, match="There are: Spring"):
            increment(lots_of(), whole="Autumn")

    def test_one_that_shows_nothing_is_not_called_an_increment(self):
        found = asked(
            pool=pool_of(people=10_000),
            increment=increment(lots_of(contacted=(205, 3_000)), whole="Spring"),
        )
        assert found.headline.key == "increment_not_shown"

    def test_a_window_that_is_open_measures_nothing(self):
        assert increment(lots_of(weeks=0)) is None
        assert increment(lots_of(held_out=(0, 3_000))) is None

    @pytest.mark.parametrize("count", [20, pytest.param(400, marks=pytest.mark.slow)])
    def test_the_planted_share_lies_within_the_interval_as_often_as_promised(self, count):
        draw, cover = np.random.default_rng(8), Coverage(0.95)
        for _ in range(count):
            arms = {"treated": 3_000, "control": 1_500}
            bought = draw.binomial(3_000, 0.12), draw.binomial(1_500, 0.09)
            lots = SimpleNamespace(
                enough=True,
                table=pd.DataFrame(
                    [{"title": "t", **arms, "treated_share": bought[0] / 3_000,
                      "control_share": bought[1] / 1_500}]
                ),
            )  # fmt: skip
            found = increment(lots)
            cover.add(found.low, found.high, 0.25)
        assert cover.holds(), cover.share
        assert count < 100 or cover.fits()  # nor too wide, which few worlds would not tell


class TestPrivateSales:
    def test_four_definitions_side_by_side_and_the_fourth_unknown(self):
        table = asked().table.set_index("definition")
        assert table["amount"].tolist()[:3] == [100, 80, 50]
        assert table["share"].tolist()[:3] == [0.1, 0.08, 0.05]
        assert np.isnan(table.loc["incremental", "amount"])

    def test_what_it_takes_to_know_is_said(self):
        found = asked(pool=pool_of(people=20_000, buyers=2_000))
        assert found.headline.key == "increment_unknown"
        assert found.facts["per_group"] == 3_941  # 10% against 12%
        assert found.facts["weeks"] == 4  # there are enough of them: only the watching takes time

    def test_too_few_contacts_have_to_be_waited_for(self):
        found = asked(pool=pool_of(people=7_000, buyers=700))
        assert found.facts["lacking"] == 2 * 3_941 - 7_000
        assert found.facts["weeks"] == 4 + int(np.ceil(882 / 70))

    def test_where_nobody_new_comes_that_is_said(self):
        found = asked(pool=pool_of(people=7_000, buyers=700), gains=GAINS.assign(gained=0))
        assert found.headline.key == "increment_out_of_reach"

    def test_a_longer_watch_is_chosen_where_it_answers_sooner(self):
        pool = pd.DataFrame(
            {"window_days": [28, 182], "people": [4_000, 4_000], "buyers": [80, 800]}
        )
        found = asked(pool=pool)
        assert found.facts["window"] == 182
        assert found.facts["weeks"] == 26

    def test_without_buyers_no_test_is_planned_and_the_counts_stand(self):
        found = asked(pool=pool_of(buyers=0))
        assert [claim.key for claim in found.claims] == ["four_definitions"]

    def test_months_that_are_not_over_and_those_a_year_old_do_not_count(self):
        old = sales_of(placed=7.0).assign(month_on=pd.Timestamp("2024-06-01"))
        sales = pd.concat([sales_of(), old])
        assert asked(sales).facts["placed"] == 100

    def test_a_brand_without_a_private_domain_is_told_so(self):
        found = asked(sales_of(placed=0.0), pool_of(people=0, buyers=0))
        assert isinstance(found, NotEnoughData)
        assert "no private domain" in found.say(found.because)

    def test_where_all_went_back_no_share_is_said(self):
        sales = sales_of().assign(net_amount=0.0)
        found = asked(sales)
        assert isinstance(found, NotEnoughData)
        assert "Nothing is left" in found.say(found.because)

    def test_what_is_not_the_ledgers_is_not_published(self):
        with pytest.raises(CheckFailed, match="private_sales_reconcile"):
            private_sales(sales_of(), pool_of(), GAINS, ledger(999, 0), as_of=AS_OF)

    def test_a_frame_without_touches_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="touched_7_amount"):
            asked(sales_of().drop(columns="touched_7_amount"))


def bridge_of(**changed):
    """The mart `private_bridge`: 1,000 paid, 100 back, goods 300, all costs known."""
    amounts = {
        "gross_amount": 1_000.0, "refund_amount": 100.0, "net_amount": 900.0,
        "costed_amount": 900.0, "goods_amount": 300.0, "contact_amount": 50.0,
        "commission_amount": 20.0, "team_amount": 200.0, "gift_amount": 30.0, "coupon_amount": 0.0,
        "other_amount": 0.0, "fee_amount": 0.0,
    }  # fmt: skip
    return pd.DataFrame([{"month_on": JUNE} | amounts | changed])


class TestMoneyBridge:
    def test_each_step_is_taken_once(self):
        found = money_bridge(bridge_of(), as_of=AS_OF)
        at = found.table.set_index("step")["amount"]
        assert at["margin"] == 600
        assert at["contribution"] == 300
        assert "coupon_amount" not in at.index  # nothing was spent on it

    def test_it_pays_if_so_much_of_the_margin_is_additional(self):
        plan = asked(pool=pool_of(people=20_000, buyers=2_000))
        found = money_bridge(bridge_of(), as_of=AS_OF, private=plan)
        assert found.headline.key == "pays_not_known"
        assert found.facts["break_even"] == 0.5
        assert "3,941" in found.headline.text("en")

    @pytest.mark.parametrize(
        ("share", "low", "high", "verdict"),
        [(0.8, 0.6, 0.9, "pays"), (0.2, 0.1, 0.4, "does_not_pay_yet"),
         (0.5, 0.3, 0.7, "pays_not_known")],
    )  # fmt: skip
    def test_a_measured_increment_decides_where_its_interval_does(self, share, low, high, verdict):
        measured = Increment(share=share, low=low, high=high)
        found = money_bridge(bridge_of(), as_of=AS_OF, increment=measured)
        assert found.headline.key == verdict

    @pytest.mark.parametrize(
        ("low", "high", "verdict"),
        [(0.8, 0.9, "pays"), (0.6, 0.7, "pays_not_known"), (0.3, 0.6, "pays_not_known"),
         (0.44, 0.48, "pays_not_known"), (0.2, 0.4, "does_not_pay_yet")],
    )  # fmt: skip
    def test_goods_without_a_cost_make_the_break_even_a_range(self, low, high, verdict):
        """300 owed of a margin of 600: of 400 if goods of 300 cost all they brought, of 700 if not.

        Against half of 600 alone, the second would pay, and the fourth would not.
        """
        some = bridge_of(costed_amount=600.0, goods_amount=200.0)
        plan = asked(pool=pool_of(people=20_000, buyers=2_000))
        measured = Increment(share=(low + high) / 2, low=low, high=high)
        found = money_bridge(some, as_of=AS_OF, private=plan, increment=measured)
        assert found.facts["break_even_low"] == pytest.approx(3 / 7)
        assert found.facts["break_even_high"] == 0.75
        assert found.headline.key == verdict
        said = {"pays": "75% would do", "pays_not_known": "pays if 75%",
                "does_not_pay_yet": "at least 42.9%"}  # fmt: skip
        assert said[verdict] in found.headline.text("en")

    def test_where_not_even_all_might_do_no_share_is_said_to_pay(self):
        some = bridge_of(costed_amount=450.0, goods_amount=150.0, team_amount=250.0)
        plan = asked(pool=pool_of(people=20_000, buyers=2_000))
        measured = Increment(share=0.95, low=0.9, high=1.0)
        found = money_bridge(some, as_of=AS_OF, private=plan, increment=measured)
        assert found.facts["break_even_high"] is None  # 350 owed, 300 left at the least
        assert found.headline.key == "pays_not_known"
        assert "if each of its sales was additional" in found.headline.text("en")

    def test_costs_above_all_sales_do_not_pay_whatever_is_additional(self):
        found = money_bridge(bridge_of(team_amount=900.0), as_of=AS_OF)
        assert found.headline.key == "does_not_pay"

    def test_without_wages_it_does_not_say_that_it_pays(self):
        found = money_bridge(bridge_of(team_amount=0.0), as_of=AS_OF)
        assert found.headline.key == "pays_not_known_without_wages"
        assert any("labour" in found.say(caveat) for caveat in found.caveats)

    def test_goods_without_a_cost_widen_the_interval_to_both_ends(self):
        found = money_bridge(bridge_of(costed_amount=600.0, goods_amount=200.0), as_of=AS_OF)
        row = found.table.set_index("step").loc["margin"]
        assert (row["amount"], row["low"], row["high"]) == (600, 400, 700)

    def test_without_unit_costs_no_margin_is_said(self):
        found = money_bridge(bridge_of(costed_amount=100.0), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "unit cost" in found.say(found.needs)

    def test_without_private_sales_it_refuses(self):
        assert isinstance(money_bridge(bridge_of(net_amount=0.0), as_of=AS_OF), NotEnoughData)

    def test_an_increment_outside_its_interval_is_refused(self):
        with pytest.raises(ParameterError, match="within its interval"):
            Increment(share=0.9, low=0.1, high=0.5)


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_every_sentence_is_said_without_a_gap(lang):
    results = [
        asked(),
        money_bridge(bridge_of(), as_of=AS_OF),
        money_bridge(bridge_of(team_amount=0.0), as_of=AS_OF),
    ]
    for found in results:
        assert found.bundle().svg
        for text in [claim.text(lang) for claim in found.claims]:
            assert not {"nan", "None", "{"} & set(text.split())
