"""Renewal: of members whose paid year ended, how many paid again, and how many years will follow?

A year that has not ended says nothing of renewal, and one that ended a few days ago not yet. That
holds for years renewed ahead of their end too: to count these, and not the undecided that end on
the same days, would be to choose by the outcome. The curve is Kaplan-Meier's over renewals; beyond
those seen it is the shifted beta-geometric model's, and only where that can be learnt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import marks
from insights.errors import DataError, MissingColumns
from insights.models.intervals import wilson
from insights.models.lifetime import ShiftedBetaGeometric
from insights.models.survival import kaplan_meier
from insights.results import (
    Check,
    Claim,
    Column,
    FilePart,
    NotEnoughData,
    Result,
    Tile,
    model_card,
)
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.95
GRACE_DAYS = 30  # After the end; who pays later has left and come back.
SOON_DAYS = 60
FEWEST = 30  # Members who came to a renewal; fewer say little of it.
YEARS_AHEAD = 5
NEEDED = {"customer_id", "membership_id", "term", "started_at", "ends_no", "renewed", "next_no",
          "today_no"}  # fmt: skip
TITLE = _("Do paid members renew?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Renewal(Result):
    """Members who came to their n-th renewal, and those who renewed. One row per renewal.

    `share` with `low` and `high` of those who came to it; `staying` of all members, the share still
    there after it (Kaplan-Meier); `expected` the share the model expects to renew, where it can.
    """

    name = "renewal"
    columns = {
        "renewal": Column(_("Renewal"), "count"),
        "came": Column(_("Came to it"), "count", people=True),
        "renewed": Column(_("Renewed"), "count"),
        "share": Column(_("Renewal rate"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "staying": Column(_("Of all members still there"), "percent"),
        "expected": Column(_("Expected by the model"), "percent"),
    }

    as_of: date
    model: ShiftedBetaGeometric | None = field(default=None, repr=False)
    versions: Mapping[str, int] = field(default_factory=dict, repr=False)

    def file(self) -> FilePart | None:
        """Return the card of the model of renewals; None where none could be fitted."""
        if self.model is None:
            return None
        return model_card(
            "renewal",
            question="renewed at the n-th renewal",
            as_of=self.as_of,
            learned_from={
                "terms": self.facts["terms"],
                "came_to_a_renewal": self.facts["came"],
                "renewed": self.facts["renewed"],
            },
            versions=self.versions,
            features=["renewals that the member has come to"],
            quality=[],
            learned_and_fitted=self.table[["renewal", "came", "share", "expected"]].to_dict(
                "records"
            ),
            limits=[
                "Not judged on renewals that it had not learned from.",
                *(say(text, self.facts, "en") for text in self.caveats),
            ],
            model=self.model.to_plain(),
        )

    def plot(self) -> "Axes":
        """Draw the renewal rate by renewal."""
        return marks.bars(
            self.table.assign(name=self.table["renewal"].astype(str)),
            name="name",
            value="share",
            low="low",
            high="high",
            kind="percent",
            xlabel=_("renewed, of those whose year ended"),
        )


def renewal(
    terms: pd.DataFrame, *, as_of: date, versions: Mapping[str, int] | None = None
) -> Renewal | NotEnoughData:
    """Measure the renewal of paid membership.

    Parameters
    ----------
    terms : DataFrame, one row per paid term
        The mart `paid_terms`.
    as_of : date
        Last day of complete data. A term whose end lies less than 30 days before it is undecided,
        renewed or not; each has the same 30 days to be renewed in.
    versions : mapping of table to version, optional
        Of the lake (`lake.versions()`), for the model's card.

    Returns
    -------
    Renewal or NotEnoughData
    """
    if missing := NEEDED - set(terms.columns):
        raise MissingColumns("terms", missing, terms.columns)
    known = terms[terms["ends_no"].notna()]
    decided, returned = _decided(known)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "terms": len(terms),
        "came": len(decided),
        "renewed": int(decided["again"].sum()),
        "returned": returned,
        "grace": GRACE_DAYS,
        "soon_days": SOON_DAYS,
        "soon": int(
            ((known["ends_no"] - known["today_no"]).between(0, SOON_DAYS) & ~known["renewed"]).sum()
        ),
        "fewest": FEWEST,
        "confidence": CONFIDENCE,
    }
    if not len(terms):
        return no_terms(TITLE, as_of)
    if facts["came"] < FEWEST:
        return _too_few(facts)
    by = decided.groupby("term")["again"].agg(["size", "sum"])
    low, high = wilson(by["sum"], by["size"], confidence=CONFIDENCE)
    final = decided[decided["term"] == decided.groupby("member")["term"].transform("max")]
    curve = kaplan_meier(final["term"], ~final["again"]).table.set_index("time")
    model, note = _model(final, by)
    expected = model.retention(by.index.to_numpy()) if model else np.full(len(by), np.nan)
    table = pd.DataFrame(
        {
            "renewal": by.index.to_numpy(int),
            "came": by["size"].to_numpy(int),
            "renewed": by["sum"].to_numpy(int),
            "share": (by["sum"] / by["size"]).to_numpy(float),
            "low": low,
            "high": high,
            "staying": curve["survival"].reindex(by.index.astype(float)).to_numpy(float),
            "expected": expected,
        }
    )
    first = table.iloc[0]
    facts |= {"share": facts["renewed"] / facts["came"], "first": float(first["share"])}
    all_low, all_high = wilson([facts["renewed"]], [facts["came"]], confidence=CONFIDENCE)
    facts |= {"low": float(all_low[0]), "high": float(all_high[0]), "modelled": model is not None}
    if model:
        more = model.expected_renewals([0], horizon=YEARS_AHEAD)
        facts |= {"years": 1 + float(more[0]), "ahead": YEARS_AHEAD + 1}
    return Renewal(
        table=table,
        as_of=as_of,
        model=model,
        versions=dict(versions or {}),
        facts=facts,
        claims=_claims(facts),
        caveats=(
            note,
            _("Who paid for membership chose to: that they renew or buy much is no effect of it."),
            *(
                [
                    _(
                        "{returned:count} later terms of members who had left and came back are "
                        "not followed again."
                    )
                ]
                if returned
                else []
            ),
        ),
        checks=(
            Check(
                key="terms_add_up",
                message=_("Renewals of each number add up to all that were decided."),
                passed=int(table["came"].sum()) == facts["came"],
                evidence=_("{came:count} of {terms:count} paid terms decided"),
                facts={"came": facts["came"], "terms": facts["terms"]},
            ),
        ),
        tiles=(
            Tile(
                key="renewal",
                label=_("Renewal rate"),
                fact="share",
                low="low",
                high="high",
                kind="percent",
                good="up",
                note=_("of {came:count} members whose year ended"),
            ),
            Tile(
                key="ending_soon",
                label=_("Years that end soon"),
                fact="soon",
                kind="count",
                note=_("within {soon_days:days}, not renewed yet"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Of the members whose paid year ended at least {grace:days} before {as_of:day}, the "
            "share who paid for another by {grace:days} after its end; {confidence:percent} "
            "intervals"
        ),
        meaning=_(
            "Later renewals are higher because those who leave easily have left: a rising rate is "
            "no sign that the programme improves."
        ),
        alt=_("Bar chart of renewal rates; at the first renewal {first:percent}."),
    )


def _decided(known: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the terms that ended long enough ago, up to a member's leaving; and how many after.

    `again` is whether another followed by the end of the grace, `member` whose term it is.
    """
    ends, following = known["ends_no"].astype(float), known["next_no"].astype(float)
    frame = known.assign(
        again=following <= ends + GRACE_DAYS,
        member=known["customer_id"].fillna(known["membership_id"]),
    )
    left = (frame["term"].where(~frame["again"])).groupby(frame["member"]).transform("min")
    first_spell = ~(frame["term"] > left)
    # By the end alone, never by what came of it: an early renewal is decided when its year is.
    over = (ends + GRACE_DAYS <= known["today_no"]).astype(bool)
    return frame[over & first_spell], int((over & ~first_spell).sum())


