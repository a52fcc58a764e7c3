"""Shares of a total with limits that hold when the total is itself uncertain."""

from __future__ import annotations

import numpy as np

from rehab_stats.estimate.model.contrasts import Z


def fieller_shares(values: np.ndarray, covariance: np.ndarray) -> list[dict]:
    """Ratio of each value to the last one, with its error and Fieller's 95 % limits; none when these are unbounded.

    The limits hold every ratio q for which value - q * total is within 1.96 of its errors of zero. They are bounded
    when the total is more than 1.96 of its errors from zero.
    """
    total, spread = values[-1], covariance[-1, -1]
    steep = total**2 - Z**2 * spread
    if steep <= 0:
        return []
    rows = []
    for k, value in enumerate(values[:-1]):
        own, joint = covariance[k, k], covariance[k, -1]
        ratio, middle = value / total, value * total - Z**2 * joint
        root = np.sqrt(max(middle**2 - steep * (value**2 - Z**2 * own), 0.0))
        error = np.sqrt(max(own - 2 * ratio * joint + ratio**2 * spread, 0.0)) / abs(total)
        limits = {"conf_low": (middle - root) / steep, "conf_high": (middle + root) / steep}
        rows.append({"estimate": ratio, "std_error": error} | limits)
    return rows
