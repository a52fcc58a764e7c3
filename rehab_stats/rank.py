"""Where on a social ladder each person stands: ridits, the midpoints of cumulative shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

UNRANKED = "unknown"
"""The category that is a level of its own in tables and has no place on a ladder."""


def ridits(column: pd.Series, *, weights: pd.Series | Sequence[float] | None = None) -> pd.Series:
    """Share of persons who stand below each person, plus half the share who stand level with them: 0 lowest, 1 highest.

    Parameters
    ----------
    column : Series
        The ladder, low to high: an ordered category, numbers or flags. Persons with the category `unknown` or without
        a value are not ranked and count in no share.
    weights : Series or sequence, optional
        Sampling weights, one a row, of any scale; shares are then shares of weight.

    Returns
    -------
    Series
        One ridit per row, with the column's index; NaN for those who are not ranked. Their weighted mean is 1/2.

    Raises
    ------
    ValueError
        Text or a category without order; weights of another length or index, missing, below zero or not finite; no
        weight at all among those ranked.

    Notes
    -----
    X_j = sum of the shares below j + half the share of j (Bross 1958, doi 10.2307/2527727). Shares of 12 % and 10 % at
    the low end give 0.06 and 0.17. Ranks say how many stand below, not how far: they move when the distribution does,
    so compare periods or places only with the same ridits. Checked by hand in tests/test_rank.py.
    """
    step = steps(column)
    ranked = step.notna().to_numpy()
    mass = _masses(weights, column)[ranked]
    if ranked.any() and mass.sum() <= 0:
        raise ValueError(f"weights are zero in every row that has a place on the ladder {column.name}")
    ridit = np.full(len(column), np.nan)
    ridit[ranked] = midpoints(step.to_numpy()[ranked], mass)
    return pd.Series(ridit, index=column.index, name=column.name)


def steps(column: pd.Series) -> pd.Series:
    """The step of the ladder each row stands on, as a float: a category's position, or the number itself.

    `unknown` and missing are NaN. Raises ValueError on text and on a category without order.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        if not column.dtype.ordered:
            raise ValueError(f"{column.name} is a category without order: make it ordered, low to high")
        position = {level: float(place) for place, level in enumerate(column.cat.categories) if level != UNRANKED}
        return column.astype(object).map(position).astype("float64")
    plain = column.convert_dtypes() if column.dtype == object else column
    if plain.notna().any() and not pd.api.types.is_numeric_dtype(plain):
        raise ValueError(f"{column.name} has no order: make it an ordered category, low to high, or numbers")
    if not pd.api.types.is_numeric_dtype(plain):
        return pd.Series(np.nan, index=column.index, name=column.name)
    nullable = pd.api.types.is_extension_array_dtype(plain)
    return plain.astype("Float64" if nullable else "float64").astype("float64")


def midpoints(step: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Ridit of each row from its step and its weight; rows on one step share their midpoint."""
    _, place = np.unique(step, return_inverse=True)
    held = np.bincount(place, weights=mass)
    return ((np.cumsum(held) - held / 2) / held.sum())[place]


def _masses(weights: pd.Series | Sequence[float] | None, column: pd.Series) -> np.ndarray:
    if weights is None:
        return np.ones(len(column))
    if isinstance(weights, pd.Series) and not weights.index.equals(column.index):
        raise ValueError(f"weights and {column.name} must have the same index")
    mass = np.asarray(weights, dtype=float)
    if mass.shape != (len(column),):
        raise ValueError(f"weights must be one number a row ({len(column)} rows), not {mass.size}")
    if not (np.isfinite(mass) & (mass >= 0)).all():
        raise ValueError("weights must be finite and not below zero")
    return mass
