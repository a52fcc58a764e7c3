"""The pathway cohort by hand: each person is there for one rule, and both sides of every border are tested.

Everybody is diagnosed 30 days before day 0 unless told otherwise, so the horizon of 365 days ends on day 335.
"""

import inspect

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort import pathway
from rehab_stats.extract.cohort.access import access_cohort
from rehab_stats.extract.cohort.adjustment import access_adjustment, pathway_adjustment
from rehab_stats.extract.cohort.effect import effect_cohort
from rehab_stats.extract.cohort.participation import participation_cohort
from rehab_stats.extract.cohort.pathway import pathway_cohort
from rehab_stats.extract.contract import Extract, cast_to_contract

from ..conftest import extract_of
from .conftest import (
    DUE,
    REGISTERED,
    START,
    course,
    flow_of,
    form,
    made,
    on,
    referred_extract,
    scored,
    sessions,
    unreturned,
    who,
    with_forms,
)

HORIZON, THROUGH = 335, 515  # days after day 0: last of the horizon, and of the longest window
TO_SESSIONS = ["referred", "interview_attended", "started", "sessions_booked", "sessions_attended"]
UNSEEN = np.nan


def people_in(*people, diagnosed=(), forms=(), forms_registered=REGISTERED, valid=True, **more):
    """An extract of these people; `diagnosed`: number of the person -> what the diagnosis has instead."""
    extract = referred_extract(*people, **more)
    diagnoses = extract["diagnoses"]
    if diagnosed:
        rows = diagnoses.to_dict("records")
        for number, changes in dict(diagnosed).items():
            rows[number] |= changes
        diagnoses = cast_to_contract("diagnoses", pd.DataFrame(rows).astype({"diagnosis_date": "datetime64[ns]"}))
    extract = Extract({**extract.tables, "diagnoses": diagnoses}, extract.meta)
    return with_forms(extract, forms, registered=forms_registered, valid=valid) if forms else extract


def referred_on(*days, then=()):
    """A person with referrals on these days, and sessions so many days after day 0."""
    return {}, [on(day) for day in days], sessions(*then)


def table(rows, *columns):
    return rows[list(columns)].to_numpy(dtype=float).tolist()


def test_a_referral_on_the_last_day_of_the_horizon_counts_and_one_a_day_later_leads_to_nothing():
    extract = people_in(*[referred_on(day, then=(day + 5, day + 9)) for day in (0, HORIZON, HORIZON + 1)])
    cohort = pathway_cohort(extract)
    assert table(cohort.session_set, *TO_SESSIONS) == [[1, 1, 1, 2, 2], [1, 1, 1, 2, 2], [0, 0, 0, 0, 0]]
    assert table(pathway_cohort(extract, horizon_days=366).persons, *TO_SESSIONS)[2] == [1, 1, 1, 2, 2]
    # what came of the later referral is seen by participation alone
    assert participation_cohort(extract).persons["started"].tolist() == [1, 1, 1]


def test_who_was_never_referred_or_died_before_has_a_nought_at_every_stage():
    people = [({}, [], []), ({"death_date": on(5)}, [], []), referred_on(0, then=[30])]
    assert table(pathway_cohort(people_in(*people)).session_set, *TO_SESSIONS)[:2] == [[0] * 5] * 2


def test_who_started_was_interviewed_and_only_who_started_has_sessions():
    people = [
        sessions(30),  # no interview in the register
        [made("interview", 10), *sessions(30, status="no_show")],
        [made("interview", 91)],
        [made("interview", 90), *sessions(180, status="cancelled_by_centre"), *sessions(20)],
        [made("interview", 10), *sessions(181)],
    ]
    cohort = pathway_cohort(people_in(*people))
    expected = [[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 2, 1], [1, 1, 0, 0, 0]]
    assert table(cohort.session_set, *TO_SESSIONS) == expected


