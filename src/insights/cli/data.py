"""Commands about data: what can be loaded, what the lake holds, and about whom."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from insights.cli.intake import SetOption, meant, pairs
from insights.cli.saying import FAILED, BrandOption, JsonOption, lang_here, out, say_json, table
from insights.errors import DataError, ParameterError
from insights.settings import Brand, Settings

app = typer.Typer()
sources = typer.Typer(help="What can be loaded, and how a file would be read.")
identity = typer.Typer(help="Who is who: how ids were joined to customers.", no_args_is_help=True)
app.add_typer(sources, name="sources")
app.add_typer(identity, name="identity")

WhoArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[ID]", help="A customer_id, type:namespace:value, or type:value if it is one."
    ),
]
PhoneOption = Annotated[
    bool, typer.Option("--phone", help="Ask for a phone, or read it from stdin, instead of an id.")
]


@app.command()
def tables(brand: BrandOption = None, as_json: JsonOption = False) -> None:
    """List the tables of a brand's lake: rows, and the range of their days."""
    from insights.errors import EmptyLake  # noqa: PLC0415 - quick start
    from insights.store.loads import lake_folder, read_current  # noqa: PLC0415

    settings = Settings.load()
    workspace = settings.brand(brand)
    lake = read_current(lake_folder(settings, workspace))
    if lake is None:
        raise EmptyLake(
            f"The brand '{workspace.name}' has no data yet. Load an export first: "
            f"insights ingest FILE --brand {workspace.name}"
        )
    if as_json:
        say_json(
            {
                "load_id": lake.load_id,
                "brand": workspace.name,
                "tables": {
                    name: {"rows": t.rows, "first_at": t.first_at, "last_at": t.last_at}
                    for name, t in sorted(lake.tables.items())
                },
            }
        )
        return
    days = [
        [name, f"{t.rows:,}", str(t.first_at or "")[:10], str(t.last_at or "")[:10]]
        for name, t in sorted(lake.tables.items())
    ]
    out.print(table(["table", "rows", "first day", "last day"], days))
    out.print(f"Load {lake.load_id} of brand {workspace.name}", markup=False)


@sources.callback(invoke_without_command=True)
def sources_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the exports that can be loaded: how sure each is, the columns it needs, its quirks."""
    from insights.sources import adapters, names  # noqa: PLC0415 - quick start
    from insights.sources.quirks import quirks, status  # noqa: PLC0415 - quick start

    if context.invoked_subcommand:
        return
    known = adapters()
    if as_json:
        say_json(
            [
                {
                    "name": a.name,
                    "status": status(a),
                    "label": a.label,
                    "label_en": a.source.label_en,
                    "where": a.source.where,
                    "where_en": a.source.where_en,
                    "needs": a.require,
                    "reads": a.columns,
                    "fills": a.tables,
                    "quirks": quirks(a),
                    "unproven": a.source.unproven,
                    "unproven_en": a.source.unproven_en,
                }
                for a in known
            ]
        )
        return
    lang = lang_here()
    colon, comma = (": ", ", ") if lang == "en" else ("：", "、")
    rows = [[a.name, status(a), f"{a.called(lang)}{colon}{comma.join(a.require)}"] for a in known]
    out.print(table(["source", "status", "export, and the columns that it needs"], rows))
    out.print(f"Packages: {', '.join(names())}", markup=False)
    out.print("All of a source, and what is not proven: insights sources show NAME", markup=False)
    out.print("How a file would be read: insights sources explain FILE", markup=False)


@sources.command()
def show(
    name: Annotated[str, typer.Argument(help="A source, such as jd, or jd.orders.")],
    as_json: JsonOption = False,
) -> None:
    """Say all of a source: where its files come from, columns, quirks handled, what is unproven."""
    from insights.errors import UnknownSource, did_you_mean  # noqa: PLC0415 - quick start
    from insights.sources import adapters  # noqa: PLC0415 - the same
    from insights.sources.quirks import quirks, status  # noqa: PLC0415 - the same

    known = adapters()
    asked = [a for a in known if name in {a.name, a.source.name}]
    if not asked:
        hint = did_you_mean(name, {word for a in known for word in (a.name, a.source.name)})
        raise UnknownSource(f"There is no source '{name}'.{hint} `insights sources` lists them.")
    told = [
        {
            "source": a.name,
            "label": [a.label, a.source.label_en],
            "status": status(a),
            "from": [a.source.where, a.source.where_en],
            "needs": [*a.require],
            "reads": [header for header in a.columns if header not in a.require],
            "never reads": [*a.unread],
            "fills": [*a.tables],
            "handles": [*quirks(a)],
            "not proven": [*a.source.unproven, *a.source.unproven_en],
        }
        for a in asked
    ]
    if as_json:
        say_json(told)
        return
    lang = lang_here()
    for one, adapter in zip(told, asked, strict=True):
        source = adapter.source
        one["from"] = [source.where_en if lang == "en" else source.where]
        one["not proven"] = [*(source.unproven_en if lang == "en" else source.unproven)]
        out.print(f"{adapter.name}  {adapter.called(lang)}  [{one['status']}]", markup=False)
        for what, said in one.items():
            if said and what not in {"source", "label", "status"}:
                out.print(f"  {what}: {'; '.join(said)}", markup=False)


@sources.command()
def explain(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...")],
    brand: BrandOption = None,
    scope: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how files would be read: adapter and why, kept, dropped, refused. Loads nothing."""
    from insights.intake.explaining import explain as explained  # noqa: PLC0415 - quick start

    settings = Settings.load()
    workspace = settings.brand(brand, for_loading=True)
    found = explained(paths, settings, workspace, pairs(scope, "--set"))
    lang = settings.lang_of(workspace)
    if as_json:
        say_json([asdict(one) for one in found])
    else:
        for one in found:
            told = replace(one, message_zh=one.message_zh or meant(one.reason, lang))
            out.print(told.said(lang), markup=False)
    if any(one.refused for one in found):
        raise typer.Exit(FAILED)


