"""What the content report costs at size: its marts over all touches of a large brand, its scores.

python benchmarks/contents.py                                       5 M touches of 335,000 friends
python benchmarks/contents.py --touches 100000000 --friends 6700000 --orders 5000000

Friends, their messages and likes, and orders are made up as parquet files (see
`benchmarks/cohorts.py`), everybody known by a key that identities resolve. Each mart is written to
a file, as a run would hand it on, in a process of its own: CPU seconds of all threads, and the most
memory that the process held, engine included. Last come the scores of 20,000 pieces that three
audiences saw (`content_scores`), on one thread as in a report: by six factors (place, weekday and
daypart, author, audience, topic, the piece itself), and by these, format, the push and 300 runs of
characters of their titles; `contents.py scores` makes them alone.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import cohorts
import duckdb
import numpy as np
import pandas as pd

# Those that read touches; the others of the report read what these leave, or sales.
MARTS = (
    "content_reach", "content_looks", "content_hours", "staff_week", "touched_week",
    "order_claims", "execution_region", "campaign_response",
)  # fmt: skip
ACCOUNTS = 9_000
MESSAGES, MOMENTS = 416, 208  # of two years
LIKES = 0.08  # of the touches
REGIONS = ("East", "South", "North", "West")
ITEMS, SCORES, SIX = 20_000, "scores", "six"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
AS_OF = date(2026, 6, 30)

_OPENID = "'openid:app:' || 'o' || left(md5('openid' || who), 27)"


def make(folder: Path, touches: int, friends: int) -> None:
    """Write contents, friendships, staff and touches beside the orders of the same people.

    A message goes to a friend once, as platforms have it: of each friend's touches no two are of
    one content.
    """
    engine = duckdb.connect()
    engine.execute("SET memory_limit = '2GB'")
    engine.execute("SET enable_progress_bar = false")
    engine.execute(f"SET temp_directory = '{folder}/spill'")
    engine.execute("SET preserve_insertion_order = false")
    liked = int(touches * LIKES)
    first = "TIMESTAMP '2024-07-01'"

    def events(count: int, kind: str, name: str, of: int, every: float) -> str:
        """Return events of friends in turn, each on another content than the friend's last."""
        return f"""SELECT '{kind}' || i AS touch_id, {_OPENID} AS customer_ref,
            'g' || (who % {ACCOUNTS}) AS staff_id, '{kind}' AS kind,
            '{"moments" if kind == "like" else "mass_msg"}' AS channel,
            '{name}' || number AS content_id,
            {first} + to_seconds(CAST(number * {every * 86_400:.0f} + 36000 + who % 20000
                AS BIGINT)) AS at
            FROM (SELECT i, i % {friends} AS who,
                (CAST(hash(i % {friends}) % {of} AS BIGINT) + 5 * (i // {friends})) % {of}
                AS number FROM range({count}) r(i))"""  # noqa: S608 - numbers of our own

    contents = " UNION ALL ".join(
        f"""SELECT '{name}' || n AS content_id, '{kind}' AS kind, 'wecom' AS channel,
            'Piece ' || n AS title,
            {first} + to_seconds(CAST(n * {every * 86_400:.0f} + 36000 AS BIGINT)) AS published_at
            FROM range({count}) r(n)"""  # noqa: S608
        for name, kind, count, every in (
            ("mass", "mass_msg", MESSAGES, 730 / MESSAGES),
            ("mom", "moment", MOMENTS, 730 / MOMENTS),
        )
    )
    regions = ", ".join(f"'{region}'" for region in REGIONS)
    written = {
        "contents": contents,
        "staff": f"""SELECT 'g' || n AS staff_id, 'guide' AS role,
            [{regions}][CAST(n % {len(REGIONS)} AS INTEGER) + 1] AS region
            FROM range({ACCOUNTS}) r(n)""",  # noqa: S608
        "contacts": f"""SELECT 'f' || who AS contact_id, {_OPENID} AS customer_ref,
            'g' || (who % {ACCOUNTS}) AS staff_id, 'main' AS corp, {first} - INTERVAL 1 DAY
            AS added_at, CASE WHEN who % 5 = 0 THEN TIMESTAMP '2026-05-01' + to_seconds(
            CAST(hash(who, 7) % 4000000 AS BIGINT)) END AS deleted_at
            FROM range({friends}) r(who)""",  # noqa: S608
        "touches": events(touches - liked, "sent", "mass", MESSAGES, 730 / MESSAGES)
        + " UNION ALL "
        + events(liked, "like", "mom", MOMENTS, 730 / MOMENTS),
    }
    for name, query in written.items():
        path = folder / f"{name}.parquet"
        engine.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def titled(items: int, seed: int = 0) -> pd.DataFrame:
    """Return pieces with titles, each seen by three audiences: what `content_scores` takes.

    Titles are four phrases each, of Chinese characters as common as those of a language are.
    """
    random = np.random.default_rng(seed)
    letters = [chr(0x4E00 + k) for k in range(3_000)]
    common = 1 / np.arange(5, 5 + len(letters))
    common /= common.sum()
    phrases = [
        ["".join(random.choice(letters, random.integers(2, 6), p=common)) for _ in range(80)]
        for _ in range(4)
    ]
    which = (80 * random.random((items, 4)) ** 2).astype(int)
    author, topic, kind, part, slot = (
        random.integers(0, levels, items) for levels in (40, 12, 4, 4, 4)
    )
    about = random.normal(0, 0.35, items) + random.normal(0, 0.2, 80)[which[:, 1]]
    about += random.normal(0, 0.15, 40)[author] - 0.4 * slot
    item = np.repeat(np.arange(items), 3)
    audience = np.tile(np.arange(3), items)
    logit = about[item] - 3 + np.array([0, 0.2, -0.3])[audience]
    logit += random.normal(0, 0.3, item.size)
    reached = np.exp(random.normal(6.5, 0.8, item.size)).astype(int) + 1
    days = random.integers(0, 180, items)[item]
    return pd.DataFrame(
        {
            "content_id": [f"c{n:06d}" for n in item],
            "kind": "article",
            "title": ["，".join(phrases[k][which[n, k]] for k in range(4)) for n in item],
            "topics": [[f"topic {topic[n]}"] for n in item],
            "published_on": pd.Timestamp(AS_OF) - pd.to_timedelta(days, unit="D"),
            "slot": [f"place {slot[n]}" for n in item],
            "push": [f"push {n // 4}" for n in item],
            "drawn_by_lot": item // 4 % 5 == 0,
            "daypart": [f"part {part[n]}" for n in item],
            "author": [f"author {author[n]}" for n in item],
            "audience": [REGIONS[n] for n in audience],
            "format": [f"format {kind[n]}" for n in item],
            "reached": reached,
            "answered": random.binomial(reached, 1 / (1 + np.exp(-logit))),
        }
    )


