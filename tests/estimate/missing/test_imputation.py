"""impute: by hand, against mice, known truth, invariance, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from rehab_stats.estimate.missing.imputation import chained_equations, impute
from rehab_stats.estimate.missing.pooling import Pooled, rubin
from rehab_stats.estimate.model.sample import WrongCall

LEVELS = ["short", "medium", "long"]


def _rng(seed: int = 2015) -> np.random.Generator:
    return np.random.default_rng(seed)


def _scores(n: int, seed: int = 1, *, missing: float = 0.3) -> pd.DataFrame:
    """Scores before and after by education, either missing at random given age."""
    rng = _rng(seed)
    level, age = rng.integers(0, 3, n), rng.normal(65, 10, n)
    before = 60 + 3 * level - 0.3 * (age - 65) + rng.normal(0, 15, n)
    after = 20 + 0.6 * before + 2 * level + rng.normal(0, 12, n)
    data = pd.DataFrame(
        {
            "education": pd.Categorical(np.array(LEVELS)[level], LEVELS, ordered=True),
            "age": age,
            "score_baseline": before,
            "score_followup": after,
        },
        index=[f"p{i}" for i in range(n)],
    )
    for column in ("score_baseline", "score_followup"):
        data.loc[rng.random(n) < missing * 2 / (1 + np.exp(-(age - 65) / 10)), column] = np.nan
    return data


SCORES = {"columns": ["score_baseline", "score_followup"], "predictors": ["age"]}


def _least_squares(y: np.ndarray, *x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients, intercept first, and their variances."""
    design = np.column_stack([np.ones(len(y)), *x])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ y
    residual = y - design @ coefficients
    return coefficients, residual @ residual / (len(y) - design.shape[1]) * np.diag(inverse)


# ---- by hand


def test_a_perfect_line_is_continued():
    data = pd.DataFrame({"x": [0.0, 1, 2, 3, 10], "y": [1.0, 3, 5, np.nan, np.nan]})
    for frame in impute(data, m=3, rng=_rng()):
        assert frame["y"].tolist() == pytest.approx([1, 3, 5, 7, 21], abs=1e-6)


def test_each_level_goes_by_its_own_line():
    """y = x in one level, y = -x in the other: perfect lines only where levels are imputed apart."""
    x = np.tile(np.arange(30.0), 2)
    level = np.repeat(["a", "b"], 30)
    truth = np.where(level == "a", x, -x)
    data = pd.DataFrame({"x": x, "level": level, "y": np.where(x % 3 == 1, np.nan, truth)})
    call = {"m": 2, "columns": ["y"], "predictors": ["x"], "within": "level"}
    for frame in impute(data, **call, rng=_rng()):
        np.testing.assert_allclose(frame["y"], truth, atol=1e-5)
    with pytest.warns(UserWarning, match="too few complete rows"):
        together = impute(data, **call, rng=_rng(), fewest_complete=21)
    assert np.abs(together[0]["y"] - truth).max() > 5


def test_nothing_missing_gives_identical_copies_and_no_chance():
    data = _scores(20, missing=0)
    rng = _rng()
    for frame in impute(data, m=3, rng=rng, **SCORES, within="education"):
        pd.testing.assert_frame_equal(frame, data)
    assert rng.random() == _rng().random()


def test_a_passive_change_is_the_difference_in_every_copy():
    data = _scores(60).assign(change=lambda d: d["score_followup"] - d["score_baseline"])
    passive = {"change": ("score_followup", "score_baseline"), "fall": ("score_baseline", "score_followup")}
    for frame in impute(data, m=3, rng=_rng(), **SCORES, passive=passive):
        assert list(frame) == [*data, "fall"]
        np.testing.assert_array_equal(frame["change"], frame["score_followup"] - frame["score_baseline"])
        np.testing.assert_array_equal(frame["fall"], -frame["change"])
    assert "change" not in impute(data, m=1, rng=_rng(), passive=passive)[0].columns[[0, 1]]


