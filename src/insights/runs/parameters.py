"""Parameters: what a notebook can be asked, read from its own cell, and checked before it runs.

The cell tagged `parameters` is the declaration: typed assignments of literals, a comment each. It
is read, never executed. papermill warns about an unknown name and turns the text 20260630 into a
number; here an unknown name is refused, and text is converted by the declared type and no other.
"""

import ast
import io
import json
import re
import tokenize
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from insights.errors import ParameterError, did_you_mean
from insights.periods import parse_day
from insights.runs.secrecy import SECRET
from insights.wording import LANGS

Value = str | int | float | bool | None
TAG = "parameters"
TYPES = ("str", "int", "float", "bool")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORDS = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false"}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    `kind` is str, int, float, bool or date (a text whose default is written YYYY-MM-DD);
    `optional` says that None (text `none`) may stand for "not given".
    """

    name: str
    kind: str
    default: Value
    meaning: str
    optional: bool = False


def declared_in(notebook: Path) -> dict[str, Parameter]:
    """Read the parameters that a notebook declares, without executing it.

    Raises
    ------
    ParameterError
        If the notebook has no such cell, or an assignment lacks its type, a literal or a comment.
    """
    return declared_in_text(notebook.read_text("utf-8"), notebook.name)


def declared_in_text(notebook: str, where: str) -> dict[str, Parameter]:
    """Read the parameters of a notebook's text; `where` names it in errors."""
    try:
        cells = json.loads(notebook)["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise ParameterError(f"'{where}' is not a notebook: {error}.") from error
    tagged = [c for c in cells if TAG in c.get("metadata", {}).get("tags", ())]
    if len(tagged) != 1:
        raise ParameterError(
            f"The notebook '{where}' has {len(tagged) or 'no'} cells tagged '{TAG}'; "
            "it needs one, with a typed assignment and a comment for each parameter."
        )
    return declared_by("".join(tagged[0]["source"]), where)


def declared_by(source: str, where: str) -> dict[str, Parameter]:
    """Read the parameters of a cell's source; `where` names the notebook in errors."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ParameterError(
            f"The parameters cell of '{where}' is not Python: {error.msg}, line {error.lineno}."
        ) from error
    comments = _comments(source)
    found: dict[str, Parameter] = {}
    for statement in tree.body:
        parameter = _read(statement, comments.get(statement.end_lineno or 0, ""), where)
        if SECRET.search(parameter.name):
            raise ParameterError(
                f"The notebook '{where}' has a parameter '{parameter.name}'. Parameters stand in "
                "every executed notebook; a secret is read from the environment."
            )
        found[parameter.name] = parameter
    for name, kind in (("as_of", "date"), ("lang", "str")):
        if name not in found or found[name].kind != kind:
            raise ParameterError(
                f"The notebook '{where}' must declare the parameter {name}: str, with "
                f"{'a day YYYY-MM-DD' if kind == 'date' else 'zh-CN or en'} as its default."
            )
    return found


def convert(parameter: Parameter, given: Value) -> Value:
    """Return what was given as a value of the parameter's kind; text is never guessed at.

    Examples
    --------
    >>> convert(Parameter("min_customers", "int", 30, "smallest cohort"), "20")
    20

    Raises
    ------
    ParameterError
        If it is not of that kind; the message says what was found.
    """
    if given is None or (parameter.optional and given == "none"):
        if parameter.optional:
            return None
        raise ParameterError(f"{parameter.name} must be {_WORDS[_base(parameter)]}; found nothing.")
    if parameter.kind == "date":
        return _day(parameter.name, given)
    value = _from_text(parameter.kind, given) if isinstance(given, str) else _as(parameter, given)
    if value is None:
        raise ParameterError(
            f"{parameter.name} must be {_WORDS[parameter.kind]}; found {given!r}. "
            f"Its meaning: {parameter.meaning} (default {parameter.default!r})."
        )
    if parameter.name == "lang" and value not in LANGS:
        raise ParameterError(f"lang must be one of {', '.join(LANGS)}; found {given!r}.")
    return value


def resolve(
    declared: Mapping[str, Parameter], given: Mapping[str, Value], *, report: str
) -> dict[str, Value]:
    """Return a value for every declared parameter: what was given, else the default.

    Raises
    ------
    ParameterError
        With everything that is wrong with what was given.
    """
    wrong: list[str] = []
    values = {name: parameter.default for name, parameter in declared.items()}
    for name, value in given.items():
        if name not in declared:
            wrong.append(
                f"The report '{report}' has no parameter '{name}'.{did_you_mean(name, declared)}"
            )
            continue
        try:
            values[name] = convert(declared[name], value)
        except ParameterError as error:
            wrong.append(str(error))
    if wrong:
        raise ParameterError(" ".join(wrong))
    return values


def with_shorthands(
    given: Mapping[str, Value], *, as_of: str | None, lang: str | None
) -> dict[str, Value]:
    """Join `--as-of` and `--lang`, which are shorthands, with `-p`; two different values clash."""
    joined = dict(given)
    for name, option, value in (("as_of", "--as-of", as_of), ("lang", "--lang", lang)):
        if value is None:
            continue
        if name in joined and str(joined[name]) != str(value):
            raise ParameterError(
                f"{option} says {value} and -p {name} says {joined[name]}. Give one of them."
            )
        joined[name] = value
    return joined


def _base(parameter: Parameter) -> str:
    return "str" if parameter.kind == "date" else parameter.kind


def _day(name: str, given: Value) -> str:
    if not isinstance(given, str):
        given = str(given)
    return parse_day(given, name=name).isoformat()


def _from_text(kind: str, text: str) -> Value:
    if kind == "str":
        return text
    if kind == "int":
        return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else None
    if kind == "float":
        number = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
        return float(text) if re.fullmatch(number, text) else None
    return {"true": True, "false": False}.get(text.lower())


def _as(parameter: Parameter, given: Value) -> Value:
    """Return a Python value of the kind, or None; True is not 1, and 1 will do for 1.0."""
    is_bool = isinstance(given, bool)
    if parameter.kind == "bool":
        return given if is_bool else None
    if parameter.kind == "int":
        return given if isinstance(given, int) and not is_bool else None
    if parameter.kind == "float":
        return float(given) if isinstance(given, int | float) and not is_bool else None
    return None


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}


def _read(statement: ast.stmt, comment: str, where: str) -> Parameter:
    problem = f"The parameters cell of '{where}', line {statement.lineno}"
    if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
        raise ParameterError(
            f"{problem}: '{ast.unparse(statement)}' is not a typed assignment such as "
            "min_customers: int = 30  # smallest cohort."
        )
    name = statement.target.id
    kind, optional = _kind(ast.unparse(statement.annotation))
    if kind not in TYPES:
        raise ParameterError(
            f"{problem}: {name} has the type '{ast.unparse(statement.annotation)}'; "
            f"it can be {', '.join(TYPES)}, each also with '| None'."
        )
    if not comment:
        raise ParameterError(f"{problem}: {name} lacks its comment, which tells what it means.")
    default: Any = ...
    with suppress(ValueError):
        default = ast.literal_eval(statement.value) if statement.value is not None else ...
    if not (default is None and optional) and not _fits(kind, default):
        raise ParameterError(f"{problem}: {name} needs a default that is {_WORDS[kind]}.")
    if kind == "float" and default is not None:
        default = float(default)
    if kind == "str" and default is not None and DAY.fullmatch(default):
        kind, default = "date", parse_day(default, name=name).isoformat()
    return Parameter(name, kind, default, comment, optional)


def _kind(annotation: str) -> tuple[str, bool]:
    parts = [part.strip() for part in annotation.split("|")]
    optional = "None" in parts
    kinds = [part for part in parts if part != "None"]
    return (kinds[0] if len(kinds) == 1 else annotation), optional


def _fits(kind: str, default: Any) -> bool:
    if not isinstance(default, get_args(Value)):
        return False
    if kind == "str":
        return isinstance(default, str)
    return default is not None and _as(Parameter("", kind, None, ""), default) is not None
