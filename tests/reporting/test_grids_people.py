from insights.reporting.grids import grid
from insights.results.bundle import ColumnPart, TablePart


def table(shape, *rows):
    names = {"cohort": "text", "people": "count", "age": "count", "share": "percent"}
    columns = [
        ColumnPart(name=name, label=name, kind=kind, shown=True, people=name == "people")
        for name, kind in names.items()
    ]
    return TablePart(shape=shape, columns=columns, rows=[list(row) for row in rows])


class TestSmallGroups:
    def test_a_table_marks_a_group_of_fewer_than_ten_for_the_gate(self):
        found = grid(table("plain", ("a", 9, 1, 0.5), ("b", 10, 1, 0.5), ("c", 0, 1, 0)), rows=9)
        assert ["few" in row[1].css for row in found.rows] == [True, False, False]

    def test_a_triangle_does_too(self):
        found = grid(table("triangle", ("a", 9, 1, 0.5), ("b", 10, 1, 0.5)), rows=9)
        assert ["few" in row[1].css for row in found.rows] == [True, False]
