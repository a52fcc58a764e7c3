"""The cells of an indicator: which municipality, period or other group each referral is counted in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rehab_stats.estimate.model.sample import WrongCall, code, number, refuse_absent, refuse_rows
from rehab_stats.wording import AND


@dataclass(frozen=True)
class Cell:
    """One group of rows: `level` is its code in the first column of `by`, `stratum` names the others (None: none)."""

    level: str | None
    stratum: str | None
    rows: pd.DataFrame

    @property
    def codes(self) -> dict[str, str | None]:
        """Level and stratum as columns of a row."""
        return {"level": self.level, "stratum": self.stratum}


def columns_of(by: str | Sequence[str]) -> tuple[str, ...]:
    """`by` as a tuple of columns, which may be empty; a column named twice is refused."""
    columns = (by,) if isinstance(by, str) and by else tuple(by or ())
    twice = [column for column in columns if columns.count(column) > 1]
    if twice:
        raise WrongCall(f"by names the column {twice[0]!r} twice")
    return columns


def cells(data: pd.DataFrame, by: str | Sequence[str]) -> Iterator[Cell]:
    """The groups of rows in the order of their codes; one of everybody where `by` is empty.

    Categories come in their own order, other values sorted; combinations without rows are none. Rows that miss a value
    in `by` are in no cell (`outside` counts them).
    """
    columns = columns_of(by)
    if not columns:
        yield Cell(None, None, data)
        return
    for key, rows in data.groupby(list(columns), observed=True, sort=True, dropna=True):
        first, *others = map(code, key)
        parts = [f"{column}={value}" for column, value in zip(columns[1:], others, strict=True)]
        yield Cell(first, AND.join(parts) or None, rows)


def strata(data: pd.DataFrame, by: str | Sequence[str]) -> Iterator[Cell]:
    """The same groups as `cells` with every column of `by` in the stratum, and no level."""
    columns = columns_of(by)
    for cell in cells(data, by):
        first = f"{columns[0]}={cell.level}" if columns else None
        yield Cell(None, AND.join(filter(None, [first, cell.stratum])) or None, cell.rows)


def refusal_key(cell: Cell, by: str | Sequence[str]) -> str:
    """Under which name a group stands among what was refused."""
    first = f"{columns_of(by)[0]}={cell.level}" if cell.level is not None else None
    return AND.join(filter(None, [first, cell.stratum])) or "not_estimated"


def outside(data: pd.DataFrame, by: str | Sequence[str]) -> pd.Series:
    """Rows that miss a value in a column of `by`."""
    return data[list(columns_of(by))].isna().any(axis=1)


def yes_no(data: pd.DataFrame, column: str) -> pd.Series:
    """A column of 0 and 1 or flags as floats, missing as NaN; anything else is refused, naming rows."""
    refuse_absent(data, [column])
    values = number(data[column])
    refuse_rows(values.notna() & ~values.isin([0, 1]), f"{column} must be 0 or 1")
    return values


def whole_number(data: pd.DataFrame, column: str) -> pd.Series:
    """A column of counts; anything but whole numbers from 0 on, or a missing one, is refused, naming rows."""
    refuse_absent(data, [column])
    values = number(data[column])
    wrong = values.notna() & ((values < 0) | (values % 1 != 0) | np.isinf(values))
    refuse_rows(wrong, f"{column} must be a whole number from 0 on")
    return values


def refuse_share(value: object, name: str) -> None:
    """Raise WrongCall unless the value is a share between 0 and 1, the ends left out."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0 < value < 1:
        raise WrongCall(f"{name} must be a share between 0 and 1, such as 0.9; got {value!r}")
