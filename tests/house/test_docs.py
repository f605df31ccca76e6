"""Pages of the repository say what is there: links lead somewhere, commands exist."""

import re
import tomllib

import pytest
from typer.main import get_command

from insights.cli import app

LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def pages(words):
    return {path: text for path, text in words.items() if path.suffix == ".md"}


def anchors(text):
    """Names that a link can point to, as the usual hosts make them from headings."""
    heads = re.findall(r"^#+ +(.+)$", CODE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_link_leads_to_a_file_and_a_heading_that_exist(pages, root):
    broken = []
    for page, text in pages.items():
        for target in LINK.findall(CODE.sub("", text)):
            if target.startswith(("http://", "https://")):
                continue
            name, _, anchor = target.partition("#")
            # A page that is a link is read where it lies; the package has it for its words.
            file = (page.resolve().parent / name).resolve() if name else page
            if not file.exists() or (anchor and anchor not in anchors(file.read_text("utf-8"))):
                broken.append(f"{page.relative_to(root)}: {target}")
    assert broken == []


def test_every_file_that_a_page_names_is_there(pages, root):
    missing = []
    for page, text in pages.items():
        for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.\w+)`", CODE.sub("", text)):
            made = name.startswith(("data/", "reports/"))
            places = (root, page.parent, root / "src" / "insights")
            if not made and not any((place / name).exists() for place in places):
                missing.append(f"{page.relative_to(root)}: {name}")
    assert missing == []


def test_every_make_target_that_a_page_names_exists(pages, root):
    makefile = (root / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    for page, text in pages.items():
        named = set(re.findall(r"(?:`|^|&& )make ([a-z][a-z-]*)", text, re.MULTILINE))
        assert named <= targets, page.relative_to(root)


def test_every_insights_command_that_a_page_names_exists(pages, root):
    commands = set(get_command(app).commands)
    for page, text in pages.items():
        named = set(re.findall(r"(?:`|^|&& |bin/)insights ([a-z][\w-]*)", text, re.MULTILINE))
        assert named <= commands, page.relative_to(root)


def test_every_target_says_what_it_does(root):
    makefile = (root / "Makefile").read_text("utf-8")
    phony = set(re.search(r"^\.PHONY: (help .*)$", makefile, re.MULTILINE)[1].split())
    said = set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))
    assert phony == said


def test_every_release_begins_with_the_numbers_that_moved(root):
    """Who reads the reports reads that first."""
    text = (root / "CHANGELOG.md").read_text("utf-8")
    releases = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert releases
    for release in releases:
        first = re.search(r"^### (.+)$", release, re.MULTILINE)
        assert first, release
        assert first[1] == "Numbers that moved", release
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert releases[0].startswith(version)
