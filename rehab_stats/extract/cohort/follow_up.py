"""From the tables of an extract to one dated row per person: joins, days and steps behind the cohort (DuckDB).

Columns go to DuckDB through Arrow; persons are numbered in the order of their ids, and what the query does not need
stays here and is taken by row number afterwards: numbers join and sort several times as fast as texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rehab_stats.extract.cohort.inclusion import Inclusion
from rehab_stats.extract.columns import CANCER, TABLES
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.convert import short_municipality

_DAY, _TEXT = pa.timestamp("ns"), pa.string()

#: Table -> columns that go into the query beside the person, with their Arrow types (for those that are absent).
ASKED = {
    "persons": {
        "birth_date": _DAY,
        "birth_year": pa.int64(),
        "role": _TEXT,
        "death_date": _DAY,
        "emigration_date": _DAY,
    },
    "diagnoses": {"diagnosis_date": _DAY, "municipality": _TEXT},
    "referrals": {"received_on": _DAY, "accepted": pa.bool_()},
    "residences": {"municipality": _TEXT, "from": _DAY, "to": _DAY},
}

#: Columns of persons and of the index diagnosis that are not asked about, only carried along.
CARRIED = {
    "persons": ("person_id", "sex", "education", "income", "cohabiting", "children_at_home", "comorbidity", "origin"),
    "diagnoses": ("diagnosis", "department", "municipality", "need", "needs_assessed_on", "diagnosis_date"),
}

QUERY = """
WITH indexed AS (
    SELECT person, bool_or(cancer) AS any_cancer, {chosen} FILTER (WHERE counted) AS diagnosis_row
    FROM diagnoses GROUP BY person
),
based AS (
    SELECT p.row AS person_row, p.person, p.birth_date, p.birth_year, p.role, p.death_date::DATE AS died,
           p.emigration_date::DATE AS emigrated, d.row AS diagnosis_row, d.diagnosis_date::DATE AS diagnosed,
           d.municipality, coalesce(i.any_cancer, FALSE) AS any_cancer,
           -- whole years; by calendar year alone where only the year of birth is known
           CASE WHEN p.birth_date IS NOT NULL THEN date_sub('year', p.birth_date::DATE, diagnosed)
                ELSE year(diagnosed) - p.birth_year END AS age
    FROM persons p
    LEFT JOIN indexed i ON p.person = i.person
    LEFT JOIN diagnoses d ON d.row = i.diagnosis_row
),
sent AS (
    SELECT b.person, r.row, r.received_on::DATE AS sent_on,
           (sent_on - DATE '1800-01-01') * 1000000000 + r.place AS in_order,
           coalesce(r.accepted, FALSE) OR NOT $accepted_only AS counts,
           sent_on >= b.diagnosed - $before::INT AS late_enough
    FROM based b JOIN referrals r ON r.person = b.person
    WHERE r.received_on <= $last_day AND b.diagnosed IS NOT NULL
),
received AS (
    SELECT person, min(sent_on) FILTER (counts AND late_enough) AS referred_on,
           arg_min(row, in_order) FILTER (counts AND late_enough) AS referral_row,
           bool_or(counts AND NOT late_enough) AS too_early, bool_or(NOT counts AND late_enough) AS refused
    FROM sent GROUP BY person
),
-- stays in one municipality that touch or overlap are one; an open one ends when a later stay begins
stay AS (
    SELECT person, municipality, "from"::DATE AS begins,
           coalesce("to"::DATE, min("from"::DATE) OVER (PARTITION BY person ORDER BY "from"::DATE
               RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND UNBOUNDED FOLLOWING), DATE '2262-01-01') AS ends
    FROM residences
),
gapped AS (
    SELECT *, coalesce(begins > 1 + max(ends) OVER (PARTITION BY person, municipality ORDER BY begins, ends
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), TRUE) AS apart
    FROM stay
),
numbered AS (
    SELECT *, sum(apart::INT) OVER (PARTITION BY person, municipality ORDER BY begins, ends
        ROWS UNBOUNDED PRECEDING) AS place
    FROM gapped
),
lived AS (
    SELECT person, municipality, min(begins) AS begins, max(ends) AS ends
    FROM numbered GROUP BY person, municipality, place
),
home AS (
    SELECT b.person, max(l.ends) AS left_on
    FROM based b JOIN lived l ON l.person = b.person AND l.municipality = b.municipality
    WHERE b.diagnosed BETWEEN l.begins AND l.ends
    GROUP BY b.person
),
timed AS (
    SELECT b.*, coalesce(r.too_early, FALSE) AS too_early, coalesce(r.referred_on < diagnosed, FALSE) AS early,
           coalesce(r.refused, FALSE) AS refused, r.referral_row,
           r.referred_on - diagnosed AS referral_day, died - diagnosed AS death_day,
           CASE WHEN emigrated >= diagnosed THEN emigrated - diagnosed END AS emigration_day,
           h.left_on - diagnosed AS moving_day, h.left_on IS NOT NULL AS residence_known,
           $last_day::DATE - diagnosed AS last_day, $first_day::DATE - diagnosed AS first_day
    FROM based b LEFT JOIN received r ON r.person = b.person LEFT JOIN home h ON h.person = b.person
),
ended AS (
    SELECT *, least(referral_day, death_day, emigration_day, moving_day, last_day) AS end_day,
           -- who died or emigrated by then did not move away
           coalesce(moving_day < least(death_day, emigration_day, 1000000), FALSE) AS moved
    FROM timed
)
SELECT person_row, diagnosis_row, age, year(diagnosed) AS year, early, too_early, residence_known,
       referral_row, refused, referral_day, death_day, emigration_day, moving_day,
       moved AND moving_day = end_day AND moving_day < last_day AND (referral_day > end_day OR referral_day IS NULL)
           AS moved_away,
       CASE WHEN first_day > 0 THEN first_day - 0.5::DOUBLE ELSE 0 END AS entry_days,
       greatest(end_day::DOUBLE, 0.5) AS days_to_referral,
       -- a referral on the day of death, emigration or moving counts as a referral
       CASE WHEN referral_day <= end_day THEN 1 WHEN death_day <= end_day THEN 2 ELSE 0 END::TINYINT AS referral_event,
       CASE WHEN referral_day < first_day THEN 'referred_before_registration'
            WHEN end_day < first_day AND moved AND moving_day = end_day THEN 'moved_before_registration'
            WHEN end_day < first_day THEN 'gone_before_registration'
            ELSE 'hazard_set' END::ENUM ({hazard_steps}) AS hazard_step,
       CASE WHEN first_day > 0 THEN 'diagnosed_before_registration'
            WHEN referral_day < first_day THEN 'referred_before_registration'
            WHEN last_day < $horizon THEN 'horizon_not_observed'
            WHEN moved AND moving_day < $horizon THEN 'moved_within_horizon'
            -- who died before a date of emigration did not leave
            WHEN emigration_day < $horizon AND (death_day IS NULL OR death_day > emigration_day)
                THEN 'emigrated_within_horizon'
            ELSE 'risk_set' END::ENUM ({risk_steps}) AS risk_step,
       coalesce(referral_day <= $horizon AND referral_day <= end_day, FALSE) AS referred,
       CASE WHEN role = 'relative' THEN 'relatives'
            WHEN diagnosed IS NULL AND any_cancer THEN 'only_left_out_diagnoses'
            WHEN diagnosed IS NULL THEN 'no_cancer_diagnosis'
            WHEN age IS NULL THEN 'age_unknown'
            WHEN age < $age_min THEN 'below_age_min'
            WHEN len($municipalities::VARCHAR[]) > 0
                 AND NOT coalesce(list_contains($municipalities::VARCHAR[], municipality), FALSE)
                THEN 'other_municipality'
            WHEN diagnosed < $earliest::DATE THEN 'diagnosed_before_period'
            WHEN last_day < 0 THEN 'diagnosed_after_registration'
            ELSE 'included' END::ENUM ({steps}) AS step
