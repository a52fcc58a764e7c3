"""Cumulative incidence of an event and of the event that competes with it: Aalen and Johansen's curve, with errors.

One curve is made for each group from the distinct event times; rows that enter, leave and end alike share a cell, so
that an error at a time costs one pass over event times and cells and no array is ever rows by times.

Checked against R, survival::survfit (multi-state) and cmprsk::cuminc: tests/reference/incidence.R.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.contrasts import Z
from rehab_stats.estimate.model.sample import MOST_LEVELS, code, number, refuse_absent, refuse_rows, refuse_times
from rehab_stats.vocabulary import Estimates

CAUSES = {1: "event", 2: "competing"}


def cumulative_incidence(
    data: pd.DataFrame,
    *,
    duration: str,
    event: str,
    group: str | None = None,
    at: float | Sequence[float] | None = None,
    entry: str | None = None,
    weights: str | None = None,
) -> Estimates:
    """Share of persons who have had the event, and share who have had the competing event, by each time.

    Aalen and Johansen's estimate: who has the competing event is not censored, so the two shares and the share with
    neither add up to one. It is right when, within a group, leaving observation (and entering it late) has nothing to
    do with the coming events.

    Parameters
    ----------
    data : DataFrame
        One row per person; not changed.
    duration, event : str
        Columns: time from origin to the first event or the end of observation, zero or more; 0 censored, 1 event,
        2 competing event. Who is censored at the time of an event was under observation for it.
    group : str, optional
        Column whose levels get a curve each: categories in their order, other values sorted; at most 30.
    at : number or sequence of numbers, optional
        Times, in the unit of `duration`, in the order wanted. By default every time with an event of either kind in
        the group.
    entry : str, optional
        Column: time at which the person came under observation; below `duration`. A person is at risk at t when
        entry < t <= duration. Shares are then of those free of both events at the earliest entry of the group.
    weights : str, optional
        Column of sampling or inverse-probability weights; rows of weight zero are left out.

    Returns
    -------
    Estimates
        Per level and time three rows: `risk` of outcome `event`, `risk` of outcome `competing` (proportions), and
        `at_risk`, the persons under observation just before that time, unweighted. `n`: persons of the level, also who
        entered later, so that `events` / `n` is not the risk; `events`: persons seen to have that event by then.
        `at_risk` has neither error nor events. Errors are the infinitesimal jackknife, limits symmetric on the scale
        log(-log(risk)); a risk of 0 or 1 has no limits.

        Estimates are NaN where the data say nothing: up to the earliest entry; after the last person was under
        observation, unless that person's group had all had an event by then, when the curve is complete; and, with
        delayed entry, after a moment that nobody, or nobody without an event, got past, even if others enter later.

        Diagnostics: `rows_used`, `rows_dropped`, and per level `observed_until` (the last time with an estimate,
        infinite for a complete curve) and, with entry, `observed_from`.

    Raises
    ------
    ValueError
        Unknown columns, impossible times or events, entry not below duration, more than 30 groups, nobody with an
        event, a time in `at` that is below zero, infinite or given twice.

    Notes
    -----
    At event time s with d_j events of cause j among (weighted) n at risk, h_j = d_j / n and h = h_1 + h_2:
    S(s) = prod (1 - h), F_j(t) = sum over s <= t of S(s-) h_j(s). With dN and Y one person's event and presence,

        dF_j(t)/dw = sum over s <= t of { S(s-) (dN_j - Y h_j) - [F_j(t) - F_j(s)] (dN - Y h) / (1 - h) } / n

    and the squared error is the sum over persons of (w dF_j/dw)^2: survival::survfit with an id and, under weights,
    its robust error. R carries a curve on over the gaps that are NaN here. Aalen and Johansen 1978 (Scand J Stat
    5:141-150); the jackknife as in Therneau's survival package. Misleads when weights were estimated: their own
    uncertainty is not in the error.

    Checked by hand and against R in tests/estimate/survival/test_incidence.py.
    """
    times = wanted_times(at)
    frame = _usable(data, duration=duration, event=event, group=group, entry=entry, weights=weights)
    rows, diagnostics = [], {"rows_used": len(frame), "rows_dropped": len(data) - len(frame)}
    if not frame[event].any():
        raise ValueError(f"no row used has {event} = 1 or 2: there is no incidence to estimate")
    for level, members in _levels(frame, group):
        curve = aalen_johansen(
            members[duration].to_numpy(),
            members[event].to_numpy(),
            entry=members[entry].to_numpy() if entry else None,
            weights=members[weights].to_numpy() if weights else None,
        )
        ending = "" if level is None else f".{level}"
        diagnostics[f"observed_until{ending}"] = curve.until
        if entry:
            diagnostics[f"observed_from{ending}"] = curve.since
        rows += [{"model": "crude", "level": level} | row for row in curve_rows(curve, times)]
    return Estimates(
        rows,
        diagnostics=diagnostics,
        method=f"Cumulative incidence of {event} = 1 and of {event} = 2 over {duration}"
        + (f" by {group}" if group else "")
        + " (Aalen-Johansen)"
        + (f", entry at {entry}" if entry else "")
        + (f", weighted by {weights}" if weights else "")
        + "; infinitesimal-jackknife errors, 95 % intervals symmetric on the log(-log) scale.",
        context={"outcome": event} | ({"exposure": group} if group else {}),
    )


@dataclass(frozen=True)
class Curve:
    """One group's curve over its m distinct event times.

    Attributes
    ----------
    times : (m,)
    before : (m,) share free of both events just before each time.
    hazard : (2, m) of the event and of the competing event.
    incidence, happened : (2, m + 1) shares, and persons counted, after the first 0, 1, ..., m event times.
    size : (m,) at risk at each time, weighted.
    first, last, cause, square : (cells,) a cell's event times are first to last - 1; its event code; sum of weights^2.
    entries, durations : (persons,) sorted; entries None when all are there from the start.
    since, until : the estimates hold at since < t <= until.
    """

    times: np.ndarray
    before: np.ndarray
    hazard: np.ndarray
    incidence: np.ndarray
    happened: np.ndarray
    size: np.ndarray
    first: np.ndarray
    last: np.ndarray
    cause: np.ndarray
    square: np.ndarray
    entries: np.ndarray | None
    durations: np.ndarray
    since: float
    until: float

    def at_risk(self, time: float) -> int:
        """Persons under observation just before a time: entry < time <= duration."""
        late = 0 if self.entries is None else len(self.entries) - np.searchsorted(self.entries, time, side="left")
        return int(len(self.durations) - np.searchsorted(self.durations, time, side="left") - late)

    def counted(self, cause: int, time: float) -> int:
        """Persons seen to have an event of a cause (1, 2) by a time."""
        return int(self.happened[cause - 1, np.searchsorted(self.times, time, side="right")])

    def error(self, cause: int, reached: int) -> float:
        """Infinitesimal-jackknife error of the incidence of a cause (1, 2) after that many event times."""
        if not reached:  # nobody has had an event yet, perhaps nobody ever
            return 0.0
        incidence = self.incidence[cause - 1]
        influence = self.influence(cause, np.ones(reached), incidence[reached] - incidence[1 : reached + 1])
        return float(np.sqrt(self.square @ influence**2))

    def lost_time(self, cause: int, until: float) -> tuple[float, np.ndarray]:
        """Area under the incidence of a cause (1, 2) from 0 to a time, and each cell's influence on it (cells,)."""
        reached = int(np.searchsorted(self.times, until, side="right"))
        if not reached:
            return 0.0, np.zeros(len(self.square))
        incidence, left = self.incidence[cause - 1], until - self.times[:reached]
        widths = np.diff(self.times[:reached], append=until)
        area = np.cumsum((incidence[1 : reached + 1] * widths)[::-1])[::-1]  # from each event time on
        return float(area[0]), self.influence(cause, left, area - incidence[1 : reached + 1] * left)

    def influence(self, cause: int, gain: np.ndarray, to_come: np.ndarray) -> np.ndarray:
        """(cells,) derivative by the weight of a person of the cell, of something that incidence of a cause adds up to.

        `gain`, `to_come` (event times counted,): what an event at each time adds, and what those still free of events
        after it go on to add: 1 and F(t) - F(s) for the incidence at t, their integrals over t for the area under it.
        """
        reached = len(gain)
        before, size = self.before[:reached] * gain, self.size[:reached]
        share, total = self.hazard[cause - 1, :reached], self.hazard[:, :reached].sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            lost = np.where(self._survived[:reached], to_come / (1 - total), 0.0)
        expected = np.concatenate([[0.0], np.cumsum((before * share - lost * total) / size)])
        influence = expected[np.minimum(self.first, reached)] - expected[np.minimum(self.last, reached)]
        ended = np.flatnonzero((self.cause > 0) & (self.last <= reached))
        when = self.last[ended] - 1
        influence[ended] += (before[when] * (self.cause[ended] == cause) - lost[when]) / size[when]
        return influence

    @property
    def _survived(self) -> np.ndarray:
        """(m,) whether somebody at risk got past each time without an event."""
        return np.append(self.before[1:], self.before[-1] * (1 - self.hazard[:, -1].sum())) > 0


