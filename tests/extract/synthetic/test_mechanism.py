"""The mechanism: its hazards, the risks that follow from them in closed form, and where its numbers come from."""

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from rehab_stats.extract.columns import EDUCATION, SEX
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic.mechanism import (
    SCENARIOS,
    Hazard,
    Mechanism,
    load_mechanism,
    risk_of_referral,
    true_risks,
)
from rehab_stats.extract.synthetic.scenarios import MUNICIPAL
from rehab_stats.extract.synthetic.simulate import simulate_extract


@pytest.fixture(scope="module")
def mechanism():
    return load_mechanism()


def test_a_piecewise_hazard_by_hand():
    hazard = Hazard(starts=(0.0, 10.0, 20.0), rates=(0.1, 0.2, 0.05))
    assert [hazard.rate(day) for day in (0, 9.9, 10, 500)] == [0.1, 0.1, 0.2, 0.05]
    np.testing.assert_allclose(hazard.cumulative([-5, 0, 5, 10, 15, 20, 40]), [0, 0, 0.5, 1, 2, 3, 4])
    np.testing.assert_allclose(hazard.day_reached(np.array([0, 0.5, 1, 2, 3, 4])), [0, 5, 10, 15, 20, 40])


def test_printed_hazard_ratios_are_planted_and_not_typed(mechanism):
    for sex in SEX:
        assert mechanism.referral_education[sex]["upper_secondary_or_vocational"] == math.log(1.15)
        assert mechanism.referral_education[sex]["short_or_medium_higher"] == math.log(1.33)
        assert mechanism.referral_education[sex]["long_higher"] == math.log(1.33)
        assert mechanism.referral_education[sex]["basic"] == 0
    assert mechanism.referral_children == {"female": math.log(1.28), "male": math.log(1.23)}


def test_scenarios_change_the_referral_gradient_and_nothing_else(mechanism):
    equal, turned = load_mechanism("equal"), load_mechanism("reversed")
    for sex in SEX:
        assert set(equal.referral_education[sex].values()) == {0.0}
        assert math.exp(turned.referral_education[sex]["long_higher"]) == pytest.approx(1 / 1.33)
        assert math.exp(turned.referral_education[sex]["upper_secondary_or_vocational"]) == pytest.approx(1 / 1.15)
    for other in (equal, turned):
        changed = {"scenario": mechanism.scenario, "referral_education": mechanism.referral_education}
        assert dataclasses.replace(other, **changed) == mechanism


def test_dalton_plants_what_is_printed_by_sex_and_says_where_it_is_not():
    mechanism = load_mechanism("dalton")
    for sex, medium, long in (("female", 1.15, 1.33), ("male", 1.23, 1.30)):
        assert mechanism.referral_education[sex]["basic"] == 0
        assert mechanism.referral_education[sex]["upper_secondary_or_vocational"] == math.log(medium)
        assert mechanism.referral_education[sex]["short_or_medium_higher"] == math.log(long)
        assert mechanism.referral_education[sex]["long_higher"] == math.log(long)
    planted = mechanism.log_hazard_ratios()
    assert planted["education_medium_male"] == math.log(1.23)
    assert planted["education_long_female"] == math.log(1.33)
    assert "education_long" not in planted
    assert load_mechanism().log_hazard_ratios()["education_long"] == math.log(1.33)
    # the one ratio that is not printed is Moustsen's, and says so
    assert math.isnan(load_published("dalton_2019").set_index("quantity").loc["hazard_ratio_medium_female", "estimate"])
    assumed = load_published("assumptions").query("name == 'referral_hazard_ratio_education'")
    assert assumed[["level", "stratum", "scenario"]].to_numpy().tolist() == [["medium", "female", "dalton"]]
    assert "moustsen_2015.csv" in assumed["why"].item()


