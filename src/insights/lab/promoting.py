"""What does a free notebook lack to be a report? It is told, and moved once it lacks nothing.

The rules are those of CONTRIBUTING: a page's numbers are computed, its sentences are claims that
were checked, and whoever reads it learns what it cannot tell.
"""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from insights.errors import ParameterError
from insights.runs.parameters import declared_in_text
from insights.settings import Settings

_NUMBER = re.compile(r"(?<![\w`/-])\d[\d.,]*\s*(?:%|万|亿|points?\b)?")
_HARMLESS = re.compile(r"^(?:[0-9]|1[0-2])$")  # A step of a list, a month, a small count.
_MOST_LINES = 30
_ANSWER, _LIMITS = "## Answer", "## What this cannot tell"


@dataclass(frozen=True)
class Fault:
    """Something that a notebook lacks: where, what, and what to do."""

    where: str
    what: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.where}: {self.what}"


def faults(notebook: Path) -> list[Fault]:
    """Return what a notebook lacks to be a report, in the order of its cells.

    Raises
    ------
    ParameterError
        If there is no such notebook.
    """
    text = _read(notebook)
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise ParameterError(f"'{notebook.name}' is not a notebook: {error}.") from error
    found = [*_question(cells), *_parameters(text, notebook.name), *_kernel(text)]
    for number, cell in enumerate(cells):
        source = "".join(cell.get("source", ""))
        where = f"cell {number + 1}"
        if cell.get("cell_type") == "markdown":
            found += _typed(where, source)
        elif cell.get("cell_type") == "code":
            found += _code(where, source)
            if cell.get("outputs") or cell.get("execution_count"):
                found.append(Fault(where, "has outputs: `make format` empties it"))
    return [*found, *_answer_and_limits(cells)]


def promote(settings: Settings, notebook: Path) -> Path:
    """Move a free notebook to the reports; return where it is.

    Raises
    ------
    ParameterError
        If it lacks something, or a report of its name is there already.
    """
    lacks = faults(notebook)
    if lacks:
        listed = "".join(f"\n  {fault}" for fault in lacks)
        raise ParameterError(f"'{notebook.name}' cannot be a report yet:{listed}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", notebook.stem):
        raise ParameterError(
            f"A report is called by small letters, digits and '_'; found '{notebook.stem}'."
        )
    target = settings.notebooks / notebook.name
    if target.exists():
        raise ParameterError(f"There is a notebooks/{notebook.name} already. Rename yours.")
    return notebook.rename(target)


def entry(notebook: Path) -> str:
    """Return the catalog's entry for a report; its question is the notebook's."""
    first = "".join(json.loads(_read(notebook))["cells"][0]["source"]).splitlines()[0]
    question = json.dumps(first.removeprefix("# ").strip(), ensure_ascii=False)
    return (
        f'\n[reports.{notebook.stem}]\nnotebook = "{notebook.name}"\ntitle = {question}\n'
        f'question = {question}\nreaders = ["brand manager"]\n'
    )


def _read(notebook: Path) -> str:
    try:
        return notebook.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"'{notebook}' cannot be read as a notebook. Name one in notebooks/research/."
        ) from error


def _question(cells: list[Any]) -> list[Fault]:
    first = "".join(cells[0].get("source", "")) if cells else ""
    line = first.splitlines()[0] if first else ""
    if line.startswith("# ") and line.endswith(("?", "？")):
        return []
    return [Fault("cell 1", "must open with its question: `# Do ... come back?`")]


def _parameters(text: str, name: str) -> list[Fault]:
    try:
        declared_in_text(text, name)
    except ParameterError as error:
        return [Fault("parameters", str(error))]
    return []


def _kernel(text: str) -> list[Fault]:
    if json.loads(text).get("metadata", {}).get("kernelspec", {}).get("name") == "python3":
        return []
    return [Fault("notebook", "names no kernel python3: choose it in JupyterLab and save")]


def _typed(where: str, source: str) -> list[Fault]:
    """Return the numbers that somebody typed: they stay when the data move."""
    found = [n.group().strip().rstrip(".,") for n in _NUMBER.finditer(source)]
    typed = [number for number in found if not _HARMLESS.match(number)]
    if not typed:
        return []
    said = ", ".join(f"'{number}'" for number in dict.fromkeys(typed))
    return [Fault(where, f"has typed numbers ({said}): let a claim say them")]


def _code(where: str, source: str) -> list[Fault]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [Fault(where, f"is not plain Python (line {error.lineno}): no % or ! commands")]
    found = []
    if len(source.splitlines()) > _MOST_LINES:
        found.append(Fault(where, f"has more than {_MOST_LINES} lines: one idea a cell"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            found.append(Fault(where, "defines something: that belongs in an analysis, tested"))
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "print":
                found.append(Fault(where, "prints: a result shows itself"))
            elif name == "preview":
                found.append(Fault(where, "previews a page within a page: leave it out"))
    return list(dict.fromkeys(found))


def _answer_and_limits(cells: list[Any]) -> list[Fault]:
    heads = [
        "".join(cell["source"]).splitlines()[0]
        for cell in cells
        if cell.get("cell_type") == "markdown" and "".join(cell["source"]).startswith("## ")
    ]
    code = "\n".join("".join(c["source"]) for c in cells if c.get("cell_type") == "code")
    found = []
    if heads[:1] != [_ANSWER]:
        found.append(Fault("headings", f"the first must be `{_ANSWER}`"))
    if heads[-1:] != [_LIMITS]:
        found.append(Fault("headings", f"the last must be `{_LIMITS}`"))
    for call, what in (
        ("ins.answer(", "gather the claims under Answer"),
        ("ins.checks(", "show the checks that the results were put to"),
        ("ins.limits(", "end with what the results cannot tell"),
    ):
        if call not in code:
            found.append(Fault("claims", f"no `{call}...)`: {what}"))
    return found
