"""The arithmetic of the two readings, by hand and by another route."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from rehab_stats.estimate.pathway.readings import logarithmic_mean, quantities, read, shapley

RNG = np.random.default_rng(11)
CHANCES = RNG.uniform(0.2, 0.9, (4, 6, 3))
SHARE = RNG.dirichlet(np.ones(6))
HOW = {"base": 0, "upper": [1, 2], "order": (0, 1, 2, 3)}


def test_two_stages_by_hand():
    chances = np.array([[[0.2, 0.4]], [[0.5, 0.75]]])  # one pattern, two levels
    found = read(chances, np.ones(1), base=0, upper=[1], reading="sequential", order=(0, 1))
    np.testing.assert_allclose(found.quantity, [[0.2, 0.4], [0.1, 0.3]])
    np.testing.assert_allclose(np.exp(found.logs), [[2.0], [1.5]])
    np.testing.assert_allclose(found.parts[:, 0], 0.2 * np.log([2.0, 1.5]) / np.log(3.0))
    turned = read(chances, np.ones(1), base=0, upper=[1], reading="shapley", order=(0, 1))
    # referred first or last: 0.5 * (0.2 * 0.5 + 0.2 * 0.75); the other 0.25 * (0.2 + 0.4) / 2
    np.testing.assert_allclose(turned.parts[:, 0], [0.125, 0.075])
    np.testing.assert_allclose(np.exp(turned.logs[:, 0]), [2.0, 1.5])  # without covariates the logs are the same


@pytest.mark.parametrize("reading", ["sequential", "shapley"])
def test_parts_add_up_to_the_total(reading):
    found = read(CHANCES, SHARE, reading=reading, **HOW)
    last = quantities(CHANCES, SHARE)[-1]
    np.testing.assert_allclose(found.parts.sum(axis=0), last[1:] - last[0], rtol=0, atol=1e-14)
    np.testing.assert_allclose(found.logs.sum(axis=0), np.log(last[1:] / last[0]), rtol=0, atol=1e-13)


def test_products_of_separately_standardised_stages_do_not_give_the_total():
    alone = np.einsum("p,kps->ks", SHARE, CHANCES)
    separate = np.log(alone[:, 1] / alone[:, 0]).sum()
    total = read(CHANCES, SHARE, reading="sequential", **HOW).logs.sum(axis=0)[0]
    assert abs(separate - total) > 1e-3


def test_shapley_is_the_average_over_all_orders():
    pair = CHANCES[:, :, :2]

    def worth(stages):
        return sum(share * np.prod([pair[j, p, int(j in stages)] for j in range(4)]) for p, share in enumerate(SHARE))

    slow, slow_logs = np.zeros(4), np.zeros(4)
    for order in permutations(range(4)):
        for place, stage in enumerate(order):
            before, after = worth(set(order[:place])), worth(set(order[: place + 1]))
            slow[stage] += (after - before) / 24
            slow_logs[stage] += np.log(after / before) / 24
    logs, parts = shapley(pair, SHARE)
    np.testing.assert_allclose(parts, slow, rtol=1e-12)
    np.testing.assert_allclose(logs, slow_logs, rtol=1e-12)


def test_the_order_moves_the_sequential_reading_and_never_the_shapley_one():
    order = (2, 0, 3, 1)
    plain, moved = (read(CHANCES, SHARE, reading="sequential", **(HOW | {"order": o})) for o in ((0, 1, 2, 3), order))
    assert np.abs(plain.logs - moved.logs).max() > 1e-3
    np.testing.assert_allclose(plain.logs.sum(axis=0), moved.logs.sum(axis=0), atol=1e-13)
    turned = [read(CHANCES[list(o)], SHARE, reading="shapley", **HOW) for o in ((0, 1, 2, 3), order)]
    np.testing.assert_allclose(turned[0].parts[list(order)], turned[1].parts, atol=1e-15)
    np.testing.assert_allclose(turned[0].logs[list(order)], turned[1].logs, atol=1e-13)


def test_without_a_gap_nothing_is_divided_by_nothing():
    same = np.repeat(CHANCES[:, :, :1], 3, axis=2)
    found = read(same, SHARE, reading="sequential", **HOW)
    assert not found.parts.any()
    assert not found.logs.any()


def test_the_logarithmic_mean_lies_between_its_ends_and_is_exact_near_zero():
    near = logarithmic_mean(0.3, np.array([0.0, 1e-14, 1e-8]))
    np.testing.assert_allclose(near, 0.3 * (1 + np.array([0, 1e-14, 1e-8]) / 2), rtol=1e-13)
    assert 0.3 < logarithmic_mean(0.3, np.log(2.0)) < 0.6


def test_opposing_signs_stay_opposing():
    chances = np.array([[[0.2, 0.3]], [[0.9, 0.6]]])
    for reading in ("sequential", "shapley"):
        found = read(chances, np.ones(1), base=0, upper=[1], reading=reading, order=(0, 1))
        assert found.parts[0, 0] > 0 > found.parts[1, 0]
        assert found.parts.sum() == pytest.approx(0.0, abs=1e-15)
