"""Headers: when are two headers the same to a person who reads them?"""

import re
import unicodedata

# What a header may say in brackets without meaning anything else. (分) is not here: it would.
_UNITS = re.compile(r"\((?:元|人民币|rmb|cny|件|个|¥)\)$")
_INVISIBLE = re.compile(r"[\s\ufeff\u200b-\u200f\u2060\xad\ufdd0]+")
# What NFKC leaves apart.
_PUNCTUATION = str.maketrans("【】〔〕。、—–‘’“”•", "[][].,--''\"\"·")


def normalise(header: str) -> str:
    r"""Return a header as it is compared.

    Examples
    --------
    >>> normalise(" 实付款\n（元）") == normalise("实付款(元)")
    True
    """
    folded = unicodedata.normalize("NFKC", header).translate(_PUNCTUATION)
    return _INVISIBLE.sub("", folded).casefold()


def without_unit(header: str) -> str:
    """Return a normalised header without a unit that it says in brackets.

    Examples
    --------
    >>> without_unit("实付款(元)")
    '实付款'
    """
    return _UNITS.sub("", header)
