"""Lists that reports print, such as initiatives, offers and deadlines: one thing a row, with source and place.

What a column means and which codes it holds is in `printed_columns`; every list is held to it when it is read.
"""

from __future__ import annotations

import pandas as pd

from rehab_stats.extract.printed_columns import CODES, LISTS, MAY_BE_EMPTY, NUMBERS
from rehab_stats.extract.published_files import read_published
from rehab_stats.words import did_you_mean


def load_printed_list(name: str) -> pd.DataFrame:
    """One list of `data/published`: things that a report names, one a row.

    Parameters
    ----------
    name : str
        `initiatives`, `initiative_rows`, `measures`, `target_groups`, `offers`, `municipal_offers`, `deadlines`,
        `principles`, `indicators`, `recommendations` or `contradictions`.

    Returns
    -------
    DataFrame
        The columns of `printed_columns.LISTS`, described in `printed_columns.COLUMNS`. Words and codes are str (empty
        when there are none), numbers float (NaN when none is printed). Names are Danish with own English wording
        beside; no sentence of a source is repeated.

    Raises
    ------
    ValueError
        No such list; or a file that breaks its contract: every offence is named.
    """
    if name not in LISTS:
        raise ValueError(f"no printed list {name!r}{did_you_mean(name, LISTS)}; there are {', '.join(LISTS)}")
    text = read_published(name)
    offences = list_offences(name, text)
    if offences:
        raise ValueError(f"data/published/{name}.csv: " + "; ".join(offences))
    return text.assign(**{column: pd.to_numeric(text[column]) for column in NUMBERS if column in text})


def list_offences(name: str, text: pd.DataFrame) -> list[str]:
    """What is wrong with a list read as text: columns, empty cells, codes, numbers and keys, rows counted from 1."""
    contract = LISTS[name]
    if tuple(text.columns) != contract.columns:
        return [f"columns are {', '.join(text.columns)}, not {', '.join(contract.columns)}"]
    wrong: dict[str, pd.Series] = {}
    for column in contract.columns:
        values, empty = text[column], text[column].str.strip() == ""
        codes = CODES.get(f"{name}.{column}") or CODES.get(column)
        if column not in MAY_BE_EMPTY:
            wrong[f"{column} is empty"] = empty
        if codes:
            wrong[f"{column} is not one of {', '.join(codes)}"] = ~values.isin(codes) & ~empty
        if column in NUMBERS:
            wrong[f"{column} is no number"] = pd.to_numeric(values, errors="coerce").isna() & ~empty
    if "judgement" in text:
        wrong["judgement says not whose it is"] = ~text["judgement"].str.match(r"(judged here|printed): \S")
    wrong[f"{' and '.join(contract.key)} is there twice"] = text.duplicated(list(contract.key))
    return [
        f"{offence} in row {', '.join(str(row + 1) for row in rows.to_numpy().nonzero()[0])}"
        for offence, rows in wrong.items()
        if rows.any()
    ]


def count_rows(name: str, *conditions: str) -> float:
    """Rows of a list that meet conditions such as `annex=2`."""
    return float(len(_chosen(name, conditions)))


def count_distinct(name: str, column: str, *conditions: str) -> float:
    """Different values in a column of a list, among the rows that meet the conditions."""
    return float(_chosen(name, conditions)[column].nunique())


def value_of(name: str, column: str, *conditions: str) -> float:
    """The number in a column of the one row of a list that meets the conditions; ValueError when it is not one row."""
    rows = _chosen(name, conditions)
    if len(rows) != 1:
        raise ValueError(f"{name} has {len(rows)} rows with {' and '.join(conditions)}, not one")
    return float(rows[column].iloc[0])


def _chosen(name: str, conditions: tuple[str, ...]) -> pd.DataFrame:
    rows = load_printed_list(name)
    for condition in conditions:
        column, _, value = condition.partition("=")
        rows = rows[rows[column] == value]
    return rows
