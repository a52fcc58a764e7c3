"""Files that know their types: Parquet, and the tables of a DuckDB database."""

from __future__ import annotations

from collections.abc import Collection

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet

from rehab_stats.extract.convert import TextColumn, tidy_text
from rehab_stats.extract.files.raw_tables import (
    RawTable,
    Source,
    names_twice,
    note_unreadable,
    spelt_as_known,
    text_column,
)
from rehab_stats.extract.offences import Offences

#: Nothing outside the file may be read by what is stored in it (views, macros), and nothing is written.
_CLOSED = {"enable_external_access": "false", "autoload_known_extensions": "false"}
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name"


def read_parquet(source: Source, *, table: str, known: Collection[str], offences: Offences) -> RawTable | None:
    """Read a Parquet file; see `csv_files.read_csv` for the parameters."""
    try:
        read = pa.parquet.read_table(pa.BufferReader(source.data))
    except (pa.ArrowException, ValueError, OSError):
        offences.add("file_unreadable", table, "", "The file is damaged, cut short, or no Parquet file.")
        return None
    return _raw_table(read, (), table, offences)


def _raw_table(read: pa.Table, known: Collection[str], table: str, offences: Offences) -> RawTable | None:
    names = [spelt_as_known(tidy_text(name), known) for name in read.schema.names]
    if names_twice(names, table, offences):
        return None
    columns = {}
    for name, column in zip(names, read.columns, strict=True):
        columns[name] = _typed_column(column, name=name, table=table, offences=offences)
    return RawTable(columns, np.arange(2, read.num_rows + 2), read.num_rows)


def _typed_column(column: pa.ChunkedArray, *, name: str, table: str, offences: Offences) -> TextColumn:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_null(kind):
        return TextColumn(np.array([""], dtype=object), np.zeros(len(column), dtype=np.int64))
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        said = f"The column holds {kind}, which is no text, number, date or truth value."
        offences.add("wrong_type", table, name, said, count=len(column))
        return TextColumn(np.array([""], dtype=object), np.zeros(len(column), dtype=np.int64))
    read = text_column(column)
    if pa.types.is_temporal(kind):
        return TextColumn(read.texts, read.codes, "date")
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return TextColumn(read.texts, read.codes, "number" if number else "")


def list_tables(source: Source, offences: Offences) -> list[str] | None:
    """The tables and views of a database; None, and an offence, when it cannot be opened."""
    try:
        with duckdb.connect(str(source.path), read_only=True, config=_CLOSED) as connection:
            return [name for (name,) in connection.execute(_TABLES).fetchall()]
    except duckdb.Error:
        said = "The file is damaged, open elsewhere for writing, or no DuckDB database of this version or an older one."
        offences.add("file_unreadable", source.path.name, "", said)
        return None


def read_database(source: Source, *, table: str, known: Collection[str], offences: Offences) -> RawTable | None:
    """Read one table of a DuckDB database, in the order in which its rows are stored; see `csv_files.read_csv`."""
    quoted = source.part.replace('"', '""')
    try:
        with duckdb.connect(str(source.path), read_only=True, config=_CLOSED) as connection:
            read = connection.sql(f'SELECT * FROM main."{quoted}"').to_arrow_table()
    except (duckdb.Error, pa.ArrowException):
        said = f"The file is damaged: its table {source.part[:30]!r} cannot be read."
        note_unreadable(source, said, table, offences)
        return None
    return _raw_table(read, known, table, offences)