@pytest.mark.parametrize(("last", "inside"), [(THROUGH, True), (THROUGH - 1, False)])
def test_the_session_set_ends_so_that_the_longest_window_does(last, inside):
    people = [referred_on(0, then=[30]), referred_on(HORIZON, then=[HORIZON + 5]), ({}, [], [])]
    cohort = pathway_cohort(people_in(*people, registered=(REGISTERED[0], pd.Timestamp(on(last)))))
    assert cohort.persons["in_session_set"].tolist() == [inside] * 3
    seen = [1, 1, 1, 1, 1]
    late = seen if inside else [1, *[UNSEEN] * 4]
    np.testing.assert_array_equal(table(cohort.session_period, *TO_SESSIONS), [seen, late, [0] * 5])
    if inside:
        assert flow_of(cohort)["session_set"] == 3
    else:
        assert flow_of(cohort)["window_not_observed"] == 3
        message = (
            r"^nobody is seen from the diagnosis on over 365 days of referrals \(registered 2009-01-01 to 2012-12-31\) "
            rf"and 545 days of appointments \(registered 2009-01-01 to {on(last)}\); session_period takes whoever"
        )
        with pytest.raises(ValueError, match=message):
            len(cohort.session_set)


def test_who_was_diagnosed_before_appointments_were_registered_is_not_in_the_session_set():
    people = [referred_on(0, then=[30]) for _ in range(2)]
    diagnosed = {1: {"diagnosis_date": on(-29)}}
    cohort = pathway_cohort(people_in(*people, diagnosed=diagnosed, registered=(pd.Timestamp(on(-29)), None)))
    assert cohort.session_set["person_id"].tolist() == ["p1"]
    assert flow_of(cohort)["diagnosed_before_appointments"] == 1


def test_sessions_of_a_referral_shortly_before_the_diagnosis_and_before_registration_stay_missing():
    people = [referred_on(-40, then=[20]), referred_on(0, then=[20])]
    cohort = pathway_cohort(people_in(*people, registered=(pd.Timestamp(on(-30)), None)))
    np.testing.assert_array_equal(table(cohort.session_set, *TO_SESSIONS), [[1, *[UNSEEN] * 4], [1, 1, 1, 1, 1]])
    counts = flow_of(cohort)
    assert (counts["referred_within_horizon"], counts["referred_before_appointments"]) == (2, 1)
    assert (counts["persons_interviewed"], counts["persons_started"]) == (1, 1)


def test_a_needs_assessment_counts_within_the_horizon_and_not_after_the_referral_or_the_death():
    days = {
        0: (HORIZON, 1),
        1: (HORIZON + 1, 0),
        2: (0, 1),  # on the day of the referral
        3: (1, 0),
        4: (-120, 1),  # 90 days before the diagnosis
        5: (-121, 0),
        6: (None, 0),
        7: (40, 1),
        8: (41, 0),  # after the death
    }
    nobody, day_0, dead = ({}, [], []), referred_on(0, then=[START]), ({"death_date": on(40)}, [], [])
    people = [nobody, nobody, day_0, day_0, nobody, nobody, nobody, dead, dead]
    assessed = {n: {"needs_assessed_on": pd.NaT if day is None else on(day)} for n, (day, _) in days.items()}
    # the last one is outside the risk set
    assessed[9] = {"diagnosis_date": "2012-06-01", "needs_assessed_on": "2012-06-02"}
    extract = people_in(*people, nobody, diagnosed=assessed)
    persons = pathway_cohort(extract).persons
    np.testing.assert_array_equal(persons["needs_assessed"], [*(counts for _, counts in days.values()), UNSEEN])
    shorter = pathway_cohort(extract, horizon_days=20, days_before_diagnosis=5).persons
    # the last one's horizon of 20 days was seen
    assert shorter.loc[shorter["needs_assessed"] == 1, "person_id"].tolist() == ["p9"]


@pytest.mark.parametrize("changes", [{}, {"needs_assessed_on": pd.NaT}])
def test_needs_assessed_is_missing_where_no_assessment_is_in_the_extract(changes):
    persons = pathway_cohort(people_in(sessions(START), diagnosed={0: changes})).persons
    assert persons["needs_assessed"].isna().all()


