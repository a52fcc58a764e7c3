"""Linear models of a change: level means standardised to given covariates, their covariance and degrees of freedom.

Checked against R (lm, emmeans): tests/reference/change.R.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.change.target import Target
from rehab_stats.estimate.model.fit import refuse_collinear
from rehab_stats.estimate.model.standardisation import level_indicators

NO_SPREAD = 1e-12
"""A residual variance below this share of the outcome's mean square is rounding, that of imputation included."""


@dataclass(frozen=True)
class Means:
    """Mean change at every level, in the order of the sample's levels.

    Attributes
    ----------
    estimates : (levels,)
    covariance : (levels, levels)
    df : degrees of freedom of the residual variance.
    """

    estimates: np.ndarray
    covariance: np.ndarray
    df: float


def contrasts(levels: int, reference: int) -> np.ndarray:
    """(levels + upper levels, levels): what makes means, then differences from the reference, of level means."""
    identity = np.eye(levels)
    return np.vstack([identity, np.delete(identity, reference, axis=0) - identity[reference]])


def row_matrix(target: Target) -> np.ndarray:
    """(rows, columns): the target's design row by row."""
    return target.design.matrix[target.design.index]


def with_baseline(target: Target, baseline: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The same with the baseline score, less its mean, as one more covariate, its last column; and the names."""
    return np.column_stack([row_matrix(target), baseline - baseline.mean()]), (*target.design.names, target.names[0])


def level_rows(matrix: np.ndarray, target: Target, weights: np.ndarray | None = None) -> np.ndarray:
    """(levels, columns): the average row of a matrix on the target's design if everybody had each level."""
    design, indicators = target.design, level_indicators(target.sample)
    exposed = design.terms[target.sample.exposure]
    rows = np.tile(np.average(matrix, axis=0, weights=weights), (len(indicators), 1))
    rows[:, exposed] = indicators - design.centre[exposed]
    for product, factor in target.products.items():
        own = rows[0, design.terms[factor]]
        rows[:, design.terms[product]] = (indicators[:, :, None] * own).reshape(len(indicators), -1)
    return rows


def refuse_unfit(matrix: np.ndarray, names: tuple[str, ...]) -> None:
    """Raise ValueError when there are no more rows than coefficients, or columns cannot be told apart."""
    if len(matrix) <= matrix.shape[1]:
        raise ValueError("there are no more rows with both scores than coefficients: leave terms out")
    refuse_collinear(matrix.T @ matrix, matrix, names)


def least_squares(matrix: np.ndarray, outcomes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients (columns, k), (X'X)^-1, and residual variances (k,) of k outcomes (rows, k) on the same matrix."""
    q, r = np.linalg.qr(matrix)
    inverse_r = np.linalg.inv(r)
    projected = np.einsum("ij,ik->jk", q, outcomes)
    residual = outcomes - np.einsum("ij,jk->ik", q, projected)
    variance = np.einsum("ik,ik->k", residual, residual) / (len(matrix) - matrix.shape[1])
    return inverse_r @ projected, inverse_r @ inverse_r.T, variance


def refuse_no_spread(variance: float, outcome: np.ndarray, name: str) -> None:
    """Raise ValueError when rows alike in all terms have the same outcome."""
    if not variance > NO_SPREAD * max(float(np.mean(np.square(outcome))), 1e-300):
        raise ValueError(f"the {name} is the same in rows alike in all terms: there is no spread to take errors from")


def mean_changes(target: Target, baseline: np.ndarray, followup: np.ndarray) -> list[Means]:
    """Means of followup - baseline under the target's terms, one for each of k completed sets of scores (rows, k).

    c_a'b with b by ordinary least squares and c_a the average row of the design with everybody at level a; covariance
    c s^2 (X'X)^-1 c'. Covariates count as given.
    """
    matrix = row_matrix(target)
    refuse_unfit(matrix, target.design.names)
    change = followup - baseline
    coefficients, inverse, variance = least_squares(matrix, change)
    refuse_no_spread(variance[0], change[:, 0], "change")
    rows = level_rows(matrix, target)
    shape, df = rows @ inverse @ rows.T, len(matrix) - matrix.shape[1]
    return [Means(rows @ b, s2 * shape, df) for b, s2 in zip(coefficients.T, variance, strict=True)]


def means_at_equal_baseline(
    target: Target, baseline: np.ndarray, followup: np.ndarray, *, reliability: float = 1.0
) -> Means:
    """Mean change at each level if all levels had everybody's average baseline (ANCOVA), one set of scores (rows,).

    With a `reliability` below 1 the slope of the follow-up on the baseline, s, is taken to be flattened by measurement
    error and is divided by it: a level's mean moves by -s (1 / reliability - 1) g, g how far its own standardised
    baseline lies from everybody's. The error counts the estimation of s and of g.
    """
    matrix, names = with_baseline(target, baseline)
    refuse_unfit(matrix, names)
    change = followup - baseline
    coefficients, inverse, variance = least_squares(matrix, change[:, None])
    refuse_no_spread(variance[0], change, "change")
    b, covariance, rows = coefficients[:, 0], variance[0] * inverse, level_rows(matrix, target)
    means, spread, df = rows @ b, rows @ covariance @ rows.T, len(matrix) - matrix.shape[1]
    if reliability == 1.0:
        return Means(means, spread, df)
    own = mean_changes(target, np.zeros((len(baseline), 1)), baseline[:, None])[0]
    gap = own.estimates - baseline.mean()
    slope, more = b[-1] + 1, 1 / reliability - 1
    beside = rows @ covariance[:, -1]
    spread = spread + more**2 * (slope**2 * own.covariance + np.outer(gap, gap) * covariance[-1, -1])
    spread = spread - more * (np.outer(gap, beside) + np.outer(beside, gap))
    return Means(means - more * slope * gap, spread, df)


def frame_of(target: Target) -> pd.DataFrame:
    """The covariates with the scores beside them under their own names."""
    return target.sample.frame.assign(**dict(zip(target.names, target.scores.T, strict=True)))
