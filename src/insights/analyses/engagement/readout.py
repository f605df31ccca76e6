"""Read-out: what did a holdout, an A/B test or a switchback show, and is that more than luck?

Before any lift the arms are counted: where a lottery cannot have made them so unequal, nothing is
read out. People are compared with those who had the same chances. Raw and shrunk lift stand side by
side, because what is said of the best of several arms is luckier than it is good; intervals widen
with the number of comparisons, and past claims are held against people they were not made from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.experiment import (
    MIN_UNITS,
    OUTCOMES,
    Experiment,
    Pair,
    asked_for,
    by_experiment,
    pairs_of,
)  # fmt: skip
from insights.analyses.engagement.past_claims import backtested
from insights.analyses.engagement.readout_words import TITLE, caveats_of, claims_of, refused
from insights.analyses.engagement.trials import PRIOR_SHARE, RATIO_ALPHA, lift, shrunk
from insights.charts import marks
from insights.results import Check, Column, NotEnoughData, Result
from insights.wording import _, say, say_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
MIN_PERIODS = 3  # of a switchback, in an arm
HIGHER, LOWER, UNTOLD = _("more than control"), _("less than control"), _("not told apart")


@dataclass(frozen=True, eq=False, kw_only=True)
class Readout(Result):
    """One row per (experiment, arm, outcome): raw and shrunk lift over control, with 95% intervals.

    Intervals of `raw` hold for all comparisons of an outcome at once (Bonferroni 1936), and the
    verdict is where they lie; those of `shrunk` are each one's own. Both are in the unit of the
    outcome; `relative` columns are the same over the control's mean.
    """

    name = "readout"
    columns = {
        "label": Column(_("Outcome, arm, experiment"), "text"),
        "units": Column(_("In the arm"), "count", people=True),
        "control_units": Column(_("In the control"), "count", people=True),
        "said_mean": Column(_("Arm"), "text"),
        "said_control": Column(_("Control"), "text"),
        "said_raw": Column(_("Lift as seen"), "text"),
        "said_shrunk": Column(_("Lift to be expected again"), "text"),
        "verdict": Column(_("Verdict"), "said"),
    }

    def plot(self) -> "Axes":
        """Draw the relative lift of each comparison, as seen and as to be expected again."""
        seen = self.table.assign(
            name=self.table["label"], value=self.table["relative"],
            low_end=self.table["relative_low"], high_end=self.table["relative_high"], real=False,
        )  # fmt: skip
        again = self.table.assign(
            name=say(_("to be expected again")), value=self.table["relative_shrunk"],
            low_end=self.table["relative_shrunk_low"], high_end=self.table["relative_shrunk_high"],
            real=True,
        )  # fmt: skip
        both = pd.concat([seen, again]).sort_index(kind="stable")
        return marks.dots(
            both[both["value"].notna()],
            name="name",
            value="value",
            low="low_end",
            high="high_end",
            emphasis="real",
            kind="percent",
            xlabel=_("lift over the control, of the control"),
            reference=0.0,
        )


def readout(
    frame: pd.DataFrame,
    *,
    arm: str = "arm",
    outcomes: Sequence[str] | None = None,
    control: str | None = None,
    period: str | None = None,
) -> Readout | NotEnoughData:
    """Read out one or several randomised experiments.

    Parameters
    ----------
    frame : DataFrame, one row per person and experiment
        `arm`; outcomes, one column each; ``probability`` of the arm, if arms were not meant to be
        alike; ``experiment``, if there are several.
    arm : str, default 'arm'
        The column that names the arm.
    outcomes : sequence of str, optional
        Columns to read out; those of the known names if not given.
    control : str, optional
        The arm to compare with; found by its name (control, holdout, 对照组) if not given.
    period : str, optional
        Of a switchback: the column of the period. Each period has one arm and is one observation.

    Returns
    -------
    Readout or NotEnoughData
        The latter where there is no experiment, an arm is too small, or the arms' sizes are such
        that a lottery cannot have made them.

    Raises
    ------
    MissingColumns
        If a column that is named is not there.
    DataError
        If no arm is the control, or a period of a switchback has two arms.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"arm": ["mail"] * 1000 + ["control"] * 1000})
    >>> people["visit"] = [1] * 180 + [0] * 820 + [1] * 110 + [0] * 890
    >>> readout(people).table["raw"].round(3).tolist()
    [0.07]
    """
    asked = asked_for(frame, arm, outcomes, period)
    facts: dict[str, Any] = {
        "confidence": CONFIDENCE,
        "people": len(frame),
        "alpha": RATIO_ALPHA,
        "least": MIN_PERIODS if period else MIN_UNITS,
    }
    if frame.empty or not asked:
        return NotEnoughData(
            title=TITLE,
            because=_(
                "No experiment has been read out here: nobody was assigned to an arm by lot whose "
                "four weeks are over. Weekly lists of contacts are read out where they are made."
            ),
            needs=_(
                "Needed: the list of assignments of the next campaign (campaign, customer, arm, "
                "chance), with a share of the people left alone by lot: insights load assignments."
            ),
            facts=facts,
        )
    found = by_experiment(frame, arm, asked, control, period)
    facts |= _troubles(found)
    pairs = [
        pair
        for one in found
        if one.trouble is None
        for pair in pairs_of(one, arm)
        if min(map(len, pair.values(asked[0]))) >= facts["least"]
    ]
    if not pairs:
        return refused(facts)
    table, spread = _table(pairs, asked, facts["least"])
    first = table[table["outcome"] == asked[0]]
    facts |= {
        "spread": spread,
        "learned": spread != PRIOR_SHARE,
        "comparisons": len(table),
        "tried": len(first),
        "several": len(first) > 1,
    }
    facts |= _leading(first) | backtested(pairs, asked[0], periods=period is not None)
    odd = facts["odd"]
    return Readout(
        table=table,
        facts=facts,
        claims=claims_of(facts),
        caveats=caveats_of(facts, period),
        checks=(
            Check(
                key="sample_ratio",
                message=_("The arms are as large as the lottery would make them."),
                passed=not odd,
                evidence=_("{experiments:count} experiments, smallest chance {ratio_p:number3}"),
                facts={name: facts[name] for name in ("experiments", "ratio_p")},
                stops=False,
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Lift over the control as seen (hollow) and as to be expected again (filled), of the "
            "control's mean; lines are {confidence:percent} intervals, hollow ones of all at once"
        ),
        meaning=_(
            "Plan with the filled dot. Where its line reaches zero, nothing is proven, and the "
            "next test needs more people rather than another winner."
        ),
        alt=_("Dot chart of {comparisons:count} comparisons with control, as seen and shrunk."),
    )


def _troubles(found: list[Experiment]) -> dict[str, Any]:
    """Return what is in the way of reading experiments out, and of which."""
    facts: dict[str, Any] = {"experiments": len(found)}
    for trouble in ("odd", "nameless", "single", "tangled"):
        mine = [one for one in found if one.trouble == trouble]
        facts |= {trouble: len(mine), f"{trouble}_name": " / ".join(one.title for one in mine)}
        if trouble == "odd":
            facts["odd_p"] = min((one.ratio_p for one in mine), default=None)
    told = [one.ratio_p for one in found if np.isfinite(one.ratio_p)]
    return facts | {"ratio_p": min(told, default=None)}


def _table(pairs: list[Pair], asked: Sequence[str], least: int) -> tuple[pd.DataFrame, float]:
    """Return all comparisons, outcome by outcome, and the spread of lifts of the first outcome."""
    tables, spreads = [], []
    for outcome in asked:
        mine = [p for p in pairs if min(map(len, p.values(outcome))) >= least]
        if not mine:
            continue
        rows = [_compared(pair, outcome, len(mine)) for pair in mine]
        table, spread = _shrunk(pd.DataFrame(rows))
        tables.append(table)
        spreads.append(spread)
    order = pd.concat(tables).sort_values(["experiment", "arm"], kind="stable")
    return order.reset_index(drop=True), spreads[0]


def _compared(pair: Pair, outcome: str, tried: int) -> dict[str, Any]:
    one, other = pair.values(outcome)
    found = lift(
        one[outcome],
        other[outcome],
        strata=(one["stratum"], other["stratum"]),
        confidence=1 - (1 - CONFIDENCE) / tried,
    )
    return {
        "experiment": pair.title,
        "arm": pair.arm,
        "outcome": outcome,
        "units": found.units,
        "control_units": found.control_units,
        "mean": found.mean,
        "control": found.control,
        "raw": found.raw,
        "low": found.low,
        "high": found.high,
        "error": found.error,
    }


def _shrunk(table: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    # The arms of one experiment share its control: they are one trial.
    drawn, spread = shrunk(
        table["raw"], table["error"], table["control"],
        trials=table["experiment"].nunique(), confidence=CONFIDENCE,
    )  # fmt: skip
    # Without a mean of the control there is nothing to be relative to: raw is all there is.
    drawn = drawn.set_axis(["shrunk", "shrunk_low", "shrunk_high"], axis=1)
    table = pd.concat([table, drawn], axis=1)
    base = table["control"].where(table["control"] > 0)
    for column in ("raw", "low", "high", "shrunk", "shrunk_low", "shrunk_high"):
        name = "relative" if column == "raw" else f"relative_{column}"
        table[name] = table[column] / base
    table["verdict"] = np.select(
        [table["low"] > 0, table["high"] < 0], [HIGHER, LOWER], default=UNTOLD
    )
    said = [_said(row) for row in table.to_dict("records")]
    return pd.concat([table, pd.DataFrame(said)], axis=1), spread


def _said(row: dict[str, Any]) -> dict[str, str]:
    words, kind = OUTCOMES.get(row["outcome"], (row["outcome"], "number"))
    delta = "points" if kind == "percent" else kind

    def interval(value: str, low: str, high: str) -> str:
        low_end, high_end = say_value(row[low], delta), say_value(row[high], delta)
        return f"{say_value(row[value], delta)} ({low_end} – {high_end})"

    parts = [say(words), row["arm"], row["experiment"]]
    return {
        "label": " · ".join(part for part in parts if part),
        "said_mean": say_value(row["mean"], kind),
        "said_control": say_value(row["control"], kind),
        "said_raw": interval("raw", "low", "high"),
        "said_shrunk": interval("shrunk", "shrunk_low", "shrunk_high"),
    }


def _leading(first: pd.DataFrame) -> dict[str, Any]:
    """Return the first outcome's lift that a reader will repeat: the largest that is proven.

    Where none is, the largest; and beside it the worst harm that is proven.
    """
    proven, harm = first[first["low"] > 0], first[first["high"] < 0]
    best = (proven if len(proven) else first).sort_values("raw", kind="stable").iloc[-1]
    facts: dict[str, Any] = {
        "best": best["label"],
        "best_mean": best["said_mean"],
        "best_control": best["said_control"],
        "best_raw": best["said_raw"],
        "best_shrunk": best["said_shrunk"],
        "best_lift": float(best["raw"]),
        "best_low": float(best["low"]),
        "best_high": float(best["high"]),
        "best_units": int(best["units"]),
        "best_control_units": int(best["control_units"]),
        "largest_lift": float(first["raw"].max()),
        "largest_proven": float(proven["raw"].max()) if len(proven) else None,
        "proven": len(proven),
        "harms": len(harm),
    }
    if len(harm):
        worst = harm.sort_values("raw", kind="stable").iloc[0]
        facts |= {
            "worst": worst["label"],
            "worst_mean": worst["said_mean"],
            "worst_control": worst["said_control"],
            "worst_raw": worst["said_raw"],
            "worst_high": float(worst["high"]),
        }
    return facts
