"""Two questions of a count with many zeros: is there any, and if there is, how many.

A hurdle model: a logistic model of any against none, and a Poisson or negative binomial likelihood of the positive
counts, zero-truncated. The two share no parameter, so each is maximised by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit

from rehab_stats.estimate.counts.count_data import CountColumns, mean_of, offset_diagnostics, one_of, pearson_dispersion
from rehab_stats.estimate.counts.count_likelihood import (
    CountCells,
    CountFit,
    count_cells,
    fit_negative_binomial,
    fit_poisson,
    row_scores,
    rows_of,
)
from rehab_stats.estimate.counts.count_moments import moments
from rehab_stats.estimate.model.contrasts import ratio_rows
from rehab_stats.estimate.model.fit import Fit, InfiniteCoefficient, maximise, refuse_degenerate, score_sandwich
from rehab_stats.estimate.model.models import MERGE, Adjustment, fit_diagnostics, stacked_models
from rehab_stats.estimate.model.sample import Roles, Sample, WrongCall
from rehab_stats.vocabulary import Estimates

FAMILIES = {"negative_binomial": "negative binomial", "poisson": "Poisson"}


def hurdle(
    data: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    adjust: Adjustment = (),
    offset: str | None = None,
    offset_as: str = "offset",
    offset_in_zero_part: bool = False,
    family: str = "negative_binomial",
    reference: object = None,
    person: str | None = None,
    cluster: str | None = None,
) -> Estimates:
    """Odds of any at all, and how many times as many among those with any, by level of the exposure.

    A conditional odds ratio (see `odds_ratios` for what it is not) and a rate ratio of the positive counts. The latter
    compares the means of the counts before truncation: what those with any would have on average if the same process
    could also have given them none. The ratio of the means seen among those with any lies nearer 1. Those with any are
    a selected group: a level at which few ever come may keep only the keenest.

    Parameters
    ----------
    data, count, exposure, adjust, offset, offset_as, reference, person
        As in `rate_ratios`.
    offset_in_zero_part : bool
        Whether the log of the offset also enters the logit of any (with coefficient 1, or estimated, as `offset_as`
        says). By default the offset belongs to the positive counts alone.
    family : {"negative_binomial", "poisson"}
        Of the positive counts.
    cluster : str, optional
        Column: errors allow for any dependence among rows that share its value (sandwich of the scores of coefficients
        and theta together, no small-sample factor).

    Returns
    -------
    Estimates
        Per model one `odds_ratio` (outcome `any`) per level but the reference, then one `rate_ratio` (outcome
        `count_if_any`) each. Intervals are Wald 95 %, symmetric on the log scale; errors from the observed information
        of coefficients and theta. `any`: `n` persons of the level, `events` those with a count above 0;
        `count_if_any`: both are those with a count above 0. Details as in `rate_ratios` (`theta` with the rate ratios).
        Diagnostics as in `rate_ratios`, of both parts together (`parameters`, `iterations`, `log_likelihood`, `aic`,
        `dispersion` over rows less all parameters); `zeros_expected` equals `zeros_observed` up to the offset.
        `log_likelihood_any` and `log_likelihood_count_if_any` are the parts.

    Raises
    ------
    ValueError
        As `rate_ratios`; a level in which nobody or everybody has any, or in which nobody has more than 1; positive
        counts that spread no more than a truncated Poisson, or are more skewed than any negative binomial.

    Notes
    -----
    logit P(Y > 0) = a0 + a_level + x'c; P(Y = y | Y > 0) = f(y) / (1 - f(0)), f with log mu = b0 + b_level + x'd +
    log(offset) and, for the negative binomial, variance mu + mu^2 / theta (Mullahy 1986, doi
    10.1016/0304-4076(86)90002-3). The truncated mean is mu / (1 - f(0)) with mu holding the offset; library models that
    leave the offset out of f(0), or add it after the fit, fit another model without a word. Checked by hand with an
    offset, and against R (pscl::hurdle; by cluster, numerical derivatives) in tests/estimate/counts/test_hurdle.py.
    """
    columns = CountColumns(count, offset, offset_as)
    one_of("family", family, tuple(FAMILIES))
    if offset_in_zero_part and offset is None:
        raise WrongCall("offset_in_zero_part=True needs the column: name it with offset=")

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        found = fit_hurdle(sample, terms, columns, family, offset_in_zero_part=offset_in_zero_part)
        any_fit, positive_fit = _with_errors(found, sample, cluster)
        tallies, some = columns.tallies(sample), columns.tallies(sample, found.counts > 0)
        any_fixed = {"outcome": "any", "measure": "odds_ratio", "theta": np.nan}
        positive_fixed = {"outcome": "count_if_any", "measure": "rate_ratio", "theta": _known(found.positive.theta)}
        rows = ratio_rows(sample, found.zeros.design, any_fit, tallies, any_fixed)
        rows += ratio_rows(sample, found.positive.cells.design, positive_fit, some, positive_fixed)
        offsets = offset_diagnostics(columns, found.positive.cells.design, positive_fit)
        return rows, _diagnostics(found, sample) | offsets

    both = " in both parts" if offset_in_zero_part else " of the positive counts" if offset else ""
    return stacked_models(
        data,
        Roles(exposure, columns.numbers, reference, person, cluster),
        adjust,
        estimate,
        check=columns.check,
        advice=MERGE,
        method=f"Odds ratios of any {count} and rate ratios of the number if any by {exposure} from hurdle models "
        f"(logistic, zero-truncated {FAMILIES[family]}){columns.words}{both}",
        context=columns.context | {"family": family},
    )


@dataclass(frozen=True)
class HurdleFit:
    """Both parts of a hurdle model.

    Attributes
    ----------
    counts : (rows,)
    zeros, any : the rows grouped for the logistic part (`total` counts rows with any), and its fit.
    cells, positive : all rows grouped with the offset of the counts; the fit to the positive ones, whose design has the
        same columns.
    """

    counts: np.ndarray
    zeros: CountCells
    any: Fit
    cells: CountCells
    positive: CountFit

    @property
    def log_likelihood(self) -> float:
        """Of both parts."""
        return self.any.log_likelihood + self.positive.fit.log_likelihood

    @property
    def parameters(self) -> int:
        """Coefficients of both parts, and theta when it was estimated."""
        return len(self.any.coefficients) + self.positive.parameters

    def chance_of_any(self) -> np.ndarray:
        """(rows,)"""
        return expit(self.zeros.predictor(self.any.coefficients))[self.zeros.index]

    def mean_and_variance(self) -> tuple[np.ndarray, np.ndarray]:
        """(rows,) each: of the count, zeros included."""
        predictor = self.cells.predictor(self.positive.fit.coefficients)
        here = moments(predictor, self.positive.theta, truncated=True)
        chance, mean = self.chance_of_any(), here.mean[self.cells.index]
        return chance * mean, chance * (here.variance[self.cells.index] + (1 - chance) * mean**2)


def fit_hurdle(
    sample: Sample, terms: Sequence[str], columns: CountColumns, family: str, *, offset_in_zero_part: bool = False
) -> HurdleFit:
    """Both parts maximised; what they refuse says of which part it speaks."""
    counts, amounts = columns.counts(sample), columns.amounts(sample)
    _refuse_levels(sample, counts, columns.count)
    some = counts > 0
    design = columns.design(sample, terms)
    plain = design if columns.fixed or offset_in_zero_part else columns.design(sample, terms, with_offset=False)
    zeros = count_cells(plain, some.astype(float), offset=amounts if offset_in_zero_part else None)
    any_fit = _fit_any(zeros, columns.count)
    part = count_cells(rows_of(design, some), counts[some], offset=None if amounts is None else amounts[some])
    fitter = fit_negative_binomial if family == "negative_binomial" else fit_poisson
    try:
        positive = fitter(part, truncated=True)
    except InfiniteCoefficient as error:
        raise InfiniteCoefficient(
            [f"{name} (among those with any {columns.count})" for name in error.columns]
        ) from error
    except ValueError as error:
        raise type(error)(f"among rows with {columns.count} above 0: {error}") from error
    return HurdleFit(counts, zeros, any_fit, columns.cells(sample, design), positive)


def _fit_any(cells: CountCells, count: str) -> Fit:
    """Logistic model of whether there is any: `total` counts the rows with any, an offset enters the logit."""

    def likelihood(coefficients: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        predictor = cells.predictor(coefficients)
        risk = expit(predictor)
        value = cells.total @ predictor - cells.size @ np.logaddexp(0, predictor)
        score = cells.by_pattern(cells.total - cells.size * risk) @ cells.design.matrix
        return float(value), score, cells.information(cells.size * risk * (1 - risk))

    share = cells.total.sum() / cells.size.sum()
    start = np.zeros(cells.design.matrix.shape[1])
    start[0] = np.log(share / (1 - share)) - cells.size @ cells.log_offset / cells.size.sum()
    try:
        return maximise(likelihood, start, matrix=cells.design.matrix, names=cells.design.names)
    except InfiniteCoefficient as error:
        raise InfiniteCoefficient([f"{name} (any {count} or none)" for name in error.columns]) from error


def _refuse_levels(sample: Sample, counts: np.ndarray, count: str) -> None:
    """Raise ValueError when a level has only zeros, none, or no count above 1; without a number: it may be a person."""
    size = np.bincount(sample.level, minlength=len(sample.levels))
    some = np.bincount(sample.level[counts > 0], minlength=len(sample.levels))
    more = np.bincount(sample.level[counts > 1], minlength=len(sample.levels))
    for place, level in enumerate(sample.levels):
        rows = f"rows with {sample.exposure} = {level!r}"
        if some[place] in (0, size[place]):
            raise ValueError(f"the {rows} do not have both {count} = 0 and more, so their odds are infinite; {MERGE}")
        if not more[place]:
            raise ValueError(f"no {rows} have {count} above 1, so the mean of their positive counts is 0; {MERGE}")


def _with_errors(found: HurdleFit, sample: Sample, cluster: str | None) -> tuple[Fit, Fit]:
    """The fits of both parts, with sandwich covariances where there are clusters."""
    any_fit, positive = found.any, found.positive
    if sample.cluster is None:
        return any_fit, positive.fit
    some = found.counts > 0
    scores = some - found.chance_of_any()
    any_robust = score_sandwich(found.zeros.design, any_fit.covariance, scores, sample.cluster)
    own, in_theta = row_scores(positive, found.counts[some])
    groups = np.unique(sample.cluster[some], return_inverse=True)[1]
    further = in_theta if np.isfinite(positive.theta) else None
    design, number = positive.cells.design, len(positive.fit.coefficients)
    robust = score_sandwich(design, positive.inverse, own, groups, further)[:number, :number]
    refuse_degenerate(any_robust, any_fit, found.zeros.design.terms[sample.exposure], cluster)
    refuse_degenerate(robust, positive.fit, design.terms[sample.exposure], cluster)
    return replace(any_fit, covariance=any_robust), replace(positive.fit, covariance=robust)


def _known(theta: float) -> float:
    return theta if np.isfinite(theta) else np.nan


def _diagnostics(found: HurdleFit, sample: Sample) -> dict:
    mean, variance = found.mean_and_variance()
    about = fit_diagnostics(found.cells.design, found.any, sample)
    return about | {
        "parameters": found.parameters,
        "iterations": found.any.iterations + found.positive.fit.iterations,
        "log_likelihood": found.log_likelihood,
        "aic": 2 * found.parameters - 2 * found.log_likelihood,
        "log_likelihood_any": found.any.log_likelihood,
        "log_likelihood_count_if_any": found.positive.fit.log_likelihood,
        "dispersion": pearson_dispersion(sample, found.counts, mean, variance, found.parameters),
        "theta": found.positive.theta if np.isfinite(found.positive.theta) else None,
        "zeros_observed": mean_of(sample, found.counts == 0),
        "zeros_expected": mean_of(sample, 1 - found.chance_of_any()),
    }
