"""Tables as an Excel workbook: a worksheet each, numbers as numbers, the rows behind them on worksheets of their own.

The same bytes each time: no clock, no user's name, files inside in one order.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from rehab_stats.report.documents import Table, atomic

CLOCK = dt.datetime(2015, 1, 1)
LONGEST_NAME = 31
"""Letters that Excel allows in the name of a worksheet."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\']+")
WIDEST, NARROWEST = 60, 8
NUMBER = re.compile(r"[−-]?\d{1,3}(?:[.,]\d{3})*(?:[.,]\d+)?|[−-]?\d+(?:[.,]\d+)?")
GREY = "5A5A5A"


def save_workbook(tables: Mapping[str, Table], path: str | Path) -> Path | None:
    """Write tables into one Excel file.

    Parameters
    ----------
    tables : mapping
        Name of the worksheet -> table, in their order; names are cut to 31 letters. Each table's `data` follow all
        tables, on a worksheet `<name> data`.
    path : str or Path
        The file, `.xlsx`; "" writes nothing.

    Returns
    -------
    Path or None

    Raises
    ------
    ValueError
        No table; two worksheets of one name.

    Notes
    -----
    Cells that are a number alone are numbers, so that people can calculate with them; what holds more ("41 of 47", an
    interval, a dash) is text. No text is read as a formula.
    """
    if str(path) == "":
        return None
    if not tables:
        raise ValueError("there is no table to write")
    names = [_name(name) for name in tables]
    names += [_name(name, " data") for name in tables]
    twice = sorted({name for name in names if [other.casefold() for other in names].count(name.casefold()) > 1})
    if twice:
        raise ValueError(f"two worksheets would be named {twice[0]!r}")
    book = Workbook()
    book.remove(book.active)
    for name, table in zip(names, tables.values(), strict=False):
        _write_table(book.create_sheet(name), table)
    for name, table in zip(names[len(tables) :], tables.values(), strict=True):
        _write_data(book.create_sheet(name), table.data)
    book.properties.creator, book.properties.lastModifiedBy = "rehab_stats", None
    book.properties.created = book.properties.modified = CLOCK
    return atomic(Path(path), lambda draft: _save(book, draft))


def _name(name: str, ending: str = "") -> str:
    plain = FORBIDDEN.sub("-", str(name)).strip() or "table"
    return plain[: LONGEST_NAME - len(ending)] + ending


def _save(book: Workbook, draft: Path) -> None:
    """The workbook with the same time on every file in it; openpyxl writes the clock."""
    book.save(draft)
    with zipfile.ZipFile(draft) as packed:
        files = {name: packed.read(name) for name in sorted(packed.namelist())}
    core = files["docProps/core.xml"].decode("utf-8")
    moment = f"{CLOCK:%Y-%m-%dT%H:%M:%SZ}"
    files["docProps/core.xml"] = re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{moment}", core).encode("utf-8")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, CLOCK.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)


def _write_table(sheet: Worksheet, table: Table) -> None:
    columns = list(table.body.columns)
    sheet.append([table.title])
    sheet["A1"].font = Font(bold=True, size=13)
    row = 2
    if table.spanners:
        _write_spanners(sheet, table, columns, row)
        row += 1
    for place, column in enumerate(columns, start=1):
        cell = _put(sheet, row, place, column, table.language)
        side = "left" if place == 1 or column in table.words else "right"
        cell.font, cell.border = Font(bold=True), Border(bottom=Side(style="thin"))
        cell.alignment = Alignment(wrap_text=True, vertical="bottom", horizontal=side)
    head, last = row, ""
    lines = table.body.itertuples(index=False)
    for place, (group, line) in enumerate(zip(table.groups or [""] * len(table.body), lines, strict=True)):
        if group and group != last:
            row += 1
            _put(sheet, row, 1, group, table.language).font = Font(bold=True)
        last, row = group, row + 1
        total = place in table.totals
        for number, text in enumerate(line, start=1):
            cell = _put(sheet, row, number, str(text), table.language)
            words = number == 1 or columns[number - 1] in table.words
            cell.alignment = Alignment(wrap_text=words, vertical="top", horizontal="left" if words else "right")
            if total:
                cell.font, cell.border = Font(bold=True), Border(top=Side(style="thin"))
    for note in table.notes:
        row += 1
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(columns))
        cell = _put(sheet, row, 1, note, table.language)
        cell.font, cell.alignment = Font(size=9, color=GREY), Alignment(wrap_text=True, vertical="top")
        widths = sum(_width(table.body[column], column) for column in columns)
        sheet.row_dimensions[row].height = 12.5 * (1 + int(len(note) * 0.9 // widths))
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = _width(table.body[column], column)
    sheet.freeze_panes = f"B{head + 1}"
    _print_setup(sheet, head)


def _write_spanners(sheet: Worksheet, table: Table, columns: list[str], row: int) -> None:
    for heading, names in table.spanners.items():
        places = [columns.index(name) + 1 for name in names]
        sheet.merge_cells(start_row=row, start_column=min(places), end_row=row, end_column=max(places))
        cell = _put(sheet, row, min(places), heading, table.language)
        cell.font, cell.alignment = Font(bold=True), Alignment(horizontal="center")


def _write_data(sheet: Worksheet, data: pd.DataFrame) -> None:
    for place, column in enumerate(data.columns, start=1):
        sheet.cell(1, place, str(column)).font = Font(bold=True)
    for row, line in enumerate(data.itertuples(index=False), start=2):
        for place, value in enumerate(line, start=1):
            if pd.isna(value) or value == "":
                continue
            cell = sheet.cell(row, place)
            if isinstance(value, str):
                _as_text(cell, value)
            else:
                cell.value = _six_digits(value.item() if hasattr(value, "item") else value)
    sheet.freeze_panes = "A2"
    for place, column in enumerate(data.columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = _width(data[column].astype(str), str(column))


def _six_digits(value: object) -> object:
    """The last bits of a number differ between machines."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _put(sheet: Worksheet, row: int, column: int, text: str, language: str) -> Cell:
    """A cell with a number where the text is one and nothing else, else with the text."""
    cell = sheet.cell(row, column)
    found = _number(text, language) if column > 1 else None
    if found is None:
        _as_text(cell, text)
        return cell
    value, digits = found
    cell.value = value
    cell.number_format = "#,##0" + (f".{'0' * digits}" if digits else "")
    return cell


def _as_text(cell: Cell, text: str) -> None:
    cell.value = text
    cell.data_type = "s"  # a text that begins with = is no formula


def _number(text: str, language: str) -> tuple[float, int] | None:
    """The value and the decimals of a text that is a number in its language."""
    if not NUMBER.fullmatch(text):
        return None
    thousands, decimal = (".", ",") if language == "da" else (",", ".")
    plain = text.replace("−", "-").replace(thousands, "").replace(decimal, ".")
    digits = len(plain.partition(".")[2])
    return (float(plain) if digits else int(plain)), digits


def _width(cells: pd.Series, heading: str) -> float:
    longest = max([max(map(len, str(heading).split())), *(len(str(cell)) for cell in cells)])
    return float(min(max(longest + 2, NARROWEST), WIDEST))


def _print_setup(sheet: Worksheet, head: int) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_title_rows = f"1:{head}"
    sheet.oddFooter.center.text = "&A"
    sheet.sheet_view.showGridLines = False
