"""How unequal an outcome is along a ladder or between groups, in one number over everybody; one index per function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from rehab_stats.estimate.model.contrasts import wald
from rehab_stats.estimate.model.design_matrix import build_design
from rehab_stats.estimate.model.fit import fit_logistic
from rehab_stats.estimate.model.models import (
    Adjustment,
    binary_outcome,
    fit_diagnostics,
    refuse_no_ridits,
    refuse_not_binary,
    stacked_models,
    with_robust_errors,
)
from rehab_stats.estimate.model.sample import (
    EVERYBODY,
    Prepared,
    Roles,
    Sample,
    WrongCall,
    prepare,
    refuse_absent,
    refuse_rows,
)
from rehab_stats.estimate.model.standardisation import average_risks
from rehab_stats.rank import midpoints
from rehab_stats.vocabulary import Estimates

BOTTOM_AND_TOP = np.array([[0.0], [1.0]])
KINDS = ("relative", "generalised", "erreygers", "wagstaff")
BOUNDED = ("erreygers", "wagstaff")


def slope_indices(
    data: pd.DataFrame,
    *,
    outcome: str,
    rank: str,
    ridit: str | None = None,
    adjust: Adjustment = (),
    family: str = "binomial",
    cluster: str | None = None,
    weights: str | None = None,
    person: str | None = None,
) -> Estimates:
    """Risk at the top of the ladder against risk at its bottom: slope index (difference) and relative index (ratio).

    One straight line (on the logit scale) through everybody's place on the ladder, read off at its two ends, so that
    all levels count and groups of different sizes can be compared. Positive, or above 1: more of the outcome at the
    high end.

    Parameters
    ----------
    data : DataFrame
        One row per observation; not changed.
    outcome : str
        Column of 0 and 1, or flags.
    rank : str
        The ladder, low to high: an ordered category, or numbers (income). Rows of the category `unknown` or without
        a value have no place: they are left out and counted.
    ridit : str, optional
        Column of places between 0 and 1 computed elsewhere, for example by `ridits` among all diagnosed persons. By
        default they are computed on the rows used by each model, weighted as they are.
    adjust, cluster, weights, person
        As in `odds_ratios`. The risks are averaged over the covariates of all rows used.
    family : {"binomial"}
        Of the outcome; no other is offered.

    Returns
    -------
    Estimates
        Per model a `slope_index` (a proportion) and a `relative_index` (its error is of log(estimate)), without level
        and reference; `n` and `events` are all used. Intervals are Wald 95 %, on the natural and the log scale.
        Diagnostics as in `odds_ratios`, without `levels_empty` and with `rows_unranked`; `rows_dropped` are rows with
        a place that miss another value.

    Raises
    ------
    ValueError
        Another family; a ridit outside 0 to 1; one step only; and as `odds_ratios`.

    Notes
    -----
    logit P(Y = 1 | X, z) = b0 + b X + z'c with X the ridit; R(x) = sum_i w_i expit(b0 + b x + z_i'c) / sum_i w_i;
    SII = R(1) - R(0), RII = R(1) / R(0); delta method on the covariance of the coefficients, ridits and covariates
    taken as given. Nobody stands at 0 or 1: both are read off the line, so with few levels, or where the gradient is
    not a straight line in the logit, they say less than the levels' own risks.
    Mackenbach & Kunst 1997, doi 10.1016/S0277-9536(96)00073-1; the definition of WHO's healthequal. Checked by hand
    and against R (glm, sandwich) in tests/estimate/access/test_inequality.py.
    """
    if family != "binomial":
        raise ValueError(f"family must be 'binomial' (an outcome of 0 and 1), not {family!r}")

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        y = binary_outcome(sample, outcome)
        design = build_design(_on_the_ladder(sample, ridit).frame, exposure=rank, terms=terms)
        fit = fit_logistic(design, y, sample.weights)
        robust = with_robust_errors(design, fit, sample, y, cluster)
        risks, covariance = average_risks(design, robust, sample, y, settings=BOTTOM_AND_TOP)
        everybody = {"outcome": outcome} | _counts(sample, y == 1)
        return _end_contrasts(risks, covariance, everybody), _diagnostics(fit_diagnostics(design, fit, sample), sample)

    return stacked_models(
        data,
        Roles(rank, (outcome,) if ridit is None else (outcome, ridit), None, person, cluster, weights, ranked=True),
        adjust,
        estimate,
        check=lambda prepared: _refuse_for_slopes(prepared, outcome, ridit),
        advice="leave a term out",
        method=f"Slope and relative index of inequality in {outcome} by {rank} from logistic models in "
        + (f"the ridit {ridit}" if ridit else "the ridit among the rows used")
        + ", risks at its ends averaged over the covariates of all rows used",
        context={"outcome": outcome},
    )


def _refuse_for_slopes(prepared: Prepared, outcome: str, ridit: str | None) -> None:
    refuse_not_binary(prepared, outcome)
    refuse_no_ridits(prepared, ridit)


def _on_the_ladder(sample: Sample, ridit: str | None) -> Sample:
    """The sample with the rank replaced by its ridit."""
    if ridit is None:
        return replace(sample, frame=sample.frame.assign(**{sample.exposure: _own_ridits(sample)}))
    places = sample.frame[ridit]
    if places.nunique() < 2:
        raise ValueError(f"{ridit} has one value in the rows used: there is nothing to rank")
    return replace(sample, frame=sample.frame.assign(**{sample.exposure: places}))


def _own_ridits(sample: Sample) -> np.ndarray:
    return midpoints(sample.frame[sample.exposure].to_numpy(), _masses(sample))


def _masses(sample: Sample) -> np.ndarray:
    return np.ones(len(sample)) if sample.weights is None else sample.weights


def _counts(sample: Sample, happened: np.ndarray) -> dict[str, int]:
    everyone = np.ones(len(sample), dtype=bool)
    return {"n": sample.persons(everyone)[EVERYBODY], "events": sample.persons(happened)[EVERYBODY]}


def _end_contrasts(risks: np.ndarray, covariance: np.ndarray, everybody: dict) -> list[dict]:
    """Difference and ratio of the risks at the top and at the bottom."""
    (low, high), slope = risks, np.array([-1.0, 1.0])
    difference = np.sqrt(slope @ covariance @ slope)
    ratio = np.sqrt((slope / risks) @ covariance @ (slope / risks))
    return [
        {"measure": "slope_index"} | wald(high - low, difference, scale="natural", contrast=True) | everybody,
        {"measure": "relative_index"} | wald(high / low, ratio, scale="log", contrast=True) | everybody,
    ]


def _diagnostics(about: dict, sample: Sample) -> dict:
    kept = {name: value for name, value in about.items() if name != "levels_empty"}
    return kept | {"rows_unranked": sample.rows_unranked}


def concentration_index(
    data: pd.DataFrame,
    *,
    outcome: str,
    rank: str,
    kind: str = "relative",
    weights: str | None = None,
    cluster: str | None = None,
    person: str | None = None,
) -> Estimates:
    """How much of the outcome is gathered at the high end of the ladder (above 0) or at its low end (below 0).

    Every row counts with its own outcome and its place, no model, no adjustment.

    Parameters
    ----------
    data : DataFrame
        One row per observation; not changed.
    outcome : str
        Column of numbers, or of 0 and 1. `relative`: none below zero; `erreygers`, `wagstaff`: between 0 and 1.
    rank, weights, cluster, person
        As in `slope_indices`. `weights` also weight the ridits and the mean.
    kind : {"relative", "generalised", "erreygers", "wagstaff"}
        `relative` C: twice the covariance of outcome and ridit over the mean. `generalised` mean x C: in the unit of
        the outcome. For a share the range of C depends on the mean m, from m - 1 to 1 - m; `erreygers` 4 m C keeps
        absolute differences and treats having and not having the outcome alike, `wagstaff` C / (1 - m) divides by the
        largest value possible. The four may order places or years differently: which is wanted is a value judgement.

    Returns
    -------
    Estimates
        One `concentration_index`, level = the kind; n and events (of a 0/1 outcome) are all used. The interval is Wald
        95 % on the natural scale, p two-sided normal against 0. Diagnostics: `rows_used`, `rows_dropped`,
        `rows_unranked`, `outcome_mean`, `n_clusters`.

    Raises
    ------
    ValueError
        Another kind; an outcome outside its bounds, or with one value; one step only; columns that cannot be used.

    Notes
    -----
    C = 2 sum_i p_i (y_i - m) (R_i - 1/2) / m, p the shares of weight, m = sum p y, R the ridit (midpoints for ties; no
    small-sample factor). Its influence function lets the mean and everybody's ridit depend on the row: with
    Q_i = sum_j p_j y_j (1 if j stands above i, 1/2 if level) and A = sum p y R,
    IF_i = (2 / m) (y_i R_i + Q_i - 2 A) - ((C + 1) / m) (y_i - m); the error is the root of the sum over clusters of
    (sum of p_i IF_i) squared. Without weights it is that of Kakwani, Wagstaff & van Doorslaer 1997, doi
    10.1016/S0304-4076(96)01807-6. Erreygers 2009, doi 10.1016/j.jhealeco.2008.02.003; Wagstaff 2005, doi
    10.1002/hec.953. Checked by hand, against derivatives in one weight at a time, a bootstrap, and R in
    tests/estimate/access/test_inequality.py.
    """
    if kind not in KINDS:
        raise WrongCall(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")

    def estimate(sample: Sample, _: Sequence[str]) -> tuple[list[dict], dict]:
        y, mass = sample.frame[outcome].to_numpy(), _masses(sample) / _masses(sample).sum()
        if y.min() == y.max():
            raise ValueError(f"{outcome} has one value in the rows used: there is nothing to share unequally")
        value, influence = _index_of_kind(kind, y, _own_ridits(sample), mass)
        error = _error(mass * influence, sample, value)
        counted = _counts(sample, y == 1)
        if not np.isin(y, [0, 1]).all():
            counted.pop("events")
        row = {"outcome": outcome, "measure": "concentration_index", "level": kind}
        return [row | wald(value, error, scale="natural", contrast=True) | counted], {
            "rows_used": len(sample),
            "rows_dropped": sample.rows_dropped,
            "rows_unranked": sample.rows_unranked,
            "outcome_mean": float(mass @ y),
            "n_clusters": None if sample.cluster is None else int(sample.cluster.max()) + 1,
        }

    return stacked_models(
        data,
        Roles(rank, (outcome,), None, person, cluster, weights, ranked=True),
        (),
        estimate,
        check=lambda prepared: _refuse_out_of_bounds(prepared, outcome, kind),
        advice="",
        method=f"Concentration index ({kind}) of {outcome} by {rank}",
        context={"outcome": outcome},
        errors="errors by influence functions",
    )


def _refuse_out_of_bounds(prepared: Prepared, outcome: str, kind: str) -> None:
    values = prepared.frame[outcome]
    refuse_rows(np.isinf(values), f"{outcome} must be finite")
    if kind in BOUNDED:
        refuse_rows(values.notna() & ~values.between(0, 1), f"{outcome} must lie between 0 and 1 for kind={kind!r}")
    if kind == "relative":
        refuse_rows(values < 0, f"{outcome} must not lie below zero for kind='relative' (kind='generalised' allows it)")


def _index_of_kind(kind: str, y: np.ndarray, ridit: np.ndarray, mass: np.ndarray) -> tuple[float, np.ndarray]:
    """The index and its influence function, (rows,), for shares of weight `mass`."""
    mean = mass @ y
    centred = y - mean
    moment = mass @ (y * ridit)
    # the generalised index is 2 A - mean
    general = 2 * moment - mean
    influence = 2 * (y * ridit + _held_above(y, ridit, mass) - 2 * moment) - centred
    if kind in ("generalised", "erreygers"):
        times = 4 if kind == "erreygers" else 1
        return times * general, times * influence
    share = general / mean
    relative = (influence - share * centred) / mean
    if kind == "relative":
        return share, relative
    return share / (1 - mean), relative / (1 - mean) + share * centred / (1 - mean) ** 2


def _held_above(y: np.ndarray, ridit: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Q: how much of the outcome's mean is held by those who stand above each row, and half of what its step holds."""
    _, place = np.unique(ridit, return_inverse=True)
    held = np.bincount(place, weights=mass * y)
    return (held.sum() - np.cumsum(held) + held / 2)[place]


