"""What each notebook may be told: one frozen model per notebook, checked as a whole before a kernel starts."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from rehab_stats.calendar import closed_day
from rehab_stats.estimate.model.design_matrix import term_variables
from rehab_stats.extract.cohort.access import AXES, COVARIATES, EDUCATION_LEVELS, axis_levels, parse_day
from rehab_stats.extract.cohort.printed_deadlines import CLOCKS
from rehab_stats.extract.columns import OCCASION, SESSION_KINDS
from rehab_stats.extract.instruments import INSTRUMENTS, find_scale
from rehab_stats.words import LANGUAGES, did_you_mean

COUNTED_AXES = ("education", "sex", "age_group", "diagnosis_group")
"""Axes that a table of counts has."""


def _among(allowed: tuple) -> Callable[[Any], Any]:
    """Validator that lets through the values listed and names the nearest one otherwise."""

    def check(value: Any) -> Any:
        if value not in allowed:
            choices = ", ".join(str(choice) for choice in allowed)
            raise ValueError(
                f"should be one of {choices}{did_you_mean(str(value), [str(choice) for choice in allowed])}"
            )
        return value

    return AfterValidator(check)


def _day_or_empty(value: str) -> str:
    try:
        parse_day(value, name="")
    except ValueError:
        raise ValueError("should be a day, YYYY-MM-DD, or empty") from None
    return value


def _level_of_the_exposure(value: str, info: ValidationInfo) -> str:
    if value and {"exposure", "education_levels"} <= set(info.data):
        levels = axis_levels(info.data["exposure"], info.data["education_levels"])
        if value not in levels:
            choices = ", ".join(levels)
            raise ValueError(f"should be a level of {info.data['exposure']}: {choices}{did_you_mean(value, levels)}")
    return value


def _columns_but_the_exposure(value: dict[str, list[str]], info: ValidationInfo) -> dict[str, list[str]]:
    for name, terms in value.items():
        for column in term_variables(terms, COVARIATES):
            if column not in COVARIATES:
                raise ValueError(f"should name columns ({name}): {column!r} is none{did_you_mean(column, COVARIATES)}")
            if column == info.data.get("exposure"):
                raise ValueError(f"should leave the exposure out ({name}): {column!r}")
    return value


def _scale_of_the_instrument(value: str, info: ValidationInfo) -> str:
    if "instrument" in info.data:
        find_scale(info.data["instrument"], value)
    return value


def _smaller_than_the_scale(parameters: EffectParameters) -> EffectParameters:
    width = find_scale(parameters.instrument, parameters.scale).width
    for name in ("smallest_difference", "delta"):
        if abs(getattr(parameters, name)) >= width:
            raise ValueError(f"{name} should be less than the width of the scale {parameters.scale}, {width:g}")
    return parameters


def _zero_or_at_least_two(value: int) -> int:
    if value == 1:
        raise ValueError("should be 0 or at least 2")
    return value


class CommonParameters(BaseModel):
    """Parameters of every notebook.

    Attributes
    ----------
    extract : str
        Folder of the extract; empty: the synthetic default extract.
    output : str
        Folder for figures and tables; empty: show them, write nothing. Set only by a batch run.
    language : str
        Language of figures, tables and findings, `en` or `da`.
    seed : int
        Seed of everything random, 0 to 4294967295.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    extract: str = ""
    output: str = ""
    language: Annotated[str, _among(LANGUAGES)] = "en"
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 2015


class ExtractParameters(CommonParameters):
    """Parameters of notebook 00.

    Attributes
    ----------
    education_levels : int
        3 (short, medium, long) or 4 (the centre's coding).
    age_min : int
        Youngest age at diagnosis, in whole years, 0 to 110.
    horizon_days : int
        Days from diagnosis within which a referral counts, 30 to 3650.
    diagnosed_from : str
        First day of index diagnoses, YYYY-MM-DD; empty: all.
    exposure : str
        Column of the cohort whose levels are compared.
    """

    education_levels: Annotated[int, _among(tuple(EDUCATION_LEVELS))] = 3
    age_min: Annotated[int, Field(ge=0, le=110)] = 30
    horizon_days: Annotated[int, Field(ge=30, le=3650)] = 365
    diagnosed_from: Annotated[str, AfterValidator(_day_or_empty)] = ""
    exposure: Annotated[str, _among(AXES)] = "education"


