"""Columns as a model needs them: order of levels, plain types, whose rows, which rows."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import Roles, code, nearest, number, ordered_levels, plain, prepare


def _levels(values, reference=None, **kind) -> list[str]:
    return list(ordered_levels(pd.Series(values, name="x", **kind), reference).cat.categories)


def test_order_of_levels():
    category = pd.CategoricalDtype(["low", "high", "unknown"], ordered=True)
    assert _levels(["high", "low"], dtype=category) == ["low", "high", "unknown"]
    assert _levels([10, 2, 2, 1]) == ["1", "2", "10"]
    assert _levels([2.0, np.nan, 1.0]) == ["1", "2"]
    assert _levels([True, False]) == ["False", "True"]
    assert _levels([3, None, 1], dtype="Int64") == ["1", "3"]
    assert _levels(["male", "female", None]) == ["female", "male"]
    assert _levels(["b", "a"], dtype="string") == ["a", "b"]


def test_an_unordered_category_keeps_its_own_order_when_the_reference_is_named():
    kind = pd.CategoricalDtype(["south", "north", "east"])
    assert _levels(["north", "south"], reference="north", dtype=kind) == ["south", "north", "east"]
    with pytest.raises(ValueError, match="category without order"):
        _levels(["north", "south"], dtype=kind)


@pytest.mark.parametrize("values", [[0.5, 1, 2], range(31), pd.to_datetime(["2000-01-01"] * 2 + ["2001-01-01"] * 2)])
def test_measurements_are_no_levels_but_two_dates_are(values):
    if isinstance(values, pd.DatetimeIndex):
        assert len(_levels(values)) == 2
    else:
        with pytest.raises(ValueError, match="looks like a measurement"):
            _levels(values)


def test_plain_columns():
    assert plain(pd.Series([True, None], dtype="boolean")).tolist()[0] == 1.0
    assert plain(pd.Series([1, 2])).dtype == np.int64
    assert plain(pd.Series([1, None], dtype=object)).dtype == np.float64
    assert plain(pd.Series(["b", None, "a"])).cat.categories.tolist() == ["a", "b"]
    assert plain(pd.Series(["b", pd.NA], dtype="string")).isna().tolist() == [False, True]
    with pytest.raises(ValueError, match="is a date"):
        plain(pd.Series(pd.to_datetime(["2000-01-01"]), name="born"))


def test_numbers():
    assert number(pd.Series([True, False])).tolist() == [1.0, 0.0]
    assert number(pd.Series([1, pd.NA], dtype="Int64")).isna().tolist() == [False, True]
    assert number(pd.Series([1, None, True], dtype=object)).tolist()[::2] == [1.0, 1.0]
    with pytest.raises(ValueError, match=r"y must be numbers: 1 rows are not \(rows 1\)"):
        number(pd.Series([1, "1"], name="y"))


def test_codes_and_near_names():
    assert [code(value) for value in (1, 1.0, np.float64(2), "1", 1.5, True)] == ["1", "1", "2", "1", "1.5", "True"]
    assert nearest("eduction", ["age", "education"]) == "; did you mean 'education'?"
    assert nearest("zzz", ["age"]) == ""


@pytest.fixture(scope="module")
def sample():
    data = pd.DataFrame(
        {
            "x": pd.Categorical(["a", "a", "b", "b", "b", "c"], ["a", "b", "c", "d"], ordered=True),
            "y": [0, 1, 0, 1, 1, np.nan],
            "who": ["p", "p", "q", "q", "r", "s"],
            "w": [1.0, 3.0, 2.0, 2.0, 0.0, 1.0],
            "z": [1, 2, 3, 4, 5, 6],
        },
        index=list("uvwxyz"),
    )
    return prepare(data, Roles("x", ("y",), "b", "who", "who", "w"), {"m": ["z"]}).sample(["z"])


def test_rows_with_missing_values_or_weight_zero_are_left_out(sample):
    assert sample.frame.index.tolist() == ["u", "v", "w", "x"]
    assert (sample.rows_dropped, sample.levels_empty) == (2, 2)
    assert sample.levels == ("a", "b")
    assert sample.frame["x"].cat.categories.tolist() == ["b", "a"]  # the reference comes first
    assert sample.weights.tolist() == [0.5, 1.5, 1.0, 1.0]


def test_persons_are_counted_once(sample):
    assert sample.persons(np.ones(4, dtype=bool)) == {"a": 1, "b": 1}
    assert sample.persons(np.array([False, False, True, False])) == {"a": 0, "b": 1}
    assert sample.cluster.tolist() == [0, 0, 1, 1]


def test_a_column_named_twice_is_refused():
    data = pd.DataFrame([[0, 1, 1], [1, 0, 0]], columns=["x", "y", "y"])
    with pytest.raises(ValueError, match="several columns named 'y'"):
        prepare(data, Roles("x", ("y",)), {"crude": []})
