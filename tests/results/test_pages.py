"""The parts of a page that gather from several results."""

import pandas as pd
import pytest

from insights.errors import DataError
from insights.results import Answer, Check, Checks, Claim, Limits, NotEnoughData, Result, Tile


def found(name, *messages, **more):
    """A result with one fact, n, and a claim for each message."""
    kind = type(name, (Result,), {"name": name})
    claims = tuple(Claim(key=f"c{i}", message=message) for i, message in enumerate(messages))
    return kind(**({"table": pd.DataFrame(), "facts": {"n": 7}, "claims": claims} | more))


def refused(because="Only {n:count} customers.", n=3):
    return NotEnoughData(because=because, needs="More.", facts={"n": n})


def texts(answer):
    return [claim.text for claim in answer.bundle().claims]


class TestAnswer:
    def test_the_first_claims_come_first(self):
        first = found("a", *(f"a{'x' * i} {{n:count}}" for i in range(3)))
        second = found("b", *(f"b{'x' * i} {{n:count}}" for i in range(2)))
        assert texts(Answer(first, second)) == ["a 7", "b 7", "ax 7", "axx 7", "bx 7"]
        assert Answer(first, second).bundle().title == "a 7"

    def test_the_first_result_with_enough_data_has_the_headline(self):
        answer = Answer(refused(), found("b", "{n:count} came back."))
        assert texts(answer) == ["7 came back."]
        assert answer.bundle().caveats == ["Only 3 customers."]

    def test_another_without_enough_data_says_so_beside(self):
        bundle = Answer(found("a", "{n:count} came back."), refused()).bundle()
        assert bundle.title == "7 came back."
        assert bundle.caveats == ["Only 3 customers."]

    def test_where_nothing_can_be_answered_the_honest_sentence_is_the_headline(self):
        bundle = Answer(refused(), refused("No campaign in {n:count} months.", n=2)).bundle()
        assert bundle.title == "Only 3 customers."
        assert [claim.text for claim in bundle.claims] == ["Only 3 customers."]
        assert bundle.caveats == ["No campaign in 2 months."]

    def test_many_refusals_are_counted_so_that_what_is_known_stands_out(self):
        some = [refused(f"No {what} in {{n:count}} months.") for what in ("call", "card", "gift")]
        known = found("a", "{n:count} came back.")
        assert len(Answer(known, *some).bundle().caveats) == 3
        (said,) = Answer(known, *some, refused()).bundle().caveats
        assert said.startswith("4 questions of this page cannot be answered")

    def test_one_refusal_of_three_results_is_said_once(self):
        one = refused()
        bundle = Answer(one, one, one).bundle()
        assert [claim.text for claim in bundle.claims] == ["Only 3 customers."]
        assert bundle.caveats == []
        assert bundle.facts == {"not_enough.n": 3}

    def test_two_results_of_one_kind_do_not_overwrite_each_other(self):
        tile = Tile(key="n", label="N", fact="n", kind="count")
        live = found("shares", "{n:count} live", tiles=(tile,))
        store = found("shares", "{n:count} in stores", tiles=(tile,), facts={"n": 8})
        bundle = Answer(live, store).bundle()
        assert bundle.facts == {"shares.n": 7, "shares_2.n": 8}
        assert [claim.key for claim in bundle.claims] == ["c0", "c0_2"]
        assert [(tile.key, tile.value) for tile in bundle.tiles] == [("n", 7), ("n_2", 8)]

    def test_is_told_in_a_terminal_too(self):
        shown = Answer(found("a", "{n:count} came back.", "{n:count} stayed."))._repr_mimebundle_()
        assert shown["text/plain"] == "7 came back.\n7 stayed."

    @pytest.mark.parametrize("given", [(), (None,), (pd.DataFrame(),)])
    def test_gathers_results_and_nothing_else(self, given):
        with pytest.raises(DataError, match=r"Answer gathers .* found .* Give what"):
            Answer(*given)


def test_checks_are_those_of_every_result_in_order():
    check = Check(
        key="sums", message="Rows add up.", passed=True, evidence="{n:count} rows", facts={"n": 3}
    )
    other = Check(key="close", message="It is close.", passed=None)
    parts = Checks(found("a", checks=(check,)), found("b", checks=(other,))).bundle().checks
    assert [(part.key, part.passed, part.evidence) for part in parts] == [
        ("sums", True, "3 rows"),
        ("close", None, ""),
    ]


def test_limits_are_said_once_each():
    season = "A year is short."
    one, other = found("a", caveats=(season,)), found("b", caveats=(season, "{n:count} left out."))
    assert Limits(one, other).bundle().caveats == ["A year is short.", "7 left out."]
