"""The tables and columns of an extract: what each is called, what it holds and which codes it may hold.

One row of `TABLES` is one table, one `Column` one column. Everything else (reading, checking, the page
data/CONTRACT.md, the synthetic extract) is derived from here, so a column is described once.
"""

from __future__ import annotations

import pandas as pd

from rehab_stats.extract.kinds import KINDS, Column, Table

CANCER = r"C[0-8]\d|C9[0-7]|D(?:09|30|32|33|35|4[1-7])"
"""What an ICD-10 code of a cancer begins with: NORDCAN's "all sites" at three characters; C98 and C99 do not exist."""

NOT_COUNTED = ("C44",)
"""What the codes of cancers begin with that start no course of their own: non-melanoma skin cancer."""

EDUCATION = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher", "unknown")
SEX = ("female", "male")
ORIGIN = ("danish", "western", "non_western")
ROLE = ("patient", "relative")
SENDER = ("hospital", "general_practice", "job_centre", "other_municipal", "self", "unknown")
MESSAGE = ("rehabilitation_plan", "referral", "other")
NEED = ("low", "medium", "high")
CLOSE_REASON = ("completed", "declined", "not_reached", "moved", "died", "other")

CONTACT_KINDS = ("contact_attempt", "first_contact")
"""Appointments by which the centre reaches a person before the interview."""

SESSION_KINDS = (
    "assessment",
    "exercise",
    "patient_education",
    "diet",
    "occupational_therapy",
    "social_work",
    "psychology",
    "mindfulness",
    "relaxation",
    "memory",
    "follow_up",
    "closing_talk",
    "other",
)
"""Appointments of the programme itself: everything after the interview."""

APPOINTMENT_KIND = (*CONTACT_KINDS, "interview", *SESSION_KINDS)
MODE = ("centre", "home", "phone", "video")
FORMAT = ("group", "individual")
STATUS = (
    "planned",
    "attended",
    "no_show",
    "cancelled_by_person",
    "cancelled_by_centre",
    "rescheduled",
    "not_registered",
)

OCCASION = ("baseline", "end", "follow_up")
"""When a questionnaire is due: at the start, at the end of the course, and later."""

AGE_GROUPS = {"30-49": 30, "50-64": 50, "65-74": 65, "75+": 75}
"""Age group -> youngest age in it; those below 30 (only with a lower `age_min`) are a group of their own."""

DIAGNOSIS_GROUPS = {
    "breast": r"C50",
    "prostate": r"C61",
    "colorectal": r"C(18|19|20)",
    "lung": r"C(33|34)",
    "head_and_neck": r"C(0\d|1[0-4]|3[0-2])",
    "haematological": r"C(8[1-9]|9[0-6])",
}
"""Diagnosis group -> what the ICD-10 code begins with; all other cancers are `other`."""


def _person_id(says: str = "Pseudonym of the person; never a CPR number.") -> Column:
    return Column("person_id", "id", says, required=True, missing="error", private=True)


PERSONS = Table(
    "persons",
    "a person",
    (
        _person_id(),
        Column("sex", "code", "Sex.", required=True, codes=SEX, missing="error"),
        Column("birth_date", "date", "Date of birth. `birth_date` or `birth_year` must be given.", private=True),
        Column("birth_year", "count", "Year of birth.", low=1850, high=2100, private=True),
        Column(
            "education",
            "code",
            "Highest completed education: ISCED 0-2, 3-4, 5-6, 7-8, 9.",
            required=True,
            codes=EDUCATION,
            ordered=True,
            missing="unknown",
        ),
        Column("education_as_of", "date", "Day on which the education was looked up."),
        Column("income", "amount", "Disposable income a year, equivalised (DKK)."),
        Column("cohabiting", "flag", "Lives with a partner."),
        Column("children_at_home", "count", "Children living at home.", low=0, high=20),
        Column("labour_market", "text", "Attachment to the labour market (open code)."),
        Column("comorbidity", "count", "Charlson comorbidity index (points).", low=0, high=40),
        Column("origin", "code", "Origin.", codes=ORIGIN),
        Column("role", "code", "Patient or relative of a patient.", codes=ROLE),
        Column("death_date", "date", "Date of death; empty = alive on the extract date."),
        Column("emigration_date", "date", "Date of leaving the country; empty = has not left."),
    ),
    key=("person_id",),
)

DIAGNOSES = Table(
    "diagnoses",
    "a cancer diagnosis",
    (
        _person_id("The person diagnosed; must be a row of persons."),
        Column("diagnosis_date", "date", "Date of the diagnosis.", required=True, missing="error"),
        Column("diagnosis", "icd10", "ICD-10 code, such as C50 or C50.9.", required=True, missing="error"),
        Column(
            "municipality", "municipality", "Municipality of residence on that day.", required=True, missing="warning"
        ),
        Column("department", "text", "Hospital department (open code)."),
        Column("needs_assessed_on", "date", "Date of the needs assessment; empty = none is known."),
        Column(
            "need",
            "code",
            "Need for rehabilitation found at the needs assessment; empty = not assessed.",
            codes=NEED,
            ordered=True,
        ),
    ),
    key=("person_id", "diagnosis_date", "diagnosis"),
)

