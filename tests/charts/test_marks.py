import itertools

import numpy as np
import pandas as pd
import pytest

from insights.charts import marks, theme
from insights.charts.marks import series
from insights.charts.svg import figure_svg, is_ours
from insights.errors import MissingColumns
from insights.wording import speaking


@pytest.fixture
def by_age() -> pd.DataFrame:
    ages = np.arange(1, 9)
    return pd.DataFrame(
        {
            "group": np.repeat(["直播间 🔥满$100减$20", "门店"], len(ages)),
            "age": np.tile(ages, 2),
            "rate": np.r_[0.3 / ages, 0.4 / ages],
            "low": np.r_[0.2 / ages, 0.3 / ages],
            "high": np.r_[0.4 / ages, 0.5 / ages],
            "n": np.tile(900 // ages, 2),
        }
    )


def every_mark(frame: pd.DataFrame) -> dict[str, object]:
    interval = {"low": "low", "high": "high"}
    one = frame[frame["group"] == "门店"]
    return {
        "line": marks.line(
            frame, x="age", y="rate", by="group", **interval, xlabel="月", ylabel="率"
        ),
        "steps": marks.steps(frame, x="age", y="rate", by="group", **interval, reference=0.5),
        "dots": marks.dots(frame, name="group", value="rate", **interval, reference=0.2),
        "bars": marks.bars(one, name="group", value="n", xlabel="人数"),
        "reliability": marks.reliability(
            frame, predicted="rate", observed="rate", count="n", by="group", **interval
        ),
    }


class TestMarks:
    def test_every_mark_becomes_an_svg_that_a_page_can_hold(self, by_age):
        for name, axes in every_mark(by_age).items():
            svg = figure_svg(axes)
            assert is_ours(svg), name
            assert "data-missing" not in svg, name
            assert 'data-marks="0"' not in svg, name

    def test_figures_are_four_inches_wide(self, by_age):
        for name, axes in every_mark(by_age).items():
            assert 'viewBox="0 0 288 ' in figure_svg(axes), name

    def test_no_label_is_rotated_and_none_is_small(self, by_age):
        for axes in every_mark(by_age).values():
            with theme.applied():
                axes.figure.canvas.draw()
            for text in axes.findobj(lambda artist: hasattr(artist, "get_fontsize")):
                if text.get_text():
                    assert text.get_rotation() == 0
                    assert text.get_fontsize() >= theme.TEXT
            figure_svg(axes)

    def test_a_missing_column_is_refused_by_name(self, by_age):
        with pytest.raises(MissingColumns, match="'share'"):
            marks.line(by_age, x="age", y="share")

    def test_ticks_speak_the_language_of_the_page(self, by_age):
        money = pd.DataFrame({"shop": ["A", "B"], "net": [123_456.0, 80_000.0]})
        with speaking("zh-CN", "CNY"):
            axes = marks.bars(money, name="shop", value="net", kind="money")
        with theme.applied():
            axes.figure.canvas.draw()
        assert any("万" in tick.get_text() for tick in axes.get_xticklabels())
        figure_svg(axes)

    @pytest.mark.parametrize("mark", [marks.dots, marks.bars])
    def test_a_long_label_takes_a_second_line_that_overlaps_no_other(self, mark):
        long = "customers with two purchases or more"
        names = [long, "微信小店直播间的新客人群包含复购与老客", long]
        axes = mark(pd.DataFrame({"name": names, "v": [3, 2, 1]}), name="name", value="v")
        with theme.applied():
            axes.figure.canvas.draw()
        labels = axes.get_yticklabels()
        assert labels[0].get_text().replace("\n", " ") == long
        boxes = [text.get_window_extent() for text in labels]
        assert all(upper.y0 > lower.y1 for upper, lower in itertools.pairwise(boxes))
        figure_svg(axes)

    def test_items_that_do_not_stand_out_are_hollow(self, by_age):
        marked = by_age.assign(clear=by_age["group"] == "门店")
        axes = marks.dots(marked, name="group", value="rate", emphasis="clear")
        faces = {line.get_markerfacecolor() for line in axes.lines}
        assert faces == {theme.PAPER, theme.SERIES[0]}
        figure_svg(axes)

    def test_names_beside_lines_do_not_cover_each_other(self, by_age):
        close = by_age.assign(rate=0.2)
        axes = marks.line(close, x="age", y="rate", by="group")
        with theme.applied():
            axes.figure.canvas.draw()
        boxes = [text.get_window_extent() for text in axes.texts]
        assert len(boxes) == 2
        assert not boxes[0].overlaps(boxes[1])
        figure_svg(axes)

    def test_a_curve_of_a_thousand_hours_has_no_more_steps_than_can_be_told_apart(self):
        hours = pd.DataFrame({"day": np.arange(1440) / 24, "share": np.arange(1440) / 2880})
        hours = hours.assign(low=hours["share"] * 0.9, high=hours["share"] * 1.1)
        axes = marks.steps(hours, x="day", y="share", low="low", high="high")
        drawn = pd.Series(axes.lines[0].get_ydata(), index=axes.lines[0].get_xdata())
        assert len(drawn) <= series.BINS + 1
        assert drawn.index.max() == hours["day"].max()
        # What is left are points of the curve, and never more than a step before the next of them.
        assert (drawn == hours.set_index("day")["share"].reindex(drawn.index)).all()
        assert np.diff(drawn.index).max() <= 60 / series.BINS + 1 / 24
        assert len(figure_svg(axes)) < 30_000

    def test_an_empty_frame_draws_an_empty_chart_that_says_so(self, by_age):
        svg = figure_svg(marks.line(by_age.head(0), x="age", y="rate", reference=0.2))
        assert 'data-marks="0"' in svg

    def test_months_along_the_axis_are_named_without_collisions(self):
        frame = pd.DataFrame({"month": [f"2026-{m:02d}" for m in range(1, 13)], "n": range(12)})
        axes = marks.line(frame, x="month", y="n", y_kind="count", x_kind="text")
        with theme.applied():
            axes.figure.canvas.draw()
        boxes = [tick.get_window_extent() for tick in axes.get_xticklabels()]
        assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
        figure_svg(axes)
