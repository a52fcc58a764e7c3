"""The access cohort by hand: each person is there for one rule, and both sides of every border are tested."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort.access import AXES, access_adjustment, access_cohort, axis_levels
from rehab_stats.extract.contract import Extract, ExtractMeta

from ..conftest import extract_of


def only(person=None, cancers=({},), received=(), **parameters):
    """The cohort's row of one person (with a companion, so that it is never empty)."""
    cohort = access_cohort(extract_of((person or {}, cancers, received), ({}, [{}], [])), **parameters)
    return cohort.persons.set_index("person_id").loc["p0"]


def step(cohort, level):
    return int(cohort.flow.select(level=level).tidy()["estimate"].iloc[0])


def excluded(person=None, cancers=({},), received=(), **parameters):
    cohort = access_cohort(extract_of((person or {}, cancers, received), ({}, [{}], [])), **parameters)
    flow = cohort.flow.tidy()[cohort.flow.details()["kind"] == "excluded"]
    return list(flow.loc[flow["estimate"] > 0, "level"])


def test_days_are_counted_from_the_diagnosis():
    row = only(received=["2010-07-15"])
    assert (row["entry_days"], row["days_to_referral"], row["referral_event"]) == (0, 30, 1)
    assert row["in_hazard_set"]
    assert (row["in_risk_set"], row["referred"]) == (True, 1)


def test_death_ends_the_time_and_is_a_competing_event():
    row = only({"death_date": "2010-08-15"})
    assert (row["days_to_referral"], row["referral_event"], row["referred"]) == (61, 2, 0)


def test_a_referral_on_the_day_of_death_counts_and_one_after_emigration_does_not():
    assert only({"death_date": "2010-08-15"}, received=["2010-08-15"])["referral_event"] == 1
    row = only({"emigration_date": "2012-08-15"}, received=["2012-08-16"])
    assert (row["referral_event"], row["days_to_referral"]) == (0, 792)


def test_without_an_event_time_ends_with_the_registration_not_the_extract():
    row = only()
    assert (row["days_to_referral"], row["referral_event"]) == (930, 0)
    assert only(received=["2013-01-01"])["referral_event"] == 0


def test_entry_is_delayed_to_the_first_day_of_registration_and_events_of_that_day_count():
    row = only(cancers=[{"diagnosis_date": "2008-12-22"}], received=["2009-01-01"])
    assert (row["entry_days"], row["days_to_referral"], row["referral_event"]) == (9.5, 10, 1)
    assert row["in_hazard_set"]
    assert not row["in_risk_set"]
    assert np.isnan(row["referred"])


def test_who_is_gone_before_registration_has_no_time_at_risk():
    early = [{"diagnosis_date": "2008-01-01"}]
    assert excluded({"death_date": "2008-12-31"}, early) == [
        "gone_before_registration",
        "diagnosed_before_registration",
    ]
    assert excluded({"death_date": "2009-01-01"}, early) == ["diagnosed_before_registration"]


def test_the_horizon_has_two_sides():
    assert only(received=["2011-06-15"], horizon_days=365)["referred"] == 1
    assert only(received=["2011-06-16"], horizon_days=365)["referred"] == 0
    last = [{"diagnosis_date": "2012-01-01"}]
    assert only(cancers=last, horizon_days=365)["in_risk_set"]
    assert excluded(cancers=last, horizon_days=366) == ["horizon_not_observed"]


def test_emigration_within_the_horizon_leaves_the_risk_set_but_not_the_hazard_set():
    row = only({"emigration_date": "2010-12-24"})
    assert (row["in_hazard_set"], row["in_risk_set"]) == (True, False)
    assert excluded({"emigration_date": "2010-12-24"}) == ["emigrated_within_horizon"]


def test_a_referral_shortly_before_the_diagnosis_belongs_to_it_and_an_earlier_one_does_not():
    row = only(received=["2010-03-17"])
    assert (row["days_to_referral"], row["referral_event"]) == (0.5, 1)
    row = only(received=["2010-03-16"])
    assert row["referral_event"] == 0
    cohort = access_cohort(extract_of(({}, [{}], ["2010-03-16"]), ({}, [{}], ["2010-06-01"])))
    assert step(cohort, "referral_long_before_diagnosis") == 1
    assert step(cohort, "referral_shortly_before_diagnosis") == 1


