"""Money: what share of net sales is left after the goods, where their cost is known?"""

from typing import Any

import pandas as pd

from insights.errors import MissingColumns
from insights.wording import _

KNOWN_COST = 0.5  # Of net sales: below, a margin would be a guess.
MARGIN_NEEDED = {"net_amount", "costed_amount", "cost_amount"}
NET, MARGIN = _("net sales"), _("margin")


def margin(margins: pd.DataFrame) -> float | None:
    """Return the share of net sales left after the cost of the goods; None if it is not known.

    Parameters
    ----------
    margins : DataFrame, one row per sales channel
        The mart `line_margin`: ``net_amount``, ``costed_amount``, ``cost_amount``.

    Raises
    ------
    MissingColumns

    Examples
    --------
    >>> margin(pd.DataFrame({"net_amount": [100], "costed_amount": [80], "cost_amount": [32]}))
    0.6
    """
    found: float | None = margin_facts(margins)["margin"]
    return found


def margin_facts(margins: pd.DataFrame) -> dict[str, Any]:
    """Return ``margin``, whether it is known, of how much of sales, and what money then is."""
    if missing := MARGIN_NEEDED - set(margins.columns):
        raise MissingColumns("line_margin", missing, margins.columns)
    net, costed, cost = (
        float(margins[name].astype(float).sum())
        for name in ("net_amount", "costed_amount", "cost_amount")
    )
    known = bool(net > 0 and costed >= KNOWN_COST * net)
    return {
        "has_margin": known,
        "costed": costed / net if net > 0 else 0.0,
        "margin": 1 - cost / costed if known else None,
        "money_is": MARGIN if known else NET,
    }
