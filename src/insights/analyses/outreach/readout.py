"""Read-out: what did contacting change, as the lot shows it, and how sure is that?

Everybody counts in the arm that the lot gave, whether reached or not. Lists of several weeks are
pooled within the week, because weeks differ; a window that is still open is left out.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.outreach.drawing import lists_of
from insights.charts import marks
from insights.errors import MissingColumns, ParameterError
from insights.models.arms import left_alone, people_per_arm, share_difference
from insights.models.intervals import wilson
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
TREATED = frozenset({"contact", "treatment", "treated", "test", "实验组", "触达组", "联系组"})
NEEDED = {"campaign_id", "title", "customer_id", "arm", "assigned_at", "probability", "days_seen",
          "days_to_order", "net_28"}  # fmt: skip
TITLE = _("What contacting changed")


@dataclass(frozen=True, eq=False, kw_only=True)
class Readout(Result):
    """Share who bought within the window, by arm. One row per experiment; our weekly lists are one.

    `difference` with `low` and `high` is what the lot shows; `needed` the people in each arm that a
    difference of the size seen would take.
    """

    name = "readout"
    columns = {
        "title": Column(_("Experiment"), "said"),
        "treated": Column(_("Contacted"), "count", people=True),
        "control": Column(_("Held out"), "count", people=True),
        "treated_share": Column(_("Contacted who bought"), "percent"),
        "control_share": Column(_("Held out who bought"), "percent"),
        "difference": Column(_("Difference"), "points"),
        "low": Column(_("Low"), "points"),
        "high": Column(_("High"), "points"),
        "needed": Column(_("People an arm to prove it"), "count"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the difference of each experiment with its interval."""
        # In points as plain numbers: the unit beside every tick would leave no room for them.
        sizes = {name: self.table[name] * 100 for name in ("difference", "low", "high")}
        return marks.dots(
            self.table.assign(**sizes),
            name="title",
            value="difference",
            low="low",
            high="high",
            emphasis="proven",
            kind="number",
            xlabel=_("percentage points more who bought, of those contacted"),
            reference=0.0,
        )


