"""Ranked items, first on top: dots with intervals, and bars."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import theme
from insights.charts.axis import dress
from insights.charts.marks.parts import needed, reference_line
from insights.charts.text import drawable, label, names, wrapped
from insights.wording import say_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_ROWS = 30  # A phone shows about this many ranked rows; the rest is in the table.
ROW_HEIGHT = 0.235  # Inches a ranked row takes.
LINE_HEIGHT = 0.135  # Inches that a second line of a label adds to every row.
LABEL_WIDTH = 24  # Latin letters of a line of a row's label.
LABEL_LINES = 2  # What does not fit into these is cut; the page's table has it whole.


def dots(
    frame: pd.DataFrame,
    *,
    name: str,
    value: str,
    low: str | None = None,
    high: str | None = None,
    emphasis: str | None = None,
    kind: str = "percent",
    xlabel: str = "",
    reference: float | None = None,
    reference_label: str = "",
    rows: int = MAX_ROWS,
) -> "Axes":
    """Draw ranked items as a dot with its interval, in the order of the frame, first on top.

    Parameters
    ----------
    frame : DataFrame, one row per item
        `emphasis` names a boolean column: the items that stand out are filled, the others hollow
        and grey, so that the eye does not rank what cannot be told apart.
    rows : int
        Only the first so many are drawn; the page's table has them all.
    """
    shown = needed(frame, name, value, low, high, emphasis).head(rows)
    labels = _labels(shown[name])
    axes = theme.new_axes(height=_ranked_height(labels))
    places = np.arange(len(shown))
    strong = shown[emphasis].fillna(False).to_numpy(bool) if emphasis else np.ones(len(shown), bool)
    with theme.applied():
        reference_line(axes, reference, "x")
        for picked, colour, face in (
            (~strong, theme.SERIES[5], theme.PAPER),
            (strong, theme.SERIES[0], theme.SERIES[0]),
        ):
            part = shown[picked]
            if low and high:
                axes.hlines(places[picked], part[low], part[high], color=colour, linewidth=1.7)
            axes.plot(
                part[value],
                places[picked],
                linestyle="",
                marker="o",
                color=colour,
                markerfacecolor=face,
                markeredgewidth=1.4,
            )
    _rank(axes, labels)
    dress(axes, x_kind=kind, y_kind="text", xlabel=xlabel, ylabel="")
    _say_reference(axes, reference, reference_label, kind)
    return axes


def bars(
    frame: pd.DataFrame,
    *,
    name: str,
    value: str,
    low: str | None = None,
    high: str | None = None,
    emphasis: str | None = None,
    kind: str = "count",
    xlabel: str = "",
    rows: int = MAX_ROWS,
) -> "Axes":
    """Draw horizontal bars from zero in the order of the frame, each with its value said beside it.

    Parameters are those of `dots`.
    """
    shown = needed(frame, name, value, low, high, emphasis).head(rows)
    labels = _labels(shown[name])
    axes = theme.new_axes(height=_ranked_height(labels))
    places = np.arange(len(shown))
    strong = shown[emphasis].fillna(False) if emphasis else pd.Series(True, index=shown.index)
    colours = [theme.SERIES[0] if one else theme.SERIES[5] for one in strong]
    ends = shown[high].fillna(shown[value]) if high else shown[value]
    with theme.applied():
        axes.barh(places, shown[value].fillna(0), color=colours, height=0.62, linewidth=0)
        if low and high:
            axes.hlines(places, shown[low], shown[high], color=theme.INK, linewidth=1.3)
        for place, amount, end in zip(places, shown[value], ends, strict=True):
            if pd.notna(amount):
                axes.annotate(
                    drawable(say_value(amount, kind)),
                    xy=(max(end, 0), place),
                    xytext=(5, 0),
                    textcoords="offset points",
                    va="center",
                    annotation_clip=False,
                )
    _rank(axes, labels)
    dress(axes, x_kind=kind, y_kind="text", xlabel=xlabel, ylabel="")
    if (shown[value].fillna(0) >= 0).all():
        axes.set_xlim(left=0)
    return axes


def _labels(items: Any) -> list[str]:
    return [wrapped(name, LABEL_WIDTH, lines=LABEL_LINES) for name in names(items)]


def _ranked_height(labels: list[str]) -> float:
    lines = max((one.count("\n") for one in labels), default=0)
    return 0.55 + (ROW_HEIGHT + LINE_HEIGHT * lines) * max(len(labels), 1)


def _rank(axes: "Axes", labels: list[str]) -> None:
    """Write the items down the left side, first on top."""
    with theme.applied():
        axes.set_yticks(range(len(labels)), labels, color=theme.INK)
        axes.set_ylim(max(len(labels), 1) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        axes.spines["bottom"].set_visible(False)


def _say_reference(axes: "Axes", reference: float | None, text: str, kind: str) -> None:
    if reference is None or not text:
        return
    with theme.applied():
        low, high = axes.get_xlim()
        right = reference > (low + high) / 2
        axes.annotate(
            f"{label(text)} {drawable(say_value(reference, kind))}",
            xy=(reference, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right" if right else "left",
            color=theme.MUTED,
            annotation_clip=False,
        )
