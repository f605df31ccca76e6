"""Affinity: who should be offered which series, with what odds, and did the last list hit?

A customer's odds of buying a series within four weeks, from how often and how lately they bought
it, learnt on windows that had closed and drawn towards the mean where few are alike. The list of
four weeks ago, made with what was known then, is held against what they bought since.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.intervals import wilson
from insights.models.shrinkage import BetaBinomial
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
WINDOW_DAYS = 28
LISTED = 0.10  # Of the past buyers of a series, the likeliest so many are on its list.
MIN_BUYERS = 200
MIN_BOUGHT = 20
OFTEN = (0, 1, 2, 5, np.inf)
LATE = (-1, 28, 91, 182, np.inf)
NEEDED = {
    "customer_id", "series", "occasions", "before_28", "silent_days", "silent_before", "bought_28",
}  # fmt: skip
_TITLE = _("Who should be offered which series")


@dataclass(frozen=True, eq=False, kw_only=True)
class Affinity(Result):
    """Lists by series, and what came of the last ones. One row per series.

    `odds` is the mean chance on the new list of buying within four weeks; `hit` the share of the
    last list that did, with its 90% interval, beside `expected` then and `others`, who were past
    buyers but not on it.
    """

    name = "affinity"
    columns = {
        "series": Column(_("Series"), "text"),
        "listed": Column(_("On the new list"), "count", people=True),
        "odds": Column(_("Their odds"), "percent"),
        "last_listed": Column(_("On the last list"), "count"),
        "expected": Column(_("Expected then"), "percent"),
        "hit": Column(_("Bought it since"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "others": Column(_("Others who had bought it"), "percent"),
    }

    people: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw the hit rate of each series' last list."""
        return marks.dots(
            self.table,
            name="series",
            value="hit",
            low="low",
            high="high",
            kind="percent",
            xlabel=_("of the last list, bought the series within four weeks"),
            reference=float(self.facts["others"]),
            reference_label=_("not on the list"),
        )


def cut_offs(as_of: date, data_from: date | None = None) -> list[date]:
    """Return the days for which `affinity` needs the mart: `as_of`, and four weeks before.

    Parameters
    ----------
    as_of : date
        Last day of complete data.
    data_from : date, optional
        First day of the data: no lake answers for a day before it.

    Examples
    --------
    >>> [str(day) for day in cut_offs(date(2026, 6, 30))]
    ['2026-06-02', '2026-06-30']
    """
    before = as_of - timedelta(days=WINDOW_DAYS)
    return [as_of] if data_from and before < data_from else [before, as_of]


def affinity(people: pd.DataFrame, *, as_of: date) -> Affinity | NotEnoughData:
    """List who should be offered which series, and hold the last lists against what came.

    Parameters
    ----------
    people : DataFrame, one row per customer, series and day
        The mart `series_people` for the days of `cut_offs`, stacked, with ``as_of``.
    as_of : date
        Last day of complete data.

    Returns
    -------
    Affinity or NotEnoughData
        `people` of the result has who is on the new lists: ``customer_id``, ``series``, ``odds``.
    """
    if missing := (NEEDED | {"as_of"}) - set(people.columns):
        raise MissingColumns("series_people", missing, people.columns)
    then, now = (people[people["as_of"] == pd.Timestamp(day)] for day in cut_offs(as_of))
    facts: dict[str, Any] = {
        "as_of": as_of,
        "window": WINDOW_DAYS,
        "confidence": CONFIDENCE,
        "listed_share": LISTED,
        "min_buyers": MIN_BUYERS,
        "min_bought": MIN_BOUGHT,
        "buyers": int(now["customer_id"].nunique()),
        "series": int(now["series"].nunique()),
    }
    # Whoever had bought before a window opened, as was known then; learnt from the window before.
    learn_old, learn_new = _windows(then), _windows(now)
    sizes = learn_new.groupby("series").size()
    strong = sizes[sizes >= MIN_BUYERS].index
    learn_old = learn_old[learn_old["series"].isin(strong)]
    learn_new = learn_new[learn_new["series"].isin(strong)]
    if learn_old["bought"].sum() < MIN_BOUGHT or learn_new["bought"].sum() < MIN_BOUGHT:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{series:count} series with {buyers:count} buyers of the last year: too few bought "
                "one again within {window:days} to tell odds apart."
            ),
            needs=_(
                "Needed: a series of which {min_buyers:count} customers are known to have bought, "
                "and {min_bought:count} again within {window:days}; the list of products with "
                "their series, and order lines that name the product."
            ),
            facts=facts,
        )
    # The last list: odds learnt from the window before it, judged on the window after it.
    last = learn_new.assign(odds=_odds(learn_old, learn_new))
    last["listed"] = _top(last)
    current = now[now["series"].isin(strong)].assign(
        often=lambda frame: frame["occasions"], late=lambda frame: frame["silent_days"]
    )
    current = current.assign(odds=_odds(learn_new, current))
    current["listed"] = _top(current)
    table = _table(last, current)
    facts |= _facts(table, last)
    return Affinity(
        table=table,
        people=current.loc[current["listed"], ["customer_id", "series", "odds"]],
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "Whoever bought often and lately is likely to buy again without being asked: "
                "the odds say who buys, not whom an offer moves. A list that is sent to half by "
                "lot would."
            ),
        ),
        checks=(
            Check(
                key="last_list_knew_nothing_later",
                message=_("The last list was made from purchases before it only."),
                passed=bool((learn_new["late"] >= 0).all()),
                evidence=_("{rows:count} customers and series"),
                facts={"rows": len(learn_new)},
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "Of the {listed_share:percent} of past buyers with the best odds, those who bought the "
            "series in the {window:days} up to {as_of:day}; lines are {confidence:percent} "
            "intervals"
        ),
        meaning=_(
            "Offer a series to its list first. Where a list did not do better than those who were "
            "not on it, the odds of that series say nothing yet."
        ),
        alt=_("Dot chart of the hit rate of the last lists of {lists:count} series."),
    )


