"""The committed rates solve the equations they were solved from; other rates would be noticed."""

import dataclasses
import math
from types import MappingProxyType

import numpy as np
import pytest

from rehab_stats import solve_rates
from rehab_stats.extract.columns import EDUCATION
from rehab_stats.extract.synthetic.mechanism import SCENARIOS, Hazard, load_mechanism
from rehab_stats.extract.synthetic.simulate import simulate_extract
from rehab_stats.solve_rates import TOLERANCE, calibrate_rates

N = 60_000


@pytest.fixture(scope="module")
def solved():
    return calibrate_rates(n=N)


def test_committed_rates_solve_their_equations():
    """With many persons, so that Monte-Carlo error is small: within TOLERANCE and three of its errors."""
    rows = calibrate_rates(["default", "dalton", "selected_referral"], n=100_000)
    rows = rows[rows["name"].str.startswith(("referral", "death"))]
    assert rows["target"].notna().all()
    assert rows["name"].value_counts().to_dict() == {"referral_rate": 3, "death_log_hr_education": 2, "death_rate": 1}
    allowed = TOLERANCE * rows["target"] + 3 * rows["expected_mc_error"]
    assert ((rows["expected"] - rows["target"]).abs() < allowed).all(), rows.to_string()
    assert (rows["expected_mc_error"] < 0.004 * rows["target"]).all()
    rates = rows[rows["name"].str.endswith("_rate")]
    assert ((rates["solved"] / rates["committed"] - 1).abs() < 0.015).all()
    effects = rows[rows["name"] == "death_log_hr_education"]
    assert ((effects["solved"] - effects["committed"]).abs() < 3 * effects["mc_error"] + 0.005).all()


def test_committed_attendance_solves_its_equations():
    """Means of sessions within 1 % of what is printed, the interview within half a percentage point."""
    rows = calibrate_rates(["default", "no_shows"], n=100_000)
    rows = rows[rows["source"].isin(["dalton_2019", "centre"])]
    assert rows.groupby("scenario")["name"].value_counts().to_dict() == {
        ("default", "interview_log_odds"): 1,
        ("default", "sessions_log_mean_education"): 4,
        ("no_shows", "interview_log_odds"): 1,
        ("no_shows", "sessions_log_mean_education"): 1,
        ("no_shows", "session_no_show"): 3,
    }
    target = rows["target"].tolist()
    assert target == [0.81, 4.2, 4.5, 5.1, 5.5] * 2
    allowed = TOLERANCE * rows["target"] + 3 * rows["expected_mc_error"]
    assert ((rows["expected"] - rows["target"]).abs() < allowed).all(), rows.to_string()
    assert (rows["expected_mc_error"] < 0.004 * rows["target"]).all()
    # written rounded to three digits, so that the rest is the error of this draw
    assert ((rows["solved"] - rows["committed"]).abs() < 3.5 * rows["mc_error"] + 0.001).all(), rows.to_string()


def test_numbers_booked_are_the_same_whatever_the_education_where_the_gap_lies_in_no_shows():
    mechanism = load_mechanism("no_shows")
    assert len(set(mechanism.levels("sessions_log_mean_education").values())) == 1
    for name in ("session_no_show", "sessions_log_mean_education"):
        for scenario in ("default", "no_shows"):
            values = load_mechanism(scenario).levels(name)
            assert values["unknown"] == values["basic"]


@pytest.mark.parametrize("scenario", ["default", "no_shows"])
def test_wrong_attendance_is_solved_back(scenario, monkeypatch, solved):
    """Each number moved by itself: the same solution as from the committed one."""
    right = solved[solved["scenario"] == scenario].set_index(["name", "level"])
    mechanism = load_mechanism(scenario)
    for name, level in right.index[right["source"].isin(["dalton_2019", "centre"])]:
        stratum = "attended" if name == "interview_log_odds" else ""
        key = (name, level, stratum)
        moved = {**mechanism.assumptions, key: mechanism.assumptions[key] + 0.05}
        wrong = dataclasses.replace(mechanism, assumptions=MappingProxyType(moved))
        monkeypatch.setattr(solve_rates, "load_mechanism", lambda name, wrong=wrong: wrong)
        found = calibrate_rates([scenario], n=N).set_index(["name", "level"]).loc[(name, level)]
        assert found["committed"] == pytest.approx(right.loc[(name, level), "committed"] + 0.05)
        assert found["solved"] == pytest.approx(right.loc[(name, level), "solved"], rel=1e-7)
        assert abs(found["expected"] - found["target"]) > 3 * found["expected_mc_error"]


def test_expected_attendance_is_that_of_an_extracts_truth():
    """The same seed draws the same persons: the equations are about exactly those whom an extract calls referred."""
    rows = calibrate_rates(["no_shows"], n=2_000, seed=5)
    truth = simulate_extract("no_shows", n=2_000, rng=np.random.default_rng(5), validate=False).truth
    expected = rows[rows["source"].isin(["dalton_2019", "centre"]) & (rows["name"] != "referral_rate")]["expected"]
    means = truth.groupby("education", observed=True)["sessions_attended"].mean()
    assert expected.tolist() == pytest.approx([truth["chance_interview"].mean(), *means[:4]], rel=1e-12)


