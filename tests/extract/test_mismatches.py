"""Inconsistencies of the printed evidence: the list is exact, a new one fails here and a vanished one too."""

from rehab_stats.extract.mismatches import INCONSISTENCY_COLUMNS, inconsistencies
from rehab_stats.extract.printed_lists import load_printed_list

NUMBERS = [
    ("need_total", "657", "660.8"),
    ("need_about", "650", "660.8"),
    ("deaths_about", "750", "739"),
    ("expected_exercise_mixed", "677", "660.8"),
    ("patient_education_annex_d", "6", "7"),
    ("pilot_assessed_total", "16", "15"),
    ("pilot_onwards_herlev", "0", "1"),
    ("pilot_onwards_total", "9", "7"),
    ("pilot_last_month_table", "1", "2"),
    ("municipalities", "6", "5"),
    ("counselling_weeks", "88", "134.795"),
    ("measures_text", "21", "25"),
    ("initiatives_dialogue", "16", "17"),
    ("initiatives_dialogue", "16", "15"),
    ("initiatives_dialogue", "16", "17"),
    ("initiatives_by_category", "34", "35"),
]


def test_exactly_these_numbers_and_this_deadline_do_not_agree():
    found = inconsistencies()
    numbers = found.iloc[: len(NUMBERS)]
    assert list(zip(numbers["what"], numbers["printed"], numbers["from_parts"], strict=True)) == NUMBERS
    deadline, rest = found.iloc[len(NUMBERS)], found.iloc[len(NUMBERS) + 1 :]
    assert deadline["what"] == "deadline first_contact"
    assert deadline["printed"].startswith("5 working days (section 8.9")
    assert deadline["from_parts"] == "10 working days (annex H, Sagsbehandlingsfrister)"
    assert rest["what"].tolist() == load_printed_list("contradictions")["what"].tolist()


def test_every_row_has_both_sides_a_source_and_places():
    found = inconsistencies()
    assert tuple(found.columns) == INCONSISTENCY_COLUMNS
    for column in ("source", "place", "what", "printed", "from_parts"):
        assert found[column].str.strip().ne("").all()
    assert (found["printed"] != found["from_parts"]).all()
    assert not found["source"].str.contains("calculated here").any()


def test_places_of_both_sides_are_named():
    found = inconsistencies().drop_duplicates("what").set_index("what")["place"]
    assert found["need_about"] == "section 8.5, text; section 8.5, table 3"
    assert found["measures_text"].endswith("; data/published/measures.csv")
    assert found["measures_text"].startswith("section Introduktion til gennemgang af resultater")


def test_what_the_documents_were_known_for_is_there():
    what = set(load_printed_list("contradictions")["what"])
    assert {"short education", "need of rehabilitation", "pilot", "offers of each municipality"} <= what
    assert {"minimum standards, professional standards, profiles of skills"} <= what
