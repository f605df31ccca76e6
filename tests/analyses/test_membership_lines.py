"""How fast members climb from line to line, and whom another line would let in."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from insights.analyses import membership
from insights.errors import ParameterError
from insights.results import NotEnoughData
from tests.analyses.test_membership import AS_OF
from tests.truth.plant import Coverage


def buys(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "ago", "net_amount"])
    paid = [pd.Timestamp(AS_OF - timedelta(days=int(ago))) for ago in frame["ago"]]
    return frame.assign(paid_at=paid)


def all_members(purchases):
    return pd.DataFrame({"customer_id": purchases["customer_id"].unique()})


def climbed(purchases, lines=(3_000, 5_000)):
    return membership.climb(purchases, all_members(purchases), as_of=AS_OF, lines=lines)


class TestClimb:
    def test_who_is_still_on_the_way_counts_for_as_long_as_was_watched(self):
        """Of 40, ten reach the next line after 100 days; ten more were watched for 50 only."""
        rows = [(f"C{n}", 50 if n >= 30 else 500, 3_000.0) for n in range(40)]
        rows += [(f"C{n}", 400, 2_000.0) for n in range(10)]
        row = climbed(buys(*rows)).table.loc[0]
        assert (row["members"], row["reached"]) == (40, 10)
        assert row["share"] == pytest.approx(10 / 30)
        assert np.isnan(row["days"])

    def test_a_line_passed_with_the_next_in_one_purchase_takes_no_days(self):
        rows = [(f"C{n}", 500, 6_000.0) for n in range(40)]
        assert climbed(buys(*rows)).table.loc[0, "days"] == 0

    def test_lines_that_few_have_reached_are_left_out_and_said_to_be(self):
        rows = [(f"C{n}", 500, 3_000.0) for n in range(40)]
        found = climbed(buys(*rows), (3_000, 5_000, 10_000))
        assert found.table["line"].tolist() == [3_000]
        assert found.facts["left_out"] == 1

    def test_nobody_at_a_line_and_a_single_line_are_refused(self):
        few = buys(("C1", 500, 4_000.0))
        assert isinstance(climbed(few), NotEnoughData)
        with pytest.raises(ParameterError, match="two lines"):
            climbed(few, (3_000,))

    def test_the_planted_share_lies_within_the_interval_though_many_were_watched_briefly(self):
        """Exponential times with half arriving within a year; entries spread over three years."""
        gathered = Coverage(0.95)
        for seed in range(40):
            rng = np.random.default_rng(seed)
            start = rng.integers(0, 1_100, 150)
            there = start - np.ceil(rng.exponential(365 / np.log(2), 150)).astype(int)
            rows = [(f"C{n}", ago, 3_000.0) for n, ago in enumerate(start)]
            rows += [(f"C{n}", ago, 2_000.0) for n, ago in enumerate(there) if ago >= 0]
            row = climbed(buys(*rows)).table.loc[0]
            gathered.add(row["low"], row["high"], 0.5)
        assert gathered.holds()


class TestEntry:
    def test_other_lines_let_in_who_has_spent_so_much(self):
        now = pd.DataFrame(
            {"customer_id": list("abcd"), "total_amount": [1_900, 2_500, 3_000, 6_000]}
        )
        found = membership.entry(now, as_of=AS_OF, line=3_000, instead=[2_000, 5_000], near=200)
        assert found.table["past"].tolist() == [3, 2, 1]
        assert found.table["near"].tolist() == [1, 0, 0]
        assert found.table["change"].tolist() == [1, 0, -1]

    def test_no_other_line_and_no_members_are_refused(self):
        now = pd.DataFrame({"customer_id": ["a"], "total_amount": [100.0]})
        with pytest.raises(ParameterError, match="instead"):
            membership.entry(now, as_of=AS_OF, line=3_000, instead=[3_000], near=200)
        nobody = membership.entry(now.head(0), as_of=AS_OF, line=3_000, instead=[2_000], near=200)
        assert isinstance(nobody, NotEnoughData)
