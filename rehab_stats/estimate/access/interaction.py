"""Is the gradient the same in both halves of another column, and on which scale? Every joint cell of two exposures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.adjustment import without_term
from rehab_stats.estimate.model.contrasts import level_counts, wald
from rehab_stats.estimate.model.design_matrix import Design, build_design, term_variables
from rehab_stats.estimate.model.fit import Fit, fit_logistic
from rehab_stats.estimate.model.models import (
    MERGE,
    Adjustment,
    binary_outcome,
    fit_diagnostics,
    named_models,
    refuse_not_binary,
    stacked_models,
    with_robust_errors,
)
from rehab_stats.estimate.model.sample import (
    Prepared,
    Roles,
    Sample,
    WrongCall,
    code,
    nearest,
    ordered_levels,
    refuse_absent,
)
from rehab_stats.estimate.model.standardisation import average_risks
from rehab_stats.vocabulary import Estimates

SCALES = ("odds_ratio", "risk_ratio", "risk")


def interaction(
    data: pd.DataFrame,
    *,
    outcome: str,
    exposure: str,
    modifier: str,
    adjust: Adjustment = (),
    scale: str = "odds_ratio",
    reference: object = None,
    person: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> Estimates:
    """Each combination of exposure and modifier against one joint reference, contrasts within strata, and departures.

    Whether two disadvantages do more together than apart has one answer for risk differences (additive) and another
    for ratios (multiplicative); where both matter they cannot both be absent. For who gets too little the additive
    scale is the one that counts persons: read `scale="risk"` first.

    Parameters
    ----------
    data : DataFrame
        One row per observation; not changed.
    outcome, exposure, reference, person, cluster, weights
        As in `odds_ratios`.
    modifier : str
        Column with two or more levels, ordered as an exposure must be; its first level is part of the joint reference.
        Order its categories so that the joint reference is the cell of lowest risk: reri, attributable_proportion and
        synergy_index can hardly be read otherwise (Knol & VanderWeele 2012).
    adjust : sequence of formulaic terms, or mapping model name -> sequence
        As in `odds_ratios`; the modifier's own term is left out, every combination having its own coefficient.
    scale : {"odds_ratio", "risk_ratio", "risk"}
        Odds ratios of the logistic model; or the risks it predicts if everybody were in one joint cell, averaged over
        the covariates of all rows used (also of the other strata), as ratios or as they are.

    Returns
    -------
    Estimates
        `level` = exposure level, `reference` = the exposure's, `stratum` = the modifier's level. Per model, in order:

        - `joint_odds_ratio` or `joint_risk_ratio` of every cell but the joint reference; or `joint_risk` of all cells;
        - within each stratum, per upper level: `odds_ratio`, `risk_ratio`, or `risk_difference`;
        - per upper level and upper stratum: `ratio_of_odds_ratios` or `ratio_of_risk_ratios`, `reri`,
          `attributable_proportion`, `synergy_index`; or `interaction_contrast`.

        `std_error` is that of log(estimate) for all ratios and for `synergy_index`. Wald 95 % intervals: log scale for
        those, logit for `joint_risk`, natural for the rest; `p_value` against 1 or 0 for all but `joint_risk`.
        `n` and `events` are those of the row's cell; details: `n_reference`, `events_reference` of the cell compared
        with and its `reference_stratum`. Diagnostics as in `odds_ratios`, and `synergy_index_undefined.<level>.
        <stratum>`, a sentence, where that index is NaN.

    Raises
    ------
    ValueError
        As `odds_ratios`; a cell without rows, or in which nobody or everybody has the outcome.

    Notes
    -----
    With RR_am the joint ratio of level a in stratum m: reri = RR_am - RR_a0 - RR_0m + 1; attributable_proportion =
    reri / RR_am; synergy_index = (RR_am - 1) / (RR_a0 + RR_0m - 2), undefined unless both are positive; ratio of ratios
    = RR_am / (RR_a0 RR_0m); interaction_contrast = R_am - R_a0 - R_0m + R_00. Errors by the delta method (Hosmer &
    Lemeshow 1992, doi 10.1097/00001648-199209000-00012). With odds ratios, reri is near that of risks only when the
    outcome is rare in every cell. Layout: Knol & VanderWeele 2012, doi 10.1093/ije/dyr218. Checked by hand and against
    R (glm with product terms, epiR) in tests/estimate/access/test_interaction.py.
    """
    if scale not in SCALES:
        raise WrongCall(f"scale must be one of {', '.join(SCALES)}, not {scale!r}")
    refuse_absent(data, [outcome, exposure, modifier])
    adjust = _without_modifier(adjust, data, exposure, modifier)
    cells = _cells(data, exposure, modifier, reference)
    joint = f"{exposure} × {modifier}"

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        y = binary_outcome(sample, outcome)
        cells.refuse_unusable(sample, y, outcome)
        design = build_design(sample.frame, exposure=joint, terms=terms)
        fit = fit_logistic(design, y, sample.weights)
        robust = with_robust_errors(design, fit, sample, y, cluster)
        values, covariance = _cell_values(scale, design, robust, sample, y)
        rows = _Rows(cells, values, covariance, level_counts(sample, y == 1), outcome)
        made = rows.of_risks() if scale == "risk" else rows.of_ratios(scale)
        about = fit_diagnostics(design, fit, sample) | {"levels_empty": cells.levels_empty}
        return made, about | rows.undefined

    return stacked_models(
        data.assign(**{joint: cells.column}),
        Roles(joint, (outcome,), cells.name(0, 0), person, cluster, weights),
        adjust,
        estimate,
        check=lambda prepared: _refuse_cells(prepared, cells, outcome),
        advice=MERGE,
        method=f"Interaction of {exposure} with {modifier} in {outcome} on the {scale.replace('_', ' ')} scale, from "
        "logistic models with a coefficient for every combination",
        context={"outcome": outcome, "exposure": exposure, "stratum": modifier, "scale": scale},
    )


@dataclass(frozen=True)
class _Cells:
    """The combinations of exposure levels (its reference first) and modifier levels, and the column that holds them."""

    exposure: str
    modifier: str
    levels: tuple[str, ...]
    strata: tuple[str, ...]
    column: pd.Series
    levels_empty: int

    def name(self, level: int, stratum: int) -> str:
        return _joined(self.levels[level], self.strata[stratum])

    def names(self) -> list[str]:
        """Stratum by stratum."""
        return [_joined(level, stratum) for stratum in self.strata for level in self.levels]

    def said(self, name: str) -> str:
        """`education = 'long' and sex = 'male'`"""
        pairs = [(level, stratum) for stratum in self.strata for level in self.levels]
        level, stratum = pairs[self.names().index(name)]
        return f"{self.exposure} = {level!r} and {self.modifier} = {stratum!r}"

    def refuse_unusable(self, sample: Sample, y: np.ndarray, outcome: str) -> None:
        """Raise ValueError naming the first cell without rows, or without both outcomes; never how many it has."""
        rows, events = np.bincount(sample.level), np.bincount(sample.level, weights=y)
        place = {name: position for position, name in enumerate(sample.levels)}
        for name in self.names():
            if name not in place:
                raise ValueError(f"no row used has {self.said(name)}: merge levels")
            if events[place[name]] in (0, rows[place[name]]):
                raise ValueError(
                    f"the rows with {self.said(name)} do not have both {outcome} = 0 and {outcome} = 1: {MERGE}"
                )


def _joined(level: str, stratum: str) -> str:
    return f"{level} × {stratum}"


def _without_modifier(adjust: Adjustment, data: pd.DataFrame, exposure: str, modifier: str) -> Adjustment:
    """The adjustment without the modifier's own term; other uses of exposure or modifier are refused by name."""
    named_models(adjust)
    kept = without_term(adjust, modifier)
    for terms in named_models(kept).values():
        used = term_variables(terms, list(data.columns))
        for column, part in ((exposure, "exposure"), (modifier, "modifier")):
            if column in used:
                raise ValueError(f"adjust contains {column!r}, which is the {part} of the model")
    return kept


