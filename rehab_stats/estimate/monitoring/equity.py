"""Is an indicator met for everybody alike: its level, and beside it the slope along education."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rehab_stats.estimate.access.inequality import slope_indices
from rehab_stats.estimate.model.limits import share_with_limits
from rehab_stats.estimate.model.sample import WrongCall, refuse_absent
from rehab_stats.estimate.monitoring.cells import columns_of, outside, refusal_key, strata, yes_no
from rehab_stats.estimate.monitoring.shares import as_estimates, of_groups
from rehab_stats.rank import steps
from rehab_stats.vocabulary import Estimates

FEWEST = 10
"""Rows with the outcome, and without, from which a slope is estimated."""


def indicator_equity(
    data: pd.DataFrame, *, outcome: str, rank: str, by: str | Sequence[str] = (), fewest: int = FEWEST
) -> Estimates:
    """Each group's level of an indicator and, beside it, its slope index and relative index along education.

    Parameters
    ----------
    data : DataFrame
        One row per referral; not changed.
    outcome : str
        Column of 0 and 1 (`deadline_outcome`); a missing value is not in the denominator.
    rank : str
        The ladder, low to high: an ordered category (`unknown` has no place on it), or numbers.
    by : str or sequence of str
        Columns that make the groups, all of them the stratum: `municipality=Herlev`.
    fewest : int
        Rows on the ladder with the outcome, and without it, that a slope needs; at least 2.

    Returns
    -------
    Estimates
        Per group an `indicator_share` of all counted (Wilson's limits), a `slope_index` and a `relative_index` of those
        on the ladder; without level. Where there are too few, the level
        alone, and `context["refused"]` says so, by group. Diagnostics: `rows_used`, `rows_not_counted`,
        `rows_dropped`, `rows_unranked`.

    Raises
    ------
    ValueError
        Unknown columns, an outcome that is not 0 or 1, a rank without order, nobody counted; fewest below 2
        (`WrongCall`).

    Notes
    -----
    `slope_indices` of each group, ridits among its own rows: positive means more at the high end. A small municipality
    usually allows no slope; pool municipalities or years before concluding that there is none, for an interval from -40
    to 40 percentage points says nothing about equality. Checked by hand in tests/estimate/monitoring/test_equity.py;
    the indices against R where `slope_indices` is.
    """
    if isinstance(fewest, bool) or fewest < 2:
        raise WrongCall(f"fewest must be at least 2; got {fewest!r}")
    refuse_absent(data, [outcome, rank, *columns_of(by)])
    values, ladder, left_out = yes_no(data, outcome), steps(data[rank]), outside(data, by)
    counted = data.assign(**{outcome: values})[values.notna() & ~left_out]
    if counted.empty:
        raise ValueError(f"no row counts for {outcome}: there is no share to tell")
    rows, refused = [], {}
    for cell in strata(counted, by):
        y = cell.rows[outcome]
        rows.append(
            {"outcome": outcome, "measure": "indicator_share", **cell.codes, **share_with_limits(int(y.sum()), len(y))}
        )
        try:
            rows += _slopes(cell.rows, outcome, rank, fewest, cell.codes)
        except ValueError as error:
            refused[refusal_key(cell, by)] = str(error)
    return as_estimates(
        rows,
        diagnostics={
            "rows_used": len(counted),
            "rows_not_counted": int((values.isna() & ~left_out).sum()),
            "rows_dropped": int(left_out.sum()),
            "rows_unranked": int((ladder.isna() & values.notna() & ~left_out).sum()),
        },
        method=f"Share with {outcome}{of_groups(by)}, and its slope and relative index along {rank} from a logistic "
        "model in the ridit within each group.",
        context={"outcome": outcome, "rank": rank} | ({"refused": refused} if refused else {}),
    )


def _slopes(rows: pd.DataFrame, outcome: str, rank: str, fewest: int, codes: dict) -> list[dict]:
    y = rows.loc[steps(rows[rank]).notna(), outcome]
    few = int(min(y.sum(), len(y) - y.sum()))
    if few < fewest:
        raise ValueError(
            f"{outcome} has fewer than {fewest} ranked rows with 0 or with 1: too few for a slope by {rank}"
        )
    found = slope_indices(rows, outcome=outcome, rank=rank).tidy()
    return found.assign(model=None, **codes).to_dict("records")
