"""What does a new analysis begin as? A small one that is true, tested and on a page, to be changed.

It asks what a customer spends in a month; notebook, module, test, catalog entry and translations
are written at once, so that the first change is one to something that works.
"""

import keyword
import re
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from insights.errors import ParameterError
from insights.lab.promoting import entry
from insights.lab.workspace import RESEARCH, free_notebook, write_notebook
from insights.settings import Settings

_NAME = re.compile(r"[a-z][a-z0-9_]{1,27}")  # Longer ones would break the lines of the skeleton.
_CELLS = [
    (
        "markdown",
        "# What does a customer spend in a month?\n\nFor whoever decides what may be spent on one.",
    ),
    (
        "code:parameters",
        'as_of: str = "2017-12-31"  # last day of complete data, YYYY-MM-DD\n'
        'lang: str = "zh-CN"  # language of the page: zh-CN or en',
    ),
    (
        "code:setup",
        "import insights as ins\nfrom insights.analyses import {both}\n\n"
        "lake = ins.open_lake(as_of=as_of, lang=lang)\n"
        'purchases = lake.mart("purchases")\n'
        "found = {name}.{name}(purchases, as_of=lake.as_of)\n"
        "notes = health.notes(**lake.health())",
    ),
    ("markdown", "## Answer"),
    ("code", "ins.answer(found)"),
    ("markdown", "## Month by month"),
    ("code", "found"),
    ("markdown", "## Method and data quality"),
    ("code", "ins.checks(found)"),
    ("markdown", "## What this cannot tell"),
    ("code", "ins.limits(found, notes)"),
]
TRANSLATIONS = {
    "What does a customer spend in a month?": "一位客户一个月花多少钱？",
    "For whoever decides what may be spent on one.": "供决定单客投入的人参考。",
    "Month by month": "逐月来看",
    "Spent by a customer": "人均净消费",
    "In {month:month}, {customers:count} customers spent {mean:money} each ({low:money}–"
    "{high:money}).": "{month:month}有{customers:count}位客户消费，人均{mean:money}"
    "（{low:money}–{high:money}）。",
    "{customers:count} customers bought in the last complete month.": "最近一个完整月份只有"
    "{customers:count}位客户购买。",
    "Needed: a complete month with at least {fewest:count} customers.": "需要：至少有"
    "{fewest:count}位客户的一个完整月份。",
    "An average hides who spends much and who spends little.": "平均数看不出谁花得多、谁花得少。",
}


def make(settings: Settings, name: str) -> list[Path]:
    """Write a new analysis into the source of this package; return what was written.

    Parameters
    ----------
    settings : Settings
        Of a workspace that is a source checkout.
    name : str
        Of module, notebook and report: small letters, digits and ``_``.

    Raises
    ------
    ParameterError
        If the name cannot be one or is taken, or the workspace has no source.
    """
    root = settings.root
    package = root / "src" / "insights"
    if not _has_source(root):
        raise ParameterError(
            "An analysis is a module of the package, with its test, and this workspace has no "
            "source (src/insights). Clone the repository and run this there; here, explore in "
            "notebooks/research/ and move what holds with `insights promote`."
        )
    _refuse_unless_free(root, name)
    words = {"name": name, "Name": "".join(part.title() for part in name.split("_"))}
    made = {
        package / "analyses" / f"{name}.py": _filled("module.txt", words),
        root / "tests" / "analyses" / f"test_{name}.py": _filled("test.txt", words),
    }
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    notebook = settings.notebooks / f"{name}.ipynb"
    both = ", ".join(sorted(["health", name]))
    cells = [(k, text.replace("{name}", name).replace("{both}", both)) for k, text in _CELLS]
    write_notebook(notebook, cells)
    catalog = settings.notebooks / "catalog.toml"
    catalog.write_text(catalog.read_text("utf-8") + entry(notebook), "utf-8")
    messages = package / "locale" / "zh-CN.po"
    messages.write_text(with_messages(messages.read_text("utf-8"), TRANSLATIONS), "utf-8")
    return [*made, notebook, catalog, messages]


def begin(name: str) -> str:
    """Begin an analysis from the launcher's card; return its notebook, within notebooks/.

    Where the workspace has the package's source it is a whole one, else a free notebook that opens
    the lake, which `insights promote` makes a report of.

    Raises
    ------
    ParameterError
        If the name cannot be one or is taken.
    """
    settings = Settings.load()
    if _has_source(settings.root):
        make(settings, name)
        return f"{name}.ipynb"
    path = settings.notebooks / RESEARCH / f"{name}.ipynb"
    _refuse_unless_a_name(name)
    if path.exists():
        raise ParameterError(
            f"There is a notebooks/{RESEARCH}/{name}.ipynb already. Choose another name."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    free_notebook(path, f"{name.replace('_', ' ').capitalize()}?")
    return f"{RESEARCH}/{name}.ipynb"


def with_messages(text: str, pairs: Mapping[str, str]) -> str:
    """Return a catalog of messages with those that it lacks."""
    added = [
        f'\nmsgid "{said}"\nmsgstr "{chinese}"\n'
        for said, chinese in pairs.items()
        if f'msgid "{said}"\n' not in text
    ]
    return "".join([text.rstrip("\n") + "\n", *added])


def _has_source(root: Path) -> bool:
    return (root / "src" / "insights" / "analyses").is_dir()


def _refuse_unless_a_name(name: str) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name in sys.stdlib_module_names:
        raise ParameterError(
            f"'{name}' cannot name an analysis: small letters, digits and '_', as 'basket_size'."
        )


def _refuse_unless_free(root: Path, name: str) -> None:
    _refuse_unless_a_name(name)
    homes = (root / "src/insights/analyses", root / "notebooks")
    taken = {path.stem for home in homes for path in home.iterdir() if path.name[0] not in "._"}
    if name in taken:
        raise ParameterError(
            f"There is an analysis or a notebook called '{name}' already. Choose another name."
        )
    if (root / "tests" / "analyses" / f"test_{name}.py").exists():
        raise ParameterError(f"There is a test called 'test_{name}' already. Choose another name.")


def _filled(name: str, words: Mapping[str, str]) -> str:
    text = (files("insights.lab") / "skeletons" / name).read_text("utf-8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text
