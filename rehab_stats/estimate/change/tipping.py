"""How far those without a follow-up must have changed differently before the answer tips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import t as student

from rehab_stats.estimate.change.completed import Completed, given_of
from rehab_stats.estimate.change.handling import impute_target
from rehab_stats.estimate.change.linear import level_rows, refuse_unfit, row_matrix
from rehab_stats.estimate.change.options import Options, own_stream
from rehab_stats.estimate.change.target import Question
from rehab_stats.estimate.missing.pooling import Pooled, rubin
from rehab_stats.estimate.model.adjustment import Adjustment
from rehab_stats.estimate.model.contrasts import level_counts, reference_counts
from rehab_stats.estimate.model.models import named_models
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates

AMONG = ("all", "never_given", "dropouts")
TIPS = ("zero", "interval", "mid")
FINE = 801
"""Places at which the interval is looked at for the delta that tips it."""


def tipping_point(
    data: pd.DataFrame,
    *,
    baseline: str,
    followup: str,
    exposure: str,
    deltas: Sequence[float],
    adjust: Adjustment = (),
    auxiliary: Sequence[str] = (),
    mid: float | None = None,
    among: str = "all",
    given: str = "",
    reference: object = None,
    m: int | None = None,
    method: str = "normal",
    rng: np.random.Generator | None = None,
    workers: int = 1,
) -> Estimates:
    """The difference in mean change between levels over a map of deltas, and the deltas at which the answer tips.

    Scores are imputed as missing at random, then the follow-up of those who have none is moved: by one delta in the
    level, by another in the reference. A tip is a delta of the level, the reference left as imputed, at which the
    difference is nought, at which its interval begins to exclude nought (or, where it does so at once, to include it),
    or at which it is as large as the smallest important difference. How plausible such a delta is, is judged by the
    reader; unequal deltas matter, equal ones only as far as levels miss unequal shares.

    Parameters
    ----------
    data, baseline, followup, exposure, adjust, auxiliary, reference, m, method, rng, workers
        As in `mean_change`, handling "imputation", without products with the exposure; one follow-up.
    deltas : sequence of numbers
        Points of the scale, for both axes of the map; tips are looked for between the lowest and the highest.
    mid : float, optional
        Smallest important difference, in points; without it there is no tip `mid`.
    among : {"all", "never_given", "dropouts"}
        Whose follow-up is moved: everybody without one, those never given a first form, or those given one.
    given : str
        Column of 0 and 1: a first form was given. Empty: whose baseline is missing was given none.

    Returns
    -------
    Estimates
        Per model and upper level: `mean_difference` for every pair of deltas, `at` = delta of the level, `stratum` =
        "delta_reference=<delta of the reference>", pooled as in `mean_change`. Then `tipping_delta` with outcome
        `zero`, `interval`, `mid`: `estimate` is the delta of the level nearest to 0 that tips, NaN when none in the
        range does; no error. Details: `n_reference`, `events_reference`, `df`, `fmi`, `lambda`, `m`; `shift`: by how
        much a delta of one point moves the difference. Diagnostics: `m`, `imputation_notes`, `rows_used`,
        `rows_dropped`.

    Raises
    ------
    ValueError
        As `mean_change`; deltas that are not at least two finite numbers; nobody whose follow-up could be moved.

    Notes
    -----
    The difference moves by shift_a * delta_a - shift_r * delta_r, without covariates the shares of the two levels whose
    follow-up is missing, so that the tip to zero is -difference / shift. Other levels stay as imputed. Imputation then
    moving: Carpenter & Kenward 2013, doi 10.1002/9781119942283; Cro et al. 2020, doi 10.1002/sim.8569.

    Checked against the closed form and against `mean_change(delta=)` in tests/estimate/change/test_tipping.py.
    """
    grid = _grid(deltas)
    if among not in AMONG:
        raise WrongCall(f"among must be one of {', '.join(AMONG)}; got {among!r}")
    if mid is not None and not (np.isfinite(mid) and mid > 0):
        raise WrongCall(f"mid must be a number of points above 0; got {mid!r}")
    models = named_models(adjust)
    options = Options(
        handling="imputation",
        m=m,
        method=method,
        rng=own_stream(rng),
        workers=workers,
    )
    options.refuse()
    columns = {"baseline": baseline, "followup": followup, "exposure": exposure, "reference": reference}
    question = Question.of(data, **columns, models=models, auxiliary=auxiliary)
    made = impute_target(question, data, models, options)
    rows: list[dict] = []
    for model, terms in models.items():
        here = made.of(question.target(terms))
        moved = _moved(here, among, given_of(data, here.target, given))
        rows += [{"model": model} | row for row in _map_rows(here, moved, grid, mid)]
    frame = pd.DataFrame(rows)
    more = [name for name in ("n_reference", "events_reference", "df", "fmi", "lambda", "m", "shift") if name in frame]
    return Estimates(
        frame[[column for column in frame if column in TIDY_COLUMNS]],
        details=frame[more],
        diagnostics={
            "m": made.m,
            "imputation_notes": "; ".join(made.notes),
            "rows_used": len(made.target.sample),
            "rows_dropped": made.target.sample.rows_dropped,
        },
        method=f"Difference in mean change from {baseline} to {followup} by {exposure}, multiple imputation by chained "
        "equations with the follow-up of those without one moved by a delta in each level, pooled by Rubin's rules; "
        "95 % intervals by t.",
        context={
            "exposure": exposure,
            "adjust": {name: list(terms) for name, terms in models.items()},
            "outcome": "change",
            "population": "due_at_followup",
            "stratum": "delta_reference",
            "among": among,
            "mid": mid,
        },
    )


def _grid(deltas: Sequence[float]) -> np.ndarray:
    values = np.unique(np.asarray(list(deltas), dtype=float)) + 0.0  # -0.0 would be a stratum of its own name
    if len(values) < 2 or not np.isfinite(values).all():
        raise WrongCall("deltas must be at least two different finite numbers of points")
    return values


def _moved(made: Completed, among: str, given: np.ndarray | None) -> np.ndarray:
    """(rows,): whose follow-up is moved."""
    target = made.target
    missing = np.isnan(target.followup)
    never = missing & (np.isnan(target.baseline) if given is None else given == 0)
    moved = {"all": missing, "never_given": never, "dropouts": missing & ~never}[among]
    if not moved.any():
        raise ValueError(f"nobody is there whose {target.names[-1]} could be moved ({among}): nothing can tip")
    return moved


@dataclass(frozen=True)
class _Surface:
    """The difference of one level from the reference as a function of two deltas, for every imputation.

    Attributes
    ----------
    base : (m,) difference as imputed.
    slopes : (2,) what a point of the level's and of the reference's delta adds.
    squares : (m, 6) coefficients of the residual sum of squares in 1, a, r, aa, rr, ar.
    scale : what a residual sum of squares is multiplied by to be the variance of the difference.
    df : of the complete data.
    """

    base: np.ndarray
    slopes: np.ndarray
    squares: np.ndarray
    scale: float
    df: float

    def at(self, own: np.ndarray, other: np.ndarray) -> Pooled:
        """Pooled differences where the level's delta is `own` and the reference's is `other`, each (k,)."""
        powers = np.stack([np.ones_like(own), own, other, own**2, other**2, own * other])
        estimates = self.base[:, None] + self.slopes[0] * own - self.slopes[1] * other
        return rubin(estimates, self.scale * np.einsum("mp,pk->mk", self.squares, powers), self.df)


def _surface(made: Completed, moved: np.ndarray, level: int, reference: int) -> _Surface:
    target = made.target
    matrix = row_matrix(target)
    refuse_unfit(matrix, target.design.names)
    q, r = np.linalg.qr(matrix)
    rows = level_rows(matrix, target)
    wanted = rows[level] - rows[reference]
    back = np.linalg.solve(r.T, wanted)  # wanted' (X'X)^-1 X' = back' Q'
    shifts = np.stack([(moved & (target.sample.level == place)).astype(float) for place in (level, reference)], axis=1)
    change = made.followup - made.baseline
    outcome, shift = (values - q @ (q.T @ values) for values in (change, shifts))
    reach = q @ back
    a, b = shift.T
    squares = np.column_stack(
        [
            np.einsum("ik,ik->k", outcome, outcome),
            2 * outcome.T @ a,
            2 * outcome.T @ b,
            np.full(made.m, a @ a),
            np.full(made.m, b @ b),
            np.full(made.m, 2 * a @ b),
        ]
    )
    df = len(matrix) - matrix.shape[1]
    slopes = np.array([reach @ shifts[:, 0], -(reach @ shifts[:, 1])])
    return _Surface(change.T @ reach, slopes, squares, float(back @ back) / df, float(df))


def _map_rows(made: Completed, moved: np.ndarray, grid: np.ndarray, mid: float | None) -> list[dict]:
    """The map of every upper level, then its tips."""
    sample = made.target.sample
    counts = level_counts(sample, made.target.paired)
    base = sample.levels.index(sample.reference)
    maps, tips = [], []
    for place, level in enumerate(sample.levels):
        if place == base:
            continue
        surface = _surface(made, moved, place, base)
        common = {"level": level, "reference": sample.reference} | counts[level] | reference_counts(sample, counts)
        common |= {"m": made.m, "shift": surface.slopes[0]}
        other, own = (values.ravel() for values in np.meshgrid(grid, grid, indexing="ij"))
        maps += [common | row for row in _pooled_rows(surface.at(own, other), own, other)]
        tips += [
            common | {"outcome": tip, "measure": "tipping_delta", "estimate": _tip(surface, tip, grid, mid)}
            for tip in TIPS
            if tip != "mid" or mid is not None
        ]
    return maps + tips


def _pooled_rows(found: Pooled, own: np.ndarray, other: np.ndarray) -> list[dict]:
    reach = student.ppf(0.975, found.df) * found.std_error
    p = 2 * student.sf(np.abs(found.estimate) / found.std_error, found.df)
    return [
        {
            "outcome": "change",
            "measure": "mean_difference",
            "at": own[k],
            "stratum": f"delta_reference={other[k]:g}",
            "estimate": found.estimate[k],
            "std_error": found.std_error[k],
            "conf_low": found.estimate[k] - reach[k],
            "conf_high": found.estimate[k] + reach[k],
            "p_value": p[k],
            "df": found.df[k],
            "fmi": found.fmi[k],
            "lambda": found.lambda_[k],
        }
        for k in range(len(own))
    ]


def _tip(surface: _Surface, tip: str, grid: np.ndarray, mid: float | None) -> float:
    """The delta of the level nearest to 0, within the grid's range, at which the answer tips; NaN for none."""
    if tip == "interval":
        found = _interval_tips(surface, grid)
    elif surface.slopes[0] == 0:
        return np.nan
    else:
        wanted = np.array([0.0]) if tip == "zero" else np.array([-mid, mid])
        found = (wanted - surface.base.mean()) / surface.slopes[0]
    inside = [delta for delta in found if grid[0] <= delta <= grid[-1]]
    return float(min(inside, key=abs)) if inside else np.nan


def _interval_tips(surface: _Surface, grid: np.ndarray) -> list[float]:
    """Deltas of the level at which a limit of the interval crosses 0."""

    def beyond(own: np.ndarray) -> np.ndarray:
        found = surface.at(own, np.zeros_like(own))
        return np.abs(found.estimate) - student.ppf(0.975, found.df) * found.std_error

    places = np.linspace(grid[0], grid[-1], FINE)
    values = beyond(places)
    crossed = np.flatnonzero(np.sign(values[:-1]) != np.sign(values[1:]))
    return [brentq(lambda x: float(beyond(np.array([x]))[0]), places[i], places[i + 1]) for i in crossed]
