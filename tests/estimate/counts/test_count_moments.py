"""Moments and chances of a count: sums over the distribution, exact arithmetic where floats cancel, no overflow."""

from fractions import Fraction
from math import comb, exp, factorial, log

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from rehab_stats.estimate.counts.count_moments import chances, moments


@pytest.mark.parametrize("truncated", [False, True])
@pytest.mark.parametrize("theta", [0.3, 2.0, 50.0, np.inf])
def test_mean_and_variance_are_those_of_the_distribution(theta, truncated):
    predictor = np.log([0.01, 0.8, 3.0, 20.0])
    found = chances(predictor, theta, 4000, truncated=truncated)
    values = np.arange(4001)[:, None]
    mean = (values * found).sum(axis=0)
    variance = ((values - mean) ** 2 * found).sum(axis=0)
    here = moments(predictor, theta, truncated=truncated)
    np.testing.assert_allclose(found.sum(axis=0), 1, rtol=1e-12)
    np.testing.assert_allclose(here.mean, mean, rtol=1e-10)
    np.testing.assert_allclose(here.variance, variance, rtol=1e-10)
    assert (found[0] == 0).all() == truncated


def test_chances_are_those_of_scipy():
    mu = np.array([0.2, 4.0, 900.0])
    values = np.arange(2001)[:, None]
    np.testing.assert_allclose(chances(np.log(mu), np.inf, 2000), poisson.pmf(values, mu), rtol=1e-9, atol=1e-200)
    wanted = nbinom.pmf(values, 1.5, 1.5 / (1.5 + mu))
    np.testing.assert_allclose(chances(np.log(mu), 1.5, 2000), wanted, rtol=1e-9, atol=1e-200)


def test_chances_by_hand():
    # theta 2 and mu 2: f(y) = (y + 1) / 2^(y + 2)
    got = chances(np.log([2.0]), 2.0, 3)[:, 0]
    assert got == pytest.approx([1 / 4, 1 / 4, 3 / 16, 1 / 8], rel=1e-14)
    truncated = chances(np.log([2.0]), 2.0, 3, truncated=True)[:, 0]
    assert truncated == pytest.approx([0, 1 / 3, 1 / 4, 1 / 6], rel=1e-14)


def _exact_truncated_poisson(mu: Fraction, terms: int = 40) -> tuple[Fraction, Fraction]:
    """mean - 1 and variance of a zero-truncated Poisson, as sums of fractions."""
    weights = [mu**y / factorial(y) for y in range(1, terms)]
    total = sum(weights)
    beyond = sum((y - 1) * w for y, w in enumerate(weights, 1)) / total
    square = sum((y - 1) ** 2 * w for y, w in enumerate(weights, 1)) / total
    return beyond, square - beyond**2


def _exact_truncated_geometric_sum(mu: Fraction, theta: int, terms: int = 60) -> tuple[Fraction, Fraction]:
    """The same of a negative binomial whose theta is a whole number."""
    share = mu / (mu + theta)
    weights = [comb(y + theta - 1, y) * share**y for y in range(1, terms)]
    total = sum(weights)
    beyond = sum((y - 1) * w for y, w in enumerate(weights, 1)) / total
    square = sum((y - 1) ** 2 * w for y, w in enumerate(weights, 1)) / total
    return beyond, square - beyond**2


@pytest.mark.parametrize("power", [1, 2, 4, 8, 12, 30, 100])
def test_truncated_moments_near_a_mean_of_zero_do_not_cancel(power):
    """mean - 1 and variance, both near mu / 2, keep twelve digits however small mu is."""
    mu = Fraction(1, 10**power)
    predictor = np.array([-power * log(10)])
    here = moments(predictor, np.inf, truncated=True)
    wanted = [float(part) for part in _exact_truncated_poisson(mu)]
    np.testing.assert_allclose([here.beyond[0], here.variance[0]], wanted, rtol=1e-12, atol=0)
    for theta in (1, 3, 10**6):
        here = moments(predictor, float(theta), truncated=True)
        wanted = [float(part) for part in _exact_truncated_geometric_sum(mu, theta)]
        np.testing.assert_allclose([here.beyond[0], here.variance[0]], wanted, rtol=1e-12, atol=0)


def test_a_very_large_theta_is_a_poisson():
    predictor = np.log([1e-6, 0.3, 5.0, 3000.0])
    for truncated in (False, True):
        near, limit = (moments(predictor, theta, truncated=truncated) for theta in (1e14, np.inf))
        for name in ("hidden", "mean", "beyond", "variance", "positive"):
            np.testing.assert_allclose(getattr(near, name), getattr(limit, name), rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("theta", [1e2, 1e5, 1e8])
def test_the_derivative_of_the_hidden_part_does_not_cancel(theta):
    """theta (log(1 + r) - r / (1 + r)), r = mu / theta, is theta (r^2 / 2 - 2 r^3 / 3 + 3 r^4 / 4 - ...)."""
    r = Fraction(2) / Fraction(theta)
    wanted = float(Fraction(theta) * sum((-1) ** k * Fraction(k - 1, k) * r**k for k in range(2, 20)))
    np.testing.assert_allclose(moments(np.log([2.0]), theta, truncated=False).bend, wanted, rtol=1e-12, atol=0)


@pytest.mark.parametrize("theta", [1e-6, 1.0, 1e8, np.inf])
def test_nothing_overflows(theta):
    """Warnings are errors: a mean of 1e30, and one that is nought to a computer."""
    here = moments(np.array([-5000.0, -300.0, 0.0, 15.0, 69.0]), theta, truncated=True)
    assert all(np.isfinite(getattr(here, name)).all() for name in ("mean", "variance", "hidden", "bend", "slope"))
    assert (here.positive > 0).all()
    assert here.positive[2] == pytest.approx(
        1 - exp(-1) if np.isinf(theta) else 1 - (1 + 1 / theta) ** -theta, rel=1e-6
    )
