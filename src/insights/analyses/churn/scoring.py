"""Scoring: a fitted model as plain numbers, and millions of customers scored in a stream.

What a study has learned is a few hundred numbers: those of the forecaster and of the purchase
models behind its features. They are kept as JSON in the model's card, which can be read by eye,
compared by line and never runs code when it is opened.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from insights.analyses.churn.features import FEATURES
from insights.analyses.churn.forecaster import SilenceForecaster
from insights.analyses.churn.recipe import with_models
from insights.analyses.churn.study import Study
from insights.errors import DataError, MissingColumns
from insights.models.lifetime import BetaGeoNBD, ModifiedBetaGeoNBD
from insights.results import model_in

if TYPE_CHECKING:
    import pyarrow as pa

_KINDS = {"bg": BetaGeoNBD, "mbg": ModifiedBetaGeoNBD}
_PARAMETERS = ("r", "alpha", "a", "b")


@dataclass(frozen=True, eq=False)
class ScoringModel:
    """What is needed to forecast any customer's silence, and nothing else.

    Attributes
    ----------
    as_of : date
        Day for which it was fitted; features of another day want another fit.
    horizon_days : int
    """

    as_of: date
    horizon_days: int
    forecaster: SilenceForecaster
    purchase_models: dict[str, BetaGeoNBD]

    @classmethod
    def of(cls, found: Study) -> Self:
        """Take the model out of a study."""
        return cls(
            as_of=found.as_of,
            horizon_days=found.horizon_days,
            forecaster=found.forecaster,
            purchase_models=dict(found.purchase_models),
        )

    def score(self, features: pd.DataFrame) -> pd.DataFrame:
        """Forecast customers.

        Parameters
        ----------
        features : DataFrame, one row a customer
            The mart `customer_features` at `as_of`.

        Returns
        -------
        DataFrame, one row a customer, in the same order
            `customer_id`, `forecast` (chance of no purchase within the horizon, in [0, 1]) and
            `expected` (purchases within it).
        """
        if missing := {"customer_id", *FEATURES} - set(features.columns):
            raise MissingColumns("features", missing, features.columns)
        known = with_models(features, self.purchase_models, horizon_days=self.horizon_days)
        return pd.DataFrame(
            {
                "customer_id": features["customer_id"].to_numpy(),
                "forecast": self.forecaster.predict_proba(known)[:, 1],
                "expected": self.forecaster.expected_purchases(known),
            }
        )

    def stream(self, batches: "Iterable[pa.RecordBatch]") -> Iterator[pd.DataFrame]:
        """Forecast batch by batch: memory holds one batch, however many customers there are.

        Examples
        --------
        ``for scores in model.stream(lake.arrow("SELECT * FROM customer_features")): ...``
        """
        for batch in batches:
            if batch.num_rows:
                yield self.score(features_of(batch))

    def to_plain(self) -> dict[str, Any]:
        """Return everything as numbers, words, lists and dicts."""
        return {
            "as_of": self.as_of.isoformat(),
            "horizon_days": self.horizon_days,
            "purchase_models": {
                prefix: {name: float(getattr(model, f"{name}_")) for name in _PARAMETERS}
                for prefix, model in self.purchase_models.items()
            },
            "forecaster": self.forecaster.to_plain(),
        }

    @classmethod
    def from_card(cls, text: str) -> Self:
        """Make the model again of the JSON of its card, the file beside a report.

        Raises
        ------
        DataError
            If the text is not the card of such a model.
        """
        return cls.from_plain(model_in(text))

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Make a model of what `to_plain` gave.

        Raises
        ------
        DataError
            If that is not a model of silence.
        """
        try:
            models = {}
            for prefix, kind in _KINDS.items():
                models[prefix] = kind()
                for name in _PARAMETERS:
                    value = float(plain["purchase_models"][prefix][name])
                    setattr(models[prefix], f"{name}_", value)
            return cls(
                as_of=date.fromisoformat(plain["as_of"]),
                horizon_days=int(plain["horizon_days"]),
                forecaster=SilenceForecaster.from_plain(plain["forecaster"]),
                purchase_models=models,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"These are not the parameters of a churn model: {error!r}. Take the card "
                "<report>-model-card-silence.json."
            ) from error


def features_of(batch: "pa.RecordBatch") -> pd.DataFrame:
    """Return customers and features of a batch as a frame, money as floats.

    An engine sums money exactly, as decimals; a frame would hold each as an object of its own.

    Raises
    ------
    MissingColumns
        If a feature is not there.
    """
    import pyarrow as pa  # noqa: PLC0415 - only where there is a stream

    known = batch.schema.names
    wanted = ["customer_id", *FEATURES]
    if missing := set(wanted) - set(known):
        raise MissingColumns("features", missing, known)
    columns = [batch.column(name) for name in wanted]
    plain = [one.cast(pa.float64()) if pa.types.is_decimal(one.type) else one for one in columns]
    return pa.RecordBatch.from_arrays(plain, names=wanted).to_pandas()
