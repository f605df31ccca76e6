"""Posting: which guide posts which of the Moments that the head office issues?

Some guides hardly ever do, and regions differ in how many of those they have. What a guide did not
post none of their friends has seen. Accounts of the head office post everything.
"""

import numpy as np

from insights.demo.world.brand import GUIDE, Staff
from insights.demo.world.columns import Bools, Ints
from insights.demo.world.draws import Draws
from insights.demo.world.parameters import Parameters


def posted(draws: Draws, parameters: Parameters, people: Staff, moments: Ints) -> Bools:
    """Return who posts what: one row an account, one column a Moment, by the Moments' numbers."""
    account = np.arange(len(people))
    share = np.array(parameters.posting_guides)[people.region]
    willing = draws.happens("posts at all", account, share)
    row, column = np.divmod(np.arange(account.size * moments.size), max(moments.size, 1))
    kept = draws.happens("posts this", row, parameters.posted_each, moments[column])
    each = willing[:, None] & kept.reshape(account.size, moments.size)
    return np.asarray(each | (people.role != GUIDE)[:, None])
