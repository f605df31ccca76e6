"""Of a brand: which adapters read its files, with the headers and words that it adds?

A platform renames a header or adds a status between two exports. The brand says in insights.toml
what is the same, and need not wait for the package:

    [brands.my_brand.aliases."tmall.orders"]
    "订单号" = "订单编号"

    [brands.my_brand.words."tmall.orders"."订单状态"]
    "已签收" = "done"

What is added is part of the adapter's version, so that files it makes readable are loaded.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping

from insights import schema, sources
from insights.errors import SettingsError, did_you_mean
from insights.settings import Brand, of_table
from insights.sources.adapter import Adapter, Conditional
from insights.sources.headers import normalise
from insights.sources.values import Aggregate, columns_of


def adapters_of(brand: Brand) -> tuple[Adapter, ...]:
    """Return the adapters with what the brand adds to them.

    Raises
    ------
    SettingsError
        If it adds what cannot be; the message names everything that is wrong.
    """
    known = {adapter.name: adapter for adapter in sources.adapters()}
    wrong = list(_wrong(brand, known))
    if wrong:
        listed = "".join(f"\n  {one}" for one in wrong)
        raise SettingsError(f"insights.toml adds to adapters what cannot be:{listed}")
    return tuple(_with(adapter, brand) for adapter in known.values())


def meanings(adapter: Adapter, header: str) -> tuple[str, ...]:
    """Return what a word of a header may mean: words of the columns made of it, or those known.

    Examples
    --------
    >>> adapter = next(one for one in sources.adapters() if one.name == "douyin.orders")
    >>> "closed_refunded" in meanings(adapter, "订单状态")
    True
    """
    found: dict[str, None] = {}
    for block in adapter.blocks:
        columns = {column.name: column for column in schema.get(block.table).columns}
        for name, value in block.values.items():
            operand = value.operand if isinstance(value, Aggregate) else value
            if header in columns_of(operand) and columns[name].type == "enum":
                found |= dict.fromkeys(columns[name].values)
    if not found:
        for meaning in adapter.words[header].values():
            if isinstance(meaning, Conditional):
                found |= dict.fromkeys((meaning.then, meaning.otherwise))
            else:
                found[meaning] = None
    return tuple(word for word in found if word)


def _with(adapter: Adapter, brand: Brand) -> Adapter:
    aliases, words = brand.aliases.get(adapter.name, {}), brand.words.get(adapter.name, {})
    if not aliases and not words:
        return adapter
    spellings = {ours: tuple(others) for ours, others in adapter.spellings.items()}
    for theirs, ours in aliases.items():
        header = _declared(adapter, ours)
        spellings[header] = (*spellings.get(header, ()), _declared(adapter, theirs))
    added = json.dumps([adapter.version, aliases, words], sort_keys=True, ensure_ascii=False)
    return adapter.model_copy(
        update={
            "spellings": spellings,
            "words": {
                header: {**held, **words.get(header, {})} for header, held in adapter.words.items()
            },
            "version": hashlib.sha256(added.encode()).hexdigest()[:12],
        }
    )


def _declared(adapter: Adapter, header: str) -> str:
    """Return a path as it is declared: without the root that all paths of an answer begin with."""
    root = adapter.detect.roots[0]
    return header.removeprefix(f"{root}.") if root else header


def _wrong(brand: Brand, known: Mapping[str, Adapter]) -> Iterator[str]:
    for part, named in (("aliases", brand.aliases), ("words", brand.words)):
        for name in named:
            if name not in known:
                hint = did_you_mean(name, known)
                yield f"{of_table(brand, part, name)}: there is no adapter '{name}'.{hint}"
    for name, aliases in brand.aliases.items():
        if name in known:
            yield from _wrong_aliases(of_table(brand, "aliases", name), known[name], aliases)
    for name, words in brand.words.items():
        if name not in known:
            continue
        adapter = known[name]
        for header, added in words.items():
            place = of_table(brand, "words", name, header)
            if header not in adapter.words:
                hint = did_you_mean(header, adapter.words)
                yield f"{place}: '{header}' is no column of words of {name}.{hint}"
                continue
            yield from _wrong_words(place, adapter, header, added)


def _wrong_aliases(place: str, adapter: Adapter, aliases: Mapping[str, str]) -> Iterator[str]:
    read = {normalise(header): header for header in adapter.kinds}
    for ours, others in adapter.spellings.items():
        read |= {normalise(other): ours for other in others}
    seen: dict[str, str] = {}
    for theirs, ours in aliases.items():
        if _declared(adapter, ours) not in adapter.kinds:
            hint = did_you_mean(ours, adapter.kinds)
            yield f"{place}: '{ours}' is no column that {adapter.name} reads.{hint}"
            continue
        header = normalise(_declared(adapter, theirs))
        if not header:
            yield f"{place}: an empty header cannot stand for '{ours}'"
        elif header in read:
            yield f"{place}: '{theirs}' is read as '{read[header]}' already"
        elif seen.setdefault(header, ours) != ours:
            yield f"{place}: '{theirs}' is said to be '{seen[header]}' and '{ours}'"


def _wrong_words(
    place: str, adapter: Adapter, header: str, added: Mapping[str, str]
) -> Iterator[str]:
    can_be = meanings(adapter, header)
    for word, meaning in added.items():
        if not word.strip():
            yield f"{place}: an empty word means nothing"
        elif word in adapter.words[header]:
            yield f"{place}: '{word}' is known already{_meant(adapter, header, word)}"
        elif meaning not in can_be:
            listed = ", ".join(can_be)
            hint = did_you_mean(meaning, can_be)
            yield f"{place}: '{word}' cannot mean '{meaning}'; it is one of {listed}.{hint}"


def _meant(adapter: Adapter, header: str, word: str) -> str:
    meaning = adapter.words[header][word]
    return f", as '{meaning}'" if isinstance(meaning, str) and meaning else ""
