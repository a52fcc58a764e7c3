"""The parameters of the real notebooks: defaults, ranges on both sides of their limits, and what refusals say."""

from __future__ import annotations

import re

import pytest

from rehab_stats.batch.parameters import NOTEBOOKS, ParameterError, find_notebook, validate_parameters
from rehab_stats.extract.files.reader import NOTEBOOK_NEEDS
from rehab_stats.words import did_you_mean


@pytest.mark.parametrize("name", sorted(NOTEBOOKS))
def test_defaults_are_valid_and_cannot_be_changed(name):
    model = validate_parameters(name, {})
    assert (model.extract, model.output, model.language, model.seed) == ("", "", "en", 2015)
    with pytest.raises(ValueError, match="frozen"):
        model.seed = 1


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("seed", (0, 2**32 - 1), (-1, 2**32)),
        ("age_min", (0, 110), (-1, 111)),
        ("horizon_days", (30, 3650), (29, 3651)),
        ("education_levels", (3, 4), (2, 5)),
        ("diagnosed_from", ("", "2009-02-28"), ("2009-02-29", "20090228", "2009-W09-6", "28-02-2009", "2009-2-28")),
        ("language", ("en", "da"), ("", "sv")),
        ("exposure", ("education", "sex", "income_fifth"), ("", "municipality")),
    ],
)
def test_ranges(name, inside, outside):
    for value in inside:
        assert getattr(validate_parameters("01_referral_gradient", {name: value}), name) == value
    for value in outside:
        with pytest.raises(ParameterError, match=rf"^01_referral_gradient: {name} = {value!r} should be "):
            validate_parameters("01_referral_gradient", {name: value})


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("imputations", (0, 2, 1000), (-1, 1, 1001)),
        ("smallest_difference", (0.01, 5, 99.9), (0, 0.0, -1.0)),
        ("instrument", ("qlq_c30",), ("sf36", "")),
        ("followup", ("end", "follow_up"), ("baseline", "follow-up", "")),
        ("education_levels", (3, 4), (5,)),
        ("exposure", ("education", "sex"), ("department",)),
        ("reference", ("", "basic", "unknown"), ("short",)),
        ("age_min", (0, 110), (111,)),
    ],
)
def test_ranges_of_the_effect(name, inside, outside):
    for value in inside:
        assert getattr(validate_parameters("03_effect", {name: value}), name) == value
    for value in outside:
        # a whole number is a number of points too, and is told as it is kept
        with pytest.raises(ParameterError, match=rf"^03_effect: {name} = {value!r} should be "):
            validate_parameters("03_effect", {name: value})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"smallest_difference": 100.0}, "smallest_difference should be less than the width of the scale QL2, 100"),
        ({"delta": -100.0}, "delta should be less than the width of the scale QL2, 100"),
        ({"scale": "QL3"}, "scale = 'QL3' "),
        (
            {"instrument": "eq_5d_5l", "scale": "index"},
            "smallest_difference should be less than the width of the scale",
        ),
    ],
)
def test_points_are_those_of_the_scale(given, message):
    with pytest.raises(ParameterError, match="^03_effect: .*" + re.escape(message)):
        validate_parameters("03_effect", given)
    index = {"instrument": "eq_5d_5l", "scale": "index", "smallest_difference": 0.05, "delta": -0.03}
    assert validate_parameters("03_effect", index).delta == -0.03


def test_what_the_effect_is_told_is_of_its_kind():
    for wrong in ({"imputations": 2.0}, {"imputations": True}, {"smallest_difference": "5"}, {"scale": 3}):
        with pytest.raises(ParameterError, match="should be a valid"):
            validate_parameters("03_effect", wrong)
    with pytest.raises(ParameterError, match="'imputation' is not a parameter; did you mean 'imputations'"):
        validate_parameters("03_effect", {"imputation": 50})
    with pytest.raises(ParameterError, match=r"should be 0 or at least 2$"):
        validate_parameters("03_effect", {"imputations": 1})
    with pytest.raises(ParameterError, match="should be one of end, follow_up; did you mean 'follow_up'"):
        validate_parameters("03_effect", {"followup": "followup"})


@pytest.mark.parametrize(
    "given", [{"adjustment": {"mine": "sex"}}, {"adjustment": ["sex"]}, {"adjustment": {"mine": [1]}}]
)
def test_adjustment_is_a_mapping_of_lists_of_terms(given):
    with pytest.raises(ParameterError, match="should be a valid"):
        validate_parameters("01_referral_gradient", given)
    fine = validate_parameters("01_referral_gradient", {"adjustment": {"mine": ["sex", "C(year)"]}})
    assert fine.adjustment == {"mine": ["sex", "C(year)"]}


