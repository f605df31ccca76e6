"""Slot days: what does a slot of the calendar sell, once what it takes from its neighbours is off?

The calendar is data: whatever slots the campaigns name. Sales of each day are explained by the
weekday, the month and the days of every slot, with the week before and the week after a slot on
their own: what is missing there was pulled forward or postponed, and is taken off. Slots that
cannot be told from their weekday, such as those of every week, are named and not measured.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.engagement.slot_days_design import NEAR_DAYS, Design, design_of
from insights.charts import marks
from insights.errors import MissingColumns
from insights.results import Claim, Column, Holds, NotEnoughData, Result
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONFIDENCE = 0.90
MIN_RUNS = 2
MIN_DAYS = 120
FREE_SHARE = 0.25  # Of all days: with fewer outside every slot nothing is normal.
MOST_DAYS = 21  # A slot that runs longer is a season.
LAG_DAYS = 14  # Days over which errors hang together.
WIDEST = 2.0  # Of usual days: a line that is longer hides all others, and tells nothing.
KPIS = {"orders": _("orders"), "net_amount": _("net sales")}
VISITS = _("visits of the mall")
_TITLE = _("What a slot of the calendar adds")
_UNTOLD = _(
    "{untold_name} cannot be measured: too few of its days can be held against days without it "
    "that are alike. A slot that is held every week is part of the week; leave it out for some "
    "weeks running to find out."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class SlotDays(Result):
    """Orders and net sales that each slot adds, of a usual day's. One row per (slot, measure).

    `during` is what its days add, as a share of so many usual days; `moved` what the weeks before
    and after lack, on the same scale; `net` the sum of both, with 90% intervals that hold for all
    slots at once (Bonferroni 1936).
    """

    name = "slot_days"
    columns = {
        "slot": Column(_("Slot"), "text"),
        "kpi": Column(_("Measure"), "said"),
        "runs": Column(_("Times held"), "count"),
        "days": Column(_("Days"), "count"),
        "during": Column(_("On its days"), "percent"),
        "moved": Column(_("From the weeks around"), "percent"),
        "net": Column(_("Net of what was moved"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
    }

    def plot(self) -> "Axes":
        """Draw what each slot adds, net of what it moved, where that is known well enough."""
        return marks.dots(
            _drawn(self.orders()).assign(real=lambda t: (t["low"] > 0) | (t["high"] < 0)),
            name="slot",
            value="net",
            low="low",
            high="high",
            emphasis="real",
            kind="percent",
            xlabel=_("orders added, of usual days, net of what was moved"),
            reference=0.0,
        )

    def orders(self) -> pd.DataFrame:
        """Return the rows that count orders."""
        return self.table[self.table["kpi"] == KPIS["orders"]]


def slot_days(
    sales: pd.DataFrame,
    calendar: pd.DataFrame,
    visits: pd.DataFrame | None = None,
    *,
    as_of: date,
) -> SlotDays | NotEnoughData:
    """Measure what each slot of the calendar adds, net of what it pulls forward.

    Parameters
    ----------
    sales : DataFrame, one row per day and channel
        The mart `sales_day`: ``day_no``, ``orders``, ``net_amount``. Give some channels only to
        see those.
    calendar : DataFrame, one row per campaign
        The mart `marketing_calendar`: ``slot``, ``first_no``, ``last_no``; with the days of
        articles, see `with_pushes`.
    visits : DataFrame, one row per day, optional
        The mart `visit_day`: ``day_no``, ``visits``; measured over the days that it has.
    as_of : date
        Last day of complete data.

    Returns
    -------
    SlotDays or NotEnoughData

    Notes
    -----
    Poisson regression with the log link (quasi-likelihood); errors allow for two weeks of
    autocorrelation and any overdispersion (Newey and West 1987), with Student's quantile over the
    slot's runs. A slot is measured where a tenth
    of its days' variation, and of its neighbours', is left by weekday, month and the other slots.
    """
    for name, frame, columns in (
        ("sales_day", sales, {"day_no", *KPIS}),
        ("marketing_calendar", calendar, {"slot", "first_no", "last_no"}),
    ):
        if missing := columns - set(frame.columns):
            raise MissingColumns(name, missing, frame.columns)
    days = _days(sales)
    held = _held(calendar, days)
    facts: dict[str, Any] = {
        "as_of": as_of,
        "confidence": CONFIDENCE,
        "days": len(days),
        "min_days": MIN_DAYS,
        "min_runs": MIN_RUNS,
        "near": NEAR_DAYS,
        "longest": MOST_DAYS,
        "slots": int(held["slot"].nunique()),
        "seasons": int(calendar["slot"].nunique()) - int(held["slot"].nunique()),
    }
    inside = np.zeros(len(days), bool)
    for row in held.itertuples():
        inside |= (days["day_no"] >= row.first_no) & (days["day_no"] <= row.last_no)
    facts["free"] = float(1 - inside.mean()) if len(days) else 0.0
    names = _repeated(held)
    if len(days) < MIN_DAYS or not names or facts["free"] < FREE_SHARE:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "{days:count} days of sales, {slots:count} slots of at most {longest:days} that "
                "lie within them, {free:percent} of days outside every slot: what a slot adds "
                "cannot be told from what is usual."
            ),
            needs=_(
                "Needed: {min_days:count} days, a slot held {min_runs:count} times, and days "
                "outside it; the marketing calendar with the slot's name and days: insights load "
                "campaigns."
            ),
            facts=facts,
        )
    design = design_of(days, held)
    told = [name for name in names if name in design.told]
    facts |= {"untold": len(names) - len(told),
              "untold_name": " / ".join(name for name in names if name not in told)}  # fmt: skip
    if not told:
        return NotEnoughData(
            title=_TITLE,
            because=_UNTOLD,
            needs=_("Needed: some weeks running without the slot, drawn by lot, in the calendar."),
            facts=facts,
        )
    table = pd.concat([_fit(days, design, told, kpi) for kpi in KPIS], ignore_index=True)
    seen = _visits(visits, held, facts)
    table = pd.concat([table, seen], ignore_index=True) if len(seen) else table
    facts |= _facts(table[table["kpi"] == KPIS["orders"]])
    facts["single"] = facts["slots"] - len(names)
    return SlotDays(
        table=table,
        facts=facts,
        claims=_claims(facts, table),
        caveats=_caveats(facts),
        title=_TITLE,
        subtitle=_(
            "Orders of a slot's days over what weekday and month would have, less what the "
            "{near:days} before and after lack; of usual days, {confidence:percent} intervals of "
            "all slots at once"
        ),
        meaning=_(
            "Plan by the net: what a slot takes from the days around it was never added. A slot "
            "whose line holds zero moved purchases, or did nothing."
        ),
        alt=_("Dot chart of {shown:count} slots by what they add net of what they moved."),
    )


def _drawn(orders: pd.DataFrame) -> pd.DataFrame:
    narrow = orders["high"] - orders["low"] <= WIDEST
    return orders[narrow] if narrow.any() else orders


def _days(sales: pd.DataFrame) -> pd.DataFrame:
    found = (
        sales.astype(dict.fromkeys(KPIS, float)).groupby("day_no", as_index=False)[[*KPIS]].sum()
    )
    if found.empty:
        return found.assign(weekday=[], month=[])
    every = pd.DataFrame({"day_no": np.arange(found["day_no"].min(), found["day_no"].max() + 1)})
    found = every.merge(found, how="left", on="day_no").fillna(dict.fromkeys(KPIS, 0.0))
    on = pd.Timestamp("1970-01-01") + pd.to_timedelta(found["day_no"], unit="D")
    return found.assign(weekday=on.dt.day_of_week, month=on.dt.strftime("%Y-%m"))


def _held(calendar: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    if days.empty:
        return calendar.head(0)
    within = (calendar["first_no"] >= days["day_no"].min() + NEAR_DAYS) & (
        calendar["last_no"] + NEAR_DAYS <= days["day_no"].max()
    )
    short = calendar["last_no"] - calendar["first_no"] < MOST_DAYS
    return calendar[within & short & calendar["slot"].notna()]


def _visits(visits: pd.DataFrame | None, held: pd.DataFrame, facts: dict[str, Any]) -> pd.DataFrame:
    """Return what slots add to the visits of the mall, over the days of which they are known."""
    if visits is None:
        return pd.DataFrame()
    if missing := {"day_no", "visits"} - set(visits.columns):
        raise MissingColumns("visit_day", missing, visits.columns)
    days = _days(visits.assign(orders=0.0, net_amount=0.0))
    known = visits.groupby("day_no")["visits"].sum().astype(float)
    days = days[days["day_no"].isin(known.index)].reset_index(drop=True)
    facts["visit_days"] = len(days)
    if len(days) < MIN_DAYS:
        return pd.DataFrame()
    days["visits"] = known.reindex(days["day_no"]).to_numpy()
    design = design_of(days, mine := _held(held, days))
    told = [name for name in _repeated(mine) if name in design.told]
    return _fit(days, design, told, "visits") if told else pd.DataFrame()


def _repeated(held: pd.DataFrame) -> list[str]:
    runs = held.groupby("slot").size()
    return [str(name) for name in runs.index[runs >= MIN_RUNS]]


def _fit(days: pd.DataFrame, design: Design, names: list[str], kpi: str) -> pd.DataFrame:
    import statsmodels.api as sm  # noqa: PLC0415 - statsmodels loads when a calendar is asked for
    from scipy.stats import t as student  # noqa: PLC0415 - as above

    fitted = sm.GLM(days[kpi].clip(lower=0.0), design.frame, family=sm.families.Poisson()).fit(
        cov_type="HAC", cov_kwds={"maxlags": LAG_DAYS}
    )
    usual = np.exp(design.frame.assign(**dict.fromkeys(design.slots, 0.0)) @ fitted.params)
    cover = fitted.cov_params()
    level = 1 - (1 - CONFIDENCE) / len(names)
    rows = [_slot_row(name, design.marks, fitted.params, cover, usual.to_numpy()) for name in names]
    found = pd.DataFrame(rows)
    # A slot is known by its runs, not by the days of the year: few of them leave long tails.
    reach = student.ppf((1 + level) / 2, np.maximum(found["runs"] - 1, 1))
    found = found.assign(
        kpi=VISITS if kpi == "visits" else KPIS[kpi],
        low=found["net"] - reach * found["error"],
        high=found["net"] + reach * found["error"],
    )
    return found.sort_values("net", ascending=False, ignore_index=True)


def _slot_row(
    name: str,
    columns: dict[str, np.ndarray],
    beta: pd.Series,
    cover: pd.DataFrame,
    usual: np.ndarray,
) -> dict[str, Any]:
    during, near = columns[f"during {name}"], columns[f"near {name}"]
    base = float(usual[during].sum())
    parts = {f"during {name}": base, f"near {name}": float(usual[near].sum())}
    added = {key: part * float(np.expm1(beta[key])) / base for key, part in parts.items()}
    gradient = np.array([part * float(np.exp(beta[key])) / base for key, part in parts.items()])
    error = float(np.sqrt(gradient @ cover.loc[[*parts], [*parts]].to_numpy() @ gradient))
    return {
        "slot": name,
        # Runs of days: where one begins, the day before is none of the slot's.
        "runs": int((during & ~np.roll(during, 1)).sum()),
        "days": int(during.sum()),
        "during": added[f"during {name}"],
        "moved": added[f"near {name}"],
        "net": sum(added.values()),
        "error": error,
    }


def _facts(table: pd.DataFrame) -> dict[str, Any]:
    # Of those that add something, the one that adds most; where none does, the first.
    adding = table[table["low"] > 0]
    best = (adding if len(adding) else table).iloc[0]
    drawn = len(_drawn(table))
    return {
        "shown": drawn,
        "undrawn": len(table) - drawn,
        "widest": WIDEST,
        "best": best["slot"],
        "best_during": float(best["during"]),
        "best_moved": float(best["moved"]),
        "best_net": float(best["net"]),
        "best_low": float(best["low"]),
        "best_high": float(best["high"]),
        "nothing": int(((table["low"] <= 0) & (table["high"] >= 0)).sum()),
    }


def _claims(facts: dict[str, Any], table: pd.DataFrame) -> tuple[Claim, ...]:
    orders = table[table["kpi"] == KPIS["orders"]]
    adds = facts["best_low"] > 0
    rivals = orders[orders["low"] > 0] if adds else orders
    leads = Holds("no slot adds more, net", facts["best_net"] >= float(rivals["net"].max()))
    if not adds:
        return (
            Claim(
                key="no_slot_adds",
                undecided=True,
                topic="slots_of_the_calendar",
                message=_(
                    "No slot of the calendar can be told to add orders once what it moves is off: "
                    "the first, {best}, {best_net:percent} of usual days "
                    "({best_low:percent} – {best_high:percent})."
                ),
                holds=[leads, Holds("no interval lies above zero", not (orders["low"] > 0).any())],
            ),
        )
    message = (
        _(
            "{best} adds {best_during:percent} of usual days' orders on its days; "
            "{best_moved:percent} come off from the weeks around, net {best_net:percent} "
            "({best_low:percent} – {best_high:percent})."
        )
        if facts["best_moved"] < 0
        else _(
            "{best} adds {best_during:percent} of usual days' orders on its days and takes none "
            "from the weeks around: net {best_net:percent} ({best_low:percent} – "
            "{best_high:percent})."
        )
    )
    return (
        Claim(
            key="slot_adds",
            topic="slots_of_the_calendar",
            message=message,
            holds=[leads, Holds("its interval lies above zero", adds)],
        ),
    )


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    caveats = [
        _(
            "Slots are put on good days on purpose, and a slot that is always on one weekday "
            "cannot be told from that weekday: move it for some weeks to find out."
        )
    ]
    if facts["untold"]:
        caveats.append(_UNTOLD)
    if 0 < facts.get("visit_days", 0) < MIN_DAYS:
        caveats.append(
            _(
                "What slots and pushes add to visits of the mall is not measured: visits are known "
                "for {visit_days:count} days, and it takes {min_days:count}."
            )
        )
    if facts["seasons"]:
        caveats.append(
            _(
                "{seasons:count} slots run longer than {longest:days}, or reach beyond the "
                "data, and are not measured."
            )
        )
    if facts["undrawn"]:
        caveats.append(
            _(
                "{undrawn:count} slots were held too few times: their intervals are wider than "
                "{widest:percent} of usual days. They are in the table and not in the chart."
            )
        )
    if facts["single"]:
        caveats.append(
            _("{single:count} slots were held once and are allowed for, but not judged.")
        )
    return tuple(caveats)