def test_several_referrals_count_as_one_the_first_accepted():
    received = ["refused 2010-07-01", "2010-09-01", "2010-08-01"]
    assert only(received=received)["days_to_referral"] == 47
    assert only(received=received, referral="first")["days_to_referral"] == 16


def test_several_diagnoses_count_as_one_the_first_unless_asked():
    cancers = [{"diagnosis_date": "2011-06-15", "diagnosis": "C34.1"}, {"diagnosis_date": "2010-06-15"}]
    assert only(cancers=cancers)["diagnosis_group"] == "breast"
    assert only(cancers=cancers, index_diagnosis="last")["diagnosis_group"] == "lung"


def test_who_is_left_out_and_why():
    assert excluded({"role": "relative"}) == ["relatives"]
    assert excluded(cancers=[]) == ["no_cancer_diagnosis"]
    assert excluded(cancers=[{"diagnosis": "D05.1"}]) == ["no_cancer_diagnosis"]
    assert excluded(cancers=[{"diagnosis": "C44.3"}]) == ["only_left_out_diagnoses"]
    assert excluded(cancers=[{"diagnosis": "C98"}]) == ["no_cancer_diagnosis"]
    # what the contract takes for a cancer, the cohort does too
    assert excluded(cancers=[{"diagnosis": "D09.0"}]) == []
    assert excluded(cancers=[{"diagnosis": "C44.3"}], excluded_diagnoses=()) == []
    assert excluded({"birth_date": "1980-06-16"}) == ["below_age_min"]
    assert excluded({"birth_date": "1980-06-15"}) == []
    assert excluded(cancers=[{"diagnosis_date": "2013-01-01"}])[0] == "diagnosed_after_registration"
    assert excluded(cancers=[{"diagnosis_date": "2012-12-31"}]) == ["horizon_not_observed"]


def test_the_first_day_of_diagnoses_has_two_sides():
    two = (({}, [{}], []), ({}, [{"diagnosis_date": "2010-06-14"}], []))
    cohort = access_cohort(extract_of(*two), diagnosed_from="2010-06-15")
    assert list(cohort.persons["person_id"]) == ["p0"]
    assert step(cohort, "diagnosed_before_period") == 1
    with pytest.raises(ValueError, match="diagnosed_from must be a day, YYYY-MM-DD, or empty; got 'June'"):
        access_cohort(extract_of(*two), diagnosed_from="June")


def test_who_emigrated_before_the_diagnosis_had_come_back():
    row = only({"emigration_date": "2005-01-01"}, received=["2010-07-15"])
    assert (row["days_to_referral"], row["referral_event"], row["in_risk_set"]) == (30, 1, True)


def test_a_referral_from_before_registration_is_in_neither_set():
    early = [{"diagnosis_date": "2009-01-15"}]
    assert excluded(cancers=early, received=["2008-12-20"]) == ["referred_before_registration"] * 2
    assert only(cancers=early, received=["2009-01-01"])["referred"] == 1


def test_the_flow_adds_up():
    people = [
        ({"role": "relative"}, [{}], []),
        ({"birth_date": "1990-01-01"}, [{}], []),
        ({}, [{"diagnosis_date": "2008-01-01"}], []),
        ({"death_date": "2008-05-01"}, [{"diagnosis_date": "2008-01-01"}], []),
        ({"emigration_date": "2010-12-24"}, [{}], []),
        ({}, [{}], ["2010-07-01"]),
    ]
    cohort = access_cohort(extract_of(*people))
    flow, details = cohort.flow.tidy(), cohort.flow.details()
    for branch, start, end in [
        ("all", "persons_in_extract", "included"),
        ("hazard", "included", "hazard_set"),
        ("risk", "included", "risk_set"),
    ]:
        left_out = flow["estimate"][(details["branch"] == branch) & (details["kind"] == "excluded")].sum()
        assert step(cohort, start) - left_out == step(cohort, end)
    assert step(cohort, "hazard_set") == len(cohort.hazard_set) == 3
    assert step(cohort, "risk_set") == len(cohort.risk_set) == 1
    assert (cohort.hazard_set["entry_days"] < cohort.hazard_set["days_to_referral"]).all()


