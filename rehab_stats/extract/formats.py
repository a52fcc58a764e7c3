"""File formats: the bytes of one file to distinct texts per column, every row of the file accounted for.

`FORMATS` maps a file ending to its reader; another format is one more row. A reader notes what it cannot read as an
offence and never lets its library's own error out.
"""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from rehab_stats.extract.convert import TextColumn, tidy_text
from rehab_stats.extract.offences import Offences, safe_name, show_code

SEPARATORS = (",", ";", "\t")
_CONTROL = bytes(range(9)) + b"\x0b\x0c" + bytes(range(14, 27)) + bytes(range(28, 32))
_UTF8_DANISH = re.compile("|".join("æøåÆØÅ").encode("utf-8"))


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


def read_csv(data: bytes, *, table: str, known: Collection[str], offences: Offences) -> RawTable | None:
    """Read comma, semicolon or tab separated text in UTF-8 (with or without BOM), UTF-16 with BOM, or Windows-1252.

    Parameters
    ----------
    data : bytes
        The file.
    table : str
        Used in the offences.
    known : collection of str
        Column names to expect (the contract's and the mapping's): they decide the separator.
    offences : Offences
        Where everything odd is noted; nothing is raised.

    Returns
    -------
    RawTable or None
        None when nothing could be read (an error has been noted).
    """
    text = _decode(data)
    if text is None:
        said = "The file is not text: it holds control characters, or mixes UTF-8 with another encoding."
        offences.add("file_unreadable", table, "", said)
        return None
    leading = len(text) - len(text.lstrip("\r\n"))
    above = text[:leading].count("\n") or text[:leading].count("\r")
    text = text[leading:]
    header, separator = _header(text, known)
    if not any(header):
        offences.add("table_empty", table, "", "The file is empty: it has not even a header.")
        return None
    if _names_twice(header, table, offences):
        return None
    return _parse_csv(text.encode("utf-8"), header, separator, above=above, table=table, offences=offences)


def _decode(data: bytes) -> str | None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if data.translate(None, _CONTROL) != data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Windows-1252 is Latin-1 with more letters; a file that holds Danish letters in UTF-8 too is a mixture.
        return None if _UTF8_DANISH.search(data) else data.decode("cp1252", errors="replace")


def _header(text: str, known: Collection[str]) -> tuple[list[str], str]:
    """The column names and the separator: the one that yields most known names, then most names."""
    start = text[:100_000]
    best: tuple[tuple[int, int], list[str], str] = ((-1, -1), [], ",")
    for separator in SEPARATORS:
        try:
            record = next(csv.reader(io.StringIO(start, newline=""), delimiter=separator), [])
        except csv.Error:
            continue
        names = [tidy_text(name) for name in record]
        score = (sum(name in known for name in names), len(names))
        if score > best[0]:
            best = (score, names, separator)
    return best[1], best[2]


def _names_twice(names: list[str], table: str, offences: Offences) -> bool:
    twice = sorted({name for name in names if names.count(name) > 1})
    for name in twice:
        said = (
            f"The file has {names.count(name)} columns named {show_code(name)}."
            if name
            else "Several columns have no name."
        )
        offences.add("column_twice", table, safe_name(name), said, count=names.count(name))
    return bool(twice)


def _parse_csv(
    data: bytes, header: list[str], separator: str, *, above: int, table: str, offences: Offences
) -> RawTable | None:
    ragged: list[tuple[int, int]] = []  # (record number counted from the header = 1, fields found)

    def keep_going(row) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip"

    names = [str(position) for position in range(len(header))]
    kind = pa.dictionary(pa.int32(), pa.string())
    try:
        read = pa.csv.read_csv(
            pa.BufferReader(data),
            # One thread: only then does the parser know the numbers of the rows it skips.
            read_options=pa.csv.ReadOptions(use_threads=False, column_names=names, block_size=1 << 24),
            parse_options=pa.csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep_going
            ),
            convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(names, kind), strings_can_be_null=False),
        )
    except (pa.ArrowException, ValueError, OSError):
        if not _note_unclosed_quote(data, table, offences):
            offences.add("file_unreadable", table, "", "The file cannot be read as rows of separated fields.")
        return None
    columns = {name: _text_column(column) for name, column in zip(header, read.columns, strict=True)}
    return _account_rows(columns, read.num_rows, ragged, data, header, above=above, table=table, offences=offences)


