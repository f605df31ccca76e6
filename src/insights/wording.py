"""How a sentence and a number are said, in zh-CN and in English.

A message is an English template whose placeholders name a fact and how to say it:
``Of {customers:count} customers, {share:percent} bought again.`` The template is the key into the
catalogs under `locale/`; numbers are formatted by Babel, in Chinese with 万 and 亿.

Kinds: count, number, number3, percent, points, money, day, month, days, months, text.
"""

import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent

Lang = Literal["zh-CN", "en"]
LANGS: tuple[Lang, ...] = ("zh-CN", "en")

WAN = 10_000  # From here on Chinese counts in 万; smaller numbers are said in full.


@dataclass(frozen=True)
class Voice:
    """Language and currency in which a page speaks."""

    lang: Lang = "en"
    currency: str = "CNY"


_voice: ContextVar[Voice] = ContextVar("voice", default=Voice())  # noqa: B039 - Voice is frozen


def voice() -> Voice:
    """Return the voice in force here."""
    return _voice.get()


def speak(lang: Lang, currency: str) -> None:
    """Set the voice of this notebook or thread from here on."""
    _voice.set(Voice(lang, currency))


@contextmanager
def speaking(lang: Lang, currency: str | None = None) -> Iterator[None]:
    """Set the voice for a block."""
    token = _voice.set(Voice(lang, currency or voice().currency))
    try:
        yield
    finally:
        _voice.reset(token)


def _(message: str) -> str:
    """Mark a message for the catalogs; it is translated when it is said, not when it is written."""
    return message


def say(message: str, facts: Mapping[str, Any] | None = None, lang: Lang | None = None) -> str:
    """Say a message in the voice's language, or in `lang`, with its facts formatted by kind.

    Examples
    --------
    >>> say("{share:percent} of {customers:count}", {"share": 0.184, "customers": 2469}, "en")
    '18.4% of 2,469'
    """
    tongue = lang or voice().lang
    template = translate(message, tongue)
    return _Formatter(tongue).vformat(template, (), dict(facts or {}))


def translate(message: str, lang: Lang) -> str:
    """Return the message's template in a language; the English template where none is known."""
    return message if lang == "en" else _catalog(lang).get(message, message)


def facts_named(message: str) -> set[str]:
    """Return the names of the facts that a message says."""
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


def say_value(value: Any, kind: str, lang: Lang | None = None) -> str:
    """Say one value of a kind; a missing value is a dash."""
    tongue = lang or voice().lang
    if value is None or value != value:  # NaN is not equal to itself
        return "–"
    return _KINDS[kind](value, tongue)


@cache
def _catalog(lang: Lang) -> dict[str, str]:
    path = files("insights") / "locale" / f"{lang}.po"
    with path.open("rb") as source:
        catalog = read_po(source)
    return {m.id: m.string for m in catalog if m.id and isinstance(m.id, str) and m.string}


class _Formatter(string.Formatter):
    def __init__(self, lang: Lang) -> None:
        self.lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:
        return say_value(value, format_spec or "text", self.lang)

    def check_unused_args(self, used_args: Any, args: Any, kwargs: Any) -> None:
        """Facts that a message does not say are not an error: a result has many."""


def _locale(lang: Lang) -> str:
    return lang.replace("-", "_")


def _count(value: Any, lang: Lang) -> str:
    if lang == "zh-CN" and abs(value) >= WAN:
        return str(format_compact_decimal(value, locale="zh_CN", fraction_digits=1))
    return str(format_decimal(round(value), locale=_locale(lang)))


def _number(value: Any, lang: Lang) -> str:
    digits = "#,##0.##" if abs(value) < 100 else "#,##0"
    return str(format_decimal(value, format=digits, locale=_locale(lang)))


def _number3(value: Any, lang: Lang) -> str:
    """Scores of models, where the third digit is the one that differs."""
    return str(format_decimal(value, format="#,##0.000", locale=_locale(lang)))


def _percent(value: Any, lang: Lang) -> str:
    return str(format_percent(value, format="0.#%", locale=_locale(lang)))


def _points(value: Any, lang: Lang) -> str:
    unit = "点" if lang == "zh-CN" else " points"
    return str(format_decimal(value * 100, format="+0.0;-0.0", locale=_locale(lang))) + unit


def _money(value: Any, lang: Lang) -> str:
    currency = voice().currency
    amount = float(value)
    if lang == "zh-CN" and abs(amount) >= WAN:
        symbol = format_currency(0, currency, "¤", locale="zh_CN")
        return symbol + str(format_compact_decimal(amount, locale="zh_CN", fraction_digits=1))
    digits = "¤#,##0" if abs(amount) >= 100 else "¤#,##0.00"
    return str(
        format_currency(amount, currency, digits, locale=_locale(lang), currency_digits=False)
    )


def _day(value: Any, lang: Lang) -> str:
    day = value.date() if isinstance(value, datetime) else value
    return day.isoformat() if isinstance(day, date) else str(day)


def _month(value: Any, lang: Lang) -> str:
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def _days(value: Any, lang: Lang) -> str:
    said = _number(value, lang)
    if lang == "zh-CN":
        return f"{said}天"
    return f"{said} day" if said == "1" else f"{said} days"


def _months(value: Any, lang: Lang) -> str:
    said = _number(value, lang)
    if lang == "zh-CN":
        return f"{said}个月"
    return f"{said} month" if said == "1" else f"{said} months"


_KINDS = {
    "count": _count,
    "number": _number,
    "number3": _number3,
    "percent": _percent,
    "points": _points,
    "money": _money,
    "day": _day,
    "month": _month,
    "days": _days,
    "months": _months,
    "text": lambda value, lang: str(value),
    "said": lambda value, lang: translate(str(value), lang),
}
