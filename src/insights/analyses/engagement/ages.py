"""Ages: when do the answers to a piece come, and what may a young one still expect?

Pieces are compared at one age (a day, a week, a month), never by what they happen to have gathered.
A young piece is measured against the share of answers that older ones had by its age, and the doubt
of that share goes into its band.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.channels import KINDS
from insights.charts import marks
from insights.errors import DataError, MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HORIZONS = (1, 7, 30)  # days after the day of publication
MIN_GROWN = 10
CONFIDENCE = 0.90
RESAMPLES = 500
SEED = 7
NEEDED = {"content_id", "kind", "published_on", "age_days", "answered"}
# The answer that each kind of content is judged by: the first that its platform tells.
ANSWERS = {
    "article": "opened",
    "moment": "responded",
    "mass_msg": "clicked",
    "group_post": "responded",
    "live": "opened",
    "short_video": "opened",
    "note": "opened",
    "coupon": "redeemed",
    "mailer": "redeemed",
}
_TITLE = _("How long a piece lives")


@dataclass(frozen=True, eq=False, kw_only=True)
class Lifetimes(Result):
    """When answers come, by kind of content. One row per kind.

    `half_life` in days from the morning of publication, with its 90% interval `low`, `high`;
    `by_day`, `by_week` shares in [0, 1] of the answers of thirty days; `held` the share of grown
    pieces whose answers of thirty days lay in the 90% band projected from their first day.
    """

    name = "lifetimes"
    columns = {
        "kind": Column(_("Channel"), "said"),
        "pieces": Column(_("Pieces"), "count"),
        "half_life": Column(_("Half of its answers within, days"), "number"),
        "low": Column(_("Low"), "number"),
        "high": Column(_("High"), "number"),
        "by_day": Column(_("By the next day"), "percent"),
        "by_week": Column(_("By a week"), "percent"),
        "held": Column(_("Projections that held"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw the half-life of each kind."""
        return marks.dots(
            self.table, name="kind", value="half_life", low="low", high="high", kind="number",
            xlabel=_("days until half of the answers"),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curve:
    """Share of the answers of a horizon that had come by each age.

    Attributes
    ----------
    share : array, one entry a day of age from 0 to the horizon
    spread : array
        Standard deviation between pieces of its logarithm, beyond the luck of small counts.
    pieces : int
        Grown pieces that it stands on.
    """

    share: np.ndarray
    spread: np.ndarray
    pieces: int


def curve(counts: np.ndarray) -> Curve:
    """Learn when answers come from grown pieces.

    Parameters
    ----------
    counts : array, pieces x days of age
        New answers; pieces without an answer are left out.

    Raises
    ------
    DataError
        If fewer than 10 pieces have an answer.

    Examples
    --------
    >>> curve(np.tile([6, 3, 1], (12, 1))).share.tolist()
    [0.6, 0.9, 1.0]
    """
    grown = np.asarray(counts, float)
    grown = grown[grown.sum(axis=1) > 0]
    if len(grown) < MIN_GROWN:
        raise DataError(
            f"When answers come is not known from {len(grown)} grown pieces with an answer. "
            f"Wait for {MIN_GROWN}, or compare at a younger age."
        )
    total = grown.sum(axis=1)
    upto = grown.cumsum(axis=1)
    share = upto.sum(axis=0) / total.sum()
    # How far shares scatter around the pooled one, less what chance alone gives (moments).
    apart = (total[:, None] * (upto / total[:, None] - share) ** 2).sum(axis=0)
    chance = (len(grown) - 1) * share * (1 - share)
    scale = total.sum() - (total**2).sum() / total.sum()
    between = np.maximum(apart - chance, 0) / max(scale, 1e-12)
    spread = np.sqrt(between) / np.maximum(share, 1e-12)
    return Curve(share, np.where(share > 0, spread, 0.0), len(grown))


def at_age(
    looks: pd.DataFrame,
    *,
    as_of: date,
    kind: str | None = None,
    answer: str | None = None,
    horizon: int = 7,
) -> pd.DataFrame:
    """Count the answers to pieces of one kind up to one age, and what share of them is in.

    Parameters
    ----------
    looks : DataFrame, one row per content, audience and day of age
        The mart `content_looks`.
    as_of : date
        Last day of complete data.
    kind : str, optional
        Kind of content, such as 'moment'; the one with the most answers if not given.
    answer : {'opened', 'responded', 'clicked', 'redeemed'}, optional
        Which of the columns counts; the one that the kind is judged by if not given.
    horizon : int
        Days after the day of publication: 1 for a day, 7, 30.

    Returns
    -------
    DataFrame, one row per content and audience
        What `content_scores` takes: the mart's descriptions, ``answered`` by that age,
        ``share_in`` and ``share_in_spread``. Pieces so young that nothing of them can be known yet
        are left out; so are all young ones where too few grown ones say when answers come.

    Raises
    ------
    MissingColumns
        If the mart lacks a column.
    """
    if kind is None and {"kind"} <= set(looks.columns):
        gathered = pd.Series(_judged_by(looks)).groupby(looks["kind"].to_numpy()).sum()
        kind = str(gathered.idxmax()) if len(gathered) else "moment"
    answer = answer or ANSWERS.get(str(kind), "responded")
    if missing := {*NEEDED - {"answered"}, "audience", "reached", answer} - set(looks.columns):
        raise MissingColumns("content_looks", missing, looks.columns)
    mine = looks[looks["kind"] == kind]
    mine = mine.assign(
        answered=mine[answer],
        # Totals have no audience; an empty word is one that can be joined on.
        audience=mine["audience"].astype(object).where(mine["audience"].notna(), ""),
    )
    early = mine[mine["age_days"] <= horizon]
    sums = early.groupby(["content_id", "audience"], as_index=False).agg(
        answered=("answered", lambda counts: counts.sum(min_count=1))
    )
    about = early.drop_duplicates(["content_id", "audience"]).drop(columns=["answered", "age_days"])
    pieces = about.merge(sums, on=["content_id", "audience"], how="left")
    ids = pd.Index(pieces["content_id"]).unique()
    on = pieces.drop_duplicates("content_id").set_index("content_id")["published_on"].reindex(ids)
    age = (pd.Timestamp(as_of) - pd.to_datetime(on)).dt.days.to_numpy()
    grown = age >= horizon
    share, spread = np.ones(ids.size), np.zeros(ids.size)
    counts = _counts(mine, ids[grown], horizon)
    if (counts.sum(axis=1) > 0).sum() < MIN_GROWN:
        share[~grown] = 0.0
    elif not grown.all():
        known = curve(counts)
        at = np.clip(age[~grown], 0, horizon)
        share[~grown], spread[~grown] = known.share[at], known.spread[at]
    of = pd.DataFrame({"share_in": share, "share_in_spread": spread}, index=ids)
    found = pieces.merge(of, left_on="content_id", right_index=True, how="left")
    return found[found["share_in"] > 0].reset_index(drop=True)


def lifetimes(looks: pd.DataFrame, *, as_of: date) -> Lifetimes | NotEnoughData:
    """Say when the answers to each kind of content come.

    Parameters
    ----------
    looks : DataFrame, one row per content, audience and day of age
        The mart `content_looks`; of each kind the answer that it is judged by, see `ANSWERS`.
    as_of : date
        Last day of complete data.
    """
    if missing := NEEDED - {"answered"} - set(looks.columns):
        raise MissingColumns("content_looks", missing, looks.columns)
    horizon = HORIZONS[-1]
    daily = looks.assign(answered=_judged_by(looks))
    age = (pd.Timestamp(as_of) - pd.to_datetime(daily["published_on"])).dt.days
    old = daily[age >= horizon]
    rows = []
    for kind in [name for name in KINDS if name in set(old["kind"])]:
        mine = old[old["kind"] == kind]
        counts = _counts(mine, pd.Index(mine["content_id"]).unique(), horizon)
        counts = counts[counts.sum(axis=1) > 0]
        if len(counts) >= MIN_GROWN:
            rows.append(_row(KINDS[kind], counts))
    facts: dict[str, Any] = {
        "as_of": as_of, "horizon": horizon, "min_grown": MIN_GROWN, "confidence": CONFIDENCE,
        "pieces": int(old["content_id"].nunique()),
    }  # fmt: skip
    if not rows:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{pieces:count} pieces with answers are older than {horizon:days}: too few to say "
                "when answers come."
            ),
            needs=_("Needed: {min_grown:count} such pieces of one channel, with dated answers."),
            facts=facts,
        )
    table = pd.DataFrame(rows)
    longest = table.loc[table["pieces"].idxmax()]
    facts |= {
        "kind": longest["kind"], "half_life": float(longest["half_life"]),
        "half_low": float(longest["low"]), "half_high": float(longest["high"]),
        "by_day": float(longest["by_day"]), "by_week": float(longest["by_week"]),
        "held": float(longest["held"]),
    }  # fmt: skip
    return Lifetimes(
        table=table,
        facts=facts,
        claims=(
            Claim(
                key="half_life",
                place="evidence",
                message=_(
                    "{kind:said}: half of the answers of {horizon:days} come within "
                    "{half_life:number} days ({half_low:number}–{half_high:number}), "
                    "{by_day:percent} by the day after publication."
                ),
                holds=[Holds("half lies within its interval", _ordered(facts))],
            ),
        ),
        caveats=(
            _(
                "Young pieces are measured against what older ones had at their age; projected "
                "from the first day, {held:percent} of older pieces ended in their band."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Days from the morning of publication until half of the answers of {horizon:days}; "
            "lines are {confidence:percent} intervals over pieces"
        ),
        meaning=_("After a few half-lives a piece is what it is: compare pieces of one age only."),
        alt=_("Dot chart of half-lives by channel."),
    )


def half_life(share: np.ndarray) -> float:
    """Return days until half of the answers, evenly within a day.

    Examples
    --------
    >>> half_life(np.array([0.25, 0.75, 1.0]))
    1.5
    """
    day = int(np.argmax(share >= 0.5))
    before = float(share[day - 1]) if day else 0.0
    return day + (0.5 - before) / (float(share[day]) - before)


def _counts(daily: pd.DataFrame, ids: pd.Index, horizon: int) -> np.ndarray:
    """Return new answers, contents x days of age up to the horizon."""
    mine = daily[daily["age_days"].between(0, horizon) & daily["content_id"].isin(ids)]
    counts = np.zeros((ids.size, horizon + 1))
    np.add.at(
        counts,
        (ids.get_indexer(mine["content_id"]), mine["age_days"].to_numpy(int)),
        mine["answered"].fillna(0).to_numpy(float),
    )
    return counts


def _judged_by(looks: pd.DataFrame) -> np.ndarray:
    """Return for each row the answer that its kind is judged by."""
    found = np.zeros(len(looks))
    for kind, answer in ANSWERS.items():
        if answer in looks:
            mine = (looks["kind"] == kind).to_numpy()
            found[mine] = looks.loc[mine, answer].fillna(0).to_numpy(float)
    return found


def _row(kind: str, counts: np.ndarray) -> dict[str, Any]:
    known = curve(counts)
    random = np.random.default_rng(SEED)
    halves = []
    for _draw in range(RESAMPLES):
        again = counts[random.integers(len(counts), size=len(counts))].sum(axis=0)
        halves.append(half_life(again.cumsum() / again.sum()))
    low, high = np.quantile(halves, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    found = half_life(known.share)
    return {
        "kind": kind,
        "pieces": known.pieces,
        "half_life": found,
        "low": min(float(low), found),
        "high": max(float(high), found),
        "by_day": float(known.share[1]),
        "by_week": float(known.share[7]),
        "held": _held(counts),
    }


def _held(counts: np.ndarray) -> float:
    """Project each piece from its first day by the others' curve; return how often that held."""
    random = np.random.default_rng(SEED)
    within = []
    folds = np.arange(len(counts)) % 5
    for fold in range(5):
        known = curve(counts[folds != fold]) if (folds != fold).sum() >= MIN_GROWN else None
        if known is None or known.share[0] <= 0:
            continue
        for mine in counts[folds == fold]:
            share = known.share[0] * np.exp(known.spread[0] * random.standard_normal(400))
            # What came on the first day was itself drawn: allow for both.
            rate = random.gamma(mine[0] + 0.5, 1.0, 400) / np.clip(share, 1e-6, 1.0)
            total = mine[0] + random.poisson(rate * np.clip(1 - share, 0, 1))
            low, high = np.quantile(total, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
            within.append(low <= mine.sum() <= high)
    return float(np.mean(within)) if within else float("nan")


def _ordered(facts: dict[str, Any]) -> bool:
    return bool(facts["half_low"] <= facts["half_life"] <= facts["half_high"])
