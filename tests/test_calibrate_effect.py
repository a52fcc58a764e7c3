"""The study of the effect: its cells, the truth that every rung is held to, and what was planted on the unseen."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import rehab_stats.calibrate.effect as module
from rehab_stats.calibrate.analyses import NO_CELLS, PRIMARY, Resampling, estimate_cells
from rehab_stats.calibrate.effect import (
    AS_GLS,
    AUXILIARY,
    EFFECT,
    PLANTED,
    RUNGS,
    RUNGS_OF_ANCOVA,
    SCORES,
    STEPS,
    THRESHOLD,
    TRUE_SCORES,
    Drawn,
)
from rehab_stats.calibrate.replicates import replicate
from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.extract.cohort.adjustment import effect_adjustment
from rehab_stats.extract.cohort.effect import effect_cohort
from rehab_stats.extract.synthetic.answer_key import CELL, read_answer_key
from rehab_stats.extract.synthetic.effect_frames import PILOT_PERSONS, REGISTER_PERSONS, simulate_effect
from rehab_stats.extract.synthetic.scenarios import SCENARIOS
from rehab_stats.extract.synthetic.simulate import simulate_extract

LEVELS = ["basic", "upper_secondary_or_vocational", "short_or_medium_higher", "long_higher"]
DAYS = 91


@pytest.fixture(scope="module", autouse=True)
def _few_imputations():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "IMPUTATIONS", 3)
        yield


@pytest.fixture(scope="module")
def extract():
    return simulate_extract("unseen_change", n=700, rng=np.random.default_rng(1), validate=False)


@pytest.fixture(scope="module")
def drawn(extract):
    register = simulate_effect("unseen_change", n=500, rng=np.random.default_rng(1))
    pilot = simulate_effect("unseen_change", n=PILOT_PERSONS, rng=np.random.default_rng(2))
    return Drawn(register, pilot, extract)


@pytest.fixture(scope="module")
def cohort(drawn):
    return EFFECT.cohort(drawn, 4, DAYS)


def cells_of(cohort, *, seed=1, **options):
    return estimate_cells(EFFECT, cohort, Resampling(2, np.random.default_rng(seed)), **options)


@pytest.fixture(scope="module")
def key_cells(cohort):
    return cells_of(cohort)


@pytest.fixture(scope="module")
def cells(cohort):
    """What a replicate fits whose number every analysis divides."""
    return cells_of(cohort, replicate=0)


def of_rung(cells, rung, **words) -> pd.DataFrame:
    words = {"population": "register_set", "estimator": "mean_change", "model": "crude", "measure": "mean"} | words
    rows = cells[cells["stratum"] == f"handling={rung}"]
    for column, value in words.items():
        rows = rows[rows[column] == value]
    assert len(rows) == len(LEVELS) - words["measure"].endswith(("_difference", "_ratio"))
    return rows.set_index("level")


def rungs_of(cells) -> dict:
    rungs = cells["stratum"].str.removeprefix("handling=").groupby([cells["population"], cells["estimator"]])
    return rungs.agg(set).to_dict()


# who is in


def test_a_replicate_draws_a_registers_and_a_pilots_persons_and_the_key_an_extract_too(monkeypatch):
    monkeypatch.setattr(module, "draw_extract", lambda scenario, persons, rng: (scenario, persons))
    once = EFFECT.draw("default", None, np.random.default_rng(3))
    assert (len(once.register), len(once.pilot), once.extract) == (REGISTER_PERSONS, PILOT_PERSONS, None)
    assert not once.register["score_baseline"].head(99).equals(once.pilot["score_baseline"].head(99))
    again = EFFECT.draw("default", None, np.random.default_rng(3))
    pd.testing.assert_frame_equal(again.pilot, once.pilot)
    key = EFFECT.draw("default", 80, np.random.default_rng(3))
    assert (len(key.register), key.extract) == (80, ("default", 80))
    assert key.pilot is key.register


def test_unknown_education_is_left_out_and_everybody_else_is_in(drawn, cohort, extract):
    for rows, frame in ((cohort.register_set, drawn.register), (cohort.pilot_set, drawn.pilot)):
        known = frame[frame["education"] != "unknown"]
        assert 0 < len(known) < len(frame)
        assert rows["person_id"].tolist() == known["person_id"].tolist()
        assert list(rows["education"].cat.categories) == LEVELS
    due = effect_cohort(extract).target_set
    known = due[due["education"] != "unknown"]
    assert cohort.target_set["person_id"].tolist() == known["person_id"].tolist()
    assert "unknown" not in cohort.target_set["education"].cat.categories
    assert cohort.target_set[list(TRUE_SCORES.values())].notna().all(axis=None)  # seen or not


def test_education_in_three_levels_merges_those_of_four(drawn, cohort):
    three = EFFECT.cohort(Drawn(drawn.register, drawn.pilot), 3, DAYS)
    assert three.target_set is None
    merged = pd.crosstab(cohort.register_set["education"], three.register_set["education"]).gt(0)
    assert list(merged.columns) == ["short", "medium", "long"]
    assert merged.sum(axis=1).tolist() == [1, 1, 1, 1]


def test_what_the_study_takes_for_granted():
    named = {model for analysis in EFFECT.analyses.values() for model in (*analysis.models, *analysis.repeated)}
    assert named == {"crude", PRIMARY} <= set(effect_adjustment())
    days = inspect.signature(effect_cohort).parameters["followup_days"].default
    assert {EFFECT.days(scenario) for scenario in EFFECT.worlds} == {days} == {DAYS}
    assert set(EFFECT.scenarios) <= set(EFFECT.worlds) <= set(SCENARIOS)
    assert EFFECT.populations == {"target_set", "register_set", "pilot_set"}


# the cells


def test_every_cell_is_given_once(cells, key_cells):
    for found in (cells, key_cells):
        assert not found.duplicated(list(CELL)).any()
        assert not set(found["measure"]) & NO_CELLS
        assert np.isfinite(found["estimate"]).all()
        assert set(found["model"]) == {"crude", PRIMARY}


def test_the_register_has_every_rung_and_the_pilot_the_ladder(cells, key_cells):
    ladder = {*RUNGS, PLANTED}
    expected = {
        ("register_set", "mean_change"): ladder | {AS_GLS},
        ("register_set", "ancova"): set(RUNGS_OF_ANCOVA),
        ("register_set", "share_beyond"): set(RUNGS_OF_ANCOVA),
        ("pilot_set", "mean_change"): ladder,
    }
    assert rungs_of(cells) == expected
    assert rungs_of(key_cells) == expected | {("target_set", "mean_change"): set(RUNGS)}
    shares = cells.loc[cells["estimator"] == "share_beyond", "measure"]
    assert set(shares) == {"risk", "risk_difference", "risk_ratio"}
    assert set(cells.loc[cells["estimator"] != "share_beyond", "measure"]) == {"mean", "mean_difference"}
    adjusted = cells[cells["model"] == PRIMARY]
    assert set(zip(adjusted["population"], adjusted["estimator"], strict=True)) == {("register_set", "mean_change")}


def test_what_is_repeated_is_part_of_the_key(cohort, cells, key_cells):
    for number, estimators in ((0, {"mean_change", "ancova", "share_beyond"}), (1, {"mean_change"})):
        repeated = cells if number == 0 else cells_of(cohort, replicate=number)
        assert set(repeated["estimator"]) == estimators
        assert len(repeated.merge(key_cells, on=list(CELL))) == len(repeated)
    assert AS_GLS not in set().union(*rungs_of(repeated).values())
    seldom = cells.groupby("estimator")["every"].max()
    assert seldom.to_dict() == {"ancova": 2, "mean_change": 2, "share_beyond": 8}


def test_a_level_of_nobody_leaves_the_others(cohort):
    rows = cohort.register_set[cohort.register_set["education"] != "long_higher"].reset_index(drop=True)
    rows["education"] = rows["education"].cat.remove_unused_categories()
    edited = SimpleNamespace(register_set=rows, pilot_set=rows, target_set=None, unseen=cohort.unseen)
    found = cells_of(edited, replicate=1)
    assert set(found["level"]) == set(LEVELS[:-1])
    assert {f"handling={rung}" for rung in (*RUNGS, PLANTED)} == set(found["stratum"])


# the truth


def test_the_truth_of_every_rung_is_what_complete_forms_of_everybody_give(cohort, key_cells):
    for population in ("register_set", "pilot_set", "target_set"):
        rows = getattr(cohort, population)
        change = rows["true_followup"] - rows["true_baseline"]
        means = change.groupby(rows["education"], observed=True).mean()
        for rung in (*RUNGS, *([] if population == "target_set" else [PLANTED])):
            found = of_rung(key_cells, rung, population=population)["estimate"]
            assert found.to_dict() == pytest.approx(means.to_dict())
            gaps = of_rung(key_cells, rung, population=population, measure="mean_difference")["estimate"]
            assert gaps.to_dict() == pytest.approx((means - means["basic"])[LEVELS[1:]].to_dict())
    sets = effect_adjustment()
    adjusted = mean_change(cohort.register_set, **TRUE_SCORES, exposure="education", adjust={PRIMARY: sets[PRIMARY]})
    rows = adjusted.select(measure="mean").tidy()
    for rung in RUNGS:
        assert of_rung(key_cells, rung, model=PRIMARY)["estimate"].tolist() == rows["estimate"].tolist()


def test_the_truth_of_a_gap_at_equal_baseline_and_of_a_share_by_hand(cohort, key_cells):
    rows = cohort.register_set
    levels = pd.get_dummies(rows["education"]).to_numpy(dtype=float)
    on = np.column_stack([levels, rows["true_baseline"]])
    slopes = np.linalg.lstsq(on, rows["true_followup"] - rows["true_baseline"], rcond=None)[0]
    better = (
        (rows["true_followup"] - rows["true_baseline"] >= THRESHOLD).groupby(rows["education"], observed=True).mean()
    )
    for rung in RUNGS_OF_ANCOVA:
        gaps = of_rung(key_cells, rung, estimator="ancova", measure="mean_difference")["estimate"]
        assert gaps.tolist() == pytest.approx((slopes[1:4] - slopes[0]).tolist())
        shares = of_rung(key_cells, rung, estimator="share_beyond", measure="risk")["estimate"]
        assert shares.to_dict() == pytest.approx(better.to_dict())


# what is repeated


def test_complete_cases_are_those_with_both_scores(cohort, cells):
    for population in ("register_set", "pilot_set"):
        rows = getattr(cohort, population)
        means = rows["change"].groupby(rows["education"], observed=True).mean()
        assert of_rung(cells, "complete_cases", population=population)["estimate"].to_dict() == pytest.approx(
            means.to_dict()
        )


def test_the_covariance_taken_as_known_moves_the_errors_alone(cohort, cells):
    known = (*effect_adjustment("education")[PRIMARY], *AUXILIARY)
    call = {"exposure": "education", "handling": "mixed_model", "auxiliary": known}
    observed = mean_change(cohort.register_set, **SCORES, **call, errors="observed").select(measure="mean").tidy()
    expected = of_rung(cells, AS_GLS)
    assert expected["estimate"].tolist() == pytest.approx(observed["estimate"].tolist(), rel=1e-9)
    assert not np.isclose(expected["std_error"], observed["std_error"], rtol=1e-6).any()


def test_steps_and_auxiliary_terms_are_columns(cohort):
    named = {*STEPS, *AUXILIARY, *SCORES.values(), *(column for terms in STEPS.values() for column in terms)}
    assert named <= set(cohort.register_set)
    paired = (cohort.register_set[list(STEPS)] == 1).all(axis=1)
    assert (paired == cohort.register_set["change"].notna()).all()


def test_planted_deltas_are_those_of_the_levels_there_are(drawn, cohort):
    delta = module._planted(cohort, cohort.register_set)
    assert delta.given == "given"
    for pattern, planted in (("dropout", delta.dropouts), ("never_given", delta.never_given)):
        assert planted == {level: drawn.register.attrs["unseen_change"][pattern][level] for level in LEVELS}
        assert len(set(planted.values())) == len(LEVELS)
    two = cohort.register_set[cohort.register_set["education"].isin(LEVELS[1:3])]
    two = two.assign(education=two["education"].cat.remove_unused_categories())
    assert list(module._planted(cohort, two).dropouts) == LEVELS[1:3]


def test_the_last_rung_moves_the_imputed_by_what_was_planted(cohort, cells):
    rows = cohort.register_set
    unseen = rows["score_followup"].isna()
    pattern = np.where(rows["given"] == 1, "dropout", "never_given")
    planted = [cohort.unseen[code][level] for code, level in zip(pattern, rows["education"], strict=True)]
    moved = pd.Series(planted).where(unseen, 0.0).groupby(rows["education"].to_numpy()).mean()
    found = of_rung(cells, PLANTED)["estimate"] - of_rung(cells, "imputation")["estimate"]
    assert found.to_dict() == pytest.approx(moved.to_dict())
    assert moved.lt(0).all()


def test_where_nothing_was_planted_the_last_rung_is_imputation():
    frame = simulate_effect("default", n=300, rng=np.random.default_rng(5))
    cells = cells_of(EFFECT.cohort(Drawn(frame, frame), 4, DAYS), replicate=1)
    for measure in ("mean", "mean_difference"):
        imputed = of_rung(cells, "imputation", measure=measure)
        found = of_rung(cells, PLANTED, measure=measure)
        assert found[["estimate", "std_error"]].to_numpy() == pytest.approx(
            imputed[["estimate", "std_error"]].to_numpy()
        )


def test_the_number_of_a_replicate_alone_decides_its_chance(monkeypatch):
    monkeypatch.setattr(module, "REGISTER_PERSONS", 300)
    first = replicate("effect", "forms_at_random", 1)
    other = replicate("effect", "forms_at_random", 3)
    pd.testing.assert_frame_equal(replicate("effect", "forms_at_random", 1), first, check_exact=True)
    assert set(zip(first["scenario"], first["replicate"], strict=True)) == {("forms_at_random", 1)}
    assert first[list(CELL)].equals(other[list(CELL)])
    assert not np.isclose(first["estimate"], other["estimate"]).any()


def test_scores_are_drawn_apart_from_imputations(cohort, cells):
    other = cells_of(cohort, seed=2, replicate=1)
    both = other.merge(cells, on=list(CELL), suffixes=("", "_first"))
    moved = ~np.isclose(both["estimate"], both["estimate_first"], rtol=1e-9)
    imputed = both["stratum"].isin(["handling=imputation", f"handling={PLANTED}"])
    assert not moved[~imputed].any()
    assert moved[imputed].mean() > 0.9


# what is stored


@pytest.fixture(scope="module")
def key():
    key = read_answer_key()
    return key[key["population"].isin(EFFECT.populations)]


def truths(key, scenario, *, rung="imputation", population="register_set", model=PRIMARY, measure="mean_difference"):
    words = {"scenario": scenario, "stratum": f"handling={rung}", "population": population, "model": model}
    words |= {"measure": measure, "education_levels": 4, "estimator": "mean_change"}
    rows = key[(key[list(words)] == pd.Series(words)).all(axis=1)].set_index("level")
    assert list(rows.index) == LEVELS[measure == "mean_difference" :]
    return rows


def allowed(*rows, systematic=0.0):
    """Four of the key's errors, and what differs by more than chance."""
    return systematic + 4 * np.sqrt(sum(part["mc_error"] ** 2 for part in rows))


