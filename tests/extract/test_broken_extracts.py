"""Kinds of broken extract: each gives one ContractError that names every offence planted, and no more."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pandas as pd
import pytest

from rehab_stats.extract.contract import RULES, ContractError
from rehab_stats.extract.files.reader import check_extract, load_extract

from .conftest import as_workbook, cells_of

#: (table, column, rule, count, first rows) of an offence; rows are those of the file, the header being row 1.
Expected = tuple[str, str, str, int, tuple[int, ...]]
CASES: dict[str, tuple[Callable, list[Expected], list[str]]] = {}


def breaks(*expected: Expected, says: tuple[str, ...] = ()):
    """Register a function that breaks a valid extract, with the errors it must give and words of the message."""

    def register(plant: Callable) -> Callable:
        CASES[plant.__name__] = (plant, list(expected), list(says))
        return plant

    return register


def as_csv(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False)


def as_parquet(frame: pd.DataFrame) -> bytes:
    held = io.BytesIO()
    frame.to_parquet(held)
    return held.getvalue()


# Files and folder


@breaks(("referrals", "", "table_missing", 1, ()), says=("referrals.csv or referrals.parquet", "nearest: referals.csv"))
def table_missing(folder):
    folder.extra["referals.csv"] = as_csv(folder.tables.pop("referrals")).encode()


@breaks(("persons", "", "two_files", 2, ()), ("referrals", "accepted", "unknown_code", 1, (3,)))
def two_files_for_one_table(folder):
    folder.extra["persons.parquet"] = as_parquet(folder.tables["persons"])
    folder.set("referrals", 3, "accepted", "maybe")


@breaks(("persons", "", "file_unreadable", 1, ()), ("diagnoses", "diagnosis", "not_icd10", 1, (2,)))
def binary_garbage(folder):
    folder.extra["persons.csv"] = bytes(range(256)) * 20
    folder.set("diagnoses", 2, "diagnosis", "breast")


@breaks(("persons", "", "file_unreadable", 1, ()))
def two_encodings_in_one_file(folder):
    folder.set("persons", 2, "labour_market", "førtidspension")
    folder.extra["persons.csv"] = as_csv(folder.tables["persons"]).encode() + "p07,mø".encode("latin-1")


@breaks(("diagnoses", "", "file_unreadable", 1, ()))
def truncated_parquet(folder):
    whole = as_parquet(folder.tables.pop("diagnoses"))
    folder.extra["diagnoses.parquet"] = whole[: len(whole) // 2]


@breaks(("referrals", "", "table_empty", 1, ()))
def header_without_rows(folder):
    folder.tables["referrals"] = folder.tables["referrals"].iloc[:0]


@breaks(("referrals", "", "table_empty", 1, ()))
def file_without_a_byte(folder):
    folder.extra["referrals.csv"] = b""


@breaks(("persons", "", "header_missing", 1, ()))
def header_missing(folder):
    folder.extra["persons.csv"] = folder.tables["persons"].to_csv(index=False, header=False).encode()


@breaks(("persons", "sex", "column_twice", 2, ()), ("diagnoses", "", "ragged_row", 1, (9,)))
def column_twice_and_a_ragged_row(folder):
    folder.extra["persons.csv"] = as_csv(folder.tables["persons"]).replace("cohabiting", "sex", 1).encode()
    folder.extra["diagnoses.csv"] = (as_csv(folder.tables["diagnoses"]) + "p05,2011-12-13\n").encode()


@breaks(
    ("persons", "", "ragged_row", 2, (4, 6)), ("persons", "sex", "unknown_code", 1, (7,)), says=("have 14, 16 fields",)
)
def ragged_rows_keep_the_numbers_of_the_others(folder):
    folder.set("persons", 7, "sex", "x")
    lines = as_csv(folder.tables["persons"]).splitlines()
    lines[3], lines[5] = lines[3] + ",", lines[5].rsplit(",", 1)[0]
    folder.extra["persons.csv"] = "\n".join(lines).encode()


@breaks(("persons", "", "unclosed_quote", 1, ()))
def quote_never_closed(folder):
    folder.extra["persons.csv"] = as_csv(folder.tables["persons"]).replace("retired", '"retired', 1).encode()


@breaks(
    ("persons", "education", "column_missing", 1, ()),
    ("referrals", "sender", "column_missing", 1, ()),
    says=("nearest among the file's other columns: educaton",),
)
def required_columns_missing(folder):
    folder.tables["persons"] = folder.tables["persons"].rename(columns={"education": "educaton"})
    del folder.tables["referrals"]["sender"]


@breaks(("persons", "birth_date", "birth_missing", 1, ()))
def no_column_of_birth(folder):
    folder.tables["persons"] = folder.tables["persons"].drop(columns=["birth_date", "birth_year"])


@breaks(("persons", "income", "wrong_type", 6, ()), ("persons", "sex", "unknown_code", 6, (2, 3, 4, 5, 6)))
def parquet_of_other_types(folder):
    frame = folder.tables.pop("persons").assign(income=[[1.0]] * 6, sex=[1, 2, 1, 2, 1, 2])
    folder.extra["persons.parquet"] = as_parquet(frame)


# Workbooks; the other formats have their own in test_formats.py


def sheet_of(folder, table: str) -> list[list]:
    """The cells of a table, which then has no CSV file."""
    return cells_of(folder.tables.pop(table).replace("", None))


@breaks(
    ("persons", "", "merged_cells", 2, ()),
    ("persons", "", "column_unnamed", 2, ()),
    ("persons", "", "formula_value", 1, (3,)),
    ("persons", "", "formula_value", 2, (4, 5)),
    says=("A1:B1, D3:D4", "no name in row 1: B, P.", "were never calculated", "such as #REF!"),
)
def sheet_with_merged_cells_and_formulas(folder):
    rows = sheet_of(folder, "persons")
    rows[2][6], rows[3][14], rows[4][9] = "=SUM(1,2)", "#N/A", "#REF!"
    for row in rows[1:]:
        row.append("x")
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(persons=rows)))
    book["persons"].merge_cells("A1:B1")
    book["persons"].merge_cells("D3:D4")
    held = io.BytesIO()
    book.save(held)
    folder.extra["persons.xlsx"] = held.getvalue()


@breaks(
    ("persons", "", "sheet_undecided", 1, ()),
    ("referrals", "", "table_empty", 1, ()),
    says=("has no sheet or table persons, but 'first', 'second'", "sheets: {persons: ...}"),
)
def workbook_without_a_sheet_of_the_table(folder):
    rows = sheet_of(folder, "persons")
    folder.extra["persons.xlsx"] = as_workbook(first=rows, second=rows)
    del folder.tables["referrals"]
    folder.extra["referrals.xlsx"] = as_workbook(sheet=[])


@breaks(
    ("referrals", "referral_id", "id_rounded", 2, (2, 4)),
    ("mapping.yaml", "sheets.diagnoses", "mapping_unknown", 1, ()),
    says=("more than 15 digits", "nearest: diagnoser"),
)
def ids_that_a_number_cannot_hold(folder):
    rows = sheet_of(folder, "referrals")
    for row, number in zip(rows[1:], (12345678901234567890, 1, 1.5, 2), strict=True):
        row[0] = number
    rows[4][10] = None  # the referral that the fourth came from
    folder.extra["referrals.xlsx"] = as_workbook(referrals=rows)
    folder.extra["d.xlsx"] = as_workbook(diagnoser=sheet_of(folder, "diagnoses"))
    folder.mapping = "files: {diagnoses: d.xlsx}\nsheets: {diagnoses: diagnose}\n"


@breaks(("extract.xlsx", "", "file_unreadable", 1, ()))
def one_damaged_workbook_for_all(folder):
    whole = as_workbook(**{table: sheet_of(folder, table) for table in list(folder.tables)})
    folder.extra["extract.xlsx"] = whole[: len(whole) // 2]


# extract.yaml and the mapping file


@breaks(("extract.yaml", "", "meta_missing", 1, ()), ("persons", "sex", "unknown_code", 1, (2,)))
def extract_yaml_missing(folder):
    folder.meta = ""
    folder.set("persons", 2, "sex", "F")


@breaks(("extract.yaml", "", "meta_invalid", 1, ()))
def extract_yaml_no_yaml(folder):
    folder.meta = "extract_date: [2013\nsource: x"


@breaks(
    ("extract.yaml", "extract_date", "meta_invalid", 1, ()),
    ("extract.yaml", "synthetic", "meta_invalid", 1, ()),
    ("extract.yaml", "registration.referrals.registered_from", "meta_missing", 1, ()),
    ("extract.yaml", "registration.referrals.registred_from", "meta_unknown", 1, ()),
    ("extract.yaml", "registration.referals", "meta_unknown", 1, ()),
    ("extract.yaml", "registration.referals", "meta_invalid", 1, ()),
    ("extract.yaml", "sead", "meta_unknown", 1, ()),
    ("extract.yaml", "source", "meta_missing", 1, ()),
    says=("nearest: seed", "nearest: registered_from", "nearest: referrals"),
)
def extract_yaml_with_many_faults(folder):
    folder.meta = """\
