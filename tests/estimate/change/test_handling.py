"""Mean change under each handling of what is missing: on paper, against R and brute force, where the truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import t as student

from rehab_stats.estimate.change.completed import Delta
from rehab_stats.estimate.change.handling import mean_change
from rehab_stats.estimate.change.mixed import fit_mixed
from rehab_stats.estimate.change.options import HANDLINGS
from rehab_stats.estimate.missing.response import response_weights
from rehab_stats.vocabulary import TIDY_COLUMNS

SCORES = {"baseline": "baseline", "followup": "followup"}
CALL = SCORES | {"exposure": "education"}
STEPS = {"given": ["age"], "returned_baseline": ["education", "age"], "returned_followup": ["baseline"]}
FEW = {"m": 3}
OPTIONS = {"complete_cases": {}, "weights": {"steps": STEPS}, "mixed_model": {}, "imputation": FEW}
WORLD_STEPS = {"given": ["weak"], "returned": ["level", "baseline"]}


def change(data, handling="complete_cases", **options):
    return mean_change(data, **CALL, handling=handling, **(OPTIONS[handling] | options))


def by_row(found):
    """Estimates by measure and level."""
    return found.tidy().set_index(["measure", "level"])


# By hand


@pytest.fixture
def eight():
    """Forms were given to all but one; half of low and all of high returned the first, one of each not the last."""
    return pd.DataFrame(
        {
            "level": [*"llllhhhh"],
            "here": [1.0, 1, 1, 0, 1, 1, 1, 1],
            "both": [1.0, 1, 0, 0, 1, 1, 1, 0],
            "baseline": [10.0, 20, 30, np.nan, 40, 50, 60, 70],
            "followup": [12.0, 26, np.nan, np.nan, 41, 53, 65, np.nan],
        }
    )


def test_complete_cases_by_hand(eight):
    """h changed by 1, 3, 5 and l by 2, 6: means 3 and 4, squares 8 + 8 over three degrees of freedom."""
    found = mean_change(eight, **SCORES, exposure="level")
    got = found.tidy()
    assert got["level"].tolist() == ["h", "l", "l"]  # text of two values: in the alphabet's order
    assert got["estimate"].tolist() == pytest.approx([3, 4, 1])
    assert got["std_error"].tolist() == pytest.approx(np.sqrt([16 / 9, 16 / 6, 16 / 9 + 16 / 6]))
    assert got["n"].tolist() == [3, 2, 2]
    assert got["events"].tolist() == [3, 2, 2]
    assert found.details()["n_reference"].tolist()[2] == 3
    assert found.diagnostics == {"rows_used": 5, "rows_dropped": 0, "levels_empty": 0, "paired": 5}


def test_weights_by_hand(eight):
    """Chances by level alone leave the means as they are; the weights' estimation takes nothing off their error."""
    found = mean_change(eight, **SCORES, exposure="level", handling="weights", steps={"both": ["level"]})
    got = found.tidy()
    assert got["estimate"].tolist() == pytest.approx([3, 4, 1])
    # squares of h: 4 + 0 + 4 over 3 persons, of l: 4 + 4 over 2; times pairs / (pairs - levels)
    errors = np.sqrt(np.array([8 / 9, 8 / 4, 8 / 9 + 8 / 4]) * 5 / 3)
    assert got["std_error"].tolist() == pytest.approx(errors)
    assert got["n"].tolist() == [4, 4, 4]
    assert got["events"].tolist() == [3, 2, 2]


def test_a_mixed_model_uses_who_has_one_score(eight):
    """The last mean of a level moves along the common regression line with the mean of those who came once."""
    found = by_row(mean_change(eight, **SCORES, exposure="level", handling="mixed_model"))
    scores = eight[["baseline", "followup"]].to_numpy()
    fit = fit_mixed(np.column_stack([np.ones(8), eight["level"] == "l"]).astype(float), scores)
    slope = fit.sigma[1, 0] / fit.sigma[0, 0]
    assert found.loc[("mean", "h"), "estimate"] == pytest.approx(53 - 55 + slope * (55 - 50))
    assert found.loc[("mean", "l"), "estimate"] == pytest.approx(19 - 20 + slope * (20 - 15))
    assert found.loc[("mean", "l"), ["n", "events"]].tolist() == [4, 2]


def test_a_delta_moves_a_mean_by_the_share_that_is_missing(graded):
    """Exactly: 10 points in the share of every level without a follow-up."""
    plain, moved = (change(graded, "imputation", delta=delta).tidy() for delta in (None, 10))
    share = graded["followup"].isna().groupby(graded["education"], observed=True).mean()
    step = (moved["estimate"] - plain["estimate"]).to_numpy()
    np.testing.assert_allclose(step[:3], 10 * share, atol=1e-11)
    np.testing.assert_allclose(step[3:], 10 * (share.iloc[1:] - share.iloc[0]), atol=1e-11)


