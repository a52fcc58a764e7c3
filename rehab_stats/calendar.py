"""Danish working days (how long a person really waited, weekends and holidays aside) and the periods of a report."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

import holidays
import numpy as np
import pandas as pd

CLOSED = ("12-24", "12-31", "06-05")
"""Days that are no public holiday and on which Danish municipalities are usually closed (month-day): Christmas Eve, New
Year's Eve and Constitution Day. An assumption: no law closes a centre on them."""

PERIODS = {"year": 12, "half_year": 6, "quarter": 3, "month": 1}
"""Length of a period -> its months."""


@dataclass(frozen=True)
class Deadline:
    """What must be done, and within how many days: done on day `limit` is in time.

    Attributes
    ----------
    code : str
        Such as `needs_assessment`.
    limit : int
        Days after the day on which the clock starts.
    unit : {"working_days", "days", "months"}
    """

    code: str
    limit: int
    unit: str = "working_days"


_MONTH_AND_DAY = re.compile(r"\d\d-\d\d")


def working_days(
    start: pd.Series | pd.Timestamp | dt.date | str,
    end: pd.Series | pd.Timestamp | dt.date | str,
    *,
    closed: Sequence[str] = CLOSED,
) -> pd.Series | int | None:
    """Danish working days after `start` up to and including `end`: Monday to Friday, no public holiday, not closed.

    Parameters
    ----------
    start, end : Series of dates, or one date
        First and last day (as text: 2015-03-09); a time of day counts for nothing. Of two Series the rows belong
        together (same index); one date beside a Series holds for all its rows.
    closed : sequence of str
        Further days off, each "month-day" (every year) or "year-month-day" (once). () = public holidays alone.

    Returns
    -------
    Series of Int64, or int
        With the Series' index; missing where a date is. Two single dates give one whole number, or None.

    Raises
    ------
    ValueError
        An end before its start (rows named by their index), two indexes that differ, dates that are none, or a day of
        `closed` that is none.

    Notes
    -----
    The start day counts 0, whether it is a working day or not: from Friday to Saturday are 0 days, from Friday or from
    Sunday to Monday is 1. Public holidays are those of the package `holidays` (Danish law: Great Prayer Day until 2023,
    not since). It misleads where a centre closes on other days, such as those between Christmas and New Year: state
    them in `closed`. Checked by hand and against a count day by day in tests/test_calendar.py.
    """
    index = _index(start, end)
    first, last = (_days(value, name) for value, name in ((start, "start"), (end, "end")))
    first, last = np.broadcast_arrays(first, last)
    known = ~(np.isnat(first) | np.isnat(last))
    backwards = known & (last < first)
    if backwards.any():
        rows = "" if index is None else f" in rows {', '.join(map(str, index[backwards][:5]))}"
        raise ValueError(f"end is before start{rows}: {backwards.sum():,} of {len(first):,} pairs of days")
    counted = np.zeros(len(first), dtype="int64")
    if known.any():
        off = _days_off(first[known].min(), last[known].max(), closed)
        counted[known] = np.busday_count(first[known] + 1, last[known] + 1, holidays=off)
    if index is None:
        return int(counted[0]) if known[0] else None
    return pd.Series(pd.arrays.IntegerArray(counted, ~known), index=index, name="working_days")


def working_day_after(
    start: pd.Series | pd.Timestamp | dt.date | str,
    days: pd.Series | int,
    *,
    closed: Sequence[str] = CLOSED,
) -> pd.Series | pd.Timestamp | None:
    """The earliest day that lies so many working days after `start`: the last day of a deadline, and the other way
    round of `working_days`.

    Parameters
    ----------
    start : Series of dates, or one date
        As in `working_days`.
    days : Series of whole numbers, or one
        Working days, 0 or more; of two Series the rows belong together. 0 is the start day itself.
    closed : sequence of str
        As in `working_days`.

    Returns
    -------
    Series of dates, or Timestamp
        With the Series' index; missing where a date or a number is. A single date and number give one, or None.

    Raises
    ------
    ValueError
        As `working_days`; a number of days below 0 or not whole.

    Notes
    -----
    `working_days(start, working_day_after(start, n))` is n. Checked so, and by hand, in tests/test_calendar.py.
    """
    index = _index(start, days)
    number = pd.to_numeric(days if isinstance(days, pd.Series) else pd.Series([days])).to_numpy(
        dtype=float, na_value=np.nan
    )
    first, number = np.broadcast_arrays(_days(start, "start"), number)
    known = ~(np.isnat(first) | np.isnan(number))
    if (known & ((number < 0) | (number % 1 != 0))).any():
        raise ValueError("days must be whole numbers of working days, 0 or more")
    found = np.full(len(first), np.datetime64("NaT", "D"))
    if known.any():
        # a year has at least 240 working days: room for the longest wait
        latest = first[known].max() + np.timedelta64(int(number[known].max() * 365 / 240) + 31, "D")
        off = _days_off(first[known].min(), latest, closed)
        ends = np.busday_offset(first[known], number[known].astype(int), roll="backward", holidays=off)
        found[known] = np.where(number[known] == 0, first[known], ends)
    if index is None:
        return pd.Timestamp(found[0]) if known[0] else None
    return pd.Series(found.astype("datetime64[ns]"), index=index, name="working_day_after")