def _cells(data: pd.DataFrame, exposure: str, modifier: str, reference: object) -> _Cells:
    if exposure == modifier:
        raise ValueError(f"{exposure!r} cannot be both exposure and modifier")
    kind = data[modifier].dtype
    if isinstance(kind, pd.CategoricalDtype) and not kind.ordered and len(kind.categories) > 2:
        raise ValueError(f"{modifier} is a category without order: make it ordered, the level to compare with first")
    across = ordered_levels(data[exposure], reference)
    along = ordered_levels(data[modifier])
    both = (across.notna() & along.notna()).to_numpy()
    levels, strata = (_present(column[both]) for column in (across, along))
    for column, found in ((exposure, levels), (modifier, strata)):
        if len(found) < 2:
            raise ValueError(f"{column} has no two levels with rows: there is nothing to compare")
    wanted = levels[0] if reference in (None, "") else code(reference)
    if wanted not in levels:
        raise ValueError(f"reference: {exposure} has no level {wanted!r} with rows{nearest(wanted, levels)}")
    levels = (wanted, *(level for level in levels if level != wanted))
    names = [_joined(level, stratum) for stratum in strata for level in levels]
    at = pd.Categorical(along, strata).codes.astype(int) * len(levels) + pd.Categorical(across, levels).codes
    column = pd.Series(pd.Categorical.from_codes(np.where(both, at, -1), names, ordered=True), index=data.index)
    return _Cells(exposure, modifier, levels, strata, column, len(across.cat.categories) - len(levels))


