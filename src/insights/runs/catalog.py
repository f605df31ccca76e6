"""The catalog: which reports there are, what each asks, who reads it, and when it is made.

One entry a report in `notebooks/catalog.toml`. The file is checked as a whole, so that one reading
of the message mends everything that is wrong with it.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from insights.errors import ParameterError, SettingsError, UnknownReport, did_you_mean
from insights.runs.limits import Limits
from insights.runs.order import tangled
from insights.runs.parameters import Value, declared_in, resolve
from insights.runs.promotions import Promotion, promotions
from insights.runs.schedule import Schedule
from insights.runs.special import KNOWN
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


class Query(_Frozen):
    """Values of a parameter that the brand's own data name: each region, each store.

    Attributes
    ----------
    query : str
        SQL on the brand's tables; its first column has the values.
    at_most : int
        More values than this are a mistake, and nothing is run.
    """

    query: str = Field(min_length=1)
    at_most: int = Field(default=200, ge=1, le=10_000)


class Notify(_Frozen):
    """Who hears of a report: names of `[notify.to]` in insights.toml."""

    success: tuple[str, ...] = ()
    failure: tuple[str, ...] = ()


class Report(_Frozen):
    """One report: a notebook, the question it answers, its readers, and when it is made.

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
    owner : str
        Who mends it.
    main : bool
        Whether `insights run` without a name (so `make report`) runs it.
    schedule : Schedule, optional
        When it is due; without it, only on request.
    brands : "all" or tuple of str
        Whose reports the clock makes; without it, the brand that reads go to.
    sets : tuple of ParameterSet
        Parameter sets of the clock, beside each other; the defaults when there is none.
    grid : mapping
        Parameter -> its values, or the query that names them; the clock runs each combination.
    after : tuple of str
        Reports of the same day and brand that must be published before the clock makes this one.
    limits : Limits
        What a run of it may take.
    retries : int
        How often a run is tried again that failed for no reason of its own: its kernel was killed,
        the disk was full. What a notebook says is wrong is not tried again.
    notify : Notify
        Who hears of success and of failure.
    """

    name: str = Field(pattern=NAME)
    notebook: str = Field(pattern=r"^[A-Za-z0-9_\-]+\.ipynb$")
    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    readers: tuple[str, ...] = Field(min_length=1)
    owner: str = ""
    main: bool = False
    schedule: Schedule | None = None
    brands: Literal["all"] | tuple[str, ...] = ()
    sets: tuple[ParameterSet, ...] = ()
    grid: dict[str, tuple[str | int | float | bool, ...] | Query] = {}
    after: tuple[str, ...] = ()
    limits: Limits = Limits()
    retries: int = Field(default=1, ge=0, le=5)
    notify: Notify = Notify()

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
        text = (folder / FILE_NAME).read_text("utf-8")
        found = tomllib.loads(text)
    except FileNotFoundError:
        raise SettingsError(
            f"The workspace has no notebooks/{FILE_NAME}. It needs one entry a report: "
            "[reports.<name>] with notebook, title, question and readers."
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"notebooks/{FILE_NAME} is not UTF-8 ({error}). Save it as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"notebooks/{FILE_NAME} is not valid TOML: {error}.") from error
    wrong = [f"unknown table '{key}'{_line(text, key)}" for key in found if key != "reports"]
    days, faults = promotions(settings)
    wrong += faults
    reports: dict[str, Report] = {}
    entries = found.get("reports", {})
    if not isinstance(entries, dict):
        raise SettingsError(
            f"notebooks/{FILE_NAME}: 'reports' must hold one table a report: write "
            f"[reports.<name>]{_line(text, 'reports')}."
        )
    for name, entry in entries.items():
        report, faults = _read(name, entry, text, days)
        wrong += faults
        if report is not None:
            reports[name] = report
            wrong += [
                f"reports.{name}{_line(text, name, _key(fault))}: {fault}"
                for fault in _impossible(report, folder, settings)
            ]
    wrong += [
        f"reports.{name}{_line(text, name, 'after')}: {fault}" for name, fault in tangled(reports)
    ]
    if wrong:
        raise SettingsError(f"notebooks/{FILE_NAME} cannot be used: {'; '.join(wrong)}.")
    return Catalog(folder=folder, reports=reports)


def _read(
    name: str, entry: Any, text: str, days: Mapping[str, Promotion]
) -> tuple[Report | None, list[str]]:
    if not isinstance(entry, dict):
        return None, [f"reports.{name} must be a table with notebook, title, question and readers"]
    try:
        said = {"notebook": f"{name}.ipynb", **entry, "name": name}
        return Report.model_validate(said, context={KNOWN: days}), []
    except ValidationError as error:
        faults = {
            f"reports.{name}.{'.'.join(map(str, e['loc']))}"
            f"{_line(text, name, *e['loc'], said=e['input'])}: "
            + e["msg"].removeprefix("Value error, ")
            for e in error.errors()
        }
        return None, sorted(faults)


def _impossible(report: Report, folder: Path, settings: Settings) -> list[str]:
    """Say what an entry names that does not exist or says twice."""
    wrong = _unfit(report, folder / report.notebook)
    if report.brands != "all":
        wrong += [
            f"brands: there is no brand '{brand}'{did_you_mean(brand, settings.brands)}"
            for brand in report.brands
            if brand not in settings.brands
        ]
    names = [one.name for one in report.sets]
    wrong += [f"sets: '{name}' is there twice" for name in {n for n in names if names.count(n) > 1}]
    told = dict.fromkeys([*report.notify.success, *report.notify.failure])
    wrong += [
        f"notify: insights.toml has no [notify.to.{name}]{did_you_mean(name, settings.notify.to)}"
        for name in told
        if name not in settings.notify.to
    ]
    both = {key for one in report.sets for key in one.parameters} & set(report.grid)
    wrong += [f"'{name}' is in a set and in the grid" for name in sorted(both)]
    return wrong


def _unfit(report: Report, notebook: Path) -> list[str]:
    """Say why a notebook cannot be run as the entry asks."""
    if not notebook.is_file():
        return [f"the notebook '{report.notebook}' does not exist"]
    try:
        declared = declared_in(notebook)
    except ParameterError as error:
        return [str(error).rstrip(".")]
    wrong = []
    if not json.loads(notebook.read_text("utf-8")).get("metadata", {}).get("kernelspec"):
        wrong.append(
            f"the notebook '{report.notebook}' names no kernel (metadata.kernelspec); open it in "
            "JupyterLab, choose Python 3, and save it"
        )
    asked: list[tuple[str, dict[str, Value]]] = [
        (f"sets: '{one.name}'", dict(one.parameters)) for one in report.sets
    ]
    for name, values in report.grid.items():
        points: list[dict[str, Value]] = []
        if isinstance(values, tuple):
            points = [{name: value} for value in values]
        if name not in declared:
            points = [{name: None}]
        asked += [("grid", point) for point in points]
    for where, given in asked:
        if "as_of" in given:
            wrong.append(f"{where}: the clock gives each day; leave 'as_of' out")
        try:
            resolve(declared, given, report=report.name)
        except ParameterError as error:
            wrong.append(f"{where}: {str(error).rstrip('.')}")
    return list(dict.fromkeys(wrong))


def _key(fault: str) -> str:
    """Return the key of an entry that a fault begins with, if it does."""
    key = fault.partition(":")[0]
    return key if key in Report.model_fields else ""


def _line(text: str, name: str, *keys: Any, said: Any = "") -> str:
    """Say where something is written: the key's line within the entry, else the entry's own.

    Of several lines with the key, the one that has the value, `said`.
    """
    lines = text.splitlines()
    tables = [
        (n, re.sub(r'["\'\s\[\]]', "", line))
        for n, line in enumerate(lines, 1)
        if line.lstrip().startswith("[")
    ]
    own = [
        n
        for n, table in tables
        if table in {name, f"reports.{name}"} or table.startswith(f"reports.{name}.")
    ]
    if not own:
        return ""
    ends = [n for n, _ in tables if n > own[-1]]
    within = range(own[0], (ends[0] if ends else len(lines) + 1))
    for key in reversed([str(key) for key in keys if key and not isinstance(key, int)]):
        named = rf"(^|[\s.,{{\[]){re.escape(key)}\s*[=\]]"
        written = [n for n in within if re.search(named, lines[n - 1])]
        valued = [n for n in written if said and str(said) in lines[n - 1]]
        if written:
            return f" (line {(valued or written)[0]})"
    return f" (line {own[0]})"
