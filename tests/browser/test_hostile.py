"""Hostile text in every place that data can reach, in a real browser: nothing may fire.

Once with the page's policy, and once without it: the policy is the second wall, not the first.
"""

import importlib.util
import json
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from insights.charts import marks
from insights.charts.svg import figure_svg, is_ours
from insights.reporting.exporter import AnalystExporter, ManagerExporter
from insights.reporting.index import Entry, render_index
from insights.results.bundle import MIME

_spec = importlib.util.spec_from_file_location(
    "browser_payloads", Path(__file__).parent / "payloads.py"
)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
PAYLOADS = _module.PAYLOADS

WATCH = "window.log = []; window.fired = function (what) { window.log.push(String(what)); };"
# A reader who touches everything: hover, focus, click, open; links are only clicked where they
# would run something, because another page would end the test.
TOUCH = """
    var done = arguments[arguments.length - 1];
    document.querySelectorAll('details').forEach(function (d) { d.open = true; });
    document.querySelectorAll('*').forEach(function (node) {
      ['mouseover', 'mouseenter', 'focus', 'click', 'toggle', 'input', 'error', 'load']
        .forEach(function (name) {
          if (name === 'click' && node.closest('a[href]') &&
              !/^\\s*javascript/i.test(node.closest('a').getAttribute('href'))) return;
          node.dispatchEvent(new Event(name, {bubbles: false, cancelable: true}));
        });
    });
    setTimeout(function () { done(window.log); }, 150);
"""


def bundle(text: str, **parts: object) -> dict[str, object]:
    """A result that carries a text in every field, as JSON of a stranger would."""
    return {
        "kind": "evidence",
        "name": text,
        "lang": "en",
        "currency": "CNY",
        "title": text,
        "subtitle": text,
        "meaning": text,
        "because": text,
        "needs": text,
        "claims": [{"key": "k", "text": text, "facts": {}, "holds": [text]}],
        "caveats": [text],
        "checks": [{"key": "k", "text": text, "passed": True, "evidence": text}],
        "tiles": [
            {"key": "k", "label": text, "kind": "text", "good": "up", "value": text, "low": text}
            | {"high": text, "before": 1.0, "against": text, "note": text, "trend": [1, 2]},
            {"key": "k2", "label": text, "kind": "count", "good": "up", "value": 2, "before": 1.0}
            | {"against": text},
        ],
        "table": {
            "shape": "plain",
            "columns": [{"name": text, "label": text, "kind": "text", "shown": True}],
            "rows": [[text]],
        },
        "svg": f"<svg viewBox='0 0 1 1'>{text}</svg>",
        "alt": text,
        **parts,
    }


