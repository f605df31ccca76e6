"""The `insights` command: asks the floors below and says what they answer. No logic of its own.

Exit codes: 0 when all is published, skipped or loaded; 1 when a report or a load failed; 2 when
what was asked for cannot be: wrong usage, parameters, settings or no data.
"""

import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from insights.cli import actions, data, demo, intake, lab, notify, operations, quarantine, reports
from insights.cli.saying import FAILED, REFUSED, err, out
from insights.errors import (
    DataError,
    InsightsError,
    LakeError,
    MissingExtra,
    ParameterError,
    SettingsError,
    UnknownSource,
)

ASKED_WRONG = (ParameterError, SettingsError, DataError, UnknownSource, MissingExtra)

app = typer.Typer(
    name="insights",
    help="Honest customer analytics: exports in, self-contained reports out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(reports.app)
app.add_typer(operations.app)
app.add_typer(notify.app)
app.add_typer(intake.app)
app.add_typer(lab.app)
app.add_typer(data.app)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(demo.app, name="demo")
app.add_typer(actions.app, name="export")


@app.callback(invoke_without_command=True)
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.")
    ] = False,
) -> None:
    if show_version:
        out.print(version("insights"))
        raise typer.Exit


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
