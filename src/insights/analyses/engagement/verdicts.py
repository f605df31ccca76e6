"""Verdicts: what may be said of pieces that were scored, and what must be said beside it?"""

from typing import Any

import pandas as pd

from insights.results import Claim, Holds, NotEnoughData
from insights.wording import _

MIN_ITEMS = 10
MIN_ANSWERS = 30
ABOVE = _("clearly better")
BELOW = _("clearly worse")
NOT_TOLD = _("not told apart")
TITLE = _("Which pieces stand out from their peers")


def refused(facts: dict[str, Any]) -> NotEnoughData | None:
    """Say why pieces are not ranked; None where they can be."""
    if facts["items"] < MIN_ITEMS:
        return NotEnoughData(
            title=TITLE,
            because=_(
                "{items:count} pieces of the {days:days} up to {as_of:day} say both how many they "
                "reached and how many answered: too few to be ranked. Left out: {unseen:count} "
                "without anybody reached, {uncounted:count} without a count of answers, "
                "{impossible:count} with more answers than people reached."
            ),
            needs=_("Needed: {min_items:count} pieces with both counts."),
            facts=facts,
        )
    if min(facts["answered"], facts["reached"] - facts["answered"]) < MIN_ANSWERS:
        return NotEnoughData(
            title=TITLE,
            because=_(
                "Of {reached:count} people reached by {items:count} pieces, {answered:count} "
                "answered: nothing to tell the pieces apart by."
            ),
            needs=_("Needed: {min_answers:count} who answered, and as many who did not."),
            facts=facts,
        )
    return None


def claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    """Say which pieces stand out, and what becomes of the highest plain rate."""
    clear = facts["above"] + facts["below"]
    if not clear:
        first = Claim(
            key="nothing_told_apart",
            undecided=True,
            topic="told_apart",
            message=_(
                "{channel:said}: none of {items:count} pieces can be told apart from its peers; to "
                "choose between them by these figures is to choose by luck."
            ),
            holds=[Holds("no band lies on one side of the middle", clear == 0)],
        )
    else:
        first = Claim(
            key="told_apart",
            message=_(
                "{channel:said}: of {items:count} pieces, {above:count} are clearly better than "
                "the middle of their peers and {below:count} clearly worse; {not_told:count} "
                "cannot be told apart."
            ),
            holds=[
                Holds("the three numbers are all pieces", clear + facts["not_told"] == len(table))
            ],
        )
    found = [first]
    # A piece whose score is withheld leads with none.
    if table["verdict"].iloc[0] == ABOVE and pd.notna(table["score"].iloc[0]):
        found.append(
            Claim(
                key="leading_piece",
                message=_(
                    "{best} leads with a score of {best_score:count} "
                    "({best_low:count}–{best_high:count}); its chance of being in the top tenth "
                    "is {best_top:percent}."
                ),
                holds=[
                    Holds("no piece has a higher score", bool(table["expected"].idxmax() == 0)),
                    Holds("its band is above the middle", table["verdict"].iloc[0] == ABOVE),
                ],
            )
        )
    if facts["raw_lift"] > facts["kept_lift"] > 0:
        found.append(
            Claim(
                key="raw_leader_drawn_in",
                place="evidence",
                message=_(
                    "{raw_best} has the highest plain rate, {raw_lift:number} times the average; "
                    "{kept_lift:number} times is what to expect of it without place, day and luck."
                ),
                holds=[
                    Holds("no plain rate is higher", bool(table["raw"].max() <= facts["raw_rate"])),
                    Holds("it is drawn in", facts["kept_lift"] < facts["raw_lift"]),
                ],
            )
        )
    return tuple(found)


def caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    """Say what the scores allow for, and what they leave out."""
    found = []
    if facts["randomised"] is False:
        found.append(
            _(
                "Places were not drawn by lot: what a place does and what editors put there cannot "
                "be told apart, and the bands are as wide as that makes them."
            )
        )
    if not facts["repeatable"]:
        found.append(
            _(
                "No piece was shown more than once, so a piece's luck on its day looks like its "
                "quality; the bands allow for any share of luck. Showing some pieces again would "
                "narrow them."
            )
        )
    if facts["withheld"]:
        found.append(
            _(
                "{withheld:count} pieces have no score, because their band is wider than "
                "{widest:count} points."
            )
        )
    if facts["unseen"] + facts["uncounted"] + facts["impossible"]:
        found.append(
            _(
                "Left out: {unseen:count} counts without anybody reached, {uncounted:count} "
                "without answers, {impossible:count} with more answers than people reached."
            )
        )
    if facts["copies"]:
        found.append(
            _("{copies:count} pieces repeat another almost word for word and count as one with it.")
        )
    if facts["older"]:
        found.append(
            _(
                "{older:count} pieces were counted by the platform's former interface, which "
                "counts otherwise: what that does to their rates is taken off, as far as the data "
                "tell."
            )
        )
    if facts["young"]:
        found.append(
            _(
                "{young:count} counts are of young pieces: what is still to come is projected from "
                "older ones, and their bands allow for that."
            )
        )
    return tuple(found)