def _error(shares: np.ndarray, sample: Sample, value: float) -> float:
    if sample.cluster is not None:
        shares = np.bincount(sample.cluster, weights=shares)
    error = float(np.sqrt(shares @ shares))
    if error <= 1e-10 * abs(value):
        raise ValueError("the error of the index cannot be estimated: there are too few rows or clusters")
    return error


def group_inequality(data: pd.DataFrame, *, outcome: str, group: str, weights: str | None = None) -> Estimates:
    """How far groups without an order (diagnoses, departments) lie from the overall mean, and what chance alone gives.

    Parameters
    ----------
    data : DataFrame
        One row per person; not changed.
    outcome : str
        Column of numbers, or of 0 and 1.
    group : str
        Column: categories or text in any order, flags, or up to 30 whole numbers. Every level is a group, `unknown`
        too.
    weights : str, optional
        Column of sampling weights.

    Returns
    -------
    Estimates
        `between_group_variance`, sum_j p_j (y_j - m)^2, and `mean_difference_from_mean`, sum_j p_j |y_j - m|, with p_j
        the groups' shares, y_j their means and m the overall one; without level. Neither has an interval: both are
        above zero however alike the groups are, the more so the smaller they are. The details therefore hold
        `expected_if_equal`, what sampling alone gives to groups of these sizes; read the estimate against it.
        `n` and `events` (of a 0/1 outcome) are all used. Diagnostics: `rows_used`, `rows_dropped`, `groups`,
        `outcome_mean`, and, without weights, the test that all means are equal: `homogeneity_chi_square`,
        `homogeneity_df`, `homogeneity_p`.

    Raises
    ------
    ValueError
        Fewer than two groups; an outcome with one value or not finite; columns that cannot be used.

    Notes
    -----
    If rows were dealt to the groups at random, y_j - m would have variance s^2 (1/n_j - 1/n), s^2 the variance of the
    outcome with n - 1: the first measure is then s^2 (J - 1) / n on average, exactly; the second sum_j p_j sqrt(2 / pi)
    s sqrt(1/n_j - 1/n), as if y_j were normal. The test is n BGV / s^2 with J - 1 degrees of freedom, for a 0/1 outcome
    Pearson's chi-square times (n - 1) / n. With weights the sizes are sums of squares of weights. Definitions
    as in WHO's healthequal (bgv, mdm), doi 10.1186/s12874-016-0229-9. Checked by hand, by dealing rows at random, and
    against R (chisq.test) in tests/estimate/access/test_inequality.py.
    """
    refuse_absent(data, [outcome, group])
    groups = data.assign(**{group: _in_any_order(data[group])})
    prepared = prepare(groups, Roles(group, (outcome,), weights=weights), {})
    refuse_rows(np.isinf(prepared.frame[outcome]), f"{outcome} must be finite")
    sample = prepared.sample(())
    y, mass = sample.frame[outcome].to_numpy(), _masses(sample) / _masses(sample).sum()
    if y.min() == y.max():
        raise ValueError(f"{outcome} has one value in the rows used: there is nothing to share unequally")
    share, away, by_chance, spread = _group_means(sample.level, y, mass)
    binary = bool(np.isin(y, [0, 1]).all())
    everybody = {"outcome": outcome, "model": "crude", "n": len(y), "events": int(y.sum()) if binary else None}
    variance = float(share @ away**2)
    about = {"rows_used": len(y), "rows_dropped": sample.rows_dropped, "groups": len(share)}
    about["outcome_mean"] = float(mass @ y)
    return Estimates(
        [
            everybody | {"measure": "between_group_variance", "estimate": variance},
            everybody | {"measure": "mean_difference_from_mean", "estimate": float(share @ np.abs(away))},
        ],
        details=pd.DataFrame({"expected_if_equal": [share @ by_chance, share @ np.sqrt(2 / np.pi * by_chance)]}),
        diagnostics=about if weights else about | _homogeneity(len(y) * variance / spread, len(share) - 1),
        method=f"Inequality in {outcome} between levels of {group}, and what sampling alone would give.",
        context={"exposure": group, "outcome": outcome, "adjust": {"crude": []}},
    )


def _group_means(
    level: np.ndarray, y: np.ndarray, mass: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Per group its share, its mean less the overall one, and the variance of that if all were alike; variance of y."""
    mean, squares = mass @ y, mass @ mass
    share, own = np.bincount(level, weights=mass), np.bincount(level, weights=mass**2)
    away = np.bincount(level, weights=mass * y) / share - mean
    spread = float(mass @ (y - mean) ** 2 / (1 - squares))
    return share, away, spread * np.maximum(own / share**2 - 2 * own / share + squares, 0), spread


def _in_any_order(column: pd.Series) -> pd.Series:
    """Groups as an ordered category, in the order they have or else by name: no result depends on it."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.as_ordered()
    if pd.api.types.is_numeric_dtype(column):
        return column
    return column.astype(object).where(column.notna(), None).astype("category").cat.as_ordered()


def _homogeneity(statistic: float, df: int) -> dict:
    return {
        "homogeneity_chi_square": float(statistic),
        "homogeneity_df": df,
        "homogeneity_p": float(chdtrc(df, statistic)),
    }
