"""The first ten minutes in a real JupyterLab, in a real Chromium, on this machine alone."""

import os
import re
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from insights.charts import theme
from insights.charts.svg import figure_svg
from insights.lab import workspace
from tests.store.shop import Shop, batch, order

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (dev group)")

TOKEN = "of-this-test"  # noqa: S105 - of a server that lives as long as this test
SECOND = 1_000
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
SHOWN = ".jp-OutputArea-output"
OUTLINE = re.compile(r'<path id="[^"]*" d="([^"]*)" transform')  # A letter's; marks have no scale.
DRAWN = """chart => [...chart.querySelectorAll("use")]
  .filter(use => use.getBoundingClientRect().width > 1)
  .map(use => chart.querySelector(use.getAttribute("href")).getAttribute("d"))"""
# Of each piece of text its contrast (WCAG 2) with what is painted behind it, and whether that is
# dark. Of a chart's `use` elements those are text whose outline is scaled.
CONTRAST = """elements => {
  const rgba = said => said.match(/^rgba?\\((.*)\\)$/)[1].split(",").map(Number);
  const over = ([r, g, b, a = 1], under) => [r, g, b].map((v, i) => v * a + under[i] * (1 - a));
  const behind = e => e
    ? over(rgba(getComputedStyle(e).backgroundColor), behind(e.parentElement)) : [255, 255, 255];
  const light = colour => colour.map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], .05);
  return elements
    .filter(e => e.tagName !== "use"
      || document.querySelector(e.getAttribute("href")).hasAttribute("transform"))
    .map(e => {
      const style = getComputedStyle(e), back = behind(e), paper = light(back);
      const text = light(over(rgba(e.tagName === "use" ? style.fill : style.color), back));
      return [Math.max(text, paper) / Math.min(text, paper), paper < .2];
    });
}"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a workspace as `insights init` makes it, with a small lake."""
    root = tmp_path_factory.mktemp("lab")
    workspace.make(root)
    settings = root / "insights.toml"
    settings.write_text(
        settings.read_text("utf-8") + '\n[brands.shop]\ncurrency = "CNY"\n', "utf-8"
    )
    shop = Shop(root)
    rows = [
        order(f"o{n}-{step}", f"2017-{1 + n // 20 % 4 + step:02}-10 10:00:00", "20", f"c{n}")
        for n in range(240)
        for step in ((0,), (0, 1), (0,), (0, 2))[n % 4]
    ]
    rows.append(order("last", "2017-12-31 10:00:00", "10", "c0"))
    shop.load(batch("orders", *rows, file="orders.csv"))
    return shop.settings


@pytest.fixture(scope="module")
def server(place):
    """Start `insights lab` on a free port of this machine; end it by its id."""
    command = [sys.executable, "-m", "insights", "lab", "--no-browser", "--ServerApp.ip=127.0.0.1"]
    command += ["--ServerApp.port=0", f"--IdentityProvider.token={TOKEN}"]
    command += ["--allow-root"] if os.geteuid() == 0 else []
    # Nobody's own settings of JupyterLab, and none left behind.
    own = {
        f"JUPYTER{name}_DIR": str(place.root / f".jupyter{name}") for name in ("_CONFIG", "_DATA")
    }
    own["JUPYTERLAB_SETTINGS_DIR"] = own["JUPYTERLAB_WORKSPACES_DIR"] = own["JUPYTER_CONFIG_DIR"]
    said: list[str] = []
    with subprocess.Popen(
        command,
        cwd=place.root,
        env={**os.environ, **own},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        up = threading.Event()

        def read():
            for line in process.stderr:
                said.append(line)
                if re.search(r"http://127\.0\.0\.1:\d+/", line):
                    up.set()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            assert up.wait(120), "".join(said)
            yield re.search(r"http://127\.0\.0\.1:\d+", "".join(said)).group()
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
            reader.join(5)


@pytest.fixture(scope="module")
def context(chromium):
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(90 * SECOND)
        yield context
        browser.close()


@pytest.fixture
def lab(context, server):
    """Open a page of the lab and watch what it asks of other machines."""
    page = context.new_page()
    page.elsewhere = []
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((server, "ws://127.0.0.1", "data:", "blob:"))
            else page.elsewhere.append(asked.url)
        ),
    )

    def go(path):
        page.goto(f"{server}/lab/tree/{path}?token={TOKEN}&reset")
        return page

    yield go
    assert page.elsewhere == []
    page.close()


