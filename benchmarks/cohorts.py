"""The cohort marts at size, side by side with scanning what they read, and with pandas.

python benchmarks/cohorts.py                       2 M orders of 280,000 customers
python benchmarks/cohorts.py --orders 50000000 --customers 7000000 --keep FOLDER

Orders, refunds and identities are made up as parquet files in a temporary folder; half of the
orders name their buyer by a key that identities resolve, as exports do. Each mart is written to a
file, as a run would hand it on, in a process of its own: CPU seconds of all threads, and the most
memory that the process held. "Scan" reads the columns that the marts need, and does nothing more.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from insights import schema
from insights.settings import Settings
from insights.store import marts
from insights.store.engine import connect, identifier

WORKSPACE = Path(__file__).parents[1]
AS_OF = "TIMESTAMP '2026-06-30 23:59:59.999999'"
MARTS = ("first_purchases", "cohort_money", "order_uses", "purchases")
PANDAS_MOST = 5_000_000  # Orders; beyond, pandas does not fit into the memory that is given.
SCANNED = {
    "orders": (
        "order_id", "customer_id", "buyer_ref", "channel", "shop_id", "store_id", "paid_at",
        "paid_amount", "is_test", "is_gift", "seller_ref", "campaign_id",
    ),
    "refunds": ("order_id", "line_id", "refunded_at", "amount", "is_estimated", "refund_id"),
    "identities": ("id_type", "namespace", "id_value", "customer_id"),
    "order_lines": ("order_id", "product_id", "paid_amount", "is_freebie"),
    "customers": ("customer_id", "is_staff", "is_test", "province"),
}  # fmt: skip


def make(folder: Path, orders: int, customers: int, places: int = 1_000_003) -> None:
    """Write tables whose customers buy as unevenly as real ones do, over two years.

    At most `places` of them buy at all.
    """
    engine = duckdb.connect()
    engine.execute("SET memory_limit = '2GB'")
    engine.execute(f"SET temp_directory = '{folder}/spill'")
    engine.execute("SET preserve_insertion_order = false")
    # The rarer the customer number the more it buys: floor(n * u^2) is skewed to the first.
    drawn = f"""
        SELECT i,
            CAST(floor({customers} * pow((hash(i) % {places}) / {places}.0, 2)) AS BIGINT) AS who,
            TIMESTAMP '2024-07-01' + to_seconds(CAST(hash(i, 1) % 63072000 AS BIGINT)) AS paid_at,
            hash(i, 2) % 100 AS luck, 10 + hash(i, 3) % 50000 / 100.0 AS amount
        FROM range({orders}) r(i)"""  # noqa: S608 - numbers of our own
    written = {
        "orders": f"""SELECT 'shop:main:' || i AS order_id,
            CASE WHEN luck >= 50 THEN printf('c%016d', who) END AS customer_id,
            CASE WHEN luck < 50 THEN printf('openid:app:o%024d', who) END AS buyer_ref,
            CASE WHEN luck < 30 THEN 'tmall' WHEN luck < 60 THEN 'douyin' WHEN luck < 80
                THEN 'store' ELSE 'youzan' END AS channel,
            'main' AS shop_id, paid_at AS created_at, paid_at, 'done' AS status,
            CAST(amount AS DECIMAL(18, 2)) AS paid_amount, false AS is_gift, luck = 99 AS is_test,
            false AS is_presale FROM ({drawn})""",  # noqa: S608
        "refunds": f"""SELECT 'r' || i AS refund_id, 'shop:main:' || i AS order_id,
            paid_at + INTERVAL 2 DAY AS refunded_at, CAST(amount AS DECIMAL(18, 2)) AS amount,
            false AS is_estimated FROM ({drawn}) WHERE luck < 20""",  # noqa: S608
        "order_lines": f"""SELECT 'l' || i AS line_id, 'shop:main:' || i AS order_id, paid_at AS
            created_at, 'SKU' || (luck % 40) AS product_id, 'done' AS status, 1.0 AS quantity,
            CAST(amount AS DECIMAL(18, 2)) AS paid_amount, false AS is_freebie
            FROM ({drawn})""",  # noqa: S608
        "identities": f"""SELECT 'openid' AS id_type, 'app' AS namespace,
            printf('o%024d', who) AS id_value, printf('c%016d', who) AS customer_id
            FROM range({customers}) r(who)""",  # noqa: S608
        "customers": f"""SELECT printf('c%016d', who) AS customer_id, false AS is_staff,
            false AS is_test FROM range({customers}) r(who)""",  # noqa: S608
        "products": """SELECT 'SKU' || n AS product_id, 'name' AS name,
            'category ' || (n % 6) AS category_1 FROM range(40) r(n)""",
    }
    for name, query in written.items():
        path = folder / f"{name}.parquet"
        engine.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def opened(folder: Path, memory: str) -> duckdb.DuckDBPyConnection:
    """Return the engine of the package over the made files, with every canonical table."""
    settings = Settings.load(WORKSPACE)
    engine = connect(settings, settings.brand(), spill=folder / "spill")
    engine.execute(f"SET memory_limit = '{memory}'")
    for name in schema.names():
        path = folder / f"{name}.parquet"
        held = set()
        if path.exists():
            described = engine.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()  # noqa: S608
            held = {row[0] for row in described}
        columns = ", ".join(
            f"CAST({identifier(c.name) if c.name in held else 'NULL'} AS {c.sql_type}) "
            f"AS {identifier(c.name)}"
            for c in schema.all_columns(schema.get(name))
        )
        source = f"FROM '{path}'" if path.exists() else "WHERE false"
        engine.execute(f"CREATE VIEW {identifier(name)} AS SELECT {columns} {source}")
    return engine


def mart(folder: Path, name: str, memory: str) -> None:
    query = marts.with_marts(f"SELECT * FROM {name}").replace("$as_of", AS_OF)  # noqa: S608
    out = folder / f"out-{name}.parquet"
    opened(folder, memory).execute(f"COPY ({query}) TO '{out}' (FORMAT parquet)")


def scan(folder: Path, memory: str) -> None:
    engine = opened(folder, memory)
    for table, columns in SCANNED.items():
        # A minimum of each makes the engine decode every value; a count would read none.
        asked = ", ".join(f"min({column})" for column in columns)
        engine.execute(f"SELECT {asked} FROM {table}").fetchall()  # noqa: S608


def in_pandas(folder: Path) -> None:
    """Work the first three marts out as one would by hand, with the usual merges and groups."""
    import pandas as pd  # noqa: PLC0415 - only this process needs it

    orders = pd.read_parquet(folder / "orders.parquet")
    refunds = pd.read_parquet(folder / "refunds.parquet")
    keys = pd.read_parquet(folder / "identities.parquet")
    keys["ref"] = keys["id_type"] + ":" + keys["namespace"] + ":" + keys["id_value"]
    orders = orders.merge(keys[["ref", "customer_id"]], how="left", left_on="buyer_ref",
                          right_on="ref", suffixes=("", "_key"))  # fmt: skip
    orders["customer_id"] = orders["customer_id_key"].fillna(orders["customer_id"])
    paid_back = refunds.groupby("order_id")["amount"].sum().rename("back")
    orders = orders.merge(paid_back, how="left", left_on="order_id", right_index=True)
    back = orders["back"].fillna(0).astype(float)
    amount = orders["paid_amount"].astype(float)
    kept = orders[~orders["is_test"] & (amount > 1) & (back < amount)].copy()
    kept["net"] = amount[kept.index] - back[kept.index]
    kept["month"] = kept["paid_at"].dt.to_period("M")
    first = kept.sort_values(["paid_at", "order_id"]).drop_duplicates("customer_id")
    lines = pd.read_parquet(folder / "order_lines.parquet")
    products = pd.read_parquet(folder / "products.parquet")
    lines = lines[lines["order_id"].isin(first["order_id"])].merge(products, on="product_id")
    category = lines.sort_values("paid_amount").drop_duplicates("order_id", keep="last")
    first.merge(category[["order_id", "category_1"]], on="order_id", how="left")
    joined = kept.merge(first[["customer_id", "month", "channel"]], on="customer_id",
                        suffixes=("", "_first"))  # fmt: skip
    by = joined.groupby(["month_first", "channel_first", "month"])
    by.agg(buyers=("customer_id", "nunique"), net=("net", "sum"))
    kept.groupby(["customer_id", kept["paid_at"].dt.normalize()])["net"].sum()


def measured(arguments: list[str]) -> dict[str, float]:
    """Run one task in a process of its own; what it cost is printed as its last line."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=2_000_000)
    parser.add_argument("--customers", type=int, default=280_000)
    parser.add_argument("--memory", default="3GB", help="what the engine may hold")
    parser.add_argument("--keep", type=Path, help="folder of the made tables, used again if full")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        begun = time.process_time(), time.perf_counter()
        if given.task == "scan":
            scan(given.keep, given.memory)
        elif given.task == "pandas":
            in_pandas(given.keep)
        else:
            mart(given.keep, given.task, given.memory)
        used = resource.getrusage(resource.RUSAGE_SELF)
        cost = {
            "cpu": time.process_time() - begun[0],
            "seconds": time.perf_counter() - begun[1],
            "gigabytes": used.ru_maxrss / 1e6,
        }
        print(json.dumps(cost))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "products.parquet").exists():
            make(folder, given.orders, given.customers)
        shared = ["--keep", str(folder), "--memory", given.memory, "--task"]
        print(f"{given.orders:,} orders of {given.customers:,} customers")
        print(f"{'':<22}{'CPU s':>8}{'of scan':>9}{'wall s':>8}{'GB':>6}")
        tasks = {"scan": "scan"} | {name: name for name in MARTS}
        if given.orders <= PANDAS_MOST:
            tasks["pandas, all of them"] = "pandas"
        base = 0.0
        for name, task in tasks.items():
            cost = measured([*shared, task])
            base = base or cost["cpu"]
            print(
                f"{name:<22}{cost['cpu']:>8.1f}{cost['cpu'] / base:>8.1f}x{cost['seconds']:>8.1f}"
                f"{cost['gigabytes']:>6.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
