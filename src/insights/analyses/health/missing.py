"""Missing: which exports are not there yet, and what would each of them tell?

A brand begins with the one export that it has. Every page then says what it cannot answer, and
which export would answer it, worded for the systems that the brand sells through.
"""

from typing import Any

import pandas as pd

from insights.analyses.health.labels import needed, system
from insights.results.channels import CHANNELS
from insights.wording import _, say

# What tells which goods an order had, by system; other systems name them in the order export.
_GOODS = {
    "tmall": _("the item report (ExportItemList), exported beside the order list"),
    "wx_store": _("the order export with its columns of products"),
    "pos": _("the receipts with one row a line, as the template shows"),
}
_OTHER_GOODS = _("an export with one row for each line of an order")
# How buyers of a system meet the contacts.
_MEETING = {
    "youzan": _("Youzan's buyers meet them by union id, or by phone."),
    "tmall": _("Tmall's buyers meet them by a whole phone, or as bound members."),
    "douyin": _("Douyin masks phones: its buyers meet them only by a card in the parcel."),
    "wx_store": _("The WeChat store's buyers meet them by union id."),
}
_NO_GOODS = _("What was bought through {goodless} is not known. What would tell: {goods:said}")
_NO_PRODUCTS = _(
    "Goods have no category and no cost. What would tell: a list of products "
    "(insights sources: brand_tables.products)."
)
_NO_CONTACTS = _(
    "Which buyers are friends on WeCom is not known. What would tell: the contact list "
    "(externalcontact/batch/get_by_user), with union ids. {meeting:said}"
)
_NO_MEMBERS = _(
    "Who is a member is not known. What would tell: the member list, with phones and the ids of "
    "the platforms; it also joins what one person bought in several places."
)


def missing(files: pd.DataFrame) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what no export tells yet, as facts and sentences.

    Parameters
    ----------
    files : DataFrame, one row per file or load
        `Lake.files`: `source`, `tables`, `refused_as`.

    Returns
    -------
    facts, caveats
        Of a brand without any order there is nothing to say.
    """
    needed(files, "files", {"source", "tables", "refused_as"})
    loaded = files[files["refused_as"].isna()]
    held: dict[str, set[str]] = {}
    for source, tables in zip(loaded["source"], loaded["tables"], strict=True):
        held.setdefault(str(system(source)), set()).update(tables)
    has = set().union(*held.values()) if held else set[str]()
    selling = sorted(name for name, tables in held.items() if "orders" in tables)
    if not selling:
        return {}, ()
    facts: dict[str, Any] = {}
    caveats: list[str] = []
    if goodless := [name for name in selling if "order_lines" not in held[name]]:
        facts["goodless"] = " / ".join(say(CHANNELS.get(name, name)) for name in goodless)
        facts["goods"] = _GOODS.get(goodless[0], _OTHER_GOODS)
        caveats.append(_NO_GOODS)
    elif "products" not in has:
        caveats.append(_NO_PRODUCTS)
    if "contacts" not in has:
        facts["meeting"] = next((_MEETING[name] for name in selling if name in _MEETING), "")
        caveats.append(_NO_CONTACTS)
    if "memberships" not in has:
        caveats.append(_NO_MEMBERS)
    return facts, tuple(caveats)
