"""Leaving: which friends will end the friendship, and which members will not renew?

Two events of their own beside silence, each with a date in the data: who deletes the guide can be
reached no more, and who does not renew pays no fee. Both are forecast as silence is: from panels of
past cut-offs whose windows had closed, beside a rule as simple as can be (how long the friendship
or membership has lasted), and judged on cut-offs that the model had not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import brier_score_loss

from insights.analyses.churn.backtest import SEED, resampled
from insights.analyses.churn.caveats import identity_caveats
from insights.analyses.churn.leaving_model import KNOWN, RULE, LeavingModel
from insights.analyses.churn.leaving_panel import (
    GRACE_DAYS,
    audit_history,
    cutoffs_in,
    friends_at,
    known_spells,
    known_terms,
    terms_at,
    with_purchases,
)
from insights.analyses.churn.leaving_words import FRIENDS, MEMBERS, Words
from insights.analyses.churn.panel import audit
from insights.errors import MissingColumns
from insights.models.judging import weighted_auc
from insights.results import (
    Check,
    Claim,
    Column,
    FilePart,
    Holds,
    NotEnoughData,
    Result,
    Tile,
    model_card,
)
from insights.wording import _, say

MIN_EVENTS = 50  # In the windows learned from; with fewer a forecast would be a guess.
TESTS = 3
Z = 1.96
_FRIENDSHIPS = {"customer_id", "added_at", "ended_at", "left_by_customer"}
_TERMS = {"membership_id", "customer_id", "term", "started_at", "ends_at"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Leaving(Result):
    """Past forecasts of an event of leaving. One row per test cut-off.

    `people` who could leave, `predicted` and `actual` who did, `auc` and `rule_auc` in [0, 1].
    """

    name = "leaving"
    columns = {
        "cutoff": Column(_("Forecast made on"), "day"),
        "people": Column(_("Could leave"), "count", people=True),
        "predicted": Column(_("Predicted to leave"), "count"),
        "actual": Column(_("Left"), "count"),
        "auc": Column(_("AUC"), "number3"),
        "rule_auc": Column(_("AUC of the rule"), "number3"),
        "brier": Column(_("Brier score"), "number3"),
    }

    model: LeavingModel = field(repr=False)
    model_name: str
    versions: Mapping[str, int] = field(default_factory=dict, repr=False)

    def file(self) -> FilePart:
        """Return the card of the model that today's number comes from."""
        return model_card(
            self.model_name,
            question=say(self.subtitle, self.facts, "en"),
            as_of=self.facts["as_of"],
            horizon_days=self.facts["horizon"],
            learned_from={
                "first_cutoff": self.facts["learned_first"],
                "last_cutoff": self.facts["learned_last"],
                "rows": self.facts["learned_rows"],
                "left": self.facts["learned_left"],
                "share_of_people": self.facts["share"],
            },
            versions=self.versions,
            features=self.model.features,
            quality=self.table.to_dict("records"),
            limits=[say(text, self.facts, "en") for text in self.caveats],
            model=self.model.to_plain(),
        )


def leaving_friends(
    friendships: pd.DataFrame,
    features: pd.DataFrame,
    *,
    as_of: date,
    horizon_days: int = 28,
    share: float = 1.0,
    versions: Mapping[str, int] | None = None,
    changes: pd.DataFrame | None = None,
    identified_share: float | None = None,
) -> Leaving | NotEnoughData:
    """Forecast which contacts will end their last friendship.

    Parameters
    ----------
    friendships : DataFrame, one row per friendship spell
        The mart `friendships`: `customer_id`, `added_at`, `ended_at`, `left_by_customer`.
    features : DataFrame, one row per customer and cut-off
        The mart `customer_features` at `leaving_cutoffs(...)`; who never bought is missing in it.
    as_of : date
        Last day of complete data.
    horizon_days : int, default 28
    share : float in (0, 1], default 1
        Of the contacts that both frames are of, where they are a sample by lot (`lake.share`).
    versions : mapping of table to version, optional
        Of the lake (`lake.versions()`), for the model's card.
    changes : DataFrame, optional
        The mart `purchase_changes` of the same people: then the features are audited as those of
        `study` are, and one that knows anything from after its cut-off fails the run.
    identified_share : float in [0, 1], optional
        Share of net sales whose customer is known (`identified_share`); said beside the figures.

    Raises
    ------
    LeakageFound
        If anything known of people at a cut-off came after it.
    """
    if missing := _FRIENDSHIPS - set(friendships.columns):
        raise MissingColumns("friendships", missing, friendships.columns)
    spells = friendships.dropna(subset=["customer_id"])
    days = [pd.Timestamp(day) for day in cutoffs_in(features, as_of)]
    parts = [friends_at(spells, day, horizon_days) for day in days]
    again = [friends_at(known_spells(spells, day), day, horizon_days) for day in days]
    checks = (audit_history(parts, again, history="friendships"), *_audited(features, changes))
    return _study(
        with_purchases(parts, features),
        FRIENDS,
        as_of=as_of,
        horizon_days=horizon_days,
        share=share,
        versions=versions,
        checks=checks,
        identified_share=identified_share,
    )


