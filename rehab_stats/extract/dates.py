"""Dates as people write them: ISO or day first, one way a column, never guessed."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

import numpy as np

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMBERED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}")
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?(Z|[+-]\d{2}:?\d{2}))?$")
_MIDNIGHT = re.compile(r"[T ]0?0:00(:00([.,]0+)?)?$")
_HOW_TO_STATE = 'in the mapping file (dates: {{{table}: {{{column}: "%d-%m-%Y"}}}}, or day_first: true for all tables)'


@dataclass
class ParsedDates:
    """Days for the texts given, with the positions of the texts that broke a rule.

    Attributes
    ----------
    days : numpy.ndarray of datetime64[D]
        NaT where the text could not be read.
    broken : dict
        Rule -> (positions, message).
    """

    days: np.ndarray
    broken: dict[str, tuple[list[int], str]] = field(default_factory=dict)


def parse_dates(texts, *, table: str, column: str, layout: str = "", day_first: bool = False) -> ParsedDates:
    """Read distinct date texts of one column.

    Parameters
    ----------
    texts : sequence of str
        Distinct texts, none empty.
    table, column : str
        Used in the messages.
    layout : str
        A `strptime` layout stated in the mapping; "" = decide from the texts.
    day_first : bool
        Stated in the mapping: numbers before the year are day and month in that order.

    Returns
    -------
    ParsedDates
        Texts such as 04-03-2011 are decided by the whole column: some number above 12 must show which one is the day.
        Dotted dates are day first. Where nothing decides, the column stays unread and the rule date_order_undecided
        says how to state the order. Checked by hand in tests/extract/test_dates.py.
    """
    parsed = ParsedDates(np.full(len(texts), np.datetime64("NaT", "D")))
    bare, timed = _without_time(texts)
    if timed:
        parsed.broken["time_dropped"] = (timed, "with a time of day, which is dropped; the day is kept.")
    if layout:
        _read_by_layout(parsed, bare, layout)
    else:
        _read_by_column(parsed, bare, day_first=day_first, how=_HOW_TO_STATE.format(table=table, column=column))
    return parsed


def _without_time(texts) -> tuple[list[str], list[int]]:
    bare, timed = [], []
    for position, text in enumerate(texts):
        found = _TIME.search(text) if ":" in text else None
        bare.append(text[: found.start()] if found else text)
        if found and not _MIDNIGHT.match(found.group()):
            timed.append(position)
    return bare, timed


def _read_by_layout(parsed: ParsedDates, texts: list[str], layout: str) -> None:
    bad = []
    for position, text in enumerate(texts):
        try:
            parsed.days[position] = np.datetime64(dt.datetime.strptime(text, layout).date())
        except ValueError:
            bad.append(position)
    if bad:
        parsed.broken["bad_date"] = (bad, f"not in the layout {layout} that the mapping states.")


def _read_by_column(parsed: ParsedDates, texts: list[str], *, day_first: bool, how: str) -> None:
    styles: dict[str, list[tuple[int, tuple[int, int, int]]]] = {}  # style -> (position, its three numbers)
    bad, short = [], []
    for position, text in enumerate(texts):
        if found := _ISO.fullmatch(text):
            year, month, day = map(int, found.groups())
            styles.setdefault("-iso", []).append((position, (year, month, day)))
        elif found := _NUMBERED.fullmatch(text):
            first, mark, second, year = found.groups()
            styles.setdefault(mark, []).append((position, (int(year), int(second), int(first))))
        else:
            (short if _SHORT_YEAR.fullmatch(text) else bad).append(position)
    if len(styles) > 1:
        usual = max(styles, key=lambda style: len(styles[style]))
        odd = [position for style, dates in styles.items() if style != usual for position, _ in dates]
        parsed.broken["date_formats_mixed"] = (odd, "written otherwise than the rest of the column.")
    for style, dates in styles.items():
        if style in ("-iso", ".") or day_first or _day_leads(parsed, dates, how):
            bad += _fill(parsed, dates)
    if bad:
        said = f"not a date such as 2011-03-04 or 04-03-2011; state another layout {how}."
        parsed.broken["bad_date"] = (sorted(bad), said)
    if short:
        parsed.broken["two_digit_year"] = (short, "with a year of two digits, which could be of either century.")


def _day_leads(parsed: ParsedDates, dates: list[tuple[int, tuple[int, int, int]]], how: str) -> bool:
    """Whether the first number of these dates is the day; notes the rule broken when it is not, or cannot be known."""
    leads = [position for position, (_, _, first) in dates if first > 12]
    follows = [position for position, (_, second, _) in dates if second > 12]
    if leads and len(leads) >= len(follows):
        return True  # a stray 04-13-2011 among them is then no date and is named as such
    positions = [position for position, _ in dates]
    if follows:
        said = f"in a column that seems to be month first (a second number is above 12); state the layout {how}."
        _extend(parsed, "month_first", positions, said)
    else:
        said = f"that could be day or month first, since no number of the column is above 12; state the order {how}."
        _extend(parsed, "date_order_undecided", positions, said)
    return False


def _extend(parsed: ParsedDates, rule: str, positions: list[int], message: str) -> None:
    parsed.broken[rule] = (parsed.broken.get(rule, ([], ""))[0] + positions, message)


def _fill(parsed: ParsedDates, dates: list[tuple[int, tuple[int, int, int]]]) -> list[int]:
    bad = []
    for position, (year, month, day) in dates:
        try:
            parsed.days[position] = np.datetime64(dt.date(year, month, day))
        except ValueError:
            bad.append(position)
    return bad
