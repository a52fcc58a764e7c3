"""Hand-made extracts with appointments, courses and forms, in days from 15 July 2010, when everybody is referred."""

import pandas as pd

from rehab_stats.extract.cohort.participation import participation_cohort
from rehab_stats.extract.contract import Extract, ExtractMeta, cast_to_contract, validate_tables

from ..conftest import extract_of

DAY_0 = pd.Timestamp("2010-07-15")
START, DUE = 30, 121  # days after the referral: first session, and 91 days later
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


def form(number, occasion="baseline", *, due=None, given=None, back=None, score=None, **more):
    """A row of forms of the person of this number; a form that came back was given on its due day."""
    due = {"baseline": START, "end": DUE}[occasion] if due is None else due
    given = due if back is not None and given is None else given
    days = {"due_on": due, "given_on": given, "returned_on": back}
    days = {name: None if day is None else on(day) for name, day in days.items()}
    row = {"person_id": f"p{number}", "instrument": "qlq_c30", "scale": "QL2", "occasion": occasion, "score": score}
    return row | days | more


def scored(number, first, last):
    """Both forms of a person, back a day after they were due."""
    return [form(number, back=START + 1, score=first), form(number, "end", back=DUE + 1, score=last)]


def unreturned(number):
    """Both forms of a person who was given neither."""
    return [form(number), form(number, "end")]


def answers(number, occasion, *global_items):
    """The two items of the global scale; None is left open."""
    pairs = zip(("29", "30"), global_items, strict=True)
    row = {"person_id": f"p{number}", "instrument": "qlq_c30", "occasion": occasion}
    return [row | {"item": item, "answer": answer} for item, answer in pairs]


def with_forms(extract, forms, *, items=(), drop=(), registered=None, valid=True):
    """The extract with these rows of forms and items; held to the contract unless told otherwise."""
    table = cast_to_contract("forms", pd.DataFrame(forms).drop(columns=list(drop)))
    tables = {**extract.tables, "forms": table}
    if items:
        tables["items"] = cast_to_contract("items", pd.DataFrame(list(items)))
    periods = {**extract.meta.registration, **({} if registered is None else {"forms": registered})}
    meta = ExtractMeta(extract.meta.extract_date, "by hand", True, periods)
    if valid:
        validate_tables(tables, meta)
    return Extract(tables, meta)