extract_date: 30-06-2013
synthetic: perhaps
sead: 4
registration:
  referrals: {registred_from: 2009-01-01}
  referals: 2009
"""


@breaks(("extract.yaml", "registration.referrals", "meta_invalid", 1, ()))
def registration_ends_before_it_begins(folder):
    folder.meta = folder.meta.replace("2009-01-01", "2013-01-01")


@breaks(
    ("mapping.yaml", "colums", "mapping_unknown", 1, ()),
    ("mapping.yaml", "columns.persons.kon", "mapping_unknown", 1, ()),
    ("mapping.yaml", "values.persons.sex.K", "mapping_unknown", 1, ()),
    ("mapping.yaml", "values.person", "mapping_unknown", 1, ()),
    ("mapping.yaml", "dates.persons.birth_date", "mapping_invalid", 1, ()),
    ("mapping.yaml", "numbers.persons.income", "mapping_invalid", 1, ()),
    ("mapping.yaml", "columns.persons.alder", "mapping_unknown", 1, ()),
    says=("nearest: columns", "nearest: sex", "nearest: female", "nearest: persons", "a year of two digits"),
)
def mapping_that_names_unknown_things(folder):
    folder.mapping = """\
colums: {}
columns: {persons: {kon: sexx, alder: birth_year}}
values:
  persons: {sex: {K: femal}}
  person: {sex: {K: female}}
