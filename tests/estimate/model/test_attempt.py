"""Where an estimator refuses, the reason is kept and nothing else; a programming error goes through."""

import pandas as pd
import pytest

from rehab_stats.estimate.access.gradient import odds_ratios
from rehab_stats.estimate.counts.attendance import rate_ratios
from rehab_stats.estimate.model.attempt import model_by_model, where_possible
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.vocabulary import Estimates

PERSONS = pd.DataFrame({"sex": ["female", "male"] * 4, "referred": [0, 1, 1, 1, 0, 0, 1, 0]})


def test_an_estimate_that_can_be_made_is_left_as_it_is():
    tried = where_possible(odds_ratios, PERSONS, outcome="referred", exposure="sex")
    pd.testing.assert_frame_equal(
        tried.tidy(), odds_ratios(PERSONS, outcome="referred", exposure="sex").tidy(), check_exact=True
    )


def test_a_refusal_is_kept_as_a_sentence_without_rows():
    tried = where_possible(odds_ratios, PERSONS.assign(referred=1), outcome="referred", exposure="sex")
    assert len(tried) == 0
    assert tried.context["refused"].startswith("referred is 1 in all rows used")
    assert tried.context["exposure"] == "sex"


def test_a_refused_count_keeps_its_name():
    tried = where_possible(rate_ratios, PERSONS.assign(visits=0), count="visits", exposure="sex")
    assert tried.context["outcome"] == "visits"
    assert "visits" in tried.context["refused"]


def test_other_errors_go_through():
    with pytest.raises(TypeError):
        where_possible(odds_ratios, PERSONS, outcome="referred", exposures="sex")


def test_stacked_with_others_only_the_reason_is_left():
    made = odds_ratios(PERSONS, outcome="referred", exposure="sex")
    refused = where_possible(odds_ratios, PERSONS.assign(referred=1), outcome="referred", exposure="sex")
    stacked = Estimates.stack([refused, made])
    pd.testing.assert_frame_equal(stacked.tidy(), made.tidy())
    assert list(stacked.context["refused"]) == ["not_estimated"]
    assert stacked.context["adjust"] == {"crude": []}
    assert len(Estimates.stack([refused, refused])) == 0


def test_models_that_can_be_fitted_are_and_the_others_are_named():
    data = PERSONS.assign(group=["a"] * 8)
    found = model_by_model(
        odds_ratios, data, outcome="referred", exposure="sex", adjust={"crude": [], "more": ["group"]}
    )
    alone = odds_ratios(data, outcome="referred", exposure="sex", adjust={"crude": []})
    pd.testing.assert_frame_equal(found.tidy(), alone.tidy(), check_exact=True)
    assert found.context["adjust"] == {"crude": []}
    assert found.context["refused"] == {"more": "adjust: group has one value (a) in all rows used"}
    with pytest.raises(ValueError, match="referred is 1 in all rows used"):
        model_by_model(
            odds_ratios,
            data.assign(referred=1),
            outcome="referred",
            exposure="sex",
            adjust={"crude": [], "more": ["group"]},
        )


def test_data_refused_with_every_set_stop_or_leave_the_reason():
    call = {"outcome": "referred", "exposure": "sex", "adjust": {"crude": [], "more": []}}
    with pytest.raises(ValueError, match="referred is 1 in all rows used"):
        model_by_model(odds_ratios, PERSONS.assign(referred=1), **call)
    noted = model_by_model(odds_ratios, PERSONS.assign(referred=1), **call, refused="note")
    assert len(noted) == 0
    assert noted.context["refused"].startswith("model crude: referred is 1 in all rows used")
    assert noted.context["outcome"] == "referred"
    with pytest.raises(WrongCall, match="refused must be one of stop, note; got 'pass'"):
        model_by_model(odds_ratios, PERSONS, **call, refused="pass")


def test_a_misspelt_call_is_not_taken_for_a_property_of_the_data():
    with pytest.raises(ValueError, match="data has no column 'sexx'; did you mean 'sex'"):
        where_possible(odds_ratios, PERSONS, outcome="referred", exposure="sexx")
    with pytest.raises(ValueError, match="data has no column 'refered'"):
        model_by_model(odds_ratios, PERSONS, outcome="refered", exposure="sex", adjust={"crude": []})
