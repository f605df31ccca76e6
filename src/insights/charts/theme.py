"""One theme for every chart: about 4 in wide, text of 11 px on a phone, colours for all eyes.

The colours are written into the figure as plain hex values; `svg.figure_svg` turns each into a CSS
variable, so that one SVG is right on a light page, on a dark page and in JupyterLab.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from insights.charts.text import FONT_FILE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAMILY = "Insights Sans"
WIDTH = 4.0  # Inches: 288 pt, so that 1 pt is 1.2 px in the 350 px that a phone leaves.
TEXT = 9.6  # Points: 11.6 px there.

# Each series differs in hue and in lightness (Okabe and Ito's order, darkened for text), so that
# the eyes that confuse red and green, and the printer without colour, still tell them apart.
SERIES = ("#1f5fa8", "#b84e08", "#087a63", "#8a4fa3", "#856400", "#5a6472")
INK = "#1c2127"  # Text.
MUTED = "#5d6671"  # Tick labels, references.
GRID = "#d9dde2"
PAPER = "#ffffff"  # Edges that separate marks; the page's own colour.

# What each colour becomes in the SVG: a variable of the page (a notebook's cell sets its own), the
# hex value where there is none, and for text the colour of wherever it stands.
CSS_COLOURS = {
    INK: "currentColor",
    MUTED: f"var(--muted,{MUTED})",
    GRID: f"var(--grid,{GRID})",
    PAPER: f"var(--paper,{PAPER})",
    **{colour: f"var(--s{n},{colour})" for n, colour in enumerate(SERIES, start=1)},
}

_RC: dict[str, Any] = {
    "font.family": [FAMILY],
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "legend.fontsize": TEXT,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.major.pad": 5,
    "lines.linewidth": 1.9,
    "lines.solid_capstyle": "round",
    "lines.markersize": 5,
    "legend.frameon": False,
    "axes.unicode_minus": True,
    "axes.xmargin": 0.02,
    "axes.titley": 1.0,  # no ticks are above the axes; left to look for them, all are measured
    "figure.constrained_layout.use": True,
    "figure.max_open_warning": 0,
    "text.parse_math": False,  # 满$100减$20 is a price, not a formula
    "svg.fonttype": "path",  # the reader's machine needs no font
    "svg.hashsalt": "insights",  # the same figure gives the same bytes
    "path.simplify": True,
    "path.simplify_threshold": 0.2,
}


_applied = False  # Whether a block in the theme is being drawn: themes cost more than most marks.


@contextmanager
def applied() -> Iterator[None]:
    """Draw in the theme within a block; a block within it has the theme already."""
    global _applied  # noqa: PLW0603 - matplotlib's own settings are global as well
    if _applied:
        yield
        return
    import matplotlib as mpl  # noqa: PLC0415
    import seaborn as sns  # noqa: PLC0415 - both load when something is drawn

    register_font()
    with mpl.rc_context():
        sns.set_theme(style="white", palette=list(SERIES), rc=_RC)
        _applied = True
        try:
            yield
        finally:
            _applied = False
            interactive = mpl.is_interactive()
    # The backend comes up with the first figure, which may be in this block, and says that it is a
    # notebook's. Put back with the theme, no later figure of the notebook would be shown.
    mpl.interactive(interactive)


def new_axes(*, height: float = 2.5) -> "Axes":
    """Return the axes of a new figure in the theme, `height` inches tall."""
    import matplotlib.pyplot as plt  # noqa: PLC0415

    with applied():
        axes: Axes = plt.figure(figsize=(WIDTH, height)).add_subplot()
        axes.set_title("")
    # No chart of ours has one; left to find its place, all ticks are measured for it each time.
    axes.yaxis.set_label_coords(-0.1, 0.5)
    return axes


@cache
def register_font() -> str:
    """Make the shipped font known to matplotlib under its own family name, and return that name.

    A name of ours keeps a machine that has another Noto from drawing with that one.
    """
    from matplotlib.font_manager import FontEntry, fontManager  # noqa: PLC0415

    with as_file(files(__package__) / "fonts" / FONT_FILE) as path:
        fontManager.ttflist.append(FontEntry(fname=str(path), name=FAMILY))
    return FAMILY
