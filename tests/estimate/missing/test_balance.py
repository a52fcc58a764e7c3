"""Standardised differences between those who answered and everybody: by hand, known truth, invariance, refusal."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.missing.balance import weight_balance
from rehab_stats.estimate.missing.response import response_weights
from rehab_stats.estimate.model.sample import WrongCall
from rehab_stats.report.disclosure import protect
from rehab_stats.vocabulary import Estimates

PERSONS = pd.DataFrame(
    {
        "age": [40.0, 50, 60, 70],
        "department": ["d1", "d1", "d2", None],
        "woman": [1, 0, 0, 1],
        "answered": [1.0, 0, 1, 1],
        "w": [2.0, 7, 1, 1],
    }
)
CALL = {"weights": "w", "responded": "answered"}


def test_differences_on_paper():
    found = weight_balance(PERSONS, **CALL, columns=["age", "department", "woman"])
    got = found.tidy()
    assert got["model"].tolist() == ["unweighted"] * 5 + ["weighted"] * 5
    assert got["outcome"].tolist() == ["age", "department", "department", "department", "woman"] * 2
    assert got["level"].tolist() == [None, "d1", "d2", "missing", None] * 2
    sd, quarter = np.sqrt(125), np.sqrt(3) / 4
    expected = [
        (170 / 3 - 55) / sd, (1 / 3 - 1 / 2) / 0.5, 1 / 12 / quarter, 1 / 12 / quarter, (2 / 3 - 0.5) / 0.5,
        (210 / 4 - 55) / sd, 0, 0, 0, (3 / 4 - 0.5) / 0.5,
    ]  # fmt: skip
    assert got["estimate"].tolist() == pytest.approx(expected, abs=1e-15)
    assert set(got["measure"]) == {"standardised_difference"}
    assert got["n"].eq(3).all()
    assert got[["std_error", "conf_low", "conf_high", "p_value", "events"]].isna().all(axis=None)
    about = found.diagnostics
    assert about["effective_n"] == pytest.approx(16 / 6)
    assert (about["responders"], about["missing.department"], about["missing.age"]) == (3, 1, 0)
    assert about["largest.unweighted"] == pytest.approx(1 / 3)
    assert about["largest.weighted"] == pytest.approx(0.5)


def test_a_missing_number_is_left_out_and_counted():
    data = PERSONS.assign(age=[40.0, 50, np.nan, 70])
    found = weight_balance(data, **CALL, columns=["age"])
    everybody = np.array([40, 50, 70])
    unweighted, weighted = found.tidy()["estimate"]
    assert unweighted == pytest.approx((55 - everybody.mean()) / everybody.std())
    assert weighted == pytest.approx((50 - everybody.mean()) / everybody.std())
    assert found.tidy()["n"].tolist() == [2, 2]
    assert found.diagnostics["missing.age"] == 1


def test_columns_that_do_not_vary_do_not_differ():
    data = PERSONS.assign(country="dk", wave=3)
    assert weight_balance(data, **CALL, columns=["country", "wave"]).tidy()["estimate"].eq(0).all()


def test_weights_balance_what_they_were_made_from():
    rng, n = np.random.default_rng(4), 5000
    data = pd.DataFrame({"department": rng.choice(["d1", "d2", "d3"], n), "age": rng.normal(60, 10, n)})
    chance = 1 / (1 + np.exp(-(data["age"] - 60) / 8 - (data["department"] == "d2")))
    data["given"] = rng.random(n) < chance
    weights = response_weights(data, steps={"given": ["department"]}, truncate=None)
    found = weight_balance(data, weights=weights, columns=["department", "age"], responded="given")
    got = found.tidy().set_index(["model", "outcome"])["estimate"].abs().sort_index()
    # a model of the department's shares alone gives them back exactly; age is as it was
    assert got["weighted", "department"].max() < 1e-9
    assert got["unweighted", "department"].max() > 0.1
    assert got["weighted", "age"].item() > 0.4
    assert found.diagnostics["effective_n"] == pytest.approx(weights.attrs["effective_n"])
    both = response_weights(data, steps={"given": ["department", "age"]}, truncate=None)
    again = weight_balance(data, weights=both, columns=["age"], responded="given").tidy()
    assert abs(again["estimate"].iloc[1]) < 0.1


def test_order_units_and_the_scale_of_the_weights_change_nothing():
    columns = ["age", "department"]
    got = weight_balance(PERSONS, **CALL, columns=columns).tidy()
    other = PERSONS.assign(age=PERSONS["age"] * 12 + 3, w=PERSONS["w"] * 9, answered=PERSONS["answered"].astype(bool))
    again = weight_balance(other.sample(frac=1, random_state=3), **CALL, columns=columns).tidy()
    pd.testing.assert_frame_equal(again, got)


def test_categories_come_in_their_order():
    data = PERSONS.assign(department=pd.Categorical(PERSONS["department"], ["d9", "d2", "d1"], ordered=True))
    got = weight_balance(data, **CALL, columns=["department"]).tidy()["level"]
    assert got.tolist() == ["d2", "d1", "missing"] * 2


# the counts that the disclosure rules judge it by


def test_categories_and_flags_have_their_persons_beside_them_and_numbers_have_none():
    found = weight_balance(PERSONS, **CALL, columns=["age", "department", "woman"])
    counts = found.details()[["in_category", "in_category_responded"]]
    # age; d1, d2, missing; women
    assert counts["in_category"].tolist() == pytest.approx([np.nan, 2, 1, 1, 2] * 2, nan_ok=True)
    assert counts["in_category_responded"].tolist() == pytest.approx([np.nan, 1, 1, 1, 2] * 2, nan_ok=True)
    alone = weight_balance(PERSONS, **CALL, columns=["age"]).details()
    assert alone[["in_category", "in_category_responded"]].isna().all(axis=None)


def answering(*, sizes, back) -> pd.DataFrame:
    """So many persons of each department, of whom so many answered."""
    parts = [
        pd.DataFrame({"department": name, "answered": (np.arange(n) < back[name]).astype(float)})
        for name, n in sizes.items()
    ]
    data = pd.concat(parts, ignore_index=True)
    return data.assign(age=np.linspace(40, 80, len(data)), w=1.0 + data.index % 3)


SIZES = {"d1": 400, "d2": 300, "d3": 200, "d4": 60}


def hidden_departments(back, **options) -> tuple[Estimates, set]:
    data = answering(sizes=SIZES, back=back)
    safe = protect(weight_balance(data, **CALL, columns=["department", "age"]), **options)
    rows = safe.tidy()
    departments = rows[rows["outcome"] == "department"].groupby("level")["estimate"]
    assert rows.loc[rows["outcome"] == "age", "estimate"].notna().all()
    assert departments.apply(lambda values: values.isna().nunique()).eq(1).all()  # in both models or in none
    return safe, set(departments.first().index[departments.count() == 0])


@pytest.mark.parametrize("few", [1, 2, 3, 4])
def test_a_category_of_one_to_four_is_hidden_and_no_sum_gives_it_back(few):
    back = {"d1": 200, "d2": 150, "d3": 100, "d4": few}
    safe, hidden = hidden_departments(back)
    assert "d4" in hidden
    assert {"d1", "d2"} & hidden == set()
    # the shares of those shown and the number who answered leave what is hidden together, which is not few
    rows, answered = safe.tidy(), sum(back.values())
    shown = rows[(rows["model"] == "unweighted") & (rows["outcome"] == "department") & rows["estimate"].notna()]
    whole = shown["level"].map(SIZES) / sum(SIZES.values())
    told = ((whole + shown["estimate"] * np.sqrt(whole * (1 - whole))) * answered).to_numpy()
    assert told.tolist() == pytest.approx([back[level] for level in shown["level"]])
    assert len(hidden) > 1
    assert answered - told.sum() == pytest.approx(sum(back[level] for level in hidden))
    assert answered - told.sum() > 5
    beside = safe.details().loc[rows["level"].isin(hidden), ["in_category", "in_category_responded"]]
    assert beside.isna().all(axis=None)


def test_five_are_shown_and_few_who_did_not_answer_are_few_too():
    assert hidden_departments({"d1": 200, "d2": 150, "d3": 100, "d4": 5})[1] == set()
    assert hidden_departments({"d1": 200, "d2": 150, "d3": 100, "d4": 0})[1] == set()
    assert "d4" in hidden_departments({"d1": 200, "d2": 150, "d3": 100, "d4": 57})[1]


def test_steps_are_the_weights_that_they_make():
    rng, n = np.random.default_rng(4), 600
    data = pd.DataFrame({"department": rng.choice(["d1", "d2", "d3"], n), "age": rng.normal(60, 10, n)})
    data["given"] = (rng.random(n) < np.where(data["department"] == "d2", 0.8, 0.5)).astype(float)
    data["returned"] = data["given"] * (rng.random(n) < 1 / (1 + np.exp(-(data["age"] - 60) / 10)))
    steps = {"given": ["department"], "returned": ["age"]}
    asked = {"columns": ["department", "age"], "responded": "returned"}
    made = weight_balance(data, weights=response_weights(data, steps=steps), **asked)
    found = weight_balance(data, weights=steps, **asked)
    pd.testing.assert_frame_equal(found.tidy(), made.tidy(), check_exact=True)
    pd.testing.assert_frame_equal(found.details(), made.details(), check_exact=True)
    assert found.diagnostics == made.diagnostics
    assert abs(found.tidy()["estimate"].iloc[-1]) < 0.1 < abs(found.tidy()["estimate"].iloc[3])
    with pytest.raises(WrongCall, match="no column 'departmnt'; did you mean 'department'"):
        weight_balance(data, weights={"given": ["departmnt"], "returned": ["age"]}, **asked)


REFUSED = {
    "unknown column": (lambda d: d, {"columns": ["agee"]}, "no column 'agee'; did you mean 'age'"),
    "no columns": (lambda d: d, {"columns": []}, "list of at least one column"),
    "text for columns": (lambda d: d, {"columns": "age"}, "list of at least one column, not 'age'"),
    "unknown weights": (lambda d: d, {"weights": "ww"}, "no column 'ww'"),
    "an array of weights": (lambda d: d, {"weights": np.ones(4)}, "a Series or the name of a column, not ndarray"),
    "another index": (lambda d: d, {"weights": pd.Series(1.0, index=[1, 2, 3, 4])}, "on the index of data"),
    "a weight missing": (lambda d: d.assign(w=d["w"].mask(d.index == 2)), {}, "finite and not below zero.*rows 2"),
    "a weight below zero": (lambda d: d.assign(w=[1, 1, -1, 1]), {}, "finite and not below zero.*rows 2"),
    "no weight": (lambda d: d.assign(w=0), {}, "all zero"),
    "not 0 or 1": (lambda d: d.assign(answered=[0, 1, 2, 1]), {}, "answered must be 0 or 1: 1 rows .*rows 2"),
    "not known": (lambda d: d.assign(answered=[0, 1, None, 1]), {}, "answered must be 0 or 1"),
    "nobody": (lambda d: d.assign(answered=0), {}, "nobody has answered = 1"),
    "a number that nobody has": (lambda d: d.assign(age=d["age"].where(d.index == 1)), {}, "has a value of age"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    change, options, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        weight_balance(change(PERSONS), **({**CALL, "columns": ["age"]} | options))


def test_a_misspelt_column_is_a_wrong_call():
    with pytest.raises(WrongCall):
        weight_balance(PERSONS, **CALL, columns=["agee"])
