"""Plant, estimate, and see whether the intervals hold: the harness of this folder.

`plant` gives frames as analyses take them, beside the block of the world that they came from, in
which every latent value can be looked up. `Coverage` gathers intervals and truths over seeds and
says whether they hold as often as they claim.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import binom, chi2, norm

from insights.demo.world import Block, Parameters, Spec, World
from insights.demo.world.columns import DAY, NEVER
from insights.demo.world.purchases import SALE

# A right method fails a check of this size once in a thousand times, a wrong one nearly always.
CHANCE = 0.001


@dataclass(frozen=True)
class Planted:
    """A simulated brand as frames, with its truth."""

    world: World
    block: Block

    @property
    def as_of(self) -> date:
        """Last day of the world."""
        return self.world.calendar.on(self.world.spec.days - 1)

    @cached_property
    def sales(self) -> np.ndarray:
        """Which orders are paid sales."""
        return (self.block.orders.kind == SALE) & (self.block.orders.paid < NEVER)

    @cached_property
    def whole(self) -> np.ndarray:
        """Which orders are paid sales that were not given back whole."""
        made, given = self.block.orders, self.block.refunds
        back = np.bincount(given.order, given.amount, len(made))
        return self.sales & (back < made.amount)

    def moments(self, seconds: np.ndarray) -> pd.DatetimeIndex:
        """Seconds of the world as timestamps."""
        return pd.Timestamp(self.world.spec.first) + pd.to_timedelta(seconds, unit="s")

    @cached_property
    def purchases(self) -> pd.DataFrame:
        """The mart `purchases`: one row a customer and day, by what stands at the end."""
        made = self.block.orders.take(self.whole)
        frame = pd.DataFrame(
            {
                "customer_id": [f"d{who:08d}" for who in made.who],
                "paid_at": self.moments(made.paid),
                "net_amount": made.amount / 100,
            }
        )
        day = frame["paid_at"].dt.normalize()
        by = frame.groupby(["customer_id", day.rename("day")], as_index=False)
        return by.agg(paid_at=("paid_at", "min"), net_amount=("net_amount", "sum")).drop(
            columns="day"
        )

    @cached_property
    def changes(self) -> pd.DataFrame:
        """The mart `purchase_changes`: payments and refunds of paid sales, by the world's end."""
        made, given = self.block.orders, self.block.refunds
        sold = np.flatnonzero(self.sales)
        given = given.take(self.sales[given.order])
        order = np.concatenate([sold, given.order])
        return pd.DataFrame(
            {
                "customer_id": [f"d{who:08d}" for who in made.who[order]],
                "order_id": order.astype(str),
                "paid_at": self.moments(made.paid[order]),
                "known_at": self.moments(np.concatenate([made.paid[sold], given.refunded])),
                "net_amount": np.concatenate([made.amount[sold], -given.amount]) / 100,
            }
        )

    @cached_property
    def campaigns(self) -> pd.DataFrame:
        """The mart `campaign_response`, with the true share beside."""
        sent, planned = self.block.coupons, self.world.setting.campaigns
        count = len(planned)
        reached = np.bincount(sent.campaign, minlength=count)
        used = np.bincount(sent.campaign, sent.used < NEVER, count).astype(int)
        first = np.datetime64(self.world.spec.first)
        frame = pd.DataFrame(
            {
                "campaign_id": [f"C{n:03d}" for n in range(count)],
                "title": planned.name,
                "kind": planned.slot,
                "starts_on": pd.to_datetime(first + planned.begins),
                "ends_on": pd.to_datetime(first + planned.ends),
                "reached": reached,
                "redeemers": used,
                "redemptions": used,
                "uninvited": 0,
                "truth": np.bincount(sent.campaign, sent.chance, count) / np.maximum(reached, 1),
            }
        )
        return frame[frame["reached"] > 0].reset_index(drop=True)


def plant(
    world: str = "default", *, seed: int, customers: int, months: int = 12, **changed: object
) -> Planted:
    """Simulate a brand; `changed` are parameters other than those of the named world."""
    spec = Spec(customers=customers, months=months, seed=seed, world=world)
    made = World(spec)
    if changed:
        made = World(spec, replace(made.parameters, **changed))
    return Planted(made, made.block(0, customers))


def without_refunds() -> dict[str, object]:
    """Parameters of a world in which nothing is given back."""
    none = (0.0,) * len(Parameters().refund_soon)
    return {"refund_soon": none, "refund_late": none}


@dataclass
class Coverage:
    """Intervals gathered over seeds, and whether the truth lay within them."""

    nominal: float
    within: list[bool] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def add(self, low: object, high: object, truth: object) -> None:
        """Take in one interval or many."""
        inside = (np.asarray(low) <= np.asarray(truth)) & (np.asarray(truth) <= np.asarray(high))
        self.within += np.atleast_1d(inside).tolist()
        with np.errstate(invalid="ignore", divide="ignore"):  # An end may be infinite.
            middle, half = np.add(low, high) / 2, np.subtract(high, low) / 2
            self.errors += np.atleast_1d((np.asarray(truth) - middle) / half).tolist()

    @property
    def share(self) -> float:
        """Share of intervals that held."""
        return float(np.mean(self.within))

    def holds(self, *, independent: int | None = None) -> bool:
        """Whether so many failures are no wonder at the nominal rate.

        Parameters
        ----------
        independent : int, optional
            How many of the intervals tell something of their own, where several share data.
        """
        count = independent or len(self.within)
        return bool(binom.cdf(round(self.share * count), count, self.nominal) > CHANCE)

    def fits(self) -> bool:
        """Whether truths scatter in their intervals as widely as these claim, no less and no more.

        That too wide an interval always holds, it takes a hundred and more of them to see; how far
        from their middle the truths lie tells it sooner. Of intervals that share no data.
        """
        scatter = np.square(self.errors) * norm.ppf((1 + self.nominal) / 2) ** 2
        rank = float(chi2.cdf(scatter.sum(), len(scatter)))
        return CHANCE / 2 < rank < 1 - CHANCE / 2


def rate_holds(found: int, looks: int, rate: float) -> bool:
    """Whether so many findings are no wonder at a rate: neither too many nor too few."""
    fewest, most = binom.ppf([CHANCE / 2, 1 - CHANCE / 2], looks, rate)
    return bool(fewest <= found <= most)


def false_alarms_hold(alarms: int, looks: int, level: float) -> bool:
    """Whether so many findings in null worlds are no wonder at the stated level."""
    return bool(binom.sf(alarms - 1, looks, level) > CHANCE)


__all__ = [
    "DAY",
    "NEVER",
    "Coverage",
    "Planted",
    "false_alarms_hold",
    "plant",
    "rate_holds",
    "without_refunds",
]
