"""Response weights and the errors that count their estimation: by hand, R, known truth, invariance, refusal."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from rehab_stats.estimate.missing.response import fit_response, narrowed_target, response_weights
from rehab_stats.estimate.model.sample import WrongCall

REFERENCE = Path(__file__).parents[2] / "reference"
LEVELS = ["short", "medium", "long"]
STEPS = {
    "given": ["education", "bs(age, df=4)", "department"],
    "returned_baseline": ["education", "sex", "age"],
    "returned_followup": ["education", "score_baseline", "sex"],
}
TRUNCATE = {"none": None, "one": (0.01, 0.99), "ten": (0.1, 0.9)}
CASES = [f"{kind}:{limits}" for kind in ("stabilised", "plain") for limits in TRUNCATE]


@pytest.fixture(scope="module")
def invited():
    """480 invented persons (tests/reference/response_weights.R)."""
    data = pd.read_csv(REFERENCE / "response_data.csv")
    return data.assign(education=pd.Categorical(data["education"], LEVELS, ordered=True))


@pytest.fixture(scope="module")
def fitted(invited):
    """The models of each case, fitted once."""

    def fit(case: str):
        kind, limits = case.split(":")
        return fit_response(invited, steps=STEPS, stabilised=kind == "stabilised", truncate=TRUNCATE[limits])

    return {case: fit(case) for case in CASES}


def _departments(*cells: tuple[str, int, int]) -> pd.DataFrame:
    """Per department: its persons, and how many of them were given a form."""
    rows = [(name, float(place < given)) for name, many, given in cells for place in range(many)]
    return pd.DataFrame(rows, columns=["department", "given"])


def _equations(data: pd.DataFrame, weights: np.ndarray, analysis: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weighted regression of the change: coefficients, x times residual, inverse of sum w x x'."""
    levels = np.array([data["education"] == level for level in LEVELS], dtype=float).T
    further = np.column_stack([data["sex"], data["age"] - 62])
    x = levels if analysis == "level" else np.column_stack([np.ones(len(data)), levels[:, 1:], further])
    change = np.where(weights > 0, data["score_followup"] - data["score_baseline"], 0)
    inverse = np.linalg.inv((x.T * weights) @ x)
    b = inverse @ (x.T @ (weights * change))
    # a row without a change has no residual
    return b, x * np.where(weights > 0, change - x @ b, np.nan)[:, None], inverse


def test_weights_on_paper():
    # d1: 2 of 4 were given a form, d2: 3 of 4; of the five one of two (d1) and two of three (d2) came back
    data = _departments(("d1", 4, 2), ("d2", 4, 3)).assign(returned=[1, 0, 0, 0, 1, 1, 0, 1])
    steps = {"given": ["department"], "returned": ["department"]}
    plain = response_weights(data, steps=steps, stabilised=False, truncate=None)
    assert plain.tolist() == pytest.approx([4, 0, 0, 0, 2, 2, 0, 0])
    got = response_weights(data, steps=steps, truncate=None)
    assert got.tolist() == pytest.approx([1.5, 0, 0, 0, 0.75, 0.75, 0, 0])  # times 5/8 and 3/5
    assert got.attrs["effective_n"] == pytest.approx(9 / 3.375)
    assert (got.attrs["largest"], got.attrs["mean"]) == pytest.approx((1.5, 1))
    assert (got.attrs["responders"], got.attrs["truncated"]) == (3, 0)
    assert (got.attrs["at_risk.returned"], got.attrs["responded.returned"]) == (5, 3)


def test_truncated_weights_on_paper():
    data = _departments(("d1", 4, 2), ("d2", 4, 3), ("d3", 10, 5))
    got = response_weights(data, steps={"given": ["department"]}, stabilised=False, truncate=(0.4, 1))
    # weights 2 (seven of them) and 4/3 (three): the quantile 0.4 of ten is at place 3.6, between 2 and 2
    assert got[got > 0].tolist() == pytest.approx([2] * 10)
    assert got.attrs["truncated"] == 3


