"""Rows of one file with one key: which of them count, and what is said of the others."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.samples.douyin import orders as douyin
from tests.samples.youzan import orders as youzan
from tests.sources import checks


def of_douyin(paid):
    return douyin.line("01", "11", paid)


def of_youzan(paid):
    return youzan.row("01", paid)


@pytest.fixture(
    params=[(douyin.SAMPLE, of_douyin), (youzan.SAMPLE, of_youzan)], ids=["lines", "orders"]
)
def found(request, tmp_path):
    sample, row = request.param

    def load(*paid):
        rows = tuple(map(row, paid))
        return checks.outcome(replace(sample, rows=rows, after=(), before=()), tmp_path)

    return load


def test_a_row_that_says_the_same_again_is_repeated(found):
    (account,) = found("119.00", "119.00").files.accounts
    assert account.skipped == {"repeated": 1}
    assert not [one for one in account.warnings if "same key" in one]


def test_a_row_that_differs_from_a_later_one_is_superseded_and_said(found):
    outcome = found("119.00", "120.00", "120.00")
    (account,) = outcome.files.accounts
    assert account.skipped == {"repeated": 1, "superseded": 1}
    assert (
        "1 rows differ from a later one of the same key, and do not count: the last one does"
        in (account.warnings)
    )
    assert [row["paid_amount"] for row in outcome.tables["orders"]] == [Decimal("120.00")]


def test_the_total_of_the_file_counts_what_came_again_once(found):
    (account,) = found("119.00", "120.00", "120.00").files.accounts
    assert max(account.totals.values()) == (Decimal(120), Decimal(120))
