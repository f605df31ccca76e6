"""微信支付交易账单: a backtick before each value; the payment stays SUCCESS after it went back."""

from collections.abc import Sequence
from decimal import Decimal

from tests.samples.sample import Row, Sample

MERCHANT = "1900000109"
APP = "wx0000000000000001"


def row(number: str, state: str, amount: str, **more: str) -> Row:
    cells = {
        "交易时间": "2026-05-01 10:00:00",
        "公众账号ID": APP,
        "商户号": MERCHANT,
        "特约商户号": "0",
        "设备号": "",
        "微信订单号": f"42000020260501000000000{number}",
        "商户订单号": f"pay-{number}",
        "用户标识": f"oUpF8uMuAJO_M2pxb1Q9zNjWeS{number}",
        "交易类型": "NATIVE",
        "交易状态": state,
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": amount,
        "代金券金额": "0.00",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "退款类型": "",
        "退款状态": "",
        "商品名称": "蒋小姐的面霜",
        "商户数据包": "",
        "手续费": "0.60",
        "费率": "0.60%",
        "订单金额": amount,
        "申请退款金额": "0.00",
        "费率备注": "",
    } | more
    return {header: f"`{cell}" for header, cell in cells.items()}


BACK = {
    "应结订单金额": "0.00", "订单金额": "0.00", "微信退款单号": "50300020260503001",
    "商户退款单号": "back-01", "退款金额": "30.00", "申请退款金额": "30.00",
    "手续费": "-0.18", "交易时间": "2026-05-03 09:00:00",
}  # fmt: skip


def order(number: str, paid: str) -> Row:
    return {
        "order_id": f"wechat_pay:{MERCHANT}:42000020260501000000000{number}",
        "channel": "wechat_transfer",
        "shop_id": MERCHANT,
        "buyer_ref": f"openid:{APP}:oUpF8uMuAJO_M2pxb1Q9zNjWeS{number}",
        "status": "done",
        "paid_amount": Decimal(paid),
        "paid_at": "2026-05-01 10:00:00",
    }


def fee(number: str, amount: str, on: str = "2026-05-01 10:00:00") -> Row:
    return {
        "cost_id": f"wechat_pay:{MERCHANT}:{number}:fee",
        "kind": "platform_fee",
        "amount": Decimal(amount),
        "on_date": on,
        "channel": "wechat_pay",
    }


# The totals, as the bill has them: a row of headers and a row of numbers, of seven cells each.
TOTALS = (
    "总交易单数",
    "应结订单总金额",
    "退款总金额",
    "充值券退款总金额",
    "手续费总金额",
    "订单总金额",
    "申请退款总金额",
)
ADDED_UP = ("应结订单金额", "退款金额", "充值券退款金额", "手续费", "订单金额", "申请退款金额")


def below(rows: Sequence[Row]) -> tuple[tuple[str, ...], ...]:
    """Return the totals of some rows; what is no amount is none."""
    cells = {header: [one[header].strip("`") for one in rows] for header in ADDED_UP}
    sums = (sum(Decimal(one) for one in found if "." in one) for found in cells.values())
    return TOTALS, (f"`{len(rows)}", *(f"`{total}" for total in sums))


SAMPLE = Sample(
    adapter="wechat_pay.bill",
    encoding="utf-8-sig",
    rows=(
        row("01", "SUCCESS", "100.00"),
        row("01", "REFUND", "0.00", **BACK),
        row("02", "SUCCESS", "1000.50", 手续费="0.00000"),
        row("03", "SUCCESS", "一百"),
    ),
    after=(TOTALS, ("`3", "`1100.50", "`30.00", "`0.00", "`1.02", "`1100.50", "`30.00")),
    below=below,
    word="交易状态",
    words={"交易状态": {"SUCCESS": "done", "REFUND": "back", "REVOKED": "back"}},
    id="微信订单号",
    skipped={"blank": 2},
    refused={"应结订单金额_not_money": 1, "订单金额_not_money": 1},
    personal=("蒋小姐",),
    totals={"金额 (orders)": "1100.50", "退回 (refunds)": "30.00", "手续费 (costs)": "1.02"},
    expected={
        "orders": [order("01", "100.00"), order("02", "1000.50")],
        "refunds": [
            {
                "refund_id": f"wechat_pay:{MERCHANT}:50300020260503001",
                "order_id": f"wechat_pay:{MERCHANT}:4200002026050100000000001",
                "amount": Decimal("30.00"),
                "refunded_at": "2026-05-03 09:00:00",
                "is_estimated": False,
            }
        ],
        "costs": [
            fee("4200002026050100000000001", "0.60"),
            fee("50300020260503001", "-0.18", "2026-05-03 09:00:00"),
        ],
        "identity_links": [
            {"left_type": "openid", "left_namespace": APP},
            {"left_type": "openid", "left_namespace": APP},
        ],
    },
)
