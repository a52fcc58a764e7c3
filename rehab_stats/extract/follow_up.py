"""From the tables of an extract to one dated row per person: joins, days and steps behind the cohort (DuckDB)."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd

from rehab_stats.extract.columns import CANCER
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.convert import short_municipality

OPTIONAL = {
    "persons": {
        "birth_date": "datetime64[ns]",
        "birth_year": "float64",
        "income": "float64",
        "cohabiting": "object",
        "children_at_home": "float64",
        "comorbidity": "float64",
        "origin": "object",
        "role": "object",
        "death_date": "datetime64[ns]",
        "emigration_date": "datetime64[ns]",
    },
    "diagnoses": {"department": "object"},
    "referrals": {},
}

QUERY = """
WITH cancer AS (
    SELECT person_id, diagnosis_date, diagnosis, municipality, department,
           row_number() OVER (PARTITION BY person_id ORDER BY diagnosis_date {direction}, diagnosis) AS place
    FROM diagnoses
    WHERE regexp_matches(diagnosis, $cancer)
      AND NOT EXISTS (SELECT 1 FROM unnest($excluded::VARCHAR[]) AS e(prefix) WHERE starts_with(diagnosis, prefix))
),
any_cancer AS (
    SELECT DISTINCT person_id FROM diagnoses WHERE regexp_matches(diagnosis, $cancer)
),
based AS (
    SELECT p.*, c.diagnosis_date, c.diagnosis, c.municipality, c.department, a.person_id IS NOT NULL AS any_cancer,
           -- whole years; by calendar year alone where only the year of birth is known
           CASE WHEN p.birth_date IS NOT NULL THEN date_sub('year', p.birth_date::DATE, c.diagnosis_date::DATE)
                ELSE year(c.diagnosis_date) - p.birth_year END AS age
    FROM persons p
    LEFT JOIN cancer c ON p.person_id = c.person_id AND c.place = 1
    LEFT JOIN any_cancer a ON p.person_id = a.person_id
),
received AS (
    SELECT b.person_id,
           min(r.received_on) FILTER (r.received_on >= b.diagnosis_date - to_days($before::INT)) AS referred_on,
           bool_or(r.received_on < b.diagnosis_date - to_days($before::INT)) AS too_early
    FROM based b JOIN referrals r ON r.person_id = b.person_id
    WHERE r.received_on <= $last_day AND (r.accepted OR NOT $accepted_only)
    GROUP BY b.person_id
),
timed AS (
    SELECT b.*, coalesce(r.too_early, FALSE) AS too_early,
           coalesce(r.referred_on < b.diagnosis_date, FALSE) AS early,
           date_diff('day', b.diagnosis_date::DATE, r.referred_on::DATE) AS referral_day,
           date_diff('day', b.diagnosis_date::DATE, b.death_date::DATE) AS death_day,
           CASE WHEN b.emigration_date >= b.diagnosis_date
                THEN date_diff('day', b.diagnosis_date::DATE, b.emigration_date::DATE) END AS emigration_day,
           date_diff('day', b.diagnosis_date::DATE, $last_day::DATE) AS last_day,
           date_diff('day', b.diagnosis_date::DATE, $first_day::DATE) AS first_day
    FROM based b LEFT JOIN received r ON r.person_id = b.person_id
),
ended AS (
    SELECT *, least(referral_day, death_day, emigration_day, last_day) AS end_day FROM timed
)
SELECT person_id, sex, age, year(diagnosis_date) AS year, education, diagnosis, income, cohabiting, children_at_home,
       comorbidity, origin, department, municipality, diagnosis_date, early, too_early,
       CASE WHEN first_day > 0 THEN first_day - 0.5 ELSE 0 END AS entry_days,
       greatest(end_day, 0.5) AS days_to_referral,
       -- a referral on the day of death or emigration counts as a referral
       CASE WHEN referral_day <= end_day THEN 1 WHEN death_day <= end_day THEN 2 ELSE 0 END AS referral_event,
       CASE WHEN referral_day < first_day THEN 'referred_before_registration'
            WHEN end_day < first_day THEN 'gone_before_registration'
            ELSE 'hazard_set' END AS hazard_step,
       CASE WHEN first_day > 0 THEN 'diagnosed_before_registration'
            WHEN referral_day < first_day THEN 'referred_before_registration'
            WHEN last_day < $horizon THEN 'horizon_not_observed'
            -- who died before a date of emigration did not leave
            WHEN emigration_day < $horizon AND (death_day IS NULL OR death_day > emigration_day)
                THEN 'emigrated_within_horizon'
            ELSE 'risk_set' END AS risk_step,
       coalesce(referral_day <= $horizon AND referral_day <= end_day, FALSE)::INT AS referred,
       CASE WHEN role = 'relative' THEN 'relatives'
            WHEN diagnosis_date IS NULL AND any_cancer THEN 'only_left_out_diagnoses'
            WHEN diagnosis_date IS NULL THEN 'no_cancer_diagnosis'
            WHEN age IS NULL THEN 'age_unknown'
            WHEN age < $age_min THEN 'below_age_min'
            WHEN len($municipalities::VARCHAR[]) > 0
                 AND NOT coalesce(list_contains($municipalities::VARCHAR[], municipality), FALSE)
                THEN 'other_municipality'
            WHEN diagnosis_date < $earliest THEN 'diagnosed_before_period'
            WHEN last_day < 0 THEN 'diagnosed_after_registration'
            ELSE 'included' END AS step
