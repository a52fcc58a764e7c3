"""The share whose change reached a threshold, by level, under each handling of missing scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import expit

from rehab_stats.estimate.access.gradient import standardised_risks
from rehab_stats.estimate.change.completed import Completed, Delta, given_of
from rehab_stats.estimate.change.handling import impute_target
from rehab_stats.estimate.change.linear import refuse_unfit, row_matrix
from rehab_stats.estimate.change.options import Options, as_delta, own_stream
from rehab_stats.estimate.change.target import Question, Target
from rehab_stats.estimate.missing.pooling import pool
from rehab_stats.estimate.missing.response import fit_response
from rehab_stats.estimate.model.contrasts import level_counts, risk_rows
from rehab_stats.estimate.model.design_matrix import Design
from rehab_stats.estimate.model.fit import Fit, InfiniteCoefficient, fit_logistic
from rehab_stats.estimate.model.models import MERGE, Adjustment, named_models
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.model.standardisation import average_risks
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates

BEYOND = ("complete_cases", "weights", "imputation")
IMPROVED, WORSENED = "improved", "worsened"


def share_beyond(
    data: pd.DataFrame,
    *,
    baseline: str,
    followup: str | Sequence[str],
    exposure: str,
    threshold: float,
    higher_is_better: bool = True,
    adjust: Adjustment = (),
    handling: str = "complete_cases",
    auxiliary: Sequence[str] = (),
    steps: Mapping[str, Sequence[str]] | None = None,
    delta: Delta | float | Mapping[str, float] | None = None,
    reference: object = None,
    m: int | None = None,
    method: str = "normal",
    truncate: tuple[float, float] | None = (0.01, 0.99),
    rng: np.random.Generator | None = None,
    workers: int = 1,
) -> Estimates:
    """Share of each level whose change was at least so many points, if everybody had the level, and its contrasts.

    A threshold that was found for means of groups says little of single persons: scores of one person wander by as much
    without any change. Read the shares as a description of how changes are spread, not as persons who responded.

    Parameters
    ----------
    data, baseline, followup, exposure, adjust, auxiliary, steps, delta, reference, m, method, truncate, rng, workers
        As in `mean_change`, without products with the exposure. m=None: as many imputations as the mean change needs,
        not the share.
    threshold : number of points
        Above 0: changes of at least this much; below 0: changes of this much or more downwards.
    higher_is_better : bool
        Which of the two is `improved` and which `worsened`.
    handling : {"complete_cases", "weights", "imputation"}
        Of imputation each completed set is analysed and the shares are pooled; a mixed model has no single changes.

    Returns
    -------
    Estimates
        Per model a `risk` for every level, a `risk_difference` and a `risk_ratio` for every level but the reference, as
        `standardised_risks`; outcome `improved` or `worsened`. `n`: persons of the level in the population of the
        estimate; `events`: those with both scores whose change was seen to reach the threshold. Diagnostics:
        `rows_used`, `rows_dropped`, `levels_empty`, `paired` as in `mean_change`, and by handling those of
        `standardised_risks`, `pool` (and `imputation_notes`), `response_weights`.

    Raises
    ------
    ValueError
        As `mean_change` and `standardised_risks` (a level in which nobody, or everybody, reached it).

    Notes
    -----
    Risks are pooled as they are, with limits on the logit scale, ratios as logs. Errors of weighted shares count the
    estimation of the weights. Cocks et al. 2012, doi 10.1016/j.ejca.2012.02.059, on thresholds of groups.

    Checked in tests/estimate/change/test_beyond.py.
    """
    if handling not in BEYOND:
        raise WrongCall(f"handling must be one of {', '.join(BEYOND)}; got {handling!r}")
    if not (np.isfinite(threshold) and threshold != 0):
        raise WrongCall(f"threshold must be a number of points other than 0; got {threshold!r}")
    options = Options(
        handling=handling,
        steps=steps,
        delta=as_delta(delta),
        m=m,
        method=method,
        truncate=truncate,
        rng=own_stream(rng),
        workers=workers,
    )
    options.refuse()
    models, several = named_models(adjust), isinstance(adjust, Mapping)
    columns = {"baseline": baseline, "followup": followup, "exposure": exposure, "reference": reference}
    used = auxiliary if handling == "imputation" else ()
    question = Question.of(data, **columns, models=models, auxiliary=used)
    outcome = IMPROVED if (threshold > 0) == higher_is_better else WORSENED
    made = impute_target(question, data, models, options) if handling == "imputation" else None
    parts = []
    for model, terms in models.items():
        try:
            target = question.target(terms)
            target.refuse_unpaired()
            found = _of_model(target, data, options, threshold, outcome, made)
        except ValueError as error:
            kind = WrongCall if isinstance(error, WrongCall) else ValueError
            raise kind(f"{f'model {model}: ' if several else ''}{error}") from error
        parts.append(_told(found, target, model, several=several, everybody=handling != "complete_cases"))
    return Estimates.stack(parts, method=_method(question, options, threshold)).with_context(
        adjust={name: list(terms) for name, terms in models.items()},
        population="with_both_forms" if handling == "complete_cases" else "due_at_followup",
        handling=handling,
        threshold=float(threshold),
    )


def _of_model(
    target: Target, data: pd.DataFrame, options: Options, threshold: float, outcome: str, made: Completed | None
) -> Estimates:
    """Shares under one adjustment set; `made`: imputations of the target."""
    seen = _reached(target.followup - target.baseline, threshold)
    if options.handling == "complete_cases":
        mine = target.pairs()
        exposure = mine.sample.exposure
        levels = pd.Categorical(mine.sample.frame[exposure], mine.sample.levels, ordered=True)
        return standardised_risks(
            mine.sample.frame.assign(**{exposure: levels, outcome: seen[target.paired]}),
            outcome=outcome,
            exposure=exposure,
            reference=mine.sample.reference,
            adjust=target.terms,
        )
    if options.handling == "weights":
        return _weighted(target, data, options, seen, outcome)
    given = given_of(data, target, options.delta.given if options.delta else "")
    completed = made.of(target).departed(options.delta, given)
    everybody = np.ones(len(target.sample), dtype=bool)
    parts = []
    for reached in _reached(completed.followup - completed.baseline, threshold).T:
        _refuse_one_sided(target, reached, everybody, outcome)
        parts.append(_shares(target, _logistic(target.design, reached), seen, outcome))
    pooled = pool(parts)
    return pooled.replaced(diagnostics=pooled.diagnostics | {"imputation_notes": "; ".join(made.notes)})


def _logistic(design: Design, reached: np.ndarray, weights: np.ndarray | None = None) -> Fit:
    try:
        return fit_logistic(design, reached, weights)
    except InfiniteCoefficient as error:
        raise ValueError(f"{error}; {MERGE}") from error


def _shares(target: Target, fit: Fit, seen: np.ndarray, outcome: str, diagnostics: Mapping | None = None) -> Estimates:
    """Shares averaged over the covariates of everybody in the target; events are those seen to reach the threshold."""
    risks, covariance = average_risks(target.design, fit, target.sample, seen)
    frame = pd.DataFrame(risk_rows(target.sample, risks, covariance, level_counts(target.sample, seen == 1), outcome))
    more = [column for column in frame if column not in TIDY_COLUMNS]
    return Estimates(
        frame.drop(columns=more),
        details=frame[more],
        diagnostics=diagnostics,
        context={"exposure": target.sample.exposure, "outcome": outcome},
    )


def _told(found: Estimates, target: Target, model: str, *, several: bool, everybody: bool) -> Estimates:
    """Under the model's name, with what became of the rows in the diagnostics."""
    about = found.diagnostics | {
        "rows_used": len(target.sample) if everybody else int(target.paired.sum()),
        "rows_dropped": target.sample.rows_dropped,
        "levels_empty": target.sample.levels_empty,
        "paired": int(target.paired.sum()),
    }
    return found.replaced(
        rows=found.tidy().assign(model=model),
        diagnostics={f"{name}.{model}" if several else name: value for name, value in about.items()},
    )


