"""The persons a mean change is about: who is in the target, who has both scores, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.change.target import Question, read_scores
from rehab_stats.estimate.model.sample import WrongCall


@pytest.fixture
def six():
    """Six persons; one has no level, one no age, two lack a score."""
    return pd.DataFrame(
        {
            "level": pd.Categorical(["low", "high", "low", None, "high", "low"], ["low", "high", "top"], ordered=True),
            "age": [50.0, 61.0, np.nan, 70.0, 45.0, 66.0],
            "town": ["a", "b", "a", "b", "a", "a"],
            "before": [10, 20, 30, 40, np.nan, 60],
            "middle": [11, np.nan, 31, 41, 51, 61],
            "after": [12.0, 26.0, 33.0, 48.0, 55.0, np.nan],
        },
        index=["p", "q", "r", "s", "t", "t"],
    )


def question(data, *, followup="after", models=None, auxiliary=(), exposure="level", reference=None):
    return Question.of(
        data,
        baseline="before",
        followup=followup,
        exposure=exposure,
        reference=reference,
        models={"crude": ()} if models is None else models,
        auxiliary=auxiliary,
    )


# By hand


def test_the_target_is_everybody_with_a_level_whether_or_not_scores_are_there(six):
    target = question(six).target(())
    assert target.sample.frame.index.tolist() == [0, 1, 2, 4, 5]  # places in the data, whatever its index
    assert target.sample.levels == ("low", "high")
    assert (target.sample.rows_dropped, target.sample.levels_empty) == (1, 1)
    assert target.paired.tolist() == [True, True, True, False, False]
    np.testing.assert_array_equal(target.baseline, [10, 20, 30, np.nan, 60])
    np.testing.assert_array_equal(target.followup, [12, 26, 33, 55, np.nan])


def test_the_last_of_several_occasions_is_the_target(six):
    target = question(six, followup=["middle", "after"]).target(())
    assert target.names == ("before", "middle", "after")
    np.testing.assert_array_equal(target.followup, [12, 26, 33, 55, np.nan])
    assert target.paired.tolist() == [True, True, True, False, False]  # whether or not the middle one is there


@pytest.mark.parametrize("model", ["crude", "adjusted"])
def test_every_model_is_of_those_complete_in_the_terms_of_all(six, model):
    models = {"crude": (), "adjusted": ("age",)}
    target = question(six, models=models).target(models[model])
    assert target.sample.frame.index.tolist() == [0, 1, 4, 5]
    assert target.sample.rows_dropped == 2


def test_auxiliary_terms_must_be_known_too(six):
    assert len(question(six, auxiliary=["age"]).target(()).sample) == 4


def test_a_model_may_have_any_name(six):
    target = question(six, models={"auxiliary": ("age",)}).target(("age",))
    assert "age" in target.design.names


def test_the_pairs_keep_levels_and_lose_unused_categories():
    data = pd.DataFrame(
        {
            "level": pd.Categorical([*"LLHHH"], ["L", "H"], ordered=True),
            "town": pd.Categorical([*"ababc"]),
            "before": [1.0, 2, 3, 4, 5],
            "after": [2.0, 2, 3, 6, np.nan],
        }
    )
    pairs = question(data, models={"adjusted": ("town",)}).target(("town",)).pairs()
    assert len(pairs.sample) == 4
    assert pairs.sample.levels == ("L", "H")
    assert pairs.design.names == ("Intercept", "level[T.H]", "town[T.b]")


def test_scores_of_any_kind_of_number_become_floats():
    data = pd.DataFrame({"before": pd.array([1, None, 3], "Int64"), "after": np.array([1, 2, 3], dtype="int8")})
    values = read_scores(data, "before", "after").values
    np.testing.assert_array_equal(values, [[1, 1], [np.nan, 2], [3, 3]])
    assert data["before"].dtype == "Int64"


# Refusals


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"followup": []}, "followup names no column"),
        ({"followup": "before"}, "baseline and followup must be different columns"),
        ({"followup": ["after", "after"]}, "baseline and followup must be different columns"),
        ({"followup": "aftr"}, "data has no column 'aftr'; did you mean 'after'"),
        ({"auxiliary": "age"}, "auxiliary must be a list of terms, not the text 'age'"),
        ({"auxiliary": ["agee"]}, "data has no column 'agee'"),
        ({"auxiliary": ["before"]}, "'before' is a score of the change and can be neither exposure nor covariate"),
        ({"models": {"a": ("np.log(after)",)}}, "'after' is a score of the change"),
        ({"exposure": "before"}, "'before' is a score of the change"),
    ],
)
def test_calls_that_no_data_could_satisfy(six, change, message):
    with pytest.raises(WrongCall, match=message.replace("(", r"\(")):
        question(six, **change)


def test_infinite_scores_are_refused_by_the_rows_own_names(six):
    six.loc["q", "after"] = np.inf
    with pytest.raises(ValueError, match=r"after must be finite: 1 rows are not \(rows q\)"):
        question(six)


def test_text_for_a_score(six):
    with pytest.raises(ValueError, match="before must be numbers"):
        question(six.assign(before=[*"abcdef"]))


def test_a_level_in_which_next_to_nobody_has_both_scores(six):
    with pytest.raises(ValueError, match="next to nobody with level = 'high' has both before and after: nothing is"):
        question(six).target(()).refuse_unpaired()


@pytest.mark.parametrize("column", ["before", "after"])
def test_a_constant_score(six, column):
    six = six.assign(**{column: 5.0, "level": [*"LHLHLH"]})
    with pytest.raises(ValueError, match=f"{column} has one value in all rows with both scores"):
        question(six).target(()).refuse_unpaired()


def test_a_covariate_that_is_constant_in_the_pairs(six):
    six = six.assign(level=[*"LHLHLH"], town=[*"aaaabb"])
    target = question(six, models={"adjusted": ("town",)}).target(("town",))
    with pytest.raises(ValueError, match=r"adjust: town has one value \(a\) in all rows used"):
        target.pairs()
