"""Tills: one row a product sold; what comes back is a row of its own, with a negative quantity."""

from pathlib import Path

import numpy as np

from insights.demo.direct.trade import store_ids
from insights.demo.exports.channel import Sales
from insights.demo.exports.files import Sheet, write_csv
from insights.demo.world.columns import DAY
from insights.demo.world.identity import member_numbers


def write(whole: Sales, folder: Path) -> list[Path]:
    """Write the tills' lists."""
    return [
        write_csv(folder / f"POS销售流水_{part.name}.csv", _rows(part), encoding="gb18030")
        for part in whole.windows()
    ]


def _rows(part: Sales) -> Sheet:
    back = np.flatnonzero(part.back > 0)
    place = np.concatenate([np.arange(len(part.lines)), back])
    returned = np.arange(place.size) >= len(part.lines)
    made, lines = part.of_line.take(place), part.lines.take(place)
    at = np.where(returned, part.refunded[place], made.created)
    sign = np.where(returned, -1, 1)
    world = part.world
    shops, codes = store_ids(world), world.setting.staff.code
    member = part.found.member[made.row] * DAY <= made.created
    cards = member_numbers(made.who).to_pylist()
    numbers = part.by_line(part.numbers).take(place).to_pylist()
    off = lines.amount / np.maximum(lines.goods, 1)
    return {
        "店编": [shops[s] if s >= 0 else "" for s in made.store],
        "单据号": [f"TH{n[2:]}" if r else n for n, r in zip(numbers, returned, strict=True)],
        "原单据号": [n if r else "" for n, r in zip(numbers, returned, strict=True)],
        "流水号": [f"{n}{'T' if r else ''}" for n, r in zip(
            part.line_numbers.take(place).to_pylist(), returned, strict=True)],
        "销售时间": part.at(at),
        "会员编号": [c if m else "" for c, m in zip(cards, member, strict=True)],
        "会员名称": "",
        "商品编号": part.codes.take(place),
        "商品名称": part.titles.take(place),
        "吊牌价": part.yuan(lines.goods // lines.quantity),
        "打折率": [f"{share:.4f}" for share in off],
        "数量": (lines.quantity * sign).tolist(),
        "总金额": part.yuan(lines.amount * sign),
        "导购工号": [codes[s] if s >= 0 else "" for s in made.staff],
    }  # fmt: skip
