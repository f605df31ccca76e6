"""What is to be run, settled before anything runs: report, parameters, data and code.

A `RunSpec` names everything that a page depends on. Its key is the same exactly when the page would
be the same, which is what lets a run be skipped.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import cast

from insights.errors import EmptyLake, OutsideData, ParameterError, SettingsError
from insights.periods import parse_day
from insights.runs.catalog import Catalog, Report
from insights.runs.parameters import Parameter, Value, declared_in, resolve, with_shorthands
from insights.settings import Brand, Settings
from insights.store.loads import Current, lake_folder, read_current
from insights.store.segment_files import edition
from insights.wording import Lang

DEFAULT = "default"
GRACE = timedelta(days=7)  # A quiet week may end the data; a quieter month means a missing export.
RESERVED = ("latest", "runs", "index.html")  # Names beside the brands in the reports folder.
PACKAGES = (
    "duckdb",
    "insights",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "statsmodels",
)
_LONG = 80  # Longest parameters folder; a whole path should stay well under 260 characters.


@dataclass(frozen=True)
class RunSpec:
    """One report to be made.

    Attributes
    ----------
    brand : Brand
        Whose data.
    report : Report
        The catalog's entry.
    source : str
        The notebook as it was read when the run was planned; this text runs, whatever happens to
        the file meanwhile.
    parameters : mapping
        Every declared parameter with its value.
    as_of : date
        Last day of complete data.
    load_id : str
        The load of the lake that the run reads.
    code_hash : str
        Of everything that makes numbers besides the data (see `code_hash`).
    chosen : mapping
        The parameters that differ from their defaults.
    segments : str
        Which saved segments there are, and which saving of each.
    """

    brand: Brand
    report: Report
    source: str
    parameters: Mapping[str, Value]
    as_of: date
    load_id: str
    code_hash: str
    chosen: Mapping[str, Value]
    segments: str = ""

    @property
    def folder(self) -> str:
        """Folder of the parameters."""
        return folder_name(self.chosen)

    @property
    def lang(self) -> Lang:
        """Language of the page."""
        return cast("Lang", self.parameters["lang"])

    @property
    def period(self) -> str:
        """Folder of the period: the day that ends it."""
        return self.as_of.isoformat()

    @property
    def home(self) -> str:
        """Folder of the published page, relative to the reports folder."""
        return f"{self.brand.name}/{self.report.name}/{self.period}/{self.folder}"

    @property
    def run_key(self) -> str:
        """Equal for two runs exactly when their pages would be."""
        parts = [self.brand.name, self.report.name, dict(self.parameters), self.period]
        return _digest([*parts, self.code_hash, self.load_id, *filter(None, [self.segments])])


def plan(
    settings: Settings,
    catalog: Catalog,
    report: str,
    *,
    brand: str | None = None,
    given: Mapping[str, Value] | None = None,
    as_of: str | None = None,
    lang: str | None = None,
    today: date | None = None,
) -> RunSpec:
    """Settle one run, or refuse it in words; nothing is run and nothing is written.

    Parameters
    ----------
    report : str
        Name in the catalog.
    brand : str, optional
        The settings' default brand when None.
    given : mapping, optional
        Parameters by name; text is converted by the declared type.
    as_of, lang : str, optional
        Shorthands for the parameters of these names. Without `as_of`, the last day with data;
        without `lang`, the brand's language.
    today : date, optional
        For tests; today on the brand's wall clock when None.

    Raises
    ------
    UnknownReport, UnknownBrand, ParameterError
        If something asked for does not exist or cannot be.
    EmptyLake, OutsideData
        If the brand's data cannot answer.
    """
    entry = catalog.report(report)
    workspace = settings.brand(brand)
    if workspace.name in RESERVED:
        raise SettingsError(
            f"A brand cannot be called '{workspace.name}': the reports folder uses that name."
        )
    path = catalog.notebook(entry)
    declared = declared_in(path)
    chosen = with_shorthands(given or {}, as_of=as_of, lang=lang)
    lake = read_current(lake_folder(settings, workspace))
    usual: dict[str, Value] = {"lang": settings.lang_of(workspace)}
    if lake is not None and lake.last_day is not None:
        usual["as_of"] = lake.last_day.isoformat()
    values = resolve(declared, usual | chosen, report=report)
    day = parse_day(str(values["as_of"]))
    found = _covered(day, lake, workspace, today)
    return RunSpec(
        brand=workspace,
        report=entry,
        source=path.read_text("utf-8"),
        parameters=values,
        as_of=day,
        load_id=found.load_id,
        code_hash=code_hash(settings, workspace, path),
        chosen=differing(values, declared, settings.lang_of(workspace)),
        segments=edition(settings, workspace),
    )


def page_folder(
    settings: Settings, catalog: Catalog, report: str, brand: Brand, given: Mapping[str, Value]
) -> str:
    """Return the folder of a set of parameters, whatever the day.

    Raises
    ------
    UnknownReport, ParameterError
        If something asked for does not exist or cannot be.
    """
    declared = declared_in(catalog.notebook(catalog.report(report)))
    values = resolve(declared, {"lang": settings.lang_of(brand)} | dict(given), report=report)
    return folder_name(differing(values, declared, settings.lang_of(brand)))


def differing(
    values: Mapping[str, Value], declared: Mapping[str, Parameter], usual_lang: str
) -> dict[str, Value]:
    """Return the parameters that are not at their defaults, sorted; `as_of` names the period."""
    usual = {name: parameter.default for name, parameter in declared.items()}
    usual["lang"] = usual_lang
    return {
        name: value
        for name, value in sorted(values.items())
        if name != "as_of" and value != usual.get(name)
    }


def folder_name(chosen: Mapping[str, Value]) -> str:
    """Name the folder of a set of parameters: `default`, or what differs from the defaults.

    Examples
    --------
    >>> folder_name({"lang": "en", "size": 20})
    'lang=en,size=20'
    """
    if not chosen:
        return DEFAULT
    plain = ",".join(f"{name}={_said(value)}" for name, value in chosen.items())
    safe = re.sub(r"[^A-Za-z0-9._=,+-]+", "-", plain)
    if safe == plain and len(safe) <= _LONG:
        return safe
    # Two sets whose names were cut or cleaned alike must not share a folder.
    return f"{safe[: _LONG - 9]}-{_digest(dict(chosen))[:8]}"


def code_hash(settings: Settings, brand: Brand, notebook: Path) -> str:
    """SHA-256 over everything that makes numbers besides the data.

    The notebook's cells (not its outputs), every file of this package, `requirements.lock`, the
    versions of the packages that compute, and the settings of the brand. Not git, which may be
    absent or dirty.
    """
    cells = [
        (
            cell.get("cell_type"),
            "".join(cell.get("source", "")),
            cell.get("metadata", {}).get("tags"),
        )
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]
    ]
    lock = settings.root / "requirements.lock"
    locked = hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else ""
    return _digest([cells, _package_hash(), locked, package_versions(), brand.model_dump()])


def environment_hash() -> str:
    """SHA-256 over this package's files and the packages that compute: equal on machines alike."""
    return _digest([_package_hash(), package_versions()])


@cache
def package_versions() -> dict[str, str]:
    """Versions of the packages that compute the numbers."""
    return {name: metadata.version(name) for name in PACKAGES}


@cache
def _package_hash() -> str:
    root = Path(str(files("insights")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _covered(day: date, lake: Current | None, brand: Brand, today: date | None) -> Current:
    """Return the lake's load if it can answer as of the day."""
    this_day = today or datetime.now(brand.zone).date()
    if day > this_day:
        raise ParameterError(
            f"as_of is {day}, which is not over yet: today is {this_day} in {brand.time_zone}. "
            "Give a day that is complete."
        )
    if lake is None or lake.first_day is None or lake.last_day is None:
        raise EmptyLake(
            f"The brand '{brand.name}' has no orders yet. Load an export first: "
            f"insights ingest <source> --brand {brand.name}"
        )
    if day < lake.first_day or day > lake.last_day + GRACE:
        side = "before the first" if day < lake.first_day else "more than 7 days after the last"
        raise OutsideData(
            f"as_of is {day}, {side} day of data: the orders of '{brand.name}' run from "
            f"{lake.first_day} to {lake.last_day}. Give a day within them, or load newer exports."
        )
    return lake


def _said(value: Value) -> str:
    return (
        "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
