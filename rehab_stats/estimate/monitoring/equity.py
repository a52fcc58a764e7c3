"""Is an indicator met, is the need covered, for everybody alike: its level, and beside it the slope along education."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from rehab_stats.estimate.access.inequality import slope_indices
from rehab_stats.estimate.model.contrasts import wald
from rehab_stats.estimate.model.limits import share_with_limits
from rehab_stats.estimate.model.sample import WrongCall, refuse_absent
from rehab_stats.estimate.monitoring.cells import columns_of, outside, refusal_key, strata, whole_number, yes_no
from rehab_stats.estimate.monitoring.coverage import amounts_of, covered
from rehab_stats.estimate.monitoring.shares import as_estimates, of_groups
from rehab_stats.rank import midpoints, steps
from rehab_stats.vocabulary import Estimates

FEWEST = 10
"""Rows with the outcome, and without, from which a slope is estimated."""


def indicator_equity(
    data: pd.DataFrame, *, outcome: str, rank: str, by: str | Sequence[str] = (), fewest: int = FEWEST
) -> Estimates:
    """Each group's level of an indicator and, beside it, its slope index and relative index along education.

    Parameters
    ----------
    data : DataFrame
        One row per referral; not changed.
    outcome : str
        Column of 0 and 1 (`deadline_outcome`); a missing value is not in the denominator.
    rank : str
        The ladder, low to high: an ordered category (`unknown` has no place on it), or numbers.
    by : str or sequence of str
        Columns that make the groups, all of them the stratum: `municipality=Herlev`.
    fewest : int
        Rows on the ladder with the outcome, and without it, that a slope needs; at least 2.

    Returns
    -------
    Estimates
        Per group an `indicator_share` of all counted (Wilson's limits), a `slope_index` and a `relative_index` of those
        on the ladder; without level. Where there are too few, the level
        alone, and `context["refused"]` says so, by group. Diagnostics: `rows_used`, `rows_not_counted`,
        `rows_dropped`, `rows_unranked`.

    Raises
    ------
    ValueError
        Unknown columns, an outcome that is not 0 or 1, a rank without order, nobody counted; fewest below 2
        (`WrongCall`).

    Notes
    -----
    `slope_indices` of each group, ridits among its own rows: positive means more at the high end. A small municipality
    usually allows no slope; pool municipalities or years before concluding that there is none, for an interval from -40
    to 40 percentage points says nothing about equality. Checked by hand in tests/estimate/monitoring/test_equity.py;
    the indices against R where `slope_indices` is.
    """
    if isinstance(fewest, bool) or fewest < 2:
        raise WrongCall(f"fewest must be at least 2; got {fewest!r}")
    refuse_absent(data, [outcome, rank, *columns_of(by)])
    values, ladder, left_out = yes_no(data, outcome), steps(data[rank]), outside(data, by)
    counted = data.assign(**{outcome: values})[values.notna() & ~left_out]
    if counted.empty:
        raise ValueError(f"no row counts for {outcome}: there is no share to tell")
    rows, refused = [], {}
    for cell in strata(counted, by):
        y = cell.rows[outcome]
        rows.append(
            {"outcome": outcome, "measure": "indicator_share", **cell.codes, **share_with_limits(int(y.sum()), len(y))}
        )
        try:
            rows += _slopes(cell.rows, outcome, rank, fewest, cell.codes)
        except ValueError as error:
            refused[refusal_key(cell, by)] = str(error)
    return as_estimates(
        rows,
        diagnostics={
            "rows_used": len(counted),
            "rows_not_counted": int((values.isna() & ~left_out).sum()),
            "rows_dropped": int(left_out.sum()),
            "rows_unranked": int((ladder.isna() & values.notna() & ~left_out).sum()),
        },
        method=f"Share with {outcome}{of_groups(by)}, and its slope and relative index along {rank} from a logistic "
        "model in the ridit within each group.",
        context={"outcome": outcome, "rank": rank} | ({"refused": refused} if refused else {}),
    )


def _slopes(rows: pd.DataFrame, outcome: str, rank: str, fewest: int, codes: dict) -> list[dict]:
    y = rows.loc[steps(rows[rank]).notna(), outcome]
    few = int(min(y.sum(), len(y) - y.sum()))
    if few < fewest:
        raise ValueError(
            f"{outcome} has fewer than {fewest} ranked rows with 0 or with 1: too few for a slope by {rank}"
        )
    found = slope_indices(rows, outcome=outcome, rank=rank).tidy()
    return found.assign(model=None, **codes).to_dict("records")


def coverage_equity(
    data: pd.DataFrame,
    *,
    referred: str,
    expected: str,
    rank: str,
    by: str | Sequence[str] = (),
    fewest: int = FEWEST,
) -> Estimates:
    """Each group's coverage and, beside it, how it rises along education: difference and ratio of the ladder's ends.

    Parameters
    ----------
    data : DataFrame
        One row per municipality, period and level of education; rows of a group and level are added up; not changed.
    referred : str
        Column: persons referred (a count).
    expected : str
        Column: persons expected to need it, such as `need_incident` of `expected_need`. It may be 0 where nobody was
        referred.
    rank, by
        As in `indicator_equity`; the rank is that of the rows.
    fewest : int
        Persons referred, of those on the ladder, that a slope needs; at least 2.

    Returns
    -------
    Estimates
        Per group a `coverage` of all (as `coverage`, details `expected`), a `coverage_slope` (a difference of
        proportions) and a `coverage_ratio` (its error is of log(estimate)) of those on the ladder; without level;
        events: persons referred, outcome: the column expected. Where there are too few, the coverage alone, and
        `context["refused"]` says so, by group. Diagnostics: `rows_used`, `rows_dropped`, `rows_unranked`.

    Raises
    ------
    ValueError
        Columns as in `coverage`, a rank without order; nobody expected; fewest below 2 (`WrongCall`).

    Notes
    -----
    log E(k_g) = log e_g + a + b x_g, k_g Poisson, x_g the ridit of level g among the expected; C(x) = exp(a + b x);
    slope C(1) - C(0), ratio exp(b); delta method. The count analogue of `slope_indices`: who is referred need not be
    one of the new cases, so there is no risk. Expected is one share of new cases at every level: where those with
    short education need more (Moustsen et al. 2015 expect it, for comorbidity), equal coverage is no equity.
    Unadjusted: new cases with short education are older. Checked against R (glm) in
    tests/estimate/monitoring/test_coverage_equity.py.
    """
    if isinstance(fewest, bool) or fewest < 2:
        raise WrongCall(f"fewest must be at least 2; got {fewest!r}")
    refuse_absent(data, [referred, expected, rank, *columns_of(by)])
    counts, amounts, ladder = whole_number(data, referred), amounts_of(data, expected), steps(data[rank])
    known = counts.notna() & amounts.notna() & ~outside(data, by)
    used = data.assign(**{referred: counts, expected: amounts}, **{STEP: ladder})[known]
    rows, refused = [], {}
    for cell in strata(used, by):
        count, whole = int(cell.rows[referred].sum()), float(cell.rows[expected].sum())
        if not whole > 0:
            refused[refusal_key(cell, by)] = "nobody is expected to need it: there is nothing to cover"
            continue
        same = {"outcome": expected, **cell.codes}
        rows.append(same | {"measure": "coverage"} | covered(count, whole))
        try:
            rows += [same | row for row in _coverage_slopes(cell.rows, referred, expected, rank, fewest)]
        except ValueError as error:
            refused[refusal_key(cell, by)] = str(error)
    if not rows:
        raise ValueError("nobody is expected to need it: there is nothing to cover")
    return as_estimates(
        rows,
        diagnostics={
            "rows_used": len(used),
            "rows_dropped": int((~known).sum()),
            "rows_unranked": int((ladder.isna() & known).sum()),
        },
        method=f"{referred} over {expected}{of_groups(by)}, and its slope and ratio along {rank} from a Poisson model "
        "in the ridit among those expected, within each group.",
        context={"rank": rank} | ({"refused": refused} if refused else {}),
    )


STEP = "_step"


def _coverage_slopes(rows: pd.DataFrame, referred: str, expected: str, rank: str, fewest: int) -> list[dict]:
    levels = rows.dropna(subset=STEP).groupby(STEP)[[referred, expected]].sum()
    unexpected = levels[(levels[expected] == 0) & (levels[referred] > 0)]
    if len(unexpected):
        raise ValueError(f"persons were referred at a level of {rank} at which nobody is expected: there is no slope")
    levels = levels[levels[expected] > 0]
    k, e = levels[referred].to_numpy(dtype=float), levels[expected].to_numpy(dtype=float)
    if k.sum() < fewest:
        raise ValueError(f"fewer than {fewest} of those referred have a known {rank}: too few for a slope")
    if (k > 0).sum() < 2:
        raise ValueError(f"all referred are of one level of {rank}: there is no slope")
    x = np.column_stack([np.ones(len(k)), midpoints(levels.index.to_numpy(), e)])
    fit = GLM(k, x, family=Poisson(), offset=np.log(e)).fit(tol=1e-13, maxiter=100)
    ends = np.array([[1.0, 0.0], [1.0, 1.0]])
    bottom, top = np.exp(ends @ fit.params)
    turn = np.array([-bottom, top]) @ ends
    everybody = {"events": int(k.sum())}
    difference, ratio = np.sqrt(turn @ fit.cov_params() @ turn), float(fit.bse[1])
    return [
        {"measure": "coverage_slope"} | wald(top - bottom, difference, scale="natural", contrast=True) | everybody,
        {"measure": "coverage_ratio"} | wald(top / bottom, ratio, scale="log", contrast=True) | everybody,
    ]
