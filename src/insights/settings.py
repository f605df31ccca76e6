"""Settings of a workspace: `insights.toml` plus `INSIGHTS_*` environment variables, frozen.

A workspace is the folder that holds `insights.toml`, `notebooks/`, `data/` and `reports/`.
Nothing is read at import: call `Settings.load()`.
"""

import os
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from insights.errors import NoWorkspace, SettingsError, UnknownBrand, did_you_mean

FILE_NAME = "insights.toml"
WORKSPACE_VARIABLE = "INSIGHTS_WORKSPACE"

Lang = Literal["zh-CN", "en"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Brand(_Frozen):
    """One brand, which is one workspace of data: nothing ever joins two of them."""

    name: str = ""
    title: str = ""
    currency: str = Field(default="CNY", pattern=r"^[A-Z]{3}$")
    time_zone: str = "Asia/Shanghai"
    lang: Lang | None = None
    # Orders up to this much (samples, price top-ups) are no purchase occasion.
    trifle_amount: float = Field(default=1.0, ge=0)

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"no time zone is called {value!r}")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The brand's wall clock."""
        return ZoneInfo(self.time_zone)


class Engine(_Frozen):
    """Limits of the query engine."""

    memory_limit: str = Field(default="3GB", pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$")
    threads: int = Field(default=2, ge=1)


class LakeSettings(_Frozen):
    """How long the lake remembers."""

    keep_versions_days: int = Field(default=35, ge=1)


class Settings(_Frozen):
    """Everything that can be set; see `insights.toml` for the meaning of each value."""

    root: Path
    default_brand: str = "default"
    lang: Lang = "zh-CN"
    engine: Engine = Engine()
    lake: LakeSettings = LakeSettings()
    brands: dict[str, Brand] = {}

    @classmethod
    def load(cls, root: Path | str | None = None) -> "Settings":
        """Read the settings of the workspace at `root`, or of the one around the current folder.

        Raises
        ------
        NoWorkspace
            If no `insights.toml` is found.
        SettingsError
            If the file is not valid; the message names each wrong value.
        """
        folder = find_workspace(root)
        path = folder / FILE_NAME
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{FILE_NAME} is not valid TOML: {error}.") from error
        for name, brand in found.get("brands", {}).items():
            brand["name"] = name
            brand.setdefault("title", name)
        try:
            return cls(root=folder, **(found | _from_environment()))
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()
            )
            raise SettingsError(f"{FILE_NAME} has values that cannot be used: {wrong}.") from error

    @cached_property
    def data(self) -> Path:
        """Folder with one folder a brand."""
        return self.root / "data"

    @cached_property
    def reports(self) -> Path:
        """Folder of the published pages and the run folders."""
        return self.root / "reports"

    @cached_property
    def notebooks(self) -> Path:
        """Folder of the report notebooks and their catalog."""
        return self.root / "notebooks"

    def brand(self, name: str | None = None) -> Brand:
        """Return a declared brand; the default one when `name` is None.

        Raises
        ------
        UnknownBrand
            If it is not declared under `[brands]`.
        """
        wanted = name or self.default_brand
        if wanted not in self.brands:
            raise UnknownBrand(
                f"There is no brand called '{wanted}' in {FILE_NAME}."
                f"{did_you_mean(wanted, self.brands)} Declare it as [brands.{wanted}]."
            )
        return self.brands[wanted]

    def lang_of(self, brand: Brand) -> Lang:
        """Language of a brand's pages unless a run says otherwise."""
        return brand.lang or self.lang


def find_workspace(start: Path | str | None = None) -> Path:
    """Return the workspace folder: `start`, `$INSIGHTS_WORKSPACE`, or the nearest one above."""
    if start is None and (named := os.environ.get(WORKSPACE_VARIABLE)):
        start = named
    here = Path(start or Path.cwd()).resolve()
    if start is not None:
        if (here / FILE_NAME).is_file():
            return here
        raise NoWorkspace(f"The folder '{here.name}' has no {FILE_NAME}.")
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise NoWorkspace(
        f"No {FILE_NAME} in this folder or above. Go to a workspace, or set {WORKSPACE_VARIABLE}."
    )


def _from_environment() -> dict[str, Any]:
    """Top-level values that the environment overrides, for containers and timers."""
    names = {"INSIGHTS_BRAND": "default_brand", "INSIGHTS_LANG": "lang"}
    return {field: os.environ[name] for name, field in names.items() if os.environ.get(name)}
