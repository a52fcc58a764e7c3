"""Levels of few persons are left out by name; nothing else changes."""

import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.model.small_levels import with_enough_persons

LEVELS = ["short", "long", "unknown"]


def persons(short=12, long=10, unknown=9):
    level = ["short"] * short + ["long"] * long + ["unknown"] * unknown
    return pd.DataFrame({"education": pd.Categorical(level, LEVELS, ordered=True), "visits": range(len(level))})


def test_a_level_below_the_limit_is_left_out_and_named():
    data = persons()
    rows, left_out = with_enough_persons(data, exposure="education")
    assert left_out == ["unknown"]
    assert len(rows) == 22
    assert list(rows["education"].cat.categories) == ["short", "long"]
    assert len(data) == 31
    assert list(data["education"].cat.categories) == LEVELS


def test_the_limit_has_two_sides_and_nought_leaves_out_nothing():
    assert with_enough_persons(persons(unknown=10), exposure="education")[1] == []
    rows, left_out = with_enough_persons(persons(unknown=1), exposure="education", fewest=0)
    assert (len(rows), left_out) == (23, [])


def test_persons_are_counted_once():
    data = persons().assign(who=lambda d: d["visits"].where(d["education"] != "long", 0))
    assert with_enough_persons(data, exposure="education", person="who")[1] == ["long", "unknown"]


def test_rows_without_a_level_stay_and_order_of_rows_changes_nothing():
    data = persons()
    data.loc[0, "education"] = None
    rows, left_out = with_enough_persons(data, exposure="education")
    assert rows["education"].isna().sum() == 1
    assert with_enough_persons(data.sample(frac=1, random_state=1), exposure="education")[1] == left_out


def test_where_every_level_is_small_no_row_is_left():
    rows, left_out = with_enough_persons(persons(), exposure="education", fewest=50)
    assert rows.empty
    assert left_out == LEVELS


def test_what_cannot_be_is_refused():
    with pytest.raises(WrongCall, match="fewest must not be below 0; got -1"):
        with_enough_persons(persons(), exposure="education", fewest=-1)
    with pytest.raises(WrongCall, match="data has no column 'educaton'"):
        with_enough_persons(persons(), exposure="educaton")
