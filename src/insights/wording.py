"""How a sentence and a number are said, in zh-CN and in English.

A message is an English template whose placeholders name a fact and how to say it:
``Of {customers:count} customers, {share:percent} bought again.`` The template is the key into the
catalogs under `locale/`; numbers are formatted by Babel, in Chinese with 万 and 亿. What is missing
is said as a dash, and what is not zero is never said as zero: 0.04% is "<0.1%".

Kinds: count, number, number3, percent, points, money, day, month, days, months, text, said.
"""

import math
import re
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from numbers import Integral, Real
from typing import Any, Literal

from babel import Locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol

from insights.errors import CannotSay, ParameterError, did_you_mean

Lang = Literal["zh-CN", "en"]
LANGS: tuple[Lang, ...] = ("zh-CN", "en")

NOISE = 1e-6  # So much of the last digit said is what sums of floats are off by, and not a number.
_UNITS = (("万", 1e4), ("亿", 1e8), ("万亿", 1e12))  # Smaller numbers are said in full.


@dataclass(frozen=True)
class Voice:
    """Language and currency in which a page speaks."""

    lang: Lang = "en"
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if self.lang not in LANGS:
            raise ParameterError(
                f"There is no language called '{self.lang}'.{did_you_mean(self.lang, LANGS)}"
            )


class _Spoken:
    """The voice of this process. IPython runs cells in contexts that do not keep a ContextVar."""

    voice = Voice()


_block: ContextVar[Voice | None] = ContextVar("voice", default=None)


def voice() -> Voice:
    """Return the voice in force here: that of the block, else of the process."""
    return _block.get() or _Spoken.voice


def speak(lang: Lang, currency: str) -> None:
    """Set the voice of this process from here on, in every cell and thread; blocks keep theirs."""
    _Spoken.voice = Voice(lang, currency)


@contextmanager
def speaking(lang: Lang, currency: str | None = None) -> Iterator[None]:
    """Set the voice for a block, in this thread or task alone."""
    token = _block.set(Voice(lang, currency or voice().currency))
    try:
        yield
    finally:
        _block.reset(token)


def _(message: str) -> str:
    """Mark a message for the catalogs; it is translated when it is said, not when it is written."""
    return message


_UNTIL: dict[Lang, str] = {"en": " to ", "zh-CN": "至"}
_SINGLY = {"month": "in ", "day": "on "}


def say(message: str, facts: Mapping[str, Any] | None = None, lang: Lang | None = None) -> str:
    """Say a message in the voice's language, or in `lang`, with its facts formatted by kind.

    Raises
    ------
    CannotSay
        If the message is no template, or names a fact that is not given.

    Examples
    --------
    >>> say("{share:percent} of {customers:count}", {"share": 0.184, "customers": 2469}, "en")
    '18.4% of 2,469'

    A spell that begins and ends with one month is said once.

    >>> say("won from {a:month} to {b:month}", {"a": "2025-11", "b": "2025-11"}, "en")
    'won in 2025-11'
    """
    tongue = lang or voice().lang
    given = facts or {}
    said: list[str] = []
    before = ""
    for words, name, kind in _parts(translate(message, tongue)):
        if name and name not in given:
            raise CannotSay(
                f"'{message}' names '{name}', which is not given.{did_you_mean(name, given)}"
            )
        value = say_value(given[name], kind, tongue) if name else ""
        if words == _UNTIL[tongue] and kind == before and value == said[-1] and kind in _SINGLY:
            said[-2] = _once(said[-2], kind, tongue)
            continue
        said += [words, value]
        before = kind if name else ""
    return "".join(said)


def _once(words: str, kind: str, lang: Lang) -> str:
    """Return the words before a spell of a single month or day: 'from May to May' is 'in May'."""
    if lang == "zh-CN":
        return words.removesuffix("从")
    return words.removesuffix("from ") + _SINGLY[kind] if words.endswith("from ") else words


def translate(message: str, lang: Lang) -> str:
    """Return the message's template in a language; the English template where none is known.

    A team's own analysis may have no translation yet: its page is right, in English.
    """
    return message if lang == "en" else _catalog(lang).get(message, message)


def words_of(message: str) -> str:
    """Return what a message says by itself, without its facts."""
    return "".join(words for words, _name, _kind in _parts(message))


def facts_named(message: str) -> dict[str, str]:
    """Return the facts that a message says, each with its kind (the last, where it has several).

    Raises
    ------
    CannotSay
        If the message is no template, or has a placeholder without a name or of an unknown kind.
    """
    return {name: kind for _words, name, kind in _parts(message) if name}


def say_value(value: Any, kind: str, lang: Lang | None = None) -> str:
    """Say one value of a kind; a missing value is a dash.

    Raises
    ------
    CannotSay
        If there is no such kind, or the value is not of it.
    """
    check_kind(kind)
    if missing(value):
        return "–"
    try:
        return _KINDS[kind](value, lang or voice().lang)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise CannotSay(
            f"A {type(value).__name__} cannot be said as '{kind}'. Give a value of this kind."
        ) from error


def check_kind(kind: str) -> None:
    """Raise CannotSay if there is no such kind of value."""
    if kind not in _KINDS:
        raise CannotSay(f"There is no kind of value called '{kind}'.{did_you_mean(kind, _KINDS)}")


def missing(value: Any) -> bool:
    """Whether a value is none: None, NaN, NaT, pandas' NA, or infinite."""
    if isinstance(value, Decimal):
        return not value.is_finite()
    if isinstance(value, Real) and not isinstance(value, Integral):
        return not math.isfinite(value)
    try:
        return value is None or bool(value != value)  # noqa: PLR0124 - NaT is not equal to itself
    except TypeError:  # pd.NA has no truth
        return True


