"""The persons a mean change is about, with the scores they have: checked once, whatever becomes of what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from rehab_stats.estimate.change.own_slopes import factors_alone, split_products, with_products
from rehab_stats.estimate.model.design_matrix import Design, build_design, term_variables
from rehab_stats.estimate.model.sample import (
    Prepared,
    Roles,
    Sample,
    WrongCall,
    number,
    prepare,
    refuse_absent,
    refuse_constant,
    refuse_rows,
)

FEWEST_PAIRS = 2
"""Persons of a level with both scores, below which nothing tells how their change varies."""


@dataclass(frozen=True)
class Scores:
    """The score columns of a call, and all of their values.

    Attributes
    ----------
    names : first the baseline, then the later occasions; the last is the one that the change is to.
    values : (rows of the data, occasions), NaN where a score is missing.
    """

    names: tuple[str, ...]
    values: pd.DataFrame

    @property
    def baseline(self) -> str:
        """Column of the first score."""
        return self.names[0]

    @property
    def followup(self) -> str:
        """Column of the score that the change is to."""
        return self.names[-1]


@dataclass(frozen=True)
class Target:
    """The target rows of one model: everybody the estimate is about, scores missing or not.

    Attributes
    ----------
    sample : rows complete in exposure, adjustment and auxiliary terms.
    terms : the adjustment.
    scores : (rows, occasions), the baseline first and the follow-up last.
    names : of the scores' columns.
    """

    sample: Sample
    terms: tuple[str, ...]
    scores: np.ndarray
    names: tuple[str, ...]

    @property
    def baseline(self) -> np.ndarray:
        """(rows,)"""
        return self.scores[:, 0]

    @property
    def followup(self) -> np.ndarray:
        """(rows,)"""
        return self.scores[:, -1]

    @cached_property
    def paired(self) -> np.ndarray:
        """(rows,): both scores are there."""
        return ~np.isnan(self.baseline + self.followup)

    @cached_property
    def design(self) -> Design:
        """1 + exposure + adjustment, on all target rows; products with the exposure are its last columns."""
        exposure = self.sample.exposure
        terms, products = split_products(self.terms, exposure=exposure, columns=self.sample.frame.columns)
        design = build_design(self.sample.frame, exposure=exposure, terms=terms)
        return with_products(design, exposure=exposure, products=products) if products else design

    @cached_property
    def products(self) -> dict[str, str]:
        """Terms that are a product of the exposure with a factor -> the factor, as the design names it."""
        return split_products(self.terms, exposure=self.sample.exposure, columns=self.sample.frame.columns)[1]

    def pairs(self) -> Target:
        """The rows with both scores alone. Raises ValueError when a covariate has one value in them."""
        mine = self.rows(self.paired)
        refuse_constant(mine.sample.frame, term_variables(self.terms, mine.sample.frame.columns))
        return mine

    def rows(self, keep: np.ndarray) -> Target:
        """Some of the rows, with every level still there."""
        frame = self.sample.frame[keep].copy()
        for column in frame.select_dtypes("category"):
            if column != self.sample.exposure:
                frame[column] = frame[column].cat.remove_unused_categories()
        sample = Sample(
            frame=frame,
            exposure=self.sample.exposure,
            reference=self.sample.reference,
            levels=self.sample.levels,
            level=self.sample.level[keep],
            person=None,
            cluster=None,
            strata=None,
            weights=None,
            rows_dropped=self.sample.rows_dropped,
            levels_empty=self.sample.levels_empty,
        )
        return Target(sample, self.terms, self.scores[keep], self.names)

    def refuse_unpaired(self) -> None:
        """Raise ValueError when a level has next to nobody with both scores, or the change does not vary at all."""
        many = np.bincount(self.sample.level[self.paired], minlength=len(self.sample.levels))
        for level, pairs in zip(self.sample.levels, many, strict=True):
            if pairs < FEWEST_PAIRS:
                raise ValueError(
                    f"next to nobody with {self.sample.exposure} = {level!r} has both {self.names[0]} and "
                    f"{self.names[-1]}: nothing is known of their change; leave the level out, or see change_bounds"
                )
        for name, values in ((self.names[0], self.baseline), (self.names[-1], self.followup)):
            if np.ptp(values[self.paired]) == 0:
                raise ValueError(f"{name} has one value in all rows with both scores: there is no spread to compare")


def read_scores(data: pd.DataFrame, baseline: str, followup: str | Sequence[str]) -> Scores:
    """The score columns as floats. Raises ValueError on columns that are absent, the same twice, or not numbers."""
    later = (followup,) if isinstance(followup, str) else tuple(followup)
    names = (baseline, *later)
    if not later:
        raise WrongCall("followup names no column")
    refuse_absent(data, names)
    if len(set(names)) < len(names):
        raise WrongCall("baseline and followup must be different columns")
    values = pd.DataFrame({name: number(data[name]) for name in names}).astype(float)
    for name in names:
        refuse_rows(np.isinf(values[name]), f"{name} must be finite")
    return Scores(names, values)


@dataclass(frozen=True)
class Question:
    """What a call of these estimators asks, its columns checked: gives the `Target` of each model.

    Attributes
    ----------
    prepared : exposure and covariates, before rows are left out.
    scores : the scores of the same rows.
    auxiliary : terms known of everybody that what is missing is guessed from, beside the adjustment.
    everything : terms of all models and the auxiliary ones: rows must be complete in all of them, so that every model
        is of the same persons. Products with the exposure are not among them: their factors are.
    made : what `once` has made.
    """

    prepared: Prepared
    scores: Scores
    auxiliary: tuple[str, ...]
    everything: tuple[str, ...]
    made: dict = field(default_factory=dict, repr=False)

    def once(self, name: object, make: Callable[[], Any]) -> Any:
        """What `make` gives, made at the first call under this name: models of one call share what they can."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        *,
        baseline: str,
        followup: str | Sequence[str],
        exposure: str,
        reference: object,
        models: Mapping[str, Sequence[str]],
        auxiliary: Sequence[str],
        products: bool = False,
    ) -> Question:
        """Raises ValueError on columns that cannot play their part; `products` with the exposure are one if allowed."""
        if isinstance(auxiliary, str):
            raise WrongCall(f"auxiliary must be a list of terms, not the text {auxiliary!r}")
        scores = read_scores(data, baseline, followup)
        terms: Sequence[str] = [term for model in models.values() for term in model]
        if products:
            terms = factors_alone(terms, exposure=exposure, columns=list(data.columns))
        everything = tuple(dict.fromkeys([*terms, *auxiliary]))
        named = term_variables(everything, list(data.columns))
        taken = [name for name in scores.names if name in [exposure, *named]]
        if taken:
            raise WrongCall(f"{taken[0]!r} is a score of the change and can be neither exposure nor covariate")
        prepared = prepare(data, Roles(exposure, (), reference), {"every model": everything})
        return cls(prepared, scores, tuple(auxiliary), everything)

    def target(self, terms: Sequence[str]) -> Target:
        """The target rows for a model with these adjustment terms."""
        values = self.scores.values.to_numpy()[self._sample.frame.index]
        asked = tuple(terms)
        return self.once(("target", asked), lambda: Target(self._sample, asked, values, self.scores.names))

    @cached_property
    def _sample(self) -> Sample:
        """The rows complete in everything; their index counts the rows of the data."""
        frame = self.prepared.frame.reset_index(drop=True)
        return Prepared(frame, self.prepared.roles, self.prepared.levels).sample(self.everything)
