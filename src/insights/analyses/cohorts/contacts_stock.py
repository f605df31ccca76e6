"""Stock of contacts: how many people can we reach, and how many will it be if things go on?

People are counted, not friendships. The forecast carries on what the last months did, and its
interval holds the luck of the weeks ahead and how little the weeks behind tell of their own mean.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from insights.analyses.cohorts.joining import NO_CONTACTS
from insights.charts import marks
from insights.errors import MissingColumns, ParameterError
from insights.results import Check, Claim, Column, Holds, NotEnoughData, Result, Tile
from insights.wording import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDED = {"on_date", "gained", "returned", "lost", "added", "deleted"}
CONFIDENCE = 0.80  # Of the forecast: four of five such forecasts hold.
WEEKS_BEHIND = 26  # Weeks that the forecast learns from.
LEAST_WEEKS = 13
WEEKS_AHEAD = 13
LAGS = 4  # Weeks over which one week still tells of the next.
LEAST = 0.01  # Chances nearer to none or to certainty are not known from so few weeks.
_TITLE = _("How many people are contacts")


@dataclass(frozen=True, eq=False, kw_only=True)
class ContactStock(Result):
    """Contacts by month: who came, who went, how many there are. One row per month.

    `contacts` is the stock at the end of it, or of the data. `path` has the stock by week, and the
    forecast with its interval of 80%.
    """

    name = "contact_stock"
    columns = {
        "month": Column(_("Month"), "month"),
        "gained": Column(_("People gained"), "count"),
        "lost": Column(_("People lost"), "count"),
        "net": Column(_("Net gain"), "count"),
        "added": Column(_("Friendships added"), "count"),
        "deleted": Column(_("Friendships deleted"), "count"),
        "contacts": Column(_("Contacts at the end"), "count", people=True),
    }

    as_of: date
    path: pd.DataFrame

    def plot(self) -> "Axes":
        """Draw the stock week by week, and its forecast with a band."""
        return marks.line(
            self.path,
            x="week",
            y="contacts",
            low="low",
            high="high",
            by="what",
            y_kind="count",
            xlabel=_("weeks from the last day of data"),
            ylabel=_("people who are contacts"),
            from_zero=False,
        )


def contacts_stock(
    activity: pd.DataFrame, *, as_of: date, aim: float | None = None, by: date | None = None
) -> ContactStock | NotEnoughData:
    """Count contacts by month, and say how many there will be in 13 weeks.

    Parameters
    ----------
    activity : DataFrame, one row per day
        The mart `contact_activity`.
    as_of : date
        Last day of complete data.
    aim : float, optional
        A number of contacts to be reached, such as a target: its chance is said.
    by : date, optional
        When it is to be reached, within 13 weeks; their end if not given.

    Returns
    -------
    ContactStock or NotEnoughData

    Notes
    -----
    Of the last n weeks come g, the people gained a week, and d, the share of the stock lost a week:
    a stock of S becomes S + g - d S. With s^2 the long-run variance of what the weeks behind were
    off that (Newey and West 1987, four lags), the stock after h weeks has the variance
    h s^2 (1 + h / n): the luck of the weeks ahead, and that of the weeks behind. Quantiles are
    Student's.
    """
    if missing := NEEDED - set(activity.columns):
        raise MissingColumns("activity", missing, activity.columns)
    until = as_of + timedelta(weeks=WEEKS_AHEAD)
    if by is not None and not as_of < by <= until:
        raise ParameterError(
            f"A number of contacts by {by} was asked for; the forecast of {as_of} goes to {until}. "
            "Choose a day up to then."
        )
    facts: dict[str, Any] = {"as_of": as_of, "least": LEAST_WEEKS}
    days = _by_day(activity, as_of)
    weeks = _by_week(days, as_of)
    if len(weeks) < LEAST_WEEKS:
        return NotEnoughData(
            title=_TITLE,
            because=_(
                "Contacts are known of {weeks:count} whole weeks up to {as_of:day}; a forecast "
                "needs {least:count}."
            ),
            needs=NO_CONTACTS,
            facts=facts | {"weeks": len(weeks)},
        )
    stock = int(days["net"].sum())
    ahead = _forecast(weeks.tail(WEEKS_BEHIND), stock)
    path = _path(weeks, stock, ahead)
    table = _by_month(days, as_of)
    facts |= _facts(days, weeks, stock, ahead, as_of)
    if aim is not None:
        day = by or until
        chance = ahead.chance(aim, (day - as_of).days / 7)
        facts |= {"aim": aim, "aim_until": day, "chance": chance, "least": LEAST, "most": 1 - LEAST}
    return ContactStock(
        table=table,
        path=path,
        as_of=as_of,
        facts=facts,
        claims=_claims(facts),
        caveats=_caveats(facts),
        checks=(_balances(days, table),),
        tiles=(
            Tile(
                key="net_contacts",
                label=_("Net new contacts, {recent:count} weeks"),
                fact="recent_net",
                kind="count",
                good="up",
                before="before_net" if facts["before_net"] is not None else None,
                against=_("the weeks before") if facts["before_net"] is not None else None,
                trend=tuple(weeks["net"].tail(WEEKS_BEHIND)),
                note=_("{recent_gained:count} gained, {recent_lost:count} lost"),
            ),
        ),
        title=_TITLE,
        subtitle=_(
            "People with at least one friendship, by week; ahead what the last {behind:count} "
            "weeks lead to, {confidence:percent} interval"
        ),
        meaning=_("Plan with the band. Only gains that outlast deletions add people to reach."),
        alt=_(
            "Line of contacts by week, {stock:count} on {as_of:day}, and a forecast of "
            "{expected:count} with its band."
        ),
    )


@dataclass(frozen=True)
class _Ahead:
    """Forecast of the stock after each week ahead, from what it is now."""

    now: int
    expected: np.ndarray
    error: np.ndarray
    degrees: float

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        from scipy.special import stdtrit  # noqa: PLC0415 - the door must stay quick

        t = float(stdtrit(self.degrees, (1 + CONFIDENCE) / 2))
        return np.maximum(self.expected - t * self.error, 0.0), self.expected + t * self.error

    def chance(self, aim: float, weeks: float) -> float:
        """Return the chance of at least so many, part of a week from one week to the next."""
        from scipy.special import stdtr  # noqa: PLC0415 - the door must stay quick

        whole = np.arange(len(self.expected) + 1)
        expected = np.interp(weeks, whole, np.concatenate([[self.now], self.expected]))
        error = np.sqrt(np.interp(weeks, whole, np.concatenate([[0.0], self.error**2])))
        if error == 0:
            return float(expected >= aim)
        return float(stdtr(self.degrees, (expected - aim) / error))


def _forecast(weeks: pd.DataFrame, stock: int) -> _Ahead:
    n = len(weeks)
    net, lost = weeks["net"].to_numpy(float), weeks["lost"].to_numpy(float)
    held = stock - net[::-1].cumsum()[::-1]  # at the begin of each week
    gain = float(weeks["gained"].mean())
    leaving = float(lost.sum() / held.sum()) if held.sum() > 0 else 0.0
    off = net - (gain - leaving * held)
    lags = min(LAGS, n - 2)
    variance = float(off @ off) / (n - 2)
    for lag in range(1, lags + 1):
        # Weighted down with the lag (Bartlett), so that the sum is never below zero.
        variance += 2 * (1 - lag / (lags + 1)) * float(off[lag:] @ off[:-lag]) / (n - 2)
    # People who come and go by themselves make weeks differ at least by so much (Poisson).
    variance = max(variance, gain + float(lost.mean()))
    ahead = np.arange(1, WEEKS_AHEAD + 1)
    expected, now = [], float(stock)
    for _week in ahead:
        now = max(now + gain - leaving * now, 0.0)
        expected.append(now)
    error = np.sqrt(ahead * variance * (1 + ahead / n))
    # Weeks that resemble each other tell less than as many independent ones.
    degrees = max((n - 2) / (1 + lags / 2), 3.0)
    return _Ahead(stock, np.array(expected), error, degrees)


def _by_day(activity: pd.DataFrame, as_of: date) -> pd.DataFrame:
    frame = activity.assign(on_date=pd.to_datetime(activity["on_date"]))
    frame = frame[frame["on_date"] <= pd.Timestamp(as_of)]
    if frame.empty:
        return pd.DataFrame(columns=[*NEEDED, "net"])
    every = pd.date_range(frame["on_date"].min(), as_of, name="on_date")
    days = frame.groupby("on_date")[["gained", "returned", "lost", "added", "deleted"]].sum()
    days = days.reindex(every, fill_value=0).reset_index()
    return days.assign(net=days["gained"] - days["lost"])


def _by_week(days: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return whole weeks up to `as_of`, oldest first; a part of a week before them is left out."""
    if days.empty:
        return pd.DataFrame(columns=["week", "gained", "lost", "net"])
    ago = (pd.Timestamp(as_of) - days["on_date"]).dt.days // 7
    whole = ago < len(days) // 7
    weeks = days[whole].groupby(ago[whole])[["gained", "lost", "net"]].sum()
    weeks.index.name = "week"
    return weeks.sort_index(ascending=False).reset_index()


