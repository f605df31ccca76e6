"""Members: the member table as it stands at the end, and every year that was paid for.

Which tiers a member passed through, no system of this brand remembers; the truth does.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from insights.demo.direct import people
from insights.demo.direct.trade import store_ids
from insights.demo.exports.files import Sheet, write_csv
from insights.demo.wire import moments
from insights.demo.world import Block, World
from insights.demo.world.columns import DAY, NEVER
from insights.demo.world.identity import member_numbers, names, phones
from insights.demo.world.memberships import FREE, PAID, TIERS
from insights.demo.world.parameters import STORE


def write(world: World, found: Block, folder: Path) -> list[Path]:
    """Write the member table and the paid years."""
    return [
        write_csv(folder / "会员表.csv", _members(world, found), encoding="utf-8-sig"),
        write_csv(folder / "付费会员期.csv", _paid(world, found), encoding="utf-8-sig"),
    ]


def _members(world: World, found: Block) -> Sheet:
    spells = found.memberships
    free = spells.take(spells.program == FREE)
    tier = np.full(len(found.people), -1)
    np.maximum.at(tier, free.row, free.tier)
    row = np.flatnonzero(tier >= 0)
    crowd = found.people.take(row)
    _, _, staff = found.friends.of_customers(len(found.people))
    codes, shops = world.setting.staff.code, store_ids(world)
    mine = staff[row]
    unionids = names(world.draws, "unionid", crowd.who).to_pylist()
    # The brand learns a member's unionid from the mini-program; those who never open it have none.
    opened = world.draws.happens("member opens", crowd.who, 0.6)
    at = moments(world.spec.first, (found.member[row] * DAY).astype(np.int64))
    total = np.bincount(found.orders.row, found.orders.amount * (found.orders.paid < NEVER))
    store = world.setting.staff.store
    agreed = world.draws.happens("consent", crowd.who, 0.8)
    return {
        "会员卡号": member_numbers(crowd.who),
        "手机号": phones(world.spec.seed, crowd.who),
        "unionid": [u if o else "" for u, o in zip(unionids, opened, strict=True)],
        "等级": [TIERS[t] for t in tier[row]],
        "成长值": [int(total[r] // 100) if r < total.size else 0 for r in row],
        "入会时间": pc.strftime(at, "%Y-%m-%d %H:%M:%S"),
        "入会渠道": ["门店" if home == STORE else "线上" for home in crowd.home],
        "入会门店": [shops[store[s]] if s >= 0 and store[s] >= 0 else "" for s in mine],
        "专属导购": [codes[s] if s >= 0 else "" for s in mine],
        "生日": [f"{month:02d}-01" for month in crowd.birth_month],
        "营销授权": ["是" if yes else "否" for yes in agreed],
        "状态": "正常",
    }


def _paid(world: World, found: Block) -> Sheet:
    years = found.memberships.take(found.memberships.program == PAID)
    table = people.memberships(world, replace(found, memberships=years))
    form = "%Y-%m-%d %H:%M:%S"
    reasons = {"join": "入会", "renew": "续费"}
    return {
        "会员卡号": table["member_no"],
        "会员计划": "付费",
        "等级": table["tier"],
        "开始时间": pc.strftime(table["started_at"], form),
        "结束时间": pc.strftime(table["ended_at"], form),
        "变动原因": [reasons[r] for r in table["reason"].to_pylist()],
        "会费金额": table["fee_amount"],
        "礼品价值": table["gift_value_amount"],
        "礼品成本": table["gift_cost_amount"],
        "办理员工": table["enrolled_by"],
        "期次": years.nth.tolist(),
    }