def test_stored_rungs_share_their_truth(key):
    cell = [column for column in CELL if column != "stratum"]
    rungs = key.groupby(["scenario", "education_levels", *cell], dropna=False)["truth"]
    assert rungs.size().min() >= 3
    assert rungs.nunique().eq(1).all()


@pytest.mark.parametrize("scenario", EFFECT.worlds)
@pytest.mark.parametrize("measure", ["mean", "mean_difference"])
def test_scores_drawn_directly_have_the_truth_of_extracts(key, scenario, measure):
    directly, extracts = (
        truths(key, scenario, population=population, measure=measure) for population in ("register_set", "target_set")
    )
    # an extract cuts and rounds scores, and the persons drawn directly are those of one extract over and over
    assert ((directly["truth"] - extracts["truth"]).abs() < allowed(directly, extracts, systematic=0.8)).all()


def test_how_forms_are_given_and_returned_at_random_leaves_the_truth(key):
    default = truths(key, "default")
    for scenario in ("forms_at_random", "graded_giving"):
        other = truths(key, scenario)
        assert ((other["truth"] - default["truth"]).abs() < allowed(other, default)).all()


def test_graded_changes_are_those_planted(key):
    graded, default = truths(key, "graded_effect"), truths(key, "default")
    planted = pd.Series(simulate_effect("graded_effect", n=1, rng=np.random.default_rng(1)).attrs["change_education"])
    wanted = (planted - planted["basic"])[LEVELS[1:]]
    assert ((graded["truth"] - default["truth"] - wanted).abs() < allowed(graded, default)).all()
    assert wanted.is_monotonic_increasing


def test_unseen_changes_leave_short_education_behind(key):
    unseen, default = (truths(key, scenario, measure="mean") for scenario in ("unseen_change", "default"))
    fallen = default["truth"] - unseen["truth"]
    assert fallen.is_monotonic_decreasing
    assert (fallen > allowed(unseen, default)).all()
