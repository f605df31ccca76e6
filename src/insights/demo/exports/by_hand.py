"""By hand: templates that a brand fills in beside those of `templates`, a few rows of each."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from insights.demo.direct.trade import store_ids
from insights.demo.exports.channel import SURNAMES
from insights.demo.exports.files import Sheet, stamped, write_csv, yuan
from insights.demo.wire import moments, money, round_names, small_numbers, small_titles
from insights.demo.world import CHANNELS, Block, World
from insights.demo.world.brand import GIFT_CODE
from insights.demo.world.columns import DAY, NEVER, Ints
from insights.demo.world.elsewhere import (
    GROUP_BUY,
    OPEN_HOURS,
    PLACES,
    Elsewhere,
    round_opens,
)
from insights.demo.world.friends import BY_CARD
from insights.demo.world.identity import member_numbers, names, phones
from insights.demo.world.parameters import STORE, TMALL
from insights.demo.world.purchases import TEST
from insights.demo.world.samples import samples
from insights.demo.world.sidelines import Table

SENT_SHARE, ISSUED_SHARE, BOUND_SHARE = 0.05, 0.03, 0.3  # of members
CARD_YUAN = 300
LABELS = {
    "tmall": "天猫", "jd": "京东", "douyin": "抖音", "youzan": "有赞", "wx_store": "微信小店",
    "kuaishou": "快手", "pdd": "拼多多", "xhs": "小红书",
}  # fmt: skip


def write(
    world: World, everybody: Block, bought: Elsewhere, tables: dict[str, Table], folder: Path
) -> list[Path]:
    """Write one file a template. `everybody` is what happened, whatever the exports have lost."""
    sheets = {
        "短信": _messages(world, everybody),
        "包裹卡": _cards(world, everybody),
        "客服接待": _chats(world, tables["chat_days"]),
        "门店优惠券": _coupons(world, everybody),
        "试用": _testers(world, everybody),
        "团购接龙": _group_buys(world, bought.take(bought.place == GROUP_BUY)),
        "团购活动": _rounds(world),
        "培训竞赛": _trainings(world),
        "淘口令": _tokens(world, tables["taobao_tokens"]),
        "淘宝内容": _posts(world, tables["taobao_posts"]),
        "店铺结算": _settlements(world, everybody, bought),
        "店铺会员": _shop_members(world, everybody),
    }
    encodings = ("gb18030", "utf-8-sig")
    return [
        write_csv(folder / f"{name}.csv", sheet, encoding=encodings[n % 2])
        for n, (name, sheet) in enumerate(sheets.items())
    ]


def _members(world: World, found: Block, stream: str, share: float) -> tuple[Ints, Ints]:
    """Return some of the members by place, and the second of their registration."""
    row = np.flatnonzero(found.member < world.spec.days - 1)
    row = row[world.draws.happens(stream, found.people.who[row], share)]
    return row, (found.member[row] * DAY).astype(np.int64)


def _messages(world: World, found: Block) -> Sheet:
    """Return one batch of text messages, a week before the end, to members."""
    row, since = _members(world, found, "text message", SENT_SHARE)
    begins = (world.spec.days - 7) * DAY + 10 * 3600
    row = row[since < begins]
    who = found.people.who[row]
    at = begins + np.arange(row.size) % 600
    came = world.draws.happens("text arrives", who, 0.96)
    clicked = came & world.draws.happens("text clicked", who, 0.03)
    return {
        "短信编号": [f"DX{w:08d}" for w in who],
        "批次编号": "DX202606",
        "会员卡号": member_numbers(who),
        "发送时间": _at(world, at),
        "发送结果": ["送达" if c else "失败" for c in came],
        "到达时间": _at(world, np.where(came, at + 5, NEVER)),
        "点击时间": _at(world, np.where(clicked, at + 900, NEVER)),
        "退订时间": "",
        "短信内容": "示例短信",
    }


def _cards(world: World, found: Block) -> Sheet:
    """Return the card in the parcel, whose code friends bring with them."""
    count = int((found.friends.way == BY_CARD).sum())
    return {
        "渠道码": ["card"],
        "卡片名称": ["包裹卡"],
        "投放日期": [str(world.spec.first)],
        "投放数量": [str(20 * count + 100)],
        "总成本": [f"¥{CARD_YUAN}.00"],
    }


def _chats(world: World, table: Table) -> Sheet:
    codes = world.setting.staff.code
    return {
        "日期": _on(world, table["day"]),
        "客服账号": [str(codes[agent]) for agent in table["agent"]],
        "接待会话数": table["service_chats"].tolist(),
        "客户消息数": table["service_customer_messages"].tolist(),
        "客服消息数": table["service_agent_messages"].tolist(),
        "平均首次响应秒数": "45",
        "评价数": table["service_ratings"].tolist(),
        "好评数": table["service_good_ratings"].tolist(),
    }


def _coupons(world: World, found: Block) -> Sheet:
    """Return coupons that members were given in a store on the day after they registered."""
    row, since = _members(world, found, "store coupon", ISSUED_SHARE)
    who = found.people.who[row]
    issued = since + 11 * 3600
    used = world.draws.happens("store coupon used", who, 0.3)
    used_at = np.where(used & (issued + 5 * DAY < world.spec.days * DAY), issued + 5 * DAY, NEVER)
    kept = issued < world.spec.days * DAY
    stores = store_ids(world)
    return {
        "券码": [f"MDQ{w:08d}" for w in who[kept]],
        "券批次": "MDQ01",
        "券名称": "门店 30 元券",
        "面额": "30元",
        "发放时间": _at(world, issued[kept]),
        "核销时间": _at(world, used_at[kept]),
        "核销门店": [stores[0] if u < NEVER else "" for u in used_at[kept]],
        "会员卡号": member_numbers(who[kept]),
    }


def _testers(world: World, found: Block) -> Sheet:
    given = samples(world.setting, found.people, found.member, found.orders)
    cards = member_numbers(given.who)
    return {
        "试用编号": [f"SY{w:08d}-{turn}" for w, turn in zip(given.who, given.turn, strict=True)],
        "发放日期": pc.strftime(moments(world.spec.first, given.at), "%Y-%m-%d"),
        "试用商品编码": GIFT_CODE,
        "成本金额": f"{world.parameters.sample_cost_yuan}.00元",
        "会员卡号": cards,
        "姓名": [SURNAMES[w % 10] for w in given.who],
    }


def _group_buys(world: World, made: Elsewhere) -> Sheet:
    """Return orders of chat groups, with what went back as rows of less than nothing."""
    back = np.flatnonzero(made.back)
    place = np.concatenate([np.arange(len(made)), back])
    sign = np.where(np.arange(place.size) < len(made), 1, -1)
    rows = made.take(place)
    return {
        "团购编号": round_names(rows, ""),
        "接龙编号": small_numbers(world.spec.first, rows),
        "商品编码": world.setting.products.code[rows.product].tolist(),
        "商品名称": small_titles(rows, world.setting.products),
        "数量": (rows.quantity * sign).tolist(),
        "实付金额": yuan(money(rows.amount * sign)),
        "付款时间": _at(world, np.where(sign > 0, rows.paid, rows.back_at)),
    }


def _rounds(world: World) -> Sheet:
    opens = round_opens(world.calendar)
    return {
        "活动编号": [f"TG{n + 1:02d}" for n in range(opens.size)],
        "活动名称": [f"社群团购{n + 1}" for n in range(opens.size)],
        "档期": "团购",
        "开始时间": _at(world, opens),
        "结束时间": _at(world, opens + OPEN_HOURS * 3600),
        "是否实验": "否",
    }


def _trainings(world: World) -> Sheet:
    days = np.array([10, 40, 70]) * world.spec.days // 90
    return {
        "培训竞赛编号": ["PX01", "PX02", "JS01"],
        "类型": ["培训", "培训", "竞赛"],
        "名称": ["新品培训", "话术培训", "加粉竞赛"],
        "开始时间": _on(world, days),
        "结束时间": _on(world, days + 1),
        "讲师": "示例老师",
    }


def _tokens(world: World, table: Table) -> Sheet:
    return {
        "日期": _on(world, table["day"]),
        "淘口令编号": [f"TKL{token + 1:03d}" for token in table["token"]],
        "口令名称": [f"示例口令{token + 1}" for token in table["token"]],
        "打开人数": table["click_users"].tolist(),
        "打开次数": table["clicks"].tolist(),
    }


def _posts(world: World, table: Table) -> Sheet:
    return {
        "日期": _on(world, table["day"]),
        "淘宝内容编号": [f"WT{post + 1:03d}" for post in table["post"]],
        "内容类型": "微淘",
        "标题": [f"示例微淘{post + 1}" for post in table["post"]],
        "曝光人数": table["impression_users"].tolist(),
        "浏览人数": table["viewer_users"].tolist(),
        "点赞人数": table["like_users"].tolist(),
    }


def _settlements(world: World, found: Block, bought: Elsewhere) -> Sheet:
    """Return what each online shop settles by month of payment: all that was really paid."""
    made = found.orders
    back = np.bincount(found.refunds.order, found.refunds.amount, len(made)).astype(np.int64)
    online = (made.paid < NEVER) & (made.kind != TEST) & (made.channel != STORE)
    shops = list(LABELS)
    sold_by = np.array([shops.index(c) if c in LABELS else -1 for c in (*CHANNELS, *PLACES)])
    small = bought.take((sold_by[len(CHANNELS) + bought.place] >= 0) & (bought.paid < NEVER))
    shop = sold_by[np.concatenate([made.channel[online], len(CHANNELS) + small.place])]
    paid = np.concatenate([made.paid[online], small.paid])
    months = world.spec.months
    cell = shop * months + world.calendar.months[paid // DAY]
    orders, gross, given = (
        np.bincount(cell, np.concatenate(of), len(shops) * months).astype(np.int64)
        for of in (
            # An order of two products counts once.
            (np.ones(int(online.sum())), small.nth == 0),
            (made.amount[online], small.amount),
            (back[online], np.where(small.back, small.amount, 0)),
        )
    )
    told = np.flatnonzero(orders)
    first = np.datetime64(world.spec.first, "M")
    return {
        "结算月份": [str(first + int(n) % months) for n in told],
        "结算渠道": [LABELS[shops[n // months]] for n in told],
        "结算订单数": orders[told].tolist(),
        "结算支付金额": yuan(money(gross[told])),
        "结算退款金额": yuan(money(given[told])),
    }


def _shop_members(world: World, found: Block) -> Sheet:
    """Return members of the Tmall shop who have bound their card."""
    row, since = _members(world, found, "shop member", BOUND_SHARE)
    mine = (found.people.home[row] == TMALL) & (since + DAY < world.spec.days * DAY)
    who, since = found.people.who[row][mine], since[mine]
    ouids = names(world.draws, "tb_ouid", who)
    return {
        "店铺会员编号": [f"TM{w:08d}" for w in who],
        "入会平台": "天猫",
        "店铺入会时间": _at(world, since + DAY),
        "绑定会员卡号": member_numbers(who),
        "手机号": phones(world.spec.seed, who),
        "ouid": ouids,
        "昵称": "示例昵称",
    }


def _at(world: World, seconds: Ints) -> Any:
    return pc.fill_null(stamped(moments(world.spec.first, np.asarray(seconds, np.int64))), "")


def _on(world: World, days: Ints) -> list[str]:
    return [str(world.calendar.on(int(day))) for day in days]
