"""Text files: the bytes of one CSV file to distinct texts per column, every row of the file accounted for."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.csv

from rehab_stats.extract.convert import TextColumn, tidy_text
from rehab_stats.extract.files.raw_tables import RawTable, Source, names_twice, text_column
from rehab_stats.extract.offences import Offences

SEPARATORS = (",", ";", "\t")
_CONTROL = bytes(range(9)) + b"\x0b\x0c" + bytes(range(14, 27)) + bytes(range(28, 32))
_UTF8_DANISH = re.compile("|".join("æøåÆØÅ").encode("utf-8"))


def read_csv(source: Source, *, table: str, known: Collection[str], offences: Offences) -> RawTable | None:
    """Read comma, semicolon or tab separated text in UTF-8 (with or without BOM), UTF-16 with BOM, or Windows-1252.

    Parameters
    ----------
    source : Source
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
    text = _decode(source.data)
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
    if names_twice(header, table, offences):
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
    columns = {name: text_column(column) for name, column in zip(header, read.columns, strict=True)}
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
