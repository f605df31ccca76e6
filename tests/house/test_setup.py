"""`make` sets itself up, whatever was there before; with a Python that only pretends to install."""

import os
import shutil
import stat
import subprocess

import pytest

# Answers like Python as far as the Makefile asks: its version, `-m venv`, `-m pip install`.
PRETENDER = """#!/bin/sh
case "$1 $2" in
  "-c import sys; print"*) echo 3.11 ;;
  "-c import sys; sys.exit"*) test ! -e too-old ;;
  "--version ") echo "Python 3.9.1" ;;
  "-m venv") echo venv >> log; mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  "-m pip") echo "pip $*" >> log; test ! -e broken ;;
esac
"""


@pytest.fixture
def project(root, tmp_path):
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(root / name, tmp_path)
    python = tmp_path / "python"
    python.write_text(PRETENDER)
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def make(project, *arguments):
    """Run make, and return its exit code, what it said, and what it did."""
    (project / "log").write_text("")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "PYTHON"))}
    done = subprocess.run(
        ["make", "setup", "PYTHON=./python", *arguments],
        cwd=project,
        env=environment | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, (project / "log").read_text()


class TestSetup:
    def test_the_lock_is_installed_with_its_hashes_and_then_the_package(self, project):
        code, said, did = make(project)
        assert code == 0, said
        _, tools, everything, package = did.splitlines()[:4]
        for step in (tools, everything):
            assert "--require-hashes --no-deps --no-build-isolation" in step
        assert "-r requirements.lock" in everything
        assert "--no-deps --no-build-isolation -e ." in package

    def test_what_is_there_is_not_done_again(self, project):
        make(project)
        code, said, did = make(project)
        assert (code, did) == (0, ""), said

    def test_a_set_up_that_was_cut_short_is_begun_anew(self, project):
        (project / "broken").touch()
        code, _, _ = make(project)
        assert code != 0
        (project / ".venv" / "half-installed").touch()
        (project / "broken").unlink()
        code, said, did = make(project)
        assert code == 0, said
        assert "venv" in did
        assert not (project / ".venv" / "half-installed").exists()

    def test_another_lock_is_installed_from_nothing(self, project):
        make(project)
        with (project / "requirements.lock").open("a") as lock:
            lock.write("\n")
        assert "venv" in make(project)[2]

    def test_another_pyproject_installs_the_package_alone(self, project):
        make(project)
        with (project / "pyproject.toml").open("a") as file:
            file.write("\n")
        did = make(project)[2]
        assert "-e ." in did
        assert "requirements.lock" not in did

    def test_a_folder_that_moved_is_set_up_again(self, project, tmp_path_factory):
        make(project)
        moved = tmp_path_factory.mktemp("elsewhere") / "with a space"
        shutil.move(project, moved)
        code, said, did = make(moved)
        assert code == 0, said
        assert "venv" in did

    def test_an_environment_whose_python_is_gone_is_built_again(self, project):
        make(project)
        (project / ".venv" / "bin" / "python").unlink()
        assert "venv" in make(project)[2]

    def test_an_old_python_is_refused_in_words_and_nothing_is_touched(self, project):
        make(project)
        (project / "too-old").touch()
        (project / ".venv" / "bin" / "python").unlink()
        code, said, did = make(project)
        assert code != 0
        assert "needs Python 3.11 or newer; './python' is: Python 3.9.1" in said
        assert did == ""
        assert (project / ".venv").exists()