def test_who_is_due_and_who_is_not():
    start = sessions(START)
    people = [
        start,
        who({"death_date": on(DUE)}, start),
        who({"emigration_date": on(400)}, sessions(380 - 250)),  # due on day 221
        who({"emigration_date": on(340), "death_date": None}, sessions(180)),  # due on day 271
        start,  # course given up
        [made("interview", 10)],  # not started
        ({}, [], []),
        referred_on(HORIZON + 1, then=[HORIZON + 5]),
        start,  # due later than forms are registered
    ]
    forms = [*unreturned(0), form(8), form(8, "end", due=1000)]
    courses = {4: [course(0, 100, "declined")]}
    last = HORIZON + 180 + 91
    extract = people_in(*people, courses=courses, forms=forms, forms_registered=(REGISTERED[0], pd.Timestamp(on(last))))
    cohort = pathway_cohort(extract)
    np.testing.assert_array_equal(cohort.persons["due"], [1, 0, 1, 1, 0, 0, 0, 0, UNSEEN])
    assert cohort.persons["in_change_set"].all()
    counts = flow_of(cohort)
    assert (counts["followup_not_yet_due"], counts["target_set"]) == (1, 3)
    assert (counts["died_before_followup"], counts["course_ended_before_followup"]) == (1, 1)
    assert pathway_cohort(extract, course_must_be_open=False).persons["due"].tolist()[4] == 1


@pytest.mark.parametrize("late", [0, 1])
def test_the_change_set_ends_so_that_the_longest_follow_up_does(late):
    last = pd.Timestamp(on(THROUGH + 91 - late))
    extract = people_in(sessions(START), ({}, [], []), forms=scored(0, 50, 60), forms_registered=(REGISTERED[0], last))
    cohort = pathway_cohort(extract)
    if not late:
        assert cohort.change_set["person_id"].tolist() == ["p0", "p1"]
        assert pathway_cohort(extract, followup_days=90).persons["in_change_set"].all()
        return
    assert flow_of(cohort)["followup_not_observed"] == 2
    assert cohort.session_set["due"].tolist() == [1, 0]
    with pytest.raises(ValueError, match=r"and 636 days of forms \(registered .*; change_period takes whoever is seen"):
        len(cohort.change_set)


def test_forms_that_were_not_registered_yet():
    people = [sessions(START), sessions(START), sessions(20)]
    diagnosed = {1: {"diagnosis_date": on(-10)}, 2: {"diagnosis_date": on(-10)}}
    first = (pd.Timestamp(on(-20)), None)
    cohort = pathway_cohort(people_in(*people, forms=scored(0, 50, 60), diagnosed=diagnosed, forms_registered=first))
    assert cohort.change_set["person_id"].tolist() == ["p1", "p2"]
    assert flow_of(cohort)["diagnosed_before_forms"] == 1
    # started on day 20, forms from day 25 on
    first = (pd.Timestamp(on(25)), None)
    cohort = pathway_cohort(people_in(*people, forms=scored(0, 50, 60), diagnosed=diagnosed, forms_registered=first))
    np.testing.assert_array_equal(cohort.persons["due"], [1, 1, UNSEEN])
    assert np.isnan(cohort.persons["given"].iloc[2])


def test_who_started_before_forms_were_registered_stays_in_the_change_set_without_a_due():
    """Referred 40 days before the diagnosis, a session on the next day; forms are registered from the diagnosis on."""
    people = [referred_on(-70, then=[-69]), sessions(START)]
    first = (pd.Timestamp(on(-30)), None)
    cohort = pathway_cohort(people_in(*people, forms=scored(1, 50, 60), forms_registered=first))
    np.testing.assert_array_equal(cohort.change_set["due"], [UNSEEN, 1])
    assert (flow_of(cohort)["started_before_forms"], flow_of(cohort)["target_set"]) == (1, 1)


def test_scores_and_improvement():
    forms = [
        *[*scored(0, 50, 60), *scored(1, 50, 59.9), *scored(2, 50, 30)],
        *[form(3, back=31, score=50), form(3, "end", given=DUE)],
        *scored(4, 50, 80),  # referred after the horizon
        *[*scored(5, 50, 70)],  # returned both, but died before it was due
    ]
    people = [sessions(START) for _ in range(4)]
    people += [referred_on(HORIZON + 1, then=[HORIZON + 20]), who({"death_date": on(DUE + 1)}, sessions(START))]
    forms[-1]["due_on"] = on(DUE + 1)
    persons = pathway_cohort(people_in(*people, forms=forms, valid=False)).persons
    np.testing.assert_array_equal(persons["improved"], [1, 0, 0, UNSEEN, UNSEEN, 1])
    np.testing.assert_array_equal(persons["due"], [1, 1, 1, 1, 0, 0])
    np.testing.assert_array_equal(persons["given"], [1, 1, 1, 1, UNSEEN, 1])
    np.testing.assert_array_equal(persons["returned_followup"], [1, 1, 1, 0, UNSEEN, 1])
    np.testing.assert_array_equal(persons["score_baseline"], [50, 50, 50, 50, UNSEEN, 50])
    np.testing.assert_allclose(persons["change"], [10, 9.9, -20, UNSEEN, UNSEEN, 20])


