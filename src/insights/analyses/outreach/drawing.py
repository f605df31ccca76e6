"""Drawing: who is held out by lot, how many, and which lots were drawn before?

A lot is a digest of the list, the week and the customer: nobody chooses it, and whoever asks again
gets the same.
"""

import hashlib
from datetime import date
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from insights.analyses.outreach.terms import AT_RISK, PURPOSES, Purpose, Terms, week_of
from insights.errors import DataError
from insights.models.arms import people_per_arm

CONTACT, HOLD_OUT = "contact", "hold_out"
LEAST_SHARE, MOST_SHARE = 0.1, 0.3


def campaign_of(week: str, purpose: Purpose = AT_RISK) -> str:
    """Return the experiment of a week's list.

    Examples
    --------
    >>> campaign_of("2026-W27")
    'contact-2026-W27'
    """
    return f"{purpose.prefix}-{week}"


def lists_of(campaigns: pd.Series) -> pd.Series:
    """Return of each experiment which of our lists it belongs to, by its words; NaN of others."""
    prefix = campaigns.astype(str).str.split("-", n=1).str[0]
    return prefix.map({purpose.prefix: purpose.lists for purpose in PURPOSES.values()})


def lots_of(drawn: pd.DataFrame, *, as_of: date, purpose: Purpose = AT_RISK) -> pd.DataFrame:
    """Return the lots of the list that `as_of` is the eve of, one row a person.

    Parameters
    ----------
    drawn : DataFrame, one row per person and experiment
        The mart `assignment_outcomes`.
    as_of : date
        Last day of complete data.
    purpose : Purpose, default AT_RISK

    Returns
    -------
    DataFrame
        `customer_id`, `arm`, `probability`; empty where none were drawn.
    """
    mine = drawn[drawn["campaign_id"] == campaign_of(week_of(as_of)[0], purpose)]
    mine = mine[mine["customer_id"].notna()].drop_duplicates("customer_id")
    return mine[["customer_id", "arm", "probability"]].reset_index(drop=True)


def watched(
    drawn: pd.DataFrame, *, as_of: date, window_days: int, purpose: Purpose = AT_RISK
) -> pd.Series:
    """Return the customers who were drawn for any other of our lists less than a window ago.

    Parameters
    ----------
    drawn, as_of, purpose
        As for `lots_of`.
    window_days : int
        Days after the lot in which a purchase counts.
    """
    own = campaign_of(week_of(as_of)[0], purpose)
    ours = lists_of(drawn["campaign_id"]).notna() & (drawn["campaign_id"] != own)
    return drawn.loc[ours & (drawn["days_seen"] < window_days), "customer_id"].dropna()


def control_share(may: pd.DataFrame, terms: Terms) -> tuple[float, dict[str, Any]]:
    """Return the share to hold out: the smallest with which the pooled lists show the lift.

    Between a tenth and three tenths: less teaches nothing, more costs more than an answer is worth.
    """
    listed = _first(may, terms.capacity_of(may["staff_id"]))
    base = float(np.clip(1 - listed["p_silent"].mean(), 0.005, 0.995 - terms.lift))
    weekly = len(listed)
    enough = None
    for share in np.arange(LEAST_SHARE, MOST_SHARE + 1e-9, 0.01):
        needed = people_per_arm(base, terms.lift, ratio=(1 - share) / share)
        enough = needed <= share * weekly * terms.pooled_weeks
        if enough:
            break
    share = round(float(share), 2)
    needed = people_per_arm(base, terms.lift, ratio=(1 - share) / share)
    return share, {
        "share": share,
        "base": base,
        "lift": terms.lift,
        "needed": needed,
        "weeks_needed": int(np.ceil(needed / max(share * weekly, 1e-9))),
        "pooled_weeks": terms.pooled_weeks,
        "enough": bool(enough),
    }


def lot(week: str, customer_id: str, purpose: Purpose = AT_RISK) -> float:
    """Return the lot of a customer in a week, in [0, 1): a digest, the same whenever it is asked.

    Examples
    --------
    >>> lot("2026-W27", "C1") == lot("2026-W27", "C1") != lot("2026-W28", "C1")
    True
    """
    digest = hashlib.sha256(f"{purpose.prefix}:{week}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def draw(
    may: pd.DataFrame, week: str, *, share: float, terms: Terms, purpose: Purpose = AT_RISK
) -> pd.DataFrame:
    """Return who is on the list, with `arm` and `probability` as the lot gave them.

    Of each account so many are taken that, those held out set aside, the rest fills its capacity.
    Within the account the lowest lots are held out; how many is rounded by a lot of the account's
    own, so that everybody has the same chance.

    Raises
    ------
    DataError
        If somebody is on the list twice.
    """
    most = np.floor(terms.capacity_of(may["staff_id"]) / (1 - share) + 1e-9)
    taken = _first(may, most)
    taken["lot"] = [lot(week, who, purpose) for who in taken["customer_id"]]
    parts = []
    for staff, mine in taken.groupby("staff_id", sort=True):
        held = floor(len(mine) * share + lot(week, f"account {staff}", purpose))
        order = mine["lot"].rank(method="first")
        parts.append(mine.assign(arm=np.where(order <= held, HOLD_OUT, CONTACT)))
    rows = pd.concat(parts, ignore_index=True)
    if twice := int(rows["customer_id"].duplicated().sum()):
        raise DataError(f"{twice} customers are on the list twice: give one account for each.")
    rows["probability"] = np.where(rows["arm"] == HOLD_OUT, share, 1 - share)
    return rows.drop(columns="lot")


def _first(may: pd.DataFrame, most: pd.Series) -> pd.DataFrame:
    """Return the first rows of each account, so many as are its own."""
    return may[may.groupby("staff_id").cumcount() < most].copy()
