"""Working days by hand, around the holidays that move, and against a count day by day; periods."""

import datetime as dt
from itertools import pairwise

import holidays
import numpy as np
import pandas as pd
import pytest

from rehab_stats.calendar import CLOSED, periods, place_in_periods, working_day_after, working_days


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


# Monday to Friday less what is off, month by month, from the wall calendars of 2015 and 2024. Off on a weekday in 2015:
# 1 January (Thu), 2 and 3 April (Maundy Thursday, Good Friday), 6 April (Easter Monday), 1 May (Great Prayer Day, Fri),
# 14 May (Ascension, Thu), 25 May (Whit Monday), 25 December (Fri); closed: 5 June (Fri), 24 and 31 December (both Thu).
# In 2024: 1 January (Mon), 28 and 29 March, 1 April, 9 May (Ascension), 20 May, 25 and 26 December; closed: 5 June
# (Wed), 24 and 31 December (both Tue). 26 April 2024 would have been Great Prayer Day, and was a working Friday.
WEEKDAYS = {
    2015: (22, 20, 22, 22, 21, 22, 23, 21, 22, 22, 21, 23),
    2024: (23, 21, 21, 22, 23, 20, 23, 22, 21, 23, 21, 22),
}
PUBLIC = {2015: (1, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 1), 2024: (1, 0, 2, 1, 2, 0, 0, 0, 0, 0, 0, 2)}
CLOSED_TOO = {2015: (0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2), 2024: (0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2)}
LAST_DAY = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@pytest.mark.parametrize("year", [2015, 2024])
def test_every_month_of_a_calendar_made_by_hand(year):
    days = [29 if (year, day) == (2024, 28) else day for day in LAST_DAY]
    last_days = [f"{year - 1}-12-31", *(f"{year}-{month:02}-{day}" for month, day in enumerate(days, 1))]
    for month, (before, last) in enumerate(pairwise(last_days)):
        public = WEEKDAYS[year][month] - PUBLIC[year][month]
        assert working_days(before, last, closed=()) == public, last
        assert working_days(before, last) == public - CLOSED_TOO[year][month], last
    # 261 and 262 weekdays, 8 public holidays on a weekday in each year, 3 closed days
    assert working_days(last_days[0], last_days[-1]) == {2015: 261 - 8 - 3, 2024: 262 - 8 - 3}[year]


@pytest.mark.parametrize(
    ("friday", "off"),
    [("2015-05-01", True), ("2022-05-13", True), ("2023-05-05", True), ("2024-04-26", False), ("2025-05-16", False)],
)
def test_great_prayer_day_was_a_holiday_until_2023(friday, off):
    """The fourth Friday after Easter Sunday; abolished by law from 2024 on."""
    thursday = pd.Timestamp(friday) - pd.Timedelta(days=1)
    assert working_days(thursday, friday, closed=()) == (0 if off else 1)


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


# ---- periods


def test_half_years_begin_in_january_and_july_and_keep_their_gaps():
    dates = pd.Series(["2023-06-30", "2023-07-01", None, "2024-12-31"], index=[5, 6, 7, 8])
    found = periods(dates)
    assert found.cat.categories.tolist() == ["2023-H1", "2023-H2", "2024-H1", "2024-H2"]
    assert found.cat.ordered
    assert found.index.tolist() == [5, 6, 7, 8]
    assert found.astype(object).where(found.notna(), None).tolist() == ["2023-H1", "2023-H2", None, "2024-H2"]


@pytest.mark.parametrize(
    ("length", "codes"),
    [
        ("year", ["2023", "2024"]),
        ("quarter", ["2023-Q4", "2024-Q1"]),
        ("month", ["2023-12", "2024-01"]),
    ],
)
def test_other_lengths(length, codes):
    dates = pd.Series(pd.to_datetime(["2024-01-01", "2023-12-31"]))
    assert periods(dates, length=length).cat.categories.tolist() == codes
    assert periods(dates, length=length).tolist() == codes[::-1]


def test_periods_refuse():
    dates = pd.Series(["2024-01-01"])
    with pytest.raises(ValueError, match="length must be one of year, half_year, quarter, month; got 'week'"):
        periods(dates, length="week")
    with pytest.raises(ValueError, match="dates holds values that are no dates"):
        periods(pd.Series(["01-01-2024"]))
    with pytest.raises(ValueError, match="dates holds no date"):
        periods(pd.Series([None]))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2015-03-06", 0, "2015-03-06"),  # a Friday
        ("2015-03-07", 0, "2015-03-07"),  # a Saturday is its own day 0
        ("2015-03-06", 1, "2015-03-09"),
        ("2015-03-08", 1, "2015-03-09"),
        ("2015-04-01", 1, "2015-04-07"),  # over Easter
        ("2024-04-25", 1, "2024-04-26"),  # no longer Great Prayer Day
        ("2023-05-04", 1, "2023-05-08"),  # still one
        ("2014-12-22", 4, "2015-01-02"),
    ],
)
def test_the_day_so_many_working_days_later_by_hand(start, days, end):
    assert working_day_after(start, days) == pd.Timestamp(end)


def test_days_after_and_days_between_are_each_others_reverse():
    rng = np.random.default_rng(3)
    start = pd.Series(pd.Timestamp("2012-01-01") + pd.to_timedelta(rng.integers(0, 5000, 2000), "D"))
    days = pd.Series(rng.integers(0, 400, 2000))
    found = working_day_after(start, days)
    assert working_days(start, found).tolist() == days.tolist()
    later = days > 0
    # the earliest such day: on the one before fewer had passed
    assert (working_days(start[later], found[later] - pd.Timedelta(days=1)) < days[later]).all()


def test_days_after_keep_index_and_missing_and_refuse_what_is_no_number_of_days():
    found = working_day_after(pd.Series(["2015-03-06", None], index=["x", "y"]), 1)
    assert found.to_dict() == {"x": pd.Timestamp("2015-03-09"), "y": pd.NaT}
    assert working_day_after(None, 3) is None
    for days in (-1, 1.5):
        with pytest.raises(ValueError, match="days must be whole numbers of working days, 0 or more"):
            working_day_after("2015-03-06", days)


@pytest.mark.parametrize(
    ("day", "codes", "place"),
    [
        ("2023-07-01", ["2021-Q1", "2021-Q2"], 10.0),
        ("2021-01-01", ["2021-H1", "2021-H2"], 0.0),
        ("2021-04-16", ["2021-H1"], 3.5 / 6),
        ("2020-12-01", ["2021-01"], -1.0),
        ("2023-01-01", ["2021", "2022"], 2.0),
    ],
)
def test_where_a_day_lies_on_an_axis_of_periods(day, codes, place):
    assert place_in_periods(pd.Timestamp(day), codes) == pytest.approx(place)


def test_codes_that_are_no_periods_are_refused():
    with pytest.raises(ValueError, match="codes is empty"):
        place_in_periods(pd.Timestamp("2023-07-01"), [])
    with pytest.raises(ValueError, match="'first' is no period such as 2024-H1"):
        place_in_periods(pd.Timestamp("2023-07-01"), ["first"])
