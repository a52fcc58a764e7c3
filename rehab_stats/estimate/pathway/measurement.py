"""Weights of those whose last stage was measured, in the whole sample and again in every draw from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.missing.response import fit_response
from rehab_stats.estimate.model.design_matrix import covariate_patterns
from rehab_stats.estimate.model.level_models import BINOMIAL, LevelModel, Patterns, fit_levels
from rehab_stats.estimate.model.sample import refuse_rows

Steps = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Step:
    """One step of being measured, on patterns of its own covariates.

    Attributes
    ----------
    rows : (at risk,) positions of the rows of the sample at risk.
    responded : (at risk,) of 0 and 1.
    index : (at risk,) the pattern of each.
    patterns : Patterns, or None where everybody responded.
    model : its fit in the whole sample.
    """

    rows: np.ndarray
    responded: np.ndarray
    index: np.ndarray
    patterns: Patterns | None
    model: LevelModel | None

    def chances(self, weights: np.ndarray | None) -> np.ndarray:
        """(at risk,): the chance of each, refitted under a weight per row of the sample."""
        if self.patterns is None or self.model is None:
            return np.ones(len(self.rows))
        model = self.model if weights is None else self._fit(weights[self.rows], self.model)
        return model.means(self.patterns.covariates)[self.index, 0]

    def _fit(self, weights: np.ndarray, start: LevelModel | None) -> LevelModel:
        many = len(self.patterns.level)
        size = np.bincount(self.index, weights=weights, minlength=many)
        total = np.bincount(self.index, weights=weights * self.responded, minlength=many)
        return fit_levels(self.patterns, size, total, BINOMIAL, start=start)


@dataclass(frozen=True)
class Measurement:
    """The steps between having come to the last stage and its being measured.

    Attributes
    ----------
    steps : tuple of _Step
    measured : (rows,) every step was taken.
    diagnostics : mapping
    """

    steps: tuple[_Step, ...]
    measured: np.ndarray
    diagnostics: Mapping[str, object]

    def weights(self, draw: np.ndarray | None = None) -> np.ndarray:
        """(rows,): one over the chance of having been measured for those who were, 0 for the others.

        draw : (rows,) how often each row was drawn; None: the whole sample as it is.
        """
        inverse = np.ones(len(self.measured))
        for step in self.steps:
            inverse[step.rows] /= step.chances(draw)
        return np.where(self.measured, inverse, 0.0)


def fit_measurement(
    data: pd.DataFrame, steps: Steps, *, come: np.ndarray, known: np.ndarray, stage: str
) -> Measurement:
    """The models of being measured among the rows that had come to the last stage.

    Parameters
    ----------
    data : DataFrame
        The rows of the sample, with the columns of the steps and of their terms.
    steps : mapping
        As in `response_weights`.
    come : (rows,)
        The row had come to the last stage.
    known : (rows,)
        The last stage has a value.
    stage : str
        Its name, for refusals.

    Raises
    ------
    ValueError
        As `response_weights`; a row with 1 in every step whose last stage has no value.
    """
    here = np.flatnonzero(come)
    found = fit_response(data.iloc[here], steps=steps, stabilised=False, truncate=None)
    through = np.zeros(len(data), dtype=bool)
    through[here] = found.weights > 0
    lacking = pd.Series(through & ~known, index=data.index)
    refuse_rows(lacking, f"{stage} must be known of everybody with 1 in each of {', '.join(steps)}")
    made = tuple(_on_patterns(step.matrix, here[step.at_risk], step.responded) for step in found.steps)
    about = {"measured": int(through.sum())} | {
        f"measurement.{name}": value for name, value in found.diagnostics.items() if name in ("effective_n", "largest")
    }
    return Measurement(made, through, about)


def _on_patterns(matrix: np.ndarray, rows: np.ndarray, responded: np.ndarray) -> _Step:
    responded = responded.astype(float)
    if not matrix.shape[1]:  # everybody responded
        return _Step(rows, responded, np.zeros(len(rows), dtype=np.int64), None, None)
    covariates = matrix[:, 1:]
    if covariates.shape[1]:
        index, first = covariate_patterns(pd.DataFrame(covariates))
    else:
        index, first = np.zeros(len(rows), dtype=np.int64), np.zeros(1, dtype=np.int64)
    distinct = np.ascontiguousarray(covariates[first])
    names = tuple(f"column {place}" for place in range(distinct.shape[1]))
    everybody = np.zeros(len(distinct), dtype=np.int64)
    patterns = Patterns(everybody, ("at risk",), distinct, names, np.ptp(distinct, axis=0))
    step = _Step(rows, responded, index, patterns, None)
    return _Step(rows, responded, index, patterns, step._fit(np.ones(len(rows)), None))
