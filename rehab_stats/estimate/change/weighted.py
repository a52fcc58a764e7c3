"""Mean change among those with both scores, weighted to stand for everybody who is in the target."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.estimate.change.linear import (
    Means,
    level_rows,
    refuse_no_spread,
    refuse_unfit,
    row_matrix,
    with_baseline,
)
from rehab_stats.estimate.change.target import Target
from rehab_stats.estimate.missing.response import ResponseModel
from rehab_stats.estimate.model.contrasts import NO_SPREAD
from rehab_stats.estimate.model.sample import number, refuse_absent, refuse_rows

CHANGE, ANCOVA = "change", "ancova"


def weighted_means(
    target: Target, data: pd.DataFrame, response: ResponseModel, *, analysis: str, further: str | None = None
) -> tuple[Means, dict]:
    """Level means by weighted least squares, with errors that count the estimation of the weights.

    b solves sum w x (y - x'b) = 0 over those with both scores; a row's influence is A^-1 (w x (y - x'b) + what the
    fitted chances add), A = sum w x x', and the covariance their sum of squares times n / (n - columns), n the rows
    with both scores. Means are standardised to the covariates of all target rows; the average baseline of an ANCOVA is
    the weighted one. A column of `further` weights multiplies w and weights the covariates; it counts as known.
    """
    known = _known_weights(data, further)
    weights, paired = response.weights * known, target.paired
    if not np.array_equal(weights > 0, paired):
        raise ValueError(
            f"the last of steps must say who has both {target.names[0]} and {target.names[-1]}: rows in which every "
            "step is 1 are not the rows with both scores"
        )
    baseline = np.where(paired, target.baseline, 0.0)
    if analysis == ANCOVA:
        baseline = np.where(paired, target.baseline, np.average(baseline[paired], weights=weights[paired]))
    plain = (row_matrix(target), target.design.names)
    matrix, names = with_baseline(target, baseline) if analysis == ANCOVA else plain
    refuse_unfit(matrix[paired], names)
    change = np.where(paired, target.followup - target.baseline, 0.0)
    inverse = np.linalg.inv(np.einsum("i,ij,ik->jk", weights, matrix, matrix))
    coefficients = inverse @ np.einsum("i,ij->j", weights * change, matrix)
    residual = np.where(paired, change - matrix @ coefficients, 0.0)
    many, columns = int(paired.sum()), matrix.shape[1]
    refuse_no_spread(float(weights @ residual**2) / weights.sum(), change[paired], "change")
    influence = response.influence((known * residual)[:, None] * matrix) @ inverse
    covariance = influence.T @ influence * many / (many - columns)
    rows = level_rows(matrix, target, known)
    if analysis == ANCOVA:
        rows[:, -1] = np.average(matrix[:, -1], weights=weights)
    means = Means(rows @ coefficients, rows @ covariance @ rows.T, many - columns)
    _refuse_alike(target, np.diag(means.covariance))
    return means, dict(response.diagnostics)


def _known_weights(data: pd.DataFrame, column: str | None) -> np.ndarray:
    """(rows,): the column; ones when there is none."""
    if column is None:
        return np.ones(len(data))
    refuse_absent(data, [column])
    values = number(data[column])
    refuse_rows(~values.between(0, np.finfo(float).max, inclusive="right"), f"{column} (weights) must be above zero")
    return values.to_numpy()


def _refuse_alike(target: Target, variances: np.ndarray) -> None:
    """Raise ValueError for a level whose few persons changed alike: robust errors would call it known exactly."""
    for level, variance in zip(target.sample.levels, variances, strict=True):
        if variance < NO_SPREAD * variances.max():
            raise ValueError(
                f"the rows with {target.sample.exposure} = {level!r} and both scores changed alike, so that there is "
                "no spread to take the error of the level's mean from; merge levels"
            )
