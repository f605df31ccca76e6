"""Personal data on a page: phones, id cards, e-mail addresses, and columns that name people.

Digits and letters count in whatever width they are written: １３８００１３８０００ is a number too.
"""

import re
from collections.abc import Iterable
from unicodedata import normalize

from insights.cleaning import clean

# It begins where a word does: otherwise a very long word would be tried from each of its letters.
_MAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PHONE = re.compile(
    r"(?<![\w.])(?:(?:\+|00)?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?![\w]|\.\d)", re.ASCII
)
_CARD = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])", re.ASCII)
_ID_CARD = "id card number"
# In this order: a number to call may be part of an e-mail address.
_KINDS = {"e-mail address": _MAIL, _ID_CARD: _CARD, "mobile number": _PHONE}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ENDS = "10X98765432"
_WHOLE_NAMES = frozenset(
    """
    name|full name|first name|last name|surname|family name|given name|customer name|member name|
    buyer name|receiver|receiver name|consignee|nickname|nick name|wechat name|real name|
    phone|mobile|phone number|mobile number|telephone|tel|email|e-mail|address|id card|id number|
    birthday|date of birth|openid|unionid|external userid|
    名字|会员名|微信名|联系方式|生日|出生日期
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
# In Chinese the noun comes last, whoever it belongs to: 客户手机号, 用户昵称. A shop's is nobody's.
_ENDINGS = re.compile(
    r"(?<!门店)(?<!店铺)(?:手机号?码?|电话号?码?|姓名|昵称|收[件货]人|身份证号?码?|地址|邮箱)$"
)


def personal(text: str) -> list[str]:
    """Return what kinds of personal data a text holds, with counts and never the data itself."""
    plain = _plain(text)
    found = {what: set(pattern.findall(plain)) for what, pattern in _KINDS.items()}
    found[_ID_CARD] = set(filter(is_id_card, found[_ID_CARD]))
    return [f"{len(each)} x {what}" for what, each in found.items() if each]


def redacted(text: str) -> str:
    """Return a text with the kind of personal data in the place of the data.

    Examples
    --------
    >>> redacted("KeyError: '13800138000'")
    "KeyError: '[mobile number]'"
    """
    cleaned = clean(text)
    if not personal(cleaned):
        return cleaned
    plain = _plain(cleaned)
    for what, pattern in _KINDS.items():
        plain = pattern.sub(f"[{what}]", plain)
    return plain


def is_id_card(number: str) -> bool:
    """Whether 18 characters are a Chinese id card number: a possible birthday and a valid end.

    Examples
    --------
    >>> is_id_card("11010519491231002X")
    True
    """
    month, day = int(number[10:12]), int(number[12:14])
    total = sum(int(d) * w for d, w in zip(number[:17], _WEIGHTS, strict=True))
    return 1 <= month <= 12 and 1 <= day <= 31 and _ENDS[total % 11] == number[17].upper()


def named_columns(headers: Iterable[str]) -> list[str]:
    """Return the column headings that promise personal data."""
    spelled = {re.sub(r"[\s_]+", " ", _plain(header)).strip().lower(): header for header in headers}
    return [
        f"a column called '{spelled[name]}'"
        for name in sorted(spelled)
        if name in _WHOLE_NAMES or _ENDINGS.search(name)
    ]


def _plain(text: str) -> str:
    """Return a text in letters and digits of the usual width."""
    return normalize("NFKC", text)
