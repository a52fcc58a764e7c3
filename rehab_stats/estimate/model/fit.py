"""The one place where likelihoods are maximised: Newton steps, and the logistic likelihood with its errors.

Why not statsmodels' GLM: under quasi-separation it stops at some large coefficient and says nothing, and Cox and Firth
need a maximiser anyway. One short one serves all three and tells a coefficient that runs away from one that is merely
large. The logistic fit is compared with statsmodels row by row in tests/benchmarks and with R in tests/estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, eigh
from scipy.sparse import csr_matrix
from scipy.special import expit

from rehab_stats.estimate.model.design_matrix import Design

Likelihood = Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray]]
COLLINEAR = 1e-10  # an eigenvalue of the information, scaled to a unit diagonal, below this is rounding
CHUNK = 1 << 13  # patterns per block of a cross product: a block of 30 columns stays in the cache


class InfiniteCoefficient(ValueError):
    """The likelihood has no maximum: it still rises while these columns' coefficients run to infinity."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        super().__init__(f"the likelihood has no maximum: the coefficient of {', '.join(columns)} is infinite")


@dataclass(frozen=True)
class Fit:
    """A maximised likelihood: coefficients and their covariance in the order of the design's columns."""

    coefficients: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    iterations: int


def maximise(
    likelihood: Likelihood, start: np.ndarray, *, matrix: np.ndarray, names: Sequence[str], tolerance: float = 1e-6
) -> Fit:
    """Newton's method with step halving for a concave log-likelihood.

    Parameters
    ----------
    likelihood : coefficients -> (value, score, information); weights on the scale of rows.
    start : where to begin; the information there must be of full rank.
    matrix, names : the design's columns. A step is measured by what it moves the linear predictor (`matrix @ step`).
    tolerance : stop after a step that moves no linear predictor by more. Newton's steps shrink quadratically, so
        1e-6 leaves an error near 1e-12; the penalised likelihood shrinks linearly and asks for less.

    Returns
    -------
    Fit, with the inverse of the information at the maximum as covariance.

    Raises
    ------
    ValueError
        Collinear columns, named.
    InfiniteCoefficient
        A step still moves a linear predictor by 0.1 (and a thousandth of its size) though the log-likelihood gains
        less than 1e-6: the information along that step is then below 2e-4, a standard error above 70 on the log
        scale. Under separation this happens within about 20 steps, since each moves the predictor by about 1.
    """
    coefficients, (value, score, information) = start, likelihood(start)
    refuse_collinear(information, matrix, names)
    for iteration in range(1, 201):
        try:
            step = solve(information, score)
        except LinAlgError:
            raise InfiniteCoefficient(_largest(coefficients, matrix, names)) from None
        before = value
        for _ in range(30):
            with np.errstate(all="ignore"):  # a step too far may overflow: then it is halved
                value, score, information = likelihood(coefficients + step)
            if value >= before - 1e-9 * (1 + abs(before)):
                break
            step = step / 2
        coefficients = coefficients + step
        moved = np.abs(matrix @ step).max()
        if moved < tolerance:
            return Fit(coefficients, solve(information, np.eye(len(start))), value, iteration)
        if value - before < 1e-6 and moved > 0.1 and moved > 1e-3 * np.abs(matrix @ coefficients).max():
            raise InfiniteCoefficient(_largest(step, matrix, names))
    raise ValueError(f"the fit did not settle in {iteration} steps: the last moved a linear predictor by {moved:.2g}")


