"""Commands about simulated brands: make one whose truth is known."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.markup import escape

from insights.cli.saying import err, out, path_said, table
from insights.settings import Settings

if TYPE_CHECKING:
    from insights.demo.making import Tell
    from insights.demo.plan import Plan

app = typer.Typer(help="Simulated brands, whose truth is known.", no_args_is_help=True)


@app.callback()
def _demo() -> None:
    """Make brands whose truth is known."""


@app.command()
def brand(  # noqa: PLR0917 - typer's options
    name: Annotated[str, typer.Argument(help="A brand declared with `simulated = true`.")] = "demo",
    customers: Annotated[int, typer.Option(help="People in the world.")] = 30_000,
    months: Annotated[int, typer.Option(help="Calendar months up to June 2026.")] = 18,
    seed: Annotated[int, typer.Option(help="Same seed, same brand.")] = 1,
    world: Annotated[
        str, typer.Option(help="What is planted: default, or null for nothing.")
    ] = "default",
    direct: Annotated[
        bool, typer.Option("--direct", help="Write the lake straight, without exports.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:
    """Simulate a brand: exports as its systems would write them, and the truth beside them."""
    from insights.demo.making import make_exports  # noqa: PLC0415 - quick start
    from insights.demo.plan import occupied, plan  # noqa: PLC0415
    from insights.demo.world import Spec  # noqa: PLC0415

    settings = Settings.load()
    chosen = settings.brand(name)
    spec = Spec(customers=customers, months=months, seed=seed, world=world)
    full = occupied(settings, chosen, direct=direct)
    if full and chosen.simulated and not force and sys.stdin.isatty():
        force = typer.confirm(f"{path_said(full)} is not empty. Put the new brand in its place?")
    planned = plan(settings, chosen, spec, direct=direct, force=force)
    with err.status(f"Simulating {escape(name)}") as status:

        def tell(what: str) -> None:
            status.update(f"Simulating {escape(name)}: {escape(what)}")

        if direct:
            _direct(settings, chosen.name, planned, tell)
        else:
            made = make_exports(planned, tell)
    if direct:
        out.print(f"Next: insights run --brand {name}", markup=False)
        return
    where = path_said(planned.exports)
    out.print(f"{made.files} files, {made.bytes / 1e6:.0f} MB, in {where}", markup=False)
    out.print(f"Next: insights ingest {where} --brand {name}", markup=False)


def _direct(settings: Settings, name: str, planned: "Plan", tell: "Tell") -> None:
    from insights.demo.direct import DirectSource  # noqa: PLC0415 - quick start
    from insights.demo.making import TruthFolder, clear_lake  # noqa: PLC0415
    from insights.demo.world import World  # noqa: PLC0415
    from insights.intake import ingest  # noqa: PLC0415

    clear_lake(planned)
    world = World(planned.spec)
    with TruthFolder(world, planned.truth) as truth:
        report = ingest(
            settings,
            settings.brand(name),
            cast("Any", DirectSource(world, watch=truth.add)),
            force=True,
            progress=lambda what, done, steps: tell(f"{what} ({done}/{steps})"),
        )
    rows = [[t.table, t.rows_in, t.kept, t.merged, t.quarantined] for t in report.tables]
    out.print(table(["table", "rows in", "kept", "merged", "quarantined"], rows))
    out.print(f"Load {report.load_id}, {report.seconds:.1f} s", markup=False)
