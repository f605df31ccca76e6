"""Settings of a workspace: `insights.toml` plus `INSIGHTS_*` environment variables, frozen.

A workspace is the folder that holds `insights.toml`, `notebooks/`, `data/` and `reports/`.
Nothing is read at import: call `Settings.load()`.
"""

import json
import os
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from insights.errors import NoWorkspace, SettingsError, UnknownBrand, did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FILE_NAME = "insights.toml"
WORKSPACE_VARIABLE = "INSIGHTS_WORKSPACE"
OVERRIDES = {"default_brand": "INSIGHTS_BRAND", "lang": "INSIGHTS_LANG"}

Lang = Literal["zh-CN", "en"]
_BARE = re.compile(r"[A-Za-z0-9_-]+")  # A key of TOML that needs no quotes.


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class TestOrders(_Frozen):
    """A rule by which an order is a test: a column of an export that `equals` or `contains` a text.

    `source` is a source or one of its adapters; every file that has the column when not given.
    With `at_most`, a number: orders of a cent or two.
    """

    __test__ = False  # No test of ours, whatever pytest makes of the name.

    source: str = ""
    column: str = Field(min_length=1)
    equals: str = ""
    contains: str = ""
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if sum((bool(self.equals), bool(self.contains), self.at_most is not None)) != 1:
            raise ValueError("a rule has one of 'equals', 'contains' and 'at_most'")
        return self


class Capacity(_Frozen):
    """People whom an account contacts in a week, by list, where it is another number than of most.

    0 for who is away: then nobody is listed, or held out, for that account.
    """

    at_risk: dict[str, Annotated[int, Field(ge=0)]] = {}
    win_back: dict[str, Annotated[int, Field(ge=0)]] = {}


class Brand(_Frozen):
    """One brand, which is one workspace of data: nothing ever joins two of them."""

    # The key of its table in `[brands]`; folders and addresses are made of it.
    name: str = Field(pattern=r"^\w[\w.-]{0,63}$")
    title: str = ""
    currency: str = Field(default="CNY", pattern=r"^[A-Z]{3}$")
    time_zone: str = "Asia/Shanghai"
    lang: Lang | None = None
    # Colour of good news on its pages; if not given, red on Chinese pages and green on others.
    rise: Literal["red", "green"] | None = None
    # Data made by a simulation: every page says so.
    simulated: bool = False
    # Orders up to this much (samples, price top-ups) are no purchase occasion.
    trifle_amount: float = Field(default=1.0, ge=0)
    # A channel claims what was bought so many days after it touched the buyer.
    claim_days: int = Field(default=7, ge=1, le=28)
    # Accounts that can contact more or fewer people: [brands.<name>.capacity.at_risk] G001 = 12.
    capacity: Capacity = Capacity()
    # What exports leave out, by source: [brands.<name>.sources.douyin] shop = "flagship".
    sources: dict[str, dict[str, str]] = {}
    test_orders: list[TestOrders] = []
    # What platforms have renamed or added, by adapter: header = ours, and column, word = ours.
    aliases: dict[str, dict[str, str]] = {}
    words: dict[str, dict[str, dict[str, str]]] = {}

    @field_validator("aliases", "words", mode="before")
    @classmethod
    def _has_adapters_in_quotes(cls, value: Any, info: ValidationInfo) -> Any:
        levels = 2 if info.field_name == "aliases" else 3
        if _depth(value) > levels:  # TOML took the name for two.
            raise ValueError(f'write the adapter in quotes: {info.field_name}."tmall.orders"')
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):  # a folder, a path, or none
            raise ValueError("there is no such time zone; write one as 'Asia/Shanghai'") from None
        return value

    @field_validator("currency")
    @classmethod
    def _is_a_currency(cls, value: str) -> str:
        from babel.numbers import is_currency  # noqa: PLC0415 - only where one is set

        if not is_currency(value):
            raise ValueError("there is no such currency; write its ISO code, as 'CNY' or 'USD'")
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


class Recipient(_Frozen):
    """Somebody, or a group, that hears of reports. Where to is secret, and in the environment."""

    send: Literal["wecom", "apprise"]
    # The variable with a robot's key or address (wecom), or an address of apprise: mailto://...
    secret: str = Field(default="", pattern=r"^[A-Z][A-Z0-9_]*$|^$")
    lang: Lang | None = None
    picture: bool = True  # Of each page's first screen, where a chat shows one.


class NotifySettings(_Frozen):
    """Who hears of reports: names of the catalog's `notify`, and where readers find the pages."""

    # Where `reports/` stands for readers. Without it the pages are sent as files: an address of
    # this machine is dead on a phone.
    base_url: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    to: dict[str, Recipient] = {}

    def variable(self, name: str) -> str:
        """Name the environment variable that says where a recipient is reached."""
        given = self.to[name].secret
        return given or f"INSIGHTS_NOTIFY_{re.sub(r'[^A-Z0-9]+', '_', name.upper())}"


