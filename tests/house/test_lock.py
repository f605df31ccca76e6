import ast
import re
import runpy
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)(?: ; (?P<marker>[\w.' ()<>=!*]+))? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


@pytest.fixture(scope="module")
def lock(root):
    return (root / "requirements.lock").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def required(project):
    return [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
        *project["dependency-groups"]["dev"],
    ]


class TestLock:
    def test_it_holds_names_versions_markers_and_hashes_and_nothing_else(self, lock):
        assert [line for line in lock if not PIN.fullmatch(line) and not HASH.fullmatch(line)] == []

    def test_every_pin_has_a_hash(self, lock):
        naked = [
            line
            for line, after in zip(lock, [*lock[1:], ""], strict=True)
            if PIN.fullmatch(line) and not HASH.fullmatch(after)
        ]
        assert naked == []

    def test_it_satisfies_every_requirement_of_pyproject(self, lock, project):
        pinned = {}
        for pin in filter(None, map(PIN.fullmatch, lock)):
            pinned.setdefault(pin["name"], []).append(pin["version"])
        for requirement in map(Requirement, required(project)):
            versions = pinned.get(canonicalize_name(requirement.name), [])
            assert versions, f"{requirement.name} is not in requirements.lock: run `make lock`"
            for version in versions:
                assert version in requirement.specifier, f"{requirement}: {version} is locked"


def test_environment_yml_is_made_from_pyproject(root):
    made = runpy.run_path(str(root / "tests" / "house" / "environment.py"))["environment"]()
    assert (root / "environment.yml").read_text("utf-8") == made, "run `make lock`"


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks"])
def test_everything_that_is_imported_is_a_declared_dependency(root, project, folder):
    """What comes along with another package today may be gone with its next version."""
    development = project["dependency-groups"]["dev"] if folder != "src" else []
    declared = {
        canonicalize_name(Requirement(line).name)
        for line in [
            *project["project"]["dependencies"],
            *(x for extra in project["project"]["optional-dependencies"].values() for x in extra),
            *development,
        ]
    }
    imported = set()
    for path in (root / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    beside = {path.stem for path in (root / folder).glob("*.py")}
    foreign = imported - set(sys.stdlib_module_names) - {"insights", "tests"} - beside
    sources = packages_distributions()
    undeclared = {
        name
        for name in foreign
        if not {canonicalize_name(source) for source in sources.get(name, [])} & declared
    }
    assert undeclared == set()
