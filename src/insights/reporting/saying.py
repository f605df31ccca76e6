"""Values as a page says them: never a crash, whatever a result calls a number."""

from insights.cleaning import clean
from insights.errors import InsightsError
from insights.results.bundle import Scalar
from insights.wording import _, say, say_value

_OF_TEXT = {"day", "month", "said"}  # Kinds whose values travel as text.


def plainly(value: Scalar, kind: str) -> str:
    """Say a value; one that is not of its kind is shown as it is."""
    if isinstance(value, bool):
        return say(_("yes")) if value else say(_("no"))
    if isinstance(value, str):
        return clean(say_value(value, kind if kind in _OF_TEXT else "text"))
    try:
        return say_value(value, kind)
    except (InsightsError, KeyError, TypeError, ValueError, ArithmeticError):
        return str(value)


def signed(amount: float, kind: str) -> str:
    """Say a difference with its sign; one of shares in points."""
    return ("+" if amount > 0 else "\u2212") + size(amount, kind)


def size(amount: float, kind: str) -> str:
    """Say how large a difference is, without its sign; one of shares in points."""
    return plainly(abs(amount), "points" if kind == "percent" else kind).lstrip("+")
