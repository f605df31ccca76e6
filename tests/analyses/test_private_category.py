"""Private category: the same goods or others, like beside like, and never more than association."""

from datetime import date

import pandas as pd
import pytest

from insights.analyses import cohorts
from insights.analyses.cohorts.private_category import _pooled
from insights.errors import MissingColumns
from insights.results import NotEnoughData

AS_OF = date(2025, 12, 31)
NAMES = ["private_on", "price_band", "category", "same", "customers", "returned"]


def moved(*rows, first_on="2025-02-01"):
    """Rows of the mart, by `NAMES`."""
    table = pd.DataFrame(rows, columns=NAMES)
    return table.assign(first_on=first_on).astype({"same": "Int64"})


def found_of(*rows, **how):
    return cohorts.private_category(moved(*rows), as_of=AS_OF, **how)


SAME = ("2025-04-01", 7, "Coats", 1, 200, 100)
OTHER = ("2025-05-01", 7, "Coats", 0, 100, 25)


class TestPrivateCategory:
    def test_the_manager_sees_two_shares_and_the_gap(self):
        found = found_of(SAME, OTHER)
        assert found.table["share"].tolist() == [0.5, 0.25]
        assert found.facts["change"] == 0.25
        assert found.headline.key == "private_category_same"
        said = found.headline.text("en")
        assert "50% bought again within 90 days, of those who bought another, 25%" in said
        assert "对口" in found.headline.text("zh-CN")
        assert found.plot().get_xlabel() == "bought again, matched"

    def test_the_other_way_round_is_the_opposite_claim(self):
        swapped = [(*row[:3], 1 - row[3], *row[4:]) for row in (SAME, OTHER)]
        found = found_of(*swapped)
        assert found.headline.key == "private_category_other"
        assert found.facts["change"] == -0.25

    def test_shares_that_lie_close_are_not_distinguishable(self):
        found = found_of(SAME, (*OTHER[:5], 48))
        assert found.headline.key == "private_category_alike"
        assert found.headline.undecided
        assert found.facts["change_low"] < 0 < found.facts["change_high"]

    def test_a_difference_of_prices_is_none_of_categories(self):
        """Dear purchases are followed by more, and are mostly of the same category."""
        found = found_of(
            ("2025-04-01", 6, "Coats", 1, 100, 20),
            ("2025-04-01", 6, "Coats", 0, 400, 80),
            ("2025-04-01", 9, "Coats", 1, 400, 240),
            ("2025-04-01", 9, "Coats", 0, 100, 60),
        )
        assert found.table["crude"].tolist() == [0.52, 0.28]
        assert found.table["share"].tolist() == pytest.approx([0.4, 0.4])
        assert found.headline.key == "private_category_alike"

    def test_a_season_and_a_first_category_are_held_fixed_as_well(self):
        found = found_of(
            ("2025-01-01", 7, "Coats", 1, 100, 20),
            ("2025-03-01", 7, "Coats", 0, 100, 20),  # the same quarter
            ("2025-04-01", 7, "Coats", 1, 100, 80),
            ("2025-04-01", 7, "Shoes", 1, 100, 80),
        )
        assert found.facts["customers"] == 200
        assert found.facts["change"] == 0
        assert "50% of customers are compared: 200" in found.say(found.caveats[-1])

    def test_it_is_always_said_to_be_association_only(self):
        for rows in ((SAME, OTHER), (SAME, (*OTHER[:5], 48))):
            first = found_of(*rows).caveats[0]
            assert first.startswith("Association only")

    def test_agrees_with_a_published_table(self):
        """Rothman, Greenland and Lash (2008), table 15-1: .035 (-.018 to .088 at 90%).

        metafor gives .0349 (-.0176 to .0874), by Sato's variance, too.
        """
        deaths = pd.DataFrame(
            {
                "returned_1": [8, 22],
                "customers_1": [106, 98],
                "returned_0": [5, 16],
                "customers_0": [120, 85],
            }
        )
        found = _pooled(deaths, 0.9)
        ends = (found.change, found.change_low, found.change_high)
        assert ends == pytest.approx((0.0349, -0.0176, 0.0874), abs=5e-5)
        # The parts of the two sides are Sato's variance: halves of intervals add up in squares.
        halves = [(high - low) / 2 for low, high in (found[1:3], found[4:6], found[7:9])]
        assert halves[0] ** 2 + halves[1] ** 2 == pytest.approx(halves[2] ** 2)


class TestWhoIsLeftOut:
    def test_whose_window_is_open_and_whose_category_is_not_known_is_counted_apart(self):
        found = found_of(
            SAME,
            OTHER,
            ("2025-09-01", 7, "Coats", 1, 40, 40),  # 90 days after September: 29 December
            ("2025-10-01", 7, "Coats", 1, 50, 50),
            ("2025-04-01", 7, None, None, 60, 60),
        )
        assert (found.facts["open"], found.facts["unknown"]) == (50, 60)
        assert found.facts["alone"] == 40
        assert found.table["customers"].tolist() == [200, 100]
        assert found.checks[0].passed

    def test_who_was_there_when_the_data_begin_tells_nothing_of_first_purchases(self):
        old = moved(("2025-04-01", 7, "Coats", 1, 900, 900), first_on="2025-01-01")
        moves = pd.concat([old, moved(SAME, OTHER)], ignore_index=True)
        found = cohorts.private_category(moves, as_of=AS_OF, data_from=date(2025, 1, 1))
        assert found.table["customers"].tolist() == [200, 100]
        assert found.say(found.caveats[-1]).startswith("900 customers were first seen")


class TestNotEnough:
    def test_without_a_private_shop_it_says_what_is_needed(self):
        found = found_of()
        assert isinstance(found, NotEnoughData)
        assert "orders of a private shop" in found.say(found.needs)

    @pytest.mark.parametrize(
        "rows",
        [
            [("2025-04-01", 7, "Coats", 1, 1, 1)],  # one customer
            [SAME],  # one side
            [SAME, ("2025-04-01", 8, "Coats", 0, 100, 50)],  # both, never in one stratum
            [SAME, (*OTHER[:4], 29, 10)],  # too few
            [SAME, (*OTHER[:5], 4)],  # nearly nobody bought again
            [(*SAME[:5], 200), OTHER],  # everybody did
            [("2025-04-01", 7, None, None, 300, 90)],  # no category known
        ],
    )
    def test_too_little_is_said_with_what_there_is(self, rows):
        found = found_of(*rows)
        assert isinstance(found, NotEnoughData)
        assert found.say(found.because).startswith(f"{sum(row[4] for row in rows):,} customers")

    def test_a_table_without_its_columns_is_refused_by_name(self):
        with pytest.raises(MissingColumns, match="price_band"):
            cohorts.private_category(moved(SAME).drop(columns="price_band"), as_of=AS_OF)
