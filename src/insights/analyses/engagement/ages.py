"""Ages: what share of its answers may a piece of some age still expect?

Pieces are compared at one age (a day, a week, a month), never by what they happen to have gathered.
A young piece is measured against the share of answers that older ones had by its age, and the doubt
of that share goes into its band. How long pieces live stands in `lifetimes`.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from insights.errors import DataError, MissingColumns

MIN_GROWN = 10
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
        gathered = pd.Series(judged_by(looks)).groupby(looks["kind"].to_numpy()).sum()
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
    counts = counts_by_age(mine, ids[grown], horizon)
    if (counts.sum(axis=1) > 0).sum() < MIN_GROWN:
        share[~grown] = 0.0
    elif not grown.all():
        known = curve(counts)
        at = np.clip(age[~grown], 0, horizon)
        share[~grown], spread[~grown] = known.share[at], known.spread[at]
    of = pd.DataFrame({"share_in": share, "share_in_spread": spread}, index=ids)
    found = pieces.merge(of, left_on="content_id", right_index=True, how="left")
    return found[found["share_in"] > 0].reset_index(drop=True)


def counts_by_age(
    daily: pd.DataFrame, ids: pd.Index, horizon: int, *, age: str = "age_days"
) -> np.ndarray:
    """Return new answers, contents x ages up to the horizon; `age` is the column that has them."""
    mine = daily[daily[age].between(0, horizon) & daily["content_id"].isin(ids)]
    counts = np.zeros((ids.size, horizon + 1))
    np.add.at(
        counts,
        (ids.get_indexer(mine["content_id"]), mine[age].to_numpy(int)),
        mine["answered"].fillna(0).to_numpy(float),
    )
    return counts


def judged_by(looks: pd.DataFrame) -> np.ndarray:
    """Return for each row the answer that its kind is judged by."""
    found = np.zeros(len(looks))
    for kind, answer in ANSWERS.items():
        if answer in looks:
            mine = (looks["kind"] == kind).to_numpy()
            found[mine] = looks.loc[mine, answer].fillna(0).to_numpy(float)
    return found
