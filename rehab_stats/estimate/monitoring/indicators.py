"""Several deadlines at once: their waits in one frame, their shares in one result, and lists of who is late now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from rehab_stats.calendar import CLOSED, Deadline
from rehab_stats.estimate.model.sample import WrongCall, refuse_absent
from rehab_stats.estimate.monitoring.cells import columns_of
from rehab_stats.estimate.monitoring.deadlines import (
    IN_TIME,
    STILL_WAITING,
    deadline_rows,
    deadline_share,
    deadline_standing,
)
from rehab_stats.estimate.monitoring.equity import indicator_equity
from rehab_stats.vocabulary import Estimates

BEGAN, DONE_ON, DECLINED_ON, LEFT_ON = "began_on", "done_on", "declined_on", "left_on"


def deadline_waits(
    clocks: Mapping[str, pd.DataFrame],
    *,
    deadlines: Sequence[Deadline],
    extract_date: str | pd.Timestamp,
    closed: Sequence[str] = CLOSED,
) -> pd.DataFrame:
    """One row per deadline and referral: how long it waited, how that stands to the limit, and 1 or 0 for in time.

    Parameters
    ----------
    clocks : mapping
        Deadline code -> one row per referral for which it runs, with the dates began_on, done_on, declined_on, left_on
        (death, emigration or moving) and any columns to group by; not changed. One without rows is passed over.
    deadlines : sequence of Deadline
        What must be done within how many days. One code may have several limits.
    extract_date, closed
        As in `deadline_rows`.

    Returns
    -------
    DataFrame
        The columns of the clocks and deadline, limit, unit, days, status, due (see `deadline_rows`), standing (see
        `deadline_standing`) and in_time (1 in time, 0 late or waiting beyond it, missing for who is in no denominator).

    Raises
    ------
    ValueError
        As `deadline_rows`, naming the deadline; no row in any clock; a deadline without a clock, no deadline
        (`WrongCall`).
    """
    if not deadlines:
        raise WrongCall("deadlines is empty: there is nothing to be in time for")
    parts = []
    for deadline in deadlines:
        if deadline.code not in clocks:
            raise WrongCall(f"clocks has no frame for the deadline {deadline.code!r}")
        rows = clocks[deadline.code]
        if rows.empty:  # nobody was passed on, say: that deadline runs for nobody
            continue
        refuse_absent(rows, [BEGAN, DONE_ON, DECLINED_ON, LEFT_ON])
        try:
            waits = deadline_rows(
                rows, received=BEGAN, done=DONE_ON, declined=DECLINED_ON, died=LEFT_ON, limit=deadline.limit,
                unit=deadline.unit, extract_date=extract_date, closed=closed,
            )  # fmt: skip
        except ValueError as error:
            raise type(error)(f"{deadline.code}: {error}") from error
        standing = deadline_standing(waits, days="days", limit=deadline.limit, status="status", due="due")
        terms = {"deadline": deadline.code, "limit": deadline.limit, "unit": deadline.unit}
        parts.append(waits.assign(**terms, standing=standing, in_time=standing.map(IN_TIME).astype(float)))
    if not parts:
        raise ValueError("no deadline runs for any referral: there is nothing to wait for")
    return pd.concat(parts, ignore_index=True)


def deadline_shares(
    waits: pd.DataFrame, *, by: str | Sequence[str] = (), targets: Mapping[str, float] | None = None
) -> Estimates:
    """`deadline_share` of every deadline and limit of `deadline_waits`, stacked.

    Parameters
    ----------
    waits : DataFrame
        From `deadline_waits`, or some of its rows.
    by : str or sequence of str
        As in `deadline_share`.
    targets : mapping, optional
        Deadline code -> its criterion, a share. A deadline that is not named has none.

    Returns
    -------
    Estimates
        The rows of `deadline_share`, outcome = the deadline, at = its limit; details `target`, `verdict`, `unit`.
        Diagnostics: rows_used, rows_dropped.

    Raises
    ------
    ValueError
        As `deadline_share`.
    """
    refuse_absent(waits, ["deadline", "limit", "unit", "days", "status", "due", *columns_of(by)])
    parts = []
    for (deadline, limit, unit), rows in waits.groupby(["deadline", "limit", "unit"], sort=False):
        found = deadline_share(
            rows, days="days", limit=float(limit), status="status", due="due", by=by, deadline=str(deadline),
            target=(targets or {}).get(deadline), unit=str(unit),
        )  # fmt: skip
        parts.append(found.replaced(details=found.details().assign(unit=unit)))
    if not parts:
        raise ValueError("no referral has a deadline: there is no share to tell")
    used, dropped = (sum(part.diagnostics[name] for part in parts) for name in ("rows_used", "rows_dropped"))
    return Estimates.stack(parts).replaced(diagnostics={"rows_used": used, "rows_dropped": dropped})


def shortest_limits(waits: pd.DataFrame) -> pd.DataFrame:
    """The rows of `deadline_waits` with one limit a deadline: the shortest, where reports print several."""
    refuse_absent(waits, ["deadline", "limit"])
    return waits[waits["limit"].eq(waits.groupby("deadline")["limit"].transform("min"))]


def each_deadline(waits: pd.DataFrame, *, estimator: Callable[..., Estimates], **options: object) -> Estimates:
    """An estimator of a yes-or-no outcome (`funnel`, `p_chart`, `indicator_equity`, ...) for every deadline and limit.

    Parameters
    ----------
    waits : DataFrame
        From `deadline_waits`.
    estimator : callable
        Called with the rows of one deadline, `outcome="in_time"` and the options.

    Returns
    -------
    Estimates
        Its rows, outcome = the deadline, at = its limit; details also `unit`. A deadline for which it refuses the data
        has no rows and is named in `context["refused"]`. Diagnostics are named by deadline (`signal.first_contact`,
        with two limits `signal.first_contact_5`); of one deadline alone they keep their names.

    Raises
    ------
    ValueError
        Refused for every deadline: the first refusal. A `WrongCall` of the estimator.
    """
    refuse_absent(waits, ["deadline", "limit", "unit", "in_time"])
    parts, refused, about = [], {}, {}
    twice = waits.groupby("deadline")["limit"].nunique().gt(1)
    terms = waits[["deadline", "limit", "unit"]].drop_duplicates()
    several = len(terms) > 1
    for (deadline, limit, unit), rows in waits.groupby(["deadline", "limit", "unit"], sort=False):
        name = f"{deadline}_{limit}" if twice[deadline] else str(deadline)
        try:
            found = estimator(rows, outcome="in_time", **options)
        except ValueError as error:
            if isinstance(error, WrongCall):
                raise
            refused[name] = str(error)
            continue
        rows = found.tidy().assign(outcome=deadline, at=float(limit))
        parts.append(found.replaced(rows=rows, details=found.details().assign(unit=unit), diagnostics={}))
        about |= {f"{key}.{name}" if several else key: value for key, value in found.diagnostics.items()}
        inside = found.context.get("refused") or {}
        refused |= {f"{name}.{key}": reason for key, reason in inside.items()}
    if not parts:
        raise ValueError(next(iter(refused.values()), "no referral has a deadline: there is no share to tell"))
    stacked = Estimates.stack(parts)
    context = stacked.context | {"time_origin": "referral"} | ({"refused": refused} if refused else {})
    if terms["unit"].nunique() == 1:
        context |= {"time_unit": str(terms["unit"].iloc[0])}
    return stacked.replaced(diagnostics=about, context=context)


def deadline_equity(waits: pd.DataFrame, *, rank: str, by: str | Sequence[str] = ()) -> Estimates:
    """`indicator_equity` of every deadline: its level and the slope along a ladder, by group."""
    return each_deadline(waits, estimator=indicator_equity, rank=rank, by=by)


def units_and_all(
    data: pd.DataFrame, *, estimator: Callable[..., Estimates], unit: str, by: str = "", **options: object
) -> Estimates:
    """An estimator that takes `by`, for every unit and for all units together, which has no level.

    Parameters
    ----------
    data : DataFrame
    estimator : callable
        `deadline_shares`, `indicator_share`, `experience_shares`, `coverage`, ...
    unit : str
        Column: the municipality.
    by : str
        Another column, such as the period: the stratum, `period=2024-H1`.

    Returns
    -------
    Estimates
        Level = the unit or missing, stratum = the group of `by` or missing.
    """
    apart = estimator(data, by=[unit, *filter(None, [by])], **options)
    together = estimator(data, by=by, **options)
    rows = together.tidy()
    if by:
        rows = rows.assign(stratum=f"{by}=" + rows["level"].astype(str), level=None)
    both = Estimates.stack([apart, together.replaced(rows=rows)])
    return both.replaced(diagnostics=apart.diagnostics, context=apart.context)


def stack_known(parts: Sequence[Estimates]) -> Estimates:
    """Those of the estimates that have rows, stacked; where none has, the first, which says why.

    Raises ValueError when there is no part at all.
    """
    if not parts:
        raise ValueError("there is nothing to stack")
    known = [part for part in parts if len(part)]
    return Estimates.stack(known) if known else parts[0]


def overdue(waits: pd.DataFrame, *, keep: Sequence[str] = ("referral_id", "municipality")) -> pd.DataFrame:
    """The referrals that wait beyond a deadline now, longest first: a list to work through, which stays inside.

    Parameters
    ----------
    waits : DataFrame
        From `deadline_waits`.
    keep : sequence of str
        Columns that say which referral it is.

    Returns
    -------
    DataFrame
        Those columns and deadline, limit, unit, began_on, days (waited so far). Of several limits of one deadline the
        shortest counts. These are persons: nothing here has passed any disclosure rule.
    """
    refuse_absent(waits, [*keep, "deadline", "limit", "unit", BEGAN, "days", "standing"])
    late = waits[waits["standing"].eq(STILL_WAITING)]
    if "open" in late:  # somebody whose course was closed waits no more
        late = late[late["open"].astype(bool)]
    late = late.sort_values(["limit"], kind="stable").drop_duplicates([*keep, "deadline"])
    columns = [*keep, "deadline", "limit", "unit", BEGAN, "days"]
    return late[columns].sort_values(["days", *keep], ascending=[False, *[True] * len(keep)], ignore_index=True)
