"""Choosing: what is new, then what was found, then what could not be decided."""

from insights.results.bundle import ClaimPart
from insights.results.choosing import first


def claims(*keys, undecided=()):
    return [
        ClaimPart(key=key, text=key, facts={}, holds=[], undecided=key in undecided) for key in keys
    ]


def said(found, news=()):
    return "".join(claim.key for claim in first(found, news))


def test_few_claims_are_all_said_in_the_notebooks_order():
    assert said(claims(*"abc")) == "abc"


def test_a_page_says_six():
    assert said(claims(*"abcdefgh")) == "abcdef"


def test_what_was_found_comes_before_what_was_not_decided():
    assert said(claims(*"abcd", undecided="bc")) == "adbc"


def test_the_headline_is_the_notebooks_whatever_it_says():
    assert said(claims(*"abcd", undecided="a")) == "abcd"


def test_news_comes_first():
    assert said(claims(*"abcdefgh", undecided="h"), news="gh") == "aghbcd"


def test_one_place_is_kept_for_what_is_not_known():
    assert said(claims(*"abcdefgh", undecided="gh")) == "abcdeg"


def test_nothing_to_say_is_no_error():
    assert first([]) == []
