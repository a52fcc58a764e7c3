"""The tables that six invented municipalities write: referrals passed on, courses, appointments and evaluations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rehab_stats.calendar import working_days
from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.printed_lists import load_printed_list
from rehab_stats.extract.synthetic.mechanism import Mechanism
from rehab_stats.extract.synthetic.municipal_steps import draw_steps
from rehab_stats.extract.synthetic.people import effect, pick
from rehab_stats.extract.synthetic.tables import ids

INSTRUMENT = "course_evaluation"
"""Name of the synthetic evaluation form; its scales are `satisfied` and `benefit`, answers 1 to 5."""
ATTEMPTS = (2, 5, 9)
"""Calendar days after the referral on which somebody never reached is called."""
PLAN_SESSIONS, OTHER_SESSIONS = 6, 7
MISSED = ("no_show", "cancelled_by_person", "cancelled_by_centre")
DAY = pd.Timedelta(days=1)


def municipal_tables(
    mechanism: Mechanism, streams: Mapping[str, np.random.Generator], people: pd.DataFrame, referrals: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Referrals, courses, appointments and forms as registers would show them on the extract date.

    Parameters
    ----------
    mechanism : Mechanism
        Of a scenario with municipalities.
    streams : mapping
        `courses`: see `draw_steps`; `appointments` gives a number a session, `forms` four a course.
    people : DataFrame
        From `draw_homes`, with person_id.
    referrals : DataFrame
        From `draw_referrals`.
    """
    extract = pd.Timestamp(mechanism.day("extract_date"))
    seen = referrals[referrals["seen"]]
    again = seen["accepted"] & seen.assign(other=~seen["accepted"]).duplicated(["person", "other"])
    seen = seen[~again].reset_index(drop=True)
    accepted = seen[seen["accepted"]]
    steps = draw_steps(mechanism, streams["courses"], people, accepted)
    steps["person_id"] = people["person_id"].to_numpy()[steps["person"]]
    passed = steps["onward_on"] < steps["ends_on"].clip(upper=extract + DAY)
    # courses at home in the order of the steps, then those of the providers
    course = ids("c", len(steps) + int(passed.sum()))
    steps["course"] = course[: len(steps)]
    steps["joint_course"] = pd.Series(course[len(steps) :], index=steps.index[passed]).reindex(steps.index)
    return {
        "referrals": _referrals(seen, accepted.index, steps, people),
        "courses": _courses(steps, extract),
        "appointments": _appointments(mechanism, streams["appointments"], people, steps, extract),
        "forms": _forms(mechanism, streams["forms"], steps, extract),
    }


