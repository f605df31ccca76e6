"""What one purchase comes to: planted for every customer, and found again in sum and at the top."""

import numpy as np
import pandas as pd
import pytest

from insights.analyses.churn.amounts import UsualAmount
from tests.truth.plant import Coverage

P, Q, V = 6.0, 4.0, 150.0  # Mean amount P V / (Q - 1) = 300.


def bought(seed, customers=3_000):
    """Customers with few purchases each, and what one of theirs comes to in the long run."""
    rng = np.random.default_rng(seed)
    true = P * V / rng.gamma(Q, 1.0, customers)
    times = rng.geometric(0.5, customers)
    amounts = rng.gamma(P * times, true / P / times)
    return pd.DataFrame({"frequency": times - 1, "mean_amount": amounts, "true": true})


def top(values, rows, share=0.1):
    return rows.loc[values.nlargest(round(share * len(rows))).index]


class TestUsualAmount:
    def test_the_sum_of_what_is_expected_is_the_planted_one_within_its_interval(self):
        """Of everybody, and of the tenth of whom most is expected: those a list begins with."""
        gathered = Coverage(0.95)
        for seed in range(30):
            rows = bought(seed)
            usual = UsualAmount.learned(rows)
            rows["expected"] = usual.expected(rows)
            square = usual.model.squared_amount(rows["frequency"] + 1, rows["mean_amount"])
            rows["variance"] = square - rows["expected"] ** 2
            for part in (rows, top(rows["expected"], rows)):
                seen = part["frequency"] + 1, part["mean_amount"]
                of_fit = usual.model.standard_error_of(
                    lambda model, seen=seen: model.expected_amount(*seen).sum()
                )
                half = 1.96 * np.hypot(of_fit, np.sqrt(part["variance"].sum()))
                found = part["expected"].sum()
                gathered.add(found - half, found + half, part["true"].sum())
        assert gathered.holds(independent=30)

    def test_the_raw_means_of_those_who_paid_most_would_promise_more_than_is_there(self):
        rows = bought(1)
        mine = top(rows["mean_amount"], rows)
        expected = pd.Series(UsualAmount.learned(rows).expected(rows), index=rows.index)
        assert mine["mean_amount"].sum() > 1.1 * mine["true"].sum()
        assert expected[mine.index].sum() == pytest.approx(mine["true"].sum(), rel=0.05)

    def test_where_amounts_tell_nothing_apart_everybody_is_expected_to_pay_the_mean(self):
        rows = pd.DataFrame({"frequency": [0, 2, 5], "mean_amount": [30.0, 30.0, 30.0]})
        usual = UsualAmount.learned(rows)
        assert usual.model is None
        assert usual.expected(rows) == pytest.approx([30.0] * 3)

    def test_nobody_is_expected_to_pay_nothing(self):
        empty = bought(1).head(0)
        assert UsualAmount.learned(empty).expected(empty).size == 0

    def test_an_amount_of_nothing_or_less_is_no_gain(self):
        rows = bought(2, customers=300)
        rows.loc[:20, "mean_amount"] = -5.0
        assert (UsualAmount.learned(rows).expected(rows) >= 0).all()
