"""Commands about refused rows: see them, take them along, load their files again."""

import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from insights.cli.intake import said_load, waiting
from insights.cli.saying import BrandOption, JsonOption, out, path_said, say_json, table
from insights.errors import ParameterError
from insights.settings import Lang, Settings

app = typer.Typer(help="Rows that were refused, and why.", no_args_is_help=True)

LoadOption = Annotated[str | None, typer.Option("--load", help="Of this load only.")]
TableOption = Annotated[str | None, typer.Option("--table", help="Of this table or adapter only.")]
ReasonOption = Annotated[str | None, typer.Option(help="With this reason only.")]


@app.command("list")
def list_(brand: BrandOption = None, as_json: JsonOption = False) -> None:
    """List refused rows by load, table and reason."""
    from insights.intake import refusals  # noqa: PLC0415 - quick start

    settings = Settings.load()
    found = refusals.listed(settings, settings.brand(brand))
    if as_json:
        say_json([asdict(refusal) for refusal in found])
    elif not found:
        out.print("The quarantine is empty.")
    else:
        lang = settings.lang_of(settings.brand(brand))
        heads = ["load", "table", "rows", "files", "reason", "what to do"]
        out.print(
            table(
                heads,
                [
                    [r.load_id, r.table, r.rows, r.files, r.reason, _meant(r.reason, lang)]
                    for r in found
                ],
            )
        )


@app.command()
def show(  # noqa: PLR0917 - typer's options
    brand: BrandOption = None,
    load: LoadOption = None,
    of: TableOption = None,
    reason: ReasonOption = None,
    count: Annotated[int, typer.Option("-n", min=1, help="How many rows.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show refused rows: file, row number, reasons, and the values that name nobody."""
    from insights.intake import refusals  # noqa: PLC0415 - quick start

    settings = Settings.load()
    workspace = settings.brand(brand)
    found = refusals.rows(settings, workspace, load_id=load, table=of, reason=reason, limit=count)
    lang = settings.lang_of(workspace)
    if as_json:
        say_json(found.to_dict("records"))
        return
    for one in found.to_dict("records"):
        out.print(f"{one['file']}, row {one['row_number']}: {one['table_name']}", markup=False)
        for word in one["reasons"].split(", "):
            out.print(f"  refused: {word}. {_meant(word, lang)}", markup=False)
        values = json.loads(one["row"]).items()
        known = ", ".join(f"{name}: {value}" for name, value in values if value is not None)
        out.print(f"  values: {known or 'none that could be read'}", markup=False)


@app.command()
def export(  # noqa: PLR0917 - typer's options
    path: Annotated[Path, typer.Argument(help="A CSV file to be written.")],
    brand: BrandOption = None,
    load: LoadOption = None,
    of: TableOption = None,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write refused rows to a CSV that a spreadsheet opens and cannot execute."""
    from insights.intake import refusals  # noqa: PLC0415 - quick start
    from insights.results.sheets import neutral  # noqa: PLC0415 - the same

    settings = Settings.load()
    if path.exists():
        raise ParameterError(f"'{path.name}' is there already. Name another file, or remove it.")
    found = refusals.rows(settings, settings.brand(brand), load_id=load, table=of, reason=reason)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(found.columns)
        writer.writerows([neutral(str(v)) for v in row] for row in found.itertuples(index=False))
    if as_json:
        say_json({"rows": len(found), "path": path_said(path)})
    else:
        out.print(f"{len(found):,} rows: {path_said(path)}", markup=False)


@app.command()
def retry(brand: BrandOption = None, as_json: JsonOption = False) -> None:
    """Load the files of refused rows again, as adapters and rules read them now."""
    from insights.intake import refusals  # noqa: PLC0415 - quick start

    settings = Settings.load()
    workspace = settings.brand(brand)
    with waiting("Loading again", quiet=as_json) as tell:
        report = refusals.retry(settings, workspace, progress=tell)
    said_load(report, as_json=as_json, lang=settings.lang_of(workspace))


def _meant(reason: str, lang: Lang) -> str:
    """Return what a reason means and how it is mended, in the reader's language."""
    from insights.analyses.health import reasons  # noqa: PLC0415 - quick start
    from insights.wording import say  # noqa: PLC0415 - the same

    meaning = reasons.of_row(reason)
    problem, fix = say(meaning.problem, lang=lang), say(meaning.fix, lang=lang)
    return f"{problem}: {fix}" if lang == "en" else f"{problem}：{fix}"
