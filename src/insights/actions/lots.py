"""Lots: who was drawn into which arm is remembered in the lake, in one load, and never drawn again.

They are rows of `campaigns` and `assignments` like those that a brand loads of its own experiments,
so that the same read-out answers for both.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd

from insights.analyses import outreach
from insights.intake import ingest
from insights.intake.identity.naming import ALIAS, EVERYWHERE
from insights.settings import Brand, Settings
from insights.sources import Batch
from insights.store.days import MAX_GAP_DAYS
from insights.store.lake import current, open_lake

_NAMES = {"at_risk": "Contact list", "win_back": "Win-back list"}  # In the lake, in one language.
ROWS = ("customer_id", "arm", "probability")


def remembered(
    settings: Settings,
    brand: Brand,
    *,
    as_of: date,
    purpose: outreach.Purpose = outreach.AT_RISK,
) -> pd.DataFrame:
    """Return the lots of the week after `as_of`: `customer_id`, `arm`, `probability`.

    It looks at all that was ever loaded, whatever day a list is asked for.
    """
    newest = current(settings, brand)
    last = newest.last_day if newest else None
    # A list may have been made some days after the last order.
    day = last + timedelta(days=MAX_GAP_DAYS) if last else None
    latest = open_lake(settings, brand.name, as_of=day)
    return outreach.lots_of(latest.mart("assignment_outcomes"), as_of=as_of, purpose=purpose)


def remember(
    settings: Settings,
    brand: Brand,
    rows: pd.DataFrame,
    *,
    week: str,
    monday: date,
    as_of: date,
    purpose: outreach.Purpose = outreach.AT_RISK,
) -> str:
    """Load a week's lots; return the load.

    Parameters
    ----------
    rows : DataFrame, one row per person
        `customer_id`, `arm`, `probability`.
    week : str
        As `2026-W27`.
    monday, as_of : date
        First day of the week, and the last day of data that the list was made from.
    purpose : Purpose, default AT_RISK
        Of which of our lists it is.
    """
    lots = _Lots(rows, week=week, monday=monday, as_of=as_of, purpose=purpose)
    done = ingest(settings, brand, lots)
    return done.load_id


class _Lots:
    """The lots of one list, as a source."""

    name = "actions"
    label = "a contact list"
    version = "1"
    tables = ("campaigns", "assignments")

    def __init__(
        self,
        rows: pd.DataFrame,
        *,
        week: str,
        monday: date,
        as_of: date,
        purpose: outreach.Purpose,
    ) -> None:
        self._rows = rows.sort_values("customer_id")[list(ROWS)].to_dict("records")
        self._campaign = outreach.campaign_of(week, purpose)
        self._name = f"{_NAMES[purpose.name]} {week}"
        self._monday = monday
        self._drawn_at = datetime.combine(as_of, time(23, 59, 59))

    def fingerprint(self) -> str:
        """Return a digest of who was drawn, when."""
        told = json.dumps([self._campaign, str(self._drawn_at), self._rows], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def batches(self, brand: Brand) -> Iterator[Batch]:
        """Yield the campaign and its assignments."""
        import pyarrow as pa  # noqa: PLC0415 - only where there is something to load

        sha = self.fingerprint()
        campaign: dict[str, list[Any]] = {
            "_row": [1],
            "campaign_id": [self._campaign],
            "name": [self._name],
            "starts_at": [datetime.combine(self._monday, time.min)],
            "ends_at": [datetime.combine(self._monday + timedelta(days=6), time(23, 59, 59))],
            "is_experiment": [True],
        }
        yield Batch("campaigns", pa.table(campaign), self._campaign, sha)
        who = [row["customer_id"] for row in self._rows]
        lots: dict[str, list[Any]] = {
            "_row": list(range(1, len(who) + 1)),
            "campaign_id": [self._campaign] * len(who),
            "customer_ref": [f"{ALIAS}:{EVERYWHERE}:{one}" for one in who],
            "customer_id": who,
            "arm": [row["arm"] for row in self._rows],
            "assigned_at": [self._drawn_at] * len(who),
            "probability": [float(row["probability"]) for row in self._rows],
        }
        yield Batch("assignments", pa.table(lots), self._campaign, sha)
