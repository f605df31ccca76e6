"""Series along an axis: lines with bands, and curves that step from event to event."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import theme
from insights.charts.axis import direct_labels, dress
from insights.charts.marks.parts import needed, reference_line, split
from insights.charts.text import label, names, width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICK_LETTERS = 46  # Latin letters that fit along the x axis of a figure.
BINS = 120  # Steps of a curve that are told apart across a figure: one a millimetre.


def line(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    low: str | None = None,
    high: str | None = None,
    by: str | None = None,
    x_kind: str = "count",
    y_kind: str = "percent",
    xlabel: str = "",
    ylabel: str = "",
    from_zero: bool = True,
    reference: float | None = None,
    reference_label: str = "",
    height: float = 2.5,
) -> "Axes":
    """Draw one line per value of `by`, each with its interval as a band and its name at its end.

    Parameters
    ----------
    frame : DataFrame, one row per (by, x)
        `low` and `high` are the ends of the interval; rows without `y` are gaps.
    reference, reference_label
        A level to compare with, and what it is.
    from_zero : bool
        Whether the y axis starts at zero.
    """
    return _series(frame, step=False, **{k: v for k, v in locals().items() if k != "frame"})


def steps(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    low: str | None = None,
    high: str | None = None,
    by: str | None = None,
    x_kind: str = "days",
    y_kind: str = "percent",
    xlabel: str = "",
    ylabel: str = "",
    from_zero: bool = True,
    reference: float | None = None,
    reference_label: str = "",
    height: float = 2.5,
) -> "Axes":
    """Draw a curve that holds until the next event (Kaplan-Meier), with its band.

    Parameters are those of `line`.
    """
    return _series(frame, step=True, **{k: v for k, v in locals().items() if k != "frame"})


def _series(
    frame: pd.DataFrame,
    *,
    step: bool,
    x: str,
    y: str,
    low: str | None,
    high: str | None,
    by: str | None,
    x_kind: str,
    y_kind: str,
    xlabel: str,
    ylabel: str,
    from_zero: bool,
    reference: float | None,
    reference_label: str,
    height: float,
) -> "Axes":
    found = needed(frame, x, y, low, high, by)
    axes = theme.new_axes(height=height)
    numeric = pd.api.types.is_numeric_dtype(found[x])
    order = {value: place for place, value in enumerate(sorted(found[x].dropna().unique()))}
    ends = []
    with theme.applied():
        for series, part, colour in split(found, by):
            part = part.sort_values(x)  # noqa: PLW2901
            if step and numeric:
                part = _thinned(part, x)  # noqa: PLW2901
            xs = part[x] if numeric else part[x].map(order)
            if low and high:
                axes.fill_between(
                    xs,
                    part[low],
                    part[high],
                    step="post" if step else None,
                    color=colour,
                    alpha=0.18,
                    linewidth=0,
                )
            axes.plot(
                xs,
                part[y],
                color=colour,
                drawstyle="steps-post" if step else "default",
                marker="o" if not step and len(part) <= 13 else "",
                markeredgewidth=0,
                markersize=4.5,
            )
            seen = part[y].notna()
            if series and seen.any():
                ends.append((xs[seen].iloc[-1], part.loc[seen, y].iloc[-1], series, colour))
        reference_line(axes, reference, "y")
    if from_zero:
        axes.set_ylim(bottom=min(0.0, float(found[low or y].min() or 0)))
    dress(axes, x_kind=x_kind if numeric else "text", y_kind=y_kind, xlabel=xlabel, ylabel=ylabel)
    if not numeric:
        aside = max((width_of(row) for end in ends for row in end[2].split("\n")), default=0)
        _name_ticks(axes, list(order), letters=TICK_LETTERS - aside)
    if reference is not None and reference_label:
        ends.append((axes.get_xlim()[1], reference, label(reference_label), theme.MUTED))
    direct_labels(axes, ends)
    return axes


def _thinned(part: pd.DataFrame, x: str) -> pd.DataFrame:
    """Leave one step of a curve a millimetre, its last: a curve of hours would weigh 100 KB."""
    at = part[x].to_numpy(float)
    if len(part) <= BINS or not at[-1] > at[0]:
        return part
    place = np.ceil((at - at[0]) / (at[-1] - at[0]) * BINS)
    return part[np.append(place[1:] != place[:-1], True)]


def _name_ticks(axes: "Axes", places: list[Any], *, letters: int) -> None:
    """Name as many of the places along x as fit side by side, evenly, from the last one back."""
    said = names(places)
    widest = max((width_of(text) for text in said), default=1)
    fit = max(1, min(len(said), letters // (widest + 2)))
    picked = np.arange(len(said) - 1, -1, -math.ceil(len(said) / fit))[::-1]
    with theme.applied():
        axes.set_xticks(picked, [said[place] for place in picked])
