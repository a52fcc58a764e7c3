"""An estimate where the data allow one, and otherwise the reason, in a shape that figures and tables can show.

Sections of a notebook that not every extract can fill (a department with nobody referred, a column that is empty) ask
through `where_possible`. What the whole notebook rests on asks the estimator itself, which stops with its sentence.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from rehab_stats.vocabulary import Estimates


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
        Views, figures and tables then say that nothing was estimated and why. Any other error goes through.
    """
    try:
        return estimator(data, **options)
    except ValueError as error:
        known = {name: options[name] for name in ("exposure", "outcome") if name in options}
        return Estimates([], method=f"Not estimated: {error}", context=known | {"refused": str(error)})
