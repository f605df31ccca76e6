"""How a result shows itself in JupyterLab: headline, chart and table, in the notebook's own style."""

from html import escape

from insights.results.bundle import Bundle, TablePart
from insights.wording import say_value

SHOWN_ROWS = 20


def as_html(bundle: Bundle) -> str:
    """Return a fragment for a notebook cell; the report page has a template of its own."""
    parts = [f"<h4>{escape(bundle.title)}</h4>" if bundle.title else ""]
    if bundle.kind == "not_enough":
        parts.append(f"<p>{escape(bundle.because)}</p><p>{escape(bundle.needs)}</p>")
    parts += _listed([claim.text for claim in bundle.claims])
    parts += _listed([f"{tile.label}: {say_value(tile.value, tile.kind)}" for tile in bundle.tiles])
    parts += _listed([f"{_mark(c.passed)} {c.text} {c.evidence}" for c in bundle.checks])
    if bundle.svg:
        parts.append(f'<div style="max-width:40em">{bundle.svg}</div>')
    if bundle.table:
        parts.append(_table(bundle.table))
    parts += _listed(bundle.caveats)
    return "".join(parts)


def _listed(items: list[str]) -> list[str]:
    return [f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"] if items else []


def _mark(passed: bool | None) -> str:
    return {True: "✓", False: "✗", None: "–"}[passed]


def _table(table: TablePart) -> str:
    shown = [i for i, column in enumerate(table.columns) if column.shown]
    head = "".join(f"<th>{escape(table.columns[i].label)}</th>" for i in shown)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(row[i], table, i))}</td>" for i in shown) + "</tr>"
        for row in table.rows[:SHOWN_ROWS]
    )
    more = len(table.rows) - SHOWN_ROWS
    note = f"<p>+ {more}</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"


def _cell(value: str | float | bool | None, table: TablePart, column: int) -> str:
    kind = table.columns[column].kind
    if kind == "money" and value is not None:
        return say_value(float(value) / 100, kind)
    return say_value(value, kind)