@pytest.mark.parametrize(
    ("instrument", "scale", "first", "improved_by", "expected"),
    [
        ("qlq_c30", "FA", 50, 10, [1, 0]),  # less fatigue is better
        ("qlq_c30", "PF2", 50, 10, [0, 1]),
        ("sit_to_stand", "stands", 50, 10, [0, 1]),  # not scored here: higher is taken as better
        ("eq_5d_5l", "index", 0.67, 0.08, [0, 1]),  # 0.75 - 0.67 is a little below 0.08
    ],
)
def test_better_is_the_good_direction_of_the_scale(instrument, scale, first, improved_by, expected):
    size = improved_by if scale != "index" else 0.75 - 0.67
    forms = [*scored(0, first, first - size), *scored(1, first, first + size)]
    forms = [row | {"instrument": instrument, "scale": scale} for row in forms]
    extract = people_in(sessions(START), sessions(START), forms=forms)
    cohort = pathway_cohort(extract, instrument=instrument, scale=scale, improved_by=improved_by)
    assert cohort.persons["improved"].tolist() == expected
    assert (cohort.scale is None) == (instrument == "sit_to_stand")
    assert f"by at least {improved_by:g} points for the better ({instrument}, scale {scale})" in cohort.method


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"improved_by": 0}, "improved_by must be a number of points above 0; got 0"),
        ({"improved_by": -5.0}, "improved_by must be a number of points above 0; got -5.0"),
        ({"improved_by": np.nan}, "improved_by must be a number of points above 0; got nan"),
        ({"improved_by": True}, "improved_by must be a number of points above 0; got True"),
        ({"improved_by": "10"}, "improved_by must be a number of points above 0; got '10'"),
        ({"improved_by": 100.5}, "improved_by must be at most 100, the width of the scale QL2; got 100.5"),
        ({"horizon_days": 0}, "horizon_days must be at least 1; got 0"),
        ({"interview_days": 0}, "interview_days must be at least 1; got 0"),
        ({"followup_days": 0}, "followup_days must be at least 1; got 0"),
        ({"scale": "QL3"}, r"qlq_c30 has no scale 'QL3' \(nearest: QL2\)"),
        ({"followup": "baseline"}, "followup must be 'end' or 'follow_up'; got 'baseline'"),
        ({"periods": [2013]}, "nobody was diagnosed in 2013"),
    ],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        pathway_cohort(people_in(sessions(START), forms=scored(0, 50, 60)), **settings)


def test_an_extract_without_appointments_is_refused():
    with pytest.raises(ValueError, match="the extract has no table appointments"):
        pathway_cohort(extract_of(({}, [{}], [on(0)])))


def test_without_forms_the_pathway_ends_with_the_sessions():
    extract = people_in(sessions(START))
    empty = cast_to_contract("forms", pd.DataFrame(scored(0, 50, 60))).iloc[:0]
    for cohort in (pathway_cohort(extract), pathway_cohort(Extract({**extract.tables, "forms": empty}, extract.meta))):
        assert {"due", "given", "improved", "in_change_set"}.isdisjoint(cohort.persons)
        assert list(cohort.session_set["started"]) == [1]
        assert "change_set" not in flow_of(cohort)
        assert "questionnaire" not in cohort.method
        assert "improved" not in cohort.method
        for period, name in ((False, "change_set"), (True, "change_period")):
            with pytest.raises(ValueError, match=r"^the extract has no forms: without them nobody"):
                getattr(cohort, name)
            rows, why = cohort.changes(period)
            assert rows.empty
            assert {*cohort.change_stages.values(), *cohort.measurement, "score_baseline"} <= set(rows)
            assert why.startswith("the extract has no forms")


