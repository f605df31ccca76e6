"""RFM: recent or not, often or not, much or not; eight groups that the trade has names for.

The lines between them are said, not learnt: at today's middle of the customers unless given. An
earlier day is held against the same lines, so that who moved has moved by buying.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns, ParameterError
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, nobody_known
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEWEST = 100
SEGMENTS = {
    (True, True, True): _("champions"),
    (True, False, True): _("big and new to us"),
    (False, True, True): _("big regulars gone quiet"),
    (False, False, True): _("big once, long ago"),
    (True, True, False): _("small regulars"),
    (True, False, False): _("small and new to us"),
    (False, True, False): _("small regulars gone quiet"),
    (False, False, False): _("small once, long ago"),
}
TOP, MIDDLE, REST = _("bring the first half"), _("bring the next third"), _("bring the rest")
NEEDED = {"customer_id", "days_since", "frequency", "total_amount"}
TITLE = _("Customers by when, how often and for how much")


@dataclass(frozen=True, eq=False, kw_only=True)
class Segments(Result):
    """Customers by segment. One row per segment, the one that brings most first.

    `customers`, their `share`, the `net_share` of net sales that they bring, `spend` a customer;
    `before` how many were in it a while ago, `stayed` those of them who are in it still. `members`
    has the segment of each customer, to be saved under a name.
    """

    name = "segments"
    columns = {
        "segment": Column(_("Segment"), "said"),
        "customers": Column(_("Customers"), "count", people=True),
        "share": Column(_("Share"), "percent"),
        "net_share": Column(_("Of net sales"), "percent"),
        "spend": Column(_("Spent so far, a customer"), "money"),
        "before": Column(_("Customers before"), "count"),
        "stayed": Column(_("Of those, still here"), "percent"),
    }

    as_of: date
    members: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw the share of net sales that each segment brings."""
        return marks.bars(
            self.table, name="segment", value="net_share", kind="percent",
            xlabel=_("of net sales so far"),
        )  # fmt: skip


def rfm(
    now: pd.DataFrame,
    *,
    as_of: date,
    before: pd.DataFrame | None = None,
    recent_days: float | None = None,
    often: int = 2,
    much: float | None = None,
) -> Segments | NotEnoughData:
    """Put each customer into one of the eight groups of recency, frequency and money.

    Parameters
    ----------
    now : DataFrame, one row per customer
        The mart `customer_features`: `customer_id`, `days_since`, `frequency` (occasions after the
        first), `total_amount` (money).
    as_of : date
        Last day of complete data.
    before : DataFrame, optional
        The same mart at an earlier day.
    recent_days : float > 0, optional
        Up to so many days since the last purchase is recent; the customers' median if not given.
    often : int >= 1, default 2
        So many purchase occasions or more are often.
    much : float > 0, optional
        So much net spend or more is much; the customers' mean if not given, as the trade does.

    Returns
    -------
    Segments or NotEnoughData

    Raises
    ------
    ParameterError
        If a line cannot be.

    Examples
    --------
    >>> now = pd.DataFrame({"customer_id": [f"C{n}" for n in range(200)],
    ...     "days_since": range(200), "frequency": [0, 3] * 100,
    ...     "total_amount": [10.0, 90.0] * 100})
    >>> rfm(now, as_of=date(2026, 6, 30)).members["segment"].tolist()[:2]
    ['small and new to us', 'champions']
    """
    for name, line in (("recent_days", recent_days), ("often", often), ("much", much)):
        if line is not None and not line > 0:
            raise ParameterError(f"{name} is above 0; found {line}.")
    if missing := NEEDED - set(now.columns):
        raise MissingColumns("now", missing, now.columns)
    if len(now) < FEWEST:
        return _refusal(now, as_of)
    spend = now["total_amount"].astype(float)
    lines = {
        "recent": float(recent_days or max(float(now["days_since"].astype(float).median()), 1.0)),
        "often": int(often),
        "much": float(much if much is not None else spend.mean()),
    }
    then = None if before is None else _named(before, lines)
    return _result(_named(now, lines), spend, then, as_of=as_of, lines=lines, kind="rfm")


def value(now: pd.DataFrame, *, as_of: date, before: pd.DataFrame | None = None) -> (
    Segments | NotEnoughData
):  # fmt: skip
    """Put customers into three groups by what they bring: half of net sales, a third, the rest.

    Parameters are those of `rfm`; the lines are the spend at which the shares are reached now.
    """
    if missing := NEEDED - set(now.columns):
        raise MissingColumns("now", missing, now.columns)
    if len(now) < FEWEST or float(now["total_amount"].astype(float).clip(lower=0).sum()) <= 0:
        return _refusal(now, as_of)
    spend = now["total_amount"].astype(float)
    falling = np.sort(spend.clip(lower=0))[::-1]
    reached = falling.cumsum() / falling.sum()
    lines = {
        "half": float(falling[min(int((reached < 1 / 2).sum()), len(falling) - 1)]),
        "third": float(falling[min(int((reached < 5 / 6).sum()), len(falling) - 1)]),
    }
    then = None if before is None else _by_value(before, lines)
    return _result(_by_value(now, lines), spend, then, as_of=as_of, lines=lines, kind="value")


