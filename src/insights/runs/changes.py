"""What changed since the last report: which figures moved and why, which sentences came and went.

The last report is that of the period before. A period that is reported again is held against its
former edition as well, for what was restated.

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


Ask = Callable[[Step], Kpis]


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


def since(before: RunRecord, now: Kpis, path: Sequence[Step], ask: Ask) -> dict[str, Any]:
    """Return what is different from the last report.

    Parameters
    ----------
    before : RunRecord
        The last published run of the same report, brand and parameters for an earlier period.
    now : mapping
        This run's figures.
    path : sequence of Step
        What may have moved them.
    ask : callable
        Gives the figures of a step but the last, which are `now`.
    """
    return {
        "as_of": before.as_of,
        "tiles": _moved(before.kpis, now, path, ask),
        "claims": _claims(before.kpis, now),
    }


def restated(former: RunRecord, now: Kpis, path: Sequence[Step], ask: Ask) -> list[dict[str, Any]]:
    """Return the figures of a period that differ from its former edition, and why.

    Parameters are those of `since`, with the former edition in the place of the last report.
    """
    return _moved(former.kpis, now, path, ask)


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


def _moved(before: Kpis, now: Kpis, path: Sequence[Step], ask: Ask) -> list[dict[str, Any]]:
    """Tiles that say another number than before, with what each reason moved.

    What is said alike did not move, and nothing is asked where no tile moved.
    """
    was, is_now = _values(before), _values(now)
    moved = [
        tile
        for tile in now.get("tiles", [])
        if (key := tile["key"]) in was and key in is_now
        if say_value(was[key], tile["kind"]) != say_value(is_now[key], tile["kind"])
    ]
    parts: dict[str, dict[str, float]] = {tile["key"]: {} for tile in moved}
    reached = was
    for number, step in enumerate(path if moved else (), start=1):
        figures = is_now if number == len(path) else _values(ask(step))
        for key, part in parts.items():
            if key in figures and key in reached:
                part[step.reason] = figures[key] - reached[key]
        reached = figures
    return [
        {
            "label": tile["label"],
            "kind": tile["kind"],
            "before": was[tile["key"]],
            "after": tile["value"],
            "parts": {
                reason: part
                for reason, part in parts[tile["key"]].items()
                if say_value(part, tile["kind"]) != say_value(0.0, tile["kind"])
            },
        }
        for tile in moved
    ]


def _claims(before: Kpis, now: Kpis) -> dict[str, Any]:
    """Sentences said now for the first time, no longer said, or said the other way.

    What is said word for word in both is no news, whatever it is called. Two sentences of one topic
    say opposite things where neither of their keys is in the other report.
    """
    old, new = _unlike(before, now), _unlike(now, before)
    old_keys, new_keys = ({claim["key"] for claim in claims} for claims in (old, new))
    then = {_topic(claim): claim["text"] for claim in old if claim["key"] not in new_keys}
    old_topics, new_topics = ({_topic(claim) for claim in claims} for claims in (old, new))
    return {
        "appeared": [claim["text"] for claim in new if _topic(claim) not in old_topics],
        "vanished": [claim["text"] for claim in old if _topic(claim) not in new_topics],
        "flipped": [
            [then[_topic(claim)], claim["text"]]
            for claim in new
            if claim["key"] not in old_keys and _topic(claim) in then
        ],
    }


def _unlike(these: Kpis, those: Kpis) -> list[Mapping[str, Any]]:
    """Claims of one report that the other does not say in the same words."""
    said = {claim["text"] for claim in those.get("claims", [])}
    return [claim for claim in these.get("claims", []) if claim["text"] not in said]


def _topic(claim: Mapping[str, Any]) -> str:
    return str(claim.get("topic") or claim["key"])
