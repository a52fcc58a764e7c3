"""What would close the gap: the path with some of its stages changed, by g-computation over the fitted stages.

Checked against R (own code on glm): tests/reference/pathway.R.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.bootstrap import DRAWS, SEED, Draws, bootstrap, refuse_settings
from rehab_stats.estimate.model.design_matrix import term_variables
from rehab_stats.estimate.model.level_models import BINOMIAL, POISSON, LevelModel, fit_levels
from rehab_stats.estimate.model.models import MERGE, stacked_models
from rehab_stats.estimate.model.sample import EVERYBODY, Roles, Sample, WrongCall, code, nearest, refuse_absent
from rehab_stats.estimate.pathway.changes import AT_LEAST, LIKE_GROUP, LIKE_LEVEL, SET_TO, Change
from rehab_stats.estimate.pathway.decomposition import PER
from rehab_stats.estimate.pathway.measurement import Steps
from rehab_stats.estimate.pathway.stage_models import (
    ROW,
    PathData,
    StageModels,
    measured_columns,
    models_by_level,
)
from rehab_stats.estimate.pathway.stages import COUNT, YES_NO, StageColumns
from rehab_stats.vocabulary import Estimates

AS_OBSERVED, SCENARIO = "as_observed", "scenario"
YEARLY = 10_000
"""Diagnosed in a year, of whom additional persons are told."""
LEAST_OF_CATEGORY, MANY_VALUES = 20, 10
"""Rows that each category of a covariate must have in a group, and distinct values a number must have there."""
Changes = Mapping[str, Change] | Mapping[str, Mapping[str, Change]]


def scenario(
    data: pd.DataFrame,
    *,
    stages: StageColumns,
    exposure: str,
    change: Changes,
    adjust: Sequence[str] = (),
    reference: object = None,
    measured: Steps | None = None,
    period: bool = False,
    person: str | None = None,
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
    workers: int = 1,
) -> Estimates:
    """Levels and gap as observed and with stages changed: what systematic referral, or a visit at home, would do.

    Parameters
    ----------
    data, stages, exposure, reference, measured, period, person, draws, rng, workers
        As in `pathway`.
    change : mapping
        Stage -> change (`set_to`, `at_least`, `like_level`, `like_group`), or several scenarios at once: name -> such
        a mapping. Stages that a scenario does not name stay as they are.
    adjust : sequence of str
        One set of terms.

    Returns
    -------
    Estimates
        `model` is `as_observed` or the scenario's name (`scenario` when there is one without a name). Per stage: `risk`
        (a share of the persons at the start; `mean` from a count on) of each level and of `everybody` with their own
        levels; for each level but the reference its `risk_difference` and `risk_ratio` (or of means). Per scenario
        besides: `additional` persons or sessions per year where 10,000 are diagnosed in a year, of each level (as if
        all were of it) and of everybody; and `gap_change`, the difference under the scenario less that as observed.
        Errors and limits as in `pathway`. `n`: persons at the start, `events`: those of them seen to have passed the
        stage, as observed. Details: `n_reference`, `events_reference`, `per`. Diagnostics as `pathway`, and
        `change.<scenario>`, `assumed.<scenario>`: in words; `group_n.<scenario>`, `left_out.<scenario>`: rows of the
        group of a `like_group`, and covariates of which it has too few to tell (see there).

    Raises
    ------
    ValueError
        As `pathway`; a level or group that is not there; a group in which a level never came to the stage. `WrongCall`:
        a stage that is not there, a chance above 1, a change that is none, a scenario called `as_observed`.

    Notes
    -----
    With p_j'(e, x) the changed stages, Q_k'(e) = mean over x of p_1' ... p_k'; for everybody the mean at their own e.
    Draws refit all stages, and those of a group, but do not choose a group anew.

    Assumed: whoever comes to a stage only through the change passes the next stages as persons alike in level and
    covariates do now (those not referred today may need, or want, rehabilitation less: then too much is promised); the
    centre has room; levels and covariates are all that decides, so that the fitted stages would hold. For a share of
    a count (sessions attended of those booked) it is assumed that it stays the same when more are booked.

    Checked by hand and against R in tests/estimate/pathway/test_scenarios.py.
    """
    refuse_settings(draws, workers, rng)
    changes = _named(change, stages)
    if isinstance(adjust, Mapping):
        raise WrongCall("scenario takes one list of terms as adjust, not several")
    if exposure in data and (data[exposure].astype(object) == EVERYBODY).any():
        raise WrongCall(f"no level of {exposure} may be called {EVERYBODY!r}: that is the name of all of them together")
    columns = sorted({one.column for each in changes.values() for one in each.values() if one.kind == LIKE_GROUP})
    refuse_absent(data, columns)
    path = PathData.of(data, stages, adjust, measured=measured, period=period)
    _refuse_chances(changes, path)
    groups: dict[str, _Group] = {}
    stream = (np.random.default_rng(SEED) if rng is None else rng).spawn(1)[0]

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        fitted = models_by_level(path, sample, terms)
        world = _Worlds.of(fitted, changes, path.data.iloc[sample.frame[ROW].to_numpy().astype(int)])
        point = world.numbers(fitted.models, fitted.share, None)
        found = bootstrap(
            fitted.drawn(lambda models, share, rows: _or_failed(world.numbers(models, share, rows))),
            len(fitted.groups),
            groups=fitted.groups,
            draws=draws,
            rng=deepcopy(stream),
            workers=workers,
        )
        groups.update(world.groups_of_scenarios)
        about = {"rows_without_start": path.left_out, "draws": draws, "draws_failed": found.failed}
        return _rows(world, point, found), fitted.diagnostics | about

    result = stacked_models(
        path.data,
        Roles(exposure, (ROW,), reference, person),
        tuple(adjust),
        estimate,
        check=lambda prepared: None,
        advice=MERGE,
        method="",
        context={},
    )
    assumed = {f"assumed.{name}": "; ".join(_assumed(each, path)) for name, each in changes.items()}
    told: dict[str, object] = {
        f"change.{name}": "; ".join(one.words(stage) for stage, one in each.items()) for name, each in changes.items()
    }
    said = [str(words) for words in told.values()]
    told |= {f"group_n.{name}": int(group.rows.sum()) for name, group in groups.items()}
    told |= {f"left_out.{name}": ", ".join(group.left_out) for name, group in groups.items()}
    last = path.journeys.names[-1]
    return result.replaced(
        diagnostics=result.diagnostics | told | assumed,
        method=f"{last} by {exposure} as observed and with stages changed ({'; '.join(said)}), by "
        f"g-computation over the fitted stages ({', '.join(path.journeys.names)}), standardised to everybody at the "
        f"start; percentile 95 % intervals of {draws} bootstrap draws of persons, all stages refitted. Assumed: "
        f"{'; '.join(dict.fromkeys(one for each in changes.values() for one in _assumed(each, path)))}.",
        context={
            "outcome": last,
            "exposure": exposure,
            "adjust": {name: list(adjust) for name in (AS_OBSERVED, *changes)},
            "stages": list(path.journeys.names),
            "kinds": [stage.kind for stage in path.journeys.stages],
            "changes": {
                name: {stage: (one.kind, one.value, one.column) for stage, one in each.items()}
                for name, each in changes.items()
            },
            "measured": measured_columns(measured),
            "group_n": {name: int(group.rows.sum()) for name, group in groups.items()},
            "left_out": {name: list(group.left_out) for name, group in groups.items() if group.left_out},
        },
    )


def _or_failed(numbers: np.ndarray) -> np.ndarray:
    """In one line; a draw in which a level reaches nothing has no ratio, and so no numbers."""
    return np.where(numbers > 0, numbers, np.nan).ravel()


def _named(change: Changes, stages: StageColumns) -> dict[str, dict[str, Change]]:
    """Scenario -> stage -> change."""
    if not isinstance(change, Mapping) or not change:
        raise WrongCall("change must be a mapping of stage -> change, or of scenario -> such a mapping")
    single = any(isinstance(one, Change) for one in change.values())
    found = {SCENARIO: change} if single else change
    for name, each in found.items():
        if name == AS_OBSERVED or not isinstance(each, Mapping) or not each:
            raise WrongCall(f"the scenario {name!r} must have another name than {AS_OBSERVED} and change a stage")
        for stage, one in each.items():
            if stage not in stages:
                raise WrongCall(f"the scenario {name}: there is no stage {stage!r}{nearest(stage, stages)}")
            if not isinstance(one, Change):
                raise WrongCall(f"the scenario {name}: {stage} must be a change such as set_to(1), not {one!r}")
    return {name: dict(each) for name, each in found.items()}


def _refuse_chances(changes: Mapping[str, Mapping[str, Change]], path: PathData) -> None:
    kinds = {stage.name: stage.kind for stage in path.journeys.stages}
    for name, each in changes.items():
        for stage, one in each.items():
            if one.kind in (SET_TO, AT_LEAST) and kinds[stage] != COUNT and float(one.value) > 1:
                raise WrongCall(f"the scenario {name}: {stage} is a chance and cannot be {one.value:g}")


def _assumed(each: Mapping[str, Change], path: PathData) -> list[str]:
    """What a scenario takes for granted, in English."""
    names = path.journeys.names
    found = []
    first = min(names.index(stage) for stage in each)
    if first < len(names) - 1:
        found.append("whoever comes further through the change passes the next stages as those alike do now")
    if any(one.kind == LIKE_GROUP for one in each.values()):
        found.append("the group does so for reasons that would hold elsewhere, and was not merely lucky")
    return [*found, "there is room for them"]


@dataclass(frozen=True)
class _Group:
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
        here, journeys = weights * self.rows, stages.journeys
        size, value = here * journeys.size[self.stage], here * journeys.value[self.stage]
        if stages.measurement is not None and self.stage == len(journeys.stages) - 1:
            inverse = stages.measurement.weights(weights if again else None)
            size, value = size * inverse, value * inverse
        family = POISSON if journeys.stages[self.stage].kind == COUNT else BINOMIAL
        per, whole = stages.design.per_pattern, stages.patterns
        names = tuple(np.array(whole.names)[self.kept])
        own = replace(whole, covariates=whole.covariates[:, self.kept], names=names, spread=whole.spread[self.kept])
        return fit_levels(own, per(size), per(value), family, start=self.model if again else None)

    def chance(self, stages: StageModels, model: LevelModel) -> np.ndarray:
        """(patterns, levels): what the group's model says of everybody."""
        return np.concatenate([model.means(covariates[:, self.kept]) for covariates in stages.settings], axis=1)


