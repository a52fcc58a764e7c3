"""Scores completed by imputation, and departures from the assumption that imputation rests on.

Chained equations guess a missing score from the other scores and the covariates, as if those without it had changed
like those alike who have it (missing at random). A `Delta` lets them have changed differently, by so many points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.change.linear import frame_of
from rehab_stats.estimate.change.target import Target
from rehab_stats.estimate.missing.imputation import Imputations, chained_equations
from rehab_stats.estimate.model.sample import WrongCall, code, is_number, number, refuse_absent, refuse_rows

PILOT = 20
"""Imputations from which the number needed is worked out."""
MOST = 400
"""Imputations that are made at most, unless a number is asked for."""

Points = float | Mapping[str, float]


@dataclass(frozen=True)
class Delta:
    """How those without a follow-up score changed differently from what imputation guesses of them.

    Attributes
    ----------
    never_given : number, or mapping level of the exposure -> number
        Points added to the follow-up of persons who were never given a first form; levels not named: 0.
    dropouts : number, or mapping
        The same of persons who were given one and whose follow-up is missing, whether or not the first came back.
    jump_to_baseline : bool
        The dropouts took no part in the change of their level: its mean change, of everybody in it as imputed, is taken
        off their follow-up, so that the level's mean is multiplied by one less the share of its dropouts. Each keeps
        what sets them apart from the level (regression to the mean). `dropouts` is then added to that. Errors are those
        of Rubin's rules on the moved scores: as much information is taken to be missing as before the jump (Cro 2019,
        doi 10.1111/rssa.12423), so that they are wider than the estimate varies from sample to sample.
    given : str
        Column of 0 and 1 that tells the two apart. Empty: whose baseline is missing was never given a form.
    """

    never_given: Points = 0.0
    dropouts: Points = 0.0
    jump_to_baseline: bool = False
    given: str = ""


@dataclass(frozen=True)
class Completed:
    """Target rows with m sets of completed scores.

    Attributes
    ----------
    target : Target
    baseline, followup : (rows, m)
    notes : what the imputation could not do as asked, in sentences.
    """

    target: Target
    baseline: np.ndarray
    followup: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def m(self) -> int:
        """Imputations."""
        return self.followup.shape[1]

    def of(self, target: Target) -> Completed:
        """The same scores, to be analysed with the terms of another target of the same rows."""
        return replace(self, target=target)

    def departed(self, delta: Delta | None, given: np.ndarray | None) -> Completed:
        """The follow-up moved by a delta where it is missing; `given` (rows,) as in `given_of`."""
        if delta is None:
            return self
        missing = np.isnan(self.target.followup)
        never = missing & (np.isnan(self.target.baseline) if given is None else given == 0)
        dropouts = missing & ~never
        followup = self.followup.copy()
        sample = self.target.sample
        if delta.jump_to_baseline:
            change = self.followup - self.baseline
            for place in range(len(sample.levels)):
                mine = sample.level == place
                followup[mine & dropouts] -= change[mine].mean(axis=0)
        for points, those in ((delta.never_given, never), (delta.dropouts, dropouts)):
            followup += (points_by_level(points, sample.levels)[sample.level] * those)[:, None]
        return replace(self, followup=followup)


def points_by_level(points: Points, levels: Sequence[str]) -> np.ndarray:
    """(levels,): the points of each level. Raises WrongCall on a level that is not there, or no number."""
    named = {code(level): value for level, value in points.items()} if isinstance(points, Mapping) else {}
    unknown = [level for level in named if level not in levels]
    if unknown:
        raise WrongCall(f"delta names the level {unknown[0]!r}; there are {', '.join(levels)}")
    values = [named.get(level, 0.0) for level in levels] if isinstance(points, Mapping) else [points] * len(levels)
    if not all(is_number(value) and np.isfinite(value) for value in values):
        raise WrongCall("delta must be finite numbers of points")
    return np.array(values, dtype=float)


def given_of(data: pd.DataFrame, target: Target, column: str) -> np.ndarray | None:
    """(rows,): whether each target row was given a first form; None when no column says so.

    Raises ValueError where the column is missing or neither 0 nor 1, or a baseline is there that was never given.
    """
    if not column:
        return None
    refuse_absent(data, [column])
    given = number(data[column]).iloc[target.sample.frame.index]
    refuse_rows(~given.isin([0, 1]), f"{column} must be 0 or 1")
    refuse_rows(
        (given == 0) & ~np.isnan(target.baseline),
        f"{column} must be 1 where {target.names[0]} is known, since a form never given cannot come back",
    )
    return given.to_numpy()


def by_own_order(target: Target) -> pd.DataFrame:
    """The frame to impute, its levels in their own order: draws do not depend on which of them is the reference."""
    frame, exposure = frame_of(target), target.sample.exposure
    return frame.assign(**{exposure: pd.Categorical(frame[exposure], target.sample.levels, ordered=True)})


def completed(
    target: Target, predictors: Sequence[str], *, m: int, method: str, rng: np.random.Generator, workers: int
) -> Completed:
    """m sets of completed scores of the target rows; the first of them are the same whatever m."""
    names = list(target.names)
    known = [name for name, values in zip(names, target.scores.T, strict=True) if np.isnan(values).any()]
    if not known:
        return Completed(target, *(np.repeat(v[:, None], m, axis=1) for v in (target.baseline, target.followup)))
    made = chained_equations(
        by_own_order(target),
        m=m,
        rng=rng,
        columns=names,
        predictors=list(predictors),
        method=method,
        within=target.sample.exposure,
        workers=workers,
    )
    baseline, followup = (_filled(values, made, name) for name, values in _ends(target))
    return Completed(target, baseline, followup, notes=tuple(made.notes))


def _ends(target: Target) -> list[tuple[str, np.ndarray]]:
    """Name and values of the first and of the last score."""
    return [(target.names[0], target.baseline), (target.names[-1], target.followup)]


def _filled(values: np.ndarray, made: Imputations, name: str) -> np.ndarray:
    """(rows, m): the scores with each imputation's draws where they are missing."""
    filled = np.repeat(values[:, None], made.m, axis=1)
    if name in made.drawn:
        filled[made.missing[name]] = made.drawn[name].T
    return filled
