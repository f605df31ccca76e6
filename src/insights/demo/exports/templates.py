"""Templates: what no system exports and a brand fills in: staff, goods, campaigns, costs, calls."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from insights.demo.direct import brand, people, trade
from insights.demo.exports.files import Sheet, write_csv
from insights.demo.wire import moments
from insights.demo.world import Block, World
from insights.demo.world.identity import phones
from insights.demo.world.padding import incentive_ends

HEADS = {
    "员工": {
        "员工账号": "staff_id", "角色": "role", "门店编号": "store_id", "门店名称": "store_name",
        "经销商": "dealer_id", "大区": "region", "门店性质": "ownership", "入职日期": "hired_on",
    },
    "商品": {
        "商品编码": "product_id", "SPU": "spu_id", "商品名称": "name", "一级类目": "category_1",
        "系列": "series", "吊牌价": "list_price", "成本价": "unit_cost", "上市日期": "launched_on",
    },
    "活动": {
        "活动编号": "campaign_id", "活动名称": "name", "档期": "slot", "开始时间": "starts_at",
        "结束时间": "ends_at", "优惠内容": "offer", "目标人群": "target_rule",
        "是否实验": "is_experiment",
    },
    "内容登记": {
        "内容编号": "content_id", "内容类型": "kind", "渠道": "channel", "发布时间": "published_at",
        "标题": "title", "主题": "topics", "商品编码": "product_ids", "推送编号": "push",
        "推送位置": "slot", "位置由抽签决定": "drawn_by_lot",
    },
    "目标": {"指标": "metric", "范围": "scope", "周期": "period", "下限": "low", "上限": "high"},
    "成本": {
        "成本编号": "cost_id", "日期": "on_date", "成本类型": "kind", "金额": "amount",
        "活动编号": "campaign_id", "员工账号": "staff_id", "会员卡号": "member_no",
        "企微外部联系人ID": "external_userid",
    },
    "实验分组": {
        "活动编号": "campaign_id", "会员卡号": "customer_ref", "组别": "arm",
        "分组时间": "assigned_at", "入组概率": "probability",
    },
}  # fmt: skip
WORDS = {
    "guide": "导购", "ip": "IP号", "service": "客服", "phone": "电销", "host": "主播",
    "direct": "直营", "franchise": "加盟", "treatment": "实验组", "control": "对照组",
    "contact_incentive": "加粉激励", "gift": "礼品",
    "labour": "人工", "article": "文章", "moment": "朋友圈",
    "mass_msg": "群发", "live": "直播",
}  # fmt: skip


def write(world: World, found: Block, folder: Path) -> list[Path]:
    """Write the templates, filled in."""
    bought = world.padding
    paid = bought.take(bought.at < incentive_ends(world.parameters, world.calendar) * 86_400)
    rewards = trade.rewards(world, paid.who, paid.staff, paid.at)
    # What a call cost the vendor's own list does not say; samples have a list of their own.
    costs = [rewards, *trade.costs(world, found)[:2], brand.wages(world)]
    tables = {
        "员工": brand.staff(world),
        "商品": brand.products(world),
        "活动": brand.campaigns(world),
        "内容登记": _registered(brand.contents(world)),
        "目标": brand.targets(world),
        "成本": _with_ids(_stacked(costs)),
        "实验分组": people.assignments(world, found),
    }
    paths = [
        write_csv(folder / f"{name}.csv", _sheet(name, table), encoding="utf-8-sig")
        for name, table in tables.items()
    ]
    paths.append(write_csv(folder / "内容日数据.csv", _lives(world), encoding="utf-8-sig"))
    return [*paths, write_csv(folder / "电话外呼.csv", _calls(world, found), encoding="gb18030")]


def _lives(world: World) -> Sheet:
    """Return what the platform shows of each livestream, copied by hand."""
    rows = brand.live_days(world)
    return {
        "内容编号": [name for _day, name, _shown, _came in rows],
        "日期": [str(world.calendar.on(day)) for day, *_rest in rows],
        "曝光人数": [str(shown) for _day, _name, shown, _came in rows],
        "观看人数": [str(came) for *_rest, came in rows],
    }


def _registered(contents: dict[str, Any]) -> dict[str, Any]:
    """Return contents of which a brand knows more than their platform: all but messages."""
    kept = pc.not_equal(contents["kind"], "mass_msg")
    return {name: pc.filter(values, kept) for name, values in contents.items()}


def _sheet(name: str, table: dict[str, Any]) -> Sheet:
    return {
        head: _said(table[column]) if column in table else ""
        for head, column in HEADS[name].items()
    }


def _said(values: Any) -> list[str]:
    if pa.types.is_timestamp(values.type):
        values = pc.strftime(values, "%Y-%m-%d %H:%M:%S")
    said = []
    for value in values.to_pylist():
        if isinstance(value, bool):
            said.append("是" if value else "否")
        elif isinstance(value, list):
            said.append("；".join(value))
        else:
            text = "" if value is None else str(value)
            said.append(WORDS.get(text, text).removeprefix("member_no:brand:"))
    return said


def _calls(world: World, found: Block) -> Sheet:
    made = found.calls.take(found.calls.treated & (found.calls.at < world.spec.days * 86_400))
    return {
        "号码": phones(world.spec.seed, made.who),
        "拨打时间": pc.strftime(moments(world.spec.first, made.at), "%Y-%m-%d %H:%M:%S"),
        "接通": ["是" if c else "否" for c in made.connected],
        "时长": [f"{s}秒" for s in made.seconds],
        "坐席": "tel0001",
        "结果": ["已接通" if c else "未接听" for c in made.connected],
        "活动编号": people.CALL_CAMPAIGN,
    }


def _with_ids(table: dict[str, Any]) -> dict[str, Any]:
    """Return costs with whom they were for in the column of the id that says it."""
    references = [str(r or "").split(":", 2) for r in table["customer_ref"].to_pylist()]
    ids = {
        kind: pa.array([r[-1] if r[0] == kind else None for r in references], pa.string())
        for kind in ("member_no", "external_userid")
    }
    return table | ids


def _stacked(tables: list[dict[str, Any]]) -> dict[str, Any]:
    whole = pa.concat_tables([pa.table(t) for t in tables], promote_options="default")
    return {name: whole[name].combine_chunks() for name in whole.column_names}
