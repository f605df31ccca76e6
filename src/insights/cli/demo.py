"""Commands about simulated brands: make one whose truth is known."""

import re
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.markup import escape

from insights.cli.intake import waiting
from insights.cli.saying import FAILED, JsonOption, err, out, path_said, say_json, table
from insights.settings import Settings

if TYPE_CHECKING:
    from insights.demo.making import Tell
    from insights.demo.plan import Plan
    from insights.intake.outcome import IngestReport

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
    as_json: JsonOption = False,
) -> None:
    """Simulate a brand: exports as its systems would write them, and the truth beside them."""
    from insights.demo.making import make_exports  # noqa: PLC0415 - quick start
    from insights.demo.plan import occupied, plan  # noqa: PLC0415
    from insights.demo.world import Spec  # noqa: PLC0415

    settings = Settings.load()
    chosen = settings.brand(name)
    spec = Spec(customers=customers, months=months, seed=seed, world=world)
    full = occupied(settings, chosen)
    asked = full is not None and not force and sys.stdin.isatty()
    # Nobody is asked about a brand that cannot be made.
    planned = plan(settings, chosen, spec, direct=direct, force=force or asked)
    if asked and full is not None:
        typer.confirm(
            f"{path_said(full)} is not empty. Put the new brand in its place? What was loaded "
            "from the old one goes with it.",
            abort=True,
            err=True,
        )
    with err.status(f"Simulating {escape(name)}") as status:

        def tell(what: str) -> None:
            status.update(f"Simulating {escape(name)}: {escape(what)}")

        if direct:
            report = _direct(settings, chosen.name, planned, tell)
        else:
            made = make_exports(planned, tell)
    if as_json:
        told = {"files": made.files, "bytes": made.bytes} if not direct else asdict(report)
        say_json({"brand": name, "exports": path_said(planned.exports), **told})
        return
    if direct:
        rows = [[t.table, t.rows_in, t.kept, t.merged, t.quarantined] for t in report.tables]
        out.print(table(["table", "rows in", "kept", "merged", "quarantined"], rows))
        out.print(f"Load {report.load_id}, {report.seconds:.1f} s", markup=False)
        out.print(f"Next: insights run --brand {name}", markup=False)
        return
    where = path_said(planned.exports)
    out.print(f"{made.files} files, {made.bytes / 1e6:.0f} MB, in {where}", markup=False)
    out.print(f"Next: insights demo load {name}", markup=False)


@app.command()
def load(
    name: Annotated[str, typer.Argument(help="A brand declared with `simulated = true`.")] = "demo",
    as_json: JsonOption = False,
) -> None:
    """Load a simulated brand, and make its exports first where there are none; else do nothing."""
    from insights.demo.making import make_exports  # noqa: PLC0415 - quick start
    from insights.demo.plan import check_simulated, exports_of, occupied, plan  # noqa: PLC0415
    from insights.demo.world import Spec  # noqa: PLC0415
    from insights.intake import FilesSource, ingest, warehouse  # noqa: PLC0415

    settings = Settings.load()
    chosen = settings.brand(name)
    check_simulated(chosen)
    exports = exports_of(settings, chosen)
    if occupied(settings, chosen) is None:
        planned = plan(settings, chosen, Spec(), direct=False, force=False)
        err.print(f"{name}: simulating a brand, because there is none yet", markup=False)
        make_exports(planned, lambda what: None)
    elif not exports.is_dir():
        said = "its lake was written straight"
        if as_json:
            say_json({"brand": name, "skipped": said, "loads": []})
        else:
            out.print(f"{name}: skipped, {said}", markup=False)
        return
    with waiting(f"Loading into {name}", quiet=as_json or not err.is_terminal) as tell:
        report = ingest(settings, chosen, FilesSource([exports], settings, chosen), progress=tell)
        offers = [  # A small world may have nothing of a kind.
            warehouse.offered(path.stem, path, allow_empty=True)
            for path in sorted(exports.with_name("warehouse").glob("*.parquet"))
        ]
        tables = [warehouse.load(one, settings, chosen, progress=tell) for one in offers]
    if as_json:
        say_json({"brand": name, "skipped": "", "loads": [asdict(r) for r in (report, *tables)]})
    else:
        _say(name, report)
    for loaded in () if as_json else tables:
        rows = sum(one.kept for one in loaded.tables)
        said = "skipped, in the lake already" if loaded.skipped else f"loaded, {rows:,} rows"
        out.print(f"{name}: a table of the warehouse {said}", markup=False)
    if any(file.reason != "unknown" for file in report.refused_files):
        raise typer.Exit(FAILED)


def _say(name: str, report: "IngestReport") -> None:
    """Sum the files up: nobody has to mend an export that a simulation wrote."""
    if report.files:
        rows = sum(table.kept for table in report.tables)
        said = f"{len(report.files)} files loaded, {rows:,} rows, {report.seconds:.1f} s"
        out.print(f"{name}: {said}", markup=False)
    if report.skipped_files:
        out.print(
            f"{name}: {len(report.skipped_files)} files skipped, in the lake already", markup=False
        )
    unread = [file.file for file in report.refused_files if file.reason == "unknown"]
    if unread:
        systems = "、".join(sorted({re.sub(r"_\d{4}-.*|\..*", "", file) for file in unread}))
        out.print(
            f"{name}: {len(unread)} files left out, which no source reads yet ({systems})",
            markup=False,
        )
    for refused in report.refused_files:
        if refused.reason != "unknown":
            err.print(f"{refused.file}: left out. {refused.message}", markup=False)
    for notice in report.notices:
        err.print(notice, markup=False)


def _direct(settings: Settings, name: str, planned: "Plan", tell: "Tell") -> "IngestReport":
    from insights.demo.direct import DirectSource  # noqa: PLC0415 - quick start
    from insights.demo.making import TruthFolder, clear  # noqa: PLC0415
    from insights.demo.world import World  # noqa: PLC0415
    from insights.intake import ingest  # noqa: PLC0415

    clear(planned)
    world = World(planned.spec)
    with TruthFolder(world, planned.truth) as truth:
        return ingest(
            settings,
            settings.brand(name),
            cast("Any", DirectSource(world, watch=truth.add)),
            force=True,
            progress=lambda what, done, steps: tell(f"{what} ({done}/{steps})"),
        )
