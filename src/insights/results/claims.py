"""Claims, checks and tiles: what a page may say, and why it may say it.

A claim is a sentence template whose placeholders name facts of its result. It cannot carry a number
that its result does not have, it cannot compare without saying what makes the comparison true, and
it cannot be made when that is false.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from insights.errors import CannotSay, CheckFailed, ClaimNotTrue
from insights.wording import NOISE, Lang, check_kind, facts_named, missing, say, words_of

Place = Literal["answer", "evidence", "data"]

# Words that compare, generalise or explain. A sentence with one must say what makes it true.
_DEGREES = (
    "low|high|larg|bigg|small|few|fast|slow|great|long|short|strong|weak|earli|old|new|young|rich|"
    "poor|cheap|clos|near|soon|deep|steep"
)
COMPARING = re.compile(
    rf"\b(?:(?<!no )(?:{_DEGREES})er|(?:{_DEGREES}|lat)est|"
    r"than|best|worst|most|least|top|bottom|better|worse|more|less|fewer|above|below|beats?|ahead|"
    r"behind|leads?|led|rose|rises?|fell|falls?|rising|falling|grew|grows?|growing|shr[aiu]nk\w*|"
    r"dropp?(?:s|ed|ing)?|climb\w*|doubl\w+|halved|increas\w+|decreas\w+|improv\w+|declin\w+|"
    r"exceed\w*|outperform\w*|surpass\w*|lags?|distinguishable|differ(?:s|ed|ent|ently)?|majority|"
    r"minority|unique|only|all|none|no one|nobody|never|always|every|everyone|because|caus\w+|"
    r"due to|thanks to)\b"
    r"|最(?![近后终初])|高于|低于|多于|少于|大于|小于|优于|好于|不如|胜过|超过|超出|领先|落后|上升|上涨|下降|下跌|增长|增加|"
    r"减少|提高|提升|降低|改善|恶化|翻番|翻倍|减半|唯一|仅有|只有|全部|所有|从不|从未|总是|始终|因为|由于|导致|"
    r"显著|无法区分|比(?![例率]).*[高低多少大小好差快慢长短强弱]",
    re.IGNORECASE,
)
# Numbers typed by hand, as digits or as words; "one", "first" and "half" have other uses.
TYPED = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twenty|thirty|"
    r"forty|fifty|hundreds?|thousands?|millions?|billions?|twice|thrice|triple[ds]?|thirds|"
    r"quarters)\b|[一二两三四五六七八九十几]成|[两三四五六七八九十百千万]倍|百分之|一半|半数",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Holds:
    """One computed reason why a claim is true: what was tested, and whether it held.

    `holds` is what a comparison of facts or of the table gives, never a literal: a test reads the
    analyses for that.
    """

    what: str
    holds: bool

    def __post_init__(self) -> None:
        if not self.what.strip():
            raise ClaimNotTrue("A reason does not say what was tested. Say it in words.")
        object.__setattr__(self, "holds", _truth(self.holds, self.what))


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
    topic : str, optional
        What the claim is about, where it may turn round: two claims of one topic and different keys
        say opposite things, and the next report says so. The key itself if not given.
    place : {'answer', 'evidence', 'data'}
        Where the page says it: at its top, beside its figure only, or with what is to be known of
        the data.
    undecided : bool
        Whether the sentence says that the data do not decide: nothing told apart, not proven. Such
        a sentence comes after those that found something (see `insights.results.choosing`).
    facts : mapping
        Filled in by the result; not given by hand.

    Raises
    ------
    ClaimNotTrue
        When a reason does not hold, a number is typed by hand, a comparison has no reason, there
        is neither a fact nor a reason, or a fact is missing or not a number.
    """

    key: str
    message: str
    holds: Sequence[Holds] = ()
    rows: str | None = None
    topic: str = ""
    place: Place = "answer"
    undecided: bool = False
    facts: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "holds", tuple(self.holds))
        if found := TYPED.search(words_of(self.message)):
            raise ClaimNotTrue(
                f"The claim '{self.key}' types the number '{found.group()}' by hand: "
                f"'{self.message}'. Name a fact of the result instead."
            )
        self._refuse_comparing(words_of(self.message))
        if not self.holds and not facts_named(self.message):
            raise ClaimNotTrue(
                f"The claim '{self.key}' stands on nothing: '{self.message}' says no fact. Name "
                "one, or give `holds` the computed reason that makes it true."
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
        if lacking := set(named) - set(facts):
            raise ClaimNotTrue(
                f"The claim '{self.key}' names facts that the result lacks: "
                f"{', '.join(sorted(lacking))}. It has: {', '.join(sorted(facts))}."
            )
        bound = {name: facts[name] for name in sorted(named)}
        for name, value in bound.items():
            if missing(value):
                raise ClaimNotTrue(
                    f"The claim '{self.key}' has no value for '{name}': found {value}. Make the "
                    "claim only where there is one."
                )
            if named[name] == "said":
                self._refuse_comparing(str(value))
        return replace(self, facts=bound)

    def text(self, lang: Lang | None = None) -> str:
        """Say the claim."""
        return say(self.message, self.facts, lang)

    def _refuse_comparing(self, words: str) -> None:
        if not self.holds and (found := COMPARING.search(words)):
            raise ClaimNotTrue(
                f"The claim '{self.key}' says '{found.group()}' without a check. "
                "Give `holds` the computed reason that makes it true."
            )


@dataclass(frozen=True, kw_only=True)
class Check:
    """A test that a result was put to: passed, failed, or (None) not applicable.

    A failed check that `stops` raises when its result is made, so that nothing is published;
    another is shown on the page as failed. The message says what must hold and names no facts; the
    `evidence` is a message that says what was found, with the `facts` it names.

    Raises
    ------
    CheckFailed
        When it stops and did not pass.
    CannotSay
        When the message names facts, or the evidence has a number typed by hand or a fact that is
        not given.
    """

    key: str
    message: str
    passed: bool | None
    evidence: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    stops: bool = True

    def __post_init__(self) -> None:
        if facts_named(self.message):
            raise CannotSay(f"The check '{self.key}' names facts. Put them into its `evidence`.")
        if found := TYPED.search(words_of(self.evidence)):
            raise CannotSay(
                f"The evidence of the check '{self.key}' types the number '{found.group()}' by "
                "hand. Name one of its `facts` instead."
            )
        if lacking := set(facts_named(self.evidence)) - set(self.facts):
            raise CannotSay(
                f"The evidence of the check '{self.key}' lacks facts: {', '.join(sorted(lacking))}."
            )
        if self.passed is not None:
            object.__setattr__(self, "passed", _truth(self.passed, self.key))
        if self.stops and self.passed is False:
            raise CheckFailed(
                f"The check '{self.key}' failed: {self.message} Found: {self.found('en') or 'no'}. "
                "Nothing of this run is published."
            )

    def found(self, lang: Lang | None = None) -> str:
        """Say the evidence."""
        return say(self.evidence, self.facts, lang)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure for the top of a page.

    `fact` names the value among the result's facts, `kind` how it is said (see `wording`).
    `low` and `high` name the ends of its interval at `confidence`, `before` the value that it is
    compared with (`before_low`, `before_high` its interval, where it has one) and `against` says
    what that is; `trend` is a sparkline's series, oldest first.
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
    before_low: str | None = None
    before_high: str | None = None
    against: str | None = None
    trend: Sequence[float] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        check_kind(self.kind)

    def refuse_unless_in(self, facts: Mapping[str, Any]) -> None:
        """Raise if the facts lack one of the tile's, or its interval does not hold its value.

        Raises
        ------
        CannotSay, ClaimNotTrue
        """
        values = (self.fact, self.low, self.high, self.before, self.before_low, self.before_high)
        named = {name for name in values if name}
        for text in (self.label, self.against, self.note):
            named |= set(facts_named(text or ""))
        if lacking := named - set(facts):
            raise CannotSay(f"The tile '{self.key}' names facts it lacks: {sorted(lacking)}.")
        value = facts[self.fact]
        for end, sign in ((self.low, 1), (self.high, -1)):
            if end is None or missing(value) or missing(facts[end]):
                continue
            if (facts[end] - value) * sign > NOISE * abs(value):
                raise ClaimNotTrue(
                    f"The tile '{self.key}' shows {value}, which its interval does not hold: "
                    f"'{end}' is {facts[end]}. Compute both from the same rows."
                )


def _truth(value: Any, what: str) -> bool:
    """Return True or False; anything else (a frame, a text, an unknown) is neither."""
    if type(value).__name__ not in {"bool", "bool_"}:
        raise ClaimNotTrue(
            f"'{what}' is neither true nor false: found a {type(value).__name__}. Compare to a "
            "single value."
        )
    return bool(value)
