"""The effect cohort by hand: each person is there for one rule, and both sides of every border are tested."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort.adjustment import access_adjustment, effect_adjustment
from rehab_stats.extract.cohort.effect import effect_cohort
from rehab_stats.extract.cohort.participation import participation_cohort
from rehab_stats.extract.contract import Extract

from .conftest import (
    DUE,
    START,
    answers,
    course,
    flow_of,
    form,
    on,
    referred_extract,
    scored,
    sessions,
    unreturned,
    who,
    with_forms,
)


def cohort_of(people, forms, *, courses=None, stays=(), items=(), drop=(), registered=None, valid=True, **more):
    extract = referred_extract(*people, courses=courses, stays=stays)
    extract = with_forms(extract, forms, items=items, drop=drop, registered=registered, valid=valid)
    return effect_cohort(extract, **more)


def started(count):
    return [sessions(START, 40) for _ in range(count)]


def test_every_pattern_of_forms_is_told_apart():
    forms = [
        *scored(0, 50, 75),
        *[form(1, back=33, score=25), form(1, "end", given=DUE)],
        *[form(2, given=START), form(2, "end", back=DUE, score=100)],
        *[form(3, given=START), form(3, "end", given=DUE)],
        *[form(4), form(4, "end")],
    ]
    persons = cohort_of(started(6), forms).persons
    patterns = ["both", "baseline_only", "followup_only", "given_not_returned", "never_given", "never_given"]
    assert persons["form_pattern"].tolist() == patterns
    assert persons["given"].tolist() == [1, 1, 1, 1, 0, 0]
    assert persons["returned_baseline"].tolist() == [1, 1, 0, 0, 0, 0]
    assert persons["returned_followup"].tolist() == [1, 0, 1, 0, 0, 0]
    np.testing.assert_array_equal(persons["score_baseline"], [50, 25, *[np.nan] * 4])
    np.testing.assert_array_equal(persons["change"], [25, *[np.nan] * 5])
    assert set(persons["followup_status"]) == {"due"}


def test_the_flow_leads_from_those_referred_to_both_forms():
    people = [*started(5), [], who({"death_date": on(100)}, sessions(START))]
    forms = [
        *scored(0, 50, 75),
        *[form(1, back=33, score=25), form(1, "end", given=DUE)],
        *[form(2, given=START), form(2, "end", back=DUE, score=100)],
        form(3),
        *scored(5, 50, 50),  # who never came to a session
    ]
    cohort = cohort_of(people, forms)
    assert flow_of(cohort) == {
        "persons_in_extract": 7,
        "included": 7,
        "persons_referred": 7,
        "not_started": 1,
        "persons_started": 6,
        "without_form_row": 2,
        "form_not_in_cohort": 1,
        "died_before_followup": 1,
        "target_set": 5,
        "never_given": 2,
        "given": 3,
        "baseline_not_returned": 1,
        "returned_baseline": 2,
        "followup_not_returned": 1,
        "both_forms": 1,
        "followup_without_baseline": 1,
    }
    assert cohort.target_set["person_id"].tolist() == ["p0", "p1", "p2", "p3", "p4"]
    assert set(cohort.steps.values()) <= set(cohort.target_set)
    kinds = cohort.flow.details().assign(level=cohort.flow.tidy()["level"]).set_index("level")
    assert kinds.loc["returned_baseline"].tolist() == ["kept", "forms"]
    assert kinds.loc["died_before_followup"].tolist() == ["excluded", "all"]


def test_who_has_died_or_left_by_the_day_is_not_due():
    days = (DUE - 1, DUE, DUE + 1)
    dead, gone = ([who({end: on(day)}, sessions(START)) for day in days] for end in ("death_date", "emigration_date"))
    first_gone = who({"emigration_date": on(60), "death_date": on(61)}, sessions(START))
    first_dead = who({"death_date": on(60)}, sessions(START))
    persons = cohort_of([*dead, *gone, first_gone, first_dead], unreturned(0)).persons
    assert persons["followup_status"].tolist() == [*["died"] * 2, "due", *["left_area"] * 2, "due", "left_area", "died"]


def test_moving_away_ends_it_where_it_is_told():
    stays = [(0, "101", "2000-01-01", on(100)), (1, "101", "2000-01-01", None)]
    for told, status in ((True, "left_area"), (False, "due")):
        persons = cohort_of(started(2), unreturned(0), stays=stays, censor_at_move=told).persons
        assert persons["followup_status"].tolist() == [status, "due"]


def test_a_course_that_was_given_up_ends_it_and_a_completed_one_does_not():
    ends = [
        *[(100, "completed"), (100, "declined"), (DUE - 1, "other"), (DUE, "declined"), (None, None), (100, None)],
        (START - 1, "declined"),  # before the first session: not the course that was started
    ]
    courses = {number: [course(0, *end)] for number, end in enumerate(ends)}
    for must, ended in ((True, "course_ended"), (False, "due")):
        cohort = cohort_of(started(7), unreturned(0), courses=courses, course_must_be_open=must)
        assert cohort.persons["followup_status"].tolist() == ["due", ended, ended, "due", "due", "due", "due"]
        assert ("given up the course" in cohort.method) == must


def test_a_day_that_has_not_come_is_told_apart():
    """Referred on the last day of registration, 2012-12-31; the extract is of 2013-06-30, 181 days later."""
    late = [({}, ["2012-12-31"], sessions(900 + day)) for day in (90, 91)]
    persons = cohort_of([*started(1), *late], unreturned(0)).persons
    assert persons["followup_status"].tolist() == ["due", "due", "not_yet_due"]
    period = (pd.Timestamp("2009-01-01"), pd.Timestamp(on(DUE - 1)))
    assert cohort_of(started(1), unreturned(0), registered=period).persons["followup_status"].tolist() == [
        "not_yet_due"
    ]


def test_due_days_are_those_of_the_forms_and_else_follow_the_first_session():
    forms = [form(0, due=25), form(0, "end", due=200), form(1, due=25), form(2, "end", due=150)]
    persons = cohort_of(started(4), forms).persons
    assert persons["followup_due_on"].dt.date.astype(str).tolist() == [on(200), on(25 + 91), on(150), on(DUE)]
    assert persons["started_on"].dt.date.astype(str).tolist() == [on(START)] * 4
    assert persons["start_month"].tolist() == ["2010-08"] * 4  # 9 and 14 August
    other = cohort_of(started(4), forms, followup_days=30).persons
    assert other["followup_due_on"].dt.date.astype(str).tolist() == [on(200), on(55), on(150), on(60)]


def test_year_and_period_are_those_of_the_first_form():
    people = [({}, ["2010-12-20"], sessions(180)), *started(1)]  # 11 January 2011
    persons = cohort_of(people, unreturned(1)).persons
    assert persons["year"].tolist() == [2011, 2010]
    assert persons["period"].tolist() == ["2011", "2010"]
    with pytest.raises(ValueError, match="nobody was given a first form in 2012"):
        cohort_of(people, unreturned(1), periods=[2010, 2012])


def test_scores_come_from_the_table_and_else_from_the_answers():
    whole = {"scale": None}
    forms = [
        *[form(0, back=31, **whole), form(0, "end", back=DUE, **whole)],
        *[form(1, back=31, **whole), form(1, "end", back=DUE, **whole)],
        *[form(2, back=31, score=40), form(2, due=START, given=29, **whole)],  # the scale's own row goes first
        form(3, back=31, score=90, scale="PF2"),  # another scale says nothing
        form(4, **whole),
    ]
    items = [*answers(0, "baseline", 4, 4), *answers(0, "end", 6, 7), *answers(1, "baseline", 2, None)]
    items += [*answers(1, "end", None, None), *answers(2, "baseline", 1, 1), *answers(4, "baseline", 7, 7)]
    cohort = cohort_of(started(5), forms, items=items)
    persons = cohort.persons
    np.testing.assert_allclose(persons["score_baseline"], [50, 100 / 6, 40, np.nan, 100])
    np.testing.assert_allclose(persons["score_followup"], [5.5 / 6 * 100, *[np.nan] * 4])
    assert persons["given"].tolist() == [1, 1, 1, 0, 1]  # answers without a day on which the form was given
    assert flow_of(cohort)["returned_without_score"] == 1
    assert cohort.scale.name == "QL2"


def test_other_instruments_and_scales():
    forms = [row | {"scale": scale} for scale in ("PF2", "QL2") for row in scored(0, 20, 30 if scale == "PF2" else 80)]
    forms += [row | {"instrument": "sit_to_stand", "scale": "stands"} for row in scored(0, 11, 14)]
    assert cohort_of(started(1), forms, scale="PF2").persons["change"].tolist() == [10]
    assert cohort_of(started(1), forms).persons["change"].tolist() == [60]
    other = cohort_of(started(1), forms, instrument="sit_to_stand", scale="stands")
    assert other.persons["change"].tolist() == [3]
    assert other.scale is None
    late = [form(0, back=31, score=50), form(0, "follow_up", due=300, back=301, score=60)]
    assert cohort_of(started(1), late, followup="follow_up").persons["change"].tolist() == [10]


def test_nothing_that_came_in_after_death_is_used():
    people = [who({"death_date": on(day)}, sessions(START)) for day in (DUE + 2, DUE + 1, DUE + 2)]
    forms = [*scored(0, 50, 60), form(1, back=31, score=50), form(1, "end", back=DUE + 2, score=60)]
    forms += [form(2, given=DUE + 3, back=DUE + 3, score=50)]
    cohort = cohort_of(people, forms, valid=False)
    assert cohort.persons["form_pattern"].tolist() == ["both", "baseline_only", "never_given"]
    assert flow_of(cohort)["returned_after_death"] == 2
    # a score without a day, of a form that was due after death
    undated = [form(0, back=31, score=50), form(0, "end", score=60)]
    persons = cohort_of([who({"death_date": on(100)}, sessions(START))], undated, valid=False).persons
    assert (persons["form_pattern"].item(), persons["followup_status"].item()) == ("baseline_only", "died")


def test_without_the_days_of_giving_a_row_is_a_form_that_was_given():
    forms = [*scored(0, 50, 60), *unreturned(1)]
    persons = cohort_of(started(3), forms, drop=["given_on"]).persons
    assert persons["given"].tolist() == [1, 1, 0]
    persons = cohort_of(started(3), forms, drop=["given_on", "returned_on"]).persons
    assert persons["form_pattern"].tolist() == ["both", "given_not_returned", "never_given"]


def test_who_started_before_forms_were_registered_is_left_out():
    people = [sessions(START), sessions(150)]
    forms = [form(1, due=150, back=151, score=50), form(1, "end", due=241, back=241, score=60)]
    cohort = cohort_of(people, forms)
    assert cohort.persons["person_id"].tolist() == ["p1"]
    assert flow_of(cohort)["started_before_forms"] == 1
    period = (pd.Timestamp(on(START)), None)
    assert len(cohort_of(people, forms, registered=period).persons) == 2
    period = (pd.Timestamp(on(151)), None)
    with pytest.raises(ValueError, match="everybody started before forms were registered"):
        cohort_of(people, forms, registered=period)


def test_who_started_is_who_participation_sees_start():
    people = [sessions(181), sessions(180), [], sessions(30, status="no_show"), sessions(30, kind="diet")]
    extract = with_forms(referred_extract(*people), unreturned(1))
    for settings in ({}, {"window_days": 200, "session_kinds": ["exercise"]}):
        seen = participation_cohort(extract, **settings).persons
        persons = effect_cohort(extract, **settings).persons
        assert persons["person_id"].tolist() == seen.loc[seen["started"] == 1, "person_id"].tolist()


def test_the_order_of_rows_changes_nothing():
    forms, courses = [*scored(0, 50, 60), form(1), form(2, back=31, score=20)], {1: [course(0, 90, "declined")]}
    extract = with_forms(referred_extract(*started(4), courses=courses), forms)
    tables = {name: table.iloc[::-1].reset_index(drop=True) for name, table in extract.tables.items()}
    cohort, turned = effect_cohort(extract), effect_cohort(Extract(tables, extract.meta))
    pd.testing.assert_frame_equal(turned.persons, cohort.persons)
    pd.testing.assert_frame_equal(turned.flow.tidy(), cohort.flow.tidy())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"instrument": "qlqc30"}, r"there is no form of 'qlqc30' \(nearest: qlq_c30\); there are qlq_c30, stands"),
        ({"scale": "QL3"}, r"qlq_c30 has no scale 'QL3' \(nearest: QL2\)"),
        ({"scale": "PF2"}, r"there is no form of 'PF2' of qlq_c30.*; there are QL2"),
        ({"instrument": "stands", "scale": "number"}, r"no form of 'number' of stands; its forms name no scale"),
        ({"followup": "baseline"}, "followup must be 'end' or 'follow_up'; got 'baseline'"),
        ({"followup": "follow_up"}, "no form of qlq_c30, scale QL2, on the occasion follow_up"),
        ({"followup_days": 0}, "followup_days must be at least 1; got 0"),
        ({"education_levels": 5}, "education_levels must be 3 or 4; got 5"),
    ],
)
def test_what_is_not_there_is_refused_by_name(settings, message):
    forms = [*scored(0, 50, 60), form(0, instrument="stands", scale=None)]
    with pytest.raises(ValueError, match=message):
        cohort_of(started(1), forms, **settings)


def test_an_extract_without_forms_and_a_target_without_persons_are_refused():
    with pytest.raises(ValueError, match="the extract has no table forms"):
        effect_cohort(referred_extract(*started(1)))
    with pytest.raises(ValueError, match="no person referred attended a session"):
        cohort_of([sessions(START, status="no_show")], scored(0, 50, 60))
    cohort = cohort_of([who({"death_date": on(60)}, sessions(START))], [form(0), form(0, "end", due=59)])
    assert cohort.target_set["person_id"].tolist() == ["p0"]  # due on the day before the death
    cohort = cohort_of([who({"death_date": on(59)}, sessions(START))], [form(0), form(0, "end", due=59)])
    with pytest.raises(ValueError, match=r"no form was due at follow-up \(end\): everybody who started has died"):
        len(cohort.target_set)


def test_adjustment_sets_are_those_of_access_without_the_first_score():
    assert effect_adjustment() == access_adjustment()
    assert "income_fifth" not in effect_adjustment("income_fifth")["full"]
    with pytest.raises(ValueError, match="exposure 'score' is none of"):
        effect_adjustment("score")
