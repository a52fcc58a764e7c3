"""A measure began on a date: the share before and after it, and what a trend that was there anyway leaves of that."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.estimate.access.gradient import odds_ratios
from rehab_stats.estimate.model.limits import newcombe, share_with_limits
from rehab_stats.estimate.model.sample import WrongCall, refuse_absent
from rehab_stats.estimate.monitoring.cells import yes_no
from rehab_stats.estimate.monitoring.shares import as_estimates
from rehab_stats.vocabulary import Estimates

BEFORE, AFTER = "before", "after"
CRUDE, TREND = "crude", "trend"
YEARS = "years_from_start"
FEWEST = 20
"""Referrals with the outcome, and without, from which a step is told from a trend: ten for each coefficient."""
DAYS_IN_A_YEAR = 365.25


def before_after(data: pd.DataFrame, *, outcome: str, date: str, started_on: str | pd.Timestamp) -> Estimates:
    """Share before and after a measure began, their difference, and the step in odds with and without a straight trend.

    Parameters
    ----------
    data : DataFrame
        One row per referral; not changed. Give as much time before as after, whole years of both where seasons matter.
    outcome : str
        Column of 0 and 1; a missing value is not in the denominator.
    date : str
        Column of dates: when the referral was received.
    started_on : date
        Day on which the measure began; a referral of that day is after it. Empty text: there was none, and that is
        refused as what the data do not allow is.

    Returns
    -------
    Estimates
        `indicator_share` of `before` and `after` (Wilson's limits); `share_difference`, after less before (Newcombe's
        limits, no p); `odds_ratio` of after against before, model `crude` and model `trend`: a straight line in time on
        the logit scale that goes on through the start, and a step there. A model that the data do not allow has no row;
        `context["refused"]` says why. Details: `n_reference`, `events_reference`. Diagnostics: `rows_used`,
        `rows_not_counted`, `rows_dropped` (no date).

    Raises
    ------
    ValueError
        Unknown columns, dates that are none, nobody counted before or after, no measure; a start that is no date
        (`WrongCall`).

    Notes
    -----
    logit P = a + b t + c [t >= 0], t in years from the start: a segmented regression with one slope (Wagner et al.
    2002, doi 10.1046/j.1365-2710.2002.00430.x). A change of slope is not fitted: with tens of referrals it would be
    guesswork. Without a comparison nobody knows what would have come without the measure; the trend model says what
    would be left if the earlier trend had gone straight on, and is honest about it by being wide. Fewer than 20 with
    the outcome, or without, are refused for it. Looking again after every half-year until it shows is no test; state
    the date and the period beforehand. Checked by hand, against R (prop.test, glm) and on simulated series in
    tests/estimate/monitoring/test_started.py.
    """
    refuse_absent(data, [outcome, date])
    if isinstance(started_on, str) and not started_on:
        raise ValueError("no measure is named: there is no before and after")
    start = _start(started_on)
    try:
        days = pd.to_datetime(data[date], format="ISO8601").dt.normalize()
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{date} holds values that are no dates") from error
    values = yes_no(data, outcome)
    known = days.notna()
    used = pd.DataFrame({outcome: values, YEARS: (days - start).dt.days / DAYS_IN_A_YEAR})[known & values.notna()]
    side = np.where(used[YEARS] >= 0, AFTER, BEFORE)
    used = used.assign(side=pd.Categorical(side, [BEFORE, AFTER], ordered=True))
    counts = {name: (int(part[outcome].sum()), len(part)) for name, part in used.groupby("side", observed=False)}
    empty = [name for name, (_, n) in counts.items() if not n]
    if empty:
        raise ValueError(f"nobody counts {empty[0]} {start.date()}: there is nothing to compare")
    base = {"outcome": outcome, "model": None}
    rows = [base | {"measure": "indicator_share", "level": name} | share_with_limits(*counts[name]) for name in counts]
    rows.append(base | _difference(*counts[AFTER], *counts[BEFORE]))
    steps, refused = _steps(used, outcome)
    context = {"outcome": outcome, "exposure": "side", "adjust": {CRUDE: [], TREND: [YEARS]}}
    return as_estimates(
        rows + steps,
        columns=["n_reference", "events_reference"],
        diagnostics={
            "rows_used": len(used),
            "rows_not_counted": int((values.isna() & known).sum()),
            "rows_dropped": int((~known).sum()),
        },
        method=f"{outcome} before and after {start.date()}: shares with Wilson's limits, their difference with "
        "Newcombe's, odds ratios of logistic models without and with a straight trend.",
        context=context | ({"refused": refused} if refused else {}),
    )


def _start(started_on: object) -> pd.Timestamp:
    try:
        start = pd.Timestamp(started_on)
    except (ValueError, TypeError) as error:
        raise WrongCall(f"started_on must be a date such as 2024-04-01; got {started_on!r}") from error
    if pd.isna(start):
        raise WrongCall("started_on must be a date such as 2024-04-01; it is missing")
    return start.normalize()


def _difference(events: int, n: int, events_before: int, n_before: int) -> dict:
    p, q = events / n, events_before / n_before
    low, high = newcombe(events, n, events_before, n_before)
    return {
        "measure": "share_difference",
        "level": AFTER,
        "reference": BEFORE,
        "estimate": p - q,
        "std_error": float(np.sqrt(p * (1 - p) / n + q * (1 - q) / n_before)),
        "conf_low": low,
        "conf_high": high,
        "n": n,
        "events": events,
        "n_reference": n_before,
        "events_reference": events_before,
    }


def _steps(used: pd.DataFrame, outcome: str) -> tuple[list[dict], dict[str, str]]:
    """Odds ratios of the step, and the reasons why one is missing."""
    rows, refused = [], {}
    for model, terms in ((CRUDE, ()), (TREND, (YEARS,))):
        fewest = int(min(used[outcome].sum(), (1 - used[outcome]).sum()))
        try:
            if model == TREND and fewest < FEWEST:
                raise ValueError(
                    f"{outcome} has fewer than {FEWEST} rows with 0 or with 1: too few to tell a step from a trend"
                )
            found = odds_ratios(used, outcome=outcome, exposure="side", adjust={model: terms})
        except ValueError as error:
            refused[model] = str(error).removeprefix(f"model {model}: ")
            continue
        rows += found.tidy().join(found.details()).to_dict("records")
    return rows, refused
