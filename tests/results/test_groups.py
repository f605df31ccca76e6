import pandas as pd
import pytest

from insights.results import Column, Result
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


class TestShownGroups:
    def test_groups_of_ten_and_more_and_of_nobody_are_shown(self):
        shown, left_out = shown_groups(towns(10, 0, 500), COLUMNS)
        assert (len(shown), left_out) == (3, 0)

    def test_two_small_groups_are_left_out(self):
        shown, left_out = shown_groups(towns(9, 100, 1, 60), COLUMNS)
        assert shown["town"].tolist() == ["t1", "t3"]
        assert left_out == 2

    def test_a_single_small_group_takes_the_next_smallest_with_it(self):
        shown, left_out = shown_groups(towns(9, 100, 60), COLUMNS)
        assert shown["town"].tolist() == ["t1"]
        assert left_out == 2

    def test_a_group_of_several_rows_goes_whole(self):
        table = pd.concat([towns(100, 5, 4), towns(100, 5, 4)])
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
