"""The study of the pathway: the exact truth of persons drawn directly, its cells, and what its answer key says."""

from __future__ import annotations

import inspect
import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

import rehab_stats.calibrate.pathway as module
from rehab_stats.calibrate.analyses import NO_CELLS, PRIMARY, Resampling, estimate_cells
from rehab_stats.calibrate.answer_keys import answer_key
from rehab_stats.calibrate.pathway import (
    AGE_SEX,
    DRAWN_STAGES,
    PATHWAY,
    STEPS,
    WITH_FORMS,
    WITH_SESSIONS,
    WORLD,
    Drawn,
)
from rehab_stats.calibrate.pathway_truth import true_pathway
from rehab_stats.estimate.pathway.decomposition import pathway
from rehab_stats.estimate.pathway.readings import READINGS
from rehab_stats.extract.cohort.adjustment import pathway_adjustment
from rehab_stats.extract.cohort.pathway import pathway_cohort
from rehab_stats.extract.synthetic.answer_key import CELL, KEY_COLUMNS, read_answer_key
from rehab_stats.extract.synthetic.pathway_frames import LEVELS, STAGES, WORLDS, known_path, simulate_pathway
from rehab_stats.extract.synthetic.scenarios import SCENARIOS
from rehab_stats.extract.synthetic.simulate import simulate_extract
from rehab_stats.vocabulary import TIDY_COLUMNS

DAYS = 365
SHARE = "share_of_total"
SEQUENTIAL, SHAPLEY = "pathway_sequential", "pathway_shapley"


# the exact truth


def mean_of_products(world: str, levels: list[int]) -> float:
    """Sum over the patterns of share times the product of the stages, each at its own level; term by term."""
    known, total = known_path(world), 0.0
    for pattern, share in enumerate(known.share):
        term = float(share)
        for stage, level in enumerate(levels):
            term *= float(known.chances[stage][pattern][level])
        total += term
    return total


def truths(world: str, reading: str, measure: str, level: str = "long_higher") -> pd.Series:
    rows = true_pathway(world, reading=reading).select(measure=measure, level=level).tidy()
    return rows.set_index("outcome")["estimate"]


@pytest.mark.parametrize("world", WORLDS)
def test_the_sequential_truth_by_hand(world):
    quantity = {level: [mean_of_products(world, [level] * k) for k in range(1, 6)] for level in (0, 3)}
    assert truths(world, "sequential", "stage_quantity").tolist() == pytest.approx(quantity[3])
    ratios, before = [], {0: 1.0, 3: 1.0}
    for k in range(5):
        ratios.append((quantity[3][k] / before[3]) / (quantity[0][k] / before[0]))
        before = {level: quantity[level][k] for level in before}
    gap = quantity[3][4] - quantity[0][4]
    total = math.log(quantity[3][4] / quantity[0][4])
    assert truths(world, "sequential", "stage_ratio").tolist() == pytest.approx([*ratios, math.exp(total)])
    parts = [math.log(ratio) * gap / total for ratio in ratios]
    assert truths(world, "sequential", "contribution").tolist() == pytest.approx([*parts, gap])
    assert truths(world, "sequential", SHARE).tolist() == pytest.approx([part / gap for part in parts])


@pytest.mark.parametrize("world", ["spread", "opposing"])
def test_the_shapley_truth_by_hand(world):
    """Averaged over all 120 orders in which the stages may be set to those of long higher education."""
    parts, logs = np.zeros(5), np.zeros(5)
    for order in permutations(range(5)):
        levels = [0] * 5
        value = mean_of_products(world, levels)
        for stage in order:
            levels[stage] = 3
            changed = mean_of_products(world, levels)
            parts[stage] += (changed - value) / 120
            logs[stage] += math.log(changed / value) / 120
            value = changed
    assert truths(world, "shapley", "contribution")[list(STAGES)].tolist() == pytest.approx(parts.tolist())
    assert truths(world, "shapley", "log_contribution")[list(STAGES)].tolist() == pytest.approx(logs.tolist())


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("world", WORLDS)
def test_contributions_add_up_to_the_gap(world, reading):
    rows = true_pathway(world, reading=reading).tidy()
    for measure in ("contribution", "log_contribution"):
        table = rows[rows["measure"] == measure].pivot(index="outcome", columns="level", values="estimate")
        np.testing.assert_allclose(table.drop("total").sum(), table.loc["total"], rtol=1e-12)
    quantity = rows[(rows["measure"] == "stage_quantity") & (rows["outcome"] == STAGES[-1])].set_index("level")
    gaps = quantity["estimate"] - quantity.loc["basic", "estimate"]
    total = rows[(rows["measure"] == "contribution") & (rows["outcome"] == "total")].set_index("level")["estimate"]
    np.testing.assert_allclose(total, gaps[total.index], rtol=1e-12)
    shares = rows[rows["measure"] == SHARE].groupby("level")["estimate"].sum()
    np.testing.assert_allclose(shares, 1, rtol=1e-12)


