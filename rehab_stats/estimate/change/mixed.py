"""The linear mixed model for repeated scores: an unstructured covariance over the occasions, by restricted likelihood.

Everybody with at least one score is in it. Every covariate has a coefficient of its own at every occasion, so the
design of a person is I (x) z' and a likelihood needs the persons no more once Z'Z, Z'Y and Y'Y are known for each
pattern of occasions with a score: its cost does not grow with their number.

Own code because statsmodels' MixedLM has neither an unstructured covariance of the residuals nor Satterthwaite's
degrees of freedom. Checked against R, nlme::gls and numDeriv: tests/reference/mixed_model.R.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from rehab_stats.estimate.change.restricted_likelihood import (
    State,
    joint_covariance,
    joint_slopes,
    maximise_restricted,
    patterns_of,
    scaled_directions,
)
from rehab_stats.estimate.model.fit import refuse_collinear
from rehab_stats.estimate.model.sample import WrongCall

ERRORS = ("observed", "expected")

FEWEST_PAIRS = 2
"""Pairs beyond the coefficients that a covariance needs: with one, the two residuals are always in line."""


class Contrasts(NamedTuple):
    """Linear combinations of coefficients: values, their covariance, and the degrees of freedom of each."""

    estimates: np.ndarray
    covariance: np.ndarray
    df: np.ndarray


@dataclass(frozen=True)
class MixedFit:
    """A fitted model of scores at T occasions on q covariates.

    Attributes
    ----------
    coefficients : (T, q), an occasion a row.
    covariance : (T*q, T*q) of the coefficients, stacked occasion after occasion, with `sigma` taken as known: what
        nlme::gls, lme4 and mmrm report (no enlargement after Kenward and Roger).
    joint_covariance : the same, allowing for `sigma` being estimated from the scores that happen to be there.
    sigma : (T, T) covariance of the scores of one person at given covariates.
    log_likelihood : restricted, with the constant of nlme::gls; comparable only between models of the same covariates.
    directions : (K, T, T), K = T (T + 1) / 2 ways to change `sigma`: the parameters that it has, well conditioned also
        where scores are closely correlated. What rests on them does not depend on their choice.
    information : (K, K) observed information of those parameters.
    slopes, joint_slopes : (K, T*q, T*q) derivatives of `covariance` and `joint_covariance` by each of those.
    iterations : Newton steps.
    persons : with at least one score.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    joint_covariance: np.ndarray
    sigma: np.ndarray
    log_likelihood: float
    directions: np.ndarray
    information: np.ndarray
    slopes: np.ndarray
    joint_slopes: np.ndarray
    iterations: int
    persons: int

    def contrast(self, matrix: np.ndarray, *, errors: str = "observed") -> Contrasts:
        """L b, its covariance, and Satterthwaite's degrees of freedom of each row.

        df = 2 v^2 / (g' A g), v the variance, g its derivatives by the parameters of `sigma` and A the inverse of their
        observed information (Satterthwaite 1946, doi 10.2307/3002019; Kuznetsova 2017, doi 10.18637/jss.v082.i13). It
        is the same whatever parameters `sigma` is written in. With complete scores the df of a change is n - q and its
        t interval that of the regression of the change, with either kind of errors.

        Parameters
        ----------
        matrix : (k, T*q), a contrast a row, coefficients stacked occasion after occasion.
        errors : {"observed", "expected"}
            "observed": from the observed information about coefficients and `sigma` together. "expected": with `sigma`
            taken as known, as nlme::gls and the R package mmrm. The two agree where nothing is missing, and nearly so
            where it is missing whatever the scores. Where those with low first scores stay away the second is too
            small, in large samples too: the follow-up means of the absent hang on a slope that is itself estimated.

        Raises ValueError on a matrix of another width or another kind of errors.
        """
        if errors not in ERRORS:
            raise WrongCall(f"errors must be one of {', '.join(ERRORS)}, not {errors!r}")
        matrix = np.atleast_2d(np.asarray(matrix, dtype=float))
        if matrix.shape[1] != self.coefficients.size:
            raise WrongCall(f"a contrast has {matrix.shape[1]} columns, the model {self.coefficients.size}")
        known = errors == "expected"
        whole, slopes = (self.covariance, self.slopes) if known else (self.joint_covariance, self.joint_slopes)
        covariance = matrix @ whole @ matrix.T
        gradients = np.einsum("ra,kab,rb->rk", matrix, slopes, matrix, optimize=True)
        spread = np.einsum("rk,rk->r", gradients, np.linalg.solve(self.information, gradients.T).T)
        with np.errstate(invalid="ignore"):  # a row of zeros has no spread and no df
            df = 2 * np.diag(covariance) ** 2 / spread
        return Contrasts(matrix @ self.coefficients.ravel(), covariance, df)


