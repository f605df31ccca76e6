"""Targets: is a figure below, within or above the band that was set for it, or can nobody tell yet?

A figure has an interval of its own. It is called below or above only where the whole interval is;
elsewhere the page says that it cannot be told, which is not the same as being on target.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.comparable import to_come, unsettled
from insights.charts import marks
from insights.errors import MissingColumns
from insights.periods import is_month_end, month_number
from insights.results import Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
STORE = "store"
SHOWN = 18  # Months that the chart shows.
ALL = "all"
_TITLE = _("Against the targets")
BELOW, WITHIN, ABOVE, UNSURE = "below", "within", "above", "unsure"
_VERDICTS = {
    BELOW: _("below"),
    WITHIN: _("within"),
    ABOVE: _("above"),
    UNSURE: _("cannot be told"),
}
# What can be set as a target, and is worked out here; any other metric is named as not known.
METRICS: Mapping[str, str] = {
    "private_share": _("Private shops' share of online net sales"),
    "net_amount": _("Net sales"),
    "private_net_amount": _("Net sales of private shops"),
}
_KINDS = {"private_share": "percent", "net_amount": "money", "private_net_amount": "money"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Targets(Result):
    """Figures against their bands. One row per metric and month that has a target and is over.

    `verdict` is below, within, above or unsure; of a share `low` and `high` are its interval,
    orders taken as a draw; a sum of money has none once it has settled, for it is what it is.
    """

    name = "targets"
    columns = {
        "label": Column(_("Figure"), "said"),
        "period": Column(_("Month"), "month"),
        "value_said": Column(_("Value"), "text"),
        "band_said": Column(_("Target"), "text"),
        "verdict_label": Column(_("Verdict"), "said"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the first metric by month, with its interval; the target is a line."""
        metric = self.facts["metric"]
        mine = self.table[self.table["metric"] == metric].tail(SHOWN)
        return marks.line(
            mine,
            x="period",
            y="value",
            low="low",
            high="high",
            y_kind=_KINDS[metric],
            xlabel=_("month"),
            reference=self.facts["bound"],
            reference_label=_("target"),
        )


def targets(
    bands: pd.DataFrame, sales: pd.DataFrame, *, as_of: date, refunds: Result | None = None
) -> Targets | NotEnoughData:
    """Hold monthly figures against the bands of the table `targets`.

    Parameters
    ----------
    bands : DataFrame, one row per metric, scope and period
        The table `targets`: `metric`, `scope`, `period` (YYYY-MM), `low`, `high`. Bands of the
        scope "all" are held against here: private_share, net_amount, private_net_amount.
    sales : DataFrame, one row per month and channel
        The mart `private_sales`.
    as_of : date
        Last day of complete data; a month that is not over is held against nothing.
    refunds : Result, optional
        What `refund_curve` handed back: what may still go back of a month that has not settled
        widens its interval.

    Returns
    -------
    Targets or NotEnoughData
    """
    if missing := {"metric", "scope", "period", "low", "high"} - set(bands.columns):
        raise MissingColumns("bands", missing, bands.columns)
    if missing := {"month_on", "channel", "is_private", "net_amount", "net_square"} - set(
        sales.columns
    ):
        raise MissingColumns("sales", missing, sales.columns)
    unknown = sorted(set(bands["metric"]) - set(METRICS))
    facts: dict[str, Any] = {
        "as_of": as_of,
        "unknown": len(unknown),
        "unknown_names": ", ".join(unknown) or None,
        "metrics": ", ".join(METRICS),
        "confidence": CONFIDENCE,
    }
    values = _values(sales, as_of, refunds)
    mine = bands[(bands["scope"] == ALL) & bands["metric"].isin(METRICS)]
    table = mine.merge(values, on=["metric", "period"]).astype({"low": float, "high": float})
    if table.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No target is set for a month that is over by {as_of:day} and a figure that is "
                "worked out here."
            ),
            needs=_(
                "Needed: the target table (template: targets) with a month, a lower or upper "
                "bound, the scope all, and one of these figures: {metrics:text}."
            ),
            facts=facts,
        )
    table = _judged(table).sort_values(["metric", "period"], ignore_index=True)
    facts |= _facts(table)
    return Targets(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=(_claim(facts),),
        caveats=_caveats(facts),
        tiles=(_tile(facts, table),),
        title=_TITLE,
        subtitle=_(
            "{label:said} by month, with {confidence:percent} interval; the line is the nearer "
            "bound of the target"
        ),
        meaning=_(
            "A month counts as missed or beaten only where its whole interval lies outside the "
            "band."
        ),
        alt=_("Line of {label:said} by month against its target."),
    )


