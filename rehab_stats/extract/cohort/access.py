"""Analysis sets: from the tables of an extract to one row per person, and the participant flow that led there.

Access: persons with a first cancer diagnosis, followed from it to referral, death, emigration, a move or the end of
registration. Two sets share the frame. The *hazard set* takes everyone who is still there when registration of
referrals begins, with delayed entry. The *risk set* takes those diagnosed while referrals were registered and
observable over a horizon, so that being referred within it is a plain yes or no.

Days are counted from the diagnosis. An event on the day of diagnosis (or a referral shortly before) is put at day 0.5,
because nobody is at risk at time 0; entry on a day is put half a day before it, so that events of that day count. A
referral wins a tie with death or emigration on the same day. An emigration before the diagnosis is passed over: who is
diagnosed here had come back. Leaving the municipality of the diagnosis ends the time where the extract has residences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from rehab_stats.extract.cohort.adjustment import AXES, COVARIATES, FINER_COLUMNS, RANKED_AXES, access_adjustment
from rehab_stats.extract.cohort.flow import access_flow
from rehab_stats.extract.cohort.follow_up import follow_up
from rehab_stats.extract.cohort.groups import AXIS_LEVELS, EDUCATION_LEVELS, as_groups, axis_levels
from rehab_stats.extract.cohort.inclusion import DAYS_BEFORE_DIAGNOSIS, Inclusion, check_settings, parse_day
from rehab_stats.extract.columns import AGE_GROUPS, DIAGNOSIS_GROUPS, NOT_COUNTED
from rehab_stats.extract.contract import Extract
from rehab_stats.vocabulary import Estimates

__all__ = [
    "AGE_GROUPS",
    "AXES",
    "AXIS_LEVELS",
    "COVARIATES",
    "DIAGNOSIS_GROUPS",
    "EDUCATION_LEVELS",
    "FINER_COLUMNS",
    "RANKED_AXES",
    "Cohort",
    "access_adjustment",
    "access_cohort",
    "axis_levels",
    "check_settings",
    "parse_day",
]

_COLUMNS = (
    *("person_id", "sex", "age", "year", "education", "diagnosis", "income", "cohabiting", "children_at_home"),
    *("comorbidity", "origin", "department", "municipality", "diagnosis_date", "entry_days", "days_to_referral"),
    *("referral_event", "referred", "age_group", "diagnosis_group", "income_fifth", "comorbidity_group", "need"),
    *("period", "in_hazard_set", "in_risk_set"),
)


@dataclass(frozen=True)
class Cohort:
    """One row per included person, the flow that led to it, and in words who it is.

    Attributes
    ----------
    persons : DataFrame
        One row per included person, ordered by `person_id`. Columns: person_id, sex, age (whole years at the index
        diagnosis), age_group, year (of diagnosis), period (of diagnosis, calendar years), education, diagnosis
        (ICD-10), diagnosis_group, income (DKK), income_fifth (within the year of diagnosis), cohabiting,
        children_at_home, comorbidity, comorbidity_group, origin, need (low to high; missing: not assessed, or not
        before the referral), department, municipality, diagnosis_date, entry_days, days_to_referral, referral_event
        (0 censored, 1 referral, 2 death), in_hazard_set, in_risk_set, referred (0 or 1 within the horizon; missing
        outside the risk set).
    flow : Estimates
        Measure `count`; one row per step. Details: `kind` (kept, excluded, noted) and `branch` (all, hazard, risk).
    horizon_days : int
        Horizon of `referred`, days from diagnosis.
    registered_days : int
        Days from the first to the last day on which referrals were registered.
    method : str
        One sentence: who is in, and what being referred means.
    settings : mapping
        The parameters in force, by name.
    counted : bool
        The persons were counted, not followed (`access_from_counts`): they have no days.
    """

    persons: pd.DataFrame
    flow: Estimates
    horizon_days: int
    registered_days: int
    method: str
    settings: Mapping[str, object] = field(default_factory=dict)
    counted: bool = False

    @property
    def hazard_set(self) -> pd.DataFrame:
        """Persons observed for some time while referrals were registered; entry may be delayed."""
        self._refuse_counted()
        return self.persons[self.persons["in_hazard_set"]].reset_index(drop=True)

    @property
    def since_registration(self) -> pd.DataFrame:
        """The hazard set without delayed entry: persons diagnosed since registration of referrals began."""
        self._refuse_counted()
        seen_at_once = self.persons["in_hazard_set"] & (self.persons["entry_days"] == 0)
        return self.persons[seen_at_once].reset_index(drop=True)

    @property
    def risk_set(self) -> pd.DataFrame:
        """Persons for whom being referred within the horizon is known; `referred` is 0 or 1. ValueError when empty."""
        rows = self.persons[self.persons["in_risk_set"]].reset_index(drop=True)
        if rows.empty:
            seen = f"referrals were registered for {self.registered_days} days"
            raise ValueError(f"nobody is observable over {self.horizon_days} days: {seen}")
        return rows.assign(referred=rows["referred"].astype(int))

    def _refuse_counted(self) -> None:
        if self.counted:
            raise ValueError("hazards need days to referral, and the persons not referred are only counted")


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
    periods: Sequence[int] = (),
    censor_at_move: bool = True,
) -> Cohort:
    """The persons diagnosed with cancer, and whether and when each was referred to rehabilitation.

    Parameters
    ----------
    extract : Extract
        Validated tables `persons`, `diagnoses`, `referrals`, and `residences` where there are.
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
        has none stated, are left out. Empty: all. Without residences who moves away later stays in: a referral from the
        new place counts, one that the new place keeps to itself is not seen.
    days_before_diagnosis : int
        A referral up to this many days before the diagnosis counts, as of day 0.5; earlier ones are passed over.
    periods : sequence of int
        First years of the periods of diagnosis in the column `period`, rising. Empty: two halves by persons diagnosed
        since registration began. Who was diagnosed before the first period has none.
    censor_at_move : bool
        Follow-up ends on the day of leaving the municipality of the index diagnosis, where the extract has residences;
        stays there that touch or overlap are one. Where no stay holds the day of the diagnosis, the municipality stated
        with the diagnosis stands and no move is known (noted in the flow).

    Returns
    -------
    Cohort

    Raises
    ------
    ValueError
        A parameter outside its values, or nobody left after inclusion.
    """
    settings = {name: value for name, value in locals().items() if name != "extract"}  # all that was asked, as asked
    inclusion = Inclusion.of(settings)
    first_day, last_day = extract.registered()
    everyone = follow_up(extract, inclusion, first_day=first_day, last_day=last_day, horizon_days=horizon_days)
    persons = everyone[everyone["step"] == "included"].drop(columns="step").reset_index(drop=True)
    if persons.empty:
        limits = "age_min, diagnosed_from and municipalities"
        raise ValueError(f"nobody is left after inclusion: no person has a cancer diagnosis within {limits}")
    persons = as_groups(persons, education_levels=education_levels, periods=periods)
    moves = censor_at_move and "residences" in extract
    method = inclusion.words() + _method(first_day, last_day, horizon_days, days_before_diagnosis, referral, moves)
    context = {"horizon_days": horizon_days, "synthetic": extract.meta.synthetic}
    flow = access_flow(everyone, persons, moves=moves, method=method, context=context)
    return Cohort(persons[list(_COLUMNS)], flow, horizon_days, (last_day - first_day).days, method, settings)


def _method(first_day, last_day, horizon_days, days_before, referral, moves) -> str:
    counted = referral.replace("_", " ")
    where = "the municipality of the diagnosis"
    ends = (
        f"death, emigration, leaving {where} or the end of registration. "
        if moves
        else "death, emigration or the end of registration; moving to another municipality ends nobody's time. "
    )
    stayed = f"did not emigrate or leave {where} within it" if moves else "did not emigrate within it"
    return (
        f"Referrals were registered from {first_day:%Y-%m-%d} to {last_day:%Y-%m-%d}; the {counted} referral of a "
        f"person counts, from {days_before} days before the diagnosis on. Hazards: from diagnosis, or from the first "
        f"day of registration when that is later, to that referral, {ends}Risks: referred by day {horizon_days} after "
        f"the diagnosis, among persons diagnosed since registration began, whose horizon was over when it ended and "
        f"who {stayed}; a death before referral counts as not referred."
    )
