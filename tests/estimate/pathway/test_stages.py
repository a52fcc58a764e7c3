"""What every row did at each stage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.pathway.stages import COUNT, SHARE, YES_NO, read_journeys

PATH = {"referred": "referred", "started": "started", "sessions": "sessions"}
NA = np.nan


@pytest.fixture
def data() -> pd.DataFrame:
    """One row a case: goes all the way, not referred, not started, skips, unseen in the middle, unseen at the end."""
    return pd.DataFrame(
        {
            "referred": [1, 0, 1, 0, 1, 1, NA],
            "started": [1, 0, 0, 1, NA, 1, 1],
            "sessions": [5, 0, 0, 7, 2, NA, 4],
        }
    )


def test_only_who_passed_every_stage_before_has_come_to_a_stage(data):
    journeys = read_journeys(data, PATH)
    assert [stage.kind for stage in journeys.stages] == [YES_NO, YES_NO, COUNT]
    np.testing.assert_array_equal(journeys.size[0], [1, 1, 1, 1, 1, 1, 0])
    np.testing.assert_array_equal(journeys.size[1], [1, 0, 1, 0, 0, 1, 0])
    np.testing.assert_array_equal(journeys.size[2], [1, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(journeys.value[2], [5, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(journeys.started, [True] * 6 + [False])


def test_missing_and_contradicting_values_are_counted(data):
    about = read_journeys(data, PATH).diagnostics
    assert about["at_stage.referred"] == 6
    assert about["unseen.started"] == 1
    assert about["unseen.sessions"] == 1  # who started and has no count; not who was lost before
    assert about["skipped.started"] == 1
    assert about["skipped.sessions"] == 1


def test_in_a_period_an_unseen_stage_counts_as_passed(data):
    journeys = read_journeys(data, PATH, period=True)
    np.testing.assert_array_equal(journeys.size[1], [1, 0, 1, 0, 0, 1, 1])
    np.testing.assert_array_equal(journeys.size[2], [1, 0, 0, 0, 1, 0, 1])  # the fifth row: started unseen, 2 sessions
    np.testing.assert_array_equal(journeys.started, [True] * 6 + [False])


def test_a_share_takes_its_size_from_the_count_before_it():
    data = pd.DataFrame({"started": [1, 1, 0, 1], "booked": [4, 0, 3, 2], "attended": [3, 0, 1, 2]})
    path = {"started": "started", "booked": "booked", "attended": ("attended", "booked")}
    journeys = read_journeys(data, path)
    assert [stage.kind for stage in journeys.stages] == [YES_NO, COUNT, SHARE]
    np.testing.assert_array_equal(journeys.size[2], [4, 0, 0, 2])
    np.testing.assert_array_equal(journeys.value[2], [3, 0, 0, 2])


def test_flags_are_yes_and_no():
    data = pd.DataFrame({"referred": [True, False, True], "started": [True, False, False]})
    assert read_journeys(data, {"a": "referred", "b": "started"}).size.sum() == 5


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ({"referred": "referred"}, "at least two stages"),
        ("referred", "at least two stages"),
        ({"referred": "referred", "total": "started"}, "'total'"),
        ({"referred": "referred", "again": "referred"}, "stands for two stages"),
        ({"referred": "referred", "started": "begun"}, "no column 'begun'"),
        (
            {"sessions": "sessions", "started": "started"},
            r"sessions must be 0 or 1 \(only the last stage",
        ),
        ({"started": ("started", "sessions"), "referred": "referred"}, "must be the last stage and follow that column"),
        ({"referred": "referred", "started": ("started", "sessions")}, "must be the last stage and follow that column"),
    ],
)
def test_paths_that_are_none_are_refused(data, stages, message):
    with pytest.raises(ValueError, match=message):
        read_journeys(data, stages)


def test_impossible_values_are_refused_by_row():
    data = pd.DataFrame({"started": [1, 1, 1], "booked": [4, 2.5, 3], "attended": [3, 1, 4]})
    path = {"started": "started", "booked": "booked"}
    with pytest.raises(ValueError, match=r"booked must be a whole number from 0 on: 1 rows are not \(rows 1\)"):
        read_journeys(data, path)
    with pytest.raises(ValueError, match=r"attended must not exceed the count .* \(rows 2\)"):
        read_journeys(data.assign(booked=[4, 2, 3]), path | {"attended": ("attended", "booked")})
    with pytest.raises(ValueError, match="started must be 0 or 1"):
        read_journeys(data.assign(started=[1, 0.5, 1]), path)


def test_what_a_column_says_of_who_had_not_come_that_far_is_not_looked_at():
    data = pd.DataFrame({"referred": [0, 1], "started": [-3, 1]})
    assert read_journeys(data, {"referred": "referred", "started": "started"}).size[1].sum() == 1


NESTED = pd.DataFrame({"referred": [1, 1, 1, 1, 0], "interview": [1, 1, 1, 0, 0], "started": [1, 1, 0, 0, 0]}).assign(
    booked=[4, 3, 0, 0, 0], attended=[4, 2, 0, 0, 0]
)
WHOLE = {name: name for name in NESTED} | {"attended": ("attended", "booked")}


def test_columns_that_contradict_the_mapping_and_agree_on_another_order_have_that_order():
    straight, back = read_journeys(NESTED, WHOLE), read_journeys(NESTED, dict(reversed(WHOLE.items())))
    assert straight.names == back.names == tuple(WHOLE)
    np.testing.assert_array_equal(straight.size, back.size)
    unseen = NESTED.assign(interview=[1, 1, 1, 0, NA], started=[1, 1, 0, NA, NA])  # missing where nobody was asked
    assert (
        read_journeys(unseen, {name: name for name in ("started", "referred", "interview")}).names == tuple(WHOLE)[:3]
    )


def test_missing_values_contradict_no_order():
    """An interview that nobody wrote down does not move the interview behind the start."""
    unseen = NESTED.assign(interview=[1, NA, NA, 0, 0], started=[1, 1, 1, 0, 0])
    path = {name: name for name in ("referred", "interview", "started")}
    assert read_journeys(unseen, path).names == tuple(path)


def test_columns_that_agree_on_no_order_are_taken_as_named_and_counted(data):
    journeys = read_journeys(data, {"started": "started", "referred": "referred"})
    assert journeys.names == ("started", "referred")
    assert journeys.diagnostics["skipped.referred"] == 1


@pytest.mark.parametrize("spec", [3, ("a", "b", "c"), ["referred"], ()])
def test_a_stage_is_a_column_or_a_pair(data, spec):
    with pytest.raises(ValueError, match="must be a column, or a pair of columns"):
        read_journeys(data, {"referred": spec, "started": "started"})
