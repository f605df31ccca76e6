"""The gate: what must not be seen is not published, and the reason is said.

It reads the finished file, as a reader's browser would, so that whatever wrote it is checked too:
crashes, empty charts, numbers that are none, personal data, and any way out of the page.
"""

import base64
import binascii
import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from urllib.parse import unquote

from insights.charts.text import width_of
from insights.errors import GateRefused
from insights.reporting.personal import named_columns, personal

# Only ASCII letters make a word here: 复购率为nan and None位 have no blank around the value.
_HAN = "[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
_NOT_A_NUMBER = re.compile(
    r"(?<![\w./])[+\u2212-]?(?:nan|NaN|NAN|NaT|inf|Infinity)(?![\w/]|\.\w)|<NA>", re.ASCII
)
# "None of them came back" is English; a value None stands alone or leans on a unit, a bracket or
# Chinese.
_NONE = re.compile(
    r"^\s*None\s*$|(?:[=:(¥$€]|[\s\xa0]–)[\s\xa0]?None\b|\bNone%"
    rf"|{_HAN}\s?None\b(?!\s?[A-Za-z])|\bNone\s?{_HAN}",
    re.ASCII,
)
_TRACEBACK = re.compile(
    r"Traceback \(most recent call last\)|^\w*(?:Error|Exception): ", re.MULTILINE
)
# What a picture is, or what a program writes where nobody said it: neither tells what it shows.
_KIND_OF_PICTURE = re.compile(
    r"\b(?:no description has been provided for this image|alt text|heat ?map|"
    r"(?:image|img|chart|plot|figure|fig|picture|graph|diagram|photo|histogram|untitled|todo|alt|"
    r"bar|line|dot|pie|area|box|scatter)s?)\b|"
    r"图表|图片|图像|照片|(?:折线|曲线|柱状|柱形|条形|直方|散点|热力|面积|箱线|饼|点)?图",
    re.IGNORECASE | re.ASCII,
)
_LEAST_SAID = 12  # letters, of which a Chinese one is as wide, and says as much, as two
_ADDRESSES = {
    *("src", "href", "xlink:href", "srcset", "action", "formaction", "poster", "data"),
    *("background", "ping", "cite", "longdesc", "manifest", "srcdoc", "codebase"),
}
_SCHEME = re.compile(r"^[\s\x00-\x20]*(?:[a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)
_CSS_OUT = re.compile(r"@import|url\(\s*['\"]?(?!#|data:|['\"]?\))|image-set\(|expression\(", re.I)
_INSIDE = re.compile(
    r"^data:(?:image/(?:png|jpeg|svg\+xml)|text/csv|application/json)[;,]", re.IGNORECASE
)
_FORBIDDEN = {"iframe", "frame", "object", "embed", "base", "form", "link", "applet", "portal"}
_FILES = {"data:text/csv": ".csv", "data:application/json": ".json"}
# What makes a page useless, and is the very thing to look at when a run has failed.
_BROKEN = {
    *("traceback", "not a number", "not a value", "missing chart", "empty chart"),
    *("missing glyph", "placeholder alt text"),
}
_CODE = {"code", "pre", "script", "style"}
_VOID = {
    "meta",
    "img",
    "br",
    "hr",
    "input",
    "col",
    "wbr",
    "source",
    "track",
    "area",
    "link",
    "base",
}


@dataclass(frozen=True)
class Problem:
    """One reason not to publish: its kind, and what was found (never personal data itself)."""

    kind: str
    found: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.found}"