def test_the_gap_lies_where_the_world_says():
    """Shapley: a stage at which education does not act has no part in it, to the last digit."""
    for level in LEVELS[1:]:
        access = truths("access", "shapley", "contribution", level)
        assert access["referred"] == pytest.approx(access["total"], rel=1e-12)
        assert access[list(STAGES[1:])].abs().max() < 1e-12
        assert abs(truths("participation", "shapley", "contribution", level)["referred"]) < 1e-12
        assert (truths("spread", "shapley", "contribution", level) > 0).all()
        opposing = truths("opposing", "shapley", "contribution", level)
        assert opposing["referred"] < 0 < opposing[list(STAGES[1:])].min()


@pytest.mark.parametrize("reading", READINGS)
def test_the_truth_is_the_estimators_own_cells_and_its_limit(reading):
    frame = simulate_pathway("spread", n=150_000, rng=np.random.default_rng(4))
    found = pathway(
        frame, stages=DRAWN_STAGES, exposure="education", adjust=["age_group", "sex"], reading=reading, draws=30
    )
    truth = true_pathway("spread", reading=reading).tidy()
    assert truth.columns.tolist() == list(TIDY_COLUMNS)
    by = ["outcome", "model", "measure", "level", "reference", "stratum"]
    both = found.tidy().merge(truth, on=by, suffixes=("", "_true"), validate="one_to_one")
    assert len(both) == len(truth) == len(found)
    log = both["measure"] == "stage_ratio"
    value, known = (both[name].mask(log, np.log(both[name].where(log, 1.0))) for name in ("estimate", "estimate_true"))
    assert ((value - known).abs() < 5 * both["std_error"]).all()
    assert (both["std_error_true"] == 0).all()


def test_another_order_and_reference():
    order = [STAGES[1], STAGES[0], *STAGES[2:]]
    truth = true_pathway("spread", reading="sequential", order=order, reference="long_higher").tidy()
    assert set(truth["reference"].dropna()) == {"long_higher"}
    assert set(truth["stratum"]) == {"reading=reordered"}
    first = truth[(truth["outcome"] == STAGES[1]) & (truth["measure"] == "stage_quantity")].set_index("level")
    known = known_path("spread")
    assert first.loc["basic", "estimate"] == pytest.approx(known.share @ known.chances[1, :, 0])


def test_wrong_calls_of_the_truth_are_refused():
    for call, said in (
        ({"world": "default"}, "no world 'default'"),
        ({"reading": "both"}, "reading must be one of sequential, shapley"),
        ({"order": ["referred"]}, "order must name every stage once"),
        ({"reference": "short"}, "no level 'short'"),
    ):
        with pytest.raises(ValueError, match=said):
            true_pathway(**({"world": "spread", "reading": "sequential"} | call))


# the analyses


@pytest.fixture(scope="module")
def extract():
    return simulate_extract("default", n=12_000, rng=np.random.default_rng(1), validate=False)


@pytest.fixture(scope="module")
def cohort(extract):
    return PATHWAY.cohort(Drawn("default", simulate_pathway("spread", rng=np.random.default_rng(2)), extract), 4, DAYS)


def cells_of(cohort, *, seed=1, **options):
    return estimate_cells(PATHWAY, cohort, Resampling(2, np.random.default_rng(seed)), **options)


@pytest.fixture(scope="module")
def cells(cohort):
    return cells_of(cohort)


