"""Outcomes by a horizon that not everybody was observed to, and the weights that make up for those who were not.

Whoever was censored before the horizon has no yes or no. Those who resemble them and were observed count for them too:
the weight is one over the chance of still being under observation (Robins and Finkelstein 2000, doi
10.1111/j.0006-341X.2000.00779.x).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.sample import code, number, refuse_absent, refuse_times


def outcome_by(data: pd.DataFrame, *, duration: str, event: str, horizon: float) -> pd.Series:
    """Whether each person had the event by the horizon: 1 yes, 0 no, NaN not known.

    Parameters
    ----------
    data : DataFrame
        One row per person, all under observation from time 0.
    duration, event : str
        Columns: time to the first event or the end of observation; 0 censored, 1 event, 2 competing event.
    horizon : float
        In the unit of `duration`, above zero.

    Returns
    -------
    Series
        On the index of `data`. 1: the event at or before the horizon. 0: the competing event by then, or still under
        observation at the horizon (censored right at it included). NaN: censored earlier, or a value is missing.

    Raises
    ------
    ValueError
        Unknown columns, impossible times or events, a horizon that is not above zero.

    Checked by hand in tests/estimate/survival/test_censoring.py.
    """
    days, kind = _times(data, duration, event, horizon)
    within = days <= horizon
    known = np.where(within & (kind == 1), 1.0, 0.0)
    unknown = np.isnan(days) | np.isnan(kind) | ((days < horizon) & (kind == 0))
    return pd.Series(np.where(unknown, np.nan, known), index=data.index, name="outcome")


def censoring_weights(
    data: pd.DataFrame, *, duration: str, event: str, horizon: float, by: Sequence[str] = ()
) -> pd.Series:
    """Inverse chance of being observed as long as each person was needed: 1 / G just before min(duration, horizon).

    G is the Kaplan-Meier curve of leaving observation, within each combination of the columns `by`. The weighted share
    of `outcome_by` is then, within each combination, the Aalen-Johansen estimate at the horizon, exactly.

    Parameters
    ----------
    data, duration, event, horizon
        As in `outcome_by`.
    by : sequence of str
        Columns. Within their combinations, the end of observation must have nothing to do with the coming events;
        that is what the weights rest on, and finer combinations make it more credible and the weights more variable.

    Returns
    -------
    Series
        On the index of `data`: 1 or more where the outcome is known, 0 for who was censored before the horizon, NaN
        where a value is missing. In each combination the weights add up to the number of persons in it.

    Raises
    ------
    ValueError
        As `outcome_by`; a combination in which the last persons were censored before the horizon: nobody is left who
        could count for them.

    Notes
    -----
    Ties: events come before censoring at the same time, so that at a time c with q censored, d events and Y under
    observation the curve falls by the factor 1 - q / (Y - d); being censored right at the horizon is being observed to
    it. The weights are estimated; errors that take them as known are, for such weights, a little too large.

    Checked against `cumulative_incidence` in tests/estimate/survival/test_censoring.py.
    """
    if isinstance(by, str):
        raise ValueError(f"by must be a list of columns, not the text {by!r}")
    days, kind = _times(data, duration, event, horizon)
    refuse_absent(data, by)
    used = ~(np.isnan(days) | np.isnan(kind)) & data[list(by)].notna().all(axis=1).to_numpy()
    weights = np.full(len(data), np.nan)
    groups = data.loc[used, list(by)].groupby(list(by), observed=True, sort=True).indices if by else {"": slice(None)}
    rows = np.flatnonzero(used)
    for level, places in groups.items():
        here = rows[places]
        if not len(here):
            continue
        _refuse_unreached(days[here], kind[here], horizon, by, level)
        weights[here] = _inverse_chance(days[here], kind[here], horizon)
    return pd.Series(weights, index=data.index, name="censoring_weight")


def _inverse_chance(days: np.ndarray, kind: np.ndarray, horizon: float) -> np.ndarray:
    left = np.unique(days[(kind == 0) & (days < horizon)])
    ordered = np.sort(days)
    events, censored = np.sort(days[kind > 0]), np.sort(days[kind == 0])
    at_risk = len(days) - np.searchsorted(ordered, left, side="left") - _at(events, left)
    staying = np.concatenate([[1.0], np.cumprod(1 - _at(censored, left) / at_risk)])
    chance = staying[np.searchsorted(left, np.minimum(days, horizon), side="left")]
    known = (days >= horizon) | (kind > 0)
    return np.divide(known, chance, out=np.zeros(len(days)), where=known)


def _at(ordered: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How many of the ordered values are at each time."""
    return np.searchsorted(ordered, times, side="right") - np.searchsorted(ordered, times, side="left")


def _refuse_unreached(days: np.ndarray, kind: np.ndarray, horizon: float, by: Sequence[str], level: object) -> None:
    last = days.max()
    if last < horizon and (kind[days == last] == 0).any():
        levels = level if isinstance(level, tuple) else (level,)
        where = ", ".join(f"{column} = {code(value)!r}" for column, value in zip(by, levels, strict=False))
        raise ValueError(
            f"horizon {horizon:g}: {f'with {where}, ' if where else ''}nobody is under observation that long, so "
            "nobody can count for those censored before; choose a shorter horizon or coarser columns `by`"
        )


def _times(data: pd.DataFrame, duration: str, event: str, horizon: float) -> tuple[np.ndarray, np.ndarray]:
    refuse_absent(data, [duration, event])
    frame = pd.DataFrame({column: number(data[column]) for column in (duration, event)})
    refuse_times(frame, duration=duration, event=event)
    if not (np.isfinite(horizon) and horizon > 0):
        raise ValueError(f"horizon must be a finite time above zero, not {horizon}")
    return frame[duration].to_numpy(), frame[event].to_numpy()
