"""One step of responding (given a form, returned it, ...): the chance of it among those who came as far.

The chances, and not the coefficients behind them, are what weights are made of. So a fit may end at its limit: where
everybody of a category responded, its chance is 1. A chance of 0 is another matter: nobody can count for who has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import formulaic
import numpy as np
import pandas as pd
from formulaic.errors import FormulaicError
from scipy.linalg import eigh

from rehab_stats.estimate.model.design_matrix import term_variables
from rehab_stats.estimate.model.fit import cross_product
from rehab_stats.estimate.model.level_models import BINOMIAL, Patterns, fit_levels
from rehab_stats.estimate.model.sample import code

NO_CHANCE = 1e-3
"""A fit that ran to its limit stops with less than this left of a chance that is 0 there."""
NO_INFORMATION = 1e-12
"""A direction with less information, beside what its columns would have at equal chances, ran to its limit."""


@dataclass(frozen=True)
class StepModel:
    """The fitted chance of one step.

    Attributes
    ----------
    name : column of the step.
    at_risk : (at risk,) positions of the rows with 1 in every step before.
    responded : (at risk,) of 0 and 1.
    matrix : (at risk, columns), the intercept first; no columns where everybody responded, and nothing is estimated.
    chance : (at risk,)
    inverse : (columns, columns) inverse of the information X' diag(p (1 - p)) X.
    at_limit : a coefficient ran to infinity, and chances to 1.
    constant : columns left out, having one value among those at risk.
    """

    name: str
    at_risk: np.ndarray
    responded: np.ndarray
    matrix: np.ndarray
    chance: np.ndarray
    inverse: np.ndarray
    at_limit: bool
    constant: tuple[str, ...]

    @property
    def share(self) -> float:
        """Marginal share of those at risk who responded."""
        return float(self.responded.mean())

    def moved(self, weighted: np.ndarray) -> np.ndarray:
        """(at risk, k): what estimating the chances adds to each row, `weighted` (at risk, k) being w g.

        The derivative of sum w g in the coefficients is -sum w g (1 - p) x', and the coefficients move by A^-1 x (y -
        p) with each row.
        """
        slope = -np.einsum("ik,ij->kj", (1 - self.chance)[:, None] * weighted, self.matrix)
        scores = (self.responded - self.chance)[:, None] * self.matrix
        return scores @ self.inverse @ slope.T

    def moved_share(self, total: np.ndarray) -> np.ndarray:
        """(at risk, k): what estimating the marginal share adds, `total` (k,) being sum w g."""
        return np.outer(self.responded - self.share, total) / self.responded.sum()

    def about(self) -> dict:
        """Diagnostics, the step in their names."""
        found = {
            "at_risk": len(self.responded),
            "responded": int(self.responded.sum()),
            "smallest_chance": float(self.chance.min()),
            "columns": self.matrix.shape[1],
            "at_limit": self.at_limit,
            "constant": ", ".join(self.constant),
        }
        return {f"{name}.{self.name}": value for name, value in found.items()}


def fit_step(
    frame: pd.DataFrame, *, name: str, terms: Sequence[str], responded: np.ndarray, at_risk: np.ndarray, so_far: list
) -> StepModel:
    """Logistic regression of a step on its terms, among those at risk.

    Parameters
    ----------
    frame : the covariates of those at risk, plain and complete.
    name, terms : of the step.
    responded : (at risk,) of 0 and 1.
    at_risk : positions of these rows in the data.
    so_far : this and the earlier steps, for the advice that a refusal gives.

    Raises
    ------
    ValueError
        Nobody of a category responded, or the model gives somebody the chance 0.
    """
    if not responded.any():
        raise ValueError(f"step {name}: nobody at risk has {name} = 1, so there is nobody to weight")
    if responded.all():
        nothing = np.zeros((len(frame), 0)), np.ones(len(frame)), np.zeros((0, 0))
        return StepModel(name, at_risk, responded, *nothing, False, ())
    frame = frame.copy(deep=False)
    for column in frame.select_dtypes("category"):
        frame[column] = frame[column].cat.remove_unused_categories()
    made, categorical = _materialised(frame, name, terms)
    _refuse_empty(frame, name, responded, categorical, so_far)
    spread = np.ptp(made.to_numpy(), axis=0)
    spread[0] = 1.0
    constant = tuple(np.array(made.columns)[spread <= 0])
    made = made.loc[:, spread > 0]
    matrix = made.to_numpy(dtype=float, copy=True)
    matrix[:, 1:] -= matrix[:, 1:].mean(axis=0)
    chance, at_limit = _chances(matrix, tuple(made.columns), responded, name)
    return StepModel(name, at_risk, responded, matrix, chance, _inverse(matrix, chance), at_limit, constant)


def categories_without(column: pd.Series, responded: np.ndarray) -> list:
    """The values of a column in whose rows nobody responded (rows,), in order."""
    anybody = pd.Series(responded).groupby(column.reset_index(drop=True), observed=True, sort=True).max()
    return list(anybody.index[~anybody])


def _materialised(frame: pd.DataFrame, name: str, terms: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The model matrix row by row, and the columns of the data that enter as categories."""
    formula = formulaic.Formula(" + ".join(["1", *(f"({term})" for term in terms)]))
    try:
        with np.errstate(all="ignore"):  # a value that is not finite is refused by name below
            made = formula.get_model_matrix(frame, context={}, na_action="ignore", output="pandas")
    except (FormulaicError, TypeError, ValueError) as error:
        raise ValueError(f"step {name}: its terms cannot be computed: {' '.join(str(error).split())}") from error
    bad = [column for column in made if not np.isfinite(made[column].to_numpy(dtype=float)).all()]
    if bad:
        raise ValueError(f"step {name}: its terms give values that are missing or infinite in {', '.join(bad)}")
    state = made.model_spec.encoder_state
    coded = {str(factor) for factor, (kind, _) in state.items() if kind.value == "categorical"}
    further = term_variables(sorted(coded - set(frame)), list(frame.columns))  # those in C()
    two = {column for column in frame if frame[column].nunique() == 2}
    return pd.DataFrame(made), [column for column in frame if column in coded | two | set(further)]


