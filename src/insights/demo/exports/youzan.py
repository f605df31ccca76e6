"""Youzan: the console's order list, and the trades as the API answers, money in two units."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from insights.demo.direct.trade import (
    CANCELLED,
    CLOSED,
    DEPOSIT_PAID,
    DONE,
    PAID_NOW,
    PART_REFUNDED,
    SHIPPED,
    UNPAID_NOW,
)
from insights.demo.exports.channel import Sales
from insights.demo.exports.files import Sheet, write_csv, write_json_lines
from insights.demo.faults import faults
from insights.demo.world.columns import NEVER
from insights.demo.world.identity import names
from insights.demo.world.orders import FREEBIE
from insights.demo.world.purchases import GIFT, TEST

STATES = {
    UNPAID_NOW: ("WAIT_BUYER_PAY", "待付款"), DEPOSIT_PAID: ("WAIT_BUYER_PAY", "待付款"),
    CANCELLED: ("TRADE_CLOSED", "已关闭"), PAID_NOW: ("WAIT_SELLER_SEND_GOODS", "待发货"),
    SHIPPED: ("WAIT_BUYER_CONFIRM_GOODS", "已发货"), DONE: ("TRADE_SUCCESS", "已完成"),
    PART_REFUNDED: ("TRADE_SUCCESS", "已完成"), CLOSED: ("TRADE_CLOSED", "已关闭"),
}  # fmt: skip
SHOP_ID = 10_000_001


def write(whole: Sales, folder: Path) -> list[Path]:
    """Write the API's answers; one month was fetched twice."""
    parts = [*whole.windows(), whole.month(faults(whole.world).doubled_month)]
    names = [part.name for part in parts[:-1]] + [f"{parts[-1].name}_again"]
    return [
        write_json_lines(folder / f"youzan.trades.sold.get_{name}.jsonl", _answers(part))
        for name, part in zip(names, parts, strict=True)
    ]


def write_console(whole: Sales, folder: Path) -> list[Path]:
    """Write the same orders once more, as the console lists them."""
    return [
        write_csv(folder / f"订单列表_{part.name}.csv", _console(part), encoding="utf-8-sig")
        for part in whole.windows()
    ]


def _console(part: Sales) -> Sheet:
    made = part.orders
    phones = part.phones(made)
    first = np.searchsorted(part.lines.order, np.arange(len(made) + 1))
    titles, quantity = part.titles.to_pylist(), part.lines.quantity
    goods = [
        "；".join(f"{titles[line]}({quantity[line]}件)" for line in range(first[n], first[n + 1]))
        for n in range(len(made))
    ]
    staff = [part.world.setting.staff.code[s] if s >= 0 else "" for s in made.staff]
    places = part.places(made)
    shown = part.names(made)
    return {
        "订单号": part.numbers,
        "订单状态": [STATES[int(code)][1] for code in part.status],
        "订单创建时间": part.at(made.created),
        "买家付款时间": part.at(made.paid),
        "应收订单金额": part.yuan(made.amount),
        "订单实付金额": part.yuan(np.where(made.paid < NEVER, made.amount, 0)),
        "全部商品名称": goods,
        "商品种类数": np.diff(first).tolist(),
        "收货人/提货人": shown,
        "收货人手机号/提货人手机号": phones,
        "收货人省份": [place[0] for place in places],
        "收货人城市": [place[1] for place in places],
        "收货人地区": "示例区",
        "详细收货地址/提货地址": "示例路 1 号",
        "买家昵称": [f"用户{name[0]}" for name in shown],
        "买家手机号": phones,
        "优惠券码名称": "",
        "分销员": staff,
        "归属店铺": "示例商城",
    }


def _answers(part: Sales) -> Iterator[dict[str, Any]]:
    made, lines = part.orders, part.lines
    first = np.searchsorted(lines.order, np.arange(len(made) + 1))
    numbers, line_numbers = part.numbers.to_pylist(), part.line_numbers.to_pylist()
    codes, titles = part.codes.to_pylist(), part.titles.to_pylist()
    users = names(part.world.draws, "yz_open_id", made.who).to_pylist()
    openids = names(part.world.draws, "openid", made.who).to_pylist()
    phones = part.phones(made).to_pylist()
    times = {
        name: part.at(getattr(made, field)).to_pylist()
        for name, field in (
            ("created", "created"),
            ("pay_time", "paid"),
            ("consign_time", "shipped"),
            ("confirm_time", "received"),
            ("success_time", "closed"),
        )
    }
    refunded = part.at(part.refunded).to_pylist()
    staff = part.world.setting.staff.code
    for n in range(len(made)):
        mine = range(first[n], first[n + 1])
        code = int(part.status[n])
        paid = made.paid[n] < NEVER
        back = int(part.order_back[n])
        yield {
            "full_order_info": {
                "order_info": {
                    "tid": numbers[n],
                    "status": STATES[code][0],
                    "status_str": STATES[code][1],
                    **{name: values[n] or "" for name, values in times.items()},
                    "update_time": max(filter(None, (v[n] for v in times.values()))),
                    "refund_state": 0 if not back else 12 if code == CLOSED else 2,
                    "close_type": 2 if code == CANCELLED else 0,
                    "type": 1 if made.kind[n] == GIFT else 0,
                    "pay_type": 10,
                    "pay_type_str": "WEIXIN",
                    "team_type": 0,
                    "is_retail_order": False,
                    "node_kdt_id": SHOP_ID,
                    "root_kdt_id": SHOP_ID,
                    "shop_name": "示例商城",
                },
                "buyer_info": {
                    "buyer_phone": phones[n],
                    "yz_open_id": users[n],
                    "outer_user_id": openids[n],
                    "fans_type": 9,
                    "fans_nickname": "",
                },
                "pay_info": {
                    "total_fee": _yuan(made.goods[n]),
                    "post_fee": "0.00",
                    "payment": _yuan(made.amount[n]),
                    "real_payment": _yuan(made.amount[n] if paid else 0),
                    "deduction_real_pay": 0,
                    "phase_payments": [],
                },
                "orders": [
                    {
                        "oid": line_numbers[line],
                        "item_id": 400_000 + int(lines.product[line]),
                        "title": titles[line],
                        "outer_item_id": codes[line],
                        "outer_sku_id": codes[line],
                        "num": int(lines.quantity[line]),
                        "price": _yuan(lines.goods[line] // lines.quantity[line]),
                        "discount_price": _yuan(lines.amount[line] // lines.quantity[line]),
                        "total_fee": _yuan(lines.goods[line]),
                        "payment": _yuan(lines.amount[line]),
                        "points_price": "0",
                        "is_present": bool(lines.product[line] == FREEBIE),
                        "item_type": 0,
                    }
                    for line in mine
                ],
                "source_info": {
                    "is_offline_order": False,
                    "source": {"platform": "wx", "wx_entrance": "wx_gzh"},
                    "order_mark": staff[made.staff[n]] if made.staff[n] >= 0 else "",
                },
                "remark_info": {"buyer_message": "", "star": 0, "trade_memo": ""},
            },
            "refund_order": [
                {
                    "refund_id": f"R{line_numbers[line][1:]}",
                    "refund_type": "BUYER_APPLY_REFUND",
                    "refund_fee": _yuan(part.back[line]),
                    "refund_state": 60,
                    "update_time": refunded[line],
                    "oids": [line_numbers[line]],
                }
                for line in mine
                if part.back[line] > 0
            ],
            "test": bool(made.kind[n] == TEST),
        }


def _yuan(cents: Any) -> str:
    return f"{int(cents) // 100}.{int(cents) % 100:02d}"
