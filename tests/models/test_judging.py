import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from insights.models.judging import (
    calibration_error,
    weighted_auc,
    weighted_calibration_error,
    weighted_lift,
    weighted_precision,
)


@pytest.fixture(params=[12, 100_000], ids=["ties", "no ties"])
def judged(request):
    """Forecasts with their outcomes, and six resamples in which many cases are not drawn."""
    rng = np.random.default_rng(0)
    forecast = rng.integers(0, request.param, 500) / request.param
    return forecast, rng.random(500) < forecast, rng.integers(0, 4, (6, 500))


class TestWeighted:
    def test_the_auc_is_that_of_scikit_learn_ties_and_weights_included(self, judged):
        forecast, came, weights = judged
        expected = [roc_auc_score(came, forecast, sample_weight=w) for w in weights]
        assert weighted_auc(forecast, came, weights) == pytest.approx(expected)

    def test_average_precision_is_that_of_scikit_learn_ties_and_weights_included(self, judged):
        forecast, came, weights = judged
        expected = [average_precision_score(came, forecast, sample_weight=w) for w in weights]
        assert weighted_precision(forecast, came, weights) == pytest.approx(expected)

    def test_a_case_drawn_twice_is_two_cases(self):
        """Where no case lies on an edge: lift and calibration error of the drawn cases as such."""
        rng = np.random.default_rng(1)
        forecast = rng.random(400)
        came = rng.random(400) < forecast
        twice = rng.permutation(np.repeat([0, 2], 200))
        drawn = np.repeat(np.arange(400), twice)
        weights = twice[None, :]
        top = drawn[np.argsort(-forecast[drawn], kind="stable")[:40]]
        assert weighted_lift(forecast, came, weights) == pytest.approx(
            [came[top].mean() / came[drawn].mean()]
        )
        assert weighted_calibration_error(forecast, came, weights) == pytest.approx(
            [calibration_error(forecast[drawn], came[drawn].astype(float))]
        )

    def test_a_resample_without_anybody_who_came_has_no_measure(self):
        forecast, came, weights = np.array([0.2, 0.8]), np.array([True, False]), np.array([[0, 3]])
        for measure in (weighted_auc, weighted_precision, weighted_lift):
            assert np.isnan(measure(forecast, came, weights)).all()


class TestCalibrationError:
    def test_it_is_small_for_a_true_forecast_and_of_a_shifted_one_its_shift(self):
        rng = np.random.default_rng(0)
        forecast = rng.uniform(0.1, 0.6, 50_000)
        came = (rng.random(50_000) < forecast).astype(float)
        assert calibration_error(forecast, came) < 0.01
        assert calibration_error(forecast + 0.2, came) == pytest.approx(0.2, abs=0.01)
