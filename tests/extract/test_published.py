"""data/published: every number carries its source, and what follows from what is printed is what was noted."""

import math

import pandas as pd
import pytest

from rehab_stats.extract.printed_columns import LISTS
from rehab_stats.extract.published import CERTAINTIES, SOURCES, load_published, published_estimates, reconcile
from rehab_stats.extract.published_files import PUBLISHED
from rehab_stats.vocabulary import TIDY_COLUMNS

SIX = ("ballerup", "gladsaxe", "herlev", "roedovre", "furesoe", "egedal")
SENDERS = ("hospital", "general_practice", "other_municipal", "self", "unknown")
REASONS = ("not_relevant", "too_far", "other_course")

ADDED_ACROSS = [
    *("cases", "deaths", "prevalent", "need"),
    *("pilot_referred", "pilot_assessed", "pilot_declined", "pilot_onwards"),
    *(f"pilot_sender_{sender}" for sender in SENDERS),
    *(f"pilot_declined_{reason}" for reason in REASONS),
]
"""Rows of tables 3 and 6 of the six municipalities: the municipalities are disjoint, so each row has a sum."""

DISAGREE = {
    # need of 2012 (40 % of 1,652 is 661): each municipality rounded down, in words, and as table 4 has it
    ("need_total", "product share_need cases_total", 657, 660.8),
    ("need_about", "product share_need cases_total", 650, 660.8),
    ("expected_exercise_mixed", "product share_need cases_total", 677, 660.8),
    ("deaths_about", "same deaths_total", 750, 739),
    ("patient_education_annex_d", "value offers sessions offer=patient_education", 6, 7),
    ("pilot_assessed_total", "sum " + " ".join(f"pilot_assessed_{place}" for place in SIX), 16, 15),
    ("pilot_onwards_total", "sum " + " ".join(f"pilot_onwards_{place}" for place in SIX), 9, 7),
    ("pilot_onwards_herlev", "difference pilot_assessed_herlev pilot_declined_herlev", 0, 1),
    ("pilot_last_month_table", "same pilot_last_month_text", 1, 2),
    ("municipalities", "same municipalities_annex_c", 6, 5),
    ("counselling_weeks", "weeks_in_months counselling_months", 88, 134.8),
    ("measures_text", "count_rows measures part_of=none", 21, 25),
    ("initiatives_dialogue", "count_rows initiative_rows annex=2 category=dialogue_support", 16, 17),
    ("initiatives_dialogue", "count_distinct initiative_rows initiative annex=2 category=dialogue_support", 16, 15),
    (
        "initiatives_dialogue",
        "sum initiatives_knowledge initiatives_preparation initiatives_conversation_tools",
        16,
        17,
    ),
    ("initiatives_by_category", "count_rows initiative_rows annex=2", 34, 35),
}
"""Every printed number that its parts do not give: quantity, derivation, printed, from the parts (one decimal)."""

HELD_AGAINST_LISTS = {"measures_text", "initiatives_by_category"}
"""Sums of printed numbers, right as sums, that the list they count is not as long as."""


def number(name, quantity, part="estimate"):
    """One printed number."""
    return load_published(name).set_index("quantity").loc[quantity, part]


@pytest.mark.parametrize("name", [*SOURCES, "assumptions"])
def test_every_row_has_a_source_and_a_certainty_mark(name):
    rows = load_published(name)
    assert len(rows) > 0
    assert rows["certainty"].isin(CERTAINTIES).all()
    assert rows["source"].str.len().gt(5).all()


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_row_has_a_place_and_a_name_of_its_own(name):
    rows = load_published(name)
    assert rows["place"].ne("").all()
    assert rows["quantity"].is_unique


def test_what_was_not_found_is_a_row_without_a_number():
    for name in ("moustsen_2015", "dalton_2019"):
        rows = load_published(name)
        missing = rows[rows["certainty"] == "NOT_FOUND"]
        assert len(missing) >= 6
        assert missing["estimate"].isna().all()
        assert missing["note"].ne("").all()