def test_education_in_three_or_four_levels_keeps_unknown_last():
    person = {"education": "short_or_medium_higher"}
    three, four = (
        access_cohort(extract_of((person, [{}], []), ({"education": None}, [{}], [])), education_levels=levels).persons
        for levels in (3, 4)
    )
    assert list(three["education"]) == ["long", "unknown"]
    assert list(three["education"].cat.categories) == ["short", "medium", "long", "unknown"]
    assert four["education"].iloc[0] == "short_or_medium_higher"
    assert four["education"].cat.ordered
    assert four["education"].cat.categories[-1] == "unknown"


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("C50.9", "breast"),
        ("C61", "prostate"),
        ("C18.2", "colorectal"),
        ("C20", "colorectal"),
        ("C21.0", "other"),
        ("C34.1", "lung"),
        ("C14", "head_and_neck"),
        ("C15", "other"),
        ("C32.9", "head_and_neck"),
        ("C80", "other"),
        ("C81.1", "haematological"),
        ("C96", "haematological"),
        ("C97", "other"),
    ],
)
def test_diagnosis_groups(code, group):
    assert only(cancers=[{"diagnosis": code}])["diagnosis_group"] == group


def test_age_is_in_whole_years_and_by_calendar_year_where_only_that_is_known():
    assert only({"birth_date": "1950-06-16"})["age"] == 59
    assert only({"birth_date": "1950-06-15"})["age"] == 60
    assert only({"birth_date": None, "birth_year": 1950})["age"] == 60


def test_income_fifths_are_taken_within_the_year_and_ties_share_a_fifth():
    people = [({"income": income}, [{}], []) for income in (100, 100, 300, 400, 500)]
    people += [({"income": 1}, [{"diagnosis_date": "2011-06-15"}], []), ({"income": None}, [{}], [])]
    fifths = access_cohort(extract_of(*people)).persons["income_fifth"]
    assert list(fifths[:6]) == ["1", "1", "3", "4", "5", "1"]
    assert pd.isna(fifths[6])


def test_rows_are_ordered_by_person_whatever_the_order_of_the_files():
    extract = extract_of(({}, [{}], []), ({}, [{}], ["2010-07-01"]), ({}, [{}], []))
    shuffled = Extract({name: extract[name].iloc[::-1] for name in extract.tables}, extract.meta)
    a, b = access_cohort(extract).persons, access_cohort(shuffled).persons
    pd.testing.assert_frame_equal(a, b)
    assert list(a["person_id"]) == ["p0", "p1", "p2"]


def test_optional_columns_may_be_absent():
    extract = extract_of(({}, [{}], []), ({}, [{}], []))
    tables = dict(extract.tables)
    tables["persons"] = tables["persons"][["person_id", "sex", "birth_date", "education"]]
    tables["diagnoses"] = tables["diagnoses"].drop(columns="department")
    cohort = access_cohort(Extract(tables, extract.meta))
    assert len(cohort.persons) == 2
    assert cohort.persons["income_fifth"].isna().all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"education_levels": 5}, "education_levels must be 3 or 4; got 5"),
        ({"horizon_days": 0}, "horizon_days must be at least 1; got 0"),
        ({"age_min": -1}, "age_min must not be negative"),
        ({"index_diagnosis": "second"}, "index_diagnosis must be 'first' or 'last'"),
        ({"referral": "any"}, "referral must be 'first_accepted' or 'first'"),
        ({"age_min": 100}, "nobody is left after inclusion"),
        ({"excluded_diagnoses": "C44"}, "excluded_diagnoses must be a list of codes, none of them empty; got 'C44'"),
        ({"excluded_diagnoses": ["C44", ""]}, "excluded_diagnoses must be a list of codes, none of them empty"),
        ({"municipalities": "101"}, "municipalities must be a list of codes, none of them empty; got '101'"),
        ({"diagnosed_from": "20100615"}, "diagnosed_from must be a day, YYYY-MM-DD, or empty; got '20100615'"),
        ({"diagnosed_from": "2010-W24-2"}, "diagnosed_from must be a day, YYYY-MM-DD, or empty"),
        ({"diagnosed_from": "1500-01-01"}, "diagnosed_from must be a day, YYYY-MM-DD, or empty"),
    ],
)
def test_parameters_outside_their_values_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        access_cohort(extract_of(({}, [{}], [])), **parameters)


