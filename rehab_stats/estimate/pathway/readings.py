"""From the chances of each stage to what each stage makes of a gap: two readings of the same fitted stages.

Arrays are (stages, patterns, settings): the fitted mean of a stage, for the covariates of a pattern, were the person of
a setting: a level of the exposure, or the bottom and the top of a ladder. Averages over patterns take the pattern's
share of the persons at the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import factorial

import numpy as np

SEQUENTIAL, SHAPLEY = "sequential", "shapley"
READINGS = (SEQUENTIAL, SHAPLEY)


@dataclass(frozen=True)
class Reading:
    """What each stage makes of the gap between settings and the reference.

    Attributes
    ----------
    quantity : (stages, settings) average of the product of the stages so far.
    logs : (stages, upper settings) parts of the log ratio of the last quantities; they add up to it.
    parts : (stages, upper settings) parts of the difference of the last quantities; they add up to it.
    """

    quantity: np.ndarray
    logs: np.ndarray
    parts: np.ndarray

    @property
    def numbers(self) -> np.ndarray:
        """All numbers in one line, for a bootstrap: quantities, logs and parts with their totals."""
        return np.concatenate([self.quantity.ravel(), self.with_total(self.logs), self.with_total(self.parts)])

    @staticmethod
    def with_total(parts: np.ndarray) -> np.ndarray:
        """Parts and, in the last row, what they add up to, in one line."""
        return np.concatenate([parts, parts.sum(axis=0, keepdims=True)]).ravel()


def read(
    chances: np.ndarray, share: np.ndarray, *, base: int, upper: Sequence[int], reading: str, order: Sequence[int]
) -> Reading:
    """One of the two readings.

    Parameters
    ----------
    chances : (stages, patterns, settings)
    share : (patterns,) share of the persons at the start.
    base, upper : positions of the reference and of the settings held against it.
    reading : "sequential" or "shapley".
    order : positions of the stages, in the order in which the sequential reading takes them.
    """
    if reading == SHAPLEY:
        found = [shapley(chances[:, :, [base, a]], share) for a in upper]
        logs, parts = (np.stack([pair[place] for pair in found], axis=1) for place in (0, 1))
        return Reading(quantities(chances, share), logs, parts)
    taken = quantities(chances[list(order)], share)
    back = np.argsort(order)
    with np.errstate(divide="ignore", invalid="ignore"):  # a level of whom nobody comes that far: refused, or no draw
        steps = np.log(taken) - np.log(np.concatenate([np.ones_like(taken[:1]), taken[:-1]]))
        logs = steps[:, list(upper)] - steps[:, [base]]
        total = logs.sum(axis=0)
        parts = logs * logarithmic_mean(taken[-1, base], total)
    return Reading(taken[back], logs[back], parts[back])


def quantities(chances: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(stages, settings): average over patterns of the product of the stages so far."""
    return np.einsum("p,kps->ks", share, np.cumprod(chances, axis=0))


def logarithmic_mean(lower: float, log_ratio: np.ndarray) -> np.ndarray:
    """Of a and a exp(d): a (exp(d) - 1) / d, which turns parts of d into parts of the difference."""
    near = np.abs(log_ratio) < 1e-12
    safe = np.where(near, 1.0, log_ratio)
    return lower * np.where(near, 1.0, np.expm1(safe) / safe)


def shapley(pair: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shapley values of log v and of v, v(S) the average product with stages in S at the second setting.

    pair : (stages, patterns, 2), reference first.
    """
    products = share[None, :]
    for stage in pair:  # doubles the rows: subset s has the stages of its bits
        products = np.concatenate([products * stage[:, 0], products * stage[:, 1]])
    worth = products.sum(axis=1)
    weights = shapley_weights(len(pair))
    with np.errstate(divide="ignore", invalid="ignore"):
        return weights @ np.log(worth), weights @ worth


@lru_cache
def shapley_weights(stages: int) -> np.ndarray:
    """(stages, subsets): Shapley values are these times the worth of the subsets."""
    found = np.zeros((stages, 1 << stages))
    for subset in range(1 << stages):
        size = subset.bit_count()
        for stage in range(stages):
            if subset >> stage & 1:
                found[stage, subset] = factorial(size - 1) * factorial(stages - size) / factorial(stages)
            else:
                found[stage, subset] = -factorial(size) * factorial(stages - size - 1) / factorial(stages)
    return found
