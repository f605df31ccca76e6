"""What should not happen and will: the page stays readable and never crashes."""

import base64
import json
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from insights.errors import CannotSay
from insights.reporting.exporter import AnalystExporter, ManagerExporter
from insights.reporting.gate import check
from insights.results import Column, Result, model_card, model_in
from insights.results.bundle import MIME


def exported(*outputs, exporter=ManagerExporter, **meta):
    cells = [new_markdown_cell("# Question?"), new_code_cell("x", outputs=list(outputs))]
    notebook = new_notebook(cells=cells)
    notebook.metadata["insights"] = {"lang": "en"} | meta
    return exporter().from_notebook_node(notebook)


def shown(**data):
    return new_output("display_data", data={name.replace("__", "/"): v for name, v in data.items()})


def test_a_table_of_100_000_rows_shows_its_head_and_hands_over_the_whole(sample):
    output = sample.output_of(sample.at_risk(100_000))
    html, resources = exported(output)
    ((name, content),) = resources["outputs"].items()
    assert name == "data-1-at-risk.csv"
    assert content.count(b"\r\n") == 100_001
    assert f'href="{name}"' in html
    assert "The first 15 of 100,000 rows." in html
    assert len(html.encode()) < 60_000
    assert check(html) == []


@pytest.mark.parametrize(("telling", "managers"), [(2, 2), (0, 0), (None, 15), (500, 15)])
def test_a_manager_sees_only_rows_that_tell_something(sample, telling, managers):
    output = sample.output_of(sample.at_risk(60))
    output["data"][MIME]["telling_rows"] = telling
    html, _files = exported(output)
    assert html.count(">c0000") == managers
    assert "There are no rows" not in html
    assert "data:text/csv" in html
    assert exported(output, exporter=AnalystExporter)[0].count(">c0000") == 60


def test_2000_rows_stay_inside(sample):
    html, resources = exported(sample.output_of(sample.at_risk(2000)))
    assert resources["outputs"] == {}
    assert "data:text/csv" in html


def test_both_pages_name_the_file_alike(sample):
    output = sample.output_of(sample.at_risk(3000))
    manager = exported(output)[1]["outputs"]
    analyst = exported(output, exporter=AnalystExporter)[1]["outputs"]
    assert manager == analyst


def test_an_empty_table_says_so(sample):
    html, _ = exported(sample.output_of(sample.at_risk(0)))
    assert "There are no rows to show." in html
    assert "download=" not in html
    assert check(html) == []


@pytest.mark.parametrize("exporter", [ManagerExporter, AnalystExporter])
def test_a_result_of_another_version_falls_back_to_its_html(exporter):
    data = {MIME: {"schema_version": 99, "kind": "hologram"}, "text/html": "<p>as <b>HTML</b></p>"}
    html, _ = exported(new_output("display_data", data=data), exporter=exporter)
    assert "<p>as HTML</p>" in html


def test_a_plain_frame_is_shown_as_a_table():
    frame = pd.DataFrame({"a": [1], "b": ["x"]})
    html, _ = exported(shown(text__html=frame.to_html(), text__plain="a b"))
    assert "<td>x</td>" in html
    assert "border=" not in html


def test_a_picture_without_a_description_is_refused_by_the_gate():
    pixel = base64.b64encode(b"\x89PNG").decode()
    html, _ = exported(shown(image__png=pixel))
    assert [problem.kind for problem in check(html)] == ["placeholder alt text"]


def test_what_is_printed_is_for_the_analyst():
    output = new_output("stream", name="stderr", text="a warning")
    assert "a warning" not in exported(output)[0]
    assert "a warning" in exported(output, exporter=AnalystExporter)[0]


def test_the_address_of_an_object_is_for_nobody():
    output = shown(text__plain="<Axes: xlabel='x'>")
    assert "Axes" not in exported(output, exporter=AnalystExporter)[0].split("</details>")[1]


def test_a_notebook_without_anything_is_a_page():
    html, _ = ManagerExporter().from_notebook_node(new_notebook())
    assert "<h1>Report</h1>" in html
    assert check(html) == []


def test_a_title_of_300_letters_and_a_name_from_right_to_left_are_kept():
    html, _ = exported(title="长" * 300, brand_title="كريم 🔥")
    assert "长" * 300 in html
    assert "كريم 🔥" in html
    assert check(html) == []


