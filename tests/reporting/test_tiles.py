import pytest

from insights.reporting.tiles import since_last, sparkline, tile_view
from insights.results.bundle import TilePart
from insights.wording import speaking


def tile(**parts):
    return TilePart(**({"key": "k", "label": "Rate", "kind": "percent", "good": "up"} | parts))


class TestTileView:
    def test_a_share_moves_in_points(self):
        view = tile_view(tile(value=0.184, low=0.17, high=0.2, before=0.158, against="June 2025"))
        assert (view.arrow, view.verdict, view.tone) == ("▲", "better", "good")
        assert view.change == "2.6 points above June 2025 (15.8%)"

    def test_money_moves_in_percent(self):
        view = tile_view(
            tile(kind="money", value=90.0, low=85.0, high=95.0, before=100.0, against="May")
        )
        assert view.change.startswith("10% below May (")
        assert view.tone == "bad"

    def test_falling_is_good_where_it_was_declared_so(self):
        view = tile_view(tile(good="down", value=0.08, low=0.075, high=0.085, before=0.09))
        assert (view.arrow, view.verdict, view.tone) == ("▼", "better", "good")

    def test_without_a_declared_direction_nothing_is_judged(self):
        view = tile_view(tile(good="neither", value=0.08, low=0.075, high=0.085, before=0.09))
        assert (view.verdict, view.tone) == ("", "flat")

    def test_a_change_within_the_interval_may_be_chance(self):
        view = tile_view(tile(value=0.184, low=0.15, high=0.21, before=0.158))
        assert view.tone == "flat"
        assert "chance" in view.verdict

    def test_a_value_that_is_itself_unsure_is_compared_with_its_interval(self):
        sure = tile(value=0.2, low=0.17, high=0.23, before=0.16)
        unsure = sure.model_copy(update={"before_low": 0.12, "before_high": 0.18})
        assert tile_view(sure).tone == "good"
        assert tile_view(unsure).tone == "flat"

    def test_without_an_interval_nothing_is_judged(self):
        view = tile_view(tile(value=0.184, before=0.158))
        assert (view.arrow, view.verdict, view.tone) == ("▲", "", "flat")

    def test_without_a_comparison_of_its_own_it_is_held_against_the_last_report(self):
        moved = {"label": "Rate", "before": 0.1, "after": 0.15, "parts": {"new_period": 0.03}}
        meta = {"since": {"report": {"as_of": "2026-05-31", "tiles": [moved]}}}
        view = tile_view(since_last(tile(value=0.15), meta))
        # Two points of the five are late refunds and new code: no change of the business.
        assert view.change == "3.0 points above the last report, 2026-05-31 (12%)"
        own = tile(value=0.15, before=0.2, against="May")
        assert since_last(own, meta) == own
        assert since_last(tile(value=0.15), {}) == tile(value=0.15)

    def test_no_change_is_said(self):
        view = tile_view(tile(value=0.1, before=0.1, against="May"))
        assert (view.arrow, view.change) == ("=", "as May")

    def test_a_change_from_nothing_has_no_percentage(self):
        assert tile_view(tile(kind="count", value=5, before=0)).change.startswith("5 above ")

    @pytest.mark.parametrize("value", [None, "text"])
    def test_a_tile_without_a_number_compares_nothing(self, value):
        assert tile_view(tile(value=value, before=0.1)).change == ""

    def test_the_level_of_the_interval_is_said(self):
        view = tile_view(tile(value=0.1, low=0.08, high=0.12, confidence=0.9))
        assert (view.level, view.interval) == ("90%", "8% – 12%")

    def test_it_speaks_chinese(self):
        with speaking("zh-CN"):
            view = tile_view(tile(value=0.184, before=0.158, against="去年同月"))
        assert view.change.startswith("比去年同月（15.8%）高2.6")


class TestSparkline:
    def test_a_missing_period_breaks_the_line(self):
        assert sparkline([1, 2, None, 3, 4]).count("<polyline") == 2

    def test_one_value_is_no_line(self):
        assert sparkline([1, None]) == ""

    def test_a_flat_past_divides_by_nothing(self):
        assert "nan" not in sparkline([2, 2, 2])
