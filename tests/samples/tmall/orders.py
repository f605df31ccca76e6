"""ExportOrderList: ids in ="...", phones with an apostrophe, blanks behind headers."""

from decimal import Decimal

from tests.samples.sample import Row, Sample

PHONE = "13800000001"
PRIVACY = "18877771111-123"
PAID = "2026-05-01 10:00:30"


def listed(number: str, paid: str, status: str, **more: str) -> Row:
    return {
        "订单编号": f'="19306798581706{number}"',
        "买家会员名": "月**夜",
        "买家支付宝账号": "zhangsanfeng@example.com",
        "买家应付货款": paid,
        "买家应付邮费": "0.00",
        "买家支付积分": "0",
        "总金额": paid,
        "返点积分": "0",
        "买家实际支付金额": paid,
        "买家实际支付积分": "0",
        "订单状态": status,
        "买家留言": "放门口，张三丰",
        "收货人姓名": "张三丰",
        "收货地址 ": "浙江省 杭州市 西湖区 文三路99号(310000)",
        "运送方式": "快递",
        "联系电话 ": "'",
        "联系手机": "'138****0001",
        "订单创建时间": "2026-05-01 10:00:00",
        "订单付款时间 ": PAID,
        "宝贝标题 ": "玫瑰精华水乳套装",
        "宝贝总数量": "1",
        "店铺Id": "0",
        "店铺名称": "示例旗舰店",
        "订单关闭原因": "订单未关闭",
        "卖家服务费": "0",
        "买家服务费": "0元",
        "分阶段订单信息": "",
        "特权订金订单id": "",
        "定金排名": "",
        "退款金额": "0.00",
    } | more


def unpaid(number: str, status: str, **more: str) -> Row:
    nothing = {"订单付款时间 ": "", "买家实际支付金额": "0"}
    return listed(number, "88.00", status, **nothing) | more


ROWS = (
    listed("01", "1,299.00", "交易成功", 联系手机=f"'{PHONE}", 买家应付邮费="10.00"),
    # A part of it came back: what was paid is the rest.
    listed("02", "100.00", "交易成功", 退款金额="30.00", 买家实际支付金额="70.00"),
    # Closed: after payment it is a refund, before it is none.
    listed("03", "80.00", "交易关闭", 订单关闭原因="退款", 联系手机=f"'{PRIVACY}"),
    listed("10", "90.00", "交易关闭", 退款金额="90.00", 买家实际支付金额="0"),
    listed("11", "95.00", "交易关闭", 买家实际支付金额="0"),
    unpaid("04", "交易关闭", 订单关闭原因="买家未付款"),
    unpaid("05", "等待买家付款"),
    # Presales: the deposit is paid, and both parts are. Excel has cut the seconds off one.
    listed("06", "50.00", "等待买家付款", 分阶段订单信息="定金已付", 订单创建时间="2026/5/3 9:05"),
    listed("07", "５００．００", "买家已付款，等待卖家发货", 定金排名="17"),
    listed("08", "60.00", "卖家已发货，等待买家确认", 退款金额="无退款申请"),
    # Times that cannot be.
    listed("09", "60.00", "交易成功", 订单创建时间="2026-02-31 10:00:00"),
    {},
    {"订单编号": "合计", "买家应付货款": "2,510.00"},
)


def order(number: str, paid: str, status: str, **more: object) -> Row:
    return {
        "order_id": f"tmall:main:19306798581706{number}",
        "channel": "tmall",
        "shop_id": "main",
        "created_at": "2026-05-01 10:00:00",
        "paid_at": PAID,
        "status": status,
        "goods_amount": Decimal(paid),
        "paid_amount": Decimal(paid),
        "freight_amount": Decimal("0.00"),
        "is_presale": False,
        "is_gift": False,
        "is_test": False,
    } | more


def back(number: str, amount: str) -> Row:
    return {
        "refund_id": f"tmall:main:19306798581706{number}:estimated",
        "order_id": f"tmall:main:19306798581706{number}",
        "line_id": None,
        "refunded_at": PAID,
        "amount": Decimal(amount),
        "is_estimated": True,
    }


PRESALE = {"paid_at": None, "is_presale": True, "created_at": "2026-05-03 09:05:00"}
NEVER = {"goods_amount": Decimal("88.00"), "paid_at": None}

BACK = {"退款金额": "30.00"}
WORDS = {
    "订单状态": {
        "等待买家付款": {"unpaid": {"订单付款时间 ": ""}, "deposit_paid": {"定金排名": "17"}},
        "买家已付款，等待卖家发货": {"paid": {}, "part_refunded": BACK},
        "买家已付款,等待卖家发货": {"paid": {}, "part_refunded": BACK},
        "卖家已发货，等待买家确认": {"shipped": {}, "part_refunded": BACK},
        "卖家已发货,等待买家确认": {"shipped": {}, "part_refunded": BACK},
        "交易成功": {"done": {}, "part_refunded": BACK},
        "交易关闭": {"closed_refunded": {}, "cancelled_unpaid": {"订单付款时间 ": ""}},
    }
}

SAMPLE = Sample(
    adapter="tmall.orders",
    encoding="gbk",
    rows=ROWS,
    word="订单状态",
    words=WORDS,
    id="订单编号",
    skipped={"blank": 1, "footer": 1},
    refused={"订单创建时间_not_time": 1},
    personal=(PHONE, PRIVACY, "张三丰", "文三路", "138****0001", "zhangsanfeng", "月**夜"),
    totals={"买家应付货款": "2510.00", "买家应付邮费": "10.00"},
    expected={
        "orders": [
            order("01", "1299.00", "done", freight_amount=Decimal("10.00")),
            order("02", "100.00", "part_refunded"),
            order("03", "80.00", "closed_refunded"),
            order("10", "90.00", "closed_refunded"),
            order("11", "95.00", "closed_refunded"),
            order("04", "0.00", "cancelled_unpaid", **NEVER),
            order("05", "0.00", "unpaid", **NEVER),
            order("06", "50.00", "deposit_paid", **PRESALE),
            order("07", "500.00", "paid", is_presale=True),
            order("08", "60.00", "shipped"),
        ],
        "refunds": [
            back("02", "30.00"), back("03", "80.00"), back("10", "90.00"), back("11", "95.00"),
        ],
        "identity_links": [{"left_type": "phone", "right_type": "phone"}],
    },
)  # fmt: skip
