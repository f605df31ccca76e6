"""Commands of whoever keeps the suite running: one run, the machine, the timer, and old runs."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from insights.cli.saying import FAILED, JsonOption, out, path_said, say_json, table
from insights.errors import ParameterError
from insights.settings import Settings

app = typer.Typer()
schedule = typer.Typer(help="When reports are due, and the timer that asks.", no_args_is_help=True)
app.add_typer(schedule, name="schedule")


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="A run's id, its first or last letters, or 'last'.")],
    as_json: JsonOption = False,
) -> None:
    """Show a run: parameters, time by cell, tables read, traceback, and where its notebook is."""
    from insights.runs.advice import advice  # noqa: PLC0415 - quick start
    from insights.runs.inspection import inspect  # noqa: PLC0415

    settings = Settings.load()
    found = inspect(settings, run)
    record = found.record
    if as_json:
        more = {"died": found.died, "tables": found.tables, "kept": [str(p) for p in found.files]}
        say_json(record.as_json() | more)
        return
    status = "died" if found.died else record.status
    took = f" in {record.seconds:.1f} s" if record.seconds else ""
    out.print(f"{record.run_id}: {status}{took}", markup=False)
    said = {
        "report": f"{record.report} of {record.brand}, {record.period}",
        "says": record.headline,
        "doing": f"{record.doing}; last heard of {record.heartbeat_at}"
        if record.status == "running"
        else "",
        "failed": f"{record.reason} (laid to: {record.cause})" if record.error else "",
        "to do": advice(record, "en") if record.status == "failed" else "",
        "page": path_said(settings.reports / record.href) if record.files else "",
        "load": record.load_id,
        "code": record.code_hash[:12],
        "took": ", ".join(f"{name} {value:g}" for name, value in record.usage.items()),
    }
    for name, text in said.items():
        if text:
            out.print(f"  {name:<7} {text}", markup=False)
    out.print()
    out.print(table(["parameter", "value"], [[k, str(v)] for k, v in record.parameters.items()]))
    if record.cells:
        rows = [
            [c["cell"], "-" if c["seconds"] is None else f"{c['seconds']:.2f} s", _cell(c)]
            for c in record.cells
        ]
        out.print()
        out.print(table(["cell", "took", "under"], rows))
    if found.tables:
        rows = [[t["name"], t["version"], t["rows"], t["fresh_to"] or "-"] for t in found.tables]
        out.print()
        out.print(table(["table", "version", "rows", "fresh to"], rows))
    if record.error:
        out.print()
        out.print(record.error, markup=False)
    if found.files:
        out.print()
        out.print("kept: " + ", ".join(map(path_said, found.files)), markup=False)


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Look whether this machine can make reports: set-up, fonts, disk, rights, clock, lakes."""
    from insights.runs.doctor import examine  # noqa: PLC0415 - quick start

    found = examine(Settings.load())
    if as_json:
        say_json([asdict(one) for one in found])
    else:
        out.print(table(["about", "state", "found"], [[f.about, f.state, f.found] for f in found]))
        for one in found:
            if one.state != "good" and one.todo:
                out.print(f"{one.about}: {one.todo}", markup=False)
    if any(one.state == "bad" for one in found):
        raise typer.Exit(FAILED)


@app.command()
def prune(
    days: Annotated[int, typer.Option(min=0, help="Younger ones stay.")] = 35,
    keep: Annotated[int, typer.Option(min=1, help="So many of each report stay, however old.")] = 3,
    pages: Annotated[
        bool, typer.Option("--pages", help="Published pages too; else only runs' own folders.")
    ] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Say what would go; leave it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove what is kept of old runs and, with --pages, old pages. The ledger forgets nothing."""
    from insights.runs import retention  # noqa: PLC0415 - quick start
    from insights.runs.shelf import Shelf  # noqa: PLC0415

    settings = Settings.load()
    if not settings.reports.is_dir():
        raise ParameterError("Nothing was run yet, so there is nothing to remove.")
    found = retention.prune(Shelf(settings), days=days, keep=keep, pages=pages, dry=dry)
    if as_json:
        say_json(asdict(found) | {"removed": not dry})
        return
    for name in [*found.runs, *found.pages, *found.scratch] if dry else ():
        out.print(name, markup=False)
    what = "would go" if dry else "went"
    out.print(
        f"{len(found.runs)} run folders and {len(found.pages)} pages {what}: "
        f"{found.size / 1e6:.1f} MB"
    )
    if found.scratch:
        out.print(f"{len(found.scratch)} temporary folders of killed processes {what}.")


@schedule.command("show")
def show_schedule(
    count: Annotated[int, typer.Option("-n", min=1, help="How many moments ahead.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Show which reports are due when, what each looks back from, and its special days."""
    from insights.runs import load_catalog, timers  # noqa: PLC0415 - quick start

    settings = Settings.load()
    found = timers.upcoming(settings, load_catalog(settings), datetime.now(UTC), count)
    if as_json:
        say_json([asdict(one) for one in found])
        return
    if not found:
        out.print("No report of notebooks/catalog.toml has a schedule.")
        return
    rows = [
        [
            one.report,
            one.brand,
            one.owner or "-",
            one.cron,
            one.time_zone,
            str(one.as_of or "-"),
            ", ".join(f"{m:%Y-%m-%d %H:%M}" for m in one.moments) or "never within a year",
        ]
        for one in found
    ]
    out.print(table(["report", "brand", "owner", "cron", "zone", "as of", "next"], rows))
    for one in found:
        for days in one.special:
            out.print(
                f"{one.report} of {one.brand}, {days.first} to {days.last} ({days.why}): "
                f"{days.holds}",
                markup=False,
            )


@schedule.command()
def install(
    folder: Annotated[Path, typer.Option("--to", help="Folder to write the timer's files into.")],
    kind: Annotated[str, typer.Option(help="systemd or cron.")] = "systemd",
    every: Annotated[int, typer.Option(help="Minutes between two asks; divides 60.")] = 15,
    really: Annotated[
        bool, typer.Option("--install", help="Set it up for this user, too; else only write it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a timer that asks what is due, and say how to set it up."""
    import shlex  # noqa: PLC0415 - quick start

    from insights.runs import timers  # noqa: PLC0415

    settings = Settings.load()
    if kind not in {"systemd", "cron"}:
        raise ParameterError(f"There is no timer '{kind}'. Known: systemd, cron.")
    chosen: timers.Kind = "cron" if kind == "cron" else "systemd"
    target = folder.resolve()
    written = timers.write(target, timers.files(settings, chosen, minutes=every))
    commands = [shlex.join(c) for c in timers.commands(chosen, target, settings.root)]
    if really:
        timers.install(chosen, target, settings.root)
    if as_json:
        paths = [str(path) for path in written]
        say_json({"files": paths, "commands": commands, "installed": really})
        return
    for path in written:
        out.print(path_said(path), markup=False)
    if really:
        out.print("Set up for this user.")
    else:
        out.print("Nothing was set up. To do so, --install, or:")
        for command in commands:
            out.print(f"  {command}", markup=False)
        if chosen == "cron":
            out.print("(crontab takes a whole table: --install adds these lines to yours.)")


def _cell(cell: dict[str, object]) -> str:
    state = "" if cell["ok"] else " (failed)" if cell["seconds"] is not None else " (not run)"
    return f"{cell['heading']}{state}"
