"""How a result shows itself in JupyterLab: headline, chart and table, in the notebook's style."""

from html import escape
from typing import Any, Protocol

from insights.errors import InsightsError
from insights.results.bundle import MIME, Bundle, Scalar, TablePart, TilePart
from insights.results.choosing import first
from insights.wording import say_value

SHOWN_ROWS = 20
# What the chart's own names are called in JupyterLab and in VS Code, whose dark themes follow no
# setting of the browser; text takes the colour around it.
_COLOURS = (
    "max-width:40em;"
    "--muted:var(--jp-ui-font-color2,var(--vscode-descriptionForeground,#5d6671));"
    "--grid:var(--jp-border-color2,var(--vscode-widget-border,#d9dde2));"
    "--paper:var(--jp-layout-color0,var(--vscode-editor-background,#ffffff))"
)


class Showable(Protocol):
    """Something with a bundle: a result, or a part of a page that gathers results."""

    def bundle(self) -> Bundle:
        """Return what is to be shown, in the voice in force."""


def shown(part: Showable) -> dict[str, Any]:
    """Return what IPython shows: JSON for the page, HTML for JupyterLab, words for a terminal."""
    try:
        bundle = part.bundle()
    except NotImplementedError as error:
        # IPython takes it for "cannot show itself" and goes on: the evidence would just be gone.
        raise InsightsError(f"A {type(part).__name__} could not be shown: {error}") from error
    claims = first(bundle.claims) if bundle.kind == "answer" else bundle.claims
    words = [claim.text for claim in claims] + [check.text for check in bundle.checks]
    said = words or [text for text in (bundle.because, bundle.title, *bundle.caveats) if text]
    return {
        MIME: bundle.model_dump(mode="json"),
        "text/html": as_html(bundle),
        "text/plain": "\n".join(said) or bundle.name,
    }


def as_html(bundle: Bundle) -> str:
    """Return a fragment for a notebook cell; the report page has a template of its own."""
    claims = first(bundle.claims) if bundle.kind == "answer" else bundle.claims
    parts = [
        *_said("h4", bundle.title if bundle.kind != "answer" else ""),
        *_said("p", bundle.subtitle),
        *_said("p", bundle.because),
        *_said("p", bundle.needs),
        *_listed([claim.text for claim in claims]),
        *_listed([_tile(tile) for tile in bundle.tiles]),
        *_listed([f"{_mark(c.passed)} {c.text} {c.evidence}" for c in bundle.checks]),
    ]
    if bundle.svg:
        about = f'role="img" aria-label="{escape(bundle.alt)}"' if bundle.alt else ""
        parts.append(f'<div {about} style="{_COLOURS}">{bundle.svg}</div>')
    if bundle.table:
        parts.append(_table(bundle.table))
    return "".join([*parts, *_said("p", bundle.meaning), *_listed(bundle.caveats)])


def _said(tag: str, text: str) -> list[str]:
    return [f"<{tag}>{escape(text)}</{tag}>"] if text else []


def _listed(items: list[str]) -> list[str]:
    return [f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"] if items else []


def _mark(passed: bool | None) -> str:
    return {True: "✓", False: "✗", None: "–"}[passed]


def _tile(tile: TilePart) -> str:
    value = f"{tile.label}: {_cell(tile.value, tile.kind)}"
    if tile.low is None or tile.high is None:
        return value
    return f"{value} ({_cell(tile.low, tile.kind)}–{_cell(tile.high, tile.kind)})"


def _table(table: TablePart) -> str:
    names = [column.name for column in table.columns]
    if table.shape == "triangle" and len(names) > 3:
        head, rows, count = _triangle(table, names)
    else:
        kinds = [(i, column.kind) for i, column in enumerate(table.columns) if column.shown]
        head, count = [table.columns[i].label for i, _kind in kinds], len(table.rows)
        rows = [[_raw(row[i], kind) for i, kind in kinds] for row in table.rows[:SHOWN_ROWS]]
    body = "".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
    more = f"<p>+ {count - SHOWN_ROWS}</p>" if count > SHOWN_ROWS else ""
    return f"<table><thead><tr>{_cells('th', head)}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cells(tag: str, texts: list[str]) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)


def _triangle(table: TablePart, names: list[str]) -> tuple[list[str], list[list[str]], int]:
    """Lay out one row per cohort and one column per age, as the page does (reporting.grids).

    The first cohorts only; how many there are in all stands beside them.
    """
    at = max(names.index("low") - 1, 3) if "low" in names else 3
    kinds = [column.kind for column in table.columns]
    grid: dict[tuple[str, str], dict[Scalar, str]] = {}
    cohorts = list(dict.fromkeys((row[0], row[1]) for row in table.rows))
    shown = set(cohorts[:SHOWN_ROWS])
    kept = [row for row in table.rows if (row[0], row[1]) in shown]
    for row in kept:
        cohort = (_raw(row[0], kinds[0]), _raw(row[1], kinds[1]))
        open_ = "open" in names and row[names.index("open")]
        grid.setdefault(cohort, {})[row[2]] = "·" if open_ else _raw(row[at], kinds[at])
    ages = list(dict.fromkeys(row[2] for row in kept))
    ages.sort(key=lambda age: (not isinstance(age, int | float), age))
    head = [table.columns[0].label, table.columns[1].label, *(_raw(a, kinds[2]) for a in ages)]
    rows = [[*cohort, *(cells.get(a, "") for a in ages)] for cohort, cells in grid.items()]
    return head, rows, len(cohorts)


def _raw(value: Scalar, kind: str) -> str:
    """Say a table's value, whose money is cents."""
    if kind == "money" and isinstance(value, int | float):
        value = value / 100
    return _cell(value, kind)


def _cell(value: Scalar, kind: str) -> str:
    """Say a value; a text or a truth among numbers as it is."""
    plain = isinstance(value, str | bool) and kind not in {"day", "month", "said"}
    return say_value(value, "text" if plain else kind)
