"""The demonstration brand's articles: their planted quality is found, more or less."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from insights.analyses import engagement
from insights.demo.world.contents import ARTICLE, SLOTS_A_PUSH, topic_effects
from insights.demo.world.customers import TOPICS
from tests.truth.plant import Coverage, Planted, plant

FEW, MANY = [4, 5], range(20)


def articles(planted: Planted) -> tuple[pd.DataFrame, pd.Series]:
    """Return the brand's articles as scores take them, with their true quality."""
    setting = planted.world.setting
    made = setting.contents.of_kind(ARTICLE)
    frame = pd.DataFrame(
        {
            "content_id": [f"a{number:04d}" for number in made.number],
            "published_on": planted.moments(made.at).normalize(),
            "reached": made.delivered,
            "answered": made.reads,
            "slot": made.slot.astype(str),
            "drawn_by_lot": made.drawn,
            "push": made.number // SLOTS_A_PUSH,
            "topics": [[TOPICS[topic]] for topic in made.topic],
        }
    )
    effects = topic_effects(setting.draws, planted.world.parameters)
    return frame, pd.Series(made.quality + effects[made.topic], index=frame["content_id"])


def found(seeds: list[int] | range) -> tuple[Coverage, float, float]:
    """Return coverage of the quality, and rank correlations of score and plain rate with it."""
    cover, ours, plain = Coverage(0.90), [], []
    for seed in seeds:
        planted = plant(seed=seed, customers=300, months=18)
        frame, truth = articles(planted)
        scores = engagement.content_scores(frame, as_of=planted.as_of)
        table = scores.table
        quality = truth[table["content_id"]].to_numpy()
        draws = scores.quality.draws[table["item"]]
        low, high = np.quantile(draws - draws.mean(axis=0), [0.05, 0.95], axis=1)
        cover.add(low, high, quality - quality.mean())
        ours.append(spearmanr(table["expected"], quality).statistic)
        plain.append(spearmanr(table["raw"], quality).statistic)
    return cover, float(np.mean(ours)), float(np.mean(plain))


def places(seeds: list[int] | range) -> Coverage:
    """Return coverage of the planted places: one push in five was in an order drawn by lot."""
    cover = Coverage(0.90)
    for seed in seeds:
        planted = plant(seed=seed, customers=300, months=18)
        frame, _truth = articles(planted)
        scores = engagement.content_scores(frame, as_of=planted.as_of)
        found = engagement.slot_effects(scores).table.set_index("slot").drop(index="0")
        ends = np.log(found[["low", "high"]].to_numpy(float)).T
        cover.add(*ends, planted.world.parameters.effects.slots[1:])
    return cover


def test_places_are_what_was_planted_though_most_pushes_are_the_editors():
    assert places(FEW).share >= 0.5


@pytest.mark.slow
def test_over_seeds_the_intervals_of_places_hold():
    cover = places(MANY)
    # Three differences of one world share its headlines: a world is one observation.
    assert cover.holds(independent=len(MANY)), cover.share


def test_quality_lies_within_its_bands_though_editors_and_luck_stand_between():
    cover, ours, _plain = found(FEW)
    assert cover.share >= 0.85
    assert ours > 0.45


@pytest.mark.slow
def test_over_seeds_the_bands_hold_and_the_score_ranks_better_than_the_plain_rate():
    cover, ours, plain = found(MANY)
    assert cover.share >= 0.88
    assert ours > plain + 0.02
