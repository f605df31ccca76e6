"""How do two groups of a result differ, and could the difference be chance?

The difference of two estimates has an interval of its own, worked out from the intervals of both
(MOVER: Zou and Donner 2008, Statistics in Medicine 27; for shares with Wilson's intervals it is
Newcombe's of 1998). That two intervals overlap does not say that the groups cannot be told apart.
"""

from math import hypot, isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.errors import DataError, did_you_mean
from insights.results.channels import CHANNEL_KINDS, CHANNELS
from insights.results.groups import SMALLEST_GROUP
from insights.wording import say, say_value

if TYPE_CHECKING:
    from insights.results.result import Result

COLUMNS = ["measure", "one", "other", "difference", "low", "high", "apart"]


def compare(result: "Result", one: object, other: object) -> pd.DataFrame:
    """Hold two groups of a result against each other.

    Parameters
    ----------
    result : Result
        Its first declared column names the groups, which have nobody in common; an estimate with
        an interval stands before its columns `low` and `high`.
    one, other
        Two of the groups, as in the table or as they are said. Of channels also `live`, `shelf`
        or `private`: the one channel of that kind that there is.

    Returns
    -------
    DataFrame, one row per measure (of a triangle, per age and measure)
        `one`, `other`, `difference` (one less other) in the measure's unit; `low` and `high` of
        the difference and whether it is `apart` from zero, missing where there is no interval.

    Raises
    ------
    DataError
        If there is no such group, or one has too few people to be shown.
    """
    names = [name for name in result.columns if name in result.table.columns]
    if not result.enough or len(names) < 2:
        raise DataError(f"{result.name} has no groups to compare.")
    shown = _large_enough(result)
    groups = _groups(result, shown[names[0]])
    sides = [shown[shown[names[0]] == _found(result, groups, name)] for name in (one, other)]
    key = names[2] if result.shape == "triangle" and len(names) > 3 else None
    first, second = (side.set_index(key) if key else side.reset_index(drop=True) for side in sides)
    if key is None and max(len(first), len(second)) > 1:
        raise DataError(
            f"{result.name} has several rows a group, so two groups have no single difference. "
            f"Look at them side by side: r.table[r.table['{names[0]}'].isin([...])]."
        )
    measures = [
        name
        for name in names[1:]
        if name not in {"low", "high", key} and result.columns[name].shown
        if _is_number(result.table[name])
    ]
    rows = [
        {**({key: age} if key else {}), **_difference(result, name, names, first, second, age)}
        for age in first.index.intersection(second.index, sort=False)
        for name in measures
    ]
    return pd.DataFrame(rows, columns=[*([key] if key else []), *COLUMNS]).rename(
        columns={"one": str(one), "other": str(other)}
    )


def difference_interval(
    one: tuple[float, float, float], other: tuple[float, float, float]
) -> tuple[float, float]:
    """Return the interval of a difference of two independent estimates.

    Each is given as (value, low, high).

    Examples
    --------
    Newcombe (1998), table II, line (a): 56 of 70 against 48 of 80.

    >>> low, high = difference_interval((0.8, 0.6915, 0.8769), (0.6, 0.4904, 0.7004))
    >>> round(low, 3), round(high, 3)
    (0.052, 0.334)
    """
    (a, a_low, a_high), (b, b_low, b_high) = one, other
    return a - b - hypot(a - a_low, b_high - b), a - b + hypot(a_high - a, b - b_low)


def _difference(  # noqa: PLR0917 - one caller, just above
    result: "Result",
    name: str,
    names: list[str],
    first: pd.DataFrame,
    second: pd.DataFrame,
    at: Any,
) -> dict[str, Any]:
    one, other = (_as_float(side.loc[at, name]) for side in (first, second))
    low = high = float("nan")
    apart: bool | None = None
    if names[names.index(name) + 1 :][:2] == ["low", "high"]:
        low, high = difference_interval(
            *(
                (value, _as_float(s.loc[at, "low"]), _as_float(s.loc[at, "high"]))
                for value, s in ((one, first), (other, second))
            )
        )
        apart = None if isnan(low) or isnan(high) else bool(low > 0 or high < 0)
    return {
        "measure": say(result.columns[name].label, {}),
        "one": one,
        "other": other,
        "difference": one - other,
        "low": low,
        "high": high,
        "apart": apart,
    }


def _as_float(value: Any) -> float:
    """Return a number of a table; NaN where it has none, also where pandas says so by NA."""
    return float("nan") if pd.isna(value) else float(value)


def _groups(result: "Result", values: pd.Series) -> dict[str, Any]:
    """Return each group by how it is written, how it is said, and a channel by its code."""
    kind = next(iter(result.columns.values())).kind
    there = set(values)
    found: dict[str, Any] = {code: said for code, said in CHANNELS.items() if said in there}
    for code, (said, _channels) in CHANNEL_KINDS.items():
        if said in there:
            found.setdefault(code, said)
        elif len(of_kind := _of_kind(code, there)) == 1:
            found.setdefault(code, of_kind[0])
    for value in values.unique():
        found[say_value(value, kind)] = value
    return found | {str(value): value for value in values.unique()}


def _of_kind(code: str, there: set[Any]) -> list[str]:
    """Return which of the groups are channels of a kind."""
    _said, channels = CHANNEL_KINDS.get(code, ("", ()))
    return [said for channel in channels if (said := CHANNELS[channel]) in there]


def _found(result: "Result", groups: dict[str, Any], wanted: object) -> Any:
    if str(wanted) not in groups:
        few = set(map(str, result.table[next(iter(result.columns))])) - set(groups)
        why = " It has too few people to be shown." if str(wanted) in few else ""
        if len(several := _of_kind(str(wanted), set(groups.values()))) > 1:
            why = (
                f" Of that kind there are {', '.join(several)}: name one of them, or hold kinds of "
                "channel against each other by cohorts.split(..., by='kind')."
            )
        why = why or did_you_mean(str(wanted), groups)
        column = next(iter(result.columns))
        raise DataError(
            f"{result.name} has no group '{wanted}'."
            + (why or f" Its groups are those of its column '{column}': r.table['{column}'].")
        )
    return groups[str(wanted)]


def _large_enough(result: "Result") -> pd.DataFrame:
    """Return the rows of groups that may be shown; no total is, so none can be worked out."""
    people = [name for name, column in result.columns.items() if column.people]
    return result.table[(result.table[people] >= SMALLEST_GROUP).all(axis="columns")]


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