def test_left_out_diagnoses_are_beginnings_not_patterns_and_are_named():
    skin = [{"diagnosis": "C44.3"}]
    assert excluded(cancers=skin, excluded_diagnoses=["C4."]) == []
    assert excluded(cancers=skin, excluded_diagnoses=["C61", "C4"]) == ["only_left_out_diagnoses"]
    method = access_cohort(extract_of(({}, [{}], [])), excluded_diagnoses=["C61", "C4"]).method
    assert "cancer diagnosis (C61, C4 left out) in the extract. Referrals" in method


def test_residents_of_other_municipalities_are_left_out_when_asked():
    elsewhere, nowhere = [{"municipality": "147"}], [{"municipality": None}]
    assert excluded(cancers=elsewhere) == excluded(cancers=nowhere) == []
    assert excluded(cancers=elsewhere, municipalities=["0101"]) == ["other_municipality"]
    assert excluded(cancers=nowhere, municipalities=["101"]) == ["other_municipality"]
    assert excluded(cancers=elsewhere, municipalities=["101", "147"]) == []
    method = access_cohort(extract_of(({}, [{}], [])), municipalities=["101", "147"]).method
    assert "living in municipality 101 or 147 on that day" in method


def test_an_empty_risk_set_is_refused_with_both_numbers():
    cohort = access_cohort(extract_of(({}, [{}], [])), horizon_days=931)
    assert len(cohort.hazard_set) == 1
    with pytest.raises(
        ValueError, match=r"^nobody is observable over 931 days: referrals were registered for 1460 days"
    ):
        _ = cohort.risk_set


def test_a_referral_of_unknown_acceptance_counts_as_not_accepted():
    extract = extract_of(({}, [{}], ["2010-07-15"]))
    tables = dict(extract.tables)
    tables["referrals"] = tables["referrals"].assign(accepted=pd.array([pd.NA], dtype="boolean"))
    extract = Extract(tables, extract.meta)
    assert access_cohort(extract).persons["referral_event"].iloc[0] == 0
    assert access_cohort(extract, referral="first").persons["referral_event"].iloc[0] == 1


def test_of_two_diagnoses_on_one_day_the_first_code_counts():
    cancers = [{"diagnosis": "C61"}, {"diagnosis": "C34.1"}]
    assert only(cancers=cancers)["diagnosis_group"] == "lung"
    assert only(cancers=cancers, index_diagnosis="last")["diagnosis_group"] == "lung"


def test_who_is_diagnosed_on_the_first_day_of_registration_enters_at_once_and_is_in_the_risk_set():
    row = only(cancers=[{"diagnosis_date": "2009-01-01"}])
    assert (row["entry_days"], row["in_risk_set"]) == (0, True)
    row = only(cancers=[{"diagnosis_date": "2008-12-31"}])
    assert (row["entry_days"], row["in_risk_set"]) == (0.5, False)


def test_emigration_at_the_horizon_comes_too_late_to_matter():
    assert excluded({"emigration_date": "2011-06-14"}) == ["emigrated_within_horizon"]
    assert excluded({"emigration_date": "2011-06-15"}) == []


def test_who_died_before_a_date_of_emigration_did_not_leave():
    row = only({"death_date": "2010-08-15", "emigration_date": "2010-08-16"})
    assert (row["in_risk_set"], row["referred"], row["referral_event"]) == (True, 0, 2)
    assert excluded({"death_date": "2010-08-17", "emigration_date": "2010-08-16"}) == ["emigrated_within_horizon"]


def test_a_referral_after_death_never_counts():
    row = only({"death_date": "2010-08-15"}, received=["2010-08-16"])
    assert (row["in_risk_set"], row["referred"], row["referral_event"]) == (True, 0, 2)


