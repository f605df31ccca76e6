"""Commands about reports: make them, look at them, and see how their runs went."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from insights.cli.intake import pairs
from insights.cli.progress import shown_progress
from insights.cli.saying import (
    FAILED,
    BrandOption,
    JsonOption,
    err,
    out,
    path_said,
    say_json,
    table,
)
from insights.errors import ParameterError
from insights.periods import parse_day
from insights.settings import Settings

if TYPE_CHECKING:
    from insights.runs.catalog import Catalog
    from insights.runs.due import Due
    from insights.runs.record import RunRecord

app = typer.Typer()


@app.command()
def run(  # noqa: PLR0917 - typer's options
    reports: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REPORT]...", help="Names in the catalog; else its main reports."),
    ] = None,
    brand: BrandOption = None,
    as_of: Annotated[
        str | None, typer.Option(help="Last day of complete data, YYYY-MM-DD; short for -p as_of=.")
    ] = None,
    parameters: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", metavar="NAME=VALUE")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="zh-CN or en; short for -p lang=.")] = None,
    force: Annotated[bool, typer.Option(help="Run even where nothing changed.")] = False,
    due: Annotated[
        bool, typer.Option("--due", help="Whatever the catalog's schedules ask for by now.")
    ] = False,
    since: Annotated[
        str | None, typer.Option(help="With --due: make up for this day and those after it.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="With --since: up to this day.")] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print each page to report.pdf beside it (Chromium).")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make reports and publish them; those that nothing has changed for are skipped."""
    from insights.runs import load_catalog, plan, run_reports  # noqa: PLC0415 - quick start

    settings = Settings.load()
    catalog = load_catalog(settings)
    given = pairs(parameters, "-p")
    waiting: list[Due] = []
    if due or since or until:
        if not due or brand or given or as_of or lang:
            raise ParameterError(
                "--since and --until go with --due, which takes brand, parameters and day from the "
                "catalog's schedules. Leave out --brand, -p, --as-of and --lang, or --due."
            )
        found = _due(settings, catalog, reports or [], since, until)
        waiting = [one for one in found if one.spec is None]
        specs = [one.spec for one in found if one.spec is not None]
    else:
        names = dict.fromkeys(reports or [report.name for report in catalog.main])
        specs = [
            plan(settings, catalog, name, brand=brand, given=given, as_of=as_of, lang=lang)
            for name in names
        ]
    with shown_progress(len(specs), quiet=as_json) as tell:
        records = run_reports(settings, specs, force=force, progress=tell)
    if pdf:
        from insights.reporting.pdf import print_pdf  # noqa: PLC0415 - only on request

        for record in records:
            if record.status != "failed":
                page = settings.reports / record.href
                print_pdf(page, page.with_name("report.pdf"))
    index = settings.reports / "index.html"
    if as_json:
        say_json(
            {
                "reports": [r.as_json() for r in records],
                "waiting": [_waiting_json(one) for one in waiting],
                "index": path_said(index),
            }
        )
    else:
        for one in waiting:
            out.print(
                f"{one.report} of {one.brand}, {one.as_of}: waits for {one.waits_for}", markup=False
            )
        if due and not specs:
            out.print("Nothing is due that can be run now.")
        for record in records:
            out.print(_line(settings, record))
        out.print(path_said(index), markup=False)
    if any(record.status == "failed" for record in records):
        raise typer.Exit(FAILED)


@app.command()
def status(
    count: Annotated[int, typer.Option("-n", help="How many runs, newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the newest runs: what was published, what failed and why, what is at work."""
    from insights.runs.ledger import FILE_NAME, Ledger  # noqa: PLC0415 - quick start

    folder = Settings.load().reports / "runs"
    if not (folder / FILE_NAME).is_file():
        out.print("Nothing was run yet." if not as_json else "[]", markup=False)
        return
    ledger = Ledger(folder)
    records = ledger.recent(count)
    dead = {record.run_id for record in ledger.dead() if record.status == "running"}
    if as_json:
        say_json([r.as_json() | {"died": r.run_id in dead} for r in records])
        return
    rows = [
        [
            r.run_id,
            "died" if r.run_id in dead else r.status,
            r.brand,
            r.period,
            r.folder,
            _took(r),
            _says(r),
        ]
        for r in records
    ]
    out.print(table(["run", "status", "brand", "period", "parameters", "took", "says"], rows))


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.")] = 8765,
) -> None:
    """Show the reports in a browser on this machine, until Ctrl-C. Not for other readers."""
    from insights.reporting.serve import HOST, server  # noqa: PLC0415 - only on request

    reports = Settings.load().reports
    if not (reports / "index.html").is_file():
        raise ParameterError("There is no report yet. Make some: insights run")
    try:
        shown = server(reports, port)
    except OSError as error:
        raise ParameterError(
            f"Port {port} cannot be used: {error.strerror}. Try another one, or 0 for any."
        ) from error
    out.print(f"http://{HOST}:{shown.server_port}/", markup=False)
    with shown:
        try:
            shown.serve_forever()
        except KeyboardInterrupt:
            err.print("Stopped.")


def _due(
    settings: Settings, catalog: "Catalog", reports: list[str], since: str | None, until: str | None
) -> "list[Due]":
    from insights.runs.due import Clock  # noqa: PLC0415 - quick start
    from insights.runs.shelf import Shelf  # noqa: PLC0415

    clock = Clock(settings, catalog, Shelf(settings).ledger, datetime.now(UTC))
    return clock.due(
        since=parse_day(since, name="--since") if since else None,
        until=parse_day(until, name="--until") if until else None,
        reports=reports,
    )


def _took(record: "RunRecord") -> str:
    if record.status != "running":
        return f"{record.seconds:.1f} s"
    began = datetime.fromisoformat(record.started_at)
    return f"{(datetime.now(UTC) - began).total_seconds():.0f} s so far"


def _says(record: "RunRecord") -> str:
    if record.status == "running":
        heard = datetime.fromisoformat(record.heartbeat_at or record.started_at)
        age = (datetime.now(UTC) - heard).total_seconds()
        return f"{record.doing or 'starting'} (last heard of {max(age, 0):.0f} s ago)"
    return record.reason if record.status == "failed" else record.headline


def _waiting_json(one: "Due") -> dict[str, object]:
    return {
        "report": one.report,
        "brand": one.brand,
        "parameters": dict(one.given),
        "as_of": one.as_of.isoformat(),
        "moment": one.moment.isoformat(),
        "waits_for": one.waits_for,
    }


def _line(settings: Settings, record: "RunRecord") -> str:
    name = f"[bold]{record.report}[/bold]"
    note = f" ({escape(record.reason)})" if record.error else ""
    if record.status == "skipped":
        return f"{name}: skipped, nothing changed since {record.run_id}{note}"
    if record.status == "failed":
        folder = settings.reports / "runs" / record.run_id
        kept = [n for n in ("executed.ipynb", "error.txt") if (folder / n).is_file()]
        where = f"\n  see {escape(path_said(folder / kept[0]))}" if kept else ""
        return f"{name}: [red]failed[/red]: {escape(record.reason)}{where}"
    return f"{name}: published in {record.seconds:.1f} s: {escape(record.headline)}{note}"
