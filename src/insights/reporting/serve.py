"""Show the reports folder in a browser on this machine: for a look, not for readers.

Only this machine can reach it. How to put the folder before readers, behind a sign-in, is in
docs/operations.md.
"""

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
NAMES = {HOST, "localhost"}


class _Handler(SimpleHTTPRequestHandler):
    """Serves published files; no listing of folders, nothing of the ledger or a run's folder."""

    def send_head(self) -> Any:
        # A stranger's site can be given this machine's address under its own name, and would then
        # read what is served here. Its own name is what the browser says.
        if self.headers.get("Host", "").partition(":")[0].lower() not in NAMES:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "Ask for http://127.0.0.1.")
            return None
        path = Path(self.translate_path(self.path)).resolve()
        root = Path(self.directory).resolve()
        if path == root and not self.path.endswith("/"):
            return super().send_head()
        hidden = any(part.startswith(".") for part in path.parts[len(root.parts) :])
        if not path.is_relative_to(root) or hidden or path.is_relative_to(root / "runs"):
            self.send_error(HTTPStatus.NOT_FOUND, "There is no such page.")
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        self.send_error(HTTPStatus.NOT_FOUND, "There is no such page.")

    def end_headers(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class says so
        """Say nothing: who looks at which page is nobody's business."""


def server(reports: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of the reports folder on loopback, bound and not yet serving.

    Parameters
    ----------
    reports : Path
        The reports folder.
    port : int, default 0
        0 takes any port that is free.

    Raises
    ------
    OSError
        If the port is taken.
    """
    return ThreadingHTTPServer((HOST, port), partial(_Handler, directory=str(reports)))
