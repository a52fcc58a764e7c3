"""Mean time spent before an event, within a fixed period, and the time lost to each of two competing events.

Checked against R, survival::survfit (multi-state), its restricted means and their jackknife: tests/reference/
restricted_means.R.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.contrasts import level_counts, reference_counts, wald
from rehab_stats.estimate.model.models import stacked_models
from rehab_stats.estimate.model.sample import Prepared, Roles, Sample, WrongCall, is_number, refuse_times
from rehab_stats.estimate.survival.incidence import CAUSES, Curve, aalen_johansen
from rehab_stats.vocabulary import Estimates

FREE = None
"""Outcome of rows about the time before either event."""


def restricted_means(
    data: pd.DataFrame,
    *,
    duration: str,
    event: str,
    exposure: str,
    until: float,
    reference: object = None,
    entry: str | None = None,
    weights: str | None = None,
) -> Estimates:
    """Mean time before either event within a period, and mean time lost to each event, by level of the exposure.

    Of the first `until` weeks (say), so many are spent before anything happened, so many after the event, and so many
    after the event that competes with it; the three add up to `until`. Unlike a hazard ratio they need no proportional
    hazards and are in the unit of time.

    Parameters
    ----------
    data : DataFrame
        One row per person; not changed.
    duration, event : str
        Columns: time from origin to the first event or the end of observation; 0 censored, 1 event, 2 competing event.
    exposure, reference
        As in `odds_ratios`.
    until : number
        Length of the period, in the unit of `duration`, above zero; each level must be observed so long.
    entry : str, optional
        Column of entry times, as in `cumulative_incidence`; somebody of each level must be there from time 0.
    weights : str, optional
        Column of sampling or inverse-probability weights, taken as known.

    Returns
    -------
    Estimates
        `at` = until, model `crude`. Per level `restricted_mean` (without outcome), then `time_lost` of outcome `event`
        and of outcome `competing`; then, for each level but the reference, `mean_time_difference` and
        `time_lost_difference` of each outcome. `n`: persons of the level; `events`: persons seen to have the event (for
        the mean: either) by `until`, unweighted. Details: `n_reference`, `events_reference`. Errors are the
        infinitesimal jackknife, limits Wald on the natural scale, which may reach beyond 0 or `until` where next to
        nobody, or everybody at once, has events. Where a level has no variation (nobody has an event) its error is 0
        and it has no limits. Diagnostics: `rows_used`, `rows_dropped`, `levels_empty`, `observed_until.<level>` (as in
        `cumulative_incidence`).

    Raises
    ------
    ValueError
        As `cumulative_incidence`; `until` beyond the observation of a level; nobody with an event by then.

    Notes
    -----
    Time lost to cause j is the integral of F_j(t) from 0 to until, F_j the Aalen-Johansen curve; the restricted mean is
    `until` less both. With the terms of `cumulative_incidence` and L_j(s) the integral from s to until of F_j(t) -
    F_j(s),

        dL_j/dw = sum over s <= until of { (until - s) S(s-) (dN_j - Y h_j) - L_j(s) (dN - Y h) / (1 - h) } / n

    and the squared error is the sum over persons of (w dL_j/dw)^2. This is residuals(survfit, type = "auc", weighted =
    TRUE) of survival; the se(rmean) that summary.survfit 3.5.3 prints for a multi-state curve leaves the weights out.
    Levels are taken as independent. Time lost to competing events: Andersen 2013, doi 10.1002/sim.5903.

    It misleads where `until` is chosen after seeing the curves, and compares levels as they are: no covariate is
    adjusted for.

    Checked by hand and against R in tests/estimate/survival/test_restricted_means.py.
    """
    if not is_number(until) or not 0 < until < np.inf:
        raise WrongCall(f"until must be a number above zero, not {until!r}")
    numbers = (duration, event) if entry is None else (duration, event, entry)

    def check(prepared: Prepared) -> None:
        refuse_times(prepared.frame, duration=duration, event=event, entry=entry)

    def estimate(sample: Sample, _: Sequence[str]) -> tuple[list[dict], dict]:
        frame = sample.frame
        kind, soon = frame[event].to_numpy(), frame[duration].to_numpy() <= until
        if not (soon & (kind > 0)).any():
            raise ValueError(f"no row used has {event} = 1 or 2 by {until:g}: no time is lost")
        curves = _curves(sample, duration, event, entry)
        _refuse_unobserved(sample, curves, until)
        means, differences = [], []
        for area in (_Area(FREE, tuple(CAUSES)), *(_Area(name, (cause,)) for cause, name in CAUSES.items())):
            found = dict(zip(sample.levels, (area.measured(curve, until) for curve in curves), strict=True))
            counts = level_counts(sample, soon & np.isin(kind, area.causes))
            means += _means(area, found, counts)
            differences += _differences(area, found, counts, sample)
        about = {
            "rows_used": len(sample),
            "rows_dropped": sample.rows_dropped,
            "levels_empty": sample.levels_empty,
        }
        about |= {f"observed_until.{level}": curve.until for level, curve in zip(sample.levels, curves, strict=True)}
        return [row | {"at": float(until)} for row in means + differences], about

    return stacked_models(
        data,
        Roles(exposure, numbers, reference, weights=weights),
        (),
        estimate,
        check=check,
        advice="",
        method=f"Restricted means of {duration} before {event}, and time lost to {event} = 1 and to {event} = 2, "
        f"within {until:g} by {exposure} (areas under Aalen-Johansen curves)"
        + (f", entry at {entry}" if entry else ""),
        context={"outcome": event},
        errors="infinitesimal-jackknife errors",
    )


@dataclass(frozen=True)
class _Area:
    """Time lost to one cause; with both causes, time before either."""

    outcome: str | None
    causes: tuple[int, ...]

    @property
    def measure(self) -> str:
        return "restricted_mean" if self.outcome is FREE else "time_lost"

    @property
    def difference(self) -> str:
        return "mean_time_difference" if self.outcome is FREE else "time_lost_difference"

    def measured(self, curve: Curve, until: float) -> tuple[float, float]:
        """The mean time, and its error."""
        parts = [curve.lost_time(cause, until) for cause in self.causes]
        lost, influence = sum(area for area, _ in parts), sum(moved for _, moved in parts)
        return until - lost if self.outcome is FREE else lost, float(np.sqrt(curve.square @ influence**2))


def _curves(sample: Sample, duration: str, event: str, entry: str | None) -> list[Curve]:
    curves = []
    for level in range(len(sample.levels)):
        here = sample.level == level
        frame = sample.frame[here]
        curves.append(
            aalen_johansen(
                frame[duration].to_numpy(),
                frame[event].to_numpy(),
                entry=frame[entry].to_numpy() if entry else None,
                weights=None if sample.weights is None else sample.weights[here],
            )
        )
    return curves


def _refuse_unobserved(sample: Sample, curves: Sequence[Curve], until: float) -> None:
    for level, curve in zip(sample.levels, curves, strict=True):
        if curve.since > 0:
            raise ValueError(
                f"nobody with {sample.exposure} = {level!r} was under observation from time 0: their time before an "
                "event cannot be measured from there"
            )
        if until > curve.until:
            raise ValueError(
                f"until {until:g} is beyond what is observed of {sample.exposure} = {level!r}: somebody free of both "
                f"events is followed without a break to {curve.until:g} only"
            )


def _means(area: _Area, found: dict[str, tuple[float, float]], counts: Mapping) -> list[dict]:
    return [
        {"outcome": area.outcome, "measure": area.measure, "level": level}
        | _told(mean, error, contrast=False)
        | counts[level]
        for level, (mean, error) in found.items()
    ]


def _differences(area: _Area, found: dict[str, tuple[float, float]], counts: Mapping, sample: Sample) -> list[dict]:
    base, spread = found[sample.reference]
    return [
        {"outcome": area.outcome, "measure": area.difference, "level": level, "reference": sample.reference}
        | _told(mean - base, float(np.hypot(error, spread)), contrast=True)
        | counts[level]
        | reference_counts(sample, counts)
        for level, (mean, error) in found.items()
        if level != sample.reference
    ]


def _told(estimate: float, error: float, *, contrast: bool) -> dict:
    """Limits and p; neither where nothing varied, when the error of 0 is one of the data and not of the mean."""
    if error > 0:
        return wald(estimate, error, scale="natural", contrast=contrast)
    return {"estimate": estimate, "std_error": 0.0}
