"""A Douyin export of a million lines into a lake, beside a plain pandas script doing the same job.

python benchmarks/intake.py --lines 1000000

Each runs in a process of its own; CPU seconds include those of its children.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

HEADERS = (
    "主订单编号", "子订单编号", "选购商品", "商品规格", "商品数量", "商品ID", "商家编码",
    "商品单价", "订单应付金额", "运费", "优惠总金额", "平台优惠", "商家优惠", "达人优惠",
    "商家改价", "支付优惠", "红包抵扣", "支付方式", "手续费", "收件人", "收件人手机号", "省",
    "市", "区", "街道", "详细地址", "是否修改过地址", "买家留言", "订单提交时间", "旗帜颜色",
    "商家备注", "订单完成时间", "支付完成时间", "APP渠道", "流量来源", "订单状态", "承诺发货时间",
    "订单类型", "鲁班落地页ID", "达人ID", "达人昵称", "所属门店ID", "售后状态", "取消原因",
    "预约发货时间", "仓库ID", "仓库名称", "是否安心购", "广告渠道", "流量类型", "流量体裁",
    "流量渠道", "发货主体", "发货主体明细", "发货时间", "降价类优惠", "平台实际承担优惠金额",
    "商家实际承担优惠金额", "达人实际承担优惠金额", "预计送达时间", "是否平台仓自流转",
)  # fmt: skip
WORDS = ("待发货", "已发货", "已完成", "已关闭")
SETTINGS = 'default_brand = "shop"\nlang = "en"\n[brands.shop]\n'


def export(path: Path, lines: int, seed: int = 1) -> None:
    """Write an export as the console does: GB18030, CRLF, tabs around ids, 1.3 lines an order."""
    draw = np.random.default_rng(seed)
    first, step = 6_917_529_027_641_081_856, 100_000
    with path.open("w", encoding="gb18030", newline="") as out:
        out.write(",".join(HEADERS) + "\r\n")
        order = 0
        for begin in range(0, lines, step):
            size = min(step, lines - begin)
            orders = order + np.cumsum(draw.random(size) < 1 / 1.3)
            order = int(orders[-1])
            at = pd.Timestamp("2025-01-01") + pd.to_timedelta(orders * 31_000_000 // lines, "s")
            price = draw.integers(990, 59_900, size) / 100
            number = draw.integers(1, 4, size)
            word = np.array(WORDS)[draw.choice(4, size, p=(0.05, 0.1, 0.75, 0.1))]
            paid = np.where((word == "已关闭") & (draw.random(size) < 0.5), "", _text(at, 60))
            back = (word == "已完成") & (draw.random(size) < 0.04)
            cells = dict.fromkeys(HEADERS, np.full(size, ""))
            cells |= {
                "主订单编号": _tabbed(first + orders),
                "子订单编号": _tabbed(first + 10**12 + np.arange(begin, begin + size)),
                "选购商品": np.array([f"玫瑰精华水乳套装礼盒 {n % 400} 号" for n in orders]),
                "商品规格": np.full(size, "默认;500ml"),
                "商品数量": number.astype(str),
                "商品ID": _tabbed(3_600_000_000_000_000_000 + orders % 400),
                "商家编码": np.char.add("SKU", (orders % 400).astype(str)),
                "商品单价": _money(price),
                "订单应付金额": _money(price * number),
                "运费": np.full(size, "0.00"),
                "优惠总金额": np.full(size, "5.00"),
                "平台优惠": np.full(size, "2.00"),
                "商家优惠": np.full(size, "3.00"),
                "支付方式": np.full(size, "抖音支付"),
                "手续费": np.full(size, "0.00"),
                "收件人": np.full(size, "王*"),
                "收件人手机号": np.where(
                    draw.random(size) < 0.1,
                    (13_800_000_000 + orders % 50_000).astype(str),
                    "138****0001",
                ),
                "省": np.full(size, "浙江省"),
                "市": np.full(size, "杭州市"),
                "详细地址": np.full(size, "****小区*栋*单元"),
                "订单提交时间": _text(at, 0),
                "支付完成时间": paid,
                "订单完成时间": np.where(word == "已完成", _text(at, 500_000), ""),
                "发货时间": np.where(np.isin(word, WORDS[1:3]), _text(at, 80_000), ""),
                "APP渠道": np.full(size, "抖音"),
                "流量来源": np.full(size, "直播间"),
                "订单状态": word,
                "订单类型": np.full(size, "普通订单"),
                "达人ID": np.where(draw.random(size) < 0.4, _tabbed(10**15 + orders % 90), "-"),
                "售后状态": np.where(back, "退款成功", "-"),
            }
            pd.DataFrame(cells).to_csv(out, index=False, header=False, lineterminator="\r\n")


def ours(path: Path, folder: Path) -> dict[str, float]:
    from insights.intake import FilesSource, ingest  # noqa: PLC0415 - measured in its own process
    from insights.settings import Settings  # noqa: PLC0415 - the same
    from insights.store.lake import open_lake  # noqa: PLC0415 - the same

    (folder / "insights.toml").write_text(SETTINGS)
    settings = Settings.load(folder)
    brand = settings.brand()
    report = ingest(settings, brand, FilesSource([path], settings, brand))
    if report.refused_files:
        raise SystemExit(report.refused_files[0].message)
    rows = {account.table: account.kept for account in report.tables}
    asked = "SELECT sum(paid_amount) AS paid FROM "
    lake = open_lake(settings, brand.name)
    found = {
        name: [rows[name], lake.arrow(asked + name).read_all()["paid"][0].as_py()]
        for name in ("orders", "order_lines")
    }
    return _facts({**found, "refunds": [rows["refunds"]]})


def theirs(path: Path, folder: Path) -> dict[str, float]:
    """Do what an analyst writes: read all as text, clean, group, write parquet."""
    frame = pd.read_csv(path, encoding="gb18030", dtype=str, keep_default_na=False)
    for name in ("主订单编号", "子订单编号", "商品ID", "达人ID"):
        frame[name] = frame[name].str.strip("\t '`").replace({"-": None, "": None})
    amounts = ["商品单价", "订单应付金额", "运费", "平台优惠", "商家优惠"]
    for name in amounts:
        text = frame[name].str.replace("[,¥￥元]", "", regex=True).replace({"": None, "-": None})
        frame[name] = pd.to_numeric(text)
    frame["商品数量"] = pd.to_numeric(frame["商品数量"])
    for name in ("订单提交时间", "支付完成时间", "发货时间", "订单完成时间"):
        frame[name] = pd.to_datetime(frame[name].replace("", None), format="%Y-%m-%d %H:%M:%S")
    known = {"待支付": "unpaid", "待发货": "paid", "已发货": "shipped", "已完成": "done"}
    status = frame["订单状态"].map(known)
    closed = frame["订单状态"] == "已关闭"
    is_paid = frame["支付完成时间"].notna()
    status = status.mask(closed & is_paid, "closed_refunded").mask(
        closed & ~is_paid, "cancelled_unpaid"
    )
    status = status.mask(frame["售后状态"].str.contains("退款成功"), "closed_refunded")
    if status.isna().any():
        raise SystemExit("an unknown word")
    rank = {w: n for n, w in enumerate(
        ("cancelled_unpaid", "unpaid", "closed_refunded", "paid", "shipped", "done"))}  # fmt: skip
    frame["status"] = status
    frame["rank"] = status.map(rank)
    frame["商品金额"] = frame["商品单价"] * frame["商品数量"]
    frame["month"] = frame["订单提交时间"].dt.strftime("%Y-%m")
    orders = frame.groupby("主订单编号", sort=False).agg(
        created_at=("订单提交时间", "min"), paid_at=("支付完成时间", "min"),
        shipped_at=("发货时间", "min"), rank=("rank", "min"), seller_ref=("达人ID", "first"),
        goods_amount=("商品金额", "sum"), paid_amount=("订单应付金额", "sum"),
        freight_amount=("运费", "sum"), merchant=("商家优惠", "sum"), platform=("平台优惠", "sum"),
        month=("month", "first"),
    )  # fmt: skip
    lines = frame[["子订单编号", "主订单编号", "订单提交时间", "商家编码", "选购商品", "status",
                   "商品数量", "订单应付金额", "商品金额", "month"]]  # fmt: skip
    back = (status == "closed_refunded") & (frame["订单应付金额"] > 0)
    refunds = frame.loc[back, ["子订单编号", "主订单编号", "订单完成时间", "订单应付金额"]]
    orders.reset_index().to_parquet(folder / "orders", partition_cols=["month"])
    lines.to_parquet(folder / "lines", partition_cols=["month"])
    refunds.to_parquet(folder / "refunds.parquet")
    return _facts(
        {
            "orders": [len(orders), orders["paid_amount"].sum()],
            "order_lines": [len(lines), lines["订单应付金额"].sum()],
            "refunds": [len(refunds)],
        }
    )


def measured(which: str, path: Path) -> dict[str, float]:
    """Run one of the two in a process of its own."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        done = subprocess.run(
            [sys.executable, __file__, "--only", which, "--file", str(path), "--into", folder],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def only(which: str, path: Path, folder: Path) -> None:
    work = {"insights": ours, "pandas": theirs}[which]
    facts = work(path, folder)
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    # Of this program alone: `ru_maxrss` would begin with what the parent held that wrote the file.
    status = Path("/proc/self/status").read_text("ascii").split()
    peak = int(status[status.index("VmHWM:") + 1]) / 1024
    print(json.dumps({"cpu_seconds": round(cpu, 1), "peak_mb": round(peak), **facts}))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lines", type=int, default=200_000)
    options.add_argument("--only", choices=("insights", "pandas"))
    options.add_argument("--file", type=Path)
    options.add_argument("--into", type=Path)
    options.add_argument("--alone", action="store_true", help="leave pandas out")
    given = options.parse_args()
    if given.into:
        only(given.only, given.file, given.into)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = given.file or Path(folder) / "抖店订单.csv"
        if not path.exists():
            export(path, given.lines)
        print(f"{given.lines:,} lines, {path.stat().st_size / 2**20:,.0f} MB of GB18030")
        table = {"insights": measured("insights", path)}
        if not given.alone:
            table["pandas"] = measured("pandas", path)
        print(pd.DataFrame(table).to_string(float_format="{:,.2f}".format))
        if "pandas" in table:
            ratio = table["pandas"]["cpu_seconds"] / table["insights"]["cpu_seconds"]
            print(f"CPU of pandas to ours: {ratio:.2f}")


def _facts(found: dict[str, list[float]]) -> dict[str, float]:
    return {
        f"{name} {what}": float(value)
        for name, values in found.items()
        for what, value in zip(("rows", "amount"), values, strict=False)
    }


def _text(at: pd.DatetimeIndex, seconds: int) -> np.ndarray:
    return np.array((at + pd.Timedelta(seconds, "s")).strftime("%Y-%m-%d %H:%M:%S"))


def _tabbed(ids: np.ndarray) -> np.ndarray:
    return np.char.add(np.char.add("\t", ids.astype(str)), "\t")


def _money(values: np.ndarray) -> np.ndarray:
    return np.char.mod("%.2f", values)


if __name__ == "__main__":
    main()