def test_a_delta_of_one_level_moves_that_level(graded):
    plain, moved = (by_row(change(graded, "imputation", delta=delta)) for delta in (None, {"higher": -6}))
    share = graded.loc[graded["education"] == "higher", "followup"].isna().mean()
    step = moved["estimate"] - plain["estimate"]
    np.testing.assert_allclose(step, [0, 0, -6 * share, 0, -6 * share], atol=1e-11)


def test_a_jump_leaves_the_share_of_the_mean_of_who_did_not_drop_out(graded):
    delta = Delta(jump_to_baseline=True, given="given")
    plain, jumped = (by_row(change(graded, "imputation", delta=d)).loc["mean"] for d in (None, delta))
    dropout = (graded["given"] == 1) & graded["followup"].isna()
    stayed = 1 - dropout.groupby(graded["education"], observed=True).mean()
    np.testing.assert_allclose(jumped["estimate"], plain["estimate"] * stayed.to_numpy(), rtol=1e-11)


# Against R


@pytest.mark.parametrize(("model", "adjust"), [("crude", ()), ("adjusted", ("age", "sex"))])
def test_mixed_model_as_gls_of_nlme(people, read_reference, model, adjust):
    """Estimates to 1e-6 of their errors (gls stops a little early); R's intervals are normal, ours take t."""
    expected = read_reference("change").loc[f"mixed_model:change:{model}"]
    found = change(people, "mixed_model", adjust=adjust)
    got = found.tidy()
    assert got["level"].tolist() == expected["level"].tolist()
    np.testing.assert_allclose(got["estimate"], expected["estimate"], rtol=1e-6)
    np.testing.assert_allclose(got["std_error"], expected["std_error"], rtol=1e-6)
    df = found.details()["df"].to_numpy()
    half = student.ppf(0.975, df) / student.ppf(0.975, np.inf) * (expected["conf_high"] - expected["estimate"])
    np.testing.assert_allclose(got["conf_high"] - got["estimate"], half, rtol=1e-6)
    assert (df > 150).all()
    assert (df < 400).all()


# Against brute force


def stacked_equations(data, matrix, outcome, standardise):
    """Estimates and errors of a weighted regression, all equations stacked, derivatives by central differences."""
    steps = [
        (data[name].to_numpy(), at_risk, np.nan_to_num(covariates))
        for name, at_risk, covariates in (
            ("given", np.ones(len(data), bool), data[["one", "age"]].to_numpy(float)),
            (
                "returned_baseline",
                (data["given"] == 1).to_numpy(),
                data[["one", "vocational", "higher", "age"]].to_numpy(float),
            ),
            (
                "returned_followup",
                (data["returned_baseline"] == 1).to_numpy(),
                data[["one", "baseline"]].to_numpy(float),
            ),
        )
    ]
    sizes = np.cumsum([x.shape[1] for _, _, x in steps])
    paired = (data["returned_followup"] == 1).to_numpy()
    outcome, matrix = np.where(paired, outcome, 0.0), np.nan_to_num(matrix)

    def psi(theta):
        parts, weight = [], paired.astype(float)
        for (y, at_risk, x), a in zip(steps, np.split(theta, sizes)[:-1], strict=True):
            chance = expit(x @ a)
            parts.append((at_risk * (np.nan_to_num(y) - chance))[:, None] * x)
            weight = np.where(paired, weight / chance, 0.0)
        parts.append((weight * (outcome - matrix @ theta[sizes[-1] :]))[:, None] * matrix)
        return np.hstack(parts)

    theta = np.zeros(sizes[-1] + matrix.shape[1])
    for _ in range(12):
        slope = derivative(lambda t: psi(t).sum(axis=0), theta)
        theta = theta - np.linalg.solve(slope, psi(theta).sum(axis=0))
    bread = np.linalg.inv(derivative(lambda t: psi(t).sum(axis=0), theta))
    meat = psi(theta).T @ psi(theta)
    many = paired.sum()
    covariance = (bread @ meat @ bread.T)[sizes[-1] :, sizes[-1] :] * many / (many - matrix.shape[1])
    return standardise @ theta[sizes[-1] :], np.sqrt(np.diag(standardise @ covariance @ standardise.T))


def derivative(function, at):
    steps = 1e-5 * np.maximum(np.abs(at), 1e-3)
    return np.column_stack(
        [(function(at + h) - function(at - h)) / (2 * s) for h, s in zip(np.diag(steps), steps, strict=True)]
    )


