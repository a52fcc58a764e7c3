"""What one missing value may have been: draws of a model's parameters, then of the values, for one column at a time.

Draws are proper: the parameters come from their posterior, not from their best guess, so that imputations disagree by
as much as the data leave open. Arrays have a row per predictor and a column per person (`x`: (predictors, persons), the
first predictor all ones), since all sums run over persons. Sums are numpy's own (`einsum`): they do not depend on how
many threads a linear-algebra library takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtrs

DONORS = 5
"""Persons among whom predictive mean matching picks one."""
RIDGE = 1e-5
"""Share of its diagonal added to a cross product that cannot be factored, as in mice."""
CLOSE = 1e-4
"""A Newton step that moves no linear predictor by more is the last; steps shrink quadratically, to about 1e-8."""


@dataclass(frozen=True)
class LinearDraw:
    """Least squares and one draw from the posterior of its parameters (flat prior).

    Attributes
    ----------
    fitted : (predictors,), the least-squares coefficients.
    drawn : (predictors,), the coefficients drawn.
    sigma : the residual standard deviation drawn.
    """

    fitted: np.ndarray
    drawn: np.ndarray
    sigma: float


def linear_draw(
    gram: np.ndarray, products: np.ndarray, square: float, rows: int, rng: np.random.Generator
) -> LinearDraw:
    """Parameters of a linear model drawn from sums alone.

    sigma^2 = RSS / chi-squared with rows - predictors degrees of freedom, and coefficients normal about those of least
    squares with covariance sigma^2 (X'X)^-1 (Rubin 1987, doi 10.1002/9780470316696, p. 167; mice.impute.norm). A cross
    product that cannot be factored gets a ridge of 1e-5 of its diagonal.

    Parameters
    ----------
    gram, products, square : X'X, X'y and y'y over the rows where y is known, columns on a common scale.
    rows : how many these are.
    """
    root = _root(gram)
    turned = _solved(root, products)
    residual = max(square - float(turned @ turned), 0.0)
    sigma = float(np.sqrt(residual / rng.chisquare(max(rows - len(gram), 1))))
    drawn = _solved(root, turned + sigma * rng.standard_normal(len(gram)), transposed=True)
    return LinearDraw(_solved(root, turned, transposed=True), drawn, sigma)


def normal_values(x: np.ndarray, draw: LinearDraw, rng: np.random.Generator) -> np.ndarray:
    """(persons,): normal values about the drawn line."""
    return np.einsum("p,pn->n", draw.drawn, x) + draw.sigma * rng.standard_normal(x.shape[1])


def matched_donors(
    x_known: np.ndarray, x: np.ndarray, draw: LinearDraw, rng: np.random.Generator, *, donors: int = DONORS
) -> np.ndarray:
    """(persons,): for each person without a value, the position of a person with one, by predictive mean matching.

    Type 1: the prediction of a person without a value uses the drawn coefficients, those of persons with one the fitted
    coefficients; one of the `donors` nearest is picked at random, ties in random order (van Buuren 2018, doi
    10.1201/9780429492259, section 3.4; mice.impute.pmm).
    """
    known = np.einsum("p,pn->n", draw.fitted, x_known)
    wanted = np.einsum("p,pn->n", draw.drawn, x)
    shuffled = rng.permutation(len(known))
    order = shuffled[np.argsort(known[shuffled], kind="stable")]
    donors = min(donors, len(known))
    ends = np.full(donors, np.inf)
    line = np.concatenate([-ends, known[order], ends])
    above = np.searchsorted(known[order], wanted)
    # the j-th nearest below is among the nearest if it is no further than the (donors + 1 - j)-th nearest above
    around = np.abs(line[above[:, None] + np.arange(2 * donors)] - wanted[:, None])
    below = (around[:, :donors] <= around[:, donors:]).sum(axis=1)
    return order[above - below + rng.integers(0, donors, len(wanted))]


@dataclass(frozen=True)
class CategoryDraw:
    """A multinomial logit and one draw of its coefficients, (categories - 1, predictors); the first category is 0."""

    fitted: np.ndarray
    drawn: np.ndarray


def category_draw(
    x: np.ndarray,
    codes: np.ndarray,
    everybody: np.ndarray,
    rng: np.random.Generator,
    *,
    start: np.ndarray | None = None,
) -> CategoryDraw:
    """Coefficients of a logit (two categories) or multinomial logit, drawn from a normal about the fitted ones.

    The fit is to the data and a few light pseudo-rows, which keep the coefficients finite where a predictor tells the
    category perfectly: for every predictor and category two rows at the predictors' means, that predictor half a
    standard deviation up and down (within its range), of total weight the number of predictors (White, Daniel & Royston
    2010, doi 10.1016/j.csda.2010.04.005; mice's augment). The covariance is the inverse information. mice draws no
    parameters for more than two categories; this does.

    Parameters
    ----------
    x : (predictors, persons with a category)
    codes : (persons,), 0 to categories - 1, each of which occurs.
    everybody : (predictors, all persons): where means, spreads and ranges are taken from.
    start : coefficients to begin from.
    """
    k = int(codes.max()) + 1
    extra, extra_codes, weight = _pseudo_rows(everybody, k)
    x = np.concatenate([x, extra], axis=1)
    weights = np.concatenate([np.ones(len(codes)), np.full(extra.shape[1], weight)])
    codes = np.concatenate([codes, extra_codes])
    happened = (codes == np.arange(1, k)[:, None]).astype(float)
    fitted, information = _newton(x, happened, weights, start)
    noise = _solved(_root(information), rng.standard_normal(fitted.size), transposed=True)
    return CategoryDraw(fitted, fitted + noise.reshape(fitted.shape))


def category_values(x: np.ndarray, draw: CategoryDraw, rng: np.random.Generator) -> np.ndarray:
    """(persons,): a category for each, by the drawn probabilities."""
    bounds = np.cumsum(probabilities(draw.drawn, x), axis=0)
    return (rng.random(x.shape[1]) > bounds[:-1]).sum(axis=0)


def probabilities(coefficients: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(categories, persons): multinomial logit probabilities."""
    upper, first = _shares(np.einsum("kp,pn->kn", coefficients, x))
    return np.concatenate([np.exp(-first)[None], upper])


def _shares(predictors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(categories - 1, persons): probabilities of all but the first; (persons,): minus the log of that of the first."""
    top = np.maximum(predictors.max(axis=0), 0.0)
    odds = np.exp(predictors - top)
    total = odds.sum(axis=0) + np.exp(-top)
    return odds / total, top + np.log(total)


def _pseudo_rows(everybody: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Predictors and categories of the pseudo-rows, and the weight of each."""
    p = len(everybody) - 1
    if not p:
        return np.empty((1, 0)), np.empty(0, dtype=int), 0.0
    centre = everybody.mean(axis=1)
    step = 0.5 * everybody.std(axis=1, ddof=1)[1:]
    low, high = everybody.min(axis=1)[1:], everybody.max(axis=1)[1:]
    extra = np.repeat(centre[:, None], 2 * k * p, axis=1)
    for j in range(p):
        moved = np.clip([centre[j + 1] + step[j], centre[j + 1] - step[j]], low[j], high[j])
        extra[j + 1, 2 * k * j : 2 * k * (j + 1)] = np.tile(moved, k)
    return extra, np.tile(np.repeat(np.arange(k), 2), p), (p + 1) / (2 * k * p)


def _newton(
    x: np.ndarray, happened: np.ndarray, weights: np.ndarray, start: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients at the maximum of the weighted likelihood, and the information there."""
    theta = np.zeros((len(happened), len(x))) if start is None else start
    value, score, information = _likelihood(theta, x, happened, weights)
    for _ in range(100):
        root = _root(information)
        step = _solved(root, _solved(root, score.ravel()), transposed=True).reshape(theta.shape)
        before = value
        for _ in range(30):
            value, score, information = _likelihood(theta + step, x, happened, weights)
            if value >= before - 1e-9 * (1 + abs(before)):
                break
            step = step / 2
        theta = theta + step
        if np.abs(np.einsum("kp,pn->kn", step, x)).max() < CLOSE:
            break
    return theta, information


def _likelihood(
    theta: np.ndarray, x: np.ndarray, happened: np.ndarray, weights: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    predictors = np.einsum("kp,pn->kn", theta, x)
    shares, first = _shares(predictors)
    value = float(np.einsum("n,n->", weights, (happened * predictors).sum(axis=0) - first))
    score = np.einsum("kn,pn->kp", weights * (happened - shares), x)
    k, p = theta.shape
    information = np.empty((k, p, k, p))
    for a in range(k):
        for b in range(a, k):
            spread = weights * shares[a] * ((a == b) - shares[b])
            information[a, :, b] = np.einsum("pn,qn->pq", x * spread, x)
            information[b, :, a] = information[a, :, b]
    return value, score, information.reshape(k * p, k * p)


def _root(gram: np.ndarray) -> np.ndarray:
    """The lower Cholesky factor, with a small ridge where there is none without."""
    root, failed = dpotrf(gram, lower=1)
    if not failed:
        return root
    diagonal = np.diag(gram)
    return np.linalg.cholesky(gram + np.diag(RIDGE * np.where(diagonal > 0, diagonal, 1.0)))


def _solved(root: np.ndarray, right: np.ndarray, *, transposed: bool = False) -> np.ndarray:
    """L^-1 right, or L'^-1 right. LAPACK is called directly: numpy's own checks take longer than the solving."""
    return dtrtrs(root, right, lower=1, trans=int(transposed))[0]
