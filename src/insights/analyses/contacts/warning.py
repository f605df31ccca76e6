"""Early warning: do customers respond less than they did, where, since when, and do sales follow?

Only what customers do counts (likes and comments on Moments), not what guides do. A region is held
against all others of the same week, so that holidays and poor posts do not raise an alarm.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.charts import marks
from insights.errors import MissingColumns
from insights.models.declines import decline, watch
from insights.models.peers import against_peers
from insights.results import Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVEL = 0.05
# Friends come and go, and with them those who respond much: a region drifts a little by itself. A
# fall that may be less than this is no alarm.
MATERIAL = 0.1
FEWEST_WEEKS = 24
FEWEST_BASELINE, MOST_BASELINE = 12, 26
FEWEST_RESPONSES = 5  # A week's mean per region; fewer say too little to be watched week by week.
SMOOTH_WEEKS = 4  # Of the drawn line; the test takes the weeks as they are.
NEEDED = {"week_on", "region", "friends", "posts", "responses", "occasions"}
TITLE = _("Do customers respond less than they used to?")
CALM, ALARM = _("no lasting fall"), _("fell")


@dataclass(frozen=True, eq=False, kw_only=True)
class EarlyWarning(Result):
    """Responses of each region's friends against all other regions. One row per region.

    `since` is the week from which an alarm's shortfall adds up; `change` with `low` and `high` the
    relative fall; `sales_change` that of purchases, where a fall is clear; `lead_weeks` from the
    one to the other. `curve` has the weekly series.
    """

    name = "early_warning"
    columns = {
        "region": Column(_("Region"), "said"),
        "verdict": Column(_("Responses"), "said"),
        "since": Column(_("Since the week of"), "day"),
        "change": Column(_("Change against elsewhere"), "percent"),
        "low": Column(_("Low"), "percent"),
        "high": Column(_("High"), "percent"),
        "sales_since": Column(_("Sales fell in the week of"), "day"),
        "lead_weeks": Column(_("Weeks ahead of sales"), "count"),
        "rate": Column(_("Responses per friend and post, latest weeks"), "percent"),
    }

    as_of: date
    curve: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw each region's responses against the others, its first weeks being one."""
        return marks.line(
            self.curve,
            x="week",
            y="ratio",
            by="region",
            y_kind="percent",
            xlabel=_("week of"),
            ylabel=_("responses against other regions, at first 100%"),
            reference=1.0,
        )