def test_what_the_study_takes_for_granted():
    named = {model for analysis in PATHWAY.analyses.values() for model in (*analysis.models, *analysis.repeated)}
    assert named == {"crude", PRIMARY, AGE_SEX}
    sets = PATHWAY.sets("education")
    assert {name: sets[name] for name in ("crude", PRIMARY)} == {
        name: pathway_adjustment()[name] for name in ("crude", PRIMARY)
    }
    days = inspect.signature(pathway_cohort).parameters["horizon_days"].default
    assert {PATHWAY.days(scenario) for scenario in PATHWAY.worlds} == {days} == {DAYS}
    assert PATHWAY.worlds == tuple(name for name in SCENARIOS if name in PATHWAY.worlds)
    assert set(PATHWAY.scenarios) == set(WORLD) < set(PATHWAY.worlds) == WITH_SESSIONS | WITH_FORMS
    assert sorted(WORLD.values()) == sorted(WORLDS)
    assert PATHWAY.populations == {"session_set", "change_set", "drawn_set"}


def test_the_sets_are_those_of_the_cohort(extract, cohort):
    usual = pathway_cohort(extract)
    pd.testing.assert_frame_equal(cohort.session_set, usual.session_set)
    pd.testing.assert_frame_equal(cohort.change_set, usual.change_set)
    assert tuple(STEPS) == usual.measurement
    terms = {column for terms in STEPS.values() for column in terms} - {"bs(age, df=4)"}
    assert terms <= set(usual.change_set)
    assert tuple(DRAWN_STAGES) == tuple(usual.session_stages)
    three = PATHWAY.cohort(Drawn("default", cohort.drawn_set, extract), 3, DAYS)
    assert three.drawn_set is None
    assert "short" in three.session_set["education"].cat.categories


def test_scenarios_have_the_sets_that_the_key_is_made_for(monkeypatch, extract, cohort):
    monkeypatch.setattr(module, "pathway_cohort", lambda extract, **settings: cohort.cohort)
    for scenario in PATHWAY.worlds:
        frame = simulate_pathway(WORLD[scenario], n=9, rng=np.random.default_rng(1)) if scenario in WORLD else None
        made = PATHWAY.cohort(Drawn(scenario, frame, extract), 4, DAYS)
        assert (made.session_set is not None) == (scenario in WITH_SESSIONS)
        assert (made.change_set is not None) == (scenario in WITH_FORMS)
        assert (made.drawn_set is not None) == (scenario in WORLD)


def test_a_replicate_draws_persons_directly_and_the_key_the_extract_of_other_studies(monkeypatch):
    monkeypatch.setattr(module, "draw_extract", lambda scenario, persons, rng: (scenario, persons, rng.random()))
    once, again = (PATHWAY.draw("reversed", None, np.random.default_rng(3)) for _ in range(2))
    assert (once.extract, once.frame.attrs["world"], len(once.frame)) == (None, "opposing", 3_000)
    pd.testing.assert_frame_equal(once.frame, again.frame)
    key = PATHWAY.draw("graded_effect", 80, np.random.default_rng(3))
    # the extract comes first from the generator of the batch, as in the studies that draw nothing else
    assert key.extract == ("graded_effect", 80, np.random.default_rng(3).random())
    assert key.frame is None


def test_every_cell_is_given_once(cells):
    assert not cells.duplicated(list(CELL)).any()
    assert set(cells["estimator"]) == {SEQUENTIAL, SHAPLEY}
    measures = {"stage_quantity", "stage_ratio", "log_contribution", "contribution"}
    assert measures <= set(cells["measure"]) <= measures | {SHARE}
    # so few persons have a last form that a batch of the key has many times more
    assert set(cells["population"]) >= {"session_set", "drawn_set"}
    sessions = cells[cells["population"] == "session_set"]
    assert set(sessions["model"]) == {"crude", PRIMARY}
    assert set(sessions["outcome"]) == {*STAGES, "total"}


def test_the_key_of_persons_drawn_directly_is_exact(cells):
    drawn = cells[cells["population"] == "drawn_set"]
    assert (drawn["std_error"] == 0).all()
    for reading in READINGS:
        truth = true_pathway("spread", reading=reading, model=AGE_SEX).tidy()
        assert drawn.loc[drawn["estimator"] == f"pathway_{reading}", "estimate"].tolist() == truth["estimate"].tolist()


def test_what_is_repeated_is_part_of_the_key_without_shares(cohort, cells):
    repeated = cells_of(cohort, replicate=0)
    assert set(repeated["population"]) == {"drawn_set"}
    assert not set(repeated["measure"]) & NO_CELLS
    both = repeated.merge(cells, on=list(CELL))
    in_key = (cells["population"] == "drawn_set") & (cells["measure"] != SHARE)
    assert len(both) == len(repeated) == in_key.sum() == 148
    assert set(repeated["every"]) == {1}


