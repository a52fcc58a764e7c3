"""Means and shares as smooth functions of level and covariates: sessions booked, a stage reached, a form returned.

Poisson models for means and binomial models for shares, fitted on covariate patterns with a weight per person, so that
a bootstrap draw costs a few Newton steps from the whole sample's estimate.

Unlike `fit.maximise`, a fit here may end at its limit: what never happens in some category has the fitted rate 0 there.
A rate of 0 is a rate like any other when averaged; the infinite coefficient behind it is not shown to anybody.

Checked against R (glm poisson and binomial): tests/reference/components.R.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from rehab_stats.estimate.model.design_matrix import Design
from rehab_stats.estimate.model.fit import cross_product, refuse_collinear, solve
from rehab_stats.estimate.model.sample import Sample

STEPS = 100
SETTLED = 1e-6  # no linear predictor moves by more: Newton's next step would be about its square
GAINED = 1e-9  # log-likelihood; a fit that runs to its limit gains less and less
NO_INFORMATION = 1e-9  # of a column, relative to the most any column has: its coefficient stays where it is


@dataclass(frozen=True)
class Family:
    """A likelihood with its canonical link.

    Attributes
    ----------
    link, mean : from mean to linear predictor and back.
    slope : mean -> its derivative by the linear predictor.
    cumulant : linear predictor -> what the log-likelihood takes off per unit of size; its derivative is the mean.
    """

    link: Callable[[np.ndarray], np.ndarray]
    mean: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    cumulant: Callable[[np.ndarray], np.ndarray]


POISSON = Family(np.log, np.exp, lambda mean: mean, np.exp)
BINOMIAL = Family(logit, expit, lambda mean: mean * (1 - mean), lambda x: np.logaddexp(0, x))


@dataclass(frozen=True)
class LevelModel:
    """mean = link^-1(base of the level + covariates' part), fitted on patterns.

    Attributes
    ----------
    base : (levels,), minus or plus infinity where the level's mean is 0 or the highest there is.
    slopes : (covariate columns,)
    at_limit : a coefficient ran on to infinity, and the fitted mean to 0 or to the highest there is.
    """

    family: Family
    base: np.ndarray
    slopes: np.ndarray
    at_limit: bool

    def means(self, covariates: np.ndarray) -> np.ndarray:
        """(patterns, levels): what is expected of each pattern in each level."""
        return self.family.mean(self.base + (covariates @ self.slopes)[:, None])


@dataclass(frozen=True)
class Patterns:
    """Covariate patterns with the exposure taken out of the columns.

    Attributes
    ----------
    level : (patterns,) position of the pattern's level.
    levels : the levels' names.
    covariates : (patterns, columns), neither intercept nor exposure among them.
    names : the covariates' columns.
    spread : (columns,) largest less smallest value.
    """

    level: np.ndarray
    levels: tuple[str, ...]
    covariates: np.ndarray
    names: tuple[str, ...]
    spread: np.ndarray

    @classmethod
    def of(cls, design: Design, sample: Sample) -> Patterns:
        """Those of a design with an intercept."""
        exposure = design.terms[sample.exposure]
        others = [column for column in range(1, len(design.names)) if column not in exposure]
        level = np.empty(design.patterns, dtype=np.int64)
        level[design.index] = sample.level
        covariates = np.ascontiguousarray(design.matrix[:, others])
        names = tuple(design.names[column] for column in others)
        return cls(level, sample.levels, covariates, names, np.ptp(covariates, axis=0))

    def by_level(self, values: np.ndarray) -> np.ndarray:
        """Sum a number per pattern over the patterns of each level."""
        return np.bincount(self.level, weights=values, minlength=len(self.levels))


def fit_levels(
    patterns: Patterns, size: np.ndarray, total: np.ndarray, family: Family, *, start: LevelModel | None = None
) -> LevelModel:
    """Maximum likelihood of mean(level, covariates) from sums per pattern; from the estimate `start` of other weights.

    Parameters
    ----------
    patterns : the covariates.
    size, total : (patterns,) how much the mean is taken of (persons; sessions booked), and the sum of the outcome.
    family : POISSON or BINOMIAL.
    start : the whole sample's estimate when this is a draw from it. Without, collinear columns are refused by name;
        with it, a column which this draw says nothing about keeps its coefficient.

    Levels whose total is 0 (or the highest there is) get that mean and are left out of the likelihood: at the maximum
    they say nothing about the covariates.

    Raises ValueError for a level without size, and when the steps do not settle.
    """
    sizes = patterns.by_level(size)
    if (sizes <= 0).any():
        raise ValueError(f"level {patterns.levels[int(np.argmin(sizes))]!r} has nothing to take a mean of")
    means = patterns.by_level(total) / sizes
    with np.errstate(divide="ignore"):  # a mean of 0, a share of 1
        base = family.link(means)
    slopes = np.zeros(len(patterns.names)) if start is None else start.slopes
    inner = np.isfinite(base)
    used = (size > 0) & inner[patterns.level]
    if not len(slopes) or not used.any():  # without covariates the levels' own means are the maximum
        return LevelModel(family, base, slopes, False)
    level, covariates, size, total = (x[used] for x in (patterns.level, patterns.covariates, size, total))
    # centred, so that a category of which nobody was drawn is a column of noughts and not one like the levels'
    centre = size @ covariates / size.sum()
    matrix = np.concatenate([(level[:, None] == np.flatnonzero(inner)).astype(float), covariates - centre], axis=1)
    if start is None:
        _refuse_unknown(patterns, matrix, size * family.slope(means[level]), inner)
    many = inner.sum()
    first = base[inner] if start is None else start.base[inner] + centre @ slopes
    spread = np.concatenate([np.ones(many), patterns.spread])
    found, at_limit = _newton(matrix, size, total, family, np.concatenate([first, slopes]), spread)
    base[inner], slopes = found[:many] - centre @ found[many:], found[many:]
    return LevelModel(family, base, slopes, at_limit)


def _refuse_unknown(patterns: Patterns, matrix: np.ndarray, weights: np.ndarray, inner: np.ndarray) -> None:
    many = int(inner.sum())
    constant = np.ptp(matrix[:, many:], axis=0) <= 1e-9 * patterns.spread
    if constant.any():
        names = ", ".join(np.array(patterns.names)[constant])
        raise ValueError(f"nothing can be learned about {names}: it has one value in all rows that count")
    names = [*np.array(patterns.levels)[inner], *patterns.names]
    refuse_collinear(cross_product(matrix, weights), matrix, names)


def _newton(
    matrix: np.ndarray,
    size: np.ndarray,
    total: np.ndarray,
    family: Family,
    coefficients: np.ndarray,
    spread: np.ndarray,
) -> tuple[np.ndarray, bool]:
    """Coefficients at the maximum, or where the log-likelihood gains no more, and whether it was the second."""
    predictor = matrix @ coefficients
    value = total @ predictor - size @ family.cumulant(predictor)
    for _ in range(STEPS):
        mean = family.mean(predictor)
        # einsum: BLAS may add in another order on another number of threads
        score = np.einsum("p,pc->c", total - size * mean, matrix)
        step = _newton_step(cross_product(matrix, size * family.slope(mean)), score, spread)
        moves, before = matrix @ step, value
        for _ in range(30):
            with np.errstate(over="ignore", invalid="ignore"):  # a step too far is halved
                value = total @ (predictor + moves) - size @ family.cumulant(predictor + moves)
            if value >= before - 1e-9 * (1 + abs(before)):
                break
            step, moves = step / 2, moves / 2
        coefficients, predictor = coefficients + step, predictor + moves
        moved = np.abs(moves).max()
        if moved < SETTLED:
            return coefficients, False
        if moved > 0.1 and value - before < GAINED * (1 + size.sum()):
            return coefficients, True
    raise ValueError(f"a fit did not settle in {STEPS} steps")


def _newton_step(information: np.ndarray, score: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """information^-1 score; 0 for a column without information."""
    relative = np.diag(information) / spread**2
    known = relative > NO_INFORMATION * relative.max()
    step = np.zeros(len(score))
    step[known] = solve(information[np.ix_(known, known)], score[known])
    return step
