"""The share beyond a threshold: on paper, against the risks of complete data, brute force and known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from rehab_stats.estimate.access.gradient import standardised_risks
from rehab_stats.estimate.change.beyond import BEYOND, share_beyond
from rehab_stats.estimate.missing.response import response_weights

SCORES = {"baseline": "baseline", "followup": "followup"}
CALL = SCORES | {"exposure": "education", "threshold": 10}
STEPS = {"given": ["age"], "returned_baseline": ["education"], "returned_followup": ["baseline"]}
OPTIONS = {"complete_cases": {}, "weights": {"steps": STEPS}, "imputation": {"m": 2}}


def share(data, handling="complete_cases", **options):
    return share_beyond(data, **(CALL | {"handling": handling} | OPTIONS[handling] | options))


@pytest.fixture
def ten():
    """Changes of a: 10, 9, 12, unseen; of b: -10, 10, -11, -9.5, 0, unseen."""
    return pd.DataFrame(
        {
            "education": [*"aaaabbbbbb"],
            "baseline": [0.0, 1, 2, 3, 20, 20, 20, 20, 20, np.nan],
            "followup": [10.0, 10, 14, np.nan, 10, 30, 9, 10.5, 20, 5],
        }
    )


# By hand


@pytest.mark.parametrize(("better", "outcome"), [(True, "improved"), (False, "worsened")])
def test_who_changed_by_at_least_the_threshold_by_hand(ten, better, outcome):
    """Two of three in a, one of five in b; the error of a's share is sqrt(2/3 1/3 / 3)."""
    found = share(ten, higher_is_better=better)
    got = found.tidy()
    assert set(got["outcome"]) == {outcome}
    assert got["measure"].tolist() == ["risk", "risk", "risk_difference", "risk_ratio"]
    assert got["estimate"].tolist() == pytest.approx([2 / 3, 1 / 5, 1 / 5 - 2 / 3, 3 / 10])
    assert got["std_error"][0] == pytest.approx(np.sqrt(2 / 27))
    assert got["n"].tolist() == [3, 5, 5, 5]
    assert got["events"].tolist() == [2, 1, 1, 1]
    assert found.context["population"] == "with_both_forms"
    assert found.context["threshold"] == 10


@pytest.mark.parametrize(("threshold", "level"), [(9, "a"), (11, "b"), (-9.5, "a")])
def test_a_level_in_which_all_or_none_reached_it_is_refused(ten, threshold, level):
    with pytest.raises(
        ValueError, match=rf"education = '{level}' do not have both .*; merge levels or leave a term out"
    ):
        share(ten, threshold=threshold)


def test_a_threshold_below_0_counts_falls(ten):
    fallen = ten.assign(followup=ten["followup"].where(ten.index != 1, -20))
    got = share(fallen, threshold=-10).tidy()
    assert set(got["outcome"]) == {"worsened"}
    assert got["estimate"][:2].tolist() == pytest.approx([1 / 3, 2 / 5])


def test_a_change_that_is_the_threshold_but_for_rounding_reached_it():
    """0.75 - 0.67 is 0.0799...96 to a computer."""
    data = pd.DataFrame(
        {"education": [*"aabb"], "baseline": [0.67, 0.5, 0.6, 0.68], "followup": [0.75, 0.5, 0.7, 0.75]}
    )
    assert share(data, threshold=0.08).tidy()["events"][:2].tolist() == [1, 1]


# Against the risks of complete data


@pytest.mark.parametrize("handling", ["complete_cases", "imputation"])
@pytest.mark.parametrize("adjust", [(), ("age", "sex")])
def test_with_nobody_missing_it_is_standardised_risks(whole, handling, adjust):
    reached = (whole["followup"] - whole["baseline"] >= 10).astype(float)
    expected = standardised_risks(
        whole.assign(improved=reached), outcome="improved", exposure="education", adjust=adjust
    )
    found = share(whole, handling, adjust=adjust)
    pd.testing.assert_frame_equal(found.tidy(), expected.tidy(), check_exact=False, rtol=1e-9)
    counts = ["n_reference", "events_reference"]
    pd.testing.assert_frame_equal(found.details()[counts], expected.details()[counts], check_dtype=False)


def test_complete_cases_are_the_risks_of_the_pairs(graded):
    pairs = graded[graded[["baseline", "followup"]].notna().all(axis=1)]
    reached = (pairs["followup"] - pairs["baseline"] >= 10).astype(float)
    expected = standardised_risks(
        pairs.assign(improved=reached), outcome="improved", exposure="education", adjust=["age"]
    )
    pd.testing.assert_frame_equal(share(graded, adjust=["age"]).tidy(), expected.tidy())


