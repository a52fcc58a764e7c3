"""A small valid extract, and ways to write it to a folder as somebody's files."""

import pandas as pd
import pytest

META = """\
extract_date: 2013-06-30
source: "invented for the tests"
synthetic: true
registration:
  referrals: {registered_from: 2009-01-01, registered_to: 2012-12-31}
"""


def valid_tables() -> dict[str, pd.DataFrame]:
    """Six persons with seven diagnoses and four referrals as texts; obeys every rule without a single finding."""
    persons = pd.DataFrame(
        [
            ["p01", "female", "1950-03-14", "1950", "basic", "2006-10-01", "182000.5", "true", "0", "retired", "1"]
            + ["danish", "patient", "2011-05-20", ""],
            ["p02", "male", "1948-12-31", "1948", "long_higher", "2006-10-01", "412000.25", "false", "0", "", "0"]
            + ["western", "patient", "", ""],
            ["p03", "female", "1971-01-25", "1971", "short_or_medium_higher", "2007-10-30", "305500", "true", "2", "", "0"]
            + ["danish", "patient", "", "2012-11-30"],
            ["p04", "male", "1939-07-17", "1939", "unknown", "2007-10-30", "150000", "false", "", "retired", "3"]
            + ["non_western", "patient", "2010-02-28", ""],
            ["p05", "female", "1962-09-09", "1962", "upper_secondary_or_vocational", "2008-10-01", "", "", "1", "", ""]
            + ["danish", "patient", "", ""],
            ["p06", "male", "1955-06-21", "1955", "basic", "2008-10-01", "0", "true", "0", "", "2", "", "relative", "", ""],
        ],
        columns=[
            *("person_id", "sex", "birth_date", "birth_year", "education", "education_as_of", "income", "cohabiting"),
            *("children_at_home", "labour_market", "comorbidity", "origin", "role", "death_date", "emigration_date"),
        ],
    )
    diagnoses = pd.DataFrame(
        [
            ["p01", "2008-02-29", "C50", "101", "mamma", "2008-03-20"],
            ["p01", "2010-11-30", "C34.1", "101", "lunge", ""],
            ["p02", "2009-05-13", "C61", "101", "", ""],
            ["p03", "2010-01-15", "C509", "101", "mamma", "2010-01-25"],
            ["p03", "2010-01-15", "D09", "147", "mamma", ""],
            ["p04", "2009-08-19", "C18", "101", "", ""],
            ["p05", "2011-10-31", "C81", "147", "", ""],
        ],
        columns=["person_id", "diagnosis_date", "diagnosis", "municipality", "department", "needs_assessed_on"],
    )
    referrals = pd.DataFrame(
        [
            ["r1", "p01", "2010-12-24", "hospital", "rehabilitation_plan", "140", "lunge", "2010-12-20", "true"]
            + ["k1", "", "", ""],
            ["r2", "p02", "2009-06-15", "general_practice", "other", "", "", "", "false", "", "", "", ""],
            ["r3", "p03", "2010-03-16", "hospital", "referral", "", "mamma", "2010-03-14", "true", "k2", "", "", ""],
            ["r4", "p03", "2011-09-30", "other_municipal", "other", "", "", "", "true", "k3", "r3", "101", "147"],
        ],
        columns=[
            *("referral_id", "person_id", "received_on", "sender", "message", "legal_basis", "department"),
            *("discharged_on", "accepted", "course_id", "parent_referral_id", "from_municipality", "to_municipality"),
        ],
    )
    return {"persons": persons, "diagnoses": diagnoses, "referrals": referrals}


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


@pytest.fixture
def folder(tmp_path):
    """A valid extract that has not been written yet."""
    return Folder(tmp_path / "extract")
