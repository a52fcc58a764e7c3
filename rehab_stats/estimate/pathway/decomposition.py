"""At which step does the gap arise: the way from the diagnosis to the end of rehabilitation, stage by stage.

Checked against R (own code on glm): tests/reference/pathway.R.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.bootstrap import DRAWS, SEED, Draws, bootstrap, refuse_settings
from rehab_stats.estimate.model.fieller import fieller_shares
from rehab_stats.estimate.model.level_models import LevelModel
from rehab_stats.estimate.model.models import MERGE, Adjustment, stacked_models
from rehab_stats.estimate.model.sample import EVERYBODY, Prepared, Roles, Sample, WrongCall, nearest
from rehab_stats.estimate.pathway.measurement import Steps
from rehab_stats.estimate.pathway.readings import READINGS, SEQUENTIAL, Reading, read
from rehab_stats.estimate.pathway.stage_models import (
    ROW,
    PathData,
    StageModels,
    check_ridits,
    measured_columns,
    models_by_level,
    models_by_rank,
)
from rehab_stats.estimate.pathway.stages import TOTAL, StageColumns
from rehab_stats.vocabulary import Estimates

PER = 100.0
"""Quantities and contributions are of one person diagnosed, and printed per so many."""
WIDEST_SHARE = 10.0
"""Shares of a level with a limit beyond it (1,000 %) say nothing: its total is all but zero."""
READING, REORDERED = "reading", "reordered"


def pathway(
    data: pd.DataFrame,
    *,
    stages: StageColumns,
    exposure: str,
    adjust: Adjustment = (),
    reference: object = None,
    reading: str = SEQUENTIAL,
    order: Sequence[str] = (),
    measured: Steps | None = None,
    period: bool = False,
    person: str | None = None,
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
    workers: int = 1,
) -> Estimates:
    """How much of the gap at the end of the path each of its stages makes, by level against the reference.

    Parameters
    ----------
    data : DataFrame
        One row per person at the start, the diagnosed (see `person`); not changed.
    stages : mapping
        Stage -> column, in the order in which they are passed: 0 and 1, and as the last one perhaps a count (sessions).
        Where the columns contradict the mapping's order (somebody passed a stage though an earlier one says no) and
        agree on another, models follow the columns, and the mapping's order is only that of the sequential reading
        (see `order`). Who contradicts it though there is no such order is counted (`skipped`) and not on the path.
        A count may be split into what was booked and the share of it attended: `{"booked": "sessions_booked",
        "attended": ("sessions_attended", "sessions_booked")}`. What a column says of who had not come that far is not
        used. A stage that is missing of somebody who had come that far is left out of its own and later models: it is
        taken to be missing at random given the level and the covariates (see `measured`).
    exposure, adjust, reference
        As in `odds_ratios`.
    reading : {"sequential", "shapley"}
        `sequential`: what is lost at a stage among those who in their own level came that far. `shapley`: what would be
        gone if the level passed the stage as the reference does, averaged over the orders in which stages may be set.
    order : sequence of str
        Order in which the sequential reading multiplies the stages, all of them named; empty: that of the mapping.
        Models stay those of the path. The Shapley reading knows no order.
    measured : mapping, optional
        Steps between coming to the last stage and its having a value, as `steps` of `response_weights`: those with a
        value are weighted by one over the chance of it (not stabilised, not truncated).
    period : bool
        Stages are seen in different persons: who is first seen at a later stage counts there, and the way through all
        stages is put together as if the period were one in which nothing changes (stationarity). Averages are over who
        is seen at the first stage.
    person : str, optional
        Column that says whose rows these are; a person's rows of one level are then drawn together.
    draws : int
        Bootstrap draws; in each all stages and weights are fitted anew. 200 to look at, 1,000 or more for print.
    rng : Generator, optional
        Default: numpy.random.default_rng(2015). Every model sees the same draws.
    workers : int
        Threads; the numbers are the same for any of them.

    Returns
    -------
    Estimates
        Per model and stage (`outcome`): for each level a `stage_quantity` Q (per person at the start), for each level
        but the reference a `stage_ratio`, its logarithm `log_contribution` and a `contribution`, the stage's part of
        the difference in the last Q; then the same three of the `total`. Only where the total's interval excludes zero
        (and no limit of a share lies beyond 1,000 %) a `share_of_total` of each stage (of the contributions; Fieller's
        limits), which may lie below 0 or above 1 where stages pull in different directions. `stratum` is
        `reading=<reading>` (`reading=reordered` for the sequential reading in another order than the path's), and
        `model` is the same where `adjust` is one list.
        `std_error`: standard deviation of the draws (of the logarithm for ratios); limits are their percentiles, there
        is no p. `n`: persons of the level at the start, `events`: those seen to have
        passed the stage. Details: `n_reference`, `events_reference`; `per`: how many persons at the start numbers are
        printed for; of ratios `passing`, `passing_reference`: Q over the Q before.
        Diagnostics: `rows_used`, `rows_dropped`, `rows_without_start`, `levels_empty`, `patterns`, `at_limit` (stages
        with a fitted chance of 0 or 1), per stage `at_stage`, `unseen`, `skipped` (`unseen.started`: had come that far
        and the value is missing; `skipped.started`: yes, though an earlier stage says no; not used), `measured`,
        `measurement.effective_n`, `draws`, `draws_failed`.

    Raises
    ------
    ValueError
        As `odds_ratios` and `response_weights`; stages as `stages.read_journeys` refuses them; a level of which nobody
        passes some stage; more than 5 % of the draws without an estimate. `WrongCall`: no such reading, an order that
        is not one of all stages.

    Notes
    -----
    p_j(e, x) is the fitted mean of stage j among those who passed all before it: logistic for yes and no, Poisson for
    counts, binomial for shares, main effects of e and x each. Over the x of everybody at the start

        Q_k(e) = mean of p_1(e, x) ... p_k(e, x),   R_k(e) = Q_k(e) / Q_(k-1)(e),   Q_0 = 1.

    Sequential: ratio R_k(e) / R_k(reference). The ratios multiply to the total ratio exactly; those of separately
    standardised stages do not, since who comes to a stage differs in x from the diagnosed. Contributions are the
    logarithms times the logarithmic mean of the two last Q (Ang 2004, doi 10.1016/j.enpol.2003.10.010), so they add up
    to the difference, and shares are the same on both scales. R_k is a share among those who came so far in their own
    level: stages before it have selected them, in e and in x.

    Shapley: v(S) = mean of the product of p_j taken at e for stages in S and at the reference otherwise; contributions
    are the Shapley values of v, log contributions those of log v (Shorrocks 2013, doi 10.1007/s10888-011-9214-z). It
    asks what changing a stage would do, and needs what no register has: that whoever would newly come to a stage passes
    the next ones as those alike in e and x do. The readings differ as far as e and x act together.

    Education is not assigned to anybody, and both readings are of the stages as the columns define them. An unmeasured
    cause of several stages makes the later p_j those of a selection: see `unmeasured_cause`.

    Checked by hand, against R and on data with known parts in tests/estimate/pathway/test_decomposition.py.
    """
    (found,) = _of_levels(
        (reading,),
        data,
        stages,
        exposure,
        adjust=adjust,
        reference=reference,
        order=order,
        measured=measured,
        period=period,
        person=person,
        draws=draws,
        rng=rng,
        workers=workers,
    )
    return found


def pathway_readings(
    data: pd.DataFrame, *, stages: StageColumns, exposure: str, adjust: Adjustment = (), **options: object
) -> dict[str, Estimates]:
    """Both readings from the same fitted stages and the same draws: reading -> what `pathway` gives, at half the price.

    Parameters
    ----------
    data, stages, exposure, adjust
        As in `pathway`.
    options : reference, order, measured, period, person, draws, rng, workers, as in `pathway`.

    Returns
    -------
    dict of str to Estimates
        Each the same, number by number, as `pathway(reading=...)` with a generator in the same state.

    Raises
    ------
    ValueError
        As `pathway`; when the draws of one reading fail, both are refused.

    Notes
    -----
    Nearly all of the time goes into fitting the stages anew in each draw. Checked in
    tests/estimate/pathway/test_decomposition.py.
    """
    return dict(zip(READINGS, _of_levels(READINGS, data, stages, exposure, adjust=adjust, **options), strict=True))


def pathway_slope(
    data: pd.DataFrame,
    *,
    stages: StageColumns,
    rank: str,
    ridit: str | None = None,
    adjust: Adjustment = (),
    reading: str = SEQUENTIAL,
    order: Sequence[str] = (),
    measured: Steps | None = None,
    period: bool = False,
    person: str | None = None,
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
    workers: int = 1,
) -> Estimates:
    """The same between the two ends of a ladder: what each stage makes of the slope over the ridits.

    Parameters
    ----------
    rank : str
        The ladder, low to high: an ordered category, or numbers. Rows of the category `unknown` or without a value have
        no place: they are left out and counted.
    ridit : str, optional
        Column of places between 0 and 1; by default they are computed among the rows at the start, and stay as they are
        in every draw (draws keep the number of persons on each step).
    stages, adjust, reading, order, measured, period, person, draws, rng, workers
        As in `pathway`.

    Returns
    -------
    Estimates
        As `pathway`, the ends being the levels `top` and, as the reference, `bottom`. Diagnostics besides:
        `rows_unranked`.

    Raises
    ------
    ValueError
        As `pathway`; one step only; a ridit outside 0 to 1.

    Notes
    -----
    Every stage has the ridit as a straight line on the scale of its link; nobody stands at 0 or 1, both are read off
    the line (see `slope_indices`). The `contribution` of the total is the slope index of the last quantity.

    Checked against R in tests/estimate/pathway/test_decomposition.py.
    """
    path = PathData.of(data, stages, adjust, measured=measured, period=period)
    read_as = _Asked.of(path, reading, tuple(order) or tuple(stages), draws, rng, workers)

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        rows, about = read_as.rows(models_by_rank(path, sample, terms, ridit), path)
        about.pop("levels_empty")
        return rows, about | {"rows_unranked": sample.rows_unranked}

    found = stacked_models(
        path.data,
        Roles(rank, (ROW,) if ridit is None else (ROW, ridit), None, person, ranked=True),
        adjust,
        estimate,
        check=lambda prepared: check_ridits(prepared, ridit),
        advice="leave a term out",
        method="",
        context=read_as.context(path, rank),
    )
    method = read_as.method(path, f"between the ends of the ladder {rank}, by ridits", period)
    return read_as.named(found, adjust, method=method)


def _of_levels(
    readings: Sequence[str],
    data: pd.DataFrame,
    stages: StageColumns,
    exposure: str,
    *,
    adjust: Adjustment,
    reference: object = None,
    order: Sequence[str] = (),
    measured: Steps | None = None,
    period: bool = False,
    person: str | None = None,
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
    workers: int = 1,
) -> list[Estimates]:
    """One result a reading, of stages and draws that are fitted once."""
    path = PathData.of(data, stages, adjust, measured=measured, period=period)
    first = _Asked.of(path, readings[0], tuple(order) or tuple(stages), draws, rng, workers)
    asked = [first, *(replace(first, reading=reading) for reading in readings[1:])]

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        found, about = _read(asked, models_by_level(path, sample, terms), path)
        return [{"place": place} | row for place, rows in enumerate(found) for row in rows], about

    found = stacked_models(
        path.data,
        Roles(exposure, (ROW,), reference, person),
        adjust,
        estimate,
        check=_no_check,
        advice=MERGE,
        method="",
        context=first.context(path, exposure),
    )
    rows, details = found.tidy(), found.details()
    results = []
    for place, one in enumerate(asked):
        mine = details["place"] == place
        part = found.replaced(
            rows=rows[mine],
            details=details.loc[mine].drop(columns="place"),
            context=found.context | {"reading": one.reading},
        )
        results.append(one.named(part, adjust, method=one.method(path, f"by {exposure}", period)))
    return results


def _no_check(prepared: Prepared) -> None:
    """Stages were checked as they were read."""


@dataclass(frozen=True)
class _Asked:
    """What was asked for, and how a fitted path becomes rows."""

    reading: str
    names: tuple[str, ...]
    order: tuple[int, ...]
    draws: int
    stream: np.random.Generator
    workers: int

    @classmethod
    def of(
        cls,
        path: PathData,
        reading: str,
        order: tuple[str, ...],
        draws: int,
        rng: np.random.Generator | None,
        workers: int,
    ) -> _Asked:
        refuse_settings(draws, workers, rng)
        if reading not in READINGS:
            raise WrongCall(
                f"reading must be one of {', '.join(READINGS)}, not {reading!r}{nearest(reading, READINGS)}"
            )
        names = path.journeys.names
        if sorted(order) != sorted(names):
            raise WrongCall(f"order must name every stage once ({', '.join(names)}), not {', '.join(order)}")
        stream = (np.random.default_rng(SEED) if rng is None else rng).spawn(1)[0]
        return cls(reading, names, tuple(names.index(name) for name in order), draws, stream, workers)

    @property
    def reordered(self) -> bool:
        """Whether the sequential reading takes the stages in another order than the path."""
        return self.reading == SEQUENTIAL and self.order != tuple(range(len(self.names)))

    def context(self, path: PathData, exposure: str) -> dict:
        return {
            "outcome": self.names[-1],
            "exposure": exposure,
            "stages": list(self.names),
            "kinds": [stage.kind for stage in path.journeys.stages],
            "reading": self.reading,
            "measured": measured_columns(path.measured),
        }

    def method(self, path: PathData, compared: str, period: bool) -> str:
        """What is common to all readings, then the reading."""
        how = "Shapley reading: each stage set to the reference's in every order of the stages."
        if self.reading == SEQUENTIAL:
            order = (
                f"in the order {', '.join(self.names[k] for k in self.order)}" if self.reordered else "along the path"
            )
            how = f"Sequential reading: ratios of the shares passing each stage among those who came so far, {order}."
        weighted = "; the last stage weighted by one over the chance of being measured" if path.measured else ""
        stationary = "; stages seen in different persons of one period, assumed stationary" if period else ""
        return (
            f"Gap in {self.names[-1]} {compared} over {len(self.names)} stages ({', '.join(self.names)}), standardised "
            f"to everybody at the start{weighted}{stationary}; percentile 95 % intervals of {self.draws} bootstrap "
            f"draws of persons, all stages refitted. {how}"
        )

    def named(self, found: Estimates, adjust: Adjustment, *, method: str) -> Estimates:
        """With the reading as stratum, and as model where there is one set of terms without a name."""
        told = REORDERED if self.reordered else self.reading
        rows = found.tidy().assign(stratum=f"{READING}={told}")
        context = found.context | {"stratum": READING}
        if not isinstance(adjust, Mapping):
            rows["model"] = told
            context["adjust"] = {told: list(adjust)}
        return found.replaced(rows=rows, method=method, context=context)

    def rows(self, fitted: StageModels, path: PathData) -> tuple[list[dict], dict]:
        (rows,), about = _read([self], fitted, path)
        return rows, about


def _read(asked: Sequence[_Asked], fitted: StageModels, path: PathData) -> tuple[list[list[dict]], dict]:
    """Rows of each of several readings that differ in nothing else, from the same draws; and the diagnostics."""
    base = 0 if fitted.sample.reference == EVERYBODY else fitted.names.index(fitted.sample.reference)
    upper = [place for place in range(len(fitted.names)) if place != base]
    first = asked[0]

    def readings(models: Sequence[LevelModel], share: np.ndarray) -> list[Reading]:
        how = {"base": base, "upper": upper, "order": first.order}
        chances = fitted.chances(models)
        return [read(chances, share, reading=one.reading, **how) for one in asked]

    points = readings(fitted.models, fitted.share)
    found = bootstrap(
        fitted.drawn(lambda models, share, _: np.concatenate([one.numbers for one in readings(models, share)])),
        len(fitted.groups),
        groups=fitted.groups,
        draws=first.draws,
        rng=deepcopy(first.stream),
        workers=first.workers,
    )
    parts = np.split(found.values, len(asked), axis=1)
    rows = [
        _Rows(fitted, point, Draws(part, found.failed), base, upper).all()
        for point, part in zip(points, parts, strict=True)
    ]
    about = {"rows_without_start": path.left_out, "draws": first.draws, "draws_failed": found.failed}
    return rows, fitted.diagnostics | about


@dataclass(frozen=True)
class _Rows:
    """A reading and its draws as rows of a result."""

    fitted: StageModels
    point: Reading
    found: Draws
    base: int
    upper: Sequence[int]

    def all(self) -> list[dict]:
        stages = self.fitted.journeys.names
        quantity, logs, parts = self._split(self.point.numbers)
        errors = self._split(self.found.errors)
        low, high = (self._split(limit) for limit in self.found.limits())
        rows = []
        for k, stage in enumerate([*stages, TOTAL]):
            counts = self._counts(k)
            if stage != TOTAL:
                rows += [
                    {"outcome": stage, "measure": "stage_quantity", "level": self.fitted.names[a], "per": PER}
                    | _numbers(quantity, errors[0], low[0], high[0], (k, a))
                    | counts[a]
                    for a in range(len(self.fitted.names))
                ]
            common = [{"outcome": stage} | self._contrast(a, counts) for a in self.upper]
            ratios = _numbers_of(logs, errors[1], low[1], high[1], k, len(self.upper), np.exp)
            rows += [
                {"measure": "stage_ratio"} | one | row | self._passing(k, a)
                for one, row, a in zip(common, ratios, self.upper, strict=True)
            ]
            for measure, place, values in (("log_contribution", 1, logs), ("contribution", 2, parts)):
                found = _numbers_of(values, errors[place], low[place], high[place], k, len(self.upper))
                more = {"per": PER} if measure == "contribution" else {}
                rows += [{"measure": measure} | one | row | more for one, row in zip(common, found, strict=True)]
        return rows + self._shares(parts, low[2], high[2])

    def _split(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Quantities (stages, settings), logs and parts (stages and total, upper settings)."""
        stages, settings = self.point.quantity.shape
        ends = np.cumsum([stages * settings, (stages + 1) * len(self.upper)])
        quantity, logs, parts = np.split(numbers, ends)
        shape = (stages + 1, len(self.upper))
        return quantity.reshape(stages, settings), logs.reshape(shape), parts.reshape(shape)

    def _counts(self, k: int) -> list[dict]:
        """Per setting the persons at the start, and those seen to have passed the stage (of the total: the last)."""
        sample, journeys = self.fitted.sample, self.fitted.journeys
        reached = journeys.reached[min(k, len(journeys.names) - 1)]
        n, events = sample.persons(journeys.started), sample.persons(reached)
        names = [EVERYBODY] * len(self.fitted.names) if EVERYBODY in n else self.fitted.names
        return [{"n": n[name], "events": events[name]} for name in names]

    def _contrast(self, a: int, counts: Sequence[Mapping[str, int]]) -> dict:
        there = {f"{name}_reference": count for name, count in counts[self.base].items()}
        return {"level": self.fitted.names[a], "reference": self.fitted.names[self.base]} | counts[a] | there

    def _passing(self, k: int, a: int) -> dict:
        quantity = self.point.quantity
        if k == len(quantity):
            return {"passing": quantity[-1, a], "passing_reference": quantity[-1, self.base]}
        before = quantity[k - 1] if k else np.ones(quantity.shape[1])
        return {
            "passing": quantity[k, a] / before[a],
            "passing_reference": quantity[k, self.base] / before[self.base],
        }

    def _shares(self, parts: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[dict]:
        """Shares of the totals that are told from zero."""
        stages, settings = self.point.quantity.shape
        width, begin = len(self.upper), stages * settings + (stages + 1) * len(self.upper)
        rows = []
        for place, a in enumerate(self.upper):
            if low[-1, place] > 0 or high[-1, place] < 0:
                own = begin + place + width * np.arange(stages + 1)
                found = fieller_shares(parts[:, place], np.cov(self.found.values[:, own], rowvar=False))
                limits = [abs(row[end]) for row in found for end in ("conf_low", "conf_high")]
                if max(limits, default=0.0) > WIDEST_SHARE:
                    continue
                rows += [
                    {"outcome": stage, "measure": "share_of_total"} | row | self._contrast(a, self._counts(k))
                    for k, (stage, row) in enumerate(zip(self.fitted.journeys.names, found, strict=False))
                ]
        return rows


def _numbers(
    values: np.ndarray, errors: np.ndarray, low: np.ndarray, high: np.ndarray, at: tuple[int, int]
) -> dict[str, float]:
    return {"estimate": values[at], "std_error": errors[at], "conf_low": low[at], "conf_high": high[at]}


def _numbers_of(
    values: np.ndarray,
    errors: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    k: int,
    many: int,
    put: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> list[dict[str, float]]:
    """Those of stage k at every upper setting; `put` turns estimates and limits, not errors."""
    return [_numbers(put(values), errors, put(low), put(high), (k, place)) for place in range(many)]
