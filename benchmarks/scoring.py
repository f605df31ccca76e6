"""Score millions of customers in a stream: CPU seconds a million, and the most memory held.

python benchmarks/scoring.py --customers 7000000

A study of a small simulated world gives the model; its customers' features, copied and shaken, are
written as parquet, and a fresh process reads them through DuckDB batch by batch and scores them.
The limit is 1.5 GB at 7 million.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from insights.analyses import churn
from insights.analyses.churn.features import FEATURES, describe
from insights.analyses.churn.panel import known_by
from insights.analyses.churn.scoring import ScoringModel

LIMIT_GB = 1.5
BLOCK = 200_000


def small_study(customers: int = 4_000, days: int = 400) -> churn.Study:
    """Study a world in which customers buy at their own rates and leave at their own."""
    draw = np.random.default_rng(0)
    rates, starts = draw.gamma(1.0, 0.03, customers), draw.integers(0, days // 2, customers)
    leaves = draw.exponential(200, customers)
    rows = [
        (f"c{who:06d}", int(starts[who] + day))
        for who in range(customers)
        for day in [0, *np.cumsum(draw.exponential(1 / rates[who], 60))]
        if day < leaves[who] and starts[who] + day < days
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "day"]).drop_duplicates()
    moment = pd.Timestamp("2025-01-01") + pd.to_timedelta(table["day"], unit="D")
    changes = pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "order_id": table.index.astype(str),
            "paid_at": moment,
            "known_at": moment,
            "net_amount": np.round(draw.lognormal(4, 0.6, len(table)), 2),
        }
    )
    as_of = (pd.Timestamp("2025-01-01") + timedelta(days=days - 1)).date()
    cutoffs = churn.cutoffs(as_of, horizon_days=28, first_day=moment.min().date())
    parts = []
    for day in cutoffs:
        bought = known_by(changes, day)
        rows_then = describe(bought, day)
        rows_then["last_event_at"] = bought.groupby("customer_id")["paid_at"].max()
        parts.append(rows_then.reset_index().assign(as_of=pd.Timestamp(day)))
    found = churn.study(pd.concat(parts), changes, as_of=as_of, horizon_days=28)
    if not isinstance(found, churn.Study):
        raise SystemExit("The small world gave no study.")
    return found


def write_features(found: churn.Study, path: Path, customers: int) -> None:
    """Write features of so many customers: the study's own, drawn again and shaken."""
    draw = np.random.default_rng(1)
    own = found.scores[["customer_id", *FEATURES]]
    writer = None
    for start in range(0, customers, BLOCK):
        size = min(BLOCK, customers - start)
        rows = own.iloc[draw.integers(len(own), size=size)].reset_index(drop=True)
        rows["customer_id"] = [f"c{n:09d}" for n in range(start, start + size)]
        rows["total_amount"] *= draw.uniform(0.5, 2.0, size)
        block = pa.Table.from_pandas(rows, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, block.schema)
        writer.write_table(block)
    if writer is not None:
        writer.close()


def score(model_path: Path, features_path: Path) -> None:
    """Score the file in a stream; the child process's whole work."""
    import duckdb  # noqa: PLC0415 - the child alone reads

    model = ScoringModel.from_card(model_path.read_text("utf-8"))
    connection = duckdb.connect(config={"memory_limit": "500MB", "threads": 1})
    reader = connection.read_parquet(str(features_path)).to_arrow_reader(100_000)
    start, count, silent = time.process_time(), 0, 0.0
    for scores in model.stream(reader):
        count += len(scores)
        silent += float(scores["forecast"].sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    spent = time.process_time() - start
    print(json.dumps({"customers": count, "silent": silent, "cpu": spent, "gigabytes": peak}))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--score", nargs=2, type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.score:
        score(*chosen.score)
        return
    with tempfile.TemporaryDirectory() as folder:
        model, features = Path(folder) / "model.json", Path(folder) / "features.parquet"
        found = small_study()
        model.write_text(churn.card(found).file().text, "utf-8")
        write_features(found, features, chosen.customers)
        command = [sys.executable, __file__, "--score", str(model), str(features)]
        said = subprocess.run(command, check=True, capture_output=True, text=True)
        told = json.loads(said.stdout.strip().splitlines()[-1])
    print(
        f"{told['customers']:,} customers scored in {told['cpu']:.0f} CPU s "
        f"({told['cpu'] / told['customers'] * 1e6:.1f} a million), at most "
        f"{told['gigabytes']:.2f} GB (limit {LIMIT_GB})"
    )
    if told["gigabytes"] > LIMIT_GB:
        raise SystemExit("more memory than the limit")


if __name__ == "__main__":
    main()
