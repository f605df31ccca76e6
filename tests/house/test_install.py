"""`pip install .` gives a working command, with everything that the package reads at run time."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", root],
        cwd=folder,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package(wheel, root):
    package = root / "src"
    there = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    # A link in the source, files in a wheel: what `insights init` begins a workspace with.
    there |= {
        f"insights/lab/notebooks/{path.name}"
        for path in (root / "notebooks").iterdir()
        if path.is_file()
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == there
    for kind in (".py", ".sql", ".toml", ".po", ".otf", ".j2", ".css"):
        assert any(name.endswith(kind) for name in packed), kind
    assert "insights/py.typed" in packed


def test_the_command_works_in_an_empty_environment(wheel, root, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    bin_folder = tmp_path / "venv" / "bin"
    python = bin_folder / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True
    )
    # A folder named in a .pth comes last, so the package is the wheel's, the rest what was locked.
    purelib, locked = (
        Path(sysconfig.get_path("purelib", vars={"base": base, "platbase": base}))
        for base in (str(tmp_path / "venv"), sys.prefix)
    )
    (purelib / "locked.pth").write_text(f"{locked}\n")
    workspace = tmp_path / "workspace"

    def insights(*arguments):
        return subprocess.run(
            [bin_folder / "insights", *arguments],
            cwd=workspace if workspace.is_dir() else tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert insights("init", "workspace").returncode == 0
    where = subprocess.run(
        [python, "-c", "import insights; print(insights.__file__)"],
        cwd=workspace,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(tmp_path) in where
    assert insights("--version").returncode == 0
    loaded = insights("ingest", "completejourney", "--brand", "completejourney")
    assert loaded.returncode == 0, loaded.stderr
    made = insights("run", "content_engagement")
    assert made.returncode == 0, made.stderr + made.stdout
    assert (workspace / "reports" / "index.html").is_file()
