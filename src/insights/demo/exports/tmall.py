"""Tmall: the order list and the sub-order list, GB18030, ids guarded against spreadsheets."""

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
from insights.demo.exports.files import Sheet, write_csv
from insights.demo.world.columns import NEVER, Ints
from insights.demo.world.identity import names
from insights.demo.world.orders import Orders

WORDS = {
    UNPAID_NOW: "等待买家付款", DEPOSIT_PAID: "等待买家付款", CANCELLED: "交易关闭",
    PAID_NOW: "买家已付款，等待卖家发货", SHIPPED: "卖家已发货，等待买家确认", DONE: "交易成功",
    PART_REFUNDED: "交易成功", CLOSED: "交易关闭",
}  # fmt: skip
FULL_PHONES = 0.35  # of orders; the rest show a number that hides the buyer's


def write(whole: Sales, folder: Path) -> list[Path]:
    """Write both lists of each stretch of time."""
    paths = []
    for part in whole.windows():
        orders = folder / f"ExportOrderList_{part.name}.csv"
        lines = folder / f"ExportOrderDetailList_{part.name}.csv"
        paths.append(write_csv(orders, _orders(part), encoding="gb18030"))
        paths.append(write_csv(lines, _lines(part), encoding="gb18030"))
    return paths


def _orders(part: Sales) -> Sheet:
    made = part.orders
    unpaid = made.paid >= NEVER
    count = np.bincount(part.lines.order, minlength=len(made))
    pieces = np.bincount(part.lines.order, part.lines.quantity, len(made)).astype(int)
    first = np.searchsorted(part.lines.order, np.arange(len(made)))
    owed = made.amount + made.platform_off
    return {
        "订单编号": _guarded(part.numbers),
        "买家会员名": _nicks(part, made),
        "买家支付宝账号": "",
        "买家应付货款": part.yuan(owed),
        "买家应付邮费": "0.00",
        "买家支付积分": "0",
        "总金额": part.yuan(made.goods),
        "返点积分": "0",
        "买家实际支付金额": part.yuan(np.where(unpaid, 0, made.amount)),
        "买家实际支付积分": "0",
        "订单状态": [_status(part, place) for place in range(len(made))],
        "买家留言": "",
        "收货人姓名": [f"{name[0]}**" for name in part.names(made)],
        "收货地址": ["{} {} ***".format(*place) for place in part.places(made)],
        "运送方式": "快递",
        "联系电话": "",
        "联系手机": _phones(part, made),
        "订单创建时间": part.at(made.created),
        "订单付款时间": part.at(made.paid),
        "宝贝标题": part.titles.take(first),
        "宝贝种类": count.tolist(),
        "物流单号": "",
        "物流公司": "",
        "订单备注": "",
        "宝贝总数量": pieces.tolist(),
        "店铺Id": "0",
        "店铺名称": "示例官方旗舰店",
        "订单关闭原因": _reasons(part),
        "卖家服务费": "0",
        "买家服务费": "0元",
        "发票抬头": "",
        "是否手机订单": "手机订单",
        "分阶段订单信息": [_stages(part, place) for place in range(len(made))],
        "特权订金订单id": "",
        "定金排名": "",
        "修改后的sku": "",
    }


def _lines(part: Sales) -> Sheet:
    made, lines = part.of_line, part.lines
    unpaid = made.paid >= NEVER
    given = part.back > 0
    statuses = [_status(part, place) for place in lines.order]
    return {
        "子订单编号": _guarded(part.line_numbers),
        "主订单编号": _guarded(part.by_line(part.numbers)),
        "买家会员名": _nicks(part, made),
        "标题": part.titles,
        "价格": part.yuan(lines.goods // lines.quantity),
        "购买数量": lines.quantity.tolist(),
        "外部系统编号": part.codes,
        "商品属性": "颜色分类:默认",
        "套餐信息": "",
        "备注": "",
        "订单状态": ["交易关闭" if g else s for g, s in zip(given, statuses, strict=True)],
        "商家编码": part.codes,
        "买家应付货款": part.yuan(lines.amount + lines.platform_off),
        "买家实际支付金额": part.yuan(np.where(unpaid, 0, lines.amount)),
        "退款状态": ["退款成功" if g else "没有申请退款" for g in given],
        "退款金额": [
            str(amount) if g else "无退款申请"
            for g, amount in zip(given, part.yuan(part.back).to_pylist(), strict=True)
        ],
        "订单创建时间": part.at(made.created),
        "订单付款时间": part.at(made.paid),
        "发货时间": part.at(made.shipped),
    }


def _status(part: Sales, place: int) -> str:
    made = part.orders
    code = int(part.status[place])
    if code == PART_REFUNDED:
        code = DONE if made.received[place] < NEVER else SHIPPED
        code = code if made.shipped[place] < NEVER else PAID_NOW
    return WORDS[code]


def _reasons(part: Sales) -> list[str]:
    said = {CANCELLED: "买家未付款", CLOSED: "退款"}
    return [said.get(int(code), "订单未关闭") for code in part.status]


def _stages(part: Sales, place: int) -> str:
    made = part.orders
    if not made.presale[place]:
        return ""
    deposit = made.deposit[place] / 100
    rest = "已付款" if made.paid[place] < NEVER else "未付款"
    final = made.amount[place] / 100 - deposit
    return f"阶段1：已付款，定金{deposit:.2f}元；阶段2：{rest}，尾款{final:.2f}元"


def _nicks(part: Sales, made: Orders) -> Any:
    return names(part.world.draws, "tb_ouid", made.who)


def _phones(part: Sales, made: Orders) -> list[str]:
    draws = part.world.draws
    full = draws.happens("tmall phone", made.who, FULL_PHONES)
    other: Ints = draws.words("privacy number", made.who, made.nth).astype(np.int64) % 10_000
    return [
        f"'{phone}" if open_ else f"'{phone[:3]}{last:08d}-{last:04d}"
        for phone, open_, last in zip(part.phones(made).to_pylist(), full, abs(other), strict=True)
    ]


def _guarded(values: Any) -> list[str]:
    return [f'="{value}"' for value in values.to_pylist()]
