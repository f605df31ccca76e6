"""Design of slot days: which slots of the calendar can be told from weekday, month and each other?

A slot of every Tuesday is what Tuesdays sell: no day shows the one without the other, and whatever
a regression says of it is invented. A slot is judged where enough of its days, and of the weeks
around them, are left once weekdays, months and the other slots have explained what they can.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

NEAR_DAYS = 7
# Share of a column that nothing else explains (tolerance; its inverse inflates the variance).
LEAST_OWN = 0.1


@dataclass(frozen=True, eq=False, kw_only=True)
class Design:
    """What explains a day's sales, and of which slots that says something.

    Attributes
    ----------
    frame : DataFrame, one row per day
        Columns ``during SLOT`` and ``near SLOT`` where they can be told, weekdays and months.
    slots : tuple of str
        Columns of `frame` that are of slots.
    told : tuple of str
        Slots of which days and weeks around can both be told.
    marks : dict of arrays of bool, one entry per day
        All days of each slot, and those around it.
    """

    frame: pd.DataFrame
    slots: tuple[str, ...]
    told: tuple[str, ...]
    marks: dict[str, np.ndarray]


def design_of(days: pd.DataFrame, held: pd.DataFrame) -> Design:
    """Lay out days, slots and their neighbours, and leave out what cannot be told.

    Parameters
    ----------
    days : DataFrame, one row per day
        ``day_no``, ``weekday``, ``month``.
    held : DataFrame, one row per run of a slot
        ``slot``, ``first_no``, ``last_no``.
    """
    marks = _marks(days["day_no"].to_numpy(), held)
    usual = pd.concat(
        [
            pd.get_dummies(days["weekday"], prefix="weekday", drop_first=True, dtype=float),
            pd.get_dummies(days["month"], prefix="month", dtype=float),
        ],
        axis=1,
    )
    found = [name for name, mark in marks.items() if mark.any()]
    # First the neighbours: of a slot held every week they are all other days, and with them in
    # the design no other slot could be told from its neighbours either.
    while near := _weakest(found, marks, usual, "near "):
        found.remove(near)
    own = _own(found, marks, usual)
    while during := _weakest(found, marks, usual, "during "):
        found.remove(during)
    slots = sorted(held["slot"].astype(str).unique())
    told = tuple(
        name
        for name in slots
        # Of two that always come together neither is told, though one stays in the design.
        if {f"during {name}", f"near {name}"} <= {*found} and own[f"during {name}"] >= LEAST_OWN
    )
    columns = {name: marks[name].astype(float) for name in found}
    frame = pd.concat([pd.DataFrame(columns, index=days.index), usual], axis=1)
    return Design(frame=frame, slots=tuple(found), told=told, marks=marks)


def _weakest(
    found: list[str], marks: dict[str, np.ndarray], usual: pd.DataFrame, kind: str
) -> str | None:
    """Return the column of a kind that has too little of its own, if there is one.

    Of several it is the one with most days: that of the slot which is held most often hides the
    others.
    """
    own = _own(found, marks, usual)
    weak = [name for name in found if name.startswith(kind) and own[name] < LEAST_OWN]
    return max(weak, key=lambda name: (marks[name].sum(), name), default=None)


def _own(found: list[str], marks: dict[str, np.ndarray], usual: pd.DataFrame) -> dict[str, float]:
    """Return of each column the share that weekday, month and the other columns do not explain."""
    if not found:
        return {}
    columns = np.column_stack([marks[name] for name in found]).astype(float)
    whole = ((columns - columns.mean(axis=0)) ** 2).sum(axis=0)
    base = np.linalg.qr(usual.to_numpy())[0]
    # What is left after weekday and month, in as many rows as there are columns.
    left = np.asarray(np.linalg.qr(columns - base @ (base.T @ columns), mode="r"))
    own = {}
    for k, name in enumerate(found):
        others = np.delete(left, k, axis=1)
        away = left[:, k] - others @ np.linalg.lstsq(others, left[:, k], rcond=1e-9)[0]
        own[name] = float(away @ away / max(whole[k], 1e-12))
    return own


def _marks(day: np.ndarray, held: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the days of each slot, and those of the week before and after it."""
    marks: dict[str, np.ndarray] = {}
    around = np.zeros(len(day), bool)
    for slot, mine in held.groupby(held["slot"].astype(str)):
        during = _mark(day, mine["first_no"], mine["last_no"])
        near = _mark(day, mine["first_no"] - NEAR_DAYS, mine["first_no"] - 1)
        near |= _mark(day, mine["last_no"] + 1, mine["last_no"] + NEAR_DAYS)
        marks |= {f"during {slot}": during, f"near {slot}": near}
        around |= during
    # A day of one slot is not the neighbour of another.
    return {
        name: mark & ~around if name.startswith("near ") else mark for name, mark in marks.items()
    }


def _mark(day: np.ndarray, first: pd.Series, last: pd.Series) -> np.ndarray:
    found = np.zeros(len(day), bool)
    for begin, end in zip(first, last, strict=True):
        found |= (day >= begin) & (day <= end)
    return found
