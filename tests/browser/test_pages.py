"""Every page in a real browser: what a reader sees, with the network off."""

import base64
import re
from io import BytesIO

import pytest
from PIL import Image

from insights.reporting.exporter import ManagerExporter

NAMES = [f"{kind}-{lang}" for kind in ("manager", "analyst", "index") for lang in ("zh-CN", "en")]
FIRST_SERIES = """
    var line = document.querySelector('svg.chart [stroke^="var(--s1"]');
    return getComputedStyle(line).stroke;
"""


# Light and dark differ in colours, narrow and wide in layout: two screens see all four.
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("screen", [(390, True), (1280, False)])
def test_a_page_is_accessible_fits_and_asks_for_nothing(checked, name, screen):
    checked(name, *screen)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("screen", [(390, False), (1280, True)])
def test_a_page_does_so_on_the_other_screens(checked, name, screen):
    checked(name, *screen)


@pytest.fixture
def checked(browser, axe, pages, artefacts):
    """Look at a page on a screen, without its policy: what it would ask for, it asks for."""

    def look(name: str, width: int, dark: bool) -> None:
        picture = artefacts / f"{name}-{width}-{'dark' if dark else 'light'}.png"
        browser.screen(width, dark=dark)
        browser.checked(pages[name], axe, width, picture)

    browser.cdp("Page.setBypassCSP", enabled=True)
    yield look
    browser.cdp("Page.setBypassCSP", enabled=False)


def test_chart_text_is_readable_on_a_phone(browser, pages):
    browser.screen(390)
    browser.open(pages["manager-zh-CN"])
    assert browser.smallest_chart_text() >= 11


def test_a_page_without_charts_has_no_text_in_them(browser, pages):
    browser.open(pages["index-zh-CN"])
    assert browser.smallest_chart_text() == 0


def test_charts_follow_the_readers_colours(browser, pages):
    colours = []
    for dark in (False, True):
        browser.screen(390, dark=dark)
        browser.open(pages["manager-zh-CN"])
        colours.append(browser.run(FIRST_SERIES))
    assert colours[0] != colours[1]


def test_a_wide_triangle_scrolls_under_its_first_column(browser, pages):
    browser.screen(390)
    browser.open(pages["manager-zh-CN"])
    left = browser.run(
        "var box = document.querySelector('table.triangle').parentElement; box.scrollLeft = 400;"
        "var cell = box.querySelector('tbody th');"
        "return cell.getBoundingClientRect().left - box.getBoundingClientRect().left"
    )
    assert abs(left) < 1


def test_a_long_title_takes_two_lines_of_a_phone_above_the_headline(browser, sample, tmp_path):
    notebook = sample.notebook(title="新客复购" * 75)
    page = tmp_path / "long.html"
    page.write_text(ManagerExporter().from_notebook_node(notebook)[0], "utf-8")
    browser.screen(390)
    browser.open(page)
    tall = "return document.querySelector('.eyebrow').getBoundingClientRect().height"
    assert browser.run(tall) < 120


def test_a_table_that_goes_on_to_the_right_fades_there_until_its_end_is_seen(browser, pages):
    browser.screen(390)
    browser.open(pages["manager-zh-CN"])
    assert edge(browser, scrolled=0) < edge(browser, scrolled=9999) == 255


def edge(browser, *, scrolled):
    """How light the right edge of the triangle is, above its first number."""
    place = browser.run(
        "var box = document.querySelector('table.triangle').parentElement;"
        "box.scrollIntoView(); box.scrollLeft = arguments[0];"
        "var found = box.getBoundingClientRect();"
        "return {x: found.right - 2 + scrollX, y: found.top + 2 + scrollY}",
        scrolled,
    )
    clip = {**place, "width": 1, "height": 1, "scale": 1}
    shot = browser.cdp("Page.captureScreenshot", clip=clip)["data"]
    return min(Image.open(BytesIO(base64.b64decode(shot))).convert("L").tobytes())


def test_a_page_reads_the_same_without_javascript(browser, pages):
    browser.screen(390)
    assert browser.text_without_javascript(pages["manager-zh-CN"]) == browser.text_of(
        pages["manager-zh-CN"]
    )


def test_the_csv_downloads_and_begins_with_a_byte_order_mark(browser, pages, tmp_path):
    browser.screen(1280)
    browser.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.open(pages["manager-zh-CN"])
    browser.run("document.querySelector('a[download]').click()")
    browser.run_async("setTimeout(arguments[arguments.length - 1], 800)")
    (file,) = tmp_path.glob("*.csv")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "首购月份" in file.read_text("utf-8-sig")


def test_a_page_prints_alike_from_every_screen(browser, pages, artefacts):
    browser.open(pages["manager-zh-CN"])
    sheets = []
    for width, dark in ((1280, False), (390, True)):
        browser.screen(width, dark=dark)
        sheets.append(browser.printed())
    (artefacts / "manager-zh-CN.pdf").write_bytes(sheets[0])
    assert sheets[0] == sheets[1]
    assert len(re.findall(rb"/Type /Page\b", sheets[0])) > 1


class TestIndex:
    def test_the_search_narrows_the_list(self, browser, pages):
        browser.screen(390)
        browser.open(pages["index-zh-CN"])
        shown = browser.run(
            "var box = document.getElementById('search'); box.value = '90天 AURORA';"
            "box.dispatchEvent(new Event('input'));"
            "return Array.from(document.querySelectorAll('.entries > li:not([hidden])'))"
            ".map(function (li) { return li.dataset.report; })"
        )
        assert shown == ["新客会再次购买吗？"]

    def test_readers_begin_with_their_language_and_can_see_the_others(self, browser, pages):
        browser.open(pages["index-en"])
        count = "return document.querySelectorAll('.entries > li:not([hidden])').length;"
        assert browser.run(count) == 1
        assert browser.text_of(pages["index-en"]).count("90天内复购") == 0
        every = "box.value = ''; box.dispatchEvent(new Event('change'));"
        box = "var box = document.querySelector('[data-filter=lang]');"
        assert browser.run(box + every + count) == 3

    def test_a_filter_shows_the_failures(self, browser, pages):
        browser.open(pages["index-zh-CN"])
        shown = browser.run(
            "var box = document.querySelector('[data-filter=status]'); box.value = 'failed';"
            "box.dispatchEvent(new Event('change'));"
            "return document.querySelectorAll('.entries > li:not([hidden])').length"
        )
        assert shown == 1