def test_means_of_those_who_came_have_no_equation(monkeypatch):
    mechanism = load_mechanism("default")
    other = {**mechanism.assumptions, ("means_include_everybody", "", ""): 0.0}
    wrong = dataclasses.replace(mechanism, assumptions=MappingProxyType(other))
    monkeypatch.setattr(solve_rates, "load_mechanism", lambda name: wrong)
    with pytest.raises(ValueError, match="means_include_everybody must be 1"):
        calibrate_rates(["default"], n=1_000)


def test_targets_are_the_printed_ones(solved):
    target = solved.set_index(["scenario", "name", "level"])["target"]
    assert target["default", "referral_rate", ""] == 2_148 / 13_840
    assert target["selected_referral", "referral_rate", ""] == 2_148 / 13_840
    assert target["dalton", "referral_rate", ""] == 2_523 / 13_059
    assert target["default", "death_rate", ""] == 0.61
    assert target["default", "death_log_hr_education", "medium"] == 0.68
    assert target["default", "death_log_hr_education", "long"] == 0.77


def test_scenarios_without_a_target_say_what_follows(solved):
    rows = solved[solved["name"] == "referral_rate"].set_index("scenario")
    assert list(rows.index) == list(SCENARIOS)
    about_forms = ["graded_effect", "forms_at_random", "unseen_change", "graded_giving"]
    as_default = ["no_shows", "gap_in_access", *about_forms]
    free = rows.loc[["equal", "reversed", "systematic_department", *as_default]]
    assert free[["solved", "mc_error", "target"]].isna().all().all()
    assert (free["committed"] == rows.loc["default", "committed"]).all()
    expected = rows["expected"]
    assert expected["reversed"] < expected["equal"] < expected["default"] < expected["systematic_department"]
    assert (expected[as_default] == expected["default"]).all()
    sessions = solved[solved["source"] == "centre"].groupby("scenario", sort=False)
    assert list(sessions.groups) == list(SCENARIOS)
    for name, rows in sessions:
        assert rows["target"].notna().all() == rows["solved"].notna().all() == (name in ("default", "no_shows"))
        assert rows["level"].tolist() == list(EDUCATION[:-1])
        assert rows["expected"].is_monotonic_increasing


def test_a_wrong_rate_is_solved_back(monkeypatch, solved):
    """Half the base rates and other effects of education on death: the same solutions as from the committed ones."""
    mechanism = load_mechanism("default")
    changed = {("referral_rate", "", ""): 0.5, ("death_rate", "", ""): 0.5}
    assumptions = {key: value * changed.get(key, 1.0) for key, value in mechanism.assumptions.items()}

    def halved(hazard):
        return Hazard(hazard.starts, tuple(rate / 2 for rate in hazard.rates))

    effects = {code: value + (0.3 if "higher" in code else 0.0) for code, value in mechanism.death_education.items()}
    wrong = dataclasses.replace(
        mechanism,
        assumptions=MappingProxyType(assumptions),
        referral=halved(mechanism.referral),
        death=halved(mechanism.death),
        death_education=MappingProxyType(effects),
    )
    monkeypatch.setattr(solve_rates, "load_mechanism", lambda name: wrong)
    rows = calibrate_rates(["default"], n=N).set_index(["name", "level"])
    right = solved[solved["scenario"] == "default"].set_index(["name", "level"])
    deaths = ["death_rate", "death_log_hr_education"]
    np.testing.assert_allclose(rows.loc[deaths, "solved"], right.loc[deaths, "solved"], rtol=1e-6)
    assert rows.loc[("death_log_hr_education", "long"), "committed"] == pytest.approx(0.04)
    # with half the deaths more live to be referred, so that a smaller rate is enough
    assert 0.9 < rows.loc[("referral_rate", ""), "solved"] / right.loc[("referral_rate", ""), "solved"] < 0.99
    assert rows.loc[("death_rate", ""), "expected"] == pytest.approx(math.sqrt(0.61), abs=0.05)


def test_stated_monte_carlo_error_is_the_spread_between_draws():
    draws = [calibrate_rates(["default"], n=4_000, seed=seed).set_index(["name", "level"]) for seed in range(40)]
    for key in draws[0].index:
        spread = np.std([draw.loc[key, "solved"] for draw in draws], ddof=1)
        stated = np.mean([draw.loc[key, "mc_error"] for draw in draws])
        assert 0.7 < spread / stated < 1.35, (key, spread, stated)


def test_the_same_seed_gives_the_same_table(solved):
    again = calibrate_rates(["default"], n=N)
    assert again.equals(solved[solved["scenario"] == "default"].reset_index(drop=True))


def test_an_unknown_scenario_and_too_few_persons_are_refused():
    with pytest.raises(ValueError, match="no scenario 'daltn'; nearest is 'dalton'"):
        calibrate_rates(["daltn"])
    for wrong in (999, 1e5, True):
        with pytest.raises(ValueError, match="n must be a whole number of persons, at least 1000"):
            calibrate_rates(n=wrong)


def test_the_table_is_printed(capsys, monkeypatch, solved):
    monkeypatch.setattr(solve_rates, "calibrate_rates", lambda: solved)
    solve_rates.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(solved)
    assert list(SCENARIOS)[-1] in lines[-1]
