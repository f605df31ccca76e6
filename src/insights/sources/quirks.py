"""Quirks: which oddities of an export does its adapter handle, told from its declaration?

Nothing is claimed by hand: each quirk is read off what the adapter declares, so that a list of them
cannot be more than what is done.
"""

from collections.abc import Iterator

from insights.sources.adapter import Adapter, Conditional
from insights.sources.values import POSITION, Aggregate, Literal, Share, Template

TEMPLATE, UNPROVEN, DOCUMENTED = "template", "unproven in part", "documented"


def status(adapter: Adapter) -> str:
    """Return how sure an adapter is of its format.

    `template`: a format of our own; `unproven in part`: it says itself of what no public document
    or real file was seen; `documented`: all of it was.
    """
    if adapter.source.name == "brand_tables":
        return TEMPLATE
    return UNPROVEN if adapter.source.unproven else DOCUMENTED


def quirks(adapter: Adapter) -> tuple[str, ...]:
    """Return the oddities that an adapter handles, in a few words each.

    Examples
    --------
    >>> from insights import sources
    >>> jd = next(one for one in sources.adapters() if one.name == "jd.orders")
    >>> "amounts of an order beside each of its rows" in quirks(jd)
    True
    """
    return tuple(dict.fromkeys((*_of_columns(adapter), *_of_rows(adapter), *_of_values(adapter))))


def _of_columns(adapter: Adapter) -> Iterator[str]:
    kinds = set(adapter.kinds.values())
    if len({"yuan", "fen"} & kinds) > 1:
        yield "yuan and fen mixed"
    elif "fen" in kinds:
        yield "money in fen"
    if "phone" in kinds:
        yield "whole phones keyed, masked ones dropped"
    if "card" in kinds:
        yield "ids that may be phones"
    if any("身份证" in header for header in adapter.unread):
        yield "identity cards never read"
    if "private" in kinds:
        yield "private columns never stored"
    if adapter.spellings:
        yield "other spellings of headers"
    if len(adapter.detect.lists) > 1 or len(adapter.detect.roots) > 1:
        yield "several shapes of the answer"


def _of_rows(adapter: Adapter) -> Iterator[str]:
    for reason in adapter.rows.skip:
        yield {
            "example": "example row of the template",
            "footer": "total below the rows",
            "summary": "totals below the rows",
        }.get(reason, f"rows left out: {reason}")
    if adapter.rows.changed_at:
        yield "newest change counts"
    if adapter.identity and adapter.identity.snapshot:
        yield "who is missing from a later list"
    for words in adapter.words.values():
        if any(isinstance(meaning, Conditional) for meaning in words.values()):
            yield "words whose meaning depends on other cells"
        meant = {
            m for one in words.values()
            for m in ((one.then, one.otherwise) if isinstance(one, Conditional) else (one,))
        }  # fmt: skip
        if "deposit_paid" in meant:
            yield "deposits are no sales"


def _of_values(adapter: Adapter) -> Iterator[str]:
    for block in adapter.blocks:
        for name, value in block.values.items():
            if isinstance(value, Aggregate) and value.how == "once":
                yield "amounts of an order beside each of its rows"
            if isinstance(value, Share):
                yield "amounts of an order shared out to lines"
            if isinstance(value, Template) and (POSITION, True) in value.parts:
                yield "lines without a number"
            if name == "is_estimated" and value == Literal(value=True):
                yield "refunds estimated until better known"
            if name == "metric" and block.table == "daily_metrics":
                yield "wide rows of totals"
    if adapter.of_order:
        yield "lines whose orders are in another file"
