"""Warnings and notes on forms and items, and answers and scores held against each other."""

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest

from rehab_stats.extract.columns import OCCASION, cast_to_contract
from rehab_stats.extract.contract import ContractError, ExtractMeta, validate_tables
from rehab_stats.extract.files.reader import load_extract
from rehab_stats.extract.form_rules import ITEMS, SCALES
from rehab_stats.extract.rules import Limits

META = ExtractMeta(
    pd.Timestamp("2013-06-30"), "by hand", True, {"referrals": (pd.Timestamp("2009-01-01"), pd.Timestamp("2012-12-31"))}
)


@pytest.fixture
def tables(valid_extract):
    """The tables of the small valid extract, free to be changed."""
    return {name: valid_extract[name] for name in valid_extract}


def found_in(tables, meta=META, **stated) -> list[tuple[str, str, str, tuple[int, ...]]]:
    """Everything found, errors or not: table, column, rule, rows."""
    try:
        found = validate_tables(tables, meta, **stated)
    except ContractError as error:
        found = error.offences
    return [tuple(row) for row in found[["table", "column", "rule", "rows"]].itertuples(index=False)]


def change(frame: pd.DataFrame, row: int, **cells) -> None:
    for column, value in cells.items():
        is_date = str(frame[column].dtype).startswith("datetime")
        frame.loc[row, column] = pd.Timestamp(value) if is_date else value


@pytest.mark.parametrize(
    ("row", "cells", "column", "rule"),
    [
        (0, {"returned_on": "2011-01-17"}, "", ""),  # back on the day it was given
        (0, {"given_on": None}, "given_on", "returned_never_given"),
        (0, {"returned_on": "2011-05-20"}, "", ""),  # the day of death
        (1, {"given_on": "2011-05-20"}, "", ""),
        (1, {"given_on": "2011-05-21"}, "given_on", "given_after_death"),
        (1, {"due_on": "2011-05-21"}, "due_on", "due_after_death"),
        (1, {"due_on": "2011-05-20"}, "", ""),
        (4, {"given_on": "2010-01-14"}, "given_on", "form_before_diagnosis"),
        (4, {"given_on": "2010-01-15"}, "", ""),  # the day of the diagnosis
        (0, {"course_id": None}, "", ""),
        (3, {"due_on": "2010-03-30"}, "", ""),  # the day after the baseline form was due
        (3, {"score": 66.7}, "returned_on", "score_never_returned"),
        (4, {"score": np.nan}, "score", "returned_without_score"),
        (4, {"score": -1e6}, "", ""),  # nobody knows the range of a walk
        (5, {"score": 0.8}, "score", "score_without_scale"),
        (2, {"score": np.nan}, "", ""),  # its answers are enough
        (2, {"score": 66.1}, "score", "score_disagrees"),  # 66.67 by its answers
        (2, {"score": 67.1}, "", ""),
        (6, {"returned_on": "2013-06-30", "given_on": "2013-06-30"}, "score", "returned_without_score"),
    ],
)
def test_of_forms(tables, row, cells, column, rule):
    change(tables["forms"], row, **cells)
    assert found_in(tables) == ([("forms", column, rule, (row + 2,))] if rule else [])


@pytest.mark.parametrize(
    ("row", "cells", "column", "rule"),
    [
        (1, {"instrument": "hads", "item": "1"}, "instrument", "instrument_unknown"),
        (1, {"occasion": "end"}, "", ""),  # a blank form of 30 rows may lie beside one that did not come back
        (1, {"occasion": "end", "answer": 5}, "answer", "answer_without_form"),
        (12, {"occasion": "follow_up"}, "answer", "answer_without_form"),
    ],
)
def test_of_items(tables, row, cells, column, rule):
    change(tables["items"], row, **cells)
    assert found_in(tables) == ([("items", column, rule, (row + 2,))] if rule else [])


def test_a_form_that_came_back_needs_answers_enough(tables):
    items = tables["items"]
    change(items, 0, answer=None)  # 29 and 30 of the first person: global health was all there was
    change(items, 8, answer=None)  # one of five dimensions: the mark is a score still
    assert found_in(tables) == [("forms", "score", "returned_without_score", (2,))]
    change(items, 12, answer=None)
    assert found_in(tables) == [("forms", "score", "returned_without_score", (2, 7))]
    del tables["items"]
    assert found_in(tables) == [("forms", "score", "returned_without_score", (2, 7))]


def test_scores_by_scale_stand_for_the_whole_questionnaire(tables):
    del tables["items"]
    beside = tables["forms"].iloc[[0]].assign(scale="FA", score=33.3)
    tables["forms"] = pd.concat([tables["forms"], beside], ignore_index=True)
    assert found_in(tables) == [("forms", "score", "returned_without_score", (7,))]  # the EQ-5D without answers


