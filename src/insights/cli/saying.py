"""How the command line answers: tables, JSON, and paths from where the user stands."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from insights.errors import SettingsError
from insights.settings import Lang, Settings

FAILED, REFUSED = 1, 2

# A file or a pipe has no width: a table is not folded to that of a terminal nobody sees.
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, soft_wrap=True, highlight=False)

BrandOption = Annotated[str | None, typer.Option(help="Brand of insights.toml; else the default.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with one JSON value on stdout.")]


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Return a table for the terminal; text from data is no markup."""
    shown = Table(box=None, pad_edge=False)
    cells = [[f"{v:,}" if isinstance(v, int) else str(v) for v in row] for row in rows]
    for column, head in enumerate(heads):
        # Only the last column, which may hold a sentence, gives way where the room is short.
        widest = max([len(head), *(len(row[column]) for row in cells)])
        held = widest if column < len(heads) - 1 else None
        shown.add_column(head, no_wrap=True, overflow="ellipsis", min_width=held)
    for row in cells:
        shown.add_row(*map(escape, row))
    return shown


def say_json(value: object) -> None:
    """Print one JSON value."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def lang_here() -> Lang:
    """Return the language of the default brand; without a workspace, the one of a new one."""
    try:
        settings = Settings.load()
        return settings.lang_of(settings.brand())
    except SettingsError:
        return "zh-CN"


def path_said(path: Path) -> str:
    """Name a path from where the user stands."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