def early_warning(weeks: pd.DataFrame, *, as_of: date) -> EarlyWarning | NotEnoughData:
    """Watch every region's responses, and where they fell, look whether sales fell after.

    Parameters
    ----------
    weeks : DataFrame, one row per week and region
        The mart `response_week`.
    as_of : date
        Last day of complete data.

    Returns
    -------
    EarlyWarning or NotEnoughData

    Notes
    -----
    The chance of any false alarm over all regions and weeks is 5%; see `insights.models.declines`.
    """
    if missing := NEEDED - set(weeks.columns):
        raise MissingColumns("weeks", missing, weeks.columns)
    usable, facts = _usable(weeks, as_of)
    if facts["regions"] < 2 or facts["weeks"] < FEWEST_WEEKS or facts["thin"]:
        return _refusal(facts)
    baseline = int(np.clip(facts["weeks"] // 2, FEWEST_BASELINE, MOST_BASELINE))
    rows, curves = [], []
    answers = _against_others(usable, "responses", "exposure")
    sales = _against_others(usable, "occasions", "friends")
    for region, answered in answers.items():
        row, curve = _region(usable, region, answered, sales[region], (baseline, len(answers)))
        rows.append(row)
        curves.append(curve)
    table = pd.DataFrame(rows).sort_values(["since", "region"], na_position="last")
    table = table.reset_index(drop=True)
    facts |= {"baseline": baseline} | _first_alarm(table)
    return EarlyWarning(
        table=table,
        curve=pd.concat(curves, ignore_index=True),
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=(
            _(
                "A fall that came before sales once is one case: whether responses lead sales "
                "here, only more of them can show."
            ),
            _(
                "What befalls all regions alike is not seen, because each is held against the "
                "others."
            ),
        ),
        tiles=(
            Tile(
                key="alarms",
                label=_("Regions whose responses fell"),
                fact="alarms",
                kind="count",
                good="down",
                note=_("of {regions:count}"),
            ),
        ),
        title=TITLE,
        subtitle=_(
            "Likes and comments per friend and Moment, each region against all others of the "
            "same week; mean of four weeks, the first {baseline:count} weeks being 100%"
        ),
        meaning=_(
            "A line that leaves 100% and stays away is a region to call. A single low week is "
            "nothing."
        ),
        alt=_(
            "Line chart of {regions:count} regions' responses against the others over "
            "{weeks:count} weeks; {alarms:count} fell lastingly."
        ),
    )


def _usable(weeks: pd.DataFrame, as_of: date) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the complete weeks with posts in which every region had friends, and facts."""
    frame = weeks.assign(week_on=pd.to_datetime(weeks["week_on"]))
    frame = frame[frame["week_on"] + pd.Timedelta(days=6) <= pd.Timestamp(as_of)]
    frame = frame.assign(exposure=frame["friends"] * frame["posts"])
    enough = frame.groupby("region")["exposure"].transform("max") > 0
    frame = frame[enough & (frame["posts"] > 0)]
    # From the first week in which every region can be expected to respond at all.
    rate = frame["responses"].sum() / max(float(frame["exposure"].sum()), 1)
    least = frame.groupby("week_on")["exposure"].min() * rate
    started = least[least >= FEWEST_RESPONSES]
    if len(started):
        frame = frame[frame["week_on"] >= started.index[0]]
    facts = {
        "as_of": as_of,
        "regions": int(frame["region"].nunique()),
        "weeks": int(frame["week_on"].nunique()) if len(started) else 0,
        "responses": int(weeks["responses"].sum()),
        "min_weeks": FEWEST_WEEKS,
        "level": LEVEL,
        "thin": not len(started),
    }
    return frame.sort_values(["week_on", "region"]), facts


def _against_others(
    frame: pd.DataFrame, count: str, exposure: str
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return each region's logarithm of its rate over the others', by week, and its variance."""
    grids = [
        frame.pivot_table(
            index="region", columns="week_on", values=name, aggfunc="sum", fill_value=0
        )
        for name in (count, exposure)
    ]
    found = against_peers(*(grid.to_numpy(float) for grid in grids))
    return dict(zip(grids[0].index, found, strict=True))


def _region(
    frame: pd.DataFrame,
    region: str,
    answered: tuple[np.ndarray, np.ndarray],
    bought: tuple[np.ndarray, np.ndarray],
    shape: tuple[int, int],
) -> tuple[dict[str, Any], pd.DataFrame]:
    weeks = np.sort(frame["week_on"].unique())
    (z, v), (baseline, regions) = answered, shape
    found = watch(z, v, baseline=baseline, series=regions, level=LEVEL)
    mine = frame[frame["region"] == region]
    latest = mine.tail(SMOOTH_WEEKS)
    row: dict[str, Any] = {
        "region": region,
        "verdict": CALM,
        "since": pd.NaT,
        "alarm_on": pd.NaT,
        "change": np.nan,
        "low": np.nan,
        "high": np.nan,
        "sales_since": pd.NaT,
        "lead_weeks": np.nan,
        "lead_low": np.nan,
        "lead_high": np.nan,
        "rate": float(latest["responses"].sum() / max(latest["exposure"].sum(), 1e-9)),
    }
    fell = decline(z, v)
    if found.alarm is not None and fell.high < -MATERIAL:
        row |= {
            "verdict": ALARM,
            "since": weeks[fell.week],
            "alarm_on": weeks[found.alarm],
            "change": fell.change,
            "low": fell.low,
            "high": fell.high,
        }
        sales = decline(*bought)
        if sales.p < LEVEL:
            row |= {
                "sales_since": weeks[sales.week],
                "lead_weeks": sales.week - fell.week,
                "lead_low": sales.first - fell.last,
                "lead_high": sales.last - fell.first,
            }
    level = np.average(z[:baseline], weights=1 / v[:baseline])
    smooth = pd.Series(z - level).rolling(SMOOTH_WEEKS, min_periods=SMOOTH_WEEKS).mean()
    named = pd.to_datetime(weeks).strftime("%Y-%m-%d")
    curve = pd.DataFrame({"region": region, "week": named, "ratio": np.exp(smooth)})
    return row, curve.dropna()


def _first_alarm(table: pd.DataFrame) -> dict[str, Any]:
    fell = table[table["verdict"] == ALARM]
    facts: dict[str, Any] = {"alarms": len(fell)}
    if fell.empty:
        return facts
    row = fell.iloc[0]
    facts |= {name: row[name] for name in ("region", "change", "low", "high")}
    facts |= {
        "since": row["since"].date(),
        "alarm_on": (row["alarm_on"] + timedelta(days=6)).date(),
        "drop": -row["change"],
        "drop_low": -row["high"],
        "drop_high": -row["low"],
    }
    if pd.notna(row["lead_weeks"]):
        facts |= {name: int(row[name]) for name in ("lead_weeks", "lead_low", "lead_high")}
        facts["sales_since"] = row["sales_since"].date()
    return facts


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    if not facts["alarms"]:
        return (
            Claim(
                key="no_alarm",
                undecided=True,
                topic="early_warning",
                message=_(
                    "In none of {regions:count} regions have customers' responses fallen lastingly "
                    "against the other regions, by the week to {as_of:day}."
                ),
                holds=[Holds("no region raised an alarm", facts["alarms"] == 0)],
            ),
        )
    fell = [Holds("the region raised an alarm", facts["alarms"] > 0),
            Holds("the fall's interval lies below zero", facts["high"] < 0)]  # fmt: skip
    if facts["high"] >= 0:
        return ()
    alarm = Claim(
        key="alarm",
        topic="early_warning",
        message=_(
            "In {region:text} customers respond {drop:percent} ({drop_low:percent}–"
            "{drop_high:percent}) less than elsewhere since the week of {since:day}."
        ),
        holds=fell,
    )
    if facts.get("lead_low", 0) > 0:
        sales = Claim(
            key="sales_followed",
            topic="sales_follow",
            message=_(
                "Sales to the same friends fell {lead_weeks:count} weeks later "
                "({lead_low:count}–{lead_high:count}): one case, and no rule yet."
            ),
            holds=[Holds("all weeks that may be the sales' lie after", facts["lead_low"] > 0)],
        )
    else:
        sales = Claim(
            key="sales_not_shown",
            undecided=True,
            topic="sales_follow",
            message=_(
                "Whether sales in {region:text} follow the responses is not shown by these data."
            ),
            holds=[Holds("no later fall of sales is clear", facts.get("lead_low", 0) <= 0)],
        )
    return alarm, sales


def _refusal(facts: dict[str, Any]) -> NotEnoughData:
    if not facts["responses"]:
        because = _("Not one like or comment of a customer is known up to {as_of:day}.")
        needs = _(
            "Needed: WeCom's Moments with their likes and comments (externalcontact/"
            "get_moment_list and get_moment_comments)."
        )
    elif facts["regions"] < 2:
        because = _("All guides are of one region, or the staff table names none: there is nothing "
                    "to hold the responses against.")  # fmt: skip
        needs = _("Needed: the region of each account, in the brand's own staff table.")
    else:
        because = _(
            "Only {weeks:count} weeks have enough responses in every region; a watch needs "
            "{min_weeks:count}."
        )
        needs = _("Needed: more weeks, or larger regions.")
    return NotEnoughData(title=TITLE, because=because, needs=needs, facts=facts)
