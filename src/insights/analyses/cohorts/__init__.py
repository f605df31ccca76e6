"""Cohorts: do the customers we win come back, what are they worth, and how soon do they return?

Stands on results, charts and models. Reads no file and no database: give it frames.
"""

from insights.analyses.cohorts.aligned import MembersAligned, members_aligned
from insights.analyses.cohorts.attributes import attributes
from insights.analyses.cohorts.baskets import Baskets, baskets
from insights.analyses.cohorts.bridge import MoneyBridge, money_bridge
from insights.analyses.cohorts.by_group import GroupRetention
from insights.analyses.cohorts.cards import Cards, cards
from insights.analyses.cohorts.comparison import Comparison, compare
from insights.analyses.cohorts.contacts_stock import ContactStock, contacts_stock
from insights.analyses.cohorts.counted import Counted, counted
from insights.analyses.cohorts.definition import Definition, entries
from insights.analyses.cohorts.denominators import Denominators, denominators
from insights.analyses.cohorts.growth import Growth, growth
from insights.analyses.cohorts.increment import Increment, increment
from insights.analyses.cohorts.joining import Joiners, joiners
from insights.analyses.cohorts.ladder import Ladder, ladder
from insights.analyses.cohorts.live_refunds import LiveRefunds, live_refunds
from insights.analyses.cohorts.money import CohortMoney, cohort_money
from insights.analyses.cohorts.moves import Moves, category_moves
from insights.analyses.cohorts.occasions import Occasions, occasions_of
from insights.analyses.cohorts.payback import Payback, payback
from insights.analyses.cohorts.private_category import PrivateCategory, private_category
from insights.analyses.cohorts.private_sales import PrivateSales, private_sales
from insights.analyses.cohorts.product_refunds import ProductRefunds, product_refunds
from insights.analyses.cohorts.rates import Rates, rates
from insights.analyses.cohorts.refunds import RefundCurve, refund_curve
from insights.analyses.cohorts.repurchase import Repurchase, repurchase
from insights.analyses.cohorts.retention import Retention, WeeklyRetention, retention
from insights.analyses.cohorts.sales import Sales, sales
from insights.analyses.cohorts.scorecard import Scorecard, scorecard
from insights.analyses.cohorts.second_purchase import SecondPurchase, second_purchase
from insights.analyses.cohorts.split import Split, split
from insights.analyses.cohorts.steps import NextOrders, next_orders
from insights.analyses.cohorts.targets import Targets, contacts_goal, targets
from insights.analyses.cohorts.value import CumulativeValue, cumulative_value
from insights.analyses.cohorts.waterfall import Waterfall, waterfall
from insights.periods import let_read_days

__all__ = [
    "Baskets",
    "Cards",
    "CohortMoney",
    "Comparison",
    "ContactStock",
    "Counted",
    "CumulativeValue",
    "Definition",
    "Denominators",
    "GroupRetention",
    "Growth",
    "Increment",
    "Joiners",
    "Ladder",
    "LiveRefunds",
    "MembersAligned",
    "MoneyBridge",
    "Moves",
    "NextOrders",
    "Occasions",
    "Payback",
    "PrivateCategory",
    "PrivateSales",
    "ProductRefunds",
    "Rates",
    "RefundCurve",
    "Repurchase",
    "Retention",
    "Sales",
    "Scorecard",
    "SecondPurchase",
    "Split",
    "Targets",
    "Waterfall",
    "WeeklyRetention",
    "attributes",
    "baskets",
    "cards",
    "category_moves",
    "cohort_money",
    "compare",
    "contacts_goal",
    "contacts_stock",
    "counted",
    "cumulative_value",
    "denominators",
    "entries",
    "growth",
    "increment",
    "joiners",
    "ladder",
    "live_refunds",
    "members_aligned",
    "money_bridge",
    "next_orders",
    "occasions_of",
    "payback",
    "private_category",
    "private_sales",
    "product_refunds",
    "rates",
    "refund_curve",
    "repurchase",
    "retention",
    "sales",
    "scorecard",
    "second_purchase",
    "split",
    "targets",
    "waterfall",
]

let_read_days(globals(), __all__)
