"""Rows that the reader refused: which orders do they leave short of a line?"""

from tests.intake.translating.conftest import HEADERS, line

SHORT = "an order may be short of a line"


def written(till, *ragged):
    """Write three orders of two lines each, and rows as they are below them."""
    path = till.write("a.csv", *(line(number) for number in "112233"))
    with path.open("a", encoding="utf-8", newline="") as out:
        out.writelines(f"{row}\r\n" for row in ragged)
    return path


def orders(till):
    return {row[0] for row in till.ask("SELECT order_id FROM orders")}


def row(*cells):
    return ",".join([*cells, *[""] * (len(HEADERS) - len(cells))])


class TestARowThatSaysItsOrder:
    def test_takes_the_order_with_it(self, till):
        report = till.load(written(till, row("2", "x", "y", "完成", "90") + ",1,2,3", "3,9"))
        (account,) = report.files
        assert orders(till) == {"till:1"}
        assert account.refused == {
            "other_line_refused": 4,
            "too_many_cells": 1,
            "too_few_cells": 1,
        }
        assert not [said for said in account.warnings if SHORT in said]

    def test_is_kept_nowhere(self, till):
        till.load(written(till, row("2", "13800000001", "机密", "完成") + ",1,2"))
        for path in (till.folder / "data" / "shop").rglob("*.parquet"):
            assert "机密".encode() not in path.read_bytes()


class TestARowThatDoesNot:
    def test_is_said_to_leave_an_order_short(self, till):
        report = till.load(written(till, row("7", "x", "y") + ",1,2,3", "残"))
        (account,) = report.files
        assert orders(till) == {"till:1", "till:2", "till:3"}
        (said,) = [said for said in account.warnings if SHORT in said]
        assert said.startswith("2 rows could not be read")
