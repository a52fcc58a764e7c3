"""Time in the programme by hand: gaps, returns, completed courses, deaths, and what is not known yet."""

import numpy as np
import pandas as pd
import pytest

from .conftest import DAY_0, cohort_of, course, flow_of, made, on, sessions, who

# an open course: the extract says how courses end, and this one has not
OPEN = {"courses": {0: [course(1)]}}
LAST_DAY = 1081  # 30 June 2013


def leaving(*people, **more):
    """Days in the programme, event and return of these people; gap of 42 days."""
    rows = cohort_of(*people, **OPEN | more).persons[["weeks_in_programme", "leaving_event", "returned_after_gap"]]
    return (rows * [7, 1, 1]).to_numpy(dtype=float)


def same(found, *expected):
    np.testing.assert_allclose(found, np.array(expected, dtype=float))


def registered_to(day):
    return {"registered": (DAY_0, DAY_0 + pd.Timedelta(days=day))}


NONE = np.nan
UNSEEN = (NONE, NONE, NONE)


def test_time_ends_with_the_last_session_before_a_gap():
    found = leaving(
        sessions(30, 40, 50),
        [*sessions(30, 40), made("exercise", 60, "no_show")],
        [made("interview", 20), *sessions(30)],  # no session, and one session is half a day
        [made("exercise", 30), made("diet", 30)],  # so are two on one day
    )
    same(found, (20, 1, 0), (10, 1, 0), (0.5, 1, 0), (0.5, 1, 0))


def test_the_gap_has_two_sides():
    same(leaving(sessions(30, 72), sessions(30, 73)), (42, 1, 0), (0.5, 1, 1))
    same(leaving(sessions(30, 73), gap_days=43), (43, 1, 0))


def test_a_return_after_the_gap_is_told_and_does_not_prolong():
    same(leaving(sessions(30, 37, 100, 107)), (7, 1, 1))


def test_sessions_are_followed_beyond_the_window_which_must_hold_the_first():
    found = leaving(sessions(180, 200, 240), sessions(181), sessions(10, 50, 90, 130, 170, 210))
    same(found, (60, 1, 0), UNSEEN, (200, 1, 0))


def test_who_may_still_come_is_censored_the_gap_before_the_last_day_seen():
    # 42 days after day 50 is day 92: only then is it known that nothing followed
    same(leaving(sessions(30, 40, 50), **registered_to(92)), (20, 1, 0))
    # a later session, or a death, makes no difference to what was known on day 49
    died = who({"death_date": on(60)}, sessions(30, 50))
    found = leaving(sessions(30, 40, 50), sessions(30, 40, 50, 60), died, **registered_to(91))
    same(found, *[(19, 0, NONE)] * 3)


def test_who_was_not_followed_for_a_gap_after_starting_is_censored_at_the_start():
    same(leaving(sessions(30), **registered_to(71)), (0.5, 0, NONE))
    same(leaving(sessions(30), sessions(30, 40), **registered_to(72)), (0.5, 1, 0), (0.5, 0, NONE))


def test_without_how_courses_ended_leaving_cannot_be_told_from_completing():
    for more in ({}, {"courses": {0: [{"opened_on": on(1), "closed_on": on(60)}]}}):
        cohort = cohort_of(sessions(30, 40), **more)
        assert cohort.persons["weeks_in_programme"].isna().all()
        assert flow_of(cohort)["leaving_not_observed"] == 1
        with pytest.raises(ValueError, match="does not say when and why courses were closed"):
            _ = cohort.started_set


def test_who_was_referred_before_appointments_were_registered_has_no_time():
    late = {"registered": (DAY_0 + pd.Timedelta(days=1), DAY_0 + pd.Timedelta(days=LAST_DAY))}
    same(leaving(sessions(30), **late), UNSEEN)


def test_emigration_and_moving_censor():
    stays = [(2, "101", "2000-01-01", on(91)), (2, "147", on(91), None)]
    found = leaving(
        who({"emigration_date": on(91)}, sessions(30, 40, 50)),
        who({"emigration_date": on(92)}, sessions(30, 40, 50)),
        sessions(30, 40, 50),
        stays=stays,
    )
    same(found, (19, 0, NONE), (20, 1, 0), (19, 0, NONE))


def test_a_return_after_moving_is_not_seen():
    stays = [(0, "101", "2000-01-01", on(74)), (1, "101", "2000-01-01", on(80))]
    same(leaving(sessions(30, 80), sessions(30, 80), stays=stays), (0.5, 1, 0), (0.5, 1, 1))


def test_death_within_the_gap_competes_and_after_it_comes_too_late():
    found = leaving(*[who({"death_date": on(day)}, sessions(30, 40)) for day in (40, 82, 83)])
    same(found, (10, 2, NONE), (10, 2, NONE), (10, 1, 0))


def test_completing_the_course_competes_however_long_the_closing_took():
    closed = [(50, "completed"), (60, "completed"), (300, "completed"), (60, "declined")]
    courses = {number: [course(1, *ended)] for number, ended in enumerate(closed)}
    found = leaving(*[sessions(30, 40, 50)] * 4, courses=courses)
    same(found, *[(20, 2, NONE)] * 3, (20, 1, 0))


def test_what_was_completed_before_or_after_other_things():
    people = [
        sessions(30, 100),  # left, came back, and completed
        sessions(30, 40, 60),  # sessions after the completed course belong to another
        sessions(30, 40),  # completed before the first session: it was not this course that they came to
    ]
    courses = {number: [course(1, day, "completed")] for number, day in enumerate((110, 45, 20))}
    same(leaving(*people, courses=courses), (0.5, 1, 1), (10, 2, NONE), (10, 1, 0))


def test_the_started_set_holds_those_with_a_time_and_whole_event_codes():
    cohort = cohort_of(sessions(30, 40), [], sessions(20), **OPEN)
    rows = cohort.started_set
    assert list(rows["person_id"]) == ["p0", "p2"]
    assert rows["leaving_event"].dtype.kind == "i"
    assert flow_of(cohort)["not_started"] == 1
