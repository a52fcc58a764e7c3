"""The restricted likelihood of repeated scores with an unstructured covariance, its derivatives and its maximum.

The design of a person is I (x) z', so the persons are needed no more once Z'Z, Z'Y and Y'Y are known for each pattern
of occasions with a score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

SINGULAR = 1e-9
"""An eigenvalue of a correlation matrix below this is rounding."""


@dataclass(frozen=True)
class Pattern:
    """The persons with scores at the same occasions: `seen` positions, their number, Z'Z, Z'Y, Y'Y."""

    seen: np.ndarray
    persons: int
    zz: np.ndarray
    zy: np.ndarray
    yy: np.ndarray


@dataclass(frozen=True)
class State:
    """The restricted likelihood at one `sigma`, with derivatives by its lower triangle; coefficients as (T*q,)."""

    sigma: np.ndarray
    value: float
    score: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    coefficients: np.ndarray
    covariance: np.ndarray
    slopes: np.ndarray


def patterns_of(z: np.ndarray, y: np.ndarray) -> list[Pattern]:
    """The sums over persons, by which occasions have a score."""
    seen = ~np.isnan(y)
    code = seen @ (1 << np.arange(y.shape[1]))
    found = []
    for pattern in np.unique(code):
        rows = np.flatnonzero(code == pattern)
        at = np.flatnonzero(seen[rows[0]])
        here, values = z[rows], y[np.ix_(rows, at)]
        found.append(Pattern(at, len(rows), here.T @ here, here.T @ values, values.T @ values))
    return found


def _basis(occasions: int) -> np.ndarray:
    """(K, T, T): the derivative of `sigma` by each element of its lower triangle."""
    rows, columns = np.tril_indices(occasions)
    basis = np.zeros((len(rows), occasions, occasions))
    place = np.arange(len(rows))
    basis[place, rows, columns] = basis[place, columns, rows] = 1.0
    return basis


def _state(patterns: Sequence[Pattern], sigma: np.ndarray, basis: np.ndarray) -> State:
    """Value and derivatives by the elements of `sigma`, in which V is linear: V_k is that of V.

    With C = (X' V^-1 X)^-1 and P = V^-1 - V^-1 X C X' V^-1 the score is -1/2 {tr(P V_k) - y'P V_k P y}, the expected
    information 1/2 tr(P V_k P V_l), and the observed one y'P V_k P V_l P y less that (Searle, Casella and McCulloch
    1992, doi 10.1002/9780470316856, chapter 6).
    """
    occasions, q, many = len(sigma), len(patterns[0].zz), len(basis)
    inverses = [_inverse(sigma[np.ix_(p.seen, p.seen)]) for p in patterns]
    precision, right = np.zeros((occasions, q, occasions, q)), np.zeros((occasions, q))
    bends = np.zeros((many, occasions, q, occasions, q))  # X' V^-1 V_k V^-1 X
    for p, (inverse, _) in zip(patterns, inverses, strict=True):
        blocks = np.ix_(p.seen, range(q), p.seen, range(q))
        precision[blocks] += np.einsum("ab,ij->aibj", inverse, p.zz)
        right[p.seen] += inverse @ p.zy.T
        turned = inverse @ basis[:, p.seen[:, None], p.seen] @ inverse
        bends[(slice(None), *blocks)] += np.einsum("kab,ij->kaibj", turned, p.zz)
    size = occasions * q
    covariance, log_precision = _inverse(precision.reshape(size, size))
    coefficients = covariance @ right.ravel()
    parts = _sums(patterns, [w for w, _ in inverses], coefficients.reshape(occasions, q), covariance, basis)
    bends = bends.reshape(many, size, size)
    slopes = covariance @ bends @ covariance
    traces = parts["traces"] + np.einsum("kab,lba->kl", slopes, bends)
    quadratic = parts["quadratic"] - parts["leverage"] @ covariance @ parts["leverage"].T
    scores = sum(p.persons * len(p.seen) for p in patterns)
    log_volume = sum(p.persons * log for p, (_, log) in zip(patterns, inverses, strict=True))
    value = (scores - size) * np.log(2 * np.pi) + log_volume + log_precision + parts["distance"]
    return State(
        sigma=sigma,
        value=float(-value / 2),
        score=parts["score"],
        observed=quadratic - traces / 2,
        expected=traces / 2,
        coefficients=coefficients,
        covariance=covariance,
        slopes=slopes,
    )


