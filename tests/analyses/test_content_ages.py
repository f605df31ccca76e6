"""Pieces at three ages and at each step of the funnel: what is counted, and what is refused."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from insights.errors import MissingColumns
from insights.results import NotEnoughData
from tests.truth.test_young import AS_OF, planted


@cache
def looks() -> pd.DataFrame:
    return planted(5)[0]


@cache
def aged() -> engagement.Aged:
    return engagement.aged(looks(), as_of=AS_OF, kind="moment")


class TestAged:
    def test_verdicts_of_the_first_day_are_kept_lost_or_turned_and_counted_on_old_pieces(self):
        found = aged()
        old = found.table[found.table["age_days"] >= 30]
        facts = found.facts
        assert facts["old"] == len(old) == 60
        assert facts["young"] == 30
        told = old[old["day_verdict"] != "not told apart"]
        assert facts["early"] == len(told) > 0
        assert facts["kept"] == (told["day_verdict"] == told["month_verdict"]).sum()
        assert facts["early"] == facts["kept"] + facts["lost"] + facts["turned"]

    def test_it_says_how_many_verdicts_of_the_first_day_were_kept(self):
        facts = aged().facts
        said = aged().headline.text("en")
        assert f"{facts['early']} of 60 pieces stood out after a day; {facts['kept']} of" in said

    def test_a_piece_is_projected_to_the_ages_that_it_has_not_reached(self):
        table = aged().table.set_index("age_days")["projected"]
        assert set(table[table.index >= 30]) == {0}
        assert set(table[(table.index >= 1) & (table.index < 7)]) == {2}
        assert any("have not reached" in aged().say(caveat) for caveat in aged().caveats)

    def test_scores_of_the_week_are_those_of_the_channel(self):
        channel = engagement.channel_scores(looks(), as_of=AS_OF).of["moment"]
        one = channel.table.set_index("content_id")["score"]
        two = aged().table.set_index("content_id")["week"]
        pd.testing.assert_series_equal(
            one.sort_index(), two.reindex(one.index).sort_index(), check_names=False
        )

    @pytest.mark.parametrize("kind", [None, "article"])
    def test_a_channel_that_cannot_be_scored_says_so(self, kind):
        found = engagement.aged(looks(), as_of=AS_OF, kind=kind)
        assert isinstance(found, NotEnoughData)
        assert "cannot be scored 1 day after" in found.say(found.because)


class TestStages:
    def steps(self, *, opposite: bool = False) -> pd.DataFrame:
        """Articles read by quality, and shared by it or by its opposite."""
        random = np.random.default_rng(2)
        quality = np.tile(np.linspace(-1.2, 1.2, 40), 3)
        share = 0.01 * np.exp(-quality if opposite else quality)
        reached = 20_000
        on = pd.date_range(end="2026-06-10", periods=40, freq="4D")
        return pd.DataFrame(
            {
                "content_id": [f"a{n:02d}" for n in range(40)] * 3,
                "kind": "article",
                "title": None,
                "topics": None,
                "published_on": on.append([on, on]),
                "audience": np.repeat(["east", "south", "north"], 40),
                "source": None,
                "reached": reached,
                "age_days": 0,
                "opened": random.binomial(reached, 0.05 * np.exp(quality)),
                "responded": random.binomial(reached, share),
                "clicked": None,
                "redeemed": None,
            }
        )  # fmt: skip

    def asked(self, looks: pd.DataFrame) -> engagement.Stages | NotEnoughData:
        return engagement.stages(looks, engagement.channel_scores(looks, as_of=AS_OF), as_of=AS_OF)

    def test_each_step_has_a_model_of_its_own_and_sides_are_compared(self):
        same, other = self.asked(self.steps()), self.asked(self.steps(opposite=True))
        assert same.table["answer"].tolist() == ["opened", "responded"]
        assert set(same.of) == {("article", "opened"), ("article", "responded")}
        assert same.facts["agree"] > 10
        assert same.facts["turn"] == 0
        assert other.facts["turn"] > 10
        assert other.facts["agree"] == 0

    def test_a_channel_that_tells_one_step_is_scored_by_that_and_the_rest_is_asked_for(self):
        found = self.asked(self.steps().assign(responded=None))
        assert isinstance(found, NotEnoughData)
        assert "clicks or shares" in found.say(found.needs)

    def test_a_missing_column_is_named(self):
        with pytest.raises(MissingColumns, match="kind"):
            engagement.stages(looks().drop(columns="kind"), self.asked(looks()), as_of=AS_OF)
