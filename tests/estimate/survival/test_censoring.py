"""Censoring weights: by hand, against the Aalen-Johansen estimate, known truth, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.survival.censoring import censoring_weights, outcome_by
from rehab_stats.estimate.survival.incidence import cumulative_incidence

TIMES = {"duration": "days", "event": "event"}


def _data(days, event, **more) -> pd.DataFrame:
    return pd.DataFrame({"days": days, "event": event} | more)


def test_outcome_by_a_horizon():
    data = _data([1, 3, 3, 3, 2, 2, 5, 5, 5, np.nan], [1, 1, 2, 0, 0, 2, 0, 1, 2, 1])
    expected = [1, 1, 0, 0, np.nan, 0, 0, 0, 0, np.nan]
    np.testing.assert_array_equal(outcome_by(data, **TIMES, horizon=3), expected)


def test_weights_on_paper():
    # day 2: one event, then one of the other 4 is censored: G falls to 3/4; day 4: one of 2 is censored: 3/8
    data = _data([1, 2, 2, 3, 4, 6], [1, 2, 0, 1, 0, 0])
    got = censoring_weights(data, **TIMES, horizon=5)
    assert got.tolist() == pytest.approx([1, 1, 0, 4 / 3, 0, 8 / 3])
    assert got.sum() == pytest.approx(6)


def test_censored_right_at_the_horizon_is_observed_to_it():
    data = _data([1, 2, 3, 3], [0, 1, 0, 2])
    assert censoring_weights(data, **TIMES, horizon=3).tolist() == pytest.approx([0, 4 / 3, 4 / 3, 4 / 3])
    assert outcome_by(data, **TIMES, horizon=3).tolist()[1:] == [1, 0, 0]


@pytest.mark.parametrize("by", [[], ["education"], ["sex", "education"]])
@pytest.mark.parametrize("horizon", [84, 100, 252])
def test_the_weighted_share_is_the_aalen_johansen_estimate(persons, by, horizon):
    data = persons.assign(
        y=outcome_by(persons, **TIMES, horizon=horizon),
        w=censoring_weights(persons, **TIMES, horizon=horizon, by=by),
        group=persons[by].astype(str).agg(":".join, axis=1) if by else "all",
    )
    curves = cumulative_incidence(data, **TIMES, group="group", at=horizon).select(measure="risk")
    expected = curves.select(outcome="event").tidy().set_index("level")["estimate"]
    assert data.loc[data["y"].isna(), "w"].eq(0).all()
    for level, rows in data.groupby("group"):
        assert rows["w"].sum() == pytest.approx(len(rows), rel=1e-12)
        assert (rows["w"] * rows["y"].fillna(0)).sum() / len(rows) == pytest.approx(expected[level], rel=1e-12)


def test_censoring_that_differs_between_groups_needs_by():
    """Those with the higher risk leave earlier: one curve of leaving for all is biased, one for each group is not."""
    rng, n = np.random.default_rng(5), 40_000
    x = rng.integers(0, 2, n)
    t, end = rng.exponential(np.where(x == 1, 1, 4)), rng.exponential(np.where(x == 1, 0.5, 5))
    data = _data(np.minimum(t, end), (t <= end).astype(int), x=x)
    truth = (t <= 1).mean()
    y = outcome_by(data, **TIMES, horizon=1).fillna(0)
    share = {by: (censoring_weights(data, **TIMES, horizon=1, by=by) * y).sum() / n for by in [("x",), ()]}
    assert share["x",] == pytest.approx(truth, abs=0.015)
    assert abs(share[()] - truth) > 0.03


def test_missing_values_get_no_weight_and_change_no_other(persons):
    data = persons.astype({"days": float})
    data.loc[3, "days"], data.loc[4, "education"] = np.nan, None
    got = censoring_weights(data, **TIMES, horizon=84, by=["education"])
    assert got[got.isna()].index.tolist() == [3, 4]
    same = censoring_weights(persons.drop([3, 4]), **TIMES, horizon=84, by=["education"])
    pd.testing.assert_series_equal(got.drop([3, 4]), same)


def test_row_order_units_and_doubling_change_nothing(persons):
    calls = {"horizon": 84, "by": ["education"]}
    got = censoring_weights(persons, **TIMES, **calls)
    shuffled = censoring_weights(persons.sample(frac=1, random_state=1), **TIMES, **calls)
    pd.testing.assert_series_equal(shuffled.sort_index(), got)
    weeks = censoring_weights(persons.assign(days=persons["days"] / 7), **TIMES, horizon=12, by=["education"])
    pd.testing.assert_series_equal(weeks, got)
    twice = censoring_weights(pd.concat([persons, persons]), **TIMES, **calls)
    np.testing.assert_allclose(twice.to_numpy()[: len(persons)], got, rtol=1e-12)


def test_input_is_not_changed(persons):
    before = persons.copy(deep=True)
    censoring_weights(persons, **TIMES, horizon=84, by=["education"])
    outcome_by(persons, **TIMES, horizon=84)
    pd.testing.assert_frame_equal(persons, before)


def test_nobody_observed_to_the_horizon_is_refused_and_the_level_named():
    data = _data([1, 2, 9, 1, 2, 3], [1, 0, 0, 1, 2, 0], x=list("aaabbb"), z=1.0)
    with pytest.raises(ValueError, match=r"horizon 5: with x = 'b', z = '1', nobody is under observation that long"):
        censoring_weights(data, **TIMES, horizon=5, by=["x", "z"])
    with pytest.raises(ValueError, match="with x = 'b', nobody is under observation"):
        censoring_weights(data, **TIMES, horizon=5, by=["x"])
    with pytest.raises(ValueError, match="horizon 10: nobody is under observation"):
        censoring_weights(data, **TIMES, horizon=10)
    assert censoring_weights(data, **TIMES, horizon=5).sum() == pytest.approx(6)


def test_a_group_in_which_everybody_had_an_event_needs_nobody_observed_longer():
    data = _data([1, 2, 3], [1, 0, 2])
    assert censoring_weights(data, **TIMES, horizon=5).tolist() == pytest.approx([1, 0, 2])


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d, {"horizon": 0}, "horizon must be a finite time above zero, not 0"),
        (lambda d: d, {"horizon": np.nan}, "horizon must be a finite time above zero"),
        (lambda d: d, {"duration": "day"}, "no column 'day'; did you mean 'days'"),
        (lambda d: d.assign(event=d["event"] + 1), {}, r"event must be 0, 1 or 2: \d+ rows are not"),
        (lambda d: d.assign(days=-1), {}, "days must be finite and not below zero"),
    ],
)
@pytest.mark.parametrize("made", [outcome_by, censoring_weights])
def test_refused_by_both(persons, made, change, options, message):
    with pytest.raises(ValueError, match=message):
        made(change(persons), **(TIMES | {"horizon": 84} | options))


def test_columns_that_do_not_exist_and_text_for_a_list_are_refused(persons):
    with pytest.raises(ValueError, match="no column 'eduction'; did you mean 'education'"):
        censoring_weights(persons, **TIMES, horizon=84, by=["eduction"])
    with pytest.raises(ValueError, match="by must be a list of columns, not the text 'education'"):
        censoring_weights(persons, **TIMES, horizon=84, by="education")
