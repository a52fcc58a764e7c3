"""Likelihoods of counts on covariate patterns: Poisson and negative binomial, whole or of the positive counts alone.

One set of formulas serves all four. With mu = exp(x'b) times the offset and theta the size of the negative binomial
(variance mu + mu^2 / theta; infinite theta is Poisson), the log-likelihood of a count y is

    sum over j < y of log(1 + j / theta)  -  log y!  +  y (log mu - log(1 + mu / theta))  -  k  -  [log(1 - exp(-k))]

with k = theta log(1 + mu / theta), so that exp(-k) is the chance of a zero; the part in brackets belongs to positive
counts (the zero-truncated likelihood). The sum over j takes the place of log gamma(y + theta) - log gamma(theta), whose
difference is lost in rounding when theta is large. Over all rows it is a sum over j of how many counts lie above j, so
neither it nor anything else here needs more than one number per cell: the rows that share covariates and offset.

Checked against R (glm, MASS::glm.nb, pscl::hurdle) in test_attendance.py and test_hurdle.py, by hand and by differences
in test_count_likelihood.py, all in tests/estimate/counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import LinAlgError

from rehab_stats.estimate.counts.count_moments import Moments, moments
from rehab_stats.estimate.model.design_matrix import Design
from rehab_stats.estimate.model.fit import Fit, cross_product, maximise, solve

SMALLEST_THETA, LARGEST_THETA = 1e-6, 1e8


class NoDispersion(ValueError):
    """No negative binomial fits best: theta runs to infinity (a Poisson) or to zero."""


@dataclass(frozen=True)
class CountCells:
    """Rows that share covariates and offset, as one.

    Attributes
    ----------
    design : the covariate patterns.
    index : (rows,), the cell of each row.
    pattern, log_offset : (cells,)
    size, total : (cells,), rows and the sum of their counts, both weighted.
    above : (largest count,), weighted rows whose count lies above 0, 1, 2, ...
    """

    design: Design
    index: np.ndarray
    pattern: np.ndarray
    log_offset: np.ndarray
    size: np.ndarray
    total: np.ndarray
    above: np.ndarray

    def predictor(self, coefficients: np.ndarray) -> np.ndarray:
        """(cells,): x'b and the logarithm of the offset."""
        return (self.design.matrix @ coefficients)[self.pattern] + self.log_offset

    def by_pattern(self, values: np.ndarray) -> np.ndarray:
        """Sum a number per cell over the cells of each pattern."""
        return np.bincount(self.pattern, weights=values, minlength=self.design.patterns)

    def information(self, weights: np.ndarray) -> np.ndarray:
        """X' diag(weights) X for a weight per cell of either sign."""
        each = self.by_pattern(weights)
        positive = cross_product(self.design.matrix, each)  # which takes a weight below zero for zero
        return positive - cross_product(self.design.matrix, -each) if (each < 0).any() else positive


@dataclass(frozen=True)
class CountFit:
    """A maximised likelihood of counts.

    Attributes
    ----------
    cells : what it was fitted to.
    fit : coefficients; their model-based covariance: for all counts the inverse of the expected information given theta
        (as glm and MASS::glm.nb), for positive counts the coefficients' part of the inverse of the observed information
        (as pscl::hurdle).
    theta : infinite for a Poisson.
    inverse : of the information behind `fit.covariance`; for a truncated negative binomial with a last row and column
        for log(theta).
    truncated : only positive counts were seen.
    """

    cells: CountCells
    fit: Fit
    theta: float
    inverse: np.ndarray
    truncated: bool

    @property
    def parameters(self) -> int:
        """Coefficients, and theta when it was estimated."""
        return len(self.fit.coefficients) + int(np.isfinite(self.theta))


def count_cells(
    design: Design, counts: np.ndarray, *, offset: np.ndarray | None = None, weights: np.ndarray | None = None
) -> CountCells:
    """Group rows by covariate pattern and offset; `offset` in natural units, above zero."""
    index, pattern, log_offset = design.index, np.arange(design.patterns), np.zeros(design.patterns)
    if offset is not None:
        places, amounts = pd.factorize(offset)
        index, kept = pd.factorize(design.index.astype(np.int64) * len(amounts) + places)
        pattern, log_offset = kept // len(amounts), np.log(amounts)[kept % len(amounts)]
    weights = np.ones(len(counts)) if weights is None else weights
    frequency = np.bincount(counts.astype(np.int64), weights=weights)
    return CountCells(
        design=design,
        index=index,
        pattern=pattern,
        log_offset=log_offset,
        size=np.bincount(index, weights=weights, minlength=len(pattern)),
        total=np.bincount(index, weights=weights * counts, minlength=len(pattern)),
        above=frequency[::-1].cumsum()[::-1][1:],
    )


