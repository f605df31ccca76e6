"""Experiment: who was in which arm, and can a lottery have made the arms what they are?

What is told of an experiment is read here, before any lift is: its arms, which of them was left
alone, how likely their sizes are, and of a switchback its periods.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.trials import ratio_check
from insights.errors import DataError, MissingColumns
from insights.wording import _

CONTROLS = ("control", "holdout", "对照组", "对照", "空白组", "no e-mail", "no email")
OUTCOMES = {
    "bought": (_("bought within four weeks"), "percent"),
    "net_28": (_("net sales of four weeks"), "money"),
    "visit": (_("visited"), "percent"),
    "conversion": (_("bought"), "percent"),
    "spend": (_("spent"), "money"),
    "clicked": (_("clicked"), "percent"),
    "redeemed": (_("used a coupon"), "percent"),
    "amount": (_("net sales"), "money"),
}
WINDOW_DAYS = 28
MIN_UNITS = 30  # people in an arm


def experiments(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Shape the mart `assignment_outcomes` for `readout`: whose four weeks are over, what they did.

    Parameters
    ----------
    outcomes : DataFrame, one row per person and experiment
        ``title``, ``arm``, ``probability``, ``days_seen``, ``days_to_order``, ``net_28``.

    Returns
    -------
    DataFrame, one row per person and experiment
        ``experiment``, ``arm``, ``probability``, ``bought`` (0 or 1), ``net_28``. Whoever nobody
        knows by name stays in the arm: the lottery was drawn for them, too.
    """
    needed = {"title", "arm", "probability", "days_seen", "days_to_order", "net_28"}
    if missing := needed - set(outcomes.columns):
        raise MissingColumns("assignment_outcomes", missing, outcomes.columns)
    over = outcomes[outcomes["days_seen"] >= WINDOW_DAYS]
    return pd.DataFrame(
        {
            "experiment": over["title"].astype(str),
            "arm": over["arm"].astype(str),
            "probability": over["probability"].astype(float),
            "bought": (over["days_to_order"].astype(float) <= WINDOW_DAYS).astype(int),
            "net_28": over["net_28"].astype(float),
        }
    ).reset_index(drop=True)


def asked_for(
    frame: pd.DataFrame, arm: str, outcomes: Sequence[str] | None, period: str | None
) -> list[str]:
    """Return the outcomes to read out: those asked for, else the known ones that are there."""
    needed = {arm, *(outcomes or ()), *([period] if period else [])}
    if missing := needed - set(frame.columns):
        raise MissingColumns("experiment", missing, frame.columns)
    return list(outcomes or [name for name in OUTCOMES if name in frame.columns])


def by_experiment(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the experiments with their people."""
    if "experiment" not in frame.columns:
        return [("", frame)]
    return [(str(title), part) for title, part in frame.groupby("experiment", sort=True)]


def control_of(arms: pd.Series, control: str | None) -> Any:
    """Return the arm that was left alone, by its name where nobody says which."""
    present = list(arms.unique())
    if control is not None and control in present:
        return control
    named = [a for a in present if str(a).strip().lower() in CONTROLS]
    if control is None and len(named) == 1:
        return named[0]
    raise DataError(
        f"Which arm was left alone is not clear; found {sorted(map(str, present))}. Give its name: "
        "readout(frame, control='...')."
    )


def ratio_of(data: pd.DataFrame, arm: str) -> float:
    """Return how likely a lottery makes arms as unequal as these."""
    counts = data.groupby(arm).size()
    if len(counts) < 2:
        return 0.0
    if "probability" in data.columns:
        # The chance may differ by person: arms are as large as the sum of chances, arm by arm.
        shares = data.groupby(arm)["probability"].mean()
        if shares.notna().all() and (shares > 0).all():
            return ratio_check(counts, shares)
    return ratio_check(counts, np.ones(len(counts)))


def by_period(people: pd.DataFrame, arm: str, asked: list[str], period: str | None) -> pd.DataFrame:
    """Return one row a period of a switchback: its arm, and the mean of each outcome."""
    arms = people.groupby(period)[arm].nunique()
    if (arms > 1).any():
        raise DataError(
            f"{int((arms > 1).sum())} periods of the switchback have two arms. Each period has "
            f"one; for people drawn within a period, leave `period` out."
        )
    return people.groupby(period).agg({arm: "first", **dict.fromkeys(asked, "mean")}).reset_index()
