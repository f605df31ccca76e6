"""Every report comes out the same whether its kernel was forked or started plain.

Charts are counted, because one that vanishes leaves no error behind.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from insights.cli import app
from insights.results.bundle import MIME
from insights.runs import forked, load_catalog, plan, run_report
from insights.settings import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only"),
]

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
REPORTS = tuple(tomllib.loads((NOTEBOOKS / "catalog.toml").read_text("utf-8"))["reports"])
# What differs between any two runs of a report: its id and when it was made.
OWN = re.compile(r"\d{8}T\d{9}-\w+-[0-9a-f]{6}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d[.\d]*)?")
# Names within a drawing are made anew each time.
NAMES = re.compile(r'(?<=id=")[^"]*|(?<=#)[\w.-]+')


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A brand large enough that no report says that there is too little."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "insights.toml").write_text("[brands.demo]\nsimulated = true\n", "utf-8")
    (folder / "notebooks").symlink_to(NOTEBOOKS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSIGHTS_WORKSPACE", str(folder))
        size = ["--customers", "6000", "--months", "14"]
        for step in (["demo", "brand", *size], ["demo", "load"]):
            done = CliRunner().invoke(app, step)
            assert done.exit_code == 0, done.output
    return Settings.load(folder)


def made(settings, report: str) -> tuple[list[dict], dict[str, str]]:
    """Make a report; return what its cells handed back, and its pages by name."""
    spec = plan(settings, load_catalog(settings), report, brand="demo")
    record = run_report(settings, spec, force=True)
    assert record.status == "published", record.error
    home = settings.reports / record.home
    pages = {name: (home / name).read_text("utf-8") for name in ("index.html", "analyst.html")}
    executed = settings.reports / "runs" / record.run_id / "executed.ipynb"
    cells = json.loads(executed.read_text("utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return [o["data"][MIME] for o in outputs if MIME in o.get("data", {})], pages


def told(bundles: list[dict]) -> list[str]:
    """What the cells say, without drawings.

    Two threads of the query engine add in any order, so the last digits of a sum are nobody's.
    """
    texts = (json.dumps(_plain(one), sort_keys=True, ensure_ascii=False) for one in bundles)
    return [OWN.sub("", str(json.loads(text, parse_float=_nine_digits))) for text in texts]


def _plain(bundle: dict) -> dict:
    """Leave the drawing out, and read a file of JSON, so that its numbers are compared as such."""
    rest = {key: value for key, value in bundle.items() if key != "svg"}
    if rest.get("file"):
        rest["file"] = rest["file"] | {"text": json.loads(rest["file"]["text"])}
    return rest


def _nine_digits(number: str) -> str:
    return f"{float(number):.9g}"


def drawn(bundles: list[dict]) -> list[str]:
    """The drawings, without the names within them."""
    return [NAMES.sub("", OWN.sub("", bundle["svg"])) for bundle in bundles if bundle.get("svg")]


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_the_same_from_a_forked_and_from_a_plain_kernel(settings, monkeypatch, report):
    one, one_pages = made(settings, report)
    assert forked.fork_server() is not None  # Else it was no forked kernel.
    monkeypatch.setenv("INSIGHTS_KERNELS", "plain")
    other, other_pages = made(settings, report)
    assert told(one) == told(other)
    assert len(drawn(one)) == len(drawn(other))
    assert drawn(one) == drawn(other)
    for name, page in one_pages.items():
        assert page.count("<svg") == other_pages[name].count("<svg")
        assert page.count("<figure") == other_pages[name].count("<figure")
    assert len(one_pages["index.html"]) == pytest.approx(len(other_pages["index.html"]), rel=0.01)
    assert any("<svg" in page for page in one_pages.values()), "no chart was drawn at all"
