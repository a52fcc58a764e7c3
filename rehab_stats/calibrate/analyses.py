"""Which analyses the answer key holds and which are repeated: one definition of each, the calls of notebook 01."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from rehab_stats.estimate.gradient import hazard_ratios, odds_ratios, standardised_risks
from rehab_stats.estimate.incidence import cumulative_incidence
from rehab_stats.estimate.inequality import concentration_index, slope_indices
from rehab_stats.estimate.interaction import interaction
from rehab_stats.estimate.standardised_incidence import standardised_incidence
from rehab_stats.estimate.strata import by_stratum
from rehab_stats.extract.cohort.access import Cohort, access_adjustment
from rehab_stats.extract.synthetic.answer_key import CELL, stratum_code
from rehab_stats.extract.synthetic.scenarios import SCENARIOS
from rehab_stats.vocabulary import Estimates

EXPOSURE = "education"
PRIMARY = "age_sex_year"
OUTCOME = "referred"
HORIZON_DAYS = 365
"""Days within which a referral counts, in scenarios whose source prints no horizon of its own."""
TIMES = MappingProxyType({"duration": "days_to_referral", "event": "referral_event", "entry": "entry_days"})

MODIFIER = "sex"
KINDS = ("relative", "erreygers")
"""Of the concentration index."""

NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")
NOT_ESTIMATED = frozenset({"at_risk"})
"""Measures that count persons and estimate nothing."""

Adjust = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Analysis:
    """One call of an estimator.

    Attributes
    ----------
    estimator : str
        Name of the estimator, as in the key.
    population : {"hazard_set", "risk_set", "since_registration"}
        Attribute of the cohort that holds the rows.
    estimate : callable
        (rows, adjustment sets, cohort) -> Estimates.
    models : tuple of str
        Adjustment sets of the key, as named by `access_adjustment`.
    repeated : tuple of str
        Those of them that replicates fit.
    every : int
        Only replicates whose number is a multiple of it do.
    """

    estimator: str
    population: str
    estimate: Callable[[pd.DataFrame, Adjust, Cohort], Estimates]
    models: tuple[str, ...]
    repeated: tuple[str, ...] = ()
    every: int = 1


ALL_SETS = tuple(access_adjustment(EXPOSURE))
MAIN_SETS, FULL_SET = ("crude", PRIMARY), ("full",)
SELDOM = 8
"""Of how many replicates one fits what is dear or beside the point."""


def _hazards(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
    return hazard_ratios(rows, **TIMES, exposure=EXPOSURE, adjust=adjust)


def _deaths(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
    return hazard_ratios(rows, **TIMES, exposure=EXPOSURE, adjust=adjust, cause=2)


def _hazards_by_sex(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
    return by_stratum(rows, stratum=MODIFIER, estimator=hazard_ratios, adjust=adjust, exposure=EXPOSURE, **TIMES)


def _odds(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
    return odds_ratios(rows, outcome=OUTCOME, exposure=EXPOSURE, adjust=adjust)


def _risks(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
    return standardised_risks(rows, outcome=OUTCOME, exposure=EXPOSURE, adjust=adjust)


def _slopes(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
    return slope_indices(rows, outcome=OUTCOME, rank=EXPOSURE, adjust=adjust)


def _concentration(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
    kinds = [concentration_index(rows, outcome=OUTCOME, rank=EXPOSURE, kind=kind) for kind in KINDS]
    return Estimates.stack(kinds)


def _incidence(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
    return cumulative_incidence(rows, **TIMES, group=EXPOSURE, at=[cohort.horizon_days])


def _standardised_incidence(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
    return standardised_incidence(rows, **TIMES, exposure=EXPOSURE, at=cohort.horizon_days, adjust=adjust)


def _interaction(scale: str) -> Callable[[pd.DataFrame, Adjust, Cohort], Estimates]:
    def estimate(rows: pd.DataFrame, adjust: Adjust, cohort: Cohort) -> Estimates:
        return interaction(rows, outcome=OUTCOME, exposure=EXPOSURE, modifier=MODIFIER, adjust=adjust, scale=scale)

    return estimate


ANALYSES: Mapping[str, Analysis] = MappingProxyType(
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
"""Name -> analysis. Two analyses never give the same cell of the key."""


def horizon_of(scenario: str) -> int:
    """Days within which a referral counts in a scenario's key."""
    return SCENARIOS[scenario].referred_within or HORIZON_DAYS


def estimate_cells(cohort: Cohort, *, replicate: int | None = None) -> pd.DataFrame:
    """Every analysis of one cohort, a row a number.

    Parameters
    ----------
    cohort : Cohort
    replicate : int, optional
        Number of the replicate: then only what it fits.

    Returns
    -------
    DataFrame
        The columns of `answer_key.CELL`, then estimate, std_error, conf_low, conf_high and the `every` of the
        analysis. An analysis that the data do not allow (an estimator refuses them) has no rows.
    """
    sets = access_adjustment(EXPOSURE)
    populations = {name: getattr(cohort, name) for name in {analysis.population for analysis in ANALYSES.values()}}
    parts = []
    for analysis in ANALYSES.values():
        adjust = {model: sets[model] for model in _models(analysis, replicate)}
        if not adjust:
            continue
        try:
            found = analysis.estimate(populations[analysis.population], adjust, cohort)
        except ValueError:  # counted: a cell without its estimate is one not estimated
            continue
        parts.append(_cells(found, analysis))
    return pd.concat(parts, ignore_index=True)


def _models(analysis: Analysis, replicate: int | None) -> tuple[str, ...]:
    if replicate is None:
        return analysis.models
    return analysis.repeated if replicate % analysis.every == 0 else ()


def _cells(found: Estimates, analysis: Analysis) -> pd.DataFrame:
    rows = found.tidy()
    rows = rows[~rows["measure"].isin(NOT_ESTIMATED)]
    strata = [stratum_code(code, found.context.get("stratum", "")) for code in rows["stratum"]]
    rows = rows.assign(
        population=analysis.population, estimator=analysis.estimator, stratum=strata, every=analysis.every
    )
    return rows[[*CELL, *NUMBERS, "every"]]
