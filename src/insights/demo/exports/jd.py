"""JD: one row a SKU, a footnote in the money, phones with six stars; and the settlement sheet."""

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
from insights.demo.exports.files import Sheet, write_csv
from insights.demo.world.columns import NEVER
from insights.demo.world.identity import names

WORDS = {
    UNPAID_NOW: "等待付款", DEPOSIT_PAID: "等待付款", CANCELLED: "已取消", PAID_NOW: "等待出库",
    SHIPPED: "等待确认收货", DONE: "完成", PART_REFUNDED: "完成", CLOSED: "已取消",
}  # fmt: skip
NOT_SETTLED = "（系统计算中，该值仅供参考）"


def write(whole: Sales, folder: Path) -> list[Path]:
    """Write the order lists and the settlement sheets."""
    paths = []
    for part in whole.windows():
        orders, settled = folder / f"订单明细_{part.name}.csv", folder / f"结算单_{part.name}.csv"
        paths.append(write_csv(orders, _orders(part), encoding="gb18030"))
        paths.append(write_csv(settled, _settlement(part), encoding="gb18030"))
    return paths


def _orders(part: Sales) -> Sheet:
    made, lines = part.of_line, part.lines
    done = made.closed < NEVER
    receipt = part.yuan(made.amount + made.platform_off).to_pylist()
    return {
        "订单号": part.by_line(part.numbers),
        "商品ID": part.codes,
        "商品名称": part.titles,
        "货号": part.codes,
        "订购数量": lines.quantity.tolist(),
        "支付方式": "在线支付",
        "下单时间": part.at(made.created),
        "付款确认时间": part.at(made.paid),
        "订单完成时间": part.at(np.where(made.received < NEVER, made.closed, NEVER)),
        "京东价": part.yuan(lines.goods // lines.quantity),
        "订单金额": part.yuan(made.goods),
        "结算金额": part.yuan(made.amount),
        "余额支付": "0.00",
        "应付金额": part.yuan(made.amount),
        "商家应收": [
            value if over else f"{value}{NOT_SETTLED}"
            for value, over in zip(receipt, done, strict=True)
        ],
        "运费金额": "0.00",
        "订单状态": [WORDS[int(part.status[place])] for place in lines.order],
        "订单类型": "SOP",
        "订单来源": "京东APP",
        "下单帐号": names(part.world.draws, "jd_pin", made.who),
        "客户姓名": [f"{name[0]}**" for name in part.names(made)],
        "客户地址": ["{}{}****".format(*place) for place in part.places(made)],
        "联系电话": [f"{p[0]}******{p[-4:]}" for p in part.phones(made).to_pylist()],
        "订单备注": "",
        "商家备注": "",
        "商家备注等级": "",
        "发票类型": "电子发票",
        "仓库id": "1",
        "仓库名称": "示例仓",
        "送装服务": "",
        "服务费": "0.00",
    }


def _settlement(part: Sales) -> Sheet:
    made = part.of_line
    sold = np.flatnonzero((made.closed < NEVER) & (made.paid < NEVER) & (part.lines.amount > 0))
    back = np.flatnonzero(part.back > 0)
    place = np.concatenate([sold, back])
    rows = made.take(place)
    after = part.line_numbers.take(place).to_pylist()
    when = np.where(np.arange(place.size) < sold.size, rows.closed, part.refunded[place])
    income = np.arange(place.size) < sold.size
    amount = np.where(income, part.lines.amount[place], part.back[place])
    return {
        "订单编号": part.by_line(part.numbers).take(place),
        "父单号": "",
        "订单状态": "完成",
        "订单下单时间": part.at(rows.created),
        "费用发生时间": part.at(when),
        "商品编号": part.codes.take(place),
        "商品名称": part.titles.take(place),
        "费用名称": ["货款" if sale else "售后退款" for sale in income],
        "应结金额": part.yuan(amount),
        "收支方向": ["收入" if sale else "支出" for sale in income],
        "售后服务单号": [
            "" if sale else f"4{n[1:]}" for sale, n in zip(income, after, strict=True)
        ],
    }
