"""Analysis sets: from the tables of an extract to one row per person, and the participant flow that led there.

Access: persons with a first cancer diagnosis, followed from it to referral, death, emigration or the end of
registration. Two sets share the frame. The *hazard set* takes everyone who is still there when registration of
referrals begins, with delayed entry. The *risk set* takes those diagnosed while referrals were registered and
observable over a horizon, so that being referred within it is a plain yes or no.

Days are counted from the diagnosis. An event on the day of diagnosis (or a referral shortly before) is put at day 0.5,
because nobody is at risk at time 0; entry on a day is put half a day before it, so that events of that day count. A
referral wins a tie with death or emigration on the same day. An emigration before the diagnosis is passed over: who is
diagnosed here had come back. Moving to another municipality ends nobody's time: residence is known on the day of the
diagnosis only.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import AGE_GROUPS, DIAGNOSIS_GROUPS, NOT_COUNTED
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.follow_up import follow_up
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

AXIS_LEVELS = {
    "education": ["short", "medium", "long", "unknown"],
    "income_fifth": list("12345"),
    "sex": ["female", "male"],
    "age_group": [f"under {min(AGE_GROUPS.values())}", *AGE_GROUPS],
    "origin": ["danish", "western", "non_western"],
    "cohabiting": ["alone", "cohabiting"],
    "diagnosis_group": [*DIAGNOSIS_GROUPS, "other"],
}
"""Columns of the access cohort that may serve as the exposure -> their levels, low to high."""
AXES = tuple(AXIS_LEVELS)
COVARIATES = (
    *AXES,
    "age",
    "year",
    "children_at_home",
    "comorbidity",
    "comorbidity_group",
    "department",
    "municipality",
)
"""Columns of the access cohort that an adjustment may name."""

# year as a trend: the last year of a risk set may hold a day or two, too few for a level of its own
_AGE_SEX_YEAR = ("bs(age, df=4)", "sex", "year")
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
    registered_days : int
        Days from the first to the last day on which referrals were registered.
    method : str
        One sentence: who is in, and what being referred means.
    """

    persons: pd.DataFrame
    flow: Estimates
    horizon_days: int
    registered_days: int
    method: str

    @property
    def hazard_set(self) -> pd.DataFrame:
        """Persons observed for some time while referrals were registered; entry may be delayed."""
        return self.persons[self.persons["in_hazard_set"]].reset_index(drop=True)

    @property
    def risk_set(self) -> pd.DataFrame:
        """Persons for whom being referred within the horizon is known; `referred` is 0 or 1. ValueError when empty."""
        rows = self.persons[self.persons["in_risk_set"]].reset_index(drop=True)
        if rows.empty:
            seen = f"referrals were registered for {self.registered_days} days"
            raise ValueError(f"nobody is observable over {self.horizon_days} days: {seen}")
        return rows.assign(referred=rows["referred"].astype(int))


