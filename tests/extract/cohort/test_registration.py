"""How appointments were registered, by hand."""

import pandas as pd
import pytest

from rehab_stats.extract.cohort.participation import participation_cohort
from rehab_stats.extract.rules import LIMITS

from .conftest import cohort_of, made, on, referred_extract, sessions


def shares(cohort, level):
    rows = cohort.registration.select(level=level)
    tidy = rows.tidy().set_index("stratum")
    found = {status: (row["estimate"], row["n"], row["events"]) for status, row in tidy.iterrows()}
    return found, rows.details()["appointments"].iloc[0]


def test_shares_by_kind_and_year_count_appointments_and_distinct_persons():
    cohort = cohort_of(
        [*sessions(30, 40), made("exercise", 50, "not_registered"), made("exercise", 300, "no_show")],
        [made("exercise", 60, "planned"), made("interview", 20)],
        ({}, [on(0)], [made("exercise", -5)]),
    )
    # five sessions since the referral: two attended by one person, two of unknown status of two persons
    assert shares(cohort, "exercise") == ({"attended": (0.4, 2, 1), "not_registered": (0.4, 2, 2)}, 5)
    assert shares(cohort, "interview") == ({"attended": (1.0, 1, 1), "not_registered": (0.0, 1, 0)}, 1)
    found, appointments = shares(cohort, "year=2010")
    assert (found["attended"], appointments) == ((0.6, 2, 2), 5)
    assert shares(cohort, "year=2011") == ({"attended": (0.0, 1, 0), "not_registered": (0.0, 1, 0)}, 1)
    assert list(cohort.registration.tidy()["level"].unique()) == ["interview", "exercise", "year=2010", "year=2011"]
    tidy = cohort.registration.tidy()
    assert set(tidy["outcome"]) == {"status"}
    assert set(tidy["measure"]) == {"share_of_appointments"}
    assert tidy[["std_error", "conf_low", "p_value"]].isna().all(axis=None)


def test_what_is_still_to_come_and_what_was_not_registered_then_does_not_count():
    registered = (pd.Timestamp(on(0)), pd.Timestamp(on(100)))
    cohort = cohort_of([*sessions(30), *sessions(101)], registered=registered)
    assert shares(cohort, "exercise")[1] == 1
    extract = referred_extract([*sessions(30), made("exercise", 2000, "planned")])
    assert shares(participation_cohort(extract), "exercise")[1] == 1


@pytest.mark.parametrize(("number", "told"), [(LIMITS.edited_min, True), (LIMITS.edited_min - 1, False)])
def test_a_status_that_nobody_ever_changed_is_told(number, told):
    cohort = cohort_of(sessions(*range(20, 20 + number)))
    details = cohort.registration.select(level="exercise").details()
    assert list(details["never_edited"]) == [told, told]
    edited = cohort_of([*sessions(*range(20, 20 + number)), made("exercise", 90, "no_show")])
    assert not edited.registration.details()["never_edited"].any()


def test_contacts_are_written_down_once_made():
    cohort = cohort_of([made("first_contact", day) for day in range(30)])
    kinds = cohort.registration.select(level="first_contact").details()
    assert not kinds["never_edited"].any()
