"""The pathway cohort of the default extract beside a count in plain pandas, written from the definitions alone."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort.access import access_cohort
from rehab_stats.extract.cohort.effect import effect_cohort
from rehab_stats.extract.cohort.pathway import pathway_cohort
from rehab_stats.extract.columns import SESSION_KINDS
from rehab_stats.extract.files.reader import load_extract

HORIZON, WINDOW, INTERVIEW, FOLLOWUP = 365, 180, 90, 91
TO_START = ["referred", "interview_attended", "started"]
BOOKED = ["attended", "no_show", "cancelled_by_person", "cancelled_by_centre"]


@pytest.fixture(scope="module")
def extract():
    return load_extract()


@pytest.fixture(scope="module")
def cohort(extract):
    return pathway_cohort(extract)


@pytest.fixture(scope="module")
def counted(extract):
    """One row a patient with cancer, aged 30 or more, whose referral within the horizon was seen, or its absence."""
    cancers = extract["diagnoses"][["person_id", "diagnosis_date", "diagnosis", "needs_assessed_on"]]
    cancers = cancers[cancers["diagnosis"].str.startswith("C") & ~cancers["diagnosis"].str.startswith("C44")]
    cancers = cancers.sort_values(["diagnosis_date", "diagnosis"]).drop_duplicates("person_id")
    people = extract["persons"].merge(cancers, on="person_id").set_index("person_id")
    people = people[people["role"].isna() | (people["role"] != "relative")]
    born, diagnosed = people["birth_date"], people["diagnosis_date"]
    before_birthday = diagnosed.dt.month * 100 + diagnosed.dt.day < born.dt.month * 100 + born.dt.day
    people = people[diagnosed.dt.year - born.dt.year - before_birthday >= 30]
    people["received"] = _first_referrals(extract, people)
    day = (people["received"] - people["diagnosis_date"]).dt.days
    people["referred"] = (day <= HORIZON).astype(float)
    first, last = extract.registered()
    seen = (people["diagnosis_date"] >= first) & (people["diagnosis_date"] + pd.Timedelta(days=HORIZON) <= last)
    left = (people["emigration_date"] - people["diagnosis_date"]).dt.days
    gone = left.between(0, HORIZON - 1) & ~(people["death_date"] <= people["emigration_date"])
    return _with_stages(people[seen & ~gone].copy(), extract)


def _first_referrals(extract, people):
    referrals = extract["referrals"][extract["referrals"]["accepted"]]
    referrals = referrals.merge(people["diagnosis_date"], left_on="person_id", right_index=True)
    late_enough = (referrals["received_on"] - referrals["diagnosis_date"]).dt.days >= -90
    return referrals[late_enough].groupby("person_id")["received_on"].min()


def _with_stages(people, extract):
    rows = extract["appointments"].merge(people["received"].dropna(), left_on="person_id", right_index=True)
    day = (rows["date"] - rows["received"]).dt.days
    held = rows["status"] == "attended"
    sessions = rows["kind"].isin(SESSION_KINDS) & day.between(0, WINDOW)
    interviewed = rows[(rows["kind"] == "interview") & held & day.between(0, INTERVIEW)]["person_id"]
    attended = rows[sessions & held].groupby("person_id").size().reindex(people.index).fillna(0)
    booked = rows[sessions & rows["status"].isin(BOOKED)].groupby("person_id").size().reindex(people.index).fillna(0)
    referred = people["referred"] == 1
    people["started"] = (referred & (attended > 0)).astype(float)
    people["interview_attended"] = (referred & (people.index.isin(interviewed) | (attended > 0))).astype(float)
    people["sessions_attended"] = attended.where(people["started"] == 1, 0)
    people["sessions_booked"] = booked.where(people["started"] == 1, 0)
    day = (people["needs_assessed_on"] - people["diagnosis_date"]).dt.days
    by_referral = people["needs_assessed_on"] <= people[["received", "diagnosis_date"]].max(axis=1)
    people["needs_assessed"] = (day.between(0, HORIZON) & (by_referral | people["received"].isna())).astype(float)
    return people


def test_persons_are_those_of_access_in_the_order_of_their_ids(cohort, extract):
    access = access_cohort(extract, education_levels=4)
    shared = [name for name in access.persons if name in cohort.persons]
    assert len(shared) == 21
    pd.testing.assert_frame_equal(cohort.persons[shared], access.persons[shared], check_like=True)


def test_stages_to_the_sessions_by_level(cohort, counted):
    rows = cohort.session_set.set_index("person_id")
    columns = ["needs_assessed", *TO_START, "sessions_booked", "sessions_attended"]
    assert rows.index.tolist() == sorted(counted.index)
    expected = counted.loc[rows.index, columns]
    pd.testing.assert_frame_equal(rows[columns].astype(float), expected.astype(float), check_index_type=False)
    by_level = rows.groupby("education", observed=True)[columns].sum()
    assert (by_level.loc[["basic", "long_higher"], columns] > 100).all(axis=None)
    assert (rows[TO_START].diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)  # who got further has passed the ones before
    assert (rows["sessions_attended"] <= rows["sessions_booked"]).all()


def test_stages_to_the_change_by_level(cohort, counted, extract):
    rows = cohort.change_set.set_index("person_id")
    first, last = extract.registered("forms")
    through = counted["diagnosis_date"] + pd.Timedelta(days=HORIZON + WINDOW + FOLLOWUP)
    assert rows.index.tolist() == sorted(counted[(counted["diagnosis_date"] >= first) & (through <= last)].index)
    effect = effect_cohort(extract).persons.set_index("person_id").reindex(rows.index)
    due = (effect["followup_status"] == "due") & (rows["started"] == 1)
    np.testing.assert_array_equal(rows["due"], due)
    np.testing.assert_array_equal(rows["improved"].notna(), rows["change"].notna())
    both = due & effect["change"].notna()
    np.testing.assert_array_equal(both, (rows["due"] == 1) & rows["improved"].notna())
    improved = (effect["change"] >= 10 - 1e-6)[both].groupby(rows["education"], observed=True).agg(["sum", "count"])
    found = rows[both].groupby("education", observed=True)["improved"].agg(["sum", "count"])
    np.testing.assert_array_equal(found, improved)
    assert 0 < improved["sum"].sum() < improved["count"].sum()


def test_by_period_all_who_were_referred_are_seen(cohort, extract):
    effect = effect_cohort(extract).persons
    outside = cohort.session_period[cohort.session_period["referred"].isna()]
    assert len(outside) > 500
    assert outside[["interview_attended", "started"]].notna().all(axis=None)
    assert set(effect["person_id"]) <= set(cohort.change_period["person_id"])
    assert set(cohort.session_set["person_id"]) <= set(cohort.session_period["person_id"])
    within = cohort.change_period[cohort.change_period["referred"] != 0].set_index("person_id")
    expected = effect.set_index("person_id").reindex(within.index)["change"]
    pd.testing.assert_series_equal(within["change"], expected)


def test_the_flow_tells_the_sizes_of_sets_and_stages(cohort):
    flow = cohort.flow.tidy().assign(**cohort.flow.details())
    count = flow.set_index(["branch", "level"])["estimate"]
    for branch, rows in (("sessions", cohort.session_set), ("change", cohort.change_set)):
        assert count[branch, "session_set" if branch == "sessions" else "change_set"] == len(rows)
        named = zip(("referred_within_horizon", "persons_interviewed", "persons_started"), TO_START, strict=True)
        for step, column in named:
            assert count[branch, step] == rows[column].sum()
    due = cohort.change_set[cohort.change_set["due"] == 1]
    assert (count["change", "target_set"], count["change", "both_forms"]) == (len(due), due["improved"].notna().sum())
    left = flow[(flow["branch"] == "change") & (flow["kind"] == "excluded")]["estimate"].sum()
    kept = count["all", "risk_set"] - count["change", "change_set"]
    kept += count["change", "persons_started"] - count["change", "both_forms"]
    assert left == kept
