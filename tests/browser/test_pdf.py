import re
import shutil
import subprocess
from html import unescape

import pytest

from insights.errors import MissingExtra
from insights.reporting.pdf import print_pdf


def text_of(pdf):
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (apt-get install poppler-utils)")
    return subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True, text=True
    ).stdout


def unbroken(text):
    """The text without blanks and line ends: a long heading breaks anywhere."""
    return "".join(text.split())


@pytest.fixture(scope="module")
def printed(chromium, pages, tmp_path_factory):
    target = tmp_path_factory.mktemp("pdf") / "page.pdf"
    return print_pdf(pages["manager-zh-CN"], target)


def test_chinese_is_text_on_paper(printed):
    text = text_of(printed)
    assert "这意味着" in text
    assert "数据来源" in text


def test_what_cannot_be_used_on_paper_is_left_out(printed):
    text = text_of(printed)
    assert "CSV" not in text
    assert "查看数据" not in text
    assert "目录" not in text


def test_where_the_numbers_come_from_is_printed_whole(printed):
    text = text_of(printed)
    assert "pandas 3.1.0" in text
    assert "1,184,230" in text or "118.4万" in text


def test_every_heading_is_printed_and_none_is_left_alone_at_the_foot_of_a_sheet(printed, pages):
    html = pages["manager-zh-CN"].read_text("utf-8")
    headings = [
        unescape(unbroken(re.sub(r"<[^>]+>", "", found)))
        for found in re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", html, re.DOTALL)
    ]
    text = text_of(printed)
    assert len(headings) > 3
    assert [heading for heading in headings if heading not in unbroken(text)] == []
    # A sentence that stands elsewhere too may well end a sheet there.
    once = [heading for heading in headings if unbroken(text).count(heading) == 1]
    for sheet in text.split("\f"):
        if lines := [unbroken(line) for line in sheet.splitlines() if line.strip()]:
            assert not any(lines[-1] in heading for heading in once), lines[-1]


def test_without_a_browser_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtra, match="apt-get install chromium"):
        print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")
