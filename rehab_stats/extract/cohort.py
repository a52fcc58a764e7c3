"""Analysis sets: from the tables of an extract to one row per person, and the participant flow that led there.

Access: persons with a first cancer diagnosis, followed from it to referral, death, emigration or the end of
registration. Two sets share the frame. The *hazard set* takes everyone who is still there when registration of
referrals begins, with delayed entry. The *risk set* takes those diagnosed while referrals were registered and
observable over a horizon, so that being referred within it is a plain yes or no.

Days are counted from the diagnosis. An event on the day of diagnosis (or a referral shortly before) is put at day 0.5,
because nobody is at risk at time 0; entry on a day is put half a day before it, so that events of that day count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from rehab_stats.extract.contract import Extract
from rehab_stats.vocabulary import Estimates

DAYS_BEFORE_DIAGNOSIS = 90
"""A referral up to this many days before the diagnosis is taken to belong to it (the contract warns)."""

EDUCATION_LEVELS = {
    3: {
        "basic": "short",
        "upper_secondary_or_vocational": "medium",
        "short_or_medium_higher": "long",
        "long_higher": "long",
        "unknown": "unknown",
    },
    4: {
        code: code
        for code in ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
    },
}

AGE_GROUPS = {"30-49": 30, "50-64": 50, "65-74": 65, "75+": 75}
"""Age group -> youngest age in it; those below 30 (only with a lower `age_min`) are a group of their own."""

DIAGNOSIS_GROUPS = {
    "breast": r"C50",
    "prostate": r"C61",
    "colorectal": r"C(18|19|20)",
    "lung": r"C(33|34)",
    "head_and_neck": r"C(0\d|1[0-4]|3[0-2])",
    "haematological": r"C(8[1-9]|9[0-6])",
}
"""Diagnosis group -> what the ICD-10 code begins with; all other cancers are `other`."""

AXES = ("education", "income_fifth", "sex", "age_group", "origin", "cohabiting", "diagnosis_group")
"""Columns of the access cohort that may serve as the exposure, each ordered low to high."""

_AGE_SEX_YEAR = ("bs(age, df=4)", "sex", "C(year)")
_DIAGNOSIS = ("diagnosis_group",)
_MOUSTSEN = ("income_fifth", "cohabiting", "children_at_home")


@dataclass(frozen=True)
class Cohort:
    """One row per included person, the flow that led to it, and in words who it is.

    Attributes
    ----------
    persons : DataFrame
        One row per included person, ordered by `person_id`. Columns: person_id, sex, age (whole years at the index
        diagnosis), age_group, year (of diagnosis), education, diagnosis_group, income (DKK), income_fifth (within the
        year of diagnosis), cohabiting, children_at_home, comorbidity, comorbidity_group, origin, department,
        municipality, diagnosis_date, entry_days, days_to_referral, referral_event (0 censored, 1 referral, 2 death),
        in_hazard_set, in_risk_set, referred (0 or 1 within the horizon; missing outside the risk set).
    flow : Estimates
        Measure `count`; one row per step. Details: `kind` (kept, excluded, noted) and `branch` (all, hazard, risk).
    horizon_days : int
        Horizon of `referred`, days from diagnosis.
    method : str
        One sentence: who is in, and what being referred means.
    """

    persons: pd.DataFrame
    flow: Estimates
    horizon_days: int
    method: str

    @property
    def hazard_set(self) -> pd.DataFrame:
        """Persons observed for some time while referrals were registered; entry may be delayed."""
        return self.persons[self.persons["in_hazard_set"]].reset_index(drop=True)

    @property
    def risk_set(self) -> pd.DataFrame:
        """Persons for whom being referred within the horizon is known; `referred` is 0 or 1."""
        rows = self.persons[self.persons["in_risk_set"]].reset_index(drop=True)
        return rows.assign(referred=rows["referred"].astype(int))


def access_adjustment(exposure: str = "education", *, persons: pd.DataFrame | None = None) -> dict[str, list[str]]:
    """The adjustment sets of the access analyses: name -> formulaic terms, nested, without the exposure itself.

    `crude`; `age_sex_year` (primary: what comes later in life lies downstream of education); `plus_diagnosis`; and
    `full`, the set printed by Moustsen 2015 (sex, age, diagnosis, income, cohabitation, children), with year, which
    answers a narrower question: the association net of what education leads to.

    With `persons` (of an `access_cohort`), columns in which nobody has a value are left out of the sets, and a set that
    then holds no more than the one before it is left out too. Raises ValueError when the exposure is no axis.
    """
    if exposure not in AXES:
        raise ValueError(f"exposure {exposure!r} is none of {', '.join(AXES)}")
    # age in the adjustment stands for age as the exposure too
    own = {exposure, "bs(age, df=4)"} if exposure == "age_group" else {exposure}
    sets = {
        "crude": (),
        "age_sex_year": _AGE_SEX_YEAR,
        "plus_diagnosis": (*_AGE_SEX_YEAR, *_DIAGNOSIS),
        "full": (*_AGE_SEX_YEAR, *_DIAGNOSIS, *_MOUSTSEN),
    }
    if persons is not None:
        own |= {column for column in (*_DIAGNOSIS, *_MOUSTSEN) if persons[column].isna().all()}
    kept: dict[str, list[str]] = {}
    for name, terms in sets.items():
        left = [term for term in terms if term not in own]
        if persons is None or left not in kept.values():
            kept[name] = left
    return kept


def access_cohort(
    extract: Extract,
    *,
    education_levels: int = 3,
    age_min: int = 30,
    horizon_days: int = 365,
    index_diagnosis: str = "first",
    referral: str = "first_accepted",
    excluded_diagnoses: Sequence[str] = ("C44",),
    days_before_diagnosis: int = DAYS_BEFORE_DIAGNOSIS,
) -> Cohort:
    """The persons diagnosed with cancer, and whether and when each was referred to rehabilitation.

    Parameters
    ----------
    extract : Extract
        Validated tables `persons`, `diagnoses`, `referrals`.
    education_levels : {3, 4}
        3: short, medium, long (Moustsen 2015); 4: the centre's own; `unknown` is last in both.
    age_min : int
        Youngest age in whole years at the index diagnosis; below it many educations are unfinished.
    horizon_days : int
        Days from diagnosis within which a referral counts in the risk set.
    index_diagnosis : {"first", "last"}
        Which of a person's cancer diagnoses starts the clock.
    referral : {"first_accepted", "first"}
        Which of a person's referrals counts.
    excluded_diagnoses : sequence of str
        ICD-10 codes (beginnings) not taken as a cancer diagnosis; C44 is non-melanoma skin cancer.
    days_before_diagnosis : int
        A referral up to this many days before the diagnosis counts, as of day 0.5; earlier ones are passed over.

    Returns
    -------
    Cohort

    Raises
    ------
    ValueError
        A parameter outside its values, or nobody left after inclusion.
    """
    _check(education_levels, age_min, horizon_days, index_diagnosis, referral, days_before_diagnosis)
    first_day, last_day = _registration(extract)
    parameters = {
        "age_min": age_min,
        "horizon": horizon_days,
        "before": days_before_diagnosis,
        "first_day": first_day,
        "last_day": last_day,
        "excluded": "^(" + "|".join(excluded_diagnoses) + ")" if excluded_diagnoses else "^$",
        "accepted_only": referral == "first_accepted",
    }
    sql = _PERSONS.replace("{direction}", "ASC" if index_diagnosis == "first" else "DESC")
    with duckdb.connect() as connection:
        for name in ("persons", "diagnoses", "referrals"):
            connection.register(name, _plain(extract[name], optional=_OPTIONAL[name]))
        everyone = connection.execute(sql, parameters).df()
    persons = everyone[everyone["step"] == "included"].drop(columns="step").reset_index(drop=True)
    if persons.empty:
        raise ValueError("nobody is left after inclusion: no person has a cancer diagnosis at the ages asked for")
    persons = _as_categories(persons, education_levels)
    method = _method(first_day, last_day, age_min, horizon_days, days_before_diagnosis)
    context = {"horizon_days": horizon_days, "synthetic": extract.meta.synthetic}
    rows, details = _flow(everyone, persons)
    flow = Estimates(rows, details=details, method=method, context=context)
    return Cohort(persons.drop(columns=["risk_step", "hazard_step", "early", "too_early"]), flow, horizon_days, method)


def _check(education_levels, age_min, horizon_days, index_diagnosis, referral, days_before) -> None:
    if education_levels not in EDUCATION_LEVELS:
        raise ValueError(f"education_levels must be 3 or 4; got {education_levels!r}")
    if index_diagnosis not in {"first", "last"}:
        raise ValueError(f"index_diagnosis must be 'first' or 'last'; got {index_diagnosis!r}")
    if referral not in {"first_accepted", "first"}:
        raise ValueError(f"referral must be 'first_accepted' or 'first'; got {referral!r}")
    for name, value in (("age_min", age_min), ("days_before_diagnosis", days_before)):
        if value < 0:
            raise ValueError(f"{name} must not be negative; got {value}")
    if horizon_days < 1:
        raise ValueError(f"horizon_days must be at least 1; got {horizon_days}")


def _registration(extract: Extract) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day on which referrals are seen; without a last day the extract date is it."""
    first, last = extract.meta.registration["referrals"]
    return first, min(last, extract.meta.extract_date) if last is not None else extract.meta.extract_date