def _windows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return past buyers as the last 28 days began: what they had done, and what they did."""
    old = frame[frame["before_28"] > 0]
    return old.assign(
        often=old["before_28"], late=old["silent_before"], bought=old["bought_28"]
    ).reset_index(drop=True)


def _cell(frame: pd.DataFrame) -> pd.Series:
    often = pd.cut(frame["often"], OFTEN, labels=False)
    late = pd.cut(frame["late"], LATE, labels=False)
    return frame["series"].astype(str) + "|" + often.astype(str) + "|" + late.astype(str)


def _odds(learnt: pd.DataFrame, frame: pd.DataFrame) -> np.ndarray:
    """Return the chance of buying within four weeks, learnt from those who are alike."""
    cells = learnt.groupby(_cell(learnt))["bought"].agg(["sum", "size"])
    # Alike across series: a cell of a series that few are in leans on the same cell of the others.
    kin = cells.index.str.split("|", n=1).str[1].to_numpy(object)
    model = BetaBinomial().fit(cells["sum"], cells["size"], groups=kin)
    wanted = _cell(frame)
    known = cells.reindex(wanted.unique()).fillna(0)
    groups = known.index.str.split("|", n=1).str[1].to_numpy(object)
    found = model.posterior(known["sum"], known["size"], groups=groups, confidence=CONFIDENCE)
    means = pd.Series(found["mean"].to_numpy(), index=known.index)
    return np.asarray(wanted.map(means), float)


def _top(frame: pd.DataFrame) -> pd.Series:
    # Ties are broken by the id, so that the same data give the same list.
    ordered = frame.sort_values(["series", "odds", "customer_id"], ascending=[True, False, True])
    place = ordered.groupby("series").cumcount()
    size = ordered.groupby("series")["odds"].transform("size")
    return (place < np.ceil(LISTED * size)).reindex(frame.index)


def _table(last: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for series, mine in last.groupby("series"):
        on, off = mine[mine["listed"]], mine[~mine["listed"]]
        new = current[(current["series"] == series) & current["listed"]]
        low, high = wilson([on["bought"].sum()], [len(on)], confidence=CONFIDENCE)
        rows.append(
            {
                "series": series,
                "listed": len(new),
                "odds": float(new["odds"].mean()),
                "last_listed": len(on),
                "expected": float(on["odds"].mean()),
                "hits": int(on["bought"].sum()),
                "hit": float(on["bought"].mean()),
                "low": float(low[0]),
                "high": float(high[0]),
                "others": float(off["bought"].mean()),
            }
        )
    return pd.DataFrame(rows).sort_values("hit", ascending=False, ignore_index=True)


def _facts(table: pd.DataFrame, last: pd.DataFrame) -> dict[str, Any]:
    on, off = last[last["listed"]], last[~last["listed"]]
    low, high = wilson(
        [on["bought"].sum(), off["bought"].sum()], [len(on), len(off)], confidence=CONFIDENCE
    )
    return {
        "lists": len(table),
        "listed": int(table["listed"].sum()),
        "last_listed": len(on),
        "hit": float(on["bought"].mean()),
        "hit_low": float(low[0]),
        "hit_high": float(high[0]),
        "expected": float(on["odds"].mean()),
        "others": float(off["bought"].mean()),
        "others_high": float(high[1]),
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    better = facts["hit_low"] > facts["others_high"]
    return (
        Claim(
            key="last_list_hit" if better else "last_list_no_better",
            topic="last_list",
            place="evidence",
            message=_(
                "Of {last_listed:count} on the last lists {hit:percent} "
                "({hit_low:percent}–{hit_high:percent}) bought the series since, as against "
                "{others:percent} of other past buyers; {expected:percent} had been expected."
            )
            if better
            else _(
                "The last lists were no better than chance: {hit:percent} "
                "({hit_low:percent}–{hit_high:percent}) of {last_listed:count} bought the series "
                "since, {others:percent} of other past buyers."
            ),
            holds=[
                Holds(
                    "whether the intervals lie apart is what is said",
                    better == (facts["hit_low"] > facts["others_high"]),
                )
            ],
        ),
    )
