"""The rules an extract is held to: one table of them, with the limits they use.

`RULES` is the one source: a check names its rule here and takes the severity from it, and `rules_markdown` writes the
same table into data/CONTRACT.md. An `error` stops the reading, a `warning` is counted and shown, a `note` informs.
"""

from __future__ import annotations

from dataclasses import dataclass

SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Limits:
    """The numbers the rules use.

    Attributes
    ----------
    days_before_diagnosis : int
        A referral up to this many days before the person's first cancer diagnosis (C44 aside) is taken to belong to it
        (warning); an earlier one is another warning and the cohort leaves it out.
    age_max : int
        Highest possible age at diagnosis (whole years).
    income_max : float
        Income a year above which a value is called implausible (DKK).
    year_min : int
        Earliest year that any date may have.
    edited_min : int
        Past appointments of one kind from which on it is called unedited that all of them are `attended`; and persons
        with a form from which on it is said that nobody ever missed it.
    score_points : float
        Points by which a score of a scale from 0 to 100 may differ from the one its answers give.
    score_index : float
        The same of the EQ-5D index.
    """

    days_before_diagnosis: int = 90
    age_max: int = 110
    income_max: float = 5_000_000
    year_min: int = 1850
    edited_min: int = 20
    score_points: float = 0.5
    score_index: float = 0.01


LIMITS = Limits()


@dataclass(frozen=True)
class Rule:
    """One rule: its name, how serious a breach is, where it applies and what it says."""

    name: str
    severity: str
    table: str
    column: str
    says: str