class Settings(_Frozen):
    """Everything that can be set; see `insights.toml` for the meaning of each value."""

    root: Path
    # Where none is named; without it, the first brand declared; for reading, the first with orders.
    default_brand: str | None = None
    lang: Lang = "zh-CN"
    engine: Engine = Engine()
    lake: LakeSettings = LakeSettings()
    notify: NotifySettings = NotifySettings()
    brands: dict[str, Brand] = {}

    @field_validator("brands")
    @classmethod
    def _are_named_by_their_table(cls, brands: dict[str, Brand]) -> dict[str, Brand]:
        if wrong := [key for key, brand in brands.items() if brand.name != key]:
            raise ValueError(f"'{wrong[0]}' is named by its table; remove its 'name'")
        return brands

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
            found = tomllib.loads(path.read_text("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{FILE_NAME} is not valid TOML: {error}.") from error
        if "root" in found:
            raise SettingsError(f"{FILE_NAME} sets 'root', which is where the file is. Remove it.")
        if isinstance(brands := found.get("brands"), dict):
            found["brands"] = {
                key: {"name": key, "title": key} | brand if isinstance(brand, dict) else brand
                for key, brand in brands.items()
            }
        given = {field: os.environ.get(variable) for field, variable in OVERRIDES.items()}
        overriding = {field: value for field, value in given.items() if value}
        try:
            return cls(root=folder, **(found | overriding))
        except ValidationError as error:
            wrong = "; ".join(_wrong(one, set(overriding)) for one in error.errors())
            raise SettingsError(f"{FILE_NAME} or the environment is wrong: {wrong}") from error

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

    def brand(self, name: str | None = None, *, for_loading: bool = False) -> Brand:
        """Return a declared brand; the default one when `name` is None.

        Without a `default_brand`, data are loaded into the first one declared, and read from the
        first one that has orders, or else anything.

        Raises
        ------
        UnknownBrand
            If it is not declared under `[brands]`.
        """
        wanted = name or self.default_brand or self._first(with_data=not for_loading)
        if wanted not in self.brands:
            raise UnknownBrand(
                f"There is no brand called '{wanted}' in {FILE_NAME}."
                f"{did_you_mean(wanted, self.brands)} Declare it as [brands.{wanted}]."
            )
        return self.brands[wanted]

    def _first(self, *, with_data: bool) -> str:
        if not self.brands:
            raise UnknownBrand(f"{FILE_NAME} declares no brand. Declare one as [brands.my_brand].")
        first = next(iter(self.brands))
        if not with_data:
            return first
        loads = {b: self.data / b / "lake" / "current.json" for b in self.brands}
        have = [brand for brand, path in loads.items() if path.is_file()]
        # Products alone answer no question yet, while another brand's orders do.
        return next((b for b in have if _has_orders(loads[b])), have[0] if have else first)

    def lang_of(self, brand: Brand) -> Lang:
        """Language of a brand's pages unless a run says otherwise."""
        return brand.lang or self.lang


def _has_orders(load: Path) -> bool:
    try:
        return bool(json.loads(load.read_text("utf-8")).get("first_day"))
    except (OSError, ValueError, AttributeError):  # Told of where it is read in earnest.
        return True


def of_table(brand: Brand, *names: str) -> str:
    """Return the table of `insights.toml` in which something of a brand is said.

    Examples
    --------
    >>> of_table(Brand(name="极光"), "aliases", "tmall.orders")
    '[brands."极光".aliases."tmall.orders"]'
    """
    quoted = (n if _BARE.fullmatch(n) else json.dumps(n, ensure_ascii=False) for n in names)
    own = brand.name if _BARE.fullmatch(brand.name) else json.dumps(brand.name, ensure_ascii=False)
    return f"[{'.'.join(('brands', own, *quoted))}]"


def find_workspace(start: Path | str | None = None) -> Path:
    """Return the workspace folder: `start`, or `$INSIGHTS_WORKSPACE`, or the nearest from here up.

    A folder that is named must be a workspace itself; its `insights.toml` may be named instead.
    """
    named = start if start is not None else os.environ.get(WORKSPACE_VARIABLE) or None
    here = Path(named if named is not None else Path.cwd()).resolve()
    if here.name == FILE_NAME and here.is_file():
        return here.parent
    above = next((f for f in (here, *here.parents) if (f / FILE_NAME).is_file()), None)
    if above is not None and (named is None or above == here):
        return above
    if named is None:
        raise NoWorkspace(
            f"No {FILE_NAME} in this folder or above. Go to a workspace, make one with "
            f"`insights init FOLDER`, or set {WORKSPACE_VARIABLE}."
        )
    said_by = f"'{named}'" if start is not None else f"'{named}' (of ${WORKSPACE_VARIABLE})"
    lacks = f"has no {FILE_NAME}" if here.is_dir() else "is no folder"
    instead = f" Did you mean '{above}'?" if above is not None else ""
    raise NoWorkspace(f"The workspace {said_by} {lacks}.{instead}")


def _depth(value: Any) -> int:
    """Return how many tables stand within each other."""
    return 1 + max(map(_depth, value.values()), default=0) if isinstance(value, dict) else 0


def _wrong(error: "ErrorDetails", overriding: set[str]) -> str:
    """Say where a value is wrong, what was found, and what would be right."""
    place = [str(part) for part in error["loc"]]
    where = f"${OVERRIDES[place[0]]}" if place[0] in overriding else ".".join(place)
    if error["type"] == "extra_forbidden":
        model = _TABLES.get(place[0], Settings) if len(place) > 1 else Settings
        known = set(model.model_fields) - {"root", "name"}
        return f"there is no setting '{where}'.{did_you_mean(place[-1], known)}"
    if error["type"] in {"dict_type", "model_type"}:
        return f"'{where}' must be a table (found {error['input']!r})"
    return f"{where}: {error['msg'].removeprefix('Value error, ')} (found {error['input']!r})"


_TABLES: dict[str, type[BaseModel]] = {
    "engine": Engine,
    "lake": LakeSettings,
    "notify": NotifySettings,
    "brands": Brand,
}
