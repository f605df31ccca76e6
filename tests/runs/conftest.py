"""A small workspace: one brand, a lake that is only its `current.json`, and tiny notebooks."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from insights.settings import Settings
from insights.store.loads import Current, TableFiles, lake_folder, publish

PARAMETERS = """\
as_of: str = "2017-12-31"  # last day of complete data, YYYY-MM-DD
lang: str = "zh-CN"  # language of the page
min_customers: int = 30  # leave out cohorts smaller than this
share: float = 0.5  # share of customers kept
live: bool = False  # only customers won in a live room
channel: str = "store"  # where they bought
"""
ANSWER = """\
from IPython.display import display
display({"application/vnd.insights+json": {
    "schema_version": 1, "kind": "answer", "name": "answer", "lang": lang, "currency": "USD",
    "title": "Half of them came back.",
    "claims": [{"key": "back", "text": "Half of them came back.", "facts": {}, "holds": []}],
    "tiles": [], "caveats": [], "facts": {"x.back": 0.5},
}, "text/plain": "answer"}, raw=True)
"""

Writer = Callable[..., Settings]


def cell(source: str, *tags: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"c{abs(hash(source)) % 10**8}",
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "source": source,
    }


def notebook(*sources: str, parameters: str = PARAMETERS) -> str:
    words = {"cell_type": "markdown", "id": "question", "metadata": {}, "source": "# Back?"}
    answer = {"cell_type": "markdown", "id": "answer", "metadata": {}, "source": "## Answer"}
    cells = [words, cell(parameters, "parameters"), answer, *(cell(source) for source in sources)]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {
            "cells": cells,
            "metadata": {"kernelspec": kernelspec},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Write a workspace with a notebook for each name given; returns its settings."""

    def writer(folder: Path = tmp_path, /, **notebooks: str) -> Settings:
        return workspace(folder, **notebooks)

    return writer


def workspace(folder: Path, **notebooks: str) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "insights.toml").write_text(
        'default_brand = "shop"\nlang = "en"\n[brands.shop]\ntitle = "The Shop"\ncurrency = "USD"\n'
    )
    (folder / "notebooks").mkdir(exist_ok=True)
    entries = [
        f'[reports.{name}]\ntitle = "{name}?"\nquestion = "{name}?"\nreaders = ["me"]\nmain = true'
        for name in notebooks
    ]
    (folder / "notebooks" / "catalog.toml").write_text("\n".join(entries))
    for name, text in notebooks.items():
        (folder / "notebooks" / f"{name}.ipynb").write_text(text)
    settings = Settings.load(folder)
    load(settings)
    return settings


def load(
    settings: Settings,
    load_id: str = "L1",
    last: date = date(2017, 12, 31),
    loaded_at: datetime | None = None,
) -> None:
    lake = lake_folder(settings, settings.brand())
    lake.mkdir(parents=True, exist_ok=True)
    orders = TableFiles(version=3, rows=12, files=(), last_at=datetime(2017, 12, 31, 20))
    publish(
        lake,
        Current(
            load_id=load_id,
            # 04:00 of the next day in Shanghai.
            loaded_at=loaded_at or datetime.combine(last, time(20), UTC),
            tables={"orders": orders},
            first_day=date(2017, 1, 1),
            last_day=last,
        ),
    )