REFERRALS = Table(
    "referrals",
    "a referral received",
    (
        Column("referral_id", "id", "Pseudonym of the referral.", required=True, missing="error", private=True),
        _person_id("The person referred; must be a row of persons."),
        Column("received_on", "date", "Day the centre received it.", required=True, missing="error"),
        Column("sender", "code", "Who sent it.", required=True, codes=SENDER, missing="unknown"),
        Column("message", "code", "What kind of message it was.", codes=MESSAGE),
        Column("legal_basis", "text", "Paragraph it rests on (open code)."),
        Column("department", "text", "Hospital department that sent it (open code)."),
        Column("discharged_on", "date", "Day of discharge from hospital."),
        Column(
            "accepted", "flag", "The centre took it on; empty counts as not accepted.", required=True, missing="warning"
        ),
        Column("course_id", "id", "Pseudonym of the course it led to.", private=True),
        Column("parent_referral_id", "id", "The referral this one was passed on from.", private=True),
        Column("from_municipality", "municipality", "Municipality that passed it on."),
        Column("to_municipality", "municipality", "Municipality it was passed on to."),
    ),
    key=("referral_id",),
)

RESIDENCES = Table(
    "residences",
    "a stay in a municipality",
    (
        _person_id("The person who lived there; must be a row of persons."),
        Column(
            "municipality", "municipality", "Municipality of residence during the stay.", required=True, missing="error"
        ),
        Column("from", "date", "First day of the stay.", required=True, missing="error"),
        Column(
            "to", "date", "Last day of the stay, or the day of moving; empty = until a later stay begins, or still."
        ),
    ),
    key=("person_id", "municipality", "from"),
    required=False,
)

DENOMINATORS = Table(
    "denominators",
    "a cell of diagnosed persons, for those who hold only the referred",
    (
        Column(
            "municipality",
            "municipality",
            "Municipality of residence at the diagnosis.",
            required=True,
            missing="error",
        ),
        Column("period", "period", "Calendar years of the diagnosis.", required=True, missing="error"),
        Column("sex", "code", "Sex.", required=True, codes=SEX, missing="error"),
        Column("age_group", "ages", "Age at the diagnosis (whole years).", required=True, missing="error"),
        Column(
            "education",
            "code",
            "Highest completed education: ISCED 0-2, 3-4, 5-6, 7-8, 9.",
            required=True,
            codes=EDUCATION,
            ordered=True,
            missing="unknown",
        ),
        Column(
            "diagnosis_group",
            "code",
            "Group of the first cancer diagnosis, C44 aside.",
            required=True,
            codes=(*DIAGNOSIS_GROUPS, "other"),
            missing="error",
        ),
        Column(
            "diagnosed",
            "count",
            "Persons with a first cancer diagnosis, referred or not.",
            required=True,
            missing="error",
            low=0,
            high=10_000_000,
        ),
    ),
    key=("municipality", "period", "sex", "age_group", "education", "diagnosis_group"),
    required=False,
)

COURSES = Table(
    "courses",
    "a rehabilitation course",
    (
        Column("course_id", "id", "Pseudonym of the course.", required=True, missing="error", private=True),
        _person_id("The person whose course it is; must be a row of persons."),
        Column("municipality", "municipality", "Municipality that runs it.", required=True, missing="warning"),
        Column("opened_on", "date", "Day the course was opened.", required=True, missing="error"),
        Column("closed_on", "date", "Day the course was closed; empty = still open on the extract date."),
        Column("close_reason", "code", "Why it was closed; empty = open, or not stated.", codes=CLOSE_REASON),
        Column("decline_reason", "text", "Why the person declined, in the centre's own words (open code)."),
    ),
    key=("course_id",),
    required=False,
)

APPOINTMENTS = Table(
    "appointments",
    "a booked or made contact",
    (
        Column("appointment_id", "id", "Pseudonym of the appointment.", required=True, missing="error", private=True),
        _person_id("The person it was made with; must be a row of persons."),
        Column("course_id", "id", "The course it belongs to.", private=True),
        Column("booked_on", "date", "Day it was booked."),
        Column("date", "date", "Day it takes or took place, or should have.", required=True, missing="error"),
        Column("kind", "code", "What kind of contact it is.", required=True, codes=APPOINTMENT_KIND, missing="error"),
        Column("mode", "code", "Where or by what means.", codes=MODE),
        Column("format", "code", "In a group or alone.", codes=FORMAT),
        Column("offer", "text", "Name of the offer, such as of a team (open code)."),
        Column("profession", "text", "Profession of the one who met the person (open code)."),
        Column("status", "code", "What became of it.", required=True, codes=STATUS, missing="not_registered"),
        Column("provider_municipality", "municipality", "Municipality that provided it, where it is another's."),
    ),
    key=("appointment_id",),
    required=False,
)