@pytest.mark.parametrize(
    ("case", "stabilised"), [("crude", True), ("crude", False), ("adjusted", True), ("ancova", False)]
)
def test_weights_as_stacked_equations_with_numerical_derivatives(graded, case, stabilised):
    """Central differences are good to about 1e-8 of an error; covariates are centred so that they stay so."""
    age = graded["age"] - graded["age"].mean()
    weight = response_weights(graded, steps=STEPS, truncate=None).to_numpy()
    baseline = graded["baseline"] - np.average(graded["baseline"].fillna(0), weights=weight)
    data = graded.assign(
        one=1.0,
        age=age / 10,
        baseline=baseline / 10,
        vocational=graded["education"] == "vocational",
        higher=graded["education"] == "higher",
    )
    columns = ["one", "vocational", "higher", *{"crude": [], "adjusted": ["age"], "ancova": ["baseline"]}[case]]
    means = np.array([[1.0, 0, 0], [1, 1, 0], [1, 0, 1]])
    wanted = np.vstack([means, means[1:] - means[0]])
    wanted = np.pad(wanted, ((0, 0), (0, len(columns) - 3)))  # averages of the centred covariates: 0
    outcome = (graded["followup"] - graded["baseline"]).to_numpy()
    estimates, errors = stacked_equations(data, data[columns].to_numpy(float), outcome, wanted)
    found = change(
        graded,
        "weights",
        truncate=None,
        stabilised=stabilised,
        adjust=["age"] if case == "adjusted" else (),
        analysis="ancova" if case == "ancova" else "change",
    )
    got = found.tidy()
    np.testing.assert_allclose(got["estimate"], estimates, rtol=1e-7)
    np.testing.assert_allclose(got["std_error"], errors, rtol=1e-6)
    assert (found.details()["df"] == 154 - len(columns)).all()


def test_truncated_weights_give_the_weighted_means(graded):
    weight = response_weights(graded, steps=STEPS, truncate=(0.1, 0.9))
    rows = graded.assign(w=weight, wc=weight * (graded["followup"] - graded["baseline"]))[weight > 0]
    sums = rows.groupby("education", observed=True)[["w", "wc"]].sum()
    found = change(graded, "weights", truncate=(0.1, 0.9))
    np.testing.assert_allclose(found.tidy()["estimate"][:3], sums["wc"] / sums["w"], rtol=1e-12)
    assert found.diagnostics["effective_n"] == pytest.approx(weight.attrs["effective_n"])


def test_errors_that_allow_for_a_covariance_that_was_learned(people, whole):
    """Those low at first came back less often, so that the slope they hang on matters; with all scores it does not."""
    expected, observed = (change(people, "mixed_model", errors=kind).tidy() for kind in ("expected", "observed"))
    np.testing.assert_allclose(observed["estimate"], expected["estimate"], rtol=1e-12)
    assert (observed["std_error"] > expected["std_error"]).all()
    expected, observed = (change(whole, "mixed_model", errors=kind).tidy() for kind in ("expected", "observed"))
    np.testing.assert_allclose(observed["std_error"], expected["std_error"], rtol=1e-9)


def spelled_out(data, auxiliary):
    """Crude means and errors of a mixed model with auxiliary terms: GLS person by person, fitted changes averaged."""
    levels = data["education"].cat.categories
    z = np.column_stack([np.ones(len(data)), *(data["education"] == level for level in levels[1:]), data[auxiliary]])
    z, scores = z.astype(float), data[["baseline", "followup"]].to_numpy()
    sigma = fit_mixed(z, scores).sigma
    information, score = np.zeros((2 * z.shape[1],) * 2), np.zeros(2 * z.shape[1])
    for row, values in zip(z, scores, strict=True):
        seen = ~np.isnan(values)
        x = np.kron(np.eye(2), row)[seen]
        inverse = np.linalg.inv(sigma[np.ix_(seen, seen)]) if seen.any() else np.zeros((0, 0))
        information += x.T @ inverse @ x
        score += x.T @ inverse @ values[seen]
    covariance = np.linalg.inv(information)
    coefficients = covariance @ score
    to_change = np.hstack([-z, z])
    fitted = to_change @ coefficients
    estimates, variances = [], []
    for level in levels:
        mine = (data["education"] == level).to_numpy()
        average = to_change[mine].mean(axis=0)
        estimates.append(fitted[mine].mean())
        around = ((fitted[mine] - fitted[mine].mean()) ** 2).sum() / mine.sum() ** 2
        variances.append(average @ covariance @ average + around)
    return np.array(estimates), np.sqrt(variances)


