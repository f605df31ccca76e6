"""Leads: do answers fall before sales do? A test, over audiences and weeks.

If answers lead sales, an audience that answers less than usual this week should buy less than usual
some weeks later. Levels of audiences and weeks are taken off; the strongest lag is held against
the same search over series shifted out of step, so that looking at many lags proves nothing.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.panel import by_audience, read_weeks
from insights.charts import marks
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LAGS = 9  # 0 to 8 weeks
MIN_WEEKS = 30
MIN_AUDIENCES = 3
LEVEL = 0.05
SHIFTS = 499
SEED = 8
SMOOTH = 4  # Weeks averaged: one week's answers of an audience are mostly noise.
_TITLE = _("Do answers fall before sales do?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Leads(Result):
    """Correlation of answers with sales so many weeks later. One row per lag.

    `correlation` is over audiences and weeks; `band` is what the strongest of all lags reaches in
    95% of series shifted out of step.
    """

    name = "leads"
    columns = {
        "lag": Column(_("Weeks later"), "count"),
        "correlation": Column(_("Correlation"), "number"),
        "band": Column(_("By chance up to"), "number"),
    }

    def plot(self) -> "Axes":
        """Draw the correlation by lag, with what chance reaches."""
        return marks.line(
            self.table,
            x="lag",
            y="correlation",
            y_kind="number",
            xlabel=_("weeks from answers to sales"),
            ylabel=_("correlation"),
            from_zero=False,
            reference=float(self.facts["band"]),
            reference_label=_("chance"),
        )


def leads(weeks: pd.DataFrame, *, as_of: date) -> Leads | NotEnoughData:
    """Test whether answers of an audience lead its sales.

    Parameters
    ----------
    weeks : DataFrame, one row per account and week
        The mart `staff_week`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    Leads or NotEnoughData
    """
    panel = by_audience(read_weeks(weeks))
    answers, sales = _grids(panel)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "audiences": answers.shape[0],
        "weeks": answers.shape[1],
        "min_audiences": MIN_AUDIENCES,
        "min_weeks": MIN_WEEKS,
        "longest": LAGS - 1,
        "confidence": 1 - LEVEL,
    }
    if answers.shape[0] < MIN_AUDIENCES or answers.shape[1] < MIN_WEEKS:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{audiences:count} audiences over {weeks:count} weeks are too few to tell whether "
                "answers lead sales."
            ),
            needs=_(
                "Needed: {min_audiences:count} audiences and {min_weeks:count} weeks of likes of "
                "Moments beside orders of known friends."
            ),
            facts=facts,
        )
    seen = _correlations(answers, sales)
    rng = np.random.default_rng(SEED)
    highest = []
    for _shift in range(SHIFTS):
        # Shifted audience by audience: what each has of its own stays, being in step is lost.
        steps = rng.integers(LAGS, answers.shape[1] - LAGS, answers.shape[0])
        moved = np.stack([np.roll(row, step) for row, step in zip(answers, steps, strict=True)])
        highest.append(_correlations(moved, sales).max())
    best = int(seen.argmax())
    p = float((1 + sum(h >= seen[best] for h in highest)) / (SHIFTS + 1))
    facts |= {
        "lag": best,
        "correlation": float(seen[best]),
        "band": float(np.quantile(highest, 1 - LEVEL)),
        "p": p,
        "proven": bool(p <= LEVEL),
    }
    table = pd.DataFrame({"lag": range(LAGS), "correlation": seen, "band": facts["band"]})
    return Leads(
        table=table,
        facts=facts,
        claims=_claims(facts, table),
        caveats=(
            _(
                "Whether answers lead sales is a test, not a rule: a third thing may move both, "
                "and one region that fell once proves little about the next."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Answers on Moments against net sales up to {longest:count} weeks later, over "
            "{audiences:count} audiences and {weeks:count} weeks, each audience's and week's level "
            "taken off"
        ),
        meaning=_(
            "A point above the dashed line at a lag of some weeks would make falling answers an "
            "early warning of sales. Below it they are a sign of nothing that is proven."
        ),
        alt=_("Line chart of the correlation of answers with later sales, by weeks between them."),
    )


def _grids(panel: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    if panel.empty:
        return np.zeros((0, 0)), np.zeros((0, 0))
    known = panel[panel["shown"] > 0].assign(
        answer=np.log((panel["liked"] + 0.5) / (panel["shown"] + 1.0)),
        sale=panel["net_amount"] / panel["friends"],
    )
    answers = known.pivot_table(index="region", columns="week_no", values="answer")
    sales = known.pivot_table(index="region", columns="week_no", values="sale")
    # Audiences whose likes are mostly none have no rate to move.
    enough = panel.groupby("region")["liked"].median() >= 1
    whole = answers.loc[enough[enough].index.intersection(answers.index)].dropna(axis=1)
    return _levelled(whole.to_numpy(float)), _levelled(
        _relative(sales.loc[whole.index, whole.columns].to_numpy(float))
    )


def _relative(sales: np.ndarray) -> np.ndarray:
    mean = sales.mean(axis=1, keepdims=True)
    return sales / np.where(mean > 0, mean, 1.0)


def _levelled(values: np.ndarray) -> np.ndarray:
    if not values.size:
        return values
    # Averaged over the weeks up to each, so that the lag keeps its meaning.
    kernel = np.ones(SMOOTH) / SMOOTH
    smooth = np.stack([np.convolve(row, kernel, mode="valid") for row in values])
    smooth = smooth - smooth.mean(axis=1, keepdims=True)
    return np.asarray(smooth - smooth.mean(axis=0, keepdims=True))


def _correlations(answers: np.ndarray, sales: np.ndarray) -> np.ndarray:
    found = []
    for lag in range(LAGS):
        a = answers[:, : answers.shape[1] - lag].ravel()
        s = sales[:, lag:].ravel()
        scale = float(np.sqrt((a @ a) * (s @ s)))
        found.append(float(a @ s) / scale if scale > 0 else 0.0)
    return np.array(found)


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    strongest = Holds(
        "no lag has a higher correlation", facts["correlation"] >= table["correlation"].max()
    )
    if facts["proven"]:
        message = _(
            "Over {audiences:count} audiences answers went ahead of sales by {lag:count} weeks "
            "(correlation {correlation:number}, chance of as much by luck {p:number3})."
        )
    else:
        message = _(
            "That answers go ahead of sales is not proven: the strongest correlation, "
            "{correlation:number} at {lag:count} weeks, comes by luck with a chance of {p:number3}."
        )
    return (
        Claim(
            key="answers_lead" if facts["proven"] else "lead_not_proven",
            undecided=not facts["proven"],
            topic="lead",
            place="evidence",
            message=message,
            holds=[
                strongest,
                Holds(
                    "whether luck explains it is what is said",
                    facts["proven"] == (facts["p"] <= LEVEL),
                ),
            ],
        ),
    )
