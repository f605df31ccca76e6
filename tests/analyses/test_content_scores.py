from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer

from insights.analyses import engagement
from insights.analyses.engagement import by_channel
from insights.analyses.engagement.ages import curve
from insights.analyses.engagement.lifetimes import half_life
from insights.analyses.engagement.pieces import read_pieces
from insights.analyses.engagement.score import NOT_TOLD, percentiles
from insights.analyses.engagement.slots import pushes_needed
from insights.analyses.engagement.titles import near_duplicates, tags, topics, words
from insights.analyses.engagement.wci import index
from insights.errors import DataError, MissingColumns
from insights.results import NotEnoughData
from tests.truth.contents import AS_OF, contents


def pieces(*counts: tuple[float, float], **columns: object) -> pd.DataFrame:
    """Pieces by hand: people reached, and those of them who answered."""
    return pd.DataFrame(
        {
            "content_id": [f"p{i:03d}" for i in range(len(counts))],
            "published_on": [pd.Timestamp(AS_OF - timedelta(days=i)) for i in range(len(counts))],
            "reached": [reached for reached, _ in counts],
            "answered": [answered for _, answered in counts],
            **columns,
        }
    )


def many(rate: float = 0.05, size: int = 20, reached: int = 1_000) -> list[tuple[float, float]]:
    draws = np.random.default_rng(5).binomial(reached, rate, size)
    return [(reached, int(answered)) for answered in draws]


