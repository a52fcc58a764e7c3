"""From courses and appointments to one row per referred person: what was booked, what came of it, and when (DuckDB).

Persons are numbers, days are dates, as in `follow_up`. Every answer is in the order of the persons given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rehab_stats.extract.columns import APPOINTMENT_KIND, CONTACT_KINDS, STATUS
from rehab_stats.extract.contract import Extract, contract_dtypes

SOCIAL_WORKERS = ("social_worker", "social worker", "socialrådgiver")
"""What the open text of a profession holds, in any case, where a social worker took part."""

BOOKED = ("attended", "no_show", "cancelled_by_person", "cancelled_by_centre")
"""Statuses that say what became of a booking; of the others one was replaced, the rest are not known."""

_TRIED = ("attended", "no_show", "not_registered")
"""Statuses of contacts that were tried."""

#: Appointments of the persons from their referral on.
_NEAR = """
CREATE TEMP TABLE near AS
SELECT a.person, a.on_day, a.kind::ENUM {all_kinds} AS kind, a.status::ENUM {all_statuses} AS status,
       a.home, a.social_worker, p.interview_to, p.seen_to, a.on_day <= p.window_to AS in_window,
       a.kind IN {contacts} AS contact, a.kind = 'interview' AS interview, a.kind IN {sessions} AS session
FROM made a JOIN people p ON a.person = p.person
WHERE a.on_day >= p.received
"""

#: One row a person with appointments in the window.
_COUNTED = """
CREATE TEMP TABLE counted AS
SELECT person, count(*) AS appointments,
       min(on_day) FILTER (contact AND status = 'attended') AS reached_on,
       bool_or(interview AND status IN {booked} AND on_day <= interview_to) AS interview_booked,
       min(on_day) FILTER (interview AND status = 'attended' AND on_day <= interview_to) AS interviewed_on,
       bool_or(home) FILTER (interview AND status = 'attended' AND on_day <= interview_to) AS interview_at_home,
       bool_or(social_worker) FILTER (interview AND status = 'attended' AND on_day <= interview_to) AS social_worker,
       bool_or(interview AND status = 'not_registered' AND on_day <= interview_to) AS interview_unregistered,
       {statuses},
       count(*) FILTER (session AND status = 'rescheduled') AS sessions_rescheduled,
       count(*) FILTER (session AND status = 'not_registered') AS sessions_unregistered
FROM near WHERE in_window GROUP BY person
"""

_KINDS = """
SELECT person, kind, count(*) FILTER (status IN {booked}) AS booked,
       count(*) FILTER (status = 'attended') AS attended
FROM near WHERE in_window AND session GROUP BY person, kind
"""

_PERSONS = """
WITH tried AS (
    SELECT n.person, count(*) AS contact_attempts
    FROM near n JOIN counted c ON n.person = c.person
    WHERE n.contact AND n.in_window AND n.status IN {tried} AND (c.reached_on IS NULL OR n.on_day <= c.reached_on)
    GROUP BY n.person
),
-- attended on the day of an interview
beside AS (
    SELECT DISTINCT s.person
    FROM near s JOIN near i ON s.person = i.person AND s.on_day = i.on_day
    WHERE s.kind = 'social_work' AND s.status = 'attended'
          AND i.interview AND i.status = 'attended' AND i.on_day <= i.interview_to
),
-- of a person's courses the one that the referral names, else the first one opened within the window
course AS (
    SELECT c.person, arg_min(c.row, c.place - c.named::BIGINT * 1000000000) AS course_row
    FROM courses c JOIN people p ON c.person = p.person
    WHERE c.named OR c.opened BETWEEN p.received AND p.full_to
    GROUP BY c.person
),
came AS (
    SELECT person, on_day, lead(on_day) OVER (PARTITION BY person ORDER BY on_day) AS next_day
    FROM (SELECT DISTINCT person, on_day FROM near WHERE session AND status = 'attended' AND on_day <= seen_to)
),
stayed AS (
    SELECT m.person, min(on_day) AS first_session, max(on_day) AS last_session,
           min(on_day) FILTER (next_day IS NULL OR next_day - on_day > $gap_days::INT) AS gap_from,
           max(on_day) FILTER (c.reason = 'completed' AND on_day <= c.closed) AS last_of_course
    FROM came m LEFT JOIN course u ON u.person = m.person LEFT JOIN courses c ON c.row = u.course_row
    GROUP BY m.person
)
SELECT p.person, c.* EXCLUDE (person, social_worker) REPLACE (
           coalesce(c.appointments, 0) AS appointments,
           coalesce(c.interview_booked, FALSE) AS interview_booked,
           coalesce(c.interview_at_home, FALSE) AS interview_at_home,
           coalesce(c.interview_unregistered, FALSE) AS interview_unregistered),
       t.contact_attempts, coalesce(c.social_worker, FALSE) OR b.person IS NOT NULL AS social_work_interview,
       coalesce(k.reason = 'completed' AND k.closed <= p.full_to, FALSE) AS completed,
       s.first_session, s.last_session, s.gap_from, s.last_of_course, k.closed AS course_closed,
       k.reason AS course_reason
