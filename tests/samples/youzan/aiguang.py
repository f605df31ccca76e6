"""爱逛 sales: a host's sales arrive as Youzan orders, the host being the distributor (分销员)."""

from decimal import Decimal

from tests.samples.sample import Sample
from tests.samples.youzan.orders import order, row

HOST = "爱逛-ZB0012"
STORE = "爱逛直播间"

SAMPLE = Sample(
    adapter="youzan.orders",
    encoding="gb18030",
    before=(("订单列表", "导出时间：2026-05-02 09:00:00"),),
    rows=(
        row("81", "268.00", 分销员=f"\t{HOST}\t", 归属店铺=STORE),
        row("82", "99.00", 分销员=HOST, 归属店铺=STORE, 订单状态="已关闭"),
        row("83", "49.90", 分销员="", 归属店铺=STORE),
        {"订单号": "合计", "订单实付金额": "416.90"},
    ),
    word="订单状态",
    id="订单号",
    skipped={"footer": 1},
    personal=("13800000002", "李四光", "人民路", "光的旅行"),
    totals={"订单实付金额 / 应收订单金额": "416.90"},
    expected={
        "orders": [
            order("81", "268.00", "done", seller_ref=HOST, store_id=STORE),
            order("82", "99.00", "closed_refunded", seller_ref=HOST, store_id=STORE),
            order("83", "49.90", "done", seller_ref=None, store_id=STORE),
        ],
        "refunds": [{"amount": Decimal("99.00"), "is_estimated": True}],
        "identity_links": [{"left_type": "phone"}],
    },
)
