"""A result is small, frozen and honest."""

from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pandas as pd
import pytest

from insights.charts import marks
from insights.errors import CannotSay, ClaimNotTrue, DataError, InsightsError, MissingColumns
from insights.results import MIME, Check, Claim, Column, NotEnoughData, Result, Tile
from insights.wording import speaking

TABLE = pd.DataFrame({"cohort": ["2017-01", "2017-02"], "share": [0.2, 0.4]})


@dataclass(frozen=True, eq=False, kw_only=True)
class Shares(Result):
    name = "shares"
    columns = {"cohort": Column("Cohort", "month"), "share": Column("Share", "percent")}


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawn(Shares):
    def plot(self):
        return marks.bars(self.table, name="cohort", value="share", kind="percent")


def shares(kind=Shares, **more):
    given = {
        "table": TABLE,
        "facts": {"share": 0.3, "gone": np.nan, "none": None},
        "claims": (Claim(key="mean", message="{share:percent} came back.", rows="share > 0.3"),),
    }
    return kind(**(given | more))


class TestResult:
    def test_its_headline_is_its_first_claim(self):
        assert shares().headline.text() == "30% came back."
        assert shares(claims=()).headline is None

    def test_does_not_change(self):
        with pytest.raises(FrozenInstanceError):
            shares().facts = {}

    def test_does_not_change_with_the_frame_and_the_facts_it_was_made_of(self):
        frame, facts = TABLE.copy(), {"share": 0.3}
        made = shares(table=frame, facts=facts, claims=(Claim(key="all", message="{share:count}"),))
        frame.loc[0, "share"] = 0.9
        facts["share"] = 0.9
        behind = made.why("all")
        behind.loc[0, "share"] = 0.9
        assert made.table["share"].tolist() == [0.2, 0.4]
        assert made.facts == {"share": 0.3}

    @pytest.mark.parametrize("part", ["title", "subtitle", "meaning", "alt"])
    def test_a_sentence_that_names_a_fact_it_lacks_is_refused(self, part):
        with pytest.raises(CannotSay, match=r"names facts it lacks: \['shore'\]"):
            shares(**{part: "{shore:percent}"})

    def test_a_caveat_that_names_a_fact_it_lacks_is_refused(self):
        with pytest.raises(CannotSay, match="shore"):
            shares(caveats=("{shore:percent}",))

    def test_a_fact_that_is_many_values_is_refused(self):
        with pytest.raises(CannotSay, match="A list is not one value"):
            shares(facts={"share": 0.3, "customers": ["c1", "c2"]})

    def test_a_declared_column_that_the_table_lacks_is_refused(self):
        with pytest.raises(
            MissingColumns, match=r"The frame 'shares' lacks 'share'. It has: cohort"
        ):
            shares(table=TABLE[["cohort"]])

    def test_a_column_of_a_kind_that_does_not_exist_is_refused(self):
        with pytest.raises(CannotSay, match="Did you mean 'percent'"):
            Column("Share", "percnt")

    def test_a_tile_is_held_against_the_facts(self):
        with pytest.raises(CannotSay, match="The tile 't' names facts it lacks"):
            shares(tiles=(Tile(key="t", label="T", fact="shore", kind="percent"),))

    def test_a_key_given_twice_is_refused(self):
        check = Check(key="sums", message="Rows add up.", passed=True)
        with pytest.raises(CannotSay, match=r"the keys \['sums'\] are given twice"):
            shares(checks=(check, check))