def test_a_mixed_model_with_an_auxiliary_term_as_spelled_out(people):
    estimates, errors = spelled_out(people, "age")
    got = change(people, "mixed_model", auxiliary=["age"]).tidy()[:4]
    np.testing.assert_allclose(got["estimate"], estimates, rtol=1e-9)
    np.testing.assert_allclose(got["std_error"], errors, rtol=1e-9)


def test_with_complete_scores_an_auxiliary_term_changes_no_crude_mean(whole):
    plain, more = (change(whole, "mixed_model", auxiliary=terms).tidy() for terms in ((), ("age", "sex")))
    np.testing.assert_allclose(more["estimate"], plain["estimate"], rtol=1e-8)
    np.testing.assert_allclose(more["std_error"], plain["std_error"], rtol=0.05)  # of the same variance, in two parts


# Known truth


@pytest.fixture(scope="module")
def answers(world):
    """The mean change of the world under each handling, what everybody really changed, and the share never seen."""
    call = SCORES | {"exposure": "level"}
    found = {
        "complete_cases": mean_change(world, **call),
        "weights": mean_change(world, **call, handling="weights", steps=WORLD_STEPS, truncate=None),
        "mixed_model": mean_change(world, **call, handling="mixed_model", auxiliary=["weak"]),
        "imputation": mean_change(world, **call, handling="imputation", auxiliary=["weak"], m=20),
    }
    real = mean_change(world, baseline="true_baseline", followup="true_followup", exposure="level")
    return {name: one.tidy() for name, one in found.items()} | {"truth": real.tidy()}


@pytest.mark.parametrize("handling", ["weights", "mixed_model", "imputation"])
def test_scores_missing_at_random_are_made_up_for(answers, handling):
    """The truth is of these very persons, so that an estimate's own error is more than enough."""
    got, truth = answers[handling], answers["truth"]["estimate"]
    assert (np.abs(got["estimate"] - truth) < 3 * got["std_error"]).all()
    assert (got["std_error"] < 0.8).all()


def test_complete_cases_miss_the_mean_change_where_theory_says_so(answers):
    """Those who began high came back, and fell: their means lie below everybody's."""
    got, truth = answers["complete_cases"], answers["truth"]["estimate"]
    assert ((got["estimate"] - truth)[:2] < -3 * got["std_error"][:2]).all()


def test_mixed_model_and_imputation_rest_on_the_same_assumption(answers):
    """Alike up to the noise of 20 imputations: a third of the error is about three of its standard errors."""
    one, other = answers["mixed_model"], answers["imputation"]
    assert (np.abs(one["estimate"] - other["estimate"]) < 0.35 * one["std_error"]).all()
    np.testing.assert_allclose(other["std_error"], one["std_error"], rtol=0.2)


def test_adjusting_for_what_governs_the_answers_mends_complete_cases(world, answers):
    """Given a covariate that explains who was given a form, and the baseline, levels compare as they should."""
    call = SCORES | {"exposure": "level", "adjust": ["weak"], "analysis": "ancova"}
    complete = by_row(mean_change(world, **call)).loc[("mean_difference", "high")]
    everybody = dict(call, baseline="true_baseline", followup="true_followup")
    truth = by_row(mean_change(world, **everybody)).loc[("mean_difference", "high")]
    assert abs(complete["estimate"] - truth["estimate"]) < 3 * complete["std_error"]


PLANTED = Delta(never_given={"low": -9, "high": -3}, dropouts={"low": -5, "high": 4}, given="given")


def test_a_planted_delta_is_undone_by_itself(world):
    """A pattern mixture: those unseen changed differently by known points; only the delta that was planted is right."""
    unseen, given = world["returned"] == 0, world["given"] == 1
    points = [
        (~given & unseen & (world["level"] == level)) * PLANTED.never_given[level]
        + (given & unseen & (world["level"] == level)) * PLANTED.dropouts[level]
        for level in ("low", "high")
    ]
    truth = (
        (world["true_followup"] + sum(points) - world["true_baseline"]).groupby(world["level"], observed=True).mean()
    )
    call = SCORES | {"exposure": "level", "handling": "imputation", "auxiliary": ["weak"], "m": 6}
    naive, right = (by_row(mean_change(world, **call, delta=delta)).loc["mean"] for delta in (None, PLANTED))
    assert (np.abs(right["estimate"] - truth) < 3 * right["std_error"]).all()
    assert (np.abs(naive["estimate"] - truth) > 3 * naive["std_error"]).any()


