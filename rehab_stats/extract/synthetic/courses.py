"""Which courses the synthetic referrals lead to, how far they come, and when and why they are closed.

Every accepted referral that was seen draws as if it opened a course; which ones do is settled afterwards, so that no
draw depends on it. Days are whole, since 1970-01-01; codes are places in the lists of the contract.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import APPOINTMENT_KIND, CLOSE_REASON, SESSION_KINDS, STATUS
from rehab_stats.extract.synthetic.appointments import draw_appointments
from rehab_stats.extract.synthetic.attendance import (
    chance_of_interview,
    mean_further_sessions,
    next_weekday,
    number_of_sessions,
    own_level,
    wait_days,
)
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.people import pick

SESSIONS = tuple(APPOINTMENT_KIND.index(kind) for kind in SESSION_KINDS)
"""Places of the kinds of session."""

NEVER = 10**6
"""A day that does not come (in the year 4707)."""

DRAWS = (
    "answer",
    "level",
    "booked",
    "attended",
    "any",
    "number",
    "second",
    "missed",
    "home",
    "social_worker",
    "activity",
    "leaves",
    "closing",
    "reason",
    "interview",
    "second_interview",
    "first_session",
)
"""Uniform numbers of each referral, in this order; then one for each attempt to call."""


def draw_courses(
    mechanism: Mechanism, streams: dict[str, np.random.Generator], people: pd.DataFrame, referrals: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """The courses of the referrals that were seen, and their appointments.

    Parameters
    ----------
    mechanism : Mechanism
    streams : dict
        `courses` gives `DRAWS` and the attempts of each referral; `appointments`: see `draw_appointments`.
    people : DataFrame
        From `draw_everyone`.
    referrals : DataFrame
        From `draw_referrals`: person, received_on, accepted, seen; in order of date.

    Returns
    -------
    courses : DataFrame
        In the order in which they were opened: person, opened, closed (day; NaN for open), close_reason (place, -1 for
        open), decline_reason (text or None).
    appointments : DataFrame
        In order of course and day: course (row of courses), person, booked (day; NaN for calls), day, kind, mode,
        format, profession, status (places).
    course : array of int
        Of each referral that was seen the row of its course; -1 for none.
    """
    seen = referrals[referrals["seen"]]
    taken = np.flatnonzero(seen["accepted"])
    drawn, calls = _drawn(mechanism, streams["courses"], people, seen.iloc[taken])
    rows = draw_appointments(mechanism, streams["appointments"], people.iloc[drawn["person"]], drawn, calls)
    drawn["closed"], drawn["close_reason"] = _closed(drawn, rows)
    leads = _leads_to(mechanism, drawn)
    opens = leads == np.arange(len(drawn))
    number, course = np.cumsum(opens) - 1, np.full(len(seen), -1)
    course[taken] = number[leads]
    extract = int(mechanism.day("extract_date").astype(int))
    kept = opens[rows["course"]] & (rows["day"] < drawn["end"].to_numpy()[rows["course"]])
    # what was not yet booked when the extract was drawn is not in it
    rows = rows[kept & (rows["booked"].fillna(rows["day"]) <= extract)].reset_index(drop=True)
    rows["status"] = rows["status"].where(rows["day"] <= extract, STATUS.index("planned"))
    rows["person"] = drawn["person"].to_numpy()[rows["course"]]
    rows["course"] = number[rows["course"]]
    return _as_seen(mechanism, drawn[opens].reset_index(drop=True), extract), rows, course


def last_days(people: pd.DataFrame) -> np.ndarray:
    """Day (since 1970-01-01) on which each person dies, emigrates or moves away; `NEVER` for none."""
    ends = people[["death_day", "emigration_day", "moving_day"]].min(axis=1).to_numpy()
    diagnosed = people["diagnosed"].to_numpy().astype("datetime64[D]").astype(int)
    return np.minimum(diagnosed + np.ceil(np.minimum(ends, NEVER)).astype(int), NEVER)


def first_referrals(people: pd.DataFrame, referrals: pd.DataFrame) -> pd.DataFrame:
    """Person (row of people), received (day) and end (day) of each person's first accepted referral that was seen."""
    first = referrals[referrals["seen"] & referrals["accepted"]].drop_duplicates("person")
    person = first["person"].to_numpy()
    return pd.DataFrame({"person": person, "received": _day(first["received_on"]), "end": last_days(people)[person]})


def _day(dates: pd.Series) -> np.ndarray:
    """Dates as days since 1970-01-01."""
    return dates.to_numpy().astype("datetime64[D]").astype(int)