@pytest.mark.parametrize("case", CASES)
def test_weights_equal_r(fitted, case):
    expected = pd.read_csv(REFERENCE / "response_weights.csv")[case]
    np.testing.assert_allclose(fitted[case].weights, expected, rtol=1e-9)


@pytest.mark.parametrize("analysis", ["level", "adjusted"])
@pytest.mark.parametrize("case", CASES)
def test_errors_equal_the_stacked_equations_of_r(invited, fitted, case, analysis):
    model = fitted[case]
    estimates, g, inverse = _equations(invited, model.weights, analysis)
    influence = model.influence(g) @ inverse
    found = pd.read_csv(REFERENCE / "response_means.csv")
    expected = found[(found["case"] == case) & (found["analysis"] == analysis)]
    np.testing.assert_allclose(estimates, expected["estimate"], rtol=1e-6)
    np.testing.assert_allclose(np.sqrt((influence**2).sum(axis=0)), expected["std_error"], rtol=1e-6)
    known = model.weights[:, None] * np.nan_to_num(g) @ inverse
    np.testing.assert_allclose(np.sqrt((known**2).sum(axis=0)), expected["std_error_known"], rtol=1e-6)


def test_errors_agree_with_the_bootstrap(invited, fitted):
    model = fitted["stabilised:none"]
    _, g, inverse = _equations(invited, model.weights, "level")
    error = np.sqrt(((model.influence(g) @ inverse) ** 2).sum(axis=0))
    # 2,000 draws know an error to 1.6 % (one standard error), and 150 persons with both scores are not many
    np.testing.assert_allclose(error, pd.read_csv(REFERENCE / "response_bootstrap.csv")["std_error"], rtol=0.05)


@pytest.mark.parametrize("case", ["stabilised:none", "stabilised:ten", "plain:ten"])
def test_influence_is_the_derivative_by_brute_force(invited, fitted, case):
    """A row that counts a little more moves the models, and they move sum w g: also where that is not nought."""
    model, stabilised = fitted[case], case.startswith("stabilised")
    base = model.weights / (np.prod([step.share for step in model.steps]) if stabilised else 1)
    limits = (0, np.inf) if case.endswith("none") else (base[base > 0].min(), base.max())
    further = invited["sex"] * invited["score_baseline"].fillna(0)
    g = np.column_stack([np.ones(len(invited)), invited["age"], further])
    got = model.influence(g)

    def total(extra: np.ndarray) -> np.ndarray:
        weights, share = np.where(base > 0, 1.0, 0.0), 1.0
        for step in model.steps:
            count = 1 + extra[step.at_risk]
            weights[step.at_risk] /= _refitted(step, count)
            share *= count @ step.responded / count.sum() if stabilised else 1
        weights = np.where(base > 0, weights.clip(*limits), 0) * share
        return (weights * (1 + extra)) @ g

    for row in (0, 3, 8, 17, 40):
        extra = np.zeros(len(invited))
        extra[row] = 1e-4
        moved = (total(extra) - total(-extra)) / 2e-4
        np.testing.assert_allclose(moved, got[row], rtol=1e-5, atol=1e-5)


def _refitted(step, count: np.ndarray) -> np.ndarray:
    """Newton's steps from the fitted coefficients, rows counted so often."""
    b = np.linalg.lstsq(step.matrix, np.log(step.chance / (1 - step.chance)), rcond=None)[0]
    for _ in range(6):
        p = expit(step.matrix @ b)
        information = (step.matrix.T * (count * p * (1 - p))) @ step.matrix
        b = b + np.linalg.solve(information, step.matrix.T @ (count * (step.responded - p)))
    return expit(step.matrix @ b)


