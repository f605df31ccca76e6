"""Plan: can this brand be made here? Answered before anything is written."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from insights.demo.world import Spec
from insights.errors import IntakeError, ParameterError, SettingsError
from insights.settings import Brand, Settings

MOST_EXPORTED = 300_000  # customers: beyond, files are a detour
# Bytes a customer and month. Measured at 30,000 and 18: 152, 43 (48 while it is written) and 28;
# a lake of 7 million and 24: 33. What a small world has of its own is in the spare.
BYTES = {"exports": 220, "lake": 75, "truth": 40}
SPARE = 200_000_000


@dataclass(frozen=True)
class Plan:
    """Where a brand will be written, and about how much."""

    spec: Spec
    exports: Path
    truth: Path
    lake: Path
    bytes: int


def plan(settings: Settings, brand: Brand, spec: Spec, *, direct: bool, force: bool) -> Plan:
    """Return the plan, or say why it cannot be.

    Raises
    ------
    SettingsError
        If the brand is not declared as simulated.
    ParameterError
        If the world is too large for files.
    IntakeError
        If there is a brand already, or too little room.
    """
    check_simulated(brand)
    if not direct and spec.customers > MOST_EXPORTED:
        raise ParameterError(
            f"Exports are made for up to {MOST_EXPORTED:,} customers; found {spec.customers:,}. "
            "Write the lake straight: --direct."
        )
    home = settings.data / brand.name
    exports, truth = exports_of(settings, brand), home / "truth"
    lake = home / "lake"
    full = occupied(settings, brand)
    if full and not force:
        raise IntakeError(
            f"'{full.relative_to(settings.root)}' is not empty. Give --force to put the new "
            "brand in its place, or name another brand."
        )
    written = ("lake", "truth") if direct else ("exports", "truth")
    needed = sum(BYTES[part] for part in written) * spec.customers * spec.months
    nearest = next(f for f in (home, *home.parents) if f.is_dir())
    free = shutil.disk_usage(nearest).free
    if free < needed + SPARE:
        raise IntakeError(
            f"This brand needs about {needed / 1e9:.1f} GB and {SPARE / 1e9:.1f} GB to spare; "
            f"there are {free / 1e9:.1f} GB. Make room, or ask for fewer customers or months."
        )
    return Plan(spec, exports, truth, lake, needed)


def check_simulated(brand: Brand) -> None:
    """Refuse a brand that is not declared as simulated: its data may be real."""
    if not brand.simulated:
        raise SettingsError(
            f"The brand '{brand.name}' is not declared as simulated, and its data may be real. "
            f"Add `simulated = true` under [brands.{brand.name}] in insights.toml, or name another "
            "brand."
        )


def exports_of(settings: Settings, brand: Brand) -> Path:
    """Return the folder of a brand's exports."""
    return settings.data / brand.name / "exports"


def occupied(settings: Settings, brand: Brand) -> Path | None:
    """Return the folder that a new brand would replace; None where there is nothing yet."""
    folders = (exports_of(settings, brand), settings.data / brand.name / "lake")
    return next((f for f in folders if f.is_dir() and any(f.iterdir())), None)
