"""Loads that are killed: a process of its own, told where to die. Run by test_crash.py.

    python -m tests.intake.crash first|later|files STEP OFFSET

Every call by which a load changes the disk is a point at which it may die: just before it, or
with half a file written. The points are counted first; then a load dies at each STEP-th of them,
is looked at, and loaded again. What that leaves is compared with a load that nothing befell.

The children are forked, so that each starts with everything imported. Nothing of deltalake runs in
the parent: its runtime does not survive a fork.
"""

import hashlib
import json
import os
import pickle
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pandas  # noqa: F401, ICN001 - imported once for all children
import pyarrow.parquet  # noqa: F401 - the same

from insights.intake import FilesSource, files, ingest, quarantine, staging
from insights.intake.vault import Vault
from insights.store import writer
from insights.store.loads import FILE_NAME
from tests.samples.douyin.orders import SAMPLE
from tests.samples.douyin.orders import line as douyin_line
from tests.samples.sample import Sample
from tests.store.shop import Shop, batch, line, order

CALLS = ("fsync", "replace", "rename", "unlink", "remove", "rmdir", "mkdir")

BEFORE = (
    [
        order("A", "2024-01-05 10:00:00", "10.00"),
        order("B", "2024-02-05 10:00:00", "20.00"),
        order("C", "2024-03-05 10:00:00", "30.00"),
    ],
    [line(f"L{key}", key, "2024-01-05 10:00:00", "1.00") for key in "ABC"],
)
# A changes, B moves to another month, D is new, X is refused, D comes twice.
AFTER = (
    [
        order("A", "2024-01-05 10:00:00", "11.00"),
        order("B", "2024-04-05 10:00:00", "20.00"),
        order("D", "2024-05-05 10:00:00", "40.00"),
        order("D", "2024-05-05 10:00:00", "41.00"),
        order("X", "2024-05-05 10:00:00", "-1.00"),
    ],
    [line("LD", "D", "2024-05-05 10:00:00", "41.00"), line("LX", "D", "yesterday", "1.00")],
)


LATER = {"订单提交时间": "2026-06-01 10:00:00", "支付完成时间": "2026-06-01 10:00:30"}
# The last file has an order of the first one, further on.
EXPORTS = {
    "before.csv": [
        douyin_line("01", "11", "9.00", 订单状态="待支付", 支付完成时间=""),
        douyin_line("08", "81", "25.00", 收件人手机号="13800000002"),
    ],
    "sample.csv": list(SAMPLE.rows),
    "more.csv": [
        douyin_line("05", "51", "30.00", 售后状态="退款成功", 收件人手机号="13800000002"),
        douyin_line("09", "91", "45.00", **LATER),
    ],
}


def export(folder: Path) -> None:
    """Write the exports: their times are part of what is loaded."""
    folder.mkdir()
    for number, (name, rows) in enumerate(EXPORTS.items()):
        path = folder / name
        content = Sample(adapter=SAMPLE.adapter, rows=tuple(rows), expected={}).content()
        path.write_bytes(content)
        os.utime(path, (1_790_000_000 + number,) * 2)


def load(shop: Shop, which: str, before: bool = False) -> Any:
    if which == "files":
        names = ["before.csv"] if before else ["sample.csv", "more.csv"]
        brand = shop.settings.brand()
        paths = [shop.folder.parent / "in" / name for name in names]
        report = ingest(shop.settings, brand, FilesSource(paths, shop.settings, brand))
        assert not report.refused_files
        return report
    rows = BEFORE if before else AFTER
    return shop.load(batch("orders", *rows[0]), batch("order_lines", *rows[1]))


