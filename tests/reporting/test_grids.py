import pytest

from insights.reporting.datafile import as_csv
from insights.reporting.grids import Cell, grid
from insights.results.bundle import ColumnPart, TablePart
from insights.wording import speaking


def part(shape, columns, rows):
    return TablePart(
        shape=shape,
        columns=[ColumnPart(name=n, label=n, kind=k, shown=s) for n, k, s in columns],
        rows=rows,
    )


TRIANGLE = [
    ("cohort", "month", True),
    ("customers", "count", True),
    ("age_months", "count", True),
    ("returned", "count", True),
    ("retention", "percent", True),
    ("low", "percent", True),
    ("high", "percent", True),
    ("open", "text", False),
]


class TestTriangle:
    def rows(self):
        return [
            ["2026-01", 100, 1, 40, 0.4, 0.3, 0.5, False],
            ["2026-01", 100, 2, 20, 0.2, 0.1, 0.3, False],
            ["2026-02", 50, 1, 25, 0.5, 0.4, 0.6, False],
            ["2026-02", 50, 2, None, None, None, None, True],
            ["2026-03", 40, 1, None, None, None, None, True],
        ]

    def test_it_is_pivoted_to_a_row_a_cohort(self):
        made = grid(part("triangle", TRIANGLE, self.rows()), rows=10)
        assert [cell.text for cell in made.head] == ["cohort", "customers", "1", "2"]
        assert [[cell.text for cell in row] for row in made.rows] == [
            ["2026-01", "100", "40.0%", "20.0%"],
            ["2026-02", "50", "50.0%", "·"],
            ["2026-03", "40", "·", ""],
        ]

    def test_the_interval_is_said_with_the_cell(self):
        made = grid(part("triangle", TRIANGLE, self.rows()), rows=10)
        assert made.rows[0][2].note == "30.0% – 50.0%"

    def test_a_cohort_apart_is_marked_with_its_reason_and_lends_no_colour(self):
        rows = [
            [*row, "first month of data" if row[0] == "2026-01" else None] for row in self.rows()
        ]
        made = grid(part("triangle", [*TRIANGLE, ("apart", "said", False)], rows), rows=10)
        assert made.rows[0][0].text == "2026-01 *"
        assert made.rows[0][2].css == "n"
        assert made.rows[1][2].css == "n h6"
        assert made.legend.endswith("* first month of data")
        with speaking("zh-CN"):
            made = grid(part("triangle", [*TRIANGLE, ("apart", "said", False)], rows), rows=10)
        assert made.legend.endswith("* 数据首月")

    def test_open_cells_are_masked_and_explained(self):
        made = grid(part("triangle", TRIANGLE, self.rows()), rows=10)
        assert "open" in made.rows[1][3].css
        assert "dot" in made.legend

    def test_more_is_stronger(self):
        made = grid(part("triangle", TRIANGLE, self.rows()), rows=10)
        assert [made.rows[0][3].css, made.rows[1][2].css] == ["n h2", "n h6"]

    def test_without_an_interval_the_fourth_column_is_the_value(self):
        made = grid(part("triangle", TRIANGLE[:4], [["2026-01", 9, 0, 7]]), rows=10)
        assert made.rows[0][2].text == "7"


class TestPlain:
    def test_only_so_many_rows_are_shown_and_all_are_counted(self):
        made = grid(part("plain", [("n", "count", True)], [[n] for n in range(100)]), rows=12)
        assert len(made.rows) == 12
        assert made.total == 100
        assert made.left_out

    def test_money_is_said_in_units(self):
        made = grid(part("plain", [("net", "money", True)], [[123456], [None]]), rows=5)
        (net,), (missing,) = made.rows
        assert net.text.endswith("¥1,235")
        assert missing.text == "–"

    def test_a_value_that_is_not_of_its_kind_is_shown_as_it_is(self):
        made = grid(part("plain", [("x", "percent", True), ("y", "odd", True)], [["?", 1]]), rows=5)
        assert [cell.text for cell in made.rows[0]] == ["?", "1"]

    def test_a_very_long_cell_is_cut(self):
        made = grid(part("plain", [("x", "text", True)], [["长" * 5000]]), rows=5)
        assert len(made.rows[0][0].text) == 300

    def test_what_all_ids_of_a_column_begin_with_is_left_to_the_csv(self):
        columns = [("customer_id", "text", True), ("seen", "text", True), ("why", "text", True)]
        rows = [["tills:main:7", "10:30", "late: a"], ["tills:main:81", "10:45", "late: b"]]
        table = part("plain", columns, rows)
        shown = [[cell.text for cell in row] for row in grid(table, rows=1).rows]
        assert shown == [["7", "10:30", "late: a"]]
        assert "tills:main:7" in as_csv(table, "CNY")

    @pytest.mark.parametrize("other", ["web:81", None, "81", "tills:"])
    def test_ids_that_do_not_all_begin_alike_stay_whole(self, other):
        rows = [["tills:7"], [other]]
        made = grid(part("plain", [("customer_id", "text", True)], rows), rows=5)
        assert made.rows[0][0].text == "tills:7"

    def test_words_of_a_script_that_runs_from_right_to_left_run_so_and_no_others(self):
        words = ["x", "فاطمة", "上衣 A", ""]
        table = part("plain", [(n, "text", True) for n in "abcd"], [words])
        assert [c.turned for c in grid(table, rows=5).rows[0]] == [False, True, False, False]
        assert Cell("abc \u202e def").turned

    def test_a_figure_needs_no_class_and_words_say_that_they_are_words(self):
        kinds = ["text", "count", "text", "day"]
        columns = [(f"{kind}{n}", kind, True) for n, kind in enumerate(kinds)]
        table = part("plain", columns, [["x", 7, "y", "2026-01-01"]])
        (row,) = grid(table, rows=5).rows
        assert [cell.inner_css for cell in row[1:]] == ["", "t", "t w"]

    def test_hidden_columns_are_not_shown(self):
        made = grid(part("plain", [("x", "text", False)], [["secret"]]), rows=5)
        assert made.rows == [[]]
