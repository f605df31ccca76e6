"""Every fixed word of the pages has a translation, and says the same facts."""

import re
from importlib.resources import files

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from insights.wording import facts_named

_IN_TEMPLATE = re.compile(r"""_\("([^"]+)\"""")


def messages() -> list[str]:
    found = []
    for package in ("insights.reporting", "insights.charts", "insights.charts.marks"):
        for path in files(package).iterdir():
            if path.name.endswith(".py"):
                with path.open("rb") as source:
                    found += [m for _, m, _, _ in extract("python", source, keywords={"_": None})]
    for path in (files("insights.reporting") / "templates").iterdir():
        if path.name.endswith(".j2"):
            found += _IN_TEMPLATE.findall(path.read_text("utf-8"))
    return sorted(set(found))


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    with (files("insights") / "locale" / "zh-CN.po").open("rb") as source:
        return {message.id: message.string for message in read_po(source)}


def test_the_extraction_sees_python_and_templates():
    assert {"better", "Back to the top"} <= set(messages())


@pytest.mark.parametrize("message", messages())
def test_a_fixed_word_is_translated(chinese, message):
    assert chinese.get(message), f"zh-CN.po lacks '{message}'"
    assert set(facts_named(chinese[message])) == set(facts_named(message))
