"""The mixed model on paper, against R (nlme::gls, numDeriv), on data of known truth, turned about, and refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from rehab_stats.estimate.change.mixed import fit_mixed

COLUMNS = {
    "two": ["score_1", "score_2"],
    "three": ["score_1", "score_2", "score_3"],
    "complete": ["complete_1", "complete_2"],
    "complete_three": ["complete_1", "complete_2", "complete_3"],
}
NAMES = ["1", "medium", "long", "age"]


@pytest.fixture(scope="module")
def people(read_reference):
    """90 invented persons with three scores, some missing (tests/reference/mixed_model.R)."""
    return read_reference("mixed_data", "id")


def design(people):
    levels = people["education"]
    return np.column_stack([np.ones(len(people)), levels == "medium", levels == "long", people["age"]]).astype(float)


def change(q, occasions):
    """Contrasts: the coefficients of the last occasion less those of the first."""
    return np.hstack([-np.eye(q), np.zeros((q, q * (occasions - 2))), np.eye(q)])


def same(a, b, rtol=1e-8):
    for one, other in zip(a, b, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-9)


def one_mean(scores):
    return fit_mixed(np.ones((len(scores), 1)), np.array(scores, dtype=float))


# By hand


def test_complete_pairs_are_the_paired_t_test_by_hand():
    """Changes 2, 6, 2, 6: mean 4, SD sqrt(16/3), error sqrt(4/3), 3 degrees of freedom."""
    fit = one_mean([[10, 12], [20, 26], [30, 32], [40, 46]])
    got = fit.contrast([[-1, 1]])
    assert got.estimates == pytest.approx([4])
    assert got.covariance == pytest.approx(np.array([[4 / 3]]))
    assert got.df == pytest.approx([3])
    np.testing.assert_allclose(fit.sigma, [[500 / 3, 540 / 3], [540 / 3, 596 / 3]], rtol=1e-12)
    assert (fit.persons, fit.iterations) == (4, 1)


def test_who_has_only_a_first_score_moves_the_second_mean_along_the_regression_line():
    """Mean 2 = mean of the pairs + sigma21/sigma11 (mean 1 of all - mean 1 of the pairs)."""
    fit = one_mean([[10, 14], [20, 22], [30, 37], [25, 24], [50, np.nan], [60, np.nan]])
    pairs_1, all_1, pairs_2 = 85 / 4, 195 / 6, 97 / 4
    slope = fit.sigma[1, 0] / fit.sigma[0, 0]
    assert fit.coefficients.ravel() == pytest.approx([all_1, pairs_2 + slope * (all_1 - pairs_1)])
    assert fit.sigma[0, 0] == pytest.approx(np.var([10, 20, 30, 25, 50, 60], ddof=1), rel=0.2)


@pytest.mark.parametrize("case", ["complete", "complete_three"])
def test_with_complete_scores_it_is_the_regression_of_the_change(people, case):
    z, scores = design(people), people[COLUMNS[case]].to_numpy()
    fit = fit_mixed(z, scores)
    got = fit.contrast(change(4, scores.shape[1]))
    same(got, fit.contrast(change(4, scores.shape[1]), errors="expected"))
    difference = scores[:, -1] - scores[:, 0]
    coefficients, rest, *_ = np.linalg.lstsq(z, difference)
    covariance = np.linalg.inv(z.T @ z) * rest / (len(z) - 4)
    np.testing.assert_allclose(got.estimates, coefficients, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(got.covariance, covariance, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(got.df, len(z) - 4, rtol=1e-9)


# Against R


def contrasts(people, case):
    """Every coefficient, then every change from the first occasion to the last; as a function of the kind of errors."""
    scores = people[COLUMNS[case]].to_numpy()
    fit = fit_mixed(design(people), scores)
    matrix = np.vstack([np.eye(4 * scores.shape[1]), change(4, scores.shape[1])])
    return fit, lambda errors: fit.contrast(matrix, errors=errors)


@pytest.mark.parametrize("case", COLUMNS)
def test_as_the_restricted_likelihood_written_out_in_r(people, read_reference, case):
    """Maximised in R with numerical derivatives: good to about 1e-8 of an error, and to 1e-7 for df."""
    fit, got = contrasts(people, case)
    expected = read_reference("mixed_coefficients").loc[case]
    known = got("expected")
    errors = np.sqrt(np.diag(known.covariance))
    np.testing.assert_allclose(known.estimates, expected["estimate"], rtol=1e-6, atol=1e-7 * errors.min())
    np.testing.assert_allclose(errors, expected["std_error"], rtol=1e-7)
    np.testing.assert_allclose(known.df, expected["df"], rtol=1e-6)
    half = student.ppf(0.975, known.df) * errors
    np.testing.assert_allclose(half, student.ppf(0.975, expected["df"]) * expected["std_error"], rtol=1e-6)
    sigma = read_reference("mixed_sigma").loc[case, "sigma"]
    np.testing.assert_allclose(fit.sigma[np.tril_indices(len(fit.sigma))], sigma, rtol=1e-6)
    counts = read_reference("mixed_fits").loc[case]
    assert fit.log_likelihood == pytest.approx(counts["log_likelihood"], rel=1e-12)
    assert fit.persons == counts["persons"]


@pytest.mark.parametrize("case", COLUMNS)
def test_observed_errors_are_those_of_the_hessian_by_all_parameters(people, read_reference, case):
    _, got = contrasts(people, case)
    expected = read_reference("mixed_coefficients").loc[case]
    joint = got("observed")
    errors = np.sqrt(np.diag(joint.covariance))
    np.testing.assert_allclose(errors, expected["joint_std_error"], rtol=1e-6)
    if case == "two":  # R differentiates numerically what is itself a numerical derivative
        np.testing.assert_allclose(joint.df, expected["joint_df"], rtol=1e-6)
        assert (errors > expected["std_error"]).all()


@pytest.mark.parametrize("case", COLUMNS)
def test_as_gls_of_nlme(people, read_reference, case):
    """gls stops a little before its maximum, whatever its tolerances: 1e-4 of an error, errors to 1e-5."""
    fit, got = contrasts(people, case)
    expected = read_reference("mixed_coefficients").loc[case]
    known = got("expected")
    errors = np.sqrt(np.diag(known.covariance))
    assert (np.abs(known.estimates - expected["gls_estimate"]) < 1e-4 * errors).all()
    np.testing.assert_allclose(errors, expected["gls_std_error"], rtol=1e-5)
    reached = read_reference("mixed_fits").loc[case, "gls_log_likelihood"]
    assert reached - 1e-8 < fit.log_likelihood < reached + 1e-6  # the same constant, and never below


# Known truth


def sampled(rng, n=76):
    """Who scores low at first comes back less often; the mean rises by 5 in all. Correlation 0.6, SD 20."""
    first = rng.normal(60, 20, n)
    last = 65 + 0.6 * (first - 60) + rng.normal(0, 16, n)
    gone = rng.random(n) < 1 / (1 + np.exp((first - 60) / 10))
    return np.column_stack([first, np.where(gone, np.nan, last)])


def test_unbiased_and_covering_where_going_missing_depends_on_the_first_score():
    """The errors that take the covariance as known are too small by a fifth here, and no larger sample mends it."""
    rng = np.random.default_rng(11)
    replicates, covered, found, pairs, errors = 120, 0, [], [], []
    for _ in range(replicates):
        scores = sampled(rng)
        fit = one_mean(scores)
        got = fit.contrast([[-1, 1]])
        errors.append([got.covariance[0, 0], fit.contrast([[-1, 1]], errors="expected").covariance[0, 0]])
        covered += abs(got.estimates[0] - 5) < student.ppf(0.975, got.df[0]) * np.sqrt(errors[-1][0])
        found.append(got.estimates[0])
        pairs.append(np.nanmean(scores[:, 1] - scores[:, 0]))
    spread = np.std(found)
    observed, expected = np.sqrt(np.mean(errors, axis=0))
    assert np.mean(found) == pytest.approx(5, abs=4 * spread / np.sqrt(replicates))
    assert covered / replicates == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / replicates))
    assert observed == pytest.approx(spread, rel=4 / np.sqrt(2 * replicates))
    assert expected < 0.88 * spread
    assert np.mean(pairs) < 3  # the pairs alone: those low at first, who would rise most, are missing


def test_a_large_sample_gives_the_covariance_back():
    rng = np.random.default_rng(5)
    n, wanted = 20_000, np.array([[400.0, 240, 160], [240, 500, 300], [160, 300, 450]])
    z = np.column_stack([np.ones(n), rng.integers(0, 2, (n, 11))]).astype(float)
    scores = z @ rng.normal(0, 3, (12, 3)) + rng.multivariate_normal(np.zeros(3), wanted, n)
    scores[rng.random((n, 3)) < [0.1, 0.3, 0.5]] = np.nan
    np.testing.assert_allclose(fit_mixed(z, scores).sigma, wanted, rtol=0.06)


# Invariance


@pytest.fixture(scope="module")
def three(people):
    return design(people), people[COLUMNS["three"]].to_numpy()


def test_order_of_rows_and_persons_without_scores_change_nothing(three):
    z, scores = three
    order = np.random.default_rng(1).permutation(len(z))
    nobody = np.full((5, 3), np.nan)
    other = fit_mixed(np.vstack([z[order], z[:5]]), np.vstack([scores[order], nobody]))
    same(fit_mixed(z, scores).contrast(change(4, 3)), other.contrast(change(4, 3)))
    assert other.persons == np.isfinite(scores).any(axis=1).sum()


def test_order_of_occasions_changes_nothing(three):
    z, scores = three
    a = fit_mixed(z, scores).contrast(change(4, 3))
    b = fit_mixed(z, scores[:, ::-1]).contrast(-change(4, 3))
    same(a, b)


def test_units_of_scores_and_of_covariates(three):
    z, scores = three
    a = fit_mixed(z, scores)
    b = fit_mixed(z * [1, 1, 1, 1 / 365.25], scores / 100 + 7)
    shift = np.kron(np.ones(3), [7, 0, 0, 0])
    np.testing.assert_allclose(
        b.coefficients.ravel(), a.coefficients.ravel() / 100 * np.tile([1, 1, 1, 365.25], 3) + shift, rtol=1e-8
    )
    np.testing.assert_allclose(b.sigma, a.sigma / 1e4, rtol=1e-8)
    np.testing.assert_allclose(b.contrast(change(4, 3)).df, a.contrast(change(4, 3)).df, rtol=1e-8)
    shrunk = np.isfinite(scores).sum() - 12
    per_age = 3 * np.log(365.25)
    assert b.log_likelihood == pytest.approx(a.log_likelihood + shrunk * np.log(100) + per_age, rel=1e-10)


def test_another_reference_level_is_the_same_model(three):
    z, scores = three
    turn = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [1, -1, -1, 0], [0, 0, 0, 1.0]]).T  # 1, medium, short, age
    a, b = fit_mixed(z, scores), fit_mixed(z @ turn, scores)
    same(a.contrast(change(4, 3)[[3]]), b.contrast(change(4, 3)[[3]]))
    long_less_short = np.array([[0, 0, 1, 0] @ change(4, 3)])
    short_less_long = np.array([[0, 0, -1, 0] @ change(4, 3)])
    same(a.contrast(long_less_short), b.contrast(short_less_long))


def test_calendar_years_are_well_conditioned(three):
    z, scores = three
    rng = np.random.default_rng(2)
    year = rng.integers(2009, 2013, len(z))
    a = fit_mixed(np.column_stack([z, year - 2010.0]), scores)
    b = fit_mixed(np.column_stack([z, year.astype(float)]), scores)
    same(a.contrast(change(5, 3)[1:]), b.contrast(change(5, 3)[1:]), rtol=1e-7)


def test_the_input_is_not_changed(three):
    z, scores = three[0].copy(), three[1].copy()
    fit_mixed(z, scores)
    np.testing.assert_array_equal(z, three[0])
    np.testing.assert_array_equal(scores, three[1])


# The small and the odd


def test_76_pairs_with_3_in_one_level():
    rng = np.random.default_rng(3)
    level = np.repeat([0, 1, 2], [43, 30, 3])
    z = np.column_stack([np.ones(76), level == 1, level == 2]).astype(float)
    scores = rng.normal(60, 20, (76, 1)) + rng.normal(0, 10, (76, 2))
    got = fit_mixed(z, scores).contrast(change(3, 2))
    means = pd.Series(scores[:, 1] - scores[:, 0]).groupby(level).mean()
    np.testing.assert_allclose(got.estimates, [means[0], means[1] - means[0], means[2] - means[0]])
    np.testing.assert_allclose(got.df, 73)


def test_four_occasions_with_every_pattern():
    rng = np.random.default_rng(8)
    scores = rng.normal(60, 15, (300, 1)) + rng.normal(0, 10, (300, 4))
    scores[rng.random(scores.shape) < 0.4] = np.nan
    fit = one_mean(scores)
    np.testing.assert_allclose(np.diag(fit.sigma), 325, rtol=0.4)
    assert 50 < fit.contrast([[-1, 0, 0, 1]]).df[0] < 300


def test_close_correlations_converge():
    rng = np.random.default_rng(9)
    scores = rng.normal(60, 15, (80, 1)) + rng.normal(0, 0.2, (80, 3))
    scores[rng.random(scores.shape) < 0.2] = np.nan
    fit = one_mean(scores)
    assert fit.sigma[0, 1] / np.sqrt(fit.sigma[0, 0] * fit.sigma[1, 1]) > 0.999
    assert fit.iterations < 30


# Refusals


def refused(z, scores, message, **options):
    with pytest.raises(ValueError, match=message):
        fit_mixed(z, scores, **options)


def test_pairs_that_are_missing_are_refused():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(30, 2))
    never = scores.copy()
    never[:15, 0], never[15:, 1] = np.nan, np.nan
    ones = np.ones((30, 1))
    names = {"occasions": ["baseline", "follow_up"]}
    refused(ones, never, "nobody has scores at both baseline and follow_up", **names)
    few = scores.copy()
    few[:14, 0], few[16:, 1] = np.nan, np.nan
    refused(ones, few, "too few persons have scores at both baseline and follow_up to learn their covariance", **names)
    just = scores.copy()
    just[:14, 0], just[17:, 1] = np.nan, np.nan
    assert np.isfinite(fit_mixed(ones, just).log_likelihood)


@pytest.mark.parametrize("column", [0, 1])
def test_a_constant_score_is_refused(column):
    scores = np.random.default_rng(1).normal(60, 20, (30, 2))
    scores[:, column] = 66.7
    refused(np.ones((30, 1)), scores, f"the score at {column} does not vary given the covariates")


def test_a_score_that_follows_from_others_is_refused():
    rng = np.random.default_rng(1)
    first = rng.normal(60, 20, 30)
    gone = np.where(np.arange(30) < 8, np.nan, 1.0)
    ones = np.ones((30, 1))
    for last in (first + 5, 120 - 0.5 * first, (first + 5) * gone):
        refused(ones, np.column_stack([first, last]), "singular: the score at one occasion follows")
    middle = rng.normal(60, 20, 30)
    refused(ones, np.column_stack([first, middle, first - middle]), "singular: the score at one")


def test_covariates_that_say_the_same_are_named(three):
    z, scores = three
    copy = np.column_stack([z, 2 * z[:, 3]])
    refused(copy, scores, "collinear columns: age, months cannot be told apart", names=[*NAMES, "months"])
    short_of_long = np.where(z[:, [2]] == 1, [[1.0, np.nan, np.nan]], 1.0) * scores
    refused(z, short_of_long, "among the persons with a score at 1, nothing can be learned about long", names=NAMES)


def test_few_rows_are_refused():
    rng = np.random.default_rng(1)
    refused(rng.normal(size=(5, 6)), rng.normal(size=(5, 2)), "too few persons have a score at 0 for .* 6 coefficients")


def test_shapes_and_missing_covariates_are_refused(three):
    z, scores = three
    refused(z, scores[:, 0], "scores \\(persons, T\\), T >= 2")
    refused(z, scores[:, :1], "T >= 2")
    refused(z[1:], scores, "a person a row in both")
    refused(np.where(z == z[3, 3], np.nan, z), scores, "covariates must be finite")
    refused(z, np.where(np.isnan(scores), np.inf, scores), "scores must be finite, or NaN")
    with pytest.raises(ValueError, match="a contrast has 3 columns, the model 12"):
        fit_mixed(z, scores).contrast([[1, 0, 0]])
    with pytest.raises(ValueError, match="errors must be one of observed, expected, not 'robust'"):
        fit_mixed(z, scores).contrast(change(4, 3), errors="robust")
