"""Warehouse: what a brand has in tables and in no export that is read: coupons and after-sales."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from insights.demo.direct import people, trade
from insights.demo.world import Block, World
from insights.demo.world.identity import CORP
from insights.demo.world.parameters import DOUYIN

NOT_SAID = "main"  # No file of WeCom names its company, so its ids are those of this one.


def write(world: World, found: Block, folder: Path) -> list[Path]:
    """Write the tables; each is canonical and has the name of the table that it is for."""
    folder.mkdir(parents=True)
    tables = {"touches": _coupons(world, found), "refunds": _after_sales(world, found)}
    paths = []
    for name, table in tables.items():
        paths.append(folder / f"{name}.parquet")
        pq.write_table(table, paths[-1], compression="zstd")
    return paths


def _coupons(world: World, found: Block) -> Any:
    """Return coupons sent and used, by the id that WeCom gives a friend, and no customer."""
    parts = [pa.table(part).drop_columns("customer_id") for part in people.coupons(world, found)]
    whole = pa.concat_tables(parts)
    at = whole.schema.get_field_index("customer_ref")
    said = pc.replace_substring(whole["customer_ref"], f":{CORP}:", f":{NOT_SAID}:")
    return whole.set_column(at, "customer_ref", said)


def _after_sales(world: World, found: Block) -> Any:
    """Return Douyin's refunds with their times: its order export knows neither time nor amount."""
    live = np.asarray(found.orders.channel[found.refunds.order] == DOUYIN)
    return pa.table(trade.refunds(world, replace(found, refunds=found.refunds.take(live))))
