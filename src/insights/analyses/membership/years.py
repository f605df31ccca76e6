"""Years: what did each paid year that has ended bring and cost, as far as exports tell it?

Only years of which fee, gift cost and member are known can be added up. What member prices took off
is known where nearly all the net sales of these years lie on orders that tell their reductions; an
order that does not tell them is no order without any.
"""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from insights.errors import MissingColumns

NEARLY_ALL = 0.95  # Of net sales; the rest is taken to be like it.
NEEDED = {"customer_id", "term", "started_at", "ends_no", "today_no", "fee_amount",
          "gift_cost_amount", "gift_value_amount", "net_amount", "discount_amount",
          "net_told_amount"}  # fmt: skip

Source = Literal["orders", "stated", "unknown"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Years:
    """Paid years that have ended and can be added up.

    Attributes
    ----------
    each : DataFrame, one row per such year
        `term` and, in money, `fee`, `gift`, `prices` (0 where unknown), `net`, and `left`, the fee
        less gift and prices.
    ended : int
        Years that have ended, told or not.
    source : str
        Where `prices` come from: the orders (then all their reductions), stated, or unknown.
    told_share : float or None
        Share of net sales on orders that tell their reductions; None where nothing was bought.
    giftless : int
        Renewed years that name no gift, and are counted as without one.
    """

    each: pd.DataFrame
    ended: int
    source: Source
    told_share: float | None
    giftless: int


def ended_years(terms: pd.DataFrame, discount_share: float | None) -> Years:
    """Take the paid years that have ended and tell fee, gift cost and member.

    Parameters
    ----------
    terms : DataFrame, one row per paid term
        The mart `paid_terms`.
    discount_share : float in [0, 1) or None
        Share of the shelf price that member prices take off, where no export tells it.

    Raises
    ------
    MissingColumns
        If a column of the mart is not there.
    """
    if missing := NEEDED - set(terms.columns):
        raise MissingColumns("terms", missing, terms.columns)
    ended = terms[(terms["ends_no"] <= terms["today_no"]).fillna(False).astype(bool)]
    cost = ended["gift_cost_amount"].astype(float)
    value = ended["gift_value_amount"].astype(float)
    renewed = ended["term"] > 1
    # A table that has the joining gifts at cost and nothing at a renewal says that none was given.
    without = cost.isna() & ((value == 0) | (renewed & value.isna()))
    without &= bool(cost[~renewed].notna().any())
    gift = cost.mask(without, 0.0)
    told = ended["fee_amount"].notna() & gift.notna() & ended["customer_id"].notna()
    kept = ended[told]
    net = kept["net_amount"].astype(float)
    bought = float(net.sum())
    share = float(kept["net_told_amount"].astype(float).sum()) / bought if bought > 0 else None
    source: Source = "unknown"
    prices = pd.Series(0.0, index=kept.index)
    if share is not None and share >= NEARLY_ALL:
        source = "orders"
        prices = kept["discount_amount"].astype(float).fillna(0.0) / share
    elif discount_share is not None:
        source = "stated"
        # What was paid is the shelf price less the share.
        prices = net.clip(lower=0) * discount_share / (1 - discount_share)
    each = pd.DataFrame(
        {
            "term": kept["term"].astype(int),
            "fee": kept["fee_amount"].astype(float),
            "gift": gift[told],
            "prices": prices,
            "net": net,
        }
    )
    return Years(
        each=each.assign(left=each["fee"] - each["gift"] - each["prices"]),
        ended=len(ended),
        source=source,
        told_share=share,
        giftless=int((without & told).sum()),
    )
