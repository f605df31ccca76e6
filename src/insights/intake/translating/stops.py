"""Stops: why is a file left out as a whole, and what is to be done? In both languages.

Each returns the error to be raised. Words of a file are shown short and without long numbers: they
may be somebody's.
"""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from insights.intake.translating.account import FileRefused
from insights.settings import Brand, of_table
from insights.sources.adapter import Adapter, Scope
from insights.sources.of_brand import meanings

FEW = 5  # So many words are named.
_LONG_NUMBER = re.compile(r"\d{4,}")


def scope_wrong(file: str, name: str, said: str, scope: Scope, place: str) -> FileRefused:
    """Refuse what was said of a file; `place` is the table of insights.toml that may say it."""
    form = "、".join(scope.words) if scope.words else scope.pattern
    return FileRefused(
        "scope_wrong",
        f"{file} was not read: its {name} is said to be '{said}', and must be {scope.form}. Say "
        f"another one with --set {name}=..., or in insights.toml under {place}.",
        f"{file} 未读取：{name} 指定为 '{said}'，只能是：{form}。请用 --set {name}=... 改正，"
        f"或写入 insights.toml 的 {place}。",
    )


def scope_missing(file: str, name: str, place: str) -> FileRefused:
    """Refuse a file that does not say what has to be known, where nobody has said it."""
    return FileRefused(
        "scope_missing",
        f"{file} does not say its {name}. Say it with --set {name}=..., or in insights.toml under "
        f"{place}.",
        f"{file} 未写明 {name}。请用 --set {name}=... 指定，或写入 insights.toml 的 {place}。",
    )


def lost_digits(file: str, found: Sequence[tuple[str, int, int]]) -> FileRefused:
    """Refuse ids that lost digits: (headers, rows, first row) of each combination of them."""
    columns = dict.fromkeys(name for lost, *_ in found for name in lost.split(", "))
    named = ", ".join(f"'{name}'" for name in columns)
    rows, first = sum(n for _, n, _ in found), min(row for *_, row in found)
    return FileRefused(
        "lost_digits",
        f"{file}: the ids in {named} lost digits in {rows} rows (first in row {first}); they look "
        "like 6.9E+18. A spreadsheet did that when it saved the file: load the export as it was "
        "downloaded.",
        f"{file}：{named} 有 {rows} 行单号末几位丢失（首见于第 {first} 行），形如 6.9E+18。这是用"
        "电子表格另存造成的：请直接导入下载的原文件。",
    )


def rounded(file: str, names: Sequence[str]) -> FileRefused:
    """Refuse ids that all end in zeros after the fifteenth digit: a spreadsheet rounded them."""
    named, named_zh = ", ".join(f"'{name}'" for name in names), "、".join(f"“{n}”" for n in names)
    return FileRefused(
        "lost_digits",
        f"{file}: all long ids in {named} have nothing but zeros after their 15th digit: a "
        "spreadsheet keeps no more and rounded them, so that different orders have become one. "
        "Load the export as it was downloaded.",
        f"{file}：{named_zh}中所有长单号第 15 位之后都是 0：被电子表格舍入，"
        "不同订单已变成同一个号。请直接导入下载的原文件。",
    )


def renamed(  # noqa: PLR0917 - what is said, one thing each
    file: str, adapter: Adapter, header: str, theirs: str, unknown: Sequence[str], brand: Brand
) -> FileRefused:
    """Refuse a file in which a column that reports need seems to have another name.

    `theirs` is what it seems to be called; '' where only `unknown` headers can be offered.
    """
    wanted = json.dumps(header, ensure_ascii=False)
    lines = f"\n  {of_table(brand, 'aliases', adapter.name)}\n  " + (
        f"{json.dumps(theirs or '?', ensure_ascii=False)} = {wanted}"
    )
    named = ", ".join(f"'{one}'" for one in unknown[:FEW])
    named_zh = "、".join(f"“{one}”" for one in unknown[:FEW])
    said = f"'{theirs}' is like it" if theirs else f"for '?' put which of {named} it is"
    said_zh = f"“{theirs}”与它相近" if theirs else f"“?”处填写{named_zh}中对应的一个"
    return FileRefused(
        "renamed",
        f"{file} lacks '{header}' of {adapter.label_en} ({adapter.name}), without which payments "
        f"or refunds would vanish unseen; {said}. Add to insights.toml and load it again, or "
        f"export it again with that column:{lines}",
        f"{file} 缺少{adapter.label}（{adapter.name}）的“{header}”，否则付款或退款会无声消失；"
        f"{said_zh}。请在 insights.toml 中加入下面几行后重新导入，或勾选该列后重新导出：{lines}",
    )


def unknown_words(
    file: str, adapter: Adapter, header: str, found: Sequence[tuple[str, int]], brand: Brand
) -> FileRefused:
    """Refuse words that nobody has said the meaning of: (word, rows), the most rows first."""
    shown = [(_shown(word), rows) for word, rows in found[:FEW]]
    listed = ", ".join(f"'{word}' ({rows} rows)" for word, rows in shown)
    listed_zh = "、".join(f"'{word}'（{rows} 行）" for word, rows in shown)
    more = f" and {len(found) - FEW} more" if len(found) > FEW else ""
    more_zh = f"，另有 {len(found) - FEW} 个" if len(found) > FEW else ""
    known, can_be = adapter.words[header], meanings(adapter, header)
    lines = f"\n  {of_table(brand, 'words', adapter.name, header)}" + "".join(
        f'\n  {json.dumps(word, ensure_ascii=False)} = "?"' for word, _ in shown
    )
    return FileRefused(
        "unknown_word",
        f"{file}: '{header}' has words that {adapter.name} does not know: {listed}{more}. Known: "
        f"{', '.join(known)}. Add to insights.toml what they mean, and load it again; for '?' put "
        f"one of {', '.join(can_be)}:{lines}",
        f"{file}：“{header}”中有 {adapter.name} 不认得的词：{listed_zh}{more_zh}。"
        f"已认得：{'、'.join(known)}。请在 insights.toml 中加入下面几行后重新导入，"
        f"“?”处填写其含义（{'、'.join(can_be)} 之一）：{lines}",
    )


def totals_off(
    file: str, checked: Mapping[str, tuple[Decimal, Decimal]], header: str
) -> FileRefused:
    """Refuse a column of money that adds up to something else in the file than in its rows."""
    said, in_rows = checked[header]
    return FileRefused(
        "total_off",
        f"{file}: '{header}' adds up to {said} in the file and to {in_rows} in its rows. Rows are "
        "missing, or come twice: export it again.",
        f"{file}：“{header}”在文件中合计 {said}，逐行合计 {in_rows}。有行缺失或重复：请重新导出。",
    )


def totals_missing(file: str, ends: Sequence[str]) -> FileRefused:
    """Refuse a bill that ends before its totals, or without them: nobody can say what it lacks."""
    return FileRefused(
        "totals_missing",
        f"{file} ends without the totals that stand below each such bill (the rows that begin with "
        f"'{ends[0]}'). It was cut, or they were deleted: whether all its rows are there cannot be "
        "told. Download it again and load it as it is.",
        f"{file} 末尾没有账单应有的合计（以“{ends[0]}”开头的两行）：文件被截断，或合计被删去，"
        "无从得知行是否齐全。请重新下载后按原样导入。",
    )


def _shown(word: str) -> str:
    """Return a word as it may be named: short, and no number that could be somebody's."""
    return _LONG_NUMBER.sub("####", word)[:20]