@pytest.fixture(scope="module")
def thrice():
    """The last score is missing where the middle one was low: at random given it, but not given the first alone."""
    rng = np.random.default_rng(99)
    n = 1500
    first = rng.normal(50, 10, n)
    middle = first + 4 + rng.normal(0, 10, n)
    last = middle + 3 + rng.normal(0, 6, n)
    level = np.where(rng.random(n) < 0.5, "a", "b")
    seen = rng.random(n) < expit((middle - 54) / 6)
    data = pd.DataFrame(
        {"education": level, "baseline": first, "middle": middle, "followup": np.where(seen, last, np.nan)}
    )
    return data, np.array([(last - first)[level == x].mean() for x in "ab"])


@pytest.mark.parametrize("handling", ["mixed_model", "imputation"])
def test_an_occasion_between_tells_of_the_last(thrice, handling):
    data, truth = thrice
    two = change(data, handling).tidy()[:2]
    three = mean_change(data, **(CALL | {"followup": ["middle", "followup"]}), handling=handling, **OPTIONS[handling])
    three = three.tidy()[:2]
    assert (two["estimate"] - truth > 3 * two["std_error"]).all()
    assert (np.abs(three["estimate"] - truth) < 3 * three["std_error"]).all()


def test_three_occasions_are_the_mixed_model_of_three(thrice):
    data = thrice[0]
    z = np.column_stack([np.ones(len(data)), data["education"] == "b"]).astype(float)
    fit = fit_mixed(z, data[["baseline", "middle", "followup"]].to_numpy())
    expected = fit.contrast([[-1, 0, 0, 0, 1, 0], [-1, -1, 0, 0, 1, 1], [0, -1, 0, 0, 0, 1]], errors="expected")
    found = mean_change(data, **(CALL | {"followup": ["middle", "followup"]}), handling="mixed_model")
    np.testing.assert_allclose(found.tidy()["estimate"], expected.estimates, rtol=1e-9)
    np.testing.assert_allclose(found.tidy()["std_error"], np.sqrt(np.diag(expected.covariance)), rtol=1e-9)
    np.testing.assert_allclose(found.details()["df"], expected.df, rtol=1e-6)


def test_complete_cases_of_several_occasions_are_those_of_the_first_and_last(thrice):
    data = thrice[0]
    several = mean_change(data, **(CALL | {"followup": ["middle", "followup"]})).tidy()
    pd.testing.assert_frame_equal(several, change(data).tidy())


# The shape of what is returned


@pytest.mark.parametrize("handling", HANDLINGS)
def test_four_means_then_three_differences(people, handling, recwarn):
    found = change(people, handling)
    got, details = found.tidy(), found.details()
    assert list(got.columns) == list(TIDY_COLUMNS)
    assert got["measure"].tolist() == ["mean"] * 4 + ["mean_difference"] * 3
    assert got["level"].tolist() == [*people["education"].cat.categories, *people["education"].cat.categories[1:]]
    assert got["reference"].tolist() == [None] * 4 + ["basic"] * 3
    assert set(got["outcome"]) == {"change"}
    assert set(got["model"]) == {"crude"}
    assert got["p_value"].notna().tolist() == [False] * 4 + [True] * 3
    pairs, everybody = [39, 56, 59, 15], [117, 124, 117, 42]
    n = pairs if handling == "complete_cases" else everybody
    assert got["n"].tolist() == n + n[1:]
    assert got["events"].tolist() == pairs + pairs[1:]
    assert len(details) == 7
    assert details["n_reference"][4:].tolist() == [n[0]] * 3
    assert details["events_reference"][4:].tolist() == [39] * 3
    reach = student.ppf(0.975, details["df"]) * got["std_error"]
    np.testing.assert_allclose(got["conf_low"], got["estimate"] - reach, rtol=1e-12)
    np.testing.assert_allclose(got["conf_high"], got["estimate"] + reach, rtol=1e-12)
    p = 2 * student.sf(np.abs(got["estimate"] / got["std_error"]), details["df"])
    np.testing.assert_allclose(got["p_value"][4:], p[4:], rtol=1e-12)
    assert {"fmi", "lambda", "m"} <= set(details) or handling != "imputation"
    assert found.context["population"] == ("with_both_forms" if handling == "complete_cases" else "due_at_followup")
    assert found.diagnostics["paired"] == 169
    assert found.diagnostics["rows_used"] == sum(n)


def test_the_number_of_imputations_follows_from_the_first_twenty(graded, whole):
    rows = pd.concat([whole[whole["education"] != "unknown"], graded[graded["followup"].isna()].head(45)])
    rows = rows.assign(education=rows["education"].astype(graded["education"].dtype))
    found = change(rows, "imputation", m=None)
    pilot = change(rows, "imputation", m=20)
    assert 20 < found.diagnostics["m"] == pilot.diagnostics["m_needed"]
    assert (found.details()["m"] == found.diagnostics["m"]).all()


