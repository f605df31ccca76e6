"""Wire: how the world's numbers are written: moments, money, words, and the numbers of orders.

The exports and the straight way into the lake share this and nothing else, so that a number is
written the same wherever it turns up.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from insights.demo.world.brand import Products
from insights.demo.world.columns import NEVER, Ints
from insights.demo.world.elsewhere import PDD, ROUNDS, Elsewhere
from insights.demo.world.identity import padded
from insights.demo.world.orders import Lines, Orders
from insights.demo.world.parameters import DOUYIN, JD, STORE, TMALL, WX_STORE, YOUZAN

SOURCES = ("tmall", "jd", "douyin", "pos", "youzan", "wx_store")  # by channel
SHOP = "main"
MERCHANT = "1900000109"
_ORDERS_EACH = 8_192  # numbers of one customer's orders
_LINES_EACH = 8
# First digits, a factor and a summand make the platforms' numbers look like theirs and stay unique.
_STYLE = {TMALL: ("25", 97, 11), DOUYIN: ("69", 89, 7), WX_STORE: ("37", 83, 3), JD: ("3", 1, 0)}
_DIGITS = {TMALL: 17, DOUYIN: 17, WX_STORE: 17, JD: 12}


def moments(first: date, seconds: Ints) -> Any:
    """Return seconds since the world's first day as timestamps, NULL for never."""
    start = np.datetime64(first, "s")
    never = seconds >= NEVER
    stamps = start + np.where(never, 0, seconds).astype("timedelta64[s]")
    return pa.array(stamps, pa.timestamp("s"), mask=never)


def days(first: date, number: Ints) -> Any:
    """Return days since the world's first as dates, NULL for never."""
    never = number >= NEVER
    found = np.datetime64(first, "D") + np.where(never, 0, number).astype("timedelta64[D]")
    return pa.array(found, pa.date32(), mask=never)


def money(cents: Ints, missing: NDArray[np.bool_] | None = None) -> Any:
    """Return cents as decimals, without passing through a fraction."""
    whole = np.asarray(cents, np.int64)
    words = np.stack([whole, whole >> 63], axis=1)  # 128 bits, little end first
    found = pa.Array.from_buffers(
        pa.decimal128(18, 2), whole.size, [None, pa.py_buffer(np.ascontiguousarray(words))]
    )
    return found if missing is None else pc.if_else(pa.array(~missing), found, None)


def words(code: Ints, said: Sequence[str]) -> Any:
    """Return codes as their words; NULL for codes below 0."""
    known = code >= 0
    place = pa.array(np.where(known, code, 0), pa.int64(), mask=~known)
    return pa.array(said, pa.string()).take(place)


def text(*parts: Any) -> Any:
    """Return texts put together; NULL if a part is."""
    return pc.binary_join_element_wise(*parts, "")


def constant(value: str | bool, count: int) -> Any:
    """Return one value so many times."""
    return pa.repeat(pa.scalar(value), count)


def order_numbers(first: date, made: Orders) -> Any:
    """Return each order's number as its platform writes it."""
    return _numbers(first, made.channel, made.who * _ORDERS_EACH + made.nth, made.created)


def line_numbers(first: date, made: Orders, lines: Lines) -> Any:
    """Return each line's number; platforms that number no lines get the order's and a place."""
    order = lines.order
    key = (made.who[order] * _ORDERS_EACH + made.nth[order]) * _LINES_EACH + lines.nth + 1
    return _numbers(first, made.channel[order], key, made.created[order])


def order_ids(first: date, made: Orders) -> Any:
    """Return each order's canonical id: source, shop and number."""
    return text(_sources(made.channel), f":{SHOP}:", order_numbers(first, made))


def line_ids(first: date, made: Orders, lines: Lines) -> Any:
    """Return each line's canonical id."""
    channel = made.channel[lines.order]
    return text(_sources(channel), f":{SHOP}:", line_numbers(first, made, lines))


def small_numbers(first: date, made: Elsewhere) -> Any:
    """Return the number of each row's order; Pinduoduo's begin with the day."""
    stamps = np.datetime64(first, "s") + made.created.astype("timedelta64[s]")
    day = pc.strftime(pa.array(stamps, pa.timestamp("s")), "%y%m%d-")
    begins = words(made.place, ("2512", "", "P7", "42000", "JL", "E2600"))
    return text(pc.if_else(pa.array(made.place == PDD), day, begins), padded(made.order, 15))


def small_order_ids(first: date, made: Elsewhere) -> Any:
    """Return the canonical id of each row's order."""
    shops = (
        f"kuaishou:{SHOP}:", f"pdd:{SHOP}:", f"xhs:{SHOP}:", f"wechat_pay:{MERCHANT}:",
        "group_buy:", f"youzan:{SHOP}:",
    )  # fmt: skip
    begins = text(words(made.place, shops), round_names(made))
    return text(begins, small_numbers(first, made))


def round_names(made: Elsewhere, behind: str = ":") -> Any:
    """Return the group-buy of each row; nothing for other rows."""
    names = [f"TG{number + 1:02d}{behind}" for number in range(ROUNDS)]
    return pc.fill_null(words(made.round_no, names), "")


def small_titles(made: Elsewhere, goods: Products) -> list[str]:
    """Return what is bought in each row."""
    return [str(name) for name in goods.name[made.product]]


def _sources(channel: Ints) -> Any:
    return words(channel, SOURCES)


def _numbers(first: date, channel: Ints, key: Ints, created: Ints) -> Any:
    stamps = np.datetime64(first, "s") + created.astype("timedelta64[s]")
    found = np.empty(key.size, dtype=object)
    for code in range(len(SOURCES)):
        mine = np.flatnonzero(channel == code)
        if not mine.size:
            continue
        if code in _STYLE:
            begin, factor, summand = _STYLE[code]
            digits = padded(key[mine] * factor + summand, _DIGITS[code])
            found[mine] = text(begin, digits).to_numpy(zero_copy_only=False)
            continue
        stamp = pa.array(stamps[mine], pa.timestamp("s"))
        form = {STORE: "XS%Y%m%d-", YOUZAN: "E%Y%m%d%H%M"}[code]
        numbered = text(pc.strftime(stamp, form), padded(key[mine], 11))
        found[mine] = numbered.to_numpy(zero_copy_only=False)
    return pa.array(found, pa.string())