def _drawn(
    mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame, accepted: pd.DataFrame
) -> tuple[pd.DataFrame, np.ndarray]:
    """One row an accepted referral, with what would happen in a course of its own; and the days of its calls."""
    person = accepted["person"].to_numpy()
    chance = {name: rng.random(len(person)) for name in DRAWS}
    most = int(mechanism.number("contact", "most_attempts"))
    waits = [rng.random(len(person)) for _ in range(most)]
    waits = [wait_days(mechanism, "next_attempt" if nth else "first_attempt", wait) for nth, wait in enumerate(waits)]
    calls = np.cumsum(waits, axis=0).T
    who, answer = people.iloc[person], mechanism.number("contact", "chance_of_answer")
    tries = 1 + np.floor(np.log1p(-chance["answer"]) / np.log1p(-answer)).astype(int)
    drawn = pd.DataFrame({"person": person, "opened": _day(accepted["received_on"]), "end": last_days(people)[person]})
    drawn["dies"] = (who["death_day"] <= who[["emigration_day", "moving_day"]].min(axis=1)).to_numpy()
    drawn["reached"] = tries <= most
    drawn["attempts"] = np.minimum(tries, most)
    drawn = _with_steps(mechanism, chance, who, drawn)
    drawn["contact_day"] = calls[np.arange(len(drawn)), drawn["attempts"] - 1]
    drawn["interview_day"] = drawn["contact_day"] + wait_days(mechanism, "interview", chance["interview"])
    again = wait_days(mechanism, "second_interview", chance["second_interview"])
    drawn["met_day"] = drawn["interview_day"] + np.where(drawn["second"], again, 0)
    drawn["session_day"] = drawn["met_day"] + wait_days(mechanism, "first_session", chance["first_session"])
    drawn["closing"] = wait_days(mechanism, "closing", chance["closing"])
    drawn["reason"] = chance["reason"]
    return drawn, calls


def _with_steps(
    mechanism: Mechanism, chance: dict[str, np.ndarray], who: pd.DataFrame, drawn: pd.DataFrame
) -> pd.DataFrame:
    """How far each course would come, to how many sessions, and what colours it."""
    interview = mechanism.levels("interview")
    drawn["booked"] = drawn["reached"] & (chance["booked"] < chance_of_interview(mechanism, who, "booked"))
    drawn["attended"] = drawn["booked"] & (chance["attended"] < chance_of_interview(mechanism, who, "attended"))
    drawn["second"] = drawn["attended"] & (chance["second"] < interview["second_time"])
    any_session = drawn["attended"] & (chance["any"] >= mechanism.number("sessions", "share_without"))
    number = number_of_sessions(mechanism, chance["number"], mean_further_sessions(mechanism, who))
    drawn["sessions"] = np.where(any_session, number, 0)
    # one level a person, also where several courses follow one another
    drawn["level"] = pd.Series(own_level(mechanism, chance["level"])).groupby(drawn["person"]).transform("first")
    drawn["missed"] = pick(chance["missed"], np.array(list(mechanism.levels("interview_missed").values())))
    drawn["home"] = chance["home"] < interview["at_home"]
    drawn["social_worker"] = chance["social_worker"] < interview["with_social_worker"]
    drawn["activity"] = pick(chance["activity"], np.array(list(mechanism.levels("share_activity").values())))
    leaving = np.array(list(mechanism.levels("share_leaving").values()))
    drawn["leaves"] = chance["leaves"] < leaving[who["education"].to_numpy()]
    return drawn


def _closed(drawn: pd.DataFrame, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Day and reason (place) of closing each course, as if the extract were drawn long after."""
    last = rows.groupby("course")["day"].max().to_numpy()
    closed, end = next_weekday(last + drawn["closing"].to_numpy()), drawn["end"].to_numpy()
    came = rows.loc[rows["kind"].isin(SESSIONS) & (rows["status"] == STATUS.index("attended")), "course"]
    reason = np.select(
        [
            (end <= closed) & drawn["dies"],
            end <= closed,
            ~drawn["reached"],
            ~drawn["attended"],
            drawn["sessions"] == 0,
            drawn["leaves"] | ~drawn.index.isin(came),
        ],
        [CLOSE_REASON.index(name) for name in ("died", "moved", "not_reached", "declined", "other", "declined")],
        CLOSE_REASON.index("completed"),
    )
    return np.minimum(closed, end), reason


def _leads_to(mechanism: Mechanism, drawn: pd.DataFrame) -> np.ndarray:
    """Row of the course that each referral leads to: its own, or an earlier one that has not yet ended.

    A course takes up referrals while it is open and in any case for `course_takes_up` days after it was opened.
    """
    leads, opened, closed = np.arange(len(drawn)), drawn["opened"].to_numpy(), drawn["closed"].to_numpy()
    busy = np.maximum(closed, opened + int(mechanism.number("course_takes_up")))
    rank = drawn.groupby("person").cumcount().to_numpy()
    previous = pd.Series(np.arange(len(drawn))).groupby(drawn["person"]).shift().fillna(-1).astype(int).to_numpy()
    for place in range(1, rank.max(initial=0) + 1):
        here = np.flatnonzero(rank == place)
        course = leads[previous[here]]
        leads[here] = np.where(opened[here] <= busy[course], course, here)
    return leads


def _as_seen(mechanism: Mechanism, drawn: pd.DataFrame, extract: int) -> pd.DataFrame:
    """The courses as the extract shows them: what is closed after the extract date is open."""
    shown = drawn["closed"] <= extract
    declined = shown & (drawn["close_reason"] == CLOSE_REASON.index("declined"))
    shares = mechanism.levels("share_decline_reason")
    reasons = np.array(list(shares), dtype=object)[pick(drawn["reason"].to_numpy(), np.array(list(shares.values())))]
    return pd.DataFrame(
        {
            "person": drawn["person"],
            "opened": drawn["opened"],
            "closed": drawn["closed"].where(shown),
            "close_reason": drawn["close_reason"].where(shown, -1),
            "decline_reason": pd.Series(reasons, dtype="string").where(declined),
        }
    )
