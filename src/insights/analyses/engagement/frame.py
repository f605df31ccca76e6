"""The frame that both questions are asked of: one row per campaign, as the mart gives it."""

import pandas as pd

from insights.errors import MissingColumns

CONFIDENCE = 0.90
NEEDED = {
    "campaign_id", "title", "kind", "starts_on", "ends_on",
    "reached", "redeemers", "redemptions", "uninvited",
}  # fmt: skip


def read_campaigns(campaigns: pd.DataFrame) -> pd.DataFrame:
    """Return the campaigns that reached anybody, in a stable order.

    Raises
    ------
    MissingColumns
        If the frame lacks a column of the mart `campaign_response`.
    """
    if missing := NEEDED - set(campaigns.columns):
        raise MissingColumns("campaigns", missing, campaigns.columns)
    found = campaigns[campaigns["reached"] > 0].copy()
    found["kind"] = found["kind"].fillna("–").astype(str)
    found["title"] = found["title"].fillna(found["campaign_id"]).astype(str)
    return found.sort_values("campaign_id", kind="stable").reset_index(drop=True)