class Death:
    """Counts the points of a load and kills the process at one of them."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.passed = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def arm(self) -> None:
        """Make every call that changes the disk a point."""
        for name in CALLS:
            setattr(os, name, self._before(getattr(os, name)))
        for module, name in (
            (writer, "_write_month"),
            (writer, "_commit"),
            (writer, "_committed"),
            (quarantine, "keep"),
            (quarantine, "keep_files"),
            (files, "translate"),
        ):
            setattr(module, name, self._before(getattr(module, name)))
        staging.Staging.take = self._before(staging.Staging.take)  # type: ignore[method-assign]
        writer._write_month = self._half_written(writer._write_month)

    def _before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **more: Any) -> Any:
            self.point()
            return call(*given, **more)

        return called

    def _half_written(self, write: Callable[..., Any]) -> Callable[..., Any]:
        """Make a point of a month's file that has its beginning and no end."""

        def written(path: Path, *given: Any) -> Any:
            added = write(path, *given)
            if added:
                content = (path / added.path).read_bytes()
                os.truncate(path / added.path, len(content) // 2)
                self.point()
                (path / added.path).write_bytes(content)
            return added

        return written


def seen(shop: Shop) -> Any:
    """What readers see, but for the moment of loading and the names of files."""
    if not (shop.lake() / FILE_NAME).exists():
        return None
    current, lake = shop.current(), shop.open()
    # What is made of several files has the digest of a moment, and not of a file.
    left_out = dict.fromkeys(("customers", "identities"), "loaded_at, file_sha256")
    rows = {
        name: lake.arrow(
            f"SELECT * EXCLUDE ({left_out.get(name, 'loaded_at')}) FROM {name} ORDER BY ALL"
        ).read_all()
        for name in current.tables
    }
    months = {
        name: [file.partition("/")[0] for file in table.files]
        for name, table in current.tables.items()
    }
    return {
        "rows": {name: table.to_pylist() for name, table in rows.items()},
        "months": months,
        "versions": {name: table.version for name, table in current.tables.items()},
        "accounting": current.rows,
        "days": (current.first_day, current.last_day),
    }


def leftovers(shop: Shop) -> list[str]:
    """Files that no load names, the quarantine's included."""
    named = {"lake/current.json", "lake/.lock"}
    for path in (shop.lake() / "loads").glob("*.json"):
        named.add(f"lake/loads/{path.name}")
        kept = json.loads(path.read_text())
        for name, table in kept["current"]["tables"].items():
            commits = [f"_delta_log/{n:020}.json" for n in range(table["version"] + 1)]
            named |= {f"lake/{name}/{file}" for file in (*table["files"], *commits)}
        for account in kept["log"]["tables"]:
            if account["quarantined"]:
                named.add(f"quarantine/{path.stem}/{account['table']}.parquet")
        for account in kept["log"].get("files", ()):
            named |= {f"raw/{account['sha256']}{end}" for end in (".csv", ".entry")}
            named.add("id.key-id")
            if account["rows_refused"]:
                named.add(f"quarantine/{path.stem}/{account['adapter']}.parquet")
    home = shop.lake().parent
    found = {p.relative_to(home).as_posix() for p in home.rglob("*") if p.is_file()}
    missing = [f"missing: {name}" for name in sorted(named - found)]
    return missing + sorted(found - named)


def torn(shop: Shop) -> list[str]:
    """Files of the vault that are not what their names say: at no time there is one."""
    vault = Vault.of(shop.settings, shop.settings.brand())
    there = [vault.path(entry) for entry in vault.entries()]
    return [
        path.name
        for path in there
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() != path.stem
    ]


def child(work: Callable[[], Any]) -> int:
    """Do something in a forked child; return its exit code, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def expect(work: Callable[[], Any], what: str, *codes: int) -> None:
    found = child(work)
    if found not in (codes or (0,)):
        sys.exit(f"{what}: ended with {found}")


def main(which: str, step: int, offset: int) -> None:
    assert duckdb  # Imported, and without a connection, which would not survive a fork.
    os.environ["INSIGHTS_ID_KEY"] = "0f" * 32  # Ids of phones are the same in every workspace.
    with TemporaryDirectory() as folder:
        root = Path(folder)
        start, whole = root / "start", root / "whole"
        Shop(start)
        export(root / "in")
        if which != "first":
            expect(lambda: load(Shop(start), which, before=True), "the load before")
        shutil.copytree(start, whole)
        shutil.copytree(start, root / "counted")

        def count() -> None:
            shop, death = Shop(root / "counted"), Death()
            death.arm()
            load(shop, which)
            (root / "points").write_text(str(death.passed))

        def look() -> None:
            states = [seen(Shop(start)), seen(Shop(whole))]
            (root / "states").write_bytes(pickle.dumps(states))

        expect(count, "counting")
        expect(lambda: load(Shop(whole), which), "a load that nothing befalls")
        expect(look, "looking at it")
        points = int((root / "points").read_text())
        died = list(range(1 + offset % step, points + 1, step))
        for at in died:
            befall(root, start, which, at)
        print(f"{len(died)} of {points} points")  # noqa: T201 - what test_crash.py reads


def befall(root: Path, start: Path, which: str, at: int) -> None:
    """Let a load die at a point and its successor die too, then compare what the third leaves."""
    shop = Shop(root / f"at-{at}")
    shutil.copytree(start, shop.folder, dirs_exist_ok=True)
    old, new = pickle.loads((root / "states").read_bytes())  # noqa: S301 - written above

    def dies(at: int) -> None:
        death = Death(at)
        death.arm()
        load(shop, which)

    def is_old_or_new() -> None:
        found = seen(shop)
        assert found in (old, new), found
        assert not torn(shop), torn(shop)

    def ends_as_if_nothing_had_happened() -> None:
        load(shop, which)
        found = seen(shop)
        assert found == new, f"{found}\n{new}"
        assert not leftovers(shop), leftovers(shop)

    expect(lambda: dies(at), f"dying at point {at}", -signal.SIGKILL)
    expect(is_old_or_new, f"reading after death at point {at}")
    # The next load may die too, in the middle of putting away the first one's remains.
    second = 1 + (at * 7) % 40
    what = f"points {at} and {second}"
    expect(lambda: dies(second), f"dying at {what}", 0, -signal.SIGKILL)
    expect(is_old_or_new, f"reading after deaths at {what}")
    expect(ends_as_if_nothing_had_happened, f"loading after deaths at {what}")
    shutil.rmtree(shop.folder)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
