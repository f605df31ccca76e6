import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.charts import marks, theme
from insights.charts.svg import _lay_out, _short_path, figure_svg, is_ours


def drawn():
    axes = theme.new_axes()
    axes.plot([1, 2, 3], [0.1, 0.3, 0.2])
    axes.set_xlabel("满$100减$20")
    return axes


NAMES = st.text("直播间天猫小程序 abcdefg", min_size=1, max_size=20)
AMOUNTS = st.floats(0.001, 1e7)


class TestLayOut:
    @settings(max_examples=40)
    @given(st.lists(st.tuples(NAMES, AMOUNTS, AMOUNTS), min_size=1, max_size=9), st.booleans())
    def test_all_that_is_written_lies_within_the_figure_and_fills_it(self, rows, ranked):
        table = pd.DataFrame(rows, columns=["name", "value", "high"])
        table = table.assign(low=table["value"] / 2, high=table["high"] + table["value"])
        with theme.applied():
            if ranked:
                ends = {"low": "low", "high": "high"}
                axes = marks.bars(table, name="name", value="value", kind="money", **ends)
            else:
                table["at"] = range(len(table))
                table["name"] = table["name"].iloc[0]
                axes = marks.line(table, x="at", y="value", by="name", y_kind="money", ylabel="¥")
            figure = axes.figure
            _lay_out(figure)
            drawn = axes.get_tightbbox(for_layout_only=True)
            width, height = figure.bbox.size
        plt.close(figure)
        assert 0 <= drawn.x0 < 6
        assert width - 6 < drawn.x1 <= width
        assert 0 <= drawn.y0 < 6
        assert height - 6 < drawn.y1 <= height

    @pytest.mark.parametrize("letters", [8, 23, 29, 35])
    def test_a_text_at_a_mark_stays_within_when_the_frame_narrows(self, letters):
        table = pd.DataFrame({"name": ["ab", "cd"], "value": [0.0, 1.0]})
        with theme.applied():
            axes = marks.dots(table, name="name", value="value")
            axes.annotate("a" * letters, xy=(0.5, 0))
            _lay_out(axes.figure)
            drawn, width = axes.get_tightbbox(for_layout_only=True), axes.figure.bbox.width
        plt.close(axes.figure)
        assert drawn.x1 <= width

    def test_a_title_of_the_figure_keeps_its_room(self):
        axes = theme.new_axes()
        axes.plot([1, 2])
        title = axes.figure.suptitle("of the whole figure")
        _lay_out(axes.figure)
        room = title.get_window_extent().y0 - axes.get_tightbbox().y1
        plt.close(axes.figure)
        assert room >= 0

    def test_an_axis_that_is_hidden_stays_hidden(self):
        axes = theme.new_axes()
        axes.yaxis.set_visible(False)
        _lay_out(axes.figure)
        plt.close(axes.figure)
        assert not axes.yaxis.get_visible()

    def test_labels_too_long_for_the_figure_leave_a_part_of_it(self):
        axes = theme.new_axes()
        axes.set_yticks([0], ["a name that nobody would give to a row of a chart" * 4])
        _lay_out(axes.figure)
        box = axes.get_position()
        plt.close(axes.figure)
        assert box.width > 0.15


class TestFigureSvg:
    def test_the_same_figure_gives_the_same_bytes(self):
        assert figure_svg(drawn()) == figure_svg(drawn())

    def test_there_is_no_style_no_text_and_no_comment(self):
        svg = figure_svg(drawn())
        for forbidden in ("style", "<text", "<!--", "metadata", "matplotlib", "xlink", "http:"):
            assert forbidden not in svg.replace("http://www.w3.org/2000/svg", "")

    def test_colours_are_variables_with_fallbacks(self):
        svg = figure_svg(drawn())
        assert f'stroke="var(--s1,{theme.SERIES[0]})"' in svg
        assert "currentColor" in svg or "var(--muted" in svg

    def test_the_figure_is_closed(self):
        before = plt.get_fignums()
        figure_svg(drawn())
        assert plt.get_fignums() == before

    def test_a_dollar_is_a_dollar(self):
        # Formulas would make one path of each letter in italics; here each is a glyph of the font.
        assert "data-missing" not in figure_svg(drawn())

    def test_many_marks_become_pixels(self):
        axes = theme.new_axes()
        cloud = np.random.default_rng(0).random((5000, 2))
        axes.scatter(cloud[:, 0], cloud[:, 1], s=3)
        svg = figure_svg(axes)
        assert "data:image/png;base64," in svg
        assert len(svg) < 200_000
        assert is_ours(svg)

    def test_a_character_that_the_font_lacks_is_recorded_and_not_raised(self):
        axes = drawn()
        axes.set_xlabel("𠮷")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert 'data-missing="U+20BB7"' in figure_svg(axes)

    def test_only_missing_values_are_no_data(self):
        axes = theme.new_axes()
        axes.plot([1, 2], [np.nan, np.nan])
        assert 'data-marks="0"' in figure_svg(axes)

    def test_two_figures_share_no_id(self):
        other = drawn()
        other.plot([1, 3], [0.2, 0.2])
        first, second = figure_svg(drawn()), figure_svg(other)
        ids = [{part.split('"')[0] for part in svg.split(' id="')[1:]} for svg in (first, second)]
        assert ids[0]
        assert not ids[0] & ids[1]


