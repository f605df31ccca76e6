"""Segments: groups of customers that were given a name, kept beside the lake, and used again.

A name stands for a frozen list of customers; making it anew is saving it again. The file is private
to the brand's owner, and somebody who is forgotten is taken out of it.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insights.errors import (
    DataError,
    EmptyLake,
    MissingColumns,
    ParameterError,
    SettingsError,
    did_you_mean,
)
from insights.results import segmented
from insights.settings import Brand, Settings
from insights.store.disk import flush_files, flush_folders
from insights.store.lake import open_lake
from insights.store.segment_files import files_in, folder_of
from insights.store.session import brand_here, run_context

if TYPE_CHECKING:
    import pandas as pd

NAME = re.compile(r"\w[\w.-]{0,63}")
_KNOW_CUSTOMERS = ("orders", "customers", "identities", "contacts", "memberships")


def __dir__() -> list[str]:
    """Complete with Tab what is meant for a notebook, and nothing of its making."""
    return ["label", "load", "names", "remove", "save"]


def save(name: str, customers: Any, *, brand: str | None = None) -> "pd.DataFrame":
    """Give a group of customers a name, as ``ins.segments.save("live-first", ids)``.

    Parameters
    ----------
    name : str
        Letters, digits, ``.``, ``-`` and ``_``; a name that is taken is given anew.
    customers : ids, or DataFrame
        Customer ids; or a frame with `customer_id` and `segment`, for several groups at once, such
        as ``segments.rfm(...).members``.
    brand : str, optional
        The run's brand, or the one whose lake was opened last, if not given.

    Returns
    -------
    DataFrame
        One row per segment: `segment`, `customers`.

    Raises
    ------
    ParameterError
        If the name cannot be one.
    DataError
        If there is nobody in it, somebody is in two segments, or is no customer of the brand.

    Examples
    --------
    >>> orders = lake.mart("order_net")
    >>> ids = orders.loc[orders["channel"] == "douyin", "customer_id"].unique()
    >>> ins.segments.save("live-first", ids)["segment"].tolist()
    ['live-first']

    Any split takes its name:

    >>> from insights.analyses import cohorts
    >>> found = cohorts.retention(orders, as_of=lake.as_of, by="live-first", min_customers=10)
    >>> sorted(found.table["group"])
    ['live-first', 'others']
    """
    import pandas as pd  # noqa: PLC0415 - a door opens quickly

    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ParameterError(
            f"'{name}' cannot name a segment. Use up to 64 letters, digits, '.', '-' and '_'."
        )
    if isinstance(customers, pd.DataFrame):
        if missing := {"customer_id", "segment"} - set(customers.columns):
            raise MissingColumns("customers", missing, customers.columns)
        frame = customers[["customer_id", "segment"]]
    else:
        frame = pd.DataFrame({"customer_id": list(customers), "segment": name})
    frame = frame.dropna().astype(str).drop_duplicates().sort_values("customer_id")
    if frame.empty:
        raise DataError(f"Nobody is in the segment '{name}'. Nothing was saved.")
    if twice := int(frame["customer_id"].duplicated().sum()):
        raise DataError(f"{twice} customers are in two segments of '{name}'. Nothing was saved.")
    settings, whose = _here(brand)
    if strangers := _strangers(set(frame["customer_id"]), settings, whose):
        raise DataError(
            f"{strangers} of {len(frame)} in '{name}' are no customers of '{whose.name}'. Nothing "
            "was saved. Name the brand that they are of (brand=), or leave out who is not there."
        )
    folder = folder_of(settings, whose)
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o700)
    _write(frame, folder / f"{name}.parquet")
    return _counted(frame)


def load(name: str, *, brand: str | None = None) -> "pd.DataFrame":
    """Return a saved segment, one row per customer: `customer_id`, `segment`.

    Raises
    ------
    DataError
        If there is none of this name.

    Examples
    --------
    >>> said = ins.segments.save("first", ["c1", "c2"])
    >>> ins.segments.load("first")["customer_id"].tolist()
    ['c1', 'c2']
    """
    import pandas as pd  # noqa: PLC0415 - see `save`

    path = _path(name, brand)
    return pd.read_parquet(path)


def names(brand: str | None = None) -> "pd.DataFrame":
    """List what was saved: `name`, `segments`, `customers`, `saved_at` (UTC).

    Examples
    --------
    >>> said = ins.segments.save("first", ["c1", "c2"])
    >>> ins.segments.names().set_index("name").loc["first", "customers"].item()
    2
    """
    import pandas as pd  # noqa: PLC0415 - see `save`

    rows = []
    for path in files_in(folder_of(*_here(brand))):
        frame = pd.read_parquet(path)
        rows.append(
            {
                "name": path.stem,
                "segments": frame["segment"].nunique(),
                "customers": len(frame),
                "saved_at": datetime.fromtimestamp(int(path.stat().st_mtime), tz=UTC),
            }
        )
    return pd.DataFrame(rows, columns=["name", "segments", "customers", "saved_at"])


def label(
    frame: "pd.DataFrame", name: str, *, column: str = "segment", brand: str | None = None
) -> "pd.DataFrame":
    """Return a frame with each customer's segment beside; who is in none is one of the "others".

    To split by one saved segment its name is enough: ``by="live-first"``.

    Raises
    ------
    DataError
        If there is none of this name.
    MissingColumns
        If the frame has no `customer_id`.

    Examples
    --------
    >>> said = ins.segments.save("first", ["c1", "c2"])
    >>> ins.segments.label(pd.DataFrame({"customer_id": ["c2", "c3"]}), "first")["segment"].tolist()
    ['first', 'others']
    """
    if "customer_id" not in frame.columns:
        raise MissingColumns("frame", {"customer_id"}, frame.columns)
    segment = load(name, brand=brand)
    return frame.assign(**{column: segmented.in_segments(frame["customer_id"], segment)})


def remove(name: str, *, brand: str | None = None) -> None:
    """Remove a saved segment.

    Raises
    ------
    DataError
        If there is none of this name.

    Examples
    --------
    >>> said = ins.segments.save("mistaken", ["c1"])
    >>> ins.segments.remove("mistaken")
    >>> "mistaken" in set(ins.segments.names()["name"])
    False
    """
    _path(name, brand).unlink()


def forget(settings: Settings, brand: Brand, ids: Collection[str]) -> int:
    """Take somebody out of every saved segment; return out of how many. May be done twice."""
    import pandas as pd  # noqa: PLC0415 - see `save`

    changed = 0
    for path in files_in(folder_of(settings, brand)):
        frame = pd.read_parquet(path)
        kept = frame[~frame["customer_id"].isin(set(ids))]
        if len(kept) == len(frame):
            continue
        changed += 1
        if kept.empty:
            path.unlink()
        else:
            _write(kept, path)
    return changed


def _here(brand: str | None) -> tuple[Settings, Brand]:
    settings = Settings.load(run_context().workspace)
    return settings, brand_here(settings, brand)


def _strangers(ids: set[str], settings: Settings, brand: Brand) -> int:
    """Return how many ids the brand's newest load does not know; 0 where there are no orders."""
    try:
        lake = open_lake(settings, brand.name)
    except EmptyLake:
        return 0
    left = set(ids)
    for table in _KNOW_CUSTOMERS:
        for batch in lake.arrow(f"SELECT DISTINCT customer_id FROM {table}"):  # noqa: S608
            left.difference_update(batch.column(0).to_pylist())
            if not left:
                return 0
    return len(left)


def _known() -> list[str]:
    """Names of the segments of the brand that the door speaks of; none outside a workspace."""
    try:
        return [path.stem for path in files_in(folder_of(*_here(None)))]
    except SettingsError:
        return []


def _path(name: str, brand: str | None) -> Path:
    folder = folder_of(*_here(brand))
    known = [path.stem for path in files_in(folder)]
    if name not in known:
        hint = did_you_mean(name, known) or " ins.segments.names() lists those that were saved."
        raise DataError(f"There is no segment called '{name}'.{hint}")
    return folder / f"{name}.parquet"


def _write(frame: "pd.DataFrame", path: Path) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.touch(mode=0o600)
    frame.to_parquet(draft, index=False)
    flush_files([draft])
    draft.replace(path)
    flush_folders([path.parent])


def _counted(frame: "pd.DataFrame") -> "pd.DataFrame":
    counted = frame.groupby("segment").size().rename("customers").reset_index()
    return counted.sort_values("customers", ascending=False, ignore_index=True)


segmented.keep(_known, load)  # From here on, `by=` of an analysis knows segments by their names.
