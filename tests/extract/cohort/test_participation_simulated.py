"""The participation cohort of simulated persons beside a count in plain pandas, written from the definitions alone."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.calendar import working_days
from rehab_stats.extract.cohort.participation import participation_cohort
from rehab_stats.extract.columns import SESSION_KINDS
from rehab_stats.extract.synthetic.simulate import simulate_extract

WINDOW, INTERVIEW, GAP = 180, 90, 42
PARTS = ["attended", "no_show", "cancelled_by_person", "cancelled_by_centre"]


@pytest.fixture(scope="module", params=["default", "no_shows"])
def both(request):
    """The cohort, and the rows of the appointments of its persons since their referral, in whole days after it."""
    extract = simulate_extract(request.param, n=6_000, rng=np.random.default_rng(5))
    cohort = participation_cohort(extract, window_days=WINDOW, interview_days=INTERVIEW, gap_days=GAP)
    return cohort, _since_referral(extract), extract


def _since_referral(extract):
    referrals = extract["referrals"]
    first = referrals[referrals["accepted"]].groupby("person_id")["received_on"].min().rename("first")
    people = extract["persons"].merge(first, on="person_id")
    end = people[["death_date", "emigration_date"]].min(axis=1)
    people["end"] = (end - people["first"]).dt.days
    rows = extract["appointments"].merge(people[["person_id", "first", "end"]], on="person_id")
    rows["day"] = (rows["date"] - rows["first"]).dt.days
    rows["status"] = rows["status"].astype(str)
    return rows[(rows["day"] >= 0) & ~(rows["day"] > rows["end"])]


def of_persons(cohort, values):
    return values.reindex(cohort.persons["person_id"]).to_numpy()


def test_sessions_by_status_and_kind(both):
    cohort, rows, _ = both
    sessions = rows[rows["kind"].isin(SESSION_KINDS) & (rows["day"] <= WINDOW)]
    counted = pd.crosstab(sessions["person_id"], sessions["status"])
    for status in [*PARTS, "rescheduled"]:
        expected = np.nan_to_num(of_persons(cohort, counted[status]))
        np.testing.assert_array_equal(cohort.persons[f"sessions_{status}"], expected)
        assert expected.sum() > 0
    np.testing.assert_array_equal(
        cohort.persons["sessions_unregistered"], np.nan_to_num(of_persons(cohort, counted["not_registered"]))
    )
    np.testing.assert_array_equal(
        cohort.persons["sessions_booked"], np.nan_to_num(of_persons(cohort, counted[PARTS].sum(axis=1)))
    )
    booked = sessions[sessions["status"].isin(PARTS)]
    by_kind = pd.crosstab(booked["person_id"], booked["kind"].astype(str))
    for kind in by_kind:
        np.testing.assert_array_equal(
            cohort.persons[f"booked_{kind}"], np.nan_to_num(of_persons(cohort, by_kind[kind]))
        )


def test_interviews_and_contacts(both):
    cohort, rows, _ = both
    persons = cohort.persons
    interviews = rows[(rows["kind"] == "interview") & (rows["day"] <= INTERVIEW)]
    attended = interviews[interviews["status"] == "attended"]
    np.testing.assert_array_equal(
        persons["interview_booked"],
        persons["person_id"].isin(interviews.loc[interviews["status"].isin(PARTS), "person_id"]),
    )
    np.testing.assert_array_equal(
        persons["days_to_interview"], of_persons(cohort, attended.groupby("person_id")["day"].min())
    )
    home = attended.assign(home=attended["mode"] == "home").groupby("person_id")["home"].max()
    np.testing.assert_array_equal(persons["interview_at_home"], of_persons(cohort, home.astype(float)))
    worker = attended.assign(worker=attended["profession"] == "social_worker").groupby("person_id")["worker"].max()
    work = rows[(rows["kind"] == "social_work") & (rows["status"] == "attended")]
    same_day = attended.merge(work[["person_id", "date"]], on=["person_id", "date"])["person_id"]
    worker = worker | worker.index.isin(same_day)
    np.testing.assert_array_equal(persons["social_work_interview"], of_persons(cohort, worker.astype(float)))
    calls = rows[rows["kind"].isin(["contact_attempt", "first_contact"]) & (rows["day"] <= WINDOW)]
    reached = calls[calls["status"] == "attended"].groupby("person_id")["date"].min().rename("reached")
    expected = working_days(persons["received_on"], pd.Series(of_persons(cohort, reached))).astype(float)
    np.testing.assert_array_equal(persons["working_days_to_contact"], expected)
    tried = calls.merge(reached, on="person_id", how="left")
    tried = tried[~(tried["date"] > tried["reached"])].groupby("person_id").size()
    np.testing.assert_array_equal(persons["contact_attempts"], np.nan_to_num(of_persons(cohort, tried)))


def test_completed_courses(both):
    cohort, _, extract = both
    first = (
        extract["referrals"][extract["referrals"]["accepted"]].sort_values("received_on").drop_duplicates("person_id")
    )
    courses = extract["courses"].merge(first[["course_id", "received_on"]], on="course_id")
    within = (courses["closed_on"] - courses["received_on"]).dt.days <= WINDOW
    done = courses.assign(done=within & (courses["close_reason"] == "completed")).groupby("person_id")["done"].max()
    np.testing.assert_array_equal(cohort.persons["completed"], np.nan_to_num(of_persons(cohort, done.astype(float))))
    assert 0.2 < cohort.persons["completed"].mean() < 0.8


def unbroken(days):
    """The days up to the first gap."""
    gaps = [place for place in range(1, len(days)) if (days[place] - days[place - 1]).days > GAP]
    return days[: gaps[0]] if gaps else days


def left_after(days, *, closed, died, known_to):
    """Last day in the programme and event of a person with these days of sessions."""
    of_course = [day for day in days if closed is not None and day <= closed]
    if of_course and unbroken(of_course) == of_course:
        last, event = of_course[-1], 2
    else:
        last = unbroken(days)[-1]
        event = 2 if not pd.isna(died) and (died - last).days <= GAP else 1
    return (known_to, 0) if last > known_to else (last, event)


def test_leaving_person_by_person(both):
    cohort, rows, extract = both
    sessions = rows[rows["kind"].isin(SESSION_KINDS) & (rows["status"] == "attended")]
    by_person = {person: sorted(set(days)) for person, days in sessions.groupby("person_id")["date"]}
    people = extract["persons"].set_index("person_id")
    courses = extract["courses"][extract["courses"]["close_reason"] == "completed"]
    courses = courses.merge(extract["referrals"][["course_id", "received_on"]], on="course_id")
    courses = courses.merge(cohort.persons[["person_id", "received_on"]], on=["person_id", "received_on"])
    closed = courses.drop_duplicates("course_id").set_index("person_id")["closed_on"]  # two referrals may name one
    last_seen = extract.registered("appointments")[1]
    events = []
    for row in cohort.persons.itertuples():
        days, person = by_person.get(row.person_id, []), people.loc[row.person_id]
        ends = [day for day in (last_seen, person["emigration_date"]) if not pd.isna(day)]
        known_to = min(ends) - pd.Timedelta(days=GAP)
        if not row.started or days[0] > known_to:
            assert np.isnan(row.weeks_in_programme)
            continue
        last, event = left_after(days, closed=closed.get(row.person_id), died=person["death_date"], known_to=known_to)
        assert row.leaving_event == event
        assert row.weeks_in_programme == pytest.approx(max((last - days[0]).days, 0.5) / 7)
        if event == 1:
            assert row.returned_after_gap == (days[-1] > last)
        events.append(event)
    assert {1, 2} <= set(events)


def test_the_window_and_who_is_referred(both):
    cohort, _, extract = both
    persons = cohort.persons.merge(extract["persons"][["person_id", "death_date"]], on="person_id")
    days = (persons["death_date"] - persons["received_on"]).dt.days
    np.testing.assert_array_equal(persons["died_in_window"], days <= WINDOW)
    dead = persons["died_in_window"] == 1
    np.testing.assert_array_equal(persons.loc[dead, "days_at_risk"], days[dead].clip(lower=1))
    assert persons["window_complete"].all()  # registered to the end of June, referrals to the end of December
    assert extract.truth is not None
    assert persons["person_id"].is_unique
