"""Contact margins: what have contacts brought in since they joined, and when does it pay for them?

The curves under `payback`: mean margin a head by months since joining, with its interval, and the
first month from whose end on it stays at a cost or above it.
"""

from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd

from insights.models.intervals import mean_intervals_of_sums
from insights.periods import is_month_end, month_number

CONFIDENCE = 0.95
_SUMS = ["margin_amount", "margin_square", "margin_cube"]


def curves_of(
    value: pd.DataFrame, as_of: date, data_from: date | None, min_people: int
) -> pd.DataFrame:
    """Return mean margin so far by cohort and age, for ages whose month is over."""
    last = month_number(as_of) - (0 if is_month_end(as_of) else 1)
    start = f"{data_from:%Y-%m}" if data_from else None
    frame = value.astype(dict.fromkeys(_SUMS, float))
    frame["cohort"] = pd.to_datetime(frame["joined_on"]).dt.strftime("%Y-%m")
    parts = []
    for cohort, rows in frame[frame["cohort"] != start].groupby("cohort"):
        people = int(rows.groupby("bought_before")["people"].max().sum())
        ages = last - month_number(pd.Period(cohort, freq="M")) + 1
        if people < min_people or ages < 1:
            continue
        sums = rows.groupby("age_months")[_SUMS].sum().reindex(range(ages), fill_value=0.0).cumsum()
        low, high = mean_intervals_of_sums(people, *sums.to_numpy().T, confidence=CONFIDENCE)
        mean = sums["margin_amount"] / people
        spread = (sums["margin_square"] / people - mean**2).clip(lower=0.0)
        parts.append(
            pd.DataFrame(
                {
                    "cohort": cohort,
                    "people": people,
                    "age_months": sums.index,
                    "margin": mean.to_numpy(),
                    "low": low,
                    "high": high,
                    "sd": np.sqrt(spread.to_numpy()),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def costs_of(bridge: pd.DataFrame, curve: pd.DataFrame) -> pd.Series:
    """Return what winning one contact cost, by cohort."""
    paid = bridge.assign(cohort=pd.to_datetime(bridge["month_on"]).dt.strftime("%Y-%m"))
    paid = paid.astype({"contact_amount": float, "team_amount": float}).groupby("cohort")
    spent = paid[["contact_amount", "team_amount"]].sum().sum(axis="columns")
    people = curve.groupby("cohort")["people"].first()
    found: pd.Series = spent.reindex(people.index).fillna(0.0) / people
    return found


def paid_back(curve: pd.DataFrame, costs: pd.Series) -> pd.DataFrame:
    """Return the months in which a cohort's margin and the ends of its interval cover its cost.

    `known_on`, where the lower end has not yet: the month by which a cohort of its size, drawn from
    all cohorts pooled, is clear of that cost.
    """
    every = pooled(curve)
    rows = []
    for cohort, cost in costs.items():
        mine = curve[curve["cohort"] == cohort]
        newest = mine.iloc[-1]
        first = {name: _first(mine, name, cost) for name in ("margin", "high", "low")}
        known = None
        if first["low"] is None:
            known = _known_age(every, int(newest["people"]), cost, int(newest["age_months"]))
        month = pd.Period(str(cohort), freq="M")
        rows.append(
            {
                "cohort": str(cohort),
                "people": int(newest["people"]),
                "cost": float(cost),
                "age_months": int(newest["age_months"]),
                "margin": newest["margin"],
                "margin_low": newest["low"],
                "margin_high": newest["high"],
                "payback": first["margin"],
                # The upper end of the margin gets there first.
                "low": first["high"],
                "high": first["low"],
                "known_on": None if known is None else str(month + known),
            }
        )
    table = pd.DataFrame(rows)
    return table.astype({"payback": float, "low": float, "high": float})


def _first(mine: pd.DataFrame, name: str, cost: float) -> float | None:
    """Return the month, counted from 1, from which on the curve stays at the cost or above it."""
    short = np.flatnonzero(~(mine[name].to_numpy(float) >= cost))
    if short.size == 0:
        return float(mine["age_months"].iloc[0]) + 1
    if short[-1] == len(mine) - 1:
        return None
    return float(mine["age_months"].iloc[short[-1] + 1]) + 1


def pooled(curve: pd.DataFrame) -> pd.DataFrame:
    """Return mean and spread of all cohorts' margin a head, by months since joining."""
    weighted = curve.assign(
        total=curve["margin"] * curve["people"],
        square=(curve["sd"] ** 2 + curve["margin"] ** 2) * curve["people"],
    )
    sums = weighted.groupby("age_months")[["people", "total", "square"]].sum()
    mean = sums["total"] / sums["people"]
    variance = (sums["square"] / sums["people"] - mean**2).clip(lower=0.0)
    return pd.DataFrame({"margin": mean, "sd": np.sqrt(variance), "people": sums["people"]})


def pooled_payback(curve: pd.DataFrame, costs: pd.Series) -> dict[str, float | None]:
    """Return when contacts of all cohorts with a cost, taken together, have paid back.

    `payback`, `low`, `high`: months counted from 1, missing where the pooled curve, or an end of
    its interval, does not stay at the cost; at each age those who have reached it are held against
    what they cost themselves, for the newest may cost more. `pooled_cohorts` of them have been seen
    for as long as the answer takes, and cost `usual_cost` each; all of them where there is no
    answer. No cohort is chosen by what it showed: the newest that has surely paid back is one that
    was lucky.
    """
    mine = curve[curve["cohort"].isin(costs.index)]
    mine = mine.assign(cost=mine["cohort"].map(costs) * mine["people"])
    every = pooled(mine)
    every["cost"] = mine.groupby("age_months")["cost"].sum() / every["people"]
    error = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * every["sd"] / np.sqrt(every["people"])
    net = every["margin"] - every["cost"]
    every = every.assign(net=net, low=net - error, high=net + error).reset_index()
    found = {
        "payback": _first(every, "net", 0.0),
        # The upper end of the margin gets there first.
        "low": _first(every, "high", 0.0),
        "high": _first(every, "low", 0.0),
    }
    age = 0 if found["high"] is None else int(found["high"]) - 1
    return found | {
        "usual_cost": float(every.loc[every["age_months"] == age, "cost"].iloc[0]),
        "pooled_cohorts": int((mine["age_months"] == age).sum()),
    }


def _known_age(every: pd.DataFrame, people: int, cost: float, seen: int) -> int | None:
    """Return the age at which a cohort like the others is clear of its cost, if they ever are."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    ahead = every[every.index > seen]
    clear = ahead.index[ahead["margin"] - z * ahead["sd"] / np.sqrt(people) >= cost]
    return int(clear[0]) if len(clear) else None