def leaving_members(
    terms: pd.DataFrame,
    features: pd.DataFrame,
    *,
    as_of: date,
    horizon_days: int = 91,
    share: float = 1.0,
    versions: Mapping[str, int] | None = None,
    changes: pd.DataFrame | None = None,
    identified_share: float | None = None,
) -> Leaving | NotEnoughData:
    """Forecast which paid memberships that are about to end will not be renewed.

    Parameters
    ----------
    terms : DataFrame, one row per paid term
        The mart `paid_terms`: `membership_id`, `customer_id`, `term`, `started_at`, `ends_at`.
    features, as_of, horizon_days, share, versions, changes, identified_share
        As for `leaving_friends`.
    """
    if missing := _TERMS - set(terms.columns):
        raise MissingColumns("terms", missing, terms.columns)
    known = terms.dropna(subset=["customer_id", "ends_at"]).sort_values(
        ["customer_id", "started_at"]
    )
    following = known.groupby("customer_id")["started_at"].shift(-1)
    known = known.assign(next_at=following)
    days = [pd.Timestamp(day) for day in cutoffs_in(features, as_of)]
    parts = [terms_at(known, day, horizon_days) for day in days]
    again = [terms_at(known_terms(known, day), day, horizon_days) for day in days]
    checks = (audit_history(parts, again, history="paid_terms"), *_audited(features, changes))
    return _study(
        with_purchases(parts, features),
        MEMBERS,
        as_of=as_of,
        horizon_days=horizon_days,
        share=share,
        versions=versions,
        checks=checks,
        identified_share=identified_share,
    )


