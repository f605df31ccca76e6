"""Payback: where a first year does not pay, at which renewal rate does the membership, and when?

A joining gift is given once and the fee is paid again, so that a renewed year leaves more than the
first. Sums hold what years that have ended left, and renewals that were seen; no purchase is
credited to the card.
"""

from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from insights.analyses.membership.break_even import FEWEST
from insights.analyses.membership.renewal import Renewal, no_terms, renewal
from insights.analyses.membership.years import Years, ended_years
from insights.models.intervals import mean_interval
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

CONFIDENCE = 0.95
AHEAD = 5  # Renewals that a fee and a gift are planned for.
FIRST, RENEWED = _("first year"), _("renewed year")
TITLE = _("Which renewal rate pays for the membership?")


@dataclass(frozen=True, eq=False, kw_only=True)
class Payback(Result):
    """What a first and a renewed year leave. One row per kind of year, money a member and year."""

    name = "payback"
    columns = {
        "year": Column(_("Year"), "said"),
        "years": Column(_("Years that ended"), "count", people=True),
        "fee": Column(_("Fee"), "money"),
        "gift": Column(_("Gift, at cost"), "money"),
        "prices": Column(_("Reductions"), "money"),
        "left": Column(_("Left of a year"), "money"),
        "low": Column(_("Low"), "money"),
        "high": Column(_("High"), "money"),
    }

    as_of: date


def payback(
    terms: pd.DataFrame, *, as_of: date, discount_share: float | None = None
) -> Payback | NotEnoughData:
    """Work out at which renewal rate the paid membership pays, and after how many months.

    Parameters
    ----------
    terms : DataFrame, one row per paid term
        The mart `paid_terms`.
    as_of : date
        Last day of complete data; only terms that have ended by then are taken.
    discount_share : float in [0, 1), optional
        As for `break_even`.

    Returns
    -------
    Payback or NotEnoughData

    Notes
    -----
    With `a` left of a first and `b` of a renewed year, one renewal pays at the rate -a/b; over
    five, at the constant rate whose first five powers add up to -a/b. The interval of what a member
    leaves up to the first renewal, a + rate * b, is the delta method's.
    """
    if terms.empty:
        return no_terms(TITLE, as_of)
    years = ended_years(terms, discount_share)
    each = years.each
    parts = {FIRST: each[each["term"] == 1], RENEWED: each[each["term"] > 1]}
    renewed = renewal(terms, as_of=as_of)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "first_years": len(parts[FIRST]),
        "renewed_years": len(parts[RENEWED]),
        "fewest": FEWEST,
        "ahead": AHEAD,
        "confidence": CONFIDENCE,
        "read_off": years.source == "orders",
    }
    if years.source == "unknown":
        return _prices_unknown(facts)
    if min(len(part) for part in parts.values()) < FEWEST or not isinstance(renewed, Renewal):
        return _too_few(facts)
    table = pd.DataFrame([_row(year, part) for year, part in parts.items()])
    facts |= _facts(table, parts, renewed)
    return Payback(
        table=table,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(years),
        title=TITLE,
        subtitle=_(
            "{first_years:count} first and {renewed_years:count} renewed years that have ended by "
            "{as_of:day}; {confidence:percent} intervals"
        ),
        meaning=_(
            "A first year carries the joining gift, a renewed one mostly does not: what the first "
            "lacks, renewals have to bring."
        ),
    )


def _row(year: str, part: pd.DataFrame) -> dict[str, Any]:
    low, high = mean_interval(part["left"])
    means = {name: float(part[name].mean()) for name in ("fee", "gift", "prices", "left")}
    return {"year": year, "years": len(part), **means, "low": low, "high": high}


def _facts(table: pd.DataFrame, parts: dict[str, pd.DataFrame], renewed: Renewal) -> dict[str, Any]:
    """Return what both kinds of year leave, the rates that pay, and those that were measured."""
    first, later = (row._asdict() for row in table.itertuples(index=False))
    seen = renewed.table.iloc[0]
    a, b, rate = first["left"], later["left"], float(seen["share"])
    errors = [float(part["left"].std() / np.sqrt(len(part))) for part in parts.values()]
    error_rate = float(np.sqrt(rate * (1 - rate) / seen["came"]))
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    value = a + rate * b
    spread = z * float(np.sqrt(errors[0] ** 2 + (rate * errors[1]) ** 2 + (b * error_rate) ** 2))
    ratio = -a / b if a < 0 < b else None
    return {
        "first": a,
        "first_low": first["low"],
        "first_high": first["high"],
        "later": b,
        "later_low": later["low"],
        "later_high": later["high"],
        "rate": rate,
        "rate_low": float(seen["low"]),
        "rate_high": float(seen["high"]),
        "needed": ratio,
        "needed_ahead": _constant_rate(ratio) if ratio is not None else None,
        "value": value,
        "value_low": value - spread,
        "value_high": value + spread,
        "months": _months(a, b, renewed),
    }


