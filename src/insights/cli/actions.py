"""Commands that hand out lists for people to act on."""

from pathlib import Path
from typing import Annotated

import typer

from insights.cli.saying import FAILED, BrandOption, JsonOption, out, path_said, say_json
from insights.settings import Settings

app = typer.Typer(help="Lists for people to act on.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `actions` a command of its own where it is the only one."""


@app.command()
def actions(  # noqa: PLR0917 - typer's options
    brand: BrandOption = None,
    as_of: Annotated[
        str | None, typer.Option(help="Last day of complete data, YYYY-MM-DD.")
    ] = None,
    whom: Annotated[
        str, typer.Option("--list", help="at_risk: who may be kept. win_back: who fell silent.")
    ] = "at_risk",
    horizon: Annotated[
        int,
        typer.Option(help="Days of the forecast and of the read-out; 0: by the usual rhythm."),
    ] = 0,
    capacity: Annotated[
        int | None,
        typer.Option(help="People whom one account can contact; if not given, 30 and 10."),
    ] = None,
    margin: Annotated[float, typer.Option(help="Share of net sales left after the goods.")] = 0.5,
    cost: Annotated[float, typer.Option(help="What one contact costs.")] = 3.0,
    lift: Annotated[
        float, typer.Option(help="Difference in who buys that the lists shall be able to show.")
    ] = 0.03,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for the sheets; else the brand's own.")
    ] = None,
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Show the list; draw, remember and write nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write this week's contact list; who is held out by lot is remembered. Twice is once."""
    from insights.actions import weekly_list  # noqa: PLC0415 - quick start
    from insights.analyses.outreach import Terms, purpose_of  # noqa: PLC0415
    from insights.results import NotEnoughData, identity_caveats  # noqa: PLC0415
    from insights.wording import speaking  # noqa: PLC0415

    settings = Settings.load()
    workspace = settings.brand(brand)
    purpose = purpose_of(whom)
    terms = Terms(
        capacity=capacity or purpose.capacity, margin=margin, contact_cost=cost, lift=lift
    )
    with speaking(settings.lang_of(workspace), workspace.currency):
        found = weekly_list(
            settings,
            workspace,
            as_of=as_of,
            terms=terms,
            purpose=purpose,
            horizon_days=horizon,
            folder=folder,
            dry=dry,
        )
        if as_json:
            say_json(found.as_json())
        else:
            listing = found.listing
            if isinstance(listing, NotEnoughData):
                out.print(listing.say(listing.because), markup=False)
                out.print(listing.say(listing.needs), markup=False)
            for claim in listing.claims:
                out.print(claim.text(), markup=False)
            if not isinstance(listing, NotEnoughData):
                for caveat in identity_caveats(listing.facts):
                    out.print(listing.say(caveat), markup=False)
            for path in found.files:
                out.print(path_said(path), markup=False)
    if not found.listing.enough:
        raise typer.Exit(FAILED)
