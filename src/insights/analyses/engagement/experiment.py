"""Experiment: who was in which arm, and can a lottery have made the arms what they are?

What is told of an experiment is read here, before any lift is: its arms, which of them was left
alone, who had the same chances, how likely the arms' sizes are, and of a switchback its periods.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from insights.analyses.engagement.trials import RATIO_ALPHA, ratio_check
from insights.errors import DataError, MissingColumns
from insights.models.arms import left_alone
from insights.wording import _, say

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
Trouble = Literal["odd", "nameless", "single", "tangled"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Experiment:
    """One experiment as it can be read out, or what is in the way.

    Attributes
    ----------
    data : DataFrame, one row per person (or period)
        As given, with ``stratum``: whoever shares one had the same chances.
    control : object
        The arm that was left alone; None where that is not clear.
    ratio_p : float
        How likely the lottery makes arms as unequal as these; NaN where nothing can be said.
    trouble : {'odd', 'nameless', 'single', 'tangled'} or None
        Arms that no lottery makes; no arm known as the control; one arm only; chances that differ
        by person among more than two arms.
    """

    title: str
    data: pd.DataFrame
    control: Any
    ratio_p: float
    trouble: Trouble | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Pair:
    """One arm of an experiment and its control, one row per person, with ``stratum``."""

    title: str
    arm: str
    treated: pd.DataFrame
    control: pd.DataFrame

    def values(self, outcome: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return outcome and stratum of both, of whoever has an outcome and somebody to match."""
        both = [part[["stratum", outcome]].dropna() for part in (self.treated, self.control)]
        shared = set(both[0]["stratum"]) & set(both[1]["stratum"])
        one, other = (part[part["stratum"].isin(shared)] for part in both)
        return one, other