@dataclass(frozen=True)
class _Worlds:
    """The path as observed and under each scenario.

    Attributes
    ----------
    fitted : StageModels
    changes : scenario -> stage -> change
    groups : (stage, column, group) -> its model in the whole sample.
    """

    fitted: StageModels
    changes: Mapping[str, Mapping[str, Change]]
    groups: Mapping[tuple[str, str, str], _Group]

    @classmethod
    def of(cls, fitted: StageModels, changes: Mapping[str, Mapping[str, Change]], data: pd.DataFrame) -> _Worlds:
        groups: dict[tuple[str, str, str], _Group] = {}
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
    def _group(cls, fitted: StageModels, key: tuple[str, str, str], column: pd.Series, name: str) -> _Group:
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
        group = _Group(place, rows, kept, left_out, nothing)
        try:
            return replace(group, model=group.fitted(fitted, np.ones(len(rows)), again=False))
        except ValueError as error:
            raise ValueError(f"{whom}: {error}") from error

    @property
    def names(self) -> tuple[str, ...]:
        return (AS_OBSERVED, *self.changes)

    @property
    def groups_of_scenarios(self) -> dict[str, _Group]:
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


def _rows(world: _Worlds, point: np.ndarray, found: Draws) -> list[dict]:
    """Quantities of every world, then contrasts between levels, then what a scenario changes."""
    fitted, draws = world.fitted, found.values.reshape(-1, *point.shape)
    levels = (*fitted.names, EVERYBODY)
    base = fitted.names.index(fitted.sample.reference)
    upper = [place for place in range(len(fitted.names)) if place != base]
    counts = _counts(fitted)
    rows = []

    def row(values: np.ndarray, drawn: np.ndarray, *, log: bool = False) -> dict:
        put = np.log if log else np.asarray
        low, high = Draws(put(drawn)[:, None], 0).limits()
        back = np.exp if log else float
        error = float(put(drawn).std(ddof=1))
        return {"estimate": float(values), "std_error": error, "conf_low": back(low[0]), "conf_high": back(high[0])}

    for w, name in enumerate(world.names):
        for k, stage in enumerate(fitted.journeys.names):
            measure = "risk" if all(one.kind == YES_NO for one in fitted.journeys.stages[: k + 1]) else "mean"
            per = {"per": PER} if measure == "mean" else {}
            common = {"model": name, "outcome": stage}
            here, there = point[w, k], draws[:, w, k]
            for a, level in enumerate(levels):
                told = {"measure": measure, "level": level} | counts[k][level]
                rows.append(common | told | per | row(here[a], there[:, a]))
            for kind, log in (("difference", False), ("ratio", True)):
                for a in upper:
                    told = {"measure": f"{measure}_{kind}"} | _contrast(fitted, counts[k], a, base)
                    value, drawn = (
                        (here[a] / here[base], there[:, a] / there[:, base])
                        if log
                        else (here[a] - here[base], there[:, a] - there[:, base])
                    )
                    rows.append(common | told | ({} if log else per) | row(value, drawn, log=log))
            if not w:
                continue
            more, drawn_more = here - point[0, k], there - draws[:, 0, k]
            for a, level in enumerate(levels):
                told = {"measure": "additional", "level": level} | counts[k][level]
                rows.append(common | told | row(YEARLY * more[a], YEARLY * drawn_more[:, a]))
            for a in upper:
                told = {"measure": "gap_change", "per": PER} | _contrast(fitted, counts[k], a, base)
                rows.append(common | told | row(more[a] - more[base], drawn_more[:, a] - drawn_more[:, base]))
    return rows


def _counts(fitted: StageModels) -> list[dict[str, dict[str, int]]]:
    """Per stage and level, and of everybody, persons at the start and those seen to have passed the stage."""
    sample, journeys = fitted.sample, fitted.journeys
    n, found = sample.persons(journeys.started), []
    for reached in journeys.reached:
        events = sample.persons(reached)
        own = {level: {"n": n[level], "events": events[level]} for level in fitted.names}
        found.append(own | {EVERYBODY: {"n": sum(n.values()), "events": sum(events.values())}})
    return found


def _contrast(fitted: StageModels, counts: Mapping[str, Mapping[str, int]], a: int, base: int) -> dict:
    level, reference = fitted.names[a], fitted.names[base]
    there = {f"{name}_reference": count for name, count in counts[reference].items()}
    return {"level": level, "reference": reference} | counts[level] | there
