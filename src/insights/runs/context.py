"""What a kernel is told of its run: brand, language, and the load it shall read."""

import json
from collections.abc import Mapping
from pathlib import Path

from insights.runs import disk
from insights.runs.spec import RunSpec
from insights.settings import Settings
from insights.store.loads import Current, lake_folder, read_current, read_load

FILE_NAME = "context.json"


def write(
    folder: Path,
    settings: Settings,
    spec: RunSpec,
    *,
    run_id: str,
    load_id: str,
    newer: Mapping[str, str] | None = None,
) -> None:
    """Write the context of a kernel that works in `folder`; `newer` as in `open_lake`."""
    context = {
        "brand": spec.brand.name,
        "lang": spec.lang,
        "load_id": load_id,
        "newer": dict(newer or {}),
        "run_id": run_id,
        "workspace": str(settings.root),
    }
    disk.write_whole(folder / FILE_NAME, json.dumps(context, ensure_ascii=False, indent=1))


def load_of(settings: Settings, spec: RunSpec, load_id: str) -> Current | None:
    """Return a load by its id: one that became visible meanwhile is not what a run reads."""
    home = lake_folder(settings, spec.brand)
    newest = read_current(home)
    return newest if newest and newest.load_id == load_id else read_load(home, load_id)