def score(items: int, *, six: bool) -> None:
    """Score pieces, by six factors or with their titles and all, and print what that cost."""
    from insights.analyses.engagement import content_scores  # noqa: PLC0415 - not of the parent

    made = titled(items)
    if six:
        made = made.assign(title=None).drop(columns=["push", "drawn_by_lot", "format"])
    begun = time.process_time(), time.perf_counter()
    found = content_scores(made, as_of=AS_OF)
    cost = {
        "cpu": time.process_time() - begun[0],
        "seconds": time.perf_counter() - begun[1],
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "items": len(found.table),
        "cells": len(found.pieces.cells),
    }
    print(json.dumps(cost))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--touches", type=int, default=5_000_000)
    parser.add_argument("--friends", type=int, default=335_000)
    parser.add_argument("--orders", type=int, default=500_000)
    parser.add_argument("--items", type=int, default=ITEMS, help="titled pieces that are scored")
    parser.add_argument("--memory", default="3GB", help="what the engine may hold")
    parser.add_argument("--keep", type=Path, help="folder of the made tables, used again if full")
    parser.add_argument("marts", nargs="*", default=[*MARTS, SCORES])
    parser.add_argument("--task", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task in {SCORES, SIX}:
        score(given.items, six=given.task == SIX)
        return
    wanted = [name for name in given.marts if name != SCORES]
    if wanted:
        _marts(given, wanted)
    if given.items and SCORES in given.marts:
        for task, said in ((SIX, "six factors"), (SCORES, "titles and all")):
            done = subprocess.run(
                [sys.executable, __file__, "--task", task, "--items", str(given.items)],
                capture_output=True, text=True, check=True, env=os.environ | ONE_THREAD,
            )  # fmt: skip
            cost = json.loads(done.stdout.splitlines()[-1])
            print(f"scores of {cost['items']:,} pieces in {cost['cells']:,} cells")
            _print(said, cost)


def _marts(given: argparse.Namespace, wanted: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "contents.parquet").exists():
            cohorts.make(folder, given.orders, given.friends)
            make(folder, given.touches, given.friends)
        print(f"{given.touches:,} touches of {given.friends:,} friends, engine {given.memory}")
        print(f"{'':<22}{'CPU s':>8}{'wall s':>8}{'GB':>6}", flush=True)
        for name in wanted:
            given_on = ["--keep", str(folder), "--memory", given.memory, "--task", name]
            _print(name, cohorts.measured(given_on))


def _print(name: str, cost: dict[str, float]) -> None:
    print(
        f"{name:<22}{cost['cpu']:>8.1f}{cost['seconds']:>8.1f}{cost['gigabytes']:>6.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
