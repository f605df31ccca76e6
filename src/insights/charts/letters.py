"""Letters that several figures of a page share: each outline stands in the page once.

A figure alone carries the outlines of all its letters. Ten figures of a page say months and
percentages ten times over: a third of what they weigh.
"""

import re

from insights.charts.svg import GLYPH_SCALE

_OUTLINE = re.compile(
    rf'<path id="(c[0-9a-f]{{6}}-\d+)" d="([^"]*)" transform="{re.escape(GLYPH_SCALE)}"/>'
)
_USE = re.compile(r'<use href="#(c[0-9a-f]{6}-\d+)"')


def letters_once(page: str) -> str:
    """Return the page with each outline at its first place only, and every use pointing there.

    Text from data cannot be taken for an outline: in a page it has no angle bracket.
    """
    names: dict[str, str] = {}  # Outline -> its one name in the page.
    renamed: dict[str, str] = {}  # Name within a figure -> name in the page.

    def first(match: re.Match[str]) -> str:
        known = names.get(match[2])
        renamed[match[1]] = name = known or f"l{len(names)}"
        names[match[2]] = name
        return "" if known else f'<path id="{name}" d="{match[2]}" transform="{GLYPH_SCALE}"/>'

    page = _OUTLINE.sub(first, page).replace("<defs></defs>", "")
    return _USE.sub(lambda match: f'<use href="#{renamed.get(match[1], match[1])}"', page)