def _referrals(seen: pd.DataFrame, accepted: pd.Index, steps: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Those received at home, then those passed on, each with the one it comes from."""
    number = ids("r", len(seen) + int(steps["joint_course"].notna().sum()))
    home = seen.assign(person_id=people["person_id"].to_numpy()[seen["person"]], referral_id=number[: len(seen)])
    home["course_id"] = pd.Series(steps["course"].to_numpy(), index=accepted).reindex(home.index)
    parent = home.loc[accepted, "referral_id"].to_numpy()
    onward = steps.assign(parent_referral_id=parent)[steps["joint_course"].notna()]
    onward = pd.DataFrame(
        {
            "referral_id": number[len(seen) :],
            "person_id": onward["person_id"],
            "received_on": onward["onward_on"],
            "sender": "other_municipal",
            "message": "referral",
            "accepted": True,
            "course_id": onward["joint_course"],
            "parent_referral_id": onward["parent_referral_id"],
            "from_municipality": onward["home"],
            "to_municipality": onward["provider"],
        }
    )
    columns = list(dict.fromkeys([*home.columns, *onward.columns]))
    # objects on both sides: joining a column that is all empty otherwise warns
    return pd.concat([part.reindex(columns=columns).astype(object) for part in (home, onward)], ignore_index=True)


def _courses(steps: pd.DataFrame, extract: pd.Timestamp) -> pd.DataFrame:
    """The courses at home, then those of the providers; a death or emigration closes what is open."""
    parts = {
        "course": ("home", "received_on", "closed_on", "close_reason"),
        "joint_course": ("provider", "onward_on", "joint_closed_on", "joint_reason"),
    }
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "course_id": steps[course],
                    "municipality": steps[where],
                    "opened_on": steps[opened],
                    "closed_on": steps[closed],
                    "close_reason": steps[why],
                }
            ).join(steps[["person_id", "reason", "ends_on", "dies"]])
            for course, (where, opened, closed, why) in parts.items()
        ]
    )
    rows = rows[rows["course_id"].notna()]
    gone = rows["ends_on"] <= rows["closed_on"]
    why = rows["close_reason"].mask(gone, rows["dies"].map({True: "died", False: "moved"}))
    closed = rows["closed_on"].where(~gone, rows["ends_on"])
    shown = closed <= extract
    return rows.assign(
        closed_on=closed.where(shown),
        close_reason=why.where(shown),
        decline_reason=rows["reason"].where(shown & why.eq("declined")),
    )


def _appointments(
    mechanism: Mechanism,
    rng: np.random.Generator,
    people: pd.DataFrame,
    steps: pd.DataFrame,
    extract: pd.Timestamp,
) -> pd.DataFrame:
    """Calls, talks, assessments and sessions, by course and day."""
    joint, nurse = steps[steps["joint_course"].notna()], {"course": "course", "profession": "nurse"}
    other = {"course": "joint_course", "profession": "physiotherapist"}
    booked = [
        _met(steps, "assessed_on", "interview", booked="contact_on", **nurse),
        _met(joint, "extended_on", "assessment", booked="onward_on", **other),
        _met(steps, "talk_on", "closing_talk", booked="last_on", mode="phone", **nurse),
    ]
    parts = [
        _attempts(steps),
        _met(steps, "contact_on", "first_contact", mode="phone", **nurse),
        _met(joint, "executing_contact_on", "first_contact", mode="phone", **other),
        *booked,
        *(_called_off(mechanism, rng, rows) for rows in booked),
        *_sessions(mechanism, rng, people, steps),
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[(rows["date"] < rows["ends_on"]) & (rows["booked_on"].fillna(rows["date"]) <= extract)]
    rows = rows.sort_values(["course_id", "date", "kind"], kind="stable", ignore_index=True)
    rows["status"] = rows["status"].where(rows["date"] <= extract, "planned")
    return rows.assign(appointment_id=ids("a", len(rows)))


def _met(
    steps: pd.DataFrame,
    day: str,
    kind: str,
    *,
    course: str,
    booked: str = "",
    mode: str = "centre",
    profession: str = "",
) -> pd.DataFrame:
    """One attended appointment of each who came to a step."""
    there = steps[steps[day].notna() & steps[course].notna()]
    return pd.DataFrame(
        {
            "person_id": there["person_id"],
            "course_id": there[course],
            "booked_on": there[booked] if booked else pd.NaT,
            "date": there[day],
            "kind": kind,
            "mode": mode,
            "format": "individual",
            "profession": profession,
            "status": "attended",
            "provider_municipality": there["provider"] if course == "joint_course" else None,
            "ends_on": there["ends_on"],
        }
    ).astype({"booked_on": "datetime64[ns]", "provider_municipality": object})


def _called_off(mechanism: Mechanism, rng: np.random.Generator, met: pd.DataFrame) -> pd.DataFrame:
    """What was booked for the day before and called off by the person, of some of those who then came."""
    chance = rng.random(len(met)) < mechanism.number("municipal_step", "called_off")
    earlier = met["date"] - DAY
    return met.assign(date=earlier, status="cancelled_by_person")[chance & (earlier >= met["booked_on"])]


def _attempts(steps: pd.DataFrame) -> pd.DataFrame:
    """The calls to those who were never reached."""
    never = steps[steps["contact_on"].isna()]
    calls = [never.assign(call_on=never["received_on"] + pd.Timedelta(days=days)) for days in ATTEMPTS]
    rows = _met(pd.concat(calls), "call_on", "contact_attempt", course="course", mode="phone", profession="nurse")
    return rows.assign(status="no_show")


def _sessions(
    mechanism: Mechanism, rng: np.random.Generator, people: pd.DataFrame, steps: pd.DataFrame
) -> list[pd.DataFrame]:
    """One session a week of the first offer, of another that some have, and of the exercise of a plan."""
    offers = load_printed_list("offers").set_index("offer")
    course = steps["joint_course"].fillna(steps["course"])
    where = steps["provider"].where(steps["joint_course"].notna())
    # who was to be passed on and died or was not yet by the extract date has no sessions at home either
    begins = steps["start_on"].where(steps["onward_on"].isna() | steps["joint_course"].notna())
    strands = [
        ("offer", begins, steps["number"], course, where),
        ("other_offer", begins.where(steps["other_offer"].notna()) + 14 * DAY, OTHER_SESSIONS, course, where),
        ("plan", steps["plan_start_on"], PLAN_SESSIONS, steps["course"], None),
    ]
    parts = []
    for name, first, number, course_id, provider in strands:
        there = steps.assign(first=first, sessions=number, course_id=course_id, at=provider)[first.notna()]
        rows = there.loc[there.index.repeat(there["sessions"])]
        nth = rows.groupby(level=0).cumcount()
        offer = rows[name] if name in rows else pd.Series(None, index=rows.index, dtype=object)
        day = rows["first"] + pd.to_timedelta(7 * nth, "D")
        parts.append(
            pd.DataFrame(
                {
                    "person_id": rows["person_id"],
                    "course_id": rows["course_id"],
                    "booked_on": (rows["first"] - DAY).clip(lower=rows["received_on"]),
                    "date": day,
                    "kind": offer.map(offers["kind"]).fillna("exercise"),
                    "mode": "centre",
                    "format": offer.map(offers["format"]).map({"group": "group"}).fillna("individual"),
                    "offer": offer,
                    "profession": "physiotherapist",
                    "status": _statuses(mechanism, rng.random(len(rows)), people.iloc[rows["person"]], nth, day),
                    "provider_municipality": rows["at"].astype(object),
                    "ends_on": rows["ends_on"],
                }
            )
        )
    return parts


def _statuses(
    mechanism: Mechanism, chance: np.ndarray, people: pd.DataFrame, nth: pd.Series, day: pd.Series
) -> np.ndarray:
    """What became of each session: the first is attended, one on a day off is cancelled by the centre."""
    shares = mechanism.levels("session_status")
    missed = np.column_stack(
        [
            effect(mechanism.levels("session_no_show"), EDUCATION, people["education"]),
            *(np.full(len(chance), shares[name]) for name in MISSED[1:]),
        ]
    )
    place = pick(chance, np.column_stack([missed, 1 - missed.sum(axis=1)]))
    status = np.array([*MISSED, "attended"], dtype=object)[place]
    off = working_days(day - DAY, day).eq(0).to_numpy(dtype=bool)
    return np.where(off, "cancelled_by_centre", np.where(nth.to_numpy() == 0, "attended", status))


def _forms(mechanism: Mechanism, rng: np.random.Generator, steps: pd.DataFrame, extract: pd.Timestamp) -> pd.DataFrame:
    """The evaluation that those who completed a course are given at its end: two questions, a row each."""
    chance = {name: rng.random(len(steps)) for name in ("given", "returned", "satisfied", "benefit")}
    share = mechanism.levels("municipal_step")
    due = steps["closed_on"].where(steps["close_reason"] == "completed")
    given = due.where(chance["given"] < share["form_given"])
    back = (due + 7 * DAY).where(chance["returned"] < share["form_returned"]).where(given.notna())
    back = back.where(back < steps["ends_on"].clip(upper=extract + DAY))
    parts = []
    for scale in ("satisfied", "benefit"):
        answers = mechanism.levels("municipal_evaluation", scale)
        score = np.array([float(answer) for answer in answers])[pick(chance[scale], np.array(list(answers.values())))]
        columns = {"person_id": steps["person_id"], "course_id": steps["course"], "instrument": INSTRUMENT}
        columns |= {"scale": scale, "occasion": "end", "due_on": due, "given_on": given, "returned_on": back}
        parts.append(pd.DataFrame({**columns, "score": pd.Series(score, index=steps.index).where(back.notna())}))
    rows = pd.concat(parts)[
        lambda rows: rows["due_on"] < steps["ends_on"].clip(upper=extract + DAY).reindex(rows.index)
    ]
    return rows.sort_values(["person_id", "scale"], kind="stable", ignore_index=True)
