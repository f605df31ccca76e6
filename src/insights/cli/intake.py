"""Commands that bring data in: exports by file or folder, tables of a warehouse, what is known."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from insights.cli.saying import FAILED, BrandOption, JsonOption, err, out, say_json, table
from insights.errors import ParameterError, UnknownSource, did_you_mean
from insights.settings import Lang, Settings

if TYPE_CHECKING:
    from insights.intake.outcome import IngestReport
    from insights.intake.translating.account import RefusedFile

app = typer.Typer()

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="What the files leave out: shop=, corp= ..."),
]


@app.command()
def ingest(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Files, folders, zips; or a source that is a package."
        ),
    ],
    brand: BrandOption = None,
    scope: SetOption = None,
    force: Annotated[bool, typer.Option(help="Load what was loaded before.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Load exports into the brand's lake; a file that cannot be read is named and left out."""
    from insights import sources  # noqa: PLC0415 - quick start
    from insights.intake import FilesSource  # noqa: PLC0415 - the same
    from insights.intake import ingest as load  # noqa: PLC0415 - the same

    settings = Settings.load()
    known = sources.names()
    # A package has a brand of its own, with its currency and its clock.
    own = what[0] if what[0] in {*known} & {*settings.brands} else None
    workspace = settings.brand(brand or own, for_loading=True)
    with waiting(f"Loading into {workspace.name}", quiet=as_json) as tell:
        if lost := next((w for w in what if not Path(w).exists() and w not in known), None):
            raise UnknownSource(
                f"There is no file or folder '{lost}', and no source of this name."
                f"{did_you_mean(lost, known)}"
            )
        named = len(what) == 1 and what[0] in known and not Path(what[0]).exists()
        offered = (
            what[0] if named else FilesSource(what, settings, workspace, pairs(scope, "--set"))
        )
        report = load(settings, workspace, offered, force=force, progress=tell)
    said_load(report, as_json=as_json, lang=settings.lang_of(workspace))


