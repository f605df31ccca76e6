"""Truth: what is really so in a simulated brand. For tests; no report ever reads it."""

from insights.demo.truth.expected import expected_net, no_purchase
from insights.demo.truth.folder import TruthWriter
from insights.demo.truth.totals import Totals

__all__ = ["Totals", "TruthWriter", "expected_net", "no_purchase"]
