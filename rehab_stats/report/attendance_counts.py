"""Which counts the estimates of attendance show: stages of a cascade, numbers of sessions, appointments, time lost.

Their keys join those of `count_ledger`. Persons with a number of sessions are `("with", outcome, stratum, number)`;
those with none are the persons less those with any. Who goes on from a stage is the base of the next stage's share, and
who drops out in between is a count too, though nobody prints it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rehab_stats.report.reconstruction import Ledger
from rehab_stats.vocabulary import Estimates
from rehab_stats.wording import AT_A_COUNT

ZEROS = frozenset({"zeros_observed", "zeros_expected"})
CELLS = frozenset({"observed_persons", "expected_persons"}) | ZEROS
"""Measures of how many have a number of sessions; a hurdle model expects exactly as many with none as there are."""
OF_FIT = CELLS | {"aic", "log_likelihood", "dispersion", "theta"}
"""Measures of how a model fits everybody: their level is a family of models and no group of persons."""
TRANSITIONS = frozenset({"transition", "transition_difference", "transition_reference"})
TIMES = frozenset({"restricted_mean", "time_lost", "mean_time_difference", "time_lost_difference"})
REFERENCE_ROWS = frozenset({"reference", "transition_reference", "amount_reference", "stage_reference"})
"""Rows that `disclosure` makes of the counts of reference levels."""
SESSIONS = ("quantity", "quantity_reference", "total", "total_reference")
"""Details that are numbers of sessions, or rates made of them: they go with the row."""


def read_cell(ledger: Ledger, row: tuple) -> tuple | None:
    """The key of the persons with a number of sessions that a row shows, or expects."""
    number = 0.0 if row.measure in ZEROS else row.at
    key = ("with", row.outcome, row.stratum, number)
    observed = {"observed_persons": row.estimate, "zeros_observed": row.estimate * row.n}.get(row.measure, np.nan)
    if np.isfinite(observed):
        ledger.add(key, round(observed), cost=1)
    return key


def tie_cells(ledger: Ledger, rows: pd.DataFrame, keys: pd.DataFrame) -> None:
    """Persons with none, one, two, ... sessions are all persons; those with none are all less those with any."""
    fit = rows["measure"].isin(OF_FIT)
    for _, group in keys[fit].groupby([rows.loc[fit, "outcome"], rows.loc[fit, "stratum"]], dropna=False):
        cells = {key for key in group["estimate"] if key in ledger.values}
        for base in {key for key in group["n"] if key is not None}:
            if len(cells) > 1:
                ledger.tie(base, cells)
            none = [key for key in cells if key[-1] == 0]
            for some in {key for key in group["events"] if key is not None} if none else ():
                ledger.tie(base, [*none, some])


def tie_stages(ledger: Ledger, rows: pd.DataFrame, keys: pd.DataFrame, stages: Sequence[str]) -> None:
    """Who reached a stage is whose share of the next is taken; between the two are those who dropped out."""
    for _, group in rows[rows["outcome"].isin(stages)].groupby(["level", "stratum"], dropna=False):
        here = keys.loc[group.index]
        reached: list[tuple] = []
        for stage in [stage for stage in stages if (group["outcome"] == stage).any()]:
            mine = here[group["outcome"] == stage]
            bases, events = ({key for key in mine[column] if key is not None} for column in ("n", "events"))
            for before in reached:
                for key in bases:
                    if ledger.values[key] == ledger.values[before]:
                        ledger.tie(before, [key])
                for key in events:
                    ledger.tie(before, [key])
            reached = sorted(events, key=repr)


def joined(rows: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """The values of the columns in one text, by which rows that are alike in all of them are found."""
    first, *others = (rows[column].astype(str) for column in columns)
    return first.str.cat(others, sep="|") if others else first


def of_times(rows: pd.DataFrame) -> pd.Series:
    """Rows of mean times and time lost, and of their reference levels."""
    times = rows["measure"].isin(TIMES)
    return times | (rows["measure"].isin(REFERENCE_ROWS) & rows["at"].isin(rows.loc[times, "at"]) & rows["at"].notna())


def tie_times(ledger: Ledger, rows: pd.DataFrame, keys: pd.DataFrame) -> None:
    """Persons with either event by a time are those with the one and those with the other."""
    times = rows[of_times(rows)]
    for _, group in times.groupby(["level", "stratum", "at"], dropna=False):
        found = {}
        for outcome, key in zip(group["outcome"], keys.loc[group.index, "events"], strict=True):
            if key is not None:
                found[None if pd.isna(outcome) else outcome] = key
        if {None, "event", "competing"} <= set(found):
            ledger.tie(found[None], [found["event"], found["competing"]])


def with_pooled_tail(estimates: Estimates, minimum: int = 5) -> Estimates:
    """The rows with all numbers of sessions from the first that 1 to `minimum` - 1 persons had put into one.

    What is put together is at least `minimum` persons, or nobody; observed and expected persons are summed. Numbers of
    sessions below it that nobody had stay.
    """
    if "hidden" in estimates.details():  # has passed the disclosure rules as it is
        return estimates
    rows, details = estimates.tidy(), estimates.details()
    cells = rows["measure"].isin(AT_A_COUNT)
    observed = rows[rows["measure"] == "observed_persons"].drop_duplicates(["outcome", "stratum", "at"])
    counts = observed.groupby("at")["estimate"].min().sort_index()
    few = counts.index[(counts > 0) & (counts < minimum)]
    if not len(few):
        return estimates
    first = few[0]
    while 0 < counts[counts.index >= first].sum() < minimum and first > counts.index[0]:
        first = counts.index[counts.index < first][-1]
    tail = cells & (rows["at"] >= first)
    key = ["outcome", "model", "measure", "level", "stratum"]
    sums = rows[tail].groupby(key, dropna=False)["estimate"].transform("sum")
    kept = ~tail | (rows["at"] == first)
    rows.loc[tail, "estimate"] = sums
    details = details.assign(and_more=details.get("and_more", pd.Series(False, index=details.index)).where(~tail, True))
    return estimates.replaced(rows=rows[kept], details=details[kept])


def few_sessions(rows: pd.DataFrame, details: pd.DataFrame, minimum: int) -> pd.Series:
    """Contributions of levels in which, or in whose reference, 1 to `minimum` - 1 sessions were lost in some way.

    So few sessions are those of as few persons. Shares of appointments go for the same reason.
    """
    few = pd.Series(False, index=rows.index)
    parts = rows[(rows["measure"] == "contribution") & (rows["outcome"] != "total")]
    for name, persons in (("quantity", "n"), ("quantity_reference", "n_reference")):
        if name in details and len(parts):
            size = rows["n"] if persons == "n" else details.get(persons, rows["n"])
            for _, group in parts.groupby(["model", "level", "stratum"], dropna=False):
                booked = group.index[group["outcome"] == "booked"]
                if len(booked) == 1:
                    sessions = details.loc[booked[0], name] * size[booked[0]]
                    lost = details.loc[group.index.difference(booked), name] * sessions
                    few |= _same_contrast(rows, group.iloc[0]) & bool(_small(lost, minimum).any())
    if "appointments" in details:
        shares = rows["measure"] == "share_of_appointments"
        of_status = rows["estimate"] * details["appointments"]
        few |= shares & (_small(of_status, minimum) | _small(details["appointments"] - of_status, minimum))
    return few


def with_their_parts(rows: pd.DataFrame, lost: pd.Series) -> pd.Series:
    """Rows from which lost ones could be told: the other parts of a difference; a mean time beside the time lost."""
    parts = rows["measure"].isin(["contribution", "share_of_total"]) & (rows["outcome"] != "total")
    same = joined(rows, ["model", "level", "stratum", "at"])
    found = parts & same.isin(same[parts & lost])
    # a difference of times lost says nothing of the mean time of either level
    for whole, part in (("restricted_mean", "time_lost"), ("mean_time_difference", "time_lost_difference")):
        found |= rows["measure"].eq(whole) & same.isin(same[rows["measure"].eq(part) & lost])
    return found


def _same_contrast(rows: pd.DataFrame, row: pd.Series) -> pd.Series:
    """The parts, and their shares, of the difference that a row belongs to, under whatever adjustment."""
    same = rows["measure"].isin(["contribution", "share_of_total"]) & (rows["outcome"] != "total")
    for column in ("level", "stratum"):
        same &= rows[column].isna() if pd.isna(row[column]) else rows[column] == row[column]
    return same


def _small(counts: pd.Series, minimum: int) -> pd.Series:
    return (counts > 0.5) & (counts < minimum - 0.5)
