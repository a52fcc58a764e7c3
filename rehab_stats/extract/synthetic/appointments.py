"""The calls, interviews and sessions of drawn courses, one row each; days and codes as in `courses`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import APPOINTMENT_KIND, FORMAT, MODE, STATUS
from rehab_stats.extract.synthetic.attendance import MISSED, chances_of_missing, last_weekday, next_weekday, wait_days
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.people import pick

PROFESSIONS = ("nurse", "social_worker", "physiotherapist", "dietitian", "occupational_therapist", "psychologist")
"""Professions of the synthetic centre, an open code of the contract."""

MEETS = {
    "exercise": "physiotherapist",
    "diet": "dietitian",
    "occupational_therapy": "occupational_therapist",
    "social_work": "social_worker",
    "psychology": "psychologist",
}
"""Kind of session -> who leads it; nurses lead the others, and interviews without a social worker."""

IN_GROUPS = ("exercise", "patient_education", "mindfulness", "relaxation", "memory")
"""Kinds of session that are held in groups."""

DRAWS = ("wait", "status", "moved", "moved_wait", "same", "kind", "lead")
"""Uniform numbers of each session, in this order."""


def draw_appointments(
    mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame, drawn: pd.DataFrame, calls: np.ndarray
) -> pd.DataFrame:
    """Every appointment of every drawn course, as if nobody ever died or left.

    Parameters
    ----------
    mechanism : Mechanism
    rng : Generator
        The stream of the table appointments: `DRAWS` a session, then one number a row.
    people : DataFrame
        Those of the courses, one row a course.
    drawn : DataFrame
        From `courses.draw_courses`, one row a course.
    calls : array
        Day of each attempt to call, after the referral; one row a course.

    Returns
    -------
    DataFrame
        In order of course and day: course (row of drawn), booked (day; NaN for calls), day, kind, mode, format,
        profession, status (places).
    """
    parts = [_calls(drawn, calls), *_interviews(drawn), *_sessions(mechanism, rng, people, drawn)]
    rows = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    rows = rows.sort_values(["course", "day"], kind="stable", ignore_index=True)
    unknown = rng.random(len(rows)) < mechanism.number("session_status", "not_registered")
    moved = rows["status"] == STATUS.index("rescheduled")
    rows["status"] = rows["status"].mask(unknown & ~moved, STATUS.index("not_registered"))
    return rows


def _part(course: np.ndarray, booked: np.ndarray, day: np.ndarray, **places: np.ndarray | int) -> dict[str, np.ndarray]:
    """Columns of some rows; a single place stands for all of them."""
    columns = {"course": course, "booked": np.asarray(booked, float), "day": day}
    return columns | {
        name: np.broadcast_to(places[name], len(course)) for name in ("kind", "mode", "format", "profession", "status")
    }


def _calls(drawn: pd.DataFrame, calls: np.ndarray) -> dict[str, np.ndarray]:
    """Calls until the phone is answered; the answered one is the first contact."""
    course, nth = _repeated(drawn["attempts"].to_numpy())
    day = next_weekday(drawn["opened"].to_numpy()[course] + calls[course, nth])
    answered = drawn["reached"].to_numpy()[course] & (nth + 1 == drawn["attempts"].to_numpy()[course])
    kinds = [APPOINTMENT_KIND.index(kind) for kind in ("contact_attempt", "first_contact")]
    statuses = [STATUS.index(status) for status in ("no_show", "attended")]
    return _part(
        course,
        np.full(len(course), np.nan),
        day,
        kind=np.array(kinds)[answered.astype(int)],
        mode=MODE.index("phone"),
        format=FORMAT.index("individual"),
        profession=PROFESSIONS.index("nurse"),
        status=np.array(statuses)[answered.astype(int)],
    )


def _interviews(drawn: pd.DataFrame) -> list[dict[str, np.ndarray]]:
    """The interview as first booked, and the second one of those who come to that."""
    missed = np.array([STATUS.index(status) for status in MISSED])[drawn["missed"].to_numpy()]
    first_kept = (drawn["attended"] & ~drawn["second"]).to_numpy()
    status = np.where(first_kept, STATUS.index("attended"), missed)
    opened = drawn["opened"].to_numpy()
    contact, first, met = (next_weekday(opened + drawn[f"{step}_day"]) for step in ("contact", "interview", "met"))
    parts = []
    for chosen, booked, day, ended in (
        ("booked", contact, first, status),
        ("second", first, met, np.full(len(drawn), STATUS.index("attended"))),
    ):
        here = np.flatnonzero(drawn[chosen])
        with_other = drawn["social_worker"].to_numpy()[here]
        parts.append(
            _part(
                here,
                booked[here],
                day[here],
                kind=APPOINTMENT_KIND.index("interview"),
                mode=np.where(drawn["home"].to_numpy()[here], MODE.index("home"), MODE.index("centre")),
                format=FORMAT.index("individual"),
                profession=np.where(with_other, PROFESSIONS.index("social_worker"), PROFESSIONS.index("nurse")),
                status=ended[here],
            )
        )
    return parts


def _sessions(
    mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame, drawn: pd.DataFrame
) -> list[dict[str, np.ndarray]]:
    """Sessions on the day first booked, and on the day to which some of them are moved."""
    course, nth = _repeated(drawn["sessions"].to_numpy())
    chance = {name: rng.random(len(course)) for name in DRAWS}
    wait = np.where(nth > 0, wait_days(mechanism, "next_session", chance["wait"]), 0)
    passed = np.cumsum(wait)
    first = np.repeat(passed[nth == 0], drawn["sessions"].to_numpy()[drawn["sessions"] > 0])
    day = drawn["opened"].to_numpy()[course] + drawn["session_day"].to_numpy()[course] + passed - first
    moved_day = next_weekday(day + wait_days(mechanism, "moved_session", chance["moved_wait"]))
    day, met = next_weekday(day), next_weekday(drawn["opened"].to_numpy() + drawn["met_day"].to_numpy())[course]
    booked = np.maximum(last_weekday(day - wait_days(mechanism, "booked_ahead", chance["lead"])), met)
    moved = chance["moved"] < mechanism.number("session_status", "rescheduled")
    status = _statuses(mechanism, chance["status"], people, drawn, course)
    kind = _kinds(mechanism, drawn, course, nth, same=chance["same"], other=chance["kind"])
    about = _about(kind)
    before = np.where(moved, STATUS.index("rescheduled"), status)
    return [
        _part(course, booked, day, kind=kind, status=before, **about),
        _part(
            course[moved],
            day[moved],
            moved_day[moved],
            kind=kind[moved],
            status=status[moved],
            **{name: places[moved] for name, places in about.items()},
        ),
    ]


def _repeated(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row of each of so many repetitions, and which of its row it is (from 0)."""
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)