_OPTIONAL = {
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


_PERSONS = """
WITH cancer AS (
    SELECT person_id, diagnosis_date, diagnosis, municipality, department,
           row_number() OVER (PARTITION BY person_id ORDER BY diagnosis_date {direction}, diagnosis) AS place
    FROM diagnoses
    WHERE regexp_matches(diagnosis, '^C') AND NOT regexp_matches(diagnosis, $excluded)
),
based AS (
    SELECT p.*, c.diagnosis_date, c.diagnosis, c.municipality, c.department,
           -- whole years; by calendar year alone where only the year of birth is known
           CASE WHEN p.birth_date IS NOT NULL THEN date_sub('year', p.birth_date::DATE, c.diagnosis_date::DATE)
                ELSE year(c.diagnosis_date) - p.birth_year END AS age
    FROM persons p LEFT JOIN cancer c ON p.person_id = c.person_id AND c.place = 1
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
           date_diff('day', b.diagnosis_date::DATE, b.emigration_date::DATE) AS emigration_day,
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
            WHEN last_day < $horizon THEN 'horizon_not_observed'
            WHEN emigration_day < $horizon THEN 'emigrated_within_horizon'
            ELSE 'risk_set' END AS risk_step,
       coalesce(referral_day <= $horizon AND referral_day <= end_day, FALSE)::INT AS referred,
       CASE WHEN role = 'relative' THEN 'relatives'
            WHEN diagnosis_date IS NULL THEN 'no_cancer_diagnosis'
            WHEN age IS NULL THEN 'age_unknown'
            WHEN age < $age_min THEN 'below_age_min'
            WHEN last_day < 0 THEN 'diagnosed_after_registration'
            ELSE 'included' END AS step
FROM ended
ORDER BY person_id
"""


def _as_categories(persons: pd.DataFrame, education_levels: int) -> pd.DataFrame:
    """The frame with groups made, every axis an ordered category, and the two analysis sets marked."""
    codes = EDUCATION_LEVELS[education_levels]
    age_groups = {f"under {min(AGE_GROUPS.values())}": 0} | AGE_GROUPS
    edges = [*age_groups.values(), np.inf]
    frame = persons.assign(
        age=persons["age"].astype(int),
        education=_ordered(persons["education"].fillna("unknown").map(codes), list(dict.fromkeys(codes.values()))),
        sex=_ordered(persons["sex"], ["female", "male"]),
        age_group=pd.cut(persons["age"], edges, right=False, labels=list(age_groups)),
        diagnosis_group=_ordered(_diagnosis_group(persons["diagnosis"]), [*DIAGNOSIS_GROUPS, "other"]),
        income_fifth=_ordered(_fifth(persons["income"], persons["year"]), list("12345")),
        cohabiting=_ordered(persons["cohabiting"].map({True: "cohabiting", False: "alone"}), ["alone", "cohabiting"]),
        children_at_home=_ordered(_capped(persons["children_at_home"]), ["0", "1", "2_or_more"]),
        comorbidity_group=_ordered(_capped(persons["comorbidity"]), ["0", "1", "2_or_more"]),
        origin=_ordered(persons["origin"], ["danish", "western", "non_western"]),
        in_hazard_set=persons["hazard_step"] == "hazard_set",
        in_risk_set=persons["risk_step"] == "risk_set",
    )
    frame["age_group"] = frame["age_group"].cat.remove_unused_categories()
    frame["referred"] = frame["referred"].astype(float).where(frame["in_risk_set"])
    return frame


def _ordered(values: pd.Series, categories: list[str]) -> pd.Categorical:
    return pd.Categorical(values, categories=categories, ordered=True)


def _diagnosis_group(codes: pd.Series) -> pd.Series:
    groups = {
        code: next((group for group, pattern in DIAGNOSIS_GROUPS.items() if re.match(pattern, code)), "other")
        for code in codes.unique()
    }
    return codes.map(groups)


def _fifth(income: pd.Series, year: pd.Series) -> pd.Series:
    """Fifth of income within the year of diagnosis, because incomes rise; ties share a fifth; missing stays missing."""
    by_year = income.groupby(year)
    share_below = (by_year.rank(method="min") - 1) / by_year.transform("count")
    return (np.floor(5 * share_below) + 1).map({fifth: str(fifth) for fifth in range(1, 6)})


def _capped(counts: pd.Series) -> pd.Series:
    return counts.clip(upper=2).map({0: "0", 1: "1", 2: "2_or_more"})


_EXCLUSIONS = ("relatives", "no_cancer_diagnosis", "age_unknown", "below_age_min", "diagnosed_after_registration")
_HAZARD_EXCLUSIONS = ("gone_before_registration", "referred_before_registration")
_RISK_EXCLUSIONS = ("diagnosed_before_registration", "horizon_not_observed", "emigrated_within_horizon")


def _flow(everyone: pd.DataFrame, persons: pd.DataFrame) -> tuple[list[dict], pd.DataFrame]:
    """Rows and details of the flow: kept, what was left out on the way, kept; then each analysis set from there."""
    steps = [("persons_in_extract", len(everyone), "kept", "all")]
    steps += [(step, int((everyone["step"] == step).sum()), "excluded", "all") for step in _EXCLUSIONS]
    steps += [("included", len(persons), "kept", "all")]
    steps += [
        ("referral_shortly_before_diagnosis", int(persons["early"].sum()), "noted", "all"),
        ("referral_long_before_diagnosis", int(persons["too_early"].sum()), "noted", "all"),
    ]
    for branch, exclusions in (("hazard", _HAZARD_EXCLUSIONS), ("risk", _RISK_EXCLUSIONS)):
        reached = persons[f"{branch}_step"]
        steps += [(step, int((reached == step).sum()), "excluded", branch) for step in exclusions]
        steps += [(f"{branch}_set", int((reached == f"{branch}_set").sum()), "kept", branch)]
    rows = [
        {"outcome": "flow", "model": "crude", "measure": "count", "level": step, "estimate": count, "n": count}
        for step, count, _, _ in steps
    ]
    return rows, pd.DataFrame([{"kind": kind, "branch": branch} for _, _, kind, branch in steps])


def _method(first_day, last_day, age_min, horizon_days, days_before) -> str:
    return (
        f"Persons aged {age_min} or more at their index cancer diagnosis. Referrals were registered from "
        f"{first_day:%Y-%m-%d} to {last_day:%Y-%m-%d}. Hazards: from diagnosis, or from the first day of registration "
        f"when that is later, to the first counted referral, death, emigration or the end of registration. Risks: "
        f"referred within {horizon_days} days of diagnosis among persons diagnosed since registration began and "
        f"observable over that horizon; a death before referral counts as not referred. Referrals up to {days_before} "
        f"days before the diagnosis count as of its day."
    )
