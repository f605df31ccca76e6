"""environment.yml, made from pyproject.toml. Run this file to write it; `make lock` does."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]

HEAD = """\
# Made from pyproject.toml by `make lock`; do not edit. For those who live in conda:
#
#   conda env create -f environment.yml && conda activate insights
#
# conda brings Python, pip brings the same wheels as everywhere else. These are lower bounds; the
# exact versions that were tested are in requirements.lock, which `make` installs without conda.
"""


def environment() -> str:
    """Return the text of environment.yml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    needed = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["demo"],
        *project["dependency-groups"]["dev"],
    ]
    listed = sorted(set(needed), key=lambda line: re.split(r"[^\w-]", line)[0])
    return HEAD + "\n".join(
        [
            f"name: {project['project']['name']}",
            "channels: [conda-forge]",
            "dependencies:",
            f'  - "python{project["project"]["requires-python"]}"',
            "  - pip",
            "  - pip:",
            *(f'      - "{line}"' for line in listed),
            '      - "-e ."',
            "",
        ]
    )


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(environment(), "utf-8")