def fit_logistic(
    design: Design, outcome: np.ndarray, weights: np.ndarray | None = None, *, penalised: bool = False
) -> Fit:
    """Maximum likelihood, or Firth's penalised likelihood, of a logistic model on covariate patterns.

    Parameters
    ----------
    design : with an intercept.
    outcome : (rows,) of 0 and 1.
    weights : (rows,) sampling weights of mean 1; the covariance is then not yet the robust one.
    penalised : add half the log determinant of the information to the log-likelihood (Firth 1993, doi
        10.1093/biomet/80.1.27): the score becomes sum (y - p + h (1/2 - p)) x, with h the hat diagonal. The
        covariance is the inverse of the information X'WX at the penalised estimate, as in brglm2 (type "AS_mean").

    Checked against R: glm and brglm2, tests/reference/logistic.R.
    """
    matrix = design.matrix
    size = design.per_pattern(np.ones(len(outcome)) if weights is None else weights)
    events = design.per_pattern(outcome if weights is None else outcome * weights)

    def likelihood(coefficients: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        predictor = matrix @ coefficients
        risk = expit(predictor)
        softplus = np.maximum(predictor, 0) + np.log1p(np.exp(-np.abs(predictor)))  # log(1 + exp(predictor))
        value = events @ predictor - size @ softplus
        information = cross_product(matrix, size * risk * (1 - risk))
        residual = events - size * risk
        if penalised:
            hat = size * risk * (1 - risk) * _quadratic_forms(matrix, information)
            residual = residual + hat * (0.5 - risk)
            value += 0.5 * np.linalg.slogdet(information)[1]
        return float(value), residual @ matrix, information

    share = events.sum() / size.sum()
    start = np.zeros(matrix.shape[1])
    start[0] = np.log(share / (1 - share))
    return maximise(likelihood, start, matrix=matrix, names=design.names, tolerance=1e-10 if penalised else 1e-6)


def logistic_residuals(design: Design, fit: Fit, outcome: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """w (y - p) per row: times the row's covariates it is the row's share of the score."""
    residuals = outcome - expit(design.matrix @ fit.coefficients)[design.index]
    return residuals if weights is None else weights * residuals


def logistic_sandwich(design: Design, fit: Fit, residuals: np.ndarray, cluster: np.ndarray | None) -> np.ndarray:
    """Robust covariance of a logistic fit: see `score_sandwich`."""
    return score_sandwich(design, fit.covariance, residuals, cluster)


def score_sandwich(
    design: Design,
    inverse: np.ndarray,
    residuals: np.ndarray,
    cluster: np.ndarray | None,
    further: np.ndarray | None = None,
) -> np.ndarray:
    """Robust covariance A^-1 (sum over clusters of s s') A^-1, with s a cluster's score and A the information.

    A row's score is its residual times its covariates and, with `further`, a last element: the score in a parameter
    that stands outside the predictor. No small-sample factor: HC0 without clusters, and
    sandwich::vcovCL(type = "HC0", cadjust = FALSE) with them.

    Parameters
    ----------
    inverse : A^-1.
    residuals, further : (rows,)
    cluster : (rows,), whole numbers from 0 on; None: each row its own.
    """
    if cluster is None:
        meat = cross_product(design.matrix, design.per_pattern(residuals**2))
        if further is not None:
            side = design.per_pattern(residuals * further) @ design.matrix
            meat = np.block([[meat, side[:, None]], [side, further @ further]])
    else:
        sums = csr_matrix((residuals, (cluster, design.index)), shape=(cluster.max() + 1, design.patterns))
        scores = sums @ design.matrix
        if further is not None:
            scores = np.column_stack([scores, np.bincount(cluster, weights=further, minlength=len(scores))])
        meat = scores.T @ scores
    return inverse @ meat @ inverse


def refuse_degenerate(robust: np.ndarray, fit: Fit, columns: Sequence[int], name: str) -> None:
    """Raise ValueError when a robust variance is next to nothing beside the model's own: clusters too few or nested.

    The scores of a cluster that holds all rows of a level add up to nought at the maximum, and so does their variance.
    """
    own, other = np.diag(fit.covariance)[columns], np.diag(robust)[columns]
    if (other < 1e-10 * own).any():
        raise ValueError(f"errors by {name} cannot be estimated: its clusters are too few, or each holds a whole level")


def cross_product(matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """X' diag(w) X for w >= 0, block by block so that no second copy of X is held."""
    total = np.zeros((matrix.shape[1], matrix.shape[1]))
    root = np.sqrt(np.maximum(weights, 0.0))
    for start in range(0, len(matrix), CHUNK):
        block = matrix[start : start + CHUNK] * root[start : start + CHUNK, None]
        total += block.T @ block
    return total


def solve(information: np.ndarray, right: np.ndarray) -> np.ndarray:
    """information^-1 @ right by Cholesky, rows and columns first scaled to a unit diagonal."""
    with np.errstate(all="ignore"):
        scale = 1 / np.sqrt(np.diag(information))
    if not np.isfinite(scale).all():
        raise LinAlgError("a column carries no information")
    try:
        factor = cho_factor(information * np.outer(scale, scale), check_finite=False)
    except LinAlgError:
        raise LinAlgError(
            "the rows used are too few to tell the coefficients apart: merge levels or leave a term out"
        ) from None
    scaled = scale * right if right.ndim == 1 else scale[:, None] * right
    solved = cho_solve(factor, scaled, check_finite=False)
    return scale * solved if right.ndim == 1 else scale[:, None] * solved


def refuse_collinear(information: np.ndarray, matrix: np.ndarray, names: Sequence[str]) -> None:
    """Raise ValueError naming the columns that carry no information of their own."""
    diagonal = np.diag(information)
    largest = np.maximum(np.maximum(matrix.max(axis=0), -matrix.min(axis=0)) ** 2, 1e-300)
    relative = diagonal / largest  # of the unit of each column
    empty = [name for name, value in zip(names, relative, strict=True) if value <= 1e-11 * relative.max()]
    if empty:
        raise ValueError(
            f"nothing can be learned about {', '.join(empty)}: it has one value wherever rows are compared "
            "(in all rows, or in each risk set and stratum)"
        )
    scale = 1 / np.sqrt(diagonal)
    eigenvalues, vectors = eigh(information * np.outer(scale, scale))
    if eigenvalues[0] < COLLINEAR:
        part = np.abs(vectors[:, 0])
        involved = [name for name, size in zip(names, part, strict=True) if size > 1e-3 * part.max()]
        raise ValueError(f"collinear columns: {', '.join(involved)} cannot be told apart; leave out one of their terms")


def _quadratic_forms(matrix: np.ndarray, information: np.ndarray) -> np.ndarray:
    """x' information^-1 x for each row x of the matrix."""
    return np.einsum("ij,ij->i", matrix @ solve(information, np.eye(len(information))), matrix)


def _largest(step: np.ndarray, matrix: np.ndarray, names: Sequence[str]) -> list[str]:
    """The columns, the intercept aside, whose part of the step moves a linear predictor by 0.1 or a quarter as much."""
    moved = np.abs(step) * np.ptp(matrix, axis=0)
    return [name for name, size in zip(names, moved, strict=True) if size > max(moved.max() / 4, 1e-12)]