def test_forms_of_another_instrument_are_none_and_it_is_named():
    asked = [row | {"instrument": "course_evaluation", "scale": "satisfied"} for row in scored(0, 4, 5)]
    cohort = pathway_cohort(people_in(sessions(START), forms=asked))
    assert list(cohort.session_set["started"]) == [1]
    assert "no forms of 'qlq_c30'" in cohort.changes()[1]
    assert "(there are course_evaluation)" in cohort.changes()[1]


def test_changes_are_those_of_the_set_asked_for():
    cohort = pathway_cohort(people_in(sessions(START), forms=scored(0, 50, 60)))
    for period, rows in ((False, cohort.change_set), (True, cohort.change_period)):
        pd.testing.assert_frame_equal(cohort.changes(period)[0], rows)
        assert cohort.changes(period)[1] == ""


def test_stages_name_columns_in_order():
    cohort = pathway_cohort(people_in(sessions(START), forms=scored(0, 50, 60)))
    assert list(cohort.session_stages) == TO_SESSIONS
    assert cohort.session_stages["sessions_attended"] == ("sessions_attended", "sessions_booked")
    assert list(cohort.change_stages) == ["referred", "interview_attended", "started", "due", "improved"]
    assert cohort.measurement == ("given", "returned_baseline", "returned_followup")
    named = {*cohort.session_stages, *cohort.change_stages.values(), *cohort.measurement, "needs_assessed"}
    assert named <= set(cohort.change_set)
    described = list(access_cohort(people_in(sessions(START))).persons)
    assert [name for name in cohort.persons if name in described][:3] == ["person_id", "sex", "age"]