def test_the_index_may_differ_by_a_hundredth(tables):
    forms = tables["forms"]
    change(forms, 5, scale="index", score=1 - 0.033 - 0.094 + 0.0099)
    assert found_in(tables) == []
    change(forms, 5, score=1 - 0.033 - 0.094 + 0.0101)
    assert found_in(tables) == [("forms", "score", "score_disagrees", (7,))]
    assert found_in(tables, limits=Limits(score_index=0.02)) == []
    change(forms, 5, scale="vas", score=70.5)
    assert found_in(tables) == []
    change(forms, 5, score=70.6)
    assert found_in(tables) == [("forms", "score", "score_disagrees", (7,))]


def test_without_the_days_of_giving_or_return_nothing_is_said_of_them(tables):
    for column in ("given_on", "returned_on", "course_id"):
        tables["forms"] = tables["forms"].drop(columns=column)
        assert found_in(tables) == []


def test_a_later_form_is_due_after_its_own_scale_or_else_its_instrument(tables):
    forms = tables["forms"]
    change(forms, 3, due_on="2010-03-29")
    assert found_in(tables) == [("forms", "due_on", "due_by_baseline", (5,))]
    change(forms, 3, scale="FA")  # no baseline of this scale: that of the questionnaire counts
    assert found_in(tables) == [("forms", "due_on", "due_by_baseline", (5,))]
    change(forms, 3, instrument="eq_5d_5l", scale="vas")  # of another instrument
    assert found_in(tables) == []
    change(forms, 3, instrument="qlq_c30", scale="FA", occasion="baseline", due_on="2010-05-01")
    assert found_in(tables) == []
    later = forms.iloc[[3]].assign(occasion="end", due_on=pd.Timestamp("2010-04-30"))
    tables["forms"] = pd.concat([forms, later], ignore_index=True).astype(forms.dtypes)
    assert found_in(tables) == [("forms", "due_on", "due_by_baseline", (9,))]


@pytest.mark.parametrize(
    ("period", "rows"),
    [(("2010-03-30", None), (4,)), (("2009-01-01", "2011-04-16"), (3, 7)), (("2010-03-29", "2011-11-14"), ())],
)
def test_forms_outside_their_registration(tables, period, rows):
    meta = ExtractMeta(
        META.extract_date,
        "by hand",
        True,
        {**META.registration, "forms": tuple(day and pd.Timestamp(day) for day in period)},
    )
    assert found_in(tables, meta) == ([("forms", "due_on", "form_outside_registration", rows)] if rows else [])


def many(number: int, *, occasion="baseline", instrument="walk", scales=("",)) -> pd.DataFrame:
    """Forms of as many persons, all returned, with a row per scale."""
    persons = np.repeat([f"q{place}" for place in range(number)], len(scales))
    rows = {"person_id": persons, "instrument": instrument, "scale": list(scales) * number, "occasion": occasion}
    frame = pd.DataFrame(rows).assign(due_on=pd.Timestamp("2011-03-01"), returned_on=pd.Timestamp("2011-03-02"))
    return cast_to_contract("forms", frame.assign(given_on=frame["due_on"], score=50.0))


