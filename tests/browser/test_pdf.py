import shutil
import subprocess

import pytest

from insights.errors import MissingExtra
from insights.reporting.pdf import print_pdf


def text_of(pdf):
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (apt-get install poppler-utils)")
    return subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True, text=True
    ).stdout


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
    assert "下载数据" not in text
    assert "查看数据" not in text
    assert "目录" not in text


def test_no_heading_is_left_alone_at_the_foot_of_a_page(printed):
    headings = ("检验", "数据来源", "本报告不能回答什么", "私域的增量")
    for sheet in text_of(printed).split("\f"):
        lines = [line.strip() for line in sheet.splitlines() if line.strip()]
        assert not lines or lines[-1] not in headings


def test_without_a_browser_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtra, match="apt-get install chromium"):
        print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")
