"""Identity: under which names does each system know a person?

Every identifier is a function of the seed and the person, written as the systems write theirs.
Phones are planted: all begin with 154, a prefix that no carrier has been given, and the digits that
follow only number the people of the world.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from insights.demo.world.columns import Ints
from insights.demo.world.draws import Draws

PHONE_PREFIX = 154
_PHONES = 10**8
_SCATTER = 48_271  # Prime to ten, so that no two people share a phone.
_HEX = np.array([f"{byte:02x}" for byte in range(256)], dtype="S2").view("S2")

CORP = "ww0demo"
# name -> (prefix, where it is valid). Each is 16 hex digits behind its prefix.
KINDS = {
    "unionid": ("oU", "openplatform"),
    "external_userid": ("wm", CORP),
    "openid": ("oP", "mp"),
    "mini_openid": ("oM", "wxdemo0000000001"),  # the mini-program's, and so the bill's
    "yz_open_id": ("yz", "main"),
    "tb_ouid": ("AAH", "main"),
    "jd_pin": ("jd_", "main"),
    "douyin_open_id": ("dy", "main"),
    "wx_store_openid": ("oW", "main"),
}


def names(draws: Draws, kind: str, who: Ints) -> Any:
    """Return an identifier of each person, as an Arrow array of text."""
    prefix, _ = KINDS[kind]
    words = draws.words(f"id {kind}", who)
    return pc.binary_join_element_wise(prefix, _hex(words), "")


def phones(seed: int, who: Ints) -> Any:
    """Return the phone of each person, as an Arrow array of text."""
    offset = seed * 7_919 % _PHONES
    number = PHONE_PREFIX * _PHONES + (who % _PHONES * _SCATTER + offset) % _PHONES
    return pc.cast(pa.array(number), pa.string())


def customer_ids(who: Ints) -> Any:
    """Return the true customer of each person, as an Arrow array of text."""
    return pc.binary_join_element_wise("d", padded(who, 8), "")


def member_numbers(who: Ints) -> Any:
    """Return the card number of each person, were they a member."""
    return pc.binary_join_element_wise("M", padded(who, 8), "")


def padded(number: Ints, width: int) -> Any:
    """Return numbers as text with leading zeros."""
    return pc.utf8_lpad(pc.cast(pa.array(number), pa.string()), width, "0")


def _hex(words: NDArray[np.uint64]) -> Any:
    data = words.astype(">u8").view(np.uint8)
    digits = _HEX[data].view("S16")
    return pa.array(digits.astype("U16"), pa.string())
