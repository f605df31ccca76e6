"""A figure as one small SVG that a page can hold inline.

Text is paths, so that the reader needs no font; there is no style attribute and no style element,
because the page's policy forbids both; colours are CSS variables with fallbacks, so that one SVG is
right in light, in dark and in JupyterLab; the same figure gives the same bytes.
"""

import re
import warnings
from functools import lru_cache
from hashlib import blake2b
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from insights.charts import theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_MARKS = 1000  # More marks than this and pixels are smaller, and faster on a phone, than shapes.
RASTER_DPI = 180
POINTS_AN_INCH = 72  # What an SVG measures in.
PADDING_INCHES = 1 / 24  # Around all that is drawn, as matplotlib's own layout leaves.
MOST_LABELS = 0.8  # Of a figure's width or height: where labels are longer, they are cut.
REFERENCE = "reference"  # gid of lines that are no data: a chart with nothing else is empty.

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_ELEMENTS = "svg|g|defs|path|use|clipPath|rect|image"
_ATTRIBUTES = (
    "id|class|d|x|y|width|height|viewBox|transform|fill|fill-opacity|fill-rule|stroke|"
    "stroke-width|stroke-opacity|stroke-dasharray|stroke-dashoffset|stroke-linecap|"
    "stroke-linejoin|stroke-miterlimit|opacity|clip-path|image-rendering|preserveAspectRatio|"
    "data-marks|data-missing|focusable"
)
# What `figure_svg` writes and nothing else: no text, no entity, no address but an anchor or pixels.
_OURS = re.compile(
    rf"</(?:{_ELEMENTS})>|<(?:{_ELEMENTS})"
    rf"(?:\s(?:xmlns=\"http://www\.w3\.org/2000/svg\"|href=\"#[\w-]+\"|"
    rf"href=\"data:image/png;base64,[A-Za-z0-9+/=]+\"|clip-path=\"url\(#[\w-]+\)\"|"
    rf"(?:{_ATTRIBUTES})=\"(?:(?!url)[\w\s.,()%#+-])*\"))*/?>"
)
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_GLYPH = re.compile(r"Glyph (\d+)")
_COMMAND = re.compile(r"([MLQCz])([^MLQCz]*)")  # All that matplotlib writes.
_MOVED = re.compile(r"translate\((\S+) (\S+)\)")
# Glyphs come in 6,400 units an em; on 800 an outline is off by a hundredth of a pixel in print.
_GLYPH_STEP, GLYPH_SCALE = 8, "scale(.125)"
_URL = re.compile(r"url\(#([^)]+)\)")


