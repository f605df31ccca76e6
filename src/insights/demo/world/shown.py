"""Shown: which goods does a content show? Chosen without a look at sales, and without any effect.

Nothing in this world is bought because a content showed it: who finds that an answer foretells the
sales of the goods shown has found luck.
"""

import numpy as np

from insights.demo.world.brand import Products
from insights.demo.world.columns import DAY, Ints
from insights.demo.world.contents import ARTICLE, MOMENT, PREFIXES, Contents
from insights.demo.world.draws import Draws

EACH = {ARTICLE: 3, MOMENT: 2}


def goods_shown(draws: Draws, contents: Contents, goods: Products) -> list[Ints]:
    """Return the places of the goods that each content shows, in the order of the contents."""
    found = []
    for kind, number, at in zip(contents.kind, contents.number, contents.at, strict=True):
        on_sale = np.flatnonzero(goods.on_sale(at // DAY))
        turn = np.arange(EACH.get(int(kind), 0))
        drawn = draws.uniform(f"{PREFIXES[kind]} shows", np.full(turn.size, number), turn)
        found.append(np.unique(on_sale[(drawn * on_sale.size).astype(np.int64)]))
    return found
