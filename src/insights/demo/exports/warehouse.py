"""Warehouse: what a brand has in tables and in no export that is read: coupons sent and used."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from insights.demo.direct import people
from insights.demo.world import Block, World
from insights.demo.world.identity import CORP

NOT_SAID = "main"  # No file of WeCom names its company, so its ids are those of this one.


def write(world: World, found: Block, folder: Path) -> list[Path]:
    """Write the tables; each is canonical and has the name of the table that it is for."""
    folder.mkdir(parents=True)
    path = folder / "touches.parquet"
    pq.write_table(_coupons(world, found), path, compression="zstd")
    return [path]


def _coupons(world: World, found: Block) -> Any:
    """Return coupons sent and used, by the id that WeCom gives a friend, and no customer."""
    parts = [pa.table(part).drop_columns("customer_id") for part in people.coupons(world, found)]
    whole = pa.concat_tables(parts)
    at = whole.schema.get_field_index("customer_ref")
    said = pc.replace_substring(whole["customer_ref"], f":{CORP}:", f":{NOT_SAID}:")
    return whole.set_column(at, "customer_ref", said)
