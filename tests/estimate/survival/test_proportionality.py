"""The test of proportional hazards as rows: what hazard_ratios found, named by model and term."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.gradient import hazard_ratios, odds_ratios
from rehab_stats.estimate.access.strata import by_stratum
from rehab_stats.estimate.survival.proportionality import proportional_hazards


@pytest.fixture(scope="module")
def persons():
    rng = np.random.default_rng(1)
    long = rng.random(400) < 0.5
    return pd.DataFrame(
        {
            "education": np.where(long, "long", "short"),
            "age": rng.normal(60, 10, 400),
            "time": np.ceil(rng.exponential(np.where(long, 50, 100))),
            "event": (rng.random(400) < 0.7).astype(int),
            "yes": rng.integers(0, 2, 400),
        }
    )


def test_every_model_gives_its_terms_and_their_sum(persons):
    hazards = hazard_ratios(
        persons, duration="time", event="event", exposure="education", adjust={"crude": [], "aged": ["age"]}
    )
    tests = proportional_hazards(hazards)
    tidy, found = tests.tidy(), hazards.diagnostics
    assert list(tidy["model"] + ":" + tidy["level"]) == [
        "crude:education",
        "crude:all_terms",
        "aged:education",
        "aged:age",
        "aged:all_terms",
    ]
    assert tidy["estimate"].iloc[2] == found["ph_test_chisq.education.aged"]
    assert tidy["p_value"].iloc[4] == found["ph_test.aged"]
    assert list(tests.details()["df"]) == [1, 1, 1, 1, 2]


def test_a_model_whose_name_ends_in_that_of_another_keeps_its_tests(persons):
    hazards = hazard_ratios(
        persons, duration="time", event="event", exposure="education", adjust={"full": [], "x.full": ["age"]}
    )
    tests = proportional_hazards(hazards)
    assert list(tests.tidy()["model"]) == ["full"] * 2 + ["x.full"] * 3
    assert list(tests.tidy()["level"]) == ["education", "all_terms", "education", "age", "all_terms"]
    assert tests.context == hazards.context


def test_one_model_without_a_name_works_too(persons):
    hazards = hazard_ratios(persons, duration="time", event="event", exposure="education", adjust=["age"])
    assert list(proportional_hazards(hazards).tidy()["level"]) == ["education", "age", "all_terms"]


def test_terms_are_named_as_the_fit_names_them_however_they_were_spelt(persons):
    hazards = hazard_ratios(persons, duration="time", event="event", exposure="education", adjust=["bs(age,df=4)"])
    assert list(proportional_hazards(hazards).tidy()["level"]) == ["education", "bs(age, df=4)", "all_terms"]


def test_strata_are_refused(persons):
    strata = persons.assign(sex=np.where(np.arange(400) % 2, "female", "male"))
    hazards = by_stratum(
        strata, stratum="sex", estimator=hazard_ratios, duration="time", event="event", exposure="education"
    )
    with pytest.raises(ValueError, match="stratified by sex: test each stratum on its own"):
        proportional_hazards(hazards)


def test_other_estimates_are_refused(persons):
    with pytest.raises(ValueError, match="no test of proportional hazards"):
        proportional_hazards(odds_ratios(persons, outcome="yes", exposure="education"))
