"""Weights that make those who answered stand for everybody who was due: one over the chance of having answered.

Answering is a chain of steps, each with its own causes: a form was given, it came back, the later one came back too.
Each step has its own model, and the chances are multiplied (Seaman and White 2013, doi 10.1177/0962280210395740).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.missing.response_step import StepModel, categories_without, fit_step
from rehab_stats.estimate.model.design_matrix import term_variables
from rehab_stats.estimate.model.sample import WrongCall, code, number, plain, refuse_absent, refuse_rows

TRUNCATE = (0.01, 0.99)
"""Quantiles of the responders' weights that weights beyond them are set to."""


@dataclass(frozen=True)
class ResponseModel:
    """The models of all steps and the weights made of them; rows in the order of the data.

    Attributes
    ----------
    weights : (rows,), above 0 for those with 1 in every step, 0 for the others.
    steps : in order.
    truncated : (rows,) whose weight was set to a quantile.
    stabilised : the marginal shares of the steps are in the weights.
    """

    weights: np.ndarray
    steps: tuple[StepModel, ...]
    truncated: np.ndarray
    stabilised: bool

    def influence(self, g: np.ndarray) -> np.ndarray:
        """What each row adds to sum w g, the estimation of the weights counted: (rows, k).

        Parameters
        ----------
        g : (rows, k)
            Each row's part of an estimating equation sum w g = 0, per unit of weight (x times its residual, for a
            weighted regression). Rows without weight may have anything, NaN too.

        Notes
        -----
        Stacked estimating equations: w g, plus, for each step, d(sum w g)/d theta A^-1 x (y - p) of those at risk, with
        A = sum p (1 - p) x x' the information of the step, and where the weights are stabilised d(sum w g)/d pi
        (y - pi)/n for its marginal share pi. A row that did not respond has influence too, through the models. The
        covariance of an estimator with bread B = -d(sum w g)/d beta is B^-1 (sum over rows of influence influence')
        B^-1.

        A truncated weight moves with the marginal shares, which only scale all weights, and counts as constant
        otherwise; that the quantile itself is estimated is not counted.
        """
        g = np.where((self.weights > 0)[:, None], g, 0.0)
        weighted = self.weights[:, None] * g
        free = np.where(self.truncated[:, None], 0.0, weighted)
        total = weighted.copy()
        for step in self.steps:
            total[step.at_risk] += step.moved(free[step.at_risk])
            if self.stabilised:
                total[step.at_risk] += step.moved_share(weighted.sum(axis=0))
        return total

    @property
    def diagnostics(self) -> dict:
        """How variable the weights are, and how each step's model came out (flat, the step in the name)."""
        used = self.weights[self.weights > 0]
        about = {
            "effective_n": float(used.sum() ** 2 / (used @ used)),
            "largest": float(used.max()),
            "mean": float(used.mean()),
            "truncated": int(self.truncated.sum()),
            "responders": len(used),
        }
        for step in self.steps:
            about |= step.about()
        return about


def response_weights(
    data: pd.DataFrame,
    *,
    steps: Mapping[str, Sequence[str]],
    stabilised: bool = True,
    truncate: tuple[float, float] | None = TRUNCATE,
) -> pd.Series:
    """How many persons each responder stands for: one over the chance of having come through every step.

    Parameters
    ----------
    data : DataFrame
        One row per person of the target population; not changed.
    steps : mapping
        Column of 0 and 1 -> formulaic terms that its chance depends on, in the order in which the steps are taken. A
        step is modelled among those with 1 in every step before it; whatever the columns say of others is not used.
        Terms must be known of everybody at risk at their step: a later step may use what only an earlier one brings to
        light, such as the first score. No terms: the marginal share.
    stabilised : bool
        Multiply by the marginal share of each step, so that the weights are about 1 on average and not about as many
        persons as each stands for. Means and regressions come out the same.
    truncate : pair of float, optional
        Quantiles of the responders' weights; weights beyond are set to them. None: no truncation.

    Returns
    -------
    Series
        `response_weight` on the index of `data`; 0 for those who lack a step. `attrs`: `effective_n`
        (sum w)^2 / sum w^2, `largest` and `mean` weight, `truncated` (how many were set to a quantile), `responders`,
        and per step `at_risk.<step>`, `responded.<step>`, `smallest_chance.<step>`, `columns.<step>` of its model,
        `at_limit.<step>` (everybody of some category responded: they have the chance 1, and a coefficient without
        limit), `constant.<step>` (columns left out because everybody at risk has the same value).

    Raises
    ------
    ValueError
        A step that is not 0 or 1, or a value missing of somebody at risk (rows named: nobody is dropped silently); a
        category in which nobody at risk responded (named, with the call of `narrowed_target` that leaves it out); a
        number that tells without fail who did not respond; collinear terms. `WrongCall`: columns that do not exist, a
        step among the terms of its own model, impossible quantiles.

    Notes
    -----
    Weight = product over steps of s_k / p_k, with p_k the fitted logistic chance and s_k the marginal share of those at
    risk (1 unless stabilised). Quantiles interpolate linearly (R's type 7).

    The weighted sample stands for everybody if, at each step, responding has nothing to do with the unseen scores
    among persons alike in the terms. Weights do not mend what depends on the unseen change itself. They cost precision:
    compare `effective_n` with `responders`. Truncation buys precision with bias. With a rich model of the outcome,
    weighting has little to add to complete cases adjusted for the same terms (Metten 2022, doi
    10.1186/s12874-022-01533-9).

    Checked by hand and against R (glm, stacked equations by numerical derivatives, bootstrap) in
    tests/estimate/missing/test_response.py.
    """
    model = fit_response(data, steps=steps, stabilised=stabilised, truncate=truncate)
    weights = pd.Series(model.weights, index=data.index, name="response_weight")
    weights.attrs = model.diagnostics
    return weights


