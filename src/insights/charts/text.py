"""Text that the charts' font can draw, and the record of what it could not.

Labels come from data: a campaign may be called 🔥满$100减$20, a person may carry a rare character.
The marks pass every label through `drawable`; the page keeps the text as it was.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import as_file, files

from insights.wording import _, say, translate, voice

FONT_FILE = "NotoSansSC-Insights.otf"
STAND_IN = "〓"  # The printer's mark for a character that the type case lacks.
# Categories that are dropped and not replaced: emoji and their joiners carry mood, not meaning, and
# bidi controls and other format characters could turn a label around.
_DROPPED = {"Cf", "Cc", "Cs", "Co", "Cn", "So", "Sk", "Mn", "Me"}
# Where a label may break: at spaces and between Han characters, never after an opening bracket nor
# before a closing one or a full stop.
_HAN = r"\u2e80-\u2fff\u3040-\u9fff"
_OPENS, _CLOSES = r"（(「《“〈【", r"）)」》”〉】，。、；：！？,.;:!?%"
_PARTS = re.compile(rf"\s+|[{_OPENS}]*(?:[{_HAN}]|[^\s{_HAN}{_OPENS}{_CLOSES}]+)?[{_CLOSES}]*")


@cache
def known_characters() -> frozenset[int]:
    """Code points that the font has."""
    from matplotlib.ft2font import FT2Font  # noqa: PLC0415 - loads when drawn

    with as_file(files(__package__) / "fonts" / FONT_FILE) as path:
        return frozenset(FT2Font(path).get_charmap())


def drawable(text: object) -> str:
    """Return the text with what the font lacks dropped (emoji, controls) or replaced by 〓.

    Examples
    --------
    >>> drawable("🔥满$100减$20")
    '满$100减$20'
    """
    known = known_characters()
    kept = []
    for character in unicodedata.normalize("NFC", str(text)):
        if character in "\n\t":
            kept.append(" ")
        elif ord(character) in known:
            kept.append(character)
        elif unicodedata.category(character) not in _DROPPED:
            kept.append(STAND_IN)
    return "".join(kept).strip()


def label(message: str) -> str:
    """Say a label (a message of the catalogs, or text said already) so that it can be drawn."""
    return drawable(translate(message, voice().lang)) if message else ""


def names(items: Iterable[object]) -> list[str]:
    """Return what items are called on a chart, in their order.

    One whose letters the font mostly lacks is called by its place: a row of 〓 could be anybody.

    Examples
    --------
    >>> names(["Store", "שלום"])
    ['Store', 'No. 2']
    """
    return [_name(str(item), place) for place, item in enumerate(items, start=1)]


def _name(item: str, place: int) -> str:
    drawn = label(item)
    letters = "".join(drawn.split())
    if not item.strip() or 2 * letters.count(STAND_IN) <= len(letters) > 0:
        return drawn
    return say(_("No. {place:count}"), {"place": place})


def shortened(text: str, width: int) -> str:
    """Cut a label to a width counted in Latin letters (a Han character takes two).

    Examples
    --------
    >>> shortened("Campaign number thirteen", 12)
    'Campaign nu…'
    """
    taken = 0
    for position, character in enumerate(text):
        taken += width_of(character)
        if taken > width:
            return text[: max(position - 1, 1)].rstrip() + "…"
    return text


def wrapped(text: str, width: int, *, lines: int = 3) -> str:
    r"""Break a label into lines of a width, at spaces or between Han characters; cut the last.

    Examples
    --------
    >>> wrapped("seen in the first month", 14)
    'seen in the\nfirst month'
    """
    done: list[str] = []
    current = ""
    for part in _PARTS.findall(text):
        if current.strip() and width_of(current + part.rstrip()) > width:
            done.append(current.strip())
            current = ""
        current += part
    done = [line for line in (*done, current.strip()) if line]
    kept = done[: lines - 1]
    if rest := " ".join(done[lines - 1 :]):
        kept.append(rest)
    return "\n".join(shortened(line, width) for line in kept)


def width_of(text: str) -> int:
    """Width of a text in Latin letters."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
