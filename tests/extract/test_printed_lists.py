"""Lists of data/published: each held to its contract, to the other lists, and to what the documents print."""

import pandas as pd
import pytest

from rehab_stats.extract import printed_lists
from rehab_stats.extract.printed_columns import CODES, COLUMNS, INDICATORS, LISTS, TRACKS
from rehab_stats.extract.printed_lists import list_offences, load_printed_list
from rehab_stats.extract.published_files import PUBLISHED, read_published
from rehab_stats.words import LANGUAGES, WORDS

ROWS = {
    "initiatives": 46,
    "initiative_rows": 63,
    "measures": 28,
    "target_groups": 14,
    "offers": 20,
    "municipal_offers": 42,
    "deadlines": 12,
    "principles": 27,
    "indicators": 5,
    "recommendations": 47,
    "contradictions": 31,
}


@pytest.mark.parametrize("name", LISTS)
def test_every_list_keeps_its_contract_and_says_where_each_row_stands(name):
    rows = load_printed_list(name)
    assert len(rows) == ROWS[name]
    assert rows["source"].str.len().gt(5).all()
    assert rows["place"].str.len().gt(5).all()


def test_every_column_is_described_and_every_description_used():
    used = {column for contract in LISTS.values() for column in contract.columns}
    assert used == set(COLUMNS)
    assert {column.rpartition(".")[2] for column in CODES} <= used


def test_the_page_names_every_file():
    page = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    assert [path.stem for path in PUBLISHED.glob("*.csv") if f"`{path.stem}`" not in page] == []


def test_twenty_four_initiatives_and_those_of_annex_3():
    initiatives, rows = load_printed_list("initiatives"), load_printed_list("initiative_rows")
    assert set(rows["initiative"]) == set(initiatives["initiative"])
    for annex in ("2", "3"):
        listed = set(initiatives.query(f"in_annex_{annex} == 'yes'")["initiative"])
        here = rows[rows["annex"] == annex]
        assert listed == set(here["initiative"])
        assert here["row"].tolist() == list(range(1, len(here) + 1))
    second = rows[rows["annex"] == "2"]
    assert second["category"].value_counts().to_dict() == {
        "dialogue_support": 17,
        "organisation": 11,
        "added_resource": 7,
    }
    assert second["initiative"].nunique() == 24


def test_rows_that_contradictions_name_are_those_of_the_annexes():
    rows = load_printed_list("initiative_rows").set_index(["annex", "row"])
    named = {("2", 4): "reception_guides", ("3", 26): "reception_guides", ("2", 31): "cultural_mediators"}
    named |= {("2", 16): "lifestyle_cafe", ("2", 23): "lifestyle_cafe", ("3", 22): "shared_agenda"}
    named |= {("2", 6): "living_with_cancer", ("2", 10): "living_with_cancer", ("3", 15): "value_wheel"}
    named |= {("2", 22): "family_360", ("2", 29): "family_360", ("2", 26): "cancer_rehabilitation_unit"}
    assert rows.loc[list(named), "initiative"].tolist() == list(named.values())


def test_measures_stand_in_the_five_tracks_and_only_those_of_access_are_known_as_planned():
    measures = load_printed_list("measures")
    boxes = measures[measures["part_of"] == "none"]
    assert boxes.groupby("track").size().to_dict() == dict(zip(TRACKS, (4, 5, 7, 5, 4), strict=True))
    assert set(measures["part_of"]) == {"none", "job_centre_cooperation"}
    assert set(measures.query("planned == 'yes'")["track"]) == {"referral_bridge"}


def test_crosses_of_table_2_by_hand():
    """Six, four, three, one, two, six and five crosses; the note says that all six offer exercise."""
    crosses = load_printed_list("municipal_offers").query("offered == 'yes'")
    assert crosses.groupby("offer", sort=False).size().tolist() == [6, 4, 3, 1, 2, 6, 5]


def test_doses_of_annex_e_as_printed():
    offers = load_printed_list("offers").set_index("offer")
    training = offers[(offers["group"] == "exercise")]
    assert training["sessions"].tolist() == [29] * 5
    assert training["sessions_a_week"].tolist() == [2, 2, 1, 2, 2]
    assert offers.loc["patient_education", ["sessions", "minutes"]].tolist() == [7, 150]
    assert offers.query("group == 'part'")["sessions"].tolist() == [30, 15, 5]
    assert offers["expected_persons"].notna().sum() == 12


