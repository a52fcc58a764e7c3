"""What odds_ratios, standardised_risks and hazard_ratios refuse, drop and warn of: one clear sentence each."""

import warnings

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios, standardised_risks

SURVIVAL = {"duration": "days", "event": "event", "exposure": "education"}
LOGISTIC = {"outcome": "referred", "exposure": "education"}


def _change(persons, **columns):
    return persons.assign(**{name: made(persons) for name, made in columns.items()})


REFUSED = {
    "no rows": (lambda d: d.head(0), {}, "data has no rows"),
    "not a frame": (lambda d: d.to_dict(), {}, "must be a DataFrame"),
    "unknown exposure": (lambda d: d, {"exposure": "eduction"}, "no column 'eduction'; did you mean 'education'"),
    "unknown term": (lambda d: d, {"adjust": ["bs(agee, df=4)"]}, "no column 'agee'; did you mean 'age'"),
    "unknown cluster": (lambda d: d, {"cluster": "persn"}, "no column 'persn'; did you mean 'person'"),
    "text for a list": (lambda d: d, {"adjust": "age"}, "must be a list of terms"),
    "text in a mapping": (lambda d: d, {"adjust": {"full": "age"}}, "terms of model full must be a list"),
    "nothing for a list": (lambda d: d, {"adjust": None}, "must be a list of terms, .*, not None"),
    "nothing in a mapping": (lambda d: d, {"adjust": {"full": None}}, "not None; \\(\\) adjusts for nothing"),
    "a method in a term": (lambda d: d, {"adjust": ["np.log(age).round()"]}, "cannot be read as a formula"),
    "one cluster": (lambda d: d.assign(all=1), {"cluster": "all"}, "errors by cluster need at least two clusters"),
    "empty mapping": (lambda d: d, {"adjust": {}}, "empty mapping"),
    "unreadable term": (lambda d: d, {"adjust": ["bs(age"]}, "'bs\\(age' cannot be read"),
    "term without a column": (lambda d: d, {"adjust": ["0"]}, "'0' names no column"),
    "unknown function": (lambda d: d, {"adjust": ["spline(age)"]}, "name 'spline' is not defined"),
    "infinite term": (lambda d: d, {"adjust": ["log(age - 30)"]}, "missing or infinite in log\\(age - 30\\)"),
    "exposure adjusted for": (lambda d: d, {"adjust": ["sex:education"]}, "adjust contains 'education'"),
    "unordered text": (
        lambda d: d.assign(education=d["education"].astype(str)), {}, "education is text with 4 values"
    ),
    "unordered category": (
        lambda d: d.assign(education=d["education"].astype(str).astype("category")), {}, "category without order"
    ),
    "a measurement": (lambda d: d, {"exposure": "age"}, "age looks like a measurement"),
    "one level": (lambda d: d[d["education"] == "basic"], {}, "everybody has education = 'basic'"),
    "nobody in the reference": (lambda d: d[d["education"] != "basic"], {}, "nobody has education = 'basic'"),
    "unknown reference": (lambda d: d, {"reference": "basis"}, "no level 'basis'; did you mean 'basic'"),
    "constant covariate": (lambda d: d[d["sex"] == "male"], {"adjust": ["sex"]}, "sex has one value \\(male\\)"),
    "copy of a covariate": (
        lambda d: d.assign(gender=d["sex"]), {"adjust": ["sex", "gender"]}, "collinear columns: sex.*gender"
    ),
    "a date": (lambda d: d.assign(born=pd.Timestamp("1950-01-01")), {"adjust": ["born"]}, "born is a date"),
    "everything missing": (lambda d: d.assign(sex=None), {"adjust": ["sex"]}, "no row has a value in each of"),
    "negative weights": (
        lambda d: d.assign(weight=d["weight"].where(d.index != 5, -1)), {"weights": "weight"}, "not below zero.*rows 5"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize(
    ("estimator", "columns"), [(odds_ratios, LOGISTIC), (standardised_risks, LOGISTIC), (hazard_ratios, SURVIVAL)]
)
def test_refused_by_all_three(persons, estimator, columns, case):
    change, options, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        estimator(change(persons), **(columns | options))


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"referred": lambda d: d["referred"] + 1}, {}, "referred must be 0 or 1: .* rows are not"),
        ({"referred": lambda d: "yes"}, {}, "referred must be numbers: 785 rows are not"),
        ({"referred": lambda d: 0}, {}, "referred is 0 in all rows used"),
        ({}, {"outcome": "rare"}, "the rows with education = 'unknown' do not have both rare = 0 and rare = 1"),
        ({}, {"exposure": "referred"}, "both exposure and outcome"),
        ({}, {"adjust": ["referred"]}, "adjust contains 'referred'"),
        ({"split": lambda d: d["referred"] * 2 - 1 + d["age"] / 100}, {"adjust": ["split"]}, "coefficient of .*split"),
    ],
)
@pytest.mark.parametrize("estimator", [odds_ratios, standardised_risks])
def test_logistic_refusals(persons, estimator, change, options, message):
    with pytest.raises(ValueError, match=message):
        estimator(_change(persons, **change), **(LOGISTIC | options))