def test_a_set_that_is_not_there_has_no_cells(cohort, cells):
    alone = PATHWAY.cohort(Drawn("default", cohort.drawn_set), 4, DAYS)
    assert (alone.session_set, alone.change_set) == (None, None)
    left = cells[cells["population"] == "drawn_set"].reset_index(drop=True)
    pd.testing.assert_frame_equal(cells_of(alone), left)


def test_a_replicate_is_what_the_estimator_gives(cohort):
    repeated = cells_of(cohort, replicate=3, seed=5)
    call = {"stages": DRAWN_STAGES, "exposure": "education", "draws": 2}
    for reading in READINGS:
        alone = pathway(
            cohort.drawn_set,
            **call,
            adjust={AGE_SEX: ["age_group", "sex"]},
            reading=reading,
            rng=np.random.default_rng(5),
        )
        rows = alone.tidy()
        rows = rows[rows["measure"] != SHARE]
        mine = repeated[repeated["estimator"] == f"pathway_{reading}"]
        for column in ("estimate", "std_error", "conf_low", "conf_high"):
            assert mine[column].tolist() == rows[column].tolist()


# shares in the key


def batches_of(parts: list[float], totals: list[float], **words) -> pd.DataFrame:
    about = {"scenario": "default", "exposure": "education", "education_levels": 4, "horizon_days": DAYS}
    cell = dict.fromkeys(CELL) | {"population": "session_set", "estimator": SHAPLEY, "level": "long", "at": np.nan}
    rows = []
    for batch, (part, total) in enumerate(zip(parts, totals, strict=True)):
        for outcome, measure, value in (
            ("referred", "contribution", part),
            ("total", "contribution", total),
            ("referred", SHARE, part / total),
        ):
            one = {"outcome": outcome, "measure": measure, "estimate": value, "std_error": 0.0}
            rows.append(about | cell | one | {"persons": 10, "batch": batch} | words)
    return pd.DataFrame(rows)


def test_a_share_in_the_key_is_a_ratio_of_means():
    key = answer_key(batches_of([0.2, 0.4], [0.9, 1.1]))
    assert tuple(key.columns) == KEY_COLUMNS
    assert key["measure"].tolist() == ["contribution", "contribution", SHARE]
    share = key.set_index("measure").loc[SHARE]
    assert share["truth"] == pytest.approx(0.3)
    # what is off: (0.2 - 0.3 * 0.9) / 1 and (0.4 - 0.3 * 1.1) / 1, of standard deviation 0.14 / sqrt 2
    assert share["mc_error"] == pytest.approx(0.07)
    assert share["persons"] == 20


def test_a_total_that_may_be_nought_has_no_shares_and_no_other_measure_is_touched():
    batches = batches_of([0.2, 0.4], [0.5, 1.5])  # a mean of 1 with an error of 0.5
    assert SHARE not in set(answer_key(batches)["measure"])
    without = batches[batches["measure"] != SHARE]
    pd.testing.assert_frame_equal(answer_key(batches), answer_key(without))
    # a share that not every batch gave is there all the same
    some = batches_of([0.2, 0.4], [0.9, 1.1])
    assert SHARE in set(answer_key(some.drop(index=2))["measure"])


# what is stored


@pytest.fixture(scope="module")
def key():
    key = read_answer_key()
    return key[key["population"].isin(PATHWAY.populations)]


def parts_of_gap(key, scenario: str, measure: str = "contribution", **words) -> pd.Series:
    """Stage -> truth of long higher education against basic; by default the Shapley reading, age, sex and year."""
    words = {"population": "session_set", "estimator": SHAPLEY, "model": PRIMARY, "level": "long_higher"} | words
    rows = key[(key["scenario"] == scenario) & (key["measure"] == measure) & (key["education_levels"] == 4)]
    for column, value in words.items():
        rows = rows[rows[column] == value]
    assert not rows["outcome"].duplicated().any()
    return rows.set_index("outcome")["truth"]


def test_the_key_holds_both_readings_of_each_set(key):
    sets = key.groupby("population")["scenario"].agg(set)
    assert sets.to_dict() == {"session_set": WITH_SESSIONS, "change_set": WITH_FORMS, "drawn_set": set(WORLD)}
    assert set(key["estimator"]) == {SEQUENTIAL, SHAPLEY}
    assert (key["stratum"] == "reading=" + key["estimator"].str.removeprefix("pathway_")).all()
    whole = key[key["population"] != "drawn_set"]
    assert set(whole.loc[whole["education_levels"] == 3, "level"]) == {"short", "medium", "long", "unknown"}


