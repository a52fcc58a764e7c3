"""An estimate where the data allow one, and otherwise the reason, in a shape that figures and tables can show.

Sections of a notebook that not every extract can fill (a department with nobody referred, a column that is empty) ask
through `where_possible`. What the whole notebook rests on asks the estimator itself, which stops with its sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy

import pandas as pd

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.vocabulary import Estimates

REFUSED = ("stop", "note")


def tried(
    estimator: Callable[..., Estimates], data: pd.DataFrame, /, **options: object
) -> tuple[Estimates | None, ValueError | None]:
    """The estimate and no error, or none and the error with which the data were refused; a `WrongCall` goes through."""
    try:
        return estimator(data, **options), None
    except WrongCall:
        raise
    except ValueError as error:
        return None, error


def where_possible(estimator: Callable[..., Estimates], data: pd.DataFrame, /, **options: object) -> Estimates:
    """The estimate, or no rows and the sentence with which the estimator refused the data.

    Parameters
    ----------
    estimator : callable
        `odds_ratios`, `interaction` or another function of data that returns Estimates.
    data : DataFrame
    **options
        Handed on to the estimator.

    Returns
    -------
    Estimates
        Of the estimator; or, when it raised ValueError, one without rows whose `context["refused"]` is the sentence.
        Views, figures and tables then say that nothing was estimated and why. Any other error goes through, also the
        `WrongCall` of a misspelt column, scale or kind.
    """
    found, error = tried(estimator, data, **options)
    if error is None:
        return found
    return _not_estimated(error, options)


def model_by_model(
    estimator: Callable[..., Estimates],
    data: pd.DataFrame,
    /,
    *,
    adjust: Mapping[str, Sequence[str]],
    refused: str = "stop",
    **options: object,
) -> Estimates:
    """Every adjustment set that the data allow; the others are named with the reason in `context["refused"]`.

    Parameters
    ----------
    estimator : callable
    data : DataFrame
    adjust : mapping
        Model name -> terms.
    refused : {"stop", "note"}
        What becomes of data that the estimator refuses with every set: its sentence stops everything, or there are no
        rows and the sentence is kept, as in `where_possible`.
    **options
        Handed on to the estimator.

    Returns
    -------
    Estimates
        As of the estimator with the sets that it accepts.

    Raises
    ------
    ValueError
        What the estimator says of the first set, when it refuses every one (refused="stop").
    """
    if refused not in REFUSED:
        raise WrongCall(f"refused must be one of {', '.join(REFUSED)}; got {refused!r}")
    parts, errors = [], {}
    for model, terms in adjust.items():
        # a copy of a random generator, so that every set sees the same draws
        found, error = tried(estimator, data, adjust={model: terms}, **deepcopy(options))
        parts += [found] if error is None else []
        errors |= {model: error} if error is not None else {}
    if errors and not parts and refused == "stop":
        raise next(iter(errors.values()))
    if errors and not parts:
        return _not_estimated(next(iter(errors.values())), options)
    stacked = Estimates.stack(parts)
    reasons = {model: str(error).removeprefix(f"model {model}: ") for model, error in errors.items()}
    return stacked.with_context(refused=reasons) if reasons else stacked


def _not_estimated(error: ValueError, options: Mapping[str, object]) -> Estimates:
    # a count is an outcome of its own name
    roles = {"exposure": "exposure", "outcome": "outcome", "count": "outcome"}
    known = {role: options[name] for name, role in roles.items() if name in options}
    return Estimates([], method=f"Not estimated: {error}", context=known | {"refused": str(error)})
