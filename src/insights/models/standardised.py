"""Standardised shares: how would groups compare if they were alike in what else is known of them?

A logistic regression on the groups and on nuisances (which guide, which way in, which month); then
everybody is imagined in each group in turn, and the answers are averaged. It removes what is in
the model and nothing else: a difference that is left is an association.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from insights.errors import DataError
from insights.models.intervals import wilson

Floats = NDArray[np.float64]
STEPS = 60
CLOSE = 1e-9
SPREAD = 0.5  # Prior standard deviation of a nuisance level, on the logit scale.


@dataclass(frozen=True, kw_only=True)
class Standardised:
    """Shares of each group, as if all groups had the same people.

    Attributes
    ----------
    table : DataFrame, one row per group, in the order given
        `group`, `people`, `raw` (the share as it is), `share`, `low`, `high`. A group in which all
        answered alike is not adjusted.
    covariance : array
        Of the shares.
    """

    table: pd.DataFrame
    covariance: Floats
    confidence: float

    def difference(self, first: object, second: object) -> tuple[float, float, float]:
        """Return the share of one group less that of another, with the ends of its interval."""
        names = self.table["group"].tolist()
        i, j = names.index(first), names.index(second)
        share = self.table["share"].to_numpy()
        gap = float(share[i] - share[j])
        c = self.covariance
        error = float(np.sqrt(max(c[i, i] + c[j, j] - 2 * c[i, j], 0.0)))
        z = NormalDist().inv_cdf((1 + self.confidence) / 2)
        return gap, gap - z * error, gap + z * error


def standardised_shares(
    yes: ArrayLike,
    group: ArrayLike,
    nuisances: pd.DataFrame,
    *,
    order: list[str],
    confidence: float = 0.95,
) -> Standardised:
    """Estimate each group's share of "yes", adjusted for nuisances.

    Parameters
    ----------
    yes : array of bool, one entry a person
    group : array of labels, one of `order` each
    nuisances : DataFrame, one row a person
        Columns of labels; each level is drawn towards none (ridge), so that a guide with five
        customers neither explodes nor hides the groups.
    order : list of str
        The groups, first to last; each needs people.
    confidence : float in (0, 1), default 0.95

    Raises
    ------
    DataError
        If lengths differ, a group has nobody, or everybody answered alike.

    Notes
    -----
    G-computation (Robins 1986) on a ridge logistic regression; the errors are the delta method on
    the sandwich covariance, which holds where the variance is not the binomial one.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> way = rng.integers(0, 2, 4000)
    >>> late = rng.random(4000) < 0.3 + 0.4 * way
    >>> yes = rng.random(4000) < 0.10 + 0.10 * way
    >>> found = standardised_shares(yes, np.where(late, "late", "soon"),
    ...     pd.DataFrame({"way": way}), order=["soon", "late"])
    >>> low, high = found.difference("late", "soon")[1:]
    >>> low < 0 < high
    True
    """
    y = np.asarray(yes, dtype=np.float64).ravel()
    code = pd.Categorical(np.asarray(group, dtype=object), categories=order).codes
    if not y.size == code.size == len(nuisances) or (code < 0).any():
        raise DataError(
            f"Each person needs an answer, one of the groups {order} and nuisances; found "
            f"{y.size}, {code.size} and {len(nuisances)}, {int((code < 0).sum())} of no group."
        )
    people = np.bincount(code, minlength=len(order))
    if (people == 0).any():
        raise DataError(f"Nobody is in the group '{order[int(people.argmin())]}'. Leave it out.")
    if y.min() == y.max():
        raise DataError("Everybody answered alike: nothing can be compared.")
    design = np.hstack([np.eye(len(order))[code], *_levels(nuisances)])
    penalty = np.r_[np.full(len(order), 1e-6), np.full(design.shape[1] - len(order), SPREAD**-2)]
    beta, hessian = _fit(design, y, penalty)
    residual = y - _expit(design @ beta)
    inverse = np.linalg.inv(hessian)
    score = design * residual[:, None]
    covariance = inverse @ (score.T @ score) @ inverse
    share, slope = np.empty(len(order)), np.empty((len(order), beta.size))
    rest = design[:, len(order) :] @ beta[len(order) :]
    for g in range(len(order)):
        chance = _expit(rest + beta[g])
        steep = chance * (1 - chance)
        share[g] = chance.mean()
        slope[g] = 0.0
        slope[g, g] = steep.mean()
        slope[g, len(order) :] = steep @ design[:, len(order) :] / y.size
    spread = slope @ covariance @ slope.T
    error = np.sqrt(np.diag(spread))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    # On the logit scale, so that an interval stays within 0 and 1.
    wide = z * error / (share * (1 - share))
    middle = np.log(share / (1 - share))
    said = np.bincount(code, y, len(order)).astype(np.float64)
    table = pd.DataFrame(
        {
            "group": order,
            "people": people,
            "raw": said / people,
            "share": share,
            "low": _expit(middle - wide),
            "high": _expit(middle + wide),
        }
    )
    alike = (said == 0) | (said == people)
    if alike.any():
        _unadjusted(table, spread, alike, said, z, confidence)
    return Standardised(table=table, covariance=spread, confidence=confidence)


def _unadjusted(  # noqa: PLR0917 - one caller, just above
    table: pd.DataFrame, spread: Floats, alike: Any, said: Floats, z: float, confidence: float
) -> None:
    """Leave groups in which all answered alike as they are, with Wilson's interval.

    A regression puts them at minus or plus infinity and calls that certain: none of thirty people
    would be "0.000000%, surely".
    """
    low, high = wilson(said[alike], table["people"].to_numpy()[alike], confidence=confidence)
    table.loc[alike, "share"] = table.loc[alike, "raw"]
    table.loc[alike, "low"], table.loc[alike, "high"] = low, high
    spread[alike, :] = spread[:, alike] = 0.0
    spread[alike, alike] = ((high - low) / (2 * z)) ** 2


def _levels(nuisances: pd.DataFrame) -> list[Floats]:
    """Return an indicator for each level of each nuisance; the ridge makes them identifiable."""
    found = []
    for name in nuisances.columns:
        codes, levels = pd.factorize(nuisances[name], use_na_sentinel=False)
        if len(levels) > 1:
            found.append(np.eye(len(levels))[codes])
    return found or [np.zeros((len(nuisances), 0))]


def _fit(design: Floats, y: Floats, penalty: Floats) -> tuple[Floats, Floats]:
    """Return the penalised maximum and the Hessian there (Newton with halved steps)."""
    beta = np.zeros(design.shape[1])

    def cost(b: Floats) -> float:
        eta = design @ b
        return float(np.logaddexp(0, eta).sum() - y @ eta + 0.5 * (penalty * b**2).sum())

    now = cost(beta)
    for _ in range(STEPS):
        chance = _expit(design @ beta)
        gradient = design.T @ (chance - y) + penalty * beta
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (then := cost(beta - size * step)) > now + CLOSE and size > 1e-6:
            size /= 2
        beta, moved, now = beta - size * step, now - then, then
        if moved < CLOSE * max(1.0, abs(now)):
            return beta, hessian
    raise DataError(
        f"The regression did not settle within {STEPS} steps: groups and nuisances tell the same "
        "thing. Leave a nuisance out."
    )


def _expit(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))