def test_abstract_of_moustsen_as_printed():
    assert number("moustsen_2015", "persons") == 13_840
    assert number("moustsen_2015", "persons_referred") == 2_148
    for level, printed in {"medium": (1.15, 1.03, 1.29), "long": (1.33, 1.19, 1.49)}.items():
        found = [
            number("moustsen_2015", f"hazard_ratio_{level}", part) for part in ("estimate", "conf_low", "conf_high")
        ]
        assert found == list(printed)


def test_abstract_of_dalton_as_printed():
    printed = {
        "long_male": (1.30, 1.06, 1.59),
        "long_female": (1.33, 1.15, 1.53),
        "medium_male": (1.23, 1.02, 1.49),
        "children_male": (1.23, 1.00, 1.52),
        "children_female": (1.28, 1.11, 1.48),
    }
    for who, numbers in printed.items():
        found = [number("dalton_2019", f"hazard_ratio_{who}", part) for part in ("estimate", "conf_low", "conf_high")]
        assert found == list(numbers)
    assert math.isnan(number("dalton_2019", "hazard_ratio_medium_female"))


def test_every_file_is_a_source_a_list_or_the_assumptions():
    assert {path.stem for path in PUBLISHED.glob("*.csv")} == {*SOURCES, *LISTS, "assumptions"}


def test_exactly_these_numbers_do_not_follow_from_their_parts():
    compared = pd.concat([reconcile(name) for name in SOURCES], ignore_index=True)
    wrong = compared[~compared["agrees"]].assign(derived=compared["derived"].round(1))
    found = list(wrong[["quantity", "derivation", "printed", "derived"]].itertuples(index=False, name=None))
    assert set(found) == DISAGREE
    assert len(found) == len(DISAGREE)


@pytest.mark.parametrize("row", ADDED_ACROSS)
def test_every_row_of_municipalities_is_added_up(row):
    """By plain addition, apart from the formulas; what does not add up is named in DISAGREE."""
    rows = load_published("six_municipalities").set_index("quantity")
    total, added = rows.loc[f"{row}_total", "estimate"], sum(rows.loc[f"{row}_{place}", "estimate"] for place in SIX)
    named = {(what, derived) for what, derivation, _, derived in DISAGREE if derivation.startswith("sum ")}
    assert added == total or (f"{row}_total", added) in named
    assert any(derivation.startswith("sum ") for derivation in rows.loc[f"{row}_total", "derivation"].split("; "))


@pytest.mark.parametrize("place", [*SIX, "total"])
def test_the_pilot_adds_up_by_sender_and_by_reason(place):
    """Table 6: the columns that its spacing gives are right, since senders and reasons add up in each of them."""
    rows = load_published("six_municipalities").set_index("quantity")["estimate"]
    assert rows[f"pilot_referred_{place}"] == sum(rows[f"pilot_sender_{sender}_{place}"] for sender in SENDERS)
    assert rows[f"pilot_declined_{place}"] == sum(rows[f"pilot_declined_{reason}_{place}"] for reason in REASONS)


@pytest.mark.parametrize("name", SOURCES)
def test_every_derived_number_follows_from_the_printed_ones(name):
    derived = set(load_published(name).query("certainty == 'DERIVED'")["quantity"])
    compared = reconcile(name)
    assert derived <= set(compared["quantity"])
    wrong = compared[~compared["agrees"] & compared["quantity"].isin(derived - HELD_AGAINST_LISTS)]
    assert wrong.empty, wrong.to_string()
    sums = compared[compared["quantity"].isin(HELD_AGAINST_LISTS) & compared["derivation"].str.startswith("sum ")]
    assert sums["agrees"].all()


