"""What each referred person was booked to and came to, in the columns that analyses use."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.calendar import working_days
from rehab_stats.extract.cohort.appointments import BOOKED, Booked
from rehab_stats.extract.contract import Extract


def attendance_columns(found: Booked, persons: pd.DataFrame, extract: Extract) -> pd.DataFrame:
    """The columns of `ParticipationCohort.persons` from contact_attempts to attended_<kind>, aligned to `persons`.

    Parameters
    ----------
    found : Booked
        What `booked` found of these persons.
    persons : DataFrame
        With the column received (day of the referral).
    extract : Extract
        Where a column or table is absent, what rests on it is missing and not 0.
    """
    frame = found.persons
    columns = {"contact_attempts": _number(frame["contact_attempts"])}
    columns["working_days_to_contact"] = working_days(persons["received"], frame["reached_on"]).astype("float64")
    columns |= _interview(found, persons, extract)
    columns |= _sessions(frame)
    columns["completed"] = frame["completed"].astype(float) if completing_is_known(extract) else np.nan
    return pd.DataFrame(columns, index=persons.index).join(found.kinds)


def completing_is_known(extract: Extract) -> bool:
    """Whether the extract says when and why courses were closed."""
    return {"closed_on", "close_reason"} <= set(extract.tables.get("courses", ()))


def _interview(found: Booked, persons: pd.DataFrame, extract: Extract) -> dict[str, pd.Series]:
    frame, appointments = found.persons, extract.tables["appointments"]
    attended = frame["interviewed_on"].notna()
    columns = {
        "interview_booked": frame["interview_booked"].astype(int),
        "interview_attended": attended.astype(int),
        "days_to_interview": (frame["interviewed_on"] - persons["received"]).dt.days,
    }
    knows_home = "mode" in appointments
    knows_social_worker = "profession" in appointments or "booked_social_work" in found.kinds
    for name, known in (("interview_at_home", knows_home), ("social_work_interview", knows_social_worker)):
        columns[name] = frame[name].astype(float).where(attended & known)
    return columns


def _sessions(frame: pd.DataFrame) -> dict[str, pd.Series]:
    by_status = {f"sessions_{status}": _number(frame[f"sessions_{status}"]) for status in BOOKED}
    total = sum(by_status.values())
    return {
        "any_session_booked": (total > 0).astype(int),
        "started": (by_status["sessions_attended"] > 0).astype(int),
        "sessions_booked": total,
        **by_status,
        "sessions_rescheduled": _number(frame["sessions_rescheduled"]),
        "sessions_unregistered": _number(frame["sessions_unregistered"]),
    }


def _number(counts: pd.Series) -> pd.Series:
    """Whole numbers; none found is none."""
    return counts.fillna(0).astype("int64")