def _study(
    panel: pd.DataFrame,
    words: Words,
    *,
    as_of: date,
    horizon_days: int,
    share: float,
    versions: Mapping[str, int] | None,
    checks: tuple[Check, ...],
    identified_share: float | None,
) -> Leaving | NotEnoughData:
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    panel = panel[panel["cutoff"] <= pd.Timestamp(as_of)]
    settled = panel[panel["settled_at"] <= end]
    facts: dict[str, Any] = {
        "as_of": as_of,
        "horizon": horizon_days,
        "share": share,
        "identified": identified_share,
        "until": as_of + timedelta(days=horizon_days),
        "grace": GRACE_DAYS,
        "min_events": MIN_EVENTS,
        "events": _learnable(settled),
    }
    today = panel[panel["cutoff"] == pd.Timestamp(as_of)]
    tests = _tests(settled)
    if not tests or today.empty:
        return NotEnoughData(
            title=words.title, because=words.unknown, needs=words.needs, facts=facts
        )
    rows, judged = [], []
    for cutoff, train in tests:
        test = settled[settled["cutoff"] == cutoff]
        chance = LeavingModel.fitted(train, KNOWN).chances(test)
        rule = LeavingModel.fitted(train, RULE).chances(test)
        judged.append(test[["customer_id", "left"]].assign(cutoff=cutoff, chance=chance, rule=rule))
        left = test["left"].to_numpy(bool)
        once = np.ones((1, len(test)))
        rows.append(
            {
                "cutoff": cutoff.date(),
                "people": len(test),
                "predicted": float(chance.sum()),
                "actual": int(left.sum()),
                "auc": float(weighted_auc(chance, left, once)[0]),
                "rule_auc": float(weighted_auc(rule, left, once)[0]),
                "brier": float(brier_score_loss(left, chance)),
            }
        )
    table = pd.DataFrame(rows)
    model = LeavingModel.fitted(settled, KNOWN)
    chance = model.chances(today)
    astray = float(((table["predicted"] / table["actual"].clip(lower=1) - 1) ** 2).mean())
    expected = float(chance.sum())
    spread = Z * float(np.sqrt((chance * (1 - chance)).sum() + astray * expected**2))
    low, high = _gain(judged)
    facts |= {
        "people": len(today),
        "expected": expected,
        "low": max(0.0, expected - spread),
        "high": min(float(len(today)), expected + spread),
        "auc": float(table["auc"].mean()),
        "rule_auc": float(table["rule_auc"].mean()),
        "gain_low": low,
        "gain_high": high,
        "learned_first": settled["cutoff"].min().date(),
        "learned_last": settled["cutoff"].max().date(),
        "learned_rows": len(settled),
        "learned_left": int(settled["left"].sum()),
    }
    return Leaving(
        table=table,
        model=model,
        model_name=words.model_name,
        versions=dict(versions or {}),
        facts=facts,
        claims=(
            Claim(key="expected_to_leave", message=words.expected if share == 1 else words.sampled),
            Claim(
                key="told_better" if low > 0 else "told_no_better",
                undecided=low <= 0,
                topic="leaving_rule",
                place="evidence",
                message=words.better if low > 0 else words.no_better,
                holds=[
                    Holds("the interval of the gain lies above zero", low > 0)
                    if low > 0
                    else Holds("the interval of the gain does not lie above zero", not low > 0)
                ],
            ),
        ),
        caveats=(
            _(
                "When somebody left is known as well as the exports tell: an end that is first "
                "seen in the next list is dated by that list."
            ),
            *identity_caveats(facts),
        ),
        checks=checks,
        # A tile says a number without its sentence: that of a sample would be taken for all.
        tiles=(
            Tile(
                key="expected_to_leave",
                label=words.tile,
                fact="expected",
                low="low",
                high="high",
                kind="count",
                good="down",
            ),
        )
        if share == 1
        else (),
        title=words.title,
        subtitle=words.subtitle,
    )


def _audited(features: pd.DataFrame, changes: pd.DataFrame | None) -> tuple[Check, ...]:
    return () if changes is None else (audit(features, changes),)


def _learnable(settled: pd.DataFrame) -> int:
    """Count who is known to have left before the newest cut-off that could be judged."""
    if settled.empty:
        return 0
    newest = settled["cutoff"].max() + pd.Timedelta(days=1)
    before = settled[settled["settled_at"] <= newest]
    return int(before.loc[before["left"].astype(bool), "customer_id"].nunique())


def _tests(settled: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.DataFrame]]:
    """Return the newest cut-offs that can be judged, each with what may be learned before it."""
    found = []
    for cutoff in sorted(settled["cutoff"].unique()):
        known = settled[settled["settled_at"] <= cutoff + pd.Timedelta(days=1)]
        test = settled[settled["cutoff"] == cutoff]
        both = 0 < test["left"].sum() < len(test)
        gone = known.loc[known["left"].astype(bool), "customer_id"].nunique()
        if gone >= MIN_EVENTS and not known["left"].all() and both:
            found.append((cutoff, known))
    return found[-TESTS:]


def _gain(judged: list[pd.DataFrame]) -> tuple[float, float]:
    """Interval of the mean gain in AUC over the rule, people drawn again with all cut-offs."""
    people = np.unique(np.concatenate([rows["customer_id"].to_numpy(str) for rows in judged]))
    weights = resampled(len(people), SEED)
    gains = []
    for rows in judged:
        mine = weights[:, np.searchsorted(people, rows["customer_id"].to_numpy(str))]
        left = rows["left"].to_numpy(bool)
        auc = [weighted_auc(rows[name].to_numpy(float), left, mine) for name in ("chance", "rule")]
        gains.append(auc[0] - auc[1])
    low, high = np.nanquantile(np.mean(gains, axis=0), [0.025, 0.975])
    return float(low), float(high)