def fit_mixed(
    covariates: np.ndarray,
    scores: np.ndarray,
    *,
    names: Sequence[str] | None = None,
    occasions: Sequence[str] | None = None,
) -> MixedFit:
    """Mean scores at every occasion given covariates, from all persons with a score, by restricted maximum likelihood.

    Parameters
    ----------
    covariates : (n, q), a person a row, nothing missing; an intercept is a column of ones. Persons are independent.
    scores : (n, T), T >= 2, NaN where there is none; persons without any are left out.
    names : of the covariates, for messages; default: their positions.
    occasions : names of the occasions, for messages; default: their positions.

    Raises
    ------
    ValueError
        Covariates that are not finite; collinear ones, in all or among those with a score at one occasion, by name; no
        more persons at an occasion than coefficients; too few with scores at two occasions to learn their covariance;
        scores that are constant given the covariates; scores that follow from other scores (a singular covariance).

    Notes
    -----
    With V_i the part of `sigma` that person i was seen at and X_i, y_i likewise, N scores and p = T q, maximised is

        l = -1/2 { (N - p) log(2 pi) + sum log|V_i| + log|sum X_i' V_i^-1 X_i| + sum r_i' V_i^-1 r_i }

    by Newton's method on the elements of `sigma`, with the expected information where the observed one is not positive.

    The estimates are unbiased by missing scores where, given the covariates in the model and the scores that were seen,
    going missing does not depend on the scores unseen. With two occasions that is the assumption of imputation too: if
    both agree this is no robustness. A covariate that predicts both the score and its absence, but is left out, breaks
    it.

    Checked against R (nlme::gls, numDeriv), by hand, by known truth and for invariance in
    tests/estimate/change/test_mixed.py.
    """
    z, y = np.asarray(covariates, dtype=float), np.asarray(scores, dtype=float)
    _refuse_shapes(z, y)
    names = [str(j) for j in range(z.shape[1])] if names is None else list(names)
    occasions = [str(t) for t in range(y.shape[1])] if occasions is None else list(occasions)
    here = ~np.isnan(y).all(axis=1)
    z, y = z[here], y[here]
    seen = ~np.isnan(y)
    _refuse_covariates(z, seen, names, occasions)
    _refuse_few_pairs(z, y, occasions)

    # All is computed with orthonormal covariates and with residuals of spread 1: years and ages are well conditioned.
    upper = np.linalg.qr(z, mode="r")
    q = solve_triangular(upper, z.T, trans="T").T
    first = np.stack([np.linalg.lstsq(q[seen[:, t]], y[seen[:, t], t])[0] for t in range(y.shape[1])])
    residuals = y - q @ first.T
    spread = np.sqrt(np.nansum(residuals**2, axis=0) / (seen.sum(axis=0) - z.shape[1]))
    _refuse_constant(spread, y, occasions)
    patterns = patterns_of(q, residuals / spread)
    best, iterations = maximise_restricted(patterns, _start(residuals / spread))
    directions = scaled_directions(best.sigma)
    moving = joint_slopes(patterns, best, directions)
    return _in_units(best, directions, moving, iterations, spread, upper, first, seen)


