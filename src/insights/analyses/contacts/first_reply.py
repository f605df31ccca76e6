"""First reply: of people who had not bought, do those answered sooner buy more?

People who had bought before adding are left out: their "first order after adding" says nothing.
Guides who answer at once may be better at everything else too; the guide, the way in and the time
of adding are taken out, and what is left is still no proof that speed is the cause.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.contacts.states import no_contacts
from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.standardised import standardised_shares
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONVERT_DAYS = 30
CONFIDENCE = 0.95
FEWEST_PEOPLE, FEWEST_BUYERS, FEWEST_IN_BAND = 300, 30, 30
EDGES = (0, 10, 30, 60, 120, np.inf)  # Minutes.
BANDS = (_("within 10 minutes"), _("10–30 minutes"), _("30–60 minutes"), _("1–2 hours"),
         _("later than 2 hours"))  # fmt: skip
NEVER = _("no reply known")
NEEDED = {"customer_id", "staff_id", "state", "added_at", "days_seen", "replied_at",
          "bought_before", "days_to_order"}  # fmt: skip
TITLE = _("First reply and first order")


@dataclass(frozen=True, eq=False, kw_only=True)
class FirstReply(Result):
    """Share who bought within 30 days of adding, by how long the first reply took. One row a band.

    `raw` is the share as it is, `share` with `low` and `high` the one adjusted for the guide, the
    way in, and the hour and month of adding.
    """

    name = "first_reply"
    columns = {
        "group": Column(_("First reply"), "said"),
        "people": Column(_("People"), "count", people=True),
        "raw": Column(_("Bought within 30 days"), "percent"),
        "share": Column(_("The same, adjusted"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    as_of: date

    def plot(self) -> "Axes":
        """Draw the adjusted share of each band."""
        return marks.dots(
            self.table,
            name="group",
            value="share",
            low="low",
            high="high",
            xlabel=_("bought within 30 days of adding, adjusted"),
        )


def first_reply(joiners: pd.DataFrame, *, as_of: date) -> FirstReply | NotEnoughData:
    """Hold 30-day conversion of people who had not bought against the time to the first reply.

    Parameters
    ----------
    joiners : DataFrame, one row per person who became a contact
        The mart `first_replies`.
    as_of : date
        Last day of complete data; who was added less than 30 days before is left out.

    Returns
    -------
    FirstReply or NotEnoughData
    """
    if missing := NEEDED - set(joiners.columns):
        raise MissingColumns("joiners", missing, joiners.columns)
    if joiners.empty:
        return no_contacts(TITLE, as_of)
    fresh = joiners[~joiners["bought_before"].astype(bool) & (joiners["days_seen"] >= CONVERT_DAYS)]
    bought = fresh["days_to_order"].le(CONVERT_DAYS).fillna(False).astype(bool)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "convert_days": CONVERT_DAYS,
        "joiners": len(joiners),
        "before": int(joiners["bought_before"].sum()),
        "people": len(fresh),
        "buyers": int(bought.sum()),
        "replied": int(joiners["replied_at"].notna().sum()),
        "min_people": FEWEST_PEOPLE,
        "min_buyers": FEWEST_BUYERS,
    }
    if not facts["replied"]:
        return _no_times(facts)
    if facts["people"] < FEWEST_PEOPLE or facts["buyers"] < FEWEST_BUYERS:
        return _too_few(facts)
    bands = _bands(fresh)
    order = [b for b in (*BANDS, NEVER) if (bands == b).sum() >= FEWEST_IN_BAND]
    kept = bands.isin(order)
    if len(order) < 2:
        return _too_few(facts)
    fresh, bought, bands = fresh[kept], bought[kept], bands[kept]
    found = standardised_shares(
        bought, bands, _nuisances(fresh), order=order, confidence=CONFIDENCE
    )
    replied = [b for b in order if b != NEVER]
    gap, low, high = found.difference(replied[0], replied[-1])
    shares = found.table.set_index("group")["share"]
    facts |= {
        "soonest": replied[0],
        "latest": replied[-1],
        "soonest_share": float(shares[replied[0]]),
        "latest_share": float(shares[replied[-1]]),
        "gap": gap,
        "gap_low": low,
        "gap_high": high,
        "in_time": float((bands == BANDS[0]).mean()),
        "left_out": int((~kept).sum()),
    }
    return FirstReply(
        table=found.table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "It is an association: who is answered at once may differ in what no table knows. "
                "Answering by a lot drawn for the hour would show the effect."
            ),
            _(
                "{before:count} of {joiners:count} people had bought before they added; they are "
                "left out, because their first order after adding is no conversion."
            ),
        ),
        checks=(
            Check(
                key="everyone_in_a_band",
                message=_(
                    "Every person who had not bought is in one band, or said to be left out."
                ),
                passed=int(found.table["people"].sum()) + facts["left_out"] == facts["people"],
                evidence=_("{people:count} people, {left_out:count} of them left out"),
                facts={"people": facts["people"], "left_out": facts["left_out"]},
            ),
        ),
        tiles=(
            Tile(
                key="in_time",
                label=_("Answered within 10 minutes"),
                fact="in_time",
                kind="percent",
                good="up",
                note=_("of people who had not bought"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "People who had not bought when they added, by the minutes to the first message of "
            "the account: share who bought within {convert_days:days}, adjusted for guide, way in, "
            "hour and month; {confidence:percent} intervals"
        ),
        meaning=_("Where dots of two bands overlap, the bands cannot be told apart."),
        alt=_(
            "Dot chart of the share who bought within {convert_days:days}, from "
            "{soonest_share:percent} to {latest_share:percent}."
        ),
    )


def _bands(fresh: pd.DataFrame) -> pd.Series:
    minutes = (fresh["replied_at"] - fresh["added_at"]).dt.total_seconds() / 60
    cut = pd.cut(minutes, list(EDGES), labels=list(BANDS), right=False)
    return cut.astype(object).where(minutes.notna(), NEVER)


def _nuisances(fresh: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "staff": fresh["staff_id"],
            "state": fresh["state"],
            "hours": fresh["added_at"].dt.hour // 4,
            "weekend": fresh["added_at"].dt.day_of_week >= 5,
            "month": fresh["added_at"].dt.strftime("%Y-%m"),
        }
    )


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    facts["confidence"] = CONFIDENCE
    shares = _(
        "Of people answered {soonest:said} {soonest_share:percent} bought within "
        "{convert_days:days}, of those answered {latest:said} {latest_share:percent} (adjusted): "
        "the shares go together with the delay, which proves no cause."
    )
    if facts["gap_low"] > 0:
        return (
            Claim(
                key="sooner_converts",
                topic="first_reply",
                message=shares,
                holds=[
                    Holds("the interval of the difference lies above zero", facts["gap_low"] > 0)
                ],
            ),
        )
    return (
        Claim(
            key="delay_not_told",
            undecided=True,
            topic="first_reply",
            message=_(
                "Whether people answered sooner buy more often cannot be told: the difference "
                "between the first and the last band is {gap:points} ({gap_low:points} to "
                "{gap_high:points})."
            ),
            holds=[
                Holds("the interval of the difference holds zero or less", facts["gap_low"] <= 0)
            ],
        ),
    )


def _no_times(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "No message of an account to a customer has a time: how long {joiners:count} people "
            "waited for their first reply is not known."
        ),
        needs=_(
            "Needed: the chat archive of WeCom (msgaudit), times only; the daily average reply "
            "time of an account leaves out who was never answered, and says nothing of a person."
        ),
        facts=facts,
    )


def _too_few(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "{people:count} people had not bought when they added, and {buyers:count} of them "
            "bought within {convert_days:days}: too few to compare delays."
        ),
        needs=_("Needed: {min_people:count} such people and {min_buyers:count} buyers."),
        facts=facts,
    )
