"""A real Chromium for the tests of this folder; they are skipped, with the reason, without one."""

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from insights.reporting.exporter import AnalystExporter, ManagerExporter
from insights.reporting.index import Entry, render_index

HERE = Path(__file__).parent
ARTEFACTS = HERE.parent / "artefacts"  # Screenshots, for a human; git does not keep them.


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"browser_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """The module that builds an executed notebook."""
    return _module(HERE.parent / "reporting" / "sample.py")


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs Chromium (apt-get install chromium): none is on the path")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[object]:
    chromedriver = shutil.which("chromedriver")
    if chromedriver is None:
        pytest.skip("needs chromedriver (apt-get install chromium-driver): none is on the path")
    with _module(HERE / "driver.py").Browser(chromium, chromedriver) as started:
        # No page may need the network, so there is none.
        started.cdp("Network.enable")
        started.cdp(
            "Network.emulateNetworkConditions",
            offline=True,
            latency=0,
            downloadThroughput=0,
            uploadThroughput=0,
        )
        yield started


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    core = pytest.importorskip("axe_core_python", reason="needs axe-core-python (dev group)")
    return (Path(core.__path__[0]) / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def artefacts() -> Path:
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS


def entries() -> list[Entry]:
    shared = {"brand": "aurora", "brand_title": "Aurora 极光", "period": "2026-06-30"}
    return [
        Entry(
            **shared,
            report="cohort_analysis",
            title="新客会再次购买吗？",
            question="每月首次购买的客户中，有多少会再次购买？",
            headline="3月新客18.4%在90天内复购",
            parameters={"min_customers": 30},
            published_at="2026-07-01T02:20:00+00:00",
            href="aurora/cohort_analysis/2026-06-30/default/index.html",
            analyst_href="aurora/cohort_analysis/2026-06-30/default/analyst.html",
            load_id="20260701T021500",
            run_id="r2",
            lang="zh-CN",
        ),
        Entry(
            **shared,
            report="churn_prediction",
            title="哪些客户可能流失？",
            question="哪些客户未来28天很可能不再购买？",
            status="failed",
            error_summary="The check 'sum' failed: totals differ.",
            published_at="2026-07-01T02:25:00+00:00",
            failure_href="aurora/churn_prediction/2026-06-30/default/failure.html",
            run_id="r3",
            lang="zh-CN",
        ),
        Entry(
            **shared,
            report="cohort_analysis",
            title="Do new customers come back?",
            question="Of the customers who first bought in a month, how many buy again?",
            headline="18.4% of the new customers of March bought again within 90 days",
            parameters={"lang": "en"},
            published_at="2026-07-01T02:30:00+00:00",
            href="aurora/cohort_analysis/2026-06-30/lang=en/index.html",
            run_id="r4",
            lang="en",
        ),
    ]


@pytest.fixture(scope="session")
def pages(sample: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every kind of page, as a file."""
    folder = tmp_path_factory.mktemp("pages")
    made = {}
    for lang in ("zh-CN", "en"):
        notebook = sample.notebook(lang)
        for name, exporter in (("manager", ManagerExporter), ("analyst", AnalystExporter)):
            made[f"{name}-{lang}"] = exporter().from_notebook_node(notebook)[0]
        made[f"index-{lang}"] = render_index(entries(), lang)
    files = {name: folder / f"{name}.html" for name in made}
    for name, html in made.items():
        files[name].write_text(html, "utf-8")
    return files
