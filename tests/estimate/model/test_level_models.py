"""fit_levels: closed forms, statsmodels-free optimum checks, limits where something never happens, draws, refusal."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from rehab_stats.estimate.model.design_matrix import build_design
from rehab_stats.estimate.model.level_models import BINOMIAL, POISSON, Patterns, fit_levels
from rehab_stats.estimate.model.models import named_models
from rehab_stats.estimate.model.sample import Roles, prepare


def _patterns(data: pd.DataFrame, terms=()):
    """Patterns and design of `level` with terms."""
    sample = prepare(data, Roles("level", ("y",)), named_models(list(terms))).sample(list(terms))
    design = build_design(sample.frame, exposure="level", terms=list(terms))
    return Patterns.of(design, sample), design


@pytest.fixture
def data():
    rng = np.random.default_rng(12)
    frame = pd.DataFrame({"level": rng.integers(0, 3, 300), "x": rng.normal(5, 2, 300).round(1)})
    frame["kind"] = rng.choice(["p", "q", "r"], 300)
    frame["y"] = rng.poisson(np.exp(0.3 + 0.2 * frame["level"] + 0.1 * frame["x"]))
    frame["k"] = rng.binomial(frame["y"], expit(-1 + 0.1 * frame["x"]))
    return frame


# ---- by hand


def test_without_covariates_each_level_has_its_own_mean_and_share():
    frame = pd.DataFrame({"level": [0, 0, 1, 1], "y": [1, 3, 0, 5], "k": [1, 1, 0, 2]})
    patterns, design = _patterns(frame)
    booked = fit_levels(patterns, design.per_pattern(np.ones(4)), design.per_pattern(frame["y"]), POISSON)
    assert booked.means(patterns.covariates)[0].tolist() == pytest.approx([2, 2.5])
    lost = fit_levels(patterns, design.per_pattern(frame["y"]), design.per_pattern(frame["k"]), BINOMIAL)
    assert lost.means(patterns.covariates)[0].tolist() == pytest.approx([2 / 4, 2 / 5])


@pytest.mark.parametrize("family", [POISSON, BINOMIAL])
def test_at_the_maximum_observed_equals_expected_in_every_column(data, family):
    """The score is zero: sums over levels, of x, of x squared and of each kind are those that were observed."""
    patterns, design = _patterns(data, ["x", "I(x**2)", "kind"])
    size = np.ones(300) if family is POISSON else data["y"].to_numpy(float)
    total = data["y" if family is POISSON else "k"].to_numpy(float)
    model = fit_levels(patterns, design.per_pattern(size), design.per_pattern(total), family)
    expected = size * model.means(patterns.covariates)[design.index, data["level"]]
    for column in [*(data["level"] == 1 for _ in range(1)), data["x"], data["x"] ** 2, data["kind"] == "q"]:
        assert column.to_numpy(float) @ expected == pytest.approx(column.to_numpy(float) @ total, rel=1e-9)
    assert not model.at_limit


# ---- where something never happens


def test_a_level_in_which_nothing_happens_has_the_rate_zero_and_leaves_the_others_alone(data):
    quiet = data.assign(k=data["k"].where(data["level"] != 0, 0))
    without = quiet[quiet["level"] != 0]
    rates = []
    for frame in (quiet, without):
        patterns, design = _patterns(frame, ["x"])
        model = fit_levels(patterns, design.per_pattern(frame["y"]), design.per_pattern(frame["k"]), BINOMIAL)
        rates.append(model.means(patterns.covariates)[design.index])
    assert (rates[0][:, 0] == 0).all()
    np.testing.assert_allclose(rates[0][(quiet["level"] != 0).to_numpy(), 1:], rates[1], rtol=1e-9)


def test_a_level_in_which_it_always_happens_has_the_rate_one(data):
    always = data.assign(k=data["k"].where(data["level"] != 2, data["y"]))
    patterns, design = _patterns(always, ["x"])
    model = fit_levels(patterns, design.per_pattern(always["y"]), design.per_pattern(always["k"]), BINOMIAL)
    assert (model.means(patterns.covariates)[:, 2] == 1).all()


def test_what_never_happens_at_all_has_the_rate_zero(data):
    patterns, design = _patterns(data, ["x"])
    model = fit_levels(patterns, design.per_pattern(data["y"]), np.zeros(design.patterns), BINOMIAL)
    assert (model.means(patterns.covariates) == 0).all()


def test_a_category_in_which_nothing_happens_has_next_to_the_rate_zero_and_says_so(data):
    quiet = data.assign(k=data["k"].where(data["kind"] != "r", 0))
    patterns, design = _patterns(quiet, ["kind"])
    model = fit_levels(patterns, design.per_pattern(quiet["y"]), design.per_pattern(quiet["k"]), BINOMIAL)
    rates = model.means(patterns.covariates)[design.index]
    assert model.at_limit
    assert rates[(quiet["kind"] == "r").to_numpy()].max() < 1e-5
    rest = quiet[quiet["kind"] != "r"]
    own, ours = _patterns(rest, ["kind"]), rates[(quiet["kind"] != "r").to_numpy()]
    alone = fit_levels(own[0], own[1].per_pattern(rest["y"]), own[1].per_pattern(rest["k"]), BINOMIAL)
    np.testing.assert_allclose(ours, alone.means(own[0].covariates)[own[1].index], rtol=1e-5)


# ---- draws


def test_a_fit_from_the_whole_sample_s_estimate_is_the_fit_from_scratch(data):
    patterns, design = _patterns(data, ["bs(x, df=4)", "kind"])
    weights = np.bincount(np.random.default_rng(3).integers(0, 300, 300), minlength=300).astype(float)
    for family, size, total in [(POISSON, np.ones(300), data["y"]), (BINOMIAL, data["y"], data["k"])]:
        whole = fit_levels(patterns, design.per_pattern(size), design.per_pattern(total), family)
        drawn = design.per_pattern(weights * size), design.per_pattern(weights * total)
        warm, cold = fit_levels(patterns, *drawn, family, start=whole), fit_levels(patterns, *drawn, family)
        np.testing.assert_allclose(warm.means(patterns.covariates), cold.means(patterns.covariates), rtol=1e-9)


def test_a_category_of_which_nobody_was_drawn_keeps_its_coefficient(data):
    patterns, design = _patterns(data, ["x", "kind"])
    ones, total = np.ones(300), data["y"].to_numpy(float)
    whole = fit_levels(patterns, design.per_pattern(ones), design.per_pattern(total), POISSON)
    some = (data["kind"] != "r").to_numpy(float)
    drawn = fit_levels(patterns, design.per_pattern(some), design.per_pattern(some * total), POISSON, start=whole)
    place = patterns.names.index("kind[T.r]")
    assert drawn.slopes[place] == whole.slopes[place]
    rest = data[some > 0]
    own, alone = _patterns(rest, ["x", "kind"]), None
    alone = fit_levels(own[0], own[1].per_pattern(np.ones(len(rest))), own[1].per_pattern(rest["y"]), POISSON)
    ours = drawn.means(patterns.covariates)[design.index][some > 0]
    np.testing.assert_allclose(ours, alone.means(own[0].covariates)[own[1].index], rtol=1e-8)


def test_weights_are_so_many_equal_rows(data):
    patterns, design = _patterns(data, ["x", "kind"])
    weights = np.random.default_rng(5).integers(0, 4, 300).astype(float)
    weighted = fit_levels(patterns, design.per_pattern(weights), design.per_pattern(weights * data["y"]), POISSON)
    rows = data.loc[np.repeat(data.index, weights.astype(int))].reset_index(drop=True)
    own, made = _patterns(rows, ["x", "kind"])
    repeated = fit_levels(own, made.per_pattern(np.ones(len(rows))), made.per_pattern(rows["y"]), POISSON)
    np.testing.assert_allclose(
        weighted.means(patterns.covariates)[design.index][np.repeat(np.arange(300), weights.astype(int))],
        repeated.means(own.covariates)[made.index],
        rtol=1e-9,
    )


def test_a_start_far_away_finds_the_same_maximum(data):
    patterns, design = _patterns(data, ["x"])
    size, total = design.per_pattern(np.ones(300)), design.per_pattern(data["y"])
    found = fit_levels(patterns, size, total, POISSON)
    far = type(found)(POISSON, np.log(np.full(3, 50.0)), np.array([-1.0]), False)
    again = fit_levels(patterns, size, total, POISSON, start=far)
    np.testing.assert_allclose(again.means(patterns.covariates), found.means(patterns.covariates), rtol=1e-8)


def test_the_links_undo_their_means():
    values = np.array([0.1, 0.5, 0.9])
    for family in (POISSON, BINOMIAL):
        np.testing.assert_allclose(family.mean(family.link(values)), values, rtol=1e-12)
        step, x = 1e-6, logit(values)
        slope = (family.cumulant(x + step) - family.cumulant(x - step)) / (2 * step)
        np.testing.assert_allclose(slope, family.mean(x), rtol=1e-6)
        slope = (family.mean(x + step) - family.mean(x - step)) / (2 * step)
        np.testing.assert_allclose(slope, family.slope(family.mean(x)), rtol=1e-6)


# ---- refusal


def test_refusals(data):
    patterns, design = _patterns(data, ["x", "kind"])
    nobody = design.per_pattern((data["level"] != 1).to_numpy(float))
    with pytest.raises(ValueError, match="level '1' has nothing to take a mean of"):
        fit_levels(patterns, nobody, nobody, POISSON)
    booked = data.assign(y=data["y"].where(data["kind"] != "q", 0))
    sizes, lost = design.per_pattern(booked["y"]), design.per_pattern(booked["k"].clip(upper=booked["y"]))
    with pytest.raises(ValueError, match=r"nothing can be learned about kind\[T.q\]: it has one value in all rows"):
        fit_levels(patterns, sizes, lost, BINOMIAL)
    copied = data.assign(again=2 * data["x"] + 1)
    patterns, design = _patterns(copied, ["x", "again"])
    with pytest.raises(ValueError, match="collinear columns: x, again"):
        fit_levels(patterns, design.per_pattern(np.ones(300)), design.per_pattern(data["y"]), POISSON)