def test_all_offences_come_at_once_with_the_nearest_names():
    with pytest.raises(ParameterError) as caught:
        validate_parameters("00_the_extract", {"agemin": 40, "horizon_days": "365", "exposure": "eduction"})
    assert sorted(caught.value.offences) == [
        "00_the_extract: 'agemin' is not a parameter; did you mean 'age_min'?",
        "00_the_extract: exposure = 'eduction' should be one of education, income_fifth, sex, age_group, origin, "
        "cohabiting, diagnosis_group; did you mean 'education'?",
        "00_the_extract: horizon_days = '365' should be a valid integer",
    ]


def test_name_far_from_every_other_gets_the_list():
    with pytest.raises(ParameterError, match="'zzz' is not a parameter; known: extract, output, language, seed"):
        validate_parameters("91_real_people", {"zzz": 1})
    with pytest.raises(ParameterError, match="91_real_people: 7 is not the name of a parameter"):
        validate_parameters("91_real_people", {7: 1})


@pytest.mark.parametrize("given", ["01_referral_gradient", "01", "notebooks/01_referral_gradient.ipynb"])
def test_notebook_is_found_by_name_beginning_and_file(given):
    assert find_notebook(given).name == "01_referral_gradient"


@pytest.mark.parametrize("given", ["0", "", "07", "gradient"])
def test_notebook_that_is_none_or_several_is_refused(given):
    with pytest.raises(ParameterError, match=r"is not a notebook.*Known: 00_the_extract, 01_referral_gradient"):
        find_notebook(given)


def test_nothing_near_is_not_suggested():
    assert did_you_mean("xyz", ["seed", "language"]) == ""


def test_check_and_batch_know_the_same_notebooks():
    assert list(NOTEBOOK_NEEDS) == list(NOTEBOOKS)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"reference": "longg"}, "should be a level of education: short, medium, long, unknown; did you mean 'long'"),
        ({"exposure": "sex", "reference": "men"}, "should be a level of sex: female, male"),
        ({"adjustment": {"x": ["agee"]}}, r"should name columns \(x\): 'agee' is none; did you mean 'age'"),
        ({"adjustment": {"x": ["bs(age"]}}, "cannot be read as a formula"),
        ({"adjustment": {"x": ["education:sex"]}}, r"should leave the exposure out \(x\): 'education'"),
    ],
)
def test_levels_and_columns_are_checked_before_anything_runs(parameters, said):
    with pytest.raises(ParameterError, match=said):
        validate_parameters("01_referral_gradient", parameters)


def test_levels_follow_the_exposure_and_the_coding():
    validate_parameters("01_referral_gradient", {"reference": "long_higher", "education_levels": 4})
    validate_parameters("01_referral_gradient", {"exposure": "income_fifth", "reference": "5"})
    validate_parameters("01_referral_gradient", {"adjustment": {"x": ["bs(age, df=4)", "C(year)", "sex:origin"]}})


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("horizon_days", (30, 3650), (29, 3651)),
        ("window_days", (90, 3650), (13, 3651)),
        ("interview_days", (1, 180), (0, 3651)),
        ("improved_by", (0.5, 99.0), (0.0, -5.0)),
        ("attendance", (0.01, 1.0), (0.0, 1.01)),
        ("need_shift", (-3.0, 0.0, 3.0), (-3.1, 3.1)),
        ("draws", (100, 10_000), (99, 10_001)),
        ("needs_assessment", (True, False), (1,)),
        ("period", (True, False), ("yes",)),
        ("reference", ("", "basic"), ("short",)),
    ],
)
def test_ranges_of_the_pathway(name, inside, outside):
    for value in inside:
        assert getattr(validate_parameters("04_pathway", {name: value}), name) == value
    for value in outside:
        with pytest.raises(ParameterError, match=rf"^04_pathway: {name} = {value!r} should be "):
            validate_parameters("04_pathway", {name: value})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"improved_by": 100.0}, "improved_by should be less than the width of the scale QL2, 100"),
        ({"instrument": "eq_5d_5l", "scale": "index"}, "improved_by should be less than the width of the scale index"),
        ({"interview_days": 200}, "interview_days should not be more than window_days"),
    ],
)
def test_what_the_pathway_is_told_fits_together(given, message):
    with pytest.raises(ParameterError, match="^04_pathway: .*" + re.escape(message)):
        validate_parameters("04_pathway", given)
