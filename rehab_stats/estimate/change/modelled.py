"""Mean change of everybody with any score, from a mixed model of all occasions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rehab_stats.estimate.change.linear import contrasts, level_rows, refuse_unfit, row_matrix
from rehab_stats.estimate.change.mixed import MixedFit, fit_mixed
from rehab_stats.estimate.change.target import Target
from rehab_stats.estimate.model.design_matrix import build_design
from rehab_stats.estimate.model.sample import WrongCall


@dataclass(frozen=True)
class Modelled:
    """Means at every level, then differences: estimates, variances and degrees of freedom, each (quantities,)."""

    estimates: np.ndarray
    variances: np.ndarray
    df: np.ndarray


@dataclass(frozen=True)
class Occasions:
    """The mixed model of all occasions, and the covariates (rows, columns) that each of them depends on."""

    fit: MixedFit
    covariates: np.ndarray


def fit_occasions(target: Target, everything: Sequence[str]) -> Occasions:
    """The model with coefficients of exposure and of all terms `everything` at every occasion."""
    rich = build_design(target.sample.frame, exposure=target.sample.exposure, terms=everything)
    covariates = rich.matrix[rich.index]
    return Occasions(fit_mixed(covariates, target.scores, names=rich.names), covariates)


def modelled_means(target: Target, rich: Occasions, *, errors: str) -> Modelled:
    """The fitted change of every target row, put through the regression that complete scores would go through.

    Every occasion has its own coefficients of exposure, adjustment and auxiliary terms z. With X the analysis design of
    the target rows and c_a its average row at level a, the mean of level a is c_a'(X'X)^-1 X'Z (g_followup -
    g_baseline): where there are no auxiliary terms, that is c_a'(g_followup - g_baseline). The variance adds to the
    model's own that of the fitted changes around X (auxiliary terms vary among persons alike in the others).
    """
    sample, fit, covariates = target.sample, rich.fit, rich.covariates
    if target.products:
        raise WrongCall(f"a mixed model takes no product with the exposure: leave {next(iter(target.products))} out")
    matrix = row_matrix(target)
    refuse_unfit(matrix, target.design.names)
    wanted = contrasts(len(sample.levels), sample.levels.index(sample.reference))
    reach = wanted @ level_rows(matrix, target) @ np.linalg.inv(matrix.T @ matrix)
    projected = reach @ (matrix.T @ covariates)
    combined = np.zeros((len(projected), target.scores.shape[1], covariates.shape[1]))
    combined[:, 0], combined[:, -1] = -projected, projected
    estimates, covariance, df = fit.contrast(combined.reshape(len(projected), -1), errors=errors)
    change = covariates @ (fit.coefficients[-1] - fit.coefficients[0])
    beside = change - matrix @ np.linalg.solve(matrix.T @ matrix, matrix.T @ change)
    further = np.square((matrix @ reach.T) * beside[:, None]).sum(axis=0)
    model = np.diag(covariance)
    rest = len(matrix) - matrix.shape[1]
    total = model + further
    # Satterthwaite once more: two independent parts of a variance
    together = total**2 / (model**2 / df + further**2 / rest)
    return Modelled(estimates, total, together)
