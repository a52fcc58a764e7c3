"""Mean, variance and chances of a count from its linear predictor: Poisson or negative binomial, whole or truncated.

With mu = exp(predictor) and theta the size of the negative binomial (variance mu + mu^2 / theta; infinite theta is
Poisson), the chance of a zero is exp(-k), k = theta log(1 + mu / theta). A truncated count is one known to be positive:
its mean is mu / (1 - exp(-k)). Near mu = 0 and at large theta the textbook formulas subtract numbers that are all but
equal; here such differences are series.

Checked in tests/estimate/counts/test_count_moments.py against sums over the distribution and in exact arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

LOWEST_PREDICTOR = -700.0  # the exponential of anything lower is nought to a computer, and its logarithm is lost
BERNOULLI = (1 / 2, -1 / 12, 0, 1 / 720, 0, -1 / 30240, 0, 1 / 1209600, 0, -1 / 47900160)  # 1 - x / (exp(x) - 1)
GREGORY = (1 / 2, -1 / 12, 1 / 24, -19 / 720, 3 / 160, -863 / 60480, 275 / 24192)  # x / log(1 + x) - 1
BEND = tuple((-1) ** power * (power - 1) / power for power in range(2, 9))  # (log(1 + x) - x / (1 + x)) / x


@dataclass(frozen=True)
class Moments:
    """What one predictor and theta say of a count; every field is an array over cells.

    `slope` = theta / (theta + mu), `log_slope` its logarithm, `rest` = 1 - slope; `hidden` = -log P(0) before any
    truncation, `bend` its derivative in log(theta); `positive` = P(count > 0) where truncated, else 1; `mean`,
    `variance`: of the counts that are seen; `beyond`: mean - 1 where truncated, else the mean.
    """

    mu: np.ndarray
    slope: np.ndarray
    log_slope: np.ndarray
    rest: np.ndarray
    hidden: np.ndarray
    bend: np.ndarray
    positive: np.ndarray
    mean: np.ndarray
    beyond: np.ndarray
    variance: np.ndarray


def moments(predictor: np.ndarray, theta: float, *, truncated: bool) -> Moments:
    """Mean and variance of the counts seen, and what the derivatives need; accurate for means near 0 and any theta."""
    mu = np.exp(np.maximum(predictor, LOWEST_PREDICTOR))
    ratio = mu / theta
    slope, log_slope = 1 / (1 + ratio), -np.log1p(ratio)
    hidden = mu if np.isinf(theta) else -theta * log_slope
    bend = np.zeros_like(mu) if np.isinf(theta) else theta * _bend(ratio)
    common = (mu, slope, log_slope, ratio * slope, hidden, bend)
    if not truncated:
        return Moments(*common, positive=np.ones_like(mu), mean=mu, beyond=mu, variance=mu * (1 + ratio))
    positive = -np.expm1(-hidden)
    stretch = np.zeros_like(mu) if np.isinf(theta) else _over_log(ratio)  # mu / hidden - 1
    beyond = mu + stretch - (1 + stretch) * _one_minus_decay(hidden)
    mean = 1 + beyond
    return Moments(*common, positive=positive, mean=mean, beyond=beyond, variance=mean * (mu + ratio - beyond))


def chances(predictor: np.ndarray, theta: float, most: int, *, truncated: bool = False) -> np.ndarray:
    """(most + 1, cells): the chance of each count from 0 to `most`."""
    here = moments(predictor, theta, truncated=truncated)
    values = np.arange(most + 1)
    rising = np.append(0.0, np.cumsum(np.log1p(np.arange(most) / theta))) - gammaln(values + 1)
    log_chance = rising[:, None] + values[:, None] * (predictor + here.log_slope) - here.hidden
    found = np.exp(log_chance - np.log(here.positive))
    if truncated:
        found[0] = 0.0
    return found


def _bend(x: np.ndarray) -> np.ndarray:
    """log(1 + x) - x / (1 + x), by its series where the two are all but equal."""
    small = x < 0.01
    near = np.where(small, x, 0.0)
    series = near * _series(near, BEND)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(small, series, np.log1p(x) - x / (1 + x))


def _over_log(x: np.ndarray) -> np.ndarray:
    """x / log(1 + x) - 1, by its series near 0."""
    small = x < 0.01
    near = np.where(small, x, 0.0)
    return np.where(small, _series(near, GREGORY), np.where(small, 1.0, x) / np.log1p(np.where(small, 1.0, x)) - 1)


def _one_minus_decay(x: np.ndarray) -> np.ndarray:
    """1 - x / (exp(x) - 1) for x >= 0, by its series near 0; written so that a large x does not overflow."""
    small = x < 0.1
    near, far = np.where(small, x, 0.0), np.where(small, 1.0, x)
    return np.where(small, _series(near, BERNOULLI), 1 - far * np.exp(-far) / -np.expm1(-far))


def _series(x: np.ndarray, coefficients: tuple[float, ...]) -> np.ndarray:
    """c1 x + c2 x^2 + ..."""
    found = np.zeros_like(x)
    for coefficient in reversed(coefficients):
        found = (found + coefficient) * x
    return found
