"""Every message that a page may say is translated, with the same facts in it."""

import ast
import json
import string
import tomllib
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from insights.reporting.markdown import messages
from insights.runs.parameters import declared_in

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "src" / "insights" / "locale" / "zh-CN.po"


def marked():
    """Messages marked with `_("...")` in the package."""
    found = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                found[node.args[0]] = path
    return found


def said_in_templates():
    found = {}
    for path in sorted((ROOT / "src" / "insights" / "reporting" / "templates").glob("*.j2")):
        tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
        for _line, _name, said in extract_from_ast(tree, ("_",)):
            found[said if isinstance(said, str) else said[0]] = path
    return found


def said_of_parameters():
    """What each parameter means, but for those that a page says by what they are."""
    return {
        parameter.meaning: path
        for path in sorted({ROOT / "notebooks" / report["notebook"] for report in reports()})
        for parameter in declared_in(path).values()
        if parameter.name not in {"as_of", "lang"}
    }


def said_in_notebooks():
    """Paragraphs of the notebooks, and the sentences that they add to `ins.limits(also=...)`."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                found |= dict.fromkeys(messages(text), path)
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.keyword) and node.arg == "also":
                    found |= {
                        text.value: path
                        for text in ast.walk(node.value)
                        if isinstance(text, ast.Constant)
                    }
    return found


def said_in_the_catalog():
    path = ROOT / "notebooks" / "catalog.toml"
    return {text: path for report in reports() for text in (report["title"], report["question"])}


def reports():
    path = ROOT / "notebooks" / "catalog.toml"
    return list(tomllib.loads(path.read_text("utf-8"))["reports"].values())


@pytest.fixture(scope="module")
def translations():
    with CATALOG.open("rb") as source:
        return {entry.id: entry.string for entry in read_po(source) if entry.id}


@pytest.fixture(scope="module")
def spoken():
    """Every message, with a file that says it."""
    in_code = {n.value: path for n, path in marked().items() if isinstance(n, ast.Constant)}
    in_notebooks = said_in_notebooks() | said_of_parameters()
    return in_code | said_in_templates() | in_notebooks | said_in_the_catalog()


def facts(template):
    return sorted({(name, kind) for _, name, kind, _ in string.Formatter().parse(template) if name})


def test_a_message_is_written_out_so_that_it_can_be_found():
    built = [
        f"{path.name}:{node.lineno}"
        for node, path in marked().items()
        if not isinstance(node, ast.Constant)
    ]
    assert built == []


def test_every_message_has_a_translation(spoken, translations):
    missing = [
        f"{path.name}: {text}" for text, path in spoken.items() if not translations.get(text)
    ]
    assert missing == [], "add them to src/insights/locale/zh-CN.po"


def test_a_translation_says_the_same_facts_in_the_same_kinds(translations):
    for text, said in translations.items():
        assert facts(said) == facts(text), text


def test_the_catalog_has_no_message_that_nobody_says(spoken, translations):
    assert [text for text in translations if text not in spoken] == []