def _values(sales: pd.DataFrame, as_of: date, refunds: Result | None) -> pd.DataFrame:
    """Work out each metric of each month that is over: value and interval."""
    month = pd.to_datetime(sales["month_on"])
    last = month_number(as_of) - (0 if is_month_end(as_of) else 1)
    frame = sales.assign(
        period=month.dt.strftime("%Y-%m"), net_amount=sales["net_amount"].astype(float)
    )[(month.dt.year * 12 + month.dt.month - 1) <= last]
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    rows = []
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
            rows.append(("private_share", period, share, *ends))
        for metric, amount, back in (
            ("net_amount", float(part["net_amount"].sum()), coming),
            ("private_net_amount", float(part.loc[private, "net_amount"].sum()), coming_own),
        ):
            rows.append((metric, period, amount, amount - back, amount))
    columns = ["metric", "period", "value", "value_low", "value_high"]
    return pd.DataFrame(rows, columns=columns)


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    from insights.wording import say_value  # noqa: PLC0415 - said in the voice of the page

    def band(row: Any) -> str:
        kind = _KINDS[row.metric]
        low = "" if pd.isna(row.low) else say_value(row.low, kind)
        high = "" if pd.isna(row.high) else say_value(row.high, kind)
        return f"{low}–{high}" if low and high else f"≥ {low}" if low else f"≤ {high}"

    def verdict(row: Any) -> str:
        low = -np.inf if pd.isna(row.low) else row.low
        high = np.inf if pd.isna(row.high) else row.high
        if row.value_high < low:
            return BELOW
        if row.value_low > high:
            return ABOVE
        return WITHIN if low <= row.value_low and row.value_high <= high else UNSURE

    rows = list(table.itertuples())
    judged = table.assign(
        label=table["metric"].map(dict(METRICS)),
        verdict=[verdict(row) for row in rows],
        value_said=[say_value(row.value, _KINDS[row.metric]) for row in rows],
        band_said=[band(row) for row in rows],
        band_low=table["low"],
        band_high=table["high"],
    )
    return judged.assign(
        low=judged["value_low"],
        high=judged["value_high"],
        verdict_label=judged["verdict"].map(_VERDICTS),
    )


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    metric = next(name for name in METRICS if name in set(table["metric"]))
    mine = table[table["metric"] == metric]
    newest = mine.iloc[-1]
    bound = newest["band_low"]
    if pd.isna(bound) or newest["value"] > newest["band_high"]:
        bound = newest["band_high"]
    return {
        "metric": metric,
        "label": newest["label"],
        "month": newest["period"],
        "value": float(newest["value"]),
        "low": float(newest["low"]),
        "high": float(newest["high"]),
        "said": newest["value_said"],
        "band": newest["band_said"],
        "bound": float(bound),
        "verdict": newest["verdict"],
        "verdict_said": newest["verdict_label"],
        "months": len(mine),
        **{name: int((mine["verdict"] == name).sum()) for name in _VERDICTS},
    }


def _claim(facts: dict[str, Any]) -> Claim:
    shared = {"topic": "target", "place": "evidence"}
    if facts["verdict"] == UNSURE:
        return Claim(
            key="target_unsure",
            undecided=True,
            message=_(
                "{label:said} in {month:month}: {said:text} against {band:text}. Whether that is "
                "on target cannot be told: its interval crosses a bound."
            ),
            holds=[Holds("the interval lies on both sides of a bound", facts["verdict"] == UNSURE)],
            **shared,  # type: ignore[arg-type]
        )
    if facts["verdict"] == WITHIN:
        return Claim(
            key="target_within",
            message=_("{label:said} in {month:month}: {said:text}, within its target {band:text}."),
            holds=[Holds("the whole interval lies within the band", facts["verdict"] == WITHIN)],
            **shared,  # type: ignore[arg-type]
        )
    if facts["verdict"] == BELOW:
        return Claim(
            key="target_below",
            message=_("{label:said} in {month:month}: {said:text}, below its target {band:text}."),
            holds=[Holds("the whole interval lies below the band", facts["verdict"] == BELOW)],
            **shared,  # type: ignore[arg-type]
        )
    return Claim(
        key="target_above",
        message=_("{label:said} in {month:month}: {said:text}, above its target {band:text}."),
        holds=[Holds("the whole interval lies above the band", facts["verdict"] == ABOVE)],
        **shared,  # type: ignore[arg-type]
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    if not facts["unknown"]:
        return ()
    return (
        _(
            "Targets are set for figures that are not worked out here ({unknown_names:text}): "
            "nothing is said of them."
        ),
    )


def _tile(facts: dict[str, Any], table: pd.DataFrame) -> Tile:
    mine = table[table["metric"] == facts["metric"]]
    return Tile(
        key="target",
        label=_("{label:said}, {month:month}"),
        fact="value",
        low="low",
        high="high",
        kind=_KINDS[facts["metric"]],
        trend=tuple(mine["value"]),
        note=_("target {band:text}: {verdict_said:said}"),
    )
