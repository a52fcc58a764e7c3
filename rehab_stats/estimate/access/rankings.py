"""The indices of inequality along one ladder after the other, so that several stand in one table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rehab_stats.estimate.access.inequality import concentration_index, slope_indices
from rehab_stats.estimate.model.adjustment import Adjustment, without_term
from rehab_stats.estimate.model.attempt import where_possible
from rehab_stats.vocabulary import Estimates


def inequality_indices(
    data: pd.DataFrame,
    *,
    outcome: str,
    ranks: Sequence[str],
    adjust: Adjustment = (),
    kinds: Sequence[str] = ("relative", "erreygers", "wagstaff"),
    cluster: str | None = None,
    person: str | None = None,
) -> Estimates:
    """Slope, relative and concentration indices of an outcome along each ladder, stacked; `stratum` names the ladder.

    Parameters
    ----------
    data : DataFrame
    outcome : str
        Column of 0 and 1, or flags.
    ranks : sequence of str
        Columns that rank persons from low to high, as in `slope_indices`; strata are `rank=education` and so on. An
        index that is refused gets no rows, and its sentence stands in `context["refused"]`.
    adjust : sequence or mapping
        Of the slope indices; the ladder's own term is left out. A concentration index adjusts for nothing.
    kinds : sequence of str
        Kinds of concentration index.
    cluster, person : str, optional
        As in `slope_indices`.

    Raises
    ------
    ValueError
        No ranks.
    """
    if not ranks:
        raise ValueError("ranks is empty: there is no ladder to measure inequality along")
    shared = {"outcome": outcome, "cluster": cluster, "person": person}
    parts, reasons = [], {}
    for rank in ranks:
        found = [where_possible(slope_indices, data, rank=rank, adjust=without_term(adjust, rank), **shared)]
        found += [where_possible(concentration_index, data, rank=rank, kind=kind, **shared) for kind in kinds]
        parts += [_along(part, rank) for part in found]
        said = dict.fromkeys(part.context["refused"] for part in found if isinstance(part.context.get("refused"), str))
        reasons |= {f"rank={rank}": "; ".join(said)} if said else {}
    stacked = Estimates.stack(parts)
    return stacked.with_context(refused=reasons) if reasons else stacked


def _along(found: Estimates, rank: str) -> Estimates:
    """The rows of one ladder, which they name."""
    stratum = f"rank={rank}"
    # the stratum says which ladder it is
    context = {name: value for name, value in found.context.items() if name not in {"rank", "exposure"}}
    return found.replaced(
        rows=found.tidy().assign(stratum=stratum),
        diagnostics={f"{name}.{rank}": value for name, value in found.diagnostics.items()},
        method=found.method.replace(f" by {rank}", ""),
        context=context,
    )
