"""Working days by hand, around the holidays that move, and against a count day by day."""

import datetime as dt

import holidays
import numpy as np
import pandas as pd
import pytest

from rehab_stats.calendar import CLOSED, working_days


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2015-03-06", "2015-03-06", 0),  # a Friday to itself
        ("2015-03-06", "2015-03-07", 0),  # to Saturday
        ("2015-03-06", "2015-03-09", 1),  # to Monday
        ("2015-03-08", "2015-03-09", 1),  # from a Sunday the start still counts 0
        ("2015-03-02", "2015-03-16", 10),  # two weeks
        ("2015-04-01", "2015-04-07", 1),  # Easter: Thursday, Friday and Monday are off
        ("2023-05-04", "2023-05-08", 1),  # Great Prayer Day was the fifth of May
        ("2024-04-25", "2024-04-29", 2),  # and would have been the twenty-sixth of April
        ("2015-05-22", "2015-05-26", 1),  # Whit Monday
        ("2015-05-13", "2015-05-15", 1),  # Ascension Day
        ("2014-06-04", "2014-06-06", 1),  # Constitution Day
        ("2014-12-22", "2015-01-02", 4),  # 23, 29, 30 December and 2 January
    ],
)
def test_by_hand(start, end, days):
    assert working_days(start, end) == days


def test_closed_days_are_the_callers():
    assert working_days("2014-12-22", "2015-01-02", closed=()) == 6
    assert working_days("2014-12-22", "2015-01-02", closed=("12-24", "12-31", "2014-12-29", "2014-12-30")) == 2
    assert working_days("2015-02-27", "2016-03-01", closed=("02-29",)) == working_days(
        "2015-02-27", "2016-03-01", closed=("2016-02-29",)
    )


def by_the_day(start: dt.date, end: dt.date) -> int:
    """The same by walking through the days."""
    off = holidays.country_holidays("DK")
    days = [start + dt.timedelta(days=number) for number in range(1, (end - start).days + 1)]
    return sum(day.weekday() < 5 and day not in off and f"{day:%m-%d}" not in CLOSED for day in days)


def test_series_equal_a_count_day_by_day():
    rng = np.random.default_rng(7)
    start = pd.Series(pd.Timestamp("2007-01-01") + pd.to_timedelta(rng.integers(0, 6_600, 300), unit="D"))
    end = start + pd.to_timedelta(rng.integers(0, 400, 300), unit="D")
    found = working_days(start, end)
    assert found.tolist() == [by_the_day(a.date(), b.date()) for a, b in zip(start, end, strict=True)]
    order = rng.permutation(300)
    pd.testing.assert_series_equal(working_days(start.iloc[order], end.iloc[order]), found.iloc[order])


def test_missing_dates_stay_missing_and_the_index_and_the_input_are_kept():
    start = pd.Series(pd.to_datetime(["2015-03-06 23:59", None, "2015-03-06 00:00"]), index=["a", "b", "c"])
    end = pd.Series(pd.to_datetime(["2015-03-09 00:01", "2015-03-09 00:00", None]), index=["a", "b", "c"])
    before = start.copy()
    found = working_days(start, end)
    assert (found.dtype, found.index.tolist()) == ("Int64", ["a", "b", "c"])
    assert found.isna().tolist() == [False, True, True]
    assert found["a"] == 1
    pd.testing.assert_series_equal(start, before)
    assert working_days(pd.NaT, pd.Timestamp("2015-03-09")) is None


def test_one_day_beside_a_series_holds_for_every_row():
    end = pd.Series(pd.to_datetime(["2015-03-09", "2015-03-10"]))
    assert working_days(dt.date(2015, 3, 6), end).tolist() == [1, 2]
    assert working_days(end, pd.Timestamp("2015-03-10")).tolist() == [1, 0]
    assert working_days(end.iloc[:0], end.iloc[:0]).empty


def test_refusals():
    days = pd.Series(pd.to_datetime(["2015-03-09", "2015-03-10"]), index=[10, 20])
    with pytest.raises(ValueError, match="end is before start in rows 20: 1 of 2 pairs"):
        working_days(days, pd.Timestamp("2015-03-09"))
    with pytest.raises(ValueError, match=r"^end is before start: 1 of 1 pairs"):
        working_days("2015-03-09", "2015-03-08")
    with pytest.raises(ValueError, match="their indexes differ"):
        working_days(days, days.reset_index(drop=True))
    with pytest.raises(ValueError, match="start holds values that are no dates"):
        working_days("06-03-2015", "2015-03-08")
    for day in ("13-01", "juleaften"):
        with pytest.raises(ValueError, match=f"closed names '{day}', which is no day"):
            working_days("2015-03-06", "2015-03-08", closed=(day,))
