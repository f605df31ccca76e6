"""Young pieces: what is projected from their first days holds what they turn out to be."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from insights.analyses import engagement
from tests.truth.plant import Coverage

AS_OF = date(2026, 6, 30)
FEW, MANY = range(3), range(60, 90)
PIECES, AUDIENCES, LAST = 90, 3, 30


def planted(
    seed: int, horizon: int = LAST, *, slow: float = 0.25
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the mart `content_looks` of posts, their qualities at an age, and their ages today.

    What a post is worth by an age is its quality and how fast it goes: a slow one is behind.

    Answers come as fast as they fade, each post at a pace of its own: `slow` is the spread of its
    logarithm. One in three went out in the last ten days.
    """
    random = np.random.default_rng(seed)
    quality = 0.35 * random.standard_normal(PIECES)
    age = np.where(
        np.arange(PIECES) % 3 == 0, random.integers(0, 10, PIECES), random.integers(30, 175, PIECES)
    )
    pace = 2.5 * np.exp(slow * random.standard_normal(PIECES))
    came = 1 - np.exp(-(np.arange(LAST + 1) + 1) / pace[:, None])
    came /= came[:, -1:]
    by_day = np.diff(came, axis=1, prepend=0.0)
    rows = []
    for piece in range(PIECES):
        for audience in range(AUDIENCES):
            reached = int(random.integers(8_000, 16_000))
            felt = quality[piece] - 3.4 + 0.1 * random.standard_normal()
            days = random.multinomial(random.binomial(reached, expit(felt)), by_day[piece])
            told = np.arange(LAST + 1) <= age[piece]
            # The day of publication has a row whatever came; later days where somebody answered.
            rows += [
                (f"m{piece:03d}", f"region {audience}", day, days[day], reached)
                for day in np.flatnonzero(told & ((days > 0) | (np.arange(LAST + 1) == 0)))
            ]
    frame = pd.DataFrame(
        rows, columns=["content_id", "audience", "age_days", "responded", "reached"]
    )
    on = pd.Timestamp(AS_OF) - pd.to_timedelta(age, unit="D")
    number = frame["content_id"].str[1:].astype(int)
    worth = quality + np.log(came[:, horizon])
    return frame.assign(kind="moment", published_on=on[number], source=None), worth, age


def projected(seeds: range, horizon: int, **world: float) -> tuple[Coverage, list[float]]:
    """Gather bands of pieces younger than the horizon, and how wide they are beside the others."""
    found, wide = Coverage(0.90), []
    for seed in seeds:
        looks, worth, age = planted(seed, horizon, **world)
        pieces = engagement.at_age(looks, as_of=AS_OF, kind="moment", horizon=horizon)
        scores = engagement.content_scores(pieces, as_of=AS_OF)
        number = scores.pieces.items["content_id"].str[1:].astype(int).to_numpy()
        young = age[number] < horizon
        low, high = np.quantile(scores.quality.draws, [0.05, 0.95], axis=1)
        truth = worth[number] - worth[number].mean()
        if young.any():
            found.add(low[young], high[young], truth[young])
            wide.append(float((high - low)[young].mean() / (high - low)[~young].mean()))
    return found, wide


def test_bands_of_young_pieces_are_wider_and_hold():
    found, wide = projected(FEW, 30)
    assert found.holds(independent=len(found.within) // 3), found.share
    assert min(wide) > 1


@pytest.mark.slow
@pytest.mark.parametrize("horizon", [1, 7, 30])
@pytest.mark.parametrize("slow", [0.0, 0.25, 0.5])
def test_projections_of_young_pieces_hold_over_thirty_worlds(horizon, slow, capsys):
    found, wide = projected(MANY, horizon, slow=slow)
    with capsys.disabled():
        print(  # noqa: T201 - the figures that docs/methods.md quotes
            f"\n| {horizon} | {slow} | {len(found.within)} | {found.share:.3f} | "
            f"{np.mean(wide):.2f} |"
        )
    # Pieces of one world share its curve and its middle.
    assert found.holds(independent=len(found.within) // 4), found.share
