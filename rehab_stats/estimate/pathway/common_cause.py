"""The likelihood of a path whose stages share an unmeasured normal cause, and what it says of the gap.

Checked against R (own likelihood, optim): tests/reference/pathway_selection.R.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.polynomial.hermite_e import hermegauss
from scipy.linalg import LinAlgError

from rehab_stats.estimate.model.contrasts import wald
from rehab_stats.estimate.model.design_matrix import Design, covariate_patterns
from rehab_stats.estimate.model.fit import solve
from rehab_stats.estimate.model.level_models import BINOMIAL
from rehab_stats.estimate.model.models import MERGE
from rehab_stats.estimate.model.sample import Sample
from rehab_stats.estimate.model.standardisation import level_indicators
from rehab_stats.estimate.pathway.reading_rows import PER
from rehab_stats.estimate.pathway.readings import shapley_weights
from rehab_stats.estimate.pathway.stage_models import StageModels
from rehab_stats.estimate.pathway.stages import TOTAL
from rehab_stats.rank import UNRANKED, midpoints

NODES = 31
"""Of the adaptive quadrature over the cause, per combination of covariates and outcomes."""
OUTER_NODES = 61
"""Of the average over the cause."""
STEPS, SETTLED = 60, 1e-8


@dataclass(frozen=True)
class CommonCause:
    """The marginal likelihood over cells: rows alike in covariates and in what they did at every stage.

    Attributes
    ----------
    fitted : StageModels
    design : with an intercept.
    number : (cells,) rows in each.
    pattern : (cells,) its covariate pattern.
    size, value : (stages, cells)
    mean : (patterns,) mean of the cause in persons of the pattern's level.
    columns : one a stage: the columns of the design that its rows can tell apart.
    """

    fitted: StageModels
    design: Design
    number: np.ndarray
    pattern: np.ndarray
    size: np.ndarray
    value: np.ndarray
    mean: np.ndarray
    shift: float

    @classmethod
    def of(cls, fitted: StageModels, design: Design, shift: float) -> CommonCause:
        journeys = fitted.journeys
        table = {"pattern": design.index}
        for place in range(len(journeys.stages)):
            table |= {f"size {place}": journeys.size[place], f"value {place}": journeys.value[place]}
        index, first = covariate_patterns(pd.DataFrame(table))
        by_level = shift * (_places(fitted.sample) - 0.5)
        return cls(
            fitted,
            design,
            np.bincount(index).astype(float),
            design.index[first],
            journeys.size[:, first],
            journeys.value[:, first],
            by_level[fitted.patterns.level],
            shift,
        )

    @property
    def width(self) -> int:
        return self.design.matrix.shape[1]

    def start(self, fitted: StageModels) -> np.ndarray:
        """(stages, columns): no common cause. A model at its limit has no finite coefficients: refused."""
        exposure, found = self.design.terms[fitted.sample.exposure], []
        others = [c for c in range(1, self.width) if c not in exposure]
        base = fitted.names.index(fitted.sample.reference)
        order = [a for a in range(len(fitted.names)) if a != base]
        for stage, model in zip(fitted.journeys.names, fitted.models, strict=True):
            if model.at_limit or not np.isfinite(model.base).all():
                raise ValueError(
                    f"stage {stage}: a fitted chance is 0 or 1, which no cause can move; leave the stage out or {MERGE}"
                )
            row = np.zeros(self.width)
            row[others] = model.slopes
            row[exposure] = model.base[order] - model.base[base]
            row[0] = model.base[base] + self.design.centre[exposure] @ row[exposure]
            found.append(row)
        return np.array(found)

    def maximum(self, coefficients: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray, float]:
        """Coefficients (stages, columns) at the maximum, their covariance, and the log-likelihood."""
        centre, spread = self._adapted(coefficients, strength, np.zeros(len(self.number)))
        value, score, information = self._likelihood(coefficients, strength, centre, spread)
        for _ in range(STEPS):
            try:
                step = solve(information, score)
            except LinAlgError:
                raise ValueError(f"the fit at strength {strength:g} has no maximum; {MERGE}") from None
            for _ in range(30):
                moved = coefficients + step.reshape(coefficients.shape)
                # nodes move with the coefficients: around the old modes the integrals would be lost
                centre, spread = self._adapted(moved, strength, centre)
                new, *_ = self._likelihood(moved, strength, centre, spread, value_only=True)
                if new >= value - 1e-9 * (1 + abs(value)):
                    break
                step = step / 2
            coefficients = moved
            value, score, information = self._likelihood(coefficients, strength, centre, spread)
            moves = np.abs(self.design.matrix @ step.reshape(coefficients.shape).T).max()
            if moves < SETTLED * max(1.0, np.abs(coefficients).max()):
                return coefficients, solve(information, np.eye(len(score))), value
        raise ValueError(f"the fit at strength {strength:g} did not settle in {STEPS} steps; {MERGE}")

    def _predictors(self, coefficients: np.ndarray) -> np.ndarray:
        """(stages, cells)"""
        return (self.design.matrix @ coefficients.T).T[:, self.pattern]

    def _adapted(self, coefficients: np.ndarray, strength: float, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mode of the cause in each cell given what its rows did, and its spread there: nodes are put around it."""
        if not strength:
            return np.zeros(len(self.number)), np.ones(len(self.number))
        predictors, mean = self._predictors(coefficients), self.mean[self.pattern]
        for _ in range(50):
            slope, curve = mean - centre, np.ones_like(centre)
            for eta, size, value in zip(predictors, self.size, self.value, strict=True):
                fitted = BINOMIAL.mean(eta + strength * centre)
                slope = slope + strength * (value - size * fitted)
                curve = curve + strength**2 * size * BINOMIAL.slope(fitted)
            step = np.clip(slope / curve, -1.0, 1.0)
            centre = centre + step
            if np.abs(step).max() < 1e-7:
                break
        return centre, 1 / np.sqrt(curve)

    def _likelihood(
        self,
        coefficients: np.ndarray,
        strength: float,
        centre: np.ndarray,
        spread: np.ndarray,
        *,
        value_only: bool = False,
    ) -> tuple[float, np.ndarray, np.ndarray]:
        """Log-likelihood, score and observed information of all stages' coefficients, stage by stage."""
        nodes, weights = hermegauss(NODES if strength else 1)
        cause = centre[:, None] + spread[:, None] * nodes
        # density of the cause over that of the nodes
        logs = np.log(weights) - 0.5 * (cause - self.mean[self.pattern][:, None]) ** 2 + 0.5 * nodes**2
        logs = logs + np.log(spread)[:, None] - 0.5 * np.log(2 * np.pi)
        if not strength:
            logs = np.zeros_like(cause)
        predictors = self._predictors(coefficients)
        for eta, size, value in zip(predictors, self.size, self.value, strict=True):
            at = eta[:, None] + strength * cause
            with np.errstate(over="ignore", invalid="ignore"):
                logs = logs + value[:, None] * at - size[:, None] * BINOMIAL.cumulant(at)
        top = logs.max(axis=1)
        shares = np.exp(logs - top[:, None])
        total = shares.sum(axis=1)
        value = float(self.number @ (top + np.log(total)))
        if value_only:
            return value, np.empty(0), np.empty(0)
        shares /= total[:, None]
        residuals, curves = [], []
        for eta, size, done in zip(predictors, self.size, self.value, strict=True):
            fitted = BINOMIAL.mean(eta[:, None] + strength * cause)
            residuals.append(done[:, None] - size[:, None] * fitted)
            curves.append(np.einsum("cq,cq->c", shares, size[:, None] * BINOMIAL.slope(fitted)))
        means = [np.einsum("cq,cq->c", shares, residual) for residual in residuals]
        return value, self._score(means), self._information(shares, residuals, means, curves)

    def _score(self, means: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate([self.design.matrix.T @ self._by_pattern(self.number * mean) for mean in means])

    def _information(
        self,
        shares: np.ndarray,
        residuals: Sequence[np.ndarray],
        means: Sequence[np.ndarray],
        curves: Sequence[np.ndarray],
    ) -> np.ndarray:
        many, width = len(residuals), self.width
        found = np.zeros((many * width, many * width))
        for j in range(many):
            for k in range(j, many):
                joint = np.einsum("cq,cq,cq->c", shares, residuals[j], residuals[k]) - means[j] * means[k]
                held = (curves[j] if j == k else 0.0) - joint
                # weights may lie below 0 here, which `cross_product` does not take
                block = self.design.matrix.T @ (self._by_pattern(self.number * held)[:, None] * self.design.matrix)
                found[j * width : (j + 1) * width, k * width : (k + 1) * width] = block
                found[k * width : (k + 1) * width, j * width : (j + 1) * width] = block.T
        return found

    def _by_pattern(self, values: np.ndarray) -> np.ndarray:
        return np.bincount(self.pattern, weights=values, minlength=self.design.patterns)

    def rows(self, coefficients: np.ndarray, covariance: np.ndarray, strength: float) -> list[dict]:
        """Parts of the gap and odds ratios at one strength."""
        fitted, sample = self.fitted, self.fitted.sample
        names, base = fitted.journeys.names, fitted.names.index(sample.reference)
        started, rows = sample.persons(fitted.journeys.started), []
        reached = [sample.persons(one) for one in fitted.journeys.reached]
        fixed = {"at": strength, "stratum": f"shift={self.shift:g}", "reference": sample.reference}
        exposure = self.design.terms[sample.exposure]
        upper = [a for a in range(len(fitted.names)) if a != base]
        for column, a in zip(exposure, upper, strict=True):
            level = fitted.names[a]
            logs, parts, gradient = self._parts(coefficients, strength, a, base)
            spread = gradient @ covariance @ gradient.T
            for place, (stage, values) in enumerate(
                [(name, (logs[k], parts[k])) for k, name in enumerate(names)] + [(TOTAL, (logs.sum(), parts.sum()))]
            ):
                k = min(place, len(names) - 1)
                common = fixed | {"outcome": stage, "level": level, "n": started[level], "events": reached[k][level]}
                common |= {"n_reference": started[sample.reference], "events_reference": reached[k][sample.reference]}
                for kind, (measure, value) in enumerate(zip(("log_contribution", "contribution"), values, strict=True)):
                    picked = np.zeros(len(spread))
                    picked[kind * len(names) : (kind + 1) * len(names)] = 1.0
                    if stage != TOTAL:
                        picked[:] = np.arange(len(spread)) == kind * len(names) + place
                    error = float(np.sqrt(picked @ spread @ picked))
                    found = wald(value, error, scale="natural", contrast=False)
                    rows.append({"measure": measure} | common | found | ({"per": PER} if kind else {}))
                if stage != TOTAL:
                    where = place * self.width + column
                    ratio = wald(
                        np.exp(coefficients[place, column]),
                        float(np.sqrt(covariance[where, where])),
                        scale="log",
                        contrast=True,
                    )
                    rows.append({"measure": "odds_ratio"} | common | ratio)
        return rows

    def _parts(
        self, coefficients: np.ndarray, strength: float, a: int, base: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log and absolute contributions (stages,) of one level, and their gradient (both, coefficients)."""
        matrices = [self._as_level(level) for level in (base, a)]
        nodes, weights = hermegauss(OUTER_NODES if strength else 1)
        weights = weights / weights.sum()
        cause = self.mean[:, None] + nodes
        share = self.fitted.share[:, None] * weights
        many, patterns = len(coefficients), self.design.patterns
        chances, slopes = np.empty((many, 2, share.size)), np.empty((many, 2, share.size))
        for j in range(many):
            for side, matrix in enumerate(matrices):
                at = (matrix @ coefficients[j])[:, None] + strength * cause
                mean = BINOMIAL.mean(at)
                chances[j, side] = mean.ravel()
                slopes[j, side] = (BINOMIAL.slope(mean) / mean).ravel()
        products = share.reshape(1, -1)
        for one in chances:
            products = np.concatenate([products * one[0], products * one[1]])
        worth = products.sum(axis=1)
        weight = shapley_weights(many)
        both = np.concatenate([weight / worth, weight])  # how contributions move with the worth of a subset
        gradient = np.zeros((2 * many, many * self.width))
        subsets = np.arange(1 << many)
        for j in range(many):
            for side, matrix in enumerate(matrices):
                chosen = (subsets >> j & 1) == side
                moved = (both[:, chosen] @ products[chosen]) * slopes[j, side]
                by_pattern = moved.reshape(2 * many, patterns, -1).sum(axis=2)
                gradient[:, j * self.width : (j + 1) * self.width] += by_pattern @ matrix
        return weight @ np.log(worth), weight @ worth, gradient

    def _as_level(self, level: int) -> np.ndarray:
        """(patterns, columns): the design, everybody of one level."""
        found = self.design.matrix.copy()
        exposure = self.design.terms[self.fitted.sample.exposure]
        found[:, exposure] = level_indicators(self.fitted.sample)[level] - self.design.centre[exposure]
        return found


def _places(sample: Sample) -> np.ndarray:
    """(levels,): the ridit of each level among the rows used; 1/2 for `unknown`."""
    ranked = np.array([name != UNRANKED for name in sample.levels])
    mass = np.bincount(sample.level, minlength=len(sample.levels)).astype(float)
    places = np.full(len(sample.levels), 0.5)
    places[ranked] = midpoints(np.flatnonzero(ranked).astype(float), mass[ranked])
    return places
