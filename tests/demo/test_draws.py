"""Chance that depends on nothing but whom it falls to."""

import numpy as np
import pytest

from insights.demo.world.draws import Draws

WHO = np.arange(200_000)


def test_uniforms_fill_the_interval_evenly():
    aim = Draws(3).uniform("x", WHO)
    assert 0 < aim.min() < aim.max() < 1
    counts = np.bincount((aim * 20).astype(int), minlength=20)
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 45  # chi-square, 19 degrees, p = .001


def test_neighbours_and_streams_are_unrelated():
    draws = Draws(3)
    x, y, z = draws.uniform("x", WHO), draws.uniform("y", WHO), draws.uniform("x", WHO, 1)
    for other in (y, z, np.roll(x, 1)):
        assert abs(np.corrcoef(x, other)[0, 1]) < 0.01


@pytest.mark.parametrize("mean", [0.1, 2.0, 30.0])
def test_counts_have_the_mean_and_the_spread_of_a_poisson(mean):
    count = Draws(3).poisson("n", WHO, np.full(WHO.size, mean))
    assert count.mean() == pytest.approx(mean, rel=0.02)
    assert count.var() == pytest.approx(mean, rel=0.03)


def test_a_larger_mean_never_gives_fewer():
    draws = Draws(3)
    few, many = (draws.poisson("n", WHO, np.full(WHO.size, m)) for m in (1.0, 1.2))
    assert (many >= few).all()


def test_a_choice_follows_its_weights():
    pick = Draws(3).pick("c", WHO, np.array([1.0, 0.0, 3.0]))
    assert np.bincount(pick, minlength=3) / WHO.size == pytest.approx([0.25, 0, 0.75], abs=0.01)
