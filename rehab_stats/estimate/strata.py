"""The same estimate within each level of another column: women and men, one department after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from rehab_stats.estimate.design_matrix import term_variables
from rehab_stats.estimate.sample import WrongCall, code
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import SMALLEST_SHOWN

REFUSED = ("stop", "note")
FEW = "too few persons"


def by_stratum(
    data: pd.DataFrame,
    *,
    stratum: str,
    estimator: Callable[..., Estimates],
    adjust: Sequence[str] | Mapping[str, Sequence[str]] = (),
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
    adjust = without_term(adjust, stratum)
    parts, reasons, terms = [], {}, {}
    for level, rows in groups.items():
        try:
            parts.append(_within(rows, code(level), estimator, without_constants(adjust, rows), options))
            terms[code(level)] = parts[-1].context.get("adjust")
        except WrongCall:
            raise
        except ValueError as error:
            reasons[code(level)] = FEW if len(rows) < SMALLEST_SHOWN else str(error)
            if refused == "stop" or len(reasons) == len(groups):
                raise ValueError(f"within {stratum} = {level}: {error}") from error
    stacked = Estimates.stack(parts)
    context = stacked.context | {"stratum": stratum} | ({"refused": reasons} if reasons else {})
    others = {level: own for level, own in terms.items() if own != context.get("adjust")}
    missing = int(data[stratum].isna().sum())
    return Estimates(
        stacked.tidy(),
        details=stacked.details(),
        diagnostics=stacked.diagnostics | {"stratum_missing": missing},
        method=f"Separately by {stratum}: {parts[0].method}",
        context=context | ({"adjust_within": others} if others else {}),
    )


def without_term(adjust: Sequence[str] | Mapping[str, Sequence[str]], stratum: str):
    """Adjustment terms, or a mapping of them, without a column's own term."""
    own = {stratum, f"C({stratum})"}
    if isinstance(adjust, Mapping):
        return {name: [term for term in terms if term not in own] for name, terms in adjust.items()}
    return [term for term in adjust if term not in own]


def without_column(adjust: Sequence[str] | Mapping[str, Sequence[str]], column: str | None, rows: pd.DataFrame):
    """Adjustment terms, or a mapping of them, without those in which the column stands (`bs(age, df=4)` for age)."""
    if isinstance(adjust, Mapping):
        return {name: without_column(terms, column, rows) for name, terms in adjust.items()}
    return [term for term in adjust if column not in term_variables([term], list(rows.columns))]


def without_constants(adjust: Sequence[str] | Mapping[str, Sequence[str]], rows: pd.DataFrame):
    """Adjustment terms, or a mapping of them, without those whose columns each have one value in these rows."""
    if isinstance(adjust, Mapping):
        return {name: without_constants(terms, rows) for name, terms in adjust.items()}
    columns = list(rows.columns)
    used = {term: [name for name in term_variables([term], columns) if name in rows] for term in adjust}
    return [term for term in adjust if not used[term] or rows[used[term]].nunique().gt(1).any()]


def _within(rows, level, estimator, adjust, options) -> Estimates:
    found = estimator(rows.reset_index(drop=True), adjust=adjust, **options)
    return Estimates(
        found.tidy().assign(stratum=level),
        details=found.details(),
        diagnostics={f"{name}.{level}": value for name, value in found.diagnostics.items()},
        method=found.method,
        context=found.context,
    )
