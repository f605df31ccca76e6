"""Damage: a sample of an export, as it may arrive from a hand that was careless or hostile."""

import copy
import csv
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl
import xlwt

from tests.samples.sample import Sample

HOSTILE = (
    "长" * 70_000, "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "\0", "a\0b", "\u202egnp.exe", "\ufeff",
    "'; DROP TABLE orders; --", '" OR 1=1', "../../etc/passwd", "C:\\x\\..\\y", "%2e%2e%2f",
    "a\r\nb", '"', '""', "\t", "\x1a", "{{7*7}}", "{0}", "<script>alert(1)</script>", "$(id)",
    "nan", "inf", "-0", "1e309", "9" * 40, "-99999999999999.99", "1,2,3.4", "6.9E+18", "0x10",
    "2026-02-30 10:00:00", "0001-01-01", "99999-12-31 23:59:59", "2999-01-01 00:00:00", "合计", "-",
    "2026-05-01T10:00:00+08:00", "1900-01-01 00:00:00", "true", "null", "[]", "主订单编号",
    "👩\u200d👦",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5", "latin-1")
_LONGEST_CELL = 32_000  # Of a workbook.


@dataclass(frozen=True)
class Damaged:
    """A file and what is known of it.

    `fewest` and `most` are the rows that it has if it can be read at all, where that is known;
    of one that says the `same` as its sample the same must become.
    """

    name: str
    content: bytes
    fewest: int = 0
    most: int | None = None
    same: bool = False


Kind = Callable[[Sample, random.Random], Damaged]


def _plain(sample: Sample, rng: random.Random) -> Damaged:
    rows, filled = _count(sample)
    content = sample.content()
    return Damaged(sample.file, content, filled, rows, same=True)


def truncated(sample: Sample, rng: random.Random) -> Damaged:
    content = sample.content()
    return Damaged(sample.file, content[: rng.randrange(len(content))])


def bytes_shuffled(sample: Sample, rng: random.Random) -> Damaged:
    content = bytearray(sample.content())
    for _ in range(rng.randint(1, 3)):
        at, size = rng.randrange(len(content)), rng.choice((2, 7, 60, 400))
        piece = list(content[at : at + size])
        rng.shuffle(piece)
        content[at : at + size] = bytes(piece)
    return Damaged(sample.file, bytes(content))


def bits_flipped(sample: Sample, rng: random.Random) -> Damaged:
    content = bytearray(sample.content())
    for _ in range(rng.randint(1, 9)):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return Damaged(sample.file, bytes(content))


def encoded_anew(sample: Sample, rng: random.Random) -> Damaged:
    text = sample.content().decode(sample.encoding)
    encoding = rng.choice(ENCODINGS)
    content = text.encode(encoding, "replace")
    # The first four say the same; of the others it is enough that nothing breaks.
    same = encoding in ENCODINGS[:4] and not (sample.is_json and encoding != "utf-8")
    rows, filled = _count(sample)
    return Damaged(sample.file, content, filled if same else 0, rows, same)


def doubled(sample: Sample, rng: random.Random) -> Damaged:
    content = sample.content()
    rows, filled = _count(sample)
    if sample.is_json or sample.encoding.startswith("utf-16"):
        return Damaged(sample.file, content * 2)
    header = len(sample.before) + 1
    return Damaged(sample.file, content * 2, 2 * filled, 2 * rows + header)


def rows_mixed(sample: Sample, rng: random.Random) -> Damaged:
    """Rows in another order, some of them twice."""
    if sample.is_json:
        return values_spoiled(sample, rng)
    rows = [*sample.rows, *rng.choices(sample.rows, k=3)]
    rng.shuffle(rows)
    return _table(sample, sample.headers, rows, rng)


def columns_mixed(sample: Sample, rng: random.Random) -> Damaged:
    if sample.is_json:
        return keys_spoiled(sample, rng)
    headers = list(sample.headers)
    rng.shuffle(headers)
    return _table(sample, tuple(headers), list(sample.rows), rng, same=True)


def columns_spoiled(sample: Sample, rng: random.Random) -> Damaged:
    """Columns left out, renamed and there twice."""
    if sample.is_json:
        return keys_spoiled(sample, rng)
    headers = list(sample.headers)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(headers))
        match rng.randrange(3):
            case 0 if len(headers) > 1:
                del headers[at]
            case 1:
                headers.insert(at, rng.choice(headers))
            case _:
                renamed = rng.choice(("x", "", " ", headers[at][:2], *HOSTILE[1:9]))
                rows = [
                    {(renamed if h == headers[at] else h): cell for h, cell in row.items()}
                    for row in sample.rows
                ]
                headers[at] = renamed
                return _table(sample, tuple(headers), rows, rng)
    return _table(sample, tuple(headers), list(sample.rows), rng)


def cells_hostile(sample: Sample, rng: random.Random) -> Damaged:
    if sample.is_json:
        return values_spoiled(sample, rng)
    rows = [dict(row) for row in sample.rows]
    for _ in range(rng.randint(1, 6)):
        rng.choice(rows)[rng.choice(sample.headers)] = rng.choice(HOSTILE)
    return _table(sample, sample.headers, rows, rng)


def keys_spoiled(sample: Sample, rng: random.Random) -> Damaged:
    """JSON with keys left out or renamed."""
    document = copy.deepcopy(sample.document)
    for _ in range(rng.randint(1, 3)):
        found = [one for one in _nodes(document) if isinstance(one, dict) and one]
        if not found:
            break
        one = rng.choice(found)
        key = rng.choice(list(one))
        value = one.pop(key)
        if rng.random() < 0.5:
            one[rng.choice(("x", "", "a.b", "a[]", key.upper(), *HOSTILE[1:9]))] = value
    return _document(sample, document)