class GradientParameters(ExtractParameters):
    """Parameters of notebook 01.

    Attributes
    ----------
    reference : str
        Level that the others are compared with; empty: the lowest.
    other_horizons : list of int
        Days of the sensitivity analysis of the horizon, 30 to 3650 each; empty: half and twice the horizon.
    periods : list of int
        First years of diagnosis of each period, rising; empty: two halves.
    adjustment : dict of str to list of str
        Name of an adjustment set -> terms; empty: crude, age, sex and year, plus diagnosis, full.
    """

    reference: str = ""
    other_horizons: list[Annotated[int, Field(ge=30, le=3650)]] = []
    periods: list[Annotated[int, Field(ge=1900, le=2100)]] = []
    adjustment: dict[str, list[str]] = {}

    @field_validator("periods")
    @classmethod
    def _rise(cls, value: list[int]) -> list[int]:
        if any(later <= earlier for earlier, later in pairwise(value)):
            raise ValueError("should be years that rise")
        return value

    _is_a_level = field_validator("reference")(_level_of_the_exposure)
    _names_columns = field_validator("adjustment")(_columns_but_the_exposure)


class CountsParameters(CommonParameters):
    """Parameters of notebook 11.

    Attributes
    ----------
    exposure : str
        Column that the counts have and whose levels are compared.
    education_levels : int
        3 (short, medium, long) or 4 (the centre's coding).
    reference : str
        Level that the others are compared with; empty: the lowest.
    horizon_days : int
        Days from diagnosis within which a referral counts, 30 to 3650.
    adjustment : dict of str to list of str
        Name of an adjustment set -> terms; empty: crude, age, sex and period, plus diagnosis.
    """

    exposure: Annotated[str, _among(COUNTED_AXES)] = "education"
    education_levels: Annotated[int, _among(tuple(EDUCATION_LEVELS))] = 3
    reference: str = ""
    horizon_days: Annotated[int, Field(ge=30, le=3650)] = 365
    adjustment: dict[str, list[str]] = {}

    _is_a_level = field_validator("reference")(_level_of_the_exposure)
    _names_columns = field_validator("adjustment")(_columns_but_the_exposure)


class ComparedParameters(CommonParameters):
    """Parameters of the notebooks that compare persons along an axis, from 02 on.

    Attributes
    ----------
    exposure : str
        Column of the cohort whose levels are compared.
    education_levels : int
        3 (short, medium, long) or 4 (the centre's coding).
    reference : str
        Level that the others are compared with; empty: the lowest.
    age_min : int
        Youngest age at diagnosis, in whole years, 0 to 110.
    adjustment : dict of str to list of str
        Name of an adjustment set -> terms; empty: crude, age, sex and year, plus diagnosis, full.
    """

    exposure: Annotated[str, _among(AXES)] = "education"
    education_levels: Annotated[int, _among(tuple(EDUCATION_LEVELS))] = 4
    reference: str = ""
    age_min: Annotated[int, Field(ge=0, le=110)] = 30
    adjustment: dict[str, list[str]] = {}

    _is_a_level = field_validator("reference")(_level_of_the_exposure)
    _names_columns = field_validator("adjustment")(_columns_but_the_exposure)


class WindowParameters(ComparedParameters):
    """Parameters of the notebooks that count sessions, 02 and 04.

    Attributes
    ----------
    window_days : int
        Days from the referral in which sessions count, 14 to 3650.
    interview_days : int
        Days from the referral in which the interview counts, 1 to 3650.
    """

    window_days: Annotated[int, Field(ge=14, le=3650)] = 180
    interview_days: Annotated[int, Field(ge=1, le=3650)] = 90


class AttendanceParameters(WindowParameters):
    """Parameters of notebook 02.

    Attributes
    ----------
    referred_from : str
        First day of referrals, YYYY-MM-DD; empty: all.
    gap_days : int
        Days without a session attended after which the programme counts as left, 7 to 3650.
    session_kinds : list of str
        Kinds of appointment that count as sessions; empty: all after the interview.
    draws : int
        Samples drawn anew for the intervals of the components, 100 to 10000.
    """

    referred_from: Annotated[str, AfterValidator(_day_or_empty)] = ""
    gap_days: Annotated[int, Field(ge=7, le=3650)] = 42
    session_kinds: list[Annotated[str, _among(SESSION_KINDS)]] = []
    draws: Annotated[int, Field(ge=100, le=10_000)] = 500


class FormParameters(CommonParameters):
    """Parameters of the notebooks that compare two forms, 03 and 04.

    Attributes
    ----------
    instrument : str
        Questionnaire, as in the table forms: one whose scoring is known.
    scale : str
        One of its scales.
    followup : str
        Occasion of the second form, `end` or `follow_up`.
    """

    instrument: Annotated[str, _among(tuple(INSTRUMENTS))] = "qlq_c30"
    scale: str = "QL2"
    followup: Annotated[str, _among(OCCASION[1:])] = "end"

    _is_a_scale = field_validator("scale")(_scale_of_the_instrument)