def ready(page):
    """Wait for the notebook and its kernel."""
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.locator(".jp-KernelName", has_text="Python 3").wait_for()
    page.wait_for_selector(IDLE)
    return page


def menu(page, *steps):
    page.get_by_role("menubar").get_by_text(steps[0], exact=True).click()
    for step in steps[1:]:
        page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{step}$")).first.click()


def run_all(page):
    menu(page, "Run", "Run All Cells")
    page.wait_for_timeout(SECOND)
    page.wait_for_selector(IDLE)


def everything(page):
    """Return the text of the notebook; cells out of sight are drawn as one scrolls to them."""
    notebook, found = page.locator(".jp-Notebook .jp-WindowedPanel-outer").first, []
    for step in range(40):
        notebook.evaluate("(area, y) => area.scrollTo(0, y)", step * 500)
        page.wait_for_timeout(120)
        found.append(page.locator(".jp-Notebook").first.inner_text())
        if notebook.evaluate("a => a.scrollTop + a.clientHeight >= a.scrollHeight - 5"):
            break
    return "\n".join(found)


def headline(page):
    """Return the headline of the preview of `r`."""
    cell = page.locator(".jp-CodeCell", has=page.get_by_text("ins.preview(r)")).first
    cell.scroll_into_view_if_needed()
    return cell.frame_locator("iframe[title=preview]").locator("h1, h2").first.inner_text()


def share(said):
    """Return the percentage of whoever bought again, as a headline says it."""
    return re.search(r"复购\s*([\d.]+)%", said)[1]


def outlines(text):
    """Return the outlines that our font has for the characters of a text."""
    axes = theme.new_axes()
    axes.set_axis_off()
    with theme.applied():
        axes.text(0, 0, text)
    svg = figure_svg(axes)
    assert "data-missing" not in svg
    return set(OUTLINE.findall(svg))


def test_start_here_runs_from_data_to_a_changed_preview(lab, artefacts):
    page = ready(lab("notebooks/start_here.ipynb"))
    run_all(page)
    seen = everything(page)
    assert "Error" not in seen
    tables = page.locator(".jp-CodeCell", has_text="ins.tables()").locator(f"{SHOWN} table")
    tables.scroll_into_view_if_needed()
    playwright.expect(tables).to_be_visible()
    # The orders of `place`: of four customers two come back, and the last one.
    row = tables.locator("tbody tr", has_text=re.compile(r"orders\s+361\s+2017-01-10"))
    playwright.expect(row).to_have_count(1)
    page.screenshot(path=artefacts / "lab-start-here.png")
    # A chart whose text is Chinese, drawn as an image with a title for whoever cannot see it.
    chart = page.locator(f"{SHOWN} [role=img] > svg.chart").first
    chart.scroll_into_view_if_needed()
    playwright.expect(chart).to_be_visible()
    assert chart.bounding_box()["height"] > 200
    # Both axes' names, letter by letter as our font has them.
    assert outlines("首购月份再次购买") <= set(chart.evaluate(DRAWN))
    assert chart.get_attribute("data-missing") is None
    assert re.search(r"[\u4e00-\u9fff]", chart.locator("..").get_attribute("aria-label"))
    before = headline(page)
    assert re.search(r"90\s*天", before), before
    assert share(before) == "50", before

    parameter = page.locator(".jp-CodeCell", has_text="within_days: int").first
    parameter.scroll_into_view_if_needed()
    parameter.get_by_text("90", exact=True).dblclick()
    page.keyboard.type("45")
    run_all(page)
    after = headline(page)
    assert re.search(r"45\s*天", after), after
    assert share(after) == "25", "who came back after two months is late by now"


