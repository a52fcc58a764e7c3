"""The study of access: the calls of notebook 01."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import pandas as pd

from rehab_stats.calibrate.analyses import EXPOSURE, PRIMARY, Adjust, Analysis, Resampling, Study, draw_extract
from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios, standardised_risks
from rehab_stats.estimate.access.inequality import concentration_index, slope_indices
from rehab_stats.estimate.access.interaction import interaction
from rehab_stats.estimate.access.strata import by_stratum
from rehab_stats.estimate.survival.incidence import cumulative_incidence
from rehab_stats.estimate.survival.standardised_incidence import standardised_incidence
from rehab_stats.extract.cohort.access import Cohort, access_cohort
from rehab_stats.extract.cohort.adjustment import access_adjustment
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.synthetic.scenarios import SCENARIOS
from rehab_stats.vocabulary import Estimates

OUTCOME = "referred"
HORIZON_DAYS = 365
"""Days within which a referral counts, in scenarios whose source prints no horizon of its own."""
TIMES = MappingProxyType({"duration": "days_to_referral", "event": "referral_event", "entry": "entry_days"})

MODIFIER = "sex"
KINDS = ("relative", "erreygers")
"""Of the concentration index."""
WORLDS = ("default", "equal", "reversed", "dalton", "systematic_department", "selected_referral")
"""Scenarios of the key: referrals of the others are those of `default`."""

ALL_SETS = tuple(access_adjustment(EXPOSURE))
MAIN_SETS, FULL_SET = ("crude", PRIMARY), ("full",)
SELDOM = 8
"""Of how many replicates one fits what is dear or beside the point."""


def _hazards(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
    return hazard_ratios(rows, **TIMES, exposure=EXPOSURE, adjust=adjust)


def _deaths(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
    return hazard_ratios(rows, **TIMES, exposure=EXPOSURE, adjust=adjust, cause=2)


def _hazards_by_sex(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
    return by_stratum(rows, stratum=MODIFIER, estimator=hazard_ratios, adjust=adjust, exposure=EXPOSURE, **TIMES)


def _odds(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
    return odds_ratios(rows, outcome=OUTCOME, exposure=EXPOSURE, adjust=adjust)


def _risks(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
    return standardised_risks(rows, outcome=OUTCOME, exposure=EXPOSURE, adjust=adjust)


def _slopes(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
    return slope_indices(rows, outcome=OUTCOME, rank=EXPOSURE, adjust=adjust)


def _concentration(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
    kinds = [concentration_index(rows, outcome=OUTCOME, rank=EXPOSURE, kind=kind) for kind in KINDS]
    return Estimates.stack(kinds)


def _incidence(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
    return cumulative_incidence(rows, **TIMES, group=EXPOSURE, at=[cohort.horizon_days])


def _standardised_incidence(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
    return standardised_incidence(rows, **TIMES, exposure=EXPOSURE, at=cohort.horizon_days, adjust=adjust)


def _interaction(scale: str) -> Callable[[pd.DataFrame, Adjust, Cohort, Resampling], Estimates]:
    def estimate(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort, resampling: Resampling) -> Estimates:
        return interaction(rows, outcome=OUTCOME, exposure=EXPOSURE, modifier=MODIFIER, adjust=adjust, scale=scale)

    return estimate


ANALYSES = MappingProxyType(
    {
        "hazard_ratios": Analysis("hazard_ratios", "hazard_set", _hazards, ALL_SETS, MAIN_SETS),
        "hazard_ratios_full": Analysis("hazard_ratios", "hazard_set", _hazards, (), FULL_SET, every=SELDOM),
        "hazard_ratios_of_death": Analysis(
            "hazard_ratios", "hazard_set", _deaths, (PRIMARY,), (PRIMARY,), every=SELDOM
        ),
        "hazard_ratios_by_sex": Analysis(
            "hazard_ratios", "hazard_set", _hazards_by_sex, (PRIMARY,), (PRIMARY,), every=SELDOM
        ),
        "hazard_ratios_since": Analysis("hazard_ratios", "since_registration", _hazards, (PRIMARY,)),
        "odds_ratios": Analysis("odds_ratios", "risk_set", _odds, ALL_SETS, MAIN_SETS),
        "odds_ratios_full": Analysis("odds_ratios", "risk_set", _odds, (), FULL_SET, every=SELDOM),
        "standardised_risks": Analysis("standardised_risks", "risk_set", _risks, ALL_SETS, MAIN_SETS),
        "slope_indices": Analysis("slope_indices", "risk_set", _slopes, MAIN_SETS, MAIN_SETS),
        "concentration_index": Analysis("concentration_index", "risk_set", _concentration, ("crude",), ("crude",)),
        "interaction_risk": Analysis("interaction", "risk_set", _interaction("risk"), (PRIMARY,), (PRIMARY,)),
        "interaction_odds": Analysis("interaction", "risk_set", _interaction("odds_ratio"), (PRIMARY,), (PRIMARY,)),
        "cumulative_incidence": Analysis("cumulative_incidence", "hazard_set", _incidence, ("crude",), ("crude",)),
        "standardised_incidence": Analysis(
            "standardised_incidence", "hazard_set", _standardised_incidence, (PRIMARY,), (PRIMARY,), every=SELDOM
        ),
    }
)


def horizon_of(scenario: str) -> int:
    """Days within which a referral counts in a scenario's key."""
    return SCENARIOS[scenario].referred_within or HORIZON_DAYS


def _cohort(extract: Extract, education_levels: int, days: int) -> Cohort:
    return access_cohort(extract, education_levels=education_levels, horizon_days=days)


ACCESS = Study(
    name="access",
    file="calibration",
    notebook="01",
    analyses=ANALYSES,
    sets=access_adjustment,
    cohort=_cohort,
    days=horizon_of,
    worlds=WORLDS,
    scenarios=("default", "equal", "reversed", "dalton"),
    education_levels=3,
    draw=draw_extract,
    says="Measures without a limit (a synergy index, where one disadvantage lowers the risk) are not judged. Dear "
    "analyses are repeated less often (column `replicates`).",
)
