"""Standardised risks: everybody's predicted risk if all had one level of the exposure, averaged, level by level.

The average risk of level a is R_a = sum w_i p(a, x_i) / sum w_i over all rows used, whatever their own level (the
parametric g-formula). Its covariance across levels is that of a delta method, with or without the sampling of the
covariates themselves.

Checked against R (glm, own delta method): tests/reference/logistic.R.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from rehab_stats.estimate.model.design_matrix import Design
from rehab_stats.estimate.model.fit import Fit, logistic_residuals
from rehab_stats.estimate.model.sample import Sample

COVARIATES = ("fixed", "sampled")


def average_risks(
    design: Design,
    fit: Fit,
    sample: Sample,
    outcome: np.ndarray,
    *,
    covariates: str = "fixed",
    inverse_information: np.ndarray | None = None,
    settings: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Average risks (levels,) and their covariance (levels, levels), in the order of `sample.levels`.

    With J_a = dR_a/db, the gradient of the average risk:

    fixed : J V J', V the covariance of the coefficients in `fit` (model-based, robust or cluster-robust). The
        covariates count as given: the interval is about these persons.
    sampled : sum over clusters of u u', u the cluster's sum of w (p(a, x) - R_a) / sum(w) + J_a A^-1 s, with A the
        information and s = w (y - p) x the row's score: both estimating equations stacked (Stata's
        vce(unconditional), R's stdReg). The interval is about the population the persons come from.

    Parameters
    ----------
    inverse_information : A^-1; asked for when covariates="sampled".
    settings : (settings, exposure columns)
        What the exposure's columns hold in each setting everybody is put in; by default a setting per level. A ranked
        exposure has one column: [[0.0], [1.0]] puts everybody at the bottom and at the top.
    """
    weights = np.ones(len(sample)) if sample.weights is None else sample.weights
    by_pattern, total = design.per_pattern(weights), weights.sum()
    settings = level_indicators(sample) if settings is None else settings
    predictors = predictors_by_setting(design, fit, design.terms[sample.exposure], settings)
    risks = expit(predictors)
    averages = by_pattern @ risks / total
    slopes = by_pattern[:, None] * risks * (1 - risks) / total
    jacobian = (design.matrix.T @ slopes).T
    columns = design.terms[sample.exposure]
    jacobian[:, columns] = slopes.sum(axis=0)[:, None] * (settings - design.centre[columns])
    if covariates == "fixed":
        return averages, jacobian @ fit.covariance @ jacobian.T
    reach = design.matrix @ inverse_information @ jacobian.T
    residuals = logistic_residuals(design, fit, outcome, sample.weights)
    influence = weights[:, None] * (risks - averages)[design.index] / total
    influence += residuals[:, None] * reach[design.index]
    if sample.cluster is not None:
        influence = np.stack([np.bincount(sample.cluster, weights=column) for column in influence.T], axis=1)
    return averages, influence.T @ influence


def level_indicators(sample: Sample) -> np.ndarray:
    """(levels, exposure columns): what the exposure's columns hold for a person of each level."""
    upper = [level for level in sample.levels if level != sample.reference]
    return np.array([[float(level == column) for column in upper] for level in sample.levels])


def predictors_by_setting(design: Design, fit: Fit, columns: list[int], settings: np.ndarray) -> np.ndarray:
    """(patterns, settings): the linear predictor of each pattern, as if the exposure's columns held each setting.

    The exposure stands in no other term (`sample.prepare` refuses that), so only its own columns change.
    """
    others = np.delete(np.arange(len(fit.coefficients)), columns)
    rest = design.matrix[:, others] @ fit.coefficients[others]
    own = (settings - design.centre[columns]) @ fit.coefficients[columns]
    return rest[:, None] + own
