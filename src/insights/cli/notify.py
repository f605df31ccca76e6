"""Commands about who hears of reports."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from insights.cli.saying import FAILED, JsonOption, err, out, say_json
from insights.settings import Settings

if TYPE_CHECKING:
    from insights.runs.notify import Delivery

app = typer.Typer()


@app.command()
def notify(
    dry: Annotated[bool, typer.Option("--dry-run", help="Show the messages; send none.")] = False,
    test: Annotated[
        str | None, typer.Option("--test", metavar="NAME", help="Greet one recipient instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send what is still to be told of earlier runs; `insights run --due` does so by itself."""
    settings = Settings.load()
    if test:
        from insights.runs.notify import deliver_test  # noqa: PLC0415 - quick start

        found = [deliver_test(settings, test)]
    else:
        found = deliveries(settings, dry=dry)
    if as_json:
        say_json([asdict(one) for one in found])
    elif not found:
        out.print("Nothing is to be told.")
    elif dry:
        for one in found:
            out.print(f"to {one.recipient}:\n{one.text}", markup=False)
            if one.files or one.error:
                out.print("\n".join([*one.files, one.error]).strip(), markup=False)
    else:
        say_deliveries(found)
    if any(not one.sent and one.error for one in found):
        raise typer.Exit(FAILED)


def deliveries(settings: Settings, *, dry: bool = False) -> "list[Delivery]":
    """Send what waits to be told."""
    from insights.runs.ledger import FILE_NAME  # noqa: PLC0415 - quick start
    from insights.runs.notify import deliver  # noqa: PLC0415
    from insights.runs.shelf import Shelf  # noqa: PLC0415

    if not (settings.reports / "runs" / FILE_NAME).is_file():
        return []
    return deliver(settings, Shelf(settings).ledger, dry=dry)


def say_deliveries(told: "Sequence[Delivery]") -> None:
    """Say who was told."""
    for one in told:
        if one.sent:
            out.print(f"told {one.recipient} of {len(one.runs)} reports", markup=False)
        if one.error:
            err.print(f"{one.recipient}: {one.error}", markup=False)
