"""What a notebook talks to: the brand, the load and the language of this run.

The runner says so in a small JSON file named by $INSIGHTS_RUN; in JupyterLab, where there is none,
the workspace's default brand and the current load are used.
"""

import json
import os
from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from insights.settings import Lang, Settings
from insights.store.lake import Lake, open_lake
from insights.wording import speak

RUN_VARIABLE = "INSIGHTS_RUN"


class RunContext(BaseModel):
    """What the runner tells a kernel; all of it empty outside a run."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    brand: str | None = None
    lang: Lang | None = None
    load_id: str | None = None
    run_id: str | None = None
    workspace: str | None = None


def run_context() -> RunContext:
    """Return the context of the run that this process belongs to."""
    path = os.environ.get(RUN_VARIABLE)
    if not path:
        return RunContext()
    return RunContext.model_validate(json.loads(Path(path).read_text("utf-8")))


def open_here(
    brand: str | None = None, *, as_of: date | str | None = None, lang: Lang | None = None
) -> Lake:
    """Open the lake of this run or workspace, and speak its language from here on."""
    run = run_context()
    settings = Settings.load(run.workspace)
    lake = open_lake(settings, brand or run.brand, as_of=as_of, load_id=run.load_id)
    speak(lang or run.lang or settings.lang_of(lake.brand), lake.brand.currency)
    return lake


@lru_cache(maxsize=4)
def shared(brand: str | None, as_of: date | str | None) -> Lake:
    """Open a lake once for the one-line questions of the door."""
    return open_here(brand, as_of=as_of)
