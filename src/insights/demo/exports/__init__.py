"""Exports: the world as the systems' consoles and interfaces would hand it out, warts and all.

One module a system. They know the formats from their documentation and from files seen, not from
the adapters that read them.
"""

from collections.abc import Callable
from pathlib import Path

from insights.demo.exports import (
    by_hand,
    douyin,
    jd,
    members,
    official,
    pos,
    small_shops,
    templates,
    tmall,
    warehouse,
    wechat,
    wecom,
    wecom_totals,
    wx_store,
    youzan,
)  # fmt: skip
from insights.demo.exports.channel import sales
from insights.demo.faults import as_exported
from insights.demo.world import CHANNELS, Block, World
from insights.demo.world.parameters import YOUZAN

SHOPS = {
    "tmall": tmall, "jd": jd, "douyin": douyin, "store": pos, "youzan": youzan,
    "wx_store": wx_store,
}  # fmt: skip
FOLDERS = {"store": "pos"}


def write(world: World, everybody: Block, folder: Path, tell: Callable[[str], None]) -> list[Path]:
    """Write the exports of all systems, each in a folder of its own.

    Parameters
    ----------
    world : World
    everybody : Block
        All people of the world in one block.
    folder : Path
        Gets `exports`, which can be loaded as a whole; `exports_again`, orders that are in
        `exports` already, in another format; and `warehouse`, tables that are canonical ones.
    tell : callable
        Told what is written now.
    """
    found = as_exported(world, everybody)
    paths = []
    tell("writing tables of the warehouse")
    paths += warehouse.write(world, found, folder / "warehouse")
    again, folder = folder / "exports_again", folder / "exports"
    for channel, name in enumerate(CHANNELS):
        tell(f"writing {name}")
        place = folder / FOLDERS.get(name, name)
        paths += SHOPS[name].write(sales(world, found, channel), place)
    youzan.write_console(sales(world, found, YOUZAN), again / "youzan")
    tell("writing members")
    paths += members.write(world, found, folder / "members")
    tell("writing WeCom")
    paths += wecom.write(world, found, folder / "wecom")
    paths += wecom_totals.write(world, found, folder / "wecom")
    paths += official.write(world, found, folder / "official_account")
    paths += templates.write(world, found, folder / "templates")
    tell("writing small shops and totals")
    bought, tables = world.elsewhere, world.sidelines
    paths += small_shops.write(world, bought, folder)
    paths += wechat.write(world, sales(world, found, YOUZAN), bought, tables, folder)
    paths += by_hand.write(world, everybody, bought, tables, folder / "templates")
    return paths


__all__ = ["write"]
