"""The contract: what an extract is once it has been read, and whether tables in memory obey it.

Columns stand in columns.py, rules in rules.py; `contract_markdown` writes both into data/CONTRACT.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrorReason, SchemaErrors

from rehab_stats.extract.columns import DAY_OF, TABLES, Column, Table, cast_to_contract, contract_dtypes
from rehab_stats.extract.consistency import check_consistency
from rehab_stats.extract.convert import TextColumn, looks_like_cpr
from rehab_stats.extract.offences import OFFENCE_COLUMNS, ContractError, Offences, safe_name, show_code, suggest
from rehab_stats.extract.rules import LIMITS, RULES, Limits, rules_markdown
from rehab_stats.extract.settings import ExtractMeta

__all__ = [
    "LIMITS",
    "RULES",
    "TABLES",
    "ContractError",
    "Extract",
    "ExtractMeta",
    "Limits",
    "cast_to_contract",
    "check_tables",
    "contract_dtypes",
    "rules_markdown",
    "validate_tables",
]
CPR_MESSAGE = "Most values look like CPR numbers. Replace them by pseudonyms before the data are read; none is shown."


@dataclass(frozen=True, eq=False)
class Extract:
    """Validated tables with what is known about them; `extract["persons"]` is a copy of a table.

    Attributes
    ----------
    tables : mapping
        Table name -> DataFrame in the contract's dtypes (see `contract_dtypes`). Optional columns the files did not
        have are absent; columns the contract does not know were left out (with a note among the findings).
    meta : ExtractMeta
    findings : pandas.DataFrame
        Warnings and notes: severity, table, column, rule, count, rows (a tuple of the first row numbers; the header is
        row 1), message.
    checksum : str
        SHA-256 over the bytes of the files read, in the order of their names; "" for an extract built in memory.
    path : str
        The folder ("" when built in memory).
    truth : pandas.DataFrame or None
        Every person's true risks, only for an extract simulated in memory.
    """

    tables: Mapping[str, pd.DataFrame]
    meta: ExtractMeta
    findings: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=OFFENCE_COLUMNS))
    checksum: str = ""
    path: str = ""
    truth: pd.DataFrame | None = None

    def __post_init__(self):
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self.tables:
            raise KeyError(f"The extract has no table {name!r}; it has {', '.join(self.tables)}.")
        return self.tables[name].copy()

    def registered(self, table: str = "referrals") -> tuple[pd.Timestamp, pd.Timestamp]:
        """First and last day on which rows of a table are seen, both included.

        As extract.yaml states them. Of courses and appointments it may say nothing: then from the day of the first row
        to the extract date. Raises KeyError for a table the extract does not have. Checked in
        tests/extract/test_contract.py.
        """
        if table in self.meta.registration or table not in DAY_OF:
            return self.meta.registered(table)
        return self[table][DAY_OF[table]].min(), self.meta.extract_date

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)


def validate_tables(tables: Mapping[str, pd.DataFrame], meta: ExtractMeta, *, limits: Limits = LIMITS) -> pd.DataFrame:
    """Hold tables in memory to the contract.

    Parameters
    ----------
    tables : mapping
        Table name -> DataFrame in the contract's dtypes; `cast_to_contract` makes them so.
    meta : ExtractMeta
    limits : Limits
        The numbers the rules use.

    Returns
    -------
    pandas.DataFrame
        Findings (warnings and notes): severity, table, column, rule, count, rows, message. Row numbers count the
        header as row 1, as they would in a file.

    Raises
    ------
    ContractError
        When any rule of severity error is broken; it lists every offence. Checked in tests/extract/test_contract.py.
    """
    offences = Offences()
    for name in (name for name in tables if name not in TABLES):
        offences.add("file_ignored", name, "", f"There is no table {name!r}{suggest(name, TABLES)}.")
    for table in (table for table in TABLES.values() if table.required and table.name not in tables):
        offences.add("table_missing", table.name, "", "The table is missing.")
    sound = {name: frame.reset_index(drop=True) for name, frame in tables.items() if name in TABLES}
    for name, frame in sound.items():
        check_shape(TABLES[name], [str(column) for column in frame.columns], offences=offences)
        _check_missing(TABLES[name], frame, offences)
        _check_cpr(name, frame, offences)
        if frame.empty:
            offences.add("table_empty", name, "", "The table has no rows.")
    check_tables(sound, meta, offences=offences, limits=limits)
    offences.stop("The extract in memory")
    return offences.frame("warning", "note")


def check_tables(
    tables: Mapping[str, pd.DataFrame],
    meta: ExtractMeta | None,
    *,
    offences: Offences,
    limits: Limits = LIMITS,
    rows: Mapping[str, np.ndarray] | None = None,
    converted: bool = False,
) -> None:
    """Note every breach of types, ranges and the rules across rows and tables; `rows` are file row numbers.

    A column of another type than the contract's is noted and left out of the further rules. `converted` tables come
    from the reader: their types are the contract's, so that only ranges are left to check.
    """
    rows = rows or {name: np.arange(2, len(frame) + 2) for name, frame in tables.items()}
    sound = {
        name: _check_schema(TABLES[name], frame, rows[name], offences, converted) for name, frame in tables.items()
    }
    check_consistency(sound, meta, offences=offences, limits=limits, rows=rows)


def check_shape(table: Table, names: list[str], *, offences: Offences) -> bool:
    """Note columns that are missing or unknown, with the nearest name for both; False when no name is known at all."""
    if names and not set(names) & set(table.by_name):
        said = "No column name is the contract's; is the header missing? The names are not shown, as they may be data."
        offences.add("header_missing", table.name, "", said)
        return False
    unknown = [name for name in names if name not in table.by_name]
    for column in table.columns:
        if column.required and column.name not in names:
            said = f"The column {column.name} is missing{_like(column.name, unknown)}."
            offences.add("column_missing", table.name, column.name, said)
    if table.name == "persons" and not {"birth_date", "birth_year"} & set(names):
        said = "There is neither a column birth_date nor a column birth_year."
        offences.add("birth_missing", "persons", "birth_date", said)
    absent = [name for name in table.by_name if name not in names]
    for name in unknown:
        said = f"The contract does not know the column {show_code(name)}{suggest(name, absent)}; it is left out."
        offences.add("column_unknown", table.name, safe_name(name), said)
    return True


def _like(name: str, unknown: list[str]) -> str:
    found = suggest(name, unknown)
    return found.replace("nearest", "nearest among the file's other columns") if found else ""


def _check_missing(table: Table, frame: pd.DataFrame, offences: Offences) -> None:
    """Empty cells in columns that must be filled, for tables in memory (the reader notes them as it reads)."""
    rows = np.arange(2, len(frame) + 2)
    for column in (column for column in table.columns if column.missing and column.name in frame):
        missing = frame[column.name].isna()
        said = f"{missing.sum():,} value{'s are' if missing.sum() > 1 else ' is'} missing."
        rule = "value_missing" if column.missing == "error" else "value_absent"
        offences.flag(rule, table.name, column.name, said, mask=missing, rows=rows)
    if table.name == "persons":
        note_birth_missing(frame, rows=rows, offences=offences)


def note_birth_missing(frame: pd.DataFrame, *, rows: np.ndarray, offences: Offences) -> None:
    """Note persons with neither a birth_date nor a birth_year."""
    given = [name for name in ("birth_date", "birth_year") if name in frame]
    if given:
        said = f"The person has no {' and no '.join(given)}."
        mask = frame[given].isna().all(axis=1)
        offences.flag("birth_missing", "persons", given[0], said, mask=mask, rows=rows)


def _check_cpr(name: str, frame: pd.DataFrame, offences: Offences) -> None:
    for column in frame.columns[[not isinstance(dtype, pd.CategoricalDtype) for dtype in frame.dtypes]]:
        if pd.api.types.is_string_dtype(frame[column]) or pd.api.types.is_integer_dtype(frame[column]):
            codes, texts = pd.factorize(frame[column].astype("string").to_numpy(dtype=object, na_value=""))
            typed = "number" if pd.api.types.is_integer_dtype(frame[column]) else ""
            if looks_like_cpr(TextColumn(texts, codes, typed)):
                offences.add("cpr_number", name, column, CPR_MESSAGE, count=len(frame))


@lru_cache
def _schema(table: Table, converted: bool) -> pa.DataFrameSchema:
    """The pandera schema of one table: types and ranges; missing values and columns are other rules' business."""
    columns = {}
    for column in (column for column in table.columns if column.low is not None or not converted):
        checks = [pa.Check.in_range(column.low, column.high)] if column.low is not None else []
        columns[column.name] = pa.Column(column.dtype, checks=checks, nullable=True, required=False)
    return pa.DataFrameSchema(columns, strict=False, coerce=False)


