"""Table 1 by hand: seven persons, every count, share and quantile worked out on paper."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.describe import descriptives

PERSONS = pd.DataFrame(
    {
        "education": pd.Categorical(
            ["short", "short", "short", "short", "long", "long", None], categories=["short", "long"], ordered=True
        ),
        "sex": ["female", "male", "male", None, "female", "female", "male"],
        "age": [40, 50, 60, 90, 30, np.nan, 70],
        "income": pd.array([1, 2, None, 4, 5, 6, 7], dtype="Int64"),
    }
)


def value(result, **row):
    chosen = result.select(**row).tidy()
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_counts_and_shares_by_hand():
    result = descriptives(PERSONS, exposure="education", columns=["sex"])
    men_short = value(result, measure="share", level="male", stratum="short")
    assert (men_short["estimate"], men_short["n"], men_short["events"]) == (0.5, 4, 2)
    missing_short = value(result, measure="count", level="missing", stratum="short")
    assert (missing_short["estimate"], missing_short["n"]) == (1, 4)
    nobody = value(result, measure="share", level="male", stratum="long")
    assert (nobody["estimate"], nobody["n"], nobody["events"]) == (0, 2, 0)


def test_the_total_holds_everybody_and_says_who_has_no_level():
    result = descriptives(PERSONS, exposure="education", columns=["sex"])
    assert value(result, measure="count", level="male", stratum="total")["estimate"] == 3
    assert result.diagnostics == {"rows": 7, "exposure_missing": 1}


def test_numbers_by_hand():
    result = descriptives(PERSONS, exposure="education", columns=["age"])
    short = {m: value(result, measure=m, stratum="short")["estimate"] for m in ("mean", "median", "standard_deviation")}
    assert short == pytest.approx({"mean": 60.0, "median": 55.0, "standard_deviation": np.sqrt(1400 / 3)})
    assert value(result, measure="lower_quartile", stratum="short")["estimate"] == 47.5
    assert value(result, measure="upper_quartile", stratum="short")["estimate"] == 67.5
    assert value(result, measure="mean", stratum="long")["n"] == 1
    assert value(result, measure="count", level="missing", stratum="long")["estimate"] == 1


def test_shares_of_a_column_add_up_to_one_missing_included():
    tidy = descriptives(PERSONS, exposure="education", columns=["sex"]).select(measure="share").tidy()
    assert tidy.groupby("stratum")["estimate"].sum().to_numpy() == pytest.approx(1.0)


def test_a_nullable_number_is_a_number():
    result = descriptives(PERSONS, exposure="education", columns=["income"])
    assert value(result, measure="mean", stratum="short")["estimate"] == pytest.approx(7 / 3)


def test_a_level_that_misses_nothing_has_a_row_of_missing_where_others_miss():
    result = descriptives(PERSONS, exposure="education", columns=["sex"])
    assert value(result, measure="count", level="missing", stratum="long")["estimate"] == 0


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_a_flag_is_no_number(dtype):
    flags = pd.Series([True, True, False, True, False, False, True], dtype=dtype)
    result = descriptives(PERSONS.assign(retired=flags), exposure="education", columns=["retired"])
    assert set(result.tidy()["measure"]) == {"count", "share"}
    assert value(result, measure="count", level="True", stratum="short")["estimate"] == 3


def test_row_order_changes_nothing():
    a = descriptives(PERSONS, exposure="education", columns=["sex", "age"]).tidy()
    b = descriptives(PERSONS.iloc[::-1], exposure="education", columns=["sex", "age"]).tidy()
    pd.testing.assert_frame_equal(a, b)


def test_unknown_columns_and_empty_data_are_refused():
    with pytest.raises(ValueError, match="no column height in the data"):
        descriptives(PERSONS, exposure="education", columns=["height"])
    with pytest.raises(ValueError, match="no rows to describe"):
        descriptives(PERSONS.iloc[:0], exposure="education", columns=["sex"])


def test_missing_values_are_counted_also_where_nobody_misses_any():
    result = descriptives(PERSONS.assign(year=2010), exposure="education", columns=["sex", "year"])
    assert value(result, outcome="sex", level="missing", measure="share", stratum="short")["estimate"] == 0.25
    assert value(result, outcome="year", level="missing", measure="count", stratum="total")["estimate"] == 0


def test_a_column_without_any_value_is_described_as_missing():
    result = descriptives(PERSONS.assign(income=np.nan), exposure="education", columns=["income"])
    assert value(result, measure="share", level="missing", stratum="total")["estimate"] == 1
    assert np.isnan(value(result, measure="mean", stratum="total")["estimate"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"education": ["total", "short", "long", None, "long", "long", "long"]}, r"education: total\): rename it"),
        ({"sex": ["missing", "male", "male", None, "male", "male", "male"]}, r"sex: missing\): rename it"),
    ],
)
def test_levels_named_as_the_tables_own_rows_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        descriptives(PERSONS.assign(**changes), exposure="education", columns=["sex"])


def test_a_measurement_is_no_exposure():
    many = pd.DataFrame({"age": range(40), "sex": "male"})
    with pytest.raises(ValueError, match="age has 40 values: cut it into at most 30 groups first"):
        descriptives(many, exposure="age", columns=["sex"])


def test_persons_that_differ_from_the_most_common_value_are_counted_by_hand():
    days = PERSONS.assign(days=[180, 180, 12, 180, np.nan, 30, 180])
    result = descriptives(days, exposure="education", columns=["days"])
    off = {s: result.select(measure="mean", stratum=s).details()["n_off_mode"].iloc[0] for s in ("short", "total")}
    assert off == {"short": 1, "total": 2}  # 12; 12 and 30
    assert result.select(level="missing").details()["n_off_mode"].isna().all()


@pytest.mark.parametrize("dtype", ["int64", "float64", "Int64"])
def test_numbers_0_and_1_are_counted_as_no_and_yes(dtype):
    given = PERSONS.assign(at_home=pd.Series([1, 0, 0, 1, 0, 0, 1], dtype=dtype))
    before = given.copy()
    result = descriptives(given, exposure="education", columns=["at_home"])
    assert set(result.tidy()["measure"]) == {"count", "share"}
    yes = value(result, measure="share", level="True", stratum="short")
    assert (yes["estimate"], yes["events"]) == (0.5, 2)
    pd.testing.assert_frame_equal(given, before)
    # with a third value it is a number, and a missing one is no third value
    third = descriptives(given.assign(at_home=[1, 0, 2, 1, 0, 0, 1]), exposure="education", columns=["at_home"])
    assert "mean" in set(third.tidy()["measure"])
    gap = descriptives(given.assign(at_home=[1, 0, np.nan, 1, 0, 0, 1]), exposure="education", columns=["at_home"])
    assert value(gap, measure="count", level="missing", stratum="short")["estimate"] == 1
    assert "mean" not in set(gap.tidy()["measure"])
