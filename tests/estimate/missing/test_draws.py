"""Draws for one column: by hand, against other fits, known truth, and data on which a model has no best fit."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from rehab_stats.estimate.missing.draws import (
    category_draw,
    category_values,
    linear_draw,
    matched_donors,
    normal_values,
    probabilities,
)


def _linear(x: np.ndarray, y: np.ndarray, rng: np.random.Generator):
    return linear_draw(x @ x.T, x @ y, float(y @ y), len(y), rng)


def _with_ones(*rows) -> np.ndarray:
    return np.vstack([np.ones(len(rows[0])), *rows])


# ---- numbers


def test_a_line_through_three_points_on_paper():
    """(0, 1), (1, 2), (2, 6): slope 2.5, intercept 0.5, residual sum of squares 1.5."""
    x, y = _with_ones([0, 1, 2]), np.array([1.0, 2, 6])
    got = _linear(x, y, np.random.default_rng(1))
    assert got.fitted == pytest.approx([0.5, 2.5], abs=1e-13)
    again = np.random.default_rng(1)
    sigma = np.sqrt(1.5 / again.chisquare(1))
    assert got.sigma == pytest.approx(sigma, rel=1e-12)
    # X'X = [[3, 3], [3, 5]]: its lower root is [[sqrt 3, 0], [sqrt 3, sqrt 2]]
    u, v = again.standard_normal(2)
    assert got.drawn == pytest.approx(
        [0.5 + sigma * (u / np.sqrt(3) - v / np.sqrt(2)), 2.5 + sigma * v / np.sqrt(2)], abs=1e-12
    )


def test_parameters_have_their_posterior():
    """sigma^2 is RSS / chi-squared, whose mean is RSS / (df - 2); coefficients spread as that times (X'X)^-1."""
    rng = np.random.default_rng(2)
    x, y = _with_ones(rng.normal(size=30), rng.normal(size=30)), rng.normal(size=30)
    draws = [_linear(x, y, rng) for _ in range(3000)]
    inverse = np.linalg.inv(x @ x.T)
    fitted = inverse @ x @ y
    rss = float((y - fitted @ x) @ (y - fitted @ x))
    assert np.mean([one.sigma**2 for one in draws]) == pytest.approx(rss / 25, rel=0.02)
    spread = np.cov([one.drawn for one in draws], rowvar=False)
    np.testing.assert_allclose(spread, rss / 25 * inverse, atol=0.06 * rss / 25 * inverse.max())
    assert np.mean([one.drawn for one in draws], axis=0) == pytest.approx(fitted, abs=0.02)


def test_a_perfect_line_leaves_nothing_to_chance():
    x = _with_ones([0, 1, 2, 5])
    got = _linear(x, 3 - 2 * x[1], np.random.default_rng(3))
    assert got.sigma == pytest.approx(0, abs=1e-7)
    assert normal_values(_with_ones([10.0]), got, np.random.default_rng(4)) == pytest.approx([-17], abs=1e-5)


def test_predictors_that_cannot_be_told_apart_get_a_ridge():
    x = _with_ones([0, 1, 2, 4.0], [0, 1, 2, 4.0])
    got = _linear(x, np.array([1.0, 2, 2, 5]), np.random.default_rng(5))
    alone = _linear(x[:2], np.array([1.0, 2, 2, 5]), np.random.default_rng(5))
    assert got.fitted @ x == pytest.approx(alone.fitted @ x[:2], abs=1e-3)


def test_donors_are_the_five_nearest_each_as_often_as_the_next():
    """The window over sorted predictions picks among the persons that sorting all distances would."""
    rng = np.random.default_rng(6)
    known, wanted = _with_ones(rng.normal(size=40)), _with_ones(np.append(rng.normal(size=8), [-9, 9]))
    draw = _linear(known, rng.normal(size=40) + known[1], rng)
    distance = np.abs((draw.fitted @ known)[None, :] - (draw.drawn @ wanted)[:, None])
    nearest = np.sort(np.argsort(distance, axis=1)[:, :5], axis=1)
    picked = np.array([matched_donors(known, wanted, draw, rng) for _ in range(1000)])
    for person in range(10):
        values, counts = np.unique(picked[:, person], return_counts=True)
        assert values.tolist() == nearest[person].tolist()
        assert counts.min() > 200 - 4 * np.sqrt(160)


def test_ties_among_donors_are_broken_at_random_and_few_are_enough():
    rng = np.random.default_rng(7)
    known = _with_ones(np.repeat([0.0, 1], 20))
    draw = _linear(known, known[1] + rng.normal(size=40), rng)
    picked = {int(place) for _ in range(300) for place in matched_donors(known, _with_ones([0.0]), draw, rng)}
    assert len(picked & set(range(20))) == 20
    two = _with_ones([0.0, 1])
    assert set(matched_donors(two, _with_ones(np.zeros(50)), draw, rng)) == {0, 1}


# ---- categories


class _Unit:
    """Stands for a generator whose normal numbers are 0 but for one 1: such draws add up to the covariance."""

    def __init__(self, place: int) -> None:
        self.place = place

    def standard_normal(self, size: int) -> np.ndarray:
        return (np.arange(size) == self.place).astype(float)


def _covariance(x: np.ndarray, codes: np.ndarray, everybody: np.ndarray, size: int) -> np.ndarray:
    moved = []
    for place in range(size):
        one = category_draw(x, codes, everybody, _Unit(place))
        moved.append((one.drawn - one.fitted).ravel())
    return sum(np.outer(step, step) for step in moved)


def _augmented(x: np.ndarray, everybody: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pseudo-rows once more, predictor by predictor, as White, Daniel & Royston describe them."""
    rows, codes = [], []
    for j in range(1, len(everybody)):
        for category in range(k):
            for sign in (0.5, -0.5):
                row = everybody.mean(axis=1)
                row[j] += sign * everybody[j].std(ddof=1)
                row[j] = min(max(row[j], everybody[j].min()), everybody[j].max())
                rows.append(row)
                codes.append(category)
    weight = len(everybody) / len(rows)
    return np.column_stack([x, np.array(rows).T]), np.array(codes), np.full(len(rows), weight)


def test_a_logit_is_that_of_the_augmented_data():
    rng = np.random.default_rng(8)
    everybody = _with_ones(rng.normal(size=60), rng.integers(0, 2, 60))
    x = everybody[:, :40]
    codes = (rng.random(40) < expit(x[1])).astype(int)
    all_x, more, weights = _augmented(x, everybody, 2)
    model = sm.GLM(
        np.append(codes, more),
        all_x.T,
        family=sm.families.Binomial(),
        freq_weights=np.append(np.ones(40), weights),
    ).fit(tol=1e-12)
    # Newton stops where a step of 1e-4 leaves an error of about 1e-8
    assert category_draw(x, codes, everybody, rng).fitted[0] == pytest.approx(model.params, abs=1e-7)
    np.testing.assert_allclose(_covariance(x, codes, everybody, 3), model.cov_params(), rtol=1e-6, atol=1e-9)


def test_a_multinomial_logit_is_at_the_maximum_and_draws_spread_by_its_curvature():
    rng = np.random.default_rng(9)
    x = _with_ones(rng.normal(size=80))
    codes = np.argmax(np.array([0 * x[1], x[1], -0.5 + 0 * x[1]]) + rng.gumbel(size=(3, 80)), axis=0)
    all_x, more, weights = _augmented(x, x, 3)
    all_codes, all_weights = np.append(codes, more), np.append(np.ones(80), weights)

    def value(theta: np.ndarray) -> float:
        predictors = np.vstack([np.zeros(all_x.shape[1]), theta.reshape(2, 2) @ all_x])
        own = predictors[all_codes, np.arange(all_x.shape[1])]
        return float(all_weights @ (own - np.log(np.exp(predictors).sum(axis=0))))

    best, step = category_draw(x, codes, x, rng).fitted.ravel(), 1e-4
    units = step * np.eye(4)
    slope = [(value(best + u) - value(best - u)) / (2 * step) for u in units]
    assert slope == pytest.approx(np.zeros(4), abs=1e-5)
    curve = [
        [
            (value(best + u + v) - value(best + u - v) - value(best - u + v) + value(best - u - v)) / (4 * step**2)
            for v in units
        ]
        for u in units
    ]
    expected = np.linalg.inv(-np.array(curve))
    np.testing.assert_allclose(_covariance(x, codes, x, 4), expected, rtol=1e-4, atol=1e-6)  # second differences


def test_two_categories_are_the_smallest_multinomial():
    x = _with_ones([0.0, 1, 2])
    shares = probabilities(np.array([[0.2, -1.0]]), x)
    assert shares[1] == pytest.approx(expit(0.2 - x[1]))
    assert shares.sum(axis=0) == pytest.approx(np.ones(3))


def test_values_come_with_their_probabilities():
    rng = np.random.default_rng(10)
    draw = category_draw(_with_ones(rng.normal(size=50)), rng.integers(0, 3, 50), _with_ones(rng.normal(size=50)), rng)
    x = np.repeat(_with_ones([0.7]), 20_000, axis=1)
    got = np.bincount(category_values(x, draw, rng), minlength=3) / 20_000
    assert got == pytest.approx(probabilities(draw.drawn, x[:, :1])[:, 0], abs=0.015)


@pytest.mark.parametrize("k", [2, 3])
def test_a_predictor_that_tells_the_category_perfectly_gives_finite_draws(k):
    rng = np.random.default_rng(11)
    codes = np.repeat(np.arange(k), 30)
    x = _with_ones(codes + 0.1 * rng.normal(size=len(codes)))
    shares = []
    for _ in range(20):
        draw = category_draw(x, codes, x, rng)
        assert np.abs(draw.fitted).max() < 100
        shares.append((category_values(x, draw, rng) == codes).mean())
    assert np.mean(shares) > 0.9


def test_no_predictors_at_all():
    rng = np.random.default_rng(12)
    codes = np.repeat([0, 1, 2], [10, 20, 70])
    ones = np.ones((1, 100))
    draw = category_draw(ones, codes, ones, rng)
    assert probabilities(draw.fitted, ones)[:, 0] == pytest.approx([0.1, 0.2, 0.7], abs=1e-7)
