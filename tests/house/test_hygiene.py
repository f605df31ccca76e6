"""What must never be committed. Patterns are written in pieces, so as not to find themselves."""

import re

import pytest

FORBIDDEN = {
    "a path of somebody's machine": re.compile(
        r"(?<![\w.])/(?:wo" r"rk|ro" r"ot|fa" r"rm|Us" r"ers|home)/[\w.-]+/?|\.\./sha" r"red\b"
    ),
    "a package registry's address": re.compile(
        r"--(?:extra-)?index-"
        r"url|https?://[^ ]+/simp"
        r"le\b|files\.python"
        r"hosted|pypi\.o"
        r"rg"
    ),
    "a secret": re.compile(r"-----BEGIN [A-Z ]*PRIV" r"ATE KEY|\b(?:AKIA|ghp_|xox[bp]-)[\w-]{12,}"),
    "an e-mail address": re.compile(
        r"[\w.+-]+@(?!(?:[\w-]+\.)*example\b)[\w-]+\.[a-z]{2,}\b", re.I
    ),
    "a mobile number": re.compile(r"(?<![\w.])1[3-9]\d{9}(?![\w.])"),
}
# Numbers that no subscriber has, for the tests of what must not be published.
NOBODY = {"13800138000", "13900139000", "13812345678", "18877771111"}
# Samples need many: numbers of the exchange 0000 are given to nobody.
UNASSIGNED = re.compile(r"1[3-9]\d0000\d{4}")
LARGEST = 3_000_000  # bytes


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_holds(what, words, root):
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for path, text in words.items()
        for match in FORBIDDEN[what].finditer(text)
        if match.group() not in NOBODY and not UNASSIGNED.fullmatch(match.group())
    ]
    assert found == []


def test_no_committed_file_is_large(kept, root):
    assert [str(p.relative_to(root)) for p in kept if p.stat().st_size > LARGEST] == []


def test_no_data_and_no_report_is_committed(kept, root):
    allowed = {"data/README.md", "reports/.gitkeep"}
    strays = [
        name
        for name in (path.relative_to(root).as_posix() for path in kept)
        if name.startswith(("data/", "reports/"))
        and not name.startswith("data/reference/")
        and name not in allowed
    ]
    assert strays == []
