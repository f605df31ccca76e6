"""A till's export and its adapter, both small, to be changed by each test."""

import csv
from pathlib import Path

import pytest

from insights import sources
from insights.intake import FilesSource, IngestReport, ingest
from insights.sources.declared import read
from insights.store.lake import Lake, open_lake
from tests.samples.sample import Row
from tests.sources import checks

HEADERS = ("单号", "行号", "时间", "状态", "实收", "小计", "退款")
TILL = """
[source]
name = "till"
kind = "sales"
label = "收银"
label_en = "Till"
grain = "line"
where = "收银台"
where_en = "the till"

[detect]
require = ["单号", "小计"]

[columns]
id = ["单号", "行号"]
yuan = ["实收", "小计", "退款"]
time = ["时间"]

[words."状态"]
"完成" = "done"

[orders]
order_id = "till:{单号}"
channel = { value = "store" }
shop_id = { value = "S1" }
created_at = { least = "时间" }
paid_at = { least = "时间" }
status = { rollup = "状态" }
goods_amount = { sum = "小计" }
paid_amount = { once = "实收" }

[order_lines]
line_id = "till:{单号}:{#}"
status = "状态"
quantity = { value = 1 }
paid_amount = { share_of = "实收", by = "小计" }

[refunds]
where = '"退款" > 0'
refund_id = "till:{单号}:{#}:back"
refunded_at = "时间"
amount = "退款"
is_estimated = { value = false }
"""


def line(number: str, at: str = "2026-06-01 10:00:00", **more: str) -> dict[str, str]:
    return {"单号": number, "时间": at, "状态": "完成", "实收": "90", "小计": "60"} | more


class Till:
    """A workspace in which the till's adapter, and those beside it, are all there are."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = checks.workspace(folder)
        self.brand = self.settings.brand()
        self.folder = folder
        self._patch = monkeypatch
        self.declares(TILL)

    def declares(self, *texts: str) -> None:
        """Let adapters be these."""
        found = tuple(read(f"{number}.toml", text) for number, text in enumerate(texts))
        self._patch.setattr(sources, "adapters", lambda: found)

    def write(self, name: str, *rows: Row, headers: tuple[str, ...] = HEADERS) -> Path:
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as out:
            written = csv.DictWriter(out, headers, restval="")
            written.writeheader()
            written.writerows(rows)
        return path

    def source(self, *paths: Path, **scope: str) -> FilesSource:
        return FilesSource(paths, self.settings, self.brand, scope)

    def load(self, *paths: Path, force: bool = False, **scope: str) -> IngestReport:
        return ingest(self.settings, self.brand, self.source(*paths, **scope), force=force)

    @property
    def lake(self) -> Lake:
        return open_lake(self.settings, self.brand.name)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.lake.sql(sql).itertuples(index=False)]


@pytest.fixture
def till(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Till:
    return Till(tmp_path, monkeypatch)
