"""Model card: a fitted model as a file that can be read by eye and opened without running anything.

It says what question the model answers, what it has learned from, how good it was where it had not
learned, and where it ends; and it holds the model itself as plain numbers. No pickle: whoever opens
a program has to trust it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from insights.errors import DataError
from insights.results.bundle import FilePart, scalar

FORMAT = 1


def model_card(
    name: str,
    *,
    question: str,
    as_of: date,
    learned_from: Mapping[str, Any],
    features: Sequence[str],
    quality: Sequence[Mapping[str, Any]],
    limits: Sequence[str],
    model: Mapping[str, Any],
    versions: Mapping[str, int] | None = None,
    **more: Any,
) -> FilePart:
    """Return the card of a fitted model as a JSON file to be published beside the page.

    Parameters
    ----------
    name : str
        Of the model, in letters and hyphens; the file is `<report>-model-card-<name>.json`.
    question : str
        The event or number that is forecast.
    as_of : date
        Last day that the model knows of.
    learned_from : mapping
        The window of the data and how many rows, people or events lie in it.
    features : sequence of str
        In the order of the model's coefficients.
    quality : sequence of mappings
        Measures by cut-off, of forecasts of what had not been learned from.
    limits : sequence of str
        What the model cannot tell.
    model : mapping
        Everything that scoring needs, as numbers, words, lists and dicts.
    versions : mapping of table to version, optional
        Of the lake, so that the same model can be fitted again.
    more
        What else belongs to it, such as `horizon_days`.

    Examples
    --------
    >>> file = model_card("stay", question="renewed?", as_of=date(2026, 6, 30), learned_from={},
    ...                   features=[], quality=[], limits=[], model={"alpha": 0.7})
    >>> file.name, model_in(file.text)["alpha"]
    ('model-card-stay.json', 0.7)
    """
    card = {
        "card_format": FORMAT,
        "question": question,
        "as_of": as_of,
        **more,
        "learned_from": learned_from,
        "table_versions": dict(versions or {}),
        "features": list(features),
        "quality": list(quality),
        "limits": list(limits),
        "model": model,
    }
    text = json.dumps(_plain(card), indent=1, allow_nan=False, ensure_ascii=False)
    return FilePart(name=f"model-card-{name}.json", text=text)


def model_in(text: str) -> dict[str, Any]:
    """Return the model of a card's JSON.

    Raises
    ------
    DataError
        If the text is not that of a card.
    """
    try:
        card = json.loads(text)
        if card["card_format"] != FORMAT:
            raise ValueError(f"format {card['card_format']}, not {FORMAT}")  # noqa: TRY301 - one way out
        return dict(card["model"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"This is not a model card: {error!r}. Take a file that stands beside a report, "
            "<report>-model-card-<model>.json."
        ) from error


def _plain(value: Any) -> Any:
    """Return JSON's own values: days as text, None for what is not a number."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, date | datetime):
        return value.isoformat()
    return scalar(value)