def test_dalton_sees_every_person_for_two_and_a_half_years():
    mechanism = load_mechanism("dalton")
    assert str(mechanism.day("first_diagnosis")) == "2010-01-01"
    assert str(mechanism.day("last_diagnosis")) == "2015-12-31"
    assert mechanism.day("registered_from") == mechanism.day("first_diagnosis")
    assert mechanism.day("registered_to") - mechanism.day("last_diagnosis") == mechanism.scenario.referred_within == 913
    assert mechanism.day("extract_date") > mechanism.day("registered_to")


def test_numbers_of_a_scenario_stand_in_for_the_general_ones_and_touch_no_other():
    default = load_mechanism().assumptions
    for name in (*SCENARIOS, MUNICIPAL.name):
        own = load_published("assumptions").query("scenario == @name").set_index(["name", "level", "stratum"])["value"]
        found = load_mechanism(name).assumptions
        assert {key: found[key] for key in own.index} == own.to_dict()
        untouched = [key for key in default if key not in own.index]
        assert {key: found[key] for key in untouched} == {key: default[key] for key in untouched}
        assert set(found) == set(default) | set(own.index)
        # an order by which categories are drawn is that of the general rows
        assert [key for key in found if key in default] == list(default)
    named = set(load_published("assumptions")["scenario"]) - {""}
    assert named == {
        "dalton",
        "systematic_department",
        "selected_referral",
        "no_shows",
        "gap_in_access",
        MUNICIPAL.name,
    }


def test_a_scenario_knows_its_paper():
    assert (SCENARIOS["default"].persons, SCENARIOS["default"].persons_referred) == (13_840, 2_148)
    assert (SCENARIOS["dalton"].persons, SCENARIOS["dalton"].persons_referred) == (13_059, 2_523)
    assert all(scenario.name == name and scenario.says.endswith(".") for name, scenario in SCENARIOS.items())


def test_education_acts_on_nobody_who_is_referred_routinely():
    mechanism = load_mechanism("dalton")
    effects = mechanism.referral_effects(np.array(["male", "female", "male"]), routine=np.array([False, False, True]))
    medium, long, unknown = math.log(1.23), math.log(1.30), mechanism.number("referral_log_hr_unknown_education")
    np.testing.assert_allclose(effects[0], [0, medium, long, long, unknown])
    np.testing.assert_allclose(effects[1], [0, math.log(1.15), math.log(1.33), math.log(1.33), unknown])
    assert (effects[2] == 0).all()


def test_an_unknown_scenario_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="no scenario 'reverse'; nearest is 'reversed', there are default, equal"):
        load_mechanism("reverse")
    assert tuple(SCENARIOS)[:3] == ("default", "equal", "reversed")
    assert tuple(SCENARIOS)[3:7] == ("dalton", "systematic_department", "selected_referral", "no_shows")
    assert tuple(SCENARIOS)[7] == "gap_in_access"
    assert tuple(SCENARIOS)[8:] == ("graded_effect", "forms_at_random", "unseen_change", "graded_giving")


def test_every_assumption_is_read_and_none_is_missing(monkeypatch):
    """A row that nothing reads would be an assumption in name only."""
    read = set()
    for method in ("number", "levels", "strata"):
        original = getattr(Mechanism, method)
        monkeypatch.setattr(
            Mechanism,
            method,
            lambda self, name, *more, original=original: read.add(name) or original(self, name, *more),
        )
    for scenario in (*SCENARIOS, MUNICIPAL.name):
        simulate_extract(scenario, n=50, rng=np.random.default_rng(1), validate=False)
    while_loading = {"referral_rate", "referral_relative_rate", "referral_log_hr_unknown_education"}
    while_loading |= {"referral_hazard_ratio_education"}
    while_loading |= {"death_rate", "death_relative_rate", "death_log_hr_education"}
    while_solving = {"means_include_everybody"}
    assert read | while_loading | while_solving == set(load_published("assumptions")["name"])


