"""The vault: the files as they were received, by the digest of their content.

It is the one place with personal data as received, kept for loading again, for forgetting and for
audit: a private folder, encrypted where $INSIGHTS_RAW_KEY is set, and pruned. Identity cards are
not kept even here (see `cards`). A file's name may tell of a person too, so it is kept encrypted or
not at all.
"""

import base64
import hashlib
import io
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from insights.errors import IntakeError
from insights.intake import keys, sealing
from insights.settings import Brand, Settings
from insights.store.disk import flush_folders, replace_text

FOLDER = "raw"
KEY_VARIABLE = "INSIGHTS_RAW_KEY"

Without = Callable[[BinaryIO, str], Iterator[bytes] | None]

_SEALED = ".sealed"
_ENTRY = ".entry"  # No suffix of an export: a file received as .json keeps its own.
_PIECE = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One file in the vault.

    `name` is the file's name where the vault could keep it. A `redacted` one lacks the rows of
    somebody who was forgotten; of a `removed` one nothing is left but this entry. What a load goes
    by beside the content is kept too, so that it can be done again: which files came together
    (`load`), when the file was written, and what was said of it (`scope`, such as its shop).
    """

    sha256: str
    size: int
    received_at: datetime
    adapter: str
    suffix: str
    encrypted: bool
    name: str = ""
    redacted: bool = False
    removed: bool = False
    load: str = ""
    modified_at: datetime | None = None
    scope: Mapping[str, str] = field(default_factory=dict)


class _Told(NamedTuple):
    """What a load says of a file that it hands over."""

    adapter: str
    name: str
    load: str
    modified_at: datetime
    scope: Mapping[str, str]


@dataclass(frozen=True)
class Vault:
    """A brand's files as received."""

    folder: Path
    secret: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings, brand: Brand) -> "Vault":
        """Return the brand's vault, with the key of the environment.

        Raises
        ------
        SettingsError
            If $INSIGHTS_RAW_KEY is too short for a key.
        """
        given = os.environ.get(KEY_VARIABLE)
        secret = keys.secret_bytes(given, f"${KEY_VARIABLE}") if given else None
        return cls(settings.data / brand.name / FOLDER, secret)

    def keep(
        self,
        path: Path,
        *,
        adapter: str = "",
        without: Without | None = None,
        load: str = "",
        scope: Mapping[str, str] | None = None,
    ) -> str:
        """Keep a file, once however often it is received; return the SHA-256 of its content.

        A file of which somebody was forgotten stays as it is left: receiving it again does not
        bring them back.

        Parameters
        ----------
        path : Path
        adapter : str
            Name of the adapter that reads it.
        without : callable, optional
            Gives the content that may be kept, from the one received and its suffix; None, or a
            ValueError on the way, where nothing of it may.
        load : str
            Whatever tells the files that are received together from others.
        scope : mapping of str to str, optional
            What was said of the file.
        """
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        told = _Told(adapter, path.name, load, modified, dict(scope or {}))
        suffix = path.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", path.suffix) else ""
        with path.open("rb") as received:
            if without is None:
                return self._store(received, suffix, told)
            digest = hashlib.file_digest(received, "sha256").hexdigest()
            received.seek(0)
            left = without(received, suffix)
            if left is not None:
                with suppress(ValueError):  # It could not be told to its end: nothing of it then.
                    return self._store(left, suffix, told, digest)
            if self.entry(digest) is None:
                now, size = datetime.now(UTC), path.stat().st_size
                self._make()
                sealed = self.secret is not None
                self._say(Entry(digest, size, now, adapter, suffix, sealed), removed=True)
            return digest

    def open(self, sha256: str) -> BinaryIO:
        """Return a file's content as received, as a stream that can seek.

        Raises
        ------
        IntakeError
            If the vault does not have it, or it was encrypted with another key.
        """
        entry = self.entry(sha256)
        if entry is None or entry.removed or not self.path(entry).exists():
            raise IntakeError(
                f"The vault has no file {sha256[:12]}…: it was pruned, it held rows of somebody "
                "who was forgotten, or it has columns of identity cards. Load the export again."
            )
        if not entry.encrypted:
            return self.path(entry).open("rb")
        return io.BufferedReader(sealing.Opened(self.path(entry), self._key()), _PIECE)

    def entries(self) -> list[Entry]:
        """Return what is kept, in the order in which it was received."""
        found = (self.entry(path.stem) for path in self.folder.glob(f"*{_ENTRY}"))
        return sorted((e for e in found if e), key=lambda entry: (entry.received_at, entry.sha256))

    def entry(self, sha256: str) -> Entry | None:
        """Return what is known of one file."""
        try:
            said = json.loads(self._sidecar(sha256).read_text("utf-8"))
        except FileNotFoundError:
            return None
        name = ""
        if self.secret and (sealed := said.pop("sealed_name", "")):
            name = sealing.opened_text(base64.b64decode(sealed), self.secret, "")
        said.pop("sealed_name", None)
        said["received_at"] = datetime.fromisoformat(said["received_at"])
        if modified := said.get("modified_at"):  # Files that came before this was kept have none.
            said["modified_at"] = datetime.fromisoformat(modified)
        return Entry(**said, name=name)

    def path(self, entry: Entry) -> Path:
        """Return where a file's content is."""
        return self.folder / f"{entry.sha256}{entry.suffix}{_SEALED * entry.encrypted}"

    def prune(self, older_than_days: int) -> list[str]:
        """Remove what was received longer ago; return the digests of what was removed."""
        before = datetime.now(UTC) - timedelta(days=older_than_days)
        old = [e for e in self.entries() if e.received_at < before and not e.removed]
        for entry in old:
            self.path(entry).unlink(missing_ok=True)
            # What somebody's being forgotten did to a file must outlive it.
            if entry.redacted:
                self._say(entry, removed=True)
            else:
                self._sidecar(entry.sha256).unlink()
        if old:
            flush_folders([self.folder])
        return [entry.sha256 for entry in old]

    def replace(self, entry: Entry, write: Callable[[BinaryIO], None]) -> None:
        """Put another content in a file's place: what is left of it when somebody is forgotten."""
        draft = self.folder / f".{secrets.token_hex(8)}.draft"
        try:
            with closing(self._writer(draft, encrypted=entry.encrypted)) as out:
                write(out)
            self._say(entry, redacted=True)  # First, so that a crash cannot leave it unsaid.
            draft.replace(self.path(entry))
        finally:
            draft.unlink(missing_ok=True)
        flush_folders([self.folder])

    def remove(self, entry: Entry) -> None:
        """Remove a file's content for good: it is not kept when it is received again."""
        self._say(entry, removed=True)
        self.path(entry).unlink(missing_ok=True)
        flush_folders([self.folder])

    def clean(self) -> None:
        """Remove what a crash left half written."""
        for draft in self.folder.glob(".*.draft"):
            draft.unlink()

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def _store(
        self,
        received: BinaryIO | Iterator[bytes],
        suffix: str,
        told: "_Told",
        known_as: str = "",
    ) -> str:
        """Keep a stream, or the pieces that are left of the file `known_as`."""
        self._make()
        pieces = (
            iter(partial(received.read, _PIECE), b"") if hasattr(received, "read") else received
        )
        draft = self.folder / f".{secrets.token_hex(8)}.draft"
        digest, size = hashlib.sha256(), 0
        try:
            with closing(self._writer(draft, encrypted=self.secret is not None)) as out:
                for piece in pieces:
                    digest.update(piece)
                    size += len(piece)
                    out.write(piece)
            sha256 = known_as or digest.hexdigest()
            known = self.entry(sha256)
            if known and (known.removed or self.path(known).exists()):
                return sha256
            now = datetime.now(UTC)
            entry = Entry(
                sha256,
                size,
                now,
                told.adapter,
                suffix,
                self.secret is not None,
                told.name,
                load=told.load,
                modified_at=told.modified_at,
                scope=told.scope,
            )
            self._say(entry)  # First, so that no content lies there that nobody knows of.
            draft.replace(self.path(entry))
        finally:
            draft.unlink(missing_ok=True)
        flush_folders([self.folder])
        return sha256

    def _writer(self, path: Path, *, encrypted: bool) -> Any:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        out = os.fdopen(handle, "wb")
        return sealing.Sealed(out, self._key()) if encrypted else sealing.Flushed(out)

    def _say(self, entry: Entry, **changed: bool) -> None:
        said = {
            "sha256": entry.sha256,
            "size": entry.size,
            "received_at": entry.received_at.isoformat(),
            "adapter": entry.adapter,
            "suffix": entry.suffix,
            "encrypted": entry.encrypted,
            "redacted": entry.redacted,
            "removed": entry.removed,
            "load": entry.load,
            "modified_at": entry.modified_at.isoformat() if entry.modified_at else None,
            "scope": dict(entry.scope),
        } | changed
        if self.secret and entry.encrypted and entry.name and not said["removed"]:
            sealed = sealing.sealed_text(entry.name, self.secret)
            said["sealed_name"] = base64.b64encode(sealed).decode()
        replace_text(self._sidecar(entry.sha256), json.dumps(said, indent=1))

    def _sidecar(self, sha256: str) -> Path:
        return self.folder / f"{sha256}{_ENTRY}"

    def _key(self) -> bytes:
        if self.secret is None:
            raise IntakeError(
                f"The raw files are encrypted and no key is set. Set ${KEY_VARIABLE} to the key "
                "that they were encrypted with."
            )
        return self.secret
