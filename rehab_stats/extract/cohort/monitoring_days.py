"""From the tables of an extract to one dated row per referral: who was met when, and what ended the wait (DuckDB)."""

from __future__ import annotations

import duckdb
import pandas as pd

from rehab_stats.extract.columns import SESSION_KINDS
from rehab_stats.extract.contract import Extract, contract_dtypes

OFFERED = ("attended", "no_show", "cancelled_by_person", "not_registered")
"""Statuses of an appointment that the centre offered, whatever the person made of it."""
NO_START = ("assessment", "closing_talk", "follow_up")
"""Kinds of session that are no start of an offer."""
_STARTS = tuple(kind for kind in SESSION_KINDS if kind not in NO_START)

#: Tables -> columns asked of them; what an extract does not have is empty.
_ASKED = {
    "persons": ("person_id", "sex", "education", "birth_date", "birth_year", "role", "death_date", "emigration_date"),
    "diagnoses": ("person_id", "diagnosis_date", "diagnosis", "municipality"),
    "referrals": (
        *("referral_id", "person_id", "received_on", "sender", "message", "department", "discharged_on", "accepted"),
        *("course_id", "parent_referral_id", "from_municipality", "to_municipality"),
    ),
    "residences": ("person_id", "municipality", "from", "to"),
    "courses": ("person_id", "course_id", "municipality", "closed_on", "close_reason", "decline_reason"),
    "appointments": ("person_id", "course_id", "date", "kind", "status"),
}

_QUERY = """
WITH sent AS (
    SELECT *, received_on::DATE AS begins, row_number() OVER (ORDER BY person_id, received_on, referral_id) AS place,
           parent_referral_id IS NOT NULL OR (from_municipality IS NOT NULL AND to_municipality IS NOT NULL) AS onward
    FROM referrals
),
-- of several diagnoses the last one made by the day of the referral, else the first
home AS (
    SELECT s.place, arg_max(d.municipality, d.diagnosis_date) FILTER (d.diagnosis_date::DATE <= s.begins) AS near,
           arg_min(d.municipality, d.diagnosis_date) AS earliest, arg_min(d.diagnosis, d.diagnosis_date) AS diagnosis
    FROM sent s JOIN diagnoses d ON d.person_id = s.person_id
    GROUP BY s.place
),
-- to a referral belong the appointments of its course; where a course is not named, those before the next referral
-- (one of the same day is no next one: a message sent twice is answered by one contact)
following AS (
    SELECT place, min(begins) OVER (PARTITION BY person_id, onward ORDER BY begins
               RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND UNBOUNDED FOLLOWING) AS next_begins
    FROM sent
),
met AS (
    SELECT s.place,
           min(a.date) FILTER (a.kind IN ('first_contact', 'interview') AND a.status = 'attended') AS contact_on,
           min(a.date) FILTER (a.kind = 'interview' AND a.status = 'attended') AS assessed_on,
           min(a.date) FILTER (a.kind = 'assessment' AND a.status IN {offered}) AS extended_on,
           min(a.date) FILTER (a.kind IN {starts} AND a.status IN {offered}) AS start_on,
           max(a.kind IN ('exercise', 'occupational_therapy', 'diet', 'assessment')) AS bodily
    FROM sent s JOIN following f ON f.place = s.place
    JOIN appointments a ON a.person_id = s.person_id AND a.date::DATE >= s.begins AND a.date <= $extract_date
         AND (a.course_id = s.course_id
              OR ((a.course_id IS NULL OR s.course_id IS NULL)
                  AND (f.next_begins IS NULL OR a.date::DATE < f.next_begins)))
    GROUP BY s.place
),
talked AS (
    SELECT s.place, min(greatest(a.date, c.closed_on)) AS talk_on
    FROM sent s JOIN courses c ON c.course_id = s.course_id
    JOIN appointments a ON a.person_id = s.person_id
    WHERE a.kind = 'closing_talk' AND a.status = 'attended' AND a.date::DATE >= s.begins AND a.date <= $extract_date
    GROUP BY s.place
),
passed AS (
    SELECT parent_referral_id AS referral_id, min(begins) AS onward_on, arg_min(to_municipality, begins) AS provider
    FROM sent WHERE parent_referral_id IS NOT NULL GROUP BY parent_referral_id
),
stayed AS (
    SELECT s.place, max(r."to") AS moved_on
    FROM sent s JOIN home h ON h.place = s.place
    JOIN residences r ON r.person_id = s.person_id AND r.municipality = coalesce(h.near, h.earliest)
         AND r."from"::DATE <= s.begins AND r."to"::DATE >= s.begins
    GROUP BY s.place
)
SELECT s.referral_id, s.person_id, s.onward, s.accepted, s.received_on, s.sender, s.message, s.department,
       s.discharged_on, s.parent_referral_id, s.from_municipality, p.provider,
       coalesce(CASE WHEN s.onward THEN s.to_municipality END, c.municipality, h.near, h.earliest) AS municipality,
       e.role, e.sex, e.education, e.birth_date, e.birth_year, h.diagnosis,
       m.contact_on, m.assessed_on, m.extended_on, m.start_on, coalesce(m.bodily, TRUE) AS bodily,
       p.onward_on, t.talk_on, c.closed_on, c.close_reason, c.decline_reason,
       least(e.death_date, e.emigration_date, w.moved_on,
             CASE WHEN c.close_reason IN ('died', 'moved') THEN c.closed_on END) AS left_on
FROM sent s
LEFT JOIN persons e ON e.person_id = s.person_id
LEFT JOIN home h ON h.place = s.place
LEFT JOIN met m ON m.place = s.place
LEFT JOIN talked t ON t.place = s.place
LEFT JOIN passed p ON p.referral_id = s.referral_id
LEFT JOIN courses c ON c.course_id = s.course_id
LEFT JOIN stayed w ON w.place = s.place
ORDER BY s.person_id, s.received_on, s.referral_id
"""
DAYS = (
    *("received_on", "discharged_on", "contact_on", "assessed_on", "extended_on", "start_on", "onward_on", "talk_on"),
    *("closed_on", "left_on"),
)


