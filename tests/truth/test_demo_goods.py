"""The demonstration brand's goods and posts: how long products live, which guides post."""

import numpy as np
import pandas as pd
import pytest

from insights.analyses import engagement
from insights.demo.world.brand import GUIDE, MEAN_LIFE, SHORTEST_LIFE
from insights.demo.world.contents import MOMENT
from insights.demo.world.messages import LIKE
from insights.demo.world.orders import FREEBIE
from insights.demo.world.posting import posted
from tests.truth.plant import DAY, NEVER, Planted, plant

FEW, MANY = [7], range(20, 40)
SILENT = 56  # days without a sale, after which a product's life has ended
MEDIAN = (SHORTEST_LIFE + MEAN_LIFE * np.log(2)) / 7  # weeks


def lives(planted: Planted) -> pd.DataFrame:
    """Return the mart `product_lives`: what was launched within the world and sold."""
    made, lines, goods = planted.block.orders, planted.block.lines, planted.world.setting.products
    paid = made.paid[lines.order]
    kept = (lines.product != FREEBIE) & (paid < NEVER)
    last = np.full(len(goods), -1)
    np.maximum.at(last, lines.product[kept], paid[kept] // DAY)
    new = np.flatnonzero((goods.launched >= 0) & (last >= goods.launched))
    today = planted.world.spec.days - 1
    return pd.DataFrame(
        {
            "product_id": goods.code[new],
            "weeks": (last[new] - goods.launched[new]) // 7,
            "ended": (today - last[new] >= SILENT).astype(int),
        }
    )


def halves(seeds: list[int] | range) -> list[float]:
    """Return the weeks after which half had stopped selling, where that is known."""
    found = []
    for seed in seeds:
        planted = plant(seed=seed, customers=4_000, months=36)
        result = engagement.product_lives(lives(planted), as_of=planted.as_of)
        if result.enough and result.facts["half"] is not None:
            found.append(result.facts["half"])
    return found


def test_half_of_what_is_launched_stops_selling_when_it_was_planted_to():
    (half,) = halves(FEW)
    # One world launches thirty products: their median is sure to some ten weeks.
    assert half == pytest.approx(MEDIAN, abs=20)


@pytest.mark.slow
def test_over_seeds_the_median_life_is_the_planted_one():
    found = halves(MANY)
    assert len(found) == len(MANY)
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(MEDIAN, abs=3.3 * error + 1)


def test_what_a_guide_did_not_post_nobody_likes_and_regions_post_as_planted():
    planted = plant(seed=3, customers=6_000, months=6, people_a_guide=25)
    setting = planted.world.setting
    moments = setting.contents.of_kind(MOMENT)
    done = posted(setting.draws, setting.parameters, setting.staff, moments.number)
    seen = planted.block.touches
    likes = seen.take(seen.kind == LIKE)
    assert len(likes) > 100
    place = np.searchsorted(moments.number, likes.content)
    assert done[likes.staff, place].all()
    guides = setting.staff.role == GUIDE
    for region, share in enumerate(setting.parameters.posting_guides):
        mine = done[guides & (setting.staff.region == region)]
        error = np.sqrt(share * (1 - share) / len(mine))
        expected = share * setting.parameters.posted_each
        assert mine.mean() == pytest.approx(expected, abs=3.3 * error + 0.01)
