"""Warehouse: what a brand's own tables have and no console exports: coupons sent and used."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from insights.demo.direct import people
from insights.demo.world import Block, World
from insights.demo.world.identity import CORP

NOT_SAID = "main"  # No file of WeCom names its company, so its ids are those of this one.


def write(world: World, found: Block, folder: Path) -> list[Path]:
    """Write `touches.parquet`: coupons, by the id that WeCom gives a friend, and no customer."""
    parts = [pa.table(part).drop_columns("customer_id") for part in people.coupons(world, found)]
    whole = pa.concat_tables(parts)
    at = whole.schema.get_field_index("customer_ref")
    said = pc.replace_substring(whole["customer_ref"], f":{CORP}:", f":{NOT_SAID}:")
    path = folder / "touches.parquet"
    folder.mkdir(parents=True)
    pq.write_table(whole.set_column(at, "customer_ref", said), path, compression="zstd")
    return [path]