def _refuse_empty(
    frame: pd.DataFrame, name: str, responded: np.ndarray, categorical: Sequence[str], so_far: Sequence[str]
) -> None:
    """Raise ValueError naming every category at risk of which nobody responded. Counts are not told: they are small."""
    cells, by = [], []
    for column in categorical:
        empty = [repr(code(level)) for level in categories_without(frame[column], responded == 1)]
        cells += [f"{column} = {' or '.join(empty)}"] if empty else []
        by += [column] if empty else []
    if cells:
        steps = repr(so_far[0]) if len(so_far) == 1 else repr(list(so_far))
        raise ValueError(
            f"step {name}: nobody at risk with {'; '.join(cells)} has {name} = 1, so nobody can count for them: narrow "
            f"the population with narrowed_target(data, step={steps}, by={by!r}) and say so beside what is estimated"
        )


def _chances(matrix: np.ndarray, names: tuple[str, ...], responded: np.ndarray, name: str) -> tuple[np.ndarray, bool]:
    covariates = np.ascontiguousarray(matrix[:, 1:])
    everybody = np.zeros(len(matrix), dtype=np.int64)
    patterns = Patterns(everybody, ("at risk",), covariates, names[1:], np.ptp(covariates, axis=0))
    try:
        found = fit_levels(patterns, np.ones(len(matrix)), responded, BINOMIAL)
    except ValueError as error:
        raise ValueError(f"step {name}: {error}") from error
    chance = found.means(covariates)[:, 0]
    if found.at_limit and ((chance < NO_CHANCE) & (responded == 0)).any():
        guilty = ", ".join(_ran_off(covariates, names[1:], chance, found.slopes * patterns.spread))
        raise ValueError(
            f"step {name}: {guilty} tells without fail some of those who do not have {name} = 1, so nobody can count "
            "for them; leave the term out or narrow the population"
        )
    return chance, found.at_limit


def _ran_off(covariates: np.ndarray, names: Sequence[str], chance: np.ndarray, moved: np.ndarray) -> list[str]:
    """The columns that moved the predictor most, of those with little information left where there are such."""
    information = chance * (1 - chance)
    around = covariates - information @ covariates / information.sum()
    left = information @ around**2 / np.sum(covariates**2, axis=0)
    moved = np.where((left < NO_CHANCE) | (left.min() > NO_CHANCE), np.abs(moved), 0)
    return [name for name, size in zip(names, moved, strict=True) if size > moved.max() / 4]


def _inverse(matrix: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Inverse of the information; directions that ran to their limit, where chances are 1, count nothing."""
    scale = 1 / np.sqrt(np.einsum("ij,ij->j", matrix, matrix))
    values, vectors = eigh(cross_product(matrix, chance * (1 - chance)) * np.outer(scale, scale))
    kept = values > NO_INFORMATION * values[-1]
    vectors = scale[:, None] * vectors[:, kept]
    return (vectors / values[kept]) @ vectors.T