def _present(column: pd.Series) -> tuple[str, ...]:
    return tuple(column.cat.remove_unused_categories().cat.categories)


def _refuse_cells(prepared: Prepared, cells: _Cells, outcome: str) -> None:
    refuse_not_binary(prepared, outcome)
    there = set(prepared.frame[prepared.roles.exposure].dropna().unique())
    for name in cells.names():
        if name not in there:
            raise ValueError(f"no row has {cells.said(name)}: merge levels")


def _cell_values(scale: str, design: Design, fit: Fit, sample: Sample, y: np.ndarray) -> tuple[pd.Series, pd.DataFrame]:
    """Per cell the log odds ratio, the log risk, or the risk; and their covariance. Ratios are differences of logs."""
    if scale == "odds_ratio":
        upper = [name for name in sample.levels if name != sample.reference]
        columns = design.terms[sample.exposure]
        values = pd.Series(0.0, index=list(sample.levels))
        values[upper] = fit.coefficients[columns]
        covariance = pd.DataFrame(0.0, index=values.index, columns=values.index)
        covariance.loc[upper, upper] = fit.covariance[np.ix_(columns, columns)]
        return values, covariance
    risks, covariance = average_risks(design, fit, sample, y)
    if scale == "risk_ratio":
        risks, covariance = np.log(risks), covariance / np.outer(risks, risks)
    names = list(sample.levels)
    return pd.Series(risks, index=names), pd.DataFrame(covariance, index=names, columns=names)


