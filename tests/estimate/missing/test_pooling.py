"""rubin, imputations_needed and pool: by hand, against mice, known truth, invariance, refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import t as student

from rehab_stats.estimate.access.gradient import odds_ratios, standardised_risks
from rehab_stats.estimate.missing.pooling import imputations_needed, pool, rubin
from rehab_stats.vocabulary import TIDY_COLUMNS, Estimates


def _part(estimate: float, error: float, **more) -> Estimates:
    details = {"df": more.pop("df"), "n_reference": more.pop("n_reference", 20)} if "df" in more else None
    row = {"measure": "mean_difference", "level": "long", "reference": "short", "p_value": 0.5, "n": 30}
    row |= {"estimate": estimate, "std_error": error, "events": 12} | more
    return Estimates([row], details=None if details is None else pd.DataFrame([details]), method="A difference.")


# ---- by hand


def test_df_of_five_imputations_with_a_tenth_more_variance():
    """The worked figures of SAS's manual: m = 5 and r = 0.10 give (5 - 1) (1 + 1 / 0.1)^2 = 484."""
    spread = np.array([-2.0, -1, 0, 1, 2])  # variance 2.5
    found = rubin(spread * np.sqrt(0.1 / (1.2 * 2.5)), np.ones(5))
    assert found.riv == pytest.approx(0.10, rel=1e-14)
    assert found.df == pytest.approx(484, rel=1e-13)
    assert found.variance == pytest.approx(1.1, rel=1e-14)
    assert found.lambda_ == pytest.approx(1 / 11, rel=1e-13)


def test_two_imputations_on_paper():
    """Q 1 and 3, U 2 and 4: W 3, B 2, T 6, g 1/2, Rubin's df 4, of v = 9: 9 * 10 / 12 / 2 = 3.75; joined 60 / 31."""
    found = rubin([1.0, 3.0], [2.0, 4.0], 9)
    assert [found.estimate, found.within, found.between, found.variance] == [2, 3, 2, 6]
    assert [found.riv, found.lambda_] == [1, 0.5]
    assert found.df == pytest.approx(60 / 31, rel=1e-14)
    assert found.fmi == pytest.approx((1 + 2 / (60 / 31 + 3)) / 2, rel=1e-14)


def test_nobody_missing_leaves_the_complete_data_analysis():
    found = rubin(np.full(5, 0.1), np.full(5, 0.3), 40)  # 0.1 has no exact binary form
    assert [found.between, found.riv, found.lambda_] == [0, 0, 0]
    assert found.variance == pytest.approx(0.3, rel=1e-15)
    assert found.df == pytest.approx(40 * 41 / 43, rel=1e-14)
    large = rubin(np.full(5, 0.1), np.full(5, 0.3))
    assert (large.df, large.fmi) == (np.inf, 0)


@pytest.mark.parametrize(("df", "expected"), [(np.inf, 3), (10, 0)])
def test_no_error_within_imputations_that_differ(df, expected):
    found = rubin(np.arange(4.0), np.zeros(4), df)
    assert (found.lambda_, found.fmi, found.df) == (1, 1, expected)


@pytest.mark.parametrize(("fmi", "m"), [(0.2, 9), (0.3, 19), (0.4, 33), (0.5, 51), (0.6, 73), (0.7, 99)])
def test_imputations_needed_for_a_known_fraction(fmi, m):
    assert imputations_needed(fmi, np.inf) == m


def test_imputations_needed_looks_at_the_upper_limit_of_the_largest_fraction():
    upper = expit(logit(0.4) + 1.959963984540054 * np.sqrt(2 / 20))
    assert imputations_needed(np.array([0.1, 0.4, 0.2]), 20) == np.ceil(1 + (upper / 0.05) ** 2 / 2) == 63
    assert imputations_needed(0.4, 20, cv=0.1) == np.ceil(1 + (upper / 0.1) ** 2 / 2)
    assert imputations_needed(0.0, 20) == 2
    assert imputations_needed(1.0, 20) == 201


