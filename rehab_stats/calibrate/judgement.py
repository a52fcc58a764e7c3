"""Do 95 % of the intervals hold the truth? Bias, spread and coverage of every cell, and one rule for all cells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri
from scipy.stats import beta, binom

from rehab_stats.extract.synthetic.answer_key import CELL
from rehab_stats.measures import RATIO_MEASURES

NOMINAL = 0.95
FAMILY = 0.05
"""Chance of failing any cell when all hold: Holm's rule over all cells of a table."""
Z = ndtri(0.5 + NOMINAL / 2)
KEY_ERRORS = 2.0
"""How many of its errors the key may be off by before an estimator is blamed."""
HOLDS, FAILS, NEVER = "holds", "fails", "not estimated"

NOT_ALWAYS_DEFINED = frozenset({"synergy_index"})
"""Measures that need not have a limit: without one in the key their cells are not judged."""

JUDGED = (
    "scenario",
    *CELL,
    "truth",
    "mc_error",
    "replicates",
    "estimated",
    "bias",
    "bias_mc_error",
    "bias_in_std_errors",
    "empirical_sd",
    "mean_std_error",
    "sd_over_std_error",
    "covered",
    "coverage",
    "interval_level",
    "coverage_low",
    "coverage_high",
    "p_value",
    "verdict",
)


def judge(estimates: pd.DataFrame, key: pd.DataFrame, *, replicates: int | Mapping[str, int]) -> pd.DataFrame:
    """Each cell of the key that was repeated, over its replicates.

    Parameters
    ----------
    estimates : DataFrame
        Rows of `replicates.replicate`: scenario, replicate, the cell, estimate, std_error, conf_low, conf_high, and
        `every`: it was tried in the replicates whose number is a multiple of that.
    key : DataFrame
        Rows of the answer key, one a cell and scenario.
    replicates : int or mapping
        Replicates of each scenario, or scenario -> its replicates.

    Returns
    -------
    DataFrame
        Columns `JUDGED`. `replicates`: in how many it was tried; `estimated`: in how many there is a number. `bias`,
        `empirical_sd`, `mean_std_error` are of log(estimate) for ratio measures; `bias_mc_error` includes the key's
        error. `covered` of `estimated` intervals hold the truth; `coverage_low` and `coverage_high` are its exact
        interval at `interval_level`; `verdict` is holds, fails or not estimated.

    Raises
    ------
    ValueError
        A cell that was repeated has no truth in the key, and its measure is none of `NOT_ALWAYS_DEFINED`.
    """
    by = ["scenario", *CELL]
    key = key[[*by, "truth", "mc_error"]]
    joined = estimates.merge(key, on=by, how="left")
    joined = joined[joined["truth"].notna() | ~joined["measure"].isin(NOT_ALWAYS_DEFINED)]
    if joined["truth"].isna().any():
        first = joined.loc[joined["truth"].isna(), by].iloc[0].dropna().to_dict()
        raise ValueError(f"the answer key has no truth for {', '.join(f'{k} {v}' for k, v in first.items())}")
    tried = replicates if isinstance(replicates, Mapping) else dict.fromkeys(joined["scenario"], replicates)
    groups = joined.groupby(by, dropna=False, sort=False)
    rows = [_judged(cell, tried[cell["scenario"].iloc[0]]) for _, cell in groups]
    table = pd.DataFrame(rows)
    return _with_verdicts(table)[list(JUDGED)]


def _judged(rows: pd.DataFrame, replicates: int) -> dict:
    """Bias, spread and coverage of one cell."""
    first = rows.iloc[0]
    ratio = first["measure"] in RATIO_MEASURES
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log(rows["estimate"]) if ratio else rows["estimate"]
    usable = np.isfinite(value) & rows[["std_error", "conf_low", "conf_high"]].notna().all(axis=1)
    value, rows, number = value[usable], rows[usable], int(usable.sum())
    truth = np.log(first["truth"]) if ratio else first["truth"]
    sd, mean_error = (value.std(), rows["std_error"].mean()) if number > 1 else (np.nan, np.nan)
    bias = value.mean() - truth
    covered = int(((rows["conf_low"] <= first["truth"]) & (first["truth"] <= rows["conf_high"])).sum())
    return first[["scenario", *CELL, "truth", "mc_error"]].to_dict() | {
        "replicates": -(-replicates // int(first["every"])),
        "estimated": number,
        "bias": bias,
        "bias_mc_error": np.hypot(sd / np.sqrt(max(number, 1)), first["mc_error"]),
        "bias_in_std_errors": bias / mean_error,
        "empirical_sd": sd,
        "mean_std_error": mean_error,
        "sd_over_std_error": sd / mean_error,
        "covered": covered,
        "coverage": covered / number if number else np.nan,
    }


def _with_verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Holm's rule: the exact interval of the i-th smallest p of m cells has level 1 - 0.05 / (m - i + 1).

    A cell fails when that interval excludes what is expected, and those of all cells with smaller p do. Expected is
    95 %, or as little as the coverage of a perfect interval around a truth that is `KEY_ERRORS` of the key's errors
    away (Holm 1979, Scand J Statist 6:65-70; Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404).
    """
    known = table["estimated"].gt(1) & table["mean_std_error"].gt(0)
    lowest = lowest_expected((table["mc_error"] / table["mean_std_error"]).where(known, 0.0))
    p = exact_p(table["covered"].to_numpy(), table["estimated"].to_numpy(), lowest).astype(float)
    order = np.argsort(np.where(known, p, np.inf), kind="stable")
    cells = int(known.sum())
    share = np.full(len(table), np.nan)
    share[order[:cells]] = FAMILY / (cells - np.arange(cells))
    low, high = exact_interval(table["covered"].to_numpy(), table["estimated"].to_numpy(), share)
    excluded = (low > NOMINAL) | (high < lowest)
    fails = np.zeros(len(table), dtype=bool)
    fails[order[:cells]] = np.logical_and.accumulate(excluded[order[:cells]])
    return table.assign(
        p_value=np.where(known, p, np.nan),
        interval_level=1 - share,
        coverage_low=low,
        coverage_high=high,
        verdict=np.where(known, np.where(fails, FAILS, HOLDS), NEVER),
    )


def lowest_expected(key_error: np.ndarray) -> np.ndarray:
    """Coverage of a perfect 95 % interval when the truth it is held to is off; `key_error` in standard errors."""
    shift = KEY_ERRORS * np.asarray(key_error, float)
    return ndtr(Z - shift) - ndtr(-Z - shift)


def exact_p(covered: np.ndarray, number: np.ndarray, lowest: np.ndarray) -> np.ndarray:
    """Two-sided exact p: twice the smaller tail, the lower one at the lowest coverage expected, the upper at 95 %."""
    below = binom.cdf(covered, number, lowest)
    above = binom.sf(covered - 1, number, NOMINAL)
    return np.minimum(1.0, 2 * np.minimum(below, above))


def exact_interval(covered: np.ndarray, number: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Clopper-Pearson limits that miss the true proportion in at most `share` of all tables, half on each side."""
    low = beta.ppf(share / 2, covered, number - covered + 1)
    high = beta.ppf(1 - share / 2, covered + 1, number - covered)
    low = np.where(covered == 0, 0.0, low)
    high = np.where(covered == number, 1.0, high)
    return np.where(np.isnan(share), np.nan, low), np.where(np.isnan(share), np.nan, high)
