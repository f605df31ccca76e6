"""Archives: the files of a zip, each read as a stream. Nothing is ever unpacked to a path.

A member's folders are no part of its name, so that no name can lead anywhere.
"""

import io
import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

from insights.errors import UnreadableFile
from insights.intake.reading.page import Limits, Stored, Unreadable

# Whatever zipfile may say of bytes that are no archive, or no longer.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    IndexError,
)
_NOBODYS = {"thumbs.db", "desktop.ini"}
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1


def within(stored: Stored, limits: Limits) -> Stored:
    """Return an archive within an archive so that it can be read: that needs jumping to and fro.

    It is in memory only while it is open.
    """

    def opened() -> BinaryIO:
        return io.BytesIO(stored.bytes(limits.nested_bytes, "an archive"))

    return Stored(stored.name, stored.sha256, stored.size, opened)


def is_workbook(stored: Stored, limits: Limits) -> bool:
    """Return whether a zip is a workbook (.xlsx, .xlsb, .ods).

    Raises
    ------
    UnreadableFile
        If it is no zip any more, another kind of document, or unpacks to too much.
    """
    with _opened(stored) as archive:
        infos = archive.infolist()
        names = {info.filename for info in infos}
        book = any(name.startswith("xl/workbook.") for name in names) or (
            {"mimetype", "content.xml"} <= names
        )
        if not book and "[Content_Types].xml" in names:
            raise UnreadableFile(
                stored.name,
                "unknown_format",
                f"'{stored.name}' is a document of another office program. Save the table as .xlsx "
                "or as CSV UTF-8.",
            )
        _refuse_bomb(stored, infos, limits.sheets_bytes if book else limits.archive_bytes, limits)
    return book


def members(stored: Stored, limits: Limits, depth: int) -> Iterator[Stored | Unreadable]:
    """Yield the files of an archive.

    Raises
    ------
    UnreadableFile
        If it is damaged, too large, nested too deep, or empty.
    """
    if depth < 1:
        raise UnreadableFile(
            stored.name,
            "nested_too_deep",
            f"'{stored.name}' is an archive in an archive in an archive. Unpack the outer ones.",
        )
    with _opened(stored) as archive:
        infos = [info for info in archive.infolist() if not _is_nobodys(info)]
    if not infos:
        raise UnreadableFile(stored.name, "empty", f"'{stored.name}' is an archive of no file.")
    seen: Counter[str] = Counter()
    for info in infos:
        plain = PurePosixPath(_name(info).replace("\\", "/")).name or "?"
        seen[plain] += 1
        plain = f"{plain} ({seen[plain]})" if seen[plain] > 1 else plain
        name = f"{stored.name} › {plain}"
        if info.flag_bits & _ENCRYPTED:
            yield Unreadable(
                name, "password", f"'{name}' is protected by a password. Unpack it, and load that."
            )
        else:
            yield Stored(name, stored.sha256, info.file_size, _opener(stored, info, name))


def _opener(stored: Stored, info: zipfile.ZipInfo, name: str) -> Callable[[], Any]:
    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        with _opened(stored) as archive:
            try:
                member = archive.open(info)
            except DAMAGE as error:
                raise _damaged(name) from error
            with member:
                yield cast("BinaryIO", _Member(member, name))

    return opened


class _Member(io.RawIOBase):
    """A member that is read once, from its beginning to its end."""

    def __init__(self, file: Any, name: str) -> None:
        self._file = file
        self._name = name

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return bytes(self._file.read(size))
        except DAMAGE as error:
            raise _damaged(self._name) from error


@contextmanager
def _opened(stored: Stored) -> Iterator[zipfile.ZipFile]:
    with stored.open() as file:
        try:
            archive = zipfile.ZipFile(file)
        except DAMAGE as error:
            raise _damaged(stored.name) from error
        with archive:
            yield archive


def _refuse_bomb(stored: Stored, infos: list[zipfile.ZipInfo], most: int, limits: Limits) -> None:
    size = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    squeezed = any(
        info.file_size > max(limits.ratio_from, limits.ratio * info.compress_size) for info in infos
    )
    # Members that lie on top of each other are how a small archive unpacks to petabytes.
    piled = packed > stored.size
    if size > most or len(infos) > limits.members or squeezed or piled:
        raise UnreadableFile(
            stored.name,
            "too_large",
            f"'{stored.name}' holds {len(infos):,} files that unpack to {size / 2**20:,.0f} MB; at "
            f"most {limits.members:,} and {most / 2**20:,.0f} MB are read, and none of more than "
            f"{limits.ratio} times its packed size. Unpack it, and load what is needed.",
        )


def _is_nobodys(info: zipfile.ZipInfo) -> bool:
    """Return whether a member is a folder, or something that a computer put there for itself."""
    parts = info.filename.replace("\\", "/").split("/")
    last = parts[-1]
    return (
        not last or "__MACOSX" in parts or last.startswith((".", "~$")) or last.lower() in _NOBODYS
    )


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name: Windows in China writes GBK where the format says cp437."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _damaged(name: str) -> UnreadableFile:
    return UnreadableFile(
        name,
        "damaged",
        f"'{name}' is damaged: its bytes are not what the archive says. Download it again.",
    )
