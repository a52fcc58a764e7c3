"""One definition of each analysis that the answer key holds and that replicates repeat, and the studies they form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.extract.contract import Extract
from rehab_stats.extract.synthetic.answer_key import CELL, stratum_code
from rehab_stats.extract.synthetic.simulate import simulate_extract
from rehab_stats.vocabulary import Estimates


def draw_extract(scenario: str, persons: int | None, rng: np.random.Generator) -> Extract:
    """A whole synthetic extract, not held to the contract."""
    return simulate_extract(scenario, n=persons, rng=rng, validate=False)


EXPOSURE = "education"
PRIMARY = "age_sex_year"
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")
NO_CELLS = frozenset({"at_risk", "share_of_total"})
"""Measures left out: the first counts persons, the second is there only where its total's interval excludes zero."""

AnyCohort = object
"""What a study's `cohort` makes: an object with the analysis sets as attributes."""
Adjust = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Resampling:
    """What a bootstrap inside an analysis takes: how many draws, and their chance."""

    draws: int
    rng: np.random.Generator


Estimate = Callable[[pd.DataFrame, Adjust, AnyCohort, Resampling], Estimates | Mapping[str, Estimates]]


@dataclass(frozen=True)
class Analysis:
    """One call of an estimator.

    Attributes
    ----------
    estimator : str
        Name of the estimator, as in the key.
    population : str
        Attribute of the cohort that holds the rows; None there: this cohort has no such set.
    estimate : callable
        (rows, adjustment sets, cohort, resampling) -> Estimates; or, where one call makes several estimates, name of
        the estimator in the key -> Estimates.
    models : tuple of str
        Adjustment sets of the key, by name.
    repeated : tuple of str
        Those of them that replicates fit.
    every : int
        Only replicates whose number is a multiple of it do.
    truth : callable, optional
        What the key holds, where that is not the limit of the same call; the same cells.
    key_only : frozenset of str
        Measures among `NO_CELLS` that the key has all the same; replicates leave them out.
    """

    estimator: str
    population: str
    estimate: Estimate
    models: tuple[str, ...]
    repeated: tuple[str, ...] = ()
    every: int = 1
    truth: Estimate | None = None
    key_only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Study:
    """The analyses of one cohort, and in which worlds they are made.

    Attributes
    ----------
    name : str
    file : str
        Name, without ending, of the files of its calibration.
    notebook : str
        Number of the notebook that makes these analyses.
    analyses : mapping
        Name -> analysis. Two analyses never give the same cell of the key.
    sets : callable
        exposure -> adjustment sets, name -> terms.
    cohort : callable
        (what was drawn, education_levels, days) -> the cohort.
    days : callable
        scenario -> days within which things count there: the column `horizon_days` of the key.
    worlds : tuple of str
        Scenarios of the key.
    scenarios : tuple of str
        Scenarios that are repeated.
    education_levels : int
        Grouping of education in the replicates; the key has every one of them.
    says : str
        What else the reader of its calibration must know.
    draw : callable
        (scenario, persons, generator) -> what `cohort` is made of; persons None: the scenario's own number.
    """

    name: str
    file: str
    notebook: str
    analyses: Mapping[str, Analysis]
    sets: Callable[[str], Adjust]
    cohort: Callable[[object, int, int], AnyCohort]
    days: Callable[[str], int]
    worlds: tuple[str, ...]
    scenarios: tuple[str, ...]
    education_levels: int
    says: str
    draw: Callable[[str, int | None, np.random.Generator], object]

    @property
    def populations(self) -> frozenset[str]:
        """The analysis sets of its cohort; no other study has a set of the same name."""
        return frozenset(analysis.population for analysis in self.analyses.values())


def estimate_cells(
    study: Study, cohort: AnyCohort, resampling: Resampling, *, replicate: int | None = None
) -> pd.DataFrame:
    """Every analysis of one cohort, a row a number.

    Parameters
    ----------
    study : Study
    cohort : cohort of the study
    resampling : Resampling
    replicate : int, optional
        Number of the replicate: then only what it fits.

    Returns
    -------
    DataFrame
        The columns of `answer_key.CELL`, then estimate, std_error, conf_low, conf_high and the `every` of the
        analysis. An analysis that the data do not allow (an estimator refuses them) has no rows.
    """
    sets = study.sets(EXPOSURE)
    populations = {name: getattr(cohort, name) for name in study.populations}
    parts = []
    for analysis in study.analyses.values():
        adjust = {model: sets[model] for model in _models(analysis, replicate)}
        if not adjust or populations[analysis.population] is None:
            continue
        try:
            call = analysis.truth if replicate is None and analysis.truth else analysis.estimate
            found = call(populations[analysis.population], adjust, cohort, resampling)
        except ValueError:  # counted: a cell without its estimate is one not estimated
            continue
        left_out = NO_CELLS - (analysis.key_only if replicate is None else frozenset())
        several = found if isinstance(found, Mapping) else {analysis.estimator: found}
        parts += [_cells(one, analysis, name, left_out) for name, one in several.items()]
    return pd.concat(parts, ignore_index=True)


def _models(analysis: Analysis, replicate: int | None) -> tuple[str, ...]:
    if replicate is None:
        return analysis.models
    return analysis.repeated if replicate % analysis.every == 0 else ()


def _cells(found: Estimates, analysis: Analysis, estimator: str, left_out: frozenset[str]) -> pd.DataFrame:
    rows = found.tidy()
    rows = rows[~rows["measure"].isin(left_out)]
    strata = [stratum_code(code, found.context.get("stratum", "")) for code in rows["stratum"]]
    rows = rows.assign(population=analysis.population, estimator=estimator, stratum=strata, every=analysis.every)
    return rows[[*CELL, *NUMBERS, "every"]]
