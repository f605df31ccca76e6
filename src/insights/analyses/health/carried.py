"""Carried: what must be said beside every report that stands on these data?

Data that begin somewhere, days that are missing, refunds that are only estimated, sales of nobody
we know: each makes figures of other reports look like something that they are not. A notebook takes
them from here: ``ins.limits(retention, value, health.notes(...))``.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from insights.analyses.health.arrivals import LATE, Arrivals, arrivals
from insights.analyses.health.identified import recent_sales
from insights.analyses.health.labels import needed, source_said
from insights.analyses.health.missing import missing
from insights.analyses.health.unlinked import Unlinked, unlinked
from insights.results import NotEnoughData, Result
from insights.results.channels import CHANNELS
from insights.wording import _, say

MIN_ORDERS = 30  # Fewer orders of a channel say little about it.
LEAST = 0.001  # A share below this needs no note.
# What platforms leave out, by source and table: what they give is not all there was.
TRUNCATED = {
    ("official_account", "daily_metrics"): (
        _(
            "The official account reports no article and day with fewer than three actions: small "
            "articles look as if nobody had read them."
        ),
        _(
            "The official account stops counting an article thirty days after it went out: what "
            "is read later is in no figure."
        ),
    ),
    ("wecom", "contents"): (
        _("Posts of Moments that were deleted are not in WeCom's list: they are in no figure."),
    ),
    ("wecom", "daily_metrics"): (
        _(
            "WeCom tells neither whether a mass message was read nor what customers wrote: its "
            "reply percentage is the guides' rate of answering, not the customers'."
        ),
    ),
}
_TITLE = _("What every report on these data must carry")


@dataclass(frozen=True, eq=False, kw_only=True)
class Notes(Result):
    """Caveats for other reports. Its table is empty: `caveats` are what it hands on."""

    name = "notes"


def notes(
    *,
    days: pd.DataFrame,
    files: pd.DataFrame,
    sales: pd.DataFrame,
    refunds: pd.DataFrame,
    as_of: date,
    data_from: date | None = None,
    strays: pd.DataFrame | None = None,
) -> Notes:
    """Gather what other reports must say of the data that they stand on.

    Parameters
    ----------
    days, files
        As for `arrivals`: the mart `source_days` and `Lake.files`.
    sales : DataFrame, one row per month, channel and shop
        The mart `identified_sales`.
    refunds : DataFrame, one row per channel
        The mart `channel_refunds`: `channel`, `orders`, `gross_amount`, `refund_amount`,
        `estimated_amount`.
    as_of : date
        Last day of complete data.
    data_from : date, optional
        First day of data.
    strays : DataFrame, one row per source, optional
        The mart `stray_refunds`: `source`, `refunds`, `amount`, `first_on`, `last_on`.
    """
    needed(refunds, "refunds", {"channel", "orders", "refund_amount", "estimated_amount"})
    facts: dict[str, Any] = {"as_of": as_of, "data_from": data_from, "min_orders": MIN_ORDERS}
    caveats: list[str] = []
    if data_from:
        caveats.append(
            _("The data begin on {data_from:day}: whoever bought before looks new, or is not seen.")
        )
    _freshness(arrivals(days, files, as_of=as_of), facts, caveats)
    top = unlinked(sales, as_of=as_of)
    _people(recent_sales(sales, as_of=as_of), top, facts, caveats)
    _refunds(refunds, facts, caveats)
    _strays(strays, facts, caveats)
    _rows(files, facts, caveats)
    lacking, sentences = missing(files)
    facts |= lacking
    caveats += sentences
    present = set(zip(days["source"], days["table_name"], strict=True))
    caveats += [text for place, said in TRUNCATED.items() if place in present for text in said]
    return Notes(table=pd.DataFrame(), facts=facts, caveats=tuple(caveats), title=_TITLE)


def _freshness(found: Arrivals | NotEnoughData, facts: dict[str, Any], caveats: list[str]) -> None:
    if isinstance(found, NotEnoughData):
        return
    facts |= {name: value for name, value in found.facts.items() if name.startswith("gap_")}
    late = found.table[found.table["state"] == LATE]
    if len(late):
        worst = late.iloc[0]
        facts |= {
            "late": len(late),
            "late_source": worst["source"],
            "late_table": worst["table"],
            "late_last": worst["last_on"],
        }
        caveats.append(
            _(
                "{late_source:said}: {late_table:said} after {late_last:day} have not arrived yet, "
                "so the last days look poorer there than they are."
            )
        )
    if facts.get("gap_days"):
        caveats.append(
            _(
                "{gap_source:said}: {gap_table:said} from {gap_first:day} to {gap_last:day} are "
                "missing; those days are no days without customers."
            )
        )


def _people(
    recent: pd.DataFrame, top: Unlinked | NotEnoughData, facts: dict[str, Any], caveats: list[str]
) -> None:
    net = float(recent["net_amount"].sum())
    if net > 0:
        facts["unknown"] = 1 - float(recent["known_amount"].sum()) / net
        if facts["unknown"] >= LEAST:
            facts["telling"] = top.facts.get("top_export", "")
            caveats.append(
                _(
                    "{unknown:percent} of the net sales of twelve months belong to nobody we know "
                    "and are in no figure on customers. What would tell most: {telling:said}"
                )
            )
    orders = recent.groupby("channel")["orders"].sum()
    few = orders[orders < MIN_ORDERS]
    if len(few):
        facts["few"] = _named(few.index)
        caveats.append(
            _(
                "Fewer than {min_orders:count} orders in twelve months came through {few}: shares "
                "and averages of so few say little."
            )
        )


def _refunds(refunds: pd.DataFrame, facts: dict[str, Any], caveats: list[str]) -> None:
    """Net is only as good as what is known of refunds."""
    enough = refunds[refunds["orders"] >= MIN_ORDERS]
    without = enough[enough["refund_amount"] <= 0]
    if len(without):
        facts["without_refunds"] = _named(without["channel"])
        caveats.append(
            _(
                "No refund is known of {without_refunds}: net sales there are what was paid. "
                "A table of refunds would tell: insights load refunds."
            )
        )
    total = float(refunds["refund_amount"].sum())
    estimated = float(refunds["estimated_amount"].sum())
    if total > 0 and estimated / total >= LEAST:
        facts["estimated"] = estimated / total
        facts["estimated_of"] = _named(refunds.loc[refunds["estimated_amount"] > 0, "channel"])
        caveats.append(
            _(
                "{estimated:percent} of the money refunded was only read off the status of "
                "orders ({estimated_of}): partial refunds are not seen until a table of "
                "refunds is loaded (insights load refunds)."
            )
        )


def _strays(strays: pd.DataFrame | None, facts: dict[str, Any], caveats: list[str]) -> None:
    """Say which refunds lower nothing, because their orders are not there."""
    if strays is None or strays.empty:
        return
    needed(strays, "strays", {"source", "refunds", "amount", "first_on", "last_on"})
    facts |= {
        "strays": int(strays["refunds"].sum()),
        "strays_amount": float(strays["amount"].sum()),
        "strays_of": " / ".join(say(source_said(name)) for name in sorted(strays["source"])),
        "strays_first": pd.Timestamp(strays["first_on"].min()).date(),
        "strays_last": pd.Timestamp(strays["last_on"].max()).date(),
    }
    caveats.append(
        _(
            "{strays:count} refunds of {strays_of}, {strays_amount:money} from {strays_first:day} "
            "to {strays_last:day}, name orders that are not in the data, so they lower no sales: "
            "load the export that has these orders."
        )
        if facts["strays"] > 1
        else _(
            "One refund of {strays_of}, {strays_amount:money} on {strays_first:day}, names an "
            "order that is not in the data, so it lowers no sales: load the export that has it."
        )
    )


def _rows(files: pd.DataFrame, facts: dict[str, Any], caveats: list[str]) -> None:
    read, refused = int(files["rows_read"].sum()), int(files["rows_refused"].sum())
    if refused:
        facts |= {"refused": refused, "refused_share": refused / read}
        caveats.append(
            _(
                "{refused:count} rows ({refused_share:percent} of those read) are in quarantine "
                "and in no figure."
            )
        )


def _named(channels: Any) -> str:
    """Name channels in the voice in force; they enter a sentence as one fact."""
    return " / ".join(say(CHANNELS.get(name, name)) for name in sorted(channels))