def test_models_of_a_mapping_are_each_their_own(graded):
    sets = {"crude": [], "both": ["age", "sex"]}
    found = change(graded, adjust=sets)
    parts = [change(graded, adjust={name: terms}).tidy() for name, terms in sets.items()]
    pd.testing.assert_frame_equal(found.tidy(), pd.concat(parts, ignore_index=True))
    assert found.diagnostics["rows_used.both"] == 154
    assert found.context["adjust"] == sets


def test_models_share_imputations_from_the_terms_of_all(graded):
    found = change(graded, "imputation", adjust={"crude": [], "aged": ["age"]}).tidy()
    alone = change(graded, "imputation", auxiliary=["age"]).tidy()
    pd.testing.assert_frame_equal(found[found["model"] == "crude"], alone)


# Invariance


@pytest.mark.parametrize("handling", ["complete_cases", "weights", "mixed_model"])
def test_the_order_of_rows_does_not_matter(graded, handling, assert_same_estimates):
    shuffled = graded.sample(frac=1, random_state=3)
    assert_same_estimates(change(shuffled, handling).tidy(), change(graded, handling).tidy(), rtol=1e-8)


@pytest.mark.parametrize("handling", ["weights", "imputation"])
def test_an_index_that_repeats_itself_does_not_matter(graded, handling):
    odd = graded.set_axis(np.arange(len(graded)) % 7, axis=0)
    before = odd.copy()
    pd.testing.assert_frame_equal(change(odd, handling).tidy(), change(graded, handling).tidy())
    pd.testing.assert_frame_equal(odd, before)


@pytest.mark.parametrize(
    ("handling", "analysis"), [*((handling, "change") for handling in HANDLINGS), ("weights", "ancova")]
)
def test_other_units_and_a_shifted_scale(graded, handling, analysis, assert_same_estimates):
    moved = graded.assign(**{name: 10 * graded[name] - 300 for name in ("baseline", "followup")})
    got, expected = (change(data, handling, analysis=analysis).tidy() for data in (moved, graded))
    assert_same_estimates(got, expected, rtol=1e-7, scale=10)


@pytest.mark.parametrize("handling", HANDLINGS)
def test_recoded_levels_and_another_reference(graded, handling, assert_same_estimates):
    steps = {"steps": {"returned_followup": ["age"]}} if handling == "weights" else {}
    recoded = graded.assign(education=graded["education"].cat.codes)
    expected = change(graded, handling, **steps)
    got = change(recoded, handling, **steps).tidy()
    names = dict(zip("012", graded["education"].cat.categories, strict=True))
    got = got.assign(
        level=got["level"].map(names), reference=got["reference"].map(names).where(got["reference"].notna(), None)
    )
    assert_same_estimates(got, expected.tidy())
    other = by_row(change(graded, handling, reference="higher", **steps))
    assert other.loc["mean"].index.tolist() == list(graded["education"].cat.categories)
    expected = by_row(expected)
    assert other.loc[("mean_difference", "basic"), "estimate"] == pytest.approx(
        -expected.loc[("mean_difference", "higher"), "estimate"], rel=1e-7
    )


def test_the_same_seed_gives_the_same_numbers_for_any_workers(graded):
    found = [
        change(graded, "imputation", rng=np.random.default_rng(5), workers=workers).tidy() for workers in (1, 1, 2)
    ]
    pd.testing.assert_frame_equal(found[0], found[1])
    pd.testing.assert_frame_equal(found[0], found[2])
    default = change(graded, "imputation").tidy()
    pd.testing.assert_frame_equal(default, change(graded, "imputation", rng=np.random.default_rng(2015)).tidy())
    assert not default.equals(found[0])


def test_two_calls_with_one_generator_draw_anew(graded):
    rng = np.random.default_rng(5)
    assert not change(graded, "imputation", rng=rng).tidy().equals(change(graded, "imputation", rng=rng).tidy())


# Few, none, all


@pytest.mark.parametrize("analysis", ["change", "ancova"])
def test_with_nobody_missing_all_handlings_agree(whole, analysis, assert_same_estimates):
    expected = change(whole, analysis=analysis)
    filled = change(whole, "imputation", analysis=analysis, delta=99, m=None)
    pd.testing.assert_frame_equal(filled.tidy(), expected.tidy(), check_exact=False, rtol=1e-12)
    assert (filled.details()["df"] == expected.details()["df"]).all()
    assert filled.diagnostics["m"] == 0
    one = change(whole, "weights", steps={"returned_followup": ["age"]}, analysis=analysis)
    np.testing.assert_allclose(one.tidy()["estimate"], expected.tidy()["estimate"], rtol=1e-10)
    if analysis == "change":
        assert_same_estimates(change(whole, "mixed_model").tidy(), expected.tidy(), rtol=1e-7)


