"""Commands for whoever begins: a workspace, a new analysis, a free notebook made a report."""

from pathlib import Path
from typing import Annotated

import typer

from insights.cli.saying import JsonOption, out, path_said, say_json
from insights.settings import Settings

app = typer.Typer()
new = typer.Typer(help="Begin something new.", no_args_is_help=True)
app.add_typer(new, name="new")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New or empty.")],
    as_json: JsonOption = False,
) -> None:
    """Make a workspace: settings, the notebooks, and folders for data and reports."""
    from insights.lab import workspace  # noqa: PLC0415 - quick start

    made = workspace.make(folder)
    if as_json:
        say_json({"workspace": str(folder), "files": len(made)})
        return
    out.print(f"{len(made)} files in {path_said(folder.resolve())}. Go on:", markup=False)
    out.print(f"  cd {folder}", markup=False)
    out.print("  insights demo load demo      # a simulated brand, or: insights ingest FILE")
    out.print("  insights lab                 # JupyterLab on notebooks/start_here.ipynb")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    notebook: Annotated[
        str, typer.Option(help="In notebooks/; what else is given goes to JupyterLab.")
    ] = "start_here.ipynb",
) -> None:
    """Open JupyterLab at home: the notebook, the launcher's cards, and jobs that are reports."""
    from insights.lab import server  # noqa: PLC0415 - quick start

    server.start(Settings.load(), notebook, context.args)


@app.command()
def promote(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="In notebooks/research/.")],
    as_json: JsonOption = False,
) -> None:
    """Make a free notebook a report: say what it lacks, or move it and show its catalog entry."""
    from insights.lab import promoting  # noqa: PLC0415 - quick start

    moved = promoting.promote(Settings.load(), notebook)
    if as_json:
        say_json({"notebook": path_said(moved), "catalog_entry": promoting.entry(moved)})
        return
    out.print(f"{path_said(moved)} is a report once notebooks/catalog.toml has:", markup=False)
    out.print(promoting.entry(moved), markup=False)


@new.callback()
def _new() -> None:
    """Keep `analysis` a command of its own, though it is the only one yet."""


@new.command()
def analysis(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and '_'.")],
    as_json: JsonOption = False,
) -> None:
    """Write notebook, module, catalog entry and test of a small analysis that works, to change."""
    from insights.lab import skeleton  # noqa: PLC0415 - quick start

    made = skeleton.make(Settings.load(), name)
    if as_json:
        say_json({"files": [path_said(path) for path in made]})
        return
    for path in made:
        out.print(f"  {path_said(path)}", markup=False)
    out.print(f"Go on: make docs test ARGS=tests/analyses/test_{name}.py, then insights run {name}")
