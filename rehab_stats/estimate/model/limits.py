"""Limits of shares and counts that hold for a handful of persons: Wilson's, Newcombe's and the exact Poisson ones."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv, ndtri

LEVEL = 0.95


def wilson(events: int, n: int, *, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score limits of a share, events of n; nought and one are kept where nobody, or everybody, has it.

    Wilson 1927, doi 10.1080/01621459.1927.10502953.
    """
    z = ndtri((1 + level) / 2)
    share, width = events / n, z**2 / n
    middle = (share + width / 2) / (1 + width)
    half = z / (1 + width) * np.sqrt(share * (1 - share) / n + width / (4 * n))
    return (0.0 if events == 0 else float(middle - half)), (1.0 if events == n else float(middle + half))


def newcombe(events: int, n: int, events_reference: int, n_reference: int) -> tuple[float, float]:
    """95 % limits of the share less that of the reference, from both shares' Wilson limits (method 10).

    Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    p, q = events / n, events_reference / n_reference
    (low, high), (bottom, top) = wilson(events, n), wilson(events_reference, n_reference)
    return float(p - q - np.hypot(p - low, top - q)), float(p - q + np.hypot(high - p, q - bottom))


def poisson_limits(events: int, *, level: float = LEVEL) -> tuple[float, float]:
    """Exact limits of the mean of a Poisson count, by gamma quantiles; nought below where nothing was counted.

    Garwood 1936, doi 10.1093/biomet/28.3-4.437.
    """
    tail = (1 - level) / 2
    return float(gammaincinv(events, tail)) if events else 0.0, float(gammaincinv(events + 1, 1 - tail))


def share_with_limits(events: int, n: int) -> dict[str, float]:
    """A share with its error, Wilson's limits and its counts, as columns of a row."""
    share = events / n
    low, high = wilson(events, n)
    error = float(np.sqrt(share * (1 - share) / n))
    return {"estimate": share, "std_error": error, "conf_low": low, "conf_high": high, "n": n, "events": events}