FROM ended
ORDER BY person
"""

#: Steps in the order in which they are tried; the last is that of those who stay.
STEPS = {
    "steps": (
        "relatives",
        "no_cancer_diagnosis",
        "only_left_out_diagnoses",
        "age_unknown",
        "below_age_min",
        "other_municipality",
        "diagnosed_before_period",
        "diagnosed_after_registration",
        "included",
    ),
    "hazard_steps": (
        "gone_before_registration",
        "moved_before_registration",
        "referred_before_registration",
        "hazard_set",
    ),
    "risk_steps": (
        "diagnosed_before_registration",
        "referred_before_registration",
        "horizon_not_observed",
        "emigrated_within_horizon",
        "moved_within_horizon",
        "risk_set",
    ),
}


def follow_up(
    extract: Extract, inclusion: Inclusion, *, first_day: pd.Timestamp, last_day: pd.Timestamp, horizon_days: int
) -> pd.DataFrame:
    """One row per person of the extract, included or not, ordered by person_id; see `QUERY` for its columns.

    `step` is `included` or the first reason for leaving the person out; `hazard_step` and `risk_step` say the same of
    the two analysis sets. Days count from the index diagnosis. Where moving ends them and there is a table
    `residences` they end on leaving the municipality of the index diagnosis; `residence_known` says whether a stay
    there holds the day of the diagnosis. `referral_row` is the row of the referral that counts (of two on one day the
    first by sender, then by id); `refused` says that some other one, late enough, does not count.
    """
    parameters = {
        "age_min": inclusion.age_min,
        "horizon": horizon_days,
        "before": inclusion.days_before_diagnosis,
        "first_day": first_day,
        "last_day": last_day,
        "earliest": inclusion.earliest,
        "municipalities": [short_municipality(code) for code in inclusion.municipalities],
        "accepted_only": inclusion.referral == "first_accepted",
    }
    last_diagnosis = inclusion.index_diagnosis == "last"
    key = "epoch(diagnosis_date)::BIGINT * 100000"
    chosen = f"arg_max(row, {key} - code)" if last_diagnosis else f"arg_min(row, {key} + code)"
    steps = {name: ", ".join(f"'{step}'" for step in names) for name, names in STEPS.items()}
    ids = pa.array(extract.tables["persons"]["person_id"].array)
    in_order = ids.take(pc.sort_indices(ids))
    with duckdb.connect() as connection:
        for name in ASKED:
            given = extract.tables.get(name) if name != "residences" or inclusion.censor_at_move else None
            connection.register(name, _asked(name, given, in_order, inclusion.excluded_diagnoses))
        found = connection.execute(QUERY.format(chosen=chosen, **steps), parameters).df()
    return _carry(found, extract)


def _asked(name: str, frame: pd.DataFrame | None, ids: pa.Array, excluded: Sequence[str]) -> pa.Table:
    """The columns of a table that the query needs, with row numbers and each row's person; absent ones empty."""
    frame = pd.DataFrame({"person_id": pd.array([], dtype="string")}) if frame is None else frame
    columns = {"row": pa.array(np.arange(len(frame)))}
    columns["person"] = pc.index_in(pa.array(frame["person_id"].array), value_set=ids)
    for column, kind in ASKED[name].items():
        there = column in frame
        columns[column] = pa.array(frame[column].array, from_pandas=True) if there else pa.nulls(len(frame), kind)
    if name == "diagnoses":
        columns |= _classified(frame["diagnosis"], excluded)
    if name == "referrals":
        columns["place"] = _places(frame)
    return pa.table(columns)


