"""Rules on courses and appointments: whose they are, the order of their days, and what was registered of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import CONTACT_KINDS
from rehab_stats.extract.evidence import Evidence

STANDING = ("planned", "attended", "no_show", "not_registered")
"""Statuses of appointments that nobody called off; one cancelled or moved is what a death is expected to leave."""


def may_lie_ahead(e: Evidence) -> np.ndarray:
    """Which rows of appointments may lie after the extract date: the planned; and those whose status is not known here.

    A status that is missing or no code is another rule's business; an empty cell was read as `not_registered`.
    """
    if not e.has("appointments", "status"):
        return np.ones(len(e.tables["appointments"]), dtype=bool)
    return _has_status(e, "planned") | e.tables["appointments"]["status"].isna().to_numpy()


def _has_status(e: Evidence, *statuses: str) -> np.ndarray:
    if not e.has("appointments", "status"):
        return np.zeros(len(e.tables.get("appointments", ())), dtype=bool)
    return e.tables["appointments"]["status"].isin(statuses).to_numpy(dtype=bool)


def check_courses(e: Evidence) -> None:
    """Courses against their own days and their person's, and the referrals that name them."""
    _check_course_ids(e)
    if "courses" not in e.tables:
        return
    opened, closed = e.days("courses", "opened_on"), e.days("courses", "closed_on")
    said = "The course is closed before it is opened."
    e.flag("closed_before_opened", "courses", "closed_on", said, closed < opened)
    if e.has("courses", "close_reason", "closed_on"):
        ended = e.tables["courses"]["close_reason"].notna().to_numpy()
        said = "The course has a reason for closing and no day of closing."
        e.flag("closed_on_missing", "courses", "closed_on", said, ended & closed.isna())
    if "courses" in e.place:
        died = e.of_person("courses", e.days("persons", "death_date"))
        e.flag("course_after_death", "courses", "opened_on", "The course is opened after death.", opened > died)
        if e.has("courses", "close_reason") and e.has("persons", "death_date"):
            unknown = (
                e.tables["courses"]["close_reason"].eq("died").to_numpy() & died.isna() & (e.place["courses"] >= 0)
            )
            said = "The course was closed because the person died, but no date of death is known."
            e.flag("died_without_date", "courses", "close_reason", said, unknown)
    said = "The course is opened outside the registration period of extract.yaml."
    e.flag("course_outside_registration", "courses", "opened_on", said, e.unregistered("courses", opened))


def check_appointments(e: Evidence) -> None:
    """Appointments against the person's death, emigration, referrals and course, and how their status was kept."""
    if "appointments" not in e.tables:
        return
    on = e.days("appointments", "date")
    _check_order(e, on)
    _check_referred(e, on)
    _check_registered(e, on)


def _check_course_ids(e: Evidence) -> None:
    """Course ids of referrals, appointments and forms that no course has, or that another person's course has."""
    unread = any(o.table == "courses" and o.rule == "ragged_row" for o in e.offences.found)
    rules = {"referrals": "referral_course_unknown", "appointments": "course_unknown", "forms": "course_unknown"}
    for table, rule in ((table, rules[table]) for table in e.course):
        given = e.tables[table]["course_id"].notna().to_numpy()
        if not unread:  # with rows of courses unread, one would be called unknown that is in the file
            e.flag(rule, table, "course_id", "The course is no row of courses.", given & (e.course[table] < 0))
        if "courses" in e.place and table in e.place:
            owner, person = e.of_course(table, pd.Series(e.place["courses"])), e.place[table]
            other = (owner >= 0) & (person >= 0) & (owner != person)
            e.flag("course_of_another", table, "course_id", "The course is another person's.", other)


def _check_order(e: Evidence, on: pd.Series) -> None:
    """What cannot have happened on that day, or not in that order."""
    attended = _has_status(e, "attended")
    standing = _has_status(e, *STANDING)
    died = e.of_person("appointments", e.days("persons", "death_date"))
    left = e.of_person("appointments", e.days("persons", "emigration_date"))
    said = "The person attended after death."
    e.flag("attended_after_death", "appointments", "date", said, (on > died) & attended)
    said = "The appointment is after death, and nobody cancelled or moved it."
    e.flag("appointment_after_death", "appointments", "date", said, (on > died) & standing & ~attended)
    said = "The appointment is after emigration, and nobody cancelled or moved it."
    e.flag("appointment_after_emigration", "appointments", "date", said, (on > left) & standing)
    said = "The appointment was booked after its own day."
    e.flag("booked_after_date", "appointments", "booked_on", said, e.days("appointments", "booked_on") > on)
    if "appointments" in e.course:
        opened = e.of_course("appointments", e.days("courses", "opened_on"))
        said = "The person attended before the course was opened."
        e.flag("attended_before_course", "appointments", "date", said, (on < opened) & attended)


def _check_referred(e: Evidence, on: pd.Series) -> None:
    """Appointments before a person's first referral, without any, or outside every course."""
    if e.has("appointments", "course_id") and "courses" in e.tables:
        without = e.tables["appointments"]["course_id"].isna()
        said = "The appointment belongs to no course."
        e.flag("appointment_without_course", "appointments", "course_id", said, without)
    if "appointments" not in e.place or "referrals" not in e.place:
        return
    place = e.place["referrals"]
    received = e.days("referrals", "received_on").groupby(place).min().reindex(range(len(e.tables["persons"])))
    first = e.of_person("appointments", received)
    said = "The appointment is before the person's first referral."
    e.flag("appointment_before_referral", "appointments", "date", said, on < first)
    unreferred = e.patients()
    unreferred[place[place >= 0]] = False
    said = "The person has appointments and no referral."
    without = e.of_person("appointments", pd.Series(unreferred, dtype="boolean"))
    e.flag("appointment_without_referral", "appointments", "person_id", said, without)


def _check_registered(e: Evidence, on: pd.Series) -> None:
    """What the register holds: its period, days long past and still planned, and a status that nobody ever changed."""
    if e.meta is None:
        return
    planned, to_come = _has_status(e, "planned"), on > e.meta.extract_date
    said = "The appointment is outside the registration period of extract.yaml."
    outside = e.unregistered("appointments", on) & ~to_come  # what is to come is registered as planned
    e.flag("appointment_outside_registration", "appointments", "date", said, outside)
    said = f"The appointment is before the extract date {e.meta.extract_date:%Y-%m-%d} and still planned."
    e.flag("still_planned", "appointments", "status", said, planned & (on < e.meta.extract_date))
    if not e.has("appointments", "kind", "status"):
        return
    kind = e.tables["appointments"]["kind"].reset_index(drop=True)
    past = (on <= e.meta.extract_date) & kind.notna() & ~kind.isin(CONTACT_KINDS)  # a contact is noted once made
    kept = pd.Series(_has_status(e, "attended"))[past].groupby(kind[past], observed=True).agg(["size", "all"])
    kinds = kept.index[(kept["size"] >= e.limits.edited_min) & kept["all"]]
    said = (
        f"Every past appointment of these kinds is attended, so the status was hardly ever changed: {', '.join(kinds)}."
    )
    e.flag("status_never_edited", "appointments", "status", said, past & kind.isin(kinds))
