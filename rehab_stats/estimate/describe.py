"""Table 1: who the persons are, by level of the exposure and in all; nothing is estimated beyond those at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from rehab_stats.estimate.model.sample import MOST_LEVELS
from rehab_stats.vocabulary import Estimates

MISSING = "missing"
TOTAL = "total"


def descriptives(data: pd.DataFrame, *, exposure: str, columns: Sequence[str]) -> Estimates:
    """Counts, shares and spread of each column by level of the exposure, missing values shown as a level of their own.

    Parameters
    ----------
    data : DataFrame
        One row per person.
    exposure : str
        Column whose levels make the strata; `total` is everybody. Persons without a value are in `total` only and
        are counted in the diagnostics.
    columns : sequence of str
        What to describe. Numbers get mean, standard deviation, median and quartiles; all else gets a count and a
        share per category, also a column of no other numbers than 0 and 1 (False, True): its mean times its persons
        is a count. Every column gets a count and a share of `missing` too, nought included.

    Returns
    -------
    Estimates
        `outcome` = the column, `level` = the category, `stratum` = the exposure's level or `total`. `n` = persons in
        the stratum (for numbers: with a value), `events` = persons in the category. A share is of everybody in the
        stratum, missing included, so that the shares of a column add up to one. `details()` has `n_off_mode` for
        numbers: persons with another value than the stratum's most common one, by which few of them are hidden.

    Raises
    ------
    ValueError
        A column that is not in the data, or no rows.

    Notes
    -----
    The standard deviation divides by n - 1; quantiles interpolate linearly (R's type 7). Checked by hand in
    tests/estimate/test_describe.py.
    """
    strata = _strata(data, exposure, columns)
    data = strata[TOTAL]
    rows = [row for column in columns for name, part in strata.items() for row in _describe(part, column, name, data)]
    return _described(rows, data, exposure)


def _strata(data: pd.DataFrame, exposure: str, columns: Sequence[str]) -> dict[str, pd.DataFrame]:
    absent = [name for name in (exposure, *columns) if name not in data]
    if absent:
        raise ValueError(f"no column {', '.join(absent)} in the data; there are {', '.join(map(str, data.columns))}")
    if data.empty:
        raise ValueError("there are no rows to describe")
    if data[exposure].nunique() > MOST_LEVELS:
        raise ValueError(
            f"{exposure} has {data[exposure].nunique()} values: cut it into at most {MOST_LEVELS} groups first"
        )
    taken = [
        f"{name}: {word}"
        for name, word in ((exposure, TOTAL), *((name, MISSING) for name in columns))
        if data[name].astype(str).eq(word).any()
    ]
    if taken:
        raise ValueError(f"a level has a name that these tables need for themselves ({'; '.join(taken)}): rename it")
    levels = data[exposure]
    data = data.assign(**{name: data[name].eq(1).where(data[name].notna()) for name in columns if _is_flag(data[name])})
    return {TOTAL: data} | {str(level): rows for level, rows in data.groupby(levels, observed=True, sort=True)}


def _described(rows: list[dict], data: pd.DataFrame, exposure: str) -> Estimates:
    beside = pd.DataFrame({"n_off_mode": [row.pop("n_off_mode", None) for row in rows]}, dtype=float)
    return Estimates(
        rows,
        details=beside,
        diagnostics={"rows": len(data), "exposure_missing": int(data[exposure].isna().sum())},
        method=f"Counts, shares and spread by {exposure}, of the persons at hand.",
        context={"exposure": exposure},
    )


def _describe(part: pd.DataFrame, column: str, stratum: str, data: pd.DataFrame) -> Iterator[dict]:
    base = {"outcome": column, "model": "crude", "stratum": stratum}
    values = part[column]
    if _is_number(data[column]):
        yield from _spread(values.dropna().astype(float), base)
    else:
        counts = values.value_counts()
        for level in _levels(data[column]):
            yield from _counted(int(counts.get(level, 0)), len(part), base | {"level": level})
    yield from _counted(int(values.isna().sum()), len(part), base | {"level": MISSING})


def _spread(values: pd.Series, base: dict) -> Iterator[dict]:
    summary = {
        "mean": values.mean(),
        "standard_deviation": values.std(),
        "median": values.median(),
        "lower_quartile": values.quantile(0.25),
        "upper_quartile": values.quantile(0.75),
    }
    off = len(values) - int(values.value_counts().max()) if len(values) else 0
    for measure, estimate in summary.items():
        yield base | {"measure": measure, "estimate": estimate, "n": len(values), "n_off_mode": off}


def _counted(count: int, n: int, base: dict) -> Iterator[dict]:
    yield base | {"measure": "count", "estimate": count, "n": n, "events": count}
    yield base | {"measure": "share", "estimate": count / n, "n": n, "events": count}


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _is_flag(values: pd.Series) -> bool:
    """Whether a column of numbers holds none but 0 and 1: then it is a yes or no, whatever it is kept as."""
    return _is_number(values) and values.notna().any() and bool(values.dropna().isin([0, 1]).all())


def _levels(values: pd.Series) -> list:
    """The categories that occur, in the contract's order where there is one."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        present = set(values.dropna().unique())
        return [level for level in values.cat.categories if level in present]
    return sorted(values.dropna().unique(), key=str)
