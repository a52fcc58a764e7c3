"""Excel, DuckDB, SAS, Stata and SPSS: the same extract as from Parquet, and nothing read that is not sure."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from rehab_stats.extract.columns import TABLES
from rehab_stats.extract.contract import ContractError
from rehab_stats.extract.files.reader import check_extract, load_extract

from ..conftest import META, Folder, as_workbook, cells_of, valid_tables

SAS = Path(__file__).parents[2] / "reference" / "sas"
ROUND_TRIPS = ["xlsx", "workbook", "duckdb", "dta", "sav", "zsav", "xpt"]
#: SPSS has TO as a word of its own, so no column of it can be called so.
RENAMED = {".sav": {"to": "until"}, ".zsav": {"to": "until"}}


def simple(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with nothing but texts, floats and days, as these programs hold them."""
    plain = {}
    for name in frame:
        values = frame[name]
        if isinstance(values.dtype, pd.BooleanDtype | pd.Int64Dtype):
            plain[name] = values.astype("float64")
        elif str(values.dtype).startswith("datetime"):
            plain[name] = pd.Series([None if pd.isna(day) else day.date() for day in values], dtype=object)
        else:
            plain[name] = values.astype(object).where(values.notna(), "") if values.dtype != "float64" else values
    return pd.DataFrame(plain)


def write_statistical(frame: pd.DataFrame, path: Path, **options) -> None:
    """A frame as a file of SAS (transport), Stata or SPSS, by its ending."""
    frame = frame.rename(columns=RENAMED.get(path.suffix, {}))
    if path.suffix in (".sav", ".zsav"):
        pyreadstat.write_sav(frame, path, compress=path.suffix == ".zsav", **options)
    else:
        {".dta": pyreadstat.write_dta, ".xpt": pyreadstat.write_xport}[path.suffix](frame, path, **options)