def test_a_difference_is_pooled_with_students_t():
    got = pool([_part(1, np.sqrt(2), df=9), _part(3, 2, df=9)])
    row, details = got.tidy().iloc[0], got.details().iloc[0]
    reach = student.ppf(0.975, 60 / 31) * np.sqrt(6)
    assert row[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx([2, 2 - reach, 2 + reach], rel=1e-12)
    assert row["p_value"] == pytest.approx(2 * student.sf(2 / np.sqrt(6), 60 / 31), rel=1e-12)
    assert details[["m", "within", "between", "riv", "lambda"]].tolist() == pytest.approx([2, 3, 2, 1, 0.5], rel=1e-14)
    assert details["df"] == pytest.approx(60 / 31, rel=1e-14)
    assert got.diagnostics == {"imputations": 2, "largest_fmi": details["fmi"]}
    assert got.method == (
        "A difference; pooled over 2 imputations by Rubin's rules, degrees of freedom as Barnard and Rubin's, t "
        "intervals."
    )


def test_ratios_are_pooled_as_logarithms_and_risks_have_limits_on_the_logit_scale():
    rows = [
        {"measure": measure, "level": "long", "estimate": estimate, "std_error": error}
        for measure, estimates in (("odds_ratio", [2, 8]), ("risk", [0.2, 0.4]))
        for estimate, error in zip(estimates, [0.1, 0.3], strict=True)
    ]
    got = pool(pd.DataFrame(rows), df_complete=np.inf)
    ratio, risk = got.tidy().iloc[0], got.tidy().iloc[1]
    df = got.details()["df"]
    assert ratio["estimate"] == pytest.approx(4, rel=1e-14)
    between = 2 * np.log(2) ** 2
    error = np.sqrt(0.05 + 1.5 * between)
    assert ratio["std_error"] == pytest.approx(error, rel=1e-14)
    assert ratio["conf_high"] == pytest.approx(4 * np.exp(student.ppf(0.975, df[0]) * error), rel=1e-12)
    assert ratio["p_value"] == pytest.approx(2 * student.sf(np.log(4) / error, df[0]), rel=1e-12)
    error = np.sqrt(0.05 + 1.5 * 0.02)
    assert risk[["estimate", "std_error"]].tolist() == pytest.approx([0.3, error], rel=1e-14)
    reach = student.ppf(0.975, df[1]) * error / 0.21
    assert risk[["conf_low", "conf_high"]].tolist() == pytest.approx(
        [expit(logit(0.3) - reach), expit(logit(0.3) + reach)], rel=1e-12
    )
    assert np.isnan(risk["p_value"])


def test_counts_stay_where_the_imputations_agree():
    parts = [_part(1, 1, df=9, events=12, n_reference=20), _part(2, 1, df=9, events=13, n_reference=20)]
    got = pool(parts)
    assert got.tidy().loc[0, "n"] == 30
    assert np.isnan(got.tidy().loc[0, "events"])
    assert got.details().loc[0, "n_reference"] == 20


def test_complete_data_df_come_from_the_details_unless_given():
    parts = [_part(1, 1, df=8), _part(2, 1, df=10)]  # Satterthwaite's differ between imputations: averaged
    values, variances = np.array([1.0, 2]), np.ones(2)
    assert pool(parts).details()["df"][0] == pytest.approx(rubin(values, variances, 9).df, rel=1e-14)
    assert pool(parts, df_complete=30).details()["df"][0] == pytest.approx(rubin(values, variances, 30).df, rel=1e-14)
    without = pool([_part(1, 1), _part(2, 1)])
    assert without.details()["df"][0] == pytest.approx(rubin(values, variances).df, rel=1e-14)


# ---- against R


def test_against_mice(read_reference):
    """mice::pool.scalar (tests/reference/pooling.R)."""
    reference = read_reference("pooling")
    for case, rows in reference.groupby(level="case"):
        df_complete = rows["df_complete"].fillna(np.inf).iloc[0]
        found = rubin(rows["q"], rows["u"], df_complete)
        for name in ("estimate", "within", "between", "variance", "df", "riv", "fmi", "lambda"):
            got = getattr(found, {"lambda": "lambda_"}.get(name, name))
            assert got == pytest.approx(rows[name].iloc[0], rel=1e-9), (case, name)
        frame = pd.DataFrame({"estimate": rows["q"], "std_error": np.sqrt(rows["u"])})
        details = pool(frame, df_complete=df_complete).details().iloc[0]
        assert details[["df", "fmi", "lambda", "riv"]].tolist() == pytest.approx(
            rows.iloc[0][["df", "fmi", "lambda", "riv"]].tolist(), rel=1e-9
        )


# ---- known truth


def test_intervals_cover_though_samples_and_imputations_are_few():
    """Ten of 20 normal values unseen, five proper imputations: 95 % of 4,000 intervals hold the mean.

    The margin is three binomial errors, 1.03 points; limits by 1.96 instead of t fall outside it.
    """
    rng = np.random.default_rng(19990401)
    replicates, seen, n, m = 4000, 10, 20, 5
    y = rng.normal(size=(replicates, seen, 1))
    mean, variance = y.mean(axis=1), y.var(axis=1, ddof=1)
    sigma2 = (seen - 1) * variance / rng.chisquare(seen - 1, size=(replicates, m))
    mu = mean + np.sqrt(sigma2 / seen) * rng.normal(size=(replicates, m))
    drawn = mu[:, None] + np.sqrt(sigma2)[:, None] * rng.normal(size=(replicates, n - seen, m))
    full = np.concatenate([np.broadcast_to(y, (replicates, seen, m)), drawn], axis=1)
    found = rubin(full.mean(axis=1).T, full.var(axis=1, ddof=1).T / n, n - 1)
    assert np.mean(np.abs(found.estimate) <= student.ppf(0.975, found.df) * found.std_error) == pytest.approx(
        0.95, abs=3 * np.sqrt(0.95 * 0.05 / replicates)
    )
    assert np.mean(np.abs(found.estimate) <= 1.96 * found.std_error) < 0.93


# ---- invariance


def test_many_quantities_are_pooled_as_each_alone():
    rng = np.random.default_rng(5)
    q, u, df = rng.normal(size=(7, 4)), rng.chisquare(5, size=(7, 4)), np.array([5.0, 20, np.inf, 100])
    together = rubin(q, u, df)
    for k in range(4):
        alone = rubin(q[:, k], u[:, k], df[k])
        for name in ("estimate", "variance", "df", "fmi", "riv", "lambda_"):
            assert getattr(together, name)[k] == pytest.approx(getattr(alone, name), rel=1e-13)


def test_order_of_imputations_units_and_form_of_input_do_not_matter(persons):
    parts = [
        standardised_risks(persons.sample(frac=0.9, random_state=k), outcome="referred", exposure="education")
        for k in range(4)
    ]
    got = pool(parts)
    assert tuple(got.tidy().columns) == TIDY_COLUMNS
    pd.testing.assert_frame_equal(got.tidy(), pool(parts[::-1]).tidy(), rtol=1e-12)
    frame = pd.concat([part.tidy().drop(columns=["conf_low", "conf_high"]) for part in parts])
    pd.testing.assert_frame_equal(got.tidy(), pool(frame).tidy(), rtol=1e-12)
    shuffled = frame.sort_values("level", kind="stable")
    again = pool(shuffled).tidy().set_index(["measure", "level"])["std_error"]
    assert again.to_dict() == pytest.approx(got.tidy().set_index(["measure", "level"])["std_error"].to_dict())
    tens = pool([_part(10, 20), _part(30, 10)]).tidy()
    ones = pool([_part(1, 2), _part(3, 1)]).tidy()
    assert (tens[["estimate", "conf_low"]] / 10).iloc[0].tolist() == pytest.approx(
        ones[["estimate", "conf_low"]].iloc[0].tolist()
    )
    assert tens["p_value"][0] == pytest.approx(ones["p_value"][0])


def test_inputs_are_not_changed_and_words_are_kept(persons):
    parts = [odds_ratios(persons, outcome="referred", exposure="education") for _ in range(3)]
    before = parts[0].tidy()
    got = pool(parts)
    pd.testing.assert_frame_equal(parts[0].tidy(), before)
    # nobody missing: as before, but for the last digits of exp(log(x))
    pd.testing.assert_frame_equal(got.tidy(), before, rtol=1e-12)
    assert got.context == parts[0].context
    assert got.details()["n_reference"].tolist() == parts[0].details()["n_reference"].tolist()
    assert got.diagnostics["rows_used"] == parts[0].diagnostics["rows_used"]


# ---- refusals


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "one imputation cannot be pooled"),
        ([_part(1, 1)], "one imputation cannot be pooled"),
        ([_part(1, 1), _part(1, 1, level="basic")], "imputation 2 .* row 0: level is 'basic', not 'long'"),
        ([_part(1, 1), Estimates.stack([_part(1, 1)] * 2)], "imputation 2 has 2 rows, the first 1"),
        ([_part(1, 1), _part(np.nan, 1)], r"imputation 2, row 0 \(measure mean_difference, level long\): estimate nan"),
        ([_part(1, 1), _part(1, np.nan)], "std_error nan cannot be pooled"),
        ([_part(1, 1, measure="odds_ratio"), _part(0, 1, measure="odds_ratio")], "estimate 0.0 cannot be pooled"),
        ([_part(1, 0), _part(2, 0)], "no error within the imputations"),
        ([_part(1, 1), "text"], "must be Estimates"),
        (pd.DataFrame({"estimate": [1, 2]}), "no column 'std_error'"),
        (pd.DataFrame({"estimate": [1, 2], "std_error": 1, "term": "x"}), "columns term; known are"),
        (pd.DataFrame({"estimate": [1.0, 2, 3], "std_error": 1.0, "level": ["a", "a", "b"]}), "they have 2, 1"),
    ],
)
def test_what_cannot_be_pooled(parts, message):
    with pytest.raises(ValueError, match=message):
        pool(parts)


def test_bad_degrees_of_freedom_and_arrays():
    with pytest.raises(ValueError, match="df_complete must be above zero"):
        pool([_part(1, 1)] * 2, df_complete=0)
    with pytest.raises(ValueError, match="one for each of the 1 rows"):
        pool([_part(1, 1)] * 2, df_complete=[3, 4])
    with pytest.raises(ValueError, match="shape"):
        rubin(np.ones((3, 2)), np.ones((3, 2)), np.ones(3))
    with pytest.raises(ValueError, match="and agree"):
        rubin(np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="finite"):
        rubin([1, np.inf], [1, 1])
    with pytest.raises(ValueError, match="below zero"):
        rubin([1, 2], [1, -1])
    with pytest.raises(ValueError, match="fmi must be"):
        imputations_needed(np.nan, 20)
    with pytest.raises(ValueError, match="m must be at least 2"):
        imputations_needed(0.3, 1)
