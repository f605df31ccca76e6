"""Attributes: by what may the customers of a cohort be told apart on the day they are won?

One frame with one row per customer who bought, put together from the marts. Everything in it is
known on the day of the first purchase: a split by what is decided later (joining afterwards, say,
for which one has to stay long enough) would explain the past by the future. Those who joined later
are compared from the day of joining on, in `joining`.
"""

import pandas as pd

from insights.analyses.cohorts.occasions import needed
from insights.results.channels import CHANNEL_KINDS, channel_label
from insights.wording import _

# Where a first order was placed, as the trade tells channels apart.
KINDS = {channel: said for said, channels in CHANNEL_KINDS.values() for channel in channels}
OTHER = _("Other channels")
_ROLES = {
    "guide": _("Guides"),
    "manager": _("Managers"),
    "ip": _("IP accounts"),
    "service": _("Customer service"),
    "phone": _("Telephone sales"),
    "host": _("Livestream hosts"),
}


def attributes(first_purchases: pd.DataFrame, joiners: pd.DataFrame | None = None) -> pd.DataFrame:
    """Put what is known of customers side by side.

    Parameters
    ----------
    first_purchases : DataFrame, one row per customer who bought
        The mart `first_purchases`.
    joiners : DataFrame, one row per person with a friendship, optional
        The mart `joiners`.

    Returns
    -------
    DataFrame, one row per customer who bought
        `customer_id`, `first_at`, `channel`, `kind`, `category`, `campaign_id`, `staff_id`, `role`,
        `region`, `card` (of those who had joined by the day of the first purchase). What does not
        apply or is not known is missing.
    """
    needed(first_purchases, "first_purchases", "customer_id", "first_at", "channel")
    found = first_purchases.copy(deep=False)
    found["kind"] = found["channel"].map(KINDS).fillna(OTHER).astype("str")
    found["role"] = found["role"].map(_ROLES)
    found["channel"] = found["channel"].map(channel_label)
    if joiners is None or joiners.empty:
        return found.assign(card=None)
    needed(joiners, "joiners", "person", "joined_at", "card")
    kept = joiners[["person", "joined_at", "card"]].rename(columns={"person": "customer_id"})
    found = found.merge(kept, on="customer_id", how="left")
    found["card"] = found["card"].where(found["joined_at"] <= found["first_at"], None)
    return found.drop(columns="joined_at")