def aalen_johansen(
    duration: np.ndarray, event: np.ndarray, *, entry: np.ndarray | None = None, weights: np.ndarray | None = None
) -> Curve:
    """The curve of one group of persons with at least one row; `event` holds 0, 1 and 2."""
    weights = np.ones(len(duration)) if weights is None else weights
    times = np.unique(duration[event > 0])
    last = np.searchsorted(times, duration, side="right")
    first = np.zeros(len(duration), dtype=np.int64)
    if entry is not None:
        first = np.searchsorted(times, entry, side="right")
    size, persons = (_at_risk(first, last, counted, len(times)) for counted in (weights, np.ones(len(duration))))
    counts = np.stack([_events(last, event == cause, None, len(times)) for cause in CAUSES])
    hazard = np.stack([_events(last, event == cause, weights, len(times)) for cause in CAUSES]) / size
    left = np.where(counts.sum(axis=0) == persons, 0.0, 1 - hazard.sum(axis=0))
    free = np.concatenate([[1.0], np.cumprod(left)])
    nobody_left = times[left == 0]
    since, until = _covered(duration, entry, nobody_left[0] if len(nobody_left) else np.inf)
    cell, kinds = pd.factorize((first * (len(times) + 1) + last) * 3 + event.astype(np.int64))
    ends = kinds // 3
    return Curve(
        times=times,
        before=free[:-1],
        hazard=hazard,
        incidence=_running(free[:-1] * hazard),
        happened=_running(counts),
        size=size,
        first=ends // (len(times) + 1),
        last=ends % (len(times) + 1),
        cause=kinds % 3,
        square=np.bincount(cell, weights=weights**2),
        entries=None if entry is None else np.sort(entry),
        durations=np.sort(duration),
        since=since,
        until=until,
    )


