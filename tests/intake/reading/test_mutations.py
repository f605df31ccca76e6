"""Damaged files: whatever was done to the bytes, every row is read, or refused with a reason."""

import random
import string
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.errors import UnreadableFile
from insights.intake.reading import Header, Limits, Page, Unreadable, pages
from tests.intake.reading import made

REASONS = {
    "empty", "password", "unknown_format", "encoding", "damaged", "too_large", "nested_too_deep",
    "joined",
}  # fmt: skip
ROW_REASONS = {
    "too_few_cells", "too_many_cells", "undecodable", "cut_short", "open_quote", "header_again",
    "not_json", "empty_list",
}  # fmt: skip
LIMITS = Limits(sheet_cells=2_000_000)


def files() -> dict[str, bytes]:
    text = made.csv_text()
    return {
        "utf8.csv": text.encode("utf-8-sig"),
        "gbk.csv": text.encode("gb18030"),
        "utf16.csv": text.encode("utf-16"),
        "tabs.tsv": text.replace(",", "\t").replace("请", '"请""\r\n,"').encode(),
        "orders.xlsx": made.xlsx(B=[("x", 1.5), (True, None)]),
        "orders.xls": made.xls(),
        "orders.json": made.document(),
        "orders.jsonl": made.lines(),
        "orders.zip": made.zipped(
            {"a.csv": text.encode("gb18030"), "b.xlsx": made.xlsx(), "c.json": made.document()}
        ),
    }


FILES = files()
PARTS = ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]


def mutated(content: bytes, rng: random.Random) -> bytes:
    content = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        if not content:
            break
        at, size = rng.randrange(len(content)), rng.choice([1, 2, 7, 60, 400])
        match rng.randrange(10):
            case 0:
                del content[at:]
            case 1:
                piece = list(content[at : at + size])
                rng.shuffle(piece)
                content[at : at + size] = bytes(piece)
            case 2:
                content[at : at + size] = rng.randbytes(len(content[at : at + size]))
            case 3:
                content += bytes(content)
            case 4:
                del content[at : at + size]
            case 5:
                content[at:at] = (
                    rng.choice([b'"', b"\0", b",", b"\n", b"\r", b"\xff", b"\x1a"]) * size
                )
            case 6:
                content[at:at] = content[at : at + size]
            case 7:
                text = bytes(content).decode(rng.choice(["gb18030", "latin-1", "utf-8"]), "replace")
                content[:] = text.encode(rng.choice(["utf-8", "utf-16", "gb18030"]), "replace")
            case 8:
                content[at] ^= 1 << rng.randrange(8)
            case 9:
                content[at : at + size] = bytes(len(content[at : at + size]))
    return bytes(content)


def accounted(path: Path) -> int:
    """Read all that a file holds, as somebody would who knew its headers; return the rows."""
    rows = 0
    parts = list(pages(path, limits=LIMITS))
    assert parts
    for part in parts:
        if isinstance(part, Unreadable):
            assert part.reason in REASONS
            assert part.error.endswith(".")
            continue
        assert isinstance(part, Page)
        header, columns = wanted(part)
        numbers = []
        try:
            for batch in part.stream(header, columns):
                assert batch.schema.names == [*columns.values(), "_row"]
                batch.validate(full=True)
                numbers += batch.column("_row").to_pylist()
        except UnreadableFile as error:
            assert error.reason in REASONS  # noqa: PT017 - it may as well not be raised
            continue
        assert part.refused.counts.keys() <= ROW_REASONS
        refused = [row for row, _ in part.refused]
        assert len(set(numbers)) == len(numbers)
        assert not set(numbers) & set(refused)
        if part.format != "json":
            # No number between the header and the last row is missing.
            every = sorted({*numbers, *refused})
            assert every == list(range(header.row + 1, header.row + 1 + len(every)))
        rows += len(numbers)
    return rows


def wanted(page: Page) -> tuple[Header, dict[int | str, str]]:
    if page.format == "json":
        return Header(), {key: f"c{at}" for at, key in enumerate(page.keys[:3])}
    widest = max(page.head, key=len, default=())
    if not widest:
        return Header(1, page.head[0] if page.head else ()), {}
    at = page.head.index(widest)
    return Header(at + 1, widest), {
        n: f"c{n}" for n, cell in enumerate(widest) if cell.strip() and n % 2 == 0
    }


def holds(folder: Path, name: str, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same damage each time
    path = folder / name
    if name == "orders.xlsx" and rng.random() < 0.7:
        # A zip notices most damage by itself; this gets past its checksums.
        content = made.edited(FILES[name], rng.choice(PARTS), lambda part: mutated(part, rng))
    else:
        content = mutated(FILES[name], rng)
    path.write_bytes(content)
    accounted(path)


def test_undamaged_files_are_read_whole(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    found = {name: accounted(tmp_path / name) for name in FILES}
    assert found == dict.fromkeys(FILES, 30) | {"orders.xlsx": 31, "orders.zip": 90}


@pytest.mark.parametrize("seed", range(20))
def test_no_damage_raises_or_loses_a_row(tmp_path, seed):
    holds(tmp_path, list(FILES)[seed % len(FILES)], seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_no_damage_at_all_raises_or_loses_a_row(tmp_path, seed):
    for number, name in enumerate(FILES):
        holds(tmp_path, name, 1_000 + seed * len(FILES) + number)


TEXT = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufdd0\ufdd1")
CELLS = st.text(TEXT, max_size=9)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8),
    encoding=st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]),
    delimiter=st.sampled_from(",\t;"),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_was_written_is_read(rows, encoding, delimiter, end):
    header = ["订单编号，主单", "买家留言，全文", "实付款，合计"]
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in [header, *rows]]
    text = "".join(delimiter.join(row) + end for row in quoted)
    with tempfile.TemporaryDirectory() as folder:
        read = made.Reading(Path(folder), text.encode(encoding))
        assert [cells for _, *cells in read.rows(*header)] == rows
        assert not read.refused


@settings(max_examples=100, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(alphabet=string.printable + "订单\ufeff\0", max_size=300).map(str.encode),
        st.text(alphabet='{}[]",:1ae\n\\ ', max_size=80).map(str.encode),
        st.text(alphabet='",;\t\r\na ', max_size=80).map(str.encode),
    )
)
def test_no_bytes_raise(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(content)
        accounted(path)