def test_stored_truths_of_persons_drawn_directly_are_exact(key):
    drawn = key[key["population"] == "drawn_set"]
    assert (drawn["mc_error"] == 0).all()
    assert set(drawn["education_levels"]) == {4}
    by = ["outcome", "measure", "level", "stratum"]
    for scenario, world in WORLD.items():
        truth = pd.concat([true_pathway(world, reading=reading).tidy() for reading in READINGS])
        both = drawn[drawn["scenario"] == scenario].merge(truth, on=by, validate="one_to_one")
        assert len(both) == len(truth)
        np.testing.assert_allclose(both["truth"], both["estimate"], rtol=1e-8, atol=1e-12)


def test_contributions_in_the_key_add_up_and_shares_are_their_ratios(key):
    by = ["scenario", "population", "estimator", "model", "education_levels", "level"]
    rows = key[key["measure"] == "contribution"]
    total = rows[rows["outcome"] == "total"].set_index(by)["truth"]
    parts = rows[rows["outcome"] != "total"]
    np.testing.assert_allclose(parts.groupby(by)["truth"].sum()[total.index], total, rtol=1e-6, atol=1e-8)
    shares = key[key["measure"] == SHARE].merge(parts, on=[*by, "outcome"], suffixes=("", "_part"))
    assert len(shares) == (key["measure"] == SHARE).sum()
    expected = shares["truth_part"] / total[pd.MultiIndex.from_frame(shares[by])].to_numpy()
    np.testing.assert_allclose(shares["truth"], expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(shares.groupby(by)["truth"].sum(), 1, rtol=1e-6)
    adjusted = shares[(shares["model"] == PRIMARY) & (shares["population"] == "session_set")]
    assert adjusted["scenario"].nunique() >= 4


def test_the_gap_in_sessions_arises_where_the_scenario_says(key):
    shares = {name: parts_of_gap(key, name, SHARE) for name in WITH_SESSIONS - {"reversed"}}
    # all of it at the referral, but for early deaths among those who come
    assert shares["gap_in_access"]["referred"] > 0.9
    assert shares["gap_in_access"].drop("referred").abs().max() < 0.06
    # at the referral and in booking; with the referral equal (income and family still act on it) the rest weighs more
    for name, most in (("default", "referred"), ("equal", "sessions_booked"), ("no_shows", "referred")):
        assert shares[name].idxmax() == most
    assert abs(shares["default"]["sessions_attended"]) < 0.02 < 0.3 < shares["no_shows"]["sessions_attended"]
    assert shares["equal"]["referred"] < shares["default"]["referred"] < shares["gap_in_access"]["referred"]
    reversed_parts = parts_of_gap(key, "reversed")
    assert reversed_parts["referred"] < 0 < min(reversed_parts["interview_attended"], reversed_parts["sessions_booked"])


def test_need_that_nobody_sees_makes_the_gap_at_the_referral_smaller(key):
    # those with short education need it more, and need is what brings people in
    for stage in ("referred", "total"):
        assert parts_of_gap(key, "selected_referral")[stage] < parts_of_gap(key, "default")[stage]


def test_a_graded_effect_adds_to_the_gap_in_improved_and_to_no_other_stage(key):
    default, graded = (parts_of_gap(key, name, population="change_set") for name in ("default", "graded_effect"))
    assert list(default.index) == ["referred", "interview_attended", "started", "due", "improved", "total"]
    assert graded["improved"] > 4 * default["improved"]
    shares = {name: parts_of_gap(key, name, SHARE, population="change_set") for name in WITH_FORMS}
    assert abs(shares["default"]["improved"]) < 0.15 < 0.2 < shares["graded_effect"]["improved"]
    # of the other stages the same, within their errors
    by = ["estimator", "outcome", "model", "measure", "level", "stratum"]
    rows = key[(key["population"] == "change_set") & (key["measure"] == "stage_ratio") & (key["education_levels"] == 4)]
    rows = rows[~rows["outcome"].isin(["improved", "total"])]
    both = rows[rows["scenario"] == "default"].merge(rows[rows["scenario"] == "graded_effect"], on=by)
    off = np.log(both["truth_x"] / both["truth_y"]) / np.hypot(both["mc_error_x"], both["mc_error_y"])
    assert len(both) == 64
    assert (off.abs() < 4).all()
