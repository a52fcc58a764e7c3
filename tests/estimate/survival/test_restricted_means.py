"""restricted_means: by hand, against survfit, known truth, what is not observed, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.estimate.survival.restricted_means import restricted_means
from rehab_stats.vocabulary import TIDY_COLUMNS

TIMES = {"duration": "days", "event": "event"}
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]


def _data(days, event, **more) -> pd.DataFrame:
    return pd.DataFrame({"days": days, "event": event} | more)


def _means(data, **options):
    return restricted_means(data, **(TIMES | {"exposure": "level", "until": 4} | options))


def _of(estimates, level, **wanted) -> pd.Series:
    rows = estimates.select(level=level, **wanted).tidy()
    return rows.set_index(["measure", rows["outcome"].fillna("free")])["estimate"]


# day 1: one leaves; day 2: one completes; day 3: one is censored; day 4: one leaves; and another level
PAPER = _data([1, 2, 3, 4, 2, 5], [1, 2, 0, 1, 1, 0], level=list("aaaabb"))


# ---- by hand


def test_six_persons_on_paper():
    got = _means(PAPER)
    # a: free of events 1, 3/4 from day 1, 1/2 from day 2 to 4; b: 1 to day 2, then 1/2
    assert _of(got, "a").to_dict() == pytest.approx(
        {
            ("restricted_mean", "free"): 1 + 3 / 4 + 2 * 1 / 2,
            ("time_lost", "event"): 3 / 4,
            ("time_lost", "competing"): 1 / 2,
        }
    )
    assert _of(got, "b").to_dict() == pytest.approx(
        {
            ("restricted_mean", "free"): 3,
            ("time_lost", "event"): 1,
            ("time_lost", "competing"): 0,
            ("mean_time_difference", "free"): 1 / 4,
            ("time_lost_difference", "event"): 1 / 4,
            ("time_lost_difference", "competing"): -1 / 2,
        }
    )
    events = got.select(level="a").tidy()
    assert events["n"].tolist() == [4, 4, 4]
    assert events["events"].tolist() == [3, 2, 1]


def test_without_censoring_it_is_a_mean_and_its_error():
    days, event = np.array([1, 2, 2, 3, 6, 7.0]), np.array([1, 2, 1, 1, 2, 1])
    data = _data(np.tile(days, 2), np.tile(event, 2), level=np.repeat([0, 1], 6))
    got = _means(data, until=5).select(level="0").tidy().set_index(["measure", "outcome"])
    cut = np.minimum(days, 5)
    lost = {cause: np.where(event == cause, 5 - cut, 0) for cause in (1, 2)}
    for key, values in {
        ("restricted_mean", None): cut,
        ("time_lost", "event"): lost[1],
        ("time_lost", "competing"): lost[2],
    }.items():
        row = got.loc[[key]].iloc[0] if key[1] else got[got.index.get_level_values(1).isna()].iloc[0]
        assert row["estimate"] == pytest.approx(values.mean())
        assert row["std_error"] == pytest.approx(values.std() / np.sqrt(6))
        low, high = row["estimate"] + 1.959963984540054 * row["std_error"] * np.array([-1, 1])
        assert (row["conf_low"], row["conf_high"]) == pytest.approx((low, high))


def test_the_error_is_what_weighing_each_person_a_little_more_gives(persons):
    """The jackknife by definition, for a level of 12 persons beside a larger one, with entries, ties and weights."""
    small = persons.iloc[40:52].assign(level="a", entry_days=lambda d: d["entry_days"].where(d.index != 45, 0))
    data = pd.concat([small, persons.iloc[100:200].assign(level="b")], ignore_index=True)
    calls = {"entry": "entry_days", "weights": "weight", "until": 84}
    wanted = 0.0
    for row in range(12):
        high, low = (
            _of(_means(data.assign(weight=data["weight"] + (data.index == row) * step), **calls), "a")
            for step in (1e-5, -1e-5)
        )
        wanted = wanted + ((high - low) / 2e-5 * data["weight"][row]) ** 2
    assert (wanted > 0).all()
    got = _means(data, **calls).select(level="a").tidy()["std_error"]
    np.testing.assert_allclose(got, np.sqrt(wanted), rtol=1e-5)


# ---- against R


def test_against_survfit(persons, read_reference):
    """Restricted means of survfit and residuals(type = "auc"): tests/reference/restricted_means.R."""
    row = np.arange(1, len(persons) + 1)
    data = persons.assign(years=(persons["days"] - row * 7919 % 6001 / 1000) / 365.25)
    reference, outcomes = read_reference("restricted_means"), {"free": None, "event": "event", "competing": "competing"}
    assert len(reference.index.unique()) == 36
    for case, expected in reference.groupby(level=0):
        time, group, entry, weights, limit = case.split(":")
        got = restricted_means(
            data,
            duration=time,
            event="event",
            exposure=group,
            until=float(limit) / (1 if time == "days" else 365.25),
            entry="entry_days" if entry == "entry" else None,
            weights="weight" if weights == "weighted" else None,
        ).tidy()
        means = got[got["measure"].isin(["restricted_mean", "time_lost"])]
        for name, outcome in outcomes.items():
            rows = means[means["outcome"].isna() if outcome is None else means["outcome"] == outcome].set_index("level")
            wanted = expected[expected["outcome"] == name].set_index("level").loc[rows.index]
            for column in ("estimate", "std_error"):
                np.testing.assert_allclose(rows[column], wanted[column], rtol=1e-6, err_msg=case)
            _same_differences(got, outcome, wanted, case)


def _same_differences(got, outcome, wanted, case):
    measure = "mean_time_difference" if outcome is None else "time_lost_difference"
    rows = got[(got["measure"] == measure) & (outcome is None or got["outcome"] == outcome)].set_index("level")
    base = wanted.loc[rows["reference"].iloc[0]]
    own = wanted.loc[rows.index]
    np.testing.assert_allclose(rows["estimate"], own["estimate"] - base["estimate"], rtol=1e-6, atol=1e-9, err_msg=case)
    error = np.sqrt(own["std_error"] ** 2 + base["std_error"] ** 2)
    np.testing.assert_allclose(rows["std_error"], error, rtol=1e-6, err_msg=case)
    np.testing.assert_allclose(rows["conf_low"], rows["estimate"] - 1.959963984540054 * error, rtol=1e-6, err_msg=case)


# ---- known truth


def test_recovers_the_truth_and_covers_it():
    """60 samples of 300, exponential times: hazards 1 and 0.5 against 0.6 and 0.5, censoring; truth in closed form."""
    rng, found, until = np.random.default_rng(5), [], 0.9

    def lost(hazard, total):
        return hazard / total * (until - (1 - np.exp(-total * until)) / total)

    truth = {
        ("mean_time_difference", "free"): lost(1, 1.5) + lost(0.5, 1.5) - lost(0.6, 1.1) - lost(0.5, 1.1),
        ("time_lost_difference", "event"): lost(0.6, 1.1) - lost(1, 1.5),
        ("time_lost_difference", "competing"): lost(0.5, 1.1) - lost(0.5, 1.5),
    }
    for _ in range(60):
        level = rng.integers(0, 2, 300)
        hazard = np.where(level, 0.6, 1.0)
        time, end = rng.exponential(1 / (hazard + 0.5)), rng.uniform(0.2, 3, 300)
        cause = np.where(rng.random(300) < hazard / (hazard + 0.5), 1, 2)
        data = _data(np.minimum(time, end), np.where(time <= end, cause, 0), level=level)
        rows = _means(data, until=until).tidy().dropna(subset="reference")
        found.append(rows.set_index(["measure", rows["outcome"].fillna("free")]))
    for key, value in truth.items():
        rows = pd.DataFrame([part.loc[key] for part in found])
        estimate = rows["estimate"].astype(float)
        assert abs(estimate.mean() - value) < 3 * estimate.std() / np.sqrt(60)
        assert rows["std_error"].mean() == pytest.approx(estimate.std(), rel=0.3)
        assert 0.87 <= ((rows["conf_low"] < value) & (value < rows["conf_high"])).mean() <= 1


def test_the_three_times_add_up_to_the_period(persons):
    got = restricted_means(persons, **TIMES, exposure="education", until=300.5, weights="weight").tidy()
    means = got[got["reference"].isna()]
    np.testing.assert_allclose(means.groupby("level")["estimate"].sum(), 300.5, rtol=1e-12)
    differences = got[got["reference"].notna()]
    np.testing.assert_allclose(differences.groupby("level")["estimate"].sum(), 0, atol=1e-10)


# ---- what is not observed, what does not vary


def test_a_level_without_events_by_then_has_no_limits_and_others_are_still_compared_with_it():
    data = _data([5, 6, 7, 1, 2, 9], [0, 1, 0, 1, 2, 0], level=list("aaabbb"))
    got = _means(data, until=4)
    mean = got.select(level="a", measure="restricted_mean").tidy().iloc[0]
    assert (mean["estimate"], mean["std_error"]) == (4, 0)
    assert np.isnan(mean["conf_low"])
    difference = got.select(level="b", measure="mean_time_difference").tidy().iloc[0]
    assert difference["estimate"] == pytest.approx((1 + 2 + 4) / 3 - 4)
    assert difference["conf_low"] < difference["estimate"] < difference["conf_high"]


def test_a_level_in_which_all_had_an_event_is_known_for_ever():
    data = _data([1, 2, 3, 50], [1, 2, 1, 0], level=list("aabb"))
    got = _means(data, until=40)
    assert _of(got, "a")["restricted_mean", "free"] == pytest.approx(1.5)
    assert got.diagnostics["observed_until.a"] == np.inf
    assert got.diagnostics["observed_until.b"] == 50


def test_a_period_that_a_level_is_not_observed_for_is_refused():
    with pytest.raises(ValueError, match=r"until 5.5 is beyond what is observed of level = 'b': .* to 5 only"):
        _means(_data([1, 6, 2, 5], [1, 0, 1, 0], level=list("aabb")), until=5.5)
    late = PAPER.assign(entry=[0, 0, 0, 0, 1, 1])
    with pytest.raises(ValueError, match="nobody with level = 'b' was under observation from time 0"):
        _means(late, entry="entry")
    gap = _data([2, 3, 9, 9], [1, 0, 1, 0], level=list("aaaa"), entry=[0, 0, 5, 5])
    other = _data([4, 9], [1, 0], level=list("bb"), entry=[0, 0])
    with pytest.raises(ValueError, match=r"until 6 is beyond what is observed of level = 'a'.* to 3 only"):
        _means(pd.concat([gap, other]), entry="entry", until=6)


# ---- shape


def test_rows_and_diagnostics(persons):
    found = restricted_means(persons, **TIMES, exposure="education", until=200, reference="higher")
    tidy = found.tidy()
    assert tuple(tidy.columns) == TIDY_COLUMNS
    assert tidy["measure"].drop_duplicates().tolist() == [
        "restricted_mean", "time_lost", "mean_time_difference", "time_lost_difference",
    ]  # fmt: skip
    assert (
        tidy["outcome"].tolist()
        == [None] * 4 + ["event"] * 4 + ["competing"] * 4 + [None] * 3 + ["event"] * 3 + ["competing"] * 3
    )
    assert tidy["level"].tolist()[:4] == ["basic", "vocational", "higher", "unknown"]
    assert (tidy["at"] == 200).all()
    assert (tidy["model"] == "crude").all()
    assert (tidy["reference"].dropna() == "higher").all()
    assert found.details()["n_reference"].dropna().unique().tolist() == [(persons["education"] == "higher").sum()]
    assert found.diagnostics["rows_used"] == len(persons)
    assert "within 200 by education" in found.method
    assert tidy["p_value"].isna().tolist() == [True] * 12 + [False] * 9


def test_rows_without_a_value_are_dropped_and_counted(persons):
    data = persons.astype({"days": float, "weight": float})
    data.loc[[3, 4], "days"], data.loc[[4, 9], "education"], data.loc[5, "weight"] = np.nan, None, 0
    calls = TIMES | {"exposure": "education", "until": 200, "weights": "weight"}
    got = restricted_means(data, **calls)
    assert (got.diagnostics["rows_used"], got.diagnostics["rows_dropped"]) == (781, 4)
    same = restricted_means(persons.drop([3, 4, 5, 9]), **calls)
    pd.testing.assert_frame_equal(got.tidy(), same.tidy())


# ---- invariance


def _tidy(data, **options):
    return restricted_means(data, **(TIMES | {"exposure": "education", "until": 200} | options)).tidy()


def test_order_of_rows_changes_nothing_and_input_stays(persons):
    before = persons.copy(deep=True)
    pd.testing.assert_frame_equal(_tidy(persons.sample(frac=1, random_state=1)), _tidy(persons), rtol=1e-9)
    pd.testing.assert_frame_equal(persons, before)


def test_units_of_time_and_of_weights_scale_as_they_should(persons):
    weeks = persons.assign(days=persons["days"] / 7, weight=persons["weight"] * 10)
    got, expected = _tidy(weeks, until=200 / 7, weights="weight"), _tidy(persons, weights="weight")
    for column in ("estimate", "std_error", "conf_low", "conf_high", "at"):
        np.testing.assert_allclose(got[column] * 7, expected[column], rtol=1e-9, err_msg=column)
    np.testing.assert_allclose(got["p_value"], expected["p_value"], rtol=1e-6)


def test_names_of_levels_and_a_weight_of_one_change_nothing(persons):
    expected = _tidy(persons)
    renamed = persons.assign(education=persons["education"].cat.rename_categories({"higher": "Æ [3]"}))
    pd.testing.assert_frame_equal(_tidy(renamed).replace("Æ [3]", "higher"), expected)
    pd.testing.assert_frame_equal(_tidy(persons.assign(weight=1.0), weights="weight"), expected, rtol=1e-12)


def test_every_row_twice_gives_the_same_times_and_errors_smaller_by_the_root_of_two(persons):
    once, twice = _tidy(persons), _tidy(pd.concat([persons, persons]))
    np.testing.assert_allclose(twice["estimate"], once["estimate"], rtol=1e-9)
    np.testing.assert_allclose(twice["std_error"], once["std_error"] / np.sqrt(2), rtol=1e-9)


def test_events_after_the_period_count_as_none(persons):
    later = persons.assign(event=persons["event"].where(persons["days"] <= 200, 0))
    pd.testing.assert_frame_equal(_tidy(later), _tidy(persons), rtol=1e-12)


# ---- refusal


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d.assign(event=3), {}, "event must be 0, 1 or 2"),
        (lambda d: d.assign(days=-1), {}, "days must be finite and not below zero"),
        (lambda d: d.assign(event=0), {}, "no row used has event = 1 or 2 by 4: no time is lost"),
        (lambda d: d, {"until": 0.5}, "no row used has event = 1 or 2 by 0.5: no time is lost"),
        (lambda d: d.assign(entry=5), {"entry": "entry"}, "entry must lie below days"),
        (lambda d: d.assign(w=-1), {"weights": "w"}, "w \\(weights\\) must be finite and not below zero"),
        (lambda d: d[d["level"] == "a"], {}, "everybody has level = 'a'"),
    ],
)
def test_data_that_cannot_be_used(change, options, message):
    with pytest.raises(ValueError, match=message):
        _means(change(PAPER), **options)


@pytest.mark.parametrize("until", [0, -1, np.inf, np.nan, "4"])
def test_periods_that_are_none(until):
    with pytest.raises(WrongCall, match="until must be a number above zero"):
        _means(PAPER, until=until)
