"""What several marks share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from insights.charts import theme
from insights.charts.svg import REFERENCE
from insights.charts.text import names, wrapped
from insights.errors import MissingColumns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME_WIDTH = 14  # Latin letters of a series' name on one line.


def needed(frame: pd.DataFrame, *columns: str | None) -> pd.DataFrame:
    """Return the frame; refuse it by name where a column is missing."""
    wanted = {column for column in columns if column}
    if missing := wanted - set(frame.columns):
        raise MissingColumns("chart", missing, frame.columns)
    return frame


def split(frame: pd.DataFrame, by: str | None) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Yield (name, rows, colour) of each series, in the order in which they appear."""
    if by is None:
        yield "", frame, theme.SERIES[0]
        return
    values = frame[by].drop_duplicates()
    for n, (value, name) in enumerate(zip(values, names(values), strict=True)):
        colour = theme.SERIES[n % len(theme.SERIES)]
        yield wrapped(name, NAME_WIDTH), frame[frame[by] == value], colour


def reference_line(axes: "Axes", at: float | None, along: Literal["x", "y"]) -> None:
    """Draw a level to compare with; it is no data, so an axes with nothing else counts as empty."""
    if at is None:
        return
    dashed: dict[str, Any] = {
        "color": theme.MUTED,
        "linewidth": 1,
        "dashes": (4, 3),
        "gid": REFERENCE,
        "zorder": 1,
    }
    if along == "y":
        axes.axhline(at, **dashed)
    else:
        axes.axvline(at, **dashed)
