"""How an axis speaks: ticks said in the voice of `insights.wording`, few of them, none rotated."""

from typing import TYPE_CHECKING, Any

import numpy as np

from insights.charts import theme
from insights.charts.text import drawable, label
from insights.wording import Lang, say_value, voice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICKS = {"x": 6, "y": 5}
WIDE = {"money", "number", "number3"}  # Kinds whose ticks are too wide for so many along x.
NUMERIC = {"count", "number", "number3", "percent", "points", "money", "days", "months"}


def tick_text(value: float, kind: str, step: float, lang: Lang) -> str:
    """Say one tick; a percent axis with whole steps has no decimals."""
    if kind == "percent":
        digits = 0 if step >= 0.01 else 1 if step >= 0.001 else 2
        return f"{value * 100:.{digits}f}%".replace("-", "\u2212")
    if value == 0 and kind == "money":
        return "0"  # ¥0.00 says cents that the axis does not have.
    return drawable(say_value(round(value, 10), kind, lang))


def dress(axes: "Axes", *, x_kind: str, y_kind: str, xlabel: str, ylabel: str) -> None:
    """Give the axes their labels and ticks.

    The y label lies flat above the axis: a rotated word is slow to read.
    """
    with theme.applied():
        if x_kind in NUMERIC:
            _numeric(axes.xaxis, x_kind)
        if y_kind in NUMERIC:
            _numeric(axes.yaxis, y_kind)
        axes.set_xlabel(label(xlabel))
        if ylabel:
            axes.set_title(label(ylabel), loc="left", color=theme.MUTED, pad=7)


def _numeric(axis: Any, kind: str) -> None:
    from matplotlib.ticker import Formatter, MaxNLocator  # noqa: PLC0415

    along = axis.axis_name
    most = 4 if along == "x" and kind in WIDE else TICKS[along]
    whole = kind in {"count", "days", "months"}
    axis.set_major_locator(
        MaxNLocator(nbins=most, steps=[1, 2, 2.5, 3, 5, 10], integer=whole, min_n_ticks=2)
    )
    # The voice of now: a figure may be drawn after the block that set it has ended.
    tongue = voice().lang
    # A layout asks for the same ticks a dozen times.
    known: dict[tuple[float, float], str] = {}

    class Said(Formatter):
        step = 1.0

        def set_locs(self, locs: Any) -> None:
            super().set_locs(locs)
            self.step = float(np.min(np.diff(locs))) if len(locs) > 1 else 1.0

        def __call__(self, x: float, pos: object = None) -> str:
            if (x, self.step) not in known:
                known[x, self.step] = tick_text(x, kind, self.step, tongue)
            return known[x, self.step]

    axis.set_major_formatter(Said())


def direct_labels(
    axes: "Axes", ends: list[tuple[float, float, str, str]], *, gap: float = 1.25
) -> None:
    """Write each series' name at its right end, pushed apart so that none covers another.

    `ends` are (x, y, text, colour); `gap` is the least distance in text heights. A reader finds a
    name beside its line faster than in a legend, and without colour too.
    """
    if not ends:
        return
    with theme.applied():
        low, high = axes.get_ylim()
        figure: Any = axes.figure
        height_pt = figure.get_size_inches()[1] * 72 * 0.72  # what the axis labels leave
        line = theme.TEXT * gap / height_pt * (high - low)
        placed = sorted(ends, key=lambda end: end[1])
        tall = [line * (1 + end[2].count("\n")) for end in placed]
        ys = [end[1] for end in placed]
        for i in range(1, len(ys)):
            ys[i] = max(ys[i], ys[i - 1] + (tall[i - 1] + tall[i]) / 2)
        ys[-1] = min(ys[-1], high + (line - tall[-1]) / 2)
        for i in range(len(ys) - 2, -1, -1):
            ys[i] = min(ys[i], ys[i + 1] - (tall[i] + tall[i + 1]) / 2)
        for (x, y, text, colour), y_text in zip(placed, ys, strict=True):
            axes.annotate(
                text,
                xy=(x, y),
                xytext=(6, (y_text - y) / (high - low) * height_pt),
                textcoords="offset points",
                color=colour,
                va="center",
                linespacing=1.15,
                annotation_clip=False,
            )
