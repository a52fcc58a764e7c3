"""Excel workbooks: the cells of one sheet as Excel last showed them, nothing lost under merged or hidden cells."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import openpyxl
from openpyxl.utils import get_column_letter

from rehab_stats.extract.convert import tidy_text
from rehab_stats.extract.files.raw_tables import RawTable, Source, as_text, cells_column, names_twice, note_unreadable
from rehab_stats.extract.offences import Offences

ENCRYPTED = b"\xd0\xcf\x11\xe0"  # the container of an encrypted workbook, and of the old .xls
FULL = 1_048_576  # rows a sheet can hold
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')


@dataclass
class _Grid:
    """The cells of a sheet that hold something: values by row, and where Excel shows an error."""

    rows: list[list[object]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    errors: list[tuple[int, int]] = field(default_factory=list)


def list_sheets(source: Source, offences: Offences) -> list[str] | None:
    """The visible sheets of a workbook; hidden ones are noted and not read. None, and an offence, when unreadable."""
    name = source.path.name
    if source.data[:4] == ENCRYPTED:
        said = f"The file {name} is encrypted (a password protects it) or an old .xls: save it as .xlsx without one."
        offences.add("file_unreadable", name, "", said)
        return None
    try:
        with _workbook(source) as book:
            hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
            visible = [sheet.title for sheet in book.worksheets if sheet.title not in hidden]
    except Exception:  # openpyxl, zipfile and the XML parser raise whatever a damaged file makes them
        offences.add("file_unreadable", name, "", f"The file {name} is damaged, cut short, or no Excel workbook.")
        return None
    for title in hidden:
        offences.add("sheet_ignored", name, "", f"The sheet {title[:30]!r} is hidden and not read.")
    return visible


def read_sheet(source: Source, *, table: str, known: Collection[str], offences: Offences) -> RawTable | None:
    """Read one sheet; formulas as the values that Excel saved. See `csv_files.read_csv` for the parameters."""
    try:
        with _workbook(source) as book:
            sheet = book[source.part]
            grid = _read_grid(sheet)
            place = sheet._worksheet_path
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            xml = archive.read(place)
        empty = _empty_formulas(source, grid) if _FORMULA.search(xml) else []
    except Exception:  # as above; what is damaged may lie in the sheet only
        said = f"The file is damaged: its sheet {source.part[:30]!r} cannot be read."
        note_unreadable(source, said, table, offences)
        return None
    if not grid.rows:
        offences.add("table_empty", table, "", f"The sheet {source.part[:30]!r} is empty: it has not even a header.")
        return None
    if _note_faults(grid, xml, empty, table, offences):
        return None
    return _as_table(grid, table, offences)


@contextmanager
def _workbook(source: Source, *, values: bool = True) -> Iterator[openpyxl.Workbook]:
    """The workbook, row by row; openpyxl warns of styles and validations it does not know, which are no matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(source.data), read_only=True, data_only=values)
        try:
            yield book
        finally:
            book.close()


def _read_grid(sheet) -> _Grid:
    sheet.reset_dimensions()  # some programs write a wrong one, and rows beyond it would not be read
    grid = _Grid()
    waiting: list[int] = []  # blank rows so far: those below the last row are no rows of the table
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        values = [_value(cell.value) for cell in cells]
        while values and values[-1] is None:
            values.pop()
        if not values:
            waiting.append(number)
            continue
        grid.blank += waiting if grid.rows else []
        waiting = []
        grid.rows.append(values)
        grid.numbers.append(number)
        grid.errors += [(number, place) for place, cell in enumerate(cells) if cell.value and cell.data_type == "e"]
    return grid


def _value(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _empty_formulas(source: Source, grid: _Grid) -> list[tuple[int, int]]:
    """Formulas without a saved value, which Excel would show and a reader cannot; those that give no text have one."""
    with _workbook(source) as book, _workbook(source, values=False) as written:
        pairs = zip(_cells(book[source.part]), _cells(written[source.part]), strict=True)
        return [
            (number, place)
            for (number, place, shown), (_, _, formula) in pairs
            if formula.data_type == "f" and shown.value is None and shown.data_type != "str"
        ]


def _cells(sheet) -> Iterator[tuple[int, int, object]]:
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        for place, cell in enumerate(cells):
            yield number, place, cell


def _note_faults(grid: _Grid, xml: bytes, empty: list[tuple[int, int]], table: str, offences: Offences) -> bool:
    """Merged cells, columns without a name, formulas without a value: all noted; True when there are any."""
    merged = sorted(found.decode() for found in _MERGED.findall(xml))
    if merged:
        said = f"Cells are merged ({', '.join(merged[:3])}), so it cannot be told which rows their value is about."
        offences.add("merged_cells", table, "", said, count=len(merged))
    header = grid.rows[0]
    wide = max(map(len, grid.rows))
    unnamed = [k for k in range(wide) if k >= len(header) or header[k] is None]
    used = [k for k in unnamed if any(len(row) > k and row[k] is not None for row in grid.rows[1:])]
    if used:
        letters = ", ".join(get_column_letter(k + 1) for k in used[:5])
        said = f"Columns hold values and have no name in row {grid.numbers[0]}: {letters}."
        offences.add("column_unnamed", table, "", said, count=len(used))
    for places, what in ((grid.errors, "show an error such as #REF!"), (empty, "were never calculated")):
        if places:
            said = f"Cells {what}; open the file in Excel, mend them and save it."
            offences.add("formula_value", table, "", said, count=len(places), rows=sorted({row for row, _ in places}))
    if grid.numbers[-1] >= FULL:
        said = f"The sheet is full ({FULL:,} rows), so rows may have been cut off."
        offences.add("sheet_full", table, "", said)
    return bool(merged or used or grid.errors or empty)


def _as_table(grid: _Grid, table: str, offences: Offences) -> RawTable | None:
    header, *rows = grid.rows
    places = [k for k, name in enumerate(header) if name is not None]
    names = [tidy_text(as_text(header[k])) for k in places]
    if names_twice(names, table, offences):
        return None
    if grid.blank:
        said = f"{len(grid.blank):,} rows are blank and passed over."
        offences.add("blank_row", table, "", said, count=len(grid.blank), rows=grid.blank)
    columns = {
        name: cells_column([row[k] if k < len(row) else None for row in rows])
        for name, k in zip(names, places, strict=True)
    }
    return RawTable(columns, np.array(grid.numbers[1:], dtype=np.int64), len(rows) + len(grid.blank))
