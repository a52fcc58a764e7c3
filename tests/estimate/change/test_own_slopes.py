"""Products of the exposure with a covariate, and further weights, in mean changes.

R's numbers for both (What If on NHEFS) are in test_real_people.py.
"""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.change.beyond import share_beyond
from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.change.own_slopes import split_products

SCORES = {"baseline": "before", "followup": "after", "exposure": "group"}


def persons(groups, ages, changes, **more):
    """A person a row, all of whom scored 50 before, or the number given."""
    before = 50.0 + np.arange(len(ages)) % 3
    groups = pd.Categorical(groups, ["low", "middle", "high"], ordered=True).remove_unused_categories()
    return pd.DataFrame({"group": groups, "age": ages, "before": before, "after": before + changes, **more})


@pytest.fixture
def three_levels():
    """180 persons, three levels, the change steeper in age the higher the level; a third without a second score."""
    rng = np.random.default_rng(5)
    group, age = np.repeat(["low", "middle", "high"], 60), rng.normal(60, 10, 180)
    sex = rng.choice(["female", "male"], 180)
    slope = np.repeat([0.1, 0.3, 0.6], 60)
    data = persons(group, age, slope * age + rng.normal(0, 4, 180), sex=sex)
    data.loc[rng.random(180) < 1 / 3, "after"] = np.nan
    return data.assign(came=data["after"].notna().astype(float))


def test_two_lines_by_hand():
    """Low: change = age / 10; high: change = age / 5, both but for +-1; everybody's mean age is 50, so 5 and 10."""
    ages = np.array([30.0, 30, 50, 50, 50, 50, 70, 70])
    noise = np.array([1, -1, 1, -1, 1, -1, 1, -1])
    groups = ["low"] * 4 + ["high"] * 4
    slope = np.array([0.1] * 4 + [0.2] * 4)
    data = persons(groups, ages, slope * ages + noise)
    rows = mean_change(data, **SCORES, adjust=["age", "group:age"]).tidy()
    np.testing.assert_allclose(rows["estimate"], [5, 10, 5], rtol=1e-12)
    # each line's fitted value 10 years from the middle of its own 4 ages, residual variance 8 / 4
    error = np.sqrt(2 * (1 / 4 + 10**2 / 400))
    np.testing.assert_allclose(rows["std_error"], [error, error, error * np.sqrt(2)], rtol=1e-12)


def test_all_slopes_free_are_models_of_each_level(three_levels):
    """With every product in, each level's mean is that of a regression of its own, put at everybody's average."""
    both = three_levels.dropna()
    rows = mean_change(three_levels, **SCORES, adjust=["age", "sex", "group:age", "group:sex"]).tidy().head(3)
    male = (both["sex"] == "male").astype(float)
    x = np.column_stack([np.ones(len(both)), both["age"], male])
    change = (both["after"] - both["before"]).to_numpy()
    for level, estimate in zip(rows["level"], rows["estimate"], strict=True):
        mine = (both["group"] == level).to_numpy()
        b = np.linalg.lstsq(x[mine], change[mine], rcond=None)[0]
        assert estimate == pytest.approx(x.mean(axis=0) @ b, rel=1e-10)


@pytest.mark.parametrize(
    "how", [{}, {"handling": "weights", "steps": {"came": ["age"]}}, {"handling": "imputation", "m": 5}]
)
@pytest.mark.parametrize("analysis", ["change", "ancova"])
def test_units_order_and_the_way_of_writing_change_nothing(three_levels, how, analysis):
    given = mean_change(three_levels, **SCORES, adjust=["age", "group:age"], analysis=analysis, **how).tidy()
    in_decades = three_levels.assign(age=three_levels["age"] / 10 - 3)
    written = mean_change(in_decades, **SCORES, adjust=["age:group", "age"], analysis=analysis, **how).tidy()
    loose = 1e-6 if how.get("handling") == "imputation" else 1e-9  # draws are made in other units
    pd.testing.assert_frame_equal(given, written, rtol=loose)


def test_splines_have_products_too(three_levels):
    rows = mean_change(three_levels, **SCORES, adjust=["bs(age, df=3)", "group:bs(age, df=3)"]).tidy()
    assert rows["estimate"].notna().all()
    assert mean_change(three_levels, **SCORES, adjust=["bs(age, df=3)"]).tidy()["estimate"][0] != rows["estimate"][0]