@pytest.mark.parametrize("registered_to", [pd.Timestamp("2014-12-31"), None])
def test_registration_ends_with_the_extract_at_the_latest(registered_to):
    extract = extract_of(({}, [{}], []))
    days = {"referrals": (pd.Timestamp("2009-01-01"), registered_to)}
    cohort = access_cohort(Extract(extract.tables, ExtractMeta(pd.Timestamp("2013-06-30"), "by hand", True, days)))
    assert cohort.persons["days_to_referral"].iloc[0] == 1111


def test_who_has_no_birth_is_left_out_as_of_unknown_age():
    assert excluded({"birth_date": None}) == ["age_unknown"]


@pytest.mark.parametrize(
    ("age", "group"),
    [(30, "30-49"), (49, "30-49"), (50, "50-64"), (64, "50-64"), (65, "65-74"), (74, "65-74"), (75, "75+")],
)
def test_age_groups_have_two_sides(age, group):
    assert only({"birth_date": f"{2010 - age}-06-15"})["age_group"] == group
    assert only({"birth_date": "1980-06-16"}, age_min=18)["age_group"] == "under 30"


def test_comorbidity_children_and_cohabitation_are_not_mixed_up():
    row = only({"comorbidity": 3, "children_at_home": 1, "cohabiting": True})
    assert (row["comorbidity_group"], row["children_at_home"], row["cohabiting"]) == ("2_or_more", "1", "cohabiting")
    row = only({"comorbidity": 0, "children_at_home": 2, "cohabiting": False})
    assert (row["comorbidity_group"], row["children_at_home"], row["cohabiting"]) == ("0", "2_or_more", "alone")


def test_a_referral_too_early_is_noted_and_the_timely_one_counts():
    cohort = access_cohort(extract_of(({}, [{}], ["2010-01-01", "2010-07-15"]), ({}, [{}], ["2010-07-15"])))
    assert step(cohort, "referral_long_before_diagnosis") == 1
    assert list(cohort.persons["days_to_referral"]) == [30, 30]


def test_adjustment_sets_are_nested_and_leave_the_exposure_out():
    sets = access_adjustment()
    assert list(sets) == ["crude", "age_sex_year", "plus_diagnosis", "full"]
    assert sets["crude"] == []
    nested = list(sets.values())
    assert all(set(a) <= set(b) for a, b in pairwise(nested))
    assert "sex" not in access_adjustment("sex")["full"]
    assert not any("age" in term for term in access_adjustment("age_group")["full"])
    with pytest.raises(ValueError, match="exposure 'shoe_size' is none of education"):
        access_adjustment("shoe_size")


def test_a_column_nobody_has_is_left_out_of_the_adjustment_and_a_set_that_adds_nothing_too():
    other = {"sex": "male", "income": 1, "cohabiting": False, "children_at_home": 1}
    cancer = {"diagnosis": "C61", "diagnosis_date": "2011-06-15"}
    persons = access_cohort(extract_of(({}, [{}], []), ({"income": 1}, [{}], []), (other, [cancer], []))).persons
    assert access_adjustment(persons=persons) == access_adjustment()
    no_income = access_adjustment(persons=persons.assign(income_fifth=None))
    assert no_income["full"][-2:] == ["cohabiting", "children_at_home"]
    bare = persons.assign(income_fifth=None, cohabiting=None, children_at_home=None)
    assert list(access_adjustment(persons=bare)) == ["crude", "age_sex_year", "plus_diagnosis"]
    one_year = access_adjustment(persons=persons.assign(year=2009))
    assert one_year["age_sex_year"] == ["bs(age, df=4)", "sex"]


def test_adjustment_sets_where_persons_were_only_counted_use_age_groups_and_periods():
    people = [({"sex": sex}, [{"diagnosis": c}], []) for sex, c in (("female", "C50"), ("male", "C61"))]
    persons = access_cohort(extract_of(*people, ({"birth_date": "1930-01-01"}, [{}], []))).persons
    counted = persons[["sex", "age_group", "diagnosis_group", "period", "education"]]
    assert access_adjustment(persons=counted) == {
        "crude": [],
        "age_sex_year": ["age_group", "sex"],  # one period only
        "plus_diagnosis": ["age_group", "sex", "diagnosis_group"],
    }
    assert access_adjustment("age_group", persons=counted)["age_sex_year"] == ["sex"]


