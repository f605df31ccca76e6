"""What does a notebook's kernel know of us? Names to complete with Tab, and how to say an error.

Names that stand in quotes are told by the workspace: marts, tables, columns, segments, runs. An
error of ours is its sentence and the notebook's line that it came from, and so is any other that a
call of ours ended with; `%tb` shows every step.
"""

import linecache
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from insights.errors import InsightsError, did_you_mean

PACKAGE = Path(__file__).parents[1]
TAB = "Tab lists what it has."
_RED, _PLAIN = "\x1b[31m", "\x1b[0m"
_REST = "  (%tb shows every step)"
_LOOK = "Look what it takes: Shift+Tab within its brackets."
_OR = "If that was given, the mistake is ours."
# What a wrong value or the button ■ ends a call with; not a SyntaxError, which IPython shows best.
_SAID = (
    InsightsError,
    ArithmeticError,
    AttributeError,
    KeyboardInterrupt,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def settle_here() -> None:
    """Make a notebook's kernel at home with us, as `import insights` does outside a run."""
    shell = getattr(sys.modules["IPython"], "get_ipython", lambda: None)()
    if getattr(shell, "kernel", None) is not None:
        settle(shell)


def settle(shell: Any) -> None:
    """Teach a shell our names and our errors."""
    shell.Completer.custom_matchers.append(names_in_quotes)
    shell.set_custom_exc(_SAID, say_error)


def names_in_quotes(context: Any) -> dict[str, Any]:
    """Complete a name in quotes, as IPython's matchers do (its API of version 2)."""
    from IPython.core.completer import SimpleCompletion  # noqa: PLC0415 - it is there, or we were not called

    before = context.text_until_cursor
    for pattern, known in _KNOWN:
        if not (found := pattern.search(before)):
            continue
        typed = found.group(1)
        # A name may hold what ends a token, such as a hyphen: only the rest of it is put in.
        there = len(typed) - len(context.token) if typed.endswith(context.token) else 0
        with suppress(InsightsError):  # No workspace or no data: there is nothing to name.
            names = sorted({name for name in known(typed) if name.startswith(typed)})
            if names:
                shown = [SimpleCompletion(text=name[there:], type="name") for name in names]
                return {"completions": shown, "suppress": True, "ordered": True}
    return {"completions": []}


for _name, _value in (("api_version", 2), ("priority", 1_000), ("identifier", "insights")):
    setattr(names_in_quotes, f"matcher_{_name}", _value)


def say_error(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    where: TracebackType,
    tb_offset: Any = None,
) -> list[str] | None:
    """Show an error of ours, or one that a call of ours ended with, as a sentence.

    Any other is shown as IPython does.
    """
    more: list[str] = []
    if isinstance(error, InsightsError):
        sentence = f"{error}"
    elif isinstance(error, AttributeError) and _of_ours(error):
        sentence = f"{error}{_nearest(error)}"
    elif isinstance(error, KeyboardInterrupt) and _ours(where):
        sentence = "Stopped."
    elif (ours := _ours(where)) and not _goes_back(where, shell.user_ns):
        sentence = f"{f'{error}'.rstrip('.')}. {_LOOK}"
        if seen := [step for step in ours if "__tracebackhide__" not in step.tb_frame.f_locals]:
            last = seen[-1].tb_frame.f_code
            sentence = f"`{seen[0].tb_frame.f_code.co_name}` ended with: {sentence} {_OR}"
            more = [f"  in {Path(last.co_filename).name}, {_line(seen[-1])}"]
    else:
        shell.showtraceback((kind, error, where), tb_offset=tb_offset)
        return None
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, where  # What %tb shows.
    lines = [f"{_RED}{kind.__name__}{_PLAIN}: {sentence}", *_place(where), *more, _REST]
    shell._showtraceback(kind, error, lines)
    return lines


def _of_ours(error: AttributeError) -> bool:
    """Whether it was a room or a thing of ours that lacks the name."""
    thing = error.obj
    home = thing.__name__ if isinstance(thing, ModuleType) else type(thing).__module__
    return bool(error.name) and home.partition(".")[0] == "insights"


def _nearest(error: AttributeError) -> str:
    """Return which of its names was meant; '' where it says so already."""
    if f"{error}".endswith(TAB):
        return ""
    thing: Any = error.obj
    known = getattr(thing, "__all__", None) or [one for one in dir(thing) if one[0] != "_"]
    return f".{did_you_mean(error.name or '', known)} {TAB}"


def _place(where: TracebackType | None) -> list[str]:
    """Return the line of the notebook that led there: the last one before ours begin."""
    line = ""
    while where and not _is_ours(where):
        line, where = f"  {_line(where)}", where.tb_next
    return [line]


def _ours(where: TracebackType | None) -> list[TracebackType]:
    """Return the steps of a traceback that are within ours."""
    found = []
    while where:
        if _is_ours(where):
            found.append(where)
        where = where.tb_next
    return found


def _goes_back(where: TracebackType | None, cells: Mapping[str, Any]) -> bool:
    """Whether ours called back what a cell defines, and that failed: its own line is wanted."""
    within = False
    while where:
        within = within or _is_ours(where)
        if within and where.tb_frame.f_globals is cells:
            return True
        where = where.tb_next
    return False


def _is_ours(step: TracebackType) -> bool:
    return Path(step.tb_frame.f_code.co_filename).is_relative_to(PACKAGE)


def _line(step: TracebackType) -> str:
    code = step.tb_frame.f_code.co_filename
    return f"line {step.tb_lineno}: {linecache.getline(code, step.tb_lineno).strip()}"


def _marts(_typed: str) -> Iterable[str]:
    from insights.store import marts  # noqa: PLC0415 - an import of the package costs next to nothing

    return marts.names()


def _tables(_typed: str) -> Iterable[str]:
    from insights import schema  # noqa: PLC0415 - see `_marts`

    return schema.names()


def _relations(typed: str) -> Iterable[str]:
    return [*_tables(typed), *_marts(typed)]


def _described(typed: str) -> Iterable[str]:
    """Tables and marts; once one stands there, its columns."""
    head, dot, _ = typed.partition(".")
    if not dot:
        return _relations(typed)
    from insights.store.describe import describe  # noqa: PLC0415 - see `_marts`

    return [f"{head}.{column}" for column in describe(head)["column"]]


def _segments(_typed: str) -> Iterable[str]:
    from insights.store import segments  # noqa: PLC0415 - see `_marts`

    return list(segments.names()["name"])


def _splits(typed: str) -> Iterable[str]:
    from insights import schema  # noqa: PLC0415 - see `_marts`

    firsts = [f"first_{column.name}" for column in schema.get("orders").columns]
    return [*_segments(typed), *(firsts if typed.startswith("f") else ["first_channel"])]


def _runs(_typed: str) -> Iterable[str]:
    from insights import runs  # noqa: PLC0415 - see `_marts`

    return ["last", *runs.recent()["run"]]


def _brands(_typed: str) -> Iterable[str]:
    from insights.settings import Settings  # noqa: PLC0415 - see `_marts`
    from insights.store.session import run_context  # noqa: PLC0415

    return list(Settings.load(run_context().workspace).brands)


_QUOTE = r"[\"']"
_KNOWN: list[tuple[re.Pattern[str], Callable[[str], Iterable[str]]]] = [
    (re.compile(rf"\.mart\(\s*{_QUOTE}(\w*)$"), _marts),
    (re.compile(rf"\.describe\(\s*{_QUOTE}([\w.]*)$"), _described),
    (re.compile(rf"\.load_table\(\s*{_QUOTE}(\w*)$"), _tables),
    (re.compile(rf"\.check\([^\"']*,\s*{_QUOTE}(\w*)$"), _tables),
    (re.compile(rf"\.segments\.(?:load|remove)\(\s*{_QUOTE}([\w.-]*)$"), _segments),
    (re.compile(rf"\.runs\.open\(\s*{_QUOTE}([\w-]*)$"), _runs),
    (re.compile(rf"\bopen_lake\(\s*{_QUOTE}(\w*)$"), _brands),
    (re.compile(rf"\bbrand\s*=\s*{_QUOTE}(\w*)$"), _brands),
    (re.compile(rf"\bby\s*=\s*{_QUOTE}([\w.-]*)$"), _splits),
    (re.compile(r"\.(?:sql|arrow)\(.*\b(?:from|join)\s+(\w*)$", re.IGNORECASE), _relations),
]
