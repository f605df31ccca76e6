"""What travels to the page: raw values in JSON, with null for what is missing."""

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.errors import CannotSay
from insights.results import Bundle, Column, Tile
from insights.results.bundle import scalar, table_bundle
from insights.wording import missing


class TestScalar:
    @pytest.mark.parametrize(
        ("value", "kind", "expected"),
        [
            (np.int64(5), "count", 5),
            (np.float64(0.5), "percent", 0.5),
            (np.bool_(True), "text", True),
            (np.str_("a"), "text", "a"),
            (np.array(3.5), "number", 3.5),
            (10**30, "count", 10**30),
            (Decimal("1.5"), "number", 1.5),
            (Decimal("12.34"), "money", 1234),
            (12.34, "money", 1234),
            (np.int64(5), "money", 500),
            (-0.0, "money", 0),
            (date(2017, 2, 3), "day", "2017-02-03"),
            (pd.Timestamp("2017-02-03"), "day", "2017-02-03"),
            (pd.Timestamp("2017-02-03", tz="Asia/Shanghai"), "day", "2017-02-03"),
            (datetime(2017, 2, 3, 4, 5, tzinfo=UTC), "day", "2017-02-03 04:05:00+00:00"),
            (np.datetime64("2017-02-03", "ns"), "day", "2017-02-03"),
            (np.datetime64("2017-02-03T04:05"), "text", "2017-02-03 04:05:00"),
            (pd.Period("2017-02"), "month", "2017-02"),
            (pd.Timedelta(hours=36), "days", 1.5),
            (np.timedelta64(36, "h"), "days", 1.5),
            (pd.Interval(0, 1), "text", "(0, 1]"),
        ],
    )
    def test_is_a_plain_value(self, value, kind, expected):
        found = scalar(value, kind)
        assert found == expected
        assert type(found) is type(expected)

    @pytest.mark.parametrize(
        "value",
        [
            *(None, math.nan, math.inf, pd.NaT, pd.NA, Decimal("NaN"), np.float32("inf")),
            *(np.datetime64("NaT"), np.timedelta64("NaT")),
        ],
    )
    @pytest.mark.parametrize("kind", ["text", "money", "day"])
    def test_is_none_for_what_is_missing(self, value, kind):
        assert scalar(value, kind) is None

    @pytest.mark.parametrize(
        "value", [[1], (1, 2), {"a": 1}, {1}, np.array([1, 2]), pd.Series([1]), pd.DataFrame()]
    )
    def test_is_one_value(self, value):
        with pytest.raises(CannotSay, match="is not one value"):
            scalar(value)

    @given(st.decimals(-(10**9), 10**9, places=2))
    def test_of_money_is_right_to_the_cent_from_float_and_from_decimal(self, amount):
        assert scalar(amount, "money") == scalar(float(amount), "money") == int(amount * 100)


class TestTable:
    COLUMNS = {
        "month": Column("Month", "month"),
        "net": Column("Net sales", "money"),
        "share": Column("Share", "percent", shown=False),
    }

    def test_has_the_declared_columns_in_their_order_and_money_in_cents(self):
        frame = pd.DataFrame(
            {"more": [1], "share": [0.5], "net": [12.34], "month": [pd.Period("2017-02")]}
        )
        table = table_bundle(frame, self.COLUMNS, "plain")
        assert [column.name for column in table.columns] == ["month", "net", "share"]
        assert [column.shown for column in table.columns] == [True, True, False]
        assert table.rows == [["2017-02", 1234, 0.5]]

    def test_of_no_rows_keeps_its_columns(self):
        table = table_bundle(pd.DataFrame(columns=list(self.COLUMNS)), self.COLUMNS, "plain")
        assert len(table.columns) == 3
        assert table.rows == []

    def test_is_none_where_nothing_is_declared(self):
        assert table_bundle(pd.DataFrame({"a": [1]}), {}, "plain") is None

    @given(
        st.lists(
            st.tuples(
                st.one_of(st.none(), st.floats(), st.just(pd.NA)),
                st.one_of(st.none(), st.datetimes(), st.just(pd.NaT)),
                st.one_of(st.none(), st.text(), st.booleans(), st.integers()),
            ),
            min_size=1,
        )
    )
    def test_whatever_the_cells_the_json_is_strict_and_reads_back(self, rows):
        frame = pd.DataFrame(rows, columns=["a", "b", "c"], dtype=object)
        columns = {name: Column(name) for name in frame}
        made = Bundle(
            kind="evidence",
            name="x",
            lang="en",
            currency="CNY",
            table=table_bundle(frame, columns, "plain"),
        )
        text = json.dumps(made.model_dump(mode="json"), allow_nan=False)
        assert Bundle.model_validate(json.loads(text)) == made
        for given_row, row in zip(rows, made.table.rows, strict=True):
            assert [missing(value) for value in given_row] == [value is None for value in row]


def test_a_trend_has_gaps_where_nothing_is_known():
    tile = Tile(key="k", label="K", fact="n", kind="count", trend=(1, None, math.nan, pd.NA, 2))
    (part,) = Bundle.tiles_of([tile], {"n": 3})
    assert part.trend == [1.0, None, None, None, 2.0]
