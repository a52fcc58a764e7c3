"""Rules across rows and tables: keys, ids, and what cannot have happened in that order.

Every function notes what it finds and changes nothing. A column or table that is absent, or a value that is missing,
breaks no rule here: that is another rule's business.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.extract.appointment_rules import check_appointments, check_courses, may_lie_ahead
from rehab_stats.extract.columns import CANCER, TABLES
from rehab_stats.extract.evidence import Evidence, course_places, places
from rehab_stats.extract.form_rules import check_forms
from rehab_stats.extract.offences import Offences
from rehab_stats.extract.residence_rules import check_cells, check_residences
from rehab_stats.extract.rules import Limits
from rehab_stats.extract.settings import ExtractMeta


def check_consistency(
    tables: Mapping[str, pd.DataFrame],
    meta: ExtractMeta | None,
    *,
    offences: Offences,
    limits: Limits,
    rows: Mapping[str, np.ndarray],
) -> None:
    """Hold tables in the contract's dtypes to every rule on values, keys and time.

    Parameters
    ----------
    tables : mapping
        Table name -> frame; tables and columns may be absent.
    meta : ExtractMeta or None
        None when extract.yaml is broken: rules that need it are then not tried.
    offences : Offences
        Where every breach is noted; nothing is raised.
    limits : Limits
    rows : mapping
        Table name -> file row number of every row.
    """
    evidence = Evidence(tables, rows, meta, limits, offences, places(tables), course_places(tables))
    _check_values(evidence)
    _check_keys(evidence)
    _check_future(evidence)
    _check_births(evidence)
    _check_persons(evidence)
    _check_diagnoses(evidence)
    _check_referrals(evidence)
    check_residences(evidence)
    check_cells(evidence)
    check_courses(evidence)
    check_appointments(evidence)
    check_forms(evidence)


def _check_values(e: Evidence) -> None:
    if e.has("persons", "income"):
        income = e.tables["persons"]["income"]
        e.flag("income_negative", "persons", "income", "Income is below zero.", income < 0)
        said = f"Income is above {e.limits.income_max:,.0f} DKK a year; are the unit and the decimal mark right?"
        e.flag("income_implausible", "persons", "income", said, income > e.limits.income_max)
    if e.has("diagnoses", "diagnosis"):
        codes = e.tables["diagnoses"]["diagnosis"].astype("category")
        known = codes.cat.categories[~codes.cat.categories.str.match(CANCER)]
        shown = ", ".join(sorted({code[:3] for code in known})[:5])
        said = f"The diagnosis is no cancer (first codes: {shown})."
        e.flag("not_cancer", "diagnoses", "diagnosis", said, codes.isin(known))


def _check_keys(e: Evidence) -> None:
    for table in (t for t in TABLES.values() if e.has(t.name, *t.key)):
        frame = e.tables[table.name]
        key = list(table.key)
        filled = [name for name in key if table.by_name[name].missing]  # the others mean something when empty
        again = frame.duplicated(key, keep=False) & frame[filled].notna().all(axis=1)
        rule = "duplicate_person" if table.name == "persons" else "duplicate_key"
        said = f"Several rows have the same {' and '.join([', '.join(key[:-1]), key[-1]] if len(key) > 1 else key)}."
        e.flag(rule, table.name, key[0] if len(key) == 1 else "", said, again)
    # With rows of persons unread, a diagnosis would be blamed for a person who is in the file.
    unread = any(o.table == "persons" and o.rule == "ragged_row" for o in e.offences.found)
    for table, place in e.place.items() if not unread else ():
        filled = e.tables[table]["person_id"].notna().to_numpy()
        e.flag("orphan_id", table, "person_id", "The person is no row of persons.", (place < 0) & filled)
    if e.has("referrals", "referral_id", "parent_referral_id"):
        frame = e.tables["referrals"]
        parent = frame["parent_referral_id"]
        lost = parent.notna() & ~parent.isin(frame["referral_id"])
        e.flag("parent_unknown", "referrals", "parent_referral_id", "The referral it came from is not there.", lost)
        received = e.days("referrals", "received_on")
        first = dict(zip(frame["referral_id"], received, strict=True))
        early = received < pd.to_datetime(parent.map(first).reset_index(drop=True))
        said = "The referral it came from was received later."
        e.flag("passed_on_before_received", "referrals", "parent_referral_id", said, early)


def _check_future(e: Evidence) -> None:
    if e.meta is None:
        return
    for table in (t for t in TABLES.values() if t.name in e.tables):
        dates = (c.name for c in table.columns if c.kind == "date" and c.name in e.tables[table.name])
        for column in (name for name in dates if (table.name, name) != ("forms", "due_on")):  # many are yet to come
            said = f"The date is after the extract date {e.meta.extract_date:%Y-%m-%d}."
            late = e.days(table.name, column) > e.meta.extract_date
            if (table.name, column) == ("appointments", "date"):
                late &= ~may_lie_ahead(e)
            e.flag("after_extract_date", table.name, column, said, late)
    if e.has("persons", "birth_year"):
        said = f"The year is after the extract date {e.meta.extract_date:%Y-%m-%d}."
        late = e.tables["persons"]["birth_year"] > e.meta.extract_date.year
        e.flag("after_extract_date", "persons", "birth_year", said, late)


def _check_births(e: Evidence) -> None:
    if "persons" not in e.tables:
        return
    born, persons = e.days("persons", "birth_date"), e.tables["persons"]
    years = persons["birth_year"].reset_index(drop=True) if "birth_year" in persons else pd.Series(pd.NA, born.index)
    years = years.astype("Float64")
    if e.has("persons", "birth_date", "birth_year"):
        said = "birth_date and birth_year say different years."
        e.flag("birth_disagrees", "persons", "birth_year", said, years != born.dt.year.astype("Float64"))
    _check_ages(e, born, years)
    died = e.days("persons", "death_date")
    early = (died < born) | (died.dt.year.astype("Float64") < years).fillna(False).astype(bool)
    e.flag("death_before_birth", "persons", "death_date", "Death is before birth.", early)


def _check_ages(e: Evidence, born: pd.Series, years: pd.Series) -> None:
    """Ages at diagnosis, exact with a date of birth, by calendar year without; noted in persons, once a person."""
    if "diagnoses" not in e.place:
        return
    on = e.days("diagnoses", "diagnosis_date")
    birth = e.of_person("diagnoses", born)
    passed = (on.dt.month > birth.dt.month) | ((on.dt.month == birth.dt.month) & (on.dt.day >= birth.dt.day))
    exact = on.dt.year - birth.dt.year - np.where(passed, 0, 1)
    by_year = on.dt.year.astype("Float64") - e.of_person("diagnoses", years)
    age = exact.astype("Float64").fillna(by_year)
    bad = ((age < 0) | (age > e.limits.age_max)).fillna(False).to_numpy(dtype=bool)
    people = np.zeros(len(born), dtype=bool)
    people[e.place["diagnoses"][bad & (e.place["diagnoses"] >= 0)]] = True
    column = "birth_date" if e.has("persons", "birth_date") and born[people].notna().any() else "birth_year"
    said = f"Age at a diagnosis is below 0 or above {e.limits.age_max} years."
    e.flag("impossible_age", "persons", column, said, people)


def _check_persons(e: Evidence) -> None:
    if "persons" not in e.tables:
        return
    died, left, first = e.days("persons", "death_date"), e.days("persons", "emigration_date"), e.first_diagnosis()
    e.flag("emigration_after_death", "persons", "emigration_date", "Emigration is after death.", left > died)
    looked_up = e.days("persons", "education_as_of")
    said = "Education was looked up after the first cancer diagnosis, so illness may have changed it."
    e.flag("education_after_diagnosis", "persons", "education_as_of", said, looked_up > first)
    if "diagnoses" in e.place:
        diagnosed = e.diagnosed()
        again = e.tables["persons"]["person_id"].duplicated().to_numpy()
        said = "The person has no diagnosis."
        e.flag("person_without_diagnosis", "persons", "person_id", said, ~diagnosed & ~again & e.patients())


def _check_diagnoses(e: Evidence) -> None:
    if "diagnoses" not in e.place:
        return
    on = e.days("diagnoses", "diagnosis_date")
    died = e.of_person("diagnoses", e.days("persons", "death_date"))
    left = e.of_person("diagnoses", e.days("persons", "emigration_date"))
    e.flag("diagnosis_after_death", "diagnoses", "diagnosis_date", "The diagnosis is after death.", on > died)
    said = "The diagnosis is after emigration."
    e.flag("diagnosis_after_emigration", "diagnoses", "diagnosis_date", said, on > left)
    assessed = e.days("diagnoses", "needs_assessed_on")
    said = "The needs assessment is after death."
    e.flag("needs_assessed_after_death", "diagnoses", "needs_assessed_on", said, assessed > died)


def _check_referrals(e: Evidence) -> None:
    if "referrals" not in e.place:
        return
    got, limit = e.days("referrals", "received_on"), pd.Timedelta(days=e.limits.days_before_diagnosis)
    died = e.of_person("referrals", e.days("persons", "death_date"))
    left = e.of_person("referrals", e.days("persons", "emigration_date"))
    e.flag("referral_after_death", "referrals", "received_on", "The referral is after death.", got > died)
    e.flag("referral_after_emigration", "referrals", "received_on", "The referral is after emigration.", got > left)
    said = "Discharge is after death."
    e.flag("discharged_after_death", "referrals", "discharged_on", said, e.days("referrals", "discharged_on") > died)
    first = e.of_person("referrals", e.first_diagnosis())
    early = got < first
    long_before = got < first - limit
    said = f"The referral is 1 to {limit.days} days before the first cancer diagnosis."
    e.flag("referral_before_diagnosis", "referrals", "received_on", said, early & ~long_before)
    said = f"The referral is more than {limit.days} days before the first cancer diagnosis; the cohort leaves it out."
    e.flag("referral_long_before_diagnosis", "referrals", "received_on", said, long_before)
    if "diagnoses" in e.place:
        undiagnosed = e.of_person("referrals", pd.Series(e.patients() & ~e.diagnosed(), dtype="boolean"))
        said = "The person referred has no diagnosis."
        e.flag("referral_without_diagnosis", "referrals", "person_id", said, undiagnosed)
    said = "The referral is outside the registration period of extract.yaml."
    e.flag("referral_outside_registration", "referrals", "received_on", said, e.unregistered("referrals", got))
