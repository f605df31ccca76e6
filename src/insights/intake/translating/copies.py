# ruff: noqa: S608 - SQL is composed of declared names and quoted values only
"""Copies: where rows have no number of their own, which of them were pasted in twice?

Two rows of one order that say the same may be two pieces, or one piece twice. An order whose rows
all occur k times is k copies of itself where something else stands between them, as where one
export was pasted below another, or where every order of the file is so. Any other rows that are
alike count, each by itself, and that is said.
"""

from collections.abc import Callable
from typing import Any

from insights.intake.translating import tables
from insights.sources.adapter import Adapter, Block
from insights.sources.values import Aggregate, columns_of, quoted_names
from insights.store.engine import identifier

_MANY = 4  # Of so many orders, all are hardly doubled by chance.
Ask = Callable[[str], list[tuple[Any, ...]]]


def found(ask: Ask, adapter: Adapter) -> int:
    """Put copies into the table `repeated`; return how many rows are alike and count all the same.

    Reads the view `file_rows` and the table `repeated` (_row, _why).
    """
    of = _group(adapter)
    if not of:
        return 0
    there = " AND ".join(f"{one} IS NOT NULL" for one in of)
    said = [identifier(h) for h, kind in adapter.kinds.items() if kind != "private"]
    ask(
        f"""CREATE OR REPLACE TEMP TABLE alike AS
        WITH said AS (
            SELECT _row, hash({", ".join(of)}) AS _of, hash({", ".join(said)}, _reasons) AS _says
            FROM file_rows WHERE _skip IS NULL AND {there}
            AND _row NOT IN (SELECT _row FROM repeated)
        ),
        told AS (
            SELECT *, count(*) OVER (PARTITION BY _of, _says) AS _times,
                row_number() OVER (PARTITION BY _of, _says ORDER BY _row) AS _nth,
            FROM said WHERE _of IN (
                SELECT _of FROM said GROUP BY _of, _says HAVING count(*) > 1
            )
        ),
        orders AS (
            SELECT _of, list_reduce(list(_times), lambda a, b: gcd(a, b)) AS _copies,
                max(_row) - min(_row) + 1 > count(*) AS _apart
            FROM told GROUP BY _of
        ),
        whole AS (
            SELECT (SELECT count(*) FROM orders WHERE _copies > 1) AS doubled,
                (SELECT count(DISTINCT _of) FROM said) AS every
        )
        SELECT _row, _copies > 1 AND _nth > _times // _copies
                AND (_apart OR doubled = every AND every >= {_MANY}) AS _copy, _nth
        FROM told JOIN orders USING (_of) CROSS JOIN whole"""
    )
    ask("INSERT INTO repeated SELECT _row, 'repeated' FROM alike WHERE _copy")
    ((left,),) = ask("SELECT count(*) FROM alike WHERE NOT _copy AND _nth > 1")
    # Of an order that was found to be copies, those that are left may still be alike.
    ask("DROP TABLE alike")
    return int(left)


def _group(adapter: Adapter) -> list[str]:
    """Return the SQL of what rows share of which one could be there twice unseen; often nothing."""
    blocks = [block for block in adapter.blocks if _is_blind(adapter, block)]
    order = tables.order(adapter)
    if not blocks:
        return []
    if order is not None:
        return [tables.of_row(order)]
    names: list[str] = []
    for column in tables.key_columns(adapter, blocks[0]):
        name = column.strip('"')
        names += quoted_names(adapter.derive[name]) if _counts(adapter, name) else [name]
    known = {*adapter.kinds, *adapter.scope, *adapter.derive}
    return [identifier(name) for name in dict.fromkeys(names) if name in known]


def _is_blind(adapter: Adapter, block: Block) -> bool:
    """Whether the same row makes another one of the table, or more of it, when it comes again."""
    keys = [block.values[key] for key in block.key if key in block.values]
    if any(tables.has_position(key) for key in keys):
        return True
    if any(_counts(adapter, name) for key in keys for name in columns_of(key)):
        return True
    sums = any(isinstance(v, Aggregate) and v.how == "sum" for v in block.values.values())
    return sums and tables.order(adapter) is None


def _counts(adapter: Adapter, name: str) -> bool:
    return "row_number()" in adapter.derive.get(name, "")
