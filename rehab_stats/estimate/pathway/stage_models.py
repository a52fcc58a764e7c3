"""The models of all stages of a path, fitted on covariate patterns, and fitted again in every bootstrap draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.bootstrap import persons_in_levels
from rehab_stats.estimate.model.design_matrix import Design, build_design, term_variables
from rehab_stats.estimate.model.level_models import BINOMIAL, POISSON, LevelModel, Patterns, fit_levels
from rehab_stats.estimate.model.models import MERGE, Adjustment, named_models
from rehab_stats.estimate.model.sample import EVERYBODY, Sample, WrongCall
from rehab_stats.estimate.pathway.measurement import Measurement, Steps, fit_measurement
from rehab_stats.estimate.pathway.stages import COUNT, Journeys, StageColumns, read_journeys
from rehab_stats.rank import midpoints

ROW = "the stages"
"""Column that says which row of the data, and of its journeys, a row of the sample is."""


@dataclass(frozen=True)
class PathData:
    """Data with their journeys, and how to find both again in the rows that a model uses.

    Attributes
    ----------
    data : DataFrame
        The rows at the start (in a period: all), with the column `ROW`.
    journeys : Journeys
        Of these rows.
    measured : mapping or None
        Steps of being measured at the last stage.
    left_out : int
        Rows without a known first stage.
    """

    data: pd.DataFrame
    journeys: Journeys
    measured: Steps | None
    left_out: int

    @classmethod
    def of(
        cls, data: pd.DataFrame, stages: StageColumns, adjust: Adjustment, *, measured: Steps | None, period: bool
    ) -> PathData:
        """Refuses what `read_journeys` refuses, and a stage or a step of measurement among the terms."""
        journeys = read_journeys(data, stages, period=period)
        own = {stage.column for stage in journeys.stages} | set(measured or ())
        terms = [term for each in named_models(adjust).values() for term in each]
        taken = [column for column in term_variables(terms, list(data.columns)) if column in own]
        if taken:
            raise WrongCall(f"adjust contains {taken[0]!r}, which is a stage of the path or a step of its measurement")
        keep = np.ones(len(data), dtype=bool) if period else journeys.started
        if not journeys.started.any():
            raise ValueError(f"{journeys.stages[0].column} has no value in any row: nobody is at the start")
        rows = data[keep].assign(**{ROW: np.arange(int(keep.sum()))})
        return cls(rows, journeys.rows(keep), measured, int((~keep).sum()))

    def rows_of(self, sample: Sample) -> np.ndarray:
        """Positions, in data and journeys, of the rows that a sample uses."""
        return sample.frame[ROW].to_numpy().astype(int)

    def journeys_of(self, sample: Sample) -> Journeys:
        return self.journeys.rows(self.rows_of(sample))


@dataclass(frozen=True)
class StageModels:
    """The fitted stages of one sample, and how to fit them again under other weights.

    Attributes
    ----------
    sample, design, journeys : of the rows used.
    patterns : covariate patterns, the exposure taken out (a ladder stands among the covariates).
    settings : covariates of the patterns, once per setting of a ladder; for levels once.
    names : settings: the levels, or the ends of the ladder.
    models : one a stage.
    measurement : of the last stage, or None.
    unit, groups : each row's unit of drawing, and each unit's group.
    """

    sample: Sample
    design: Design
    journeys: Journeys
    patterns: Patterns
    settings: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    models: tuple[LevelModel, ...]
    measurement: Measurement | None
    unit: np.ndarray
    groups: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """(patterns,): each pattern's share of the persons at the start."""
        return self.share_under(np.ones(len(self.sample)))

    def share_under(self, weights: np.ndarray) -> np.ndarray:
        """(patterns,): the same under a weight per row."""
        found = self.design.per_pattern(weights * self.journeys.started)
        return found / found.sum()

    def chances(self, models: Sequence[LevelModel]) -> np.ndarray:
        """(stages, patterns, settings): the fitted means of each stage."""
        return np.stack([self.chance(model) for model in models])

    def chance(self, model: LevelModel) -> np.ndarray:
        """(patterns, settings): the fitted means of one stage."""
        return np.concatenate([model.means(covariates) for covariates in self.settings], axis=1)

    def refitted(self, weights: np.ndarray) -> tuple[LevelModel, ...]:
        """The models of all stages under a weight per row: how often it was drawn."""
        return fit_stages(self.journeys, self.design, self.patterns, self.measurement, weights, self.models)

    def drawn(self, statistic: Callable[[tuple[LevelModel, ...], np.ndarray, np.ndarray], np.ndarray]) -> Callable:
        """For `bootstrap`: (models, share, weight per row) -> numbers, of the weights of the units."""

        def of_weights(weights: np.ndarray) -> np.ndarray:
            rows = weights[self.unit]
            return statistic(self.refitted(rows), self.share_under(rows), rows)

        return of_weights

    @property
    def diagnostics(self) -> dict:
        limits = [name for name, model in zip(self.journeys.names, self.models, strict=True) if model.at_limit]
        return {
            "rows_used": len(self.sample),
            "rows_dropped": self.sample.rows_dropped,
            "levels_empty": self.sample.levels_empty,
            "patterns": self.design.patterns,
            "at_limit": ", ".join(limits),
            **self.journeys.diagnostics,
            **({} if self.measurement is None else self.measurement.diagnostics),
        }


