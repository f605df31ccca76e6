"""Text: which encoding bytes are in, and a stream of characters that says where it was no text."""

import codecs
import io
from collections.abc import Iterator

from insights.errors import UnreadableFile
from insights.intake.reading.page import Stored

# What stands where bytes could not be read. It is no character, so that no file has it, while
# U+FFFD is common in exports: the platform had lost a character before.
UNDECODABLE = "\ufdd0"

_CHUNK = 1 << 20
_SAMPLE = 1 << 20
_MOST_BAD = 0.02  # of all characters: more, and it is another encoding, or no text at all
_FEW_BAD = 5  # that many are damage even in a file of three lines
_THREE_BYTES = "\u0800"  # the first character of so many in UTF-8; all Chinese ones are above
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    # One byte at a time where that can be, so that a comma after half a character is still one.
    end = error.end if error.encoding.startswith("utf") else error.start + 1
    return UNDECODABLE, end


codecs.register_error("insights.mark", _mark)


def encoding_of(stored: Stored) -> str:
    """Return the encoding of a text.

    Raises
    ------
    UnreadableFile
        If it is none of those that exports come in.
    """
    with stored.open() as file:
        sample = file.read(_SAMPLE)
        for bom, encoding in _BOMS:
            if sample.startswith(bom):
                return encoding
        # A file may begin with a megabyte of digits; the first character that is none decides.
        while sample.isascii() and (more := file.read(_CHUNK)):
            sample = more
    if sample.isascii():
        return "utf-8"
    rates = {}
    for encoding in ("utf-8", "gb18030"):
        text = _decoder(encoding).decode(sample)
        bad, wide = text.count(UNDECODABLE), len(text) - len(text.encode("ascii", "ignore"))
        seen = set(text) - {UNDECODABLE}
        # Damaged UTF-8 can be read as GB18030 without one error, but never the other way round.
        # Two-byte UTF-8 alone ("лл") is more likely Chinese ("谢谢") in the files that come here.
        likely = encoding != "utf-8" or any(each >= _THREE_BYTES for each in seen)
        if bad * 10 <= wide - bad and likely:
            return encoding
        rates[encoding] = bad
    best = min(rates, key=lambda encoding: rates[encoding])
    if rates[best] <= _MOST_BAD * len(sample) + _FEW_BAD:
        return best
    raise _no_text(stored)


def chunks(stored: Stored, encoding: str) -> Iterator[str]:
    """Yield the text, marked where bytes are none; a NUL is none either."""
    decoder = _decoder(encoding)
    with stored.open() as file:
        while True:
            raw = file.read(_CHUNK)
            text = decoder.decode(raw, final=not raw)
            if "\0" in text:
                text = text.replace("\0", UNDECODABLE)
            if text:
                yield text
            if not raw:
                return


def beginning(stored: Stored, encoding: str) -> tuple[str, bool]:
    """Return the first characters, about a million, and whether they are all.

    Raises
    ------
    UnreadableFile
        If most of them are no text in this encoding.
    """
    parts: list[str] = []
    whole = True
    for text in chunks(stored, encoding):
        if parts:
            whole = False
            break
        parts.append(text)
    text = "".join(parts)
    if text.count(UNDECODABLE) > _MOST_BAD * len(text) + _FEW_BAD:
        raise _no_text(stored)
    return text, whole


class Pieces(io.RawIOBase):
    """Pieces of bytes as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Whether there is anything to be read: always, if only its end."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return what is left of a piece, at most so many bytes of it."""
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        found, self._left = self._left[:size], self._left[size:]
        return bytes(found)


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(encoding)(errors="insights.mark")


def _no_text(stored: Stored) -> UnreadableFile:
    return UnreadableFile(
        stored.name,
        "encoding",
        f"'{stored.name}' is no text in UTF-8, GB18030 (GBK) or UTF-16 with a byte order mark. "
        "Open it where it looks right and save it as CSV UTF-8.",
    )