def test_which_terms_are_products():
    columns = ["group", "age", "my sex"]
    terms = ["age", "group:age", "`my sex`", "`my sex`:group", "group*age", "group:age:`my sex`", "C(group):age"]
    plain, products = split_products(terms, exposure="group", columns=columns)
    assert products == {"group:age": "age", "`my sex`:group": "my sex"}
    assert plain == ("age", "`my sex`", "group*age", "group:age:`my sex`", "C(group):age")


@pytest.mark.parametrize("term", ["group", "group*age", "group:sex:age", "C(group):age"])
def test_the_exposure_in_any_other_term_is_refused(three_levels, term):
    with pytest.raises(ValueError, match="adjust contains 'group'"):
        mean_change(three_levels, **SCORES, adjust=["age", term])


def test_a_product_alone_is_refused(three_levels):
    with pytest.raises(ValueError, match="adjust has group:age without age: name both"):
        mean_change(three_levels, **SCORES, adjust=["group:age"])


def test_a_mixed_model_and_shares_take_no_product(three_levels):
    with pytest.raises(ValueError, match="a mixed model takes no product with the exposure: leave group:age out"):
        mean_change(three_levels, **SCORES, adjust=["age", "group:age"], handling="mixed_model")
    with pytest.raises(ValueError, match="adjust contains 'group'"):
        share_beyond(three_levels, **SCORES, threshold=5, adjust=["age", "group:age"])


def test_further_weights_by_hand():
    """Two persons a level with both scores, weighted 1 and 3: weighted means, errors by hand; one in each has none."""
    data = persons(["low"] * 3 + ["high"] * 3, np.zeros(6), np.array([0.0, 4, np.nan, 10, 18, np.nan]))
    data = data.assign(came=[1, 1, 0] * 2, w=[1.0, 3, 5] * 2)
    call = {**SCORES, "handling": "weights", "steps": {"came": []}, "truncate": None, "weights": "w"}
    rows = mean_change(data, **call).tidy()
    np.testing.assert_allclose(rows["estimate"], [3, 16, 13], rtol=1e-12)
    # residuals -3 and 1 times weights 1 and 3, over a total of 4; n / (n - columns) = 4 / 2
    np.testing.assert_allclose(rows["std_error"][:2], [np.sqrt(2 * 18) / 4, np.sqrt(2 * 72) / 4], rtol=1e-12)


def test_further_weights_count_persons(three_levels):
    """Two rows of a person count as one of weight 2; weights of 1, or of 7, change nothing."""
    call = {**SCORES, "handling": "weights", "steps": {"came": ["age", "group"]}, "adjust": ["sex"], "truncate": None}
    plain = mean_change(three_levels, **call).tidy()
    for weight in (1.0, 7.0):
        same = mean_change(three_levels.assign(w=weight), **call, weights="w").tidy()
        pd.testing.assert_frame_equal(same, plain, rtol=1e-10)
    call["steps"] = {"came": []}
    twice = three_levels["sex"].eq("male").map({True: 2, False: 1})
    weighted = mean_change(three_levels.assign(w=twice), **call, weights="w").tidy()
    doubled = mean_change(three_levels.loc[three_levels.index.repeat(twice)], **call).tidy()
    np.testing.assert_allclose(weighted["estimate"], doubled["estimate"], rtol=1e-10)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_further_weights_that_cannot_be_used_are_refused(three_levels, wrong):
    call = {**SCORES, "handling": "weights", "steps": {"came": []}, "weights": "w"}
    with pytest.raises(ValueError, match=r"w \(weights\) must be above zero: 1 rows are not \(rows 4\)"):
        mean_change(three_levels.assign(w=np.where(three_levels.index == 4, wrong, 1.0)), **call)
    with pytest.raises(ValueError, match="data has no column 'v'"):
        mean_change(three_levels, **{**call, "weights": "v"})
    with pytest.raises(ValueError, match="weights= goes with handling='weights'"):
        mean_change(three_levels, **SCORES, weights="age")


def test_a_factor_may_have_any_name(three_levels):
    named = three_levels.rename(columns={"age": "age at start"})
    given = mean_change(three_levels, **SCORES, adjust=["age", "group:age"]).tidy()
    rows = mean_change(named, **SCORES, adjust=["`age at start`", "group:`age at start`"]).tidy()
    pd.testing.assert_frame_equal(rows, given, rtol=1e-12)
