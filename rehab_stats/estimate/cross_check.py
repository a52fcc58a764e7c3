"""The same models fitted by statsmodels and lifelines, row by row: a second opinion on this package's own likelihoods.

They share the rows used, the model matrix and the writing of rows with `gradient`, and nothing of the fitting. Slower,
and without what made own code necessary (delayed entry with clusters, separation said rather than missed).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import statsmodels.api as sm
from lifelines import CoxPHFitter

from rehab_stats.estimate.model.contrasts import level_counts, ratio_rows
from rehab_stats.estimate.model.design_matrix import build_design
from rehab_stats.estimate.model.fit import Fit
from rehab_stats.estimate.model.models import Adjustment, stacked_models
from rehab_stats.estimate.model.sample import Roles, Sample
from rehab_stats.vocabulary import Estimates

PRECISE = {"precision": 1e-12, "r_precision": 1e-14}
"""lifelines' own limits stop its Newton steps up to 1e-5 short of the maximum."""


def odds_ratios_by_statsmodels(
    data: pd.DataFrame, *, outcome: str, exposure: str, adjust: Adjustment = (), reference: object = None
) -> Estimates:
    """As `gradient.odds_ratios` with model-based errors, from statsmodels' GLM on rows; same parameters and rows."""

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        y = sample.frame[outcome].to_numpy()
        design = build_design(sample.frame, exposure=exposure, terms=terms)
        model = sm.GLM(y, design.matrix[design.index], family=sm.families.Binomial())
        found = model.fit(tol=1e-12, maxiter=100)
        fit = Fit(
            np.asarray(found.params), np.asarray(found.cov_params()), float(found.llf), found.fit_history["iteration"]
        )
        fixed = {"outcome": outcome, "measure": "odds_ratio"}
        return ratio_rows(sample, design, fit, level_counts(sample, y == 1), fixed), {
            "log_likelihood": fit.log_likelihood
        }

    return stacked_models(
        data,
        Roles(exposure, (outcome,), reference),
        adjust,
        estimate,
        check=lambda prepared: None,
        advice="see odds_ratios",
        method=f"Odds ratios of {outcome} by {exposure} from statsmodels' GLM",
        context={"outcome": outcome},
    )


def hazard_ratios_by_lifelines(
    data: pd.DataFrame,
    *,
    duration: str,
    event: str,
    exposure: str,
    adjust: Adjustment = (),
    reference: object = None,
    entry: str | None = None,
    cause: int = 1,
) -> Estimates:
    """As `gradient.hazard_ratios` with Efron ties and model-based errors, from lifelines' CoxPHFitter on rows."""
    numbers = (duration, event) if entry is None else (duration, event, entry)

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        happened = sample.frame[event].to_numpy() == cause
        design = build_design(sample.frame, exposure=exposure, terms=terms, intercept=False)
        frame = pd.DataFrame(design.matrix[design.index], columns=[f"x{place}" for place in range(len(design.names))])
        columns = {"duration_col": "duration", "event_col": "event"}
        frame = frame.assign(duration=sample.frame[duration].to_numpy(), event=happened)
        if entry is not None:
            frame, columns = frame.assign(entry=sample.frame[entry].to_numpy()), columns | {"entry_col": "entry"}
        found = CoxPHFitter().fit(frame, **columns, fit_options=PRECISE)
        fit = Fit(found.params_.to_numpy(), found.variance_matrix_.to_numpy(), float(found.log_likelihood_), 0)
        fixed = {"outcome": "event" if cause == 1 else "competing", "measure": "hazard_ratio"}
        rows = ratio_rows(sample, design, fit, level_counts(sample, happened), fixed)
        return rows, {"log_likelihood": fit.log_likelihood}

    return stacked_models(
        data,
        Roles(exposure, numbers, reference),
        adjust,
        estimate,
        check=lambda prepared: None,
        advice="see hazard_ratios",
        method=f"Cause-specific hazard ratios of {event} = {cause} by {exposure} from lifelines' CoxPHFitter",
        context={"outcome": event, "cause": cause},
    )
