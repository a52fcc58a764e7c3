"""The restricted likelihood of repeated scores with an unstructured covariance, its derivatives and its maximum.

The design of a person is I (x) z', so the persons are needed no more once Z'Z, Z'Y and Y'Y are known for each pattern
of occasions with a score.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

SINGULAR = 1e-6
"""An eigenvalue of the correlation matrix below this: one score is then known from the others to a thousandth."""
STEP = 1e-4
"""Of a numerical derivative, in units of the spread."""


@dataclass(frozen=True)
class Patterns:
    """Sums over the persons with scores at the same occasions, a pattern an element of the first axis.

    `seen` (P, T); `persons` (P,); `zz`, `zy`, `yy`: Z'Z (P, q, q), Z'Y (P, q, T) and Y'Y (P, T, T), 0 where unseen.
    """

    seen: np.ndarray
    persons: np.ndarray
    zz: np.ndarray
    zy: np.ndarray
    yy: np.ndarray


@dataclass(frozen=True)
class State:
    """The restricted likelihood at one `sigma`, with derivatives along a basis of changes; coefficients as (T*q,).

    `slopes` are the derivatives of `covariance`; `leverage` (K, T*q) is X' V^-1 V_k V^-1 r, so that the coefficients
    move by -`covariance` @ `leverage[k]`.
    """

    sigma: np.ndarray
    value: float
    score: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    coefficients: np.ndarray
    covariance: np.ndarray
    slopes: np.ndarray
    leverage: np.ndarray


def patterns_of(z: np.ndarray, y: np.ndarray) -> Patterns:
    """The sums over persons, by which occasions have a score; `z` (n, q), `y` (n, T) with NaN."""
    seen = ~np.isnan(y)
    patterns, place = np.unique(seen @ (1 << np.arange(y.shape[1])), return_inverse=True)
    groups = [np.flatnonzero(place == number) for number in range(len(patterns))]
    y = np.where(seen, y, 0.0)
    parts = [(z[rows], y[rows]) for rows in groups]
    return Patterns(
        seen=np.array([seen[rows[0]] for rows in groups]),
        persons=np.array([len(rows) for rows in groups]),
        zz=np.array([a.T @ a for a, _ in parts]),
        zy=np.array([a.T @ b for a, b in parts]),
        yy=np.array([b.T @ b for _, b in parts]),
    )


@cache
def element_basis(occasions: int) -> np.ndarray:
    """(K, T, T): the derivative of `sigma` by each element of its lower triangle."""
    rows, columns = np.tril_indices(occasions)
    basis = np.zeros((len(rows), occasions, occasions))
    place = np.arange(len(rows))
    basis[place, rows, columns] = basis[place, columns, rows] = 1.0
    basis.setflags(write=False)
    return basis


def restricted_likelihood(patterns: Patterns, sigma: np.ndarray, basis: np.ndarray) -> State:
    """Value and derivatives along `basis` (K, T, T): V_k is the change of V with the k-th, and V is linear in it.

    With C = (X' V^-1 X)^-1 and P = V^-1 - V^-1 X C X' V^-1 the score is -1/2 {tr(P V_k) - y'P V_k P y}, the expected
    information 1/2 tr(P V_k P V_l), and the observed one y'P V_k P V_l P y less that (Searle, Casella and McCulloch
    1992, doi 10.1002/9780470316856, chapter 6).
    """
    p, many, occasions, q = patterns, len(basis), len(sigma), patterns.zz.shape[-1]
    inverse, log_volume = _inverses(patterns, sigma)
    turned = inverse[:, None] @ basis @ inverse[:, None]  # V^-1 V_k V^-1
    precision, bends = _design_product(inverse[:, None], p.zz)[0], _design_product(turned, p.zz)
    covariance, log_precision = np.linalg.inv(precision), np.linalg.slogdet(precision)[1]
    coefficients = covariance @ (inverse @ p.zy.transpose(0, 2, 1)).sum(axis=0).ravel()
    b = coefficients.reshape(occasions, q)
    cross = p.zy - p.zz @ b.T  # Z'r
    square = p.yy - b @ p.zy - cross.transpose(0, 2, 1) @ b.T  # sum of r r'
    blocks = covariance.reshape(occasions, q, occasions, q).transpose(1, 3, 0, 2)
    known = np.tensordot(p.zz, blocks, axes=2)  # sum of x C x'
    leverage = (turned @ cross.transpose(0, 2, 1)[:, None]).sum(axis=0).reshape(many, -1)
    slopes = covariance @ bends @ covariance

    persons = p.persons[:, None, None]
    pull = persons * inverse - inverse @ (square + known) @ inverse
    single, across = persons[..., None] * turned, (inverse @ known)[:, None] @ turned
    seen = (inverse @ square)[:, None] @ turned
    twice = _traces(slopes, bends)
    size = occasions * q
    value = (p.persons @ p.seen.sum(axis=1) - size) * np.log(2 * np.pi) + log_volume + log_precision
    return State(
        sigma=sigma,
        value=float(-(value + np.sum(inverse * square)) / 2),
        score=-_traces(pull.sum(axis=0)[None], basis)[0] / 2,
        observed=_traces((seen + across - single / 2).sum(axis=0), basis)
        - leverage @ covariance @ leverage.T
        - twice / 2,
        expected=(_traces((single - 2 * across).sum(axis=0), basis) + twice) / 2,
        coefficients=coefficients,
        covariance=covariance,
        slopes=slopes,
        leverage=leverage,
    )


def _inverses(patterns: Patterns, sigma: np.ndarray) -> tuple[np.ndarray, float]:
    """V^-1 of each pattern, 0 where unseen, and the sum over persons of log|V|."""
    both = patterns.seen[:, :, None] & patterns.seen[:, None]
    padded = np.where(both, sigma, np.eye(len(sigma)))
    return np.where(both, np.linalg.inv(padded), 0.0), float(patterns.persons @ np.linalg.slogdet(padded)[1])


def _design_product(parts: np.ndarray, zz: np.ndarray) -> np.ndarray:
    """Sum over patterns of `parts` (P, k, T, T) (x) `zz` (P, q, q): (k, T*q, T*q)."""
    many, occasions, q = parts.shape[1], parts.shape[-1], zz.shape[-1]
    product = np.tensordot(parts, zz, axes=(0, 0))  # (k, T, T, q, q)
    return product.transpose(0, 1, 3, 2, 4).reshape(many, occasions * q, occasions * q)


def _traces(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """tr(L_k R_l) for symmetric R_l: (k, l)."""
    return left.reshape(len(left), -1) @ right.reshape(len(right), -1).T


def maximise_restricted(patterns: Patterns, start: np.ndarray) -> tuple[State, int]:
    """The maximum with derivatives along its own `scaled_directions`, and the Newton steps from `start` to it.

    Steps are halved until `sigma` is positive definite and the likelihood does not fall. Stops after a step that
    promised less than 1e-9 of log-likelihood: what is left of the way is of the order of its square.
    """
    state = restricted_likelihood(patterns, start, scaled_directions(start))
    for iteration in range(1, 201):
        step = _ascent(state)
        promised = float(state.score @ step) / 2
        state = _moved(patterns, state, step)
        if _lowest_correlation(state.sigma) < SINGULAR:
            raise ValueError(
                "the covariance of the scores is singular: the score at one occasion follows from the others, or too "
                "few persons have scores at several occasions to tell"
            )
        if promised < 1e-9:
            return state, iteration
    raise ValueError("the restricted likelihood did not settle: leave a covariate out or merge levels")


def scaled_directions(sigma: np.ndarray) -> np.ndarray:
    """(K, T, T): ways to change `sigma` in which it has the spread of 1, however correlated the occasions are."""
    root = np.linalg.cholesky(sigma)
    return root @ element_basis(len(sigma)) @ root.T


def joint_covariance(state: State) -> np.ndarray:
    """Covariance of the coefficients from the information about them and `sigma` together: C + J I^-1 J'.

    J is how the coefficients move with `sigma`, I the observed information about `sigma`. Kenward and Molenberghs 1998,
    doi 10.1214/ss/1028905886: where going missing depends on scores that were seen, J is not nought on average.
    """
    moves = state.leverage @ state.covariance
    return state.covariance + moves.T @ np.linalg.solve(state.observed, moves)


def joint_slopes(patterns: Patterns, state: State, directions: np.ndarray) -> np.ndarray:
    """(K, T*q, T*q): derivatives of `joint_covariance` along `directions`, by central differences of what is exact.

    Good to about 1e-7 where `sigma` has the spread of 1 in each direction.
    """
    moved = [
        [joint_covariance(restricted_likelihood(patterns, state.sigma + h * along, directions)) for h in (-STEP, STEP)]
        for along in directions
    ]
    return np.array([(after - before) / (2 * STEP) for before, after in moved])


def _ascent(state: State) -> np.ndarray:
    for information in (state.observed, state.expected):
        try:
            return cho_solve(cho_factor(information), state.score)
        except LinAlgError:
            continue
    raise ValueError("the scores do not tell the covariance of the occasions: the information about it is singular")


def _moved(patterns: Patterns, state: State, step: np.ndarray) -> State:
    change = np.tensordot(step, scaled_directions(state.sigma), axes=1)
    for halvings in range(40):
        sigma = state.sigma + change / 2**halvings
        if _lowest_correlation(sigma) < SINGULAR / 10:
            continue
        moved = restricted_likelihood(patterns, sigma, scaled_directions(sigma))
        if moved.value >= state.value - 1e-10 * (1 + abs(state.value)):
            return moved
    return state


def _lowest_correlation(sigma: np.ndarray) -> float:
    """The smallest eigenvalue of the correlation matrix; below nought where there is no such matrix."""
    variances = np.diag(sigma)
    if variances.min() <= 0:
        return -1.0
    return float(np.linalg.eigvalsh(sigma / np.sqrt(np.outer(variances, variances)))[0])