def write_extract_as(kind: str, tables, folder: Path) -> Path:
    """An extract in another format; what load_extract is to be given."""
    folder.mkdir()
    (folder / "extract.yaml").write_text(META, encoding="utf-8")
    if kind == "workbook":
        (folder / "extract.xlsx").write_bytes(as_workbook(**{name: cells_of(tables[name]) for name in tables}))
        return folder / "extract.xlsx"
    if kind == "duckdb":
        with duckdb.connect(str(folder / "extract.duckdb")) as connection:
            for name in tables:
                given = tables[name]
                connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
                assert len(given)
        return folder
    for name in tables:
        if kind == "xlsx":
            (folder / f"{name}.xlsx").write_bytes(as_workbook(Ark1=cells_of(tables[name])))
        else:
            write_statistical(simple(tables[name]), folder / f"{name}.{kind}")
    if f".{kind}" in RENAMED:
        (folder / "mapping.yaml").write_text("columns: {residences: {until: to}}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The valid extract as read from CSV, with a Danish word in it."""
    folder = Folder(tmp_path_factory.mktemp("plain") / "extract")
    folder.set("persons", 2, "labour_market", "førtidspension")
    return load_extract(folder.write())


def rules_of(path) -> list[tuple[str, str, str, int]]:
    """Everything found in an extract: table, column, rule, count."""
    report = check_extract(path)
    found = pd.concat([report.offences, report.findings]) if len(report.findings) else report.offences
    return [tuple(row) for row in found[["table", "column", "rule", "count"]].itertuples(index=False)]


def assert_same(found, expected) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(found[name], expected[name])


@pytest.mark.parametrize("kind", ROUND_TRIPS)
def test_every_format_gives_the_same_extract(plain, tmp_path, kind):
    path = write_extract_as(kind, plain, tmp_path / "other")
    read = load_extract(path)
    assert_same(read, plain)
    assert read.findings.empty
    assert read.path == str(path)
    assert len(read.checksum) == 64


def test_sas_tables_written_by_haven_give_the_same_extract(plain, tmp_path):
    folder = tmp_path / "sas"
    shutil.copytree(SAS, folder)
    (folder / "extract.yaml").write_text(META, encoding="utf-8")
    assert_same(load_extract(folder), plain)  # the names are in capitals: in SAS they have no case


def test_a_database_or_workbook_may_be_given_by_path(plain, tmp_path):
    folder = tmp_path / "other"
    write_extract_as("duckdb", plain, folder)
    (folder / "extract.duckdb").rename(folder / "mine.duckdb")
    (folder / "persons.csv").write_text("not looked at")
    assert_same(load_extract(folder / "mine.duckdb"), plain)
    (folder / "extract.yaml").unlink()
    assert rules_of(folder / "mine.duckdb")[0][2] == "meta_missing"


def test_a_table_in_the_workbook_and_beside_it_is_two_files(plain, tmp_path):
    path = write_extract_as("workbook", plain, tmp_path / "other").parent
    plain["persons"].to_parquet(path / "persons.parquet")
    assert ("persons", "", "two_files", 2) in rules_of(path)


def test_a_required_table_that_the_workbook_lacks_is_missed(plain, tmp_path):
    tables = {name: plain[name] for name in plain if name != "diagnoses"}
    path = write_extract_as("workbook", tables, tmp_path / "other")
    assert [found[:3] for found in rules_of(path) if found[2] == "table_missing"] == [
        ("diagnoses", "", "table_missing")
    ]


# Excel


def as_folder(tmp_path, **files: bytes) -> Path:
    """The valid extract as CSV, with these workbooks in the place of their tables."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "extract.yaml").write_text(META, encoding="utf-8")
    for name, frame in valid_tables().items():
        if name in files:
            (folder / f"{name}.xlsx").write_bytes(files[name])
        else:
            frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def texts(table: str) -> list[list]:
    return cells_of(valid_tables()[table].replace("", None))


def test_dates_and_numbers_as_text_in_cells_are_read_like_csv(plain, tmp_path):
    folder = as_folder(tmp_path, persons=as_workbook(persons=texts("persons")))
    pd.testing.assert_frame_equal(load_extract(folder)["residences"], plain["residences"])
    assert load_extract(folder)["persons"].loc[0, "birth_date"] == pd.Timestamp("1950-03-14")


def test_a_time_of_day_is_dropped_with_a_note_and_midnight_is_a_day(tmp_path):
    rows = texts("referrals")
    for row, day in zip(rows[1:], ("2010-12-24 10:30", "2009-06-15", "2010-03-16", "2011-09-30"), strict=True):
        row[2] = dt.datetime.fromisoformat(day)
    folder = as_folder(tmp_path, referrals=as_workbook(referrals=rows))
    assert rules_of(folder) == [("referrals", "received_on", "time_dropped", 1)]
    assert load_extract(folder)["referrals"].loc[0, "received_on"] == pd.Timestamp("2010-12-24")


def test_dates_as_cells_and_as_another_writing_are_mixed(tmp_path):
    rows = texts("referrals")
    rows[1][2] = dt.date(2010, 12, 24)
    rows[2][2] = "15-06-2009"
    folder = as_folder(tmp_path, referrals=as_workbook(referrals=rows))
    assert rules_of(folder) == [("referrals", "received_on", "date_formats_mixed", 1)]


def test_ids_stored_as_numbers_keep_no_decimals_and_are_a_warning(tmp_path):
    rows = texts("referrals")
    for number, row in enumerate(rows[1:], start=1):
        row[0], row[10] = number, None
    folder = as_folder(tmp_path, referrals=as_workbook(referrals=rows))
    assert list(load_extract(folder)["referrals"]["referral_id"]) == ["1", "2", "3", "4"]
    assert rules_of(folder) == [("referrals", "referral_id", "id_as_number", 4)]
    rows[1][0] = "007"
    (folder / "referrals.xlsx").write_bytes(as_workbook(referrals=rows))
    assert list(load_extract(folder)["referrals"]["referral_id"]) == ["007", "2", "3", "4"]
    assert rules_of(folder) == [("referrals", "referral_id", "id_as_number", 3)]


def test_rows_are_numbered_as_in_the_sheet_and_blank_ones_accounted_for(tmp_path):
    rows = texts("persons")
    rows[2][1] = "x"
    folder = as_folder(tmp_path, persons=as_workbook(persons=[[], [None, " "], *rows[:2], [], *rows[2:], [], ["  "]]))
    report = check_extract(folder)
    assert [tuple(row) for row in report.offences[["rule", "rows"]].itertuples(index=False)] == [("unknown_code", (6,))]
    assert [tuple(row) for row in report.findings[["rule", "rows"]].itertuples(index=False)] == [("blank_row", (5,))]
    assert report.rows["persons"] == 7


def test_hidden_and_other_sheets_are_noted_and_not_read(tmp_path):
    rows = texts("persons")
    book = openpyxl.load_workbook(
        io.BytesIO(as_workbook(**{"Persons ": rows, "notes": [["x"]], "interviews": [["x"]]}))
    )
    book.create_sheet("persons").append(["hidden"])
    book["persons"].sheet_state = "hidden"
    held = io.BytesIO()
    book.save(held)
    folder = as_folder(tmp_path, persons=held.getvalue())
    assert len(load_extract(folder)["persons"]) == 6
    report = check_extract(folder)
    assert list(report.findings["rule"]) == ["sheet_ignored"] * 3
    said = " ".join(report.findings["message"])
    for words in (
        "'persons' is hidden",
        "'notes' is not read: it is no table",
        "'interviews' is not read: it is no table",
    ):
        assert words in said


def test_a_sheet_may_be_named_in_the_mapping(tmp_path):
    folder = as_folder(tmp_path, persons=as_workbook(Personer=texts("persons"), Andet=[["x"]]))
    (folder / "mapping.yaml").write_text("sheets: {persons: Personer}\n", encoding="utf-8")
    assert len(load_extract(folder)["persons"]) == 6
    several = tmp_path / "several"
    several.mkdir()
    (several / "extract.yaml").write_text(META, encoding="utf-8")
    (several / "udtraek.xlsx").write_bytes(as_workbook(**{f"ark {name}": texts(name) for name in TABLES}))
    lines = [f"  {name}: udtraek.xlsx" for name in TABLES], [f"  {name}: ark {name}" for name in TABLES]
    (several / "mapping.yaml").write_text("\n".join(["files:", *lines[0], "sheets:", *lines[1]]), encoding="utf-8")
    assert_same(load_extract(several), load_extract(Folder(tmp_path / "csv").write()))


def with_cached_values(data: bytes, values: dict[str, str]) -> bytes:
    """A workbook whose formulas carry values, as Excel saves them: cell -> its XML value and type."""
    read, held = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(held, "w") as written:
        for name in read.namelist():
            content = read.read(name).decode() if name.endswith("sheet1.xml") else read.read(name)
            if isinstance(content, str):
                for cell, value in values.items():
                    before, after = content.split(f'<c r="{cell}"', 1)
                    formula, after = after.split("</f>", 1)
                    kind = "" if value.isdigit() else ' t="str"'
                    after = after.replace("<v />", f"<v>{value}</v>", 1).replace("<v/>", f"<v>{value}</v>", 1)
                    content = f'{before}<c r="{cell}"{kind}{formula}</f>{after}'
            written.writestr(name, content)
    return held.getvalue()


def test_formulas_are_read_as_the_values_excel_saved(tmp_path):
    rows = texts("persons")
    rows[1][8], rows[2][9] = "=1+1", '=IF(1=1,"","x")'
    data = with_cached_values(as_workbook(persons=rows), {"I2": "2", "J3": ""})
    read = load_extract(as_folder(tmp_path, persons=data))["persons"]
    assert read.loc[0, "children_at_home"] == 2
    assert pd.isna(read.loc[1, "labour_market"])


def test_a_wrong_size_in_the_sheet_loses_no_rows(tmp_path):
    data = as_workbook(persons=texts("persons"))
    read, held = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(held, "w") as written:
        for name in read.namelist():
            written.writestr(name, read.read(name).replace(b'<dimension ref="A1:O7"', b'<dimension ref="A1:B2"'))
    assert load_extract(as_folder(tmp_path, persons=held.getvalue()))["persons"].shape == (6, 15)


# Programs of statistics


@pytest.mark.parametrize("ending", [".dta", ".sav", ".xpt"])
def test_dates_of_every_program_are_days_and_times_are_dropped(plain, tmp_path, ending):
    referrals = simple(plain["referrals"])
    clock = dt.time(10, 30)
    referrals["received_on"] = [dt.datetime.combine(day, clock) for day in referrals["received_on"]]
    folder = as_folder(tmp_path)
    (folder / "referrals.csv").unlink()
    write_statistical(referrals, folder / f"referrals{ending}")
    assert rules_of(folder) == [("referrals", "received_on", "time_dropped", 4)]
    pd.testing.assert_frame_equal(load_extract(folder)["referrals"], plain["referrals"])


@pytest.mark.parametrize("ending", [".dta", ".sav"])
def test_labels_take_the_place_of_values_where_every_value_has_one(plain, tmp_path, ending):
    persons = simple(plain["persons"])
    persons["sex"] = persons["sex"].map({"female": 1.0, "male": 2.0})
    persons["comorbidity"] = persons["comorbidity"].fillna(0)
    labels = {"sex": {1: "Kvinde", 2: "Mand", 9: "Uoplyst"}, "comorbidity": {0: "ingen"}}
    folder = as_folder(tmp_path)
    (folder / "persons.csv").unlink()
    write_statistical(persons, folder / f"persons{ending}", variable_value_labels=labels)
    (folder / "mapping.yaml").write_text("values: {persons: {sex: {Kvinde: female, Mand: male}}}\n", encoding="utf-8")
    read = load_extract(folder)["persons"]
    pd.testing.assert_series_equal(read["sex"], plain["persons"]["sex"])
    assert list(read["comorbidity"]) == [1, 0, 0, 3, 0, 2]


def test_ids_as_floating_numbers_of_a_program(plain, tmp_path):
    referrals = simple(plain["referrals"]).assign(referral_id=[1.0, 2.0, 3.0, 4.0], parent_referral_id="")
    folder = as_folder(tmp_path)
    (folder / "referrals.csv").unlink()
    write_statistical(referrals, folder / "referrals.dta")
    assert rules_of(folder) == [("referrals", "referral_id", "id_as_number", 4)]
    write_statistical(referrals.assign(referral_id=[1e15, 2e15, 0.5, 4.0]), folder / "referrals.dta")
    assert ("referrals", "referral_id", "id_rounded", 3) in rules_of(folder)


# Databases


def test_a_database_reads_nothing_outside_itself_and_notes_other_tables(plain, tmp_path):
    folder = tmp_path / "other"
    write_extract_as("duckdb", plain, folder)
    secret = tmp_path / "secret.csv"
    plain["persons"].to_csv(secret, index=False)
    with duckdb.connect(str(folder / "extract.duckdb")) as connection:
        connection.execute("CREATE TABLE notes AS SELECT 1 AS x")
        connection.execute("ALTER TABLE diagnoses RENAME TO stored")
        connection.execute("CREATE VIEW diagnoses AS SELECT * FROM stored")
    assert sorted(rules_of(folder)) == [("extract.duckdb", "", "sheet_ignored", 1)] * 2
    assert_same(load_extract(folder), plain)
    with duckdb.connect(str(folder / "extract.duckdb")) as connection:
        connection.execute("DROP TABLE persons")
        connection.execute(f"CREATE VIEW persons AS SELECT * FROM read_csv('{secret}')")
    found = [rule for rule in rules_of(folder) if rule[2] == "file_unreadable"]
    assert found == [("extract.duckdb", "", "file_unreadable", 1)]


# What is broken, in every format


@pytest.mark.parametrize("kind", ROUND_TRIPS)
@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "encrypted"])
def test_a_damaged_file_is_one_offence(plain, tmp_path, kind, damage):
    path = write_extract_as(kind, plain, tmp_path / "other")
    whole = {"workbook": "extract.xlsx", "duckdb": "extract.duckdb"}.get(kind, f"persons.{kind}")
    file = (path if path.is_dir() else path.parent) / whole
    data = file.read_bytes()
    changed = {"cut": data[: len(data) // 3], "garbage": bytes(range(256)) * 40, "empty": b""}
    file.write_bytes(changed.get(damage, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000)))
    with pytest.raises(ContractError) as caught:
        load_extract(path)
    assert caught.value.__cause__ is None
    errors = caught.value.offences.query("severity == 'error'")
    assert list(errors["rule"]) == ["file_unreadable"]
    assert set(errors["count"]) == {1}


@pytest.mark.parametrize("ending", [".dta", ".sav", ".zsav", ".xpt"])
def test_a_file_cut_anywhere_loses_no_rows_without_a_word(plain, tmp_path, ending):
    folder = as_folder(tmp_path)
    (folder / "diagnoses.csv").unlink()
    write_statistical(simple(pd.concat([plain["diagnoses"]] * 50, ignore_index=True)), folder / f"diagnoses{ending}")
    whole = (folder / f"diagnoses{ending}").read_bytes()
    for tenth in range(1, 10):
        # a transport file cut between two of its records of 80 bytes cannot be told from a whole one
        (folder / f"diagnoses{ending}").write_bytes(whole[: len(whole) * tenth // 10 // 80 * 80 + 41])
        assert ("diagnoses", "", "file_unreadable", 1) in rules_of(folder)


def test_a_damaged_sas_table_is_one_offence(tmp_path):
    folder = tmp_path / "sas"
    shutil.copytree(SAS, folder)
    (folder / "extract.yaml").write_text(META, encoding="utf-8")
    data = (folder / "persons.sas7bdat").read_bytes()
    for changed in (data[:9000], data[:500], b""):
        (folder / "persons.sas7bdat").write_bytes(changed)
        assert [found[2] for found in rules_of(folder)] == ["file_unreadable"]


@pytest.mark.parametrize("kind", ROUND_TRIPS)
@pytest.mark.parametrize("writing", ["text", "hyphen", "number"])
def test_cpr_numbers_are_refused_in_every_format_and_never_shown(plain, tmp_path, kind, writing):
    tables = {name: plain[name] for name in plain}
    numbers = [f"010150123{digit}" for digit in range(6)]
    text = numbers if writing == "text" else [f"{number[:6]}-{number[6:]}" for number in numbers]
    column = pd.array(text, dtype="string")
    if writing == "number":
        column = pd.array([int(number) for number in numbers], dtype="Int64")
    tables["persons"]["labour_market"] = column  # as a number it has lost its leading zero
    tables["persons"]["nr"] = column
    path = write_extract_as(kind, tables, tmp_path / "other")
    with pytest.raises(ContractError) as caught:
        load_extract(path)
    errors = caught.value.offences.query("rule == 'cpr_number'")
    assert [tuple(row) for row in errors[["table", "column"]].itertuples(index=False)] == [
        ("persons", "labour_market"),
        ("persons", "nr"),
    ]
    assert "1501" not in str(caught.value) + caught.value.offences.to_string()


@pytest.mark.parametrize("text", ["101501230", "10150-1230", "010150 1230", "101501230.0"])
def test_cpr_numbers_in_csv_that_lost_a_zero_on_the_way_are_refused(folder, text):
    folder.tables["persons"]["labour_market"] = [
        text[:-1] + str(digit) if "." not in text else text for digit in range(6)
    ]
    assert [found[:3] for found in rules_of(folder.write())] == [("persons", "labour_market", "cpr_number")]


def test_ordinary_numbers_are_no_cpr_numbers(folder):
    folder.tables["persons"]["labour_market"] = [str(123456789 + 7919 * k) for k in range(6)]
    assert rules_of(folder.write()) == []