class TestBadInput:
    def test_a_missing_column_is_named(self):
        with pytest.raises(MissingColumns, match="'reached'"):
            engagement.content_scores(pieces((10, 1)).drop(columns="reached"), as_of=AS_OF)

    def test_counts_that_cannot_be_are_left_out_and_counted(self):
        frame = pieces(*many(), (0, 0), (np.nan, 3), (100, 101), (100, np.nan), (100, -1))
        scores = engagement.content_scores(frame, as_of=AS_OF)
        facts = scores.facts
        assert (facts["unseen"], facts["impossible"], facts["uncounted"]) == (2, 1, 2)
        assert len(scores.table) == 20
        assert any("Left out" in caveat for caveat in scores.caveats)

    def test_one_piece_is_no_ranking(self):
        found = engagement.content_scores(pieces((1_000, 50)), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "too few to be ranked" in found.because

    def test_no_answer_at_all_is_said_in_words(self):
        found = engagement.content_scores(pieces(*[(1_000, 0)] * 20), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert "nothing to tell the pieces apart by" in found.because

    def test_peers_that_nobody_answered_have_no_rate_to_be_times_of(self):
        frame = pieces(*[(1_000, 0)] * 20, *many())
        frame.loc[20:, "published_on"] -= pd.Timedelta(days=190)
        found = engagement.content_scores(frame, as_of=AS_OF)
        assert len(found.table) == 20
        assert np.isnan(found.facts["raw_lift"])
        assert "raw_lift" not in " ".join(claim.message for claim in found.claims)

    def test_an_answer_of_everybody_is_said_in_words(self):
        found = engagement.content_scores(pieces(*[(100, 100)] * 20), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)

    def test_one_place_is_no_term_and_no_effect(self):
        scores = engagement.content_scores(pieces(*many(), slot="头条"), as_of=AS_OF)
        assert "slot" not in scores.quality.spreads.index
        assert isinstance(engagement.slot_effects(scores), NotEnoughData)

    def test_a_viral_outlier_leads_and_leaves_the_others_in_their_order(self):
        calm = contents(4, pushes=20, topic_spread=0.0).frame
        wild = calm.copy()
        reached = int(wild.loc[0, "reached"])
        wild.loc[0, "answered"] = reached // 2
        one = engagement.content_scores(calm, as_of=AS_OF).table.set_index("content_id")
        two = engagement.content_scores(wild, as_of=AS_OF).table.set_index("content_id")
        assert two["expected"].idxmax() == "a00000"
        assert two.loc["a00000", "rate"] < 0.5
        others = one.index.drop("a00000")
        agree = spearmanr(one.loc[others, "expected"], two.loc[others, "expected"]).statistic
        assert agree > 0.97

    def test_pieces_older_than_the_window_and_of_the_future_are_no_peers(self):
        frame = pieces(*many(size=30))
        frame.loc[0, "published_on"] = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
        frame.loc[1, "published_on"] = pd.Timestamp(AS_OF) - pd.Timedelta(days=180)
        assert len(read_pieces(frame, as_of=AS_OF).items) == 28


@pytest.fixture(scope="module")
def scores():
    return engagement.content_scores(contents(1, looks=3, luck=0.2).frame, as_of=AS_OF)


class TestScores:
    def test_a_score_is_withheld_where_its_band_is_wider_than_forty_points(self, scores):
        wide = scores.table["high"] - scores.table["low"] > 41
        assert wide.any()
        assert scores.table.loc[wide, "score"].isna().all()
        assert scores.table.loc[~wide & (scores.table["high"] - scores.table["low"] < 39)][
            "score"
        ].notna().all()  # fmt: skip

    def test_chances_of_the_top_tenth_are_shares_of_draws_and_withheld_with_the_score(self, scores):
        told = scores.table["score"].notna()
        assert (scores.table["p_top"].notna() == told).all()
        top = (percentiles(scores.quality.draws) > 90).mean(axis=1)
        assert top.sum() == pytest.approx(18, abs=1e-6)
        mine = scores.table[told]
        assert mine["p_top"].to_numpy() == pytest.approx(top[mine["item"]])

    def test_whom_the_band_leaves_on_both_sides_is_not_told_apart(self, scores):
        across = (scores.table["low"] < 49) & (scores.table["high"] > 51)
        assert (scores.table.loc[across, "verdict"] == NOT_TOLD).all()

    def test_the_same_frame_gives_the_same_scores_in_any_order(self, scores):
        frame = contents(1, looks=3, luck=0.2).frame.sample(frac=1, random_state=3)
        again = engagement.content_scores(frame, as_of=AS_OF)
        pd.testing.assert_frame_equal(scores.table, again.table)

    def test_a_repeat_under_nearly_the_same_title_is_one_item(self):
        frame = pieces(*many(size=24), title=[f"第{i}期 会员日上新了" for i in range(24)])
        frame.loc[1, "title"] = "第0期 会员日上新了！"
        scores = engagement.content_scores(frame, as_of=AS_OF)
        assert len(scores.table) == 23
        assert scores.table["copies"].max() == 2

    def test_percentiles_of_a_draw_are_evenly_spread(self):
        found = percentiles(np.array([[0.3], [0.1], [0.2], [0.9]]))
        assert found.ravel().tolist() == [62.5, 12.5, 37.5, 87.5]


class TestTitles:
    def test_issues_of_a_series_are_not_one_piece(self):
        assert len(set(near_duplicates(["Campaign 24", "Campaign 25", "Campaign 24"]))) == 2

    def test_a_missing_title_stands_for_itself(self):
        assert near_duplicates([None, None, "", "上"]).tolist() == [0, 1, 2, 3]

    def test_looking_rare_runs_up_finds_all_pairs_that_comparing_everything_finds(self):
        random = np.random.default_rng(3)
        titles = ["".join(random.choice(list("春夏秋冬上新"), 6)) for _ in range(150)]
        titles += [title + "好" for title in titles[:60]]
        runs = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3)).fit_transform(titles)
        near = connected_components((runs @ runs.T).toarray() >= 0.8, directed=False)[1]
        found = near_duplicates(titles)
        assert found.tolist() == pd.factorize(near)[0].tolist()
        assert len(set(found)) < len(titles)

    def test_topics_of_one_piece_share_its_weight(self):
        matrix, names = topics([["a", "b"], ["a"], ["b"], ["alone"]])
        assert names == ["a", "b"]
        assert matrix.toarray().tolist() == [[0.5, 0.5], [1, 0], [0, 1], [0, 0]]

    def test_runs_of_characters_need_to_recur(self):
        matrix, names = words(["羊绒大衣"] * 6 + ["会员日"] * 6 + ["独一无二"])
        assert "羊绒" in names
        assert "独一" not in names
        assert matrix.shape[0] == 13

    def test_tags_are_read_from_text_or_lists(self):
        assert tags("a、b；c") == ["a", "b", "c"]
        assert tags(float("nan")) == []