def _places(referrals: pd.DataFrame) -> pa.Array:
    """The place of every referral in the order of sender and id, which decides between two on one day."""
    keys = {"sender": referrals["sender"].cat.codes.to_numpy(), "id": pa.array(referrals["referral_id"].array)}
    order = pc.sort_indices(pa.table(keys), sort_keys=[("sender", "ascending"), ("id", "ascending")])
    return pa.array(np.argsort(order.to_numpy()))


def _classified(diagnoses: pd.Series, excluded: Sequence[str]) -> dict[str, pa.Array]:
    """For every diagnosis the place of its code in alphabetical order, whether it is a cancer, and one that counts."""
    encoded = pa.array(diagnoses.array, from_pandas=True).dictionary_encode()
    codes = encoded.dictionary.to_pylist()
    cancer = np.array([bool(re.match(CANCER, code)) for code in codes] + [False])
    counted = cancer & ~np.array([code.startswith(tuple(excluded)) for code in codes] + [True])
    order = np.argsort(np.argsort(np.array([*codes, ""])))
    places = encoded.indices.fill_null(len(codes)).to_numpy()
    kinds = {"code": order, "cancer": cancer, "counted": counted}
    return {name: pa.array(per_code[places]) for name, per_code in kinds.items()}


def _carry(found: pd.DataFrame, extract: Extract) -> pd.DataFrame:
    """The query's rows with the columns of persons and of the index diagnosis beside them; absent ones missing."""
    columns = {name: found[name] for name in found.columns.drop(["person_row", "diagnosis_row"])}
    for table, names in CARRIED.items():
        frame = extract.tables[table]
        rows = found["person_row" if table == "persons" else "diagnosis_row"]
        rows = rows.fillna(-1).to_numpy(dtype=np.int64)
        for name in names:
            dtype = TABLES[table].by_name[name].dtype
            values = frame[name].array if name in frame else pd.Series(index=range(len(frame)), dtype=dtype).array
            columns[name] = _plain(pd.Series(values.take(rows, allow_fill=True)))
    return pd.DataFrame(columns, copy=False)


def _plain(values: pd.Series) -> pd.Series:
    """Texts and whole numbers as estimators know them: objects (missing None) and floats (missing NaN)."""
    if isinstance(values.dtype, pd.StringDtype):
        return pd.Series(values.to_numpy(dtype=object, na_value=None), dtype=object)
    return values.astype("float64") if isinstance(values.dtype, pd.Int64Dtype) else values