_ALL = "any"
_FOLDER = (
    Rule("folder_missing", "error", "", "", "The folder exists and is a folder."),
    Rule("table_missing", "error", _ALL, "", "Every required table has a file."),
    Rule("two_files", "error", _ALL, "", "A table has one file, not two in different formats."),
    Rule("file_unreadable", "error", _ALL, "", "A file can be read as what its ending says."),
    Rule("table_empty", "error", _ALL, "", "A table has at least one row under its header."),
    Rule(
        "checksum_differs", "warning", _ALL, "", "A file has the checksum that SHA256SUMS states, where there is one."
    ),
    Rule("file_ignored", "note", "", "", "A file that is no table of the contract is not read."),
    Rule("sheet_undecided", "error", _ALL, "", "A workbook or database has a sheet or table of the table's name."),
    Rule("sheet_ignored", "note", "", "", "A hidden sheet, or one that is no table of the contract, is not read."),
    Rule("sheet_full", "warning", _ALL, "", "A sheet has fewer rows than a sheet can hold, so that none was cut off."),
    Rule("meta_missing", "error", "extract.yaml", "", "extract.yaml lies in the folder and has the keys shown above."),
    Rule("meta_invalid", "error", "extract.yaml", "", "extract.yaml is YAML and every key has a valid value."),
    Rule("meta_unknown", "error", "extract.yaml", "", "extract.yaml has no other keys."),
    Rule(
        "mapping_invalid",
        "error",
        "mapping file",
        "",
        "The mapping file exists, is YAML and has the layout shown above.",
    ),
    Rule(
        "mapping_unknown",
        "error",
        "mapping file",
        "",
        "The mapping names only existing tables, columns, codes and files.",
    ),
)
_SHAPE = (
    Rule("header_missing", "error", _ALL, "", "The first row of a file holds the column names."),
    Rule("column_missing", "error", _ALL, "required", "Every required column is there."),
    Rule(
        "birth_missing", "error", "persons", "birth_date, birth_year", "Every person has a birth_date or a birth_year."
    ),
    Rule("column_unknown", "note", _ALL, _ALL, "A column the contract does not know is left out."),
    Rule("column_twice", "error", _ALL, _ALL, "A column name occurs once (after renaming)."),
    Rule("ragged_row", "error", _ALL, "", "A row has as many fields as the header."),
    Rule("unclosed_quote", "error", _ALL, "", "A quotation mark that opens a field also closes it."),
    Rule("line_break", "warning", _ALL, "", "A quoted field holds no line break."),
    Rule("blank_row", "note", _ALL, "", "A row whose fields are all empty is passed over."),
    Rule("merged_cells", "error", _ALL, "", "No cells of a sheet are merged."),
    Rule("column_unnamed", "error", _ALL, "", "A column of a sheet that holds values has a name."),
    Rule("formula_value", "error", _ALL, "", "A formula of a sheet has been calculated, and to no error."),
    Rule("wrong_type", "error", _ALL, _ALL, "A column has the type of the contract (typed files, tables in memory)."),
)
_VALUES = (
    Rule(
        "cpr_number", "error", _ALL, _ALL, "No column holds CPR numbers (more than half of its values look like one)."
    ),
    Rule("id_as_number", "warning", _ALL, "ids", "Ids are stored as text, so that leading zeros stay."),
    Rule("id_rounded", "error", _ALL, "ids", "An id stored as a number is whole and has at most 15 digits."),
    Rule("value_missing", "error", _ALL, "see columns", "A column that must be filled has no empty cell."),
    Rule("value_absent", "warning", _ALL, "see columns", "A column that should be filled has no empty cell."),
    Rule(
        "read_as_unknown", "note", _ALL, "see columns", "An empty cell is read as the code unknown or not_registered."
    ),
    Rule("unknown_code", "error", _ALL, "codes, flags", "A code is one of the listed codes."),
    Rule("not_icd10", "error", "diagnoses", "diagnosis", "A diagnosis is an ICD-10 code."),
    Rule("sks_prefix", "note", "diagnoses", "diagnosis", "The leading D of Danish SKS codes (DC50) is taken off."),
    Rule("bad_number", "error", _ALL, "counts, amounts", "A number is a number; a count is whole."),
    Rule(
        "number_format",
        "error",
        _ALL,
        "amounts",
        "One decimal mark a column, no thousands marks unless the mapping states them.",
    ),
    Rule("out_of_range", "error", _ALL, "counts", "A count lies in its range."),
    Rule(
        "bad_date",
        "error",
        _ALL,
        "dates",
        "A date is an existing day, written 2011-03-04 or 4-3-2011, 4/3/2011, 4.3.2011.",
    ),
    Rule("two_digit_year", "error", _ALL, "dates", "A year has four digits."),
    Rule("date_formats_mixed", "error", _ALL, "dates", "All dates of a column are written in one way."),
    Rule(
        "date_order_undecided",
        "error",
        _ALL,
        "dates",
        "Some day above 12 shows which number is the day, or the mapping states it.",
    ),
    Rule("month_first", "error", _ALL, "dates", "Month-first dates are stated in the mapping."),
    Rule(
        "date_out_of_range",
        "error",
        _ALL,
        "dates",
        f"A date is not before {LIMITS.year_min} and not a stand-in such as 9999-12-31.",
    ),
    Rule("time_dropped", "note", _ALL, "dates", "A time of day is dropped."),
    Rule(
        "after_extract_date",
        "error",
        _ALL,
        "dates",
        "No date lies after the extract date, days of planned appointments and days on which forms are due aside.",
    ),
    Rule("income_negative", "error", "persons", "income", "Income is not negative."),
    Rule(
        "income_implausible", "warning", "persons", "income", f"Income is at most {LIMITS.income_max:,.0f} DKK a year."
    ),
    Rule(
        "not_cancer",
        "warning",
        "diagnoses",
        "diagnosis",
        "A diagnosis is a cancer: C00-C97, or D09, D30, D32, D33, D35, D41-D47.",
    ),
)
_KEYS = (
    Rule("duplicate_person", "error", "persons", "person_id", "A person is one row."),
    Rule("duplicate_key", "error", "all but persons", "key", "The key of a table occurs once."),
    Rule("orphan_id", "error", "all but denominators", "person_id", "The person is a row of persons."),
    Rule(
        "parent_unknown",
        "warning",
        "referrals",
        "parent_referral_id",
        "The referral it came from is a row of referrals.",
    ),
    Rule(
        "person_without_diagnosis",
        "warning",
        "persons",
        "person_id",
        "A patient has a diagnosis (relatives need none).",
    ),
)
_TIME = (
    Rule("birth_disagrees", "error", "persons", "birth_year", "birth_date and birth_year say the same year."),
    Rule("death_before_birth", "error", "persons", "death_date", "Death is not before birth."),
    Rule("emigration_after_death", "warning", "persons", "emigration_date", "Emigration is not after death."),
    Rule(
        "impossible_age",
        "error",
        "persons",
        "birth_date, birth_year",
        f"Age at every diagnosis is 0 to {LIMITS.age_max} years.",
    ),
    Rule(
        "education_after_diagnosis",
        "warning",
        "persons",
        "education_as_of",
        "Education was looked up by the first cancer diagnosis, C44 aside.",
    ),
    Rule("diagnosis_after_death", "error", "diagnoses", "diagnosis_date", "A diagnosis is not after death."),
    Rule(
        "diagnosis_after_emigration", "warning", "diagnoses", "diagnosis_date", "A diagnosis is not after emigration."
    ),
    Rule(
        "needs_assessed_after_death",
        "warning",
        "diagnoses",
        "needs_assessed_on",
        "A needs assessment is not after death.",
    ),
    # letters arrive late: it is counted here and never as a referral of the person's
    Rule("referral_after_death", "warning", "referrals", "received_on", "A referral is not after death."),
    Rule("referral_after_emigration", "warning", "referrals", "received_on", "A referral is not after emigration."),
    Rule(
        "referral_before_diagnosis",
        "warning",
        "referrals",
        "received_on",
        f"A referral is not before the first cancer diagnosis, C44 aside (up to {LIMITS.days_before_diagnosis} days).",
    ),
    Rule(
        "referral_long_before_diagnosis",
        "warning",
        "referrals",
        "received_on",
        f"A referral is at most {LIMITS.days_before_diagnosis} days before the first cancer diagnosis, C44 aside.",
    ),
    Rule("referral_without_diagnosis", "warning", "referrals", "person_id", "A referred patient has a diagnosis."),
    Rule(
        "referral_outside_registration",
        "warning",
        "referrals",
        "received_on",
        "A referral lies in the registration period of extract.yaml.",
    ),
    Rule(
        "passed_on_before_received",
        "warning",
        "referrals",
        "parent_referral_id",
        "A referral is not passed on before it was received.",
    ),
    Rule("discharged_after_death", "warning", "referrals", "discharged_on", "Discharge is not after death."),
    Rule("stay_ends_before_it_begins", "error", "residences", "to", "A stay does not end before it begins."),
    Rule(
        "stays_overlap",
        "warning",
        "residences",
        "from",
        "A stay begins after stays of the same person in other municipalities have ended (the day of moving is both).",
    ),
    Rule(
        "residence_disagrees",
        "warning",
        "diagnoses",
        "municipality",
        "Where there are residences, a stay in the municipality of a diagnosis holds its day.",
    ),
)
_CELLS = (
    Rule("bad_period", "error", "denominators", "period", "A period is a year, 2009, or two, 2009-2010."),
    Rule("bad_age_group", "error", "denominators", "age_group", "An age group is written 30-49, 75+ or under 30."),
    Rule(
        "cells_overlap",
        "error",
        "denominators",
        "period, age_group",
        "Two periods, or two age groups, are the same or have no year of age or calendar in common.",
    ),
)
_COURSES = (
    Rule(
        "course_unknown",
        "error",
        "appointments, forms",
        "course_id",
        "The course is a row of courses, where there are any.",
    ),
    Rule(
        "referral_course_unknown",
        "warning",
        "referrals",
        "course_id",
        "The course is a row of courses, where there are any.",
    ),
    Rule(
        "course_of_another", "error", "referrals, appointments, forms", "course_id", "The course is the same person's."
    ),
    Rule("closed_before_opened", "error", "courses", "closed_on", "A course is not closed before it was opened."),
    Rule("closed_on_missing", "warning", "courses", "closed_on", "A course with a reason for closing has its day."),
    Rule("course_after_death", "warning", "courses", "opened_on", "A course is not opened after death."),
    Rule(
        "died_without_date",
        "warning",
        "courses",
        "close_reason",
        "A person whose course death closed has a death_date.",
    ),
    Rule(
        "course_outside_registration",
        "warning",
        "courses",
        "opened_on",
        "A course is opened in the registration period of extract.yaml, where that is stated.",
    ),
)
_APPOINTMENTS = (
    Rule("attended_after_death", "error", "appointments", "date", "An attended appointment is not after death."),
    Rule(
        "appointment_after_death",
        "warning",
        "appointments",
        "date",
        "An appointment that nobody cancelled or moved is not after death (attendance aside).",
    ),
    Rule(
        "appointment_after_emigration",
        "warning",
        "appointments",
        "date",
        "An appointment that nobody cancelled or moved is not after emigration.",
    ),
    Rule("booked_after_date", "warning", "appointments", "booked_on", "An appointment is booked by its day."),
    Rule(
        "still_planned",
        "warning",
        "appointments",
        "status",
        "An appointment before the extract date is not planned any more.",
    ),
    Rule(
        "appointment_without_course",
        "warning",
        "appointments",
        "course_id",
        "Where there are courses, an appointment belongs to one.",
    ),
    Rule(
        "appointment_before_referral",
        "warning",
        "appointments",
        "date",
        "An appointment is not before the person's first referral.",
    ),
    Rule(
        "appointment_without_referral",
        "warning",
        "appointments",
        "person_id",
        "A patient with appointments has a referral (relatives need none).",
    ),
    Rule(
        "attended_before_course",
        "note",
        "appointments",
        "date",
        "An attended appointment is not before its course was opened.",
    ),
    Rule(
        "appointment_outside_registration",
        "warning",
        "appointments",
        "date",
        "An appointment lies in the registration period of extract.yaml, where that is stated.",
    ),
    # registers book with a status in place: who never changes it has nobody who stayed away
    Rule(
        "status_never_edited",
        "warning",
        "appointments",
        "status",
        f"Of a kind booked beforehand with at least {LIMITS.edited_min} past appointments, some are not attended.",
    ),
)
_FORMS = (
    Rule("returned_before_given", "error", "forms", "returned_on", "A form does not come back before it was given."),
    Rule(
        "returned_never_given", "warning", "forms", "given_on", "A form that came back was given (it counts as given)."
    ),
    Rule("returned_after_death", "error", "forms", "returned_on", "A form does not come back after death."),
    Rule("given_after_death", "warning", "forms", "given_on", "A form is not given after death."),
    Rule(
        "due_after_death", "note", "forms", "due_on", "A form is not due after death (the person is then not missed)."
    ),
    Rule(
        "form_before_diagnosis",
        "warning",
        "forms",
        "given_on",
        "A form is not given before the first cancer diagnosis, C44 aside.",
    ),
    Rule(
        "form_outside_registration",
        "warning",
        "forms",
        "due_on",
        "A form is due in the registration period of extract.yaml, where that is stated.",
    ),
    Rule(
        "due_by_baseline",
        "error",
        "forms",
        "due_on",
        "A later form is due after the baseline form of the same person and instrument.",
    ),
    Rule("unknown_scale", "error", "forms", "scale", "The scale of a known instrument is one of its scales."),
    Rule("score_out_of_range", "error", "forms", "score", "The score of a known scale lies in its range."),
    Rule(
        "score_without_scale",
        "warning",
        "forms",
        "score",
        "A score of a known instrument names its scale (else it is not used).",
    ),
    Rule("score_never_returned", "warning", "forms", "returned_on", "A form with a score came back."),
    Rule(
        "returned_without_score",
        "warning",
        "forms",
        "score",
        "A form that came back has a score, or answers enough for one.",
    ),
    Rule(
        "score_disagrees",
        "warning",
        "forms",
        "score",
        f"A score is the one its answers give, within {LIMITS.score_points} points ({LIMITS.score_index} of the EQ-5D "
        "index).",
    ),
    # a register that makes the row when the form comes back has nobody who was never given one
    Rule(
        "forms_never_missed",
        "warning",
        "forms",
        "returned_on",
        f"Of a form due from at least {LIMITS.edited_min} persons by the extract date, some did not come back.",
    ),
    Rule("unknown_item", "error", "items", "item", "The item of a known instrument is one of its items."),
    Rule("answer_out_of_range", "error", "items", "answer", "The answer to a known item is one it can have."),
    Rule(
        "instrument_unknown",
        "note",
        "items",
        "instrument",
        "Answers are scored of instruments known here, qlq_c30 and eq_5d_5l (others are not used).",
    ),
    Rule("answer_without_form", "warning", "items", "answer", "An answer belongs to a form that came back."),
)

RULES: tuple[Rule, ...] = _FOLDER + _SHAPE + _VALUES + _KEYS + _TIME + _CELLS + _COURSES + _APPOINTMENTS + _FORMS
SEVERITY_OF: dict[str, str] = {rule.name: rule.severity for rule in RULES}


def rules_markdown() -> str:
    """`RULES` as a Markdown table: rule, severity, table, column, what it says."""
    lines = ["| rule | severity | table | column | what it says |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {r.name} | {r.severity} | {r.table or 'folder'} | {r.column} | {r.says} |" for r in RULES]
    return "\n".join(lines)
