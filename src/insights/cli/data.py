"""Commands about data: load exports, and see what the lake holds."""

from contextlib import nullcontext
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from insights.cli.saying import BrandOption, JsonOption, err, out, say_json, table
from insights.settings import Settings

app = typer.Typer()


@app.command()
def ingest(
    source: Annotated[str, typer.Argument(help="A source, for example completejourney.")],
    brand: BrandOption = None,
    force: Annotated[bool, typer.Option(help="Load what was loaded before.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Load what a source offers into the brand's lake: all of it, or nothing."""
    from insights.intake import ingest as load  # noqa: PLC0415 - quick start

    settings = Settings.load()
    shown = nullcontext() if as_json else err.status(f"Loading {escape(source)}")
    with shown as status:

        def tell(what: str, done: int, steps: int) -> None:
            if status is not None:
                status.update(f"Loading {escape(source)}: {escape(what)} ({done}/{steps})")

        report = load(settings, settings.brand(brand), source, force=force, progress=tell)
    if as_json:
        say_json(asdict(report))
    elif report.skipped:
        out.print(f"Skipped: {report.reason}", markup=False)
    else:
        out.print(
            table(
                ["table", "rows in", "kept", "merged", "quarantined"],
                [[t.table, t.rows_in, t.kept, t.merged, t.quarantined] for t in report.tables],
            )
        )
        out.print(f"Load {report.load_id}, {report.seconds:.1f} s", markup=False)


@app.command()
def tables(brand: BrandOption = None) -> None:
    """List the tables of a brand's lake: rows, and the range of their days."""
    from insights.errors import EmptyLake  # noqa: PLC0415 - quick start
    from insights.store.loads import lake_folder, read_current  # noqa: PLC0415

    settings = Settings.load()
    workspace = settings.brand(brand)
    lake = read_current(lake_folder(settings, workspace))
    if lake is None:
        raise EmptyLake(
            f"The brand '{workspace.name}' has no data yet. Load an export first: "
            f"insights ingest <source> --brand {workspace.name}"
        )
    days = [
        [name, f"{t.rows:,}", str(t.first_at or "")[:10], str(t.last_at or "")[:10]]
        for name, t in sorted(lake.tables.items())
    ]
    out.print(table(["table", "rows", "first day", "last day"], days))
    out.print(f"Load {lake.load_id} of brand {workspace.name}", markup=False)