class TestIsOurs:
    @pytest.mark.parametrize(
        "hostile",
        [
            '<svg xmlns="http://www.w3.org/2000/svg"><script>fired()</script></svg>',
            '<svg onload="fired()"></svg>',
            '<svg viewBox="0 0 1 1"><a href="javascript:fired()"><path d="M0 0"/></a></svg>',
            '<svg viewBox="0 0 1 1"><use href="https://example.com/x.svg#a"/></svg>',
            '<svg viewBox="0 0 1 1"><use href="data:image/svg+xml;base64,AAAA"/></svg>',
            '<svg viewBox="0 0 1 1"><path fill="url(https://example.com)"/></svg>',
            '<svg viewBox="0 0 1 1"><path style="fill:red"/></svg>',
            '<svg viewBox="0 0 1 1"><foreignObject><img src="x"></foreignObject></svg>',
            '<svg viewBox="0 0 1 1"><animate attributeName="href"/></svg>',
            '<svg viewBox="0 0 1 1">text</svg>',
            '<svg viewBox="0 0 1 1"></svg><img src="x"></svg>',
            '<svg viewBox="0 0 1 1"><!DOCTYPE x [<!ENTITY y "z">]></svg>',
        ],
    )
    def test_anything_but_what_figure_svg_writes_is_refused(self, hostile):
        assert not is_ours(hostile)


def points_of(path):
    """Every point that a path of relative steps goes through, control points too."""
    x = y = 0.0
    start, points = (0.0, 0.0), []
    for letter, rest in re.findall(r"([a-z])([^a-z]*)", path):
        numbers = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", rest)]
        size = {"m": 2, "l": 2, "h": 1, "v": 1, "q": 4, "c": 6, "z": 1}[letter]
        if letter == "z":
            (x, y) = start
        for at in range(0, len(numbers), size):
            step = numbers[at : at + size]
            pairs = {"h": [(step[0], 0.0)], "v": [(0.0, step[0])]}.get(
                letter, list(zip(step[::2], step[1::2], strict=False))
            )
            points += [(x + dx, y + dy) for dx, dy in pairs]
            x, y = points[-1]
            if letter == "m":
                start = (x, y)
    return points


@given(
    st.lists(
        st.tuples(
            st.sampled_from("MLQC"),
            st.lists(st.floats(-400, 400, allow_nan=False), min_size=6, max_size=6),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([0.01, 8]),
)
def test_a_path_of_steps_goes_through_the_points_of_the_path_it_replaces(commands, step):
    sizes = {"M": 2, "L": 2, "Q": 4, "C": 6}
    drawn = [("M", [0.0, 0.0]), *((letter, at[: sizes[letter]]) for letter, at in commands)]
    path = " z ".join(f"{letter} {' '.join(map(str, at))}" for letter, at in drawn[:2])
    path += " ".join(f"{letter} {' '.join(map(str, at))}" for letter, at in drawn[2:])
    wanted = [pair for _letter, at in drawn for pair in zip(at[::2], at[1::2], strict=True)]
    scale = 1 if step < 1 else step  # A glyph's steps are counted on its grid.
    found = [(x * scale, y * scale) for x, y in points_of(_short_path(path, step))]
    assert np.abs(np.array(found) - np.array(wanted)).max() <= step / 2 + 1e-6
