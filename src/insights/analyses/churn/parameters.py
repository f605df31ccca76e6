"""Parameters: the card and the fitted model as a table of plain values, kept with the page.

A model that is stored as a program has to be trusted to be opened. This one is a list of names and
values: the page's CSV of it says what the model learned from and how good it was, and is enough to
score with the same model again.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from insights.analyses.churn.card import Card, without_nan
from insights.analyses.churn.scoring import ScoringModel
from insights.errors import DataError, MissingColumns
from insights.results import Column, NotEnoughData, Result
from insights.wording import _


@dataclass(frozen=True, eq=False, kw_only=True)
class Parameters(Result):
    """A model card. One row per number or word: its place in the card, and its value as JSON.

    Places under `model/` are the fitted model; the others say what it learned from and how good it
    was, as `Card.to_plain` does.
    """

    name = "model_parameters"
    columns = {
        "place": Column(_("Place in the card"), "text"),
        "value": Column(_("Value"), "text"),
    }


def parameters(card: Card | NotEnoughData) -> Parameters | NotEnoughData:
    """Lay a card out as a table, the model in it included.

    Returns
    -------
    Parameters or NotEnoughData
    """
    if isinstance(card, NotEnoughData):
        return card
    rows = list(_leaves(without_nan(card.to_plain()), ()))
    return Parameters(
        table=pd.DataFrame(rows, columns=["place", "value"]),
        facts={"numbers": len(rows)},
        title=_("The model card in plain values"),
        subtitle=_("All {numbers:count} values: data, quality, limits, and what scoring needs"),
        meaning=_("The data of this table are the stored model; no program is needed to read it."),
    )


def model_of(table: pd.DataFrame) -> ScoringModel:
    """Make the model again of its table.

    Parameters
    ----------
    table : DataFrame with `place` and `value`
        As `parameters` gives it, or as its CSV is read (all text).

    Raises
    ------
    MissingColumns, DataError
        If the table is not that of a model.
    """
    if missing := {"place", "value"} - set(table.columns):
        raise MissingColumns("table", missing, table.columns)
    plain: dict[str, Any] = {}
    try:
        for place, value in zip(
            table["place"].astype(str), table["value"].astype(str), strict=True
        ):
            if place.startswith(_MODEL):
                _put(plain, place.removeprefix(_MODEL).split("/"), json.loads(value))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise DataError(f"This is not the table of a churn model: {error!r}.") from error
    return ScoringModel.from_json(json.dumps(_lists(plain)))


_MODEL = "model/"


def _leaves(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _leaves(one, (*place, str(key)))
    elif isinstance(value, list) and value:
        for number, one in enumerate(value):
            yield from _leaves(one, (*place, f"#{number}"))
    else:
        yield "/".join(place), json.dumps(value)


def _put(plain: dict[str, Any], place: list[str], value: Any) -> None:
    for key in place[:-1]:
        plain = plain.setdefault(key, {})
    plain[place[-1]] = value


def _lists(value: Any) -> Any:
    """Turn the dicts whose keys are places of a list back into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(one) for key, one in value.items()}
    if inner and all(key.startswith("#") for key in inner):
        return [inner[f"#{number}"] for number in range(len(inner))]
    return inner
