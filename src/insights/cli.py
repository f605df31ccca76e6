"""The `insights` command: asks the floors below and says what they answer. No logic of its own.

Exit codes: 0 when all is published, skipped or loaded; 1 when a report or a load failed; 2 when
what was asked for cannot be: wrong usage, parameters, settings or no data.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from insights.errors import (
    DataError,
    InsightsError,
    LakeError,
    MissingExtra,
    ParameterError,
    SettingsError,
    UnknownSource,
)
from insights.settings import Settings

if TYPE_CHECKING:
    from insights.runs.record import RunRecord
    from insights.runs.runner import Step

FAILED, REFUSED = 1, 2
ASKED_WRONG = (ParameterError, SettingsError, DataError, UnknownSource, MissingExtra)

app = typer.Typer(
    name="insights",
    help="Honest customer analytics: exports in, self-contained reports out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# A file or a pipe has no width: a table is not folded to that of a terminal nobody sees.
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 240)
err = Console(stderr=True, soft_wrap=True, highlight=False)

BrandOption = Annotated[str | None, typer.Option(help="Brand of insights.toml; else the default.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with one JSON value on stdout.")]


@app.callback(invoke_without_command=True)
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.")
    ] = False,
) -> None:
    if show_version:
        out.print(version("insights"))
        raise typer.Exit


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
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print each page to report.pdf beside it (Chromium).")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make reports and publish them; those that nothing has changed for are skipped."""
    from insights.runs import load_catalog, plan, run_reports  # noqa: PLC0415 - quick start

    settings = Settings.load()
    catalog = load_catalog(settings)
    given = _pairs(parameters or [])
    names = list(dict.fromkeys(reports or [report.name for report in catalog.main]))
    specs = [
        plan(settings, catalog, name, brand=brand, given=given, as_of=as_of, lang=lang)
        for name in names
    ]
    with _shown_progress(names, quiet=as_json) as tell:
        records = run_reports(settings, specs, force=force, progress=tell)
    if pdf:
        from insights.reporting.pdf import print_pdf  # noqa: PLC0415 - only on request

        for record in records:
            if record.status != "failed":
                page = settings.reports / record.href
                print_pdf(page, page.with_name("report.pdf"))
    index = settings.reports / "index.html"
    if as_json:
        _say_json({"reports": [r.as_json() for r in records], "index": _path(index)})
    else:
        for record in records:
            out.print(_line(settings, record))
        out.print(_path(index), markup=False)
    if any(record.status == "failed" for record in records):
        raise typer.Exit(FAILED)


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
        _say_json(asdict(report))
    elif report.skipped:
        out.print(f"Skipped: {report.reason}", markup=False)
    else:
        out.print(
            _table(
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
    out.print(_table(["table", "rows", "first day", "last day"], days))
    out.print(f"Load {lake.load_id} of brand {workspace.name}", markup=False)


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
        _say_json([r.as_json() | {"died": r.run_id in dead} for r in records])
        return
    rows = [
        [
            r.run_id,
            "died" if r.run_id in dead else r.status,
            r.brand,
            r.period,
            r.folder,
            f"{r.seconds:.1f} s",
            r.reason if r.status == "failed" else r.headline,
        ]
        for r in records
    ]
    out.print(_table(["run", "status", "brand", "period", "parameters", "took", "says"], rows))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; an error of ours is one message on stderr, without a traceback."""
    # A timer or a container ends a run with SIGTERM: end its kernels and record it, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(arguments, prog_name="insights")
    except InsightsError as error:
        err.print(str(error), markup=False)
        refused = isinstance(error, ASKED_WRONG) and not isinstance(error, LakeError)
        sys.exit(REFUSED if refused else FAILED)


def _pairs(given: Sequence[str]) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(f"-p takes name=value; found '{text}'.")
        if pairs.get(name, value) != value:
            raise ParameterError(f"-p {name} is given twice: {pairs[name]} and {value}.")
        pairs[name] = value
    return pairs


def _line(settings: Settings, record: "RunRecord") -> str:
    name = f"[bold]{record.report}[/bold]"
    note = f" ({escape(record.reason)})" if record.error else ""
    if record.status == "skipped":
        return f"{name}: skipped, nothing changed since {record.run_id}{note}"
    if record.status == "failed":
        folder = settings.reports / "runs" / record.run_id
        kept = [n for n in ("executed.ipynb", "error.txt") if (folder / n).is_file()]
        where = f"\n  see {escape(_path(folder / kept[0]))}" if kept else ""
        return f"{name}: [red]failed[/red]: {escape(record.reason)}{where}"
    return f"{name}: published in {record.seconds:.1f} s: {escape(record.headline)}{note}"


class _Lines:
    """Progress as plain lines, for a log."""

    def __enter__(self) -> "Callable[[Step], None]":
        return self.tell

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def tell(self, step: "Step") -> None:
        if step.stage == "running" and step.heading:
            err.print(f"{step.report}: cell {step.done + 1}/{step.cells} {step.heading}")
        elif step.stage in {"starting", "writing"}:
            err.print(f"{step.report}: {step.stage}")


class _Bars:
    """Progress as one bar a report."""

    def __init__(self, names: Sequence[str]) -> None:
        self.bars = Progress(
            TextColumn("{task.fields[report]}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=err,
        )
        self.tasks = {
            name: self.bars.add_task("waiting", report=name, total=1, start=False) for name in names
        }

    def __enter__(self) -> "Callable[[Step], None]":
        self.bars.start()
        return self.tell

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def tell(self, step: "Step") -> None:
        task = self.tasks[step.report]
        if step.stage == "starting":
            self.bars.start_task(task)
            self.bars.update(task, description="starting")
        elif step.stage == "running":
            self.bars.update(task, completed=step.done, total=step.cells)
            if step.heading:
                self.bars.update(task, description=step.heading)
        else:
            said = step.record.status if step.record else "writing the page"
            self.bars.update(task, description=said)
            if step.record:
                self.bars.stop_task(task)


def _shown_progress(
    names: Sequence[str], *, quiet: bool
) -> AbstractContextManager["Callable[[Step], None] | None"]:
    if quiet:
        return nullcontext()
    return _Bars(names) if err.is_terminal else _Lines()


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(box=None, pad_edge=False)
    cells = [[f"{v:,}" if isinstance(v, int) else str(v) for v in row] for row in rows]
    for column, head in enumerate(heads):
        # Only the last column, which may hold a sentence, gives way where the room is short.
        widest = max([len(head), *(len(row[column]) for row in cells)])
        held = widest if column < len(heads) - 1 else None
        table.add_column(head, no_wrap=True, overflow="ellipsis", min_width=held)
    for row in cells:
        table.add_row(*map(escape, row))
    return table


def _say_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def _path(path: Path) -> str:
    """Name a path from where the user stands."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
