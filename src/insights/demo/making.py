"""Making: a brand's folders are written beside their places, and put there once they are whole."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from insights.demo import exports
from insights.demo.plan import Plan
from insights.demo.truth import TruthWriter
from insights.demo.world import World

Tell = Callable[[str], None]
FOLDERS = ("warehouse", "exports_again", "exports")  # The last one there says that all are.
# What loads and lists have remembered of the people of a brand: nothing of it is true of others.
REMEMBERED = ("lake", "raw", "quarantine", "segments", "actions")


@dataclass(frozen=True)
class Made:
    """What was written."""

    files: int
    bytes: int


def make_exports(plan: Plan, tell: Tell) -> Made:
    """Write the exports of all systems and the truth; what was there gives way at the end."""
    world = World(plan.spec)
    fresh = _fresh(plan.exports)
    try:
        with TruthFolder(world, plan.truth) as truth:
            tell("simulating")
            everybody = world.block(0, plan.spec.customers)
            tell("writing the truth")
            truth.add(everybody)
            files = exports.write(world, everybody, fresh, tell)
            # Before the truth takes its place: never does one world's stand beside another's data.
            clear(plan)
        for name in FOLDERS:
            _put(fresh / name, plan.exports.with_name(name))
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Made(len(files), sum(path.stat().st_size for path in plan.exports.rglob("*.*")))


def clear(plan: Plan) -> None:
    """Remove the brand that gives way: exports and lakes of two worlds would be no brand at all."""
    # The exports last: while they are there, nobody takes what is left for no brand.
    for folder in (*map(plan.lake.with_name, REMEMBERED), *map(plan.exports.with_name, FOLDERS)):
        if folder.exists():
            shutil.rmtree(folder)


class TruthFolder:
    """A truth folder in the making: `add` takes blocks, and leaving puts it in its place."""

    def __init__(self, world: World, folder: Path) -> None:
        self._folder = folder
        self._fresh = _fresh(folder)
        self._writer = TruthWriter(world, self._fresh)
        self.add = self._writer.add

    def __enter__(self) -> "TruthFolder":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._writer.close()
            _put(self._fresh, self._folder)
        else:
            shutil.rmtree(self._fresh, ignore_errors=True)


def _fresh(folder: Path) -> Path:
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    return fresh


def _put(fresh: Path, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)
