"""Several modifiers in one set: each is `interaction` by itself, and its strata say whose they are."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.access.interaction import interaction
from rehab_stats.estimate.access.modifiers import by_modifier


@pytest.fixture(scope="module")
def persons() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    size = 800
    data = pd.DataFrame(
        {
            "education": pd.Categorical.from_codes(rng.integers(0, 3, size), ["short", "medium", "long"], ordered=True),
            "sex": pd.Categorical.from_codes(rng.integers(0, 2, size), ["female", "male"], ordered=True),
            "cohabiting": pd.Categorical.from_codes(rng.integers(0, 2, size), ["alone", "cohabiting"], ordered=True),
            "age": rng.normal(65, 10, size),
        }
    )
    return data.assign(referred=(rng.random(size) < 0.2 + 0.1 * data["education"].cat.codes).astype(int))


def test_each_modifier_is_its_own_analysis_and_names_its_strata(persons):
    asked = {"outcome": "referred", "exposure": "education", "scale": "risk", "adjust": {"primary": ["age", "sex"]}}
    both = by_modifier(persons, modifiers=["sex", "cohabiting"], **asked)
    alone = interaction(persons, modifier="cohabiting", **asked)
    theirs = both.tidy()[both.tidy()["stratum"].str.startswith("cohabiting=")].reset_index(drop=True)
    ours = alone.tidy().assign(stratum=lambda rows: "cohabiting=" + rows["stratum"])
    pd.testing.assert_frame_equal(theirs, ours)
    assert set(both.tidy()["stratum"]) == {"sex=female", "sex=male", "cohabiting=alone", "cohabiting=cohabiting"}
    references = both.details()["reference_stratum"].dropna()
    assert set(references) <= {"sex=female", "cohabiting=alone", "sex=male", "cohabiting=cohabiting"}
    assert "stratum" not in both.context
    assert both.method.startswith("Interaction of education with each of sex, cohabiting in referred")
    assert both.context["adjust_within"]["sex=male"] == {"primary": ["age"]}


def test_a_refused_modifier_is_named_and_the_others_stand(persons):
    alike = persons.assign(origin=pd.Categorical(["danish"] * len(persons), ["danish"], ordered=True))
    found = by_modifier(alike, modifiers=["origin", "sex"], outcome="referred", exposure="education", scale="risk")
    assert set(found.tidy()["stratum"]) == {"sex=female", "sex=male"}
    assert list(found.context["refused"]) == ["origin"]


def test_no_modifiers_are_refused(persons):
    with pytest.raises(ValueError, match="modifiers is empty"):
        by_modifier(persons, modifiers=[], outcome="referred", exposure="education")


def test_terms_in_the_column_that_a_modifier_groups_are_left_out(persons):
    grouped = persons.assign(age_group=pd.cut(persons["age"], [0, 65, 200], labels=["under 65", "65+"]))
    asked = {
        "outcome": "referred",
        "exposure": "education",
        "scale": "risk",
        "adjust": {"primary": ["bs(age, df=4)", "sex"]},
    }
    found = by_modifier(grouped, modifiers=["age_group"], finer={"age_group": "age"}, **asked)
    assert found.context["adjust_within"]["age_group=65+"] == {"primary": ["sex"]}
    alone = by_modifier(
        grouped, modifiers=["age_group"], finer={"age_group": "age"}, **(asked | {"adjust": {"primary": ["age"]}})
    )
    risks = alone.select(measure="joint_risk", stratum="age_group=65+").tidy().set_index("level")["estimate"]
    observed = grouped[grouped["age_group"] == "65+"].groupby("education", observed=True)["referred"].mean()
    np.testing.assert_allclose(risks, observed.loc[risks.index], rtol=1e-9)
