"""Linear models of the change: on paper, against R, with measurement error of known size, and refused."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.change.linear import contrasts, least_squares

CALL = {"baseline": "baseline", "followup": "followup", "exposure": "level"}
ADJUSTMENT = {"crude": (), "adjusted": ("age", "sex")}


def frame(levels, baseline, followup, **columns):
    return pd.DataFrame({"level": [*levels], "baseline": baseline, "followup": followup, **columns})


def estimates(data, **options):
    return mean_change(data, **CALL, **options).tidy().set_index(["measure", "level"])


# By hand


def test_contrasts_are_the_means_then_the_differences():
    expected = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, -1, 0], [0, -1, 1]]
    np.testing.assert_array_equal(contrasts(3, 1), expected)


def test_two_levels_are_the_t_test_by_hand():
    """Changes 2, 4, 6 and 1, 9: means 4 and 5; residual squares 8 + 32 over 3, a variance of 40/3."""
    data = frame("aaabb", [10, 20, 30, 15, 25], [12, 24, 36, 16, 34])
    got = estimates(data)
    assert got["estimate"].tolist() == pytest.approx([4, 5, 1])
    assert got["std_error"].tolist() == pytest.approx(np.sqrt([40 / 9, 40 / 6, 40 / 9 + 40 / 6]))
    assert got.loc[("mean", "a"), "conf_high"] == pytest.approx(4 + 3.182446305 * np.sqrt(40 / 9))
    assert got.loc[("mean_difference", "b"), "p_value"] == pytest.approx(0.78376, abs=1e-5)


def test_a_gap_at_equal_baseline_by_hand():
    """Slopes of the follow-up are 4/8 in a and 2/8 in b, together 6/16; all are moved to the common baseline, 4.5."""
    data = frame("aaabbb", [0, 2, 4, 5, 7, 9], [1, 4, 3, 9.5, 9.5, 10.5])
    slope_of_change = 6 / 16 - 1
    a, b = 2 / 3 + slope_of_change * (4.5 - 2), 17 / 6 + slope_of_change * (4.5 - 7)
    got = estimates(data, analysis="ancova")["estimate"]
    assert got.tolist() == pytest.approx([a, b, b - a])


def test_least_squares_of_several_outcomes_by_hand():
    """1, 2, 3 rises by 1 a step exactly; 0, 3, 0 is level at 1, with squares 1 + 4 + 1 over one degree of freedom."""
    matrix = np.array([[1.0, -1], [1, 0], [1, 1]])
    coefficients, inverse, variance = least_squares(matrix, np.array([[1.0, 0], [2, 3], [3, 0]]))
    np.testing.assert_allclose(coefficients, [[2, 1], [1, 0]], atol=1e-14)
    np.testing.assert_allclose(inverse, [[1 / 3, 0], [0, 1 / 2]], atol=1e-14)
    np.testing.assert_allclose(variance, [0, 6], atol=1e-14)


# Against R


@pytest.mark.parametrize("analysis", ["change", "ancova"])
@pytest.mark.parametrize("model", ADJUSTMENT)
def test_as_lm_and_emmeans(people, read_reference, analysis, model):
    expected = read_reference("change").loc[f"complete_cases:{analysis}:{model}"]
    call = CALL | {"exposure": "education", "analysis": analysis}
    found = mean_change(people, **call, adjust=ADJUSTMENT[model])
    got = found.tidy()
    assert got["level"].tolist() == expected["level"].tolist()
    assert got["measure"].tolist() == expected["measure"].tolist()
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(got[column], expected[column], rtol=1e-8, err_msg=column)
    assert (found.details()["df"] == expected["df"].to_numpy()).all()


# Known truth: measurement error of the baseline

RELIABILITY = 0.7


@pytest.fixture(scope="module")
def mismeasured():
    """At equal true baseline b ends 3 points higher; b begins 10 points higher, and 30 % of the variance is error."""
    rng = np.random.default_rng(31)
    upper = np.repeat([0.0, 1.0], 1500)
    true = 50 + 10 * upper + rng.normal(0, 14, 3000)
    error = 14 * np.sqrt(1 / RELIABILITY - 1)
    baseline = true + rng.normal(0, error, 3000)
    followup = 20 + 3 * upper + 0.6 * true + rng.normal(0, 8, 3000)
    return frame(np.where(upper, "b", "a"), baseline, followup)


def test_a_reliability_of_1_is_the_ancova(people):
    call = CALL | {"exposure": "education", "analysis": "ancova", "adjust": ["age"]}
    got = mean_change(people, **call, reliability=1.0).tidy()
    pd.testing.assert_frame_equal(got, mean_change(people, **call).tidy())


def test_the_true_gap_is_recovered_where_the_reliability_is_known(mismeasured):
    """Uncorrected it is 3 + .6 (1 - .7) 10 = 4.8."""
    gap = ("mean_difference", "b")
    plain = estimates(mismeasured, analysis="ancova").loc[gap]
    corrected = estimates(mismeasured, analysis="ancova", reliability=RELIABILITY).loc[gap]
    assert abs(plain["estimate"] - 4.8) < 3 * plain["std_error"]
    assert plain["estimate"] - 3 > 4 * plain["std_error"]
    assert abs(corrected["estimate"] - 3) < 3 * corrected["std_error"]


def corrected_gap(upper, baseline, followup):
    """The gap less the within-level slope over the reliability times the gap at baseline; draws in the first axis."""
    counts = np.stack([(1 - upper).sum(axis=1), upper.sum(axis=1)])
    centred, gaps = [], []
    for values in (baseline, followup):
        low, high = ((part * values).sum(axis=1) / n for part, n in zip((1 - upper, upper), counts, strict=True))
        centred.append(values - np.where(upper == 1, high[:, None], low[:, None]))
        gaps.append(high - low)
    slope = (centred[0] * centred[1]).sum(axis=1) / (centred[0] ** 2).sum(axis=1)
    return (gaps[1] - gaps[0]) - (slope / RELIABILITY - 1) * gaps[0]


def test_its_error_is_that_of_a_bootstrap(mismeasured):
    """1,500 draws: their spread is known to 2 %; 6 % is three of its errors."""
    rows = mismeasured.iloc[::5]
    upper, baseline, followup = (rows["level"] == "b").to_numpy(float), *rows[["baseline", "followup"]].to_numpy().T
    found = estimates(rows, analysis="ancova", reliability=RELIABILITY).loc[("mean_difference", "b")]
    once = corrected_gap(*(values[None, :] for values in (upper, baseline, followup)))
    assert found["estimate"] == pytest.approx(once[0], rel=1e-10)
    draws = np.random.default_rng(7).integers(0, len(rows), (1500, len(rows)))
    spread = corrected_gap(*(values[draws] for values in (upper, baseline, followup))).std(ddof=1)
    assert found["std_error"] == pytest.approx(spread, rel=0.06)


def test_levels_alike_at_baseline_have_the_same_gap_whatever_the_reliability():
    data = frame("aaabbb", [1, 2, 3, 1, 2, 3], [2, 5, 4, 7, 7, 9])
    plain, corrected = (estimates(data, analysis="ancova", reliability=r)["estimate"] for r in (1.0, 0.5))
    np.testing.assert_allclose(corrected, plain, rtol=1e-12)


# Refusals


def test_no_more_pairs_than_coefficients():
    data = frame("aabb", [1, 2, 3, 4], [2, 5, 4, 9], x=[1.0, 5, 2, 2], y=[3.0, 1, 1, 2])
    with pytest.raises(ValueError, match="there are no more rows with both scores than coefficients: leave terms out"):
        mean_change(data, **CALL, adjust=["x", "y"])


def test_terms_that_cannot_be_told_apart():
    data = frame("aaabbb", [1, 2, 3, 4, 6, 5], [2, 5, 4, 9, 7, 7], x=[1.0, 5, 2, 2, 8, 3])
    with pytest.raises(ValueError, match=r"collinear columns: .*x.* cannot be told apart"):
        mean_change(data.assign(twice=2 * data["x"]), **CALL, adjust=["x", "twice"])


def test_a_baseline_told_by_a_covariate_has_no_slope_of_its_own():
    data = frame("aaabbb", [1, 2, 3, 4, 6, 5], [2, 5, 4, 9, 7, 7])
    with pytest.raises(ValueError, match=r"collinear columns: .*baseline.* cannot be told apart"):
        mean_change(data.assign(x=2 * data["baseline"] + 1), **CALL, adjust=["x"], analysis="ancova")


@pytest.mark.parametrize("analysis", ["change", "ancova"])
def test_a_change_that_a_covariate_tells_perfectly(analysis):
    x = np.array([1.0, 5, 2, 2, 8, 3])
    data = frame("aaabbb", [1, 2, 3, 4, 6, 5.5], np.array([1, 2, 3, 4, 6, 5.5]) + 2 * x, x=x)
    with pytest.raises(ValueError, match="the change is the same in rows alike in all terms: there is no spread"):
        mean_change(data, **CALL, adjust=["x"], analysis=analysis)
