"""Chained equations on arrays: each column in turn is drawn given all the others, over and over.

A stratum is a set of rows with models of its own. Its table has a row per predictor and a column per person; whatever
is imputed is standardised there. Rows in which all predictors of a column are known add the same to its sums in every
imputation, so that only the others are summed anew at each draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rehab_stats.estimate.missing.draws import (
    category_draw,
    category_values,
    linear_draw,
    matched_donors,
    normal_values,
)

ALIKE = 1e-6
"""A predictor of which less than this share is left when the others are taken out is told by them."""


@dataclass(frozen=True)
class Column:
    """A column of the imputation.

    Attributes
    ----------
    name, method : "normal" or "pmm" for numbers, "logistic" or "categorical" for the rest.
    missing : (rows,), boolean.
    values : (rows,), the number, or the category's position in `levels`; whatever where it is missing.
    levels : the categories, as they stand in the data; empty for numbers.
    """

    name: str
    method: str
    missing: np.ndarray
    values: np.ndarray
    levels: tuple = ()

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.method in ("normal", "pmm")

    def only(self, rows: np.ndarray) -> Column:
        """The same column in some rows, without the categories that none of them has."""
        missing, values, levels = self.missing[rows], self.values[rows], self.levels
        if not self.numeric:
            present, places = np.unique(values[~missing], return_inverse=True)
            levels = tuple(levels[int(place)] for place in present)
            values = np.zeros(len(rows))
            values[~missing] = places
        return Column(self.name, self.method, missing, values, levels)


@dataclass(frozen=True)
class Target:
    """A column to be drawn in a stratum.

    Attributes
    ----------
    column : Column in the rows of the stratum.
    own : rows of the table that hold it.
    predictors : rows of the table that its model uses.
    known, missing : columns of the table (persons) with and without a value.
    moving : persons with a value of whom some predictor is imputed.
    steady : cross products of the whole table over the other persons with a value.
    centre, scale : of a number in the table.
    constant : whether only one value is known.
    """

    column: Column
    own: np.ndarray
    predictors: np.ndarray
    known: np.ndarray
    missing: np.ndarray
    moving: np.ndarray
    steady: np.ndarray
    centre: float
    scale: float
    constant: bool


@dataclass(frozen=True)
class Stratum:
    """Rows with models of their own: `rows` of the data, `table` (predictors, persons), targets in the order of visits.

    `notes` says in words which predictors could not be used.
    """

    rows: np.ndarray
    table: np.ndarray
    targets: tuple[Target, ...]
    notes: tuple[str, ...]


def stratum(
    rows: np.ndarray, fixed: np.ndarray, names: Sequence[str], columns: Sequence[Column], *, where: str = ""
) -> Stratum:
    """The models of some rows, with the predictors that can be told apart there.

    Parameters
    ----------
    rows : positions in the data.
    fixed, names : (data rows, predictors) that are known for everybody, the first all ones, and their names.
    columns : the columns that are drawn or predict one another.
    where : what the rows are, for messages, such as ` where education is short`.

    Raises
    ------
    ValueError
        A column that nobody has a value of, or that fewer have than its model has coefficients.
    """
    here = [column.only(rows) for column in columns]
    for column in here:
        if column.missing.all():
            raise ValueError(
                f"nobody has a value of {column.name}{where}: there is nothing to impute it from; leave these rows "
                "out or merge levels"
            )
    blocks = [_standardised(fixed[rows].T)]
    names, places = list(names), []
    for column in here:
        block, labels = _block(column)
        places.append(np.arange(len(names), len(names) + len(block)))
        blocks.append(block)
        names += labels
    table = np.ascontiguousarray(np.concatenate(blocks))
    todo = [i for i in np.argsort([c.missing.sum() for c in here], kind="stable") if here[i].missing.any()]
    targets, notes = [], []
    for i in todo:
        target, unused = _target(table, here, places, i, len(names))
        targets.append(target)
        if target.constant:
            notes.append(f"{here[i].name}{where} has one value wherever it is known; that value was filled in")
        elif unused:
            notes.append(
                f"the imputation of {here[i].name}{where} does not use {', '.join(names[j] for j in unused)}: one "
                "value, or told by the other predictors, wherever it is known"
            )
        if not target.constant and len(target.known) <= len(target.predictors):
            raise ValueError(
                f"{here[i].name} is known in too few rows{where} for the {len(target.predictors)} coefficients of its "
                "model; leave predictors out or merge levels"
            )
    return Stratum(rows, table, tuple(targets), tuple(notes))


def _standardised(block: np.ndarray) -> np.ndarray:
    """Every row but the first (ones) with mean 0 and standard deviation 1; a constant one becomes 0."""
    centre = block.mean(axis=1, keepdims=True)
    spread = block.std(axis=1, keepdims=True)
    constant = spread <= 1e-12 * np.maximum(np.abs(centre), 1e-300)
    out = np.where(constant, 0.0, (block - centre) / np.where(constant, 1.0, spread))
    out[0] = 1.0
    return out


def _block(column: Column) -> tuple[np.ndarray, list[str]]:
    """The rows of the table that hold a column: a standardised number, or indicators for all levels but the first."""
    if column.numeric:
        centre, scale = _unit(column)
        return ((column.values - centre) / scale)[None, :], [column.name]
    upper = range(1, len(column.levels))
    indicators = [(column.values == place).astype(float) for place in upper]
    return (
        np.array(indicators).reshape(len(upper), len(column.values)),
        [f"{column.name}[T.{column.levels[place]}]" for place in upper],
    )


def _unit(column: Column) -> tuple[float, float]:
    known = column.values[~column.missing]
    spread = float(known.std())
    centre = float(known.mean())
    return centre, spread if spread > 1e-12 * abs(centre) else 1.0


def _target(
    table: np.ndarray, columns: Sequence[Column], places: Sequence[np.ndarray], which: int, rows: int
) -> tuple[Target, list[int]]:
    """The target, and the rows of the table that its model cannot use."""
    column, own = columns[which], places[which]
    known, missing = np.flatnonzero(~column.missing), np.flatnonzero(column.missing)
    uncertain = np.zeros(len(column.missing), dtype=bool)
    for other in columns:
        if other is not column:
            uncertain |= other.missing
    complete = known[~uncertain[known]]
    candidates = [row for row in range(rows) if row not in own]
    imputed = {row for i, other in enumerate(columns) if other.missing.any() for row in places[i]}
    predictors = _independent(table, candidates, imputed, known, complete)
    moving = known[uncertain[known]]
    centre, scale = _unit(column) if column.numeric else (0.0, 1.0)
    values = column.values[known]
    target = Target(
        column=column,
        own=own,
        predictors=np.array(predictors),
        known=known,
        missing=missing,
        moving=moving,
        steady=np.einsum("pn,qn->pq", table[:, complete], table[:, complete]),
        centre=centre,
        scale=scale,
        constant=bool((values == values[0]).all()),
    )
    return target, [row for row in candidates if row not in predictors]


def _independent(
    table: np.ndarray, candidates: Sequence[int], imputed: set[int], known: np.ndarray, complete: np.ndarray
) -> list[int]:
    """The rows of the table, in their order, that are no combination of earlier ones (Gram-Schmidt).

    Rows without imputed values are compared where the target is known, those with them where all is known; with too few
    of these to tell, they stay.
    """
    kept: list[int] = []
    for chosen, persons in (
        ([row for row in candidates if row not in imputed], known),
        ([row for row in candidates if row in imputed], complete),
    ):
        if chosen and persons is complete and len(complete) <= len(candidates):
            kept += chosen
            continue
        basis = np.empty((0, len(persons)))
        for row in [*kept, *chosen]:
            left = table[row, persons]
            size = np.linalg.norm(left)
            for _ in range(2):  # twice: rounding of the first pass is taken out by the second
                left = left - np.einsum("bn,b->n", basis, np.einsum("bn,n->b", basis, left))
            rest = np.linalg.norm(left)
            if rest > ALIKE * size:
                basis = np.concatenate([basis, left[None] / rest])
                kept += [] if row in kept else [row]
    return sorted(kept)


@dataclass
class _Drawn:
    """A target's latest values, in the data's unit, and where its last fit ended."""

    values: np.ndarray
    start: np.ndarray | None = None


def run_chain(
    strata: Sequence[Stratum], iterations: int, rng: np.random.Generator
) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
    """One imputation.

    Returns
    -------
    For each stratum and target the values drawn last (numbers, or positions in `levels`); and for each stratum
    (iterations, targets), the sum of the values drawn, NaN for more than two categories. A stratum with one target
    needs one iteration: its predictors do not change.
    """
    values, sums = [], []
    for here in strata:
        table = here.table.copy()
        drawn = [_begun(table, target, rng) for target in here.targets]
        rounds = np.full((iterations, len(drawn)), np.nan)
        for iteration in range(iterations if len(drawn) > 1 else min(iterations, 1)):
            for place, target in enumerate(here.targets):
                if not target.constant:
                    _draw(table, target, drawn[place], rng)
                if len(target.column.levels) <= 2:
                    rounds[iteration, place] = drawn[place].values.sum()
        values.append([one.values for one in drawn])
        sums.append(rounds)
    return values, sums


def _begun(table: np.ndarray, target: Target, rng: np.random.Generator) -> _Drawn:
    """Known values, picked at random, in the places of the missing ones."""
    picked = target.known[rng.integers(0, len(target.known), len(target.missing))]
    table[np.ix_(target.own, target.missing)] = table[np.ix_(target.own, picked)]
    return _Drawn(target.column.values[picked])


def _draw(table: np.ndarray, target: Target, drawn: _Drawn, rng: np.random.Generator) -> None:
    """New values of one target, put into the table and into `drawn`."""
    if target.column.numeric:
        _draw_number(table, target, drawn, rng)
        return
    x = table[target.predictors]
    codes = target.column.values[target.known].astype(int)
    found = category_draw(x[:, target.known], codes, x, rng, start=drawn.start)
    drawn.start = found.fitted
    drawn.values = category_values(x[:, target.missing], found, rng)
    table[np.ix_(target.own, target.missing)] = drawn.values == np.arange(1, len(target.own) + 1)[:, None]


def _draw_number(table: np.ndarray, target: Target, drawn: _Drawn, rng: np.random.Generator) -> None:
    moving = table.take(target.moving, axis=1)
    sums = target.steady + np.einsum("pn,qn->pq", moving, moving)
    used, own = target.predictors, target.own[0]
    found = linear_draw(sums[used[:, None], used], sums[used, own], sums[own, own], len(target.known), rng)
    x = table.take(target.missing, axis=1)[used]
    if target.column.method == "pmm":
        donors = target.known[matched_donors(table.take(target.known, axis=1)[used], x, found, rng)]
        drawn.values = target.column.values[donors]
        table[own, target.missing] = table[own, donors]
    else:
        fresh = normal_values(x, found, rng)
        drawn.values = target.centre + target.scale * fresh
        table[own, target.missing] = fresh