def test_control_characters_and_bidi_overrides_are_dropped():
    html, _ = exported(title="a\x00b\u202ec\x1b[31md\x1b[0m", brand_title="\ud83d")
    assert "<title>abcd" in html
    html.encode()


def test_a_triangle_without_rows_is_no_crash(sample):
    triangle = sample.triangle()
    bundle = triangle.bundle().model_dump(mode="json")
    bundle["table"]["rows"] = []
    bundle["svg"] = None
    html, _ = exported(new_output("display_data", data={MIME: bundle}))
    assert "There are no rows to show." in html


def test_a_chart_that_is_not_ours_is_left_out_and_the_gate_sees_it(sample):
    bundle = sample.channels().bundle().model_dump(mode="json")
    bundle["svg"] = '<svg onload="fired()"></svg>'
    bundle["table"] = None
    html, _ = exported(new_output("display_data", data={MIME: bundle}))
    assert "onload" not in html
    assert [problem.kind for problem in check(html, expected_figures=1)] == ["missing chart"]


class TestChanges:
    REPORT = {
        "as_of": "2026-05-31",
        "tiles": [
            {"label": "Repurchase", "kind": "percent", "before": 0.18, "after": 0.2}
            | {"parts": {"new_period": 0.03, "late_refunds": -0.01, "new_code": 0}},
        ],
        "claims": {"appeared": ["New one."], "vanished": ["Old one."], "flipped": [["A.", "B."]]},
    }
    NET = {"label": "Net", "kind": "money", "before": 100, "after": 120}

    def test_a_moved_figure_is_split_into_its_reasons(self):
        html, _ = exported(since={"report": self.REPORT})
        assert "What changed since the last report" in html
        assert "new period +3.0 points · late refunds \u22121.0 points" in html
        assert "new code" not in html
        assert "Restated" not in html

    def test_a_restated_figure_is_called_so_and_stands_apart(self):
        html, _ = exported(since={"report": self.REPORT, "restated": [self.NET]})
        last, restated = html.split("Restated: the same period, counted again")
        assert "<b>Repurchase</b>" in last
        assert "<b>Net</b>" not in last
        assert "<b>Net</b>" in restated

    def test_a_period_that_was_only_restated_names_no_last_report(self):
        html, _ = exported(since={"report": None, "restated": [self.NET]})
        assert "Restated" in html
        assert "What changed" not in html

    def test_claims_that_came_went_and_turned_are_listed(self):
        html, _ = exported(since={"report": self.REPORT})
        for text in ("New one.", "Old one.", "<del>A.</del> B."):
            assert text in html

    def test_a_first_report_has_no_such_section(self):
        assert "What changed" not in exported()[0]

    def test_nothing_changed_is_said(self):
        assert "Nothing." in exported(since={"report": {"as_of": "2026-05-31"}})[0]


class TestAFileOfAResult:
    @dataclass(frozen=True, eq=False, kw_only=True)
    class Fitted(Result):
        name = "fitted"
        columns = {"a": Column("A", "number")}
        model: dict[str, float]

        def file(self):
            return model_card(
                "Silence/../x",
                question="?",
                as_of=date(2026, 6, 30),
                learned_from={"rows": 10},
                features=["a"],
                quality=[{"auc": float("nan")}],
                limits=[],
                model=self.model,
            )

    def output(self, sample, **model):
        return sample.output_of(self.Fitted(table=pd.DataFrame({"a": [1.5]}), model=model))

    @pytest.mark.parametrize("exporter", [ManagerExporter, AnalystExporter])
    def test_it_stands_beside_the_page_and_the_page_leads_to_it(self, sample, exporter):
        html, resources = exported(
            self.output(sample, slope=-0.25), exporter=exporter, report="churn"
        )
        ((name, content),) = resources["outputs"].items()
        assert name == "churn-model-card-silence-x.json"
        assert f'href="{name}" download="{name}"' in html
        assert model_in(content.decode()) == {"slope": -0.25}
        assert json.loads(content)["quality"] == [{"auc": None}]
        assert check(html, files=resources["outputs"]) == []

    def test_two_that_would_take_one_place_are_refused(self, sample):
        with pytest.raises(CannotSay, match="different content"):
            exported(self.output(sample, slope=1.0), self.output(sample, slope=2.0))
        html, _ = exported(self.output(sample, slope=1.0), self.output(sample, slope=1.0))
        assert html.count("download=") >= 2