class EffectParameters(ComparedParameters, FormParameters):
    """Parameters of notebook 03.

    Attributes
    ----------
    smallest_difference : float
        Smallest difference between levels that matters, in points of the scale, above 0 and below its width; the map of
        deltas reaches to four times as much.
    delta : float
        Points by which those without a second form changed differently in the rungs that say so, below 0 for the
        worse; less than the width of the scale.
    imputations : int
        Sets of completed scores, 2 to 1000; 0: as many as the two-stage rule asks for.
    """

    smallest_difference: Annotated[float, Field(gt=0)] = 5.0
    delta: float = -5.0
    imputations: Annotated[int, Field(ge=0, le=1000), AfterValidator(_zero_or_at_least_two)] = 200

    _within_the_scale = model_validator(mode="after")(_smaller_than_the_scale)


def _within_width(parameters: PathwayParameters) -> PathwayParameters:
    width = find_scale(parameters.instrument, parameters.scale).width
    if parameters.improved_by >= width:
        raise ValueError(f"improved_by should be less than the width of the scale {parameters.scale}, {width:g}")
    if parameters.interview_days > parameters.window_days:
        raise ValueError("interview_days should not be more than window_days")
    return parameters


class PathwayParameters(WindowParameters, FormParameters):
    """Parameters of notebook 04.

    Attributes
    ----------
    diagnosed_from : str
        First day of index diagnoses, YYYY-MM-DD; empty: all.
    horizon_days : int
        Days from diagnosis within which a referral counts, 30 to 3650.
    needs_assessment : bool
        Whether a needs assessment in hospital is the first stage, where it is recorded.
    period : bool
        Whether stages are taken from everybody seen at them, as if nothing changed over the period, for extracts in
        which nobody is followed from the diagnosis to the last session.
    improved_by : float
        Points in the good direction of the scale that a change must have to count as improved, above 0.
    attendance : float
        Chance of attending the interview to which a visit at home would raise those who have less, above 0 to 1.
    need_shift : float
        By how many standard deviations an unmeasured cause of all stages is taken to be higher at the top of the ladder
        than at its bottom, -3 to 3; below 0 where those at the bottom have more of it, as need.
    draws : int
        Samples drawn anew for the intervals, 100 to 10000.
    """

    diagnosed_from: Annotated[str, AfterValidator(_day_or_empty)] = ""
    horizon_days: Annotated[int, Field(ge=30, le=3650)] = 365
    needs_assessment: bool = False
    period: bool = False
    improved_by: Annotated[float, Field(gt=0)] = 10.0
    attendance: Annotated[float, Field(gt=0, le=1)] = 0.9
    need_shift: Annotated[float, Field(ge=-3, le=3)] = -0.4
    draws: Annotated[int, Field(ge=100, le=10_000)] = 200

    _fits_together = model_validator(mode="after")(_within_width)


def _day_off(value: str) -> str:
    try:
        closed_day(value)
    except ValueError:
        raise ValueError("should be days off, each month-day or year-month-day such as 12-24") from None
    return value


def _half_year_or_empty(value: str) -> str:
    if value and not re.fullmatch(r"\d{4}-H[12]", value):
        raise ValueError("should be a half-year such as 2024-H2, or empty")
    return value


class MonitoringParameters(CommonParameters):
    """Parameters of notebook 05.

    Attributes
    ----------
    municipality : str
        Code of the municipality whose sheet it is; empty: all together.
    period : str
        Half-year such as 2024-H2; empty: the last that was over on the extract date.
    followed : str
        The deadline that charts and the funnel follow.
    criterion : float
        Share of needs assessments that should be in time, above 0 and below 1.
    deadlines : dict of str to int
        Deadline -> days in its own unit, 0 to 365; empty: as printed.
    closed : list of str
        Days off besides public holidays, month-day (every year) or year-month-day; empty: none.
    chart : str
        Length of the periods in charts, `half_year`, `quarter` or `month`.
    started_on : str
        Day on which a measure began, YYYY-MM-DD; empty: there was none.
    living_with_cancer : dict of str to int
        Municipality -> persons living with cancer; empty: none known.
    lists : str
        Folder for the lists that stay inside, none of the results; empty: not written.
    """

    municipality: str = ""
    period: Annotated[str, AfterValidator(_half_year_or_empty)] = ""
    followed: Annotated[str, _among(tuple(CLOCKS))] = "first_contact"
    criterion: Annotated[float, Field(gt=0, lt=1)] = 0.9
    deadlines: dict[Annotated[str, _among(tuple(CLOCKS))], Annotated[int, Field(ge=0, le=365)]] = {}
    closed: list[Annotated[str, AfterValidator(_day_off)]] = ["12-24", "12-31", "06-05"]
    chart: Annotated[str, _among(("half_year", "quarter", "month"))] = "quarter"
    started_on: Annotated[str, AfterValidator(_day_or_empty)] = "2023-07-01"
    living_with_cancer: dict[str, Annotated[int, Field(ge=0)]] = {
        "A": 2132,
        "B": 2668,
        "C": 1197,
        "D": 1643,
        "E": 1741,
        "F": 1619,
    }
    lists: str = ""