def test_since_registration_is_the_hazard_set_without_delayed_entry():
    days = ["2008-12-31", "2009-01-01", "2010-06-15"]
    cohort = access_cohort(extract_of(*[({}, [{"diagnosis_date": day}], []) for day in days]))
    assert list(cohort.hazard_set["person_id"]) == ["p0", "p1", "p2"]
    assert list(cohort.since_registration["person_id"]) == ["p1", "p2"]
    assert (cohort.since_registration["entry_days"] == 0).all()


def test_the_settings_in_force_are_kept():
    cohort = access_cohort(extract_of(({}, [{}], [])), horizon_days=90, municipalities=["101"])
    assert cohort.settings["horizon_days"] == 90
    assert cohort.settings["municipalities"] == ["101"]
    assert cohort.settings["education_levels"] == 3
    assert "extract" not in cohort.settings


def test_need_is_that_of_the_index_diagnosis_and_ordered():
    later = {"diagnosis_date": "2011-06-15", "diagnosis": "C34.1", "need": "low"}
    extract = extract_of(({}, [{"need": "high"}, later], []), ({}, [{}], []))
    first = access_cohort(extract).persons["need"]
    assert list(first) == ["high", np.nan]
    assert list(first.cat.categories) == ["low", "medium", "high"]
    assert first.cat.ordered
    assert access_cohort(extract, index_diagnosis="last").persons["need"].iloc[0] == "low"
    assert only()["need"] is np.nan


def test_need_found_after_the_referral_is_not_need_at_the_referral():
    found = [{"need": "high", "needs_assessed_on": day} for day in ("2010-06-20", "2010-07-20", None)]
    people = [({}, [{"diagnosis_date": "2010-06-15", **need}], ["2010-07-01"]) for need in found]
    unreferred = ({}, [{"diagnosis_date": "2010-06-15", **found[1]}], [])
    assert list(access_cohort(extract_of(*people, unreferred)).persons["need"]) == ["high", np.nan, "high", "high"]


def diagnosed_in(*years, **parameters):
    people = [({}, [{"diagnosis_date": f"{year}-06-15"}], []) for year in years]
    return access_cohort(extract_of(*people), **parameters).persons["period"]


def test_periods_are_two_halves_by_persons_diagnosed_since_registration():
    period = diagnosed_in(2007, 2008, 2009, 2010, 2010, 2011, 2012, 2012)
    assert list(period[:2]) == [np.nan] * 2
    assert list(period[2:]) == ["2009-2010"] * 3 + ["2011-2012"] * 3
    assert period.cat.ordered
    assert list(diagnosed_in(2009, 2012, 2012, 2012)) == ["2009-2011"] + ["2012"] * 3
    assert list(diagnosed_in(2010, 2010)) == ["2010"] * 2
    assert list(diagnosed_in(2007, 2008)) == ["2007", "2008"]  # nobody since registration


def test_periods_asked_for_begin_with_the_years_named():
    period = diagnosed_in(2007, 2008, 2009, 2011, 2012, periods=[2008, 2009, 2011])
    assert list(period) == [np.nan, "2008", "2009-2010", "2011-2012", "2011-2012"]
    assert list(diagnosed_in(2009, 2012, periods=[2009, 2010, 2012]).cat.categories) == ["2009", "2012"]
    for wrong, said in (
        ([2010, 2009], "each later than the one before; got"),
        ([2009, 2009], "each later than the one before"),
        ([2009, 2013], "nobody was diagnosed in 2013 or later; the last year is 2012"),
    ):
        with pytest.raises(ValueError, match=said):
            diagnosed_in(2009, 2012, periods=wrong)


@pytest.mark.parametrize("levels", [3, 4])
def test_the_levels_said_of_each_axis_are_those_of_the_cohort(levels):
    persons = access_cohort(extract_of(({}, [{}], []), ({}, [{}], [])), education_levels=levels, age_min=0).persons
    for axis in AXES:
        assert set(persons[axis].cat.categories) <= set(axis_levels(axis, levels))
        assert persons[axis].cat.ordered