def readout(
    outcomes: pd.DataFrame, *, as_of: date, window_days: int = 28
) -> Readout | NotEnoughData:
    """Compare the arms of every lottery whose window has closed.

    Parameters
    ----------
    outcomes : DataFrame, one row per person and experiment
        The mart `assignment_outcomes`.
    as_of : date
        Last day of complete data.
    window_days : int, default 28
        Days after the lot in which a purchase counts.

    Returns
    -------
    Readout or NotEnoughData

    Raises
    ------
    ParameterError
        If the window is not at least a day.

    Notes
    -----
    Differences of shares within each draw (week and chance), pooled by Mantel and Haenszel's
    weights; interval after Newcombe (1998); see `insights.models.arms`.
    """
    if window_days < 1:
        raise ParameterError(f"window_days must be 1 or more; found {window_days}.")
    if missing := NEEDED - set(outcomes.columns):
        raise MissingColumns("outcomes", missing, outcomes.columns)
    drawn = _read(outcomes, window_days)
    closed = drawn[(drawn["days_seen"] >= window_days) & drawn["treated"].notna()]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "window": window_days,
        "drawn": len(outcomes),
        "open": int((drawn["days_seen"] < window_days).sum()),
        "unknown_arm": int(drawn["treated"].isna().sum()),
        "confidence": CONFIDENCE,
    }
    rows = [
        row
        for name, mine in closed.groupby("experiment", sort=False)
        if (row := _compared(str(name), mine)) is not None
    ]
    if not rows:
        return _refusal(facts)
    table = pd.DataFrame(rows).sort_values(["ours", "assigned_at"], ascending=False)
    table = table.reset_index(drop=True)
    facts |= _facts(table)
    return Readout(
        table=table.drop(columns=["ours", "assigned_at"]),
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "Everybody counts in the arm that the lot gave, those who were never reached "
                "included: it is the effect of the list, not of a conversation."
            ),
            _(
                "Only purchases that can be linked count; those that cannot are missing from both "
                "arms alike and make the difference smaller."
            ),
        ),
        checks=(
            Check(
                key="arms_by_lot",
                message=_("The arms have the sizes that the lots' chances promised."),
                passed=bool((table["off"] < SUSPICIOUS).all()),
                evidence=_("largest deviation {off:number} standard deviations"),
                facts={"off": float(table["off"].max())},
                stops=False,
            ),
        ),
        tiles=(
            Tile(
                key="effect",
                label=_("More who bought, of those contacted"),
                fact="difference",
                low="low",
                high="high",
                kind="points",
                good="up",
                note=_("within {window:days}, {title:said}"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Share who bought within {window:days} of the lot, contacted less held out; "
            "{confidence:percent} intervals"
        ),
        meaning=_(
            "An interval that holds zero proves nothing, neither that contacting works nor that it "
            "does not. Filled dots are proven."
        ),
        alt=_(
            "Dot chart of the difference that contacting made; for {title:said} "
            "{difference:points} ({low:points} to {high:points})."
        ),
    )


SUSPICIOUS = 4.0  # Standard deviations; arms drawn by lot stray so far once in 16,000 times.


def _read(outcomes: pd.DataFrame, window_days: int) -> pd.DataFrame:
    """Return the rows with their arm as True, False or missing, and whether they bought in time."""
    arm = outcomes["arm"].astype(str).str.strip().str.lower()
    treated = pd.Series(pd.NA, index=outcomes.index, dtype="boolean")
    treated[arm.isin(TREATED)] = True
    treated[arm.map(left_alone).astype(bool)] = False
    lists = lists_of(outcomes["campaign_id"])
    return outcomes.assign(
        treated=treated,
        ours=lists.notna(),
        experiment=lists.fillna(outcomes["title"]),
        bought=outcomes["days_to_order"].le(window_days).fillna(False).astype(bool),
        chance=np.where(treated.fillna(False), outcomes["probability"],
                        1 - outcomes["probability"].astype(float)),
    )  # fmt: skip


def _compared(name: str, mine: pd.DataFrame) -> dict[str, Any] | None:
    """Return an experiment's row; None where an arm is empty in every draw."""
    treated = mine["treated"].astype(bool)
    cells = mine.assign(treated=treated, stratum=mine["chance"].round(6)).groupby(
        ["campaign_id", "stratum", "treated"]
    )["bought"]
    counts = pd.DataFrame({"all": cells.size(), "yes": cells.sum()}).reset_index("treated")
    strata = counts.index.unique()
    by_arm = {arm: part.reindex(strata, fill_value=0) for arm, part in counts.groupby("treated")}
    if len(by_arm) < 2:
        return None
    arms = [by_arm[arm][what] for arm in (True, False) for what in ("yes", "all")]
    if not ((arms[1] > 0) & (arms[3] > 0)).any():
        return None
    found = share_difference(*arms, confidence=CONFIDENCE)
    both = (arms[1] > 0) & (arms[3] > 0)
    size = (arms[1] + arms[3])[both]
    chance = strata.get_level_values("stratum").to_numpy(float)[both.to_numpy()]
    expected, spread = float((size * chance).sum()), float((size * chance * (1 - chance)).sum())
    base, gap = found.control, found.difference
    provable = 0 < base < 1 and 0 < base + gap < 1 and abs(gap) > 1e-6
    return {
        "title": name,
        "treated": int(arms[1][both].sum()),
        "control": int(arms[3][both].sum()),
        "treated_share": found.treated,
        "control_share": base,
        "difference": gap,
        "low": found.low,
        "high": found.high,
        "needed": people_per_arm(base, gap) if provable else np.nan,
        "proven": found.low > 0 or found.high < 0,
        "draws": int(both.sum()),
        "off": abs(float(arms[1][both].sum()) - expected) / max(spread, 1e-9) ** 0.5,
        "ours": bool(mine["ours"].iloc[0]),
        "assigned_at": mine["assigned_at"].max(),
    }


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    row = table.iloc[0]
    names = ["title", "treated", "control", "treated_share", "control_share", "difference", "low",
             "high", "needed", "draws"]  # fmt: skip
    facts = {name: row[name] for name in names}
    low, high = wilson(round(row["control_share"] * row["control"]), row["control"])
    return facts | {
        "experiments": len(table),
        "control_low": float(low),
        "control_high": float(high),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["low"] > 0:
        return (
            Claim(
                key="contact_works",
                topic="effect",
                message=_(
                    "{title:said}: of {treated:count} contacted {treated_share:percent} bought, of "
                    "{control:count} held out {control_share:percent}: contacting moved it by "
                    "{difference:points} ({low:points} to {high:points})."
                ),
                holds=[
                    Holds("lots were drawn, and the interval lies above zero", facts["low"] > 0)
                ],
            ),
        )
    if facts["high"] < 0:
        return (
            Claim(
                key="contact_harms",
                topic="effect",
                message=_(
                    "{title:said}: of {treated:count} contacted {treated_share:percent} bought, of "
                    "{control:count} held out {control_share:percent}: contacting did harm, "
                    "{difference:points} ({low:points} to {high:points})."
                ),
                holds=[Holds("the interval lies below zero", facts["high"] < 0)],
            ),
        )
    seen = _(
        "{title:said}: of {treated:count} contacted {treated_share:percent} bought, of "
        "{control:count} held out {control_share:percent}: {difference:points} ({low:points} to "
        "{high:points}) is not proven."
    )
    claims = [
        Claim(
            key="contact_not_proven",
            undecided=True,
            topic="effect",
            message=seen,
            holds=[Holds("the interval holds zero", facts["low"] <= 0 <= facts["high"])],
        )
    ]
    if facts["difference"] > 0 and facts["needed"] > facts["control"]:
        claims.append(
            Claim(
                key="people_to_prove",
                message=_(
                    "To prove a difference of {difference:points} takes {needed:count} people an "
                    "arm; {control:count} were held out."
                ),
                holds=[
                    Holds("fewer were held out than it takes", facts["control"] < facts["needed"])
                ],
                place="evidence",
            )
        )
    return tuple(claims)


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    if facts["unknown_arm"] and facts["unknown_arm"] == facts["drawn"]:
        because = _("The arms of {drawn:count} lots are named by words that say neither contacted "
                    "nor held out.")  # fmt: skip
        needs = _("Needed: arms called treatment and control, or 实验组 and 对照组.")
    elif facts["open"]:
        because = _(
            "{open:count} lots were drawn, and their {window:days} are not over by {as_of:day}."
        )
        needs = _("Nothing to do but to wait, and to contact nobody who is held out.")
    else:
        because = _("No lots were drawn by {as_of:day}: what contacting changes is not known.")
        needs = _(
            "Needed: lists with people held out by lot; the command insights export actions draws "
            "and remembers them."
        )
    return NotEnoughData(title=TITLE, because=because, needs=needs, facts=facts)
