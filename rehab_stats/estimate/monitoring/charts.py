"""Charts over time with rules that say when more than chance is at work: run charts and p-charts.

Rules, and no others, because each further rule adds false alarms:

1. One point outside the limits (p-charts): its exact binomial tail is below 0.00135, what three standard deviations are
   for a normal one (Shewhart's rule; Mohammed, Worthington & Woodall 2008, doi 10.1136/qshc.2004.012047).
2. An unusually long run: more than round(log2(m)) + 3 useful points in a row on one side of the centre line.
3. Unusually few crossings of the centre line: fewer than the 5 % quantile of a binomial with m - 1 and 1/2.

2 and 3 are those of Anhøj & Olesen 2014, doi 10.1371/journal.pone.0113825; m counts the useful points, those on the
line left out. With fewer than 10 useful points (five years of half-years) neither can tell, and the chart says so: take
quarters or months.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom

from rehab_stats.estimate.model.limits import share_with_limits
from rehab_stats.estimate.model.sample import WrongCall, code, number, refuse_absent, refuse_rows
from rehab_stats.estimate.monitoring.cells import cells, refuse_share, yes_no
from rehab_stats.estimate.monitoring.funnel import INSIDE, against_limits
from rehab_stats.estimate.monitoring.shares import as_estimates
from rehab_stats.measures import MEASURES
from rehab_stats.vocabulary import Estimates
from rehab_stats.words import did_you_mean

THREE_SIGMA = 0.9973
FEWEST_USEFUL = 10
TOO_FEW, NO_SIGNAL, SHIFT, OUTSIDE, BOTH = "too_few", "none", "shift", "outside", "outside_and_shift"


@dataclass(frozen=True)
class Runs:
    """Runs of points about a line: those useful, the longest run and the crossings, each beside its limit."""

    useful: int
    longest_run: int
    longest_run_limit: float
    crossings: int
    crossings_limit: float

    @property
    def shifted(self) -> bool:
        """Whether rule 2 or 3 speaks; never with too few useful points."""
        if self.useful < FEWEST_USEFUL:
            return False
        return self.longest_run > self.longest_run_limit or self.crossings < self.crossings_limit


def runs_about(sides: np.ndarray) -> Runs:
    """Runs of points that lie above (1), below (-1) or on (0) the line, in order of time."""
    useful = sides[sides != 0]
    m = len(useful)
    turns = np.flatnonzero(np.diff(useful)) + 1
    longest = int(np.diff([0, *turns, m]).max()) if m else 0
    # halves to even, as R rounds
    limit = float(np.round(np.log2(m)) + 3) if m else np.nan
    fewest = float(binom.ppf(0.05, m - 1, 0.5)) if m > 1 else np.nan
    return Runs(m, longest, limit, len(turns), fewest)


def run_chart(
    data: pd.DataFrame, *, value: str, period: str, measure: str = "referrals_received", centre: float | None = None
) -> Estimates:
    """A number per period with its median, and whether its runs are longer, or its crossings fewer, than chance's.

    Parameters
    ----------
    data : DataFrame
        One row per period, in any order; not changed.
    value : str
        Column: what was counted or measured in the period. A missing one is no point.
    period : str
        Column: an ordered category (`calendar.periods`), or codes that sort in time.
    measure : str
        What kind of number it is, a code of `measures.MEASURES`: `referrals_received` (small ones are hidden), `mean`.
    centre : float, optional
        The line, such as the median of earlier years; by default the median of all points.

    Returns
    -------
    Estimates
        Per period a row of that measure (outcome = the column, level = the period), without an interval; details
        `centre` and `side` (1 above, -1 below, 0 on the line). Diagnostics: `useful`, `longest_run`,
        `longest_run_limit`, `crossings`, `crossings_limit`, `signal` (`shift`, `none`, `too_few`), `rows_dropped`.

    Raises
    ------
    ValueError
        Unknown columns, a period twice (rows named), values not finite, no point; an unknown measure (`WrongCall`).

    Notes
    -----
    Rules 2 and 3 of this module; a steady rise shows as few crossings. About a median of the same 10 to 24 points they
    are calm: 1 to 3 of 100 charts without any change alarm, and a shift by two standard deviations half-way is seen in
    30 to 60 of 100. About a line that was known before (`centre`) it is seen in 85 to 93 of 100, from 16 points on. No
    signal is therefore no proof of no change.
    Checked by hand and on simulated series in tests/estimate/monitoring/test_charts.py.
    """
    if measure not in MEASURES:
        raise WrongCall(f"measure: there is no {measure!r}{did_you_mean(measure, MEASURES)}")
    refuse_absent(data, [value, period])
    numbers = number(data[value])
    refuse_rows(np.isinf(numbers), f"{value} must be finite")
    used = data.assign(**{value: numbers})[numbers.notna() & data[period].notna()]
    if used.empty:
        raise ValueError(f"no row has a value in each of {value}, {period}")
    refuse_rows(used[period].duplicated(), f"{period} must name each period once")
    used = used.sort_values(period)
    points = used[value].to_numpy()
    line = float(np.median(points)) if centre is None else float(centre)
    sides = np.sign(points - line)
    runs = runs_about(sides)
    counted = measure in {"referrals_received", "count"}
    rows = [
        {"outcome": value, "measure": measure, "level": code(name), "estimate": point, "centre": line, "side": side}
        | ({"n": point, "events": point} if counted else {})
        for name, point, side in zip(used[period], points, sides, strict=True)
    ]
    return as_estimates(
        rows,
        diagnostics=_about(runs, outside=False) | {"rows_dropped": len(data) - len(used)},
        method=f"Run chart of {value} by {period} about {'its median' if centre is None else f'{line:g}'}; rules of "
        "Anhøj and Olesen.",
        context={"outcome": value, "exposure": period},
    )


def p_chart(
    data: pd.DataFrame,
    *,
    outcome: str,
    period: str,
    centre: float | None = None,
    baseline: int | None = None,
) -> Estimates:
    """A share per period between limits for its size, and whether a point or a run is more than chance.

    Parameters
    ----------
    data : DataFrame
        One row per referral; not changed.
    outcome : str
        Column of 0 and 1; a missing value is not in the denominator.
    period : str
        Column: an ordered category (`calendar.periods`), or codes that sort in time.
    centre : float, optional
        The line; by default the share of all periods together.
    baseline : int, optional
        Take the line from the first so many periods: a process as it was, before something was changed.

    Returns
    -------
    Estimates
        Per period an `indicator_share` (level = the period, Wilson's limits, n, events) with details `centre`,
        `low_0.9973`, `high_0.9973` (interpolated exact limits), `position` and `side`; then a row of all periods
        together (no level). Diagnostics as `run_chart`, with `outside` (points) and the signals `outside` and
        `outside_and_shift`.

    Raises
    ------
    ValueError
        As `indicator_share`; a share of all that is 0 or 1; centre and baseline both, a baseline that is no number of
        periods (`WrongCall`).

    Notes
    -----
    Limits as in `funnel_limits`, a point's tail exact. Rule 1 is silent where a period holds too few to surprise: with
    a line at 90 % below it with fewer than 3 referrals, above it (all in time) with fewer than 63. Large n would need
    Laney's p'; municipalities do not have it. A line through all points, also those after a change, hides part of it:
    give `baseline`. Checked by hand, against R (pbinom, qbinom) and on simulated series in
    tests/estimate/monitoring/test_charts.py.
    """
    if centre is not None:
        refuse_share(centre, "centre")
    refuse_absent(data, [outcome, period])
    values = yes_no(data, outcome)
    used = data.assign(**{outcome: values})[values.notna() & data[period].notna()]
    if used.empty:
        raise ValueError(f"no row counts for {outcome}: there is no share to tell")
    parts = list(cells(used, period))
    events = np.array([part.rows[outcome].sum() for part in parts])
    n = np.array([len(part.rows) for part in parts], dtype=float)
    line = _line(events, n, centre, baseline)
    if not 0 < line < 1:
        raise ValueError(f"{outcome} is {line:g} in all rows used: there are no limits around it; give a centre")
    lines = against_limits(events, n, line, [THREE_SIGMA])
    sides = np.sign(events - n * line)
    base = {"outcome": outcome, "measure": "indicator_share"}
    rows = [
        base | {"level": part.level} | share_with_limits(int(k), int(size)) | about | {"side": side}
        for part, k, size, about, side in zip(parts, events, n, lines.to_dict("records"), sides, strict=True)
    ]
    rows.append(base | {"level": None, "centre": line} | share_with_limits(int(events.sum()), int(n.sum())))
    outside = int((lines["position"] != INSIDE).sum())
    return as_estimates(
        rows,
        diagnostics=_about(runs_about(sides), outside=bool(outside))
        | {"outside": outside, "rows_used": len(used), "rows_dropped": len(data) - len(used)},
        method=f"p-chart of {outcome} by {period} about {line:.3g}; exact binomial limits that hold "
        f"{100 * THREE_SIGMA:g} %, interpolated; rules of Shewhart and of Anhøj and Olesen.",
        context={"outcome": outcome, "exposure": period},
    )


def _line(events: np.ndarray, n: np.ndarray, centre: float | None, baseline: int | None) -> float:
    if centre is not None and baseline is not None:
        raise WrongCall("centre and baseline both say where the line is: give one of them")
    if centre is not None:
        return float(centre)
    if baseline is None:
        return float(events.sum() / n.sum())
    if isinstance(baseline, bool) or not isinstance(baseline, int | np.integer) or not 1 <= baseline <= len(n):
        raise WrongCall(f"baseline must be a number of periods from 1 to {len(n)}; got {baseline!r}")
    return float(events[:baseline].sum() / n[:baseline].sum())


def _about(runs: Runs, *, outside: bool) -> dict:
    shifted = runs.shifted
    signal = BOTH if outside and shifted else OUTSIDE if outside else SHIFT if shifted else NO_SIGNAL
    if signal == NO_SIGNAL and runs.useful < FEWEST_USEFUL:
        signal = TOO_FEW
    return {
        "useful": runs.useful,
        "longest_run": runs.longest_run,
        "longest_run_limit": runs.longest_run_limit,
        "crossings": runs.crossings,
        "crossings_limit": runs.crossings_limit,
        "signal": signal,
    }
