"""Persons with scores in some milliseconds: in the shape of the cohort, the same for the same seed."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.extract.cohort.effect import effect_cohort
from rehab_stats.extract.synthetic.effect_frames import PILOT_PERSONS, REGISTER_PERSONS, simulate_effect
from rehab_stats.extract.synthetic.simulate import simulate_extract

TRUE = ["chance_given", "chance_returned_baseline", "chance_returned_followup", "true_baseline", "true_followup"]


@pytest.fixture(scope="module")
def cohort():
    return effect_cohort(simulate_extract(validate=False))


def test_the_frame_has_the_shape_of_the_cohort(cohort):
    frame = simulate_effect(n=REGISTER_PERSONS, rng=np.random.default_rng(1))
    persons = cohort.persons
    assert frame.columns.tolist() == [*persons.columns, *TRUE]
    assert frame[persons.columns].dtypes.to_dict() == persons.dtypes.to_dict()
    assert set(frame["followup_status"]) == {"due"}
    assert frame["person_id"].is_unique
    seen = frame[frame["form_pattern"] == "both"]
    np.testing.assert_array_equal(seen["score_baseline"], seen["true_baseline"])
    np.testing.assert_array_equal(seen["change"], seen["true_followup"] - seen["true_baseline"])
    patterns = pd.crosstab(
        frame["form_pattern"], [frame["given"], frame["returned_baseline"], frame["returned_followup"]]
    )
    assert (patterns > 0).sum().tolist() == [1] * 5
    assert frame[TRUE].notna().all().all()


def test_persons_are_those_who_start_in_the_extract(cohort):
    frame = simulate_effect(n=20_000, rng=np.random.default_rng(2))
    known = ["sex", "age", "education", "diagnosis_group", "start_month"]
    assert set(frame[known].itertuples(index=False)) <= set(cohort.persons[known].itertuples(index=False))
    shares = frame["education"].value_counts(normalize=True) - cohort.persons["education"].value_counts(normalize=True)
    assert shares.abs().max() < 0.015


def test_exact_scores_leave_the_scale_and_rounded_ones_do_not():
    exact, rounded = (simulate_effect(n=5_000, rng=np.random.default_rng(3), exact=exact) for exact in (True, False))
    assert exact["true_followup"].max() > 100
    for score in (rounded["true_baseline"], rounded["true_followup"]):
        assert score.between(0, 100).all()
        assert np.isin(np.round(score * 12 / 100, 9), range(13)).all()
    assert abs(rounded["true_baseline"].mean() - exact["true_baseline"].mean()) < 1.5  # the ceiling takes some


def test_the_same_seed_gives_the_same():
    first, again, other = (simulate_effect(n=PILOT_PERSONS, rng=np.random.default_rng(seed)) for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(first, again)
    assert not first["true_followup"].equals(other["true_followup"])
    assert len(simulate_effect(n=1, rng=np.random.default_rng(6))) == 1


def test_the_pool_is_not_changed_by_its_use():
    before = simulate_effect(n=50, rng=np.random.default_rng(7))
    used = simulate_effect(n=50, rng=np.random.default_rng(7))
    used.loc[:, "age"] = 0
    used.attrs["unseen_change"]["dropout"]["basic"] = 99.0
    pd.testing.assert_frame_equal(simulate_effect(n=50, rng=np.random.default_rng(7)), before)
    assert (
        simulate_effect("unseen_change", n=1, rng=np.random.default_rng(7)).attrs["unseen_change"]["dropout"]["basic"]
        < 0
    )


def test_wrong_calls_are_refused():
    for wrong in (0, 2.5, True):
        with pytest.raises(ValueError, match="n must be a whole number of persons"):
            simulate_effect(n=wrong, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        simulate_effect(rng=1)
    with pytest.raises(ValueError, match="no scenario 'graded'; nearest is 'graded_"):
        simulate_effect("graded", rng=np.random.default_rng(1))
