"""How referred persons come: chances of the interview, numbers and days of sessions, and what is expected of each.

Someone is called until the phone is answered, is booked for an interview and comes to it or not, is booked to no
session at all or to 1 + a negative binomial number of them, and each session gets a status. Age, sex and education act
on the two chances of the interview and on the number of sessions, education on missing a session without a word; need
acts in `selected_referral`. Nothing else does, so that who adjusts for age and sex finds the planted components.

Days are drawn on a calendar without weekends and then put forward to the next weekday: such a day is within a window
exactly when the drawn one is not after the window's last weekday. That gives the expected numbers a closed form.
Public holidays are working days here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from rehab_stats.extract.columns import EDUCATION, NEED
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.people import decades, effect

WINDOW_DAYS = 180
"""Days after the referral, both included, in which sessions count."""

INTERVIEW_DAYS = 90
"""Days after the referral, both included, in which an interview counts."""

MISSED = ("no_show", "cancelled_by_person", "cancelled_by_centre")
"""What becomes of a booked session that is not attended."""

WEEK, SATURDAY, EPOCH_WEEKDAY = 7, 5, 3
"""Days since 1970-01-01, a Thursday: Monday is 0."""


def next_weekday(day: np.ndarray) -> np.ndarray:
    """The day (since 1970-01-01), or the Monday after it where it is on a weekend."""
    weekday = (day + EPOCH_WEEKDAY) % WEEK
    return day + np.where(weekday >= SATURDAY, WEEK - weekday, 0)


def last_weekday(day: np.ndarray) -> np.ndarray:
    """The day (since 1970-01-01), or the Friday before it where it is on a weekend."""
    weekday = (day + EPOCH_WEEKDAY) % WEEK
    return day - np.maximum(weekday - SATURDAY + 1, 0)


def chance_of_interview(mechanism: Mechanism, people: pd.DataFrame, step: str) -> np.ndarray:
    """Chance that an interview is booked once the phone is answered, or attended once booked, one a person.

    `step` is `booked` or `attended`. A logit in age (decades from 65 years), sex, education and need.
    """
    effects = mechanism.levels("interview_log_odds", step)
    return expit(
        effects["intercept"]
        + effects["per_10_years"] * decades(mechanism, people)
        + effects["female"] * ~people["male"].to_numpy()
        + effect(mechanism.levels("interview_log_odds_education", step), EDUCATION, people["education"])
        + effect(mechanism.levels("interview_log_odds_need"), NEED, people["need"])
    )


def mean_further_sessions(mechanism: Mechanism, people: pd.DataFrame) -> np.ndarray:
    """Mean number of sessions booked beyond the first, of those booked to any; log-linear as the interview."""
    effects = mechanism.levels("sessions_log_mean")
    return np.exp(
        effects["per_10_years"] * decades(mechanism, people)
        + effects["female"] * ~people["male"].to_numpy()
        + effect(mechanism.levels("sessions_log_mean_education"), EDUCATION, people["education"])
        + effect(mechanism.levels("sessions_log_mean_need"), NEED, people["need"])
    )


def chances_of_missing(mechanism: Mechanism, people: pd.DataFrame) -> dict[str, np.ndarray]:
    """Status -> chance that a booked session ends so, one a person of average reliability; education acts on no_show.

    A person's own level multiplies all three; its mean is 1 whatever the education and the number booked.
    """
    shares = mechanism.levels("session_status")
    by_education = effect(mechanism.levels("session_no_show"), EDUCATION, people["education"])
    return {name: by_education if name == "no_show" else np.full(len(people), shares[name]) for name in MISSED}


def own_level(mechanism: Mechanism, chance: np.ndarray) -> np.ndarray:
    """What multiplies a person's chances of missing sessions: (1 + spread) * chance ** spread, of mean 1."""
    spread = mechanism.number("attendance_level_spread")
    return (1 + spread) * chance**spread


def number_of_sessions(mechanism: Mechanism, chance: np.ndarray, further: np.ndarray) -> np.ndarray:
    """1 + a negative binomial number of this mean and the assumed size, by inversion; at most `most_sessions`."""
    number = np.ones(len(further), int)
    for beyond in _tails(mechanism, further)[1:]:
        # the number is larger than k when the chance falls into the upper tail
        number += 1 - chance < beyond
    return number


def _tails(mechanism: Mechanism, further: np.ndarray) -> list[np.ndarray]:
    """Chance of at least k sessions for k = 1, 2, ..., `most_sessions`, of those booked to any."""
    size = mechanism.number("sessions", "dispersion")
    odds = further / (size + further)
    term = (1 - odds) ** size
    tails = [np.ones(len(further))]
    for count in range(int(mechanism.number("sessions", "most")) - 1):
        tails.append(np.maximum(tails[-1] - term, 0.0))
        term = term * odds * (count + size) / (count + 1)
    return tails