def figure_svg(axes: "Axes") -> str:
    """Return the figure of the axes as SVG, and close the figure.

    The root carries `data-marks` (how many marks show data) and, where the font lacked characters,
    `data-missing` (their code points); the gate reads both.
    """
    import matplotlib.pyplot as plt  # noqa: PLC0415 - loads when drawn

    figure: Any = axes.figure
    marks = sum(_prepare(part) for part in figure.axes)
    drawn = BytesIO()
    with theme.applied(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _lay_out(figure)
        figure.savefig(drawn, format="svg", dpi=RASTER_DPI, metadata={"Date": None})
    plt.close(figure)
    missing = sorted({int(n) for w in caught for n in _GLYPH.findall(str(w.message))})
    root = ET.fromstring(drawn.getvalue())  # noqa: S314 - matplotlib wrote it just now
    return _written(root, marks, missing)


def is_ours(svg: str) -> bool:
    """Whether the text is an SVG such as `figure_svg` writes, which can do no harm in a page."""
    return svg.startswith("<svg ") and svg.endswith("</svg>") and not _OURS.sub("", svg).strip()


def _lay_out(figure: Any) -> None:
    """Lay the figure out as an SVG; left to `savefig`, all of it is drawn once more for that."""
    from matplotlib import rc_context  # noqa: PLC0415 - as above
    from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG  # noqa: PLC0415

    engine = figure.get_layout_engine()
    if engine is None:
        return
    FigureCanvasSVG(figure)
    figure.dpi = POINTS_AN_INCH
    with rc_context({"figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)
    if _is_plain(figure):
        _fit(figure, figure.axes[0], RendererSVG(*figure.bbox.size, StringIO()))
    else:
        engine.execute(figure)


def _is_plain(figure: Any) -> bool:
    """Whether the figure is one pair of axes: no second, no title or legend of the figure."""
    if len(figure.axes) != 1 or figure.get_children() != [figure.patch, *figure.axes]:
        return False
    place = figure.axes[0].get_subplotspec()
    return place is not None and place.get_geometry()[:2] == (1, 1)


def _fit(figure: Any, axes: Any, renderer: Any) -> None:
    """Give one pair of axes all the room that its labels leave.

    Matplotlib's engine measures every label twice, which costs as much as drawing them.
    """
    pad = PADDING_INCHES * figure.dpi
    width, height = figure.bbox.size
    frame, room = axes.bbox, figure.subplots_adjust
    names = axes.yaxis.get_tightbbox(renderer) or frame
    left = (frame.x0 - names.x0 + pad) / width
    room(left=min(left, MOST_LABELS))
    shown = axes.yaxis.get_visible()
    axes.yaxis.set_visible(False)  # Its names are as wide in any frame; all else may change.
    rest = axes.get_tightbbox(renderer, for_layout_only=True)
    axes.yaxis.set_visible(shown)
    left, right = _within(
        max(left, (frame.x0 - rest.x0 + pad) / width), (rest.x1 - frame.x1 + pad) / width
    )
    bottom, top = _within(
        (frame.y0 - min(rest.y0, names.y0) + pad) / height,
        (max(rest.y1, names.y1) - frame.y1 + pad) / height,
    )
    room(left=left, right=1 - right, bottom=bottom, top=1 - top)
    # In a narrower frame a text that stands at a mark reaches further past the frame's end, and
    # moves in, as the frame narrows, by as much of it as lies before the mark.
    beyond = 0.0
    for box in (text.get_window_extent(renderer) for text in axes.texts):
        before = max((box.x0 - frame.x0) / frame.width, 0.1)
        beyond = max(beyond, (box.x1 + pad - width) / before)
    if beyond:
        left, right = _within(left, right + beyond / width)
        room(left=left, right=1 - right)


def _within(one: float, other: float) -> tuple[float, float]:
    """Return the shares of a figure's length that its two ends take, something left between."""
    shrink = min(1, MOST_LABELS / (one + other))
    return one * shrink, other * shrink


def _prepare(axes: "Axes") -> int:
    """Rasterise what has too many marks; return how many marks show data."""
    import numpy as np  # noqa: PLC0415

    total = 0
    artist: Any
    for artist in (*axes.lines, *axes.collections, *axes.patches, *axes.images):
        if artist.get_gid() == REFERENCE:
            continue
        if artist in axes.lines:
            count = int(np.isfinite(np.asarray(artist.get_ydata(), float)).sum())
            many = artist.get_marker() not in {"", " ", "None", None} and count > MAX_MARKS
        elif artist in axes.collections:
            count = max(len(artist.get_offsets()), len(artist.get_paths()))
            many = count > MAX_MARKS
        else:
            count, many = 1, False
        if many:
            artist.set_rasterized(True)
        total += count
    return total


def _written(root: ET.Element, marks: int, missing: list[int]) -> str:
    """Serialise the tree as the small strict SVG that `is_ours` knows."""
    body = "".join(_element(child) for child in root)
    prefix = "c" + blake2b(body.encode(), digest_size=3).hexdigest()
    short = {
        name: f"{prefix}-{n}"
        for n, name in enumerate(dict.fromkeys(re.findall(r' id="([^"]+)"', body)))
    }
    # Ids are made unique in the page, where several figures stand together, and unused ones go.
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda m: f' id="{short[m[1]]}"' if m[1] in used else "", body)
    body = re.sub(
        r'(href="#|url\(#)([^")]+)', lambda m: m[1] + short.get(m[2], f"{prefix}-none"), body
    )
    lacking = " ".join(f"U+{point:04X}" for point in missing)
    noted = f' data-missing="{lacking}"' if lacking else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="{root.get("viewBox")}"'
        f' stroke-linejoin="round" focusable="false" data-marks="{marks}"{noted}>{body}</svg>'
    )


def _element(node: ET.Element) -> str:
    tag = str(node.tag).removeprefix(_SVG)
    if tag in {"metadata", "style"}:
        return ""
    inside = "".join(_element(child) for child in node)
    named = _attributes(tag, dict(node.attrib))
    if tag in {"g", "defs"} and not inside:
        return ""
    if tag == "g" and not any(name != "id" for name in named):
        return inside
    if tag == "path" and named.get("fill") == "none" and "stroke" not in named:
        return ""  # Matplotlib's invisible backgrounds.
    written = "".join(f' {name}="{value}"' for name, value in named.items())
    return f"<{tag}{written}>{inside}</{tag}>" if inside else f"<{tag}{written}/>"


def _attributes(tag: str, found: dict[str, str]) -> dict[str, str]:
    """Return the attributes with the style unfolded, colours as variables and numbers short."""
    for part in found.pop("style", "").split(";"):
        name, _, value = part.partition(":")
        if value:
            found[name.strip()] = value.strip()
    named: dict[str, str] = {}
    for name, value in found.items():
        if name == _HREF:
            named["href"] = "".join(value.split())
        elif name == "d":
            named["d"] = _outline(value) if _is_glyph(found) else _short_path(value, step=0.01)
        elif name in {"fill", "stroke"}:
            named[name] = theme.CSS_COLOURS.get(value.lower(), value)
        elif name == "id" and tag == "g":
            continue
        else:
            digits = 4 if name == "transform" and "scale" in value else 2
            named[name] = value if _URL.search(value) else _rounded(value, digits)
    if tag == "path" and _is_glyph(found):
        named["transform"] = GLYPH_SCALE
    if tag == "use" and (moved := _MOVED.fullmatch(named.get("transform", ""))):
        del named["transform"]
        named |= {axis: by for axis, by in zip("xy", moved.groups(), strict=True) if by != "0"}
    return named


def _is_glyph(found: dict[str, str]) -> bool:
    return found.get("transform") == "scale(0.015625)"


def _rounded(text: str, digits: int) -> str:
    def short(match: "re.Match[str]") -> Any:
        value = round(float(match[0]), digits)
        return f"{value:g}" if abs(value) < 10_000 else f"{value:.{digits}f}"

    return _NUMBER.sub(short, text)


@lru_cache(maxsize=4096)
def _outline(path: str) -> str:
    """Write a letter's outline; a report draws the same letters in every figure."""
    return _short_path(path, step=_GLYPH_STEP)


def _short_path(path: str, step: float) -> str:
    """Write a path in steps from point to point, which are short where points are long.

    Each point is put on a grid of `step` first, so that the steps add up to it without drift.
    """
    parts: list[str] = []
    before = ""
    x = y = 0
    start = (0, 0)
    for letter, numbers in _COMMAND.findall(path):
        if letter == "z":
            parts.append("z")
            (x, y), before = start, ""
            continue
        on_grid = [round(float(number) / step) for number in numbers.split()]
        steps = [value - (x if place % 2 == 0 else y) for place, value in enumerate(on_grid)]
        x, y = on_grid[-2:]
        if letter == "M":
            start = (x, y)
        command, steps = _straight(letter.lower(), steps)
        said = _steps(steps, step)
        if command != before or command == "m":
            parts.append(command + said)
        else:
            parts.append(said if said.startswith("-") else " " + said)
        before = command
    return "".join(parts)


def _straight(letter: str, steps: list[int]) -> tuple[str, list[int]]:
    """Say a line along an axis by its length alone."""
    if letter == "l" and steps[1] == 0:
        return "h", steps[:1]
    if letter == "l" and steps[0] == 0:
        return "v", steps[1:]
    return letter, steps


def _steps(steps: list[int], step: float) -> str:
    written = ""
    for count in steps:
        # A glyph's grid is in its scale already.
        number = f"{count * step:.2f}".rstrip("0").rstrip(".") if step < 1 else str(count)
        number = re.sub(r"^(-?)0\.", r"\1.", number)
        written += number if not written or number.startswith("-") else " " + number
    return written
