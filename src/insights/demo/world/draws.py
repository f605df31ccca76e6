"""Chance: which number falls to whom? A hash of seed, purpose and person, so that order is nothing.

A generator that hands out numbers in turn would make each person depend on everybody drawn before.
Here a draw is a function of (seed, stream, who, nth): a world may be made in blocks of any size, a
larger world begins with the same people, and two worlds of one seed differ only by what is planted.
"""

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 2.0**-53


class Draws:
    """Random numbers of one world.

    Parameters
    ----------
    seed : int
        Of the world.

    Examples
    --------
    >>> draws = Draws(1)
    >>> together = draws.uniform("height", np.arange(4))
    >>> bool((draws.uniform("height", np.array([3, 1])) == together[[3, 1]]).all())
    True
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def words(self, stream: str, who: ArrayLike, nth: ArrayLike = 0) -> NDArray[np.uint64]:
        """Return 64 random bits a person; other numbers of one person by `nth`."""
        key = hashlib.blake2b(f"{self._seed}/{stream}".encode(), digest_size=8).digest()
        person = np.atleast_1d(np.asarray(who)).astype(np.uint64)
        turn = np.atleast_1d(np.asarray(nth)).astype(np.uint64)
        start = np.frombuffer(key, dtype="<u8").astype(np.uint64)
        return _mixed(_mixed(person * _STEP + start) + (turn + np.uint64(1)) * _STEP)

    def uniform(self, stream: str, who: ArrayLike, nth: ArrayLike = 0) -> Floats:
        """Return numbers strictly between 0 and 1."""
        bits = self.words(stream, who, nth) >> np.uint64(11)
        return np.asarray((bits.astype(np.float64) + 0.5) * _UNIT)

    def normal(self, stream: str, who: ArrayLike, nth: ArrayLike = 0) -> Floats:
        """Return standard normal numbers."""
        return np.asarray(ndtri(self.uniform(stream, who, nth)))

    def exponential(self, stream: str, who: ArrayLike, nth: ArrayLike = 0) -> Floats:
        """Return waiting times of mean 1."""
        return np.asarray(-np.log(self.uniform(stream, who, nth)))

    def happens(self, stream: str, who: ArrayLike, p: ArrayLike, nth: ArrayLike = 0) -> Bools:
        """Return whether what has probability `p` comes true."""
        return np.asarray(self.uniform(stream, who, nth) < np.asarray(p))

    def pick(self, stream: str, who: ArrayLike, weights: Floats, nth: ArrayLike = 0) -> Ints:
        """Return the place of one of several possibilities, by their weights.

        `weights` has one entry a possibility, or a row of them a person.
        """
        table = np.cumsum(np.atleast_2d(weights), axis=1)
        aim = self.uniform(stream, who, nth) * table[:, -1]
        if len(table) == 1:
            return np.asarray(np.searchsorted(table[0], aim, side="right"), np.int64)
        return np.asarray((table <= aim[:, None]).sum(axis=1), np.int64)

    def poisson(self, stream: str, who: ArrayLike, mean: Floats, nth: ArrayLike = 0) -> Ints:
        """Return counts by inverting their distribution, so that a larger mean never gives fewer.

        Means up to some hundreds; beyond, exp(-mean) would be 0.
        """
        aim = self.uniform(stream, who, nth)
        count = np.zeros(aim.size, np.int64)
        left = np.flatnonzero(mean > 0)
        chance = np.exp(-mean[left])
        reached = chance.copy()
        number = 0
        while left.size:
            more = (aim[left] > reached) & (number < 4 * mean[left] + 60)
            left, chance, reached = left[more], chance[more], reached[more]
            number += 1
            count[left] = number
            chance = chance * mean[left] / number
            reached += chance
        return count


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter the bits (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    words = (words ^ (words >> np.uint64(30))) * _FIRST
    words = (words ^ (words >> np.uint64(27))) * _SECOND
    return words ^ (words >> np.uint64(31))