def periods(dates: pd.Series, *, length: str = "half_year") -> pd.Series:
    """The calendar period that each date lies in, as an ordered category: `2024-H1`, `2024-H2`.

    Parameters
    ----------
    dates : Series of dates
        As text: 2015-03-09. A missing date has no period.
    length : {"half_year", "quarter", "month", "year"}
        Codes `2024-H1`, `2024-Q1`, `2024-01`, `2024`.

    Returns
    -------
    Series of ordered categories
        With the Series' index. Every period from the first date to the last is a category, also one without a date, so
        that a gap stays visible.

    Raises
    ------
    ValueError
        Another length; values that are no dates.

    Notes
    -----
    A half-year is January to June or July to December. The last one is usually not over on the extract date; whose
    deadlines had passed by then is for `deadline_rows`.
    """
    if length not in PERIODS:
        raise ValueError(f"length must be one of {', '.join(PERIODS)}; got {length!r}")
    days = pd.Series(pd.DatetimeIndex(_days(dates, "dates")), index=dates.index)
    months = days.dt.year * 12 + days.dt.month - 1
    number = months // PERIODS[length]
    if number.isna().all():
        raise ValueError("dates holds no date: there is no period")
    every = range(int(number.min()), int(number.max()) + 1)
    names = [_period_name(place, length) for place in every]
    places = (number - every.start).fillna(-1).astype(int)
    coded = pd.Categorical.from_codes(places, categories=names, ordered=True)
    return pd.Series(coded, index=dates.index, name="period")


def place_in_periods(day: pd.Timestamp, codes: Sequence[str]) -> float:
    """Where a day lies on an axis of periods: 0 at the start of the first, 1 at its end; outside them below 0 or above.

    Parameters
    ----------
    day : Timestamp
    codes : sequence of str
        Of `periods`, all of one length, one after the other.

    Raises
    ------
    ValueError
        No codes, or one that is none of a period.
    """
    if not len(codes):
        raise ValueError("codes is empty: there are no periods")
    start = _first_month(codes[0])
    months = PERIODS[_length_of(codes[0])]
    whole = (day.year - start[0]) * 12 + day.month - start[1]
    share = (day.day - 1) / day.days_in_month
    return (whole + share) / months


def _length_of(code: str) -> str:
    letters = {"H": "half_year", "Q": "quarter"}
    part = code.partition("-")[2]
    return "year" if not part else letters.get(part[0], "month")


def _first_month(code: str) -> tuple[int, int]:
    year, _, part = code.partition("-")
    try:
        number = int(part.lstrip("HQ")) if part else 1
        return int(year), (number - 1) * PERIODS[_length_of(code)] + 1
    except ValueError:
        raise ValueError(f"{code!r} is no period such as 2024-H1") from None


def _period_name(place: int, length: str) -> str:
    in_a_year = 12 // PERIODS[length]
    year, part = divmod(place, in_a_year)
    if length == "month":
        return f"{year}-{part + 1:02}"
    letter = {"half_year": "-H", "quarter": "-Q"}.get(length)
    return f"{year}{letter}{part + 1}" if letter else str(year)


def _index(start: object, end: object) -> pd.Index | None:
    """The index of the answer; None when both are single dates."""
    found = [value.index for value in (start, end) if isinstance(value, pd.Series)]
    if len(found) == 2 and not found[0].equals(found[1]):
        raise ValueError("start and end are Series whose rows do not belong together: their indexes differ")
    return found[0] if found else None


def _days(value: object, name: str) -> np.ndarray:
    try:
        # texts only as 2015-03-09: 04-03-2015 would be read as the third of April
        moments = pd.to_datetime(value if isinstance(value, pd.Series) else pd.Series([value]), format="ISO8601")
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} holds values that are no dates") from error
    return moments.to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")


def _days_off(first: np.datetime64, last: np.datetime64, closed: Sequence[str]) -> np.ndarray:
    """Public holidays and closed days of the years from `first` to `last`."""
    years = range(first.astype(object).year, last.astype(object).year + 1)
    off = [np.datetime64(day) for day in holidays.country_holidays("DK", years=years)]
    for day in closed:
        off += [closed_day(day, year) for year in years]
    return np.array([day for day in off if not np.isnat(day)], dtype="datetime64[D]")


def closed_day(said: str, year: int = 2024) -> np.datetime64:
    """A day off written month-day (of that year) or year-month-day; NaT for 02-29 in another year than a leap year.

    Raises ValueError when it is no day.
    """
    text = f"{year}-{said}" if _MONTH_AND_DAY.fullmatch(said) else said
    try:
        return np.datetime64(dt.date.fromisoformat(text))
    except ValueError:
        if said == "02-29":  # a day of leap years only
            return np.datetime64("NaT", "D")
        raise ValueError(f"closed names {said!r}, which is no day such as 12-24 or 2015-12-27") from None