# Against brute force


def derivative(function, at):
    return np.column_stack([(function(at + h) - function(at - h)) / 2e-5 for h in 1e-5 * np.eye(len(at))])


@pytest.mark.parametrize("adjusted", [False, True])
def test_weights_as_stacked_equations_with_numerical_derivatives(graded, adjusted):
    """One step, on age and education; shares from a weighted logistic model, averaged over everybody."""
    data = graded.assign(seen=graded[["baseline", "followup"]].notna().all(axis=1).astype(float))
    age = ((data["age"] - data["age"].mean()) / 10).to_numpy()
    levels = [(data["education"] == level).to_numpy(float) for level in ("basic", "vocational", "higher")]
    x = np.column_stack([*levels, age])
    z = x if adjusted else x[:, :3]
    seen = data["seen"].to_numpy()
    reached = np.nan_to_num(data["followup"] - data["baseline"], nan=-99) >= 10

    def psi(theta):
        chance, risk = expit(x @ theta[:4]), expit(z @ theta[4:])
        return np.hstack([(seen - chance)[:, None] * x, (seen / chance * (reached - risk))[:, None] * z])

    def shares(theta):
        settings = [np.column_stack([np.tile(row, (len(z), 1)), age])[:, : z.shape[1]] for row in np.eye(3)]
        return np.array([expit(setting @ theta[4:]).mean() for setting in settings])

    theta = np.zeros(4 + z.shape[1])
    for _ in range(15):
        slope = derivative(lambda t: psi(t).sum(axis=0), theta)
        theta = theta - np.linalg.solve(slope, psi(theta).sum(axis=0))
    bread = np.linalg.inv(slope)
    jacobian = derivative(shares, theta) @ bread
    many = seen.sum()
    covariance = jacobian @ psi(theta).T @ psi(theta) @ jacobian.T * many / (many - z.shape[1])
    steps = {"seen": ["education", "age"]}
    got = share(data, "weights", steps=steps, truncate=None, adjust=["age"] if adjusted else ()).tidy()
    np.testing.assert_allclose(got["estimate"][:3], shares(theta), rtol=1e-7)
    np.testing.assert_allclose(got["std_error"][:3], np.sqrt(np.diag(covariance)), rtol=1e-6)
    difference = np.array([-1.0, 0, 1])
    assert got["std_error"][4] == pytest.approx(np.sqrt(difference @ covariance @ difference), rel=1e-6)


def test_truncated_weights_give_the_weighted_shares(graded):
    weight = response_weights(graded, steps=STEPS)
    rows = graded.assign(w=weight, reached=weight * (graded["followup"] - graded["baseline"] >= 10))[weight > 0]
    sums = rows.groupby("education", observed=True)[["w", "reached"]].sum()
    np.testing.assert_allclose(share(graded, "weights").tidy()["estimate"][:3], sums["reached"] / sums["w"], rtol=1e-9)


# Known truth


@pytest.mark.parametrize("handling", ["weights", "imputation"])
def test_scores_missing_at_random_are_made_up_for(world, handling):
    call = {"exposure": "level", "threshold": 10}
    truth = (world["true_followup"] - world["true_baseline"] >= 10).groupby(world["level"], observed=True).mean()
    naive = share_beyond(world, **SCORES, **call).tidy()[:2]
    more = {
        "weights": {"steps": {"given": ["weak"], "returned": ["level", "baseline"]}, "truncate": None},
        "imputation": {"auxiliary": ["weak"], "m": 10},
    }
    got = share_beyond(world, **SCORES, **call, handling=handling, **more[handling]).tidy()[:2]
    assert (np.abs(got["estimate"] - truth.to_numpy()) < 3 * got["std_error"]).all()
    assert (np.abs(naive["estimate"] - truth.to_numpy()) > 3 * naive["std_error"]).any()


def test_a_large_delta_takes_everybody_unseen_over_the_threshold(graded):
    """Then the share is the missing share and those seen to reach it; n is everybody and events those seen."""
    got = share(graded, "imputation", delta=1000).tidy()[:3]
    seen = (graded["followup"] - graded["baseline"] >= 10).groupby(graded["education"], observed=True)
    missing = graded["followup"].isna().groupby(graded["education"], observed=True)
    least = seen.mean() + missing.mean()  # beside them, those of whom the first score alone is missing
    late = (graded["baseline"].isna() & graded["followup"].notna()).groupby(graded["education"], observed=True).mean()
    assert (got["estimate"].to_numpy() >= least.to_numpy() - 1e-9).all()
    assert (got["estimate"].to_numpy() <= (least + late).to_numpy() + 1e-9).all()
    assert got["n"].tolist() == seen.size().tolist()
    assert got["events"].tolist() == seen.sum().tolist()


