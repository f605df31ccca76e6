"""A platform renames a header or adds a word: refused with the lines to add, then added, loaded."""

from dataclasses import replace

import pytest

from insights.intake import FilesSource, ingest
from insights.settings import Settings
from tests.samples.tmall.orders import SAMPLE

HEADER, RENAMED = "订单编号", "订单编号ID"
WORD = "交易已签收"


@pytest.fixture
def workspace(tmp_path):
    """A workspace whose settings can be written again, and a load of a file."""
    toml = tmp_path / "insights.toml"
    toml.write_text("[brands.shop]\n", "utf-8")

    def load(path, added=""):
        if added:
            toml.write_text(f"[brands.shop]\n{added}\n", "utf-8")
        settings = Settings.load(tmp_path)
        brand = settings.brand("shop")
        return ingest(settings, brand, FilesSource([path], settings, brand))

    return load


def lines_to_add(message):
    """The lines of TOML that a message shows."""
    return "\n".join(line.strip() for line in message.splitlines() if line.startswith("  "))


def changed(tmp_path, rows):
    path = tmp_path / "orders.csv"
    path.write_bytes(replace(SAMPLE, rows=tuple(rows)).content())
    return path


def test_a_renamed_header_is_refused_then_added_then_loaded(tmp_path, workspace):
    renamed = [{RENAMED if h == HEADER else h: v for h, v in row.items()} for row in SAMPLE.rows]
    path = changed(tmp_path, renamed)
    (refused,) = workspace(path).refused_files
    assert (refused.reason, refused.nearest) == ("unknown", "tmall.orders")
    assert lines_to_add(refused.message) == (
        f'[brands.shop.aliases."tmall.orders"]\n"{RENAMED}" = "{HEADER}"'
    )
    assert lines_to_add(refused.message_zh) == lines_to_add(refused.message)
    assert f"缺少“{HEADER}”" in refused.message_zh
    report = workspace(path, lines_to_add(refused.message))
    assert (report.refused_files, report.skipped) == ((), False)
    loaded = {one.table: one.kept for one in report.tables}
    assert loaded["orders"] == len(SAMPLE.expected["orders"])
    assert workspace(path).skipped


def test_a_new_word_is_refused_then_added_then_loaded(tmp_path, workspace):
    rows = [*SAMPLE.rows]
    rows[0] = {**rows[0], "订单状态": WORD}
    path = changed(tmp_path, rows)
    (refused,) = workspace(path).refused_files
    assert refused.reason == "unknown_word"
    added = lines_to_add(refused.message)
    assert added == f'[brands.shop.words."tmall.orders"."订单状态"]\n"{WORD}" = "?"'
    assert lines_to_add(refused.message_zh) == added
    assert f"不认得的词：'{WORD}'（1 行）" in refused.message_zh
    report = workspace(path, added.replace("?", "done"))
    assert (report.refused_files, report.skipped) == ((), False)


def test_a_file_that_was_loaded_is_read_anew_once_a_header_was_added(tmp_path, workspace):
    renamed = [
        {"实际退款金额" if h == "退款金额" else h: v for h, v in row.items()} for row in SAMPLE.rows
    ]
    path = changed(tmp_path, renamed)
    (account,) = workspace(path).files
    assert "实际退款金额" in account.unknown_headers
    report = workspace(path, '[brands.shop.aliases."tmall.orders"]\n"实际退款金额" = "退款金额"')
    (account,) = report.files
    assert "实际退款金额" not in account.unknown_headers