@pytest.fixture(scope="module")
def pilot(people):
    """76 pairs as in a pilot study, 3 of them in one level, and as many persons again without."""
    pairs = people[people[["baseline", "followup"]].notna().all(axis=1)]
    others = people.drop(pairs.index)
    many = {"basic": 23, "vocational": 25, "higher": 25, "unknown": 3}
    rows = [pairs[pairs["education"] == level].head(n) for level, n in many.items()]
    rows += [others[others["education"] == level].head(n) for level, n in many.items()]
    return pd.concat(rows, ignore_index=True)


@pytest.mark.parametrize("handling", HANDLINGS)
def test_76_pairs_3_of_them_in_one_level(pilot, handling, recwarn):
    """A result each, with an error of the level of three that says how little it is."""
    steps = {"steps": {"returned_followup": ["age"]}} if handling == "weights" else {}
    found = change(
        pilot.assign(returned_followup=pilot["followup"].notna() & pilot["baseline"].notna()), handling, **steps
    )
    got = by_row(found)
    assert found.diagnostics["paired"] == 76
    assert got.loc[("mean", "unknown"), ["n", "events"]].tolist() == [3 if handling == "complete_cases" else 6, 3]
    assert np.isfinite(got[["estimate", "std_error", "conf_low", "conf_high"]].to_numpy()).all()
    assert got.loc[("mean", "unknown"), "std_error"] > 0.5 * got.loc[("mean", "basic"), "std_error"]


@pytest.mark.filterwarnings("ignore:some level of education has too few")
def test_levels_too_small_are_imputed_together_and_that_is_told(pilot):
    found = change(pilot, "imputation")
    assert "all levels are imputed together" in found.diagnostics["imputation_notes"]


def test_weights_refuse_a_level_whose_three_pairs_changed_alike(pilot):
    alike = pilot.assign(followup=pilot["followup"].mask(pilot["education"] == "unknown", pilot["baseline"] + 5))
    alike = alike.assign(seen=alike[["baseline", "followup"]].notna().all(axis=1))
    with pytest.raises(ValueError, match="the rows with education = 'unknown' and both scores changed alike, so that"):
        change(alike, "weights", steps={"seen": ["age"]})
    assert change(alike).tidy()["std_error"].min() > 0  # a common variance is known from the other levels


@pytest.mark.parametrize("handling", HANDLINGS)
def test_everybody_in_one_level_missing_is_refused(people, handling):
    gone = people.assign(followup=people["followup"].mask(people["education"] == "higher"))
    with pytest.raises(
        ValueError, match=r"next to nobody with education = 'higher' has both .*; leave the level out, or"
    ):
        change(gone, handling)


@pytest.mark.parametrize("handling", HANDLINGS)
@pytest.mark.parametrize("score", ["baseline", "followup"])
def test_a_constant_score_is_refused(people, handling, score):
    flat = people.assign(**{score: people[score].where(people[score].isna(), 50.0)})
    with pytest.raises(ValueError, match=f"{score} has one value in all rows with both scores"):
        change(flat, handling)


@pytest.mark.parametrize(
    ("handling", "message"),
    [
        ("complete_cases", "the change is the same in rows alike in all terms"),
        ("weights", "the change is the same in rows alike in all terms"),
        ("imputation", "the change is the same in rows alike in all terms"),
        ("mixed_model", "covariance"),
    ],
)
def test_a_covariate_that_tells_the_change_perfectly_is_refused(graded, handling, message):
    told = graded.assign(x=graded["age"] ** 2 / 100)
    told["followup"] = (told["baseline"] + 2 * told["x"]).where(told["followup"].notna())
    told = told.assign(seen=told[["baseline", "followup"]].notna().all(axis=1).astype(float))
    steps = {"steps": {"seen": ["age"]}} if handling == "weights" else {}
    with pytest.raises(ValueError, match=message):
        change(told, handling, adjust=["x"], **steps)


def test_an_auxiliary_term_that_tells_the_change_perfectly_fills_it_in(graded):
    told = graded.assign(x=graded["age"] ** 2 / 100)
    told["followup"] = (told["baseline"] + 2 * told["x"]).where(told["followup"].notna())
    got = change(told, "imputation", auxiliary=["x"]).tidy()["estimate"][:3]
    np.testing.assert_allclose(got, 2 * told["x"].groupby(told["education"], observed=True).mean(), rtol=1e-6)


