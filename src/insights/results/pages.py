"""The parts of a page that gather from several results: the answer, the checks, the limits."""

from collections.abc import Iterable
from typing import Any

from insights.errors import DataError
from insights.results.bundle import Bundle, ClaimPart
from insights.results.claims import Place
from insights.results.html import shown
from insights.results.result import NotEnoughData, Result
from insights.wording import _, facts_named, say, voice

_GIVE = "Give what analyses handed back, one after the other."
MAX_REFUSALS = 3  # More of them are counted: each is said in its own place as well.

_MANY = _(
    "{refused:count} questions of this page cannot be answered with these data; each says in its "
    "place what it needs."
)


class _Gathered:
    """Something that shows itself from the results it gathers, each once."""

    def __init__(self, *results: Result) -> None:
        if not results:
            raise DataError(f"{type(self).__name__} gathers results; found none. {_GIVE}")
        for found in results:
            if not isinstance(found, Result):
                what = type(found).__name__
                raise DataError(f"{type(self).__name__} gathers results; found a {what}. {_GIVE}")
        # One refusal may stand for several results: whatever a study could not answer.
        self.results = list({id(found): found for found in results}.values())

    def bundle(self) -> Bundle:
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return shown(self)


class Answer(_Gathered):
    """What may stand at the top of the page: the claims and the tiles of the results given.

    The first result that had enough data has the headline: its first claim. Then come the first
    claims of the others, then all second ones; a page says the first of them by
    `insights.results.choosing`. What had not enough data says so among the caveats (more than three
    of them are counted), and where nothing had, the first of these sentences is the headline. Only
    claims whose place is the answer count; where there are none at all, the first of the evidence
    leads.
    """

    def bundle(self) -> Bundle:
        """Return the answer in the voice in force."""
        heads: list[ClaimPart] = []
        rest: list[ClaimPart] = []
        refusals: list[ClaimPart] = []
        for one in self.results:
            claims = _placed(one, "answer")
            if isinstance(one, NotEnoughData):
                refusals.append(_refusal(one))
            heads += claims[:1]
            rest += claims[1:]
        if not heads:
            heads, refusals = refusals[:1], refusals[1:]
        if not heads:  # Evidence alone, as while exploring: what it found leads.
            found = [claim for r in self.results for claim in _placed(r, "evidence")]
            heads = [claim.model_copy(update={"place": "answer"}) for claim in found[:1]]
        claims = [*heads, *rest]
        tiles = [part for r in self.results for part in Bundle.tiles_of(r.tiles, r.facts)]
        names = _numbered(r.name for r in self.results)
        return Bundle(
            kind="answer",
            name="answer",
            lang=voice().lang,
            currency=voice().currency,
            title=claims[0].text if claims else "",
            claims=[
                part.model_copy(update={"key": key})
                for key, part in zip(_numbered(part.key for part in claims), claims, strict=True)
            ],
            caveats=_said(refusals),
            tiles=[
                part.model_copy(update={"key": key})
                for key, part in zip(_numbered(part.key for part in tiles), tiles, strict=True)
            ],
            facts={
                f"{name}.{fact}": value
                for name, r in zip(names, self.results, strict=True)
                for fact, value in r.plain_facts().items()
            },
        )


class Checks(_Gathered):
    """What is to be known of the data, and the tests that the results were put to."""

    def bundle(self) -> Bundle:
        """Return what the results say of the data, each once, and all their checks."""
        about_data = {claim.text: claim for r in self.results for claim in _placed(r, "data")}
        return Bundle(
            kind="checks",
            name="checks",
            lang=voice().lang,
            currency=voice().currency,
            claims=list(about_data.values()),
            checks=[part for r in self.results for part in Bundle.checks_of(r.checks)],
        )


class Limits(_Gathered):
    """What the page cannot tell: every result's caveats, each once."""

    def bundle(self) -> Bundle:
        """Return the caveats in the voice in force."""
        said = [r.say(caveat) for r in self.results for caveat in r.caveats]
        return Bundle(
            kind="limits",
            name="limits",
            lang=voice().lang,
            currency=voice().currency,
            caveats=list(dict.fromkeys(said)),
        )


def _placed(found: Result, place: Place) -> list[ClaimPart]:
    return [claim for claim in Bundle.claims_of(found.claims) if claim.place == place]


def _said(refusals: list[ClaimPart]) -> list[str]:
    """Say each refusal once; many in one sentence, so that what is known stands out."""
    each = list(dict.fromkeys(part.text for part in refusals))
    return each if len(each) <= MAX_REFUSALS else [say(_MANY, {"refused": len(each)})]


def _refusal(found: NotEnoughData) -> ClaimPart:
    """Say that the data are not enough as a claim, which is what it is."""
    facts = found.plain_facts()
    return ClaimPart(
        key=found.name,
        text=found.say(found.because),
        facts={name: facts[name] for name in facts_named(found.because)},
        holds=[],
    )


def _numbered(names: Iterable[str]) -> list[str]:
    """Add a number to names that come again, so that no result overwrites another."""
    seen: dict[str, int] = {}
    numbered = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        numbered.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return numbered
