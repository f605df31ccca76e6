"""Payback: when contacts have brought in what they cost, and by when that can be known."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses.cohorts import payback
from insights.results import NotEnoughData
from tests.truth.plant import Coverage, rate_holds

AS_OF = date(2025, 6, 30)


def value_of(margins, month="2025-01-01", uncosted=0.0):
    """The mart `contact_value` of margins: one row a person, one column a month.

    Goods are sold at twice what they cost; beside them those without a known cost.
    """
    grid = np.asarray(margins, float)
    without = np.broadcast_to(uncosted, grid.shape)
    frame = {
        "joined_on": pd.Timestamp(month),
        "bought_before": False,
        "age_months": range(grid.shape[1]),
        "people": grid.shape[0],
        "net_amount": (2 * grid + without).sum(axis=0),
    }
    for name, amounts in (("margin", grid), ("most", grid + without)):
        so_far = amounts.cumsum(axis=1)
        before = so_far - amounts
        frame[f"{name}_amount"] = amounts.sum(axis=0)
        frame[f"{name}_square"] = (so_far**2 - before**2).sum(axis=0)
        frame[f"{name}_cube"] = (so_far**3 - before**3).sum(axis=0)
    return pd.DataFrame(frame)


def cost_of(amount, month="2025-01-01", team=0.0):
    return pd.DataFrame(
        {"month_on": [pd.Timestamp(month)], "contact_amount": [amount], "team_amount": [team]}
    )


def simulated(seed, *, people=300, months=9, chance=0.15, month="2025-01-01"):
    """People who each buy in a month with one chance, and leave 30 to 90 yuan each time."""
    draw = np.random.default_rng(seed)
    bought = draw.random((people, months)) < chance
    return value_of(np.where(bought, draw.uniform(30, 90, (people, months)), 0.0), month)


class TestPayback:
    def test_the_first_month_that_covers_the_cost_and_stays_there(self):
        value = value_of([[4, 4, 4, 4, 4, 4]] * 40)
        found = payback(value, cost_of(40 * 10.0), as_of=AS_OF)
        row = found.table.iloc[0]
        assert (row["cost"], row["payback"], row["low"], row["high"]) == (10, 3, 3, 3)
        assert found.headline.key == "paid_back"
        assert "wages are not known" in found.headline.text("en")
        # What is paid back without wages is no figure for the top of a page.
        assert found.headline.place == "evidence"
        assert not found.tiles

    @pytest.mark.parametrize("trifle", [1e-12, -1e-12])
    def test_what_the_order_of_adding_up_leaves_is_no_unknown_cost(self, trifle):
        value = value_of([[4.0, 4.0, 4.0, 4.0]] * 40)
        value["most_amount"] += trifle
        assert payback(value, cost_of(40 * 10.0), as_of=AS_OF).facts["uncosted"] == 0

    def test_no_cohort_is_chosen_by_what_it_showed(self):
        """Twenty cohorts alike: all together are said, with how many surely paid back alone."""
        months = pd.date_range("2023-11-01", periods=12, freq="MS")
        value = pd.concat(
            [simulated(n, months=6, month=f"{m:%Y-%m-%d}") for n, m in enumerate(months)]
        )
        costs = pd.concat([cost_of(300 * 41.0, f"{m:%Y-%m-%d}", team=1.0) for m in months])
        found = payback(value, costs, as_of=AS_OF)
        facts, alone = found.facts, found.table
        assert facts["payback"] == 5  # nine a month, 41 of cost
        assert facts["high"] - facts["low"] <= (alone["high"] - alone["low"]).median()
        assert facts["sure"] == int(alone["high"].notna().sum())
        assert "12 months together" in found.headline.text("en")

    def test_months_are_held_against_what_they_cost_themselves(self):
        """Nine months of contacts at 20 have paid back; two of contacts at 80 tell nothing yet."""
        value = pd.concat([value_of([[9] * 9] * 40), value_of([[9] * 2] * 40, "2025-08-01")])
        costs = pd.concat([cost_of(40 * 20.0, team=1.0), cost_of(40 * 80.0, "2025-08-01")])
        facts = payback(value, costs, as_of=date(2025, 9, 30)).facts
        assert (facts["low"], facts["payback"], facts["high"]) == (3, 3, 3)
        assert facts["usual_cost"] == pytest.approx(20.0, abs=0.1)
        assert (facts["pooled_cohorts"], facts["cohorts"]) == (1, 2)

    def test_the_team_is_a_cost_of_its_month(self):
        value = value_of([[4] * 6] * 40)
        found = payback(value, cost_of(40 * 4.0, team=40 * 8.0), as_of=AS_OF)
        assert found.table["payback"].tolist() == [3]
        assert "wages" not in found.headline.text("en")
        assert [tile.key for tile in found.tiles] == ["payback"]

    def test_an_open_cohort_is_told_when_it_can_be_known(self):
        old = simulated(1, people=400, months=18, month="2024-01-01")
        new = simulated(2, people=400, months=3, month="2025-04-01")
        costs = pd.concat([cost_of(400 * 70.0, "2024-01-01"), cost_of(400 * 40.0, "2025-04-01")])
        found = payback(pd.concat([old, new]), costs, as_of=AS_OF)
        row = found.table.set_index("cohort").loc["2025-04"]
        # Nine yuan a month: 40 need four months, five or six for the lower end to be clear of it.
        assert np.isnan(row["high"])
        assert row["known_on"] in {"2025-08", "2025-09"}
        assert "payback_open" in {claim.key for claim in found.claims}

    def test_a_cost_that_nobody_ever_paid_back_is_said_to_be_out_of_sight(self):
        found = payback(simulated(3), cost_of(300 * 5_000.0), as_of=date(2025, 9, 30))
        assert found.headline.key == "payback_out_of_sight"

    def test_of_two_open_cohorts_one_may_be_out_of_sight_and_the_other_known_soon(self):
        parts = [
            simulated(n, months=18 - 3 * n, month=f"2024-{1 + 3 * n:02d}-01") for n in range(4)
        ]
        costs = [300 * 5_000.0, 300 * 5_000.0, 300 * 5_000.0, 300 * 95.0]
        paid = [cost_of(c, f"2024-{1 + 3 * n:02d}-01") for n, c in enumerate(costs)]
        found = payback(pd.concat(parts), pd.concat(paid), as_of=AS_OF)
        assert found.table["known_on"].notna().tolist() == [False, False, False, True]
        assert found.headline.key == "payback_open"
        assert found.facts["open_cohort"] == "2024-10"

    def test_where_a_few_bought_most_of_it_a_mean_above_the_cost_is_no_payback(self):
        rows = [[0.0] * 6] * 39 + [[0.0, 800.0, 0, 0, 0, 0]]
        found = payback(value_of(rows), cost_of(40 * 10.0), as_of=AS_OF)
        assert found.table["payback"].tolist() == [2]
        assert found.headline.key == "payback_undecided"

    def test_months_of_joining_without_a_cost_are_left_out_and_counted(self):
        both = pd.concat([simulated(4), simulated(5, months=5, month="2025-05-01")])
        found = payback(both, cost_of(300 * 20.0), as_of=date(2025, 9, 30))
        assert found.table["cohort"].tolist() == ["2025-01"]
        assert found.facts["costless"] == 1

    def test_the_month_in_which_the_data_begin_is_left_out(self):
        found = payback(
            simulated(4), cost_of(300 * 20.0), as_of=date(2025, 9, 30), data_from=date(2025, 1, 1)
        )
        assert isinstance(found, NotEnoughData)

    def test_without_costs_it_says_which_table_has_them(self):
        found = payback(simulated(4), cost_of(0.0), as_of=date(2025, 9, 30))
        assert isinstance(found, NotEnoughData)
        assert "cost table" in found.say(found.needs)

    def test_without_unit_costs_it_says_what_is_needed_instead_of_a_margin_of_nothing(self):
        value = value_of([[0.0] * 6] * 40, uncosted=50.0)
        found = payback(value, cost_of(40 * 5.0), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "0% of what contacts bought" in found.say(found.because)
        assert "unit cost" in found.say(found.needs)

    def test_goods_without_a_cost_leave_what_others_leave_and_the_interval_holds_both_ends(self):
        """Four yuan a month of goods at eight, and goods at four of which no cost is known."""
        found = payback(value_of([[4] * 6] * 40, uncosted=4.0), cost_of(40 * 24.0), as_of=AS_OF)
        row = found.table.iloc[0]
        # Six a month, as half of each sale; eight if those goods cost nothing, four if all.
        assert (row["margin"], row["margin_low"], row["margin_high"]) == (36, 24, 48)
        assert (row["low"], row["payback"], row["high"]) == (3, 4, 6)
        assert (found.facts["low"], found.facts["payback"], found.facts["high"]) == (3, 4, 6)
        assert found.facts["uncosted"] == pytest.approx(1 / 3)
        said = " ".join(found.say(text) for text in found.caveats)
        assert "33.3% of what contacts bought" in said
        assert "no sooner than the earliest month said" in said
        assert all(check.passed for check in found.checks)

    def test_what_goods_without_a_cost_could_pay_back_is_not_out_of_sight(self):
        found = payback(value_of([[4] * 6] * 40, uncosted=4.0), cost_of(40 * 40.0), as_of=AS_OF)
        assert found.headline.key == "payback_undecided"

    def test_where_nothing_was_bought_no_cost_is_missing(self):
        found = payback(value_of([[0.0] * 6] * 40), cost_of(40 * 5.0), as_of=AS_OF)
        assert found.headline.key == "payback_out_of_sight"
        assert found.facts["uncosted"] == 0

    @pytest.mark.parametrize("cost", [20.0, 41.0])
    @pytest.mark.parametrize("count", [15, pytest.param(100, marks=pytest.mark.slow)])
    def test_the_planted_payback_lies_within_its_interval_as_often_as_promised(self, cost, count):
        # 0.15 times 60 yuan is nine a month: covered by the end of that many months.
        truth = int(np.ceil(cost / 9))
        cover = Coverage(0.95)
        for seed in range(count):
            table = payback(simulated(seed), cost_of(300 * cost), as_of=date(2025, 9, 30)).table
            low, high = table[["low", "high"]].fillna(np.inf).iloc[0]
            cover.add(low, high, truth)
        assert cover.holds(), cover.share


def together_paid_back(seed):
    """Payback of five months of contacts together, at a cost that four months just cover."""
    months = pd.date_range("2025-01-01", periods=5, freq="MS")
    value = [
        simulated((seed, n), months=9 - n, month=f"{m:%Y-%m-%d}") for n, m in enumerate(months)
    ]
    costs = [cost_of(300 * 36.0, f"{m:%Y-%m-%d}") for m in months]
    return payback(pd.concat(value), pd.concat(costs), as_of=date(2025, 9, 30)).facts


class TestPaybackTogether:
    TRUTH = 4  # months of nine yuan make 36

    def test_the_planted_month_lies_within_the_interval(self):
        cover = Coverage(0.95)
        for seed in range(15):
            facts = together_paid_back(seed)
            cover.add(facts["low"], facts["high"] or np.inf, self.TRUTH)
        assert cover.holds(), cover.share

    @pytest.mark.slow
    def test_the_interval_is_neither_too_narrow_nor_too_wide(self):
        """The mean is 36 by month four: one world in forty lies wholly above, one wholly below."""
        facts = [together_paid_back(seed) for seed in range(400)]
        early = sum(f["high"] is not None and f["high"] <= self.TRUTH for f in facts)
        late = sum(f["low"] is None or f["low"] > self.TRUTH for f in facts)
        assert rate_holds(early + late, len(facts), 0.05), (early, late)


def in_part_costed(seed, rate):
    """Sales of which a third has no known cost and leaves `rate`; all others leave half."""
    draw = np.random.default_rng(seed)
    sold = np.where(draw.random((300, 9)) < 0.15, draw.uniform(60, 180, (300, 9)), 0.0)
    without = np.where(draw.random((300, 9)) < 1 / 3, sold, 0.0)
    truth = (0.15 * 120) * (2 / 3 * 0.5 + 1 / 3 * rate) * 9
    return value_of((sold - without) / 2, uncosted=without), truth


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
def test_the_planted_margin_lies_within_the_interval_whatever_goods_without_a_cost_leave(rate):
    cover = Coverage(0.95)
    for seed in range(40):
        value, truth = in_part_costed(seed, rate)
        row = payback(value, cost_of(300 * 20.0), as_of=date(2025, 9, 30)).table.iloc[0]
        cover.add(row["margin_low"], row["margin_high"], truth)
    assert cover.share >= 0.9, cover.share


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_every_sentence_is_said_without_a_gap(lang):
    found = payback(simulated(4), cost_of(300 * 20.0), as_of=date(2025, 9, 30))
    assert found.bundle().svg
    for text in [claim.text(lang) for claim in found.claims]:
        assert not {"nan", "None", "{"} & set(text.split())
