"""WeChat store: a workbook by product that repeats the order's money, and names the guide."""

from pathlib import Path

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
from insights.demo.exports.files import Sheet, write_sheet
from insights.demo.world.columns import DAY, NEVER
from insights.demo.world.identity import CORP, names
from insights.demo.world.purchases import GIFT

WORDS = {
    UNPAID_NOW: "待付款", DEPOSIT_PAID: "待付款", CANCELLED: "已取消", PAID_NOW: "待发货",
    SHIPPED: "待收货", DONE: "已完成", PART_REFUNDED: "已完成", CLOSED: "已取消",
}  # fmt: skip


def write(whole: Sales, folder: Path) -> list[Path]:
    """Write a workbook for each stretch of time, whose declared size is wrong."""
    return [
        write_sheet(folder / f"微信小店订单_{part.name}.xlsx", _orders(part), dimension="A1")
        for part in whole.windows()
    ]


def _orders(part: Sales) -> Sheet:
    made, lines = part.of_line, part.lines
    friends = part.found.friends
    joined, left, _ = friends.of_customers(len(part.found.people))
    day = made.created / DAY
    friend = (made.staff >= 0) & (joined[made.row] < day + 1) & (left[made.row] > day)
    codes = part.world.setting.staff.code
    external = names(part.world.draws, "external_userid", made.who).to_pylist()
    paid = made.paid < NEVER
    return {
        "订单号": part.by_line(part.numbers),
        "订单下单时间": part.at(made.created),
        "订单发货时间": part.at(made.shipped),
        "确认收货时间": part.at(made.received),
        "订单完成结算时间": part.at(np.where(made.received < NEVER, made.closed, NEVER)),
        "订单状态": [WORDS[int(part.status[place])] for place in lines.order],
        "商品总价": part.yuan(made.goods),
        "订单实际支付金额": part.yuan(made.amount),
        "订单实际收款金额": part.yuan(np.where(paid, made.amount, 0)),
        "订单运费": "0.00",
        "商品优惠": part.yuan(made.merchant_off),
        "跨店优惠": "0.00",
        "商品改价": "0.00",
        "积分抵扣": "0.00",
        "支付方式": ["微信支付" if p else "" for p in paid],
        "支付时间": part.at(made.paid),
        "交易单号": "",
        "技术服务费": "0.00",
        "带货方式": ["企微导购" if f else "自营" for f in friend],
        "带货账号类型": "",
        "带货账号昵称": "",
        "带货ID": "",
        "带货费用": "0.00",
        "带货佣金率": "0%",
        "企微企业ID": [CORP if f else "" for f in friend],
        "企微工号": [codes[s] if f else "" for f, s in zip(friend, made.staff, strict=True)],
        "导购最近分享时间": "",
        "企业微信加密id": [e if f else "" for f, e in zip(friend, external, strict=True)],
        "企微备注": "",
        "礼物单号": ["G" + n if k == GIFT else "" for n, k in zip(
            part.by_line(part.numbers).to_pylist(), made.kind, strict=True)],
        "商品名称": part.titles,
        "商品编码(平台)": part.codes,
        "商品编码(自定义)": part.codes,
        "SKU编码(自定义)": part.codes,
        "商品属性": "默认",
        "商品价格(单件)": part.yuan(lines.goods // lines.quantity),
        "商品实际价格(单件)": part.yuan(lines.amount // lines.quantity),
        "商品实际价格(总共)": part.yuan(lines.amount),
        "是否预售": "否",
        "商品数量": lines.quantity.tolist(),
        "商品平台券优惠": "0.00",
        "商品平均运费": "0.00",
        "商品发货": ["已发货" if s < NEVER else "未发货" for s in made.shipped],
        "商品售后": ["退款完成" if b else "无" for b in part.back],
        "商品已退款金额": part.yuan(part.back),
    }  # fmt: skip
