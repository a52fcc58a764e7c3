"""Stratified estimates are the estimates of the strata: nothing shared, nothing lost."""

import pandas as pd
import pytest

from rehab_stats.estimate.access.strata import by_stratum
from rehab_stats.estimate.describe import descriptives
from rehab_stats.vocabulary import Estimates

PERSONS = pd.DataFrame(
    {
        "sex": pd.Categorical(["female", "male", "male", None], categories=["female", "male"], ordered=True),
        "age": [40.0, 50.0, 70.0, 90.0],
    }
)


def mean_age(data, *, adjust=(), **options):
    """A stand-in that shows what it was handed."""
    row = {"measure": "mean", "estimate": data["age"].mean(), "n": len(data), "model": "crude"}
    return Estimates([row], diagnostics={"adjust": str(adjust), "rows": len(data)} | options, method="Mean age.")


def test_each_level_is_its_own_analysis_and_missing_strata_are_counted():
    result = by_stratum(PERSONS, stratum="sex", estimator=mean_age)
    assert list(result.tidy()["stratum"]) == ["female", "male"]
    assert list(result.tidy()["estimate"]) == [40.0, 60.0]
    assert result.diagnostics["stratum_missing"] == 1
    assert (result.diagnostics["rows.female"], result.diagnostics["rows.male"]) == (1, 2)
    assert result.context == {"stratum": "sex"}
    assert result.method == "Separately by sex: Mean age."


def test_the_stratum_is_left_out_of_the_adjustment_and_options_are_handed_on():
    result = by_stratum(PERSONS, stratum="sex", estimator=mean_age, adjust={"full": ["age", "sex", "C(sex)"]}, ties=1)
    assert result.diagnostics["adjust.male"] == "{'full': ['age']}"
    assert result.diagnostics["ties.male"] == 1
    assert by_stratum(PERSONS, stratum="sex", estimator=mean_age, adjust=["sex"]).diagnostics["adjust.male"] == "[]"


def test_what_the_estimator_refuses_is_said_with_the_level():
    def refusing(data, *, adjust):
        raise ValueError("no rows to describe")

    with pytest.raises(ValueError, match="within sex = female: no rows to describe"):
        by_stratum(PERSONS, stratum="sex", estimator=refusing)


def test_unknown_and_empty_strata_are_refused():
    with pytest.raises(ValueError, match="no column 'height' to stratify by"):
        by_stratum(PERSONS, stratum="height", estimator=descriptives)
    with pytest.raises(ValueError, match="'sex' has no level with rows"):
        by_stratum(PERSONS.assign(sex=None), stratum="sex", estimator=descriptives)


def refusing_women(data, *, adjust):
    if (data["sex"] == "female").any():
        raise ValueError("everybody is a woman")
    return mean_age(data, adjust=adjust)


def test_a_refused_level_can_be_noted_instead():
    result = by_stratum(PERSONS, stratum="sex", estimator=refusing_women, refused="note")
    assert list(result.tidy()["stratum"]) == ["male"]
    # one woman is too few to say even why
    assert result.context["refused"] == {"female": "too few persons"}
    many = pd.concat([PERSONS] * 5, ignore_index=True)
    noted = by_stratum(many, stratum="sex", estimator=refusing_women, refused="note")
    assert noted.context["refused"] == {"female": "everybody is a woman"}
    with pytest.raises(ValueError, match="within sex = female"):
        by_stratum(PERSONS.iloc[:1], stratum="sex", estimator=refusing_women, refused="note")
    with pytest.raises(ValueError, match="refused must be one of stop, note; got 'skip'"):
        by_stratum(PERSONS, stratum="sex", estimator=mean_age, refused="skip")


def test_a_term_with_one_value_within_a_level_is_left_out_there_and_said():
    ages = pd.DataFrame({"group": ["a", "a", "b", "b"], "sex": ["f", "m", "m", "m"], "age": [50.0, 60.0, 70.0, 80.0]})

    def asked(data, *, adjust):
        return Estimates([{"measure": "mean", "estimate": data["age"].mean()}], context={"adjust": dict(adjust)})

    result = by_stratum(ages, stratum="group", estimator=asked, adjust={"primary": ["bs(age, df=4)", "sex"]})
    assert result.context["adjust"] == {"primary": ["bs(age, df=4)", "sex"]}
    assert result.context["adjust_within"] == {"b": {"primary": ["bs(age, df=4)"]}}
