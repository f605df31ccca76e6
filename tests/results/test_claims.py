"""What may not be said, cannot be said: each refusal, proved."""

import ast
import json
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from insights.errors import CannotSay, CheckFailed, ClaimNotTrue
from insights.results import Check, Claim, Holds, Tile
from insights.wording import speaking

ROOT = Path(__file__).parents[2]
TRUE = Holds("low > before", holds=True)
TYPED = [
    *("18% of {n:count}", "Seven of {n:count}", "{n:count} in Q3", "twice {n:count}"),
    *(
        "a dozen of {n:count}",
        "two thirds of {n:count}",
        "{n:count}人中１８人",
        "{n:count}人的三成",
    ),
    *("{n:count}人的一半", "百分之十的{n:count}人", "{n:count}人, 三倍"),
]
COMPARISONS = [
    *("the lowest", "more than before", "the best kind", "rose to", "fell to", "it beats", "only"),
    *("never", "every one of", "is behind", "not distinguishable from", "differs from", "larger"),
    *("bigger", "the latest", "sooner", "Increased to", "the majority", "because of", "thanks to"),
    *(
        "outperforms",
        "leads with",
        "最高的是",
        "高于",
        "超过",
        "上升到",
        "下降到",
        "所有人",
        "从不",
    ),
    *("唯一", "比去年高", "由于促销"),
]
NO_COMPARISONS = [
    *("a month later", "no longer bought", "almost", "allowed", "interest", "a test", "won later"),
    *("最近买过的", "比例为", "占比"),
]


def claim(message, *holds, **more):
    return Claim(key="k", message=message, holds=holds, **more)


class TestNumbersOfAClaim:
    def test_come_from_the_result(self):
        made = claim("{share:percent} of {customers:count} bought again.")
        bound = made.about({"share": 0.184, "customers": 2469, "unused": None})
        assert bound.text("en") == "18.4% of 2,469 bought again."
        assert bound.facts == {"share": 0.184, "customers": 2469}

    @pytest.mark.parametrize("typed", TYPED)
    def test_are_not_typed_by_hand(self, typed):
        with pytest.raises(ClaimNotTrue, match=r"types the number '.+' by hand"):
            claim(typed, TRUE)

    def test_may_be_followed_by_words_that_only_look_like_numbers(self):
        claim("{n:count} customers of the first month made one second purchase, someone said often")

    @pytest.mark.parametrize(
        "value",
        [None, math.nan, math.inf, np.float32("nan"), pd.NA, pd.NaT, Decimal("NaN")],
    )
    def test_are_there(self, value):
        with pytest.raises(ClaimNotTrue, match="has no value for 'share'"):
            claim("{share:percent} bought").about({"share": value})

    def test_are_facts_of_the_result(self):
        with pytest.raises(ClaimNotTrue, match=r"the result lacks: share. It has: low, shore"):
            claim("{share:percent} bought").about({"shore": 0.1, "low": 0.2})

    def test_are_of_a_kind_that_exists(self):
        with pytest.raises(CannotSay, match="'percnt'"):
            claim("{share:percnt} bought")


class TestComparisons:
    @pytest.mark.parametrize("words", COMPARISONS)
    def test_need_a_reason(self, words):
        with pytest.raises(
            ClaimNotTrue, match=r"without a check. Give `holds` the computed reason"
        ):
            claim(f"This month {words} {{share:percent}}")
        claim(f"This month {words} {{share:percent}}", TRUE)

    @pytest.mark.parametrize("words", NO_COMPARISONS)
    def test_are_not_seen_where_there_is_none(self, words):
        claim(f"{words} {{share:percent}}")

    def test_need_a_reason_in_a_phrase_that_a_fact_carries(self):
        made = claim("{share:percent} are {verdict:said}")
        with pytest.raises(ClaimNotTrue, match="says 'above' without a check"):
            made.about({"share": 0.5, "verdict": "above average"})
        claim("{share:percent} are {verdict:said}", TRUE).about(
            {"share": 0.5, "verdict": "above average"}
        )

    def test_may_be_a_name_that_data_carry(self):
        claim("{best} got {share:percent}").about({"best": "Top 10 Best Deals", "share": 0.5})

    def test_that_do_not_hold_cannot_be_made(self):
        with pytest.raises(
            ClaimNotTrue, match=r"'low > before' does not hold. Nothing of this run"
        ):
            claim("{share:percent} is more", TRUE, Holds("low > before", holds=False))

    def test_without_facts_and_reasons_stand_on_nothing(self):
        with pytest.raises(ClaimNotTrue, match="stands on nothing"):
            claim("Customers like us")

    def test_cannot_lose_their_reasons_once_checked(self):
        reasons = [TRUE]
        made = Claim(key="k", message="more: {n:count}", holds=reasons)
        reasons.clear()
        assert made.about({"n": 3}).holds == (TRUE,)


