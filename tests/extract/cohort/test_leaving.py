"""Time in the programme by hand: gaps, returns, completed courses, deaths, and what is not known yet."""

import numpy as np
import pandas as pd
import pytest

from .conftest import DAY_0, cohort_of, course, flow_of, made, on, row_of, sessions

LAST_DAY = 1081  # 30 June 2013


def leaving(*appointments, **more):
    """Days in the programme, event and return of one person; gap of 42 days."""
    row = row_of(*appointments, **more)
    return tuple(row[["weeks_in_programme", "leaving_event", "returned_after_gap"]] * [7, 1, 1])


def same(found, *expected):
    return np.testing.assert_allclose(np.array(found, dtype=float), np.array(expected, dtype=float))


def test_time_ends_with_the_last_session_before_a_gap():
    same(leaving(*sessions(30, 40, 50)), 20, 1, 0)
    same(leaving(*sessions(30, 40), made("exercise", 60, "no_show")), 10, 1, 0)


def test_the_gap_has_two_sides():
    same(leaving(*sessions(30, 72)), 42, 1, 0)
    same(leaving(*sessions(30, 73)), 0.5, 1, 1)
    same(leaving(*sessions(30, 73), gap_days=43), 43, 1, 0)


def test_one_session_is_half_a_day_and_two_on_one_day_are_no_more():
    same(leaving(*sessions(30)), 0.5, 1, 0)
    same(leaving(made("exercise", 30), made("diet", 30)), 0.5, 1, 0)


def test_a_return_after_the_gap_is_told_and_does_not_prolong():
    same(leaving(*sessions(30, 37, 100, 107)), 7, 1, 1)


def test_sessions_are_followed_beyond_the_window_which_must_hold_the_first():
    same(leaving(*sessions(170, 200, 240)), 70, 1, 0)
    assert np.isnan(leaving(*sessions(181))).all()
    same(leaving(*sessions(10, 50, 90, 130, 170, 210)), 200, 1, 0)


def test_interviews_are_no_sessions():
    same(leaving(made("interview", 20), *sessions(30)), 0.5, 1, 0)


def registered_to(day):
    return {"registered": (DAY_0, DAY_0 + pd.Timedelta(days=day))}


def test_who_may_still_come_is_censored_the_gap_before_the_last_day_seen():
    # 42 days after day 50 is day 92: only then is it known that nothing followed
    same(leaving(*sessions(30, 40, 50), **registered_to(92)), 20, 1, 0)
    same(leaving(*sessions(30, 40, 50), **registered_to(91)), 19, 0, np.nan)
    # a later session, or none, makes no difference to what was known on day 49
    same(leaving(*sessions(30, 40, 50, 60), **registered_to(91)), 19, 0, np.nan)


def test_who_was_not_followed_for_a_gap_after_starting_has_no_time():
    cohort = cohort_of(sessions(30), **registered_to(71))
    assert cohort.persons["weeks_in_programme"].isna().all()
    assert flow_of(cohort)["leaving_not_observed"] == 1
    with pytest.raises(ValueError, match="nobody attended a session and was followed for 42 days after it"):
        _ = cohort.started_set
    same(leaving(*sessions(30), **registered_to(72)), 0.5, 1, 0)
    same(leaving(*sessions(30, 40), **registered_to(72)), 0.5, 0, np.nan)


def test_who_was_referred_before_appointments_were_registered_has_no_time():
    late = {"registered": (DAY_0 + pd.Timedelta(days=1), DAY_0 + pd.Timedelta(days=LAST_DAY))}
    assert np.isnan(leaving(*sessions(30), **late)).all()


def test_emigration_and_moving_censor():
    same(leaving(*sessions(30, 40, 50), person={"emigration_date": on(91)}), 19, 0, np.nan)
    same(leaving(*sessions(30, 40, 50), person={"emigration_date": on(92)}), 20, 1, 0)
    stays = [(0, "101", "2000-01-01", on(91)), (0, "147", on(91), None)]
    same(leaving(*sessions(30, 40, 50), stays=stays), 19, 0, np.nan)


def test_death_within_the_gap_competes_and_after_it_comes_too_late():
    same(leaving(*sessions(30, 40), person={"death_date": on(82)}), 10, 2, np.nan)
    same(leaving(*sessions(30, 40), person={"death_date": on(83)}), 10, 1, 0)
    same(leaving(*sessions(30, 40), person={"death_date": on(40)}), 10, 2, np.nan)


def test_a_death_that_is_not_yet_due_to_be_known_is_censored_like_everybody():
    same(leaving(*sessions(30, 50), person={"death_date": on(60)}, **registered_to(91)), 19, 0, np.nan)


def test_completing_the_course_competes_however_long_the_closing_took():
    for closed in (50, 60, 300):
        same(leaving(*sessions(30, 40, 50), courses={0: [course(1, closed, "completed")]}), 20, 2, np.nan)
    same(leaving(*sessions(30, 40, 50), courses={0: [course(1, 60, "declined")]}), 20, 1, 0)


def test_a_course_completed_after_a_gap_was_left_first():
    same(leaving(*sessions(30, 100), courses={0: [course(1, 110, "completed")]}), 0.5, 1, 1)


def test_sessions_after_the_completed_course_belong_to_another():
    same(leaving(*sessions(30, 40, 60), courses={0: [course(1, 45, "completed")]}), 10, 2, np.nan)
    # closed before the first session: it was not this course that they came to
    same(leaving(*sessions(30, 40), courses={0: [course(1, 20, "completed")]}), 10, 1, 0)


def test_the_started_set_holds_those_with_a_time_and_whole_event_codes():
    cohort = cohort_of(sessions(30, 40), [], sessions(20))
    rows = cohort.started_set
    assert list(rows["person_id"]) == ["p0", "p2"]
    assert rows["leaving_event"].dtype.kind == "i"
    assert flow_of(cohort)["not_started"] == 1
