"""The parts of a page that gather from several results: the answer, the checks, the limits."""

from collections.abc import Sequence
from typing import Any

from insights.results.bundle import MIME, Bundle
from insights.results.html import as_html
from insights.results.result import Result, claims_of
from insights.wording import voice

MAX_CLAIMS = 6  # A manager reads six sentences, not twelve.


class _Gathered:
    """Something that shows itself from the results it gathers."""

    def __init__(self, *results: Result) -> None:
        self.results: Sequence[Result] = results

    def bundle(self) -> Bundle:
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle = self.bundle()
        return {
            MIME: bundle.model_dump(mode="json"),
            "text/html": as_html(bundle),
            "text/plain": bundle.title or bundle.kind,
        }


class Answer(_Gathered):
    """The top of the page: the headline, at most six claims, and the tiles of the results given.

    The first result's first claim is the headline. A result that had not enough data contributes
    its honest sentence instead.
    """

    def bundle(self) -> Bundle:
        """Return the answer in the voice in force."""
        claims = claims_of(self.results)[:MAX_CLAIMS]
        silent = [r for r in self.results if not r.enough]
        return Bundle(
            kind="answer",
            name="answer",
            lang=voice().lang,
            currency=voice().currency,
            title=claims[0].text() if claims else "",
            claims=Bundle.claims_of(claims),
            caveats=[r.bundle().because for r in silent],
            tiles=[part for r in self.results for part in Bundle.tiles_of(r.tiles, r.facts)],
            facts={
                f"{r.name}.{name}": value
                for r in self.results
                for name, value in r.plain_facts().items()
            },
        )


class Checks(_Gathered):
    """The tests that the results were put to, with their evidence."""

    def bundle(self) -> Bundle:
        """Return every check of the results."""
        return Bundle(
            kind="checks",
            name="checks",
            lang=voice().lang,
            currency=voice().currency,
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
