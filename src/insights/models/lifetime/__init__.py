"""Lifetime: who is still a customer, who buys next, how often, and for how much.

The purchase-count models are fitted on the same three numbers a customer (`frequency`, `recency`,
`age`), reduced to weighted cells; money and renewals have a model each. All follow scikit-learn's
conventions. A new purchase-count model brings its likelihood with gradient and its three answers;
reading, reducing, maximising and errors are shared.
"""

from insights.models.lifetime.bgbb import BetaGeoBetaBinomial
from insights.models.lifetime.bgnbd import BetaGeoNBD, ModifiedBetaGeoNBD
from insights.models.lifetime.customers import customer_days
from insights.models.lifetime.gammagamma import GammaGamma
from insights.models.lifetime.paretonbd import ParetoNBD
from insights.models.lifetime.sbg import ShiftedBetaGeometric
from insights.models.lifetime.value import LifetimeValue, lifetime_value

__all__ = [
    "BetaGeoBetaBinomial",
    "BetaGeoNBD",
    "GammaGamma",
    "LifetimeValue",
    "ModifiedBetaGeoNBD",
    "ParetoNBD",
    "ShiftedBetaGeometric",
    "customer_days",
    "lifetime_value",
]
