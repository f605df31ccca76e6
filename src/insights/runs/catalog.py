"""The catalog: which reports there are, what each asks, and who reads it.

One entry a report in `notebooks/catalog.toml`. The file is checked as a whole, so that one reading
of the message mends everything that is wrong with it.
"""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from insights.errors import SettingsError, UnknownReport, did_you_mean
from insights.settings import Settings
from insights.wording import Lang, translate

FILE_NAME = "catalog.toml"
NAME = r"^[a-z][a-z0-9_]*$"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ParameterSet(_Frozen):
    """A named set of parameters that the clock runs beside the defaults."""

    name: str = Field(pattern=NAME)
    parameters: dict[str, str | int | float | bool] = {}


class Report(_Frozen):
    """One report: a notebook, the question it answers and its readers.

    Attributes
    ----------
    name : str
        The word after `insights run`; the key of its entry.
    notebook : str
        File name in the folder of the catalog.
    title, question : str
        In English; said in another language through the message catalogs.
    readers : tuple of str
        Who decides what with it.
    main : bool
        Whether `insights run` without a name (so `make report`) runs it.
    schedule : str, optional
        Cron expression of the clock.
    sets : tuple of ParameterSet
        Parameter sets of the clock.
    """

    name: str = Field(pattern=NAME)
    notebook: str = Field(pattern=r"^[A-Za-z0-9_\-]+\.ipynb$")
    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    readers: tuple[str, ...] = Field(min_length=1)
    main: bool = False
    schedule: str | None = None
    sets: tuple[ParameterSet, ...] = ()

    def titled(self, lang: Lang) -> str:
        """Title in a language."""
        return translate(self.title, lang)

    def asked(self, lang: Lang) -> str:
        """Question in a language."""
        return translate(self.question, lang)


class Catalog(_Frozen):
    """Every report of a workspace, in the order of the file."""

    folder: Path
    reports: dict[str, Report]

    @property
    def main(self) -> list[Report]:
        """The reports that run when none is named."""
        return [report for report in self.reports.values() if report.main]

    def report(self, name: str) -> Report:
        """Return a report by name.

        Raises
        ------
        UnknownReport
            If the catalog has none of this name; the message names the nearest.
        """
        if name not in self.reports:
            raise UnknownReport(
                f"There is no report called '{name}' in notebooks/{FILE_NAME}."
                f"{did_you_mean(name, self.reports)}"
            )
        return self.reports[name]

    def notebook(self, report: Report) -> Path:
        """Path of a report's notebook."""
        return self.folder / report.notebook


def load_catalog(settings: Settings) -> Catalog:
    """Read and check the catalog of a workspace.

    Raises
    ------
    SettingsError
        If the file is missing or wrong; the message has all that is wrong with it.
    """
    folder = settings.notebooks
    try:
        found = tomllib.loads((folder / FILE_NAME).read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"The workspace has no notebooks/{FILE_NAME}. It needs one entry a report: "
            "[reports.<name>] with notebook, title, question and readers."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"notebooks/{FILE_NAME} is not valid TOML: {error}.") from error
    wrong = [f"unknown table '{key}'" for key in found if key != "reports"]
    reports: dict[str, Report] = {}
    for name, entry in found.get("reports", {}).items():
        report, faults = _read(name, entry)
        wrong += faults
        if report is not None:
            reports[name] = report
            if not (folder / report.notebook).is_file():
                wrong.append(f"reports.{name}: the notebook '{report.notebook}' does not exist")
    if wrong:
        raise SettingsError(f"notebooks/{FILE_NAME} cannot be used: {'; '.join(wrong)}.")
    return Catalog(folder=folder, reports=reports)


def _read(name: str, entry: Any) -> tuple[Report | None, list[str]]:
    if not isinstance(entry, dict):
        return None, [f"reports.{name} must be a table with notebook, title, question and readers"]
    try:
        return Report(**{"notebook": f"{name}.ipynb", **entry, "name": name}), []
    except ValidationError as error:
        return None, [
            f"reports.{name}.{'.'.join(str(part) for part in e['loc'])}: {e['msg']}"
            for e in error.errors()
        ]