def curve_rows(curve: Curve, at: np.ndarray | None) -> Iterator[dict]:
    """Risk of the event, risk of the competing event and persons at risk at each time; None: at each event time."""
    for time in curve.times if at is None else at:
        reached = int(np.searchsorted(curve.times, time, side="right"))
        known = curve.since < time <= curve.until
        base = {"at": float(time), "n": len(curve.durations)}
        for cause, outcome in CAUSES.items():
            risk = float(curve.incidence[cause - 1, reached]) if known else np.nan
            error = curve.error(cause, reached) if known else np.nan
            low, high = _limits(risk, error)
            counted = {"events": curve.counted(cause, time), "measure": "risk", "outcome": outcome}
            yield base | counted | {"estimate": risk, "std_error": error, "conf_low": low, "conf_high": high}
        yield base | {"measure": "at_risk", "estimate": curve.at_risk(time)}


def _limits(risk: float, error: float) -> tuple[float, float]:
    """exp(-exp(log(-log F) -+ z error / (F log F))): 95 % limits that stay between 0 and 1."""
    if not 0 < risk < 1:
        return np.nan, np.nan
    spread = Z * error / (risk * np.log(risk))
    centre = np.log(-np.log(risk))
    return float(np.exp(-np.exp(centre - spread))), float(np.exp(-np.exp(centre + spread)))


