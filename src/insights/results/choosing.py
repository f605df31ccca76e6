"""Choosing: which claims come first, when a page has more to say than a manager reads?

The headline stands as the notebook gives it. After it comes what is new since the last report, then
what was found, then what could not be decided; within each, the notebook's own order. One place is
kept for what could not be decided: what is not known, and what it would take, is worth a sentence
on every first screen.
"""

from collections.abc import Collection, Sequence

from insights.results.bundle import ClaimPart

MAX_CLAIMS = 6  # A manager reads six sentences, not twelve.


def first(claims: Sequence[ClaimPart], news: Collection[str] = ()) -> list[ClaimPart]:
    """Return at most six claims, the headline and five others.

    Parameters
    ----------
    claims : sequence of ClaimPart
        Every claim that may stand at the top, in the notebook's order; the first is the headline.
    news : collection of str
        The words of those that the last report did not say, or said the other way.
    """
    headline, others = claims[:1], claims[1:]
    ranked = sorted(others, key=lambda claim: (claim.text not in news, claim.undecided))
    places = MAX_CLAIMS - 1
    chosen, left = ranked[:places], ranked[places:]
    if left and not any(claim.undecided for claim in (*headline, *chosen)):
        chosen[-1:] = [claim for claim in left if claim.undecided][:1] or chosen[-1:]
    return [*headline, *chosen]
