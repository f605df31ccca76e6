"""Everyone: millions of customers scored in a stream, by a model that learned from a sample.

What a page and a list need of them is kept: a row of each active customer, the lapsed ones on whom
most hangs, and sums of the others. Memory holds one batch and that, once: parts are put together
column by column, each given up as soon as it has been taken over.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from insights.analyses.churn.active import REASONS, Ground, described, with_valuable
from insights.analyses.churn.lapsed import band_sums, lapsed_rows
from insights.analyses.churn.recipe import with_models
from insights.analyses.churn.scoring import features_of
from insights.analyses.churn.study import ACTIVE_DAYS, Study
from insights.results import NotEnoughData

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 50_000
MOST_LAPSED = 300_000  # Rows; nobody writes to more in a week.


@dataclass(frozen=True, eq=False)
class Everyone:
    """All customers of whom a study's are a sample.

    Attributes
    ----------
    active : DataFrame, one row per active customer
        As `active_customers` gives it.
    lapsed : DataFrame, one row per lapsed customer, at most 300,000
        As `lapsed_customers` gives it, those with the most to be won.
    bands : DataFrame, one row per band of silence
        As `band_sums` gives it, of all lapsed customers.
    customers, scored : int
        How many there are, and how many have a forecast between zero and one.
    """

    active: pd.DataFrame
    lapsed: pd.DataFrame
    bands: pd.DataFrame
    customers: int
    scored: int


def for_everyone(
    found: Study | NotEnoughData, batches: "Iterable[pa.RecordBatch] | None"
) -> Study | NotEnoughData:
    """Score all customers by a study of a sample of them.

    Parameters
    ----------
    found : Study
        A refusal is handed on.
    batches : iterable of record batches, or None
        The mart `customer_features` at `as_of`, of everybody (`lake.everyone`). None where the
        study is of everybody already: it is returned as it is.

    Returns
    -------
    Study
        The same with `everyone`: what it shows counts all customers, what it learned is unchanged.
    """
    if isinstance(found, NotEnoughData) or batches is None:
        return found
    ground = Ground.of(found)
    active: list[dict[str, pd.Series]] = []
    lapsed: list[pd.DataFrame] = []
    bands, customers, scored = band_sums(found, found.scores.head(0)), 0, 0
    for batch in _small(batches):
        rows = _scored(found, features_of(batch))
        customers += len(rows)
        scored += int(rows["forecast"].between(0, 1).sum())
        here = rows["days_since"] < ACTIVE_DAYS
        active.append(_columns(_compact(described(found, rows[here], ground))))
        lapsed = [_most(pd.concat([*lapsed, _compact(lapsed_rows(found, rows[~here]))]))]
        bands = bands + band_sums(found, rows[~here])
    if not customers:
        return found
    everyone = Everyone(
        active=with_valuable(_together(active)),
        lapsed=_together([_columns(lapsed.pop())]),
        bands=bands,
        customers=customers,
        scored=scored,
    )
    return replace(found, everyone=everyone, facts=found.facts | {"everyone": customers})


def _small(batches: "Iterable[pa.RecordBatch]") -> "Iterable[pa.RecordBatch]":
    """Yield the batches in slices of which a design fits into memory."""
    for batch in batches:
        for start in range(0, batch.num_rows, BATCH_ROWS):
            yield batch.slice(start, BATCH_ROWS)


def _scored(found: Study, features: pd.DataFrame) -> pd.DataFrame:
    known = with_models(features, found.purchase_models, horizon_days=found.horizon_days)
    return known.assign(forecast=found.forecaster.predict_proba(known)[:, 1])


def _compact(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with each reason kept once, instead of once a customer."""
    return rows.astype({"reason": pd.CategoricalDtype(list(REASONS))})


def _columns(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns, each in memory of its own that goes when the column does."""
    return {name: rows[name].copy() for name in rows.columns}


def _together(parts: list[dict[str, pd.Series]]) -> pd.DataFrame:
    """Return the parts as one frame by customer, emptying them on the way.

    An engine streams in whatever order; a page must not depend on it. Putting frames together and
    then sorting them would hold everybody three times over.
    """
    order = pd.concat([part["customer_id"] for part in parts]).array.argsort()
    whole = {}
    for name in list(parts[0]):
        column = pd.concat([part.pop(name) for part in parts], ignore_index=True)
        whole[name] = column.take(order).reset_index(drop=True)
    return pd.DataFrame(whole, copy=False)


def _most(rows: pd.DataFrame) -> pd.DataFrame:
    """Return those with the most to be won."""
    if len(rows) <= MOST_LAPSED:
        return rows
    return rows.nlargest(MOST_LAPSED, "value_at_risk")