def test_reconciliation_by_hand():
    compared = reconcile("moustsen_2015").set_index("quantity")
    assert compared.loc["share_referred", "derived"] == pytest.approx(2148 / 13840, rel=1e-12)
    assert compared.loc["log_hazard_ratio_std_error_long", "derived"] == pytest.approx(math.log(1.49 / 1.19) / 3.92)
    assert compared.loc["log_hazard_ratio_std_error_long", "printed"] == 0.0574
    assert compared.loc["risk_long_in_the_example", "derived"] == pytest.approx(1 - 0.86**1.33)
    senders = reconcile("centre").set_index("quantity")
    assert senders.loc["sender_sum_2012", "derived"] == 351 + 427 + 80
    assert senders.loc["sender_unaccounted_2012", "derived"] == 864 - 858


def test_the_job_centre_route_as_the_report_prints_it():
    """Seed: 199 persons, 153 without a course, 46 with one; 36 referred, four with an earlier course, two wrongly."""
    rows = load_published("job_centre").set_index("quantity")
    printed = {"persons": 199, "with_course": 46, "without_course": 153}
    printed |= {"referred": 36, "earlier_course": 4, "wrongly_referred": 2}
    assert rows.loc[list(printed), "estimate"].to_dict() == printed
    shares = rows[(rows["outcome"] == "education") & (rows["certainty"] == "SEED")].set_index("level")["estimate"]
    assert (100 * shares).round(9).to_dict() == {
        **{"basic": 42, "upper_secondary": 8, "vocational": 24, "short_higher": 3},
        **{"medium_higher": 10, "long_higher": 5, "unknown": 8},
    }
    assert set(rows.loc[[*printed, "share_basic"], "certainty"]) == {"SEED"}
    assert (rows.loc[rows["certainty"] == "SEED", "place"].str.startswith("section Ambassadører i BIF, ")).all()
    followed = reconcile("job_centre").set_index("quantity")
    assert followed.loc["without_course", "derived"] == 199 - 46
    assert followed.loc["share_with_course", "derived"] == pytest.approx(46 / 199)
    assert followed.loc["share_sum", "derived"] == pytest.approx(1)
    assert followed.loc["persons_basic", "derived"] == pytest.approx(0.42 * 153)
    assert followed.loc["newly_referred", "derived"] == 36 - 4 - 2
    assert followed.loc["months", "derived"] == 4 + 12 + 12 + 3  # September 2015 to March 2018, both counted


def test_what_the_report_does_not_print_of_the_route_is_said_so():
    rows = load_published("job_centre")
    missing = rows[rows["certainty"] == "NOT_FOUND"]
    assert missing["stratum"].tolist() == ["with_course", "job_centre"]
    assert missing["estimate"].isna().all()
    assert not set(missing["quantity"]) & set(published_estimates("job_centre", derived=True).details()["quantity"])


def test_a_number_that_does_not_follow_is_said_so(monkeypatch):
    from rehab_stats.extract import published

    original = published.read_published
    monkeypatch.setattr(
        published, "read_published", lambda name: original(name).replace({"estimate": {"0.155": "0.165"}})
    )
    compared = reconcile("moustsen_2015").set_index("quantity")
    assert not compared.loc["share_referred", "agrees"]
    assert compared.loc["share_referred", "difference"] == pytest.approx(0.165 - 2148 / 13840)
    assert compared.drop("share_referred")["agrees"].all()


def test_a_derivation_that_names_nothing_known_is_refused(monkeypatch):
    from rehab_stats.extract import published

    original = published.read_published
    monkeypatch.setattr(
        published,
        "read_published",
        lambda name: original(name).replace({"derivation": {"log hazard_ratio_long": "log hazard"}}),
    )
    with pytest.raises(ValueError, match="'log hazard' names an unknown quantity"):
        reconcile("moustsen_2015")


