"""The arrowhead and the integrated likelihood, against what a dense matrix gives."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit

from insights.errors import DataError
from insights.models.mixed.design import Design
from insights.models.mixed.laplace import Equations
from insights.models.mixed.terms import read_terms, tie
from tests.models.mixed.worlds import planted

SPREADS = {"item": 0.4, "author": 0.3, "place": 0.5}


def equations(*, own: bool) -> Equations:
    world = planted(4, SPREADS, own=0.2)
    features = sparse.random(world.trials.size, 20, 0.1, random_state=1, format="csr")
    terms = read_terms({**world.terms, "words": features}, world.trials.size)
    return Equations(world.successes.astype(float), world.trials.astype(float), terms, own=own)


def dense(found: Equations, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return design and penalties as one dense matrix: intercept, terms, own."""
    cells = found.y.size
    parts = [np.ones((cells, 1)), *[term.matrix.toarray() for term in found.terms]]
    penalty = [np.zeros(1)]
    for term, log_variance in zip(found.terms, theta, strict=False):
        penalty.append(np.full(term.levels, np.exp(-log_variance)))
    if found.own:
        parts.append(np.eye(cells))
        penalty.append(np.full(cells, np.exp(-theta[-1])))
    return np.hstack(parts), np.concatenate(penalty)


