"""The marts of the cohort report at size, beside scanning what they read, pandas and polars.

python benchmarks/cohorts.py                       2 M orders, where pandas fits, then 50 M
python benchmarks/cohorts.py --orders 50000000 --keep FOLDER [mart ...]

Orders, refunds, identities, contacts and touches are made up as parquet files in a temporary
folder; half of the orders name their buyer by a key that identities resolve, as exports do. Each
mart is written to a file, as a run would hand it on, in a process of its own: CPU seconds of all
threads, and the most memory that the process held. "Of scan" holds that against reading the
columns that the cohort marts need of the same tables, and doing nothing more with them.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import duckdb

from insights import schema
from insights.settings import Settings
from insights.store import marts
from insights.store.engine import connect, identifier

WORKSPACE = Path(__file__).parents[1]
AS_OF = "TIMESTAMP '2026-06-30 23:59:59.999999'"
# All that the notebook asks for, the tables of the brand's own (targets, costs) aside.
MARTS = (
    "first_purchases", "cohort_money", "order_uses", "purchases", "sales_month", "category_moves",
    "refund_hours", "growth_quarters", "joiners", "members", "contact_pool", "contact_activity",
    "contact_value", "private_sales", "private_bridge", "ladder_moves", "live_refunds",
    "product_refunds", "baskets", "private_category",
)  # fmt: skip
# What pandas and polars work out by hand below.
BY_HAND = ("first_purchases", "cohort_money", "purchases")
SIZES = (2_000_000, 50_000_000)  # Orders.
CUSTOMERS_AN_ORDER = 0.14
PANDAS_MOST = 5_000_000  # Orders; beyond, pandas does not fit into the memory that is given.
SCANNED = {
    "orders": (
        "order_id", "customer_id", "buyer_ref", "channel", "shop_id", "store_id", "paid_at",
        "shipped_at", "received_at", "paid_amount", "is_test", "is_gift", "seller_ref",
        "campaign_id", "content_id",
    ),
    "contents": ("content_id", "kind", "published_at"),
    "refunds": (
        "order_id", "line_id", "applied_at", "refunded_at", "amount", "phase", "is_estimated",
    ),
    "identities": ("id_type", "namespace", "id_value", "customer_id"),
    "order_lines": ("line_id", "order_id", "product_id", "quantity", "paid_amount", "is_freebie"),
    "products": ("product_id", "name", "category_1", "unit_cost"),
    "customers": ("customer_id", "is_staff", "is_test", "province"),
    "contacts": (
        "contact_id", "customer_id", "customer_ref", "staff_id", "state", "added_at", "deleted_at",
        "customer_spoke",
    ),
    "touches": ("customer_id", "customer_ref", "at", "kind"),
    "memberships": ("membership_id", "customer_id", "customer_ref", "program", "started_at"),
    "staff": ("staff_id", "role", "region", "store_id"),
    "costs": ("on_date", "kind", "channel", "amount"),
}  # fmt: skip


# Ids as the suite gives them and as platforms do: nothing in their order, or their first letters.
_CUSTOMER = "'c' || left(md5(CAST(who AS VARCHAR)), 16)"
_OPENID = "'o' || left(md5('openid' || who), 27)"


def make(folder: Path, orders: int, customers: int, places: int = 1_000_003) -> None:
    """Write tables whose customers buy as unevenly as real ones do, over two years.

    At most `places` of them buy at all.
    """
    engine = duckdb.connect()
    engine.execute("SET memory_limit = '2GB'")
    engine.execute("SET enable_progress_bar = false")
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
            CASE WHEN luck >= 50 THEN {_CUSTOMER} END AS customer_id,
            CASE WHEN luck < 50 THEN 'openid:app:' || {_OPENID} END AS buyer_ref,
            CASE WHEN luck < 30 THEN 'tmall' WHEN luck < 60 THEN 'douyin' WHEN luck < 80
                THEN 'store' ELSE 'youzan' END AS channel,
            'main' AS shop_id, paid_at AS created_at, paid_at,
            paid_at + INTERVAL 30 HOUR AS shipped_at, paid_at + INTERVAL 90 HOUR AS received_at,
            'done' AS status, CAST(amount AS DECIMAL(18, 2)) AS paid_amount,
            false AS is_gift, luck = 99 AS is_test, false AS is_presale FROM ({drawn})""",  # noqa: S608
        "refunds": f"""SELECT 'r' || i AS refund_id, 'shop:main:' || i AS order_id,
            CASE WHEN luck < 10 THEN 'l' || i END AS line_id,
            paid_at + INTERVAL 40 HOUR AS applied_at,
            paid_at + INTERVAL 2 DAY AS refunded_at, CAST(amount AS DECIMAL(18, 2)) AS amount,
            false AS is_estimated FROM ({drawn}) WHERE luck < 20""",  # noqa: S608
        "order_lines": f"""SELECT 'l' || i AS line_id, 'shop:main:' || i AS order_id, paid_at AS
            created_at, 'SKU' || (luck % 40) AS product_id, 'done' AS status, 1.0 AS quantity,
            CAST(amount AS DECIMAL(18, 2)) AS paid_amount, false AS is_freebie
            FROM ({drawn})""",  # noqa: S608
        "identities": f"""SELECT 'openid' AS id_type, 'app' AS namespace,
            {_OPENID} AS id_value, {_CUSTOMER} AS customer_id
            FROM range({customers}) r(who)""",  # noqa: S608
        "customers": f"""SELECT {_CUSTOMER} AS customer_id, false AS is_staff,
            false AS is_test FROM range({customers}) r(who)""",  # noqa: S608
        # A third of the customers are contacts, known by the same keys; each was touched often.
        "contacts": f"""SELECT 'f' || who AS contact_id, 'openid:app:' || {_OPENID}
            AS customer_ref, 'g' || (who % 900) AS staff_id, 'main' AS corp,
            CASE WHEN who % 2 = 0 THEN 'card' ELSE 'live' END AS state,
            TIMESTAMP '2024-07-01' + to_seconds(CAST(hash(who, 7) % 63072000 AS BIGINT))
            AS added_at, CASE WHEN who % 5 = 0 THEN TIMESTAMP '2026-05-01' END AS deleted_at
            FROM range(0, {customers}, 3) r(who)""",  # noqa: S608
        "touches": f"""SELECT 't' || i AS touch_id, 'openid:app:' || {_OPENID} AS customer_ref,
            TIMESTAMP '2024-07-01' + to_seconds(CAST(hash(i, 9) % 63072000 AS BIGINT)) AS at,
            'mass_msg' AS channel, CASE i % 10 WHEN 0 THEN 'reply_in' WHEN 1 THEN 'like'
            WHEN 2 THEN 'click' ELSE 'sent' END AS kind
            FROM (SELECT i, 3 * CAST(hash(i, 8) % {max(1, customers // 3)} AS BIGINT) AS who
            FROM range({orders // 2}) r(i))""",  # noqa: S608
        "memberships": f"""SELECT 'm' || who AS membership_id, {_CUSTOMER}
            AS customer_id, CASE WHEN who % 50 = 0 THEN 'paid' ELSE 'free' END AS program,
            TIMESTAMP '2024-07-01' + to_seconds(CAST(hash(who, 10) % 63072000 AS BIGINT))
            AS started_at FROM range(0, {customers}, 5) r(who)""",  # noqa: S608
        "staff": """SELECT 'g' || n AS staff_id, 'guide' AS role, 'East' AS region
            FROM range(900) r(n)""",
        "costs": """SELECT 'k' || n AS cost_id, CAST(DATE '2024-07-15' + CAST(n * 30 AS INTEGER)
            AS DATE) AS on_date, 'labour' AS kind, 90000.00 AS amount FROM range(24) r(n)""",
        "products": """SELECT 'SKU' || n AS product_id, 'name' AS name, 99.00 AS unit_cost,
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


def scan(folder: Path, table: str, memory: str) -> None:
    # The hash of each makes the engine decode every value; a count would read none, and a plain
    # minimum comes from the statistics of the file.
    asked = ", ".join(f"min(hash({identifier(column)}))" for column in SCANNED[table])
    opened(folder, memory).execute(f"SELECT {asked} FROM {table}").fetchall()  # noqa: S608


def in_pandas(folder: Path) -> None:
    """Work three marts out as one would by hand, with the usual merges and groups."""
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


def in_polars(folder: Path) -> None:
    """Do the same in polars, lazily, in the engine that streams."""
    import polars as pl  # noqa: PLC0415 - only this process needs it

    keys = pl.scan_parquet(folder / "identities.parquet").select(
        pl.concat_str("id_type", "namespace", "id_value", separator=":").alias("buyer_ref"),
        pl.col("customer_id").alias("key"),
    )
    back = pl.scan_parquet(folder / "refunds.parquet").group_by("order_id")
    kept = (
        pl.scan_parquet(folder / "orders.parquet")
        .join(keys, on="buyer_ref", how="left")
        .join(back.agg(pl.col("amount").sum().alias("back")), on="order_id", how="left")
        .with_columns(
            pl.coalesce("key", "customer_id").alias("customer_id"),
            pl.col("back").fill_null(0),
        )
        .filter(
            ~pl.col("is_test") & (pl.col("paid_amount") > 1)
            & (pl.col("back") < pl.col("paid_amount"))
        )
        .select(
            "customer_id", "order_id", "channel", "paid_at",
            pl.col("paid_at").dt.truncate("1mo").alias("month"),
            (pl.col("paid_amount") - pl.col("back")).alias("net"),
        )
    )  # fmt: skip
    columns = ("order_id", "paid_at", "channel", "month")
    earliest = [pl.col(name).sort_by("paid_at", "order_id").first() for name in columns]
    first = kept.group_by("customer_id").agg(earliest).collect(engine="streaming")
    products = pl.scan_parquet(folder / "products.parquet")
    lines = (
        pl.scan_parquet(folder / "order_lines.parquet")
        .join(first.lazy().select("order_id"), on="order_id", how="semi")
        .join(products, on="product_id")
        .group_by("order_id")
        .agg(pl.col("category_1").sort_by("paid_amount").last())
    )
    first.lazy().join(lines, on="order_id", how="left").sink_parquet(
        folder / "out-polars-1.parquet"
    )
    of_customer = first.lazy().select(
        "customer_id",
        pl.col("month").alias("month_first"),
        pl.col("channel").alias("first_channel"),
    )
    by = kept.join(of_customer, on="customer_id").group_by("month_first", "first_channel", "month")
    by.agg(pl.col("customer_id").n_unique(), pl.col("net").sum()).collect(engine="streaming")
    days = kept.group_by("customer_id", pl.col("paid_at").dt.truncate("1d").alias("day"))
    days.agg(pl.col("net").sum()).sink_parquet(folder / "out-polars-2.parquet")


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
    parser.add_argument("--orders", type=int, help="one size alone")
    parser.add_argument("--memory", default="3.5GB", help="what the engine may hold")
    parser.add_argument("--keep", type=Path, help="folder of the made tables, used again if full")
    parser.add_argument("marts", nargs="*", default=[*MARTS, "polars", "pandas"])
    parser.add_argument("--task", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        begun = time.process_time(), time.perf_counter()
        if given.task.startswith("scan:"):
            scan(given.keep, given.task.removeprefix("scan:"), given.memory)
        elif given.task in {"pandas", "polars"}:
            {"pandas": in_pandas, "polars": in_polars}[given.task](given.keep)
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
    if given.keep and not given.orders:
        parser.error("--keep holds the tables of one size: say it with --orders")
    for orders in [given.orders] if given.orders else SIZES:
        with tempfile.TemporaryDirectory() as scratch:
            compare(given.keep or Path(scratch), orders, given.memory, given.marts)


def compare(folder: Path, orders: int, memory: str, names: list[str]) -> None:
    """Make the tables of one size where there are none, and print what each task costs on them."""
    customers = round(orders * CUSTOMERS_AN_ORDER)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "products.parquet").exists():
        # So fine is the draw of buyers that nearly all customers buy.
        make(folder, orders, customers, max(1_000_003, 15 * customers))
    shared = ["--keep", str(folder), "--memory", memory, "--task"]
    print(f"{orders:,} orders of {customers:,} customers")
    # What all is held against is measured three times: its noise would be in every ratio.
    scans = [{t: measured([*shared, f"scan:{t}"])["cpu"] for t in SCANNED} for _ in range(3)]
    base = {table: median(scan[table] for scan in scans) for table in SCANNED}
    print("scans, CPU s: " + ", ".join(f"{t} {cpu:.1f}" for t, cpu in base.items() if cpu > 0.1))
    print(f"{'':<22}{'CPU s':>8}{'of scan':>9}{'wall s':>8}{'GB':>6}", flush=True)
    done = {}
    for name in [name for name in names if name in MARTS]:
        done[name] = measured([*shared, name])
        _print(name, done[name], sum(base[t] for t in _read(name)))
    held = sum(base[t] for t in {t for name in BY_HAND for t in _read(name)})
    if set(BY_HAND) <= set(done):
        three = [done[name] for name in BY_HAND]
        whole = {key: sum(cost[key] for cost in three) for key in ("cpu", "seconds")}
        most = max(cost["gigabytes"] for cost in three)
        _print("three of them", whole | {"gigabytes": most}, held)
    for name in ("polars", "pandas"):
        if name in names and not (name == "pandas" and orders > PANDAS_MOST):
            _print(f"the three in {name}", measured([*shared, name]), held)


def _read(mart_name: str) -> set[str]:
    return marts.tables_read([mart_name]) & set(SCANNED)


def _print(name: str, cost: dict[str, float], base: float) -> None:
    print(
        f"{name:<22}{cost['cpu']:>8.1f}{cost['cpu'] / base:>8.1f}x{cost['seconds']:>8.1f}"
        f"{cost['gigabytes']:>6.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
