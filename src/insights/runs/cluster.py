"""Cluster: notebooks on many machines, through a Dask scheduler.

A worker makes the page in a private folder of its own and hands that back as one archive; the
machine that asked keeps it as if the run had been its own. Dask may run a report twice (a worker
was lost, or seemed so): the folders are private and one answer counts, so nobody sees it.
"""

import io
import os
import tarfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from insights.errors import InsightsError, MissingExtra, ParameterError, RunFailed
from insights.runs import disk, scratch
from insights.runs.making import Progress, Step, Work, failed, make
from insights.runs.record import RunRecord
from insights.runs.spec import environment_hash
from insights.settings import WORKSPACE_VARIABLE, Settings

TOPIC = "insights"
ANSWER_SECONDS = 10


class LostWorkers(RunFailed):
    """The machines that a report was given to ended before it was finished."""


@dataclass(frozen=True)
class Handed:
    """What a worker hands back: the record of its run, and its folder as an archive."""

    record: RunRecord
    archive: bytes


class Cluster:
    """Workers of a Dask scheduler, at `dask://HOST:PORT`.

    Raises
    ------
    MissingExtra
        If Dask is not installed.
    ParameterError
        If the address is none, nobody answers there, or there are no workers.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtra(
                "Workers on other machines need Dask. Install it: pip install 'insights[dask]'"
            ) from error
        try:
            parts = urlsplit(address)
            where = f"tcp://{parts.hostname}:{parts.port or 8786}"
        except ValueError:
            raise ParameterError(f"'{address}' is no address: write dask://HOST:PORT.") from None
        if not parts.hostname or parts.path.strip("/"):
            raise ParameterError(f"'{address}' is no address: write dask://HOST:PORT.")
        try:
            self._client = distributed.Client(where, timeout=ANSWER_SECONDS, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise ParameterError(
                f"No Dask scheduler answers at {where}. Start one there: dask scheduler"
            ) from error
        self.workers = sum(self._client.nthreads().values())
        if not self.workers:
            self._client.close()
            raise ParameterError(
                f"The Dask scheduler at {where} has no workers. Start some, one thread each: "
                f"dask worker {where} --nthreads 1"
            )
        self._running: dict[str, tuple[Any, Progress]] = {}
        self._interrupted = False
        self._lock = Lock()
        self._client.subscribe_topic(TOPIC, self._heard)

    def make(self, work: Work, folder: Path, tell: Progress) -> RunRecord:
        """Have a page made by a worker, and take its folder; see `making.make`."""
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an extra

        run_id = work.record.run_id
        future = self._client.submit(
            _made, work, environment_hash(), pure=False, key=f"insights-{run_id}"
        )
        with self._lock:
            self._running[run_id] = future, tell
        try:
            handed: Handed = future.result()
        except KilledWorker as error:
            lost = work.record.but(cause="infrastructure")
            return failed(lost, folder, LostWorkers(f"Workers ended again and again: {error}"))
        except CancelledError as error:
            if self._interrupted:
                raise KeyboardInterrupt from error
            lost = work.record.but(cause="infrastructure")
            return failed(lost, folder, LostWorkers(f"The Dask scheduler is gone: {error}"))
        finally:
            with self._lock:
                self._running.pop(run_id, None)
        _unpack(handed.archive, folder)
        return handed.record

    def interrupt(self) -> None:
        """Take every report back; a worker that has begun one ends it for nobody."""
        self._interrupted = True
        with self._lock:
            futures = [future for future, _tell in self._running.values()]
        self._client.cancel(futures, force=True)

    def close(self) -> None:
        """Leave the scheduler."""
        self._client.close()

    def _heard(self, event: tuple[Any, Any]) -> None:
        """Pass on what a worker says of its run."""
        _moment, said = event
        with self._lock:
            _future, tell = self._running.get(said["run_id"], (None, None))
        if tell is not None:
            tell(Step(**said["step"]))


def _made(work: Work, environment: str) -> Handed:
    """Make a page on a worker."""
    settings = work.settings
    if os.environ.get(WORKSPACE_VARIABLE):
        settings = Settings.load()  # The workspace lies elsewhere on this machine.
    with scratch.folder("run-") as place:
        folder = place / work.record.run_id
        folder.mkdir(mode=0o700)
        if environment_hash() != environment:
            wrong: InsightsError = RunFailed(
                "The worker has other code or packages than the machine that asked it. Install "
                "the same revision and requirements.lock on both, and start the worker again."
            )
            record = failed(work.record.but(cause="infrastructure"), folder, wrong)
        else:
            record = make(replace(work, settings=settings), folder, _teller(work.record.run_id))
        return Handed(record, _packed(folder))


def _teller(run_id: str) -> Callable[[Step], None]:
    from distributed import get_worker  # noqa: PLC0415 - an extra

    worker = get_worker()

    def tell(step: Step) -> None:
        worker.log_event(TOPIC, {"run_id": run_id, "step": asdict(step)})

    return tell


def _packed(folder: Path) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=1) as tar:
        tar.add(folder, arcname=".", filter=_ours)
    return archive.getvalue()


def _ours(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Take files and folders, as nobody's in particular."""
    if not (member.isfile() or member.isdir()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _unpack(archive: bytes, folder: Path) -> None:
    """Put a worker's folder in the place of a run's, flushed before it is published."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        tar.extractall(folder, filter="data")
    for path in folder.rglob("*"):
        disk.flush(path)
