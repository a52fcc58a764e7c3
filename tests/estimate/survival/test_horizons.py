"""Risks within horizons are those of the curves when nothing is adjusted, and use all who were observed for a while."""

import numpy as np
import pandas as pd
import pytest

from rehab_stats.estimate.survival.horizons import risks_by_horizon
from rehab_stats.estimate.survival.incidence import cumulative_incidence

TIMES = {"duration": "days", "event": "kind"}


@pytest.fixture(scope="module")
def persons() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    size = 600
    level = rng.integers(0, 3, size)
    referral = rng.exponential(400 / (1 + 0.3 * level))
    death, left = rng.exponential(700, size), rng.uniform(100, 900, size)
    days = np.ceil(np.minimum.reduce([referral, death, left]) / 10) * 10  # ties
    kind = np.select([referral <= np.minimum(death, left), death <= left], [1, 2], default=0)
    education = pd.Categorical.from_codes(level, ["short", "medium", "long"], ordered=True)
    return pd.DataFrame({"days": days, "kind": kind, "education": education, "age": rng.normal(65, 10, size)})


def test_unadjusted_risks_are_the_curves_of_each_level(persons):
    risks = risks_by_horizon(persons, **TIMES, horizons=[200, 400], exposure="education", by=["education"]).tidy()
    curves = cumulative_incidence(persons, **TIMES, group="education", at=[200, 400]).tidy()
    ours = risks[risks["measure"] == "risk"].set_index(["level", "at"])["estimate"]
    theirs = curves[(curves["measure"] == "risk") & (curves["outcome"] == "event")].set_index(["level", "at"])
    np.testing.assert_allclose(ours, theirs.loc[ours.index, "estimate"], rtol=1e-9)
    assert len(ours) == 6


def test_a_horizon_that_all_were_seen_to_needs_no_weights(persons):
    seen = persons.assign(days=persons["days"].where(persons["kind"] > 0, 1000.0))
    risks = risks_by_horizon(seen, **TIMES, horizons=[300], exposure="education").tidy()
    share = ((seen["kind"] == 1) & (seen["days"] <= 300)).groupby(seen["education"], observed=True).mean()
    found = risks[risks["measure"] == "risk"].set_index("level")["estimate"]
    np.testing.assert_allclose(found, share.loc[found.index], rtol=1e-9)


def test_rows_say_their_horizon_and_models_their_terms(persons):
    sets = {"crude": [], "age": ["age"]}
    found = risks_by_horizon(persons, **TIMES, horizons=[200, 400], exposure="education", adjust=sets)
    rows = found.tidy()
    assert list(rows["at"].unique()) == [200, 400]
    assert set(rows["outcome"]) == {"event"}
    assert rows.groupby(["at", "model", "measure"]).size().tolist() == [3, 2, 2] * 4
    assert found.context["adjust"] == sets
    assert found.context["outcome"] == "kind"
    assert "rows_dropped.age.400" in found.diagnostics


def test_what_cannot_be_weighted_is_refused(persons):
    late = persons.assign(entry=np.where(persons.index == 3, 5.0, 0.0))
    with pytest.raises(ValueError, match=r"entry must be 0: risks need persons seen from the start: 1 rows"):
        risks_by_horizon(late, **TIMES, entry="entry", horizons=[200], exposure="education")
    with pytest.raises(ValueError, match="horizons is empty"):
        risks_by_horizon(persons, **TIMES, horizons=[], exposure="education")
    with pytest.raises(ValueError, match="nobody is under observation that long"):
        risks_by_horizon(persons, **TIMES, horizons=[5000], exposure="education")


def test_the_reference_asked_for_is_the_one_compared_with(persons):
    rows = risks_by_horizon(persons, **TIMES, horizons=200, exposure="education", reference="long").tidy()
    assert set(rows["reference"].dropna()) == {"long"}
    assert rows["at"].unique().tolist() == [200]
    with pytest.raises(ValueError, match="no column 'begin'"):
        risks_by_horizon(persons, **TIMES, entry="begin", horizons=[200], exposure="education")