FROM people p
LEFT JOIN counted c ON c.person = p.person
LEFT JOIN tried t ON t.person = p.person
LEFT JOIN beside b ON b.person = p.person
LEFT JOIN course u ON u.person = p.person LEFT JOIN courses k ON k.row = u.course_row
LEFT JOIN stayed s ON s.person = p.person
ORDER BY p.person
"""

_STATUSES = """
SELECT level, sum(made)::BIGINT AS appointments, count(*) AS persons,
       sum(attended)::BIGINT AS attended, count(*) FILTER (attended > 0) AS persons_attended,
       sum(unknown)::BIGINT AS not_registered, count(*) FILTER (unknown > 0) AS persons_not_registered
FROM (
    SELECT person, {level} AS level, count(*) AS made, count(*) FILTER (status = 'attended') AS attended,
           count(*) FILTER (status = 'not_registered') AS unknown
    FROM near WHERE on_day BETWEEN $first_day::DATE AND $last_day::DATE AND status <> 'planned'
    GROUP BY ALL
)
GROUP BY level ORDER BY level
"""
_LEVELS = ("kind", "year(on_day)")


@dataclass(frozen=True)
class Booked:
    """What the query gives.

    Attributes
    ----------
    persons : DataFrame
        One row per person, in the order given; counts of sessions are missing for who has no appointment in the window.
    kinds : DataFrame
        booked_<kind> and attended_<kind> of every kind of session that occurs in somebody's window; no row is missing.
    statuses : DataFrame
        One row a level, kinds in the contract's order and then calendar years (`year=2010`): level, appointments,
        persons (distinct), attended, persons_attended, not_registered, persons_not_registered.
    """

    persons: pd.DataFrame
    kinds: pd.DataFrame
    statuses: pd.DataFrame


def booked(
    extract: Extract,
    persons: pd.DataFrame,
    *,
    registered: tuple[pd.Timestamp, pd.Timestamp],
    session_kinds: Sequence[str],
    gap_days: int,
) -> Booked:
    """Everything that courses and appointments say of these persons.

    Parameters
    ----------
    extract : Extract
        With a table `appointments`, and `courses` where there are.
    persons : DataFrame
        One row per person: person_id, course_id (that the referral names, or missing), and the days received,
        full_to (end of the window), window_to (end of the opportunity, not after it), interview_to (last day on which
        an interview counts) and seen_to (last day on which anything is seen).
    registered : tuple of Timestamp
        First and last day on which appointments were registered.
    session_kinds : sequence of str
        Kinds of appointment that count as sessions.
    gap_days : int
        More days than this without a session attended are leaving.
    """
    ids = pa.array(persons["person_id"], pa.string())
    codes = {"all_kinds": _listed(APPOINTMENT_KIND), "all_statuses": _listed(STATUS)}
    known, period = _listed(BOOKED), dict(zip(("first_day", "last_day"), registered, strict=True))
    sessions = ", ".join(f"count(*) FILTER (session AND status = '{code}') AS sessions_{code}" for code in BOOKED)
    with duckdb.connect() as connection:
        connection.register("people", _people(persons))
        connection.register("made", _made(extract.tables["appointments"], ids, extract.meta.extract_date))
        connection.register("courses", _courses(extract.tables.get("courses"), ids, persons["course_id"]))
        connection.execute(_NEAR.format(contacts=_listed(CONTACT_KINDS), sessions=_listed(session_kinds), **codes))
        connection.execute(_COUNTED.format(booked=known, statuses=sessions))
        frame = connection.execute(_PERSONS.format(tried=_listed(_TRIED)), {"gap_days": gap_days}).df()
        by_kind = connection.execute(_KINDS.format(booked=known)).df()
        kinds, years = (connection.execute(_STATUSES.format(level=level), period).df() for level in _LEVELS)
    kinds["level"], years["level"] = kinds["level"].astype(object), "year=" + years["level"].astype(str)
    statuses = pd.concat([kinds, years], ignore_index=True)
    return Booked(frame.drop(columns="person"), _by_kind(by_kind, len(persons)), statuses)


def _by_kind(counts: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Counts by person and kind as one row a person: booked_<kind> and attended_<kind> of every kind there is."""
    columns = {}
    for kind, mine in counts.groupby("kind", observed=True):  # in the contract's order
        for name in ("booked", "attended"):
            columns[f"{name}_{kind}"] = np.zeros(rows, dtype="int64")
            columns[f"{name}_{kind}"][mine["person"]] = mine[name]
    return pd.DataFrame(columns, index=range(rows))


