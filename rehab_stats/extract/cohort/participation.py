"""Participation: the persons referred to rehabilitation, what they were booked to and what they came to.

Day 0 is the day on which the first accepted referral was received. Interviews and sessions count from it to the end of
a window, both days included, and only as long as the person lives, stays in the country and in the municipality, and
appointments are registered: days of opportunity. The *window set* takes those whose whole window was registered,
whatever became of them within it. The *started set* takes those who attended a session, followed from it to leaving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rehab_stats.extract.cohort.appointments import booked
from rehab_stats.extract.cohort.attendance import attendance_columns, completing_is_known
from rehab_stats.extract.cohort.flow import participation_flow
from rehab_stats.extract.cohort.follow_up import follow_up
from rehab_stats.extract.cohort.groups import as_groups, income_fifths, period_groups
from rehab_stats.extract.cohort.inclusion import DAYS_BEFORE_DIAGNOSIS, Inclusion, parse_day
from rehab_stats.extract.cohort.leaving import leaving_columns
from rehab_stats.extract.cohort.registration import registration_quality
from rehab_stats.extract.columns import APPOINTMENT_KIND, NOT_COUNTED, SESSION_KINDS
from rehab_stats.extract.contract import Extract
from rehab_stats.vocabulary import Estimates

AXES_OF_PERSONS = (
    *("person_id", "sex", "age", "age_group", "year", "period", "education", "diagnosis", "diagnosis_group"),
    *("income", "income_fifth", "cohabiting", "children_at_home", "comorbidity", "comorbidity_group", "origin"),
    *("need", "department", "municipality"),
)
"""Columns that describe a person, in their order."""
_COLUMNS = (*AXES_OF_PERSONS, "received_on", "sender", "days_at_risk", "window_complete", "died_in_window")


@dataclass(frozen=True)
class ParticipationCohort:
    """One row per referred person, the flow that led to it, and in words who it is.

    Attributes
    ----------
    persons : DataFrame
        One row per person with a referral that counts, ordered by `person_id`; numbers of persons outside the window
        set are what was seen of them. Columns: those of `Cohort.persons` that describe a person at the diagnosis (age,
        income_fifth among everybody diagnosed, need, ...); year and period (of the referral); received_on, sender;
        days_at_risk (days of opportunity within the window, at least 1); window_complete (the whole window was
        registered); died_in_window; contact_attempts (up to the first that reached the person);
        working_days_to_contact (missing: never reached); interview_booked, interview_attended (0 or 1, of a day within
        `interview_days`); days_to_interview, interview_at_home, social_work_interview (of the interview attended;
        missing without one, or where the extract cannot tell); any_session_booked, started (any session attended);
        completed (the course was closed as completed within the window; missing without courses); sessions_booked =
        sessions_attended + sessions_no_show + sessions_cancelled_by_person + sessions_cancelled_by_centre;
        sessions_rescheduled (replaced by another row) and sessions_unregistered (nobody wrote what became of them, or
        still planned though past), neither in sessions_booked; booked_<kind>, attended_<kind> for every kind of
        session that occurs; and for those in the started set, else missing: weeks_in_programme (from the first session
        attended to the last before a gap, at least half a day), leaving_event (0 censored, 1 left, 2 completed the
        course or died before the gap was over), returned_after_gap (of those who left: 1 when a session was attended
        later, of this course or another).
    flow : Estimates
        Measure `count`; one row per step. Details: `kind` (kept, excluded, noted) and `branch` (all, window, started).
    window_days : int
        Days from the referral within which sessions count.
    method : str
        Who is in, and what counts.
    registration : Estimates
        How the appointments of these persons were registered; see `registration_quality`.
    settings : mapping
        The parameters in force, by name.
    """

    persons: pd.DataFrame
    flow: Estimates
    window_days: int
    method: str
    registration: Estimates
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def window_set(self) -> pd.DataFrame:
        """Persons whose whole window was registered. ValueError when there are none."""
        rows = self.persons[self.persons["window_complete"]].reset_index(drop=True)
        if rows.empty:
            raise ValueError(
                f"nobody has a window of {self.window_days} days in which all appointments were registered"
            )
        return rows

    @property
    def stages(self) -> pd.DataFrame:
        """The window set with the 0/1 columns of `steps` nested: who got further has passed the steps before.

        An interview that nobody wrote down was held where its sessions were; a course closed as completed without a
        session attended is none that was gone through.
        """
        rows = self.window_set
        interviewed = rows[["interview_attended", "started"]].max(axis=1)
        return rows.assign(
            interview_booked=np.maximum(rows["interview_booked"], interviewed),
            interview_attended=interviewed,
            completed=rows["completed"] * rows["started"],
        )

    @property
    def steps(self) -> dict[str, str]:
        """Stage -> its column of `stages`, in order; without `completed` where the extract does not know it."""
        steps = ["interview_booked", "interview_attended", "started", "completed"]
        return {step: step for step in steps if self.persons[step].notna().any()}

    @property
    def started_set(self) -> pd.DataFrame:
        """Persons who attended a session, with their weeks in the programme. ValueError when there are none."""
        rows = self.persons[self.persons["weeks_in_programme"].notna()].reset_index(drop=True)
        if rows.empty:
            why = "nobody attended a session, or the extract does not say when and why courses were closed"
            raise ValueError(f"leaving cannot be seen: {why}")
        return rows.assign(leaving_event=rows["leaving_event"].astype(int))


def participation_cohort(
    extract: Extract,
    *,
    education_levels: int = 4,
    age_min: int = 30,
    window_days: int = 180,
    interview_days: int = 90,
    gap_days: int = 42,
    session_kinds: Sequence[str] = SESSION_KINDS,
    index_diagnosis: str = "first",
    referral: str = "first_accepted",
    excluded_diagnoses: Sequence[str] = NOT_COUNTED,
    diagnosed_from: str = "",
    referred_from: str = "",
    municipalities: Sequence[str] = (),
    days_before_diagnosis: int = DAYS_BEFORE_DIAGNOSIS,
    periods: Sequence[int] = (),
    censor_at_move: bool = True,
) -> ParticipationCohort:
    """The persons referred to rehabilitation, and how far each of them came.

    Who is referred is who `access_cohort` sees referred: the same settings give the same persons. A person counts
    once, from the referral that counts; appointments of a later referral within the window count too.

    Parameters
    ----------
    extract : Extract
        Validated tables `persons`, `diagnoses`, `referrals`, `appointments`, and `courses`, `residences` where there
        are. A referral that names a course has that one, another the first course opened within the window.
    window_days : int
        Days from the referral within which contacts and sessions count.
    interview_days : int
        Days from the referral within which an interview counts; never beyond the window.
    gap_days : int
        More days than this without a session attended count as leaving the programme; beyond the window too.
    session_kinds : sequence of str
        Kinds of appointment that count as sessions.
    referred_from : str
        First day (YYYY-MM-DD) of referrals; who was referred before is left out. Empty: all since registration began.
    periods : sequence of int
        First years of the periods of referral in the column `period`, rising. Empty: two halves by persons referred.
    education_levels, age_min, index_diagnosis, referral, excluded_diagnoses, diagnosed_from, municipalities,
    days_before_diagnosis, censor_at_move
        As in `access_cohort`; moving ends the opportunity.

    Returns
    -------
    ParticipationCohort

    Raises
    ------
    ValueError
        No appointments, a parameter outside its values, nobody left after inclusion, or nobody of them referred.

    Notes
    -----
    It misleads where no-shows are not written down (see `registration`), where appointments of another centre are not
    in the extract, and as a picture of everybody with cancer: the referred are selected. An interview or session of
    unknown status counts as neither booked nor attended, so means are a little low where many are unknown. Checked by
    hand in tests/extract/cohort/test_participation.py and against a count in plain pandas in
    tests/extract/cohort/test_participation_simulated.py.
    """
    settings = {name: value for name, value in locals().items() if name != "extract"}  # all that was asked, as asked
    return cohort_and_days(extract, settings)[0]


def cohort_and_days(extract: Extract, settings: Mapping) -> tuple[ParticipationCohort, pd.DataFrame]:
    """The cohort of these settings, all of them given, and row by row the days behind it.

    Columns of the days: died_on, away_on (left the country or the municipality), first_session (attended),
    course_closed, course_reason (of the course that the referral led to); missing for what has not been.
    """
    inclusion = Inclusion.of(settings)
    _check(extract, settings["session_kinds"])
    since = parse_day(settings["referred_from"], name="referred_from")
    window_days, gap_days = settings["window_days"], settings["gap_days"]
    first_day, last_day = extract.registered()
    everyone = follow_up(extract, inclusion, first_day=first_day, last_day=last_day, horizon_days=window_days)
    included = _with_referral(everyone, since)
    referred = included[included["referral_step"] == "referred"]
    if referred.empty:
        when = f"from {max(first_day, since):%Y-%m-%d} to {last_day:%Y-%m-%d}"
        raise ValueError(f"nobody is left: no person included has a referral that counts, received {when}")
    referred = everyone.loc[referred.index].assign(**referred).reset_index(drop=True)
    groups = {name: settings[name] for name in ("education_levels", "periods")}
    persons = _described(referred, extract, **groups)
    seen = extract.registered("appointments")
    persons = _with_days(persons, seen, window_days=window_days, interview_days=settings["interview_days"])
    kinds = settings["session_kinds"]
    found = booked(extract, persons, registered=seen, session_kinds=kinds, gap_days=gap_days)
    columns = attendance_columns(found, persons, extract)
    known = completing_is_known(extract)
    leaving = leaving_columns(found.persons, persons, gap_days=gap_days, completing_is_known=known)
    rows = pd.concat([persons[list(_COLUMNS)], columns, leaving], axis=1)
    method = inclusion.words() + _method(extract, settings, registered=(first_day, last_day), seen=seen)
    context = {"window_days": window_days, "synthetic": extract.meta.synthetic}
    noted = _noted(rows, persons, found.persons)
    flow = participation_flow(everyone, included["referral_step"], rows, noted, method=method, context=context)
    registration = registration_quality(found.statuses, method=_QUALITY, context=context)
    days = persons[["died_on", "away_on"]].join(found.persons[["first_session", "course_closed", "course_reason"]])
    return ParticipationCohort(rows, flow, window_days, method, registration, dict(settings)), days


def _check(extract: Extract, session_kinds: Sequence[str]) -> None:
    if "appointments" not in extract:
        raise ValueError("the extract has no table appointments: without it nobody knows who was booked and who came")
    if extract.tables["appointments"].empty:
        raise ValueError("the table appointments has no rows: nobody knows who was booked and who came")
    if not len(session_kinds):
        raise ValueError("session_kinds must name at least one kind of appointment")
    for kind in session_kinds:
        if kind not in APPOINTMENT_KIND:
            raise ValueError(
                f"session_kinds: {kind!r} is no kind of appointment; there are {', '.join(APPOINTMENT_KIND)}"
            )


def _with_referral(everyone: pd.DataFrame, since: pd.Timestamp) -> pd.DataFrame:
    """Of those included the day of the referral, `referral_step` and their fifth of income; the index of `everyone`.

    A fifth is one of all persons included, referred or not, so that it means what it does in the access cohort.
    """
    asked = ["diagnosis_date", "referral_day", "refused", "hazard_step", "referral_event", "income", "year"]
    included = everyone.loc[everyone["step"] == "included", asked]
    if included.empty:
        limits = "age_min, diagnosed_from and municipalities"
        raise ValueError(f"nobody is left after inclusion: no person has a cancer diagnosis within {limits}")
    received = included["diagnosis_date"] + pd.to_timedelta(included["referral_day"], unit="D")
    none = received.isna()
    steps = {
        "wrongly_referred": none & included["refused"],
        "not_referred": none,
        "referred_before_registration": included["hazard_step"] == "referred_before_registration",
        "gone_before_referral": included["referral_event"] != 1,
        "referred_before_period": received < since,
    }
    step = pd.Series(np.select(list(steps.values()), list(steps), "referred"), index=included.index)
    fifths = pd.Series(income_fifths(included["income"], included["year"]), index=included.index)
    return pd.DataFrame({"received_on": received, "referral_step": step, "income_fifth": fifths})


def _described(
    referred: pd.DataFrame, extract: Extract, *, education_levels: int, periods: Sequence[int]
) -> pd.DataFrame:
    """The persons in groups, as at the diagnosis, with year and period of the referral, who sent it and its course."""
    persons = as_groups(referred, education_levels=education_levels, periods=())
    persons["income_fifth"] = referred["income_fifth"]
    persons["year"] = persons["received_on"].dt.year.astype(int)
    everybody = pd.Series(True, index=persons.index)
    persons["period"] = period_groups(persons["year"], starts=periods, since=everybody, event="referred")
    sent = extract.tables["referrals"].iloc[persons["referral_row"].astype(int)].reset_index(drop=True)
    persons["sender"] = sent["sender"]
    persons["course_id"] = sent["course_id"] if "course_id" in sent else pd.Series(pd.NA, sent.index, dtype="string")
    return persons


def _with_days(
    persons: pd.DataFrame, seen: tuple[pd.Timestamp, pd.Timestamp], *, window_days: int, interview_days: int
) -> pd.DataFrame:
    """The persons with the first and last days of what counts; `booked` and `leaving_columns` say what each is."""
    received, diagnosed = persons["received_on"], persons["diagnosis_date"]
    first_seen, last_seen = seen
    death, emigration, moving = (
        diagnosed + pd.to_timedelta(persons[f"{end}_day"], unit="D") for end in ("death", "emigration", "moving")
    )
    away = pd.concat([emigration, moving], axis=1).min(axis=1)
    full_to = received + pd.Timedelta(days=window_days)
    seen_to = away.clip(upper=last_seen).fillna(last_seen)
    window_to = pd.concat([full_to, seen_to, death], axis=1).min(axis=1)
    interview_to = pd.concat([received + pd.Timedelta(days=interview_days), window_to], axis=1).min(axis=1)
    died = death <= pd.concat([full_to, seen_to], axis=1).min(axis=1)
    return persons.assign(
        received=received,
        full_to=full_to,
        window_to=window_to,
        interview_to=interview_to,
        seen_to=seen_to,
        died_on=death,
        away_on=away,
        seen_from_start=received >= first_seen,
        left_in_window=(away <= full_to) & (away <= last_seen) & ~died,
        days_at_risk=(window_to - received).dt.days.clip(lower=1),
        window_complete=(received >= first_seen) & (full_to <= last_seen),
        died_in_window=died.astype(int),
    )


def _noted(rows: pd.DataFrame, persons: pd.DataFrame, found: pd.DataFrame) -> dict[str, int]:
    """What the flow tells of the persons referred besides who they are -> how many."""
    unknown = (rows["sessions_unregistered"] > 0) | found["interview_unregistered"]
    noted = {
        "died_in_window": rows["died_in_window"],
        "left_in_window": persons["left_in_window"],
        "without_appointment": found["appointments"] == 0,
        "started_without_interview": (rows["started"] == 1) & (rows["interview_attended"] == 0),
        "status_not_registered": unknown,
    }
    return {note: int(those.sum()) for note, those in noted.items()}


_QUALITY = (
    "Shares of the past appointments of the persons referred, from the referral on, by kind and by calendar year: "
    "those attended, and those of which nobody registered what became of them."
)


def _method(extract: Extract, settings: Mapping, *, registered: tuple, seen: tuple) -> str:
    (first_day, last_day), (first_seen, last_seen) = registered, seen
    referral, since = settings["referral"].replace("_", " "), settings["referred_from"]
    moving = settings["censor_at_move"] and "residences" in extract
    ends = "death, emigration or moving away" if moving else "death or emigration"
    kinds = set(settings["session_kinds"])
    leaving = (
        f"Leaving is more than {settings['gap_days']} days without a session attended; completing the course or dying "
        "first competes with it."
        if completing_is_known(extract)
        else "When and why courses were closed is not in the extract, so leaving is not told from completing."
    )
    counted = "" if kinds == set(SESSION_KINDS) else f" ({', '.join(k for k in APPOINTMENT_KIND if k in kinds)})"
    return (
        f"Referrals were registered from {first_day:%Y-%m-%d} to {last_day:%Y-%m-%d}, appointments from "
        f"{first_seen:%Y-%m-%d} to {last_seen:%Y-%m-%d}. The {referral} referral of a person counts"
        f"{f', received from {since} on' if since else ''}. Sessions{counted} count to day {settings['window_days']} "
        f"after it, interviews to day {settings['interview_days']}, at most to {ends}; persons without any count as 0. "
        f"{leaving}"
    )