@dataclass(frozen=True)
class Timing:
    """When things happen after the referral, before they are put forward to a weekday.

    Attributes
    ----------
    reached : float
        Chance that the phone is answered at all.
    interview : array
        Chance that the interview that is attended lies on or before each day 0, 1, ..., `WINDOW_DAYS`.
    sessions : array
        The same for the first, second, ... session that is booked, one a row; a session that was moved counts on the
        day it was moved to.
    """

    reached: float
    interview: np.ndarray
    sessions: np.ndarray


def timing(mechanism: Mechanism) -> Timing:
    """The distributions of days, all of them sums of uniform waits."""
    answer = mechanism.number("contact", "chance_of_answer")
    first, again = _wait(mechanism, "first_attempt"), _wait(mechanism, "next_attempt")
    contact, day = np.zeros(WINDOW_DAYS + 1), first
    for attempt in range(int(mechanism.number("contact", "most_attempts"))):
        contact += answer * (1 - answer) ** attempt * day
        day = _later(day, again)
    reached = contact.sum()
    interview = _later(contact / reached, _wait(mechanism, "interview"))
    second = mechanism.number("interview", "second_time")
    interview = (1 - second) * interview + second * _later(interview, _wait(mechanism, "second_interview"))
    session, gap, moved = (_wait(mechanism, name) for name in ("first_session", "next_session", "moved_session"))
    share, day, rows = mechanism.number("session_status", "rescheduled"), _later(interview, session), []
    for _ in range(int(mechanism.number("sessions", "most"))):
        rows.append((1 - share) * day + share * _later(day, moved))
        day = _later(day, gap)
    return Timing(reached, interview.cumsum(), np.cumsum(rows, axis=1))


def wait_days(mechanism: Mechanism, name: str, chance: np.ndarray) -> np.ndarray:
    """Whole days between two steps, each from the earliest to the latest equally likely, by inversion."""
    earliest, latest = (int(mechanism.number("wait_days", name, end)) for end in ("earliest", "latest"))
    return earliest + np.floor(chance * (latest - earliest + 1)).astype(int)


def _wait(mechanism: Mechanism, name: str) -> np.ndarray:
    """Chance of each length of a wait, 0, 1, ..., `WINDOW_DAYS` days."""
    earliest, latest = (int(mechanism.number("wait_days", name, end)) for end in ("earliest", "latest"))
    days = np.arange(WINDOW_DAYS + 1)
    return np.where((days >= earliest) & (days <= latest), 1 / (latest - earliest + 1), 0.0)


def _later(day: np.ndarray, wait: np.ndarray) -> np.ndarray:
    """Distribution of the day that comes a wait after another; what falls after the window is left out."""
    return np.convolve(day, wait)[: WINDOW_DAYS + 1]


def expected_attendance(
    mechanism: Mechanism, people: pd.DataFrame, *, received: np.ndarray, end: np.ndarray, when: Timing
) -> pd.DataFrame:
    """What is expected of referred persons, given who they are and the day on which they die or leave.

    Sessions booked = P(phone answered) P(booked) P(attended) (1 - share without activity) sum over k of
    P(at least k sessions) P(session k within the window) * (1 - share not registered), and the sessions attended are
    that times 1 less the chances of missing. Checked against simulated persons in
    tests/extract/synthetic/test_attendance.py.

    Parameters
    ----------
    mechanism : Mechanism
    people : DataFrame
        The referred, one a row: education, male, age, need.
    received : array of int
        Day of the first referral seen, since 1970-01-01.
    end : array of int
        Day from which on nothing happens to the person any more.
    when : Timing
        That of the mechanism.

    Returns
    -------
    DataFrame
        Indexed as people: chance_interview (an attended one registered within `INTERVIEW_DAYS`), sessions_booked
        (within `WINDOW_DAYS`, those moved counted once, those of unknown status not), sessions_attended, and
        chance_<status> of a booked session: attended, the three of `MISSED`, not_registered.
    """
    registered = 1 - mechanism.number("session_status", "not_registered")
    limits = {days: np.minimum(received + days, end - 1) for days in (INTERVIEW_DAYS, WINDOW_DAYS)}
    # a limit before the referral itself leaves no day: row -1 would be the last of the window
    last = {days: np.maximum(last_weekday(limit) - received, 0) for days, limit in limits.items()}
    comes = when.reached * chance_of_interview(mechanism, people, "booked")
    comes = comes * chance_of_interview(mechanism, people, "attended")
    tails, number = _tails(mechanism, mean_further_sessions(mechanism, people)), np.zeros(len(people))
    for beyond, days in zip(tails, when.sessions, strict=True):
        number += beyond * days[last[WINDOW_DAYS]]
    booked = comes * (1 - mechanism.number("sessions", "share_without")) * number * registered
    missing = chances_of_missing(mechanism, people)
    shown = 1 - sum(missing.values())
    known = {"attended": shown, **missing}
    return pd.DataFrame(
        {
            "chance_interview": comes * when.interview[last[INTERVIEW_DAYS]] * registered,
            "sessions_booked": booked,
            "sessions_attended": booked * shown,
            **{f"chance_{status}": chance * registered for status, chance in known.items()},
            "chance_not_registered": np.full(len(people), 1 - registered),
        },
        index=people.index,
    )