def test_by_period_everybody_counts_who_is_seen_at_a_stage():
    """Diagnosed before registration began: outside the risk set. The last one was referred before appointments were."""
    start = sessions(START)
    people = [
        start,
        start,
        [],
        referred_on(HORIZON + 1, then=[HORIZON + 5]),
        ({}, [], []),
        referred_on(-190, then=[-100]),
    ]
    before = {"diagnosis_date": "2008-12-31"}
    diagnosed = {number: before for number in (1, 2, 4, 5)}
    registered = (pd.Timestamp(on(-180)), None)
    forms = [*scored(1, 50, 70), form(5, due=-100, back=-99, score=40), form(5, "end", due=-9, back=-8, score=45)]
    cohort = pathway_cohort(people_in(*people, diagnosed=diagnosed, forms=forms, registered=registered))
    assert cohort.session_set["person_id"].tolist() == ["p0", "p3"]
    period = cohort.session_period
    assert period["person_id"].tolist() == ["p0", "p1", "p2", "p3"]
    expected = [[1, 1, 1, 1, 1], [UNSEEN, 1, 1, 1, 1], [UNSEEN, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    np.testing.assert_array_equal(table(period, *TO_SESSIONS), expected)
    period = cohort.change_period
    assert period["person_id"].tolist() == ["p0", "p1", "p2", "p3", "p5"]
    np.testing.assert_array_equal(period["due"], [1, 1, 0, 0, 1])
    np.testing.assert_array_equal(period["improved"], [UNSEEN, 1, UNSEEN, UNSEEN, 0])
    assert np.isnan(table(period, *TO_SESSIONS)[4]).all()


def test_periods_and_years_are_those_of_the_diagnosis():
    diagnosed = {1: {"diagnosis_date": "2009-12-20"}}
    people = [sessions(START), ({}, ["2010-02-01"], [])]
    persons = pathway_cohort(people_in(*people, diagnosed=diagnosed), periods=[2009, 2010]).persons
    assert persons["year"].tolist() == [2010, 2009]
    assert persons["period"].tolist() == ["2010", "2009"]
    assert persons["diagnosis_date"].dt.date.astype(str).tolist() == [on(-30), "2009-12-20"]


ASKED = {
    "education_levels": 3,
    "age_min": 31,
    "horizon_days": 300,
    "window_days": 150,
    "interview_days": 60,
    "session_kinds": ["exercise"],
    "index_diagnosis": "last",
    "referral": "first",
    "excluded_diagnoses": ["C44", "D"],
    "diagnosed_from": "2009-02-01",
    "municipalities": ["101"],
    "days_before_diagnosis": 30,
    "periods": [2009],
    "censor_at_move": False,
    "instrument": "qlq_c30",
    "scale": "PF2",
    "followup": "follow_up",
    "followup_days": 80,
    "course_must_be_open": False,
    "improved_by": 5,
}


def test_every_setting_reaches_every_cohort_that_knows_it(monkeypatch):
    given = {}

    def noting(cohort):
        def noted(extract, **settings):
            given[cohort.__name__] = settings
            return cohort(extract, **settings)

        return noted

    forms = [row | {"scale": "PF2"} for row in (form(0, back=31, score=50), form(0, "follow_up", due=DUE))]
    extract = people_in(sessions(START), forms=forms)
    for cohort in (access_cohort, participation_cohort, effect_cohort):
        monkeypatch.setattr(pathway, cohort.__name__, noting(cohort))
    found = pathway_cohort(extract, **ASKED)
    assert found.settings == ASKED
    assert set(ASKED) == set(inspect.signature(pathway_cohort).parameters) - {"extract"}
    for cohort in (access_cohort, participation_cohort, effect_cohort):
        known = set(inspect.signature(cohort).parameters) & set(ASKED)
        # periods of the diagnosis are not those of referrals or forms
        known -= {"periods"} if cohort is not access_cohort else set()
        assert given[cohort.__name__] == {name: ASKED[name] for name in known}
    assert "Sessions" not in found.method
    assert "sessions (exercise) to day 150" in found.method


def everybody():
    people = [[made("interview", 10), *sessions(START)], sessions(20), referred_on(HORIZON), ({}, [], []), []]
    forms = [*scored(0, 50, 70), form(1, due=20, back=25, score=20)]
    diagnosed = {0: {"needs_assessed_on": on(-3)}, 4: {"diagnosis_date": "2008-05-05"}}
    return people_in(*people, forms=forms, diagnosed=diagnosed, courses={1: [course(0, 90, "declined")]})


def test_row_order_changes_nothing_and_the_extract_is_not_changed():
    extract = everybody()
    before = {name: extract[name] for name in extract}
    tables = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in before.items()}
    cohort, turned = pathway_cohort(extract), pathway_cohort(Extract(tables, extract.meta))
    pd.testing.assert_frame_equal(turned.persons, cohort.persons)
    pd.testing.assert_frame_equal(turned.flow.tidy(), cohort.flow.tidy())
    assert cohort.persons["person_id"].is_monotonic_increasing
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, extract.tables[name])


def test_the_persons_are_those_of_access_and_the_flow_leads_through_the_stages():
    cohort = pathway_cohort(everybody())
    described = ["person_id", "age", "education", "year", "period", "need", "diagnosis_date", "referred"]
    access = access_cohort(everybody(), education_levels=4)
    pd.testing.assert_frame_equal(cohort.persons[described], access.persons[described])
    assert flow_of(cohort) == {
        "persons_in_extract": 5,
        "included": 5,
        "diagnosed_before_registration": 1,
        "risk_set": 4,
        "session_set": 4,
        "referred_within_horizon": 3,
        "persons_interviewed": 2,
        "persons_started": 2,
        "change_set": 4,
        "course_ended_before_followup": 1,
        "target_set": 1,
        "both_forms": 1,
    }
    kinds = cohort.flow.details().assign(level=cohort.flow.tidy()["level"])
    assert list(kinds["branch"].unique()) == ["all", "sessions", "change"]
    assert kinds[kinds["level"] == "persons_started"]["branch"].tolist() == ["sessions", "change"]
    assert cohort.flow.context["synthetic"]


def test_adjustment_sets_are_those_of_access_and_shrink_with_the_persons():
    assert pathway_adjustment() == access_adjustment()
    assert "sex" not in pathway_adjustment("sex")["full"]
    persons = pathway_cohort(everybody()).persons
    assert pathway_adjustment(persons=persons) == {"crude": [], "age_sex_year": ["bs(age, df=4)", "year"]}
    with pytest.raises(ValueError, match="exposure 'score' is none of"):
        pathway_adjustment("score")