FROM ended
ORDER BY person_id
"""


def follow_up(
    extract: Extract,
    *,
    first_day: pd.Timestamp,
    last_day: pd.Timestamp,
    earliest: pd.Timestamp,
    age_min: int,
    horizon_days: int,
    last_diagnosis: bool,
    accepted_only: bool,
    excluded_diagnoses: Sequence[str],
    municipalities: Sequence[str],
    days_before_diagnosis: int,
) -> pd.DataFrame:
    """One row per person of the extract, included or not, ordered by person_id; see `QUERY` for its columns.

    `step` is `included` or the first reason for leaving the person out; `hazard_step` and `risk_step` say the same of
    the two analysis sets. Days count from the index diagnosis; parameters as in `cohort.access_cohort`.
    """
    parameters = {
        "age_min": age_min,
        "horizon": horizon_days,
        "before": days_before_diagnosis,
        "first_day": first_day,
        "last_day": last_day,
        "earliest": earliest,
        "cancer": f"^({CANCER})",
        "excluded": list(excluded_diagnoses),
        "municipalities": [short_municipality(code) for code in municipalities],
        "accepted_only": accepted_only,
    }
    sql = QUERY.replace("{direction}", "DESC" if last_diagnosis else "ASC")
    with duckdb.connect() as connection:
        for name in ("persons", "diagnoses", "referrals"):
            connection.register(name, _plain(extract[name], optional=OPTIONAL[name]))
        return connection.execute(sql, parameters).df()


def _plain(frame: pd.DataFrame, *, optional: dict[str, str]) -> pd.DataFrame:
    """The frame in dtypes DuckDB reads alike everywhere, with absent optional columns added as empty."""
    plain = frame.copy()
    for column, dtype in optional.items():
        if column not in plain:
            plain[column] = pd.Series(np.nan if dtype == "float64" else None, index=plain.index, dtype=dtype)
    for column in plain:
        kind = plain[column].dtype
        if isinstance(kind, pd.CategoricalDtype | pd.StringDtype | pd.BooleanDtype):
            values = plain[column].astype(object)
            plain[column] = values.where(values.notna(), None)
        elif isinstance(kind, pd.Int64Dtype):
            plain[column] = plain[column].astype("float64")
    return plain
