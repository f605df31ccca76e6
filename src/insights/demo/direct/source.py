"""The source: a simulated world in the shape that a load takes, block by block."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from insights.demo.direct import brand as own
from insights.demo.direct import people, trade
from insights.demo.faults import as_exported
from insights.demo.world import Block, Spec, World
from insights.demo.world.padding import incentive_ends
from insights.demo.world.world import BLOCK
from insights.settings import Brand

Watch = Callable[[Block], None]
VERSION = "2"
DEMO = "demo"


@dataclass(frozen=True)
class Rows:
    """Rows of one canonical table: the shape of a source's batch."""

    table: str
    rows: Any
    file: str
    file_sha256: str
    source: str = DEMO
    told_at: datetime | None = None  # One world tells of all at once: no row is newer.


class DirectSource:
    """A world as a source of canonical rows.

    Parameters
    ----------
    world : World or Spec
    watch : callable, optional
        Given each block as it was simulated, before faults: for the truth, so that no world is
        simulated twice.
    block : int
        People at a time.
    """

    name = DEMO
    label = "模拟品牌 (simulated)"
    version = VERSION
    tables = (
        "products", "staff", "campaigns", "contents", "daily_metrics", "targets", "customers",
        "identities", "contacts", "memberships", "orders", "order_lines", "refunds", "touches",
        "assignments", "costs",
    )  # fmt: skip

    def __init__(
        self, world: World | Spec, *, watch: Watch | None = None, block: int = BLOCK
    ) -> None:
        self.world = world if isinstance(world, World) else World(world)
        self._watch = watch or (lambda found: None)
        self._block = block

    def fingerprint(self) -> str:
        """Return a digest of the spec, the parameters and this code's version."""
        told = [self.version, asdict(self.world.spec), self.world.parameters.told()]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def batches(self, brand: Brand) -> Iterator[Rows]:
        """Yield the rows: first of the brand, then of people, block by block."""
        world = self.world
        for table, make in (
            ("products", own.products),
            ("staff", own.staff),
            ("campaigns", own.campaigns),
            ("contents", own.contents),
            ("daily_metrics", own.daily_metrics),
            ("targets", own.targets),
            ("contacts", people.padding),
        ):
            yield self._rows(table, [make(world)], "brand")
        bought = world.padding
        paid = bought.take(bought.at < incentive_ends(world.parameters, world.calendar) * 86_400)
        rewards = trade.rewards(world, paid.who, paid.staff, paid.at)
        yield self._rows("costs", [rewards, own.wages(world)], "brand")
        for number, whole in enumerate(world.blocks(self._block)):
            self._watch(whole)
            found = as_exported(world, whole)
            for table, tables in (
                ("customers", [people.customers(world, found)]),
                ("identities", people.identities(world, found)),
                ("contacts", [people.contacts(world, found)]),
                ("memberships", [people.memberships(world, found)]),
                ("orders", [trade.orders(world, found)]),
                ("order_lines", [trade.order_lines(world, found)]),
                ("refunds", [trade.refunds(world, found)]),
                ("touches", people.touches(world, found)),
                ("assignments", [people.assignments(world, found)]),
                ("costs", trade.costs(world, found)),
            ):
                yield self._rows(table, tables, f"block {number}")

    def _rows(self, table: str, parts: list[people.Table], file: str) -> Rows:
        whole = pa.concat_tables([pa.table(part) for part in parts], promote_options="default")
        numbered = whole.append_column("_row", pa.array(range(whole.num_rows), pa.int64()))
        return Rows(table, numbered, f"simulated, {file}", self.fingerprint())
