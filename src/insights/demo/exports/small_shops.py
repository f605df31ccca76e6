"""Small shops: Kuaishou, Pinduoduo, Xiaohongshu, and Youzan's list of what small sellers sold.

None of them tells when or how much went back, and who bought is a number at most. Xiaohongshu's
list has names and numbers of identity cards in it, which are invented here as everything is.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from insights.demo.exports.files import Sheet, stamped, write_csv, write_sheet, yuan
from insights.demo.wire import moments, money, small_numbers, small_titles
from insights.demo.world import World
from insights.demo.world.columns import NEVER, Ints
from insights.demo.world.elsewhere import KUAISHOU, PDD, SMALL_SELLER, XHS, Elsewhere

# What an order says that is unpaid, paid, on its way, received, given back before or after it left.
WORDS = {
    KUAISHOU: ("待付款", "待发货", "已发货", "交易成功", "交易关闭", "交易关闭"),
    PDD: ("待付款", "待发货", "已发货，待签收", "已签收", "未发货，退款成功", "已签收，退款成功"),
    XHS: ("待付款", "待发货", "已发货", "已完成", "已关闭", "已完成"),
    SMALL_SELLER: ("待付款", "待发货", "已发货", "已完成", "交易关闭", "交易关闭"),
}
NO_CARD = "000000190001010000"  # Of no region, and with a wrong last digit: nobody's.


def write(world: World, bought: Elsewhere, folder: Path) -> list[Path]:
    """Write one file a shop."""
    shops = (
        (KUAISHOU, _kuaishou, "kuaishou/快手订单.csv"),
        (PDD, _pdd, "pdd/orders_export.csv"),
        (XHS, _xhs, "xhs/小红书订单.xlsx"),
        (SMALL_SELLER, _youzan, "youzan/爱逛分销订单.csv"),
    )
    paths = []
    for place, sheet, name in shops:
        mine = bought.take(bought.place == place)
        path = folder / name
        if place == XHS:
            paths.append(write_sheet(path, sheet(world, mine), dimension="A1"))
        else:
            encoding = "gb18030" if place == PDD else "utf-8-sig"
            paths.append(write_csv(path, sheet(world, mine), encoding=encoding))
    return paths


def _kuaishou(world: World, made: Elsewhere) -> Sheet:
    back = made.back
    return {
        "订单号": [f"\t{n}" for n in small_numbers(world.spec.first, made).to_pylist()],
        "赠品订单号": "-",
        "订单创建时间": _at(world, made.created),
        "订单支付时间": _at(world, made.paid, "-"),
        "预售定金支付时间": "-",
        "订单状态": _words(made),
        "实付款\n(元)": [f"¥{a}" for a in yuan(money(made.amount)).to_pylist()],
        "快递费": "¥0.00",
        "店铺优惠": yuan(money(made.merchant_off)),
        "平台补贴": yuan(money(made.platform_off)),
        "主播补贴": "0.00",
        "支付方式": "微信支付",
        "成交数量": made.quantity.tolist(),
        "售后状态": ["退款成功" if b else "-" for b in back],
        "商品名称": small_titles(made, world.setting.products),
        "SKU编码": _codes(world, made),
        "商品单价": _each(made),
        "CPS达人ID": [f"\t18000000{s:02d}" if s >= 0 else "-" for s in made.seller],
        "CPS达人昵称": "示例达人",
        "团长ID": "-",
        "收货人姓名": "示例",
        "收货人电话": _masked(made),
        "收货地址": "示例省示例市****",
        "发货时间": _at(world, made.shipped, "-"),
    }


def _pdd(world: World, made: Elsewhere) -> Sheet:
    return {
        "商品": small_titles(made, world.setting.products),
        "订单号": [f"\t{n}" for n in small_numbers(world.spec.first, made).to_pylist()],
        "订单状态": _words(made),
        "商品总价(元)": yuan(money(made.goods)),
        "邮费(元)": "0.00",
        "店铺优惠折扣(元)": yuan(money(made.merchant_off)),
        "平台优惠折扣(元)": yuan(money(made.platform_off)),
        "多多支付立减金额(元)": "0.00",
        "用户实付金额(元)": yuan(money(made.amount)),
        "商家实收金额(元)": yuan(money(made.amount + made.platform_off)),
        "商品数量(件)": made.quantity.tolist(),
        "支付时间": _at(world, made.paid),
        "发货时间": _at(world, made.shipped),
        "确认收货时间": _at(world, made.received),
        "商品id": (made.product + 500_000).tolist(),
        "商家编码-规格维度": _codes(world, made),
        "售后状态": ["退款成功" if b else "无售后或售后取消" for b in made.back],
        "快递单号": "",
    }


def _xhs(world: World, made: Elsewhere) -> Sheet:
    return {
        "订单号": small_numbers(world.spec.first, made),
        "订单状态": _words(made),
        "售后状态": ["售后完成" if b else "无售后" for b in made.back],
        "订单类型": "普通订单",
        "收件人姓名": "示例",
        "收件人电话": _masked(made),
        "收件人地址": "示例路****",
        "订购人身份证姓名/ID Name": "示例订购人",
        "订购人身份证号/ID Number": NO_CARD,
        "收件人身份证姓名": "示例收件人",
        "收件人身份证号": NO_CARD,
        "规格ID": [f"5f{p:010d}" for p in made.product],
        "商家编码": _codes(world, made),
        "达人ID": [f"d{s:07d}" if s >= 0 else "" for s in made.seller],
        "SKU名称": small_titles(made, world.setting.products),
        "SKU件数": made.quantity.tolist(),
        "是否为赠品": "否",
        "商品总价(元)": yuan(money(made.goods)),
        "用户应付金额(元)": yuan(money(made.amount)),
        "平台优惠(元)": yuan(money(made.platform_off)),
        "店铺优惠(元)": yuan(money(made.merchant_off)),
        "商家应收金额(元)（支付金额）": yuan(money(made.amount + made.platform_off)),
        "支付时间": _at(world, made.paid),
        "订单创建时间": _at(world, made.created),
        "订单发货时间": _at(world, made.shipped),
        "订单完成时间": _at(world, made.received),
        "用户编号": user_numbers(made),
    }


def _youzan(world: World, made: Elsewhere) -> Sheet:
    """Return what 爱逛 sold: an order list of Youzan, whose 分销员 is no guide of the brand."""
    return {
        "订单号": small_numbers(world.spec.first, made),
        "订单状态": _words(made),
        "订单创建时间": _at(world, made.created),
        "买家付款时间": _at(world, made.paid),
        "应收订单金额": yuan(money(made.amount)),
        "订单实付金额": yuan(money(np.where(made.paid < NEVER, made.amount, 0))),
        "全部商品名称": [f"{t}(1件)" for t in small_titles(made, world.setting.products)],
        "商品种类数": "1",
        "收货人/提货人": "示例",
        "买家昵称": "示例",
        "买家手机号": _masked(made),
        "分销员": [f"koc{seller + 1:03d}" for seller in made.seller],
        "归属店铺": "",
    }


def user_numbers(made: Elsewhere) -> list[str]:
    """Return the number by which Xiaohongshu's shop knows each buyer."""
    return [f"u{buyer:010d}" for buyer in made.buyer]


def _words(made: Elsewhere) -> list[str]:
    """Return the status of each row's order."""
    state = np.select(
        [made.paid >= NEVER, made.shipped >= NEVER, made.received >= NEVER], [0, 1, 2], 3
    )
    state = np.where(made.back, np.where(made.shipped < NEVER, 5, 4), state)
    return [WORDS[int(p)][s] for p, s in zip(made.place, state, strict=True)]


def _codes(world: World, made: Elsewhere) -> Sequence[Any]:
    return world.setting.products.code[made.product].tolist()  # type: ignore[no-any-return]


def _each(made: Elsewhere) -> Any:
    return yuan(money(made.goods // made.quantity))


def _masked(made: Elsewhere) -> list[str]:
    return [f"154****{buyer % 10_000:04d}" for buyer in made.buyer]


def _at(world: World, seconds: Ints, never: str = "") -> Any:
    return pc.fill_null(stamped(moments(world.spec.first, seconds)), never)