class TestHolds:
    @pytest.mark.parametrize(
        "value", ["yes", 1, 0.3, None, pd.NA, [True], pd.Series([True]), np.array([True, True])]
    )
    def test_is_true_or_false_and_nothing_that_looks_so(self, value):
        with pytest.raises(ClaimNotTrue, match="is neither true nor false: found a"):
            Holds("low > before", value)

    def test_takes_what_numpy_compared(self):
        assert Holds("low > before", np.float64(2) > 1).holds is True
        with pytest.raises(ClaimNotTrue, match="does not hold"):
            claim("{n:count} is more", Holds("low > before", np.float64("nan") > 1))

    def test_says_what_was_tested(self):
        with pytest.raises(ClaimNotTrue, match="does not say what was tested"):
            Holds(" ", holds=True)

    def test_is_computed_wherever_a_page_is_made(self):
        """A literal would make any sentence true."""
        assert [f"{path}: {line}" for path, line in holds_by_hand()] == []


def holds_by_hand():
    """Every `Holds` of the analyses and the notebooks whose second part computes nothing."""
    sources = {p.name: p.read_text("utf-8") for p in (ROOT / "src/insights/analyses").rglob("*.py")}
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        cells = [
            c for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"
        ]
        sources[path.name] = "\n".join("".join(c["source"]) for c in cells)
    for name, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Holds":
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                names = {p.id for one in given for p in ast.walk(one) if isinstance(p, ast.Name)}
                if not names - {"bool"}:
                    yield name, node.lineno


class TestCheck:
    def test_that_failed_stops_the_run(self):
        with pytest.raises(CheckFailed, match=r"'sums' failed: Rows add up\. Found: 3 = 4\."):
            Check(
                key="sums",
                message="Rows add up.",
                passed=False,
                evidence="{read:count} = {kept:count}",
                facts={"read": 3, "kept": 4},
            )

    def test_that_failed_as_numpy_says_it_stops_too(self):
        with pytest.raises(CheckFailed):
            Check(key="sums", message="Rows add up.", passed=np.float64(3) == 4)

    def test_that_does_not_stop_is_shown_as_failed(self):
        made = Check(key="sums", message="Rows add up.", passed=np.False_, stops=False)
        assert made.passed is False

    def test_may_not_apply(self):
        assert Check(key="sums", message="Rows add up.", passed=None).passed is None

    @pytest.mark.parametrize("value", ["yes", pd.NA, 1, pd.Series([True])])
    def test_is_passed_failed_or_not_applicable_and_nothing_else(self, value):
        with pytest.raises(ClaimNotTrue, match="neither true nor false"):
            Check(key="sums", message="Rows add up.", passed=value)

    def test_has_its_figures_in_the_evidence(self):
        with pytest.raises(CannotSay, match="names facts"):
            Check(key="sums", message="{n:count} rows add up.", passed=True)

    def test_says_its_evidence_in_the_language_of_the_page(self):
        made = Check(
            key="sums",
            message="Rows add up.",
            passed=True,
            evidence="{wrong:count} of {campaigns:count} campaigns",
            facts={"wrong": 0, "campaigns": 30_000},
        )
        with speaking("zh-CN"):
            assert made.found() == "3万个活动中有0个"
        with speaking("en"):
            assert made.found() == "0 of 30,000 campaigns"

    @pytest.mark.parametrize(
        ("evidence", "complaint"),
        [("3 rows", "types the number '3' by hand"), ("{n:count} rows", "lacks facts: n")],
    )
    def test_has_no_figure_in_its_evidence_that_is_no_fact(self, evidence, complaint):
        with pytest.raises(CannotSay, match=complaint):
            Check(key="sums", message="Rows add up.", passed=True, evidence=evidence)


class TestTile:
    FACTS = {"share": 0.18, "low": 0.15, "high": 0.2, "before": 0.1, "n": 30}

    def tile(self, **more):
        return Tile(**({"key": "k", "label": "Share", "fact": "share", "kind": "percent"} | more))

    def test_names_what_the_result_has(self):
        whole = self.tile(low="low", high="high", before="before", note="of {n:count}")
        whole.refuse_unless_in(self.FACTS)

    @pytest.mark.parametrize(
        "more",
        [
            *({"fact": "x"}, {"low": "x"}, {"high": "x"}, {"before": "x"}),
            *({"label": "{x:count}"}, {"note": "{x:count}"}, {"against": "{x:month}"}),
        ],
        ids=lambda more: next(iter(more)),
    )
    def test_that_names_what_the_result_lacks_is_refused(self, more):
        with pytest.raises(CannotSay, match=r"names facts it lacks: \['x'\]"):
            self.tile(**more).refuse_unless_in(self.FACTS)

    @pytest.mark.parametrize("more", [{"low": "high"}, {"high": "low"}], ids=["low", "high"])
    def test_whose_interval_does_not_hold_its_value_is_refused(self, more):
        with pytest.raises(ClaimNotTrue, match=r"shows 0\.18, which its interval does not hold"):
            self.tile(**more).refuse_unless_in(self.FACTS)

    def test_may_touch_an_end_of_its_interval(self):
        facts = {"share": 0.0, "low": 0.0, "high": 0.1}
        self.tile(low="low", high="high").refuse_unless_in(facts)
        facts = {"share": 0.1 + 0.2, "low": 0.1, "high": 0.3}
        self.tile(low="low", high="high").refuse_unless_in(facts)

    def test_may_lack_a_value_or_an_end(self):
        facts = {"share": math.nan, "low": None, "high": 0.1}
        self.tile(low="low", high="high").refuse_unless_in(facts)

    def test_is_of_a_kind_that_exists(self):
        with pytest.raises(CannotSay, match="called 'share'"):
            self.tile(kind="share")
