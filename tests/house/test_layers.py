"""The contracts hold, and would catch what they are there to catch."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STRAYS = {
    "a module on no floor": ("utils.py", '"""Anything."""\n'),
    "a lower floor that imports a higher one": (
        "periods.py",
        "from insights import runs as _\n",
    ),
    "an analysis that opens the lake": (
        "analyses/stray.py",
        "from insights.store import lake as _\n",
    ),
    "an analysis that imports another": (
        "analyses/stray.py",
        "from insights.analyses import cohorts as _\n",
    ),
}


def contracts_hold(folder):
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-logo", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_the_door_imports_nothing_before_it_is_used():
    heavy = "print({'pandas', 'duckdb', 'matplotlib', 'pydantic'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, insights; {heavy}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_the_contracts_hold(root):
    hold, said = contracts_hold(root)
    assert hold, said


@pytest.mark.parametrize("name", STRAYS)
def test_a_breach_is_caught(name, root, tmp_path, monkeypatch):
    # import-linter imports from the working folder first when it is on the path.
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "src"))
    shutil.copytree(root / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    file, text = STRAYS[name]
    with (tmp_path / "src" / "insights" / file).open("a") as module:
        module.write(text)
    hold, said = contracts_hold(tmp_path)
    assert not hold, said
    assert "BROKEN" in said or "utils" in said