def experiments(outcomes: pd.DataFrame, *, elsewhere: Sequence[str] = ()) -> pd.DataFrame:
    """Shape the mart `assignment_outcomes` for `readout`: whose four weeks are over, what they did.

    Parameters
    ----------
    outcomes : DataFrame, one row per person and experiment
        ``campaign_id``, ``title``, ``arm``, ``probability``, ``days_seen``, ``days_to_order``,
        ``net_28``.
    elsewhere : sequence of str
        First words of experiments that another page reads out, such as weekly lists of contacts.

    Returns
    -------
    DataFrame, one row per person and experiment
        ``experiment``, ``draw``, ``arm``, ``probability``, ``bought`` (0 or 1), ``net_28``. Whoever
        nobody knows by name stays in the arm: the lottery was drawn for them, too.
    """
    needed = {"campaign_id", "title", "arm", "probability", "days_seen", "days_to_order", "net_28"}
    if missing := needed - set(outcomes.columns):
        raise MissingColumns("assignment_outcomes", missing, outcomes.columns)
    first_word = outcomes["campaign_id"].astype(str).str.split("-", n=1).str[0]
    over = outcomes[(outcomes["days_seen"] >= WINDOW_DAYS) & ~first_word.isin([*elsewhere])]
    return pd.DataFrame(
        {
            "experiment": over["title"].astype(str),
            "draw": over["campaign_id"].astype(str),
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


def by_experiment(
    frame: pd.DataFrame, arm: str, asked: list[str], control: str | None, period: str | None
) -> list[Experiment]:
    """Return the experiments with their people (or periods), and what is in the way of reading."""
    parts = (
        [(say(_("the experiment")), frame)]
        if "experiment" not in frame.columns
        else [(str(title), part) for title, part in frame.groupby("experiment", sort=True)]
    )
    return [
        _read(title, by_period(people, arm, asked, period) if period else people, arm, control)
        for title, people in parts
    ]


def pairs_of(experiment: Experiment, arm: str) -> list[Pair]:
    """Return each arm of an experiment beside its control."""
    data, base = experiment.data, experiment.control
    return [
        Pair(
            title=experiment.title,
            arm=str(name),
            treated=data[data[arm] == name],
            control=data[data[arm] == base],
        )
        for name in sorted(data[arm].unique(), key=str)
        if name != base
    ]


def by_period(people: pd.DataFrame, arm: str, asked: list[str], period: str) -> pd.DataFrame:
    """Return one row a period of a switchback: its arm, and the mean of each outcome."""
    arms = people.groupby(period)[arm].nunique()
    if (arms > 1).any():
        raise DataError(
            f"{int((arms > 1).sum())} periods of the switchback have two arms. Each period has "
            f"one; for people drawn within a period, leave `period` out."
        )
    kept = {"probability": "first"} if "probability" in people.columns else {}
    how = {arm: "first", **kept, **dict.fromkeys(asked, "mean")}
    return people.groupby(period).agg(how).reset_index()


def _read(title: str, data: pd.DataFrame, arm: str, control: str | None) -> Experiment:
    base = _control_of(data[arm], control)
    data, p = _strata(data, arm)
    trouble: Trouble | None = None
    if data[arm].nunique() < 2:
        trouble = "single"
    elif "stratum" not in data.columns:
        trouble = "tangled"
    elif p < RATIO_ALPHA:
        trouble = "odd"
    elif base is None:
        trouble = "nameless"
    return Experiment(title=title, data=data, control=base, ratio_p=p, trouble=trouble)


def _control_of(arms: pd.Series, control: str | None) -> Any:
    """Return the arm that was left alone, by its name where nobody says which; None if unclear."""
    present = list(arms.unique())
    if control is not None:
        return control if control in present else None
    named = [a for a in present if left_alone(a)]
    return named[0] if len(named) == 1 else None


def _strata(data: pd.DataFrame, arm: str) -> tuple[pd.DataFrame, float]:
    """Return the people with their stratum, and how likely a lottery makes such arms.

    In one draw with one chance for each arm all are alike. Where the chance differs by person, it
    is the chance of the first arm that two people must share to be compared: the other arm's is the
    rest. Among more arms than two nobody's other chances are known, and no stratum is given.
    """
    draw = data["draw"] if "draw" in data.columns else pd.Series(0, index=data.index)
    chance = pd.Series(0.5, index=data.index)
    if "probability" in data.columns and data["probability"].notna().any():
        chance = data["probability"].astype(float).round(6)
    arms = sorted(data[arm].unique(), key=str)
    if len(arms) < 2:
        return data, float("nan")
    one_chance = chance.groupby([draw, data[arm]]).nunique(dropna=False).max() == 1
    if one_chance and chance.notna().all() and (chance > 0).all():
        people = pd.DataFrame({"draw": draw, "arm": data[arm], "chance": chance})
        shares, counts = (
            people.pivot_table("chance", "draw", "arm", aggfunc=how)[arms]
            for how in ("first", "count")
        )
        # A draw without anybody of an arm does not tell how it was to be divided.
        whole = shares.notna().all(axis=1)
        shares, counts = shares[whole], counts[whole]
        if counts.empty:
            return data, float("nan")
        meant = shares.div(shares.sum(axis=1), axis=0).mul(counts.sum(axis=1), axis=0)
        return (
            data.assign(stratum=pd.factorize(draw)[0]),
            ratio_check(counts.sum(), meant.sum()),
        )
    if len(arms) > 2 or chance.isna().any():
        return data, float("nan")
    first = data[arm] == arms[0]
    chance = chance.where(first, 1 - chance).round(6)
    stratum = data.assign(chance=chance, draw=draw).groupby(["draw", "chance"]).ngroup()
    return data.assign(stratum=stratum), _as_drawn(first, chance)


def _as_drawn(first: pd.Series, chance: pd.Series) -> float:
    """Return how likely so many are in the first arm as are, each by a chance of their own."""
    from scipy.stats import chi2  # noqa: PLC0415 - scipy loads when something is asked

    spread = float((chance * (1 - chance)).sum())
    if spread <= 0:
        return float("nan")
    return float(chi2.sf((float(first.sum()) - float(chance.sum())) ** 2 / spread, 1))
