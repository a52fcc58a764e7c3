"""Was it done in time: referrals within a deadline, those too late, and those of whom it cannot be said yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
import pandas as pd

from rehab_stats.calendar import CLOSED, working_days
from rehab_stats.estimate.model.sample import WrongCall, code, number, refuse_absent, refuse_rows
from rehab_stats.estimate.monitoring.cells import cells, columns_of, outside, refusal_key, refuse_share, yes_no
from rehab_stats.estimate.monitoring.shares import WILSON, as_estimates, cell_name, exposure_of, of_groups, share_row
from rehab_stats.estimate.survival.incidence import cumulative_incidence
from rehab_stats.vocabulary import Estimates

DONE, WAITING, DECLINED, DIED = "done", "waiting", "declined", "died"
STATUSES = (DONE, WAITING, DECLINED, DIED)
WITHIN, LATE, STILL_WAITING, NOT_DUE = "within", "late", "still_waiting", "not_due"
STANDINGS = (WITHIN, LATE, STILL_WAITING, NOT_DUE, DECLINED, DIED)
IN_TIME = {WITHIN: 1.0, LATE: 0.0, STILL_WAITING: 0.0}
"""Standing -> the outcome; the others have none."""
APART = {"referrals_not_due": NOT_DUE, "referrals_declined": DECLINED, "referrals_died": DIED}
UNITS = ("working_days", "days", "months")
CRITERION = 0.9
"""90 % of the referrals: the criterion for needs assessment in the agreements between municipalities."""


def deadline_rows(
    data: pd.DataFrame,
    *,
    received: str,
    done: str,
    extract_date: str | pd.Timestamp,
    limit: int,
    declined: str | None = None,
    died: str | None = None,
    closed: Sequence[str] = CLOSED,
    unit: str = "working_days",
) -> pd.DataFrame:
    """The rows with `days`, `status` and `due`: how long each referral waited, for what, and whether it could be late.

    Parameters
    ----------
    data : DataFrame
        One row per referral; not changed.
    received, done, declined, died : str
        Columns of dates: the referral received; what must be done by the deadline; the wait ended by the person's no,
        by death or by moving away. Empty: has not happened.
    extract_date : date
        The day on which the data were drawn; no date may lie after it.
    limit : int
        The deadline: so many days after the day of receipt.
    closed : sequence of str
        Days off that are no public holidays, as in `working_days`.
    unit : {"working_days", "days", "months"}
        Of the limit and of `days`. Months are those begun: done on 31 March, 30 April is within one month and 1 May is
        not; the day of a month that is too short is its last.

    Returns
    -------
    DataFrame
        The data with `days` (from receipt to the first of the three, else to the extract date), `status` (`done`,
        `declined`, `died`, `waiting`; on one day in this order) and `due`: True where the last day of the deadline lay
        before the extract date. Rows without a date of receipt have none of the three.

    Raises
    ------
    ValueError
        Unknown columns; a date after the extract date or before the receipt (rows named); a limit below 0; a unit that
        is none.

    Notes
    -----
    Whether a referral counts (`due`) hangs on the day it was received alone, not on what became of it: were those done
    early counted and those still waiting not, the last weeks would look better than they are. Checked by hand in
    tests/estimate/monitoring/test_deadlines.py.
    """
    ends = {DONE: done, DECLINED: declined, DIED: died}
    ends = {name: column for name, column in ends.items() if column}
    _refuse_limit(limit)
    if unit not in UNITS:
        raise WrongCall(f"unit must be one of {', '.join(UNITS)}; got {unit!r}")
    if unit == "months" and limit % 1:
        raise WrongCall(f"a limit in months must be whole; got {limit:g}")
    refuse_absent(data, [received, *ends.values()])
    today = pd.Timestamp(extract_date).normalize()
    start = _days(data[received])
    dates = pd.DataFrame({name: _days(data[column]) for name, column in ends.items()})
    for name, column in {"received": received, **ends}.items():
        later = (start if name == "received" else dates[name]) > today
        refuse_rows(later, f"{column} must not lie after the extract date {today.date()}")
    for name, column in ends.items():
        refuse_rows(dates[name] < start, f"{column} must not lie before {received}")
    known = start.notna()
    first = dates.min(axis=1)
    status = pd.Series(WAITING, index=data.index, dtype=object)
    for name in reversed(list(ends)):
        status = status.mask(dates[name].notna() & (dates[name] == first), name)
    end = first.fillna(today)
    days = _between(start, end, closed, unit)
    eve = today - pd.Timedelta(days=1)
    if unit == "months":
        due = _months_later(start, int(limit)) <= eve
    else:
        due = (_between(start.where(start <= eve), eve, closed, unit) >= limit).fillna(False)
    return data.assign(
        days=days,
        status=status.where(known, None),
        due=due.astype("boolean").where(known, pd.NA),
    )


def deadline_standing(data: pd.DataFrame, *, days: str, limit: float, status: str, due: str | None = None) -> pd.Series:
    """How each referral stands to its deadline: `within`, `late`, `still_waiting`, `not_due`, `declined` or `died`.

    Parameters
    ----------
    data : DataFrame
        One row per referral; not changed.
    days : str
        Column: days from the receipt to what `status` says, for those waiting to the extract date. Working days, as
        `working_days` counts them, or others; the limit is in the same.
    limit : number
        The deadline: done on day `limit` is in time.
    status : str
        Column of `done`, `waiting`, `declined`, `died`: what ended the wait.
    due : str, optional
        Column of flags: the deadline had passed before the extract date (`deadline_rows` makes it). Who is not due is
        `not_due` whatever happened. Without it those waiting for at most `limit` days are not due, and those done
        count however recently they were referred, which flatters the last weeks.

    Returns
    -------
    Series of text
        Missing where a value is. Declined or dead by day `limit`: apart; after it, the deadline had been missed
        before, and it is `late`. `still_waiting` beyond the limit is a failure like `late`.

    Raises
    ------
    ValueError
        Unknown columns, another status (all of them named), days below 0, a limit below 0.
    """
    refuse_absent(data, [days, status, *filter(None, [due])])
    _refuse_limit(limit)
    waited = number(data[days])
    refuse_rows((waited < 0) | np.isinf(waited), f"{days} must be finite and not below zero")
    what = data[status].astype(object).where(data[status].notna(), None)
    other = sorted({code(value) for value in what.dropna()} - set(STATUSES))
    if other:
        raise ValueError(f"{status} must be one of {', '.join(STATUSES)}; there is {', '.join(other)}")
    in_days = waited <= limit
    ready = pd.Series(~(what.eq(WAITING) & in_days), index=data.index)
    unknown = what.isna() | waited.isna()
    if due:
        flags = yes_no(data, due)
        ready, unknown = flags.eq(1), unknown | flags.isna()
    standing = pd.Series(LATE, index=data.index, dtype=object)
    standing = standing.mask(what.eq(DONE) & in_days, WITHIN).mask(what.eq(WAITING), STILL_WAITING)
    for ended in (DECLINED, DIED):
        standing = standing.mask(what.eq(ended) & in_days, ended)
    return standing.mask(~ready, NOT_DUE).mask(unknown, None).rename("standing")


def deadline_outcome(data: pd.DataFrame, *, days: str, limit: float, status: str, due: str | None = None) -> pd.Series:
    """1 in time, 0 too late or still waiting, missing for who is in no denominator: for charts, funnels and equity.

    As `deadline_standing`; the counts are those of `deadline_share`.
    """
    standing = deadline_standing(data, days=days, limit=limit, status=status, due=due)
    return standing.map(IN_TIME).astype(float).rename("in_time")


def deadline_share(
    data: pd.DataFrame,
    *,
    days: str,
    limit: float,
    status: str,
    by: str | Sequence[str] = (),
    due: str | None = None,
    deadline: str = "needs_assessment",
    target: float | None = CRITERION,
    unit: str = "working_days",
) -> Estimates:
    """Share of referrals within a deadline among those whose deadline has passed, and who is not among them, by group.

    Parameters
    ----------
    data, days, limit, status, due
        As in `deadline_standing`.
    by : str or sequence of str
        Columns that make the groups. The first is the `level`, the others the `stratum`:
        by=["municipality", "period"] gives level `Herlev`, stratum `period=2024-H1`.
    deadline : str
        A code for what must be done, for words: `needs_assessment`, `first_contact`.
    target : float, optional
        The criterion: `met` where the whole interval is at or above it, `not_met` where all of it is below, else
        `undecided`.
    unit : {"working_days", "days", "months"}
        Of the limit, for words.

    Returns
    -------
    Estimates
        Per group, `outcome` = the deadline, `at` = the limit: `referrals_received` (n and events: all of the group);
        `deadline_share` with Wilson's limits (n: those due, events: those in time; details `target`, `verdict`);
        `referrals_waiting` (n: those due, events: still waiting beyond the deadline, a part of the failures); and,
        of all received, `referrals_not_due`, `referrals_declined`, `referrals_died` (the last two: before the deadline
        had passed). Received = due + not due + declined + died. A group of which nobody is due has no share and is
        named in `nobody_due`. Further diagnostics: `rows_used`, `rows_dropped` (a value missing).

    Raises
    ------
    ValueError
        As `deadline_standing`; no row with a value in every column; a target that is no share (`WrongCall`).

    Notes
    -----
    Wilson's limits as in `indicator_share`. It misleads where those who decline do so because they wait: the share is
    then of the patient ones, so the declined stand beside it. `waiting_incidence` shows the whole wait.
    Checked by hand and against R (prop.test) in tests/estimate/monitoring/test_deadlines.py.
    """
    if target is not None:
        refuse_share(target, "target")
    refuse_absent(data, columns_of(by))
    standing = deadline_standing(data, days=days, limit=limit, status=status, due=due)
    used = data.assign(_standing=standing)[standing.notna() & ~outside(data, by)]
    if used.empty:
        raise ValueError(f"no row has a value in each of {', '.join([days, status, *columns_of(by)])}")
    rows, nobody = [], []
    for cell in cells(used, by):
        counts = cell.rows["_standing"].value_counts().reindex(STANDINGS, fill_value=0)
        base = {"outcome": deadline, "at": float(limit), **cell.codes}
        rows += [base | row for row in _of_cell(counts.to_dict(), target)]
        if not any(counts[name] for name in IN_TIME):
            nobody.append(cell_name(cell.level, cell.stratum))
    return as_estimates(
        rows,
        columns=["target", "verdict"],
        diagnostics={
            "rows_used": len(used),
            "rows_dropped": len(data) - len(used),
            "nobody_due": ", ".join(nobody),
        },
        method=f"Share of referrals with {deadline} within {limit:g} {unit.replace('_', ' ')} among those whose "
        f"deadline has passed{of_groups(by)}; still waiting beyond it is a failure; not yet due, and declined or dead "
        f"before it, are counted apart; {WILSON}.",
        context={"outcome": deadline, "time_unit": unit, "time_origin": "referral", **exposure_of(by)},
    )


def _of_cell(counts: Mapping[str, int], target: float | None) -> list[dict]:
    received, due = sum(counts.values()), sum(counts[name] for name in IN_TIME)
    rows = [_counted("referrals_received", received, received)]
    if due:
        rows.append({"measure": "deadline_share"} | share_row(counts[WITHIN], due, target))
        rows.append(_counted("referrals_waiting", counts[STILL_WAITING], due))
    return rows + [_counted(measure, counts[name], received) for measure, name in APART.items()]


def _counted(measure: str, count: int, n: int) -> dict:
    return {"measure": measure, "estimate": count, "n": n, "events": count}


def waiting_incidence(
    data: pd.DataFrame,
    *,
    days: str,
    status: str,
    by: str | Sequence[str] = (),
    at: float | Sequence[float] | None = None,
    deadline: str = "needs_assessment",
    unit: str = "working_days",
) -> Estimates:
    """Share of referrals with it done, and share ended by a no or by death, by each day of waiting (Aalen-Johansen).

    The whole wait beside `deadline_share`: nobody is left out for having been referred lately, those still waiting are
    censored on the extract date, and a no or a death competes.

    Parameters
    ----------
    data, days, status, by, deadline, unit
        As in `deadline_share`.
    at : number or sequence of numbers, optional
        Days at which the curve is read, as in `cumulative_incidence`; ask for round ones where it leaves the room.

    Returns
    -------
    Estimates
        As `cumulative_incidence`: per group and time `risk` of outcome `event` (done), of `competing` (declined or
        died), `at_risk`. A group in which nothing happened yet has no rows and is named in `context["refused"]`.

    Raises
    ------
    ValueError
        As `deadline_standing`; nothing happened in any group.
    """
    deadline_standing(data, days=days, limit=0, status=status)  # checks the columns
    refuse_absent(data, columns_of(by))
    codes = {DONE: 1.0, DECLINED: 2.0, DIED: 2.0, WAITING: 0.0}
    used = data.assign(_ended=data[status].astype(object).map(codes).astype(float))
    used = used[used["_ended"].notna() & number(used[days]).notna() & ~outside(data, by)]
    parts, refused = [], {}
    for cell in cells(used, by):
        try:
            curve = cumulative_incidence(cell.rows, duration=days, event="_ended", at=at)
        except ValueError as error:
            if isinstance(error, WrongCall) or cell.rows["_ended"].any():
                raise
            refused[refusal_key(cell, by)] = "nobody's wait has ended yet: there is no incidence"
            continue
        parts.append(curve.replaced(rows=curve.tidy().assign(model=None, **cell.codes), diagnostics={}))
    if not parts:
        raise ValueError("nobody's wait has ended yet: there is no incidence")
    context = {"outcome": deadline, "time_unit": unit, "time_origin": "referral", **exposure_of(by)}
    return Estimates.stack(parts).replaced(
        diagnostics={"rows_used": len(used), "rows_dropped": len(data) - len(used)},
        method=f"Cumulative incidence of {deadline}, and of declining or dying before it, over "
        f"{unit.replace('_', ' ')} since the referral{of_groups(by)} (Aalen-Johansen); 95 % "
        "intervals symmetric on the log(-log) scale.",
        context=context | ({"refused": refused} if refused else {}),
    )


def _refuse_limit(limit: object) -> None:
    if isinstance(limit, bool) or not isinstance(limit, Real) or not 0 <= limit < np.inf:
        raise WrongCall(f"limit must be a number of days, 0 or more; got {limit!r}")


def _days(dates: pd.Series) -> pd.Series:
    try:
        return pd.to_datetime(dates, format="ISO8601").dt.normalize()
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{dates.name} holds values that are no dates") from error


def _between(start: pd.Series, end: pd.Series | pd.Timestamp, closed: Sequence[str], unit: str) -> pd.Series:
    """Days (or months begun) after `start` up to `end`, missing where a date is."""
    if unit == "working_days":
        return working_days(start, end, closed=closed).rename("days")
    if unit == "months":
        return _months_begun(start, end)
    return (end - start).dt.days.astype("Int64").rename("days")


def _months_later(start: pd.Series, months: int) -> pd.Series:
    """The same day of the month so many months later, or its last."""
    return (start + pd.DateOffset(months=months)).astype("datetime64[ns]")


def _months_begun(start: pd.Series, end: pd.Series | pd.Timestamp) -> pd.Series:
    """Fewest whole months after `start` that reach `end`."""
    end = pd.Series(end, index=start.index) if isinstance(end, pd.Timestamp) else end
    apart = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    reached = pd.Series(False, index=start.index)
    for months in apart.dropna().unique():
        here = apart.eq(months)
        reached |= here & (_months_later(start, int(months)) >= end)
    return (apart + (~reached)).where(apart.notna()).astype("Int64").rename("days")
