"""Words of the read-out: what may be said of experiments, what not, and why one is left out."""

from typing import Any

from insights.results import Claim, Holds, NotEnoughData
from insights.wording import _

TITLE = _("What experiments showed")
# Why an experiment cannot be read, by the trouble that `experiment` finds.
UNCLEAR = {
    "nameless": _(
        "Which arm of {nameless_name} was left alone is not clear: one of them, and only one, has "
        "to be called control, holdout or 对照组."
    ),
    "single": _("In {single_name} one arm is known, so there is nothing to compare it with."),
    "tangled": _(
        "The chances of {tangled_name} are not known of everybody, or differ by person among "
        "several arms, so that nobody can say who is to be compared with whom."
    ),
}


def refused(facts: dict[str, Any]) -> NotEnoughData:
    """Return why no experiment can be read out."""
    because, needs = (
        _("No arm has {least:count} of its own to compare with the control."),
        _("Needed: more people, or more periods of a switchback, in each arm."),
    )
    if facts["odd"]:
        because, needs = (
            _(
                "The arms of {odd_name} are not as large as its lottery would make them (chance "
                "{odd_p:number3}): people are missing from one of them, so no lift is read out."
            ),
            _(
                "Needed: everybody who was assigned, whatever became of them, with the chance of "
                "each arm. Look for people who were dropped after the lots were drawn."
            ),
        )
    elif unclear := [words for trouble, words in UNCLEAR.items() if facts[trouble]]:
        because, needs = (
            unclear[0],
            _(
                "Needed: of everybody the arm, with a name by which the one that was left alone is "
                "known, and the chance of it: insights load assignments."
            ),
        )
    return NotEnoughData(title=TITLE, because=because, needs=needs, facts=facts)


def claims_of(facts: dict[str, Any]) -> tuple[Claim, ...]:
    """Return what is proven, in either direction, or that nothing is; and what past claims gave."""
    claims = []
    if facts["proven"]:
        claims.append(
            Claim(
                key="lift_proven",
                topic="lift",
                message=_(
                    "Proven by lot, {best}: {best_mean} against {best_control} of the control, a "
                    "lift of {best_raw}; {best_shrunk} is to be expected again."
                ),
                holds=[
                    Holds("its interval lies above zero", facts["best_low"] > 0),
                    Holds(
                        "no proven lift is larger", facts["best_lift"] == facts["largest_proven"]
                    ),
                ],
            )
        )
    if facts["harms"]:
        claims.append(
            Claim(
                key="lift_harms",
                topic="harm",
                message=_(
                    "Proven by lot, {worst}: {worst_mean} against {worst_control} of the control, "
                    "so it does harm: {worst_raw}."
                ),
                holds=[Holds("its interval lies below zero", facts["worst_high"] < 0)],
            )
        )
    if not claims:
        message = (
            _(
                "No effect can be told; the largest of {tried:count} comparisons, {best}: "
                "{best_mean} against {best_control} of the control, {best_raw}."
            )
            if facts["several"]
            else _(
                "No effect can be told, {best}: {best_mean} against {best_control} of the control, "
                "{best_raw}."
            )
        )
        claims.append(
            Claim(
                key="lift_not_told",
                undecided=True,
                topic="lift",
                message=message,
                holds=[
                    Holds("its interval holds zero", facts["best_low"] <= 0 <= facts["best_high"]),
                    Holds("no lift is larger", facts["best_lift"] == facts["largest_lift"]),
                    Holds("no comparison is proven", facts["proven"] + facts["harms"] == 0),
                ],
            )
        )
    return (*claims, *_held_against(facts))


def _held_against(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["backtested"]:
        return ()
    if facts["backtest_real"] > 0:
        return (
            Claim(
                key="claims_backtested",
                topic="backtest",
                place="evidence",
                message=_(
                    "Held against people it was not made from, the best arm's lift was said to be "
                    "{said_claimed} as seen and {said_expected} to be expected again; {said_real} "
                    "came true."
                ),
                holds=[Holds("something came true", facts["backtest_real"] > 0)],
            ),
        )
    return (
        Claim(
            key="claims_came_to_nothing",
            topic="backtest",
            place="evidence",
            message=_(
                "Held against people it was not made from, nothing came true of the best arm's "
                "lift: it was said to be {said_claimed} as seen and {said_expected} to be expected "
                "again, and was {said_real}."
            ),
            holds=[Holds("nothing came true", facts["backtest_real"] <= 0)],
        ),
    )


def caveats_of(facts: dict[str, Any], period: str | None) -> tuple[str, ...]:
    """Return what limits the read-out."""
    caveats = [
        _(
            "The lift to be expected again takes true lifts to be within {spread:percent} of "
            "the control, which is how much the comparisons here differ beyond luck."
        )
        if facts["learned"]
        else _(
            "There are too few trials to learn from how much lifts differ: before anything was "
            "seen, a lift was taken to be within {spread:percent} of the control."
        )
    ]
    if facts["several"]:
        caveats.append(
            _(
                "{tried:count} comparisons were made; intervals of lifts as seen are so wide that "
                "all of them hold at once in {confidence:percent} of cases."
            )
        )
    if facts["odd"]:
        caveats.append(
            _(
                "{odd_name} is left out: its arms are not as large as its lottery would make them "
                "(chance {odd_p:number3})."
            )
        )
    caveats += [words for trouble, words in UNCLEAR.items() if facts[trouble]]
    if not facts["backtested"] and not period:
        caveats.append(
            _(
                "Past claims cannot be held against the truth yet: that takes two arms, each "
                "tested on {backtest_least:count} people and as many of the control."
            )
        )
    if period:
        caveats.append(
            _(
                "In a switchback what one period does may carry over into the next; periods longer "
                "than the effect lasts make that small."
            )
        )
    return tuple(caveats)
