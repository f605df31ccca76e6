from functools import cache
from math import comb

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.results import SMALLEST_GROUP, Column, Result
from insights.results.groups import shown_groups

COLUMNS = {
    "town": Column("Town"),
    "people": Column("People", "count", people=True),
    "rate": Column("Rate", "percent"),
}


def towns(*people: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"town": [f"t{n}" for n in range(len(people))], "people": people, "rate": 0.5}
    )


@cache
def _ways(people: int, groups: int, first: int | None) -> int:
    """Count the ways to share people out to groups of at least one, the first's size given."""
    if first is not None:
        return _ways(people - first, groups - 1, None)
    if not groups or people < groups:
        return int(people == groups == 0)
    return comb(people - 1, groups - 1)


class TestShownGroups:
    def test_groups_of_ten_and_more_and_of_nobody_are_shown(self):
        shown, left_out = shown_groups(towns(10, 0, 500), COLUMNS)
        assert (len(shown), left_out) == (3, 0)

    def test_two_small_groups_of_ten_people_together_are_left_out(self):
        shown, left_out = shown_groups(towns(9, 100, 1, 60), COLUMNS)
        assert shown["town"].tolist() == ["t1", "t3"]
        assert left_out == 2

    def test_a_single_small_group_takes_the_next_smallest_with_it(self):
        shown, left_out = shown_groups(towns(9, 100, 60), COLUMNS)
        assert shown["town"].tolist() == ["t1"]
        assert left_out == 2

    def test_groups_that_are_too_few_together_take_the_next_smallest_with_them(self):
        shown, left_out = shown_groups(towns(2, 100, 3, 60, 0), COLUMNS)
        assert shown["town"].tolist() == ["t1", "t4"]
        assert left_out == 3

    def test_ten_groups_of_one_person_each_are_told_by_their_number_alone(self):
        shown, _ = shown_groups(towns(*[1] * 10, 60, 100), COLUMNS)
        assert shown["people"].tolist() == [100]

    def test_nobody_in_one_row_does_not_hide_the_few_in_another(self):
        table = pd.concat([towns(100, 0, 70, 80), towns(100, 4, 70, 80)])
        shown, _ = shown_groups(table, COLUMNS)
        assert set(shown["town"]) == {"t0", "t3"}

    def test_each_column_of_people_is_safe_by_itself(self):
        columns = {
            "town": Column("Town"),
            "members": Column("Members", "count", people=True),
            "others": Column("Others", "count", people=True),
        }
        table = pd.DataFrame(
            {"town": list("abcd"), "members": [3, 0, 40, 50], "others": [500, 300, 20, 400]}
        )
        shown, _ = shown_groups(table, columns)
        assert shown["town"].tolist() == ["b", "d"]

    @settings(max_examples=300, deadline=None)
    @given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(0, 4))
    def test_no_size_below_ten_can_be_worked_out_from_the_total(self, people, ones):
        people = [*people, *[1] * ones, 200, 400]
        shown, left_out = shown_groups(towns(*people), COLUMNS)
        assert not shown["people"].between(1, SMALLEST_GROUP - 1).any()
        hidden = sum(people) - int(shown["people"].sum())
        for least in range(1, SMALLEST_GROUP if left_out else 0):
            # One of them has so many people? Then others could have had that as well.
            ways = _ways(hidden, left_out, least)
            assert ways == 0 or _ways(hidden, left_out, None) > ways

    def test_a_group_of_several_rows_goes_whole(self):
        table = pd.concat([towns(100, 6, 4), towns(100, 6, 4)])
        shown, _ = shown_groups(table, COLUMNS)
        assert set(shown["town"]) == {"t0"}
        assert len(shown) == 2

    def test_a_table_that_marks_no_people_is_left_alone(self):
        columns = {"town": Column("Town"), "people": Column("People", "count")}
        assert shown_groups(towns(1, 2), columns)[1] == 0

    @pytest.mark.parametrize("people", [[], [3], [3, 0]])
    def test_nothing_may_be_left(self, people):
        shown, _ = shown_groups(towns(*people), COLUMNS)
        assert (shown["people"] == 0).all()


class TestBundle:
    def test_neither_table_nor_chart_shows_a_small_group_and_a_caveat_says_so(self):
        drawn = []

        class Towns(Result):
            columns = COLUMNS

            def plot(self):
                drawn.append(self.table["people"].tolist())

        bundle = Towns(table=towns(100, 9, 8, 60)).bundle()
        assert [row[1] for row in bundle.table.rows] == [100, 60]
        assert drawn == [[100, 60]]
        assert "2 groups are not shown" in bundle.caveats[-1]

    def test_a_chart_of_nothing_but_small_groups_is_not_drawn(self):
        class Towns(Result):
            columns = COLUMNS

            def plot(self):
                raise AssertionError

        assert Towns(table=towns(3, 4)).bundle().svg is None
