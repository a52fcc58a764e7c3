"""Multiple imputation by chained equations: complete copies of a data set, which differ by what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from rehab_stats.estimate.missing.chains import Column, Stratum, run_chain
from rehab_stats.estimate.missing.imputation_plan import as_number, planned
from rehab_stats.estimate.model.sample import WrongCall

FEWEST_COMPLETE = 20
"""Complete rows that a level needs to be imputed by itself, whatever the number of coefficients."""


@dataclass(frozen=True)
class Imputations:
    """What was drawn, before it is written into copies of the data.

    Attributes
    ----------
    data : the data, passive columns not yet made.
    missing : column -> (rows,), boolean, where it was missing.
    drawn : column -> (m, missing rows), the values drawn: numbers, or categories as they stand in the data.
    chain_means : frame with imputation, iteration, column, mean: of the imputed values after each iteration (of a flag,
        the share with its second value); columns of more than two categories are left out. Lines of different
        imputations should mix and show no trend.
    notes : what could not be done as asked, in sentences.
    """

    data: pd.DataFrame
    missing: Mapping[str, np.ndarray]
    drawn: Mapping[str, np.ndarray]
    chain_means: pd.DataFrame
    notes: tuple[str, ...]
    m: int
    passive: Mapping[str, tuple[str, str]]

    def frame(self, number: int) -> pd.DataFrame:
        """A copy of the data with the values of one imputation (from 0 on); `attrs["notes"]` holds the notes."""
        made = self.data.copy()
        for name, values in self.drawn.items():
            column = made[name].copy()
            column.iloc[np.flatnonzero(self.missing[name])] = values[number]
            made[name] = column
        for name, (minuend, subtrahend) in self.passive.items():
            made[name] = as_number(made[minuend]) - as_number(made[subtrahend])
        if self.notes:
            made.attrs["notes"] = self.notes
        return made

    def frames(self) -> list[pd.DataFrame]:
        """All of them, in the order of their streams."""
        return [self.frame(number) for number in range(self.m)]


def impute(
    data: pd.DataFrame,
    *,
    m: int = 20,
    rng: np.random.Generator,
    columns: Sequence[str] | None = None,
    predictors: Sequence[str] | None = None,
    method: str | Mapping[str, str] = "normal",
    passive: Mapping[str, tuple[str, str]] | None = None,
    within: str | None = None,
    fewest_complete: int = FEWEST_COMPLETE,
    iterations: int = 10,
    workers: int = 1,
) -> list[pd.DataFrame]:
    """Copies of the data in which missing values are drawn from what they may have been, given all that is known.

    Each missing value is taken to be like those of persons alike in all other columns and predictors (missing at random
    given these). Whatever the analysis will use belongs in the call: its outcome, its covariates, the groups that it
    compares. Analyse every copy, then `pool`.

    Parameters
    ----------
    data : DataFrame
        One row per person; not changed. All columns are copied: hand over those that are needed.
    m : int
        Imputations. The first of them are the same whatever m.
    rng : Generator
        One stream is spawned from it for each imputation.
    columns : sequence of str, optional
        What is imputed; a column without missing values just predicts the others. Default: those with missing values
        among the predictors (of all columns, when these are not named either).
    predictors : sequence of str, optional
        Formulaic terms, or columns, that enter the model of every column; nothing in them may be missing, unless it is
        imputed. Columns always predict one another, as they are (categories by indicators). Default: none but these.
    method : str or mapping
        How numbers are drawn, or column -> method. "normal": from a linear model, so that values may lie between
        or beyond those that a scale has (means are right; do not round). "pmm": the value of one of the five persons
        with the nearest prediction, always one that was seen; it cannot go where nobody is. Flags, text and categories
        are drawn by "logistic" (two values) or "categorical" (more) unless the mapping says otherwise: numbers whose
        known values are 0 and 1 count as flags.
    passive : mapping, optional
        New column -> (minuend, subtrahend), such as {"change": ("score_followup", "score_baseline")}: made anew from
        its parts in every copy. It is no predictor, since its parts say all that it says.
    within : str, optional
        Column (education): each of its levels gets models of its own, so that everything may be related differently in
        each, if every level has enough complete rows; otherwise it enters as main effects in models of all rows, and a
        warning says so. Enough: `fewest_complete`, and three for each coefficient (Hardt 2012, doi
        10.1186/1471-2288-12-184). Levels where nothing is missing need none.
    fewest_complete : int
        Complete rows that every level of `within` must have.
    iterations : int
        Rounds over the columns, the one with fewest missing values first (with a few dozen persons another order would
        give slightly other relations between the imputed columns). One is enough, and is taken, where only one column
        has missing values.
    workers : int
        Threads. The copies are the same for any number of them.

    Returns
    -------
    list of DataFrame
        m copies: index, order and columns as in `data`, then new passive columns. Imputed numbers are floats. What
        could not be done as asked is in `.attrs["notes"]`, as sentences. With nothing missing: m identical copies.
        `chained_equations` returns the draws themselves, and their means by iteration.

    Raises
    ------
    ValueError
        Missing values in `within` or in predictors that are not imputed (rows named: make missing a category, or impute
        it); a column of which nobody, or nobody in a level of `within`, has a value; fewer rows than coefficients;
        values that are infinite; terms that contain an imputed or passive column; a passive column that is not the
        difference of its parts. `WrongCall`: names, methods or numbers that no data could satisfy.

    Warns
    -----
    UserWarning
        Some level of `within` has too few complete rows.

    Notes
    -----
    Fully conditional specification (van Buuren & Groothuis-Oudshoorn 2011, doi 10.18637/jss.v045.i03; White, Royston &
    Wood 2011, doi 10.1002/sim.4067), parameters drawn from their posterior under flat priors (`draws`). A chain begins
    with values picked at random from those known. Columns with one known value are filled with it, and predictors that
    are constant or told by the others where a column is known are left out, each with a note. Where a predictor tells
    a category perfectly, light pseudo-rows keep the draws finite (White, Daniel & Royston 2010). Draws go to rows by
    their order: data in another order give other copies, and pooled results that differ by Monte-Carlo error alone.
    Checked by hand, against mice (tests/reference/imputation.R) and against maximum likelihood in
    tests/estimate/missing/test_imputation.py.
    """
    found = chained_equations(
        data,
        m=m,
        rng=rng,
        columns=columns,
        predictors=predictors,
        method=method,
        passive=passive,
        within=within,
        fewest_complete=fewest_complete,
        iterations=iterations,
        workers=workers,
    )
    return found.frames()


def chained_equations(
    data: pd.DataFrame,
    *,
    m: int,
    rng: np.random.Generator,
    columns: Sequence[str] | None = None,
    predictors: Sequence[str] | None = None,
    method: str | Mapping[str, str] = "normal",
    passive: Mapping[str, tuple[str, str]] | None = None,
    within: str | None = None,
    fewest_complete: int = FEWEST_COMPLETE,
    iterations: int = 10,
    workers: int = 1,
) -> Imputations:
    """The draws of `impute`, column by column, and how the chains went; parameters and refusals are the same."""
    _refuse_settings({"m": m, "fewest_complete": fewest_complete, "iterations": iterations, "workers": workers})
    if not isinstance(rng, np.random.Generator):
        raise WrongCall(f"rng must be a numpy Generator, not {type(rng).__name__}")
    passive = dict(passive or {})
    plan = planned(
        data,
        columns=columns,
        predictors=predictors,
        method=method,
        passive=passive,
        within=within,
        fewest_complete=fewest_complete,
    )
    todo = [column for column in plan.columns if column.missing.any()]
    chains = _run(plan.strata, iterations, rng, m, workers)
    drawn = {column.name: _gathered(column, plan.strata, [values for values, _ in chains]) for column in todo}
    return Imputations(
        data=data.assign(**{column.name: as_number(data[column.name]) for column in todo if column.numeric}),
        missing={column.name: column.missing for column in todo},
        drawn=drawn,
        chain_means=_chain_means(todo, plan.strata, [sums for _, sums in chains]),
        notes=plan.notes,
        m=m,
        passive=passive,
    )


def _refuse_settings(numbers: Mapping[str, int]) -> None:
    for name, value in numbers.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise WrongCall(f"{name} must be a whole number of at least 1, not {value!r}")


def _run(
    strata: Sequence[Stratum], iterations: int, rng: np.random.Generator, m: int, workers: int
) -> list[tuple[list[list[np.ndarray]], list[np.ndarray]]]:
    if not strata:
        return []
    streams = rng.spawn(m)
    if workers == 1:
        return [run_chain(strata, iterations, stream) for stream in streams]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda stream: run_chain(strata, iterations, stream), streams))


def _gathered(column: Column, strata: Sequence[Stratum], chains: Sequence[list[list[np.ndarray]]]) -> np.ndarray:
    """(m, missing rows): a column's draws from all strata, in the order of the rows."""
    place = np.cumsum(column.missing) - 1
    in_numbers = np.array(column.levels).dtype.kind in "fiu"  # also where there are none: a column of numbers
    drawn = np.empty((len(chains), int(column.missing.sum())), dtype=float if in_numbers else object)
    for s, one in enumerate(strata):
        for t, target in enumerate(one.targets):
            if target.column.name != column.name:
                continue
            where = place[one.rows[target.missing]]
            for number, values in enumerate(chains):
                found = values[s][t]
                drawn[number, where] = found if column.numeric else [target.column.levels[int(v)] for v in found]
    return drawn


def _chain_means(
    columns: Sequence[Column], strata: Sequence[Stratum], sums: Sequence[list[np.ndarray]]
) -> pd.DataFrame:
    tables = []
    for column in columns:
        own = [
            (s, t) for s, one in enumerate(strata) for t, x in enumerate(one.targets) if x.column.name == column.name
        ]
        if len(column.levels) <= 2:
            totals = [sum(_last_known(rounds[s][:, t]) for s, t in own) for rounds in sums]
            tables.append(np.array(totals) / column.missing.sum())  # (imputations, iterations)
    names = [column.name for column in columns if len(column.levels) <= 2]
    m, iterations = tables[0].shape if tables else (0, 0)
    return pd.DataFrame(
        {
            "imputation": np.tile(np.repeat(np.arange(m), iterations), len(names)),
            "iteration": np.tile(np.arange(iterations), m * len(names)),
            "column": np.repeat(np.array(names, dtype=object), m * iterations),
            "mean": np.concatenate([table.ravel() for table in tables]) if tables else np.empty(0),
        }
    )


def _last_known(sums: np.ndarray) -> np.ndarray:
    """Where a stratum needed one iteration only, that of the first stands for all."""
    return np.where(np.isnan(sums), sums[0], sums)
