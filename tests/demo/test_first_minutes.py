"""The first five minutes: one export of one shop, loaded and reported on by two commands."""

import re
import shutil
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from insights.cli import app

# An export, whether it names buyers, and what the page says would tell more.
EXPORTS = {
    "youzan": ("youzan/youzan.trades*2025-10_2025-12.jsonl", True, "unionid 或手机号"),
    "tmall": ("tmall/ExportOrderList*2025-10_2025-12.csv", True, "宝贝报表（ExportItemList）"),
    "douyin": ("douyin/抖店订单*2025-10_2025-12.csv", False, "抖店订单接口"),
}


@pytest.fixture(scope="module")
def exports(root, tmp_path_factory):
    """What the systems of a simulated brand give."""
    folder = tmp_path_factory.mktemp("brand")
    (folder / "insights.toml").write_text("[brands.demo]\nsimulated = true\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSIGHTS_WORKSPACE", str(folder))
        done = CliRunner().invoke(app, ["demo", "brand", "--customers", "15000"])
        assert done.exit_code == 0, done.output
    return folder / "data" / "demo" / "exports"


def words(page: Path) -> str:
    """What a reader sees of a page."""
    text = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", page.read_text("utf-8"))
    return unescape(re.sub(r"<[^>]+>", "", text))


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPORTS)
def test_one_export_gives_a_page_that_says_what_would_tell_more(
    name, exports, root, tmp_path, monkeypatch
):
    pattern, names_buyers, telling = EXPORTS[name]
    (file,) = exports.glob(pattern)
    shutil.copy(root / "insights.toml", tmp_path)
    (tmp_path / "notebooks").symlink_to(root / "notebooks")
    monkeypatch.setenv("INSIGHTS_WORKSPACE", str(tmp_path))
    for step in (["ingest", str(file)], ["run", "cohort_analysis"]):
        done = CliRunner().invoke(app, step)
        assert done.exit_code == 0, done.output
    (page,) = (tmp_path / "reports" / "my_brand").rglob("index.html")
    said = words(page)
    assert ("没有一笔订单能关联到客户" in said) is not names_buyers
    assert "现有数据还回答不了的问题" in said
    assert "batch/get_by_user" in said
    assert telling in said
    assert "会员表" in said
