"""How often, by level: rate ratios, and the means everybody would have at each level; one estimand per function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.counts.count_data import CountColumns, mean_of, offset_diagnostics, one_of, pearson_dispersion
from rehab_stats.estimate.counts.count_likelihood import (
    CountCells,
    CountFit,
    fit_negative_binomial,
    fit_poisson,
    row_scores,
)
from rehab_stats.estimate.counts.count_moments import moments
from rehab_stats.estimate.model.contrasts import ratio_rows, risk_rows
from rehab_stats.estimate.model.design_matrix import Design
from rehab_stats.estimate.model.fit import Fit, refuse_degenerate, score_sandwich
from rehab_stats.estimate.model.models import MERGE, Adjustment, fit_diagnostics, stacked_models
from rehab_stats.estimate.model.sample import Roles, Sample, WrongCall
from rehab_stats.estimate.model.standardisation import level_indicators, predictors_by_setting
from rehab_stats.vocabulary import Estimates

FAMILIES = {
    "poisson": ("Poisson models", "robust errors (HC0)"),
    "quasipoisson": ("Poisson models", "model-based errors scaled by the Pearson dispersion"),
    "negative_binomial": ("negative binomial models", "model-based errors given theta"),
}


def rate_ratios(
    data: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    adjust: Adjustment = (),
    offset: str | None = None,
    offset_as: str = "offset",
    family: str = "poisson",
    reference: object = None,
    person: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> Estimates:
    """Mean count at each level of the exposure relative to the reference level, given the adjustment terms.

    A ratio of means (of rates, with an offset) from a log-linear model. It says nothing of whether the means differ
    because fewer ever come or because those who come, come less often: `hurdle`. It does not move when a covariate
    enters that is unrelated to the exposure, as an odds ratio would.

    Parameters
    ----------
    data : DataFrame
        One row per observation; not changed.
    count : str
        Column of whole numbers, 0 or more; persons without any belong in it, with 0, if they are to be in the mean.
    exposure, adjust, reference, person
        As in `odds_ratios`.
    offset : str, optional
        Column: the time or number of opportunities behind each count, above zero, in natural units.
    offset_as : {"offset", "covariate"}
        "offset": twice the time, twice the count. "covariate": the coefficient of the log is estimated and stands in
        the diagnostics; far from 1, the offset does not hold (those observed for half the time did not come half as
        often).
    family : {"poisson", "quasipoisson", "negative_binomial"}
        The first two have the same estimates. "poisson": errors are robust to any spread (HC0). "quasipoisson": those
        of a Poisson times the root of the Pearson dispersion. "negative_binomial": variance mu + mu^2 / theta, errors
        from the expected information given theta, as MASS::glm.nb; estimates lean less on the largest counts.
    cluster : str, optional
        Column: errors allow for any dependence among rows that share its value (sandwich, no small-sample factor),
        whatever the family.
    weights : str, optional
        Column of sampling or inverse-probability weights: errors become robust (HC0), whatever the family.

    Returns
    -------
    Estimates
        One `rate_ratio` per level but the reference. `std_error` is that of log(estimate); Wald 95 % intervals,
        symmetric on the log scale. `n`: persons of the row's level; `events`: those with a count above 0. Details:
        `n_reference`, `events_reference`, `total` and `total_reference` (sums of the counts), `theta`.
        Diagnostics (with `.<model>` appended under a mapping) as in `odds_ratios`, with `parameters` counting theta
        and no `log_likelihood` and `aic` for a quasipoisson; and `dispersion` (Pearson chi-squared over rows less
        coefficients, 1 where the family's spread fits), `theta` (None for a Poisson), `zeros_observed`,
        `zeros_expected` (shares of rows; None for a quasipoisson, which names no distribution),
        `offset_coefficient` and `offset_coefficient_std_error` (where the offset is a covariate).

    Raises
    ------
    ValueError
        Columns that cannot be used; counts that are not whole, offsets not above zero (rows named); nothing but zeros,
        in all rows or in a level; no over-dispersion for a negative binomial (theta infinite); no spread at all.

    Notes
    -----
    log E(Y | level, x) = b0 + b_level + x'c + log(offset); the estimate is exp(b_level). Poisson estimates need only
    this mean to be right (Gourieroux, Monfort & Trognon 1984, doi 10.2307/1913472); theta as Lawless 1987, doi
    10.2307/3314912. Checked by hand and against R (glm, MASS::glm.nb, sandwich) in
    tests/estimate/counts/test_attendance.py.
    """
    columns = CountColumns(count, offset, offset_as)
    one_of("family", family, tuple(FAMILIES))

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        found = _fitted(sample, terms, columns, family, cluster)
        fixed = {"outcome": count, "measure": "rate_ratio", "theta": found.theta}
        return ratio_rows(sample, found.design, found.fit, columns.tallies(sample), fixed), found.diagnostics

    models, errors = FAMILIES[family]
    return stacked_models(
        data,
        Roles(exposure, columns.numbers, reference, person, cluster, weights),
        adjust,
        estimate,
        check=columns.check,
        advice=MERGE,
        method=f"Rate ratios of {count} by {exposure} from {models}{columns.words}",
        context=columns.context | {"family": family},
        errors=errors,
    )


def standardised_means(
    data: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    adjust: Adjustment = (),
    offset: str | None = None,
    offset_as: str = "offset",
    at_offset: float | None = None,
    family: str = "poisson",
    reference: object = None,
    person: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> Estimates:
    """Mean count if everybody had a given level of the exposure, and differences and ratios of these means.

    Predicted means of a log-linear model, averaged over the covariates of all rows used (the parametric g-formula).
    They are causal effects only if the adjustment terms hold every common cause.

    Parameters
    ----------
    data, count, exposure, adjust, offset, offset_as, family, reference, person, cluster, weights
        As in `rate_ratios`. `weights` also weight the average.
    at_offset : number, optional
        The amount of the offset that everybody is given, above zero (180 days); by default everybody keeps their own.

    Returns
    -------
    Estimates
        Per model a `mean` for every level, then a `mean_difference` and a `mean_ratio` for every level but the
        reference. `std_error` is that of the estimate, for the ratio of its log. Intervals are Wald 95 %: symmetric on
        the natural scale for means and differences (a limit may lie below 0), on the log scale for ratios; `p_value`
        for the contrasts. `n`, `events`, details and diagnostics as in `rate_ratios`: those of the row's level, not of
        the whole group averaged over.

    Raises
    ------
    ValueError
        As `rate_ratios`.

    Notes
    -----
    M_a = sum_i w_i t_i exp(b0 + b_a + x_i'c) / sum_i w_i, t the offset or 1; error by the delta method on the
    covariance of the coefficients, covariates counting as given. Without covariates and offset the means are the
    observed ones, and with family="poisson" their errors are sqrt(sum (y - mean)^2) / n. Checked by hand and against R
    (own delta method) in tests/estimate/counts/test_attendance.py.
    """
    columns = CountColumns(count, offset, offset_as)
    one_of("family", family, tuple(FAMILIES))
    _check_at_offset(at_offset, offset)

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        found = _fitted(sample, terms, columns, family, cluster)
        means, covariance = average_means(found.design, found.fit, sample, columns, at_offset)
        rows = risk_rows(sample, means, covariance, columns.tallies(sample), count, measure="mean", scale="natural")
        return [row | {"theta": found.theta} for row in rows], found.diagnostics

    models, errors = FAMILIES[family]
    given = "" if at_offset is None else f", everybody given {offset} = {at_offset:g}"
    return stacked_models(
        data,
        Roles(exposure, columns.numbers, reference, person, cluster, weights),
        adjust,
        estimate,
        check=columns.check,
        advice=MERGE,
        method=f"Means of {count} by {exposure}, standardised to all rows used by prediction from "
        f"{models}{columns.words}{given}",
        context=columns.context | {"family": family} | ({} if at_offset is None else {"at_offset": float(at_offset)}),
        errors=errors,
    )


def average_means(
    design: Design, fit: Fit, sample: Sample, columns: CountColumns, at_offset: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """Average means (levels,) and their covariance (levels, levels), in the order of `sample.levels`.

    J V J' with J_a = dM_a/db, V the covariance of the coefficients in `fit`.
    """
    weights = np.ones(len(sample)) if sample.weights is None else sample.weights
    own = columns.amounts(sample)
    times = np.ones(len(sample)) if own is None else np.full(len(sample), at_offset) if at_offset else own
    if own is None and at_offset:  # the offset is a covariate: everybody's column is set
        matrix, place = design.matrix.copy(), columns.log_column(design)
        matrix[:, place] = np.log(at_offset) - design.centre[place]
        design = replace(design, matrix=matrix)
    exposed = design.terms[sample.exposure]
    settings = level_indicators(sample)
    predicted = np.exp(predictors_by_setting(design, fit, exposed, settings))
    shares = design.per_pattern(weights * times)[:, None] * predicted / weights.sum()
    jacobian = (design.matrix.T @ shares).T
    jacobian[:, exposed] = shares.sum(axis=0)[:, None] * (settings - design.centre[exposed])
    return shares.sum(axis=0), jacobian @ fit.covariance @ jacobian.T


@dataclass(frozen=True)
class _Fitted:
    """A model of all counts: `fit` holds the covariance asked for; `theta` is NaN for a Poisson."""

    design: Design
    fit: Fit
    diagnostics: dict
    theta: float


def fit_counts(cells: CountCells, family: str) -> CountFit:
    """The likelihood of a family maximised; a quasipoisson has that of a Poisson."""
    return fit_negative_binomial(cells) if family == "negative_binomial" else fit_poisson(cells)


def refuse_empty_levels(sample: Sample, counts: np.ndarray, count: str) -> None:
    """Raise ValueError when a level has nothing but zeros: its rate ratio is zero or infinite."""
    totals = np.bincount(sample.level, weights=counts, minlength=len(sample.levels))
    for level, total in zip(sample.levels, totals, strict=True):
        if total == 0:
            raise ValueError(
                f"no row with {sample.exposure} = {level!r} has {count} above 0, so its rate ratio is zero or "
                f"infinite; {MERGE}"
            )


def _fitted(sample: Sample, terms: Sequence[str], columns: CountColumns, family: str, cluster: str | None) -> _Fitted:
    counts = columns.counts(sample)
    refuse_empty_levels(sample, counts, columns.count)
    design = columns.design(sample, terms)
    found = fit_counts(columns.cells(sample, design), family)
    about = _diagnostics(sample, columns, found, counts, family)
    covariance = found.inverse
    if family == "poisson" or sample.weights is not None or sample.cluster is not None:
        scores = row_scores(found, counts)[0]
        scores = scores if sample.weights is None else sample.weights * scores
        covariance = score_sandwich(design, found.inverse, scores, sample.cluster)
    elif family == "quasipoisson":
        covariance = found.inverse * about["dispersion"]
    fit = replace(found.fit, covariance=covariance)
    if cluster:
        refuse_degenerate(covariance, found.fit, design.terms[sample.exposure], cluster)
    _refuse_no_spread(fit, found.fit, design.terms[sample.exposure], columns.count)
    theta = found.theta if np.isfinite(found.theta) else np.nan
    return _Fitted(design, fit, about | offset_diagnostics(columns, design, fit), theta)


def _diagnostics(sample: Sample, columns: CountColumns, found: CountFit, counts: np.ndarray, family: str) -> dict:
    cells, named = found.cells, family != "quasipoisson"
    here = moments(cells.predictor(found.fit.coefficients), found.theta, truncated=False)
    mean, variance = here.mean[cells.index], here.variance[cells.index]
    about = fit_diagnostics(cells.design, found.fit, sample)
    proper = named and sample.weights is None
    return about | {
        "parameters": found.parameters,
        "log_likelihood": found.fit.log_likelihood if named else None,
        "aic": 2 * found.parameters - 2 * found.fit.log_likelihood if proper else None,
        "dispersion": pearson_dispersion(sample, counts, mean, variance, len(found.fit.coefficients)),
        "theta": found.theta if np.isfinite(found.theta) else None,
        "zeros_observed": mean_of(sample, counts == 0),
        "zeros_expected": mean_of(sample, np.exp(-here.hidden)[cells.index]) if named else None,
    }


def _refuse_no_spread(fit: Fit, model_based: Fit, columns: Sequence[int], count: str) -> None:
    own, other = np.diag(model_based.covariance)[columns], np.diag(fit.covariance)[columns]
    if not (other >= 1e-10 * own).all():  # nor a number, where there are no more rows than coefficients
        raise ValueError(f"{count} has one value among rows alike in all terms: there is no spread to take errors from")


def _check_at_offset(at_offset: float | None, offset: str | None) -> None:
    if at_offset is None:
        return
    if offset is None:
        raise WrongCall("at_offset needs the column: name it with offset=")
    if not (np.isfinite(at_offset) and at_offset > 0):
        raise WrongCall(f"at_offset must be a finite number above zero, not {at_offset!r}")
