"""Which counts monitoring shows, how they are nested, and what of a chart goes with them.

Received are those due, those not yet due, and those who declined or died before; due are those in time and those too
late; of the latter some still wait. A late one among few referrals is one person, so the share in time goes where few
were late. What is drawn through all periods or units (the line, its limits) is a sum over them and goes with the row of
all, or where there is none with any of them; limits at a hidden size would tell the size.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.measures import MONITORED, REFERRALS
from rehab_stats.report.reconstruction import Ledger

RECEIVED, WAITING = "referrals_received", "referrals_waiting"
PARTS = ("referrals_not_due", "referrals_declined", "referrals_died")
ABOUT_SHARES = ("verdict", "position", "side")
"""Details that say what a share is without its number."""
COVERED = ("coverage", "coverage_slope", "coverage_ratio")
"""Measures of how many were referred: one count, whatever it is held against."""
OF_OTHERS = {name: name for name in (*REFERRALS, "answered_share")} | dict.fromkeys(COVERED, "coverage")
"""Measures of other persons, or of something else about them, than the share of the same outcome."""


def own_outcome(row: tuple) -> tuple:
    """The row with an outcome that tells its count from those of other measures; numbers referred are one count.

    The shares themselves keep theirs: slopes and odds ratios of the same outcome are of the same count.
    """
    if row.measure in COVERED:
        return row._replace(outcome="coverage")
    return row._replace(outcome=f"{row.outcome} {row.measure}") if row.measure in OF_OTHERS else row


def denominators(rows: pd.DataFrame) -> pd.Series:
    """The outcome where a row's persons are those counted for an indicator, else None: they are nobody else's."""
    of_indicators = set(rows.loc[rows["measure"].isin([*MONITORED, *REFERRALS]), "outcome"])
    return rows["outcome"].where(rows["outcome"].isin(of_indicators), None).astype(object)


def tie_referrals(ledger: Ledger, rows: pd.DataFrame, keys: pd.DataFrame) -> None:
    """The sums of a deadline's counts, and those answered who are whose share is taken."""
    shown = rows[rows["measure"].isin([*REFERRALS, *MONITORED])]
    for _, group in shown.groupby(["outcome", "level", "stratum", "at"], dropna=False):
        here = keys.loc[group.index]
        found = {
            (measure, column): here[column].iloc[place]
            for place, measure in enumerate(group["measure"])
            for column in ("n", "events", "rest")
            if here[column].iloc[place] is not None
        }
        received = found.get((RECEIVED, "n"))
        parts = [
            found[name] for name in [("deadline_share", "n"), *((part, "events") for part in PARTS)] if name in found
        ]
        if received is not None and parts:
            ledger.tie(received, parts)
        late, waiting = found.get(("deadline_share", "rest")), found.get((WAITING, "events"))
        if late is not None and waiting is not None:
            ledger.tie(late, [waiting])
        answered, counted = found.get(("answered_share", "events")), found.get(("indicator_share", "n"))
        if answered is not None and counted is not None:
            ledger.tie(counted, [answered])


def blank_lines(rows: pd.DataFrame, details: pd.DataFrame, lost: pd.Series) -> None:
    """Takes limits away where the row or its size is hidden, and the line where what it is made of is."""
    limits = [name for name in details if str(name).startswith(("low_", "high_"))]
    details.loc[lost | rows["n"].isna(), limits] = np.nan
    if "centre" not in details:
        return
    drawn = rows[details["centre"].notna()]
    for _, group in drawn.groupby(["outcome", "measure", "stratum"], dropna=False):
        whole = group.index[group["level"].isna()]
        deciding = whole if len(whole) else group.index
        if lost[deciding].any() or rows.loc[deciding, "n"].isna().any():
            details.loc[group.index, ["centre", *limits]] = np.nan


def rounded_coverage(rows: pd.DataFrame, details: pd.DataFrame) -> pd.DataFrame:
    """Coverages made again from the rounded number referred."""
    if "expected" not in details:
        return rows
    made = rows["measure"].eq("coverage") & rows["events"].notna() & rows["estimate"].notna()
    rows.loc[made, "estimate"] = rows.loc[made, "events"] / details.loc[made, "expected"].astype(float)
    return rows
