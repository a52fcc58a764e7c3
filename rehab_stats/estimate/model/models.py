"""One way through every estimator: check the columns once, then fit one model after the other and stack their rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.adjustment import Adjustment
from rehab_stats.estimate.model.design_matrix import Design
from rehab_stats.estimate.model.fit import (
    Fit,
    InfiniteCoefficient,
    logistic_residuals,
    logistic_sandwich,
    refuse_degenerate,
)
from rehab_stats.estimate.model.sample import Prepared, Roles, Sample, prepare, refuse_rows
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates

MERGE = "merge levels or leave a term out"
FEWEST_CLUSTERS = 40
DETAILS = ("n_reference", "events_reference")
"""Columns that the details always have: persons, and persons with the event, at the reference of a contrast."""


def stacked_models(
    data: pd.DataFrame,
    roles: Roles,
    adjust: Adjustment,
    estimate: Callable[[Sample, Sequence[str]], tuple[list[dict], dict]],
    *,
    check: Callable[[Prepared], None],
    advice: str,
    method: str,
    context: Mapping,
    errors: str = "model-based errors",
) -> Estimates:
    """One model after the other on its own complete rows: their rows stacked, their diagnostics named.

    What a row holds beyond the tidy columns becomes its details. `errors`: what they are when there are neither
    weights nor clusters.
    """
    models = named_models(adjust)
    several = isinstance(adjust, Mapping)
    prepared = prepare(data, roles, models)
    check(prepared)
    _warn_of_few_clusters(prepared)
    rows, diagnostics = [], {}
    for model, terms in models.items():
        try:
            made, about = estimate(prepared.sample(terms), terms)
        except InfiniteCoefficient as error:
            raise ValueError(f"{f'model {model}: ' if several else ''}{error}; {advice}") from error
        except ValueError as error:
            raise ValueError(f"{f'model {model}: ' if several else ''}{error}") from error
        rows += [{"model": model} | row for row in made]
        diagnostics |= {f"{name}.{model}" if several else name: value for name, value in about.items()}
    frame = pd.DataFrame(rows)
    more = [column for column in frame if column not in TIDY_COLUMNS + DETAILS]
    return Estimates(
        frame.drop(columns=[*DETAILS, *more], errors="ignore"),
        details=frame.reindex(columns=[*DETAILS, *more]),
        diagnostics=diagnostics,
        method=f"{method}; Wald 95 % intervals, {_errors(roles, errors)}.",
        context={"exposure": roles.exposure, "adjust": {m: list(t) for m, t in models.items()}, **context},
    )


def named_models(adjust: Adjustment) -> dict[str, tuple[str, ...]]:
    """Model name -> terms; anything but lists of terms is refused."""
    bad = [terms for terms in (adjust.values() if isinstance(adjust, Mapping) else [adjust]) if terms is None]
    if bad:
        raise ValueError("adjust must be a list of terms, or a mapping of such lists, not None; () adjusts for nothing")
    if isinstance(adjust, str):
        raise ValueError(f"adjust must be a list of terms, or a mapping of such lists, not the text {adjust!r}")
    if not isinstance(adjust, Mapping):
        return {"adjusted" if len(adjust) else "crude": tuple(adjust)}
    if not adjust:
        raise ValueError("adjust is an empty mapping: no model is asked for")
    texts = [str(model) for model, terms in adjust.items() if isinstance(terms, str)]
    if texts:
        raise ValueError(f"adjust: the terms of model {texts[0]} must be a list, not one text")
    return {str(model): tuple(terms) for model, terms in adjust.items()}


def _errors(roles: Roles, independent: str) -> str:
    if roles.cluster:
        return f"errors robust to dependence within {roles.cluster}"
    if roles.weights:
        return f"robust errors, weighted by {roles.weights}"
    return f"{independent}, rows taken as independent"


def _warn_of_few_clusters(prepared: Prepared) -> None:
    cluster = prepared.roles.cluster
    number = prepared.frame[cluster].nunique() if cluster else FEWEST_CLUSTERS
    if number < 2:
        raise ValueError(f"{cluster} has {number} value: errors by cluster need at least two clusters")
    if number < FEWEST_CLUSTERS:
        warnings.warn(
            f"{cluster} has {number} values: cluster-robust errors are too small with fewer than {FEWEST_CLUSTERS}",
            UserWarning,
            stacklevel=4,
        )


def fit_diagnostics(design: Design, fit: Fit, sample: Sample, *, likelihood: bool = True) -> dict:
    """The diagnostics every model has; no AIC where the maximised function is not a likelihood."""
    parameters = len(fit.coefficients)
    proper = likelihood and sample.weights is None
    return {
        "rows_used": len(sample),
        "rows_dropped": sample.rows_dropped,
        "levels_empty": sample.levels_empty,
        "patterns": design.patterns,
        "parameters": parameters,
        "iterations": fit.iterations,
        "log_likelihood": fit.log_likelihood,
        "aic": 2 * parameters - 2 * fit.log_likelihood if proper else None,
        "n_clusters": None if sample.cluster is None else int(sample.cluster.max()) + 1,
    }


def refuse_not_binary(prepared: Prepared, outcome: str) -> None:
    """Raise ValueError naming rows whose outcome is neither missing nor 0 or 1."""
    values = prepared.frame[outcome]
    refuse_rows(values.notna() & (values != 0) & (values != 1), f"{outcome} must be 0 or 1")


def refuse_no_ridits(prepared: Prepared, ridit: str | None) -> None:
    """Raise ValueError naming rows whose place on the ladder, where a column has it, lies outside 0 to 1."""
    if ridit:
        places = prepared.frame[ridit]
        refuse_rows(places.notna() & ~places.between(0, 1), f"{ridit} (ridits) must lie between 0 and 1")


def binary_outcome(sample: Sample, outcome: str) -> np.ndarray:
    """The outcome of the rows used; one value in all of them is refused."""
    y = sample.frame[outcome].to_numpy()
    if y.min() == y.max():
        raise ValueError(f"{outcome} is {y[0]:.0f} in all rows used: there is nothing to model")
    return y


def with_robust_errors(design: Design, fit: Fit, sample: Sample, y: np.ndarray, cluster: str | None) -> Fit:
    """A logistic fit with the sandwich as its covariance where there are weights or clusters, else as it is."""
    if sample.weights is None and sample.cluster is None:
        return fit
    residuals = logistic_residuals(design, fit, y, sample.weights)
    robust = logistic_sandwich(design, fit, residuals, sample.cluster)
    refuse_degenerate(robust, fit, design.terms[sample.exposure], cluster or "row")
    return replace(fit, covariance=robust)
