"""The tables of the printed evidence: nothing printed is lost, judgements are marked, no English is left in Danish."""

from __future__ import annotations

import re

import pytest

from rehab_stats.extract.mismatches import inconsistencies
from rehab_stats.extract.printed_columns import INDICATORS
from rehab_stats.extract.printed_lists import load_printed_list
from rehab_stats.extract.published import load_published
from rehab_stats.report.documents import Table
from rehab_stats.report.evidence_danish import danish, place_in
from rehab_stats.report.evidence_tables import (
    FORMULA,
    centre_measures_table,
    deadlines_table,
    evidence_sentences,
    inconsistencies_table,
    initiatives_table,
    principles_table,
    recommendations_table,
    shown_by,
    target_groups_table,
)
from rehab_stats.words import LANGUAGES

ENGLISH = re.compile(
    r"\b(the|of|is|are|not|none|and|with|from|judged|here|section|annex|table|row|rows|share|report|measure|working|days|"
    r"planned|known|printed|referred|received|offered|which|that|their|than|by|only|text|no)\b"
)
LISTS = ("initiatives", "measures", "recommendations", "target_groups", "deadlines", "principles")


def all_tables(language: str) -> dict[str, Table]:
    read = {name: load_printed_list(name) for name in (*LISTS, "initiative_rows")}
    says = {"language": language}
    return {
        "initiatives": initiatives_table(read["initiatives"], read["initiative_rows"], **says),
        "measures": centre_measures_table(read["measures"], load_published("equality_reports"), **says),
        "recommendations": recommendations_table(read["recommendations"], **says),
        "target_groups": target_groups_table(read["target_groups"], **says),
        "deadlines": deadlines_table(read["deadlines"], **says),
        "principles": principles_table(read["principles"], **says),
        "inconsistencies": inconsistencies_table(inconsistencies(), read["deadlines"], **says),
    }


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[str, Table]]:
    return {language: all_tables(language) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_printed_row_has_a_line_and_every_cell_that_needs_words_has_them(tables, language):
    for name, table in tables[language].items():
        printed = inconsistencies() if name == "inconsistencies" else load_printed_list(name)
        assert len(table.body) == len(printed) == len(table.data)
        empty = [column for column in table.body if (table.body[column] == "").any()]
        assert set(empty) <= {"Note", "Bemærkning"}, name
        assert set(table.words) == set(table.body)
        assert "_" not in " ".join([table.title, *table.groups, *table.body.columns])


def test_danish_tables_hold_no_english_words(tables):
    for name, table in tables["da"].items():
        parts = [table.title, *table.groups, *table.notes, *table.body.columns, *table.body.to_numpy().ravel()]
        words = " ".join(parts)
        found = set(ENGLISH.findall(words.lower())) - {"by", "that"}
        assert found == set(), name


def test_every_text_of_the_files_that_a_danish_table_shows_has_danish():
    deadlines, principles = load_printed_list("deadlines"), load_printed_list("principles")
    found = inconsistencies().assign(note=lambda frame: frame["note"].str.replace(FORMULA, "", regex=True))
    texts = set(principles["aim_en"]) | set(load_printed_list("target_groups")["note"])
    texts |= set(deadlines[["from_en", "to_en", "note", "source"]].to_numpy().ravel()) | set(found["note"])
    other = found[~found["what"].str.contains("_|^municipalities$")]
    texts |= set(other[["source", "what", "printed", "from_parts"]].to_numpy().ravel())
    same = {text for text in texts if text and danish(text) == text}
    # the name of a thing that is one in both languages, and lengths of deadlines, which are put together
    assert {text for text in same if "working days (" not in text} == {"pilot"}


def test_judgements_are_marked_and_their_reasons_are_in_the_data(tables):
    for name in ("initiatives", "measures", "recommendations"):
        for language, marked in (("en", "(judged here)"), ("da", "(vurderet her)")):
            table = tables[language][name]
            heads = " ".join([*table.body.columns, *table.groups])
            assert heads.count(marked) >= 2
            assert table.data["judgement"].str.startswith("judged here: ").all()


def test_names_stay_danish_and_english_has_both(tables):
    danish_names = set(load_printed_list("initiatives")["name_da"])
    assert set(tables["da"]["initiatives"].body["Initiativ"]) == danish_names
    assert set(tables["en"]["initiatives"].body["Danish name"]) == danish_names


def test_both_lengths_of_the_first_contact_are_shown(tables):
    for language, five, ten in (("en", "5 working days", "10 working days"), ("da", "5 hverdage", "10 hverdage")):
        table = tables[language]["deadlines"]
        mine = [place for place, group in enumerate(table.groups) if group == table.groups[0]]
        lengths = set(table.body.iloc[mine, 1])
        assert lengths == {five, ten}
        assert {words for words in (five, ten) if words in table.groups[0]} == {five, ten}


def test_parts_of_a_measure_stand_below_it_and_what_is_not_known_is_said(tables):
    table = tables["en"]["measures"]
    names = list(table.body["Measure"])
    start = names.index("Cooperation with the employment administration")
    assert all(name.startswith("\N{EM SPACE}") for name in names[start + 1 : start + 4])
    assert set(table.body["Planned or parallel"]) == {
        "Planned by the project",
        "Not known whether planned or parallel",
    }
    numbers = load_published("equality_reports").set_index("quantity")["estimate"]
    counts = f"{numbers['measures_project']:.0f} and {numbers['measures_parallel']:.0f}"
    assert any(counts in note for note in table.notes)
    with pytest.raises(ValueError, match="measures_project and measures_parallel"):
        centre_measures_table(load_printed_list("measures"), load_published("centre"))


def test_both_sides_of_an_inconsistency_are_shown_with_how_it_was_calculated(tables):
    body = tables["en"]["inconsistencies"].body
    lines = body[body["What"] == "Initiatives that support the dialogue"].iloc[:, 1:3].to_numpy().tolist()
    assert lines == [
        ["16", "17 (rows counted)"],
        ["16", "15 (different ones counted)"],
        ["16", "17 (sum of the parts)"],
    ]
    assert not body["Note"].str.contains(r"By (?:sum|count|same)").any()
    danish_body = tables["da"]["inconsistencies"].body
    assert "660,8 (produktet af delene)" in set(danish_body.iloc[:, 2])


@pytest.mark.parametrize(
    ("indicator", "said"),
    [
        ("referral", "01 and 11: standardised_risks"),
        ("referral_gradient", "01"),
        ("mean_change", "03: mean_change"),
        ("deadline_share", "05: deadline_share"),
        ("none", "\N{EN DASH}"),
    ],
)
def test_where_an_indicator_is_follows_its_description(indicator, said):
    assert shown_by(indicator) == said


def test_every_indicator_but_none_is_somewhere():
    assert [code for code in INDICATORS if shown_by(code, "da") == "\N{EN DASH}"] == ["none"]


def test_sentences_count_the_lists():
    lists = [load_printed_list(name) for name in ("initiatives", "measures", "recommendations")]
    said = evidence_sentences(*lists)
    assert len(said) == 5
    for sentence, rows in zip([said[0], *said[2:4]], lists, strict=True):
        counts = [int(number) for number in re.findall(r"(?:referral|access|participation|effect) (\d+)", sentence)]
        assert sum(counts) == len(rows)
        assert f"{rows['indicator'].eq('none').sum()} of {len(rows)} have no indicator" in sentence
    assert "judged here" not in " ".join(evidence_sentences(*lists, language="da"))


def test_places_are_told_in_danish_and_names_in_them_stay():
    assert place_in("sections 1 to 8; annex 2, rows 4 and 5", "da") == "afsnit 1 til 8; bilag 2, række 4 og 5"
    assert place_in("section Lige adgang - oversigt over tiltag", "da") == ("afsnit Lige adgang - oversigt over tiltag")
    assert place_in("section 8.5; data/published/initiative_rows.csv", "da").endswith("initiative_rows.csv")
    assert place_in("annex 2", "en") == "annex 2"


def test_numbers_get_a_decimal_comma():
    assert danish("660.8") == "660,8"
    assert danish("660.8", "en") == "660.8"
