"""Contact margins: what have contacts brought in since they joined, and when does it pay for them?

The curves under `payback`: mean margin a head by months since joining, with its interval, and the
first month from whose end on it stays at a cost or above it.

Goods whose cost is not known are treated as by `money_bridge`: they are taken to leave what the
others leave, `margin`; at the `least` they left nothing, and at the `most` all that they brought.
"""

from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd

from insights.models.intervals import mean_intervals_of_sums
from insights.periods import is_month_end, month_number

CONFIDENCE = 0.95
CENT = 0.005
# Sums of the powers of the margin, where goods without a known cost left nothing, and all.
_ENDS = {
    "least": ["margin_amount", "margin_square", "margin_cube"],
    "most": ["most_amount", "most_square", "most_cube"],
}
_SUMS = [name for names in _ENDS.values() for name in names]


def known_of(value: pd.DataFrame) -> tuple[float, float]:
    """Return the share of net sales whose goods have a known cost, and the share that these leave.

    Where nothing was bought, nothing is unknown of it.
    """
    sums = value[["net_amount", "margin_amount", "most_amount"]].astype(float).sum()
    uncosted = sums["most_amount"] - sums["margin_amount"]
    if abs(uncosted) < CENT:  # What adding up in another order leaves, where every cost is known.
        uncosted = 0.0
    costed = sums["net_amount"] - uncosted
    if costed <= 0:
        return float(uncosted <= 0), 0.0
    rate = min(max(sums["margin_amount"] / costed, 0.0), 1.0)
    return float(costed / sums["net_amount"]), float(rate)


def curves_of(
    value: pd.DataFrame, as_of: date, data_from: date | None, min_people: int
) -> pd.DataFrame:
    """Return mean margin so far by cohort and age, for ages whose month is over.

    `low` is the lower end of the interval of the least that it can be, `high` the upper end of that
    of the most: one interval where every cost is known.
    """
    last = month_number(as_of) - (0 if is_month_end(as_of) else 1)
    start = f"{data_from:%Y-%m}" if data_from else None
    rate = known_of(value)[1]
    frame = value.astype(dict.fromkeys(_SUMS, float))
    frame["cohort"] = pd.to_datetime(frame["joined_on"]).dt.strftime("%Y-%m")
    heads = frame.groupby(["cohort", "bought_before"])["people"].max().groupby("cohort").sum()
    added = frame.groupby(["cohort", "age_months"])[_SUMS].sum()
    parts = []
    for cohort, people in heads[heads.index != start].items():
        ages = last - month_number(pd.Period(cohort, freq="M")) + 1
        if people < min_people or ages < 1:
            continue
        sums = added.loc[cohort].reindex(range(ages), fill_value=0.0).to_numpy().cumsum(axis=0)
        part = {
            "cohort": [cohort] * ages,
            "people": [int(people)] * ages,
            "age_months": range(ages),
        }
        ends = {}
        for end, powers in zip(_ENDS, (sums.T[:3], sums.T[3:]), strict=True):
            ends[end] = mean_intervals_of_sums(int(people), *powers, confidence=CONFIDENCE)
            part[end] = mean = powers[0] / people
            part[f"{end}_sd"] = np.sqrt(np.maximum(powers[1] / people - mean**2, 0.0))
        parts.append(part | {"low": ends["least"][0], "high": ends["most"][1]})
    if not parts:
        return pd.DataFrame()
    found = pd.DataFrame({name: np.concatenate([p[name] for p in parts]) for name in parts[0]})
    found["margin"] = found["least"] + rate * (found["most"] - found["least"])
    return found


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
    people = curve.groupby("age_months")["people"].sum()
    found = pd.DataFrame({"people": people, "margin": _mean(curve, curve["margin"])})
    for end in _ENDS:
        found[end] = mean = _mean(curve, curve[end])
        square = _mean(curve, curve[f"{end}_sd"] ** 2 + curve[end] ** 2)
        found[f"{end}_sd"] = np.sqrt((square - mean**2).clip(lower=0.0))
    return found


def _mean(curve: pd.DataFrame, of_cohort: pd.Series) -> pd.Series:
    """Return the mean over the people of all cohorts, by months since joining."""
    by = curve["age_months"]
    total = (of_cohort * curve["people"]).groupby(by).sum()
    mean: pd.Series = total / curve["people"].groupby(by).sum()
    return mean


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
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) / np.sqrt(every["people"])
    every = every.assign(
        net=every["margin"] - every["cost"],
        low=every["least"] - every["cost"] - z * every["least_sd"],
        high=every["most"] - every["cost"] + z * every["most_sd"],
    ).reset_index()
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
    clear = ahead.index[ahead["least"] - z * ahead["least_sd"] / np.sqrt(people) >= cost]
    return int(clear[0]) if len(clear) else None