def _reached(change: np.ndarray, threshold: float) -> np.ndarray:
    """1.0 where the change is at least the threshold, in its direction, rounding aside; missing ones are 0."""
    least = abs(threshold) * (1 - 1e-9)  # 0.75 - 0.67 is a little below 0.08
    return (np.nan_to_num(change * np.sign(threshold), nan=-np.inf) >= least).astype(float)


def _weighted(target: Target, data: pd.DataFrame, options: Options, seen: np.ndarray, outcome: str) -> Estimates:
    """Shares of those with both scores, weighted; the errors count the estimation of the weights."""
    here = data.iloc[target.sample.frame.index]
    response = fit_response(here, steps=options.steps, stabilised=options.stabilised, truncate=options.truncate)
    if not np.array_equal(response.weights > 0, target.paired):
        raise ValueError(
            f"the last of steps must say who has both {target.names[0]} and {target.names[-1]}: rows in which every "
            "step is 1 are not the rows with both scores"
        )
    _refuse_one_sided(target, seen, target.paired, outcome)
    matrix = row_matrix(target)
    refuse_unfit(matrix[target.paired], target.design.names)
    fit = _logistic(target.design, seen, response.weights)
    residual = np.where(target.paired, seen - expit(matrix @ fit.coefficients), 0.0)
    influence = response.influence(residual[:, None] * matrix) @ fit.covariance
    many, width = int(target.paired.sum()), matrix.shape[1]
    robust = replace(fit, covariance=influence.T @ influence * many / (many - width))
    return _shares(target, robust, seen, outcome, response.diagnostics)


def _refuse_one_sided(target: Target, reached: np.ndarray, among: np.ndarray, outcome: str) -> None:
    for place, level in enumerate(target.sample.levels):
        mine = reached[among & (target.sample.level == place)]
        if mine.min() == mine.max():
            raise ValueError(
                f"the rows with {target.sample.exposure} = {level!r} do not have both {outcome} = 0 and {outcome} = 1, "
                f"so the level's log odds are infinite; {MERGE}"
            )


_WORDS = {
    "complete_cases": "those with both scores",
    "weights": "those with both scores, weighted by the inverse chance of having them, errors counting the estimation "
    "of the weights",
    "imputation": "multiple imputation by chained equations, pooled by Rubin's rules with degrees of freedom after "
    "Barnard and Rubin",
}


def _method(question: Question, options: Options, threshold: float) -> str:
    names = question.scores.names
    delta = ", imputed scores moved by a delta" if options.delta is not None else ""
    intervals = "95 % intervals by t" if options.handling == "imputation" else "Wald 95 % intervals"
    return (
        f"Shares whose change from {names[0]} to {names[-1]} reached {threshold:g} points, by "
        f"{question.prepared.roles.exposure}, standardised by prediction from logistic models; "
        f"{_WORDS[options.handling]}{delta}; {intervals}."
    )
