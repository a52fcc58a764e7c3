"""Warnings and notes on courses and appointments, and the period in which appointments are registered."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.columns import (
    APPOINTMENT_KIND,
    CONTACT_KINDS,
    SESSION_KINDS,
    STATUS,
    TABLES,
    cast_to_contract,
)
from rehab_stats.extract.contract import Extract, ExtractMeta, validate_tables
from rehab_stats.extract.files.reader import load_extract
from rehab_stats.extract.rules import SEVERITY_OF, Limits

START = pd.Timestamp("2009-01-01")


@pytest.fixture
def extract(valid_extract):
    """The small valid extract, read."""
    return valid_extract


@pytest.fixture
def tables(extract):
    """Its tables, free to be changed."""
    return {name: extract[name] for name in extract}


def found_in(tables, meta, **stated) -> list[tuple[str, str, str, tuple[int, ...]]]:
    """Warnings and notes: table, column, rule, rows."""
    found = validate_tables(tables, meta, **stated)
    return [tuple(row) for row in found[["table", "column", "rule", "rows"]].itertuples(index=False)]


def meta_with(**periods) -> ExtractMeta:
    days = {"referrals": (START, pd.Timestamp("2012-12-31"))}
    days |= {name: tuple(day and pd.Timestamp(day) for day in period) for name, period in periods.items()}
    return ExtractMeta(pd.Timestamp("2013-06-30"), "by hand", True, days)


def change(frame: pd.DataFrame, row: int, **cells) -> None:
    for column, value in cells.items():
        is_date = str(frame[column].dtype).startswith("datetime")
        frame.loc[row, column] = pd.Timestamp(value) if is_date else value


@pytest.mark.parametrize(
    ("row", "cells", "column", "rule"),
    [
        (3, {"status": "planned", "date": "2011-05-20"}, "status", "still_planned"),
        (3, {"status": "no_show"}, "date", "appointment_after_death"),
        (3, {"status": "not_registered"}, "date", "appointment_after_death"),
        (3, {"status": "rescheduled"}, "", ""),
        (3, {"status": "cancelled_by_person"}, "", ""),
        (3, {"status": "attended", "date": "2011-05-20"}, "", ""),  # the day of death
        (5, {"date": "2012-12-01"}, "date", "appointment_after_emigration"),
        (5, {"date": "2012-12-01", "status": "attended"}, "date", "appointment_after_emigration"),
        (5, {"date": "2012-12-01", "status": "cancelled_by_centre"}, "", ""),
        (5, {"date": "2012-11-30"}, "", ""),  # the day of leaving
        (5, {"booked_on": "2010-04-13"}, "booked_on", "booked_after_date"),
        (5, {"booked_on": "2010-04-12"}, "", ""),
        (5, {"course_id": None}, "course_id", "appointment_without_course"),
        (1, {"date": "2011-01-02"}, "date", "attended_before_course"),
        (0, {"date": "2010-12-24"}, "", ""),  # the day of the referral; nobody was reached before the course
        (0, {"date": "2010-12-23"}, "date", "appointment_before_referral"),
        (
            7,
            {"date": "2010-03-15", "booked_on": None},
            "date",
            "appointment_before_referral",
        ),  # before the first of two
    ],
)
def test_of_appointments(extract, tables, row, cells, column, rule):
    change(tables["appointments"], row, **cells)
    expected = [("appointments", column, rule, (row + 2,))] if rule else []
    assert found_in(tables, extract.meta) == expected


@pytest.mark.parametrize(
    ("row", "cells", "column", "rule"),
    [
        (0, {"closed_on": None}, "closed_on", "closed_on_missing"),
        (1, {"closed_on": "2010-03-18"}, "", ""),  # closed on the day it was opened
        (1, {"close_reason": "died"}, "close_reason", "died_without_date"),
        (1, {"close_reason": None}, "", ""),
        (0, {"opened_on": "2011-05-21", "closed_on": "2011-05-21"}, "opened_on", "course_after_death"),
        (0, {"opened_on": "2011-05-20"}, "", ""),
    ],
)
def test_of_courses(extract, tables, row, cells, column, rule):
    tables["appointments"] = tables["appointments"].iloc[4:]
    change(tables["courses"], row, **cells)
    assert found_in(tables, extract.meta) == ([("courses", column, rule, (row + 2,))] if rule else [])


def test_a_death_that_closed_a_course_is_missed_where_deaths_are_known(extract, tables):
    change(tables["persons"], 0, death_date=None)
    tables["appointments"] = tables["appointments"].iloc[4:]
    assert found_in(tables, extract.meta) == [("courses", "close_reason", "died_without_date", (2,))]
    del tables["persons"]["death_date"]
    assert found_in(tables, extract.meta) == []


def test_a_course_that_nobody_knows_may_be_named_by_a_referral(extract, tables):
    change(tables["referrals"], 3, course_id="k9")
    assert found_in(tables, extract.meta) == [("referrals", "course_id", "referral_course_unknown", (5,))]
    del tables["courses"]  # without courses nobody can tell
    assert found_in(tables, extract.meta) == []


def test_without_courses_no_appointment_needs_one(extract, tables):
    del tables["courses"]
    tables["appointments"]["course_id"] = None
    tables["appointments"] = cast_to_contract("appointments", tables["appointments"])
    assert found_in(tables, extract.meta) == []


@pytest.mark.parametrize(("role", "rule"), [("patient", "appointment_without_referral"), ("relative", "")])
def test_only_patients_need_a_referral(extract, tables, role, rule):
    change(tables["persons"], 5, role=role)
    change(tables["appointments"], 7, person_id="p06", course_id=None)
    rules = [found[2:] for found in found_in(tables, extract.meta) if found[0] == "appointments"]
    without = [("appointment_without_course", (9,))]
    assert rules == without + ([(rule, (9,))] if rule else [])


@pytest.mark.parametrize(
    ("period", "rows"),
    [
        (("2010-12-29", None), (6, 7, 8)),
        (("2010-12-30", None), (2, 6, 7, 8)),
        (("2009-01-01", "2011-05-20"), (5, 9)),
        (("2009-01-01", "2011-11-30"), ()),
    ],
)
def test_appointments_outside_their_registration(tables, period, rows):
    found = found_in(tables, meta_with(appointments=period))
    assert found == ([("appointments", "date", "appointment_outside_registration", rows)] if rows else [])


def test_planned_appointments_lie_ahead_of_registration_and_extract(tables):
    change(tables["persons"], 2, emigration_date=None)
    change(tables["appointments"], 7, date="2013-07-01", status="planned")
    assert found_in(tables, meta_with(appointments=("2009-01-01", "2012-12-31"))) == []
    change(tables["appointments"], 7, date="2013-06-30")  # on the day of the extract it may still be planned
    assert found_in(tables, meta_with()) == []
    found = found_in(tables, meta_with(appointments=("2009-01-01", "2012-12-31")))
    assert found == [("appointments", "date", "appointment_outside_registration", (9,))]
    change(tables["appointments"], 7, date="2013-06-29")
    assert found_in(tables, meta_with()) == [("appointments", "status", "still_planned", (9,))]


def test_courses_outside_their_registration(tables):
    found = found_in(tables, meta_with(courses=("2010-03-19", "2011-11-13")))
    assert found == [("courses", "opened_on", "course_outside_registration", (3, 5))]


def many(kinds, statuses) -> pd.DataFrame:
    """Appointments of the third person, one a row, in spring 2010."""
    rows = {
        "appointment_id": [f"b{number}" for number in range(len(kinds))],
        "person_id": "p03",
        "course_id": "k2",
        "date": pd.Timestamp("2010-04-01"),
        "kind": kinds,
        "status": statuses,
    }
    return cast_to_contract("appointments", pd.DataFrame(rows))


def test_a_status_never_edited_is_said_per_kind(extract, tables):
    kinds = ["exercise"] * 20 + ["diet"] * 20 + ["interview"] * 19 + ["first_contact"] * 30
    statuses = ["attended"] * 39 + ["no_show"] + ["attended"] * 49
    tables["appointments"] = many(kinds, statuses)
    (found,) = validate_tables(tables, extract.meta).to_dict("records")
    assert (found["rule"], found["count"], found["severity"]) == ("status_never_edited", 20, "warning")
    assert found["message"].endswith("the status was hardly ever changed: exercise.")
    found = validate_tables(tables, extract.meta, limits=Limits(edited_min=19)).to_dict("records")
    assert found[0]["message"].endswith(": interview, exercise.")
    assert found[0]["count"] == 39
    tables["appointments"] = many(kinds[1:], statuses[1:])
    assert validate_tables(tables, extract.meta).empty


def test_what_is_to_come_does_not_hide_a_status_never_edited(extract, tables):
    tables["appointments"] = many(["exercise"] * 21, ["attended"] * 20 + ["planned"])
    change(tables["persons"], 2, emigration_date=None)
    tables["appointments"]["date"] = extract.meta.extract_date  # what is done on that day is past
    change(tables["appointments"], 20, date="2014-01-01")
    assert found_in(tables, extract.meta) == [("appointments", "status", "status_never_edited", (2, 3, 4, 5, 6))]


def test_an_empty_status_is_not_registered_with_a_note(folder):
    folder.set("appointments", 3, "status", "")
    folder.set("appointments", 5, "status", "NA")
    extract = load_extract(folder.write())
    assert list(extract["appointments"]["status"][[1, 3]]) == ["not_registered"] * 2
    (found,) = extract.findings.query("rule == 'read_as_unknown'").to_dict("records")
    assert (found["column"], found["rows"]) == ("status", (3, 5))
    assert "read as the code not_registered" in found["message"]


def test_a_planned_appointment_after_the_extract_date_is_read(folder):
    folder.set("persons", 4, "emigration_date", "")
    folder.set("appointments", 9, "date", "2014-01-31")
    folder.set("appointments", 9, "status", "planned")
    extract = load_extract(folder.write())
    assert extract.findings.empty
    assert extract["appointments"]["date"].max() == pd.Timestamp("2014-01-31")


def test_registered_says_when_rows_are_seen(extract, tables):
    last = pd.Timestamp("2013-06-30")
    assert extract.registered() == extract.meta.registered() == (START, pd.Timestamp("2012-12-31"))
    assert extract.registered("appointments") == (pd.Timestamp("2010-03-29"), last)
    assert extract.registered("courses") == (pd.Timestamp("2010-03-18"), last)
    stated = Extract(tables, meta_with(appointments=("2009-02-01", None), courses=("2009-03-01", "2014-01-01")))
    assert stated.registered("appointments") == (pd.Timestamp("2009-02-01"), last)
    assert stated.registered("courses") == (pd.Timestamp("2009-03-01"), last)
    without = Extract({name: frame for name, frame in tables.items() if name != "courses"}, extract.meta)
    with pytest.raises(KeyError, match="no table 'courses'"):
        without.registered("courses")


def test_extract_yaml_states_the_registration_of_appointments(folder):
    folder.meta += "  appointments: {registered_from: 2010-01-01}\n"
    extract = load_extract(folder.write())
    assert extract.findings.empty
    assert extract.registered("appointments") == (pd.Timestamp("2010-01-01"), pd.Timestamp("2013-06-30"))
    assert extract.registered("courses")[0] == pd.Timestamp("2010-03-18")


def test_kinds_are_contacts_the_interview_and_sessions():
    assert set(APPOINTMENT_KIND) == {*CONTACT_KINDS, "interview", *SESSION_KINDS}
    assert len(APPOINTMENT_KIND) == len(set(APPOINTMENT_KIND)) == 16
    assert TABLES["appointments"].by_name["status"].missing in STATUS


def test_row_order_changes_no_count(extract, tables):
    change(tables["persons"], 0, death_date=None)
    change(tables["appointments"], 3, status="planned")
    change(tables["appointments"], 5, date="2012-12-01", booked_on="2012-12-02")
    change(tables["courses"], 1, close_reason="died", closed_on=None)
    before = found_in(tables, extract.meta)
    assert len(before) == 5
    rng = np.random.default_rng(3)
    shuffled = {name: frame.iloc[rng.permutation(len(frame))] for name, frame in tables.items()}
    assert sorted(one[:3] for one in found_in(shuffled, extract.meta)) == sorted(one[:3] for one in before)


def test_every_warning_and_note_here_is_tried():
    """Names of the rules that the cases above break, against the table of rules."""
    text = Path(__file__).read_text(encoding="utf-8")
    ours = {
        rule
        for rule, severity in SEVERITY_OF.items()
        if severity != "error" and ("course" in rule or "appointment" in rule or rule.startswith(("closed", "status")))
    }
    assert len(ours) >= 12
    assert [rule for rule in sorted(ours) if f'"{rule}"' not in text] == []
