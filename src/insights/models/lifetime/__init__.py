"""Lifetime: who is still a customer, who buys next, and how often. Purchase-count models.

Every model is fitted on the same three numbers a customer (`frequency`, `recency`, `age`), reduced
to weighted cells, and follows scikit-learn's conventions. A new model brings its likelihood with
gradient and its three answers; reading, reducing and maximising are shared.
"""

from insights.models.lifetime.bgnbd import BetaGeoNBD
from insights.models.lifetime.customers import customer_days

__all__ = ["BetaGeoNBD", "customer_days"]
