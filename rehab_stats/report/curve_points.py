"""Points of a curve over time that would give a few persons away: what happened between two points is a count too.

A curve is the events of one outcome, model, level and stratum at several times (`at`). Points are taken in order of
time, those at round times first. One is kept when nobody or at least `minimum` persons had the event between it and its
neighbours kept so far; the first is held against nobody. Persons under observation (`at_risk`) are kept when they are
nobody or at least `minimum`, when they are as many as their neighbours or differ by at least `minimum` (the first is
held against all persons), and when no event count of that time is hidden: persons less those under observation would
bound it.

A total (no level, or no stratum) is hidden wherever one of its parts is, so that no part is the difference of the rest.
Between two points kept the total has then moved by nobody or by at least `minimum` as well.

Not seen here: persons who left observation between two times, and those whose event fell on the very day of a time
(the number under observation is of just before it).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rehab_stats.measures import REFERRALS
from rehab_stats.monitoring_wording import NO_TIMES
from rehab_stats.report.count_ledger import TOTAL_NAMES
from rehab_stats.wording import AT_A_COUNT

AT_RISK = "at_risk"
NO_CURVES = AT_A_COUNT | NO_TIMES | {*REFERRALS}
"""Measures whose `at` is no point of a curve: a number, a size, a deadline that others share."""

ROUND_TIMES = (365, 730, 30, 50, 60, 90, 100, 180, 182.5, 200, 250, 500, 1000, 1825, 3650, 13, 26, 52, 10, 5, 4, 2)
"""Distances of ticks, whole years first where three of them fit; the last ones are for weeks."""
MOST_TICKS = 7

Series = tuple[str | None, str | None, str | None, str | None]
"""Model, outcome (`at_risk` for the persons under observation), level, stratum."""


def tick_times(at: Sequence[float]) -> list[float]:
    """At most seven times among those given, at round distances if they allow it; the first may be 0."""
    there = np.unique(at)
    for step in ROUND_TIMES:
        wanted = np.arange(step, there[-1] + 1e-9, step)
        if 3 <= len(wanted) <= MOST_TICKS - 1 and np.isin(wanted, there).all():
            return [*there[there == 0], *wanted]
    later = there[there > 0]
    for parts in (6, 5, 4, 3):  # a grid that divides into equal parts
        if len(later) > parts and len(later) % parts == 0:
            every = len(later) // parts
            return [*there[there == 0], *later[every - 1 :: every]]
    places = np.linspace(0, len(there) - 1, min(len(there), MOST_TICKS - 1)).round().astype(int)
    return list(there[places])


def points_to_hide(rows: pd.DataFrame, minimum: int) -> pd.Series:
    """Whether each row belongs to a point that is not kept; rows without a time never do.

    `rows` are tidy rows. A contrast at a time goes with the point of its level; contrasts with a hidden reference are
    found by `disclosure.protect`.
    """
    timed = rows[rows["at"].notna() & ~rows["measure"].isin(NO_CURVES)]
    if timed.empty:
        return pd.Series(False, index=rows.index)
    first = set(tick_times(timed["at"]))
    keys = [_key(row) for row in timed.itertuples(index=False)]
    curves = _curves(timed, keys)
    persons = {_group(key): n for key, n in zip(keys, timed["n"], strict=True)}
    hidden: dict[Series, set[float]] = {}
    for key in sorted(curves, key=lambda key: (key[1] == AT_RISK, (key[2] is None) + (key[3] is None))):
        gone = {at for part in hidden if _is_part(part, key) for at in hidden[part]}
        start = 0.0
        if key[1] == AT_RISK:
            gone |= {at for other in hidden if _group(other) == _group(key) for at in hidden[other]}
            gone |= {at for at, value in curves[key].items() if 0 < value < minimum}
            start = persons[_group(key)]
        hidden[key] = gone | _too_near(curves[key], gone, first, start, minimum)
    found = [key in hidden and at in hidden[key] for key, at in zip(keys, timed["at"], strict=True)]
    return pd.Series(found, index=timed.index, dtype=bool).reindex(rows.index, fill_value=False)


def _key(row: tuple) -> Series:
    outcome = AT_RISK if row.measure == AT_RISK else row.outcome
    level, stratum = (None if code in TOTAL_NAMES else code for code in (row.level, row.stratum))
    return row.model, outcome, level, stratum


def _group(key: Series) -> tuple:
    """The persons a curve is of."""
    return key[0], key[2], key[3]


def _curves(timed: pd.DataFrame, keys: list[Series]) -> dict[Series, dict[float, float]]:
    """Series -> time -> count."""
    counts = timed["estimate"].where(timed["measure"] == AT_RISK, timed["events"])
    curves: dict[Series, dict[float, float]] = {}
    for key, at, count in zip(keys, timed["at"], counts, strict=True):
        if pd.notna(count):
            curves.setdefault(key, {})[at] = count
    return curves


def _is_part(part: Series, whole: Series) -> bool:
    """Whether the first series is of a level or stratum of the persons of the second."""
    if part == whole or part[:2] != whole[:2]:
        return False
    return all(there is None or here == there for here, there in zip(part[2:], whole[2:], strict=True))


def _too_near(
    points: Mapping[float, float], gone: set[float], first: set[float], start: float, minimum: int
) -> set[float]:
    """Times at which the count differs by 1 to minimum - 1 from its neighbours kept so far; `first` are tried first."""
    kept: list[float] = []
    near = set()
    for at in sorted(points.keys() - gone, key=lambda at: (at not in first, at)):
        place = bisect_left(kept, at)
        neighbours = [
            points[kept[place - 1]] if place else start,
            *(points[later] for later in kept[place : place + 1]),
        ]
        if any(0 < abs(points[at] - other) < minimum for other in neighbours):
            near.add(at)
        else:
            insort(kept, at)
    return near
