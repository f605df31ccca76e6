"""Personal values: after every load they are in the vault and nowhere else."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from insights.settings import Settings
from insights.sources import Adapter
from tests.samples.sample import Sample
from tests.sources.checks import adapter, workspace
from tests.sources.test_adapters import FOUND

# What the headers of names, phones, addresses, cards and remarks are called.
TELLING = re.compile(
    "收件人|收货人|收货地址|详细地址|姓名|手机|电话|身份证|留言|备注|微信号|昵称|实名|"
    "remark|mobile|phone|tel_number|address|id_card|buyer_message|receiver|avatar|detail_info|"
    "customer_notes|birthday"
)
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FEWEST = 4  # Shorter values stand in any file by chance.


def planted(sample: Sample) -> set[str]:
    """Return the personal values of a sample: those that it names, and those under such headers."""
    found = set(sample.personal)
    known = adapter(sample)
    if known.source.name == "brand_tables":  # They name staff and stores, on purpose.
        return {value for value in found if value}
    cells = _leaves(sample.document) if sample.is_json else _cells(sample)
    for header, cell in cells:
        if TELLING.search(header) and not _is_kept(known, header):
            found.add(cell.strip("\t '`\"="))
    return {value for value in found if len(value) >= FEWEST or not value.isascii()} - {"", "-"}


def _is_kept(known: Adapter, header: str) -> bool:
    """Whether an adapter keeps a column on purpose, as words that name nobody."""
    name = next((h for h in known.kinds if header.endswith(h)), "")
    return known.kinds.get(name, "private") not in {"private", "phone", "card"}


def _cells(sample: Sample) -> Iterator[tuple[str, str]]:
    for row in sample.rows:
        yield from row.items()


def _leaves(found: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield from _leaves(value, f"{path}.{key}")
    elif isinstance(found, list):
        for value in found:
            yield from _leaves(value, path)
    elif isinstance(found, str):
        yield path, found


def readable(path: Path) -> str:
    """Return all that a file says: its bytes in two ways, its name, and its cells."""
    content = path.read_bytes()
    said = [str(path), content.decode("utf-8", "replace"), content.decode("utf-16-le", "replace")]
    if path.suffix == ".parquet":
        file = pq.ParquetFile(path)
        said += [repr(file.read().to_pylist()), repr(file.schema_arrow.metadata)]
    return "\n".join(said) + json.dumps(content.decode("utf-8", "replace"), ensure_ascii=False)


def names(values: set[str], text: str) -> list[str]:
    # JSON may write a character as its number.
    return sorted(v for v in values if v in text or json.dumps(v)[1:-1] in text)


@pytest.fixture
def temp(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def said(settings: Settings, *asked: str) -> str:
    """Return what a command prints, on both streams."""
    done = subprocess.run(
        [sys.executable, "-m", "insights", *asked],
        cwd=settings.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}, (asked, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def test_the_samples_plant_what_is_looked_for():
    every = set[str]().union(*map(planted, FOUND))
    assert {"13800000001", "张三丰", "西湖区文三路 99 号", "请放门口，张三丰"} <= every
    assert len(every) > 40


FEW = [one for one in FOUND if one.adapter in {"douyin.orders", "wecom.contacts", "youzan.trades"}]


@pytest.mark.parametrize(
    "samples", [FEW, pytest.param(FOUND, marks=pytest.mark.slow)], ids=["few", "all"]
)
def test_no_personal_value_is_anywhere_but_in_the_vault(temp, tmp_path, samples):
    settings = workspace(tmp_path / "work")
    exports = settings.root / "in"
    exports.mkdir()
    values = set[str]()
    for number, sample in enumerate(samples):
        values |= planted(sample)
        (exports / f"{number:02}-{sample.file}").write_bytes(sample.content())
        if sample.word:  # Refused for a word, with the same people in it.
            spoiled = sample.spoiled(sample.word, "升仓 13800000001")
            (exports / f"{number:02}-bad-{sample.file}").write_bytes(spoiled.content())
    # A file that nobody knows, one cut short, and one of which rows are refused for their cells.
    (exports / "unknown.csv").write_bytes("姓名,手机\n张三丰,13800000001\n".encode("gb18030"))
    cut = samples[0].content()
    (exports / "cut.csv").write_bytes(cut[: len(cut) * 2 // 3])
    scope = {name: value for sample in samples for name, value in sample.scope.items()}
    options = [part for n, v in scope.items() for part in ("--set", f"{n}={v}")]
    # Values under an adapter's own headers may be what it keeps: a shop, an id, a product.
    values -= kept_on_purpose()
    spoken = [said(settings, *asked) for asked in commands(exports, options, len(samples) > 9)]
    spoken.append(readable(settings.root / "refused.csv"))
    for text in spoken:
        assert not names(values, text), (names(values, text), text[:200])
    data = settings.data / "shop"
    assert list((data / "raw").iterdir())
    looked_at = 0
    for path in data.rglob("*"):
        if path.is_file() and path.relative_to(data).parts[0] != "raw":
            looked_at += 1
            assert not (found := names(values, readable(path))), (path.relative_to(data), found)
    assert looked_at > 10
    if len(samples) > len(FEW):
        reported(settings, values)
    for entry in (data / "raw").glob("*.entry"):
        assert not names(values, readable(entry))
    assert not list(temp.iterdir())


def reported(settings: Settings, values: set[str]) -> None:
    """Make the page that tells the most of files, and look for the values in all that it leaves."""
    (settings.root / "notebooks").symlink_to(NOTEBOOKS)
    assert "published" in said(settings, "run", "data_health")
    pages = [path for path in (settings.root / "reports").rglob("*") if path.is_file()]
    assert any(path.suffix == ".html" for path in pages)
    for path in pages:
        assert not (found := names(values, readable(path))), (path.name, found)


def commands(exports: Path, options: list[str], every: bool) -> list[list[str]]:
    """Return what is asked of the command line: the shorter ways of saying it, or both ways."""
    explain, ingest = ["sources", "explain", str(exports)], ["ingest", str(exports)]
    show = ["quarantine", "show", "-n", "500"]
    asked = [[*explain, *options], [*ingest, "--json", *options], [*show, "--json"]]
    if every:
        asked += [[*explain, "--json", *options], [*ingest, "--force", *options], show]
    return [*asked, ["quarantine", "list"], ["quarantine", "export", "refused.csv"]]


def kept_on_purpose() -> set[str]:
    """Values that some sample expects in the lake."""
    return {
        str(cell)
        for sample in FOUND
        for rows in sample.expected.values()
        for row in rows
        for cell in row.values()
    }