def no_terms(title: str, as_of: date) -> NotEnoughData:
    """Say that no paid membership is known, and which table would tell."""
    return NotEnoughData(
        title=title,
        because=_("Not one paid term of membership is known up to {as_of:day}."),
        needs=_(
            "Needed: the brand's own table of paid memberships with start, end, fee, and the value "
            "and cost of gifts (insights sources has the template memberships.csv)."
        ),
        facts={"as_of": as_of},
    )


def _model(final: pd.DataFrame, by: pd.DataFrame) -> tuple[ShiftedBetaGeometric | None, str]:
    """Return the model fitted to members, or None; and a message on how far it reaches."""
    if (by["size"] >= FEWEST).sum() < 2:
        return None, _(
            "How many further years a member stays cannot be projected: that takes members who "
            "have come to a second renewal."
        )
    try:
        model = ShiftedBetaGeometric().fit(final["term"], ~final["again"])
    except DataError:
        model = None
    if model is None or model.note_:
        return None, _(
            "How many further years a member stays cannot be projected: that members differ in how "
            "easily they leave is not to be seen in these renewals."
        )
    return model, _("The projection takes it that members go on leaving as those before them did.")


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = [
        Claim(
            key="renewal",
            message=_(
                "Of {came:count} members whose paid year ended {share:percent} "
                "({low:percent}–{high:percent}) paid for another."
            ),
        )
    ]
    if facts["modelled"]:
        claims.append(
            Claim(
                key="paid_years",
                message=_(
                    "A new paid member is expected to stay {years:number} of the first "
                    "{ahead:count} years."
                ),
                place="evidence",
            )
        )
    return tuple(claims)


def _too_few(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "Of {terms:count} paid terms {came:count} have ended at least {grace:days} ago: a "
            "renewal rate would be a guess."
        ),
        needs=_("Needed: {fewest:count} members whose year has ended; {soon:count} end soon."),
        facts=facts,
    )