def models_by_level(path: PathData, sample: Sample, terms: Sequence[str]) -> StageModels:
    """Every stage by level of the exposure and covariates."""
    _refuse_unpassed(path, sample)
    design = build_design(sample.frame, exposure=sample.exposure, terms=terms)
    patterns = Patterns.of(design, sample)
    unit, groups = persons_in_levels(sample)
    return _fitted(path, sample, design, patterns, (patterns.covariates,), sample.levels, unit, groups)


def models_by_rank(path: PathData, sample: Sample, terms: Sequence[str], ridit: str | None) -> StageModels:
    """Every stage by place on the ladder, a straight line on the scale of its link, and covariates.

    The sample's exposure is ranked. Settings are the bottom and the top, ridits 0 and 1.
    """
    _refuse_unpassed(path, sample)
    step = sample.frame[sample.exposure].to_numpy()
    journeys = path.journeys_of(sample)
    if ridit is None:
        distinct = midpoints(step[journeys.started], np.ones(int(journeys.started.sum())))
        known = dict(zip(step[journeys.started], distinct, strict=True))
        lacking = sorted(set(np.unique(step)) - set(known))
        if lacking:
            raise ValueError(f"nobody at the start stands on the step {lacking[0]:g} of {sample.exposure}")
        places = np.array([known[value] for value in step])
    else:
        places = sample.frame[ridit].to_numpy()
    if np.ptp(places) <= 0:
        raise ValueError(f"{ridit or sample.exposure} has one value in the rows used: there is nothing to rank")
    design = build_design(sample.frame.assign(**{sample.exposure: places}), exposure=sample.exposure, terms=terms)
    (column,) = design.terms[sample.exposure]
    covariates = np.ascontiguousarray(design.matrix[:, 1:])
    names = design.names[1:]
    patterns = Patterns(
        np.zeros(design.patterns, dtype=np.int64), (EVERYBODY,), covariates, names, np.ptp(covariates, axis=0)
    )
    ends = tuple(_at(covariates, column - 1, end - design.centre[column]) for end in (0.0, 1.0))
    level = pd.factorize(step, sort=True)[0]
    unit, groups = persons_in_levels(replace(sample, level=level))
    return _fitted(path, sample, design, patterns, ends, ("bottom", "top"), unit, groups)


def _at(covariates: np.ndarray, column: int, value: float) -> np.ndarray:
    found = covariates.copy()
    found[:, column] = value
    return found


def _fitted(
    path: PathData,
    sample: Sample,
    design: Design,
    patterns: Patterns,
    settings: tuple[np.ndarray, ...],
    names: tuple[str, ...],
    unit: np.ndarray,
    groups: np.ndarray,
) -> StageModels:
    journeys = path.journeys_of(sample)
    measurement = None
    if path.measured is not None:
        come = (journeys.size[-1] > 0) | journeys.unseen[-1]
        known, name = journeys.size[-1] > 0, journeys.names[-1]
        measurement = fit_measurement(
            path.data.iloc[path.rows_of(sample)], path.measured, come=come, known=known, stage=name
        )
    models = fit_stages(journeys, design, patterns, measurement, np.ones(len(sample)), None)
    return StageModels(sample, design, journeys, patterns, settings, names, models, measurement, unit, groups)


def fit_stages(
    journeys: Journeys,
    design: Design,
    patterns: Patterns,
    measurement: Measurement | None,
    weights: np.ndarray,
    start: Sequence[LevelModel] | None,
) -> tuple[LevelModel, ...]:
    """Maximum likelihood of every stage from sums per pattern.

    Parameters
    ----------
    weights : (rows,) how often each row counts.
    start : the whole sample's models, when this is a draw from it.

    Raises ValueError naming the stage.
    """
    found = []
    for place, stage in enumerate(journeys.stages):
        begin = None if start is None else start[place]
        try:
            found.append(fit_stage(journeys, place, design, patterns, measurement, weights, begin))
        except ValueError as error:
            raise ValueError(f"stage {stage.name}: {error}") from error
    return tuple(found)


def fit_stage(
    journeys: Journeys,
    place: int,
    design: Design,
    patterns: Patterns,
    measurement: Measurement | None,
    weights: np.ndarray,
    start: LevelModel | None,
    among: np.ndarray | None = None,
) -> LevelModel:
    """One stage, as `fit_stages` fits all; `among`, (rows,) of flags, leaves the other rows out of its model.

    The chance of being measured is a model of everybody, whoever the stage is fitted among.
    """
    here = weights if among is None else weights * among
    size, value = here * journeys.size[place], here * journeys.value[place]
    if measurement is not None and place == len(journeys.stages) - 1:
        inverse = measurement.weights(None if start is None else weights)
        size, value = size * inverse, value * inverse
    family = POISSON if journeys.stages[place].kind == COUNT else BINOMIAL
    return fit_levels(patterns, design.per_pattern(size), design.per_pattern(value), family, start=start)


def _refuse_unpassed(path: PathData, sample: Sample) -> None:
    """Raise ValueError naming the first stage that nobody of a level passes: there is no ratio to it."""
    journeys = path.journeys_of(sample)
    for stage, reached in zip(journeys.stages, journeys.reached, strict=True):
        found = np.bincount(sample.level[reached], minlength=len(sample.levels))
        for level, passed in zip(sample.levels, found, strict=True):
            if not passed:
                whom = "" if level == EVERYBODY else f" of {sample.exposure} = {level!r}"
                raise ValueError(f"nobody{whom} passes the stage {stage.name}; {MERGE}")


def measured_columns(measured: Mapping[str, Sequence[str]] | None) -> dict:
    """For the context of a result: step -> terms."""
    return {} if measured is None else {name: list(terms) for name, terms in measured.items()}
