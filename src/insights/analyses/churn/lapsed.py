"""Lapsed: of the customers who fell silent, who is probably still there, and who comes back anyway?

Some come back by themselves: what winning back must beat. Others are gone for good, and nothing
that a guide writes will change it. In between are those whom the purchase model believes to be
still there, and who are not expected within the horizon: on them a list of win-backs is built.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.churn.active import (
    REASON_LATE,
    REASON_NEW,
    REASON_OVERDUE,
    REASON_QUIET,
)
from insights.analyses.churn.caveats import identity_caveats, sample_caveats
from insights.analyses.churn.design import usual_gap_days
from insights.analyses.churn.recipe import BEST
from insights.analyses.churn.study import ACTIVE_DAYS, Study
from insights.charts import marks
from insights.models.intervals import wilson
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
EDGES = (ACTIVE_DAYS, 182, 364, np.inf)  # Days since the last purchase.
BANDS = (_("3–6 months"), _("6–12 months"), _("longer than a year"))
LEAST = 30  # Customers of a band; fewer say nothing of it.
OFF = 0.15  # Predicted and actual returns may differ by so much, or by three times luck.
TITLE = _("Who comes back by themselves")


@dataclass(frozen=True, eq=False, kw_only=True)
class Lapsed(Result):
    """Customers who bought nothing for 91 days or longer, by how long. One row per band.

    `there` is the mean chance in [0, 1] of still being a customer, by the MBG/NBD model; `back` the
    share of those in the band at the last cut-off who bought within the horizon, with its Wilson
    interval; `expected` how many will within the next.
    """

    name = "lapsed"
    columns = {
        "band": Column(_("Silent for"), "said"),
        "customers": Column(_("Customers"), "count", people=True),
        "there": Column(_("Chance of still being there"), "percent"),
        "back": Column(_("Came back last time"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "expected": Column(_("Expected back"), "count"),
    }

    def plot(self) -> "Axes":
        """Draw the share that came back, by how long they had been silent."""
        return marks.dots(
            self.table.dropna(subset=["back"]),
            name="band",
            value="back",
            low="low",
            high="high",
            kind="percent",
            xlabel=_("came back by themselves"),
        )


def lapsed_customers(found: Study | NotEnoughData) -> pd.DataFrame | NotEnoughData:
    """Return the customers silent for 91 days or longer, one row each, for a win-back list.

    Returns
    -------
    DataFrame, or the refusal that the study was
        `p_silent`, the chance of no purchase within the horizon, in [0, 1]; `usual_spend`, the net
        amount expected of one purchase (`UsualAmount`); `value_at_risk`, that times the chance of
        still being there but not coming within the horizon (money); `days_since`, `usual_gap` in
        days; `reason`.
    """
    if isinstance(found, NotEnoughData):
        return found
    if found.everyone is not None:
        return found.everyone.lapsed
    return lapsed_rows(found, found.scores[found.scores["days_since"] >= ACTIVE_DAYS])


def lapsed_rows(found: Study, silent: pd.DataFrame) -> pd.DataFrame:
    """Return `lapsed_customers` of these rows of scores, which need not be the study's own."""
    gap = usual_gap_days(silent)
    once = silent["frequency"] == 0
    usual = found.usual_amount.expected(silent)
    waiting = (silent["mbg_alive"] - (1 - silent["forecast"])).clip(lower=0)
    overdue = silent["days_since"] > 2 * gap
    reason = np.where(once, REASON_NEW, np.where(overdue, REASON_OVERDUE, REASON_LATE))
    late = once | (silent["days_since"] > gap)
    return pd.DataFrame(
        {
            "customer_id": silent["customer_id"],
            "p_silent": silent["forecast"],
            "usual_spend": usual,
            "value_at_risk": usual * waiting,
            "days_since": silent["days_since"],
            "usual_gap": gap,
            "reason": np.where(late, reason, REASON_QUIET),
        }
    )


def band_of(days_since: pd.Series) -> pd.Series:
    """Return which band a silence belongs to, as a number; -1 where it is no lapse yet."""
    return pd.Series(
        np.searchsorted(EDGES, days_since.to_numpy(float), side="right") - 1,
        index=days_since.index,
    )


def band_sums(found: Study, silent: pd.DataFrame) -> pd.DataFrame:
    """Add rows of scores up by band: `customers`, `there`, `expected`, `waiting`, `worth`."""
    rows = lapsed_rows(found, silent)
    back = 1 - silent["forecast"]
    summed = pd.DataFrame(
        {
            "customers": 1.0,
            "there": silent["mbg_alive"],
            "expected": back,
            "waiting": (silent["mbg_alive"] - back).clip(lower=0),
            "worth": rows["value_at_risk"],
        }
    )
    return summed.groupby(band_of(silent["days_since"])).sum().reindex(range(3), fill_value=0.0)


