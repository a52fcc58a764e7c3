"""From the contract's codes to the groups that analyses compare: education, age, cancers, income, periods."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from rehab_stats.extract.columns import AGE_GROUPS, DIAGNOSIS_GROUPS, NEED

EDUCATION_LEVELS = {
    3: {
        "basic": "short",
        "upper_secondary_or_vocational": "medium",
        "short_or_medium_higher": "long",
        "long_higher": "long",
        "unknown": "unknown",
    },
    4: {
        code: code
        for code in ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
    },
}

AXIS_LEVELS = {
    "education": ["short", "medium", "long", "unknown"],
    "income_fifth": list("12345"),
    "sex": ["female", "male"],
    "age_group": [f"under {min(AGE_GROUPS.values())}", *AGE_GROUPS],
    "origin": ["danish", "western", "non_western"],
    "cohabiting": ["alone", "cohabiting"],
    "diagnosis_group": [*DIAGNOSIS_GROUPS, "other"],
}
"""Columns of the access cohort that may serve as the exposure -> their levels, low to high."""

_NUMBERS = ["0", "1", "2_or_more"]


def axis_levels(exposure: str, education_levels: int = 3) -> list[str]:
    """The levels an axis may have, low to high; education in three or four levels."""
    if exposure == "education":
        return list(dict.fromkeys(EDUCATION_LEVELS[education_levels].values()))
    return list(AXIS_LEVELS[exposure])


def as_groups(persons: pd.DataFrame, *, education_levels: int, periods: Sequence[int]) -> pd.DataFrame:
    """The frame of `follow_up` with groups made, every axis an ordered category, and the two analysis sets marked."""
    frame = persons.assign(
        age=persons["age"].astype(int),
        year=persons["year"].astype(int),
        education=education_groups(persons["education"], education_levels),
        sex=_ordered(persons["sex"], AXIS_LEVELS["sex"]),
        age_group=age_groups(persons["age"]),
        diagnosis_group=diagnosis_groups(persons["diagnosis"]),
        income_fifth=income_fifths(persons["income"], persons["year"]),
        cohabiting=_coded(persons["cohabiting"].astype("float64"), AXIS_LEVELS["cohabiting"]),
        children_at_home=_coded(persons["children_at_home"].clip(upper=2), _NUMBERS),
        comorbidity_group=_coded(persons["comorbidity"].clip(upper=2), _NUMBERS),
        origin=_ordered(persons["origin"], AXIS_LEVELS["origin"]),
        need=_ordered(_known_in_time(persons), list(NEED)),
        in_hazard_set=persons["hazard_step"] == "hazard_set",
        in_risk_set=persons["risk_step"] == "risk_set",
    )
    frame["age_group"] = frame["age_group"].cat.remove_unused_categories()
    frame["referred"] = frame["referred"].astype(float).where(frame["in_risk_set"])
    since = frame["in_hazard_set"] & (frame["entry_days"] == 0)
    frame["period"] = period_groups(frame["year"], starts=periods, since=since)
    return frame


def _known_in_time(persons: pd.DataFrame) -> pd.Series:
    """Need, unless it was found after the referral: what followed a referral cannot explain it."""
    day = (persons["needs_assessed_on"] - persons["diagnosis_date"]).dt.days
    return persons["need"].mask((persons["referral_event"] == 1) & (day > persons["days_to_referral"]))


def education_groups(codes: pd.Series, levels: int) -> pd.Categorical:
    """Education in the contract's five codes as 3 or 4 levels, low to high; `unknown`, or missing, is the last."""
    return _recoded(codes.fillna("unknown"), EDUCATION_LEVELS[levels])


def age_groups(ages: pd.Series) -> pd.Series:
    """Ages in whole years as ordered groups; see `AGE_GROUPS`."""
    return pd.cut(ages, [0, *AGE_GROUPS.values(), np.inf], right=False, labels=AXIS_LEVELS["age_group"])


def diagnosis_groups(codes: pd.Series) -> pd.Categorical:
    """ICD-10 codes as groups of cancers; see `DIAGNOSIS_GROUPS`."""
    places, found = pd.factorize(codes)
    groups = [next((g for g, pattern in DIAGNOSIS_GROUPS.items() if re.match(pattern, c)), "other") for c in found]
    return pd.Categorical(groups, AXIS_LEVELS["diagnosis_group"], ordered=True).take(places, allow_fill=True)


def income_fifths(income: pd.Series, year: pd.Series) -> pd.Categorical:
    """Fifth of income within the year of diagnosis, because incomes rise; ties share a fifth; missing stays missing."""
    by_year = income.groupby(year)
    share_below = (by_year.rank(method="min") - 1) / by_year.transform("count")
    return _coded(np.floor(5 * share_below), AXIS_LEVELS["income_fifth"])


def period_groups(
    year: pd.Series, *, starts: Sequence[int], since: pd.Series, event: str = "diagnosed"
) -> pd.Categorical:
    """Calendar years of diagnosis or referral in periods, ordered, named by first and last year ("2009-2010", "2011").

    Parameters
    ----------
    year : Series of int
        Year of diagnosis, or of referral, of every person.
    starts : sequence of int
        First year of each period, rising; the last period ends with the last year. Empty: two halves that hold as
        nearly as whole years allow the same number of those in `since`; one where they have one year.
    since : Series of bool
        Persons diagnosed since registration began; all where the years are those of referrals.
    event : str
        What happened to persons in these years, for the message.

    Returns
    -------
    Categorical
        Missing before the first period.

    Raises
    ------
    ValueError
        Years that do not rise, or a period that begins after the last year.
    """
    starts = list(starts) or _halves(year[since] if since.any() else year)
    last = int(year.max())
    if any(later <= earlier for earlier, later in pairwise(starts)):
        raise ValueError(f"periods must be first years, each later than the one before; got {starts}")
    if starts[-1] > last:
        raise ValueError(f"periods: nobody was {event} in {starts[-1]} or later; the last year is {last}")
    ends = [*(start - 1 for start in starts[1:]), last]
    names = [str(start) if start == end else f"{start}-{end}" for start, end in zip(starts, ends, strict=True)]
    places = np.searchsorted(starts, year.to_numpy(), side="right") - 1
    return pd.Categorical.from_codes(places, names, ordered=True).remove_unused_categories()


def _halves(years: pd.Series) -> list[int]:
    shares = years.value_counts(normalize=True).sort_index()
    first = [int(shares.index[0])]
    before = shares.cumsum().iloc[:-1]  # share diagnosed up to each year but the last
    return [*first, int(shares.index[int((before - 0.5).abs().argmin()) + 1])] if len(before) else first


def _ordered(values: pd.Series, categories: list[str]) -> pd.Categorical:
    return pd.Categorical(values, categories=categories, ordered=True)


def _recoded(codes: pd.Series, names: Mapping[str, str]) -> pd.Categorical:
    """Codes under other names, several of which may be one; the names' own order is that of the levels."""
    found = pd.Categorical(codes)
    levels = list(dict.fromkeys(names.values()))
    return _ordered(found.categories.map(names), levels).take(found.codes, allow_fill=True)


def _coded(places: pd.Series, levels: list[str]) -> pd.Categorical:
    """Levels by their place, counted from 0; missing stays missing."""
    return pd.Categorical.from_codes(places.fillna(-1).to_numpy(dtype=np.int64), levels, ordered=True)
