"""What does the public API offer? docs/api.md, written from the docstrings by `make docs`.

Run this module to print the page. Its examples are executed by the tests.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import insights
from insights import runs
from insights.lab.preview import Preview
from insights.results import Result
from insights.store import segments
from insights.store.lake import Lake

HEAD = """\
# API

Written from the docstrings by `make docs`; every example is run by the tests, on a small shop whose
lake is `lake`, a split by first channel `r`, and its preview `page`. Wherever a day is asked for,
of an analysis too, it is a date, `"2026-06-30"`, or a moment of pandas or numpy. Business words
stand in the [glossary](glossary.md), tables and their columns in [tables.md](tables.md), methods
and their sources in [methods.md](methods.md).
"""
_ROOMS = {"runs": (runs, ("recent", "open", "diff")), "segments": (segments, ())}
_METHODS = (
    ("lake", Lake, ("tables", "marts", "mart", "sql", "arrow", "sample", "versions")),
    ("r", Result, ("headline", "plot", "why", "compare", "to_excel", "say")),
    ("page", Preview, ("save",)),
)
_ABOUT = {
    "lake": "A lake, as `lake = ins.open_lake(as_of=...)` gives it",
    "r": "A result, as every analysis gives it",
    "page": "A preview, as `ins.preview(r)` gives it",
}


def page() -> str:
    """Return docs/api.md."""
    parts = [HEAD, "## The door: `import insights as ins`\n", *_said(_door())]
    for short, kind, names in _METHODS:
        parts += [f"## {_ABOUT[short]}\n", *_said(_methods(short, kind, names))]
    return "\n".join(parts).rstrip() + "\n"


def entries() -> list[tuple[str, Any]]:
    """Return what stands on the page, by the name that it has there."""
    methods = [one for short, kind, names in _METHODS for one in _methods(short, kind, names)]
    return [*_door(), *methods]


def _methods(short: str, kind: type, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for name in names:
        yield f"{short}.{name}", getattr(kind, name)


def _door() -> Iterator[tuple[str, Any]]:
    for name in sorted(insights.__all__):
        if name not in _ROOMS:
            yield f"ins.{name}", getattr(insights, name)
    for room, (module, chosen) in _ROOMS.items():
        for name in chosen or ("save", "load", "names", "label", "remove"):
            yield f"ins.{room}.{name}", getattr(module, name)


def _said(things: "Iterator[tuple[str, Any]]") -> Iterator[str]:
    for name, thing in things:
        said = inspect.cleandoc(thing.__doc__ or "")
        yield f"### {name}\n\n```python\n{name}{_signature(thing)}\n```\n\n```text\n{said}\n```\n"


def _signature(thing: "Callable[..., Any] | property") -> str:
    """Return the parameters and their defaults; types are in the text beneath."""
    if isinstance(thing, property):
        return ""
    given = [
        p.replace(annotation=inspect.Parameter.empty)
        for p in inspect.signature(thing).parameters.values()
        if p.name != "self"
    ]
    return str(inspect.Signature(given)).replace("'", '"')  # as the formatter has it


if __name__ == "__main__":
    sys.stdout.write(page())
