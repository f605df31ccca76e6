"""Code as the analyst's page shows it: a few token classes, no style attributes."""

from functools import cache
from typing import Any

from markupsafe import Markup, escape


@cache
def _tools() -> tuple[Any, Any, Any]:
    from pygments import highlight  # type: ignore[import-untyped]  # noqa: PLC0415 - loads for analysts
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]  # noqa: PLC0415
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]  # noqa: PLC0415

    return highlight, PythonLexer(), HtmlFormatter(nowrap=True, classprefix="t-")


def highlighted(source: str) -> Markup:
    """Return Python source as highlighted HTML; as plain text where it cannot be read."""
    highlight, lexer, formatter = _tools()
    try:
        html = highlight(source, lexer, formatter)
    except Exception:
        return escape(source)
    return Markup(html)  # noqa: S704 - pygments escapes the source