class TestAges:
    def test_half_of_the_answers_within_the_first_day_is_part_of_a_day(self):
        assert half_life(np.array([0.8, 1.0])) == pytest.approx(0.625)

    def test_too_few_grown_pieces_are_refused(self):
        with pytest.raises(DataError, match="9 grown pieces"):
            curve(np.ones((9, 8)))

    def looks(self, size: int = 40, seed: int = 0) -> pd.DataFrame:
        random = np.random.default_rng(seed)
        share = np.array([0.5, 0.2, 0.1, 0.08, 0.06, 0.04, 0.02])
        rows = []
        for i in range(size):
            rate = 0.05 * np.exp(0.3 * random.standard_normal())
            on = pd.Timestamp(AS_OF) - pd.Timedelta(days=i)
            for age, part in enumerate(share):
                if age <= i:
                    rows.append((f"p{i:03d}", on, age, random.poisson(2_000 * rate * part), rate))
        frame = pd.DataFrame(
            rows, columns=["content_id", "published_on", "age_days", "responded", "truth"]
        )
        return frame.assign(kind="moment", audience=None, reached=2_000)

    def test_young_pieces_are_measured_against_what_older_ones_had_at_their_age(self):
        frame = self.looks()
        found = engagement.at_age(frame, kind="moment", as_of=AS_OF, horizon=6)
        youngest = found[found["content_id"] == "p000"].iloc[0]
        assert youngest["share_in"] == pytest.approx(0.5, abs=0.03)
        scores = engagement.content_scores(found, as_of=AS_OF)
        truth = frame.drop_duplicates("content_id").set_index("content_id")["truth"]
        table = scores.table.set_index("content_id")
        assert spearmanr(table["expected"], truth.reindex(table.index)).statistic > 0.85
        assert table.loc["p000", "rate"] == pytest.approx(truth["p000"], rel=0.35)

    def test_the_half_life_is_that_of_the_planted_curve(self):
        frame = self.looks(size=80)
        table = engagement.lifetimes(frame, as_of=AS_OF).table
        assert table["half_life"].tolist() == [pytest.approx(24.0, abs=1.2)]
        assert table["by_day"].tolist() == [pytest.approx(0.7, abs=0.02)]
        assert table["held"].iloc[0] >= 0.8

    def test_where_answers_have_their_moment_the_half_life_is_told_to_the_hour(self):
        frame = self.looks(size=80)
        random = np.random.default_rng(1)
        rows = [
            (f"p{i:03d}", pd.Timestamp(AS_OF) - pd.Timedelta(days=i), hour, 1)
            for i in range(80)
            for hour in np.floor(random.exponential(5.0, 60))
        ]
        columns = ["content_id", "published_on", "hour_no", "responded"]
        hours = pd.DataFrame(rows, columns=columns).assign(kind="moment")
        (row,) = engagement.lifetimes(frame, hours, as_of=AS_OF).table.to_dict("records")
        # Exponential with a mean of five hours: half within 5 ln 2.
        assert row["half_life"] == pytest.approx(5 * np.log(2), abs=0.2)
        assert row["low"] < 5 * np.log(2) < row["high"]
        assert row["by_day"] == pytest.approx(1 - np.exp(-24 / 5), abs=0.01)
        assert row["told"] == "to the hour"
        # The engine hands rows over in any order: the interval may not go by it.
        again = hours.sample(frac=1, random_state=2)
        (other,) = engagement.lifetimes(frame, again, as_of=AS_OF).table.to_dict("records")
        assert other == row

    def test_totals_a_day_say_nothing_of_the_hour_within_the_first(self):
        frame = self.looks(size=80)
        frame = frame[frame["age_days"] == 0]
        (row,) = engagement.lifetimes(frame, as_of=AS_OF).table.to_dict("records")
        assert (row["low"], row["high"]) == (0.0, 24.0)

    def test_two_ways_of_counting_are_never_spliced(self):
        frame = self.looks(size=120)
        old = frame["published_on"] < pd.Timestamp(AS_OF) - pd.Timedelta(days=75)
        # The old interface counted the first day only: mixed in, half-lives would look shorter.
        frame = frame.assign(source=np.where(old, "totals", "details"))
        frame = frame[~old | (frame["age_days"] == 0)]
        table = engagement.lifetimes(frame, as_of=AS_OF).table
        assert table["pieces"].tolist() == [46]
        assert table["half_life"].tolist() == [pytest.approx(24.0, abs=1.5)]

    def test_without_grown_pieces_no_half_life_is_said(self):
        found = engagement.lifetimes(self.looks(size=12), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)


