"""Caveats: what must every figure of churn carry, wherever it stands?

The days without data, the seasons that cannot be told yet, the shops whose customers are not seen,
and that a model of millions has learned from a sample.
"""

from typing import Any

from insights.analyses.churn.requirements import SEASON_DAYS
from insights.results import identity_caveats
from insights.wording import _

__all__ = ["history_caveats", "identity_caveats", "sample_caveats"]


def history_caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    """Say what is missing in the history: days without data, and a second season to compare."""
    missing = (
        _(
            "Not a single purchase is known on {gap_days:days}, among them {gap_first:day} to "
            "{gap_last:day}: these data are missing, and customers look more silent than they were."
        ),
    )
    said = missing if facts["gap_days"] else ()
    if facts["horizon_limited"]:
        said = (
            *said,
            _(
                "{share_back:percent} of the gaps between purchases are up to {usual_gap:days} "
                "long, but the history allows no forecast longer than {horizon:days}: who only "
                "buys seldom looks more at risk than is so."
            ),
        )
    said = (*said, *sample_caveats(facts))
    if facts["history"] >= 2 * SEASON_DAYS:
        return said
    return (
        *said,
        _(
            "The history covers {history:days}: seasons (holidays, promotions) cannot be told from "
            "habits yet."
        ),
    )


def sample_caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    """Say that a model was learned and judged on a sample, where it was."""
    if facts["share"] == 1:
        return ()
    if facts["everyone"] is None:
        return (
            _(
                "This is about {customers:count} customers drawn by lot, {share:percent} of all: "
                "shares hold for all within luck, counts are those of the sample."
            ),
        )
    return (
        _(
            "Learned and judged on {customers:count} customers drawn by lot, {share:percent} of "
            "all; each of the {everyone:count} who ever bought has a forecast of their own."
        ),
    )
