"""The study of participation: the calls of notebook 02."""

from __future__ import annotations

from types import MappingProxyType

import pandas as pd

from rehab_stats.calibrate.analyses import EXPOSURE, PRIMARY, Adjust, Analysis, Resampling, Study, draw_extract
from rehab_stats.estimate.access.gradient import hazard_ratios, standardised_risks
from rehab_stats.estimate.counts.attendance import rate_ratios, standardised_means
from rehab_stats.estimate.counts.hurdle import hurdle
from rehab_stats.estimate.model.bootstrap import DRAWS
from rehab_stats.estimate.participation.cascade import cascade
from rehab_stats.estimate.participation.components import attendance_components
from rehab_stats.estimate.survival.incidence import cumulative_incidence
from rehab_stats.estimate.survival.restricted_means import restricted_means
from rehab_stats.extract.cohort.adjustment import participation_adjustment
from rehab_stats.extract.cohort.participation import ParticipationCohort, participation_cohort
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.synthetic.answer_key import NEGATIVE_BINOMIAL_RATIOS
from rehab_stats.vocabulary import Estimates

COUNT = "sessions_attended"
INTERVIEW = "interview_attended"
STAGES = ("interview_booked", INTERVIEW, "any_session_booked", "started", "completed")
SESSIONS = MappingProxyType(
    {
        "booked": "sessions_booked",
        "attended": COUNT,
        "cancelled_by_person": "sessions_cancelled_by_person",
        "cancelled_by_centre": "sessions_cancelled_by_centre",
    }
)
TIMES = MappingProxyType({"duration": "weeks_in_programme", "event": "leaving_event"})
WORLDS = ("default", "equal", "reversed", "dalton", "systematic_department", "selected_referral", "no_shows")
"""Scenarios of the key: appointments of the others are those of `default`."""
WINDOW_DAYS = 180
"""Days from the referral within which sessions count, in every scenario."""
UNTIL_WEEKS = 12
"""Weeks from the first session attended to which leaving is followed."""

SETS = ("crude", PRIMARY)
SELDOM = 2
"""Of how many replicates one looks at leaving: estimators that the study of access repeats too."""


def _means(rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling) -> Estimates:
    return standardised_means(rows, count=COUNT, exposure=EXPOSURE, adjust=adjust)


def _rates(rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling) -> Estimates:
    return rate_ratios(rows, count=COUNT, exposure=EXPOSURE, adjust=adjust)


def _overdispersed(
    rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling
) -> Estimates:
    return rate_ratios(rows, count=COUNT, exposure=EXPOSURE, adjust=adjust, family="negative_binomial")


def _hurdle(rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling) -> Estimates:
    return hurdle(rows, count=COUNT, exposure=EXPOSURE, adjust=adjust)


def _components(rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling) -> Estimates:
    return attendance_components(
        rows, **SESSIONS, exposure=EXPOSURE, adjust=adjust, draws=resampling.draws, rng=resampling.rng
    )


def _stages(rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling) -> Estimates:
    return cascade(rows, stages={stage: stage for stage in STAGES}, exposure=EXPOSURE)


def _interviews(rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling) -> Estimates:
    return standardised_risks(rows, outcome=INTERVIEW, exposure=EXPOSURE, adjust=adjust)


def _leaving(rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling) -> Estimates:
    return cumulative_incidence(rows, **TIMES, group=EXPOSURE, at=[UNTIL_WEEKS])


def _weeks(rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling) -> Estimates:
    return restricted_means(rows, **TIMES, exposure=EXPOSURE, until=UNTIL_WEEKS)


def _hazards(rows: pd.DataFrame, adjust: Adjust, cohort: ParticipationCohort, resampling: Resampling) -> Estimates:
    return hazard_ratios(rows, **TIMES, exposure=EXPOSURE, adjust=adjust)


ANALYSES = MappingProxyType(
    {
        "standardised_means": Analysis("standardised_means", "window_set", _means, SETS, SETS),
        "rate_ratios": Analysis("rate_ratios", "window_set", _rates, SETS, SETS),
        "rate_ratios_negative_binomial": Analysis(NEGATIVE_BINOMIAL_RATIOS, "window_set", _overdispersed, SETS, SETS),
        "hurdle": Analysis("hurdle", "window_set", _hurdle, SETS, SETS),
        "attendance_components": Analysis("attendance_components", "window_set", _components, SETS, SETS),
        "cascade": Analysis("cascade", "window_set", _stages, ("crude",), ("crude",)),
        "standardised_risks": Analysis("standardised_risks", "window_set", _interviews, SETS, SETS),
        "cumulative_incidence": Analysis(
            "cumulative_incidence", "started_set", _leaving, ("crude",), ("crude",), every=SELDOM
        ),
        "restricted_means": Analysis("restricted_means", "started_set", _weeks, ("crude",), ("crude",), every=SELDOM),
        "hazard_ratios": Analysis("hazard_ratios", "started_set", _hazards, (PRIMARY,), (PRIMARY,), every=SELDOM),
    }
)


def _days(scenario: str) -> int:
    return WINDOW_DAYS


def _cohort(extract: Extract, education_levels: int, days: int) -> ParticipationCohort:
    return participation_cohort(extract, education_levels=education_levels, window_days=days)


PARTICIPATION = Study(
    name="participation",
    file="calibration_participation",
    notebook="02",
    analyses=ANALYSES,
    sets=participation_adjustment,
    cohort=_cohort,
    days=_days,
    worlds=WORLDS,
    scenarios=("default", "no_shows"),
    education_levels=4,
    draw=draw_extract,
    says=f"Contributions to a difference have percentile intervals of {DRAWS} bootstrap draws; their shares of it are "
    "not judged, because they are there only where the difference is told from zero. The cascade takes every column as "
    "it stands. Some numbers come from two estimators (the unadjusted share with an interview) or from two measures "
    "(the first transition of the cascade) and are then two cells. Leaving is looked at less often (column "
    "`replicates`).",
)
