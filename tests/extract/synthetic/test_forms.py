"""The mechanism of forms and scores: by hand, and what is planted found again among many simulated persons."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic import forms
from rehab_stats.extract.synthetic.effect_frames import PILOT_PERSONS, simulate_effect
from rehab_stats.extract.synthetic.mechanism import SCENARIOS, load_mechanism
from rehab_stats.extract.synthetic.people import GROUPS

MANY = 120_000
ABOUT_FORMS = ("default", "graded_effect", "forms_at_random", "unseen_change", "graded_giving")
KNOWN = list(EDUCATION[:-1])


@pytest.fixture(scope="module")
def worlds():
    """Scenario -> many persons, the same chances in all."""
    return {name: simulate_effect(name, n=MANY, rng=np.random.default_rng(31)) for name in ABOUT_FORMS}


def two_persons():
    """A man of 65 with basic education and some other cancer; and one who differs from him in everything."""
    place = [GROUPS.index("other"), GROUPS.index("lung")]
    return pd.DataFrame(
        {"education": [0, 3], "group": place, "male": [True, False], "age": [65, 45], "start_year": [2010.5, 2012.5]}
    )


def value(name, level="", stratum=""):
    rows = load_published("assumptions").query("scenario == ''").set_index(["name", "level", "stratum"])["value"]
    return rows[name, level, stratum]


def with_rules(name="default", **rules):
    """The mechanism of a scenario with other rules."""
    mechanism = load_mechanism(name)
    return dataclasses.replace(mechanism, scenario=dataclasses.replace(mechanism.scenario, **rules))


def shares_by_education(frame, column):
    return frame.groupby("education", observed=True)[column].mean()[KNOWN]


def test_scores_of_two_persons_by_hand():
    people, mechanism = two_persons(), load_mechanism()
    first = [
        62 - 3 - 1,
        62 + 3 - 8 - 2 + 1.0,  # long education, lung, a woman, twenty years younger
    ]
    np.testing.assert_allclose(forms.mean_baseline(mechanism, people), first)
    change = [6 - 0.4 * 10, 6 - 3 + 1.0 - 0.4 * -20]
    seen = np.add(first, [10, -20])
    np.testing.assert_allclose(forms.mean_change(mechanism, people, seen), change)
    graded = forms.mean_change(load_mechanism("graded_effect"), people, seen)
    np.testing.assert_allclose(graded - change, [3 - 6, 10 - 6])


def test_chances_of_two_persons_by_hand():
    people, mechanism = two_persons(), load_mechanism()
    given = np.array([value("form_given_log_odds", "intercept")] * 2)
    given += [value("form_given_log_odds_diagnosis", "other"), value("form_given_log_odds_diagnosis", "lung")]
    given[1] += 2 * value("form_given_log_odds", "per_year")
    np.testing.assert_allclose(forms.chance_given(mechanism, people), expit(given))
    graded = given + [value("form_given_log_odds_education", code) for code in ("basic", "long_higher")]
    np.testing.assert_allclose(forms.chance_given(load_mechanism("graded_giving"), people), expit(graded))
    returned = value("form_returned_log_odds", "intercept", "end") + np.array([-math.log(1.64) - 0.5, 0.4 + 1.0])
    both = forms.chance_returned_last(mechanism, people, np.array([50.0, 80.0]), np.array([True, True]))
    np.testing.assert_allclose(both, expit(returned), rtol=1e-4)  # the file has ln 1.64 with four digits
    alone = forms.chance_returned_last(mechanism, people, np.array([50.0, 80.0]), np.array([False, False]))
    np.testing.assert_array_equal(alone, value("form_share", "returned_end_alone"))


def test_rounding_to_the_scale_keeps_the_mean():
    rng = np.random.default_rng(1)
    for score, mean in ((50.0, 50.0), (53.0, 53.0), (-20.0, 0.0), (104.0, 100.0), (99.0, 99.0)):
        rounded = forms.on_grid(np.full(40_000, score), rng.random(40_000))
        assert np.isin(np.round(rounded * 12 / 100, 9), range(13)).all()
        assert np.abs(rounded - mean).max() <= 100 / 12
        assert rounded.mean() == pytest.approx(mean, abs=0.1)


def test_half_are_never_given_a_form_and_the_pilot_has_76_pairs(worlds):
    for name in ABOUT_FORMS:  # where giving is graded, those given a form return it a little more often
        frame = worlds[name]
        given, returned = frame["given"] == 1, frame["returned_baseline"] == 1
        assert given.mean() == pytest.approx(0.5, abs=0.01)
        assert returned[given].mean() == pytest.approx(0.85, abs=0.015)
        assert frame.loc[returned, "returned_followup"].mean() == pytest.approx(0.7, abs=0.015)
        assert (frame["form_pattern"] == "both").mean() * PILOT_PERSONS == pytest.approx(76, abs=1.5)


def test_the_dropout_odds_ratio_of_basic_education_is_the_printed_one(worlds):
    """Net of age and first score: the chances themselves, and a share among persons drawn within narrow strata."""
    frame = worlds["default"].query("returned_baseline == 1")
    basic = frame["education"].isin(["basic", "unknown"])
    log_odds = np.log(frame["chance_returned_followup"] / (1 - frame["chance_returned_followup"]))
    rest = log_odds + basic * math.log(1.64)
    decades = (frame["age"] - 65) / 10
    np.testing.assert_allclose(rest, 1.044 - 0.2 * decades + 0.05 * (frame["score_baseline"] - 60), atol=1e-4)
    stratum = [frame["score_baseline"].round(-1), frame["age"].round(-1)]
    cells = frame.assign(basic=basic, back=frame["returned_followup"]).groupby([*stratum, "basic"])["back"]
    seen = cells.agg(["sum", "count"]).unstack("basic").dropna()
    back, total = seen["sum"], seen["count"]
    out = total - back
    # Mantel-Haenszel odds ratio of dropping out, basic against the others
    weight = total.sum(axis=1)
    ratio = (out[True] * back[False] / weight).sum() / (out[False] * back[True] / weight).sum()
    assert ratio == pytest.approx(1.64, rel=0.06)


def test_what_is_missing_is_missing_at_random_and_complete_cases_are_not_everybody(worlds):
    frame = worlds["default"]
    change = frame["true_followup"] - frame["true_baseline"]
    both = frame["form_pattern"] == "both"
    assert change[both].mean() < change.mean() - 1  # who returns had better first scores, and these come down
    assert frame.loc[both, "true_baseline"].mean() > frame["true_baseline"].mean() + 3
    design = np.column_stack(
        [
            *[frame["education"] == code for code in EDUCATION],
            *[frame["diagnosis_group"] == group for group in GROUPS[:-1]],
            (frame["age"] - 65) / 10,
            frame["sex"] == "female",
            frame["true_baseline"],
        ]
    ).astype(float)
    fits = {
        rows: np.linalg.lstsq(design[mask], change[mask], rcond=None)[0]
        for rows, mask in (("all", both | True), ("seen", both))
    }
    np.testing.assert_allclose(fits["seen"], fits["all"], atol=1.0)
    for coefficients in fits.values():
        assert coefficients[-1] == pytest.approx(-0.4, abs=0.01)
    spread = (change - design @ fits["all"]).std()
    assert spread == pytest.approx(17, rel=0.01)
    assert change.std() == pytest.approx(19, rel=0.02)


def test_unseen_change_is_a_constant_of_exactly_those_without_a_last_score(worlds):
    """The rest of the world is the same to the last digit, so that the shift of a mean is missing share x delta."""
    default, unseen = worlds["default"], worlds["unseen_change"]
    for column in ("person_id", "form_pattern", "score_baseline", "score_followup", "true_baseline"):
        pd.testing.assert_series_equal(default[column], unseen[column])
    added = unseen["true_followup"] - default["true_followup"]
    never, dropout = unseen["given"] == 0, (unseen["given"] == 1) & (unseen["returned_followup"] == 0)
    planted = unseen.attrs["unseen_change"]
    by_education = unseen["education"].astype(str)
    wanted = np.where(never, by_education.map(planted["never_given"]), 0.0)
    wanted = np.where(dropout, by_education.map(planted["dropout"]), wanted)
    np.testing.assert_allclose(added, wanted, atol=1e-9)
    assert planted["dropout"]["basic"] < planted["dropout"]["long_higher"] < 0
    assert default.attrs["unseen_change"]["dropout"] == dict.fromkeys(EDUCATION, 0.0)
    for code in KNOWN:
        here = by_education == code
        shift = (never & here).sum() * planted["never_given"][code] + (dropout & here).sum() * planted["dropout"][code]
        assert added[here].mean() == pytest.approx(shift / here.sum())


def test_a_graded_effect_is_added_to_every_last_score(worlds):
    default, graded = worlds["default"], worlds["graded_effect"]
    added = graded["true_followup"] - default["true_followup"]
    planted = graded.attrs["change_education"]
    wanted = graded["education"].astype(str).map({code: planted[code] - 6 for code in EDUCATION}).astype(float)
    np.testing.assert_allclose(added, wanted, atol=1e-9)
    assert planted["long_higher"] - planted["basic"] == 7
    assert set(default.attrs["change_education"].values()) == {6.0}
    assert added.mean() == pytest.approx(0, abs=0.3)


def test_forms_at_random_know_nobody(worlds):
    frame = worlds["forms_at_random"]
    assert frame[["chance_given", "chance_returned_baseline"]].drop_duplicates().to_numpy().tolist() == [[0.5, 0.85]]
    assert set(frame["chance_returned_followup"]) == {0.0, 0.35, 0.7}
    change = frame["true_followup"] - frame["true_baseline"]
    for step in ("given", "returned_baseline", "returned_followup"):
        there = frame[step] == 1
        assert change[there].mean() == pytest.approx(change.mean(), abs=0.35)
        assert frame.loc[there, "true_baseline"].mean() == pytest.approx(frame["true_baseline"].mean(), abs=0.35)


def test_giving_is_graded_only_where_the_scenario_says_so(worlds):
    graded = shares_by_education(worlds["graded_giving"], "given")
    assert graded.is_monotonic_increasing
    assert graded["long_higher"] - graded["basic"] > 0.2
    plain = shares_by_education(worlds["default"], "given")
    assert plain.max() - plain.min() < 0.06  # what is left comes by diagnosis and year


def test_rules_can_be_put_together():
    people = two_persons()
    mechanism = with_rules("unseen_change", graded_effect=True, graded_giving=True)
    drawn = forms.draw_forms(mechanism, np.random.default_rng(1), people, exact=True)
    assert drawn["chance_given"].tolist() == forms.chance_given(load_mechanism("graded_giving"), people).tolist()
    assert list(forms.unseen_effects(mechanism, "dropout").values()) == [-10, -7, -5, -4, -10]
    assert forms.education_effects(mechanism)["basic"] == 3


def test_the_middle_year_is_that_of_registration():
    assert forms.middle_year(load_mechanism()) == 2010.5
    assert forms.middle_year(load_mechanism("dalton")) == 2014


def test_scenarios_say_how_forms_come_about():
    kinds = {name: scenario.forms_missing for name, scenario in SCENARIOS.items()}
    assert kinds.pop("forms_at_random") == "completely_at_random"
    assert kinds.pop("unseen_change") == "unseen_change"
    assert set(kinds.values()) == {"given_observed"}
    assert [name for name, scenario in SCENARIOS.items() if scenario.graded_effect] == ["graded_effect"]
    assert [name for name, scenario in SCENARIOS.items() if scenario.graded_giving] == ["graded_giving"]
    assert [name for name, scenario in SCENARIOS.items() if scenario.about_forms] == list(ABOUT_FORMS[1:])
