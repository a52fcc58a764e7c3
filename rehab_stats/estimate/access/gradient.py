"""The social gradient in one outcome: odds ratios, standardised risks, hazard ratios; one estimand per function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.contrasts import level_counts, ratio_rows, risk_rows
from rehab_stats.estimate.model.cox import TIES, CoxModel, km_transform, risk_sets
from rehab_stats.estimate.model.design_matrix import build_design
from rehab_stats.estimate.model.fit import fit_logistic, refuse_degenerate
from rehab_stats.estimate.model.models import (
    MERGE,
    Adjustment,
    binary_outcome,
    fit_diagnostics,
    refuse_not_binary,
    stacked_models,
    with_robust_errors,
)
from rehab_stats.estimate.model.sample import Roles, Sample, WrongCall, refuse_times
from rehab_stats.estimate.model.standardisation import COVARIATES, average_risks
from rehab_stats.vocabulary import Estimates

PENALISE = f"{MERGE}, or use penalised=True (Firth)"


def odds_ratios(
    data: pd.DataFrame,
    *,
    outcome: str,
    exposure: str,
    adjust: Adjustment = (),
    reference: object = None,
    person: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    penalised: bool = False,
) -> Estimates:
    """Odds of the outcome at each level of the exposure relative to the reference level, given the adjustment terms.

    A conditional odds ratio from a logistic model. It is not a risk ratio (it lies further from 1, the more so the more
    common the outcome) and not comparable between adjustment sets (it moves when a covariate that predicts the outcome
    enters, also without confounding). `standardised_risks` has neither fault.

    Parameters
    ----------
    data : DataFrame
        One row per observation; not changed.
    outcome : str
        Column of 0 and 1, or flags.
    exposure : str
        Column: an ordered category (low to high), whole numbers, flags, or anything with two values. A category without
        order and three or more levels needs `reference`; text with three or more values is refused.
    adjust : sequence of formulaic terms, or mapping model name -> sequence
        For example `["bs(age, df=4)", "sex", "C(year)"]`. Under a mapping the models' rows are stacked in its order.
    reference : optional
        The level compared with; by default the first in the exposure's order.
    person : str, optional
        Column that says whose rows these are: `n` and `events` count distinct persons. It does not change errors.
    cluster : str, optional
        Column: errors allow for any dependence among rows that share its value (sandwich, no small-sample factor).
        Fewer than 40 clusters give a warning.
    weights : str, optional
        Column of sampling or inverse-probability weights: errors become robust (HC0); `n` stays unweighted.
    penalised : bool
        Firth's penalised likelihood, for sparse or separated data, with Wald intervals from the information at the
        penalised estimate. Not together with `cluster` or `weights`.

    Returns
    -------
    Estimates
        One `odds_ratio` per level but the reference. `std_error` is that of log(estimate); intervals are Wald 95 %,
        symmetric on the log scale; `p_value` is two-sided normal; `n` and `events` are those of the row's level,
        those of the reference are in the details (`n_reference`, `events_reference`).
        Diagnostics (with `.<model>` appended under a mapping): `rows_used`, `rows_dropped` (a missing value or weight
        zero), `levels_empty` (levels without rows: they get no row here), `patterns`, `parameters`, `iterations`,
        `log_likelihood` (weights scaled to mean 1), `aic` (None with weights or penalty), `n_clusters`.

    Raises
    ------
    ValueError
        Columns that cannot be used (see `sample.prepare`), collinear terms, separation (an infinite odds ratio).

    Notes
    -----
    logit P(Y = 1 | level, x) = b0 + b_level + x'c; the estimate is exp(b_level). Checked by hand and against R (glm,
    sandwich, brglm2) in tests/estimate/access/test_gradient.py.
    """
    if penalised and (cluster or weights):
        raise ValueError("penalised=True has no robust errors: leave out cluster and weights")

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        y = binary_outcome(sample, outcome)
        if not penalised:
            _refuse_separated_levels(sample, y, outcome, PENALISE)
        design = build_design(sample.frame, exposure=exposure, terms=terms)
        fit = fit_logistic(design, y, sample.weights, penalised=penalised)
        robust = with_robust_errors(design, fit, sample, y, cluster)
        counts = level_counts(sample, y == 1)
        rows = ratio_rows(sample, design, robust, counts, {"outcome": outcome, "measure": "odds_ratio"})
        return rows, fit_diagnostics(design, fit, sample, likelihood=not penalised)

    return stacked_models(
        data,
        Roles(exposure, (outcome,), reference, person, cluster, weights),
        adjust,
        estimate,
        check=lambda prepared: refuse_not_binary(prepared, outcome),
        advice=PENALISE,
        method=f"Odds ratios of {outcome} by {exposure} from "
        + ("logistic models with Firth's penalty" if penalised else "logistic models"),
        context={"outcome": outcome},
    )


def standardised_risks(
    data: pd.DataFrame,
    *,
    outcome: str,
    exposure: str,
    adjust: Adjustment = (),
    reference: object = None,
    person: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    covariates: str = "fixed",
) -> Estimates:
    """Risk of the outcome if everybody had a given level of the exposure, and differences and ratios of these risks.

    Predicted risks of a logistic model, averaged over the covariates of all rows used. They are causal effects only if
    the adjustment terms hold every common cause; otherwise they say how risks differ between people alike in them.

    Parameters
    ----------
    data, outcome, exposure, adjust, reference, person, cluster, weights
        As in `odds_ratios`. `weights` also weight the average.
    covariates : {"fixed", "sampled"}
        "fixed": delta method on the model's covariance; the covariates count as given. "sampled": adds that they
        are a sample of the population's (influence functions, by cluster when there is one, robust always).

    Returns
    -------
    Estimates
        Per model a `risk` for every level, then a `risk_difference` and a `risk_ratio` for every level but the
        reference. `std_error` is that of the estimate, for the ratio of its log. Intervals are Wald 95 %: symmetric on
        the logit scale for risks, the natural scale for differences, the log scale for ratios; `p_value` for the
        contrasts. `n` and `events` are those of the row's level, not of the whole group averaged over.
        Diagnostics as in `odds_ratios`.

    Raises
    ------
    ValueError
        As `odds_ratios`; a level in which nobody or everybody has the outcome.

    Notes
    -----
    R_a = sum_i w_i expit(b0 + b_a + x_i'c) / sum_i w_i; formulas of the errors in `standardisation.average_risks`.
    Checked by hand (without covariates the risks are the observed ones) and against R in
    tests/estimate/access/test_gradient.py.
    """
    if covariates not in COVARIATES:
        raise WrongCall(f"covariates must be one of {', '.join(COVARIATES)}, not {covariates!r}")

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        y = binary_outcome(sample, outcome)
        _refuse_separated_levels(sample, y, outcome, MERGE)
        design = build_design(sample.frame, exposure=exposure, terms=terms)
        fit = fit_logistic(design, y, sample.weights)
        robust = with_robust_errors(design, fit, sample, y, cluster)
        risks, covariance = average_risks(
            design, robust, sample, y, covariates=covariates, inverse_information=fit.covariance
        )
        rows = risk_rows(sample, risks, covariance, level_counts(sample, y == 1), outcome)
        return rows, fit_diagnostics(design, fit, sample)

    return stacked_models(
        data,
        Roles(exposure, (outcome,), reference, person, cluster, weights),
        adjust,
        estimate,
        check=lambda prepared: refuse_not_binary(prepared, outcome),
        advice=MERGE,
        method=f"Risks of {outcome} by {exposure}, standardised to all rows used by prediction from logistic models, "
        f"covariates {covariates}",
        context={"outcome": outcome},
    )


def hazard_ratios(
    data: pd.DataFrame,
    *,
    duration: str,
    event: str,
    exposure: str,
    adjust: Adjustment = (),
    reference: object = None,
    entry: str | None = None,
    strata: str | Sequence[str] | None = None,
    person: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    ties: str = "efron",
    cause: int = 1,
) -> Estimates:
    """Cause-specific hazard of the event at each level of the exposure relative to the reference, given the terms.

    From Cox's model: who is still under observation and free of every event has, at any time, this many times the
    hazard. It is not a risk ratio: what it means for how many ever have the event depends on the competing event and
    on time (`standardised_risks`, cumulative incidence).

    Parameters
    ----------
    data, exposure, adjust, reference, person, cluster, weights
        As in `odds_ratios`.
    duration : str
        Column: time from origin to event or censoring, in any unit; zero or more, finite.
    event : str
        Column: 0 censored, 1 event, 2 competing event.
    entry : str, optional
        Column: time from origin at which the row came under observation (delayed entry, left truncation); below
        `duration`. A row is at risk at t when entry < t <= duration.
    strata : str or sequence of str, optional
        Columns: each combination of values has its own baseline hazard.
    ties : {"efron", "breslow"}
    cause : {1, 2}
        The event code whose hazard is modelled; the other is censored.

    Returns
    -------
    Estimates
        One `hazard_ratio` per level but the reference; `outcome` is `event` (cause 1) or `competing` (cause 2). Errors
        and intervals as in `odds_ratios`; robust with `weights` or `cluster`. Diagnostics as in `odds_ratios`, with
        `log_likelihood` the partial one, and the test of proportional hazards of survival::cox.zph
        (transform = "km"): `ph_test` (p, all terms at once), `ph_test_chisq`, `ph_test_df`, and for each term
        `ph_test.<term>`, `ph_test_chisq.<term>`, `ph_test_df.<term>`.

    Raises
    ------
    ValueError
        As `odds_ratios`; entry not below duration; a level without events; an infinite hazard ratio.

    Notes
    -----
    h(t | level, x) = h0_stratum(t) exp(b_level + x'c); formulas in `cox`. Checked by hand and against R
    (survival::coxph, cox.zph) in tests/estimate/access/test_gradient.py.
    """
    if ties not in TIES:
        raise WrongCall(f"ties must be one of {', '.join(TIES)}, not {ties!r}")
    if cause not in (1, 2):
        raise ValueError(f"cause must be 1 (event) or 2 (competing), not {cause!r}")
    strata = (strata,) if isinstance(strata, str) else tuple(strata or ())
    numbers = (duration, event) if entry is None else (duration, event, entry)

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        time = sample.frame[duration].to_numpy()
        start = None if entry is None else sample.frame[entry].to_numpy()
        happened = sample.frame[event].to_numpy() == cause
        refuse_no_events(sample, happened, event, cause)
        design = build_design(sample.frame, exposure=exposure, terms=terms, intercept=False)
        sets = risk_sets(time, happened, entry=start, strata=sample.strata, weights=sample.weights, ties=ties)
        model = CoxModel(design, sets)
        fit, robust = model.fit(), None
        if sample.weights is not None or sample.cluster is not None:
            robust = replace(fit, covariance=model.sandwich(fit, sample.cluster))
            refuse_degenerate(robust.covariance, fit, design.terms[exposure], cluster or "row")
        tests = model.proportional_hazards_test(fit, km_transform(time, happened, start, sets.times))
        fixed = {"outcome": "event" if cause == 1 else "competing", "measure": "hazard_ratio"}
        rows = ratio_rows(sample, design, robust or fit, level_counts(sample, happened), fixed)
        return rows, fit_diagnostics(design, fit, sample) | _ph_diagnostics(tests)

    return stacked_models(
        data,
        Roles(exposure, numbers, reference, person, cluster, weights, strata),
        adjust,
        estimate,
        check=lambda prepared: refuse_times(prepared.frame, duration=duration, event=event, entry=entry),
        advice=MERGE,
        method=f"Cause-specific hazard ratios of {event} = {cause} by {exposure} from Cox models over {duration}, "
        f"{ties.capitalize()} ties"
        + (f", entry at {entry}" if entry else "")
        + (f", baseline hazards by {', '.join(strata)}" if strata else ""),
        context={"outcome": event, "cause": cause},
    )


def _refuse_separated_levels(sample: Sample, y: np.ndarray, outcome: str, advice: str) -> None:
    rows, events = np.bincount(sample.level), np.bincount(sample.level, weights=y)
    for level, size, count in zip(sample.levels, rows, events, strict=True):
        if count in (0, size):  # no counts in the sentence: the level may hold a person or two
            raise ValueError(
                f"the rows with {sample.exposure} = {level!r} do not have both {outcome} = 0 and {outcome} = 1, so the "
                f"level's log odds are infinite; {advice}"
            )


def refuse_no_events(sample: Sample, happened: np.ndarray, event: str, cause: int) -> None:
    """Raise ValueError when nobody, or nobody of some level, has the event: its hazard ratio is no number."""
    events = np.bincount(sample.level, weights=happened)
    if not events.any():
        raise ValueError(f"no row used has {event} = {cause}")
    for level, count in zip(sample.levels, events, strict=True):
        if count == 0:
            raise ValueError(
                f"no row with {sample.exposure} = {level!r} has {event} = {cause}, so its hazard ratio is zero or "
                f"infinite; {MERGE}"
            )


def _ph_diagnostics(tests: Mapping[str, tuple[float, int, float]]) -> dict:
    named = {}
    for term, (statistic, df, p) in tests.items():
        ending = f".{term}" if term else ""
        named |= {f"ph_test{ending}": p, f"ph_test_chisq{ending}": statistic, f"ph_test_df{ending}": df}
    return named