class TestSlots:
    def test_pushes_needed_give_the_promised_width(self):
        random = np.random.default_rng(0)
        pushes, spread = pushes_needed(0.4), 0.4
        apart = (spread * random.standard_normal((4_000, 2, pushes))).mean(axis=2)
        width = 1.645 * (apart[:, 0] - apart[:, 1]).std()
        assert width == pytest.approx(0.2, rel=0.05)

    def test_without_a_lot_the_range_is_said_and_what_would_settle_it(self):
        scores = engagement.content_scores(contents(2, order="best").frame, as_of=AS_OF)
        found = engagement.slot_effects(scores)
        assert found.facts["randomised"] is False
        assert "Place was not drawn by lot" in found.claims[0].text("en")
        assert found.facts["needed"] > 5
        last = found.table.iloc[-1]
        assert last["low"] < last["adjusted"] < last["high"]

    @pytest.mark.parametrize("drawn", [1, 2, 3])
    def test_a_few_pushes_by_lot_are_counted_and_from_three_on_compared(self, drawn):
        frame = contents(2, order="best").frame
        frame["drawn_by_lot"] = frame["push"] < drawn
        found = engagement.slot_effects(engagement.content_scores(frame, as_of=AS_OF))
        assert found.facts["randomised"] is (drawn >= 3)
        said = found.say(found.claims[0].message)
        assert ("for the same piece" in said) is (drawn >= 3)
        assert (f"{drawn} were in an order drawn by lot" in said) is (drawn < 3)

    def test_a_place_without_answers_cannot_be_compared_and_nothing_breaks(self):
        frame = contents(2, order="random").frame
        frame.loc[frame["slot"] == "place 3", "answered"] = 0
        found = engagement.slot_effects(engagement.content_scores(frame, as_of=AS_OF))
        assert found.facts["randomised"] is False
        assert found.claims[0].key == "place_not_randomised"

    def test_a_type_of_mailer_is_no_place_in_a_push(self):
        frame = pieces(*many(), slot=["A", "B"] * 10, push=[f"push {i}" for i in range(20)])
        scores = engagement.content_scores(frame, as_of=AS_OF)
        assert "slot" not in scores.quality.spreads.index


class TestWci:
    def articles(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "published_on": [date(2026, 6, 1)] * 2,
                "reads": [1_000, 200],
                "looks": [10, 2],
                "likes": [20, 3],
                "shares": [30, 5],
                "headline": [True, False],
            }
        )

    def test_it_is_the_published_formula(self):
        def b(read, looks, likes, shares):
            return (
                0.70 * np.log(read + 1)
                + 0.09 * np.log(10 * looks + 1)
                + 0.06 * np.log(10 * likes + 1)
                + 0.15 * np.log(10 * shares + 1)
            )

        o, a = b(1_200 / 7, 12 / 7, 23 / 7, 35 / 7), b(600, 6, 11.5, 17.5)
        h, p = b(1_000 / 7, 10 / 7, 20 / 7, 30 / 7), b(1_000, 10, 20, 30)
        expected = 12 * (0.6 * o + 0.2 * a + 0.1 * h + 0.1 * p) ** 2
        assert engagement.wci(self.articles(), days=7) == pytest.approx(expected)

    def test_reads_above_a_hundred_thousand_enter_as_the_platform_shows_them(self):
        assert index(100_001, 0, 0, 0) == index(5_000_000, 0, 0, 0)

    def test_a_missing_total_is_refused(self):
        with pytest.raises(DataError, match="missing or negative"):
            index(np.nan, 0, 0, 0)

    def test_no_article_has_no_index(self):
        with pytest.raises(DataError, match="0 articles"):
            engagement.wci(self.articles().head(0), days=7)

    def scored(self) -> tuple[engagement.ContentScores, pd.DataFrame]:
        frame = contents(3, pushes=30, looks=2).frame
        first = frame.drop_duplicates("content_id")
        totals = pd.DataFrame(
            {
                "content_id": first["content_id"],
                "published_on": first["published_on"],
                "reads": first["answered"],
                "looks": first["answered"] // 30,
                "likes": first["answered"] // 20,
                "shares": first["answered"] // 10,
                "headline": (first["slot"] == "place 0").astype(int),
            }
        )
        return engagement.content_scores(frame.assign(kind="article"), as_of=AS_OF), totals

    def test_it_follows_the_number_of_people_reached(self):
        scores, totals = self.scored()
        found = engagement.beside_score(scores, totals)
        assert found.facts["index_agrees"] < 0.9
        assert found.facts["moved"] > 0
        recent = totals[totals["published_on"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=30)]
        assert found.facts["wci"] == pytest.approx(engagement.wci(recent, days=30))

    @pytest.mark.parametrize("lacking", ["looks", "likes", "shares"])
    def test_without_one_of_its_counts_there_is_no_index(self, lacking):
        scores, totals = self.scored()
        for nothing in (0, np.nan):
            found = engagement.beside_score(scores, totals.assign(**{lacking: nothing}))
            assert found.table["by_index"].isna().all()
            assert "not worked out" in found.say(found.caveats[1])
            assert "WCI" not in found.say(found.headline.message)

    def test_it_does_not_apply_to_other_content(self):
        frame = contents(3, pushes=30, looks=2).frame.assign(kind="moment")
        found = engagement.beside_score(engagement.content_scores(frame, as_of=AS_OF))
        assert "does not apply" in found.say(found.caveats[1])
        assert np.isnan(found.facts["index_agrees"])
        assert found.facts["rate_agrees"] > 0


