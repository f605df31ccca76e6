"""Watched: how many were shown each livestream, and how many of them came in?

Who comes in depends on the stream's quality; how many were shown it is the platform's affair.
"""

import numpy as np
from scipy.special import expit, logit

from insights.demo.world.columns import Ints
from insights.demo.world.contents import LIVE, Contents
from insights.demo.world.draws import Draws
from insights.demo.world.parameters import Parameters

SPREAD = 0.3  # of the logarithm of how many were shown a stream


def watched(
    draws: Draws, parameters: Parameters, contents: Contents, customers: int
) -> tuple[Contents, Ints, Ints]:
    """Return the livestreams, the people each was shown to, and those who came in."""
    lives = contents.of_kind(LIVE)
    luck = np.exp(SPREAD * draws.normal("live shown", lives.number))
    shown = np.round(customers * parameters.live_shown * luck).astype(np.int64)
    rate = expit(logit(parameters.live_share) + lives.quality)
    noise = np.sqrt(shown * rate * (1 - rate)) * draws.normal("live watched", lives.number)
    came = np.clip(np.round(shown * rate + noise), 0, shown).astype(np.int64)
    return lives, shown, came
