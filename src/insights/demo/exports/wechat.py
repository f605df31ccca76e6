"""WeChat: the bill of payments, advertisements, livestreams in Channels, and the mini-program.

The bill has what Youzan's shop was paid, too, some seconds after the shop has it: whoever counts
both counts twice. Bills go back three months, and so does this one.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from insights.demo.exports.channel import Sales
from insights.demo.exports.files import Sheet, stamped, write_csv, write_json_lines, yuan
from insights.demo.exports.wecom import epoch
from insights.demo.wire import MERCHANT, moments, money, small_numbers
from insights.demo.world import World
from insights.demo.world.columns import DAY, NEVER
from insights.demo.world.elsewhere import BILL_DAYS, TRANSFER, Elsewhere
from insights.demo.world.identity import KINDS, names
from insights.demo.world.sidelines import Table

_, APP = KINDS["mini_openid"]
FEE = 0.006
LAG = 25  # seconds at most, from the shop's time of payment to the bill's


def write(
    world: World, private: Sales, bought: Elsewhere, tables: dict[str, Table], folder: Path
) -> list[Path]:
    """Write the bill, and what is told of advertisements, livestreams and the mini-program."""
    mini = tables["mini_program"]
    days = [f"{world.calendar.on(int(day)):%Y%m%d}" for day in mini["day"]]
    return [
        _write_bill(folder / "wechat_pay" / "微信支付账单.csv", _bill(world, private, bought)),
        write_csv(
            folder / "wechat_ads" / "广告报表.csv",
            _ads(world, tables["wechat_ads"]),
            encoding="gb18030",
            before=["报表名称：自定义报表"],
        ),
        write_json_lines(
            folder / "channels" / "get_finder_live_data_list.jsonl",
            _lives(world, tables["channels"]),
        ),
        write_json_lines(
            folder / "mini_program" / "getweanalysisappiddailysummarytrend.jsonl",
            _days(mini, days, visit_total="visitors", share_pv="shares", share_uv="share_users"),
        ),
        write_json_lines(
            folder / "mini_program" / "getweanalysisappiddailyvisittrend.jsonl",
            _days(
                mini,
                days,
                session_cnt="sessions",
                visit_pv="views",
                visit_uv="visitors",
                visit_uv_new="new_visitors",
            ),
        ),
    ]


def _bill(world: World, private: Sales, bought: Elsewhere) -> list[dict[str, Any]]:
    """Return payments and refunds of the last three months, in order of time."""
    mine = bought.take(bought.place == TRANSFER)
    made = private.orders
    since = (world.spec.days - BILL_DAYS) * DAY
    shop = np.flatnonzero((made.paid < NEVER) & (made.paid >= since) & (made.amount > 0))
    lag = (world.draws.uniform("bill lag", made.who[shop], made.nth[shop]) * LAG).astype(np.int64)
    refunded = np.full(len(made), NEVER)
    np.minimum.at(refunded, private.lines.order, private.refunded)
    parts = {
        "at": (made.paid[shop] + lag, mine.paid),
        "number": (
            [f"42001{n[-15:]}" for n in private.numbers.take(pa.array(shop)).to_pylist()],
            small_numbers(world.spec.first, mine).to_pylist(),
        ),
        "who": (
            names(world.draws, "mini_openid", made.who[shop]).to_pylist(),
            [f"oT{buyer:016d}" for buyer in mine.buyer],
        ),
        "cents": (made.amount[shop], mine.amount),
        "back": (private.order_back[shop], np.where(mine.back, mine.amount, 0)),
        "back_at": (refunded[shop], mine.back_at),
        "what": (["有赞商城订单"] * shop.size, ["转账收款"] * len(mine)),
    }
    payments = {name: [*one, *other] for name, (one, other) in parts.items()}
    rows = []
    for values in zip(*payments.values(), strict=True):
        row = dict(zip(payments, values, strict=True))
        rows.append((int(row["at"]), _line(row, back=False)))
        if row["back"]:
            rows.append((int(row["back_at"]), _line(row, back=True)))
    rows.sort(key=lambda row: (row[0], row[1]["微信订单号"]))
    stamps = stamped(moments(world.spec.first, np.array([at for at, _ in rows], np.int64)))
    return [{"交易时间": at} | row for at, (_, row) in zip(stamps.to_pylist(), rows, strict=True)]


def _line(row: dict[str, Any], *, back: bool) -> dict[str, Any]:
    cents, given = int(row["cents"]), int(row["back"])
    fee = round((-given if back else cents) * FEE)
    return {
        "公众账号ID": APP,
        "商户号": MERCHANT,
        "特约商户号": "0",
        "设备号": "",
        "微信订单号": row["number"],
        "商户订单号": f"M{row['number']}",
        "用户标识": row["who"],
        "交易类型": "JSAPI",
        "交易状态": "REFUND" if back else "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": "0.00" if back else _yuan(cents),
        "代金券金额": "0.00",
        "微信退款单号": f"R{row['number']}" if back else "0",
        "商户退款单号": f"MR{row['number']}" if back else "0",
        "退款金额": _yuan(given) if back else "0.00",
        "充值券退款金额": "0.00",
        "退款类型": "ORIGINAL" if back else "",
        "退款状态": "SUCCESS" if back else "",
        "商品名称": row["what"],
        "商户数据包": "",
        "手续费": _yuan(fee),
        "费率": "0.60%",
        "订单金额": "0.00" if back else _yuan(cents),
        "申请退款金额": _yuan(given) if back else "0.00",
        "费率备注": "",
    }


def _write_bill(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write every value behind a backtick, and two rows of totals below."""
    heads = list(rows[0])
    lines = [",".join(heads)]
    lines += [",".join(f"`{row[head]}" for head in heads) for row in rows]
    paid = sum(round(float(row["订单金额"]) * 100) for row in rows)
    back = sum(round(float(row["退款金额"]) * 100) for row in rows)
    fees = sum(round(float(row["手续费"]) * 100) for row in rows)
    lines.append(
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
    )
    totals = (len(rows), _yuan(paid), _yuan(back), "0.00", _yuan(fees), _yuan(paid), _yuan(back))
    lines.append(",".join(f"`{value}" for value in totals))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))
    return path


