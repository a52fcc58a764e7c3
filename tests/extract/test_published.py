"""data/published: every number carries its source, and what follows from what is printed is what was noted."""

import math

import pytest

from rehab_stats.extract.published import CERTAINTIES, load_published, published_estimates, reconcile
from rehab_stats.vocabulary import TIDY_COLUMNS

SOURCES = ("moustsen_2015", "dalton_2019", "survival_2022", "centre", "job_centre", "what_if")


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


@pytest.mark.parametrize("name", SOURCES)
def test_every_derived_number_follows_from_the_printed_ones(name):
    compared = reconcile(name)
    assert compared["agrees"].all(), compared[~compared["agrees"]].to_string()
    derived = load_published(name).query("certainty == 'DERIVED'")["quantity"]
    assert set(derived) <= set(compared["quantity"])


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

    original = published._read
    monkeypatch.setattr(published, "_read", lambda name: original(name).replace({"estimate": {"0.155": "0.165"}}))
    compared = reconcile("moustsen_2015").set_index("quantity")
    assert not compared.loc["share_referred", "agrees"]
    assert compared.loc["share_referred", "difference"] == pytest.approx(0.165 - 2148 / 13840)
    assert compared.drop("share_referred")["agrees"].all()


def test_a_derivation_that_names_nothing_known_is_refused(monkeypatch):
    from rehab_stats.extract import published

    original = published._read
    monkeypatch.setattr(
        published, "_read", lambda name: original(name).replace({"derivation": {"log hazard_ratio_long": "log hazard"}})
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


def test_assumptions_are_no_estimates():
    with pytest.raises(ValueError, match="the assumptions are no estimates"):
        published_estimates("assumptions")
