"""The answer key: what each analysis of a synthetic extract tends to as the number of persons grows.

`data/synthetic/answer_key.csv` is written by `python -m rehab_stats.calibrate key`. A truth there is the large-sample
limit of that estimator's own quantity in that scenario, population and adjustment set: a logistic odds ratio of data
made by two hazards has a limit of its own, which is no number of the mechanism. Of persons drawn directly from a world
of the pathway (`drawn_set`) the truth is exact, and its error 0.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

ANSWER_KEY = Path(__file__).resolve().parents[3] / "data" / "synthetic" / "answer_key.csv"

CELL = ("population", "estimator", "outcome", "model", "measure", "level", "reference", "stratum", "at")
"""Columns that say which number is meant; `stratum` names its column (`sex=female`). `at` is in days, in the started
set in weeks."""
NEGATIVE_BINOMIAL_RATIOS = "rate_ratios_negative_binomial"
"""`estimator` of rate ratios from negative binomial models; those named `rate_ratios` are from Poisson models."""
KEY_COLUMNS = (
    "scenario",
    "exposure",
    "education_levels",
    "horizon_days",
    *CELL,
    "truth",
    "mc_error",
    "persons",
)
KEY_NUMBERS = {
    "education_levels": "int64",
    "horizon_days": "int64",
    "at": "float64",
    "truth": "float64",
    "mc_error": "float64",
    "persons": "int64",
}


def load_answer_key(
    scenario: str,
    *,
    exposure: str = "education",
    education_levels: int = 3,
    horizon_days: int | None = None,
    population: str = "",
) -> pd.DataFrame:
    """The truths of one scenario, one a row; no rows where the key has none for what is asked.

    Parameters
    ----------
    scenario : str
        As in extract.yaml.
    exposure : str
        Only `education` has a key.
    education_levels : int
        3 or 4.
    horizon_days : int, optional
        Days within which a referral counts, or for the sets of participation days of its window; None: those the
        scenario's key was made for. Of the pathway its other spans are the defaults of `pathway_cohort`.
    population : str
        `hazard_set`, `risk_set`, `since_registration`, of participation `window_set`, `started_set`, of the pathway
        `session_set`, `change_set`; empty: all.

    Returns
    -------
    DataFrame
        Columns `KEY_COLUMNS`. `truth` in the unit of the estimate; `mc_error` is its standard error from simulating
        `persons` persons, of log(truth) for ratio measures. Words that are not there are None.

    Raises
    ------
    ValueError
        The file is missing or has other columns.
    """
    key = read_answer_key()
    asked = {"scenario": scenario, "exposure": exposure, "education_levels": education_levels}
    asked |= {"horizon_days": horizon_days} if horizon_days is not None else {}
    asked |= {"population": population} if population else {}
    for column, value in asked.items():
        key = key[key[column] == value]
    return key.reset_index(drop=True)


def read_answer_key(path: Path | None = None) -> pd.DataFrame:
    """The whole key, by default the stored one. Raises ValueError when the file is missing or has other columns."""
    path = path or ANSWER_KEY
    if not path.is_file():
        raise ValueError(f"there is no answer key {path.name}: python -m rehab_stats.calibrate key writes it")
    key = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    if tuple(key.columns) != KEY_COLUMNS:
        raise ValueError(f"the answer key {path.name} must have the columns {', '.join(KEY_COLUMNS)}")
    numbers = {column: pd.to_numeric(key[column]).astype(kind) for column, kind in KEY_NUMBERS.items()}
    words = {column: key[column].mask(key[column] == "", None) for column in KEY_COLUMNS if column not in numbers}
    return key.assign(**numbers, **words)


def stratum_code(code: str | None, column: str) -> str | None:
    """A stratum that names its column: `sex=female`, also where only the context knew the column."""
    return f"{column}={code}" if code and column and "=" not in code else code
