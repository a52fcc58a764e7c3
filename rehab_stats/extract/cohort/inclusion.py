"""Who is in a cohort: the settings that access and participation share, held to their values and put in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import pandas as pd

from rehab_stats.extract.cohort.groups import EDUCATION_LEVELS
from rehab_stats.extract.columns import NOT_COUNTED

DAYS_BEFORE_DIAGNOSIS = 90
"""A referral up to this many days before the diagnosis is taken to belong to it (the contract warns)."""

_CHOICES = {"index_diagnosis": ("first", "last"), "referral": ("first_accepted", "first")}
_NOT_NEGATIVE = ("age_min", "days_before_diagnosis")
_AT_LEAST_ONE = ("horizon_days", "window_days", "interview_days", "gap_days")
_CODES = ("excluded_diagnoses", "municipalities", "session_kinds")
_DAYS = ("diagnosed_from", "referred_from")


@dataclass(frozen=True)
class Inclusion:
    """The settings that decide who is in, when the clock starts and what ends it; see `access.access_cohort`."""

    age_min: int = 30
    index_diagnosis: str = "first"
    referral: str = "first_accepted"
    excluded_diagnoses: Sequence[str] = NOT_COUNTED
    diagnosed_from: str = ""
    municipalities: Sequence[str] = ()
    days_before_diagnosis: int = DAYS_BEFORE_DIAGNOSIS
    censor_at_move: bool = True

    @classmethod
    def of(cls, settings: Mapping) -> Inclusion:
        """Those settings of a cohort that are about inclusion; refuses as `check_settings` does."""
        check_settings(settings)
        return cls(**{field.name: settings[field.name] for field in fields(cls) if field.name in settings})

    @property
    def earliest(self) -> pd.Timestamp:
        """First day of index diagnoses."""
        return parse_day(self.diagnosed_from, name="diagnosed_from")

    def words(self) -> str:
        """One sentence: who is in."""
        left_out = f" ({', '.join(self.excluded_diagnoses)} left out)" if self.excluded_diagnoses else ""
        places = " or ".join(self.municipalities)
        living = f", living in municipality {places} on that day" if places else ""
        diagnosis = f"{self.index_diagnosis} cancer diagnosis{left_out}"
        return f"Persons aged {self.age_min} or more at their {diagnosis} in the extract{living}. "


def check_settings(settings: Mapping) -> None:
    """Refuse (ValueError) the first parameter of a cohort that is outside its values; absent ones are passed over."""
    for name, choices in {"education_levels": tuple(EDUCATION_LEVELS), **_CHOICES}.items():
        if settings.get(name, choices[0]) not in choices:
            said = " or ".join(map(repr, choices))
            raise ValueError(f"{name} must be {said}; got {settings[name]!r}")
    for name in _NOT_NEGATIVE:
        if settings.get(name, 0) < 0:
            raise ValueError(f"{name} must not be negative; got {settings[name]}")
    for name in _AT_LEAST_ONE:
        if settings.get(name, 1) < 1:
            raise ValueError(f"{name} must be at least 1; got {settings[name]}")
    for name in _CODES:
        codes = settings.get(name, ())
        if isinstance(codes, str) or not all(isinstance(code, str) and code.strip() for code in codes):
            raise ValueError(f"{name} must be a list of codes, none of them empty; got {codes!r}")
    for name in _DAYS:
        parse_day(settings.get(name, ""), name=name)


def parse_day(text: str, *, name: str) -> pd.Timestamp:
    """A day written YYYY-MM-DD; empty: a day before all others. ValueError, naming `name`, for anything else."""
    try:
        day = dt.date.fromisoformat(text or "1900-01-01")
        if day.isoformat() != (text or "1900-01-01"):  # Python also reads 20100615 and 2010-W24-2
            raise ValueError
        return pd.Timestamp(day).as_unit("ns")
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a day, YYYY-MM-DD, or empty; got {text!r}") from None