def test_a_covariate_that_tells_who_answers_perfectly_is_refused_by_weights(graded):
    told = graded.assign(seen=graded[["baseline", "followup"]].notna().all(axis=1).astype(float))
    told = told.assign(flag=np.where(told["seen"] == 1, "yes", "no"), number=told["seen"] + told["age"] / 1000)
    with pytest.raises(ValueError, match="step seen: nobody at risk with flag = 'no' has seen = 1"):
        change(told, "weights", steps={"seen": ["flag"]})
    with pytest.raises(ValueError, match="step seen: number tells without fail some of those who do not have seen = 1"):
        change(told, "weights", steps={"seen": ["number"]})
    with pytest.raises(ValueError, match=r"adjust: flag has one value \(yes\) in all rows used"):
        change(told, adjust=["flag"])


@pytest.mark.parametrize("handling", HANDLINGS)
def test_rows_without_a_covariate_are_left_out_and_counted(graded, handling):
    gaps = graded.assign(sex=graded["sex"].mask(graded.index < 20))
    found = change(gaps, handling, adjust=["sex"])
    kept = gaps[gaps["sex"].notna()].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.tidy(), change(kept, handling, adjust=["sex"]).tidy())
    assert found.diagnostics["rows_dropped"] == 20
    assert found.diagnostics["paired"] == kept[["baseline", "followup"]].notna().all(axis=1).sum()


@pytest.mark.parametrize("handling", HANDLINGS)
def test_a_level_without_anybody_has_no_row_and_is_counted(graded, handling):
    found = change(graded.assign(education=graded["education"].cat.add_categories("doctor")), handling)
    assert "doctor" not in found.tidy()["level"].tolist()
    assert found.diagnostics["levels_empty"] == 1
    pd.testing.assert_frame_equal(found.tidy(), change(graded, handling).tidy())


# Refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"handling": "locf"}, "handling must be one of complete_cases, weights, mixed_model, imputation; got 'locf'"),
        ({"analysis": "anova"}, "analysis must be one of change, ancova; got 'anova'"),
        (
            {"handling": "mixed_model", "analysis": "ancova"},
            "a mixed model gives changes, not the gap at equal baseline",
        ),
        ({"handling": "weights"}, "steps= goes with handling='weights', which needs it"),
        ({"steps": STEPS}, "steps= goes with handling='weights', which needs it"),
        ({"errors": "robust"}, "errors must be one of observed, expected; got 'robust'"),
        ({"weights": "age"}, "weights= goes with handling='weights'"),
        ({"delta": 5}, "delta= moves imputed scores: it goes with handling='imputation'"),
        ({"reliability": 0, "analysis": "ancova"}, "reliability must be above 0 and at most 1; got 0"),
        ({"reliability": 1.2, "analysis": "ancova"}, "reliability must be above 0 and at most 1; got 1.2"),
        ({"reliability": 0.8}, "reliability= goes with analysis='ancova' of complete_cases or imputation"),
        ({"handling": "imputation", "m": 1}, "m must be a whole number of imputations, at least 2; got 1"),
        ({"handling": "imputation", "m": 2.5}, "m must be a whole number of imputations, at least 2; got 2.5"),
        ({"handling": "imputation", "m": 2, "delta": {"top": 1}}, "delta names the level 'top'; there are basic"),
        ({"handling": "imputation", "m": 2, "method": "hotdeck"}, "method must be one of"),
        ({"handling": "imputation", "m": 2, "workers": 0}, "workers must be a whole number of at least 1"),
        ({"adjust": "age"}, "adjust must be a list of terms"),
        ({"adjust": ["baseline"]}, "'baseline' is a score of the change and can be neither exposure nor covariate"),
        ({"reference": "top"}, "reference: education has no level 'top'"),
    ],
)
def test_calls_that_no_data_could_satisfy(graded, options, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        mean_change(graded, **CALL, **options)


def test_the_refusal_of_one_of_several_models_names_it(graded):
    with pytest.raises(ValueError, match="model told: adjust: always has one value"):
        change(graded.assign(always=1.0), adjust={"told": ["always"]})


def test_steps_must_end_in_who_has_both_scores(graded):
    with pytest.raises(
        ValueError, match="the last of steps must say who has both baseline and followup: rows in which"
    ):
        change(graded, "weights", steps={"given": ["age"]})


def test_no_frame():
    with pytest.raises(ValueError, match="data must be a DataFrame, not list"):
        mean_change([1, 2], **CALL)
