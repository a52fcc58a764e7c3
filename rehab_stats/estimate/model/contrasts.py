"""From coefficients or risks and their covariance to the rows of a result: estimate, error, interval, p, counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

from rehab_stats.estimate.model.design_matrix import Design
from rehab_stats.estimate.model.fit import Fit
from rehab_stats.estimate.model.sample import Sample

Z = ndtri(0.975)
NO_SPREAD = 1e-12
"""A variance below this share of the largest one is rounding."""


def level_counts(sample: Sample, happened: np.ndarray) -> dict[str, dict[str, int]]:
    """Level -> persons, and persons with the event."""
    n, events = sample.persons(np.ones(len(sample), dtype=bool)), sample.persons(happened)
    return {level: {"n": n[level], "events": events[level]} for level in sample.levels}


def reference_counts(sample: Sample, counts: Mapping) -> dict[str, int]:
    """The counts of the reference level, which has no row of its own against itself."""
    return {f"{name}_reference": count for name, count in counts[sample.reference].items()}


def _upper(sample: Sample) -> list[str]:
    return [level for level in sample.levels if level != sample.reference]


def ratio_rows(sample: Sample, design: Design, fit: Fit, counts: Mapping, fixed: Mapping) -> list[dict]:
    """A row per level but the reference: exp(coefficient) of the exposure's columns, which stand in that order."""
    columns = design.terms[sample.exposure]
    errors = np.sqrt(np.diag(fit.covariance))
    return [
        {"level": level, "reference": sample.reference}
        | wald(np.exp(fit.coefficients[column]), errors[column], scale="log", contrast=True)
        | counts[level]
        | reference_counts(sample, counts)
        | fixed
        for level, column in zip(_upper(sample), columns, strict=True)
    ]


def risk_rows(
    sample: Sample,
    risks: np.ndarray,
    covariance: np.ndarray,
    counts: Mapping,
    outcome: str,
    *,
    measure: str = "risk",
    scale: str = "logit",
) -> list[dict]:
    """Risks of all levels, then differences and ratios against the reference by the delta method.

    Another average than a risk has another `measure`, and `scale` for its limits: means the natural one. Raises
    ValueError for a level whose average has no spread to take an error from (one person, or several alike).
    """
    variances = np.diag(covariance)
    for level, variance in zip(sample.levels, variances, strict=True):
        if variance < NO_SPREAD * variances.max():
            raise ValueError(
                f"the rows with {sample.exposure} = {level!r} are alike, so that there is no spread to take the error "
                f"of the level's {measure} from; merge levels"
            )
    place = {level: position for position, level in enumerate(sample.levels)}
    base = place[sample.reference]
    rows = [
        {"measure": measure, "level": level}
        | wald(risks[a], np.sqrt(covariance[a, a]), scale=scale, contrast=False)
        | counts[level]
        for level, a in place.items()
    ]
    for contrast, on in [(f"{measure}_difference", "natural"), (f"{measure}_ratio", "log")]:
        for level in _upper(sample):
            pair = [place[level], base]
            slope = np.array([1.0, -1.0]) if on == "natural" else np.array([1.0, -1.0]) / risks[pair]
            value = risks[pair[0]] - risks[base] if on == "natural" else risks[pair[0]] / risks[base]
            error = np.sqrt(slope @ covariance[np.ix_(pair, pair)] @ slope)
            rows.append(
                {"measure": contrast, "level": level, "reference": sample.reference}
                | wald(value, error, scale=on, contrast=True)
                | counts[level]
                | reference_counts(sample, counts)
            )
    return [{"outcome": outcome} | row for row in rows]


def wald(estimate: float, error: float, *, scale: str, contrast: bool) -> dict:
    """Estimate, error, 95 % limits symmetric on the scale, and for a contrast the two-sided normal p.

    `error` is of log(estimate) on the log scale, of the estimate otherwise.
    """
    if scale == "log":
        centre, spread, back = np.log(estimate), error, np.exp
    elif scale == "logit":
        centre, spread, back = logit(estimate), error / (estimate * (1 - estimate)), expit
    else:
        centre, spread, back = estimate, error, float
    with np.errstate(over="ignore"):  # a ratio of which next to nothing is known: its upper limit is infinite
        low, high = float(back(centre - Z * spread)), float(back(centre + Z * spread))
    return {
        "estimate": float(estimate),
        "std_error": float(error),
        "conf_low": low,
        "conf_high": high,
        "p_value": float(2 * ndtr(-abs(centre) / spread)) if contrast else None,
    }
