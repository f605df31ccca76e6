"""A binomial mixed model, fitted on counts: everything that may move a rate, shrunk together."""

from insights.models.mixed.binomial import OWN, BinomialMixed
from insights.models.mixed.posterior import Draws, draw, expected_rates

__all__ = ["OWN", "BinomialMixed", "Draws", "draw", "expected_rates"]
