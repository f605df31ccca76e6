"""Text that cannot act: all strings of a page pass here, as all may come from data."""

import re

# Bidi overrides and isolates can show "gpj.exe" as "exe.jpg"; marks that only join are kept.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")


def clean(text: str) -> str:
    """Return the text without terminal sequences, control characters and bidi overrides."""
    if text.isprintable():  # Nothing below is: a page has tens of thousands of cells to clean.
        return text
    return _CONTROL.sub("", _BIDI.sub("", _ANSI.sub("", text)))


def slug(text: str, fallback: str = "data") -> str:
    """Return a name for a file: letters and digits of any script, joined by hyphens, short.

    Examples
    --------
    >>> slug("../Repurchase rate <b>")
    'repurchase-rate-b'
    """
    return "-".join(re.findall(r"[^\W_]+", clean(text).lower()))[:60].strip("-") or fallback
