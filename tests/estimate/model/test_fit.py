"""The maximiser and the logistic likelihood: row by row, on a hard matrix, and when there is no maximum."""

import formulaic
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from rehab_stats.estimate.model.design_matrix import Design, build_design
from rehab_stats.estimate.model.fit import InfiniteCoefficient, cross_product, fit_logistic, maximise, solve

TERMS = ["bs(age, df=4)", "sex", "C(year)", "department"]


def _design(matrix: np.ndarray) -> Design:
    names = tuple(f"x{i}" for i in range(matrix.shape[1]))
    return Design(matrix, np.arange(len(matrix)), names, {"x": [1]}, np.zeros(matrix.shape[1]))


def test_grouped_fit_is_the_fit_row_by_row(persons):
    data = persons.assign(sex=persons["sex"].astype("category"), department=persons["department"].astype("category"))
    design = build_design(data, exposure="education", terms=TERMS)
    assert design.patterns < len(data)
    fit = fit_logistic(design, data["referred"].to_numpy(float))
    matrix = formulaic.model_matrix(" + ".join(["education", *TERMS]), data)
    rows = sm.GLM(data["referred"], matrix.to_numpy(), family=sm.families.Binomial()).fit(tol=1e-14, maxiter=100)
    np.testing.assert_allclose(fit.coefficients[1:], rows.params.iloc[1:], rtol=0, atol=1e-8)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance))[1:], rows.bse.iloc[1:], rtol=1e-8)
    assert fit.log_likelihood == pytest.approx(rows.llf, rel=1e-12)


def test_a_rare_outcome_is_not_taken_for_separation():
    x = np.repeat([0.0, 1.0], 500_000)
    y = np.zeros(1_000_000)
    y[[0, 1, 2, 500_000]] = 1
    design = Design(np.array([[1.0, 0.0], [1.0, 1.0]]), x.astype(int), ("1", "x"), {"x": [1]}, np.zeros(2))
    fit = fit_logistic(design, y)
    odds = (1 / 499_999) / (3 / 499_997)
    assert fit.coefficients[1] == pytest.approx(np.log(odds), rel=1e-9)


def test_a_covariate_far_out_is_not_taken_for_separation():
    rng = np.random.default_rng(2)
    x = rng.normal(size=400)
    y = (rng.random(400) < 1 / (1 + np.exp(-x))).astype(float)
    x[np.flatnonzero(y)[0]] = 5000.0
    fit = fit_logistic(_design(np.column_stack([np.ones(400), x])), y)
    assert np.isfinite(fit.coefficients).all()


@pytest.mark.parametrize("shift", [0.0, 1e-9])
def test_complete_and_quasi_separation_are_found_and_named(shift):
    rng = np.random.default_rng(4)
    y = np.repeat([0.0, 1.0], 50)
    harmless, guilty = rng.normal(size=100), np.where(y == 1, 1.0 + shift, 0.0)
    guilty[0] = 1.0 if shift == 0 else guilty[0]  # quasi: one without the outcome stands at the other side
    with pytest.raises(InfiniteCoefficient) as error:
        fit_logistic(_design(np.column_stack([np.ones(100), guilty, harmless])), y)
    assert "x1" in error.value.columns
    assert "x2" not in error.value.columns


def test_penalised_fit_of_a_fourfold_table_adds_a_half_to_each_cell():
    """Firth's penalty in a saturated 2 x 2 table: log odds ratio with 1/2 added to every cell."""
    cells = [(0, 1, 7), (0, 0, 5), (1, 1, 6), (1, 0, 0)]
    data = pd.DataFrame([(x, y) for x, y, count in cells for _ in range(count)], columns=["x", "y"])
    fit = fit_logistic(_design(np.column_stack([np.ones(18), data["x"]])), data["y"].to_numpy(float), penalised=True)
    assert fit.coefficients[1] == pytest.approx(np.log((6.5 * 5.5) / (0.5 * 7.5)), rel=1e-8)


def test_steps_too_long_are_halved():
    """The maximum of -log cosh(b), from where a plain Newton step overshoots more and more."""

    def likelihood(b):
        return -np.log(np.cosh(b[0])), -np.tanh(b), np.array([[1 / np.cosh(b[0]) ** 2]])

    fit = maximise(likelihood, np.array([2.0]), matrix=np.ones((1, 1)), names=["b"])
    assert fit.coefficients[0] == pytest.approx(0, abs=1e-6)


def test_collinear_columns_are_named_and_nearly_collinear_ones_kept():
    rng = np.random.default_rng(5)
    x, z = rng.normal(size=(2, 300))
    y = (rng.random(300) < 0.5).astype(float)
    ones = np.ones(300)
    with pytest.raises(ValueError, match="collinear columns: x1, x3 cannot be told apart"):
        fit_logistic(_design(np.column_stack([ones, x, z, 2 * x])), y)
    fit_logistic(_design(np.column_stack([ones, x, z, x + 1e-3 * rng.normal(size=300)])), y)


def test_cross_product_and_solve():
    rng = np.random.default_rng(6)
    matrix, weights = rng.normal(size=(20_000, 4)) * [1, 1e3, 1e-3, 1], rng.random(20_000)
    wanted = matrix.T @ (matrix * weights[:, None])
    got = cross_product(matrix, weights)
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    np.testing.assert_allclose(got / scale, wanted / scale, atol=1e-12)
    np.testing.assert_allclose(solve(got, got), np.eye(4), atol=1e-9)
