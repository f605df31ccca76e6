"""How a result shows itself in JupyterLab."""

import re
from dataclasses import dataclass

import pandas as pd

from insights.charts import marks
from insights.results import Check, Checks, Claim, Column, Result, Tile
from insights.results.html import as_html

SCRIPT = "<script>alert('x')</script>&\""


def result(columns, table, **more):
    kind = type("Found", (Result,), {"columns": columns, **more.pop("declared", {})})
    return kind(table=pd.DataFrame(table), **more)


def cells(html, tag="td"):
    return re.findall(f"<{tag}>(.*?)</{tag}>", html)


def test_nothing_of_the_data_acts_as_markup():
    made = result(
        {"name": Column(SCRIPT)},
        {"name": [SCRIPT]},
        facts={"name": SCRIPT, "n": 1},
        title="{name}",
        subtitle="{name}",
        meaning="{name}",
        claims=(Claim(key="k", message="{name}"),),
        caveats=("{name}",),
        tiles=(Tile(key="t", label="{name}", fact="name", kind="text"),),
        checks=(
            Check(
                key="c",
                message="It holds.",
                passed=True,
                evidence="{name}",
                facts={"name": SCRIPT},
            ),
        ),
    )
    for html in (as_html(made.bundle()), as_html(Checks(made).bundle())):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_values_are_said_by_their_kind():
    html = as_html(
        result(
            {
                "month": Column("Month", "month"),
                "net": Column("Net sales", "money"),
                "share": Column("Share", "percent"),
                "new": Column("New", "text"),
                "note": Column("Note", "count"),
                "hidden": Column("Hidden", "count", shown=False),
            },
            {"month": ["2017-02-01", None], "net": [12.34, None], "share": [0.0004, float("nan")]}
            | {"new": [True, False], "note": ["n/a", None], "hidden": [1, 2]},
        ).bundle()
    )
    assert cells(html) == ["2017-02", "¥12.34", "&lt;0.1%", "yes", "n/a", "–", "–", "–", "no", "–"]
    assert cells(html, "th") == ["Month", "Net sales", "Share", "New", "Note"]


def test_a_long_table_is_cut_and_says_by_how_much():
    html = as_html(result({"n": Column("N", "count")}, {"n": range(25)}).bundle())
    assert len(cells(html)) == 20
    assert "<p>+ 5</p>" in html


def test_a_triangle_lies_as_cohorts_by_age():
    columns = {
        "cohort": Column("Cohort", "month"),
        "customers": Column("Customers", "count"),
        "age": Column("Months later", "count"),
        "returned": Column("Returned", "count"),
        "share": Column("Share", "percent"),
        "low": Column("Low", "percent"),
        "open": Column("Open", shown=False),
    }
    rows = [
        ("2017-01", 50, 1, 10, 0.2, 0.1, False),
        ("2017-01", 50, 2, 5, 0.1, 0.05, False),
        ("2017-02", 40, 1, None, None, None, True),
    ]
    declared = {"shape": "triangle"}
    table = pd.DataFrame(rows, columns=list(columns))
    html = as_html(result(columns, table, declared=declared).bundle())
    assert cells(html, "th") == ["Cohort", "Customers", "1", "2"]
    assert cells(html) == ["2017-01", "50", "20%", "10%", "2017-02", "40", "·", ""]


def test_a_tile_has_its_interval():
    tile = Tile(key="t", label="Share", fact="share", low="low", high="high", kind="percent")
    facts = {"share": 0.2, "low": 0.1, "high": 0.3}
    assert "Share: 20% (10%–30%)" in as_html(result({}, {}, facts=facts, tiles=(tile,)).bundle())


def test_a_chart_can_be_read_by_all_eyes_in_light_and_dark():
    @dataclass(frozen=True, eq=False, kw_only=True)
    class Drawn(Result):
        def plot(self):
            return marks.bars(self.table, name="name", value="n")

    table = pd.DataFrame({"name": ["a", "b"], "n": [1, 2]})
    html = as_html(Drawn(table=table, alt='Bars of "a" and "b".').bundle())
    assert 'role="img" aria-label="Bars of &quot;a&quot; and &quot;b&quot;."' in html
    assert "--grid:var(--jp-border-color2," in html
    assert "--muted:var(--jp-ui-font-color2,var(--vscode-descriptionForeground," in html
