"""Sections: a manager's page is short and says what it left out; the analyst's has it all."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from insights.reporting.exporter import AnalystExporter, ManagerExporter
from insights.reporting.gate import check
from insights.reporting.sections import MAX_SECTIONS
from insights.results.bundle import MIME, Bundle, CheckPart, ClaimPart

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0"/></svg>'


def claim(text, *, undecided=False):
    return ClaimPart(key=text, text=text, facts={}, holds=[], undecided=undecided)


def cell(kind, name, *, tags=(), **parts):
    bundle = Bundle(kind=kind, name=name, lang="en", currency="CNY", **parts)
    shown = new_output("display_data", data={MIME: bundle.model_dump(mode="json")})
    return new_code_cell(name, outputs=[shown], metadata={"tags": list(tags)})


def notebook(*results, answer=(), since=None):
    cells = [new_markdown_cell("# Do they come back?")]
    if answer:
        cells.append(cell("answer", "answer", claims=[claim(text) for text in answer]))
    cells += results
    meta = {"lang": "en", "title": "A report", "brand": "aurora", "since": since}
    return new_notebook(cells=cells, metadata={"insights": meta})


def evidence(text, **parts):
    undecided = parts.pop("undecided", False)
    return cell("evidence", text, claims=[claim(text, undecided=undecided)], title=text, **parts)


def pages(made):
    return [
        exporter().from_notebook_node(made)[0] for exporter in (ManagerExporter, AnalystExporter)
    ]


def counted(made):
    """Charts that the finished files have to hold."""
    return {
        exporter.audience: exporter().from_notebook_node(made)[1]["charts"]
        for exporter in (ManagerExporter, AnalystExporter)
    }


def sections(html):
    """Headings that stand over evidence, in order."""
    return [part.split(">", 1)[1].split("</h2>")[0] for part in html.split('<h2 id="b')[1:]]


MANY = [f"finding {letter}" for letter in "abcdefghij"]


def test_a_short_report_is_shown_whole():
    made = notebook(*(evidence(text) for text in MANY[:MAX_SECTIONS]))
    manager, _analyst = pages(made)
    assert sections(manager) == MANY[:MAX_SECTIONS]
    assert "What else was found" not in manager


def test_what_the_top_speaks_of_is_shown_and_the_rest_is_said_in_a_line():
    made = notebook(*(evidence(text) for text in MANY), answer=[MANY[9], MANY[4]])
    manager, analyst = pages(made)
    assert sections(manager) == [MANY[n] for n in (0, 1, 2, 3, 4, 9)]
    left = manager.split("What else was found")[-1]
    assert [text for text in MANY if f"<li>{text}</li>" in left] == MANY[5:9]
    assert sections(analyst) == MANY
    assert "What else was found" not in analyst


def test_what_was_not_decided_gives_way_and_what_is_new_comes_forward():
    results = [evidence(text, undecided=text in MANY[:5]) for text in MANY]
    news = {"appeared": [MANY[4]], "flipped": [["before", MANY[3]]]}
    made = notebook(*results, since={"report": {"as_of": "2026-05-31", "claims": news}})
    assert sections(pages(made)[0]) == [MANY[n] for n in (3, 4, 5, 6, 7, 8)]


def test_what_is_for_the_analyst_is_neither_shown_nor_said_to_a_manager():
    made = notebook(*(evidence(text, tags=["analyst"]) for text in MANY), evidence("for all"))
    manager, analyst = pages(made)
    assert sections(manager) == ["for all"]
    assert "finding" not in manager
    assert sections(analyst) == [*MANY, "for all"]


@pytest.mark.parametrize(("audience", "charts"), [("manager", MAX_SECTIONS), ("analyst", 11)])
def test_the_gate_counts_the_charts_that_each_page_has_to_hold(audience, charts):
    made = notebook(
        *(evidence(text, svg=SVG, alt="a line that rises over ten months") for text in MANY),
        evidence("apart", svg=SVG, alt="a line that falls over ten months", tags=["analyst"]),
    )
    assert counted(made)[audience] == charts


def test_a_chart_that_is_lost_on_the_way_is_missed():
    foreign = SVG.replace("<path", "<script/><path")
    made = notebook(evidence("one", svg=foreign, alt="a line that rises over ten months"))
    kinds = [
        problem.kind for problem in check(pages(made)[0], expected_figures=counted(made)["manager"])
    ]
    assert "missing chart" in kinds


def refusal(title, because="No costs."):
    return cell("not_enough", title, title=title, because=because, needs="Needed: costs.")


def test_questions_without_an_answer_stand_together_each_reason_once():
    made = notebook(
        refusal("Payback"), evidence("one"), refusal("Margin"), refusal("Ads", "No ads.")
    )
    manager, analyst = pages(made)
    gathered = manager.split("What these data cannot answer")[-1]
    assert gathered.count("No costs.") == 1
    assert "<b>Payback · Margin</b>" in gathered
    assert "<b>Ads</b>" in gathered
    assert analyst.count("No costs.") == 2


def test_one_question_without_an_answer_stands_alone():
    manager, _analyst = pages(notebook(evidence("one"), refusal("Payback")))
    assert "What these data cannot answer" not in manager
    assert "Not enough data." in manager


def test_what_several_reasons_need_is_said_once_under_all_of_them():
    made = notebook(evidence("one"), refusal("Payback"), refusal("Ads", "No ads."))
    gathered = pages(made)[0].split("What these data cannot answer")[-1]
    assert gathered.count("Needed: costs.") == 1
    assert "No costs." in gathered
    assert "No ads." in gathered


def test_what_the_top_says_has_its_evidence_even_if_it_was_meant_for_the_analyst():
    apart = evidence("apart", tags=["analyst"])
    other = evidence("other", tags=["analyst"])
    manager, _analyst = pages(notebook(evidence("one"), apart, other, answer=["one", "apart"]))
    assert sections(manager) == ["one", "apart"]
    assert "other" not in manager


def test_words_of_a_result_that_is_left_out_are_left_out_with_it():
    words = new_markdown_cell("## Section\n\nRead the dots from left to right.")
    others = [evidence(text) for text in MANY[:MAX_SECTIONS]]
    made = notebook(*others, words, evidence("left out", undecided=True), answer=MANY[:1])
    manager, analyst = pages(made)
    assert "Read the dots" not in manager
    assert "Read the dots" in analyst


def test_what_is_said_of_the_data_is_not_said_again_as_a_finding():
    others = [evidence(text) for text in MANY[:MAX_SECTIONS]]
    of_data = cell("checks", "checks", claims=[claim("left out")])
    manager, _analyst = pages(notebook(*others, evidence("left out"), of_data))
    assert manager.count("left out") == 1


def test_a_table_that_claims_nothing_is_no_finding():
    others = [evidence(text) for text in MANY[:MAX_SECTIONS]]
    manager, analyst = pages(notebook(*others, cell("evidence", "numbers", title="Numbers")))
    assert "Numbers" not in manager
    assert "Numbers" in analyst


def test_limits_of_what_was_left_out_stand_on_the_analysts_page():
    others = [evidence(text) for text in MANY[:MAX_SECTIONS]]
    limits = cell("limits", "limits", caveats=["A year is short.", "Costs are estimated."])
    left_out = evidence("left out", caveats=["Costs are estimated."])
    manager, analyst = pages(notebook(*others, left_out, limits))
    assert "A year is short." in manager
    assert "Costs are estimated." not in manager
    assert "the other findings stands on the analyst" in manager
    assert "Costs are estimated." in analyst


def test_a_manager_sees_what_failed_and_how_many_tests_passed():
    checks = [
        CheckPart(key=key, text=key, passed=passed, evidence=f"found {key}")
        for key, passed in (
            ("sums agree", True),
            ("no day is missing", False),
            ("lots agree", None),
        )
    ]
    manager, analyst = pages(notebook(evidence("one"), cell("checks", "checks", checks=checks)))
    assert "Tests passed: 1 of 3" in manager
    before, folded = manager.split("Tests passed: 1 of 3")
    assert "found no day is missing" in before
    assert "lots agree" in before
    assert "sums agree" in folded
    assert "found sums agree" not in manager
    assert "Tests passed" not in analyst