def test_published_estimates_have_the_shape_of_every_result():
    estimates = published_estimates("moustsen_2015").select(measure="hazard_ratio")
    rows = estimates.tidy()
    assert tuple(rows.columns) == TIDY_COLUMNS
    assert rows["level"].tolist() == ["medium", "long"]
    assert rows["reference"].tolist() == ["short", "short"]
    assert set(rows["model"]) == {"published"}
    assert rows["std_error"].round(4).tolist() == [0.0574, 0.0574]
    assert rows["n"].tolist() == [13_840, 13_840]
    assert "Moustsen" in estimates.method


def test_derived_rows_only_when_asked_for():
    printed = published_estimates("dalton_2019")
    assert set(printed.details()["certainty"]) == {"VERIFIED"}
    assert printed.select(measure="hazard_ratio").tidy()["stratum"].tolist() == [
        "male",
        "female",
        "male",
        "male",
        "female",
    ]
    everything = published_estimates("dalton_2019", derived=True)
    assert "hazard_ratio_long_pooled" in set(everything.details()["quantity"])
    assert not everything.tidy()["estimate"].isna().any()


def test_an_unknown_file_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="no published file 'moustsen_2105'; nearest is 'moustsen_2015'"):
        load_published("moustsen_2105")


def test_a_list_is_no_file_of_numbers():
    with pytest.raises(ValueError, match=r"'offers' is a list: read it with load_printed_list\('offers'\)"):
        load_published("offers")


def test_the_six_municipalities_as_their_note_prints_them():
    """Tables 1, 3, 4 and 6, and the two shares that must never be one ratio: their bases are told apart."""
    file = load_published("six_municipalities")
    rows = file.set_index("quantity")["estimate"]
    assert rows[["funds_municipalities_2012", "funds_region_2012"]].tolist() == [7.536, 1.884]
    assert rows[["funds_municipalities_2013", "funds_region_2013"]].tolist() == [10.048, 2.512]
    assert rows[[f"cases_{place}" for place in SIX]].tolist() == [322, 394, 179, 244, 264, 249]
    assert rows[[f"deaths_{place}" for place in SIX]].tolist() == [143, 182, 82, 114, 118, 100]
    assert rows[[f"prevalent_{place}" for place in SIX]].tolist() == [2132, 2668, 1197, 1643, 1741, 1619]
    assert rows[[f"need_{place}" for place in SIX]].tolist() == [128, 157, 71, 97, 105, 99]
    assert rows[[f"pilot_referred_{place}" for place in SIX]].tolist() == [3, 1, 1, 6, 3, 2]
    assert rows[["cases_total", "deaths_total", "prevalent_total", "need_total"]].tolist() == [1652, 739, 11000, 657]
    assert rows[["expected_patient_education", "expected_exercise_men", "expected_lung"]].tolist() == [677, 344, 86]
    assert set(file.query("outcome == 'level_of_need'")["stratum"]) == {"prevalent"}
    assert file.set_index("quantity").loc["share_need", "level"] == "new_cases"


def test_the_reports_on_equality_as_they_print_their_counts():
    rows = load_published("equality_reports").set_index("quantity")["estimate"]
    assert rows[["counselling_weeks", "talks_drop_in", "talks_booked", "home_visits"]].tolist() == [88, 93, 10, 15]
    assert rows[["measures_project", "measures_parallel", "tracks", "initiatives"]].tolist() == [7, 14, 5, 24]
    followed = reconcile("equality_reports").set_index("quantity")["derived"]
    assert followed["talks"] == 93 + 10
    assert followed["counselling_months"] == 2 + 12 + 12 + 5  # November 2015 to May 2018, both counted
    assert followed["home_visits_months"] == 8 + 12  # May 2016 to December 2017
    others = {*load_published("job_centre")["quantity"], *load_published("centre")["quantity"]}
    assert not set(rows.index) & others


def test_assumptions_are_no_estimates():
    with pytest.raises(ValueError, match="the assumptions are no estimates"):
        published_estimates("assumptions")
