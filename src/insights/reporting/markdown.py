"""The words of a notebook: translated paragraph by paragraph, rendered, and made harmless.

The source is English; each heading, paragraph and list item is a message of the catalogs.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import mistune
import nh3
from markupsafe import Markup

from insights.cleaning import clean
from insights.wording import Lang, translate

TAGS = {
    *("p", "br", "hr", "ul", "ol", "li", "strong", "em", "del", "code", "pre", "blockquote"),
    *("h3", "h4", "h5", "h6", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_FIRST_HEADING = re.compile(r"\A\s*(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
_MARKED = re.compile(r"^(\s*(?:[-*+]|\d+[.)])\s+|#{1,6}\s+|>\s?)(.*)$")


def split_heading(source: str) -> tuple[int, str, str]:
    """Return (level, heading, rest) of a Markdown cell; level 0 where it starts with no heading."""
    found = _FIRST_HEADING.match(source)
    return (len(found[1]), found[2], source[found.end() :]) if found else (0, "", source)


def messages(source: str) -> list[str]:
    """Return the messages of a Markdown text, as the catalogs know them."""
    return [text for _, text, plain in _blocks(source) if text and not plain]


def translated(source: str, lang: Lang) -> str:
    """Return the Markdown with every heading, paragraph and list item said in a language."""
    return "\n".join(
        mark + (text if plain else translate(text, lang)) for mark, text, plain in _blocks(source)
    )


def rendered(source: str, lang: Lang) -> Markup:
    """Return the Markdown as HTML that cannot act: no markup of its own, no address, no picture."""
    return harmless(str(_parser()(translated(clean(source), lang))))


def harmless(html: str) -> Markup:
    """Return HTML with the few tags that text and tables need, without attributes but spans."""
    return Markup(  # noqa: S704 - nh3 has just cleaned it
        nh3.clean(
            html,
            tags=TAGS,
            attributes={"th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}},
            url_schemes=set(),
            link_rel=None,
        ).strip()
    )


class _Renderer(mistune.HTMLRenderer):
    """Headings below the page's own, addresses as text: a page sends its reader nowhere."""

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return f"<h{max(level, 3)}>{text}</h{max(level, 3)}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return text if url in text else f"{text} ({mistune.escape(url)})"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text


@cache
def _parser() -> mistune.Markdown:
    return mistune.create_markdown(renderer=_Renderer(escape=True), plugins=["table"])


def _blocks(source: str) -> Iterator[tuple[str, str, bool]]:
    """Yield (mark, text, plain): a block's mark, its text on one line, and whether it is code."""
    mark, lines, fenced = "", list[str](), False
    for line in [*source.split("\n"), ""]:
        if line.lstrip().startswith(("```", "~~~")) or fenced or line.lstrip().startswith("|"):
            if lines:
                yield mark, " ".join(lines), False
            mark, lines = "", []
            fenced ^= line.lstrip().startswith(("```", "~~~"))
            yield "", line, True
            continue
        marked = _MARKED.match(line)
        if (marked or not line.strip()) and lines:
            yield mark, " ".join(lines), False
            mark, lines = "", []
        if not line.strip():
            yield "", "", True
        elif marked:
            mark, lines = marked[1], [marked[2].strip()]
            if mark.lstrip().startswith("#"):
                yield mark, lines[0], False
                mark, lines = "", []
        else:
            lines.append(line.strip())
