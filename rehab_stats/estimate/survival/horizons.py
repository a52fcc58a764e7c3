"""Risks within several horizons from everybody under observation, the incompletely observed weighted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rehab_stats.estimate.access.gradient import standardised_risks
from rehab_stats.estimate.model.sample import number, refuse_absent, refuse_rows
from rehab_stats.estimate.survival.censoring import censoring_weights, outcome_by
from rehab_stats.vocabulary import Estimates

WITHIN, WEIGHT = "event_within_horizon", "censoring_weight"
"""Columns made here, one row a person."""


def risks_by_horizon(
    data: pd.DataFrame,
    *,
    duration: str,
    event: str,
    horizons: Sequence[float],
    exposure: str,
    adjust: Sequence[str] | Mapping[str, Sequence[str]] = (),
    reference: object = None,
    entry: str | None = None,
    by: Sequence[str] = (),
) -> Estimates:
    """Standardised risks of the event within each horizon, also from persons whose horizon was not over.

    Who was still free of any event when observation ended before the horizon has no yes or no; those with one count
    for them too, by the inverse of their chance of still being observed (`censoring_weights`). That is right when,
    within the columns `by`, the end of observation has nothing to do with referral or death.

    Parameters
    ----------
    data : DataFrame
        One row per person.
    duration, event : str
        Columns: time to event or end of observation; 0 censored, 1 event, 2 competing event.
    horizons : sequence of float
        Times, in the unit of `duration`, each above zero.
    exposure, adjust, reference
        As in `standardised_risks`.
    entry : str, optional
        Column of entry times; all must be 0, since a share cannot be taken of persons who entered late.
    by : sequence of str
        Columns whose combinations have their own curve of leaving observation.

    Returns
    -------
    Estimates
        Rows of `standardised_risks` for each horizon, `at` = the horizon, `outcome` = `event`. Errors are robust and
        take the weights as known, which makes them a little too wide rather than too narrow (Hernán, Brumback and
        Robins 2000, doi 10.1097/00001648-200009000-00011).

    Raises
    ------
    ValueError
        No horizons, late entry, or whatever the weights or the model refuse.

    Checked in tests/estimate/survival/test_horizons.py: without covariates, the Aalen-Johansen estimate of each level's
    curve when `by` is the exposure.
    """
    horizons = list(dict.fromkeys([horizons] if np.isscalar(horizons) else horizons))
    if not horizons:
        raise ValueError("horizons is empty: there is no horizon to estimate risks within")
    if entry is not None:
        refuse_absent(data, [entry])
        refuse_rows(number(data[entry]).fillna(0) > 0, f"{entry} must be 0: risks need persons seen from the start")
    times = {"duration": duration, "event": event}
    parts = []
    for horizon in horizons:
        weighted = data.assign(
            **{
                WITHIN: outcome_by(data, **times, horizon=horizon),
                WEIGHT: censoring_weights(data, **times, horizon=horizon, by=by),
            }
        )
        found = standardised_risks(
            weighted, outcome=WITHIN, exposure=exposure, adjust=adjust, reference=reference, weights=WEIGHT
        )
        rows = found.tidy().assign(outcome="event", at=float(horizon))
        named = {f"{name}.{horizon:g}": value for name, value in found.diagnostics.items()}
        parts.append(found.replaced(rows=rows, diagnostics=named, context=found.context | {"outcome": event}))
    return Estimates.stack(
        parts,
        method=f"Risks of {event} = 1 by {exposure} within {', '.join(f'{h:g}' for h in horizons)}, standardised by "
        "prediction from logistic models weighted by the inverse chance of still being observed; robust Wald 95 % "
        "intervals.",
    )
