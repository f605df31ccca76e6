"""The churn report of a brand with millions of customers: CPU seconds and memory, step by step.

python benchmarks/large_brand.py                                    2 M orders, 500,000 customers
python benchmarks/large_brand.py --orders 28000000 --customers 7000000 --keep FOLDER

Orders, refunds and identities are made up as parquet files (see `benchmarks/cohorts.py`) and stand
in a lake of their own. One process does what the notebook does: draw a sample, choose the horizon,
build the panel, fit and judge, then score everybody in a stream. Memory is the most that the
process held so far, engine included; `--memory` is what the engine may hold.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import cohorts

from insights.analyses import churn
from insights.results import NotEnoughData
from insights.settings import Settings
from insights.store.lake import Lake, open_lake

AS_OF = date(2026, 6, 30)
PLACES = 100_000_007  # So fine is the draw of buyers that nearly all customers buy.
SETTINGS = """\
default_brand = "large"
[engine]
memory_limit = "{memory}"
threads = 2
[brands.large]
trifle_amount = 1
"""


def make(folder: Path, orders: int, customers: int) -> None:
    """Write the tables and the one file that makes a lake of them."""
    lake = folder / "data" / "large" / "lake"
    lake.mkdir(parents=True)
    cohorts.make(lake, orders, customers, PLACES)
    tables = {}
    for path in sorted(lake.glob("*.parquet")):
        (lake / path.stem).mkdir()
        path.rename(lake / path.stem / "all.parquet")
        tables[path.stem] = {"version": 0, "rows": 0, "files": ["all.parquet"]}
    current = {
        "load_id": "20260701T000000000000Z",
        "loaded_at": "2026-07-01T00:00:00Z",
        "tables": tables,
        "first_day": "2024-07-01",
        "last_day": str(AS_OF),
    }
    (lake / "current.json").write_text(json.dumps(current), "utf-8")


class Steps:
    """What each step cost."""

    def __init__(self) -> None:
        self.spent = time.process_time()

    def __call__(self, said: str) -> None:
        now = time.process_time()
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        print(f"{said:<58}{now - self.spent:>8.1f}{held:>7.2f}", flush=True)
        self.spent = now


def report(lake: Lake) -> None:
    """Do what the notebook does with the lake."""
    step = Steps()
    sample = lake.sample()
    step(f"sample of {sample.share:.2%} by lot")
    changes = sample.mart("purchase_changes")
    horizon = churn.horizon(changes, as_of=lake.as_of)
    days = churn.cutoffs(lake.as_of, horizon_days=horizon.days, first_day=lake.first_day)
    features = sample.mart("customer_features", as_of=days)
    step(f"panel of {len(features):,} rows at {len(days)} cut-offs, {horizon.days} days")
    study = churn.study(
        features, changes, as_of=lake.as_of, horizon_days=horizon, share=sample.share
    )
    if isinstance(study, NotEnoughData):
        raise SystemExit(study.say(study.because))
    step(f"study, judged at {study.facts['tests']} cut-offs")
    study = churn.for_everyone(study, sample.everyone("customer_features"))
    everyone = None if isinstance(study, NotEnoughData) else study.everyone
    step(f"{everyone.customers if everyone else 0:,} customers scored in a stream")
    exposure, lapsed = churn.exposure(study), churn.lapsed(study)
    churn.backtest(study)
    churn.drivers(study)
    churn.drift(study)
    step("exposure, lapsed, backtest, drivers, drift")
    for found in (exposure, lapsed):
        print("  ", *(claim.text("en") for claim in found.claims[:1]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", type=int, default=2_000_000)
    options.add_argument("--customers", type=int, default=500_000)
    options.add_argument("--memory", default="1GB", help="what the engine may hold")
    options.add_argument("--keep", type=Path, help="folder of the made lake, used again if full")
    options.add_argument("--report", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.report:
        report(open_lake(Settings.load(given.keep), as_of=AS_OF))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        if not (folder / "data").exists():
            make(folder, given.orders, given.customers)
        settings = SETTINGS.format(memory=given.memory)
        (folder / "insights.toml").write_text(settings, "utf-8")
        print(f"{given.orders:,} orders of {given.customers:,} customers, engine {given.memory}")
        print(f"{'':<58}{'CPU s':>8}{'GB':>7}", flush=True)
        # In a process of its own, so that making the tables does not count.
        subprocess.run([sys.executable, __file__, "--keep", str(folder), "--report"], check=True)


if __name__ == "__main__":
    main()
