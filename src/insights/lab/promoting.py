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

# A Chinese character before a digit is no part of a name, as a Latin letter is: 复购率为17%.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_`/.])(?<![A-Za-z0-9_]-)[0-9][0-9.,]*\s*(?:%|％|万|亿|points?\b)?"
)
_BOAST = re.compile(
    r"历史(?:最|新)\w|(?:创|史上)(?:新|最)\w|\b(?:lowest|highest|best|worst|most|fewest) ever\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(r"^(?:[0-9]|1[0-2])$")  # A step of a list, a month, a small count.
_MOST_LINES, _MOST_STATEMENTS = 30, 15  # A call may be written over many lines.
_A_TABLE = re.compile(r"\s*SELECT [A-Za-z_, *]+ FROM [a-z_]+\s*")
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
        cells = _cells(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise ParameterError(
            f"'{notebook.name}' is not a notebook of cells, as JupyterLab saves it. Name one in "
            "notebooks/research/, or open it there and save it again."
        ) from error
    found = [*_question(cells), *_parameters(text, notebook.name), *_kernel(text)]
    for number, cell in enumerate(cells):
        source = "".join(cell.get("source", ""))
        where = f"cell {number + 1}"
        if cell.get("cell_type") == "markdown":
            found += _typed(where, source)
        elif cell.get("cell_type") == "code":
            found += _code(where, source)
            if cell.get("outputs") or cell.get("execution_count"):
                found.append(Fault(where, "has outputs: Edit › Clear Outputs of Cell empties it"))
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
    if target.exists() and target.samefile(notebook):
        raise ParameterError(
            f"notebooks/{notebook.name} is among the reports already. Name one in "
            "notebooks/research/."
        )
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
        '# schedule = { cron = "0 8 3 * *", covers = "month" }\n'
    )


def _read(notebook: Path) -> str:
    try:
        return notebook.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"'{notebook}' cannot be read as a notebook. Name one in notebooks/research/."
        ) from error


def _cells(found: Any) -> list[dict[str, Any]]:
    """Return the cells of what was read, if it has the shape of a notebook."""
    cells = found["cells"]
    if not isinstance(cells, list) or not all(isinstance(one, dict) for one in cells):
        raise TypeError("its 'cells' are no list of cells")
    for one in cells:
        one["source"] = "".join(one.get("source", ""))
    metadata = found.get("metadata", {})
    if not isinstance(metadata, dict) or not isinstance(metadata.get("kernelspec", {}), dict):
        raise TypeError("its 'metadata' are no table")
    return cells


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
    numbers = [n.group().strip().rstrip(".,") for n in _NUMBER.finditer(source)]
    typed = [number for number in numbers if not _HARMLESS.match(number)]
    boasts = [boast.group() for boast in _BOAST.finditer(source)]
    return [
        Fault(where, f"has typed {what} ({_quoted(said)}): let a claim say them")
        for what, said in (("numbers", typed), ("superlatives", boasts))
        if said
    ]


def _quoted(said: list[str]) -> str:
    return ", ".join(f"'{one}'" for one in dict.fromkeys(said))


def _code(where: str, source: str) -> list[Fault]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [Fault(where, f"is not plain Python (line {error.lineno}): no % or ! commands")]
    found = []
    if len(source.splitlines()) > _MOST_LINES:
        found.append(Fault(where, f"has more than {_MOST_LINES} lines: one idea a cell"))
    if sum(isinstance(node, ast.stmt) for node in ast.walk(tree)) > _MOST_STATEMENTS:
        found.append(Fault(where, f"has more than {_MOST_STATEMENTS} steps: one idea a cell"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # A sentence, which a reader will see; a day or a name has no space.
            if re.search(r"[\s\u3000-\u9fff]|%", node.value):
                found += _typed(where, node.value)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            found.append(Fault(where, "defines something: that belongs in an analysis, tested"))
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"sql", "arrow"} and not _reads_a_table(node):
                found.append(Fault(where, "asks in SQL: a query belongs in a mart, tested"))
            elif name == "print":
                found.append(Fault(where, "prints: a result shows itself"))
            elif name == "preview":
                found.append(Fault(where, "previews a page within a page: leave it out"))
    return list(dict.fromkeys(found))


def _reads_a_table(call: ast.Call) -> bool:
    """Whether a query only takes columns of a table as they are, and computes nothing."""
    asked = call.args[0] if call.args else None
    return isinstance(asked, ast.Constant) and bool(_A_TABLE.fullmatch(str(asked.value)))


def _answer_and_limits(cells: list[Any]) -> list[Fault]:
    heads = [
        "".join(cell["source"]).splitlines()[0]
        for cell in cells
        if cell.get("cell_type") == "markdown" and "".join(cell["source"]).startswith("## ")
    ]
    called = {
        name
        for c in cells
        if c.get("cell_type") == "code"
        for name in _called("".join(c["source"]))
    }
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
        if call not in called:
            found.append(Fault("claims", f"no `{call}...)`: {what}"))
    return found


def _called(source: str) -> set[str]:
    """Return which parts of the door a cell calls, as `ins.answer(`; a comment calls nothing."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # Told of the cell itself.
        return set()
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {f"{ast.unparse(call)}(" for call in calls}
