"""What an unmeasured common cause of the stages would do to their parts of the gap.

Who passes a stage is selected: by level, by what is recorded, and by what is not. If something unrecorded (need, wish,
drive) moves every stage, those of a level who came far differ from those of another in it, although at the start they
may not. Here the cause is given a strength, and the stages are fitted as they would be with it in the model.

Checked against R (own likelihood, optim): tests/reference/pathway_selection.R.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd
from numpy.polynomial.hermite_e import hermegauss
from scipy.linalg import LinAlgError

from rehab_stats.estimate.model.contrasts import wald
from rehab_stats.estimate.model.design_matrix import Design, build_design, covariate_patterns
from rehab_stats.estimate.model.fit import solve
from rehab_stats.estimate.model.level_models import BINOMIAL
from rehab_stats.estimate.model.models import MERGE, Adjustment, stacked_models
from rehab_stats.estimate.model.sample import Roles, Sample, WrongCall
from rehab_stats.estimate.model.standardisation import level_indicators
from rehab_stats.estimate.pathway.decomposition import PER
from rehab_stats.estimate.pathway.readings import shapley_weights
from rehab_stats.estimate.pathway.stage_models import ROW, PathData, StageModels, models_by_level
from rehab_stats.estimate.pathway.stages import TOTAL, YES_NO, StageColumns
from rehab_stats.rank import midpoints
from rehab_stats.vocabulary import Estimates

STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0)
NODES = 31
"""Of the adaptive quadrature over the cause, per combination of covariates and outcomes."""
OUTER_NODES = 61
"""Of the average over the cause."""
STEPS, SETTLED = 60, 1e-8


def unmeasured_cause(
    data: pd.DataFrame,
    *,
    stages: StageColumns,
    exposure: str,
    adjust: Adjustment = (),
    reference: object = None,
    strengths: Sequence[float] = STRENGTHS,
    shift: float = 0.0,
) -> Estimates:
    """The Shapley reading of the path, were there an unmeasured cause of this strength behind all its stages.

    Parameters
    ----------
    data, stages, exposure, adjust, reference
        As in `pathway`, all of yes and no: a count has no place here, since such a cause would make its spread, not
        only its mean. One row per person; a stage is missing at random where it is missing.
    strengths : sequence of float
        What one standard deviation of the cause adds to the log odds of passing every stage; 0: no such cause.
    shift : float
        By how many standard deviations the cause is higher at the top of the ladder of levels than at its bottom
        (ridits 1 and 0; `unknown` stands in the middle). 0: at the diagnosis the levels are alike in it. Below 0: those
        of the lower levels have more of it, as need.

    Returns
    -------
    Estimates
        Per strength (`at`), stage and level but the reference the `contribution` and `log_contribution` of the Shapley
        reading and those of the `total`, persons and cause averaged over; and of each stage the `odds_ratio` of the
        level, given the covariates and the cause. Wald limits from the information at
        that strength, the persons taken as fixed; p for the ratios alone. `n`, `events` as in `pathway`. `stratum` is
        `shift=<shift>`. Details: `per` of contributions, `n_reference`, `events_reference`.
        Diagnostics: `rows_used`, `rows_dropped`, `levels_empty`, `patterns`, and `log_likelihood.<strength>`: of
        little use in choosing a strength, which the data hardly know.

    Raises
    ------
    ValueError
        As `pathway`; a fit that does not settle. `WrongCall`: strengths below 0, a shift that is no number.

    Notes
    -----
    With u = m_e + N(0, 1), m_e = shift (ridit - 1/2), the linear predictor of stage j is that of `pathway` plus
    strength u. The likelihood of a person is the integral over u of the product over the stages come to (Buis 2011, doi
    10.1016/j.rssm.2010.12.006), by adaptive Gauss-Hermite quadrature with 31 nodes; strengths are given, not estimated.
    v(S) is the mean over persons of the integral over their own u of the product of p_j(e or reference, x, u). Odds
    ratios grow with the strength although nothing is confounded at the first stage: they are of persons alike in u
    (they do not collapse), so the parts of the gap, which are averages, are the ones to look at.

    A sensitivity analysis: no strength is likely because it is shown. In data in which the stages do not depend on each
    other but through u it recovers the parts; tested against R and on simulated data in
    tests/estimate/pathway/test_unmeasured.py.
    """
    asked = _refused(strengths, shift)
    path = PathData.of(data, stages, adjust, measured=None, period=False)
    ladder = data[exposure].dtype if exposure in data else None
    if shift and isinstance(ladder, pd.CategoricalDtype) and not ladder.ordered:
        raise WrongCall(f"{exposure} is a category without order: a shift needs a ladder")
    counts = [stage.name for stage in path.journeys.stages if stage.kind != YES_NO]
    if counts:
        raise WrongCall(f"unmeasured_cause takes stages of 0 and 1; leave out {', '.join(counts)}")

    def estimate(sample: Sample, terms: Sequence[str]) -> tuple[list[dict], dict]:
        fitted = models_by_level(path, sample, terms)
        problem = _Problem.of(fitted, build_design(sample.frame, exposure=exposure, terms=terms), shift)
        coefficients, rows, about = problem.start(fitted), [], {}
        for strength in asked:
            coefficients, covariance, value = problem.maximum(coefficients, strength)
            about[f"log_likelihood.{strength:g}"] = value
            rows += problem.rows(coefficients, covariance, strength)
        kept = ("rows_used", "rows_dropped", "levels_empty", "patterns")
        return rows, {name: fitted.diagnostics[name] for name in kept} | about

    names = list(path.journeys.names)
    return stacked_models(
        path.data,
        Roles(exposure, (ROW,), reference),
        adjust,
        estimate,
        check=lambda prepared: None,
        advice=MERGE,
        method="",
        context={
            "outcome": names[-1],
            "exposure": exposure,
            "stages": names,
            "kinds": [stage.kind for stage in path.journeys.stages],
            "reading": "shapley",
            "stratum": "shift",
        },
    ).replaced(
        method=f"Gap in {names[-1]} by {exposure} over {len(names)} stages ({', '.join(names)}), Shapley reading, with "
        "an unmeasured normal cause of all stages of given strengths (log odds per standard deviation) in every model, "
        f"its mean {shift:g} standard deviations higher at the top of the ladder than at the bottom (Buis 2011); Wald "
        "95 % intervals, delta method."
    )


def _refused(strengths: Sequence[float], shift: float) -> tuple[float, ...]:
    found = tuple(strengths) if not isinstance(strengths, Real) else (strengths,)
    if not found or any(isinstance(s, bool) or not isinstance(s, Real) or not 0 <= s < np.inf for s in found):
        raise WrongCall(f"strengths must be numbers from 0 on, not {strengths!r}")
    if isinstance(shift, bool) or not isinstance(shift, Real) or not np.isfinite(shift):
        raise WrongCall(f"shift must be a number, not {shift!r}")
    return tuple(sorted(float(s) for s in found))


@dataclass(frozen=True)
class _Problem:
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
    def of(cls, fitted: StageModels, design: Design, shift: float) -> _Problem:
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
    ranked = np.array([name != "unknown" for name in sample.levels])
    mass = np.bincount(sample.level, minlength=len(sample.levels)).astype(float)
    places = np.full(len(sample.levels), 0.5)
    places[ranked] = midpoints(np.flatnonzero(ranked).astype(float), mass[ranked])
    return places
