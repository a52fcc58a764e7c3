"""Attendance: chances and numbers by hand, expected against simulated sessions, and where the gap is planted."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

from rehab_stats.extract.columns import EDUCATION, SESSION_KINDS
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic.attendance import (
    INTERVIEW_DAYS,
    MISSED,
    WINDOW_DAYS,
    chance_of_interview,
    chances_of_missing,
    expected_attendance,
    last_weekday,
    mean_further_sessions,
    next_weekday,
    number_of_sessions,
    own_level,
    timing,
    wait_days,
)
from rehab_stats.extract.synthetic.mechanism import SCENARIOS, load_mechanism
from rehab_stats.extract.synthetic.simulate import simulate_extract

MONDAY = 14_613  # 2010-01-04
KNOWN = EDUCATION[:-1]


def changed(mechanism, **values):
    """The mechanism with other values of some assumptions, named `name__level__stratum`."""
    new = {tuple(f"{key}____".split("__")[:3]): value for key, value in values.items()}
    assert set(new) <= set(mechanism.assumptions)
    return dataclasses.replace(mechanism, assumptions={**mechanism.assumptions, **new})


def with_fixed_waits(mechanism, **days):
    """The mechanism in which each wait has one length and the first call is answered."""
    ends = {f"wait_days__{name}__{end}": day for name, day in days.items() for end in ("earliest", "latest")}
    return changed(mechanism, **ends, contact__chance_of_answer=1.0, interview__second_time=0.0)


def persons(*, education=("basic",), age=65, male=True, need=1):
    places = [EDUCATION.index(code) for code in education]
    return pd.DataFrame({"education": places, "age": age, "male": male, "need": need})


def seen(extract):
    """One row per referred person: interview and sessions by status within the windows, by pandas alone."""
    truth = extract.truth.dropna(subset="chance_interview").set_index("person_id")
    accepted = extract["referrals"].query("accepted").drop_duplicates("person_id").set_index("person_id")
    rows = extract["appointments"]
    rows = rows[rows["person_id"].isin(truth.index)]
    day = (rows["date"].to_numpy() - accepted["received_on"].loc[rows["person_id"]].to_numpy()) / np.timedelta64(1, "D")
    session = rows["kind"].isin(SESSION_KINDS).to_numpy() & (day >= 0) & (day <= 180)
    counts = pd.crosstab(rows["person_id"][session], rows["status"][session].astype(str))
    counts = counts.reindex(truth.index, fill_value=0)
    interview = rows["kind"].eq("interview") & rows["status"].eq("attended") & (day >= 0) & (day <= 90)
    counts["booked"] = counts[["attended", *MISSED]].sum(axis=1)
    counts["interview"] = truth.index.isin(rows["person_id"][interview])
    return counts.join(truth[[column for column in truth if column not in counts]])


@pytest.fixture(scope="module")
def worlds():
    """Scenario -> its referred persons as they came."""
    names = ("default", "no_shows", "dalton", "selected_referral")
    return {
        name: seen(simulate_extract(name, n=40_000, rng=np.random.default_rng(41), validate=False)) for name in names
    }


def test_a_weekend_is_put_forward_and_a_limit_back():
    week = MONDAY + np.arange(8)
    assert (np.datetime64(int(MONDAY), "D").astype(object)).isoweekday() == 1
    assert (next_weekday(week) - MONDAY).tolist() == [0, 1, 2, 3, 4, 7, 7, 7]
    assert (last_weekday(week) - MONDAY).tolist() == [0, 1, 2, 3, 4, 4, 4, 7]
    # a day put forward is within a limit exactly when the drawn one is not after the limit put back
    for limit in week:
        assert ((next_weekday(week) <= limit) == (week <= last_weekday(limit))).all()


def test_chances_of_the_interview_by_hand():
    mechanism = load_mechanism()
    value = load_published("assumptions").query("scenario == ''").set_index(["name", "level", "stratum"])["value"]
    people = persons(education=("basic", "long_higher"), age=np.array([65, 45]), male=np.array([True, False]))
    for step in ("booked", "attended"):
        first = value["interview_log_odds", "intercept", step]
        second = first + value["interview_log_odds_education", "long_higher", step]
        second += -2 * value["interview_log_odds", "per_10_years", step] + value["interview_log_odds", "female", step]
        found = chance_of_interview(mechanism, people, step)
        np.testing.assert_allclose(found, [1 / (1 + math.exp(-first)), 1 / (1 + math.exp(-second))], rtol=1e-12)
    further = value["sessions_log_mean_education", "long_higher", ""] + value["sessions_log_mean", "female", ""]
    further -= 2 * value["sessions_log_mean", "per_10_years", ""]
    np.testing.assert_allclose(
        mean_further_sessions(mechanism, people),
        np.exp([value["sessions_log_mean_education", "basic", ""], further]),
        rtol=1e-12,
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_need_acts_on_attendance_in_selected_referral_alone(scenario):
    mechanism = load_mechanism(scenario)
    people = persons(education=("basic",) * 3, need=np.arange(3))
    numbers = [chance_of_interview(mechanism, people, "booked"), chance_of_interview(mechanism, people, "attended")]
    for found in (*numbers, mean_further_sessions(mechanism, people)):
        assert (np.diff(found) > 0).all() if scenario == "selected_referral" else np.ptp(found) == 0


def test_education_acts_where_the_scenario_says():
    people = persons(education=EDUCATION)
    acting = {
        "default": (True, False),
        "equal": (True, False),
        "no_shows": (False, True),
        "gap_in_access": (False, False),
    }
    for scenario, (booking, showing_up) in acting.items():
        mechanism = load_mechanism(scenario)
        for found in (
            chance_of_interview(mechanism, people, "booked"),
            chance_of_interview(mechanism, people, "attended"),
            mean_further_sessions(mechanism, people),
        ):
            assert (np.diff(found[:4]) > 0).all() if booking else np.ptp(found) == 0
            assert found[4] == found[0]
        missing = chances_of_missing(mechanism, people)
        assert np.ptp(missing["cancelled_by_person"]) == np.ptp(missing["cancelled_by_centre"]) == 0
        no_show = missing["no_show"]
        assert (np.diff(no_show[:4]) < 0).all() if showing_up else np.ptp(no_show) == 0
        graded = np.ptp(list(mechanism.levels("share_leaving").values())) > 0
        assert graded == (scenario in ("default", "equal"))
        assert no_show[4] == no_show[0]
        # no person's own level may lead to a chance above 1
        assert (own_level(mechanism, np.ones(1)) * sum(missing.values()) < 1).all()


def test_numbers_booked_in_gap_in_access_lie_between_those_of_default():
    booked = load_mechanism().levels("sessions_log_mean_education").values()
    (common,) = set(load_mechanism("gap_in_access").levels("sessions_log_mean_education").values())
    assert min(booked) < common < max(booked)
    # the interview is that of the scenario in which education does not act on it either
    people, names = persons(education=EDUCATION), ("gap_in_access", "no_shows")
    for step in ("booked", "attended"):
        here, there = (chance_of_interview(load_mechanism(name), people, step) for name in names)
        assert here.tolist() == there.tolist()


def test_a_persons_own_level_has_mean_one():
    chance = (np.arange(100_000) + 0.5) / 100_000
    for spread in (0.0, 0.5, 1.0):
        level = own_level(changed(load_mechanism(), attendance_level_spread=spread), chance)
        assert level.mean() == pytest.approx(1, abs=1e-6)
        assert level.max() <= 1 + spread
    assert np.ptp(own_level(changed(load_mechanism(), attendance_level_spread=0.0), chance)) == 0


def test_numbers_of_sessions_are_one_and_a_negative_binomial():
    mechanism = load_mechanism()
    size, most = mechanism.number("sessions", "dispersion"), int(mechanism.number("sessions", "most"))
    chance = np.append((np.arange(2_000) + 0.5) / 2_000, [0.0, 1 - 1e-12])
    for mean in (0.4, 6.0, 9.5):
        found = number_of_sessions(mechanism, chance, np.full(len(chance), mean))
        by_scipy = 1 + nbinom.ppf(chance, size, size / (size + mean))
        by_scipy[chance == 0] = 1
        np.testing.assert_array_equal(found, np.minimum(by_scipy, most))
    assert found[-1] == most


def test_waits_are_equally_likely_from_the_earliest_to_the_latest():
    mechanism = changed(load_mechanism(), wait_days__closing__earliest=2.0, wait_days__closing__latest=4.0)
    assert wait_days(mechanism, "closing", np.array([0, 0.33, 0.34, 0.66, 0.67, 0.999])).tolist() == [2, 2, 3, 3, 4, 4]


def test_days_by_hand_where_every_wait_has_one_length():
    fixed = {"first_attempt": 2, "next_attempt": 3, "interview": 10, "second_interview": 7}
    fixed |= {"first_session": 8, "next_session": 5, "moved_session": 4}
    mechanism = with_fixed_waits(load_mechanism(), **fixed)
    moved = mechanism.number("session_status", "rescheduled")
    when = timing(mechanism)
    assert when.reached == 1
    assert when.interview[[11, 12]].tolist() == [0, 1]
    assert when.sessions.shape == (mechanism.number("sessions", "most"), WINDOW_DAYS + 1)
    np.testing.assert_allclose(when.sessions[0, [19, 20, 23, 24]], [0, 1 - moved, 1 - moved, 1])
    np.testing.assert_allclose(when.sessions[2, [29, 30, 34]], [0, 1 - moved, 1])
    # two calls at the most, one in four answered; one interview in five is attended the second time
    mechanism = changed(
        mechanism, contact__chance_of_answer=0.25, contact__most_attempts=2.0, interview__second_time=0.2
    )
    when = timing(mechanism)
    assert when.reached == pytest.approx(1 - 0.75**2)
    first, second = 0.25 / when.reached, 0.25 * 0.75 / when.reached
    np.testing.assert_allclose(when.interview[[12, 15, 19]], [0.8 * first, 0.8, 0.8 + 0.2 * first])
    assert first + second == pytest.approx(1)


def test_expected_sessions_by_hand():
    """Referred on a Monday, seen for two sessions: on days 20 (a Sunday, so 21) and 25, moved ones four days later."""
    fixed = {"first_attempt": 2, "interview": 10, "first_session": 8, "next_session": 5, "moved_session": 4}
    mechanism = with_fixed_waits(load_mechanism(), **fixed)
    people = persons(education=("basic",) * 5)
    received = np.full(5, MONDAY)
    # the end: at once; on the day of the interview; on the day of the first session; the day after; after the second
    end = received + np.array([0, 14, 21, 22, 26])
    found = expected_attendance(mechanism, people, received=received, end=end, when=timing(mechanism))
    comes = chance_of_interview(mechanism, people, "booked")[0] * chance_of_interview(mechanism, people, "attended")[0]
    registered, moved, without = (
        1 - mechanism.number("session_status", "not_registered"),
        mechanism.number("session_status", "rescheduled"),
        mechanism.number("sessions", "share_without"),
    )
    # day 12 is a Saturday: the interview is on Monday, day 14
    np.testing.assert_allclose(found["chance_interview"], np.array([0, 0, 1, 1, 1]) * comes * registered)
    size, further = mechanism.number("sessions", "dispersion"), mean_further_sessions(mechanism, people)[0]
    two = 1 - (size / (size + further)) ** size
    booked = np.array([0, 0, 0, 1 - moved, (1 - moved) + moved + two * (1 - moved)])
    np.testing.assert_allclose(found["sessions_booked"], booked * comes * (1 - without) * registered, rtol=1e-12)
    shown = 1 - sum(share[0] for share in chances_of_missing(mechanism, people).values())
    np.testing.assert_allclose(found["sessions_attended"], found["sessions_booked"] * shown, rtol=1e-12)
    chances = found.filter(like="chance_").drop(columns="chance_interview")
    assert set(chances) == {f"chance_{status}" for status in ("attended", *MISSED, "not_registered")}
    np.testing.assert_allclose(chances.sum(axis=1), 1)


def test_windows_are_those_of_the_cohort():
    assert (WINDOW_DAYS, INTERVIEW_DAYS) == (180, 90)


def test_expected_attendance_is_what_happens(worlds):
    """By education: share interviewed, sessions booked and attended, and each status, within 3.5 standard errors."""
    for name, frame in worlds.items():
        for level in EDUCATION:
            here = frame[frame["education"] == level]
            for observed, expected in (
                ("interview", here["chance_interview"]),
                ("booked", here["sessions_booked"]),
                ("attended", here["sessions_attended"]),
                *((status, here["sessions_booked"] / 0.985 * here[f"chance_{status}"]) for status in MISSED),
                ("not_registered", here["sessions_booked"] / 0.985 * here["chance_not_registered"]),
            ):
                difference = here[observed] - expected
                error = difference.std() / math.sqrt(len(here))
                assert abs(difference.mean()) < 3.5 * error, (name, level, observed, difference.mean(), error)
    assert load_mechanism().number("session_status", "not_registered") == pytest.approx(0.015)


def test_need_that_nobody_measures_raises_attendance_among_the_referred(worlds):
    hidden, open_to_all = worlds["selected_referral"], worlds["default"]
    assert hidden.groupby("need", observed=True)["attended"].mean().is_monotonic_increasing
    gap = open_to_all.groupby("need", observed=True)["sessions_attended"].mean()
    assert abs(gap["high"] - gap["low"]) < 0.35
    # and expectations by need are kept too
    for level in ("low", "medium", "high"):
        difference = (hidden["attended"] - hidden["sessions_attended"])[hidden["need"] == level]
        assert abs(difference.mean()) < 3.5 * difference.std() / math.sqrt(len(difference))


def test_both_scenarios_have_the_printed_means_and_put_the_gap_in_different_places(worlds):
    printed = load_published("centre").set_index("quantity")["estimate"]
    for name in ("default", "no_shows"):
        frame = worlds[name]
        for level in KNOWN:
            here = frame[frame["education"] == level]
            assert here["sessions_attended"].mean() == pytest.approx(printed[f"sessions_{level}"], rel=0.01)
        assert frame["chance_interview"].mean() == pytest.approx(0.81, abs=0.003)
        low, high = ("basic", "long_higher")
        by = {
            code: frame[[f"sessions_booked_if_{code}", f"sessions_attended_if_{code}"]].mean() for code in (low, high)
        }
        shown = {code: values.iloc[1] / values.iloc[0] for code, values in by.items()}
        more_booked = by[high].iloc[0] - by[low].iloc[0]
        if name == "default":
            assert shown[low] == pytest.approx(shown[high], rel=1e-12)
            assert more_booked > 1.2
        else:
            assert shown[high] - shown[low] > 0.15
            assert more_booked == 0


def test_a_person_of_an_education_is_expected_to_come_as_one_set_to_it(worlds):
    for frame in worlds.values():
        for code in KNOWN:
            here = frame[frame["education"] == code]
            np.testing.assert_allclose(here[f"sessions_booked_if_{code}"], here["sessions_booked"], rtol=1e-12)
            np.testing.assert_allclose(here[f"sessions_attended_if_{code}"], here["sessions_attended"], rtol=1e-12)


def test_numbers_booked_are_over_dispersed_and_zeros_are_in_excess(worlds):
    frame = worlds["default"]
    interviewed = frame[frame["interview"]]
    # among those with a session both grow apart from a Poisson distribution of the same mean
    some = interviewed.loc[interviewed["booked"] > 0, "booked"]
    assert some.var() > 3 * some.mean()
    assert (interviewed["booked"] == 0).mean() == pytest.approx(0.12, abs=0.02)
    assert (interviewed["booked"] == 0).mean() > 20 * math.exp(-some.mean())


def test_missing_sessions_runs_in_persons_and_not_in_numbers_booked(worlds):
    """Over-dispersed against independent sessions, and the share shown is the same for few and for many booked."""
    frame = worlds["default"].query("booked >= 2")
    missed = frame["booked"] - frame["attended"]
    share = missed.sum() / frame["booked"].sum()
    pearson = ((missed - frame["booked"] * share) ** 2 / (frame["booked"] * share * (1 - share))).mean()
    assert pearson > 1.2
    cut = frame["booked"].median()
    few, many = (
        part["attended"].sum() / part["booked"].sum()
        for part in (frame[frame["booked"] <= cut], frame[frame["booked"] > cut])
    )
    assert few == pytest.approx(many, abs=0.012)
    alike = {
        level: part["attended"].sum() / part["booked"].sum()
        for level, part in frame.groupby("education", observed=True)
    }
    assert max(alike.values()) - min(alike[code] for code in KNOWN) < 0.02
