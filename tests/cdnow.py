"""CDNOW: all purchases of 23,570 customers who first bought in January to March 1997.

Published by Fader and Hardie; `lifetimes`, with which we are compared, brings both files along.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pandas as pd


@cache
def orders() -> pd.DataFrame:
    """All purchases up to 1998-06-30: `customer_id`, `date`, `paid_at`, `quantity`, `amount`."""
    return _read("CDNOW_master.txt", ["customer_id"], skip=1)


@cache
def sample() -> pd.DataFrame:
    """The purchases of every tenth customer, as the published fits of BG/NBD take them."""
    return _read("CDNOW_sample.txt", ["master_id", "customer_id"], skip=0)


def _read(name: str, ids: list[str], *, skip: int) -> pd.DataFrame:
    package = find_spec("lifetimes")  # Importing it would warn, for it is archived.
    assert package is not None
    assert package.origin is not None
    table = pd.read_csv(
        Path(package.origin).parent / "datasets" / name,
        sep=r"\s+",
        names=[*ids, "date", "quantity", "amount"],
        dtype=dict.fromkeys(ids, str),
        parse_dates=["date"],
        date_format="%Y%m%d",
        skiprows=skip,
    )
    return table.assign(paid_at=table["date"])