@cache
def _locale(lang: Lang) -> Locale:
    # Babel would read it anew for each number of a page.
    return Locale.parse(lang, sep="-")


@cache
def _catalog(lang: Lang) -> dict[str, str]:
    Voice(lang)  # refuses a language that there is not
    path = files("insights") / "locale" / f"{lang}.po"
    with path.open("rb") as source:
        catalog = read_po(source)
    return {
        m.id: m.string
        for m in catalog
        if isinstance(m.id, str) and m.id and m.string and not m.fuzzy
    }


@cache
def _parts(message: str) -> tuple[tuple[str, str, str], ...]:
    """Split a template into (words, name of the fact after them or '', its kind)."""
    try:
        found = list(string.Formatter().parse(message))
    except ValueError as error:
        raise CannotSay(f"'{message}' is no template: {error}.") from error
    parts = []
    for words, name, kind, conversion in found:
        if name is not None:
            if not name.isidentifier() or conversion:
                raise CannotSay(
                    f"'{message}' has the placeholder '{{{name}}}'; write {{fact}} or "
                    "{fact:kind}."
                )
            check_kind(kind or "text")
        parts.append((words, name or "", kind or "text"))
    return tuple(parts)


@lru_cache(maxsize=2**16)  # A triangle says the same shares and counts hundreds of times.
def _written(value: Any, digits: str, lang: Lang) -> str:
    return str(format_decimal(value, format=digits, locale=_locale(lang)))


def _never_zero(value: Any, step: float, write: Callable[[Any], str]) -> str:
    """Say a number so that neither '-0' nor a zero that is none comes out."""
    said = write(value)
    if re.search("[1-9]", said):
        return said
    if abs(value) < NOISE * step:
        return write(0)
    return (f"<{write(step)}" if value > 0 else f">{write(-step)}").replace("+", "")


def _in_wan(value: Any) -> str | None:
    """Say a number from 10,000 on in 万, 亿 or 万亿, to at least three digits; None below."""
    size = abs(value)
    if round(size) < 10_000:
        return None
    said, unit = 0.0, ""
    for unit, worth in _UNITS:  # noqa: B007 - the unit is said after the loop
        said = float(size) / worth
        said = round(said, 2 if said < 10 else 1)
        if said < 10_000:
            break
    return ("-" if value < 0 else "") + _written(said, "#,##0.##", "zh-CN") + unit


def _count(value: Any, lang: Lang) -> str:
    if lang == "zh-CN" and (said := _in_wan(value)):
        return said
    return _never_zero(value, 1, lambda v: _written(round(v), "#,##0", lang))


def _number(value: Any, lang: Lang) -> str:
    if lang == "zh-CN" and (said := _in_wan(value)):
        return said
    digits = "#,##0.##" if abs(value) < 100 else "#,##0"
    return _never_zero(value, 0.01, lambda v: _written(v, digits, lang))


def _number3(value: Any, lang: Lang) -> str:
    """Scores of models, where the third digit is the one that differs."""
    return _never_zero(value, 0.001, lambda v: _written(v, "#,##0.000", lang))


def _percent(value: Any, lang: Lang) -> str:
    """Say a share; one that is not whole is not said as 100% either."""

    def write(share: Any) -> str:
        return _written(share, "#,##0.#%", lang)

    said = _never_zero(value, 0.001, write)
    return f">{write(0.999)}" if said == write(1) and value < 1 - NOISE * 0.001 else said


def _points(value: Any, lang: Lang) -> str:
    def write(points: Any) -> str:
        return _written(points, "+0.0;-0.0" if points else "0.0", lang)

    unit = "个百分点" if lang == "zh-CN" else " points"
    return _never_zero(float(value) * 100, 0.1, write) + unit


def _money(value: Any, lang: Lang) -> str:
    currency = voice().currency
    symbol = _symbol(currency, lang)
    cents = int(get_currency_precision(currency))

    def write(amount: Any) -> str:
        size = abs(amount)
        fraction = "" if round(size, cents) >= 100 or not size or not cents else "." + "0" * cents
        said = (_in_wan(size) if lang == "zh-CN" else None) or _written(
            size, "#,##0" + fraction, lang
        )
        return ("-" if amount < 0 else "") + symbol + said

    return _never_zero(float(value), 10.0**-cents, write)


@cache
def _symbol(currency: str, lang: Lang) -> str:
    """Symbol before an amount: an English page of a Chinese brand says ¥, as its shops do."""
    if currency == "CNY":
        return "¥"
    symbol = str(get_currency_symbol(currency, locale=_locale(lang)))
    return symbol + "\u00a0" if symbol[-1].isalpha() else symbol


def _day(value: Any, lang: Lang) -> str:
    if isinstance(value, date):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    # A text, or a moment of numpy: the time of the day is not asked for.
    return re.sub(r"^(\d{4}-\d{2}-\d{2})[T ].*$", r"\1", str(value))


def _month(value: Any, lang: Lang) -> str:
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    return re.sub(r"^(\d{4}-\d{2})-\d{2}(?:[T ].*)?$", r"\1", str(value))


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


def _text(value: Any, lang: Lang) -> str:
    if type(value).__name__ in {"bool", "bool_"}:
        return translate(_("yes") if value else _("no"), lang)
    if isinstance(value, date):
        return _day(value, lang)
    return _number(value, lang) if isinstance(value, float) else str(value)


_KINDS: dict[str, Callable[[Any, Lang], str]] = {
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
    "text": _text,
    "said": lambda value, lang: translate(str(value), lang),
}
