"""The contract on tables in memory, the page that states it, and the extract as an object."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.columns import TABLES, cast_to_contract, columns_markdown, contract_dtypes
from rehab_stats.extract.contract import RULES, ContractError, Extract, ExtractMeta, Limits, validate_tables
from rehab_stats.extract.files.mapping import read_mapping
from rehab_stats.extract.offences import Offences, list_codes, nearest
from rehab_stats.extract.rules import SEVERITIES, rules_markdown
from rehab_stats.extract.settings import read_meta

PAGE = (Path(__file__).parents[2] / "data" / "CONTRACT.md").read_text(encoding="utf-8")


@pytest.fixture
def extract(valid_extract):
    """The small valid extract, read."""
    return valid_extract


@pytest.fixture
def tables(extract):
    """Its tables, free to be changed."""
    return {name: extract[name] for name in extract}


def rules_broken(tables, meta, **stated) -> list[tuple[str, str, str, int, tuple[int, ...]]]:
    """Everything found in tables, errors or not."""
    try:
        found = validate_tables(tables, meta, **stated)
    except ContractError as error:
        found = error.offences
    return [tuple(row) for row in found[["table", "column", "rule", "count", "rows"]].itertuples(index=False)]


def test_page_holds_the_columns_and_rules_of_the_code():
    assert columns_markdown() in PAGE
    assert rules_markdown() in PAGE


def test_examples_on_the_page_obey_their_own_rules():
    meta, mapping = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    offences = Offences()
    assert read_meta(meta.encode(), offences=offences).extract_date == pd.Timestamp("2013-06-30")
    assert read_mapping(mapping.encode(), name="mapping.yaml", offences=offences).day_first
    assert offences.found == []


def test_every_rule_is_named_once_and_has_a_severity():
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    assert {rule.severity for rule in RULES} == set(SEVERITIES)


def test_valid_tables_have_no_findings(extract, tables):
    assert validate_tables(tables, extract.meta).empty


def test_input_is_not_changed(extract, tables):
    before = {name: frame.copy() for name, frame in tables.items()}
    tables["persons"].loc[0, "death_date"] = pd.Timestamp("2007-01-01")
    before["persons"].loc[0, "death_date"] = pd.Timestamp("2007-01-01")
    with pytest.raises(ContractError):
        validate_tables(tables, extract.meta)
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_wrong_types_are_named_and_the_rest_is_still_checked(extract, tables):
    persons = tables["persons"]
    tables["persons"] = persons.assign(
        sex=persons["sex"].astype(str), birth_year=persons["birth_year"].astype(float), income=-persons["income"]
    )
    assert rules_broken(tables, extract.meta) == [
        ("persons", "sex", "wrong_type", 6, ()),
        ("persons", "birth_year", "wrong_type", 6, ()),
        ("persons", "income", "income_negative", 4, (2, 3, 4, 5)),
    ]


def test_category_in_another_order_is_another_type(extract, tables):
    reordered = tables["persons"]["education"].cat.reorder_categories(
        list(reversed(contract_dtypes("persons")["education"].categories)), ordered=True
    )
    tables["persons"]["education"] = reordered
    assert [rule for _, _, rule, *_ in rules_broken(tables, extract.meta)] == ["wrong_type"]


def test_missing_values_ranges_and_unknown_tables_in_memory(extract, tables):
    tables["persons"].loc[2, ["sex", "children_at_home"]] = [None, 21]
    tables["persons"].loc[3, ["birth_date", "birth_year", "education"]] = [pd.NaT, pd.NA, None]
    tables["referrals"].loc[1, "accepted"] = pd.NA
    tables["refferals"] = tables["referrals"]
    assert rules_broken(tables, extract.meta) == [
        ("persons", "sex", "value_missing", 1, (4,)),
        ("persons", "birth_date", "birth_missing", 1, (5,)),
        ("persons", "children_at_home", "out_of_range", 1, (4,)),
        ("persons", "education", "value_absent", 1, (5,)),
        ("referrals", "accepted", "value_absent", 1, (3,)),
        ("refferals", "", "file_ignored", 1, ()),
    ]


@pytest.mark.parametrize(
    ("table", "column"), [(name, column) for name in TABLES for column in ("", *TABLES[name].by_name)]
)
def test_any_table_may_be_empty_and_any_column_absent(extract, tables, table, column):
    tables[table] = tables[table].drop(columns=column) if column else tables[table].iloc[:0]
    required = not column or TABLES[table].by_name[column].required
    found = rules_broken(tables, extract.meta)
    assert ((table, column, "column_missing" if column else "table_empty") in [one[:3] for one in found]) == required
    # a relative without a role looks like a patient, a form without score or answers like one never filled in
    assert required or not found or column in ("role", "score")


def test_tables_missing_or_empty_in_memory(extract, tables):
    del tables["diagnoses"]
    tables["referrals"] = tables["referrals"].iloc[:0]
    assert [found[:3] for found in rules_broken(tables, extract.meta)] == [
        ("diagnoses", "", "table_missing"),
        ("referrals", "", "table_empty"),
        ("appointments", "person_id", "appointment_without_referral"),
    ]


@pytest.mark.parametrize(
    ("birth", "ages"), [("1900-01-16", 0), ("1900-01-15", 0), ("1899-01-16", 0), ("1899-01-15", 1)]
)
def test_age_of_110_is_possible_until_the_111th_birthday(extract, tables, birth, ages):
    tables["persons"].loc[2, "birth_date"] = pd.Timestamp(birth)  # diagnosed on 15 January 2010
    tables["persons"].loc[2, "birth_year"] = int(birth[:4])
    found = rules_broken(tables, extract.meta)
    assert found == [("persons", "birth_date", "impossible_age", 1, (4,))] * ages


@pytest.mark.parametrize(("year", "column"), [(1899, "birth_year"), (2011, "birth_year"), (1900, ""), (2010, "")])
def test_age_by_year_of_birth_alone(extract, tables, year, column):
    del tables["persons"]["birth_date"]
    tables["persons"].loc[2, "birth_year"] = year
    found = rules_broken(tables, extract.meta)
    assert found == ([("persons", column, "impossible_age", 1, (4,))] if column else [])


@pytest.mark.parametrize(
    ("received_on", "rule"),
    [
        ("2009-05-13", ""),  # the day of the diagnosis
        ("2009-05-12", "referral_before_diagnosis"),
        ("2009-02-12", "referral_before_diagnosis"),  # 90 days before
        ("2009-02-11", "referral_long_before_diagnosis"),
        ("2009-01-01", "referral_long_before_diagnosis"),
        ("2012-12-31", ""),
        ("2013-01-01", "referral_outside_registration"),
    ],
)
def test_days_of_a_referral(extract, tables, received_on, rule):
    tables["referrals"].loc[1, "received_on"] = pd.Timestamp(received_on)
    found = rules_broken(tables, extract.meta)
    assert found == ([("referrals", "received_on", rule, 1, (3,))] if rule else [])


@pytest.mark.parametrize(("code", "found"), [("C44.3", 0), ("D05.1", 0), ("C98", 0), ("C43", 1), ("D09", 1)])
def test_only_cancers_that_the_cohort_counts_are_first_diagnoses(extract, tables, code, found):
    # the second person, diagnosed on 13 May 2009 and referred on 15 June, has another diagnosis before
    earlier = tables["diagnoses"].loc[[2]].assign(diagnosis_date=pd.Timestamp("2009-05-01"), diagnosis=code)
    tables["diagnoses"] = pd.concat([tables["diagnoses"], earlier.astype(tables["diagnoses"].dtypes)])
    tables["referrals"].loc[1, "received_on"] = pd.Timestamp("2009-05-05")
    rules = [rule for _, _, rule, *_ in rules_broken(tables, extract.meta)]
    assert rules.count("referral_before_diagnosis") == 1 - found


@pytest.mark.parametrize(("column", "broken"), [("death_date", "after_death"), ("emigration_date", "after_emigration")])
@pytest.mark.parametrize("day", [0, 1])
def test_events_on_the_last_day_are_possible(extract, tables, column, broken, day):
    last = pd.Timestamp("2009-05-13")  # the day of the second person's diagnosis; the referral is moved to it
    tables["persons"].loc[1, column] = last
    tables["diagnoses"].loc[2, "diagnosis_date"] = last + pd.Timedelta(days=day)
    tables["referrals"].loc[1, "received_on"] = last + pd.Timedelta(days=day)
    found = [rule for _, _, rule, *_ in rules_broken(tables, extract.meta)]
    assert found == [f"diagnosis_{broken}", f"referral_{broken}"][: 2 * day]


def test_limits_can_be_changed(extract, tables):
    tables["referrals"].loc[1, "received_on"] = pd.Timestamp("2009-05-01")
    (found,) = rules_broken(tables, extract.meta, limits=Limits(days_before_diagnosis=11))
    assert found[2] == "referral_long_before_diagnosis"


@pytest.mark.parametrize(
    ("table", "row", "changes", "expected"),
    [
        ("persons", 3, {"emigration_date": "2010-03-01"}, [("persons", "emigration_date", "emigration_after_death")]),
        (
            "persons",
            2,
            {"emigration_date": "2010-01-14"},
            [("diagnoses", "diagnosis_date", "diagnosis_after_emigration")],
        ),
        ("persons", 2, {"emigration_date": "2011-09-29"}, [("referrals", "received_on", "referral_after_emigration")]),
        (
            "persons",
            1,
            {"education_as_of": "2009-05-14"},
            [("persons", "education_as_of", "education_after_diagnosis")],
        ),
        ("persons", 1, {"income": 5_000_001.0}, [("persons", "income", "income_implausible")]),
        ("persons", 5, {"role": "patient"}, [("persons", "person_id", "person_without_diagnosis")]),
        (
            "diagnoses",
            5,
            {"needs_assessed_on": "2010-03-01"},
            [("diagnoses", "needs_assessed_on", "needs_assessed_after_death")],
        ),
        ("diagnoses", 5, {"diagnosis": "D05"}, [("diagnoses", "diagnosis", "not_cancer")]),
        ("diagnoses", 5, {"diagnosis": "C98"}, [("diagnoses", "diagnosis", "not_cancer")]),
        ("referrals", 0, {"discharged_on": "2011-05-21"}, [("referrals", "discharged_on", "discharged_after_death")]),
        ("referrals", 3, {"parent_referral_id": "r9"}, [("referrals", "parent_referral_id", "parent_unknown")]),
        (
            "referrals",
            3,
            {"received_on": "2010-03-15"},
            [("referrals", "parent_referral_id", "passed_on_before_received")],
        ),
        ("referrals", 1, {"person_id": "p06"}, []),  # a relative may be referred
        ("residences", 2, {"from": "2005-11-29"}, [("residences", "from", "stays_overlap")]),
        ("residences", 1, {"to": "2005-11-30"}, []),  # the day of moving belongs to both
        ("residences", 0, {"to": "2010-11-29"}, [("diagnoses", "municipality", "residence_disagrees")]),
        ("residences", 0, {"to": "2010-11-30"}, []),
        ("residences", 6, {"from": "2011-11-01"}, [("diagnoses", "municipality", "residence_disagrees")]),
    ],
)
def test_warnings(extract, tables, table, row, changes, expected):
    for column, value in changes.items():
        is_date = str(tables[table][column].dtype).startswith("datetime")
        tables[table].loc[row, column] = pd.Timestamp(value) if is_date else value
    findings = validate_tables(tables, extract.meta)
    found = [row for row in findings[["table", "column", "rule"]].itertuples(index=False, name=None)]
    assert [one for one in expected if one in found] == expected
    assert bool(found) == bool(expected)
    assert set(findings["severity"]) <= {"warning"}


def test_referral_of_a_patient_without_diagnosis(extract, tables):
    tables["diagnoses"] = tables["diagnoses"].drop(index=2)
    found = {(rule, rows) for _, _, rule, _, rows in rules_broken(tables, extract.meta)}
    assert found == {("person_without_diagnosis", (3,)), ("referral_without_diagnosis", (3,))}


def test_cpr_numbers_in_memory(extract, tables):
    tables["persons"]["labour_market"] = pd.array([f"010150123{i}" for i in range(6)], dtype="string")
    tables["persons"]["nr"] = np.arange(101501234, 101501240)  # stored as a number: the leading zero is gone
    found = rules_broken(tables, extract.meta)
    assert [(column, rule) for _, column, rule, *_ in found] == [
        ("labour_market", "cpr_number"),
        ("nr", "cpr_number"),
        ("nr", "column_unknown"),
    ]


def test_row_order_changes_no_count(extract, tables):
    tables["persons"].loc[0, "death_date"] = pd.Timestamp("2008-01-01")
    before = {found[:4] for found in rules_broken(tables, extract.meta)}
    shuffled = {name: frame.iloc[::-1] for name, frame in tables.items()}
    assert {found[:4] for found in rules_broken(shuffled, extract.meta)} == before


def test_extract_gives_copies_and_refuses_unknown_names(extract):
    persons = extract["persons"]
    persons.loc[0, "sex"] = "male"
    assert extract["persons"].loc[0, "sex"] == "female"
    assert "persons" in extract
    assert "interviews" not in extract
    with pytest.raises(KeyError, match="no table 'interviews'"):
        extract["interviews"]
    with pytest.raises(TypeError):
        extract.tables["persons"] = None


def test_extract_in_memory_needs_only_tables_and_meta(tables):
    meta = ExtractMeta(pd.Timestamp("2013-06-30"), "test", True, {"referrals": (pd.Timestamp("2009-01-01"), None)})
    extract = Extract(tables, meta)
    assert extract.findings.empty
    assert list(extract) == list(TABLES)


def test_cast_to_contract_casts_orders_and_leaves_out():
    frame = pd.DataFrame({"extra": [1], "education": ["basic"], "person_id": ["a"], "children_at_home": [2]})
    cast = cast_to_contract("persons", frame)
    assert {name: str(dtype) for name, dtype in cast.dtypes.items()} == {
        "person_id": "string",
        "education": "category",
        "children_at_home": "Int64",
    }
    with pytest.raises(ValueError, match="no table named 'person'"):
        cast_to_contract("person", frame)


def test_stays_overlap_only_with_another_municipality_and_only_the_later_is_named(extract, tables):
    stays = tables["residences"]
    long = stays.loc[[2]].assign(**{"from": pd.Timestamp("2000-01-01"), "to": pd.Timestamp("2006-01-01")})
    tables["residences"] = pd.concat([stays, long], ignore_index=True).astype(stays.dtypes)
    assert rules_broken(tables, extract.meta) == [("residences", "from", "stays_overlap", 1, (3,))]
    del tables["residences"]
    assert rules_broken(tables, extract.meta) == []


def test_every_column_of_the_contract_has_a_meaning():
    assert all(column.says.endswith(".") for table in TABLES.values() for column in table.columns)


@pytest.mark.parametrize(
    ("word", "found"), [("femal", "female"), ("FEMALE", "female"), ("f", "female"), ("", ""), ("zzz", "")]
)
def test_nearest(word, found):
    assert nearest(word, ("female", "male")) == found


def test_very_many_unknown_codes_are_not_shown():
    assert list_codes([f"anna{i}" for i in range(21)]) == "21 different values, not shown because there are so many"
    assert list_codes([f"code{i}" for i in range(7)]) == "'code0', 'code1', 'code2', 'code3', 'code4' and 2 more"


def test_every_test_that_the_source_cites_is_there():
    root = Path(__file__).parents[2]
    cited = {
        (file.name, path)
        for file in (root / "rehab_stats").rglob("*.py")
        for path in re.findall(r"tests/[\w/]+\.\w+", file.read_text(encoding="utf-8"))
    }
    assert len(cited) > 5
    assert [where for where in sorted(cited) if not (root / where[1]).is_file()] == []
