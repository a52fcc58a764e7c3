"""Ridits: by hand, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.rank import ridits, steps

LADDER = ["basic", "middle", "long", "unknown"]


def _ladder(*cells):
    return pd.Series(
        pd.Categorical([level for level, count in cells for _ in range(count)], LADDER, ordered=True), name="education"
    )


def test_shares_of_12_and_10_percent():
    """The check case of PHEindicatormethods::phe_sii (its manual prints 0.6 for the first, a slip for 0.06)."""
    got = ridits(_ladder(("basic", 12), ("middle", 10), ("long", 78)))
    assert got.drop_duplicates().tolist() == pytest.approx([0.06, 0.17, 0.61], rel=1e-12)


def test_unknown_and_missing_are_not_ranked_and_count_in_no_share():
    column = _ladder(("long", 1), ("unknown", 3), ("basic", 3))
    column[len(column)] = np.nan
    got = ridits(column.astype(pd.CategoricalDtype(LADDER, ordered=True)))
    expected = [0.875, *[np.nan] * 3, *[0.375] * 3, np.nan]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_weights_are_shares_of_weight():
    column = _ladder(("basic", 1), ("middle", 1), ("long", 1))
    np.testing.assert_allclose(ridits(column, weights=[2, 1, 1]), [0.25, 0.625, 0.875], rtol=1e-12)
    np.testing.assert_allclose(ridits(column, weights=pd.Series([20, 10, 10])), [0.25, 0.625, 0.875], rtol=1e-12)


def test_a_weight_of_three_is_three_rows():
    column = _ladder(("basic", 2), ("middle", 1), ("long", 2))
    times = [3, 1, 2, 4, 1]
    repeated = ridits(column.repeat(times).reset_index(drop=True))
    np.testing.assert_allclose(np.repeat(ridits(column, weights=times), times), repeated, rtol=1e-12)


def test_mean_is_one_half_and_order_of_rows_is_nothing():
    rng = np.random.default_rng(3)
    income, weight = pd.Series(rng.integers(0, 40, 500)), rng.uniform(0.2, 3, 500)
    got = ridits(income, weights=weight)
    assert np.average(got, weights=weight) == pytest.approx(0.5, rel=1e-12)
    shuffled = income.sample(frac=1, random_state=1)
    again = ridits(shuffled, weights=pd.Series(weight)[shuffled.index])
    pd.testing.assert_series_equal(again.sort_index(), got, rtol=1e-12)


@pytest.mark.parametrize("kind", ["int64", "float64", "Int64", "object"])
def test_numbers_of_any_type(kind):
    column = pd.Series([10, 2, 2, 30]).astype(kind)
    np.testing.assert_allclose(ridits(column), [0.625, 0.25, 0.25, 0.875], rtol=1e-12)


def test_flags_and_numbers_missing():
    np.testing.assert_allclose(ridits(pd.Series([True, False, False])), [5 / 6, 1 / 3, 1 / 3], rtol=1e-12)
    np.testing.assert_allclose(ridits(pd.Series([5, None, 1], dtype="Int64")), [0.75, np.nan, 0.25], rtol=1e-12)
    assert ridits(pd.Series([None, None], dtype=object)).isna().all()


def test_steps_of_a_category_are_positions():
    assert steps(_ladder(("long", 1), ("basic", 1))).tolist() == [2.0, 0.0]


@pytest.mark.parametrize(
    ("column", "options", "message"),
    [
        (pd.Series(["a", "b"], name="school"), {}, "school has no order: make it an ordered category"),
        (pd.Series(["a", "b"], name="school", dtype="category"), {}, "school is a category without order"),
        (pd.Series([1, 2]), {"weights": [1, -1]}, "weights must be finite and not below zero"),
        (pd.Series([1, 2]), {"weights": [1, np.nan]}, "weights must be finite and not below zero"),
        (pd.Series([1, 2]), {"weights": [1, 1, 1]}, r"one number a row \(2 rows\), not 3"),
        (pd.Series([1, 2]), {"weights": pd.Series([1, 1], index=[3, 4])}, "must have the same index"),
        (pd.Series([1, None], name="x"), {"weights": [0, 1]}, "weights are zero in every row that has a place"),
    ],
)
def test_refused(column, options, message):
    with pytest.raises(ValueError, match=message):
        ridits(column, **options)
