"""Each report is made of the brand in both languages, and says that it is simulated."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from insights.cli import app

BANNER = {"zh-CN": "模拟数据", "en": "Simulated data"}
CATALOG = Path(__file__).parents[2] / "notebooks" / "catalog.toml"
REPORTS = list(tomllib.loads(CATALOG.read_text("utf-8"))["reports"])


@pytest.fixture(scope="module")
def made(root, tmp_path_factory):
    """Reports of a brand large enough that none of them says that there is too little."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "insights.toml").write_text("[brands.demo]\nsimulated = true\n", "utf-8")
    (folder / "notebooks").symlink_to(root / "notebooks")
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


@pytest.mark.slow
@pytest.mark.parametrize("lang", BANNER)
@pytest.mark.parametrize("report", REPORTS)
def test_every_page_is_there_and_says_that_it_is_simulated(made, report, lang):
    home = (
        made / "demo" / report / "2026-06-30" / ("default" if lang == "zh-CN" else f"lang={lang}")
    )
    for page in ("index.html", "analyst.html"):
        text = (home / page).read_text("utf-8")
        assert BANNER[lang] in text, page
        assert 'class="banner"' in text


@pytest.mark.slow
def test_the_index_calls_the_brand_simulated(made):
    assert "demo（模拟）" in (made / "index.html").read_text("utf-8")
