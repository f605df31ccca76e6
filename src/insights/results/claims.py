"""Claims, checks and tiles: what a page may say, and why it may say it.

A claim is a sentence template whose placeholders name facts of its result. It cannot carry a number
that its result does not have, it cannot compare without saying what makes the comparison true, and
it cannot be made when that is false.
"""

import math
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from insights.errors import CheckFailed, ClaimNotTrue
from insights.wording import Lang, facts_named, say

# Words that compare. A sentence with one of them must say what makes it true (`holds`).
COMPARING = re.compile(
    r"\b(lowest|highest|best|worst|most|least|largest|smallest|top|bottom|fastest|slowest|better|"
    r"worse|more|less|fewer|higher|lower|above|below|beats?|ahead|behind|rose|fell|rising|falling|"
    r"grew|grows|shrank|doubled|halved|increas\w+|decreas\w+|improv\w+|declin\w+|distinguishable|"
    r"differs?|only|all|none|never|always|every)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Holds:
    """One computed reason why a claim is true: what was tested, and whether it held."""

    what: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence that its result supports.

    Parameters
    ----------
    key : str
        Stable name, so that the next report can tell which claims appeared or vanished.
    message : str
        English template; each placeholder names a fact of the result (see `insights.wording`).
    holds : sequence of Holds
        What makes the sentence true. Needed as soon as it compares anything.
    rows : str, optional
        Query on the result's table that selects the rows behind the claim.
    facts : mapping
        Filled in by the result; not given by hand.

    Raises
    ------
    ClaimNotTrue
        When a reason does not hold, a number is typed by hand, a comparison has no reason, or a
        fact is missing or not a number.
    """

    key: str
    message: str
    holds: Sequence[Holds] = ()
    rows: str | None = None
    facts: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        words = "".join(literal for literal, *_ in string.Formatter().parse(self.message))
        if _DIGIT.search(words):
            raise ClaimNotTrue(
                f"The claim '{self.key}' types a number by hand: '{self.message}'. "
                "Name a fact of the result instead."
            )
        if (found := COMPARING.search(words)) and not self.holds:
            raise ClaimNotTrue(
                f"The claim '{self.key}' says '{found.group()}' without a check. "
                "Give `holds` the computed reason that makes it true."
            )
        for reason in self.holds:
            if not reason.holds:
                raise ClaimNotTrue(
                    f"The claim '{self.key}' is not true: '{reason.what}' does not hold. "
                    "Nothing of this run is published."
                )

    def about(self, facts: Mapping[str, Any]) -> "Claim":
        """Return the claim bound to its result's facts."""
        named = facts_named(self.message)
        if missing := named - set(facts):
            raise ClaimNotTrue(
                f"The claim '{self.key}' names facts that the result lacks: "
                f"{', '.join(sorted(missing))}. It has: {', '.join(sorted(facts))}."
            )
        bound = {name: facts[name] for name in sorted(named)}
        for name, value in bound.items():
            if value is None or (isinstance(value, float) and not math.isfinite(value)):
                raise ClaimNotTrue(f"The claim '{self.key}' has no value for '{name}': {value}.")
        return replace(self, facts=bound)

    def text(self, lang: Lang | None = None) -> str:
        """Say the claim."""
        return say(self.message, self.facts, lang)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A test that a result was put to: passed, failed, or (None) not applicable.

    A failed check that `stops` raises when its result is made, so that nothing is published;
    another is shown on the page as failed.
    """

    key: str
    message: str
    passed: bool | None
    evidence: str = ""
    stops: bool = True

    def __post_init__(self) -> None:
        if self.stops and self.passed is False:
            raise CheckFailed(
                f"The check '{self.key}' failed: {self.message} Found: {self.evidence or 'no'}. "
                "Nothing of this run is published."
            )


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure for the top of a page.

    `fact` names the value among the result's facts, `kind` how it is said (see `wording`).
    `low` and `high` name the ends of its interval at `confidence`, `before` the value it is compared with and
    `against` says what that is; `trend` is the series of a sparkline, oldest first.
    """

    key: str
    label: str
    fact: str
    kind: str
    good: Literal["up", "down", "neither"] = "neither"
    low: str | None = None
    high: str | None = None
    confidence: float = 0.95
    before: str | None = None
    against: str | None = None
    trend: Sequence[float] = ()
    note: str | None = None
