"""How many were referred beside how many were expected to need it: a count over one assumption at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.limits import poisson_limits
from rehab_stats.estimate.model.sample import WrongCall, number, refuse_absent, refuse_rows
from rehab_stats.estimate.monitoring.cells import cells, columns_of, outside, whole_number
from rehab_stats.estimate.monitoring.shares import as_estimates, exposure_of, of_groups
from rehab_stats.vocabulary import Estimates

OF_NEW_CASES = 0.4
"""Share of those newly diagnosed who need rehabilitation from a municipality: an estimate of the Danish Cancer Society
(2014) from English estimates and Danish surveys, as quoted in the six municipalities' agreement, section 8.5."""
OF_THOSE_LIVING_WITH_CANCER = {"need_self_managed": 0.70, "need_professional": 0.25, "need_complex": 0.05}
"""English estimates quoted there: who manages with support, needs what professionals lead, has complex needs. They are
of everybody living with cancer, and do not say what falls to hospital and what to municipality."""


def expected_need(
    data: pd.DataFrame, *, incident: str, prevalent: str | None = None, years: float = 1.0
) -> pd.DataFrame:
    """The data with columns of persons expected to need rehabilitation, each from an assumption of its own.

    Parameters
    ----------
    data : DataFrame
        One row per municipality, or per municipality and period (none give none); not changed.
    incident : str
        Column: persons newly diagnosed with cancer in a year.
    prevalent : str, optional
        Column: persons living with cancer.
    years : float
        Length of the period that the referrals are of, 0.5 for a half-year: new cases are so many times as many.

    Returns
    -------
    DataFrame
        With `need_incident` (40 % of new cases) and, where `prevalent` is given, `need_self_managed`,
        `need_professional`, `need_complex` (70, 25 and 5 % of those living with cancer; a number of persons at one
        time, whatever `years` is).

    Raises
    ------
    ValueError
        Unknown columns; numbers below 0 or not finite; years not above 0 (`WrongCall`).

    Notes
    -----
    None of these columns may be added to another: who is newly diagnosed lives with cancer too. None says how many
    would say yes. The shares are assumptions without an interval; a coverage of them inherits that.
    """
    if isinstance(years, bool) or not 0 < years < np.inf:
        raise WrongCall(f"years must be a number above 0; got {years!r}")
    if not data.empty:  # an extract of the referred alone knows no new cases: no rows give no rows
        refuse_absent(data, [incident, *filter(None, [prevalent])])
    new = amounts_of(data, incident)
    columns = {"need_incident": OF_NEW_CASES * years * new}
    if prevalent:
        living = amounts_of(data, prevalent)
        columns |= {name: share * living for name, share in OF_THOSE_LIVING_WITH_CANCER.items()}
    return data.assign(**columns)


def coverage(
    data: pd.DataFrame, *, referred: str, expected: str | Sequence[str], by: str | Sequence[str] = ()
) -> Estimates:
    """Persons referred for every 100 expected to need it, by group; several expectations stand apart.

    Parameters
    ----------
    data : DataFrame
        One row per municipality (and period, or offer); rows of a group are added up; not changed.
    referred : str
        Column: persons referred, or who began (a count).
    expected : str or sequence of str
        Columns: persons expected, such as `need_incident` of `expected_need`, or the expected number of an offer.
    by : str or sequence of str
        As in `indicator_share`: `municipality`, `offer`, ["municipality", "period"].

    Returns
    -------
    Estimates
        Per expectation (`outcome` = its column) and group a `coverage`, a proportion that may exceed 1; events: persons
        referred; details `expected`. n is empty: those expected are no persons at hand. Diagnostics: `rows_used`,
        `rows_dropped` (a value missing).

    Raises
    ------
    ValueError
        Unknown columns; referred no whole numbers; expected not above 0; no expectation (`WrongCall`).

    Notes
    -----
    k / E with exact Poisson limits G(k)[0.025] / E and G(k + 1)[0.975] / E, G the gamma quantile (Garwood 1936, doi
    10.1093/biomet/28.3-4.437), error sqrt(k) / E. Wilson's would not fit: the expected are no group of whom the
    referred are a part; who is referred may have been diagnosed years ago, and k may exceed E. The limits tell what
    chance does to the count and nothing of how wrong E may be, which is usually more. Checked by hand and against R
    (poisson.test) in tests/estimate/monitoring/test_coverage.py.
    """
    needs = (expected,) if isinstance(expected, str) else tuple(expected)
    if not needs:
        raise WrongCall("expected is empty: name a column of persons expected")
    refuse_absent(data, [referred, *needs, *columns_of(by)])
    counts = whole_number(data, referred)
    amounts = {need: amounts_of(data, need) for need in needs}
    for need, values in amounts.items():
        refuse_rows(values == 0, f"{need} must be above 0")
    frame = data.assign(**{referred: counts}, **amounts)
    used = frame[frame[[referred, *needs]].notna().all(axis=1) & ~outside(data, by)]
    if used.empty:
        raise ValueError(f"no row has a value in each of {', '.join([referred, *needs, *columns_of(by)])}")
    rows = [
        {"outcome": need, "measure": "coverage", **cell.codes}
        | covered(int(cell.rows[referred].sum()), float(cell.rows[need].sum()))
        for need in needs
        for cell in cells(used, by)
    ]
    return as_estimates(
        rows,
        diagnostics={"rows_used": len(used), "rows_dropped": len(data) - len(used)},
        method=f"{referred} over {' and, apart, over '.join(needs)}{of_groups(by)}; exact Poisson limits of the count, "
        "95 %, the expected number taken as given.",
        context=exposure_of(by),
    )


def covered(count: int, expected: float) -> dict:
    """A count over an expected number, with exact Poisson limits."""
    low, high = poisson_limits(count)
    return {
        "estimate": count / expected,
        "std_error": float(np.sqrt(count)) / expected,
        "conf_low": low / expected,
        "conf_high": high / expected,
        "events": count,
        "expected": expected,
    }


def amounts_of(data: pd.DataFrame, column: str) -> pd.Series:
    """A column of numbers from 0 on; anything else is refused, naming rows."""
    values = number(data[column])
    refuse_rows((values < 0) | np.isinf(values), f"{column} must be finite and not below zero")
    return values