def test_tables_and_charts_can_be_read_in_both_themes(lab, artefacts):
    page = ready(lab("notebooks/start_here.ipynb"))
    run_all(page)
    everything(page)  # What was never in sight is not drawn yet.
    chart = page.locator(f"{SHOWN} svg.chart").first
    for name in ("Dark", "Light"):  # The last is the one that the other tests find.
        menu(page, "Settings", "Theme", f"JupyterLab {name}")
        page.locator(f"body[data-jp-theme-name='JupyterLab {name}']").wait_for(state="attached")
        chart.scroll_into_view_if_needed()
        page.screenshot(path=artefacts / f"lab-{name.lower()}.png")
        for part in ("table :is(th, td)", "svg.chart use"):
            found = page.locator(f"{SHOWN} {part}").evaluate_all(CONTRAST)
            assert len(found) > 10, part
            assert {dark for _, dark in found} == {name == "Dark"}, part
            assert min(ratio for ratio, _ in found) >= 4.5, part


def test_tab_completes_the_door(lab):
    page = ready(lab("notebooks/start_here.ipynb"))
    cell = page.locator(".jp-CodeCell", has_text="import insights as ins").first
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    # The cell has run, however long that took: Tab asks the kernel what the door is.
    cell.locator(".jp-InputPrompt", has_text=re.compile(r"\d")).wait_for()
    page.wait_for_selector(IDLE)
    # A cell of its own below, as one would add it.
    cell.locator(".jp-InputPrompt").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.type("ins.")
    page.wait_for_timeout(SECOND)
    import insights  # noqa: PLC0415 - what Tab should list

    offered = page.locator(".jp-Completer-item .jp-Completer-match")
    names = set()
    for _ in range(20):  # A kernel that has not answered within a second is left out of the list.
        page.keyboard.press("Tab")
        with suppress(playwright.TimeoutError):
            offered.first.wait_for(timeout=10 * SECOND)
            names = set(offered.all_inner_texts())
        if set(insights.__all__) <= names:
            return
        page.keyboard.press("Escape")
        page.locator(".jp-CodeCell.jp-mod-active .cm-content").click()
    pytest.fail(f"Tab does not list {set(insights.__all__) - names}")


def test_the_launcher_has_a_card_to_start_and_one_for_a_new_analysis(lab, place, artefacts):
    page = ready(lab("notebooks/data_health.ipynb"))
    page.keyboard.press("Control+Shift+L")
    cards = page.locator(".jp-LauncherCard")
    # True in a workspace without the source as well, where it is a notebook and no more.
    caption = cards.filter(has_text="New analysis").get_attribute("title")
    assert caption.startswith("A notebook to begin with; in a clone of the repository also")
    cards.filter(has_text="New analysis").click()
    page.locator(".jp-Dialog input").fill("basket_size")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.locator(".lm-TabBar-tabLabel", has_text="basket_size.ipynb").wait_for()
    made = place.notebooks / "research" / "basket_size.ipynb"
    assert "ins.open_lake()" in made.read_text("utf-8")
    page.keyboard.press("Control+Shift+L")
    page.screenshot(path=artefacts / "lab-launcher.png")
    cards.filter(has_text="Start here").last.click()
    page.locator(".lm-TabBar-tabLabel", has_text="start_here.ipynb").wait_for()
    page.keyboard.press("Control+Shift+L")
    cards.filter(has_text="New analysis").last.click()
    page.locator(".jp-Dialog input").fill("basket_size")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.locator(".jp-Dialog", has_text="already").wait_for()


def test_a_job_becomes_a_report_on_the_index(lab, place, artefacts):
    page = ready(lab("notebooks/data_health.ipynb"))
    page.locator("[data-jp-item-name=create-job]").first.click()
    page.locator("input[name=jobName]").wait_for()
    page.get_by_role("button", name="Add new parameter").click()
    page.locator("input[name='parameter-0-name']").press_sequentially("lang")
    page.locator("input[name='parameter-0-value']").press_sequentially("en")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Create", exact=True).click()
    for _ in range(60):
        page.wait_for_timeout(3 * SECOND)
        page.get_by_role("button", name="Reload").click()
        if page.get_by_text("Completed").count() or page.get_by_text("Failed").count():
            break
    page.screenshot(path=artefacts / "lab-jobs.png")
    assert page.get_by_text("Completed").count() == 1
    index = (place.reports / "index.html").read_text("utf-8")
    assert "latest/shop/data_health/lang%3Den.html" in index
    assert (place.reports / "latest/shop/data_health/lang=en.html").is_file()