def _sums(
    patterns: Sequence[Pattern],
    inverses: Sequence[np.ndarray],
    coefficients: np.ndarray,
    covariance: np.ndarray,
    basis: np.ndarray,
) -> dict:
    """What the derivatives need of residuals r = y - X b, summed over patterns; U = V^-1 V_k V^-1.

    `distance` r'V^-1 r; `score`; `traces` the part of tr(P V_k P V_l) in single persons; `quadratic` r'U V_l V^-1 r;
    `leverage` X'U r.
    """
    occasions, q = coefficients.shape
    blocks = covariance.reshape(occasions, q, occasions, q)
    many = len(basis)
    distance, score = 0.0, np.zeros(many)
    traces, quadratic = np.zeros((many, many)), np.zeros((many, many))
    leverage = np.zeros((many, occasions, q))
    for p, inverse in zip(patterns, inverses, strict=True):
        at = coefficients[p.seen]
        cross = p.zy - p.zz @ at.T  # Z'r
        square = p.yy - at @ p.zy - cross.T @ at.T  # sum of r r'
        known = np.einsum("aibj,ij->ab", blocks[p.seen][:, :, p.seen], p.zz)  # sum of X C X'
        parts = basis[:, p.seen[:, None], p.seen]
        turned = inverse @ parts @ inverse
        distance += float(np.sum(inverse * square))
        pull = p.persons * inverse - inverse @ (square + known) @ inverse
        score -= np.einsum("ab,kab->k", pull, parts) / 2
        traces += p.persons * np.einsum("kab,lba->kl", turned, parts)
        traces -= 2 * np.einsum("kab,lba->kl", known @ turned, parts @ inverse)
        quadratic += np.einsum("kab,lba->kl", square @ turned, parts @ inverse)
        leverage[:, p.seen] += turned @ cross.T
    return {
        "distance": distance,
        "score": score,
        "traces": traces,
        "quadratic": quadratic,
        "leverage": leverage.reshape(many, occasions * q),
    }


def maximise_restricted(patterns: Sequence[Pattern], start: np.ndarray) -> tuple[State, int]:
    """Newton steps on the lower triangle, halved until `sigma` is positive definite and the likelihood does not fall.

    Stops after a step that promised less than 1e-9 of log-likelihood: what is left of the way is of the order of its
    square.
    """
    basis = _basis(len(start))
    state = _state(patterns, start, basis)
    for iteration in range(1, 201):
        step = _ascent(state)
        promised = float(state.score @ step) / 2
        state = _moved(patterns, state, step, basis)
        _refuse_singular(state.sigma)
        if promised < 1e-9:
            return state, iteration
    raise ValueError("the restricted likelihood did not settle: leave a covariate out or merge levels")


def _ascent(state: State) -> np.ndarray:
    for information in (state.observed, state.expected):
        try:
            return cho_solve(cho_factor(information), state.score)
        except LinAlgError:
            continue
    raise ValueError("the scores do not tell the covariance of the occasions: the information about it is singular")


def _moved(patterns: Sequence[Pattern], state: State, step: np.ndarray, basis: np.ndarray) -> State:
    change = np.tensordot(step, basis, axes=1)
    for halvings in range(40):
        sigma = state.sigma + change / 2**halvings
        if np.linalg.eigvalsh(sigma)[0] <= 0:
            continue
        moved = _state(patterns, sigma, basis)
        if moved.value >= state.value - 1e-10 * (1 + abs(state.value)):
            return moved
    return state


def _inverse(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """Inverse and log determinant of a positive definite matrix."""
    factor = cho_factor(matrix, lower=True)
    return cho_solve(factor, np.eye(len(matrix))), float(2 * np.log(np.diag(factor[0])).sum())


def _refuse_singular(sigma: np.ndarray) -> None:
    scale = 1 / np.sqrt(np.diag(sigma))
    if np.linalg.eigvalsh(sigma * np.outer(scale, scale))[0] < SINGULAR:
        raise ValueError("the score at one occasion follows from the others: their covariance is singular")