def _listed(codes: Sequence[str]) -> str:
    return f"({', '.join(map(repr, codes))})" if len(codes) else "(NULL)"


def _people(persons: pd.DataFrame) -> pa.Table:
    columns = {"person": pa.array(np.arange(len(persons)))}
    for name in ("received", "full_to", "window_to", "interview_to", "seen_to"):
        columns[name] = _dates(persons[name])
    return pa.table(columns)


def _made(appointments: pd.DataFrame, ids: pa.Array, extract_date: pd.Timestamp) -> pa.Table:
    """The appointments of these persons: whose, when, of what kind, and what became of them.

    An empty status is not registered, as in the contract; so is a planned one of a day that was past.
    """
    person = pc.index_in(pa.array(appointments["person_id"].array), value_set=ids)
    rows = np.flatnonzero(person.is_valid().to_numpy(zero_copy_only=False))
    asked = [name for name in ("date", "kind", "status", "mode", "profession") if name in appointments]
    mine = appointments[asked].iloc[rows]
    past = (mine["status"] == "planned") & (mine["date"] < extract_date)
    status = _codes(mine["status"], STATUS)
    status[mine["status"].isna() | past] = STATUS.index("not_registered")
    profession = mine["profession"] if "profession" in mine else pd.Series(pd.NA, mine.index, dtype="string")
    columns = {
        "person": person.take(pa.array(rows)),
        "on_day": _dates(mine["date"]),
        "kind": _enum(_codes(mine["kind"], APPOINTMENT_KIND), APPOINTMENT_KIND),
        "status": _enum(status, STATUS),
        "home": pa.array(mine["mode"].eq("home").to_numpy() if "mode" in mine else np.zeros(len(mine), bool)),
        "social_worker": _says_social_worker(profession),
    }
    return pa.table(columns)


def _courses(courses: pd.DataFrame | None, ids: pa.Array, named: pd.Series) -> pa.Table:
    """The courses of these persons, and whether each is the one that the person's referral names; one without a day of
    closing is open.
    """
    if courses is None:
        courses = pd.DataFrame({name: pd.array([], dtype) for name, dtype in contract_dtypes("courses").items()})
    frame = courses.reindex(columns=["person_id", "course_id", "opened_on", "closed_on", "close_reason"])
    person = pc.index_in(pa.array(frame["person_id"].array), value_set=ids)
    wanted = pa.array(named.astype("string").array)
    place = pc.index_in(pa.array(frame["course_id"].array), value_set=wanted, skip_nulls=True)
    # of two opened on one day the one that was closed first, open ones last; ids decide nothing
    in_order = frame.assign(close_reason=frame["close_reason"].astype("string"))
    in_order = in_order.sort_values(["opened_on", "closed_on", "close_reason"], kind="stable").index
    table = {
        "row": pa.array(np.arange(len(frame))),
        "person": person,
        "opened": _dates(frame["opened_on"]),
        "closed": _dates(pd.to_datetime(frame["closed_on"])),
        "reason": pa.array(frame["close_reason"].astype("string").array),
        "place": pa.array(np.argsort(in_order.to_numpy())),
        "named": pc.fill_null(pc.equal(place, person), fill_value=False),
    }
    return pa.table(table).filter(person.is_valid())


def _dates(days: pd.Series) -> pa.Array:
    return pa.array(days.to_numpy(dtype="datetime64[D]"), pa.date32())


def _codes(values: pd.Series, codes: Sequence[str]) -> np.ndarray:
    """Places of the values in a list of the contract, whatever the order of the column's own categories."""
    return pd.Index(codes).get_indexer(values.cat.categories)[values.cat.codes.to_numpy()]


def _enum(places: np.ndarray, codes: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places.astype("int8")), pa.array(codes))


def _says_social_worker(profession: pd.Series) -> pa.Array:
    texts = pa.array(profession.array, pa.string()).dictionary_encode()
    said = [any(name in (text or "").casefold() for name in SOCIAL_WORKERS) for text in texts.dictionary.to_pylist()]
    return pa.array(np.array([*said, False])[texts.indices.fill_null(len(said)).to_numpy()])