def _start(residuals: np.ndarray) -> np.ndarray:
    """Correlations of the residuals of those with both scores, drawn towards none where together they are impossible.

    With complete scores this is the maximum.
    """
    occasions = residuals.shape[1]
    sigma = np.eye(occasions)
    for s, t in combinations(range(occasions), 2):
        both = residuals[~np.isnan(residuals[:, [s, t]]).any(axis=1)]
        sigma[s, t] = sigma[t, s] = both[:, s] @ both[:, t] / np.sqrt((both[:, s] ** 2).sum() * (both[:, t] ** 2).sum())
    lowest = np.linalg.eigvalsh(sigma)[0]
    keep = 1.0 if lowest > 0.01 else 0.9 / (1 - min(lowest, 0.0))
    return keep * sigma + (1 - keep) * np.eye(occasions)


def _in_units(
    best: State,
    directions: np.ndarray,
    moving: np.ndarray,
    iterations: int,
    spread: np.ndarray,
    upper: np.ndarray,
    first: np.ndarray,
    seen: np.ndarray,
) -> MixedFit:
    """Back from orthonormal covariates and residuals of spread 1 to those that were given."""
    occasions, q = first.shape
    back = np.kron(np.diag(spread), solve_triangular(upper, np.eye(q)))
    shift = np.log(spread) @ (seen.sum(axis=0) - q) + occasions * np.log(np.abs(np.diag(upper))).sum()
    coefficients = solve_triangular(upper, first.T).T + (back @ best.coefficients).reshape(occasions, q)
    return MixedFit(
        coefficients=coefficients,
        covariance=back @ best.covariance @ back.T,
        joint_covariance=back @ joint_covariance(best) @ back.T,
        sigma=best.sigma * np.outer(spread, spread),
        log_likelihood=float(best.value - shift),
        directions=directions * np.outer(spread, spread),
        information=best.observed,
        slopes=back @ best.slopes @ back.T,
        joint_slopes=back @ moving @ back.T,
        iterations=iterations,
        persons=len(seen),
    )


def _refuse_shapes(z: np.ndarray, y: np.ndarray) -> None:
    if z.ndim != 2 or y.ndim != 2 or len(z) != len(y) or y.shape[1] < 2:
        raise ValueError("covariates must be (persons, q) and scores (persons, T), T >= 2, a person a row in both")
    if not np.isfinite(z).all():
        raise ValueError("covariates must be finite: leave out rows with a missing one first")
    if np.isinf(y).any():
        raise ValueError("scores must be finite, or NaN where there is none")


def _refuse_covariates(z: np.ndarray, seen: np.ndarray, names: Sequence[str], occasions: Sequence[str]) -> None:
    for name, here in zip(occasions, seen.T, strict=True):
        if here.sum() <= z.shape[1]:
            raise ValueError(f"too few persons have a score at {name} for a model of {z.shape[1]} coefficients there")
    refuse_collinear(z.T @ z, z, names)
    for name, here in zip(occasions, seen.T, strict=True):
        rows = z[here]
        try:
            refuse_collinear(rows.T @ rows, rows, names)
        except ValueError as error:
            raise ValueError(f"among the persons with a score at {name}, {error}") from error


def _refuse_few_pairs(z: np.ndarray, y: np.ndarray, occasions: Sequence[str]) -> None:
    """A covariance is learned from persons with both scores; what the covariates explain of them is not left for it."""
    for s, t in combinations(range(y.shape[1]), 2):
        both = ~np.isnan(y[:, [s, t]]).any(axis=1)
        pairs = f"scores at both {occasions[s]} and {occasions[t]}"
        if not both.any():
            raise ValueError(f"nobody has {pairs}: their covariance cannot be learned")
        rank = np.linalg.matrix_rank(z[both])
        if both.sum() - rank < FEWEST_PAIRS:
            raise ValueError(f"too few persons have {pairs} to learn their covariance beside {rank} coefficients")


def _refuse_constant(spread: np.ndarray, y: np.ndarray, occasions: Sequence[str]) -> None:
    flat = spread <= 1e-10 * np.nanmax(np.abs(y), axis=0)
    if flat.any():
        constant = ", ".join(name for name, no in zip(occasions, flat, strict=True) if no)
        raise ValueError(f"the score at {constant} does not vary given the covariates: there is no variance to model")
