"""Douyin: orders by sub-order with a tab behind each id, and the after-sale list beside them."""

from pathlib import Path

import numpy as np

from insights.demo.direct.trade import CANCELLED, DEPOSIT_PAID, DONE, PAID_NOW, SHIPPED, UNPAID_NOW
from insights.demo.exports.channel import Sales
from insights.demo.exports.files import Sheet, masked_phones, write_csv
from insights.demo.world.brand import HOST
from insights.demo.world.columns import NEVER
from insights.demo.world.contents import LIVE

WORDS = {
    UNPAID_NOW: "待支付", DEPOSIT_PAID: "待支付", CANCELLED: "已关闭", PAID_NOW: "待发货",
    SHIPPED: "已发货", DONE: "已完成",
}  # fmt: skip


def write(whole: Sales, folder: Path) -> list[Path]:
    """Write the order files and the after-sale files."""
    paths = []
    for part in whole.windows():
        name = folder / f"抖店订单_{part.name}.csv"
        paths.append(write_csv(name, _orders(part), encoding="utf-8-sig"))
        back = _after_sale(part)
        if back:
            name = folder / f"抖店售后单_{part.name}.csv"
            paths.append(write_csv(name, back, encoding="utf-8-sig"))
    return paths


def _orders(part: Sales) -> Sheet:
    made, lines = part.of_line, part.lines
    given = part.back > 0
    status = [
        "已关闭" if closed else WORDS[int(code)]
        for closed, code in zip(given, _alone(part), strict=True)
    ]
    unpaid = made.paid >= NEVER
    off = lines.merchant_off + lines.platform_off
    streams = part.world.setting.contents.of_kind(LIVE)
    days = set((streams.at // 86_400).tolist())
    live = [int(at) // 86_400 in days for at in made.created]
    hosts = part.world.setting.staff
    host = hosts.code[hosts.role == HOST][0]
    province, city = zip(*part.places(made), strict=True)
    return {
        "主订单编号": _tabbed(part.by_line(part.numbers)),
        "子订单编号": _tabbed(part.line_numbers),
        "选购商品": part.titles,
        "商品规格": "默认",
        "商品数量": lines.quantity.tolist(),
        "商品ID": _tabbed(part.codes),
        "商家编码": part.codes,
        "商品单价": part.yuan(lines.goods // lines.quantity),
        "订单应付金额": part.yuan(lines.amount),
        "运费": "0.00",
        "优惠总金额": part.yuan(off),
        "平台优惠": part.yuan(lines.platform_off),
        "商家优惠": part.yuan(lines.merchant_off),
        "达人优惠": "0.00",
        "商家改价": "0.00",
        "支付优惠": "0.00",
        "红包抵扣": "0.00",
        "支付方式": ["" if never else "抖音支付" for never in unpaid],
        "手续费": "0.00",
        "收件人": [f"{name[0]}**" for name in part.names(made)],
        "收件人手机号": masked_phones(part.phones(made)),
        "省": list(province),
        "市": list(city),
        "区": "示例区",
        "街道": "示例街道",
        "详细地址": "***",
        "买家留言": "",
        "订单提交时间": part.at(made.created),
        "旗帜颜色": "",
        "商家备注": "",
        "订单完成时间": part.at(np.where(given | unpaid, NEVER, made.closed)),
        "支付完成时间": part.at(made.paid),
        "APP渠道": "抖音",
        "流量来源": ["直播间" if on else "商品卡" for on in live],
        "订单状态": status,
        "承诺发货时间": part.at(np.where(unpaid, NEVER, made.paid + 48 * 3600)),
        "订单类型": "普通订单",
        "鲁班落地页ID": "",
        "达人ID": [host if on else "0" for on in live],
        "达人昵称": ["示例直播间" if on else "-" for on in live],
        "所属门店ID": "",
        "售后状态": ["退款成功" if closed else "-" for closed in given],
        "取消原因": [
            "超时未支付" if s == "已关闭" and n else "" for s, n in zip(status, unpaid, strict=True)
        ],
        "广告渠道": "-",
        "流量类型": ["自营" if on else "商城" for on in live],
        "流量体裁": ["直播" if on else "商品卡" for on in live],
        "流量渠道": "-",
        "发货时间": part.at(made.shipped),
        "降价类优惠": "0.00",
        "平台实际承担优惠金额": part.yuan(lines.platform_off),
        "商家实际承担优惠金额": part.yuan(lines.merchant_off),
        "达人实际承担优惠金额": "0.00",
    }


def _alone(part: Sales) -> list[int]:
    """Return each line's status had nothing been given back."""
    made = part.of_line
    paid = np.where(made.received < NEVER, DONE, np.where(made.shipped < NEVER, SHIPPED, PAID_NOW))
    waiting = np.where(made.closed < NEVER, CANCELLED, UNPAID_NOW)
    return [int(code) for code in np.where(made.paid < NEVER, paid, waiting)]


def _after_sale(part: Sales) -> Sheet | None:
    given = np.flatnonzero(part.back > 0)
    if not given.size:
        return None
    made = part.of_line.take(given)
    numbers = part.line_numbers.take(given)
    unshipped = part.applied[given] < np.where(made.shipped < NEVER, made.shipped, NEVER)
    return {
        "售后单号": [f"14{number[2:]}\t" for number in numbers.to_pylist()],
        "订单号": _tabbed(part.by_line(part.numbers).take(given)),
        "商品单号": _tabbed(numbers),
        "商品发货状态": ["未发货" if early else "1/1已发货" for early in unshipped],
        "售后类型": ["未发货退款" if early else "退货退款" for early in unshipped],
        "退商品金额（元）": part.yuan(part.back[given]),
        "退运费金额（元）": "0.00",
        "退支付优惠（元）": "-",
        "售后状态": "同意退款，退款成功",
        "售后申请时间": part.at(part.applied[given]),
        "商家退款时间": part.at(part.refunded[given]),
        "售后完结时间": part.at(part.refunded[given]),
        "售后原因": ["不想要了" if early else "尺码不合适" for early in unshipped],
    }


def _tabbed(values: object) -> list[str]:
    return [f"{value}\t" for value in values.to_pylist()]  # type: ignore[attr-defined]
