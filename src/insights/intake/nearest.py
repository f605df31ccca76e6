"""Nearest: why does no adapter read a page, and what has to be said so that one does?"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from insights.intake.reading import Page
from insights.settings import Brand, of_table
from insights.sources.headers import normalise

if TYPE_CHECKING:
    from insights.intake.detection import A, Held, Recognised

_SIMILAR = 0.6
_SIMILAR_PATHS = 0.8
_SAME = {
    "付款": "支付",
    "日期": "时间",
    "售后单": "售后",
    "进度": "状态",
    "账号": "帐号",
    "退货": "退款",
}
_NEARLY = 0.5  # Share of the headers from which a file may be the same export, renamed.


@dataclass(frozen=True)
class NoMatch:
    """Why no adapter reads a page, and which one comes nearest.

    Parameters
    ----------
    nearest : str
        Its name; '' if none has a single header in common with the page.
    missing : tuple of str
        Required headers that the page lacks.
    similar : tuple of (str, str)
        Of these, the ones that may only be spelled differently, and how.
    refused_by : tuple of str
        Headers of the page that speak against the adapter.
    tied : tuple of str
        Names of adapters that fit equally well.
    why, why_zh : str
        All of it in sentences, with what to do.
    """

    nearest: str
    missing: tuple[str, ...]
    similar: tuple[tuple[str, str], ...]
    refused_by: tuple[str, ...]
    tied: tuple[str, ...]
    why: str
    why_zh: str


def nearest(page: Page, tried: "list[Held[A]]", brand: Brand) -> NoMatch:
    """Return which adapter comes nearest to a page, and how its headers differ."""
    best = max(tried, key=lambda look: (look.share, len(look.places)), default=None)
    if best is None or not best.places or not best.share:
        return NoMatch(
            "",
            (),
            (),
            (),
            (),
            f"'{page.name}' has no header of any source that is known. `insights sources` lists "
            "what is read, and the headers that each export needs.",
            f"'{page.name}' 的表头与任何已知导出都不符。insights sources 列出可读取的导出及其"
            "所需列。",
        )
    adapter = best.adapter
    similar = _similar(best)
    said = [f"'{page.name}' fits no source. The nearest is {adapter.label_en} ({adapter.name})."]
    said_zh = [f"'{page.name}' 与任何已知导出都不符，最接近的是{adapter.label}（{adapter.name}）。"]
    if best.missing:
        said.append(
            f"Of the {len(adapter.require)} headers that it needs, {_listed(best.missing)} "
            f"{'is' if len(best.missing) == 1 else 'are'} missing."
        )
        lacking = "、".join(f"“{name}”" for name in best.missing)
        said_zh.append(f"它需要 {len(adapter.require)} 个表头，缺少{lacking}。")
    if best.refused_by:
        said.append(f"{_listed(best.refused_by)} speaks against it: {_toml(adapter)} refuses it.")
        said_zh.append(f"但文件有 {_listed(best.refused_by)}，说明不是这种导出。")
    why, why_zh = " ".join(said), "".join(said_zh)
    if best.missing and best.share >= _NEARLY:
        how, how_zh, lines = _how_to_add(adapter, best.missing, dict(similar), brand)
        why, why_zh = f"{why}\n{how}\n{lines}", f"{why_zh}\n{how_zh}\n{lines}"
    return NoMatch(adapter.name, best.missing, similar, best.refused_by, (), why, why_zh)


def _how_to_add(
    adapter: "Recognised", missing: tuple[str, ...], similar: Mapping[str, str], brand: Brand
) -> tuple[str, str, str]:
    """Return, after what to do with them, the lines of insights.toml that say which is which."""
    lines = [f"  {of_table(brand, 'aliases', adapter.name)}"]
    for name in missing:
        theirs = json.dumps(similar.get(name, "?"), ensure_ascii=False)
        lines.append(f"  {theirs} = {json.dumps(name, ensure_ascii=False)}")
    if all(name in similar for name in missing):
        said = "If these are the same under another name, add to insights.toml and load it again:"
        zh = "如果只是改了名，请在 insights.toml 中加入下面几行后重新导入："
    else:
        said = (
            "If the file has what is missing under another name, put that for '?', add to "
            "insights.toml and load it again:"
        )
        zh = "如果缺少的列只是改了名，请把“?”换成文件里的表头，写入 insights.toml 后重新导入："
    return said, zh, "\n".join(lines)


def tied(page: Page, winners: "list[Held[A]]") -> NoMatch:
    """Return which adapters fit a page equally well."""
    names = tuple(sorted(look.adapter.name for look in winners))
    labels = " and ".join(f"{look.adapter.label_en} ({look.adapter.name})" for look in winners)
    listed = "、".join(f"{look.adapter.label}（{look.adapter.name}）" for look in winners)
    return NoMatch(
        names[0],
        (),
        (),
        (),
        names,
        f"'{page.name}' fits {labels} equally well. Write under [detect] of one of them a header "
        "to `require` that only its files have, or one to `refuse` that only the other's have.",
        f"'{page.name}' 同时符合{listed}，无法区分。请在其中一个适配器的 [detect] 下，为 require "
        "加一个只有它才有的表头，或为 refuse 加一个只有另一个才有的表头。",
    )


def _similar(look: "Held[A]") -> tuple[tuple[str, str], ...]:
    """Return, for each missing header, the one of the page that is most like it."""
    taken = set(look.places.values())
    free = [
        (cell.strip(), normalise(cell))
        for at, cell in enumerate(look.found)
        if cell.strip() and at not in taken and cell not in taken
    ]
    # Names of an API share words with what they are not: cumulate_user is no share_user.
    enough = _SIMILAR_PATHS if look.adapter.format == "json" else _SIMILAR
    ranked = sorted(
        (
            (_ratio(normalise(name).rpartition(".")[2], other.rpartition(".")[2]), name, cell)
            for name in look.missing
            for cell, other in free
        ),
        key=lambda one: -one[0],
    )
    pairs: dict[str, str] = {}
    for ratio, name, cell in ranked:
        if ratio >= enough and name not in pairs and cell not in pairs.values():
            pairs[name] = cell
    return tuple((name, pairs[name]) for name in look.missing if name in pairs)


def alike(wanted: str, headers: Iterable[str]) -> str:
    """Return the header that may be another name of a wanted one; '' if none is like it.

    Examples
    --------
    >>> alike("支付时间", ["国补金额", "付款日期"])
    '付款日期'
    """
    ratio, header = max(
        ((_ratio(_meant(wanted), _meant(one)), one) for one in headers), default=(0.0, "")
    )
    return header if ratio >= _SIMILAR else ""


def _meant(header: str) -> str:
    """Return a header with one word for each thing that has several."""
    said = normalise(header)
    for word, same in _SAME.items():
        said = said.replace(word, same)
    return said


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _toml(adapter: "Recognised") -> str:
    return f"sources/{adapter.name.replace('.', '/')}.toml"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)