def _named(frame: pd.DataFrame, lines: dict[str, Any]) -> pd.DataFrame:
    recent = frame["days_since"].astype(float) <= lines["recent"]
    often = frame["frequency"].astype(float) + 1 >= lines["often"]
    much = frame["total_amount"].astype(float) >= lines["much"]
    said = [SEGMENTS[key] for key in zip(recent, often, much, strict=True)]
    return pd.DataFrame({"customer_id": frame["customer_id"].to_numpy(), "segment": said})


def _by_value(frame: pd.DataFrame, lines: dict[str, Any]) -> pd.DataFrame:
    spend = frame["total_amount"].astype(float)
    said = np.select([spend >= lines["half"], spend >= lines["third"]], [TOP, MIDDLE], REST)
    return pd.DataFrame({"customer_id": frame["customer_id"].to_numpy(), "segment": said})


def _result(
    members: pd.DataFrame,
    spend: pd.Series,
    then: pd.DataFrame | None,
    *,
    as_of: date,
    lines: dict[str, Any],
    kind: str,
) -> Segments:
    by = spend.to_numpy()
    groups = pd.DataFrame({"segment": members["segment"], "spend": by}).groupby("segment")["spend"]
    table = groups.agg(["size", "sum"]).reset_index()
    table.columns = ["segment", "customers", "net"]
    total = float(table["net"].sum())
    table["share"] = table["customers"] / len(members)
    table["net_share"] = table["net"] / total if total else np.nan
    table["spend"] = table["net"] / table["customers"]
    table["before"], table["stayed"] = _moves(table["segment"], members, then)
    table = table.sort_values(["net", "segment"], ascending=[False, True], ignore_index=True)
    first = table.iloc[0]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "customers": len(members),
        "segments": len(table),
        "first": first["segment"],
        "first_customers": int(first["customers"]),
        "first_share": float(first["share"]),
        "first_net_share": float(first["net_share"]),
        **lines,
    }
    return Segments(
        table=table.drop(columns="net"),
        members=members,
        as_of=as_of,
        facts=facts,
        claims=(
            Claim(
                key="first_segment",
                message=_(
                    "The segment that brings most, {first:said}, is {first_share:percent} of the "
                    "customers and {first_net_share:percent} of net sales."
                ),
                holds=[
                    Holds(
                        "no segment brings more",
                        bool(first["net_share"] == table["net_share"].max()),
                    )
                ],
            ),
        ),
        caveats=(
            _("A segment says what customers did, not what they will do or what would move them."),
        ),
        checks=(
            Check(
                key="each_in_one",
                message=_("Every customer is in exactly one segment."),
                passed=int(table["customers"].sum()) == len(members)
                and bool(members["customer_id"].is_unique),
                evidence=_("{customers:count} customers in {segments:count} segments"),
                facts={"customers": len(members), "segments": len(table)},
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Recent: up to {recent:days} ago; often: {often:count} purchase days or more; much: "
            "{much:money} net or more"
        )
        if kind == "rfm"
        else _(
            "From {half:money} of net spend on, customers bring half of net sales; from "
            "{third:money} on, five sixths"
        ),
        meaning=_("Save a segment under a name, and every split can be made by it."),
        alt=_(
            "Bar chart of the share of net sales by segment, the first {first_net_share:percent}."
        ),
    )


def _moves(names: pd.Series, members: pd.DataFrame, then: pd.DataFrame | None) -> tuple[Any, Any]:
    """Return, by segment, who was in it before, and the share of them who still are."""
    if then is None:
        return np.nan, np.nan
    both = then.merge(members, on="customer_id", how="left", suffixes=("", "_now"))
    same = (both["segment"] == both["segment_now"]).groupby(both["segment"])
    return (
        names.map(both.groupby("segment").size()).fillna(0).astype(int),
        names.map(same.mean()),
    )


def _refusal(now: pd.DataFrame, as_of: date) -> NotEnoughData:
    facts = {"as_of": as_of, "customers": len(now), "fewest": FEWEST}
    if now.empty:
        return nobody_known(TITLE, facts)
    return NotEnoughData(
        title=TITLE,
        because=_("{customers:count} customers are known by {as_of:day}: too few for segments."),
        needs=_("Needed: {fewest:count} customers with a purchase."),
        facts=facts,
    )
