"""Target figures: what can be held against a target, month by month, and how sure is it?

A figure is given for months that are over, and where it can still be refunded away only once it has
settled, or with an interval that holds what may still go back.
"""

from collections.abc import Mapping
from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd

from insights.analyses.cohorts.comparable import to_come, unsettled
from insights.analyses.cohorts.contacts_stock import ContactStock
from insights.analyses.cohorts.scorecard import LATER, REPLIED, SOON, Scorecard
from insights.periods import is_month_end
from insights.results import SMALLEST_GROUP, Result
from insights.wording import _

CONFIDENCE = 0.95
STORE = "store"
CONTACTS = "contacts"
# What can be set as a target, and is worked out here; any other metric is named as not known.
METRICS: Mapping[str, str] = {
    "private_share": _("Private shops' share of online net sales"),
    "net_amount": _("Net sales"),
    "private_net_amount": _("Net sales of private shops"),
    "first_order_7d_share": _("New contacts: first order within a week"),
    "first_order_30d_share": _("New contacts: first order within a month"),
    "replied_7d_share": _("New contacts: wrote to us within a week"),
    CONTACTS: _("Contacts at the month's end"),
}
KINDS: Mapping[str, str] = {
    name: "percent" if name.endswith("_share") else "money" if name.endswith("_amount") else "count"
    for name in METRICS
}
_OF_JOINERS = {
    "first_order_7d_share": SOON,
    "first_order_30d_share": LATER,
    "replied_7d_share": REPLIED,
}
_COLUMNS = ["metric", "period", "value", "value_low", "value_high"]


def figures(
    sales: pd.DataFrame,
    *,
    as_of: date,
    refunds: Result | None = None,
    scorecard: Result | None = None,
    stock: Result | None = None,
) -> pd.DataFrame:
    """Work out each figure of each month that is over: value and interval.

    Parameters
    ----------
    sales : DataFrame, one row per month and channel
        The mart `private_sales`.
    as_of, refunds, scorecard, stock
        As for `targets`.

    Returns
    -------
    DataFrame, one row per metric and month
    """
    rows = _of_sales(sales, as_of, refunds)
    if isinstance(scorecard, Scorecard):
        rows += _of_joiners(scorecard.by_month)
    if isinstance(stock, ContactStock):
        rows += _of_contacts(stock.table, as_of)
    return pd.DataFrame(rows, columns=_COLUMNS)


def _of_joiners(months: pd.DataFrame) -> list[tuple[str, str, float, float, float]]:
    """Take shares of a month's new contacts, once their windows are over and settled."""
    enough = months[months["people"] >= SMALLEST_GROUP]
    return [
        (metric, row["month"], row[name], row[f"{name}_low"], row[f"{name}_high"])
        for metric, name in _OF_JOINERS.items()
        for _n, row in enough[enough[f"{name}_settled"] & enough[name].notna()].iterrows()
    ]


def _of_contacts(table: pd.DataFrame, as_of: date) -> list[tuple[str, str, float, float, float]]:
    """Take the stock at the ends of months; people are counted, so there is no interval."""
    over = table[(table["month"] <= _last_month(as_of)) & (table["contacts"] >= SMALLEST_GROUP)]
    return [
        (CONTACTS, row.month, *[float(row.contacts)] * 3) for row in over.itertuples(index=False)
    ]


def _last_month(as_of: date) -> str:
    newest = pd.Period(as_of, freq="M")
    return str(newest if is_month_end(as_of) else newest - 1)


def _of_sales(
    sales: pd.DataFrame, as_of: date, refunds: Result | None
) -> list[tuple[str, str, float, float, float]]:
    """Work out sums and the share of private shops; what may still go back is in the interval."""
    frame = sales.assign(
        period=pd.to_datetime(sales["month_on"]).dt.strftime("%Y-%m"),
        net_amount=sales["net_amount"].astype(float),
    )
    frame = frame[frame["period"] <= _last_month(as_of)]
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    rows: list[tuple[str, str, float, float, float]] = []
    for period, part in frame.groupby("period"):
        private = part["is_private"].astype(bool)
        young = unsettled(pd.Period(str(period), freq="M").end_time.date(), as_of, refunds)
        coming = to_come(refunds) if young else 0.0
        coming_own = to_come(refunds, part.loc[private, "channel"]) if young else 0.0
        online = part[(part["channel"] != STORE) | private]
        mine = online[online["is_private"].astype(bool)]
        total, own = float(online["net_amount"].sum()), float(mine["net_amount"].sum())
        if total > 0:
            share = own / total
            others = float(online["net_square"].sum() - mine["net_square"].sum())
            spread = (1 - share) ** 2 * float(mine["net_square"].sum()) + share**2 * others
            error = float(np.sqrt(max(spread, 0.0))) / total
            # At one end only ours goes back, at the other only what others sold.
            down, up = z * error + coming_own / total, z * error + (coming - coming_own) / total
            ends = max(share - down, 0.0), min(share + up, 1.0)
            rows.append(("private_share", str(period), share, *ends))
        for metric, amount, back in (
            ("net_amount", float(part["net_amount"].sum()), coming),
            ("private_net_amount", float(part.loc[private, "net_amount"].sum()), coming_own),
        ):
            rows.append((metric, str(period), amount, amount - back, amount))
    return rows