def rows_of(design: Design, rows: np.ndarray) -> Design:
    """The design of some of its rows, without the patterns that none of them has; columns are centred as before."""
    used, index = np.unique(design.index[rows], return_inverse=True)
    return Design(design.matrix[used], index, design.names, design.terms, design.centre)


def log_likelihood(cells: CountCells, predictor: np.ndarray, theta: float, *, truncated: bool) -> float:
    """Log-likelihood of all rows, with every constant, so that families can be compared."""
    steps = np.arange(len(cells.above))
    here = moments(predictor, theta, truncated=truncated)
    each = cells.total * (predictor + here.log_slope) - cells.size * (here.hidden + np.log(here.positive))
    return float(cells.above @ (np.log1p(steps / theta) - np.log1p(steps)) + each.sum())


def residuals(cells: CountCells, here: Moments, *, truncated: bool) -> np.ndarray:
    """(cells,): derivative of the log-likelihood in the predictor."""
    surplus = cells.total - cells.size if truncated else cells.total  # 1 is taken from count and mean: no cancellation
    return here.slope * (surplus - cells.size * here.beyond)


def fit_poisson(cells: CountCells, *, truncated: bool = False) -> CountFit:
    """Poisson counts, or positive ones alone: concave in the coefficients, by Newton's method.

    Raises ValueError for collinear columns, InfiniteCoefficient where the counts of some pattern are all 0 (truncated:
    all 1) and a coefficient runs away.
    """

    def likelihood(coefficients: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        predictor = cells.predictor(coefficients)
        here = moments(predictor, np.inf, truncated=truncated)
        score = cells.by_pattern(residuals(cells, here, truncated=truncated)) @ cells.design.matrix
        value = log_likelihood(cells, predictor, np.inf, truncated=truncated)
        return value, score, cells.information(cells.size * here.variance)

    start = np.zeros(cells.design.matrix.shape[1])
    start[0] = np.log(cells.total.sum() / (cells.size @ np.exp(cells.log_offset)))
    fit = maximise(likelihood, start, matrix=cells.design.matrix, names=cells.design.names)
    return CountFit(cells, fit, np.inf, fit.covariance, truncated)


def fit_negative_binomial(cells: CountCells, *, truncated: bool = False) -> CountFit:
    """Negative binomial counts with one theta, or the positive ones alone: coefficients and log(theta) together.

    Newton steps on the observed information, from the Poisson fit and a theta by moments; where that information is not
    positive definite, the expected one of the coefficients is used.

    Raises
    ------
    NoDispersion
        At the Poisson fit the log-likelihood does not rise with 1/theta (for all counts: sum of (y - mu)^2 is at most
        that of y), or theta falls below 1e-6 (positive counts more skewed than any negative binomial).
    ValueError
        As `fit_poisson`.
    """
    poisson = fit_poisson(cells, truncated=truncated)
    coefficients, log_theta = poisson.fit.coefficients, np.log(_starting_theta(cells, poisson))
    value, score, information = joint_likelihood(cells, coefficients, log_theta, truncated=truncated)
    for iteration in range(1, 201):
        step, whole = _ascent(cells, coefficients, log_theta, score, information, truncated=truncated)
        gain, before = score @ step, value
        for _ in range(40):
            with np.errstate(all="ignore"):  # a step too far may overflow: then it is halved
                value, score, information = joint_likelihood(
                    cells, coefficients + step[:-1], log_theta + step[-1], truncated=truncated
                )
            if value >= before - 1e-9 * (1 + abs(before)):
                break
            step, whole = step / 2, False
        coefficients, log_theta = coefficients + step[:-1], log_theta + step[-1]
        _refuse_edges(log_theta)
        # twice what the step gains: its length in standard errors, squared; Newton's next would be its square
        if whole and gain < 1e-9:
            return _finished(cells, coefficients, log_theta, value, iteration, information, truncated=truncated)
    raise ValueError(f"the negative binomial did not settle in {iteration} steps; {_LEAVE}")


_LEAVE = 'use family="poisson", with robust errors'


def _finished(
    cells: CountCells,
    coefficients: np.ndarray,
    log_theta: float,
    value: float,
    iterations: int,
    information: np.ndarray,
    *,
    truncated: bool,
) -> CountFit:
    """Which inverse of an information stands for the errors: see `CountFit`."""
    theta = float(np.exp(log_theta))
    if not truncated:
        here = moments(cells.predictor(coefficients), theta, truncated=False)
        information = cells.information(cells.size * here.slope**2 * here.variance)
    inverse = solve(information, np.eye(len(information)))
    own = len(coefficients)
    return CountFit(cells, Fit(coefficients, inverse[:own, :own], value, iterations), theta, inverse, truncated)


def joint_likelihood(
    cells: CountCells, coefficients: np.ndarray, log_theta: float, *, truncated: bool
) -> tuple[float, np.ndarray, np.ndarray]:
    """Value, score and observed information of a negative binomial in its coefficients and, last, log(theta)."""
    theta = np.exp(log_theta)
    predictor = cells.predictor(coefficients)
    here = moments(predictor, theta, truncated=truncated)
    steps = np.arange(len(cells.above))
    residual = residuals(cells, here, truncated=truncated)
    zero = np.exp(-here.hidden) if truncated else np.zeros_like(here.mu)
    own = residual * here.rest + cells.size * here.slope * here.mean * here.bend * zero / here.positive
    turn = (here.bend - here.mu * here.slope * here.rest) / here.positive - here.bend**2 * zero / here.positive**2
    # sums over cells of whole differences: less is lost in rounding, and no thread waits for another
    in_theta = (cells.total * here.rest - cells.size * here.bend / here.positive).sum()
    score_theta = in_theta - cells.above @ (steps / (theta + steps))
    bent = (cells.total * here.slope * here.rest + cells.size * turn).sum()
    curvature = cells.above @ (steps * theta / (theta + steps) ** 2) - bent
    number = len(coefficients)
    information = np.empty((number + 1, number + 1))
    information[:-1, :-1] = cells.information(cells.size * here.slope**2 * here.variance + here.rest * residual)
    information[-1, :-1] = information[:-1, -1] = -cells.by_pattern(own) @ cells.design.matrix
    information[-1, -1] = -curvature
    score = np.append(cells.by_pattern(residual) @ cells.design.matrix, score_theta)
    return log_likelihood(cells, predictor, theta, truncated=truncated), score, information


def row_scores(found: CountFit, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Derivative of each row's log-likelihood, unweighted, in the predictor and in log(theta) (0 for a Poisson)."""
    cells, theta = found.cells, found.theta
    here = moments(cells.predictor(found.fit.coefficients), theta, truncated=found.truncated)
    surplus = counts - 1 if found.truncated else counts
    in_predictor = here.slope[cells.index] * (surplus - here.beyond[cells.index])
    if np.isinf(theta):
        return in_predictor, np.zeros_like(in_predictor)
    steps = np.arange(len(cells.above))
    passed = np.append(0.0, np.cumsum(steps / (theta + steps)))[counts.astype(np.int64)]
    return in_predictor, counts * here.rest[cells.index] - passed - (here.bend / here.positive)[cells.index]


def _starting_theta(cells: CountCells, poisson: CountFit) -> float:
    """A theta by moments at the Poisson fit, where the log-likelihood must rise with 1/theta."""
    here = moments(cells.predictor(poisson.fit.coefficients), np.inf, truncated=poisson.truncated)
    half_squares = cells.size @ (here.mu**2 / here.positive) / 2
    rise = cells.above @ np.arange(len(cells.above)) - cells.total @ here.mu + half_squares
    if rise <= 1e-12 * half_squares:
        raise NoDispersion(
            f"the {'positive ' if poisson.truncated else ''}counts spread no more than Poisson counts, so that no "
            f"negative binomial fits better (theta is infinite); {_LEAVE}"
        )
    return float(np.clip(half_squares / rise, 0.05, 1e4))


def _ascent(
    cells: CountCells,
    coefficients: np.ndarray,
    log_theta: float,
    score: np.ndarray,
    information: np.ndarray,
    *,
    truncated: bool,
) -> tuple[np.ndarray, bool]:
    """A step uphill of at most 2 in log(theta), and whether it is the whole step of Newton's method."""
    try:
        step, whole = solve(information, score), True
    except LinAlgError:
        here = moments(cells.predictor(coefficients), np.exp(log_theta), truncated=truncated)
        expected = cells.information(cells.size * here.slope**2 * here.variance)
        own = score[-1] / max(abs(information[-1, -1]), 1e-8 * cells.size.sum())
        step, whole = np.append(solve(expected, score[:-1]), own), False
    far = abs(step[-1]) / 2
    return (step / far, False) if far > 1 else (step, whole)


def _refuse_edges(log_theta: float) -> None:
    if log_theta > np.log(LARGEST_THETA):
        raise NoDispersion(f"the counts spread no more than Poisson counts (theta is infinite); {_LEAVE}")
    if log_theta < np.log(SMALLEST_THETA):
        raise NoDispersion(f"no negative binomial is skewed enough for these counts (theta is 0); {_LEAVE}")