def _constant_rate(ratio: float) -> float | None:
    """Return the rate whose first powers add up to the ratio; None where not even 1 does."""
    if ratio > AHEAD:
        return None
    low, high = 0.0, 1.0
    for _step in range(60):
        middle = (low + high) / 2
        if sum(middle**k for k in range(1, AHEAD + 1)) < ratio:
            low = middle
        else:
            high = middle
    return high


def _months(a: float, b: float, renewed: Renewal) -> int | None:
    """Return after how many months the expected sum is no longer below zero, as far as seen."""
    total, staying = a, renewed.table["staying"].to_numpy(float)
    if renewed.model is not None and len(staying) < AHEAD:
        further = np.arange(len(staying) + 1, AHEAD + 1)
        staying = np.concatenate([staying, renewed.model.survival(further)])
    for nth, share in enumerate(staying[:AHEAD], start=1):
        if total >= 0 or np.isnan(share):
            break
        total += b * share
        if total >= 0:
            return 12 * nth
    return None


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if facts["first_low"] > 0:
        return (
            Claim(
                key="first_year_pays",
                topic="payback",
                message=_(
                    "A first year leaves {first:money} ({first_low:money}–{first_high:money}), a "
                    "renewed one {later:money} ({later_low:money}–{later_high:money}): the "
                    "membership pays without a renewal."
                ),
                holds=[Holds("the first year's interval lies above zero", facts["first_low"] > 0)],
                place="evidence",
            ),
        )
    if facts["first_high"] >= 0:
        return (
            Claim(
                key="first_year_not_told",
                undecided=True,
                topic="payback",
                message=_(
                    "Whether a first year pays cannot be told: it leaves {first:money} "
                    "({first_low:money} to {first_high:money}); a renewed one {later:money} "
                    "({later_low:money} to {later_high:money})."
                ),
                holds=[
                    Holds(
                        "the first year's interval holds zero",
                        facts["first_low"] <= 0 <= facts["first_high"],
                    )
                ],
                place="evidence",
            ),
        )
    if facts["needed"] is None or facts["later_low"] <= 0:
        return (
            Claim(
                key="no_rate_shown",
                undecided=True,
                topic="payback",
                message=_(
                    "A first year leaves {first:money}, and that a renewed one leaves anything is "
                    "not shown ({later_low:money} to {later_high:money}): no renewal rate is shown "
                    "to pay."
                ),
                holds=[
                    Holds(
                        "the renewed year's interval reaches zero or below", facts["later_low"] <= 0
                    )
                ],
            ),
        )
    return _rate_claims(facts)


def _rate_claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = []
    if facts["needed"] <= 1:
        claims.append(
            Claim(
                key="rate_that_pays",
                topic="payback",
                # All reductions are the most that member prices cost: they prove no loss.
                undecided=facts["value_low"] <= 0 <= facts["value_high"]
                or (facts["read_off"] and facts["value_low"] <= 0),
                message=_(
                    "What a first year lacks ({first:money}) one renewal brings back at a renewal "
                    "rate of {needed:percent}; measured are {rate:percent} "
                    "({rate_low:percent}–{rate_high:percent}), which leaves {value:money} "
                    "({value_low:money} to {value_high:money})."
                ),
            )
        )
    if facts["needed_ahead"] is not None:
        claims.append(
            Claim(
                key="rate_over_years",
                message=_(
                    "Over {ahead:count} renewals a constant rate of {needed_ahead:percent} would "
                    "do."
                ),
                place="evidence",
            )
        )
    if facts["months"] is not None:
        claims.append(
            Claim(
                key="months_to_payback",
                message=_(
                    "At the renewals seen a member is expected to have paid back after "
                    "{months:months}."
                ),
                place="evidence",
            )
        )
    return tuple(claims)


def _caveats(years: Years) -> tuple[str, ...]:
    if years.source == "orders":
        return (
            _(
                "Reductions are all those on members' orders, shelf promotions too: the rate that "
                "pays is at most the one given."
            ),
        )
    return (_("What member prices took off is stated, not read off orders."),)


def _prices_unknown(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "What member prices took off is not known of nearly all orders, and no share is "
            "stated: neither a month nor a renewal rate can be worked out."
        ),
        needs=_(
            "Needed: the share that member prices take off (parameter discount_share), or the "
            "reductions of each order."
        ),
        facts=facts,
    )


def _too_few(facts: dict[str, Any]) -> NotEnoughData:
    return NotEnoughData(
        title=TITLE,
        because=_(
            "{first_years:count} first and {renewed_years:count} renewed years that have ended "
            "tell fee, gift cost and member."
        ),
        needs=_("Needed: {fewest:count} of each, and members who came to a renewal."),
        facts=facts,
    )