def test_matched_values_were_seen_and_kinds_of_columns_are_kept():
    rng = _rng(3)
    n = 80
    data = pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "whole": pd.array(rng.integers(0, 5, n), dtype="Int64"),
            "flag": (rng.random(n) < 0.5).astype(float),
            "truth": pd.array(rng.random(n) < 0.5, dtype="boolean"),
            "said": rng.choice(["no", "yes"], n),
            "group": pd.Categorical(rng.choice(LEVELS, n), [*LEVELS, "never"], ordered=True),
        }
    )
    kinds = data.dtypes
    for place, column in enumerate(data.columns[1:]):
        data.loc[data.index[place::7], column] = None
    before = data.copy(deep=True)
    frame = impute(data, m=1, rng=_rng(), method="pmm")[0]
    pd.testing.assert_frame_equal(data, before)
    assert not frame.isna().any().any()
    assert set(frame["whole"]) <= set(range(5))
    assert frame["whole"].dtype == "float64"
    assert frame.drop(columns="whole").dtypes.equals(kinds.drop("whole"))
    assert set(frame["flag"]) == {0.0, 1.0}
    known = data.notna()
    assert (frame.astype(object).where(known) == data.astype(object).where(known)).to_numpy()[known.to_numpy()].all()


def test_one_known_value_is_filled_in_and_useless_predictors_are_named():
    data = _scores(60).assign(
        score_followup=lambda d: d["score_followup"].where(d["score_followup"].isna(), 50.0),
        twice=lambda d: 2 * d["age"],
    )
    frames = impute(data, m=2, rng=_rng(), **(SCORES | {"predictors": ["age", "twice"]}))
    assert set(frames[0]["score_followup"]) == {50.0}
    first, second = frames[0].attrs["notes"]  # in the order of visits
    assert first == "score_followup has one value wherever it is known; that value was filled in"
    assert second == (
        "the imputation of score_baseline does not use twice, score_followup: one value, or told by the other "
        "predictors, wherever it is known"
    )
    without = chained_equations(data, m=2, rng=_rng(), columns=SCORES["columns"], predictors=["age"])
    np.testing.assert_array_equal(frames[1]["score_baseline"], without.frame(1)["score_baseline"])


def test_a_predictor_that_tells_a_flag_perfectly():
    data = pd.DataFrame({"x": np.r_[np.linspace(-2, -1, 30), np.linspace(1, 2, 30)], "late": np.repeat([0.0, 1], 30)})
    data.loc[::4, "late"] = np.nan
    agree = [np.mean(frame["late"] == (data["x"] > 0)) for frame in impute(data, m=20, rng=_rng())]
    assert np.mean(agree) > 0.97


def test_few_complete_rows_make_one_model_and_a_warning_without_counts():
    data = _scores(45)
    with pytest.warns(UserWarning, match="some level of education has too few complete rows") as seen:
        frames = impute(data, m=2, rng=_rng(), **SCORES, within="education")
    assert not any(character.isdigit() for character in str(seen[0].message))
    assert frames[0].attrs["notes"] == (str(seen[0].message),)
    with_main_effects = SCORES | {"predictors": ["age", "education"]}
    other = impute(data, m=2, rng=_rng(), **with_main_effects)
    pd.testing.assert_frame_equal(frames[1], other[1], check_like=True)