@identity.command()
def why(
    customer: WhoArgument = None,
    phone: PhoneOption = False,
    brand: BrandOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why ids belong to one customer: the chain of evidence of each, and what was kept out."""
    from insights.intake import identity as known  # noqa: PLC0415 - quick start

    settings = Settings.load()
    workspace = settings.brand(brand)
    links = known.why(settings, workspace, _who(settings, workspace, customer, phone=phone))
    if as_json:
        say_json([asdict(link) for link in links])
        return
    rows: list[list[Any]] = []
    for link in links:
        chain = " → ".join(f"{step.right} ({step.evidence})" for step in link.steps)
        rows.append([link.id, link.status, str(link.first_seen_at or "")[:10], chain])
    out.print(table(["id", "how", "since", "evidence"], rows))


@identity.command()
def cases(brand: BrandOption = None, as_json: JsonOption = False) -> None:
    """List what a person should look at: shared phones, and groups too large for one person."""
    from insights.intake import identity as known  # noqa: PLC0415 - quick start

    settings = Settings.load()
    found = known.cases(settings, settings.brand(brand))
    if as_json:
        say_json([asdict(case) for case in found])
    elif not found:
        out.print("There is nothing to look at.")
    else:
        rows = [[case.kind, case.id, case.ids, len(case.customers), case.reason] for case in found]
        out.print(table(["case", "id", "ids", "customers", "why"], rows))


@app.command()
def forget(
    customer: WhoArgument = None,
    phone: PhoneOption = False,
    brand: BrandOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove a customer from all tables, history, quarantine and files as received, for good."""
    from insights.intake import forgetting  # noqa: PLC0415 - quick start

    settings = Settings.load()
    workspace = settings.brand(brand)
    who = _who(settings, workspace, customer, phone=phone)
    if not yes:
        typer.confirm(
            f"Forget this customer of '{workspace.name}' for good? It cannot be undone.",
            abort=True,
            err=True,
        )
    found = forgetting.forget(settings, workspace, who)
    if as_json:
        say_json(asdict(found))
    else:
        out.print(found.said(), markup=False)


def _who(settings: Settings, brand: Brand, said: str | None, *, phone: bool) -> str:
    """Return the customer who is meant; a phone is never an argument, which a shell would keep."""
    from insights.intake import identity as known  # noqa: PLC0415 - quick start

    if phone == (said is not None):
        raise ParameterError("Say who is meant: an id, or --phone to be asked for a phone.")
    if said is None:
        asked = (
            typer.prompt("Phone", hide_input=True, err=True)
            if sys.stdin.isatty()
            else sys.stdin.readline()
        )
        ref = known.phone_ref(settings, brand, asked)
        if (found := known.customer_of(settings, brand, ref)) == ref:
            raise DataError(
                "No customer is known by this phone. One that many people share is nobody's: see "
                "`insights identity cases`."
            )
        return found
    return known.customer_of(settings, brand, said)
