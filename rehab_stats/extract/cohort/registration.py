"""How well appointments were registered: the share attended and the share of which nobody wrote what became of them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rehab_stats.extract.columns import APPOINTMENT_KIND, CONTACT_KINDS
from rehab_stats.extract.rules import LIMITS
from rehab_stats.vocabulary import Estimates

SHOWN = ("attended", "not_registered")
"""Statuses whose share tells how the register was kept."""


def registration_quality(statuses: pd.DataFrame, *, method: str, context: Mapping) -> Estimates:
    """Of the past appointments of each kind, and of each calendar year, the share with each status of `SHOWN`.

    A description without intervals. Where bookings are made with the status `attended` in place, a kind in which all
    are attended says that nobody ever changed it: `never_edited`, from the number of appointments on that the contract
    warns from. Contacts are left out of that, since they are written down once made. Checked by hand in
    tests/extract/cohort/test_participation.py.

    Parameters
    ----------
    statuses : DataFrame
        `appointments.Booked.statuses`.
    method, context
        As in `Estimates`.

    Returns
    -------
    Estimates
        Outcome `status`, measure `share_of_appointments`, level a kind or `year=2010`, stratum a status; n distinct
        persons with such an appointment, events those with one of that status. Details: appointments (all of the
        level), never_edited.
    """
    by_kind = statuses[statuses["year"].isna()].assign(level=statuses["kind"].astype(object))
    by_year = statuses[statuses["year"].notna()].sort_values("year", kind="stable")
    by_year = by_year.assign(level="year=" + by_year["year"].astype(int).astype(str))
    kinds = [kind for kind in APPOINTMENT_KIND if kind in set(by_kind["level"])]
    rows, details = [], []
    for counts, levels in ((by_kind, kinds), (by_year, by_year["level"].unique())):
        for level in levels:
            of_level = counts[counts["level"] == level]
            whole = of_level[of_level["status"].isna()].iloc[0]
            parts = of_level.set_index("status")[["appointments", "persons"]].reindex(list(SHOWN), fill_value=0)
            attended = parts.loc["attended", "appointments"]
            never_edited = attended == whole["appointments"] >= LIMITS.edited_min and level not in CONTACT_KINDS
            for status, part in parts.iterrows():
                share = part["appointments"] / whole["appointments"]
                rows.append(_row(level, status, share, n=whole["persons"], events=part["persons"]))
                details.append({"appointments": whole["appointments"], "never_edited": bool(never_edited)})
    return Estimates(rows, details=pd.DataFrame(details), method=method, context=context)


def _row(level: str, status: str, share: float, *, n: int, events: int) -> dict[str, object]:
    said = {"outcome": "status", "model": "crude", "measure": "share_of_appointments"}
    return said | {"level": level, "stratum": status, "estimate": share, "n": n, "events": events}
