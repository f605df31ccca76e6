"""A notebook as if it had been executed: results of several kinds, words between, provenance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from insights.charts import marks
from insights.results import (
    MIME,
    Answer,
    Check,
    Checks,
    Claim,
    Column,
    Holds,
    Limits,
    NotEnoughData,
    Result,
    Tile,
)
from insights.wording import speaking

PROVENANCE: dict[str, Any] = {
    "brand": "aurora",
    "brand_title": "Aurora 极光",
    "report": "cohort_analysis",
    "title": "新客复购",
    "question": "新客会回来吗?",
    "period": "2026-06",
    "as_of": "2026-06-30",
    "parameters": {"as_of": "2026-06-30", "min_customers": 30},
    "lang": "zh-CN",
    "load_id": "20260701T021500-3f2a",
    "tables": [
        {"name": "customers", "version": 12, "rows": 61_234, "fresh_to": "2026-06-30"},
        {"name": "orders", "version": 12, "rows": 1_184_230, "fresh_to": "2026-06-30"},
    ],
    "rows": {"read": 40_211, "kept": 39_800, "merged": 400, "quarantined": 11},
    "code": "7f3c0a91be22",
    "run_id": "20260701T022000123-cohort_analysis-a1b2c3",
    "packages": {"pandas": "3.1.0", "seaborn": "0.13.2"},
    "simulated": True,
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Triangle(Result):
    name = "retention"
    shape = "triangle"
    columns = {
        "cohort": Column("首购月份", "month"),
        "customers": Column("人数", "count"),
        "age_months": Column("首购后第几个月", "count"),
        "retention": Column("复购率", "percent"),
        "low": Column("下限", "percent"),
        "high": Column("上限", "percent"),
        "open": Column("未结束", "text", shown=False),
    }

    def plot(self) -> Any:
        closed = self.table[~self.table["open"]]
        by_age = closed.groupby("age_months")[["retention", "low", "high"]].mean().reset_index()
        return marks.line(
            by_age,
            x="age_months",
            y="retention",
            low="low",
            high="high",
            xlabel="首购后第几个月",
            ylabel="再次购买的人",
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Channels(Result):
    name = "channels"
    columns = {
        "channel": Column("首购渠道", "text"),
        "customers": Column("人数", "count"),
        "rate": Column("90天复购率", "percent"),
        "low": Column("下限", "percent"),
        "high": Column("上限", "percent"),
        "net": Column("人均净额", "money"),
    }

    def plot(self) -> Any:
        return marks.dots(
            self.table,
            name="channel",
            value="rate",
            low="low",
            high="high",
            xlabel="90天复购率",
            reference=0.184,
            reference_label="全部新客",
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Plain(Result):
    name = "at_risk"
    columns = {
        "customer_id": Column("顾客编号", "text"),
        "days": Column("距上次购买", "days"),
        "value": Column("预计净额", "money"),
        "reason": Column("原因", "text"),
    }


def triangle() -> Triangle:
    rows = []
    for month in range(1, 13):
        for age in range(13 - month):
            rate = 0.42 * np.exp(-age / 4) * (1 + month / 40) if age else 1.0
            rows.append(
                {
                    "cohort": f"2025-{month:02d}",
                    "customers": 900 + 37 * month,
                    "age_months": age,
                    "retention": rate,
                    "low": rate * 0.9 if age else 1.0,
                    "high": min(rate * 1.1, 1.0),
                    "open": age == 12 - month,
                }
            )
    return Triangle(
        table=pd.DataFrame(rows),
        facts={
            "rate": 0.184,
            "low": 0.169,
            "high": 0.2,
            "before": 0.158,
            "n": 13_330,
            "cohort": "3月",
            "span": 90,
        },
        claims=(
            Claim(
                key="rate",
                message="{cohort:text}新客{rate:percent}在{span:days}内复购"
                "({low:percent} – {high:percent})",
            ),
            Claim(
                key="rise",
                message="比去年同月的{before:percent}高, 差别超出了误差",
                holds=(Holds("low > before", holds=True),),
            ),
        ),
        tiles=(
            Tile(
                key="rate",
                label="90天复购率",
                fact="rate",
                kind="percent",
                good="up",
                low="low",
                high="high",
                before="before",
                against="去年同月",
                trend=(0.15, 0.151, 0.16, 0.158, float("nan"), 0.17, 0.184),
            ),
            Tile(key="n", label="新客人数", fact="n", kind="count"),
        ),
        title="再次购买的新客, 按首购后的月份",
        subtitle="每月至少购买一次的人占首购人数的比例, 2025年1月至12月, 阴影为95%区间",
        meaning="第一个月没有回来的人, 以后也很少回来: 首购后30天是最该联系的时候。",
        caveats=("2025-01是数据的第一个月, 其中多半是老客。",),
        checks=(
            Check(
                key="sum",
                message="各月人数之和等于新客总数",
                passed=True,
                evidence="{n:count}",
                facts={"n": 13_330},
            ),
        ),
        alt="折线图: 各月再次购买的新客比例, 从第1个月的34%降到第11个月的3%。",
    )


def channels() -> Channels:
    names = ["门店", "小程序商城", "天猫", "抖音直播 🔥满$100减$20", "京东", "公众号"]
    rate = np.array([0.24, 0.21, 0.18, 0.09, 0.17, 0.2])
    return Channels(
        table=pd.DataFrame(
            {
                "channel": names,
                "customers": [4021, 2200, 3900, 1800, 900, 509],
                "rate": rate,
                "low": rate - 0.02,
                "high": rate + 0.02,
                "net": [812.5, 640.0, 455.25, 120.1, 433.0, 590.9],
            }
        ).sort_values("rate", ascending=False),
        facts={
            "live": 0.09,
            "store": 0.24,
            "net": 455.2,
            "before": 470.0,
            "refund": 0.081,
            "r0": 0.09,
        },
        claims=(Claim(key="live", message="首购在直播{live:percent}复购, 在门店{store:percent}"),),
        tiles=(
            Tile(
                key="net",
                label="90天人均净额",
                fact="net",
                kind="money",
                good="up",
                before="before",
                against="上月",
                trend=(480, 475, 470, 455.2),
            ),
            Tile(
                key="refund",
                label="退款率",
                fact="refund",
                kind="percent",
                good="down",
                before="r0",
                against="上月",
            ),
        ),
        title="90天复购率, 按首购渠道",
        subtitle="首购后90天内再次购买的人, 横线为95%区间",
        meaning="渠道之间是相关, 不是因果: 来的人本来就不同。",
        alt="点图: 6个渠道的90天复购率, 门店24%最高, 抖音直播9%最低。",
        checks=(Check(key="one", message="每位顾客只有一个首购渠道", passed=None),),
    )


def at_risk(rows: int = 60) -> Plain:
    return Plain(
        table=pd.DataFrame(
            {
                "customer_id": [f"c{n:06d}" for n in range(rows)],
                "days": [30 + n % 200 for n in range(rows)],
                "value": [1234.5 - n % 900 for n in range(rows)],
                "reason": ["超过平常间隔的2倍" if n % 2 else "=HYPERLINK(0)" for n in range(rows)],
            }
        ),
        facts={"n": rows},
        claims=(Claim(key="n", message="{n:count}位顾客可能错过正常回购期"),),
        title="可能流失的顾客",
        subtitle="按预计净额排序",
    )


def not_enough() -> NotEnoughData:
    return NotEnoughData(
        title="私域的增量",
        facts={"need": 6000, "weeks": 9},
        because="没有随机对照组, 增量未知。",
        needs="要测出2点差, 每组约{need:count}人、{weeks:count}周。",
    )


def output_of(shown: Any) -> Any:
    data = shown._repr_mimebundle_()
    return new_output("display_data", data=data)


def code(source: str, *outputs: Any, count: int = 1) -> Any:
    return new_code_cell(source, outputs=list(outputs), execution_count=count)


def notebook(lang: str = "zh-CN", **changes: Any) -> Any:
    """Return the sample; `changes` are made to its provenance."""
    with speaking(lang, "CNY"):  # type: ignore[arg-type]
        first, second, third, none = triangle(), channels(), at_risk(), not_enough()
        cells = [
            new_markdown_cell("# Do new customers come back?\n\nThe brand manager decides on it."),
            code("as_of = '2026-06-30'  # last day of complete data", count=1),
            new_markdown_cell("## Setup"),
            code("import insights as ins\nlake = ins.open_lake(as_of=as_of)", count=2),
            new_markdown_cell("## Answer"),
            code("ins.Answer(r, c, nothing)", output_of(Answer(first, second, third, none))),
            new_markdown_cell("## Evidence\n\nEach row is a month; read it **across**."),
            code("r", output_of(first), count=4),
            new_markdown_cell("### By channel\n\n- Dot: the estimate.\n- Line: its interval."),
            code("c", output_of(second), count=5),
            code("risk", output_of(third), count=6),
            code("nothing", output_of(none), count=7),
            new_markdown_cell("## Checks"),
            code("ins.Checks(r, c)", output_of(Checks(first, second)), count=8),
            new_markdown_cell("## What this cannot tell"),
            code("ins.Limits(r)", output_of(Limits(first)), count=9),
        ]
    made = new_notebook(cells=cells)
    made.metadata["insights"] = PROVENANCE | {"lang": lang} | changes
    return made


__all__ = ["MIME", "PROVENANCE", "notebook"]
