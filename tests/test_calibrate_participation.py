"""The study of participation: its cells, and what its answer key says of the two worlds with the same four means."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rehab_stats.calibrate.analyses import NO_CELLS, Resampling, estimate_cells
from rehab_stats.calibrate.participation import COUNT, PARTICIPATION, STAGES, UNTIL_WEEKS, WINDOW_DAYS
from rehab_stats.calibrate.parts import generator
from rehab_stats.estimate.participation.components import COMPONENTS, TOTAL
from rehab_stats.extract.cohort.adjustment import participation_adjustment
from rehab_stats.extract.cohort.participation import participation_cohort
from rehab_stats.extract.published import load_published
from rehab_stats.extract.synthetic.answer_key import CELL, read_answer_key
from rehab_stats.extract.synthetic.simulate import simulate_extract

PRIMARY = "age_sex_year"
LEVELS = ("basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher")
PLANTED = {"default": "booked", "no_shows": "no_show"}
"""Scenario -> the component in which the printed gap lies."""


# the analyses


@pytest.fixture(scope="module")
def extract():
    return simulate_extract("default", n=8000, rng=np.random.default_rng(1), validate=False)


@pytest.fixture(scope="module")
def cohort(extract):
    return PARTICIPATION.cohort(extract, 4, WINDOW_DAYS)


def cells_of(cohort, *, draws=2, seed=1, **options):
    return estimate_cells(PARTICIPATION, cohort, Resampling(draws, np.random.default_rng(seed)), **options)


@pytest.fixture(scope="module")
def cells(cohort):
    return cells_of(cohort)


def test_the_cohort_is_the_default_one(extract, cohort):
    usual = participation_cohort(extract)
    assert cohort.settings == usual.settings
    pd.testing.assert_frame_equal(cohort.persons, usual.persons)
    three = PARTICIPATION.cohort(extract, 3, WINDOW_DAYS)
    assert three.persons["education"].nunique() == usual.persons["education"].nunique() - 1


def test_every_cell_is_given_once(cells):
    assert set(cells["estimator"]) == {analysis.estimator for analysis in PARTICIPATION.analyses.values()}
    assert not cells.duplicated(list(CELL)).any()
    assert not set(cells["measure"]) & NO_CELLS
    assert np.isfinite(cells[["estimate", "std_error"]].to_numpy()).all()
    assert set(cells["stratum"]) == {None}


def test_cells_are_what_notebook_02_shows(cells):
    def of(estimator, column):
        return set(cells.loc[cells["estimator"] == estimator, column])

    assert of("standardised_means", "measure") == {"mean", "mean_difference", "mean_ratio"}
    assert of("hurdle", "outcome") == {"any", "count_if_any"}
    assert of("attendance_components", "outcome") == {*COMPONENTS, TOTAL}
    assert of("attendance_components", "measure") == {"contribution"}
    assert of("cascade", "outcome") == set(STAGES)
    assert of("cascade", "measure") == {"risk", "risk_difference", "transition", "transition_difference"}
    assert of("restricted_means", "at") == of("cumulative_incidence", "at") == {float(UNTIL_WEEKS)}
    leaving = cells["population"] == "started_set"
    assert set(cells.loc[leaving, "estimator"]) == {"cumulative_incidence", "restricted_means", "hazard_ratios"}
    adjusted = set(cells.loc[cells["model"] == PRIMARY, "estimator"])
    assert adjusted == set(cells["estimator"]) - {"cascade", "cumulative_incidence", "restricted_means"}


def test_families_of_counts_are_told_apart(cells):
    ratios = cells[(cells["measure"] == "rate_ratio") & (cells["outcome"] == COUNT) & (cells["model"] == PRIMARY)]
    by_family = ratios.pivot(index="level", columns="estimator", values="estimate")
    assert list(by_family) == ["rate_ratios", "rate_ratios_negative_binomial"]
    assert (by_family["rate_ratios"] != by_family["rate_ratios_negative_binomial"]).all()


def test_what_is_repeated_is_part_of_the_key(cohort, cells):
    number = {"window_set": (cells["population"] == "window_set").sum(), "all": len(cells)}
    for replicate, whose in ((0, "all"), (1, "window_set"), (2, "all")):
        repeated = cells_of(cohort, replicate=replicate)
        both = repeated.merge(cells, on=list(CELL), suffixes=("", "_key"))
        assert len(both) == len(repeated) == number[whose]  # the key has nothing more
        assert both["estimate"].tolist() == pytest.approx(both["estimate_key"].tolist(), rel=1e-12)


def test_draws_move_the_errors_of_components_alone(cohort, cells):
    other = cells_of(cohort, draws=3, seed=2)
    assert other["estimate"].tolist() == pytest.approx(cells["estimate"].tolist(), rel=1e-12)
    moved = ~np.isclose(other["std_error"], cells["std_error"], rtol=1e-9)
    assert set(cells.loc[moved, "estimator"]) == {"attendance_components"}
    assert moved[cells["estimator"] == "attendance_components"].all()


def test_an_analysis_that_is_refused_leaves_the_others(cohort):
    persons = cohort.window_set.assign(sessions_attended=lambda rows: rows["sessions_booked"])
    persons = persons.assign(sessions_cancelled_by_person=0, sessions_cancelled_by_centre=0)
    edited = SimpleNamespace(window_set=persons, started_set=cohort.started_set)
    left = set(cells_of(edited)["estimator"])
    assert left == {analysis.estimator for analysis in PARTICIPATION.analyses.values()} - {"attendance_components"}


def test_the_chance_of_draws_is_not_that_of_persons():
    persons = generator("replicates", "default", 0).random(3)
    assert (generator("replicates, draws", "default", 0).random(3) != persons).all()


def test_adjustment_sets_are_those_of_participation():
    named = {model for analysis in PARTICIPATION.analyses.values() for model in (*analysis.models, *analysis.repeated)}
    assert named == {"crude", PRIMARY} <= set(participation_adjustment())
    assert {PARTICIPATION.days(scenario) for scenario in PARTICIPATION.worlds} == {180}


# what is stored


@pytest.fixture(scope="module")
def key():
    key = read_answer_key()
    return key[key["population"].isin(PARTICIPATION.populations)]


def truths(key, scenario, *, levels=4, **words) -> pd.DataFrame:
    rows = key[(key["scenario"] == scenario) & (key["education_levels"] == levels)]
    for column, value in words.items():
        rows = rows[rows[column] == value]
    return rows


def contribution(key, scenario, outcome, *, level="long_higher", model=PRIMARY, levels=4) -> pd.Series:
    rows = truths(key, scenario, levels=levels, measure="contribution", outcome=outcome, level=level, model=model)
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize("scenario", PLANTED)
def test_both_worlds_have_the_printed_means(key, scenario):
    printed = load_published("centre").set_index("quantity")["estimate"]
    found = truths(key, scenario, measure="mean", model="crude").set_index("level")
    for level in LEVELS:
        assert found.loc[level, "truth"] == pytest.approx(
            float(printed[f"sessions_{level}"]), abs=0.05 + 3 * found.loc[level, "mc_error"]
        )
        assert found.loc[level, "mc_error"] < 0.05


@pytest.mark.parametrize("scenario", PLANTED)
@pytest.mark.parametrize("level", LEVELS[1:])
def test_the_planted_component_makes_the_gap(key, scenario, level):
    planted = contribution(key, scenario, PLANTED[scenario], level=level)
    assert planted["truth"] > 5 * planted["mc_error"]
    total = contribution(key, scenario, TOTAL, level=level)["truth"]
    assert planted["truth"] > 0.8 * total


@pytest.mark.parametrize("levels", [3, 4])
@pytest.mark.parametrize("scenario", PLANTED)
def test_components_add_up(key, scenario, levels):
    rows = truths(key, scenario, levels=levels, measure="contribution")
    for _, parts in rows.groupby(["model", "level"]):
        parts = parts.set_index("outcome")["truth"]
        assert parts[list(COMPONENTS)].sum() == pytest.approx(parts[TOTAL], abs=1e-8)


@pytest.mark.parametrize("model", ["crude", PRIMARY])
@pytest.mark.parametrize("level", LEVELS[1:])
def test_with_the_gap_in_booking_nothing_else_makes_any_of_it(key, level, model):
    for outcome in ("cancelled_by_person", "cancelled_by_centre", "no_show"):
        row = contribution(key, "default", outcome, level=level, model=model)
        assert abs(row["truth"]) < 3 * row["mc_error"]
        assert row["mc_error"] < 0.02


BY_DEATH = 0.067
"""Sessions that long higher education is booked to more than basic in `no_shows`, age and sex alike: fewer die within
the window. Expected numbers booked, standardised directly, of 500,000 persons: 0.067; of those not dead, 0.001."""


def test_with_the_gap_in_no_shows_what_is_left_of_booking_is_deaths(key):
    for outcome in ("cancelled_by_person", "cancelled_by_centre"):
        row = contribution(key, "no_shows", outcome)
        assert abs(row["truth"]) < 3 * row["mc_error"]
    booked = contribution(key, "no_shows", "booked")
    assert booked["truth"] == pytest.approx(BY_DEATH, abs=3 * booked["mc_error"])
    assert booked["mc_error"] < 0.04


def test_in_no_shows_the_living_are_booked_alike():
    extract = simulate_extract("no_shows", n=60_000, rng=np.random.default_rng(3), validate=False)
    rows = participation_cohort(extract).window_set.drop(columns="sessions_booked")
    rows = rows.merge(extract.truth[["person_id", "sessions_booked"]], on="person_id")
    rows = rows.assign(decade=(rows["age"] // 5).clip(7, 16))
    gaps = {}
    for whose, part in {"all": rows, "living": rows[rows["days_at_risk"] == WINDOW_DAYS]}.items():
        share = part.groupby(["decade", "sex"], observed=True).size() / len(part)
        expected = part.groupby(["education", "decade", "sex"], observed=True)["sessions_booked"].mean().unstack(0)
        means = expected.mul(share, axis=0).sum()
        gaps[whose] = means["long_higher"] - means["basic"]
    assert gaps["living"] == pytest.approx(0.0, abs=0.02)
    assert 0.03 < gaps["all"] < 0.12


def test_the_two_worlds_are_told_apart_by_their_parts_and_not_by_their_means(key):
    for model in ("crude", PRIMARY):
        totals = [contribution(key, scenario, TOTAL, model=model) for scenario in PLANTED]
        assert totals[0]["truth"] == pytest.approx(totals[1]["truth"], abs=0.15)
        for part in ("booked", "no_show"):
            rows = [contribution(key, scenario, part, model=model) for scenario in PLANTED]
            error = np.hypot(*(row["mc_error"] for row in rows))
            assert abs(rows[0]["truth"] - rows[1]["truth"]) > 10 * error
