"""Keys: how does a phone become an id that links records and gives nobody a number to call?

By a keyed digest. A plain hash would not do: all mainland mobiles are hashed in some hours. Whoever
has the key can do the same, so it lives in the environment or in a private file, never in a table,
a log or a repository.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from insights.errors import IntakeError, SettingsError, did_you_mean
from insights.settings import Brand, Settings
from insights.store.disk import flush_folders

KEY_VARIABLE = "INSIGHTS_ID_KEY"
FILE_VARIABLE = "INSIGHTS_ID_KEY_FILE"
DIGEST_VARIABLE = "INSIGHTS_ID_DIGEST"
KEY_FILE = "id.key"
KEY_ID_FILE = "id.key-id"  # Which key the brand's ids were made with; it gives nothing away.

Digest = Callable[[bytes, bytes], str]

_LEAST_BYTES = 32
_LEAST_LETTERS = 16
_STRETCH = 2**14  # Of scrypt, 16 MB and some 50 ms: a passphrase is guessed, a random key is not.
# What a sheet or a console puts around a number, and what people write inside it.
_WRAPPER = r"""^[\s='"`]+|[\s"'`]+$"""
_GAPS = r"[\s\-\x{2010}-\x{2015}\x{2212}\x{200b}\x{feff}\x{202a}-\x{202e}()]+"
_MOBILE = r"^(?:\+86|0086|86)?(?P<mobile>1[3-9][0-9]{9})(?:\.0+)?$"


def hmac_sha256(key: bytes, message: bytes) -> str:
    """Return HMAC-SHA-256 as 64 hex digits."""
    return hmac.digest(key, message, "sha256").hex()


def hmac_sm3(key: bytes, message: bytes) -> str:
    """Return HMAC-SM3 as 64 hex digits, where the machine's OpenSSL has SM3."""
    return hmac.new(key, message, lambda: hashlib.new("sm3")).hexdigest()


_DIGESTS: dict[str, Digest] = {"hmac-sha256": hmac_sha256, "hmac-sm3": hmac_sm3}


def register_digest(name: str, digest: Digest) -> None:
    """Let ids be made by another keyed digest of 64 hex digits; $INSIGHTS_ID_DIGEST chooses it."""
    _DIGESTS[name] = digest


@dataclass(frozen=True)
class IdKey:
    """The secret of one brand's ids. It shows itself by its `id` only.

    `notice` is what a person should be told now, once: that a key was made and must be backed up.
    """

    secret: bytes = field(repr=False)
    digest_name: str = "hmac-sha256"
    notice: str | None = None

    @classmethod
    def load(cls, settings: Settings, brand: Brand) -> "IdKey":
        """Return the brand's key; make one where there is none yet.

        Raises
        ------
        SettingsError
            If what is set cannot be a key.
        IntakeError
            If the brand's ids were made with another key: nothing new would ever meet them.
        """
        name = os.environ.get(DIGEST_VARIABLE) or "hmac-sha256"
        if name not in _DIGESTS:
            raise SettingsError(
                f"${DIGEST_VARIABLE} is '{name}', which is no digest.{did_you_mean(name, _DIGESTS)}"
            )
        folder = settings.data / brand.name
        secret, made = _secret(folder)
        notice = (
            f"A key for phone ids of '{brand.name}' was made in data/{brand.name}/{KEY_FILE}. Back "
            "it up apart from the data: without it, what is loaded later cannot be linked with "
            "what is there."
        )
        if any((folder / "raw").glob("*.entry")):
            notice += (
                " Files were received here before this key was made: if it takes the place of one "
                "that was lost, customers' ids differ from those on pages, lists and tombstones. "
                f"Where a backup has the old {KEY_FILE}, put it back, move the lake away, and run "
                "insights restore."
            )
        key = cls(secret, name, notice if made else None)
        _check_id(folder, brand, key)
        return key

    @classmethod
    def is_there(cls, settings: Settings, brand: Brand) -> bool:
        """Whether the brand has a key, in the environment or in its file."""
        said = os.environ.get(KEY_VARIABLE) or os.environ.get(FILE_VARIABLE)
        return bool(said) or (settings.data / brand.name / KEY_FILE).is_file()

    @property
    def id(self) -> str:
        """The name of the key, 8 hex digits; no secret."""
        label = f"insights id key {self.digest_name} ".encode()
        return hashlib.sha256(label + self.secret).hexdigest()[:8]

    def digest(self, message: str) -> str:
        """Return the keyed digest of a text, 64 hex digits."""
        return _DIGESTS[self.digest_name](self.secret, message.encode())

    def phone_id(self, value: str) -> str | None:
        """Return the id of one phone; see `phone_ids`."""
        found: str | None = phone_ids(pa.array([value], pa.string()), self)[0].as_py()
        return found


def phone_ids(values: pa.Array | pa.ChunkedArray, key: IdKey) -> pa.Array:
    """Return the id of each mainland mobile, 64 hex digits, and NULL for anything else.

    +86, 0086, spaces, dashes, full-width digits and a sheet's wrapping are all the same mobile. A
    masked number, a platform's privacy number (with an extension), a landline and whatever else is
    written in such a column identify nobody.

    Parameters
    ----------
    values : Array or ChunkedArray of text
    key : IdKey

    Examples
    --------
    >>> key = IdKey(b"0" * 32)
    >>> ids = phone_ids(pa.array(["+86 138-0000-0001", "13800000001", "138****0001"]), key)
    >>> ids[0] == ids[1], ids[2].is_valid
    (True, False)
    """
    found = normalised(values).dictionary_encode()
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    digest, secret = _DIGESTS[key.digest_name], key.secret
    ids = [digest(secret, mobile.encode()) for mobile in found.dictionary.to_pylist()]
    return pa.array(ids, pa.string()).take(found.indices)


def normalised(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return the 11 digits of each mainland mobile and NULL for anything else."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    coded = values.cast(pa.string()).dictionary_encode()
    folded = pc.utf8_normalize(coded.dictionary, form="NFKC")
    bare = pc.replace_substring_regex(folded, pattern=_WRAPPER, replacement="")
    closed = pc.replace_substring_regex(bare, pattern=_GAPS, replacement="")
    mobiles = pc.struct_field(pc.extract_regex(closed, pattern=_MOBILE), "mobile")
    return mobiles.take(coded.indices)


def secret_bytes(text: str, where: str) -> bytes:
    """Return the bytes of a key: 32 or more as hex or base64, or a passphrase that is stretched.

    Parameters
    ----------
    text : str
    where : str
        Where it was said, to begin an error with.

    Raises
    ------
    SettingsError
        If it is too short; the message does not repeat it.
    """
    text = text.strip()
    if re.fullmatch(r"[0-9a-fA-F]+", text) and len(text) >= 2 * _LEAST_BYTES and not len(text) % 2:
        return bytes.fromhex(text)
    with suppress(binascii.Error, ValueError):
        if len(found := base64.b64decode(text, validate=True)) >= _LEAST_BYTES:
            return found
    if len(text) < _LEAST_LETTERS:
        raise SettingsError(
            f"{where} is too short for a key: {len(text)} letters. Give 32 random bytes as hex or "
            f"base64, or a passphrase of at least {_LEAST_LETTERS} letters."
        )
    salt = b"insights id key"
    return hashlib.scrypt(text.encode(), salt=salt, n=_STRETCH, r=8, p=1, dklen=_LEAST_BYTES)


def _secret(folder: Path) -> tuple[bytes, bool]:
    """Return the secret, and whether it was made just now."""
    if given := os.environ.get(KEY_VARIABLE):
        return secret_bytes(given, f"${KEY_VARIABLE}"), False
    if named := os.environ.get(FILE_VARIABLE):
        try:
            return secret_bytes(
                Path(named).read_text("utf-8"), f"The file of ${FILE_VARIABLE}"
            ), False
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The file that ${FILE_VARIABLE} names cannot be read.") from error
    path = folder / KEY_FILE
    made = False
    if not path.exists() and (folder / KEY_ID_FILE).exists():
        raise IntakeError(  # A new one would stand there as if it were the old.
            f"The key that the ids of '{folder.name}' were made with is gone: "
            f"data/{folder.name}/{KEY_FILE}. Put it back from its backup, or set ${KEY_VARIABLE}. "
            "If it is lost for good, every customer becomes another id: move the lake away, and "
            "run insights restore --new-key"
        )
    if not path.exists():
        made = _create(path, secrets.token_bytes(_LEAST_BYTES).hex())
    return secret_bytes(path.read_text("utf-8"), f"data/{folder.name}/{KEY_FILE}"), made


def _check_id(folder: Path, brand: Brand, key: IdKey) -> None:
    path = folder / KEY_ID_FILE
    if not path.exists():
        _create(path, key.id)
    known = path.read_text("utf-8").strip()
    if known != key.id:
        raise IntakeError(
            f"The ids of '{brand.name}' were made with the key {known}, but the key that is set "
            f"now is {key.id}: the same phone would become two people. Set ${KEY_VARIABLE} (or "
            f"${FILE_VARIABLE}, or data/{brand.name}/{KEY_FILE}) to the old key. If it is lost, "
            f"move data/{brand.name} away and load the exports again."
        )


def _create(path: Path, text: str) -> bool:
    """Write a private file that is there wholly or not at all; False if another was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    flush_folders([path.parent])
    return True
