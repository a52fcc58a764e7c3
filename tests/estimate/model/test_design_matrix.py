"""Covariate patterns give the matrix of the rows; terms are read, and refused, by name."""

import formulaic
import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.design_matrix import build_design, covariate_patterns, term_variables

TERMS = [
    [],
    ["bs(age, df=4)", "sex", "C(year)"],
    ["sex * bs(age, df=4)"],
    ["center(age)", "poly(age, 2)"],
    ["cr(age, df=3)", "scale(year)"],
    ["np.log(age)", "{age**3}", "`my column`", "log(`my column` + 1)"],
    ["I(age > age.mean())"],
    ["{age - np.median(age)}:sex"],
    ["C(year, contr.treatment(2009))"],
    ["age:sex"],
    ["C(age % 3 + 10 * year)"],
    ["sex:C(year) + center(age):C(year)"],
]


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    n = 3000
    age = np.where(rng.random(n) < 0.7, 40, rng.integers(30, 90, n))  # knots of rows and of patterns differ
    data = {"age": age, "year": rng.integers(2007, 2012, n), "my column": rng.integers(0, 4, n)}
    data |= {"sex": pd.Categorical(rng.choice(["f", "m"], n)), "x": pd.Categorical(rng.choice(list("abc"), n))}
    return pd.DataFrame(data)


@pytest.mark.parametrize("terms", TERMS, ids=" + ".join)
def test_patterns_give_the_matrix_of_the_rows(rows, terms):
    design = build_design(rows, exposure="x", terms=terms)
    direct = formulaic.model_matrix(" + ".join(["1", "x", *terms]), rows, context={})
    np.testing.assert_allclose((design.matrix + design.centre)[design.index], direct.to_numpy(), rtol=0, atol=1e-9)
    assert design.names == tuple(direct.columns)


def test_knots_come_from_the_rows_not_from_the_patterns(rows):
    design = build_design(rows, exposure="x", terms=["bs(age, df=4)"])
    assert design.patterns < len(rows) / 10
    on_patterns = formulaic.model_matrix("1 + x + bs(age, df=4)", rows.drop_duplicates(["x", "age"]), context={})
    first = rows.drop_duplicates(["x", "age"]).index
    assert np.abs((design.matrix + design.centre)[design.index[first]] - on_patterns.to_numpy()).max() > 0.1


def test_what_cannot_be_known_to_work_value_by_value_is_built_on_rows(rows):
    assert build_design(rows, exposure="x", terms=["I(age > age.mean())"]).patterns == len(rows)
    assert build_design(rows, exposure="x", terms=["I(age > 50)"]).patterns < 200


def test_columns_are_centred_at_their_mean_over_rows(rows):
    design = build_design(rows, exposure="x", terms=["age", "sex"])
    counts = design.per_pattern(np.ones(len(rows)))
    np.testing.assert_allclose(counts @ design.matrix[:, 1:], 0, atol=1e-8)
    assert (design.matrix[:, 0] == 1).all()


def test_without_intercept_the_coding_stays(rows):
    design = build_design(rows, exposure="x", terms=["sex"], intercept=False)
    assert design.names == ("x[T.b]", "x[T.c]", "sex[T.m]")
    assert design.terms == {"x": [0, 1], "sex": [2]}


def test_patterns_by_hand():
    frame = pd.DataFrame({"a": [1.0, 2.0, 1.0, 1.0], "b": ["u", "u", "v", "u"]})
    index, first = covariate_patterns(frame)
    assert index.tolist() == [0, 1, 2, 0]
    assert first.tolist() == [0, 1, 2]


def test_patterns_of_many_columns_do_not_overflow():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.random((500, 12)))  # 500**12 combinations
    index, first = covariate_patterns(pd.concat([frame, frame], ignore_index=True))
    assert len(first) == 500
    assert (index[:500] == index[500:]).all()


def test_variables_of_terms():
    columns = ["age", "year", "my column", "scale"]
    terms = [
        "bs(age, df=4)",
        "poly(year, 2):center(age)",
        "log(`my column`)",
        "C(year, contr.treatment(2008))",
        "scale",
    ]
    assert term_variables(terms, columns) == ["age", "year", "my column", "scale"]
    assert term_variables(["bs(agee)"], columns) == ["agee"]


@pytest.mark.parametrize("term", ["(age", "age ~ sex", "age | sex", "bs(age", ""])
def test_unreadable_terms_are_refused(term):
    with pytest.raises(ValueError, match="cannot be read"):
        term_variables([term], ["age", "sex"])


@pytest.mark.parametrize("term", ["0", "1", "-1"])
def test_terms_without_a_column_are_refused(term):
    with pytest.raises(ValueError, match="names no column"):
        term_variables([term], ["age"])
