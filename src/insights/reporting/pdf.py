"""A page on paper: printed by Chromium, where there is one, so that Chinese comes out right."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from insights.errors import MissingExtra, RunFailed

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS = 60


def browser() -> str | None:
    """Return the path of a Chromium, where there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def quiet(program: str, folder: Path) -> list[str]:
    """Return the command of a Chromium without window, network or a profile that stays."""
    return [
        program,
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        # Chromium refuses its sandbox to root, which is who runs in a container.
        *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        f"--user-data-dir={folder}/profile",
    ]


def print_pdf(page: Path, target: Path) -> Path:
    """Print an HTML file to a PDF beside it, and return the PDF's path.

    Raises
    ------
    MissingExtra
        If no Chromium is on the path.
    RunFailed
        If the browser did not print.
    """
    found = browser()
    if found is None:
        raise MissingExtra(
            "A PDF needs Chromium, and none was found on the path. "
            "Install it (Debian: apt-get install chromium fonts-noto-cjk)."
        )
    with tempfile.TemporaryDirectory(prefix="insights-pdf-") as folder:
        printed = Path(folder) / "page.pdf"
        command = [
            *quiet(found, Path(folder)),
            "--no-pdf-header-footer",
            f"--print-to-pdf={printed}",
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)  # noqa: S603
        except (subprocess.SubprocessError, OSError) as error:
            raise RunFailed(f"Chromium could not print {page.name}: {error}.") from error
        if not printed.is_file():
            raise RunFailed(f"Chromium printed nothing of {page.name}.")
        shutil.move(printed, target)
    return target
