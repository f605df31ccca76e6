"""Answers of the WeChat store's order API, however they were saved."""

import json

import pytest

from tests.samples.wx_store import trades
from tests.sources import checks

BARE = [answer["order"] for answer in trades.ANSWERS]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(trades.ANSWERS),
        "\n".join(map(json.dumps, trades.ANSWERS)),
        json.dumps(BARE),
        "\n".join(map(json.dumps, BARE)),
    ],
    ids=["list", "lines", "orders", "orders in lines"],
)
def test_answers_are_read_in_any_wrapping(text, tmp_path):
    found = checks.outcome(trades.SAMPLE, tmp_path, text.encode())
    assert not found.files.refused
    assert len(found.tables["orders"]) == 6
    assert len(found.tables["order_lines"]) == 8


def test_an_order_that_was_asked_for_twice_is_there_once(tmp_path):
    text = json.dumps(BARE + BARE[:1])
    found = checks.outcome(trades.SAMPLE, tmp_path, text.encode())
    (account,) = found.files.accounts
    assert account.skipped == {"repeated": 3}
    assert len(found.tables["order_lines"]) == 8
