"""A small valid extract, and ways to write it to a folder as somebody's files."""

import io

import openpyxl
import pandas as pd
import pytest

from rehab_stats.extract.contract import Extract, ExtractMeta, cast_to_contract
from rehab_stats.extract.files.reader import load_extract

META = """\
extract_date: 2013-06-30
source: "invented for the tests"
synthetic: true
registration:
  referrals: {registered_from: 2009-01-01, registered_to: 2012-12-31}
"""

COURSES = {
    "course_id": ["k1", "k2", "k3", "k4"],
    "person_id": ["p01", "p03", "p03", "p05"],
    "municipality": ["101", "101", "147", "147"],
    "opened_on": ["2011-01-03", "2010-03-18", "2011-10-05", "2011-11-14"],
    "closed_on": ["2011-05-20", "2010-09-30", "", "2011-11-25"],
    "close_reason": ["died", "completed", "", "declined"],
    "decline_reason": ["", "", "", "back at work"],
}
APPOINTMENTS = {
    "appointment_id": ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"],
    "person_id": ["p01", "p01", "p01", "p01", "p03", "p03", "p03", "p03"],
    "course_id": ["k1", "k1", "k1", "k1", "k2", "k2", "k2", "k3"],
    "booked_on": ["", "", "2011-01-03", "2011-04-17", "2010-03-18", "2010-03-29", "2010-03-29", "2011-10-14"],
    "date": [
        "2010-12-29",
        "2011-01-03",
        "2011-01-17",
        "2011-05-21",  # the day after the death, and cancelled
        "2010-03-29",
        "2010-04-12",
        "2010-04-20",
        "2011-11-30",
    ],
    "kind": [
        "contact_attempt",
        "first_contact",
        "interview",
        "exercise",
        "interview",
        "exercise",
        "patient_education",
        "closing_talk",
    ],
    "mode": ["phone", "phone", "centre", "centre", "home", "centre", "", "video"],
    "format": ["", "individual", "individual", "group", "individual", "group", "group", "individual"],
    "offer": ["", "", "", "hold 1", "", "hold 1", "", ""],
    "profession": ["", "nurse", "nurse", "physiotherapist", "social_worker", "physiotherapist", "", ""],
    "status": [
        "no_show",
        "attended",
        "attended",
        "cancelled_by_centre",
        "attended",
        "no_show",
        "rescheduled",
        "not_registered",
    ],
    "provider_municipality": ["", "", "", "", "", "", "", "147"],
}
FORMS = {
    "person_id": ["p01", "p01", "p03", "p03", "p03", "p05", "p05"],
    "course_id": ["k1", "k1", "k2", "k2", "", "k4", "k4"],
    "instrument": ["qlq_c30", "qlq_c30", "qlq_c30", "qlq_c30", "six_minute_walk", "eq_5d_5l", "eq_5d_5l"],
    "scale": ["", "", "PF2", "PF2", "", "", ""],
    "occasion": ["baseline", "end", "baseline", "follow_up", "baseline", "baseline", "follow_up"],
    "due_on": [
        "2011-01-17",
        "2011-04-17",  # never given
        "2010-03-29",
        "2010-06-29",  # not returned
        "2010-03-30",
        "2011-11-14",
        "2013-09-01",  # not yet due
    ],
    "given_on": ["2011-01-17", "", "2010-03-29", "2010-06-30", "2010-03-30", "2011-11-14", ""],
    "returned_on": ["2011-01-18", "", "2010-04-02", "", "2010-03-30", "2011-11-16", ""],
    "score": ["", "", "66.7", "", "412.25", "", ""],
}
ITEMS = {
    "person_id": ["p01", "p01", "p03", "p03", "p03", "p03", "p03", "p05", "p05", "p05", "p05", "p05", "p05"],
    "instrument": [*["qlq_c30"] * 7, *["eq_5d_5l"] * 6],
    "occasion": ["baseline"] * 13,
    "item": [
        *("29", "30", "1", "2", "3", "4", "5"),
        *("mobility", "self_care", "usual_activities", "pain", "anxiety", "vas"),
    ],
    "answer": ["5", "", "1", "2", "3", "2", "2", "1", "1", "2", "3", "1", "70"],
}