def test_a_level_that_misses_nothing_needs_no_rows():
    data = pd.concat([_scores(200), _scores(4, missing=0).assign(education="one")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frames = impute(data, m=1, rng=_rng(), **SCORES, within="education")
    assert not frames[0].isna().any().any()


def test_columns_and_predictors_by_default():
    data = _scores(60).drop(columns="education").assign(person=[f"id {i}" for i in range(60)])
    with pytest.raises(ValueError, match="person has more than 30 categories: leave it out"):
        impute(data, m=1, rng=_rng())
    alone = impute(data.drop(columns="person"), m=1, rng=_rng())[0]
    named = impute(data, m=1, rng=_rng(), **SCORES)[0]
    pd.testing.assert_frame_equal(alone, named.drop(columns="person"))
    by_predictors = impute(data, m=1, rng=_rng(), predictors=["score_baseline", "score_followup", "age"])[0]
    pd.testing.assert_frame_equal(by_predictors, named)


def test_means_of_the_chains_end_in_the_means_of_the_copies():
    data = _scores(60)
    found = chained_equations(data, m=3, rng=_rng(), **SCORES, iterations=4)
    assert len(found.chain_means) == 3 * 4 * 2
    last = found.chain_means.query("iteration == 3 and column == 'score_followup'")["mean"]
    missing = data["score_followup"].isna()
    assert last.tolist() == pytest.approx([frame["score_followup"][missing].mean() for frame in found.frames()])


# ---- against R


def _middle(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return (frame["age"] == "40-59").to_numpy(float), (frame["age"] == "60-99").to_numpy(float)


ANALYSES = {
    "chl": lambda d: _least_squares(d["chl"].to_numpy(), *_middle(d), d["bmi"]),
    "bmi": lambda d: _least_squares(d["bmi"].to_numpy(), *_middle(d), d["hyp"] == "yes", d["chl"]),
    "y": lambda d: _least_squares(d["y"].to_numpy(), d["x"], d["g"] == "b", d["g"] == "c", d["z"]),
    "mean": lambda d: _least_squares(d["y"].to_numpy()),
    "category": lambda d: _least_squares((d["g"] == "c").to_numpy(float), d["z"]),
}


def _pooled(frames: list[pd.DataFrame], analysis: str, df_complete: float) -> Pooled:
    found = [ANALYSES[analysis](frame) for frame in frames]
    return rubin(np.array([q for q, _ in found]), np.array([u for _, u in found]), df_complete)


def _apart(frames: list[pd.DataFrame], data: str, method: str, analysis: str, read_reference) -> np.ndarray:
    """Our pooled estimates less mice's, in standard errors of that difference from the chance of imputation alone."""
    expected = read_reference("imputation").loc[[f"{data}:{method}:{analysis}"]]
    got = _pooled(frames, analysis, expected["df_complete"].iloc[0])
    error = np.sqrt(got.between / got.m + (expected["between"] / expected["m"]).to_numpy())
    return (got.estimate - expected["estimate"].to_numpy()) / error


@pytest.mark.parametrize("method", ["pmm", "normal"])
def test_nhanes2_against_mice(read_reference, method):
    """25 persons, a quarter of cells missing: within 3 Monte-Carlo standard errors of mice, above or below."""
    data = read_reference("imputation_nhanes2", "age").reset_index()
    assert data.isna().sum().tolist() == [0, 9, 8, 10]
    frames = impute(data, m=200, rng=_rng(), method=method, iterations=5)
    for analysis in ("chl", "bmi"):
        assert np.abs(_apart(frames, "nhanes2", method, analysis, read_reference)).max() < 3, analysis


def test_a_category_of_three_against_mice(read_reference):
    """300 persons, y, x and a category of three missing at random: estimates as above, and the variance between.

    That variance has, from m and 200 imputations, a relative error of sqrt(2 / m + 2 / 200): within 3 of it.
    """
    data = read_reference("imputation_data", "z").reset_index()
    frames = impute(data, m=50, rng=_rng(), iterations=5)
    reference = read_reference("imputation")
    for analysis in ("y", "mean", "category"):
        assert np.abs(_apart(frames, "invented", "normal", analysis, read_reference)).max() < 3, analysis
        expected = reference.loc[[f"invented:normal:{analysis}"]]
        got = _pooled(frames, analysis, expected["df_complete"].iloc[0])
        ratio = np.log(got.between / expected["between"].to_numpy())
        assert np.abs(ratio).max() < 3 * np.sqrt(2 / 50 + 2 / 200), analysis


def test_imputing_without_the_outcome_would_be_noticed(read_reference):
    """The comparison can fail: x and g drawn without y are drawn towards no relation with it."""
    data = read_reference("imputation_data", "z").reset_index()
    without = impute(data, m=25, rng=_rng(), columns=["x", "g"], predictors=["z"], iterations=5)
    frames = [
        impute(frame.assign(y=data["y"]), m=1, rng=_rng(number), columns=["y"], predictors=["x", "g", "z"])[0]
        for number, frame in enumerate(without)
    ]
    assert np.abs(_apart(frames, "invented", "normal", "y", read_reference)).max() > 5


# ---- known truth


def test_one_column_missing_agrees_with_maximum_likelihood():
    """y missing given x: the ML mean is ybar + b (xbar_all - xbar_seen) among those seen.

    Variance: Little & Rubin 2002, equation 7.14. The mean agrees within 3 Monte-Carlo errors, the error within 4 %.
    """
    rng = _rng(4)
    n, m = 1500, 100
    x = rng.normal(size=n)
    y = 1 + 0.7 * x + rng.normal(size=n)
    seen = rng.random(n) > 1 / (1 + np.exp(-1.5 * x))
    frames = impute(pd.DataFrame({"x": x, "y": np.where(seen, y, np.nan)}), m=m, rng=_rng())
    values = np.array([frame["y"] for frame in frames])
    got = rubin(values.mean(axis=1), values.var(axis=1, ddof=1) / n, n - 1)
    (_, slope), _ = _least_squares(y[seen], x[seen])
    away = x.mean() - x[seen].mean()
    expected = y[seen].mean() + slope * away
    rest = np.var(y[seen] - slope * x[seen])
    variance = rest * (1 / seen.sum() + away**2 / (seen.sum() * np.var(x[seen]))) + slope**2 * np.var(x) / n
    assert abs(y[seen].mean() - expected) > 10 * np.sqrt(got.between / m)  # complete cases are far off
    assert got.estimate == pytest.approx(expected, abs=3 * np.sqrt(got.between / m))
    assert got.std_error == pytest.approx(np.sqrt(variance), rel=0.04)


def _em_means(data: np.ndarray) -> np.ndarray:
    """Means of a bivariate normal by EM, either value missing."""
    mean, spread = np.nanmean(data, axis=0), np.diag(np.nanvar(data, axis=0))
    for _ in range(300):
        filled, extra = data.copy(), np.zeros((2, 2))
        for a, b in ((0, 1), (1, 0)):
            gone = np.isnan(data[:, a]) & ~np.isnan(data[:, b])
            slope = spread[a, b] / spread[b, b]
            filled[gone, a] = mean[a] + slope * (data[gone, b] - mean[b])
            extra[a, a] += gone.sum() * (spread[a, a] - slope * spread[a, b])
        both = np.isnan(data).all(axis=1)
        filled[both] = mean
        extra += both.sum() * spread
        mean = filled.mean(axis=0)
        spread = (np.cov(filled, rowvar=False, ddof=0) * len(data) + extra) / len(data)
    return mean


def test_both_scores_missing_agree_with_maximum_likelihood():
    """The chain settles: pooled means are those of EM within 3 Monte-Carlo errors, on either side."""
    data = _scores(800, 5).drop(columns=["education", "age"])
    m = 60
    found = chained_equations(data, m=m, rng=_rng(), columns=list(data))
    expected = _em_means(data.to_numpy())
    means = np.array([frame.mean() for frame in found.frames()])
    apart = (means.mean(axis=0) - expected) / np.sqrt(means.var(axis=0, ddof=1) / m)
    assert np.abs(apart).max() < 3


def test_intervals_cover():
    """100 samples of 40, y missing given x, m = 8: 95 % cover within 3 binomial errors; complete cases do not."""
    rng = _rng(6)
    covered, complete, replicates, n = 0, 0, 100, 40
    for _ in range(replicates):
        x = rng.normal(size=n)
        y = x + rng.normal(size=n)
        seen = rng.random(n) > 0.8 / (1 + np.exp(-2 * x))
        found = chained_equations(pd.DataFrame({"x": x, "y": np.where(seen, y, np.nan)}), m=8, rng=rng)
        filled = np.tile(y, (8, 1))
        filled[:, ~seen] = found.drawn["y"]
        got = rubin(filled.mean(axis=1), filled.var(axis=1, ddof=1) / n, n - 1)
        covered += abs(got.estimate) <= student.ppf(0.975, got.df) * got.std_error
        complete += abs(y[seen].mean()) <= student.ppf(0.975, seen.sum() - 1) * y[seen].std(ddof=1) / np.sqrt(
            seen.sum()
        )
    assert covered / replicates == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / replicates))
    assert complete / replicates < 0.85


# ---- invariance


@pytest.mark.parametrize("method", ["normal", "pmm"])
def test_few_imputations_begin_many_and_workers_do_not_matter(method):
    data = _scores(150).assign(sex=lambda d: np.where(d["age"] > 66, "f", "m"))
    data.iloc[::9, data.columns.get_loc("sex")] = None
    call = {"columns": ["score_baseline", "score_followup", "sex"], "predictors": ["age"], "method": method}
    call |= {"within": "education", "iterations": 3}
    few = impute(data, m=3, rng=_rng(), **call)
    many = impute(data, m=6, rng=_rng(), **call, workers=2)
    for a, b in zip(few, many, strict=False):
        pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert not few[0].equals(few[1])
    assert few[0].index.equals(data.index)


def test_units_do_not_matter():
    data = _scores(100)
    frames = impute(data, m=2, rng=_rng(), **SCORES)
    other = data.assign(age=data["age"] / 365.25 + 1900, score_baseline=data["score_baseline"] * 1000 - 7)
    scaled = impute(other, m=2, rng=_rng(), **SCORES)
    np.testing.assert_allclose(scaled[1]["score_baseline"], frames[1]["score_baseline"] * 1000 - 7, rtol=1e-8)
    np.testing.assert_allclose(scaled[1]["score_followup"], frames[1]["score_followup"], rtol=1e-8)


def test_one_incomplete_column_needs_one_round():
    data = _scores(60).assign(score_baseline=1.0, other=lambda d: d["age"] ** 2)
    call = {"columns": ["score_followup"], "predictors": ["age", "other"], "m": 2}
    once, often = impute(data, rng=_rng(), **call, iterations=1), impute(data, rng=_rng(), **call, iterations=9)
    pd.testing.assert_frame_equal(once[1], often[1])


def test_order_of_rows_moves_pooled_results_by_chance_alone():
    data = _scores(300)
    results = []
    for rows in (data, data.sample(frac=1, random_state=1)):
        values = np.array([frame["score_followup"].mean() for frame in impute(rows, m=40, rng=_rng(), **SCORES)])
        results.append((values.mean(), values.var(ddof=1) / 40))
    assert abs(results[0][0] - results[1][0]) < 3 * np.sqrt(results[0][1] + results[1][1])


# ---- refusals


@pytest.mark.parametrize(
    ("change", "call", "message"),
    [
        ({}, {"columns": ["score"]}, "no column 'score'"),
        ({}, {"columns": "score_baseline"}, "columns must be a list"),
        ({}, {"method": "norm"}, "method must be one of normal, pmm, logistic, categorical"),
        ({}, {"method": "logistic"}, "'logistic' is not for numbers"),
        ({}, {"method": {"age": "pmm"}}, "method names 'age', which is not imputed"),
        ({}, {"method": {"score_baseline": "logistic"}}, "score_baseline has .* categories|values"),
        (
            {"score_baseline": lambda d: d["education"].astype(str)},
            {"method": {"score_baseline": "pmm"}},
            "not a number",
        ),
        ({}, {"m": 0}, "m must be a whole number of at least 1"),
        ({}, {"workers": 1.5}, "workers must be a whole number"),
        ({}, {"iterations": True}, "iterations must be a whole number"),
        ({}, {"rng": 2015}, "rng must be a numpy Generator, not int"),
        ({}, {"predictors": ["bs(score_followup, df=3)"]}, "a term contains 'score_followup', which is imputed"),
        ({}, {"predictors": ["agee"]}, "no column 'agee'; did you mean 'age'"),
        ({}, {"predictors": ["age +"]}, "predictors: the term 'age \\+' cannot be read"),
        ({}, {"predictors": ["np.log(age - 200)"]}, "missing or infinite"),
        ({"age": lambda d: d["age"].mask(d["age"] > 80)}, {}, "age predicts what is imputed.*rows"),
        ({"education": lambda d: d["education"].where(d["age"] < 80)}, {"within": "education"}, "education predicts"),
        ({}, {"within": "age"}, "within: age has more than 30 values"),
        ({}, {"within": "score_baseline"}, "cannot be imputed within itself"),
        ({"score_followup": np.nan}, {}, "nobody has a value of score_followup: there is nothing"),
        (
            {"score_followup": lambda d: d["score_followup"].where(d["education"] != "long")},
            {"within": "education"},
            "nobody has a value of score_followup where education is long",
        ),
        ({"score_followup": lambda d: d["score_followup"].where(d["age"] < 75, np.inf)}, {}, "must be finite"),
        ({}, {"passive": {"age": ("score_followup", "score_baseline")}}, "neither imputed nor a predictor"),
        ({}, {"passive": {"change": ("score_followup", "education")}}, "must be a column of numbers"),
        ({}, {"passive": {"change": ("score_followup",)}}, "two other columns"),
        (
            {"change": 1.0},
            {"passive": {"change": ("score_followup", "score_baseline")}},
            "change must be score_followup",
        ),
    ],
)
def test_what_cannot_be_imputed(change, call, message):
    data = _scores(60).assign(**change)
    with pytest.raises(ValueError, match=message):
        impute(data, **({"m": 1, "rng": _rng()} | SCORES | call))


def test_fewer_rows_than_coefficients():
    data = _scores(8)
    with pytest.raises(ValueError, match=r"is known in too few rows for the .* coefficients of its model"):
        impute(data, m=1, rng=_rng(), columns=SCORES["columns"], predictors=["poly(age, 6)", "education"])


def test_a_misspelt_name_is_a_wrong_call():
    with pytest.raises(WrongCall):
        impute(_scores(20), m=1, rng=_rng(), columns=["score_basline"])
