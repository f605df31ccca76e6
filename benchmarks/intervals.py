"""How often the intervals of the cohort report hold the truth, over a hundred planted worlds.

python benchmarks/intervals.py                     100 worlds each
python benchmarks/intervals.py --worlds 20

The worlds and their truths are those of the slow tests, which fail where a share is too far from
what is claimed; this prints the shares themselves, for docs/methods.md.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from insights.analyses.cohorts import contacts_stock, payback
from tests.analyses import test_cohort_growth, test_live_refunds
from tests.analyses.test_payback import cost_of, simulated, together_paid_back
from tests.truth import test_coming_back, test_refund_money, test_retention
from tests.truth.plant import Coverage


def paid_back(seeds: list[int]) -> Coverage:
    """Contacts who bring in nine yuan a month, at costs that five and three months cover."""
    gathered = Coverage(0.95)
    for seed in seeds:
        for cost in (20.0, 41.0):
            found = payback(simulated(seed), cost_of(300 * cost), as_of=date(2025, 9, 30)).table
            low, high = found[["low", "high"]].fillna(np.inf).iloc[0]
            gathered.add(low, high, int(np.ceil(cost / 9)))
    return gathered


def paid_back_together(seeds: list[int]) -> Coverage:
    """The same of five months of contacts pooled, at a cost that four months just cover."""
    gathered = Coverage(0.95)
    for seed in seeds:
        found = together_paid_back(seed)
        gathered.add(found["low"] or np.inf, found["high"] or np.inf, 4)
    return gathered


def contacts_ahead(seeds: list[int]) -> Coverage:
    """How many contacts there will be in 13 weeks, joined at a pace that wavers by the week."""
    gathered = Coverage(0.80)
    for seed in seeds:
        frame, truth = test_cohort_growth.simulated(seed, wave=0.4)
        found = contacts_stock(frame, as_of=test_cohort_growth.AS_OF).facts
        gathered.add(found["low"], found["high"], truth)
    return gathered


def rows(worlds: int) -> Iterator[tuple[str, Callable[[], Coverage]]]:
    retention = list(range(100, 100 + worlds))
    other = list(range(900, 900 + worlds))
    yield "retention, months", lambda: test_retention.cover(retention, 2_000)
    yield "repurchase within 90 days", lambda: test_coming_back.cover(other, 1_500)
    yield "refund shares, live", lambda: test_refund_money.cover(other)[0]
    yield "refunds still to come", lambda: test_refund_money.cover(other)[1]
    yield "refund shares by host", lambda: test_live_refunds.cover(other)
    yield "month of payback", lambda: paid_back(other)
    yield "month of payback, pooled", lambda: paid_back_together(other)
    yield "contacts in 13 weeks", lambda: contacts_ahead(other)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    given = parser.parse_args()
    print(f"{given.worlds} worlds{'':<20}{'claimed':>8}{'held':>8}{'CPU s':>8}")
    for name, ask in rows(given.worlds):
        begun = time.process_time()
        found = ask()
        spent = time.process_time() - begun
        print(f"{name:<30}{found.nominal:>8.0%}{found.share:>8.1%}{spent:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