def valid_tables() -> dict[str, pd.DataFrame]:
    """Six persons with diagnoses, referrals, stays, courses, appointments, forms, and three cells; all text, sound."""
    persons = {
        "person_id": ["p01", "p02", "p03", "p04", "p05", "p06"],
        "sex": ["female", "male", "female", "male", "female", "male"],
        "birth_date": ["1950-03-14", "1948-12-31", "1971-01-25", "1939-07-17", "1962-09-09", "1955-06-21"],
        "birth_year": ["1950", "1948", "1971", "1939", "1962", "1955"],
        "education": [
            "basic",
            "long_higher",
            "short_or_medium_higher",
            "unknown",
            "upper_secondary_or_vocational",
            "basic",
        ],
        "education_as_of": ["2006-10-01", "2006-10-01", "2007-10-30", "2007-10-30", "2008-10-01", "2008-10-01"],
        "income": ["182000.5", "412000.25", "305500", "150000", "", "0"],
        "cohabiting": ["true", "false", "true", "false", "", "true"],
        "children_at_home": ["0", "0", "2", "", "1", "0"],
        "labour_market": ["retired", "", "", "retired", "", ""],
        "comorbidity": ["1", "0", "0", "3", "", "2"],
        "origin": ["danish", "western", "danish", "non_western", "danish", ""],
        "role": ["patient", "patient", "patient", "patient", "patient", "relative"],
        "death_date": ["2011-05-20", "", "", "2010-02-28", "", ""],
        "emigration_date": ["", "", "2012-11-30", "", "", ""],
    }
    diagnoses = {
        "person_id": ["p01", "p01", "p02", "p03", "p03", "p04", "p05"],
        "diagnosis_date": [
            "2008-02-29",
            "2010-11-30",
            "2009-05-13",
            "2010-01-15",
            "2010-01-15",
            "2009-08-19",
            "2011-10-31",
        ],
        "diagnosis": ["C50", "C34.1", "C61", "C509", "D09", "C18", "C81"],
        "municipality": ["101", "101", "101", "101", "147", "101", "147"],
        "department": ["mamma", "lunge", "", "mamma", "mamma", "", ""],
        "needs_assessed_on": ["2008-03-20", "", "", "2010-01-25", "", "", ""],
        "need": ["high", "", "", "low", "", "", ""],
    }
    referrals = {
        "referral_id": ["r1", "r2", "r3", "r4"],
        "person_id": ["p01", "p02", "p03", "p03"],
        "received_on": ["2010-12-24", "2009-06-15", "2010-03-16", "2011-09-30"],
        "sender": ["hospital", "general_practice", "hospital", "other_municipal"],
        "message": ["rehabilitation_plan", "other", "referral", "other"],
        "legal_basis": ["140", "", "", ""],
        "department": ["lunge", "", "mamma", ""],
        "discharged_on": ["2010-12-20", "", "2010-03-14", ""],
        "accepted": ["true", "false", "true", "true"],
        "course_id": ["k1", "", "k2", "k3"],
        "parent_referral_id": ["", "", "", "r3"],
        "from_municipality": ["", "", "", "101"],
        "to_municipality": ["", "", "", "147"],
    }
    residences = {
        "person_id": ["p01", "p02", "p02", "p03", "p03", "p04", "p05"],
        "municipality": ["101", "147", "101", "101", "147", "101", "147"],
        "from": ["1990-05-01", "2001-02-03", "2005-11-30", "2008-01-15", "2010-01-15", "1939-07-17", "2011-10-31"],
        "to": ["2011-05-20", "2005-11-30", "", "2010-01-15", "2012-11-30", "2010-02-28", ""],
    }
    denominators = {
        "municipality": ["101", "101", "147"],
        "period": ["2009-2010", "2011", "2011"],
        "sex": ["female", "male", "female"],
        "age_group": ["30-49", "75+", "50-74"],
        "education": ["basic", "unknown", "long_higher"],
        "diagnosis_group": ["breast", "other", "lung"],
        "diagnosed": ["12", "0", "1400"],
    }
    tables = {
        "persons": persons,
        "diagnoses": diagnoses,
        "referrals": referrals,
        "residences": residences,
        "denominators": denominators,
        "courses": COURSES,
        "appointments": APPOINTMENTS,
        "forms": FORMS,
        "items": ITEMS,
    }
    return {name: pd.DataFrame(columns, dtype=object) for name, columns in tables.items()}