dates: {persons: {birth_date: "%d-%m-%y"}}
numbers: {persons: {income: {decimal: x}}}
"""


@breaks(("mapping.yaml", "dates.referrals.received_on", "mapping_invalid", 1, ()), says=("names the day only",))
def mapping_with_a_time_of_day_in_a_layout(folder):
    folder.mapping = 'dates: {referrals: {received_on: "%Y-%m-%d %H:%M"}}'


@breaks(("mapping.yaml", "files.persons", "mapping_unknown", 1, ()), says=("nearest: persons.csv",))
def mapping_of_a_file_that_is_not_there(folder):
    folder.mapping = "files: {persons: person.csv}"


@breaks(("mapping.yaml", "", "mapping_invalid", 1, ()), says=("'persons' is given twice",))
def mapping_with_a_key_twice(folder):
    folder.mapping = "values:\n  persons: {sex: {F: female}}\n  persons: {sex: {M: male}}\n"


# Values


@breaks(
    ("persons", "sex", "unknown_code", 3, (2, 4, 5)),
    ("persons", "cohabiting", "unknown_code", 1, (3,)),
    ("referrals", "sender", "unknown_code", 1, (2,)),
    says=("'femal' (nearest: female)", "'hospitals' (nearest: hospital)", "Valid codes: female, male"),
)
def unknown_codes(folder):
    for row, code in ((2, "femal"), (4, "F"), (5, "F")):
        folder.set("persons", row, "sex", code)
    folder.set("persons", 3, "cohabiting", "perhaps")
    folder.set("referrals", 2, "sender", "hospitals")


@breaks(
    ("persons", "sex", "value_missing", 1, (3,)),
    ("diagnoses", "person_id", "value_missing", 1, (4,)),
    ("referrals", "received_on", "value_missing", 2, (3, 4)),
    ("persons", "birth_date", "birth_missing", 1, (6,)),
)
def required_values_missing(folder):
    folder.set("persons", 3, "sex", "NA")
    folder.set("diagnoses", 4, "person_id", "")
    folder.set("referrals", 3, "received_on", ".")
    folder.set("referrals", 4, "received_on", "NULL")
    folder.set("persons", 6, "birth_date", "")
    folder.set("persons", 6, "birth_year", " ")


@breaks(
    ("persons", "income", "bad_number", 1, (3,)),
    ("persons", "children_at_home", "bad_number", 1, (2,)),
    ("persons", "comorbidity", "out_of_range", 1, (2,)),
    ("persons", "birth_year", "out_of_range", 1, (4,)),
    ("persons", "birth_year", "birth_disagrees", 1, (4,)),
)
def numbers_that_are_none_or_out_of_range(folder):
    folder.set("persons", 3, "income", "much")
    folder.set("persons", 2, "children_at_home", "1.5")
    folder.set("persons", 2, "comorbidity", "99")
    folder.set("persons", 4, "birth_year", "1571")


@breaks(("persons", "income", "number_format", 2, (2, 3)), says=("numbers: {persons: {income:",))
def thousands_marks(folder):
    folder.set("persons", 2, "income", "182.000,50")
    folder.set("persons", 3, "income", "1.412.000,25")


@breaks(("persons", "income", "number_format", 4, (2, 3, 4, 5)), says=("thousands or three decimals",))
def thousands_or_decimals(folder):
    for row, text in ((2, "182.000"), (3, "412.500"), (4, "305.500"), (5, "150.250")):
        folder.set("persons", row, "income", text)


@breaks(("persons", "income", "number_format", 1, (3,)), says=("decimal mark ','",))
def two_decimal_marks(folder):
    folder.set("persons", 3, "income", "412000,25")
    folder.set("persons", 4, "income", "305500.75")


@breaks(("persons", "income", "income_negative", 1, (2,)))
def negative_income(folder):
    folder.set("persons", 2, "income", "-1")


@breaks(
    ("diagnoses", "diagnosis_date", "bad_date", 2, (2, 4)),
    ("referrals", "received_on", "two_digit_year", 1, (3,)),
    ("persons", "death_date", "date_out_of_range", 1, (3,)),
    says=("Shape: 9999-99-99, 99999999.", "before 1850 or after 2200"),
)
def dates_that_are_none(folder):
    folder.set("diagnoses", 2, "diagnosis_date", "2008-02-30")
    folder.set("diagnoses", 4, "diagnosis_date", "20090513")
    folder.set("referrals", 3, "received_on", "15-06-09")
    folder.set("persons", 3, "death_date", "9999-12-31")


@breaks(
    ("diagnoses", "diagnosis_date", "date_order_undecided", 7, (2, 3, 4, 5, 6)), says=('{diagnosis_date: "%d-%m-%Y"}',)
)
def dates_whose_order_is_undecided(folder):
    for row, month in zip(range(2, 9), (2, 11, 5, 1, 2, 8, 10), strict=True):
        folder.set("diagnoses", row, "diagnosis_date", f"03/{month:02d}/2011")
    folder.tables["referrals"]["received_on"] = "2012-01-01"
    folder.tables["persons"][["death_date", "emigration_date"]] = ""


@breaks(("referrals", "received_on", "month_first", 4, (2, 3, 4, 5)))
def dates_month_first(folder):
    folder.tables["referrals"]["received_on"] = ["12/24/2010", "06/05/2011", "03/06/2010", "09/30/2011"]


@breaks(("referrals", "received_on", "date_formats_mixed", 1, (4,)), ("persons", "sex", "unknown_code", 1, (6,)))
def dates_in_two_formats(folder):
    folder.set("referrals", 4, "received_on", "16-03-2010")
    folder.set("persons", 6, "sex", "woman")


@breaks(
    ("persons", "person_id", "cpr_number", 6, ()),
    ("diagnoses", "person_id", "cpr_number", 7, ()),
    ("referrals", "person_id", "cpr_number", 4, ()),
    ("residences", "person_id", "cpr_number", 7, ()),
    ("courses", "person_id", "cpr_number", 4, ()),
    ("appointments", "person_id", "cpr_number", 8, ()),
    ("forms", "person_id", "cpr_number", 7, ()),
    ("items", "person_id", "cpr_number", 13, ()),
)
def cpr_numbers_as_ids(folder):
    for frame in (frame for frame in folder.tables.values() if "person_id" in frame):
        frame["person_id"] = "010150-12" + frame["person_id"].str.removeprefix("p")


@breaks(("persons", "cpr", "cpr_number", 6, ()))
def cpr_numbers_in_a_column_nobody_asked_for(folder):
    folder.tables["persons"]["cpr"] = [f"310162000{i}" for i in range(6)]


# Keys and time


@breaks(
    ("persons", "person_id", "duplicate_person", 2, (2, 3)),
    ("diagnoses", "person_id", "orphan_id", 1, (4,)),
    ("referrals", "person_id", "orphan_id", 1, (3,)),
    ("referrals", "referral_id", "duplicate_key", 2, (4, 5)),
    ("diagnoses", "", "duplicate_key", 2, (5, 6)),
    ("residences", "person_id", "orphan_id", 2, (3, 4)),
)
def keys_twice_and_orphans(folder):
    folder.set("persons", 3, "person_id", "p01")
    folder.set("referrals", 5, "referral_id", "r3")
    folder.set("diagnoses", 6, "diagnosis", "C509")


@breaks(
    ("persons", "death_date", "death_before_birth", 1, (6,)),
    ("diagnoses", "diagnosis_date", "diagnosis_after_death", 2, (3, 8)),
    ("appointments", "date", "attended_after_death", 2, (3, 4)),
    ("forms", "returned_on", "returned_after_death", 2, (2, 7)),
)
def after_death(folder):
    folder.set("persons", 2, "death_date", "2010-11-29")
    folder.set("persons", 6, "death_date", "1962-09-08")


@breaks(
    ("persons", "birth_date", "impossible_age", 2, (3, 4)),
    ("persons", "birth_year", "birth_disagrees", 1, (5,)),
)
def impossible_ages(folder):
    folder.set("persons", 3, "birth_date", "2009-05-14")  # the diagnosis is the day before
    folder.set("persons", 3, "birth_year", "2009")
    folder.set("persons", 4, "birth_date", "1899-01-15")  # 111 on the day of the diagnosis
    folder.set("persons", 4, "birth_year", "1899")
    folder.set("persons", 5, "birth_year", "1940")


@breaks(
    ("diagnoses", "diagnosis_date", "after_extract_date", 1, (8,)),
    ("referrals", "discharged_on", "after_extract_date", 1, (3,)),
    ("persons", "education_as_of", "after_extract_date", 1, (2,)),
)
def dates_after_the_extract_date(folder):
    folder.set("diagnoses", 8, "diagnosis_date", "2013-07-01")
    folder.set("referrals", 3, "discharged_on", "2014-01-31")
    folder.set("persons", 2, "education_as_of", "2031-10-01")


# Courses and appointments


@breaks(
    ("courses", "person_id", "orphan_id", 1, (2,)),
    ("courses", "course_id", "duplicate_key", 2, (3, 4)),
    ("appointments", "person_id", "orphan_id", 1, (3,)),
    ("appointments", "appointment_id", "duplicate_key", 2, (5, 6)),
    ("appointments", "course_id", "course_unknown", 2, (4, 9)),
    says=("courses.course_id: Several rows have the same course_id", "The course is no row of courses. Rows 4, 9."),
)
def courses_and_appointments_of_nobody(folder):
    folder.set("courses", 2, "person_id", "p99")
    folder.set("courses", 4, "course_id", "k2")
    folder.set("appointments", 3, "person_id", "p98")
    folder.set("appointments", 4, "course_id", "k9")
    folder.set("appointments", 6, "appointment_id", "a4")


@breaks(
    ("referrals", "course_id", "course_of_another", 1, (2,)),
    ("appointments", "course_id", "course_of_another", 3, (2, 6, 9)),
)
def courses_of_other_persons(folder):
    folder.set("referrals", 2, "course_id", "k4")
    folder.set("appointments", 2, "course_id", "k3")
    folder.set("appointments", 6, "person_id", "p01")
    folder.set("appointments", 9, "course_id", "k1")


@breaks(
    ("courses", "closed_on", "closed_before_opened", 1, (3,)),
    ("courses", "closed_on", "after_extract_date", 1, (2,)),
    ("appointments", "date", "attended_after_death", 1, (4,)),
    ("appointments", "date", "after_extract_date", 2, (5, 9)),
    ("appointments", "booked_on", "after_extract_date", 1, (7,)),
)
def days_of_courses_and_appointments(folder):
    folder.set("courses", 3, "closed_on", "2010-03-17")
    folder.set("courses", 2, "closed_on", "2013-07-01")
    folder.set("appointments", 4, "date", "2011-05-21")  # the person died the day before
    folder.set("appointments", 5, "date", "2013-07-01")
    folder.set("appointments", 9, "date", "2013-07-01")
    folder.set("appointments", 7, "booked_on", "2013-07-01")
    folder.set("appointments", 7, "date", "2013-07-01")
    folder.set("appointments", 7, "status", "planned")  # alone may lie ahead


@breaks(
    ("appointments", "kind", "value_missing", 1, (2,)),
    ("appointments", "kind", "unknown_code", 1, (3,)),
    ("appointments", "status", "unknown_code", 2, (4, 5)),
    ("appointments", "mode", "unknown_code", 1, (6,)),
    ("appointments", "date", "value_missing", 1, (7,)),
    ("courses", "close_reason", "unknown_code", 1, (2,)),
    says=("'exersise' (nearest: exercise)", "'Udeblevet', 'no-show' (nearest: no_show)"),
)
def codes_of_appointments(folder):
    folder.set("appointments", 2, "kind", "")
    folder.set("appointments", 3, "kind", "exersise")
    folder.set("appointments", 4, "status", "no-show")
    folder.set("appointments", 5, "status", "Udeblevet")
    folder.set("appointments", 5, "date", "2014-01-01")  # perhaps planned: only the code is blamed
    folder.set("appointments", 6, "mode", "car")
    folder.set("appointments", 7, "date", "")
    folder.set("appointments", 8, "status", "")  # read as not_registered, with a note
    folder.set("courses", 2, "close_reason", "dead")


@breaks(
    ("courses", "opened_on", "column_missing", 1, ()),
    ("appointments", "status", "column_missing", 1, ()),
    ("appointments", "person_id", "column_missing", 1, ()),
)
def courses_and_appointments_without_required_columns(folder):
    del folder.tables["courses"]["opened_on"]
    for column in ("status", "person_id"):
        del folder.tables["appointments"][column]
    folder.set("appointments", 2, "date", "2013-07-01")  # perhaps planned


# Residences and denominators


@breaks(
    ("residences", "person_id", "orphan_id", 1, (3,)),
    ("residences", "to", "stay_ends_before_it_begins", 1, (4,)),
    ("residences", "", "duplicate_key", 2, (7, 8)),
    ("residences", "municipality", "value_missing", 1, (6,)),
    ("residences", "to", "date_out_of_range", 1, (5,)),
)
def residences_of_nobody_and_backwards(folder):
    folder.set("residences", 3, "person_id", "p99")
    folder.set("residences", 4, "to", "2005-11-29")
    folder.set("residences", 5, "to", "9999-12-31")
    folder.set("residences", 6, "municipality", "")
    for column in ("person_id", "municipality", "from"):
        folder.set("residences", 8, column, folder.tables["residences"].loc[5, column])


@breaks(
    ("denominators", "", "duplicate_key", 2, (2, 3)),
    ("denominators", "diagnosed", "out_of_range", 1, (2,)),
    ("denominators", "diagnosed", "bad_number", 1, (3,)),
    ("denominators", "sex", "unknown_code", 1, (4,)),
)
def cells_twice_and_counts_that_are_none(folder):
    folder.tables["denominators"].iloc[1] = folder.tables["denominators"].iloc[0]
    folder.set("denominators", 2, "diagnosed", "-1")
    folder.set("denominators", 3, "diagnosed", "12.5")
    folder.set("denominators", 4, "sex", "both")


@breaks(
    ("forms", "returned_on", "returned_before_given", 1, (4,)),
    ("forms", "returned_on", "returned_after_death", 1, (2,)),
    ("forms", "given_on", "after_extract_date", 1, (8,)),
    ("forms", "due_on", "due_by_baseline", 1, (5,)),
    ("forms", "course_id", "course_unknown", 1, (7,)),
    ("forms", "course_id", "course_of_another", 1, (3,)),
)
def form_days_and_courses_that_cannot_be(folder):
    folder.set("forms", 4, "returned_on", "2010-03-28")
    folder.set("forms", 2, "returned_on", "2011-05-21")
    folder.set("forms", 8, "given_on", "2013-07-01")
    folder.set("forms", 5, "due_on", "2010-03-29")
    folder.set("forms", 7, "course_id", "k9")
    folder.set("forms", 3, "course_id", "k2")


@breaks(
    ("forms", "scale", "unknown_scale", 1, (5,)),
    ("forms", "score", "score_out_of_range", 1, (4,)),
    ("items", "item", "unknown_item", 2, (4, 14)),
    ("items", "answer", "answer_out_of_range", 2, (5, 9)),
    ("items", "answer", "out_of_range", 1, (6,)),
    ("items", "occasion", "unknown_code", 1, (3,)),
    says=("'PF' (nearest: PF2) of qlq_c30", "'q1' (nearest: 1) of qlq_c30", "'VAS' (nearest: vas) of eq_5d_5l"),
)
def names_and_numbers_no_instrument_has(folder):
    folder.set("forms", 5, "scale", "PF")
    folder.set("forms", 4, "score", "100.01")
    folder.set("items", 3, "occasion", "start")
    folder.set("items", 4, "item", "q1")
    folder.set("items", 5, "answer", "5")
    folder.set("items", 6, "answer", "101")
    folder.set("items", 9, "answer", "0")
    folder.set("items", 14, "item", "VAS")


@breaks(
    ("forms", "", "duplicate_key", 2, (2, 9)),
    ("items", "", "duplicate_key", 2, (5, 15)),
    ("forms", "person_id", "orphan_id", 1, (6,)),
    ("items", "person_id", "orphan_id", 1, (14,)),
    ("forms", "instrument", "value_missing", 1, (4,)),
    ("items", "item", "value_missing", 1, (10,)),
)
def forms_and_answers_twice_or_of_nobody(folder):
    for table, row in (("forms", 0), ("items", 3)):
        frame = folder.tables[table]
        folder.tables[table] = pd.concat([frame, frame.iloc[[row]]], ignore_index=True)
    folder.set("forms", 6, "person_id", "p99")
    folder.set("items", 14, "person_id", "p99")
    folder.set("forms", 4, "instrument", "")
    folder.set("items", 10, "item", "")


@breaks(
    ("denominators", "period", "bad_period", 1, (2,)),
    ("denominators", "period", "cells_overlap", 2, (3, 4)),
    ("denominators", "age_group", "bad_age_group", 2, (2, 3)),
    says=("in common, so that persons could be counted twice: 2010-2011, 2011",),
)
def ranges_that_are_none_or_overlap(folder):
    for row, period, ages in ((2, "2010-2009", "old"), (3, "2010-2011", "49-30"), (4, "2011", "75+")):
        folder.set("denominators", row, "period", period)
        folder.set("denominators", row, "age_group", ages)


@pytest.mark.parametrize("name", CASES)
def test_one_error_names_every_offence(folder, name):
    plant, expected, says = CASES[name]
    plant(folder)
    folder.write()

    with pytest.raises(ContractError) as caught:
        load_extract(folder.path)

    error = caught.value
    errors = error.offences[error.offences["severity"] == "error"]
    found = [tuple(row) for row in errors[["table", "column", "rule", "count", "rows"]].itertuples(index=False)]
    assert sorted(found) == sorted(expected)
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    message = str(error)
    for table, column, rule, *_ in expected:
        assert f"[{rule}]" in message
        assert table in message
        assert column in message
    for words in says:
        assert words in message
    report = check_extract(folder.path)
    assert not report.ok
    pd.testing.assert_frame_equal(report.offences, errors.reset_index(drop=True))


def test_at_least_25_kinds():
    assert len(CASES) >= 25


def test_every_rule_of_severity_error_is_broken_by_some_case():
    tried = {rule for _, expected, _ in CASES.values() for _, _, rule, *_ in expected}
    assert {rule.name for rule in RULES if rule.severity == "error"} - tried == {"folder_missing"}


def test_folder_that_does_not_exist(tmp_path):
    with pytest.raises(ContractError, match="The folder does not exist") as caught:
        load_extract(tmp_path / "nowhere")
    assert list(caught.value.offences["rule"]) == ["folder_missing"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(ContractError, match="a file, not a folder"):
        load_extract(tmp_path / "file")


@pytest.mark.parametrize("name", ["cpr_numbers_as_ids", "cpr_numbers_in_a_column_nobody_asked_for", "header_missing"])
def test_no_identifier_is_repeated(folder, name):
    CASES[name][0](folder)
    folder.write()
    with pytest.raises(ContractError) as caught:
        load_extract(folder.path)
    said = str(caught.value) + caught.value.offences.to_string()
    secrets = [folder.tables["persons"].iloc[:, 0], folder.tables["persons"]["birth_date"]]
    secrets += [folder.tables["persons"]["cpr"]] if "cpr" in folder.tables["persons"] else []
    assert not [text for column in secrets for text in column if text in said]


def test_a_cpr_number_among_codes_is_not_repeated(folder):
    folder.set("persons", 2, "sex", "010150-1234")
    folder.set("persons", 3, "sex", "K")
    folder.write()
    with pytest.raises(ContractError, match="'K'") as caught:
        load_extract(folder.path)
    assert "010150" not in str(caught.value)
    assert "999999-9999" in str(caught.value)