def test_assumptions_are_complete_and_add_up():
    rows = load_published("assumptions")
    assert not rows.duplicated(["name", "level", "stratum", "scenario"]).any()
    assert set(rows["scenario"]) <= {"", *SCENARIOS, MUNICIPAL.name}
    assert set(rows["certainty"]) == {"ASSUMED"}
    assert rows[["why", "influences", "unit"]].map(len).gt(0).all().all()
    shares = ("share_activity", "share_decline_reason", "interview_missed")
    for name in ("share_education", "share_origin", "children_number", "moves_to", *shares):
        assert rows.loc[rows["name"] == name, "value"].sum() == pytest.approx(1)
    by_sex = rows[rows["name"] == "share_diagnosis"].groupby("stratum")["value"].sum()
    np.testing.assert_allclose(by_sex, 1)
    for name in ("share_education", "share_leaving", "session_no_show", "sessions_log_mean_education"):
        assert list(rows.loc[(rows["name"] == name) & (rows["scenario"] == ""), "level"]) == list(EDUCATION)
    higher = rows[(rows["name"] == "share_education") & rows["level"].str.contains("higher")]
    printed = load_published("centre").set_index("quantity").loc["share_higher_diagnosed", "estimate"]
    assert higher["value"].sum() == pytest.approx(printed)