def days_of_referrals(extract: Extract) -> pd.DataFrame:
    """One row per referral of the extract, whatever it is, ordered by person, day and id.

    Returns
    -------
    DataFrame
        referral_id, person_id, onward (passed on by another municipality), accepted, received_on, sender, message,
        department, discharged_on, parent_referral_id, from_municipality, provider (to whom it was passed on),
        municipality (that received it), role, sex, education, birth_date, birth_year, diagnosis; the days contact_on
        (first contact made or interview attended), assessed_on (first interview attended), extended_on (first
        assessment offered), start_on (first session offered), onward_on, talk_on (closing talk; one held before the
        course was closed counts on that day), closed_on, left_on (death, emigration, moving); close_reason,
        decline_reason; bodily (bool: exercise, occupational therapy, diet or their assessment, or nothing yet).
    """
    with duckdb.connect() as connection:
        for table, columns in _ASKED.items():
            connection.register(table, _plain(extract, table, columns))
        offered, starts = (f"({', '.join(map(repr, codes))})" for codes in (OFFERED, _STARTS))
        query = _QUERY.format(offered=offered, starts=starts)
        rows = connection.execute(query, {"extract_date": extract.meta.extract_date.to_pydatetime()}).df()
    return rows.assign(**{day: pd.to_datetime(rows[day]).astype("datetime64[ns]").dt.normalize() for day in DAYS})


def _plain(extract: Extract, table: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """The columns asked for, codes as text; empty ones, of their type, where the extract has none."""
    kinds = contract_dtypes(table)
    if table in extract:
        frame = extract.tables[table]
    else:
        frame = pd.DataFrame({column: pd.array([], kinds[column]) for column in columns})
    found = {}
    for column in columns:
        kind = kinds[column]
        values = frame[column] if column in frame else pd.Series(pd.array([pd.NA] * len(frame), kind), frame.index)
        found[column] = values.astype("string") if isinstance(kind, pd.CategoricalDtype) else values
    return pd.DataFrame(found)
