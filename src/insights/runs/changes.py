"""What changed since the last report: which figures moved and why, which sentences came and went.

A figure moves for five reasons, taken in this order, each with what came before it settled:

1. new code: the old day and the old data, computed again by today's code;
2. late refunds: the same, with today's refunds;
3. new identity links: and with today's customers and identities;
4. other late data: and with all of today's data;
5. new period: the new day.

What 1 to 4 move is a restatement of a time already reported, never a change in the business. A
step in which nothing differs costs nothing; each other one runs the notebook once more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from insights.runs.record import RunRecord
from insights.runs.spec import RunSpec
from insights.store.loads import Current
from insights.wording import say_value

REFUNDS = ("refunds",)
LINKS = ("customers", "identities")
NEW_CODE, LATE_REFUNDS, NEW_IDENTITY, LATE_DATA, NEW_PERIOD = (
    "new_code",
    "late_refunds",
    "new_identity",
    "late_data",
    "new_period",
)

Kpis = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One reason, and the run that shows what it moves.

    It sees the data of the last report, but for the tables `newer`, which are today's.
    """

    reason: str
    as_of: str
    newer: tuple[str, ...] = ()


def steps(before: RunRecord, spec: RunSpec, old: Current, new: Current) -> list[Step]:
    """Return the reasons that can have moved a figure, in order; the new period comes last."""
    found = []
    if before.code_hash != spec.code_hash:
        found.append(Step(NEW_CODE, before.as_of))
    differing = {
        name for name in {*old.tables, *new.tables} if _files(old, name) != _files(new, name)
    }
    taken: tuple[str, ...] = ()
    for reason, group in (
        (LATE_REFUNDS, REFUNDS),
        (NEW_IDENTITY, LINKS),
        (LATE_DATA, tuple(sorted(differing - {*REFUNDS, *LINKS}))),
    ):
        if moved := tuple(name for name in group if name in differing):
            taken += moved
            found.append(Step(reason, before.as_of, taken))
    if before.as_of != spec.period:
        found.append(Step(NEW_PERIOD, spec.period, taken))
    return found


def since(
    before: RunRecord,
    period: str,
    now: Kpis,
    path: Sequence[Step],
    ask: Callable[[Step], Kpis],
) -> dict[str, Any]:
    """Return the metadata `since` of a page.

    Parameters
    ----------
    before : RunRecord
        The last published run of the same report, brand and parameters.
    period, now : str, mapping
        The day that ends this run's period, and its figures.
    path : sequence of Step
        What may have moved them.
    ask : callable
        Gives the figures of a step but the last, which are `now`.
    """
    moved = _moved_tiles(before.kpis, now)
    parts: dict[str, dict[str, float]] = {tile["key"]: {} for tile in moved}
    if moved:
        reached = _values(before.kpis)
        for number, step in enumerate(path, start=1):
            figures = _values(now if number == len(path) else ask(step))
            for key, part in parts.items():
                if key in figures and key in reached:
                    part[step.reason] = figures[key] - reached[key]
            reached = figures
    return {
        "as_of": before.as_of,
        "published_at": before.ended_at,
        "tiles": [
            {
                "label": tile["label"],
                "kind": tile["kind"],
                "before": tile["was"],
                "after": tile["value"],
                "parts": {
                    reason: part
                    for reason, part in parts[tile["key"]].items()
                    if say_value(part, tile["kind"]) != say_value(0.0, tile["kind"])
                },
                "restated": before.as_of == period,
            }
            for tile in moved
        ],
        "claims": _claims(before.kpis, now),
    }


def _files(load: Current, name: str) -> tuple[str, ...]:
    table = load.tables.get(name)
    return table.files if table else ()


def _values(kpis: Kpis) -> dict[str, float]:
    """Figures of the tiles by key; those that have no number are left out."""
    return {
        tile["key"]: float(tile["value"])
        for tile in kpis.get("tiles", [])
        if isinstance(tile.get("value"), int | float)
    }


def _moved_tiles(before: Kpis, now: Kpis) -> list[dict[str, Any]]:
    """Tiles that say another number than before; what is said alike did not move."""
    was, is_now = _values(before), _values(now)
    return [
        tile | {"was": was[key]}
        for tile in now.get("tiles", [])
        if (key := tile["key"]) in was and key in is_now
        if say_value(was[key], tile["kind"]) != say_value(is_now[key], tile["kind"])
    ]


def _claims(before: Kpis, now: Kpis) -> dict[str, Any]:
    """Sentences by topic: said now for the first time, no longer said, or said the other way."""
    old = {_topic(claim): claim for claim in before.get("claims", [])}
    new = {_topic(claim): claim for claim in now.get("claims", [])}
    return {
        "appeared": [claim["text"] for topic, claim in new.items() if topic not in old],
        "vanished": [claim["text"] for topic, claim in old.items() if topic not in new],
        "flipped": [
            [old[topic]["text"], claim["text"]]
            for topic, claim in new.items()
            if topic in old and old[topic]["key"] != claim["key"]
        ],
    }


def _topic(claim: Mapping[str, Any]) -> str:
    return str(claim.get("topic") or claim["key"])
