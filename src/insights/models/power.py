"""Power: how many people, and how many weeks, before a difference can be seen?

Asked before a test, so that nobody waits for an answer that cannot come; and after one, so that "no
difference found" is not read as "no difference".
"""

from dataclasses import dataclass
from math import ceil, sqrt
from numbers import Real
from statistics import NormalDist
from typing import Any

from insights.errors import ParameterError
from insights.wording import Lang, _, say

MOST = 10**9  # People; more than that is no plan.


@dataclass(frozen=True, kw_only=True)
class Power:
    """What it takes to see a difference between two groups of one size.

    Attributes
    ----------
    per_group : int
        People each group needs.
    lift : float
        Smallest true difference that such groups show: a share in [0, 1], or in the amounts' unit.
    base : float or None
        Share without the treatment; None for amounts.
    weeks : int or None
        Weeks until both groups are full; None where it was not said how many people a week come.
    confidence, power : float
        Chance that nothing is found where nothing is, and that the difference is found.
    """

    per_group: int
    lift: float
    base: float | None
    weeks: int | None
    confidence: float
    power: float

    def text(self, lang: Lang | None = None) -> str:
        """Say it in one sentence."""
        facts = self.__dict__
        said = say(_MEANS if self.base is None else _SHARES, facts, lang)
        return said if self.weeks is None else said + say(_WEEKS, facts, lang)

    def __str__(self) -> str:
        """Say it in the voice in force."""
        return self.text()

    def _repr_mimebundle_(self, **__: Any) -> dict[str, Any]:
        return {"text/plain": self.text(), "text/markdown": self.text()}


_SHARES = _(
    "To see a difference of {lift:points} from {base:percent}, each group needs "
    "{per_group:count} people (test at {confidence:percent}, power {power:percent})."
)
_MEANS = _(
    "To see a difference of {lift:number} in the mean, each group needs {per_group:count} people "
    "(test at {confidence:percent}, power {power:percent})."
)
_WEEKS = _(" Both are full after {weeks:count} weeks.")


def power(
    baseline: float | None = None,
    lift: float | None = None,
    *,
    sd: float | None = None,
    people: int | None = None,
    per_week: float | None = None,
    confidence: float = 0.95,
    power: float = 0.80,
) -> Power:
    """Say how many people it takes to see a difference, or which difference so many people show.

    Parameters
    ----------
    baseline : float in (0, 1)
        Share that does it anyway, such as the share of contacts that buy within 28 days. Left out
        for amounts, whose spread is `sd`.
    lift : float > 0
        Difference to be seen: 0.02 is 2 points; an amount where `sd` is given. Left out, it is
        worked out from `people`.
    sd : float > 0, optional
        Standard deviation of an amount a person; refunds and non-buyers included.
    people : int, optional
        People in each group, where they are given and the smallest visible difference is asked.
    per_week : float, optional
        People a week who can be drawn into one of the two groups.
    confidence, power : float in (0, 1), default 0.95 and 0.80
        Two-sided test at 5%; a true difference of `lift` is found in four of five trials.

    Raises
    ------
    ParameterError
        If not exactly one of `lift` and `people`, and of `baseline` and `sd`, is given, or a value
        cannot be.

    Notes
    -----
    Shares: Casagrande, Pike and Smith (1978), Biometrics 34, with the continuity correction, as in
    Fleiss (1981); amounts: the normal formula 2 (z + z')^2 sd^2 / lift^2.

    Examples
    --------
    >>> power(0.10, 0.02, per_week=1_000).per_group
    3941
    >>> print(power(0.10, 0.02, per_week=1_000).weeks)
    8
    """
    if (lift is None) == (people is None):
        raise ParameterError("Give either the `lift` to be seen or the `people` in each group.")
    base = baseline
    if (base is None) == (sd is None):
        raise ParameterError("Give either the `baseline` share or the `sd` of an amount.")
    for name, value in (
        ("baseline", base),
        ("lift", lift),
        ("sd", sd),
        ("people", people),
        ("per_week", per_week),
    ):
        if value is not None:
            _number(name, value)
    _between("confidence", confidence)
    _between("power", power)
    if base is not None:
        _between("baseline", base)
    for name, value in (("lift", lift), ("sd", sd), ("people", people), ("per_week", per_week)):
        if value is not None and not value > 0:
            raise ParameterError(f"{name} must be above 0; found {value}.")
    if lift is None:
        lift = _visible(base, sd, float(people or 0), confidence, power)
    if base is not None and base + lift >= 1:
        raise ParameterError(f"baseline + lift must stay below 1; found {base + lift:g}.")
    count = people or ceil(_needed(base, sd, lift, confidence, power))
    if count > MOST:
        raise ParameterError(f"A lift of {lift:g} would need {count} people a group: not a plan.")
    return Power(
        per_group=count,
        lift=lift,
        base=base,
        weeks=None if per_week is None else ceil(2 * count / per_week),
        confidence=confidence,
        power=power,
    )


def _needed(
    base: float | None, sd: float | None, lift: float, confidence: float, power: float
) -> float:
    z, chance = NormalDist().inv_cdf((1 + confidence) / 2), NormalDist().inv_cdf(power)
    if base is None:
        return 2 * ((z + chance) * float(sd or 0) / lift) ** 2
    other = base + lift
    mean = (base + other) / 2
    alike = z * sqrt(2 * mean * (1 - mean))
    apart = chance * sqrt(base * (1 - base) + other * (1 - other))
    plain = ((alike + apart) / lift) ** 2
    return plain / 4 * (1 + sqrt(1 + 4 / (plain * lift))) ** 2


def _visible(
    base: float | None, sd: float | None, people: float, confidence: float, power: float
) -> float:
    """Return the smallest lift for which so many people are enough, by halving."""
    low, high = 0.0, (1 - base) * (1 - 1e-9) if base is not None else float(sd or 0) * 1e3
    if _needed(base, sd, high, confidence, power) > people:
        raise ParameterError(
            f"{people:g} people a group show no difference at all. Give more people."
        )
    for _step in range(100):
        middle = (low + high) / 2
        if _needed(base, sd, middle, confidence, power) > people:
            low = middle
        else:
            high = middle
    return high


def _number(name: str, value: float) -> None:
    if not isinstance(value, Real):
        raise ParameterError(f"{name} must be a number; found {value!r}.")


def _between(name: str, value: float) -> None:
    _number(name, value)
    if not 0 < value < 1:
        percent = f" {value:g}% is {value / 100:g}." if 1 < value < 100 else ""
        raise ParameterError(f"{name} lies between 0 and 1; found {value}.{percent}")
