"""The study of the pathway: the calls of notebook 04, and on persons drawn directly both readings held to their truth.

The truth of whole extracts is a limit, as of every study. Replicates are of persons drawn directly, a milliseconds'
worth each, whose truth is known without any simulation; the same estimator looks at both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from rehab_stats.calibrate.analyses import EXPOSURE, PRIMARY, Adjust, Analysis, Resampling, Study, draw_extract
from rehab_stats.calibrate.pathway_truth import true_pathway
from rehab_stats.estimate.model.bootstrap import DRAWS
from rehab_stats.estimate.pathway.decomposition import pathway_readings
from rehab_stats.estimate.pathway.readings import READINGS
from rehab_stats.extract.cohort.adjustment import pathway_adjustment
from rehab_stats.extract.cohort.pathway import PathwayCohort, pathway_cohort
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.synthetic.pathway_frames import PERSONS, simulate_pathway
from rehab_stats.vocabulary import Estimates

WORLD = MappingProxyType(
    {"default": "spread", "equal": "participation", "reversed": "opposing", "gap_in_access": "access"}
)
"""Scenario -> the world of persons drawn directly in which education acts at the same stages, and the same way."""
WORLDS = ("default", "equal", "reversed", "selected_referral", "no_shows", "gap_in_access", "graded_effect")
WITH_SESSIONS = frozenset(WORLDS) - {"graded_effect"}
"""Scenarios with the chain to the sessions in the key: that of `graded_effect` is the one of `default`."""
WITH_FORMS = frozenset({"default", "graded_effect"})
"""Scenarios with the chain to the change in the key."""
HORIZON_DAYS = 365

DRAWN_STAGES = MappingProxyType(
    {
        **{stage: stage for stage in ("referred", "interview_attended", "started", "sessions_booked")},
        "sessions_attended": ("sessions_attended", "sessions_booked"),
    }
)
_KNOWN = (EXPOSURE, *pathway_adjustment(EXPOSURE)["plus_diagnosis"])
STEPS = MappingProxyType(
    {"given": _KNOWN, "returned_baseline": _KNOWN, "returned_followup": (*_KNOWN, "score_baseline")}
)
"""What each step of measurement depends on, as in notebook 04."""
AGE_SEX = "age_sex"
"""Adjustment set of the persons drawn directly, who have age groups and no year."""
SETS = ("crude", PRIMARY)
SHARES = frozenset({"share_of_total"})
"""In the key, and not judged: the estimator gives them only where the total is told from zero."""


@dataclass(frozen=True)
class Drawn:
    """What one piece of work draws: a frame of persons where the scenario has such a world, for the key an extract."""

    scenario: str
    frame: pd.DataFrame | None
    extract: Extract | None = None


@dataclass(frozen=True)
class DrawnPathway:
    """The analysis sets, None where there is none.

    Attributes
    ----------
    drawn_set : persons drawn directly.
    session_set, change_set : of an extract.
    cohort : that of the extract.
    world : of the persons drawn directly.
    """

    drawn_set: pd.DataFrame | None
    session_set: pd.DataFrame | None = None
    change_set: pd.DataFrame | None = None
    cohort: PathwayCohort | None = None
    world: str = ""


def _draw(scenario: str, persons: int | None, rng: np.random.Generator) -> Drawn:
    """Persons drawn directly; for the key, whose batches have a number of persons, the extract of other studies too."""
    extract = None if persons is None else draw_extract(scenario, persons, rng)
    frame = simulate_pathway(WORLD[scenario], rng=rng.spawn(1)[0]) if scenario in WORLD else None
    return Drawn(scenario, frame, extract)


def _cohort(drawn: Drawn, education_levels: int, days: int) -> DrawnPathway:
    # the world's models are true of its four levels; two of them taken together follow no such model
    frame, world = (drawn.frame, WORLD.get(drawn.scenario, "")) if education_levels == 4 else (None, "")
    if drawn.extract is None:
        return DrawnPathway(frame, world=world)
    cohort = pathway_cohort(drawn.extract, education_levels=education_levels, horizon_days=days)
    sessions = cohort.session_set if drawn.scenario in WITH_SESSIONS else None
    change = cohort.change_set if drawn.scenario in WITH_FORMS else None
    return DrawnPathway(frame, sessions, change, cohort, world)


def _named(found: Mapping[str, Estimates]) -> dict[str, Estimates]:
    """Reading -> estimates, under the names of estimators in the key."""
    return {f"pathway_{reading}": estimates for reading, estimates in found.items()}


def _of_drawn(rows: pd.DataFrame, adjust: Adjust, cohort: DrawnPathway, resampling: Resampling) -> dict[str, Estimates]:
    call = {"draws": resampling.draws, "rng": resampling.rng}
    return _named(pathway_readings(rows, stages=DRAWN_STAGES, exposure=EXPOSURE, adjust=adjust, **call))


def _truth(rows: pd.DataFrame, adjust: Adjust, cohort: DrawnPathway, resampling: Resampling) -> dict[str, Estimates]:
    (model,) = adjust
    return _named({reading: true_pathway(cohort.world, reading=reading, model=model) for reading in READINGS})


def _sessions(rows: pd.DataFrame, adjust: Adjust, cohort: DrawnPathway, resampling: Resampling) -> dict[str, Estimates]:
    call = {"draws": resampling.draws, "rng": resampling.rng}
    return _named(pathway_readings(rows, stages=cohort.cohort.session_stages, exposure=EXPOSURE, adjust=adjust, **call))


def _change(rows: pd.DataFrame, adjust: Adjust, cohort: DrawnPathway, resampling: Resampling) -> dict[str, Estimates]:
    call = {"measured": STEPS, "draws": resampling.draws, "rng": resampling.rng}
    return _named(pathway_readings(rows, stages=cohort.cohort.change_stages, exposure=EXPOSURE, adjust=adjust, **call))


ANALYSES = MappingProxyType(
    {
        "sessions": Analysis("pathway", "session_set", _sessions, SETS, key_only=SHARES),
        "change": Analysis("pathway", "change_set", _change, SETS, key_only=SHARES),
        "drawn": Analysis("pathway", "drawn_set", _of_drawn, (AGE_SEX,), (AGE_SEX,), truth=_truth, key_only=SHARES),
    }
)


def _days(scenario: str) -> int:
    return HORIZON_DAYS


def _sets(exposure: str) -> Adjust:
    return {**pathway_adjustment(exposure), AGE_SEX: ("age_group", "sex")}


PATHWAY = Study(
    name="pathway",
    file="calibration_pathway",
    notebook="04",
    analyses=ANALYSES,
    sets=_sets,
    cohort=_cohort,
    days=_days,
    worlds=WORLDS,
    scenarios=tuple(WORLD),
    education_levels=4,
    draw=_draw,
    says=f"Here an extract is {PERSONS:,} persons drawn directly (`drawn_set`; about 900 of them referred), from a "
    "world in which education acts at the stages at which it acts in the scenario: in `default` at all of them, in "
    "`equal` at none but those after the referral, in `reversed` at all, on the referral the other way round, in "
    "`gap_in_access` on the referral alone. The truth is that of the world's own chances: no simulation, and "
    f"no error. Intervals are percentiles of {DRAWS} bootstrap draws. Both readings are made of the same draws; "
    "their stage quantities, and all their totals, are the same numbers, and a stage ratio and its logarithm have the "
    "same intervals, so that cells are far from independent. Shares of the total are not judged: they are there only "
    "where the total is told from zero.",
)
