"""Restoring: how is a lake built anew from nothing but the files as they were received?

The loads of the vault are done once more, one after the other: the same files together, with what
was said of them and the times at which they were written, because of a list of friends it is these
that tell who was lost between two. Without the key of ids everybody would be somebody else, so that
is refused.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from insights.errors import IntakeError, SettingsError
from insights.intake.files import FilesSource
from insights.intake.keys import KEY_FILE, KEY_ID_FILE, KEY_VARIABLE, IdKey
from insights.intake.loading import ingest
from insights.intake.offers import Progress
from insights.intake.outcome import IngestReport
from insights.intake.vault import FOLDER, Entry, Vault
from insights.settings import Brand, Settings
from insights.store.loads import lake_folder, read_current


def restore(
    settings: Settings, brand: Brand, *, new_key: bool = False, progress: Progress | None = None
) -> list[IngestReport]:
    """Load every file of the vault again, into a lake that is not there; return a report a load.

    Parameters
    ----------
    new_key : bool, default False
        Go on without the key of ids, which is lost for good: a new one is made.
    progress : callable, optional
        As for `ingest`.

    Raises
    ------
    IntakeError
        If there is a lake, no file to restore from, or files are encrypted and their key is not
        set.
    SettingsError
        If the key of ids is not there.
    """
    home = f"data/{brand.name}"
    if read_current(lake_folder(settings, brand)) is not None:
        raise IntakeError(
            f"'{brand.name}' has a lake. To build it anew, move it away first, and keep it until "
            f"the new one is good: mv {home}/lake {home}/lake.before"
        )
    vault = Vault.of(settings, brand)
    entries = [entry for entry in vault.entries() if not entry.removed]
    if not entries:
        raise IntakeError(
            f"{home}/{FOLDER} has no file as received, so there is nothing to restore from. Load "
            "the exports again: insights ingest PATH"
        )
    _check_key(settings, brand, new_key=new_key)
    reports = []
    for _load, together in groupby(entries, key=lambda entry: entry.load):
        with _opened(vault, list(together), settings.data / brand.name) as said:
            source = FilesSource(list(said), settings, brand, said=said, kept=True)
            reports.append(ingest(settings, brand, source, progress=progress))
    return reports


def _check_key(settings: Settings, brand: Brand, *, new_key: bool) -> None:
    if IdKey.is_there(settings, brand):
        return
    home = settings.data / brand.name
    if not new_key:
        raise SettingsError(
            f"The key of ids is not there: data/{brand.name}/{KEY_FILE}, or ${KEY_VARIABLE}. With "
            "another key every customer is another id: pages, lists and lots of before would speak "
            "of nobody who is in the lake, and who was forgotten would come back. Put the key back "
            "from its backup. If it is lost for good: insights restore --new-key"
        )
    known = home / KEY_ID_FILE
    if known.exists():
        known.replace(known.with_name(f"{KEY_ID_FILE}.lost"))


@contextmanager
def _opened(vault: Vault, entries: list[Entry], home: Path) -> Iterator[dict[Path, dict[str, str]]]:
    """Lay files out as they came, in a private folder that goes; with what was said of each."""
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=home) as name:
        said = {}
        for number, entry in enumerate(entries):
            folder = Path(name) / f"{number:05}"  # Two files may have had one name.
            folder.mkdir(mode=0o700)
            path = folder / (entry.name or f"{entry.sha256[:12]}{entry.suffix}")
            with vault.open(entry.sha256) as kept, path.open("xb") as out:
                shutil.copyfileobj(kept, out)
            written = (entry.modified_at or entry.received_at).timestamp()
            os.utime(path, (written, written))
            said[path] = dict(entry.scope)
        yield said
