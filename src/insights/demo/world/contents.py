"""Contents: what is published when, how good is it really, and how many read it?

Editors put the best article first, so that the raw rates of slots flatter the headline; a share of
the pushes is in an order drawn by lot. Reads are beta-binomial: real posts scatter far more than
chance alone would have them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, expit, logit

from insights.demo.world.calendar import LIVE_DAYS, Calendar
from insights.demo.world.columns import DAY, Bools, Columns, Floats, Ints
from insights.demo.world.customers import TOPICS
from insights.demo.world.draws import Draws
from insights.demo.world.parameters import Parameters

ARTICLE, MOMENT, MASS, LIVE = range(4)
PREFIXES = ("article", "moment", "mass", "live")
SLOTS_A_PUSH = 4
SLOT_WORDS = ("头条", "次条", "三条", "四条")
ARTICLE_WEEKDAY, MOMENT_WEEKDAYS = 3, (1, 4)
MASS_WEEKDAYS = (1, 2, 4, 5)  # of the first, second, ... message of a week
READ_DAYS = (0.62, 0.22, 0.08, 0.04, 0.02, 0.01, 0.01)
SHARE_OF_READS, CLICKS_OF_READS = 0.03, 0.06
HOURS = (20, 10, 10, 20)  # of publication, by kind


@dataclass(frozen=True, eq=False)
class Contents(Columns):
    """Everything published. `quality` and the topic's effect are on the logit scale."""

    kind: Ints
    number: Ints  # within its kind
    at: Ints
    topic: Ints
    quality: Floats
    slot: Ints  # place in the push, -1 where there is none
    drawn: Bools  # the order of its push was drawn by lot
    delivered: Ints  # articles: fans who were sent it
    rate: Floats  # articles: true share of them who read
    reads: Ints
    shares: Ints
    clicks: Ints

    def of_kind(self, kind: int) -> "Contents":
        """Return those of one kind, in the order of their numbers."""
        return self.take(self.kind == kind)


def contents(draws: Draws, parameters: Parameters, calendar: Calendar, customers: int) -> Contents:
    """Return what the brand published."""
    weekday = calendar.weekday
    days = {
        ARTICLE: np.repeat(np.flatnonzero(weekday == ARTICLE_WEEKDAY), SLOTS_A_PUSH),
        MOMENT: np.flatnonzero(np.isin(weekday, MOMENT_WEEKDAYS[: parameters.moments_a_week])),
        MASS: _mass_days(calendar),
        LIVE: np.flatnonzero(np.isin(weekday, LIVE_DAYS)),
    }
    parts = []
    for kind, day in days.items():
        number = np.arange(day.size)
        # Numbers of the four kinds are told apart by their stream.
        stream = PREFIXES[kind]
        topic = draws.pick(f"{stream} topic", number, np.ones(len(TOPICS)))
        quality = parameters.effects.content_quality * draws.normal(f"{stream} quality", number)
        slot, drawn = np.full(day.size, -1), np.zeros(day.size, bool)
        delivered = np.zeros(day.size, np.int64)
        rate = np.zeros(day.size)
        if kind == ARTICLE:
            slot, drawn = _slots(draws, parameters, quality)
            grown = 0.75 + 0.25 * day / calendar.days
            delivered = (customers * parameters.fans_per_customer * grown).astype(np.int64)
            added = quality + topic_effects(draws, parameters)[topic]
            added = added + np.array(parameters.effects.slots)[slot]
            rate = expit(logit(parameters.read_share) + added)
        reads = _reads(draws, parameters, number, delivered, rate)
        parts.append(
            Contents(
                kind=np.full(day.size, kind),
                number=number,
                at=day * DAY + HOURS[kind] * 3600,
                topic=topic,
                quality=quality,
                slot=slot,
                drawn=drawn,
                delivered=delivered,
                rate=rate,
                reads=reads,
                shares=np.floor(reads * SHARE_OF_READS).astype(np.int64),
                clicks=np.floor(reads * CLICKS_OF_READS).astype(np.int64),
            )
        )
    return Contents.stacked(parts)


def topic_effects(draws: Draws, parameters: Parameters) -> Floats:
    """Return what each topic adds, on the logit scale."""
    number = np.arange(len(TOPICS))
    return np.asarray(parameters.effects.topic_spread * draws.normal("topic effect", number))


def reads_by_day(reads: Ints) -> Ints:
    """Return how the reads of each article fall on the day of the push and the six after it."""
    upto = np.floor(reads[:, None] * np.cumsum(READ_DAYS)[None, :] + 1e-9).astype(np.int64)
    upto[:, -1] = reads
    return np.asarray(np.diff(upto, axis=1, prepend=0), np.int64)


def _mass_days(calendar: Calendar) -> Ints:
    """Return the day of each mass message: four a week, whoever sends them."""
    weeks = -(-calendar.days // 7)
    days = np.arange(weeks)[:, None] * 7 + np.array(MASS_WEEKDAYS)
    return np.asarray(days.ravel(), np.int64)


def _slots(draws: Draws, parameters: Parameters, quality: Floats) -> tuple[Ints, Bools]:
    """Return each article's place: the editors know quality, with some error, or a lot decides."""
    pushes = quality.size // SLOTS_A_PUSH
    number = np.arange(quality.size)
    drawn = draws.happens("rotated", np.arange(pushes), parameters.rotated)
    guess = quality + 0.15 * draws.normal("editors", number)
    lot = draws.normal("lot", number)
    by = np.where(np.repeat(drawn, SLOTS_A_PUSH), lot, guess).reshape(pushes, SLOTS_A_PUSH)
    slot = np.argsort(np.argsort(-by, axis=1, kind="stable"), axis=1, kind="stable")
    return slot.ravel(), np.repeat(drawn, SLOTS_A_PUSH)


def _reads(
    draws: Draws, parameters: Parameters, number: Ints, delivered: Ints, rate: Floats
) -> Ints:
    read = np.flatnonzero(delivered > 0)
    mean, size = rate[read], delivered[read]
    phi = parameters.read_phi
    share = betaincinv(mean * phi, (1 - mean) * phi, draws.uniform("reads", number[read]))
    noise = np.sqrt(size * share * (1 - share)) * draws.normal("reads noise", number[read])
    found = np.zeros(number.size, np.int64)
    found[read] = np.clip(np.round(size * share + noise), 0, size).astype(np.int64)
    return found
