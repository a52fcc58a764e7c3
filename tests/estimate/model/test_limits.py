"""Limits of shares and counts: by hand, against R, and how often they hold the truth for a handful of persons."""

import numpy as np
import pytest
from scipy.stats import binom, poisson

from rehab_stats.estimate.model.limits import newcombe, poisson_limits, share_with_limits, wilson


def test_by_hand():
    # 9 of 10: (9 + 1.92073) -+ 1.95996 sqrt(9 * 1 / 10 + 0.96036), over 13.84146
    low, high = wilson(9, 10)
    assert low == pytest.approx((10.92073 - 1.95996 * np.sqrt(1.86036)) / 13.84146, abs=1e-5)
    assert high == pytest.approx((10.92073 + 1.95996 * np.sqrt(1.86036)) / 13.84146, abs=1e-5)
    assert wilson(0, 5)[0] == 0
    assert wilson(5, 5)[1] == 1
    # nobody: the upper limit m has exp(-m) = 0.025
    assert poisson_limits(0) == (0.0, pytest.approx(-np.log(0.025)))
    row = share_with_limits(9, 10)
    assert (row["estimate"], row["n"], row["events"]) == (0.9, 10, 9)
    assert row["std_error"] == pytest.approx(np.sqrt(0.9 * 0.1 / 10))


def test_against_r(read_reference):
    """prop.test, poisson.test and Newcombe's method written out: tests/reference/monitoring.R."""
    for case, row in read_reference("monitoring_limits").iterrows():
        kind, *numbers = case.split(":")
        if kind == "wilson":
            got = wilson(int(numbers[0]), int(numbers[1]), level=float(numbers[2]))
        elif kind == "newcombe":
            got = newcombe(*map(int, numbers))
        else:
            got = np.array(poisson_limits(int(numbers[0]))) / 64.4
        np.testing.assert_allclose(
            got, row[["conf_low", "conf_high"]].astype(float), rtol=1e-9, atol=1e-12, err_msg=case
        )


@pytest.mark.parametrize("n", [8, 20, 45])
def test_wilson_holds_shares_of_small_municipalities(n):
    """Exact coverage, every count weighted by its probability: 95 % on average, never far below."""
    limits = np.array([wilson(k, n) for k in range(n + 1)])
    shares = np.linspace(0.02, 0.98, 193)
    held = [binom.pmf(range(n + 1), n, p)[(limits[:, 0] <= p) & (p <= limits[:, 1])].sum() for p in shares]
    assert np.mean(held) == pytest.approx(0.95, abs=0.01)
    assert min(held) > 0.83


def test_the_exact_limits_of_a_count_hold_at_least_as_often_as_they_say():
    counts = range(200)
    limits = np.array([poisson_limits(k) for k in counts])
    for mean in (0.4, 2.5, 12.0, 64.0):
        held = poisson.pmf(counts, mean)[(limits[:, 0] <= mean) & (mean <= limits[:, 1])].sum()
        assert held >= 0.95


def test_newcombe_turns_round_with_the_groups():
    low, high = newcombe(18, 20, 12, 20)
    assert newcombe(12, 20, 18, 20) == (pytest.approx(-high), pytest.approx(-low))
