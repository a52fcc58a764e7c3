"""What would close the gap: the path with some of its stages changed, by g-computation over the fitted stages.

Checked against R (own code on glm): tests/reference/pathway.R.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from numbers import Real

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.bootstrap import DRAWS, SEED, Draws, bootstrap, refuse_settings
from rehab_stats.estimate.model.contrasts import reference_counts
from rehab_stats.estimate.model.models import MERGE, stacked_models
from rehab_stats.estimate.model.sample import EVERYBODY, Roles, Sample, WrongCall, nearest, refuse_absent
from rehab_stats.estimate.pathway.changes import AT_LEAST, LIKE_GROUP, SET_TO, Change, set_to
from rehab_stats.estimate.pathway.measurement import Steps
from rehab_stats.estimate.pathway.reading_rows import PER
from rehab_stats.estimate.pathway.stage_models import (
    ROW,
    PathData,
    StageModels,
    measured_columns,
    models_by_level,
)
from rehab_stats.estimate.pathway.stages import COUNT, YES_NO, StageColumns
from rehab_stats.estimate.pathway.worlds import AS_OBSERVED, Group, Worlds
from rehab_stats.vocabulary import Estimates

SCENARIO = "scenario"
YEARLY = 10_000
"""Diagnosed in a year, of whom additional persons are told."""
Changes = Mapping[str, Change | float] | Mapping[str, Mapping[str, Change | float]]


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
        Stage -> change (`set_to`, `at_least`, `like_level`, `like_group`; a number is one to set the stage to), or
        several scenarios at once: name -> such a mapping. Stages that a scenario does not name stay as they are.
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
    if data.empty:  # before the changes: without rows there are none to name
        raise ValueError("data has no rows")
    changes = _named(change, stages)
    if isinstance(adjust, Mapping):
        raise WrongCall("scenario takes one list of terms as adjust, not several")
    if exposure in data and (data[exposure].astype(object) == EVERYBODY).any():
        raise WrongCall(f"no level of {exposure} may be called {EVERYBODY!r}: that is the name of all of them together")
    columns = sorted({one.column for each in changes.values() for one in each.values() if one.kind == LIKE_GROUP})
    refuse_absent(data, columns)
    path = PathData.of(data, stages, adjust, measured=measured, period=period)
    _refuse_chances(changes, path)
    groups: dict[str, Group] = {}
    stream = (np.random.default_rng(SEED) if rng is None else rng).spawn(1)[0]

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        fitted = models_by_level(path, sample, terms)
        world = Worlds.of(fitted, changes, path.data.iloc[path.rows_of(sample)])
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
    single = any(isinstance(one, Change | Real) for one in change.values())
    found = {SCENARIO: change} if single else change
    for name, each in found.items():
        if name == AS_OBSERVED or not isinstance(each, Mapping) or not each:
            raise WrongCall(f"the scenario {name!r} must have another name than {AS_OBSERVED} and change a stage")
        for stage, one in each.items():
            if stage not in stages:
                raise WrongCall(f"the scenario {name}: there is no stage {stage!r}{nearest(stage, stages)}")
            if not isinstance(one, Change | Real):
                raise WrongCall(f"the scenario {name}: {stage} must be a change such as set_to(1), not {one!r}")
    return {
        name: {stage: one if isinstance(one, Change) else set_to(one) for stage, one in each.items()}
        for name, each in found.items()
    }


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


def _rows(world: Worlds, point: np.ndarray, found: Draws) -> list[dict]:
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
                    told = {"measure": f"{measure}_{kind}"} | _contrast(fitted, counts[k], a)
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
                told = {"measure": "gap_change", "per": PER} | _contrast(fitted, counts[k], a)
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


def _contrast(fitted: StageModels, counts: Mapping[str, Mapping[str, int]], a: int) -> dict:
    level = fitted.names[a]
    there = reference_counts(fitted.sample, counts)
    return {"level": level, "reference": fitted.sample.reference} | counts[level] | there