# Invariance


@pytest.mark.parametrize("handling", BEYOND)
def test_other_units_order_index_and_reference(graded, handling):
    expected = share(graded, handling).tidy()
    tenfold = graded.assign(baseline=graded["baseline"] * 10, followup=graded["followup"] * 10)
    got = share(tenfold, handling, threshold=100).tidy()
    pd.testing.assert_frame_equal(got, expected, check_exact=False, rtol=1e-9)
    odd = graded.set_axis(np.arange(len(graded)) % 5, axis=0)
    pd.testing.assert_frame_equal(share(odd, handling).tidy(), expected)
    other = share(graded, handling, reference="higher").tidy()
    assert other["level"][:3].tolist() == ["basic", "vocational", "higher"]
    assert other["level"][3:5].tolist() == ["basic", "vocational"]
    np.testing.assert_allclose(other["estimate"][:3], expected["estimate"][:3], rtol=1e-9)
    assert other["estimate"][3] == pytest.approx(-expected["estimate"][4])
    if handling != "imputation":
        shuffled = graded.sample(frac=1, random_state=2)
        pd.testing.assert_frame_equal(share(shuffled, handling).tidy(), expected, check_exact=False, rtol=1e-8)


def test_the_same_seed_for_any_workers(graded):
    one, two = (share(graded, "imputation", rng=np.random.default_rng(8), workers=n).tidy() for n in (1, 2))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("handling", BEYOND)
def test_models_of_a_mapping_and_rows_left_out(graded, handling):
    gaps = graded.assign(sex=graded["sex"].mask(graded.index < 9))
    found = share(gaps, handling, adjust={"crude": [], "sexed": ["sex"]})
    assert found.tidy()["model"].tolist() == ["crude"] * 7 + ["sexed"] * 7
    one = share(
        gaps[9:].reset_index(drop=True), handling, **({"auxiliary": ["sex"]} if handling == "imputation" else {})
    )
    pd.testing.assert_frame_equal(found.tidy()[:7], one.tidy())
    counted = {name: found.diagnostics[f"{name}.sexed"] for name in ("rows_used", "rows_dropped", "levels_empty")}
    used = one.diagnostics["paired"] if handling == "complete_cases" else len(gaps) - 9
    assert counted == {"rows_used": used, "rows_dropped": 9, "levels_empty": 0}
    assert one.diagnostics["rows_dropped"] == 0


# Refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"handling": "mixed_model"}, "handling must be one of complete_cases, weights, imputation; got 'mixed_model'"),
        ({"threshold": 0}, "threshold must be a number of points other than 0; got 0"),
        ({"threshold": np.nan}, "threshold must be a number of points other than 0; got nan"),
        ({"handling": "weights"}, "steps= goes with handling='weights', which needs it"),
        ({"delta": 5}, "delta= moves imputed scores"),
        (
            {"handling": "weights", "steps": {"given": []}},
            "the last of steps must say who has both baseline and followup",
        ),
        (
            {"threshold": 500},
            "the rows with education = 'basic' do not have both improved = 0 and improved = 1|improved is 0",
        ),
        (
            {"handling": "weights", "steps": STEPS, "threshold": 500},
            "education = 'basic' do not have both improved = 0",
        ),
        ({"handling": "imputation", "m": 2, "threshold": 500}, "education = 'basic' do not have both improved = 0"),
        ({"adjust": {"bad": ["one"]}}, "model bad: adjust: one has one value"),
    ],
)
def test_calls_and_data_that_are_refused(graded, options, message):
    with pytest.raises(ValueError, match=message):
        share_beyond(graded.assign(one=1.0), **(CALL | options))


@pytest.mark.parametrize("handling", BEYOND)
def test_a_covariate_that_tells_who_reached_it(graded, handling):
    told = graded.assign(number=(graded["followup"] - graded["baseline"]).fillna(0))
    with pytest.raises(
        ValueError, match=r"the coefficient of .*number.* is infinite; merge levels or leave a term out"
    ):
        share(told, handling, adjust=["number"])


@pytest.mark.parametrize("handling", BEYOND)
def test_everybody_in_one_level_missing_is_refused(graded, handling):
    gone = graded.assign(followup=graded["followup"].mask(graded["education"] == "higher"))
    with pytest.raises(ValueError, match="next to nobody with education = 'higher' has both"):
        share(gone, handling)


@pytest.mark.filterwarnings("ignore:some level of education has too few")
def test_what_the_imputation_could_not_do_is_told(people):
    assert "all levels are imputed together" in share(people, "imputation").diagnostics["imputation_notes"]