@pytest.mark.parametrize("own", [True, False])
class TestMode:
    def theta(self, own: bool) -> np.ndarray:
        return np.log(np.array([0.16, 0.05, 0.2, 0.02] + [0.04] * own))

    def test_variances_of_logits_are_those_of_the_dense_inverse(self, own):
        found = equations(own=own)
        mode = found.mode(self.theta(own), found.start())
        design, penalty = dense(found, self.theta(own))
        rate = expit(mode.eta)
        weight = found.n * rate * (1 - rate)
        matrix = (design * weight[:, None]).T @ design + np.diag(penalty)
        inverse = np.linalg.inv(matrix)
        expected = ((design @ inverse) * design).sum(axis=1)
        assert mode.variance == pytest.approx(expected, rel=1e-6)
        slope = design.T @ (found.y - found.n * rate)
        effects = np.linalg.lstsq(design, mode.eta, rcond=None)[0]
        assert slope[0] == pytest.approx(0, abs=1e-4)
        assert np.isfinite(effects).all()

    def test_the_integrated_likelihood_is_that_of_the_dense_determinant(self, own):
        found = equations(own=own)
        gained = []
        for theta in (self.theta(own), self.theta(own) + 0.3):
            mode = found.mode(theta, found.start())
            design, penalty = dense(found, theta)
            rate = expit(mode.eta)
            matrix = (design * (found.n * rate * (1 - rate))[:, None]).T @ design + np.diag(penalty)
            drawn = sum(
                (found.effects(k, mode.border, mode.local) ** 2).sum() * np.exp(-theta[k])
                for k in range(len(found.terms))
            ) + (mode.own**2).sum() * (np.exp(-theta[-1]) if own else 0)
            value = (found.y * mode.eta - found.n * np.logaddexp(0, mode.eta)).sum() - drawn / 2
            value -= np.linalg.slogdet(matrix)[1] / 2 - np.log(penalty[1:]).sum() / 2
            gained.append((mode.log_likelihood, value))
        (one, one_dense), (two, two_dense) = gained
        assert two - one == pytest.approx(two_dense - one_dense, abs=1e-5)

    def test_the_gradient_is_the_slope_of_the_integrated_likelihood(self, own):
        found = equations(own=own)
        theta = self.theta(own)
        mode = found.mode(theta, found.start())
        for k in range(found.spreads):
            step = np.zeros(found.spreads)
            step[k] = 1e-3
            ends = [
                found.mode(theta + sign * step, found.start()).log_likelihood for sign in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / 2e-3
            assert mode.gradient[k] == pytest.approx(slope, abs=2e-3)

    def test_draws_have_the_variances_of_the_equations(self, own):
        found = equations(own=own)
        mode = found.mode(self.theta(own), found.start())
        border, local = mode.solved.draw(np.random.default_rng(0), 4_000)
        others = found.design.added(border, local)
        covariance = mode.solved.border_covariance()
        expected = found.design.variances(mode.solved, covariance)
        assert (others.var(axis=1) / expected).mean() == pytest.approx(1, abs=0.02)


class TestGroups:
    """What cells share is kept once a group of them, and nothing changes by it."""

    def test_what_is_the_same_for_all_cells_of_an_item_is_kept_once_an_item(self):
        item = np.repeat(np.arange(300), 3)
        words = sparse.random(300, 7, 0.3, random_state=1, format="csr")[item]
        terms = read_terms(
            {"item": item, "author": item % 9, "words": words, "audience": np.arange(900) % 3}, 900
        )
        found = Design.of(terms, tie(terms), 900)
        assert found.shared.shape == (300, 1 + 9 + 7)
        assert found.single.shape == (900, 3)

    def test_items_of_one_cell_and_terms_without_local_levels_are_groups_of_one(self):
        for terms in ({"place": np.arange(90) % 4}, {"item": np.arange(300)}):
            size = len(next(iter(terms.values())))
            read = read_terms(terms, size)
            found = Design.of(read, tie(read), size)
            assert (found.groups, found.single.shape[1]) == (size, 0)

    def test_cells_are_of_one_group_where_all_their_local_levels_agree(self):
        item = np.repeat(np.arange(300), 4)
        half = np.where(np.arange(1_200) % 4 < 2, item, -1)
        read = read_terms({"item": item, "half": half}, 1_200)
        found = Design.of(read, tie(read), 1_200)
        assert found.groups == 600
        cells = found.added(np.zeros(1), np.arange(600.0))
        plain = sum(
            np.where(codes >= 0, np.arange(600.0)[found.where[k][1]][np.maximum(codes, 0)], 0)
            for k, codes in enumerate((item, half))
        )
        assert cells == pytest.approx(plain)

    def test_a_factored_matrix_of_nearby_spreads_finds_the_same_mode(self):
        found = equations(own=True)
        theta = np.log(np.array([0.16, 0.05, 0.2, 0.02, 0.04]))
        begin = found.start()
        base = found.mode(theta, begin)
        moved = found.mode(theta + 0.3, begin)
        again = found.mode(theta + 0.3, (base.border, base.local, base.own), base)
        assert again.eta == pytest.approx(moved.eta, abs=1e-5)
        assert again.log_likelihood == pytest.approx(moved.log_likelihood, abs=1e-8)
        assert again.gradient == pytest.approx(moved.gradient, abs=1e-4)


class TestTerms:
    def test_nested_levels_are_tied_into_small_blocks(self):
        test = np.repeat(np.arange(500), 6)
        terms = read_terms(
            {"test": test, "image": np.arange(3_000) // 2, "week": test % 50}, test.size
        )
        knots = tie(terms)
        assert set(knots.terms) == {0, 1}
        assert knots.sizes.tolist() == [4] * 500

    def test_crossed_terms_too_large_to_solve_are_refused_by_name(self):
        random = np.random.default_rng(0)
        codes = {name: random.integers(0, 3_000, 9_000) for name in ("author", "reader")}
        codes["shop"] = random.integers(0, 3_000, 9_000)
        with pytest.raises(DataError, match="cross each other"):
            tie(read_terms(codes, 9_000))

    @pytest.mark.parametrize(
        "codes", [np.zeros(3, int), np.zeros(4, float), np.array([0, 1, -2, 0])]
    )
    def test_codes_that_cannot_be_are_refused_by_name(self, codes):
        with pytest.raises(DataError, match="'slot'"):
            read_terms({"slot": codes}, 4)
