"""The restricted likelihood summed by pattern, against a literal translation person by person, and its derivatives."""

import numpy as np
import pytest

from rehab_stats.estimate.change.restricted_likelihood import (
    element_basis,
    joint_covariance,
    joint_slopes,
    maximise_restricted,
    patterns_of,
    restricted_likelihood,
    scaled_directions,
)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(4)
    z = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    y = rng.normal(size=(60, 1)) + rng.normal(size=(60, 3))
    y[rng.random(y.shape) < 0.3] = np.nan
    here = ~np.isnan(y).all(axis=1)
    return z[here], y[here]


SIGMA = np.array([[2.0, 0.8, 0.5], [0.8, 1.5, 0.4], [0.5, 0.4, 1.2]])


def literal(z, y, sigma):
    """As books write it, the whole design at once."""
    seen = ~np.isnan(y)
    x = np.vstack([np.kron(np.eye(3), row)[at] for row, at in zip(z, seen, strict=True)])
    size = len(x)
    v, start = np.zeros((size, size)), 0
    for at in seen:
        stop = start + at.sum()
        v[start:stop, start:stop] = sigma[np.ix_(at, at)]
        start = stop
    w, values = np.linalg.inv(v), y[seen]
    m = x.T @ w @ x
    b = np.linalg.solve(m, x.T @ w @ values)
    r = values - x @ b
    volume = np.linalg.slogdet(v)[1] + np.linalg.slogdet(m)[1]
    return (
        -((size - x.shape[1]) * np.log(2 * np.pi) + volume + r @ w @ r) / 2,
        b,
        w - w @ x @ np.linalg.inv(m) @ x.T @ w,
    )


def test_value_coefficients_and_expected_information_are_those_of_the_books(rows):
    basis = element_basis(3)
    state = restricted_likelihood(patterns_of(*rows), SIGMA, basis)
    value, coefficients, projection = literal(*rows, SIGMA)
    assert state.value == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(state.coefficients, coefficients, rtol=1e-10)
    seen = np.nonzero(~np.isnan(rows[1]))
    same = seen[0][:, None] == seen[0]
    bends = [projection @ (part[np.ix_(seen[1], seen[1])] * same) for part in basis]
    expected = [[np.trace(a @ b) / 2 for a in bends] for b in bends]
    np.testing.assert_allclose(state.expected, expected, rtol=1e-9)


def test_derivatives_are_those_of_the_value_and_of_the_covariance(rows):
    patterns, basis = patterns_of(*rows), element_basis(3)
    state = restricted_likelihood(patterns, SIGMA, basis)
    step = 1e-5
    up = [restricted_likelihood(patterns, SIGMA + step * part, basis) for part in basis]
    down = [restricted_likelihood(patterns, SIGMA - step * part, basis) for part in basis]
    pairs = list(zip(up, down, strict=True))
    np.testing.assert_allclose(state.score, [(a.value - b.value) / (2 * step) for a, b in pairs], rtol=1e-6, atol=1e-6)
    curvature = [(b.score - a.score) / (2 * step) for a, b in pairs]
    np.testing.assert_allclose(state.observed, curvature, rtol=1e-6, atol=1e-6)
    slopes = [(a.covariance - b.covariance) / (2 * step) for a, b in pairs]
    np.testing.assert_allclose(state.slopes, slopes, rtol=1e-6, atol=1e-9)


def test_joint_covariance_is_that_of_the_hessian_by_all_parameters_and_has_its_slopes(rows):
    """The coefficients move by J, and what they move by has the covariance of `sigma`, the inverse information."""
    patterns = patterns_of(*rows)
    best, _ = maximise_restricted(patterns, SIGMA)
    basis = scaled_directions(best.sigma)
    step = 1e-4
    np.testing.assert_allclose(best.score, 0, atol=1e-7)
    ends = [[restricted_likelihood(patterns, best.sigma + h * part, basis) for h in (-step, step)] for part in basis]
    moves = np.array([(after.coefficients - before.coefficients) / (2 * step) for before, after in ends]).T
    expected = best.covariance + moves @ np.linalg.solve(best.observed, moves.T)
    np.testing.assert_allclose(joint_covariance(best), expected, rtol=1e-6, atol=1e-10)
    slopes = [(joint_covariance(after) - joint_covariance(before)) / (2 * step) for before, after in ends]
    np.testing.assert_allclose(joint_slopes(patterns, best, basis), slopes, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("start", [np.eye(3), np.diag([100.0, 0.01, 1.0]), 5 * np.ones((3, 3)) + 0.1 * np.eye(3)])
def test_the_maximum_is_found_from_afar(rows, start):
    patterns = patterns_of(*rows)
    near, _ = maximise_restricted(patterns, SIGMA)
    far, iterations = maximise_restricted(patterns, start)
    np.testing.assert_allclose(far.sigma, near.sigma, rtol=1e-7)
    np.testing.assert_allclose(far.score, 0, atol=1e-7)
    assert iterations < 60
