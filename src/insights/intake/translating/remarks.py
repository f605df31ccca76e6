"""Remarks: what has to be said of a file, in the languages of those who read it?

A remark of the kind `unproven` is the adapter's own and holds of all its files; the others are of
one file and may hold a value of it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from insights.settings import Brand, of_table
from insights.sources import Adapter

UNPROVEN = "unproven"
_OF_FILES = ("scope", "moment", "age", "empty", "part", "short", "superseded")
KINDS = (UNPROVEN, *_OF_FILES, "alike", "missing", "untimed")


@dataclass(frozen=True)
class Remark:
    """Something to be said: its kind, and a sentence in each language.

    `about` is what of the file it is about, `rows` how many rows; '' and 0 where it is all of it.
    """

    kind: str
    en: str
    zh: str
    about: str = ""
    rows: int = 0

    def said(self, lang: str) -> str:
        """Return it in a language."""
        return self.en if lang == "en" else self.zh


def unproven(adapter: Adapter) -> Iterator[Remark]:
    """Say what no document proves of all files of an adapter."""
    said = zip(adapter.source.unproven_en, adapter.source.unproven, strict=True)
    return (Remark(UNPROVEN, en, zh) for en, zh in said)


def moment_taken(at: datetime) -> Remark:
    """Say when a snapshot was taken to have been made."""
    when = f"{at:%Y-%m-%d %H:%M}"
    return Remark(
        "moment",
        f"the snapshot was taken to be of {when}, when the file was written; say another time with "
        "--set exported_at=...",
        f"快照时间取自文件写入时间 {when}；如不对，用 --set exported_at=... 指定",
    )


def moment_found(at: datetime, written: datetime) -> Remark:
    """Say of when a list was taken to be, because its file's time cannot be right."""
    when, file = f"{at:%Y-%m-%d %H:%M}", f"{written:%Y-%m-%d %H:%M}"
    return Remark(
        "moment",
        f"the list was taken to be of {when}: that is its newest entry, and it lacks everybody who "
        f"came since, so it is older than its file ({file}); say another time with "
        "--set exported_at=...",
        f"名单按 {when} 处理：这是其中最新一条的时间，之后新增的人都不在其中，可见它早于文件时间 "
        f"{file}；如不对，用 --set exported_at=... 指定",
    )


def age_unknown() -> Remark:
    """Say that the later load counts, because nothing tells which export is newer."""
    return Remark(
        "age",
        "nothing in the file tells how new it is: what it says takes the place of what was known; "
        "say when it was made with --set exported_at=...",
        "文件里没有任何时间可判断其新旧，以本次导入为准；可用 --set exported_at=... 指定导出时间",
    )


def scope_taken(name: str, default: str, adapter: Adapter, brand: Brand) -> Remark:
    """Say what was taken for something that a file does not say."""
    place = of_table(brand, "sources", adapter.source.name)
    return Remark(
        "scope",
        f"the file does not say its {name}: '{default}' was taken; say another one with "
        f"--set {name}=..., or in {place}",
        f"文件未写明 {name}，按 '{default}' 处理；如不对，用 --set {name}=... 指定，或写入 {place}",
        about=name,
    )


def short_orders(rows: int) -> Remark:
    """Say that rows were lost of which nobody knows the order."""
    return Remark(
        "short",
        f"{rows} rows could not be read and name no order that other rows have: an order may be "
        "short of a line",
        f"有 {rows} 行无法读取，且看不出属于哪个订单：可能有订单缺少明细",
        rows=rows,
    )


def superseded(rows: int) -> Remark:
    """Say that later rows of a file have taken the place of others."""
    return Remark(
        "superseded",
        f"{rows} rows differ from a later one of the same key, and do not count: the last one does",
        f"有 {rows} 行与其后同一编号的行内容不同，以最后一行为准，前面的不计",
        rows=rows,
    )


def alike(rows: int) -> Remark:
    """Say that rows without a number of their own are alike, and count."""
    return Remark(
        "alike",
        f"{rows} rows say exactly what another row of their order says, and nothing numbers them: "
        "each counts; if they were pasted in twice, take them out and load the file again",
        f"有 {rows} 行与同一订单的另一行完全相同且没有行编号，均按有效行计入；如是重复粘贴，"
        "请删除后重新导入",
        rows=rows,
    )


def same_key(table: str, rows: int) -> Remark:
    """Say that rows of a table have the key of a later one, which alone counts."""
    return Remark(
        "superseded",
        f"{rows} rows of '{table}' differ from a later one of the same key, and do not count: the "
        "last one does",
        f"“{table}”有 {rows} 行与其后同一编号的行内容不同，以最后一行为准，前面的不计",
        about=table,
        rows=rows,
    )


def untimed(orders: int) -> Remark:
    """Say that orders are paid by their status, and nothing says when."""
    return Remark(
        "untimed",
        f"{orders} orders are paid or done by their status and have no time of payment: no report "
        "of sales has them; export them again with the column of that time",
        f"有 {orders} 个订单状态为已付款，却没有付款时间，不会计入任何销售报告；请勾选付款时间列"
        "后重新导出",
        rows=orders,
    )


def missing(header: str, unknown: Sequence[str], place: str) -> Remark:
    """Say that a column is missing without which something is not seen; `place` is for aliases."""
    named = ", ".join(f"'{one}'" for one in unknown)
    named_zh = "、".join(f"“{one}”" for one in unknown)
    line = f'"..." = {json.dumps(header, ensure_ascii=False)}'
    return Remark(
        "missing",
        f"'{header}' is missing, and what it tells of payments and refunds with it; nobody knows "
        f"{named}: if it is one of these, add {line} to {place} in insights.toml",
        f"缺少“{header}”，相应的付款或退款信息无从得知；文件中有未识别的列{named_zh}：如是其中之一，"
        f"请在 insights.toml 的 {place} 中加入 {line}",
        about=header,
    )


def empty() -> Remark:
    """Say that there was nothing in a file."""
    return Remark("empty", "the file has no rows", "文件里没有数据行")


def part_of_list() -> Remark:
    """Say that a list has more pages."""
    return Remark(
        "part",
        "the file is a part of the list: its last page is not in it; load all pages together",
        "文件只是名单的一部分，缺最后一页；请把所有页一起导入",
    )