FORMS = Table(
    "forms",
    "a questionnaire, or a scale of one, that was due",
    (
        _person_id("The person it was due for; must be a row of persons."),
        Column("course_id", "id", "The course it belongs to.", private=True),
        Column("instrument", "text", "Name of the questionnaire, such as qlq_c30.", required=True, missing="error"),
        Column(
            "scale",
            "text",
            "Name of the scale, such as PF2; empty = the whole questionnaire, scored from the table items.",
            required=True,
        ),
        Column(
            "occasion",
            "code",
            "What it was due for.",
            required=True,
            codes=OCCASION,
            ordered=True,
            missing="error",
        ),
        Column("due_on", "date", "Day it was due; may lie after the extract date.", required=True, missing="error"),
        Column("given_on", "date", "Day it was given to the person; empty = never given."),
        Column("returned_on", "date", "Day it came back; empty = not returned."),
        Column("score", "amount", "Score of the scale, in its own unit; empty = scored from items, or not scored."),
    ),
    key=("person_id", "instrument", "scale", "occasion"),
    required=False,
)

ITEMS = Table(
    "items",
    "an answer",
    (
        _person_id("The person who answered; must be a row of persons."),
        Column("instrument", "text", "Name of the questionnaire, such as qlq_c30.", required=True, missing="error"),
        Column(
            "occasion",
            "code",
            "What the questionnaire was due for.",
            required=True,
            codes=OCCASION,
            ordered=True,
            missing="error",
        ),
        Column("item", "text", "Number or name of the item, such as 29 or mobility.", required=True, missing="error"),
        Column("answer", "count", "The answer as coded; empty = not answered.", required=True, low=0, high=100),
    ),
    key=("person_id", "instrument", "occasion", "item"),
    required=False,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (PERSONS, DIAGNOSES, REFERRALS, RESIDENCES, DENOMINATORS, COURSES, APPOINTMENTS, FORMS, ITEMS)
}

#: Table -> the column whose day the registration period of extract.yaml is about.
DAY_OF = {"referrals": "received_on", "courses": "opened_on", "appointments": "date", "forms": "due_on"}


def contract_dtypes(table: str) -> dict[str, str | pd.CategoricalDtype]:
    """Column name -> pandas dtype of one table, in the contract's order.

    Raises ValueError for a table the contract does not know. Checked in tests/extract/test_contract.py.
    """
    if table not in TABLES:
        raise ValueError(f"There is no table named {table!r}; the contract has {', '.join(TABLES)}.")
    return {column.name: column.dtype for column in TABLES[table].columns}


def cast_to_contract(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A copy of a clean frame in the contract's dtypes and column order, for code that builds tables in memory.

    Columns the contract does not know are left out, optional columns that are absent stay absent. This casts and does
    not check: a code outside the contract becomes missing, so pass only values that obey it and call `validate_tables`
    after.
    """
    dtypes = contract_dtypes(table)
    kept = [name for name in dtypes if name in frame.columns]
    texts = {name: _whole_numbers(frame[name]) for name in kept if dtypes[name] == "string"}
    return frame[kept].assign(**texts).astype({name: dtypes[name] for name in kept}).reset_index(drop=True)


def _whole_numbers(values: pd.Series) -> pd.Series:
    """Numbers that are whole, without a decimal point: as text, item 29.0 is "29", as the reader has it."""
    if pd.api.types.is_float_dtype(values) and (values.isna() | (values % 1 == 0)).all():
        return values.astype("Int64")
    return values


def _empty(column: Column) -> str:
    """What an empty cell of the column means, in words."""
    if column.missing in column.codes:
        return f"read as `{column.missing}`, with a note"
    return column.missing or "allowed"


def columns_markdown() -> str:
    """`TABLES` as Markdown: a heading and a table of columns for every table of the contract."""
    parts = []
    for table in TABLES.values():
        parts += [f"### {table.name}: one row is {table.row}", ""]
        parts += [f"Key: {', '.join(table.key)}. {'Required' if table.required else 'Optional'}.", ""]
        parts += ["| column | required | holds | codes or range | empty cell | meaning |", "| --- " * 6 + "|"]
        parts += [_column_markdown(column) for column in table.columns]
        parts.append("")
    return "\n".join(parts).rstrip()


def _column_markdown(column: Column) -> str:
    bounds = f"{column.low:.0f} to {column.high:.0f}" if column.low is not None else ""
    codes = ", ".join(column.codes) + (" (low to high)" if column.ordered else "")
    required = "yes" if column.required else ""
    cells = (column.name, required, KINDS[column.kind], codes or bounds, _empty(column), column.says)
    return f"| {' | '.join(cells)} |"
