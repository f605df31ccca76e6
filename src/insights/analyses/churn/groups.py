"""Groups: was the forecast right for every channel and cohort, or only on the whole?"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from insights.analyses.churn.caveats import identity_caveats
from insights.analyses.churn.recipe import BEST
from insights.analyses.churn.study import Study
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.results.channels import CHANNELS
from insights.results.segmented import told_apart
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
LEAST = 30  # Customers of a group; fewer say nothing about a forecast.
MOST_COHORTS = 8  # The newest half-years; older ones are one group.


@dataclass(frozen=True, eq=False, kw_only=True)
class Groups(Result):
    """The forecast by channel of the first purchase and by its half-year. One row per group.

    `predicted` and `actual` customers without a purchase over all past windows, `ratio` of the
    two, `auc` in [0, 1] (NaN where all did the same); `off` is True where chance does not explain
    the difference.
    """

    name = "groups"
    columns = {
        "group": Column(_("Group"), "said"),
        "customers": Column(_("Customers"), "count", people=True),
        "predicted": Column(_("Predicted not to buy"), "count"),
        "actual": Column(_("Did not buy"), "count"),
        "ratio": Column(_("Predicted to actual"), "percent"),
        "auc": Column(_("AUC"), "number3"),
    }

    def plot(self) -> "Axes":
        """Draw predicted to actual by group."""
        return marks.dots(
            self.table.dropna(subset=["ratio"]),
            name="group",
            value="ratio",
            low="low",
            high="high",
            emphasis="off",
            kind="percent",
            xlabel=_("predicted to actual"),
            reference=1.0,
        )


def groups(
    found: Study | NotEnoughData, channels: pd.DataFrame, *, by: "str | pd.DataFrame | None" = None
) -> Groups | NotEnoughData:
    """Judge the past forecasts within each channel and cohort, or within groups of one's own.

    Parameters
    ----------
    found : Study
    channels : DataFrame, one row a customer
        The mart `customer_channels`: `customer_id`, `first_channel`, `first_on`.
    by : str or DataFrame, optional
        Another column of that frame, or a segment: the name it was saved under, or as
        ``ins.segments.load`` gives it. Then each of its values is a group, and channel and cohort
        are left out.

    Returns
    -------
    Groups or NotEnoughData
    """
    if isinstance(found, NotEnoughData):
        return found
    own = by is not None
    column = ""
    if by is not None:
        channels, column = told_apart(channels, by)
    needed = {"customer_id"} if own else {"customer_id", "first_channel", "first_on"}
    if missing := needed - set(channels.columns):
        raise MissingColumns("channels", missing, channels.columns)
    best = found.forecasts[found.forecasts["recipe"] == BEST]
    best = best.merge(channels, on="customer_id", how="left")
    if own:
        kinds = {column: best[column].astype("string")}
    else:
        channel = best["first_channel"].map(lambda c: CHANNELS.get(c, c))
        kinds = {"channel": channel, "cohort": _half_years(best["first_on"])}
    rows = [
        {"kind": kind, "group": name, **_measures(best.loc[part.index])}
        for kind, values in kinds.items()
        for name, part in values.dropna().groupby(values.dropna(), sort=True)
        if part.index.size and best.loc[part.index, "customer_id"].nunique() >= LEAST
    ]
    if not rows:
        return NotEnoughData(
            title=_TITLES[own],
            because=_("No channel and no cohort has {least:count} customers or more.")
            if not own
            else _("No group has {least:count} customers or more."),
            needs=_("Needed: more customers, or fewer groups."),
            facts=found.facts | {"least": LEAST},
        )
    table = pd.DataFrame(rows)
    # All groups are looked at, so each has to differ by more than one alone would.
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / len(table))
    gap = table["predicted"] - table["actual"]
    table["off"] = gap.abs() > z * table["luck"]
    actual = table["actual"].clip(lower=1)
    table["low"] = (table["predicted"] - z * table["luck"]).clip(lower=0) / actual
    table["high"] = (table["predicted"] + z * table["luck"]) / actual
    table["ratio"] = table["predicted"] / actual
    off = table[table["off"]]
    facts: dict[str, Any] = found.facts | {
        "groups": len(table),
        "off": len(off),
        "confidence": CONFIDENCE,
    }
    if len(off):
        worst = off.loc[np.log(off["ratio"]).abs().idxmax()]
        facts |= {
            "worst": worst["group"],
            "worst_predicted": float(worst["predicted"]),
            "worst_actual": int(worst["actual"]),
        }
    return Groups(
        table=table.drop(columns=["luck"]),
        facts=facts,
        claims=(_claim(table, facts, own=own),),
        caveats=identity_caveats(facts),
        title=_TITLES[own],
        subtitle=_SUBTITLES[own],
        meaning=_(
            "A group to the right of the line was called lost too often; one to the left, too "
            "seldom."
        ),
        alt=_(
            "Dot chart of predicted to actual in {groups:count} groups; in {off:count} the "
            "difference is more than chance."
        ),
    )


_TITLES = {
    False: _("Whether the forecast was right for every channel and cohort"),
    True: _("Whether the forecast was right for every group"),
}
_SUBTITLES = {
    False: _(
        "Predicted to actual customers without a purchase over {tests:count} past windows, by "
        "channel and half-year of the first purchase; bars: {confidence:percent}, all groups "
        "together"
    ),
    True: _(
        "Predicted to actual customers without a purchase over {tests:count} past windows, by "
        "group; bars: {confidence:percent}, all groups together"
    ),
}


def _half_years(first_on: pd.Series) -> pd.Series:
    day = pd.to_datetime(first_on)
    half = day.dt.year * 2 + (day.dt.month > 6)
    oldest = half.max() - MOST_COHORTS + 1
    half = half.clip(lower=oldest)
    names = (
        (half // 2).astype("Int64").astype(str) + "H" + (half % 2 + 1).astype("Int64").astype(str)
    )
    return names.where(day.notna())


def _measures(rows: pd.DataFrame) -> dict[str, Any]:
    forecast, churned = rows["forecast"].to_numpy(float), rows["churned"].to_numpy(bool)
    both = 0 < churned.sum() < len(churned)
    # A customer's windows go together: the sum of each one's surprises is what chance gives.
    surprise = rows.assign(off=churned - forecast).groupby("customer_id")["off"].sum()
    return {
        "customers": int(rows["customer_id"].nunique()),
        "predicted": float(forecast.sum()),
        "actual": int(churned.sum()),
        "auc": float(roc_auc_score(churned, forecast)) if both else float("nan"),
        "luck": float(np.sqrt((surprise**2).sum())),
    }


def _claim(table: pd.DataFrame, facts: dict[str, Any], *, own: bool) -> Claim:
    if not facts["off"]:
        return Claim(
            key="right_everywhere",
            undecided=True,
            topic="groups",
            place="evidence",
            message=_(
                "In none of {groups:count} groups was the forecast off by more than chance "
                "explains."
            )
            if own
            else _(
                "In none of {groups:count} channels and cohorts was the forecast off by more than "
                "chance explains."
            ),
            holds=[Holds("no group is off", not bool(table["off"].any()))],
        )
    return Claim(
        key="off_somewhere",
        topic="groups",
        place="evidence",
        message=_(
            "In {off:count} of {groups:count} groups the forecast was off by more than chance "
            "explains, most in {worst:said}: {worst_predicted:count} predicted, "
            "{worst_actual:count} did not buy."
        )
        if own
        else _(
            "In {off:count} of {groups:count} channels and cohorts the forecast was off by more "
            "than chance explains, most in {worst:said}: {worst_predicted:count} predicted, "
            "{worst_actual:count} did not buy."
        ),
        holds=[
            Holds("groups are off", bool(table["off"].any())),
            Holds(
                "none is farther off",
                facts["worst"]
                == table.loc[np.log(table["ratio"]).abs().where(table["off"]).idxmax(), "group"],
            ),
        ],
        rows="off",
    )