def notebook(text: str) -> nbformat.NotebookNode:
    triangle = {
        "shape": "triangle",
        "columns": [
            {"name": str(n), "label": text, "kind": "text" if n != 2 else "count", "shown": True}
            for n in range(4)
        ],
        "rows": [[text, text, 1, text], [text, text, 2, None]],
    }
    results = [
        bundle(text, kind="answer"),
        bundle(text),
        bundle(text, table=triangle, svg=None),
        bundle(text, kind="checks"),
        bundle(text, kind="limits"),
        bundle(text, kind="not_enough"),
        {"kind": text, "schema_version": 99},
    ]
    cells = [new_markdown_cell(f"# {text}\n\n{text}"), new_markdown_cell(f"## {text}\n\n{text}")]
    for result in results:
        data = {MIME: result, "text/html": text, "text/plain": text}
        cells.append(new_code_cell(text, outputs=[new_output("display_data", data=data)]))
    strangers = [
        {"text/html": f"<table><tr><td title='{text}'>{text}</td></tr></table>"},
        {"text/markdown": text},
        {"text/plain": text},
        {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg'>{text}</svg>"},
        {"image/png": text},
        {"application/javascript": f"fired('application'); {text}"},
        {"text/latex": text},
    ]
    frame = pd.DataFrame([[text]], columns=[text], index=pd.Index([text], name=text))
    strangers.append({"text/html": frame.to_html(escape=False)})
    cells.append(
        new_code_cell(
            text,
            outputs=[
                *(new_output("display_data", data=data) for data in strangers),
                new_output("stream", name="stderr", text=text),
                new_output("stream", name="stdout", text=text),
                new_output("error", ename=text, evalue=text, traceback=[text]),
            ],
        )
    )
    made = new_notebook(cells=cells)
    tile = {"label": text, "kind": "count", "before": 1, "after": 2}
    made.metadata["insights"] = {
        **dict.fromkeys(("brand", "brand_title", "report", "title", "question", "period"), text),
        **dict.fromkeys(("as_of", "load_id", "code", "run_id", "error", "rise"), text),
        "lang": "en",
        "parameters": {text: text},
        "packages": {text: text},
        "tables": [{"name": text, "version": text, "rows": 1, "fresh_to": text}],
        "rows": {"read": 1, text: text},
        "since": {
            "report": {
                "as_of": text,
                "tiles": [tile],
                "claims": {"appeared": [text], "vanished": [text], "flipped": [[text, text]]},
            },
            "restated": [tile],
        },
    }
    return made


def index(text: str) -> str:
    fields = ("brand", "brand_title", "report", "title", "question", "period", "as_of")
    links = ("href", "analyst_href", "latest_href", "failure_href", "load_id", "run_id")
    return render_index(
        [
            Entry(
                **dict.fromkeys(
                    (*fields, *links, "headline", "error_summary", "published_at"), text
                ),
                parameters={text: text},
                status=status,
            )
            for status in ("published", "failed")
        ],
        "en",
    )


@pytest.fixture
def watched(browser):
    """The browser with an alarm that rings when a page obeys."""
    made = browser.cdp("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
    browser.screen(390)
    yield browser
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=made["identifier"])
    browser.cdp("Page.setBypassCSP", enabled=False)


@pytest.mark.parametrize("bypass", [False, True], ids=["with policy", "without policy"])
@pytest.mark.parametrize("kind", ["manager", "analyst", "index"])
def test_nothing_fires(watched, tmp_path, kind, bypass):
    watched.cdp("Page.setBypassCSP", enabled=bypass)
    # Together they can also close what another opened.
    look(watched, tmp_path, html_of(kind, "\n\n".join(PAYLOADS.values())))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["manager", "analyst", "index"])
def test_nothing_fires_one_by_one(watched, tmp_path, kind):
    watched.cdp("Page.setBypassCSP", enabled=True)
    for text in PAYLOADS.values():
        look(watched, tmp_path, html_of(kind, text))


def look(watched, folder, html):
    """Open a page, touch everything, and see that it did nothing and stayed where it was."""
    path = folder / "page.html"
    path.write_text(html, "utf-8")
    watched.open(path)
    assert watched.requests() == [path.as_uri()]
    assert watched.run_async(TOUCH) == []
    assert watched.run("return location.href") == path.as_uri()
    assert watched.run("return document.documentElement.scrollWidth") <= 390


def html_of(kind: str, text: str) -> str:
    if kind == "index":
        return index(text)
    exporter = ManagerExporter if kind == "manager" else AnalystExporter
    return exporter().from_notebook_node(notebook(text))[0]


def test_the_alarm_rings_where_a_page_obeys(watched, tmp_path):
    path = tmp_path / "obeys.html"
    path.write_text("".join(PAYLOADS.values()).replace("\x00", ""), "utf-8")
    watched.open(path)
    assert len(set(watched.run_async(TOUCH))) >= 10


def test_hostile_labels_are_drawn_and_not_obeyed():
    frame = pd.DataFrame({"name": list(PAYLOADS.values()), "value": range(len(PAYLOADS))})
    svg = figure_svg(marks.dots(frame, name="name", value="value", kind="count", xlabel="<b>x</b>"))
    assert is_ours(svg)
    assert "fired" not in svg
    assert "data-missing" not in svg


def test_a_payload_leaves_the_notebook_readable():
    # What is shown is the text itself, so that a campaign called <b> keeps its name.
    html = html_of("manager", PAYLOADS["script"])
    assert "&lt;script&gt;" in html
    assert json.dumps(PAYLOADS["script"]) not in html
