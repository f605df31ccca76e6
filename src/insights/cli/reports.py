"""Commands about reports: make them, look at them, and see how their runs went."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from insights.cli.intake import pairs
from insights.cli.notify import deliveries, say_deliveries
from insights.cli.progress import shown_progress
from insights.cli.saying import (
    FAILED,
    REFUSED,
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
    from insights.runs.due import Clock, Due
    from insights.runs.notify import Delivery
    from insights.runs.record import RunRecord
    from insights.runs.spec import RunSpec

app = typer.Typer()


@app.command()
def run(  # noqa: PLR0917 - typer's options
    context: typer.Context,
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
    every: Annotated[bool, typer.Option("--all", help="Every report of the catalog.")] = False,
    grid: Annotated[
        bool, typer.Option("--grid", help="With each of the catalog's parameter sets and grids.")
    ] = False,
    force: Annotated[bool, typer.Option(help="Run even where nothing changed.")] = False,
    due: Annotated[
        bool, typer.Option("--due", help="Whatever the catalog's schedules ask for by now.")
    ] = False,
    since: Annotated[
        str | None, typer.Option(help="With --due: make up for this day and those after it.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="With --since: up to this day.")] = None,
    executor: Annotated[
        str, typer.Option(help="Where notebooks run: local, or dask://HOST:PORT.")
    ] = "local",
    notify: Annotated[
        bool | None,
        typer.Option(help="Tell the catalog's readers and owners; with --due by itself."),
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print each page to report.pdf beside it (Chromium).")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make reports and publish them; those that nothing has changed for are skipped."""
    from insights.runs import load_catalog, plans, run_reports  # noqa: PLC0415 - quick start
    from insights.runs.due import run_due  # noqa: PLC0415
    from insights.runs.executors import executor as named  # noqa: PLC0415

    settings = Settings.load()
    catalog = load_catalog(settings)
    given = pairs(parameters, "-p")
    waiting: list[Due] = []
    tells = due if notify is None else notify
    where = context.with_resource(closing(named(executor)))

    def make(specs: "Sequence[RunSpec]") -> "list[RunRecord]":
        with shown_progress(len(specs), quiet=as_json) as tell:
            return run_reports(
                settings, specs, force=force, progress=tell, executor=where, notify=tells
            )

    if due or since or until:
        if not due or brand or given or as_of or lang or every or grid:
            raise ParameterError(
                "--since and --until go with --due, which takes brand, parameters and day from the "
                "catalog's schedules. Leave out --brand, -p, --as-of, --lang, --all and --grid, "
                "or --due."
            )
        records, waiting = run_due(
            _clock(settings, catalog),
            make,
            since=parse_day(since, name="--since") if since else None,
            until=parse_day(until, name="--until") if until else None,
            reports=reports or (),
            notify=tells,
        )
    else:
        if every and reports:
            raise ParameterError("--all means every report. Name some, or leave --all.")
        names = list(catalog.reports) if every else reports or [r.name for r in catalog.main]
        specs = plans(
            settings,
            catalog,
            names,
            grid=grid,
            brand=brand,
            given=given,
            as_of=as_of,
            lang=lang,
        )
        records = make(specs)
    if pdf:
        from insights.reporting.pdf import print_pdf  # noqa: PLC0415 - only on request

        for record in records:
            if record.status != "failed":
                page = settings.reports / record.href
                print_pdf(page, page.with_name("report.pdf"))
    told = deliveries(settings) if tells else []
    _answer(settings, records, waiting, told, as_json=as_json)
    if any(record.status == "failed" for record in records):
        raise typer.Exit(FAILED)
    if any(one.fault for one in waiting):
        raise typer.Exit(REFUSED)


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


def _answer(
    settings: Settings,
    records: "list[RunRecord]",
    waiting: "list[Due]",
    told: "list[Delivery]",
    *,
    as_json: bool,
) -> None:
    index = settings.reports / "index.html"
    if as_json:
        say_json(
            {
                "reports": [r.as_json() for r in records],
                "waiting": [_waiting_json(one) for one in waiting],
                "told": [asdict(one) for one in told],
                "index": path_said(index),
            }
        )
    else:
        for one in waiting:
            out.print(
                f"{one.report} of {one.brand}, {one.as_of}: waits for {one.waits_for}", markup=False
            )
        if not records:
            out.print("Nothing is due that can be run now.")
        for record in records:
            out.print(_line(settings, record))
        say_deliveries(told)
        out.print(path_said(index), markup=False)


def _clock(settings: Settings, catalog: "Catalog") -> "Clock":
    from insights.runs.due import Clock  # noqa: PLC0415 - quick start
    from insights.runs.shelf import Shelf  # noqa: PLC0415

    return Clock(settings, catalog, Shelf(settings).ledger, datetime.now(UTC))


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
        from insights.runs.advice import advice  # noqa: PLC0415 - quick start

        stands = "What was published before still stands."
        todo = f"{record.brand}, {record.period}. {stands} {advice(record, 'en')}"
        return (
            f"{name}: [red]failed[/red]: {escape(record.reason)}\n  {escape(todo)}\n"
            f"  insights show {record.run_id}{where}"
        )
    return f"{name}: published in {record.seconds:.1f} s: {escape(record.headline)}{note}"
