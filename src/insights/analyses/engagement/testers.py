"""Testers: do people who were given a sample buy more than people like them who were not?

Each tester is held against non-testers who had bought as often and as lately and were members just
as well (exact strata, not one look-alike each, so that nobody is thrown away by chance). What the
matching cannot see stays: who is picked as a tester may be who would have bought anyway.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.arms import share_difference
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
MIN_TESTERS = 30
MATCHED = 0.8  # Of testers: with fewer the comparison would be of other people.
OFTEN = (-1, 0, 1, 2, 3, 5, np.inf)
LATE = (-1, 28, 91, 182, np.inf)
DAYS = 91
TESTERS, OTHERS = _("testers"), _("like them, without a sample")
NEEDED = {"customer_id", "tester", "member", "occasions", "silent_days", "bought_91"}
_TITLE = _("What samples did")


@dataclass(frozen=True, eq=False, kw_only=True)
class Testers(Result):
    """Buying within 91 days. One row per group: testers, and those like them."""

    name = "testers"
    columns = {
        "group": Column(_("Group"), "said"),
        "people": Column(_("People"), "count", people=True),
        "share": Column(_("Bought within the quarter"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw both groups' share who bought."""
        return marks.bars(
            self.table, name="group", value="share", kind="percent",
            xlabel=_("bought within the quarter after"),
        )  # fmt: skip


def testers(people: pd.DataFrame, *, as_of: date) -> Testers | NotEnoughData:
    """Compare testers with non-testers who had bought as often and as lately.

    Parameters
    ----------
    people : DataFrame, one row per customer
        The mart `tester_people`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    Testers or NotEnoughData

    Notes
    -----
    Differences within strata, weighted by the testers in them (the effect on testers), with
    Newcombe's interval for strata.
    """
    if missing := NEEDED - set(people.columns):
        raise MissingColumns("tester_people", missing, people.columns)
    given = people[people["tester"] == 1]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "days": DAYS,
        "testers": len(given),
        "min_testers": MIN_TESTERS,
        "least": MATCHED,
    }
    strata = _strata(people)
    both = strata[(strata["testers"] > 0) & (strata["others"] > 0)]
    facts["matched"] = float(both["testers"].sum() / len(given)) if len(given) else 0.0
    if len(given) < MIN_TESTERS or facts["matched"] < MATCHED:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{testers:count} testers are known by name whose {days:days} since are over; for "
                "{matched:percent} of them there are others who had bought as often and as lately."
            ),
            needs=_(
                "Needed: {min_testers:count} testers by name: costs of the kind sample with the "
                "customer they were for (insights load costs); better, a lot that decides who gets "
                "one (insights load assignments)."
            ),
            facts=facts,
        )
    found = share_difference(
        both["bought"], both["testers"], both["others_bought"], both["others"],
        confidence=CONFIDENCE,
    )  # fmt: skip
    facts |= {
        "treated": found.treated,
        "control": found.control,
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "others": int(both["others"].sum()),
    }
    table = pd.DataFrame(
        {
            "group": [TESTERS, OTHERS],
            "people": [int(both["testers"].sum()), facts["others"]],
            "share": [found.treated, found.control],
        }
    )
    return Testers(
        table=table,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "Testers are matched on how often and how lately they had bought and on being "
                "members, and on nothing else: who was picked, or asked for a sample, may have "
                "bought anyway."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Bought within {days:days} after the newest round of samples that is that long ago, "
            "testers against {others:count} others who had bought as often and as lately"
        ),
        meaning=_(
            "A difference whose interval lies above zero is worth a test by lot before more "
            "samples are given out; one that holds zero is not known to bring anything."
        ),
        alt=_("Bar chart of the share who bought, testers and people like them."),
    )


def _strata(people: pd.DataFrame) -> pd.DataFrame:
    never = int(LATE[-2]) + 1  # Whoever had not bought is as late as can be.
    often = pd.cut(people["occasions"].astype(float), OFTEN, labels=False)
    late = pd.cut(people["silent_days"].astype(float).fillna(never), LATE, labels=False)
    one = people["tester"].astype(float)
    bought = people["bought_91"].astype(float)
    parts = {
        "testers": one, "others": 1 - one,
        "bought": one * bought, "others_bought": (1 - one) * bought,
    }  # fmt: skip
    alike = [often.to_numpy(), late.to_numpy(), people["member"].to_numpy(int)]
    return pd.DataFrame(parts).groupby(alike).sum()


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    told = facts["low"] > 0 or facts["high"] < 0
    message = (
        _(
            "Of testers {treated:percent} bought within {days:days}, of people like them "
            "{control:percent}: {difference:points} ({low:points} – {high:points}), which a lot "
            "has yet to prove."
        )
        if told
        else _(
            "Testers cannot be told from people like them: {treated:percent} against "
            "{control:percent} bought within {days:days} ({low:points} – {high:points})."
        )
    )
    return (
        Claim(
            key="testers_differ" if told else "testers_alike",
            undecided=not told,
            topic="testers",
            place="evidence",
            message=message,
            holds=[
                Holds(
                    "whether the interval holds zero is what is said",
                    told == bool(facts["low"] > 0 or facts["high"] < 0),
                )
            ],
        ),
    )
