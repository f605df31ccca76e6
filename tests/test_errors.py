"""What errors say."""

import inspect

import pytest

from insights import errors
from insights.errors import MissingColumns, did_you_mean


def test_one_root_holds_every_error():
    raised = [
        c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__
    ]
    assert len(raised) > 10
    assert all(issubclass(error, errors.InsightsError) for error in raised)


def test_missing_columns_are_named_beside_what_is_there():
    said = str(MissingColumns("orders", {"paid_at", "customer_id"}, ["order_id", "at"]))
    assert said == "The frame 'orders' lacks 'customer_id', 'paid_at'. It has: order_id, at."
    assert str(MissingColumns("orders", {"paid_at"}, [])).endswith("It has: no columns.")


class TestDidYouMean:
    @pytest.mark.parametrize("word", ["as_off", "AS_OF", "as-of"])
    def test_names_the_nearest_whatever_its_case(self, word):
        assert did_you_mean(word, ["as_of", "lang"]) == " Did you mean 'as_of'?"

    def test_lists_a_few_where_none_is_near(self):
        assert did_you_mean("x", ["b", "a"]) == " Known: a, b."

    def test_does_not_list_many(self):
        assert did_you_mean("x", [f"table_{n}" for n in range(40)]) == ""

    def test_what_is_no_text_is_like_no_name(self):
        assert did_you_mean(3, ["b", "a"]) == " Known: a, b."  # type: ignore[arg-type]

    def test_says_nothing_where_nothing_is_known(self):
        assert did_you_mean("x", []) == ""
