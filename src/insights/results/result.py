"""`Result`: one piece of evidence. Frozen, small, and able to show itself.

The table is tidy, the facts are the numbers that its sentences may use, and the sentences are
templates over those facts. In JupyterLab it shows itself as HTML; for the report exporter it hands
over `application/vnd.insights+json`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pandas as pd

from insights.results.bundle import MIME, Bundle, Scalar, scalar, table_bundle
from insights.results.claims import Check, Claim, Tile
from insights.results.html import as_html
from insights.wording import facts_named, say, voice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Shape = Literal["plain", "triangle"]


@dataclass(frozen=True)
class Column:
    """How a column of a result's table is shown: its label, and the kind of its values.

    `kind` is a kind of `insights.wording`; `shown=False` keeps a column for the CSV alone.
    """

    label: str
    kind: str = "text"
    shown: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class Result:
    """One piece of evidence: a tidy table, what may be said of it, and how sure that is.

    Subclasses declare `columns` and may draw with `plot`. `title`, `subtitle`, `meaning`, `alt`
    and each caveat are templates over `facts`, like the claims.

    Attributes
    ----------
    table : DataFrame
        Tidy; its grain is in the subclass's docstring.
    facts : mapping
        Every number that the sentences use, by name.
    claims : tuple of Claim
        In order of importance; the first is the headline.
    caveats : tuple of str
        What a reader must know to not be misled.
    checks : tuple of Check
        Tests that the result was put to.
    """

    name: ClassVar[str] = "result"
    columns: ClassVar[Mapping[str, Column]] = {}
    shape: ClassVar[Shape] = "plain"

    table: pd.DataFrame
    facts: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    caveats: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    tiles: tuple[Tile, ...] = ()
    title: str = ""
    subtitle: str = ""
    meaning: str = ""
    alt: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "claims", tuple(c.about(self.facts) for c in self.claims))
        for text in (self.title, self.subtitle, self.meaning, self.alt, *self.caveats):
            if missing := facts_named(text) - set(self.facts):
                raise KeyError(f"{self.name}: '{text}' names facts it lacks: {sorted(missing)}")

    @property
    def headline(self) -> Claim | None:
        """The first claim, or None where nothing can be claimed."""
        return self.claims[0] if self.claims else None

    @property
    def enough(self) -> bool:
        """Whether there was enough data to answer."""
        return True

    def plot(self) -> "Axes | None":
        """Draw the result; None where a table says it better."""
        return None

    def why(self, claim: int = 0) -> pd.DataFrame:
        """Return the rows of the table behind a claim (all of them where it is about all)."""
        rows = self.claims[claim].rows
        return self.table.query(rows) if rows else self.table

    def plain_facts(self) -> dict[str, Scalar]:
        """Return the facts as JSON scalars; a number that is not one becomes None."""
        return {name: scalar(value) for name, value in self.facts.items()}

    def say(self, message: str) -> str:
        """Say a message over this result's facts, in the voice in force."""
        return say(message, self.facts)

    def bundle(self) -> Bundle:
        """Return everything a page needs of this result, in the voice in force."""
        from insights.charts.svg import figure_svg  # noqa: PLC0415 - matplotlib loads when drawn

        axes = self.plot() if self.enough else None
        return Bundle(
            kind="evidence",
            name=self.name,
            lang=voice().lang,
            currency=voice().currency,
            title=self.say(self.title),
            subtitle=self.say(self.subtitle),
            meaning=self.say(self.meaning),
            claims=Bundle.claims_of(self.claims),
            caveats=[self.say(caveat) for caveat in self.caveats],
            checks=Bundle.checks_of(self.checks),
            tiles=Bundle.tiles_of(self.tiles, self.facts),
            facts=self.plain_facts(),
            table=table_bundle(self.table, self.columns, self.shape),
            svg=figure_svg(axes) if axes is not None else None,
            alt=self.say(self.alt),
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle = self.bundle()
        return {
            MIME: bundle.model_dump(mode="json"),
            "text/html": as_html(bundle),
            "text/plain": self.headline.text() if self.headline else self.name,
        }

    def renamed(self, **changes: Any) -> "Result":
        """Return a copy with some attributes changed."""
        return replace(self, **changes)


@dataclass(frozen=True, eq=False, kw_only=True)
class NotEnoughData(Result):
    """A question that these data cannot answer, with what would answer it.

    It stands where the result would have stood: it has an empty table, no claim and no chart.
    """

    name: ClassVar[str] = "not_enough"

    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    because: str
    needs: str

    def __post_init__(self) -> None:
        super().__post_init__()
        for text in (self.because, self.needs):
            if missing := facts_named(text) - set(self.facts):
                raise KeyError(f"'{text}' names facts it lacks: {sorted(missing)}")

    @property
    def enough(self) -> bool:
        """Never."""
        return False

    def bundle(self) -> Bundle:
        """Return the sentence that stands where the evidence would have."""
        return Bundle(
            kind="not_enough",
            name=self.name,
            lang=voice().lang,
            currency=voice().currency,
            title=self.say(self.title),
            because=self.say(self.because),
            needs=self.say(self.needs),
            caveats=[self.say(caveat) for caveat in self.caveats],
            facts=self.plain_facts(),
        )


def claims_of(results: Sequence[Result]) -> list[Claim]:
    """Headlines first, then the other claims, in the order of the results."""
    heads = [r.claims[0] for r in results if r.claims]
    rest = [claim for r in results for claim in r.claims[1:]]
    return heads + rest
