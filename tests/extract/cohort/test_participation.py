"""The participation cohort by hand: each person is there for one rule, and both sides of every border are tested."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort.access import access_adjustment, access_cohort
from rehab_stats.extract.cohort.adjustment import participation_adjustment
from rehab_stats.extract.cohort.participation import participation_cohort
from rehab_stats.extract.contract import Extract

from ..conftest import extract_of
from .conftest import DAY_0, cohort_of, course, flow_of, made, on, referred_extract, row_of, rows_of, sessions, who


def counts(row):
    """The numbers of sessions that are not 0."""
    found = row[[name for name in row.index if name.startswith("sessions_")]]
    return {name.removeprefix("sessions_"): count for name, count in found.items() if count}


def test_every_status_is_counted_where_it_belongs():
    statuses = ["attended", "attended", "no_show", "cancelled_by_person", "cancelled_by_centre", "attended"]
    row = row_of(*[made("exercise", 30 + place, status) for place, status in enumerate(statuses)])
    assert counts(row) == {
        "booked": 6,
        "attended": 3,
        "no_show": 1,
        "cancelled_by_person": 1,
        "cancelled_by_centre": 1,
    }
    assert (row["any_session_booked"], row["started"]) == (1, 1)


def test_a_rescheduled_session_is_booked_once_by_the_row_that_replaced_it():
    both, alone = rows_of(
        [made("exercise", 30, "rescheduled"), made("exercise", 37)], [made("diet", 30, "rescheduled")]
    )
    assert counts(both) == {"booked": 1, "attended": 1, "rescheduled": 1}
    assert counts(alone) == {"rescheduled": 1}


def test_what_nobody_registered_is_neither_booked_nor_attended():
    row = row_of(made("exercise", 30, "not_registered"), made("exercise", 37, "planned"))
    assert counts(row) == {"unregistered": 2}  # planned for a day long past
    assert (row["any_session_booked"], row["started"], row["booked_exercise"]) == (0, 0, 0)


def test_an_empty_status_is_not_registered_and_one_planned_for_the_day_of_the_extract_is_to_come():
    extract = referred_extract(sessions(30), ({}, ["2012-12-31"], [made("exercise", 1081, "planned")]))
    assert extract["appointments"]["date"].iloc[1] == extract.meta.extract_date
    tables = {**extract.tables, "appointments": extract["appointments"].assign(status=[pd.NA, "planned"])}
    tables["appointments"]["status"] = tables["appointments"]["status"].astype(extract["appointments"]["status"].dtype)
    persons = participation_cohort(Extract(tables, extract.meta), window_days=181).persons
    assert list(persons["sessions_unregistered"]) == [1, 0]
    assert persons["window_complete"].all()
    assert list(persons["sessions_booked"]) == [0, 0]


def test_the_window_holds_its_first_and_its_last_day():
    inside, outside, late = rows_of(sessions(0, 180), sessions(-1, 181, -40, 400), sessions(181))
    assert counts(inside) == {"booked": 2, "attended": 2}
    assert counts(outside) == {}
    assert late["started"] == 0
    assert row_of(*sessions(59, 60, 61), window_days=60)["sessions_attended"] == 2


def test_kinds_are_counted_apart_and_contacts_and_interviews_are_no_sessions():
    row = row_of(
        made("first_contact", 2),
        made("interview", 10),
        made("diet", 20),
        made("diet", 30, "no_show"),
        made("diet", 35, "rescheduled"),
        made("other", 40, "cancelled_by_centre"),
    )
    by_kind = {name: row[name] for name in row.index if name.startswith(("booked_", "attended_"))}
    assert by_kind == {"booked_diet": 2, "attended_diet": 1, "booked_other": 1, "attended_other": 0}
    assert row["sessions_booked"] == 3
    diet = row_of(made("diet", 20), made("exercise", 30), session_kinds=["diet"])
    assert (diet["sessions_booked"], "booked_exercise" in diet.index) == (1, False)


def test_two_interviews_count_as_one_booked_and_attended_on_the_first_day_attended():
    row = row_of(made("interview", 20, "no_show"), made("interview", 34), made("interview", 60))
    assert (row["interview_booked"], row["interview_attended"], row["days_to_interview"]) == (1, 1, 34)
    assert row["sessions_booked"] == 0


def test_what_an_interview_that_was_not_attended_counts_as():
    booked = {"no_show": 1, "cancelled_by_person": 1, "cancelled_by_centre": 1, "rescheduled": 0, "not_registered": 0}
    rows = rows_of(*[[made("interview", 20, status)] for status in booked])
    assert [row["interview_booked"] for row in rows] == list(booked.values())
    assert not any(row["interview_attended"] for row in rows)
    for column in ("days_to_interview", "interview_at_home", "social_work_interview"):
        assert all(np.isnan(row[column]) for row in rows)


def test_interviews_have_a_time_limit_with_two_sides_and_never_beyond_the_window():
    timely, late = rows_of([made("interview", 90)], [made("interview", 91), *sessions(100)])
    assert timely["interview_attended"] == 1
    assert (late["interview_booked"], late["interview_attended"], late["started"]) == (0, 0, 1)
    assert np.isnan(late["days_to_interview"])
    assert row_of(made("interview", 91), interview_days=91)["interview_attended"] == 1
    assert row_of(made("interview", 61), window_days=60)["interview_booked"] == 0


def test_where_and_with_whom_the_interview_was_held():
    interview = made("interview", 20, mode="centre")
    rows = rows_of(
        [made("interview", 20, mode="home")],
        [made("interview", 20, mode="centre", profession="social_worker")],
        [made("interview", 20, mode="centre", profession="Sygeplejerske og Socialrådgiver")],
        [interview, made("social_work", 20)],
        [interview, made("social_work", 21)],
        [interview, made("social_work", 20, "no_show")],
        # one that nobody came to says nothing
        [
            made("interview", 20, "no_show", mode="home", profession="social_worker"),
            made("interview", 30, mode="centre"),
        ],
    )
    assert [row["interview_at_home"] for row in rows] == [1, 0, 0, 0, 0, 0, 0]
    assert [row["social_work_interview"] for row in rows] == [0, 1, 1, 1, 0, 0, 0]


def test_what_an_extract_cannot_tell_is_missing():
    row = row_of(made("interview", 20), *sessions(30), drop=["mode", "profession"])
    assert row[["interview_at_home", "social_work_interview", "completed"]].isna().all()
    assert row_of(made("interview", 20), made("social_work", 20), drop=["profession"])["social_work_interview"] == 1


def test_contact_is_made_when_the_person_is_first_reached():
    # Thursday 15 July 2010; reached on Tuesday 20 July: Friday, Monday, Tuesday
    calls = [made("contact_attempt", 1, "no_show"), made("contact_attempt", 4, "no_show")]
    rows = rows_of(
        [*calls, made("first_contact", 5), made("contact_attempt", 9, "no_show")],
        [*calls, made("contact_attempt", 7, "rescheduled"), made("contact_attempt", 9, "cancelled_by_centre")],
        [made("contact_attempt", 0)],
        [made("first_contact", 181)],
    )
    assert [row["contact_attempts"] for row in rows] == [3, 2, 1, 0]
    np.testing.assert_array_equal([row["working_days_to_contact"] for row in rows], [3, np.nan, 0, np.nan])


def test_a_person_without_any_appointment_is_in_with_zeros():
    cohort = cohort_of([], sessions(30))
    row = cohort.persons.iloc[0]
    assert (row["person_id"], row["window_complete"], row["contact_attempts"]) == ("p0", True, 0)
    assert counts(row) == {}
    assert (row["interview_booked"], row["interview_attended"], row["started"]) == (0, 0, 0)
    assert flow_of(cohort)["without_appointment"] == 1
    assert len(cohort.window_set) == 2


def test_a_session_without_an_interview_is_noted():
    cohort = cohort_of(
        sessions(30), [made("interview", 20), *sessions(30)], [made("interview", 20, "no_show"), *sessions(30)]
    )
    assert list(cohort.persons["started"]) == [1, 1, 1]
    assert flow_of(cohort)["started_without_interview"] == 2


def test_unknown_statuses_are_noted_also_of_interviews_alone():
    cohort = cohort_of(
        [made("interview", 20, "not_registered")],
        [made("exercise", 20, "planned")],
        [made("first_contact", 20, "not_registered")],
        sessions(20),
    )
    assert flow_of(cohort)["status_not_registered"] == 2


def test_death_ends_the_opportunity():
    appointments = [*sessions(30, 40), made("exercise", 41, "cancelled_by_centre"), made("exercise", 50, "no_show")]
    cohort = cohort_of(({"death_date": on(40)}, [on(0)], appointments))
    row = cohort.persons.iloc[0]
    assert (row["days_at_risk"], row["died_in_window"], row["window_complete"]) == (40, 1, True)
    assert counts(row) == {
        "booked": 2,
        "attended": 2,
    }  # the day of the death counts, what was called off after does not
    assert (flow_of(cohort)["died_in_window"], flow_of(cohort)["window_set"]) == (1, 1)


def test_death_within_the_window_has_two_sides():
    rows = rows_of(*[who({"death_date": on(day)}, [made("interview", 0)]) for day in (180, 181, 0)])
    assert [row["died_in_window"] for row in rows] == [1, 0, 1]
    assert [row["days_at_risk"] for row in rows] == [180, 180, 1]


def test_emigration_ends_the_opportunity():
    cohort = cohort_of(({"emigration_date": on(40)}, [on(0)], sessions(40, 41)))
    row = cohort.persons.iloc[0]
    assert (row["days_at_risk"], row["died_in_window"], row["sessions_attended"]) == (40, 0, 1)
    assert flow_of(cohort)["left_in_window"] == 1
    later = cohort_of(({"emigration_date": on(40), "death_date": on(50)}, [on(0)], sessions(30)))
    assert (later.persons["died_in_window"].iloc[0], flow_of(later)["left_in_window"]) == (0, 1)


def test_moving_ends_the_opportunity_where_there_are_residences():
    stays = [(0, "101", "2000-01-01", on(60)), (0, "147", on(60), None), (1, "101", "2000-01-01", None)]
    for more, days, attended in (({}, 60, 1), ({"censor_at_move": False}, 180, 2)):
        cohort = cohort_of(sessions(60, 61), [], stays=stays, **more)
        row = cohort.persons.iloc[0]
        assert cohort.persons["days_at_risk"].iloc[1] == 180
        assert (row["days_at_risk"], row["sessions_attended"]) == (days, attended)
        assert ("moving away" in cohort.method) == (not more)


def test_a_window_must_be_registered_whole():
    for last, complete, days in ((180, True, 180), (179, False, 179)):
        cohort = cohort_of(sessions(30), registered=(DAY_0, DAY_0 + pd.Timedelta(days=last)))
        assert list(cohort.persons["window_complete"]) == [complete]
        assert list(cohort.persons["days_at_risk"]) == [days]
    assert flow_of(cohort)["window_not_observed"] == 1
    with pytest.raises(
        ValueError, match=r"^nobody has a window of 180 days in which all appointments were registered$"
    ):
        _ = cohort.window_set
    for first, complete in ((0, True), (1, False)):
        registered = (DAY_0 + pd.Timedelta(days=first), pd.Timestamp("2013-06-30"))
        assert cohort_of(sessions(30), registered=registered).persons["window_complete"].iloc[0] == complete


def test_without_a_stated_period_appointments_are_registered_from_the_first_one_on():
    extract = referred_extract(sessions(-5, 30))
    days = {"referrals": extract.meta.registration["referrals"]}
    meta = type(extract.meta)(extract.meta.extract_date, "by hand", True, days)
    assert participation_cohort(Extract(extract.tables, meta)).persons["window_complete"].iloc[0]
    late = {**extract.tables, "appointments": extract["appointments"].iloc[1:]}
    assert not participation_cohort(Extract(late, meta)).persons["window_complete"].iloc[0]


def test_a_second_referral_makes_no_second_person_and_its_appointments_count_within_the_window():
    row = row_of(*sessions(30, 120), received=(0, 100))
    assert (row["received_on"], row["sessions_attended"]) == (DAY_0, 2)
    assert row_of(*sessions(30, 120), received=("refused 2010-07-15", 100))["sessions_attended"] == 1
    assert row_of(*sessions(30), received=("refused 2010-07-15", 100), referral="first")["sessions_attended"] == 1


def test_who_is_left_out_and_why():
    people = {
        "referred": ({}, [on(0)], []),
        "not_referred": ({}, [], []),
        "wrongly_referred": ({}, ["refused 2010-07-15"], []),
        "relatives": ({"role": "relative"}, [on(0)], []),
        "gone_before_referral": ({"death_date": on(-1)}, [on(0)], []),
        "below_age_min": ({"birth_date": "1990-01-01"}, [on(0)], []),
    }
    others = ({"emigration_date": on(-1)}, [on(0)], sessions(30)), ({}, [], [])
    cohort = cohort_of(*people.values(), *others)
    assert flow_of(cohort) == {
        "persons_in_extract": 8,
        "relatives": 1,
        "below_age_min": 1,
        "included": 6,
        "not_referred": 2,
        "wrongly_referred": 1,
        "gone_before_referral": 2,
        "persons_referred": 1,
        "without_appointment": 1,
        "window_set": 1,
        "not_started": 1,
    }
    assert list(cohort.persons["person_id"]) == ["p0"]


def test_referrals_before_registration_or_before_the_day_asked_for_are_left_out():
    extract = extract_of(
        ({}, [{"diagnosis_date": "2009-01-10"}], ["2008-12-20"]), ({}, [{}], [on(0)]), ({}, [{}], [on(1)])
    )
    tables = {**extract.tables, "appointments": referred_extract(sessions(30))["appointments"]}
    tables["appointments"]["person_id"] = pd.array(["p1"], dtype="string")
    cohort = participation_cohort(Extract(tables, extract.meta), referred_from=on(1))
    assert list(cohort.persons["person_id"]) == ["p2"]
    assert flow_of(cohort)["referred_before_registration"] == flow_of(cohort)["referred_before_period"] == 1
    assert f"received from {on(1)} on" in cohort.method


def test_the_flow_adds_up():
    cohort = cohort_of(
        sessions(30),
        [],
        ({}, [], []),
        ({"role": "relative"}, [on(0)], []),
        ({}, ["2012-12-31"], []),
        ({}, [on(0)], sessions(40)),
        courses={0: [course(1)]},
    )
    flow, details = cohort.flow.tidy(), cohort.flow.details()
    kept = flow["level"][details["kind"] == "kept"].tolist()
    assert kept == ["persons_in_extract", "included", "persons_referred", "window_set", "started_set"]
    for branch, start, end in (
        ("window", "persons_referred", "window_set"),
        ("started", "persons_referred", "started_set"),
    ):
        left_out = flow["estimate"][(details["branch"] == branch) & (details["kind"] == "excluded")].sum()
        assert flow_of(cohort)[start] - left_out == flow_of(cohort)[end]
    trunk = flow["estimate"][(details["branch"] == "all") & (details["kind"] == "excluded")].sum()
    assert len(cohort.persons) == 6 - trunk
    assert len(cohort.window_set) == flow_of(cohort)["window_set"]
    assert len(cohort.started_set) == flow_of(cohort)["started_set"] == 2


def test_completed_is_a_course_closed_as_completed_within_the_window():
    closed = [course(1, 180, "completed"), course(1, 181, "completed"), course(1, 60, "declined"), course(1)]
    people = [[made("interview", 10)] for _ in range(5)]
    cohort = cohort_of(*people, courses={number: [theirs] for number, theirs in enumerate(closed)})
    assert list(cohort.persons["completed"]) == [1, 0, 0, 0, 0]  # who has no course has completed none


def test_the_course_is_the_one_named_by_the_referral_else_the_first_opened_since():
    theirs = [course(90, 100, "completed"), course(5, 60, "declined"), course(-9, 20, "completed")]
    for named, completed in ((("k0-0",), 1), (("k0-1",), 0), (("k0-2",), 1), ((), 0)):
        row = row_of(made("interview", 10), courses={0: theirs}, named=named)
        assert row["completed"] == completed
    alone = row_of(made("interview", 10), courses={0: [course(181, 185, "completed")]}, window_days=180)
    assert alone["completed"] == 0


def test_of_two_referrals_on_one_day_the_sender_decides_not_the_order_of_rows():
    extract = referred_extract(({}, [on(0), on(0)], sessions(30)))
    senders = pd.Categorical(["self", "general_practice"], extract["referrals"]["sender"].cat.categories)
    for order in (slice(None), slice(None, None, -1)):
        referrals = extract["referrals"].assign(sender=senders).iloc[order].reset_index(drop=True)
        cohort = participation_cohort(Extract({**extract.tables, "referrals": referrals}, extract.meta))
        assert list(cohort.persons["sender"]) == ["general_practice"]


def test_year_and_period_are_of_the_referral_and_income_is_compared_with_everybody_diagnosed():
    people = [({"income": income}, [], []) for income in (100, 200, 300, 400)]
    cohort = cohort_of(*people, ({"income": 250}, [on(200)], []), ({"income": 350}, [on(0)], sessions(30)))
    assert list(cohort.persons["year"]) == [2011, 2010]
    assert list(cohort.persons["period"]) == ["2011", "2010"]
    assert list(cohort.persons["income_fifth"]) == ["2", "4"]
    with pytest.raises(ValueError, match="nobody was referred in 2012 or later; the last year is 2010"):
        cohort_of(sessions(30), periods=[2012])


def test_the_referred_are_those_that_the_access_cohort_sees_referred():
    extract = referred_extract(
        sessions(30),
        ({}, [on(400)], []),
        ({}, [], []),
        ({"death_date": on(5)}, [on(5)], []),
        ({"death_date": on(5)}, [on(6)], []),
        stays=[(1, "101", "2000-01-01", on(300)), (0, "101", "2000-01-01", None)],
    )
    access = access_cohort(extract).hazard_set
    referred = access[access["referral_event"] == 1]
    persons = participation_cohort(extract).persons
    assert list(persons["person_id"]) == list(referred["person_id"]) == ["p0", "p3"]
    shared = ["sex", "age", "education", "age_group", "diagnosis_group", "cohabiting", "origin", "municipality"]
    four = access_cohort(extract, education_levels=4).persons.set_index("person_id")
    for column in shared:
        assert list(persons[column]) == list(four.loc[persons["person_id"], column])


def everything():
    rng = np.random.default_rng(4)
    kinds = ["contact_attempt", "first_contact", "interview", "exercise", "diet", "social_work"]
    statuses = ["attended", "attended", "no_show", "cancelled_by_person", "cancelled_by_centre", "not_registered"]
    people = []
    for _ in range(40):
        days = np.sort(rng.integers(-20, 260, rng.integers(0, 12)))
        rows = [made(str(rng.choice(kinds)), int(day), str(rng.choice(statuses))) for day in days]
        people.append(({"education": str(rng.choice(["basic", "long_higher"]))}, [on(0), on(0), on(90)], rows))
    courses = {number: [course(1, 120, "completed"), course(1, 90, "declined")] for number in range(0, 40, 3)}
    return referred_extract(*people, courses=courses)


def test_row_order_changes_nothing():
    extract = everything()
    rng = np.random.default_rng(1)
    tables = {name: extract[name].iloc[rng.permutation(len(extract[name]))].reset_index(drop=True) for name in extract}
    a, b = participation_cohort(extract), participation_cohort(Extract(tables, extract.meta))
    pd.testing.assert_frame_equal(a.persons, b.persons)
    pd.testing.assert_frame_equal(a.flow.tidy(), b.flow.tidy())
    pd.testing.assert_frame_equal(a.registration.tidy(), b.registration.tidy())


def test_other_ids_change_nothing_but_the_order_of_persons():
    extract = everything()
    names = {f"p{number}": f"q{(number * 7) % 40:02d}" for number in range(40)}
    tables = {}
    for name in extract:
        frame = extract[name]
        frame["person_id"] = frame["person_id"].map(names).astype("string")
        for column in {"referral_id", "course_id", "appointment_id"} & set(frame):
            frame[column] = frame[column].map(lambda text: text[::-1], na_action="ignore").astype("string")
        tables[name] = frame
    a, b = participation_cohort(extract), participation_cohort(Extract(tables, extract.meta))
    renamed = a.persons.assign(person_id=a.persons["person_id"].map(names)).sort_values("person_id", ignore_index=True)
    pd.testing.assert_frame_equal(renamed, b.persons)
    pd.testing.assert_frame_equal(a.flow.tidy(), b.flow.tidy())


def test_the_extract_is_not_changed():
    extract = everything()
    before = {name: extract[name] for name in extract}
    participation_cohort(extract)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, extract.tables[name])


def test_counts_add_up_and_every_axis_is_ordered():
    persons = participation_cohort(everything()).persons
    parts = ["attended", "no_show", "cancelled_by_person", "cancelled_by_centre"]
    assert (persons[[f"sessions_{part}" for part in parts]].sum(axis=1) == persons["sessions_booked"]).all()
    for column in ("booked", "attended"):
        by_kind = persons.filter(regex=f"^{column}_").sum(axis=1)
        assert (by_kind == persons[f"sessions_{column}"]).all()
    assert (persons["interview_attended"] <= persons["interview_booked"]).all()
    assert (persons["started"] <= persons["any_session_booked"]).all()
    assert all(persons[axis].cat.ordered for axis in ("education", "sex", "age_group", "period", "income_fifth"))


def test_adjustment_sets_are_those_of_access_and_shrink_with_the_persons():
    assert participation_adjustment() == access_adjustment()
    assert all(set(a) <= set(b) for a, b in pairwise(participation_adjustment("sex").values()))
    persons = cohort_of(sessions(30), ({}, [on(300)], [])).persons
    assert participation_adjustment(persons=persons) == {"crude": [], "age_sex_year": ["bs(age, df=4)", "year"]}


def test_what_was_asked_is_kept():
    cohort = cohort_of(sessions(30), gap_days=28, session_kinds=["exercise"], courses={0: [course(1)]})
    assert (cohort.settings["gap_days"], cohort.settings["session_kinds"]) == (28, ["exercise"])
    assert "extract" not in cohort.settings
    assert cohort.window_days == cohort.flow.context["window_days"] == 180
    assert "Sessions (exercise) count to day 180" in cohort.method
    assert "more than 28 days" in cohort.method


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"education_levels": 5}, "education_levels must be 3 or 4; got 5"),
        ({"window_days": 0}, "window_days must be at least 1; got 0"),
        ({"interview_days": 0}, "interview_days must be at least 1; got 0"),
        ({"gap_days": -1}, "gap_days must be at least 1; got -1"),
        ({"session_kinds": "exercise"}, "session_kinds must be a list of codes, none of them empty; got 'exercise'"),
        ({"session_kinds": ()}, "session_kinds must name at least one kind of appointment"),
        ({"session_kinds": ["yoga"]}, "session_kinds: 'yoga' is no kind of appointment; there are contact_attempt"),
        ({"referred_from": "July"}, "referred_from must be a day, YYYY-MM-DD, or empty; got 'July'"),
        ({"age_min": 100}, "nobody is left after inclusion: no person has a cancer diagnosis within age_min"),
        (
            {"referred_from": "2012-01-01"},
            "nobody is left: no person included has a referral that counts, received from 2012-01-01 to 2012-12-31",
        ),
    ],
)
def test_parameters_outside_their_values_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        cohort_of(sessions(30), **parameters)


def test_an_extract_without_appointments_is_refused():
    extract = extract_of(({}, [{}], [on(0)]))
    with pytest.raises(ValueError, match=r"^the extract has no table appointments: without it nobody knows who was"):
        participation_cohort(extract)
    empty = {**extract.tables, "appointments": referred_extract(sessions(30))["appointments"].iloc[:0]}
    with pytest.raises(ValueError, match="the table appointments has no rows"):
        participation_cohort(Extract(empty, extract.meta))


def test_stages_are_nested_and_completing_needs_a_session():
    closed = {number: [course(1, 120, "completed")] for number in range(3)}
    cohort = cohort_of(
        sessions(30),  # no interview in the register
        [made("interview", 10)],  # closed as completed without a session
        [made("interview", 10, "no_show")],
        courses=closed,
    )
    columns = list(cohort.steps)
    assert columns == ["interview_booked", "interview_attended", "started", "completed"]
    assert cohort.window_set[columns].to_numpy().tolist() == [[0, 0, 1, 1], [1, 1, 0, 1], [1, 0, 0, 1]]
    assert cohort.stages[columns].to_numpy().tolist() == [[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]]
    assert list(cohort_of(sessions(30)).steps) == columns[:3]


def test_the_method_says_when_leaving_cannot_be_told():
    assert "so leaving is not told from completing" in cohort_of(sessions(30)).method
    known = cohort_of(sessions(30), courses={0: [course(1)]})
    assert "completing the course or dying first competes" in known.method