def _is_plainly_sound(table: Table, frame: pd.DataFrame) -> bool:
    """Whether every column has the very type of the contract and no number outside its range: all the schema asks.

    What a breach is called is the schema's business, so the rare frame that may have one is left to it.
    """
    if not frame.columns.is_unique:
        return False
    for column in (table.by_name[name] for name in frame.columns if name in table.by_name):
        values, dtype = frame[column.name], _dtype(column)
        if values.dtype != dtype or (column.codes and list(values.cat.categories) != list(dtype.categories)):
            return False
        if column.low is not None and not values.dropna().between(column.low, column.high).all():
            return False
    return True


@lru_cache
def _dtype(column: Column) -> np.dtype | pd.api.extensions.ExtensionDtype:
    return pd.api.types.pandas_dtype(column.dtype)


def _check_schema(
    table: Table, frame: pd.DataFrame, rows: np.ndarray, offences: Offences, converted: bool
) -> pd.DataFrame:
    """Note types and ranges that are not the contract's; returns the frame without the columns of another type."""
    plain = frame.reset_index(drop=True)
    if _is_plainly_sound(table, plain):
        return plain
    try:
        _schema(table, converted).validate(plain, lazy=True)
        return plain
    except SchemaErrors as found:
        errors = list(found.schema_errors)
    wrong = []
    for error in errors:
        name = error.schema.name
        column = table.by_name[name]
        if error.reason_code is SchemaErrorReason.WRONG_DATATYPE:
            wrong.append(name)
            said = f"The type is {plain[name].dtype}, not {_type_name(column.dtype)}."
            offences.add("wrong_type", table.name, name, said, count=len(plain))
        elif isinstance(error.failure_cases, pd.DataFrame):
            bad = plain.index.isin(error.failure_cases["index"])
            said = f"The number is outside {column.low:.0f} to {column.high:.0f}."
            offences.flag("out_of_range", table.name, name, said, mask=bad, rows=rows)
    return plain.drop(columns=wrong)


def _type_name(dtype: str | pd.CategoricalDtype) -> str:
    return dtype if isinstance(dtype, str) else f"a category of {', '.join(dtype.categories)}"