class _Rows:
    """Delta-method functions of the cells' values, as rows; sentences about undefined ones gather in `undefined`."""

    def __init__(self, cells: _Cells, values: pd.Series, covariance: pd.DataFrame, counts: Mapping, outcome: str):
        self.cells, self.values, self.covariance = cells, values, covariance
        self.counts, self.outcome, self.undefined = counts, outcome, {}

    def of_risks(self) -> list[dict]:
        rows = [self._row("joint_risk", a, m, None, {(a, m): 1.0}, "logit") for a, m in self._all()]
        rows += [
            self._row("risk_difference", a, m, (0, m), {(a, m): 1.0, (0, m): -1.0}, "natural")
            for a, m in self._all()
            if a > 0
        ]
        contrast = {(a, m): {(a, m): 1.0, (a, 0): -1.0, (0, m): -1.0, (0, 0): 1.0} for a, m in self._upper()}
        return rows + [
            self._row("interaction_contrast", a, m, (0, 0), weights, "natural") for (a, m), weights in contrast.items()
        ]

    def of_ratios(self, scale: str) -> list[dict]:
        kind = "odds_ratio" if scale == "odds_ratio" else "risk_ratio"
        cells = [cell for cell in self._all() if cell != (0, 0)]
        rows = [self._row(f"joint_{kind}", a, m, (0, 0), {(a, m): 1.0, (0, 0): -1.0}, "log") for a, m in cells]
        rows += [self._row(kind, a, m, (0, m), {(a, m): 1.0, (0, m): -1.0}, "log") for a, m in cells if a > 0]
        for a, m in self._upper():
            ratio = {(a, m): 1.0, (a, 0): -1.0, (0, m): -1.0, (0, 0): 1.0}
            rows.append(self._row(f"ratio_of_{kind}s", a, m, (0, 0), ratio, "log"))
            rows += [self._departure(measure, a, m) for measure in DEPARTURES]
        return rows

    def _all(self) -> list[tuple[int, int]]:
        return [(a, m) for m in range(len(self.cells.strata)) for a in range(len(self.cells.levels))]

    def _upper(self) -> list[tuple[int, int]]:
        return [(a, m) for a, m in self._all() if a > 0 and m > 0]

    def _departure(self, measure: str, a: int, m: int) -> dict:
        """A measure of additivity: a function of the three joint ratios, whose slopes are in the logs of those."""
        corners = [(a, m), (a, 0), (0, m)]
        both, one, other = (np.exp(self.values[self._name(cell)] - self.values[self._name((0, 0))]) for cell in corners)
        found = DEPARTURES[measure](both, one, other)
        if found is None:
            return self._not_defined(measure, a, m)
        value, slopes = found
        weights = dict(zip(corners, slopes, strict=True)) | {(0, 0): -sum(slopes)}
        scale = "log" if measure == "synergy_index" else "natural"
        return self._row(measure, a, m, (0, 0), weights, scale, value)

    def _not_defined(self, measure: str, a: int, m: int) -> dict:
        level, stratum = self.cells.levels[a], self.cells.strata[m]
        self.undefined[f"{measure}_undefined.{level}.{stratum}"] = (
            f"the synergy index of {self.cells.said(self._name((a, m)))} is not defined: the joint ratio, or those of "
            "exposure and modifier alone taken together, do not exceed what there is at the joint reference"
        )
        empty = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high", "p_value"), np.nan)
        return self._placed(measure, a, m, (0, 0)) | empty

    def _row(
        self,
        measure: str,
        a: int,
        m: int,
        against: tuple[int, int] | None,
        weights: Mapping[tuple[int, int], float],
        scale: str,
        value: float | None = None,
    ) -> dict:
        """A row whose error is that of the weighted sum of cell values, and whose estimate is `value` or that sum."""
        names, slopes = [self._name(cell) for cell in weights], np.array(list(weights.values()))
        error = np.sqrt(slopes @ self.covariance.loc[names, names].to_numpy() @ slopes)
        if value is None:
            total = slopes @ self.values[names].to_numpy()
            value = np.exp(total) if scale == "log" else total
        return self._placed(measure, a, m, against) | wald(value, error, scale=scale, contrast=against is not None)

    def _placed(self, measure: str, a: int, m: int, against: tuple[int, int] | None) -> dict:
        place = {
            "outcome": self.outcome,
            "measure": measure,
            "level": self.cells.levels[a],
            "stratum": self.cells.strata[m],
        } | self.counts[self._name((a, m))]
        if against is None:
            return place
        compared = {f"{count}_reference": number for count, number in self.counts[self._name(against)].items()}
        return (
            place | {"reference": self.cells.levels[0], "reference_stratum": self.cells.strata[against[1]]} | compared
        )

    def _name(self, cell: tuple[int, int]) -> str:
        return self.cells.name(*cell)


Departure = tuple[float, tuple[float, float, float]] | None


def _reri(both: float, one: float, other: float) -> Departure:
    return both - one - other + 1, (both, -one, -other)


def _attributable_proportion(both: float, one: float, other: float) -> Departure:
    return (both - one - other + 1) / both, ((one + other - 1) / both, -one / both, -other / both)


def _synergy_index(both: float, one: float, other: float) -> Departure:
    """Slopes are those of the logarithm. None where excess above, or below, is not positive."""
    excess, apart = both - 1, one + other - 2
    if excess <= 0 or apart <= 0:
        return None
    return excess / apart, (both / excess, -one / apart, -other / apart)


DEPARTURES: Mapping[str, Callable[[float, float, float], Departure]] = {
    "reri": _reri,
    "attributable_proportion": _attributable_proportion,
    "synergy_index": _synergy_index,
}
"""Measure -> (value, slopes in the logs of the three joint ratios: both, exposure alone, modifier alone)."""
