"""What an unmeasured common cause of the stages would do to their parts of the gap.

Who passes a stage is selected: by level, by what is recorded, and by what is not. If something unrecorded (need, wish,
drive) moves every stage, those of a level who came far differ from those of another in it, although at the start they
may not. Here the cause is given a strength, and the stages are fitted as they would be with it in the model.

Checked against R (own likelihood, optim): tests/reference/pathway_selection.R.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.design_matrix import build_design
from rehab_stats.estimate.model.models import MERGE, Adjustment, stacked_models
from rehab_stats.estimate.model.sample import Roles, Sample, WrongCall
from rehab_stats.estimate.pathway.common_cause import CommonCause
from rehab_stats.estimate.pathway.stage_models import ROW, PathData, models_by_level
from rehab_stats.estimate.pathway.stages import YES_NO, StageColumns
from rehab_stats.vocabulary import Estimates

STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0)


def unmeasured_cause(
    data: pd.DataFrame,
    *,
    stages: StageColumns,
    exposure: str,
    adjust: Adjustment = (),
    reference: object = None,
    strengths: Sequence[float] = STRENGTHS,
    shift: float = 0.0,
) -> Estimates:
    """The Shapley reading of the path, were there an unmeasured cause of this strength behind all its stages.

    Parameters
    ----------
    data, stages, exposure, adjust, reference
        As in `pathway`, all of yes and no: a count has no place here, since such a cause would make its spread, not
        only its mean. One row per person; a stage is missing at random where it is missing.
    strengths : sequence of float
        What one standard deviation of the cause adds to the log odds of passing every stage; 0: no such cause.
    shift : float
        By how many standard deviations the cause is higher at the top of the ladder of levels than at its bottom
        (ridits 1 and 0; `unknown` stands in the middle). 0: at the diagnosis the levels are alike in it. Below 0: those
        of the lower levels have more of it, as need.

    Returns
    -------
    Estimates
        Per strength (`at`), stage and level but the reference the `contribution` and `log_contribution` of the Shapley
        reading and those of the `total`, persons and cause averaged over; and of each stage the `odds_ratio` of the
        level, given the covariates and the cause. Wald limits from the information at
        that strength, the persons taken as fixed; p for the ratios alone. `n`, `events` as in `pathway`. `stratum` is
        `shift=<shift>`. Details: `per` of contributions, `n_reference`, `events_reference`.
        Diagnostics: `rows_used`, `rows_dropped`, `levels_empty`, `patterns`, and `log_likelihood.<strength>`: of
        little use in choosing a strength, which the data hardly know.

    Raises
    ------
    ValueError
        As `pathway`; a fit that does not settle. `WrongCall`: strengths below 0, a shift that is no number.

    Notes
    -----
    With u = m_e + N(0, 1), m_e = shift (ridit - 1/2), the linear predictor of stage j is that of `pathway` plus
    strength u. The likelihood of a person is the integral over u of the product over the stages come to (Buis 2011, doi
    10.1016/j.rssm.2010.12.006), by adaptive Gauss-Hermite quadrature with 31 nodes; strengths are given, not estimated.
    v(S) is the mean over persons of the integral over their own u of the product of p_j(e or reference, x, u). Odds
    ratios grow with the strength although nothing is confounded at the first stage: they are of persons alike in u
    (they do not collapse), so the parts of the gap, which are averages, are the ones to look at.

    A sensitivity analysis: no strength is likely because it is shown. In data in which the stages do not depend on each
    other but through u it recovers the parts; tested against R and on simulated data in
    tests/estimate/pathway/test_unmeasured.py.
    """
    asked = _refused(strengths, shift)
    path = PathData.of(data, stages, adjust, measured=None, period=False)
    ladder = data[exposure].dtype if exposure in data else None
    if shift and isinstance(ladder, pd.CategoricalDtype) and not ladder.ordered:
        raise WrongCall(f"{exposure} is a category without order: a shift needs a ladder")
    counts = [stage.name for stage in path.journeys.stages if stage.kind != YES_NO]
    if counts:
        raise WrongCall(f"unmeasured_cause takes stages of 0 and 1; leave out {', '.join(counts)}")

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        fitted = models_by_level(path, sample, terms)
        problem = CommonCause.of(fitted, build_design(sample.frame, exposure=exposure, terms=terms), shift)
        coefficients, rows, about = problem.start(fitted), [], {}
        for strength in asked:
            coefficients, covariance, value = problem.maximum(coefficients, strength)
            about[f"log_likelihood.{strength:g}"] = value
            rows += problem.rows(coefficients, covariance, strength)
        kept = ("rows_used", "rows_dropped", "levels_empty", "patterns")
        return rows, {name: fitted.diagnostics[name] for name in kept} | about

    names = list(path.journeys.names)
    return stacked_models(
        path.data,
        Roles(exposure, (ROW,), reference),
        adjust,
        estimate,
        check=lambda prepared: None,
        advice=MERGE,
        method="",
        context={
            "outcome": names[-1],
            "exposure": exposure,
            "stages": names,
            "kinds": [stage.kind for stage in path.journeys.stages],
            "reading": "shapley",
            "stratum": "shift",
        },
    ).replaced(
        method=f"Gap in {names[-1]} by {exposure} over {len(names)} stages ({', '.join(names)}), Shapley reading, with "
        "an unmeasured normal cause of all stages of given strengths (log odds per standard deviation) in every model, "
        f"its mean {shift:g} standard deviations higher at the top of the ladder than at the bottom (Buis 2011); Wald "
        "95 % intervals, delta method."
    )


def _refused(strengths: Sequence[float], shift: float) -> tuple[float, ...]:
    found = tuple(strengths) if not isinstance(strengths, Real) else (strengths,)
    if not found or any(isinstance(s, bool) or not isinstance(s, Real) or not 0 <= s < np.inf for s in found):
        raise WrongCall(f"strengths must be numbers from 0 on, not {strengths!r}")
    if isinstance(shift, bool) or not isinstance(shift, Real) or not np.isfinite(shift):
        raise WrongCall(f"shift must be a number, not {shift!r}")
    return tuple(sorted(float(s) for s in found))
