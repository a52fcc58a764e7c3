"""The deadlines that the sources print: from which day to which their clocks run, and within how many days."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rehab_stats.calendar import Deadline
from rehab_stats.extract.printed_lists import load_printed_list
from rehab_stats.words import did_you_mean

CLOCKS = {
    "first_contact": ("home", "received_on", "contact_on"),
    "needs_assessment": ("home", "received_on", "assessed_on"),
    "onward_referral": ("passed_on", "received_on", "onward_on"),
    "executing_contact": ("onward", "received_on", "contact_on"),
    "extended_assessment": ("bodily", "received_on", "extended_on"),
    "start": ("onward", "received_on", "start_on"),
    "closing_evaluation": ("completed", "closed_on", "talk_on"),
    "rehabilitation_plan_start": ("plans", "discharged_on", "start_on"),
}
"""Deadline -> whose it is, the day its clock starts, and the day on which it was met."""


def printed_deadlines(days: Mapping[str, int] | None = None) -> list[Deadline]:
    """The deadlines as printed (`data/published/deadlines.csv`), in their order; two where two are printed.

    Parameters
    ----------
    days : mapping, optional
        Deadline code -> days in its own unit, in place of what is printed.

    Raises
    ------
    ValueError
        A deadline that there is not (the nearest is named), or days that are no whole number from 0 on.
    """
    rows = load_printed_list("deadlines").drop_duplicates(["deadline", "days"])
    own = dict(days or {})
    for code, number in own.items():
        if code not in CLOCKS:
            raise ValueError(f"there is no deadline {code!r}{did_you_mean(code, CLOCKS)}")
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 0:
            raise ValueError(f"the days of {code} must be a whole number, 0 or more; got {number!r}")
    units = {"working_days": "working_days", "calendar_days": "days", "months": "months"}
    found = [Deadline(row.deadline, int(own.get(row.deadline, row.days)), units[row.unit]) for row in rows.itertuples()]
    return list(dict.fromkeys(found))
