from datetime import date

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from insights.analyses.engagement.luck import luck_share
from insights.errors import CheckFailed, MissingColumns
from insights.results import NotEnoughData

AS_OF = date(2025, 12, 31)


def campaigns(*rows: tuple[int, int], kind: str = "A") -> pd.DataFrame:
    """Campaigns by hand: customers reached, and those of them who redeemed."""
    n = len(rows)
    return pd.DataFrame(
        {
            "campaign_id": [f"c{i:02d}" for i in range(n)],
            "title": [f"Campaign {i}" for i in range(n)],
            "kind": kind,
            "starts_on": pd.Timestamp("2025-03-01"),
            "ends_on": pd.Timestamp("2025-04-01"),
            "reached": [reached for reached, _ in rows],
            "redeemers": [redeemers for _, redeemers in rows],
            "redemptions": [redeemers for _, redeemers in rows],
            "uninvited": 0,
        }
    )


def planted(seed: int, *, items: int = 40, spread: float = 0.05):
    """Campaigns of very different size whose true rates are known."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(0.1 / spread, 0.9 / spread, items) if spread else np.full(items, 0.1)
    reached = rng.integers(20, 800, items)
    found = campaigns(*zip(reached, rng.binomial(reached, truth), strict=True))
    return found, pd.Series(truth, index=found["campaign_id"])


class TestCampaignScores:
    def test_a_small_lucky_campaign_does_not_lead(self):
        found = engagement.campaign_scores(
            campaigns((5, 3), (1000, 150), *[(900, 90 + n) for n in range(8)]), as_of=AS_OF
        )
        assert found.table["campaign_id"].iloc[0] == "c01"
        lucky = found.table.set_index("campaign_id").loc["c00"]
        assert lucky["raw"] == 0.6
        assert lucky["score"] < 0.2

    def test_the_chances_to_be_among_the_best_three_add_up_to_three(self):
        table = engagement.campaign_scores(planted(1)[0], as_of=AS_OF).table
        assert table["p_top"].sum() == pytest.approx(3.0)
        assert table["p_top"].between(0, 1).all()

    def test_the_intervals_cover_the_truth_as_often_as_they_say(self):
        inside = total = 0
        for seed in range(12):
            found, truth = planted(seed)
            table = engagement.campaign_scores(found, as_of=AS_OF).table.set_index("campaign_id")
            true = truth.loc[table.index]
            inside += int(((table["low"] <= true) & (true <= table["high"])).sum())
            total += len(table)
        assert inside / total == pytest.approx(0.90, abs=0.04)

    def test_campaigns_that_are_all_alike_are_not_told_apart(self):
        claimed = 0
        for seed in range(10):
            found = engagement.campaign_scores(planted(seed, spread=0)[0], as_of=AS_OF)
            claimed += found.facts["above"] + found.facts["below"]
            assert found.facts["ties"] > 0
        assert claimed <= 4  # of 400 campaigns

    def test_a_leader_ahead_of_all_is_said_to_be_ahead(self):
        found = engagement.campaign_scores(
            campaigns((1000, 400), (1000, 100), (1000, 90), (1000, 95)), as_of=AS_OF
        )
        assert "more of the customers it reached than every other" in found.headline.text("en")

    def test_a_leader_that_ties_names_with_whom(self):
        found = engagement.campaign_scores(
            campaigns((1000, 200), (1000, 195), (1000, 60), (1000, 50)), as_of=AS_OF
        )
        assert "cannot be told apart from Campaign 1" in found.headline.text("en")

    def test_campaigns_still_running_or_begun_before_the_data_are_marked(self):
        found = campaigns((100, 10), (100, 20), (100, 30))
        found.loc[0, "ends_on"] = pd.Timestamp("2026-01-02")
        found.loc[1, "starts_on"] = pd.Timestamp("2024-12-30")
        result = engagement.campaign_scores(found, as_of=AS_OF, data_from=date(2025, 1, 1))
        seen = result.table.set_index("campaign_id")["seen"]
        assert seen.to_dict() == {
            "c00": "still running",
            "c01": "began before the data",
            "c02": "whole",
        }
        assert result.facts["running"] == 1
        assert result.facts["begun_before"] == 1

    def test_a_campaign_that_reached_nobody_is_left_out(self):
        found = engagement.campaign_scores(
            campaigns((0, 0), (100, 20), (100, 30), (100, 10)), as_of=AS_OF
        )
        assert found.facts["campaigns"] == 3

    @pytest.mark.parametrize("rows", [[], [(10, 1)], [(10, 1), (10, 2)], [(10, 0)] * 5])
    def test_nothing_to_compare_is_not_enough(self, rows):
        found = engagement.campaign_scores(campaigns(*rows), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "nothing to compare" in found.say(found.because)

    def test_more_redeemers_than_customers_reached_stops_the_run(self):
        with pytest.raises(CheckFailed, match="redeemers_within_reached"):
            engagement.campaign_scores(campaigns((10, 11), (100, 20), (100, 30)), as_of=AS_OF)

    def test_a_frame_without_reach_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="reached"):
            engagement.campaign_scores(campaigns((10, 1)).drop(columns="reached"), as_of=AS_OF)

    def test_shuffling_the_rows_changes_nothing(self):
        found, _ = planted(3)
        one = engagement.campaign_scores(found, as_of=AS_OF).table
        two = engagement.campaign_scores(found.sample(frac=1, random_state=1), as_of=AS_OF).table
        pd.testing.assert_frame_equal(one, two)


class TestKindScores:
    def test_a_kind_that_is_clearly_ahead_is_said_to_be(self):
        both = pd.concat(
            [
                campaigns((500, 150), (400, 110), (600, 190), (500, 140)),
                campaigns((500, 20), (400, 30), (600, 25), (500, 22), kind="B"),
            ]
        )
        found = engagement.kind_scores(both, as_of=AS_OF)
        assert found.headline.key == "best_kind"
        assert found.table["kind"].tolist() == ["A", "B"]

    def test_kinds_whose_campaigns_differ_as_much_as_they_do_are_not_told_apart(self):
        both = pd.concat(
            [
                campaigns((500, 150), (500, 10), (500, 60)),
                campaigns((500, 20), (500, 120), (500, 25), kind="B"),
            ]
        )
        assert engagement.kind_scores(both, as_of=AS_OF).headline.key == "kinds_not_told_apart"

    def test_the_interval_holds_the_truth_over_campaigns_and_not_only_over_customers(self):
        hits = 0
        for seed in range(200):
            rng = np.random.default_rng(seed)
            truth = rng.beta(5, 45, 12)
            sizes = np.full(12, 400)
            rows = zip(sizes, rng.binomial(sizes, truth), strict=True)
            both = pd.concat([campaigns(*rows), campaigns((50, 1), (50, 2), kind="B")])
            row = engagement.kind_scores(both, as_of=AS_OF).table.set_index("kind").loc["A"]
            hits += row["low"] <= 0.1 <= row["high"]
        assert hits / 200 == pytest.approx(0.90, abs=0.05)

    def test_a_kind_of_one_campaign_is_shown_and_not_compared(self):
        """However high its share: 60% of one campaign says nothing of the next."""
        both = pd.concat(
            [
                campaigns((500, 300), kind="gala"),
                campaigns((500, 100), (400, 90), (600, 115)),
                campaigns((500, 20), (400, 18), (600, 22), kind="B"),
            ]
        )
        found = engagement.kind_scores(both, as_of=AS_OF)
        assert found.table["kind"].tolist() == ["gala", "A", "B"]
        assert found.table["low"].isna().tolist() == [True, False, False]
        assert (found.facts["best"], found.facts["second"]) == ("A", "B")
        assert found.headline.key == "best_kind"
        assert "repeated" in found.say(found.headline.message)
        assert any("not compared" in found.say(caveat) for caveat in found.caveats)

    def test_kinds_of_one_campaign_each_are_not_enough(self):
        single = pd.concat([campaigns((500, n), kind=str(n)) for n in (10, 20, 30)])
        assert isinstance(engagement.kind_scores(single, as_of=AS_OF), NotEnoughData)

    def test_one_kind_is_not_enough(self):
        found = engagement.kind_scores(campaigns((100, 10), (100, 20)), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)


class TestLuck:
    """Of planted campaigns it is known how much of their differences is luck."""

    REACHED = 60

    def planted(self, spread, campaigns=400, seed=5):
        rng = np.random.default_rng(seed)
        true = np.clip(rng.normal(0.2, spread, campaigns), 0.01, 0.6)
        won = rng.binomial(self.REACHED, true)
        frame = pd.DataFrame({"raw": won / self.REACHED, "reached": self.REACHED, "score": true})
        return luck_share(frame)

    def test_the_planted_share_of_luck_is_found_again(self):
        chance = 0.2 * 0.8 / self.REACHED
        share, low, high = self.planted(spread=0.05)
        assert low <= chance / (chance + 0.05**2) <= high
        assert high - low < 0.2
        assert low <= share <= high

    def test_where_all_campaigns_are_alike_all_of_it_may_be_luck(self):
        _share, _low, high = self.planted(spread=0.0)
        assert high == 1.0

    def test_few_campaigns_are_refused_in_words(self):
        few = campaigns((100, 9), (100, 12), (100, 10), (90, 30))
        assert not engagement.luck(engagement.campaign_scores(few, as_of=AS_OF)).enough