@pytest.mark.parametrize(("since", "until"), [(0.0, 365.0), (0.0, 913.0), (200.0, 1500.0), (45.0, 60.0)])
def test_closed_form_risk_against_numerical_integration(mechanism, since, until):
    """Integral of r(t) exp(-R(t) + R(since)) exp(-D(t)), cut at the jumps of the hazards."""
    referral, death, leaving = 0.4, 0.9, 2e-5

    def density(day):
        passed = mechanism.referral.cumulative(day) - mechanism.referral.cumulative(since)
        survived = -passed * math.exp(referral) - mechanism.death.cumulative(day) * math.exp(death) - leaving * day
        return mechanism.referral.rate(day) * math.exp(referral) * math.exp(survived)

    jumps = [day for day in (30, 90, 180, 365, 730, 1826) if since < day < until]
    ends = [since, *jumps, until]
    wanted = sum(quad(density, low, high, epsabs=1e-13)[0] for low, high in pairwise(ends))
    found = risk_of_referral(
        mechanism, referral=np.array([referral]), death=np.array([death]), since=since, until=until, leaving=leaving
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_windows_of_a_persons_own_and_none_at_all(mechanism):
    since, until = np.array([0.0, 100.0, 50.0]), np.array([365.0, 500.0, 50.0])
    together = risk_of_referral(mechanism, referral=np.zeros(3), death=np.zeros(3), since=since, until=until)
    for place in range(3):
        alone = risk_of_referral(
            mechanism, referral=np.zeros(1), death=np.zeros(1), since=since[place], until=until[place]
        )
        assert together[place] == pytest.approx(alone[0], rel=1e-12)
    assert together[2] == 0


def test_risk_without_death_is_one_minus_survival(mechanism):
    alone = dataclasses.replace(mechanism, death=Hazard(starts=(0.0,), rates=(0.0,)))
    found = risk_of_referral(alone, referral=np.array([0.3]), death=np.array([5.0]), until=365.0)
    np.testing.assert_allclose(found, 1 - np.exp(-alone.referral.cumulative(365) * math.exp(0.3)))


def test_a_person_set_to_their_own_education_keeps_their_risk(mechanism):
    education = np.array(["basic", "long_higher", "unknown"])
    risks = true_risks(
        mechanism,
        referral=np.array([0.1, 0.5, -0.2]),
        death=np.array([1.0, 0.2, 0.0]),
        education=education,
        sex=np.array(["female", "male", "male"]),
    )
    assert risks.loc[0, "risk_365_if_basic"] == pytest.approx(risks.loc[0, "risk_365"])
    assert risks.loc[1, "risk_913_if_long_higher"] == pytest.approx(risks.loc[1, "risk_913"])
    assert (risks["risk_365_if_long_higher"] > risks["risk_365_if_basic"]).all()
    assert (risks["risk_913"] > risks["risk_365"]).all()
    by_hand = risk_of_referral(
        mechanism,
        referral=np.array([0.5 - math.log(1.33)]),
        death=np.array([0.2 - mechanism.death_education["long_higher"]]),
        until=365,
    )
    assert risks.loc[1, "risk_365_if_basic"] == pytest.approx(by_hand[0])


def test_equal_hazards_do_not_make_equal_risks():
    """With death graded, setting education moves the risk of referral although its hazard ratio is 1."""
    risks = true_risks(
        load_mechanism("equal"),
        referral=np.zeros(1),
        death=np.array([2.0]),
        education=np.array(["basic"]),
        sex=np.array(["female"]),
    )
    assert risks.loc[0, "risk_365_if_long_higher"] - risks.loc[0, "risk_365_if_basic"] > 0.001


def test_standardised_truth_uses_the_hazard_ratios_of_a_persons_own_sex():
    mechanism = load_mechanism("dalton")
    given = {"referral": np.array([0.2, 0.2]), "death": np.array([0.7, 0.7]), "education": np.array(["basic", "basic"])}
    risks = true_risks(mechanism, **given, sex=np.array(["female", "male"]))
    for place, ratio in enumerate((1.15, 1.23)):
        by_hand = risk_of_referral(
            mechanism,
            referral=np.array([0.2 + math.log(ratio)]),
            death=np.array([0.7 + mechanism.death_education["upper_secondary_or_vocational"]]),
            until=913,
        )
        assert risks.loc[place, "risk_913_if_upper_secondary_or_vocational"] == pytest.approx(by_hand[0], rel=1e-12)


def test_routine_referral_leaves_only_survival_between_the_educations(mechanism):
    """Without death their risks are the same whatever their education; with death the long-educated live to be seen."""
    given = {"referral": np.array([0.3, 0.3]), "death": np.array([1.5, 1.5]), "education": np.array(["basic"] * 2)}
    given |= {"sex": np.array(["female"] * 2), "routine": np.array([True, False])}
    columns = [f"risk_365_if_{code}" for code in EDUCATION[:-1]]
    alive = dataclasses.replace(mechanism, death=Hazard(starts=(0.0,), rates=(1e-12,)))
    risks = true_risks(alive, **given)[columns]
    np.testing.assert_allclose(risks.loc[0], risks.loc[0, "risk_365_if_basic"], rtol=1e-9)
    assert risks.loc[1, "risk_365_if_long_higher"] > risks.loc[1, "risk_365_if_basic"] + 0.02
    differences = (true_risks(mechanism, **given)[columns].diff(axis=1).iloc[:, 1:]).sum(axis=1)
    assert 0 < differences[0] < 0.01 < differences[1]


def test_death_as_another_level_takes_survival_out_of_the_gap():
    """Under equal hazards nothing is left of it; a person set to the level whose death it is has the usual risk."""
    given = {"referral": np.array([0.4]), "death": np.array([2.0]), "education": np.array(["short_or_medium_higher"])}
    given |= {"sex": np.array(["male"])}
    for name, left in (("equal", 0.0), ("default", 0.02)):
        mechanism = load_mechanism(name)
        own, shared = (true_risks(mechanism, **given, death_education=code) for code in ("", "basic"))
        assert shared.loc[0, "risk_365_if_basic"] == own.loc[0, "risk_365_if_basic"]
        assert shared.loc[0, "risk_365"] == own.loc[0, "risk_365"]
        gap = shared.loc[0, "risk_365_if_long_higher"] - shared.loc[0, "risk_365_if_basic"]
        assert gap == 0 if left == 0 else gap > left
        assert own.loc[0, "risk_365_if_long_higher"] - own.loc[0, "risk_365_if_basic"] > gap + 0.001


def test_risks_to_several_days_at_once_are_those_of_one_day_each(mechanism):
    rng = np.random.default_rng(3)
    given = {"referral": rng.normal(size=20), "death": rng.normal(size=20)}
    persons = {"education": rng.choice(EDUCATION, 20), "sex": rng.choice(SEX, 20)}
    horizons = (30, 100, 365, 913, 2500)
    risks = true_risks(mechanism, **given, **persons, horizons=horizons)
    for days in horizons:
        np.testing.assert_allclose(risks[f"risk_{days}"], risk_of_referral(mechanism, **given, until=days), rtol=1e-12)
