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
# Of a run's private folder only the page of its failure is for eyes.
SHOWN_OF_RUNS = ("failure.html", "error.txt")


class _Handler(SimpleHTTPRequestHandler):
    """Serves published files; no listing of folders, no ledger, no private run folder."""

    def send_head(self) -> Any:
        path = Path(self.translate_path(self.path)).resolve()
        root = Path(self.directory).resolve()
        if path == root and not self.path.endswith("/"):
            return super().send_head()
        hidden = any(part.startswith(".") for part in path.parts[len(root.parts) :])
        private = path.is_relative_to(root / "runs") and path.name not in SHOWN_OF_RUNS
        if not path.is_relative_to(root) or hidden or private:
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
