"""Personal data on a page: phones, id cards, e-mail addresses, and columns that name people."""

import re
from collections.abc import Iterable

_MAIL = re.compile(r"[\w.%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PHONE = re.compile(
    r"(?<![\w.])(?:(?:\+|00)?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?![\w]|\.\d)", re.ASCII
)
_CARD = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ENDS = "10X98765432"
_COLUMNS = frozenset(
    """
    name|full name|first name|last name|surname|family name|given name|customer name|member name|
    buyer name|receiver|receiver name|consignee|nickname|nick name|wechat name|real name|
    phone|mobile|phone number|mobile number|telephone|tel|email|e-mail|address|id card|id number|
    birthday|date of birth|openid|unionid|external userid|
    姓名|名字|真实姓名|客户姓名|顾客姓名|会员姓名|会员名|买家姓名|买家昵称|收件人|收货人|昵称|微信昵称|微信名|
    电话|手机|手机号|手机号码|联系电话|联系方式|邮箱|电子邮箱|地址|收货地址|详细地址|身份证|身份证号|身份证号码|
    生日|出生日期
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)


def personal(text: str) -> list[str]:
    """Return what kinds of personal data a text holds, with counts and never the data itself."""
    found = []
    for pattern, what in ((_MAIL, "e-mail address"), (_PHONE, "mobile number")):
        if count := len(set(pattern.findall(text))):
            found.append(f"{count} x {what}")
    if count := sum(1 for card in set(_CARD.findall(text)) if is_id_card(card)):
        found.append(f"{count} x id card number")
    return found


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
    spelled = {re.sub(r"[\s_]+", " ", header).strip().lower(): header for header in headers}
    return [f"a column called '{spelled[name]}'" for name in sorted(_COLUMNS & spelled.keys())]
