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


def test_only_those_who_count_are_counted_and_all_rows_of_a_level_stay_or_go():
    data = persons().assign(paired=lambda d: (d["education"] != "long").astype(float))
    data.loc[:1, "paired"] = 0.0  # ten with a short education are left, just enough
    rows, left_out = with_enough_persons(data, exposure="education", counted="paired")
    assert left_out == ["long", "unknown"]  # of the long nobody counts, of the unknown too few are there at all
    assert rows["visits"].tolist() == list(range(12))
    assert list(rows["education"].cat.categories) == ["short"]
    data.loc[2, "paired"] = 0.0
    assert with_enough_persons(data, exposure="education", counted="paired")[1] == LEVELS


def test_a_level_of_which_nobody_counts_is_named_among_plain_text_and_counted_persons_too():
    data = persons(unknown=40).assign(paired=lambda d: (d["education"] != "unknown").astype(int))
    for level in (data["education"], data["education"].astype(str)):
        rows, left_out = with_enough_persons(data.assign(education=level), exposure="education", counted="paired")
        assert (len(rows), left_out) == (22, ["unknown"])
    data["who"] = data["visits"].where(data["education"] != "short", 0)
    assert with_enough_persons(data, exposure="education", person="who", counted="paired")[1] == ["short", "unknown"]
    # a category that no row has is neither counted nor named
    known = data[data["education"] != "unknown"]
    assert with_enough_persons(known, exposure="education", counted="paired")[1] == []
    assert with_enough_persons(data, exposure="education", counted="paired", fewest=0)[1] == []


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
    with pytest.raises(WrongCall, match="data has no column 'paired'"):
        with_enough_persons(persons(), exposure="education", counted="paired")
