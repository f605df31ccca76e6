from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.analyses.cohorts import sales
from insights.errors import MissingColumns
from insights.results import NotEnoughData

AS_OF = date(2026, 3, 15)


def months(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    """Rows of the mart by hand: month, channel, paid, refunded, net of known customers."""
    frame = pd.DataFrame(
        rows, columns=["month_on", "channel", "gross_amount", "refund_amount", "known_amount"]
    )
    frame["month_on"] = pd.to_datetime(frame["month_on"])
    return frame.assign(
        orders=10, refunded_orders=0, net_amount=frame["gross_amount"] - frame["refund_amount"]
    )


BOUGHT = months(
    ("2026-01-01", "douyin", 1000.0, 300.0, 0.0),
    ("2026-01-01", "youzan", 500.0, 0.0, 500.0),
    ("2026-02-01", "youzan", 800.0, 80.0, 360.0),
    ("2026-03-01", "youzan", 100.0, 0.0, 0.0),
)


class TestSales:
    def test_channels_of_a_month_are_added_up(self):
        table = sales(BOUGHT, as_of=AS_OF).table.set_index("month")
        assert table.loc["2026-01", "net_amount"] == 1200.0
        assert table.loc["2026-01", "refund_share"] == pytest.approx(0.2)
        assert table.loc["2026-02", "known_share"] == pytest.approx(0.5)

    def test_the_headline_is_the_last_month_that_is_over(self):
        found = sales(BOUGHT, as_of=AS_OF)
        assert found.headline.text("en").startswith("In 2026-02 10 orders brought")
        assert any("2026-03 is not over" in found.say(caveat) for caveat in found.caveats)

    def test_a_month_ends_with_its_last_day(self):
        assert sales(BOUGHT, as_of=date(2026, 3, 31)).facts["month"] == "2026-03"
        assert sales(BOUGHT, as_of=date(2026, 3, 30)).facts["month"] == "2026-02"

    def test_where_nobody_is_known_it_is_said(self):
        found = sales(months(("2026-01-01", "douyin", 10.0, 0.0, 0.0)), as_of=AS_OF)
        assert [claim.key for claim in found.claims] == ["month_net", "nobody_known"]

    def test_without_a_paid_order_it_says_what_is_needed(self):
        assert isinstance(sales(BOUGHT.head(0), as_of=AS_OF), NotEnoughData)

    def test_everything_refunded_has_no_known_share(self):
        found = sales(months(("2026-01-01", "douyin", 10.0, 10.0, 0.0)), as_of=AS_OF)
        assert found.facts["known_share"] is None
        assert [tile.key for tile in found.tiles] == ["month_net"]

    def test_a_frame_without_a_column_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="'known_amount'"):
            sales(BOUGHT.drop(columns="known_amount"), as_of=AS_OF)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["2026-01-01", "2026-02-01"]),
                st.sampled_from(["a", "b"]),
                st.integers(1, 10**6),
                st.integers(0, 100),
            ),
            min_size=1,
            max_size=8,
        )
    )
    def test_what_is_shown_adds_up_whatever_the_months(self, rows):
        given_rows = months(*[(m, c, g / 100, g * r / 10_000, 0.0) for m, c, g, r in rows])
        table = sales(given_rows, as_of=AS_OF).table
        assert table["gross_amount"].sum() == pytest.approx(given_rows["gross_amount"].sum())
        assert table["net_amount"].sum() == pytest.approx(given_rows["net_amount"].sum())
