"""What a column and a table of the contract are: the kinds of values a column may hold, in words and in pandas."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

#: Kind of a column -> what it holds, in words.
KINDS = {
    "id": "pseudonym (text)",
    "text": "text",
    "icd10": "ICD-10 code",
    "municipality": "municipality (code 101 or 0101, or name)",
    "period": "calendar years (2009 or 2009-2010)",
    "ages": "ages (30-49, 75+ or under 30)",
    "code": "code",
    "date": "date",
    "flag": "true or false",
    "count": "whole number",
    "amount": "number",
}

#: What pandas calls the column once it has been read and checked.
DTYPES = {
    "id": "string",
    "text": "string",
    "icd10": "string",
    "municipality": "string",
    "period": "string",
    "ages": "string",
    "date": "datetime64[ns]",
    "flag": "boolean",
    "count": "Int64",
    "amount": "float64",
}


@dataclass(frozen=True)
class Column:
    """One column of one table.

    Attributes
    ----------
    name : str
        The column's name in the extract (a mapping file may translate another name to it).
    kind : str
        `id` (pseudonym, text), `text` (open code), `icd10`, `municipality`, `period` (calendar years), `ages` (a range
        of ages), `code` (closed list), `date`, `flag` (true or false), `count` (whole number) or `amount` (number).
    says : str
        What it means, in plain words, with its unit.
    required : bool
        Whether the table is refused without the column.
    codes : tuple of str
        The valid codes of a `code` column, in the contract's order (low to high where there is an order).
    ordered : bool
        Whether that order carries meaning.
    missing : str
        What an empty cell means: "" (allowed), "error", "warning", or one of `codes`, such as "unknown": read as that
        code, with a note.
    low, high : float or None
        Smallest and largest value of a `count` (both included).
    private : bool
        Values are never repeated in a message: identifiers and dates of birth.
    """

    name: str
    kind: str
    says: str
    required: bool = False
    codes: tuple[str, ...] = ()
    ordered: bool = False
    missing: str = ""
    low: float | None = None
    high: float | None = None
    private: bool = False

    @property
    def dtype(self) -> str | pd.CategoricalDtype:
        """The pandas dtype after reading: see `DTYPES`; a code column is a Categorical with the contract's codes."""
        if self.kind == "code":
            return pd.CategoricalDtype(list(self.codes), ordered=self.ordered)
        return DTYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One table: its name, what a row is, its columns and the columns that together identify a row."""

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    required: bool = True
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