def test_weights_mend_what_depends_on_what_is_known():
    rng, n = np.random.default_rng(3), 40_000
    low = rng.random(n) < 0.4
    before = rng.normal(np.where(low, 50, 65), 15)
    change = 4 - 0.3 * (before - 60) + rng.normal(0, 10, n)
    data = pd.DataFrame({"low": low, "given": rng.random(n) < np.where(low, 0.4, 0.7)})
    data["score"] = np.where(data["given"], before, np.nan)
    data["back"] = (rng.random(n) < expit((before - 50) / 20)) & data["given"]
    weights = response_weights(data, steps={"given": ["low"], "back": ["score", "low"]}, truncate=None)
    assert (weights @ change) / weights.sum() == pytest.approx(change.mean(), abs=0.35)
    assert abs(change[data["back"]].mean() - change.mean()) > 1.5
    assert response_weights(data, steps={"given": ["low"]}, stabilised=False, truncate=None).sum() == pytest.approx(n)


def test_columns_need_not_be_nested(invited):
    """What the columns say of persons no longer at risk is not used, missing or not."""
    got = response_weights(invited, steps=STEPS)
    later = invited["returned_baseline"] == 0
    assert (invited["returned_followup"][later] == 1).any()
    assert got[later].eq(0).all()
    changed = invited.assign(returned_followup=invited["returned_followup"].mask(later))
    pd.testing.assert_series_equal(response_weights(changed, steps=STEPS), got)


def test_order_index_units_codes_and_doubling_change_nothing(invited):
    got = response_weights(invited, steps=STEPS)
    shuffled = response_weights(invited.sample(frac=1, random_state=1), steps=STEPS)
    pd.testing.assert_series_equal(shuffled.sort_index(), got, rtol=1e-9)
    recoded = invited.assign(
        age=invited["age"] * 12,
        education=invited["education"].cat.rename_categories(dict(zip(LEVELS, "cba", strict=True))).astype(str),
        given=invited["given"].astype(bool),
        returned_baseline=invited["returned_baseline"].astype("Int8"),
        department=invited["department"].astype("category").cat.add_categories("d9"),
    ).set_index(np.arange(480) + 7)
    again = response_weights(recoded, steps=STEPS)
    assert again.index.equals(recoded.index)
    np.testing.assert_allclose(again, got, rtol=1e-9)
    # the quantiles of a doubled sample lie elsewhere
    alone, twice = (response_weights(d, steps=STEPS, truncate=None) for d in (invited, pd.concat([invited, invited])))
    np.testing.assert_allclose(twice, [*alone, *alone], rtol=1e-9)
    assert twice.attrs["effective_n"] == pytest.approx(2 * alone.attrs["effective_n"])


def test_input_is_not_changed(invited):
    before = invited.copy()
    response_weights(invited, steps=STEPS)
    narrowed_target(invited, step="given", by=["department"])
    pd.testing.assert_frame_equal(invited, before)