def _ads(world: World, table: Table) -> Sheet:
    total = {"日期": "总计", "花费": _yuan(int(table["cents"].sum()))}
    columns = {
        "日期": [str(world.calendar.on(int(day))) for day in table["day"]],
        "账户ID": ["20000001"] * len(table["day"]),
        "广告ID": [f"30000{ad:03d}" for ad in table["ad"]],
        "广告名称": [f"示例计划{ad + 1}" for ad in table["ad"]],
        "花费": yuan(money(table["cents"])).to_pylist(),
        "曝光次数": table["impressions"].tolist(),
        "点击次数": table["clicks"].tolist(),
        "关注次数": table["new_followers"].tolist(),
    }
    return {head: [*values, total.get(head, "")] for head, values in columns.items()}


def _lives(world: World, table: Table) -> list[dict[str, Any]]:
    begins = (table["day"] * DAY + 20 * 3600).astype(np.int64)
    return [
        {
            "errcode": 0,
            "errmsg": "ok",
            "item": [
                {
                    "export_id": f"export/demo{n:04d}",
                    "live_start_time": at,
                    "live_duration_in_seconds": int(table["live_seconds"][n]),
                    "total_audience_count": int(table["viewer_users"][n]),
                    "new_follow_count": int(table["new_followers"][n]),
                    "total_comment_count": int(table["comments"][n]),
                }
                for n, at in enumerate(epoch(world, begins).tolist())
            ],
            "last_buffer": "",
            "continue_flag": False,
        }
    ]


def _days(table: Table, days: list[str], **names_of: str) -> list[dict[str, Any]]:
    """Return an answer a day."""
    return [
        {"list": [{"ref_date": day} | {ours: int(table[of][n]) for ours, of in names_of.items()}]}
        for n, day in enumerate(days)
    ]


def _yuan(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
