"""Reading an executed notebook: its cells, in order, become the blocks of a page.

The first Markdown cell is the question and who decides what with it. A heading and the words under
it belong to the result that follows: they name its section and say how to read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from insights.errors import CannotSay
from insights.reporting import outputs
from insights.reporting.highlight import highlighted
from insights.reporting.markdown import rendered, split_heading
from insights.reporting.page import (
    NO_WORDS,
    Audience,
    Block,
    Checked,
    Code,
    Limits,
    Page,
    Prose,
)
from insights.reporting.provenance import changes_of, failure_of, provenance_of
from insights.reporting.sections import Found, chosen, found_in, gathered, news_of
from insights.reporting.tiles import TileView, since_last, tile_view
from insights.results.bundle import Bundle
from insights.results.choosing import first
from insights.settings import Lang
from insights.wording import LANGS, _, say, speaking, translate

MAX_TILES = 6  # Two columns of three, on a phone one screen.

# Sections of a notebook whose words are for the one who runs it.
_WORKSHOP = {"parameters", "setup"}


def read(notebook: Any, audience: Audience) -> Page:
    """Return the page of an executed notebook, for a manager or for an analyst."""
    meta = dict(notebook.metadata.get("insights", {}))
    found = found_in(notebook)
    one = next((result.bundle for result in found.values()), None)
    lang = _lang(meta, one)
    with speaking(lang, one.currency if one else None):
        shown = set(found) if audience == "analyst" else chosen(found, news_of(meta))
        return _Reader(meta, lang, audience, found, shown).page(notebook)


@dataclass
class _Reader:
    meta: Mapping[str, Any]
    lang: Lang
    audience: Audience
    found: Mapping[int, Found]
    shown: set[int]
    heading: str = ""
    workshop: bool = False
    words: list[str] = field(default_factory=list)
    question: str = ""
    intro: Markup = NO_WORDS
    claims: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    tiles: list[TileView] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)
    further: list[str] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
    results: int = 0
    left_out: bool = False

    def page(self, notebook: Any) -> Page:
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                self.markdown(cell.source)
            elif cell.cell_type == "code":
                self.code(cell)
        self.flush()
        if self.audience == "manager":
            self.blocks = gathered(self.blocks, self.further)
        question = str(self.meta.get("question") or "") or self.question
        title = str(self.meta.get("title") or "") or question or say(_("Report"))
        return Page(
            lang=self.lang,
            audience=self.audience,
            brand=str(self.meta.get("brand_title") or self.meta.get("brand") or ""),
            title=title,
            question=question,
            headline=self.claims[0] if self.claims else question or title,
            period=str(self.meta.get("period") or self.meta.get("as_of") or ""),
            rise=_rise(self.meta, self.lang),
            simulated=bool(self.meta.get("simulated")),
            failure=failure_of(self.meta),
            words=self.intro,
            claims=self.claims[1:],
            silent=self.silent,
            tiles=self.tiles,
            changes=changes_of(self.meta),
            blocks=self.blocks,
            provenance=provenance_of(self.meta),
            files=self.files,
            charts=sum(bool(self.found[key].bundle.svg) for key in self.shown),
        )

    def markdown(self, source: str) -> None:
        level, heading, rest = split_heading(source)
        if level == 1 and not self.question and not self.blocks:
            self.question = translate(heading, self.lang)
            self.intro = rendered(rest, self.lang)
            return
        if heading:
            self.flush()
            self.workshop = heading.lower() in _WORKSHOP
            self.heading = translate(heading, self.lang)
        if rest.strip():
            self.words.append(rest)

    def code(self, cell: Any) -> None:
        if self.audience == "analyst" and cell.source.strip():
            number = str(cell.get("execution_count") or "")
            self.blocks.append(Code(number, highlighted(cell.source)))
        for output in cell.get("outputs", ()):
            if id(output) in self.found:
                self.result(id(output))
            elif block := outputs.foreign(output, audience=self.audience, lang=self.lang):
                self.flush()
                self.blocks.append(block)

    def result(self, key: int) -> None:
        """Lay a result out; each is counted, so that both pages share the files beside them."""
        bundle = self.found[key].bundle
        self.results += bundle.kind == "evidence"
        hidden = self.found[key].analyst_only and self.audience == "manager"
        if key in self.shown and bundle.kind == "evidence":
            self.evidence(bundle)
        elif hidden or bundle.kind == "evidence":
            # Only a claim is a finding: a table that makes none, of a model's numbers say, is not.
            self.further += [] if hidden else [claim.text for claim in bundle.claims[:1]]
            self.elsewhere |= set(bundle.caveats)
            self.left_out = True
        elif bundle.kind == "answer":
            self.answer(bundle)
        elif bundle.kind == "not_enough":
            heading, words = self.taken()
            self.blocks.append(outputs.not_enough(bundle, heading=heading, words=words))
        elif bundle.kind == "checks":
            heading, words = self.taken()
            checks = outputs.checks_of(bundle.checks)
            claims = [claim.text for claim in bundle.claims]
            self.blocks.append(Checked(heading or say(_("Checks")), words, claims, checks))
        else:
            heading, words = self.taken()
            heading = heading or say(_("What this cannot tell"))
            # What stands beside a figure need not be said again, on this page or the analyst's.
            apart = self.noted | self.elsewhere
            left = [caveat for caveat in bundle.caveats if caveat not in apart]
            if self.noted & set(bundle.caveats):
                left.append(say(_("The notes beside the figures belong here as well.")))
            if self.further:
                left.append(say(_("What limits the other findings stands on the analyst's page.")))
            self.blocks.append(Limits(heading, words, left))

    def evidence(self, bundle: Bundle) -> None:
        heading, words = self.taken()
        block, files = outputs.evidence(
            bundle,
            heading=heading,
            words=words,
            audience=self.audience,
            said=self.claims,
            report=str(self.meta.get("report") or "data"),
            number=self.results,
        )
        for name, content in files.items():
            if self.files.setdefault(name, content) != content:
                raise CannotSay(
                    f"Two results of this report have a file '{name}' with different content. "
                    "Give one of them another name."
                )
        self.noted |= set(block.caveats)
        self.blocks.append(block)

    def answer(self, bundle: Bundle) -> None:
        _heading, words = self.taken()
        self.intro += words
        self.claims += [claim.text for claim in first(bundle.claims, news_of(self.meta))]
        self.silent += bundle.caveats
        with speaking(bundle.lang, bundle.currency):
            shown = bundle.tiles if self.audience == "analyst" else bundle.tiles[:MAX_TILES]
            self.tiles += [tile_view(since_last(tile, self.meta)) for tile in shown]

    def taken(self) -> tuple[str, Markup]:
        """Return the heading and the words that wait for a result, and forget them."""
        heading, words = self.heading, "\n\n".join(self.words)
        self.heading, self.words, self.left_out = "", [], False
        return heading, rendered(words, self.lang) if words else Markup()

    def flush(self) -> None:
        """Let words that no result followed stand alone; one left out takes its words along."""
        gone = self.left_out
        heading, words = self.taken()
        if words and not gone and not (self.workshop and self.audience == "manager"):
            self.blocks.append(Prose(heading, words))


def _lang(meta: Mapping[str, Any], one: Bundle | None) -> Lang:
    named = meta.get("lang")
    for lang in LANGS:
        if named == lang:
            return lang
    return one.lang if one else "en"


def _rise(meta: Mapping[str, Any], lang: Lang) -> Any:
    """Colour of good news; China's screens show a rise in red, others in green."""
    named = meta.get("rise")
    return named if named in {"red", "green"} else "red" if lang == "zh-CN" else "green"
