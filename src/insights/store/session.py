"""What a notebook talks to: the brand, the load and the language of this run.

The runner says so in a small JSON file named by $INSIGHTS_RUN; in JupyterLab, where there is none,
the workspace's default brand and the current load are used.
"""

import os
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from insights.errors import SettingsError
from insights.periods import parse_day
from insights.settings import Brand, Lang, Settings
from insights.store.lake import Lake, current, open_lake
from insights.store.waiting import RUN_VARIABLE
from insights.wording import speak

# Which brand's lake this process opened last, by its workspace: what `speak` is for the language.
_last_opened: dict[str, tuple[Path, str]] = {}


class RunContext(BaseModel):
    """What the runner tells a kernel; all of it empty outside a run."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    brand: str | None = None
    lang: Lang | None = None
    load_id: str | None = None
    newer: dict[str, str] = {}
    run_id: str | None = None
    workspace: str | None = None


def run_context() -> RunContext:
    """Return the context of the run that this process belongs to.

    Raises
    ------
    SettingsError
        If $INSIGHTS_RUN names no file of a run.
    """
    path = os.environ.get(RUN_VARIABLE)
    if not path:
        return RunContext()
    try:
        return RunContext.model_validate_json(Path(path).read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise SettingsError(
            f"${RUN_VARIABLE} names '{Path(path).name}', which is not the file of a run. Unset it "
            "to read the current load."
        ) from error


def open_here(
    brand: str | None = None, *, as_of: date | str | None = None, lang: Lang | None = None
) -> Lake:
    """Open the lake of this run or workspace, and speak its language from here on."""
    run = run_context()
    settings = Settings.load(run.workspace)
    lake = open_lake(
        settings,
        brand or run.brand,
        as_of=as_of,
        load_id=_load_of(run, settings, brand),
        newer=run.newer,
    )
    speak(lang or run.lang or settings.lang_of(lake.brand), lake.brand.currency)
    _know_segments()
    _last_opened["brand"] = (settings.root, lake.brand.name)
    return lake


def brand_here(settings: Settings, brand: str | None = None) -> Brand:
    """Return the brand that the door speaks of where none is named.

    It is the run's; outside a run, the one whose lake was opened last in this workspace; the
    default one before any was.
    """
    named = brand or run_context().brand
    root, opened = _last_opened.get("brand", (None, ""))
    if named is None and root == settings.root and opened in settings.brands:
        named = opened
    return settings.brand(named)


def shared(brand: str | None, as_of: date | str | None, *, needs_orders: bool = True) -> Lake:
    """Return a lake for the one-line questions of the door: one a load, brand and day.

    Outside a run each question sees the newest load; whoever wants several answers from the same
    one asks the lake itself.
    """
    run = run_context()
    settings = Settings.load(run.workspace)
    chosen = brand_here(settings, brand)
    load_id = _load_of(run, settings, chosen.name)
    if load_id is None and (found := current(settings, chosen)):
        load_id = found.load_id
    _know_segments()
    day = None if as_of is None else parse_day(as_of)
    return _opened(str(settings.root), chosen.name, day, load_id, needs_orders)


def _know_segments() -> None:
    """Let `by=` find segments by their names; imported late, for they ask here whose they are."""
    import_module("insights.store.segments")


def _load_of(run: RunContext, settings: Settings, brand: str | None) -> str | None:
    """Return the load that the run was planned for, which is one of its own brand."""
    own = settings.brand(run.brand).name
    return run.load_id if settings.brand(brand or run.brand).name == own else None


@lru_cache(maxsize=4)
def _opened(
    workspace: str, brand: str, as_of: date | None, load_id: str | None, needs_orders: bool
) -> Lake:
    return open_lake(
        Settings.load(workspace), brand, as_of=as_of, load_id=load_id, needs_orders=needs_orders
    )
