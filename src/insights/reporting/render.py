"""Rendering: page models through our own templates, under a policy that lets nothing in or out."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from insights.charts.letters import letters_once
from insights.charts.text import width_of
from insights.cleaning import clean
from insights.reporting.page import Page, kind_of
from insights.wording import say, speaking

_NUMBER = r"(?:[A-Z]{2,3})?[¥$€£]?\d[\d.,]*[%万亿天点]*"
_UNBROKEN = re.compile(rf"\d{{4}}-\d\d(?:-\d\d)?|{_NUMBER}\s?–\s?{_NUMBER}")
_HEBREW_TO_ADLAM = (
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001eeff]"
)
_RIGHT_TO_LEFT = re.compile(
    rf"{_HEBREW_TO_ADLAM}(?:(?:{_HEBREW_TO_ADLAM}|[\s\d.,'-])*{_HEBREW_TO_ADLAM})?"
)
_CSP_MARK = "@@content-security-policy@@"
_INLINE = {tag: re.compile(rf"<{tag}>(.*?)</{tag}>", re.DOTALL) for tag in ("style", "script")}


def report_html(page: Page) -> str:
    """Return the whole file of a report."""
    with speaking(page.lang):
        html = _environment().get_template("report.html.j2").render(page=page)
    return _with_policy(letters_once(html), style=_static("report.css"))


def index_html(**parts: Any) -> str:
    """Return the whole file of the index."""
    html = _environment().get_template("index.html.j2").render(**parts)
    return _with_policy(html, style=_static("index.css"), script=_static("index.js"))


def _with_policy(html: str, *, style: str, script: str = "") -> str:
    """Fill in the content security policy: only this page's own style and script, by their hashes.

    No request leaves the page, no inline handler or style attribute runs, nothing embeds. The
    hashes are of our files, not of what stands in the page: what crept in is not let in.
    """
    scripts = f"'sha256-{_sha256(script)}'" if script else "'none'"
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{_sha256(style)}'; "
        f"script-src {scripts}; base-uri 'none'; form-action 'none'"
    )
    return html.replace(_CSP_MARK, policy, 1)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("insights.reporting"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_finalize,
    )
    environment.filters["whole"] = _whole
    environment.filters["broad"] = width_of
    environment.globals["_"] = say
    environment.globals["csp"] = _CSP_MARK
    environment.globals["static"] = _static
    environment.tests["block"] = lambda block, kind: kind_of(block) == kind
    return environment


def _finalize(value: Any) -> Any:
    """Clean whatever a template writes; markup of our own has been cleaned where it was made."""
    return clean(value) if type(value) is str else value


def _whole(text: str) -> Markup:
    """Return a text whose dates and ranges of numbers stay on one line: 2026-06-30, 17%–20%.

    Words that run from right to left stand apart, so that they do not turn the numbers around them.
    """
    safe = _RIGHT_TO_LEFT.sub(r"<bdi>\g<0></bdi>", str(escape(clean(text))))
    return Markup(_UNBROKEN.sub(r'<span class="w">\g<0></span>', safe))  # noqa: S704 - escaped


@cache
def _static(name: str) -> Markup:
    folder = files(__package__) / "templates"
    text = (folder / name).read_text("utf-8")
    if name.endswith(".css"):
        text = _small_css((folder / "base.css").read_text("utf-8") + text)
    return Markup(text)  # noqa: S704 - our own file


def _small_css(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", text)).strip()


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
