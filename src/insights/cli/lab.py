"""Commands for whoever begins: a workspace, a new analysis, a free notebook made a report."""

from pathlib import Path
from typing import Annotated

import typer

from insights.cli.saying import out, path_said
from insights.settings import Settings

app = typer.Typer()
new = typer.Typer(help="Begin something new.", no_args_is_help=True)
app.add_typer(new, name="new")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New or empty.")],
) -> None:
    """Make a workspace: settings, the notebooks, and folders for data and reports."""
    from insights.lab import workspace  # noqa: PLC0415 - quick start

    made = workspace.make(folder)
    out.print(f"{len(made)} files in {path_said(folder.resolve())}. Go on:", markup=False)
    out.print(f"  cd {folder}", markup=False)
    out.print("  insights demo load demo      # a simulated brand, or: insights ingest FILE")
    out.print("  jupyter lab notebooks/start_here.ipynb")


@app.command()
def promote(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="In notebooks/research/.")],
) -> None:
    """Make a free notebook a report: say what it lacks, or move it and show its catalog entry."""
    from insights.lab import promoting  # noqa: PLC0415 - quick start

    moved = promoting.promote(Settings.load(), notebook)
    out.print(f"{path_said(moved)} is a report once notebooks/catalog.toml has:", markup=False)
    out.print(promoting.entry(moved), markup=False)


@new.callback()
def _new() -> None:
    """Keep `analysis` a command of its own, though it is the only one yet."""


@new.command()
def analysis(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and '_'.")],
) -> None:
    """Write notebook, module, catalog entry and test of a small analysis that works, to change."""
    from insights.lab import skeleton  # noqa: PLC0415 - quick start

    for path in skeleton.make(Settings.load(), name):
        out.print(f"  {path_said(path)}", markup=False)
    out.print(f"Go on: make docs test ARGS=tests/analyses/test_{name}.py, then insights run {name}")
