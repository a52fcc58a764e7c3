"""Ranges written as text, by hand."""

import pandas as pd
import pytest

from rehab_stats.extract.ranges import age_range, bounds, overlapping, period_years


@pytest.mark.parametrize(
    ("text", "years"),
    [("2009", (2009, 2009)), ("2009-2010", (2009, 2010)), ("2010-2009", None), ("09-10", None), ("", None)],
)
def test_periods(text, years):
    assert period_years(text) == years


@pytest.mark.parametrize(
    ("text", "ages"),
    [("30-49", (30, 49)), ("75+", (75, 200)), ("under 30", (0, 29)), ("49-30", None), ("75", None), ("under 0", None)],
)
def test_ages(text, ages):
    assert age_range(text) == ages


def test_only_ranges_that_share_a_year_overlap():
    assert overlapping(["2009", "2010", "2011-2012"], "period") == []
    assert overlapping(["2009", "2009-2010", "2011", "no"], "period") == ["2009", "2009-2010"]
    assert overlapping(["30-49", "50-64", "64+"], "ages") == ["50-64", "64+"]


def test_bounds_of_a_column_keep_its_rows():
    found = bounds(pd.Series(["2009", None, "x", "2009-2010"], dtype="string"), "period")
    assert found.fillna(0).to_numpy().tolist() == [[2009, 2009], [0, 0], [0, 0], [2009, 2010]]
