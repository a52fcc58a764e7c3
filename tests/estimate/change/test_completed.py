"""Completed scores and departures from what imputation assumes: deltas by pattern and by level, on paper."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.change.completed import Completed, Delta, completed, given_of, points_by_level
from rehab_stats.estimate.change.target import Question
from rehab_stats.estimate.model.sample import WrongCall

LEVEL = [*"aaaabbb"]
BEFORE = [10.0, 20, 30, np.nan, 40, np.nan, 60]
AFTER = [14.0, np.nan, np.nan, np.nan, 48, np.nan, 62]
GIVEN = [1.0, 1, 1, 0, 1, 1, 1]


def target_of(data, baseline="before", followup="after", exposure="level", terms=()):
    question = Question.of(
        data,
        baseline=baseline,
        followup=followup,
        exposure=exposure,
        reference=None,
        models={"crude": ()},
        auxiliary=terms,
    )
    return question.target(())


@pytest.fixture
def seven():
    """Two levels; of a three have no follow-up, one of them never given a form; of b one was given one in vain."""
    return pd.DataFrame({"level": LEVEL, "before": BEFORE, "after": AFTER, "given": GIVEN})


@pytest.fixture
def made(seven):
    """Two imputations. Mean changes: a (4 + 2 + 6 + 8) / 4 = 5 and 3; b (8 + 5 + 2) / 3 = 5 and 6."""
    baseline = np.array([[10, 20, 30, 25, 40, 50, 60], [10, 20, 30, 27, 40, 44, 60]], dtype=float).T
    followup = np.array([[14, 22, 36, 33, 48, 55, 62], [14, 26, 28, 31, 48, 52, 62]], dtype=float).T
    return Completed(target_of(seven), baseline, followup)


def moved(made, delta, given=GIVEN):
    """(rows, m): by how much the follow-up changed."""
    return made.departed(delta, None if given is None else np.array(given)).followup - made.followup


# By hand


def test_no_departure_changes_nothing(made):
    assert made.departed(None, None) is made
    assert not moved(made, Delta()).any()


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        (Delta(dropouts=-3), [0, -3, -3, 0, 0, -3, 0]),
        (Delta(never_given=-3), [0, 0, 0, -3, 0, 0, 0]),
        (Delta(never_given={"a": 1}, dropouts={"b": 2}), [0, 0, 0, 1, 0, 2, 0]),
        (Delta(never_given=1.5, dropouts={"a": -2, "b": 4}), [0, -2, -2, 1.5, 0, 4, 0]),
    ],
)
def test_deltas_move_the_follow_up_of_those_without_one(made, delta, expected):
    np.testing.assert_allclose(moved(made, delta), np.repeat(np.array(expected, dtype=float)[:, None], 2, axis=1))


def test_without_a_column_whose_baseline_is_missing_was_never_given_a_form(made):
    found = moved(made, Delta(never_given=10, dropouts=1), given=None)
    np.testing.assert_allclose(found[:, 0], [0, 1, 1, 10, 0, 10, 0])


def test_who_has_a_follow_up_alone_is_not_moved(seven):
    data = seven.assign(before=[10.0, 20, 30, np.nan, np.nan, 5, 60])
    made = Completed(target_of(data), np.ones((7, 1)), np.ones((7, 1)))
    assert moved(made, Delta(never_given=10, dropouts=1), given=None)[:, 0].tolist() == [0, 1, 1, 10, 0, 1, 0]


def test_jump_to_baseline_takes_the_levels_mean_change_off_its_dropouts(made):
    """5 and 3 from the two dropouts of a, 5 and 6 from the one of b; who was never given a form stays as imputed."""
    expected = [[0, -5, -5, 0, 0, -5, 0], [0, -3, -3, 0, 0, -6, 0]]
    np.testing.assert_allclose(moved(made, Delta(jump_to_baseline=True)).T, expected)


def test_after_the_jump_a_levels_mean_is_that_of_the_share_who_are_no_dropouts(made):
    """Half of a are dropouts and a third of b: 5 -> 2.5 and 3 -> 1.5, 5 -> 10/3 and 6 -> 4."""
    jumped = made.departed(Delta(jump_to_baseline=True), np.array(GIVEN))
    change = jumped.followup - jumped.baseline
    np.testing.assert_allclose(change[:4].mean(axis=0), [2.5, 1.5])
    np.testing.assert_allclose(change[4:].mean(axis=0), [10 / 3, 4])


def test_dropouts_who_are_like_their_level_did_not_change_after_the_jump(seven):
    """Everybody changed by 7 as imputed: dropouts by 0 then, the others by 7 still."""
    made = Completed(target_of(seven), np.zeros((7, 1)), np.full((7, 1), 7.0))
    jumped = made.departed(Delta(jump_to_baseline=True), np.array(GIVEN)).followup[:, 0]
    assert jumped.tolist() == [7, 0, 0, 7, 7, 0, 7]


def test_a_delta_of_dropouts_comes_on_top_of_the_jump(made):
    both = moved(made, Delta(jump_to_baseline=True, dropouts=-1, never_given=2))
    apart = moved(made, Delta(jump_to_baseline=True)) + moved(made, Delta(dropouts=-1, never_given=2))
    np.testing.assert_allclose(both, apart)


def test_points_of_levels_that_are_not_named_are_0():
    assert points_by_level({"b": 2.5}, ("a", "b")).tolist() == [0, 2.5]
    assert points_by_level({1: 2, 3.0: -1}, ("1", "2", "3")).tolist() == [2, 0, -1]
    assert points_by_level(4, ("a", "b")).tolist() == [4, 4]


def test_given_is_read_by_place_whatever_the_index(seven):
    seven.index = [3, 3, 0, 1, 1, 2, 2]
    data = seven.assign(level=[None, *LEVEL[1:]], given=pd.array([None, *map(bool, GIVEN[1:])], "boolean"))
    assert given_of(data, target_of(data), "given").tolist() == GIVEN[1:]
    assert given_of(data, target_of(data), "") is None


# Invariance


def drawn(graded, m, *, workers=1, seed=11, followup="followup"):
    target = target_of(graded, "baseline", followup, "education", terms=["age"])
    return completed(target, ["age"], m=m, method="normal", rng=np.random.default_rng(seed), workers=workers)


def test_known_scores_stay_and_missing_ones_are_drawn_anew(graded):
    made = drawn(graded, 3)
    assert made.m == 3
    for name, values in (("baseline", made.baseline), ("followup", made.followup)):
        known = graded[name].notna().to_numpy()
        np.testing.assert_array_equal(values[known], np.repeat(graded[name].to_numpy()[known, None], 3, axis=1))
        assert (np.ptp(values[~known], axis=1) > 0).all()


def test_the_first_imputations_are_the_same_however_many_there_are_and_whoever_makes_them(graded):
    few, many = drawn(graded, 3), drawn(graded, 6, workers=2)
    np.testing.assert_array_equal(many.followup[:, :3], few.followup)
    np.testing.assert_array_equal(many.baseline[:, :3], few.baseline)
    assert not np.array_equal(drawn(graded, 3, seed=12).followup, few.followup)


def test_with_nothing_missing_all_copies_are_the_scores(whole):
    made = drawn(whole, 2)
    np.testing.assert_array_equal(made.followup, np.repeat(whole["followup"].to_numpy()[:, None], 2, axis=1))
    assert made.notes == ()


def test_what_the_imputation_could_not_do_is_told(people):
    with pytest.warns(UserWarning, match="some level of education has too few complete rows"):
        made = drawn(people, 2)
    assert "some level of education has too few complete rows" in made.notes[0]


# Refusals


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({"c": 1}, "delta names the level 'c'; there are a, b"),
        (np.inf, "delta must be finite numbers of points"),
        ({"a": np.nan}, "delta must be finite numbers of points"),
        ({"a": "5"}, "delta must be finite numbers of points"),
        ([1, 2], "delta must be finite numbers of points"),
    ],
)
def test_points_that_are_none(points, message):
    with pytest.raises(WrongCall, match=message):
        points_by_level(points, ("a", "b"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1, 1, 1, 0, 1, 1, 2], r"given must be 0 or 1: 1 rows are not \(rows 6\)"),
        ([1, 1, None, 0, 1, 1, 1], r"given must be 0 or 1: 1 rows are not \(rows 2\)"),
        ([*"yyynyyy"], "given must be numbers"),
        ([1, 0, 1, 0, 0, 1, 1], r"given must be 1 where before is known, since .*: 2 rows are not \(rows 1, 4\)"),
    ],
)
def test_a_column_that_does_not_tell_who_was_given_a_form(seven, given, message):
    data = seven.assign(given=given)
    with pytest.raises(ValueError, match=message):
        given_of(data, target_of(data), "given")


def test_a_column_that_is_not_there(seven):
    with pytest.raises(WrongCall, match="data has no column 'givn'; did you mean 'given'"):
        given_of(seven, target_of(seven), "givn")