def check(
    html: str, *, expected_figures: int | None = None, files: Mapping[str, bytes] | None = None
) -> list[Problem]:
    """Return every reason not to publish a page; an empty list lets it pass.

    Parameters
    ----------
    html : str
        The whole file.
    expected_figures : int, optional
        How many charts the page must hold, where that is known.
    files : mapping, optional
        The files beside the page, by name: JSON, or else CSV. They are searched for people like
        those inside it, JSON also for what is no number.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    problems = list(reader.problems)
    if not reader.policy:
        problems.append(Problem("policy", "the page has no content security policy"))
    if expected_figures is not None and reader.figures < expected_figures:
        problems.append(
            Problem("missing chart", f"{reader.figures} of {expected_figures} charts are there")
        )
    for text in reader.texts:
        problems += _wrong_values(text)
    beside = [(name, data.decode("utf-8", "replace")) for name, data in (files or {}).items()]
    tables = [*reader.files, *beside]
    whole = "\n".join((*reader.texts, *reader.code, *(text for _name, text in tables)))
    problems += [Problem("personal data", found) for found in personal(whole)]
    headers = list(reader.headers)
    for name, text in tables:
        if not name.endswith(".json"):
            headers += _header(text)
            continue
        try:
            headers += _keys(json.loads(text, parse_constant=_no_number))
        except ValueError as error:
            problems.append(Problem("unreadable file", f"{name}: {error}"))
    problems += [Problem("personal data", found) for found in named_columns(headers)]
    return list(dict.fromkeys(problems))


def refuse_if_wrong(
    html: str, *, expected_figures: int | None = None, files: Mapping[str, bytes] | None = None
) -> None:
    """Let a page and the files beside it pass, or raise.

    Raises
    ------
    GateRefused
        With every reason. Nothing of the page may be published then.
    """
    _refuse(check(html, expected_figures=expected_figures, files=files))


def refuse_if_harmful(html: str) -> None:
    """Let the page of a failure pass, which may well be broken, but not harm anybody; or raise.

    Raises
    ------
    GateRefused
        With what must not be seen even by those who mend the report.
    """
    _refuse([problem for problem in check(html) if problem.kind not in _BROKEN])


def _refuse(problems: list[Problem]) -> None:
    if problems:
        listed = "; ".join(str(problem) for problem in problems[:10])
        more = f" (and {len(problems) - 10} more)" if len(problems) > 10 else ""
        raise GateRefused(f"The page may not be published. Found {listed}{more}.")


def _wrong_values(text: str) -> list[Problem]:
    found = []
    if _TRACEBACK.search(text):
        found.append(Problem("traceback", _around(text, _TRACEBACK)))
    if _NOT_A_NUMBER.search(text):
        found.append(Problem("not a number", _around(text, _NOT_A_NUMBER)))
    if _NONE.search(text):
        found.append(Problem("not a value", _around(text, _NONE)))
    return found


def _around(text: str, pattern: re.Pattern[str]) -> str:
    """Return a few letters around a match, so that its author finds the place."""
    match = pattern.search(text)
    start, end = match.span() if match else (0, 0)
    return "'" + " ".join(text[max(0, start - 30) : end + 30].split()) + "'"


def _header(file: str) -> list[str]:
    return [cell.strip("'\ufeff") for cell in next(csv.reader(StringIO(file)), [])]


def _keys(value: Any) -> Iterator[str]:
    """Return the names of everything in a JSON value: what a table has as columns."""
    if isinstance(value, dict):
        yield from value
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _keys(one)


def _no_number(said: str) -> None:
    raise ValueError(f"{said} is no number")


def _says_little(alt: str) -> bool:
    """Whether a description says no more of a picture than what kind of picture it is."""
    return width_of("".join(filter(str.isalpha, _KIND_OF_PICTURE.sub("", alt)))) < _LEAST_SAID


@dataclass
class _Figure:
    filled: bool = False


@dataclass(eq=False)
class _Reader(HTMLParser):
    """Walks the page once and notes what the checks need."""

    problems: list[Problem] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    open_figures: list[_Figure] = field(default_factory=list)
    script: str | None = None
    figures: int = 0
    policy: bool = False

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)

    def refuse(self, kind: str, found: str) -> None:
        self.problems.append(Problem(kind, found))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self.stack.append(tag)
        self._addresses(tag, named)
        if tag in _FORBIDDEN:
            self.refuse("outside address", f"an element <{tag}>")
        if tag == "meta":
            self._meta(named.get("http-equiv", "").lower(), named.get("content", ""))
        if tag == "script":
            self.script = ""
        if "few" in named.get("class", "").split():
            self.refuse("small cell", "a group of so few people that they could be told")
        if tag == "figure":
            self.open_figures.append(_Figure())
        if self.open_figures and (tag == "table" or named.get("class") == "empty"):
            self.open_figures[-1].filled = True
        if tag == "svg":
            self._chart(named)
        if tag == "img" or named.get("role") == "img":
            self._picture(tag, named)
        for name in ("alt", "aria-label", "title"):
            if value := named.get(name):
                self.texts.append(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.stack:
            while self.stack.pop() != tag:
                pass
        if tag == "script":
            if not (self.script or "").strip():
                self.refuse("empty script", "a <script> without content")
            self.script = None
        if tag == "figure" and self.open_figures and not self.open_figures.pop().filled:
            self.refuse("missing chart", "a figure without a chart or a table")

    def handle_data(self, data: str) -> None:
        inside = _CODE.intersection(self.stack)
        if "script" in inside:
            self.script = (self.script or "") + data
        elif "style" in inside:
            if _CSS_OUT.search(data):
                self.refuse("outside address", f"in CSS: {_around(data, _CSS_OUT)}")
        elif inside:
            self.code.append(data)
            if "pre" in inside and "code" not in inside and _TRACEBACK.search(data):
                self.refuse("traceback", _around(data, _TRACEBACK))
        elif data.strip():
            self.texts.append(data)
            if "th" in self.stack:
                self.headers.append(data.strip())

    def _meta(self, effect: str, content: str) -> None:
        if "refresh" in effect:
            self.refuse("outside address", "a <meta> that leaves the page")
        if effect == "content-security-policy":
            self.policy = "default-src 'none'" in content

    def _addresses(self, tag: str, named: dict[str, str]) -> None:
        for name, value in named.items():
            if name.startswith("on"):
                self.refuse("script in an attribute", f"{name} on <{tag}>")
            elif name == "style":
                self.refuse("style in an attribute", f"on <{tag}>; the policy would not let it act")
            elif name in _ADDRESSES and _INSIDE.match(value):
                kind, content = re.split("[;,]", value.lower(), maxsplit=1)[0], _unpacked(value)
                if kind in _FILES:
                    self.files.append((f"a file inside the page{_FILES[kind]}", content))
            elif name in _ADDRESSES and (_SCHEME.match(value) or name in {"srcset", "srcdoc"}):
                self.refuse("outside address", f"{name} on <{tag}>")
            elif "url(" in value and _CSS_OUT.search(value):
                self.refuse("outside address", f"url() in {name} on <{tag}>")

    def _chart(self, named: dict[str, str]) -> None:
        if "chart" not in named.get("class", "").split():
            return
        if self.open_figures:
            self.open_figures[-1].filled = True
        self.figures += 1
        if named.get("data-marks", "0") == "0":
            self.refuse("empty chart", "a chart that shows no data")
        if missing := named.get("data-missing"):
            self.refuse("missing glyph", f"the font lacks {missing}")

    def _picture(self, tag: str, named: dict[str, str]) -> None:
        alt = named.get("alt" if tag == "img" else "aria-label", "")
        if _says_little(alt):
            self.refuse("placeholder alt text", f"'{alt}' on <{tag}>")
        if tag == "img":
            if self.open_figures:
                self.open_figures[-1].filled = True
            self.figures += 1
            if not named.get("src"):
                self.refuse("missing chart", "an <img> without a picture")


def _unpacked(address: str) -> str:
    about, _comma, content = address.partition(",")
    if not about.lower().endswith(";base64"):
        return unquote(content)
    try:
        return base64.b64decode(content).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
