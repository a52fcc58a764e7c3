"""Risk by a horizon if everybody had one level, from the hazards of the event and of death; what survival adds to it.

A level can have more events for two reasons: its own hazard of the event, or living longer at risk of it. Both hazards
are modelled (Cox, cause by cause), and the risk is computed twice: with the level's own hazard of death, and with the
reference level's. The difference between the two is the part that survival plays.

Sums run over covariate patterns and event times, block by block; no array is rows by times.

Checked against R, coxph, survfit of a multi-state coxph, own delta method: tests/reference/incidence_standardised.R.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.access.gradient import MERGE, refuse_no_events
from rehab_stats.estimate.model.contrasts import level_counts, reference_counts, risk_rows, wald
from rehab_stats.estimate.model.cox import Baseline, CoxModel, risk_sets, without_tie_correction
from rehab_stats.estimate.model.design_matrix import build_design
from rehab_stats.estimate.model.fit import Fit
from rehab_stats.estimate.model.models import Adjustment, fit_diagnostics, stacked_models
from rehab_stats.estimate.model.sample import Roles, Sample, refuse_times
from rehab_stats.estimate.model.standardisation import level_indicators, predictors_by_setting
from rehab_stats.estimate.survival.incidence import CAUSES, Curve, aalen_johansen, wanted_times
from rehab_stats.vocabulary import Estimates

OWN, REFERENCE = "death=own", "death=reference"
OF_A_FIT = ("iterations", "log_likelihood", "aic")
BLOCK = 1 << 17  # patterns x event times worked on at once


def standardised_incidence(
    data: pd.DataFrame,
    *,
    duration: str,
    event: str,
    exposure: str,
    at: float | Sequence[float],
    adjust: Adjustment = (),
    reference: object = None,
    entry: str | None = None,
) -> Estimates:
    """Share of all persons used who would have the event by a time if everybody had one level of the exposure.

    The parametric g-formula with two Cox models. Each share is given twice: with both hazards of the level
    (`death=own`), and with the level's hazard of the event but death at the hazard of the reference level
    (`death=reference`). The difference between the two risk differences is `survival_part`: how many percentage points
    of the observed gap come from one level living longer, and so being at risk for longer, than the other.

    Parameters
    ----------
    data, exposure, adjust, reference
        As in `odds_ratios`; one row per person.
    duration, event, entry
        As in `hazard_ratios`; shares are then of those free of both events at the earliest entry.
    at : number or sequence of numbers
        Times, in the unit of `duration`.

    Returns
    -------
    Estimates
        Per model and time, outcome `event`: `risk` of each level, `risk_difference` and `risk_ratio` of each but the
        reference in stratum `death=own`, then the same in `death=reference` (where the reference's own risk is the
        same), then `survival_part` for each level but the reference, without stratum, the difference in risk
        difference between the two strata. `n`, `events`: persons of the level, and with the event by then. Details
        `n_reference`, `events_reference`. Errors by the delta method on coefficients and baseline hazards, covariates
        as given; limits symmetric on the logit (risks), natural (differences) and log scale (ratios). Diagnostics as
        in `odds_ratios` for the model of the event, and with `.competing` added for that of the competing event.

    Raises
    ------
    ValueError
        As `hazard_ratios`, for both causes; a time that is not wholly under observation; nobody with the competing
        event, when there is no part of survival to tell apart.

    Notes
    -----
    Coefficients b_k by Cox's partial likelihood with Efron's ties, baseline jumps dL_k(s) = d_k(s) / S0_k(s) with
    S0_k(s) the sum of exp(x'b_k) over the risk set (Breslow). With h_k = exp(x'b_k) dL_k and S = prod (1 - h_1 - h_2),

        F(t | x) = sum over s <= t of S(s-) h_1(s),  averaged over all rows used;

    of a pattern whose h_1 + h_2 exceeds 1 at some time all leave then, by their shares. This is survfit(coxph(Surv(
    duration, state) ~ ...), ctype = 1, stype = 1), and the Aalen-Johansen estimate where no coefficient differs from 0.
    With G_k = dF/db_k (through the jumps too) and V_k the covariance of b_k,
    Var F = sum over k of { G_k V_k G_k' + sum over s of (dF/d dL_k(s))^2 d_k(s) / S0_k(s)^2 }.

    It misleads where hazards are not proportional (a model's average is then put in the place of a curve:
    `cumulative_incidence` by level shows it), and the second share is about a world in which the exposure acts on
    referral but not on death, which no data show: it splits a number, it predicts none. Hazards are fitted on all the
    time observed, also beyond `at`. Without covariates the shares come near to Aalen and Johansen's and do not
    equal them, since levels share the shape of their hazards. G-formula for competing events: Young et al. 2020, doi
    10.1002/sim.8471; errors as Andersen et al. 1993, doi 10.1007/978-1-4612-4348-9, section VII.2.

    Checked by hand and against R in tests/estimate/survival/test_standardised_incidence.py.
    """
    horizons = wanted_times(at)
    if horizons is None:
        raise ValueError("at must name a time, or several, to estimate risks by")
    numbers = (duration, event) if entry is None else (duration, event, entry)

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        time, kind = sample.frame[duration].to_numpy(), sample.frame[event].to_numpy()
        start = None if entry is None else sample.frame[entry].to_numpy()
        for cause in CAUSES:
            refuse_no_events(sample, kind == cause, event, cause)
        _refuse_unobserved(aalen_johansen(time, kind, entry=start), event, horizons)
        design = build_design(sample.frame, exposure=exposure, terms=terms, intercept=False)
        columns, settings = design.terms[exposure], level_indicators(sample)
        causes, diagnostics = [], {}
        for cause, name in CAUSES.items():
            sets = risk_sets(time, kind == cause, entry=start)
            fit = CoxModel(design, sets).fit()
            baseline = CoxModel(design, without_tie_correction(sets)).baseline(fit)
            causes.append(_Cause(fit, baseline, predictors_by_setting(design, fit, columns, settings)))
            about = fit_diagnostics(design, fit, sample)
            diagnostics |= about if cause == 1 else {f"{key}.{name}": about[key] for key in OF_A_FIT}
        share = np.bincount(design.index) / len(sample)
        people = _People(share, design.matrix, columns, settings - design.centre[columns])
        rows = []
        for horizon in horizons:
            rows += _rows(sample, *_risks(people, causes, sample, horizon), (kind == 1) & (time <= horizon), horizon)
        return rows, diagnostics

    return stacked_models(
        data,
        Roles(exposure, numbers, reference),
        adjust,
        estimate,
        check=lambda prepared: refuse_times(prepared.frame, duration=duration, event=event, entry=entry),
        advice=MERGE,
        method=f"Risks of {event} = 1 by {exposure} within {', '.join(f'{time:g}' for time in horizons)}, standardised "
        f"to all rows used by prediction from Cox models of {event} = 1 and of {event} = 2 over {duration}, with "
        "death at each level's own hazard and at the reference level's" + (f", entry at {entry}" if entry else ""),
        context={"outcome": event},
    )


@dataclass(frozen=True)
class _Cause:
    """One cause's hazard: `predictors` (patterns, levels) are the log hazards, were everybody of each level."""

    fit: Fit
    baseline: Baseline
    predictors: np.ndarray


@dataclass(frozen=True)
class _People:
    """Everybody: each pattern's share of all rows and its row of the design matrix.

    The exposure's `columns` are to hold settings[a] for level a.
    """

    share: np.ndarray
    matrix: np.ndarray
    columns: list[int]
    settings: np.ndarray


@dataclass(frozen=True)
class _Jumps:
    """A cause's baseline on the event times of both causes up to the horizon; nought where it has no event."""

    jump: np.ndarray
    variance: np.ndarray
    slope: np.ndarray


def _risks(people: _People, causes: Sequence[_Cause], sample: Sample, horizon: float) -> tuple[np.ndarray, np.ndarray]:
    """Average risks, first of all levels with their own death, then with the reference's; and their covariance."""
    times = np.unique(np.concatenate([cause.baseline.times for cause in causes]))
    times = times[times <= horizon]
    jumps = [_on_grid(cause.baseline, times) for cause in causes]
    levels, base = range(len(sample.levels)), sample.levels.index(sample.reference)
    worlds = [(a, a) for a in levels] + [(a, base) for a in levels]
    found = {world: _average(people, causes, jumps, world) for world in dict.fromkeys(worlds)}
    risks = np.array([found[world][0] for world in worlds])
    covariance = np.zeros((len(worlds), len(worlds)))
    for k, (cause, jump) in enumerate(zip(causes, jumps, strict=True)):
        by_coefficient = np.stack([found[world][1][k] for world in worlds])
        by_jump = np.stack([found[world][2][k] for world in worlds])
        by_coefficient += by_jump @ jump.slope
        covariance += by_coefficient @ cause.fit.covariance @ by_coefficient.T
        covariance += (by_jump * jump.variance) @ by_jump.T
    return risks, covariance


def _on_grid(baseline: Baseline, times: np.ndarray) -> _Jumps:
    reached = int(np.searchsorted(baseline.times, times[-1], side="right"))
    place = np.searchsorted(times, baseline.times[:reached])
    made = _Jumps(np.zeros(len(times)), np.zeros(len(times)), np.zeros((len(times), baseline.slope.shape[1])))
    made.jump[place] = baseline.jump[:reached]
    made.variance[place] = baseline.variance[:reached]
    made.slope[place] = baseline.slope[:reached]
    return made


def _average(
    people: _People, causes: Sequence[_Cause], jumps: Sequence[_Jumps], world: tuple[int, int]
) -> tuple[float, list[np.ndarray], list[np.ndarray]]:
    """Average risk with the event at one level's hazard and death at another's; its slopes, for each cause.

    Slopes: in the coefficients with the jumps held, (columns,), and in the jumps, (times,).
    """
    risk, size = 0.0, len(jumps[0].jump)
    by_coefficient = [np.zeros(people.matrix.shape[1]) for _ in causes]
    by_jump = [np.zeros(size) for _ in causes]
    step = max(1, BLOCK // size)
    for start in range(0, len(people.share), step):
        block = slice(start, start + step)
        share, matrix = people.share[block], people.matrix[block]
        ratios = [
            np.exp(cause.predictors[block, level] - cause.baseline.shift)
            for cause, level in zip(causes, world, strict=True)
        ]
        risks, slopes = _by_pattern([r[:, None] * jump.jump for r, jump in zip(ratios, jumps, strict=True)])
        risk += float(share @ risks)
        for k, (ratio, slope) in enumerate(zip(ratios, slopes, strict=True)):
            weight = share * ratio
            by_jump[k] += weight @ slope
            moved = weight * (slope @ jumps[k].jump)
            direct = moved @ matrix
            direct[people.columns] = moved.sum() * people.settings[world[k]]
            by_coefficient[k] += direct
    return risk, by_coefficient, by_jump


def _by_pattern(hazards: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Risk of each pattern (patterns,) and its slopes in each hazard of the event and of death (patterns, times)."""
    total = hazards[0] + hazards[1]
    leaving, inside = np.minimum(total, 1.0), total < 1
    after = np.cumprod(1 - leaving, axis=1)
    before = np.concatenate([np.ones((len(after), 1)), after[:, :-1]], axis=1)
    share = hazards[0] / total
    incidence = np.cumsum(before * leaving * share, axis=1)
    risk = incidence[:, -1]
    later = np.divide(risk[:, None] - incidence, 1 - leaving, out=np.zeros_like(total), where=inside)
    common = before * share * inside - later
    spread = before * leaving / total
    return risk, [common + spread * (1 - share), common - spread * share]


def _rows(
    sample: Sample, risks: np.ndarray, covariance: np.ndarray, happened: np.ndarray, horizon: float
) -> list[dict]:
    size = len(sample.levels)
    counts = level_counts(sample, happened)
    rows = []
    for name, part in [(OWN, slice(0, size)), (REFERENCE, slice(size, 2 * size))]:
        found = risk_rows(sample, risks[part], covariance[part, part], counts, "event")
        rows += [row | {"stratum": name, "at": horizon} for row in found]
    for a, level in enumerate(sample.levels):
        if level == sample.reference:
            continue
        # the reference's own risk is the same in both strata and drops out
        error = np.sqrt(covariance[a, a] + covariance[size + a, size + a] - 2 * covariance[a, size + a])
        rows.append(
            {"outcome": "event", "measure": "survival_part", "level": level, "reference": sample.reference}
            | wald(risks[a] - risks[size + a], error, scale="natural", contrast=True)
            | counts[level]
            | reference_counts(sample, counts)
            | {"at": horizon}
        )
    return rows


def _refuse_unobserved(curve: Curve, event: str, horizons: np.ndarray) -> None:
    outside = [f"{horizon:g}" for horizon in horizons if not curve.since < horizon <= curve.until]
    if outside:
        raise ValueError(
            f"at {', '.join(outside)} is not wholly under observation: somebody free of both events is followed "
            f"without a break from {max(curve.since, 0):g} to {curve.until:g} only"
        )
    early = [f"{horizon:g}" for horizon in horizons if curve.counted(1, horizon) == 0]
    if early:
        raise ValueError(f"no row used has {event} = 1 at {early[0]} or before: there is no risk to compare by then")