def values_spoiled(sample: Sample, rng: random.Random) -> Damaged:
    """JSON with values of another kind, or hostile ones."""
    document = copy.deepcopy(sample.document)
    strange = (None, True, -1, 2**63, 1.5, 1e300, [], {}, [[]], [{}], {"a": {"b": []}}, ["x"])
    for _ in range(rng.randint(1, 5)):
        found = [one for one in _nodes(document) if one]
        one = rng.choice(found)
        at = rng.choice(list(one) if isinstance(one, dict) else range(len(one)))
        one[at] = rng.choice((*strange, *HOSTILE))
    return _document(sample, document)


def in_a_workbook(sample: Sample, rng: random.Random) -> Damaged:
    """As an xlsx or xls, all text or with the numbers that a spreadsheet makes of it."""
    if sample.is_json:
        return values_spoiled(sample, rng)
    makes_numbers = rng.random() < 0.5
    table = [list(row) for row in csv.reader(io.StringIO(_text(sample)))]
    cells = [[_sheet_cell(cell, makes_numbers=makes_numbers) for cell in row] for row in table]
    rows, filled = _count(sample)
    out = io.BytesIO()
    if rng.random() < 0.5:
        book = openpyxl.Workbook()
        for row in cells:
            book.active.append(row)
        book.save(out)
        content = out.getvalue()
        if rng.random() < 0.3:
            content = bytearray(content)
            content[rng.randrange(len(content))] ^= 0xFF
            return Damaged(f"{sample.adapter}.xlsx", bytes(content))
        return Damaged(f"{sample.adapter}.xlsx", content, filled, rows)
    old = xlwt.Workbook()
    sheet = old.add_sheet("订单")
    for at, row in enumerate(cells):
        for column, value in enumerate(row):
            sheet.write(at, column, value)
    old.save(out)
    return Damaged(f"{sample.adapter}.xls", out.getvalue(), filled, rows)


def in_an_archive(sample: Sample, rng: random.Random) -> Damaged:
    """In a zip: under a name that leads elsewhere, beside a bomb, nested, locked, or damaged."""
    inner = _plain(sample, rng)
    name = f"{sample.adapter}.zip"
    match rng.randrange(6):
        case 0:
            path = rng.choice(("../../", "/etc/", "C:\\x\\", "..\\..\\", "a/../../"))
            content = zipped({path + sample.file: inner.content})
            return Damaged(name, content, inner.fewest, inner.most, same=True)
        case 1:
            with io.BytesIO() as out:
                with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.writestr(sample.file, inner.content)
                    with archive.open("bomb.csv", "w") as bomb:
                        for _ in range(120):
                            bomb.write(bytes(1 << 20))
                return Damaged(name, out.getvalue())
        case 2:
            content = inner.content
            for _ in range(rng.randint(1, 3)):
                content = zipped({sample.file if content is inner.content else "in.zip": content})
            return Damaged(name, content)
        case 3:
            content = bytearray(zipped({sample.file: inner.content, "notes.csv": b"a,b\n1,2\n"}))
            for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
                content[content.index(signature) + offset] |= 1
            return Damaged(name, bytes(content))
        case 4:
            content = bytearray(zipped({sample.file: inner.content, "again.csv": inner.content}))
            at = rng.randrange(len(content))
            content[at : at + 9] = rng.randbytes(9)
            return Damaged(name, bytes(content))
        case _:
            content = zipped({f"a/{sample.file}": inner.content, f"b/{sample.file}": inner.content})
            return Damaged(name, content)


KINDS: tuple[Kind, ...] = (
    truncated, cells_hostile, in_an_archive, columns_spoiled, bytes_shuffled, in_a_workbook,
    encoded_anew, columns_mixed, rows_mixed, doubled, bits_flipped,
)  # fmt: skip


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def _table(
    sample: Sample,
    headers: tuple[str, ...],
    rows: list[Any],
    rng: random.Random,
    *,
    same: bool = False,
) -> Damaged:
    out = io.StringIO()
    written = csv.writer(out, lineterminator="\r\n")
    written.writerows(sample.before)
    written.writerow(headers)
    written.writerows([row.get(header, "") for header in headers] for row in rows)
    written.writerows(sample.after)
    encoding = "gb18030" if sample.encoding == "gbk" else sample.encoding
    count = len(rows) + len(sample.after)
    filled = sum(any(map(str.strip, row.values())) for row in rows)
    return Damaged(sample.file, out.getvalue().encode(encoding), filled, count, same)


def _document(sample: Sample, document: Any) -> Damaged:
    text = json.dumps(document, ensure_ascii=False)
    return Damaged(sample.file, text.encode(sample.encoding, "replace"))


def _nodes(found: Any) -> Iterator[Any]:
    if isinstance(found, dict | list):
        yield found
        for inner in found.values() if isinstance(found, dict) else found:
            yield from _nodes(inner)


def _count(sample: Sample) -> tuple[int, int]:
    """Return how many rows a sample has, and how many of them say something."""
    if sample.is_json:
        return 1_000, 0
    filled = sum(any(map(str.strip, row.values())) for row in sample.rows)
    return len(sample.rows) + len(sample.after), filled


def _text(sample: Sample) -> str:
    return sample.content().decode(sample.encoding).removeprefix("\ufeff")


def _sheet_cell(cell: str, *, makes_numbers: bool) -> Any:
    if makes_numbers:
        try:
            return float(cell)
        except ValueError:
            pass
    return openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", cell)[:_LONGEST_CELL]
