"""The path as observed and with stages changed: what every scenario makes of every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.design_matrix import term_variables
from rehab_stats.estimate.model.level_models import BINOMIAL, LevelModel
from rehab_stats.estimate.model.models import MERGE
from rehab_stats.estimate.model.sample import code, nearest
from rehab_stats.estimate.pathway.changes import AT_LEAST, LIKE_GROUP, LIKE_LEVEL, SET_TO, Change
from rehab_stats.estimate.pathway.stage_models import StageModels, fit_stage

AS_OBSERVED = "as_observed"
LEAST_OF_CATEGORY, MANY_VALUES = 20, 10
"""Rows that each category of a covariate must have in a group, and distinct values a number must have there."""


@dataclass(frozen=True)
class Group:
    """A stage's model among the rows of one group.

    Attributes
    ----------
    stage : position of the stage.
    rows : (rows,) of flags.
    kept : columns of the patterns' covariates that the group can tell apart.
    left_out : covariates that it cannot, and that its model therefore does without.
    model : in the whole sample.
    """

    stage: int
    rows: np.ndarray
    kept: np.ndarray
    left_out: tuple[str, ...]
    model: LevelModel

    def fitted(self, stages: StageModels, weights: np.ndarray, *, again: bool = True) -> LevelModel:
        """The model under a weight per row."""
        whole, start = stages.patterns, self.model if again else None
        names = tuple(np.array(whole.names)[self.kept])
        own = replace(whole, covariates=whole.covariates[:, self.kept], names=names, spread=whole.spread[self.kept])
        how = (stages.design, own, stages.measurement, weights, start)
        return fit_stage(stages.journeys, self.stage, *how, among=self.rows)

    def chance(self, stages: StageModels, model: LevelModel) -> np.ndarray:
        """(patterns, levels): what the group's model says of everybody."""
        return np.concatenate([model.means(covariates[:, self.kept]) for covariates in stages.settings], axis=1)


@dataclass(frozen=True)
class Worlds:
    """The path as observed and under each scenario.

    Attributes
    ----------
    fitted : StageModels
    changes : scenario -> stage -> change
    groups : (stage, column, group) -> its model in the whole sample.
    """

    fitted: StageModels
    changes: Mapping[str, Mapping[str, Change]]
    groups: Mapping[tuple[str, str, str], Group]

    @classmethod
    def of(cls, fitted: StageModels, changes: Mapping[str, Mapping[str, Change]], data: pd.DataFrame) -> Worlds:
        groups: dict[tuple[str, str, str], Group] = {}
        for name, each in changes.items():
            for stage, one in each.items():
                if one.kind == LIKE_LEVEL and one.value not in fitted.names:
                    levels = nearest(one.value, fitted.names)
                    raise ValueError(f"the scenario {name}: nobody has the level {one.value!r}{levels}")
                if one.kind == LIKE_GROUP:
                    key = (stage, one.column, str(one.value))
                    groups[key] = cls._group(fitted, key, data[one.column].map(code, na_action="ignore"), name)
        return cls(fitted, changes, groups)

    @classmethod
    def _group(cls, fitted: StageModels, key: tuple[str, str, str], column: pd.Series, name: str) -> Group:
        rows = (column == key[2]).to_numpy(dtype=bool)
        if not rows.any():
            known = nearest(key[2], sorted(column.dropna().unique()))
            raise ValueError(f"the scenario {name}: no row has {key[1]} = {key[2]!r}{known}")
        place = fitted.journeys.names.index(key[0])
        whom = f"the scenario {name}: stage {key[0]} among {key[1]} = {key[2]!r}"
        reached = fitted.journeys.reached[place] & rows
        for level, passed in zip(fitted.names, np.bincount(fitted.sample.level[reached], minlength=1), strict=False):
            if not passed:
                raise ValueError(f"{whom}: nobody of {fitted.sample.exposure} = {level!r} passes it; {MERGE}")
        kept, left_out = _told_apart(fitted, rows & (fitted.journeys.size[place] > 0))
        nothing = LevelModel(BINOMIAL, np.zeros(0), np.zeros(0), False)
        group = Group(place, rows, kept, left_out, nothing)
        try:
            return replace(group, model=group.fitted(fitted, np.ones(len(rows)), again=False))
        except ValueError as error:
            raise ValueError(f"{whom}: {error}") from error

    @property
    def names(self) -> tuple[str, ...]:
        return (AS_OBSERVED, *self.changes)

    @property
    def groups_of_scenarios(self) -> dict[str, Group]:
        """Scenario -> the group that it takes a stage from."""
        return {
            name: self.groups[stage, one.column, str(one.value)]
            for name, each in self.changes.items()
            for stage, one in each.items()
            if one.kind == LIKE_GROUP
        }

    def numbers(self, models: Sequence[LevelModel], share: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """(worlds, stages, levels and everybody); under a weight per row the groups' models are fitted anew."""
        observed = self.fitted.chances(models)
        found = [self._quantities(observed, share)]
        for each in self.changes.values():
            changed = observed.copy()
            for stage, one in each.items():
                place = self.fitted.journeys.names.index(stage)
                changed[place] = self._changed(stage, one, observed[place], weights)
            found.append(self._quantities(changed, share))
        return np.stack(found)

    def _changed(self, stage: str, one: Change, chance: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        if one.kind == SET_TO:
            return np.full_like(chance, float(one.value))
        if one.kind == AT_LEAST:
            return np.maximum(chance, float(one.value))
        if one.kind == LIKE_LEVEL:
            return np.repeat(chance[:, [self.fitted.names.index(str(one.value))]], chance.shape[1], axis=1)
        group = self.groups[stage, one.column, str(one.value)]
        model = group.model if weights is None else group.fitted(self.fitted, weights)
        return group.chance(self.fitted, model)

    def _quantities(self, chances: np.ndarray, share: np.ndarray) -> np.ndarray:
        products = np.cumprod(chances, axis=0)
        own = products[:, np.arange(len(share)), self.fitted.patterns.level]
        return np.concatenate([np.einsum("p,kps->ks", share, products), (own @ share)[:, None]], axis=1)


def _told_apart(fitted: StageModels, rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Columns of the covariates whose terms a group of rows can tell apart, and the variables of the others.

    A category, or one of two values, must have `LEAST_OF_CATEGORY` rows in the group: else some odd ones of another
    kind, who were sent there by mistake, would stand for all of their kind.
    """
    sample, design = fitted.sample, fitted.design
    exposure = design.terms[sample.exposure]
    order = [column for column in range(1, len(design.names)) if column not in exposure]
    kept, left_out = np.zeros(len(order), dtype=bool), []
    for term, columns in design.terms.items():
        if term == sample.exposure:
            continue
        variables = term_variables([term], list(sample.frame.columns))
        poor = [name for name in variables if not _spread_enough(sample.frame[name], rows)]
        left_out += poor
        kept[[order.index(column) for column in columns]] = not poor
    return np.flatnonzero(kept), tuple(dict.fromkeys(left_out))


def _spread_enough(column: pd.Series, rows: np.ndarray) -> bool:
    values = column[rows]
    if isinstance(column.dtype, pd.CategoricalDtype) or column.nunique() == 2:
        counts = values.value_counts().reindex(column.dropna().unique(), fill_value=0)
        return bool((counts >= LEAST_OF_CATEGORY).all())
    return values.nunique() >= min(MANY_VALUES, column.nunique())
