"""Several ladders in one set: each index is the one made by itself, and its stratum says which ladder it is of."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.inequality import concentration_index, slope_indices
from rehab_stats.estimate.access.rankings import inequality_indices


@pytest.fixture(scope="module")
def persons() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    size = 500
    step = rng.integers(0, 3, size)
    return pd.DataFrame(
        {
            "education": pd.Categorical.from_codes(step, ["short", "medium", "long"], ordered=True),
            "income": rng.lognormal(12, 0.4, size),
            "age": rng.normal(65, 10, size),
            "referred": (rng.random(size) < 0.15 + 0.1 * step).astype(int),
        }
    )


def test_each_ladder_is_its_own_analysis(persons):
    sets = {"crude": [], "age": ["age"]}
    found = inequality_indices(
        persons, outcome="referred", ranks=["education", "income"], adjust=sets, kinds=["relative"]
    )
    rows = found.tidy()
    assert rows.groupby("stratum").size().to_dict() == {"rank=education": 5, "rank=income": 5}
    slopes = slope_indices(persons, outcome="referred", rank="income", adjust=sets).tidy()["estimate"]
    curve = concentration_index(persons, outcome="referred", rank="income").tidy()["estimate"]
    along_income = rows.loc[rows["stratum"] == "rank=income", "estimate"]
    np.testing.assert_array_equal(along_income, np.concatenate([slopes, curve]))
    assert found.context["adjust"] == sets
    assert "exposure" not in found.context


def test_the_ladder_itself_is_left_out_of_the_adjustment_and_a_refused_one_is_named(persons):
    alike = persons.assign(income=7.0)
    found = inequality_indices(
        alike, outcome="referred", ranks=["education", "income"], adjust=["age", "education"], kinds=["relative"]
    )
    assert set(found.tidy()["stratum"]) == {"rank=education"}
    assert list(found.context["refused"]) == ["rank=income"]
    # the concentration index is unadjusted
    assert found.context["adjust"] == {"adjusted": ["age"], "crude": []}


def test_no_ladders_are_refused(persons):
    with pytest.raises(ValueError, match="ranks is empty"):
        inequality_indices(persons, outcome="referred", ranks=[])


def test_every_reason_of_a_refused_ladder_is_kept_once(persons):
    found = inequality_indices(persons.assign(flat=7.0), outcome="referred", ranks=["education", "flat"])
    assert len(found.context["refused"]["rank=flat"].split("; ")) >= 1
    clustered = persons.assign(household=np.arange(len(persons)) // 2)
    one = inequality_indices(clustered, outcome="referred", ranks=["income"], kinds=["relative"], cluster="household")
    own = slope_indices(clustered, outcome="referred", rank="income", cluster="household").tidy()
    np.testing.assert_array_equal(one.tidy()["std_error"][:2], own["std_error"])
