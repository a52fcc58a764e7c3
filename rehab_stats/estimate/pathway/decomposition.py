"""At which step does the gap arise: the way from the diagnosis to the end of rehabilitation, stage by stage.

Checked against R (own code on glm): tests/reference/pathway.R.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.bootstrap import DRAWS
from rehab_stats.estimate.model.models import MERGE, Adjustment, refuse_no_ridits, stacked_models
from rehab_stats.estimate.model.sample import Prepared, Roles, Sample
from rehab_stats.estimate.pathway.measurement import Steps
from rehab_stats.estimate.pathway.reading_rows import Asked, read_all
from rehab_stats.estimate.pathway.readings import READINGS, SEQUENTIAL
from rehab_stats.estimate.pathway.stage_models import (
    ROW,
    PathData,
    models_by_level,
    models_by_rank,
)
from rehab_stats.estimate.pathway.stages import StageColumns
from rehab_stats.vocabulary import Estimates


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
    read_as = Asked.of(path, reading, tuple(order) or tuple(stages), draws, rng, workers)

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        (rows,), about = read_all([read_as], models_by_rank(path, sample, terms, ridit), path)
        about.pop("levels_empty")
        return rows, about | {"rows_unranked": sample.rows_unranked}

    found = stacked_models(
        path.data,
        Roles(rank, (ROW,) if ridit is None else (ROW, ridit), None, person, ranked=True),
        adjust,
        estimate,
        check=lambda prepared: refuse_no_ridits(prepared, ridit),
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
    first = Asked.of(path, readings[0], tuple(order) or tuple(stages), draws, rng, workers)
    asked = [first, *(replace(first, reading=reading) for reading in readings[1:])]

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        found, about = read_all(asked, models_by_level(path, sample, terms), path)
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
