"""The page: what the template gets, and nothing that it would have to work out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from markupsafe import Markup

from insights.reporting.grids import Grid
from insights.reporting.tiles import TileView
from insights.wording import Lang

Audience = Literal["manager", "analyst"]
NO_WORDS = Markup()


@dataclass(frozen=True)
class Download:
    """A table's data as a file: inside the page (a data address) or beside it."""

    href: str
    name: str
    size: str


@dataclass(frozen=True)
class CheckView:
    """A test that was made."""

    text: str
    passed: bool | None
    evidence: str


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence: its message as heading, its figure or table, and what it means."""

    heading: str
    name: str = ""
    claims: Sequence[str] = ()
    title: str = ""
    about: str = ""
    how_to_read: Markup = NO_WORDS
    meaning: str = ""
    svg: Markup = NO_WORDS
    alt: str = ""
    grid: Grid | None = None
    download: Download | None = None
    file: Download | None = None
    caveats: Sequence[str] = ()
    checks: Sequence[CheckView] = ()


@dataclass(frozen=True)
class NotEnough:
    """A question that the data could not answer."""

    heading: str
    because: str
    needs: str
    how_to_read: Markup = NO_WORDS


@dataclass(frozen=True)
class Further:
    """What else was found, in a sentence each; figures and tables are on the analyst's page."""

    heading: str
    sentences: Sequence[str]


@dataclass(frozen=True)
class Question:
    """What several results could not answer for one reason."""

    asked: Sequence[str]
    because: str


@dataclass(frozen=True)
class Need:
    """What would answer some questions."""

    needs: str
    questions: Sequence[Question]


@dataclass(frozen=True)
class Unanswered:
    """The questions that the data could not answer, in one place."""

    heading: str
    needs: Sequence[Need]


@dataclass(frozen=True)
class Checked:
    """What is to be known of the data, and the tests that the results were put to."""

    heading: str
    words: Markup
    claims: Sequence[str]
    checks: Sequence[CheckView]


@dataclass(frozen=True)
class Limits:
    """What the page cannot tell."""

    heading: str
    words: Markup
    caveats: Sequence[str]


@dataclass(frozen=True)
class Prose:
    """Words of the notebook that stand by themselves."""

    heading: str
    words: Markup


@dataclass(frozen=True)
class Foreign:
    """An output that is not a result: a cleaned table, a picture, text, an error.

    Of what no page can show, a widget or a chart that needs a script, it is told that it is
    missing, which the gate refuses.
    """

    kind: Literal["html", "image", "text", "warning", "error", "missing"]
    html: Markup = NO_WORDS
    text: str = ""
    src: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Code:
    """A cell's source, highlighted; on the analyst's page only."""

    number: str
    html: Markup


Block = Evidence | NotEnough | Further | Unanswered | Checked | Limits | Prose | Foreign | Code


@dataclass(frozen=True)
class Fact:
    """One line of the provenance."""

    label: str
    value: str


@dataclass(frozen=True)
class Moved:
    """A figure that differs from the last report's, and how much of it is what."""

    label: str
    before: str
    after: str
    parts: Sequence[Fact] = ()
    restated: bool = False


@dataclass(frozen=True)
class Changes:
    """What is different from the last report of the same kind."""

    since: str
    moved: Sequence[Moved] = ()
    appeared: Sequence[str] = ()
    vanished: Sequence[str] = ()
    flipped: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Provenance:
    """Where the numbers come from."""

    facts: Sequence[Fact] = ()
    tables: Grid | None = None
    packages: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A report, ready to be laid out."""

    lang: Lang
    audience: Audience
    brand: str
    title: str
    question: str
    headline: str
    period: str
    rise: Literal["red", "green"]
    simulated: bool = False
    failure: str = ""
    words: Markup = NO_WORDS
    claims: Sequence[str] = ()
    silent: Sequence[str] = ()
    tiles: Sequence[TileView] = ()
    changes: Changes | None = None
    blocks: Sequence[Block] = ()
    provenance: Provenance = field(default_factory=Provenance)
    files: Mapping[str, bytes] = field(default_factory=dict)
    charts: int = 0  # Drawn for this reader: so many the finished file has to hold.

    @property
    def contents(self) -> list[tuple[str, str]]:
        """Return (anchor, heading) of each block that has a heading."""
        return [
            (f"b{n}", heading)
            for n, block in enumerate(self.blocks, start=1)
            if (heading := getattr(block, "heading", ""))
        ]


def kind_of(block: Any) -> str:
    """Name of a block's kind, for the template."""
    return type(block).__name__.lower()