class TestWhy:
    def test_is_the_rows_behind_a_claim_by_its_place_or_its_key(self):
        made = shares()
        assert made.why()["cohort"].tolist() == made.why("mean")["cohort"].tolist() == ["2017-02"]

    def test_is_the_whole_table_for_a_claim_about_all_of_it(self):
        made = shares(claims=(Claim(key="mean", message="{share:percent} came back."),))
        assert len(made.why(0)) == 2

    @pytest.mark.parametrize("asked", [1, -1, "median"])
    def test_says_which_claims_there_are(self, asked):
        with pytest.raises(DataError, match=r"has no claim .+ It has: 0 = 'mean'\."):
            shares().why(asked)

    def test_says_that_there_is_none(self):
        with pytest.raises(DataError, match="It has: no claim"):
            shares(claims=()).why()

    def test_a_claim_on_no_rows_cannot_be_made(self):
        with pytest.raises(ClaimNotTrue, match=r"'mean' stands on no rows: none is 'share > 0.5'"):
            shares(claims=(Claim(key="mean", message="{share:percent}", rows="share > 0.5"),))


class TestBundle:
    def test_says_everything_in_the_voice_in_force(self):
        made = shares(title="{share:percent}", caveats=("yes", "{share:points}"))
        with speaking("zh-CN", "USD"):
            found = made.bundle()
        assert (found.lang, found.currency, found.title) == ("zh-CN", "USD", "30%")
        assert found.caveats == ["是", "+30.0个百分点"]

    def test_never_says_nan_or_none(self):
        said = "{gone:percent} and {none:day}"
        made = shares(
            title=said,
            subtitle=said,
            meaning=said,
            alt=said,
            caveats=(said,),
            tiles=(
                Tile(
                    key="t", label=said, fact="gone", kind="money", low="none", note=said, trend=[]
                ),
            ),
            table=TABLE.assign(share=[np.nan, None]),
            claims=(),
        )
        shown = made._repr_mimebundle_()
        text = f"{made.bundle().title} {shown['text/html']} {shown['text/plain']}"
        assert "– and –" in text
        assert "nan" not in text.lower()
        assert "none" not in text.lower()
        assert made.bundle().facts == {"share": 0.3, "gone": None, "none": None}

    def test_has_a_chart_where_the_result_draws_one(self):
        assert shares().bundle().svg is None
        assert shares(Drawn).bundle().svg.startswith("<svg ")

    def test_shown_as_its_table_it_has_no_figure_and_says_the_same(self):
        drawn = shares(Drawn)
        bare = drawn.as_table().bundle()
        assert bare.svg is None
        assert bare.table == drawn.bundle().table
        assert bare.claims == drawn.bundle().claims
        assert drawn.bundle().svg  # the result itself is as it was

    def test_a_chart_that_cannot_be_drawn_is_an_error_and_not_a_gap(self):
        """IPython takes NotImplementedError for "shows nothing" and goes on."""

        class Broken(Shares):
            def plot(self):
                raise NotImplementedError("no such mark")

        with pytest.raises(InsightsError, match="A Broken could not be shown: no such mark"):
            shares(Broken)._repr_mimebundle_()


class TestNotEnoughData:
    def made(self, **more):
        given = {"because": "Only {n:count} customers.", "needs": "Needed: {min:count}."}
        return NotEnoughData(**(given | {"facts": {"n": 3, "min": 30}} | more))

    def test_says_why_and_what_is_needed(self):
        found = self.made().bundle()
        assert (found.kind, found.because, found.needs) == (
            "not_enough",
            "Only 3 customers.",
            "Needed: 30.",
        )

    def test_has_neither_a_claim_nor_a_chart(self):
        assert not self.made().enough
        assert self.made().headline is None
        assert self.made().plot() is None

    @pytest.mark.parametrize("part", ["because", "needs"])
    def test_a_sentence_that_names_a_fact_it_lacks_is_refused(self, part):
        with pytest.raises(CannotSay, match="names facts it lacks"):
            self.made(**{part: "{x:count}"})

    def test_shows_itself_as_its_sentences(self):
        shown = self.made()._repr_mimebundle_()
        assert shown["text/plain"] == "Only 3 customers."
        assert "Needed: 30." in shown["text/html"]
        assert shown[MIME]["schema_version"] == 1
