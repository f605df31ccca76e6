"""Settled: do our sums agree with what the shops themselves settle, by shop and month?"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from insights.analyses.health.labels import needed
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.results.channels import channel_label
from insights.wording import _

CENT = 0.005  # Settlements are in cents: what is off by less is the same amount.
AGREES = _("agree")
NET_AGREES = _("net agrees, paid and refunds do not")
LESS = _("we have less")
MORE = _("we have more")
REFUNDS = _("paid agrees, refunds do not")
RUNNING = _("the month is not over")
_FINE = (AGREES, NET_AGREES)
_LOOK = {
    AGREES: _("Nothing is needed."),
    NET_AGREES: _(
        "Nothing is missing: one of the two leaves out orders that were given back in full."
    ),
    LESS: _(
        "Orders are missing: export the orders of this month once more, and look at what was "
        "refused."
    ),
    MORE: _(
        "Orders count that the shop does not settle: a shop loaded under two names, orders of "
        "tests, or a settlement that leaves out a part."
    ),
    REFUNDS: _(
        "Load the after-sale list; or the settlement counts refunds by their own day, and then "
        "its refunds cannot be compared."
    ),
    RUNNING: _("Compare once the month is over."),
}
_COLUMNS = (
    "channel",
    "shop_id",
    "month_on",
    "told_orders",
    "told_paid",
    "told_refunds",
    "our_orders",
    "our_paid",
    "our_refunds",
)
_AMOUNTS = ("told_orders", "told_paid", "told_refunds", "our_orders", "our_paid", "our_refunds")
_TITLE = _("Do our sums agree with the shops' own settlements?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Settled(Result):
    """Settlement and our sums side by side. One row per shop and month, the largest gap first.

    `gap` is our net less theirs, or of what was paid where the settlement tells no refunds.
    """

    name = "settled"
    columns = {
        "channel": Column(_("Channel"), "said"),
        "month_on": Column(_("Month of payment"), "month"),
        "gap": Column(_("Ours less theirs"), "money"),
        "verdict": Column(_("Comparison"), "said"),
        "told_net": Column(_("Net by the settlement"), "money"),
        "our_net": Column(_("Net by us"), "money"),
        "paid_gap": Column(_("Of it what was paid"), "money"),
        "orders_gap": Column(_("Orders, ours less theirs"), "count"),
        "shop_id": Column(_("Shop")),
        "look": Column(_("Where to look"), "said"),
    }

    def telling_rows(self) -> int:
        """Only months that differ: the claim counts those that agree."""
        return int(self.facts["off"])


def settled(months: pd.DataFrame, *, as_of: date) -> Settled | NotEnoughData:
    """Hold our sums against the shops' own settlements, to the cent.

    Parameters
    ----------
    months : DataFrame, one row per shop and month
        The mart `settlement_months`: what the settlement tells (`told_...`, NULL where it does not
        say) and what we have (`our_...`), in the brand's currency.
    as_of : date
        Last day of complete data; a month still running is listed and not judged.

    Returns
    -------
    Settled or NotEnoughData
        The second where no settlement was loaded.

    Raises
    ------
    MissingColumns
        If the frame lacks a column.

    Examples
    --------
    >>> one = {"channel": "tmall", "shop_id": "main", "month_on": pd.Timestamp("2026-05-01")}
    >>> told = {"told_orders": 2, "told_paid": 300.0, "told_refunds": 100.0}
    >>> ours = {"our_orders": 1, "our_paid": 200.0, "our_refunds": 100.0}
    >>> found = settled(pd.DataFrame([one | told | ours]), as_of=date(2026, 6, 30))
    >>> found.headline.text("en")
    "Of Tmall's sales in 2026-05 we have ¥100 less than the shop's own settlement."
    """
    needed(months, "settlement_months", _COLUMNS)
    told = months[months["told_paid"].notna()]
    if told.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "No settlement of any shop was loaded, so nothing outside these exports says "
                "whether they are whole."
            ),
            needs=_(
                "Needed: what each shop's console settles by month, filled into the template of "
                "settlements (`brand_tables.settlements`)."
            ),
        )
    table = _table(told, as_of)
    judged = table[table["verdict"] != RUNNING]
    off = judged[~judged["verdict"].isin(_FINE)]
    ours = float(months["our_paid"].astype(float).sum())
    facts: dict[str, Any] = {
        "as_of": as_of,
        "judged": len(judged),
        "agreeing": len(judged) - len(off),
        "off": len(off),
        "running": len(table) - len(judged),
        "paid_only": int(judged["told_net"].isna().sum()),
        "short": float(-off["gap"].clip(upper=0).sum()),
        "over": float(off["gap"].clip(lower=0).sum()),
        "covered": float(table["our_paid"].sum()) / ours if ours > 0 else None,
    }
    if len(off):
        worst = off.iloc[0]
        facts |= {
            "worst": worst["channel"],
            "worst_month": worst["month_on"],
            "worst_gap": abs(float(worst["gap"])),
        }
    return Settled(
        table=table,
        facts=facts,
        claims=_claims(facts, off),
        caveats=_caveats(facts),
        checks=_checks(facts),
        title=_TITLE,
        subtitle=_(
            "Paid and given back by shop and month of payment, as the shop settles it and as we "
            "have it; the largest difference first"
        ),
        meaning=_("Where they differ, no sum of that shop and month should be signed as it stands.")
        if len(off)
        else "",
    )


def _table(told: pd.DataFrame, as_of: date) -> pd.DataFrame:
    table = told.reset_index(drop=True)
    table = table.assign(**{name: table[name].astype(float) for name in _AMOUNTS})
    months = pd.to_datetime(table["month_on"])
    table = table.assign(
        channel=table["channel"].map(channel_label),
        month_on=months.dt.date,
        told_net=table["told_paid"] - table["told_refunds"],
        our_net=table["our_paid"] - table["our_refunds"],
        paid_gap=table["our_paid"] - table["told_paid"],
        orders_gap=table["our_orders"] - table["told_orders"],
    )
    net_gap = (table["our_net"] - table["told_net"]).round(2)
    table["paid_gap"] = table["paid_gap"].round(2)
    table["gap"] = net_gap.fillna(table["paid_gap"])
    over = months + pd.offsets.MonthEnd(0) <= pd.Timestamp(as_of)
    table["verdict"] = [
        _verdict(paid, gap) if done else RUNNING
        for paid, gap, done in zip(table["paid_gap"], table["gap"], over, strict=True)
    ]
    table["look"] = table["verdict"].map(_LOOK)
    order = table.assign(
        judged=table["verdict"] == RUNNING, size=-table["gap"].abs().where(over, other=0)
    ).sort_values(["judged", "size", "month_on", "channel", "shop_id"])
    return table.loc[order.index].reset_index(drop=True)


def _verdict(paid_gap: float, gap: float) -> str:
    """Judge by the net: many a platform leaves out what was cancelled at once, on both sides."""
    if abs(gap) <= CENT:
        return AGREES if abs(paid_gap) <= CENT else NET_AGREES
    if abs(paid_gap) <= CENT:
        return REFUNDS
    return LESS if gap < 0 else MORE


def _claims(facts: dict[str, Any], off: pd.DataFrame) -> tuple[Claim, ...]:
    if not facts["judged"]:
        return ()
    if off.empty:
        return (
            Claim(
                key="settlements_agree",
                topic="settlements",
                message=_(
                    "To the cent our sums are those of the shops' own settlements, in every month "
                    "of every shop that was loaded ({judged:count} in all)."
                ),
                holds=[Holds("no month differs", facts["off"] == 0)],
            ),
        )
    differing = Claim(
        key="settlements_differ",
        topic="settlements",
        message=_differing(facts),
        holds=[Holds("some month differs", facts["short"] + facts["over"] > CENT)],
        rows=f"verdict not in {[*_FINE, RUNNING]!r}",
    )
    gap = float(off.iloc[0]["gap"])
    largest = Claim(
        key="largest_gap",
        message=_(
            "Of {worst:said}'s sales in {worst_month:month} we have {worst_gap:money} less than "
            "the shop's own settlement."
        )
        if gap < 0
        else _(
            "Of {worst:said}'s sales in {worst_month:month} we have {worst_gap:money} more than "
            "the shop's own settlement."
        ),
        holds=[
            Holds("no gap is larger", facts["worst_gap"] >= float(off["gap"].abs().max())),
            Holds("it is not nothing", facts["worst_gap"] > CENT),
        ],
    )
    return (largest, differing) if facts["off"] == 1 else (differing, largest)


def _differing(facts: dict[str, Any]) -> str:
    if facts["short"] > 0 and facts["over"] > 0:
        return _(
            "{off:count} of {judged:count} shop-months differ from the shop's own settlement: by "
            "{short:money} we have less, by {over:money} more."
        )
    if facts["short"] > 0:
        return _(
            "{off:count} of {judged:count} shop-months differ from the shop's own settlement: we "
            "have {short:money} less."
        )
    return _(
        "{off:count} of {judged:count} shop-months differ from the shop's own settlement: we have "
        "{over:money} more."
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = []
    if facts["running"]:
        caveats.append(
            _("{running:count} shop-months were not over on {as_of:day}; they are not judged.")
        )
    if facts["paid_only"]:
        caveats.append(
            _(
                "{paid_only:count} settlements tell no refunds: of them only what was paid is "
                "compared."
            )
        )
    if facts["covered"] is not None:
        caveats.append(
            _(
                "The settlements cover {covered:percent} of what we have as paid; of the rest "
                "nothing outside these exports says whether it is whole."
            )
        )
    return tuple(caveats)


def _checks(facts: dict[str, Any]) -> tuple[Check, ...]:
    return (
        Check(
            key="settlements_agree",
            message=_("Our sums are those of the shops' own settlements, to the cent."),
            passed=facts["off"] == 0 if facts["judged"] else None,
            evidence=_("{off:count} of {judged:count} shop-months differ")
            if facts["judged"]
            else _("no settled month is over"),
            facts={name: facts[name] for name in ("off", "judged")},
            stops=False,
        ),
    )