class TestByChannel:
    def looks(self) -> pd.DataFrame:
        """Moments that differ a lot, and articles that do not differ at all."""
        random = np.random.default_rng(5)
        rows = []
        for kind, spread, column in (("moment", 0.6, "responded"), ("article", 0.0, "opened")):
            for i in range(40):
                rate = 0.03 * np.exp(spread * random.standard_normal())
                on = pd.Timestamp(AS_OF) - pd.Timedelta(days=10 + 2 * i)
                row = {"content_id": f"{kind}{i:02d}", "kind": kind, "published_on": on}
                for audience in ("north", "south"):
                    answered = random.binomial(20_000, min(rate, 0.5))
                    seen = {"audience": audience, "age_days": 0, "reached": 20_000}
                    rows.append(row | seen | {column: answered})
        return pd.DataFrame(rows)

    def test_the_channel_in_which_pieces_are_told_apart_leads(self):
        found = engagement.channel_scores(self.looks(), as_of=AS_OF)
        assert engagement.leading_kind(found) == "moment"
        by = found.table.set_index("kind")
        assert by.loc["moment", "told_share"] > 0.4
        assert by.loc["article", "told_share"] <= 0.1
        assert engagement.of_channel(found, "moment").facts["items"] == 40

    def test_a_channel_without_content_says_so(self):
        found = engagement.channel_scores(self.looks(), as_of=AS_OF)
        assert isinstance(engagement.of_channel(found, "live"), NotEnoughData)

    def test_without_any_content_nothing_leads(self):
        found = engagement.channel_scores(self.looks().head(0), as_of=AS_OF)
        assert isinstance(found, NotEnoughData)
        assert engagement.leading_kind(found) is None
        assert engagement.of_channel(found, "article") is found

    def test_a_piece_whose_score_is_withheld_leads_with_none(self):
        found = engagement.channel_scores(self.looks(), as_of=AS_OF)
        for scores in found.of.values():
            said = {claim.key for claim in scores.claims}
            assert ("leading_piece" in said) <= bool(scores.table["score"].notna().iloc[0])
        for row in found.table.itertuples():
            scored = found.of[row.kind].table.dropna(subset="score")
            assert row.best == (scored["title"].iloc[0] if len(scored) else "–")
            assert np.isfinite(row.best_top) == bool(len(scored))

    def test_a_channel_that_cannot_be_fitted_is_refused_and_the_others_stand(self, monkeypatch):
        def fails_for_articles(pieces, **given):
            if pieces["kind"].iloc[0] == "article":
                raise DataError("The model did not converge.")
            return engagement.content_scores(pieces, **given)

        monkeypatch.setattr(by_channel, "content_scores", fails_for_articles)
        found = engagement.channel_scores(self.looks(), as_of=AS_OF)
        assert found.table["kind"].tolist() == ["moment"]
        refused = engagement.of_channel(found, "article")
        assert isinstance(refused, NotEnoughData)
        assert "did not come to an end" in refused.say(refused.because)
        assert any("Articles" in found.say(caveat) for caveat in found.caveats)

    def test_articles_of_which_the_platform_told_nothing_are_counted(self):
        looks = self.looks()
        reach = looks.drop_duplicates("content_id")[["content_id", "kind", "published_on"]]
        silent = reach[reach["kind"] == "article"].head(7).assign(
            content_id=[f"silent{n}" for n in range(7)]
        )  # fmt: skip
        old = silent.assign(published_on=pd.Timestamp("2020-01-01"), content_id="old")
        found = engagement.channel_scores(looks, as_of=AS_OF, reach=pd.concat([reach, silent, old]))
        assert found.facts["silent"] == 7
        (said,) = [found.say(caveat) for caveat in found.caveats]
        assert said.startswith("7 pieces")
        assert "Articles" in said
