"""Forecasts held against what came true."""

from typing import TYPE_CHECKING

import pandas as pd

from insights.charts import theme
from insights.charts.axis import direct_labels, dress
from insights.charts.marks.parts import needed, split
from insights.charts.svg import REFERENCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def reliability(
    frame: pd.DataFrame,
    *,
    predicted: str,
    observed: str,
    count: str,
    low: str | None = None,
    high: str | None = None,
    by: str | None = None,
    xlabel: str = "",
    ylabel: str = "",
    height: float = 3.2,
    joined: bool = True,
) -> "Axes":
    """Draw what was predicted against what came true, a dot a bin, as large as its count.

    On the diagonal the forecast was right. Bins without a customer are left out. Bins have an
    order and are joined by a line; single items have none.
    """
    found = needed(frame, predicted, observed, count, low, high, by)
    axes = theme.new_axes(height=height)
    most = max(float(found[count].max()), 1.0)
    ends = []
    with theme.applied():
        axes.plot(
            [0, 1], [0, 1], color=theme.MUTED, linewidth=1, dashes=(4, 3), gid=REFERENCE, zorder=1
        )
        for series, part, colour in split(found[found[count] > 0], by):
            part = part.sort_values(predicted)  # noqa: PLW2901
            if low and high:
                axes.vlines(
                    part[predicted], part[low], part[high], color=colour, linewidth=1.3, alpha=0.7
                )
            if joined:
                axes.plot(part[predicted], part[observed], color=colour, linewidth=1.1)
            axes.scatter(
                part[predicted],
                part[observed],
                s=14 + 90 * part[count] / most,
                color=colour,
                edgecolor=theme.PAPER,
                linewidth=0.8,
                zorder=3,
            )
            if series and len(part):
                last = part.iloc[-1]
                ends.append((last[predicted], last[observed], series, colour))
    top = float(found[[predicted, observed, *([high] if high else [])]].max().max())
    limit = min(1.0, top * 1.06) if top > 0 else 1.0
    axes.set(xlim=(-0.01 * limit, limit), ylim=(-0.01 * limit, limit))
    dress(axes, x_kind="percent", y_kind="percent", xlabel=xlabel, ylabel=ylabel)
    direct_labels(axes, ends)
    return axes
