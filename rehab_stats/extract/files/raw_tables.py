"""One file as read, whatever its format: distinct texts per column, and every row of the file accounted for."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from rehab_stats.extract.convert import TextColumn
from rehab_stats.extract.offences import Offences, safe_name, show_code


@dataclass
class Source:
    """A file, or one table of a file that holds several.

    Attributes
    ----------
    path : Path
    data : bytes
        The whole file.
    part : str
        The sheet or database table wanted; "" where the file is one table.
    """

    path: Path
    data: bytes
    part: str = ""


@dataclass(frozen=True)
class RawTable:
    """One file as read: its columns in the file's order and the file row number of every row kept.

    Attributes
    ----------
    columns : dict
        Column name as in the file -> TextColumn.
    rows : numpy.ndarray of int
        Row numbers in the file; the header is row 1.
    in_file : int
        Data rows in the file: those kept, those with a wrong number of fields (an error) and blank ones (a note).
    """

    columns: dict[str, TextColumn]
    rows: np.ndarray
    in_file: int


def note_unreadable(source: Source, said: str, table: str, offences: Offences) -> None:
    """Note that a file cannot be read: once a file, also where several tables are sought in it."""
    name = source.path.name if source.path.stem != table else table
    if not any(found.rule == "file_unreadable" and found.table == name for found in offences.found):
        offences.add("file_unreadable", name, "", said)


def names_twice(names: list[str], table: str, offences: Offences) -> bool:
    """Note every column name that occurs more than once; True when there is one."""
    twice = sorted({name for name in names if names.count(name) > 1})
    for name in twice:
        said = (
            f"The file has {names.count(name)} columns named {show_code(name)}."
            if name
            else "Several columns have no name."
        )
        offences.add("column_twice", table, safe_name(name), said, count=names.count(name))
    return bool(twice)


def spelt_as_known(name: str, known: Collection[str]) -> str:
    """A name as the contract or the mapping spells it, for files in whose program names have no case (PERSON_ID)."""
    by_case = {other.casefold(): other for other in known}
    return name if name in known else by_case.get(name.casefold(), name)


def cells_column(values: Sequence[object]) -> TextColumn:
    """Distinct texts of a column of Python values; None is the empty text.

    `typed` is "number" or "date" where every value is one, "mixed" where there are numbers and texts.
    """
    kinds = {type(value) for value in values} - {type(None)}
    numbers = kinds & {int, float}
    if bool in kinds and numbers:  # 1 and True are equal, but not the same cell
        values = [as_text(value) for value in values]
    codes, found = pd.factorize(np.fromiter(values, dtype=object, count=len(values)))
    texts = np.array([*(as_text(value) for value in found), ""], dtype=object)
    typed = "number" if kinds and kinds == numbers else "mixed" if numbers else ""
    typed = "date" if kinds and kinds <= {dt.date, dt.datetime} else typed
    was_number = np.array([*(isinstance(value, int | float) for value in found), False], dtype=bool)
    return TextColumn(texts, np.where(codes < 0, len(found), codes).astype(np.int64), typed, was_number)


def text_column(column: pa.ChunkedArray) -> TextColumn:
    """Distinct texts of a column of any simple type; a null becomes the empty text."""
    if not len(column):
        return TextColumn(np.array([""], dtype=object), np.zeros(0, dtype=np.int64))
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    joined = encoded.unify_dictionaries().combine_chunks()
    values = _values(joined.dictionary)
    plain = pa.types.is_string(joined.dictionary.type) and not joined.dictionary.null_count
    texts = values if plain else [as_text(value) for value in values]
    codes = joined.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False).astype(np.int64)
    return TextColumn(np.array([*texts, ""], dtype=object), codes)


def _values(dictionary: pa.Array) -> list:
    if pa.types.is_timestamp(dictionary.type):
        if dictionary.type.tz:  # midnight in Copenhagen is the day before in UTC: the clock on the wall counts
            dictionary = pa.compute.local_timestamp(dictionary)
        # Through text: Python's dates have no nanoseconds and end in the year 9999.
        texts = dictionary.cast(pa.timestamp("us"), safe=False).cast(pa.string()).to_pylist()
        # Midnight is a day without a time, and the mapping names days: 9999-12-31.
        return [text.removesuffix(" 00:00:00.000000") if text else text for text in texts]
    return dictionary.to_pylist()


def as_text(value: object) -> str:
    """A cell as text: whole numbers without a decimal point, days as ISO, nothing as the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | decimal.Decimal):
        return str(int(value)) if value == value and abs(value) < 1e15 and value == int(value) else str(value)
    if isinstance(value, dt.datetime):
        # midnight is a day without a time, and the mapping names days: 9999-12-31
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
