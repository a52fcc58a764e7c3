"""Dates: one way a column, never guessed."""

import numpy as np
import pytest

from rehab_stats.extract.dates import parse_dates


def read(*texts: str, **stated):
    return parse_dates(np.array(texts, dtype=object), table="persons", column="birth_date", **stated)


def days(parsed) -> list[str]:
    return [str(day) for day in parsed.days]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2011-03-04", "2008-2-29"], ["2011-03-04", "2008-02-29"]),
        (["04-03-2011", "13-01-2010"], ["2011-03-04", "2010-01-13"]),
        (["4/3/2011", "31/12/2010"], ["2011-03-04", "2010-12-31"]),
        (["04.03.2011", "1.2.2010"], ["2011-03-04", "2010-02-01"]),  # dots are day first even when nothing is above 12
        (["2011-03-04T00:00:00", "2011-03-05 00:00:00.000"], ["2011-03-04", "2011-03-05"]),
    ],
)
def test_ways_of_writing(texts, expected):
    parsed = read(*texts)
    assert days(parsed) == expected
    assert parsed.broken == {}


def test_order_that_nothing_decides_is_refused_and_says_how_to_state_it():
    parsed = read("04-03-2011", "12-12-2010")
    assert days(parsed) == ["NaT", "NaT"]
    positions, message = parsed.broken["date_order_undecided"]
    assert positions == [0, 1]
    assert 'dates: {persons: {birth_date: "%d-%m-%Y"}}' in message
    assert "day_first: true" in message


@pytest.mark.parametrize("stated", [{"day_first": True}, {"layout": "%d-%m-%Y"}])
def test_order_that_is_stated_is_used(stated):
    parsed = read("04-03-2011", "12-12-2010", **stated)
    assert days(parsed) == ["2011-03-04", "2010-12-12"]
    assert parsed.broken == {}


def test_12_does_not_decide_and_13_does():
    assert "date_order_undecided" in read("12-11-2011").broken
    assert read("13-11-2011").broken == {}


def test_month_first_is_refused_unless_stated():
    assert list(read("04-13-2011", "04-03-2011").broken) == ["month_first"]
    assert days(read("04-13-2011", "04-03-2011", layout="%m-%d-%Y")) == ["2011-04-13", "2011-04-03"]


def test_stray_month_first_date_among_day_first_dates_is_no_date():
    parsed = read("14-03-2011", "15-03-2011", "03-16-2011")
    assert days(parsed) == ["2011-03-14", "2011-03-15", "NaT"]
    assert parsed.broken["bad_date"][0] == [2]


def test_two_formats_name_the_rarer():
    parsed = read("2011-03-04", "2011-03-05", "14-03-2011")
    assert parsed.broken["date_formats_mixed"][0] == [2]


@pytest.mark.parametrize("text", ["2011-02-29", "20110304", "2011/03/04", "March 4", "4-3-011", "2011-3", "2011-00-03"])
def test_what_is_no_date(text):
    parsed = read(text, "2011-03-04")
    assert days(parsed) == ["NaT", "2011-03-04"]
    assert "bad_date" in parsed.broken


def test_two_digit_years_are_refused():
    parsed = read("14-03-11", "2011-03-04")
    assert parsed.broken["two_digit_year"][0] == [0]
    assert days(parsed)[0] == "NaT"


def test_time_of_day_is_dropped_and_counted():
    parsed = read("2011-03-04 23:59", "2011-03-05T00:00:00+01:00", "2011-03-06")
    assert days(parsed) == ["2011-03-04", "2011-03-05", "2011-03-06"]
    assert parsed.broken["time_dropped"][0] == [0, 1]


def test_layout_that_does_not_fit_is_named():
    parsed = read("20110304", "2011-03-04", layout="%Y%m%d")
    assert days(parsed) == ["2011-03-04", "NaT"]
    assert "%Y%m%d" in parsed.broken["bad_date"][1]
