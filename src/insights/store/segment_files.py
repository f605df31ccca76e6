"""Where are a brand's saved segments, and is one saved anew? Asked before each run: no pandas."""

from pathlib import Path

from insights.settings import Brand, Settings

FOLDER = "segments"


def folder_of(settings: Settings, brand: Brand) -> Path:
    """Return the folder of a brand's segments, whether it is there or not."""
    return settings.data / brand.name / FOLDER


def files_in(folder: Path) -> list[Path]:
    """Return the files of the segments in a folder, by name."""
    return sorted(path for path in folder.glob("*.parquet") if not path.name.startswith("."))


def edition(settings: Settings, brand: Brand) -> str:
    """Return what changes whenever a segment is saved, removed or loses somebody; empty of none."""
    found = [(path.stem, path.stat()) for path in files_in(folder_of(settings, brand))]
    return " ".join(f"{name}:{file.st_size}:{file.st_mtime_ns}" for name, file in found)
