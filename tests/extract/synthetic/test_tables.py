"""The tables of the synthetic extract: need, residences, denominators, and that old columns never change."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort.access import access_cohort
from rehab_stats.extract.columns import AGE_GROUPS, DIAGNOSIS_GROUPS, TABLES
from rehab_stats.extract.synthetic.mechanism import SCENARIOS, load_mechanism
from rehab_stats.extract.synthetic.people import GROUPS
from rehab_stats.extract.synthetic.simulate import simulate_extract
from rehab_stats.extract.synthetic.tables import ids

CHECKSUMS = {
    "persons": "652491869d80cc0c380d80e109b18372f44ed8631c0da4d32b250e11c339f20a",
    "diagnoses": "9489ffcb8f9562580363c8fbbf80124e2548b2bef4fd7d0f42777b5dce86ce92",
    "referrals": "7db8ebd4f45b7fbaf6a9a97f4450fc4e5f2316e7efafa8bba83501a75d9c90e4",
    "courses": "ef05ffc85845e77a934eee5add02ee7c75666ac640374632b174d596d0c328c8",
    "appointments": "f3de11119bcb37a50684e9d0b5db8e7fa2dc84774aaa7dd7bced4c4d5ffcd186",
}
"""SHA-256 of each table of the default extract as CSV, in the columns that it has had from the beginning."""


@pytest.fixture(scope="module")
def default():
    return simulate_extract()


@pytest.fixture(scope="module")
def dalton():
    return simulate_extract("dalton", n=20_000, rng=np.random.default_rng(31))


@pytest.fixture(scope="module")
def stays(dalton):
    """Residences with the person's diagnosis and last day."""
    frame = dalton["residences"].merge(dalton["persons"], on="person_id")
    first = dalton["diagnoses"].drop_duplicates("person_id")[["person_id", "diagnosis_date"]]
    return frame.merge(first, on="person_id", how="left")


def test_what_a_later_column_draws_leaves_the_old_ones_as_they_are(default):
    for name, checksum in CHECKSUMS.items():
        later = {"diagnoses": ["need"], "referrals": ["course_id"]}.get(name, [])
        table = default[name].drop(columns=later)
        text = table.to_csv(index=False, lineterminator="\n")
        assert hashlib.sha256(text.encode()).hexdigest() == checksum, name


def test_need_is_known_of_the_assessed_and_of_nobody_else(default):
    diagnoses = default["diagnoses"]
    assert (diagnoses["need"].notna() == diagnoses["needs_assessed_on"].notna()).all()
    assert diagnoses["need"].cat.ordered
    assert list(diagnoses["need"].cat.categories) == ["low", "medium", "high"]
    assert diagnoses["need"].value_counts(normalize=True).between(0.2, 0.5).all()
    known = diagnoses.dropna(subset="need").set_index("person_id")["need"]
    assert known.index.is_unique
    truth = default.truth.set_index("person_id")["need"]
    both = known.index.intersection(truth.index)
    assert (known.loc[both].astype(str) == truth.loc[both].astype(str)).all()
    assert truth.notna().all()


def test_need_is_written_wherever_it_is_not_hidden():
    for name, scenario in SCENARIOS.items():
        extract = simulate_extract(name, n=200, rng=np.random.default_rng(5))
        assert ("need" in extract["diagnoses"]) == (not scenario.need_is_hidden)
        assert ("residences" in extract) == scenario.moves
        assert extract.truth["need"].notna().all()


def test_denominators_count_those_whom_a_cohort_includes(default, dalton):
    """Cell by cell against the cohort, which groups ages and diagnoses by itself."""
    for extract in (default, dalton):
        cells = extract["denominators"]
        assert list(cells) == [column.name for column in TABLES["denominators"].columns]
        axes = ["period", "sex", "age_group", "education", "diagnosis_group"]
        persons = access_cohort(extract, education_levels=4).persons.assign(
            period=lambda frame: frame["year"].astype(str)
        )
        counted = persons[axes].astype(str).value_counts().sort_index()
        written = cells.set_index(axes)["diagnosed"]
        written.index = written.index.set_levels([level.astype(str) for level in written.index.levels])
        pd.testing.assert_series_equal(
            written.sort_index().astype(int), counted, check_names=False, check_index_type=False
        )
        assert cells["diagnosed"].sum() == len(extract.truth)
        assert (cells["diagnosed"] > 0).all()
        assert set(cells["municipality"]) == {"101"}


