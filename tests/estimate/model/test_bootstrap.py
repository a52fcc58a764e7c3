"""bootstrap: by hand, closed-form errors, the same for any workers, draws that fail, refusal."""

import numpy as np
import pytest

from rehab_stats.estimate.model.bootstrap import Draws, bootstrap
from rehab_stats.estimate.model.sample import WrongCall

VALUES = np.random.default_rng(4).exponential(2.0, 150)
GROUPS = np.repeat([0, 1], [90, 60])


def _mean(weights):
    return np.array([weights @ VALUES / weights.sum()])


def _difference(weights):
    first = GROUPS == 0
    return [np.average(VALUES[part], weights=weights[part]) for part in (first, ~first)]


# ---- by hand


def test_limits_errors_and_covariance_of_five_draws_on_paper():
    draws = Draws(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0], [5.0, 10.0]]), failed=0)
    assert draws.errors.tolist() == pytest.approx([np.sqrt(2.5), np.sqrt(10)])
    assert draws.covariance.ravel().tolist() == pytest.approx([2.5, 5, 5, 10])
    low, high = draws.limits(0.5)
    # type 6: the 1.5th and the 4.5th of five
    assert (low.tolist(), high.tolist()) == ([1.5, 3], [4.5, 9])
    low, high = draws.limits()  # the 0.15th: five draws do not reach so far
    assert (low.tolist(), high.tolist()) == ([1, 2], [5, 10])


def test_limits_leave_out_as_much_as_they_say_however_few_the_draws():
    rng = np.random.default_rng(2015)
    for number in (39, 200):
        inside = []
        for _ in range(4000):
            low, high = Draws(rng.standard_normal((number, 1)), failed=0).limits()
            inside.append(low[0] < rng.standard_normal() < high[0])
        # with type 7 it would be 90.25 % and 94.05 %
        assert np.mean(inside) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 4000))


def test_a_draw_has_as_many_units_of_each_group_as_there_are():
    seen = []

    def keep(weights):
        seen.append(weights.copy())
        return weights[:1]

    bootstrap(keep, 150, groups=GROUPS, draws=7)
    assert len(seen) == 7
    for weights in seen:
        assert [weights[group == GROUPS].sum() for group in (0, 1)] == [90, 60]
        assert (weights % 1 == 0).all()
    assert len({tuple(weights) for weights in seen}) == 7  # a stream of chance for each draw


# ---- known truth


def test_error_of_a_mean_in_closed_form():
    draws = bootstrap(_mean, 150, draws=4000)
    assert draws.errors[0] == pytest.approx(VALUES.std() / np.sqrt(150), rel=0.04)
    assert draws.values.mean() == pytest.approx(VALUES.mean(), rel=0.01)


def test_errors_within_groups_in_closed_form_and_the_groups_independent():
    draws = bootstrap(_difference, 150, groups=GROUPS, draws=4000)
    expected = [VALUES[group == GROUPS].std() / np.sqrt((group == GROUPS).sum()) for group in (0, 1)]
    assert draws.errors.tolist() == pytest.approx(expected, rel=0.05)
    assert abs(np.corrcoef(draws.values.T)[0, 1]) < 0.06


# ---- invariance


def test_workers_change_nothing():
    one, three = (bootstrap(_difference, 150, groups=GROUPS, draws=60, workers=workers) for workers in (1, 3))
    assert (one.values == three.values).all()


def test_the_first_draws_are_the_same_however_many_follow():
    few, many = (bootstrap(_mean, 150, draws=draws, rng=np.random.default_rng(8)) for draws in (20, 50))
    assert (few.values == many.values[:20]).all()
    assert (few.values != bootstrap(_mean, 150, draws=20).values).any()


def test_names_of_groups_change_nothing_but_their_order():
    plain, named = (bootstrap(_difference, 150, groups=groups, draws=20) for groups in (GROUPS, GROUPS * 5 + 3))
    assert (plain.values == named.values).all()


# ---- draws that give nothing


def _failing(share, error):
    calls = iter(range(10_000))

    def statistic(weights):
        if next(calls) < share * 100:
            return error()
        return _mean(weights)

    return statistic


def _raise(error):
    raise error


@pytest.mark.parametrize(
    "error",
    [
        lambda: _raise(ValueError("nobody left")),
        lambda: _raise(np.linalg.LinAlgError("singular")),
        lambda: np.array([np.nan]),
    ],
)
def test_a_few_draws_without_a_value_are_counted_and_left_out(error):
    draws = bootstrap(_failing(0.05, error), 150, draws=100)
    assert (draws.failed, len(draws.values)) == (5, 95)
    assert np.isfinite(draws.values).all()


def test_many_draws_without_a_value_are_refused_with_the_first_reason():
    with pytest.raises(ValueError, match=r"more than 5% of the bootstrap draws gave no estimate, .* since nobody left"):
        bootstrap(_failing(0.06, lambda: _raise(ValueError("nobody left"))), 150, draws=100)


def test_errors_that_are_no_estimate_s_fault_go_through():
    with pytest.raises(KeyError):
        bootstrap(_failing(1, lambda: _raise(KeyError("booked"))), 150, draws=10)


# ---- refusal


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"draws": 1}, "draws must be a whole number of at least 2, not 1"),
        ({"draws": 20.0}, "draws must be a whole number"),
        ({"draws": True}, "draws must be a whole number"),
        ({"workers": 0}, "workers must be a whole number of at least 1, not 0"),
    ],
)
def test_settings_that_cannot_be(options, message):
    with pytest.raises(WrongCall, match=message):
        bootstrap(_mean, 150, **options)