PERSON = {
    "sex": "female",
    "birth_date": "1950-06-15",
    "education": "basic",
    "income": 200_000,
    "cohabiting": True,
    "children_at_home": 0,
    "comorbidity": 1,
    "origin": "danish",
    "role": "patient",
    "death_date": None,
    "emigration_date": None,
}
DIAGNOSIS = {"diagnosis_date": "2010-06-15", "diagnosis": "C50.9", "municipality": "101", "department": "d1"}


def extract_of(*people, stays=()):
    """People as (person changes, diagnoses, days of referral): an extract of them, registration 2009-12.

    `stays` are (number of the person, municipality, from, to), if any.
    """
    persons, diagnoses, referrals = [], [], []
    for number, (changes, cancers, received) in enumerate(people):
        identity = {"person_id": f"p{number}"}
        persons.append(PERSON | identity | changes)
        diagnoses += [DIAGNOSIS | identity | cancer for cancer in cancers]
        for place, day in enumerate(received):
            accepted = not str(day).startswith("refused ")
            received_on = str(day).removeprefix("refused ")
            referrals.append(
                identity
                | {
                    "referral_id": f"r{number}-{place}",
                    "received_on": received_on,
                    "sender": "hospital",
                    "accepted": accepted,
                }
            )
    columns = ["person_id", "referral_id", "received_on", "sender", "accepted"]
    tables = {
        "persons": pd.DataFrame(persons),
        "diagnoses": pd.DataFrame(diagnoses),
        "referrals": pd.DataFrame(referrals, columns=columns),
    }
    if stays:
        rows = [(f"p{number}", *stay) for number, *stay in stays]
        tables["residences"] = pd.DataFrame(rows, columns=["person_id", "municipality", "from", "to"])
        tables["residences"] = tables["residences"].astype({"from": "datetime64[ns]", "to": "datetime64[ns]"})
    days = {"referrals": (pd.Timestamp("2009-01-01"), pd.Timestamp("2012-12-31"))}
    meta = ExtractMeta(pd.Timestamp("2013-06-30"), "by hand", True, days)
    return Extract({name: cast_to_contract(name, frame) for name, frame in tables.items()}, meta)


def cells_of(frame: pd.DataFrame) -> list[list]:
    """A frame as rows of plain Python cells under its names: days as dates, codes as text, missing as None."""
    columns = []
    for name in frame:
        values = frame[name].astype(object).where(frame[name].notna(), None)
        columns.append([value.date() if isinstance(value, pd.Timestamp) else value for value in values])
    return [list(frame.columns), *map(list, zip(*columns, strict=True))]


def as_workbook(**sheets: list[list]) -> bytes:
    """An Excel workbook of these sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


class Folder:
    """An extract on disk: change `tables`, `meta` or `extra`, then `write`."""

    def __init__(self, path):
        self.path = path
        self.tables = valid_tables()
        self.meta = META
        self.mapping = ""
        self.extra: dict[str, bytes] = {}

    def set(self, table: str, row: int, column: str, value: str) -> None:
        """Change one cell; `row` is the file's row number, the header being row 1."""
        self.tables[table].loc[row - 2, column] = value

    def write(self, *, encoding: str = "utf-8", sep: str = ",", lines: str = "\n"):
        """Write every table as CSV, extract.yaml and the extra files; an extra file replaces one of the same name."""
        self.path.mkdir(exist_ok=True)
        for name, frame in self.tables.items():
            text = frame.to_csv(index=False, sep=sep, lineterminator=lines)
            (self.path / f"{name}.csv").write_bytes(text.encode(encoding))
        if self.meta:
            (self.path / "extract.yaml").write_text(self.meta, encoding="utf-8")
        if self.mapping:
            (self.path / "mapping.yaml").write_text(self.mapping, encoding="utf-8")
        for name, data in self.extra.items():
            (self.path / name).write_bytes(data)
        return self.path


@pytest.fixture(scope="session")
def valid_extract(tmp_path_factory):
    """The small valid extract, read: once, as an extract is never changed and gives copies of its tables."""
    return load_extract(Folder(tmp_path_factory.mktemp("valid") / "extract").write())


@pytest.fixture
def folder(tmp_path):
    """A valid extract that has not been written yet."""
    return Folder(tmp_path / "extract")
