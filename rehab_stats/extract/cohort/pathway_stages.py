"""What became of the persons of an access cohort at each stage of the pathway, row by row in their order.

A stage is 1.0 or 0.0 where it was seen and missing where it was not. `PathwayCohort` says what each column means.
Checked in tests/extract/cohort/test_pathway.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.extract.cohort.effect import STEPS, EffectCohort
from rehab_stats.extract.cohort.follow_up import follow_up
from rehab_stats.extract.cohort.inclusion import Inclusion
from rehab_stats.extract.cohort.participation import ParticipationCohort
from rehab_stats.extract.contract import Extract

SESSIONS = ("sessions_booked", "sessions_attended")
"""Columns of numbers, of those who started."""
_OF_FORMS = (*STEPS, "score_baseline", "score_followup", "change")
#: Status of the last form -> whether it was due; of one not yet due nothing is known.
_DUE = {"due": 1.0, "died": 0.0, "left_area": 0.0, "course_ended": 0.0}


def needs_assessed(extract: Extract, persons: pd.DataFrame, settings: Mapping) -> pd.Series:
    """Whether needs were assessed within the horizon and not after the referral or the death.

    Parameters
    ----------
    extract : Extract
        Missing for everybody where it knows no day of an assessment.
    persons : DataFrame
        The persons of the access cohort.
    settings : mapping
        Those of the cohort: inclusion, horizon_days.
    """
    diagnoses = extract.tables["diagnoses"]
    if "needs_assessed_on" not in diagnoses or diagnoses["needs_assessed_on"].isna().all():
        return pd.Series(np.nan, persons.index)
    first_day, last_day = extract.registered()
    inclusion, horizon_days = Inclusion.of(settings), settings["horizon_days"]
    everyone = follow_up(extract, inclusion, first_day=first_day, last_day=last_day, horizon_days=horizon_days)
    assessed = everyone.set_index("person_id")["needs_assessed_on"].reindex(persons["person_id"])
    day = (assessed.array - persons["diagnosis_date"]).dt.days
    # the time to the referral ends with the death of who was not referred
    latest = persons["days_to_referral"].clip(upper=horizon_days)
    inside = (day >= -settings["days_before_diagnosis"]) & (day <= latest)
    return inside.astype(float).where(persons["in_risk_set"])


def seen_windows(participation: ParticipationCohort) -> pd.DataFrame:
    """Persons whose whole window was registered, stages nested, indexed by person_id; none where there are none."""
    someone = participation.persons["window_complete"].any()
    rows = participation.stages if someone else participation.persons.iloc[:0]
    return rows.set_index("person_id")


def session_stages(persons: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """The stages after the referral, to the sessions."""
    columns = ["interview_attended", "started", *SESSIONS]
    rows = seen[columns].reindex(persons["person_id"]).reset_index(drop=True).astype(float)
    rows = rows.mask(persons["referred"] == 0, 0.0)
    rows[list(SESSIONS)] = rows[list(SESSIONS)].mask(rows["started"] == 0, 0.0)
    return rows


def form_statuses(persons: pd.DataFrame, effect: EffectCohort | None) -> pd.Series:
    """Status of the last form of who started; missing for all others and who was not referred within the horizon."""
    if effect is None:
        return pd.Series(pd.NA, persons.index, dtype="string")
    status = effect.persons.set_index("person_id")["followup_status"].astype("string")
    return status.reindex(persons["person_id"]).reset_index(drop=True).mask(persons["referred"] == 0)


def form_stages(persons: pd.DataFrame, effect: EffectCohort, improved_by: float, *, turned: bool) -> pd.DataFrame:
    """The stages and scores of forms; `turned`: lower scores are better."""
    status = form_statuses(persons, effect)
    due = status.map(_DUE).astype(float)
    forms = effect.persons.set_index("person_id")[list(_OF_FORMS)]
    forms = forms.reindex(persons["person_id"]).reset_index(drop=True).mask(persons["referred"] == 0)
    better = -forms["change"] if turned else forms["change"]
    least = improved_by * (1 - 1e-9)  # 0.75 - 0.67 is a little below 0.08
    improved = (better >= least).astype(float).where(better.notna())
    columns = {"due": due.mask(persons["started"] == 0, 0.0), **forms, "improved": improved}
    return pd.DataFrame(columns)