def test_groups_are_those_of_the_contract():
    assert (*DIAGNOSIS_GROUPS, "other") == GROUPS
    assert min(AGE_GROUPS.values()) == 30


def test_everybody_lives_in_the_municipality_on_the_day_of_the_diagnosis(dalton, stays):
    assert set(dalton["residences"]["person_id"]) == set(dalton["persons"]["person_id"])
    first = stays.drop_duplicates("person_id")
    assert (first["municipality"] == "101").all()
    patients = first[first["role"] == "patient"]
    assert (patients["from"] <= patients["diagnosis_date"]).all()
    assert (patients["to"].isna() | (patients["to"] > patients["diagnosis_date"])).all()
    assert (first["from"] >= first["birth_date"]).all()
    assert set(dalton.findings["rule"]) == {
        *("not_cancer", "referral_before_diagnosis", "form_before_diagnosis", "returned_without_score")
    }


def test_stays_follow_one_another_and_the_last_is_open(stays):
    number = stays.groupby("person_id").cumcount()
    later = number > 0
    assert (stays["from"][later] == stays["to"].shift()[later]).all()
    is_last = ~stays["person_id"].duplicated(keep="last")
    assert (stays["to"].isna() == is_last).all()
    assert (stays["municipality"][number == 1] != "101").all()
    assert (stays["municipality"][number == 2] == "101").all()
    assert number.max() == 2
    assert (number == 2).sum() > 10
    never = stays.groupby("person_id")["to"].transform("size") == 1
    assert stays["to"][never].isna().all()
    # nobody moves once dead or abroad, nor after the extract was drawn
    moved = stays.dropna(subset="to")
    gone = moved[["death_date", "emigration_date"]].min(axis=1)
    assert (moved["to"] <= gone.fillna(pd.Timestamp("2018-12-31"))).all()


def test_moves_come_at_the_assumed_rate_and_go_where_assumed(stays):
    mechanism = load_mechanism("dalton")
    first = stays.drop_duplicates("person_id").query("role == 'patient'")
    end = first[["death_date", "emigration_date", "to"]].min(axis=1).fillna(pd.Timestamp("2018-12-31"))
    expected = mechanism.number("moving_rate") * (end - first["diagnosis_date"]).dt.days.sum()
    assert abs(first["to"].notna().sum() - expected) < 4 * np.sqrt(expected)
    away = stays.loc[stays["municipality"] != "101", "municipality"].value_counts(normalize=True)
    for code, share in mechanism.levels("moves_to").items():
        assert away[code] == pytest.approx(share, abs=0.06)


def test_nothing_is_received_of_those_who_moved_away(dalton, stays):
    left = stays.drop_duplicates("person_id").set_index("person_id")["to"]
    referrals = dalton["referrals"]
    assert (referrals["received_on"] <= left.loc[referrals["person_id"]].fillna(pd.Timestamp.max).to_numpy()).all()
    # and there was somebody left to be referred: the rule is not empty
    persons = dalton["persons"].set_index("person_id")
    seen_long = left[left.notna() & persons.loc[left.index, "death_date"].isna()]
    assert len(seen_long) > 200


def test_a_second_diagnosis_is_made_where_the_person_lives(dalton, stays):
    second = dalton["diagnoses"][dalton["diagnoses"]["person_id"].duplicated()]
    lives = second.merge(stays[["person_id", "municipality", "from", "to"]], on="person_id", suffixes=("", "_lives"))
    held = lives[(lives["from"] <= lives["diagnosis_date"]) & ~(lives["to"] < lives["diagnosis_date"])]
    agree = (held["municipality"] == held["municipality_lives"]).groupby(held["person_id"]).any()
    assert agree.all()
    assert (second["municipality"] != "101").sum() >= 3


def test_pseudonyms_are_numbered_with_leading_zeros():
    assert ids("p", 3).tolist() == ["p000001", "p000002", "p000003"]
    assert ids("r", 0).tolist() == []
    many = ids("p", 1_234_567)
    assert (many[0], many[999_999], many[-1]) == ("p0000001", "p1000000", "p1234567")
