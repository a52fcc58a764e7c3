"""How well appointments were registered: the share attended and the share of which nobody wrote what became of them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rehab_stats.extract.columns import CONTACT_KINDS
from rehab_stats.extract.rules import LIMITS
from rehab_stats.vocabulary import Estimates

SHOWN = ("attended", "not_registered")
"""Statuses whose share tells how the register was kept."""

_SAID = {"outcome": "status", "model": "crude", "measure": "share_of_appointments"}


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
    rows, details = [], []
    for counts in statuses.to_dict("records"):
        every_one = counts["attended"] == counts["appointments"] >= LIMITS.edited_min
        never_edited = every_one and counts["level"] not in CONTACT_KINDS
        for status in SHOWN:
            share = counts[status] / counts["appointments"]
            persons = {"n": counts["persons"], "events": counts[f"persons_{status}"]}
            rows.append(_SAID | {"level": counts["level"], "stratum": status, "estimate": share} | persons)
            details.append({"appointments": counts["appointments"], "never_edited": never_edited})
    return Estimates(rows, details=pd.DataFrame(details), method=method, context=context)
