"""The same estimate within each level of another column: women and men, one department after the other."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from rehab_stats.estimate.model.adjustment import Adjustment, without_constants
from rehab_stats.estimate.model.attempt import REFUSED, tried
from rehab_stats.estimate.model.sample import WrongCall, code
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import SMALLEST_SHOWN

FEW = "too few persons"


def by_stratum(
    data: pd.DataFrame,
    *,
    stratum: str,
    estimator: Callable[..., Estimates],
    adjust: Adjustment = (),
    refused: str = "stop",
    **options: object,
) -> Estimates:
    """Apply an estimator to each level of a column and stack the results, `stratum` saying which level a row is of.

    Each level is a separate fit: nothing is shared between them, so a difference between levels has no test here.

    Parameters
    ----------
    data : DataFrame
    stratum : str
        Column whose levels are analysed one by one, in their order; rows without a level are counted in the
        diagnostics as `stratum_missing`.
    estimator : callable
        `odds_ratios`, `standardised_risks`, `hazard_ratios` or another function of data that returns Estimates.
    adjust : sequence or mapping
        As the estimator takes it. A term whose column has one value within a level is left out there (the stratum's
        own; sex among those with prostate cancer): `context["adjust_within"]` has the terms of each such level.
    refused : {"stop", "note"}
        What becomes of a level that the estimator refuses: its sentence stops everything, or the level gets no rows
        and its sentence stands in `context["refused"]` (level -> sentence).
    **options
        Handed on to the estimator.

    Returns
    -------
    Estimates
        Diagnostics carry the level as a last part of their name (`rows_dropped.full.female`).

    Raises
    ------
    ValueError
        No such column, no level with rows, or whatever the estimator refuses, with the level named; with
        refused="note" only when every level is refused.
    """
    if refused not in REFUSED:
        raise WrongCall(f"refused must be one of {', '.join(REFUSED)}; got {refused!r}")
    if stratum not in data:
        raise WrongCall(f"no column {stratum!r} to stratify by; there are {', '.join(map(str, data.columns))}")
    groups = dict(iter(data.groupby(stratum, observed=True, sort=True)))
    if not groups:
        raise ValueError(f"column {stratum!r} has no level with rows")
    parts, reasons, terms = [], {}, {}
    for value, rows in groups.items():
        level, rows = code(value), rows.reset_index(drop=True)
        found, error = tried(estimator, rows, adjust=without_constants(adjust, rows), **options)
        if error is None:
            parts.append(_within(found, level))
            terms[level] = found.context.get("adjust")
            continue
        reasons[level] = FEW if len(rows) < SMALLEST_SHOWN else str(error)
        if refused == "stop" or len(reasons) == len(groups):
            raise ValueError(f"within {stratum} = {value}: {error}") from error
    stacked = Estimates.stack(parts)
    context = stacked.context | {"stratum": stratum} | ({"refused": reasons} if reasons else {})
    others = {level: own for level, own in terms.items() if own != context.get("adjust")}
    missing = int(data[stratum].isna().sum())
    return stacked.replaced(
        diagnostics=stacked.diagnostics | {"stratum_missing": missing},
        method=f"Separately by {stratum}: {parts[0].method}",
        context=context | ({"adjust_within": others} if others else {}),
    )


def _within(found: Estimates, level: str) -> Estimates:
    return found.replaced(
        rows=found.tidy().assign(stratum=level),
        diagnostics={f"{name}.{level}": value for name, value in found.diagnostics.items()},
    )