@app.command()
def restore(
    brand: BrandOption = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Go on without the key of ids, lost for good.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build a brand's lake anew from nothing but the files as received and the key of ids."""
    from insights.intake.restoring import restore as again  # noqa: PLC0415 - quick start

    settings = Settings.load()
    workspace = settings.brand(brand, for_loading=True)
    with waiting(f"Restoring {workspace.name}", quiet=as_json) as tell:
        reports = again(settings, workspace, new_key=new_key, progress=tell)
    if as_json:
        say_json([asdict(report) for report in reports])
    else:
        for report in reports:
            rows = sum(table.kept for table in report.tables)
            out.print(f"Load {report.load_id}: {len(report.files)} files, {rows:,} rows kept")
            for refused in report.refused_files:
                err.print(f"{refused.file}: {refused.message}", markup=False)
        for notice in dict.fromkeys(n for report in reports for n in report.notices):
            err.print(notice, markup=False)
    if any(report.refused_files for report in reports):
        raise typer.Exit(FAILED)


@app.command("load")
def load_(  # noqa: PLR0917 - typer's options
    into: Annotated[str, typer.Argument(metavar="TABLE", help="A canonical table.")],
    source: Annotated[str, typer.Argument(help="A parquet file, or a query with --engine.")],
    engine: Annotated[
        str | None, typer.Option(help="SQLAlchemy address of the database to ask.")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--column", metavar="THEIRS=OURS", help="Rename a column.")
    ] = None,
    fixed: Annotated[
        list[str] | None, typer.Option("--fixed", metavar="OURS=VALUE", help="One value for all.")
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Option("--word", metavar="OURS:THEIRS=WORD", help="What a word of theirs means."),
    ] = None,
    units: Annotated[
        list[str] | None,
        typer.Option("--unit", metavar="OURS=UNIT", help="fen, epoch_s, epoch_ms, phone or code."),
    ] = None,
    brand: BrandOption = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Say what stands in the way, and write nothing.")
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Take a table without rows for what it says.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Load a table that a warehouse has already; --check says first what stands in the way."""
    from insights.intake import warehouse  # noqa: PLC0415 - quick start

    settings = Settings.load()
    workspace = settings.brand(brand, for_loading=True)
    offer = warehouse.offered(
        into,
        source,
        engine=engine,
        columns=pairs(columns, "--column"),
        fixed=pairs(fixed, "--fixed"),
        words=_words(words),
        units=pairs(units, "--unit"),
        allow_empty=allow_empty,
    )
    if check_only:
        found = warehouse.check(offer, settings, workspace)
        if as_json:
            say_json(found.astype(object).where(found.notna(), None).to_dict("records"))
        elif found.empty:
            out.print("Nothing stands in the way.")
        else:
            shown = found[["column", "problem", "found", "what_to_do"]]
            out.print(
                table(["column", "problem", "found", "what to do"], shown.to_numpy().tolist())
            )
        raise typer.Exit(FAILED if found["stops"].any() else 0)
    with waiting(f"Loading into {workspace.name}", quiet=as_json) as tell:
        report = warehouse.load(offer, settings, workspace, progress=tell)
    said_load(report, as_json=as_json, lang=settings.lang_of(workspace))


def said_load(report: "IngestReport", *, as_json: bool, lang: "Lang") -> None:
    """Say what a load did, and in a language what to mind; exit with 1 if a file was left out."""
    if as_json:
        say_json(asdict(report))
    else:
        _say_files(report, lang)
        if report.skipped:
            out.print(f"Skipped: {report.reason}", markup=False)
        else:
            heads = ["table", "rows in", "kept", "merged", "quarantined"]
            rows = [[t.table, t.rows_in, t.kept, t.merged, t.quarantined] for t in report.tables]
            out.print(table(heads, rows))
            out.print(f"Load {report.load_id}, {report.seconds:.1f} s", markup=False)
        for notice in report.notices:
            err.print(notice, markup=False)
    if report.refused_files:
        raise typer.Exit(FAILED)


def _say_files(report: "IngestReport", lang: "Lang") -> None:
    if report.files:
        heads = ["file", "read as", "rows", "used", "skipped", "refused"]
        rows = [
            [f.file, f.adapter, f.rows_read, f.rows_used, f.rows_skipped, f.rows_refused]
            for f in report.files
        ]
        out.print(table(heads, rows))
        # What holds of an adapter is said once, however many of its files there are.
        said: dict[tuple[str, str], list[str]] = {}
        for file in report.files:
            for remark in file.remarks:
                said.setdefault((file.adapter, remark.said(lang)), []).append(file.file)
        for (adapter, warning), files in said.items():
            where = files[0] if len(files) == 1 else f"{adapter}, {len(files)} files"
            out.print(f"  {where}: {warning}", markup=False)
    for known in report.skipped_files:
        held = (
            f"the same content as {known.same_as}, which is loaded"
            if known.same_as
            else f"in the lake already, since load {known.load_id}"
        )
        out.print(f"{known.file}: {held}", markup=False)
    for refused in report.refused_files:
        said_refused(refused, lang)


def said_refused(refused: "RefusedFile", lang: "Lang") -> None:
    """Say why a file was left out: in a language what to do, and all that is known of it."""
    if lang != "en":
        if refused.message_zh:
            problem = meant(refused.reason, lang, fix=False)
            err.print(f"未导入，{problem}：{refused.message_zh}", markup=False)
            return
        err.print(f"{refused.file}：未导入，{meant(refused.reason, lang)}", markup=False)
    err.print(f"{refused.file}: left out ({refused.reason}). {refused.message}", markup=False)


def meant(reason: str, lang: "Lang", *, fix: bool = True) -> str:
    """Say what a reason for leaving a file out means, and what to do about it."""
    from insights.analyses.health import reasons  # noqa: PLC0415 - only where one was
    from insights.wording import say  # noqa: PLC0415 - the same

    meaning = reasons.of_file(reason)
    problem = say(meaning.problem, lang=lang)
    return f"{problem}。{say(meaning.fix, lang=lang)}" if fix else problem


def pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    """Return NAME=VALUE texts as a mapping."""
    found: dict[str, str] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(f"{option} takes NAME=VALUE; found '{text}'.")
        if found.get(name, value) != value:
            raise ParameterError(f"{option} {name} is given twice: {found[name]} and {value}.")
        found[name] = value
    return found


def _words(given: Sequence[str] | None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, word in pairs(given, "--word").items():
        column, colon, theirs = name.partition(":")
        if not colon:
            raise ParameterError(f"--word takes COLUMN:THEIRS=WORD; found '{name}={word}'.")
        found.setdefault(column, {})[theirs] = word
    return found


@contextmanager
def waiting(what: str, *, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Show a bar on a terminal and a line a step in a log; nothing where one asked for quiet."""
    if quiet:
        yield None
        return
    if not err.is_terminal:
        said: list[Any] = [None]

        def line(doing: str, done: int, steps: int) -> None:
            if said[0] != (step := (doing.partition(":")[0], done)):
                said[0] = step
                err.print(f"{what}: {doing} ({done}/{steps})", markup=False)

        yield line
        return
    columns = (
        TextColumn("{task.fields[what]}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=err, transient=True) as bars:
        task = bars.add_task("looking", total=None, what=what)
        yield lambda doing, done, steps: bars.update(
            task, description=doing, completed=done, total=steps
        )