def lapsed(found: Study | NotEnoughData) -> Lapsed | NotEnoughData:
    """Count lapsed customers, who of them came back by themselves, and who is still to be won.

    Returns
    -------
    Lapsed or NotEnoughData
    """
    if isinstance(found, NotEnoughData):
        return found
    if found.everyone is not None:
        sums = found.everyone.bands
    else:
        sums = band_sums(found, found.scores[found.scores["days_since"] >= ACTIVE_DAYS])
    then = _last_time(found)
    facts: dict[str, Any] = found.facts | {
        "active_days": ACTIVE_DAYS,
        "confidence": CONFIDENCE,
        "lapsed": int(sums["customers"].sum()),
        "then": len(then),
        "least": LEAST,
    }
    if facts["lapsed"] < LEAST or facts["then"] < LEAST:
        return _refusal(facts)
    table = _table(sums, then)
    back, predicted = int(then["back"].sum()), float(then["predicted"].sum())
    low, high = wilson(back, len(then), confidence=CONFIDENCE)
    luck = float(np.sqrt((then["predicted"] * (1 - then["predicted"])).sum()))
    facts |= {
        "back": back / len(then),
        "back_low": float(low),
        "back_high": float(high),
        "came": back,
        "predicted_back": predicted,
        "back_off": abs(predicted - back) > max(OFF * back, 3 * luck),
        "expected": float(sums["expected"].sum()),
        "waiting": float(sums["waiting"].sum()),
        "worth": float(sums["worth"].sum()),
    }
    return Lapsed(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "Still being there is what a model of purchases believes, not what anybody saw; "
                "whether a message brings a customer back, only lots can show."
            ),
            *identity_caveats(facts),
            *sample_caveats(facts),
        ),
        checks=(
            Check(
                key="returns_agree",
                message=_("As many came back as was predicted, within luck and 15%."),
                passed=not facts["back_off"],
                evidence=_("{predicted:count} predicted, {actual:count} came back"),
                facts={"predicted": predicted, "actual": back},
                stops=False,
            ),
        ),
        tiles=(
            Tile(
                key="come_back",
                label=_("Come back by themselves"),
                fact="back",
                low="back_low",
                high="back_high",
                kind="percent",
                good="up",
                note=_("of customers silent for {active_days:days}, within {horizon:days}"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Customers without a purchase for {active_days:days} or longer, by how long: share who "
            "bought in the {horizon:days} to {last_until:day}; {confidence:percent} intervals"
        ),
        meaning=_("What comes back by itself need not be paid for: only what is above it counts."),
        alt=_(
            "Dot chart of the share of lapsed customers who came back by themselves; of all "
            "{back:percent} ({back_low:percent} to {back_high:percent})."
        ),
    )


def _last_time(found: Study) -> pd.DataFrame:
    """Return who had lapsed by the last cut-off that was judged: whether they came, was it seen?"""
    best = found.forecasts[found.forecasts["recipe"] == BEST]
    last = best["cutoff"].max()
    known = found.panel.loc[found.panel["cutoff"] == last, ["customer_id", "days_since"]]
    then = best[best["cutoff"] == last].merge(known, on="customer_id")
    then = then[then["days_since"] >= ACTIVE_DAYS]
    return pd.DataFrame(
        {
            "number": band_of(then["days_since"]),
            "back": ~then["churned"].astype(bool),
            "predicted": 1 - then["forecast"].astype(float),
        }
    )


def _table(sums: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    by = then.groupby("number")["back"].agg(["size", "sum"]).reindex(range(3), fill_value=0)
    seen = by["size"].where(by["size"] >= LEAST)
    low, high = wilson(by["sum"].where(seen.notna()), seen, confidence=CONFIDENCE)
    customers = sums["customers"].where(sums["customers"] > 0)
    table = pd.DataFrame(
        {
            "band": list(BANDS),
            "customers": sums["customers"].astype(int),
            "there": sums["there"] / customers,
            "back": by["sum"] / seen,
            "low": low,
            "high": high,
            "expected": sums["expected"],
        }
    )
    return table[table["customers"] > 0].reset_index(drop=True)


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    off = (
        ()
        if not facts["back_off"]
        else (
            Claim(
                key="returns_off",
                message=_(
                    "Of these, {predicted_back:count} were predicted to come back last time and "
                    "{came:count} did: take the number expected now with care."
                ),
                holds=[Holds("the difference is beyond luck", facts["back_off"])],
                place="evidence",
            ),
        )
    )
    return (
        Claim(
            key="come_back",
            message=_(
                "Of customers silent for {active_days:days} or longer, {back:percent} "
                "({back_low:percent}–{back_high:percent}) came back by themselves within "
                "{horizon:days}: what winning back must beat."
            ),
            holds=[
                Holds(
                    "the share lies within its interval",
                    facts["back_low"] <= facts["back"] <= facts["back_high"],
                )
            ],
            place="evidence",
        ),
        Claim(
            key="to_be_won",
            message=_(
                "Of {lapsed:count} lapsed customers, about {expected:count} will come by "
                "themselves within {horizon:days}, and about {waiting:count} are believed to be "
                "still there without coming: one usual purchase of each is {worth:money}."
            ),
            place="evidence",
        ),
        *off,
    )


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "{lapsed:count} customers are silent for {active_days:days} or longer today, and "
            "{then:count} were at the last cut-off: too few to say who comes back."
        ),
        needs=_("Needed: {least:count} such customers at both days."),
        facts=facts,
    )