@pytest.mark.parametrize("complete", ["d1", "d2", "d3"])
def test_a_category_in_which_everybody_responded_has_the_chance_one(invited, complete):
    here = invited["department"] == complete
    data = invited.assign(given=invited["given"].mask(here, 1))
    steps = {"given": STEPS["given"]}
    got = response_weights(data, steps=steps, stabilised=False, truncate=None)
    assert got.attrs["at_limit.given"]
    np.testing.assert_allclose(got[here], 1, rtol=1e-6)
    # the others are weighted as if that department were not there: but for the spline's knots
    steps = {"given": ["education", "age", "department"]}
    with_it = fit_response(data, steps=steps, stabilised=False, truncate=None)
    without = fit_response(data[~here], steps=steps, stabilised=False, truncate=None)
    np.testing.assert_allclose(with_it.weights[~here], without.weights, rtol=1e-6)
    g = data[["age", "sex"]].to_numpy(dtype=float)
    influence = with_it.influence(g)
    np.testing.assert_allclose(influence[~here], without.influence(g[~here]), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(influence[here], g[here], rtol=1e-5, atol=1e-5)  # nothing about them is estimated


def test_a_step_that_everybody_took_has_no_model(invited):
    steps = {"all": ["education"], "given": ["education"]}
    got = fit_response(invited.assign(all=1), steps=steps)
    alone = fit_response(invited, steps={"given": ["education"]})
    np.testing.assert_array_equal(got.weights, alone.weights)
    g = invited[["age"]].to_numpy(dtype=float)
    np.testing.assert_allclose(got.influence(g), alone.influence(g), rtol=1e-12)
    assert got.diagnostics["columns.all"] == 0
    everybody = fit_response(invited.assign(all=1), steps={"all": ["education"]})
    np.testing.assert_array_equal(everybody.weights, 1)
    np.testing.assert_array_equal(everybody.influence(g), g)


def test_a_column_with_one_value_is_left_out_and_named(invited):
    data = invited.assign(country="dk", wave=3.0)
    got = response_weights(data, steps={"given": ["country", "wave", "education"]})
    pd.testing.assert_series_equal(got, response_weights(data, steps={"given": ["education"]}))
    assert got.attrs["constant.given"] == "wave"  # a category with one value has no column to leave out


def _empty(data: pd.DataFrame, column: str, *levels: object) -> pd.DataFrame:
    return data.assign(given=data["given"].mask(data[column].isin(levels), 0))


REFUSED = {
    "nobody of a department": (
        lambda d: _empty(d, "department", "d3"), STEPS,
        r"step given: nobody at risk with department = 'd3' has given = 1, .*"
        r"narrowed_target\(data, step='given', by=\['department'\]\)",
    ),
    "nobody of several": (
        lambda d: _empty(_empty(d, "department", "d1", "d3"), "education", "short"), STEPS,
        r"education = 'short'; department = 'd1' or 'd3' has given = 1.*by=\['education', 'department'\]",
    ),
    "nobody with a flag": (lambda d: _empty(d, "sex", 1), {"given": ["sex"]}, "nobody at risk with sex = '1' has"),
    "nobody of a numbered category": (
        lambda d: _empty(d.assign(year=2010 + d.index % 3), "year", 2011), {"given": ["C(year)"]}, "year = '2011' has"
    ),
    "nobody at a later step": (
        lambda d: d.assign(returned_baseline=d["returned_baseline"].mask(d["department"] == "d2", 0)),
        {"given": ["age"], "returned_baseline": ["department"]},
        r"step returned_baseline: nobody .*step=\['given', 'returned_baseline'\], by=\['department'\]",
    ),
    "nobody at all": (lambda d: d.assign(given=0), STEPS, "step given: nobody at risk has given = 1"),
    "a number that separates": (
        lambda d: d.assign(given=d["age"] > 60), {"given": ["education", "age"]}, "step given: age tells without fail"
    ),
    "a combination without a chance": (
        lambda d: d.assign(given=d["given"].mask((d["department"] == "d3") & (d["sex"] == 1), 0)),
        {"given": ["department*sex"]}, r"step given: department\[T.d3\]:sex tells without fail",
    ),
    "unknown step": (lambda d: d, {"givn": []}, "no column 'givn'; did you mean 'given'"),
    "unknown term": (lambda d: d, {"given": ["educaton"]}, "no column 'educaton'; did you mean 'education'"),
    "no steps": (lambda d: d, {}, "steps must be a mapping"),
    "steps as a list": (lambda d: d, ["given"], "steps must be a mapping"),
    "text for terms": (lambda d: d, {"given": "age"}, "terms of given must be a list, not 'age'"),
    "its own column": (lambda d: d, {"given": ["given"]}, "given is among the terms of its own model"),
    "not 0 or 1": (lambda d: d.assign(given=d["given"] * 2), STEPS, "given must be 0 or 1 for everybody at risk: 2"),
    "a step missing": (
        lambda d: d.assign(given=d["given"].mask(d.index == 4)), STEPS, r"0 or 1 for everybody at risk: 1 rows .*rows 4"
    ),
    "a covariate missing": (
        lambda d: d.assign(sex=d["sex"].mask(d["returned_baseline"] == 1)), STEPS, "step returned_baseline: sex must be"
    ),
    "a score not known of everybody": (
        lambda d: d, {"given": ["score_baseline"]}, "step given: score_baseline must be known of everybody at risk"
    ),
    "collinear": (lambda d: d.assign(years=d["age"]), {"given": ["age", "years"]}, "given: collinear .*age, years"),
    "unknown function": (lambda d: d, {"given": ["spline(age)"]}, "step given: its terms cannot be computed"),
    "infinite": (lambda d: d, {"given": ["log(sex)"]}, r"missing or infinite in log\(sex\)"),
    "a date": (lambda d: d.assign(born=pd.Timestamp("1950-01-01")), {"given": ["born"]}, "born is a date"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(invited, case):
    change, steps, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        response_weights(change(invited), steps=steps)


def test_a_refusal_for_lack_of_responders_tells_no_counts(invited):
    with pytest.raises(ValueError, match="narrowed_target") as error:
        response_weights(_empty(invited, "department", "d3"), steps=STEPS)
    assert not any(part.isdigit() for part in str(error.value).replace("'d3'", "").replace("given = 1", "").split())


@pytest.mark.parametrize("truncate", [(0.9, 0.1), (-0.1, 0.9), 0.99, (0.1, 0.5, 0.9), (np.nan, 0.9), "ab"])
def test_impossible_quantiles(invited, truncate):
    with pytest.raises(WrongCall, match="truncate must be two quantiles"):
        response_weights(invited, steps=STEPS, truncate=truncate)


def test_the_narrowed_target_leaves_out_categories_by_name():
    data = _departments(("d1", 3, 1), ("d2", 2, 0), ("d3", 2, 2), ("d4", 1, 0)).assign(
        month=pd.Categorical(["b", "b", "a", "a", "b", "b", None, "c"], ["c", "b", "a"], ordered=True)
    )
    rows, left_out = narrowed_target(data, step="given", by=["department", "month"])
    assert left_out == ["department=d2", "department=d4", "month=c", "month=a"]
    # the row without a month stays
    assert rows["department"].tolist() == ["d1", "d1", "d3", "d3"]
    assert rows.index.tolist() == [0, 1, 2, 3]
    assert rows["month"].cat.categories.tolist() == ["b"]
    everything, nothing = narrowed_target(data, step="given", by=[])
    pd.testing.assert_frame_equal(everything, data)
    assert nothing == []


def test_the_call_that_a_refusal_offers_works(invited):
    data = invited.assign(returned_followup=invited["returned_followup"].mask(invited["department"] == "d3", 0))
    steps = STEPS | {"returned_followup": ["department"]}
    with pytest.raises(ValueError, match="narrowed_target") as error:
        response_weights(data, steps=steps)
    call = str(error.value).split("with ")[-1].split(" and say")[0]
    rows, left_out = eval(call, {"narrowed_target": narrowed_target, "data": data})
    assert left_out == ["department=d3"]
    assert response_weights(rows, steps=steps).attrs["responders"] > 0


def test_narrowed_target_refuses(invited):
    with pytest.raises(ValueError, match="nobody has 1 in given: no population is left"):
        narrowed_target(invited.assign(given=0), step="given", by=["department"])
    with pytest.raises(ValueError, match="given must be 0 or 1"):
        narrowed_target(invited.assign(given=2), step="given", by=["department"])
    with pytest.raises(WrongCall, match="no column 'departmnt'; did you mean 'department'"):
        narrowed_target(invited, step="given", by=["departmnt"])
    with pytest.raises(WrongCall, match="by as a list of columns"):
        narrowed_target(invited, step="given", by="department")
