"""Read-out: what did a holdout, an A/B test or a switchback show, and is that more than luck?

Before any lift the arms are counted: where a lottery cannot have made them so unequal, nothing is
read out. Raw and shrunk lift stand side by side, because what is said of the best of several arms
is luckier than it is good; past claims are held against people they were not made from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.experiment import (
    MIN_UNITS,
    OUTCOMES,
    asked_for,
    by_experiment,
    by_period,
    control_of,
    ratio_of,
)  # fmt: skip
from insights.analyses.engagement.past_claims import backtested
from insights.analyses.engagement.trials import PRIOR_SHARE, RATIO_ALPHA, lift, shrunk
from insights.charts import marks
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _, say, say_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
MIN_PERIODS = 3  # of a switchback, in an arm
HIGHER, LOWER, UNTOLD = _("more than control"), _("less than control"), _("not told apart")
_TITLE = _("What experiments showed")


@dataclass(frozen=True, eq=False, kw_only=True)
class Readout(Result):
    """One row per (experiment, arm, outcome): raw and shrunk lift over control, with 95% intervals.

    `raw`, `low`, `high`, `shrunk`, `shrunk_low`, `shrunk_high` are in the unit of the outcome;
    `relative` columns are the same over the control's mean.
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
            title=_TITLE,
            because=_(
                "No experiment has been read out: nobody was assigned to an arm by lot whose four "
                "weeks are over."
            ),
            needs=_(
                "Needed: the list of assignments of the next campaign (campaign, customer, arm, "
                "chance), with a share of the people left alone by lot: insights load assignments."
            ),
            facts=facts,
        )
    rows: list[dict[str, Any]] = []
    ratios: list[tuple[str, float]] = []
    for title, people in by_experiment(frame):
        data = by_period(people, arm, asked, period) if period else people
        base = control_of(data[arm], control)
        p = ratio_of(data, arm)
        ratios.append((title, p))
        if p < RATIO_ALPHA:
            continue
        for name in [a for a in sorted(data[arm].unique()) if a != base]:
            one, other = data[data[arm] == name], data[data[arm] == base]
            if min(len(one), len(other)) < facts["least"]:
                continue
            rows += [_compared(title, str(name), o, one[o], other[o]) for o in asked]
    odd = [(title, p) for title, p in ratios if p < RATIO_ALPHA]
    facts |= {
        "experiments": len(ratios),
        "odd": len(odd),
        "odd_name": " / ".join(title for title, _p in odd),
        "odd_p": min((p for _title, p in odd), default=None),
        "ratio_p": min(p for _title, p in ratios),
    }
    if not rows:
        return _refused(facts)
    table, spread = _shrunk(pd.DataFrame(rows))
    facts |= {"spread": spread, "learned": spread != PRIOR_SHARE, "comparisons": len(table)}
    facts |= _leading(table) | backtested(frame, arm, asked, control, period)
    return Readout(
        table=table,
        facts=facts,
        claims=_claims(facts, table),
        caveats=_caveats(facts, period),
        checks=(
            Check(
                key="sample_ratio",
                message=_("The arms are as large as the lottery would make them."),
                passed=not odd,
                evidence=_("{experiments:count} experiments, smallest chance {ratio_p:number3}"),
                facts={"experiments": len(ratios), "ratio_p": facts["ratio_p"]},
                stops=False,
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Lift over the control as seen (hollow) and as to be expected again (filled), of the "
            "control's mean; lines are {confidence:percent} intervals"
        ),
        meaning=_(
            "Plan with the filled dot. Where its line reaches zero, nothing is proven, and the "
            "next test needs more people rather than another winner."
        ),
        alt=_("Dot chart of {comparisons:count} comparisons with control, as seen and shrunk."),
    )


def _compared(
    title: str, arm: str, outcome: str, one: pd.Series, other: pd.Series
) -> dict[str, Any]:
    found = lift(one.dropna(), other.dropna(), confidence=CONFIDENCE)
    return {
        "experiment": title,
        "arm": arm,
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
    drawn, spread = shrunk(table["raw"], table["error"], table["control"], confidence=CONFIDENCE)
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


def _leading(table: pd.DataFrame) -> dict[str, Any]:
    """Return the first outcome's largest lift, which a reader will repeat."""
    first = table[table["outcome"] == table["outcome"].iloc[0]]
    best = first.loc[first["raw"].idxmax()]
    return {
        "best": best["label"],
        "best_mean": best["said_mean"],
        "best_control": best["said_control"],
        "best_raw": best["said_raw"],
        "best_shrunk": best["said_shrunk"],
        "best_low": float(best["low"]),
        "best_high": float(best["high"]),
        "best_units": int(best["units"]),
        "best_control_units": int(best["control_units"]),
        "told": int((table["verdict"] != UNTOLD).sum()),
    }


def _refused(facts: dict[str, Any]) -> NotEnoughData:
    if facts["odd"]:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "The arms of {odd_name} are not as large as its lottery would make them (chance "
                "{odd_p:number3}): people are missing from one of them, so no lift is read out."
            ),
            needs=_(
                "Needed: everybody who was assigned, whatever became of them, with the chance of "
                "each arm. Look for people who were dropped after the lots were drawn."
            ),
            facts=facts,
        )
    return NotEnoughData(
        title=_TITLE,
        because=_("No arm has {least:count} of its own to compare with the control."),
        needs=_("Needed: more people, or more periods of a switchback, in each arm."),
        facts=facts,
    )


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    higher, lower = facts["best_low"] > 0, facts["best_high"] < 0
    if higher:
        message = _(
            "Proven by lot, {best}: {best_mean} against {best_control} of the control, a lift of "
            "{best_raw}; {best_shrunk} is to be expected again."
        )
    elif lower:
        message = _(
            "Proven by lot, {best}: {best_mean} against {best_control} of the control, so it does "
            "harm: {best_raw}."
        )
    else:
        message = _(
            "No effect can be told, {best}: {best_mean} against {best_control} of the control, "
            "{best_raw}."
        )
    claims = [
        Claim(
            key="lift_proven" if higher else "lift_harms" if lower else "lift_not_told",
            undecided=not (higher or lower),
            topic="lift",
            message=message,
            holds=[
                Holds(
                    "what is said of zero is where the interval lies",
                    bool(higher == (facts["best_low"] > 0) and lower == (facts["best_high"] < 0)),
                )
            ],
        )
    ]
    if facts["backtested"]:
        claims.append(
            Claim(
                key="claims_backtested",
                place="evidence",
                message=_(
                    "Held against people it was not made from, the best arm's lift as seen was "
                    "{raw_over_real:number3} of what came true, the shrunk one "
                    "{shrunk_over_real:number3}."
                ),
                holds=[Holds("something came true", facts["backtest_real"] > 0)],
            )
        )
    return tuple(claims)


def _caveats(facts: dict[str, Any], period: str | None) -> tuple[str, ...]:
    caveats = [
        _(
            "The lift to be expected again takes true lifts to be within {spread:percent} of "
            "the control, which is how much the comparisons here differ beyond luck."
        )
        if facts["learned"]
        else _(
            "There are too few trials to learn from how much lifts differ: before anything was "
            "seen, a lift was taken to be within {spread:percent} of the control."
        )
    ]
    if facts["odd"]:
        caveats.append(
            _(
                "{odd_name} is left out: its arms are not as large as its lottery would make them "
                "(chance {odd_p:number3})."
            )
        )
    if not facts["backtested"]:
        caveats.append(
            _(
                "Past claims cannot be held against the truth yet: that takes two arms that were "
                "tested against a control and of which the better did something."
            )
        )
    if period:
        caveats.append(
            _(
                "In a switchback what one period does may carry over into the next; periods longer "
                "than the effect lasts make that small."
            )
        )
    return tuple(caveats)
