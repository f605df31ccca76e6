"""Picture: the first screen of a page, as a phone shows it."""

import subprocess
from pathlib import Path

from insights.reporting.pdf import browser, quiet
from insights.runs import scratch
from insights.runs.notify.wecom import PICTURE_BYTES

SIZE = (390, 844)
SECONDS = 60
SCALES = (2, 1)  # Sharp where that is not too large.


def first_screen(page: Path) -> bytes | None:
    """Return a PNG of at most 2 MB; None where no Chromium can make one."""
    found = browser()
    for scale in SCALES if found else ():
        picture = _taken(str(found), page, scale)
        if picture is not None and len(picture) <= PICTURE_BYTES:
            return picture
    return None


def _taken(program: str, page: Path, scale: int) -> bytes | None:
    with scratch.folder("picture-") as folder:
        taken = folder / "screen.png"
        command = [
            *quiet(program, folder),
            f"--window-size={SIZE[0]},{SIZE[1]}",
            f"--force-device-scale-factor={scale}",
            "--hide-scrollbars",
            f"--screenshot={taken}",
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)  # noqa: S603
            return taken.read_bytes()
        except (subprocess.SubprocessError, OSError):
            return None
