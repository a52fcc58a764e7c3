"""Tables as an Excel workbook: numbers are numbers, no text is a formula, the same bytes each time."""

import openpyxl
import pandas as pd
import pytest

from rehab_stats.report.documents import Table
from rehab_stats.report.workbook import save_workbook


def table(language="en", **more):
    danish = language == "da"
    body = pd.DataFrame(
        {
            "Indicator": ["In time", "=1+1", "All"],
            "Number": ["41 of 47", "–", "1.234" if danish else "1,234"],
            "%": ["87,2" if danish else "87.2", "−3", "100"],
        }
    )
    data = pd.DataFrame({"level": ["A", None, "=A1"], "estimate": [0.8723404255319149, None, 1.0], "n": [47, 0, 5]})
    return Table(
        name="t", body=body, title="Indicators", data=data, language=language,
        **{"groups": ("Deadlines", "Deadlines", ""), "totals": (2,), "notes": ("A note.",), **more},
    )  # fmt: skip


def test_numbers_are_numbers_and_texts_are_texts(tmp_path):
    path = save_workbook({"A": table()}, tmp_path / "book.xlsx")
    sheet = openpyxl.load_workbook(path)["A"]
    assert sheet["A1"].value == "Indicators"
    assert [cell.value for cell in sheet[2]] == ["Indicator", "Number", "%"]
    assert sheet["A3"].value == "Deadlines"
    assert sheet["A3"].font.bold
    assert [cell.value for cell in sheet[4]] == ["In time", "41 of 47", 87.2]
    assert sheet["C4"].number_format == "#,##0.0"
    assert [cell.value for cell in sheet[5]] == ["=1+1", "–", -3]
    assert sheet["A5"].data_type == "s"
    assert [cell.value for cell in sheet[6]] == ["All", 1234, 100]
    assert sheet["A6"].font.bold
    assert sheet["A7"].value == "A note."
    assert sheet.freeze_panes == "B3"


def test_danish_numbers_are_read_as_danish(tmp_path):
    sheet = openpyxl.load_workbook(save_workbook({"A": table("da")}, tmp_path / "book.xlsx"))["A"]
    assert sheet["C4"].value == 87.2
    assert sheet["B6"].value == 1234


def test_the_rows_behind_a_table_are_numbers_on_a_sheet_of_their_own(tmp_path):
    book = openpyxl.load_workbook(save_workbook({"A": table(), "Rødovre": table()}, tmp_path / "book.xlsx"))
    assert book.sheetnames == ["A", "Rødovre", "A data", "Rødovre data"]
    rows = [[cell.value for cell in row] for row in book["A data"].iter_rows()]
    assert rows == [["level", "estimate", "n"], ["A", 0.87234, 47], [None, None, 0], ["=A1", 1.0, 5]]
    assert book["A data"]["A4"].data_type == "s"


def test_headings_over_columns_are_merged(tmp_path):
    sheet = openpyxl.load_workbook(
        save_workbook({"A": table(spanners={"Both": ("Number", "%")})}, tmp_path / "book.xlsx")
    )["A"]
    assert sheet["B2"].value == "Both"
    assert "B2:C2" in [str(cells) for cells in sheet.merged_cells.ranges]
    assert sheet.freeze_panes == "B4"


def test_a_page_prints_as_wide_as_the_paper(tmp_path):
    sheet = openpyxl.load_workbook(save_workbook({"A": table()}, tmp_path / "book.xlsx"))["A"]
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert (sheet.page_setup.fitToWidth, sheet.sheet_properties.pageSetUpPr.fitToPage) == (1, True)


def test_the_same_bytes_each_time(tmp_path):
    one, two = (save_workbook({"A": table()}, tmp_path / f"{name}.xlsx").read_bytes() for name in ("one", "two"))
    assert one == two


def test_names_of_worksheets_are_made_fit(tmp_path):
    book = openpyxl.load_workbook(save_workbook({"a/b: " + "x" * 40: table()}, tmp_path / "book.xlsx"))
    assert book.sheetnames[0].startswith("a-b- xxx")
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_nothing_and_twins_are_refused_and_an_empty_path_writes_nothing(tmp_path):
    assert save_workbook({"A": table()}, "") is None
    with pytest.raises(ValueError, match="there is no table to write"):
        save_workbook({}, tmp_path / "book.xlsx")
    with pytest.raises(ValueError, match="two worksheets would be named"):
        save_workbook({"a": table(), "A": table()}, tmp_path / "book.xlsx")
    assert not list(tmp_path.iterdir())
