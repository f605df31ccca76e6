"""Code as the analyst's page shows it: a few token classes, no style attributes."""

import re
from functools import cache
from typing import Any

from markupsafe import Markup, escape

# Spans of tokens that report.css gives no colour are most of a cell's weight.
_COLOURED = "k|kn|kc|ow|s1|s2|sd|c1|mi|mf"
_PLAIN = re.compile(rf'<span class="t-(?!(?:{_COLOURED})")\w+">([^<]*)</span>')


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
    return Markup(_PLAIN.sub(r"\1", html))  # noqa: S704 - pygments escapes the source
