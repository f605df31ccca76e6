"""Special days: on which days does a schedule not hold, and what holds instead?

Promotions and holidays. On them a report rests, has other times, has more times, or comes later
than usual, once the exports of a busy night are there.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Self

from cronsim import CronSim, CronSimError
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from insights.errors import did_you_mean
from insights.runs.promotions import LEAP_YEAR, Promotion, Span, is_day, shipped

Covers = Literal["day", "week", "month"]
KNOWN = "promotions"  # Key of the validation context: the workspace's table of promotion days.
_YEARS = 28  # After so many, days of the week fall on the same dates again.


class Special(BaseModel):
    """Days on which the usual times do not hold alone.

    Without `cron`, `also` and `delay_hours` the report rests on them.

    Attributes
    ----------
    days : str, optional
        Name of a promotion, such as `double_11`; see `promotion_days.csv`.
    first, last : str, optional
        MM-DD of every year, both included, in place of a name; `last` may lie in the next year.
    cron : str, optional
        The times of these days, instead of the usual ones.
    also : str, optional
        Times of these days besides the usual ones.
    delay_hours : int, optional
        How much later than usual; the page still looks back from the day that it would have.
    covers : {"day", "week", "month"}, optional
        What the pages of `cron` or `also` look back from; as the schedule when not given. With
        "day" there is a page of each of these days, so it is made on the day after it.
    why : str
        What is special, for whoever reads the catalog; a promotion's own title when not given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: str | None = None
    first: str | None = None
    last: str | None = None
    cron: str | None = None
    also: str | None = None
    delay_hours: int | None = Field(default=None, ge=1, le=14 * 24)
    covers: Covers | None = None
    why: str = ""
    _spans: tuple[Span, ...] = PrivateAttr(default=())
    _title: str = PrivateAttr(default="")

    _cron = field_validator("cron", "also")(lambda v: v if v is None else checked_cron(v))

    @field_validator("days")
    @classmethod
    def _is_known(cls, value: str | None, info: ValidationInfo) -> str | None:
        known = _known(info)
        if value is not None and value not in known:
            raise ValueError(
                f"there are no promotion days '{value}'.{did_you_mean(value, known)} "
                "data/reference/promotion_days.csv may name them"
            )
        return value

    @field_validator("first", "last")
    @classmethod
    def _is_a_day(cls, value: str | None) -> str | None:
        if value is not None and not (len(value) == 5 and is_day(value)):
            raise ValueError(f"'{value}' is no day of the year; write it as '11-01'")
        return value

    @model_validator(mode="after")
    def _can_be(self, info: ValidationInfo) -> Self:
        own = self.first is not None and self.last is not None
        if self.days is not None and not (self.first or self.last):
            promotion = _known(info)[self.days]
            self._spans, self._title = promotion.spans, self.why or promotion.title or self.days
        elif self.days is None and own:
            self._spans, self._title = (Span(str(self.first), str(self.last)),), self.why
            if not self.why:
                raise ValueError("it says no 'why': what is special about these days?")
        else:
            raise ValueError("it needs 'days' (a promotion's name), or 'first' and 'last'")
        said = [name for name in ("cron", "also", "delay_hours") if getattr(self, name) is not None]
        if len(said) > 1:
            raise ValueError(f"'{said[0]}' and '{said[1]}' cannot both hold; leave one out")
        if self.covers and not self.times:
            raise ValueError("'covers' goes with 'cron' or 'also'")
        after = timedelta(days=self.covers == "day")
        if self.times and self._spans and not _comes(self.times, self._spans, after):
            raise ValueError(f"'{self.times}' never comes on these days")
        return self

    @property
    def times(self) -> str | None:
        """Cron expression of these days, if they have one of their own."""
        return self.cron or self.also

    @property
    def title(self) -> str:
        """What is special, in words."""
        return self._title

    @property
    def each_year(self) -> bool:
        """Whether all of these days come every year."""
        return all(span.each_year for span in self._spans)

    @property
    def rests(self) -> bool:
        """Whether the report is not made on these days."""
        return self.times is None and self.delay_hours is None

    @property
    def said(self) -> str:
        """What holds on these days, in words.

        Examples
        --------
        >>> Special(days="double_11", also="0 7 * * *", covers="day").said
        'also 0 7 * * *, as of each of these days'
        """
        back = {"day": "each of these days", "week": "last Sunday", "month": "last month's end"}
        as_of = f", as of {back[self.covers]}" if self.covers else ""
        if self.cron:
            return f"{self.cron} instead{as_of}"
        if self.also:
            return f"also {self.also}{as_of}"
        return f"{self.delay_hours} hours later" if self.delay_hours else "none"

    def has(self, day: date) -> bool:
        """Whether a day is one of these."""
        return any(span.has(day) for span in self._spans)

    def dated(self, since: date, until: date) -> Iterator[tuple[date, date]]:
        """Return the stretches of these days that begin in [since, until], soonest first."""
        yield from sorted(one for span in self._spans for one in span.dated(since, until))


def checked_cron(expression: str) -> str:
    """Return a cron expression that can be.

    Raises
    ------
    ValueError
        If it is none, or never comes.
    """
    try:
        next(CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ValueError(
            f"'{expression}' is no cron expression ({error}); write minute, hour, day of the "
            "month, month and day of the week, as '0 7 * * 1-5'"
        ) from None
    except StopIteration:
        raise ValueError(f"'{expression}' is a moment that never comes") from None
    return expression


def _known(info: ValidationInfo) -> dict[str, Promotion]:
    known: dict[str, Promotion] = (info.context or {}).get(KNOWN) or shipped()
    return known


def _comes(cron: str, spans: tuple[Span, ...], after: timedelta) -> bool:
    """Whether an expression ever rings on such days, or so long after them."""
    for span in spans:
        years = range(LEAP_YEAR, LEAP_YEAR + _YEARS) if span.each_year else [int(span.first[:4])]
        for year in years:
            for first, last in span.dated(date(year, 1, 1), date(year, 12, 31)):
                start = datetime(first.year, first.month, first.day, tzinfo=UTC) + after
                moment = next(CronSim(cron, start - timedelta(minutes=1)), None)
                if moment is not None and moment.date() <= last + after:
                    return True
    return False