def narrowed_target(
    data: pd.DataFrame, *, step: str | Sequence[str], by: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """The rows outside every category in which nobody came through the step, and which categories were left out.

    Where a department never gave a form, nobody can count for its persons: the estimate is then of the others, and
    that is a choice to be told beside it. What might have been in those left out is for `change_bounds`.

    Parameters
    ----------
    data : DataFrame
        Not changed.
    step : str or sequence of str
        Column of 0 and 1, or several: a category stays if anybody in it has 1 in all of them.
    by : sequence of str
        Columns whose categories are looked at; rows without a value stay.

    Returns
    -------
    tuple of DataFrame, list of str
        Rows with a new index (categories left out are gone), and the categories left out, as `department=d3` in raw
        codes, in the order of `by` and of the categories.

    Raises
    ------
    ValueError
        Nobody came through the step; a step that is not 0, 1 or missing. `WrongCall`: no such column.
    """
    names = [step] if isinstance(step, str) else list(step)
    if isinstance(by, str) or not names:
        raise WrongCall(f"narrowed_target needs a step, and by as a list of columns; got step={step!r}, by={by!r}")
    refuse_absent(data, [*names, *by])
    through = np.ones(len(data), dtype=bool)
    for name in names:
        column = number(data[name])
        refuse_rows(column.notna() & ~column.isin([0, 1]), f"{name} must be 0 or 1")
        through &= column.to_numpy() == 1
    if not through.any():
        raise ValueError(f"nobody has 1 in {', '.join(names)}: no population is left")
    keep, left_out = np.ones(len(data), dtype=bool), []
    for column in by:
        empty = categories_without(data[column], through)
        keep &= ~data[column].isin(empty).to_numpy()
        left_out += [f"{column}={code(level)}" for level in empty]
    rows = data[keep].reset_index(drop=True)
    for column in by:
        if isinstance(rows[column].dtype, pd.CategoricalDtype):
            rows[column] = rows[column].cat.remove_unused_categories()
    return rows, left_out


def fit_response(
    data: pd.DataFrame,
    *,
    steps: Mapping[str, Sequence[str]],
    stabilised: bool = True,
    truncate: tuple[float, float] | None = TRUNCATE,
) -> ResponseModel:
    """The models behind `response_weights`, for errors that count their estimation; the same parameters."""
    columns = _checked_steps(data, steps)
    _refuse_quantiles(truncate)
    inverse, fitted = np.ones(len(data)), []
    through = np.ones(len(data), dtype=bool)
    for position, (name, terms) in enumerate(steps.items()):
        here = np.flatnonzero(through)
        frame, responded = _complete(data.iloc[here], name, columns[name])
        so_far = list(steps)[: position + 1]
        step = fit_step(frame, name=name, terms=terms, responded=responded, at_risk=here, so_far=so_far)
        inverse[here] /= step.chance
        through[here] = responded == 1
        fitted.append(step)
    weights = np.where(through, inverse, 0.0)
    truncated = np.zeros(len(data), dtype=bool)
    if truncate is not None:
        low, high = np.quantile(weights[through], truncate)
        truncated = through & ((weights < low) | (weights > high))
        weights[through] = weights[through].clip(low, high)
    if stabilised:
        weights *= np.prod([step.share for step in fitted])
    return ResponseModel(weights, tuple(fitted), truncated, stabilised)


def _checked_steps(data: pd.DataFrame, steps: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The columns that each step's terms use."""
    if not isinstance(steps, Mapping) or not steps:
        raise WrongCall("steps must be a mapping of a step's column -> its terms, with at least one step")
    for name, terms in steps.items():
        if isinstance(terms, str) or terms is None:
            raise WrongCall(f"steps: the terms of {name} must be a list, not {terms!r}")
    refuse_absent(data, list(steps))
    columns = {name: term_variables(terms, list(data.columns)) for name, terms in steps.items()}
    for name, used in columns.items():
        refuse_absent(data, used)
        if name in used:
            raise WrongCall(f"steps: {name} is among the terms of its own model")
    return columns


def _refuse_quantiles(truncate: tuple[float, float] | None) -> None:
    if truncate is None:
        return
    try:
        low, high = truncate
        usable = 0 <= low < high <= 1
    except (TypeError, ValueError):
        usable = False
    if not usable:
        raise WrongCall(f"truncate must be two quantiles, 0 <= low < high <= 1, or None; got {truncate!r}")


def _complete(rows: pd.DataFrame, name: str, columns: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The covariates of those at risk, in plain types, and who responded."""
    responded = number(rows[name])
    refuse_rows(~responded.isin([0, 1]), f"step {name}: {name} must be 0 or 1 for everybody at risk")
    frame = pd.DataFrame({column: plain(rows[column]) for column in columns}, index=rows.index)
    for column in frame:
        refuse_rows(frame[column].isna(), f"step {name}: {column} must be known of everybody at risk")
    return frame, responded.to_numpy()