def _at_risk(first: np.ndarray, last: np.ndarray, weights: np.ndarray, times: int) -> np.ndarray:
    """Sum of weights of those with first <= k < last at each event time k; from the end, so that few stay exact."""
    leave, enter = (np.bincount(places, weights=weights, minlength=times + 1) for places in (last, first))
    return np.cumsum((leave - enter)[::-1])[::-1][1:]


def _events(last: np.ndarray, happened: np.ndarray, weights: np.ndarray | None, times: int) -> np.ndarray:
    return np.bincount(last[happened] - 1, weights=None if weights is None else weights[happened], minlength=times)


def _running(values: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def _covered(duration: np.ndarray, entry: np.ndarray | None, nobody_left: float) -> tuple[float, float]:
    """From where and to where somebody free of both events was under observation without a break.

    `nobody_left` is the first time at which all under observation had an event. If nobody enters from then on, all is
    known about the group, and the second time is infinite.
    """
    if entry is None:
        return -np.inf, np.inf if np.isfinite(nobody_left) else float(duration.max())
    order = np.argsort(entry, kind="stable")
    entries, reach = entry[order], np.maximum.accumulate(duration[order])
    breaks = np.flatnonzero(entries[1:] > reach[:-1])
    until = float(reach[breaks[0]] if len(breaks) else reach[-1])
    if nobody_left <= until:
        until = float(nobody_left) if entries[-1] >= nobody_left else np.inf
    return float(entries[0]), until


def _usable(
    data: pd.DataFrame, *, duration: str, event: str, group: str | None, entry: str | None, weights: str | None
) -> pd.DataFrame:
    """The columns named, checked, as floats; without the rows that miss one or have weight zero."""
    numbers = [duration, event, *filter(None, [entry, weights])]
    refuse_absent(data, [*numbers, *filter(None, [group])])
    if group in numbers:
        raise ValueError(f"{group!r} cannot be both group and a time, event or weight")
    frame = pd.DataFrame({column: number(data[column]) for column in numbers})
    refuse_times(frame, duration=duration, event=event, entry=entry)
    if weights:
        usable = frame[weights].fillna(0).between(0, np.finfo(float).max)
        refuse_rows(~usable, f"{weights} (weights) must be finite and not below zero")
    keep = frame.notna().all(axis=1)
    if weights:
        keep &= frame[weights] > 0
    if group:
        frame[group] = data[group]
        keep &= data[group].notna()
    if not keep.any():
        raise ValueError(f"no row has a value in each of {', '.join(frame)}")
    return frame[keep]


def _levels(frame: pd.DataFrame, group: str | None) -> Iterator[tuple[str | None, pd.DataFrame]]:
    if group is None:
        yield None, frame
        return
    number_of_levels = frame[group].nunique()
    if number_of_levels > MOST_LEVELS:
        raise ValueError(f"{group} has {number_of_levels} values: cut it into at most {MOST_LEVELS} groups first")
    for level, members in frame.groupby(group, observed=True, sort=True):
        yield code(level), members


def wanted_times(at: float | Sequence[float] | None) -> np.ndarray | None:
    """The times asked for, in their order; None for every event time. Refuses none at all, twice the same, bad ones."""
    if at is None:
        return None
    times = np.atleast_1d(np.asarray(at, dtype=float))
    if not len(times):
        raise ValueError("at is empty: there is no time to estimate the incidence at")
    if not (np.isfinite(times) & (times >= 0)).all():
        raise ValueError("at must hold finite times that are not below zero")
    if len(np.unique(times)) < len(times):
        raise ValueError("at names a time twice")
    return times