def test_separation_offers_the_penalised_fit_and_that_is_finite(persons):
    calls = {"outcome": "rare", "exposure": "education"}
    with pytest.raises(ValueError, match=r"log odds are infinite; .* penalised=True"):
        odds_ratios(persons, **calls)
    got = odds_ratios(persons, **calls, penalised=True)
    assert np.isfinite(got.tidy()["estimate"]).all()
    assert got.diagnostics["aic"] is None


def test_quasi_separation_by_a_covariate_is_named(persons):
    data = persons.assign(cell=(persons["referred"] == 1) & (persons["age"] > 80))
    with pytest.raises(ValueError, match=r"the coefficient of cell is infinite; .* penalised=True"):
        odds_ratios(data, **LOGISTIC, adjust=["cell"])
    with pytest.raises(ValueError, match=r"model full: .*coefficient of cell is infinite"):
        odds_ratios(data, **LOGISTIC, adjust={"crude": [], "full": ["cell"]})


def test_penalised_with_robust_errors_is_refused(persons):
    for options in ({"cluster": "person"}, {"weights": "weight"}):
        with pytest.raises(ValueError, match="penalised=True has no robust errors"):
            odds_ratios(persons, **LOGISTIC, penalised=True, **options)


def test_unknown_kind_of_covariates_is_refused(persons):
    with pytest.raises(ValueError, match="covariates must be one of fixed, sampled"):
        standardised_risks(persons, **LOGISTIC, covariates="random")


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"event": lambda d: d["event"] + 1}, {}, r"event must be 0, 1 or 2: \d+ rows are not"),
        ({"days": lambda d: d["days"].where(d.index != 7, -3)}, {}, r"days must be finite .* \(rows 7\)"),
        (
            {"days": lambda d: d["days"].astype(float).where(d.index != 7, np.inf)},
            {},
            r"days must be finite .* \(rows 7\)",
        ),
        ({"entry_days": lambda d: d["days"]}, {"entry": "entry_days"}, "entry_days must lie below days: 785 rows"),
        ({"event": lambda d: d["event"] % 2}, {"cause": 2}, "no row used has event = 2"),
        (
            {"event": lambda d: d["event"].where(d["education"] != "higher", 0)},
            {},
            "no row with education = 'higher' has event = 1",
        ),
        ({}, {"ties": "exact"}, "ties must be one of efron, breslow"),
        ({}, {"cause": 3}, "cause must be 1"),
        ({}, {"strata": "department", "adjust": ["department"]}, "nothing can be learned about department"),
        (
            {"cell": lambda d: (d["event"] != 1) & (d["age"] > 70)},
            {"adjust": ["cell"]},
            "the coefficient of cell is infinite; merge",
        ),
    ],
)
def test_survival_refusals(persons, change, options, message):
    with pytest.raises(ValueError, match=message):
        hazard_ratios(_change(persons, **change), **(SURVIVAL | options))


def test_a_missing_duration_is_dropped_and_counted(persons):
    data = _change(persons, days=lambda d: d["days"].where(d.index != 7))
    assert hazard_ratios(data, **SURVIVAL).diagnostics["rows_dropped"] == 1


def test_few_clusters_give_one_warning(persons):
    with pytest.warns(UserWarning, match="department has 3 values") as caught:
        odds_ratios(persons, **LOGISTIC, adjust={"crude": [], "sex": ["sex"]}, cluster="department")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        odds_ratios(persons, **LOGISTIC, cluster="person")


def test_an_unordered_category_is_taken_when_the_reference_is_named(persons):
    data = persons.assign(department=persons["department"].astype("category"))
    got = odds_ratios(data, outcome="referred", exposure="department", reference="south").tidy()
    assert got["level"].tolist() == ["north", "west"]


@pytest.mark.parametrize("estimator", [odds_ratios, standardised_risks])
def test_clusters_that_each_hold_a_whole_level_are_refused(persons, estimator):
    nested = persons.assign(group=persons["education"].astype(str))
    with (
        pytest.warns(UserWarning, match="group has 4 values"),
        pytest.raises(ValueError, match="errors by group cannot be estimated"),
    ):
        estimator(nested, **LOGISTIC, cluster="group")
