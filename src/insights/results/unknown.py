"""Unknown buyers: what is said where no order can be linked to a customer, and what would help.

More history would not: the exports themselves name nobody.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from insights.results.result import NotEnoughData
from insights.wording import _


def nobody_known(
    title: str, facts: Mapping[str, Any], orders: pd.DataFrame | None = None
) -> NotEnoughData:
    """Say which exports name customers: the commonest reason why a first page tells of none.

    Parameters
    ----------
    title : str
        The question that cannot be answered.
    facts : mapping
        Has ``as_of``, the last day of complete data.
    orders : DataFrame, one row per paid order, optional
        With ``paid_at``: where none of them was paid by that day, this is said instead.
    """
    first = None if orders is None or orders.empty else orders["paid_at"].min()
    if first is not None and not pd.isna(first) and first.date() > facts["as_of"]:
        return NotEnoughData(
            title=title,
            because=_("No order was paid up to {as_of:day}: the first was on {first_paid_on:day}."),
            needs=_("Needed: a later day; the nearest month with data is {first_paid_on:month}."),
            facts={**facts, "first_paid_on": first.date()},
        )
    return NotEnoughData(
        title=title,
        because=_(
            "Not one order up to {as_of:day} can be linked to a customer: its export names no "
            "buyer, or masks the phone."
        ),
        needs=_(
            "Needed: an export that names buyers. These do: orders of Youzan, of the WeChat store "
            "or of the till, with full phones, open ids or member numbers; then the member table "
            "or the WeCom contacts, which join them."
        ),
        facts=facts,
    )


def identity_caveats(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """Say whose purchases are not seen: a customer who moved to such a shop is not lost.

    Parameters
    ----------
    facts : mapping
        Has ``identified``, the share of net sales of known customers, in [0, 1], or None.
    """
    if facts["identified"] is None:
        return (
            _(
                "Which share of sales belongs to known customers is not given: a customer who "
                "moved to a shop that cannot be linked looks silent and is not called lost."
            ),
        )
    return (
        _(
            "{identified:percent} of net sales belong to known customers: one who moved to a shop "
            "that cannot be linked looks silent here, and is not called lost."
        ),
    )
