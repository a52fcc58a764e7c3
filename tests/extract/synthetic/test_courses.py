"""Courses and appointments as the extract shows them: who has which, in what order, and when they end."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.columns import APPOINTMENT_KIND, CLOSE_REASON, CONTACT_KINDS, SESSION_KINDS, STATUS
from rehab_stats.extract.synthetic import courses as synthetic
from rehab_stats.extract.synthetic import simulate
from rehab_stats.extract.synthetic.appointments import _repeated
from rehab_stats.extract.synthetic.courses import NEVER, _closed, _leads_to, last_days
from rehab_stats.extract.synthetic.mechanism import load_mechanism
from rehab_stats.extract.synthetic.simulate import simulate_extract

EXTRACT_DATE = pd.Timestamp("2018-12-31")


@pytest.fixture(scope="module")
def dalton():
    """A scenario in which persons die, emigrate, move away and come back."""
    return simulate_extract("dalton", n=30_000, rng=np.random.default_rng(51))


@pytest.fixture(scope="module")
def courses(dalton):
    frame = dalton["courses"].merge(dalton["persons"][["person_id", "death_date", "emigration_date"]], on="person_id")
    # the one who moves away leaves for good, as far as the centre is concerned
    moved = dalton["residences"].drop_duplicates("person_id").set_index("person_id")["to"]
    frame["gone"] = pd.concat(
        [frame["death_date"], frame["emigration_date"], frame["person_id"].map(moved)], axis=1
    ).min(axis=1)
    return frame.set_index("course_id")


@pytest.fixture(scope="module")
def appointments(dalton, courses):
    about = courses[["opened_on", "closed_on", "close_reason", "gone"]]
    return dalton["appointments"].merge(about, left_on="course_id", right_index=True)


def test_every_accepted_referral_leads_to_one_course_of_its_person(dalton, courses):
    referrals = dalton["referrals"]
    assert (referrals["course_id"].notna() == referrals["accepted"]).all()
    accepted = referrals[referrals["accepted"]]
    led = courses.loc[accepted["course_id"]]
    assert (led["person_id"].to_numpy() == accepted["person_id"].to_numpy()).all()
    assert set(courses.index) == set(accepted["course_id"])
    first = ~accepted["course_id"].duplicated()
    assert (led["opened_on"].to_numpy()[first] == accepted["received_on"].to_numpy()[first]).all()
    assert (led["opened_on"].to_numpy()[~first] <= accepted["received_on"].to_numpy()[~first]).all()
    assert (~first).sum() > 50
    assert courses["opened_on"].is_monotonic_increasing


def test_a_course_takes_up_referrals_for_half_a_year_and_while_it_is_open(dalton, courses):
    ordered = courses.sort_values(["person_id", "opened_on"])
    again = ordered["person_id"].duplicated()
    assert again.sum() > 50
    wait = (ordered["opened_on"] - ordered.groupby("person_id")["opened_on"].shift())[again]
    assert wait.min() > pd.Timedelta(days=180)
    assert (ordered["opened_on"] > ordered.groupby("person_id")["closed_on"].shift())[again].all()
    accepted = dalton["referrals"].query("accepted")
    late = accepted[accepted["course_id"].duplicated()]
    course = courses.loc[late["course_id"]]
    close = (late["received_on"].to_numpy() - course["opened_on"].to_numpy()) <= np.timedelta64(180, "D")
    still_open = course["closed_on"].isna().to_numpy() | (
        late["received_on"].to_numpy() <= course["closed_on"].to_numpy()
    )
    assert (close | still_open).all()


def test_which_referral_opens_a_course_by_hand():
    """Of one person: opens; within half a year; course still open; long after; of another person in between."""
    drawn = pd.DataFrame(
        {
            "person": [7, 7, 3, 7, 7, 7],
            "opened": [0, 180, 181, 250, 301, 482],
            "closed": [300, 999, 200, 999, 350, 500],
        }
    )
    assert _leads_to(load_mechanism(), drawn).tolist() == [0, 0, 2, 0, 4, 5]
    drawn.loc[0, "closed"] = 20
    # the second is still taken up, the fourth opens one of its own that takes up all that follow
    assert _leads_to(load_mechanism(), drawn).tolist() == [0, 0, 2, 3, 3, 3]
    assert _leads_to(load_mechanism(), drawn.iloc[:0]).tolist() == []


def test_reasons_of_closing_by_hand():
    opened = 14_613  # a Monday
    steps = {
        "reached": [False, True, True, True, True, True, True, True],
        "attended": [False, False, True, True, True, True, True, True],
        "sessions": [0, 0, 0, 1, 1, 1, 1, 1],
        "leaves": [False, False, False, False, True, False, False, False],
        "dies": [False, False, False, False, False, False, True, False],
        "end": [NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, opened + 9, opened + 9],
    }
    drawn = pd.DataFrame(steps).assign(opened=opened, closing=2)
    kinds = {name: APPOINTMENT_KIND.index(name) for name in ("first_contact", "exercise")}
    attended, missed = STATUS.index("attended"), STATUS.index("no_show")
    rows = [(row, opened + 1, kinds["first_contact"], attended) for row in range(8)]
    rows += [(row, opened + 9, kinds["exercise"], missed if row == 5 else attended) for row in range(3, 8)]
    closed, reason = _closed(drawn, pd.DataFrame(rows, columns=["course", "day", "kind", "status"]))
    said = [CLOSE_REASON[place] for place in reason]
    assert said == ["not_reached", "declined", "other", "completed", "declined", "declined", "died", "moved"]
    assert (closed - opened).tolist() == [3, 3, 3, 11, 11, 11, 9, 9]


def test_closing_fits_what_happened(dalton, courses, appointments):
    closed = courses["closed_on"]
    assert (closed.isna() == courses["close_reason"].isna()).all()
    assert (closed.dropna() <= EXTRACT_DATE).all()
    assert (closed >= courses["opened_on"])[closed.notna()].all()
    kinds = {
        name: set(
            appointments.loc[appointments["kind"].isin(chosen) & (appointments["status"] == "attended"), "course_id"]
        )
        for name, chosen in {"session": SESSION_KINDS, "interview": ["interview"], "contact": ["first_contact"]}.items()
    }
    by = {reason: courses.index[courses["close_reason"] == reason] for reason in CLOSE_REASON}
    assert all(len(index) > 0 for index in by.values())
    assert by["completed"].isin(kinds["session"]).all()
    for reason, kind in (("not_reached", "contact"), ("other", "session")):
        assert not by[reason].isin(kinds[kind]).any()
    has_answered = appointments.loc[appointments["kind"] == "first_contact", "course_id"]
    assert not by["not_reached"].isin(has_answered).any()
    died = courses.loc[by["died"]]
    assert (died["closed_on"] == died["death_date"]).all()
    moved = courses.loc[by["moved"]]
    assert (moved["closed_on"] == moved["gone"]).all()
    assert (courses["decline_reason"].notna() == courses["close_reason"].eq("declined")).all()
    still_open = courses[closed.isna()]
    assert (still_open["opened_on"] > EXTRACT_DATE - pd.Timedelta(days=500)).all()


def test_nothing_happens_on_a_weekend_or_once_somebody_has_gone(appointments):
    assert (appointments["date"].dt.dayofweek < 5).all()
    assert (appointments["booked_on"].dropna().dt.dayofweek < 5).all()
    gone = appointments["gone"]
    assert (gone.isna() | (appointments["date"] < gone)).all()
    assert gone.notna().sum() > 500
    assert (appointments["date"] > appointments["opened_on"]).all()
    shut = appointments["closed_on"]
    assert (shut.isna() | (appointments["date"] <= shut)).all()


def test_what_lies_after_the_extract_date_is_planned_and_nothing_else(appointments):
    later = appointments["date"] > EXTRACT_DATE
    assert (appointments["status"].eq("planned") == later).all()
    assert later.any()
    assert (appointments["booked_on"].isna() | (appointments["booked_on"] <= appointments["date"])).all()
    assert appointments["booked_on"].max() <= EXTRACT_DATE
    contact = appointments["kind"].isin(CONTACT_KINDS)
    assert (appointments["booked_on"].isna() == contact).all()


def test_steps_follow_one_another(appointments):
    rows = appointments[appointments["status"] != "planned"]
    first = {
        kind: rows[rows["kind"].isin(chosen)].groupby("course_id")["date"].agg(["min", "max"])
        for kind, chosen in {"contact": CONTACT_KINDS, "interview": ["interview"], "session": SESSION_KINDS}.items()
    }
    both = first["contact"].join(first["interview"], lsuffix="_contact", how="inner")
    wait = (both["min"] - both["max_contact"]).dt.days
    assert wait.between(7 - 2, 21 + 2).all()
    both = first["interview"].join(first["session"], lsuffix="_interview", how="inner")
    assert (both["min"] - both["max_interview"]).dt.days.between(7 - 2, 21 + 10 + 2).all()
    calls = rows[rows["kind"].isin(CONTACT_KINDS)].groupby("course_id").size()
    assert calls.max() == 4
    # two sessions of a day are rare: one of them was moved there
    assert rows.duplicated(["course_id", "date"]).mean() < 0.01
    assert not rows[~rows["kind"].isin(SESSION_KINDS)].duplicated(["course_id", "date"]).any()
    # the interview is the first, or missed and then attended; only once
    interviews = rows[rows["kind"] == "interview"].groupby("course_id")["status"].agg(list)
    assert interviews.map(len).max() == 2
    twice = interviews[interviews.map(len) == 2]
    assert 0.05 < len(twice) / len(interviews) < 0.09
    assert twice.map(lambda pair: pair[0] != "attended" and pair[1] in ("attended", "not_registered")).all()


def test_a_moved_session_has_a_row_of_its_own(appointments):
    moved = appointments[appointments["status"] == "rescheduled"]
    assert len(moved) > 500
    assert moved["kind"].isin(SESSION_KINDS).all()
    keys = ["course_id", "kind", "booked_on"]
    other = appointments[[*keys, "date"]].rename(columns={"date": "new_date"})
    found = moved.merge(
        other, left_on=["course_id", "kind", "date"], right_on=keys, how="left", suffixes=("", "_other")
    )
    # some are lost with those who died or left; the rest take place within ten days and a weekend
    assert found["new_date"].notna().mean() > 0.97
    # another session may have been booked on that very day
    found = found.sort_values("new_date").drop_duplicates("appointment_id")
    gap = (found["new_date"] - found["date"]).dt.days.dropna()
    assert gap.min() >= 1
    assert gap.max() <= 12


def test_a_status_that_nobody_entered_hides_everything_but_a_move(monkeypatch):
    mechanism = load_mechanism()
    key = ("session_status", "not_registered", "")
    none = dataclasses.replace(mechanism, assumptions={**mechanism.assumptions, key: 1.0})
    monkeypatch.setattr(simulate, "load_mechanism", lambda name: none)
    extract = simulate_extract(n=4_000, rng=np.random.default_rng(9), validate=False)
    assert set(extract["appointments"]["status"]) - {"planned"} == {"not_registered", "rescheduled"}
    assert extract.truth["sessions_booked"].max() == 0
    assert "completed" not in set(extract["courses"]["close_reason"])


def test_kinds_modes_and_professions(appointments):
    contact = appointments["kind"].isin(CONTACT_KINDS)
    assert (appointments["mode"][contact] == "phone").all()
    interview = appointments[appointments["kind"] == "interview"]
    assert (interview["mode"] == "home").mean() == pytest.approx(0.06, abs=0.015)
    assert (interview["profession"] == "social_worker").mean() == pytest.approx(0.10, abs=0.02)
    sessions = appointments[appointments["kind"].isin(SESSION_KINDS)]
    shares = sessions["kind"].value_counts(normalize=True)
    assert shares["exercise"] > 0.35
    assert set(sessions["kind"]) == set(SESSION_KINDS)
    assert set(sessions.loc[sessions["kind"] == "exercise", "format"]) == {"group"}
    assert set(sessions.loc[sessions["kind"] == "social_work", "profession"]) == {"social_worker"}
    # an assessment comes first, a closing talk last and never to those who leave
    assert (sessions.loc[sessions["kind"] == "assessment"].groupby("course_id")["appointment_id"].count() <= 2).all()
    talk = sessions.loc[sessions["kind"] == "closing_talk", "course_id"]
    assert talk.nunique() > 100
    status = appointments[appointments["status"] != "planned"].groupby("kind", observed=True)["status"]
    assert (status.apply(lambda kind: kind.eq("attended").mean()) < 1).all()


@pytest.mark.parametrize("scenario", ["no_shows", "gap_in_access"])
def test_other_scenarios_of_attendance_leave_persons_and_referrals_alone(scenario):
    default, other = (simulate_extract(name, n=2_000, rng=np.random.default_rng(3)) for name in ("default", scenario))
    for name in ("persons", "diagnoses", "denominators"):
        pd.testing.assert_frame_equal(default[name], other[name])
    pd.testing.assert_frame_equal(
        default["referrals"].drop(columns="course_id"), other["referrals"].drop(columns="course_id")
    )
    # calls are drawn before anything that the scenario changes
    calls = [
        extract["appointments"].query("kind in @CONTACT_KINDS")[["person_id", "date", "kind"]].reset_index(drop=True)
        for extract in (default, other)
    ]
    common = set(default["courses"].drop_duplicates("person_id", keep=False)["person_id"])
    common &= set(other["courses"].drop_duplicates("person_id", keep=False)["person_id"])
    first, second = (frame[frame["person_id"].isin(common)].reset_index(drop=True) for frame in calls)
    assert first.astype(str).equals(second.astype(str))


def test_one_level_a_person_whatever_the_course(monkeypatch):
    kept = {}

    def spy(mechanism, rng, people, drawn, calls):
        kept["drawn"] = drawn
        return synthetic_draw(mechanism, rng, people, drawn, calls)

    synthetic_draw = synthetic.draw_appointments
    monkeypatch.setattr(synthetic, "draw_appointments", spy)
    simulate_extract(n=8_000, rng=np.random.default_rng(8), validate=False)
    drawn = kept["drawn"]
    assert drawn["person"].duplicated().sum() > 50
    assert (drawn.groupby("person")["level"].nunique() == 1).all()
    assert drawn["level"].nunique() == drawn["person"].nunique()


def test_last_days_by_hand():
    diagnosed = pd.to_datetime(["1970-01-11", "1970-01-11", "1970-01-11"])
    people = pd.DataFrame(
        {
            "diagnosed": diagnosed,
            "death_day": [4.2, np.inf, 50.0],
            "emigration_day": [9.0, np.inf, 49.5],
            "moving_day": [np.inf, np.inf, np.inf],
        }
    )
    assert last_days(people).tolist() == [15, NEVER, 60]


def test_repetitions_are_numbered_within_their_row():
    row, nth = _repeated(np.array([2, 0, 3]))
    assert row.tolist() == [0, 0, 2, 2, 2]
    assert nth.tolist() == [0, 1, 0, 1, 2]
    assert [len(part) for part in _repeated(np.array([], int))] == [0, 0]
