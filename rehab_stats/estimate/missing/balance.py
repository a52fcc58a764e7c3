"""Are those who answered like everybody, before and after they are weighted?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from rehab_stats.estimate.missing.response import response_weights
from rehab_stats.estimate.model.sample import WrongCall, code, number, plain, refuse_absent, refuse_rows
from rehab_stats.vocabulary import Estimates

MISSING = "missing"


COUNTS = ("in_category", "in_category_responded")


def weight_balance(
    data: pd.DataFrame,
    *,
    weights: pd.Series | str | Mapping[str, Sequence[str]],
    columns: Sequence[str],
    responded: str,
) -> Estimates:
    """How far those who answered differ from everybody in each column, in standard deviations, unweighted and weighted.

    What the weights were made from should come out near 0 once they are used; what they were not made from says how far
    the weights can be trusted beyond it. Differences above 0.1 are often looked at again; there is no test here, since
    it would tell of the number of persons and not of their likeness.

    Parameters
    ----------
    data : DataFrame
        One row per person of the target population; not changed.
    weights : Series, str or mapping
        Of `response_weights`, on the index of `data`, or a column; or the `steps` that `response_weights` is to make
        them of. Used for those who responded.
    columns : sequence of str
        Numbers and flags (0 and 1) get one row; all else a row per category, a missing value being the category
        `missing`. A missing number is left out, of everybody and of those who responded.
    responded : str
        Column of 0 and 1: who has what the weights are for.

    Returns
    -------
    Estimates
        Measure `standardised_difference`, model `unweighted`, then `weighted`; outcome = column, level = category (None
        for a number), n = persons who responded (with a value), without intervals. Details: `in_category`,
        `in_category_responded` (persons of the category, or with 1; of a number none). Diagnostics: `effective_n`
        (sum w)^2 / sum w^2, `responders`, `largest.unweighted` and `largest.weighted` (of all rows, without sign), and
        `missing.<column>`, how many of everybody have no value.

    Raises
    ------
    ValueError
        Nobody responded; weights of those who responded that are missing, infinite, below zero or all zero, or on
        another index; `responded` not 0 or 1; a number that nobody who responded has. `WrongCall`: no such column, or
        none named.

    Notes
    -----
    (m_r - m) / s, with m and s the mean and standard deviation (dividing by n) of everybody and m_r the (weighted) mean
    of those who responded; for a category (p_r - p) / sqrt(p (1 - p)). A column with one value has the difference 0.
    The denominator is everybody's in both models, so that weighting cannot change it (Austin 2009, doi
    10.1002/sim.3697, on differences that do not depend on the number of persons).

    Checked by hand in tests/estimate/missing/test_balance.py.
    """
    if isinstance(columns, str) or not len(columns):
        raise WrongCall(f"columns must be a list of at least one column, not {columns!r}")
    refuse_absent(data, [*columns, responded, *([weights] if isinstance(weights, str) else [])])
    answered = _answered(data, responded)
    made = response_weights(data, steps=weights) if isinstance(weights, Mapping) else weights
    used = _used_weights(data, made, answered)
    rows, about = [], {}
    for model, of in (("unweighted", np.ones(len(used))), ("weighted", used)):
        found = [row for column in columns for row in _differences(data[column], answered, of)]
        rows += [{"measure": "standardised_difference", "model": model} | row for row in found]
        about[f"largest.{model}"] = max(abs(row["estimate"]) for row in found)
    frame = pd.DataFrame(rows)
    missing = {f"missing.{column}": int(data[column].isna().sum()) for column in columns}
    return Estimates(
        frame.drop(columns=list(COUNTS), errors="ignore"),
        details=frame.reindex(columns=list(COUNTS)),
        diagnostics={"effective_n": float(used.sum() ** 2 / (used @ used)), "responders": len(used)} | about | missing,
        method=f"Standardised differences between those with {responded} = 1 and everybody, unweighted and weighted.",
        context={"responded": responded},
    )


def _answered(data: pd.DataFrame, responded: str) -> np.ndarray:
    column = number(data[responded])
    refuse_rows(~column.isin([0, 1]), f"{responded} must be 0 or 1")
    if not (column == 1).any():
        raise ValueError(f"nobody has {responded} = 1: there is nobody to compare with everybody")
    return (column == 1).to_numpy()


def _used_weights(data: pd.DataFrame, weights: pd.Series | str, answered: np.ndarray) -> np.ndarray:
    """(responders,)"""
    given = data[weights] if isinstance(weights, str) else weights
    if not isinstance(given, pd.Series):
        raise WrongCall(f"weights must be a Series or the name of a column, not {type(weights).__name__}")
    if not given.index.equals(data.index):
        raise ValueError("weights must be on the index of data, row by row")
    values = number(given)[answered]
    refuse_rows(~values.between(0, np.finfo(float).max), "weights must be finite and not below zero")
    if not values.any():
        raise ValueError("the weights of those who responded are all zero")
    return values.to_numpy()


def _differences(column: pd.Series, answered: np.ndarray, weights: np.ndarray) -> Iterator[dict]:
    """A row per number or category; `weights` (responders,)."""
    base = {"outcome": column.name}
    values = plain(column)
    if not isinstance(values.dtype, pd.CategoricalDtype):
        known = values.notna().to_numpy()
        kept = known[answered]
        if not kept.any() or not weights[kept].any():
            raise ValueError(f"nobody who responded has a value of {column.name}")
        numbers = values.to_numpy(dtype=float)
        difference = _standardised(numbers[known], numbers[answered][kept], weights[kept])
        row = base | {"level": None, "estimate": difference, "n": int(kept.sum())}
        flags = bool(np.isin(numbers[known], [0.0, 1.0]).all())
        yield row | (_counted(numbers == 1, answered) if flags else {})
        return
    levels = [(code(level), (values == level).to_numpy()) for level in values.cat.categories]
    levels.append((MISSING, values.isna().to_numpy()))
    for level, here in levels:
        if here.any():
            difference = _standardised(here.astype(float), here[answered].astype(float), weights)
            row = base | {"level": level, "estimate": difference, "n": int(answered.sum())}
            yield row | _counted(here, answered)


def _counted(here: np.ndarray, answered: np.ndarray) -> dict[str, int]:
    """Persons of a category, and those of them who responded: what the disclosure rules judge it by."""
    return {"in_category": int(here.sum()), "in_category_responded": int((here & answered).sum())}


def _standardised(everybody: np.ndarray, responders: np.ndarray, weights: np.ndarray) -> float:
    if np.ptp(everybody) == 0:
        return 0.0
    return float((np.average(responders, weights=weights) - everybody.mean()) / everybody.std())
