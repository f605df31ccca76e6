"""The preview is the manager's page: what would be published is shown, what not is refused."""

import pandas as pd
import pytest

import insights as ins
from insights.errors import DataError, GateRefused, ParameterError
from insights.results import Claim, Column, NotEnoughData, Result
from insights.wording import speak, voice


@pytest.fixture(autouse=True)
def _the_voice_of_before():
    before = voice()
    yield
    speak(before.lang, before.currency)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    (tmp_path / "insights.toml").write_text(
        'lang = "en"\n[brands.shop]\ntitle = "The Shop"\nsimulated = true\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Sales(Result):
    name = "sales"
    columns = {"month": Column("Month"), "paid": Column("Paid", "money")}


def sales(month="2026-06", message="In {month:said} {paid:money} were paid."):
    table = pd.DataFrame({"month": [month], "paid": [12.5]})
    facts = {"month": month, "paid": 12.5, "as_of": pd.Timestamp("2026-06-30")}
    return Sales(
        table=table,
        facts=facts,
        title="What was paid",
        claims=(Claim(key="paid", message=message),),
        caveats=("One month is no year.",),
    )


def test_it_is_a_whole_page_with_headline_evidence_and_limits():
    page = ins.preview(sales(), lang="en")
    for said in ("The Shop", "What was paid", "12.5", "One month is no year.", "2026-06-30"):
        assert said in page.html
    assert page.html.startswith("<!DOCTYPE html>")
    assert "Content-Security-Policy" in page.html


def test_it_speaks_the_language_that_is_asked_and_the_notebook_goes_on_in_its_own():
    speak("en", "CNY")
    assert 'lang="zh-CN"' in ins.preview(sales(), lang="zh-CN").html
    assert voice().lang == "en"


def test_a_notebook_shows_it_in_a_frame_that_runs_nothing():
    shown = ins.preview(sales(), lang="en")._repr_html_()
    assert shown.startswith("<iframe srcdoc=")
    assert "allow-scripts" not in shown
    assert "<script" not in shown


def test_it_can_be_kept(tmp_path):
    page = ins.preview(sales(), lang="en")
    assert page.save(tmp_path / "p.html").read_text("utf-8") == page.html


def test_a_place_that_there_is_not_is_told(tmp_path):
    with pytest.raises(DataError, match=r"p\.html' cannot be written: .* Name a file"):
        ins.preview(sales(), lang="en").save(tmp_path / "nowhere" / "p.html")


def test_what_would_not_be_published_is_refused_here_too():
    with pytest.raises(GateRefused, match="mobile number"):
        ins.preview(sales(month="13900000021"), lang="en")


def test_too_little_data_is_a_page_as_well():
    found = NotEnoughData(title="T", because="Too few.", needs="More.")
    assert "Too few." in ins.preview(found, lang="en").html


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        (ins.preview, DataError, "nothing to preview"),
        (lambda: ins.preview(pd.DataFrame()), DataError, "found a DataFrame"),
        (lambda: ins.preview(sales(), lang="de"), ParameterError, "Known: "),
        (lambda: ins.preview(sales(), audience="boss"), ParameterError, "'manager' or 'analyst'"),
    ],
)
def test_a_slip_is_told(asked, error, said):
    with pytest.raises(error, match=said):
        asked()