def population(forms: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Persons, diagnoses and a referral for these forms."""
    ids = forms["person_id"].unique()
    persons = pd.DataFrame({"person_id": ids, "sex": "female", "birth_year": 1950, "education": "basic"})
    cancer = {"person_id": ids, "diagnosis_date": pd.Timestamp("2011-01-15"), "diagnosis": "C50", "municipality": "101"}
    referral = {"referral_id": "r1", "person_id": ids[:1], "received_on": pd.Timestamp("2011-02-01")}
    made = {
        "persons": persons,
        "diagnoses": pd.DataFrame(cancer),
        "referrals": pd.DataFrame(referral).assign(sender="hospital", accepted=True),
    }
    return {name: cast_to_contract(name, frame) for name, frame in made.items()} | {"forms": forms}


def test_a_form_nobody_ever_missed_is_said_per_instrument_and_occasion():
    tables = population(
        pd.concat([many(20), many(19, occasion="follow_up"), many(20, instrument="grip")], ignore_index=True)
    )
    change(tables["forms"], 58, returned_on=None, score=np.nan)
    tables["forms"]["due_on"] += pd.to_timedelta((tables["forms"]["occasion"] == "follow_up").astype(int), unit="D")
    found = validate_tables(tables, META).to_dict("records")
    assert [(each["rule"], each["count"], each["rows"]) for each in found] == [
        ("forms_never_missed", 20, (2, 3, 4, 5, 6))
    ]
    assert found[0]["message"].endswith("perhaps not registered: 'walk' baseline.")
    (found,) = validate_tables(tables, META, limits=Limits(edited_min=19)).to_dict("records")
    assert found["message"].endswith(": 'walk' baseline, 'walk' follow_up.")


def test_rows_of_scales_are_no_persons_and_what_is_to_come_was_not_missed():
    tables = population(many(19, scales=("a", "b")))
    assert found_in(tables) == []
    tables = population(many(20))
    change(tables["forms"], 3, due_on="2013-07-01", given_on=None, returned_on=None, score=np.nan)
    assert found_in(tables) == []  # nineteen are past
    assert found_in(tables, limits=Limits(edited_min=19))[0][2] == "forms_never_missed"


def test_two_whole_questionnaires_are_one_too_many(tables):
    tables["forms"] = pd.concat([tables["forms"], tables["forms"].iloc[[0, 2]]], ignore_index=True)
    assert found_in(tables) == [("forms", "", "duplicate_key", (2, 4, 9, 10))]


def test_unknown_names_are_said_with_the_nearest_of_their_instrument(tables):
    change(tables["forms"], 2, scale="PF")
    change(tables["forms"], 5, scale="VAS")
    change(tables["items"], 3, item="usual activities")
    change(tables["items"], 9, item="q3")
    with pytest.raises(ContractError) as caught:
        validate_tables(tables, META)
    said = str(caught.value)
    assert "no such scale: 'VAS' (nearest: vas) of eq_5d_5l, 'PF' (nearest: PF2) of qlq_c30." in said
    assert "no such item: 'q3' of eq_5d_5l, 'usual activities' of qlq_c30." in said


def test_a_name_with_many_digits_is_not_repeated(tables):
    change(tables["items"], 3, item="010150-1234")
    change(tables["items"], 4, instrument="010150-1234")
    with pytest.raises(ContractError) as caught:
        validate_tables(tables, META)
    assert "010150" not in str(caught.value)
    assert "999999-9999" in str(caught.value)


def test_order_of_rows_changes_nothing(tables):
    change(tables["forms"], 2, score=10.0)
    change(tables["items"], 12, occasion="follow_up")
    before = [found[:3] for found in found_in(tables)]
    assert [found[2] for found in found_in(tables)] == ["answer_without_form", "score_disagrees"]
    turned = {name: frame.iloc[::-1] for name, frame in tables.items()}
    assert [found[:3] for found in found_in(turned)] == before


def test_forms_and_items_are_read_as_the_contract_has_them(folder):
    folder.meta += "  forms: {registered_from: 2010-01-01}\n"
    extract = load_extract(folder.write())
    assert extract.findings.empty
    forms = extract["forms"]
    assert forms["scale"].isna().tolist() == [True, True, False, False, True, True, True]
    assert list(forms["occasion"].cat.categories) == list(OCCASION)
    assert forms["occasion"].cat.ordered
    assert forms["due_on"].max() == pd.Timestamp("2013-09-01")  # not yet due on the extract date
    assert extract.registered("forms") == (pd.Timestamp("2010-01-01"), pd.Timestamp("2013-06-30"))
    assert extract["items"]["answer"].isna().sum() == 1


NUMBERED = {"person_id": ["p03"] * 5, "instrument": "qlq_c30", "occasion": "baseline", "answer": [1, 2, 3, 2, 2]}


@pytest.mark.parametrize("stored", ["int64", "float64", "Int64", "category"])
@pytest.mark.parametrize("kind", ["parquet", "xlsx", "duckdb", "memory"])
def test_items_stored_as_numbers_are_read_as_text(folder, kind, stored):
    frame = pd.DataFrame(NUMBERED).assign(item=pd.array([1, 2, 3, 4, 5])).astype({"item": stored})
    folder.tables["forms"] = folder.tables["forms"].iloc[2:3]
    del folder.tables["items"]
    path = folder.write()
    if kind == "parquet":
        frame.to_parquet(path / "items.parquet")
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        for row in [list(frame), *frame.astype(object).to_numpy().tolist()]:
            book.active.append(row)
        book.save(path / "items.xlsx")
    elif kind == "duckdb":
        plain = frame.astype({"item": "int64"}) if stored == "category" else frame
        with duckdb.connect(str(path / "items.duckdb")) as connection:
            connection.execute("CREATE TABLE items AS SELECT * FROM plain")
            assert len(plain) == 5
    if kind == "memory":
        items = cast_to_contract("items", frame)
    else:
        extract = load_extract(path)
        assert extract.findings.empty
        items = extract["items"]
    assert list(items["item"]) == ["1", "2", "3", "4", "5"]
    assert str(items["item"].dtype) == "string"


def test_places_are_those_of_the_instruments():
    assert len(SCALES) == 17
    assert len(ITEMS) == 36
    assert ("qlq_c30", "30") in ITEMS
