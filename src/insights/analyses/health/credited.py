"""Credited: to whom do the platforms credit our sales: guides, small sellers, influencers, nobody?

A seller is whom an order names: 导购, 分销员 (also of 爱逛), 达人. Who is in the list of staff is a
guide or an account of the head office; who is not, a small seller (小B, KOC) in the shops of the
private domain and an influencer on a marketplace.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from insights.analyses.health.drift import SEPARATOR
from insights.analyses.health.labels import needed
from insights.charts import marks
from insights.periods import month_number
from insights.results import Check, Claim, Column, NotEnoughData, Result
from insights.results.channels import channel_label
from insights.results.groups import SMALLEST_GROUP
from insights.wording import _, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MONTHS = 12
TOP = 0.2  # Of a kind's sellers: how much of its sales do they sell?
CENT = 0.005
GUIDES = _("Guides and store managers")
TEAM = _("Accounts of the head office")
SMALL = _("Small sellers and KOCs, in no staff list")
INFLUENCERS = _("Influencers of marketplaces")
NOBODY = _("Nobody is credited")
_MARKETPLACES = ("tmall", "taobao", "jd", "douyin", "kuaishou", "pdd", "xhs")
_COLUMNS = ("month_on", "channel", "seller_ref", "role", "orders", "net_amount")
_TITLE = _("To whom sales are credited")


@dataclass(frozen=True, eq=False, kw_only=True)
class Credited(Result):
    """Sales by who is credited with them. One row per kind of seller.

    `top_share` is what the best-selling fifth of a kind sells of it; missing where that would be
    fewer people than may be shown.
    """

    name = "credited"
    columns = {
        "who": Column(_("Who is credited"), "said"),
        "net_amount": Column(_("Net sales"), "money"),
        "share": Column(_("Share of net sales"), "percent"),
        "sellers": Column(_("Sellers"), "count", people=True),
        "per_seller": Column(_("Net sales a seller"), "money"),
        "top_share": Column(_("Sold by the best fifth of them"), "percent"),
        "orders": Column(_("Orders"), "count"),
        "channels": Column(_("Channels")),
    }

    def plot(self) -> "Axes | None":
        """Draw the share of each kind; None for a single one."""
        if len(self.table) < 2:
            return None
        return marks.bars(
            self.table.assign(name=[say(text) for text in self.table["who"]]),
            name="name",
            value="share",
            kind="percent",
            xlabel=_("share of net sales"),
        )


def credited(sales: pd.DataFrame, *, as_of: date) -> Credited | NotEnoughData:
    """Add up net sales by whom the platforms credit with them, over twelve months.

    Parameters
    ----------
    sales : DataFrame, one row per month, channel and seller
        The mart `seller_sales`: `month_on`, `channel`, `seller_ref` (NULL for nobody), `role`
        (NULL where the seller is in no list of staff), `orders`, and `net_amount` in the brand's
        currency.
    as_of : date
        Last day of complete data.

    Raises
    ------
    MissingColumns
        If the frame lacks a column.

    Examples
    --------
    >>> row = {"month_on": pd.Timestamp("2026-06-01"), "channel": "youzan", "orders": 3}
    >>> row |= {"role": None, "net_amount": 10.0}
    >>> rows = [row | {"seller_ref": f"koc{n}"} for n in range(12)]
    >>> found = credited(pd.DataFrame([*rows, row | {"seller_ref": None}]), as_of=date(2026, 6, 30))
    >>> found.claims[1].text("en")
    '12 small sellers who are in no staff list are credited with 92.3% of net sales.'
    """
    needed(sales, "seller_sales", _COLUMNS)
    recent = _recent(sales, as_of)
    net = float(recent["net_amount"].sum())
    if recent["seller_ref"].isna().all() or net <= 0:
        return NotEnoughData(
            title=_TITLE,
            because=_("No order of the months up to {as_of:day} names a seller."),
            needs=_(
                "Needed: an export that names one: Youzan's order list (its column 分销员), the "
                "WeChat store's with its WeCom columns, or receipts with the guide's number."
            ),
            facts={"as_of": as_of},
        )
    table = _table(recent, net)
    known = table.set_index("who").to_dict("index")
    facts: dict[str, Any] = {
        "as_of": as_of,
        "net": net,
        "sellers": int(table["sellers"].sum()),
        "credited": 1 - float(known[NOBODY]["share"]) if NOBODY in known else 1.0,
    }
    for name, who in (("guides", GUIDES), ("small", SMALL)):
        shown = who in known and known[who]["sellers"] >= SMALLEST_GROUP
        facts[name] = int(known[who]["sellers"]) if shown else None
        facts[f"{name}_share"] = float(known[who]["share"]) if shown else None
    return Credited(
        table=table,
        facts=facts,
        claims=_claims(facts),
        checks=_checks(table, net),
        caveats=(
            _(
                "Who is credited is what the platform writes on the order; whether the sale would "
                "have been made without the seller, no export tells."
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Net sales of twelve months by whom the platforms credit with them; who is in no list "
            "of staff is a small seller in own shops and an influencer on marketplaces"
        ),
        meaning=_("Small sellers who are staff after all belong into the list of staff.")
        if facts["small"]
        else "",
        alt=_("Bar chart of the shares of net sales by whom they are credited to."),
    )


def _recent(sales: pd.DataFrame, as_of: date) -> pd.DataFrame:
    month = pd.to_datetime(sales["month_on"])
    ago = month_number(as_of) - (month.dt.year * 12 + month.dt.month - 1)
    found = sales[(ago >= 0) & (ago < MONTHS)]
    return found.assign(
        net_amount=found["net_amount"].astype(float),
        who=[
            _who(channel, seller, role)
            for channel, seller, role in zip(
                found["channel"], found["seller_ref"], found["role"], strict=True
            )
        ],
    )


def _who(channel: object, seller: object, role: object) -> str:
    if pd.isna(seller):
        return NOBODY
    if isinstance(role, str):
        return GUIDES if role in {"guide", "manager"} else TEAM
    return INFLUENCERS if channel in _MARKETPLACES else SMALL


def _table(recent: pd.DataFrame, net: float) -> pd.DataFrame:
    rows = []
    for who, found in recent.groupby("who", sort=False):
        by = found.groupby("seller_ref")["net_amount"].sum().sort_values(ascending=False)
        sold, top = float(found["net_amount"].sum()), int(len(by) * TOP)
        rows.append(
            {
                "who": who,
                "net_amount": sold,
                "share": sold / net,
                "sellers": len(by),
                "per_seller": sold / len(by) if len(by) else None,
                "top_share": float(by.iloc[:top].sum()) / sold
                if top >= SMALLEST_GROUP and sold > 0
                else None,
                "orders": int(found["orders"].sum()),
                "channels": SEPARATOR.join(
                    say(channel_label(channel)) for channel in sorted(found["channel"].unique())
                ),
            }
        )
    table = pd.DataFrame(rows)
    last = table["who"] == NOBODY
    order = table.assign(last=last).sort_values(
        ["last", "net_amount", "who"], ascending=[True, False, True]
    )
    return table.loc[order.index].reset_index(drop=True)


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = []
    if facts["sellers"] >= SMALLEST_GROUP:
        claims.append(
            Claim(
                key="credited",
                place="evidence",
                message=_("{credited:percent} of net sales are credited to a seller."),
            )
        )
    if facts["small"] is not None:
        claims.append(
            Claim(
                key="small_sellers",
                place="evidence",
                message=_(
                    "{small:count} small sellers who are in no staff list are credited with "
                    "{small_share:percent} of net sales."
                ),
            )
        )
    if facts["guides"] is not None:
        claims.append(
            Claim(
                key="guides_credited",
                place="evidence",
                message=_(
                    "{guides:count} guides are credited with {guides_share:percent} of net sales."
                ),
            )
        )
    return tuple(claims)


def _checks(table: pd.DataFrame, net: float) -> tuple[Check, ...]:
    total = float(table["net_amount"].sum())
    return (
        Check(
            key="credits_add_up",
            message=_("What is credited, and what is not, add up to net sales."),
            passed=abs(total - net) <= CENT,
            evidence=_("{total:money} of {net:money}"),
            facts={"total": total, "net": net},
        ),
    )
