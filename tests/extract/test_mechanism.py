"""The mechanism: its hazards, the risks that follow from them in closed form, and where its numbers come from."""

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.mechanism import (
    SCENARIOS,
    Hazard,
    Mechanism,
    load_mechanism,
    risk_of_referral,
    true_risks,
)
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic import simulate_extract


@pytest.fixture(scope="module")
def mechanism():
    return load_mechanism()


def test_a_piecewise_hazard_by_hand():
    hazard = Hazard(starts=(0.0, 10.0, 20.0), rates=(0.1, 0.2, 0.05))
    assert [hazard.rate(day) for day in (0, 9.9, 10, 500)] == [0.1, 0.1, 0.2, 0.05]
    np.testing.assert_allclose(hazard.cumulative([-5, 0, 5, 10, 15, 20, 40]), [0, 0, 0.5, 1, 2, 3, 4])
    np.testing.assert_allclose(hazard.day_reached(np.array([0, 0.5, 1, 2, 3, 4])), [0, 5, 10, 15, 20, 40])


def test_printed_hazard_ratios_are_planted_and_not_typed(mechanism):
    assert mechanism.referral_education["upper_secondary_or_vocational"] == math.log(1.15)
    assert mechanism.referral_education["short_or_medium_higher"] == math.log(1.33)
    assert mechanism.referral_education["long_higher"] == math.log(1.33)
    assert mechanism.referral_education["basic"] == 0
    assert mechanism.referral_children == {"female": math.log(1.28), "male": math.log(1.23)}


def test_scenarios_change_the_referral_gradient_and_nothing_else(mechanism):
    equal, turned = load_mechanism("equal"), load_mechanism("reversed")
    assert set(equal.referral_education.values()) == {0.0}
    assert math.exp(turned.referral_education["long_higher"]) == pytest.approx(1 / 1.33)
    assert math.exp(turned.referral_education["upper_secondary_or_vocational"]) == pytest.approx(1 / 1.15)
    for other in (equal, turned):
        changed = {"scenario": mechanism.scenario, "referral_education": mechanism.referral_education}
        assert dataclasses.replace(other, **changed) == mechanism


def test_an_unknown_scenario_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match="no scenario 'reverse'; nearest is 'reversed', there are default, equal"):
        load_mechanism("reverse")
    assert tuple(SCENARIOS) == ("default", "equal", "reversed")


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
    simulate_extract(n=50, rng=np.random.default_rng(1))
    while_loading = {"referral_rate", "referral_relative_rate", "referral_log_hr_unknown_education"}
    while_loading |= {"death_rate", "death_relative_rate", "death_log_hr_education"}
    assert read | while_loading == set(load_published("assumptions")["name"])


def test_assumptions_are_complete_and_add_up():
    rows = load_published("assumptions")
    assert not rows.duplicated(["name", "level", "stratum"]).any()
    assert set(rows["certainty"]) == {"ASSUMED"}
    assert rows[["why", "influences", "unit"]].map(len).gt(0).all().all()
    for name in ("share_education", "share_origin", "children_number"):
        assert rows.loc[rows["name"] == name, "value"].sum() == pytest.approx(1)
    by_sex = rows[rows["name"] == "share_diagnosis"].groupby("stratum")["value"].sum()
    np.testing.assert_allclose(by_sex, 1)
    assert list(rows.loc[rows["name"] == "share_education", "level"]) == list(EDUCATION)
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
        mechanism, referral=np.array([0.1, 0.5, -0.2]), death=np.array([1.0, 0.2, 0.0]), education=education
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
        load_mechanism("equal"), referral=np.zeros(1), death=np.array([2.0]), education=np.array(["basic"])
    )
    assert risks.loc[0, "risk_365_if_long_higher"] - risks.loc[0, "risk_365_if_basic"] > 0.001
