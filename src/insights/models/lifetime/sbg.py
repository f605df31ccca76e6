"""Shifted beta-geometric: members renew or do not; how many will still be there?

At each renewal a member leaves with a probability that is Beta(alpha, beta) over members and does
not change. Retention rises with age all the same, because those who leave easily leave first.

Source: Fader, Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing
21(1); the value of those still there, Fader, Hardie (2010), Customer-Base Valuation in a
Contractual Setting: The Perils of Ignoring Heterogeneity, Marketing Science 29(1).
"""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, digamma
from sklearn.utils.validation import check_is_fitted

from insights.errors import DataError
from insights.models.lifetime.fitted import Fitted
from insights.models.lifetime.optimum import maximise
from insights.models.sums import weighted_sum

Floats = NDArray[np.float64]


class ShiftedBetaGeometric(Fitted):
    """The sBG model of renewals, fitted by maximum likelihood.

    Attributes
    ----------
    alpha_, beta_ : float
        Of the probability of leaving at a renewal; its mean is alpha / (alpha + beta).
    log_likelihood_ : float
    standard_errors_, covariance_
        See `insights.models.lifetime.fitted`.
    note_ : str
        What a reader must know of this fit, in a sentence; '' when nothing.
    n_members_ : float
        Total weight of the members who have come to a renewal.

    Examples
    --------
    >>> counts = [369, 163, 86, 56, 37, 27, 21, 241]
    >>> left = [True] * 7 + [False]
    >>> model = ShiftedBetaGeometric().fit([1, 2, 3, 4, 5, 6, 7, 7], left, weights=counts)
    >>> model.survival([1, 7]).round(3).tolist()
    [0.627, 0.239]
    """

    _names = ("alpha", "beta")

    alpha_: float
    beta_: float
    log_likelihood_: float
    note_: str

    def fit(
        self, renewals: ArrayLike, left: ArrayLike, *, weights: ArrayLike | None = None
    ) -> Self:
        """Fit the model to members' renewals.

        Parameters
        ----------
        renewals : array of whole numbers >= 0
            Renewals that each member has come to, the one at which they left included. Members
            who have come to none yet say nothing.
        left : array of bool
            Whether the member left at the last of them; False: still a member.
        weights : array, optional
            Members of each row; a weight of 3 is the same as the row three times.

        Raises
        ------
        DataError
            If a row cannot be, nobody has come to a renewal, everybody or nobody left, or the
            search did not converge.
        """
        at, gone, w = _read(renewals, left, weights)
        lost = np.bincount(at[gone], w[gone], at.max() + 1).astype(np.float64)
        kept = np.bincount(at[~gone], w[~gone], at.max() + 1).astype(np.float64)
        lost[0] = kept[0] = 0
        members, leavers = float(lost.sum() + kept.sum()), float(lost.sum())
        _refuse_one_sided(members, leavers, lost[1:], kept[1:])
        found = maximise(
            lambda parameters: _likelihood(parameters, lost[1:], kept[1:]),
            np.ones(2),
            customers=members,
            model="sBG",
        )
        self._accept(found, np.ones(2))
        self.log_likelihood_ = found.log_likelihood
        self.n_members_ = members
        self.note_ = ""
        if found.ran_away.any() or np.isnan(self.covariance_).any():
            share = self.alpha_ / (self.alpha_ + self.beta_)
            self.note_ = (
                "That members differ in how easily they leave cannot be seen in these renewals: "
                f"only the mean chance of leaving ({share:.3g} at the first one) is known, and "
                "projections beyond the renewals seen must not be used."
            )
        return self

    def survival(self, renewals: ArrayLike) -> Floats:
        """Return the share, 0 to 1, of new members still there after so many renewals (>= 0)."""
        check_is_fitted(self)
        t = _whole(renewals, "renewals", least=0)
        return np.asarray(
            np.exp(betaln(self.alpha_, self.beta_ + t) - betaln(self.alpha_, self.beta_))
        )

    def retention(self, renewals: ArrayLike) -> Floats:
        """Return the share, 0 to 1, who renew for the t-th time, of those who came to it.

        It is also the probability that a member who has renewed t - 1 times does so again.
        """
        check_is_fitted(self)
        t = _whole(renewals, "renewals", least=1)
        return np.asarray((self.beta_ + t - 1) / (self.alpha_ + self.beta_ + t - 1))

    def expected_renewals(
        self, renewed: ArrayLike, *, horizon: int, discount: float = 0.0
    ) -> Floats:
        """Return how many of the next `horizon` renewals a member is expected to make.

        Parameters
        ----------
        renewed : array of whole numbers >= 0
            Times that each member, still there, has renewed.
        horizon : int >= 0
            Renewals ahead.
        discount : float >= 0
            Per period: a renewal k periods ahead counts (1 + discount) ** -k.
        """
        check_is_fitted(self)
        n = _whole(renewed, "renewals", least=0)
        ahead = int(_whole(horizon, "renewals ahead", least=0)[0])
        if not (np.isfinite(discount) and discount >= 0):
            raise DataError(f"A discount is 0 or more per period; found {discount}.")
        total, there = np.zeros(n.shape), np.ones(n.shape)
        for k in range(ahead):
            there = there * (self.beta_ + n + k) / (self.alpha_ + self.beta_ + n + k)
            total += there / (1 + discount) ** (k + 1)
        return total