def _account_rows(
    columns, kept: int, ragged, data: bytes, header, *, above: int, table: str, offences
) -> RawTable | None:
    """Number the rows, drop the header and the blank rows, and note the ragged ones: none is lost silently."""
    total = kept + len(ragged)
    numbers = np.delete(np.arange(1, total + 1), [number - 1 for number, _ in ragged])
    breaks = data.count(b"\n") + (not data.endswith(b"\n")) - total if b"\n" in data else 0
    broken_lines = breaks > 0 and _has_line_breaks(columns)
    if (broken_lines or ragged) and _note_unclosed_quote(data, table, offences):
        return None
    if broken_lines:
        said = f"Quoted fields hold {breaks:,} line breaks, so a row of the file is not a line of it."
        offences.add("line_break", table, "", said, count=breaks)
    if ragged:
        fields = ", ".join(str(number) for number in sorted({found for _, found in ragged})[:5])
        said = f"{len(ragged):,} rows have {fields} fields where the header has {len(header)}."
        rows = [number + above for number, _ in ragged[:5]]
        offences.add("ragged_row", table, "", said, count=len(ragged), rows=rows)
    blank = _blank_rows(columns, kept)
    if blank.any():
        said = f"{blank.sum():,} rows are blank and passed over."
        offences.add("blank_row", table, "", said, count=blank.sum(), rows=numbers[blank][:5] + above)
    keep = ~blank & (numbers > 1)
    kept_columns = {name: TextColumn(c.texts, c.codes[keep], c.typed) for name, c in columns.items()}
    return RawTable(_only_used(kept_columns), numbers[keep] + above, total - 1)


def _blank_rows(columns: dict[str, TextColumn], kept: int) -> np.ndarray:
    blank = np.ones(kept, dtype=bool)
    for column in sorted(columns.values(), key=lambda column: len(column.texts)):
        if blank.any():
            blank &= np.array([not text.strip() for text in column.texts], dtype=bool)[column.codes]
    return blank


def _only_used(columns: dict[str, TextColumn]) -> dict[str, TextColumn]:
    """Drop texts that no kept row uses (those of the header)."""
    used = {}
    for name, column in columns.items():
        present = np.flatnonzero(np.bincount(column.codes, minlength=len(column.texts)))
        place = np.zeros(len(column.texts), dtype=np.int64)
        place[present] = np.arange(len(present))
        used[name] = TextColumn(column.texts[present], place[column.codes], column.typed)
    return used


def _has_line_breaks(columns: dict[str, TextColumn]) -> bool:
    return any("\n" in text for column in columns.values() for text in column.texts)


def _note_unclosed_quote(data: bytes, table: str, offences: Offences) -> bool:
    if data.count(b'"') % 2 == 0:
        return False
    said = "A quotation mark opens a field and is never closed, so the rows after it cannot be told apart."
    offences.add("unclosed_quote", table, "", said)
    return True


def read_parquet(data: bytes, *, table: str, known: Collection[str], offences: Offences) -> RawTable | None:
    """Read a Parquet file; see `read_csv` for the parameters (`known` is not needed)."""
    try:
        read = pa.parquet.read_table(pa.BufferReader(data))
    except (pa.ArrowException, ValueError, OSError):
        offences.add("file_unreadable", table, "", "The file is damaged, cut short, or no Parquet file.")
        return None
    names = [tidy_text(name) for name in read.schema.names]
    if _names_twice(names, table, offences):
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
    read = _text_column(column)
    if pa.types.is_temporal(kind):
        return TextColumn(read.texts, read.codes, "date")
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return TextColumn(read.texts, read.codes, "number" if number else "")


def _text_column(column: pa.ChunkedArray) -> TextColumn:
    """Distinct texts of a column of any simple type; a null becomes the empty text."""
    if not len(column):
        return TextColumn(np.array([""], dtype=object), np.zeros(0, dtype=np.int64))
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    joined = encoded.unify_dictionaries().combine_chunks()
    values = _values(joined.dictionary)
    plain = pa.types.is_string(joined.dictionary.type) and not joined.dictionary.null_count
    texts = values if plain else [_as_text(value) for value in values]
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


def _as_text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | decimal.Decimal):
        return str(int(value)) if value == value and abs(value) < 1e15 and value == int(value) else str(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


FORMATS: dict[str, Callable[..., RawTable | None]] = {".csv": read_csv, ".parquet": read_parquet}
