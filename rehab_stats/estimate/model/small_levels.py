"""Levels of too few persons to compare: left out of models by name, so that one of them does not stop the others."""

from __future__ import annotations

import pandas as pd

from rehab_stats.estimate.model.sample import WrongCall, code, refuse_absent

FEWEST = 10
"""Persons of a level, below which its mean, with its error, would nearly tell each of them."""


def with_enough_persons(
    data: pd.DataFrame, *, exposure: str, fewest: int = FEWEST, person: str | None = None, counted: str | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """The rows of the levels that have at least so many persons, and which levels were left out.

    Leaving out is a choice to be told beside what is estimated: `report.phrases.levels_left_out` writes the note. The
    levels stay in flows, cascades and tables that only count.

    Parameters
    ----------
    data : DataFrame
        Not changed.
    exposure : str
        Column whose levels are counted; rows without a level stay, for the estimators to count.
    fewest : int
        Persons that a level must have; 0 leaves out nothing.
    person : str, optional
        Column that says whose rows these are; default: a row is a person.
    counted : str, optional
        Column of 0 and 1: only rows with 1 count (those with both forms), all rows of a level stay or go.

    Returns
    -------
    tuple of DataFrame, list of str
        Rows with a new index (the categories left out are gone), and the raw codes of the levels left out, in order.

    Raises
    ------
    ValueError
        No such column, fewest below 0 (`WrongCall`). Where no level has so many persons no row is left, and estimators
        say so.
    """
    if not data.empty:  # no rows have no levels, and the estimator says that there are none
        refuse_absent(data, [exposure, *filter(None, [person, counted])])
    if fewest < 0:
        raise WrongCall(f"fewest must not be below 0; got {fewest}")
    some = data if counted is None else data[data[counted] == 1]
    groups = some.groupby(exposure, observed=True, sort=True)
    sizes = groups[person].nunique() if person else groups.size()
    everyone = data.groupby(exposure, observed=True, sort=True).size()  # a level of which nobody counts is small too
    sizes = sizes.reindex(everyone.index, fill_value=0)
    small = sizes.index[sizes < fewest]
    rows = data[~data[exposure].isin(list(small))].reset_index(drop=True)
    if isinstance(rows[exposure].dtype, pd.CategoricalDtype):
        rows[exposure] = rows[exposure].cat.remove_unused_categories()
    return rows, [code(level) for level in small]
