"""Funnels instead of league tables: how far from the target chance alone takes a municipality of this size.

Limits are exact, because tens of referrals are the normal case: with a target of 90 % and 20 referrals the normal
approximation has its upper limit above 100 %.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri
from scipy.stats import binom

from rehab_stats.estimate.model.limits import share_with_limits
from rehab_stats.estimate.model.sample import WrongCall, refuse_absent
from rehab_stats.estimate.monitoring.cells import Cell, cells, columns_of, outside, refuse_share, yes_no
from rehab_stats.estimate.monitoring.shares import as_estimates
from rehab_stats.vocabulary import Estimates

LEVELS = (0.95, 0.998)
INSIDE, BELOW, ABOVE = "inside", "below", "above"
WINSORISED = 0.1
FEWEST_UNITS = 10
"""Units (times periods) from which a dispersion is estimated: below, its own error is as large as itself."""


def interpolated_limits(n: np.ndarray, target: float, level: float, dispersion: float = 1.0) -> np.ndarray:
    """(2, len(n)): lower and upper limit of a share of n around the target, within 0 and 1.

    With p = (1 -+ level) / 2 and r = qbinom(p, n, target), the smallest count whose cumulative probability F(r) is at
    least p: (r - a) / n with a = (F(r) - p) / (F(r) - F(r - 1)); distances from the target times sqrt(dispersion).
    """
    tails = np.array([(1 - level) / 2, (1 + level) / 2])[:, None]
    r = binom.ppf(tails, n, target)
    here, before = binom.cdf(r, n, target), binom.cdf(r - 1, n, target)
    limits = (r - (here - tails) / (here - before)) / n
    return np.clip(target + (limits - target) * np.sqrt(dispersion), 0.0, 1.0)


def funnel_limits(
    n: Sequence[int] | np.ndarray | pd.Series | int,
    *,
    target: float,
    levels: Sequence[float] = LEVELS,
    dispersion: float = 1.0,
) -> Estimates:
    """Between which limits a share of n lies if its true value is the target: the lines of a funnel.

    Parameters
    ----------
    n : whole numbers
        Sizes to draw the lines at: a grid, not the units' own sizes, where these must not be known.
    target : float
        The share that all are held against: a criterion, or the share of all together.
    levels : sequence of float
        How much lies between two limits: 0.95 (about two standard deviations) and 0.998 (about three).
    dispersion : float
        `overdispersion` of the units, at least 1: limits stand sqrt(dispersion) times as far from the target.

    Returns
    -------
    Estimates
        For each level, in the order given, a `control_limits` per size (`at` = the size, `level` = `0.95`): the
        estimate is the target, conf_low and conf_high are the limits (at that level, not at 95 %). n is empty: sizes
        are no persons.

    Raises
    ------
    ValueError
        Sizes that are no whole numbers from 1 on; a target, or levels, that are no shares; a dispersion below 1
        (`WrongCall`, all of them).

    Notes
    -----
    Exact binomial limits with interpolation (Spiegelhalter 2005, doi 10.1002/sim.1970): see
    `interpolated_limits`. Lines for the eye: with a target near 1 the upper one runs below 100 % even where all of n
    happens often, so who is outside is decided by exact probabilities in `funnel`. The dispersion inflates as
    there. Equal to R (qbinom, pbinom) at 1e-9 in tests/estimate/monitoring/test_funnel.py.
    """
    sizes = np.atleast_1d(np.asarray(n, dtype=float))
    if not len(sizes) or not (np.isfinite(sizes) & (sizes >= 1) & (sizes % 1 == 0)).all():
        raise WrongCall("n must be whole numbers, each at least 1")
    _refuse_call(target, levels, dispersion)
    rows = []
    for level in levels:
        low, high = interpolated_limits(sizes, target, level, dispersion)
        rows += [
            {"measure": "control_limits", "level": f"{level:g}", "at": size, "estimate": target}
            | {"conf_low": a, "conf_high": b}
            for size, a, b in zip(sizes, low, high, strict=True)
        ]
    return Estimates(
        rows,
        diagnostics={"target": float(target), "dispersion": float(dispersion)},
        method="Exact binomial limits around the target, interpolated (Spiegelhalter 2005)"
        + (f", distances times the root of a dispersion of {dispersion:.2f}." if dispersion > 1 else "."),
        context={"exposure": "control_limits"},
    )


def against_limits(
    events: np.ndarray, n: np.ndarray, centre: float, levels: Sequence[float], dispersion: float = 1.0
) -> pd.DataFrame:
    """Per unit the limits at each level (`low_0.95`, `high_0.95`) and where it stands (`position`).

    `inside`, or the widest level it is outside of: `below_0.998`, `above_0.95`. Below if P(R <= k) < (1 - level) / 2
    with R binomial (n, centre), above if P(R >= k) is. A dispersion d > 1 makes these probabilities those of
    z / sqrt(d), z their normal quantile.
    """
    columns = {}
    for level in levels:
        low, high = interpolated_limits(n, centre, level, dispersion)
        columns |= {f"low_{level:g}": low, f"high_{level:g}": high}
    few, many = binom.cdf(events, n, centre), binom.sf(events - 1, n, centre)
    root = np.sqrt(dispersion)
    few, many = (ndtr(ndtri(np.clip(tail, 1e-300, 1 - 1e-16)) / root) if root > 1 else tail for tail in (few, many))
    position = np.full(len(n), INSIDE, dtype=object)
    for level in sorted(levels):
        position[few < (1 - level) / 2] = f"{BELOW}_{level:g}"
        position[many < (1 - level) / 2] = f"{ABOVE}_{level:g}"
    return pd.DataFrame({"centre": centre, **columns, "position": position})


def funnel(
    data: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    by: str | Sequence[str] = (),
    target: float | None = None,
    levels: Sequence[float] = LEVELS,
    dispersion: float = 1.0,
) -> Estimates:
    """Each unit's share with the limits for its size, and whether it lies inside them; no ranks.

    Parameters
    ----------
    data : DataFrame
        One row per referral; not changed.
    outcome : str
        Column of 0 and 1; a missing value is not in the denominator.
    unit : str
        Column: the municipality, or department.
    by : str or sequence of str
        Further columns (a period): a funnel each.
    target : float, optional
        What all are held against; by default the share of all units of the funnel together.
    levels, dispersion
        As in `funnel_limits`.

    Returns
    -------
    Estimates
        Per unit an `indicator_share` (level = the unit, Wilson's limits, n, events) with details `centre`, `low_0.95`,
        `high_0.95`, ... and `position`: `inside`, or `below_0.95`, `above_0.998`, the widest limits it is outside of.
        Then a row of all units together (no level). A group of `by` around whose share there is no funnel has no rows
        and is named in `context["refused"]`. Diagnostics: `rows_used`, `rows_not_counted`, `rows_dropped`, `units`,
        `dispersion`.

    Raises
    ------
    ValueError
        As `indicator_share` and `funnel_limits`; a share of all that is 0 or 1 (in every group), around which there is
        no funnel.

    Notes
    -----
    A unit is outside by its exact binomial tail, not by the interpolated line, so that chance alone takes at most 5 %
    (or 0.2 %) of units outside, and of small ones fewer. With the pooled share as the target a large unit pulls the
    target towards itself. Among six municipalities one is outside the 95 % limits in every fourth report by chance
    alone: what counts is being outside 99.8 %, or the same side again and again. Checked by hand, against R (pbinom)
    and on simulated municipalities in tests/estimate/monitoring/test_funnel.py.
    """
    refuse_absent(data, [outcome, unit, *columns_of(by)])
    _refuse_call(0.5 if target is None else target, levels, dispersion)
    group = (unit, *columns_of(by))
    values = yes_no(data, outcome)
    left_out = outside(data, group)
    used = data.assign(**{outcome: values})[values.notna() & ~left_out]
    if used.empty:
        raise ValueError(f"no row counts for {outcome}: there is no share to tell")
    parts: dict[str | None, list[Cell]] = {}
    for cell in cells(used, group):
        parts.setdefault(cell.stratum, []).append(cell)
    rows, refused = [], {}
    for stratum, units in parts.items():
        try:
            rows += _one_funnel(units, stratum, outcome, target, levels, dispersion)
        except ValueError as error:
            refused[stratum] = str(error)
    if not rows:
        raise ValueError(next(iter(refused.values())))
    return as_estimates(
        rows,
        diagnostics={
            "rows_used": len(used),
            "rows_not_counted": int((values.isna() & ~left_out).sum()),
            "rows_dropped": int(left_out.sum()),
            "units": int(used[unit].nunique()),
            "dispersion": float(dispersion),
        },
        method=f"Share with {outcome} by {unit} against exact binomial limits around "
        + ("the share of all." if target is None else f"{target:g}."),
        context={"outcome": outcome, "exposure": unit} | ({"refused": refused} if refused else {}),
    )


def funnel_lines(estimates: Estimates, *, levels: Sequence[float] = LEVELS) -> Estimates:
    """`funnel_limits` around the centre of a funnel, for sizes from 1 to beyond its largest unit (the next full ten).

    Parameters
    ----------
    estimates : Estimates
        Of `funnel`.
    levels : sequence of float
        As in `funnel_limits`.

    Returns
    -------
    Estimates
        The rows of `funnel_limits`, with the stratum of each funnel.

    Raises
    ------
    ValueError
        The estimates are no funnel.
    """
    details = estimates.details()
    if not len(estimates) or "centre" not in details:
        raise ValueError("these estimates are no funnel: they have no centre")
    rows = estimates.tidy().join(details[["centre", "position"]])
    dispersion = float(estimates.diagnostics.get("dispersion") or 1.0)
    parts = []
    for stratum, mine in rows.groupby("stratum", dropna=False, sort=False):
        largest = int(np.ceil(mine.loc[mine["position"].notna(), "n"].max() / 10) * 10) + 10
        target = float(mine["centre"].dropna().iloc[0])
        lines = funnel_limits(range(1, largest + 1), target=target, levels=levels, dispersion=dispersion)
        parts.append(lines.replaced(rows=lines.tidy().assign(stratum=stratum if isinstance(stratum, str) else None)))
    return Estimates.stack(parts)


def _one_funnel(
    units: list[Cell],
    stratum: str | None,
    outcome: str,
    target: float | None,
    levels: Sequence[float],
    dispersion: float,
) -> list[dict]:
    events = np.array([cell.rows[outcome].sum() for cell in units])
    n = np.array([len(cell.rows) for cell in units], dtype=float)
    centre = events.sum() / n.sum() if target is None else target
    if not 0 < centre < 1:
        raise ValueError(f"{outcome} is {centre:g} in all rows used: there is no funnel around it; give a target")
    lines = against_limits(events, n, centre, levels, dispersion).to_dict("records")
    base = {"outcome": outcome, "measure": "indicator_share", "stratum": stratum}
    rows = [
        base | {"level": cell.level} | share_with_limits(int(k), int(size)) | line
        for cell, k, size, line in zip(units, events, n, lines, strict=True)
    ]
    return [*rows, base | {"level": None, "centre": centre} | share_with_limits(int(events.sum()), int(n.sum()))]


def overdispersion(
    data: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    period: str | None = None,
    target: float | None = None,
    winsorised: float = WINSORISED,
) -> Estimates:
    """How much more units differ from the target than chance allows, pooled over units and periods; never below 1.

    Parameters
    ----------
    data, outcome, unit, target
        As in `funnel`.
    period : str, optional
        Column: each unit counts once in each period. The target is that of all periods together.
    winsorised : float
        Share of the z scores at each end that is set to the quantile there, so that the units a funnel should point at
        do not widen it; 0 leaves all as they are.

    Returns
    -------
    Estimates
        One `overdispersion` (1: no more than chance), without an interval; n and events: all used. Diagnostics:
        `dispersion_raw` (before the bound at 1), `units` (times periods), `target`, `rows_used`, `rows_not_counted`,
        `rows_dropped`.

    Raises
    ------
    ValueError
        As `funnel`; fewer than 10 units (times periods): their number would decide the dispersion.

    Notes
    -----
    z = (k / n - t) / sqrt(t (1 - t) / n); the lowest and the highest share of the z set to their quantiles (R's type
    7); the mean of z^2 (Spiegelhalter 2005, doi 10.1002/sim.1970; Spiegelhalter et al. 2012, doi
    10.1111/j.1467-985X.2011.01010.x). Winsorising makes it too small on average (two thirds where chance alone is at
    work, 0.68 for normal z), which the bound at 1 hides; z^2 is crude where n t or n (1 - t) is below a handful. A
    dispersion well above 1 says that the units differ for reasons of their own: widened limits then compare a unit with
    the usual differences, and hide that these are large. Show both. Checked by hand and against R in
    tests/estimate/monitoring/test_funnel.py.
    """
    if isinstance(winsorised, bool) or not 0 <= winsorised < 0.5:
        raise WrongCall(f"winsorised must be a share from 0 to below 0.5; got {winsorised!r}")
    if target is not None:
        refuse_share(target, "target")
    group = (unit, *filter(None, [period]))
    refuse_absent(data, [outcome, *group])
    values = yes_no(data, outcome)
    left_out = outside(data, group)
    used = data.assign(**{outcome: values})[values.notna() & ~left_out]
    if used.empty:
        raise ValueError(f"no row counts for {outcome}: there is no share to tell")
    counts = used.groupby(list(group), observed=True)[outcome].agg(["sum", "size"])
    if len(counts) < FEWEST_UNITS:
        raise ValueError(
            f"{' and '.join(group)} make {len(counts)} groups: a dispersion needs at least {FEWEST_UNITS}; pool periods"
        )
    centre = float(used[outcome].mean()) if target is None else target
    if not 0 < centre < 1:
        raise ValueError(f"{outcome} is {centre:g} in all rows used: there is no funnel around it; give a target")
    z = (counts["sum"] / counts["size"] - centre) / np.sqrt(centre * (1 - centre) / counts["size"])
    z = z.clip(*np.quantile(z, [winsorised, 1 - winsorised]))
    raw = float((z**2).mean())
    row = {"outcome": outcome, "measure": "overdispersion", "estimate": max(1.0, raw)}
    return Estimates(
        [row | {"n": len(used), "events": int(used[outcome].sum())}],
        diagnostics={
            "dispersion_raw": raw,
            "units": len(counts),
            "target": centre,
            "rows_used": len(used),
            "rows_not_counted": int((values.isna() & ~left_out).sum()),
            "rows_dropped": int(left_out.sum()),
        },
        method=f"Dispersion of {outcome} between {' and '.join(group)} around {centre:.3g}, z scores winsorised at "
        f"{winsorised:g}, at least 1.",
        context={"outcome": outcome, "exposure": unit},
    )


def _refuse_call(target: float, levels: Sequence[float], dispersion: float) -> None:
    refuse_share(target, "target")
    if not len(levels):
        raise WrongCall("levels is empty: there is no limit to draw")
    for level in levels:
        refuse_share(level, "levels")
    if isinstance(dispersion, bool) or not 1 <= dispersion < np.inf:
        raise WrongCall(f"dispersion must be 1 or more; got {dispersion!r}")
