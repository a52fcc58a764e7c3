"""The studies of the effect: the calls of notebook 03, on scores drawn directly, and the truth of whole extracts.

Thousands of extracts would be simulated for a thousand pairs each. What decides the calibration is how scores and forms
come about in those who started, so `EFFECT` draws these alone, a register's worth and a pilot's worth a replicate. The
truth of a rung is not its own limit: it is what complete forms of the whole target would give, so that a rung which
answers another question, such as complete cases, is seen to fail.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from rehab_stats.calibrate.analyses import EXPOSURE, PRIMARY, Adjust, Analysis, Resampling, Study, draw_extract
from rehab_stats.estimate.change.beyond import share_beyond
from rehab_stats.estimate.change.completed import Delta
from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.change.ladder import change_ladder
from rehab_stats.estimate.change.weighted import ANCOVA, CHANGE
from rehab_stats.extract.cohort.adjustment import effect_adjustment
from rehab_stats.extract.cohort.effect import effect_cohort
from rehab_stats.extract.contract import Extract
from rehab_stats.extract.synthetic.effect_frames import PILOT_PERSONS, REGISTER_PERSONS, simulate_effect
from rehab_stats.extract.synthetic.mechanism import THREE_LEVELS
from rehab_stats.vocabulary import Estimates

SCORES = MappingProxyType({"baseline": "score_baseline", "followup": "score_followup"})
TRUE_SCORES = MappingProxyType({"baseline": "true_baseline", "followup": "true_followup"})
STEPS = MappingProxyType(
    {
        "given": ("diagnosis_group", "year"),
        "returned_baseline": (EXPOSURE, "age", "sex"),
        "returned_followup": (EXPOSURE, "age", "sex", "score_baseline"),
    }
)
"""What each step of measurement depends on in the mechanism, and more."""
AUXILIARY = ("diagnosis_group", "year")
FOLLOWUP_DAYS = 91
IMPUTATIONS = 20
THRESHOLD = 10.0
"""Points of change of the shares."""
SETS, CRUDE = ("crude", PRIMARY), ("crude",)
SCENARIOS = ("forms_at_random", "default", "unseen_change")
WORLDS = ("default", "graded_effect", "forms_at_random", "unseen_change", "graded_giving")
RUNGS = ("complete_cases", "weights", "mixed_model", "imputation")
RUNGS_OF_ANCOVA = ("complete_cases", "weights", "imputation")
AS_GLS = "mixed_model_expected"
"""The mixed model with the covariance of the scores taken as known in its errors."""
PLANTED = "planted_delta"
"""Imputation moved by what was planted on those without a follow-up."""
SELDOM = 8
"""Of how many replicates one looks at shares beyond a threshold."""


@dataclass(frozen=True)
class Drawn:
    """What one piece of work draws: scores of a register's and of a pilot's persons, for the key an extract too."""

    register: pd.DataFrame
    pilot: pd.DataFrame
    extract: Extract | None = None


@dataclass(frozen=True)
class DrawnScores:
    """The analysis sets: everybody due at follow-up, unknown education left out of those drawn directly.

    Attributes
    ----------
    register_set, pilot_set : persons who started, drawn directly: so many as a register has, and as the pilot had.
    unseen : what was planted on those without a follow-up: `dropout`, `never_given` -> level -> points.
    target_set : those of an extract, with the scores that complete forms would show; only for the key.
    """

    register_set: pd.DataFrame
    pilot_set: pd.DataFrame
    unseen: Mapping[str, Mapping[str, float]]
    target_set: pd.DataFrame | None = None


def _draw(scenario: str, persons: int | None, rng: np.random.Generator) -> Drawn:
    """A frame for each of the two sets; a batch of the key has one of so many persons for both, and an extract."""
    streams = rng.spawn(3)
    if persons is not None:
        frame = simulate_effect(scenario, n=persons, rng=streams[0])
        return Drawn(frame, frame, draw_extract(scenario, persons, streams[2]))
    sizes = (REGISTER_PERSONS, PILOT_PERSONS)
    return Drawn(*(simulate_effect(scenario, n=n, rng=stream) for n, stream in zip(sizes, streams, strict=False)))


def _cohort(drawn: Drawn, education_levels: int, days: int) -> DrawnScores:
    frames = (_known(frame, education_levels) for frame in (drawn.register, drawn.pilot))
    whole = None if drawn.extract is None else _with_truth(drawn.extract, education_levels, days)
    return DrawnScores(*frames, drawn.register.attrs["unseen_change"], whole)


def _with_truth(extract: Extract, education_levels: int, days: int) -> pd.DataFrame:
    cohort = effect_cohort(extract, education_levels=education_levels, followup_days=days)
    truth = extract.truth[["person_id", *TRUE_SCORES.values()]].astype({"person_id": str})
    rows = cohort.target_set.astype({"person_id": str}).merge(truth, on="person_id", how="left", validate="one_to_one")
    rows = rows[rows[EXPOSURE] != "unknown"].reset_index(drop=True)
    return rows.assign(**{EXPOSURE: rows[EXPOSURE].cat.remove_unused_categories()})


def _known(frame: pd.DataFrame, education_levels: int) -> pd.DataFrame:
    """Those whose education is known, in three levels or in four."""
    frame = frame[frame[EXPOSURE].astype(str) != "unknown"].reset_index(drop=True)
    codes = frame[EXPOSURE].astype(str)
    codes = codes.map(dict(THREE_LEVELS)) if education_levels == 3 else codes
    order = list(dict.fromkeys(THREE_LEVELS.values() if education_levels == 3 else THREE_LEVELS))
    return frame.assign(**{EXPOSURE: pd.Categorical(codes, order, ordered=True)})


def _ladder(analysis: str, rungs: tuple[str, ...]):
    """The call of the whole ladder, imputations moved by what was planted as its last rung."""

    def estimate(rows: pd.DataFrame, adjust: Adjust, cohort: DrawnScores, resampling: Resampling) -> Estimates:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of a pilot's levels, too few to impute within
            return change_ladder(
                rows,
                **SCORES,
                exposure=EXPOSURE,
                adjust=adjust,
                analysis=analysis,
                auxiliary=AUXILIARY,
                steps=STEPS,
                rungs=rungs,
                errors="observed",
                departures={PLANTED: _planted(cohort, rows)} if analysis == CHANGE else None,
                m=IMPUTATIONS,
                rng=resampling.rng,
            )

    return estimate


def _as_gls(rows: pd.DataFrame, adjust: Adjust, cohort: DrawnScores, resampling: Resampling) -> Estimates:
    """The mixed model of the ladder, which knows the terms of both adjustment sets, with the errors of nlme::gls."""
    known = (*effect_adjustment(EXPOSURE)[PRIMARY], *AUXILIARY)
    call = {"exposure": EXPOSURE, "adjust": adjust, "handling": "mixed_model", "auxiliary": known}
    return _named(mean_change(rows, **SCORES, **call, errors="expected"), AS_GLS)


def _planted(cohort: DrawnScores, rows: pd.DataFrame) -> Delta:
    """What was planted on those without a follow-up, at the levels there are; nought in most scenarios."""
    levels = rows[EXPOSURE].cat.categories
    never, dropouts = (
        {level: cohort.unseen[pattern].get(level, 0.0) for level in levels} for pattern in ("never_given", "dropout")
    )
    return Delta(never_given=never, dropouts=dropouts, given="given")


def _truth_of(rungs: tuple[str, ...], analysis: str):
    """What complete forms of everybody would give, under the names of the rungs."""

    def estimate(rows: pd.DataFrame, adjust: Adjust, cohort: object, resampling: Resampling) -> Estimates:
        whole = mean_change(rows, **TRUE_SCORES, exposure=EXPOSURE, adjust=adjust, analysis=analysis)
        return Estimates.stack([_named(whole, rung) for rung in rungs])

    return estimate


def _named(found: Estimates, rung: str) -> Estimates:
    return found.replaced(rows=found.tidy().assign(stratum=f"handling={rung}"))


def _beyond(rung: str):
    def estimate(rows: pd.DataFrame, adjust: Adjust, cohort: DrawnScores, resampling: Resampling) -> Estimates:
        options: dict = {"steps": STEPS} if rung == "weights" else {}
        if rung == "imputation":
            options = {"m": IMPUTATIONS, "rng": resampling.rng, "auxiliary": AUXILIARY}
        call = {"exposure": EXPOSURE, "threshold": THRESHOLD, "adjust": adjust, "handling": rung}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return _named(share_beyond(rows, **SCORES, **call, **options), rung)

    return estimate


def _true_share(rung: str):
    def estimate(rows: pd.DataFrame, adjust: Adjust, cohort: object, resampling: Resampling) -> Estimates:
        found = share_beyond(rows, **TRUE_SCORES, exposure=EXPOSURE, threshold=THRESHOLD, adjust=adjust)
        return _named(found, rung)

    return estimate


def _analyses() -> dict[str, Analysis]:
    """The ladder in both sets; gaps at equal baseline and shares in the register's; the truth of extracts."""
    change, ancova = (*RUNGS, PLANTED), RUNGS_OF_ANCOVA
    truth, gaps = _truth_of(change, CHANGE), _truth_of(ancova, ANCOVA)
    found = {"mean_change": Analysis("mean_change", "target_set", _truth_of(RUNGS, CHANGE), SETS)}
    found |= {
        population: Analysis("mean_change", population, _ladder(CHANGE, RUNGS), sets, sets, truth=truth)
        for population, sets in (("register_set", SETS), ("pilot_set", CRUDE))
    }
    found["as_gls"] = Analysis(
        "mean_change", "register_set", _as_gls, CRUDE, CRUDE, 2, truth=_truth_of((AS_GLS,), CHANGE)
    )
    found["ancova"] = Analysis("ancova", "register_set", _ladder(ANCOVA, ancova), CRUDE, CRUDE, 2, gaps)
    return found | {
        f"share_{rung}": Analysis(
            "share_beyond", "register_set", _beyond(rung), CRUDE, CRUDE, SELDOM, _true_share(rung)
        )
        for rung in ancova
    }


def _days(scenario: str) -> int:
    return FOLLOWUP_DAYS


EFFECT = Study(
    name="effect",
    file="calibration_effect",
    notebook="03",
    analyses=_analyses(),
    sets=effect_adjustment,
    cohort=_cohort,
    days=_days,
    worlds=WORLDS,
    scenarios=SCENARIOS,
    education_levels=4,
    draw=_draw,
    says=f"Here an extract is the scores of those who started alone, drawn from the mechanism of the extracts without "
    f"rounding: {REGISTER_PERSONS:,} persons (`register_set`) and {PILOT_PERSONS} of whom about 76 have both forms "
    "(`pilot_set`), unknown education left out. Every rung is held to the same truth, what complete forms of everybody "
    "would give. So some must fail. In `forms_at_random` every rung should hold. In `default` scores are missing at "
    "random given what was observed: complete cases must fail for means, since low scores drop out and low scores "
    "improve most, and for differences as far as levels drop out unequally; the gaps at equal baseline (`ancova`) "
    "need not. In `unseen_change` those without a follow-up changed less than imputation can know, basic "
    "education most: all rungs must fail but `planted_delta`, imputation moved by what was planted. Imputation draws "
    f"{IMPUTATIONS} sets a replicate.",
)
