"""Targets: is a figure below, within or above the band that was set for it, or can nobody tell yet?

A figure has an interval of its own. It is called below or above only where the whole interval is;
elsewhere the page says that it cannot be told, which is not the same as being on target.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.contacts_stock import WEEKS_AHEAD
from insights.analyses.cohorts.target_figures import (
    CONFIDENCE,
    CONTACTS,
    KINDS,
    METRICS,
    figures,
)
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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


@dataclass(frozen=True, eq=False, kw_only=True)
class Targets(Result):
    """Figures against their bands. One row per metric and month that has a target and is over.

    `verdict` is below, within, above or unsure; of a share `low` and `high` are its interval,
    orders or people taken as a draw; a sum of money that has settled, and a number of contacts,
    have none, for they are what they are. The newest month of each metric stands first.
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

    def telling_rows(self) -> int | None:
        """Return the newest month of each figure, where there are several."""
        return self.facts["figures"] if self.facts["figures"] > 1 else None

    def plot(self) -> "Axes":
        """Draw the first metric by month, with its interval; the target is a line."""
        metric = self.facts["metric"]
        mine = _months_of(self.table, metric).tail(SHOWN)
        return marks.line(
            mine,
            x="period",
            y="value",
            low="low",
            high="high",
            y_kind=KINDS[metric],
            xlabel=_("month"),
            reference=self.facts["bound"],
            reference_label=_("target"),
        )


def targets(
    bands: pd.DataFrame,
    sales: pd.DataFrame,
    *,
    as_of: date,
    refunds: Result | None = None,
    scorecard: Result | None = None,
    stock: Result | None = None,
) -> Targets | NotEnoughData:
    """Hold monthly figures against the bands of the table `targets`.

    Parameters
    ----------
    bands : DataFrame, one row per metric, scope and period
        The table `targets`: `metric`, `scope`, `period` (YYYY-MM), `low`, `high`. Bands of the
        scope "all" are held against here, of the metrics `target_figures.METRICS`:
        private_share, net_amount, private_net_amount, first_order_7d_share,
        first_order_30d_share, replied_7d_share (each by month of joining), contacts.
    sales : DataFrame, one row per month and channel
        The mart `private_sales`.
    as_of : date
        Last day of complete data; a month that is not over is held against nothing.
    refunds : Result, optional
        What `refund_curve` handed back: what may still go back of a month that has not settled
        widens its interval.
    scorecard : Result, optional
        What `scorecard` handed back: how the new contacts of a month started.
    stock : Result, optional
        What `contacts_stock` handed back: contacts at the end of a month.

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
    values = figures(sales, as_of=as_of, refunds=refunds, scorecard=scorecard, stock=stock)
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
    table = _newest_first(_judged(table))
    facts |= _facts(table)
    return Targets(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
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


def contacts_goal(bands: pd.DataFrame, *, as_of: date) -> dict[str, Any]:
    """Return the target for contacts that the forecast can speak of, as `contacts_stock` takes it.

    It is the lower bound of the last month that ends within the weeks that are forecast. No such
    month, nothing.

    Examples
    --------
    >>> bands = pd.DataFrame(
    ...     [{"metric": "contacts", "scope": "all", "period": "2026-08", "low": 5000, "high": None}]
    ... )
    >>> contacts_goal(bands, as_of=date(2026, 6, 30))
    {'aim': 5000.0, 'by': datetime.date(2026, 8, 31)}
    """
    mine = bands[(bands["metric"] == CONTACTS) & (bands["scope"] == ALL) & bands["low"].notna()]
    mine = mine[mine["period"].astype(str).str.fullmatch(r"\d{4}-\d{2}")]
    ends = [pd.Period(period, freq="M").end_time.date() for period in mine["period"]]
    ahead = {
        end: float(low)
        for end, low in zip(ends, mine["low"], strict=True)
        if as_of < end <= as_of + timedelta(weeks=WEEKS_AHEAD)
    }
    return {"aim": ahead[max(ahead)], "by": max(ahead)} if ahead else {}


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    from insights.wording import say_value  # noqa: PLC0415 - said in the voice of the page

    def band(row: Any) -> str:
        kind = KINDS[row.metric]
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
        value_said=[say_value(row.value, KINDS[row.metric]) for row in rows],
        band_said=[band(row) for row in rows],
        band_low=table["low"],
        band_high=table["high"],
    )
    return judged.assign(
        low=judged["value_low"],
        high=judged["value_high"],
        verdict_label=judged["verdict"].map(_VERDICTS),
    )


def _newest_first(table: pd.DataFrame) -> pd.DataFrame:
    """Sort each metric's newest month to the top, in the order in which they are declared."""
    place = {name: number for number, name in enumerate(METRICS)}
    table = table.assign(place=table["metric"].map(place)).sort_values(
        ["place", "period"], ascending=[True, False]
    )
    older = table.duplicated("metric")
    return pd.concat([table[~older], table[older]], ignore_index=True).drop(columns="place")


def _months_of(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    return table[table["metric"] == metric].sort_values("period")


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    now = table.drop_duplicates("metric")
    metric = now["metric"].iloc[0]
    mine = _months_of(table, metric)
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
        "figures": len(now),
        **{f"now_{name}": int((now["verdict"] == name).sum()) for name in _VERDICTS},
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["figures"] == 1:
        return (_claim(facts),)
    told = facts["now_below"] + facts["now_within"] + facts["now_above"]
    return (
        _claim(facts),
        Claim(
            key="targets_now",
            topic="targets_now",
            place="evidence",
            undecided=not told,
            message=_(
                "Of {figures:count} figures with a target, each in its newest month, "
                "{now_below:count} lie below it, {now_within:count} within and {now_above:count} "
                "above; of {now_unsure:count} it cannot be told."
            ),
            holds=[
                Holds(
                    "each figure has one verdict",
                    told + facts["now_unsure"] == facts["figures"],
                )
            ],
        ),
    )


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
    mine = _months_of(table, facts["metric"])
    return Tile(
        key="target",
        label=_("{label:said}, {month:month}"),
        fact="value",
        low="low",
        high="high",
        kind=KINDS[facts["metric"]],
        trend=tuple(mine["value"]),
        note=_("target {band:text}: {verdict_said:said}"),
    )