def _by_month(days: pd.DataFrame, as_of: date) -> pd.DataFrame:
    month = days["on_date"].dt.strftime("%Y-%m")
    columns = ["gained", "lost", "net", "added", "deleted"]
    table = days.groupby(month.rename("month"))[columns].sum().reset_index()
    return table.assign(contacts=table["net"].cumsum())


def _path(weeks: pd.DataFrame, stock: int, ahead: _Ahead) -> pd.DataFrame:
    after = weeks["net"].to_numpy()[::-1].cumsum()
    past = pd.DataFrame(
        {
            "week": -np.arange(len(weeks) + 1),
            "contacts": stock - np.concatenate([[0], after]),
            "what": _("until now"),
        }
    )
    low, high = ahead.ends()
    future = pd.DataFrame(
        {
            "week": np.arange(WEEKS_AHEAD + 1),
            "contacts": np.concatenate([[stock], ahead.expected]),
            "low": np.concatenate([[stock], low]),
            "high": np.concatenate([[stock], high]),
            "what": _("forecast"),
        }
    )
    return pd.concat([past[past["week"] >= -2 * WEEKS_BEHIND], future], ignore_index=True)


def _facts(
    days: pd.DataFrame, weeks: pd.DataFrame, stock: int, ahead: _Ahead, as_of: date
) -> dict[str, Any]:
    recent = weeks.tail(WEEKS_AHEAD)
    before = weeks.iloc[-2 * WEEKS_AHEAD : -WEEKS_AHEAD]
    low, high = ahead.ends()
    until = (pd.Timestamp(as_of) + pd.Timedelta(weeks=WEEKS_AHEAD)).date()
    return {
        "confidence": CONFIDENCE,
        "behind": min(len(weeks), WEEKS_BEHIND),
        "stock": stock,
        "friendships": int((days["added"] - days["deleted"]).sum()),
        "recent": WEEKS_AHEAD,
        "recent_gained": int(recent["gained"].sum()),
        "recent_lost": int(recent["lost"].sum()),
        "recent_net": int(recent["net"].sum()),
        "before_net": int(before["net"].sum()) if len(before) == WEEKS_AHEAD else None,
        "expected": float(ahead.expected[-1]),
        "low": float(low[-1]),
        "high": float(high[-1]),
        "until": until,
    }


