"""Hand-made extracts with appointments and courses, in days from 15 July 2010, the day of everybody's referral."""

import pandas as pd

from rehab_stats.extract.cohort.participation import participation_cohort
from rehab_stats.extract.contract import Extract, ExtractMeta, cast_to_contract, validate_tables

from ..conftest import extract_of

DAY_0 = pd.Timestamp("2010-07-15")
REGISTERED = (pd.Timestamp("2009-01-01"), pd.Timestamp("2013-06-30"))


def on(day):
    """The day so many days after the referral, as text."""
    return str((DAY_0 + pd.Timedelta(days=day)).date())


def made(kind, day, status="attended", **more):
    """An appointment so many days after the referral."""
    return {"kind": kind, "date": on(day), "status": status} | more


def sessions(*days, status="attended", kind="exercise"):
    return [made(kind, day, status) for day in days]


def course(opened, closed=None, reason=None, **more):
    return {
        "opened_on": on(opened),
        "closed_on": None if closed is None else on(closed),
        "close_reason": reason,
    } | more


def referred_extract(*people, courses=None, stays=(), registered=REGISTERED, named=(), drop=()):
    """People as lists of appointments, or as (person changes, days of referral, appointments); all diagnosed 30 days
    before day 0. `courses`: number of the person -> list of courses, whose ids are k<person>-<place>; `named`: ids of
    courses of the referrals, in order; `drop`: columns of appointments to leave out. Held to the contract.
    """
    whole = [person if isinstance(person, tuple) else ({}, [on(0)], person) for person in people]
    extract = extract_of(*[(changes, [{}], received) for changes, received, _ in whole], stays=stays)
    rows = [
        {"person_id": f"p{number}", "appointment_id": f"a{number}-{place}"} | row
        for number, (_, _, appointments) in enumerate(whole)
        for place, row in enumerate(appointments)
    ]
    columns = ["appointment_id", "person_id", "date", "kind", "mode", "profession", "status"]
    frame = pd.DataFrame(rows).reindex(columns=columns).drop(columns=list(drop))
    tables = {**extract.tables, "appointments": cast_to_contract("appointments", frame)}
    if courses is not None:
        rows = [
            {"course_id": f"k{number}-{place}", "person_id": f"p{number}", "municipality": "101"} | row
            for number, theirs in courses.items()
            for place, row in enumerate(theirs)
        ]
        tables["courses"] = cast_to_contract("courses", pd.DataFrame(rows))
    if named:
        ids = [*named, *[None] * (len(tables["referrals"]) - len(named))]
        tables["referrals"] = cast_to_contract("referrals", tables["referrals"].assign(course_id=ids))
    meta = ExtractMeta(
        pd.Timestamp("2013-06-30"), "by hand", True, {**extract.meta.registration, "appointments": registered}
    )
    validate_tables(tables, meta)
    return Extract(tables, meta)


def cohort_of(*people, window_days=180, **more):
    names = ("courses", "stays", "registered", "named", "drop")
    extract = referred_extract(*people, **{name: more.pop(name) for name in names if name in more})
    return participation_cohort(extract, window_days=window_days, **more)


def rows_of(*people, **more):
    """The cohort's rows of these people, each a list of appointments or as in `referred_extract`, in their order."""
    persons = cohort_of(*people, **more).persons
    return [row for _, row in persons.iterrows()]


def who(changes, appointments):
    """A person with these changes, referred on day 0."""
    return changes, [on(0)], appointments


def row_of(*appointments, person=None, received=(0,), **more):
    """The cohort's row of one person with these appointments."""
    days = [day if isinstance(day, str) else on(day) for day in received]
    return cohort_of((person or {}, days, list(appointments)), **more).persons.iloc[0]


def flow_of(cohort):
    flow = cohort.flow.tidy().set_index("level")["estimate"]
    return {level: int(count) for level, count in flow.items() if count}
