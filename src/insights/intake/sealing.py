"""Sealing: a file encrypted in chunks (AES-256-GCM), so that any part of it can be read again.

Each file has a key of its own, derived from the secret and a random salt. Each chunk carries its
number and whether it is the last, so that chunks can neither be swapped nor cut off unnoticed.
"""

import hashlib
import io
import os
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from insights.errors import IntakeError

CHUNK = 1 << 20
_MAGIC = b"insights-raw-1\n"
_TAG, _SALT, _NAME = 16, 16, 8
_HEADER = len(_MAGIC) + _NAME + _SALT


class Flushed:
    """A plain file that is on the disk once it is closed."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, data: bytes) -> int:
        """Write bytes."""
        return self._out.write(data)

    def close(self) -> None:
        """Flush to the disk and close."""
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()


class Sealed(Flushed):
    """A file that encrypts what is written to it."""

    def __init__(self, out: BinaryIO, secret: bytes) -> None:
        super().__init__(out)
        salt = os.urandom(_SALT)
        out.write(_MAGIC + _name(secret) + salt)
        self._cipher = _cipher(secret, salt)
        self._number = 0
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        """Write bytes."""
        self._waiting += data
        while len(self._waiting) > CHUNK:  # The last chunk is only known at the end.
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk, flush to the disk and close."""
        self._put(bytes(self._waiting), last=True)
        super().close()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(*_place(self._number, chunk, last=last)))
        self._number += 1


class Opened(io.RawIOBase):
    """The content of an encrypted file, a chunk at a time.

    Raises
    ------
    IntakeError
        If it was encrypted with another key, or is damaged.
    """

    def __init__(self, path: Path, secret: bytes) -> None:
        self._file = path.open("rb")
        header = self._file.read(_HEADER)
        name = header[len(_MAGIC) : len(_MAGIC) + _NAME]
        if len(header) < _HEADER or not header.startswith(_MAGIC):
            self._file.close()
            raise _damaged()
        if name != _name(secret):
            self._file.close()
            raise IntakeError(
                "The raw file was encrypted with another key. Set $INSIGHTS_RAW_KEY to the key "
                "that was set when it was received."
            )
        self._cipher = _cipher(secret, header[-_SALT:])
        body = path.stat().st_size - _HEADER
        self._chunks = max(1, -(-body // (CHUNK + _TAG)))
        self._size = body - _TAG * self._chunks
        self._at = 0
        self._held = (-1, b"")

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def seekable(self) -> bool:
        """Whether it can seek: yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place of the content."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Return the place in the content."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into a buffer."""
        number, inside = divmod(self._at, CHUNK)
        if number >= self._chunks or self._at >= self._size > 0:
            return 0
        if self._held[0] != number:
            self._held = (number, self._chunk(number))
        piece = self._held[1][inside : inside + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _chunk(self, number: int) -> bytes:
        self._file.seek(_HEADER + number * (CHUNK + _TAG))
        sealed = self._file.read(CHUNK + _TAG)
        try:
            last = number == self._chunks - 1
            return self._cipher.decrypt(*_place(number, sealed, last=last))
        except InvalidTag as error:
            raise _damaged() from error


def sealed_text(text: str, secret: bytes) -> bytes:
    """Encrypt a short text."""
    salt = os.urandom(_SALT)
    return salt + _cipher(secret, salt).encrypt(*_place(0, text.encode(), last=True))


def opened_text(sealed: bytes, secret: bytes, otherwise: str) -> str:
    """Decrypt a short text; return `otherwise` if the key is another."""
    try:
        cipher = _cipher(secret, sealed[:_SALT])
        return cipher.decrypt(*_place(0, sealed[_SALT:], last=True)).decode()
    except InvalidTag:
        return otherwise


def _place(number: int, data: bytes, *, last: bool) -> tuple[bytes, bytes, bytes]:
    """Return the nonce, the data and what is bound to it: the file's own key makes it unique."""
    return number.to_bytes(12, "big"), data, b"last" if last else b"more"


def _cipher(secret: bytes, salt: bytes) -> AESGCM:
    derived = HKDF(hashes.SHA256(), 32, salt, b"insights raw file").derive(secret)
    return AESGCM(derived)


def _name(secret: bytes) -> bytes:
    return hashlib.sha256(b"insights raw key" + secret).digest()[:_NAME]


def _damaged() -> IntakeError:
    return IntakeError(
        "The raw file is damaged: it was changed or cut off after it was received. Load the export "
        "again."
    )