def _claims(facts: dict[str, Any]) -> tuple[Claim, ...]:
    claims = [
        Claim(
            key="contact_stock",
            place="evidence",
            message=_(
                "{stock:count} people are contacts on {as_of:day}; in {recent:count} weeks "
                "{recent_gained:count} came and {recent_lost:count} went."
            ),
        ),
        Claim(
            key="contact_forecast",
            place="evidence",
            message=_(
                "If things go on as in the last {behind:count} weeks, there will be "
                "{expected:count} ({low:count}–{high:count}) by {until:day}."
            ),
        ),
    ]
    if "aim" in facts:
        claims.append(_aim_claim(facts))
    if facts["friendships"] > facts["stock"]:
        claims.append(
            Claim(
                key="friendships_are_not_people",
                place="evidence",
                message=_("They hold {friendships:count} friendships: more than there are people."),
                holds=[Holds("there are more friendships", facts["friendships"] > facts["stock"])],
            )
        )
    return tuple(claims)


def _aim_claim(facts: dict[str, Any]) -> Claim:
    holds: list[Holds] = []
    if (chance := facts["chance"]) < facts["least"]:
        message = _(
            "The chance of {aim:count} contacts by {aim_until:day} is below {least:percent}, if "
            "things go on as they did."
        )
        holds.append(Holds("the chance is below the least one said", chance < facts["least"]))
    elif chance > facts["most"]:
        message = _(
            "The chance of {aim:count} contacts by {aim_until:day} is above {most:percent}, if "
            "things go on as they did."
        )
        holds.append(Holds("the chance is above the highest one said", chance > facts["most"]))
    else:
        message = _(
            "The chance of {aim:count} contacts by {aim_until:day} is {chance:percent}, if "
            "things go on as they did."
        )
    return Claim(key="contact_aim", place="evidence", message=message, holds=holds)


def _caveats(facts: dict[str, Any]) -> tuple[str, ...]:
    return (
        _(
            "The forecast does not know of campaigns to come, nor of incentives that begin or end: "
            "it carries on the last {behind:count} weeks."
        ),
        _("Deletions that WeCom has not reported are not known: the stock is at most this."),
    )


def _balances(days: pd.DataFrame, table: pd.DataFrame) -> Check:
    gained, lost = int(days["gained"].sum()), int(days["lost"].sum())
    left = int(table["contacts"].iloc[-1])
    return Check(
        key="contact_stock_balances",
        message=_("Whoever came less whoever went is how many there are."),
        passed=gained - lost == left and bool((table["contacts"] >= 0).all()),
        evidence=_("{gained:count} came, {lost:count} went, {left:count} there"),
        facts={"gained": gained, "lost": lost, "left": left},
    )