def _likelihood(parameters: Floats, lost: Floats, kept: Floats) -> tuple[float, Floats]:
    """Return the log-likelihood and its gradient by alpha and beta; counts by renewal, from 1."""
    alpha, beta = parameters
    t = np.arange(1, lost.size + 1, dtype=np.float64)
    value = weighted_sum(lost, betaln(alpha + 1, beta + t - 1))
    value += weighted_sum(kept, betaln(alpha, beta + t))
    total = float(lost.sum() + kept.sum())
    value -= total * float(betaln(alpha, beta))
    # Both end at alpha + beta + t, by which time a leaver and a stayer weigh the same.
    ended = weighted_sum(lost + kept, digamma(alpha + beta + t)) - total * digamma(alpha + beta)
    by_alpha = lost.sum() * digamma(alpha + 1) + kept.sum() * digamma(alpha)
    by_beta = weighted_sum(lost, digamma(beta + t - 1)) + weighted_sum(kept, digamma(beta + t))
    return value, np.array(
        [by_alpha - total * digamma(alpha) - ended, by_beta - total * digamma(beta) - ended]
    )


def _refuse_one_sided(members: float, leavers: float, lost: Floats, kept: Floats) -> None:
    if members == 0:
        raise DataError(
            "No member has come to a renewal yet, and sBG learns from renewals. Wait for the first."
        )
    if leavers == 0:
        raise DataError(
            f"None of {members:.0f} members left at a renewal, so nothing says how many will. "
            "Give a longer history or more members."
        )
    if leavers == members and not lost[1:].any():
        raise DataError(
            f"All {members:.0f} members left at the first renewal, so nothing is known of later "
            "ones. Give members who renewed."
        )


def _read(
    renewals: ArrayLike, left: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Floats]:
    t = _whole(renewals, "renewals", least=0)
    gone = np.atleast_1d(np.asarray(left))
    w = np.ones(t.size) if weights is None else np.atleast_1d(np.asarray(weights, np.float64))
    if t.ndim != 1 or not t.shape == gone.shape == w.shape:
        raise DataError(
            "Renewals need columns of one length; found "
            f"{t.shape} renewals, {gone.shape} of 'left' and {w.shape} weights."
        )
    if not np.isin(gone, [0, 1]).all():
        raise DataError("Whether a member left is True or False; found other values.")
    gone = gone.astype(bool)
    if (bad := ~np.isfinite(w) | (w < 0)).any():
        raise DataError(f"{int(bad.sum())} of {w.size} weights are negative, missing or infinite.")
    if (bad := gone & (t == 0)).any():
        raise DataError(
            f"{int(bad.sum())} of {t.size} members left at renewal 0. Whoever leaves at the first "
            "renewal has come to 1."
        )
    return t.astype(np.int64), gone, w


def _whole(values: ArrayLike, what: str, *, least: int) -> Floats:
    numbers = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if numbers.size == 0:
        raise DataError("There are no members. Give at least one.")
    bad = ~np.isfinite(numbers) | (numbers % 1 != 0) | (numbers < least)
    if bad.any():
        raise DataError(
            f"{int(bad.sum())} of {numbers.size} {what} are not whole numbers from {least} on."
        )
    return numbers