def access_adjustment(exposure: str = "education", *, persons: pd.DataFrame | None = None) -> dict[str, list[str]]:
    """The adjustment sets of the access analyses: name -> formulaic terms, nested, without the exposure itself.

    `crude`; `age_sex_year` (primary: what comes later in life lies downstream of education); `plus_diagnosis`; and
    `full`, the variables printed by Moustsen 2015 (sex, age, diagnosis, income, cohabitation, children) and year, which
    answers a narrower question: the association net of what education leads to. How Moustsen coded them was not seen.

    With `persons` (the hazard or risk set of an `access_cohort`), columns in which nobody has a value, or all have the
    same, are left out of the sets, and a set that then holds no more than the one before it is left out too. Raises
    ValueError when the exposure is no axis.
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
        own |= {column for column in ("sex", "year", *_DIAGNOSIS, *_MOUSTSEN) if persons[column].nunique() < 2}
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
    excluded_diagnoses: Sequence[str] = NOT_COUNTED,
    diagnosed_from: str = "",
    municipalities: Sequence[str] = (),
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
        Which of a person's referrals counts; where `accepted` is missing, the referral counts as not accepted.
    excluded_diagnoses : sequence of str
        What an ICD-10 code not taken as a cancer diagnosis begins with; C44 is non-melanoma skin cancer.
    diagnosed_from : str
        First day (YYYY-MM-DD) of index diagnoses; empty: all in the extract. Who was diagnosed long before registration
        began enters the hazard set as a survivor of many years.
    municipalities : sequence of str
        Municipalities of residence on the day of the index diagnosis, as in the extract; residents of others, and who
        has none stated, are left out. Empty: all. Who moves away later stays in: a referral from the new place counts,
        one that the new place keeps to itself is not seen.
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
    earliest = parse_day(diagnosed_from, name="diagnosed_from")
    _check(education_levels, age_min, horizon_days, index_diagnosis, referral, days_before_diagnosis)
    _check_codes(excluded_diagnoses=excluded_diagnoses, municipalities=municipalities)
    first_day, last_day = extract.meta.registered()
    everyone = follow_up(
        extract,
        first_day=first_day,
        last_day=last_day,
        earliest=earliest,
        age_min=age_min,
        horizon_days=horizon_days,
        last_diagnosis=index_diagnosis == "last",
        accepted_only=referral == "first_accepted",
        excluded_diagnoses=excluded_diagnoses,
        municipalities=municipalities,
        days_before_diagnosis=days_before_diagnosis,
    )
    persons = everyone[everyone["step"] == "included"].drop(columns="step").reset_index(drop=True)
    if persons.empty:
        raise ValueError("nobody is left after inclusion: no person has a cancer diagnosis at the ages asked for")
    persons = _as_categories(persons, education_levels)
    who = _who(age_min, index_diagnosis, excluded_diagnoses, municipalities)
    method = who + _method(first_day, last_day, horizon_days, days_before_diagnosis, referral)
    context = {"horizon_days": horizon_days, "synthetic": extract.meta.synthetic}
    rows, details = _flow(everyone, persons)
    flow = Estimates(rows, details=details, method=method, context=context)
    kept = persons.drop(columns=["risk_step", "hazard_step", "early", "too_early"])
    return Cohort(kept, flow, horizon_days, (last_day - first_day).days, method)


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


def _check_codes(**given: Sequence[str]) -> None:
    for name, codes in given.items():
        if isinstance(codes, str) or not all(isinstance(code, str) and code.strip() for code in codes):
            raise ValueError(f"{name} must be a list of codes, none of them empty; got {codes!r}")


def parse_day(text: str, *, name: str) -> pd.Timestamp:
    """A day written YYYY-MM-DD; empty: a day before all others. ValueError, naming `name`, for anything else."""
    try:
        day = dt.date.fromisoformat(text or "1900-01-01")
        if day.isoformat() != (text or "1900-01-01"):  # Python also reads 20100615 and 2010-W24-2
            raise ValueError
        return pd.Timestamp(day).as_unit("ns")
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a day, YYYY-MM-DD, or empty; got {text!r}") from None


def _as_categories(persons: pd.DataFrame, education_levels: int) -> pd.DataFrame:
    """The frame with groups made, every axis an ordered category, and the two analysis sets marked."""
    codes = EDUCATION_LEVELS[education_levels]
    edges = [0, *AGE_GROUPS.values(), np.inf]
    frame = persons.assign(
        age=persons["age"].astype(int),
        education=_ordered(persons["education"].fillna("unknown").map(codes), list(dict.fromkeys(codes.values()))),
        sex=_ordered(persons["sex"], AXIS_LEVELS["sex"]),
        age_group=pd.cut(persons["age"], edges, right=False, labels=AXIS_LEVELS["age_group"]),
        diagnosis_group=_ordered(_diagnosis_group(persons["diagnosis"]), AXIS_LEVELS["diagnosis_group"]),
        income_fifth=_ordered(_fifth(persons["income"], persons["year"]), AXIS_LEVELS["income_fifth"]),
        cohabiting=_ordered(persons["cohabiting"].map({True: "cohabiting", False: "alone"}), AXIS_LEVELS["cohabiting"]),
        children_at_home=_ordered(_capped(persons["children_at_home"]), ["0", "1", "2_or_more"]),
        comorbidity_group=_ordered(_capped(persons["comorbidity"]), ["0", "1", "2_or_more"]),
        origin=_ordered(persons["origin"], AXIS_LEVELS["origin"]),
        in_hazard_set=persons["hazard_step"] == "hazard_set",
        in_risk_set=persons["risk_step"] == "risk_set",
    )
    frame["age_group"] = frame["age_group"].cat.remove_unused_categories()
    frame["referred"] = frame["referred"].astype(float).where(frame["in_risk_set"])
    return frame


def axis_levels(exposure: str, education_levels: int = 3) -> list[str]:
    """The levels an axis may have, low to high; education in three or four levels."""
    if exposure == "education":
        return list(dict.fromkeys(EDUCATION_LEVELS[education_levels].values()))
    return list(AXIS_LEVELS[exposure])


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


_EXCLUSIONS = (
    "relatives",
    "no_cancer_diagnosis",
    "only_left_out_diagnoses",
    "age_unknown",
    "below_age_min",
    "other_municipality",
    "diagnosed_before_period",
    "diagnosed_after_registration",
)
_HAZARD_EXCLUSIONS = ("gone_before_registration", "referred_before_registration")
_RISK_EXCLUSIONS = (
    "diagnosed_before_registration",
    "referred_before_registration",
    "horizon_not_observed",
    "emigrated_within_horizon",
)


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


def _who(age_min, index_diagnosis, excluded_diagnoses, municipalities) -> str:
    left_out = f" ({', '.join(excluded_diagnoses)} left out)" if excluded_diagnoses else ""
    living = f", living in municipality {' or '.join(municipalities)} on that day" if municipalities else ""
    return (
        f"Persons aged {age_min} or more at their {index_diagnosis} cancer diagnosis{left_out} in the extract{living}. "
    )


def _method(first_day, last_day, horizon_days, days_before, referral) -> str:
    counted = referral.replace("_", " ")
    return (
        f"Referrals were registered from {first_day:%Y-%m-%d} to {last_day:%Y-%m-%d}; the {counted} referral of a "
        f"person counts, from {days_before} days before the diagnosis on. Hazards: from diagnosis, or from the first "
        f"day of registration when that is later, to that referral, death, emigration or the end of registration; "
        f"moving to another municipality ends nobody's time. Risks: referred by day {horizon_days} after the "
        f"diagnosis, among persons diagnosed since registration began, whose horizon was over when it ended and who "
        f"did not emigrate within it; a death before referral counts as not referred."
    )
