"""Leaving the municipality of the diagnosis, by hand: both sides of every border."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort.access import access_cohort
from rehab_stats.extract.contract import Extract

from ..conftest import extract_of

STAYED = (1, "101", "1950-06-15", None)  # the companion, so that no cohort is empty


def cohort_of(*stays, person=None, cancers=({},), received=(), **parameters):
    """One person, diagnosed on 15 June 2010 in 101, with these stays (municipality, from, to), and a companion."""
    people = ((person or {}, cancers, received), ({}, [{}], []))
    return access_cohort(extract_of(*people, stays=[*((0, *stay) for stay in stays), STAYED]), **parameters)


def row_of(*stays, **more):
    return cohort_of(*stays, **more).persons.set_index("person_id").loc["p0"]


def counts(cohort):
    flow = cohort.flow.tidy().set_index("level")["estimate"]
    return {level: int(count) for level, count in flow.items() if "mov" in level or "residence" in level}


def test_leaving_the_municipality_ends_the_time():
    row = row_of(("101", "2000-01-01", "2010-12-24"), ("147", "2010-12-24", None))
    assert (row["days_to_referral"], row["referral_event"]) == (192, 0)
    assert (row["in_hazard_set"], row["in_risk_set"]) == (True, False)


def test_a_referral_on_the_day_of_moving_counts_and_one_after_it_does_not():
    stays = ("101", "2000-01-01", "2010-12-24"), ("147", "2010-12-24", None)
    row = row_of(*stays, received=["2010-12-24"])
    assert (row["days_to_referral"], row["referral_event"]) == (192, 1)
    assert row_of(*stays, received=["2010-12-25"])["referral_event"] == 0
    assert [counts(cohort_of(*stays, received=[f"2010-12-{day}"]))["moved_away"] for day in (24, 25)] == [0, 1]
    assert row_of(*stays, received=["2010-12-25"], censor_at_move=False)["referral_event"] == 1


def test_a_death_on_the_day_of_moving_is_a_death():
    row = row_of(("101", "2000-01-01", "2010-12-24"), person={"death_date": "2010-12-24"})
    assert (row["referral_event"], row["in_risk_set"], row["referred"]) == (2, True, 0)


@pytest.mark.parametrize(
    "stays",
    [
        [("101", "2000-01-01", "2010-08-01"), ("101", "2010-08-02", None)],  # the next day
        [("101", "2000-01-01", "2010-08-01"), ("101", "2010-08-01", None)],
        [("101", "2000-01-01", "2010-08-01"), ("101", "2010-07-01", None)],
        [("101", "2010-07-01", None), ("101", "2000-01-01", "2010-08-01")],  # in any order
        [("101", "2000-01-01", None), ("101", "2005-01-01", "2006-01-01"), ("101", "2006-01-01", None)],
        [("101", "2000-01-01", None)],
    ],
)
def test_stays_that_touch_or_overlap_are_one(stays):
    cohort = cohort_of(*stays)
    assert cohort.persons["days_to_referral"].iloc[0] == 930
    assert set(counts(cohort).values()) == {0}


def test_a_day_between_two_stays_ends_the_time_even_for_who_comes_back():
    row = row_of(("101", "2000-01-01", "2010-08-01"), ("101", "2010-08-03", None))
    assert row["days_to_referral"] == 47


def test_an_open_stay_ends_when_a_later_one_begins():
    assert row_of(("101", "2000-01-01", None), ("147", "2010-08-01", None))["days_to_referral"] == 47


def test_a_stay_elsewhere_that_overlaps_does_not_end_the_one_at_home():
    stays = ("101", "2000-01-01", "2012-12-31"), ("147", "2010-08-01", "2010-09-01")
    assert row_of(*stays)["days_to_referral"] == 930


@pytest.mark.parametrize(
    "stays",
    [
        [("147", "2000-01-01", None)],
        [("101", "2000-01-01", "2010-06-14"), ("147", "2010-06-14", None)],
        [("101", "2010-06-16", "2010-08-01")],
        [],
    ],
)
def test_where_no_stay_holds_the_diagnosis_the_stated_municipality_stands(stays):
    cohort = cohort_of(*stays)
    assert list(cohort.persons["days_to_referral"]) == [930, 930]
    assert counts(cohort)["residence_not_known"] == 1


@pytest.mark.parametrize(("begins", "ends"), [("2010-06-15", None), ("2000-01-01", "2010-06-15")])
def test_a_stay_holds_its_first_and_its_last_day(begins, ends):
    assert counts(cohort_of(("101", begins, ends)))["residence_not_known"] == 0


def test_moving_within_the_horizon_leaves_the_risk_set_and_at_the_horizon_it_does_not():
    for day, left in (("2011-06-14", 1), ("2011-06-15", 0)):
        cohort = cohort_of(("101", "2000-01-01", day))
        assert counts(cohort)["moved_within_horizon"] == left
        assert len(cohort.risk_set) == 2 - left
        assert counts(cohort)["moved_away"] == 1


def test_whoever_moved_before_registration_has_no_time_at_risk():
    early = [{"diagnosis_date": "2008-01-01"}]
    for day, left in (("2008-12-31", 1), ("2009-01-01", 0)):
        found = counts(cohort_of(("101", "2000-01-01", day), cancers=early))
        assert found["moved_before_registration"] == left
    died = cohort_of(("101", "2000-01-01", "2008-05-01"), cancers=early, person={"death_date": "2008-04-30"})
    assert counts(died)["moved_before_registration"] == 0


def test_of_emigration_and_moving_the_earlier_is_named():
    abroad = {"emigration_date": "2010-08-01"}
    assert counts(cohort_of(("101", "2000-01-01", "2010-08-01"), person=abroad))["moved_away"] == 0
    found = counts(cohort_of(("101", "2000-01-01", "2010-07-31"), ("147", "2010-07-31", None), person=abroad))
    assert (found["moved_away"], found["moved_within_horizon"]) == (1, 1)


def test_the_flow_adds_up_and_tells_of_moving_only_where_there_are_residences():
    stays = [
        (0, "101", "2000-01-01", "2010-12-24"),
        (1, "101", "2000-01-01", "2008-12-24"),
        (2, "101", "2000-01-01", None),
    ]
    people = [({}, [{}], []), ({}, [{"diagnosis_date": "2008-02-01"}], []), ({}, [{}], ["2010-07-01"])]
    cohort = access_cohort(extract_of(*people, stays=stays))
    flow, details = cohort.flow.tidy(), cohort.flow.details()
    for branch, start in (("hazard", 3), ("risk", 3)):
        mine = flow["estimate"][(details["branch"] == branch) & (details["kind"] == "excluded")].sum()
        assert start - mine == len(getattr(cohort, f"{branch}_set"))
    assert "leaving the municipality of the diagnosis" in cohort.method
    for without in (
        access_cohort(extract_of(*people)),
        access_cohort(extract_of(*people, stays=stays), censor_at_move=False),
    ):
        assert counts(without) == {}
        assert "moving to another municipality ends nobody's time" in without.method
        assert list(without.persons["days_to_referral"]) == [930, 1795, 16]


def test_row_order_of_residences_changes_nothing():
    rng = np.random.default_rng(1)
    people = [({}, [{}], []) for _ in range(20)]
    days = np.datetime64("2009-06-15") + np.sort(rng.integers(0, 900, (20, 2)), axis=1)
    stays = [(k, "101", str(begins), str(ends)) for k, (begins, ends) in enumerate(days)]
    stays += [(k, "101", to, None) for k, _, _, to in stays[::3]]
    extract = extract_of(*people, stays=stays)
    shuffled = Extract({name: extract[name].iloc[::-1] for name in extract}, extract.meta)
    pd.testing.assert_frame_equal(access_cohort(extract).persons, access_cohort(shuffled).persons)
