"""The count likelihoods against scipy row by row, their derivatives, hard data, and when there is no maximum."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import nbinom, poisson

from rehab_stats.estimate.counts.count_likelihood import (
    CountFit,
    NoDispersion,
    count_cells,
    fit_negative_binomial,
    fit_poisson,
    joint_likelihood,
    log_likelihood,
    row_scores,
    rows_of,
)
from rehab_stats.estimate.counts.count_moments import chances
from rehab_stats.estimate.model.design_matrix import Design
from rehab_stats.estimate.model.fit import Fit, InfiniteCoefficient

B = np.array([0.4, 0.3, -0.2])


def _design(matrix: np.ndarray) -> Design:
    patterns, index = np.unique(matrix, axis=0, return_inverse=True)
    names = tuple(f"x{i}" for i in range(matrix.shape[1]))
    return Design(patterns, index.ravel(), names, {"x": [1]}, np.zeros(matrix.shape[1]))


@pytest.fixture(scope="module")
def rows():
    """1,500 rows: covariates, offsets of three sizes, weights."""
    rng = np.random.default_rng(11)
    matrix = np.column_stack([np.ones(1500), rng.integers(0, 2, 1500), rng.integers(0, 3, 1500)]).astype(float)
    return {
        "rng": rng,
        "design": _design(matrix),
        "matrix": matrix,
        "offset": rng.choice([0.5, 1.0, 4.0], 1500),
        "weights": rng.uniform(0.5, 2, 1500),
    }


def _counts(rows, theta, scale=1.0):
    mu = scale * rows["offset"] * np.exp(rows["matrix"] @ B)
    rng = np.random.default_rng(5)
    return (rng.poisson(mu) if np.isinf(theta) else rng.negative_binomial(theta, theta / (theta + mu))).astype(float)


def _cells(rows, counts, truncated, **options):
    if not truncated:
        return count_cells(rows["design"], counts, offset=rows["offset"], **options)
    some = counts > 0
    options = {name: values[some] for name, values in options.items()}
    return count_cells(rows_of(rows["design"], some), counts[some], offset=rows["offset"][some], **options)


def _literal(rows, counts, coefficients, theta, truncated):
    """Log-likelihood of each row as books write it, the offset in the mean and so in the chance of a zero."""
    mu = rows["offset"] * np.exp(rows["matrix"] @ coefficients)
    chance = poisson(mu) if np.isinf(theta) else nbinom(theta, theta / (theta + mu))
    each = chance.logpmf(counts) - (np.log1p(-chance.pmf(0)) if truncated else 0)
    return each[counts > 0] if truncated else each


@pytest.mark.parametrize("truncated", [False, True])
@pytest.mark.parametrize("theta", [0.05, 1.3, 40.0, np.inf])
def test_likelihood_is_the_one_of_the_books(rows, theta, truncated):
    counts = _counts(rows, 1.0)
    cells = _cells(rows, counts, truncated)
    assert len(cells.size) <= 18 < rows["design"].patterns * 6
    got = log_likelihood(cells, cells.predictor(B), theta, truncated=truncated)
    assert got == pytest.approx(_literal(rows, counts, B, theta, truncated).sum(), rel=1e-12)
    weights = rows["weights"]
    cells = _cells(rows, counts, truncated, weights=weights)
    weighted = weights[counts > 0] if truncated else weights
    got = log_likelihood(cells, cells.predictor(B), theta, truncated=truncated)
    assert got == pytest.approx(weighted @ _literal(rows, counts, B, theta, truncated), rel=1e-12)


@pytest.mark.parametrize("truncated", [False, True])
@pytest.mark.parametrize("theta", [1e-3, 1.0, 1e4])
def test_score_and_information_are_the_derivatives(rows, theta, truncated):
    counts = _counts(rows, 1.0)
    cells = _cells(rows, counts, truncated)
    at = np.append(B, np.log(theta))

    def likelihood(place):
        return joint_likelihood(cells, place[:-1], place[-1], truncated=truncated)

    steps = np.eye(4) * 1e-5
    _, score, information = likelihood(at)
    slopes = [(likelihood(at + h)[0] - likelihood(at - h)[0]) / 2e-5 for h in steps]
    np.testing.assert_allclose(score, slopes, rtol=1e-6, atol=1e-5)
    curvature = np.array([(likelihood(at - h)[1] - likelihood(at + h)[1]) / 2e-5 for h in steps])
    np.testing.assert_allclose(information, curvature, rtol=1e-6, atol=1e-7 * np.abs(information).max())
    found = CountFit(cells, Fit(B, np.eye(3), 0.0, 0), theta, np.eye(4), truncated)
    some = counts > 0 if truncated else np.ones(len(counts), dtype=bool)
    in_predictor, in_theta = row_scores(found, counts[some])
    np.testing.assert_allclose(in_predictor @ rows["matrix"][some], score[:-1], rtol=1e-10)
    assert in_theta.sum() == pytest.approx(score[-1], rel=1e-9)


@pytest.mark.parametrize("truncated", [False, True])
@pytest.mark.parametrize("theta", [1.3])
def test_the_maximum_is_the_one_a_search_without_derivatives_finds(rows, theta, truncated):
    counts = _counts(rows, theta)
    fitter = fit_negative_binomial(_cells(rows, counts, truncated), truncated=truncated)

    def loss(place):
        return -_literal(rows, counts, place[:-1], np.exp(place[-1]), truncated).sum()

    start = np.append(fitter.fit.coefficients, np.log(fitter.theta)) + 0.02
    searched = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 5000})
    assert fitter.fit.log_likelihood >= -searched.fun - 1e-8
    np.testing.assert_allclose(np.append(fitter.fit.coefficients, np.log(fitter.theta)), searched.x, atol=1e-4)


def test_crude_poisson_mean_is_total_over_offset(rows):
    counts = _counts(rows, np.inf)
    design = _design(np.ones((1500, 1)))
    found = fit_poisson(count_cells(design, counts, offset=rows["offset"]))
    assert np.exp(found.fit.coefficients[0]) == pytest.approx(counts.sum() / rows["offset"].sum(), rel=1e-12)
    assert found.fit.covariance[0, 0] == pytest.approx(1 / counts.sum(), rel=1e-9)


def test_truncated_poisson_of_three_counts_by_hand():
    """1, 2, 3: the mean 2 is mu / (1 - exp(-mu)), so mu = 1.5936242600400401."""
    design = _design(np.ones((3, 1)))
    found = fit_poisson(count_cells(design, np.array([1.0, 2, 3])), truncated=True)
    assert np.exp(found.fit.coefficients[0]) == pytest.approx(1.5936242600400401, rel=1e-10)


def test_counts_in_the_thousands_beside_ones(rows):
    """Level means of 0.01 and of 30,000 in one model, started from their average."""
    rng = np.random.default_rng(3)
    x = np.repeat([0.0, 1.0], 2000)
    counts = np.where(x == 1, rng.negative_binomial(2, 2 / 30_002, 4000), rng.negative_binomial(2, 2 / 2.01, 4000))
    cells = count_cells(_design(np.column_stack([np.ones(4000), x])), counts.astype(float))
    ratio = np.log(counts[x == 1].mean() / counts[x == 0].mean())
    for found in (fit_poisson(cells), fit_negative_binomial(cells)):
        assert found.fit.coefficients[1] == pytest.approx(ratio, rel=1e-9)
    assert fit_negative_binomial(cells).theta == pytest.approx(2, rel=0.1)


def test_counts_up_to_a_million():
    rng = np.random.default_rng(4)
    counts = rng.integers(0, 1_000_000, 300).astype(float)
    cells = count_cells(_design(np.ones((300, 1))), counts)
    found = fit_negative_binomial(cells)
    assert np.exp(found.fit.coefficients[0]) == pytest.approx(counts.mean(), rel=1e-9)
    assert 0.5 < found.theta < 3


@pytest.mark.parametrize("truncated", [False, True])
@pytest.mark.parametrize("theta", [0.02, 1.0, 300.0, 1e6])
def test_a_distribution_is_given_back_its_own_theta(theta, truncated):
    """Counts weighted by their chances: the maximum is at the truth, however flat the likelihood."""
    chance = 1e7 * chances(np.log([3.0]), theta, 3000, truncated=truncated)[:, 0]
    design = Design(np.ones((1, 1)), np.zeros(3001, dtype=int), ("x0",), {}, np.zeros(1))
    some = np.arange(3001) >= truncated
    cells = count_cells(rows_of(design, some), np.arange(3001.0)[some], weights=chance[some])
    found = fit_negative_binomial(cells, truncated=truncated)
    assert found.theta == pytest.approx(theta, rel=1e-3)
    assert np.exp(found.fit.coefficients[0]) == pytest.approx(3, rel=1e-6)


@pytest.mark.parametrize("truncated", [False, True])
def test_no_over_dispersion_is_said(truncated):
    counts = np.repeat([2.0, 3, 4], 30)
    cells = count_cells(_design(np.ones((90, 1))), counts)
    with pytest.raises(NoDispersion, match=r"spread no more than Poisson counts, .*theta is infinite"):
        fit_negative_binomial(cells, truncated=truncated)


def test_exactly_a_poisson_is_no_over_dispersion():
    """Variance equal to the mean: 0 and 2 in equal parts."""
    cells = count_cells(_design(np.ones((40, 1))), np.repeat([0.0, 2.0], 20))
    with pytest.raises(NoDispersion, match="theta is infinite"):
        fit_negative_binomial(cells)


def test_positive_counts_more_skewed_than_any_negative_binomial_are_named():
    counts = np.append(np.ones(500), [900.0, 1500, 4000])
    cells = count_cells(_design(np.ones((503, 1))), counts)
    with pytest.raises(NoDispersion, match="theta is 0"):
        fit_negative_binomial(cells, truncated=True)


def test_a_very_small_theta_of_all_counts_is_found():
    counts = np.append(np.zeros(2000), [1.0, 5, 80, 3000, 2, 1, 1, 40, 600])
    found = fit_negative_binomial(count_cells(_design(np.ones((2009, 1))), counts))
    assert 1e-5 < found.theta < 1e-2
    _, score, _ = joint_likelihood(found.cells, found.fit.coefficients, np.log(found.theta), truncated=False)
    assert abs(score).max() < 1e-6


@pytest.mark.parametrize("truncated", [False, True])
def test_a_group_at_the_edge_has_an_infinite_coefficient_by_name(truncated):
    """Nothing but zeros; of positive counts, nothing but ones."""
    rng = np.random.default_rng(8)
    counts = 1.0 + rng.poisson(2, 300) if truncated else rng.poisson(2, 300).astype(float)
    guilty = (np.arange(300) < 40).astype(float)
    counts[:40] = float(truncated)
    matrix = np.column_stack([np.ones(300), rng.integers(0, 2, 300), guilty])
    with pytest.raises(InfiniteCoefficient) as error:
        fit_poisson(count_cells(_design(matrix), counts), truncated=truncated)
    assert error.value.columns == ("x2",)


def test_rows_of_keeps_the_patterns_in_use(rows):
    some = rows["matrix"][:, 1] == 1
    part = rows_of(rows["design"], some)
    assert part.patterns == 3
    np.testing.assert_array_equal(part.matrix[part.index], rows["matrix"][some])


def test_weights_of_two_are_rows_twice(rows):
    counts = _counts(rows, 1.0)
    twice = replace(rows["design"], index=np.repeat(rows["design"].index, 2))
    doubled = count_cells(twice, np.repeat(counts, 2), offset=np.repeat(rows["offset"], 2))
    weighted = _cells(rows, counts, False, weights=np.full(1500, 2.0))
    a, b = fit_negative_binomial(doubled), fit_negative_binomial(weighted)
    np.testing.assert_allclose(a.fit.coefficients, b.fit.coefficients, rtol=1e-9)
    assert a.theta == pytest.approx(b.theta, rel=1e-9)
    np.testing.assert_allclose(a.fit.covariance, b.fit.covariance, rtol=1e-9)