def _statuses(
    mechanism: Mechanism, chance: np.ndarray, people: pd.DataFrame, drawn: pd.DataFrame, course: np.ndarray
) -> np.ndarray:
    """Status of each session that takes place: missed in one of three ways at the person's own level, else attended."""
    status, limit = np.full(len(course), STATUS.index("attended")), np.zeros(len(course))
    for name, share in chances_of_missing(mechanism, people).items():
        below, limit = limit, limit + (share * drawn["level"].to_numpy())[course]
        status[(chance >= below) & (chance < limit)] = STATUS.index(name)
    return status


def _kinds(
    mechanism: Mechanism,
    drawn: pd.DataFrame,
    course: np.ndarray,
    nth: np.ndarray,
    *,
    same: np.ndarray,
    other: np.ndarray,
) -> np.ndarray:
    """Kinds of session: mostly the person's main activity; an assessment first, a closing talk last, some of them."""
    rule, shares = mechanism.levels("activity"), mechanism.levels("share_activity")
    kinds = np.array([APPOINTMENT_KIND.index(kind) for kind in shares])
    main = drawn["activity"].to_numpy()[course]
    kind = kinds[np.where(same < rule["main"], main, pick(other, np.array(list(shares.values()))))]
    kind[(nth == 0) & (other < rule["assessment_first"])] = APPOINTMENT_KIND.index("assessment")
    last = (nth > 0) & (nth + 1 == drawn["sessions"].to_numpy()[course]) & ~drawn["leaves"].to_numpy()[course]
    kind[last & (other < rule["closing_talk_last"])] = APPOINTMENT_KIND.index("closing_talk")
    return kind


def _about(kind: np.ndarray) -> dict[str, np.ndarray]:
    """Where, with how many and by whom sessions of each kind are held."""
    modes = {"follow_up": "phone"}
    known = {
        "mode": [MODE.index(modes.get(name, "centre")) for name in APPOINTMENT_KIND],
        "format": [FORMAT.index("group" if name in IN_GROUPS else "individual") for name in APPOINTMENT_KIND],
        "profession": [PROFESSIONS.index(MEETS.get(name, "nurse")) for name in APPOINTMENT_KIND],
    }
    return {name: np.array(places)[kind] for name, places in known.items()}