def test_deadlines_as_printed():
    rows = load_printed_list("deadlines")
    printed = rows.groupby("deadline", sort=False)["days"].agg(list).to_dict()
    assert printed == {
        "first_contact": [5, 5, 10],
        "needs_assessment": [10],
        "onward_referral": [10],
        "executing_contact": [5, 5, 5],
        "extended_assessment": [5],
        "start": [10],
        "closing_evaluation": [1],
        "rehabilitation_plan_start": [7],
    }
    assert rows.set_index("deadline")["unit"].drop_duplicates().to_dict() == {
        "first_contact": "working_days",
        "closing_evaluation": "months",
        "rehabilitation_plan_start": "calendar_days",
    }
    assert rows.query("force == 'aim'")["deadline"].tolist() == ["needs_assessment", "start"]
    assert rows.query("certainty != 'SEED'")["deadline"].tolist() == ["rehabilitation_plan_start"]


def test_principles_groups_and_recommendations_are_all_there():
    kinds = load_printed_list("principles").groupby("kind", sort=False).size().to_dict()
    assert kinds == {"principle": 6, "placement": 6, "target_group": 4, "minimum_standard": 11}
    kinds = load_printed_list("target_groups").groupby("kind", sort=False).size().to_dict()
    assert kinds == {"group": 3, "whole": 1, "factor": 10}
    kinds = load_printed_list("recommendations").groupby(["report", "kind"]).size().to_dict()
    assert kinds == {
        ("advisory_board", "recommendation"): 26,
        ("advisory_board", "theme"): 5,
        ("equality_project", "recommendation"): 4,
        ("leaflet", "activity"): 10,
        ("leaflet", "perspective"): 2,
    }


def test_what_is_sorted_here_is_said_to_be_judged_here():
    for name in ("initiatives", "measures", "recommendations", "indicators", "target_groups"):
        assert load_printed_list(name)["judgement"].str.startswith("judged here: ").all()
    sorted_ = [load_printed_list(name)["indicator"] for name in ("initiatives", "measures", "recommendations")]
    used = set(pd.concat(sorted_)) | set(load_printed_list("indicators")["indicator"])
    assert used == set(INDICATORS)


def test_codes_that_tables_show_have_words_in_both_languages():
    shown = ("acts_on", "track", "indicator", "category", "subcategory", "force", "actor", "unit", "planned", "report")
    missing = [f"{column}={code}" for column in shown for code in CODES[column] if f"{column}={code}" not in WORDS]
    assert missing == []
    assert all(len(WORDS[f"{column}={code}"]) == len(LANGUAGES) for column in shown for code in CODES[column])


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("days", "five", "days is no number in row 2"),
        ("force", "must", "force is not one of required, aim in row 2"),
        ("place", "", "place is empty in row 2"),
        ("place", "section 8.9, Henvisning til hjemkommune", "deadline and place is there twice in row 2"),
    ],
)
def test_an_offence_is_named_with_its_row(column, value, said):
    text = read_published("deadlines")
    text.loc[1, column] = value
    assert list_offences("deadlines", text) == [said]


def test_a_judgement_that_is_nobodys_and_a_column_too_many_are_named():
    text = read_published("measures")
    text.loc[0, "judgement"] = "works well"
    assert list_offences("measures", text) == ["judgement says not whose it is in row 1"]
    assert list_offences("measures", text.assign(more=""))[0].startswith("columns are measure_id, ")


def test_a_list_that_breaks_its_contract_is_refused(monkeypatch):
    text = read_published("offers").assign(sex="men")
    monkeypatch.setattr(printed_lists, "read_published", lambda name: text)
    with pytest.raises(
        ValueError, match=r"data/published/offers.csv: sex is not one of any, female, male in row 1, 2,"
    ):
        load_printed_list("offers")


def test_an_unknown_list_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="no printed list 'initiative'; did you mean 'initiatives'"):
        load_printed_list("initiative")
