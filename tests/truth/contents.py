"""Planted contents: pushes whose places, qualities and luck are known, with or without a lot."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit

PLACES = (0.0, -0.7, -1.2, -1.6)
AS_OF = date(2026, 6, 30)
Order = Literal["random", "best", "rotated"]


@dataclass(frozen=True)
class Contents:
    """The frame that scores are asked of, with the truth of each piece in its order."""

    frame: pd.DataFrame
    quality: np.ndarray
    rate: np.ndarray


def contents(
    seed: int,
    *,
    order: Order = "random",
    pushes: int = 45,
    spread: float = 0.35,
    topic_spread: float = 0.2,
    luck: float = 0.0,
    places: tuple[float, ...] = PLACES,
    delivered: int = 20_000,
    looks: int = 1,
    base: float = -3.0,
) -> Contents:
    """Plant pushes of several pieces; editors put the best first, or a lot decides.

    `luck` is what befalls one look at a piece, on the logit scale; `looks` are audiences that each
    see every piece.
    """
    random = np.random.default_rng(seed)
    slots, size = len(places), pushes * len(places)
    topic = random.integers(0, 8, size)
    quality = spread * random.standard_normal(size)
    quality += topic_spread * random.standard_normal(8)[topic]
    by_lot = {"random": np.ones, "best": np.zeros}.get(order, np.ones)(pushes).astype(bool)
    if order == "rotated":
        by_lot = random.permutation(pushes) < round(0.2 * pushes)
    guess = quality + 0.15 * random.standard_normal(size)
    drawn = np.where(np.repeat(by_lot, slots), random.standard_normal(size), guess)
    rank = np.argsort(np.argsort(-drawn.reshape(pushes, slots), axis=1), axis=1).ravel()
    eta = base + quality + np.array(places)[rank]
    day = pd.Timestamp(AS_OF) - pd.to_timedelta(
        np.repeat(np.arange(pushes), slots) * 170 // pushes, "D"
    )
    rows = []
    for look in range(looks):
        seen = random.integers(delivered // 2, delivered * 2, size)
        felt = eta + luck * random.standard_normal(size)
        rows.append(
            pd.DataFrame(
                {
                    "content_id": [f"a{i:05d}" for i in range(size)],
                    "published_on": day,
                    "reached": seen,
                    "answered": random.binomial(seen, expit(felt)),
                    "topics": [[f"topic {k}"] for k in topic],
                    "slot": [f"place {k}" for k in rank],
                    "push": np.repeat(np.arange(pushes), slots),
                    "drawn_by_lot": np.repeat(by_lot, slots),
                    "audience": f"audience {look}",
                }
            )
        )
    return Contents(pd.concat(rows, ignore_index=True), quality, expit(eta))


def ndcg(score: np.ndarray, worth: np.ndarray, best: int = 10) -> float:
    """Return how much of the worth of the best so many a ranking gathers."""
    discount = 1 / np.log2(np.arange(2, best + 2))
    chosen = np.argsort(-score, kind="stable")[:best]
    return float((worth[chosen] * discount).sum() / (np.sort(worth)[::-1][:best] * discount).sum())
