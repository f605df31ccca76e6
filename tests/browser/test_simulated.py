"""Every report of a brand with a private domain, in a real browser: all results are there."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from insights.cli import app

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
REPORTS = list(tomllib.loads((NOTEBOOKS / "catalog.toml").read_text("utf-8"))["reports"])
BANNER = {"zh-CN": "模拟数据", "en": "Simulated data"}
SCREENS = [(390, False), (390, True), (1280, False)]
READERS = {"manager": "index.html", "analyst": "analyst.html"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Reports of a brand large enough that none of them says that there is too little."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "insights.toml").write_text("[brands.demo]\nsimulated = true\n", "utf-8")
    (folder / "notebooks").symlink_to(NOTEBOOKS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSIGHTS_WORKSPACE", str(folder))
        steps = [
            ["demo", "brand", "--customers", "6000", "--months", "14"],
            ["demo", "load"],
            *(["run", *REPORTS, "--brand", "demo", "--lang", lang] for lang in BANNER),
        ]
        for step in steps:
            done = CliRunner().invoke(app, step)
            assert done.exit_code == 0, done.output
    return folder / "reports"


def page(made, report, lang, reader="manager"):
    parameters = "default" if lang == "zh-CN" else f"lang={lang}"
    return made / "demo" / report / "2026-06-30" / parameters / READERS[reader]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("lang", BANNER)
@pytest.mark.parametrize("report", REPORTS)
def test_every_page_is_there_and_says_that_it_is_simulated(made, report, lang, reader):
    text = page(made, report, lang, reader).read_text("utf-8")
    assert BANNER[lang] in text
    assert 'class="banner"' in text


def test_the_index_calls_the_brand_simulated(made):
    assert "demo（模拟）" in (made / "index.html").read_text("utf-8")


@pytest.mark.parametrize("lang", BANNER)
@pytest.mark.parametrize("report", REPORTS)
def test_a_managers_page_is_small_enough_for_a_chat(made, report, lang):
    assert page(made, report, lang).stat().st_size <= 300 * 1024


@pytest.fixture
def checked(browser, axe, artefacts):
    """Look at a page without its policy: what it would ask for, it asks for."""

    def look(found: Path, name: str, width: int, dark: bool = False) -> None:
        browser.screen(width, dark=dark)
        picture = artefacts / f"demo-{name}-{width}-{'dark' if dark else 'light'}.png"
        browser.checked(found, axe, width, picture)

    browser.cdp("Page.setBypassCSP", enabled=True)
    yield look
    browser.cdp("Page.setBypassCSP", enabled=False)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("lang", BANNER)
@pytest.mark.parametrize("report", REPORTS)
def test_a_managers_page_is_accessible_fits_and_asks_for_nothing(
    checked, made, report, lang, screen
):
    checked(page(made, report, lang), f"{report}-{lang}", *screen)


@pytest.mark.parametrize("report", REPORTS)
def test_an_analysts_page_is_accessible_and_fits(checked, made, report):
    checked(page(made, report, "zh-CN", "analyst"), f"{report}-analyst", 390)


@pytest.mark.parametrize("report", REPORTS)
def test_its_charts_can_be_read_on_a_phone(browser, made, report):
    browser.screen(390)
    browser.open(page(made, report, "zh-CN"))
    assert browser.smallest_chart_text() >= 11
