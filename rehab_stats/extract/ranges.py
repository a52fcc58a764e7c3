"""Ranges written as text: calendar years (2009, 2009-2010) and ages (30-49, 75+, under 30)."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_YEARS = re.compile(r"((?:19|20)\d\d)(?:-((?:19|20)\d\d))?")
_AGES = re.compile(r"(?:(\d{1,2})-(\d{1,3})|(\d{1,3})\+|under (\d{1,3}))")
OLDEST = 200


def period_years(text: str) -> tuple[int, int] | None:
    """First and last year of a period, both included; None when the text is none or runs backwards."""
    found = _YEARS.fullmatch(text)
    years = (int(found.group(1)), int(found.group(2) or found.group(1))) if found else (1, 0)
    return years if years[0] <= years[1] else None


def age_range(text: str) -> tuple[int, int] | None:
    """Youngest and oldest age of a group in whole years, both included; None when the text is none."""
    found = _AGES.fullmatch(text)
    if not found:
        return None
    low, high, lowest, below = (int(part) if part else None for part in found.groups())
    ages = (low, high) if low is not None else (lowest, OLDEST) if lowest is not None else (0, below - 1)
    return ages if ages[0] <= ages[1] else None


READERS = {"period": period_years, "ages": age_range}


def bounds(values: pd.Series, kind: str) -> pd.DataFrame:
    """Columns `first` and `last` of the ranges of a column; missing where there is none."""
    read = {text: READERS[kind](text) or (np.nan, np.nan) for text in values.dropna().unique()}
    pairs = [read.get(text, (np.nan, np.nan)) if isinstance(text, str) else (np.nan, np.nan) for text in values]
    return pd.DataFrame(pairs, columns=["first", "last"], index=values.index, dtype=float)


def overlapping(texts: list[str], kind: str) -> list[str]:
    """The ranges that share a year with another one; texts that are no range share none."""
    read = {text: READERS[kind](text) for text in texts}
    known = {text: pair for text, pair in read.items() if pair}
    return [
        text
        for text, (first, last) in known.items()
        if any(other != text and first <= pair[1] and pair[0] <= last for other, pair in known.items())
    ]
