"""Refunds: when does money go back, before shipment or after, and when is a month settled?

Livestream buyers regret within hours, and again once they have seen the goods. Until both waves are
over, young sales look richer than they are: what is still to come is worked out from the curve of
those before.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.drawing import curves
from insights.errors import MissingColumns
from insights.models.incidence import CumulativeIncidence, cumulative_incidence
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.results.channels import channel_label
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDED = {"channel", "month_on", "outcome", "hours", "orders", "amount", "square_amount"}
CONFIDENCE = 0.95
SETTLED = 0.95  # Share of what will go back that must have gone back.
WATCHED_DAYS = 60  # As long as the mart follows an order.
MOST_UNTOLD = 0.10  # Share of a channel's refunds whose time may be unknown.
MIN_REFUNDS = 30  # Orders with a refund; fewer make no curve.
BEFORE, AFTER, KEPT, UNTOLD = "before_ship", "after_ship", "kept", "untold"
CENT = 0.005
_TITLE = _("When money goes back")
_NAMES = {BEFORE: _("before shipment"), AFTER: _("after shipment"), None: _("together")}


@dataclass(frozen=True, eq=False, kw_only=True)
class RefundCurve(Result):
    """Share of the money paid that goes back, by channel. One row per channel with a curve.

    Shares are of money, by 60 days after payment; `settle_days` is the first whole day by which 95%
    of it has gone back; `to_come` is what younger sales are still to give back. A channel that has
    not been watched for 60 days has shares so far, by `watched_days`; its `settle_days` and
    `to_come` are missing, and `to_come_high` is all that may still go back.
    """

    name = "refund_curve"
    columns = {
        "label": Column(_("Channel"), "said"),
        "paid_amount": Column(_("Paid"), "money"),
        "before": Column(_("Back before shipment"), "percent"),
        "after": Column(_("Back after shipment"), "percent"),
        "share": Column(_("Back in all"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "settle_days": Column(_("Settled after days"), "count"),
        "young_amount": Column(_("Paid since, not back yet"), "money"),
        "to_come": Column(_("Still to go back"), "money"),
        "to_come_low": Column(_("Still to go back, low"), "money"),
        "to_come_high": Column(_("Still to go back, high"), "money"),
    }

    as_of: date
    curves: dict[str, CumulativeIncidence]

    def plot(self) -> "Axes":
        """Draw the curve of the channel that the claims are about, by cause."""
        curve = self.curves[str(self.facts["main"])]
        parts = []
        for cause in (None, *curve.causes):
            mine = curve.curve(cause)
            days = mine["time"].to_numpy() / 24
            start = pd.DataFrame({"day": [0.0], "share": 0.0, "low": 0.0, "high": 0.0})
            rows = mine.assign(day=days)[["day", "share", "low", "high"]]
            parts.append(
                pd.concat([start, rows[rows["day"] <= _drawn(curve)]]).assign(what=_NAMES[cause])
            )
        return curves(
            pd.concat(parts),
            x="day",
            by="what",
            xlabel=_("days since payment"),
            ylabel=_("share of the money paid"),
        )


def refund_curve(hours: pd.DataFrame, *, as_of: date) -> RefundCurve | NotEnoughData:
    """Estimate which share of the money goes back by hours since payment, by channel.

    Parameters
    ----------
    hours : DataFrame, one row per channel, month of payment, outcome and hours since payment
        The mart `refund_hours`.
    as_of : date
        Last day of complete data; what is not back by then is censored, not kept for good.

    Returns
    -------
    RefundCurve or NotEnoughData

    Notes
    -----
    Each yuan waits until it goes back before shipment, or after it: the causes compete (see
    `models.incidence`). Still to come of a yuan of age t is (F(60 days) - F(t)) / (1 - F(t)), where
    F(60 days) is known: 30 orders have been watched for as long.
    """
    if missing := NEEDED - set(hours.columns):
        raise MissingColumns("hours", missing, hours.columns)
    sold = hours.astype({"amount": float, "square_amount": float})
    facts: dict[str, Any] = {"as_of": as_of}
    if sold.empty:
        return NotEnoughData(
            title=_TITLE,
            because=_("Not a single paid order is known up to {as_of:day}."),
            needs=_("Needed: an export of orders with their time of payment."),
            facts=facts,
        )
    back = sold[sold["outcome"] != KEPT].groupby("channel")[["orders", "amount"]].sum()
    untold = sold[sold["outcome"] == UNTOLD].groupby("channel")["amount"].sum()
    blind = [
        channel
        for channel in back.index
        if untold.get(channel, 0.0) > MOST_UNTOLD * back.loc[channel, "amount"]
    ]
    able = [
        channel
        for channel in back.index
        if channel not in blind and back.loc[channel, "orders"] >= MIN_REFUNDS
    ]
    facts |= {
        "blind": len(blind),
        "blind_amount": float(back.loc[blind, "amount"].sum()),
        "most_blind": channel_label(back.loc[blind, "amount"].idxmax()) if blind else None,
    }
    if not able:
        return _refused(back, blind, facts)
    curves = {
        channel: _curve(sold[(sold["channel"] == channel) & (sold["outcome"] != UNTOLD)])
        for channel in able
    }
    table = pd.DataFrame(
        [
            _row(channel, curves[channel], sold[sold["channel"] == channel], as_of)
            for channel in able
        ]
    ).sort_values("share", ascending=False, ignore_index=True)
    facts |= _facts(table)
    return RefundCurve(
        table=table,
        as_of=as_of,
        curves=curves,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_reconciled(sold, table, able),),
        title=_TITLE,
        subtitle=_(
            "{main_label:said}: share of the money paid that has gone back, by days since "
            "payment; bands of {confidence:percent}"
        ),
        meaning=_(
            "Judge a stream or a month once the curve is flat; before that, take off what is still "
            "to come."
        ),
        alt=_(
            "Step curves of the share of money gone back on {main_label:said} by days since "
            "payment, before and after shipment, reaching {share:percent}."
        ),
    )


def _curve(rows: pd.DataFrame) -> CumulativeIncidence:
    grouped = rows.groupby(["hours", "outcome"], as_index=False)[["amount", "square_amount"]].sum()
    return cumulative_incidence(
        grouped["hours"],
        [None if outcome == KEPT else outcome for outcome in grouped["outcome"]],
        weights=grouped["amount"],
        squares=grouped["square_amount"],
        confidence=CONFIDENCE,
    )


def _watched(rows: pd.DataFrame, as_of: date) -> float:
    """Hours, 60 days at most, for which as many orders as a curve needs have been watched."""
    if not (rows["outcome"] == KEPT).any():
        return WATCHED_DAYS * 24.0  # All went back: nothing is left to be seen.
    # Of what went back, the age is known by its month only.
    paid_by = pd.to_datetime(rows["month_on"]) + pd.offsets.MonthEnd(0)
    age = np.maximum(rows["hours"], (pd.Timestamp(as_of) - paid_by).dt.days * 24).to_numpy(float)
    oldest = np.argsort(-age, kind="stable")
    orders = rows["orders"].to_numpy()[oldest].cumsum()
    last = min(int(np.searchsorted(orders, MIN_REFUNDS)), len(orders) - 1)
    return float(min(age[oldest][last], WATCHED_DAYS * 24.0))


def _row(
    channel: str, curve: CumulativeIncidence, rows: pd.DataFrame, as_of: date
) -> dict[str, Any]:
    watched = _watched(rows, as_of)
    horizon = min(curve.last, watched)
    share, low, high = curve.at(horizon)
    settle = _settles(curve, horizon) if watched == WATCHED_DAYS * 24 else None
    wait = WATCHED_DAYS if settle is None else settle
    young = rows[(rows["outcome"] == KEPT) & (rows["hours"] < wait * 24)]
    amount = float(young["amount"].sum())
    coming = (np.nan, 0.0, amount)  # Which share of the final refunds has come is not known.
    if settle is not None:
        to_come, error = _to_come(curve, horizon, young)
        coming = (to_come, *_skewed(to_come, error))
    return {
        "channel": channel,
        "label": channel_label(channel),
        "paid_amount": float(rows["amount"].sum()),
        "before": curve.at(horizon, BEFORE)[0] if BEFORE in curve.causes else 0.0,
        "after": curve.at(horizon, AFTER)[0] if AFTER in curve.causes else 0.0,
        **{f"{name}_{end}": value for name, end, value in _ends(curve, horizon)},
        "share": share,
        "low": low,
        "high": high,
        "watched_days": int(watched // 24),
        "settle_days": settle,
        "young_amount": amount,
        **dict(zip(("to_come", "to_come_low", "to_come_high"), coming, strict=True)),
    }


def _settles(curve: CumulativeIncidence, horizon: float) -> int:
    """Return the first whole day by which 95% of what goes back has gone back."""
    days = np.arange(0, int(horizon // 24) + 1)
    settled = days[_shares(curve, days * 24.0) >= SETTLED * curve.at(horizon)[0]]
    return int(settled[0]) if settled.size else int(np.ceil(horizon / 24))


def _ends(curve: CumulativeIncidence, horizon: float) -> list[tuple[str, str, float]]:
    found = []
    for name, cause in (("before", BEFORE), ("after", AFTER)):
        low, high = curve.at(horizon, cause)[1:] if cause in curve.causes else (np.nan, np.nan)
        found += [(name, "low", low), (name, "high", high)]
    return found


def _to_come(
    curve: CumulativeIncidence, horizon: float, young: pd.DataFrame
) -> tuple[float, float]:
    """Return what young sales will still give back, and its standard error.

    The error holds the luck of each order, an order at a time, and how well the curve is known: its
    error at the horizon moves what is to come of every yuan together.
    """
    if young.empty:
        return 0.0, 0.0
    every = curve.curve()
    share = _shares(curve, young["hours"].to_numpy(float))
    final, error = float(every["share"].iloc[-1]), float(every["error"].iloc[-1])
    if horizon < curve.last:
        final = curve.at(horizon)[0]
    chance = np.clip((final - share) / np.maximum(1 - share, 1e-12), 0.0, 1.0)
    amount = young["amount"].to_numpy(float)
    luck = float(young["square_amount"].to_numpy(float) @ (chance * (1 - chance)))
    known = float(amount @ (error / np.maximum(1 - share, 1e-12)))
    return float(amount @ chance), float(np.sqrt(luck + known**2))


def _shares(curve: CumulativeIncidence, hours: np.ndarray) -> np.ndarray:
    """Return the share gone back by each of many times."""
    every = curve.curve()
    at = np.searchsorted(every["time"].to_numpy(float), hours, side="right") - 1
    return np.where(at >= 0, every["share"].to_numpy(float)[np.maximum(at, 0)], 0.0)


def _skewed(mean: float, error: float) -> tuple[float, float]:
    """Return the ends of an interval of a sum of a few large amounts: of a gamma distribution.

    It has the sum's mean and variance and is never below zero; a symmetric interval is too low.
    """
    from scipy.special import gammaincinv  # noqa: PLC0415 - the door must stay quick

    if not mean > 0 or not error > 0:
        return mean, mean
    shape, scale = (mean / error) ** 2, error**2 / mean
    tail = (1 - CONFIDENCE) / 2
    return float(gammaincinv(shape, tail) * scale), float(gammaincinv(shape, 1 - tail) * scale)


def _drawn(curve: CumulativeIncidence) -> float:
    """Return the days to be drawn: until hardly anything comes, and a little further."""
    every = curve.curve()
    enough = every["share"] >= 0.995 * every["share"].iloc[-1]
    return float(min(every.loc[enough, "time"].iloc[0] / 24 * 1.3 + 1, WATCHED_DAYS))


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    back = table["paid_amount"] * table["share"]
    young = table["settle_days"].isna()
    main = table.loc[(back if young.all() else back[~young]).idxmax()]
    most = table.loc[back[young].idxmax()] if young.any() else None
    names = [
        "before", "before_low", "before_high", "after", "after_low", "after_high", "share", "low",
        "high", "watched_days", "settle_days", "young_amount", "to_come", "to_come_low",
        "to_come_high",
    ]  # fmt: skip
    return {
        "confidence": CONFIDENCE,
        "settled": SETTLED,
        "watched": WATCHED_DAYS,
        "young": int(young.sum()),
        "most_young": None if most is None else most["label"],
        "most_young_days": None if most is None else int(most["watched_days"]),
        "main": main["channel"],
        "main_label": main["label"],
        **{name: main[name] for name in names},
        "all_young": float(table["young_amount"].sum()),
        "all_to_come": float(table["to_come"].sum()),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if pd.isna(facts["settle_days"]):
        return (
            Claim(
                key="refund_young",
                topic="refund_share",
                message=_(
                    "{main_label:said}: {share:percent} of the money has gone back by day "
                    "{watched_days:count}. Too few orders there have been watched for longer: how "
                    "much goes back in the end is not known yet."
                ),
                holds=[
                    Holds("too few were watched to the end", facts["watched_days"] < WATCHED_DAYS)
                ],
            ),
        )
    both = np.isfinite([facts["before_low"], facts["after_low"]]).all()
    claims = [
        Claim(
            key="refund_waves",
            topic="refund_share",
            message=_(
                "{main_label:said}: {before:percent} ({before_low:percent}–{before_high:percent}) "
                "of the money goes back before shipment, {after:percent} "
                "({after_low:percent}–{after_high:percent}) after it."
            ),
        )
        if both
        else Claim(
            key="refund_all",
            topic="refund_share",
            message=_("All that was paid on {main_label:said} went back."),
            holds=[Holds("nothing was kept", bool(np.isclose(facts["share"], 1)))],
        )
        if np.isnan(facts["high"])
        else Claim(
            key="refund_share",
            message=_(
                "{main_label:said}: {share:percent} ({low:percent}–{high:percent}) of the money "
                "goes back within {watched:days}."
            ),
        )
    ]
    claims.append(
        Claim(
            key="settled_after",
            place="evidence",
            message=_(
                "{settled:percent} of what goes back on {main_label:said} has gone back by day "
                "{settle_days:count}: younger sales look richer than they are."
            ),
            holds=[Holds("refunds take longer than a day to come", facts["settle_days"] > 0)],
        )
        if facts["settle_days"] > 0
        else Claim(
            key="settled_at_once",
            place="evidence",
            topic="settled_after",
            message=_(
                "{settled:percent} of what goes back on {main_label:said} goes back on the day of "
                "payment."
            ),
        )
    )
    if facts["to_come"] > 0 and facts["young_amount"] > 0:
        claims.append(
            Claim(
                key="to_come",
                place="evidence",
                message=_(
                    "Of {young_amount:money} paid on {main_label:said} in the last "
                    "{settle_days:days} and not back yet, {to_come:money} "
                    "({to_come_low:money}–{to_come_high:money}) will still go back, if buyers do "
                    "as those before."
                ),
            )
        )
    return tuple(claims)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _("Refunds later than {watched:days} after payment are not followed."),
    ]
    if facts["young"]:
        caveats.append(
            _(
                "{young:count} channels, {most_young:said} foremost ({most_young_days:days}), have "
                "not been watched for {watched:days} yet: when their refunds are over is not "
                "known, and all that is not back yet may still go back."
            )
        )
    if facts["blind"]:
        caveats.append(
            _(
                "{blind:count} channels have no curve, {most_blind:said} foremost: their exports "
                "do not say when money went back ({blind_amount:money}). An after-sale list with "
                "its times would."
            )
        )
    return tuple(caveats)


def _refused(back: pd.DataFrame, blind: list[str], facts: dict[str, Any]) -> NotEnoughData:
    if blind:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{blind_amount:money} went back, most of it on {most_blind:said}, but the exports "
                "do not say when."
            ),
            needs=_(
                "Needed: the after-sale list of the shop, with the times of application and of "
                "refund; load it as a table by `insights load refunds`."
            ),
            facts=facts,
        )
    return NotEnoughData(
        title=_TITLE,
        because=_(
            "{refunds:count} orders with a refund are known up to {as_of:day}; a curve needs "
            "{minimum:count}."
        ),
        needs=_("Needed: an export with refunds; where nothing goes back, nothing is missing."),
        facts=facts
        | {"refunds": int(back["orders"].sum()) if len(back) else 0, "minimum": MIN_REFUNDS},
    )


def _reconciled(sold: pd.DataFrame, table: pd.DataFrame, able: list[str]) -> Check:
    given = float(sold.loc[sold["channel"].isin(able), "amount"].sum())
    shown = float(table["paid_amount"].sum())
    return Check(
        key="refund_curve_reconciles",
        message=_("What goes back and what stays add up to what was paid on these channels."),
        passed=abs(given - shown) <= CENT,
        evidence=_("{shown:money} in the curves, {given:money} paid"),
        facts={"shown": shown, "given": given},
    )
