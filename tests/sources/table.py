"""The table of docs/sources.md: what each adapter is tried with, and what it costs.

`python -m tests.sources.table` measures what has no cost yet (`--all`: everything) and writes it;
test_table.py holds it to the samples. CPU seconds are those of reading and translating copies of
the sample, short of the lake, by the slope between a small file and one of some 10,000 rows.
"""

import json
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from insights import sources
from insights.sources import Adapter
from insights.sources.headers import normalise
from insights.sources.quirks import quirks
from tests.samples.sample import Sample
from tests.sources import checks
from tests.sources.test_adapters import FOUND

DOCS = Path(__file__).parents[2] / "docs" / "sources.md"
BEGIN = "<!-- adapters: written by `python -m tests.sources.table` -->"
END = "<!-- end of adapters -->"
ROWS = 10_000
HEAD = (
    "| adapter | samples | rows | warts covered | CPU s per 100,000 rows |",
    "| --- | --- | --- | --- | --- |",
)


def lines(cost: dict[str, str]) -> list[str]:
    """Return the rows of the table, with what each adapter costs."""
    found = []
    for adapter in sources.adapters():
        samples = [one for one in FOUND if one.adapter == adapter.name]
        rows = sum(rows_of(one) for one in samples)
        found.append(
            f"| `{adapter.name}` | {len(samples)} | {rows} | "
            f"{'; '.join(warts(adapter, samples))} | {cost.get(adapter.name, '')} |"
        )
    return found


def rows_of(sample: Sample) -> int:
    """Return how many rows a sample has; of JSON, how many records it becomes."""
    return sum(max(len(rows), 1) for rows in sample.expected.values()) if sample.is_json else len(
        sample.rows
    )  # fmt: skip


def warts(adapter: Adapter, samples: list[Sample]) -> list[str]:
    """Return the oddities that the samples have, and those that the adapter handles."""
    found = list(dict.fromkeys(one.encoding for one in samples if not one.is_json))
    for sample in samples:
        text = sample.content().decode(sample.encoding)
        found += [
            name
            for name, sign in (
                ("tabs around ids", r"\t"),
                ('="..."', r'=""?\d'),
                ("backticks", "`"),
                ("line breaks in headers", r'"[^"\r\n]*\n[^"\r\n]*"(,|\r)'),
                ("thousands", r'"[¥]?\d{1,3},\d{3}'),
                ("¥ or 元", r"¥|\d元"),
                ("masked phones", r"1\d{0,2}\*{4,6}\d{4}"),
                ("times as Excel writes them", r"\d{4}/\d{1,2}/\d{1,2}"),
                ("full-width digits", r"[０-９]"),
            )
            if not sample.is_json and re.search(sign, text)
        ]
        found += ["lines above the header"] if sample.before else []
        found += [reason.replace("_", " ") for reason in sample.skipped]
        found += ["rows refused"] if sample.refused else []
    return list(dict.fromkeys((*found, *quirks(adapter))))


def costs(text: str) -> dict[str, str]:
    """Return what the document says that each adapter costs."""
    shown = text.partition(BEGIN)[2].partition(END)[0]
    return dict(re.findall(r"^\| `([\w.]+)` .* \| ([\d.]+) \|$", shown, re.MULTILINE))


def measured(known: dict[str, str]) -> dict[str, str]:
    """Return what each adapter costs; what is known is not measured again."""
    cost = {}
    for adapter in sources.adapters():
        if adapter.name in known:
            cost[adapter.name] = known[adapter.name]
            continue
        sample = next(one for one in FOUND if one.adapter == adapter.name)
        checks.outcome(sample, Path(tempfile.mkdtemp()))
        (few, slight), (many, heavy) = (_of(adapter, sample, n) for n in (500, ROWS))
        cost[adapter.name] = f"{(heavy - slight) / (many - few) * 100_000:.1f}"
        print(adapter.name, cost[adapter.name], file=sys.stderr)  # noqa: T201 - it takes minutes
    return cost


def _of(adapter: Adapter, sample: Sample, rows: int) -> tuple[int, float]:
    """Return the rows of a file of copies, and the CPU seconds that it took."""
    content = _copied(adapter, sample, rows)
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        found = checks.outcome(sample, Path(folder), content)
        took = time.process_time() - began
    (account,) = found.files.accounts or [None]
    assert account is not None, found.files.refused
    return account.rows_read, took


def _copied(adapter: Adapter, sample: Sample, rows: int) -> bytes:
    if sample.is_json:
        copies = max(rows // max(rows_of(sample), 1), 2)
        text = json.dumps(sample.document, ensure_ascii=False)
        return "\n".join([text] * copies).encode(sample.encoding)
    spelled = {normalise(o): h for h, others in adapter.aliases.items() for o in others}
    keys = {
        header
        for header in sample.headers
        if adapter.kinds.get(_named(spelled, adapter, header)) == "id"
    }
    good = [row for row in sample.rows if len(row) > len(sample.headers) // 2]
    copies = max(rows // len(good), 2)
    made = tuple(
        {h: re.sub(r"(\w)(\W*)$", rf"\g<1>{n}\2", c) if h in keys else c for h, c in row.items()}
        for n in range(10_000, 10_000 + copies)
        for row in good
    )
    return replace(sample, rows=made, after=sample.below(made)).content()


def _named(spelled: dict[str, str], adapter: Adapter, header: str) -> str:
    known = {normalise(name): name for name in adapter.kinds}
    return known.get(normalise(header)) or spelled.get(normalise(header), "")


def written(text: str, cost: dict[str, str]) -> str:
    """Return the document with the table in its place."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return "\n".join((f"{before}{BEGIN}", *HEAD, *lines(cost), f"{END}{after}"))


if __name__ == "__main__":
    found = measured({} if "--all" in sys.argv else costs(DOCS.read_text("utf-8")))
    # What others wrote meanwhile stays.
    DOCS.write_text(written(DOCS.read_text("utf-8"), found), "utf-8")
